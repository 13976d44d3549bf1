//! Points in time, and the one place where text becomes one.

use std::fmt::{self, Write};
use std::str::FromStr;

use chrono::format::{Fixed, Item, Parsed, StrftimeItems};
use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};

use super::{Reason, TimeZone};
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
/// converted to UTC (in a log to the [zone of the options](crate::ReadOptions::time_zone)).
///
/// ```
/// use cpm_core::Timestamp;
/// let t: Timestamp = "1997-09-30".parse()?;
/// assert_eq!(t.to_string(), "1997-09-30");
/// assert_eq!("1997-09-30 12:30".parse::<Timestamp>()?.to_string(), "1997-09-30 12:30:00");
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
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

    /// Day of the year from 0 to 364; February 29 counts as the 28th, so that a date has one number in every year.
    pub(crate) fn day_of_year(self) -> i64 {
        let Some(t) = self.civil() else { return 0 };
        let (day, leap) = (i64::from(t.ordinal0()), t.date().leap_year());
        // The 60th day of a leap year is February 29.
        if leap && day >= 59 { day - 1 } else { day }
    }

    /// The day alone, as `YYYY-MM-DD`.
    #[must_use]
    pub fn date_string(self) -> String {
        self.civil().map_or_else(|| format!("{} s", self.0), |t| t.date().to_string())
    }

    /// A date stands for the whole of its day, a time for itself.
    pub(crate) fn end_of(when: &str) -> Result<Self> {
        let time = Self::of_clocks(when)?;
        Ok(if when.trim().len() == 10 { time.end_of_day() } else { time })
    }

    /// A date or time as clocks show it where the log is from. One with an offset would have to be converted to a zone that
    /// options do not know, and in UTC it would be another day.
    pub(crate) fn of_clocks(when: &str) -> Result<Self> {
        if let Some(Read::Instant(_)) = read_iso(when.trim()) {
            let expected = "it has an offset from UTC; give it as clocks show it in the log's time zone, to which \
                            TimeZone::local_time converts (UTC if the log has none)";
            return Err(Error::argument("date", when, expected));
        }
        when.parse()
    }

    pub(super) fn not_iso(when: &str) -> Error {
        Error::argument("date", when, "give an ISO date such as 1997-09-30 or 1997-09-30 12:30:00")
    }

    /// Reads a date or time.
    ///
    /// Without `format`, only ISO 8601 is accepted (`1997-09-30`, `1997-09-30 12:30:00`,
    /// `1997-09-30T12:30:00Z`): an order of day and month is never guessed. With `format`, `text` must
    /// match it; the directives are those of `strftime` (`%d/%m/%Y`).
    /// A time with an offset is converted to `zone` (to UTC without one); others are taken as they are written.
    pub(crate) fn read(text: &str, format: Option<&str>, zone: Option<TimeZone>) -> std::result::Result<Self, Reason> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Reason::MissingDate);
        }
        let local = |read: Read| match (read, zone) {
            (Read::Local(time), _) | (Read::Instant(time), None) => time,
            (Read::Instant(utc), Some(zone)) => zone.local(utc),
        };
        if let Some(format) = format {
            return read_with(text, format).map(local);
        }
        let time = read_iso(text).map(local);
        match time {
            Some(time) if time.is_usable() => Ok(time),
            None if looks_day_month(text) => Err(Reason::AmbiguousDate),
            _ => Err(Reason::UnparsableDate),
        }
    }

    /// Refuses a format in which no date can be read, or one that would be misread.
    pub(crate) fn check_format(format: &str) -> Result<()> {
        let refuse = |reason: &str| Err(Error::argument("date_format", format!("{format:?}"), reason));
        let items: Vec<Item<'_>> = StrftimeItems::new(format).collect();
        if items.contains(&Item::Error) {
            return refuse("it has a directive that strftime does not have; a date such as 30/09/1997 is \"%d/%m/%Y\"");
        }
        if items.contains(&Item::Fixed(Fixed::TimezoneName)) {
            return refuse(
                "names of zones such as EST do not say which is meant, so %Z is not read; write offsets, %z",
            );
        }
        // What is written in a usable format can be read again.
        let day = Self::from_days(10_000);
        let mut text = String::new();
        let is_written = day.civil().is_some_and(|t| write!(text, "{}", t.and_utc().format(format)).is_ok());
        match Self::read(&text, Some(format), None) {
            Ok(time) if is_written && time.days() == day.days() => Ok(()),
            _ => refuse("it does not say year, month and day; a date such as 30/09/1997 is \"%d/%m/%Y\""),
        }
    }

    /// Whether the year lies between 1 and 9999: arithmetic with such times cannot overflow.
    pub(crate) const fn is_usable(self) -> bool {
        YEAR_1 <= self.0 && self.0 < YEAR_10000
    }

    const fn from_civil(t: NaiveDateTime) -> Self {
        Self(t.and_utc().timestamp())
    }

    fn civil(self) -> Option<NaiveDateTime> {
        DateTime::from_timestamp(self.0, 0).map(|t| t.naive_utc())
    }
}

/// A time as text has it.
enum Read {
    /// As clocks show it.
    Local(Timestamp),
    /// With an offset: a point in time, in UTC.
    Instant(Timestamp),
}

/// `YYYY-MM-DD`, alone or followed by `T` or a space and a time, which may have an offset.
fn read_iso(text: &str) -> Option<Read> {
    let date = read_iso_date(text.as_bytes().first_chunk()?)?;
    let Some(time) = text[10..].strip_prefix([' ', 'T', 't']) else {
        return (text.len() == 10).then(|| Read::Local(Timestamp::from_civil(date.and_time(NaiveTime::MIN))));
    };
    let read =
        |clock: &str| ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|format| NaiveTime::parse_from_str(clock, format).ok());
    let Some(at) = time.find(['Z', 'z', '+', '-']) else {
        return Some(Read::Local(Timestamp::from_civil(date.and_time(read(time)?))));
    };
    let (clock, zone) = time.split_at(at);
    let offset = if zone.eq_ignore_ascii_case("z") { 0 } else { zone.parse::<FixedOffset>().ok()?.local_minus_utc() };
    let local = Timestamp::from_civil(date.and_time(read(clock.trim_end())?));
    Some(Read::Instant(Timestamp(local.0 - i64::from(offset))))
}

/// Every row of a CSV file has a date: read digit by digit, it costs a tenth of what the library's parser needs.
fn read_iso_date(text: &[u8; 10]) -> Option<NaiveDate> {
    let number =
        |digits: &[u8]| digits.iter().try_fold(0, |n, b| b.is_ascii_digit().then(|| 10 * n + u32::from(b - b'0')));
    if text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    NaiveDate::from_ymd_opt(number(&text[..4])? as i32, number(&text[5..7])?, number(&text[8..])?)
}

fn read_with(text: &str, format: &str) -> std::result::Result<Read, Reason> {
    let mut parts = Parsed::new();
    let read = chrono::format::parse(&mut parts, text, StrftimeItems::new(format)).and_then(|()| {
        if parts.offset().is_some() || parts.timestamp().is_some() {
            return parts.to_datetime().map(|t| Read::Instant(Timestamp(t.timestamp())));
        }
        let time = if parts.hour_mod_12().is_some() { parts.to_naive_time()? } else { NaiveTime::MIN };
        Ok(Read::Local(Timestamp::from_civil(parts.to_naive_date()?.and_time(time))))
    });
    read.map_err(|_| Reason::UnparsableDate)
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
        Self::read(text, None, None).map_err(|_| Self::not_iso(text))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_forms_and_offsets() {
        let at = |text: &str| Timestamp::read(text, None, None).map(|t| t.to_string());
        for text in
            ["1997-09-30T12:30:00Z", "1997-09-30 14:30:00+02:00", "1997-09-30T07:00-0530", "1997-09-30 12:30:00.25"]
        {
            assert_eq!(at(text).as_deref(), Ok("1997-09-30 12:30:00"), "{text}");
        }
        assert_eq!(at("2000-02-29").as_deref(), Ok("2000-02-29"));
        for text in
            ["1997-9-30", "2001-02-29", "0000-01-01", "12345-01-01", "1997-09-30 ", "1997-09-30x", "1997-09-30 25:00"]
        {
            assert_eq!(Timestamp::read(text, None, None).is_ok(), text == "1997-09-30 ", "{text}");
        }
        assert_eq!(at("30.09.1997"), Err(Reason::AmbiguousDate));
    }

    #[test]
    fn formats_that_read_no_date_are_refused() {
        for format in
            ["%d/%m/%Y", "%m/%d/%y %I:%M %p", "%d %b %Y %H:%M %z", "%s", "%Y%m%d", "%G-W%V-%u", "%Y-%j", "%F %T%.f"]
        {
            assert!(Timestamp::check_format(format).is_ok(), "{format}");
        }
        for format in ["%Q", "ISO8601", "", "%Y-%m", "%H:%M", "%d/%m/%Y %Z", "%"] {
            let message = Timestamp::check_format(format).unwrap_err().to_string();
            assert!(message.starts_with(&format!("date_format = {format:?} is not allowed")), "{message}");
        }
    }

    #[test]
    fn options_take_what_clocks_show() {
        assert_eq!(Timestamp::end_of("1997-09-30").unwrap().to_string(), "1997-09-30 23:59:59");
        assert_eq!(Timestamp::end_of("1997-09-30 12:30").unwrap().to_string(), "1997-09-30 12:30:00");
        for text in ["1997-09-30T12:30:00Z", "1997-09-30 12:30:00+09:00"] {
            let message = Timestamp::end_of(text).unwrap_err().to_string();
            assert!(message.contains("TimeZone::local_time"), "{message}");
        }
    }

    #[test]
    fn explicit_formats() {
        let at = |text: &str, format: &str| Timestamp::read(text, Some(format), None).map(|t| t.to_string());
        assert_eq!(at("30/09/1997", "%d/%m/%Y").as_deref(), Ok("1997-09-30"));
        assert_eq!(at("9/30/97 2:05 PM", "%m/%d/%y %I:%M %p").as_deref(), Ok("1997-09-30 14:05:00"));
        assert_eq!(at("30 Sep 1997 14:00 +0200", "%d %b %Y %H:%M %z").as_deref(), Ok("1997-09-30 12:00:00"));
        assert_eq!(at("875622600", "%s").as_deref(), Ok("1997-09-30 12:30:00"));
        assert_eq!(at("31/09/1997", "%d/%m/%Y"), Err(Reason::UnparsableDate));
        assert_eq!(at("30/09/1997", "%Q"), Err(Reason::UnparsableDate));
    }
}
