//! Retention and growth between two periods.

use cpm_core::portfolio::{CohortMeasure, CohortOptions, CohortOrders, GrowthBridge as Core};
use pyo3::prelude::*;

use super::inputs::timestamps;
use crate::argument::Argument;
use crate::arrays::{customer_ids, flags, floats};
use crate::clv::Estimate;
use crate::dates::optional_iso_text;
use crate::error::OrRaise;
use crate::survival::choice;
use crate::table::Table;
use crate::transactions::TransactionLog;

/// Change of revenue between two periods, as a :class:`Table` with ``part, customers, amount``; see :func:`growth_bridge`.
///
/// The amounts of contracted and lost customers are negative: those from ``start`` to ``lost`` sum to ``end``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> bridge = cpm.portfolio.growth_bridge([100, 50, 80], [120, 20, 0])
/// >>> bridge["amount"]
/// array([230.,   0.,   0.,  20., -30., -80., 140.])
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct GrowthBridge {
    pub(super) inner: Core,
}

impl GrowthBridge {
    pub(super) fn bound(py: Python<'_>, inner: Core) -> PyResult<Bound<'_, Self>> {
        let table = Table::from(inner.to_table().or_raise()?);
        Bound::new(py, PyClassInitializer::from(table).add_subclass(Self { inner }))
    }
}

#[pymethods]
impl GrowthBridge {
    /// Gross revenue retention: (start - contracted - lost)/start.
    #[getter]
    fn gross_retention(&self) -> Option<Estimate> {
        self.inner.gross_retention.map(Into::into)
    }

    /// Net revenue retention: (start + expanded - contracted - lost)/start.
    #[getter]
    fn net_retention(&self) -> Option<Estimate> {
        self.inner.net_retention.map(Into::into)
    }

    /// (new + won back + expanded)/(contracted + lost).
    #[getter]
    fn quick_ratio(&self) -> Option<Estimate> {
        self.inner.quick_ratio.map(Into::into)
    }

    /// Share of customers who are lost.
    #[getter]
    fn logo_churn(&self) -> Option<Estimate> {
        self.inner.logo_churn.map(Into::into)
    }

    /// Share of revenue that lost customers brought.
    #[getter]
    fn revenue_churn(&self) -> Option<Estimate> {
        self.inner.revenue_churn.map(Into::into)
    }

    /// Share of the dormant, who bought earlier but not in the first period, who came back.
    #[getter]
    fn reactivation(&self) -> Option<Estimate> {
        self.inner.reactivation.map(Into::into)
    }

    /// One row per rate: ``metric, value, low, high``.
    #[getter]
    fn rates(&self) -> PyResult<Table> {
        self.inner.rates_table().or_raise().map(Into::into)
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Bridge from the revenue of one period to that of the next: new, won back, expanded, contracted, lost.
///
/// Parameters
/// ----------
/// before, after : array-like
///     Revenue of each customer in two periods of equal length, 0 for none.
/// earlier : array-like of bool, optional
///     Who had bought before the first period: they are won back, not new. Default: nobody.
/// level : float
///     Probability that an interval holds. Intervals take the customers as a sample.
///
/// Returns
/// -------
/// GrowthBridge
///     With gross and net revenue retention, quick ratio, churn of customers (logo) and of revenue, and reactivation, None
///     where there is nothing to divide by.
///
/// Raises
/// ------
/// DataError
///     For columns of different lengths, revenue that is negative or missing, or none in either period.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> bridge = cpm.portfolio.growth_bridge([100, 50, 80, 0, 0], [120, 20, 0, 60, 10], earlier=[1, 1, 1, 0, 1])
/// >>> round(bridge.net_retention.value, 4), round(bridge.gross_retention.value, 4)
/// (0.6087, 0.5217)
#[pyfunction]
#[pyo3(signature = (before, after, earlier=None, level=0.95))]
pub(crate) fn growth_bridge<'py>(
    py: Python<'py>,
    before: &Bound<'py, PyAny>,
    after: &Bound<'py, PyAny>,
    earlier: Option<&Bound<'py, PyAny>>,
    level: f64,
) -> PyResult<Bound<'py, GrowthBridge>> {
    let (before, after) = (floats("before", before)?, floats("after", after)?);
    let (before, after) = (before.as_slice()?, after.as_slice()?);
    let earlier = earlier.map(|e| flags("earlier", e)).transpose()?;
    let inner =
        py.detach(|| cpm_core::portfolio::growth_bridge(before, after, earlier.as_deref(), level)).or_raise()?;
    GrowthBridge::bound(py, inner)
}

/// New, won back, expanded, contracted and lost revenue of each calendar period, with retention and churn.
///
/// Parameters
/// ----------
/// log : TransactionLog
/// period : {"week", "month", "quarter"}
/// as_of : date, optional
///     The end of observation. Default: the last day in the log.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// Table
///     One row per period from the second on: the parts of the bridge from the period before, their customers, and each rate with
///     its interval.
///
/// Raises
/// ------
/// FitError
///     If the log covers a single period.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> growth = cpm.portfolio.growth_by_period(cpm.datasets.cdnow(), period="quarter")
/// >>> growth["period"], growth["new_customers"]
/// (['1997-Q2', '1997-Q3', '1997-Q4', '1998-Q1', '1998-Q2'], array([0, 0, 0, 0, 0]))
#[pyfunction]
#[pyo3(signature = (log, period="month", as_of=None, level=0.95))]
pub(crate) fn growth_by_period(
    py: Python<'_>,
    log: Argument<'_, TransactionLog>,
    period: &str,
    as_of: Option<&Bound<'_, PyAny>>,
    level: f64,
) -> PyResult<Table> {
    let mut options = CohortOptions::new().period(period.parse().or_raise()?).level(level);
    if let Some(date) = optional_iso_text("as_of", as_of, log.inner.time_zone())? {
        options = options.as_of(&date).or_raise()?;
    }
    let series = py.detach(|| cpm_core::portfolio::growth_by_period(&log.inner, &options)).or_raise()?;
    series.to_table().or_raise().map(Into::into)
}

/// Customers, orders, revenue and profit of cohorts by age, as a :class:`Table`; see :func:`cohort_table`.
///
/// The columns are ``cohort, age, size, customers, retention, retention_low, retention_high, orders, orders_per_customer, revenue,
/// revenue_share``, with profit also ``profit, profit_share``, and ``partial``. Cells that were not observed have no row.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> table = cpm.portfolio.cohort_table([1, 1, 2], ["2026-01-05", "2026-02-20", "2026-02-01"], [10, 5, 8])
/// >>> table.wide("revenue").columns
/// ['cohort', 'size', '0', '1']
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct CohortActivityTable {
    pub(super) inner: cpm_core::portfolio::CohortActivityTable,
}

#[pymethods]
impl CohortActivityTable {
    /// One row per cohort, one column per age; NaN where nothing was observed.
    ///
    /// Parameters
    /// ----------
    /// measure : {"customers", "retention", "orders", "orders_per_customer", "revenue", "revenue_share", "profit", "profit_share"}
    ///     Shares are of the value at age 0.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``cohort, size, 0, 1, …``
    #[pyo3(signature = (measure="retention"))]
    fn wide(&self, measure: &str) -> PyResult<Table> {
        let measure = choice("measure", measure, &CohortMeasure::NAMES)?;
        self.inner.wide(measure).or_raise().map(Into::into)
    }

    /// Rows after the end of observation, left out.
    #[getter]
    fn rows_after_as_of(&self) -> u64 {
        self.inner.rows_after_as_of
    }

    /// End of observation, in ISO form.
    #[getter]
    fn as_of(&self) -> String {
        self.inner.as_of.to_string()
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Cohort table of orders given as plain columns, one row per order.
///
/// A cohort is the customers whose first order falls into one calendar period, and its age is counted in the same periods. Periods after
/// the end of observation are missing, not 0. For a :class:`TransactionLog` there is :func:`cohort_retention`.
///
/// Parameters
/// ----------
/// customer_id : array-like
/// date : array-like
///     Dates: ``datetime64``, or text in ISO form.
/// revenue : array-like
///     Of each order; negative for a return.
/// profit : array-like, optional
/// period : {"week", "month", "quarter"}
/// as_of : date, optional
///     The end of observation. Default: the last day.
/// level : float
///     Probability that an interval of retention holds.
///
/// Returns
/// -------
/// CohortActivityTable
///
/// Examples
/// --------
/// >>> import cpm
/// >>> table = cpm.portfolio.cohort_table([1, 1, 2], ["2026-01-05", "2026-02-20", "2026-02-01"], [10, 5, 8], profit=[3, 1, 2])
/// >>> table["cohort"], table["age"], table["revenue_share"]
/// (['2026-01', '2026-01', '2026-02'], array([0, 1, 0]), array([1. , 0.5, 1. ]))
#[pyfunction]
#[pyo3(signature = (customer_id, date, revenue, profit=None, period="month", as_of=None, level=0.95))]
#[allow(clippy::too_many_arguments)] // keyword arguments of Python
pub(crate) fn cohort_table<'py>(
    py: Python<'py>,
    customer_id: &Bound<'py, PyAny>,
    date: &Bound<'py, PyAny>,
    revenue: &Bound<'py, PyAny>,
    profit: Option<&Bound<'py, PyAny>>,
    period: &str,
    as_of: Option<&Bound<'py, PyAny>>,
    level: f64,
) -> PyResult<Bound<'py, CohortActivityTable>> {
    let mut options = CohortOptions::new().period(period.parse().or_raise()?).level(level);
    if let Some(date) = optional_iso_text("as_of", as_of, None)? {
        options = options.as_of(&date).or_raise()?;
    }
    let customers = customer_ids(customer_id)?;
    let times = timestamps("date", date)?;
    let revenue = floats("revenue", revenue)?;
    let profit = profit.map(|p| floats("profit", p)).transpose()?;
    let orders = CohortOrders {
        customers: &customers,
        times: &times,
        revenue: revenue.as_slice()?,
        profit: profit.as_ref().map(|p| p.as_slice()).transpose()?,
    };
    let inner = py.detach(|| cpm_core::portfolio::cohort_table(&orders, &options)).or_raise()?;
    let table = Table::from(inner.to_table().or_raise()?);
    Bound::new(py, PyClassInitializer::from(table).add_subclass(CohortActivityTable { inner }))
}
