//! Break-even of profit and of cash.

use cpm_core::portfolio::{CashPath as CoreCash, CostStructure, Programme};
use pyo3::prelude::*;

use super::inputs::{Number, draw_options};
use crate::arrays::floats;
use crate::clv::Estimate;
use crate::dates::optional_iso_text;
use crate::error::OrRaise;
use crate::survival::QuantileEstimate;
use crate::table::Table;

/// Break-even of profit and of cash, as a :class:`Table` with ``metric, value, low, high``; see :func:`break_even`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> result = cpm.portfolio.break_even(price=50, variable_cost=30, fixed_cost=100_000, planned=8_000)
/// >>> result.volume.value, result.probability_of_profit
/// (5000.0, 1.0)
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct BreakEven {
    pub(super) inner: cpm_core::portfolio::BreakEven,
}

#[pymethods]
impl BreakEven {
    /// Units at which profit is 0; None where it never is.
    #[getter]
    fn volume(&self) -> QuantileEstimate {
        self.inner.volume.into()
    }

    /// Units at which cash is 0.
    #[getter]
    fn cash_volume(&self) -> QuantileEstimate {
        self.inner.cash_volume.into()
    }

    /// Price less variable cost of a unit.
    #[getter]
    fn contribution(&self) -> Estimate {
        self.inner.contribution.into()
    }

    /// Share of draws in which the planned volume makes a profit; None without a plan.
    #[getter]
    fn probability_of_profit(&self) -> Option<f64> {
        self.inner.planned.as_ref().map(|plan| plan.probability_of_profit)
    }

    /// Share of draws in which the planned volume leaves cash; None without a plan.
    #[getter]
    fn probability_of_cash(&self) -> Option<f64> {
        self.inner.planned.as_ref().map(|plan| plan.probability_of_cash)
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

struct Costs {
    price: Number,
    variable_cost: Number,
    fixed_cost: Number,
    non_cash_cost: Number,
    debt_service: Number,
    capital_expenditure: Number,
    cash_margin: Option<Number>,
}

impl From<Costs> for CostStructure {
    fn from(costs: Costs) -> Self {
        let structure = Self::new(costs.price, costs.variable_cost, costs.fixed_cost)
            .non_cash_cost(costs.non_cash_cost)
            .debt_service(costs.debt_service)
            .capital_expenditure(costs.capital_expenditure);
        match costs.cash_margin {
            Some(margin) => structure.cash_margin(margin),
            None => structure,
        }
    }
}

/// The volume at which a product line, campaign, segment or business unit earns its costs, and the one at which it pays for itself.
///
/// Profit: Q* = fixed cost/(price - variable cost). Cash: (fixed cost - non-cash cost + debt service + capital
/// expenditure)/cash margin. With a planned volume Q also the margin of safety (Q - Q*)/Q, and the operating leverage, contribution over profit.
///
/// Every number may be a pair ``(value, standard_error)``: intervals are those of drawn inputs (amounts lognormal).
///
/// Parameters
/// ----------
/// price, variable_cost : float or tuple
///     Per unit.
/// fixed_cost : float or tuple
///     Per period.
/// planned : float, optional
///     The planned volume.
/// non_cash_cost : float or tuple
///     Part of the fixed cost that is not paid, such as depreciation.
/// debt_service, capital_expenditure : float or tuple
///     What is paid without being a cost.
/// cash_margin : float or tuple, optional
///     Cash that a unit leaves within the period, if not price less variable cost.
/// draws, seed, level
///     Number of draws, their seed, and the level of the intervals.
///
/// Returns
/// -------
/// BreakEven
///
/// Raises
/// ------
/// CpmError
///     If a unit costs more than it brings, or a number is out of range.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> result = cpm.portfolio.break_even(
/// ...     price=50, variable_cost=30, fixed_cost=100_000, planned=8_000, non_cash_cost=20_000, debt_service=45_000)
/// >>> dict(zip(result["metric"], result["value"].tolist()))["cash_volume"]
/// 6250.0
#[pyfunction]
#[pyo3(signature = (price, variable_cost, fixed_cost, planned=None, *, non_cash_cost=0.0.into(),
    debt_service=0.0.into(), capital_expenditure=0.0.into(), cash_margin=None, draws=2000, seed=0,
    level=0.95),
    text_signature = "(price, variable_cost, fixed_cost, planned=None, *, non_cash_cost=0.0, debt_service=0.0, \
    capital_expenditure=0.0, cash_margin=None, draws=2000, seed=0, level=0.95)")]
#[allow(clippy::too_many_arguments)] // keyword arguments of Python
pub(crate) fn break_even<'py>(
    py: Python<'py>,
    price: Number,
    variable_cost: Number,
    fixed_cost: Number,
    planned: Option<f64>,
    non_cash_cost: Number,
    debt_service: Number,
    capital_expenditure: Number,
    cash_margin: Option<Number>,
    draws: usize,
    seed: u64,
    level: f64,
) -> PyResult<Bound<'py, BreakEven>> {
    let costs =
        Costs { price, variable_cost, fixed_cost, non_cash_cost, debt_service, capital_expenditure, cash_margin };
    let (structure, options) = (CostStructure::from(costs), draw_options(draws, seed, level));
    let inner = py.detach(|| structure.break_even(planned, &options)).or_raise()?;
    let table = Table::from(inner.to_table().or_raise()?);
    Bound::new(py, PyClassInitializer::from(table).add_subclass(BreakEven { inner }))
}

/// Volume, cost and profit at several volumes.
///
/// Parameters
/// ----------
/// volumes : array-like
/// price, variable_cost, fixed_cost, non_cash_cost, debt_service, capital_expenditure, cash_margin, draws, seed, level
///     As in :func:`break_even`.
///
/// Returns
/// -------
/// Table
///     ``volume, revenue, variable_cost, fixed_cost, total_cost, profit, profit_low, profit_high, cash, cash_low, cash_high``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.volume_cost_profit([0, 5_000, 8_000], price=50, variable_cost=30, fixed_cost=100_000)["profit"]
/// array([-100000.,       0.,   60000.])
#[pyfunction]
#[pyo3(signature = (volumes, price, variable_cost, fixed_cost, *, non_cash_cost=0.0.into(),
    debt_service=0.0.into(), capital_expenditure=0.0.into(), cash_margin=None, draws=2000, seed=0,
    level=0.95),
    text_signature = "(volumes, price, variable_cost, fixed_cost, *, non_cash_cost=0.0, debt_service=0.0, \
    capital_expenditure=0.0, cash_margin=None, draws=2000, seed=0, level=0.95)")]
#[allow(clippy::too_many_arguments)] // keyword arguments of Python
pub(crate) fn volume_cost_profit(
    py: Python<'_>,
    volumes: &Bound<'_, PyAny>,
    price: Number,
    variable_cost: Number,
    fixed_cost: Number,
    non_cash_cost: Number,
    debt_service: Number,
    capital_expenditure: Number,
    cash_margin: Option<Number>,
    draws: usize,
    seed: u64,
    level: f64,
) -> PyResult<Table> {
    let costs =
        Costs { price, variable_cost, fixed_cost, non_cash_cost, debt_service, capital_expenditure, cash_margin };
    let (structure, options) = (CostStructure::from(costs), draw_options(draws, seed, level));
    let volumes = floats("volumes", volumes)?;
    let volumes = volumes.as_slice()?;
    py.detach(|| structure.volume_table(volumes, &options)).or_raise().map(Into::into)
}

/// Share of the contacted who must respond for a campaign to earn its cost.
///
/// Parameters
/// ----------
/// cost_per_contact, margin_per_response : float or tuple
///     Numbers, or pairs ``(value, standard_error)``.
/// fixed_cost : float
///     Spread over ``contacts``.
/// contacts : int
/// draws, seed, level
///     Number of draws, their seed, and the level of the interval.
///
/// Returns
/// -------
/// Estimate
///     Above 1, no response is enough.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> round(cpm.portfolio.break_even_response_rate(0.80, 40, fixed_cost=3_000, contacts=10_000).value, 6)
/// 0.0275
#[pyfunction]
#[pyo3(signature = (cost_per_contact, margin_per_response, fixed_cost=0.0, contacts=None, draws=2000, seed=0, level=0.95))]
pub(crate) fn break_even_response_rate(
    cost_per_contact: Number,
    margin_per_response: Number,
    fixed_cost: f64,
    contacts: Option<u64>,
    draws: usize,
    seed: u64,
    level: f64,
) -> PyResult<Estimate> {
    // A fixed cost without contacts is an error that the core words.
    let fixed = (fixed_cost != 0.0 || contacts.is_some()).then(|| (fixed_cost, contacts.unwrap_or(0)));
    let options = draw_options(draws, seed, level);
    cpm_core::portfolio::break_even_response_rate(cost_per_contact, margin_per_response, fixed, &options)
        .or_raise()
        .map(Into::into)
}

/// Cash and profit of a programme by period, as a :class:`Table`, and what they say; see :func:`cash_path`.
///
/// Times are periods counted from 0, None where they lie beyond the last one.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> path = cpm.portfolio.cash_path(100, [1, 0.9, 0.8, 0.7], cost_per_acquisition=20, revenue=12, variable_cost=4)
/// >>> path.funding_need.value, path.cash_break_even.value, path.verdict
/// (1200.0, 2.0, 'sound')
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct CashPath {
    pub(super) inner: CoreCash,
}

#[pymethods]
impl CashPath {
    /// ``sound``, ``breaks_credit_limit`` (profitable, but more is owed than allowed), ``unprofitable`` or
    /// ``unprofitable_and_breaks_credit_limit``.
    #[getter]
    fn verdict(&self) -> &'static str {
        self.inner.verdict().name()
    }

    /// The most that is owed.
    #[getter]
    fn funding_need(&self) -> Estimate {
        self.inner.funding_need.into()
    }

    /// The period in which it is.
    #[getter]
    fn trough_period(&self) -> usize {
        self.inner.trough_period
    }

    /// The first period after the trough with cumulative cash of at least 0.
    #[getter]
    fn cash_break_even(&self) -> QuantileEstimate {
        self.inner.cash_break_even.into()
    }

    /// The first period after its trough with cumulative profit of at least 0.
    #[getter]
    fn profit_break_even(&self) -> QuantileEstimate {
        self.inner.profit_break_even.into()
    }

    /// The first period after its trough with discounted cumulative cash of at least 0.
    #[getter]
    fn discounted_payback(&self) -> QuantileEstimate {
        self.inner.discounted_payback.into()
    }

    /// Net present value of cash.
    #[getter]
    fn npv(&self) -> Estimate {
        self.inner.npv.into()
    }

    /// Undiscounted profit.
    #[getter]
    fn profit(&self) -> Estimate {
        self.inner.profit.into()
    }

    /// Share of draws with a positive net present value.
    #[getter]
    fn probability_of_profit(&self) -> f64 {
        self.inner.probability_of_profit
    }

    /// The credit limit less the funding need; None without a limit.
    #[getter]
    fn credit_headroom(&self) -> Option<Estimate> {
        self.inner.credit.map(|credit| credit.headroom.into())
    }

    /// The first period in which more is owed than the limit; None if there is none.
    #[getter]
    fn first_breach(&self) -> Option<usize> {
        self.inner.credit.and_then(|credit| credit.first_breach)
    }

    /// Share of draws that break the credit limit; None without a limit.
    #[getter]
    fn probability_of_breach(&self) -> Option<f64> {
        self.inner.credit.map(|credit| credit.probability_of_breach)
    }

    /// The largest factor for the numbers acquired with which the limit holds; None without a limit, or if all or none do.
    #[getter]
    fn largest_scale(&self) -> Option<f64> {
        self.inner.credit.and_then(|credit| credit.largest_scale)
    }

    /// One row per figure: ``metric, value, low, high``.
    #[getter]
    fn figures(&self) -> PyResult<Table> {
        self.inner.figures_table().or_raise().map(Into::into)
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Cash and profit of a cohort or programme over time: acquisition is paid up front, customers leave and pay later.
///
/// Parameters
/// ----------
/// acquired : float or array-like
///     Customers acquired in period 0, 1, …; one number for a single cohort.
/// survival : array-like
///     Share of a cohort still there at age 0, 1, …; it sets the number of periods.
/// cost_per_acquisition : float or tuple
///     CAC, paid at once. Every amount may be a pair ``(value, standard_error)``.
/// revenue, variable_cost : float or tuple
///     Of a living customer per period.
/// upfront_cost, fixed_cost : float or tuple
///     Paid in period 0, and in every period.
/// collection_lag, payment_lag : float
///     Periods until customers pay and until variable cost is paid.
/// discount_rate : float
///     Per period.
/// credit_limit : float, optional
///     The most that may be owed.
/// survival_errors : array-like, optional
///     Standard errors of the survival curve.
/// start : date, optional
///     Names the periods by the calendar.
/// period : {"month", "week", "quarter"}
///     Length of a period, for the names.
/// draws, seed, level
///     Number of draws, their seed, and the level of the intervals.
///
/// Returns
/// -------
/// CashPath
///     One row per period; a programme that is profitable but breaks the credit limit says so in ``verdict``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> path = cpm.portfolio.cash_path(
/// ...     500, [0.95 ** t for t in range(24)], cost_per_acquisition=60, revenue=20, variable_cost=12,
/// ...     collection_lag=2, payment_lag=1, discount_rate=0.01, credit_limit=30_000)
/// >>> path.npv.value > 0, path.verdict, path.first_breach
/// (True, 'breaks_credit_limit', 1)
#[pyfunction]
#[pyo3(signature = (acquired, survival, *, cost_per_acquisition=0.0.into(), revenue=0.0.into(),
    variable_cost=0.0.into(), upfront_cost=0.0.into(), fixed_cost=0.0.into(), collection_lag=0.0,
    payment_lag=0.0, discount_rate=0.0, credit_limit=None, survival_errors=None, start=None, period="month", draws=2000,
    seed=0, level=0.95),
    text_signature = "(acquired, survival, *, cost_per_acquisition=0.0, revenue=0.0, variable_cost=0.0, upfront_cost=0.0, \
    fixed_cost=0.0, collection_lag=0.0, payment_lag=0.0, discount_rate=0.0, credit_limit=None, \
    survival_errors=None, start=None, period='month', draws=2000, seed=0, level=0.95)")]
#[allow(clippy::too_many_arguments)] // keyword arguments of Python
pub(crate) fn cash_path<'py>(
    py: Python<'py>,
    acquired: &Bound<'py, PyAny>,
    survival: &Bound<'py, PyAny>,
    cost_per_acquisition: Number,
    revenue: Number,
    variable_cost: Number,
    upfront_cost: Number,
    fixed_cost: Number,
    collection_lag: f64,
    payment_lag: f64,
    discount_rate: f64,
    credit_limit: Option<f64>,
    survival_errors: Option<&Bound<'py, PyAny>>,
    start: Option<&Bound<'py, PyAny>>,
    period: &str,
    draws: usize,
    seed: u64,
    level: f64,
) -> PyResult<Bound<'py, CashPath>> {
    let acquired = match acquired.extract::<f64>() {
        Ok(cohort) => vec![cohort],
        Err(_) => floats("acquired", acquired)?.as_slice()?.to_vec(),
    };
    let mut programme = Programme::new(&acquired, floats("survival", survival)?.as_slice()?)
        .cost_per_acquisition(cost_per_acquisition)
        .revenue(revenue)
        .variable_cost(variable_cost)
        .upfront_cost(upfront_cost)
        .fixed_cost(fixed_cost)
        .collection_lag(collection_lag)
        .payment_lag(payment_lag)
        .discount_rate(discount_rate);
    if let Some(limit) = credit_limit {
        programme = programme.credit_limit(limit);
    }
    if let Some(errors) = survival_errors {
        programme = programme.survival_errors(floats("survival_errors", errors)?.as_slice()?);
    }
    if let Some(date) = optional_iso_text("start", start, None)? {
        programme = programme.starting(&date, period.parse().or_raise()?).or_raise()?;
    }
    let options = draw_options(draws, seed, level);
    let inner = py.detach(|| programme.cash_path(&options)).or_raise()?;
    let table = Table::from(inner.to_table().or_raise()?);
    Bound::new(py, PyClassInitializer::from(table).add_subclass(CashPath { inner }))
}
