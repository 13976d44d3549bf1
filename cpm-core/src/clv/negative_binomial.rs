//! Purchases at a gamma-distributed rate: what BG/NBD, MBG/NBD and NBD share.
//!
//! With λ ~ Gamma(r, α), the purchases of a customer who does not drop out are negative binomial, and x of
//! them until T turn the rate into Gamma(r + x, α + T).

use super::derivatives::Derivatives;
use crate::numerics::gamma::{digamma_rising, ln_gamma_peak, ln_rising, trigamma_rising};

/// Largest number of purchases with a probability of its own.
pub(super) const MAX_COUNT: usize = 1_000_000;

/// ln of Γ(r+x)/Γ(r) · α^r/(α+T)^(r+x): x purchases at given times until T. The powers of large numbers cancel.
pub(super) fn ln_likelihood(r: f64, alpha: f64, x: f64, t: f64) -> f64 {
    ln_rising(r, x) + in_time(r, alpha, x, t)
}

/// The part of [`ln_likelihood`] that depends on more than r and x.
fn in_time(r: f64, alpha: f64, x: f64, t: f64) -> f64 {
    let ln_ratio = (t / alpha).ln_1p();
    -r * ln_ratio - x * (alpha.ln() + ln_ratio)
}

/// The other part: value, first and second derivative in r.
#[derive(Debug, Clone, Copy)]
pub(super) struct OfCount {
    x: f64,
    value: f64,
    d_r: f64,
    d_rr: f64,
}

impl OfCount {
    pub(super) fn new(r: f64, x: f64) -> Self {
        Self { x, value: ln_rising(r, x), d_r: digamma_rising(r, x), d_rr: trigamma_rising(r, x) }
    }

    /// [`ln_likelihood`] with its derivatives in r and α.
    pub(super) fn until(&self, t: f64, r: f64, alpha: f64) -> Derivatives<2> {
        let (x, end) = (self.x, alpha + t);
        let cross = 1.0 / alpha - 1.0 / end;
        let d_alpha_alpha = (r + x) / (end * end) - r / (alpha * alpha);
        Derivatives {
            value: self.value + in_time(r, alpha, x, t),
            gradient: [self.d_r - (t / alpha).ln_1p(), r / alpha - (r + x) / end],
            hessian: [[self.d_rr, cross], [cross, d_alpha_alpha]],
        }
    }
}

/// P(no purchase within t) = (α/(α+t))^r.
pub(super) fn none(r: f64, alpha: f64, t: f64) -> f64 {
    (-r * (t / alpha).ln_1p()).exp()
}

/// Probabilities of n = 0, 1, … purchases within t, one after the other.
pub(super) struct Counts {
    r: f64,
    z: f64,
    ln_z: f64,
    n: f64,
    /// In logarithms: the first ones may be below the range of a double.
    ln_probability: f64,
    /// Whether it still is: what rounding adds up on a long way does not matter there.
    negligible: bool,
}

/// Probabilities below e to this power are as good as nothing.
const NEGLIGIBLE: f64 = -40.0;

impl Counts {
    pub(super) fn new(r: f64, alpha: f64, t: f64) -> Self {
        let ln_probability = -r * (t / alpha).ln_1p();
        let negligible = ln_probability < NEGLIGIBLE;
        Self { r, z: t / (alpha + t), ln_z: -(alpha / t).ln_1p(), n: 0.0, ln_probability, negligible }
    }

    /// P(n).
    pub(super) fn probability(&self) -> f64 {
        self.ln_probability.exp()
    }

    /// A bound of P(more than n).
    pub(super) fn beyond(&self) -> f64 {
        // The ratios of the terms from here on lie between the next one and their limit z.
        let ratio = f64::max((self.r + self.n) / (self.n + 1.0), 1.0) * self.z;
        if ratio < 1.0 { self.probability() * ratio / (1.0 - ratio) } else { 1.0 }
    }

    /// On to n + 1.
    pub(super) fn advance(&mut self) {
        self.ln_probability += ((self.r + self.n) / (self.n + 1.0)).ln() + self.ln_z;
        self.n += 1.0;
        if self.negligible && self.ln_probability > NEGLIGIBLE {
            self.negligible = false;
            self.ln_probability = self.ln_probability_alone();
        }
    }

    /// ln P(n) without the ones before, n > 0. With δ = n (1-z) - r z, the distance to the mean, it is r ln(1 + δ/r) + n ln(1 - δ/n)
    /// and what does not grow with r and n (Loader 2000, "Fast and accurate computation of binomial probabilities").
    fn ln_probability_alone(&self) -> f64 {
        let Self { r, z, n, ln_z, .. } = *self;
        let distance = -n * ln_z.exp_m1() - r * z;
        let peaks = ln_gamma_peak(r) + ln_gamma_peak(n) - ln_gamma_peak(r + n);
        r * (distance / r).ln_1p() + n * (-distance / n).ln_1p() + peaks - n.ln()
    }
}

/// What the counts that have no probability of their own leave of 1 goes to the last one.
pub(super) fn give_rest_to_last(out: &mut [f64]) {
    let rest = 1.0 - out.iter().sum::<f64>();
    if let Some(last) = out.last_mut() {
        *last += rest.max(0.0);
    }
}
