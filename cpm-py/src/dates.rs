//! Dates from Python: text, `datetime`, `numpy.datetime64` and `pandas.Timestamp`.

use std::time::{SystemTime, UNIX_EPOCH};

use cpm_core::Timestamp;
use cpm_core::transactions::TimeZone;
use numpy::PyArray1;
use numpy::datetime::{Datetime, units};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::error::OrRaise;

/// Midnight as `isoformat()` and `str(numpy.datetime64)` write it.
const MIDNIGHT: &str = "T00:00:00";

/// A date as ISO text without an offset: an aware one is what clocks show at that time in `zone`, that of the log (in UTC
/// if there is none). An object at midnight stands for its day, as a date does: data frames have no other way to say it.
pub(crate) fn iso_text(name: &str, value: &Bound<'_, PyAny>, zone: Option<TimeZone>) -> PyResult<String> {
    if let Ok(text) = value.cast::<PyString>() {
        let text = text.to_str()?;
        let local = local_time(text, zone)?;
        // Written with a time, midnight is that time.
        return Ok(local.map_or_else(|| text.to_owned(), |time| time.to_string().replace(' ', "T") + midnight(time)));
    }
    let text: String = if value.hasattr("isoformat")? {
        value.call_method0("isoformat")?.extract()?
    } else if value.get_type().name()? == "datetime64" {
        value.str()?.extract()?
    } else {
        let found = value.get_type().fully_qualified_name()?;
        return Err(PyTypeError::new_err(format!(
            "{name} must be a str such as \"1997-09-30\", a datetime.date, a datetime.datetime, a numpy.datetime64 or a \
             pandas.Timestamp, not {found}"
        )));
    };
    if let Some(time) = local_time(&text, zone)? {
        return Ok(time.to_string());
    }
    let day = match text.split_once(MIDNIGHT) {
        Some((day, rest)) if rest.chars().all(|c| c == '0' || c == '.') => day,
        _ => &text,
    };
    Ok(day.to_owned())
}

/// What clocks show at a time that is written with its offset; `None` without one. What is no time is left to the core.
fn local_time(text: &str, zone: Option<TimeZone>) -> PyResult<Option<Timestamp>> {
    let has_offset = text.trim().get(10..).is_some_and(|time| time.contains(['Z', 'z', '+', '-']));
    let zone = zone.map_or_else(|| "UTC".parse().or_raise(), Ok)?;
    Ok(if has_offset { zone.local_time(text).ok() } else { None })
}

/// What is to follow a time in ISO form, which has no clock at midnight.
fn midnight(time: Timestamp) -> &'static str {
    if time.to_string().len() == 10 { MIDNIGHT } else { "" }
}

/// Hours by which the first zones of the world are ahead of UTC.
const FIRST_ZONE: i64 = 14;

/// The end of the day on which this is called: of the zone, or where the day is over last on the calendar, since nobody says
/// where the clocks are that times without a zone come from.
pub(crate) fn today(zone: Option<TimeZone>) -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64);
    let now = Timestamp::from_seconds(seconds);
    let ahead = || Timestamp::from_seconds(seconds + FIRST_ZONE * 3_600);
    zone.map_or_else(ahead, |zone| zone.local(now)).date_string()
}

/// The same for an argument that may be left out.
pub(crate) fn optional_iso_text(
    name: &str,
    value: Option<&Bound<'_, PyAny>>,
    zone: Option<TimeZone>,
) -> PyResult<Option<String>> {
    value.filter(|v| !v.is_none()).map(|v| iso_text(name, v, zone)).transpose()
}

/// Times as `datetime64[s]`.
pub(crate) fn to_seconds<'py>(py: Python<'py>, times: &[Timestamp]) -> Bound<'py, PyArray1<Datetime<units::Seconds>>> {
    PyArray1::from_iter(py, times.iter().map(|t| Datetime::from(t.seconds())))
}

/// Days as `datetime64[D]`.
pub(crate) fn to_days<'py>(py: Python<'py>, times: &[Timestamp]) -> Bound<'py, PyArray1<Datetime<units::Days>>> {
    PyArray1::from_iter(py, times.iter().map(|t| Datetime::from(t.days())))
}
