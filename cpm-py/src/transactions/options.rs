//! Choices of reading and summarising, from keywords.

use cpm_core::{Error, OnError, ReadOptions, Returns, SplitOptions, SummaryOptions, ZeroAmounts};
use pyo3::prelude::*;

use crate::dates::{iso_text, optional_iso_text};
use crate::error::{OrRaise, exception};

/// How to read a log.
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn read_options(
    customer: &str,
    date: &str,
    amount: &str,
    date_format: Option<&str>,
    on_error: &str,
    returns: &str,
    zero_amounts: &str,
    [delimiter, decimal]: [char; 2],
) -> PyResult<ReadOptions> {
    let on_error = match on_error {
        "raise" => OnError::Raise,
        "exclude" => OnError::Exclude,
        other => return Err(argument("on_error", other, "it must be one of raise, exclude")),
    };
    let returns = match returns {
        "error" => Returns::Error,
        "drop" => Returns::Drop,
        "net" => Returns::Net,
        other => return Err(argument("returns", other, "it must be one of error, drop, net")),
    };
    let zero_amounts = match zero_amounts {
        "keep" => ZeroAmounts::Keep,
        "drop" => ZeroAmounts::Drop,
        other => return Err(argument("zero_amounts", other, "it must be one of keep, drop")),
    };
    let options = ReadOptions::new(customer, date, amount)
        .on_error(on_error)
        .returns(returns)
        .zero_amounts(zero_amounts)
        .delimiter(delimiter)
        .and_then(|options| options.decimal(decimal))
        .or_raise()?;
    Ok(match date_format {
        Some(format) => options.date_format(format),
        None => options,
    })
}

/// How to summarise it.
pub(crate) fn summary_options(
    as_of: Option<&Bound<'_, PyAny>>,
    time_unit: &str,
    merge_within: &str,
) -> PyResult<SummaryOptions> {
    let options =
        SummaryOptions::new().time_unit(time_unit.parse().or_raise()?).merge_within(merge_within.parse().or_raise()?);
    match optional_iso_text("as_of", as_of)? {
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
) -> PyResult<SplitOptions> {
    let options = SplitOptions::new(&iso_text("calibration_end", calibration_end)?)
        .or_raise()?
        .time_unit(time_unit.parse().or_raise()?)
        .merge_within(merge_within.parse().or_raise()?);
    match optional_iso_text("observation_end", observation_end)? {
        Some(date) => options.observation_end(&date).or_raise(),
        None => Ok(options),
    }
}

fn argument(name: &'static str, value: &str, expected: &str) -> PyErr {
    exception(Error::InvalidArgument { name, value: value.to_owned(), expected: expected.to_owned() })
}
