//! The future of a living customer.
//!
//! Given x purchases until T and that the customer is alive, λ ~ Gamma(r + x, α + T) and μ ~ Gamma(s, β + T),
//! independently: the model again, with updated parameters. With S(v) = (β/(β+v))^s, the
//! probability to be alive after v, purchases come at rate (r/α) S(v).

use super::race::Race;
use crate::clv::latent_attrition::Living;
use crate::clv::purchase_model::DiscountedPurchases;
use crate::clv::until_death;
use crate::numerics::decay::decay_panels;

/// What is left out of an integral, relative to it.
const PRECISION: f64 = 1e-17;

/// Parameters of a living customer: λ ~ Gamma(r, alpha), μ ~ Gamma(s, beta).
#[derive(Debug, Clone, Copy)]
pub(in crate::clv) struct LivingCustomer {
    pub(super) r: f64,
    pub(super) alpha: f64,
    pub(super) s: f64,
    pub(super) beta: f64,
}

impl Living for LivingCustomer {
    /// S(t) = (β/(β+t))^s.
    fn alive_after(&self, t: f64) -> f64 {
        (-self.s * (t / self.beta).ln_1p()).exp()
    }

    /// E[N(t)] = (r/α) ∫ S(v) dv = (r β/α) (1 - (β/(β+t))^(s-1))/(s-1), in a form in which s = 1 is not special.
    fn purchases(&self, t: f64) -> f64 {
        let ln = (t / self.beta).ln_1p();
        let q = (self.s - 1.0) * ln;
        let mean_discount = if q == 0.0 { 1.0 } else { -(-q).exp_m1() / q };
        self.r * (self.beta / self.alpha) * ln * mean_discount
    }

    /// P(N(t) = 0): death comes before the first purchase, or neither comes.
    fn no_purchase(&self, t: f64) -> f64 {
        self.race().run(t).probability()
    }

    /// P(N(∞) = 0): death comes before the first purchase.
    fn never_again(&self) -> f64 {
        self.race().death_first()
    }

    fn purchases_between(&self, from: f64, to: f64) -> f64 {
        // Alive at the beginning of the window, the customer is one of the same model there.
        let then = Self { beta: self.beta + from, ..*self };
        self.alive_after(from) * then.purchases(to - from)
    }

    fn purchase_probabilities(&self, t: f64, tail: f64, out: &mut Vec<f64>) {
        self.probabilities_of_counts(t, tail, out);
    }

    fn discounted_for_ever(&self, d: f64) -> f64 {
        self.discounted_expectation(f64::INFINITY, d)
    }

    /// E[D] = (r/α) ∫ e^(-dv) S(v) dv, for `t` up to infinity if d > 0.
    ///
    /// For t = ∞ this is (r/α) β^s d^(s-1) U(s, s; βd), the DERT of Fader, Hardie & Lee 2005 given that the customer
    /// is alive.
    fn discounted_expectation(&self, t: f64, d: f64) -> f64 {
        if d == 0.0 { self.purchases(t) } else { self.r / self.alpha * self.over_time(t, d, |v| [(-d * v).exp()])[0] }
    }

    /// Given λ and μ, purchases come at rate λ e^(-μu), and at u < v jointly at λ² e^(-μv), whatever u.
    fn discounted_purchases(&self, t: f64, d: f64) -> DiscountedPurchases {
        until_death::discounted_purchases((self.r, self.alpha), d, self.no_purchase(t), |f| self.over_time(t, d, f))
    }
}

impl LivingCustomer {
    fn race(&self) -> Race {
        Race { purchase_shape: self.r, purchase_scale: self.alpha, death_shape: self.s, death_scale: self.beta }
    }

    /// ∫ f(v) S(v) dv over (0, t], with v = β(e^u - 1); f falls at most like e^(-2dv).
    fn over_time<const N: usize>(&self, t: f64, d: f64, f: impl Fn(f64) -> [f64; N]) -> [f64; N] {
        let Self { s, beta, .. } = *self;
        let mut sums = [0.0; N];
        let rate = |u: f64| (s - 1.0).abs() + 2.0 * d * beta * u.exp();
        decay_panels((t / beta).ln_1p(), rate, |nodes, weights| {
            let mut parts = [0.0; N];
            for (&u, &w) in nodes.iter().zip(weights) {
                let density = w * beta * ((1.0 - s) * u).exp();
                let values = f(beta * u.exp_m1());
                parts.iter_mut().zip(values).for_each(|(part, value)| *part += density * value);
            }
            sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
            // The logarithms of the integrands are concave: what has become negligible stays so.
            sums.iter().zip(parts).any(|(sum, part)| part > PRECISION * sum)
        });
        sums
    }
}
