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
        let (i, largest) = (first + j, design.farthest(coefficient.column).abs());
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

/// What has no bound beside the coefficients of standardised covariates that have a limit.
pub(super) struct Unbounded {
    /// Parameters of typical customers and coefficients of standardised covariates where the answers are those of the limit.
    pub(super) point: Vec<f64>,
    /// Coefficients that are to stay there, so that the others have estimates.
    pub(super) held: Vec<usize>,
    /// Which of the parameters of customers whose covariates are 0, and of the coefficients of covariates as they are given, move on the
    /// way to the limit.
    pub(super) moved: Vec<bool>,
}

/// Shifts of several coordinates without a bound: where the first or the most common category runs off, or the typical one of two
/// values of a number. `found`, `here` and `evaluate` are as in [`limits`]; parameters of typical customers move if they are `free` to.
pub(super) fn unbounded<const K: usize>(
    standardised: &Standardised,
    coefficients: &[Coefficient],
    free: bool,
    found: &[f64],
    here: &Evaluation,
    evaluate: impl Fn(&[f64]) -> Evaluation,
) -> Unbounded {
    let size = found.len();
    let mut all = Unbounded { point: found.to_vec(), held: Vec::new(), moved: vec![false; size] };
    let mut here = here.clone();
    let back = standardised.back::<K>(coefficients);
    for (j, shift) in shifts::<K>(standardised, coefficients) {
        let of_base = (0..K).any(|k| shift[k].abs() > ROUNDING);
        let penalised = |j: usize| shift[K + j] != 0.0 && coefficients[j].penalty > 0.0;
        let bounded = -shift.dot(&here.hessian.dot(&shift)) > BOUNDED;
        if bounded || (of_base && !free) || (0..coefficients.len()).any(penalised) {
            continue;
        }
        let to = |end: f64| {
            let by = end - all.point[K + j] / shift[K + j];
            let at = |i: usize| if i < K { all.point[i] * (by * shift[i]).exp() } else { all.point[i] + by * shift[i] };
            let moved: Vec<f64> = (0..size).map(at).collect();
            let there = evaluate(&moved);
            (there.value >= here.value - LEVEL).then_some((moved, there))
        };
        let Some((moved, there)) = [LIMIT, -LIMIT].into_iter().find_map(|end| to(4.0 * end).and(to(end))) else {
            continue;
        };
        (all.point, here) = (moved, there);
        all.held.push(j);
        back.dot(&shift).iter().zip(&mut all.moved).for_each(|(by, moved)| *moved |= by.abs() > ROUNDING);
    }
    all
}

/// By how much a shift moves what it does not.
const ROUNDING: f64 = 1e-9;

/// Directions in which one group of customers alone moves, by e on the logarithmic scale, with a coefficient that does.
fn shifts<const K: usize>(standardised: &Standardised, coefficients: &[Coefficient]) -> Vec<(usize, Array1<f64>)> {
    let forth = standardised.forth::<K>(coefficients);
    let design = &standardised.design;
    let unit = |moved: &[usize]| {
        let mut shift = Array1::<f64>::zeros(K + coefficients.len());
        moved.iter().for_each(|&j| shift[K + j] = 1.0);
        shift
    };
    let against = |shift: &mut Array1<f64>, coefficient: &Coefficient| {
        coefficient.signs.iter().enumerate().for_each(|(k, sign)| shift[k] = -sign);
    };
    let mut shifts = Vec::new();
    for (j, coefficient) in coefficients.iter().enumerate() {
        let Some(columns) = design.categories.iter().find(|columns| columns.contains(&coefficient.column)) else {
            // Customers of the farthest value stay, typical ones move.
            let mut shift = unit(&[j]) / design.farthest(coefficient.column);
            against(&mut shift, coefficient);
            shifts.push((j, shift));
            continue;
        };
        if standardised.is_typical(coefficient.column) {
            shifts.push((j, forth.dot(&unit(&[j]))));
        }
        if coefficient.column == columns.start {
            // The first category: all others stay.
            let same =
                |j: &usize| columns.contains(&coefficients[*j].column) && coefficients[*j].signs == coefficient.signs;
            let moved: Vec<usize> = (0..coefficients.len()).filter(same).collect();
            let mut shift = unit(&moved);
            against(&mut shift, coefficient);
            // That of typical customers is the one to hold where these run off, too.
            let other = moved.iter().rfind(|&&j| !standardised.is_typical(coefficients[j].column));
            shifts.push((*other.unwrap_or(&j), forth.dot(&shift)));
        }
    }
    shifts
}
