//! Concentration: how unevenly value is spread over customers.
//!
//! All measures and curves take one value per customer, sort them once and sum them with compensation, so that
//! they are right to the last digits for millions of customers and do not depend on the order of the rows.
//!
//! Observed concentration mixes lasting differences with chance: over a short time some customers buy a lot by
//! luck, and the long-run concentration is lower (Schmittlein, Cooper & Morrison 1993, Marketing Science 12(2)).
//! Values that a model expects have much less of this than past spend.

#[cfg(feature = "decisions")]
mod bootstrap;
mod curves;
#[cfg(feature = "decisions")]
mod long_run;
mod measures;

#[cfg(feature = "decisions")]
pub use bootstrap::{ConcentrationEstimates, concentration_estimates};
pub use curves::{LorenzCurve, WhaleCurve, lorenz, whale_curve};
#[cfg(feature = "decisions")]
pub use long_run::{LongRunConcentration, long_run_concentration};
pub(super) use measures::Ascending;

pub(super) use crate::numerics::accumulator::Accumulator;
pub use measures::{Hhi, gini, hhi, normalised_gini, top_share};
