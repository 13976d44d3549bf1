//! Churn: who will not come back.
//!
//! Without a contract nobody says goodbye, so churn is a probability. [`ChurnScores`] takes it from a fitted
//! purchase model, for each customer and for the base. Where churn is seen (contracts, accounts), [`survival`] does.
//! [`classifier`] learns churn from features of any kind; [`evaluation`]
//! says how good scores are and what they earn.

pub mod classifier;
pub mod evaluation;
mod head_count;
mod scores;
pub mod survival;

pub use scores::ChurnScores;
