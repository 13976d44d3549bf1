//! The quality report: what was read, kept and left out, by reason, with examples.

use std::collections::BTreeMap;
use std::fmt;

use super::{Reason, Timestamp};
use crate::error::Result;
use crate::table::{Column, Table};

/// How many offending rows a report shows.
pub(crate) const EXAMPLES: usize = 10;

/// Where a row stands in what it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum RowPlace {
    /// The line of a text file, counted from 1 with the header, as editors show it.
    Line(u64),
    /// The position in a table or a Parquet file, counted from 0, as data frames count.
    Row(u64),
}

impl RowPlace {
    /// The number alone.
    #[must_use]
    pub const fn number(self) -> u64 {
        match self {
            Self::Line(number) | Self::Row(number) => number,
        }
    }
}

impl fmt::Display for RowPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Row(row) => write!(f, "row {row} (counted from 0)"),
        }
    }
}

/// One row that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RowIssue {
    /// The file or table.
    pub origin: String,
    /// Line of a text file, or row of a table.
    pub place: RowPlace,
    /// The column at fault; empty if it is the whole row.
    pub column: String,
    /// The value as it stands there, shortened.
    pub value: String,
    /// What is wrong with it.
    pub reason: Reason,
    /// How many fields the row should have, and how many it has, if that is what is wrong.
    #[cfg_attr(feature = "serde", serde(default))]
    pub fields: Option<(usize, usize)>,
}

impl fmt::Display for RowIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.origin, self.place)?;
        if !self.column.is_empty() {
            write!(f, ", column `{}`", self.column)?;
        }
        write!(f, ", value {:?}: ", self.value)?;
        if let Some((expected, found)) = self.fields {
            let plural = if expected == 1 { "" } else { "s" };
            return write!(f, "{expected} field{plural} expected, {found} found; check quotes and delimiter");
        }
        if self.reason == Reason::MalformedRow {
            // A row that has all of its fields.
            return f.write_str("not UTF-8 text; state the encoding of the file, such as encoding = \"latin-1\"");
        }
        if self.reason == Reason::UnparsableDate && self.value.bytes().all(|byte| byte.is_ascii_digit()) {
            match self.value.len() {
                8 => return f.write_str("not a date in ISO form (1997-09-30); is it date_format = \"%Y%m%d\"?"),
                9 | 10 => return f.write_str("a number; if it counts seconds since 1970, say date_format = \"%s\""),
                _ => {}
            }
        }
        if self.reason == Reason::MissingCustomer && !self.value.trim().is_empty() {
            return f
                .write_str("a word for no customer id; if it is the id of a customer, say so with null_values = []");
        }
        f.write_str(self.reason.explain())
    }
}

/// Amounts that lie far above the others, kept; see [`ReadOptions::flag_outliers`](crate::ReadOptions::flag_outliers).
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Outliers {
    /// Rows with a larger amount than this are counted.
    pub above: f64,
    /// How many there are.
    pub rows: u64,
    /// The largest amount of all rows.
    pub largest: f64,
}

/// What became of the rows of a log.
///
/// `rows_read = rows_kept + rows_excluded()` always holds.
#[derive(Debug, Clone, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct QualityReport {
    /// The files or tables that were read.
    pub origins: Vec<String>,
    /// Those of the origins that have rows counted from 0 in place of lines: tables and Parquet files.
    pub tables: Vec<String>,
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
    /// Days between the first and the last time on which no row was kept.
    pub days_without_rows: u64,
    /// First and last day of the longest run of such days (the earliest of several): a month that an export lacks.
    pub longest_gap: Option<(Timestamp, Timestamp)>,
    /// Kept rows with an amount far above the others, if they were asked for.
    pub outliers: Option<Outliers>,
    /// Kept rows whose customer was found under an alias.
    pub alias_rows: u64,
    /// Distinct aliases found in rows.
    pub aliases_found: u64,
    /// Kept rows by currency, if a column of currencies is named.
    pub currencies: BTreeMap<String, u64>,
    /// Kept rows without a cost, if a column of costs is named.
    pub rows_without_cost: u64,
}

/// What a row has beyond customer, time and amount, as far as it is counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct KeptDetails<'a> {
    pub(super) by_alias: bool,
    pub(super) lacks_cost: bool,
    pub(super) currency: Option<&'a str>,
}

impl QualityReport {
    /// Rows left out, whatever the reason.
    #[must_use]
    pub fn rows_excluded(&self) -> u64 {
        self.excluded.values().sum()
    }

    /// Share of the customers who have purchases on one day only; 0 without customers.
    #[must_use]
    pub fn one_time_share(&self) -> f64 {
        if self.customers == 0 { 0.0 } else { self.one_time_buyers as f64 / self.customers as f64 }
    }

    /// What became of the rows, as a table `outcome, reason, rows, share, explanation`.
    ///
    /// The rows with outcome `kept`, `merged` (kept, and one purchase with an earlier row of the customer and day) and
    /// `excluded` add up to the rows read. Those with outcome `flagged` are among the kept and merged ones; `share` is
    /// of the rows read.
    ///
    /// ```
    /// let quality = cpm_core::datasets::cdnow_sample()?.quality().to_table()?;
    /// assert_eq!(quality.texts("outcome").unwrap()[..2], ["kept", "merged"]);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let merged = self.rows_sharing_a_day;
        let mut rows = vec![
            ("kept", "", self.rows_kept - merged, "the first row of a customer and day"),
            (
                "merged",
                "same customer and day",
                merged,
                "one purchase with an earlier row under merge_within = \"day\"",
            ),
        ];
        rows.extend(self.excluded.iter().map(|(reason, &n)| ("excluded", reason.label(), n, reason.explain())));
        let mut flag = |label, n, explanation| rows.push(("flagged", label, n, explanation));
        flag("amount of zero", self.zero_amounts, "kept as a purchase");
        flag("return", self.negative_amounts, "kept to net against purchases");
        if let Some(outliers) = self.outliers {
            flag("outlier", outliers.rows, "an amount far above the others, kept");
        }
        if self.alias_rows > 0 {
            flag("alias", self.alias_rows, "counted for the customer behind the alias");
        }
        if self.rows_without_cost > 0 {
            flag("no cost", self.rows_without_cost, "kept; the profit of its customer is not known");
        }
        let read = self.rows_read.max(1) as f64;
        let text = |of: fn(&(&'static str, &'static str, u64, &'static str)) -> &'static str| {
            Column::Text(rows.iter().map(|row| of(row).to_owned()).collect())
        };
        let mut table = Table::new();
        table.push("outcome", text(|row| row.0))?;
        table.push("reason", text(|row| row.1))?;
        table.push("rows", Column::Integer(rows.iter().map(|row| row.2 as i64).collect()))?;
        table.push("share", Column::Float(rows.iter().map(|row| row.2 as f64 / read).collect()))?;
        table.push("explanation", text(|row| row.3))?;
        Ok(table)
    }

    pub(super) fn begin(&mut self, origin: &str, is_table: bool) {
        let add = |names: &mut Vec<String>| {
            if !names.iter().any(|name| name == origin) {
                names.push(origin.to_owned());
            }
        };
        add(&mut self.origins);
        if is_table {
            add(&mut self.tables);
        }
    }

    /// Where the row of that number of an origin stands.
    pub(super) fn place(&self, origin: &str, number: u64) -> RowPlace {
        let is_table = self.tables.iter().any(|table| table == origin);
        if is_table { RowPlace::Row(number) } else { RowPlace::Line(number) }
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

    /// Counts what a kept row has beyond customer, time and amount.
    pub(super) fn keep_details(&mut self, row: &KeptDetails<'_>) {
        self.alias_rows += u64::from(row.by_alias);
        self.rows_without_cost += u64::from(row.lacks_cost);
        if let Some(currency) = row.currency {
            match self.currencies.get_mut(currency) {
                Some(count) => *count += 1,
                None => drop(self.currencies.insert(currency.to_owned(), 1)),
            }
        }
    }

    /// Takes back a kept row which, as it turns out, is to be left out.
    pub(super) fn exclude_kept(&mut self, amount: f64, row: &KeptDetails<'_>, reason: Reason) {
        *self.excluded.entry(reason).or_default() += 1;
        self.rows_kept -= 1;
        self.zero_amounts -= u64::from(amount == 0.0);
        self.negative_amounts -= u64::from(amount < 0.0);
        self.alias_rows -= u64::from(row.by_alias);
        self.rows_without_cost -= u64::from(row.lacks_cost);
        if let Some(count) = row.currency.and_then(|currency| self.currencies.get_mut(currency)) {
            *count -= 1;
        }
    }

    /// Adds rows to be shown; the first of all stay.
    pub(super) fn show(&mut self, issues: impl IntoIterator<Item = RowIssue>) {
        self.examples.extend(issues);
        self.order_examples();
    }

    fn order_examples(&mut self) {
        let origins = &self.origins;
        self.examples.sort_by_key(|issue| (origins.iter().position(|o| *o == issue.origin), issue.place.number()));
        self.examples.truncate(EXAMPLES);
    }

    /// Adds what another reader has counted.
    pub(super) fn absorb(&mut self, part: Self) {
        self.rows_read += part.rows_read;
        self.rows_kept += part.rows_kept;
        self.zero_amounts += part.zero_amounts;
        self.negative_amounts += part.negative_amounts;
        for origin in &part.origins {
            self.begin(origin, part.tables.contains(origin));
        }
        for (reason, count) in part.excluded {
            *self.excluded.entry(reason).or_default() += count;
        }
        self.show(part.examples);
        self.alias_rows += part.alias_rows;
        self.rows_without_cost += part.rows_without_cost;
        for (currency, count) in part.currencies {
            *self.currencies.entry(currency).or_default() += count;
        }
    }

    /// Whether the longest gap takes more than a year and more than all the rest: beyond it are dates such as 1970-01-01,
    /// which systems write for none, or 2042 for 2024. No clock is needed to see them.
    fn gap_is_most_of_it(&self) -> bool {
        let days = |(first, last): (Timestamp, Timestamp)| last.days() - first.days() + 1;
        let (gap, all) = (self.longest_gap.map_or(0, days), self.period.map_or(0, days));
        gap > 366 && gap > all - gap
    }

    /// The excluded rows by reason in words: `3 missing date, 1 negative amount`.
    pub(crate) fn breakdown(&self) -> String {
        let parts: Vec<String> = self.excluded.iter().map(|(r, n)| format!("{n} {}", r.label())).collect();
        parts.join(", ")
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
        if self.alias_rows > 0 {
            let (rows, aliases) = (self.alias_rows, self.aliases_found);
            writeln!(f, "  found by alias     {rows:>12}  rows, under {aliases} aliases, counted for their customers")?;
        }
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
        if let Some((first, last)) = self.longest_gap {
            let days = self.days_without_rows;
            let doubt = if self.gap_is_most_of_it() { ": are the dates beyond it right?" } else { "" };
            let (first, last) = (first.date_string(), last.date_string());
            writeln!(f, "  days without rows  {days:>12}  the longest gap from {first} to {last}{doubt}")?;
        }
        if let Some(Outliers { above, rows, largest }) = self.outliers {
            writeln!(f, "  outliers           {rows:>12}  amounts above {above:.2}, the largest {largest:.2}; kept")?;
        }
        if self.rows_without_cost > 0 {
            writeln!(f, "  no cost            {:>12}  profit of their customers not known", self.rows_without_cost)?;
        }
        for (currency, rows) in &self.currencies {
            writeln!(f, "  currency           {rows:>12}  in {currency}")?;
        }
        write!(f, "  total amount       {:>12.2}", self.total_amount)?;
        for issue in &self.examples {
            write!(f, "\n  left out: {issue}")?;
        }
        Ok(())
    }
}
