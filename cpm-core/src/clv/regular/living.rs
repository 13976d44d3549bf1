//! The future of a living customer with regular purchases.
//!
//! Stages come as a Poisson process with rate λ, and every k-th one is a purchase. Of a customer who is alive at T, with its last
//! purchase a silence s ago, neither λ nor the number j < k of stages gone through since is known; given j, λ ~ Gamma(R + j, α + T),
//! and j has the weights (R)_j/j! (s/(α+T))^j. By T + t there are then L = j + M stages, M negative binomial, which make floor(L/k)
//! purchases if the customer does not drop out first. All answers are sums over these counts: exact, and of positive
//! terms.

use super::discounted::Discounted;
use crate::clv::beta_geometric::{LivingCustomer as Irregular, PurchaseCounts};
use crate::clv::latent_attrition::Living;
use crate::clv::negative_binomial::{self, Counts, MAX_COUNT};
use crate::clv::purchase_model::DiscountedPurchases;
use crate::numerics::quadrature::by_panel;

/// Expected purchases below this share of the probability of one are left out.
const PRECISION: f64 = 1e-17;

/// λ and the stage as above, p ~ Beta(a, b).
#[derive(Debug, Clone, Copy)]
pub(in crate::clv) struct LivingCustomer {
    pub(super) k: usize,
    /// R = r + kx.
    pub(super) r: f64,
    /// α + T.
    pub(super) alpha: f64,
    pub(super) silence: f64,
    pub(super) a: f64,
    pub(super) b: f64,
}

/// What there is by the end of a horizon.
pub(super) enum Future {
    /// P(n purchases) for n = 0, 1, … if the customer does not drop out; p ~ Beta(a, b).
    Counted { counts: Vec<f64>, a: f64, b: f64 },
    /// More stages than are counted: the times of purchases are as good as random then.
    Irregular { customer: Irregular, horizon: f64 },
}

impl Living for LivingCustomer {
    fn alive_after(&self, t: f64) -> f64 {
        self.future(t).alive()
    }

    fn purchases(&self, t: f64) -> f64 {
        self.future(t).purchases()
    }

    /// It drops out at purchases only: fewer than k - j stages.
    fn no_purchase(&self, t: f64) -> f64 {
        let mut none = 0.0;
        for (j, weight) in self.stages().into_iter().enumerate() {
            let mut stages = Counts::new(self.r + j as f64, self.alpha, t);
            for _ in j..self.k {
                none += weight * stages.probability();
                stages.advance();
            }
        }
        none
    }

    /// It drops out at purchases only, and so purchases again.
    fn never_again(&self) -> f64 {
        0.0
    }

    fn purchase_probabilities(&self, t: f64, tail: f64, out: &mut Vec<f64>) {
        self.future(t).purchase_probabilities(tail, out);
    }

    fn discounted_expectation(&self, t: f64, d: f64) -> f64 {
        Discounted::new(t, [d]).of(self)[0]
    }

    /// E[Σ e^(-d·t_j)] over all purchases to come.
    fn discounted_for_ever(&self, d: f64) -> f64 {
        let Self { r, alpha, a, b, .. } = *self;
        Irregular { r, alpha, a, b }.in_stages_for_ever(&self.stages(), d)
    }

    fn discounted_purchases(&self, t: f64, d: f64) -> DiscountedPurchases {
        Discounted::new(t, [d, 2.0 * d]).moments(self)
    }
}

impl LivingCustomer {
    /// P(j stages since the last purchase), j < k.
    fn stages(&self) -> Vec<f64> {
        let share = self.silence / self.alpha;
        let mut ln = 0.0;
        let mut weights: Vec<f64> = Vec::with_capacity(self.k);
        for j in 0..self.k {
            if j > 0 {
                ln += ((self.r + (j - 1) as f64) / j as f64 * share).ln();
            }
            weights.push(ln);
        }
        let largest = weights.iter().fold(f64::NEG_INFINITY, |m, w| m.max(*w));
        weights.iter_mut().for_each(|w| *w = (*w - largest).exp());
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= sum);
        weights
    }

    /// P(j stages since the last purchase, and m more within t, if the customer does not drop out), by j and m; `None` where there are
    /// more than are counted.
    pub(super) fn counts(&self, t: f64) -> Option<Vec<Vec<f64>>> {
        let of_stage = |(j, weight): (usize, f64)| {
            let mut counts = Vec::new();
            if weight < f64::MIN_POSITIVE {
                return Some(counts);
            }
            let mut stages = Counts::new(self.r + j as f64, self.alpha, t);
            // Probability of a purchase at all: what is left out must be small against it.
            let mut some = 0.0;
            for m in 0..=MAX_COUNT {
                let probability = stages.probability();
                some += if j + m >= self.k { probability } else { 0.0 };
                counts.push(weight * probability);
                if j + m >= self.k && stages.beyond() * (m + 1) as f64 <= PRECISION * some {
                    return Some(counts);
                }
                stages.advance();
            }
            None
        };
        self.stages().into_iter().enumerate().map(of_stage).collect()
    }

    pub(super) fn future(&self, t: f64) -> Future {
        self.future_of(self.counts(t).as_deref(), t)
    }

    /// The same from [`counts`](Self::counts) that are there already.
    pub(super) fn future_of(&self, by_stage: Option<&[Vec<f64>]>, t: f64) -> Future {
        let Self { k, r, alpha, a, b, .. } = *self;
        let Some(by_stage) = by_stage else {
            return Future::Irregular { customer: Irregular { r, alpha: alpha * k as f64, a, b }, horizon: t };
        };
        let most = by_stage.iter().enumerate().map(|(j, counts)| (j + counts.len()) / k).max();
        let mut purchases = vec![0.0; 1 + most.unwrap_or(0)];
        for (j, counts) in by_stage.iter().enumerate() {
            counts.iter().enumerate().for_each(|(m, p)| purchases[(j + m) / k] += p);
        }
        Future::Counted { counts: purchases, a, b }
    }

    /// E[Σ e^(-rate·t_i)] for each rate, e^(-rate t) M(t) + rate ∫ e^(-rate v) M(v) dv, by quadrature: for more stages than
    /// [`Discounted`](super::discounted::Discounted) tells apart.
    pub(super) fn discounted_by_time<const N: usize>(&self, t: f64, rates: [f64; N]) -> [f64; N] {
        let at_end = self.future(t).purchases();
        let mut sums = rates.map(|rate| (-rate * t).exp() * at_end);
        let mut add = |v: f64, w: f64| {
            let purchases = self.future(v).purchases();
            sums.iter_mut().zip(rates).for_each(|(sum, rate)| *sum += w * rate * (-rate * v).exp() * purchases);
        };
        // M rises in steps of one interval until the spread of the times has smoothed them, after some k of them.
        let interval = self.k as f64 * self.alpha / (self.r + 1.0);
        let regular = f64::min(t, 4.0 * self.k as f64 * interval);
        let fastest = rates.iter().fold(0.0, |m: f64, r| m.max(*r));
        by_panel(0.0, regular, interval.min(4.0 / fastest), |v, w| v.into_iter().zip(w).for_each(|(v, w)| add(v, w)));
        if t > regular {
            by_panel(0.0, (t / regular).ln(), 1.0, |y, w| {
                y.into_iter().zip(w).for_each(|(y, w)| add(regular * y.exp(), w * regular * y.exp()));
            });
        }
        sums
    }
}

/// P(at least k stages within t) from the stages themselves, so that a small one keeps its digits; 1 if it is not small.
pub(super) fn some_purchase(k: usize, r: f64, alpha: f64, t: f64) -> f64 {
    if t <= 0.0 {
        return 0.0;
    }
    let mut stages = Counts::new(r, alpha, t);
    let mut fewer = 0.0;
    for _ in 0..k {
        fewer += stages.probability();
        stages.advance();
    }
    if fewer < 0.5 {
        return 1.0;
    }
    let mut some = 0.0;
    for _ in k..MAX_COUNT {
        some += stages.probability();
        if stages.beyond() <= PRECISION * some {
            break;
        }
        stages.advance();
    }
    some
}

impl Future {
    /// P(alive).
    pub(super) fn alive(&self) -> f64 {
        match self {
            Self::Irregular { customer, horizon } => customer.alive_after(*horizon),
            Self::Counted { counts, a, b } => {
                let mut stayed = 1.0;
                let mut alive = 0.0;
                for (n, probability) in counts.iter().enumerate() {
                    alive += stayed * probability;
                    stayed *= (b + n as f64) / (a + b + n as f64);
                }
                alive
            }
        }
    }

    /// Sum over n >= 1 of `weight(n)`·P(at least n purchases), dropout included.
    fn sum(&self, counts: &[f64], a: f64, b: f64, weight: impl Fn(f64) -> f64) -> f64 {
        // P(at least n) from the far end, so that small ones keep their digits.
        let mut at_least = counts.to_vec();
        for n in (1..counts.len()).rev() {
            at_least[n - 1] += at_least[n];
        }
        let mut stayed = 1.0;
        let mut sum = 0.0;
        for (n, at_least) in at_least.iter().enumerate().skip(1) {
            sum += weight(n as f64) * stayed * at_least;
            // (1 - p)^n over the n-th purchase.
            let before = n as f64 - 1.0;
            stayed *= (b + before) / (a + b + before);
        }
        sum
    }

    /// E[N].
    pub(super) fn purchases(&self) -> f64 {
        match self {
            Self::Irregular { customer, horizon } => customer.purchases(*horizon),
            Self::Counted { counts, a, b } => self.sum(counts, *a, *b, |_| 1.0),
        }
    }

    /// E[N²] = Σ (2n - 1) P(N >= n).
    pub(super) fn mean_square(&self) -> f64 {
        match self {
            Self::Irregular { customer, horizon } => customer.discounted_purchases(*horizon, 0.0).mean_square,
            Self::Counted { counts, a, b } => self.sum(counts, *a, *b, |n| 2.0 * n - 1.0),
        }
    }

    /// P(N = n) for n = 0, 1, … until the rest is below `tail`.
    pub(super) fn purchase_probabilities(&self, tail: f64, out: &mut Vec<f64>) {
        let (counts, a, b) = match self {
            Self::Irregular { customer, horizon } => return customer.purchase_probabilities(*horizon, tail, out),
            Self::Counted { counts, a, b } => (counts, *a, *b),
        };
        out.clear();
        let mut dropout = PurchaseCounts::new(a, b);
        for &exactly in counts {
            out.push(dropout.next(exactly));
            if dropout.rest() <= tail {
                return;
            }
        }
        negative_binomial::give_rest_to_last(out);
    }
}
