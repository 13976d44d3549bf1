//! The domain of the models: 0 <= `t_x` <= T, whole x >= 0, and `t_x` = 0 where x = 0.

use super::{MAX_FREQUENCY, MAX_T};
use crate::error::Error;

/// What can be wrong with a row. A word for it is quicker to pass by than an error, of which there is one at most.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    Frequency,
    Observation,
    Recency,
    AfterTheEnd,
    WithoutRepeats,
}

impl Fault {
    #[inline]
    pub(super) fn of(x: f64, t_x: f64, t: f64) -> Option<Self> {
        // As such a number, what is no whole number from 0 on is another one.
        if f64::from(x as u32) != x || x > MAX_FREQUENCY {
            Some(Self::Frequency)
        } else if !(0.0..=MAX_T).contains(&t) {
            Some(Self::Observation)
        } else if !(0.0..f64::INFINITY).contains(&t_x) {
            Some(Self::Recency)
        } else if t_x > t {
            Some(Self::AfterTheEnd)
        } else if x == 0.0 && t_x > 0.0 {
            Some(Self::WithoutRepeats)
        } else {
            None
        }
    }

    #[cold]
    pub(super) fn error(self, row: usize, x: f64, t_x: f64, t: f64) -> Error {
        const SINCE_FIRST: &str = "Recency is the time from the first to the last purchase here, not the time since the last one; see days_since_last";
        let (column, value, expected, remedy) = match self {
            Self::Frequency => (
                "frequency",
                x,
                "the number of repeat purchases must be a whole number from 0 to 1000000",
                "Count purchases after the first one",
            ),
            Self::Observation => (
                "T",
                t,
                "the time under observation must be a finite number from 0 to 100000",
                "Count the time from the first purchase to the end of observation, in a coarser unit if need be",
            ),
            Self::Recency => (
                "recency",
                t_x,
                "the time of the last purchase must be a finite number of at least 0",
                "Count the time from the first to the last purchase",
            ),
            Self::AfterTheEnd => {
                ("recency", t_x, "the last purchase cannot be later than the end of observation, T", SINCE_FIRST)
            }
            Self::WithoutRepeats => ("recency", t_x, "a customer without repeat purchase has recency 0", SINCE_FIRST),
        };
        Error::InvalidValue { column, row, value: value.to_string(), expected, remedy }
    }
}
