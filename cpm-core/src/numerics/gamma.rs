//! Logarithms of gamma functions and their derivatives, as *differences*.
//!
//! Likelihoods need lnΓ(z + d) - lnΓ(z), never lnΓ alone. Subtracting two large values loses all digits
//! where d is small against z, so the differences are computed as such: the argument is shifted up to
//! [`ASYMPTOTIC`] by the recurrence, and the asymptotic series are subtracted term by term.

/// From here on eight terms of the asymptotic series are exact to double precision.
pub(super) const ASYMPTOTIC: f64 = 15.0;
const HALF_LN_2PI: f64 = 0.918_938_533_204_672_8;

/// Coefficients B_2k / (2k (2k - 1)) of Stirling's series in 1/z, 1/z^3, …
const STIRLING: [f64; 8] = [
    1.0 / 12.0,
    -1.0 / 360.0,
    1.0 / 1260.0,
    -1.0 / 1680.0,
    1.0 / 1188.0,
    -691.0 / 360_360.0,
    1.0 / 156.0,
    -3617.0 / 122_400.0,
];

/// ln(1 + x) for x >= 0, all digits relative, at little more than the cost of a logarithm: that of the sum, corrected to first order
/// by what rounding took from x.
#[inline]
pub(crate) fn ln_1p(x: f64) -> f64 {
    let sum = 1.0 + x;
    if sum.is_infinite() {
        return sum;
    }
    sum.ln() + (x - (sum - 1.0)) / sum
}

fn stirling(z: f64) -> f64 {
    let w = 1.0 / (z * z);
    STIRLING.iter().rev().fold(0.0, |sum, c| sum * w + c) / z
}

/// Stirling's series without its first term, 1/(12 z).
pub(super) fn stirling_rest(z: f64) -> f64 {
    let w = 1.0 / (z * z);
    STIRLING[1..].iter().rev().fold(0.0, |sum, c| sum * w + c) * w / z
}

/// Asymptotic tail of digamma: psi(z) = ln z - 1/(2z) - digamma_tail(z).
fn digamma_tail(z: f64) -> f64 {
    let w = 1.0 / (z * z);
    // d/dz of Stirling's series: the k-th coefficient times (2k - 1).
    STIRLING.iter().enumerate().rev().fold(0.0, |sum, (k, c)| sum * w + c * (2 * k + 1) as f64) * w
}

/// Asymptotic tail of trigamma: psi1(z) = 1/z + 1/(2z^2) + trigamma_tail(z).
fn trigamma_tail(z: f64) -> f64 {
    let w = 1.0 / (z * z);
    STIRLING.iter().enumerate().rev().fold(0.0, |sum, (k, c)| sum * w + c * ((2 * k + 1) * (2 * k + 2)) as f64) * w / z
}

/// ln Γ(z) for z > 0, to about 1e-15 absolute or relative, whichever is larger.
pub(crate) fn ln_gamma(z: f64) -> f64 {
    let (mut z, mut product) = (z, 1.0);
    while z < ASYMPTOTIC {
        product *= z;
        z += 1.0;
    }
    (z - 0.5) * z.ln() - z + HALF_LN_2PI + stirling(z) - f64::ln(product)
}

/// z ln z - z - ln Γ(z): ln of the largest density that the logarithm of a gamma variable of shape z has.
pub(crate) fn ln_gamma_peak(z: f64) -> f64 {
    if z < ASYMPTOTIC {
        z * z.ln() - z - ln_gamma(z)
    } else {
        // Nothing that grows with z.
        0.5 * z.ln() - HALF_LN_2PI - stirling(z)
    }
}

/// ln Γ(z + d) - ln Γ(z) for z > 0, d >= 0.
pub(crate) fn ln_rising(z: f64, d: f64) -> f64 {
    let (mut z, mut ratio) = (z, 1.0);
    while z < ASYMPTOTIC {
        ratio *= (z + d) / z;
        z += 1.0;
    }
    let end = z + d;
    (z - 0.5) * (d / z).ln_1p() + d * (end.ln() - 1.0) + stirling(end) - stirling(z) - f64::ln(ratio)
}

/// psi(z + d) - psi(z) for z > 0, d >= 0: the derivative of [`ln_rising`] in z.
pub(crate) fn digamma_rising(z: f64, d: f64) -> f64 {
    let (mut z, mut sum) = (z, 0.0);
    while z < ASYMPTOTIC {
        sum += d / (z * (z + d));
        z += 1.0;
    }
    let end = z + d;
    sum + (d / z).ln_1p() + d / (2.0 * z * end) - (digamma_tail(end) - digamma_tail(z))
}

/// psi1(z + d) - psi1(z) for z > 0, d >= 0: the second derivative of [`ln_rising`] in z.
pub(crate) fn trigamma_rising(z: f64, d: f64) -> f64 {
    let (mut z, mut sum) = (z, 0.0);
    while z < ASYMPTOTIC {
        let end = z + d;
        sum -= d / (z * end) * (1.0 / z + 1.0 / end);
        z += 1.0;
    }
    let end = z + d;
    let first = d / (z * end);
    sum - first - 0.5 * first * (1.0 / z + 1.0 / end) + trigamma_tail(end) - trigamma_tail(z)
}

/// psi1(z), the trigamma function, for z > 0.
pub(crate) fn trigamma(z: f64) -> f64 {
    let (mut z, mut sum) = (z, 0.0);
    while z < ASYMPTOTIC {
        sum += 1.0 / (z * z);
        z += 1.0;
    }
    sum + 1.0 / z + 0.5 / (z * z) + trigamma_tail(z)
}

/// ln B(a, b) for a, b > 0.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    ln_gamma(small) - ln_rising(large, small)
}
