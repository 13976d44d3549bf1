//! Points in time, and the one place where text becomes one.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use serde::{Deserialize, Serialize};

use super::quality::Reason;
use crate::error::{Error, Result};

/// Seconds in a day.
pub(crate) const DAY: i64 = 86_400;
/// 0001-01-01 00:00:00.
const YEAR_1: i64 = -62_135_596_800;
/// 10000-01-01 00:00:00.
const YEAR_10000: i64 = 253_402_300_800;

/// A point in time to the second, counted from 1970-01-01 00:00:00.
///
/// Dates are midnight. Times without a zone are taken as they are written; times with an offset are
/// converted to UTC.
///
/// ```
/// use cpm_core::Timestamp;
/// let t: Timestamp = "1997-09-30".parse()?;
/// assert_eq!(t.to_string(), "1997-09-30");
/// assert_eq!("1997-09-30 12:30".parse::<Timestamp>()?.to_string(), "1997-09-30 12:30:00");
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The point `seconds` after 1970-01-01 00:00:00.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Midnight of the day `days` after 1970-01-01.
    #[must_use]
    pub const fn from_days(days: i64) -> Self {
        Self(days * DAY)
    }

    /// Seconds since 1970-01-01 00:00:00.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0
    }

    /// Whole days since 1970-01-01.
    #[must_use]
    pub const fn days(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// The last second of the same day.
    #[must_use]
    pub const fn end_of_day(self) -> Self {
        Self(self.days() * DAY + DAY - 1)
    }

    /// Months since year 0: `12 * year + month - 1`, the number by which monthly cohorts are grouped.
    #[must_use]
    pub fn month_number(self) -> i64 {
        self.civil().map_or(0, |t| i64::from(t.year()) * 12 + i64::from(t.month()) - 1)
    }

    /// The day alone, as `YYYY-MM-DD`.
    #[must_use]
    pub fn date_string(self) -> String {
        self.civil().map_or_else(|| format!("{} s", self.0), |t| t.date().to_string())
    }

    /// Reads a date or time.
    ///
    /// Without `format`, only ISO 8601 is accepted (`1997-09-30`, `1997-09-30 12:30:00`,
    /// `1997-09-30T12:30:00Z`): an order of day and month is never guessed. With `format`, `text` must
    /// match it; the directives are those of `strftime` (`%d/%m/%Y`).
    pub(crate) fn read(text: &str, format: Option<&str>) -> std::result::Result<Self, Reason> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Reason::MissingDate);
        }
        if let Some(format) = format {
            return read_with(text, format);
        }
        // A civil time would parse too, with its offset ignored.
        let has_offset = text.get(10..).is_some_and(|time| time.contains(['Z', 'z', '+', '-', '[']));
        let time = if has_offset {
            text.parse::<jiff::Timestamp>().map(|instant| Self(instant.as_second()))
        } else if text.len() == 10 {
            text.parse::<Date>().map(|d| Self::from_civil(d.to_datetime(jiff::civil::Time::midnight())))
        } else {
            text.parse::<DateTime>().map(Self::from_civil)
        };
        match time {
            Ok(time) if time.is_usable() => Ok(time),
            Err(_) if looks_day_month(text) => Err(Reason::AmbiguousDate),
            _ => Err(Reason::UnparsableDate),
        }
    }

    /// Whether the year lies between 1 and 9999: arithmetic with such times cannot overflow.
    pub(crate) const fn is_usable(self) -> bool {
        YEAR_1 <= self.0 && self.0 < YEAR_10000
    }

    fn from_civil(t: DateTime) -> Self {
        let epoch = jiff::civil::date(1970, 1, 1);
        let days = t.date().duration_since(epoch).as_secs() / DAY;
        let seconds = i64::from(t.hour()) * 3600 + i64::from(t.minute()) * 60 + i64::from(t.second());
        Self(days * DAY + seconds)
    }

    fn civil(self) -> Option<DateTime> {
        DateTime::constant(1970, 1, 1, 0, 0, 0, 0).checked_add(jiff::SignedDuration::from_secs(self.0)).ok()
    }
}

fn read_with(text: &str, format: &str) -> std::result::Result<Timestamp, Reason> {
    let parts = strtime::parse(format, text).map_err(|_| Reason::UnparsableDate)?;
    if parts.offset().is_some() {
        return parts.to_timestamp().map(|t| Timestamp(t.as_second())).map_err(|_| Reason::UnparsableDate);
    }
    let date = parts.to_date().map_err(|_| Reason::UnparsableDate)?;
    let time = parts.to_time().unwrap_or_else(|_| jiff::civil::Time::midnight());
    Ok(Timestamp::from_civil(date.to_datetime(time)))
}

/// `3/4/1997`, `03.04.97`, `03-04-1997`: two short numbers, a separator, a year.
fn looks_day_month(text: &str) -> bool {
    let day = text.split([' ', 'T']).next().unwrap_or_default();
    let parts: Vec<&str> = day.split(['/', '.', '-']).collect();
    parts.len() == 3
        && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
        && parts[0].len() <= 2
        && parts[1].len() <= 2
}

impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::read(text, None)
            .map_err(|_| Error::argument("date", text, "give an ISO date such as 1997-09-30 or 1997-09-30 12:30:00"))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.civil() {
            Some(t) if self.0.rem_euclid(DAY) == 0 => write!(f, "{}", t.date()),
            Some(t) => write!(f, "{} {}", t.date(), t.time()),
            None => write!(f, "{} s", self.0),
        }
    }
}
