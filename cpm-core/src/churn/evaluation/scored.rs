//! Scores beside what happened.

use std::cmp::Ordering;

use super::Binning;
use crate::error::{Error, Result, same_length};
use crate::estimate::Estimate;
use crate::numerics::parallel;
use crate::table::{Column, Table};

/// Scores of customers, and whether each of them churned.
///
/// Rows are sorted once, and every measure is then one pass over the distinct scores, so that ties count as ties and no
/// result depends on the order of the rows. Larger scores mean churn. Measures of probabilities
/// ([`log_loss`](Self::log_loss), [`brier`](Self::brier), calibration) need scores within 0 and 1, the others any finite number.
///
/// Weights say how many customers of the population a row stands for; a common factor changes nothing. Intervals
/// count the effective number of rows, (Σw)²/Σw² (Kish 1965). Rows of weight 0 are left out.
///
/// ```
/// use cpm_core::churn::evaluation::ScoredCustomers;
/// let scored = ScoredCustomers::new(&[true, false, true, false], &[0.8, 0.3, 0.3, 0.1])?;
/// let auc = scored.auc()?;
/// assert!((auc.value - 0.875).abs() < 1e-15);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct ScoredCustomers {
    /// By ascending score.
    pub(super) groups: Vec<Group>,
    /// Sum of weights of those who churned, and of those who stayed.
    pub(super) churned: f64,
    pub(super) stayed: f64,
    /// Sums of squared weights of the same.
    pub(super) churned_squares: f64,
    pub(super) stayed_squares: f64,
    pub(super) rows: usize,
    outside: Option<(usize, f64)>,
}

/// Rows of one score.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) score: f64,
    pub(super) churned: f64,
    pub(super) stayed: f64,
    pub(super) churned_squares: f64,
    pub(super) stayed_squares: f64,
    pub(super) rows: usize,
}

impl Group {
    pub(super) fn weight(&self) -> f64 {
        self.churned + self.stayed
    }
}

impl ScoredCustomers {
    /// Rows that count once each.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`], and [`Error::InvalidValue`] naming the row of a score that is
    /// not finite.
    pub fn new(churned: &[bool], scores: &[f64]) -> Result<Self> {
        Self::build(churned, scores, None)
    }

    /// Rows with weights.
    ///
    /// # Errors
    /// As [`new`](Self::new), also for a weight that is negative or not finite, and [`Error::Empty`] if all are 0.
    pub fn weighted(churned: &[bool], scores: &[f64], weights: &[f64]) -> Result<Self> {
        Self::build(churned, scores, Some(weights))
    }

    fn build(churned: &[bool], scores: &[f64], weights: Option<&[f64]>) -> Result<Self> {
        same_length("y_true", churned.len(), "scores", scores.len())?;
        finite("scores", scores)?;
        if let Some(weights) = weights {
            same_length("weights", weights.len(), "scores", scores.len())?;
            check_weights(weights)?;
        }
        let weight = |row: usize| weights.map_or(1.0, |w| w[row]);
        // Churned rows have a positive weight here, the others a negative one: 16 bytes to sort. Adding 0 makes -0 a 0.
        let mut rows: Vec<(f64, f64)> = (0..scores.len())
            .filter(|&row| weight(row) > 0.0)
            .map(|row| (scores[row] + 0.0, if churned[row] { weight(row) } else { -weight(row) }))
            .collect();
        if rows.is_empty() {
            return Err(Error::Empty {
                what: "the list of scores with a weight above 0".to_owned(),
                remedy: "Give at least one customer".to_owned(),
            });
        }
        parallel::sort_by(&mut rows, |a, b| match a.0.partial_cmp(&b.0) {
            Some(Ordering::Equal) | None => a.1.total_cmp(&b.1),
            Some(order) => order,
        });
        let outside = |(row, score): (usize, &f64)| (!(0.0..=1.0).contains(score)).then_some((row, *score));
        let mut scored = Self {
            groups: Vec::with_capacity(rows.len()),
            churned: 0.0,
            stayed: 0.0,
            churned_squares: 0.0,
            stayed_squares: 0.0,
            rows: rows.len(),
            outside: scores.iter().enumerate().find_map(outside),
        };
        for tied in rows.chunk_by(|a, b| a.0 == b.0) {
            let mut group = Group {
                score: tied[0].0,
                churned: 0.0,
                stayed: 0.0,
                churned_squares: 0.0,
                stayed_squares: 0.0,
                rows: tied.len(),
            };
            for (_, signed) in tied {
                if *signed > 0.0 {
                    group.churned += signed;
                    group.churned_squares += signed * signed;
                } else {
                    group.stayed -= signed;
                    group.stayed_squares += signed * signed;
                }
            }
            scored.churned += group.churned;
            scored.stayed += group.stayed;
            scored.churned_squares += group.churned_squares;
            scored.stayed_squares += group.stayed_squares;
            scored.groups.push(group);
        }
        Ok(scored)
    }

    /// Rows with a weight above 0.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Never: there is at least one row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Sum of the weights.
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.churned + self.stayed
    }

    /// Share of customers who churned.
    #[must_use]
    pub fn churn_rate(&self) -> f64 {
        self.churned / self.weight()
    }

    /// The usual measures in one table: columns `measure, value, low, high`, where low and high are missing for what has no interval.
    ///
    /// # Errors
    /// [`Error::NotIdentified`] if nobody churned or nobody stayed; [`Error::InvalidValue`] naming a score outside 0 and 1;
    /// [`Error::InvalidArgument`] for the level.
    pub fn summary(&self, level: f64) -> Result<Table> {
        let error = self.calibration_error(Binning::Quantile, 10.min(self.rows))?;
        let test = self.spiegelhalter()?;
        let brier = self.brier(None)?;
        let estimates = [
            ("auc", self.auc()?.estimate(level)?),
            ("average_precision", self.average_precision(level)?),
            ("top_decile_lift", self.lift(0.1, level)?),
            ("log_loss", self.log_loss(level)?),
            ("brier", brier.estimate(level)?),
        ];
        let plain = [
            ("brier_skill", brier.skill()),
            ("calibration_error", error.expected),
            ("calibration_error_by_chance", error.by_chance),
            ("spiegelhalter_z", test.z),
            ("spiegelhalter_p_value", test.p_value),
        ];
        let names = estimates.iter().map(|(name, _)| *name).chain(plain.iter().map(|(name, _)| *name));
        let ends = |of: fn(&Estimate) -> f64| {
            let ends = estimates.iter().map(|(_, e)| Some(of(e)));
            Column::Optional(ends.chain(plain.iter().map(|_| None)).collect())
        };
        let values = estimates.iter().map(|(_, e)| e.value).chain(plain.iter().map(|(_, value)| *value));
        let mut table = Table::new();
        table.push("measure", Column::Text(names.map(str::to_owned).collect()))?;
        table.push("value", Column::Float(values.collect()))?;
        table.push("low", ends(|e| e.interval.low))?;
        table.push("high", ends(|e| e.interval.high))?;
        Ok(table)
    }

    /// Distinct scores, ascending, with the weights of those who churned and of those who stayed.
    pub(in crate::churn) fn groups(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        self.groups.iter().map(|g| (g.score, g.churned, g.stayed))
    }

    /// Weight of those who churned.
    pub(in crate::churn) fn churned(&self) -> f64 {
        self.churned
    }

    /// Weight of those who stayed.
    pub(in crate::churn) fn stayed(&self) -> f64 {
        self.stayed
    }

    /// (Σw)²/Σw², the number of equally weighted rows that know as much.
    pub(super) fn effective_rows(&self) -> f64 {
        self.weight() * self.weight() / (self.churned_squares + self.stayed_squares)
    }

    /// What separates two classes needs both of them.
    pub(in crate::churn) fn both_classes(&self, measure: &'static str) -> Result<()> {
        if self.churned > 0.0 && self.stayed > 0.0 {
            return Ok(());
        }
        let nobody = if self.churned > 0.0 { "stayed" } else { "churned" };
        Err(Error::NotIdentified {
            model: measure,
            reason: format!("nobody {nobody} among the {} customers", self.rows),
            remedy: "Give customers of both kinds, or a longer time in which to churn".to_owned(),
        })
    }

    /// Scores that are probabilities.
    pub(in crate::churn) fn probabilities(&self) -> Result<()> {
        match self.outside {
            None => Ok(()),
            Some((row, score)) => Err(Error::InvalidValue {
                column: "scores",
                row,
                value: score.to_string(),
                expected: "a probability lies between 0 and 1",
                remedy: "Give probabilities, or calibrate the scores first",
            }),
        }
    }
}

pub(crate) fn finite(column: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(row) => Err(Error::InvalidValue {
            column,
            row,
            value: values[row].to_string(),
            expected: "it must be a finite number",
            remedy: "Correct the value or leave the row out",
        }),
    }
}

pub(crate) fn check_weights(weights: &[f64]) -> Result<()> {
    match weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
        None => Ok(()),
        Some(row) => Err(Error::InvalidValue {
            column: "weights",
            row,
            value: weights[row].to_string(),
            expected: "a weight must be a finite number of at least 0",
            remedy: "Correct the value or leave the row out",
        }),
    }
}

#[cfg(test)]
#[path = "scored_tests.rs"]
pub(super) mod tests;
