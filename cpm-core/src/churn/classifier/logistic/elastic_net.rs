//! Elastic net: Newton's quadratic model of the likelihood, minimised with the penalty by coordinate descent.

use ndarray::Array1;

use super::rows::Rows;
use crate::numerics::newton::Evaluation;

/// Change of the objective below which rounding decides.
const TOLERANCE: f64 = 1e-15;
const STEP_TOLERANCE: f64 = 1e-12;

/// L1 and L2 penalty per coefficient, over the total weight; the intercept has none.
pub(super) struct Penalty {
    pub(super) l1: Vec<f64>,
    pub(super) l2: Vec<f64>,
}

impl Penalty {
    pub(super) fn of(&self, beta: &Array1<f64>) -> f64 {
        let each = beta.iter().skip(1).zip(self.l1.iter().zip(&self.l2));
        each.map(|(b, (l1, l2))| l1 * b.abs() + 0.5 * l2 * b * b).sum()
    }
}

/// Where the descent ended.
pub(super) struct End {
    pub(super) beta: Array1<f64>,
    pub(super) converged: bool,
    pub(super) iterations: usize,
    /// Largest change of the last step.
    pub(super) step: f64,
    pub(super) at: Evaluation,
}

/// Proximal Newton with backtracking (Lee, Sun & Saunders 2014; the inner loop is glmnet's, Friedman, Hastie & Tibshirani 2010).
pub(super) fn minimise(rows: &Rows<'_>, penalty: &Penalty, max_iterations: usize) -> End {
    let p = rows.x.len() + 1;
    let mut beta = Array1::<f64>::zeros(p);
    let mut at = rows.evaluate(&beta.to_vec());
    let mut iterations = 0;
    loop {
        iterations += 1;
        let target = inner(&beta, &at, penalty);
        let direction = &target - &beta;
        let size = direction.iter().fold(0.0_f64, |s, d| s.max(d.abs()));
        let end = |converged, beta: &Array1<f64>, at: &Evaluation| End {
            beta: beta.clone(),
            converged,
            iterations,
            step: size,
            at: at.clone(),
        };
        if size <= STEP_TOLERANCE {
            return end(true, &beta, &at);
        }
        let before = at.value + penalty.of(&beta);
        // Descent promised by the slope of the smooth part and the change of the penalty.
        let promised = at.gradient.dot(&direction) + penalty.of(&target) - penalty.of(&beta);
        if promised > -TOLERANCE * before.abs().max(1.0) {
            // Nothing is left to gain that could be seen; the last step still halves the wrong digits.
            let there = rows.evaluate(&target.to_vec());
            return end(true, &target, &there);
        }
        let mut length = 1.0;
        loop {
            let candidate = &beta + &(&direction * length);
            let there = rows.evaluate(&candidate.to_vec());
            if there.value + penalty.of(&candidate) <= before + 1e-4 * length * promised {
                (beta, at) = (candidate, there);
                break;
            }
            length *= 0.5;
            if length < 1e-10 {
                return end(size < 1e-8, &beta, &at);
            }
        }
        if iterations >= max_iterations {
            return end(false, &beta, &at);
        }
    }
}

/// Coordinate descent on the quadratic model around `beta`.
fn inner(beta: &Array1<f64>, at: &Evaluation, penalty: &Penalty) -> Array1<f64> {
    let p = beta.len();
    let mut point = beta.clone();
    // Gradient of the model at the point.
    let mut gradient = at.gradient.clone();
    for _ in 0..10_000 {
        let mut largest = 0.0_f64;
        for j in 0..p {
            let curvature = at.hessian[(j, j)].max(1e-12);
            let (l1, l2) = if j == 0 { (0.0, 0.0) } else { (penalty.l1[j - 1], penalty.l2[j - 1]) };
            let pull = curvature * point[j] - gradient[j];
            let new = pull.signum() * (pull.abs() - l1).max(0.0) / (curvature + l2);
            let change = new - point[j];
            if change != 0.0 {
                point[j] = new;
                gradient.scaled_add(change, &at.hessian.column(j));
                largest = largest.max(change.abs() * curvature.sqrt());
            }
        }
        if largest <= 1e-14 {
            break;
        }
    }
    point
}
