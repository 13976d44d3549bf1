//! Coefficients that the data do not bound: where nobody of a category came back, or nobody left, the likelihood rises towards a limit.

use super::effects::Coefficient;
use super::encoding::Design;
use crate::numerics::newton::Evaluation;

/// Parameters are those of the limit, to twelve digits of 1, where they have moved by this much on the logarithmic scale.
const LIMIT: f64 = 50.0;
/// A search ends where it hardly rises any more: by how much the log-likelihood may be lower at the limit.
const LEVEL: f64 = 1e-4;

/// For each coefficient where it has the answers of the limit, if it runs off; `None` if the data bound it. The last of `found` are
/// the coefficients of standardised covariates where the search ended, which is anywhere on the way to the limit.
pub(super) fn limits(
    design: &Design,
    coefficients: &[Coefficient],
    found: &[f64],
    evaluate: impl Fn(&[f64]) -> Evaluation,
) -> Vec<Option<f64>> {
    let first = found.len() - coefficients.len();
    let mut point = found.to_vec();
    let mut here = evaluate(&point);
    let mut limit_of = |j: usize, coefficient: &Coefficient| {
        let (i, largest) = (first + j, design.largest(coefficient.column));
        // What a change of the farthest customers by a factor of e would cost.
        let bounded = -here.hessian[(i, i)] > 1e-2 * largest * largest;
        if bounded || coefficient.penalty > 0.0 {
            return None;
        }
        let at = |value: f64| {
            let mut moved = point.clone();
            moved[i] = value;
            let there = evaluate(&moved);
            (there.value >= here.value - LEVEL).then_some((moved, there))
        };
        // The sooner for a covariate whose tail is short.
        let near = LIMIT / largest * if point[i] < 0.0 { -1.0 } else { 1.0 };
        let ends = [1.0, -1.0, 4.0, -4.0, 16.0, -16.0].map(|far| far * near);
        let reached = ends.into_iter().find_map(|end| at(4.0 * end).and(at(end)))?;
        (point, here) = reached;
        Some(point[i])
    };
    coefficients.iter().enumerate().map(|(j, coefficient)| limit_of(j, coefficient)).collect()
}
