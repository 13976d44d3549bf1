//! The distribution of the number of purchases of a living customer.
//!
//! Until it dies or the horizon ends, a customer purchases like one of the NBD model. Hence
//! P(N(t) = n) = S(t) NB(n; t) + ∫ s/(β+v) S(v) NB(n; v) dv, where NB(n; v) is the probability of n purchases in v without
//! death (Fader & Hardie's derivation before it is written with 2F1). All n share the nodes of the
//! integral; at each node the probabilities follow from each other.

use super::living::LivingCustomer;
use crate::clv::latent_attrition::Living;
use crate::numerics::decay::decay_panels;
use crate::numerics::gamma::ln_rising;

/// Largest number of purchases with a probability of its own; what is left of the probability goes to it.
const MAX_COUNT: usize = 1_000_000;
/// Share of the tail that may be lost at any node, and by ending the integral.
const LOST: f64 = 1e-3;
/// Standard deviations of NB(n; v), as a function of ln v, to a panel.
const PANEL: f64 = 5.0;

/// The rate of panels per unit of ln v that follows NB(n; v) for any n.
pub(in crate::clv) fn density_of_counts(r: f64, alpha: f64, v: f64) -> f64 {
    let width = 1.0 / (1.0 + f64::min(r * v / alpha, r)).sqrt();
    16.0 / (PANEL * width)
}

impl LivingCustomer {
    /// P(N(t) = n) for n = 0, 1, … until the rest is below `tail`.
    pub(super) fn probabilities_of_counts(&self, t: f64, tail: f64, out: &mut Vec<f64>) {
        let Self { r, alpha, s, beta } = *self;
        let mut counts = CountsOverTime::new(r, alpha, LOST * tail, out);
        // From here on the probability of any n is a function of ln v.
        let c = f64::min(alpha / (1.0 + r), beta / (1.0 + s));
        let rate = |u: f64| {
            let v = c * u.exp_m1();
            s * (c + v) / (beta + v) + density_of_counts(r, alpha, v)
        };
        decay_panels((t / c).ln_1p(), rate, |nodes, weights| {
            let mut alive = 1.0;
            for (&u, &w) in nodes.iter().zip(weights) {
                let v = c * u.exp_m1();
                let alive_after = self.alive_after(v);
                alive = f64::min(alive, alive_after);
                counts.add(w * (c + v) * s / (beta + v) * alive_after, v);
            }
            alive > LOST * tail
        });
        counts.add(self.alive_after(t), t);
        counts.finish(tail);
    }
}

/// A mixture of NB(n; v) over times v, for n = 0, 1, …
pub(in crate::clv) struct CountsOverTime<'a> {
    r: f64,
    alpha: f64,
    /// Share that may be lost at any v.
    lost: f64,
    /// The part of the recurrence's factors that is the same for all v, (r+n)/(n+1), as far as they have been needed.
    steps: Vec<f64>,
    one: Vec<f64>,
    out: &'a mut Vec<f64>,
}

impl<'a> CountsOverTime<'a> {
    pub(in crate::clv) fn new(r: f64, alpha: f64, lost: f64, out: &'a mut Vec<f64>) -> Self {
        out.clear();
        out.push(0.0);
        Self { r, alpha, lost, steps: Vec::new(), one: Vec::new(), out }
    }

    /// Adds `weight`·NB(n; v), up to a share `lost` of it.
    ///
    /// The recurrence runs from the mode both ways, where it is stable, and its sum is the norm.
    pub(in crate::clv) fn add(&mut self, weight: f64, v: f64) {
        if weight < f64::MIN_POSITIVE {
            return;
        }
        let Self { r, alpha, lost, steps, one, out } = self;
        let (r, alpha, lost) = (*r, *alpha, *lost);
        let z = v / (alpha + v);
        let mut ratio = |n: usize| {
            while steps.len() <= n {
                let n = steps.len() as f64;
                steps.push((r + n) / (n + 1.0));
            }
            steps[n] * z
        };
        let mode = ((r - 1.0) * v / alpha).clamp(0.0, MAX_COUNT as f64) as usize;
        let (mut term, mut sum) = (1.0, 0.0);
        let mut first = mode;
        one.clear();
        // Downwards first, so that `one` can be turned round once.
        for n in (0..mode).rev() {
            term /= ratio(n);
            sum += term;
            one.push(term);
            first = n;
            if term * n as f64 <= lost * sum {
                break;
            }
        }
        one.reverse();
        term = 1.0;
        let mut complete = false;
        for n in mode..=MAX_COUNT {
            sum += term;
            one.push(term);
            let next = ratio(n);
            if next < 1.0 && term * next <= lost * sum * (1.0 - next) {
                complete = true;
                break;
            }
            term *= next;
        }
        let norm = if complete {
            weight / sum
        } else {
            let n = mode as f64;
            let ln_mode = ln_rising(r, n) - ln_rising(1.0, n) - n * (alpha / v).ln_1p() - r * (v / alpha).ln_1p();
            weight * ln_mode.exp()
        };
        if out.len() < first + one.len() {
            out.resize(first + one.len(), 0.0);
        }
        out[first..].iter_mut().zip(one.iter()).for_each(|(p, term)| *p += norm * term);
        if !complete {
            out[MAX_COUNT] += (weight - norm * sum).max(0.0);
        }
    }

    /// Cuts off what is below half of `tail`.
    pub(in crate::clv) fn finish(self, tail: f64) {
        let mut rest = 0.0;
        while let Some(&last) = self.out.last() {
            rest += last;
            if rest > 0.5 * tail || self.out.len() == 1 {
                break;
            }
            self.out.pop();
        }
    }
}
