//! The gamma-Gompertz lifetime, and which comes first, the next purchase or death.
//!
//! S(v) = (β/(β + e^(bv) - 1))^s, hazard s b/(1 + (β-1) e^(-bv)). A customer alive at T has the same lifetime from then on with
//! β' = 1 + (β-1) e^(-bT).

use crate::clv::until_death::Outcome;
use crate::numerics::decay::decay_panels_within;

/// What is left out of an integral, relative to it.
const PRECISION: f64 = 1e-17;
/// Widest panel in b·v near the change from one hazard to the other, whose singularities lie at a distance of π.
const WIDEST: f64 = 2.5;
/// From here on e^(bv) is no longer computed.
const LARGEST: f64 = 600.0;

/// Gompertz with growth b and η ~ Gamma(s, β).
#[derive(Debug, Clone, Copy)]
pub(super) struct Lifetime {
    pub(super) b: f64,
    pub(super) s: f64,
    pub(super) beta: f64,
}

impl Lifetime {
    /// What is left of it for a customer alive at `t`.
    pub(super) fn given_alive_at(&self, t: f64) -> Self {
        let past = self.b * t;
        // 1 + (β-1) e^(-bt) as a sum of positive terms.
        Self { beta: self.beta * (-past).exp() - (-past).exp_m1(), ..*self }
    }

    /// ln of β/(β + e^(bv) - 1), so that ln S is s times it.
    pub(super) fn ln_ratio(&self, v: f64) -> f64 {
        let age = self.b * v;
        if age < LARGEST {
            -(age.exp_m1() / self.beta).ln_1p()
        } else {
            self.beta.ln() - age - ((self.beta - 1.0) * (-age).exp()).ln_1p()
        }
    }

    /// S(v).
    pub(super) fn survival(&self, v: f64) -> f64 {
        (self.s * self.ln_ratio(v)).exp()
    }

    /// e^(bv)/(β + e^(bv) - 1), the hazard over s b.
    pub(super) fn grown(&self, v: f64) -> f64 {
        // 1 + (β-1) e^(-bv) as a sum of positive terms.
        let age = self.b * v;
        1.0 / (self.beta * (-age).exp() - (-age).exp_m1())
    }

    pub(super) fn hazard(&self, v: f64) -> f64 {
        self.s * self.b * self.grown(v)
    }

    /// Scale on which the hazard changes at first.
    pub(super) fn scale(&self) -> f64 {
        self.beta / self.b
    }

    /// Nodes v and weights on (0, length], v = c (e^u - 1), one panel after another until the end or until `each` returns
    /// false. `hazard` is the rate of decay of the integrand per unit of v; times (c + v) it must not fall.
    pub(super) fn panels(
        &self,
        c: f64,
        length: f64,
        hazard: impl Fn(f64) -> f64,
        mut each: impl FnMut(&[(f64, f64)]) -> bool,
    ) {
        let at = |u: f64| c * u.exp_m1();
        // The hazard goes from one level to the other where e^(bv) passes β - 1.
        let change = (self.beta - 1.0).max(f64::MIN_POSITIVE).ln();
        let widest = |u: f64| {
            if self.beta <= 1.0 {
                return f64::INFINITY;
            }
            let v = at(u);
            let width = f64::max(WIDEST, 0.5 * (self.b * v - change).abs());
            (width / (self.b * (c + v))).ln_1p()
        };
        let rate = |u: f64| {
            let v = at(u);
            (c + v) * hazard(v)
        };
        let mut nodes = Vec::with_capacity(16);
        decay_panels_within((length / c).ln_1p(), rate, widest, |us, ws| {
            nodes.clear();
            nodes.extend(us.iter().zip(ws).map(|(&u, &w)| {
                let v = at(u);
                (v, w * (c + v))
            }));
            each(&nodes)
        });
    }
}

/// Time to the next purchase ~ Lomax(shape, scale), and a lifetime.
#[derive(Debug, Clone, Copy)]
pub(super) struct Race {
    pub(super) shape: f64,
    pub(super) scale: f64,
    pub(super) lifetime: Lifetime,
}

impl Race {
    /// The outcome over a silence of `length`, and `each` time of death on the way with its probability.
    pub(super) fn run(&self, length: f64, mut each: impl FnMut(f64, f64)) -> Outcome {
        let Self { shape, scale, lifetime } = *self;
        let silent = |y: f64| (lifetime.s * lifetime.ln_ratio(y) - shape * (y / scale).ln_1p()).exp();
        let mut outcome = Outcome { neither: silent(length), death: 0.0, purchase: 0.0 };
        let c = scale.min(lifetime.scale());
        let hazard = |y: f64| shape / (scale + y) + lifetime.hazard(y);
        lifetime.panels(c, length, hazard, |nodes| {
            let mut smallest = f64::INFINITY;
            for &(y, w) in nodes {
                let density = silent(y);
                smallest = smallest.min(density);
                let death = w * density * lifetime.hazard(y);
                outcome.death += death;
                outcome.purchase += w * density * shape / (scale + y);
                each(y, death);
            }
            // What is left of either integral is at most the probability that neither has come yet.
            smallest > PRECISION * outcome.death.min(outcome.purchase)
        });
        outcome
    }
}
