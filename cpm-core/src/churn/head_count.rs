//! How many customers something is true of, when it is true of each with a probability of its own.

use crate::clv::{Addend, Total};
use crate::estimate::{Estimate, Interval};

/// Sums over customers; states of disjoint customers merge.
///
/// The count lies between 0 and the number of customers. Its distribution is skewed where nearly nobody or
/// nearly everybody counts, and a [`Total`] is right near 0 only, so the counts of yes and of no are both kept,
/// and the interval comes from the rarer one.
#[derive(Debug, Clone)]
pub(super) struct HeadCount {
    yes: Total,
    no: Total,
    customers: f64,
}

impl HeadCount {
    /// Nobody yet. `points` is the number of points that stand for the uncertainty of the parameters.
    pub(super) fn new(points: usize) -> Self {
        Self { yes: Total::new([points, 0]), no: Total::new([points, 0]), customers: 0.0 }
    }

    /// Adds `weight` customers who count with `probability` each, and with those of `at_points` there.
    pub(super) fn add(&mut self, weight: f64, probability: f64, at_points: &[f64]) {
        let variance = weight * probability * (1.0 - probability);
        let sides = [(&mut self.yes, probability, 1.0 - probability), (&mut self.no, 1.0 - probability, probability)];
        for (k, (total, p, not)) in sides.into_iter().enumerate() {
            let at: Vec<f64> = at_points.iter().map(|p| weight * if k == 0 { *p } else { 1.0 - p }).collect();
            total.add(&Addend { mean: weight * p, variance, none: not.powf(weight), at_points: [&at, &[]] });
        }
        self.customers += weight;
    }

    /// Adds the customers of another state.
    pub(super) fn merge(&mut self, other: &Self) {
        self.yes.merge(&other.yes);
        self.no.merge(&other.no);
        self.customers += other.customers;
    }

    /// The expected count, and a prediction interval of whole numbers that holds the numbers next to it.
    pub(super) fn estimate(&self, level: f64) -> Estimate {
        let n = self.customers;
        let count = self.yes.estimate(level);
        let interval = if count.value <= 0.5 * n {
            count.interval
        } else {
            let Interval { low, high } = self.no.estimate(level).interval;
            Interval { low: n - high, high: n - low }
        };
        let value = count.value.min(n);
        let interval = Interval {
            low: interval.low.round().min(value.floor()).max(0.0),
            high: interval.high.round().max(value.ceil()).min(n),
        };
        Estimate { value, interval }
    }
}

#[cfg(test)]
#[path = "head_count_tests.rs"]
mod tests;
