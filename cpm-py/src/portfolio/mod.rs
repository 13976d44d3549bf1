//! The base as a portfolio: the whole analysis, concentration, cohorts.

mod analysis;
mod cohorts;
mod concentration;

pub(crate) use analysis::{Portfolio, analyze};
pub(crate) use cohorts::{CohortTable, cohort_retention};
pub(crate) use concentration::{Hhi, WhaleCurve, gini, hhi, lorenz, normalised_gini, top_share, whale_curve};
