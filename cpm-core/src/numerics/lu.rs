//! Square systems of linear equations of the size of a table of segments: LU with partial pivoting.

use ndarray::Array2;

/// P·A = L·U, both factors in one matrix.
#[derive(Debug, Clone)]
pub(crate) struct Lu {
    factors: Array2<f64>,
    rows: Vec<usize>,
}

impl Lu {
    /// `None` if the matrix is singular to working precision.
    pub(crate) fn new(matrix: &Array2<f64>) -> Option<Self> {
        let n = matrix.nrows();
        let mut a = matrix.clone();
        let mut rows: Vec<usize> = (0..n).collect();
        let scale = a.iter().fold(0.0, |largest: f64, v| largest.max(v.abs()));
        for k in 0..n {
            let pivot = (k..n).max_by(|&i, &j| a[(i, k)].abs().total_cmp(&a[(j, k)].abs()))?;
            let size = a[(pivot, k)].abs();
            if !size.is_finite() || size <= scale * n as f64 * f64::EPSILON {
                return None;
            }
            if pivot != k {
                rows.swap(pivot, k);
                (0..n).for_each(|j| a.swap((pivot, j), (k, j)));
            }
            for i in k + 1..n {
                let factor = a[(i, k)] / a[(k, k)];
                a[(i, k)] = factor;
                for j in k + 1..n {
                    a[(i, j)] -= factor * a[(k, j)];
                }
            }
        }
        Some(Self { factors: a, rows })
    }

    /// x of A·x = b.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let n = self.rows.len();
        let mut x: Vec<f64> = self.rows.iter().map(|&row| b[row]).collect();
        for i in 0..n {
            x[i] -= (0..i).map(|j| self.factors[(i, j)] * x[j]).sum::<f64>();
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|j| self.factors[(i, j)] * x[j]).sum();
            x[i] = (x[i] - known) / self.factors[(i, i)];
        }
        x
    }

    /// A^-1.
    pub(crate) fn inverse(&self) -> Array2<f64> {
        let n = self.rows.len();
        let mut inverse = Array2::zeros((n, n));
        for k in 0..n {
            let unit: Vec<f64> = (0..n).map(|i| f64::from(i == k)).collect();
            inverse.column_mut(k).iter_mut().zip(self.solve(&unit)).for_each(|(slot, v)| *slot = v);
        }
        inverse
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::Lu;

    #[test]
    fn solves_and_inverts() {
        // The first pivot is 0: without exchange of rows there would be no answer.
        let a = array![[0.0, 2.0, 1.0], [1.0, -1.0, 3.0], [4.0, 0.5, -2.0]];
        let lu = Lu::new(&a).unwrap();
        let x = lu.solve(&[5.0, 8.0, -1.0]);

        for (i, b) in [5.0, 8.0, -1.0].into_iter().enumerate() {
            let found: f64 = (0..3).map(|j| a[(i, j)] * x[j]).sum();
            assert!((found - b).abs() < 1e-14);
        }
        let identity = a.dot(&lu.inverse());
        assert!((identity - Array2::<f64>::eye(3)).iter().all(|v| v.abs() < 1e-15));
    }

    #[test]
    fn a_singular_matrix_has_no_factors() {
        assert!(Lu::new(&array![[1.0, 2.0], [2.0, 4.0]]).is_none());
        assert!(Lu::new(&Array2::zeros((2, 2))).is_none());
        assert!(Lu::new(&array![[f64::NAN]]).is_none());
    }
}
