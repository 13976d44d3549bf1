//! Sums without rounding errors, so that they do not depend on the order of what is added.

use super::accumulator::two_sum;

/// A sum as floating-point numbers that do not overlap, the smallest first: Shewchuk (1997), "Adaptive precision
/// floating-point arithmetic and fast robust geometric predicates", Discrete & Computational Geometry 18, theorem 10.
/// Exact as long as nothing overflows.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExactSum {
    parts: Vec<f64>,
}

impl ExactSum {
    pub(crate) fn add(&mut self, value: f64) {
        let mut high = value;
        let mut kept = 0;
        for i in 0..self.parts.len() {
            let low;
            (high, low) = two_sum(high, self.parts[i]);
            if low != 0.0 {
                self.parts[kept] = low;
                kept += 1;
            }
        }
        self.parts.truncate(kept);
        if high != 0.0 {
            self.parts.push(high);
        }
    }

    /// The float that is nearest to the sum, which is taken out of it; ties go to even, as everywhere.
    pub(crate) fn take_nearest(&mut self) -> f64 {
        let nearest = self.nearest();
        self.add(-nearest);
        nearest
    }

    /// What is left of the sum, in parts; then it is zero.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = f64> {
        self.parts.drain(..)
    }

    fn nearest(&self) -> f64 {
        let mut parts = self.parts.iter().rev().copied();
        let mut high = parts.next().unwrap_or(0.0);
        while let Some(part) = parts.next() {
            let sum = high + part;
            let low = part - (sum - high);
            high = sum;
            if low == 0.0 {
                continue;
            }
            // Half-way cases are decided by what follows.
            if parts.next().is_some_and(|next| (next < 0.0) == (low < 0.0)) {
                let double = 2.0 * low;
                let other = high + double;
                if other - high == double {
                    high = other;
                }
            }
            break;
        }
        high
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(values: &[f64]) -> f64 {
        let mut sum = ExactSum::default();
        values.iter().for_each(|&v| sum.add(v));
        sum.take_nearest()
    }

    #[test]
    fn sums_of_known_value() {
        // Python's math.fsum of the same.
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[1e16, 1.0, 1e-16]), 1e16 + 2.0);
        assert_eq!(sum(&[1e16, 1.0, -1e-16]), 1e16);
        assert_eq!(sum(&[1e290, 1.0, -1e290]), 1.0);
        assert_eq!(sum(&[]), 0.0);
        assert_eq!(sum(&[f64::MIN_POSITIVE / 4.0, 5.0, -5.0]), f64::MIN_POSITIVE / 4.0);
    }

    proptest! {
        #[test]
        fn order_and_groups_do_not_matter(values in proptest::collection::vec((-1e6..1e6_f64, -40..40_i32), 0..30), cut in 0_usize..30) {
            let mut values: Vec<f64> = values.into_iter().map(|(v, e)| v * 10_f64.powi(e)).collect();
            let cut = cut.min(values.len());
            let mut grouped = ExactSum::default();
            for part in [&values[cut..], &values[..cut]] {
                let mut group = ExactSum::default();
                part.iter().for_each(|&v| group.add(v));
                grouped.add(group.take_nearest());
                group.drain().for_each(|rest| grouped.add(rest));
            }
            let expected = sum(&values);
            prop_assert_eq!(grouped.take_nearest(), expected);
            values.reverse();
            prop_assert_eq!(sum(&values), expected);
        }
    }
}
