//! Coefficients that the data do not bound: where nobody of a category came back, or nobody left, the likelihood rises towards a limit.

use ndarray::Array1;

use super::effects::Coefficient;
use super::encoding::Design;
use super::fit::Standardised;
use crate::numerics::newton::Evaluation;

/// Parameters are those of the limit, to twelve digits of 1, where they have moved by this much on the logarithmic scale.
const LIMIT: f64 = 50.0;
/// A search ends where it hardly rises any more: by how much the log-likelihood may be lower at the limit.
const LEVEL: f64 = 1e-4;
/// What a change by a factor of e costs where the data tell of it: the second derivative of the log-likelihood.
const BOUNDED: f64 = 1e-2;

/// For each coefficient where it has the answers of the limit, if it runs off; `None` if the data bound it. The last of `found` are
/// the coefficients of standardised covariates where the search ended, which is anywhere on the way to the limit, and
/// `here` is the log-likelihood there.
pub(super) fn limits(
    design: &Design,
    coefficients: &[Coefficient],
    found: &[f64],
    here: &Evaluation,
    evaluate: impl Fn(&[f64]) -> Evaluation,
) -> Vec<Option<f64>> {
    let first = found.len() - coefficients.len();
    let mut point = found.to_vec();
    let mut here = here.clone();
    let mut limit_of = |j: usize, coefficient: &Coefficient| {
        let (i, largest) = (first + j, design.largest(coefficient.column));
        // Of the farthest customers.
        let bounded = -here.hessian[(i, i)] > BOUNDED * largest * largest;
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

/// Which coefficients have no bound though none of standardised covariates has a limit: where the first or the most common category runs
/// off, whose customers are moved by a shift of several coordinates. In those of covariates as they are given it is one of the base and
/// all columns of the category, or of the category's own coefficient.
pub(super) fn unbounded<const K: usize>(
    standardised: &Standardised,
    coefficients: &[Coefficient],
    found: &[f64],
    here: &Evaluation,
    evaluate: impl Fn(&[f64]) -> Evaluation,
) -> Vec<bool> {
    let size = found.len();
    let forth = standardised.forth::<K>(coefficients);
    let mut unbounded = vec![false; coefficients.len()];
    let mut try_shift = |moved: &[usize], base: bool| {
        if moved.iter().any(|&j| coefficients[j].penalty > 0.0) {
            return;
        }
        let mut shift = Array1::<f64>::zeros(size);
        moved.iter().for_each(|&j| shift[K + j] = 1.0);
        if base {
            coefficients[moved[0]].signs.iter().enumerate().for_each(|(k, sign)| shift[k] = -sign);
        }
        let shift = forth.dot(&shift);
        if -shift.dot(&here.hessian.dot(&shift)) > BOUNDED {
            return;
        }
        let holds = |by: f64| {
            let at = |i: usize| if i < K { found[i] * (by * shift[i]).exp() } else { found[i] + by * shift[i] };
            evaluate(&(0..size).map(at).collect::<Vec<f64>>()).value >= here.value - LEVEL
        };
        if [LIMIT, -LIMIT].into_iter().any(|by| holds(by) && holds(4.0 * by)) {
            moved.iter().for_each(|&j| unbounded[j] = true);
        }
    };
    for j in 0..coefficients.len() {
        try_shift(&[j], false);
        try_shift(&[j], true);
    }
    for columns in standardised.design.categories.iter().filter(|columns| columns.len() > 1) {
        for first in (0..coefficients.len()).filter(|&j| coefficients[j].column == columns.start) {
            let same = |j: &usize| {
                columns.contains(&coefficients[*j].column) && coefficients[*j].signs == coefficients[first].signs
            };
            let moved: Vec<usize> = (0..coefficients.len()).filter(same).collect();
            try_shift(&moved, true);
        }
    }
    unbounded
}
