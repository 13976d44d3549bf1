//! Targets: where a figure should be, whether it is on its way, and what would bring it there.

mod forecast;
mod goal;
mod levers;

pub use forecast::{GoalForecast, forecast_goal};
pub use goal::{Goal, GoalPath, GoalState, GoalStatus};
pub use levers::{ClvDrivers, Gap, Lever, LeverAnswer, close_clv_gap, close_gap};

#[cfg(test)]
mod tests;
