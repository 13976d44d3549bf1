//! Survival analysis: how long customers stay, when not all have left yet.
//!
//! [`SurvivalData`] is what every estimator takes. [`KaplanMeier`] and [`NelsonAalen`] draw the curve of a group,
//! [`log_rank_test`] compares groups, [`CoxPh`] says how each attribute changes the hazard, [`Aft`] how it stretches
//! durations (with a curve beyond the last observation), [`DiscreteHazard`] does it for whole periods, and
//! [`concordance_index`], [`cumulative_dynamic_auc`] and [`brier_score`] say how good predictions are.

mod aft;
mod brier;
mod censoring;
mod concordance;
mod cox;
mod data;
mod design;
mod discrete;
mod dynamic_auc;
mod interval;
mod kaplan_meier;
mod log_rank;
mod nelson_aalen;
mod risk_table;

pub use crate::estimate::QuantileEstimate;
pub use crate::numerics::test_result::TestResult;
pub use aft::{Aft, AftOptions, AftParameter, Distribution};
pub use brier::{BrierScore, brier_score};
pub use concordance::{Concordance, concordance_index};
pub use cox::{
    Baseline, Coefficient, CoxOptions, CoxPh, ProportionalHazardsTest, SchoenfeldResiduals, Ties, TimeTransform,
};
pub use data::SurvivalData;
pub use discrete::{BaselineGroup, DiscreteHazard, DiscreteHazardOptions, HazardCoefficient, Link};
pub use dynamic_auc::{CumulativeDynamicAuc, cumulative_dynamic_auc};
pub use interval::IntervalScale;
pub use kaplan_meier::KaplanMeier;
pub use log_rank::{LogRankGroup, LogRankTest, LogRankWeights, log_rank_test};
pub use nelson_aalen::NelsonAalen;
pub use risk_table::RiskTable;
