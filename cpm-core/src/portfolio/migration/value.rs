//! What a customer in each state is worth.

use ndarray::{Array1, Array2};

use super::TransitionMatrix;
use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::lu::Lu;

impl TransitionMatrix {
    /// Expected discounted reward of a customer by state, V = (I − P/(1 + d))^-1·R (Pfeifer & Carraway 2000, Journal
    /// of Interactive Marketing 14(2), equation 6), with intervals by the delta method.
    ///
    /// `rewards` is the margin (less cost of contact) of being in each state at the beginning of a period, the first one now;
    /// `discount_rate` is per period. With a `horizon` of T, rewards at the beginnings of periods 0 to T count (their equation 4).
    ///
    /// ```
    /// use cpm_core::portfolio::TransitionMatrix;
    /// use ndarray::array;
    /// // Pfeifer & Carraway: purchase probabilities by recency .3, .2, .15, .05; margin 40, a contact costs 4, d = 20 %.
    /// let states = ["1", "2", "3", "4", "lost"].map(String::from).to_vec();
    /// let p = array![
    ///     [0.30, 0.70, 0.00, 0.00, 0.00],
    ///     [0.20, 0.00, 0.80, 0.00, 0.00],
    ///     [0.15, 0.00, 0.00, 0.85, 0.00],
    ///     [0.05, 0.00, 0.00, 0.00, 0.95],
    ///     [0.00, 0.00, 0.00, 0.00, 1.00]
    /// ];
    /// let value = TransitionMatrix::from_probabilities(states, p)?.value(&[36.0, -4.0, -4.0, -4.0, 0.0], 0.2, None)?;
    /// let rounded: Vec<f64> = value.iter().map(|v| (v.value * 1e4).round() / 1e4).collect();
    /// assert_eq!(rounded, [52.3196, 5.5538, 1.2508, -1.82, 0.0]);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is one reward per state; [`Error::InvalidValue`] for a reward that is not
    /// finite; [`Error::InvalidArgument`] for a negative rate, or a rate of 0 without a horizon.
    pub fn value(&self, rewards: &[f64], discount_rate: f64, horizon: Option<u32>) -> Result<Vec<Estimate>> {
        check_rewards(rewards, self.states().len())?;
        error::non_negative("discount_rate", discount_rate)?;
        let k = self.states().len();
        let step = self.probabilities() / (1.0 + discount_rate);
        let rewards = Array1::from(rewards.to_vec());
        // gradients[i] has in row a the derivative of V_i in the probabilities of leaving a.
        let (values, gradients) = match horizon {
            Some(periods) => finite(&step, &rewards, periods),
            None => {
                let total = visits(&step, discount_rate)?;
                let values = total.dot(&rewards);
                let gradient = |i: usize| Array2::from_shape_fn((k, k), |(a, b)| total[(i, a)] * values[b]);
                let gradients = (0..k).map(gradient).collect();
                (values, gradients)
            }
        };
        let estimate = |(value, gradient): (&f64, &Array2<f64>)| {
            let spread = self.variance(|a| gradient.row(a).to_owned()).sqrt() / (1.0 + discount_rate);
            let reach = half_width(self.level()) * spread;
            Estimate { value: *value, interval: Interval { low: value - reach, high: value + reach } }
        };
        Ok(values.iter().zip(&gradients).map(estimate).collect())
    }
}

/// Discounted number of visits to each state (column) from each (row): (I − P/(1 + d))^-1.
pub(super) fn visits(step: &Array2<f64>, discount_rate: f64) -> Result<Array2<f64>> {
    let k = step.nrows();
    let leaving = Array2::from_shape_fn((k, k), |(i, j)| f64::from(i == j) - step[(i, j)]);
    Lu::new(&leaving).filter(|_| discount_rate > 0.0).map(|lu| lu.inverse()).ok_or_else(|| {
        let expected = "without discounting rewards add up without end; give a rate above 0 or a horizon";
        Error::argument("discount_rate", discount_rate, expected)
    })
}

/// V_T = R + A·V_{T−1}, and its derivatives in the rows of A: Σ_s [A^(s−1)]_ia·V_{T−s}.
fn finite(step: &Array2<f64>, rewards: &Array1<f64>, periods: u32) -> (Array1<f64>, Vec<Array2<f64>>) {
    let k = rewards.len();
    let mut path = vec![rewards.clone()];
    for t in 0..periods as usize {
        path.push(rewards + &step.dot(&path[t]));
    }
    let mut gradients = vec![Array2::<f64>::zeros((k, k)); k];
    let mut power = Array2::<f64>::eye(k);
    for s in 1..path.len() {
        let later = &path[path.len() - 1 - s];
        for (i, gradient) in gradients.iter_mut().enumerate() {
            for a in 0..k {
                gradient.row_mut(a).scaled_add(power[(i, a)], later);
            }
        }
        power = power.dot(step);
    }
    (path.swap_remove(periods as usize), gradients)
}

pub(super) fn check_rewards(rewards: &[f64], states: usize) -> Result<()> {
    same_length("rewards", rewards.len(), "states", states)?;
    match rewards.iter().position(|r| !r.is_finite()) {
        Some(row) => Err(Error::InvalidValue {
            column: "rewards",
            row,
            value: rewards[row].to_string(),
            expected: "a reward is a finite number",
            remedy: "Give 0 for a state that brings and costs nothing",
        }),
        None => Ok(()),
    }
}
