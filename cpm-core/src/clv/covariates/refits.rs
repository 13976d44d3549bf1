//! The uncertainty of models with covariates beyond the normal approximation: bootstrap and profile likelihood.

use super::CovariateOptions;
use super::likelihood::Likelihood;
use super::purchase::{CovariateBase, WithCovariates};
use crate::clv::bootstrap::{Bootstrap, BootstrapOptions, Refitted, resample};
use crate::clv::fit::{FitOptions, LARGEST_COEFFICIENT};
use crate::clv::profile::{Profiled, position};
use crate::error::{self, Result};
use crate::estimate::Estimate;
use crate::summary::CustomerSummary;

impl<M: CovariateBase> Refitted for WithCovariates<M> {
    fn estimates(&self) -> Vec<(String, f64)> {
        self.parameters()
    }
}

/// Fits a model with covariates to the customers and to resamples of them, as [`bootstrap`](crate::clv::bootstrap) does for plain
/// models. Customers are drawn with their covariates.
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
/// As [`WithCovariates::fit`]; [`Error::InvalidArgument`](crate::Error::InvalidArgument) for fewer than 20 replicates;
/// [`Error::NotConverged`](crate::Error::NotConverged) if more than a tenth of the refits fail, as they do where hardly any
/// customer has a category.
pub fn covariate_bootstrap<M: CovariateBase>(
    customers: &CustomerSummary,
    covariates: &CovariateOptions,
    options: &BootstrapOptions,
) -> Result<Bootstrap<WithCovariates<M>>> {
    options.check()?;
    let model = WithCovariates::<M>::fit(customers, covariates, &FitOptions::new())?;
    let once = vec![1.0; customers.len()];
    Bootstrap::of(M::MODEL, model, options, |random| {
        let weights = resample(&once, random);
        WithCovariates::<M>::fit(customers, covariates, &FitOptions::new().weights(&weights))
    })
}

/// Interval of a parameter of the base, or of a coefficient, by profile likelihood, as
/// [`profile_interval`](crate::clv::profile_interval) gives it for plain models. With a penalty it is the penalised likelihood.
///
/// An end of a coefficient that is more than 20 standard deviations of its covariate away does not exist as far as the data can tell:
/// it is then infinite.
///
/// # Errors
/// As [`WithCovariates::fit`]; [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a name that is not among
/// [`WithCovariates::parameters`] or a level outside (0, 1).
pub fn covariate_profile_interval<M: CovariateBase>(
    customers: &CustomerSummary,
    covariates: &CovariateOptions,
    parameter: &str,
    level: f64,
) -> Result<Estimate> {
    error::level("level", level)?;
    let model = WithCovariates::<M>::fit(customers, covariates, &FitOptions::new())?;
    let (names, estimate): (Vec<String>, Vec<f64>) = model.parameters().into_iter().unzip();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let fixed = position(M::MODEL, &names, parameter)?;
    let likelihood = Likelihood::<M>::new(customers, customers.histories(), covariates, 0.0)?;
    let reach: Vec<f64> = likelihood.deviations().iter().map(|deviation| LARGEST_COEFFICIENT / deviation).collect();
    let profiled = Profiled {
        evaluate: &|parameters| likelihood.evaluate_as_given(parameters),
        estimate,
        reach: &reach,
        log_likelihood: model.fit_report().map_or(0.0, |r| r.log_likelihood + r.log_prior),
        customers: customers.len() as f64,
    };
    Ok(profiled.interval(fixed, level))
}

#[cfg(test)]
#[path = "refits_tests.rs"]
mod tests;
