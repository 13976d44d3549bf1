//! Survival under a beta-distributed chance of churn on a stretched clock: what sBG and BdW share.
//!
//! S(t) = B(γ, δ + t^c)/B(γ, δ). Conditional on s renewals, P(T > t | T > s) = B(γ, δ + t^c)/B(γ, δ + s^c).

use crate::clv::derivatives::Derivatives;
use crate::numerics::beta::ln_beta_shift;
use crate::numerics::gamma::{digamma_rising, trigamma, trigamma_rising};

/// ln of the largest t^c that is computed as such; beyond, the beta function is a power to all digits.
const LN_LARGEST: f64 = 322.0;

/// Where a customer stands on the stretched clock.
#[derive(Clone, Copy)]
struct Clock {
    /// t^c, cut at a large number.
    u: f64,
    /// ln of what was cut.
    cut: f64,
    ln_t: f64,
}

impl Clock {
    fn at(t: f64, c: f64) -> Self {
        if t == 0.0 {
            // The derivatives of 0^c are 0 for all c > 0.
            return Self { u: 0.0, cut: 0.0, ln_t: 0.0 };
        }
        let ln = c * t.ln();
        let kept = ln.min(LN_LARGEST);
        Self { u: if c == 1.0 && ln < LN_LARGEST { t } else { kept.exp() }, cut: ln - kept, ln_t: t.ln() }
    }
}

/// From one time to a later one: both clocks, and to^c - from^c without cancellation.
fn span(c: f64, from: f64, to: f64) -> (Clock, Clock, f64) {
    let (start, end) = (Clock::at(from, c), Clock::at(to, c));
    let elapsed = if c == 1.0 || start.u == 0.0 || end.cut > 0.0 {
        end.u - start.u
    } else {
        start.u * (c * ((to - from) / from).ln_1p()).exp_m1()
    };
    (start, end, elapsed.max(0.0))
}

/// ln P(T > to | T > from).
pub(super) fn ln_survival(gamma: f64, delta: f64, c: f64, from: f64, to: f64) -> f64 {
    let (start, end, elapsed) = span(c, from, to);
    ln_beta_shift(gamma, delta + start.u, elapsed) - gamma * (end.cut - start.cut)
}

/// The same with derivatives in (γ, δ, c).
pub(super) fn derivatives(&[gamma, delta, c]: &[f64; 3], from: f64, to: f64) -> Derivatives<3> {
    let (start, end, elapsed) = span(c, from, to);
    let (z, cut) = (delta + start.u, end.cut - start.cut);
    let d_gamma = -digamma_rising(z + gamma, elapsed) - cut;
    let d_gamma2 = -trigamma_rising(z + gamma, elapsed);
    // ln S falls by G(δ + u) = lnΓ(γ + δ + u) - lnΓ(δ + u); u' = u ln t and u'' = u ln² t are derivatives in c.
    let fall = |Clock { u, ln_t, .. }: Clock| {
        let first = digamma_rising(delta + u, gamma);
        let second = trigamma_rising(delta + u, gamma);
        let slope = u * ln_t;
        [
            first,
            first * slope,
            second,
            second * slope,
            // u² overflows where second underflows: one factor at a time.
            (u * second * u + u * first) * ln_t * ln_t,
            trigamma(delta + gamma + u) * slope,
        ]
    };
    let (before, after) = (fall(start), fall(end));
    let [d_delta, d_c, d_delta2, d_delta_c, d_c2, d_gamma_c] = std::array::from_fn(|i| before[i] - after[i]);
    Derivatives {
        value: ln_beta_shift(gamma, z, elapsed) - gamma * cut,
        gradient: [d_gamma, d_delta, d_c],
        hessian: [[d_gamma2, d_gamma2, d_gamma_c], [d_gamma2, d_delta2, d_delta_c], [d_gamma_c, d_delta_c, d_c2]],
    }
}

/// ln of the time from which S is a power of t to 15 digits: Γ(δ+u)/Γ(γ+δ+u) = u^-γ (1 + O(γ(γ+δ)/u)).
pub(super) fn ln_power_tail_from(gamma: f64, delta: f64, c: f64) -> f64 {
    (1e15 * (gamma * (gamma + delta + 1.0)).max(1.0)).ln() / c
}
