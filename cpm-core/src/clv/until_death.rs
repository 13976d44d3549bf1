//! Purchases at a gamma-distributed rate until a death that may come at any time: what Pareto/NBD and GGompertz/NBD share.

use super::latent_attrition::Standing;
use super::purchase_model::DiscountedPurchases;

/// What can have come first within a silence: probabilities of neither, of death, and of the next purchase, which the silence rules out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    pub(super) neither: f64,
    pub(super) death: f64,
    pub(super) purchase: f64,
}

impl Outcome {
    /// P(no purchase).
    pub(super) fn probability(&self) -> f64 {
        self.neither + self.death
    }

    /// ln P(no purchase), with all digits also where silence is almost certain.
    pub(super) fn ln_probability(&self) -> f64 {
        if self.purchase < 0.5 { (-self.purchase).ln_1p() } else { self.probability().ln() }
    }

    /// P(alive | no purchase) and P(dead | no purchase).
    pub(super) fn standing(&self) -> Standing {
        let silence = self.probability();
        Standing { alive: self.neither / silence, gone: self.death / silence }
    }
}

/// Moments of the discounted number of purchases D until t of a living customer whose rate is λ ~ Gamma(r, α), and that survives v with
/// probability S(v); `over_time` gives ∫ f(v) S(v) dv over (0, t], and `none` is P(N(t) = 0).
///
/// Given λ and the time of death purchases are a Poisson process, at λ, and at u < v jointly at λ². Hence
/// - E[D]   = (r/α) ∫ e^(-dv) S(v) dv
/// - E[D²] = (r/α) ∫ e^(-2dv) S(v) dv + 2 r(r+1)/α² ∫ g(v) S(v) dv,  g(v) = (e^(-dv) - e^(-2dv))/d.
pub(super) fn discounted_purchases(
    (r, alpha): (f64, f64),
    d: f64,
    none: f64,
    over_time: impl FnOnce(&dyn Fn(f64) -> [f64; 3]) -> [f64; 3],
) -> DiscountedPurchases {
    let [first, squares, pairs] = over_time(&|v| {
        let once = (-d * v).exp();
        let g = if d > 0.0 { -once * (-d * v).exp_m1() / d } else { v };
        [once, once * once, g]
    });
    let rate = r / alpha;
    DiscountedPurchases {
        mean: rate * first,
        mean_square: rate * squares + 2.0 * rate * (rate + 1.0 / alpha) * pairs,
        mean_of_squares: rate * squares,
        none,
    }
}
