//! Linear equations with a positive definite matrix.

use ndarray::Array2;

/// The lower triangle L of A = L L'; `None` if A is not positive definite to working precision.
#[derive(Debug, Clone)]
pub(crate) struct Cholesky {
    lower: Array2<f64>,
}

impl Cholesky {
    /// Factor of a symmetric matrix; only its lower triangle is read. A pivot below `tolerance` times its diagonal
    /// element is taken for 0: that column is a linear combination of those before it.
    pub(crate) fn new(matrix: &Array2<f64>, tolerance: f64) -> Result<Self, usize> {
        let n = matrix.nrows();
        let mut lower = Array2::zeros((n, n));
        for j in 0..n {
            for i in j..n {
                let dot: f64 = (0..j).map(|k| lower[(i, k)] * lower[(j, k)]).sum();
                let rest = matrix[(i, j)] - dot;
                if i > j {
                    lower[(i, j)] = rest / lower[(j, j)];
                } else if rest > tolerance * matrix[(j, j)] && rest > 0.0 && rest.is_finite() {
                    lower[(j, j)] = rest.sqrt();
                } else {
                    return Err(j);
                }
            }
        }
        Ok(Self { lower })
    }

    /// A^-1 b.
    pub(crate) fn solve(&self, b: &[f64]) -> Vec<f64> {
        let n = b.len();
        let l = &self.lower;
        let mut x = b.to_vec();
        for i in 0..n {
            let dot: f64 = (0..i).map(|k| l[(i, k)] * x[k]).sum();
            x[i] = (x[i] - dot) / l[(i, i)];
        }
        for i in (0..n).rev() {
            let dot: f64 = (i + 1..n).map(|k| l[(k, i)] * x[k]).sum();
            x[i] = (x[i] - dot) / l[(i, i)];
        }
        x
    }

    /// A^-1.
    pub(crate) fn inverse(&self) -> Array2<f64> {
        let n = self.lower.nrows();
        let mut inverse = Array2::zeros((n, n));
        for j in 0..n {
            let unit: Vec<f64> = (0..n).map(|i| f64::from(u8::from(i == j))).collect();
            self.solve(&unit).iter().enumerate().for_each(|(i, v)| inverse[(i, j)] = *v);
        }
        inverse
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::Cholesky;

    #[test]
    fn solves_and_inverts() {
        let a = array![[4.0, 2.0, 0.6], [2.0, 5.0, 1.0], [0.6, 1.0, 3.0]];
        let factor = Cholesky::new(&a, 1e-12).unwrap();
        let x = factor.solve(&[1.0, -2.0, 0.5]);
        let back = a.dot(&ndarray::Array1::from(x));
        for (found, expected) in back.iter().zip([1.0, -2.0, 0.5]) {
            assert!((found - expected).abs() < 1e-14);
        }
        let unit = a.dot(&factor.inverse());
        assert!((&unit - &Array2::<f64>::eye(3)).iter().all(|d| d.abs() < 1e-14));
    }

    #[test]
    fn names_the_dependent_column() {
        let a = array![[1.0, 2.0, 3.0], [2.0, 5.0, 7.0], [3.0, 7.0, 10.0]];
        assert_eq!(Cholesky::new(&a, 1e-12).unwrap_err(), 2);
    }
}
