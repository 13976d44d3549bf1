//! Which comes first, the next purchase or death?
//!
//! All of the Pareto/NBD's integrals over the unknown time of death are one question. For a customer who is alive at
//! its last purchase, with λ ~ Gamma(R, a) and μ ~ Gamma(s, b), the time to the next purchase and the time to
//! death are independent Lomax variables with hazards R/(a+y) and s/(b+y). Over a silence of given length there are
//! three outcomes, whose probabilities sum to one:
//!
//! - *neither*: (a/(a+S))^R (b/(b+S))^s = e^-φ(S)
//! - *death first*: ∫ s/(b+y) e^-φ(y) dy
//! - *purchase first*: ∫ R/(a+y) e^-φ(y) dy
//!
//! Outcome rules out the third: the likelihood is the sum of the first two, P(alive) the share of the first in it. The
//! integrals are 2F1 functions (Fader & Hardie 2005, "A Note on Deriving the Pareto/NBD Model"), as
//! differences of two nearly equal ones, in one form for α ≥ β and another for α < β. Here they are sums of positive
//! terms, whatever the order of α and β: with y = c(e^u - 1), c = min(a, b), the logarithm of either integrand is
//! concave in u, all singularities are at least π away, and φ' rises.

use crate::clv::until_death::Outcome;
use crate::numerics::decay::decay_panels;
use crate::numerics::quadrature::NODES;

/// What is left out of an integral, relative to it.
const PRECISION: f64 = 1e-17;

/// Time to the next purchase ~ Lomax(R, a), time to death ~ Lomax(s, b).
#[derive(Debug, Clone, Copy)]
pub(super) struct Race {
    /// R.
    pub(super) purchase_shape: f64,
    /// a.
    pub(super) purchase_scale: f64,
    /// s.
    pub(super) death_shape: f64,
    /// b.
    pub(super) death_scale: f64,
}

/// A time since the last purchase: the functions of it that derivatives are made of, and its probability.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Node {
    /// ln(1 + y/a).
    pub(super) ln_purchase: f64,
    /// y/(a+y).
    pub(super) share_purchase: f64,
    /// ln(1 + y/b).
    pub(super) ln_death: f64,
    /// y/(b+y).
    pub(super) share_death: f64,
    /// Probability of death first at this time, as a node of the integral.
    pub(super) weight: f64,
}

impl Race {
    /// The outcome over a silence of `length`.
    pub(super) fn run(&self, length: f64) -> Outcome {
        self.run_with(length, |_| ()).0
    }

    /// The same with the end of the silence, which has the weight of neither, and `each` panel of times of death on the way.
    pub(super) fn run_with(&self, length: f64, mut each: impl FnMut(&[Node])) -> (Outcome, Node) {
        let Self { purchase_shape: r, purchase_scale: a, death_shape: s, death_scale: b } = *self;
        let end = self.at(length);
        let neither = (-r * end.ln_purchase - s * end.ln_death).exp();
        let end = Node { weight: neither, ..end };
        let mut outcome = Outcome { neither, death: 0.0, purchase: 0.0 };
        let purchase_is_narrower = a <= b;
        let (c, end_u) = if purchase_is_narrower { (a, end.ln_purchase) } else { (b, end.ln_death) };
        let rate = |u: f64| {
            let y = c * u.exp_m1();
            (c + y) * (r / (a + y) + s / (b + y))
        };
        let mut nodes = [Node::default(); NODES];
        decay_panels(end_u, rate, |times, weights| {
            let mut smallest = f64::INFINITY;
            for ((&u, &w), node) in times.iter().zip(weights).zip(&mut nodes) {
                let y = c * u.exp_m1();
                let (ln_purchase, ln_death) =
                    if purchase_is_narrower { (u, (y / b).ln_1p()) } else { ((y / a).ln_1p(), u) };
                let (to_purchase, to_death) = (1.0 / (a + y), 1.0 / (b + y));
                let silent = (-r * ln_purchase - s * ln_death).exp();
                let density = w * (c + y) * silent;
                let weight = density * s * to_death;
                outcome.death += weight;
                outcome.purchase += density * r * to_purchase;
                smallest = smallest.min(silent);
                *node =
                    Node { ln_purchase, share_purchase: y * to_purchase, ln_death, share_death: y * to_death, weight };
            }
            each(&nodes[..times.len()]);
            // What is left of either integral is at most the probability that neither has come yet.
            smallest > PRECISION * outcome.death.min(outcome.purchase)
        });
        (outcome, end)
    }

    /// P(death comes first), however long it takes.
    pub(super) fn death_first(&self) -> f64 {
        // By then the hazards R/(a+y) and s/(b+y) keep their ratio to the last digit.
        let far = 1e17 * self.purchase_scale.max(self.death_scale);
        let outcome = self.run(far);
        outcome.death + outcome.neither * self.death_shape / (self.purchase_shape + self.death_shape)
    }

    /// The functions of a single time; the weight is left open.
    fn at(&self, y: f64) -> Node {
        let (a, b) = (self.purchase_scale, self.death_scale);
        Node {
            ln_purchase: (y / a).ln_1p(),
            share_purchase: y / (a + y),
            ln_death: (y / b).ln_1p(),
            share_death: y / (b + y),
            weight: 0.0,
        }
    }
}
