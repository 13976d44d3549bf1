//! How good are churn scores: do they rank, are they probabilities, what do they earn?
//!
//! [`ScoredCustomers`] holds scores beside what happened, and answers for all of them. [`qini_curve`] is for campaigns
//! with a randomised control group, [`population_stability`] and [`kolmogorov_smirnov`] for scores of two dates,
//! [`plan_retention_offer`] for a campaign that has not run yet.

mod calibration;
mod drift;
mod empc;
mod lift;
mod probability;
mod ranking;
mod scored;
mod targeting;
mod uplift;

pub use calibration::{Binning, CalibrationBin, CalibrationError};
pub use drift::{KolmogorovSmirnov, PopulationStability, kolmogorov_smirnov, population_stability};
pub use empc::{EmpcOptions, MaximumProfit};
pub use lift::LiftBin;
pub use probability::{BrierDecomposition, SpiegelhalterTest};
pub use ranking::{Auc, RocPoint, auc_difference};
pub use scored::ScoredCustomers;
pub(crate) use scored::{check_weights, finite};
pub use targeting::{CampaignTotals, CustomerOffer, RetentionOffer, RetentionPlan, plan_retention_offer};
pub use uplift::{QiniCurve, QiniOptions, QiniPoint, qini_curve};
