//! Ordinary least squares with heteroscedasticity-consistent covariance.

use ndarray::{Array2, ArrayView2};

use super::cholesky::Cholesky;

/// Covariance of the coefficients (White 1980; MacKinnon & White 1985).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Covariance {
    /// Squared residuals over (1 - leverage).
    Hc2,
    /// Squared residuals over (1 - leverage)².
    Hc3,
}

/// A regression of y on the columns of X; X has its own column of ones if there is an intercept.
#[derive(Debug, Clone)]
pub(crate) struct LeastSquares {
    pub(crate) coefficients: Vec<f64>,
    pub(crate) covariance: Array2<f64>,
    pub(crate) residual_sum: f64,
    /// Rows less columns.
    pub(crate) degrees_of_freedom: usize,
}

/// Fits; the number of a column that is a linear combination of those before it if there is one.
pub(crate) fn least_squares(x: ArrayView2<'_, f64>, y: &[f64], covariance: Covariance) -> Result<LeastSquares, usize> {
    let (n, k) = x.dim();
    // Columns of one length: what decides on dependence and rounding is then not their unit.
    let lengths: Vec<f64> = (0..k).map(|j| x.column(j).iter().map(|v| v * v).sum::<f64>().sqrt()).collect();
    if let Some(zero) = lengths.iter().position(|l| *l == 0.0) {
        return Err(zero);
    }
    let scaled = Array2::from_shape_fn((n, k), |(i, j)| x[(i, j)] / lengths[j]);
    let normal = scaled.t().dot(&scaled);
    let factor = Cholesky::new(&normal, 1e-12)?;
    let moment =
        |y: &[f64]| -> Vec<f64> { (0..k).map(|j| scaled.column(j).iter().zip(y).map(|(x, y)| x * y).sum()).collect() };
    let fitted = |b: &[f64]| -> Vec<f64> {
        scaled.rows().into_iter().map(|r| r.iter().zip(b).map(|(x, b)| x * b).sum()).collect()
    };
    let mut b = factor.solve(&moment(y));
    // One step of refinement gives back the digits that the normal equations lose.
    let rest: Vec<f64> = y.iter().zip(fitted(&b)).map(|(y, f)| y - f).collect();
    b.iter_mut().zip(factor.solve(&moment(&rest))).for_each(|(b, d)| *b += d);
    let residuals: Vec<f64> = y.iter().zip(fitted(&b)).map(|(y, f)| y - f).collect();
    let residual_sum: f64 = residuals.iter().map(|r| r * r).sum();
    let inverse = factor.inverse();
    let mut spread = Array2::<f64>::zeros((k, k));
    for (row, residual) in scaled.rows().into_iter().zip(&residuals) {
        let side = inverse.dot(&row);
        let rest = (1.0 - row.dot(&side)).max(1e-12);
        let weight = residual * residual / if covariance == Covariance::Hc2 { rest } else { rest * rest };
        for i in 0..k {
            for j in 0..k {
                spread[(i, j)] += weight * side[i] * side[j];
            }
        }
    }
    Ok(LeastSquares {
        coefficients: b.iter().zip(&lengths).map(|(b, l)| b / l).collect(),
        covariance: Array2::from_shape_fn((k, k), |(i, j)| spread[(i, j)] / lengths[i] / lengths[j]),
        residual_sum,
        degrees_of_freedom: n - k,
    })
}

impl LeastSquares {
    /// Standard error of a coefficient.
    pub(crate) fn standard_error(&self, k: usize) -> f64 {
        self.covariance[(k, k)].max(0.0).sqrt()
    }
}
