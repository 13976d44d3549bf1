//! Units of time, and the period within which purchases count as one.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::transactions::Timestamp;

/// Days in a year, on average over leap years.
pub(crate) const DAYS_PER_YEAR: f64 = 365.25;
const SECONDS_PER_DAY: f64 = 86_400.0;
const DAYS_PER_WEEK: i64 = 7;
/// 1970-01-01 was a Thursday; weeks start on Monday.
const EPOCH_WEEKDAY: i64 = 3;

/// The unit in which recency, T and horizons are counted.
///
/// ```
/// use cpm_core::TimeUnit;
/// assert_eq!(TimeUnit::Month.days(), 365.25 / 12.0);
/// assert_eq!("week".parse::<TimeUnit>()?, TimeUnit::Week);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum TimeUnit {
    /// 24 hours.
    Day,
    /// 7 days.
    #[default]
    Week,
    /// A twelfth of a year: 30.4375 days.
    Month,
    /// 365.25 days.
    Year,
}

impl TimeUnit {
    /// Length in days.
    #[must_use]
    pub const fn days(self) -> f64 {
        match self {
            Self::Day => 1.0,
            Self::Week => 7.0,
            Self::Month => DAYS_PER_YEAR / 12.0,
            Self::Year => DAYS_PER_YEAR,
        }
    }

    /// How many of this unit make a year.
    #[must_use]
    pub const fn per_year(self) -> f64 {
        DAYS_PER_YEAR / self.days()
    }

    /// Name in the singular: `week`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

/// The period within which the rows of one customer are one purchase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum MergeWithin {
    /// Every row is a purchase of its own.
    Nothing,
    /// Rows of one clock hour are one purchase.
    Hour,
    /// Rows of one calendar day are one purchase (the default, and the custom of the field).
    #[default]
    Day,
    /// Rows of one week, from Monday to Sunday, are one purchase. Recency and T are then whole weeks.
    Week,
    /// Rows of one calendar month are one purchase. Recency and T are then whole months of 30.4375 days.
    Month,
    /// Rows of one order are one purchase, whenever they are: a return nets against the order that it belongs to. The
    /// log must have [order ids](crate::ReadOptions::order). Time is counted in seconds.
    Order,
}

impl MergeWithin {
    /// Number of the period that a time lies in.
    pub(crate) fn period(self, time: Timestamp) -> i64 {
        match self {
            Self::Nothing | Self::Order => time.seconds(),
            Self::Hour => time.seconds().div_euclid(3600),
            Self::Day => time.days(),
            Self::Week => (time.days() + EPOCH_WEEKDAY).div_euclid(DAYS_PER_WEEK),
            Self::Month => time.month_number(),
        }
    }

    /// How many of `unit` one period is.
    pub(crate) fn length_in(self, unit: TimeUnit) -> f64 {
        let days = match self {
            Self::Nothing | Self::Order => 1.0 / SECONDS_PER_DAY,
            Self::Hour => 1.0 / 24.0,
            Self::Day => 1.0,
            Self::Week => 7.0,
            Self::Month => TimeUnit::Month.days(),
        };
        days / unit.days()
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Order => "order",
        }
    }
}

impl fmt::Display for TimeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for MergeWithin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for TimeUnit {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        [Self::Day, Self::Week, Self::Month, Self::Year]
            .into_iter()
            .find(|unit| unit.name() == name)
            .ok_or_else(|| Error::argument("time_unit", name, "it must be one of day, week, month, year"))
    }
}

impl FromStr for MergeWithin {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        [Self::Nothing, Self::Hour, Self::Day, Self::Week, Self::Month, Self::Order]
            .into_iter()
            .find(|merge| merge.name() == name)
            .ok_or_else(|| {
                Error::argument("merge_within", name, "it must be one of nothing, hour, day, week, month, order")
            })
    }
}
