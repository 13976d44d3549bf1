//! How long customers stay, and where they end.

use ndarray::{Array1, Array2};
use serde::Serialize;

use super::TransitionMatrix;
use crate::error::{Error, Result};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::lu::Lu;
use crate::table::{Column, Table};

/// A chain in which some states are never left, such as "lost"; see [`TransitionMatrix::absorbing`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AbsorbingChain {
    /// States that customers pass through.
    pub transient: Vec<String>,
    /// States that they end in.
    pub absorbing: Vec<String>,
    /// Expected number of periods spent in each transient state (column) by customers who start in each (row), the
    /// first period included: N = (I − Q)^-1.
    pub time_in_state: Array2<f64>,
    /// Expected number of periods until absorption by state of start: the row sums of N.
    pub time_to_absorption: Vec<Estimate>,
    /// Variance of the number of periods until absorption, (2N − I)·t − t².
    pub variance_of_time: Vec<f64>,
    /// Probability of ending in each absorbing state (column) by state of start (row): B = N·R.
    pub absorption: Array2<f64>,
}

impl TransitionMatrix {
    /// Expected time in each stage, and where customers end, if the named states are never left: what the matrix says
    /// of leaving them is ignored (Kemeny & Snell 1960, chapter 3).
    ///
    /// Times are in periods between two dates. Intervals by the delta method on the logarithm.
    ///
    /// ```
    /// use cpm_core::portfolio::TransitionMatrix;
    /// use ndarray::array;
    /// let states = ["trial", "regular", "lost"].map(String::from).to_vec();
    /// let p = array![[0.2, 0.5, 0.3], [0.0, 0.8, 0.2], [0.0, 0.0, 1.0]];
    /// let chain = TransitionMatrix::from_probabilities(states, p)?.absorbing(&["lost"])?;
    /// assert!((chain.time_to_absorption[0].value - 4.375).abs() < 1e-14); // 1.25 on trial, 3.125 as a regular
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a name that is no state, none, or all of them; [`Error::NotIdentified`] naming
    /// a state from which no absorbing one is ever reached.
    pub fn absorbing(&self, states: &[&str]) -> Result<AbsorbingChain> {
        let ends = self.positions(states)?;
        let transient: Vec<usize> = (0..self.states().len()).filter(|i| !ends.contains(i)).collect();
        if ends.is_empty() || transient.is_empty() {
            let expected = "name at least one absorbing state, and leave at least one that is not";
            return Err(Error::argument("states", states.join(", "), expected));
        }
        let reach = self.reachable();
        if let Some(&stuck) = transient.iter().find(|&&i| !ends.iter().any(|&e| reach[(i, e)])) {
            return Err(Error::NotIdentified {
                model: "the time to absorption",
                reason: format!(
                    "customers in the state {:?} never reach any of: {}",
                    self.states()[stuck],
                    states.join(", ")
                ),
                remedy: "Name that state as absorbing too, or estimate the matrix with a prior above 0".to_owned(),
            });
        }
        let p = self.probabilities();
        let m = transient.len();
        let leaving = Array2::from_shape_fn((m, m), |(i, j)| f64::from(i == j) - p[(transient[i], transient[j])]);
        let n = Lu::new(&leaving).map(|lu| lu.inverse()).ok_or_else(|| Error::NotIdentified {
            model: "the time to absorption",
            reason: "absorption is too rare to be computed".to_owned(),
            remedy: "Estimate the matrix over a longer period".to_owned(),
        })?;
        let time: Array1<f64> = n.sum_axis(ndarray::Axis(1));
        // Time left in any state: 0 once absorbed.
        let mut left = Array1::zeros(self.states().len());
        transient.iter().zip(&time).for_each(|(&state, t)| left[state] = *t);
        let estimate = |i: usize| {
            let value = time[i];
            // dt = N·dQ·t, so the derivative in row a is N_ia·t.
            let row = |a: usize| transient.iter().position(|&s| s == a).map_or(0.0, |a| n[(i, a)]);
            let reach = half_width(self.level()) * self.variance(|a| &left * row(a)).sqrt() / value;
            Estimate { value, interval: Interval { low: value * (-reach).exp(), high: value * reach.exp() } }
        };
        let variance = |i: usize| {
            let second: f64 = n.row(i).iter().zip(&time).map(|(n, t)| 2.0 * n * t).sum();
            (second - time[i] - time[i] * time[i]).max(0.0)
        };
        let exits = Array2::from_shape_fn((m, ends.len()), |(i, e)| p[(transient[i], ends[e])]);
        let names = |positions: &[usize]| positions.iter().map(|&i| self.states()[i].clone()).collect();
        Ok(AbsorbingChain {
            transient: names(&transient),
            absorbing: names(&ends),
            time_to_absorption: (0..m).map(estimate).collect(),
            variance_of_time: (0..m).map(variance).collect(),
            absorption: n.dot(&exits),
            time_in_state: n,
        })
    }
}

impl AbsorbingChain {
    /// One row per state of start: `state, time, time_low, time_high, standard_deviation`, then `time_in_` each
    /// transient state and `ends_in_` each absorbing one.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if two states have one name, which a matrix does not allow.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("state", Column::Text(self.transient.clone()))?;
        table.push_estimates(["time", "time_low", "time_high"], self.time_to_absorption.iter().copied())?;
        table.push("standard_deviation", Column::Float(self.variance_of_time.iter().map(|v| v.sqrt()).collect()))?;
        for (j, name) in self.transient.iter().enumerate() {
            table.push(&format!("time_in_{name}"), Column::Float(self.time_in_state.column(j).to_vec()))?;
        }
        for (j, name) in self.absorbing.iter().enumerate() {
            table.push(&format!("ends_in_{name}"), Column::Float(self.absorption.column(j).to_vec()))?;
        }
        Ok(table)
    }
}

#[cfg(test)]
#[path = "absorbing_tests.rs"]
mod tests;
