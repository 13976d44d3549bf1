//! Log-likelihood of grouped histories with gradient and Hessian in the log-parameters.

use crate::clv::derivatives::Derivatives;
use crate::clv::likelihood_sum::LikelihoodSum;
use crate::numerics::gamma::{digamma_rising, ln_1p, ln_rising, trigamma_rising};
use crate::numerics::newton::Evaluation;
use crate::summary::History;

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

    /// Without what makes up the Hessian.
    fn slopes(a: f64, b: f64, chances: f64) -> Self {
        let (d_ab, d_b) = (digamma_rising(a + b, chances), digamma_rising(b, chances));
        let value = ln_rising(b, chances) - ln_rising(a + b, chances);
        Self { chances, value, gradient: [-d_ab, d_b - d_ab], hessian: [0.0; 2] }
    }
}

/// What histories of one x share.
#[derive(Clone, Copy)]
struct OfX {
    x: f64,
    /// r + x.
    shape: f64,
    /// Whether the customer may have dropped out; if so, b + chances - 1, and the logarithm of a/(b + chances - 1).
    may_be_dead: bool,
    stayed: f64,
    ln_odds: f64,
}

/// What histories of one time share.
#[derive(Clone, Copy)]
struct OfTime {
    /// ln(1 + t/α), and 1/(α + t).
    ln_ratio: f64,
    inverse: f64,
}

impl OfTime {
    fn new([_, alpha, ..]: [f64; 4], t: f64) -> Self {
        Self { ln_ratio: ln_1p(t / alpha), inverse: 1.0 / (alpha + t) }
    }
}

impl OfX {
    /// Beside the part of the likelihood that depends on x alone.
    fn new([r, alpha, a, b]: [f64; 4], x: f64, chances: f64, with_hessian: bool) -> (Derivatives<4>, Self) {
        let survived = if with_hessian { Survived::new(a, b, chances) } else { Survived::slopes(a, b, chances) };
        let (ab, bb) = (survived.hessian[0], survived.hessian[1]);
        let alone = Derivatives {
            value: ln_rising(r, x) - x * alpha.ln() + survived.value,
            gradient: [digamma_rising(r, x), r / alpha, survived.gradient[0], survived.gradient[1]],
            hessian: [
                [if with_hessian { trigamma_rising(r, x) } else { 0.0 }, 1.0 / alpha, 0.0, 0.0],
                [0.0, -r / (alpha * alpha), 0.0, 0.0],
                [0.0, 0.0, ab, ab],
                [0.0, 0.0, 0.0, bb],
            ],
        };
        let stayed = b + (chances - 1.0);
        let may_be_dead = chances > 0.0;
        let ln_odds = if may_be_dead { (a / stayed).ln() } else { 0.0 };
        (alone, Self { x, shape: r + x, may_be_dead, stayed, ln_odds })
    }
}

/// Sum over the histories at `theta` = (r, α, a, b); at the first purchase there are `at_first` chances to drop out.
pub(super) fn evaluate(sum: &LikelihoodSum<'_>, theta: [f64; 4], at_first: f64) -> Evaluation {
    sum.evaluate_by_times(
        theta,
        |x| OfX::new(theta, x, x + at_first, sum.with_hessian()),
        |t| OfTime::new(theta, t),
        |of_x, of_t, of_t_x| of_history(of_x, of_t, of_t_x, theta[2]),
    )
}

/// The same over histories sorted by x that have these parameters, one after the other.
pub(super) fn of_histories(theta: [f64; 4], histories: &[History], weights: &[f64], at_first: f64) -> Derivatives<4> {
    let mut sum = Derivatives::ZERO;
    let mut of_x: Option<(Derivatives<4>, OfX)> = None;
    for (h, weight) in histories.iter().zip(weights) {
        let (alone, of_x) = match &mut of_x {
            Some(of_x) if of_x.1.x == h.x => of_x,
            other => other.insert(OfX::new(theta, h.x, h.x + at_first, true)),
        };
        sum.add(*weight, alone);
        sum.add(*weight, &of_history(of_x, &OfTime::new(theta, h.T), &OfTime::new(theta, h.t_x), theta[2]));
    }
    sum.to_logs(&theta)
}

/// The part of the likelihood that depends on the times.
#[inline]
fn of_history(of_x: &OfX, end: &OfTime, last: &OfTime, a: f64) -> Derivatives<4> {
    let OfX { shape, stayed, .. } = *of_x;
    let mut value = -shape * end.ln_ratio;
    let mut g = [-end.ln_ratio, -shape * end.inverse, 0.0, 0.0];
    let mut hessian = [[0.0; 4]; 4];
    hessian[0][1] = -end.inverse;
    hessian[1][1] = shape * end.inverse * end.inverse;
    if of_x.may_be_dead {
        // ln(1 + e^w): first derivative s w', second s w'' + s (1 - s) w' w', s = 1 - P(alive).
        let silence = end.ln_ratio - last.ln_ratio;
        let (softplus, s) = softplus_and_logistic(of_x.ln_odds + shape * silence);
        let v = s * (1.0 - s);
        let difference = end.inverse - last.inverse;
        let d = [silence, shape * difference, 1.0 / a, -1.0 / stayed];
        value += softplus;
        for i in 0..4 {
            g[i] += s * d[i];
            for j in i..4 {
                hessian[i][j] += v * d[i] * d[j];
            }
        }
        hessian[0][1] += s * difference;
        hessian[1][1] -= s * shape * difference * (end.inverse + last.inverse);
        hessian[2][2] -= s / (a * a);
        hessian[3][3] += s / (stayed * stayed);
    }
    Derivatives { value, gradient: g, hessian }
}

/// ln(1 + e^w) to the last digit of a sum with numbers of the order one, and 1/(1 + e^-w).
fn softplus_and_logistic(w: f64) -> (f64, f64) {
    let e = (-w.abs()).exp();
    let sum = 1.0 + e;
    let larger = 1.0 / sum;
    (w.max(0.0) + sum.ln(), if w > 0.0 { larger } else { e * larger })
}
