//! `cpm.CustomerSummary` and `cpm.Holdout`.

use std::collections::BTreeMap;

use cpm_core::summary::SummaryQuality as CoreSummaryQuality;
use numpy::PyArray1;
use numpy::datetime::{Datetime, units};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::arrays::{customer_ids, floats, ids_to_python};
use crate::dates::to_seconds;
use crate::error::OrRaise;
use crate::table::{Table, escape, html};

/// One row per customer: the only thing that the models see.
///
/// Parameters
/// ----------
/// frequency : array-like
///     Number of repeat purchases: purchases after the first one. Whole numbers.
/// recency : array-like
///     Time from the first to the last purchase, 0 without a repeat purchase. (RFM scoring calls something else
///     recency, the days since the last purchase: see :attr:`days_since_last`.)
/// T : array-like
///     Time from the first purchase to the end of observation.
/// monetary_value : array-like, optional
///     Mean amount of the repeat purchases, 0 where there are none.
/// customer_id : array-like of int or str, optional
///     Each once. Default: 0, 1, 2, …
/// time_unit : {"day", "week", "month", "year"}
///     The unit of ``recency`` and ``T``.
/// covariates : table, optional
///     Attributes of the customers: see :meth:`with_covariates`.
/// ln_gaps : array-like, optional
///     Sum over the repeat purchases of ln of the time since the purchase before, for models of regular purchases.
///
/// Lists, NumPy arrays of any numeric type, and pandas, Polars or PyArrow columns will do.
///
/// Raises
/// ------
/// DataError
///     Naming column, row (from 0) and value, where a frequency is negative, fractional or above 10^6, a time is
///     negative, infinite or NaN, T is above 10^5, recency exceeds T, or recency is positive without a repeat purchase.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.CustomerSummary(
/// ...     frequency=[2, 0], recency=[30.4, 0], T=[38.9, 38.9], monetary_value=[22.35, 0], customer_id=["ann", "bob"]
/// ... )
/// >>> len(customers), customers.customer_id
/// (2, ['ann', 'bob'])
#[pyclass(module = "cpm", frozen)]
pub(crate) struct CustomerSummary {
    pub(crate) inner: cpm_core::CustomerSummary,
}

impl From<cpm_core::CustomerSummary> for CustomerSummary {
    fn from(inner: cpm_core::CustomerSummary) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl CustomerSummary {
    #[new]
    #[pyo3(signature = (frequency, recency, T, monetary_value=None, customer_id=None, time_unit="week", covariates=None, ln_gaps=None))]
    #[expect(non_snake_case, reason = "T is the field's name")]
    #[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
    fn new(
        frequency: &Bound<'_, PyAny>,
        recency: &Bound<'_, PyAny>,
        T: &Bound<'_, PyAny>,
        monetary_value: Option<&Bound<'_, PyAny>>,
        customer_id: Option<&Bound<'_, PyAny>>,
        time_unit: &str,
        covariates: Option<&Bound<'_, PyAny>>,
        ln_gaps: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (x, t_x, t) = (floats("frequency", frequency)?, floats("recency", recency)?, floats("T", T)?);
        let unit = time_unit.parse().or_raise()?;
        let mut inner =
            cpm_core::CustomerSummary::new(x.as_slice()?, t_x.as_slice()?, t.as_slice()?, unit).or_raise()?;
        if let Some(values) = monetary_value {
            inner = inner.with_monetary_value(floats("monetary_value", values)?.as_slice()?).or_raise()?;
        }
        if let Some(ids) = customer_id {
            inner = inner.with_customer_ids(customer_ids(ids)?).or_raise()?;
        }
        if let Some(table) = covariates {
            inner = inner.with_covariates(crate::covariates::covariates(table, None)?).or_raise()?;
        }
        if let Some(values) = ln_gaps {
            inner = inner.with_ln_gaps(floats("ln_gaps", values)?.as_slice()?.to_vec()).or_raise()?;
        }
        Ok(Self { inner })
    }

    /// The same customers with attributes, for models with covariates (:class:`CovariateModel`).
    ///
    /// Parameters
    /// ----------
    /// table : table
    ///     One row per customer, in the order of the summary: a pandas, Polars or PyArrow table or a dict of columns.
    ///     Numbers are taken as they are; text is a category.
    /// columns : list of str, optional
    ///     The columns to take; all by default.
    ///
    /// Returns
    /// -------
    /// CustomerSummary
    ///
    /// Raises
    /// ------
    /// DataError
    ///     Naming the column and the row of what is missing, or if there is not one row per customer.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> customers = cpm.CustomerSummary(frequency=[2, 0], recency=[30.4, 0], T=[38.9, 38.9])
    /// >>> customers.with_covariates({"channel": ["web", "shop"], "age": [31, 54]}).covariates
    /// ['channel', 'age']
    #[pyo3(signature = (table, columns=None))]
    fn with_covariates(&self, table: &Bound<'_, PyAny>, columns: Option<Vec<String>>) -> PyResult<Self> {
        let covariates = crate::covariates::covariates(table, columns.as_deref())?;
        Ok(Self { inner: self.inner.clone().with_covariates(covariates).or_raise()? })
    }

    /// The same customers with the attributes that they have in another summary, found by their ids.
    ///
    /// Parameters
    /// ----------
    /// other : CustomerSummary
    ///     With covariates and with all these customers: that of the whole log, say.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> log = cpm.datasets.cdnow()
    /// >>> everybody = log.summarize()
    /// >>> everybody = everybody.with_covariates({"first_amount": everybody.first_amount})
    /// >>> calibration, _ = log.split(calibration_end="1997-09-30")
    /// >>> calibration.with_covariates_of(everybody).covariates
    /// ['first_amount']
    fn with_covariates_of(&self, py: Python<'_>, other: &Self) -> PyResult<Self> {
        let (own, other) = (&self.inner, &other.inner);
        Ok(Self { inner: py.detach(|| own.clone().with_covariates_of(other)).or_raise()? })
    }

    /// Names of the covariates; None if there are none.
    #[getter]
    fn covariates(&self) -> Option<Vec<String>> {
        self.inner.covariates().map(|c| c.names().map(str::to_owned).collect())
    }

    /// For each customer the sum over the repeat purchases of ln of the time since the purchase before; None if unknown.
    #[getter]
    fn ln_gaps<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        self.inner.ln_gaps().map(|values| PyArray1::from_slice(py, values))
    }

    /// Number of repeat purchases, x.
    #[getter]
    fn frequency<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.inner.frequency())
    }

    /// Time from the first to the last purchase, t_x, in time units.
    #[getter]
    fn recency<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.inner.recency())
    }

    /// Time from the first purchase to the end of observation, in time units.
    #[getter(T)]
    fn t<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.inner.T())
    }

    /// Mean amount of the repeat purchases; None if the summary has no amounts.
    #[getter]
    fn monetary_value<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        self.inner.monetary_value().map(|values| PyArray1::from_slice(py, values))
    }

    /// The customers' ids: a list of str, or an array of int64.
    #[getter]
    fn customer_id<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        ids_to_python(py, self.inner.customer_ids())
    }

    /// Days from the last purchase to the end of observation: what RFM scoring calls recency.
    #[getter]
    fn days_since_last<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_vec(py, self.inner.days_since_last())
    }

    /// Time of the first purchase; None if the summary was not made from a log.
    #[getter]
    fn first_purchase<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<Datetime<units::Seconds>>>> {
        self.inner.first_purchase().map(|times| to_seconds(py, times))
    }

    /// Time of the last purchase; None if the summary was not made from a log.
    #[getter]
    fn last_purchase<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<Datetime<units::Seconds>>>> {
        self.inner.last_purchase().map(|times| to_seconds(py, times))
    }

    /// Amount of the first purchase; None if the summary was not made from a log.
    #[getter]
    fn first_amount<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        self.inner.first_amount().map(|values| PyArray1::from_slice(py, values))
    }

    /// Sum of all purchases, the first one included; None if the summary was not made from a log.
    #[getter]
    fn total_amount<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        self.inner.total_amount().map(|values| PyArray1::from_slice(py, values))
    }

    /// Distinct orders; None if the log has no order ids.
    #[getter]
    fn orders<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<i64>>> {
        self.inner.orders().map(|orders| PyArray1::from_iter(py, orders.iter().map(|&n| n as i64)))
    }

    /// Sum of amounts less costs of all purchases, NaN where a cost is not known; None if the log has no costs.
    #[getter]
    fn total_profit<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        self.inner.total_profit().map(|profits| optional(py, profits))
    }

    /// Mean profit of the repeat purchases, 0 where there are none, NaN where a cost is not known; None if the log has no
    /// costs.
    #[getter]
    fn mean_profit<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<f64>>> {
        self.inner.mean_profit().map(|profits| optional(py, profits))
    }

    /// Attributes of the customers by name, as of the end of observation; None where a value is not known.
    #[getter]
    fn attributes(&self) -> BTreeMap<String, Vec<Option<String>>> {
        let owned = |values: Vec<Option<&str>>| values.into_iter().map(|v| v.map(str::to_owned)).collect();
        let names = self.inner.attribute_names().into_iter();
        names.filter_map(|name| Some((name.to_owned(), owned(self.inner.attribute(name)?)))).collect()
    }

    /// The unit of recency and T.
    #[getter]
    fn time_unit(&self) -> &'static str {
        self.inner.time_unit().name()
    }

    /// What became of the log's rows; None if the summary was not made from a log.
    #[getter]
    fn quality(&self) -> Option<SummaryQuality> {
        self.inner.quality().map(|quality| SummaryQuality { inner: quality.clone() })
    }

    /// All columns, beside the customer's id.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``customer_id, frequency, recency, T``, then what is known of ``monetary_value, first_purchase, last_purchase,
    ///     first_amount, total_amount, days_since_last, ln_gaps, orders, total_profit, mean_profit`` and the
    ///     customers' attributes.
    fn to_table(&self, py: Python<'_>) -> PyResult<Table> {
        py.detach(|| self.inner.to_table()).or_raise().map(Into::into)
    }

    fn __len__(&self) -> usize {
        self.inner.len()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let inner = &slf.get().inner;
        let bytes = slf.py().detach(|| inner.to_bytes()).or_raise()?;
        Ok((slf.get_type().getattr("_from_bytes")?, (PyBytes::new(slf.py(), &bytes),)))
    }

    /// For pickling.
    #[staticmethod]
    fn _from_bytes(py: Python<'_>, state: &[u8]) -> PyResult<Self> {
        py.detach(|| cpm_core::CustomerSummary::from_bytes(state)).or_raise().map(Into::into)
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        let table = py.detach(|| self.inner.to_table()).or_raise()?;
        Ok(format!("<p>{}</p>{}", escape(&self.__repr__()), html(&table)))
    }

    fn __repr__(&self) -> String {
        let repeat = self.inner.frequency().iter().filter(|&&x| x > 0.0).count();
        let unit = self.inner.time_unit().name();
        let money = if self.inner.monetary_value().is_some() { "with" } else { "without" };
        let n = self.inner.len();
        format!(
            "CustomerSummary({n} customers, {repeat} with repeat purchases, recency and T in {unit}s, {money} monetary value)"
        )
    }
}

fn optional(py: Python<'_>, values: Vec<Option<f64>>) -> Bound<'_, PyArray1<f64>> {
    PyArray1::from_iter(py, values.into_iter().map(|v| v.unwrap_or(f64::NAN)))
}

/// What became of the log's rows on the way to the summary; prints well.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> quality = cpm.datasets.cdnow().summarize(as_of="1997-09-30").quality
/// >>> quality.rows, quality.rows_after_as_of, quality.rows_merged
/// (6919, 1959, 146)
#[pyclass(module = "cpm", frozen)]
pub(crate) struct SummaryQuality {
    inner: CoreSummaryQuality,
}

#[pymethods]
impl SummaryQuality {
    /// End of observation, in ISO form.
    #[getter]
    fn as_of(&self) -> String {
        self.inner.as_of.to_string()
    }

    /// Whether the caller named it; otherwise it is the last time in the log.
    #[getter]
    fn as_of_given(&self) -> bool {
        self.inner.as_of_given
    }

    /// Rows of the log.
    #[getter]
    fn rows(&self) -> u64 {
        self.inner.rows
    }

    /// Rows after the end of observation, left out.
    #[getter]
    fn rows_after_as_of(&self) -> u64 {
        self.inner.rows_after_as_of
    }

    /// Rows that joined an earlier row of their merging period.
    #[getter]
    fn rows_merged(&self) -> u64 {
        self.inner.rows_merged
    }

    /// Merging periods that returns brought to zero or below, not counted as purchases.
    #[getter]
    fn periods_cancelled(&self) -> u64 {
        self.inner.periods_cancelled
    }

    /// Customers whose first purchase is after the end of observation, left out.
    #[getter]
    fn customers_after_as_of(&self) -> u64 {
        self.inner.customers_after_as_of
    }

    /// Customers left without any purchase by returns, left out.
    #[getter]
    fn customers_cancelled(&self) -> u64 {
        self.inner.customers_cancelled
    }

    /// All attributes, of plain Python types.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(py);
        all.set_item("as_of", self.as_of())?;
        all.set_item("as_of_given", self.as_of_given())?;
        all.set_item("rows", self.rows())?;
        all.set_item("rows_after_as_of", self.rows_after_as_of())?;
        all.set_item("rows_merged", self.rows_merged())?;
        all.set_item("periods_cancelled", self.periods_cancelled())?;
        all.set_item("customers_after_as_of", self.customers_after_as_of())?;
        all.set_item("customers_cancelled", self.customers_cancelled())?;
        Ok(all)
    }

    fn __repr__(&self) -> String {
        self.inner.to_string()
    }
}

/// What the calibration customers did in the hold-out; see :meth:`TransactionLog.split`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> _, holdout = cpm.datasets.cdnow().split(calibration_end="1997-09-30")
/// >>> holdout
/// Holdout(2357 customers, 1882 purchases, 1997-09-30 23:59:59 to 1998-06-30 23:59:59)
#[pyclass(module = "cpm", frozen)]
pub(crate) struct Holdout {
    inner: cpm_core::Holdout,
}

impl From<cpm_core::Holdout> for Holdout {
    fn from(inner: cpm_core::Holdout) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Holdout {
    /// Purchases of each calibration customer.
    #[getter]
    fn purchases<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.inner.purchases)
    }

    /// Total amount of these purchases.
    #[getter]
    fn amount<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.inner.amount)
    }

    /// Length of the hold-out in time units.
    #[getter]
    fn duration(&self) -> f64 {
        self.inner.duration
    }

    /// Start of the hold-out, in ISO form.
    #[getter]
    fn start(&self) -> String {
        self.inner.start.to_string()
    }

    /// End of the hold-out, in ISO form.
    #[getter]
    fn end(&self) -> String {
        self.inner.end.to_string()
    }

    /// Customers whose first purchase lies in the hold-out: not part of either side.
    #[getter]
    fn customers_born_after(&self) -> u64 {
        self.inner.customers_born_after
    }

    /// Their purchases in the hold-out.
    #[getter]
    fn purchases_born_after(&self) -> u64 {
        self.inner.purchases_born_after
    }

    /// Rows after the end of calibration that belong to merging periods (or orders) begun before it: not part of either
    /// side. 0 where calibration ends with a period.
    #[getter]
    fn rows_between(&self) -> u64 {
        self.inner.rows_between
    }

    fn __len__(&self) -> usize {
        self.inner.purchases.len()
    }

    fn __repr__(&self) -> String {
        let h = &self.inner;
        let purchases: f64 = h.purchases.iter().sum();
        format!("Holdout({} customers, {purchases} purchases, {} to {})", h.purchases.len(), h.start, h.end)
    }
}
