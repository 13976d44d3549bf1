//! New customers: what they are worth less what they cost, and when that is back.

use rand_distr::{Distribution, StandardNormal};
use serde::Serialize;

use crate::error::{self, Error, Result, same_length};
use crate::estimate::Estimate;
use crate::estimate::QuantileEstimate;
use crate::portfolio::break_even::{check_survival, shifted};
use crate::portfolio::draws::{Domain, DrawOptions, Measured};
use crate::table::{Column, Table};

/// Customers still to be acquired.
///
/// ```
/// use cpm_core::portfolio::{DrawOptions, FutureCohorts, Measured};
/// let cohorts = FutureCohorts::new(&[1_000.0, 1_000.0], Measured::new(120.0, 6.0), 80.0).discount_rate(0.25);
/// let equity = cohorts.equity(&DrawOptions::new())?;
/// assert_eq!(equity.value.value, 57_600.0); // 40,000/1.25 + 40,000/1.5625
/// assert!(equity.value.interval.low < 42_000.0);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FutureCohorts {
    customers: Vec<f64>,
    value: Measured,
    cost: Measured,
    discount_rate: f64,
}

/// What future cohorts add; see [`FutureCohorts::equity`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FutureEquity {
    /// Σ nₖ·(CLV − CAC)/(1 + d)^k.
    pub value: Estimate,
    /// The same without discounting.
    pub undiscounted: Estimate,
    /// Discounted value of each cohort, k = 1, 2, ….
    pub cohorts: Vec<Estimate>,
}

impl FutureCohorts {
    /// Customers acquired in period 1, 2, …, what one is worth at acquisition, and what acquiring one costs.
    #[must_use]
    pub fn new(customers: &[f64], value: impl Into<Measured>, cost: impl Into<Measured>) -> Self {
        Self { customers: customers.to_vec(), value: value.into(), cost: cost.into(), discount_rate: 0.0 }
    }

    /// Discount rate per period.
    #[must_use]
    pub fn discount_rate(mut self, per_period: f64) -> Self {
        self.discount_rate = per_period;
        self
    }

    /// What these cohorts add to customer equity, discounted to now and not.
    ///
    /// # Errors
    /// [`Error::Empty`] without cohorts; [`Error::InvalidValue`] naming the cohort of a number that is negative or not finite;
    /// [`Error::InvalidArgument`] for value, cost, rate or options out of range.
    pub fn equity(&self, options: &DrawOptions) -> Result<FutureEquity> {
        options.check()?;
        if self.customers.is_empty() {
            let what = "the list of future cohorts".to_owned();
            return Err(Error::Empty { what, remedy: "Give the customers of at least one".to_owned() });
        }
        if let Some(row) = self.customers.iter().position(|n| !n.is_finite() || *n < 0.0) {
            return Err(Error::InvalidValue {
                column: "customers",
                row,
                value: self.customers[row].to_string(),
                expected: "a number of customers is finite and at least 0",
                remedy: "Give 0 for a period without acquisition",
            });
        }
        self.value.check("value", Domain::Real)?;
        self.cost.check("cost", Domain::Amount)?;
        error::non_negative("discount_rate", self.discount_rate)?;
        let draw = |k| {
            let mut random = options.stream(k);
            self.value.draw(Domain::Real, &mut random) - self.cost.draw(Domain::Amount, &mut random)
        };
        let gains: Vec<f64> = (0..options.draws).map(draw).collect();
        let gain = self.value.value - self.cost.value;
        let scaled = |by: f64| options.estimate(by * gain, gains.iter().map(|g| by * g).collect());
        let factor = 1.0 / (1.0 + self.discount_rate);
        let weights: Vec<f64> = self.customers.iter().enumerate().map(|(k, n)| n * factor.powi(k as i32 + 1)).collect();
        Ok(FutureEquity {
            value: scaled(weights.iter().sum()),
            undiscounted: scaled(self.customers.iter().sum()),
            cohorts: weights.iter().map(|w| scaled(*w)).collect(),
        })
    }
}

impl FutureEquity {
    /// One row per cohort: `period, value, low, high`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("period", Column::Integer((1..=self.cohorts.len() as i64).collect()))?;
        table.push_estimates(["value", "low", "high"], self.cohorts.iter().copied())?;
        Ok(table)
    }
}

/// Lifetime value of a new customer over the cost of acquiring one, with an interval of drawn inputs.
///
/// ```
/// use cpm_core::portfolio::{DrawOptions, Measured, ltv_to_cac};
/// let ratio = ltv_to_cac(Measured::new(120.0, 6.0), Measured::new(40.0, 2.0), &DrawOptions::new())?;
/// assert_eq!(ratio.value, 3.0);
/// assert!(2.4 < ratio.interval.low && ratio.interval.high < 3.7);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for a cost that is not positive, a value that is not finite, or options out of range.
pub fn ltv_to_cac(value: impl Into<Measured>, cost: impl Into<Measured>, options: &DrawOptions) -> Result<Estimate> {
    let (value, cost) = (value.into(), cost.into());
    options.check()?;
    value.check("value", Domain::Real)?;
    cost.check("cost", Domain::Amount)?;
    error::positive("cost", cost.value)?;
    let draw = |k| {
        let mut random = options.stream(k);
        value.draw(Domain::Real, &mut random) / cost.draw(Domain::Amount, &mut random)
    };
    Ok(options.estimate(value.value / cost.value, (0..options.draws).map(draw).collect()))
}

/// When the cost of acquiring a customer is back: the smallest n with Σ_{t ≤ n} m_t·S(t)/(1 + d)^t ≥ CAC.
///
/// Margins count only for the share of customers who are still there; a payback on revenue, or one that forgets that
/// customers leave, is too short.
///
/// ```
/// use cpm_core::portfolio::{DrawOptions, Measured, Payback};
/// let survival: Vec<f64> = (0..36).map(|t| 0.9_f64.powi(t)).collect();
/// let payback = Payback::new(&[10.0; 36], &survival, Measured::new(60.0, 5.0));
/// assert_eq!(payback.periods(&DrawOptions::new())?.value, Some(8.0)); // without churn it would be 5
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Payback {
    margin: Vec<f64>,
    margin_error: f64,
    survival: Vec<f64>,
    survival_errors: Option<Vec<f64>>,
    cost: Measured,
    discount_rate: f64,
}

impl Payback {
    /// Margin of a living customer and share of customers still there, both in period 0, 1, …, and the cost of acquiring one.
    #[must_use]
    pub fn new(margin: &[f64], survival: &[f64], cost: impl Into<Measured>) -> Self {
        Self {
            margin: margin.to_vec(),
            margin_error: 0.0,
            survival: survival.to_vec(),
            survival_errors: None,
            cost: cost.into(),
            discount_rate: 0.0,
        }
    }

    /// Standard error of all margins together, as a share of them: 0.05 for 5 %.
    #[must_use]
    pub fn margin_error(mut self, share: f64) -> Self {
        self.margin_error = share;
        self
    }

    /// Standard errors of the survival curve, drawn together.
    #[must_use]
    pub fn survival_errors(mut self, errors: &[f64]) -> Self {
        self.survival_errors = Some(errors.to_vec());
        self
    }

    /// Discount rate per period.
    #[must_use]
    pub fn discount_rate(mut self, per_period: f64) -> Self {
        self.discount_rate = per_period;
        self
    }

    /// The period, counted from 0; `None` if the cost is not back within the curves.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::Empty`]; [`Error::InvalidValue`] for a margin that is not finite or a survival curve that rises or
    /// leaves \[0, 1\]; [`Error::InvalidArgument`] for other inputs out of range.
    pub fn periods(&self, options: &DrawOptions) -> Result<QuantileEstimate> {
        options.check()?;
        check_survival("survival", &self.survival, self.survival_errors.as_deref())?;
        same_length("margin", self.margin.len(), "survival", self.survival.len())?;
        if let Some(row) = self.margin.iter().position(|m| !m.is_finite()) {
            return Err(Error::InvalidValue {
                column: "margin",
                row,
                value: self.margin[row].to_string(),
                expected: "a margin is a finite number",
                remedy: "Give 0 for a period without margin",
            });
        }
        self.cost.check("cost", Domain::Amount)?;
        let scale = Measured::new(1.0, self.margin_error);
        scale.check("margin_error", Domain::Amount)?;
        error::non_negative("discount_rate", self.discount_rate)?;
        let draw = |k| {
            let mut random = options.stream(k);
            let cost = self.cost.draw(Domain::Amount, &mut random);
            let scale = scale.draw(Domain::Amount, &mut random);
            match &self.survival_errors {
                None => self.first(&self.survival, scale, cost),
                Some(errors) => {
                    self.first(&shifted(&self.survival, errors, StandardNormal.sample(&mut random)), scale, cost)
                }
            }
        };
        let drawn = (0..options.draws).map(draw).collect();
        Ok(options.reached(self.first(&self.survival, 1.0, self.cost.value), drawn))
    }

    fn first(&self, survival: &[f64], scale: f64, cost: f64) -> f64 {
        let mut back = 0.0;
        let flows = self.margin.iter().zip(survival).enumerate();
        for (t, (margin, share)) in flows {
            back += scale * margin * share / (1.0 + self.discount_rate).powi(t as i32);
            // What is equal but for rounding is back.
            if back >= cost * (1.0 - 1e-12) {
                return t as f64;
            }
        }
        f64::INFINITY
    }
}

#[cfg(test)]
#[path = "unit_economics_tests.rs"]
mod tests;
