//! From the log to the summary.

use std::sync::Arc;

use super::customers::CustomerSummary;
use super::log_columns::{Columns, Observation, Walk};
use super::more_columns::MoreColumns;
use super::purchases::{check_merge, for_each_purchase, for_each_run};
use super::{MergeWithin, TimeUnit};
use crate::error::Result;
use crate::numerics::parallel;
use crate::transactions::{CustomerIds, CustomerRows, LogBuilder, LogPart, Timestamp, TransactionLog};

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

    /// The end of observation; a date means the end of that day. Later rows are left out and counted. It is what
    /// clocks show in the time zone of the log: see [`TimeZone::local_time`](crate::transactions::TimeZone::local_time).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) if it is not an ISO date or time.
    pub fn as_of(mut self, when: &str) -> Result<Self> {
        self.as_of = Some(end_of(when).map_err(|e| e.named("as_of"))?);
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

/// Customers per parallel task.
const CHUNK: usize = 4096;

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
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for [`MergeWithin::Order`] if the log has no order ids;
    /// [`Error::Empty`](crate::Error::Empty) if no purchase is left; [`Error::InvalidValue`](crate::Error::InvalidValue) if a
    /// value is outside the domain of the models (such as a T above 10^5 units).
    pub fn summarize(&self, options: &SummaryOptions) -> Result<CustomerSummary> {
        check_merge(self, options.merge_within)?;
        let (first, last) = self.first_and_last();
        let observation = Observation::of(options, last);
        let (ids, columns) = match self.details() {
            None => self.columns_by_part(options, &observation),
            Some(_) => self.columns_by_customer(options, &observation),
        };
        let more = MoreColumns::of(self, options, observation.as_of, &columns.kept);
        columns.into_summary(ids, more, &observation, self.rows() as u64, (first, last))
    }

    /// Each part of the log is read from its beginning to its end, in the order in which it lies in memory.
    fn columns_by_part(&self, options: &SummaryOptions, observation: &Observation) -> (Arc<CustomerIds>, Columns) {
        let parts = parallel::map_chunks(self.parts(), 1, |part| {
            let customers = self.part_rows(part.start);
            columns_of_rows(customers, options, observation)
        });
        let parts = parts.collect();
        Columns::in_order(parts, self.places().into(), self.shared_ids())
    }

    /// The rows of a log with details are one part, in order of customers.
    fn columns_by_customer(&self, options: &SummaryOptions, observation: &Observation) -> (Arc<CustomerIds>, Columns) {
        let all = self.customers();
        let mut columns = Columns::with_capacity(all);
        for mut chunk in parallel::map_chunks(all, CHUNK, |customers| {
            let mut chunk = Columns::with_capacity(customers.len());
            for customer in customers {
                let mut walk = Walk::default();
                let merged =
                    for_each_purchase(self, customer, options.merge_within, observation.as_of, |p| walk.step(p));
                chunk.push(customer as u32, walk, merged, observation);
            }
            chunk
        }) {
            columns.append(&mut chunk);
        }
        let everyone = columns.kept.len() == all;
        let ids = if everyone { self.shared_ids() } else { Arc::new(self.customer_ids().take(&columns.kept)) };
        (ids, columns)
    }
}

/// The columns of customers whose rows come one customer after the other.
fn columns_of_rows<'a>(
    customers: impl ExactSizeIterator<Item = CustomerRows<'a>>,
    options: &SummaryOptions,
    observation: &Observation,
) -> Columns {
    let mut columns = Columns::with_capacity(customers.len());
    for (customer, rows) in customers.enumerate() {
        let mut walk = Walk::default();
        let merged = for_each_run(rows, options.merge_within, observation.as_of, |p, _| walk.step(p));
        columns.push(customer as u32, walk, merged, observation);
    }
    columns
}

/// The summary of a builder's rows without their log: its parts are summarised one after the other, and the customers
/// brought in order of their ids at the end.
pub(super) fn summarize_by_part(log: &mut LogBuilder, options: &SummaryOptions) -> Result<CustomerSummary> {
    let made = log.visit_parts(|part: &LogPart| {
        let observation = Observation::of(options, part.last());
        columns_of_rows(part.customer_rows(), options, &observation)
    })?;
    // There is at least one row, so there is a period.
    let period = made.quality.period.unwrap_or((Timestamp::from_seconds(0), Timestamp::from_seconds(0)));
    let (ids, columns) = Columns::in_order(made.parts, made.places.into(), Arc::new(made.ids));
    let observation = Observation::of(options, period.1);
    columns.into_summary(ids, MoreColumns::default(), &observation, made.quality.rows_kept, period)
}
