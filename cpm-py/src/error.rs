//! The one mapping from the core's errors to Python exceptions.

use std::io;

use cpm_core::Error;
use pyo3::create_exception;
use pyo3::exceptions::{PyOSError, PyValueError};
use pyo3::prelude::*;

create_exception!(
    cpm,
    CpmError,
    PyValueError,
    "Base of the exceptions of cpm, and the one raised for an argument outside its domain.\n\n\
     The message says what is wrong, where, and what to do.\n\n\
     Examples\n--------\n\
     >>> import cpm\n\
     >>> try:\n\
     ...     cpm.BgNbd.from_params(r=-1, alpha=4.4, a=0.8, b=2.4)\n\
     ... except cpm.CpmError as error:\n\
     ...     print(error)\n\
     r = -1 is not allowed: it must be a finite number greater than 0\n"
);
create_exception!(
    cpm,
    DataError,
    CpmError,
    "The data cannot be used.\n\n\
     Attributes\n----------\n\
     column : str or None\n    The column at fault.\n\
     row : int or None\n    The line of a text file (the header is line 1), or the row of a table or column\n    \
     (from 0).\n\
     value : str or None\n    The value as it stands there.\n\n\
     Examples\n--------\n\
     >>> import cpm\n\
     >>> try:\n\
     ...     cpm.CustomerSummary(frequency=[2, 1], recency=[30, 50], T=[38, 38])\n\
     ... except cpm.DataError as error:\n\
     ...     print(error.column, error.row, error.value)\n\
     recency 1 50\n"
);
create_exception!(
    cpm,
    FitError,
    CpmError,
    "A model cannot be fitted to these data: they do not determine it, the optimiser did not arrive, or the\n\
     fitted model has no finite mean.\n\n\
     Examples\n--------\n\
     >>> import cpm\n\
     >>> customers = cpm.CustomerSummary(frequency=[0, 0], recency=[0, 0], T=[38, 30])\n\
     >>> try:\n\
     ...     cpm.BgNbd().fit(customers)\n\
     ... except cpm.FitError as error:\n\
     ...     print(error)\n\
     BG/NBD cannot be fitted: 0 of 2 customers have a repeat purchase, and its rate cannot be told from so few. \
     Give more customers or a longer log, or set the parameters with from_params\n"
);

/// Adds the exceptions to the module. The attributes exist on the class, so that they can be read of any `DataError`.
pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let data = py.get_type::<DataError>();
    for attribute in ["column", "row", "value"] {
        data.setattr(attribute, py.None())?;
    }
    module.add("CpmError", py.get_type::<CpmError>())?;
    module.add("DataError", data)?;
    module.add("FitError", py.get_type::<FitError>())
}

/// `?` for results of the core.
pub(crate) trait OrRaise<T> {
    /// The value, or the Python exception for the error.
    fn or_raise(self) -> PyResult<T>;
}

impl<T> OrRaise<T> for cpm_core::Result<T> {
    fn or_raise(self) -> PyResult<T> {
        self.map_err(exception)
    }
}

/// The Python exception for an error of the core.
pub(crate) fn exception(error: Error) -> PyErr {
    let message = error.to_string();
    match error {
        Error::Io { path, source } => os_error(&path.display().to_string(), &source),
        Error::BadRows { first, .. } => {
            data_error(message, Some(first.column), Some(first.place.number()), Some(first.value))
        }
        Error::InvalidValue { column, row, value, .. } => {
            data_error(message, Some(column.to_owned()), Some(row as u64), Some(value))
        }
        Error::LengthMismatch { column, .. } => data_error(message, Some(column.to_owned()), None, None),
        Error::MissingColumn { column, .. }
        | Error::RepeatedColumn { column, .. }
        | Error::ColumnType { column, .. }
        | Error::MixedCurrencies { column, .. } => data_error(message, Some(column), None, None),
        Error::Empty { .. } | Error::UnreadableFile { .. } | Error::SavedState { .. } => {
            data_error(message, None, None, None)
        }
        Error::NotIdentified { .. } | Error::NotConverged { .. } | Error::InfiniteMeanSpend { .. } => {
            FitError::new_err(message)
        }
        _ => CpmError::new_err(message),
    }
}

/// A value that cannot be used in a column whose name is the caller's.
pub(crate) fn bad_value(column: &str, row: usize, value: String, expected: &str, remedy: &str) -> PyErr {
    let message = format!("column `{column}`, row {row}: {value} is not allowed, {expected}. {remedy}");
    data_error(message, Some(column.to_owned()), Some(row as u64), Some(value))
}

pub(crate) fn data_error(message: String, column: Option<String>, row: Option<u64>, value: Option<String>) -> PyErr {
    let error = DataError::new_err(message);
    // An attribute that cannot be set leaves the message, which says the same.
    let _ = Python::attach(|py| {
        let instance = error.value(py);
        instance.setattr("column", column.filter(|c| !c.is_empty()))?;
        instance.setattr("row", row)?;
        instance.setattr("value", value)
    });
    error
}

/// With the number of the error Python makes the right subclass, such as `FileNotFoundError`.
fn os_error(path: &str, source: &io::Error) -> PyErr {
    match source.raw_os_error() {
        Some(number) => {
            let text = source.to_string();
            let text = text.split(" (os error").next().unwrap_or_default().to_owned();
            PyOSError::new_err((number, text, path.to_owned()))
        }
        None => io::Error::new(source.kind(), format!("{path}: {source}")).into(),
    }
}
