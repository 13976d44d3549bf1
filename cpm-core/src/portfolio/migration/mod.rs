//! Migration: how customers move between segments or stages of their life.
//!
//! [`TransitionCounts`] counts the moves between two or more dates; from them come the [`TransitionMatrix`] with
//! intervals, a test whether the moves stay the same over time, the steady state, the time that customers spend in each stage
//! ([`AbsorbingChain`]), and the value of a customer in each state. [`contact_policy`] finds the action per state that is
//! worth most (Pfeifer & Carraway 2000).

mod absorbing;
mod counts;
mod matrix;
mod policy;
mod value;

pub use absorbing::AbsorbingChain;
pub use counts::{TransitionCounts, migration_matrix};
pub use matrix::TransitionMatrix;
pub use policy::{ContactPolicy, MarkovAction, contact_policy};
