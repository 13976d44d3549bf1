//! How far the data let a parameter come back from the edge of its range.
//!
//! A parameter that ran to an edge has no curvature there, and so no variance: the likelihood falls from the edge inwards, and is
//! level or unknown beyond. Its spread is that of a half-normal variable which starts at the edge, with the other parameters where the
//! likelihood is highest given it: one point stands for it, at which the profile likelihood has fallen as a normal one would have.

use std::cell::RefCell;

use ndarray::{Array1, Array2};

use crate::numerics::cholesky::Cholesky;
use crate::numerics::newton::{Evaluation, Minimum, minimise};
use crate::numerics::root::log_root;

/// Iterations of each maximisation over the other parameters.
const ITERATIONS: usize = 200;
/// The rise is met to this share of it.
const ENOUGH: f64 = 0.02;
/// Part of the range at which the search for the point starts.
const FIRST: f64 = 0.1;

/// A minimum some of whose variables are held at bounds.
pub(super) struct AtEdge<'a, F> {
    pub(super) objective: F,
    pub(super) best: &'a Minimum,
    pub(super) lower: &'a Array1<f64>,
    pub(super) upper: &'a Array1<f64>,
}

impl<F: Fn(&Array1<f64>) -> Evaluation> AtEdge<'_, F> {
    /// For each variable at a bound: from the minimum to where, with this variable held ever further inside and the others at their
    /// best, the objective is larger by `rise`, or to the other end of its range if it nowhere is.
    pub(super) fn inwards(&self, rise: f64) -> Vec<Vec<f64>> {
        let held = (0..self.best.held.len()).filter(|&i| self.best.held[i] && self.lower[i] < self.upper[i]);
        held.map(|fixed| (&self.inside(fixed, rise) - &self.best.point).to_vec()).collect()
    }

    fn inside(&self, fixed: usize, rise: f64) -> Array1<f64> {
        let edge = &self.best.point;
        let width = self.upper[fixed] - self.lower[fixed];
        let inwards = if edge[fixed] >= self.upper[fixed] { -1.0 } else { 1.0 };
        let response = self.response(fixed);
        // The search for each distance starts from where that for the last one ended.
        let last = RefCell::new((0.0, edge.clone()));
        let minimum = |distance: f64| {
            let there = edge[fixed] + inwards * distance;
            let (mut lower, mut upper) = (self.lower.clone(), self.upper.clone());
            (lower[fixed], upper[fixed]) = (there, there);
            let start = &last.borrow().1 + &(&response * (inwards * (distance - last.borrow().0)));
            let found = minimise(&self.objective, start, &lower, &upper, ITERATIONS);
            last.replace((distance, found.point.clone()));
            found
        };
        let short = |distance: f64| {
            if distance > width {
                return -1.0;
            }
            let missing = self.best.at.value + rise - minimum(distance).at.value;
            // A spread needs no more digits.
            if missing.abs() < ENOUGH * rise { 0.0 } else { missing }
        };
        let distance = log_root(FIRST * width, short).map_or(width, |distance| distance.min(width));
        minimum(distance).point
    }

    /// By how much all follow the one that is held, to first order: parameters of one ratio stay at it.
    fn response(&self, fixed: usize) -> Array1<f64> {
        let free: Vec<usize> = (0..self.best.held.len()).filter(|&i| !self.best.held[i]).collect();
        let hessian = &self.best.at.hessian;
        let of_free = Array2::from_shape_fn((free.len(), free.len()), |(i, j)| hessian[(free[i], free[j])]);
        let of_fixed: Vec<f64> = free.iter().map(|&i| -hessian[(i, fixed)]).collect();
        let mut response = Array1::zeros(self.best.held.len());
        response[fixed] = 1.0;
        if let Ok(factor) = Cholesky::new(&of_free, 1e-12) {
            free.iter().zip(factor.solve(&of_fixed)).for_each(|(&i, r)| response[i] = r);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (x + 0.1)² + (y - x)² on [0, 10] x [-20, 20], turned over where `sign` is -1: the least is at x = 0, and there y = 0.
    fn ways(sign: f64, rise: f64) -> Vec<Vec<f64>> {
        let objective = |at: &Array1<f64>| {
            let (x, y) = (sign * at[0], at[1]);
            Evaluation {
                value: (x + 0.1).powi(2) + (y - x).powi(2),
                gradient: Array1::from(vec![sign * 2.0 * (2.0 * x + 0.1 - y), 2.0 * (y - x)]),
                hessian: Array2::from_shape_vec((2, 2), vec![4.0, -2.0 * sign, -2.0 * sign, 2.0]).unwrap(),
            }
        };
        let ends = [0.0, 10.0 * sign];
        let lower = Array1::from(vec![f64::min(ends[0], ends[1]), -20.0]);
        let upper = Array1::from(vec![f64::max(ends[0], ends[1]), 20.0]);
        let best = minimise(objective, Array1::from(vec![5.0 * sign, 1.0]), &lower, &upper, ITERATIONS);
        assert_eq!(best.held, [true, false]);
        AtEdge { objective, best: &best, lower: &lower, upper: &upper }.inwards(rise)
    }

    #[test]
    fn the_way_ends_where_the_profile_has_risen() {
        for sign in [1.0, -1.0] {
            for rise in [1e-3, 0.5, 3.5] {
                let x = (rise + 0.01_f64).sqrt() - 0.1;
                let found = ways(sign, rise);
                assert_eq!(found.len(), 1);
                for (found, expected) in found[0].iter().zip([sign * x, x]) {
                    assert!((found / expected - 1.0).abs() < 2.0 * ENOUGH, "{rise}: {found} {expected}");
                }
            }
        }
    }

    #[test]
    fn or_at_the_other_end_of_the_range() {
        for (found, expected) in ways(1.0, 1e3)[0].iter().zip([10.0, 10.0]) {
            assert!((found - expected).abs() < 1e-9, "{found}");
        }
    }
}
