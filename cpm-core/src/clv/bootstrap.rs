//! The bootstrap of a fit.

use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};
use rand_distr::{Binomial, Distribution};

use super::any_model::{AnyPurchaseModel, PurchaseModelKind};
use super::fit::FitOptions;
use crate::error::{self, Error, Result};
use crate::estimate::{Estimate, Interval};
use crate::numerics::parallel;
use crate::numerics::sample::percentile_interval;
use crate::summary::CustomerSummary;
use crate::table::{Column, Table};

/// A share of failed refits above which there is no bootstrap to speak of.
const MOST_FAILED: f64 = 0.1;

/// Choices for [`bootstrap`].
///
/// ```
/// use cpm_core::clv::BootstrapOptions;
/// let options = BootstrapOptions::new().replicates(200).seed(3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BootstrapOptions {
    replicates: usize,
    seed: u64,
}

impl Default for BootstrapOptions {
    fn default() -> Self {
        Self { replicates: 400, seed: 0 }
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

/// A model refitted to resampled customers: see [`bootstrap`] for purchase models.
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
/// # Errors
/// Those of the fit; [`Error::InvalidArgument`] for fewer than 20 replicates; [`Error::NotConverged`] if more than a tenth of the
/// refits fail. Fewer are left out and counted: [`Bootstrap::failed`].
pub fn bootstrap(
    kind: PurchaseModelKind,
    customers: &CustomerSummary,
    options: &BootstrapOptions,
) -> Result<Bootstrap> {
    options.check()?;
    let model = kind.fit(customers, &FitOptions::new())?;
    let start: Vec<f64> = model.parameters().iter().map(|(_, value)| *value).collect();
    let distinct = distinct_customers(customers)?;
    let weight = customers.histories().weight();
    Bootstrap::of(kind.name(), model, options, |random| {
        let weights = resample(weight, random);
        kind.fit(&distinct, &FitOptions::new().start(&start).weights(&weights))
    })
}

impl<M: Refitted> Bootstrap<M> {
    /// Calls `refit` with random numbers for each replicate.
    pub(super) fn of(
        name: &'static str,
        model: M,
        options: &BootstrapOptions,
        refit: impl Fn(&mut ChaCha8Rng) -> Result<M> + Sync,
    ) -> Result<Self> {
        let fits: Vec<Option<M>> = parallel::map_chunks(options.replicates, 1, |range| {
            let mut random = ChaCha8Rng::seed_from_u64(options.seed);
            random.set_stream(range.start as u64);
            refit(&mut random).ok()
        })
        .collect();
        let replicates: Vec<M> = fits.into_iter().flatten().collect();
        let failed = options.replicates - replicates.len();
        if failed as f64 > MOST_FAILED * options.replicates as f64 {
            let remedy = format!(
                "{failed} of {} refits to resampled customers failed: the data determine the model too weakly for a bootstrap. \
                 Use the intervals of the fit or a posterior with priors",
                options.replicates
            );
            return Err(Error::NotConverged { model: name, iterations: 0, gradient_norm: 0.0, remedy });
        }
        Ok(Self { model, replicates, failed })
    }
}

/// One customer per distinct history.
fn distinct_customers(customers: &CustomerSummary) -> Result<CustomerSummary> {
    let distinct = customers.histories().distinct();
    let column = |get: fn(&crate::summary::History) -> f64| distinct.iter().map(get).collect::<Vec<f64>>();
    CustomerSummary::new(&column(|h| h.x), &column(|h| h.t_x), &column(|h| h.T), customers.time_unit())
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
