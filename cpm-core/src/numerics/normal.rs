//! The tail of the normal distribution, as far out as anyone goes.

use std::f64::consts::SQRT_2;

use statrs::function::erf::erfc;

const HALF_LN_2PI: f64 = 0.918_938_533_204_672_8;
/// From here on the continued fraction of the hazard converges to the last digit in [`TERMS`] terms.
const FAR: f64 = 5.0;
const TERMS: u32 = 80;

/// ln P(Z > z) and the hazard φ(z)/P(Z > z) of a standard normal Z, to some ten digits.
pub(crate) fn normal_tail(z: f64) -> (f64, f64) {
    let ln_density = -0.5 * z * z - HALF_LN_2PI;
    if z > FAR {
        let hazard = far_hazard(z);
        return (ln_density - hazard.ln(), hazard);
    }
    let ln_tail = if z > 0.0 {
        (0.5 * erfc(z / SQRT_2)).ln()
    } else if z > -FAR {
        (-0.5 * erfc(-z / SQRT_2)).ln_1p()
    } else {
        (-ln_density.exp() / far_hazard(-z)).ln_1p()
    };
    (ln_tail, (ln_density - ln_tail).exp())
}

/// Laplace: the hazard is z + 1/(z + 2/(z + 3/(z + …))).
fn far_hazard(z: f64) -> f64 {
    (1..=TERMS).rev().fold(z, |rest, k| z + f64::from(k) / rest)
}
