//! The triangular root of a covariance matrix.

/// L with L L' = `matrix` (row after row), or `None` where it is not positive definite.
pub(super) fn cholesky(matrix: &[f64], d: usize) -> Option<Vec<f64>> {
    let mut l = vec![0.0; d * d];
    for i in 0..d {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| l[i * d + k] * l[j * d + k]).sum();
            let left = matrix[i * d + j] - sum;
            if i == j {
                // Below this share of the diagonal only rounding is left.
                if !(left > 1e-14 * matrix[i * d + i] && left.is_finite()) {
                    return None;
                }
                l[i * d + i] = left.sqrt();
            } else {
                l[i * d + j] = left / l[j * d + j];
            }
        }
    }
    Some(l)
}

/// The inverse of a lower triangular matrix.
pub(super) fn inverse_lower(l: &[f64], d: usize) -> Vec<f64> {
    let mut inverse = vec![0.0; d * d];
    for j in 0..d {
        inverse[j * d + j] = 1.0 / l[j * d + j];
        for i in j + 1..d {
            let sum: f64 = (j..i).map(|k| l[i * d + k] * inverse[k * d + j]).sum();
            inverse[i * d + j] = -sum / l[i * d + i];
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_and_inverse() {
        let a = [4.0, 2.0, -1.0, 2.0, 5.0, 0.5, -1.0, 0.5, 3.0];
        let l = cholesky(&a, 3).unwrap();
        let inverse = inverse_lower(&l, 3);
        for i in 0..3 {
            for j in 0..3 {
                let root: f64 = (0..3).map(|k| l[i * 3 + k] * l[j * 3 + k]).sum();
                let one: f64 = (0..3).map(|k| l[i * 3 + k] * inverse[k * 3 + j]).sum();
                assert!((root - a[i * 3 + j]).abs() < 1e-14);
                assert!((one - f64::from(u8::from(i == j))).abs() < 1e-14);
            }
        }
        assert_eq!(cholesky(&[1.0, 1.0, 1.0, 1.0], 2), None);
        assert_eq!(cholesky(&[f64::NAN], 1), None);
    }
}
