//! Why a row is left out.

/// Why a row of a transaction log was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Reason {
    /// The row does not have the fields of the header, or is not UTF-8 text.
    MalformedRow,
    /// No customer id.
    MissingCustomer,
    /// A customer id that is not the whole number it should be.
    UnusableCustomer,
    /// No date.
    MissingDate,
    /// A date that is neither ISO 8601 nor of the given format.
    UnparsableDate,
    /// A date such as 03/04/1997, whose day and month cannot be told apart.
    AmbiguousDate,
    /// No amount.
    MissingAmount,
    /// An amount that is not a number.
    UnparsableAmount,
    /// An amount that is NaN, infinite, or beyond 10^290, where sums would be.
    NonFiniteAmount,
    /// A negative amount, under `returns = error`.
    NegativeAmount,
    /// A negative amount, under `returns = drop`.
    ReturnDropped,
    /// An amount of zero, under `zero_amounts = drop`.
    ZeroDropped,
    /// No order id in the column of order ids.
    MissingOrder,
    /// No quantity in the column of quantities.
    MissingQuantity,
    /// A quantity that is not a finite number.
    UnparsableQuantity,
    /// A cost that is not a finite number.
    UnparsableCost,
    /// No currency in the column of currencies.
    MissingCurrency,
    /// A currency for which there is no exchange rate.
    UnknownCurrency,
    /// A time before the start of the window.
    BeforeStart,
    /// A time after the end of the window.
    Future,
    /// A row that is identical to an earlier one, under `duplicates = drop`.
    DuplicateRow,
    /// A row of a customer who was [forgotten](crate::SummaryBuilder::forget).
    Erased,
    /// A time later than the day on which rows are read, under `future = error`.
    InFuture,
    /// A time later than the day on which rows are read, under `future = drop`.
    FutureDropped,
}

impl Reason {
    /// The reason in words, with the remedy.
    #[must_use]
    pub const fn explain(self) -> &'static str {
        match self {
            Self::MalformedRow => {
                "the row does not have the fields of the header or is not UTF-8 text; check quotes, delimiter and encoding"
            }
            Self::MissingCustomer => "no customer id; every purchase needs one",
            Self::UnusableCustomer => {
                "the customer id is not a whole number below 2^53, so ids could be confused; give ids as text or as integers"
            }
            Self::MissingDate => "no date; every purchase needs one",
            Self::UnparsableDate => {
                "not a date in ISO form (1997-09-30) or in the given format; state the format, for instance date_format = \"%d/%m/%Y\""
            }
            Self::AmbiguousDate => {
                "day and month cannot be told apart; state the order with date_format = \"%d/%m/%Y\" or \"%m/%d/%Y\""
            }
            Self::MissingAmount => "no amount; every purchase needs one (0 is allowed)",
            Self::UnparsableAmount => {
                "not a number; write amounts like 1234.50, without currency signs or thousands separators"
            }
            Self::NonFiniteAmount => "not a finite number of a size that can be added up",
            Self::NegativeAmount => "a negative amount; say what returns mean with returns = \"net\" or \"drop\"",
            Self::ReturnDropped => "a return, left out as asked by returns = \"drop\"",
            Self::ZeroDropped => "an amount of zero, left out as asked by zero_amounts = \"drop\"",
            Self::MissingOrder => "no order id; every row needs one when a column of order ids is named",
            Self::MissingQuantity => "no quantity; the amount is a quantity times a unit price",
            Self::UnparsableQuantity => "the quantity is not a finite number",
            Self::UnparsableCost => "the cost is not a finite number; leave it empty where it is not known",
            Self::MissingCurrency => "no currency; every row needs one when a column of currencies is named",
            Self::UnknownCurrency => "a currency without an exchange rate; add it to exchange_rates",
            Self::BeforeStart => "before the start, left out as asked",
            Self::Future => "after the end, left out as asked",
            Self::DuplicateRow => "identical to an earlier row, left out as asked by duplicates = \"drop\"",
            Self::Erased => "of a customer who was erased on request",
            Self::InFuture => {
                "later than the day of reading; correct it, or say what such rows are with future = \"drop\" or \"keep\", or where the log ends with end"
            }
            Self::FutureDropped => "later than the day of reading, left out as asked by future = \"drop\"",
        }
    }

    /// Whether the row is left out because a policy says so, and not because it cannot be used.
    #[must_use]
    pub const fn is_asked_for(self) -> bool {
        matches!(
            self,
            Self::ReturnDropped
                | Self::ZeroDropped
                | Self::BeforeStart
                | Self::Future
                | Self::DuplicateRow
                | Self::Erased
                | Self::FutureDropped
        )
    }

    /// A short name for tables.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::MalformedRow => "malformed row",
            Self::MissingCustomer => "missing customer id",
            Self::UnusableCustomer => "unusable customer id",
            Self::MissingDate => "missing date",
            Self::UnparsableDate => "unparsable date",
            Self::AmbiguousDate => "ambiguous date",
            Self::MissingAmount => "missing amount",
            Self::UnparsableAmount => "unparsable amount",
            Self::NonFiniteAmount => "amount not finite",
            Self::NegativeAmount => "negative amount",
            Self::ReturnDropped => "return dropped",
            Self::ZeroDropped => "amount of zero dropped",
            Self::MissingOrder => "missing order id",
            Self::MissingQuantity => "missing quantity",
            Self::UnparsableQuantity => "unparsable quantity",
            Self::UnparsableCost => "unparsable cost",
            Self::MissingCurrency => "missing currency",
            Self::UnknownCurrency => "unknown currency",
            Self::BeforeStart => "before the start",
            Self::Future => "after the end",
            Self::DuplicateRow => "duplicate row",
            Self::Erased => "erased on request",
            Self::InFuture => "in the future",
            Self::FutureDropped => "future dropped",
        }
    }
}
