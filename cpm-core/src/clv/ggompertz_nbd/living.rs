//! The future of a living customer: λ ~ Gamma(r, α) and a lifetime; while alive, purchases come at rate r/α on average.

use super::lifetime::{Lifetime, Race};
use crate::clv::latent_attrition::Living;
use crate::clv::pareto_nbd::{CountsOverTime, density_of_counts};
use crate::clv::purchase_model::DiscountedPurchases;
use crate::clv::until_death;

/// What is left out of an integral, relative to it.
const PRECISION: f64 = 1e-17;
/// Share of the tail that may be lost by ending the integral over the time of death.
const LOST: f64 = 1e-3;

#[derive(Debug, Clone, Copy)]
pub(in crate::clv) struct LivingCustomer {
    pub(super) r: f64,
    pub(super) alpha: f64,
    pub(super) lifetime: Lifetime,
}

impl Living for LivingCustomer {
    fn alive_after(&self, t: f64) -> f64 {
        self.lifetime.survival(t)
    }

    /// E[N(t)] = (r/α) ∫ S(v) dv.
    fn purchases(&self, t: f64) -> f64 {
        self.r / self.alpha * self.over_time(t, 0.0, |_| [1.0])[0]
    }

    /// P(N(t) = 0): death comes before the first purchase, or neither comes.
    fn no_purchase(&self, t: f64) -> f64 {
        Race { shape: self.r, scale: self.alpha, lifetime: self.lifetime }.run(t, |_, _| ()).probability()
    }

    /// E[D] = (r/α) ∫ e^(-dv) S(v) dv; `t` may be infinite.
    fn discounted_expectation(&self, t: f64, d: f64) -> f64 {
        self.r / self.alpha * self.over_time(t, d, |v| [(-d * v).exp()])[0]
    }

    fn discounted_purchases(&self, t: f64, d: f64) -> DiscountedPurchases {
        until_death::discounted_purchases((self.r, self.alpha), d, self.no_purchase(t), |f| self.over_time(t, d, f))
    }

    /// A mixture over the time of death, or t if it is later.
    fn purchase_probabilities(&self, t: f64, tail: f64, out: &mut Vec<f64>) {
        let mut counts = CountsOverTime::new(self.r, self.alpha, LOST * tail, out);
        let c = f64::min(self.alpha / (1.0 + self.r), self.lifetime.scale() / (1.0 + self.lifetime.s));
        // From here on the probability of any n is a function of ln v.
        let density = |v: f64| density_of_counts(self.r, self.alpha, v) / (c + v);
        self.lifetime.panels(
            c,
            t,
            |v| self.lifetime.hazard(v) + density(v),
            |nodes| {
                let mut alive = 1.0;
                for &(v, w) in nodes {
                    let survival = self.lifetime.survival(v);
                    alive = f64::min(alive, survival);
                    counts.add(w * self.lifetime.hazard(v) * survival, v);
                }
                alive > LOST * tail
            },
        );
        counts.add(self.lifetime.survival(t), t);
        counts.finish(tail);
    }
}

impl LivingCustomer {
    /// ∫ f(v) S(v) dv over (0, t]; f falls at most like e^(-2dv).
    fn over_time<const N: usize>(&self, t: f64, d: f64, f: impl Fn(f64) -> [f64; N]) -> [f64; N] {
        let mut sums = [0.0; N];
        let c = self.lifetime.scale();
        let hazard = |v: f64| self.lifetime.hazard(v) + 2.0 * d + 1.0 / (c + v);
        self.lifetime.panels(c, t, hazard, |nodes| {
            let mut parts = [0.0; N];
            for &(v, w) in nodes {
                let weight = w * self.lifetime.survival(v);
                parts.iter_mut().zip(f(v)).for_each(|(part, value)| *part += weight * value);
            }
            sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
            sums.iter().zip(parts).any(|(sum, part)| part > PRECISION * sum)
        });
        sums
    }
}
