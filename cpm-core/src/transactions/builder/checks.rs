//! Whether the values of a row can be used: each check on its own, without a builder.

use super::super::columns::RowDetails;
use super::super::options::{ReadOptions, Returns, ZeroAmounts};
use super::super::values::{Amount, Customer, When};
use super::super::{CustomerId, Reason, TimeZone, Timestamp};

/// Largest whole number up to which every integer has its own f64.
const EXACT_INTEGERS: f64 = 9_007_199_254_740_992.0;
/// Sums of as many amounts as a machine can read are finite up to this.
pub(in super::super) const LARGEST: f64 = 1e290;

/// Why a row is left out, the column at fault, and its value.
pub(super) type Rejected = (Reason, String, String);

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
        Customer::Text(text) if is_blank(text) => Err(Reason::MissingCustomer),
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

/// Whether a text is empty or white space; nearly all begin with a character that is plainly neither.
#[inline]
fn is_blank(text: &str) -> bool {
    !matches!(text.as_bytes().first(), Some(b'!'..=b'~')) && text.trim_start().is_empty()
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
pub(super) fn judge(value: f64, options: &ReadOptions) -> Result<f64, Reason> {
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
pub(super) fn within(time: Timestamp, options: &ReadOptions) -> Result<Timestamp, Reason> {
    match options.start {
        Some(start) if time < start => Err(Reason::BeforeStart),
        _ if options.end.is_before(time) => Err(options.too_late()),
        _ => Ok(time),
    }
}

/// Text that is not empty.
pub(super) fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// How many units the price is for: 1 without a column of quantities.
pub(super) fn quantity(details: &RowDetails<'_>, options: &ReadOptions) -> Result<f64, Rejected> {
    let Some(column) = &options.columns.quantity else { return Ok(1.0) };
    read_number(details.quantity, options.decimal).map_err(|reason| {
        let missing = reason == Reason::MissingAmount;
        let reason = if missing { Reason::MissingQuantity } else { Reason::UnparsableQuantity };
        (reason, column.clone(), details.quantity.to_string())
    })
}

/// What a unit of the row's currency is worth: 1 without a table of rates.
pub(super) fn exchange_rate(details: &RowDetails<'_>, options: &ReadOptions) -> Result<f64, Rejected> {
    let Some(column) = &options.columns.currency else { return Ok(1.0) };
    let Some(currency) = given(details.currency) else {
        return Err((Reason::MissingCurrency, column.clone(), String::new()));
    };
    let Some(rates) = &options.exchange_rates else { return Ok(1.0) };
    rates.get(currency).copied().ok_or_else(|| (Reason::UnknownCurrency, column.clone(), currency.to_owned()))
}

/// What the row cost; `None` if it is not known.
pub(super) fn cost(details: &RowDetails<'_>, options: &ReadOptions) -> Result<Option<f64>, Rejected> {
    let Some(column) = &options.columns.cost else { return Ok(None) };
    match read_number(details.cost, options.decimal) {
        Ok(cost) => Ok(Some(cost)),
        Err(Reason::MissingAmount) => Ok(None),
        // How data frames write what is missing.
        Err(Reason::NonFiniteAmount) if matches!(details.cost, Amount::Number(cost) if cost.is_nan()) => Ok(None),
        Err(_) => Err((Reason::UnparsableCost, column.clone(), details.cost.to_string())),
    }
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
