//! What a reader is told: which column is which, and what to do with rows that are unusual.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// How many names of a header a message shows.
const NAMES_SHOWN: usize = 30;

/// What to do with rows that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnError {
    /// Stop with an error that counts them and shows the first (the default).
    #[default]
    Raise,
    /// Leave them out and count them in the quality report.
    Exclude,
}

/// What to do with negative amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Returns {
    /// They are rows that cannot be used (the default): see [`OnError`].
    #[default]
    Error,
    /// They are left out and counted.
    Drop,
    /// They are kept and net against the purchases of the same customer and merging period; a period
    /// that returns bring to zero or below is not a purchase, and is counted.
    Net,
}

/// What to do with amounts of zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZeroAmounts {
    /// They are purchases like others, and counted (the default).
    #[default]
    Keep,
    /// They are left out and counted.
    Drop,
}

/// Names of columns and policies for reading a transaction log.
///
/// ```
/// use cpm_core::{OnError, ReadOptions};
/// let options = ReadOptions::new("customer_id", "date", "amount")
///     .date_format("%d/%m/%Y")
///     .on_error(OnError::Exclude);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOptions {
    pub(crate) customer: String,
    pub(crate) date: String,
    pub(crate) amount: String,
    pub(crate) date_format: Option<String>,
    pub(crate) on_error: OnError,
    pub(crate) returns: Returns,
    pub(crate) zero_amounts: ZeroAmounts,
    pub(crate) delimiter: u8,
    pub(crate) decimal: char,
}

impl ReadOptions {
    /// The names of the columns that hold the customer's id, the date and the amount.
    #[must_use]
    pub fn new(customer: &str, date: &str, amount: &str) -> Self {
        Self {
            customer: customer.to_owned(),
            date: date.to_owned(),
            amount: amount.to_owned(),
            date_format: None,
            on_error: OnError::default(),
            returns: Returns::default(),
            zero_amounts: ZeroAmounts::default(),
            delimiter: b',',
            decimal: '.',
        }
    }

    /// How dates are written, in `strftime` directives, for instance `%d/%m/%Y`. Without it dates must
    /// be ISO 8601.
    #[must_use]
    pub fn date_format(mut self, format: &str) -> Self {
        self.date_format = Some(format.to_owned());
        self
    }

    /// What to do with rows that cannot be used.
    #[must_use]
    pub fn on_error(mut self, policy: OnError) -> Self {
        self.on_error = policy;
        self
    }

    /// What to do with negative amounts.
    #[must_use]
    pub fn returns(mut self, policy: Returns) -> Self {
        self.returns = policy;
        self
    }

    /// What to do with amounts of zero.
    #[must_use]
    pub fn zero_amounts(mut self, policy: ZeroAmounts) -> Self {
        self.zero_amounts = policy;
        self
    }

    /// What stands between the fields of a CSV file: a comma if not given; a semicolon or a tab are other customs.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not a single ASCII character, or one that rows and quoted fields need.
    pub fn delimiter(mut self, delimiter: char) -> Result<Self> {
        self.delimiter = match u8::try_from(delimiter) {
            Ok(byte) if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => byte,
            _ => {
                let reason = "it must be one ASCII character, such as ',', ';' or a tab, and no quote or line end";
                return Err(Error::argument("delimiter", delimiter.escape_default(), reason));
            }
        };
        Ok(self)
    }

    /// What stands before the decimals of an amount that is text: a point if not given, or a comma.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is neither.
    pub fn decimal(mut self, decimal: char) -> Result<Self> {
        if !matches!(decimal, '.' | ',') {
            return Err(Error::argument("decimal", decimal, "it must be a point or a comma"));
        }
        self.decimal = decimal;
        Ok(self)
    }

    /// Where the columns of customer, date and amount stand among `names`.
    pub(crate) fn positions(&self, names: &[impl AsRef<str>], origin: &str) -> Result<[usize; 3]> {
        let position = |column: &str, role| {
            names.iter().position(|n| n.as_ref() == column).ok_or_else(|| Error::MissingColumn {
                column: column.to_owned(),
                role,
                origin: origin.to_owned(),
                available: names.iter().take(NAMES_SHOWN).map(|n| n.as_ref().to_owned()).collect(),
            })
        };
        Ok([position(&self.customer, "customer")?, position(&self.date, "date")?, position(&self.amount, "amount")?])
    }
}
