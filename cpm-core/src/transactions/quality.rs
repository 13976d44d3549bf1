//! The quality report: what was read, kept and left out, by reason, with examples.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::Timestamp;
use super::store::MergedRows;

/// How many offending rows a report shows.
pub(crate) const EXAMPLES: usize = 10;

/// Why a row of a transaction log was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
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
    /// An amount that is NaN or infinite.
    NonFiniteAmount,
    /// A negative amount, under `returns = error`.
    NegativeAmount,
    /// A negative amount, under `returns = drop`.
    ReturnDropped,
    /// An amount of zero, under `zero_amounts = drop`.
    ZeroDropped,
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
            Self::NonFiniteAmount => "not a finite number",
            Self::NegativeAmount => "a negative amount; say what returns mean with returns = \"net\" or \"drop\"",
            Self::ReturnDropped => "a return, left out as asked by returns = \"drop\"",
            Self::ZeroDropped => "an amount of zero, left out as asked by zero_amounts = \"drop\"",
        }
    }

    /// Whether the row is left out because a policy says so, and not because it cannot be used.
    #[must_use]
    pub const fn is_asked_for(self) -> bool {
        matches!(self, Self::ReturnDropped | Self::ZeroDropped)
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
        }
    }
}

/// One row that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowIssue {
    /// The file or table.
    pub origin: String,
    /// Line of a text file, counted from 1 with the header; row of a table, counted from 1.
    pub line: u64,
    /// The column at fault; empty if it is the whole row.
    pub column: String,
    /// The value as it stands there, shortened.
    pub value: String,
    /// What is wrong with it.
    pub reason: Reason,
}

impl fmt::Display for RowIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, line {}", self.origin, self.line)?;
        if !self.column.is_empty() {
            write!(f, ", column `{}`", self.column)?;
        }
        write!(f, ", value {:?}: {}", self.value, self.reason.explain())
    }
}

/// What became of the rows of a log.
///
/// `rows_read = rows_kept + rows_excluded()` always holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct QualityReport {
    /// The files or tables that were read.
    pub origins: Vec<String>,
    /// Rows read.
    pub rows_read: u64,
    /// Rows kept in the log.
    pub rows_kept: u64,
    /// Rows left out, by reason.
    pub excluded: BTreeMap<Reason, u64>,
    /// The first rows that were left out.
    pub examples: Vec<RowIssue>,
    /// Kept rows that share customer and day with an earlier row: `merge_within = day` makes them one purchase.
    pub rows_sharing_a_day: u64,
    /// Kept rows whose amount is zero.
    pub zero_amounts: u64,
    /// Kept rows whose amount is negative (returns that will net).
    pub negative_amounts: u64,
    /// Distinct customers.
    pub customers: u64,
    /// Customers with purchases on one day only.
    pub one_time_buyers: u64,
    /// First and last time in the log.
    pub period: Option<(Timestamp, Timestamp)>,
    /// Sum of the kept amounts.
    pub total_amount: f64,
}

impl QualityReport {
    /// Rows left out, whatever the reason.
    #[must_use]
    pub fn rows_excluded(&self) -> u64 {
        self.excluded.values().sum()
    }

    pub(super) fn begin(&mut self, origin: String) {
        if !self.origins.contains(&origin) {
            self.origins.push(origin);
        }
    }

    pub(super) fn keep(&mut self, amount: f64) {
        self.rows_kept += 1;
        self.zero_amounts += u64::from(amount == 0.0);
        self.negative_amounts += u64::from(amount < 0.0);
    }

    pub(crate) fn exclude(&mut self, issue: impl FnOnce() -> RowIssue, reason: Reason) {
        *self.excluded.entry(reason).or_default() += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push(issue());
        }
    }

    /// Adds what another reader has counted.
    pub(super) fn absorb(&mut self, part: Self) {
        self.rows_read += part.rows_read;
        self.rows_kept += part.rows_kept;
        self.zero_amounts += part.zero_amounts;
        self.negative_amounts += part.negative_amounts;
        part.origins.into_iter().for_each(|origin| self.begin(origin));
        for (reason, count) in part.excluded {
            *self.excluded.entry(reason).or_default() += count;
        }
        self.examples.extend(part.examples);
        let origins = &self.origins;
        self.examples.sort_by_key(|issue| (origins.iter().position(|o| *o == issue.origin), issue.line));
        self.examples.truncate(EXAMPLES);
    }

    /// Adds a customer's kept rows.
    pub(super) fn add(&mut self, rows: &CustomerRows) {
        self.total_amount += rows.total;
        self.rows_sharing_a_day += rows.sharing_a_day;
        self.one_time_buyers += u64::from(rows.one_day);
        if let Some((first, last)) = rows.period {
            let (begin, end) = self.period.unwrap_or((first, last));
            self.period = Some((begin.min(first), end.max(last)));
        }
    }

    /// The excluded rows by reason in words: `3 missing date, 1 negative amount`.
    pub(crate) fn breakdown(&self) -> String {
        let parts: Vec<String> = self.excluded.iter().map(|(r, n)| format!("{n} {}", r.label())).collect();
        parts.join(", ")
    }
}

/// What the report says of one customer's kept rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct CustomerRows {
    total: f64,
    sharing_a_day: u64,
    one_day: bool,
    period: Option<(Timestamp, Timestamp)>,
}

impl CustomerRows {
    /// Of rows in order of time; `merged` says which stand for several.
    pub(super) fn new(times: &[Timestamp], amounts: &[f64], merged: &[MergedRows]) -> Self {
        let shared = times.windows(2).filter(|w| w[0].days() == w[1].days()).count();
        let stored_with_others: u64 = merged.iter().map(|m| u64::from(m.rows) - 1).sum();
        Self {
            total: amounts.iter().sum(),
            sharing_a_day: shared as u64 + stored_with_others,
            one_day: shared + 1 == times.len(),
            period: times.first().copied().zip(times.last().copied()),
        }
    }
}

impl fmt::Display for QualityReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Transaction log: {}", self.origins.join(", "))?;
        writeln!(f, "  rows read          {:>12}", self.rows_read)?;
        writeln!(f, "  rows kept          {:>12}", self.rows_kept)?;
        writeln!(f, "  rows left out      {:>12}", self.rows_excluded())?;
        for (reason, count) in &self.excluded {
            writeln!(f, "    {:<17}{count:>12}  {}", reason.label(), reason.explain())?;
        }
        writeln!(
            f,
            "  customers          {:>12}  ({} with purchases on one day only)",
            self.customers, self.one_time_buyers
        )?;
        writeln!(
            f,
            "  same customer, day {:>12}  rows that merge into an earlier purchase of that day",
            self.rows_sharing_a_day
        )?;
        writeln!(f, "  amount of zero     {:>12}  kept as purchases", self.zero_amounts)?;
        if self.negative_amounts > 0 {
            writeln!(f, "  returns            {:>12}  kept to net against purchases", self.negative_amounts)?;
        }
        if let Some((first, last)) = self.period {
            writeln!(f, "  period             {first} to {last}")?;
        }
        write!(f, "  total amount       {:>12.2}", self.total_amount)?;
        for issue in &self.examples {
            write!(f, "\n  left out: {issue}")?;
        }
        Ok(())
    }
}
