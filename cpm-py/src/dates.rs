//! Dates from Python: text, `datetime`, `numpy.datetime64` and `pandas.Timestamp`.

use cpm_core::Timestamp;
use numpy::PyArray1;
use numpy::datetime::{Datetime, units};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

/// Midnight as `isoformat()` and `str(numpy.datetime64)` write it.
const MIDNIGHT: &str = "T00:00:00";

/// A date as ISO text. An object at midnight without a zone stands for its day, as a date does: data frames
/// have no other way to say it.
pub(crate) fn iso_text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(text.to_str()?.to_owned());
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
    let day = match text.split_once(MIDNIGHT) {
        Some((day, rest)) if rest.chars().all(|c| c == '0' || c == '.') => day,
        _ => &text,
    };
    Ok(day.to_owned())
}

/// The same for an argument that may be left out.
pub(crate) fn optional_iso_text(name: &str, value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<String>> {
    value.filter(|v| !v.is_none()).map(|v| iso_text(name, v)).transpose()
}

/// Times as `datetime64[s]`.
pub(crate) fn to_seconds<'py>(py: Python<'py>, times: &[Timestamp]) -> Bound<'py, PyArray1<Datetime<units::Seconds>>> {
    PyArray1::from_iter(py, times.iter().map(|t| Datetime::from(t.seconds())))
}

/// Days as `datetime64[D]`.
pub(crate) fn to_days<'py>(py: Python<'py>, times: &[Timestamp]) -> Bound<'py, PyArray1<Datetime<units::Days>>> {
    PyArray1::from_iter(py, times.iter().map(|t| Datetime::from(t.days())))
}
