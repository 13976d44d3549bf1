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
    with_hessian: bool,
}

/// Histories from which on a fit starts from a sample of them, and the size of the sample.
const MANY: usize = 8_192;
const SAMPLE: usize = 2_048;

/// A systematic sample of many histories: as many customers, at equal distances in their order, which is that of x and T.
pub(super) struct Sample {
    histories: Vec<History>,
    weight: Vec<f64>,
}

impl Sample {
    /// `None` where there are not so many that a fit to a sample saves time.
    pub(super) fn of(histories: &Histories) -> Option<Self> {
        if histories.distinct().len() < MANY {
            return None;
        }
        let total: f64 = histories.weight().iter().sum();
        let step = total / SAMPLE as f64;
        let mut sample = Self { histories: Vec::with_capacity(SAMPLE), weight: Vec::with_capacity(SAMPLE) };
        let (mut passed, mut next) = (0.0, 0.5 * step);
        for (history, weight) in histories.distinct().iter().zip(histories.weight()) {
            passed += weight;
            let hits = ((passed - next) / step).floor() + 1.0;
            if hits >= 1.0 {
                sample.histories.push(*history);
                sample.weight.push(hits);
                next += hits * step;
            }
        }
        Some(sample)
    }

    /// Customers in it.
    pub(super) fn customers(&self) -> f64 {
        self.weight.iter().sum()
    }

    pub(super) fn sum(&self) -> LikelihoodSum<'_> {
        LikelihoodSum::of(&self.histories, &self.weight)
    }
}

impl<'a> LikelihoodSum<'a> {
    pub(super) fn new(histories: &'a Histories) -> Self {
        Self::of(histories.distinct(), histories.weight())
    }

    /// Of histories sorted by x.
    fn of(histories: &'a [History], weight: &'a [f64]) -> Self {
        let mut distinct_x: Vec<f64> = Vec::new();
        let x_of = histories
            .iter()
            .map(|h| {
                if distinct_x.last() != Some(&h.x) {
                    distinct_x.push(h.x);
                }
                distinct_x.len() as u32 - 1
            })
            .collect();
        Self { histories, weight, distinct_x, x_of, with_hessian: true }
    }

    /// The same for those who need value and gradient only, such as samplers: what makes up the Hessian is then never computed.
    #[cfg(feature = "simulation")]
    pub(super) fn without_hessian(mut self) -> Self {
        self.with_hessian = false;
        self
    }

    /// The histories.
    #[cfg(all(feature = "discrete-time", feature = "simulation"))]
    pub(super) fn histories(&self) -> &'a [History] {
        self.histories
    }

    /// Their weights.
    #[cfg(all(feature = "discrete-time", feature = "simulation"))]
    pub(super) fn weight(&self) -> &'a [f64] {
        self.weight
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
            if self.with_hessian {
                for row in rows {
                    sum.add(self.weight[row], &of_history(&self.histories[row], &of_x[self.x_of[row] as usize]));
                }
            } else {
                // The compiler leaves out what nobody reads.
                for row in rows {
                    let one = of_history(&self.histories[row], &of_x[self.x_of[row] as usize]);
                    sum.value += self.weight[row] * one.value;
                    sum.gradient.iter_mut().zip(one.gradient).for_each(|(s, g)| *s += self.weight[row] * g);
                }
            }
            sum
        });
        let mut total = Derivatives::<K>::ZERO;
        chunks.for_each(|chunk| total.add(1.0, &chunk));
        total
    }
}
