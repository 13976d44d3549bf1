//! The base as a portfolio: the whole analysis, concentration, cohorts.

mod allocation;
mod analysis;
mod cohorts;
mod concentration;
mod voice;

pub(crate) use analysis::{Portfolio, analyze};
pub(crate) use cohorts::{CohortTable, cohort_retention};
pub(crate) use concentration::{Hhi, WhaleCurve, gini, hhi, lorenz, normalised_gini, top_share, whale_curve};

// Decisions, and what they need.
pub(crate) use allocation::{Allocation, Regret, Response, allocate_budget};
pub(crate) use voice::{
    Drivers, GroupScores, ScoreDifference, SurveyScore, ces, csat, detractor_value, nps, nps_by_value_tier,
    post_stratification_weights, referral_value, satisfaction_drivers, score_by_group,
};
