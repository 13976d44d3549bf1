//! The zone in which days begin.

use std::fmt;
use std::str::FromStr;

#[cfg(feature = "time-zones")]
use chrono::DateTime;
use chrono::{FixedOffset, Offset, Utc};

use super::Timestamp;
use crate::error::{Error, Result};

/// A zone for points in time: a fixed offset such as `+02:00`, or (with the feature `time-zones`) a place such as
/// `Europe/Berlin` of the IANA time zone database, with its changes of the clock.
///
/// ```
/// use cpm_core::transactions::TimeZone;
/// let zone: TimeZone = "+02:00".parse()?;
/// assert_eq!(zone.local("1997-09-30 22:30".parse()?).to_string(), "1997-10-01 00:30:00");
/// assert!("Atlantis".parse::<TimeZone>().is_err());
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct TimeZone(Zone);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Zone {
    Fixed(FixedOffset),
    #[cfg(feature = "time-zones")]
    Place(chrono_tz::Tz),
}

impl TimeZone {
    /// What clocks in the zone show at a point in time in UTC.
    #[must_use]
    pub fn local(self, utc: Timestamp) -> Timestamp {
        let offset = match self.0 {
            Zone::Fixed(offset) => offset.local_minus_utc(),
            #[cfg(feature = "time-zones")]
            Zone::Place(place) => DateTime::from_timestamp(utc.seconds(), 0)
                .map_or(0, |t| t.with_timezone(&place).offset().fix().local_minus_utc()),
        };
        Timestamp::from_seconds(utc.seconds() + i64::from(offset))
    }

    /// What clocks in the zone show at a time in ISO form; one without an offset is taken as it is written.
    ///
    /// ```
    /// use cpm_core::transactions::TimeZone;
    /// let zone: TimeZone = "+09:00".parse()?;
    /// assert_eq!(zone.local_time("2024-01-02T12:30:00Z")?.to_string(), "2024-01-02 21:30:00");
    /// assert_eq!(zone.local_time("2024-01-02 12:30")?.to_string(), "2024-01-02 12:30:00");
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not an ISO date or time.
    pub fn local_time(self, when: &str) -> Result<Timestamp> {
        Timestamp::read(when, None, Some(self)).map_err(|_| Timestamp::not_iso(when))
    }
}

#[cfg(feature = "time-zones")]
const EXPECTED: &str = "give an offset such as +02:00, UTC, or a name of the IANA database such as Europe/Berlin";
#[cfg(not(feature = "time-zones"))]
const EXPECTED: &str =
    "give an offset such as +02:00, or UTC; names such as Europe/Berlin need the feature `time-zones` of cpm-core";

impl FromStr for TimeZone {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let unknown = || Error::argument("time_zone", name, EXPECTED);
        let fixed = if name.eq_ignore_ascii_case("utc") { Ok(Utc.fix()) } else { name.parse::<FixedOffset>() };
        #[cfg(feature = "time-zones")]
        let zone = match fixed {
            Ok(offset) => Zone::Fixed(offset),
            Err(_) => Zone::Place(name.parse().map_err(|_| unknown())?),
        };
        #[cfg(not(feature = "time-zones"))]
        let zone = Zone::Fixed(fixed.map_err(|_| unknown())?);
        Ok(Self(zone))
    }
}

impl fmt::Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Zone::Fixed(offset) => write!(f, "{offset}"),
            #[cfg(feature = "time-zones")]
            Zone::Place(place) => write!(f, "{place}"),
        }
    }
}

impl TryFrom<String> for TimeZone {
    type Error = Error;

    fn try_from(name: String) -> Result<Self> {
        name.parse()
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_places() {
        let local =
            |zone: &str, time: &str| zone.parse::<TimeZone>().map(|zone| zone.local(time.parse().unwrap()).to_string());
        assert_eq!(local("-05:30", "2024-01-01 03:00").unwrap(), "2023-12-31 21:30:00");
        assert_eq!(local("UTC", "2024-01-01 03:00").unwrap(), "2024-01-01 03:00:00");
        #[cfg(feature = "time-zones")]
        {
            // The clocks of Berlin went forward on 31 March 2024 at 01:00 UTC.
            assert_eq!(local("Europe/Berlin", "2024-03-31 00:59").unwrap(), "2024-03-31 01:59:00");
            assert_eq!(local("Europe/Berlin", "2024-03-31 01:00").unwrap(), "2024-03-31 03:00:00");
        }
        for zone in ["+02:00", "-05:30", "+00:00"] {
            assert_eq!(zone.parse::<TimeZone>().unwrap().to_string(), zone);
        }
        assert!(local("Atlantis", "2024-01-01").unwrap_err().to_string().contains("+02:00"));
    }
}
