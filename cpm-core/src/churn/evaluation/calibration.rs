//! Calibration curve: of those who were said to churn with 30 %, do 30 % churn?

use serde::Serialize;

use super::ScoredCustomers;
use super::scored::Group;
use crate::error::{self, Error, Result};
use crate::estimate::Interval;
use crate::numerics::proportion::wilson;
use crate::table::{Column, Table};

/// How probabilities are cut into bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Binning {
    /// At quantiles of the rows, so that bins hold about equally many; equal probabilities stay together.
    #[default]
    Quantile,
    /// At equal steps from 0 to 1.
    EqualWidth,
}

/// One bin of a calibration curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Rows in the bin.
    pub customers: usize,
    /// Mean probability.
    pub predicted: f64,
    /// Share that churned.
    pub observed: f64,
    /// Wilson's interval of that share.
    pub interval: Interval,
    /// Share of all weight that is in the bin.
    pub weight: f64,
    /// Mean of p(1 − p) over the effective number of rows: the variance of the share if the probabilities are right.
    variance: f64,
}

/// How far probabilities are from what happened, over the bins of a calibration curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationError {
    /// Expected calibration error: mean distance of observed share and mean probability, weighted by the bins' size (Naeini,
    /// Cooper & Hauskrecht 2015).
    pub expected: f64,
    /// The largest of these distances.
    pub maximum: f64,
    /// What `expected` would be on average by chance alone, if every probability were right: a smaller error shows nothing.
    pub by_chance: f64,
}

impl ScoredCustomers {
    /// The calibration curve, by ascending probability; empty bins are left out. Rows on an edge belong to the bin below.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] naming a score outside 0 and 1; [`Error::InvalidArgument`] for 0 bins or the level.
    pub fn calibration_curve(&self, binning: Binning, bins: usize, level: f64) -> Result<Vec<CalibrationBin>> {
        let level = error::level("level", level)?;
        self.probabilities()?;
        let edges = self.edges(binning, bins)?;
        let bin = |groups: &[Group]| {
            let weight: f64 = groups.iter().map(Group::weight).sum();
            let squares: f64 = groups.iter().map(|g| g.churned_squares + g.stayed_squares).sum();
            let churned: f64 = groups.iter().map(|g| g.churned).sum();
            let mean = |of: fn(f64) -> f64| groups.iter().map(|g| g.weight() * of(g.score)).sum::<f64>() / weight;
            let n = weight * weight / squares;
            let observed = wilson((churned / weight).min(1.0) * n, n, level);
            CalibrationBin {
                customers: groups.iter().map(|g| g.rows).sum(),
                predicted: mean(|p| p),
                observed: observed.value,
                interval: observed.interval,
                weight: weight / self.weight(),
                variance: mean(|p| p * (1.0 - p)) / n,
            }
        };
        Ok(self.in_bins(&edges).map(bin).collect())
    }

    /// [`calibration_curve`](Self::calibration_curve) as columns `customers, predicted, observed, low, high`.
    ///
    /// # Errors
    /// As [`calibration_curve`](Self::calibration_curve).
    pub fn calibration_table(&self, binning: Binning, bins: usize, level: f64) -> Result<Table> {
        let curve = self.calibration_curve(binning, bins, level)?;
        let column = |of: fn(&CalibrationBin) -> f64| Column::Float(curve.iter().map(of).collect());
        let mut table = Table::new();
        table.push("customers", Column::Integer(curve.iter().map(|b| b.customers as i64).collect()))?;
        table.push("predicted", column(|b| b.predicted))?;
        table.push("observed", column(|b| b.observed))?;
        table.push("low", column(|b| b.interval.low))?;
        table.push("high", column(|b| b.interval.high))?;
        Ok(table)
    }

    /// Expected and maximum calibration error.
    ///
    /// # Errors
    /// As [`calibration_curve`](Self::calibration_curve).
    pub fn calibration_error(&self, binning: Binning, bins: usize) -> Result<CalibrationError> {
        let curve = self.calibration_curve(binning, bins, 0.95)?;
        let distance = |b: &CalibrationBin| (b.observed - b.predicted).abs();
        Ok(CalibrationError {
            expected: curve.iter().map(|b| b.weight * distance(b)).sum(),
            maximum: curve.iter().map(distance).fold(0.0, f64::max),
            // E|X| of a normal X is its standard deviation times the square root of 2/π.
            by_chance: curve.iter().map(|b| b.weight * (std::f64::consts::FRAC_2_PI * b.variance).sqrt()).sum(),
        })
    }

    /// Inner edges of the bins, ascending.
    pub(super) fn edges(&self, binning: Binning, bins: usize) -> Result<Vec<f64>> {
        if bins == 0 {
            return Err(Error::argument("bins", bins, "there must be at least one bin"));
        }
        let inner = (1..bins).map(|k| k as f64 / bins as f64);
        if binning == Binning::EqualWidth {
            return Ok(inner.collect());
        }
        // Rows up to and including each group.
        let until: Vec<usize> = self
            .groups
            .iter()
            .scan(0, |rows, group| {
                *rows += group.rows;
                Some(*rows)
            })
            .collect();
        let row = |position: usize| self.groups[until.partition_point(|rows| *rows <= position)].score;
        // Linear interpolation between order statistics, as NumPy's quantile.
        let quantile = |q: f64| {
            let position = q * (self.rows - 1) as f64;
            let share = position.fract();
            let (here, next) = (row(position as usize), row((position as usize + 1).min(self.rows - 1)));
            if share < 0.5 { here + share * (next - here) } else { next - (1.0 - share) * (next - here) }
        };
        Ok(inner.map(quantile).collect())
    }

    /// The groups of each bin that is not empty.
    pub(super) fn in_bins<'a>(&'a self, edges: &'a [f64]) -> impl Iterator<Item = &'a [Group]> + 'a {
        let bin = |g: &Group| edges.partition_point(|edge| *edge < g.score);
        self.groups.chunk_by(move |a, b| bin(a) == bin(b))
    }
}
