//! The rhythm of each customer: how long a gap between its purchases may be before it means something.

mod fit;
mod likelihood;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use self::likelihood::Parameters;
use crate::error::{self, Error, Result};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::distribution::beta_prime_quantile;
use crate::summary::{CustomerSummary, History, PurchaseHabits, TimeUnit};

const NAME: &str = "the rhythm of purchases";

/// Gaps between purchases, customer by customer, with shrinkage to the population.
///
/// # The question
/// Is a silence of eight weeks long? For a customer who comes every week it is, for one who comes twice a year it is not.
/// With few purchases the own rhythm is hardly known, and the population's is the better guess. This model weighs
/// the two as probability theory says.
///
/// # The model
/// - Gaps of a customer are Erlang-k (gamma with whole shape k) with the customer's own rate λ. k = 1 is
///   buying at random (exponential gaps), larger k is regular buying. k is common to all.
/// - Over customers λ ~ Gamma(r, α), which is conjugate: after x gaps that sum to t_x, λ ~ Gamma(r + k x, α + t_x).
/// - After each purchase, the first one included, the customer stops with probability p. Without this a silence that is
///   an end would count as a slow rhythm, and leaving the silence out would count slow customers as fast, whose long
///   gaps the end of observation hides.
///
/// The next gap over α + t_x is then beta-prime(k, r + k x): the quantiles of a customer's own gap, and
/// the share of its gaps that are longer than the present silence, follow in closed form. A customer is *overdue* if
/// the silence exceeds a quantile of its own gap.
///
/// r, α and p maximise the likelihood (analytic derivatives) at each k, and k is the one with the largest
/// likelihood. It is the (M)BG/CNBD-k idea of Platzer & Reutterer (2016, Marketing Science 35(5), 779-799) with one
/// chance of stopping for all. [`wheat_morrison`](Self::wheat_morrison) estimates k without the model, from
/// pairs of gaps (Wheat & Morrison 1990, Journal of Marketing Research 27(1), 87-93).
///
/// # Units
/// α and gaps are in time units of the summary.
///
/// ```
/// use cpm_core::{SummaryOptions, datasets};
/// use cpm_core::churn::PurchaseRhythm;
/// let log = datasets::cdnow_sample()?;
/// let habits = log.habits(&SummaryOptions::new().as_of("1997-09-30")?, 13.0)?;
/// let rhythm = PurchaseRhythm::fit(&habits)?;
/// assert_eq!(rhythm.shape(), 1);
/// // Half of this customer's gaps are shorter than the first figure, nine of ten shorter than the second.
/// let [usual, long] = [0.5, 0.9].map(|q| rhythm.gap_quantile(habits.customers(), q));
/// let (usual, long) = (usual?, long?);
/// assert!(usual.iter().zip(&long).all(|(u, l)| u < l));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PurchaseRhythm {
    shape: u32,
    r: f64,
    alpha: f64,
    dropout: f64,
    /// Of ln r, ln α and the log-odds of the dropout.
    covariance: Array2<f64>,
    log_likelihood: Option<f64>,
    customers: f64,
    time_unit: TimeUnit,
    wheat_morrison: Option<(f64, f64)>,
}

impl PurchaseRhythm {
    /// Fits the population, the regularity k included.
    ///
    /// # Errors
    /// [`Error::NotIdentified`] if fewer than two customers have bought on two days; [`Error::NotConverged`].
    pub fn fit(habits: &PurchaseHabits) -> Result<Self> {
        fit::of_habits(habits)
    }

    /// Fits the population with k = 1: a summary alone does not show how even gaps are.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn fit_summary(customers: &CustomerSummary) -> Result<Self> {
        fit::of_summary(customers)
    }

    /// A rhythm of given parameters; α in `time_unit`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a shape of 0, for r and α that are not positive and finite, and for a dropout
    /// outside [0, 1).
    pub fn from_params(shape: u32, r: f64, alpha: f64, dropout: f64, time_unit: TimeUnit) -> Result<Self> {
        if shape == 0 {
            return Err(Error::argument("shape", shape, "it must be a whole number of at least 1"));
        }
        if !(0.0..1.0).contains(&dropout) {
            return Err(Error::argument("dropout", dropout, "it must be a number of at least 0 and below 1"));
        }
        Ok(Self {
            shape,
            r: error::positive("r", r)?,
            alpha: error::positive("alpha", alpha)?,
            dropout,
            covariance: Array2::zeros((3, 3)),
            log_likelihood: None,
            customers: 0.0,
            time_unit,
            wheat_morrison: None,
        })
    }

    /// Checks what was read from a file.
    #[cfg(feature = "json")]
    pub(crate) fn check(&self) -> Result<()> {
        Self::from_params(self.shape, self.r, self.alpha, self.dropout, self.time_unit)?;
        if self.covariance.dim() != (3, 3) || !self.covariance.iter().all(|v| v.is_finite()) {
            return Err(Error::argument("covariance", "what the file has", "it must be 3 x 3 finite numbers"));
        }
        Ok(())
    }

    /// Regularity k: 1 is buying at random, larger is more regular.
    #[must_use]
    pub fn shape(&self) -> u32 {
        self.shape
    }

    /// Shape of the distribution of rates over customers: small where customers differ much.
    #[must_use]
    pub fn r(&self) -> f64 {
        self.r
    }

    /// Rate of the distribution of rates over customers, in time units.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Chance to stop after a purchase.
    #[must_use]
    pub fn dropout(&self) -> f64 {
        self.dropout
    }

    /// Unit of α and of gaps.
    #[must_use]
    pub fn time_unit(&self) -> TimeUnit {
        self.time_unit
    }

    /// Maximised log-likelihood; `None` if the parameters were given.
    #[must_use]
    pub fn log_likelihood(&self) -> Option<f64> {
        self.log_likelihood
    }

    /// r, α and the dropout with intervals at `level`, normal on the scale of logarithm and log-odds; the shape counts as
    /// known. Without a fit the intervals are points.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless the level lies strictly between 0 and 1.
    pub fn parameters(&self, level: f64) -> Result<[(&'static str, Estimate); 3]> {
        let width = half_width(error::level("level", level)?);
        let reach = |i: usize| width * self.covariance[(i, i)].max(0.0).sqrt();
        let log = |value: f64, i: usize| Estimate {
            value,
            interval: Interval { low: value * (-reach(i)).exp(), high: value * reach(i).exp() },
        };
        let p = self.dropout;
        let moved = |by: f64| p / (p + (1.0 - p) * (-by).exp());
        let dropout = Estimate { value: p, interval: Interval { low: moved(-reach(2)), high: moved(reach(2)) } };
        Ok([("r", log(self.r, 0)), ("alpha", log(self.alpha, 1)), ("dropout", dropout)])
    }

    /// Wheat & Morrison's estimate of the regularity with its normal interval: from the evenness of each customer's
    /// last two gaps, with no assumption on rates or dropout. `None` without two customers of two gaps, or without a log.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless the level lies strictly between 0 and 1.
    pub fn wheat_morrison(&self, level: f64) -> Result<Option<Estimate>> {
        let width = half_width(error::level("level", level)?);
        Ok(self.wheat_morrison.map(|(value, error)| Estimate {
            value,
            interval: Interval { low: value - width * error, high: value + width * error },
        }))
    }

    /// The gap that a share `quantile` of each customer's gaps is shorter than, in time units.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a quantile outside (0, 1), or a summary in another time unit.
    pub fn gap_quantile(&self, customers: &CustomerSummary, quantile: f64) -> Result<Vec<f64>> {
        error::level("quantile", quantile)?;
        self.check_unit(customers)?;
        Ok(customers.histories().scatter(|h| self.gap_quantile_of(h, quantile)))
    }

    /// The share of each customer's own gaps that are shorter than its present silence, T − recency: 0.95 means
    /// that only one gap in twenty is so long.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a summary in another time unit.
    pub fn overdue_probability(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        self.check_unit(customers)?;
        Ok(customers.histories().scatter(|h| self.overdue_probability_of(h)))
    }

    /// Probability that each customer has not stopped, given its silence: (1 − p) Q/(p + (1 − p) Q), with Q the share of
    /// its gaps that are longer.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a summary in another time unit.
    pub fn probability_alive(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        self.check_unit(customers)?;
        Ok(customers.histories().scatter(|h| {
            let alive = (1.0 - self.dropout) * (1.0 - self.overdue_probability_of(h));
            alive / (self.dropout + alive).max(f64::MIN_POSITIVE)
        }))
    }

    /// Shape and rate of the gamma distribution of purchases per time unit, over the population.
    pub(super) fn rates(&self) -> (f64, f64) {
        (self.r, self.alpha * f64::from(self.shape))
    }

    fn gap_quantile_of(&self, h: History, quantile: f64) -> f64 {
        let (a, b) = self.inner().posterior(h);
        b * beta_prime_quantile(f64::from(self.shape), a, quantile)
    }

    fn overdue_probability_of(&self, h: History) -> f64 {
        1.0 - self.inner().tail(h, h.T - h.t_x)
    }

    fn inner(&self) -> Parameters {
        Parameters { shape: self.shape, r: self.r, alpha: self.alpha, dropout: self.dropout }
    }

    fn check_unit(&self, customers: &CustomerSummary) -> Result<()> {
        let unit = self.time_unit;
        if customers.time_unit() == unit {
            return Ok(());
        }
        let expected = format!("the rhythm was fitted in {unit}s; summarise with time_unit = {unit}");
        Err(Error::argument("time_unit", customers.time_unit(), expected))
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
