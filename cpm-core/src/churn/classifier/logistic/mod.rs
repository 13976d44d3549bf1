//! Logistic regression.

mod elastic_net;
mod fit;
mod likelihood;
mod options;
mod rows;

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::encoder::Encoder;
use super::features::Features;
use crate::error::{self, Error, Result};
use crate::estimate::{Interval, half_width};
use crate::numerics::distribution::chi_squared_tail;
use crate::numerics::test_result::TestResult;
use crate::table::{Column, Table};

#[cfg(feature = "boosting")]
pub(crate) use fit::both_classes;
pub(super) use likelihood::sum;
pub(crate) use likelihood::{SoftRows, sigmoid};
pub use options::LogisticOptions;

const NAME: &str = "the logistic regression";

/// Logistic regression: the log-odds of churn are linear in the features.
///
/// # Fit
/// Maximum likelihood by Newton's method, with a ridge penalty if one is asked for; with an L1 part by proximal Newton steps and coordinate
/// descent (Friedman, Hastie & Tibshirani 2010, J. Statistical Software 33). Without penalty coefficients have standard errors
/// from the information matrix (or the sandwich), z, p and intervals; penalised ones have none, since their bias is not known.
/// Penalty, weights and the treatment of categories: [`LogisticOptions`]; missing values and categories: [`Encoder`].
///
/// # Example
/// ```
/// use cpm_core::churn::classifier::{Features, LogisticOptions, LogisticRegression};
/// let tenure = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0, 2.0, 9.0];
/// let contract = ["monthly", "monthly", "yearly", "monthly", "monthly", "yearly", "yearly", "monthly", "yearly", "monthly"];
/// let churned = [true, true, true, false, true, false, false, false, false, true];
/// let features = Features::new().numeric("tenure", &tenure)?.categorical("contract", &contract.map(Some))?;
/// let model = LogisticRegression::fit(&features, &churned, &LogisticOptions::new())?;
/// let summary = model.summary(0.95)?;
/// assert_eq!(summary[2].name, "contract = yearly");
/// assert!(summary[1].coefficient < 0.0 && summary[1].standard_error.is_some());
/// // Predicted churners are as many as there were.
/// assert!((model.predict(&features)?.iter().sum::<f64>() - 5.0).abs() < 1e-8);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogisticRegression {
    encoder: Encoder,
    intercept: f64,
    coefficients: Vec<f64>,
    /// Mean and standard deviation of each column of numbers over the rows of the fit.
    means: Vec<f64>,
    scales: Vec<f64>,
    covariance: Option<Errors>,
    log_likelihood: f64,
    log_likelihood_null: f64,
    rows: f64,
    iterations: usize,
    penalty: f64,
    l1_ratio: f64,
}

/// Covariance of the intercept and the coefficients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Errors {
    covariance: Array2<f64>,
    robust: bool,
}

/// One row of a model's summary.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogisticCoefficient {
    /// The column of numbers: a feature, or `feature = category`; the first row is the `intercept`.
    pub name: String,
    /// Change of the log-odds per unit.
    pub coefficient: f64,
    /// Factor of the odds per unit.
    pub odds_ratio: f64,
    /// Change of the log-odds per standard deviation of the column (0 for the intercept): comparable between columns.
    pub per_standard_deviation: f64,
    /// `None` for a penalised fit, as are the following.
    pub standard_error: Option<f64>,
    /// Coefficient over standard error.
    pub z: Option<f64>,
    /// Two-sided p-value.
    pub p_value: Option<f64>,
    /// Interval of the coefficient.
    pub interval: Option<Interval>,
}

impl LogisticRegression {
    /// Fits the model: who churned among the rows of the features.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] and [`Error::InvalidArgument`] for shapes and options; [`Error::InvalidValue`] for weights;
    /// [`Error::NotIdentified`] with one class only, with a column that is constant or without values, and, without penalty, with linearly
    /// dependent columns or columns that separate the classes (perfect separation: no finite estimate exists, a penalty
    /// gives one); [`Error::NotConverged`].
    pub fn fit(features: &Features, churned: &[bool], options: &LogisticOptions) -> Result<Self> {
        fit::fit(features, churned, options)
    }

    /// How features become columns of numbers.
    #[must_use]
    pub fn encoder(&self) -> &Encoder {
        &self.encoder
    }

    /// Names of the features.
    #[must_use]
    pub fn feature_names(&self) -> Vec<String> {
        self.encoder.feature_names().map(str::to_owned).collect()
    }

    /// Log-odds of churn where all columns of numbers are 0.
    #[must_use]
    pub fn intercept(&self) -> f64 {
        self.intercept
    }

    /// Changes of the log-odds per unit, in the order of [`Encoder::names`].
    #[must_use]
    pub fn coefficients(&self) -> &[f64] {
        &self.coefficients
    }

    /// Covariance of intercept and coefficients; `None` for a penalised fit.
    #[must_use]
    pub fn covariance(&self) -> Option<&Array2<f64>> {
        self.covariance.as_ref().map(|e| &e.covariance)
    }

    /// Log-likelihood of the data, without the penalty.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// Log-likelihood of the model with an intercept only.
    #[must_use]
    pub fn log_likelihood_null(&self) -> f64 {
        self.log_likelihood_null
    }

    /// Akaike's criterion, 2k − 2 ln L, with the coefficients that are not 0 as k.
    #[must_use]
    pub fn aic(&self) -> f64 {
        let k = 1 + self.coefficients.iter().filter(|b| **b != 0.0).count();
        2.0 * k as f64 - 2.0 * self.log_likelihood
    }

    /// 1 − ln L/ln L₀ (McFadden 1974).
    #[must_use]
    pub fn pseudo_r_squared(&self) -> f64 {
        1.0 - self.log_likelihood / self.log_likelihood_null
    }

    /// Test that no feature matters, by the likelihood ratio; `None` for a penalised fit.
    #[must_use]
    pub fn likelihood_ratio_test(&self) -> Option<TestResult> {
        let statistic = 2.0 * (self.log_likelihood - self.log_likelihood_null);
        self.covariance.as_ref().map(|_| TestResult::chi_squared(statistic, self.coefficients.len()))
    }

    /// Sum of the weights of the fit.
    #[must_use]
    pub fn rows(&self) -> f64 {
        self.rows
    }

    /// Iterations of the fit.
    #[must_use]
    pub fn iterations(&self) -> usize {
        self.iterations
    }

    /// Strength of the penalty.
    #[must_use]
    pub fn penalty(&self) -> f64 {
        self.penalty
    }

    /// Share of its L1 part.
    #[must_use]
    pub fn l1_ratio(&self) -> f64 {
        self.l1_ratio
    }

    /// Intercept and coefficients with what is known about them.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless the level lies strictly between 0 and 1.
    pub fn summary(&self, level: f64) -> Result<Vec<LogisticCoefficient>> {
        let reach = half_width(error::level("level", level)?);
        let names = std::iter::once("intercept".to_owned()).chain(self.encoder.names());
        let values = std::iter::once((self.intercept, 0.0))
            .chain(self.coefficients.iter().zip(&self.scales).map(|(b, s)| (*b, b * s)));
        let row = |(j, (name, (coefficient, per_standard_deviation)))| {
            let standard_error = self.covariance.as_ref().map(|e| e.covariance[(j, j)].max(0.0).sqrt());
            let z = standard_error.map(|e| coefficient / e);
            LogisticCoefficient {
                name,
                coefficient,
                odds_ratio: coefficient.exp(),
                per_standard_deviation,
                standard_error,
                z,
                p_value: z.map(|z: f64| chi_squared_tail(z * z, 1)),
                interval: standard_error
                    .map(|e| Interval { low: coefficient - reach * e, high: coefficient + reach * e }),
            }
        };
        Ok(names.zip(values).enumerate().map(row).collect())
    }

    /// [`summary`](Self::summary) as columns `name, coefficient, odds_ratio, per_standard_deviation, standard_error, z, p_value, low, high`.
    ///
    /// # Errors
    /// As [`summary`](Self::summary).
    pub fn to_table(&self, level: f64) -> Result<Table> {
        let rows = self.summary(level)?;
        let column = |of: fn(&LogisticCoefficient) -> f64| Column::Float(rows.iter().map(of).collect());
        let known = |of: fn(&LogisticCoefficient) -> Option<f64>| Column::Optional(rows.iter().map(of).collect());
        let mut table = Table::new();
        table.push("name", Column::Text(rows.iter().map(|r| r.name.clone()).collect()))?;
        table.push("coefficient", column(|r| r.coefficient))?;
        table.push("odds_ratio", column(|r| r.odds_ratio))?;
        table.push("per_standard_deviation", column(|r| r.per_standard_deviation))?;
        table.push("standard_error", known(|r| r.standard_error))?;
        table.push("z", known(|r| r.z))?;
        table.push("p_value", known(|r| r.p_value))?;
        table.push("low", known(|r| r.interval.map(|i| i.low)))?;
        table.push("high", known(|r| r.interval.map(|i| i.high)))?;
        Ok(table)
    }

    /// Probability to churn, one per row.
    ///
    /// # Errors
    /// As [`Encoder`] says: a feature is missing, has another type, or has a category that the fit did not see.
    pub fn predict(&self, features: &Features) -> Result<Vec<f64>> {
        Ok(self.log_odds(features)?.into_iter().map(sigmoid).collect())
    }

    /// Log-odds of churn, one per row.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn log_odds(&self, features: &Features) -> Result<Vec<f64>> {
        let columns = self.encoder.encode(features)?;
        let mut odds = vec![self.intercept; features.rows()];
        for (column, b) in columns.iter().zip(&self.coefficients) {
            odds.iter_mut().zip(&**column).for_each(|(odds, x)| *odds += b * x);
        }
        Ok(odds)
    }

    /// What each feature adds to the log-odds of each row, against a customer at the mean of all columns: one row of the result per
    /// feature of the fit. For a linear model these are the exact SHAP values for independent features (Lundberg & Lee 2017).
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn contributions(&self, features: &Features) -> Result<Array2<f64>> {
        let columns = self.encoder.encode(features)?;
        let mut sums = Array2::zeros((self.encoder.feature_names().count(), features.rows()));
        for (k, origin) in self.encoder.origins().enumerate() {
            let (b, mean) = (self.coefficients[k], self.means[k]);
            let mut sum = sums.row_mut(origin.position);
            sum.iter_mut().zip(&*columns[k]).for_each(|(sum, x)| *sum += b * (x - mean));
        }
        Ok(sums)
    }

    /// Log-odds of a customer at the mean of all columns.
    pub(crate) fn centre(&self) -> f64 {
        self.intercept + self.coefficients.iter().zip(&self.means).map(|(b, m)| b * m).sum::<f64>()
    }

    /// Predictions take these shapes for granted, and a file can be edited by hand.
    pub(crate) fn check(&self) -> Result<()> {
        let p = self.encoder.names().len();
        let finite = |values: &[f64]| values.len() == p && values.iter().all(|v| v.is_finite());
        let square = |e: &Errors| e.covariance.dim() == (p + 1, p + 1) && e.covariance.iter().all(|v| v.is_finite());
        if finite(&self.coefficients)
            && finite(&self.means)
            && finite(&self.scales)
            && self.intercept.is_finite()
            && self.covariance.as_ref().is_none_or(square)
        {
            return Ok(());
        }
        Err(Error::argument("coefficients", "what the file has", format!("there must be {p} finite ones with errors")))
    }
}

#[cfg(test)]
#[path = "../logistic_tests.rs"]
mod tests;
