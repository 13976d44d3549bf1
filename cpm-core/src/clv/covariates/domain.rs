//! What the parameters of a customer may be.

use std::ops::RangeInclusive;

use crate::error::{Error, Result, SCALES};
use crate::summary::Covariates;

/// Parameters without a unit. Wider than those of a plain model, since a coefficient runs off where nobody of a category left, and
/// several may; where predictions have their digits.
const SHAPES: RangeInclusive<f64> = 1e-40..=1e12;

/// The domain of parameters of which some are in units of time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Domain<const K: usize> {
    pub(super) names: [&'static str; K],
    pub(super) in_time: [bool; K],
}

impl<const K: usize> Domain<K> {
    fn range(&self, k: usize) -> RangeInclusive<f64> {
        if self.in_time[k] { SCALES } else { SHAPES }
    }

    /// The parameters to which the covariates of a profile lead, if a customer can have them.
    pub(super) fn check(&self, theta: [f64; K], covariates: &Covariates, profile: usize) -> Result<[f64; K]> {
        let Some(k) = (0..K).find(|&k| !self.range(k).contains(&theta[k])) else { return Ok(theta) };
        Err(Error::InvalidValue {
            column: "covariates",
            row: covariates.row_of(profile),
            value: format!("{} = {:e}", self.names[k], theta[k]),
            expected: if self.in_time[k] {
                "the covariates lead to a parameter beyond 1e-20 to 1e25"
            } else {
                "the covariates lead to a parameter beyond 1e-40 to 1e12"
            },
            remedy: "Covariates must be in the units of the fit, and not far outside their range there",
        })
    }

    /// The nearest parameters that a customer can have: points that stand for uncertainty, and draws, may lie beyond, where the answers
    /// of a model hardly change any more.
    pub(super) fn hold(&self, theta: [f64; K]) -> [f64; K] {
        std::array::from_fn(|k| theta[k].clamp(*self.range(k).start(), *self.range(k).end()))
    }
}

#[cfg(test)]
#[path = "domain_tests.rs"]
mod tests;
