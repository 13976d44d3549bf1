//! `cpm.SummaryBuilder`: a summary from pieces.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cpm_core::{Error, SummaryBuilder as Builder};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::arrow_input;
use crate::dates::{optional_iso_text, today};
use crate::error::{OrRaise, exception};
use crate::summary::CustomerSummary;
use crate::transactions::{
    AliasPairs, ColumnName, ColumnNames, CsvKeywords, ReadKeywords, Reporter, TransactionLog, Zone, expand,
    read_options, summary_options,
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
/// >>> january
/// SummaryBuilder(2 customers, 3 rows)
/// >>> customers = january.finish()
/// >>> customers.customer_id, customers.frequency, customers.recency
/// (['ann', 'bob'], array([1., 0.]), array([3., 0.]))
///
/// What a builder has can be saved, so that tomorrow's rows need not wait for today's to be read again; a builder can be
/// pickled, too.
///
/// >>> import os, tempfile
/// >>> path = os.path.join(tempfile.mkdtemp(), "orders.state")
/// >>> january.save(path)
/// >>> later = cpm.SummaryBuilder.load(path)
/// >>> later.add_table({"id": ["bob"], "day": ["2024-03-01"], "value": [7.0]})
/// >>> later.finish().frequency
/// array([1., 1.])
#[pyclass(module = "cpm")]
pub(crate) struct SummaryBuilder {
    inner: Builder,
    columns: Vec<String>,
}

impl From<Builder> for SummaryBuilder {
    fn from(inner: Builder) -> Self {
        let columns = inner.read_options().column_names();
        Self { inner, columns }
    }
}

/// A customer's id.
#[derive(FromPyObject)]
enum Id {
    Integer(i64),
    Text(String),
}

#[pymethods]
impl SummaryBuilder {
    #[new]
    #[pyo3(signature = (
        customer, date, amount=None, *, as_of=None, time_unit="week", merge_within="day", order=None, quantity=None, unit_price=None, cost=None,
        currency=None, exchange_rates=None, product=None, channel=None, attributes=None, aliases=None, start=None, end=None,
        date_format=None, time_zone=None, on_error="raise", returns="error", zero_amounts="keep", duplicates="keep", future="error",
        flag_outliers=None, delimiter=None, decimal=".", quote="\"", header=true, encoding="utf-8", null_values=None
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
        attributes: Option<ColumnNames>,
        aliases: Option<AliasPairs>,
        start: Option<&Bound<'_, PyAny>>,
        end: Option<&Bound<'_, PyAny>>,
        date_format: Option<&str>,
        time_zone: Option<Zone>,
        on_error: &str,
        returns: &str,
        zero_amounts: &str,
        duplicates: &str,
        future: &str,
        flag_outliers: Option<f64>,
        delimiter: Option<&str>,
        decimal: &str,
        quote: Option<&str>,
        header: bool,
        encoding: &str,
        null_values: Option<Vec<String>>,
    ) -> PyResult<Self> {
        let zone = time_zone.map(|Zone(zone)| zone);
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
            future,
            flag_outliers,
            csv: CsvKeywords { delimiter, decimal, quote, header, encoding, null_values },
        })?;
        let inner = Builder::new(read, summary_options(as_of, time_unit, merge_within, zone)?);
        Ok(Self { inner, columns })
    }

    /// Adds the rows of one or several files; see :meth:`TransactionLog.read`.
    ///
    /// The rows of all of them are added or none: after an error, such as a file that is cut short or (unless
    /// ``on_error="exclude"``) a row that cannot be used, the builder is what it was, and reading can be tried again.
    ///
    /// Parameters
    /// ----------
    /// paths : str, os.PathLike, or a list of them
    /// progress : bool or callable, optional
    ///     As in :meth:`TransactionLog.read`.
    #[pyo3(signature = (paths, *, progress=None))]
    fn read(&mut self, py: Python<'_>, paths: &Bound<'_, PyAny>, progress: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let paths = expand(paths)?;
        let reporter = Reporter::new(py, progress)?;
        let inner = &mut self.inner;
        // A builder may have been made, or saved, on another day.
        inner.set_today(&today(inner.time_zone())).or_raise()?;
        reporter.run(py, |tell| inner.read_files_with(paths, tell))
    }

    /// Adds the rows of a table; see :meth:`TransactionLog.from_table`. Of a stream no more than a batch at a time is in
    /// memory. All rows are added or none: after an error the builder is what it was.
    ///
    /// Parameters
    /// ----------
    /// table : any table that speaks Arrow, or a dict of columns
    /// progress : bool or callable, optional
    ///     As in :meth:`TransactionLog.from_table`.
    #[pyo3(signature = (table, *, progress=None))]
    fn add_table(
        &mut self,
        py: Python<'_>,
        table: &Bound<'_, PyAny>,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        let (reader, origin) = arrow_input::open(table, &self.columns)?;
        let reporter = Reporter::new(py, progress)?;
        let inner = &mut self.inner;
        inner.set_today(&today(inner.time_zone())).or_raise()?;
        reporter.run(py, |tell| inner.read_batches_with(reader, &origin, tell))
    }

    /// Adds all that another builder has; the other stays as it is.
    ///
    /// Parameters
    /// ----------
    /// other : SummaryBuilder
    ///     Made with the same arguments.
    fn merge(slf: &Bound<'_, Self>, other: &Bound<'_, Self>) -> PyResult<()> {
        if slf.is(other) {
            return Err(exception(Error::InvalidArgument {
                name: "other",
                value: "this builder itself".to_owned(),
                expected: "all of its rows would count twice; give another one".to_owned(),
            }));
        }
        let mut this = slf.try_borrow_mut()?;
        let (inner, other) = (&mut this.inner, other.try_borrow()?.inner.clone());
        slf.py().detach(|| inner.merge(other)).or_raise()
    }

    /// Writes all that the builder has to a file, from which :meth:`load` goes on.
    ///
    /// What is added or merged afterwards gives exactly the result of a single pass over all rows. The file is replaced at
    /// the end only: if writing fails, an older one stays as it was. Rows that cannot be used are never in it, so that it can
    /// always be gone on with.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///
    /// Raises
    /// ------
    /// OSError
    ///     If the file cannot be written.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.inner.save(path)).or_raise()
    }

    /// Reads what :meth:`save` wrote, with the options that the builder was made with.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///
    /// Returns
    /// -------
    /// SummaryBuilder
    ///
    /// Raises
    /// ------
    /// DataError
    ///     If it is another kind of file, was written by a newer version, is cut short or damaged.
    /// OSError
    ///     Such as ``FileNotFoundError``.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        py.detach(|| Builder::load(path)).or_raise().map(Self::from)
    }

    /// Erases a customer, or the one behind an alias, and counts the rows that are gone.
    ///
    /// They are counted as ``"erased on request"`` in the quality report. Save the builder again to have the customer out
    /// of the file as well. Rows that are added later count again, so take the customer out of the source, too; aliases
    /// stay as they were given.
    ///
    /// Parameters
    /// ----------
    /// customer_id : str or int
    ///
    /// Returns
    /// -------
    /// int
    ///     How many rows there were; 0 if there is no such customer.
    ///
    /// Raises
    /// ------
    /// CpmError
    ///     If the id is text where ids are whole numbers, or the other way round.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> builder = cpm.SummaryBuilder("id", "day", "value")
    /// >>> builder.add_table({"id": ["ann", "bob"], "day": ["2024-01-20", "2024-01-30"], "value": [20.0, 5.0]})
    /// >>> builder.forget("bob"), builder.forget("bob")
    /// (1, 0)
    /// >>> builder.finish().customer_id
    /// ['ann']
    fn forget(&mut self, py: Python<'_>, customer_id: Id) -> PyResult<u64> {
        let id = match &customer_id {
            Id::Integer(number) => cpm_core::CustomerId::Integer(*number),
            Id::Text(text) => cpm_core::CustomerId::Text(text),
        };
        py.detach(|| self.inner.forget(id)).or_raise()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let py = slf.py();
        let this = slf.borrow();
        let inner = &this.inner;
        let bytes = py.detach(|| inner.to_bytes()).or_raise()?;
        Ok((slf.get_type().getattr("_from_bytes")?, (PyBytes::new(py, &bytes),)))
    }

    /// For pickling.
    #[staticmethod]
    fn _from_bytes(py: Python<'_>, state: &[u8]) -> PyResult<Self> {
        py.detach(|| Builder::from_bytes(state)).or_raise().map(Self::from)
    }

    /// The summary of all rows so far; more may follow.
    ///
    /// Parameters
    /// ----------
    /// as_of : date, optional
    ///     The end of observation, as in :meth:`TransactionLog.summarize`. It must be the end of a day, or of whatever rows
    ///     are merged within. Default: that given to the builder, or else the last time in its rows.
    ///
    /// Returns
    /// -------
    /// CustomerSummary
    ///
    /// Raises
    /// ------
    /// DataError
    ///     If no purchase is left.
    /// CpmError
    ///     If ``as_of`` lies within a period whose rows are merged.
    #[pyo3(signature = (as_of=None))]
    fn finish(&mut self, py: Python<'_>, as_of: Option<&Bound<'_, PyAny>>) -> PyResult<CustomerSummary> {
        let as_of = optional_iso_text("as_of", as_of, self.inner.time_zone())?;
        let inner = &mut self.inner;
        let made = py.detach(|| match as_of {
            Some(as_of) => inner.summary_as_of(&as_of),
            None => inner.summary_so_far(),
        });
        made.or_raise().map(Into::into)
    }

    /// Rows so far, used or not.
    #[getter]
    fn rows_read(&self) -> u64 {
        self.inner.rows_read()
    }

    /// Rows so far that are kept. Duplicates are found by :meth:`finish`.
    #[getter]
    fn rows_kept(&self) -> u64 {
        self.inner.rows_kept()
    }

    /// Customers so far.
    #[getter]
    fn customers(&mut self) -> usize {
        self.inner.customers()
    }

    fn __repr__(&mut self) -> String {
        let (customers, read, kept) = (self.inner.customers(), self.inner.rows_read(), self.inner.rows_kept());
        let of = if kept < read { format!(" of {read}") } else { String::new() };
        format!("SummaryBuilder({customers} customers, {kept}{of} rows)")
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
