//! Log-likelihoods of grouped histories, with gradient and Hessian, in one parallel pass.

use std::ops::Range;

use super::derivatives::Derivatives;
use crate::numerics::newton::Evaluation;
use crate::numerics::parallel;
use crate::summary::{Distinct, Histories, History, Times};

/// Histories per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 512;
/// Up to this many histories a sampler, whose chains run in parallel, adds them up on its own thread.
const FEW: usize = 8_192;

/// Histories sorted by x: gamma functions and their derivatives depend on x alone, and are computed once for each. So is what depends
/// on a time alone.
pub(super) struct LikelihoodSum<'a> {
    distinct: &'a Distinct,
    weight_of_x: Vec<f64>,
    with_hessian: bool,
}

/// Histories from which on a fit starts from a coarser picture of them.
const MANY: usize = 8_192;
/// Cells of that picture between 0 and the longest T.
const CELLS_OF_T: usize = 16;
const CELLS_OF_T_X: usize = 32;

/// Many histories as a few: those of equal x and neighbouring times are one at their mean. The likelihood is smooth in the times, so
/// its maximum is near that of all: the error is of second order in the width of a cell.
pub(super) struct Coarse(Distinct);

impl Coarse {
    /// `None` where there are not so many that it saves time.
    pub(super) fn of(histories: &Histories) -> Option<Self> {
        let distinct = histories.as_distinct();
        if distinct.len() < MANY {
            return None;
        }
        let Times { t, t_x, of } = distinct.times();
        let longest = t.iter().fold(0.0, |a: f64, t| a.max(*t));
        let cells_of = |times: &[f64], cells: usize| -> Vec<usize> {
            times.iter().map(|time| ((time / longest * cells as f64) as usize).min(cells - 1)).collect()
        };
        let (cell_of_t, cell_of_t_x) = (cells_of(t, CELLS_OF_T), cells_of(t_x, CELLS_OF_T_X));
        let (mut coarse, mut coarse_weight) = (Vec::new(), Vec::new());
        // Weight, and sums of T and t_x.
        let mut cells = vec![[0.0; 3]; CELLS_OF_T * CELLS_OF_T_X];
        for (k, of_x) in distinct.of_each_x(0..distinct.len()) {
            let x = distinct.x()[k];
            for (w, of) in distinct.weight()[of_x.clone()].iter().zip(&of[of_x]) {
                let [of_t, of_t_x] = of.map(|k| k as usize);
                let sums = &mut cells[cell_of_t[of_t] * CELLS_OF_T_X + cell_of_t_x[of_t_x]];
                sums.iter_mut().zip([1.0, t[of_t], t_x[of_t_x]]).for_each(|(sum, v)| *sum += w * v);
            }
            for [w, t, t_x] in cells.iter_mut().map(std::mem::take).filter(|[w, ..]| *w > 0.0) {
                coarse.push(History::new(x, (t_x / w).min(t / w), t / w));
                coarse_weight.push(w);
            }
        }
        Some(Self(Distinct::of(coarse, coarse_weight)))
    }

    /// Customers in it.
    pub(super) fn customers(&self) -> f64 {
        self.0.weight().iter().sum()
    }

    pub(super) fn sum(&self) -> LikelihoodSum<'_> {
        LikelihoodSum::of(&self.0)
    }
}

impl<'a> LikelihoodSum<'a> {
    pub(super) fn new(histories: &'a Histories) -> Self {
        Self::of(histories.as_distinct())
    }

    fn of(distinct: &'a Distinct) -> Self {
        let weights = distinct.of_each_x(0..distinct.len()).map(|(_, of_x)| distinct.weight()[of_x].iter().sum());
        Self { distinct, weight_of_x: weights.collect(), with_hessian: true }
    }

    /// The same for those who need value and gradient only, such as samplers: what makes up the Hessian is then never computed.
    #[cfg(feature = "simulation")]
    pub(super) fn without_hessian(mut self) -> Self {
        self.with_hessian = false;
        self
    }

    /// Whether somebody needs the Hessian.
    pub(super) fn with_hessian(&self) -> bool {
        self.with_hessian
    }

    /// The histories.
    #[cfg(all(feature = "discrete-time", feature = "simulation"))]
    pub(super) fn histories(&self) -> &'a [History] {
        self.distinct.histories()
    }

    /// Their weights.
    #[cfg(all(feature = "discrete-time", feature = "simulation"))]
    pub(super) fn weight(&self) -> &'a [f64] {
        self.distinct.weight()
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

    /// The same for a likelihood [`ByTimes`].
    pub(super) fn evaluate_by_times<const K: usize>(
        &self,
        theta: [f64; K],
        likelihood: &impl ByTimes<K>,
    ) -> Evaluation {
        let mut total = Derivatives::<K>::ZERO;
        let mut for_history = Vec::with_capacity(self.weight_of_x.len());
        for (x, weight) in self.distinct.x().iter().zip(&self.weight_of_x) {
            let (alone, x) = likelihood.of_x(*x);
            total.add(*weight, &alone);
            for_history.push(x);
        }
        let Times { t, t_x, of } = self.distinct.times();
        let [t, t_x] = [t, t_x].map(|times| {
            if times.len() < FEW {
                times.iter().map(|t| likelihood.of_time(*t)).collect()
            } else {
                parallel::map(times.len(), CHUNK, |k| likelihood.of_time(times[k]))
            }
        });
        self.add_chunks(&mut total, |rows| {
            let mut sum = Derivatives::ZERO;
            for (k, of_x) in self.distinct.of_each_x(rows) {
                let x = &for_history[k];
                let mut sums = Default::default();
                for (weight, [of_t, of_t_x]) in self.distinct.weight()[of_x.clone()].iter().zip(&of[of_x]) {
                    likelihood.add(&mut sums, *weight, x, &t[*of_t as usize], &t_x[*of_t_x as usize]);
                }
                sum.add(1.0, &likelihood.close(x, &sums));
            }
            sum
        });
        total.in_logs(&theta)
    }

    fn sum<const K: usize, X: Copy + Send + Sync>(
        &self,
        of_x: impl Fn(f64) -> X + Sync,
        of_history: impl Fn(&History, &X) -> Derivatives<K> + Sync,
    ) -> Derivatives<K> {
        let (distinct_x, histories, weight) = (self.distinct.x(), self.distinct.histories(), self.distinct.weight());
        let for_history: Vec<X> = parallel::map(distinct_x.len(), 16, |k| of_x(distinct_x[k]));
        let mut total = Derivatives::<K>::ZERO;
        self.add_chunks(&mut total, |rows| {
            let mut sum = Derivatives::ZERO;
            for (k, of_x) in self.distinct.of_each_x(rows) {
                let terms = histories[of_x.clone()].iter().map(|h| of_history(h, &for_history[k]));
                let weighted = weight[of_x].iter().zip(terms);
                if self.with_hessian {
                    weighted.for_each(|(weight, term)| sum.add(*weight, &term));
                } else {
                    // The compiler leaves out what nobody reads.
                    weighted.for_each(|(weight, term)| sum.add_slopes(*weight, &term));
                }
            }
            sum
        });
        total
    }

    /// Adds what each chunk of rows has.
    fn add_chunks<const K: usize>(
        &self,
        total: &mut Derivatives<K>,
        chunk: impl Fn(Range<usize>) -> Derivatives<K> + Sync,
    ) {
        let n = self.distinct.len();
        if self.with_hessian || n > FEW {
            parallel::map_chunks(n, CHUNK, chunk).for_each(|chunk| total.add(1.0, &chunk));
        } else {
            (0..n).step_by(CHUNK).for_each(|from| total.add(1.0, &chunk(from..(from + CHUNK).min(n))));
        }
    }
}

/// A likelihood in which T and `t_x` come into play through what is computed once for each time, and which needs of the histories of
/// one x only some weighted sums: derivatives in the parameters are made of these.
pub(super) trait ByTimes<const K: usize>: Sync {
    /// What a history takes from its x.
    type X: Send + Sync;
    /// What it takes from a time.
    type Time: Copy + Send + Sync;
    /// Sums over histories of one x.
    type Sums: Default;

    /// The part of the likelihood that depends on x alone, and what the other part needs of x.
    fn of_x(&self, x: f64) -> (Derivatives<K>, Self::X);

    fn of_time(&self, time: f64) -> Self::Time;

    /// Adds a history that ends at one time and has its last purchase at another.
    fn add(&self, sums: &mut Self::Sums, weight: f64, x: &Self::X, end: &Self::Time, last: &Self::Time);

    /// What the sums amount to.
    fn close(&self, x: &Self::X, sums: &Self::Sums) -> Derivatives<K>;
}
