//! Lift and gains: how many of those who churn are among the customers with the largest scores?

use serde::Serialize;

use super::ScoredCustomers;
use crate::error::{self, Error, Result};
use crate::estimate::{Estimate, Interval};
use crate::numerics::proportion::wilson;
use crate::table::{Column, Table};

/// One row of a lift table: the next 1/bins of the customers, by descending score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LiftBin {
    /// Weight of the customers in the bin.
    pub customers: f64,
    /// Weight of those of them who churned.
    pub churned: f64,
    /// Their share, with Wilson's interval.
    pub churn_rate: Estimate,
    /// That share over the share of all customers.
    pub lift: f64,
    /// Share of all customers in this bin and those before it.
    pub cumulative_fraction: f64,
    /// Share of all who churned in this bin and those before it: the gain.
    pub cumulative_gain: f64,
    /// Lift of this bin and those before it together.
    pub cumulative_lift: f64,
    /// Smallest score of the bin.
    pub threshold: f64,
}

impl ScoredCustomers {
    /// Lift and gains over bins of equal weight. Where rows of one score lie on both sides of an edge, each side gets
    /// its share of those who churned among them: the average over all orders of these rows.
    ///
    /// # Errors
    /// [`Error::NotIdentified`] if nobody churned or nobody stayed; [`Error::InvalidArgument`] for 0 bins, more bins than
    /// rows, or the level.
    pub fn lift_table(&self, bins: usize, level: f64) -> Result<Vec<LiftBin>> {
        let level = error::level("level", level)?;
        self.both_classes("the lift")?;
        if bins == 0 || bins > self.rows {
            let expected = format!("it must lie between 1 and the {} rows", self.rows);
            return Err(Error::argument("bins", bins, expected));
        }
        let (customers, rows_per_weight) = (self.weight() / bins as f64, self.effective_rows() / self.weight());
        let mut before = 0.0;
        let bin = |k: usize| {
            let fraction = (k + 1) as f64 / bins as f64;
            let (gain, threshold) = self.gain(fraction);
            let churned = (gain - before) * self.churned;
            before = gain;
            let n = customers * rows_per_weight;
            let churn_rate = wilson((churned / customers).clamp(0.0, 1.0) * n, n, level);
            LiftBin {
                customers,
                churned,
                churn_rate,
                lift: churn_rate.value / self.churn_rate(),
                cumulative_fraction: fraction,
                cumulative_gain: gain,
                cumulative_lift: gain / fraction,
                threshold,
            }
        };
        Ok((0..bins).map(bin).collect())
    }

    /// [`lift_table`](Self::lift_table) as columns `bin` (from 1), `customers, churned, churn_rate, low, high, lift,
    /// cumulative_fraction, cumulative_gain, cumulative_lift, threshold`.
    ///
    /// # Errors
    /// As [`lift_table`](Self::lift_table).
    pub fn lift_columns(&self, bins: usize, level: f64) -> Result<Table> {
        let rows = self.lift_table(bins, level)?;
        let column = |of: fn(&LiftBin) -> f64| Column::Float(rows.iter().map(of).collect());
        let mut table = Table::new();
        table.push("bin", Column::Integer((1..=rows.len() as i64).collect()))?;
        table.push("customers", column(|b| b.customers))?;
        table.push("churned", column(|b| b.churned))?;
        table.push_estimates(["churn_rate", "low", "high"], rows.iter().map(|b| b.churn_rate))?;
        table.push("lift", column(|b| b.lift))?;
        table.push("cumulative_fraction", column(|b| b.cumulative_fraction))?;
        table.push("cumulative_gain", column(|b| b.cumulative_gain))?;
        table.push("cumulative_lift", column(|b| b.cumulative_lift))?;
        table.push("threshold", column(|b| b.threshold))?;
        Ok(table)
    }

    /// Lift of the `fraction` of customers with the largest scores; 0.1 is the top-decile lift. Its interval is Wilson's for
    /// the share of churners found, over the fraction.
    ///
    /// # Errors
    /// [`Error::NotIdentified`] if nobody churned or nobody stayed; [`Error::InvalidArgument`] unless 0 < fraction <= 1,
    /// and for the level.
    pub fn lift(&self, fraction: f64, level: f64) -> Result<Estimate> {
        let level = error::level("level", level)?;
        self.both_classes("the lift")?;
        if !(fraction > 0.0 && fraction <= 1.0) {
            return Err(Error::argument("fraction", fraction, "it must be above 0 and at most 1"));
        }
        let gain = self.gain(fraction).0;
        let n = self.churned * self.churned / self.churned_squares;
        let Interval { low, high } = wilson(gain * n, n, level).interval;
        // All churners cannot be more than all customers taken.
        let most = (1.0 / fraction).min(1.0 / self.churn_rate());
        let interval = Interval { low: low / fraction, high: (high / fraction).clamp(gain / fraction, most) };
        Ok(Estimate { value: gain / fraction, interval })
    }

    /// Share of churners among the first `fraction` of all weight, and the smallest score there.
    fn gain(&self, fraction: f64) -> (f64, f64) {
        let last = self.groups[0].score;
        if fraction >= 1.0 {
            return (1.0, last);
        }
        let mut left = fraction * self.weight();
        let mut churned = 0.0;
        for group in self.groups.iter().rev() {
            if group.weight() >= left {
                return (((churned + group.churned * left / group.weight()) / self.churned).min(1.0), group.score);
            }
            left -= group.weight();
            churned += group.churned;
        }
        (1.0, last)
    }
}
