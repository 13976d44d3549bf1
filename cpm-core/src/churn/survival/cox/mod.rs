//! Cox's proportional hazards model.

mod fit;
mod hazards;
mod options;
mod partial_likelihood;
mod predict;
mod proportional;
mod risk_sets;
mod rows;
mod saved;

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::{SurvivalData, TestResult};
use crate::error::{self, Result};
use crate::estimate::{Interval, half_width};
use crate::numerics::distribution::chi_squared_tail;
use crate::numerics::symmetric::eigen;
use crate::table::{Column, Table};

pub use options::{CoxOptions, Ties};
pub use proportional::{ProportionalHazardsTest, SchoenfeldResiduals, TimeTransform};

const NAME: &str = "the Cox model";

/// Cox's proportional hazards model (Cox 1972): h(t | x) = h₀(t) exp(x'β), with h₀ left free.
///
/// # Fit
/// β maximises the partial likelihood, with Efron's or Breslow's ties, strata, entry times, weights and a
/// ridge penalty ([`CoxOptions`]); gradient and Hessian are analytic and cost O(n p²) over rows sorted once.
/// Standard errors come from the information matrix, or from the sandwich of Lin & Wei (1989).
///
/// # Conventions
/// Those of R's `coxph` and lifelines' `CoxPHFitter`. The baseline belongs to a customer at the (weighted) mean
/// of all covariates. Its increments follow the treatment of ties, as in R; lifelines uses Breslow's always.
/// With [`robust`](CoxOptions::robust) errors weights are sampling weights, otherwise frequencies; repeated rows
/// equal a weight exactly with Breslow's ties, since Efron's would break the ties among the copies.
///
/// # Example
/// ```
/// use cpm_core::churn::survival::{CoxOptions, CoxPh, SurvivalData};
/// use ndarray::Array2;
/// // 6-MP against placebo in acute leukemia: weeks in remission (Freireich et al. 1963).
/// let treated = [6., 6., 6., 6., 7., 9., 10., 10., 11., 13., 16., 17., 19., 20., 22., 23., 25., 32., 32., 34., 35.];
/// let relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0];
/// let placebo = [1., 1., 2., 2., 3., 4., 4., 5., 5., 8., 8., 8., 8., 11., 11., 12., 12., 15., 17., 22., 23.];
/// let weeks = [treated, placebo].concat();
/// let events: Vec<bool> = relapse.iter().map(|e| *e == 1).chain([true; 21]).collect();
/// let group = Array2::from_shape_fn((42, 1), |(i, _)| if i < 21 { 1.0 } else { 0.0 });
/// let model = CoxPh::fit(&SurvivalData::new(&weeks, &events)?, group.view(), &CoxOptions::new().names(&["6-MP"]))?;
/// let effect = &model.summary(0.95)?[0];
/// assert!((effect.coefficient - -1.57213).abs() < 5e-6 && (effect.standard_error - 0.41240).abs() < 5e-6);
/// let remission = model.predict_survival_intervals(group.view(), None, &[10.0], 0.95)?;
/// assert!(remission[(0, 0)].value > 0.7 && remission[(41, 0)].value < 0.4);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CoxPh {
    names: Vec<String>,
    coefficients: Vec<f64>,
    covariance: Array2<f64>,
    robust: bool,
    ties: Ties,
    penalty: f64,
    log_likelihood: f64,
    log_likelihood_null: f64,
    score_test: TestResult,
    rows: f64,
    events: f64,
    iterations: usize,
    mean: Vec<f64>,
    baselines: Vec<Baseline>,
}

/// Cumulative baseline hazard of one stratum, at the mean of all covariates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// Code of the stratum; 0 without strata.
    pub stratum: u32,
    /// Largest observed duration.
    pub last: f64,
    /// Event times, ascending.
    pub time: Vec<f64>,
    /// Cumulative hazard after each of them.
    pub cumulative_hazard: Vec<f64>,
    /// Its variance at known coefficients.
    variance: Vec<f64>,
    /// Integral of (mean of the risk set - mean of all) over the cumulative hazard: its derivative in -β.
    drift: Array2<f64>,
}

/// One row of a model's summary.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coefficient {
    /// The column.
    pub name: String,
    /// Change of the log-hazard per unit of the column (R: `coef`).
    pub coefficient: f64,
    /// Factor of the hazard per unit (R: `exp(coef)`).
    pub hazard_ratio: f64,
    /// Standard error of the coefficient.
    pub standard_error: f64,
    /// Coefficient over standard error.
    pub z: f64,
    /// Two-sided p-value.
    pub p_value: f64,
    /// Interval of the coefficient.
    pub interval: Interval,
    /// Interval of the hazard ratio.
    pub hazard_ratio_interval: Interval,
}

impl CoxPh {
    /// Fits the model: one row of `covariates` per row of `data`, one column per attribute.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`](crate::Error::LengthMismatch) and
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for shapes and options;
    /// [`Error::InvalidValue`](crate::Error::InvalidValue) naming row and column of a covariate that is not finite;
    /// [`Error::NotIdentified`](crate::Error::NotIdentified) without events, with a constant column, with
    /// linearly dependent columns, or with columns that separate the events (no finite estimate exists; a
    /// penalty gives one); [`Error::NotConverged`](crate::Error::NotConverged).
    pub fn fit(data: &SurvivalData, covariates: ArrayView2<'_, f64>, options: &CoxOptions) -> Result<Self> {
        fit::fit(data, covariates, options)
    }

    /// Names of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// β, one per column.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// Covariance of β; robust if that was asked for.
    #[must_use]
    pub fn covariance(&self) -> &Array2<f64> {
        &self.covariance
    }

    /// Standard errors of β.
    #[must_use]
    pub fn standard_errors(&self) -> Vec<f64> {
        self.covariance.diag().iter().map(|v| v.sqrt()).collect()
    }

    /// Coefficients with errors, tests and intervals of a level.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) unless the level lies strictly between 0 and 1.
    pub fn summary(&self, level: f64) -> Result<Vec<Coefficient>> {
        let width = half_width(error::level("level", level)?);
        let row = |((name, &coefficient), standard_error): ((&String, &f64), f64)| {
            let (z, reach) = (coefficient / standard_error, width * standard_error);
            let interval = Interval { low: coefficient - reach, high: coefficient + reach };
            Coefficient {
                name: name.clone(),
                coefficient,
                hazard_ratio: coefficient.exp(),
                standard_error,
                z,
                p_value: chi_squared_tail(z * z, 1),
                interval,
                hazard_ratio_interval: Interval { low: interval.low.exp(), high: interval.high.exp() },
            }
        };
        Ok(self.names.iter().zip(&self.coefficients).zip(self.standard_errors()).map(row).collect())
    }

    /// The summary as a table: `covariate, coefficient, hazard_ratio, standard_error, z, p_value, low, high,
    /// hazard_ratio_low, hazard_ratio_high`.
    ///
    /// # Errors
    /// As [`summary`](Self::summary).
    pub fn to_table(&self, level: f64) -> Result<Table> {
        let summary = self.summary(level)?;
        let mut table = Table::new();
        table.push("covariate", Column::Text(self.names.clone()))?;
        type Value = fn(&Coefficient) -> f64;
        let columns: [(&str, Value); 9] = [
            ("coefficient", |c| c.coefficient),
            ("hazard_ratio", |c| c.hazard_ratio),
            ("standard_error", |c| c.standard_error),
            ("z", |c| c.z),
            ("p_value", |c| c.p_value),
            ("low", |c| c.interval.low),
            ("high", |c| c.interval.high),
            ("hazard_ratio_low", |c| c.hazard_ratio_interval.low),
            ("hazard_ratio_high", |c| c.hazard_ratio_interval.high),
        ];
        for (name, value) in columns {
            table.push(name, Column::Float(summary.iter().map(value).collect()))?;
        }
        Ok(table)
    }

    /// Log partial likelihood at β, without the penalty.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// Log partial likelihood at β = 0.
    #[must_use]
    pub fn log_likelihood_null(&self) -> f64 {
        self.log_likelihood_null
    }

    /// Partial AIC, 2p - 2 ln L.
    #[must_use]
    pub fn aic(&self) -> f64 {
        2.0 * self.coefficients.len() as f64 - 2.0 * self.log_likelihood
    }

    /// Test of β = 0 by the likelihood ratio. Its distribution holds without penalty and for frequencies as weights.
    #[must_use]
    pub fn likelihood_ratio_test(&self) -> TestResult {
        TestResult::chi_squared(2.0 * (self.log_likelihood - self.log_likelihood_null), self.coefficients.len())
    }

    /// Test of β = 0 by β'V⁻¹β (Wald), with the covariance V that the model reports.
    #[must_use]
    pub fn wald_test(&self) -> TestResult {
        // In units of the standard errors, so that the scales of the columns do not matter.
        let errors = self.standard_errors();
        let correlation =
            Array2::from_shape_fn(self.covariance.dim(), |(i, j)| self.covariance[(i, j)] / (errors[i] * errors[j]));
        let z: Vec<f64> = self.coefficients.iter().zip(&errors).map(|(b, e)| b / e).collect();
        TestResult::chi_squared(eigen(&correlation).quadratic_of_inverse(&z), z.len())
    }

    /// Test of β = 0 by the gradient there (score test; for one group column without ties, the log-rank test).
    #[must_use]
    pub fn score_test(&self) -> TestResult {
        self.score_test
    }

    /// Rows of the fit, as a sum of weights.
    #[must_use]
    pub fn rows(&self) -> f64 {
        self.rows
    }

    /// Events of the fit, as a sum of weights.
    #[must_use]
    pub fn events(&self) -> f64 {
        self.events
    }

    /// Iterations of Newton's method.
    #[must_use]
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Treatment of tied events.
    #[must_use]
    pub fn ties(&self) -> Ties {
        self.ties
    }

    /// The ridge penalty.
    #[must_use]
    pub fn penalty(&self) -> f64 {
        self.penalty
    }

    /// Whether standard errors are robust.
    #[must_use]
    pub fn is_robust(&self) -> bool {
        self.robust
    }

    /// Mean of each column, to which the baseline belongs.
    #[must_use]
    pub fn means(&self) -> &[f64] {
        &self.mean
    }

    /// Cumulative baseline hazards, one per stratum, in ascending order of the codes.
    #[must_use]
    pub fn baselines(&self) -> &[Baseline] {
        &self.baselines
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
