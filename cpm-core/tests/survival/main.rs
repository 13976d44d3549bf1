//! Survival analysis: against lifelines, scikit-survival and the known output of R on published data, and against itself.
#![allow(clippy::unwrap_used)]

mod bad_input;
mod cox;
mod curves;
mod golden;
mod properties;
mod regression;
mod saved;
