//! A summary from more rows than fit into memory, or from several places.

#[cfg(feature = "csv")]
use std::path::Path;

use super::summarize::{end_of, summarize_by_part};
use super::{CustomerSummary, MergeWithin, SummaryOptions};
use crate::error::{Error, Result};
use crate::transactions::{
    Amount, Customer, CustomerId, LogBuilder, Merging, ReadOptions, RowDetails, TimeZone, Timestamp, TransactionLog,
    When,
};
#[cfg(any(feature = "csv", feature = "arrow"))]
use crate::transactions::{Progress, ProgressAnswer};

/// Builds a [`CustomerSummary`] piece by piece.
///
/// Rows of one customer and period are brought together as they come, so that memory grows with purchases and not
/// with rows: some five bytes for each while rows come, and the columns of the summary at the end (unless orders, costs, products, channels, attributes or duplicates are asked for, which belong to rows).
/// The result is that of [`TransactionLog::summarize`], whatever the order of rows, pieces and merges:
/// counts and times exactly, sums of money to the last few bits. Two builders with the same rows give the same sums exactly.
///
/// ```
/// use cpm_core::{ReadOptions, SummaryBuilder, SummaryOptions};
/// use cpm_core::transactions::{Amount, Customer, When};
///
/// let new = || SummaryBuilder::new(ReadOptions::new("customer", "date", "amount"), SummaryOptions::new());
/// let (mut january, mut february) = (new(), new());
/// january.push(1, Customer::Text("ann"), When::Text("2024-01-20"), Amount::Number(20.0));
/// february.push(1, Customer::Text("ann"), When::Text("2024-02-10"), Amount::Number(30.0));
/// january.merge(february)?;
/// let customers = january.finish()?;
/// assert_eq!(customers.frequency(), [1.0]);
/// assert_eq!(customers.recency(), [3.0]);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct SummaryBuilder {
    pub(super) log: LogBuilder,
    pub(super) options: SummaryOptions,
}

impl SummaryBuilder {
    /// An empty builder.
    #[must_use]
    pub fn new(read: ReadOptions, options: SummaryOptions) -> Self {
        let period = match options.merge_within {
            // The rows of an order may lie far apart.
            MergeWithin::Nothing | MergeWithin::Order => None,
            MergeWithin::Hour => Some((|time| MergeWithin::Hour.period(time)) as fn(_) -> _),
            MergeWithin::Day => Some((|time| MergeWithin::Day.period(time)) as fn(_) -> _),
            MergeWithin::Week => Some((|time| MergeWithin::Week.period(time)) as fn(_) -> _),
            MergeWithin::Month => Some((|time| MergeWithin::Month.period(time)) as fn(_) -> _),
        };
        let log = match period {
            Some(period) => LogBuilder::merging(read, Merging { period, as_of: options.as_of }),
            None => LogBuilder::new(read),
        };
        Self { log, options }
    }

    /// How rows are read.
    #[must_use]
    pub fn read_options(&self) -> &ReadOptions {
        self.log.options()
    }

    /// How they are summarised.
    #[must_use]
    pub fn summary_options(&self) -> &SummaryOptions {
        &self.options
    }

    /// Says which text file the next rows come from; see [`LogBuilder::begin`].
    pub fn begin(&mut self, origin: &str) {
        self.log.begin(origin);
    }

    /// Says which table the next rows come from; see [`LogBuilder::begin_table`].
    pub fn begin_table(&mut self, origin: &str) {
        self.log.begin_table(origin);
    }

    /// Says on which day the next rows are read; see [`ReadOptions::today`]. A state that was saved does not know it.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not an ISO date or time.
    pub fn set_today(&mut self, when: &str) -> Result<()> {
        self.log.set_today(when)
    }

    /// Checks one row and adds it, or counts why not; see [`LogBuilder::push`].
    ///
    /// Unlike the rows of a file or a stream, pushed ones come one by one: one that cannot be used is reported by
    /// [`finish`](Self::finish), and keeps the builder from being saved, unless such rows are left out on request. To add
    /// many rows or none, push them into a builder of their own and [merge](Self::merge) it.
    pub fn push(&mut self, line: u64, customer: Customer<'_>, when: When<'_>, amount: Amount<'_>) {
        self.log.push(line, customer, when, amount);
    }

    /// The same for a row that has more than customer, time and amount; see [`LogBuilder::push_detailed`].
    pub fn push_detailed(
        &mut self,
        line: u64,
        customer: Customer<'_>,
        when: When<'_>,
        amount: Amount<'_>,
        details: &RowDetails<'_>,
    ) {
        self.log.push_detailed(line, customer, when, amount, details);
    }

    /// Adds the rows of a file; see [`TransactionLog::read`].
    ///
    /// They are added whole or not at all: after an error the builder is what it was, so that reading can be tried again.
    ///
    /// # Errors
    /// As [`TransactionLog::read`], but a file without rows is none.
    #[cfg(feature = "csv")]
    pub fn read(&mut self, path: impl AsRef<Path>) -> Result<()> {
        self.read_files([path])
    }

    /// Adds the rows of several files or folders, those of all of them or none; see [`TransactionLog::read_files`].
    ///
    /// # Errors
    /// As [`TransactionLog::read_files`], but files without rows are none.
    #[cfg(feature = "csv")]
    pub fn read_files<P: AsRef<Path>>(&mut self, paths: impl IntoIterator<Item = P>) -> Result<()> {
        let paths: Vec<P> = paths.into_iter().collect();
        let files = crate::transactions::all_files(&paths)?;
        self.log.add_whole(|part| files.iter().try_for_each(|path| crate::transactions::push_file(path, part)))
    }

    /// The same, and tells how far it has come; see [`TransactionLog::read_files_with`].
    ///
    /// # Errors
    /// As [`read_files`](Self::read_files); [`Error::Interrupted`] if `progress` answers that reading is to end.
    #[cfg(feature = "csv")]
    pub fn read_files_with<P: AsRef<Path>, A: ProgressAnswer>(
        &mut self,
        paths: impl IntoIterator<Item = P>,
        progress: impl Fn(Progress) -> A + Send + Sync + 'static,
    ) -> Result<()> {
        let paths: Vec<P> = paths.into_iter().collect();
        let files = crate::transactions::all_files(&paths)?;
        self.log.add_whole(|part| crate::transactions::push_files(&files, part, progress))
    }

    /// Adds a stream of Arrow record batches, whole or not at all; see [`TransactionLog::from_batches`].
    ///
    /// # Errors
    /// As [`TransactionLog::from_batches`], but a stream without rows is none.
    #[cfg(feature = "arrow")]
    pub fn read_batches(&mut self, reader: impl arrow_array::RecordBatchReader + Send, origin: &str) -> Result<()> {
        self.log.add_whole(|part| crate::transactions::push_stream(reader, origin, part))
    }

    /// The same, and tells how far it has come; see [`TransactionLog::from_batches_with`].
    ///
    /// # Errors
    /// As [`read_batches`](Self::read_batches); [`Error::Interrupted`] if `progress` answers that reading is to end.
    #[cfg(feature = "arrow")]
    pub fn read_batches_with<A: ProgressAnswer>(
        &mut self,
        reader: impl arrow_array::RecordBatchReader + Send,
        origin: &str,
        progress: impl Fn(Progress) -> A + Send + Sync + 'static,
    ) -> Result<()> {
        self.log.add_whole(|part| crate::transactions::push_stream_with(reader, origin, part, progress))
    }

    /// Adds all that another builder has.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if the other was made with other options; [`Error::BadRows`] if rows of the other cannot be used,
    /// [`Error::MixedCurrencies`] if amounts of both cannot be added; nothing is added then.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        if self.options != other.options {
            let (a, b) = (&self.options, &other.options);
            let same = [
                ("as_of", a.as_of == b.as_of),
                ("time_unit", a.time_unit == b.time_unit),
                ("merge_within", a.merge_within == b.merge_within),
            ];
            let differ: Vec<&str> = same.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect();
            let reason = format!("both must summarise in one way, but they differ in {}", differ.join(", "));
            return Err(Error::argument("other", "another builder", reason));
        }
        other.log.check_rows()?;
        self.log.check_currencies_with(&other.log)?;
        self.log.merge(other.log)
    }

    /// Erases a customer and counts the rows; see [`LogBuilder::forget`].
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if the id is text where ids are whole numbers, or the other way round.
    pub fn forget(&mut self, customer: CustomerId<'_>) -> Result<u64> {
        self.log.forget(customer)
    }

    /// The log of merged purchases, for all that [`TransactionLog`] offers: split, cohorts, analysis.
    ///
    /// # Errors
    /// As [`LogBuilder::finish`].
    pub fn finish_log(self) -> Result<TransactionLog> {
        self.log.finish()
    }

    /// One row per customer with at least one purchase up to `as_of`. To go on afterwards, take
    /// [`summary_so_far`](Self::summary_so_far).
    ///
    /// # Errors
    /// As [`LogBuilder::finish`] and [`TransactionLog::summarize`].
    pub fn finish(mut self) -> Result<CustomerSummary> {
        if self.goes_by_part() {
            summarize_by_part(&mut self.log, &self.options)
        } else {
            self.log.finish()?.summarize(&self.options)
        }
    }

    /// The same as [`finish`](Self::finish), after which more rows may follow.
    ///
    /// ```
    /// use cpm_core::{ReadOptions, SummaryBuilder, SummaryOptions};
    /// use cpm_core::transactions::{Amount, Customer, When};
    ///
    /// let mut builder = SummaryBuilder::new(ReadOptions::new("customer", "date", "amount"), SummaryOptions::new());
    /// builder.push(1, Customer::Text("ann"), When::Text("2024-01-20"), Amount::Number(20.0));
    /// assert_eq!(builder.summary_so_far()?.frequency(), [0.0]);
    /// builder.push(2, Customer::Text("ann"), When::Text("2024-02-10"), Amount::Number(30.0));
    /// assert_eq!(builder.summary_so_far()?.frequency(), [1.0]);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn summary_so_far(&mut self) -> Result<CustomerSummary> {
        if self.goes_by_part() { summarize_by_part(&mut self.log, &self.options) } else { self.clone().finish() }
    }

    /// The same with another end of observation than that of the options; a date means the end of that day.
    ///
    /// ```
    /// use cpm_core::{ReadOptions, SummaryBuilder, SummaryOptions};
    /// use cpm_core::transactions::{Amount, Customer, When};
    ///
    /// let mut builder = SummaryBuilder::new(ReadOptions::new("customer", "date", "amount"), SummaryOptions::new());
    /// builder.push(1, Customer::Text("ann"), When::Text("2024-01-20"), Amount::Number(20.0));
    /// assert_eq!(builder.summary_as_of("2024-02-03")?.T(), [2.0]);
    /// // Of the rows of a day, one is left.
    /// assert!(builder.summary_as_of("2024-02-03 12:00").is_err());
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not an ISO date or time, or lies within a period whose rows are one already;
    /// as [`finish`](Self::finish).
    pub fn summary_as_of(&mut self, as_of: &str) -> Result<CustomerSummary> {
        let end = end_of(as_of).map_err(|e| e.named("as_of"))?;
        let merge = self.options.merge_within;
        let after = Timestamp::from_seconds(end.seconds() + 1);
        let is_merging = !matches!(merge, MergeWithin::Nothing | MergeWithin::Order);
        if is_merging && self.options.as_of != Some(end) && merge.period(end) == merge.period(after) {
            let expected = format!(
                "rows of one {merge} are one in this builder, and it lies within one; give the end of a {merge}, or give it \
                 when the builder is made"
            );
            return Err(Error::argument("as_of", as_of, expected));
        }
        let options = SummaryOptions { as_of: Some(end), ..self.options };
        if self.goes_by_part() {
            summarize_by_part(&mut self.log, &options)
        } else {
            self.clone().log.finish()?.summarize(&options)
        }
    }

    /// The zone whose clocks show the times of the rows, if [one was given](ReadOptions::time_zone).
    #[must_use]
    pub fn time_zone(&self) -> Option<TimeZone> {
        self.log.options().time_zone
    }

    /// Rows so far, used or not.
    #[must_use]
    pub fn rows_read(&self) -> u64 {
        self.log.counts().0
    }

    /// Rows so far that are kept, each of the source; duplicates are found by [`finish`](Self::finish).
    #[must_use]
    pub fn rows_kept(&self) -> u64 {
        self.log.counts().1
    }

    /// Customers so far.
    pub fn customers(&mut self) -> usize {
        self.log.customers()
    }

    /// The rows of an order are neighbours neither in time nor in a part of the log.
    fn goes_by_part(&self) -> bool {
        self.log.goes_by_part() && self.options.merge_within != MergeWithin::Order
    }
}
