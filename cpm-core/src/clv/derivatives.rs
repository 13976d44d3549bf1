//! Values with first and second derivatives, for likelihoods that are sums of functions of functions.

use ndarray::{Array1, Array2};

use crate::numerics::newton::Evaluation;

/// A number with its first and second derivatives in the parameters, natural scale. Of the Hessian the upper
/// triangle counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Derivatives<const N: usize> {
    pub(super) value: f64,
    pub(super) gradient: [f64; N],
    pub(super) hessian: [[f64; N]; N],
}

impl<const N: usize> Derivatives<N> {
    pub(super) const ZERO: Self = Self { value: 0.0, gradient: [0.0; N], hessian: [[0.0; N]; N] };

    /// Adds `weight` times another one.
    #[inline]
    pub(super) fn add(&mut self, weight: f64, of: &Self) {
        self.add_slopes(weight, of);
        for i in 0..N {
            for j in i..N {
                self.hessian[i][j] += weight * of.hessian[i][j];
            }
        }
    }

    /// The same for value and gradient only.
    #[inline]
    pub(super) fn add_slopes(&mut self, weight: f64, of: &Self) {
        self.value += weight * of.value;
        self.gradient.iter_mut().zip(of.gradient).for_each(|(s, o)| *s += weight * o);
    }

    /// Adds `weight` times f(of), where f has value, slope and curvature as given.
    pub(super) fn add_function(&mut self, weight: f64, of: &Self, [value, slope, curvature]: [f64; 3]) {
        self.value += weight * value;
        for i in 0..N {
            self.gradient[i] += weight * slope * of.gradient[i];
            for j in 0..N {
                self.hessian[i][j] += weight * (slope * of.hessian[i][j] + curvature * of.gradient[i] * of.gradient[j]);
            }
        }
    }

    /// The same in the log-parameters, where the natural parameters are `theta`; the upper triangle of the Hessian counts.
    pub(super) fn to_logs(self, theta: &[f64; N]) -> Self {
        let gradient: [f64; N] = std::array::from_fn(|i| theta[i] * self.gradient[i]);
        let hessian = std::array::from_fn(|i| {
            std::array::from_fn(|j| theta[i] * theta[j] * self.hessian[i][j] + if i == j { gradient[i] } else { 0.0 })
        });
        Self { value: self.value, gradient, hessian }
    }

    /// As it is, where derivatives were taken in the log-parameters to begin with.
    pub(super) fn evaluation(&self) -> Evaluation {
        Evaluation {
            value: self.value,
            gradient: Array1::from_shape_fn(N, |i| self.gradient[i]),
            hessian: Array2::from_shape_fn((N, N), |(i, j)| self.hessian[i.min(j)][i.max(j)]),
        }
    }

    /// As a function of the log-parameters, where the natural parameters are `theta`: gradient θ g; Hessian θ_i θ_j H_ij,
    /// plus θ_i g_i on the diagonal.
    pub(super) fn in_logs(&self, theta: &[f64; N]) -> Evaluation {
        self.to_logs(theta).evaluation()
    }
}
