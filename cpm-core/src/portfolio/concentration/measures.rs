//! Single numbers: Gini, Herfindahl, share of the top.

use crate::error::{Error, Result};
use crate::numerics::accumulator::Accumulator;
use crate::numerics::parallel;

/// Gini coefficient: 0 if all customers have the same value, close to 1 if one customer has it all.
///
/// G = Σ (2i − n − 1)·x₍ᵢ₎ / (n·Σ x), values in ascending order, i = 1 … n (Gini 1912). It is twice the area
/// between the [Lorenz curve](super::lorenz) and the diagonal, and at most (n − 1)/n. A single customer has
/// G = 0.
///
/// ```
/// use cpm_core::portfolio::gini;
/// assert!((gini(&[1.0, 2.0, 3.0, 4.0, 10.0])? - 0.4).abs() < 1e-15);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::InvalidValue`] naming the row of a value that is negative or not finite (for profits
/// use [`normalised_gini`]); [`Error::InvalidArgument`] if the sum is 0 or overflows.
pub fn gini(values: &[f64]) -> Result<f64> {
    Ok(Ascending::non_negative(values)?.gini())
}

/// Gini coefficient of values some of which are negative, such as profits; between 0 and 1.
///
/// With negative values the Lorenz curve dips below the axis and the plain coefficient can exceed 1. Here it is
/// A/(A + B): A is the area between the diagonal and the curve, and B the area between the axis and the curve
/// where that is above the axis. A + B is 1/2 plus the area below the axis (Chen, Tsaur & Rhai 1982, Oxford
/// Economic Papers 34(3), with the crossing of the axis interpolated as in Berrebi & Silber 1985, same journal
/// 37(3)). Without negative values it is [`gini`].
///
/// ```
/// use cpm_core::portfolio::normalised_gini;
/// // An example of the paper: the plain coefficient is 1.94.
/// let incomes = [-500.0, -300.0, -300.0, -100.0, 200.0, 300.0, 300.0, 400.0, 500.0, 500.0];
/// assert!((normalised_gini(&incomes)? - 1.94 / 2.14).abs() < 1e-14);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::InvalidValue`] naming the row of a value that is not finite; [`Error::InvalidArgument`]
/// if the sum is not positive or overflows.
pub fn normalised_gini(values: &[f64]) -> Result<f64> {
    let ascending = Ascending::any(values)?;
    Ok(ascending.double_area() / (1.0 + ascending.double_area_below_axis()))
}

/// Concentration by squared shares; see [`hhi`].
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Hhi {
    /// Sum of squared shares: 1/n to 1.
    pub index: f64,
    /// How many customers of equal value would be as concentrated: 1/index.
    pub effective_number: f64,
    /// The index on a scale from 0, all equal, to 1, one customer has all: (index − 1/n)/(1 − 1/n).
    pub normalised: f64,
}

/// Herfindahl–Hirschman index H = Σ sᵢ², sᵢ the share of customer i in the sum of values.
///
/// A base of one customer is fully concentrated: its normalised index is 1.
///
/// ```
/// use cpm_core::portfolio::hhi;
/// let hhi = hhi(&[1.0, 2.0, 3.0, 4.0, 10.0])?;
/// assert!((hhi.index - 0.325).abs() < 1e-15);
/// assert!((hhi.effective_number - 3.0769230769).abs() < 1e-10);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// As [`gini`].
pub fn hhi(values: &[f64]) -> Result<Hhi> {
    Ok(Ascending::non_negative(values)?.hhi())
}

/// Share of the value that the best `fraction` of the customers hold: 0.2 for the top fifth.
///
/// Where the edge falls within a customer, a part of that customer counts. It is 1 minus the
/// [Lorenz curve](super::lorenz) at 1 − `fraction`.
///
/// ```
/// use cpm_core::portfolio::top_share;
/// let values = [1.0, 2.0, 3.0, 4.0, 10.0];
/// assert_eq!(top_share(&values, 0.2)?, 0.5);
/// assert_eq!(top_share(&values, 0.3)?, 0.6); // and half of the second best
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// As [`gini`]; [`Error::InvalidArgument`] if `fraction` is not between 0 and 1.
pub fn top_share(values: &[f64], fraction: f64) -> Result<f64> {
    if !(0.0..=1.0).contains(&fraction) {
        return Err(Error::argument(
            "fraction",
            fraction,
            "it must lie between 0 and 1, such as 0.2 for the top fifth",
        ));
    }
    Ok(Ascending::non_negative(values)?.top_share(fraction))
}

/// Checked values in ascending order, and their sum: several measures from one sort.
#[derive(Debug)]
pub(in crate::portfolio) struct Ascending {
    values: Vec<f64>,
    sum: f64,
}

impl Ascending {
    /// Values of at least 0.
    pub(in crate::portfolio) fn non_negative(values: &[f64]) -> Result<Self> {
        let expected = "concentration needs finite values of at least 0";
        let remedy =
            "Leave out or correct such rows; for profits, which can be negative, use normalised_gini and whale_curve";
        Self::new(values, |v| v.is_finite() && v >= 0.0, expected, remedy)
    }

    /// Values of either sign with a positive sum.
    pub(super) fn any(values: &[f64]) -> Result<Self> {
        Self::new(values, f64::is_finite, "concentration needs finite values", "Leave out or correct such rows")
    }

    fn new(values: &[f64], allowed: fn(f64) -> bool, expected: &'static str, remedy: &'static str) -> Result<Self> {
        if values.is_empty() {
            return Err(Error::Empty {
                what: "the list of values".to_owned(),
                remedy: "Give one value per customer".to_owned(),
            });
        }
        if let Some(row) = values.iter().position(|&v| !allowed(v)) {
            return Err(Error::InvalidValue {
                column: "values",
                row,
                value: values[row].to_string(),
                expected,
                remedy,
            });
        }
        let mut values = values.to_vec();
        parallel::sort_by(&mut values, f64::total_cmp);
        let sum = accurate_sum(values.iter().copied());
        if !sum.is_finite() {
            return Err(Error::argument("values", "too large", "their sum overflows; state them in a larger unit"));
        }
        if sum <= 0.0 {
            let expected = "shares exist only of a positive sum of values; look at the amounts themselves instead";
            return Err(Error::argument("sum of values", sum, expected));
        }
        Ok(Self { values, sum })
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// Values in ascending order.
    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    /// Their sum.
    pub(super) fn sum(&self) -> f64 {
        self.sum
    }

    pub(in crate::portfolio) fn gini(&self) -> f64 {
        let n = self.len() as f64;
        // Rounding must not push it past its bound.
        self.double_area().min((n - 1.0) / n)
    }

    /// Twice the area between diagonal and Lorenz curve. Equal weights of the i-th smallest and i-th largest
    /// value are taken together: no term is negative, so no digits cancel.
    fn double_area(&self) -> f64 {
        let n = self.len();
        let half = n / 2;
        let differences = self.values[n - half..].iter().zip(self.values[..half].iter().rev()).enumerate();
        let weighted = differences.map(|(k, (large, small))| {
            let weight = (2 * (n - half + k + 1) - n - 1) as f64;
            weight / n as f64 * (large / self.sum - small / self.sum)
        });
        accurate_sum(weighted)
    }

    /// Twice the area between the axis and the part of the Lorenz curve that is below it.
    fn double_area_below_axis(&self) -> f64 {
        let mut running = Accumulator::default();
        let mut area = Accumulator::default();
        for value in &self.values {
            let share = value / self.sum;
            let before = running.total();
            running.add(share);
            let after = running.total();
            if after >= 0.0 {
                // The triangle up to the crossing, its width as a part of one customer.
                area.add(if before < 0.0 { before * before / share } else { 0.0 });
                break;
            }
            area.add(-before - after);
        }
        area.total() / self.len() as f64
    }

    pub(in crate::portfolio) fn hhi(&self) -> Hhi {
        let n = self.len() as f64;
        let index = accurate_sum(self.values.iter().map(|v| (v / self.sum).powi(2))).clamp(1.0 / n, 1.0);
        // H − 1/n is the sum of squared distances from the mean share.
        let excess = accurate_sum(self.values.iter().map(|v| (v / self.sum - 1.0 / n).powi(2)));
        let normalised = if self.len() == 1 { 1.0 } else { (excess / (1.0 - 1.0 / n)).min(1.0) };
        Hhi { index, effective_number: 1.0 / index, normalised }
    }

    pub(in crate::portfolio) fn top_share(&self, fraction: f64) -> f64 {
        let position = fraction * self.len() as f64;
        let whole = (position.floor() as usize).min(self.len());
        let rest = self.len() - whole;
        let part = if rest > 0 { (position - whole as f64) * self.values[rest - 1] } else { 0.0 };
        let top = accurate_sum(self.values[rest..].iter().copied().chain([part]));
        (top / self.sum).min(1.0)
    }
}

fn accurate_sum(values: impl Iterator<Item = f64>) -> f64 {
    values.collect::<Accumulator>().total()
}

#[cfg(test)]
#[path = "measures_tests.rs"]
mod tests;
