//! The posterior of a model with covariates.

use super::options::PosteriorOptions;
use super::priors::{DefaultPriors, Family, Priors, Pymc, WIDE};
use super::purchase::mean_time;
use super::sampler::{Target, run};
use super::{Drawn, DrawnPurchases, Posterior};
use crate::clv::any_model::no_k;
use crate::clv::covariates::{ByProfile, Likelihood, check_base, natural};
#[cfg(feature = "discrete-time")]
use crate::clv::{ContractualModelKind, CustomerRenewals, ShiftedBetaGeometricWithCovariates};
use crate::clv::{CovariateBase, CovariateOptions, Prior, PurchaseProcess, WithCovariates};
use crate::error::Result;
use crate::numerics::nuts::Chain;
use crate::summary::CustomerSummary;

/// Samples the posterior distribution of the parameters and coefficients of a model with covariates.
///
/// Priors of the model's own parameters, named or not, are of a typical customer: the median of each number and the most
/// common category. A coefficient is normal around 0: per standard deviation of its covariate
/// with a standard deviation of 2 (1 with [`DefaultPriors::PymcMarketing`]), or, where the options have a penalty, of one over its square
/// root; or the normal prior that is named for it, per unit of its covariate. Draws are per unit of the covariates as they are given, and
/// the base is a customer whose covariates are 0, as in a fit.
///
/// ```
/// use cpm_core::clv::{CovariateOptions, PosteriorOptions, covariate_posterior};
/// use cpm_core::summary::Covariates;
/// use cpm_core::{BgNbd, Column, SummaryOptions, Table, datasets};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let mut table = Table::new();
/// let first: Vec<f64> = customers.first_amount().unwrap().iter().map(|m| (m / 20.0).round()).collect();
/// table.push("first_amount", Column::Float(first))?;
/// let customers = customers.with_covariates(Covariates::new(&table)?)?;
/// let covariates = CovariateOptions::new().dropout(&[]);
/// let options = PosteriorOptions::new().chains(2).warmup(60).draws(60).seed(1);
/// let posterior = covariate_posterior::<BgNbd>(&customers, &covariates, &options)?;
/// let effect = posterior.estimate(0.9, |model| Ok(model.coefficients()[0].value))?;
/// assert!(effect.interval.low > 0.0); // the more spent at first, the more often they come back
/// assert_eq!(posterior.predict(&customers, 39.0, 0.9, 20)?.customers().len(), 2_357);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// As [`WithCovariates::fit`], but a posterior also exists where the likelihood has no maximum;
/// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for options or priors out of range.
pub fn covariate_posterior<M: CovariateBase>(
    customers: &CustomerSummary,
    covariates: &CovariateOptions,
    options: &PosteriorOptions,
) -> Result<Posterior<WithCovariates<M>>> {
    options.check()?;
    no_k(M::MODEL, options.data.k)?;
    let histories = options.data.histories(customers)?;
    let mean_t = mean_time(M::MODEL, &histories)?;
    // Of the parameters of the models that covariates can move, these are times.
    let sizes = M::NAMES.iter().map(|name| if matches!(*name, "alpha" | "beta") { mean_t } else { 1.0 }).collect();
    let family = Family {
        model: M::MODEL,
        names: &M::NAMES,
        sizes,
        sigmas: vec![WIDE; M::NAMES.len()],
        pymc: Pymc::DropoutTogether,
    };
    let mut likelihood = WithCovariates::<M>::likelihood(customers, &histories, covariates)?;
    let drawn = sample(&family, &mut likelihood, mean_t.ln().max(0.0), options)?;
    let template = WithCovariates::template(likelihood, covariates);
    let (priors, chains) = drawn;
    Ok(Posterior::of(template, Some(customers.time_unit()), priors, chains))
}

/// Samples the posterior distribution of the parameters and coefficients of sBG with covariates: [`covariate_posterior`] for renewals,
/// with the same priors. Unlike a fit, it also exists where nobody has churned yet, or nobody renewed.
///
/// ```
/// use cpm_core::clv::{CovariateOptions, CustomerRenewals, PosteriorOptions, contract_covariate_posterior};
/// use cpm_core::summary::Covariates;
/// use cpm_core::{Column, Table};
/// // Monthly payers (1) and yearly ones (0), three opportunities.
/// let renewals = [0, 0, 1, 3, 1, 0, 0, 2, 3, 3, 1, 3, 3, 2, 0, 3, 0, 3, 3, 1];
/// let mut table = Table::new();
/// table.push("monthly", Column::Float((0..20).map(|i| if i < 8 { 1.0 } else { 0.0 }).collect()))?;
/// let customers = CustomerRenewals::new(&renewals, &renewals.map(|n| n == 3), &Covariates::new(&table)?, None)?;
/// let options = PosteriorOptions::new().chains(2).warmup(100).draws(200).seed(1);
/// let posterior = contract_covariate_posterior(&customers, &CovariateOptions::new(), &options)?;
/// let effect = posterior.estimate(0.9, |model| Ok(model.coefficients()[0].value))?;
/// assert!(effect.value > 0.0); // monthly payers leave sooner
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for options or priors out of range;
/// [`Error::NotIdentified`](crate::Error::NotIdentified) if no customer had an opportunity to renew, for a covariate that is the same for
/// all, or for covariates so far from 0 that draws of the base are beyond a double.
#[cfg(feature = "discrete-time")]
pub fn contract_covariate_posterior(
    customers: &CustomerRenewals,
    covariates: &CovariateOptions,
    options: &PosteriorOptions,
) -> Result<Posterior<ShiftedBetaGeometricWithCovariates>> {
    options.check()?;
    options.data.none("sBG")?;
    let family = super::contracts::family(ContractualModelKind::ShiftedBetaGeometric);
    super::contracts::some_customers(family.model, customers.renewals())?;
    let mut likelihood = ShiftedBetaGeometricWithCovariates::likelihood(customers, covariates)?;
    let drawn = sample(&family, &mut likelihood, 0.0, options)?;
    let template = ShiftedBetaGeometricWithCovariates::template(likelihood, covariates);
    let (priors, chains) = drawn;
    Ok(Posterior::of(template, None, priors, chains))
}

/// Priors, and the chains with their draws.
type Sampled = (Vec<Option<Prior>>, (Vec<Chain>, Vec<Vec<f64>>));

/// Samples parameters, which are the logarithms of those of a typical customer, and coefficients.
fn sample<const K: usize>(
    family: &Family<'_>,
    likelihood: &mut Likelihood<impl ByProfile<K>, K>,
    ln_size: f64,
    options: &PosteriorOptions,
) -> Result<Sampled> {
    let of_parameters = likelihood.take_priors(family.model, family.names, &options.priors)?;
    let priors = Priors::new(family, options.defaults, &of_parameters)?;
    let sigma: f64 = if options.defaults == DefaultPriors::PymcMarketing { 1.0 } else { 2.0 };
    likelihood.penalise(1.0 / (sigma * sigma));
    let likelihood = &*likelihood;
    let mut start: Vec<f64> = family.sizes.iter().map(|size| size.ln()).collect();
    start.resize(K + likelihood.coefficients(), 0.0);
    let ln_posterior = |u: &[f64]| {
        let natural = natural::<K>(u.iter());
        let mut at = likelihood.evaluate(&natural);
        priors.add_to(&mut at, &natural[..K]);
        at
    };
    let target = Target {
        customers: likelihood.customers(),
        start,
        upper: 20.0 + ln_size,
        ln_posterior: &ln_posterior,
        without_hessian: &ln_posterior,
    };
    let chains = run(&target, options, |u| likelihood.as_given(u));
    let draws = chains.1.iter().flat_map(|chain| chain.chunks(target.start.len()));
    draws.into_iter().try_for_each(|draw| check_base(family.model, family.names, &draw[..K]))?;
    let mut of_priors: Vec<_> = (0..K).map(|i| priors.of(i)).collect();
    of_priors.extend(likelihood.priors().into_iter().map(Some));
    Ok((of_priors, chains))
}

impl<M: CovariateBase> DrawnPurchases for WithCovariates<M> {
    /// The customers' covariates are encoded once.
    fn processes(
        posterior: &Posterior<Self>,
        customers: &CustomerSummary,
        draws: usize,
    ) -> Result<Vec<Box<dyn PurchaseProcess>>> {
        let mut models: Vec<Box<dyn PurchaseProcess>> = Vec::with_capacity(draws);
        let mut bound = None;
        for parameters in posterior.spread(draws) {
            let first = match &bound {
                Some(first) => first,
                None => bound.insert(posterior.template.at_draw(parameters).of(customers)?),
            };
            models.push(Box::new(first.at_parameters(parameters)));
        }
        Ok(models)
    }
}

#[cfg(test)]
#[path = "covariates_tests.rs"]
mod tests;
