//! Choices of reading and summarising, from keywords.

use std::collections::BTreeMap;

use cpm_core::transactions::{FutureDates, TimeZone};
use cpm_core::{Duplicates, Error, OnError, ReadOptions, Returns, SplitOptions, SummaryOptions, ZeroAmounts};
use pyo3::prelude::*;

use super::keywords::{AliasPairs, ColumnNames, Zone};
use crate::dates::{iso_text, optional_iso_text, today};
use crate::error::{OrRaise, exception};

/// A column: its name, or its position in a file without a header.
#[derive(FromPyObject)]
pub(crate) enum ColumnName {
    Name(String),
    Position(usize),
}

impl From<ColumnName> for String {
    fn from(column: ColumnName) -> Self {
        match column {
            ColumnName::Name(name) => name,
            ColumnName::Position(position) => position.to_string(),
        }
    }
}

/// The keywords of reading that are more than one word.
pub(crate) struct ReadKeywords<'a, 'py> {
    pub(crate) customer: ColumnName,
    pub(crate) date: ColumnName,
    pub(crate) amount: Option<ColumnName>,
    pub(crate) order: Option<ColumnName>,
    pub(crate) quantity: Option<ColumnName>,
    pub(crate) unit_price: Option<ColumnName>,
    pub(crate) cost: Option<ColumnName>,
    pub(crate) currency: Option<ColumnName>,
    pub(crate) exchange_rates: Option<BTreeMap<String, f64>>,
    pub(crate) product: Option<ColumnName>,
    pub(crate) channel: Option<ColumnName>,
    pub(crate) attributes: Option<ColumnNames>,
    pub(crate) aliases: Option<AliasPairs>,
    pub(crate) start: Option<&'a Bound<'py, PyAny>>,
    pub(crate) end: Option<&'a Bound<'py, PyAny>>,
    pub(crate) date_format: Option<&'a str>,
    pub(crate) time_zone: Option<Zone>,
    pub(crate) on_error: &'a str,
    pub(crate) returns: &'a str,
    pub(crate) zero_amounts: &'a str,
    pub(crate) duplicates: &'a str,
    pub(crate) future: &'a str,
    pub(crate) flag_outliers: Option<f64>,
    pub(crate) csv: CsvKeywords<'a>,
}

/// The keywords of CSV files.
pub(crate) struct CsvKeywords<'a> {
    /// A comma or what the name of a file says, if not given.
    pub(crate) delimiter: Option<&'a str>,
    pub(crate) decimal: &'a str,
    pub(crate) quote: Option<&'a str>,
    pub(crate) header: bool,
    pub(crate) encoding: &'a str,
    /// The usual ones if not given.
    pub(crate) null_values: Option<Vec<String>>,
}

impl Default for CsvKeywords<'_> {
    fn default() -> Self {
        Self { delimiter: None, decimal: ".", quote: Some("\""), header: true, encoding: "utf-8", null_values: None }
    }
}

/// How to read a log, and the columns of it that are read: customer and date come first.
pub(crate) fn read_options(given: ReadKeywords<'_, '_>) -> PyResult<(ReadOptions, Vec<String>)> {
    let on_error = match given.on_error {
        "raise" => OnError::Raise,
        "exclude" => OnError::Exclude,
        other => return Err(argument("on_error", other, "it must be one of raise, exclude")),
    };
    let returns = match given.returns {
        "error" => Returns::Error,
        "drop" => Returns::Drop,
        "net" => Returns::Net,
        other => return Err(argument("returns", other, "it must be one of error, drop, net")),
    };
    let zero_amounts = match given.zero_amounts {
        "keep" => ZeroAmounts::Keep,
        "drop" => ZeroAmounts::Drop,
        other => return Err(argument("zero_amounts", other, "it must be one of keep, drop")),
    };
    let duplicates = match given.duplicates {
        "keep" => Duplicates::Keep,
        "drop" => Duplicates::Drop,
        other => return Err(argument("duplicates", other, "it must be one of keep, drop")),
    };
    let future = match given.future {
        "error" => FutureDates::Error,
        "drop" => FutureDates::Drop,
        "keep" => FutureDates::Keep,
        other => return Err(argument("future", other, "it must be one of error, drop, keep")),
    };
    let mut columns = vec![String::from(given.customer), String::from(given.date)];
    let mut named = |column: Option<ColumnName>| {
        let name = column.map(String::from);
        columns.extend(name.clone());
        name
    };
    let (amount, quantity, price) = (named(given.amount), named(given.quantity), named(given.unit_price));
    let (order, cost, currency) = (named(given.order), named(given.cost), named(given.currency));
    let (product, channel) = (named(given.product), named(given.channel));
    let attributes: Option<Vec<String>> =
        given.attributes.map(|all| all.0.into_iter().filter_map(|column| named(Some(column))).collect());
    let new = |amount: &str| ReadOptions::new(&columns[0], &columns[1], amount);
    let mut options = match (amount, quantity, price) {
        (Some(amount), None, None) => new(&amount),
        (None, Some(quantity), Some(price)) => new(&price).quantity_and_price(&quantity, &price),
        (amount, ..) => {
            let expected = "name either the column of amounts, or those of quantity and unit_price";
            return Err(argument("amount", amount.as_deref().unwrap_or("None"), expected));
        }
    };
    options =
        options.on_error(on_error).returns(returns).zero_amounts(zero_amounts).duplicates(duplicates).future(future);
    let text = |option: Option<String>, set: fn(ReadOptions, &str) -> ReadOptions, options: ReadOptions| match option {
        Some(name) => set(options, &name),
        None => options,
    };
    options = text(order, ReadOptions::order, options);
    options = text(cost, ReadOptions::cost, options);
    options = text(currency, ReadOptions::currency, options);
    options = text(product, ReadOptions::product, options);
    options = text(channel, ReadOptions::channel, options);
    options = text(given.date_format.map(str::to_owned), ReadOptions::date_format, options);
    if let Some(names) = attributes {
        options = options.attributes(names);
    }
    if let Some(rates) = given.exchange_rates {
        options = options.exchange_rates(rates).or_raise()?;
    }
    if let Some(AliasPairs(pairs)) = given.aliases {
        options = options.aliases(pairs).or_raise()?;
    }
    let zone = given.time_zone.map(|Zone(zone)| zone);
    if let Some(start) = optional_iso_text("start", given.start, zone)? {
        options = options.start(&start).or_raise()?;
    }
    if let Some(end) = optional_iso_text("end", given.end, zone)? {
        options = options.end(&end).or_raise()?;
    }
    if let Some(zone) = zone {
        options = options.time_zone(zone);
    }
    options = options.today(&today(zone)).or_raise()?;
    if let Some(fence) = given.flag_outliers {
        options = options.flag_outliers(fence).or_raise()?;
    }
    let CsvKeywords { delimiter, decimal, quote, header, encoding, null_values } = given.csv;
    let quote = quote.map(|quote| character("quote", quote)).transpose()?;
    if let Some(words) = null_values {
        options = options.null_values(words).or_raise()?;
    }
    if let Some(delimiter) = delimiter {
        options = options.delimiter(character("delimiter", delimiter)?).or_raise()?;
    }
    let options = options
        .header(header)
        .encoding(encoding.parse().or_raise()?)
        .decimal(character("decimal", decimal)?)
        .and_then(|options| options.quote(quote))
        .or_raise()?;
    Ok((options, columns))
}

/// How to summarise it.
pub(crate) fn summary_options(
    as_of: Option<&Bound<'_, PyAny>>,
    time_unit: &str,
    merge_within: &str,
    zone: Option<TimeZone>,
) -> PyResult<SummaryOptions> {
    let options =
        SummaryOptions::new().time_unit(time_unit.parse().or_raise()?).merge_within(merge_within.parse().or_raise()?);
    match optional_iso_text("as_of", as_of, zone)? {
        Some(date) => options.as_of(&date).or_raise(),
        None => Ok(options),
    }
}

/// Where to cut it.
pub(crate) fn split_options(
    calibration_end: &Bound<'_, PyAny>,
    observation_end: Option<&Bound<'_, PyAny>>,
    time_unit: &str,
    merge_within: &str,
    zone: Option<TimeZone>,
) -> PyResult<SplitOptions> {
    let options = SplitOptions::new(&iso_text("calibration_end", calibration_end, zone)?)
        .or_raise()?
        .time_unit(time_unit.parse().or_raise()?)
        .merge_within(merge_within.parse().or_raise()?);
    match optional_iso_text("observation_end", observation_end, zone)? {
        Some(date) => options.observation_end(&date).or_raise(),
        None => Ok(options),
    }
}

fn character(name: &'static str, text: &str) -> PyResult<char> {
    let mut all = text.chars();
    match (all.next(), all.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(argument(name, &format!("{text:?}"), "it must be one character")),
    }
}

fn argument(name: &'static str, value: &str, expected: &str) -> PyErr {
    exception(Error::InvalidArgument { name, value: value.to_owned(), expected: expected.to_owned() })
}
