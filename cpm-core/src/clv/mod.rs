//! Customer lifetime value: purchase models, spend models, and what follows from a fitted pair.
//!
//! A purchase model states, for one [`History`](crate::summary::History), its likelihood and its
//! predictions ([`PurchaseProcess`]). Everything else comes from the frame: fitting ([`FitOptions`],
//! [`FitReport`]), scores of whole summaries ([`PurchaseModel`]), intervals, lifetime value
//! ([`lifetime_value`]), the check against a hold-out ([`HoldoutCheck`]), saving ([`SavedModel`](crate::SavedModel)).
//!
//! In discrete time there are [`BgBb`] for purchases at opportunities ([`OpportunityHistories`]), and the contractual
//! models [`ShiftedBetaGeometric`] and [`BetaDiscreteWeibull`] for renewals ([`Renewals`]), with a frame of their own
//! ([`ContractualModel`]).

mod beta_geometric;
mod bg_bb;
mod contractual;
mod covariates;
mod derivatives;
mod fit;
mod gamma_gamma;
mod ggompertz_nbd;
mod holdout_check;
mod independence;
mod lifetime_value;
mod likelihood_sum;
mod nbd;
mod negative_binomial;
#[cfg(test)]
mod optimum_tests;
mod overview;
mod pareto_nbd;
mod prediction;
mod prior;
mod purchase_model;
mod purchase_totals;
mod regular;
#[cfg(feature = "simulation")]
mod simulation;
mod totals;
mod uncertainty;

pub use crate::numerics::test_result::TestResult;
pub use beta_geometric::{AfterEveryPurchase, AfterRepeatPurchases, BetaGeometricNbd, BgNbd, Dropout, MbgNbd};
pub use bg_bb::{BgBb, OpportunityHistories, OpportunityPrediction, OpportunityScore};
pub use contractual::{
    BetaDiscreteWeibull, Cohort, ContractValue, ContractValueOptions, ContractualModel, ContractualProcess, CurveRow,
    PeriodCount, Renewals, RetentionCurve, ShiftedBetaGeometric,
};
pub use covariates::{
    Coefficient, CovariateBase, CovariateOptions, CustomerContract, CustomersModel, ShiftedBetaGeometricWithCovariates,
    WithCovariates, likelihood_ratio_test,
};
pub use fit::{FitOptions, FitReport};
pub use gamma_gamma::GammaGamma;
pub use ggompertz_nbd::GGompertzNbd;
pub use holdout_check::{FrequencyRow, HoldoutCheck, TrackingRow};
pub use independence::IndependenceTest;
pub(crate) use lifetime_value::lifetime_value_by_group;
pub use lifetime_value::{CustomerValue, LifetimeValue, ValueOptions, lifetime_value};
pub use nbd::Nbd;
pub use pareto_nbd::ParetoNbd;
pub use prediction::{NewCustomerPrediction, Prediction};
pub use prior::Prior;
pub use purchase_model::{DiscountedPurchases, PurchaseModel, PurchaseProcess};
pub(crate) use purchase_totals::expected_purchases_by_group;
pub use regular::{BetaGeometricCnbd, BgCnbd, MbgCnbd};
#[cfg(feature = "simulation")]
pub use simulation::SimulationPlan;
pub(crate) use totals::{Addend, Grouping, Total};
pub(crate) use uncertainty::half_width;
pub use uncertainty::{Estimate, Interval};
