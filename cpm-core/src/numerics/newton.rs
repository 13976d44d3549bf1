//! Minimisation with analytic gradient and Hessian: Newton's method in a trust region and a box.
//!
//! Objectives here are negative log-likelihoods of two to a few dozen log-parameters, so the Hessian's
//! eigenvectors are cheap, and with them the exact trust-region step. Variables at a bound whose
//! gradient points outwards are held there (active set).

use ndarray::{Array1, Array2};

use super::symmetric::eigen;

/// Value, gradient and Hessian at a point.
#[derive(Debug, Clone)]
pub(crate) struct Evaluation {
    pub(crate) value: f64,
    pub(crate) gradient: Array1<f64>,
    pub(crate) hessian: Array2<f64>,
}

/// Where the search ended.
#[derive(Debug, Clone)]
pub(crate) struct Minimum {
    pub(crate) point: Array1<f64>,
    pub(crate) at: Evaluation,
    pub(crate) converged: bool,
    pub(crate) iterations: usize,
    /// Norm of the gradient over the variables that are not held at a bound.
    pub(crate) gradient_norm: f64,
    /// Which variables are held at a bound.
    pub(crate) held: Vec<bool>,
}

/// A step may change a log-parameter by at most this much at first: a factor of e.
const FIRST_RADIUS: f64 = 1.0;
const LARGEST_RADIUS: f64 = 4.0;
/// A gradient of this size, for an objective of order one, moves no parameter in its tenth digit.
const GRADIENT_TOLERANCE: f64 = 1e-11;
/// Below this predicted decrease rounding of the objective decides; the gradient must be small by then.
const DECREASE_TOLERANCE: f64 = 1e-15;
const ROUNDING_GRADIENT: f64 = 1e-7;

/// Minimises `objective` over the box, from `start`.
pub(crate) fn minimise(
    objective: impl Fn(&Array1<f64>) -> Evaluation,
    start: Array1<f64>,
    lower: &Array1<f64>,
    upper: &Array1<f64>,
    max_iterations: usize,
) -> Minimum {
    minimise_but_for(0.0, objective, start, lower, upper, max_iterations)
}

/// [`minimise`], where a step no longer than `unseen` that promises no visible decrease is taken without an evaluation at its end.
///
/// For costly objectives of order one in variables of order one: Newton's error is squared by each step, so that after one of 10⁻⁸ it is
/// below rounding. Value and Hessian of the result are then those before that step, which differ by less than 10⁻¹⁵ and by some 10⁻⁸ of
/// themselves.
pub(crate) fn minimise_but_for(
    unseen: f64,
    objective: impl Fn(&Array1<f64>) -> Evaluation,
    start: Array1<f64>,
    lower: &Array1<f64>,
    upper: &Array1<f64>,
    max_iterations: usize,
) -> Minimum {
    let n = start.len();
    let mut point = Array1::from_shape_fn(n, |i| start[i].clamp(lower[i], upper[i]));
    let mut at = objective(&point);
    let mut radius = FIRST_RADIUS;
    let mut iterations = 0;
    loop {
        let held: Vec<bool> = (0..n)
            .map(|i| {
                let outwards = if point[i] <= lower[i] { at.gradient[i] > 0.0 } else { at.gradient[i] < 0.0 };
                outwards && (point[i] <= lower[i] || point[i] >= upper[i])
            })
            .collect();
        let free: Vec<usize> = (0..n).filter(|&i| !held[i]).collect();
        let gradient_norm = free.iter().map(|&i| at.gradient[i] * at.gradient[i]).sum::<f64>().sqrt();
        let used = iterations;
        let end = |converged| Minimum {
            point: point.clone(),
            at: at.clone(),
            converged,
            iterations: used,
            gradient_norm,
            held: held.clone(),
        };
        if free.is_empty() || gradient_norm <= GRADIENT_TOLERANCE {
            return end(true);
        }
        if used >= max_iterations || !at.value.is_finite() {
            // Steps that rounding keeps from an end are at one all the same.
            return end(at.value.is_finite() && gradient_norm <= ROUNDING_GRADIENT);
        }
        iterations += 1;

        let (step, predicted) = trust_region_step(&at, &free, radius);
        let mut candidate = point.clone();
        for (&i, s) in free.iter().zip(&step) {
            candidate[i] = (point[i] + s).clamp(lower[i], upper[i]);
        }
        let length = step.iter().map(|s| s * s).sum::<f64>().sqrt();
        if length <= unseen && predicted <= DECREASE_TOLERANCE * at.value.abs().max(1.0) {
            return Minimum { point: candidate, at, converged: true, iterations, gradient_norm, held };
        }
        let there = objective(&candidate);
        if predicted <= DECREASE_TOLERANCE * at.value.abs().max(1.0) {
            // No decrease is left to see, but the last Newton step still halves the number of wrong digits.
            let last = norm(&there.gradient, &free);
            if last >= gradient_norm {
                return end(gradient_norm <= ROUNDING_GRADIENT);
            }
            let converged = last <= ROUNDING_GRADIENT;
            return Minimum { point: candidate, at: there, converged, iterations, gradient_norm: last, held };
        }
        let gain = (at.value - there.value) / predicted;
        // Near the minimum the decrease drowns in rounding; a step that flattens the gradient is as good.
        let noise = 1e-14 * at.value.abs().max(1.0);
        let flatter = predicted < 1e3 * noise && norm(&there.gradient, &free) < gradient_norm;
        if there.value.is_finite() && (gain > 1e-4 || flatter) {
            point = candidate;
            at = there;
            if gain > 0.75 && length > 0.9 * radius {
                radius = (2.0 * radius).min(LARGEST_RADIUS);
            } else if gain < 0.25 && !flatter {
                radius = 0.5 * length;
            }
        } else {
            radius = 0.25 * length;
            if radius < 1e-12 {
                return end(gradient_norm <= ROUNDING_GRADIENT);
            }
        }
    }
}

fn norm(gradient: &Array1<f64>, free: &[usize]) -> f64 {
    free.iter().map(|&i| gradient[i] * gradient[i]).sum::<f64>().sqrt()
}

/// The minimiser of the quadratic model within the radius, over the free variables, and its decrease.
fn trust_region_step(at: &Evaluation, free: &[usize], radius: f64) -> (Vec<f64>, f64) {
    let m = free.len();
    let hessian = Array2::from_shape_fn((m, m), |(i, j)| at.hessian[(free[i], free[j])]);
    let spectrum = eigen(&hessian);
    // Gradient in the basis of eigenvectors.
    let g: Vec<f64> = (0..m).map(|k| (0..m).map(|i| spectrum.vectors[(i, k)] * at.gradient[free[i]]).sum()).collect();
    let length = |shift: f64| -> f64 {
        g.iter().zip(&spectrum.values).map(|(g, l)| (g / (l + shift)).powi(2)).sum::<f64>().sqrt()
    };
    let largest = spectrum.values[m - 1].abs().max(spectrum.values[0].abs());
    let floor = 1e-12 * largest.max(1e-300);
    let mut shift = (floor - spectrum.values[0]).max(0.0);
    if length(shift) > radius {
        // The length falls with the shift: bracket, then bisect on the logarithm.
        let (mut low, mut high) = (shift, shift.max(floor));
        while length(high) > radius {
            low = high;
            high *= 4.0;
        }
        for _ in 0..60 {
            shift = if low > 0.0 { (low * high).sqrt() } else { 0.5 * high };
            if length(shift) > radius {
                low = shift;
            } else {
                high = shift;
            }
            if high - low <= 1e-3 * high {
                break;
            }
        }
        shift = high;
    }
    let along: Vec<f64> = g.iter().zip(&spectrum.values).map(|(g, l)| -g / (l + shift)).collect();
    let decrease = along.iter().zip(&g).zip(&spectrum.values).map(|((s, g), l)| -(s * g + 0.5 * l * s * s)).sum();
    let step = (0..m).map(|i| (0..m).map(|k| spectrum.vectors[(i, k)] * along[k]).sum()).collect();
    (step, decrease)
}
