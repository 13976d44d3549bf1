//! Discrete-time hazard: the chance to leave in each period, given that the customer is still there.

mod fit;
mod likelihood;
mod person_periods;
mod predict;

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::design::quadratic;
use super::{SurvivalData, TestResult};
use crate::error::{self, Error, Result};
use crate::estimate::{Interval, half_width};
use crate::numerics::distribution::chi_squared_tail;
use crate::table::{Column, Table};

const NAME: &str = "the discrete-time hazard model";

/// How the hazard of a period depends on the linear predictor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// Odds of leaving in a period are proportional: exp(β) is an odds ratio.
    #[default]
    Logit,
    /// Complementary log-log: exp(β) is the hazard ratio of a Cox model whose durations are seen in whole periods only.
    CLogLog,
}

/// Choices for [`DiscreteHazard::fit`].
///
/// ```
/// use cpm_core::churn::survival::{DiscreteHazardOptions, Link};
/// // One hazard for each of the first three months, then one per quarter.
/// let options = DiscreteHazardOptions::new().link(Link::CLogLog).breaks(&[1, 2, 3, 4, 7, 10]);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DiscreteHazardOptions {
    pub(super) link: Link,
    pub(super) breaks: Option<Vec<u32>>,
    pub(super) names: Option<Vec<String>>,
    pub(super) max_iterations: Option<usize>,
}

impl DiscreteHazardOptions {
    /// Logit, a hazard for each period, columns named x0, x1, …
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The link.
    #[must_use]
    pub fn link(mut self, link: Link) -> Self {
        self.link = link;
        self
    }

    /// First period of each group of periods that share a hazard; the first is 1, the last group has no end.
    #[must_use]
    pub fn breaks(mut self, breaks: &[u32]) -> Self {
        self.breaks = Some(breaks.to_vec());
        self
    }

    /// Names of the columns.
    #[must_use]
    pub fn names<S: AsRef<str>>(mut self, names: &[S]) -> Self {
        self.names = Some(names.iter().map(|n| n.as_ref().to_owned()).collect());
        self
    }

    /// Most iterations of Newton's method; 100 unless set.
    #[must_use]
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = Some(iterations);
        self
    }
}

/// Discrete-time hazard model: h(j | x) = F(α_j + x'β), the person-period regression of Singer & Willett (1993, It's About
/// Time: Using Discrete-Time Survival Analysis to Study Duration and the Timing of Events, Journal of Educational Statistics
/// 18(2), 155-195).
///
/// # When
/// Customers leave at renewals or are counted by month: durations are whole periods, and many are tied. Where the
/// Cox model has to break ties, this model has none. Its hazards are probabilities that one can read off.
///
/// # Data
/// Durations are whole numbers from 1: the period in which the row had its event, or at the end of which it was last seen.
/// With entry times a row is at risk in the periods entry + 1, …, duration. A covariate that changes over time is a
/// row per stretch, the earlier ones censored and the later ones with the earlier's duration as entry.
///
/// # Fit
/// The likelihood is that of a binomial regression on person-periods, which are never written out: a row adds one term per
/// group of periods. Newton's method eliminates the α_j, whose block of the Hessian is diagonal, so hundreds of
/// periods cost little. Errors come from the observed information. A period in which nobody (everybody) has the event has
/// the hazard 0 (1) exactly, where a GLM would run off.
///
/// ```
/// use cpm_core::churn::survival::{DiscreteHazard, DiscreteHazardOptions, SurvivalData};
/// use ndarray::Array2;
/// let data = SurvivalData::new(&[1., 2., 2., 3., 1., 3., 3., 3.], &[true, true, false, true, true, false, true, false])?;
/// let x = Array2::from_shape_fn((8, 1), |(i, _)| f64::from(u8::from(i < 4)));
/// let model = DiscreteHazard::fit(&data, x.view(), &DiscreteHazardOptions::new().names(&["monthly"]))?;
/// let hazard = model.predict_hazard(x.view(), &[1, 2, 3])?;
/// let survival = model.predict_survival(x.view(), &[3], None)?;
/// let product: f64 = hazard.row(0).iter().map(|h| 1.0 - h).product();
/// assert!((survival[(0, 0)] - product).abs() < 1e-12);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DiscreteHazard {
    link: Link,
    names: Vec<String>,
    groups: Vec<BaselineGroup>,
    /// Coefficients of standardised columns, and their covariance.
    standardised: Vec<f64>,
    covariance: Array2<f64>,
    mean: Vec<f64>,
    scale: Vec<f64>,
    log_likelihood: f64,
    log_likelihood_null: f64,
    person_periods: f64,
    events: f64,
    iterations: usize,
}

/// Periods that share a hazard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselineGroup {
    /// First period, from 1.
    pub first: u32,
    /// Last period that was observed.
    pub last: u32,
    /// Person-periods at risk, as a sum of weights.
    pub at_risk: f64,
    /// Those with an event.
    pub events: f64,
    /// At the mean of all covariates; `None` where nobody or everybody had the event.
    intercept: Option<f64>,
    /// Information on it, alone and with the coefficients.
    diagonal: f64,
    cross: Vec<f64>,
}

impl BaselineGroup {
    /// The hazard where it does not depend on covariates: 0 if nobody had the event, 1 if everybody had.
    fn certain(&self) -> f64 {
        if self.events > 0.0 { 1.0 } else { 0.0 }
    }
}

/// One coefficient of a discrete-time hazard model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HazardCoefficient {
    /// The column.
    pub name: String,
    /// Change of the linear predictor per unit.
    pub coefficient: f64,
    /// Its exponential: the odds ratio (logit) or hazard ratio (cloglog) per unit.
    pub ratio: f64,
    /// Standard error of the coefficient.
    pub standard_error: f64,
    /// Coefficient over standard error.
    pub z: f64,
    /// Two-sided p-value.
    pub p_value: f64,
    /// Interval of the coefficient.
    pub interval: Interval,
}

impl DiscreteHazard {
    /// Fits the model: one row of `covariates` per row of `data`, one column per attribute.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] and [`Error::InvalidArgument`] for shapes and options; [`Error::InvalidValue`] naming the row
    /// of a covariate that is not finite and of a duration or entry that is no whole period; [`Error::NotIdentified`] without
    /// events, with a constant column, with linearly dependent columns, or with columns that separate the events;
    /// [`Error::NotConverged`].
    pub fn fit(data: &SurvivalData, covariates: ArrayView2<'_, f64>, options: &DiscreteHazardOptions) -> Result<Self> {
        fit::fit(data, covariates, options)
    }

    /// The link.
    #[must_use]
    pub fn link(&self) -> Link {
        self.link
    }

    /// Names of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// β, one per column.
    #[must_use]
    pub fn coefficients(&self) -> Vec<f64> {
        self.standardised.iter().zip(&self.scale).map(|(b, s)| b / s).collect()
    }

    /// Standard errors of β.
    #[must_use]
    pub fn standard_errors(&self) -> Vec<f64> {
        self.covariance.diag().iter().zip(&self.scale).map(|(v, s)| v.sqrt() / s).collect()
    }

    /// α of each group of periods, of a customer whose covariates are all 0, with its standard error; `None` where nobody or
    /// everybody had the event.
    #[must_use]
    pub fn intercepts(&self) -> Vec<Option<(f64, f64)>> {
        let origin: Vec<f64> = self.mean.iter().zip(&self.scale).map(|(m, s)| m / s).collect();
        let shift: f64 = origin.iter().zip(&self.standardised).map(|(m, b)| m * b).sum();
        let of = |group: &BaselineGroup| {
            let alpha = group.intercept?;
            let along: Vec<f64> = origin.iter().zip(&group.cross).map(|(m, c)| m + c / group.diagonal).collect();
            Some((alpha - shift, (1.0 / group.diagonal + quadratic(&self.covariance, &along)).sqrt()))
        };
        self.groups.iter().map(of).collect()
    }

    /// The groups of periods.
    #[must_use]
    pub fn groups(&self) -> &[BaselineGroup] {
        &self.groups
    }

    /// Largest observed period.
    #[must_use]
    pub fn last_period(&self) -> u32 {
        self.groups.last().map_or(0, |g| g.last)
    }

    /// Coefficients with errors, tests and intervals of a level.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless the level lies strictly between 0 and 1.
    pub fn summary(&self, level: f64) -> Result<Vec<HazardCoefficient>> {
        let width = half_width(error::level("level", level)?);
        let row = |((name, coefficient), standard_error): ((&String, f64), f64)| {
            let (z, reach) = (coefficient / standard_error, width * standard_error);
            HazardCoefficient {
                name: name.clone(),
                coefficient,
                ratio: coefficient.exp(),
                standard_error,
                z,
                p_value: chi_squared_tail(z * z, 1),
                interval: Interval { low: coefficient - reach, high: coefficient + reach },
            }
        };
        Ok(self.names.iter().zip(self.coefficients()).zip(self.standard_errors()).map(row).collect())
    }

    /// The summary as a table: `covariate, coefficient, ratio, standard_error, z, p_value, low, high`.
    ///
    /// # Errors
    /// As [`summary`](Self::summary).
    pub fn to_table(&self, level: f64) -> Result<Table> {
        let summary = self.summary(level)?;
        let mut table = Table::new();
        table.push("covariate", Column::Text(self.names.clone()))?;
        type Value = fn(&HazardCoefficient) -> f64;
        let columns: [(&str, Value); 7] = [
            ("coefficient", |c| c.coefficient),
            ("ratio", |c| c.ratio),
            ("standard_error", |c| c.standard_error),
            ("z", |c| c.z),
            ("p_value", |c| c.p_value),
            ("low", |c| c.interval.low),
            ("high", |c| c.interval.high),
        ];
        for (name, value) in columns {
            table.push(name, Column::Float(summary.iter().map(value).collect()))?;
        }
        Ok(table)
    }

    /// The baseline as a table, one row per group of periods: `first, last, at_risk, events, intercept, standard_error`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn baseline_table(&self) -> Result<Table> {
        let whole = |of: fn(&BaselineGroup) -> u32| Column::Integer(self.groups.iter().map(|g| of(g).into()).collect());
        let intercepts = self.intercepts();
        let mut table = Table::new();
        table.push("first", whole(|g| g.first))?;
        table.push("last", whole(|g| g.last))?;
        table.push("at_risk", Column::Float(self.groups.iter().map(|g| g.at_risk).collect()))?;
        table.push("events", Column::Float(self.groups.iter().map(|g| g.events).collect()))?;
        table.push("intercept", Column::Optional(intercepts.iter().map(|i| i.map(|(a, _)| a)).collect()))?;
        table.push("standard_error", Column::Optional(intercepts.iter().map(|i| i.map(|(_, e)| e)).collect()))?;
        Ok(table)
    }

    /// Maximised log-likelihood of the person-periods.
    #[must_use]
    pub fn log_likelihood(&self) -> f64 {
        self.log_likelihood
    }

    /// The same without covariates.
    #[must_use]
    pub fn log_likelihood_null(&self) -> f64 {
        self.log_likelihood_null
    }

    /// Akaike's information criterion, 2k - 2 ln L, over coefficients and estimated hazards.
    #[must_use]
    pub fn aic(&self) -> f64 {
        let k = self.names.len() + self.groups.iter().filter(|g| g.intercept.is_some()).count();
        2.0 * k as f64 - 2.0 * self.log_likelihood
    }

    /// Test of β = 0 by the likelihood ratio.
    #[must_use]
    pub fn likelihood_ratio_test(&self) -> TestResult {
        TestResult::chi_squared(2.0 * (self.log_likelihood - self.log_likelihood_null), self.names.len())
    }

    /// Person-periods at risk, as a sum of weights.
    #[must_use]
    pub fn person_periods(&self) -> f64 {
        self.person_periods
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
        let p = self.names.len();
        let wrong = |what: &'static str, expected: &str| Err(Error::argument(what, "what the file has", expected));
        let finite = |values: &[f64]| values.len() == p && values.iter().all(|v| v.is_finite());
        if p == 0 || ![&self.standardised, &self.mean, &self.scale].into_iter().all(|v| finite(v)) {
            return wrong("standardised", "there must be one finite coefficient, mean and scale per name");
        }
        if self.scale.iter().any(|s| *s <= 0.0) {
            return wrong("scale", "scales must be above 0");
        }
        if self.covariance.dim() != (p, p) || !self.covariance.iter().all(|v| v.is_finite()) {
            return wrong("covariance", "it must have one row and one column of finite numbers per name");
        }
        let mut next = 1;
        for group in &self.groups {
            let information = group.diagonal.is_finite() && (group.intercept.is_none() || group.diagonal > 0.0);
            let numbers = group.intercept.is_none_or(f64::is_finite) && information && finite(&group.cross);
            if group.first != next || group.last < group.first || !numbers {
                return wrong("groups", "they must follow one another, with finite numbers");
            }
            next = group.last + 1;
        }
        if self.groups.is_empty() { wrong("groups", "there must be one") } else { Ok(()) }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
