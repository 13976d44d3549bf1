//! The bootstrap of a fit.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use rand_distr::{Binomial, Distribution, Gamma};

use super::any_model::{AnyPurchaseModel, PurchaseModelKind, no_k};
use super::data_choices::DataChoices;
use super::fit::FitOptions;
use super::gamma_gamma::GammaGamma;
use crate::error::{self, Error, Result};
use crate::estimate::{Estimate, Interval};
use crate::numerics::parallel;
use crate::numerics::sample::percentile_interval;
use crate::summary::{CustomerSummary, Histories, History, TimeUnit};
use crate::table::{Column, Table};

/// A share of failed refits above which there is no bootstrap to speak of.
const MOST_FAILED: f64 = 0.1;

/// Choices for [`bootstrap`].
///
/// ```
/// use cpm_core::clv::BootstrapOptions;
/// let options = BootstrapOptions::new().replicates(200).seed(3);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BootstrapOptions {
    replicates: usize,
    seed: u64,
    pub(super) data: DataChoices,
}

impl Default for BootstrapOptions {
    fn default() -> Self {
        Self { replicates: 400, seed: 0, data: DataChoices::default() }
    }
}

impl BootstrapOptions {
    /// 400 refits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many resamples of the customers are refitted.
    #[must_use]
    pub fn replicates(mut self, replicates: usize) -> Self {
        self.replicates = replicates;
        self
    }

    /// The same seed gives the same resamples.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How often each row of the summary counts, for grouped data: a row of weight w is w customers, each of whom may be drawn or
    /// not. As many customers are drawn as the weights add up to, rounded.
    #[must_use]
    pub fn weights(mut self, weights: &[f64]) -> Self {
        self.data.weights = Some(weights.to_vec());
        self
    }

    /// Holds the k of BG/CNBD-k or MBG/CNBD-k; otherwise it is chosen again for every resample.
    #[must_use]
    pub fn k(mut self, k: u32) -> Self {
        self.data.k = Some(k);
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.replicates < 20 {
            return Err(Error::argument("replicates", self.replicates, "an interval needs at least 20"));
        }
        Ok(())
    }
}

/// A model that a [`Bootstrap`] can be of.
pub trait Refitted: Send + Sync {
    /// Names and values of the parameters.
    fn estimates(&self) -> Vec<(String, f64)>;
}

impl Refitted for AnyPurchaseModel {
    fn estimates(&self) -> Vec<(String, f64)> {
        self.parameters().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

impl Refitted for GammaGamma {
    fn estimates(&self) -> Vec<(String, f64)> {
        self.parameters().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

/// A model refitted to resampled customers: see [`bootstrap`] for purchase models, and [`spend_bootstrap`] for Gamma-Gamma.
#[derive(Debug, Clone, PartialEq)]
pub struct Bootstrap<M = AnyPurchaseModel> {
    model: M,
    replicates: Vec<M>,
    failed: usize,
}

/// Fits a model to the customers and to resamples of them (Efron 1979): what its estimates, and anything computed from them,
/// would be with other customers of the same kind.
///
/// A resample draws customers with replacement. Drawing how often each *distinct* history occurs (one multinomial draw) is the
/// same, and costs as much as there are distinct histories; each refit starts from the estimates.
///
/// ```
/// use cpm_core::clv::{BootstrapOptions, PurchaseModelKind, bootstrap};
/// use cpm_core::{PurchaseModel, SummaryOptions, datasets};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let boot = bootstrap(PurchaseModelKind::BgNbd, &customers, &BootstrapOptions::new().replicates(50))?;
/// let new = boot.estimate(0.9, |model| model.expected_purchases_new_customer(52.0))?;
/// assert!(new.interval.low < new.value && new.value < new.interval.high);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// The k of BG/CNBD-k and MBG/CNBD-k is chosen again for every resample unless it is given ([`BootstrapOptions::k`]); resamples
/// then are of the rows of the summary, as the times between purchases differ between customers of one history.
///
/// # Errors
/// Those of the fit; [`Error::InvalidArgument`] for fewer than 20 replicates, or a k of a model that has none;
/// [`Error::NotIdentified`] if more than a tenth of the refits fail, with the reason of the first. Fewer are left out and counted:
/// [`Bootstrap::failed`].
pub fn bootstrap(
    kind: PurchaseModelKind,
    customers: &CustomerSummary,
    options: &BootstrapOptions,
) -> Result<Bootstrap> {
    options.check()?;
    kind.check_k(options.data.k)?;
    let model = kind.fit_with(options.data.k, customers, &options.data.of_fit())?;
    if kind.has_k() {
        let weight = row_weights(customers, options);
        return Bootstrap::of(kind.name(), model, options, |random| {
            kind.fit_with(options.data.k, customers, &FitOptions::new().weights(&resample(&weight, random)))
        });
    }
    let start: Vec<f64> = model.parameters().iter().map(|(_, value)| *value).collect();
    let histories = options.data.histories(customers)?;
    let distinct = distinct_customers(&histories, customers.time_unit())?;
    Bootstrap::of(kind.name(), model, options, |random| {
        kind.fit(&distinct, &FitOptions::new().start(&start).weights(&resample(histories.weight(), random)))
    })
}

/// [`bootstrap`] of the Gamma-Gamma model of spend.
///
/// ```
/// use cpm_core::clv::{BootstrapOptions, spend_bootstrap};
/// use cpm_core::{SummaryOptions, datasets};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let boot = spend_bootstrap(&customers, &BootstrapOptions::new().replicates(20))?;
/// let mean = boot.estimate(0.9, |spend| Ok(spend.population_mean()))?;
/// assert!(mean.interval.low < mean.value && mean.value < mean.interval.high);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// As [`bootstrap`], with those of [`GammaGamma::fit`]. A refit with q <= 1, for which the mean spend of the population is infinite,
/// counts as failed.
pub fn spend_bootstrap(customers: &CustomerSummary, options: &BootstrapOptions) -> Result<Bootstrap<GammaGamma>> {
    options.check()?;
    no_k("Gamma-Gamma", options.data.k)?;
    let model = GammaGamma::fit(customers, &options.data.of_fit())?;
    let start = [model.p(), model.q(), model.v()];
    let weight = row_weights(customers, options);
    let amounts = customers.monetary_value().unwrap_or_default();
    // Drawn in an order of the customers that is not that of the rows.
    let mut order: Vec<usize> = (0..weight.len()).collect();
    let key = |i: usize| (customers.frequency()[i], amounts[i], weight[i]);
    order.sort_unstable_by(|&a, &b| {
        let ((x, z, w), (x_b, z_b, w_b)) = (key(a), key(b));
        x.total_cmp(&x_b).then(z.total_cmp(&z_b)).then(w.total_cmp(&w_b))
    });
    let ordered: Vec<f64> = order.iter().map(|&i| weight[i]).collect();
    Bootstrap::of("Gamma-Gamma", model, options, |random| {
        let mut drawn = vec![0.0; weight.len()];
        order.iter().zip(resample(&ordered, random)).for_each(|(&i, w)| drawn[i] = w);
        GammaGamma::fit(customers, &FitOptions::new().start(&start).weights(&drawn))
    })
}

/// How often each row counts.
fn row_weights(customers: &CustomerSummary, options: &BootstrapOptions) -> Vec<f64> {
    options.data.weights.clone().unwrap_or_else(|| vec![1.0; customers.len()])
}

impl<M: Refitted> Bootstrap<M> {
    /// Calls `refit` with random numbers for each replicate.
    pub(super) fn of(
        name: &'static str,
        model: M,
        options: &BootstrapOptions,
        refit: impl Fn(&mut ChaCha8Rng) -> Result<M> + Sync,
    ) -> Result<Self> {
        let fits: Vec<Result<M>> = parallel::map_chunks(options.replicates, 1, |range| {
            let mut random = ChaCha8Rng::seed_from_u64(options.seed);
            random.set_stream(range.start as u64);
            refit(&mut random)
        })
        .collect();
        let (mut replicates, mut first) = (Vec::with_capacity(fits.len()), None);
        for fit in fits {
            match fit {
                Ok(model) => replicates.push(model),
                Err(error) => first = first.or(Some(error)),
            }
        }
        let failed = options.replicates - replicates.len();
        match first {
            Some(error) if failed as f64 > MOST_FAILED * options.replicates as f64 => Err(Error::NotIdentified {
                model: name,
                reason: format!(
                    "{failed} of {} refits to resampled customers failed, the first one because {error}",
                    options.replicates
                ),
                remedy: "The data determine the model too weakly for a bootstrap: use the intervals of the fit, or a posterior with priors"
                    .to_owned(),
            }),
            _ => Ok(Self { model, replicates, failed }),
        }
    }
}

/// One customer per distinct history.
pub(super) fn distinct_customers(histories: &Histories, unit: TimeUnit) -> Result<CustomerSummary> {
    let column = |get: fn(&History) -> f64| histories.distinct().iter().map(get).collect::<Vec<f64>>();
    CustomerSummary::new(&column(|h| h.x), &column(|h| h.t_x), &column(|h| h.T), unit)
}

/// How often each history occurs among as many customers drawn with replacement: multinomial, as a chain of binomials.
pub(super) fn resample(weight: &[f64], random: &mut impl Rng) -> Vec<f64> {
    let mut left = weight.iter().sum::<f64>();
    let mut to_draw = left.round() as u64;
    weight
        .iter()
        .map(|&w| {
            let share = if left > 0.0 { (w / left).clamp(0.0, 1.0) } else { 0.0 };
            // An error is possible only for a share outside [0, 1].
            let drawn = Binomial::new(to_draw, share).map_or(0, |b| b.sample(random));
            left -= w;
            to_draw -= drawn;
            drawn as f64
        })
        .collect()
}

/// Weights of customers drawn at random, of the same sum (Rubin 1981, The Bayesian Bootstrap, Annals of Statistics 9(1), 130-134): each
/// of the customers that a weight stands for has an exponential one. None is 0, so that no category of customers is lost.
pub(super) fn reweigh(weight: &[f64], random: &mut impl Rng) -> Vec<f64> {
    // An error is possible only for a weight of 0.
    let drawn: Vec<f64> = weight.iter().map(|&w| Gamma::new(w, 1.0).map_or(0.0, |g| g.sample(random))).collect();
    let share = weight.iter().sum::<f64>() / drawn.iter().sum::<f64>();
    drawn.into_iter().map(|w| w * share).collect()
}

impl<M: Refitted> Bootstrap<M> {
    /// The model fitted to the customers as they are.
    #[must_use]
    pub fn model(&self) -> &M {
        &self.model
    }

    /// The models fitted to resampled customers.
    #[must_use]
    pub fn replicates(&self) -> &[M] {
        &self.replicates
    }

    /// Refits that failed and were left out.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.failed
    }

    /// Anything that a model says, with its percentile interval over the refits.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a level outside (0, 1); those of `of`.
    pub fn estimate(&self, level: f64, of: impl Fn(&M) -> Result<f64> + Sync) -> Result<Estimate> {
        error::level("level", level)?;
        let values = parallel::map_chunks(self.replicates.len(), 1, |r| of(&self.replicates[r.start]));
        let mut values = values.collect::<Result<Vec<f64>>>()?;
        Ok(Estimate { value: of(&self.model)?, interval: percentile_interval(&mut values, level) })
    }

    /// One row per parameter: `parameter, value, standard_error, low, high`, with percentile intervals.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a level outside (0, 1).
    pub fn parameters_table(&self, level: f64) -> Result<Table> {
        error::level("level", level)?;
        let estimates = self.model.estimates();
        let refits: Vec<Vec<(String, f64)>> = self.replicates.iter().map(Refitted::estimates).collect();
        let rows = (0..estimates.len()).map(|i| {
            let mut values: Vec<f64> = refits.iter().map(|m| m[i].1).collect();
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let error = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
            let interval = percentile_interval(&mut values, level);
            (estimates[i].1, error, interval)
        });
        let rows: Vec<(f64, f64, Interval)> = rows.collect();
        let mut table = Table::new();
        table.push("parameter", Column::Text(estimates.iter().map(|(name, _)| name.clone()).collect()))?;
        table.push("value", Column::Float(rows.iter().map(|r| r.0).collect()))?;
        table.push("standard_error", Column::Float(rows.iter().map(|r| r.1).collect()))?;
        table.push("low", Column::Float(rows.iter().map(|r| r.2.low).collect()))?;
        table.push("high", Column::Float(rows.iter().map(|r| r.2.high).collect()))?;
        Ok(table)
    }
}

#[cfg(test)]
#[path = "bootstrap_tests.rs"]
mod tests;
