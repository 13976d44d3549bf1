//! The one error type of the crate: every variant says what is wrong, where, and what to do.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use crate::transactions::RowIssue;

/// Shorthand for results of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong in `cpm`.
///
/// Messages are written for the person who sees them: they name the column, the row and the value,
/// and end with the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be opened, read or written.
    #[error("{path}: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },

    /// A file is not in the format that it was read as.
    #[error("{path} cannot be read as {format}: {reason}. {remedy}", path = path.display())]
    UnreadableFile {
        /// The file.
        path: PathBuf,
        /// The format that was expected.
        format: &'static str,
        /// What was found instead.
        reason: String,
        /// What to do.
        remedy: String,
    },

    /// A named column does not exist.
    #[error("column `{column}` is not in {origin}; it has: {}. Name the column that holds the {role}{}", available.join(", "), delimiter_hint(available))]
    MissingColumn {
        /// The name that was asked for.
        column: String,
        /// What the column was meant to hold (customer, date, amount).
        role: &'static str,
        /// The file or table.
        origin: String,
        /// The columns that exist.
        available: Vec<String>,
    },

    /// Two columns have the name that was asked for.
    #[error(
        "column `{column}` is in {origin} twice, at positions {} and {} counted from 1. Give one of them another name: which \
         holds the {role} cannot be told",
        positions.0, positions.1
    )]
    RepeatedColumn {
        /// The name that was asked for.
        column: String,
        /// What the column was meant to hold (customer, date, amount).
        role: &'static str,
        /// The file or table.
        origin: String,
        /// Where the first two stand, counted from 1.
        positions: (usize, usize),
    },

    /// A column has a type that cannot be used.
    #[error("column `{column}` has type {found}, but {expected} is needed. {remedy}")]
    ColumnType {
        /// The column.
        column: String,
        /// The type that it has.
        found: String,
        /// The types that work.
        expected: &'static str,
        /// What to do.
        remedy: String,
    },

    /// The caller's callback asked for reading to end.
    #[error("reading was interrupted; nothing of what was read so far is kept")]
    Interrupted,

    /// There is nothing to work on.
    #[error("{what} is empty. {remedy}")]
    Empty {
        /// What is empty.
        what: String,
        /// What to do.
        remedy: String,
    },

    /// Rows of a transaction log are unusable, and the caller did not ask to leave them out.
    #[error(
        "{count} of {total} rows cannot be used ({breakdown}). First: {first}. \
         Correct the file, or leave such rows out and count them with on_error = exclude"
    )]
    BadRows {
        /// How many rows are unusable.
        count: u64,
        /// How many rows were read.
        total: u64,
        /// Counts by reason, in words.
        breakdown: String,
        /// The first of them.
        first: Box<RowIssue>,
    },

    /// Amounts are in several currencies, and nothing says what they are worth.
    #[error(
        "column `{column}` has several currencies: {found}. Their amounts cannot be added: give exchange_rates, or read \
         each currency into a log of its own"
    )]
    MixedCurrencies {
        /// The column of currencies.
        column: String,
        /// The currencies, how many rows each has, and the first row of each.
        found: String,
    },

    /// A value of a column given directly is outside its domain.
    #[error("column `{column}`, row {row}: {value} is not allowed, {expected}. {remedy}")]
    InvalidValue {
        /// The column.
        column: &'static str,
        /// The row, counted from 0.
        row: usize,
        /// The value as text.
        value: String,
        /// What is allowed.
        expected: &'static str,
        /// What to do.
        remedy: &'static str,
    },

    /// Columns that belong together have different lengths.
    #[error(
        "column `{column}` has {found} rows, but `{reference}` has {expected}. Give columns of one length, one row per customer"
    )]
    LengthMismatch {
        /// The column that does not fit.
        column: &'static str,
        /// Its length.
        found: usize,
        /// The column it is compared with.
        reference: &'static str,
        /// The length of that.
        expected: usize,
    },

    /// An argument is outside its domain.
    #[error("{name} = {value} is not allowed: {expected}")]
    InvalidArgument {
        /// The argument.
        name: &'static str,
        /// Its value as text.
        value: String,
        /// What is allowed, and what to do.
        expected: String,
    },

    /// The data cannot identify the model.
    #[error("{model} cannot be fitted: {reason}. {remedy}")]
    NotIdentified {
        /// The model.
        model: &'static str,
        /// Why.
        reason: String,
        /// What to do.
        remedy: String,
    },

    /// The optimiser did not arrive at a maximum.
    #[error(
        "the fit of {model} did not converge after {iterations} iterations (gradient norm {gradient_norm:.3e}). {remedy}"
    )]
    NotConverged {
        /// The model.
        model: &'static str,
        /// Iterations used.
        iterations: usize,
        /// Norm of the gradient on the log-parameters, per customer.
        gradient_norm: f64,
        /// What to do.
        remedy: String,
    },

    /// The mean spend of the population does not exist under the fitted Gamma-Gamma model.
    #[error(
        "the fitted Gamma-Gamma model has q = {q:.4}; with q <= 1 the mean spend of the population is infinite \
         and no expected value exists. {remedy}"
    )]
    InfiniteMeanSpend {
        /// The fitted q.
        q: f64,
        /// What to do.
        remedy: String,
    },

    /// A saved model cannot be read.
    #[error("the saved model cannot be read: {reason}. {remedy}")]
    SavedModel {
        /// Why.
        reason: String,
        /// What to do.
        remedy: String,
    },

    /// A saved [`SummaryBuilder`](crate::SummaryBuilder) cannot be read.
    #[error("{origin} cannot be read as a saved state: {problem}")]
    SavedState {
        /// The file.
        origin: String,
        /// What is wrong with it, and what to do.
        problem: SavedStateProblem,
    },

    /// Constraints contradict one another.
    #[error("{constraint} cannot be kept: at least {} is needed, {available} is allowed, {} too little. {remedy}", rounded(*needed), rounded(needed - available))]
    Infeasible {
        /// The constraint, or the constraints that together leave nothing.
        constraint: String,
        /// The least that the other constraints allow.
        needed: f64,
        /// Its limit.
        available: f64,
        /// What to do.
        remedy: String,
    },

    /// The report could not be produced.
    #[error("the report could not be written: {reason}")]
    Report {
        /// Why.
        reason: String,
    },
}

/// Why a saved state cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SavedStateProblem {
    /// It begins otherwise than saved states do.
    #[error("it is another kind of file. Give a file that was written by SummaryBuilder.save")]
    OtherFile,
    /// A newer version wrote it.
    #[error("it has version {found} of the format, this version of cpm reads up to {known}. Update cpm")]
    NewerVersion {
        /// The version of the format that it has.
        found: u32,
        /// The newest that can be read.
        known: u32,
    },
    /// It ends too early.
    #[error("it is cut short after {bytes} bytes. Copy it again, or go back to an earlier one")]
    CutShort {
        /// How much of it there is.
        bytes: u64,
    },
    /// It is not what was written.
    #[error("it is damaged at byte {at} ({what}). Copy it again, or go back to an earlier one")]
    Damaged {
        /// Where the damaged part begins.
        at: u64,
        /// What was found.
        what: String,
    },
}

/// Nine digits: what an optimiser gives, without its rounding errors.
fn rounded(value: f64) -> f64 {
    format!("{value:.8e}").parse().unwrap_or(value)
}

/// A header of one name with a separator in it is a header that was not separated.
fn delimiter_hint(names: &[String]) -> &'static str {
    match names {
        [name] if name.contains([';', '\t', '|']) => ", or the delimiter of the file",
        _ => "",
    }
}

impl Error {
    pub(crate) fn argument(name: &'static str, value: impl ToString, expected: impl Into<String>) -> Self {
        Self::InvalidArgument { name, value: value.to_string(), expected: expected.into() }
    }

    /// The same, with the name that the argument has for who gave it.
    pub(crate) fn named(self, name: &'static str) -> Self {
        match self {
            Self::InvalidArgument { value, expected, .. } => Self::InvalidArgument { name, value, expected },
            other => other,
        }
    }

    pub(crate) fn io(path: impl Into<PathBuf>, source: std::io::Error) -> Self {
        Self::Io { path: path.into(), source }
    }
}

/// Checks that an argument is finite and greater than zero.
pub(crate) fn positive(name: &'static str, value: f64) -> Result<f64> {
    if value.is_finite() && value > 0.0 {
        Ok(value)
    } else {
        Err(Error::argument(name, value, "it must be a finite number greater than 0"))
    }
}

/// Checks a parameter of a model that has no unit. Fits look for these from 10^-4 to 10^6; beyond the wider range answers take minutes,
/// or are all rounding.
pub(crate) fn shape(name: &'static str, value: f64) -> Result<f64> {
    parameter(name, value, 1e-6..=1e8)
}

/// What parameters of a model in units of time or money may be.
pub(crate) const SCALES: RangeInclusive<f64> = 1e-20..=1e25;

/// Checks such a parameter.
pub(crate) fn scale(name: &'static str, value: f64) -> Result<f64> {
    parameter(name, value, SCALES)
}

fn parameter(name: &'static str, value: f64, range: RangeInclusive<f64>) -> Result<f64> {
    if range.contains(&positive(name, value)?) {
        return Ok(value);
    }
    let expected = format!("a parameter of this kind is from {:e} to {:e}", range.start(), range.end());
    Err(Error::argument(name, format!("{value:e}"), expected))
}

/// Checks that an argument is finite and not negative.
pub(crate) fn non_negative(name: &'static str, value: f64) -> Result<f64> {
    if value.is_finite() && value >= 0.0 {
        Ok(value)
    } else {
        Err(Error::argument(name, value, "it must be a finite number of at least 0"))
    }
}

/// Checks that a column has as many rows as the one that it belongs to.
pub(crate) fn same_length(column: &'static str, found: usize, reference: &'static str, expected: usize) -> Result<()> {
    if found == expected { Ok(()) } else { Err(Error::LengthMismatch { column, found, reference, expected }) }
}

/// Checks that an argument lies strictly between 0 and 1.
pub(crate) fn level(name: &'static str, value: f64) -> Result<f64> {
    if value > 0.0 && value < 1.0 {
        Ok(value)
    } else {
        Err(Error::argument(name, value, "it must lie strictly between 0 and 1, such as 0.95"))
    }
}
