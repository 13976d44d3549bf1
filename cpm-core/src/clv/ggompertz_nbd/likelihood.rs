//! Log-likelihood with gradient and Hessian in the log-parameters.
//!
//! Given the time of death, or that the customer is alive, the likelihood is elementary. The history's is a mixture over the
//! times of death: its gradient is the mean of the elementary ones, its Hessian the mean of the elementary Hessians plus the
//! covariance of the gradients (Louis 1982), over the same nodes as the likelihood itself.

use super::GGompertzNbd;
use crate::clv::derivatives::Derivatives;
use crate::clv::likelihood_sum::LikelihoodSum;
use crate::numerics::gamma::{digamma_rising, ln_rising, trigamma_rising};
use crate::numerics::newton::Evaluation;
use crate::summary::History;

/// ln Γ(r+x) - ln Γ(r) and its derivatives in r: they depend on x alone.
#[derive(Clone, Copy)]
struct OfX {
    value: f64,
    first: f64,
    second: f64,
}

/// ln of the likelihood from its parts: ln Γ(r+x)/Γ(r), and ln of the probability of the silence since `t_x`.
pub(super) fn ln_likelihood(model: &GGompertzNbd, h: History, ln_rising: f64, ln_silence: f64) -> f64 {
    let purchases = ln_rising - model.r * (h.t_x / model.alpha).ln_1p() - h.x * (model.alpha + h.t_x).ln();
    purchases + model.s * model.lifetime().ln_ratio(h.t_x) + ln_silence
}

/// Log-likelihood of all histories, with derivatives in ln r, ln α, ln b, ln s, ln β.
pub(super) fn evaluate(sum: &LikelihoodSum<'_>, model: &GGompertzNbd) -> Evaluation {
    let of_x = |x| OfX {
        value: ln_rising(model.r, x),
        first: digamma_rising(model.r, x),
        second: trigamma_rising(model.r, x),
    };
    sum.evaluate_in_logs(of_x, |h, of_x| of_history(model, *h, *of_x))
}

type Gradient = [f64; 5];
type Hessian = [[f64; 5]; 5];

/// Derivatives given death at τ (`death` = 1), or alive at τ (0).
fn given(model: &GGompertzNbd, x: f64, of_x: OfX, tau: f64, death: f64) -> (Gradient, Hessian) {
    let [r, alpha, b, s, _] = model.theta();
    let lifetime = model.lifetime();
    let share = alpha / (alpha + tau);
    let ln_ratio = lifetime.ln_ratio(tau);
    // β/D and D'/D in ln b, D = β + e^(bτ) - 1.
    let (of_beta, age) = (ln_ratio.exp(), b * tau);
    let of_b = age * lifetime.grown(tau);
    let shape = s + death;
    let of_r = of_x.first - (tau / alpha).ln_1p();
    let gradient = [
        r * of_r,
        r * (1.0 - share) - x * share,
        death * (1.0 + age) - shape * of_b,
        death + s * ln_ratio,
        s * (1.0 - of_beta) - death * of_beta,
    ];
    let mut hessian = [[0.0; 5]; 5];
    hessian[0][0] = r * of_r + r * r * of_x.second;
    hessian[0][1] = r * (1.0 - share);
    hessian[1][1] = -(r + x) * share * (1.0 - share);
    hessian[2][2] = death * age - shape * of_b * (1.0 + age - of_b);
    hessian[2][3] = -s * of_b;
    hessian[2][4] = shape * of_b * of_beta;
    hessian[3][3] = s * ln_ratio;
    hessian[3][4] = s * (1.0 - of_beta);
    hessian[4][4] = -shape * of_beta * (1.0 - of_beta);
    (gradient, hessian)
}

fn of_history(model: &GGompertzNbd, h: History, of_x: OfX) -> Derivatives<5> {
    let (score_alive, mut hessian) = given(model, h.x, of_x, h.T, 0.0);
    // Sums over the times of death: scores less the one of the living, their products, Hessians.
    let (mut first, mut second, mut curvature) = ([0.0; 5], [[0.0; 5]; 5], [[0.0; 5]; 5]);
    let silence = model.race(h).run(h.T - h.t_x, |y, w| {
        let (score, dead) = given(model, h.x, of_x, h.t_x + y, 1.0);
        let d: Gradient = std::array::from_fn(|i| score[i] - score_alive[i]);
        for i in 0..5 {
            first[i] += w * d[i];
            for j in i..5 {
                second[i][j] += w * d[i] * d[j];
                curvature[i][j] += w * dead[i][j];
            }
        }
    });
    let total = silence.probability();
    let mean: Gradient = first.map(|m| m / total);
    let alive = silence.standing().alive;
    for i in 0..5 {
        for j in i..5 {
            hessian[i][j] = alive * hessian[i][j] + curvature[i][j] / total + second[i][j] / total - mean[i] * mean[j];
        }
    }
    Derivatives {
        value: ln_likelihood(model, h, of_x.value, silence.ln_probability()),
        gradient: std::array::from_fn(|i| score_alive[i] + mean[i]),
        hessian,
    }
}
