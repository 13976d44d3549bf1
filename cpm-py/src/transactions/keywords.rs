//! Keywords that may be given in more than one form.

use cpm_core::Error;
use cpm_core::transactions::TimeZone;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyString};

use super::ColumnName;
use crate::error::{OrRaise, exception};

/// A time zone: its name or offset, or an object of `zoneinfo`, `pytz` or `datetime`.
#[derive(Clone, Copy)]
pub(crate) struct Zone(pub(crate) TimeZone);

impl FromPyObject<'_, '_> for Zone {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let name: String = if given.is_instance_of::<PyString>() {
            given.extract()?
        } else if let Some(name) = ["key", "zone"].into_iter().find_map(|name| given.getattr(name).ok()?.extract().ok())
        {
            name
        } else if let Ok(offset) = given.call_method1("utcoffset", (given.py().None(),))
            && !offset.is_none()
        {
            // Of a fixed zone only: others need a date.
            let seconds: f64 = offset.call_method0("total_seconds")?.extract()?;
            let minutes = (seconds.abs() / 60.0) as u32;
            format!("{}{:02}:{:02}", if seconds < 0.0 { '-' } else { '+' }, minutes / 60, minutes % 60)
        } else {
            return Err(PyTypeError::new_err(format!(
                "time_zone must be a str such as \"Europe/Berlin\" or \"+02:00\", a zoneinfo.ZoneInfo or a \
                 datetime.timezone, not {}",
                given.get_type().fully_qualified_name()?
            )));
        };
        name.parse().or_raise().map(Self)
    }
}

/// Columns: a list of them, or a single one.
pub(crate) struct ColumnNames(pub(crate) Vec<ColumnName>);

impl FromPyObject<'_, '_> for ColumnNames {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(one) = given.extract() {
            return Ok(Self(vec![one]));
        }
        given.extract().map(Self)
    }
}

/// The customer behind each alias.
pub(crate) struct AliasPairs(pub(crate) Vec<(String, String)>);

impl FromPyObject<'_, '_> for AliasPairs {
    type Error = PyErr;

    fn extract(given: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let refuse = || {
            PyTypeError::new_err(format!(
                "aliases must be a dict from aliases to customers, a pandas Series of customers with the aliases as its \
                 index, or a table with a column of aliases and one of customers, not {}",
                given.get_type().fully_qualified_name().map_or_else(|_| "this".to_owned(), |name| name.to_string())
            ))
        };
        let pairs: Vec<(Bound<'_, PyAny>, Bound<'_, PyAny>)> = if let Ok(dict) = given.cast::<PyDict>() {
            dict.iter().collect()
        } else if given.hasattr("__arrow_c_stream__")?
            && (given.hasattr("columns")? || given.hasattr("column_names")?)
        {
            // A table; pandas and Polars name the columns otherwise than PyArrow, whose `columns` are the values.
            let names = if given.hasattr("column_names")? { "column_names" } else { "columns" };
            let names: Vec<String> =
                given.getattr(names)?.try_iter()?.map(|n| n?.extract()).collect::<PyResult<_>>()?;
            let [alias, customer] = &names[..] else {
                let expected = "a table of aliases has two columns, the alias and the customer behind it; select them";
                return Err(refused(names.join(", "), expected));
            };
            let list = |name: &str| {
                let column = given.get_item(name)?;
                let method = if column.hasattr("to_pylist")? { "to_pylist" } else { "to_list" };
                column.call_method0(method)?.extract::<Vec<_>>()
            };
            list(alias)?.into_iter().zip(list(customer)?).collect()
        } else if given.hasattr("items")? {
            let items = given.call_method0("items")?;
            items.try_iter()?.map(|pair| pair?.extract()).collect::<PyResult<_>>().map_err(|_| refuse())?
        } else {
            return Err(refuse());
        };
        let texts = pairs.iter().map(|(alias, customer)| match (id(alias)?, id(customer)?) {
            (Some(alias), Some(customer)) => Ok((alias, customer)),
            (Some(alias), None) => Err(refused(
                format!("{alias} for {customer}"),
                "the customer behind the alias is missing; give one, or leave the alias out",
            )),
            (None, _) => Err(refused(format!("{alias} for {customer}"), "the alias is missing; give both ids")),
        });
        texts.collect::<PyResult<_>>().map(Self)
    }
}

/// An id as text; `None` if it is missing, in whichever way data frames write that.
fn id(value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    // NaN is not equal to itself, and whether NA is cannot be said.
    let is_itself = value.eq(value).unwrap_or(false);
    if value.is_none() || !is_itself {
        return Ok(None);
    }
    // Whole numbers among missing ones are floating point in a data frame.
    if value.is_instance_of::<PyFloat>() && value.call_method0("is_integer")?.extract()? {
        return Ok(Some(format!("{:.0}", value.extract::<f64>()?)));
    }
    let text: String = value.str()?.extract()?;
    Ok((!text.trim().is_empty()).then_some(text))
}

fn refused(value: String, expected: &str) -> PyErr {
    exception(Error::InvalidArgument { name: "aliases", value, expected: expected.to_owned() })
}
