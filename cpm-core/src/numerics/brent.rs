//! The minimum of a function of one variable without derivatives.

/// Largest number of evaluations.
const MOST: usize = 200;

/// Brent's method (Brent 1973, "Algorithms for Minimization without Derivatives", chapter 5): the point of a local
/// minimum of `f` within the bracket, to `tolerance` in x. Where `f` has one minimum, it is that one.
pub(crate) fn minimise_scalar(low: f64, high: f64, tolerance: f64, f: impl Fn(f64) -> f64) -> f64 {
    let golden = 0.5 * (3.0 - 5.0_f64.sqrt());
    let (mut a, mut b) = (low, high);
    let mut x = a + golden * (b - a);
    let (mut second, mut third) = (x, x);
    let mut at_x = f(x);
    let (mut at_second, mut at_third) = (at_x, at_x);
    let (mut step, mut before): (f64, f64) = (0.0, 0.0);
    for _ in 0..MOST {
        let middle = 0.5 * (a + b);
        let near = tolerance + 1e-10 * x.abs();
        if (x - middle).abs() <= 2.0 * near - 0.5 * (b - a) {
            break;
        }
        // A parabola through three points, if it promises a shorter step than the one before last.
        let r = (x - second) * (at_x - at_third);
        let q = (x - third) * (at_x - at_second);
        let (mut p, mut q) = ((x - third) * q - (x - second) * r, 2.0 * (q - r));
        if q > 0.0 {
            p = -p;
        }
        q = q.abs();
        let parabolic = before.abs() > near
            && p.is_finite()
            && q > 0.0
            && p.abs() < (0.5 * q * before).abs()
            && p > q * (a - x)
            && p < q * (b - x);
        if parabolic {
            before = step;
            step = p / q;
            let there = x + step;
            if there - a < 2.0 * near || b - there < 2.0 * near {
                step = near.copysign(middle - x);
            }
        } else {
            before = if x < middle { b - x } else { a - x };
            step = golden * before;
        }
        let there = x + if step.abs() >= near { step } else { near.copysign(step) };
        let value = f(there);
        if value <= at_x {
            if there < x {
                b = x
            } else {
                a = x
            }
            (third, at_third) = (second, at_second);
            (second, at_second) = (x, at_x);
            (x, at_x) = (there, value);
        } else {
            if there < x {
                a = there
            } else {
                b = there
            }
            if value <= at_second || second == x {
                (third, at_third) = (second, at_second);
                (second, at_second) = (there, value);
            } else if value <= at_third || third == x || third == second {
                (third, at_third) = (there, value);
            }
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_minimum() {
        assert!((minimise_scalar(-4.0, 9.0, 1e-10, |x| (x - 2.5).powi(2)) - 2.5).abs() < 1e-7);
        assert!((minimise_scalar(0.1, 20.0, 1e-10, |x| x - 3.0 * x.ln()) - 3.0).abs() < 1e-7);
        // The edge, if the function falls towards it; an infinite value counts as high.
        assert!((minimise_scalar(0.0, 1.0, 1e-9, |x| x) - 0.0).abs() < 1e-7);
        let wall = |x: f64| if x < 0.5 { f64::INFINITY } else { (x - 0.75).abs() };
        assert!((minimise_scalar(0.0, 1.0, 1e-9, wall) - 0.75).abs() < 1e-7);
    }
}
