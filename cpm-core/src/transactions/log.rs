//! The finished log: rows of each customer side by side, in order of time.

use super::options::Returns;
use super::quality::QualityReport;
use super::{CustomerIds, Timestamp};

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
    /// Rows of customer `i` are `start[i]..start[i + 1]`.
    start: Vec<usize>,
    time: Vec<Timestamp>,
    amount: Vec<f64>,
    returns: Returns,
    quality: QualityReport,
}

impl TransactionLog {
    /// Orders rows by customer id, time and amount.
    pub(super) fn assemble(
        ids: CustomerIds,
        customer: &[u32],
        time: &[Timestamp],
        amount: &[f64],
        returns: Returns,
        mut quality: QualityReport,
    ) -> Self {
        let n = ids.len();
        let mut by_id: Vec<u32> = (0..n as u32).collect();
        by_id.sort_unstable_by(|&a, &b| ids.get(a as usize).cmp(&ids.get(b as usize)));
        let mut rank = vec![0_u32; n];
        for (position, &number) in by_id.iter().enumerate() {
            rank[number as usize] = position as u32;
        }

        // Counting sort by customer: one pass to count, one to place.
        let mut start = vec![0_usize; n + 1];
        for &number in customer {
            start[rank[number as usize] as usize + 1] += 1;
        }
        for i in 0..n {
            start[i + 1] += start[i];
        }
        let mut next = start.clone();
        let mut rows = vec![(Timestamp::from_seconds(0), 0.0); time.len()];
        for ((&number, &t), &a) in customer.iter().zip(time).zip(amount) {
            let slot = &mut next[rank[number as usize] as usize];
            rows[*slot] = (t, a);
            *slot += 1;
        }
        for i in 0..n {
            rows[start[i]..start[i + 1]].sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        }
        let (time, amount): (Vec<_>, Vec<_>) = rows.into_iter().unzip();

        let mut log = Self { ids: ids.take(&by_id), start, time, amount, returns, quality: QualityReport::default() };
        log.describe(&mut quality);
        log.quality = quality;
        log
    }

    fn describe(&self, quality: &mut QualityReport) {
        quality.rows_kept = self.time.len() as u64;
        quality.customers = self.customers() as u64;
        quality.zero_amounts = self.amount.iter().filter(|&&a| a == 0.0).count() as u64;
        quality.negative_amounts = self.amount.iter().filter(|&&a| a < 0.0).count() as u64;
        quality.total_amount = self.amount.iter().sum();
        quality.period = self.period();
        quality.rows_sharing_a_day = 0;
        quality.one_time_buyers = 0;
        for i in 0..self.customers() {
            let (times, _) = self.rows_of(i);
            let shared = times.windows(2).filter(|w| w[0].days() == w[1].days()).count();
            quality.rows_sharing_a_day += shared as u64;
            quality.one_time_buyers += u64::from(shared + 1 == times.len());
        }
    }

    fn period(&self) -> Option<(Timestamp, Timestamp)> {
        Some((*self.time.iter().min()?, *self.time.iter().max()?))
    }

    /// Number of customers.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.ids.len()
    }

    /// Number of rows kept.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.time.len()
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
        let rows = self.start[customer]..self.start[customer + 1];
        (&self.time[rows.clone()], &self.amount[rows])
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
