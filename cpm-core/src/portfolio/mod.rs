//! The base as a portfolio: concentration, cohorts, and the whole analysis in one call.
//!
//! The functions take plain columns, so that they are usable without the rest of the crate; [`analyze`] walks the
//! whole way from a log and calls them.

mod allocation;
mod analysis;
mod campaigns;
mod cohorts;
mod concentration;
mod display;
mod period;
mod proportion;
mod tables;
mod voice;

#[cfg(feature = "simulation")]
pub use allocation::Regret;
pub use allocation::{Activity, Allocation, AllocationPlan, Certificate, LimitUse, Objective, Response, Today};
pub use analysis::{AnalysisOptions, Concentration, Portfolio, SegmentFigures, Totals, analyze};
#[cfg(feature = "simulation")]
pub use campaigns::HoldoutGroup;
pub use campaigns::{
    Adjustment, CampaignColumns, CampaignEffect, CampaignOptions, ChannelFigures, DepthPoint, EffectOptions,
    TargetList, ValueCell, acquisition_by_channel, campaign_effect, target_customers, value_by_channel_and_cohort,
};
pub use cohorts::{AverageRetention, Cohort, CohortCell, CohortOptions, CohortTable, cohort_retention};
pub use concentration::{Hhi, LorenzCurve, WhaleCurve, gini, hhi, lorenz, normalised_gini, top_share, whale_curve};
pub use period::CalendarPeriod;
pub use voice::{
    DetractorValue, Driver, Drivers, GroupScores, ReferralColumns, ReferralValue, ScoreDifference, SurveyMetric,
    SurveyOptions, SurveyScore, TierScore, ces, compare_scores, csat, detractor_value, nps,
    post_stratification_weights, referral_value, satisfaction_drivers, satisfaction_drivers_by_group, score_by_group,
    score_by_value_tier, survey_score,
};
