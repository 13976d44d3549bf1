//! Uncertainty of the parameters, carried into everything that is computed from them.
//!
//! The fit gives a normal approximation of the log-parameters. Instead of a gradient for every quantity,
//! the quantity is evaluated at 2k points (k parameters) whose weighted moments are those of the normal
//! distribution: θ ± sqrt(k)·L_i, with L L' the covariance (the third-degree spherical rule of
//! McNamee & Stenger 1967, also known from cubature filters). The spread of a quantity over the points is
//! its standard error to second order, and a mixture over the points is a predictive distribution. A parameter at the edge of its range
//! has a point of its own; see [`from_edge`](super::from_edge).

use super::FitReport;
use crate::estimate::Interval;
use crate::numerics::symmetric::eigen;

/// Log-parameters at the points of the rule, as offsets from the estimate: two for each direction that has a variance, and one for
/// each parameter at a boundary, which has none.
pub(super) fn offsets(fit: &FitReport) -> Vec<Vec<f64>> {
    let k = fit.covariance_log.nrows();
    let spectrum = eigen(&fit.covariance_log);
    let varying: Vec<usize> = (0..k).filter(|&column| spectrum.values[column] > 0.0).collect();
    // Each point counts alike in the moments.
    let points = 2 * varying.len() + fit.from_edge.len();
    let mut offsets: Vec<Vec<f64>> = Vec::with_capacity(points);
    for column in varying {
        let length = (0.5 * points as f64 * spectrum.values[column]).sqrt();
        for sign in [1.0, -1.0] {
            offsets.push((0..k).map(|i| sign * length * spectrum.vectors[(i, column)]).collect());
        }
    }
    offsets.extend(fit.from_edge.iter().cloned());
    offsets
}

/// The range of a quantity, and with it the scale on which the quantity is taken as normal, so that its interval stays in the range: the
/// logarithm of the distance from the lower end over that from the upper one, of the first alone where there is no upper end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    low: f64,
    high: f64,
}

impl Range {
    /// On this scale log-odds.
    pub(super) const PROBABILITY: Self = Self::between(0.0, 1.0);
    /// On this scale a logarithm.
    pub(super) const POSITIVE: Self = Self::between(0.0, f64::INFINITY);

    /// The upper end may be infinite.
    pub(super) const fn between(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    fn apply(self, value: f64) -> f64 {
        // Rounding may lead out of the range.
        let value = value.clamp(self.low, self.high);
        let above = (value - self.low).ln();
        if self.high.is_finite() { above - (self.high - value).ln() } else { above }
    }

    fn undo(self, value: f64) -> f64 {
        self.low + if self.high.is_finite() { (self.high - self.low) / (1.0 + (-value).exp()) } else { value.exp() }
    }

    /// Interval of a quantity from its value at the estimate and at the points of the rule.
    pub(super) fn interval(self, estimate: f64, at_points: impl Iterator<Item = f64>, half_width: f64) -> Interval {
        let centre = self.apply(estimate);
        let (mut sum, mut count) = (0.0, 0.0);
        for value in at_points {
            let difference = self.apply(value) - centre;
            if difference.is_finite() {
                sum += difference * difference;
                count += 1.0;
            }
        }
        // A probability of exactly 0 or 1 is the same at every point, as for one-time buyers in BG/NBD.
        if count == 0.0 || !centre.is_finite() {
            return Interval { low: estimate, high: estimate };
        }
        let reach = half_width * f64::sqrt(sum / count);
        Interval { low: self.undo(centre - reach), high: self.undo(centre + reach) }
    }
}
