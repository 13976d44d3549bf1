//! Totals over groups of customers, with prediction intervals.
//!
//! A total has two sources of uncertainty. The chance in what customers do is independent between them,
//! so their variances add. The uncertainty of the parameters is common to all, so it does not average
//! out: the total is computed at each uncertainty point of the models. The former is matched by a gamma
//! distribution with a mass at zero, so that intervals of small groups, which are skewed, stay in range
//! and cover; the latter is a factor, whose logarithm is normal. Each gives an interval, and the distances
//! of their ends from the estimate combine as standard deviations do (Zou & Donner 2008, "Construction of
//! Confidence Limits About Effect Measures", Statistics in Medicine 27(10), 1693-1702): the estimate is
//! within, however uncertain it is.

use crate::error::{Error, Result};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::distribution::gamma_quantile;
use crate::table::{Column, Table};

/// A total at a point counts as no less than this share of the estimate.
const LEAST: f64 = 1e-9;

/// What a customer adds to the totals of its groups.
pub(crate) struct Addend<'a> {
    pub(crate) mean: f64,
    /// Variance given the parameters.
    pub(crate) variance: f64,
    /// P(the customer adds nothing).
    pub(crate) none: f64,
    /// Its mean at each uncertainty point of each model: one slice per model.
    pub(crate) at_points: [&'a [f64]; 2],
}

/// Sums over the customers of one group; states of disjoint customers merge.
#[derive(Debug, Clone)]
pub(crate) struct Total {
    mean: f64,
    variance: f64,
    ln_none: f64,
    at_points: [Vec<f64>; 2],
    /// Whether customers may add less than nothing.
    signed: bool,
    most: f64,
}

impl Total {
    pub(crate) fn new(points: [usize; 2]) -> Self {
        Self {
            mean: 0.0,
            variance: 0.0,
            ln_none: 0.0,
            at_points: points.map(|n| vec![0.0; n]),
            signed: false,
            most: f64::INFINITY,
        }
    }

    pub(crate) fn add(&mut self, customer: &Addend<'_>) {
        self.mean += customer.mean;
        self.variance += customer.variance;
        self.ln_none += customer.none.max(f64::MIN_POSITIVE).ln();
        for (sums, values) in self.at_points.iter_mut().zip(customer.at_points) {
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        let [first, second] = &other.at_points;
        self.mean += other.mean;
        self.variance += other.variance;
        self.ln_none += other.ln_none;
        for (sums, values) in self.at_points.iter_mut().zip([first, second]) {
            sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
    }

    /// Customers may add less than nothing.
    pub(super) fn signed(mut self) -> Self {
        self.signed = true;
        self
    }

    /// There can be no more.
    pub(crate) fn at_most(mut self, most: f64) -> Self {
        self.most = most;
        self
    }

    /// The total with its prediction interval.
    pub(crate) fn estimate(&self, level: f64) -> Estimate {
        let mean = self.mean;
        let mean_square = |of: &dyn Fn(f64) -> f64| -> f64 {
            let of_points =
                |points: &Vec<f64>| points.iter().map(|v| of(*v).powi(2)).sum::<f64>() / points.len().max(1) as f64;
            self.at_points.iter().map(of_points).sum()
        };
        let reach = half_width(level);
        if self.signed {
            // Of a sign that is not known a normal variable is the match.
            let half = reach * (self.variance + mean_square(&|v| v - mean)).sqrt();
            return Estimate { value: mean, interval: Interval { low: mean - half, high: mean + half } };
        }
        if mean <= 0.0 {
            return Estimate { value: mean, interval: Interval { low: mean, high: mean } };
        }
        let chance = Matched::new(self.ln_none.exp(), mean, self.variance + mean * mean);
        let tail = 0.5 * (1.0 - level);
        let downwards = mean_square(&|v| (v / mean).max(LEAST).ln()).sqrt();
        // Points at which next to nothing is left say nothing of how much more there may be.
        let upwards = downwards.min(mean_square(&|v| v / mean - 1.0).ln_1p().sqrt());
        let below = f64::hypot(mean - mean * (-reach * downwards).exp(), (mean - chance.quantile(tail)).max(0.0));
        let above = f64::hypot(mean * (reach * upwards).exp_m1(), (chance.quantile(1.0 - tail) - mean).max(0.0));
        let interval = Interval { low: (mean - below).max(0.0), high: (mean + above).min(self.most) };
        Estimate { value: mean, interval }
    }
}

/// A partition of the customers: for each one the number of its group.
pub(crate) struct Grouping<'a> {
    pub(crate) group: &'a [u32],
    pub(crate) groups: usize,
}

/// A partition by name: for each customer the position of its group's name.
pub(super) struct NamedGroups<'a> {
    names: &'a [String],
    group: &'a [u32],
    customers: Vec<u64>,
}

impl<'a> NamedGroups<'a> {
    pub(super) fn new(names: &'a [String], group: &'a [u32], customers: usize) -> Result<Self> {
        if group.len() != customers {
            return Err(Error::LengthMismatch {
                column: "groups",
                found: group.len(),
                reference: "customers",
                expected: customers,
            });
        }
        let mut counts = vec![0_u64; names.len()];
        for (row, code) in group.iter().enumerate() {
            let Some(count) = counts.get_mut(*code as usize) else {
                return Err(Error::InvalidValue {
                    column: "groups",
                    row,
                    value: code.to_string(),
                    expected: "a code is the position of a group's name, counted from 0",
                    remedy: "Correct the code, or name the group",
                });
            };
            *count += 1;
        }
        Ok(Self { names, group, customers: counts })
    }

    pub(super) fn grouping(&self) -> Grouping<'a> {
        Grouping { group: self.group, groups: self.names.len() }
    }

    /// How many customers each group has.
    #[cfg(feature = "discrete-time")]
    pub(super) fn customers(&self) -> &[u64] {
        &self.customers
    }

    /// The names and sizes of the groups beside their estimates, without those that are empty.
    pub(super) fn name(&self, estimates: Vec<Estimate>) -> Vec<(String, u64, Estimate)> {
        let groups = self.names.iter().zip(&self.customers).zip(estimates);
        groups.map(|((name, &n), of)| (name.clone(), n, of)).filter(|g| g.1 > 0).collect()
    }
}

/// One row per group: `group, customers`, and a quantity with `_low` and `_high`.
pub(super) fn table_of_groups(groups: &[(String, u64, Estimate)], quantity: &str) -> Result<Table> {
    let mut table = Table::new();
    table.push("group", Column::Text(groups.iter().map(|g| g.0.clone()).collect()))?;
    table.push("customers", Column::Integer(groups.iter().map(|g| g.1 as i64).collect()))?;
    let floats = |get: fn(&Estimate) -> f64| Column::Float(groups.iter().map(|g| get(&g.2)).collect());
    table.push(quantity, floats(|e| e.value))?;
    table.push(&format!("{quantity}_low"), floats(|e| e.interval.low))?;
    table.push(&format!("{quantity}_high"), floats(|e| e.interval.high))?;
    Ok(table)
}

/// Empty totals: slot 0 is the whole base, then come the groups of each grouping.
pub(super) fn slots(points: [usize; 2], groupings: &[Grouping<'_>]) -> Vec<Total> {
    vec![Total::new(points); 1 + groupings.iter().map(|g| g.groups).sum::<usize>()]
}

/// Adds a customer to the base and to its group in each grouping.
pub(super) fn add(totals: &mut [Total], groupings: &[Grouping<'_>], row: u32, customer: &Addend<'_>) {
    totals[0].add(customer);
    let mut first = 1;
    for grouping in groupings {
        totals[first + grouping.group[row as usize] as usize].add(customer);
        first += grouping.groups;
    }
}

/// Merges the chunks' totals in order: the estimate for the base, and those of each grouping's groups.
pub(super) fn estimates<'a>(
    chunks: impl Iterator<Item = &'a Vec<Total>>,
    mut totals: Vec<Total>,
    groupings: &[Grouping<'_>],
    level: f64,
) -> (Estimate, Vec<Vec<Estimate>>) {
    for chunk in chunks {
        totals.iter_mut().zip(chunk).for_each(|(total, part)| total.merge(part));
    }
    let base = totals[0].estimate(level);
    let mut rest = totals[1..].iter().map(|total| total.estimate(level));
    (base, groupings.iter().map(|g| rest.by_ref().take(g.groups).collect()).collect())
}

/// A non-negative variable with a mass at zero and a gamma-shaped rest, matched by moments.
pub(super) struct Matched {
    none: f64,
    pub(super) shape: f64,
    pub(super) scale: f64,
}

/// A spread below this share of the mean is no spread.
const LARGEST_SHAPE: f64 = 1e12;

impl Matched {
    pub(super) fn new(none: f64, mean: f64, mean_square: f64) -> Self {
        let some = 1.0 - none;
        let (mean, mean_square) = (mean / some, mean_square / some);
        let variance = (mean_square - mean * mean).max(mean * mean / LARGEST_SHAPE);
        Self { none, shape: mean * mean / variance, scale: variance / mean }
    }

    /// The probability within the positive part that belongs to an overall one; `None` where the quantile is 0.
    pub(super) fn within(&self, probability: f64) -> Option<f64> {
        let p = (probability - self.none) / (1.0 - self.none);
        (p > 0.0 && self.shape.is_finite() && self.scale > 0.0).then_some(p)
    }

    fn quantile(&self, probability: f64) -> f64 {
        self.within(probability).map_or(0.0, |p| self.scale * gamma_quantile(self.shape, p))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(mean: f64, variance: f64, at_points: &[f64]) -> Estimate {
        let mut total = Total::new([at_points.len(), 0]);
        total.add(&Addend { mean, variance, none: 0.0, at_points: [at_points, &[]] });
        total.estimate(0.95)
    }

    #[test]
    fn small_spreads_add_as_variances() {
        // Chance and parameters of 1 % each: a normal variable to first order.
        let found = of(1e4, 1e4, &[9_900.0, 10_100.0]);
        let half = 1.959_964 * (1e4_f64 + 1e4).sqrt();
        assert!((found.interval.low - (1e4 - half)).abs() < 0.02 * half, "{found:?}");
        assert!((found.interval.high - (1e4 + half)).abs() < 0.02 * half, "{found:?}");
    }

    #[test]
    fn the_estimate_is_within_however_uncertain() {
        for spread in [0.1_f64, 1.0, 5.0, 20.0, 300.0] {
            for variance in [1.0, 1e3, 1e8] {
                let found = of(1e3, variance, &[1e3 * (-spread).exp(), 1e3 * spread.min(20.0).exp()]);
                let Interval { low, high } = found.interval;
                assert!(
                    (0.0..=1e3).contains(&low) && (1e3..f64::INFINITY).contains(&high),
                    "{spread} {variance} {found:?}"
                );
            }
        }
        // Points at which nothing is left widen it downwards, and hardly upwards.
        let Interval { low, high } = of(1e3, 1e3, &[0.0, 0.0, 900.0, 1.1e3]).interval;
        assert!(low < 1.0 && high < 4e3, "{low} {high}");
    }

    #[test]
    fn a_factor_of_the_parameters_is_log_normal() {
        let found = of(1e9, 1e9, &[5e8, 2e9]);
        let factor = (1.959_964 * 2.0_f64.ln()).exp();
        assert!((found.interval.low / (1e9 / factor) - 1.0).abs() < 1e-3, "{found:?}");
        // Upwards the smaller of two measures of spread.
        assert!(found.interval.high < 1e9 * factor * 1.001 && found.interval.high > 3e9, "{found:?}");
    }
}
