//! Likelihood of one history under a gamma mixture of Erlang gaps with dropout, and its derivatives.
//!
//! Gaps of one customer are Erlang-k with rate λ, λ ~ Gamma(r, α) over customers, and after every purchase the
//! customer stops with probability p. With a = r + k x and b = α + t_x, the posterior of λ,
//!
//! L = [lnΓ(a) − lnΓ(r)] + r ln α − a ln b + x ln(1 − p) + ln(p + (1 − p) Q),
//!
//! where Q is the chance that the next gap exceeds the silence s = T − t_x. A gap over b is beta-prime(k, a), so that
//! Q = Σ_{j<k} Γ(a + j)/(Γ(a) j!) · (b/(b + s))^a · (s/(b + s))^j, a sum of positive terms. What depends on k
//! alone, (k − 1) Σ ln(gap) − x lnΓ(k), is added where shapes are compared.

use crate::numerics::gamma::{digamma_rising, ln_rising, trigamma_rising};
use crate::summary::History;

/// Parameters on their natural scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Parameters {
    pub(super) shape: u32,
    pub(super) r: f64,
    pub(super) alpha: f64,
    pub(super) dropout: f64,
}

/// Value, and derivatives in ln r, ln α and the log-odds of p; of the Hessian the lower triangle.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Terms {
    pub(super) value: f64,
    pub(super) gradient: [f64; 3],
    pub(super) hessian: [[f64; 3]; 3],
}

impl Terms {
    pub(super) fn add(&mut self, weight: f64, other: &Self) {
        self.value += weight * other.value;
        for i in 0..3 {
            self.gradient[i] += weight * other.gradient[i];
            for j in 0..=i {
                self.hessian[i][j] += weight * other.hessian[i][j];
            }
        }
    }
}

/// Q with its derivatives in a and b.
struct Tail {
    q: f64,
    a: f64,
    b: f64,
    aa: f64,
    ab: f64,
    bb: f64,
}

impl Parameters {
    /// Posterior of a customer's rate: shape and rate of a gamma distribution.
    pub(super) fn posterior(&self, h: History) -> (f64, f64) {
        (self.r + f64::from(self.shape) * h.x, self.alpha + h.t_x)
    }

    /// P(the next gap exceeds `silence`), if the customer has not stopped.
    pub(super) fn tail(&self, h: History, silence: f64) -> f64 {
        let (a, b) = self.posterior(h);
        let (ln_stay, ratio) = (-a * (silence / b).ln_1p(), silence / (b + silence));
        let (mut term, mut sum) = (1.0, 0.0);
        for j in 0..self.shape {
            sum += term;
            let j = f64::from(j);
            term *= (a + j) / (j + 1.0) * ratio;
        }
        (ln_stay + f64::ln(sum)).exp().min(1.0)
    }

    fn tail_with_derivatives(&self, h: History) -> Tail {
        let (a, b) = self.posterior(h);
        let s = h.T - h.t_x;
        let ln_stay = -(s / b).ln_1p();
        let ratio = s / (b + s);
        let scale = (a * ln_stay).exp();
        let mut tail = Tail { q: 0.0, a: 0.0, b: 0.0, aa: 0.0, ab: 0.0, bb: 0.0 };
        // ψ(a + j) − ψ(a) and its derivative, term by term.
        let (mut psi, mut psi_slope, mut term) = (0.0, 0.0, scale);
        // 1/b − 1/(b + s) without cancellation, and what it becomes in the second derivative.
        let slope = ratio / b;
        for j in 0..self.shape {
            let j = f64::from(j);
            let (in_a, in_aa) = (psi + ln_stay, psi_slope);
            let in_b = a * slope - j / (b + s);
            let in_bb = -a * slope * (1.0 / b + 1.0 / (b + s)) + j / ((b + s) * (b + s));
            tail.q += term;
            tail.a += term * in_a;
            tail.b += term * in_b;
            tail.aa += term * (in_a * in_a + in_aa);
            tail.ab += term * (in_a * in_b + slope);
            tail.bb += term * (in_b * in_b + in_bb);
            psi += 1.0 / (a + j);
            psi_slope -= 1.0 / ((a + j) * (a + j));
            term *= (a + j) / (j + 1.0) * ratio;
        }
        tail
    }

    /// ln L of one history.
    pub(super) fn terms(&self, h: History) -> Terms {
        let Self { r, alpha, dropout: p, .. } = *self;
        let (a, b) = self.posterior(h);
        let gaps = a - r;
        let tail = self.tail_with_derivatives(h);
        let not = 1.0 - p;
        let mixture = p + not * tail.q;
        let share = not / mixture;

        // Gaps: derivatives in r and α, then in their logarithms.
        let in_r = digamma_rising(r, gaps) + (alpha / b).ln() + share * tail.a;
        let in_alpha = r / alpha - a / b + share * tail.b;
        let rr = trigamma_rising(r, gaps) + share * tail.aa - (share * tail.a).powi(2);
        let r_alpha = 1.0 / alpha - 1.0 / b + share * tail.ab - share * share * tail.a * tail.b;
        let alphas = -r / (alpha * alpha) + a / (b * b) + share * tail.bb - (share * tail.b).powi(2);
        // The log-odds θ of p: dp/dθ = p (1 − p).
        let width = p * not;
        let slope = (1.0 - tail.q) / mixture;
        let in_odds = -h.x * p + width * slope;
        let odds = -h.x * width + width * (1.0 - 2.0 * p) * slope - (width * slope).powi(2);
        // ∂/∂p of (1 − p)/M is −1/M².
        let cross = -width / (mixture * mixture);
        let value = ln_rising(r, gaps) + r * (alpha / b).ln() - gaps * b.ln() + h.x * (-p).ln_1p() + mixture.ln();
        Terms {
            value,
            gradient: [r * in_r, alpha * in_alpha, in_odds],
            hessian: [
                [r * in_r + r * r * rr, 0.0, 0.0],
                [r * alpha * r_alpha, alpha * in_alpha + alpha * alpha * alphas, 0.0],
                [cross * r * tail.a, cross * alpha * tail.b, odds],
            ],
        }
    }
}
