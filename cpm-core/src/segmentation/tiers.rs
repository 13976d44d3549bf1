//! Value tiers, and how sure it is that a customer belongs to one.

use serde::{Deserialize, Serialize};

use super::Segments;
use crate::error::{Error, Result, same_length};
use crate::numerics::distribution::{normal_cdf, normal_quantile};
use crate::numerics::parallel;
use crate::table::{Column, Table};
use crate::transactions::CustomerIds;

/// How tiers are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TierBasis {
    /// By share of the value: A are the most valuable customers who together make 80 % of it, and so on (ABC analysis).
    ValueShare,
    /// By share of the customers: the top 20 %, and so on.
    CustomerShare,
}

/// How far each customer's value may be off.
#[derive(Debug, Clone, Copy)]
pub enum ValueSpread<'a> {
    /// Standard errors of normal distributions around the values; 0 for a value that is certain.
    StandardError(&'a [f64]),
    /// Intervals that hold with a probability: below the value a normal distribution fits the lower end, above it the
    /// upper end, so that skewed intervals stay skewed. The expected value of a skewed prediction can lie outside its
    /// interval: the nearer end is the center then.
    Interval {
        /// Lower ends.
        low: &'a [f64],
        /// Upper ends.
        high: &'a [f64],
        /// Probability that an interval holds, such as 0.95.
        level: f64,
    },
}

/// Tiers of customer value with kept edges: ABC by cumulative share of value, or top shares of customers.
///
/// # Method
/// Customers are ordered by value. A tier ends with the customer whose value brings the cumulative share to the tier's
/// share or above; customers of equal value are never separated, so a tier can be larger than its share. Values of 0 and
/// below add nothing to the sum and belong to the last tier where the basis is value. The model keeps each tier's lowest
/// value; later customers are placed by it.
///
/// # Uncertainty
/// A customer's value is an estimate. [`probabilities`](Self::probabilities) gives the chance that the true value lies
/// within each tier, edges taken as known: those near an edge are near a coin toss, and should be treated so.
///
/// ```
/// use cpm_core::segmentation::{TierBasis, ValueSpread, ValueTiers};
/// let values = [500.0, 300.0, 100.0, 60.0, 40.0];
/// let tiers = ValueTiers::fit(&values, TierBasis::ValueShare, &[("A", 0.8), ("B", 0.95), ("C", 1.0)])?;
/// assert_eq!(tiers.predict(&values)?, [0, 0, 1, 1, 2]);
/// assert_eq!(tiers.edges(), [300.0, 60.0]);
/// let chances = tiers.probabilities(&[300.0], &ValueSpread::StandardError(&[50.0]))?;
/// assert_eq!(chances[0][0], 0.5);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ValueTiers {
    names: Vec<String>,
    basis: TierBasis,
    /// Cumulative shares.
    shares: Vec<f64>,
    /// Lowest value of each tier but the last.
    edges: Vec<f64>,
}

impl ValueTiers {
    /// Tiers A, B and C: 80 %, 15 % and 5 % of the value.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn abc(values: &[f64]) -> Result<Self> {
        Self::fit(values, TierBasis::ValueShare, &[("A", 0.80), ("B", 0.95), ("C", 1.0)])
    }

    /// Finds the edges. `tiers` are names with cumulative shares, from the best to the last, which has 1.
    ///
    /// # Errors
    /// [`Error::Empty`]; [`Error::InvalidValue`] for a value that is not finite; [`Error::InvalidArgument`] for shares that
    /// do not rise to 1, or names that repeat; [`Error::NotIdentified`] by share of the value if no value is positive, or if so
    /// few customers make the value that a tier would be empty.
    pub fn fit(values: &[f64], basis: TierBasis, tiers: &[(&str, f64)]) -> Result<Self> {
        let model = Self {
            names: tiers.iter().map(|t| t.0.to_owned()).collect(),
            basis,
            shares: tiers.iter().map(|t| t.1).collect(),
            edges: Vec::new(),
        };
        model.check_shares()?;
        if values.is_empty() {
            let remedy = "Give at least one customer".to_owned();
            return Err(Error::Empty { what: "the column of values".to_owned(), remedy });
        }
        finite("value", values)?;
        let mut sorted = values.to_vec();
        parallel::sort_by(&mut sorted, |a, b| b.total_cmp(a));
        let mass = |v: f64| if basis == TierBasis::CustomerShare { 1.0 } else { v.max(0.0) };
        let total: f64 = sorted.iter().map(|v| mass(*v)).sum();
        if total <= 0.0 {
            return Err(Error::NotIdentified {
                model: "the value tiers",
                reason: "no customer has a positive value to share".to_owned(),
                remedy: "Cut tiers by share of customers".to_owned(),
            });
        }
        let mut edges = Vec::new();
        let (mut sum, mut at) = (0.0, 0);
        for share in &model.shares[..model.shares.len() - 1] {
            // Sums of shares round: 0.8 of five customers are four.
            while at < sorted.len() && (at == 0 || sum < share * total * (1.0 - 1e-12)) {
                sum += mass(sorted[at]);
                at += 1;
            }
            // An edge within equal values moves behind them: prediction is by value.
            edges.push(sorted[at - 1]);
        }
        Ok(Self { edges, ..model })
    }

    /// The tier of each value: its position among the names.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a value that is not finite.
    pub fn predict(&self, values: &[f64]) -> Result<Vec<u32>> {
        finite("value", values)?;
        Ok(values.iter().map(|v| self.edges.partition_point(|edge| v < edge) as u32).collect())
    }

    /// The same as segments of customers.
    ///
    /// # Errors
    /// As [`predict`](Self::predict); [`Error::LengthMismatch`].
    pub fn segments(&self, ids: &CustomerIds, values: &[f64]) -> Result<Segments> {
        same_length("customer_id", ids.len(), "value", values.len())?;
        Ok(Segments::new(ids.clone(), self.names.clone(), self.predict(values)?))
    }

    /// For each tier the chance of each customer to belong to it.
    ///
    /// # Errors
    /// As [`predict`](Self::predict); [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a spread that is negative or not
    /// finite, or an interval whose ends are in the wrong order; [`Error::InvalidArgument`] for a level outside (0, 1).
    pub fn probabilities(&self, values: &[f64], spread: &ValueSpread<'_>) -> Result<Vec<Vec<f64>>> {
        finite("value", values)?;
        let (below, above, centers) = spread.scales(values)?;
        let mut all = vec![Vec::with_capacity(values.len()); self.names.len()];
        for (i, &value) in centers.iter().enumerate() {
            // P(true value < edge), from the best edge to the lowest.
            let under = |edge: f64| {
                let scale = if edge < value { below[i] } else { above[i] };
                if scale > 0.0 { normal_cdf((edge - value) / scale) } else { f64::from(u8::from(value < edge)) }
            };
            let mut above_this = 1.0;
            for (tier, edge) in self.edges.iter().enumerate() {
                let p = under(*edge);
                all[tier].push((above_this - p).max(0.0));
                above_this = p;
            }
            all[self.names.len() - 1].push(above_this);
        }
        Ok(all)
    }

    /// Columns `customer_id, value, tier`, and with a spread `probability` (of the customer's tier) and one column per tier
    /// with its chance, `probability_A` and so on.
    ///
    /// # Errors
    /// As [`probabilities`](Self::probabilities).
    pub fn table(&self, ids: &CustomerIds, values: &[f64], spread: Option<&ValueSpread<'_>>) -> Result<Table> {
        let segments = self.segments(ids, values)?;
        let mut table = Table::new();
        table.push("customer_id", Column::Id(ids.clone()))?;
        table.push("value", Column::Float(values.to_vec()))?;
        table.push("tier", segments.column())?;
        if let Some(spread) = spread {
            let chances = self.probabilities(values, spread)?;
            let own = segments.codes().iter().enumerate().map(|(i, tier)| chances[*tier as usize][i]).collect();
            table.push("probability", Column::Float(own))?;
            for (name, chance) in self.names.iter().zip(chances) {
                table.push(&format!("probability_{name}"), Column::Float(chance))?;
            }
        }
        Ok(table)
    }

    /// The names, from the best tier to the last.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What the shares are of.
    #[must_use]
    pub fn basis(&self) -> TierBasis {
        self.basis
    }

    /// Cumulative shares of the tiers.
    #[must_use]
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// Lowest value of each tier but the last.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    fn check_shares(&self) -> Result<()> {
        let rising = self.shares.windows(2).all(|s| s[0] < s[1]) && self.shares.first().is_some_and(|s| *s > 0.0);
        if !rising || self.shares.len() < 2 || self.shares.last() != Some(&1.0) {
            let expected = "give two cumulative shares or more that rise from above 0 to 1, such as 0.8, 0.95, 1";
            return Err(Error::argument("shares", format!("{:?}", self.shares), expected));
        }
        match self.names.iter().enumerate().find(|(i, n)| n.trim().is_empty() || self.names[..*i].contains(n)) {
            Some((_, name)) => Err(Error::argument("tier", format!("{name:?}"), "every tier needs a name of its own")),
            None => Ok(()),
        }
    }

    /// Of a file that may have been edited.
    #[cfg(feature = "json")]
    pub(crate) fn check(&self) -> Result<()> {
        self.check_shares()?;
        let falling = self.edges.windows(2).all(|e| e[0] >= e[1]) && self.edges.iter().all(|e| e.is_finite());
        if falling && self.edges.len() + 1 == self.names.len() && self.shares.len() == self.names.len() {
            return Ok(());
        }
        Err(Error::argument("edges", format!("{:?}", self.edges), "one finite edge less than tiers, falling"))
    }
}

impl ValueSpread<'_> {
    /// Standard deviations below and above each center, and the centers.
    fn scales(&self, values: &[f64]) -> Result<(Vec<f64>, Vec<f64>, Vec<f64>)> {
        match self {
            Self::StandardError(errors) => {
                same_length("standard_error", errors.len(), "value", values.len())?;
                if let Some(row) = errors.iter().position(|e| !(e.is_finite() && *e >= 0.0)) {
                    return Err(Error::InvalidValue {
                        column: "standard_error",
                        row,
                        value: errors[row].to_string(),
                        expected: "a standard error must be a finite number of at least 0",
                        remedy: "Correct it; 0 stands for a value that is certain",
                    });
                }
                Ok((errors.to_vec(), errors.to_vec(), values.to_vec()))
            }
            Self::Interval { low, high, level } => {
                let z = normal_quantile(0.5 * (1.0 + crate::error::level("level", *level)?));
                same_length("low", low.len(), "value", values.len())?;
                same_length("high", high.len(), "value", values.len())?;
                let wrong = |i: usize| !(low[i].is_finite() && high[i].is_finite() && low[i] <= high[i]);
                if let Some(row) = (0..values.len()).find(|i| wrong(*i)) {
                    return Err(Error::InvalidValue {
                        column: "low, high",
                        row,
                        value: format!("{} to {}", low[row], high[row]),
                        expected: "an interval must be finite, its lower end first",
                        remedy: "Give intervals and values of one estimate",
                    });
                }
                let centers: Vec<f64> = (0..values.len()).map(|i| values[i].clamp(low[i], high[i])).collect();
                let scale = |of: &dyn Fn(usize) -> f64| (0..values.len()).map(|i| of(i) / z).collect();
                Ok((scale(&|i| centers[i] - low[i]), scale(&|i| high[i] - centers[i]), centers))
            }
        }
    }
}

fn finite(column: &'static str, values: &[f64]) -> Result<()> {
    match values.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(row) => Err(Error::InvalidValue {
            column,
            row,
            value: values[row].to_string(),
            expected: "a value must be a finite number",
            remedy: "Fill in what is missing, or leave the customer out",
        }),
    }
}

#[cfg(test)]
#[path = "tiers_tests.rs"]
mod tests;
