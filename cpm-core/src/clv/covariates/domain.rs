//! What the parameters of a customer may be.

use std::ops::RangeInclusive;

use crate::error::{Error, Result, SCALES};
use crate::summary::Covariates;

/// Parameters of dropout without a unit, where predictions have their digits. Wider than for a plain model, since a coefficient runs off
/// where nobody of a category left, and several may.
const SHAPES: RangeInclusive<f64> = 1e-40..=1e12;
/// Where both shapes are smaller, a customer drops out at once or never, and their ratio says how often.
const EITHER: f64 = 1e-20;

/// What a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::clv) enum Kind {
    /// No covariate moves it.
    Fixed,
    /// The scale of rates of purchases, in units of time.
    Purchases,
    /// That of rates of death.
    Death,
    /// A shape of the chances to drop out.
    Chance,
}

/// The domain of a model's parameters.
#[derive(Debug, Clone, Copy)]
pub(in crate::clv) struct Domain<const K: usize> {
    pub(super) names: [&'static str; K],
    pub(super) kinds: [Kind; K],
}

impl<const K: usize> Domain<K> {
    /// The parameters that a customer has to whom the covariates of a profile lead, [held](Self::hold) in their domain; they are given
    /// by their logarithms.
    pub(super) fn of_customer(&self, ln: [f64; K], covariates: &Covariates, profile: usize) -> Result<[f64; K]> {
        let error = |k: usize, expected| Error::InvalidValue {
            column: "covariates",
            row: covariates.row_of(profile),
            value: format!("{} = {:e}", self.names[k], ln[k].exp()),
            expected,
            remedy: "Covariates must be in the units of the fit, and not far outside their range there",
        };
        if let Some(k) = ln.iter().position(|v| !v.is_finite()) {
            return Err(error(k, "the covariates lead beyond a double"));
        }
        // The other limits have answers; more and more purchases have none.
        let fast = |k: &usize| self.kinds[*k] == Kind::Purchases && ln[*k] < SCALES.start().ln();
        if let Some(k) = (0..K).find(fast) {
            return Err(error(k, "the covariates lead to more purchases than can be counted"));
        }
        Ok(self.hold(ln))
    }

    /// The nearest parameters in their domain, from their logarithms: a coefficient runs off to a limit of the model, and beyond the
    /// domain its answers are those of the limit, to twelve digits of 1. Where chances to drop out differ less and less, or more and more, their mean stays.
    pub(super) fn hold(&self, ln: [f64; K]) -> [f64; K] {
        let is_chance = |k: &usize| self.kinds[*k] == Kind::Chance;
        let largest = (0..K).filter(is_chance).map(|k| ln[k]).fold(f64::NEG_INFINITY, f64::max);
        let moved = largest.clamp(EITHER.ln(), SHAPES.end().ln()) - largest;
        std::array::from_fn(|k| match self.kinds[k] {
            Kind::Fixed => ln[k].exp(),
            Kind::Chance => (ln[k] + moved).exp().max(*SHAPES.start()),
            Kind::Purchases | Kind::Death => ln[k].exp().clamp(*SCALES.start(), *SCALES.end()),
        })
    }
}

#[cfg(test)]
#[path = "domain_tests.rs"]
mod tests;
