//! Calendar periods: weeks, months and quarters, numbered and named.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::summary::MergeWithin;
use crate::transactions::Timestamp;

const MONTHS_PER_YEAR: i64 = 12;
const MONTHS_PER_QUARTER: i64 = 3;

/// A period of the calendar, by which customers and purchases are grouped.
///
/// ```
/// use cpm_core::portfolio::CalendarPeriod;
/// assert_eq!(CalendarPeriod::Month.label("1997-09-30".parse()?), "1997-09");
/// assert_eq!(CalendarPeriod::Quarter.label("1997-09-30".parse()?), "1997-Q3");
/// assert_eq!(CalendarPeriod::Week.label("1997-09-30".parse()?), "1997-W40");
/// assert_eq!("month".parse::<CalendarPeriod>()?, CalendarPeriod::Month);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum CalendarPeriod {
    /// Weeks of ISO 8601, from Monday to Sunday; week 1 is the one with the first Thursday of the year.
    Week,
    /// Calendar months.
    #[default]
    Month,
    /// Three calendar months, from January, April, July and October.
    Quarter,
}

impl CalendarPeriod {
    /// The name of the period that a time lies in: `1997-W40`, `1997-09`, `1997-Q3`. Names sort like time.
    #[must_use]
    pub fn label(self, time: Timestamp) -> String {
        self.label_of(self.number(time))
    }

    /// The number of the period that a time lies in; consecutive periods have consecutive numbers.
    pub(crate) fn number(self, time: Timestamp) -> i64 {
        match self {
            Self::Week => MergeWithin::Week.period(time),
            Self::Month => time.month_number(),
            Self::Quarter => time.month_number().div_euclid(MONTHS_PER_QUARTER),
        }
    }

    /// The name of the period of a number.
    pub(crate) fn label_of(self, number: i64) -> String {
        let of_year = |per_year: i64| (number.div_euclid(per_year), number.rem_euclid(per_year) + 1);
        match self {
            Self::Week => week_label(number),
            Self::Month => {
                let (year, month) = of_year(MONTHS_PER_YEAR);
                format!("{year:04}-{month:02}")
            }
            Self::Quarter => {
                let (year, quarter) = of_year(MONTHS_PER_YEAR / MONTHS_PER_QUARTER);
                format!("{year:04}-Q{quarter}")
            }
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
        }
    }
}

/// The year and the week of ISO 8601 are those of the week's Thursday, and 1970-01-01 was the Thursday of week 0.
fn week_label(number: i64) -> String {
    const DAYS_PER_WEEK: i64 = 7;
    let thursday = Timestamp::from_days(number * DAYS_PER_WEEK);
    let year = thursday.month_number().div_euclid(MONTHS_PER_YEAR);
    let new_year = format!("{year:04}-01-01").parse().unwrap_or(thursday);
    format!("{year:04}-W{:02}", (thursday.days() - new_year.days()) / DAYS_PER_WEEK + 1)
}

impl fmt::Display for CalendarPeriod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for CalendarPeriod {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        [Self::Week, Self::Month, Self::Quarter]
            .into_iter()
            .find(|period| period.name() == name)
            .ok_or_else(|| Error::argument("period", name, "it must be one of week, month, quarter"))
    }
}

#[cfg(test)]
#[path = "period_tests.rs"]
mod tests;
