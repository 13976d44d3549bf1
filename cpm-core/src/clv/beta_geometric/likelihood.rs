//! Log-likelihood of grouped histories with gradient and Hessian in the log-parameters.

use crate::clv::derivatives::Derivatives;
use crate::clv::likelihood_sum::{ByTimes, LikelihoodSum};
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

/// The likelihood at `theta` = (r, α, a, b), where at the first purchase there are `at_first` chances to drop out.
struct Likelihood<const HESSIAN: bool> {
    theta: [f64; 4],
    at_first: f64,
}

/// What histories of one x share.
struct OfX {
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

/// Weighted sums over histories of one x. For a customer that may have dropped out at its last purchase, ln(1 + e^w) is a term of the
/// likelihood, with w' = (l, (r + x) δ, 1/a, -1/(b + chances - 1)): l is the silence ln((α + T)/(α + t_x)), δ the difference of the inverses.
/// First derivative s w', second s w'' + v w' w', where s = 1 - P(alive) and v = s (1 - s).
#[derive(Default)]
struct Sums {
    ln_ratio: f64,
    inverse: f64,
    inverse_squared: f64,
    softplus: Softplus,
    /// Of s times 1, l, δ, and δ times the sum of the inverses.
    s: [f64; 4],
    /// Of v times 1, l, δ, l², lδ, δ².
    v: [f64; 6],
}

impl<const HESSIAN: bool> ByTimes<4> for Likelihood<HESSIAN> {
    type X = OfX;
    type Time = OfTime;
    type Sums = Sums;

    fn of_x(&self, x: f64) -> (Derivatives<4>, OfX) {
        let [r, alpha, a, b] = self.theta;
        let chances = x + self.at_first;
        let survived = if HESSIAN { Survived::new(a, b, chances) } else { Survived::slopes(a, b, chances) };
        let (ab, bb) = (survived.hessian[0], survived.hessian[1]);
        let alone = Derivatives {
            value: ln_rising(r, x) - x * alpha.ln() + survived.value,
            gradient: [digamma_rising(r, x), r / alpha, survived.gradient[0], survived.gradient[1]],
            hessian: [
                [if HESSIAN { trigamma_rising(r, x) } else { 0.0 }, 1.0 / alpha, 0.0, 0.0],
                [0.0, -r / (alpha * alpha), 0.0, 0.0],
                [0.0, 0.0, ab, ab],
                [0.0, 0.0, 0.0, bb],
            ],
        };
        let stayed = b + (chances - 1.0);
        let may_be_dead = chances > 0.0;
        let ln_odds = if may_be_dead { (a / stayed).ln() } else { 0.0 };
        (alone, OfX { shape: r + x, may_be_dead, stayed, ln_odds })
    }

    fn of_time(&self, t: f64) -> OfTime {
        let alpha = self.theta[1];
        OfTime { ln_ratio: ln_1p(t / alpha), inverse: 1.0 / (alpha + t) }
    }

    #[inline]
    fn add(&self, sums: &mut Sums, weight: f64, x: &OfX, end: &OfTime, last: &OfTime) {
        sums.ln_ratio += weight * end.ln_ratio;
        let inverse = weight * end.inverse;
        sums.inverse += inverse;
        if HESSIAN {
            sums.inverse_squared += inverse * end.inverse;
        }
        if x.may_be_dead {
            let (l, delta) = (end.ln_ratio - last.ln_ratio, end.inverse - last.inverse);
            let dead = sums.softplus.add(weight, x.ln_odds + x.shape * l);
            let s = weight * dead;
            let s_delta = s * delta;
            add(&mut sums.s, [s, s * l, s_delta, s_delta * (end.inverse + last.inverse)]);
            if HESSIAN {
                let v = s * (1.0 - dead);
                let (v_l, v_delta) = (v * l, v * delta);
                add(&mut sums.v, [v, v_l, v_delta, v_l * l, v_l * delta, v_delta * delta]);
            }
        }
    }

    fn close(&self, x: &OfX, sums: &Sums) -> Derivatives<4> {
        let OfX { shape, may_be_dead, stayed, .. } = *x;
        let mut all = Derivatives {
            value: -shape * sums.ln_ratio,
            gradient: [-sums.ln_ratio, -shape * sums.inverse, 0.0, 0.0],
            hessian: [
                [0.0, -sums.inverse, 0.0, 0.0],
                [0.0, shape * sums.inverse_squared, 0.0, 0.0],
                [0.0; 4],
                [0.0; 4],
            ],
        };
        if may_be_dead {
            let [of_a, of_b] = [1.0 / self.theta[2], -1.0 / stayed];
            let [s, s_l, s_delta, s_squares] = sums.s;
            let [v, v_l, v_delta, v_ll, v_l_delta, v_delta_delta] = sums.v;
            let dead = Derivatives {
                value: sums.softplus.sum(),
                gradient: [s_l, shape * s_delta, s * of_a, s * of_b],
                hessian: [
                    [v_ll, shape * v_l_delta + s_delta, v_l * of_a, v_l * of_b],
                    [0.0, shape * (shape * v_delta_delta - s_squares), shape * v_delta * of_a, shape * v_delta * of_b],
                    [0.0, 0.0, (v - s) * of_a * of_a, v * of_a * of_b],
                    [0.0, 0.0, 0.0, (v + s) * of_b * of_b],
                ],
            };
            all.add(1.0, &dead);
        }
        all
    }
}

fn add<const N: usize>(sums: &mut [f64; N], of: [f64; N]) {
    sums.iter_mut().zip(of).for_each(|(sum, value)| *sum += value);
}

/// Sum over the histories at `theta` = (r, α, a, b); at the first purchase there are `at_first` chances to drop out.
pub(super) fn evaluate(sum: &LikelihoodSum<'_>, theta: [f64; 4], at_first: f64) -> Evaluation {
    if sum.with_hessian() {
        sum.evaluate_by_times(theta, &Likelihood::<true> { theta, at_first })
    } else {
        sum.evaluate_by_times(theta, &Likelihood::<false> { theta, at_first })
    }
}

/// The same over histories sorted by x that have these parameters, one after the other.
pub(super) fn of_histories(theta: [f64; 4], histories: &[History], weights: &[f64], at_first: f64) -> Derivatives<4> {
    let likelihood = Likelihood::<true> { theta, at_first };
    let mut total = Derivatives::ZERO;
    let mut weights = weights.iter();
    for of_one_x in histories.chunk_by(|a, b| a.x == b.x) {
        let (alone, of_x) = likelihood.of_x(of_one_x[0].x);
        let (mut sums, mut weight_of_x) = (Sums::default(), 0.0);
        for (h, weight) in of_one_x.iter().zip(&mut weights) {
            weight_of_x += weight;
            likelihood.add(&mut sums, *weight, &of_x, &likelihood.of_time(h.T), &likelihood.of_time(h.t_x));
        }
        total.add(weight_of_x, &alone);
        total.add(1.0, &likelihood.close(&of_x, &sums));
    }
    total.to_logs(&theta)
}

/// Weighted sum of ln(1 + e^w) = max(w, 0) + ln(1 + e^-|w|). Most histories are those of one customer: their logarithms are that of a product.
struct Softplus {
    sum: f64,
    product: f64,
}

impl Default for Softplus {
    fn default() -> Self {
        Self { sum: 0.0, product: 1.0 }
    }
}

impl Softplus {
    /// A product stays below twice that.
    const LARGE: f64 = 1e200;

    /// Adds one and returns its derivative, 1/(1 + e^-w).
    #[inline]
    fn add(&mut self, weight: f64, w: f64) -> f64 {
        let e = (-w.abs()).exp();
        let factor = 1.0 + e;
        self.sum += weight * w.max(0.0);
        if weight == 1.0 {
            self.product *= factor;
            if self.product > Self::LARGE {
                self.sum += self.product.ln();
                self.product = 1.0;
            }
        } else {
            self.sum += weight * factor.ln();
        }
        let larger = 1.0 / factor;
        if w > 0.0 { larger } else { e * larger }
    }

    fn sum(&self) -> f64 {
        self.sum + self.product.ln()
    }
}
