//! Accelerated failure time models: durations with a distribution, stretched by attributes.

mod distribution;
mod fit;
mod likelihood;
mod predict;

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::{SurvivalData, TestResult};
use crate::error::{self, Error, Result};
use crate::estimate::{Interval, half_width};
use crate::numerics::distribution::chi_squared_tail;
use crate::table::{Column, Table};

pub use distribution::Distribution;

const NAME: &str = "the accelerated failure time model";

/// Choices for [`Aft::fit`].
///
/// ```
/// use cpm_core::churn::survival::{AftOptions, Distribution};
/// let options = AftOptions::new().distribution(Distribution::LogNormal).names(&["age", "contract"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AftOptions {
    pub(super) distribution: Distribution,
    pub(super) names: Option<Vec<String>>,
    pub(super) max_iterations: Option<usize>,
}

impl AftOptions {
    /// Weibull, columns named x0, x1, …
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The distribution of durations.
    #[must_use]
    pub fn distribution(mut self, distribution: Distribution) -> Self {
        self.distribution = distribution;
        self
    }

    /// Names of the columns.
    #[must_use]
    pub fn names<S: AsRef<str>>(mut self, names: &[S]) -> Self {
        self.names = Some(names.iter().map(|n| n.as_ref().to_owned()).collect());
        self
    }

    /// Most iterations of Newton's method; 200 unless set.
    #[must_use]
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = Some(iterations);
        self
    }
}

/// An accelerated failure time model: ln T = β₀ + x'β + σ W, with W of a known distribution.
///
/// # What it says
/// exp(β) is the factor by which a unit of a column stretches every duration. Unlike the Cox model it has a curve
/// beyond the last observation, and a mean: what a lifetime value needs. The price is that the distribution must fit; compare
/// the likelihoods of the three, and the curve with [`KaplanMeier`](super::KaplanMeier).
///
/// # Fit
/// Maximum likelihood with right censoring, entry times (left truncation: each row counts given that it stayed up to
/// its entry) and frequencies as weights; analytic gradient and Hessian, in parallel over rows. Kalbfleisch & Prentice
/// (2002), The Statistical Analysis of Failure Time Data, chapter 3.
///
/// # Conventions
/// Those of R's `survreg`: intercept, coefficients and ln σ ("Log(scale)"). lifelines writes the Weibull model with
/// ρ = 1/σ and the log-logistic one with 1/σ, so that its shape intercepts are −ln σ.
///
/// ```
/// use cpm_core::churn::survival::{Aft, AftOptions, SurvivalData};
/// use ndarray::Array2;
/// // 6-MP against placebo in acute leukemia: weeks in remission (Freireich et al. 1963).
/// let treated = [6., 6., 6., 6., 7., 9., 10., 10., 11., 13., 16., 17., 19., 20., 22., 23., 25., 32., 32., 34., 35.];
/// let relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0];
/// let placebo = [1., 1., 2., 2., 3., 4., 4., 5., 5., 8., 8., 8., 8., 11., 11., 12., 12., 15., 17., 22., 23.];
/// let weeks = [treated, placebo].concat();
/// let events: Vec<bool> = relapse.iter().map(|e| *e == 1).chain([true; 21]).collect();
/// let group = Array2::from_shape_fn((42, 1), |(i, _)| if i < 21 { 1.0 } else { 0.0 });
/// let model = Aft::fit(&SurvivalData::new(&weeks, &events)?, group.view(), &AftOptions::new().names(&["6-MP"]))?;
/// // Remission lasts 3.5 times as long (survreg: 1.267, scale 0.732).
/// assert!((model.coefficients()[0] - 1.267).abs() < 5e-4 && (model.sigma() - 0.732).abs() < 5e-4);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Aft {
    distribution: Distribution,
    names: Vec<String>,
    /// Intercept, coefficients, ln σ.
    theta: Vec<f64>,
    covariance: Array2<f64>,
    log_likelihood: f64,
    log_likelihood_null: f64,
    rows: f64,
    events: f64,
    iterations: usize,
}

/// One row of a model's summary: the intercept, a coefficient, or ln σ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AftParameter {
    /// `intercept`, the column, or `log_scale`.
    pub name: String,
    /// The estimate.
    pub coefficient: f64,
    /// Its exponential: of a column the factor of every duration.
    pub time_ratio: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// Estimate over standard error.
    pub z: f64,
    /// Two-sided p-value.
    pub p_value: f64,
    /// Interval of the estimate.
    pub interval: Interval,
}

impl Aft {
    /// Fits the model: one row of `covariates` per row of `data`, one column per attribute.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] and [`Error::InvalidArgument`] for shapes and options; [`Error::InvalidValue`] naming row
    /// and column of a covariate that is not finite, or the row of a duration of 0; [`Error::NotIdentified`] without events,
    /// with a constant column, with linearly dependent columns, or where an estimate runs off; [`Error::NotConverged`].
    pub fn fit(data: &SurvivalData, covariates: ArrayView2<'_, f64>, options: &AftOptions) -> Result<Self> {
        fit::fit(data, covariates, options)
    }

    /// The distribution of durations.
    #[must_use]
    pub fn distribution(&self) -> Distribution {
        self.distribution
    }

    /// Names of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// β₀.
    #[must_use]
    pub fn intercept(&self) -> f64 {
        self.theta[0]
    }

    /// β, one per column.
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.theta[1..=self.names.len()]
    }

    /// σ, the scale of ln T: of a Weibull distribution one over the shape.
    #[must_use]
    pub fn sigma(&self) -> f64 {
        self.theta[self.names.len() + 1].exp()
    }

    /// Covariance of intercept, coefficients and ln σ, from the observed information.
    #[must_use]
    pub fn covariance(&self) -> &Array2<f64> {
        &self.covariance
    }

    /// Standard errors of intercept, coefficients and ln σ.
    #[must_use]
    pub fn standard_errors(&self) -> Vec<f64> {
        self.covariance.diag().iter().map(|v| v.sqrt()).collect()
    }

    /// Intercept, coefficients and ln σ with errors, tests and intervals of a level.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless the level lies strictly between 0 and 1.
    pub fn summary(&self, level: f64) -> Result<Vec<AftParameter>> {
        let width = half_width(error::level("level", level)?);
        let names =
            ["intercept".to_owned()].into_iter().chain(self.names.iter().cloned()).chain(["log_scale".to_owned()]);
        let row = |((name, &coefficient), standard_error): ((String, &f64), f64)| {
            let (z, reach) = (coefficient / standard_error, width * standard_error);
            AftParameter {
                name,
                coefficient,
                time_ratio: coefficient.exp(),
                standard_error,
                z,
                p_value: chi_squared_tail(z * z, 1),
                interval: Interval { low: coefficient - reach, high: coefficient + reach },
            }
        };
        Ok(names.zip(&self.theta).zip(self.standard_errors()).map(row).collect())
    }

    /// The summary as a table: `parameter, coefficient, time_ratio, standard_error, z, p_value, low, high`.
    ///
    /// # Errors
    /// As [`summary`](Self::summary).
    pub fn to_table(&self, level: f64) -> Result<Table> {
        let summary = self.summary(level)?;
        let mut table = Table::new();
        table.push("parameter", Column::Text(summary.iter().map(|p| p.name.clone()).collect()))?;
        type Value = fn(&AftParameter) -> f64;
        let columns: [(&str, Value); 7] = [
            ("coefficient", |p| p.coefficient),
            ("time_ratio", |p| p.time_ratio),
            ("standard_error", |p| p.standard_error),
            ("z", |p| p.z),
            ("p_value", |p| p.p_value),
            ("low", |p| p.interval.low),
            ("high", |p| p.interval.high),
        ];
        for (name, value) in columns {
            table.push(name, Column::Float(summary.iter().map(value).collect()))?;
        }
        Ok(table)
    }

    /// Maximised log-likelihood of the durations.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// The same without covariates.
    #[must_use]
    pub fn log_likelihood_null(&self) -> f64 {
        self.log_likelihood_null
    }

    /// Akaike's information criterion, 2k - 2 ln L: compares distributions.
    #[must_use]
    pub fn aic(&self) -> f64 {
        2.0 * self.theta.len() as f64 - 2.0 * self.log_likelihood
    }

    /// Test of β = 0 by the likelihood ratio.
    #[must_use]
    pub fn likelihood_ratio_test(&self) -> TestResult {
        TestResult::chi_squared(2.0 * (self.log_likelihood - self.log_likelihood_null), self.names.len())
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

    /// Checks what was read from a file, of which predictions take shapes for granted.
    #[cfg(feature = "json")]
    pub(crate) fn check(&self) -> Result<()> {
        let q = self.names.len() + 2;
        let wrong = |what: &'static str, expected: &str| Err(Error::argument(what, "what the file has", expected));
        if q < 3 || self.theta.len() != q || !self.theta.iter().all(|v| v.is_finite()) {
            return wrong("theta", "there must be an intercept, one coefficient per name and a scale, all finite");
        }
        let finite = self.covariance.iter().all(|v| v.is_finite());
        if self.covariance.dim() != (q, q) || !finite || self.covariance.diag().iter().any(|v| *v < 0.0) {
            return wrong("covariance", "it must have one row and one column of finite numbers per parameter");
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
