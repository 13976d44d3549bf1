//! Long sums of a smooth function over consecutive whole numbers.

use super::quadrature::panels;

/// Terms that are added one by one before the rest is integrated: by then a power of t changes slowly.
const ONE_BY_ONE: usize = 128;
/// From this relative change per term on, adding up is cheaper than integrating.
const FAST: f64 = 0.05;
/// Terms below this share of the sum are left out, with all that follow.
const NEGLIGIBLE: f64 = 1e-18;
/// Widest Gauss panel in ln k.
const WIDEST: f64 = 0.5;

/// Sum of f(k) for k = 0, 1, … `count` - 1 of a positive, eventually decreasing f that is smooth on the scale of k
/// (as powers of k and of k + c are); `count` may be infinite if the terms fall like a geometric series.
///
/// The first terms are added up. Then, once f changes slowly from term to term, the rest is the integral from
/// half a step before the next term to half a step after the last one with the end corrections of the midpoint
/// Euler-Maclaurin formula (derivatives taken as central differences), on panels of ln k. The cost
/// grows with the logarithm of the number of terms; the relative error is of the order 1e-14.
pub(crate) fn smooth_sum(count: f64, f: impl Fn(f64) -> f64) -> f64 {
    let mut sum = 0.0;
    let (mut k, mut last) = (0.0, f64::INFINITY);
    loop {
        if k >= count {
            return sum;
        }
        let term = f(k);
        sum += term;
        let falling = term < last;
        if term <= NEGLIGIBLE * sum && (falling || term == 0.0) {
            return sum;
        }
        let change = (1.0 - term / last).abs();
        k += 1.0;
        if k >= ONE_BY_ONE as f64 && change < FAST && count - k > ONE_BY_ONE as f64 {
            break;
        }
        last = term;
    }
    let from = k - 0.5;
    sum += end_correction(&f, from);
    if count.is_finite() {
        sum -= end_correction(&f, count - 0.5);
    }
    let start = from.ln();
    let end = if count.is_finite() { (count - 0.5).ln() } else { f64::INFINITY };
    let mut at = start;
    while at < end {
        let to = (at + WIDEST).min(end);
        let mut panel = 0.0;
        panels(at, to, WIDEST, |y, w| {
            let t = y.exp();
            panel += w * t * f(t);
        });
        sum += panel;
        at = to;
        if panel <= NEGLIGIBLE * sum {
            break;
        }
    }
    sum
}

/// What the sum over k > x exceeds the integral from x by, for x halfway between two terms.
fn end_correction(f: &impl Fn(f64) -> f64, x: f64) -> f64 {
    let difference = |h: f64| f(x + h) - f(x - h);
    let (d1, d3, d5) = (difference(0.5), difference(1.5), difference(2.5));
    let third = d3 - 3.0 * d1;
    let fifth = d5 - 5.0 * d3 + 10.0 * d1;
    d1 / 24.0 - 17.0 / 5760.0 * third + 367.0 / 967_680.0 * fifth
}
