//! The quality report of a log.

use std::collections::BTreeMap;

use cpm_core::QualityReport as CoreQualityReport;
use cpm_core::transactions::{RowIssue as CoreRowIssue, RowPlace};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::OrRaise;
use crate::table::{Table, escape};

/// What became of the rows of a log; prints well.
///
/// ``rows_read == rows_kept + rows_excluded`` always holds.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> quality = cpm.datasets.cdnow().quality
/// >>> quality.rows_read, quality.rows_kept, quality.rows_excluded
/// (6919, 6919, 0)
/// >>> print(quality)  # doctest: +ELLIPSIS
/// Transaction log: CDNOW, the papers' 1/10 sample
///   rows read                  6919
/// ...
#[pyclass(module = "cpm", frozen)]
pub(crate) struct QualityReport {
    inner: CoreQualityReport,
}

impl From<CoreQualityReport> for QualityReport {
    fn from(inner: CoreQualityReport) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl QualityReport {
    /// The files or tables that were read.
    #[getter]
    fn origins(&self) -> Vec<String> {
        self.inner.origins.clone()
    }

    /// Rows read.
    #[getter]
    fn rows_read(&self) -> u64 {
        self.inner.rows_read
    }

    /// Rows kept in the log.
    #[getter]
    fn rows_kept(&self) -> u64 {
        self.inner.rows_kept
    }

    /// Rows left out, whatever the reason.
    #[getter]
    fn rows_excluded(&self) -> u64 {
        self.inner.rows_excluded()
    }

    /// Rows left out, by reason.
    #[getter]
    fn excluded<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = PyDict::new(py);
        for (reason, count) in &self.inner.excluded {
            counts.set_item(reason.label(), count)?;
        }
        Ok(counts)
    }

    /// The first rows that were left out.
    #[getter]
    fn examples(&self) -> Vec<RowIssue> {
        self.inner.examples.iter().cloned().map(|inner| RowIssue { inner }).collect()
    }

    /// Kept rows that share customer and day with an earlier row: ``merge_within="day"`` makes them one purchase.
    #[getter]
    fn rows_sharing_a_day(&self) -> u64 {
        self.inner.rows_sharing_a_day
    }

    /// Kept rows whose amount is zero.
    #[getter]
    fn zero_amounts(&self) -> u64 {
        self.inner.zero_amounts
    }

    /// Kept rows whose amount is negative: returns that will net.
    #[getter]
    fn negative_amounts(&self) -> u64 {
        self.inner.negative_amounts
    }

    /// Distinct customers.
    #[getter]
    fn customers(&self) -> u64 {
        self.inner.customers
    }

    /// Customers with purchases on one day only.
    #[getter]
    fn one_time_buyers(&self) -> u64 {
        self.inner.one_time_buyers
    }

    /// First and last time in the log, in ISO form.
    #[getter]
    fn period(&self) -> Option<(String, String)> {
        self.inner.period.map(|(first, last)| (first.to_string(), last.to_string()))
    }

    /// Sum of the kept amounts.
    #[getter]
    fn total_amount(&self) -> f64 {
        self.inner.total_amount
    }

    /// Share of the customers who have purchases on one day only.
    #[getter]
    fn one_time_share(&self) -> f64 {
        self.inner.one_time_share()
    }

    /// Days between the first and the last time on which no row was kept.
    #[getter]
    fn days_without_rows(&self) -> u64 {
        self.inner.days_without_rows
    }

    /// First and last day of the longest run of such days, in ISO form; None if there is none.
    #[getter]
    fn longest_gap(&self) -> Option<(String, String)> {
        self.inner.longest_gap.map(|(first, last)| (first.date_string(), last.date_string()))
    }

    /// Kept rows with an amount far above the others; None unless ``flag_outliers`` asked for them.
    #[getter]
    fn outliers(&self) -> Option<u64> {
        self.inner.outliers.map(|o| o.rows)
    }

    /// Above which amount rows count as outliers; None unless ``flag_outliers`` asked for them.
    #[getter]
    fn outliers_above(&self) -> Option<f64> {
        self.inner.outliers.map(|o| o.above)
    }

    /// Kept rows whose customer was found under an alias.
    #[getter]
    fn alias_rows(&self) -> u64 {
        self.inner.alias_rows
    }

    /// Distinct aliases found in rows.
    #[getter]
    fn aliases_found(&self) -> u64 {
        self.inner.aliases_found
    }

    /// Kept rows by currency; empty if no column of currencies is named.
    #[getter]
    fn currencies(&self) -> BTreeMap<String, u64> {
        self.inner.currencies.clone()
    }

    /// Kept rows without a cost, if a column of costs is named.
    #[getter]
    fn rows_without_cost(&self) -> u64 {
        self.inner.rows_without_cost
    }

    /// What became of the rows.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``outcome, reason, rows, share, explanation``. The rows with outcome ``"kept"``, ``"merged"`` and ``"excluded"``
    ///     add up to the rows read; those with outcome ``"flagged"`` are among the kept and merged ones.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> table = cpm.datasets.cdnow().quality.to_table()
    /// >>> list(zip(table["outcome"], table["reason"], table["rows"].tolist()))
    /// [('kept', '', 6696), ('merged', 'same customer and day', 223), ('flagged', 'amount of zero', 8), ('flagged', 'return', 0)]
    fn to_table(&self) -> PyResult<Table> {
        self.inner.to_table().or_raise().map(Into::into)
    }

    /// All attributes, of plain Python types.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(py);
        all.set_item("origins", self.origins())?;
        all.set_item("rows_read", self.rows_read())?;
        all.set_item("rows_kept", self.rows_kept())?;
        all.set_item("rows_excluded", self.rows_excluded())?;
        all.set_item("excluded", self.excluded(py)?)?;
        let examples = self.examples().iter().map(|issue| issue.to_dict(py)).collect::<PyResult<Vec<_>>>()?;
        all.set_item("examples", examples)?;
        all.set_item("rows_sharing_a_day", self.rows_sharing_a_day())?;
        all.set_item("zero_amounts", self.zero_amounts())?;
        all.set_item("negative_amounts", self.negative_amounts())?;
        all.set_item("customers", self.customers())?;
        all.set_item("one_time_buyers", self.one_time_buyers())?;
        all.set_item("period", self.period())?;
        all.set_item("total_amount", self.total_amount())?;
        all.set_item("one_time_share", self.one_time_share())?;
        all.set_item("days_without_rows", self.days_without_rows())?;
        all.set_item("longest_gap", self.longest_gap())?;
        all.set_item("outliers", self.outliers())?;
        all.set_item("outliers_above", self.outliers_above())?;
        all.set_item("alias_rows", self.alias_rows())?;
        all.set_item("aliases_found", self.aliases_found())?;
        all.set_item("currencies", self.currencies())?;
        all.set_item("rows_without_cost", self.rows_without_cost())?;
        Ok(all)
    }

    fn __repr__(&self) -> String {
        self.inner.to_string()
    }

    fn _repr_html_(&self) -> String {
        format!("<pre>{}</pre>", escape(&self.inner.to_string()))
    }
}

/// One row that was left out.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> orders = {"id": ["ann", "bob"], "day": ["2024-03-01", "01/03/2024"], "value": [20.0, 30.0]}
/// >>> log = cpm.TransactionLog.from_table(orders, customer="id", date="day", amount="value", on_error="exclude")
/// >>> issue = log.quality.examples[0]
/// >>> issue.row, issue.column, issue.value, issue.reason
/// (1, 'day', '01/03/2024', 'ambiguous date')
#[pyclass(module = "cpm", frozen)]
pub(crate) struct RowIssue {
    inner: CoreRowIssue,
}

#[pymethods]
impl RowIssue {
    /// The file or table.
    #[getter]
    fn origin(&self) -> &str {
        &self.inner.origin
    }

    /// Line of a text file, counted from 1 with the header; None for a table.
    #[getter]
    fn line(&self) -> Option<u64> {
        match self.inner.place {
            RowPlace::Line(line) => Some(line),
            RowPlace::Row(_) => None,
        }
    }

    /// Row of a table or a Parquet file, counted from 0: what ``frame.iloc`` takes; None for a text file.
    #[getter]
    fn row(&self) -> Option<u64> {
        match self.inner.place {
            RowPlace::Row(row) => Some(row),
            RowPlace::Line(_) => None,
        }
    }

    /// The column at fault; None if it is the whole row.
    #[getter]
    fn column(&self) -> Option<&str> {
        Some(self.inner.column.as_str()).filter(|c| !c.is_empty())
    }

    /// The value as it stands there, shortened.
    #[getter]
    fn value(&self) -> &str {
        &self.inner.value
    }

    /// What is wrong with it, as in :attr:`QualityReport.excluded`.
    #[getter]
    fn reason(&self) -> &'static str {
        self.inner.reason.label()
    }

    /// All attributes.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let all = PyDict::new(py);
        all.set_item("origin", self.origin())?;
        all.set_item("line", self.line())?;
        all.set_item("row", self.row())?;
        all.set_item("column", self.column())?;
        all.set_item("value", self.value())?;
        all.set_item("reason", self.reason())?;
        Ok(all)
    }

    fn __repr__(&self) -> String {
        self.inner.to_string()
    }
}
