//! From scores to probabilities.

use ndarray::Array1;
use serde::{Deserialize, Serialize};

use super::logistic::{SoftRows, sigmoid};
use crate::churn::evaluation::ScoredCustomers;
use crate::error::{Error, Result};
use crate::numerics::newton::minimise;

const NAME: &str = "the calibration";
/// No slope is sought beyond this.
const LARGEST: f64 = 1e3;

/// How scores become probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum CalibrationMethod {
    /// A straight line on the log-odds: two parameters, for few rows (Platt 1999).
    #[default]
    Platt,
    /// Any function that rises: for many rows (Zadrozny & Elkan 2002).
    Isotonic,
    /// A curve on the log-odds with three parameters, which can also leave right probabilities as they are (Kull, Silva Filho &
    /// Flach 2017).
    Beta,
}

/// A fitted map from uncalibrated probabilities to calibrated ones.
///
/// Fit it on customers that the scores were not learned from. The map never reverses the order of two customers.
///
/// ```
/// use cpm_core::churn::classifier::{CalibrationMethod, Calibrator};
/// let scores = [0.9, 0.9, 0.9, 0.6, 0.6, 0.3, 0.3, 0.1];
/// let churned = [true, false, true, false, true, false, false, false];
/// let map = Calibrator::fit(CalibrationMethod::Isotonic, &churned, &scores, None)?;
/// assert!((map.apply(&[0.9])?[0] - 2.0 / 3.0).abs() < 1e-12);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Calibrator {
    /// ln(q/(1−q)) = intercept + slope·ln(p/(1−p)).
    Platt {
        /// At p = 1/2.
        intercept: f64,
        /// At least 0.
        slope: f64,
    },
    /// Straight lines between the points, level outside.
    Isotonic {
        /// Ascending probabilities.
        score: Vec<f64>,
        /// What they become; never falls.
        probability: Vec<f64>,
    },
    /// ln(q/(1−q)) = intercept + a·ln p − b·ln(1−p), with a, b at least 0.
    Beta {
        /// c in the paper.
        intercept: f64,
        /// Slope near 0.
        a: f64,
        /// Slope near 1.
        b: f64,
    },
}

impl Calibrator {
    /// Fits the map to what happened.
    ///
    /// Platt's method takes his targets, (n₊ + 1)/(n₊ + 2) for churners and 1/(n₋ + 2) for the others, which keep the slope finite where
    /// scores separate the classes.
    ///
    /// # Errors
    /// [`Error::NotIdentified`] if nobody churned or nobody stayed; [`Error::InvalidValue`] naming a score outside 0 and 1 or a wrong
    /// weight; [`Error::LengthMismatch`]; [`Error::NotConverged`].
    pub fn fit(method: CalibrationMethod, churned: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Result<Self> {
        let scored = match weights {
            Some(weights) => ScoredCustomers::weighted(churned, scores, weights)?,
            None => ScoredCustomers::new(churned, scores)?,
        };
        scored.both_classes(NAME)?;
        scored.probabilities()?;
        let groups = || scored.groups();
        match method {
            CalibrationMethod::Platt => {
                let (n, m) = (scored.churned(), scored.stayed());
                let (up, down) = ((n + 1.0) / (n + 2.0), 1.0 / (m + 2.0));
                let rows = groups().map(|(p, churned, stayed)| {
                    let target = churned * up + stayed * down;
                    ([logit(p), 0.0], target, churned + stayed - target)
                });
                let beta = soft(SoftRows::new(1, rows), -LARGEST)?;
                Ok(Self::Platt { intercept: beta[0], slope: beta[1].max(0.0) })
            }
            CalibrationMethod::Beta => {
                let rows = groups().map(|(p, churned, stayed)| {
                    let p = clipped(p);
                    ([p.ln(), -(-p).ln_1p()], churned, stayed)
                });
                let beta = soft(SoftRows::new(2, rows), 0.0)?;
                Ok(Self::Beta { intercept: beta[0], a: beta[1], b: beta[2] })
            }
            CalibrationMethod::Isotonic => Ok(isotonic(groups())),
        }
    }

    /// The calibrated probabilities.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] naming a score outside 0 and 1.
    pub fn apply(&self, scores: &[f64]) -> Result<Vec<f64>> {
        if let Some(row) = scores.iter().position(|p| !(0.0..=1.0).contains(p)) {
            return Err(Error::InvalidValue {
                column: "scores",
                row,
                value: scores[row].to_string(),
                expected: "a probability lies between 0 and 1",
                remedy: "Give uncalibrated probabilities, as in the fit",
            });
        }
        Ok(scores.iter().map(|p| self.one(*p)).collect())
    }

    pub(super) fn one(&self, p: f64) -> f64 {
        match self {
            Self::Platt { intercept, slope } => sigmoid(intercept + slope * logit(p)),
            Self::Beta { intercept, a, b } => {
                let p = clipped(p);
                sigmoid(intercept + a * p.ln() - b * (-p).ln_1p())
            }
            Self::Isotonic { score, probability } => {
                let next = score.partition_point(|s| *s < p);
                if next == 0 {
                    return probability[0];
                }
                if next == score.len() {
                    return probability[next - 1];
                }
                let share = (p - score[next - 1]) / (score[next] - score[next - 1]);
                probability[next - 1] + share * (probability[next] - probability[next - 1])
            }
        }
    }

    /// Predictions take these ranges for granted, and a file can be edited by hand.
    pub(crate) fn check(&self) -> Result<()> {
        let rises =
            |values: &[f64]| values.iter().all(|v| (0.0..=1.0).contains(v)) && values.windows(2).all(|v| v[0] <= v[1]);
        let right = match self {
            Self::Platt { intercept, slope } => intercept.is_finite() && slope.is_finite() && *slope >= 0.0,
            Self::Beta { intercept, a, b } => [intercept, a, b].iter().all(|v| v.is_finite()) && *a >= 0.0 && *b >= 0.0,
            Self::Isotonic { score, probability } => {
                !score.is_empty() && score.len() == probability.len() && rises(score) && rises(probability)
            }
        };
        if right {
            Ok(())
        } else {
            Err(Error::argument("calibrator", "what the file has", "it must rise within 0 and 1"))
        }
    }
}

fn clipped(p: f64) -> f64 {
    p.clamp(1e-15, 1.0 - 1e-15)
}

fn logit(p: f64) -> f64 {
    let p = clipped(p);
    p.ln() - (-p).ln_1p()
}

/// Maximum likelihood with slopes of at least `least`.
fn soft(rows: SoftRows, least: f64) -> Result<Array1<f64>> {
    let p = rows.columns() + 1;
    let mut lower = Array1::from_elem(p, least);
    lower[0] = -LARGEST;
    let mut start = Array1::from_elem(p, 1.0);
    start[0] = 0.0;
    let end = minimise(|beta| rows.evaluate(beta), start, &lower, &Array1::from_elem(p, LARGEST), 200);
    // Scores that are all the same leave the slope open: any is right, and the gradient is 0.
    if end.converged {
        return Ok(end.point);
    }
    Err(Error::NotConverged {
        model: NAME,
        iterations: end.iterations,
        gradient_norm: end.gradient_norm,
        remedy: "Use isotonic calibration".to_owned(),
    })
}

/// Pool adjacent violators (Ayer et al. 1955) over distinct scores; the ends of each pool are kept, as in scikit-learn.
fn isotonic(groups: impl Iterator<Item = (f64, f64, f64)>) -> Calibrator {
    struct Pool {
        first: f64,
        last: f64,
        churned: f64,
        weight: f64,
    }
    let mut pools: Vec<Pool> = Vec::new();
    for (score, churned, stayed) in groups {
        let mut pool = Pool { first: score, last: score, churned, weight: churned + stayed };
        while let Some(before) = pools.pop_if(|before| before.churned * pool.weight >= pool.churned * before.weight) {
            pool.first = before.first;
            pool.churned += before.churned;
            pool.weight += before.weight;
        }
        pools.push(pool);
    }
    let (mut score, mut probability) = (Vec::new(), Vec::new());
    for pool in &pools {
        let value = (pool.churned / pool.weight).min(1.0);
        score.push(pool.first);
        probability.push(value);
        if pool.last > pool.first {
            score.push(pool.last);
            probability.push(value);
        }
    }
    Calibrator::Isotonic { score, probability }
}

#[cfg(test)]
#[path = "calibration_tests.rs"]
mod tests;
