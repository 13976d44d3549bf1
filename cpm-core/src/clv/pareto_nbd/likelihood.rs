//! Log-likelihood with gradient and Hessian in the log-parameters.
//!
//! Given the time of death, or that the customer is alive, the likelihood is elementary; the history's is a mixture
//! over the outcomes of the [`Race`](super::race::Race). So its gradient is the mean of the elementary ones, its Hessian
//! the mean of the elementary Hessians plus the covariance of the elementary gradients (Louis 1982), all over the
//! same nodes as the likelihood itself. Each is linear or quadratic in four functions of the time of death:
//! ln(1 + y/a), y/(a+y), ln(1 + y/b), y/(b+y), with a = α + t_x, b = β + t_x.

use super::ParetoNbd;
use super::race::Node;
use crate::clv::derivatives::Derivatives;
use crate::clv::latent_attrition::Standing;
use crate::clv::likelihood_sum::LikelihoodSum;
use crate::numerics::gamma::{digamma_rising, ln_rising, trigamma_rising};
use crate::numerics::newton::Evaluation;
use crate::summary::History;

/// ln Γ(r+x) - ln Γ(r) and its derivatives in r: they depend on x alone.
#[derive(Clone, Copy)]
struct OfX {
    value: f64,
    first: f64,
    second: f64,
}

/// Sums over the times of death: weight, weighted functions, and their products.
#[derive(Clone, Copy, Default)]
struct Moments {
    weight: f64,
    first: [f64; 4],
    /// Row by row: the products on and right of the diagonal.
    second: [f64; 10],
}

fn functions(node: &Node) -> [f64; 4] {
    [node.ln_purchase, node.share_purchase, node.ln_death, node.share_death]
}

impl Moments {
    fn add(&mut self, node: &Node) {
        let v = functions(node);
        self.weight += node.weight;
        let mut k = 0;
        for i in 0..4 {
            let weighted = node.weight * v[i];
            self.first[i] += weighted;
            for other in &v[i..] {
                self.second[k] += weighted * other;
                k += 1;
            }
        }
    }

    /// Means given death first.
    fn mean(&self) -> Self {
        if self.weight == 0.0 {
            return Self::default();
        }
        let over = 1.0 / self.weight;
        Self { weight: 1.0, first: self.first.map(|m| m * over), second: self.second.map(|m| m * over) }
    }
}

/// ln of the likelihood from its parts: ln Γ(r+x)/Γ(r), and ln of the probability of the silence since `t_x`.
pub(super) fn ln_likelihood(model: &ParetoNbd, h: History, ln_rising: f64, ln_silence: f64) -> f64 {
    // Γ(r+x)/Γ(r) α^r/(α+t_x)^(r+x) (β/(β+t_x))^s with the powers of large numbers cancelled.
    let purchases = ln_rising - model.r * (h.t_x / model.alpha).ln_1p() - h.x * (model.alpha + h.t_x).ln();
    purchases - model.s * (h.t_x / model.beta).ln_1p() + ln_silence
}

/// Log-likelihood of all histories, with derivatives in ln r, ln α, ln s, ln β.
pub(super) fn evaluate(sum: &LikelihoodSum<'_>, model: &ParetoNbd) -> Evaluation {
    sum.evaluate_in_logs(|x| OfX::new(model.r, x), |h, of_x| of_history(model, *h, *of_x))
}

/// The same over histories sorted by x, one after the other.
pub(super) fn of_histories(model: &ParetoNbd, histories: &[History], weights: &[f64]) -> Derivatives<4> {
    let mut sum = Derivatives::ZERO;
    let mut last: Option<(f64, OfX)> = None;
    for (h, weight) in histories.iter().zip(weights) {
        let (_, of_x) = match last {
            Some(of) if of.0 == h.x => of,
            _ => *last.insert((h.x, OfX::new(model.r, h.x))),
        };
        sum.add(*weight, &of_history(model, *h, of_x));
    }
    sum
}

impl OfX {
    fn new(r: f64, x: f64) -> Self {
        Self { value: ln_rising(r, x), first: digamma_rising(r, x), second: trigamma_rising(r, x) }
    }
}

fn of_history(model: &ParetoNbd, h: History, of_x: OfX) -> Derivatives<4> {
    let mut moments = Moments::default();
    let (silence, end) = model.race(h).run_with(h.T - h.t_x, |nodes| nodes.iter().for_each(|node| moments.add(node)));
    let Standing { alive, gone: dead } = silence.standing();
    let if_alive = functions(&end);
    let if_dead = moments.mean();

    let given = Given::new(model, h, of_x);
    let (score_alive, score_dead) = (given.score(if_alive, 0.0), given.score(if_dead.first, 1.0));
    let squares = [if_alive[1] * if_alive[1], if_alive[3] * if_alive[3]];
    let hessian_alive = given.hessian(if_alive, squares, 0.0);
    let hessian_dead = given.hessian(if_dead.first, [if_dead.second[4], if_dead.second[9]], 1.0);
    let slope = given.slope_if_dead();

    let mut hessian = [[0.0; 4]; 4];
    let mut k = 0;
    for i in 0..4 {
        for j in i..4 {
            // Between the outcomes, and within death first, where the score is linear in the functions.
            let between = (score_alive[i] - score_dead[i]) * (score_alive[j] - score_dead[j]);
            let within = if_dead.second[k] - if_dead.first[i] * if_dead.first[j];
            hessian[i][j] = alive * dead * between
                + dead * slope[i] * slope[j] * within
                + alive * hessian_alive[k]
                + dead * hessian_dead[k];
            k += 1;
        }
    }
    Derivatives {
        value: ln_likelihood(model, h, of_x.value, silence.ln_probability()),
        gradient: std::array::from_fn(|i| alive * score_alive[i] + dead * score_dead[i]),
        hessian,
    }
}

/// The likelihood given the time of death τ (or T, if alive): its derivatives in the log-parameters.
struct Given<'a> {
    model: &'a ParetoNbd,
    x: f64,
    of_x: OfX,
    /// α/(α+t_x) and t_x/(α+t_x); β/(β+t_x) and t_x/(β+t_x).
    purchase: [f64; 2],
    death: [f64; 2],
    ln_purchase: f64,
    ln_death: f64,
}

impl<'a> Given<'a> {
    fn new(model: &'a ParetoNbd, h: History, of_x: OfX) -> Self {
        let (a, b) = (model.alpha + h.t_x, model.beta + h.t_x);
        Self {
            model,
            x: h.x,
            of_x,
            purchase: [model.alpha / a, h.t_x / a],
            death: [model.beta / b, h.t_x / b],
            ln_purchase: (h.t_x / model.alpha).ln_1p(),
            ln_death: (h.t_x / model.beta).ln_1p(),
        }
    }

    /// α/(α+τ), τ/(α+τ), β/(β+τ), τ/(β+τ) from the shares of the silence.
    fn shares(&self, v: [f64; 4]) -> [f64; 4] {
        let ([alpha, alpha_tx], [beta, beta_tx]) = (self.purchase, self.death);
        [alpha * (1.0 - v[1]), alpha_tx + alpha * v[1], beta * (1.0 - v[3]), beta_tx + beta * v[3]]
    }

    fn score(&self, v: [f64; 4], death: f64) -> [f64; 4] {
        let (r, s) = (self.model.r, self.model.s);
        let [alpha, alpha_tau, beta, beta_tau] = self.shares(v);
        [
            r * (self.of_x.first - self.ln_purchase - v[0]),
            r * alpha_tau - self.x * alpha,
            death - s * (self.ln_death + v[2]),
            s * beta_tau - death * beta,
        ]
    }

    /// Derivatives of the score in the four functions, given death first.
    fn slope_if_dead(&self) -> [f64; 4] {
        let (r, s) = (self.model.r, self.model.s);
        [-r, (r + self.x) * self.purchase[0], -s, (s + 1.0) * self.death[0]]
    }

    /// The mean Hessian, from the means of the functions and of the squares of the two shares.
    fn hessian(&self, v: [f64; 4], squares: [f64; 2], death: f64) -> [f64; 10] {
        let (r, s) = (self.model.r, self.model.s);
        let [_, alpha_tau, _, beta_tau] = self.shares(v);
        // Means of ατ/(α+τ)² and βτ/(β+τ)².
        let product =
            |[scale, t_x]: [f64; 2], share: f64, square: f64| scale * (t_x * (1.0 - share) + scale * (share - square));
        [
            r * (self.of_x.first - self.ln_purchase - v[0]) + r * r * self.of_x.second,
            r * alpha_tau,
            0.0,
            0.0,
            -(r + self.x) * product(self.purchase, v[1], squares[0]),
            0.0,
            0.0,
            -s * (self.ln_death + v[2]),
            s * beta_tau,
            -(s + death) * product(self.death, v[3], squares[1]),
        ]
    }
}
