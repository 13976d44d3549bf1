//! Does spend per purchase depend on how often a customer purchases? Gamma-Gamma says no.

use std::fmt;

use super::gamma_gamma::monetary_value;
use crate::error::{self, Error, Result};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::distribution::student_two_sided;
use crate::numerics::parallel;
use crate::summary::CustomerSummary;
use crate::table::{Column, Table};

/// Frequencies from this one on are one row of the table.
const LAST_FREQUENCY: u64 = 7;
/// A bias of total spend below this share is no reason to worry.
const SMALL: f64 = 0.05;

/// The relation between the frequency of purchases and the amount per purchase, over the customers with a repeat purchase
/// and a positive monetary value.
///
/// [`GammaGamma`](super::GammaGamma) and [`lifetime_value`](super::lifetime_value) take the two for independent. Where they are
/// not, frequent buyers are over- or undervalued.
///
/// ```
/// use cpm_core::clv::IndependenceTest;
/// use cpm_core::{datasets, SummaryOptions};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let test = IndependenceTest::new(&customers, 0.95)?;
/// assert_eq!(test.customers, 946);
/// assert!((test.pearson.value - 0.11).abs() < 0.01); // note 025 of Fader & Hardie prints .11
/// println!("{test}");
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct IndependenceTest {
    /// Customers with a repeat purchase and a positive monetary value.
    pub customers: u64,
    /// Pearson's correlation of frequency and mean amount, with Fisher's interval.
    pub pearson: Estimate,
    /// Probability of a correlation at least as large without a relation.
    pub pearson_p: f64,
    /// Spearman's rank correlation, which a few large amounts do not move, with Fisher's interval (Fieller, Hartley & Pearson
    /// 1957).
    pub spearman: Estimate,
    /// The same of the rank correlation.
    pub spearman_p: f64,
    /// What the repeat purchases brought over what they would have at the mean amount of the customers: Σ x z / (Σ x · z̄).
    pub spend_ratio: f64,
    /// Level of the intervals.
    pub level: f64,
    /// Customers, mean amount and its standard error (`None` for one customer) by number of repeat purchases; the last row
    /// holds all with 7 or more.
    pub by_frequency: Vec<(u64, u64, f64, Option<f64>)>,
}

impl IndependenceTest {
    /// Of a summary, with intervals at `level`.
    ///
    /// # Errors
    /// [`Error::NotIdentified`] if the summary has no monetary values, or fewer than four customers count, or all of them have
    /// the same frequency or amount; [`Error::InvalidArgument`] for a level outside (0, 1).
    pub fn new(customers: &CustomerSummary, level: f64) -> Result<Self> {
        let width = half_width(error::level("level", level)?);
        let z = monetary_value(customers)?;
        let mut pairs: Vec<(f64, f64)> = customers
            .frequency()
            .iter()
            .zip(z)
            .filter(|(x, z)| **x > 0.0 && **z > 0.0)
            .map(|(x, z)| (*x, *z))
            .collect();
        // Sorted, so that sums do not depend on the order of the customers.
        parallel::sort_by(&mut pairs, |a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let (x, z): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let n = x.len();
        let one_value = |v: &[f64]| v.iter().all(|u| *u == v[0]);
        if n < 4 || one_value(&x) || one_value(&z) {
            return Err(Error::NotIdentified {
                model: "the test of independence",
                reason: format!(
                    "{n} customers have repeat purchases with a positive amount, and they must differ in both"
                ),
                remedy: "Give more customers or a longer log".to_owned(),
            });
        }
        let pearson = correlation(&x, &z);
        let spearman = correlation(&ranks(&x), &ranks(&z));
        let p_value = |r: f64| {
            let degrees = (n - 2) as f64;
            student_two_sided(degrees, r * (degrees / ((1.0 - r) * (1.0 + r)).max(f64::MIN_POSITIVE)).sqrt())
        };
        let fisher = |r: f64, variance: f64| {
            let centre = r.clamp(-1.0 + 1e-15, 1.0 - 1e-15).atanh();
            let reach = width * (variance / (n as f64 - 3.0)).sqrt();
            Estimate { value: r, interval: Interval { low: (centre - reach).tanh(), high: (centre + reach).tanh() } }
        };
        let spend: f64 = x.iter().zip(&z).map(|(x, z)| x * z).sum();
        let mean_spend = z.iter().sum::<f64>() / n as f64;
        Ok(Self {
            customers: n as u64,
            pearson: fisher(pearson, 1.0),
            pearson_p: p_value(pearson),
            spearman: fisher(spearman, 1.06),
            spearman_p: p_value(spearman),
            spend_ratio: spend / (x.iter().sum::<f64>() * mean_spend),
            level,
            by_frequency: by_frequency(&x, &z),
        })
    }

    /// Whether there is a relation that matters, in words; `None` if the assumption will do.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let bias = self.spend_ratio - 1.0;
        if self.pearson_p.min(self.spearman_p) >= 1.0 - self.level || bias.abs() < SMALL {
            return None;
        }
        let (more, over) = if bias > 0.0 { ("more", "undervalues") } else { ("less", "overvalues") };
        Some(format!(
            "customers who purchase more often spend {more} per purchase: their purchases brought {:.0} % {more} than at the \
             mean amount. Gamma-Gamma assumes no such relation and {over} frequent buyers; fit groups of customers apart, or \
             check lifetime values by frequency on a hold-out",
            100.0 * bias.abs()
        ))
    }

    /// Columns `frequency, customers, mean_spend, standard_error`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let rows = &self.by_frequency;
        let mut table = Table::new();
        table.push("frequency", Column::Integer(rows.iter().map(|r| r.0 as i64).collect()))?;
        table.push("customers", Column::Integer(rows.iter().map(|r| r.1 as i64).collect()))?;
        table.push("mean_spend", Column::Float(rows.iter().map(|r| r.2).collect()))?;
        table.push("standard_error", Column::Optional(rows.iter().map(|r| r.3).collect()))?;
        Ok(table)
    }
}

impl fmt::Display for IndependenceTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |e: &Estimate| format!("{:.3} ({:.3} to {:.3})", e.value, e.interval.low, e.interval.high);
        writeln!(f, "Frequency and spend of {} customers", self.customers)?;
        writeln!(f, "  Pearson's correlation   {}, p = {:.2e}", of(&self.pearson), self.pearson_p)?;
        writeln!(f, "  Spearman's correlation  {}, p = {:.2e}", of(&self.spearman), self.spearman_p)?;
        write!(f, "  spend over spend at the mean amount  {:.3}", self.spend_ratio)?;
        match self.warning() {
            Some(warning) => write!(f, "\nwarning: {warning}"),
            None => Ok(()),
        }
    }
}

fn correlation(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (dx, dy) = (x - mean_x, y - mean_y);
        xx += dx * dx;
        xy += dx * dy;
        yy += dy * dy;
    }
    xy / (xx.sqrt() * yy.sqrt())
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let to = from + order[from..].iter().take_while(|&&i| values[i] == values[order[from]]).count();
        let rank = 0.5 * (from + to + 1) as f64;
        order[from..to].iter().for_each(|&i| ranks[i] = rank);
        from = to;
    }
    ranks
}

fn by_frequency(x: &[f64], z: &[f64]) -> Vec<(u64, u64, f64, Option<f64>)> {
    let mut groups: Vec<Vec<f64>> = vec![Vec::new(); LAST_FREQUENCY as usize + 1];
    for (x, z) in x.iter().zip(z) {
        groups[(*x as u64).min(LAST_FREQUENCY) as usize].push(*z);
    }
    let row = |(frequency, z): (usize, Vec<f64>)| {
        let n = z.len() as f64;
        let mean = z.iter().sum::<f64>() / n;
        let square: f64 = z.iter().map(|z| (z - mean).powi(2)).sum();
        (frequency as u64, z.len() as u64, mean, (z.len() > 1).then(|| (square / (n - 1.0) / n).sqrt()))
    };
    groups.into_iter().enumerate().filter(|(_, z)| !z.is_empty()).map(row).collect()
}

#[cfg(test)]
#[path = "independence_tests.rs"]
mod tests;
