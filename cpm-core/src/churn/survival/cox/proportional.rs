//! Are hazards proportional? Schoenfeld residuals and the test on them.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::hazards::Hazards;
use super::partial_likelihood::evaluate;
use super::rows::Rows;
use super::{CoxOptions, CoxPh};
use crate::churn::survival::{KaplanMeier, SurvivalData, TestResult};
use crate::error::{Error, Result};
use crate::numerics::symmetric::eigen;

/// Function of time along which a coefficient may drift, for [`CoxPh::proportional_hazards_test`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum TimeTransform {
    /// 1 - S(t-) of the pooled Kaplan-Meier curve: R's default, not moved by a few late events.
    #[default]
    KaplanMeier,
    /// Rank of the event time, ties at their mean: lifelines' default.
    Rank,
    /// The time itself.
    Identity,
    /// ln t.
    Log,
}

/// Result of [`CoxPh::proportional_hazards_test`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProportionalHazardsTest {
    /// One test per column, in the model's order.
    pub columns: Vec<(String, TestResult)>,
    /// All columns at once.
    pub global: TestResult,
}

/// Schoenfeld residuals: at each event the covariates of the row less their expectation over the risk set.
#[derive(Debug, Clone, PartialEq)]
pub struct SchoenfeldResiduals {
    /// Row of the data that had the event; by stratum, then by time.
    pub row: Vec<usize>,
    /// Event time.
    pub time: Vec<f64>,
    /// The residuals, one row per event, one column per covariate.
    pub residuals: Array2<f64>,
    /// Residuals times covariance times number of events (Grambsch & Therneau 1994): plus β, what the coefficient
    /// would be around that time.
    pub scaled: Array2<f64>,
}

impl CoxPh {
    /// Schoenfeld residuals (Schoenfeld 1982) of the data that the model was fitted to. `options` must be those
    /// of the fit: ties and strata are taken from there.
    ///
    /// # Errors
    /// As [`fit`](Self::fit).
    pub fn schoenfeld_residuals(
        &self,
        data: &SurvivalData,
        covariates: ArrayView2<'_, f64>,
        options: &CoxOptions,
    ) -> Result<SchoenfeldResiduals> {
        let (rows, beta) = self.rows_again(data, covariates, options)?;
        let hazards = Hazards::new(&rows, self.ties, &beta);
        let positions: Vec<usize> = rows.ties.iter().flat_map(|t| t.events.clone()).collect();
        let residuals = Array2::from_shape_fn((positions.len(), rows.columns), |(k, j)| {
            hazards.schoenfeld(&rows, positions[k], j) * rows.scale[j]
        });
        let scaled = residuals.dot(&self.covariance) * self.events;
        let row: Vec<usize> = positions.iter().map(|&k| rows.original[k]).collect();
        let time = row.iter().map(|&i| data.durations()[i]).collect();
        Ok(SchoenfeldResiduals { row, time, residuals, scaled })
    }

    /// Tests whether coefficients drift with a function g of time: the score test of θ = 0 in
    /// exp(x'β + g(t)·x'θ), as R's `cox.zph` (survival 3.0 and later) makes it. lifelines' test, and R's before,
    /// approximates it by a constant variance of x over time.
    ///
    /// `data`, `covariates` and `options` must be those of the fit.
    ///
    /// # Errors
    /// As [`fit`](Self::fit); [`Error::NotIdentified`] for a model with a penalty, if all events happen at one
    /// time, and for [`TimeTransform::Log`] with an event at time 0.
    pub fn proportional_hazards_test(
        &self,
        data: &SurvivalData,
        covariates: ArrayView2<'_, f64>,
        options: &CoxOptions,
        transform: TimeTransform,
    ) -> Result<ProportionalHazardsTest> {
        let (rows, beta) = self.rows_again(data, covariates, options)?;
        if self.penalty > 0.0 {
            return Err(unclear("the model has a penalty, so the score at its coefficients is not 0"));
        }
        let g = transformed(&rows, data, transform)?;
        let squared: Vec<f64> = g.iter().map(|g| g * g).collect();
        let p = rows.columns;
        let plain = eigen(&evaluate(&rows, self.ties, &beta, None).hessian).inverse();
        let drift = evaluate(&rows, self.ties, &beta, Some(&g));
        let block = evaluate(&rows, self.ties, &beta, Some(&squared)).hessian;
        // Information on θ that is left when β is free.
        let left = &block - &drift.hessian.dot(&plain).dot(&drift.hessian);
        let test_of = |used: &[usize]| {
            let spectrum = eigen(&Array2::from_shape_fn((used.len(), used.len()), |(a, b)| left[(used[a], used[b])]));
            if spectrum.values[0] <= 1e-10 * block[(used[0], used[0])] {
                return Err(unclear("the events do not show any change over time"));
            }
            let score: Vec<f64> = used.iter().map(|&j| drift.gradient[j]).collect();
            Ok(TestResult::chi_squared(spectrum.quadratic_of_inverse(&score), used.len()))
        };
        let column = |j: usize| Ok((self.names[j].clone(), test_of(&[j])?));
        Ok(ProportionalHazardsTest {
            columns: (0..p).map(column).collect::<Result<_>>()?,
            global: test_of(&(0..p).collect::<Vec<usize>>())?,
        })
    }

    /// The sorted rows of the fit and the coefficients in their units.
    fn rows_again(
        &self,
        data: &SurvivalData,
        covariates: ArrayView2<'_, f64>,
        options: &CoxOptions,
    ) -> Result<(Rows, Vec<f64>)> {
        self.predict_log_partial_hazard(covariates)?;
        let rows = Rows::new(data, covariates, options)?;
        let beta = self.coefficients.iter().zip(&rows.scale).map(|(b, s)| b * s).collect();
        Ok((rows, beta))
    }
}

/// g at each tie, less its mean over the events, divided by its largest size: the test depends on neither.
fn transformed(rows: &Rows, data: &SurvivalData, transform: TimeTransform) -> Result<Vec<f64>> {
    let times: Vec<f64> = rows.ties.iter().map(|t| t.time).collect();
    let weights: Vec<f64> = rows.ties.iter().map(|t| rows.weight[t.events.clone()].iter().sum()).collect();
    let mut g: Vec<f64> = match transform {
        TimeTransform::Identity => times,
        TimeTransform::Log => {
            if times.contains(&0.0) {
                return Err(unclear("an event at time 0 has no logarithm"));
            }
            times.iter().map(|t| t.ln()).collect()
        }
        TimeTransform::Rank => mid_ranks(&times, &weights),
        TimeTransform::KaplanMeier => {
            let curve = KaplanMeier::fit(data);
            let risk = curve.risk_table();
            let before = |t: f64| match risk.time.partition_point(|u| *u < t) {
                0 => 1.0,
                k => curve.survival()[k - 1],
            };
            times.iter().map(|t| 1.0 - before(*t)).collect()
        }
    };
    let mean = g.iter().zip(&weights).map(|(g, w)| w * g).sum::<f64>() / rows.event_weight;
    let largest = g.iter().fold(0.0_f64, |m, g| m.max((g - mean).abs()));
    if largest <= 1e-12 * mean.abs() {
        return Err(unclear("all events happen at one time"));
    }
    g.iter_mut().for_each(|g| *g = (*g - mean) / largest);
    Ok(g)
}

/// Rank of each time among the events, at the middle of those that share it.
fn mid_ranks(times: &[f64], weights: &[f64]) -> Vec<f64> {
    // Strata may share a time.
    let mut order: Vec<usize> = (0..times.len()).collect();
    order.sort_by(|&a, &b| times[a].total_cmp(&times[b]));
    let mut ranks = vec![0.0; times.len()];
    let mut below = 0.0;
    for same in order.chunk_by(|&a, &b| times[a] == times[b]) {
        let count: f64 = same.iter().map(|&k| weights[k]).sum();
        same.iter().for_each(|&k| ranks[k] = below + 0.5 * count);
        below += count;
    }
    ranks
}

fn unclear(reason: &str) -> Error {
    Error::NotIdentified {
        model: "the test of proportional hazards",
        reason: reason.to_owned(),
        remedy: "Test an unpenalised model on data with events at several times".to_owned(),
    }
}
