//! Transition probabilities with their uncertainty, and the steady state that they lead to.

use ndarray::{Array1, Array2};
use serde::{Deserialize, Serialize};
use statrs::function::beta::inv_beta_reg;

use super::counts::{check_square, check_states};
use crate::error::{self, Error, Result};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::lu::Lu;
use crate::numerics::proportion::wilson;
use crate::table::{Column, Table};

/// Rows may miss 1 by this much, as tables that were rounded do; they are then scaled.
const ROUNDING: f64 = 1e-6;

/// Probabilities of moving from each state (row) to each state (column) within one period.
///
/// ```
/// use cpm_core::portfolio::TransitionMatrix;
/// use ndarray::array;
/// let states = ["new", "loyal", "lapsed"].map(String::from).to_vec();
/// let matrix = TransitionMatrix::from_probabilities(states, array![[0.7, 0.2, 0.1], [0.3, 0.5, 0.2], [0.1, 0.2, 0.7]])?;
/// let steady = matrix.steady_state()?;
/// assert!((steady[0].value - 11.0 / 28.0).abs() < 1e-15);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransitionMatrix {
    states: Vec<String>,
    probabilities: Array2<f64>,
    /// What was counted; `None` if the probabilities were given.
    counted: Option<Counted>,
    level: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Counted {
    counts: Array2<u64>,
    prior: f64,
}

impl TransitionMatrix {
    /// p_ab = (n_ab + α)/(n_a + kα), with k states and a prior weight α per cell (Dirichlet smoothing).
    ///
    /// α = 0 gives the shares themselves with Wilson intervals; α > 0 (½ is Jeffreys' prior) gives the mean of the
    /// Dirichlet posterior, and the central intervals of its beta margins.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a negative α, a level outside (0, 1) or a matrix that does not fit the
    /// states; [`Error::NotIdentified`] naming a state that nobody started from, if α = 0.
    pub fn from_counts(states: Vec<String>, counts: Array2<u64>, prior: f64, level: f64) -> Result<Self> {
        check_states(&states)?;
        check_square("counts", counts.dim(), states.len())?;
        error::non_negative("prior", prior)?;
        error::level("level", level)?;
        let k = states.len() as f64;
        let mut probabilities = Array2::zeros(counts.dim());
        for (a, row) in counts.rows().into_iter().enumerate() {
            let n = row.sum() as f64 + k * prior;
            if n == 0.0 {
                return Err(Error::NotIdentified {
                    model: "the transition matrix",
                    reason: format!("nobody starts from the state {:?}", states[a]),
                    remedy: "Give a prior above 0, such as 0.5, leave the state out, or join it with another"
                        .to_owned(),
                });
            }
            for (b, count) in row.iter().enumerate() {
                probabilities[(a, b)] = (*count as f64 + prior) / n;
            }
        }
        Ok(Self { states, probabilities, counted: Some(Counted { counts, prior }), level })
    }

    /// Probabilities that are known: everything computed from them has intervals of no width.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a probability outside [0, 1], a row that does not sum to 1 (rounding to six
    /// digits is accepted and scaled away), or a matrix that does not fit the states.
    pub fn from_probabilities(states: Vec<String>, mut probabilities: Array2<f64>) -> Result<Self> {
        check_states(&states)?;
        check_square("probabilities", probabilities.dim(), states.len())?;
        for (a, mut row) in probabilities.rows_mut().into_iter().enumerate() {
            check_row(&states[a], row.as_slice().unwrap_or(&row.to_vec()))?;
            let sum = row.sum();
            row /= sum;
        }
        Ok(Self { states, probabilities, counted: None, level: 0.95 })
    }

    /// The states, in the order of rows and columns.
    #[must_use]
    pub fn states(&self) -> &[String] {
        &self.states
    }

    /// The probabilities, rows from, columns to. Each row sums to 1.
    #[must_use]
    pub fn probabilities(&self) -> &Array2<f64> {
        &self.probabilities
    }

    /// The moves that were counted; `None` if the probabilities were given.
    #[must_use]
    pub fn counts(&self) -> Option<&Array2<u64>> {
        self.counted.as_ref().map(|c| &c.counts)
    }

    /// Probability that an interval holds.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.level
    }

    /// One probability with its interval.
    ///
    /// # Panics
    /// If there is no such state, like indexing a slice.
    #[must_use]
    pub fn estimate(&self, from: usize, to: usize) -> Estimate {
        let value = self.probabilities[(from, to)];
        let Some(Counted { counts, prior }) = &self.counted else {
            return Estimate { value, interval: Interval { low: value, high: value } };
        };
        let (moves, starts) = (counts[(from, to)], counts.row(from).sum());
        if *prior == 0.0 {
            return wilson(moves as f64, starts as f64, self.level);
        }
        let a = moves as f64 + prior;
        let b = (starts - moves) as f64 + (self.states.len() - 1) as f64 * prior;
        let tail = 0.5 * (1.0 - self.level);
        Estimate { value, interval: Interval { low: inv_beta_reg(a, b, tail), high: inv_beta_reg(a, b, 1.0 - tail) } }
    }

    /// Probabilities of moving within `periods` periods: the power of the matrix.
    #[must_use]
    pub fn after(&self, periods: u32) -> Array2<f64> {
        let mut result = Array2::eye(self.states.len());
        for bit in (0..32 - periods.leading_zeros()).rev() {
            result = result.dot(&result);
            if periods >> bit & 1 == 1 {
                result = result.dot(&self.probabilities);
            }
        }
        result
    }

    /// Shares of the customers in each state in the long run, π = π·P, with intervals (delta method on the
    /// log-odds; derivatives from the fundamental matrix, Schweitzer 1968).
    ///
    /// States that customers leave for good have a share of 0.
    ///
    /// # Errors
    /// [`Error::NotIdentified`] if the long run depends on where customers start: several sets of states that are
    /// never left.
    pub fn steady_state(&self) -> Result<Vec<Estimate>> {
        let closed = self.closed_class()?;
        let pi = stationary(&self.probabilities, &closed);
        let k = self.states.len();
        // Z = (I − P + 1π)^-1: dπ = π·dP·Z.
        let z =
            Lu::new(&Array2::from_shape_fn((k, k), |(i, j)| f64::from(i == j) - self.probabilities[(i, j)] + pi[j]))
                .map(|lu| lu.inverse());
        let estimate = |j: usize| {
            let value = pi[j];
            let variance = z.as_ref().map_or(0.0, |z| self.variance(|a| z.column(j).mapv(|z| pi[a] * z)));
            // A share of 0 or 1 follows from the structure, not from the counts.
            if variance <= 0.0 || value <= 0.0 || value >= 1.0 {
                return Estimate { value, interval: Interval { low: value, high: value } };
            }
            let reach = half_width(self.level) * variance.sqrt() / (value * (1.0 - value));
            let odds = value / (1.0 - value);
            let share = |shift: f64| 1.0 / (1.0 + (-shift).exp() / odds);
            Estimate { value, interval: Interval { low: share(-reach).min(value), high: share(reach).max(value) } }
        };
        Ok((0..k).map(estimate).collect())
    }

    /// Variance of a quantity whose derivative in the probabilities of row a is `gradient(a)`:
    /// Σ_a g'·(diag(p_a) − p_a·p_a')·g/(n_a + kα + 1), the rows being independent; without a prior, over n_a.
    pub(super) fn variance(&self, gradient: impl Fn(usize) -> Array1<f64>) -> f64 {
        let Some(Counted { counts, prior }) = &self.counted else { return 0.0 };
        let k = self.states.len();
        let of_row = |a: usize| {
            let g = gradient(a);
            let row = self.probabilities.row(a);
            let mean = row.dot(&g);
            let spread: f64 = row.iter().zip(&g).map(|(p, g)| p * (g - mean).powi(2)).sum();
            let n = counts.row(a).sum() as f64;
            spread / if *prior > 0.0 { n + k as f64 * prior + 1.0 } else { n }
        };
        (0..k).map(of_row).sum()
    }

    /// Position of each named state.
    pub(super) fn positions(&self, names: &[&str]) -> Result<Vec<usize>> {
        let position = |name: &&str| {
            self.states
                .iter()
                .position(|s| s == name)
                .ok_or_else(|| Error::argument("state", name, format!("the states are {}", self.states.join(", "))))
        };
        names.iter().map(position).collect()
    }

    /// Which states can be reached from which, in any number of periods, 0 included.
    pub(super) fn reachable(&self) -> Array2<bool> {
        let k = self.states.len();
        let mut reach = Array2::from_shape_fn((k, k), |(i, j)| i == j || self.probabilities[(i, j)] > 0.0);
        for via in 0..k {
            for i in 0..k {
                for j in 0..k {
                    reach[(i, j)] |= reach[(i, via)] && reach[(via, j)];
                }
            }
        }
        reach
    }

    /// The one set of states that is never left once reached.
    fn closed_class(&self) -> Result<Vec<usize>> {
        let (reach, k) = (self.reachable(), self.states.len());
        let closed = |i: usize| (0..k).all(|j| !reach[(i, j)] || reach[(j, i)]);
        let class = |i: usize| -> Vec<usize> { (0..k).filter(|&j| reach[(i, j)]).collect() };
        let mut classes: Vec<Vec<usize>> = (0..k).filter(|&i| closed(i)).map(class).collect();
        classes.dedup();
        classes.sort();
        classes.dedup();
        if let [only] = classes.as_slice() {
            return Ok(only.clone());
        }
        let name = |class: &Vec<usize>| class.iter().map(|&i| self.states[i].as_str()).collect::<Vec<_>>().join(", ");
        Err(Error::NotIdentified {
            model: "the steady state",
            reason: format!(
                "customers never leave any of these sets of states: {}",
                classes.iter().map(|c| format!("[{}]", name(c))).collect::<Vec<_>>().join(", ")
            ),
            remedy: "Use absorbing for the shares that end in each, or leave out the sets that are not of interest"
                .to_owned(),
        })
    }

    /// One row per pair of states: `from, to, count, probability, low, high`; without `count` if the probabilities
    /// were given.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let k = self.states.len();
        let cells: Vec<Estimate> = (0..k * k).map(|ab| self.estimate(ab / k, ab % k)).collect();
        let state = |of: &dyn Fn(usize) -> usize| Column::Category {
            names: self.states.clone(),
            codes: (0..k * k).map(|ab| of(ab) as u32).collect(),
        };
        let mut table = Table::new();
        table.push("from", state(&|ab| ab / k))?;
        table.push("to", state(&|ab| ab % k))?;
        if let Some(counts) = self.counts() {
            table.push("count", Column::Integer(counts.iter().map(|n| *n as i64).collect()))?;
        }
        table.push("probability", Column::Float(self.probabilities.iter().copied().collect()))?;
        table.push("low", Column::Float(cells.iter().map(|e| e.interval.low).collect()))?;
        table.push("high", Column::Float(cells.iter().map(|e| e.interval.high).collect()))?;
        Ok(table)
    }
}

pub(super) fn check_row(state: &str, row: &[f64]) -> Result<()> {
    if let Some(p) = row.iter().find(|p| !(0.0..=1.0).contains(*p)) {
        let expected = format!("probabilities of leaving {state:?} must lie between 0 and 1");
        return Err(Error::argument("probability", p, expected));
    }
    let sum: f64 = row.iter().sum();
    if (sum - 1.0).abs() > ROUNDING {
        let expected = format!("the probabilities of the row {state:?} must sum to 1; correct or complete the row");
        return Err(Error::argument("sum of probabilities", sum, expected));
    }
    Ok(())
}

/// The stationary distribution of a closed class by Grassmann, Taksar & Heyman (1985): it only adds, multiplies
/// and divides positive numbers, so no digits cancel.
fn stationary(p: &Array2<f64>, class: &[usize]) -> Vec<f64> {
    let n = class.len();
    let mut a = Array2::from_shape_fn((n, n), |(i, j)| p[(class[i], class[j])]);
    for k in (1..n).rev() {
        let out: f64 = (0..k).map(|j| a[(k, j)]).sum();
        for i in 0..k {
            a[(i, k)] /= out;
            for j in 0..k {
                let through = a[(i, k)] * a[(k, j)];
                a[(i, j)] += through;
            }
        }
    }
    let mut weights = vec![1.0; n];
    for k in 1..n {
        weights[k] = (0..k).map(|i| weights[i] * a[(i, k)]).sum();
    }
    let total: f64 = weights.iter().sum();
    let mut pi = vec![0.0; p.nrows()];
    class.iter().zip(weights).for_each(|(&state, weight)| pi[state] = weight / total);
    pi
}

#[cfg(test)]
#[path = "matrix_tests.rs"]
mod tests;
