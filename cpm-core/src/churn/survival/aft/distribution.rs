//! The distribution of the error: ln of density and tail, with two derivatives.

use serde::{Deserialize, Serialize};

use crate::numerics::distribution::normal_quantile;
use crate::numerics::gamma::ln_rising;
use crate::numerics::normal::normal_tail;

/// Distribution of durations, by that of W in ln T = x'β + σ W.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// W is a smallest extreme value: a hazard that rises (σ < 1) or falls (σ > 1) for ever; also a proportional hazards model.
    #[default]
    Weibull,
    /// W is normal: a hazard that rises and then falls.
    LogNormal,
    /// W is logistic: as log-normal, with heavier tails and odds in closed form.
    LogLogistic,
}

/// A value with its first and second derivative.
pub(super) type Jet = [f64; 3];

const HALF_LN_2PI: f64 = 0.918_938_533_204_672_8;

impl Distribution {
    /// The name of the distribution of durations: `weibull`, `log-normal`, `log-logistic`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weibull => "weibull",
            Self::LogNormal => "log-normal",
            Self::LogLogistic => "log-logistic",
        }
    }

    /// ln f(z) and its derivatives.
    pub(super) fn ln_density(self, z: f64) -> Jet {
        match self {
            Self::Weibull => {
                let e = z.exp();
                [z - e, 1.0 - e, -e]
            }
            Self::LogNormal => [-0.5 * z * z - HALF_LN_2PI, -z, -1.0],
            Self::LogLogistic => {
                let (p, ln_1_plus) = logistic(z);
                [z - 2.0 * ln_1_plus, 1.0 - 2.0 * p, -2.0 * p * (1.0 - p)]
            }
        }
    }

    /// ln P(W > z) and its derivatives.
    pub(super) fn ln_tail(self, z: f64) -> Jet {
        match self {
            Self::Weibull => [-z.exp(); 3],
            Self::LogNormal => {
                let (tail, hazard) = normal_tail(z);
                [tail, -hazard, -hazard * (hazard - z)]
            }
            Self::LogLogistic => {
                let (p, ln_1_plus) = logistic(z);
                [-ln_1_plus, -p, -p * (1.0 - p)]
            }
        }
    }

    /// The z that a share `probability` of W lies below.
    pub(super) fn quantile(self, probability: f64) -> f64 {
        match self {
            Self::Weibull => (-(-probability).ln_1p()).ln(),
            Self::LogNormal => normal_quantile(probability),
            Self::LogLogistic => probability.ln() - (-probability).ln_1p(),
        }
    }

    /// ln E[e^(σW)], and its derivative in σ; `None` where it is infinite.
    pub(super) fn ln_mean(self, sigma: f64) -> Option<f64> {
        match self {
            // Γ(1 + σ).
            Self::Weibull => Some(ln_rising(1.0, sigma)),
            Self::LogNormal => Some(0.5 * sigma * sigma),
            Self::LogLogistic => {
                let angle = std::f64::consts::PI * sigma;
                (sigma < 1.0).then(|| (angle / angle.sin()).ln())
            }
        }
    }
}

/// 1/(1 + e^-z) and ln(1 + e^z).
fn logistic(z: f64) -> (f64, f64) {
    if z > 0.0 {
        let e = (-z).exp();
        (1.0 / (1.0 + e), z + e.ln_1p())
    } else {
        let e = z.exp();
        (e / (1.0 + e), e.ln_1p())
    }
}
