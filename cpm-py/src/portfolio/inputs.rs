//! What the portfolio functions take from Python, beside columns of numbers.

use cpm_core::clv::Estimate as CoreEstimate;
use cpm_core::portfolio::{DrawOptions, Measured};
use cpm_core::{Column, Timestamp};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;

use crate::arrays::{as_array, column_type, floats, kind_of};
use crate::error::{OrRaise, bad_value};
use crate::table::Table;

/// Labels as text, an empty one where it is missing (None or NaN).
pub(crate) fn labels(column: &'static str, values: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let list: Vec<Bound<'_, PyAny>> = as_array(column, values)?.call_method0("tolist")?.extract()?;
    let text = |(row, value): (usize, &Bound<'_, PyAny>)| {
        if value.is_none() {
            return Ok(String::new());
        }
        if let Ok(text) = value.extract::<String>() {
            return Ok(text);
        }
        match value.extract::<f64>() {
            // What pandas makes of whole numbers with gaps.
            Ok(number) if number.is_nan() => Ok(String::new()),
            Ok(number) if number.fract() == 0.0 => Ok(format!("{number:.0}")),
            _ => {
                let (expected, remedy) = ("a label is text or a whole number", "Convert it to text");
                Err(bad_value(column, row, value.str()?.to_string(), expected, remedy))
            }
        }
    };
    list.iter().enumerate().map(text).collect()
}

/// Labels that are whole numbers, without a Python object for each; None for any other kind.
pub(crate) fn numbers(column: &'static str, values: &Bound<'_, PyAny>) -> PyResult<Option<Vec<i64>>> {
    let array = as_array(column, values)?;
    if kind_of(&array)? != 'i' {
        return Ok(None);
    }
    let numpy = array.py().import(intern!(array.py(), "numpy"))?;
    let whole = numpy.call_method1(intern!(array.py(), "ascontiguousarray"), (&array, "int64"))?;
    Ok(Some(whole.cast_into::<PyArray1<i64>>()?.readonly().as_slice()?.to_vec()))
}

/// Estimates by name as a table: the names, the value, `low`, `high`.
pub(crate) fn estimates(names: (&str, &[String]), value: &str, of: &[CoreEstimate]) -> PyResult<Table> {
    let column = |get: fn(&CoreEstimate) -> f64| Column::Float(of.iter().map(get).collect());
    let mut table = cpm_core::Table::new();
    table.push(names.0, Column::Text(names.1.to_vec())).or_raise()?;
    table.push(value, column(|e| e.value)).or_raise()?;
    table.push("low", column(|e| e.interval.low)).or_raise()?;
    table.push("high", column(|e| e.interval.high)).or_raise()?;
    Ok(table.into())
}

/// Columns `name`, `name_low` and `name_high`.
pub(crate) fn push_estimates(
    table: &mut cpm_core::Table,
    name: &str,
    values: impl Iterator<Item = Option<CoreEstimate>> + Clone,
) -> PyResult<()> {
    let column = |of: fn(CoreEstimate) -> f64| Column::Optional(values.clone().map(|e| e.map(of)).collect());
    table.push(name, column(|e| e.value)).or_raise()?;
    table.push(&format!("{name}_low"), column(|e| e.interval.low)).or_raise()?;
    table.push(&format!("{name}_high"), column(|e| e.interval.high)).or_raise()
}

/// A number, or a number with its standard error.
#[derive(FromPyObject)]
pub(crate) enum Number {
    /// `20`
    Known(f64),
    /// `(20, 0.5)`
    Measured(f64, f64),
}

impl From<Number> for Measured {
    fn from(number: Number) -> Self {
        match number {
            Number::Known(value) => value.into(),
            Number::Measured(value, standard_error) => Self::new(value, standard_error),
        }
    }
}

/// How intervals are drawn.
pub(crate) fn draw_options(draws: usize, seed: u64, level: f64) -> DrawOptions {
    DrawOptions::new().draws(draws).seed(seed).level(level)
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Self::Known(value)
    }
}

/// One number for all items, or one for each; the core checks how many there are.
pub(crate) fn per_item(
    name: &'static str,
    value: Option<&Bound<'_, PyAny>>,
    items: usize,
    default: f64,
) -> PyResult<Vec<f64>> {
    let Some(value) = value else { return Ok(vec![default; items]) };
    match value.extract::<f64>() {
        Ok(number) => Ok(vec![number; items]),
        Err(_) => Ok(floats(name, value)?.as_slice()?.to_vec()),
    }
}

/// A column of dates, as `datetime64` of any unit or as ISO text.
pub(crate) fn timestamps(column: &'static str, values: &Bound<'_, PyAny>) -> PyResult<Vec<Timestamp>> {
    let array = as_array(column, values)?;
    if !matches!(kind_of(&array)?, 'M' | 'U' | 'T' | 'O') {
        return Err(column_type(column, &array, "dates", "Give datetime64, or text such as 1997-09-30"));
    }
    let seconds = array
        .call_method1(intern!(array.py(), "astype"), ("datetime64[s]",))
        .and_then(|a| a.call_method1(intern!(array.py(), "astype"), ("int64",)))
        .map_err(|_| column_type(column, &array, "dates", "Give datetime64, or text such as 1997-09-30"))?;
    let seconds = seconds.cast_into::<PyArray1<i64>>()?.readonly();
    let seconds = seconds.as_slice()?;
    if let Some(row) = seconds.iter().position(|s| *s == i64::MIN) {
        return Err(bad_value(column, row, "NaT".to_owned(), "every row needs a date", "Fill it in, or drop the row"));
    }
    Ok(seconds.iter().map(|s| Timestamp::from_seconds(*s)).collect())
}

/// One label for every row: the distinct ones in ascending order, and the position of each row's among them.
pub(crate) fn groups(column: &'static str, values: &Bound<'_, PyAny>) -> PyResult<(Vec<String>, Vec<u32>)> {
    let labels = labels(column, values)?;
    if let Some(row) = labels.iter().position(String::is_empty) {
        let remedy = "Give a name of its own to what has none, or drop the row";
        return Err(bad_value(column, row, String::new(), "every row needs a label", remedy));
    }
    let mut names = labels.clone();
    names.sort_unstable();
    names.dedup();
    let codes = labels.iter().map(|label| names.partition_point(|n| n < label) as u32).collect();
    Ok((names, codes))
}
