//! Gauss-Legendre quadrature, and means under the beta distribution.

use std::sync::OnceLock;

use super::gamma::ln_gamma_peak;

/// Nodes per panel.
pub(crate) const NODES: usize = 16;

/// Nodes and weights of the 16-point Gauss-Legendre rule on [-1, 1].
pub(super) fn legendre() -> &'static [(f64, f64); NODES] {
    static RULE: OnceLock<[(f64, f64); NODES]> = OnceLock::new();
    RULE.get_or_init(legendre_rule)
}

/// The same with half as many points, for panels on which that is enough.
pub(super) fn short_legendre() -> &'static [(f64, f64); NODES / 2] {
    static RULE: OnceLock<[(f64, f64); NODES / 2]> = OnceLock::new();
    RULE.get_or_init(legendre_rule)
}

fn legendre_rule<const N: usize>() -> [(f64, f64); N] {
    std::array::from_fn(legendre_node::<N>)
}

/// Newton's method on the Legendre polynomial from Tricomi's approximation of its root.
fn legendre_node<const N: usize>(i: usize) -> (f64, f64) {
    let n = N as f64;
    let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (n + 0.5)).cos();
    let mut slope = 0.0;
    for _ in 0..10 {
        let (mut p0, mut p1) = (1.0, x);
        for k in 2..=N {
            let k = k as f64;
            (p0, p1) = (p1, ((2.0 * k - 1.0) * x * p1 - (k - 1.0) * p0) / k);
        }
        slope = n * (x * p1 - p0) / (x * x - 1.0);
        x -= p1 / slope;
    }
    (x, 2.0 / ((1.0 - x * x) * slope * slope))
}

/// Calls `each` with the nodes and weights of each panel on [from, to], none wider than `widest`.
pub(crate) fn by_panel(from: f64, to: f64, widest: f64, mut each: impl FnMut([f64; NODES], [f64; NODES])) {
    let count = ((to - from) / widest).ceil().max(1.0);
    let half = 0.5 * (to - from) / count;
    for k in 0..count as usize {
        let centre = from + half * (2 * k + 1) as f64;
        each(legendre().map(|(x, _)| centre + half * x), legendre().map(|(_, w)| half * w));
    }
}

/// Calls `each` with every node and weight on [from, to], cut into panels no wider than `widest`.
pub(crate) fn panels(from: f64, to: f64, widest: f64, mut each: impl FnMut(f64, f64)) {
    by_panel(from, to, widest, |nodes, weights| nodes.into_iter().zip(weights).for_each(|(x, w)| each(x, w)));
}

/// ln p and ln q of p = 1/(1 + e^-s), q = 1 - p, without cancellation.
pub(crate) fn log_odds(s: f64) -> (f64, f64) {
    let small = (-s.abs()).exp().ln_1p();
    if s > 0.0 { (-small, -s - small) } else { (s - small, -small) }
}

/// Beyond this many e-folds a tail is below the sixteenth digit.
const FOLDS: f64 = 38.0;
/// Widest panel in ln(p/q): the functions in question have features of width one there.
const WIDEST: f64 = 2.0;

/// Mean of g(p) for p ~ Beta(a, b), for any a, b > 0, to about 13 digits relative.
///
/// `g(p, q)` gives ln g and its slope in s = ln(p/q), q = 1 - p. It must be decreasing in p, and constant for
/// p much below 1/`steepness` as well as for q much below 1/`steepness`.
///
/// The integral runs over s, where the integrand has one mode and exponential tails, on Gauss-Legendre
/// panels from the mode outwards; where g is constant the tails are added in closed form, so that a
/// density that piles up at 0 or 1 does no harm.
pub(crate) fn beta_mean(a: f64, b: f64, steepness: f64, g: impl Fn(f64, f64) -> (f64, f64)) -> f64 {
    let steepness = steepness.max(1.0);
    // From the mode of the density, where u = 0: terms as large as a and b cancel there, and would take their digits along.
    let centre = (a / b).ln();
    let (ln_p0, ln_q0) = log_odds(centre);
    let (p0, q0) = (ln_p0.exp(), ln_q0.exp());
    let top = ln_gamma_peak(a) + ln_gamma_peak(b) - ln_gamma_peak(a + b);
    let integrand = |u: f64| {
        let (ln_p, ln_q) = log_odds(centre + u);
        let (p, q) = (ln_p.exp(), ln_q.exp());
        let fall = if u.abs() < 1.0 {
            -a * (q0 * (-u).exp_m1()).ln_1p() - b * (p0 * u.exp_m1()).ln_1p()
        } else {
            a * (ln_p - ln_p0) + b * (ln_q - ln_q0)
        };
        let (ln_g, slope) = g(p, q);
        (top + fall + ln_g, a * q - b * p + slope)
    };
    // Below `left` (above `right`) g and the other factor of the density are constant.
    let left = -FOLDS - steepness.max(b).ln() - centre;
    let right = FOLDS + steepness.max(a).ln() - centre;

    let (mut low, mut high) = (left, right);
    while high - low > 1e-6 {
        let middle = 0.5 * (low + high);
        if integrand(middle).1 > 0.0 { low = middle } else { high = middle }
    }
    let mode = 0.5 * (low + high);
    let curvature = 0.5e4 * (integrand(mode - 1e-4).1 - integrand(mode + 1e-4).1);
    let width = if curvature > 1.0 { WIDEST / curvature.sqrt() } else { WIDEST };
    let threshold = integrand(mode).0 - FOLDS;

    let mut sum = 0.0;
    let mut add = |from: f64, to: f64| panels(from, to, width, |u, w| sum += w * integrand(u).0.exp());
    let mut u = mode;
    while u > left && integrand(u).0 > threshold {
        add((u - width).max(left), u);
        u -= width;
    }
    let reached_left = u <= left;
    u = mode;
    while u < right && integrand(u).0 > threshold {
        add(u, (u + width).min(right));
        u += width;
    }
    // On the tails the density falls like p^a, or like q^b.
    if reached_left {
        sum += integrand(left).0.exp() / a;
    }
    if u >= right {
        sum += integrand(right).0.exp() / b;
    }
    sum
}
