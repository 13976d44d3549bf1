//! Sums of many numbers whose rounding errors do not grow with their number.

/// The sum of two numbers, and what it lacks of the exact one: Knuth (1969), "The Art of Computer Programming" 2, section 4.2.2,
/// theorem B. It does not ask which of them is larger, which a processor could not foresee.
#[inline]
pub(super) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    let of_a = sum - of_b;
    (sum, (a - of_a) + (b - of_b))
}

/// A running sum with its rounding errors kept aside: Ogita, Rump & Oishi (2005), "Accurate sum and dot product", SIAM Journal
/// on Scientific Computing 26, algorithm 4.4.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Accumulator {
    sum: f64,
    lost: f64,
}

impl Accumulator {
    #[inline]
    pub(crate) fn add(&mut self, value: f64) {
        let (sum, error) = two_sum(self.sum, value);
        self.lost += error;
        self.sum = sum;
    }

    #[inline]
    pub(crate) fn total(&self) -> f64 {
        self.sum + self.lost
    }

    /// Adds another sum.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.add(other.sum);
        self.lost += other.lost;
    }

    /// The sum as it was rounded, and what that lacks.
    pub(crate) const fn parts(&self) -> [f64; 2] {
        [self.sum, self.lost]
    }
}

impl FromIterator<f64> for Accumulator {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sum = Self::default();
        values.into_iter().for_each(|value| sum.add(value));
        sum
    }
}
