//! One forecaster at one origin: what it says of each customer, and how that compares with what happened.

use std::borrow::Cow;

use super::{CompareOptions, ComparedModel};
use crate::clv::FitOptions;
use crate::clv::purchase_model::PurchaseProcess;
#[cfg(feature = "covariates")]
use crate::clv::{BgNbd, CovariateBase, CovariateOptions, MbgNbd, ParetoNbd, PurchaseModelKind, WithCovariates};
#[cfg(feature = "covariates")]
use crate::error::Error;
use crate::error::Result;
use crate::numerics::parallel;
use crate::summary::{CustomerSummary, Histories, Split};

/// Distinct histories per parallel task.
const CHUNK: usize = 32;
/// What a predictive distribution may leave out.
const TAIL: f64 = 1e-12;

/// Losses of one customer at one origin. Smaller is better.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Loss {
    pub(super) expected: f64,
    pub(super) actual: f64,
    /// -ln P(what happened); `None` for a forecast that is no distribution.
    pub(super) log_score: Option<f64>,
    /// Continuous ranked probability score.
    pub(super) crps: f64,
}

impl Loss {
    /// A number without a distribution: the CRPS of a point is its absolute error.
    pub(super) fn of_point(expected: f64, actual: f64) -> Self {
        Self { expected, actual, log_score: None, crps: (expected - actual).abs() }
    }

    /// A distribution P(0), P(1), …
    fn of_distribution(expected: f64, probabilities: &[f64], actual: f64) -> Self {
        // What the list leaves out is below its tail, so that a surprise has a score, if a bad one.
        let happened = probabilities.get(actual as usize).copied().unwrap_or(0.0).max(TAIL * 1e-3);
        Self { expected, actual, log_score: Some(-happened.ln()), crps: crps(probabilities, actual) }
    }
}

/// Σ over k of (F(k) - 1{k >= y})²: the integral of the squared distance of two step functions.
fn crps(probabilities: &[f64], actual: f64) -> f64 {
    let y = actual as usize;
    let (mut below, mut sum) = (0.0, 0.0);
    for k in 0..probabilities.len().max(y) {
        below += probabilities.get(k).copied().unwrap_or(0.0);
        let distance = if k >= y { 1.0 - below } else { below };
        sum += distance * distance;
    }
    sum
}

/// A model fitted at an origin, and the split whose calibration customers it answers for.
pub(super) struct Fitted<'a> {
    pub(super) model: Box<dyn PurchaseProcess>,
    pub(super) split: Cow<'a, Split>,
}

/// Fits a model to what was known at an origin.
pub(super) fn fitted<'a>(model: ComparedModel, split: &'a Split, options: &CompareOptions) -> Result<Fitted<'a>> {
    #[cfg(feature = "covariates")]
    if let (Some(k), Some(given)) = (model.covariates, &options.covariates) {
        let mut split = split.clone();
        split.calibration = split.calibration.with_covariates_of(&given.customers)?;
        let (customers, covariates) = (&split.calibration, &given.models[k].1);
        let fitted: Box<dyn PurchaseProcess> = match model.kind {
            PurchaseModelKind::BgNbd => with_covariates::<BgNbd>(customers, covariates)?,
            PurchaseModelKind::MbgNbd => with_covariates::<MbgNbd>(customers, covariates)?,
            PurchaseModelKind::ParetoNbd => with_covariates::<ParetoNbd>(customers, covariates)?,
            other => {
                let expected = "covariates can move BG/NBD, MBG/NBD and Pareto/NBD";
                return Err(Error::argument("covariates", other.key(), expected));
            }
        };
        return Ok(Fitted { model: fitted, split: Cow::Owned(split) });
    }
    let _ = options;
    let fitted = model.kind.fit(&split.calibration, &FitOptions::new())?;
    Ok(Fitted { model: fitted.into_process(), split: Cow::Borrowed(split) })
}

#[cfg(feature = "covariates")]
fn with_covariates<M: CovariateBase>(
    customers: &CustomerSummary,
    options: &CovariateOptions,
) -> Result<Box<dyn PurchaseProcess>> {
    Ok(Box::new(WithCovariates::<M>::fit(customers, options, &FitOptions::new())?.of(customers)?))
}

/// Losses of a model for all customers. Customers of one history share the distribution.
pub(super) fn of_model(
    model: &dyn PurchaseProcess,
    customers: &CustomerSummary,
    actual: &[f64],
    horizon: f64,
) -> Vec<Loss> {
    let histories: &Histories = customers.histories();
    let mut losses = vec![Loss::default(); customers.len()];
    let chunks = parallel::map_chunks(histories.distinct().len(), CHUNK, |groups| {
        let mut probabilities = Vec::new();
        let mut of_rows = Vec::new();
        for g in groups {
            let h = histories.distinct()[g];
            let expected = model.purchases(h, horizon);
            model.purchase_probabilities(h, horizon, TAIL, &mut probabilities);
            for &row in histories.rows_of(g) {
                of_rows.push((row, Loss::of_distribution(expected, &probabilities, actual[row as usize])));
            }
        }
        of_rows
    });
    chunks.flatten().for_each(|(row, loss)| losses[row as usize] = loss);
    losses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_of_a_small_distribution() {
        // P(0, 1, 2) = (.5, .3, .2): F = .5, .8, 1.
        let p = [0.5, 0.3, 0.2];
        assert!((crps(&p, 0.0) - (0.25 + 0.04)).abs() < 1e-15);
        assert!((crps(&p, 1.0) - (0.25 + 0.04)).abs() < 1e-15);
        assert!((crps(&p, 4.0) - (0.25 + 0.64 + 1.0 + 1.0)).abs() < 1e-15);
        // E|X - y| - E|X - X'|/2, the other form of the score.
        let y = 2.0;
        let distance = |f: &dyn Fn(f64, f64) -> f64| -> f64 {
            (0..9).map(|i| p[i / 3] * p[i % 3] * f((i / 3) as f64, (i % 3) as f64)).sum()
        };
        let other = distance(&|a, _| (a - y).abs()) - 0.5 * distance(&|a, b| (a - b).abs());
        assert!((crps(&p, y) - other).abs() < 1e-15);
        let point = Loss::of_point(1.5, 4.0);
        assert_eq!((point.crps, point.log_score), (2.5, None));
        let surprise = Loss::of_distribution(0.7, &p, 40.0);
        assert!(surprise.log_score.unwrap() > 30.0 && surprise.log_score.unwrap().is_finite());
    }
}
