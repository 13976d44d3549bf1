//! Attributes of customers that do not change: what models with covariates know beside the history.

use std::collections::HashMap;

use crate::error::{Error, Result};
use crate::table::{Column, Table};

/// Attributes of customers, one row for each: numbers, and categories such as a channel or a country.
///
/// Rows with the same values share a *profile*: models work on the distinct ones.
///
/// ```
/// use cpm_core::{Column, Table};
/// use cpm_core::summary::Covariates;
/// let mut table = Table::new();
/// table.push("channel", Column::Text(vec!["web".into(), "shop".into(), "web".into()]))?;
/// table.push("age", Column::Float(vec![31.0, 54.0, 31.0]))?;
/// let covariates = Covariates::new(&table)?;
/// assert_eq!((covariates.len(), covariates.profiles()), (3, 2));
/// assert_eq!(covariates.of_row()[0], covariates.of_row()[2]);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "binary", derive(serde::Serialize, serde::Deserialize))]
pub struct Covariates {
    columns: Vec<(String, Values)>,
    /// For each customer its profile.
    of_row: Vec<u32>,
}

/// A column, profile by profile.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "binary", derive(serde::Serialize, serde::Deserialize))]
pub(crate) enum Values {
    Numbers(Vec<f64>),
    /// Names in alphabetical order, and the position of each profile's among them.
    Categories {
        names: Vec<String>,
        codes: Vec<u32>,
    },
}

impl Covariates {
    /// The columns of a table: numbers as they are, text as categories.
    ///
    /// # Errors
    /// [`Error::Empty`] without columns or rows; [`Error::InvalidValue`] naming column and row of a number that is missing or
    /// not finite, or of an empty text; [`Error::ColumnType`] for dates.
    pub fn new(table: &Table) -> Result<Self> {
        if table.rows() == 0 {
            let remedy = "Give at least one column, with a row for each customer".to_owned();
            return Err(Error::Empty { what: "the table of covariates".to_owned(), remedy });
        }
        let by_row =
            table.columns().map(|(name, column)| Ok((name, read(name, column)?))).collect::<Result<Vec<_>>>()?;
        let key = |row: usize| -> Vec<u64> {
            let of = |values: &Values| match values {
                Values::Numbers(v) => ordered(v[row]),
                Values::Categories { codes, .. } => u64::from(codes[row]),
            };
            by_row.iter().map(|(_, values)| of(values)).collect()
        };
        let mut rows: Vec<(Vec<u64>, u32)> = (0..table.rows()).map(|row| (key(row), row as u32)).collect();
        crate::numerics::parallel::sort_by(&mut rows, Ord::cmp);
        let mut of_row = vec![0; rows.len()];
        let mut first_rows: Vec<usize> = Vec::new();
        for (k, (key, row)) in rows.iter().enumerate() {
            if k == 0 || *key != rows[k - 1].0 {
                first_rows.push(*row as usize);
            }
            of_row[*row as usize] = first_rows.len() as u32 - 1;
        }
        let distinct = |values: Values| match values {
            Values::Numbers(v) => Values::Numbers(first_rows.iter().map(|&row| v[row]).collect()),
            Values::Categories { names, codes } => {
                Values::Categories { names, codes: first_rows.iter().map(|&row| codes[row]).collect() }
            }
        };
        let columns = by_row.into_iter().map(|(name, values)| (name.to_owned(), distinct(values))).collect();
        Ok(Self { columns, of_row })
    }

    /// Number of customers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.of_row.len()
    }

    /// Whether there are no customers; never true.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.of_row.is_empty()
    }

    /// Names of the columns.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// Number of distinct rows.
    #[must_use]
    pub fn profiles(&self) -> usize {
        self.columns.first().map_or(0, |(_, values)| match values {
            Values::Numbers(v) => v.len(),
            Values::Categories { codes, .. } => codes.len(),
        })
    }

    /// For each customer the number of its profile; profiles are numbered in the order of their values.
    #[must_use]
    pub fn of_row(&self) -> &[u32] {
        &self.of_row
    }

    /// Those of the customers at these positions.
    pub(crate) fn take(&self, positions: &[u32]) -> Self {
        let of_row = positions.iter().map(|&row| self.of_row[row as usize]).collect();
        Self { columns: self.columns.clone(), of_row }
    }

    /// The values of a column, profile by profile.
    pub(crate) fn column(&self, name: &str) -> Option<&Values> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, values)| values)
    }

    /// The first customer with a profile, for messages.
    pub(crate) fn row_of(&self, profile: usize) -> usize {
        self.of_row.iter().position(|p| *p as usize == profile).unwrap_or(0)
    }
}

/// Bits that sort like the number.
fn ordered(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 0 { bits | (1 << 63) } else { !bits }
}

/// A column row by row.
fn read(name: &str, column: &Column) -> Result<Values> {
    let missing = |row: usize, value: &str, expected: &'static str| Error::InvalidValue {
        column: "covariates",
        row,
        value: format!("{name} = {value}"),
        expected,
        remedy: "Fill in or leave out what is missing",
    };
    let numbers = |values: Vec<f64>| match values.iter().position(|v| !v.is_finite()) {
        None => Ok(Values::Numbers(values)),
        Some(row) => Err(missing(row, &values[row].to_string(), "a covariate must be a finite number")),
    };
    match column {
        Column::Float(values) => numbers(values.clone()),
        Column::Integer(values) => numbers(values.iter().map(|&v| v as f64).collect()),
        Column::Optional(values) => match values.iter().position(Option::is_none) {
            None => numbers(values.iter().flatten().copied().collect()),
            Some(row) => Err(missing(row, "(missing)", "a covariate must be a finite number")),
        },
        Column::Text(values) => match values.iter().position(|v| v.trim().is_empty()) {
            None => Ok(categories(values.iter().map(String::as_str))),
            Some(row) => Err(missing(row, "(empty)", "a category must have a name")),
        },
        Column::Category { names, codes } => Ok(categories(codes.iter().map(|&c| names[c as usize].as_str()))),
        Column::Id(ids) => {
            let texts: Vec<String> = (0..ids.len()).map(|row| ids.get(row).to_string()).collect();
            Ok(categories(texts.iter().map(String::as_str)))
        }
        Column::Date(_) | Column::Time(_) => Err(Error::ColumnType {
            column: name.to_owned(),
            found: "date".to_owned(),
            expected: "numbers or text",
            remedy: "Turn it into a number, such as days since a date, or leave it out".to_owned(),
        }),
    }
}

fn categories<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Values {
    let mut names: Vec<&str> = values.clone().collect();
    names.sort_unstable();
    names.dedup();
    let code: HashMap<&str, u32> = names.iter().enumerate().map(|(k, name)| (*name, k as u32)).collect();
    Values::Categories {
        codes: values.map(|v| code[v]).collect(),
        names: names.into_iter().map(str::to_owned).collect(),
    }
}

#[cfg(test)]
#[path = "covariates_tests.rs"]
mod tests;
