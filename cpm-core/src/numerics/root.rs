//! Roots of decreasing functions of a positive variable of unknown scale.

/// Widest range of the variable, in e-folds from the start.
const WIDEST: f64 = 400.0;

/// t > 0 with f(t) = 0 for a decreasing f, to 14 digits or as far as f can tell; `None` if there is none within reach.
///
/// The bracket grows on the scale of ln t; then regula falsi in the Illinois variant (the end that stays put counts half
/// each time), with a bisection whenever that has not halved the bracket in three steps.
pub(crate) fn log_root(start: f64, f: impl Fn(f64) -> f64) -> Option<f64> {
    let of = |y: f64| f(y.exp());
    let centre = start.ln();
    let first = of(centre);
    if first == 0.0 {
        return Some(start);
    }
    let direction = first.signum();
    let (mut near, mut f_near, mut step) = (centre, first, 1.0);
    let (mut far, mut f_far);
    loop {
        far = near + direction * step;
        f_far = of(far);
        if f_far == 0.0 {
            return Some(far.exp());
        }
        if f_far.signum() != direction {
            break;
        }
        (near, f_near) = (far, f_far);
        step *= 2.0;
        if (near - centre).abs() > WIDEST {
            return None;
        }
    }
    // f(low) > 0 > f(high).
    let (mut low, mut f_low, mut high, mut f_high) =
        if near < far { (near, f_near, far, f_far) } else { (far, f_far, near, f_near) };
    let mut last_width = high - low;
    for iteration in 1..200 {
        let width = high - low;
        if width <= 1e-14 * (1.0 + low.abs()) {
            break;
        }
        let secant = low + width * f_low / (f_low - f_high);
        let slow = iteration % 3 == 0 && width > 0.5 * last_width;
        if iteration % 3 == 0 {
            last_width = width;
        }
        let middle = if slow || !(low < secant && secant < high) { 0.5 * (low + high) } else { secant };
        let at = of(middle);
        if at == 0.0 || middle <= low || middle >= high {
            return Some(middle.exp());
        }
        if at > 0.0 {
            (low, f_low) = (middle, at);
            f_high *= 0.5;
        } else {
            (high, f_high) = (middle, at);
            f_low *= 0.5;
        }
    }
    Some((0.5 * (low + high)).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_of_any_scale() {
        for scale in [1e-8, 1.0, 1e9] {
            for probability in [1e-6, 0.3, 0.999_999] {
                // A Lomax variable: (1 + t/scale)^-0.4 = probability.
                let expected = scale * (-f64::ln(probability) / 0.4).exp_m1();
                let found = log_root(1.0, |t| (-0.4 * (t / scale).ln_1p()).exp() - probability).unwrap();
                let conditioning = if probability > 0.9 { 1e-9 } else { 1e-12 };
                assert!((found / expected - 1.0).abs() < conditioning, "{scale} {probability} {found} {expected}");
            }
        }
        assert_eq!(log_root(1.0, |t| 0.5 + (-t).exp()), None);
    }
}
