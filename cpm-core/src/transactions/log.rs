//! The finished log: rows of each customer side by side, in order of time.

#[cfg(feature = "binary")]
mod bytes;

use std::ops::Range;
use std::sync::Arc;

use super::detailed::DetailedRows;
use super::details::Details;
use super::kept_rows::KeptRows;
use super::options::{ReadOptions, Returns};
use super::quality::{Outliers, QualityReport};
use super::store::{MergedRows, Place, RowStore, SortedRows};
use super::{CustomerIds, TimeZone, Timestamp};

/// A checked transaction log in memory.
///
/// Customers are in order of their ids and each customer's rows in order of time, whatever the order
/// of the rows in the file. A row takes 16 bytes.
///
/// ```
/// let log = cpm_core::datasets::cdnow_sample()?;
/// assert_eq!(log.customers(), 2_357);
/// assert_eq!(log.rows(), 6_919);
/// println!("{}", log.quality());
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TransactionLog {
    /// Shared with summaries.
    ids: Arc<CustomerIds>,
    places: Vec<Place>,
    parts: Vec<SortedRows>,
    /// Beside the rows of the first part, which is the only one then.
    details: Option<Details>,
    returns: Returns,
    time_zone: Option<TimeZone>,
    quality: QualityReport,
}

/// The rows of one customer, in order of time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CustomerRows<'a> {
    pub(crate) times: &'a [Timestamp],
    pub(crate) amounts: &'a [f64],
    /// What each row stands for; empty if each is one of the source.
    pub(crate) merged: &'a [MergedRows],
    /// How negative amounts are treated.
    pub(crate) returns: Returns,
}

impl<'a> CustomerRows<'a> {
    fn of(rows: &'a SortedRows, customer: usize, returns: Returns) -> Self {
        let (times, amounts, merged) = rows.of(customer);
        Self { times, amounts, merged, returns }
    }
}

fn customer_rows(rows: &SortedRows, returns: Returns) -> impl ExactSizeIterator<Item = CustomerRows<'_>> {
    (0..rows.customers()).map(move |customer| CustomerRows::of(rows, customer, returns))
}

/// The rows of some customers, in order of ids.
#[derive(Debug)]
pub(crate) struct LogPart {
    rows: SortedRows,
    returns: Returns,
    last: Timestamp,
}

impl LogPart {
    /// The rows of each customer, as they follow one another in memory.
    pub(crate) fn customer_rows(&self) -> impl ExactSizeIterator<Item = CustomerRows<'_>> {
        customer_rows(&self.rows, self.returns)
    }

    /// Last time in the whole log.
    pub(crate) const fn last(&self) -> Timestamp {
        self.last
    }
}

/// What was made of a log part by part, in place of the log itself.
#[derive(Debug)]
pub(crate) struct MadeByPart<R> {
    pub(crate) ids: CustomerIds,
    /// Where each customer is, in order of ids.
    pub(crate) places: Vec<Place>,
    pub(crate) parts: Vec<R>,
    pub(crate) quality: QualityReport,
}

impl<R: Send + Sync> MadeByPart<R> {
    /// The rows stay where they are: more may follow.
    pub(super) fn of(
        rows: &mut RowStore,
        options: &ReadOptions,
        mut quality: QualityReport,
        of: impl Fn(&LogPart) -> R + Sync,
    ) -> Self {
        let returns = options.returns;
        rows.settle();
        let period = rows.period();
        // A log has at least one row, so there is a period.
        let last = period.map_or(Timestamp::from_seconds(0), |(_, last)| last);
        let (ids, places, parts) = rows.visit(|rows| {
            let kept = KeptRows::of(&rows, period);
            (kept, of(&LogPart { rows, returns, last }))
        });
        let parts = described(parts, period, &mut quality);
        Self { ids, places, parts, quality }
    }
}

/// Writes what there is to say of the rows of all parts into the report.
fn described<R>(
    parts: Vec<(KeptRows, R)>,
    period: Option<(Timestamp, Timestamp)>,
    quality: &mut QualityReport,
) -> Vec<R> {
    let (kept, made): (Vec<KeptRows>, Vec<R>) = parts.into_iter().unzip();
    KeptRows::sum(kept, period).describe(quality);
    made
}

impl TransactionLog {
    pub(super) fn assemble(
        mut rows: RowStore,
        detailed: Option<DetailedRows>,
        options: &ReadOptions,
        mut quality: QualityReport,
    ) -> Self {
        let (ids, places, parts, details) = match detailed {
            Some(rows) => {
                let (ids, places, rows, details) = rows.into_sorted(&mut quality);
                KeptRows::of_whole(&rows, rows.period()).describe(&mut quality);
                (ids, places, vec![rows], Some(details))
            }
            None => {
                rows.settle();
                let period = rows.period();
                let (ids, places, parts) = rows.consume(|rows| (KeptRows::of(&rows, period), rows));
                (ids, places, described(parts, period, &mut quality), None)
            }
        };
        let returns = options.returns;
        let time_zone = options.time_zone;
        let mut log =
            Self { ids: Arc::new(ids), places, parts, details, returns, time_zone, quality: QualityReport::default() };
        if let Some(fence) = options.outlier_fence {
            quality.outliers = log.outliers(fence);
        }
        log.quality = quality;
        log
    }

    /// Amounts far above the others; `None` if none is above zero.
    fn outliers(&self, fence: f64) -> Option<Outliers> {
        let amounts = || self.parts.iter().flat_map(|part| &part.amount).copied();
        let mut logarithms: Vec<f64> = amounts().filter(|&a| a > 0.0).map(f64::ln).collect();
        let n = logarithms.len();
        // Hyndman and Fan's type 7, which is NumPy's and R's default.
        let mut quantile = |share: f64| {
            let place = share * (n.checked_sub(1)? as f64);
            let (_, &mut low, above) = logarithms.select_nth_unstable_by(place as usize, f64::total_cmp);
            let high = above.iter().copied().min_by(f64::total_cmp).unwrap_or(low);
            Some(low + place.fract() * (high - low))
        };
        let (lower, upper) = (quantile(0.25)?, quantile(0.75)?);
        let above = (upper + fence * (upper - lower)).exp();
        let rows = amounts().filter(|&a| a > above).count() as u64;
        Some(Outliers { above, rows, largest: amounts().max_by(f64::total_cmp)? })
    }

    /// Number of customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.ids.len()
    }

    /// Number of rows kept.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.quality.rows_kept as usize
    }

    /// Ids of the customers, in order.
    #[must_use]
    pub fn customer_ids(&self) -> &CustomerIds {
        &self.ids
    }

    /// The same for who keeps them: a summary of the log.
    pub(crate) fn shared_ids(&self) -> Arc<CustomerIds> {
        Arc::clone(&self.ids)
    }

    /// Times and amounts of one customer, by position in [`customer_ids`](Self::customer_ids), in order of time.
    ///
    /// # Panics
    /// If `customer` is not below [`customers`](Self::customers), like indexing a slice.
    #[must_use]
    pub fn rows_of(&self, customer: usize) -> (&[Timestamp], &[f64]) {
        let (part, rows) = self.place_of(customer);
        (&part.time[rows.clone()], &part.amount[rows])
    }

    /// What each of a customer's rows stands for; empty if each is one of the source.
    pub(crate) fn merged_rows_of(&self, customer: usize) -> &[MergedRows] {
        let (part, rows) = self.place_of(customer);
        part.merged.get(rows).unwrap_or_default()
    }

    /// The rows of a customer with all that purchases are made from.
    pub(crate) fn customer_rows(&self, customer: usize) -> CustomerRows<'_> {
        let Place { part, number } = self.places[customer];
        CustomerRows::of(&self.parts[part as usize], number as usize, self.returns)
    }

    /// In how many parts the rows lie.
    pub(crate) fn parts(&self) -> usize {
        self.parts.len()
    }

    /// The rows of each customer of a part, as they follow one another in memory.
    pub(crate) fn part_rows(&self, part: usize) -> impl ExactSizeIterator<Item = CustomerRows<'_>> {
        customer_rows(&self.parts[part], self.returns)
    }

    /// Where each customer is among the parts, in order of ids.
    pub(crate) fn places(&self) -> &[Place] {
        &self.places
    }

    fn place_of(&self, customer: usize) -> (&SortedRows, Range<usize>) {
        let Place { part, number } = self.places[customer];
        let (part, number) = (&self.parts[part as usize], number as usize);
        (part, part.start[number]..part.start[number + 1])
    }

    /// The columns beside the rows, if there are any.
    pub(crate) fn details(&self) -> Option<&Details> {
        self.details.as_ref()
    }

    /// Where the rows of a customer stand in the columns of the details.
    pub(crate) fn places_of(&self, customer: usize) -> Range<usize> {
        self.place_of(customer).1
    }

    /// First and last time in the log.
    #[must_use]
    pub fn first_and_last(&self) -> (Timestamp, Timestamp) {
        // A log has at least one row: `LogBuilder::finish` refuses an empty one.
        self.quality.period.unwrap_or((Timestamp::from_seconds(0), Timestamp::from_seconds(0)))
    }

    /// How negative amounts are treated.
    #[must_use]
    pub fn returns(&self) -> Returns {
        self.returns
    }

    /// The zone whose clocks show the times of this log, if [one was given](crate::ReadOptions::time_zone).
    #[must_use]
    pub fn time_zone(&self) -> Option<TimeZone> {
        self.time_zone
    }

    /// What was read, kept and left out, and why.
    #[must_use]
    pub fn quality(&self) -> &QualityReport {
        &self.quality
    }
}
