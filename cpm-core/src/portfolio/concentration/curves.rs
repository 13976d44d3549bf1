//! The curves behind the measures of concentration, for plots.

use super::Accumulator;
use super::measures::Ascending;
use crate::error::{Error, Result};
use crate::table::{Column, Table};

/// Share of the value that the poorest customers hold; see [`lorenz`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct LorenzCurve {
    /// Share of the customers, poorest first, evenly spaced from 0 to 1.
    pub share_of_customers: Vec<f64>,
    /// Their share of the value, from 0 to 1.
    pub share_of_value: Vec<f64>,
}

/// Lorenz curve at `points` evenly spaced shares of the customers, from the poorest.
///
/// L(k/n) is the sum of the k smallest values over the sum of all; between customers it is a straight line
/// (Lorenz 1905). `points` above n + 1 would add nothing and are reduced to n + 1. The curve is convex and
/// below the diagonal; with negative values it dips below 0.
///
/// ```
/// use cpm_core::portfolio::lorenz;
/// let curve = lorenz(&[1.0, 2.0, 3.0, 4.0, 10.0], 100)?;
/// assert_eq!(curve.share_of_customers, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
/// assert_eq!(curve.share_of_value, [0.0, 0.05, 0.15, 0.3, 0.5, 1.0]);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::InvalidValue`] naming the row of a value that is not finite; [`Error::InvalidArgument`]
/// if the sum is not positive or overflows, or for fewer than 2 points.
pub fn lorenz(values: &[f64], points: usize) -> Result<LorenzCurve> {
    let points = check_points(points, values.len())?;
    let ascending = Ascending::any(values)?;
    let (share_of_customers, share_of_value) = cumulative(ascending.values().iter(), ascending.sum(), points);
    Ok(LorenzCurve { share_of_customers, share_of_value })
}

/// Cumulative profit from the most profitable customer to the least; see [`whale_curve`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct WhaleCurve {
    /// Share of the customers, most profitable first, evenly spaced from 0 to 1.
    pub share_of_customers: Vec<f64>,
    /// Their profit over the total profit, from 0 to 1, above 1 where others lose money.
    pub share_of_profit: Vec<f64>,
    /// The highest point: profit of all profitable customers over the total profit. 1.5 says that
    /// customers at a loss destroy half as much as remains.
    pub peak_share: f64,
    /// Share of customers at the highest point: those with a positive profit.
    pub peak_position: f64,
}

impl WhaleCurve {
    /// Profit that customers at a loss destroy, over the total profit.
    #[must_use]
    pub fn erosion(&self) -> f64 {
        self.peak_share - 1.0
    }
}

/// Whale curve: cumulative profit over total profit, customers sorted by profit descending, at `points` evenly
/// spaced shares of the customers (Kaplan & Cooper 1998, "Cost and Effect").
///
/// Negative profits are welcome, the total must be positive. `points` above n + 1 are reduced to n + 1; the
/// peak is exact whatever their number.
///
/// ```
/// use cpm_core::portfolio::whale_curve;
/// let curve = whale_curve(&[-30.0, 50.0, 10.0, -10.0, 80.0], 6)?;
/// assert_eq!(curve.share_of_profit, [0.0, 0.8, 1.3, 1.4, 1.3, 1.0]);
/// assert_eq!((curve.peak_share, curve.peak_position), (1.4, 0.6));
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// As [`lorenz`].
pub fn whale_curve(values: &[f64], points: usize) -> Result<WhaleCurve> {
    let points = check_points(points, values.len())?;
    let ascending = Ascending::any(values)?;
    let descending = || ascending.values().iter().rev();
    let (share_of_customers, share_of_profit) = cumulative(descending(), ascending.sum(), points);
    let mut profit = Accumulator::default();
    let mut profitable = 0_usize;
    for &value in descending().take_while(|v| **v > 0.0) {
        profit.add(value);
        profitable += 1;
    }
    Ok(WhaleCurve {
        share_of_customers,
        share_of_profit,
        peak_share: profit.total() / ascending.sum(),
        peak_position: profitable as f64 / ascending.len() as f64,
    })
}

impl LorenzCurve {
    /// Columns `share_of_customers, share_of_value`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        two_columns(&self.share_of_customers, "share_of_value", &self.share_of_value)
    }
}

impl WhaleCurve {
    /// Columns `share_of_customers, share_of_profit`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        two_columns(&self.share_of_customers, "share_of_profit", &self.share_of_profit)
    }
}

fn two_columns(share_of_customers: &[f64], name: &str, cumulative: &[f64]) -> Result<Table> {
    let mut table = Table::new();
    table.push("share_of_customers", Column::Float(share_of_customers.to_vec()))?;
    table.push(name, Column::Float(cumulative.to_vec()))?;
    Ok(table)
}

fn check_points(points: usize, customers: usize) -> Result<usize> {
    if points < 2 {
        return Err(Error::argument("points", points, "a curve has at least 2 points, its two ends"));
    }
    Ok(points.min(customers + 1))
}

/// Running sum over `sum` at evenly spaced shares of the values, interpolated within a value.
fn cumulative<'a>(mut values: impl ExactSizeIterator<Item = &'a f64>, sum: f64, points: usize) -> (Vec<f64>, Vec<f64>) {
    let (n, steps) = (values.len() as u64, points as u64 - 1);
    let mut running = Accumulator::default();
    let mut taken = 0;
    let mut next = values.next();
    let point = |k: u64| {
        // Whole values and the part of the next one, in whole numbers so that the corners are exact.
        let (whole, part) = (k * n / steps, (k * n % steps) as f64 / steps as f64);
        while taken < whole {
            running.add(next.copied().unwrap_or_default());
            next = values.next();
            taken += 1;
        }
        let share = (running.total() + next.map_or(0.0, |v| part * v)) / sum;
        // The end is 1, whatever the order of summation.
        (k as f64 / steps as f64, if k == steps { 1.0 } else { share })
    };
    (0..=steps).map(point).unzip()
}

#[cfg(test)]
#[path = "curves_tests.rs"]
mod tests;
