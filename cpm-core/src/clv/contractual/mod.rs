//! Contractual models: customers who renew, or do not, at known dates.
//!
//! A model states one thing, the logarithm of its survivor function with derivatives
//! ([`ContractualProcess`]); fitting, intervals, projections, lifetimes and values come from the frame
//! ([`ContractualModel`]). The data are cohort tables or single customers ([`Renewals`]).

mod beta_discrete_weibull;
mod beta_survival;
mod cash_flow;
mod curve;
mod customer_base;
#[cfg(feature = "simulation")]
mod kind;
pub(super) mod lifetimes;
mod likelihood;
mod model;
mod process;
#[cfg(feature = "simulation")]
mod refits;
mod renewals;
mod shifted_beta_geometric;
#[cfg(feature = "simulation")]
mod simulation;
mod value;

pub use beta_discrete_weibull::BetaDiscreteWeibull;
pub use cash_flow::{RenewalCashFlow, RenewalCashFlows};
pub use curve::{CurveRow, RetentionCurve};
#[cfg(feature = "simulation")]
pub use kind::{AnyContractualModel, ContractualModelKind};
pub(super) use likelihood::Statement;
pub use model::ContractualModel;
pub use process::ContractualProcess;
#[cfg(feature = "simulation")]
pub use refits::{contract_bootstrap, contract_profile_interval};
pub(super) use renewals::Term;
pub use renewals::{Cohort, PeriodCount, Renewals};
pub use shifted_beta_geometric::ShiftedBetaGeometric;
pub(super) use shifted_beta_geometric::ln_survival_derivatives;
#[cfg(feature = "simulation")]
pub use simulation::{simulate_contracts, simulate_future_renewals};
pub use value::{ContractValue, ContractValueOptions};
#[cfg(feature = "covariates")]
pub(super) use {
    cash_flow::cash_flows,
    customer_base::{CustomerBase, Profiles},
    value::residual_value,
};

#[cfg(test)]
pub(super) mod simulation_tests;
#[cfg(test)]
mod tests;
