//! Retention and growth: what customers of one period do in the next.
//!
//! The bridge from the revenue of one period to that of the next: new, won back, expanded, contracted and lost. From
//! it come gross and net revenue retention, quick ratio, churn of customers and of revenue, and reactivation. [`growth_bridge`]
//! takes two columns of revenue, [`growth_by_period`] a transaction log.

mod bridge;
mod series;

pub use bridge::{BridgePart, GrowthBridge, growth_bridge};
pub use series::{GrowthPeriod, GrowthSeries, growth_by_period};
