//! The finished log: rows of each customer side by side, in order of time.

use std::ops::Range;

use super::detailed::DetailedRows;
use super::details::Details;
use super::options::{ReadOptions, Returns};
use super::quality::{KeptRows, Outliers, QualityReport};
use super::store::{MergedRows, Place, RowStore, SortedRows};
use super::{CustomerIds, Timestamp};
use crate::numerics::parallel;

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
    ids: CustomerIds,
    places: Vec<Place>,
    parts: Vec<SortedRows>,
    /// Beside the rows of the first part, which is the only one then.
    details: Option<Details>,
    returns: Returns,
    quality: QualityReport,
}

/// Customers per parallel task.
const CHUNK: usize = 4096;

impl TransactionLog {
    pub(super) fn assemble(
        rows: RowStore,
        detailed: Option<DetailedRows>,
        options: &ReadOptions,
        mut quality: QualityReport,
    ) -> Self {
        let (ids, places, parts, details) = match detailed {
            Some(rows) => {
                let (ids, places, parts, details) = rows.into_sorted(&mut quality);
                (ids, places, parts, Some(details))
            }
            None => {
                let (ids, places, parts) = rows.into_sorted();
                (ids, places, parts, None)
            }
        };
        let returns = options.returns;
        let mut log = Self { ids, places, parts, details, returns, quality: QualityReport::default() };
        log.describe(&mut quality);
        log.describe_calendar(&mut quality);
        if let Some(fence) = options.outlier_fence {
            quality.outliers = log.outliers(fence);
        }
        log.quality = quality;
        log
    }

    fn describe(&self, quality: &mut QualityReport) {
        quality.customers = self.customers() as u64;
        // In order of ids, so that the sum does not depend on where the rows lie.
        let described = parallel::map_chunks(self.customers(), CHUNK, |customers| {
            customers.fold(KeptRows::default(), |kept, customer| {
                let (times, amounts) = self.rows_of(customer);
                kept.with(times, amounts, self.merged_rows_of(customer))
            })
        });
        described.for_each(|kept| quality.add(&kept));
    }

    /// Days on which nothing was sold, and the longest run of them.
    fn describe_calendar(&self, quality: &mut QualityReport) {
        let Some((first, last)) = quality.period.map(|(first, last)| (first.days(), last.days())) else { return };
        let words = ((last - first) / 64 + 1) as usize;
        let chunks = parallel::map_chunks(self.parts.len(), 1, |part| {
            let mut days = vec![0_u64; words];
            let mut seen = None;
            for time in &self.parts[part.start].time {
                let day = time.days() - first;
                if seen != Some(day) {
                    days[(day / 64) as usize] |= 1 << (day % 64);
                    seen = Some(day);
                }
            }
            days
        });
        let mut days = vec![0_u64; words];
        for chunk in chunks {
            days.iter_mut().zip(chunk).for_each(|(all, part)| *all |= part);
        }
        let mut longest = 0;
        let mut previous = first;
        for day in first..=last {
            let offset = day - first;
            if days[(offset / 64) as usize] >> (offset % 64) & 1 == 1 {
                let gap = day - previous - 1;
                quality.days_without_rows += gap.max(0) as u64;
                if gap > longest {
                    longest = gap;
                    quality.longest_gap = Some((Timestamp::from_days(previous + 1), Timestamp::from_days(day - 1)));
                }
                previous = day;
            }
        }
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

    /// What was read, kept and left out, and why.
    #[must_use]
    pub fn quality(&self) -> &QualityReport {
        &self.quality
    }
}
