//! Customer equity: groups, future cohorts, payback, value bridge.

use cpm_core::portfolio::{
    CustomerEquity as CoreEquity, EquityColumns, FutureCohorts, FutureEquity as CoreFuture, Payback,
    ValueBridge as CoreBridge, ValueColumns,
};
use pyo3::prelude::*;

use super::inputs::{Number, draw_options, groups};
use crate::argument::Argument;
use crate::arrays::{flags, floats};
use crate::clv::{Estimate, GammaGamma, PurchaseModel};
use crate::error::OrRaise;
use crate::summary::CustomerSummary;
use crate::survival::QuantileEstimate;
use crate::table::Table;

/// Value of today's customers by group, as a :class:`Table`, and in total; see :func:`customer_equity`.
///
/// The columns are ``group, customers, value, value_low, value_high, share_of_value, value_per_customer, undiscounted,
/// undiscounted_low, undiscounted_high``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> model, spend = cpm.BgNbd().fit(customers), cpm.GammaGamma().fit(customers)
/// >>> cohorts = [str(day)[:7] for day in customers.first_purchase]
/// >>> equity = cpm.portfolio.customer_equity(model, spend, customers, cohorts, horizon=52, discount_rate=0.1)
/// >>> equity["group"], equity.undiscounted.value > equity.total.value
/// (['1997-01', '1997-02', '1997-03'], True)
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct CustomerEquity {
    pub(super) inner: CoreEquity,
}

#[pymethods]
impl CustomerEquity {
    /// Discounted value of all customers, with prediction interval.
    #[getter]
    fn total(&self) -> Estimate {
        self.inner.total.into()
    }

    /// The same without discounting.
    #[getter]
    fn undiscounted(&self) -> Estimate {
        self.inner.undiscounted.into()
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Customer equity of today's customers by segment, cohort or any other label.
///
/// Parameters
/// ----------
/// model : PurchaseModel
/// spend : GammaGamma
/// customers : CustomerSummary
/// groups : array-like
///     One label per customer.
/// horizon, discount_rate, margin, level
///     As in :func:`lifetime_value`.
///
/// Returns
/// -------
/// CustomerEquity
///     Intervals hold chance and the models' uncertainty, which does not average out.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> model, spend = cpm.BgNbd().fit(customers), cpm.GammaGamma().fit(customers)
/// >>> segments = cpm.rfm_segments(customers)["segment"]
/// >>> equity = cpm.portfolio.customer_equity(model, spend, customers, segments, horizon=52, margin=0.3)
/// >>> round(equity["share_of_value"].sum(), 9)
/// np.float64(1.0)
#[pyfunction]
#[pyo3(name = "customer_equity", signature = (model, spend, customers, groups, horizon, discount_rate=0.0, margin=1.0, level=0.95))]
#[allow(clippy::too_many_arguments)] // keyword arguments of Python
pub(crate) fn customer_equity<'py>(
    py: Python<'py>,
    model: PyRef<'py, PurchaseModel>,
    spend: PyRef<'py, GammaGamma>,
    customers: Argument<'_, CustomerSummary>,
    groups: &Bound<'py, PyAny>,
    horizon: f64,
    discount_rate: f64,
    margin: f64,
    level: f64,
) -> PyResult<Bound<'py, CustomerEquity>> {
    let (names, codes) = self::groups("groups", groups)?;
    let process = PurchaseModel::process(&model)?;
    let spend = GammaGamma::model(&spend)?;
    let options = cpm_core::ValueOptions::new(horizon).discount_rate(discount_rate).margin(margin).level(level);
    let inner = py
        .detach(|| cpm_core::portfolio::customer_equity(process, spend, &customers.inner, &options, &names, &codes))
        .or_raise()?;
    let table = Table::from(inner.to_table().or_raise()?);
    Bound::new(py, PyClassInitializer::from(table).add_subclass(CustomerEquity { inner }))
}

/// Customer equity by group from values that are known already: of any model, or of a warehouse.
///
/// Parameters
/// ----------
/// value : array-like
///     Expected discounted value of each customer.
/// groups : array-like
///     One label per customer.
/// standard_deviation : array-like, optional
///     Of each value, by the chance of the single customer, such as ``value_standard_deviation`` of :func:`lifetime_value`. It evens out
///     over customers. Default: 0.
/// undiscounted : array-like, optional
///     The values without discounting. Default: the values.
/// model_error : float
///     Relative standard error of all values together, which does not even out: 0.05 for 5 %.
/// level : float
///
/// Returns
/// -------
/// CustomerEquity
///
/// Examples
/// --------
/// >>> import cpm
/// >>> equity = cpm.portfolio.equity_of_values([100, 50, 30], ["loyal", "loyal", "new"], standard_deviation=[30, 40, 0])
/// >>> equity["group"], equity["value"], round(equity["value_high"][0], 2)
/// (['loyal', 'new'], array([150.,  30.]), np.float64(248.0))
#[pyfunction]
#[pyo3(signature = (value, groups, standard_deviation=None, undiscounted=None, model_error=0.0, level=0.95))]
pub(crate) fn equity_of_values<'py>(
    py: Python<'py>,
    value: &Bound<'py, PyAny>,
    groups: &Bound<'py, PyAny>,
    standard_deviation: Option<&Bound<'py, PyAny>>,
    undiscounted: Option<&Bound<'py, PyAny>>,
    model_error: f64,
    level: f64,
) -> PyResult<Bound<'py, CustomerEquity>> {
    let (names, codes) = self::groups("groups", groups)?;
    let value = floats("value", value)?;
    let deviation = standard_deviation.map(|v| floats("standard_deviation", v)).transpose()?;
    let undiscounted = undiscounted.map(|v| floats("undiscounted", v)).transpose()?;
    let columns = EquityColumns {
        value: value.as_slice()?,
        standard_deviation: deviation.as_ref().map(|v| v.as_slice()).transpose()?,
        undiscounted: undiscounted.as_ref().map(|v| v.as_slice()).transpose()?,
        groups: &codes,
    };
    let inner = py.detach(|| cpm_core::portfolio::equity_of_values(&columns, &names, model_error, level)).or_raise()?;
    let table = Table::from(inner.to_table().or_raise()?);
    Bound::new(py, PyClassInitializer::from(table).add_subclass(CustomerEquity { inner }))
}

/// What customers still to be acquired add, as a :class:`Table` with ``period, value, low, high``; see :func:`future_equity`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> future = cpm.portfolio.future_equity([1_000, 1_000], value=(120, 6), cost=80, discount_rate=0.25)
/// >>> future.total.value, future.undiscounted.value
/// (57600.0, 80000.0)
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct FutureEquity {
    pub(super) inner: CoreFuture,
}

#[pymethods]
impl FutureEquity {
    /// Discounted value of all cohorts.
    #[getter]
    fn total(&self) -> Estimate {
        self.inner.value.into()
    }

    /// The same without discounting.
    #[getter]
    fn undiscounted(&self) -> Estimate {
        self.inner.undiscounted.into()
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// What future cohorts add to customer equity: the sum of n(k)·(CLV - CAC)/(1 + d)^k.
///
/// Parameters
/// ----------
/// customers : array-like
///     Customers acquired in period 1, 2, ….
/// value, cost : float or tuple
///     What one is worth at acquisition and what acquiring one costs; pairs ``(value, standard_error)`` give intervals.
/// discount_rate : float
///     Per period.
/// draws, seed, level
///     Number of draws, their seed, and the level of the intervals.
///
/// Returns
/// -------
/// FutureEquity
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.future_equity([100, 100], value=50, cost=30, discount_rate=0.1)["value"].round(2)
/// array([1818.18, 1652.89])
#[pyfunction]
#[pyo3(signature = (customers, value, cost, discount_rate=0.0, draws=2000, seed=0, level=0.95))]
#[allow(clippy::too_many_arguments)] // keyword arguments of Python
pub(crate) fn future_equity<'py>(
    py: Python<'py>,
    customers: &Bound<'py, PyAny>,
    value: Number,
    cost: Number,
    discount_rate: f64,
    draws: usize,
    seed: u64,
    level: f64,
) -> PyResult<Bound<'py, FutureEquity>> {
    let customers = floats("customers", customers)?;
    let cohorts = FutureCohorts::new(customers.as_slice()?, value, cost).discount_rate(discount_rate);
    let inner = cohorts.equity(&draw_options(draws, seed, level)).or_raise()?;
    let table = Table::from(inner.to_table().or_raise()?);
    Bound::new(py, PyClassInitializer::from(table).add_subclass(FutureEquity { inner }))
}

/// Lifetime value of a new customer over the cost of acquiring one.
///
/// Parameters
/// ----------
/// value, cost : float or tuple
///     Numbers, or pairs ``(value, standard_error)``.
/// draws, seed, level
///     Number of draws, their seed, and the level of the interval.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> ratio = cpm.portfolio.ltv_to_cac((120, 6), (40, 2))
/// >>> ratio.value, ratio.low > 2.4
/// (3.0, True)
#[pyfunction]
#[pyo3(signature = (value, cost, draws=2000, seed=0, level=0.95))]
pub(crate) fn ltv_to_cac(value: Number, cost: Number, draws: usize, seed: u64, level: f64) -> PyResult<Estimate> {
    let options = draw_options(draws, seed, level);
    cpm_core::portfolio::ltv_to_cac(value, cost, &options).or_raise().map(Into::into)
}

/// When the cost of acquiring a customer is back, counting margins only for those who are still there.
///
/// The smallest n with the sum over t <= n of m(t)·S(t)/(1 + d)^t >= CAC.
///
/// Parameters
/// ----------
/// margin : float or array-like
///     Margin of a living customer in period 0, 1, …, or in every period.
/// survival : array-like
///     Share of customers still there in period 0, 1, ….
/// cost : float or tuple
///     Cost of acquiring one; a pair is ``(value, standard_error)``.
/// discount_rate : float
///     Per period.
/// margin_error : float
///     Standard error of all margins together, as a share of them.
/// survival_errors : array-like, optional
/// draws, seed, level
///     Number of draws, their seed, and the level of the interval.
///
/// Returns
/// -------
/// QuantileEstimate
///     Periods, counted from 0; None if the cost is not back within the curve.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.payback(10, [0.9 ** t for t in range(36)], cost=60).value
/// 8.0
#[pyfunction]
#[pyo3(signature = (margin, survival, cost, discount_rate=0.0, margin_error=0.0, survival_errors=None, draws=2000, seed=0,
    level=0.95))]
#[allow(clippy::too_many_arguments)] // keyword arguments of Python
pub(crate) fn payback(
    margin: &Bound<'_, PyAny>,
    survival: &Bound<'_, PyAny>,
    cost: Number,
    discount_rate: f64,
    margin_error: f64,
    survival_errors: Option<&Bound<'_, PyAny>>,
    draws: usize,
    seed: u64,
    level: f64,
) -> PyResult<QuantileEstimate> {
    let survival = floats("survival", survival)?;
    let survival = survival.as_slice()?;
    let margin = match margin.extract::<f64>() {
        Ok(every) => vec![every; survival.len()],
        Err(_) => floats("margin", margin)?.as_slice()?.to_vec(),
    };
    let mut payback = Payback::new(&margin, survival, cost).discount_rate(discount_rate).margin_error(margin_error);
    if let Some(errors) = survival_errors {
        payback = payback.survival_errors(floats("survival_errors", errors)?.as_slice()?);
    }
    payback.periods(&draw_options(draws, seed, level)).or_raise().map(Into::into)
}

/// The change of customer equity between two dates, as a :class:`Table` with ``part, customers, amount``; see :func:`value_bridge`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> bridge = cpm.portfolio.value_bridge([100, 50], [120, 5], [126, 5], acquired=[0, 0], purchased=[1, 0], lost=[0, 1])
/// >>> bridge["amount"], bridge.change
/// (array([150.,   0.,  20.,   0., -45.,   6., 131.]), -19.0)
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct ValueBridge {
    pub(super) inner: CoreBridge,
}

impl ValueBridge {
    pub(super) fn bound(py: Python<'_>, inner: CoreBridge) -> PyResult<Bound<'_, Self>> {
        let table = Table::from(inner.to_table().or_raise()?);
        Bound::new(py, PyClassInitializer::from(table).add_subclass(Self { inner }))
    }
}

#[pymethods]
impl ValueBridge {
    /// Customer equity at the second date less that at the first.
    #[getter]
    fn change(&self) -> f64 {
        self.inner.end.amount - self.inner.start.amount
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Splits the change of customer equity between two dates: acquisition, purchases made, changed expectations, loss, model refit.
///
/// One row per customer of either date. The parts from ``start`` to ``refit`` sum to ``end``: what customers did is
/// measured under one and the same model, and what the second model sees otherwise is kept apart as ``refit``.
///
/// Parameters
/// ----------
/// before : array-like
///     Value at the first date, by the model of the first date; 0 for customers acquired since.
/// after_same_model : array-like
///     Value at the second date, still by the model of the first date.
/// after : array-like
///     Value at the second date, by the model of the second date.
/// acquired, purchased, lost : array-like of bool
///     Acquired since the first date, bought since then, taken for lost at the second date. A customer of the first date
///     counts as lost, else as purchases, else as expectations.
///
/// Returns
/// -------
/// ValueBridge
///
/// Examples
/// --------
/// >>> import cpm
/// >>> bridge = cpm.portfolio.value_bridge(
/// ...     [100, 80, 50, 0], [120, 60, 5, 40], [126, 63, 5, 42],
/// ...     acquired=[0, 0, 0, 1], purchased=[1, 0, 0, 1], lost=[0, 0, 1, 0])
/// >>> dict(zip(bridge["part"], bridge["amount"].tolist()))["refit"]
/// 11.0
#[pyfunction]
pub(crate) fn value_bridge<'py>(
    py: Python<'py>,
    before: &Bound<'py, PyAny>,
    after_same_model: &Bound<'py, PyAny>,
    after: &Bound<'py, PyAny>,
    acquired: &Bound<'py, PyAny>,
    purchased: &Bound<'py, PyAny>,
    lost: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, ValueBridge>> {
    let (before, same) = (floats("before", before)?, floats("after_same_model", after_same_model)?);
    let after = floats("after", after)?;
    let (acquired, purchased) = (flags("acquired", acquired)?, flags("purchased", purchased)?);
    let lost = flags("lost", lost)?;
    let columns = ValueColumns {
        before: before.as_slice()?,
        after_same_model: same.as_slice()?,
        after: after.as_slice()?,
        acquired: &acquired,
        purchased: &purchased,
        lost: &lost,
    };
    ValueBridge::bound(py, py.detach(|| cpm_core::portfolio::value_bridge(&columns)).or_raise()?)
}
