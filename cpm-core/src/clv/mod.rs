//! Customer lifetime value: purchase models, spend models, and what follows from a fitted pair.
//!
//! A purchase model states, for one [`History`](crate::summary::History), its likelihood and its
//! predictions ([`PurchaseProcess`]). Everything else comes from the frame: fitting ([`FitOptions`],
//! [`FitReport`]), scores of whole summaries ([`PurchaseModel`]), intervals, lifetime value
//! ([`lifetime_value`]), the check against a hold-out ([`HoldoutCheck`]), saving ([`SavedModel`](crate::SavedModel)).
//!
//! In discrete time (feature `discrete-time`) there are [`BgBb`] for purchases at opportunities ([`OpportunityHistories`]), and the contractual
//! models [`ShiftedBetaGeometric`] and [`BetaDiscreteWeibull`] for renewals ([`Renewals`]), with a frame of their own
//! ([`ContractualModel`]).

mod any_model;
mod beta_geometric;
#[cfg(feature = "discrete-time")]
mod bg_bb;
#[cfg(feature = "simulation")]
mod bootstrap;
mod cash_flow;
mod cohort_tracking;
#[cfg(feature = "simulation")]
mod compare;
#[cfg(feature = "discrete-time")]
mod contractual;
#[cfg(feature = "covariates")]
mod covariates;
#[cfg(feature = "simulation")]
mod data_choices;
mod derivatives;
mod fit;
mod from_edge;
#[cfg(feature = "simulation")]
mod future;
mod gamma_gamma;
mod gaps;
#[cfg(feature = "more-models")]
mod ggompertz_nbd;
mod holdout_check;
mod independence;
mod latent_attrition;
mod lifetime_value;
mod likelihood_sum;
mod nbd;
mod negative_binomial;
mod next_purchase;
#[cfg(test)]
mod optimum_tests;
mod overview;
mod pareto_nbd;
#[cfg(feature = "simulation")]
mod posterior;
mod prediction;
mod prior;
#[cfg(feature = "simulation")]
mod profile;
mod purchase_model;
mod purchase_totals;
#[cfg(feature = "more-models")]
mod regular;
#[cfg(feature = "json")]
mod report_check;
#[cfg(feature = "simulation")]
mod simulation;
mod totals;
mod uncertainty;
mod until_death;

pub use crate::estimate::{Estimate, Interval};
pub use crate::numerics::test_result::TestResult;
pub use any_model::{AnyPurchaseModel, PurchaseModelKind};
pub use beta_geometric::{AfterEveryPurchase, AfterRepeatPurchases, BetaGeometricNbd, BgNbd, Dropout, MbgNbd};
#[cfg(feature = "discrete-time")]
pub use bg_bb::{BgBb, OpportunityHistories, OpportunityPrediction, OpportunityScore};
#[cfg(feature = "simulation")]
pub use bootstrap::{Bootstrap, BootstrapOptions, Refitted, bootstrap, spend_bootstrap};
pub use cash_flow::{CashFlow, CashFlows, cash_flows};
pub use cohort_tracking::{CohortPeriod, CohortTracking};
#[cfg(feature = "simulation")]
pub use compare::{
    Baseline, CalibrationRow, CompareOptions, ComparedModel, Comparison, ModelScores, OriginScores, compare,
};
#[cfg(all(feature = "discrete-time", feature = "simulation"))]
pub use contractual::{
    AnyContractualModel, ContractualModelKind, contract_bootstrap, contract_profile_interval, simulate_contracts,
    simulate_future_renewals,
};
#[cfg(feature = "discrete-time")]
pub use contractual::{
    BetaDiscreteWeibull, Cohort, ContractValue, ContractValueOptions, ContractualModel, ContractualProcess, CurveRow,
    PeriodCount, RenewalCashFlow, RenewalCashFlows, Renewals, RetentionCurve, ShiftedBetaGeometric,
};
#[cfg(feature = "covariates")]
pub use covariates::{
    Coefficient, CovariateBase, CovariateOptions, CustomersModel, WithCovariates, likelihood_ratio_test,
};
#[cfg(all(feature = "covariates", feature = "discrete-time"))]
pub use covariates::{CustomerRenewals, ShiftedBetaGeometricWithCovariates};
#[cfg(all(feature = "covariates", feature = "discrete-time", feature = "simulation"))]
pub use covariates::{contract_covariate_bootstrap, contract_covariate_profile_interval};
#[cfg(all(feature = "covariates", feature = "simulation"))]
pub use covariates::{covariate_bootstrap, covariate_profile_interval};
pub use fit::{FitOptions, FitReport};
#[cfg(feature = "simulation")]
pub use future::{FuturePurchases, simulate_future};
pub use gamma_gamma::GammaGamma;
#[cfg(feature = "more-models")]
pub use ggompertz_nbd::GGompertzNbd;
pub use holdout_check::{FrequencyRow, HoldoutCheck, TrackingRow};
pub use independence::IndependenceTest;
pub(crate) use lifetime_value::lifetime_value_by_group;
pub use lifetime_value::{CustomerValue, LifetimeValue, ValueOptions, lifetime_value};
pub use nbd::Nbd;
pub use next_purchase::{CustomerNextPurchase, NextPurchase};
pub use pareto_nbd::ParetoNbd;
#[cfg(all(feature = "covariates", feature = "discrete-time", feature = "simulation"))]
pub use posterior::contract_covariate_posterior;
#[cfg(all(feature = "discrete-time", feature = "simulation"))]
pub use posterior::contract_posterior;
#[cfg(all(feature = "covariates", feature = "simulation"))]
pub use posterior::covariate_posterior;
#[cfg(feature = "simulation")]
pub use posterior::{
    AnyPosterior, ChainStatistics, DefaultPriors, Drawn, DrawnPurchases, Posterior, PosteriorOptions, posterior,
    spend_posterior,
};
pub use prediction::{NewCustomerPrediction, Prediction};
pub use prior::Prior;
#[cfg(feature = "simulation")]
pub use profile::{ProfileOptions, profile_interval, spend_profile_interval};
pub use purchase_model::{DiscountedPurchases, PurchaseModel, PurchaseProcess};
pub(crate) use purchase_totals::expected_purchases_by_group;
pub use purchase_totals::{PurchaseTotals, purchase_totals};
#[cfg(feature = "more-models")]
pub use regular::{BetaGeometricCnbd, BgCnbd, MbgCnbd};
#[cfg(feature = "simulation")]
pub use simulation::{OrderNoise, SimulatedOrders, SimulationPlan};
pub(crate) use totals::{Addend, Grouping, Total};
