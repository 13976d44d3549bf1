//! Discounted purchases of a living customer without horizon: one integral over its rate.
//!
//! A purchase takes k stages, where k = 1 is the case of purchases at random. Given the rate λ of stages, the wait for one is worth
//! φ = λ/(λ + d) of what comes after it. A customer j stages after its last purchase makes its n-th purchase from now kn - j stages later,
//! unless it dropped out at one of the n - 1 before; the sum over n is φ^(k - j)·2F1(b, 1; a + b; φ^k), and λ given j has the distribution
//! Gamma(r + j, α).

use super::LivingCustomer;
use crate::numerics::gamma::ln_gamma_peak;
use crate::numerics::quadrature::{beta_mean, panels};

/// The stages of purchases at random: there is one only.
pub(super) const AT_RANDOM: [f64; 1] = [1.0];

/// A panel with this share of the total is the last one.
const NEGLIGIBLE: f64 = 1e-17;
/// Widest panels: φ changes on a scale of one in ln λ, the density on one of its standard deviations.
const WIDEST: f64 = 2.5;
const DEVIATIONS: f64 = 4.0;
/// So near to 1 the continued fraction takes thousands of terms.
const NEAR_ONE: f64 = 1e-5;
/// For less dropout its terms fall to next to nothing at first, and rise again.
const RARE: f64 = 0.1;

impl LivingCustomer {
    /// E[Σ e^(-d·t_i)] over all purchases to come, for d > 0; `stages` are the probabilities of j = 0, …, k - 1.
    pub(in crate::clv) fn in_stages_for_ever(&self, stages: &[f64], d: f64) -> f64 {
        // In y = ln(αλ/(r+1)) the density given j is that of r + 1, times (r+1)^(j-1) Γ(r+1)/Γ(r+j) e^((j-1)y), times r + 1.
        let size = self.r + 1.0;
        let k = stages.len() as f64;
        // ln of the density at y = 0, and d relative to the rate there.
        let at_zero = ln_gamma_peak(size) - size.ln();
        let share = d * self.alpha / size;
        let integrand = |y: f64| {
            let growth = y.exp();
            let ln_stage = -(share / growth).ln_1p();
            let stage = ln_stage.exp();
            // Σ φ^(k-1-j) e^(jy), times its weights, by Horner's rule.
            let (mut sum, mut power, mut divisor) = (0.0, self.r, self.r);
            for weight in stages {
                sum = stage * sum + weight * power;
                power *= growth * size / divisor;
                divisor += 1.0;
            }
            let density = (at_zero + self.r * y - size * y.exp_m1()).exp();
            density * stage * sum * self.purchases_worth(-(k * ln_stage).exp_m1())
        };
        let width = WIDEST.min(DEVIATIONS / size.sqrt());
        let mut total = 0.0;
        for (mut from, step) in [(0.0, width), (-width, -width)] {
            loop {
                let mut part = 0.0;
                panels(from, from + width, width, |y, w| part += w * integrand(y));
                total += part;
                if part <= NEGLIGIBLE * total {
                    break;
                }
                from += step;
            }
        }
        total
    }

    /// 2F1(b, 1; a + b; 1 - m), the mean of 1/(m + (1-m)p) over the dropout probability p: the purchases from the next one on, each
    /// worth 1 - m of the one before.
    fn purchases_worth(&self, m: f64) -> f64 {
        let Self { a, b, .. } = *self;
        if m < NEAR_ONE {
            let g = |p: f64, q: f64| {
                let sum = m + (1.0 - m) * p;
                (-sum.ln(), -(1.0 - m) * p * q / sum)
            };
            return beta_mean(a, b, 1.0 / m, g);
        }
        if a < RARE {
            // m E[1/(m + (1-m)p)] + (1-m) E[p/(m + (1-m)p)] = 1, and p times the density of Beta(a, b) is a/(a+b) times that of Beta(a+1, b).
            let next = Self { a: a + 1.0, ..*self };
            return (1.0 - (1.0 - m) * a / (a + b) * next.purchases_worth(m)) / m;
        }
        // Gauss's continued fraction (DLMF 15.7.1), summed by Steed's algorithm: all terms are positive.
        let z = 1.0 - m;
        let (mut denominator, mut term, mut sum) = (1.0, 1.0, 1.0);
        let mut add = |coefficient: f64| {
            denominator = 1.0 / (1.0 - coefficient * z * denominator);
            let ratio = denominator - 1.0;
            term *= ratio;
            sum += term;
            (ratio, term, sum)
        };
        add(b / (a + b));
        let mut n = 0.0;
        loop {
            // n before its sum with a and b, which may be far smaller than 1.
            let before = n;
            n += 1.0;
            let c = a + b + (before + n);
            let (odd, ..) = add(n * (a + before) / ((a + b + 2.0 * before) * c));
            let (even, term, sum) = add((b + n) * (a + b + before) / (c * (c + 1.0)));
            // What is left is a geometric series of pairs, about: for large a and b the odd ratios are tiny, and the even ones are not.
            if term * odd * (1.0 + even) <= 1e-16 * sum * (1.0 - odd * even) {
                return sum;
            }
        }
    }
}
