//! The finished log: rows of each customer side by side, in order of time.

use super::options::Returns;
use super::quality::QualityReport;
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
    returns: Returns,
    quality: QualityReport,
}

/// Customers per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 16_384;

impl TransactionLog {
    pub(super) fn assemble(rows: RowStore, returns: Returns, mut quality: QualityReport) -> Self {
        let (ids, places, parts) = rows.into_sorted();
        let mut log = Self { ids, places, parts, returns, quality: QualityReport::default() };
        log.describe(&mut quality);
        log.quality = quality;
        log
    }

    fn describe(&self, quality: &mut QualityReport) {
        quality.customers = self.customers() as u64;
        let chunks = parallel::map_chunks(self.customers(), CHUNK, |customers| {
            let mut part = QualityReport::default();
            for customer in customers {
                let (times, amounts) = self.rows_of(customer);
                part.describe(times, amounts, self.merged_rows_of(customer));
            }
            part
        });
        for part in chunks {
            quality.rows_sharing_a_day += part.rows_sharing_a_day;
            quality.one_time_buyers += part.one_time_buyers;
            quality.total_amount += part.total_amount;
            let earlier = quality.period.map(|(first, last)| [first, last]).into_iter().flatten();
            let all = || earlier.clone().chain(part.period.map(|(first, last)| [first, last]).into_iter().flatten());
            quality.period = all().min().zip(all().max());
        }
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
        let Place { part, rows } = &self.places[customer];
        let part = &self.parts[*part as usize];
        (&part.time[rows.clone()], &part.amount[rows.clone()])
    }

    /// What each of a customer's rows stands for; empty if each is one of the source.
    pub(crate) fn merged_rows_of(&self, customer: usize) -> &[MergedRows] {
        let Place { part, rows } = &self.places[customer];
        self.parts[*part as usize].merged.get(rows.clone()).unwrap_or_default()
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
