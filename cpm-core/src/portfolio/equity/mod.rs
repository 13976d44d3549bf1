//! Customer equity: what the customers of today and of tomorrow are worth, and why that changed.
//!
//! [`customer_equity`] adds up the value of today's customers by group, with intervals from the models. The feature `simulation` brings
//! future cohorts, LTV:CAC and payback, and `CustomerBasedValuation`: the value of the firm from its acquisition, retention and
//! spend curves. [`value_bridge`] splits the change of customer equity between two dates.

mod bridge;
mod columns;
mod groups;
#[cfg(feature = "decisions")]
mod unit_economics;
#[cfg(feature = "decisions")]
mod valuation;
#[cfg(feature = "decisions")]
mod valuation_result;

pub use bridge::{ValueBridge, ValueColumns, value_bridge};
pub use columns::{EquityColumns, equity_of_values};
pub use groups::{CustomerEquity, EquityGroup, customer_equity};
#[cfg(feature = "decisions")]
pub use unit_economics::{FutureCohorts, FutureEquity, Payback, ltv_to_cac};
#[cfg(feature = "decisions")]
pub use valuation::CustomerBasedValuation;
#[cfg(feature = "decisions")]
pub use valuation_result::{Sensitivity, Valuation, ValuationRow};
