//! Log-likelihood of grouped histories with gradient and Hessian, without the part of the intervals, which has no parameters.

use crate::clv::beta_geometric::{Survived, logistic, softplus};
use crate::clv::derivatives::Derivatives;
use crate::clv::likelihood_sum::LikelihoodSum;
use crate::clv::negative_binomial::OfCount;
use crate::numerics::newton::Evaluation;
use crate::summary::History;

/// S = Σ_{j<k} (R)_j/j! · (s/S₀)^j: fewer than k stages over a silence s, as a multiple of none at all. Sums of positive
/// terms, in logarithms.
pub(super) struct Silence {
    pub(super) ln: f64,
    /// Derivatives of ln S in R and in ln S₀.
    first: [f64; 2],
    /// Second derivatives: R R, R ln S₀, ln S₀ ln S₀.
    second: [f64; 3],
}

impl Silence {
    pub(super) fn new(k: f64, r: f64, scale: f64, silence: f64) -> Self {
        let mut of = Self { ln: 0.0, first: [0.0; 2], second: [0.0; 3] };
        if k <= 1.0 || silence <= 0.0 {
            return of;
        }
        let ln_share = (silence / scale).ln();
        let ln_term = |j: usize, before: f64| before + ((r + (j - 1) as f64) / j as f64).ln() + ln_share;
        let stages = k as usize;
        let (mut term, mut largest) = (0.0, 0.0_f64);
        for j in 1..stages {
            term = ln_term(j, term);
            largest = largest.max(term);
        }
        // Moments of j and of h = d ln term/dR, and the mean of dh/dR.
        let [mut sum, mut mean_j, mut mean_h, mut jj, mut jh, mut hh, mut slope] = [0.0; 7];
        let (mut h, mut dh) = (0.0, 0.0);
        term = 0.0;
        for j in 0..stages {
            if j > 0 {
                term = ln_term(j, term);
                let step = 1.0 / (r + (j - 1) as f64);
                h += step;
                dh -= step * step;
            }
            let (weight, j) = ((term - largest).exp(), j as f64);
            sum += weight;
            mean_j += weight * j;
            mean_h += weight * h;
            jj += weight * j * j;
            jh += weight * j * h;
            hh += weight * h * h;
            slope += weight * dh;
        }
        for moment in [&mut mean_j, &mut mean_h, &mut jj, &mut jh, &mut hh, &mut slope] {
            *moment /= sum;
        }
        of.ln = largest + f64::ln(sum);
        of.first = [mean_h, -mean_j];
        of.second = [slope + hh - mean_h * mean_h, mean_j * mean_h - jh, jj - mean_j * mean_j];
        of
    }
}

/// Terms that depend on x alone.
#[derive(Clone, Copy)]
struct OfX {
    count: OfCount,
    /// r + kx without the r.
    stages: f64,
    survived: Survived,
}

impl OfX {
    fn new([r, _, a, b]: [f64; 4], stages: f64, chances: f64) -> Self {
        Self { count: OfCount::new(r, stages), stages, survived: Survived::new(a, b, chances) }
    }
}

/// Sum over the histories at `theta` = (r, α, a, b); at the first purchase there are `at_first` chances to drop out.
pub(super) fn evaluate(sum: &LikelihoodSum<'_>, theta: [f64; 4], k: f64, at_first: f64) -> Evaluation {
    sum.evaluate(theta, |x| OfX::new(theta, k * x, x + at_first), |h, of_x| of_history(h, of_x, k, theta))
}

#[inline]
fn of_history(h: &History, of_x: &OfX, k: f64, [r, alpha, a, b]: [f64; 4]) -> Derivatives<4> {
    let rate = of_x.count.until(h.T, r, alpha);
    let (shape, end, last) = (r + of_x.stages, alpha + h.T, alpha + h.t_x);
    let silence = Silence::new(k, shape, end, h.T - h.t_x);
    // ln S in r and α.
    let [d_r, d_alpha] = [silence.first[0], silence.first[1] / end];
    let [d_rr, d_ra] = [silence.second[0], silence.second[1] / end];
    let d_aa = (silence.second[2] - silence.first[1]) / (end * end);
    let mut value = rate.value + of_x.survived.value + silence.ln;
    let mut g =
        [rate.gradient[0] + d_r, rate.gradient[1] + d_alpha, of_x.survived.gradient[0], of_x.survived.gradient[1]];
    let mut hessian = [
        [rate.hessian[0][0] + d_rr, rate.hessian[0][1] + d_ra, 0.0, 0.0],
        [0.0, rate.hessian[1][1] + d_aa, 0.0, 0.0],
        [0.0, 0.0, of_x.survived.hessian[0], of_x.survived.hessian[0]],
        [0.0, 0.0, 0.0, of_x.survived.hessian[1]],
    ];
    if of_x.survived.chances > 0.0 {
        // ln(1 + e^w), w = ln of the odds of being dead.
        let time = ((h.T - h.t_x) / last).ln_1p();
        let stayed = b + (of_x.survived.chances - 1.0);
        let odds = (a / stayed).ln() + shape * time - silence.ln;
        let s = logistic(odds);
        let v = s * (1.0 - s);
        let difference = 1.0 / end - 1.0 / last;
        let d = [time - d_r, shape * difference - d_alpha, 1.0 / a, -1.0 / stayed];
        value += softplus(odds);
        for i in 0..4 {
            g[i] += s * d[i];
            for j in i..4 {
                hessian[i][j] += v * d[i] * d[j];
            }
        }
        hessian[0][0] -= s * d_rr;
        hessian[0][1] += s * (difference - d_ra);
        hessian[1][1] -= s * (shape * difference * (1.0 / end + 1.0 / last) + d_aa);
        hessian[2][2] -= s / (a * a);
        hessian[3][3] += s / (stayed * stayed);
    }
    Derivatives { value, gradient: g, hessian }
}
