//! Ratios of beta functions: survival under a beta-distributed chance of dropout.

use super::gamma::{ASYMPTOTIC, stirling_rest};

/// ln B(a, z + d) - ln B(a, z) for a, z > 0 and d >= 0, never positive: ln E[(1-p)^d] for p ~ Beta(a, z).
///
/// This is the mixed second difference lnΓ(z+d) - lnΓ(z) - lnΓ(a+z+d) + lnΓ(a+z). Both of its halves can be far
/// larger than itself, so it is computed as such, the way [`ln_rising`](super::gamma::ln_rising) does for one difference.
pub(crate) fn ln_beta_shift(a: f64, z: f64, d: f64) -> f64 {
    let (mut z, mut sum) = (z, 0.0);
    while z < ASYMPTOTIC {
        sum += ln_cross_ratio(z, a, d);
        z += 1.0;
    }
    // (z - 1/2) ln z - z, second difference: three terms of one size, whatever the order of a, z and d.
    let main = (z - 0.5) * ln_cross_ratio(z, a, d) + a * (d / (z + a)).ln_1p() + d * (a / (z + d)).ln_1p();
    let inverses = a / (z + a) * (d / (z + d)) * ((z + z + a + d) / (z + a + d)) / z;
    let rest = stirling_rest(z + a + d) - stirling_rest(z + a) - stirling_rest(z + d) + stirling_rest(z);
    sum - main - inverses / 12.0 - rest
}

/// ln of z (z + a + d) / ((z + a)(z + d)).
fn ln_cross_ratio(z: f64, a: f64, d: f64) -> f64 {
    let missing = a / (z + a) * (d / (z + d));
    // Close to zero the complement is what keeps its digits.
    if missing < 0.5 { (-missing).ln_1p() } else { (z / (z + a) * ((z + a + d) / (z + d))).ln() }
}
