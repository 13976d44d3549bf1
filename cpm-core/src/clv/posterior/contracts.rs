//! The posterior of a contractual model.

use super::priors::{Family, Priors, Pymc, WIDE};
use super::sampler::{Target, run};
use super::{Posterior, PosteriorOptions};
use crate::clv::fit::FitOptions;
use crate::clv::{AnyContractualModel, ContractualModelKind, Renewals};
use crate::error::{Error, Result};

/// Samples the posterior distribution of a contractual model's parameters, as [`posterior`](super::posterior) does for purchase models.
///
/// The parameters are shapes, without unit. Unlike a fit, a posterior also exists where nobody has churned yet, or nobody renewed.
///
/// ```
/// use cpm_core::clv::{Cohort, ContractualModel, ContractualModelKind, PosteriorOptions, Renewals, contract_posterior};
/// let renewals = Renewals::from_cohorts(&[Cohort::new(&[1000.0, 869.0, 743.0, 653.0, 593.0])])?;
/// let options = PosteriorOptions::new().chains(2).warmup(100).draws(100).seed(1);
/// let posterior = contract_posterior(ContractualModelKind::ShiftedBetaGeometric, &renewals, &options)?;
/// let survival = posterior.estimate(0.9, |model| Ok(model.survival(8, 0.9)?.value))?;
/// assert!(survival.interval.low < 0.45 && 0.40 < survival.interval.high);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for options or priors out of range, weights, which belong to the data, or a k;
/// [`Error::NotIdentified`] if no customer had an opportunity to renew.
pub fn contract_posterior(
    kind: ContractualModelKind,
    renewals: &Renewals,
    options: &PosteriorOptions,
) -> Result<Posterior<AnyContractualModel>> {
    options.check()?;
    let family = family(kind);
    let (model, names) = (family.model, family.names);
    options.data.none(model)?;
    some_customers(model, renewals)?;
    let priors = Priors::new(&family, options.defaults, &options.priors)?;
    let natural = |ln: &[f64]| ln.iter().map(|v| v.exp()).collect::<Vec<f64>>();
    // Where there is no maximum of the likelihood, the search starts from the size of things.
    let start = match kind.fit(renewals, &FitOptions::new()) {
        Ok(model) => model.parameters().iter().map(|(_, value)| value.ln()).collect(),
        Err(_) => vec![0.0; names.len()],
    };
    let terms = renewals.terms();
    let ln_posterior = |ln: &[f64]| {
        let natural = natural(ln);
        let mut at = kind.evaluate(&terms, &natural);
        priors.add_to(&mut at, &natural);
        at
    };
    let target = Target {
        customers: renewals.customers(),
        start,
        upper: 20.0,
        ln_posterior: &ln_posterior,
        without_hessian: &ln_posterior,
    };
    let (chains, parameters) = run(&target, options, natural);
    let priors = (0..names.len()).map(|i| priors.of(i)).collect();
    let template = kind.at(&parameters[0][..names.len()]);
    Ok(Posterior::of(template, None, priors, (chains, parameters)))
}

/// What priors need to know of a kind: its parameters are shapes.
pub(super) fn family(kind: ContractualModelKind) -> Family<'static> {
    let pymc = match kind {
        ContractualModelKind::ShiftedBetaGeometric => Pymc::OnePair,
        ContractualModelKind::BetaDiscreteWeibull => Pymc::Missing,
    };
    let names = kind.parameters();
    // What c does the shapes do as well, as far as few renewals can tell.
    let sigmas = names.iter().map(|name| if *name == "c" { 0.5 } else { WIDE }).collect();
    Family { model: kind.name(), names, sizes: vec![1.0; names.len()], sigmas, pymc }
}

/// Whether anybody had an opportunity to renew.
pub(super) fn some_customers(model: &'static str, renewals: &Renewals) -> Result<()> {
    if renewals.customers() > 0.0 {
        return Ok(());
    }
    let reason = "no customer had an opportunity to renew".to_owned();
    let remedy = "Give cohorts with at least one renewal".to_owned();
    Err(Error::NotIdentified { model, reason, remedy })
}

#[cfg(test)]
#[path = "contracts_tests.rs"]
mod tests;
