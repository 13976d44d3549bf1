//! Values by name, and tables of estimates at times.

use cpm_core::Column;
use cpm_core::clv::Estimate;
use numpy::ndarray::Array2;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Values by name.
pub(super) fn by_name<'py, S: AsRef<str>>(
    py: Python<'py>,
    names: impl IntoIterator<Item = S>,
    values: &[f64],
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in names.into_iter().zip(values) {
        dict.set_item(name.as_ref(), value)?;
    }
    Ok(dict)
}

/// Estimates at times as a table: `time`, the value, `low`, `high`.
pub(super) fn at_times(value: &str, times: &[f64], estimates: &[Estimate]) -> cpm_core::Result<cpm_core::Table> {
    let mut table = cpm_core::Table::new();
    table.push("time", Column::Float(times.to_vec()))?;
    push(&mut table, value, estimates.iter())?;
    Ok(table)
}

/// Estimates of rows as a table: `row`, the value, `low`, `high`.
pub(super) fn of_rows(value: &str, estimates: &[Estimate]) -> cpm_core::Result<cpm_core::Table> {
    let mut table = cpm_core::Table::new();
    table.push("row", Column::Integer((0..estimates.len() as i64).collect()))?;
    push(&mut table, value, estimates.iter())?;
    Ok(table)
}

/// Survival of rows at times as a table: `row`, the name of the time, `survival`, `low`, `high`; one row per row and time.
pub(super) fn survival_table(time: &str, at: Column, found: &Array2<Estimate>) -> cpm_core::Result<cpm_core::Table> {
    let (rows, times) = found.dim();
    let repeated = match at {
        Column::Integer(v) => Column::Integer((0..rows).flat_map(|_| v.iter().copied()).collect()),
        Column::Float(v) => Column::Float((0..rows).flat_map(|_| v.iter().copied()).collect()),
        other => other,
    };
    let mut table = cpm_core::Table::new();
    let row = (0..rows).flat_map(|row| std::iter::repeat_n(row as i64, times));
    table.push("row", Column::Integer(row.collect()))?;
    table.push(time, repeated)?;
    push(&mut table, "survival", found.iter())?;
    Ok(table)
}

fn push<'a>(
    table: &mut cpm_core::Table,
    value: &str,
    estimates: impl Iterator<Item = &'a Estimate> + Clone,
) -> cpm_core::Result<()> {
    let column = |of: fn(&Estimate) -> f64| Column::Float(estimates.clone().map(of).collect());
    table.push(value, column(|e| e.value))?;
    table.push("low", column(|e| e.interval.low))?;
    table.push("high", column(|e| e.interval.high))
}
