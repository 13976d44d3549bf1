//! What a programme pays and receives, and when.

use serde::Serialize;

use super::cash_path::{self, CashPath};
use crate::error::{self, Error, Result, same_length};
use crate::portfolio::CalendarPeriod;
use crate::portfolio::draws::{Domain, DrawOptions, Measured};
use crate::summary::end_of;
use crate::transactions::Timestamp;

/// A cohort or programme over time: customers are acquired and paid for, buy while they stay, and pay later.
///
/// Time runs in periods of equal length, 0 being the first. Acquisition and the up-front cost are paid in the period in which
/// they happen, fixed cost in every period of the survival curve; receipts come in `collection_lag` periods after the
/// purchase and suppliers are paid `payment_lag` after it (parts of a period are spread over two). Profit counts
/// everything when it happens.
///
/// ```
/// use cpm_core::portfolio::{DrawOptions, Measured, Programme, Verdict};
/// let survival: Vec<f64> = (0..24).map(|t| 0.95_f64.powi(t)).collect();
/// let path = Programme::new(&[500.0], &survival)
///     .cost_per_acquisition(60.0)
///     .revenue(Measured::new(20.0, 1.0))
///     .variable_cost(12.0)
///     .collection_lag(2.0)
///     .payment_lag(1.0)
///     .discount_rate(0.01)
///     .credit_limit(30_000.0)
///     .cash_path(&DrawOptions::new())?;
/// assert!(path.npv.value > 0.0); // it earns its cost of capital,
/// assert_eq!(path.verdict(), Verdict::BreaksCreditLimit); // but not within the credit line:
/// assert_eq!(path.funding_need.value, 36_000.0); // 30,000 for customers, 6,000 for goods before the first receipts
/// assert_eq!(path.credit.unwrap().first_breach, Some(1));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Programme {
    pub(super) acquired: Vec<f64>,
    pub(super) survival: Vec<f64>,
    pub(super) survival_errors: Option<Vec<f64>>,
    pub(super) cost_per_acquisition: Measured,
    pub(super) upfront_cost: Measured,
    pub(super) fixed_cost: Measured,
    pub(super) revenue: Measured,
    pub(super) variable_cost: Measured,
    pub(super) collection_lag: f64,
    pub(super) payment_lag: f64,
    pub(super) discount_rate: f64,
    pub(super) credit_limit: Option<f64>,
    pub(super) start: Option<(Timestamp, CalendarPeriod)>,
}

impl Programme {
    /// Customers acquired in each period, one number for a single cohort, and the share of a cohort still there at age
    /// 0, 1, …, which also sets the number of periods.
    #[must_use]
    pub fn new(acquired: &[f64], survival: &[f64]) -> Self {
        let nothing = Measured::from(0.0);
        Self {
            acquired: acquired.to_vec(),
            survival: survival.to_vec(),
            survival_errors: None,
            cost_per_acquisition: nothing,
            upfront_cost: nothing,
            fixed_cost: nothing,
            revenue: nothing,
            variable_cost: nothing,
            collection_lag: 0.0,
            payment_lag: 0.0,
            discount_rate: 0.0,
            credit_limit: None,
            start: None,
        }
    }

    /// Standard errors of the survival curve, as a fitted model gives them. The ages are drawn together: a curve that is high
    /// is high throughout.
    #[must_use]
    pub fn survival_errors(mut self, errors: &[f64]) -> Self {
        self.survival_errors = Some(errors.to_vec());
        self
    }

    /// Cost of acquiring one customer (CAC), paid at once.
    #[must_use]
    pub fn cost_per_acquisition(mut self, cost: impl Into<Measured>) -> Self {
        self.cost_per_acquisition = cost.into();
        self
    }

    /// Cost of starting, paid in period 0.
    #[must_use]
    pub fn upfront_cost(mut self, cost: impl Into<Measured>) -> Self {
        self.upfront_cost = cost.into();
        self
    }

    /// Fixed cost of every period.
    #[must_use]
    pub fn fixed_cost(mut self, cost: impl Into<Measured>) -> Self {
        self.fixed_cost = cost.into();
        self
    }

    /// Revenue of a living customer per period.
    #[must_use]
    pub fn revenue(mut self, revenue: impl Into<Measured>) -> Self {
        self.revenue = revenue.into();
        self
    }

    /// Variable cost of a living customer per period.
    #[must_use]
    pub fn variable_cost(mut self, cost: impl Into<Measured>) -> Self {
        self.variable_cost = cost.into();
        self
    }

    /// Periods until customers pay.
    #[must_use]
    pub fn collection_lag(mut self, periods: f64) -> Self {
        self.collection_lag = periods;
        self
    }

    /// Periods until variable cost is paid.
    #[must_use]
    pub fn payment_lag(mut self, periods: f64) -> Self {
        self.payment_lag = periods;
        self
    }

    /// Discount rate per period.
    #[must_use]
    pub fn discount_rate(mut self, per_period: f64) -> Self {
        self.discount_rate = per_period;
        self
    }

    /// The most that may be owed at any time.
    #[must_use]
    pub fn credit_limit(mut self, limit: f64) -> Self {
        self.credit_limit = Some(limit);
        self
    }

    /// Names the periods by the calendar, the first one being that of a date.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not an ISO date.
    pub fn starting(mut self, date: &str, period: CalendarPeriod) -> Result<Self> {
        self.start = Some((end_of(date)?, period));
        Ok(self)
    }

    /// Cash and profit by period, with trough, break-even, net present value and payback.
    ///
    /// # Errors
    /// [`Error::Empty`] without periods; [`Error::InvalidValue`] for acquisitions below 0 or a survival curve that rises
    /// or leaves \[0, 1\]; [`Error::LengthMismatch`]; [`Error::InvalidArgument`] for other inputs out of range.
    pub fn cash_path(&self, options: &DrawOptions) -> Result<CashPath> {
        self.check()?;
        options.check()?;
        Ok(cash_path::of(self, options))
    }

    fn check(&self) -> Result<()> {
        for (what, column) in
            [("the list of customers acquired", &self.acquired), ("the survival curve", &self.survival)]
        {
            if column.is_empty() {
                return Err(Error::Empty { what: what.to_owned(), remedy: "Give one number per period".to_owned() });
            }
        }
        if self.acquired.len() > self.survival.len() {
            return Err(Error::LengthMismatch {
                column: "acquired",
                found: self.acquired.len(),
                reference: "survival (which sets the number of periods)",
                expected: self.survival.len(),
            });
        }
        let invalid = |column, row, value: f64, expected, remedy| {
            Err(Error::InvalidValue { column, row, value: value.to_string(), expected, remedy })
        };
        if let Some(row) = self.acquired.iter().position(|n| !n.is_finite() || *n < 0.0) {
            let expected = "a number of customers is finite and at least 0";
            return invalid("acquired", row, self.acquired[row], expected, "Give 0 for a period without acquisition");
        }
        check_survival("survival", &self.survival, self.survival_errors.as_deref())?;
        self.cost_per_acquisition.check("cost_per_acquisition", Domain::Amount)?;
        self.upfront_cost.check("upfront_cost", Domain::Amount)?;
        self.fixed_cost.check("fixed_cost", Domain::Amount)?;
        self.revenue.check("revenue", Domain::Amount)?;
        self.variable_cost.check("variable_cost", Domain::Amount)?;
        error::non_negative("discount_rate", self.discount_rate)?;
        if let Some(limit) = self.credit_limit {
            error::non_negative("credit_limit", limit)?;
        }
        for (name, lag) in [("collection_lag", self.collection_lag), ("payment_lag", self.payment_lag)] {
            if error::non_negative(name, lag)? > 1_000.0 {
                return Err(Error::argument(name, lag, "a lag is counted in periods, at most 1000"));
            }
        }
        Ok(())
    }
}

/// A survival curve by age, which never rises, and its standard errors.
pub(in crate::portfolio) fn check_survival(
    column: &'static str,
    survival: &[f64],
    errors: Option<&[f64]>,
) -> Result<()> {
    let invalid = |column, row, value: f64, expected, remedy| {
        Err(Error::InvalidValue { column, row, value: value.to_string(), expected, remedy })
    };
    if survival.is_empty() {
        let what = format!("the curve `{column}`");
        return Err(Error::Empty { what, remedy: "Give one number per period".to_owned() });
    }
    let mut before = 1.0;
    for (row, &share) in survival.iter().enumerate() {
        if !(0.0..=before).contains(&share) {
            let expected = "a share of survivors lies between 0 and the share before";
            let remedy = "Give the share of the cohort that is still there, 1 at first";
            return invalid(column, row, share, expected, remedy);
        }
        before = share;
    }
    let Some(errors) = errors else { return Ok(()) };
    same_length("survival_errors", errors.len(), column, survival.len())?;
    match errors.iter().position(|e| !e.is_finite() || *e < 0.0) {
        Some(row) => {
            let expected = "a standard error is finite and at least 0";
            invalid("survival_errors", row, errors[row], expected, "Give 0 where the share is known")
        }
        None => Ok(()),
    }
}
