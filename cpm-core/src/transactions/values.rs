//! Customer, time and amount as a reader finds them, before they are checked.

use super::Timestamp;

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
    /// A point in time in UTC, to be converted to the [zone of the options](crate::ReadOptions::time_zone).
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
