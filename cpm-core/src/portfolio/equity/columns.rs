//! Customer equity from values that are known already.

use super::groups::{CustomerEquity, EquityGroup};
use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};
use crate::portfolio::concentration::Accumulator;

/// Values of customers, from any model or warehouse: one row per customer.
#[derive(Debug, Clone, Copy)]
pub struct EquityColumns<'a> {
    /// Expected discounted value.
    pub value: &'a [f64],
    /// Its standard deviation by the chance of the single customer; none is taken for 0.
    pub standard_deviation: Option<&'a [f64]>,
    /// The value without discounting; without it the value itself.
    pub undiscounted: Option<&'a [f64]>,
    /// Position of the customer's group among the names.
    pub groups: &'a [u32],
}

/// [`customer_equity`](super::customer_equity) from plain columns: sums of value by group with intervals.
///
/// The interval of a sum is value ± z·sqrt(Σ sd² + (e·value)²): customers' chances are independent and even out, the models' relative error e, which all
/// customers share, does not.
///
/// ```
/// use cpm_core::portfolio::{EquityColumns, equity_of_values};
/// let columns = EquityColumns {
///     value: &[100.0, 50.0, 30.0],
///     standard_deviation: Some(&[30.0, 40.0, 0.0]),
///     undiscounted: None,
///     groups: &[0, 0, 1],
/// };
/// let equity = equity_of_values(&columns, &["loyal".into(), "new".into()], 0.1, 0.95)?;
/// let loyal = equity.groups[0].value;
/// let half = 1.959_963_985 * (30.0_f64.powi(2) + 40.0_f64.powi(2) + 15.0_f64.powi(2)).sqrt();
/// assert!((loyal.interval.high - (150.0 + half)).abs() < 1e-6);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming the row of a value that is not finite, a standard deviation below 0 or a
/// group without a name; [`Error::InvalidArgument`] for a level outside (0, 1) or a negative error.
pub fn equity_of_values(
    columns: &EquityColumns<'_>,
    names: &[String],
    model_error: f64,
    level: f64,
) -> Result<CustomerEquity> {
    error::non_negative("model_error", model_error)?;
    let z = half_width(error::level("level", level)?);
    check(columns, names)?;
    let plain = columns.undiscounted.unwrap_or(columns.value);
    let mut counts = vec![0_u64; names.len()];
    // One sum more, of all.
    let mut sums = vec![[Accumulator::default(); 3]; names.len() + 1];
    for (i, &code) in columns.groups.iter().enumerate() {
        counts[code as usize] += 1;
        for sum in [code as usize, names.len()] {
            sums[sum][0].add(columns.value[i]);
            sums[sum][1].add(plain[i]);
            sums[sum][2].add(columns.standard_deviation.map_or(0.0, |sd| sd[i] * sd[i]));
        }
    }
    let estimate = |value: f64, chance: f64| {
        let reach = z * (chance + (model_error * value).powi(2)).sqrt();
        Estimate { value, interval: Interval { low: value - reach, high: value + reach } }
    };
    let of = |k: usize| {
        let [value, plain, chance] = sums[k].map(|sum| sum.total());
        (estimate(value, chance), estimate(plain, chance))
    };
    let group = |(k, name): (usize, &String)| {
        let (value, undiscounted) = of(k);
        EquityGroup { name: name.clone(), customers: counts[k], value, undiscounted }
    };
    let groups = names.iter().enumerate().filter(|(k, _)| counts[*k] > 0).map(group).collect();
    let (total, undiscounted) = of(names.len());
    Ok(CustomerEquity { total, undiscounted, groups })
}

fn check(columns: &EquityColumns<'_>, names: &[String]) -> Result<()> {
    let n = columns.value.len();
    if n == 0 {
        return Err(Error::Empty {
            what: "the list of customers".to_owned(),
            remedy: "Give at least one customer".to_owned(),
        });
    }
    let lengths = [
        ("groups", columns.groups.len()),
        ("standard_deviation", columns.standard_deviation.map_or(n, <[f64]>::len)),
        ("undiscounted", columns.undiscounted.map_or(n, <[f64]>::len)),
    ];
    for (column, found) in lengths {
        same_length(column, found, "value", n)?;
    }
    let invalid = |column, row, value: String, expected, remedy| {
        Err(Error::InvalidValue { column, row, value, expected, remedy })
    };
    for (column, values) in [("value", columns.value), ("undiscounted", columns.undiscounted.unwrap_or(&[]))] {
        if let Some(row) = values.iter().position(|v| !v.is_finite()) {
            let remedy = "Correct it, or leave the customer out";
            return invalid(column, row, values[row].to_string(), "a value is a finite number", remedy);
        }
    }
    let spread = columns.standard_deviation.unwrap_or(&[]);
    if let Some(row) = spread.iter().position(|v| !v.is_finite() || *v < 0.0) {
        let (expected, remedy) = ("a standard deviation is at least 0", "Give 0 where a value is certain");
        return invalid("standard_deviation", row, spread[row].to_string(), expected, remedy);
    }
    match columns.groups.iter().position(|c| *c as usize >= names.len()) {
        Some(row) => {
            let expected = "a code is the position of a group's name, counted from 0";
            let remedy = "Correct the code, or name the group";
            invalid("groups", row, columns.groups[row].to_string(), expected, remedy)
        }
        None => Ok(()),
    }
}

#[cfg(test)]
#[path = "columns_tests.rs"]
mod tests;
