//! Log-likelihoods of grouped histories, with gradient and Hessian, in one parallel pass.

use std::borrow::Cow;
use std::ops::Range;

use super::derivatives::Derivatives;
use crate::numerics::newton::Evaluation;
use crate::numerics::parallel;
use crate::summary::{Histories, History, Times};

/// Histories per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 512;
/// Up to this many histories a sampler, whose chains run in parallel, adds them up on its own thread.
const FEW: usize = 8_192;

/// Histories sorted by x, with the position of each one's x in the list of distinct ones: gamma functions
/// and their derivatives depend on x alone, and are computed once for each. So is what depends on a time alone.
pub(super) struct LikelihoodSum<'a> {
    histories: &'a [History],
    weight: &'a [f64],
    times: Cow<'a, Times>,
    distinct_x: Vec<f64>,
    weight_of_x: Vec<f64>,
    x_of: Vec<u32>,
    with_hessian: bool,
}

/// Histories from which on a fit starts from a coarser picture of them.
const MANY: usize = 8_192;
/// Cells of that picture between 0 and the longest T.
const CELLS_OF_T: usize = 16;
const CELLS_OF_T_X: usize = 32;

/// Many histories as a few: those of equal x and neighbouring times are one at their mean. The likelihood is smooth in the times, so
/// its maximum is near that of all: the error is of second order in the width of a cell.
pub(super) struct Coarse {
    histories: Vec<History>,
    weight: Vec<f64>,
}

impl Coarse {
    /// `None` where there are not so many that it saves time.
    pub(super) fn of(histories: &Histories) -> Option<Self> {
        if histories.distinct().len() < MANY {
            return None;
        }
        let longest = histories.times().t.iter().fold(0.0, |a: f64, t| a.max(*t));
        let cell = |time: f64, cells: usize| ((time / longest * cells as f64) as usize).min(cells - 1);
        let mut coarse = Self { histories: Vec::new(), weight: Vec::new() };
        // Weight, and sums of T and t_x.
        let mut cells = vec![[0.0; 3]; CELLS_OF_T * CELLS_OF_T_X];
        let mut weights = histories.weight().iter();
        for of_x in histories.distinct().chunk_by(|a, b| a.x == b.x) {
            let x = of_x[0].x;
            for (h, w) in of_x.iter().zip(&mut weights) {
                let sums = &mut cells[cell(h.T, CELLS_OF_T) * CELLS_OF_T_X + cell(h.t_x, CELLS_OF_T_X)];
                sums.iter_mut().zip([1.0, h.T, h.t_x]).for_each(|(sum, v)| *sum += w * v);
            }
            for [w, t, t_x] in cells.iter_mut().map(std::mem::take).filter(|[w, ..]| *w > 0.0) {
                coarse.histories.push(History::new(x, (t_x / w).min(t / w), t / w));
                coarse.weight.push(w);
            }
        }
        Some(coarse)
    }

    /// Customers in it.
    pub(super) fn customers(&self) -> f64 {
        self.weight.iter().sum()
    }

    pub(super) fn sum(&self) -> LikelihoodSum<'_> {
        LikelihoodSum::of(&self.histories, &self.weight, Cow::Owned(Times::each(&self.histories)))
    }
}

impl<'a> LikelihoodSum<'a> {
    pub(super) fn new(histories: &'a Histories) -> Self {
        Self::of(histories.distinct(), histories.weight(), Cow::Borrowed(histories.times()))
    }

    /// Of histories sorted by x.
    fn of(histories: &'a [History], weight: &'a [f64], times: Cow<'a, Times>) -> Self {
        let (mut distinct_x, mut weight_of_x): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut x_of = Vec::with_capacity(histories.len());
        for (h, w) in histories.iter().zip(weight) {
            if distinct_x.last() != Some(&h.x) {
                distinct_x.push(h.x);
                weight_of_x.push(0.0);
            }
            let k = distinct_x.len() - 1;
            weight_of_x[k] += w;
            x_of.push(k as u32);
        }
        Self { histories, weight, times, distinct_x, weight_of_x, x_of, with_hessian: true }
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

    /// The same for a likelihood [`ByTimes`].
    pub(super) fn evaluate_by_times<const K: usize>(
        &self,
        theta: [f64; K],
        likelihood: &impl ByTimes<K>,
    ) -> Evaluation {
        let mut total = Derivatives::<K>::ZERO;
        let mut for_history = Vec::with_capacity(self.distinct_x.len());
        for (x, weight) in self.distinct_x.iter().zip(&self.weight_of_x) {
            let (alone, x) = likelihood.of_x(*x);
            total.add(*weight, &alone);
            for_history.push(x);
        }
        let [t, t_x] = [&self.times.t, &self.times.t_x].map(|times| {
            if times.len() < FEW {
                times.iter().map(|t| likelihood.of_time(*t)).collect()
            } else {
                parallel::map(times.len(), CHUNK, |k| likelihood.of_time(times[k]))
            }
        });
        self.add_chunks(&mut total, |rows| {
            let (mut sum, mut from) = (Derivatives::ZERO, rows.start);
            for of_one_x in self.x_of[rows].chunk_by(|a, b| a == b) {
                let x = &for_history[of_one_x[0] as usize];
                let mut sums = Default::default();
                let these = from..from + of_one_x.len();
                for (weight, [of_t, of_t_x]) in self.weight[these.clone()].iter().zip(&self.times.of[these.clone()]) {
                    likelihood.add(&mut sums, *weight, x, &t[*of_t as usize], &t_x[*of_t_x as usize]);
                }
                from = these.end;
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
        let of_x: Vec<X> = parallel::map(self.distinct_x.len(), 16, |k| of_x(self.distinct_x[k]));
        let mut total = Derivatives::<K>::ZERO;
        self.add_rows(&mut total, |row| of_history(&self.histories[row], &of_x[self.x_of[row] as usize]));
        total
    }

    /// Adds what each row has.
    fn add_rows<const K: usize>(&self, total: &mut Derivatives<K>, of_row: impl Fn(usize) -> Derivatives<K> + Sync) {
        self.add_chunks(total, |rows| {
            let mut sum = Derivatives::ZERO;
            if self.with_hessian {
                rows.for_each(|row| sum.add(self.weight[row], &of_row(row)));
            } else {
                // The compiler leaves out what nobody reads.
                rows.for_each(|row| sum.add_slopes(self.weight[row], &of_row(row)));
            }
            sum
        });
    }

    /// Adds what each chunk of rows has.
    fn add_chunks<const K: usize>(
        &self,
        total: &mut Derivatives<K>,
        chunk: impl Fn(Range<usize>) -> Derivatives<K> + Sync,
    ) {
        let n = self.histories.len();
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
