//! `cpm.EventLog` and `cpm.churn_features`.

use cpm_core::churn::{ChurnFeatures as Core, EventLog as CoreEvents, FeatureOptions};
use cpm_core::{Column, OnError};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::argument::Argument;
use crate::arrays::{customer_ids, floats};
use crate::arrow_input;
use crate::dates::{iso_text, optional_iso_text};
use crate::error::{OrRaise, exception};
use crate::table::Table;
use crate::transactions::TransactionLog;

/// Something that happens to customers at a time: web visits, e-mail opens, support tickets, survey answers.
///
/// Made by :meth:`from_table`; goes into ``events`` of :func:`churn_features`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> tickets = {"id": ["ann", "ann"], "day": ["2024-03-01", "2024-03-09"], "kind": ["delivery", "invoice"]}
/// >>> cpm.EventLog.from_table(tickets, customer="id", date="day", category="kind")
/// EventLog(2 events, categorised)
#[pyclass(module = "cpm", frozen)]
pub(crate) struct EventLog {
    inner: CoreEvents,
    valued: bool,
    categorised: bool,
}

#[pymethods]
impl EventLog {
    /// Reads a table in memory.
    ///
    /// Parameters
    /// ----------
    /// table : any table that speaks Arrow, or a dict of columns
    ///     As in :meth:`TransactionLog.from_table`.
    /// customer, date : str
    ///     The columns that hold the customer's id and the date.
    /// value : str, optional
    ///     A column of numbers, such as pages seen or the grade given: features of its sum, mean and last value are added.
    /// category : str, optional
    ///     A column of text, such as the page or the product: features of its variety are added. A missing one is a
    ///     category too.
    /// date_format : str, optional
    ///     How dates are written, in ``strftime`` directives; ISO by default.
    /// on_error : {"raise", "exclude"}
    ///     Whether rows that cannot be used are an error, or are left out and counted.
    ///
    /// Raises
    /// ------
    /// DataError
    ///     For a missing column, a column of another type, and rows that cannot be used.
    #[staticmethod]
    #[pyo3(signature = (table, *, customer, date, value=None, category=None, date_format=None, on_error="raise"))]
    #[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
    fn from_table(
        py: Python<'_>,
        table: &Bound<'_, PyAny>,
        customer: &str,
        date: &str,
        value: Option<&str>,
        category: Option<&str>,
        date_format: Option<&str>,
        on_error: &str,
    ) -> PyResult<Self> {
        let names = [customer, date, value.unwrap_or("value"), category.unwrap_or("category")];
        let mut events = CoreEvents::new("events").column_names(names).on_error(match on_error {
            "raise" => OnError::Raise,
            "exclude" => OnError::Exclude,
            other => {
                let expected = "it must be one of raise, exclude".to_owned();
                let (name, value) = ("on_error", other.to_owned());
                return Err(exception(cpm_core::Error::InvalidArgument { name, value, expected }));
            }
        });
        if value.is_some() {
            events = events.valued();
        }
        if category.is_some() {
            events = events.categorised();
        }
        if let Some(format) = date_format {
            events = events.date_format(format);
        }
        let wanted: Vec<&str> = [Some(customer), Some(date), value, category].into_iter().flatten().collect();
        let (reader, origin) = arrow_input::open(table, &wanted)?;
        let read = || {
            events.read_batches(reader, &origin)?;
            events.finish()
        };
        let inner = py.detach(read).or_raise()?;
        Ok(Self { inner, valued: value.is_some(), categorised: category.is_some() })
    }

    /// Number of rows left out because they could not be used.
    #[getter]
    fn rows_excluded(&self) -> u64 {
        self.inner.rows_excluded()
    }

    fn __len__(&self) -> usize {
        self.inner.rows()
    }

    fn __repr__(&self) -> String {
        let valued = if self.valued { ", valued" } else { "" };
        let categorised = if self.categorised { ", categorised" } else { "" };
        format!("EventLog({} events{valued}{categorised})", self.inner.rows())
    }
}

/// What was known of each customer at one or several dates, and whether it bought in the horizon after; a :class:`Table`; see
/// :func:`churn_features`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> features = cpm.churn_features(cpm.datasets.cdnow(), as_of="1997-09-30", horizon=39)
/// >>> features.names[:4]
/// ['frequency', 'recency', 'T', 'time_since_last']
/// >>> int(features.label.sum()), len(features)
/// (1673, 2357)
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct ChurnFeatures {
    inner: Core,
}

#[pymethods]
impl ChurnFeatures {
    /// Names of the features: all columns but customer, date and label.
    #[getter]
    fn names(&self) -> Vec<&str> {
        self.inner.names()
    }

    /// 1 for each row without a purchase in the horizon after its date, else 0; None if no label was asked for.
    #[getter]
    fn label<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray1<i64>>> {
        self.inner.label().map(|label| PyArray1::from_slice(py, label))
    }

    /// For each event table the number of events of customers whom the log does not have: they are in no feature.
    #[getter]
    fn unmatched_events<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = PyDict::new(py);
        for (name, count) in self.inner.unmatched_events() {
            counts.set_item(name, count)?;
        }
        Ok(counts)
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Features at a point in time: the table a churn classifier learns from, without leaks.
///
/// A feature sees what is dated up to the as-of date and nothing else, of the log and of every event table; the label
/// sees the horizon after it. One row per date and customer who had bought by then, dates stacked.
///
/// Parameters
/// ----------
/// log : TransactionLog
/// as_of : date or list of dates
///     As in :meth:`TransactionLog.summarize`: a date means the end of its day.
/// horizon : float
///     How long after the date the label looks, in time units.
/// events : dict of str to EventLog, optional
///     Further tables; the features of each begin with its key.
/// attributes : dict of columns or table, optional
///     Your own columns, one row per customer, of whom ``customer_id`` holds the id: numbers, or text. They have no date, so they
///     must have been known at every as-of date; what changes over time belongs into ``events``.
/// windows : list of float, optional
///     Lengths of the trailing windows, in time units. Default: 4, 13 and 26 weeks (1, 3 and 6 months).
/// time_unit, merge_within
///     As in :meth:`TransactionLog.summarize`.
/// observed_until : date, optional
///     The end of observation, up to which labels are known. Default: the last time in the log.
/// label : bool
///     Whether to add the label ``churned``. Without it the date may be the present, to score.
/// calendar : bool
///     Whether to add ``season_sin, season_cos``, the date's place in the year: of use with many dates.
///
/// Returns
/// -------
/// ChurnFeatures
///     ``customer_id, as_of``; ``frequency, recency, T``; rhythm ``time_since_last, mean_gap, sd_gap, overdue_ratio``; spend
///     ``total_amount, mean_amount, sd_amount, last_amount``; ``season_share``, the share of the purchases in the part of the
///     year which the label window covers; per window ``purchases_w, amount_w`` and their change against the window before;
///     ``returns, returned_amount`` for logs that net returns; per event table ``name_count, name_since_last, name_w``,
///     with values ``name_last, name_mean, name_sum_w``, with categories ``name_variety, name_variety_w``; and
///     ``churned``. What does not exist (the gap of a single purchase) is missing, not 0.
///
/// Raises
/// ------
/// CpmError
///     For a date whose label is not known yet, and for arguments outside their domain.
/// DataError
///     If nobody had bought by any of the dates.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> log = cpm.datasets.cdnow()
/// >>> features = cpm.churn_features(log, as_of=["1997-09-30", "1997-12-31"], horizon=13)
/// >>> len(features), features["purchases_13"].sum()
/// (4714, np.float64(1437.0))
#[pyfunction]
#[pyo3(signature = (
    log, as_of, horizon, *, events=None, attributes=None, windows=None, time_unit="week", merge_within="day",
    observed_until=None, label=true, calendar=false
))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn churn_features<'py>(
    py: Python<'py>,
    log: Argument<'_, TransactionLog>,
    as_of: &Bound<'py, PyAny>,
    horizon: f64,
    events: Option<&Bound<'py, PyDict>>,
    attributes: Option<&Bound<'py, PyAny>>,
    windows: Option<&Bound<'py, PyAny>>,
    time_unit: &str,
    merge_within: &str,
    observed_until: Option<&Bound<'py, PyAny>>,
    label: bool,
    calendar: bool,
) -> PyResult<Bound<'py, ChurnFeatures>> {
    let many = as_of.is_instance_of::<PyList>() || as_of.is_instance_of::<PyTuple>();
    let dates = match many {
        true => as_of
            .try_iter()?
            .map(|d| iso_text("as_of", &d?, log.inner.time_zone()))
            .collect::<PyResult<Vec<String>>>()?,
        false => vec![iso_text("as_of", as_of, log.inner.time_zone())?],
    };
    let mut options = FeatureOptions::new(&dates, horizon)
        .or_raise()?
        .time_unit(time_unit.parse().or_raise()?)
        .merge_within(merge_within.parse().or_raise()?)
        .label(label)
        .calendar(calendar);
    if let Some(windows) = windows {
        options = options.windows(floats("windows", windows)?.as_slice()?);
    }
    if let Some(date) = optional_iso_text("observed_until", observed_until, log.inner.time_zone())? {
        options = options.observed_until(&date).or_raise()?;
    }
    let mut tables = Vec::new();
    for (name, table) in events.into_iter().flatten() {
        let table = table.cast::<EventLog>().map_err(|_| {
            let expected = "an event table is an EventLog: make it with cpm.EventLog.from_table".to_owned();
            let value = name.to_string();
            exception(cpm_core::Error::InvalidArgument { name: "events", value, expected })
        })?;
        tables.push(table.get().inner.clone().named(&name.extract::<String>()?));
    }
    let own = attributes.map(attributes_of).transpose()?;
    let (inner, table) = py
        .detach(|| {
            let mut features = Core::from_log(&log.inner, &options, &tables)?;
            if let Some((ids, columns)) = &own {
                features = features.join(ids, columns)?;
            }
            let table = features.table().clone();
            Ok((features, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(ChurnFeatures { inner }))
}

/// Ids and columns of the caller's table: anything whose columns are found by name.
fn attributes_of(table: &Bound<'_, PyAny>) -> PyResult<(cpm_core::CustomerIds, cpm_core::Table)> {
    const ID: &str = "customer_id";
    let names: Vec<String> = match table.cast::<PyDict>() {
        Ok(columns) => columns.keys().extract()?,
        Err(_) if table.hasattr("column_names")? => table.getattr("column_names")?.extract()?,
        Err(_) => {
            let columns = table.getattr("columns")?;
            columns.try_iter()?.map(|name| name?.extract::<String>()).collect::<PyResult<_>>()?
        }
    };
    if !names.iter().any(|n| n == ID) {
        return Err(exception(cpm_core::Error::MissingColumn {
            column: ID.to_owned(),
            role: "customer",
            origin: "the table of attributes".to_owned(),
            available: names,
        }));
    }
    let ids = customer_ids(&table.get_item(ID)?)?;
    let mut columns = cpm_core::Table::new();
    for name in names.iter().filter(|n| *n != ID) {
        columns.push(name, attribute(name, &table.get_item(name)?)?).or_raise()?;
    }
    Ok((ids, columns))
}

/// A column of numbers, of which some may be missing, or of text.
fn attribute(name: &str, values: &Bound<'_, PyAny>) -> PyResult<Column> {
    let array = crate::arrays::as_array(name, values)?;
    let list = array.call_method0("tolist")?;
    if let Ok(numbers) = list.extract::<Vec<Option<f64>>>() {
        return Ok(Column::Optional(numbers.into_iter().map(|v| v.filter(|v| v.is_finite())).collect()));
    }
    match list.extract::<Vec<Option<String>>>() {
        Ok(texts) => Ok(Column::Text(texts.into_iter().map(|t| t.unwrap_or_else(|| "(missing)".to_owned())).collect())),
        Err(_) => Err(crate::arrays::column_type(name, &array, "numbers or text", "Convert it to one of these")),
    }
}
