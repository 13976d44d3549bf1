//! The posterior of the Gamma-Gamma model of spend.

use super::priors::{Family, Priors, Pymc};
use super::sampler::{Target, run};
use super::{Posterior, PosteriorOptions};
use crate::clv::any_model::no_k;
use crate::clv::gamma_gamma::{GammaGamma, PARAMETERS, Spend, in_excess, monetary_value};
use crate::error::{self, Error, Result};
use crate::estimate::Estimate;
use crate::numerics::parallel;
use crate::numerics::sample::percentile_interval;
use crate::summary::CustomerSummary;
use crate::table::{Column, Table};

/// Customers per parallel task.
const CHUNK: usize = 256;

/// Samples the posterior distribution of the Gamma-Gamma model's parameters, as [`posterior`](super::posterior) does for purchase
/// models.
///
/// The mean spend of the population exists for q > 1 only, so the posterior is of q > 1: sampling is in ln p, ln(q - 1) and ln v (beside the mean
/// amount). A
/// prior that is named for q is a density of q, cut at 1; without a name it is one of q - 1.
///
/// ```
/// use cpm_core::clv::{PosteriorOptions, spend_posterior};
/// use cpm_core::{SummaryOptions, datasets};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let posterior = spend_posterior(&customers, &PosteriorOptions::new().chains(2).warmup(100).draws(100).seed(1))?;
/// let mean = posterior.estimate(0.9, |spend| Ok(spend.population_mean()))?;
/// assert!(mean.interval.low < 35.3 && 35.3 < mean.interval.high);
/// let spend = posterior.expected_spend(&customers, 0.9, 50)?;
/// assert_eq!(spend.rows(), 2_357);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for options or priors out of range; [`Error::NotIdentified`] without monetary values, or with fewer
/// than three repeat buyers that spend different amounts.
pub fn spend_posterior(customers: &CustomerSummary, options: &PosteriorOptions) -> Result<Posterior<GammaGamma>> {
    options.check()?;
    no_k("Gamma-Gamma", options.data.k)?;
    options.data.check(customers)?;
    let spend = Spend::of(customers, options.data.weights.as_deref())?;
    let mean = spend.mean();
    let family = Family {
        model: "Gamma-Gamma",
        names: &PARAMETERS,
        sizes: vec![1.0, 1.0, mean],
        sigmas: vec![1.5, 1.5, 2.0],
        pymc: Pymc::Flat,
    };
    let priors = Priors::new(&family, options.defaults, &options.priors)?;
    let is_of_q = options.priors.iter().any(|(name, _)| name == "q");
    let natural = |u: &[f64]| vec![u[0].exp(), 1.0 + u[1].exp(), mean * u[2].exp()];
    let ln_posterior = |u: &[f64]| {
        let [p, excess, v] = [u[0].exp(), u[1].exp(), mean * u[2].exp()];
        let mut at = spend.log_likelihood(p, 1.0 + excess, v);
        if is_of_q {
            // As densities of ln q; what is missing for ln(q - 1) is the change of q by it, over q.
            priors.add_to(&mut at, &[p, 1.0 + excess, v]);
            in_excess(&mut at, excess);
            let share = excess / (1.0 + excess);
            at.value += share.ln();
            at.gradient[1] += 1.0 - share;
            at.hessian[(1, 1)] -= share * (1.0 - share);
        } else {
            in_excess(&mut at, excess);
            priors.add_to(&mut at, &[p, excess, v]);
        }
        at
    };
    let target = Target {
        customers: spend.customers(),
        // v is sought beside the mean amount.
        start: vec![4.0_f64.ln(), 3.0_f64.ln(), 0.75_f64.ln()],
        upper: 20.0,
        ln_posterior: &ln_posterior,
        without_hessian: &ln_posterior,
    };
    let (chains, parameters) = run(&target, options, natural);
    let priors = (0..PARAMETERS.len()).map(|i| priors.of(i)).collect();
    // The first draw may have a q that rounds to 1.
    Ok(Posterior::of(GammaGamma::at(1.0, 2.0, mean), None, priors, (chains, parameters)))
}

impl Posterior<GammaGamma> {
    /// Expected spend per purchase of every customer: columns `customer_id, expected_spend, expected_spend_low,
    /// expected_spend_high`, posterior means with central intervals from `draws` draws spread evenly over the chains.
    ///
    /// One customer's draws are held per thread, whatever the number of customers.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a level outside (0, 1) or fewer than 20 draws; [`Error::NotIdentified`] without monetary
    /// values.
    pub fn expected_spend(&self, customers: &CustomerSummary, level: f64, draws: usize) -> Result<Table> {
        error::level("level", level)?;
        if draws < 20 {
            return Err(Error::argument("draws", draws, "an interval needs at least 20"));
        }
        let (x, z) = (customers.frequency(), monetary_value(customers)?);
        let models = self.models(draws);
        let estimates: Vec<Estimate> = parallel::map_chunks(z.len(), CHUNK, |rows| {
            let mut values = vec![0.0; models.len()];
            rows.map(|row| {
                values.iter_mut().zip(&models).for_each(|(value, m)| *value = m.expected(x[row], z[row]));
                let value = values.iter().sum::<f64>() / values.len() as f64;
                Estimate { value, interval: percentile_interval(&mut values, level) }
            })
            .collect::<Vec<_>>()
        })
        .flatten()
        .collect();
        let floats = |get: fn(&Estimate) -> f64| Column::Float(estimates.iter().map(get).collect());
        let mut table = Table::new();
        table.push("customer_id", Column::Id(customers.customer_ids().clone()))?;
        table.push("expected_spend", floats(|e| e.value))?;
        table.push("expected_spend_low", floats(|e| e.interval.low))?;
        table.push("expected_spend_high", floats(|e| e.interval.high))?;
        Ok(table)
    }
}

#[cfg(test)]
#[path = "spend_tests.rs"]
mod tests;
