//! The posterior of a purchase model.

use super::priors::{Family, Priors};
use super::sampler::{Target, run};
use super::{Posterior, PosteriorOptions};
use crate::clv::any_model::{AnyPurchaseModel, PurchaseModelKind};
use crate::clv::likelihood_sum::LikelihoodSum;
use crate::error::{Error, Result};
use crate::summary::{CustomerSummary, Histories};

/// Samples the posterior distribution of a model's parameters with the No-U-Turn Sampler, on the likelihood of the grouped
/// histories: exact, and as fast as there are distinct ones.
///
/// Sampling is in the log-parameters, in coordinates in which the normal approximation at the mode is standard, so that
/// trajectories are short; priors are densities of the parameters themselves, and the change to logarithms is accounted for.
/// Chains run in parallel; draws depend on the seed alone. The k of BG/CNBD-k and MBG/CNBD-k is held: at the one in the options, or
/// at the one that the fit chooses.
///
/// ```
/// use cpm_core::clv::{PosteriorOptions, PurchaseModelKind, posterior};
/// use cpm_core::{PurchaseModel, SummaryOptions, datasets};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let options = PosteriorOptions::new().chains(2).warmup(100).draws(100).seed(1);
/// let posterior = posterior(PurchaseModelKind::BgNbd, &customers, &options)?;
/// let new = posterior.estimate(0.9, |model| model.expected_purchases_new_customer(52.0))?;
/// assert!(new.interval.low < 1.45 && 1.45 < new.interval.high);
/// println!("{}", posterior.summary_table(0.95)?);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for options or priors out of range; [`Error::InvalidValue`] and [`Error::LengthMismatch`] for weights;
/// [`Error::NotIdentified`] if no time has passed for any customer. Unlike a fit, a posterior exists for any other data; only where k
/// is to be chosen it has the errors of the fit.
pub fn posterior(
    kind: PurchaseModelKind,
    customers: &CustomerSummary,
    options: &PosteriorOptions,
) -> Result<Posterior> {
    options.check()?;
    kind.check_k(options.data.k)?;
    kind.check_customers(customers)?;
    let histories = options.data.histories(customers)?;
    let mean_t = mean_time(kind.name(), &histories)?;
    let names = kind.parameters();
    let priors = Priors::new(&Family::of(kind, mean_t), options.defaults, &options.priors)?;
    let likelihood = LikelihoodSum::new(&histories);
    let natural = |ln: &[f64]| ln.iter().map(|v| v.exp()).collect::<Vec<f64>>();
    // Where there is no maximum of the likelihood, the search starts from the size of things.
    let (start, k) = match kind.fit_with(options.data.k, customers, &options.data.of_fit()) {
        Ok(model) => (model.parameters().iter().map(|(_, value)| value.ln()).collect(), model.k()),
        Err(error) if kind.has_k() && options.data.k.is_none() => return Err(error),
        Err(_) => (names.iter().map(|name| kind.size_of(name, mean_t).ln()).collect(), options.data.k.unwrap_or(1)),
    };
    let of_parameters = kind.likelihood(k);
    let ln_posterior = |sum: &LikelihoodSum<'_>, ln: &[f64]| {
        let natural = natural(ln);
        let mut at = (of_parameters.evaluate)(sum, &natural);
        priors.add_to(&mut at, &natural);
        at
    };
    let slopes = LikelihoodSum::new(&histories).without_hessian();
    let target = Target {
        customers: histories.weight().iter().sum(),
        start,
        upper: 20.0 + mean_t.ln().max(0.0),
        ln_posterior: &|ln| ln_posterior(&likelihood, ln),
        without_hessian: &|ln| ln_posterior(&slopes, ln),
    };
    let (chains, parameters) = run(&target, options, natural);
    let priors = (0..names.len()).map(|i| priors.of(i)).collect();
    let template = (of_parameters.at)(&parameters[0][..names.len()]);
    Ok(Posterior::of(template, Some(customers.time_unit()), priors, (chains, parameters)))
}

/// The mean time for which customers are known, which must not be 0.
pub(super) fn mean_time(model: &'static str, histories: &Histories) -> Result<f64> {
    let customers: f64 = histories.weight().iter().sum();
    let total: f64 = histories.distinct().iter().zip(histories.weight()).map(|(h, w)| w * h.T).sum();
    if total > 0.0 {
        return Ok(total / customers);
    }
    let (reason, remedy) = if customers > 0.0 {
        ("no time has passed since the first purchases: T is 0 for every customer", "Give a later end of observation")
    } else {
        ("all weights are 0", "Give at least one customer a weight above 0")
    };
    Err(Error::NotIdentified { model, reason: reason.to_owned(), remedy: remedy.to_owned() })
}

impl Posterior<AnyPurchaseModel> {
    /// Which model it is of.
    #[must_use]
    pub fn kind(&self) -> PurchaseModelKind {
        // All draws are of one kind, and there is at least one.
        self.models(1)[0].kind()
    }
}
