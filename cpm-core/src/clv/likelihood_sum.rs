//! Log-likelihoods of grouped histories, with gradient and Hessian, in one parallel pass.

use super::derivatives::Derivatives;
use crate::numerics::newton::Evaluation;
use crate::numerics::parallel;
use crate::summary::{Histories, History};

/// Histories per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 512;

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
        self.sum(of_x, of_history).in_logs(&theta)
    }

    /// The same for a model that takes its derivatives in the log-parameters.
    pub(super) fn evaluate_in_logs<const K: usize, X: Copy + Send + Sync>(
        &self,
        of_x: impl Fn(f64) -> X + Sync,
        of_history: impl Fn(&History, &X) -> Derivatives<K> + Sync,
    ) -> Evaluation {
        self.sum(of_x, of_history).evaluation()
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
                sum.add(self.weight[row], &of_history(&self.histories[row], &of_x[self.x_of[row] as usize]));
            }
            sum
        });
        let mut total = Derivatives::<K>::ZERO;
        chunks.for_each(|chunk| total.add(1.0, &chunk));
        total
    }
}
