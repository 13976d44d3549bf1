//! Log-likelihoods of grouped histories, with gradient and Hessian, in one parallel pass.

use ndarray::{Array1, Array2};

use crate::numerics::newton::Evaluation;
use crate::numerics::parallel;
use crate::summary::{Histories, History};

/// Histories per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 512;

/// A log-likelihood's value, gradient, and upper triangle of the Hessian, in K parameters, natural or logarithms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Derivatives<const K: usize> {
    pub(super) value: f64,
    pub(super) gradient: [f64; K],
    pub(super) hessian: [[f64; K]; K],
}

impl<const K: usize> Derivatives<K> {
    const ZERO: Self = Self { value: 0.0, gradient: [0.0; K], hessian: [[0.0; K]; K] };

    /// Adds another one, `weight` times.
    fn add(&mut self, other: &Self, weight: f64) {
        self.value += weight * other.value;
        self.gradient.iter_mut().zip(other.gradient).for_each(|(s, o)| *s += weight * o);
        let flat = self.hessian.iter_mut().flatten();
        flat.zip(other.hessian.iter().flatten()).for_each(|(s, o)| *s += weight * o);
    }

    fn in_logs(&self) -> Evaluation {
        Evaluation {
            value: self.value,
            gradient: Array1::from_shape_fn(K, |i| self.gradient[i]),
            hessian: Array2::from_shape_fn((K, K), |(i, j)| self.hessian[i.min(j)][i.max(j)]),
        }
    }

    /// Chain rule for θ = e^u: gradient θ g; Hessian θ_i θ_j H_ij, plus θ_i g_i on the diagonal.
    fn in_log_parameters(&self, theta: [f64; K]) -> Evaluation {
        Evaluation {
            value: self.value,
            gradient: Array1::from_shape_fn(K, |i| theta[i] * self.gradient[i]),
            hessian: Array2::from_shape_fn((K, K), |(i, j)| {
                let diagonal = if i == j { theta[i] * self.gradient[i] } else { 0.0 };
                theta[i] * theta[j] * self.hessian[i.min(j)][i.max(j)] + diagonal
            }),
        }
    }
}

/// Histories sorted by x, with the position of each one's x in the list of distinct ones: gamma functions
/// and their derivatives depend on x alone, and are computed once for each.
pub(super) struct LikelihoodSum<'a> {
    histories: &'a [History],
    weight: &'a [f64],
    distinct_x: Vec<f64>,
    x_of: Vec<u32>,
}

impl<'a> LikelihoodSum<'a> {
    pub(super) fn new(histories: &'a Histories) -> Self {
        let mut distinct_x: Vec<f64> = Vec::new();
        let x_of = histories
            .distinct()
            .iter()
            .map(|h| {
                if distinct_x.last() != Some(&h.x) {
                    distinct_x.push(h.x);
                }
                distinct_x.len() as u32 - 1
            })
            .collect();
        Self { histories: histories.distinct(), weight: histories.weight(), distinct_x, x_of }
    }

    /// Weighted sum of `of_history`, which gets what `of_x` makes of the history's x; derivatives in the
    /// logarithms of `theta`.
    pub(super) fn evaluate<const K: usize, X: Copy + Send + Sync>(
        &self,
        theta: [f64; K],
        of_x: impl Fn(f64) -> X + Sync,
        of_history: impl Fn(&History, &X) -> Derivatives<K> + Sync,
    ) -> Evaluation {
        self.sum(of_x, of_history).in_log_parameters(theta)
    }

    /// The same for a model whose derivatives are in the log-parameters already.
    pub(super) fn evaluate_in_logs<const K: usize, X: Copy + Send + Sync>(
        &self,
        of_x: impl Fn(f64) -> X + Sync,
        of_history: impl Fn(&History, &X) -> Derivatives<K> + Sync,
    ) -> Evaluation {
        self.sum(of_x, of_history).in_logs()
    }

    fn sum<const K: usize, X: Copy + Send + Sync>(
        &self,
        of_x: impl Fn(f64) -> X + Sync,
        of_history: impl Fn(&History, &X) -> Derivatives<K> + Sync,
    ) -> Derivatives<K> {
        let of_x: Vec<X> = parallel::map(self.distinct_x.len(), 16, |k| of_x(self.distinct_x[k]));
        let chunks = parallel::map_chunks(self.histories.len(), CHUNK, |rows| {
            let mut sum = Derivatives::<K>::ZERO;
            for row in rows {
                sum.add(&of_history(&self.histories[row], &of_x[self.x_of[row] as usize]), self.weight[row]);
            }
            sum
        });
        let mut total = Derivatives::ZERO;
        chunks.for_each(|chunk| total.add(&chunk, 1.0));
        total
    }
}
