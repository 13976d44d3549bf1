//! Uncertainty of the parameters, carried into everything that is computed from them.
//!
//! The fit gives a normal approximation of the log-parameters. Instead of a gradient for every quantity,
//! the quantity is evaluated at 2k points (k parameters) whose weighted moments are those of the normal
//! distribution: θ ± sqrt(k)·L_i, with L L' the covariance (the third-degree spherical rule of
//! McNamee & Stenger 1967, also known from cubature filters). The spread of a quantity over the points is
//! its standard error to second order, and a mixture over the points is a predictive distribution.

use ndarray::Array2;
use serde::Serialize;

use crate::error::{self, Error, Result};
use crate::numerics::distribution::normal_quantile;
use crate::numerics::sample::percentile_interval;
use crate::numerics::symmetric::eigen;

/// Lower and upper end.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A number and its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The number itself.
    pub value: f64,
    /// Its interval at the level that was asked for.
    pub interval: Interval,
}

impl Estimate {
    /// The mean of draws, such as those of a posterior, and the central interval that holds `level` of them.
    ///
    /// ```
    /// use cpm_core::clv::Estimate;
    /// let estimate = Estimate::of_draws(&[3.0, 1.0, 2.0], 0.5)?;
    /// assert_eq!((estimate.value, estimate.interval.low, estimate.interval.high), (2.0, 1.5, 2.5));
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a level outside (0, 1);
    /// [`Error::Empty`](crate::Error::Empty) without draws; [`Error::InvalidValue`](crate::Error::InvalidValue) for one that is not
    /// finite.
    pub fn of_draws(draws: &[f64], level: f64) -> Result<Self> {
        error::level("level", level)?;
        if draws.is_empty() {
            return Err(Error::Empty { what: "the list of draws".to_owned(), remedy: "Give at least one".to_owned() });
        }
        if let Some(row) = draws.iter().position(|v| !v.is_finite()) {
            return Err(Error::InvalidValue {
                column: "draws",
                row,
                value: draws[row].to_string(),
                expected: "a draw must be a finite number",
                remedy: "Ask for a quantity that every model has",
            });
        }
        let value = draws.iter().sum::<f64>() / draws.len() as f64;
        Ok(Self { value, interval: percentile_interval(&mut draws.to_vec(), level) })
    }
}

/// Log-parameters at the points of the rule, as offsets from the estimate.
pub(super) fn offsets(covariance_log: &Array2<f64>) -> Vec<Vec<f64>> {
    let k = covariance_log.nrows();
    let spectrum = eigen(covariance_log);
    let mut offsets: Vec<Vec<f64>> = Vec::with_capacity(2 * k);
    for column in 0..k {
        let length = (k as f64 * spectrum.values[column].max(0.0)).sqrt();
        if length > 0.0 {
            for sign in [1.0, -1.0] {
                offsets.push((0..k).map(|i| sign * length * spectrum.vectors[(i, column)]).collect());
            }
        }
    }
    // Parameters at a boundary have no variance; the remaining points then carry their share.
    let lost = ((2 * k) as f64 / offsets.len().max(1) as f64).sqrt();
    offsets.iter_mut().flatten().for_each(|v| *v /= lost);
    offsets
}

/// Half the width of a central normal interval in standard deviations.
pub(crate) fn half_width(level: f64) -> f64 {
    normal_quantile(0.5 + 0.5 * level)
}

/// Scale on which a quantity is taken as normal, so that its interval stays in its range.
#[derive(Debug, Clone, Copy)]
pub(super) enum Scale {
    /// Probabilities: log-odds.
    Logit,
    /// Positive quantities: logarithm.
    Log,
}

impl Scale {
    fn apply(self, value: f64) -> f64 {
        match self {
            Self::Logit => value.ln() - (-value).ln_1p(),
            Self::Log => value.ln(),
        }
    }

    fn undo(self, value: f64) -> f64 {
        match self {
            Self::Logit => 1.0 / (1.0 + (-value).exp()),
            Self::Log => value.exp(),
        }
    }

    /// Interval of a quantity from its value at the estimate and at the points of the rule.
    pub(super) fn interval(self, estimate: f64, at_points: impl Iterator<Item = f64>, half_width: f64) -> Interval {
        let centre = self.apply(estimate);
        let (mut sum, mut count) = (0.0, 0.0);
        for value in at_points {
            let difference = self.apply(value) - centre;
            if difference.is_finite() {
                sum += difference * difference;
                count += 1.0;
            }
        }
        // A probability of exactly 0 or 1 is the same at every point, as for one-time buyers in BG/NBD.
        if count == 0.0 || !centre.is_finite() {
            return Interval { low: estimate, high: estimate };
        }
        let reach = half_width * f64::sqrt(sum / count);
        Interval { low: self.undo(centre - reach), high: self.undo(centre + reach) }
    }
}
