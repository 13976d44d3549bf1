//! Static covariates: attributes of customers that move the parameters of a model.
//!
//! A model's parameters differ between customers by factors: ln θ_i = ln θ + Σ_j s_j c_j z_ij, with the coefficients c_j, the
//! covariates z_ij, and the signs s_j that say which parameters a coefficient moves, and where ([`CovariateBase`]). Customers
//! with the same covariates share their parameters, so a likelihood is a sum over profiles of the plain model's; its
//! derivatives in ln θ_i, which the plain model has, give those in θ and c by the chain rule.
//!
//! Nothing here knows the formula of a model.

#[cfg(feature = "discrete-time")]
mod contractual;
mod customers_model;
mod domain;
mod effects;
mod encoding;
mod fit;
mod likelihood;
mod moved;
mod options;
mod purchase;
#[cfg(feature = "simulation")]
mod refits;
#[cfg(feature = "discrete-time")]
mod renewals;
mod run_off;
mod search;
mod test;

#[cfg(feature = "discrete-time")]
pub use contractual::ShiftedBetaGeometricWithCovariates;
pub use customers_model::CustomersModel;
pub(super) use domain::Kind;
pub use effects::Coefficient;
#[cfg(feature = "simulation")]
pub(super) use fit::check_base;
#[cfg(feature = "simulation")]
pub(super) use likelihood::{ByProfile, Likelihood, natural};
pub use moved::CovariateBase;
pub(super) use moved::Moved;
pub use options::CovariateOptions;
pub use purchase::WithCovariates;
#[cfg(all(feature = "discrete-time", feature = "simulation"))]
pub use refits::{contract_covariate_bootstrap, contract_covariate_profile_interval};
#[cfg(feature = "simulation")]
pub use refits::{covariate_bootstrap, covariate_profile_interval};
#[cfg(feature = "discrete-time")]
pub use renewals::CustomerRenewals;
pub use test::likelihood_ratio_test;

#[cfg(test)]
mod tests;
