//! Minimisation with analytic gradient and Hessian: Newton's method in a trust region and a box.
//!
//! Objectives here are negative log-likelihoods of two to a hundred parameters. Variables at a bound whose gradient points outwards are
//! held there (active set).

use ndarray::{Array1, Array2};

use super::cholesky::Cholesky;

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
    /// Norm of the gradient over the variables that it does not hold at a bound.
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
/// A pivot of the Hessian that is smaller, as a share of its diagonal element, has no digits to step by.
const SINGULAR: f64 = 1e-12;
/// A step may be longer than the radius by this share, and one that is cut by the radius shorter by that.
const LONGER: f64 = 1e-3;
const SHORTER: f64 = 0.01;
/// Shifts of the Hessian that are tried: by then there is one unless something is not finite.
const MOST_SHIFTS: usize = 400;

/// Minimises `objective` over the box, from `start`. A variable whose bounds are one is held there.
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
        let outwards = |i: usize, direction: f64| {
            (point[i] <= lower[i] && direction < 0.0) || (point[i] >= upper[i] && direction > 0.0)
        };
        let held: Vec<bool> = (0..n).map(|i| lower[i] == upper[i] || outwards(i, -at.gradient[i])).collect();
        let free: Vec<usize> = (0..n).filter(|&i| !held[i]).collect();
        let gradient_norm = norm(&at.gradient, &free);
        // The noise of a gradient grows with the root of the objective's.
        let rounding = ROUNDING_GRADIENT * at.value.abs().max(1.0).sqrt();
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
            return end(at.value.is_finite() && gradient_norm <= rounding);
        }
        iterations += 1;

        let (step, predicted) = trust_region_step(&at, &free, radius);
        let mut candidate = point.clone();
        for (&i, s) in free.iter().zip(&step) {
            candidate[i] = (point[i] + s).clamp(lower[i], upper[i]);
        }
        let length = dot(&step, &step).sqrt();
        if length <= unseen && predicted <= DECREASE_TOLERANCE * at.value.abs().max(1.0) {
            return Minimum { point: candidate, at, converged: true, iterations, gradient_norm, held };
        }
        let there = objective(&candidate);
        if predicted <= DECREASE_TOLERANCE * at.value.abs().max(1.0) {
            // No decrease is left to see, but the last Newton step still halves the number of wrong digits.
            let last = norm(&there.gradient, &free);
            if last >= gradient_norm {
                return end(gradient_norm <= rounding);
            }
            let converged = last <= rounding;
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
            continue;
        }
        // Cut off at a bound, a step along a ridge leaves the ridge. It ends at the first bound that it meets then.
        let cut = free.iter().zip(&step).any(|(&i, s)| candidate[i] != point[i] + s);
        let ended =
            cut.then(|| step_to_bound(&at, &free, radius, &point, lower, upper)).filter(|there| *there != point);
        if let Some(candidate) = ended {
            let there = objective(&candidate);
            if there.value < at.value {
                point = candidate;
                at = there;
                continue;
            }
        }
        radius = 0.25 * length;
        if radius < 1e-12 {
            return end(gradient_norm <= rounding);
        }
    }
}

/// Where the step leads that ends at the first bound it meets, without the variables that are at a bound and would leave it.
fn step_to_bound(
    at: &Evaluation,
    free: &[usize],
    radius: f64,
    point: &Array1<f64>,
    lower: &Array1<f64>,
    upper: &Array1<f64>,
) -> Array1<f64> {
    let room = |i: usize, s: f64| if s > 0.0 { (upper[i] - point[i]) / s } else { (lower[i] - point[i]) / s };
    let mut moving = free.to_vec();
    let mut end = point.clone();
    while !moving.is_empty() {
        let (step, _) = trust_region_step(at, &moving, radius);
        let share =
            moving.iter().zip(&step).filter(|(_, s)| **s != 0.0).fold(1.0, |a: f64, (&i, &s)| a.min(room(i, s)));
        if share > 0.0 {
            moving.iter().zip(&step).for_each(|(&i, s)| end[i] = (point[i] + share * s).clamp(lower[i], upper[i]));
            break;
        }
        let mut steps = step.iter();
        moving.retain(|&i| steps.next().is_some_and(|&s| s == 0.0 || room(i, s) > 0.0));
    }
    end
}

fn norm(gradient: &Array1<f64>, free: &[usize]) -> f64 {
    free.iter().map(|&i| gradient[i] * gradient[i]).sum::<f64>().sqrt()
}

/// The minimiser of the quadratic model within the radius, over the free variables, and its decrease: Newton's step, with a multiple
/// of the unit matrix added to the Hessian where that is not positive definite or the step is too long (Moré & Sorensen 1983,
/// "Computing a Trust Region Step", SIAM J. Sci. Stat. Comput. 4(3), 553-572).
fn trust_region_step(at: &Evaluation, free: &[usize], radius: f64) -> (Vec<f64>, f64) {
    let m = free.len();
    let mut hessian = Array2::from_shape_fn((m, m), |(i, j)| at.hessian[(free[i], free[j])]);
    let diagonal = hessian.diag().to_owned();
    let downhill: Vec<f64> = free.iter().map(|&i| -at.gradient[i]).collect();
    let mut factor = |shift: f64| {
        hessian.diag_mut().assign(&(&diagonal + shift));
        Cholesky::new(&hessian, SINGULAR)
    };
    let floor = 1e-12 * diagonal.iter().fold(1e-300, |a: f64, d| a.max(d.abs()));
    // The shift lies between these: too small, and as large as it need be.
    let (mut low, mut high) = (0.0, f64::INFINITY);
    let mut shift = 0.0;
    for _ in 0..MOST_SHIFTS {
        let mut next = f64::NAN;
        match factor(shift) {
            Err(_) => low = shift,
            Ok(factor) => {
                let step = factor.solve(&downhill);
                let length = dot(&step, &step).sqrt();
                if length > (1.0 + LONGER) * radius {
                    low = shift;
                    // Newton's method for the shift at which 1/length is 1/radius: from below, and never beyond.
                    next = shift + length * length / dot(&step, &factor.solve(&step)) * (length - radius) / radius;
                } else if shift <= floor || length >= (1.0 - SHORTER) * radius || shift <= (1.0 + LONGER) * low {
                    let decrease = 0.5 * (dot(&step, &downhill) + shift * length * length);
                    return (step, decrease);
                } else {
                    high = shift;
                }
            }
        }
        shift = if next < high {
            next
        } else if high.is_finite() {
            (low * high).sqrt().max(0.1 * high)
        } else {
            // Far from positive definite, the shift is the size of the least eigenvalue.
            floor.max(10.0 * low)
        };
    }
    // Only without a finite Hessian: no step, which ends the search without a minimum.
    (vec![0.0; m], f64::INFINITY)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
