//! Rows in, log out: the one place where a row is checked.

mod forget;
#[cfg(feature = "json")]
mod state;

use std::collections::BTreeMap;

use super::columns::RowDetails;
use super::detailed::{CheckedRow, DetailedRows, Source, fingerprint};
use super::log::TransactionLog;
use super::options::{OnError, ReadOptions, Returns, ZeroAmounts};
use super::progress::Meter;
use super::quality::{KeptDetails, QualityReport, RowIssue};
use super::store::{Merging, RowStore};
use super::{CustomerId, Duplicates, Reason, TimeZone, Timestamp};
use crate::error::{Error, Result};

/// Largest whole number up to which every integer has its own f64.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;
/// Sums of as many amounts as a machine can read are finite up to this.
pub(super) const LARGEST: f64 = 1e290;
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
    /// A time on the clocks of the place.
    At(Timestamp),
    /// A point in time in UTC, to be converted to the [zone of the options](ReadOptions::time_zone).
    Instant(Timestamp),
    /// Nothing.
    Missing,
}

/// An amount as a reader finds it.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub enum Amount<'a> {
    /// Text, to be read as a decimal number.
    Text(&'a str),
    /// A number.
    Number(f64),
    /// Nothing.
    #[default]
    Missing,
}

/// Why a row is left out, the column at fault, and its value.
type Rejected = (Reason, String, String);

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
    /// Instead of the plain rows, if the options ask for more than customer, time and amount.
    detailed: Option<Box<DetailedRows>>,
    /// Whether amounts are quantities times prices, or have currencies.
    scales: bool,
    /// Whether a row is no more than customer, time and amount as they stand there.
    is_plain: bool,
    /// Which aliases were found in rows.
    aliases: Vec<bool>,
    /// The first row in each currency.
    first_in: BTreeMap<String, (String, u64)>,
    quality: QualityReport,
    /// Who is told how far reading has come.
    meter: Option<Meter>,
}

impl LogBuilder {
    /// An empty builder.
    #[must_use]
    pub fn new(options: ReadOptions) -> Self {
        let detailed = options.keeps_details().then(|| Box::new(DetailedRows::new(&options)));
        let scales = options.columns.quantity.is_some() || options.columns.currency.is_some();
        Self {
            origin: String::new(),
            rows: RowStore::new(),
            is_plain: detailed.is_none() && !scales && options.aliases.is_none(),
            detailed,
            scales,
            aliases: vec![false; options.aliases.as_ref().map_or(0, |aliases| aliases.len())],
            first_in: BTreeMap::new(),
            quality: QualityReport::default(),
            meter: None,
            options,
        }
    }

    /// A builder that stores the rows of a customer and period as one: memory grows with purchases, not with rows
    /// (unless the options ask for more than customer, time and amount of each row).
    pub(crate) fn merging(options: ReadOptions, merging: Merging) -> Self {
        Self { rows: RowStore::merging(merging), ..Self::new(options) }
    }

    /// A builder for another thread that reads from the same place under the same options; to be merged. Their rows may go
    /// to one store, but each counts its own.
    pub(super) fn beside(&self) -> Self {
        let origins = self.quality.origins.clone();
        let quality = QualityReport { origins, ..QualityReport::default() };
        let own = Self::new(self.options.clone());
        let (origin, meter) = (self.origin.clone(), self.meter.clone());
        Self { origin, rows: self.rows.beside(), quality, meter, ..own }
    }

    /// Stores the rows that wait, in the thread that read them.
    pub(super) fn settle(&mut self) {
        self.rows.settle();
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
        let detailed = self.detailed.as_ref().zip(other.detailed.as_ref());
        if !self.rows.takes(&other.rows) || detailed.is_some_and(|(own, other)| !own.takes(other)) {
            let reason = "the ids of customers are text in one and integers in the other; read both as one of these";
            return Err(Error::argument("other", "another builder", reason));
        }
        let origins = other.quality.origins.clone();
        self.quality.absorb(other.quality);
        self.rows.merge(other.rows);
        self.aliases.iter_mut().zip(other.aliases).for_each(|(own, other)| *own |= other);
        for (currency, first) in other.first_in {
            let own = self.first_in.entry(currency).or_insert_with(|| first.clone());
            *own = own.clone().min(first);
        }
        if let (Some(own), Some(other)) = (&mut self.detailed, other.detailed) {
            let place = |origin| self.quality.origins.iter().position(|o| *o == origin).unwrap_or_default() as u32;
            own.merge(*other, &origins.into_iter().map(place).collect::<Vec<_>>());
        }
        Ok(())
    }

    /// Says where the next rows come from.
    pub fn begin(&mut self, origin: &str) {
        origin.clone_into(&mut self.origin);
        self.quality.begin(origin.to_owned());
    }

    /// Checks one row and keeps it, or counts why not. `line` is shown in messages.
    pub fn push(&mut self, line: u64, customer: Customer<'_>, when: When<'_>, amount: Amount<'_>) {
        self.push_detailed(line, customer, when, amount, &RowDetails::default());
    }

    /// The same for a row that has more than customer, time and amount; what the options do not name is not looked at.
    ///
    /// ```
    /// use cpm_core::transactions::{Amount, Customer, LogBuilder, RowDetails, When};
    /// use cpm_core::ReadOptions;
    ///
    /// let options = ReadOptions::new("customer", "date", "amount").order("order").cost("cost");
    /// let mut builder = LogBuilder::new(options);
    /// let row = RowDetails { order: Some("#1001"), cost: Amount::Number(12.0), ..RowDetails::default() };
    /// builder.push_detailed(1, Customer::Text("ann"), When::Text("2024-03-01"), Amount::Number(20.0), &row);
    /// assert_eq!(builder.finish()?.rows(), 1);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    pub fn push_detailed(
        &mut self,
        line: u64,
        customer: Customer<'_>,
        when: When<'_>,
        amount: Amount<'_>,
        details: &RowDetails<'_>,
    ) {
        self.quality.rows_read += 1;
        if let Err((reason, column, value)) = self.keep(line, customer, when, amount, details) {
            self.exclude(line, &column, &value, reason);
        }
    }

    /// The same as [`push`](Self::push), quicker for the rows that nearly all are: nothing wrong, nothing to look up.
    #[inline]
    pub(super) fn push_row(&mut self, line: u64, customer: Customer<'_>, when: When<'_>, amount: Amount<'_>) {
        if let (true, When::At(time), Amount::Number(value)) = (self.is_plain, when, amount)
            && let Ok(id) = read_customer(customer)
            && time.is_usable()
            && let Ok(time) = within(time, &self.options)
            && let Ok(value) = judge(value, &self.options)
            && self.rows.push(id, time, value)
        {
            self.quality.rows_read += 1;
            self.quality.keep(value);
        } else {
            self.push(line, customer, when, amount);
        }
    }

    /// Checks a row whose other columns are fields of text, in the order of the options' columns.
    #[cfg(feature = "csv")]
    pub(super) fn push_fields(
        &mut self,
        line: u64,
        customer: Customer<'_>,
        when: When<'_>,
        amount: Amount<'_>,
        fields: &[&str],
    ) {
        let columns = &self.options.columns;
        let mut fields = fields.iter().copied();
        let mut next = |column: &Option<String>| column.as_ref().and_then(|_| fields.next());
        let number = |text: Option<_>| text.map_or(Amount::Missing, Amount::Text);
        let mut details = RowDetails {
            quantity: number(next(&columns.quantity)),
            order: next(&columns.order),
            cost: number(next(&columns.cost)),
            currency: next(&columns.currency),
            product: next(&columns.product),
            channel: next(&columns.channel),
            attributes: &[],
        };
        let attributes: Vec<Option<&str>> = fields.map(Some).collect();
        details.attributes = &attributes;
        self.push_detailed(line, customer, when, amount, &details);
    }

    /// Counts a row that could not even be split into fields.
    pub(crate) fn push_malformed(&mut self, line: u64, value: &str) {
        self.quality.rows_read += 1;
        self.exclude(line, "", value, Reason::MalformedRow);
    }

    pub(super) fn set_meter(&mut self, meter: Option<Meter>) {
        self.meter = meter;
    }

    pub(super) fn meter(&self) -> Option<&Meter> {
        self.meter.as_ref()
    }

    /// Rows pushed, used or not.
    pub(super) fn rows_read(&self) -> u64 {
        self.quality.rows_read
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
        line: u64,
        customer: Customer<'_>,
        when: When<'_>,
        amount: Amount<'_>,
        details: &RowDetails<'_>,
    ) -> Result<(), Rejected> {
        let o = &self.options;
        let id = read_customer(customer).map_err(|r| (r, o.customer.clone(), format!("{customer}")))?;
        let (id, alias) = match &o.aliases {
            Some(aliases) => aliases.resolve(id).map_err(|r| (r, o.customer.clone(), format!("{customer}")))?,
            None => (id, None),
        };
        let time = read_time(when, o.date_format.as_deref(), o.time_zone)
            .and_then(|time| within(time, o))
            .map_err(|r| (r, o.date.clone(), format!("{when}")))?;
        let mut value = read_number(amount, o.decimal).map_err(|r| (r, o.amount.clone(), format!("{amount}")))?;
        let mut rate = 1.0;
        if self.scales {
            rate = exchange_rate(details, o)?;
            value *= quantity(details, o)? * rate;
        }
        let value = judge(value, o).map_err(|r| (r, o.amount.clone(), format!("{amount}")))?;

        let is_kept = match &mut self.detailed {
            None => self.rows.push(id, time, value),
            Some(rows) => {
                let cost = cost(details, o)?.map(|cost| cost * rate);
                if let Some(column) = &o.columns.order
                    && given(details.order).is_none()
                {
                    return Err((Reason::MissingOrder, column.clone(), String::new()));
                }
                let source = if o.duplicates == Duplicates::Drop {
                    let written = [format!("{customer}"), format!("{amount}"), format!("{}", details.quantity)];
                    let origin = self.quality.origins.iter().position(|o| *o == self.origin).unwrap_or_default();
                    let fingerprint = fingerprint(written.iter().map(|text| text.trim().as_bytes()));
                    Source { origin: origin as u32, line, fingerprint, by_alias: alias.is_some() }
                } else {
                    Source { origin: 0, line, fingerprint: 0, by_alias: false }
                };
                rows.push(id, &CheckedRow { time, amount: value, cost, details, source })
            }
        };
        if !is_kept {
            return Err((Reason::UnusableCustomer, o.customer.clone(), format!("{customer}")));
        }
        self.quality.keep(value);
        if let Some(alias) = alias {
            self.aliases[alias as usize] = true;
        }
        if self.scales || self.detailed.is_some() || alias.is_some() {
            let currency = o.columns.currency.as_ref().and_then(|_| given(details.currency));
            if let Some(currency) = currency
                && !self.quality.currencies.contains_key(currency)
            {
                self.first_in.insert(currency.to_owned(), (self.origin.clone(), line));
            }
            let lacks_cost = o.columns.cost.is_some() && matches!(cost(details, o), Ok(None));
            self.quality.keep_details(&KeptDetails { by_alias: alias.is_some(), lacks_cost, currency });
        }
        Ok(())
    }

    /// Puts the rows into canonical order.
    ///
    /// # Errors
    /// [`Error::BadRows`] if rows were left out and the policy is [`OnError::Raise`] (returns dropped
    /// on request do not count); [`Error::MixedCurrencies`]; [`Error::Empty`] if no row is left.
    pub fn finish(self) -> Result<TransactionLog> {
        self.options.check()?;
        let mut quality = self.quality;
        quality.aliases_found = self.aliases.iter().filter(|&&found| found).count() as u64;
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
        if let Some(column) = &self.options.columns.currency
            && self.options.exchange_rates.is_none()
            && quality.currencies.len() > 1
        {
            return Err(mixed_currencies(column, &quality.currencies, &self.first_in));
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
        Ok(TransactionLog::assemble(self.rows, self.detailed.map(|rows| *rows), &self.options, quality))
    }
}

/// A usable time, or why there is none.
pub(crate) fn read_time(when: When<'_>, format: Option<&str>, zone: Option<TimeZone>) -> Result<Timestamp, Reason> {
    match when {
        When::At(time) if time.is_usable() => Ok(time),
        When::Instant(time) if time.is_usable() => Ok(zone.map_or(time, |zone| zone.local(time))),
        When::At(_) | When::Instant(_) => Err(Reason::UnparsableDate),
        When::Text(text) => Timestamp::read(text, format, zone),
        When::Missing => Err(Reason::MissingDate),
    }
}

/// A usable id, or why there is none.
#[inline]
pub(crate) fn read_customer(customer: Customer<'_>) -> Result<CustomerId<'_>, Reason> {
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

/// A number as it is written, or why there is none.
pub(crate) fn read_number(amount: Amount<'_>, decimal: char) -> Result<f64, Reason> {
    let value = match amount {
        Amount::Number(value) => value,
        Amount::Text(text) if text.trim().is_empty() => return Err(Reason::MissingAmount),
        Amount::Text(text) if decimal == ',' => read_decimal_comma(text.trim())?,
        Amount::Text(text) => text.trim().parse().map_err(|_| Reason::UnparsableAmount)?,
        Amount::Missing => return Err(Reason::MissingAmount),
    };
    if value.is_finite() { Ok(value) } else { Err(Reason::NonFiniteAmount) }
}

/// The amount, if the policies let it pass.
#[inline]
fn judge(value: f64, options: &ReadOptions) -> Result<f64, Reason> {
    match options.returns {
        // A product of finite numbers need not be finite, nor a sum.
        _ if value.is_nan() || value.abs() > LARGEST => Err(Reason::NonFiniteAmount),
        _ if value == 0.0 && options.zero_amounts == ZeroAmounts::Drop => Err(Reason::ZeroDropped),
        Returns::Error if value < 0.0 => Err(Reason::NegativeAmount),
        Returns::Drop if value < 0.0 => Err(Reason::ReturnDropped),
        _ => Ok(value),
    }
}

/// The time, if it lies in the window.
#[inline]
fn within(time: Timestamp, options: &ReadOptions) -> Result<Timestamp, Reason> {
    match (options.start, options.end) {
        (Some(start), _) if time < start => Err(Reason::BeforeStart),
        (_, Some(end)) if time > end => Err(Reason::Future),
        _ => Ok(time),
    }
}

/// Text that is not empty.
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// How many units the price is for: 1 without a column of quantities.
fn quantity(details: &RowDetails<'_>, options: &ReadOptions) -> Result<f64, Rejected> {
    let Some(column) = &options.columns.quantity else { return Ok(1.0) };
    read_number(details.quantity, options.decimal).map_err(|reason| {
        let missing = reason == Reason::MissingAmount;
        let reason = if missing { Reason::MissingQuantity } else { Reason::UnparsableQuantity };
        (reason, column.clone(), details.quantity.to_string())
    })
}

/// What a unit of the row's currency is worth: 1 without a table of rates.
fn exchange_rate(details: &RowDetails<'_>, options: &ReadOptions) -> Result<f64, Rejected> {
    let Some(column) = &options.columns.currency else { return Ok(1.0) };
    let Some(currency) = given(details.currency) else {
        return Err((Reason::MissingCurrency, column.clone(), String::new()));
    };
    let Some(rates) = &options.exchange_rates else { return Ok(1.0) };
    rates.get(currency).copied().ok_or_else(|| (Reason::UnknownCurrency, column.clone(), currency.to_owned()))
}

/// What the row cost; `None` if it is not known.
fn cost(details: &RowDetails<'_>, options: &ReadOptions) -> Result<Option<f64>, Rejected> {
    let Some(column) = &options.columns.cost else { return Ok(None) };
    match read_number(details.cost, options.decimal) {
        Ok(cost) => Ok(Some(cost)),
        Err(Reason::MissingAmount) => Ok(None),
        // How data frames write what is missing.
        Err(Reason::NonFiniteAmount) if matches!(details.cost, Amount::Number(cost) if cost.is_nan()) => Ok(None),
        Err(_) => Err((Reason::UnparsableCost, column.clone(), details.cost.to_string())),
    }
}

fn mixed_currencies(column: &str, rows: &BTreeMap<String, u64>, first_in: &BTreeMap<String, (String, u64)>) -> Error {
    const SHOWN: usize = 10;
    let name = |(currency, rows): (&String, &u64)| match first_in.get(currency) {
        Some((origin, line)) => format!("{currency} ({rows} rows, first {origin}, line {line})"),
        None => format!("{currency} ({rows} rows)"),
    };
    let mut found: Vec<String> = rows.iter().take(SHOWN).map(name).collect();
    if rows.len() > SHOWN {
        found.push(format!("and {} more", rows.len() - SHOWN));
    }
    Error::MixedCurrencies { column: column.to_owned(), found: found.join(", ") }
}

/// A point in such a number would be a thousands separator, or the sign that the option is wrong.
fn read_decimal_comma(text: &str) -> Result<f64, Reason> {
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
display!(When: Self::Text(v) => v, Self::At(v) => v, Self::Instant(v) => v);
display!(Amount: Self::Text(v) => v, Self::Number(v) => v);
