//! Returns of segments over periods: means, covariance, beta, reward for risk.

use ndarray::{Array1, Array2, Axis};
use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval};
use crate::table::{Column, Table};

/// Returns of segments (columns) over periods (rows).
///
/// A return is what a segment contributes in a period over what was spent on it: contribution over cost to serve, or over
/// the revenue of the period before.
///
/// ```
/// use cpm_core::portfolio::SegmentReturns;
/// use ndarray::array;
/// let contribution = array![[12.0, 30.0], [15.0, 28.0], [9.0, 33.0], [14.0, 31.0]];
/// let cost = array![[10.0, 20.0], [10.0, 20.0], [10.0, 22.0], [10.0, 20.0]];
/// let returns = SegmentReturns::from_contributions(vec!["new".into(), "loyal".into()], &contribution, &cost)?;
/// let shrunk = returns.ledoit_wolf();
/// assert!(shrunk.shrinkage > 0.0 && shrunk.shrinkage <= 1.0);
/// let risk = returns.risk(&[0.4, 0.6], 1.0, 0.95)?;
/// let whole: f64 = 0.4 * risk[0].beta.value + 0.6 * risk[1].beta.value;
/// assert!((whole - 1.0).abs() < 1e-12); // the betas of all segments average to 1
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentReturns {
    segments: Vec<String>,
    returns: Array2<f64>,
}

/// A covariance matrix pulled towards equal variances; see [`SegmentReturns::ledoit_wolf`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ShrunkCovariance {
    /// The matrix.
    pub covariance: Array2<f64>,
    /// The weight of the target, from 0 to 1.
    pub shrinkage: f64,
}

/// Return and risk of one segment; see [`SegmentReturns::risk`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentRisk {
    /// Name.
    pub segment: String,
    /// Mean return per period, with t interval.
    pub mean: Estimate,
    /// Standard deviation between periods.
    pub standard_deviation: f64,
    /// Cov(rᵢ, r_p)/Var(r_p): how strongly the segment moves with the whole base.
    pub beta: Estimate,
    /// (mean − hurdle)/beta, with a jackknife interval over the periods; `None` for a beta of 0.
    pub reward_ratio: Option<Estimate>,
}

impl SegmentReturns {
    /// Returns, rows periods, columns segments.
    ///
    /// # Errors
    /// [`Error::Empty`] without segments; [`Error::LengthMismatch`] unless there is a column per segment;
    /// [`Error::NotIdentified`] for fewer than two periods; [`Error::InvalidValue`] naming the row of a return that is not finite.
    pub fn new(segments: Vec<String>, returns: Array2<f64>) -> Result<Self> {
        check_matrix("returns", &segments, &returns)?;
        if returns.nrows() < 2 {
            return Err(Error::NotIdentified {
                model: "risk",
                reason: format!("{} period has no variance", returns.nrows()),
                remedy: "Give returns of at least two periods, better of a dozen".to_owned(),
            });
        }
        Ok(Self { segments, returns })
    }

    /// Contribution over cost, both rows periods, columns segments.
    ///
    /// # Errors
    /// As [`new`](Self::new); [`Error::InvalidValue`] naming the row of a cost that is not above 0.
    pub fn from_contributions(segments: Vec<String>, contribution: &Array2<f64>, cost: &Array2<f64>) -> Result<Self> {
        check_matrix("contribution", &segments, contribution)?;
        check_matrix("cost", &segments, cost)?;
        same_length("cost", cost.nrows(), "contribution", contribution.nrows())?;
        if let Some(((row, _), value)) = cost.indexed_iter().find(|(_, c)| **c <= 0.0) {
            return Err(Error::InvalidValue {
                column: "cost",
                row,
                value: value.to_string(),
                expected: "a return is a contribution over a cost, which must be above 0",
                remedy: "Leave out segments or periods without cost, or divide by the revenue of the period before",
            });
        }
        Self::new(segments, contribution / cost)
    }

    /// Names of the segments.
    #[must_use]
    pub fn segments(&self) -> &[String] {
        &self.segments
    }

    /// The returns, rows periods, columns segments.
    #[must_use]
    pub fn returns(&self) -> &Array2<f64> {
        &self.returns
    }

    /// Mean return of each segment.
    #[must_use]
    pub fn mean(&self) -> Vec<f64> {
        self.returns.columns().into_iter().map(|c| c.sum() / c.len() as f64).collect()
    }

    fn centred(&self) -> Array2<f64> {
        &self.returns - &Array1::from(self.mean()).insert_axis(Axis(0))
    }

    /// Sample covariance, with n − 1.
    #[must_use]
    pub fn covariance(&self) -> Array2<f64> {
        let centred = self.centred();
        centred.t().dot(&centred) / (self.returns.nrows() - 1) as f64
    }

    /// Covariance shrunk towards equal variances without correlation, (1 − s)·S + s·m·I, with the s that is estimated to be nearest to
    /// the true matrix (Ledoit & Wolf 2004, Journal of Multivariate Analysis 88). S divides by n, as in the paper and in
    /// scikit-learn. It is regular however few the periods, unless no return varies.
    #[must_use]
    pub fn ledoit_wolf(&self) -> ShrunkCovariance {
        let centred = self.centred();
        let (n, p) = (centred.nrows() as f64, centred.ncols() as f64);
        let sample = centred.t().dot(&centred) / n;
        let mean = sample.diag().sum() / p;
        // δ² = |S − mI|², β² = the sampling error of S; both over p.
        let square: f64 = sample.iter().map(|v| v * v).sum();
        let distance = (square - 2.0 * mean * sample.diag().sum() + p * mean * mean) / p;
        let fourth: f64 = centred.rows().into_iter().map(|row| row.iter().map(|v| v * v).sum::<f64>().powi(2)).sum();
        let error = ((fourth / n - square) / (n * p)).min(distance);
        // A single segment has nothing to be shrunk to but itself.
        let shrinkage = if error <= 0.0 || distance <= 0.0 { 0.0 } else { error / distance };
        let mut covariance = sample * (1.0 - shrinkage);
        covariance.diag_mut().iter_mut().for_each(|v| *v += shrinkage * mean);
        ShrunkCovariance { covariance, shrinkage }
    }

    /// Return, beta and reward for risk of each segment, against the base in which the segments have these weights (their shares of
    /// cost or of revenue).
    ///
    /// Beta by least squares with its t interval on n − 2 degrees of freedom (Dhar & Glazer 2003; Tarasi et al. 2011).
    /// `hurdle` is the return that is asked for.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is a weight per segment; [`Error::InvalidArgument`] for weights that are negative or do
    /// not sum to 1, or a level outside (0, 1); [`Error::NotIdentified`] for fewer than three periods, or a base whose return does not vary.
    pub fn risk(&self, weights: &[f64], hurdle: f64, level: f64) -> Result<Vec<SegmentRisk>> {
        error::level("level", level)?;
        check_weights(weights, self.segments.len())?;
        if !hurdle.is_finite() {
            return Err(Error::argument("hurdle", hurdle, "it must be a finite return"));
        }
        let n = self.returns.nrows();
        let unknown = |reason: &str, remedy: &str| Error::NotIdentified {
            model: "beta",
            reason: reason.to_owned(),
            remedy: remedy.to_owned(),
        };
        if n < 3 {
            return Err(unknown("two periods leave nothing to judge a beta by", "Give at least three periods"));
        }
        let base = self.returns.dot(&Array1::from(weights.to_vec()));
        let spread = centre(&base);
        let sxx = spread.dot(&spread);
        if sxx <= 1e-24 * base.dot(&base).max(f64::MIN_POSITIVE) {
            let remedy = "Give periods that differ, or shorter ones";
            return Err(unknown("the return of the whole base does not vary", remedy));
        }
        let half = |freedom: usize| student(freedom, 0.5 + 0.5 * level);
        let segment = |(k, name): (usize, &String)| {
            let returns = self.returns.column(k).to_owned();
            let own = centre(&returns);
            let mean = returns.sum() / n as f64;
            let variance = own.dot(&own) / (n - 1) as f64;
            let beta = own.dot(&spread) / sxx;
            let residual: f64 = own.iter().zip(&spread).map(|(y, x)| (y - beta * x).powi(2)).sum();
            let error = (residual / (n - 2) as f64 / sxx).sqrt();
            SegmentRisk {
                segment: name.clone(),
                mean: around(mean, half(n - 1) * (variance / n as f64).sqrt()),
                standard_deviation: variance.sqrt(),
                beta: around(beta, half(n - 2) * error),
                reward_ratio: reward(&returns, &base, hurdle, half(n - 1)),
            }
        };
        Ok(self.segments.iter().enumerate().map(segment).collect())
    }
}

/// (mean − hurdle)/beta with its jackknife interval: the ratio without each period in turn.
fn reward(returns: &Array1<f64>, base: &Array1<f64>, hurdle: f64, half_width: f64) -> Option<Estimate> {
    let ratio = |skip: Option<usize>| {
        let kept = || (0..base.len()).filter(|t| Some(*t) != skip);
        let n = kept().count() as f64;
        let (own, all) = (kept().map(|t| returns[t]).sum::<f64>() / n, kept().map(|t| base[t]).sum::<f64>() / n);
        let covariance: f64 = kept().map(|t| (returns[t] - own) * (base[t] - all)).sum();
        let variance: f64 = kept().map(|t| (base[t] - all).powi(2)).sum();
        let ratio = (own - hurdle) * variance / covariance;
        ratio.is_finite().then_some(ratio)
    };
    let value = ratio(None)?;
    let without = (0..base.len()).map(|t| ratio(Some(t))).collect::<Option<Vec<f64>>>()?;
    let n = without.len() as f64;
    let mean = without.iter().sum::<f64>() / n;
    let variance = without.iter().map(|v| (v - mean).powi(2)).sum::<f64>() * (n - 1.0) / n;
    Some(around(value, half_width * variance.sqrt()))
}

fn around(value: f64, reach: f64) -> Estimate {
    Estimate { value, interval: Interval { low: value - reach, high: value + reach } }
}

fn centre(values: &Array1<f64>) -> Array1<f64> {
    values - values.sum() / values.len() as f64
}

fn student(freedom: usize, probability: f64) -> f64 {
    // An error is possible only without degrees of freedom, which the callers exclude.
    StudentsT::new(0.0, 1.0, freedom as f64).map_or(f64::INFINITY, |t| t.inverse_cdf(probability))
}

impl SegmentRisk {
    /// One row per segment: `segment, mean, mean_low, mean_high, standard_deviation, beta, beta_low, beta_high, reward_ratio,
    /// reward_ratio_low, reward_ratio_high`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn table(rows: &[Self]) -> Result<Table> {
        let mut table = Table::new();
        table.push("segment", Column::Text(rows.iter().map(|r| r.segment.clone()).collect()))?;
        let real = |of: fn(&Self) -> f64| Column::Float(rows.iter().map(of).collect());
        let maybe = |of: fn(Estimate) -> f64| Column::Optional(rows.iter().map(|r| r.reward_ratio.map(of)).collect());
        table.push_estimates(["mean", "mean_low", "mean_high"], rows.iter().map(|r| r.mean))?;
        table.push("standard_deviation", real(|r| r.standard_deviation))?;
        table.push_estimates(["beta", "beta_low", "beta_high"], rows.iter().map(|r| r.beta))?;
        table.push("reward_ratio", maybe(|e| e.value))?;
        table.push("reward_ratio_low", maybe(|e| e.interval.low))?;
        table.push("reward_ratio_high", maybe(|e| e.interval.high))?;
        Ok(table)
    }
}

fn check_matrix(column: &'static str, segments: &[String], values: &Array2<f64>) -> Result<()> {
    if segments.is_empty() {
        return Err(Error::Empty { what: "the list of segments".to_owned(), remedy: "Name at least one".to_owned() });
    }
    same_length("segments", segments.len(), column, values.ncols())?;
    match values.indexed_iter().find(|(_, v)| !v.is_finite()) {
        Some(((row, _), value)) => Err(Error::InvalidValue {
            column,
            row,
            value: value.to_string(),
            expected: "it must be a finite number",
            remedy: "Leave out the period, or the segment that is empty in it",
        }),
        None => Ok(()),
    }
}

fn check_weights(weights: &[f64], segments: usize) -> Result<()> {
    same_length("weights", weights.len(), "segments", segments)?;
    if let Some(row) = weights.iter().position(|w| !w.is_finite() || *w < 0.0) {
        return Err(Error::InvalidValue {
            column: "weights",
            row,
            value: weights[row].to_string(),
            expected: "a weight is at least 0",
            remedy: "Give the share of each segment",
        });
    }
    let sum: f64 = weights.iter().sum();
    if (sum - 1.0).abs() > 1e-6 {
        return Err(Error::argument(
            "sum of weights",
            sum,
            "weights are shares and sum to 1; divide them by their sum",
        ));
    }
    Ok(())
}

#[cfg(test)]
#[path = "returns_tests.rs"]
pub(super) mod tests;
