//! `cpm.portfolio.activity_panel`.

use cpm_core::portfolio::{PanelFill, PanelOptions};
use pyo3::prelude::*;

use crate::argument::Argument;
use crate::arrays::{count, ids_to_python};
use crate::dates::optional_iso_text;
use crate::error::OrRaise;
use crate::table::Table;
use crate::transactions::TransactionLog;

/// Orders and revenue of each customer in each calendar period; see :func:`activity_panel`.
///
/// Periods without an order take no memory; they become rows only in a table that asks for them.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> panel = cpm.portfolio.activity_panel(cpm.datasets.cdnow())
/// >>> panel
/// ActivityPanel(2357 customers, 5460 active months, to 1998-06-30)
/// >>> panel.to_table().columns
/// ['customer_id', 'cohort', 'period', 'age', 'active', 'orders', 'revenue', 'partial']
#[pyclass(module = "cpm", frozen)]
pub(crate) struct ActivityPanel {
    inner: cpm_core::portfolio::ActivityPanel,
}

#[pymethods]
impl ActivityPanel {
    /// One row per customer and period.
    ///
    /// Parameters
    /// ----------
    /// dense : bool
    ///     Whether periods without an order, from the customer's first period to the last one observed, are rows too.
    /// start, stop : int, optional
    ///     Only the customers from and up to these places in :attr:`customer_id`, for going through a large panel piece by
    ///     piece. Default: all.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``customer_id``; ``cohort``, the customer's first period; ``period``; ``age`` in periods; ``active`` (1 or 0);
    ///     ``orders``; ``revenue``; ``partial`` (1 where observation ends within the period).
    ///
    /// Raises
    /// ------
    /// CpmError
    ///     If there are fewer customers.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> panel = cpm.portfolio.activity_panel(cpm.datasets.cdnow(), period="quarter")
    /// >>> table = panel.to_table(dense=True, start=0, stop=2)
    /// >>> list(zip(table["period"], table["orders"].tolist()))[:3]
    /// [('1997-Q1', 2), ('1997-Q2', 0), ('1997-Q3', 1)]
    #[pyo3(signature = (dense=false, start=0, stop=None))]
    fn to_table(&self, py: Python<'_>, dense: bool, start: i64, stop: Option<i64>) -> PyResult<Table> {
        let fill = if dense { PanelFill::Dense } else { PanelFill::Sparse };
        let start = count("start", start)? as usize;
        let stop = match stop {
            Some(stop) => count("stop", stop)? as usize,
            None => self.inner.customers(),
        };
        py.detach(|| self.inner.table(fill, start..stop)).or_raise().map(Into::into)
    }

    /// The customers' ids, in order: a list of str, or an array of int64.
    #[getter]
    fn customer_id<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        ids_to_python(py, self.inner.customer_ids())
    }

    /// Number of customers with an order.
    #[getter]
    fn customers(&self) -> usize {
        self.inner.customers()
    }

    /// Pairs of customer and period with at least one order: the rows of a table that is not dense.
    #[getter]
    fn active_periods(&self) -> usize {
        self.inner.active_periods()
    }

    /// The period of a row.
    #[getter]
    fn period(&self) -> String {
        self.inner.period.to_string()
    }

    /// End of observation, in ISO form.
    #[getter]
    fn as_of(&self) -> String {
        self.inner.as_of.to_string()
    }

    /// Rows of the log after the end of observation, left out.
    #[getter]
    fn rows_after_as_of(&self) -> u64 {
        self.inner.rows_after_as_of
    }

    /// Merging periods that returns brought to zero or below, not counted as orders.
    #[getter]
    fn periods_cancelled(&self) -> u64 {
        self.inner.periods_cancelled
    }

    /// Customers without an order up to the end of observation, left out.
    #[getter]
    fn customers_left_out(&self) -> u64 {
        self.inner.customers_left_out
    }

    fn __len__(&self) -> usize {
        self.inner.customers()
    }

    fn __repr__(&self) -> String {
        let panel = &self.inner;
        format!(
            "ActivityPanel({} customers, {} active {}s, to {})",
            panel.customers(),
            panel.active_periods(),
            panel.period,
            panel.as_of.date_string()
        )
    }
}

/// Orders and revenue of each customer in each calendar period.
///
/// A customer's periods begin with the one of the first order, which has age 0. For sums per cohort and age
/// there is :func:`cohort_retention`.
///
/// Parameters
/// ----------
/// log : TransactionLog
/// period : {"week", "month", "quarter"}
/// as_of : date, optional
///     The end of observation. Default: the last day in the log.
/// merge_within : {"nothing", "hour", "day", "week", "month", "order"}
///     The period within which rows of one customer are one order.
///
/// Returns
/// -------
/// ActivityPanel
///
/// Raises
/// ------
/// DataError
///     If no order is left.
/// CpmError
///     If an argument is outside its domain.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> orders = {"customer": ["ann", "ann", "ann"], "date": ["2024-01-05", "2024-01-20", "2024-03-02"], "amount": [20, 5, 30]}
/// >>> log = cpm.TransactionLog.from_table(orders, customer="customer", date="date", amount="amount")
/// >>> table = cpm.portfolio.activity_panel(log).to_table(dense=True)
/// >>> list(zip(table["period"], table["active"].tolist(), table["orders"].tolist(), table["revenue"].tolist()))
/// [('2024-01', 1, 2, 25.0), ('2024-02', 0, 0, 0.0), ('2024-03', 1, 1, 30.0)]
#[pyfunction]
#[pyo3(signature = (log, period="month", as_of=None, merge_within="day"))]
pub(crate) fn activity_panel(
    py: Python<'_>,
    log: Argument<'_, TransactionLog>,
    period: &str,
    as_of: Option<&Bound<'_, PyAny>>,
    merge_within: &str,
) -> PyResult<ActivityPanel> {
    let mut options =
        PanelOptions::new().period(period.parse().or_raise()?).merge_within(merge_within.parse().or_raise()?);
    if let Some(date) = optional_iso_text("as_of", as_of, log.inner.time_zone())? {
        options = options.as_of(&date).or_raise()?;
    }
    let inner = py.detach(|| cpm_core::portfolio::activity_panel(&log.inner, &options)).or_raise()?;
    Ok(ActivityPanel { inner })
}
