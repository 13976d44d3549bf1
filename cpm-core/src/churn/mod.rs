//! Churn: who will not come back.
//!
//! Without a contract nobody says goodbye, so churn is a probability. [`ChurnScores`] takes it from a fitted
//! purchase model, for each customer and for the base; [`ChurnRisk`] adds the reason, from each customer's own
//! rhythm ([`PurchaseRhythm`]) and the latest window of the log against the one before. Where churn is seen (contracts,
//! accounts), [`survival`] does; [`classifier`] learns churn from features of any kind. [`evaluation`] says how good
//! scores are and what they earn.

#[cfg(feature = "classifier")]
pub mod classifier;
#[cfg(feature = "classifier")]
pub mod evaluation;
#[cfg(feature = "churn-risk")]
mod features;
mod head_count;
#[cfg(feature = "churn-risk")]
mod rhythm;
#[cfg(feature = "churn-risk")]
mod risk;
mod scores;
#[cfg(feature = "survival")]
pub mod survival;

#[cfg(feature = "churn-risk")]
pub use features::{ChurnFeatures, EventLog, FeatureOptions};
#[cfg(feature = "churn-risk")]
pub use rhythm::PurchaseRhythm;
#[cfg(feature = "churn-risk")]
pub use risk::{ChurnRisk, CustomerRisk, Reason, RiskOptions};
pub use scores::ChurnScores;
