//! What channels cost and bring.

use serde::Serialize;

use crate::error::{self, Error, Result, non_negative, same_length};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::distribution::{gamma_quantile, student_quantile};

/// Cost and value of the customers of one channel.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ChannelFigures {
    /// Customers acquired.
    pub customers: u64,
    /// Spent on the channel.
    pub spend: f64,
    /// Spend per acquired customer; None without customers. The interval is that of a Poisson number of customers.
    pub cac: Option<Estimate>,
    /// Mean value of its customers, with t interval; None for fewer than two.
    pub mean_value: Option<Estimate>,
    /// Value of all its customers over the spend; None without spend. The interval allows for chance in number and in values.
    pub ltv_to_cac: Option<Estimate>,
    /// Value less spend.
    pub profit: f64,
}

/// Acquisition cost and value by channel.
///
/// `channels` numbers each acquired customer's channel from 0, `values` are the customers' lifetime values (margins, before the cost of
/// acquisition), `spend` has one number per channel for the same period.
///
/// ```
/// use cpm_core::portfolio::acquisition_by_channel;
/// let figures = acquisition_by_channel(&[0, 0, 1, 0], &[90.0, 120.0, 300.0, 60.0], &[150.0, 100.0], 0.95)?;
/// assert_eq!(figures[0].cac.unwrap().value, 50.0);
/// assert_eq!(figures[1].ltv_to_cac.unwrap().value, 3.0);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming column and row; [`Error::InvalidArgument`].
pub fn acquisition_by_channel(
    channels: &[u32],
    values: &[f64],
    spend: &[f64],
    level: f64,
) -> Result<Vec<ChannelFigures>> {
    error::level("level", level)?;
    spend.iter().try_for_each(|s| non_negative("spend", *s).map(|_| ()))?;
    check(&[("channels", channels, spend.len())], values)?;
    let sums = sums(values, spend.len(), |i| channels[i] as usize);
    let figures = |(sum, spend): (&Sum, &f64)| {
        let n = sum.count as f64;
        let cac = (sum.count > 0).then(|| {
            // The exact interval of a Poisson mean (Garwood 1936), turned over.
            let most = gamma_quantile(n + 1.0, 0.5 + 0.5 * level);
            let least = gamma_quantile(n, 0.5 - 0.5 * level);
            Estimate { value: spend / n, interval: Interval { low: spend / most, high: spend / least } }
        });
        let ltv_to_cac = (*spend > 0.0).then(|| {
            // A Poisson number of customers: the variance of their sum is that of the sum of squares.
            let reach = half_width(level) * sum.squares.sqrt() / spend;
            let value = sum.total / spend;
            Estimate { value, interval: Interval { low: value - reach, high: value + reach } }
        });
        let (customers, spend) = (sum.count, *spend);
        ChannelFigures { customers, spend, cac, mean_value: sum.mean(level), ltv_to_cac, profit: sum.total - spend }
    };
    Ok(sums.iter().zip(spend).map(figures).collect())
}

/// Value of the customers of one channel and cohort.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ValueCell {
    /// Number of the channel.
    pub channel: u32,
    /// Number of the cohort.
    pub cohort: u32,
    /// Customers.
    pub customers: u64,
    /// Sum of their values.
    pub total: f64,
    /// Mean value, with t interval; None for fewer than two customers.
    pub mean_value: Option<Estimate>,
}

/// Value by channel and cohort, one cell for each pair that has customers, by channel and then cohort.
///
/// # Errors
/// As [`acquisition_by_channel`].
pub fn value_by_channel_and_cohort(
    channels: &[u32],
    channel_count: usize,
    cohorts: &[u32],
    cohort_count: usize,
    values: &[f64],
    level: f64,
) -> Result<Vec<ValueCell>> {
    error::level("level", level)?;
    check(&[("channels", channels, channel_count), ("cohorts", cohorts, cohort_count)], values)?;
    let sums =
        sums(values, channel_count * cohort_count, |i| channels[i] as usize * cohort_count + cohorts[i] as usize);
    let cell = |(k, sum): (usize, &Sum)| ValueCell {
        channel: (k / cohort_count) as u32,
        cohort: (k % cohort_count) as u32,
        customers: sum.count,
        total: sum.total,
        mean_value: sum.mean(level),
    };
    Ok(sums.iter().enumerate().filter(|(_, s)| s.count > 0).map(cell).collect())
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    count: u64,
    total: f64,
    squares: f64,
    /// Squared distances from the mean.
    spread: f64,
}

impl Sum {
    fn mean(&self, level: f64) -> Option<Estimate> {
        if self.count < 2 {
            return None;
        }
        let n = self.count as f64;
        let reach = student_quantile(n - 1.0, 0.5 + 0.5 * level) * (self.spread / (n - 1.0) / n).sqrt();
        let value = self.total / n;
        Some(Estimate { value, interval: Interval { low: value - reach, high: value + reach } })
    }
}

fn sums(values: &[f64], groups: usize, group: impl Fn(usize) -> usize) -> Vec<Sum> {
    let mut sums = vec![Sum::default(); groups];
    for (i, value) in values.iter().enumerate() {
        let sum = &mut sums[group(i)];
        sum.count += 1;
        sum.total += value;
        sum.squares += value * value;
    }
    for (i, value) in values.iter().enumerate() {
        let sum = &mut sums[group(i)];
        sum.spread += (value - sum.total / sum.count as f64).powi(2);
    }
    sums
}

fn check(codes: &[(&'static str, &[u32], usize)], values: &[f64]) -> Result<()> {
    if values.is_empty() {
        let remedy = "Give one row per acquired customer".to_owned();
        return Err(Error::Empty { what: "the list of customers".to_owned(), remedy });
    }
    for (column, codes, count) in codes {
        same_length(column, codes.len(), "values", values.len())?;
        if let Some(row) = codes.iter().position(|c| *c as usize >= *count) {
            return Err(Error::InvalidValue {
                column,
                row,
                value: codes[row].to_string(),
                expected: "it must be the number of a group, counted from 0",
                remedy: "Give the spend of every channel, 0 if nothing was spent",
            });
        }
    }
    match values.iter().position(|v| !v.is_finite()) {
        Some(row) => Err(Error::InvalidValue {
            column: "values",
            row,
            value: values[row].to_string(),
            expected: "it must be a finite number",
            remedy: "Correct it, or leave out the customer",
        }),
        None => Ok(()),
    }
}
