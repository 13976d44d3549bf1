//! Contractual models: customers who renew, or do not, at known dates.
//!
//! A model states one thing, the logarithm of its survivor function with derivatives
//! ([`ContractualProcess`]); fitting, intervals, projections, lifetimes and values come from the frame
//! ([`ContractualModel`]). The data are cohort tables or single customers ([`Renewals`]).

mod beta_discrete_weibull;
mod beta_survival;
mod curve;
pub(super) mod lifetimes;
mod likelihood;
mod model;
mod process;
mod renewals;
mod shifted_beta_geometric;
mod value;

pub use beta_discrete_weibull::BetaDiscreteWeibull;
pub use curve::{CurveRow, RetentionCurve};
pub(super) use likelihood::Statement;
pub use model::ContractualModel;
pub use process::ContractualProcess;
pub use renewals::{Cohort, PeriodCount, Renewals};
pub use shifted_beta_geometric::ShiftedBetaGeometric;
pub(super) use shifted_beta_geometric::ln_survival_derivatives;
pub use value::{ContractValue, ContractValueOptions};

#[cfg(test)]
pub(super) mod simulation_tests;
#[cfg(test)]
mod tests;
