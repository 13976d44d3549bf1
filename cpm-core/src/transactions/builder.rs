//! Rows in, log out: the one place where a row is checked.

use super::log::TransactionLog;
use super::options::{OnError, ReadOptions, Returns, ZeroAmounts};
use super::quality::{QualityReport, Reason, RowIssue};
use super::store::{Merging, RowStore};
use super::{CustomerId, Timestamp};
use crate::error::{Error, Result};

/// Largest whole number up to which every integer has its own f64.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;
/// Values are shown in messages up to this length.
const SHOWN: usize = 60;

/// A customer id as a reader finds it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Customer<'a> {
    /// Text; empty or white space counts as missing.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// A number that came as floating point; whole numbers below 2^53 are taken as integers.
    Float(f64),
    /// Nothing.
    Missing,
}

/// A time as a reader finds it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum When<'a> {
    /// Text, to be read as ISO 8601 or in the given format.
    Text(&'a str),
    /// A point in time.
    At(Timestamp),
    /// Nothing.
    Missing,
}

/// An amount as a reader finds it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Amount<'a> {
    /// Text, to be read as a decimal number.
    Text(&'a str),
    /// A number.
    Number(f64),
    /// Nothing.
    Missing,
}

/// Collects rows into a [`TransactionLog`].
///
/// ```
/// use cpm_core::transactions::{Amount, Customer, LogBuilder, When};
/// use cpm_core::ReadOptions;
///
/// let mut builder = LogBuilder::new(ReadOptions::new("customer", "date", "amount"));
/// builder.begin("orders table");
/// builder.push(1, Customer::Text("ann"), When::Text("2024-03-01"), Amount::Number(20.0));
/// builder.push(2, Customer::Text("ann"), When::Text("2024-04-01"), Amount::Number(30.0));
/// let log = builder.finish()?;
/// assert_eq!(log.customers(), 1);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LogBuilder {
    options: ReadOptions,
    /// Where the next rows come from.
    origin: String,
    rows: RowStore,
    quality: QualityReport,
}

impl LogBuilder {
    /// An empty builder.
    #[must_use]
    pub fn new(options: ReadOptions) -> Self {
        Self { options, origin: String::new(), rows: RowStore::new(), quality: QualityReport::default() }
    }

    /// A builder that stores the rows of a customer and period as one: memory grows with purchases, not with rows.
    pub(crate) fn merging(options: ReadOptions, merging: Merging) -> Self {
        Self { rows: RowStore::merging(merging), ..Self::new(options) }
    }

    /// A builder without rows that reads from the same place under the same options; to be merged.
    pub(super) fn empty_like(&self) -> Self {
        let origins = self.quality.origins.clone();
        let quality = QualityReport { origins, ..QualityReport::default() };
        Self { options: self.options.clone(), origin: self.origin.clone(), rows: self.rows.empty_like(), quality }
    }

    /// Takes over all rows of another builder.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if the other was made with other options, or has text as ids where this has
    /// integers; nothing is taken over then.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        if self.options != other.options {
            return Err(Error::argument("other", "another builder", "give both the same ReadOptions"));
        }
        if !self.rows.takes(&other.rows) {
            let reason = "the ids of customers are text in one and integers in the other; read both as one of these";
            return Err(Error::argument("other", "another builder", reason));
        }
        self.quality.absorb(other.quality);
        self.rows.merge(other.rows);
        Ok(())
    }

    /// Says where the next rows come from.
    pub fn begin(&mut self, origin: &str) {
        origin.clone_into(&mut self.origin);
        self.quality.origins.push(origin.to_owned());
    }

    /// Checks one row and keeps it, or counts why not. `line` is shown in messages.
    pub fn push(&mut self, line: u64, customer: Customer<'_>, when: When<'_>, amount: Amount<'_>) {
        self.quality.rows_read += 1;
        if let Err((reason, column, value)) = self.keep(customer, when, amount) {
            self.exclude(line, &column, &value, reason);
        }
    }

    /// Counts a row that could not even be split into fields.
    pub(crate) fn push_malformed(&mut self, line: u64, value: &str) {
        self.quality.rows_read += 1;
        self.exclude(line, "", value, Reason::MalformedRow);
    }

    pub(crate) fn options(&self) -> &ReadOptions {
        &self.options
    }

    fn exclude(&mut self, line: u64, column: &str, value: &str, reason: Reason) {
        let origin = &self.origin;
        let issue = || RowIssue {
            origin: origin.clone(),
            line,
            column: column.to_owned(),
            value: value.chars().take(SHOWN).collect(),
            reason,
        };
        self.quality.exclude(issue, reason);
    }

    /// All checks come before the first change, so that a row is kept whole or not at all.
    fn keep(
        &mut self,
        customer: Customer<'_>,
        when: When<'_>,
        amount: Amount<'_>,
    ) -> std::result::Result<(), (Reason, String, String)> {
        let o = &self.options;
        let id = read_customer(customer).map_err(|r| (r, o.customer.clone(), format!("{customer}")))?;
        let time = read_time(when, o.date_format.as_deref()).map_err(|r| (r, o.date.clone(), format!("{when}")))?;
        let value = read_amount(amount, o).map_err(|r| (r, o.amount.clone(), format!("{amount}")))?;
        if self.rows.push(id, time, value) {
            self.quality.keep(value);
            Ok(())
        } else {
            Err((Reason::UnusableCustomer, o.customer.clone(), format!("{customer}")))
        }
    }

    /// Puts the rows into canonical order.
    ///
    /// # Errors
    /// [`Error::BadRows`] if rows were left out and the policy is [`OnError::Raise`] (returns dropped
    /// on request do not count); [`Error::Empty`] if no row is left.
    pub fn finish(self) -> Result<TransactionLog> {
        let quality = self.quality;
        let bad = quality.excluded.iter().filter(|(reason, _)| !reason.is_asked_for()).map(|(_, n)| n).sum();
        if bad > 0 && self.options.on_error == OnError::Raise {
            let first = quality.examples.iter().find(|i| !i.reason.is_asked_for());
            let first = first.or(quality.examples.first()).cloned();
            if let Some(first) = first {
                return Err(Error::BadRows {
                    count: bad,
                    total: quality.rows_read,
                    breakdown: quality.breakdown(),
                    first: Box::new(first),
                });
            }
        }
        if quality.rows_kept == 0 {
            return Err(Error::Empty {
                what: format!("the transaction log ({})", quality.origins.join(", ")),
                remedy: if quality.rows_read == 0 {
                    "It has no rows; give a file with at least one purchase".to_owned()
                } else {
                    format!("All {} rows were left out: {}", quality.rows_read, quality.breakdown())
                },
            });
        }
        Ok(TransactionLog::assemble(self.rows, self.options.returns, quality))
    }
}

/// A usable time, or why there is none.
pub(crate) fn read_time(when: When<'_>, format: Option<&str>) -> std::result::Result<Timestamp, Reason> {
    match when {
        When::At(time) if time.is_usable() => Ok(time),
        When::At(_) => Err(Reason::UnparsableDate),
        When::Text(text) => Timestamp::read(text, format),
        When::Missing => Err(Reason::MissingDate),
    }
}

/// A usable id, or why there is none.
pub(crate) fn read_customer(customer: Customer<'_>) -> std::result::Result<CustomerId<'_>, Reason> {
    match customer {
        Customer::Text(text) if text.trim_start().is_empty() => Err(Reason::MissingCustomer),
        Customer::Text(text) => Ok(CustomerId::Text(text)),
        Customer::Integer(number) => Ok(CustomerId::Integer(number)),
        Customer::Float(number) if number.is_nan() => Err(Reason::MissingCustomer),
        Customer::Float(number) if number.fract() == 0.0 && number.abs() < EXACT_INTEGERS => {
            Ok(CustomerId::Integer(number as i64))
        }
        Customer::Float(_) => Err(Reason::UnusableCustomer),
        Customer::Missing => Err(Reason::MissingCustomer),
    }
}

/// A usable number, or why there is none.
pub(crate) fn read_amount(amount: Amount<'_>, options: &ReadOptions) -> std::result::Result<f64, Reason> {
    let value = match amount {
        Amount::Number(value) => value,
        Amount::Text(text) if text.trim().is_empty() => return Err(Reason::MissingAmount),
        Amount::Text(text) if options.decimal == ',' => read_decimal_comma(text.trim())?,
        Amount::Text(text) => text.trim().parse().map_err(|_| Reason::UnparsableAmount)?,
        Amount::Missing => return Err(Reason::MissingAmount),
    };
    if !value.is_finite() {
        return Err(Reason::NonFiniteAmount);
    }
    match options.returns {
        _ if value == 0.0 && options.zero_amounts == ZeroAmounts::Drop => Err(Reason::ZeroDropped),
        Returns::Error if value < 0.0 => Err(Reason::NegativeAmount),
        Returns::Drop if value < 0.0 => Err(Reason::ReturnDropped),
        _ => Ok(value),
    }
}

/// A point in such a number would be a thousands separator, or the sign that the option is wrong.
fn read_decimal_comma(text: &str) -> std::result::Result<f64, Reason> {
    match text.split_once(',') {
        _ if text.contains('.') => return Err(Reason::UnparsableAmount),
        Some((whole, decimals)) => format!("{whole}.{decimals}").parse(),
        None => text.parse(),
    }
    .map_err(|_| Reason::UnparsableAmount)
}

macro_rules! display {
    ($type:ident: $($pattern:pat => $value:expr),+) => {
        impl std::fmt::Display for $type<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $($pattern => write!(f, "{}", $value),)+
                    Self::Missing => Ok(()),
                }
            }
        }
    };
}
display!(Customer: Self::Text(v) => v, Self::Integer(v) => v, Self::Float(v) => v);
display!(When: Self::Text(v) => v, Self::At(v) => v);
display!(Amount: Self::Text(v) => v, Self::Number(v) => v);
