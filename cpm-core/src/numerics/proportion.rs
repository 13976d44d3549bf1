//! Shares of a count, with their interval.

use crate::estimate::{Estimate, Interval};
use crate::numerics::distribution::normal_quantile;

/// `successes` of `trials` (above 0; neither need be whole) with the interval of Wilson (1927, JASA 22), which stays
/// within 0 and 1 and holds for small counts: (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n).
pub(crate) fn wilson(successes: f64, trials: f64, level: f64) -> Estimate {
    wilson_share(successes / trials, trials, level)
}

/// The same for a share `p` of `n` trials, such as the effective number of a weighted sample.
pub(crate) fn wilson_share(p: f64, n: f64, level: f64) -> Estimate {
    let z = normal_quantile(0.5 + 0.5 * level);
    let centre = p + z * z / (2.0 * n);
    let reach = z * (p * (1.0 - p) / n + (z / (2.0 * n)).powi(2)).sqrt();
    let scale = 1.0 + z * z / n;
    // At p = 0 and 1 the near end is the share itself, but for rounding.
    let interval =
        Interval { low: ((centre - reach) / scale).clamp(0.0, p), high: ((centre + reach) / scale).clamp(p, 1.0) };
    Estimate { value: p, interval }
}

#[cfg(test)]
mod tests {
    use super::wilson;

    #[test]
    fn wilson_interval_of_known_cases() {
        // SciPy 1.17: binomtest(k, n).proportion_ci(0.95, method="wilson").
        for (k, n, low, high) in [
            (0.0, 10.0, 0.0, 0.277_532_799_862_889_26),
            (10.0, 10.0, 0.722_467_200_137_110_9, 1.0),
            (3.0, 10.0, 0.107_791_267_406_301_02, 0.603_221_852_538_854_6),
        ] {
            let share = wilson(k, n, 0.95);
            assert!((share.interval.low - low).abs() < 1e-12, "{share:?}");
            assert!((share.interval.high - high).abs() < 1e-12, "{share:?}");
            assert_eq!(share.value, k / n);
        }
    }
}
