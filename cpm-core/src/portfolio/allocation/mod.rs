//! Allocation: a budget spread over segments, actions or channels.

mod branch;
mod plan;
mod problem;
#[cfg(feature = "decisions")]
mod regret;
mod relaxation;
mod response;

pub use plan::{AllocationPlan, Certificate, LimitUse, Today};
pub use problem::{Activity, Allocation, Objective};
#[cfg(feature = "decisions")]
pub use regret::Regret;
pub use response::Response;

#[cfg(test)]
mod tests;
