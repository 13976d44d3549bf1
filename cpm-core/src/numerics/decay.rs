//! Integrals of functions that decay: panels that follow the rate of decay.
//!
//! The integrands are of the form w(u) e^-φ(u) on (0, length], where w is smooth on the scale of one unit (its
//! singularities are at least π away from the real axis) and φ' does not fall. Gauss-Legendre
//! panels are then exact to rounding as long as neither u nor φ changes by much within one of them.

use super::quadrature::{NODES, legendre, short_legendre};

/// Widest panel, and the largest change of φ over a panel, for the rule with all nodes.
const WIDEST: f64 = 2.5;
const LARGEST_CHANGE: f64 = 16.0;
/// The same for the rule with half of them.
const SHORT: f64 = 1.5;
const SMALL_CHANGE: f64 = 3.0;

/// Calls `each` with the nodes and weights of one panel after another, until the end or until it returns false.
///
/// `rate` is φ', or a bound of it; it must not fall. `length` may be infinite if `each` ends the walk.
pub(crate) fn decay_panels(length: f64, rate: impl Fn(f64) -> f64, each: impl FnMut(&[f64], &[f64]) -> bool) {
    decay_panels_within(length, rate, |_| WIDEST, each);
}

/// The same where w has nearer singularities: a panel from u on is no wider than `widest(u)` either.
pub(crate) fn decay_panels_within(
    length: f64,
    rate: impl Fn(f64) -> f64,
    widest: impl Fn(f64) -> f64,
    mut each: impl FnMut(&[f64], &[f64]) -> bool,
) {
    let (mut nodes, mut weights) = ([0.0; NODES], [0.0; NODES]);
    let mut fill = |from: f64, step: f64, rule: &[(f64, f64)]| {
        let half = 0.5 * step;
        for (i, (x, w)) in rule.iter().enumerate() {
            nodes[i] = from + half * (1.0 + x);
            weights[i] = half * w;
        }
        each(&nodes[..rule.len()], &weights[..rule.len()])
    };

    let (mut from, mut rate_from) = (0.0, rate(0.0));
    while from < length {
        let widest = widest(from).min(WIDEST);
        let mut to = if length - from <= widest { length } else { from + widest };
        let mut rate_to = rate(to);
        // The trapezoid bounds the change where the rate grows faster and faster, which is where it matters.
        let mut change = 0.5 * (to - from) * (rate_from + rate_to);
        if change > LARGEST_CHANGE {
            to = f64::min(to, from + LARGEST_CHANGE / rate_from);
            rate_to = rate(to);
            change = 0.5 * (to - from) * (rate_from + rate_to);
        }
        if change > LARGEST_CHANGE {
            to = from + (to - from) * LARGEST_CHANGE / change;
            rate_to = rate(to);
            change = LARGEST_CHANGE;
        }
        let step = to - from;
        let goes_on = if step <= SHORT && change <= SMALL_CHANGE {
            fill(from, step, short_legendre())
        } else {
            fill(from, step, legendre())
        };
        if !goes_on {
            return;
        }
        (from, rate_from) = (to, rate_to);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ∫ e^-φ over (0, length].
    fn integral(length: f64, phi: impl Fn(f64) -> f64, rate: impl Fn(f64) -> f64) -> f64 {
        let mut sum = 0.0;
        decay_panels(length, rate, |nodes, weights| {
            let part: f64 = nodes.iter().zip(weights).map(|(u, w)| w * (-phi(*u)).exp()).sum();
            sum += part;
            part > 1e-17 * sum
        });
        sum
    }

    #[test]
    fn exponential_and_double_exponential_decay() {
        for k in [1e-3, 1.0, 37.0, 1e6] {
            let found = integral(20.0, |u| k * u, |_| k);
            let expected = -f64::exp_m1(-20.0 * k) / k;
            assert!((found / expected - 1.0).abs() < 1e-13, "{k}: {found} {expected}");
        }
        // e^k E1(k), infinite range: mpmath.
        for (k, expected) in
            [(1e-8, 17.843_465_267_485_484), (1.0, 0.596_347_362_323_194_1), (100.0, 9.901_942_286_733_018e-3)]
        {
            let found = integral(f64::INFINITY, |u| k * u.exp_m1(), |u| k * u.exp());
            assert!((found / expected - 1.0).abs() < 1e-13, "{k}: {found} {expected}");
        }
    }
}
