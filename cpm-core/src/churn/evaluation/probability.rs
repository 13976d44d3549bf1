//! Are the scores probabilities? Proper scores, their parts, and Spiegelhalter's test.

use serde::Serialize;

use super::ScoredCustomers;
use crate::error::{self, Result};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::distribution::chi_squared_tail;

/// The Brier score and what it is made of.
///
/// `score = reliability − resolution + uncertainty + within_bin_variance − within_bin_covariance`. The first three parts are
/// those of Murphy (1973, J. Applied Meteorology 12), over groups of rows with one probability; where groups are bins of
/// different probabilities, the last two make the sum exact (Stephenson, Coelho & Jolliffe 2008, Weather and
/// Forecasting 23).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BrierDecomposition {
    /// Mean squared difference between the probability and what happened (1 or 0); 0 is perfect.
    pub score: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// How far the groups' churn rates are from what was said (calibration); 0 is perfect.
    pub reliability: f64,
    /// How far the groups' churn rates are from the overall rate; the more, the better.
    pub resolution: f64,
    /// The score of who says the overall rate to everybody.
    pub uncertainty: f64,
    /// Spread of the probabilities within bins.
    pub within_bin_variance: f64,
    /// Twice the covariance of probability and outcome within bins.
    pub within_bin_covariance: f64,
}

impl BrierDecomposition {
    /// The score with its normal interval, cut at 0 and 1.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) unless the level lies strictly between 0 and 1.
    pub fn estimate(&self, level: f64) -> Result<Estimate> {
        let reach = half_width(error::level("level", level)?) * self.standard_error;
        let interval = Interval { low: (self.score - reach).max(0.0), high: (self.score + reach).min(1.0) };
        Ok(Estimate { value: self.score, interval })
    }

    /// 1 − score/uncertainty: the share of the uncertainty that the probabilities remove.
    #[must_use]
    pub fn skill(&self) -> f64 {
        if self.uncertainty > 0.0 { 1.0 - self.score / self.uncertainty } else { 0.0 }
    }
}

/// Spiegelhalter's test of calibration (Spiegelhalter 1986, Statistics in Medicine 5).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SpiegelhalterTest {
    /// Standard normal if every probability is right; positive where outcomes are less certain than said.
    pub z: f64,
    /// Two-sided.
    pub p_value: f64,
}

impl ScoredCustomers {
    /// Mean of −ln of the probability given to what happened, with its normal interval.
    ///
    /// As in scikit-learn, probabilities are taken as at least 2.2e-16 and at most 1 less that, so that a certainty that
    /// fails costs 36, not infinitely much.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) naming a score outside 0 and 1;
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for the level.
    pub fn log_loss(&self, level: f64) -> Result<Estimate> {
        let level = error::level("level", level)?;
        self.probabilities()?;
        let clipped = |p: f64| p.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        let (value, error) = self.mean(|p| [-clipped(p).ln(), -(-clipped(p)).ln_1p()]);
        let reach = half_width(level) * error;
        Ok(Estimate { value, interval: Interval { low: (value - reach).max(0.0), high: value + reach } })
    }

    /// The Brier score with Murphy's decomposition: over distinct probabilities, or over so many bins of equal width.
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) naming a score outside 0 and 1;
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for 0 bins.
    pub fn brier(&self, bins: Option<usize>) -> Result<BrierDecomposition> {
        self.probabilities()?;
        let (score, standard_error) = self.mean(|p| [(1.0 - p) * (1.0 - p), p * p]);
        let base = self.churn_rate();
        let mut parts = [0.0; 4];
        let mut add = |groups: &[super::scored::Group]| {
            let weight: f64 = groups.iter().map(|g| g.weight()).sum();
            let said = groups.iter().map(|g| g.weight() * g.score).sum::<f64>() / weight;
            let seen = groups.iter().map(|g| g.churned).sum::<f64>() / weight;
            parts[0] += weight * (said - seen) * (said - seen);
            parts[1] += weight * (seen - base) * (seen - base);
            parts[2] += groups.iter().map(|g| g.weight() * (g.score - said) * (g.score - said)).sum::<f64>();
            parts[3] += 2.0 * groups.iter().map(|g| (g.churned - seen * g.weight()) * (g.score - said)).sum::<f64>();
        };
        match bins {
            None => self.groups.iter().for_each(|group| add(std::slice::from_ref(group))),
            Some(_) => {
                let edges = self.edges(super::Binning::EqualWidth, bins.unwrap_or_default())?;
                self.in_bins(&edges).for_each(&mut add);
            }
        }
        let [reliability, resolution, variance, covariance] = parts.map(|sum| sum / self.weight());
        Ok(BrierDecomposition {
            score,
            standard_error,
            reliability,
            resolution,
            uncertainty: base * (1.0 - base),
            within_bin_variance: variance,
            within_bin_covariance: covariance,
        })
    }

    /// Spiegelhalter's z: Σ (y − p)(1 − 2p) over the square root of its variance, Σ (1 − 2p)² p (1 − p).
    ///
    /// # Errors
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) naming a score outside 0 and 1.
    pub fn spiegelhalter(&self) -> Result<SpiegelhalterTest> {
        self.probabilities()?;
        let (mut sum, mut variance) = (0.0, 0.0);
        for group in &self.groups {
            let (p, slope) = (group.score, 1.0 - 2.0 * group.score);
            sum += (group.churned * (1.0 - p) - group.stayed * p) * slope;
            variance += (group.churned_squares + group.stayed_squares) * slope * slope * p * (1.0 - p);
        }
        // Without variance all is certain or a toss-up, and nothing speaks against the probabilities unless a certainty failed.
        let z = if variance > 0.0 {
            sum / variance.sqrt()
        } else if sum == 0.0 {
            0.0
        } else {
            sum.signum() * f64::MAX.sqrt()
        };
        Ok(SpiegelhalterTest { z, p_value: chi_squared_tail(z * z, 1) })
    }

    /// Weighted mean of a loss (of a churner, of a stayer) and its standard error.
    fn mean(&self, loss: impl Fn(f64) -> [f64; 2]) -> (f64, f64) {
        let sum: f64 = self
            .groups
            .iter()
            .map(|g| {
                let [churned, stayed] = loss(g.score);
                part(g.churned, churned) + part(g.stayed, stayed)
            })
            .sum();
        let mean = sum / self.weight();
        let squares: f64 = self
            .groups
            .iter()
            .map(|g| {
                let [churned, stayed] = loss(g.score).map(|l| (l - mean) * (l - mean));
                part(g.churned_squares, churned) + part(g.stayed_squares, stayed)
            })
            .sum();
        let n = self.effective_rows();
        let correction = if n > 1.0 { n / (n - 1.0) } else { 1.0 };
        (mean, (squares * correction).sqrt() / self.weight())
    }
}

/// Nobody's loss does not count, however large.
fn part(weight: f64, loss: f64) -> f64 {
    if weight > 0.0 { weight * loss } else { 0.0 }
}
