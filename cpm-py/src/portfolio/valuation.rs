//! The value of a firm from its customers.

use cpm_core::portfolio::{CustomerBasedValuation, Valuation as CoreValuation};
use pyo3::prelude::*;

use super::inputs::{Number, draw_options};
use crate::arrays::floats;
use crate::clv::Estimate;
use crate::error::OrRaise;
use crate::table::Table;

/// Value of a firm from its customers, as a :class:`Table` by period; see :func:`customer_based_valuation`.
///
/// The columns are ``period, customers, revenue, contribution, acquisition, nopat, free_cash_flow, present_value``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> survival = [0.8 ** t for t in range(31)]
/// >>> valuation = cpm.portfolio.customer_based_valuation(
/// ...     10_000, survival[1:], [2_500] * 30, survival[:30], [100] * 30, margin=0.4, cost_per_acquisition=60, wacc=0.09)
/// >>> valuation.sensitivities["input"][:2]
/// ['spend', 'margin']
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct Valuation {
    pub(super) inner: CoreValuation,
}

#[pymethods]
impl Valuation {
    /// Present value of free cash flow.
    #[getter]
    fn operating_value(&self) -> Estimate {
        self.inner.operating_value.into()
    }

    /// Operating value less net debt.
    #[getter]
    fn equity_value(&self) -> Estimate {
        self.inner.equity_value.into()
    }

    /// After-tax present value of the contribution of today's customers.
    #[getter]
    fn existing_customers(&self) -> f64 {
        self.inner.existing_customers
    }

    /// The same of customers still to come, less the cost of acquiring them.
    #[getter]
    fn new_customers(&self) -> f64 {
        self.inner.new_customers
    }

    /// Fixed cost after tax and reinvestment.
    #[getter]
    fn firm_level(&self) -> f64 {
        self.inner.firm_level
    }

    /// Share of the operating value that lies after the last period.
    #[getter]
    fn terminal_share(&self) -> f64 {
        self.inner.terminal_share
    }

    /// ``input, value_if_lower, value_if_higher`` (by 10 %), ``elasticity``, the strongest first.
    #[getter]
    fn sensitivities(&self) -> PyResult<Table> {
        self.inner.sensitivity_table().or_raise().map(Into::into)
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Value of a firm from its acquisition, retention and spend curves, with sensitivities.
///
/// Customers C(t) = existing·S0(t) + the sum of acquired(k)·S(t - k); revenue C(t)·spend(t); NOPAT = (revenue·margin - acquired·CAC - fixed
/// cost)·(1 - tax); free cash flow = NOPAT - reinvestment·(growth of revenue); value = the sum of FCF(t)/(1 + WACC)^t.
///
/// Parameters
/// ----------
/// existing : float
///     Customers now.
/// existing_survival : array-like
///     Share of them still there after 1, 2, … periods.
/// acquired : array-like
///     Customers acquired in period 1, 2, ….
/// survival : array-like
///     Share of new customers still there at age 0, 1, ….
/// spend : array-like
///     Revenue per customer in period 1, 2, …. All curves have one length.
/// margin : float or tuple
///     Contribution as a share of revenue; pairs are ``(value, standard_error)``.
/// cost_per_acquisition, fixed_cost : float or tuple
/// wacc : float or tuple
///     Weighted average cost of capital per period.
/// tax_rate : float
/// reinvestment : float
///     Investment and working capital per unit of growth of revenue.
/// revenue_before : float, optional
///     Revenue of the period before the first, from which growth is counted.
/// terminal_growth : float, optional
///     Growth of free cash flow after the last period. Default: nothing is counted there.
/// net_debt : float
/// acquisition_error, churn_error, spend_error : float
///     Standard errors of the curves, as shares of them (of churn: of the cumulative hazard).
/// draws, seed, level
///     Number of draws, their seed, and the level of the intervals.
///
/// Returns
/// -------
/// Valuation
///
/// References
/// ----------
/// McCarthy, Fader & Hardie (2017), Valuing Subscription-Based Businesses Using Publicly Disclosed Customer Data, Journal of Marketing
/// 81(1); McCarthy & Fader (2018), Customer-Based Corporate Valuation for Publicly Traded Noncontractual Firms.
///
/// Examples
/// --------
/// A base that only shrinks is worth m·r/(1 + d - r) per customer:
///
/// >>> import cpm
/// >>> survival = [0.8 ** t for t in range(1, 401)]
/// >>> value = cpm.portfolio.customer_based_valuation(
/// ...     10, survival, [0] * 400, survival, [50] * 400, margin=0.5, wacc=0.12).operating_value.value
/// >>> round(value, 6), round(10 * 25 * 0.8 / (1 + 0.12 - 0.8), 6)
/// (625.0, 625.0)
#[pyfunction]
#[pyo3(signature = (existing, existing_survival, acquired, survival, spend, *, margin, wacc,
    cost_per_acquisition=0.0.into(), fixed_cost=0.0.into(), tax_rate=0.0, reinvestment=0.0, revenue_before=None,
    terminal_growth=None, net_debt=0.0, acquisition_error=0.0, churn_error=0.0, spend_error=0.0, draws=2000, seed=0,
    level=0.95),
    text_signature = "(existing, existing_survival, acquired, survival, spend, *, margin, wacc, cost_per_acquisition=0.0, \
    fixed_cost=0.0, tax_rate=0.0, reinvestment=0.0, revenue_before=None, terminal_growth=None, net_debt=0.0, \
    acquisition_error=0.0, churn_error=0.0, spend_error=0.0, draws=2000, seed=0, level=0.95)")]
#[allow(clippy::too_many_arguments)] // keyword arguments of Python
pub(crate) fn customer_based_valuation<'py>(
    py: Python<'py>,
    existing: f64,
    existing_survival: &Bound<'py, PyAny>,
    acquired: &Bound<'py, PyAny>,
    survival: &Bound<'py, PyAny>,
    spend: &Bound<'py, PyAny>,
    margin: Number,
    wacc: Number,
    cost_per_acquisition: Number,
    fixed_cost: Number,
    tax_rate: f64,
    reinvestment: f64,
    revenue_before: Option<f64>,
    terminal_growth: Option<f64>,
    net_debt: f64,
    acquisition_error: f64,
    churn_error: f64,
    spend_error: f64,
    draws: usize,
    seed: u64,
    level: f64,
) -> PyResult<Bound<'py, Valuation>> {
    let (old, new) = (floats("existing_survival", existing_survival)?, floats("survival", survival)?);
    let (acquired, spend) = (floats("acquired", acquired)?, floats("spend", spend)?);
    let mut valuation = CustomerBasedValuation::new(
        existing,
        old.as_slice()?,
        acquired.as_slice()?,
        new.as_slice()?,
        spend.as_slice()?,
    )
    .margin(margin)
    .wacc(wacc)
    .cost_per_acquisition(cost_per_acquisition)
    .fixed_cost(fixed_cost)
    .tax_rate(tax_rate)
    .reinvestment(reinvestment, revenue_before)
    .net_debt(net_debt)
    .curve_errors(acquisition_error, churn_error, spend_error);
    if let Some(growth) = terminal_growth {
        valuation = valuation.terminal_growth(growth);
    }
    let inner = py.detach(|| valuation.value(&draw_options(draws, seed, level))).or_raise()?;
    let table = Table::from(inner.to_table().or_raise()?);
    Bound::new(py, PyClassInitializer::from(table).add_subclass(Valuation { inner }))
}
