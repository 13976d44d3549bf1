//! Risk: segments as assets, and what may be lost.
//!
//! Over several periods each segment has a return ([`SegmentReturns`]) with a variance, a covariance with the others and a beta against
//! the whole base (Tarasi, Bolton, Hutt & Walker 2011, Journal of Marketing 75(3)). [`efficient_frontier`] mixes
//! segments for the least risk at each return. `revenue_at_risk` (feature `simulation`) says how much of next year's revenue may be missing,
//! and [`stress_test`] what is left if churn, spend or the largest customers go wrong.

#[cfg(feature = "decisions")]
mod at_risk;
mod frontier;
mod returns;
mod stress;

#[cfg(feature = "decisions")]
pub use at_risk::{AtRiskOptions, RevenueAtRisk, revenue_at_risk};
pub use frontier::{Frontier, FrontierPoint, SegmentBounds, efficient_frontier, portfolio_at};
pub use returns::{SegmentReturns, SegmentRisk, ShrunkCovariance};
pub use stress::{StressResult, StressScenario, stress_test};
