//! Do those who churn have the larger scores?

use serde::Serialize;

use super::ScoredCustomers;
use super::scored::finite;
use crate::error::{self, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::test_result::TestResult;
use crate::table::{Column, Table};

/// Area under the receiver operating characteristic.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Auc {
    /// Probability that a customer who churned has a larger score than one who stayed, ties counted half.
    pub value: f64,
    /// Its standard error (DeLong, DeLong & Clarke-Pearson 1988); `None` with fewer than two customers of a kind.
    pub standard_error: Option<f64>,
}

impl Auc {
    /// The area with its normal interval, cut at 0 and 1; without a standard error all of that range.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) unless the level lies strictly between 0 and 1.
    pub fn estimate(&self, level: f64) -> Result<Estimate> {
        let reach = self.standard_error.map_or(1.0, |e| half_width(level) * e);
        error::level("level", level)?;
        let interval = Interval { low: (self.value - reach).max(0.0), high: (self.value + reach).min(1.0) };
        Ok(Estimate { value: self.value, interval })
    }
}

/// One point of the receiver operating characteristic: everybody with at least this score is taken for a churner.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RocPoint {
    /// The smallest score that is taken.
    pub threshold: f64,
    /// Share of those who stayed that is taken.
    pub false_positive_rate: f64,
    /// Share of those who churned that is taken.
    pub true_positive_rate: f64,
}

impl ScoredCustomers {
    /// Area under the receiver operating characteristic, with the standard error of DeLong, DeLong & Clarke-Pearson (1988,
    /// Biometrics 44) from the two sets of placements.
    ///
    /// # Errors
    /// [`Error::NotIdentified`](crate::Error::NotIdentified) if nobody churned or nobody stayed.
    pub fn auc(&self) -> Result<Auc> {
        self.both_classes("the AUC")?;
        // Placements: for a churner the share of stayers below, for a stayer the share of churners above.
        let placements = || {
            let (mut churned, mut stayed) = (0.0, 0.0);
            self.groups.iter().map(move |group| {
                let below = (stayed + 0.5 * group.stayed) / self.stayed;
                let above = (self.churned - churned - 0.5 * group.churned) / self.churned;
                churned += group.churned;
                stayed += group.stayed;
                (group, below, above)
            })
        };
        let value = placements().map(|(group, below, _)| group.churned * below).sum::<f64>() / self.churned;
        let (mut of_churned, mut of_stayed) = (0.0, 0.0);
        for (group, below, above) in placements() {
            of_churned += group.churned_squares * (below - value) * (below - value);
            of_stayed += group.stayed_squares * (above - value) * (above - value);
        }
        let variance = |sum: f64, weight: f64, squares: f64| {
            let n = weight * weight / squares;
            (n > 1.0 + 1e-9).then(|| sum / (weight * weight) * n / (n - 1.0))
        };
        let variances = variance(of_churned, self.churned, self.churned_squares).zip(variance(
            of_stayed,
            self.stayed,
            self.stayed_squares,
        ));
        Ok(Auc { value, standard_error: variances.map(|(a, b)| (a + b).sqrt()) })
    }

    /// Average precision: Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores, R the share of churners found and P the share of
    /// churners among those taken. Interval on the scale of log-odds (Boyd, Eng & Page 2013, "Area under the
    /// Precision-Recall Curve: Point Estimates and Confidence Intervals").
    ///
    /// # Errors
    /// [`Error::NotIdentified`](crate::Error::NotIdentified) if nobody churned or nobody stayed;
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for the level.
    pub fn average_precision(&self, level: f64) -> Result<Estimate> {
        let level = error::level("level", level)?;
        self.both_classes("the average precision")?;
        let (mut churned, mut taken, mut sum) = (0.0, 0.0, 0.0);
        for group in self.groups.iter().rev() {
            churned += group.churned;
            taken += group.weight();
            sum += group.churned * (churned / taken);
        }
        let value = (sum / self.churned).min(1.0);
        let n = self.churned * self.churned / self.churned_squares;
        let odds = value / (1.0 - value);
        let factor = (half_width(level) / (n * value * (1.0 - value)).sqrt()).exp();
        let undo = |odds: f64| if odds.is_finite() { odds / (1.0 + odds) } else { 1.0 };
        let interval = if value < 1.0 {
            Interval { low: undo(odds / factor).min(value), high: undo(odds * factor).max(value) }
        } else {
            Interval { low: 1.0, high: 1.0 }
        };
        Ok(Estimate { value, interval })
    }

    /// The receiver operating characteristic, one point per distinct score from the largest to the smallest.
    ///
    /// # Errors
    /// [`Error::NotIdentified`](crate::Error::NotIdentified) if nobody churned or nobody stayed.
    pub fn roc_curve(&self) -> Result<Vec<RocPoint>> {
        self.both_classes("the receiver operating characteristic")?;
        let (mut churned, mut stayed) = (0.0, 0.0);
        let point = |group: &super::scored::Group| {
            churned += group.churned;
            stayed += group.stayed;
            RocPoint {
                threshold: group.score,
                false_positive_rate: (stayed / self.stayed).min(1.0),
                true_positive_rate: (churned / self.churned).min(1.0),
            }
        };
        Ok(self.groups.iter().rev().map(point).collect())
    }

    /// [`roc_curve`](Self::roc_curve) as columns `threshold, false_positive_rate, true_positive_rate`.
    ///
    /// # Errors
    /// As [`roc_curve`](Self::roc_curve).
    pub fn roc_table(&self) -> Result<Table> {
        let curve = self.roc_curve()?;
        let column = |of: fn(&RocPoint) -> f64| Column::Float(curve.iter().map(of).collect());
        let mut table = Table::new();
        table.push("threshold", column(|p| p.threshold))?;
        table.push("false_positive_rate", column(|p| p.false_positive_rate))?;
        table.push("true_positive_rate", column(|p| p.true_positive_rate))?;
        Ok(table)
    }
}

/// Is one score better than another on the same customers? The difference of two AUCs, first less second, with its interval,
/// and the test that it is 0, by the covariance of the placements (DeLong, DeLong & Clarke-Pearson 1988).
///
/// ```
/// use cpm_core::churn::evaluation::auc_difference;
/// let churned = [true, true, true, false, false, false];
/// let (difference, test) = auc_difference(&churned, &[0.9, 0.8, 0.4, 0.5, 0.3, 0.1], &[0.5, 0.4, 0.6, 0.4, 0.5, 0.1], 0.95)?;
/// assert!((difference.value - 2.5 / 18.0).abs() < 0.2 && test.p_value > 0.05);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`](crate::Error::LengthMismatch); [`Error::InvalidValue`](crate::Error::InvalidValue) for a score that
/// is not finite; [`Error::NotIdentified`](crate::Error::NotIdentified) with fewer than two customers of a kind.
pub fn auc_difference(churned: &[bool], first: &[f64], second: &[f64], level: f64) -> Result<(Estimate, TestResult)> {
    let level = error::level("level", level)?;
    same_length("first", first.len(), "y_true", churned.len())?;
    same_length("second", second.len(), "y_true", churned.len())?;
    finite("first", first)?;
    finite("second", second)?;
    let scored = ScoredCustomers::new(churned, first)?;
    scored.both_classes("the difference of AUCs")?;
    let (n, m) = (scored.churned, scored.stayed);
    if n < 2.0 || m < 2.0 {
        return Err(crate::Error::NotIdentified {
            model: "the difference of AUCs",
            reason: "there are fewer than two customers of a kind".to_owned(),
            remedy: "Give more customers".to_owned(),
        });
    }
    let placements = |scores: &[f64]| {
        let sorted = |which: bool| {
            let mut of: Vec<f64> = scores.iter().zip(churned).filter(|(_, c)| **c == which).map(|(s, _)| *s).collect();
            of.sort_unstable_by(f64::total_cmp);
            of
        };
        let (above, below) = (sorted(true), sorted(false));
        let place = |s: f64, of: &[f64]| {
            0.5 * (of.partition_point(|v| *v < s) + of.partition_point(|v| *v <= s)) as f64 / of.len() as f64
        };
        let of = |(s, c): (&f64, &bool)| if *c { place(*s, &below) } else { 1.0 - place(*s, &above) };
        scores.iter().zip(churned).map(of).collect::<Vec<f64>>()
    };
    let difference: Vec<f64> = placements(first).iter().zip(placements(second)).map(|(a, b)| a - b).collect();
    let moments = |which: bool, n: f64| {
        let of = || difference.iter().zip(churned).filter(move |(_, c)| **c == which).map(|(d, _)| *d);
        let mean = of().sum::<f64>() / n;
        (mean, of().map(|d| (d - mean) * (d - mean)).sum::<f64>() / (n - 1.0) / n)
    };
    let ((value, a), (_, b)) = (moments(true, n), moments(false, m));
    let error = (a + b).sqrt();
    let reach = half_width(level) * error;
    let statistic = if error > 0.0 { (value / error) * (value / error) } else { 0.0 };
    let interval = Interval { low: value - reach, high: value + reach };
    Ok((Estimate { value, interval }, TestResult::chi_squared(statistic, 1)))
}
