//! Columns of features: numbers and categories, with missing values.

use std::sync::atomic::{AtomicBool, Ordering};

use hashbrown::HashMap;
use ndarray::{ArrayView2, Axis, Slice};

use crate::error::{Error, Result};
use crate::numerics::parallel;
use crate::table::{Column, Table};

/// Rows per parallel task.
const CHUNK: usize = 16_384;
/// Rows at a time.
const BLOCK: usize = 256;

/// One column of features.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Feature {
    /// Numbers; NaN is a missing value.
    Numeric(Vec<f64>),
    /// Names, as positions in the list of distinct names; `None` is a missing value.
    Categorical {
        /// The distinct names.
        levels: Vec<String>,
        /// Per row the position of its name.
        codes: Vec<Option<u32>>,
    },
}

impl Feature {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Numeric(values) => values.len(),
            Self::Categorical { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Some of the rows, in the order asked for.
    fn take(&self, rows: &[usize]) -> Self {
        match self {
            Self::Numeric(values) => Self::Numeric(rows.iter().map(|&i| values[i]).collect()),
            Self::Categorical { levels, codes } => {
                Self::Categorical { levels: levels.clone(), codes: rows.iter().map(|&i| codes[i]).collect() }
            }
        }
    }

    /// The value of a row in words.
    pub(crate) fn text(&self, row: usize) -> String {
        match self {
            Self::Numeric(values) if values[row].is_nan() => "missing".to_owned(),
            Self::Numeric(values) => crate::table::Column::Float(vec![values[row]]).readable(0),
            Self::Categorical { levels, codes } => match codes[row] {
                Some(code) => levels[code as usize].clone(),
                None => "missing".to_owned(),
            },
        }
    }
}

/// Named columns of features, one row per customer.
///
/// ```
/// use cpm_core::churn::classifier::Features;
/// let features = Features::new()
///     .numeric("tenure", &[1.0, 12.0, f64::NAN])?
///     .categorical("contract", &[Some("monthly"), Some("yearly"), None])?;
/// assert_eq!((features.rows(), features.names().collect::<Vec<_>>()), (3, vec!["tenure", "contract"]));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Features {
    columns: Vec<(String, Feature)>,
}

impl Features {
    /// No columns yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column of numbers; NaN is a missing value.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a second column of a name or another number of rows; [`Error::ColumnType`] for an infinite value.
    pub fn numeric(self, name: &str, values: &[f64]) -> Result<Self> {
        self.with(name, Feature::Numeric(values.to_vec()))
    }

    /// The columns of a matrix, one row per customer; NaN is a missing value.
    ///
    /// ```
    /// use cpm_core::churn::classifier::Features;
    /// let matrix = ndarray::array![[1.0, 20.0], [12.0, 35.0], [7.0, f64::NAN]];
    /// let features = Features::matrix(&["tenure", "bill"], matrix.view())?;
    /// assert_eq!((features.rows(), features.names().count()), (3, 2));
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for another number of names than columns, or a name given twice; [`Error::ColumnType`] for an infinite
    /// value.
    pub fn matrix<S: AsRef<str>>(names: &[S], values: ArrayView2<'_, f64>) -> Result<Self> {
        if names.len() != values.ncols() {
            let expected = format!("the matrix has {} columns; give one name for each", values.ncols());
            return Err(Error::argument("names", format!("{} names", names.len()), expected));
        }
        let mut columns = vec![vec![0.0; values.nrows()]; values.ncols()];
        let infinite = AtomicBool::new(false);
        parallel::fill_columns(&mut columns, CHUNK, |first, parts| {
            // Some rows at a time, so that what is read stays in the cache.
            let rows = parts.first().map_or(0, |part| part.len());
            for from in (0..rows).step_by(BLOCK) {
                let to = (from + BLOCK).min(rows);
                let block = values.slice_axis(Axis(0), Slice::from(first + from..first + to));
                for (part, column) in parts.iter_mut().zip(block.columns()) {
                    part[from..to].iter_mut().zip(column).for_each(|(to, x)| *to = *x);
                    if any_infinite(&part[from..to]) {
                        infinite.store(true, Ordering::Relaxed);
                    }
                }
            }
        });
        let infinite = infinite.into_inner();
        let add = |all: Self, (name, column): (&S, Vec<f64>)| {
            all.checked(name.as_ref(), Feature::Numeric(column), |_| infinite)
        };
        names.iter().zip(columns).try_fold(Self::new(), add)
    }

    /// Adds a column of categories; `None` is a missing value.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a second column of a name or another number of rows.
    pub fn categorical<S: AsRef<str>>(self, name: &str, values: &[Option<S>]) -> Result<Self> {
        let mut levels: Vec<String> = Vec::new();
        let mut known: HashMap<&str, u32> = HashMap::new();
        let mut codes = Vec::with_capacity(values.len());
        for value in values {
            codes.push(value.as_ref().map(|v| {
                *known.entry(v.as_ref()).or_insert_with_key(|level| {
                    levels.push((*level).to_owned());
                    levels.len() as u32 - 1
                })
            }));
        }
        self.with(name, Feature::Categorical { levels, codes })
    }

    /// Adds a column.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a second column of a name, another number of rows, or a code without a name;
    /// [`Error::ColumnType`] for an infinite value.
    pub fn with(self, name: &str, column: Feature) -> Result<Self> {
        // Nearly always there is none, and this is the quicker way to see it.
        let infinite =
            |values: &[f64]| parallel::map_chunks(values.len(), CHUNK, |rows| any_infinite(&values[rows])).any(|i| i);
        self.checked(name, column, infinite)
    }

    /// [`with`](Self::with), where `infinite` says whether it may be that there is an infinite value.
    fn checked(mut self, name: &str, column: Feature, infinite: impl Fn(&[f64]) -> bool) -> Result<Self> {
        if self.columns.iter().any(|(n, _)| n == name) {
            return Err(Error::argument("features", name, "two columns have this name"));
        }
        if !self.columns.is_empty() && self.rows() != column.len() {
            let expected = format!("column `{name}` has {} rows, the others have {}", column.len(), self.rows());
            return Err(Error::argument("features", name, expected));
        }
        if let Feature::Categorical { levels, codes } = &column
            && let Some(code) = codes.iter().flatten().find(|c| **c as usize >= levels.len())
        {
            return Err(Error::argument("features", name, format!("code {code} has no name")));
        }
        if let Feature::Numeric(values) = &column
            && infinite(values)
            && let Some(row) = values.iter().position(|v| v.is_infinite())
        {
            return Err(Error::ColumnType {
                column: name.to_owned(),
                found: format!("numbers with {} in row {row}", values[row]),
                expected: "finite numbers or missing values",
                remedy: "Correct the value, or make it missing (NaN)".to_owned(),
            });
        }
        self.columns.push((name.to_owned(), column));
        Ok(self)
    }

    /// The columns from left to right.
    pub fn columns(&self) -> impl Iterator<Item = (&str, &Feature)> {
        self.columns.iter().map(|(name, column)| (name.as_str(), column))
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// The column of a name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Feature> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, c)| c)
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns.first().map_or(0, |(_, c)| c.len())
    }

    /// The same with the values of one column taken from other rows.
    pub(crate) fn shuffled(&self, name: &str, rows: &[usize]) -> Self {
        let column =
            |(n, column): &(String, Feature)| (n.clone(), if n == name { column.take(rows) } else { column.clone() });
        Self { columns: self.columns.iter().map(column).collect() }
    }

    /// Some of the rows, in the order asked for; positions must be below [`rows`](Self::rows).
    pub(crate) fn take(&self, rows: &[usize]) -> Self {
        Self { columns: self.columns.iter().map(|(name, column)| (name.clone(), column.take(rows))).collect() }
    }
}

fn any_infinite(values: &[f64]) -> bool {
    values.chunks(BLOCK).any(|block| block.iter().fold(false, |any, v| any | v.is_infinite()))
}

impl TryFrom<&Table> for Features {
    type Error = Error;

    /// The columns of a table but for ids: numbers, text and categories. Empty text is a missing value.
    fn try_from(table: &Table) -> Result<Self> {
        let mut features = Self::new();
        for (name, column) in table.columns() {
            features = match column {
                Column::Float(values) => features.numeric(name, values)?,
                Column::Integer(values) => {
                    features.numeric(name, &values.iter().map(|v| *v as f64).collect::<Vec<_>>())?
                }
                Column::Optional(values) => {
                    features.numeric(name, &values.iter().map(|v| v.unwrap_or(f64::NAN)).collect::<Vec<_>>())?
                }
                Column::Text(values) => {
                    let known = |v: &'_ String| (!v.is_empty()).then(|| v.clone());
                    features.categorical(name, &values.iter().map(known).collect::<Vec<_>>())?
                }
                Column::Category { names, codes } => {
                    let blank = names.iter().position(String::is_empty);
                    let codes = codes.iter().map(|c| (Some(*c as usize) != blank).then_some(*c)).collect();
                    features.with(name, Feature::Categorical { levels: names.clone(), codes })?
                }
                Column::Id(_) => features,
                Column::Date(_) | Column::Time(_) => {
                    return Err(Error::ColumnType {
                        column: name.to_owned(),
                        found: "dates".to_owned(),
                        expected: "numbers or categories",
                        remedy: "Make it a number, such as days before the date of scoring".to_owned(),
                    });
                }
            };
        }
        Ok(features)
    }
}
