//! `cpm.SummaryBuilder`: a summary from pieces.

use std::collections::BTreeMap;

use cpm_core::SummaryBuilder as Builder;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrow_input;
use crate::error::OrRaise;
use crate::summary::CustomerSummary;
use crate::transactions::{
    ColumnName, CsvKeywords, ReadKeywords, TransactionLog, expand, read_options, summary_options,
};

/// Builds a :class:`CustomerSummary` piece by piece, from more rows than fit into memory or from several places.
///
/// Rows of one customer and period are brought together as they come, so that memory grows with purchases and not with
/// rows, unless orders, costs, products, channels, attributes or duplicates are asked for. The result is that of :meth:`TransactionLog.summarize`, whatever the order of rows, pieces and merges: counts
/// and times exactly, sums of money to the last few bits.
///
/// Parameters
/// ----------
/// customer, date, amount
///     As in :meth:`TransactionLog.read`, as are all other keywords but these:
/// as_of, time_unit, merge_within
///     As in :meth:`TransactionLog.summarize`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> columns = {"customer": "id", "date": "day", "amount": "value"}
/// >>> january, february = cpm.SummaryBuilder(**columns), cpm.SummaryBuilder(**columns)
/// >>> january.add_table({"id": ["ann", "bob"], "day": ["2024-01-20", "2024-01-30"], "value": [20.0, 5.0]})
/// >>> february.add_table({"id": ["ann"], "day": ["2024-02-10"], "value": [30.0]})
/// >>> january.merge(february)
/// >>> customers = january.finish()
/// >>> customers.customer_id, customers.frequency, customers.recency
/// (['ann', 'bob'], array([1., 0.]), array([3., 0.]))
#[pyclass(module = "cpm")]
pub(crate) struct SummaryBuilder {
    inner: Builder,
    columns: Vec<String>,
}

#[pymethods]
impl SummaryBuilder {
    #[new]
    #[pyo3(signature = (
        customer, date, amount=None, *, as_of=None, time_unit="week", merge_within="day", order=None, quantity=None, unit_price=None, cost=None,
        currency=None, exchange_rates=None, product=None, channel=None, attributes=None, aliases=None, start=None, end=None,
        date_format=None, time_zone=None, on_error="raise", returns="error", zero_amounts="keep", duplicates="keep",
        flag_outliers=None, delimiter=',', decimal='.', quote='"', header=true, encoding="utf-8"
    ))]
    #[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
    fn new(
        customer: ColumnName,
        date: ColumnName,
        amount: Option<ColumnName>,
        as_of: Option<&Bound<'_, PyAny>>,
        time_unit: &str,
        merge_within: &str,
        order: Option<ColumnName>,
        quantity: Option<ColumnName>,
        unit_price: Option<ColumnName>,
        cost: Option<ColumnName>,
        currency: Option<ColumnName>,
        exchange_rates: Option<BTreeMap<String, f64>>,
        product: Option<ColumnName>,
        channel: Option<ColumnName>,
        attributes: Option<Vec<ColumnName>>,
        aliases: Option<&Bound<'_, PyDict>>,
        start: Option<&Bound<'_, PyAny>>,
        end: Option<&Bound<'_, PyAny>>,
        date_format: Option<&str>,
        time_zone: Option<&str>,
        on_error: &str,
        returns: &str,
        zero_amounts: &str,
        duplicates: &str,
        flag_outliers: Option<f64>,
        delimiter: char,
        decimal: char,
        quote: Option<char>,
        header: bool,
        encoding: &str,
    ) -> PyResult<Self> {
        let (read, columns) = read_options(ReadKeywords {
            customer,
            date,
            amount,
            order,
            quantity,
            unit_price,
            cost,
            currency,
            exchange_rates,
            product,
            channel,
            attributes,
            aliases,
            start,
            end,
            date_format,
            time_zone,
            on_error,
            returns,
            zero_amounts,
            duplicates,
            flag_outliers,
            csv: CsvKeywords { delimiter, decimal, quote, header, encoding },
        })?;
        let inner = Builder::new(read, summary_options(as_of, time_unit, merge_within)?);
        Ok(Self { inner, columns })
    }

    /// Adds the rows of one or several files; see :meth:`TransactionLog.read`.
    ///
    /// A file that cannot be read to its end adds nothing. Rows that cannot be used are reported by :meth:`finish`.
    ///
    /// Parameters
    /// ----------
    /// paths : str, os.PathLike, or a list of them
    fn read(&mut self, py: Python<'_>, paths: &Bound<'_, PyAny>) -> PyResult<()> {
        let paths = expand(paths)?;
        py.detach(|| paths.into_iter().try_for_each(|path| self.inner.read(path))).or_raise()
    }

    /// Adds the rows of a table; see :meth:`TransactionLog.from_table`. Of a stream no more than a batch at a time is in
    /// memory.
    ///
    /// Parameters
    /// ----------
    /// table : any table that speaks Arrow, or a dict of columns
    fn add_table(&mut self, py: Python<'_>, table: &Bound<'_, PyAny>) -> PyResult<()> {
        let (reader, origin) = arrow_input::open(table, &self.columns)?;
        let inner = &mut self.inner;
        py.detach(|| inner.read_batches(reader, &origin)).or_raise()
    }

    /// Adds all that another builder has; the other stays as it is.
    ///
    /// Parameters
    /// ----------
    /// other : SummaryBuilder
    ///     Made with the same arguments.
    fn merge(&mut self, py: Python<'_>, other: &Self) -> PyResult<()> {
        let (inner, other) = (&mut self.inner, &other.inner);
        py.detach(|| inner.merge(other.clone())).or_raise()
    }

    /// The summary of all rows so far; more may follow.
    ///
    /// Returns
    /// -------
    /// CustomerSummary
    ///
    /// Raises
    /// ------
    /// DataError
    ///     If no purchase is left, or for rows that cannot be used, unless ``on_error="exclude"``.
    fn finish(&self, py: Python<'_>) -> PyResult<CustomerSummary> {
        py.detach(|| self.inner.clone().finish()).or_raise().map(Into::into)
    }

    /// The log of merged purchases, for all that :class:`TransactionLog` offers; more rows may follow.
    ///
    /// Returns
    /// -------
    /// TransactionLog
    fn finish_log(&self, py: Python<'_>) -> PyResult<TransactionLog> {
        py.detach(|| self.inner.clone().finish_log()).or_raise().map(Into::into)
    }
}
