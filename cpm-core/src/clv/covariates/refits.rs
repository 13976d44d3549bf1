//! The uncertainty of models with covariates beyond the normal approximation: bootstrap and profile likelihood.

use super::CovariateOptions;
use super::likelihood::{ByProfile, Likelihood};
use super::moved::CovariateBase;
use super::purchase::WithCovariates;
#[cfg(feature = "discrete-time")]
use super::{CustomerRenewals, ShiftedBetaGeometricWithCovariates};
use crate::clv::any_model::no_k;
use crate::clv::bootstrap::{Bootstrap, BootstrapOptions, Refitted, distinct_customers, reweigh};
use crate::clv::fit::{FitOptions, FitReport};
use crate::clv::profile::{ProfileOptions, Profiled, position};
use crate::error::{self, Result};
use crate::estimate::{Estimate, Interval};
use crate::numerics::newton::Evaluation;
use crate::summary::{CustomerSummary, Histories};

impl<M: CovariateBase> Refitted for WithCovariates<M> {
    fn estimates(&self) -> Vec<(String, f64)> {
        self.parameters()
    }
}

/// Fits a model with covariates to the customers and to the same under random weights, as [`bootstrap`](crate::clv::bootstrap) does for
/// plain models with resamples. Among customers drawn with replacement a rare category may be missing, and its coefficient with it;
/// weights (Rubin 1981, The Bayesian Bootstrap, Annals of Statistics 9(1), 130-134) vary as much and leave nobody out.
///
/// ```
/// use cpm_core::clv::{BootstrapOptions, CovariateOptions, covariate_bootstrap};
/// use cpm_core::summary::Covariates;
/// use cpm_core::{BgNbd, Column, SummaryOptions, Table, datasets};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let mut table = Table::new();
/// let first: Vec<f64> = customers.first_amount().unwrap().iter().map(|m| (m / 20.0).round()).collect();
/// table.push("first_amount", Column::Float(first))?;
/// let customers = customers.with_covariates(Covariates::new(&table)?)?;
/// let covariates = CovariateOptions::new().dropout(&[]);
/// let options = BootstrapOptions::new().replicates(20).seed(1);
/// let boot = covariate_bootstrap::<BgNbd>(&customers, &covariates, &options)?;
/// let effect = boot.estimate(0.9, |model| Ok(model.coefficients()[0].value))?;
/// assert!(effect.interval.low > 0.0); // the more spent at first, the more often they come back
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// As [`WithCovariates::fit`]; [`Error::InvalidArgument`](crate::Error::InvalidArgument) for fewer than 20 replicates or a k;
/// [`Error::NotIdentified`](crate::Error::NotIdentified) if more than a tenth of the refits fail.
pub fn covariate_bootstrap<M: CovariateBase>(
    customers: &CustomerSummary,
    covariates: &CovariateOptions,
    options: &BootstrapOptions,
) -> Result<Bootstrap<WithCovariates<M>>> {
    options.check()?;
    no_k(M::MODEL, options.data.k)?;
    let model = WithCovariates::<M>::fit(customers, covariates, &options.data.of_fit())?;
    let histories = options.data.histories(customers)?;
    let distinct = distinct_with_covariates(&histories, customers)?;
    Bootstrap::of(M::MODEL, model, options, |random| {
        let weights = reweigh(histories.weight(), random);
        WithCovariates::<M>::fit(&distinct, covariates, &FitOptions::new().weights(&weights))
    })
}

/// One customer per distinct history, with its covariates: those who share a history share a profile.
fn distinct_with_covariates(histories: &Histories, customers: &CustomerSummary) -> Result<CustomerSummary> {
    let distinct = distinct_customers(histories, customers.time_unit())?;
    let Some(covariates) = customers.covariates() else { return Ok(distinct) };
    let mut row_with = vec![0; covariates.profiles()];
    covariates.of_row().iter().enumerate().for_each(|(row, &profile)| row_with[profile as usize] = row as u32);
    let rows: Vec<u32> = histories.distinct().iter().map(|h| row_with[h.profile as usize]).collect();
    distinct.with_covariates(covariates.take(&rows))
}

/// Interval of a parameter of the base, or of a coefficient, by profile likelihood, as
/// [`profile_interval`](crate::clv::profile_interval) gives it for plain models. With a penalty it is the penalised likelihood.
///
/// An end of a coefficient that is further than the estimate from 0 by more than 20 standard deviations of its covariate does not exist
/// as far as the data can tell: it is then infinite, unless a penalty ends it.
///
/// # Errors
/// As [`WithCovariates::fit`]; [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a name that is not among
/// [`WithCovariates::parameters`] or a level outside (0, 1), or for a k.
pub fn covariate_profile_interval<M: CovariateBase>(
    customers: &CustomerSummary,
    covariates: &CovariateOptions,
    parameter: &str,
    options: &ProfileOptions,
) -> Result<Estimate> {
    error::level("level", options.level)?;
    no_k(M::MODEL, options.data.k)?;
    let model = WithCovariates::<M>::fit(customers, covariates, &options.data.of_fit())?;
    let histories = options.data.histories(customers)?;
    let likelihood = WithCovariates::<M>::likelihood(customers, &histories, covariates)?;
    interval(M::MODEL, &likelihood, model.parameters(), model.fit_report(), parameter, options.level)
}

/// The interval of one of the parameters and coefficients, from their estimates and the report of the fit.
fn interval<const K: usize>(
    model: &str,
    likelihood: &Likelihood<impl ByProfile<K>, K>,
    estimates: Vec<(String, f64)>,
    report: Option<&FitReport>,
    parameter: &str,
    level: f64,
) -> Result<Estimate> {
    let (names, estimate): (Vec<String>, Vec<f64>) = estimates.into_iter().unzip();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let fixed = position(model, &names, parameter)?;
    let deviations = likelihood.deviations();
    let standardised = likelihood.standardised(&estimate);
    let reach = likelihood.reach(&standardised[K..], level);
    let profiled = |evaluate: &dyn Fn(&[f64]) -> Evaluation, estimate: Vec<f64>, reach: &[f64]| {
        let log_likelihood = report.map_or(0.0, |r| r.log_likelihood + r.log_prior);
        let customers = likelihood.customers();
        Profiled { evaluate, estimate, reach, log_likelihood, customers }.interval(fixed, level)
    };
    let Some(coefficient) = fixed.checked_sub(K) else {
        let reach: Vec<f64> = reach.iter().zip(&deviations).map(|(r, deviation)| r / deviation).collect();
        return Ok(profiled(&|given| likelihood.evaluate_as_given(given), estimate, &reach));
    };
    // Of standardised covariates the others hardly follow, wherever the covariate has its 0.
    let found = profiled(&|parameters| likelihood.evaluate(parameters), standardised, &reach);
    let [low, high] = [found.interval.low, found.interval.high].map(|end| end / deviations[coefficient]);
    Ok(Estimate { value: estimate[fixed], interval: Interval { low, high } })
}

#[cfg(feature = "discrete-time")]
impl Refitted for ShiftedBetaGeometricWithCovariates {
    fn estimates(&self) -> Vec<(String, f64)> {
        self.parameters()
    }
}

/// Fits sBG with covariates to the customers and to the same under random weights, as [`covariate_bootstrap`] does for purchase models:
/// all that had an opportunity to renew alike.
///
/// ```
/// use cpm_core::clv::{BootstrapOptions, CovariateOptions, CustomerRenewals, contract_covariate_bootstrap};
/// use cpm_core::summary::Covariates;
/// use cpm_core::{Column, Table};
/// // Every other customer pays by the month, and leaves sooner.
/// let renewals: Vec<u64> = (0..120).map(|i| if i % 2 == 0 { i / 2 % 4 } else { 3 - i / 24 % 2 * (i % 3) }).collect();
/// let active: Vec<bool> = renewals.iter().map(|n| *n == 3).collect();
/// let mut table = Table::new();
/// table.push("monthly", Column::Float((0..120).map(|i| f64::from(1 - i % 2)).collect()))?;
/// let customers = CustomerRenewals::new(&renewals, &active, &Covariates::new(&table)?, None)?;
/// let options = BootstrapOptions::new().replicates(50).seed(1);
/// let boot = contract_covariate_bootstrap(&customers, &CovariateOptions::new(), &options)?;
/// let effect = boot.estimate(0.9, |model| Ok(model.coefficients()[0].value))?;
/// assert!(effect.interval.low > 0.0);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// As [`ShiftedBetaGeometricWithCovariates::fit_customers`]; [`Error::InvalidArgument`](crate::Error::InvalidArgument) for fewer than
/// 20 replicates, for weights, which belong to the data, or for a k; [`Error::NotIdentified`](crate::Error::NotIdentified) if more
/// than a tenth of the refits fail.
#[cfg(feature = "discrete-time")]
pub fn contract_covariate_bootstrap(
    customers: &CustomerRenewals,
    covariates: &CovariateOptions,
    options: &BootstrapOptions,
) -> Result<Bootstrap<ShiftedBetaGeometricWithCovariates>> {
    options.check()?;
    options.data.none("sBG")?;
    let fit = |customers: &CustomerRenewals| {
        ShiftedBetaGeometricWithCovariates::fit_customers(customers, covariates, &FitOptions::new())
    };
    Bootstrap::of("sBG", fit(customers)?, options, |random| fit(&customers.reweighed(random)))
}

/// Interval of α, β (of a customer whose covariates are 0) or a coefficient of sBG with covariates by profile likelihood, as
/// [`covariate_profile_interval`] gives it for purchase models.
///
/// # Errors
/// As [`ShiftedBetaGeometricWithCovariates::fit_customers`]; [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a name that
/// is not among [`ShiftedBetaGeometricWithCovariates::parameters`], a level outside (0, 1), weights, which belong to the data, or a k.
#[cfg(feature = "discrete-time")]
pub fn contract_covariate_profile_interval(
    customers: &CustomerRenewals,
    covariates: &CovariateOptions,
    parameter: &str,
    options: &ProfileOptions,
) -> Result<Estimate> {
    error::level("level", options.level)?;
    options.data.none("sBG")?;
    let model = ShiftedBetaGeometricWithCovariates::fit_customers(customers, covariates, &FitOptions::new())?;
    let likelihood = ShiftedBetaGeometricWithCovariates::likelihood(customers, covariates)?;
    interval("sBG", &likelihood, model.parameters(), model.fit_report(), parameter, options.level)
}

#[cfg(test)]
#[path = "refits_tests.rs"]
mod tests;
