//! Quantiles of samples.

use crate::estimate::Interval;

/// The central interval that holds `level` of the values, by linear interpolation between order statistics
/// (Hyndman & Fan 1996, type 7). The values are sorted in place; there must be one at least.
pub(crate) fn percentile_interval(values: &mut [f64], level: f64) -> Interval {
    values.sort_unstable_by(f64::total_cmp);
    let tail = 0.5 * (1.0 - level);
    Interval { low: quantile_of_sorted(values, tail), high: quantile_of_sorted(values, 1.0 - tail) }
}

/// The same for one quantile of values that are sorted already.
pub(crate) fn quantile_of_sorted(sorted: &[f64], probability: f64) -> f64 {
    let at = probability * (sorted.len() - 1) as f64;
    let (below, above) = (at.floor() as usize, at.ceil() as usize);
    let (low, high) = (sorted[below], sorted[above]);
    if low == high { low } else { low + (at - at.floor()) * (high - low) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_numpy() {
        // numpy.quantile([3, 1, 4, 1.5, 9], [0.1, 0.5, 0.9])
        let mut values = [3.0, 1.0, 4.0, 1.5, 9.0];
        let interval = percentile_interval(&mut values, 0.8);
        assert!((interval.low - 1.2).abs() < 1e-15 && (interval.high - 7.0).abs() < 1e-15);
        assert_eq!(quantile_of_sorted(&values, 0.5), 3.0);
        assert_eq!(quantile_of_sorted(&[2.0], 0.3), 2.0);
        // What is never reached is infinite.
        assert_eq!(quantile_of_sorted(&[1.0, f64::INFINITY], 0.0), 1.0);
        assert_eq!(quantile_of_sorted(&[1.0, f64::INFINITY], 0.5), f64::INFINITY);
    }
}
