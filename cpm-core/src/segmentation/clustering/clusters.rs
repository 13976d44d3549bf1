//! What clusters of every model share: how many there can be, their order, and the table of their sizes.

use super::rows::Rows;
use crate::error::{Error, Result};
use crate::table::{Column, Table};

pub(super) fn at_least_one(name: &'static str, value: usize) -> Result<()> {
    if value > 0 { Ok(()) } else { Err(Error::argument(name, value, "it must be a whole number of at least 1")) }
}

pub(super) fn enough_rows(model: &'static str, rows: &Rows, k: usize) -> Result<()> {
    if rows.len() >= k {
        return Ok(());
    }
    Err(Error::NotIdentified {
        model,
        reason: format!("there are {} distinct rows for {k} clusters", rows.len()),
        remedy: "Ask for fewer clusters, or give more columns or rows".to_owned(),
    })
}

/// The clusters from the largest; equally large ones by their centers, so that the order of starts does not matter.
pub(super) fn largest_first<'a>(sizes: &[f64], center: impl Fn(usize) -> &'a [f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sizes.len()).collect();
    order.sort_by(|&a, &b| {
        let by_content = || center(a).iter().zip(center(b)).map(|(a, b)| a.total_cmp(b)).find(|o| o.is_ne());
        sizes[b].total_cmp(&sizes[a]).then_with(|| by_content().unwrap_or(a.cmp(&b)))
    });
    order
}

/// Columns `cluster, size, share`.
pub(super) fn sizes_table(sizes: &[f64]) -> Result<Table> {
    let total: f64 = sizes.iter().sum();
    let mut table = Table::new();
    table.push("cluster", Column::Integer((0..sizes.len() as i64).collect()))?;
    table.push("size", Column::Float(sizes.to_vec()))?;
    table.push("share", Column::Float(sizes.iter().map(|s| s / total).collect()))?;
    Ok(table)
}

/// What never happens: values that do not fill their matrix.
pub(super) fn shape(e: ndarray::ShapeError) -> Error {
    Error::argument("X", e, "its shape is not a matrix")
}
