//! `cpm.lifetime_value` and what it returns.

use cpm_core::clv::{Estimate as CoreEstimate, ValueOptions};
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyTuple};

use super::{GammaGamma, PurchaseModel};
use crate::argument::Argument;
use crate::arrays::count;
use crate::error::OrRaise;
use crate::summary::CustomerSummary;
use crate::table::Table;

/// A number with its interval: ``value``, ``low``, ``high``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> total = cpm.Estimate(10.0, 8.5, 12.25)
/// >>> value, low, high = total
/// >>> total
/// Estimate(value=10, low=8.5, high=12.25)
#[pyclass(module = "cpm", frozen, eq)]
#[derive(PartialEq)]
pub(crate) struct Estimate {
    /// The number itself.
    #[pyo3(get)]
    value: f64,
    /// Lower end of the interval.
    #[pyo3(get)]
    low: f64,
    /// Upper end of the interval.
    #[pyo3(get)]
    high: f64,
}

impl From<CoreEstimate> for Estimate {
    fn from(estimate: CoreEstimate) -> Self {
        Self { value: estimate.value, low: estimate.interval.low, high: estimate.interval.high }
    }
}

#[pymethods]
impl Estimate {
    #[new]
    fn new(value: f64, low: f64, high: f64) -> Self {
        Self { value, low, high }
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        PyTuple::new(py, [self.value, self.low, self.high])?.try_iter()
    }

    fn __repr__(&self) -> String {
        format!("Estimate(value={}, low={}, high={})", self.value, self.low, self.high)
    }
}

/// Values of all customers, as a :class:`Table`, and their total.
///
/// The columns are ``customer_id, discounted_purchases, expected_spend, value, value_low, value_high``; see
/// :func:`lifetime_value`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> model, spend = cpm.BgNbd().fit(customers), cpm.GammaGamma().fit(customers)
/// >>> value = cpm.lifetime_value(model, spend, customers, horizon=52)
/// >>> bool((value["value_low"] <= value["value"]).all()), value.level
/// (True, 0.95)
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct LifetimeValue {
    total: CoreEstimate,
    level: f64,
}

#[pymethods]
impl LifetimeValue {
    /// Value of all customers together, with prediction interval.
    #[getter]
    fn total(&self) -> Estimate {
        self.total.into()
    }

    /// Probability that an interval holds.
    #[getter]
    fn level(&self) -> f64 {
        self.level
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Expected discounted margin of each customer's purchases within a horizon, and of all customers together.
///
/// value = E[Σ (1 + d)^-t_j] · (margin · E[M] - cost), with the purchase times t_j in years after the end of observation
/// and the mean spend M per purchase: purchases from ``model``, spend from ``spend``, independent of each other.
/// A purchase is discounted from its own time, not from the end of a period.
///
/// Intervals are prediction intervals of what a customer will bring: they hold the chance in number and times of purchases
/// and in amounts, and the uncertainty of both models' parameters.
///
/// Parameters
/// ----------
/// model : PurchaseModel
/// spend : GammaGamma
/// customers : CustomerSummary
///     With monetary values.
/// horizon : float
///     In time units of the summary: 52 is a year of weeks.
/// discount_rate : float
///     Per year: 0.10 for 10 %.
/// margin : float
///     Share of an amount that is contribution margin: 0.30 for 30 %.
/// level : float
///     Probability that an interval holds.
/// cost_per_purchase : float
///     Variable cost of each purchase besides what the margin leaves out, in money.
///
/// Returns
/// -------
/// LifetimeValue
///
/// Raises
/// ------
/// CpmError
///     For an argument outside its domain, a model that is not fitted, or a summary in another time unit.
/// FitError
///     If the summary has no monetary values.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> model, spend = cpm.BgNbd().fit(customers), cpm.GammaGamma().fit(customers)
/// >>> value = cpm.lifetime_value(model, spend, customers, horizon=52, discount_rate=0.10, margin=0.30)
/// >>> total = value.total
/// >>> total.low < total.value < total.high
/// True
/// >>> value["value"].shape
/// (2357,)
#[pyfunction]
#[pyo3(signature = (model, spend, customers, horizon, discount_rate=0.0, margin=1.0, level=0.95, cost_per_purchase=0.0))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn lifetime_value<'py>(
    py: Python<'py>,
    model: PyRef<'py, PurchaseModel>,
    spend: PyRef<'py, GammaGamma>,
    customers: Argument<'_, CustomerSummary>,
    horizon: f64,
    discount_rate: f64,
    margin: f64,
    level: f64,
    cost_per_purchase: f64,
) -> PyResult<Bound<'py, LifetimeValue>> {
    let options = ValueOptions::new(horizon)
        .discount_rate(discount_rate)
        .margin(margin)
        .level(level)
        .cost_per_purchase(cost_per_purchase);
    let (model, spend) = (PurchaseModel::of(&model, &customers)?, GammaGamma::model(&spend)?);
    let (total, table) = py
        .detach(|| {
            let value = cpm_core::lifetime_value(&*model, spend, &customers.inner, &options)?;
            Ok((value.total(), value.to_table()?))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(LifetimeValue { total, level }))
}

/// The expected cash flow of all customers per period.
///
/// Cash flow = margin · amount - cost per purchase. The discounted flows add up to the total of :func:`lifetime_value`.
///
/// Parameters
/// ----------
/// model : PurchaseModel
/// spend : GammaGamma
/// customers : CustomerSummary
///     With monetary values.
/// horizon : float
///     In time units of the summary: 52 is a year of weeks.
/// periods : int
///     Equal parts of the horizon.
/// discount_rate : float
///     Per year: 0.10 for 10 %.
/// margin : float
///     Share of an amount that is contribution margin: 0.30 for 30 %.
/// cost_per_purchase : float
///     Variable cost of each purchase besides what the margin leaves out, in money.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// Table
///     ``period, start, end, purchases, revenue, cash_flow, cash_flow_low, cash_flow_high, discounted, cumulative``. The interval
///     is the confidence interval of the expected flow, from the uncertainty of both models' parameters; ``cumulative`` adds up
///     the discounted flows.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> model, spend = cpm.BgNbd().fit(customers), cpm.GammaGamma().fit(customers)
/// >>> flows = cpm.cash_flows(model, spend, customers, horizon=52, periods=4, discount_rate=0.10, margin=0.30)
/// >>> flows["purchases"].round()
/// array([628., 543., 482., 436.])
/// >>> value = cpm.lifetime_value(model, spend, customers, horizon=52, discount_rate=0.10, margin=0.30)
/// >>> bool(abs(flows["cumulative"][-1] / value.total.value - 1) < 1e-9)
/// True
#[pyfunction]
#[pyo3(signature = (
    model, spend, customers, horizon, periods, discount_rate=0.0, margin=1.0, cost_per_purchase=0.0, level=0.95
))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn cash_flows<'py>(
    py: Python<'py>,
    model: PyRef<'py, PurchaseModel>,
    spend: PyRef<'py, GammaGamma>,
    customers: Argument<'_, CustomerSummary>,
    horizon: f64,
    periods: i64,
    discount_rate: f64,
    margin: f64,
    cost_per_purchase: f64,
    level: f64,
) -> PyResult<Table> {
    let options = ValueOptions::new(horizon)
        .discount_rate(discount_rate)
        .margin(margin)
        .level(level)
        .cost_per_purchase(cost_per_purchase);
    let periods = count("periods", periods)? as usize;
    let (model, spend) = (PurchaseModel::of(&model, &customers)?, GammaGamma::model(&spend)?);
    py.detach(|| cpm_core::clv::cash_flows(&*model, spend, &customers.inner, &options, periods)?.to_table())
        .or_raise()
        .map(Into::into)
}
