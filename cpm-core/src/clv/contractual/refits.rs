//! The uncertainty of contractual models beyond the normal approximation: bootstrap and profile likelihood.

use super::kind::{AnyContractualModel, ContractualModelKind};
use super::renewals::Renewals;
use crate::clv::bootstrap::{Bootstrap, BootstrapOptions};
use crate::clv::fit::FitOptions;
use crate::clv::profile::{ProfileOptions, Profiled, position};
use crate::error::{self, Result};
use crate::estimate::Estimate;

/// Fits a contractual model to the customers and to resamples of them, as [`bootstrap`](crate::clv::bootstrap) does for purchase
/// models.
///
/// A resample draws as many customers as there are, with replacement, each with the renewals it made and the way its observation
/// ended: one multinomial draw over the periods of churn and of survival. Cohorts that are known from a later renewal on only
/// ([`Cohort::observed_from`](super::Cohort::observed_from)) keep their numbers of customers. Numbers of customers need not be whole;
/// their sum is rounded.
///
/// ```
/// use cpm_core::clv::{BootstrapOptions, Cohort, ContractualModel, ContractualModelKind, Renewals, contract_bootstrap};
/// let renewals = Renewals::from_cohorts(&[Cohort::new(&[1000.0, 869.0, 743.0, 653.0, 593.0])])?;
/// let options = BootstrapOptions::new().replicates(100).seed(1);
/// let boot = contract_bootstrap(ContractualModelKind::ShiftedBetaGeometric, &renewals, &options)?;
/// let survival = boot.estimate(0.9, |model| Ok(model.survival(8, 0.9)?.value))?;
/// assert!(survival.interval.low < survival.value && survival.value < survival.interval.high);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// Those of the fit; [`Error::InvalidArgument`](crate::Error::InvalidArgument) for fewer than 20 replicates, for weights,
/// which belong to the data, or for a k; [`Error::NotIdentified`](crate::Error::NotIdentified) if more than a tenth of the refits fail.
pub fn contract_bootstrap(
    kind: ContractualModelKind,
    renewals: &Renewals,
    options: &BootstrapOptions,
) -> Result<Bootstrap<AnyContractualModel>> {
    options.check()?;
    options.data.none(kind.name())?;
    let model = kind.fit(renewals, &FitOptions::new())?;
    let start: Vec<f64> = model.parameters().iter().map(|(_, value)| *value).collect();
    Bootstrap::of(kind.name(), model, options, |random| {
        kind.fit(&renewals.resampled(random), &FitOptions::new().start(&start))
    })
}

/// Interval of one parameter of a contractual model by profile likelihood, as [`profile_interval`](crate::clv::profile_interval)
/// gives it for purchase models.
///
/// ```
/// use cpm_core::clv::{Cohort, ContractualModelKind, ProfileOptions, Renewals, contract_profile_interval};
/// let renewals = Renewals::from_cohorts(&[Cohort::new(&[1000.0, 869.0, 743.0, 653.0, 593.0, 551.0, 517.0, 491.0])])?;
/// // Does the chance of leaving change with tenure? It does if 1 is outside.
/// let c = contract_profile_interval(ContractualModelKind::BetaDiscreteWeibull, &renewals, "c", &ProfileOptions::new())?;
/// assert!(c.interval.low > 1.0 && c.value < c.interval.high);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// Those of the fit; [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a parameter that the model does not have, a
/// level outside (0, 1), weights, which belong to the data, or a k.
pub fn contract_profile_interval(
    kind: ContractualModelKind,
    renewals: &Renewals,
    parameter: &str,
    options: &ProfileOptions,
) -> Result<Estimate> {
    error::level("level", options.level)?;
    options.data.none(kind.name())?;
    let fixed = position(kind.name(), kind.parameters(), parameter)?;
    let model = kind.fit(renewals, &FitOptions::new())?;
    let terms = renewals.terms();
    let profiled = Profiled {
        evaluate: &|parameters| kind.evaluate(&terms, parameters),
        estimate: model.parameters().iter().map(|(_, value)| *value).collect(),
        reach: &[],
        log_likelihood: model.fit_report().map_or(0.0, |r| r.log_likelihood),
        customers: renewals.customers(),
    };
    Ok(profiled.interval(fixed, options.level))
}

#[cfg(test)]
#[path = "refits_tests.rs"]
mod tests;
