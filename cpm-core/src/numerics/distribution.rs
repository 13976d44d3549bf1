//! Quantiles of the distributions that intervals are made of.

use statrs::distribution::{ChiSquared, ContinuousCDF, Normal, StudentsT};
use statrs::function::beta::{beta_reg, inv_beta_reg};

use super::gamma::ln_rising;
use super::quadrature::panels;

/// Above this shape a gamma or beta variable is normal to the precision that an interval needs.
const NORMAL_SHAPE: f64 = 1e5;

/// Standard normal quantile.
pub(crate) fn normal_quantile(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability)
}

/// P(Z <= z) for a standard normal Z.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// Quantile of Student's t distribution.
pub(crate) fn student_quantile(degrees_of_freedom: f64, probability: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees_of_freedom).map_or(0.0, |t| t.inverse_cdf(probability))
}

/// P(|Z| > |z|) for a standard normal Z.
pub(crate) fn normal_two_sided(z: f64) -> f64 {
    (2.0 * Normal::standard().sf(z.abs())).min(1.0)
}

/// P(X > x) for a chi-squared X.
pub(crate) fn chi_squared_tail(x: f64, degrees_of_freedom: usize) -> f64 {
    // An error is possible only without degrees of freedom: nothing is tested, and nothing found.
    ChiSquared::new(degrees_of_freedom as f64).map_or(1.0, |d| d.sf(x))
}

/// P(|T| > |t|) for Student's t distribution.
pub(crate) fn student_two_sided(degrees_of_freedom: f64, t: f64) -> f64 {
    // The share is 1 at t = 0 and has all its digits far out.
    beta_reg(0.5 * degrees_of_freedom, 0.5, degrees_of_freedom / (degrees_of_freedom + t * t))
}

/// Quantile of the gamma distribution with the given shape and scale 1.
pub(crate) fn gamma_quantile(shape: f64, probability: f64) -> f64 {
    if shape > NORMAL_SHAPE {
        // Wilson & Hilferty 1931: the cube root is normal, to 1e-7 at this shape.
        let c = 1.0 / (9.0 * shape);
        return shape * (1.0 - c + normal_quantile(probability) * c.sqrt()).powi(3);
    }
    statrs::distribution::Gamma::new(shape, 1.0).map_or(shape, |g| g.inverse_cdf(probability))
}

/// Quantile of the beta-prime distribution: the ratio of Gamma(a) and Gamma(b).
pub(crate) fn beta_prime_quantile(a: f64, b: f64, probability: f64) -> f64 {
    if a > NORMAL_SHAPE && b > NORMAL_SHAPE {
        // The logarithm is normal with variance 1/a + 1/b.
        return a / b * (normal_quantile(probability) * (1.0 / a + 1.0 / b).sqrt()).exp();
    }
    if b > NORMAL_SHAPE {
        return gamma_quantile(a, probability) / b;
    }
    if a > NORMAL_SHAPE {
        return a / gamma_quantile(b, 1.0 - probability);
    }
    let y = inv_beta_reg(a, b, probability);
    y / (1.0 - y)
}

/// P(X <= x) for X ~ Beta(a, b), to some nine digits.
pub(crate) fn beta_cdf(a: f64, b: f64, x: f64) -> f64 {
    beta_reg(a, b, x.clamp(0.0, 1.0))
}

/// E[1/G^2; G > g0] for G ~ Gamma(shape, 1), where g0 is the quantile at `tail`.
///
/// The second moment of a heavy-tailed mean spend exists only for shape > 2, and up to about 3 it is
/// made by customers that no base contains. Cutting the tail at a probability far below one in the
/// number of customers gives the variance that a base of that size shows.
pub(crate) fn truncated_inverse_square(shape: f64, tail: f64) -> f64 {
    // P(G < g) is g^shape / Γ(shape + 1) for small g.
    let ln_gamma_next = ln_rising(1.0, shape);
    let from = (tail.ln() + ln_gamma_next) / shape;
    let to = (shape + 60.0).ln();
    let ln_gamma = ln_gamma_next - shape.ln();
    let mut sum = 0.0;
    panels(from, to, 1.0, |y, w| sum += w * ((shape - 2.0) * y - y.exp() - ln_gamma).exp());
    sum
}
