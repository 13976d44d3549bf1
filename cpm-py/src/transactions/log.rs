//! The class `TransactionLog`.

use std::collections::BTreeMap;

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::rolling::{self, RollingSplits};
use super::{AliasPairs, ColumnName, ColumnNames, CsvKeywords, QualityReport, ReadKeywords, Reporter, Zone};
use super::{expand, read_options, split_options, summary_options};
use crate::arrow_input;
use crate::error::OrRaise;
use crate::summary::{CustomerSummary, Holdout};
use crate::table::{Table, escape};

/// A checked transaction log: customer, date and amount of every purchase.
///
/// Made by :meth:`read` from files, by :meth:`from_table` from data frames, by :func:`cpm.datasets.cdnow`, or by a
/// model's ``simulate``. Every row is checked. A row that cannot be used raises an error that shows the first
/// of them with file, line, column and value; ``on_error="exclude"`` leaves such rows out and counts them
/// in :attr:`quality`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> orders = {
/// ...     "customer": ["ann", "ann", "bob"],
/// ...     "date": ["2024-03-01", "2024-04-12", "2024-03-05"],
/// ...     "amount": [20.0, 30.0, 12.5],
/// ... }
/// >>> log = cpm.TransactionLog.from_table(orders, customer="customer", date="date", amount="amount")
/// >>> log
/// TransactionLog(2 customers, 3 rows, 2024-03-01 to 2024-04-12)
/// >>> log.summarize(as_of="2024-06-30").frequency
/// array([1., 0.])
#[pyclass(module = "cpm", frozen)]
pub(crate) struct TransactionLog {
    pub(crate) inner: cpm_core::TransactionLog,
}

impl From<cpm_core::TransactionLog> for TransactionLog {
    fn from(inner: cpm_core::TransactionLog) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl TransactionLog {
    /// Reads one or several files.
    ///
    /// Parameters
    /// ----------
    /// paths : str, os.PathLike, or a list of them
    ///     Files, folders, and patterns such as ``"orders/*.parquet"`` (``**`` goes through folders). The ending of a name
    ///     says what the file is: ``.parquet`` or ``.pq`` is Parquet, ``.gz`` and ``.zst`` are compressed CSV, everything
    ///     else is CSV with a header line, in UTF-8.
    /// customer, date, amount : str
    ///     The columns that hold the customer's id, the date and the amount.
    /// date_format : str, optional
    ///     How dates are written, in ``strftime`` directives, such as ``"%d/%m/%Y"``. Without it dates must be ISO 8601;
    ///     the order of day and month is never guessed.
    /// on_error : {"raise", "exclude"}
    ///     Whether rows that cannot be used are an error, or are left out and counted.
    /// returns : {"error", "drop", "net"}
    ///     What negative amounts are: rows that cannot be used, rows to leave out, or returns that net against the
    ///     purchases of the same customer and period.
    /// zero_amounts : {"keep", "drop"}
    ///     Whether amounts of zero are purchases, or rows to leave out.
    /// order, cost, currency, product, channel : str, optional
    ///     Columns of order ids (with ``merge_within="order"`` the rows of one order are one purchase), of what each row
    ///     cost the seller (the summary then has profits), of currencies, products and channels.
    /// quantity, unit_price : str, optional
    ///     Instead of ``amount``: the columns whose product is the amount.
    /// exchange_rates : dict of str to float, optional
    ///     What one unit of each currency is worth in the currency of the log. Without it, several currencies are an error.
    /// attributes : str or list of str, optional
    ///     Columns that describe the customer, such as a country. The value of the latest row counts.
    /// aliases : dict, Series or table, optional
    ///     Merged accounts: the customer behind each alias. A pandas Series has the aliases as its index, a table has two
    ///     columns, the alias and the customer. Where ids are whole numbers and one of them leads to text, all are text.
    /// start, end : date, optional
    ///     Rows before the first and after the last of these days are left out and counted.
    /// duplicates : {"keep", "drop"}
    ///     Whether rows that are identical in all columns that are read are purchases, or, but for the first, rows to
    ///     leave out. Amounts are compared as numbers, times to the second.
    /// future : {"error", "drop", "keep"}
    ///     What rows are that are later than today, by the clock of this machine, where no ``end`` is given: rows that
    ///     cannot be used, rows to leave out, or rows like others (appointments, renewals that are due).
    /// flag_outliers : float, optional
    ///     Counts amounts above the upper quartile by more than this many distances of the quartiles, of the logarithms
    ///     of amounts; 3 is a usual choice. They are kept.
    /// time_zone : str or tzinfo, optional
    ///     Where days begin, such as ``"+02:00"``, ``"Europe/Berlin"`` or a ``zoneinfo.ZoneInfo``: times with an offset are
    ///     converted to it (default: UTC), times without one are taken as they are written. The same holds for ``start``
    ///     and ``end``, and for all dates that are given to functions of the log later, such as ``as_of``.
    /// delimiter : str, optional
    ///     Of CSV files: what stands between the fields, such as ``";"``. Default: a comma, or a tab in files whose names end
    ///     in ``.tsv``.
    /// decimal : {".", ","}
    ///     Of CSV files: what stands before the decimals of an amount.
    /// quote : str or None
    ///     Of CSV files: what fields with delimiters in them stand between; with None quotes are characters like others.
    /// header : bool
    ///     Of CSV files: whether the first line names the columns. If not, columns are given by their position from 0.
    /// encoding : {"utf-8", "latin-1"}
    ///     Of CSV files: how characters are written.
    /// null_values : list of str, optional
    ///     Of CSV files: words that stand for nothing in ids of customers and orders, dates, amounts, quantities, costs and
    ///     currencies. Default: ``NULL``, ``null``, ``NaN``, ``nan``, ``None``, ``NA``, ``N/A``, ``\N``, ``<NA>`` and
    ///     ``#N/A``; with ``[]`` only empty fields are missing.
    /// progress : bool or callable, optional
    ///     Whether a bar shows how far reading has come (of tqdm, if it is installed). Default: for reads that take more
    ///     than a second, in a notebook or terminal; never where standard error is a file or a pipe. Or a function of
    ///     rows and bytes read so far and of bytes in all, called some ten times a second and once at the end; an
    ///     exception in it ends the reading, as Ctrl-C does.
    ///
    /// Raises
    /// ------
    /// DataError
    ///     For a missing column, a file in another format, an empty file, and rows that cannot be used.
    /// OSError
    ///     Such as ``FileNotFoundError``.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> log = cpm.TransactionLog.read(
    /// ...     "orders.csv", customer="customer_id", date="date", amount="amount"
    /// ... )  # doctest: +SKIP
    #[staticmethod]
    #[pyo3(signature = (
        paths, *, customer, date, amount=None, order=None, quantity=None, unit_price=None, cost=None,
        currency=None, exchange_rates=None, product=None, channel=None, attributes=None, aliases=None, start=None, end=None,
        date_format=None, time_zone=None, on_error="raise", returns="error", zero_amounts="keep", duplicates="keep", future="error",
        flag_outliers=None, delimiter=None, decimal=".", quote="\"", header=true, encoding="utf-8", null_values=None,
        progress=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
    fn read(
        py: Python<'_>,
        paths: &Bound<'_, PyAny>,
        customer: ColumnName,
        date: ColumnName,
        amount: Option<ColumnName>,
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
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (options, _) = read_options(ReadKeywords {
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
        let paths = expand(paths)?;
        let reporter = Reporter::new(py, progress)?;
        reporter.run(py, |tell| cpm_core::TransactionLog::read_files_with(paths, &options, tell)).map(Into::into)
    }

    /// Reads a table in memory.
    ///
    /// Parameters
    /// ----------
    /// table : any table that speaks Arrow, or a dict of columns
    ///     A pandas, Polars or PyArrow table, a DuckDB relation or anything else with ``__arrow_c_stream__``; a Polars
    ///     ``LazyFrame``, a PyArrow ``Dataset`` or ``Scanner``, which are read batch by batch; or a dict of lists or NumPy
    ///     arrays. Only the columns that are named are read.
    /// customer, date, amount : str
    ///     The columns that hold the customer's id (text or whole numbers), the date (dates, times or text) and
    ///     the amount (numbers or text; those of 32 bits as they are written, 19.99 and not 19.9899998).
    /// order, quantity, unit_price, cost, currency, exchange_rates, product, channel, attributes, aliases
    ///     As in :meth:`read`.
    /// start, end, date_format, time_zone, on_error, returns, zero_amounts, duplicates, future, flag_outliers
    ///     As in :meth:`read`. In messages, rows count from 0, as positions in a data frame do.
    /// progress : bool or callable, optional
    ///     As in :meth:`read`; the bytes in all are None.
    ///
    /// Raises
    /// ------
    /// TypeError
    ///     If it is not a table.
    /// DataError
    ///     For a missing column, a column of another type, an empty table, and rows that cannot be used.
    ///
    /// Examples
    /// --------
    /// >>> import cpm, numpy as np
    /// >>> orders = {
    /// ...     "id": np.array([7, 7, 9]),
    /// ...     "day": np.array(["2024-03-01", "2024-04-12", "2024-03-05"], dtype="datetime64[D]"),
    /// ...     "value": [20.0, 30.0, -12.5],
    /// ... }
    /// >>> log = cpm.TransactionLog.from_table(orders, customer="id", date="day", amount="value", on_error="exclude")
    /// >>> log.quality.excluded
    /// {'negative amount': 1}
    #[staticmethod]
    #[pyo3(signature = (
        table, *, customer, date, amount=None, order=None, quantity=None, unit_price=None, cost=None,
        currency=None, exchange_rates=None, product=None, channel=None, attributes=None, aliases=None, start=None, end=None,
        date_format=None, time_zone=None, on_error="raise", returns="error", zero_amounts="keep", duplicates="keep", future="error",
        flag_outliers=None, progress=None
    ))]
    #[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
    fn from_table(
        py: Python<'_>,
        table: &Bound<'_, PyAny>,
        customer: ColumnName,
        date: ColumnName,
        amount: Option<ColumnName>,
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
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (options, columns) = read_options(ReadKeywords {
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
            csv: CsvKeywords::default(),
        })?;
        let (reader, origin) = arrow_input::open(table, &columns)?;
        let reporter = Reporter::new(py, progress)?;
        let log = reporter.run(py, |tell| cpm_core::TransactionLog::from_batches_with(reader, &origin, &options, tell));
        log.map(Into::into)
    }

    /// What was read, kept and left out, and why.
    #[getter]
    fn quality(&self) -> QualityReport {
        self.inner.quality().clone().into()
    }

    /// Number of customers.
    #[getter]
    fn customers(&self) -> usize {
        self.inner.customers()
    }

    /// Number of rows kept.
    #[getter]
    fn rows(&self) -> usize {
        self.inner.rows()
    }

    /// First and last time in the log, in ISO form.
    #[getter]
    fn period(&self) -> (String, String) {
        let (first, last) = self.inner.first_and_last();
        (first.to_string(), last.to_string())
    }

    /// The zone whose clocks show the times of the log, if one was given.
    #[getter]
    fn time_zone(&self) -> Option<String> {
        self.inner.time_zone().map(|zone| zone.to_string())
    }

    fn __len__(&self) -> usize {
        self.inner.rows()
    }

    /// All kept rows: ``customer_id``, ``time``, ``amount``, and the columns that were named when the log was read.
    ///
    /// Customers are in order of their ids and the rows of each in order of time. ``order``, ``product``, ``channel`` and
    /// attributes (under their own names) are empty where they are missing, ``cost`` is NaN where it is not known. The log
    /// of a :class:`SummaryBuilder` that merged rows says in ``rows`` how many each stands for. Data frames also read
    /// the log itself: ``polars.DataFrame(log)``.
    ///
    /// Returns
    /// -------
    /// Table
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> orders = {"who": ["bob", "ann"], "day": ["2024-03-01", "2024-04-12"], "paid": [20.0, 30.0], "shop": ["web", None]}
    /// >>> log = cpm.TransactionLog.from_table(orders, customer="who", date="day", amount="paid", channel="shop")
    /// >>> rows = log.to_table()
    /// >>> rows.columns
    /// ['customer_id', 'time', 'amount', 'channel']
    /// >>> rows["customer_id"], rows["channel"]
    /// (['ann', 'bob'], ['', 'web'])
    fn to_table(&self, py: Python<'_>) -> PyResult<Table> {
        py.detach(|| self.inner.to_table()).or_raise().map(Into::into)
    }

    /// The rows as a stream for any library that speaks Arrow; see :meth:`to_table`.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let table = Bound::new(py, self.to_table(py)?)?;
        table.call_method1("__arrow_c_stream__", (requested_schema,))
    }

    /// One row per customer: frequency, recency, T, monetary value.
    ///
    /// Parameters
    /// ----------
    /// as_of : date, optional
    ///     The end of observation: a ``str`` in ISO form, a ``datetime.date``, a ``datetime.datetime``, a
    ///     ``numpy.datetime64`` or a ``pandas.Timestamp``. A date, or an object at midnight, means the end of that day.
    ///     An aware time, or text with an offset, is converted to the time zone of the log, or to UTC if it has none.
    ///     Later rows are left out and counted. Default: the last time in the log.
    /// time_unit : {"day", "week", "month", "year"}
    ///     The unit of recency and T.
    /// merge_within : {"nothing", "hour", "day", "week", "month", "order"}
    ///     The period within which rows of one customer are one purchase, or the order.
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
    ///     If an argument is outside its domain.
    ///
    /// Examples
    /// --------
    /// >>> import cpm, datetime
    /// >>> log = cpm.datasets.cdnow()
    /// >>> log.summarize(as_of=datetime.date(1997, 9, 30))
    /// CustomerSummary(2357 customers, 946 with repeat purchases, recency and T in weeks, with monetary value)
    #[pyo3(signature = (as_of=None, time_unit="week", merge_within="day"))]
    fn summarize(
        &self,
        py: Python<'_>,
        as_of: Option<&Bound<'_, PyAny>>,
        time_unit: &str,
        merge_within: &str,
    ) -> PyResult<CustomerSummary> {
        let options = summary_options(as_of, time_unit, merge_within, self.inner.time_zone())?;
        py.detach(|| self.inner.summarize(&options)).or_raise().map(Into::into)
    }

    /// Cuts the log in two: a summary of the first part, and what the same customers did in the second.
    ///
    /// Parameters
    /// ----------
    /// calibration_end : date
    ///     The end of the first part.
    /// observation_end : date, optional
    ///     The end of the second part. It may be later than the last row, if nobody bought in between: the duration of the
    ///     hold-out follows it. Default: the end of the last day in the log.
    /// time_unit, merge_within
    ///     As in :meth:`summarize`.
    ///
    /// Returns
    /// -------
    /// (CustomerSummary, Holdout)
    ///
    /// Raises
    /// ------
    /// CpmError
    ///     If the second part would be empty.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> calibration, holdout = cpm.datasets.cdnow().split(calibration_end="1997-09-30")
    /// >>> len(calibration), holdout.duration, holdout.purchases.sum()
    /// (2357, 39.0, np.float64(1882.0))
    #[pyo3(signature = (calibration_end, observation_end=None, time_unit="week", merge_within="day"))]
    fn split(
        &self,
        py: Python<'_>,
        calibration_end: &Bound<'_, PyAny>,
        observation_end: Option<&Bound<'_, PyAny>>,
        time_unit: &str,
        merge_within: &str,
    ) -> PyResult<(CustomerSummary, Holdout)> {
        let options = split_options(calibration_end, observation_end, time_unit, merge_within, self.inner.time_zone())?;
        let split = py.detach(|| self.inner.split(&options)).or_raise()?;
        Ok((split.calibration.into(), split.holdout.into()))
    }

    /// Cuts the log at several points in time: from each, a summary of what was known, and what the same customers did next.
    ///
    /// Parameters
    /// ----------
    /// horizon : float
    ///     Length of each hold-out, in ``time_unit``; rounded to whole days.
    /// origins : int or list of dates
    ///     How many, counted back from the end of observation; or the dates themselves.
    /// step : float, optional
    ///     Time between origins. Default: the horizon, so that no purchase is in two hold-outs.
    /// observation_end : date, optional
    ///     The end of the last hold-out, which may be later than the last row. Default: the last day in the log.
    /// time_unit, merge_within
    ///     As in :meth:`summarize`.
    ///
    /// Returns
    /// -------
    /// RollingSplits
    ///
    /// Raises
    /// ------
    /// CpmError
    ///     If an origin is not after the first day of the log, or a hold-out would reach beyond the end of observation.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> log = cpm.datasets.cdnow()
    /// >>> log.rolling_splits(horizon=13).to_table()["holdout_purchases"]
    /// array([726, 661, 495])
    /// >>> log.rolling_splits(horizon=4, origins=["1997-06-30", "1997-12-31"]).origins
    /// ['1997-06-30 23:59:59', '1997-12-31 23:59:59']
    #[pyo3(signature = (horizon, origins=None, step=None, observation_end=None, time_unit="week", merge_within="day"))]
    #[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
    fn rolling_splits(
        &self,
        py: Python<'_>,
        horizon: f64,
        origins: Option<&Bound<'_, PyAny>>,
        step: Option<f64>,
        observation_end: Option<&Bound<'_, PyAny>>,
        time_unit: &str,
        merge_within: &str,
    ) -> PyResult<RollingSplits> {
        let origins = rolling::rolling_origins(
            horizon,
            origins,
            step,
            observation_end,
            time_unit,
            merge_within,
            self.inner.time_zone(),
        )?;
        py.detach(|| self.inner.rolling_splits(&origins)).or_raise().map(Into::into)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let inner = &slf.get().inner;
        let bytes = slf.py().detach(|| inner.to_bytes()).or_raise()?;
        Ok((slf.get_type().getattr("_from_bytes")?, (PyBytes::new(slf.py(), &bytes),)))
    }

    /// For pickling.
    #[staticmethod]
    fn _from_bytes(py: Python<'_>, state: &[u8]) -> PyResult<Self> {
        py.detach(|| cpm_core::TransactionLog::from_bytes(state)).or_raise().map(Into::into)
    }

    /// What it is, and its quality report: a table of all rows would be made for the first ten of them.
    fn _repr_html_(&self) -> String {
        let quality = escape(&self.inner.quality().to_string());
        format!("<p>{}</p><pre>{quality}</pre>", escape(&self.__repr__()))
    }

    fn __repr__(&self) -> String {
        let (first, last) = self.inner.first_and_last();
        let (first, last) = (first.date_string(), last.date_string());
        format!("TransactionLog({} customers, {} rows, {first} to {last})", self.inner.customers(), self.inner.rows())
    }
}
