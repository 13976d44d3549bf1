//! Everything that follows from a survivor function: the formulas, at one point of the parameters.

use super::process::ContractualProcess;
use crate::numerics::series::smooth_sum;

/// A survivor function; the quantities below are sums over it.
pub(in crate::clv) struct Lifetimes<'a> {
    ln_survival: &'a dyn Fn(f64, f64) -> f64,
    tail_index: f64,
    ln_power_tail_from: f64,
}

/// A quantity of a model, whatever its type.
pub(in crate::clv) fn of<M: ContractualProcess + ?Sized, R>(model: &M, quantity: impl Fn(&Lifetimes<'_>) -> R) -> R {
    quantity(&Lifetimes {
        ln_survival: &|from, to| model.ln_survival(from, to),
        tail_index: model.tail_index(),
        ln_power_tail_from: model.ln_power_tail_from(),
    })
}

/// Longest time, ln, at which terms are evaluated.
const LN_LONGEST: f64 = 600.0;

/// Renewals still to come: of a customer who has renewed so many times, over that many opportunities, with a
/// discount rate per period.
#[derive(Debug, Clone, Copy)]
pub(in crate::clv) struct Future {
    pub(in crate::clv) renewals: f64,
    pub(in crate::clv) horizon: f64,
    pub(in crate::clv) rate: f64,
}

/// Moments of the discounted number of renewals Y = sum of (1+d)^-(k-1) over the renewals k = 1, 2, … still to come.
#[derive(Debug, Clone, Copy)]
pub(in crate::clv) struct DiscountedRenewals {
    pub(super) mean: f64,
    pub(super) variance: f64,
    pub(super) none: f64,
}

/// Present value of 1 paid at the start of each of so many periods, which may be infinitely many: no sum over a survivor function that
/// is discounted likewise is larger.
pub(in crate::clv) fn annuity(periods: f64, rate: f64) -> f64 {
    let ln_v = -rate.ln_1p();
    if ln_v == 0.0 { periods } else { (periods * ln_v).exp_m1() / ln_v.exp_m1() }
}

impl Lifetimes<'_> {
    /// P(T > to | T > from).
    pub(in crate::clv) fn survival(&self, from: f64, to: f64) -> f64 {
        (self.ln_survival)(from, to).exp()
    }

    /// P(T = t) = S(t-1) - S(t).
    pub(in crate::clv) fn churn(&self, t: f64) -> f64 {
        -(self.ln_survival)(t - 1.0, t).exp_m1() * self.survival(0.0, t - 1.0)
    }

    /// Sum of S(t) (1+d)^-t over the first `horizon` periods, t = 0 included.
    pub(in crate::clv) fn lifetime(&self, horizon: f64, rate: f64) -> f64 {
        let ln_v = -rate.ln_1p();
        smooth_sum(horizon, |t| ((self.ln_survival)(0.0, t) + t * ln_v).exp())
    }

    /// Sum of S(t) over all t; `None` if it diverges or is beyond a double.
    pub(in crate::clv) fn total_lifetime(&self) -> Option<f64> {
        if self.tail_index <= 1.0 {
            return None;
        }
        let ln_end = self.ln_power_tail_from.min(LN_LONGEST);
        let end = ln_end.exp().floor();
        let sum = self.lifetime(end, 0.0);
        // The terms left are a power: their sum is an integral, from half a step before.
        let rest = ((self.ln_survival)(0.0, end) + ln_end).exp() / (self.tail_index - 1.0);
        let stated = ln_end < LN_LONGEST || rest <= 1e-12 * sum;
        (stated && (sum + rest).is_finite()).then_some(sum + rest)
    }

    /// Sum over the renewals k = 1, 2, … to come of P(renewed k times) (1+d)^-(k-1): DERL for an infinite horizon.
    pub(in crate::clv) fn residual(&self, future: Future) -> f64 {
        self.next(future.renewals) * self.after_next(future, |_| 1.0)
    }

    /// The same with each term times `weight(k - 1)`.
    pub(in crate::clv) fn residual_weighted(&self, future: Future, weight: impl Fn(f64) -> f64) -> f64 {
        self.next(future.renewals) * self.after_next(future, weight)
    }

    /// P(the next renewal takes place).
    fn next(&self, renewals: f64) -> f64 {
        self.survival(renewals, renewals + 1.0)
    }

    /// The sum of `residual` given that the next renewal takes place, each term times `weight(k - 1)`: at least
    /// `weight(0)`, also where the next renewal is all but impossible.
    fn after_next(&self, Future { renewals, horizon, rate }: Future, weight: impl Fn(f64) -> f64) -> f64 {
        let ln_v = -rate.ln_1p();
        let from = renewals + 1.0;
        smooth_sum(horizon, |k| weight(k) * ((self.ln_survival)(from, from + k) + k * ln_v).exp())
    }

    /// d ln(residual) / d ln(retention): a common factor e on each retention probability gives the k-th renewal e^k.
    pub(in crate::clv) fn elasticity(&self, future: Future) -> f64 {
        self.after_next(future, |k| k + 1.0) / self.after_next(future, |_| 1.0)
    }

    pub(in crate::clv) fn discounted_renewals(&self, future: Future) -> DiscountedRenewals {
        let mean = self.residual(future);
        // Y after K renewals is a_K = (1 - v^K)/(1 - v), so E[Y²] sums P(K > k) (a_{k+1}² - a_k²).
        let paid = |k: f64| annuity(k, future.rate);
        let mean_square = self.next(future.renewals) * self.after_next(future, |k| paid(k) + paid(k + 1.0));
        DiscountedRenewals {
            mean,
            variance: (mean_square - mean * mean).max(0.0),
            none: -(self.ln_survival)(future.renewals, future.renewals + 1.0).exp_m1(),
        }
    }
}
