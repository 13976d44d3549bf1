//! Numbers with their uncertainty: what every room answers with.

use crate::error::{self, Error, Result};
use crate::numerics::distribution::normal_quantile;
use crate::numerics::sample::percentile_interval;

/// Lower and upper end.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A number and its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
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

/// A time by which a given share has had the event. `None`: the curve, or the end of its interval, does not
/// get there within the observed time.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct QuantileEstimate {
    /// The time.
    pub value: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end of its interval.
    pub high: Option<f64>,
}

/// Half the width of a central normal interval in standard deviations.
pub(crate) fn half_width(level: f64) -> f64 {
    normal_quantile(0.5 + 0.5 * level)
}
