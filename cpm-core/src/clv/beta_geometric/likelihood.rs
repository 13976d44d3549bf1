//! Log-likelihood of grouped histories with gradient and Hessian in the log-parameters.

use crate::clv::derivatives::Derivatives;
use crate::clv::likelihood_sum::LikelihoodSum;
use crate::clv::negative_binomial::OfCount;
use crate::numerics::gamma::{digamma_rising, ln_rising, trigamma_rising};
use crate::numerics::newton::Evaluation;
use crate::summary::History;

use super::{logistic, softplus};

/// Having survived a number of chances to drop out: B(a, b + chances)/B(a, b).
#[derive(Clone, Copy)]
pub(in crate::clv) struct Survived {
    pub(in crate::clv) chances: f64,
    /// ln of it.
    pub(in crate::clv) value: f64,
    /// Derivatives in a, b; aa (= ab), bb.
    pub(in crate::clv) gradient: [f64; 2],
    pub(in crate::clv) hessian: [f64; 2],
}

impl Survived {
    pub(in crate::clv) fn new(a: f64, b: f64, chances: f64) -> Self {
        let ab = a + b;
        let (d_ab, d_b) = (digamma_rising(ab, chances), digamma_rising(b, chances));
        let (t_ab, t_b) = (trigamma_rising(ab, chances), trigamma_rising(b, chances));
        Self {
            chances,
            value: ln_rising(b, chances) - ln_rising(ab, chances),
            gradient: [-d_ab, d_b - d_ab],
            hessian: [-t_ab, t_b - t_ab],
        }
    }
}

/// Terms that depend on x alone.
#[derive(Clone, Copy)]
struct OfX {
    count: OfCount,
    x: f64,
    survived: Survived,
}

impl OfX {
    fn new([r, _, a, b]: [f64; 4], x: f64, chances: f64) -> Self {
        Self { count: OfCount::new(r, x), x, survived: Survived::new(a, b, chances) }
    }
}

/// Sum over the histories at `theta` = (r, α, a, b); at the first purchase there are `at_first` chances to drop out.
pub(super) fn evaluate(sum: &LikelihoodSum<'_>, theta: [f64; 4], at_first: f64) -> Evaluation {
    sum.evaluate(theta, |x| OfX::new(theta, x, x + at_first), |h, of_x| of_history(h, of_x, theta))
}

/// The same over histories sorted by x that have these parameters, one after the other.
pub(super) fn of_histories(theta: [f64; 4], histories: &[History], weights: &[f64], at_first: f64) -> Derivatives<4> {
    let mut sum = Derivatives::ZERO;
    let mut of_x: Option<OfX> = None;
    for (h, weight) in histories.iter().zip(weights) {
        let of_x = match &mut of_x {
            Some(of_x) if of_x.x == h.x => of_x,
            other => other.insert(OfX::new(theta, h.x, h.x + at_first)),
        };
        sum.add(*weight, &of_history(h, of_x, theta));
    }
    sum.to_logs(&theta)
}

#[inline]
fn of_history(h: &History, of_x: &OfX, [r, alpha, a, b]: [f64; 4]) -> Derivatives<4> {
    let rate = of_x.count.until(h.T, r, alpha);
    let mut value = rate.value + of_x.survived.value;
    let mut g = [rate.gradient[0], rate.gradient[1], of_x.survived.gradient[0], of_x.survived.gradient[1]];
    let mut hessian = [
        [rate.hessian[0][0], rate.hessian[0][1], 0.0, 0.0],
        [0.0, rate.hessian[1][1], 0.0, 0.0],
        [0.0, 0.0, of_x.survived.hessian[0], of_x.survived.hessian[0]],
        [0.0, 0.0, 0.0, of_x.survived.hessian[1]],
    ];
    if of_x.survived.chances > 0.0 {
        // ln(1 + e^w): first derivative s w', second s w'' + s (1 - s) w' w', s = 1 - P(alive).
        let (x, end, last) = (of_x.x, alpha + h.T, alpha + h.t_x);
        let silence = ((h.T - h.t_x) / last).ln_1p();
        let stayed = b + (of_x.survived.chances - 1.0);
        let odds = (a / stayed).ln() + (r + x) * silence;
        let s = logistic(odds);
        let v = s * (1.0 - s);
        let difference = 1.0 / end - 1.0 / last;
        let d = [silence, (r + x) * difference, 1.0 / a, -1.0 / stayed];
        value += softplus(odds);
        for i in 0..4 {
            g[i] += s * d[i];
            for j in i..4 {
                hessian[i][j] += v * d[i] * d[j];
            }
        }
        hessian[0][1] += s * difference;
        hessian[1][1] -= s * (r + x) * difference * (1.0 / end + 1.0 / last);
        hessian[2][2] -= s / (a * a);
        hessian[3][3] += s / (stayed * stayed);
    }
    Derivatives { value, gradient: g, hessian }
}
