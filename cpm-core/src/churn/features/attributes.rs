//! The caller's own columns, beside each customer.

use std::collections::HashMap;

use super::ChurnFeatures;
use crate::error::{Error, Result, same_length};
use crate::table::{Column, Table};
use crate::transactions::{CustomerId, CustomerIds};

/// What a text column says of a customer whom the attributes do not have.
const MISSING: &str = "(missing)";

impl ChurnFeatures {
    /// Adds the columns of `attributes` (sex, region, plan ...), one row of which belongs to each of `ids`, to the
    /// rows of these customers at every date. Customers without a row get a missing number, or the text `(missing)`.
    ///
    /// Attributes have no date: they must have been known at every as-of date. What changes over time belongs into an
    /// [`EventLog`](super::EventLog) of values, whose last one before the date is a feature.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::InvalidArgument`] for a customer who comes twice, for ids of another kind than
    /// the log's, and for a column whose name is taken.
    pub fn join(mut self, ids: &CustomerIds, attributes: &Table) -> Result<Self> {
        same_length("attributes", attributes.rows(), "customer_id", ids.len())?;
        let mut place: HashMap<CustomerId<'_>, usize> = HashMap::with_capacity(ids.len());
        for (row, id) in ids.iter().enumerate() {
            if place.insert(id, row).is_some() {
                return Err(Error::argument("attributes", id, "two rows have this customer; give one row for each"));
            }
        }
        let Some(Column::Id(customers)) = self.table.column("customer_id") else { return Ok(self) };
        if matches!(
            (customers, ids),
            (CustomerIds::Text(_), CustomerIds::Integer(_)) | (CustomerIds::Integer(_), CustomerIds::Text(_))
        ) {
            let expected = "the ids of the attributes are text and those of the log integers, or the other way round";
            return Err(Error::argument("attributes", "customer_id", expected));
        }
        let rows: Vec<Option<usize>> = customers.iter().map(|id| place.get(&id).copied()).collect();
        // The label stays the last column.
        let mut table = Table::new();
        let label = self.label.is_some();
        for (name, column) in self.table.columns().filter(|(name, _)| !label || *name != super::LABEL) {
            table.push(name, column.clone())?;
        }
        for (name, column) in attributes.columns() {
            table.push(name, taken(column, &rows))?;
        }
        if let Some(label) = &self.label {
            table.push(super::LABEL, Column::Integer(label.clone()))?;
        }
        self.table = table;
        Ok(self)
    }
}

/// Rows of a column; numbers become optional, all else text.
fn taken(column: &Column, rows: &[Option<usize>]) -> Column {
    let numbers = |of: &dyn Fn(usize) -> Option<f64>| Column::Optional(rows.iter().map(|r| r.and_then(of)).collect());
    match column {
        Column::Integer(v) => numbers(&|i| Some(v[i] as f64)),
        Column::Float(v) => numbers(&|i| Some(v[i])),
        Column::Optional(v) => numbers(&|i| v[i]),
        text => {
            let mut names: Vec<String> = (0..text.len()).map(|i| text.format(i)).collect();
            let values: Vec<String> =
                rows.iter().map(|r| r.map_or_else(|| MISSING.to_owned(), |i| names[i].clone())).collect();
            names.push(MISSING.to_owned());
            names.sort_unstable();
            names.dedup();
            let codes = values.iter().map(|v| names.partition_point(|n| n < v) as u32).collect();
            Column::Category { names, codes }
        }
    }
}
