//! The log-likelihood of grouped histories with gradient and Hessian.
//!
//! L is a sum of positive terms: alive at n, or dead after opportunity m for m = t_x, …, n - 1. With the terms' shares
//! w of L, the gradient of ln L is the mean of the terms' gradients, and its Hessian the mean of their Hessians plus
//! the covariance of their gradients.

use super::BgBb;
use crate::clv::derivatives::Derivatives;
use crate::numerics::gamma::{digamma_rising, trigamma_rising};
use crate::numerics::parallel;
use crate::numerics::quadrature::log_odds;
use crate::summary::History;

/// Histories per parallel task.
const CHUNK: usize = 64;

/// Differences of digamma and trigamma from z to z + k, for k = 0, 1, …
struct Rising(Vec<[f64; 2]>);

impl Rising {
    fn new(z: f64, longest: usize) -> Self {
        let at = |k: usize| [digamma_rising(z, k as f64), trigamma_rising(z, k as f64)];
        Self(parallel::map(longest + 1, 512, at))
    }

    fn at(&self, k: f64) -> [f64; 2] {
        self.0[k as usize]
    }
}

struct Tables {
    alpha: Rising,
    beta: Rising,
    alpha_beta: Rising,
    delta: Rising,
    gamma_delta: Rising,
    gamma: f64,
}

/// First derivatives in (α, β, γ, δ), and second ones: αα, αβ, ββ, γγ, γδ, δδ (the others are 0).
type Term = ([f64; 4], [f64; 6]);

impl Tables {
    /// Derivatives of ln of P(data, alive until opportunity m, then dead if `dead`).
    fn term(&self, x: f64, m: f64, dead: bool) -> Term {
        let ([a, a2], [b, b2], [ab, ab2]) = (self.alpha.at(x), self.beta.at(m - x), self.alpha_beta.at(m));
        let ([d, d2], [gd, gd2]) = (self.delta.at(m), self.gamma_delta.at(if dead { m + 1.0 } else { m }));
        let (g, g2) = if dead { (1.0 / self.gamma, -1.0 / (self.gamma * self.gamma)) } else { (0.0, 0.0) };
        ([a - ab, b - ab, g - gd, d - gd], [a2 - ab2, -ab2, b2 - ab2, g2 - gd2, -gd2, d2 - gd2])
    }
}

/// Weighted sum over distinct histories of whole numbers.
pub(super) fn log_likelihood(histories: &[History], weights: &[f64], theta: &[f64; 4]) -> Derivatives<4> {
    let model = BgBb::at(*theta);
    let [alpha, beta, gamma, delta] = *theta;
    let longest = histories.iter().fold(0.0, |n: f64, h| n.max(h.T)) as usize + 1;
    let tables = Tables {
        alpha: Rising::new(alpha, longest),
        beta: Rising::new(beta, longest),
        alpha_beta: Rising::new(alpha + beta, longest),
        delta: Rising::new(delta, longest),
        gamma_delta: Rising::new(gamma + delta, longest),
        gamma,
    };
    let parts = parallel::map_chunks(histories.len(), CHUNK, |range| {
        let mut sum = Derivatives::ZERO;
        for g in range {
            let (h, weight) = (histories[g], weights[g]);
            if weight == 0.0 {
                continue;
            }
            let ln_odds = model.ln_odds_dead(h);
            let (ln_dead, ln_alive) = log_odds(ln_odds);
            let (gradient, second) = tables.term(h.x, h.T, false);
            // Means over the terms of what they have beyond the one of being alive.
            let (mut mean, mut squares, mut curvature) = ([0.0; 4], [[0.0; 4]; 4], [0.0; 6]);
            if h.T > h.t_x {
                let deaths = model.death_weights(h);
                let total: f64 = deaths.iter().sum();
                for (i, death) in deaths.iter().enumerate() {
                    let share = ln_dead.exp() * death / total;
                    let (first, other) = tables.term(h.x, h.t_x + i as f64, true);
                    let beyond: [f64; 4] = std::array::from_fn(|j| first[j] - gradient[j]);
                    for j in 0..4 {
                        mean[j] += share * beyond[j];
                        (0..4).for_each(|k| squares[j][k] += share * beyond[j] * beyond[k]);
                    }
                    (0..6).for_each(|j| curvature[j] += share * (other[j] - second[j]));
                }
            }
            let s: [f64; 6] = std::array::from_fn(|j| second[j] + curvature[j]);
            let blocks =
                [[s[0], s[1], 0.0, 0.0], [s[1], s[2], 0.0, 0.0], [0.0, 0.0, s[3], s[4]], [0.0, 0.0, s[4], s[5]]];
            let one = Derivatives {
                value: model.ln_alive_likelihood(h) - ln_alive,
                gradient: std::array::from_fn(|j| gradient[j] + mean[j]),
                hessian: std::array::from_fn(|j| {
                    std::array::from_fn(|k| blocks[j][k] + squares[j][k] - mean[j] * mean[k])
                }),
            };
            sum.add(weight, &one);
        }
        sum
    });
    let mut sum = Derivatives::ZERO;
    parts.for_each(|part| sum.add(1.0, &part));
    sum
}
