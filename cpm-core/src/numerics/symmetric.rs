//! Symmetric matrices of the size of a parameter vector: everything follows from the eigenvalues.

use ndarray::{Array1, Array2};

/// Eigenvalues in ascending order and the matrix whose columns are the eigenvectors.
#[derive(Debug, Clone)]
pub(crate) struct Eigen {
    pub(crate) values: Array1<f64>,
    pub(crate) vectors: Array2<f64>,
}

/// Cyclic Jacobi rotations: slow for large matrices, exact and simple for small ones.
pub(crate) fn eigen(matrix: &Array2<f64>) -> Eigen {
    let n = matrix.nrows();
    let mut a = matrix.clone();
    let mut v = Array2::eye(n);
    for _sweep in 0..100 {
        let off: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|ij| a[ij] * a[ij]).sum();
        let scale: f64 = a.iter().map(|x| x * x).sum();
        if off <= 1e-32 * scale || scale == 0.0 {
            break;
        }
        for i in 0..n {
            for j in 0..i {
                rotate(&mut a, &mut v, i, j);
            }
        }
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&i, &j| a[(i, i)].total_cmp(&a[(j, j)]));
    Eigen {
        values: order.iter().map(|&i| a[(i, i)]).collect(),
        vectors: Array2::from_shape_fn((n, n), |(row, k)| v[(row, order[k])]),
    }
}

fn rotate(a: &mut Array2<f64>, v: &mut Array2<f64>, p: usize, q: usize) {
    if a[(p, q)] == 0.0 {
        return;
    }
    let theta = (a[(q, q)] - a[(p, p)]) / (2.0 * a[(p, q)]);
    let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let t = if theta == 0.0 { 1.0 } else { t };
    let c = 1.0 / t.hypot(1.0);
    let s = t * c;
    for k in 0..a.nrows() {
        let (x, y) = (a[(k, p)], a[(k, q)]);
        a[(k, p)] = c * x - s * y;
        a[(k, q)] = s * x + c * y;
    }
    for k in 0..a.nrows() {
        let (x, y) = (a[(p, k)], a[(q, k)]);
        a[(p, k)] = c * x - s * y;
        a[(q, k)] = s * x + c * y;
        let (x, y) = (v[(k, p)], v[(k, q)]);
        v[(k, p)] = c * x - s * y;
        v[(k, q)] = s * x + c * y;
    }
}

impl Eigen {
    /// Largest over smallest eigenvalue; infinite if the matrix is not positive definite.
    pub(crate) fn condition(&self) -> f64 {
        let (low, high) = (self.values[0], self.values[self.values.len() - 1]);
        if low > 0.0 { high / low } else { f64::INFINITY }
    }

    /// x' A^-1 x.
    pub(crate) fn quadratic_of_inverse(&self, x: &[f64]) -> f64 {
        let along = |k: usize| self.vectors.column(k).iter().zip(x).map(|(v, x)| v * x).sum::<f64>();
        self.values.iter().enumerate().map(|(k, value)| along(k).powi(2) / value).sum()
    }

    /// A^-1.
    pub(crate) fn inverse(&self) -> Array2<f64> {
        let n = self.values.len();
        let entry = |i, j| (0..n).map(|k| self.vectors[(i, k)] * self.vectors[(j, k)] / self.values[k]).sum();
        Array2::from_shape_fn((n, n), |(i, j)| entry(i, j))
    }
}
