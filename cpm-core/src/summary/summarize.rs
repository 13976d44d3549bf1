//! From the log to the summary.

use super::customers::{CustomerSummary, FromLog, SummaryQuality};
use super::more_columns::MoreColumns;
use super::purchases::{Merged, Purchase, check_merge, for_each_purchase};
use super::{MergeWithin, TimeUnit};
use crate::error::{Error, Result};
use crate::numerics::parallel;
use crate::transactions::{Timestamp, TransactionLog};

/// Choices for summarising a log.
///
/// ```
/// use cpm_core::{MergeWithin, SummaryOptions, TimeUnit};
/// let options = SummaryOptions::new()
///     .as_of("1997-09-30")?
///     .time_unit(TimeUnit::Week)
///     .merge_within(MergeWithin::Day);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SummaryOptions {
    pub(crate) as_of: Option<Timestamp>,
    pub(crate) time_unit: TimeUnit,
    pub(crate) merge_within: MergeWithin,
}

impl SummaryOptions {
    /// Weeks, purchases of one day merged, observation to the last time in the log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The end of observation; a date means the end of that day. Later rows are left out and counted.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not an ISO date or time.
    pub fn as_of(mut self, when: &str) -> Result<Self> {
        self.as_of = Some(end_of(when)?);
        Ok(self)
    }

    /// The unit of recency and T.
    #[must_use]
    pub fn time_unit(mut self, unit: TimeUnit) -> Self {
        self.time_unit = unit;
        self
    }

    /// The period within which rows of one customer are one purchase.
    #[must_use]
    pub fn merge_within(mut self, merge: MergeWithin) -> Self {
        self.merge_within = merge;
        self
    }
}

/// A date stands for the whole of its day, a time for itself.
pub(crate) fn end_of(when: &str) -> Result<Timestamp> {
    Timestamp::end_of(when)
}

/// A product up to which another gap can be multiplied without overflow.
const LARGE: f64 = 1e280;

/// Customers per parallel task.
const CHUNK: usize = 4096;

/// The summary's columns of some customers, and what was left out.
#[derive(Default)]
struct Columns {
    kept: Vec<u32>,
    frequency: Vec<f64>,
    recency: Vec<f64>,
    t: Vec<f64>,
    monetary: Vec<f64>,
    ln_gaps: Vec<f64>,
    first_time: Vec<Timestamp>,
    last_time: Vec<Timestamp>,
    first_amount: Vec<f64>,
    total_amount: Vec<f64>,
    merged: Merged,
    after: u64,
    cancelled: u64,
}

impl Columns {
    fn with_capacity(customers: usize) -> Self {
        let column = || Vec::with_capacity(customers);
        Self {
            kept: Vec::with_capacity(customers),
            frequency: column(),
            recency: column(),
            t: column(),
            monetary: column(),
            ln_gaps: column(),
            first_time: Vec::with_capacity(customers),
            last_time: Vec::with_capacity(customers),
            first_amount: column(),
            total_amount: column(),
            ..Self::default()
        }
    }

    /// Adds a customer; `end` is the period of the end of observation, and `unit` the length of a period.
    fn push(&mut self, customer: u32, row: &Row, merged: Merged, end: i64, unit: f64) {
        self.merged.add(merged);
        match row {
            Row::After => self.after += 1,
            Row::Cancelled => self.cancelled += 1,
            Row::Kept { purchases, first, last, total, ln_gaps } => {
                let x = (*purchases - 1) as f64;
                self.kept.push(customer);
                self.frequency.push(x);
                self.recency.push((last.period - first.period) as f64 * unit);
                self.t.push((end - first.period) as f64 * unit);
                self.ln_gaps.push(ln_gaps + x * unit.ln());
                self.monetary.push(if x > 0.0 { ((total - first.amount) / x).max(0.0) } else { 0.0 });
                self.first_time.push(first.time);
                self.last_time.push(last.time);
                self.first_amount.push(first.amount);
                self.total_amount.push(*total);
            }
        }
    }

    fn append(&mut self, next: &mut Self) {
        self.kept.append(&mut next.kept);
        self.frequency.append(&mut next.frequency);
        self.recency.append(&mut next.recency);
        self.t.append(&mut next.t);
        self.monetary.append(&mut next.monetary);
        self.ln_gaps.append(&mut next.ln_gaps);
        self.first_time.append(&mut next.first_time);
        self.last_time.append(&mut next.last_time);
        self.first_amount.append(&mut next.first_amount);
        self.total_amount.append(&mut next.total_amount);
        self.merged.add(next.merged);
        self.after += next.after;
        self.cancelled += next.cancelled;
    }
}

/// One customer's row, or why there is none.
#[derive(Clone, Copy)]
enum Row {
    Kept { purchases: u64, first: Purchase, last: Purchase, total: f64, ln_gaps: f64 },
    After,
    Cancelled,
}

impl TransactionLog {
    /// One row per customer with at least one purchase up to `as_of`.
    ///
    /// ```
    /// use cpm_core::{datasets, SummaryOptions};
    /// let log = datasets::cdnow_sample()?;
    /// let customers = log.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
    /// assert_eq!(customers.len(), 2_357);
    /// assert_eq!(customers.frequency().iter().sum::<f64>(), 2_457.0);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for [`MergeWithin::Order`] if the log has no order ids; [`Error::Empty`] if no
    /// purchase is left; [`Error::InvalidValue`] if a value is outside the
    /// domain of the models (such as a T above 10^5 units).
    pub fn summarize(&self, options: &SummaryOptions) -> Result<CustomerSummary> {
        check_merge(self, options.merge_within)?;
        let as_of = options.as_of.unwrap_or_else(|| self.first_and_last().1.end_of_day());
        let unit = options.merge_within.length_in(options.time_unit);
        let end = options.merge_within.period(as_of);
        let all = self.customers();
        let mut columns = Columns::with_capacity(all);
        // A partition's customers lie in order of ids: who goes through all customers reads on in each partition.
        for mut chunk in parallel::map_chunks(all, CHUNK, |customers| {
            let mut chunk = Columns::with_capacity(customers.len());
            for customer in customers {
                let (row, merged) = summarize_one(self, customer, options.merge_within, as_of);
                chunk.push(customer as u32, &row, merged, end, unit);
            }
            chunk
        }) {
            columns.append(&mut chunk);
        }
        let Columns { kept, frequency, recency, t, monetary, ln_gaps, first_time, last_time, .. } = columns;
        let Columns { first_amount, total_amount, merged, after, cancelled, .. } = columns;
        let quality = SummaryQuality {
            as_of,
            as_of_given: options.as_of.is_some(),
            rows: self.rows() as u64,
            rows_after_as_of: merged.rows_after,
            rows_merged: merged.rows_merged,
            periods_cancelled: merged.periods_cancelled,
            customers_after_as_of: after,
            customers_cancelled: cancelled,
        };
        if kept.is_empty() {
            let (first, last) = self.first_and_last();
            return Err(Error::Empty {
                what: format!("the customer summary as of {as_of}"),
                remedy: format!("The log covers {first} to {last}; choose an as_of within it"),
            });
        }
        let everyone = kept.len() == all;
        let ids = if everyone { self.customer_ids().clone() } else { self.customer_ids().take(&kept) };
        let more = MoreColumns::of(self, options, as_of, &kept);
        let columns = FromLog { first: first_time, last: last_time, first_amount, total_amount, quality, more };
        let summary = CustomerSummary::of_columns(frequency, recency, t, options.time_unit)?
            .with_monetary_column(monetary)?
            .with_customer_ids(ids)?
            .with_log_columns(columns);
        // Purchases at one and the same time, which are there if nothing is merged, have no logarithm of their gap.
        if ln_gaps.iter().all(|sum| sum.is_finite()) { summary.with_ln_gaps(ln_gaps) } else { Ok(summary) }
    }
}

fn summarize_one(log: &TransactionLog, customer: usize, merge: MergeWithin, as_of: Timestamp) -> (Row, Merged) {
    let mut ends: Option<(Purchase, Purchase)> = None;
    let mut purchases = 0;
    let mut total = 0.0;
    let (mut ln_gaps, mut product) = (0.0, 1.0);
    let merged = for_each_purchase(log, customer, merge, as_of, |p| {
        if let Some((_, before)) = ends {
            product *= (p.period - before.period) as f64;
            // One logarithm for many gaps.
            if product > LARGE {
                ln_gaps += f64::ln(product);
                product = 1.0;
            }
        }
        ends = Some((ends.map_or(p, |(first, _)| first), p));
        purchases += 1;
        total += p.amount;
    });
    ln_gaps += f64::ln(product);
    let row = match ends {
        Some((first, last)) => Row::Kept { purchases, first, last, total, ln_gaps },
        None if merged.periods_cancelled > 0 => Row::Cancelled,
        None => Row::After,
    };
    (row, merged)
}
