//! Which action in which state is worth most.

use ndarray::{Array1, Array2};
use serde::Serialize;

use super::counts::{check_square, check_states};
use super::matrix::check_row;
use super::value::{check_rewards, visits};
use crate::error::{self, Error, Result};
use crate::table::{Column, Table};

/// Something that can be done in every state: contact by mail, call, nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct MarkovAction {
    /// Its name.
    pub name: String,
    /// Transition probabilities under it, rows from, columns to.
    pub probabilities: Array2<f64>,
    /// Reward of each state under it: margin less cost of the action.
    pub rewards: Vec<f64>,
}

/// The best action in each state; see [`contact_policy`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContactPolicy {
    /// The states.
    pub states: Vec<String>,
    /// Name of the best action in each.
    pub actions: Vec<String>,
    /// Value of a customer in each state under this policy.
    pub values: Vec<f64>,
    /// How much less the next best action is worth in each state, all later choices being the best; 0 if there is a tie.
    pub margins: Vec<f64>,
    /// Rounds of policy iteration until nothing changed.
    pub iterations: usize,
}

/// Best action in each state by policy iteration (Howard 1960; for customers Pfeifer & Carraway 2000).
///
/// The policy is evaluated exactly, V = (I − P/(1 + d))^-1·R, then every state takes the action that is worth most given
/// these values, until none changes; each round is better than the one before, so it ends at an optimum. Among
/// actions of equal value the one named first is taken.
///
/// ```
/// use cpm_core::portfolio::{MarkovAction, contact_policy};
/// use ndarray::array;
/// // Pfeifer & Carraway: is it worth writing to those who have not bought for four periods?
/// let states = ["1", "2", "3", "4", "lost"].map(String::from).to_vec();
/// let lost = [0.0, 0.0, 0.0, 0.0, 1.0];
/// let p = array![
///     [0.30, 0.70, 0.00, 0.00, 0.00],
///     [0.20, 0.00, 0.80, 0.00, 0.00],
///     [0.15, 0.00, 0.00, 0.85, 0.00],
///     [0.05, 0.00, 0.00, 0.00, 0.95],
///     lost
/// ];
/// let contact = MarkovAction { name: "contact".into(), probabilities: p, rewards: vec![36.0, -4.0, -4.0, -4.0, 0.0] };
/// let nothing = MarkovAction {
///     name: "nothing".into(),
///     probabilities: array![lost, lost, lost, lost, lost],
///     rewards: vec![40.0, 0.0, 0.0, 0.0, 0.0],
/// };
/// let policy = contact_policy(states, &[contact, nothing], 0.2)?;
/// assert_eq!(policy.actions, ["contact", "contact", "contact", "nothing", "contact"]);
/// assert!(policy.values[0] > 52.3196);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for no action, matrices that do not fit the states, probabilities outside \[0, 1\], rows that do not
/// sum to 1, or a rate that is not above 0; [`Error::LengthMismatch`] and [`Error::InvalidValue`] for rewards.
pub fn contact_policy(states: Vec<String>, actions: &[MarkovAction], discount_rate: f64) -> Result<ContactPolicy> {
    check_states(&states)?;
    error::positive("discount_rate", discount_rate)?;
    if actions.is_empty() {
        return Err(Error::argument("actions", "none", "give at least one action"));
    }
    for action in actions {
        check_square("probabilities", action.probabilities.dim(), states.len())?;
        check_rewards(&action.rewards, states.len())?;
        for (state, row) in states.iter().zip(action.probabilities.rows()) {
            check_row(state, &row.to_vec())?;
        }
    }
    let k = states.len();
    let mut policy = vec![0_usize; k];
    let mut iterations = 0;
    loop {
        iterations += 1;
        let step =
            Array2::from_shape_fn((k, k), |(i, j)| actions[policy[i]].probabilities[(i, j)] / (1.0 + discount_rate));
        let rewards: Array1<f64> = (0..k).map(|i| actions[policy[i]].rewards[i]).collect();
        let values = visits(&step, discount_rate)?.dot(&rewards);
        let worth = |i: usize, action: &MarkovAction| {
            action.rewards[i] + action.probabilities.row(i).dot(&values) / (1.0 + discount_rate)
        };
        let scale = values.iter().fold(1e-300, |largest: f64, v| largest.max(v.abs()));
        let mut changed = false;
        for (i, choice) in policy.iter_mut().enumerate() {
            let mut best = *choice;
            for (candidate, action) in actions.iter().enumerate() {
                // Rounding must not make equal actions take turns for ever.
                if worth(i, action) > worth(i, &actions[best]) + 1e-12 * scale {
                    best = candidate;
                }
            }
            changed |= best != *choice;
            *choice = best;
        }
        if !changed {
            // Of equal actions the first.
            for (i, choice) in policy.iter_mut().enumerate() {
                let best = worth(i, &actions[*choice]);
                let equal = |action: &MarkovAction| (worth(i, action) - best).abs() <= 1e-12 * scale;
                *choice = actions.iter().position(equal).unwrap_or(*choice);
            }
            let second = |i: usize| {
                let others = actions.iter().enumerate().filter(|(a, _)| *a != policy[i]);
                let next = others.map(|(_, action)| worth(i, action)).fold(f64::NEG_INFINITY, f64::max);
                if next.is_finite() { (values[i] - next).max(0.0) } else { 0.0 }
            };
            return Ok(ContactPolicy {
                actions: policy.iter().map(|&a| actions[a].name.clone()).collect(),
                margins: (0..k).map(second).collect(),
                values: values.to_vec(),
                states,
                iterations,
            });
        }
    }
}

impl ContactPolicy {
    /// One row per state: `state, action, value, margin`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("state", Column::Text(self.states.clone()))?;
        table.push("action", Column::Text(self.actions.clone()))?;
        table.push("value", Column::Float(self.values.clone()))?;
        table.push("margin", Column::Float(self.margins.clone()))?;
        Ok(table)
    }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
