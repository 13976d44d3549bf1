//! A small columnar table: how scores, segments and totals leave the crate.

#[cfg(feature = "arrow")]
mod arrow;
mod display;

use crate::error::{Error, Result};
use crate::estimate::{Estimate, Interval};
use crate::transactions::{CustomerIds, Timestamp};

/// One column of a [`Table`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub enum Column {
    /// Customer ids, text or integer.
    Id(CustomerIds),
    /// Text, such as a segment's name.
    Text(Vec<String>),
    /// Whole numbers.
    Integer(Vec<i64>),
    /// Real numbers, all of which exist (never NaN).
    Float(Vec<f64>),
    /// Real numbers of which some do not exist.
    Optional(Vec<Option<f64>>),
    /// One of a few names per row, stored as an index into them.
    Category {
        /// The names.
        names: Vec<String>,
        /// For each row the index of its name.
        codes: Vec<u32>,
    },
    /// Days.
    Date(Vec<Timestamp>),
    /// Points in time, to the second.
    Time(Vec<Timestamp>),
}

impl Column {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Id(v) => v.len(),
            Self::Text(v) => v.len(),
            Self::Integer(v) => v.len(),
            Self::Float(v) => v.len(),
            Self::Optional(v) => v.len(),
            Self::Category { codes, .. } => codes.len(),
            Self::Date(v) | Self::Time(v) => v.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of one row as text; empty where it does not exist.
    #[must_use]
    pub fn format(&self, row: usize) -> String {
        match self {
            Self::Id(v) => v.get(row).to_string(),
            Self::Text(v) => v[row].clone(),
            Self::Integer(v) => v[row].to_string(),
            Self::Float(v) => v[row].to_string(),
            Self::Optional(v) => v[row].map_or_else(String::new, |x| x.to_string()),
            Self::Category { names, codes } => names[codes[row] as usize].clone(),
            Self::Date(v) => v[row].date_string(),
            Self::Time(v) => v[row].to_string(),
        }
    }
}

/// Named columns of one length.
///
/// ```
/// use cpm_core::{Column, Table};
/// let mut table = Table::new();
/// table.push("segment", Column::Text(vec!["Champions".into(), "Hibernating".into()]))?;
/// table.push("value", Column::Float(vec![120.5, 3.25]))?;
/// assert_eq!(table.rows(), 2);
/// assert_eq!(table.floats("value").unwrap()[0], 120.5);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Table {
    columns: Vec<(String, Column)>,
}

impl Table {
    /// A table without columns.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column on the right.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if its length differs from the others' or its name is taken.
    pub fn push(&mut self, name: &str, column: Column) -> Result<()> {
        if let Some((_, first)) = self.columns.first()
            && first.len() != column.len()
        {
            return Err(Error::argument(
                "column",
                name,
                format!("it has {} rows, the table has {}", column.len(), first.len()),
            ));
        }
        if self.column(name).is_some() {
            return Err(Error::argument("column", name, "the table has a column of this name"));
        }
        self.columns.push((name.to_owned(), column));
        Ok(())
    }

    /// Adds three columns of these names: the value of each estimate, and the ends of its interval.
    pub(crate) fn push_estimates(
        &mut self,
        [value, low, high]: [&str; 3],
        estimates: impl IntoIterator<Item = Estimate>,
    ) -> Result<()> {
        let (values, intervals): (Vec<f64>, Vec<Interval>) =
            estimates.into_iter().map(|e| (e.value, e.interval)).unzip();
        self.push(value, Column::Float(values))?;
        self.push(low, Column::Float(intervals.iter().map(|i| i.low).collect()))?;
        self.push(high, Column::Float(intervals.iter().map(|i| i.high).collect()))
    }

    /// The columns from left to right.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &Column)> {
        self.columns.iter().map(|(name, column)| (name.as_str(), column))
    }

    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, c)| c)
    }

    /// The values of a column of real numbers.
    #[must_use]
    pub fn floats(&self, name: &str) -> Option<&[f64]> {
        match self.column(name) {
            Some(Column::Float(values)) => Some(values),
            _ => None,
        }
    }

    /// The values of a column of text.
    #[must_use]
    pub fn texts(&self, name: &str) -> Option<&[String]> {
        match self.column(name) {
            Some(Column::Text(values)) => Some(values),
            _ => None,
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, c)| c.len())
    }

    /// Writes the table as CSV, with a header line; a value that does not exist is an empty field.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written.
    #[cfg(feature = "csv")]
    pub fn write_csv(&self, path: impl AsRef<std::path::Path>) -> Result<()> {
        let path = path.as_ref();
        let failed = |e: csv::Error| match e.into_kind() {
            csv::ErrorKind::Io(e) => Error::io(path, e),
            other => Error::io(path, std::io::Error::other(format!("{other:?}"))),
        };
        let mut writer = csv::Writer::from_path(path).map_err(failed)?;
        writer.write_record(self.columns.iter().map(|(name, _)| name)).map_err(failed)?;
        for row in 0..self.rows() {
            writer.write_record(self.columns.iter().map(|(_, c)| c.format(row))).map_err(failed)?;
        }
        writer.flush().map_err(|e| Error::io(path, e))
    }
}
