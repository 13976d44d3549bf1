//! Intervals of probabilities and of cumulative hazards.

use serde::{Deserialize, Serialize};

use super::RiskTable;
use crate::error::{self, Error, Result};
use crate::estimate::{Interval, half_width};

/// Scale on which an estimated survival probability is taken as normal (R: `conf.type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum IntervalScale {
    /// ln(-ln S): stays within 0 and 1, the best coverage in small samples (Kalbfleisch & Prentice; lifelines' default).
    #[default]
    LogLog,
    /// S itself, cut at 0 and 1.
    Plain,
    /// ln S, cut at 1 (R's default).
    Log,
}

impl IntervalScale {
    /// Interval of S = exp(-H), where `error` is the standard error of ln S.
    pub(super) fn interval(self, survival: f64, error: f64, half_width: f64) -> Interval {
        let reach = half_width * error;
        if reach == 0.0 || survival <= 0.0 {
            return Interval { low: survival, high: survival };
        }
        match self {
            Self::LogLog => {
                let factor = (reach / -survival.ln()).exp();
                Interval { low: survival.powf(factor), high: survival.powf(1.0 / factor) }
            }
            Self::Plain => {
                Interval { low: (survival - reach * survival).max(0.0), high: (survival + reach * survival).min(1.0) }
            }
            Self::Log => Interval { low: survival * (-reach).exp(), high: (survival * reach.exp()).min(1.0) },
        }
    }
}

/// Scale and level of the intervals that an estimator gives.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Band {
    pub(super) scale: IntervalScale,
    pub(super) level: f64,
}

impl Default for Band {
    fn default() -> Self {
        Self { scale: IntervalScale::default(), level: 0.95 }
    }
}

impl Band {
    pub(super) fn with_level(self, level: f64) -> Result<Self> {
        Ok(Self { level: error::level("level", level)?, ..self })
    }

    pub(super) fn half_width(self) -> f64 {
        half_width(self.level)
    }

    /// Interval of a positive quantity on the scale of its logarithm.
    pub(super) fn positive(self, value: f64, error: f64) -> Interval {
        if value <= 0.0 {
            return Interval { low: value, high: value };
        }
        let factor = (self.half_width() * error / value).exp();
        Interval { low: value / factor, high: value * factor }
    }
}

/// Checks times at which a curve is asked for.
pub(super) fn check_times(times: &[f64], last: f64) -> Result<()> {
    match times.iter().find(|t| !(0.0..=last).contains(*t)) {
        None => Ok(()),
        Some(t) => Err(Error::argument(
            "times",
            t,
            format!("a time must lie between 0 and {last}, the largest observed duration: nothing is known beyond it"),
        )),
    }
}

impl RiskTable {
    /// Value of a step function at a time; `before` holds up to the first.
    pub(super) fn step(&self, values: &[f64], before: f64, t: f64) -> f64 {
        self.position(t).map_or(before, |k| values[k])
    }
}
