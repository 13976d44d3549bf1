//! What the quality report says of the rows that were kept: found on the way to the log or the summary, some customers at a
//! time.

use std::ops::Range;

use super::Timestamp;
use super::quality::QualityReport;
use super::store::SortedRows;
use crate::numerics::accumulator::Accumulator;
use crate::numerics::exact_sum::ExactSum;
use crate::numerics::parallel;

/// Customers per parallel task.
const CHUNK: usize = 4096;

/// What there is to say of the kept rows of some customers.
#[derive(Debug, Clone, Default)]
pub(super) struct KeptRows {
    customers: u64,
    /// Exact, so that it does not depend on where the rows lie.
    total: ExactSum,
    sharing_a_day: u64,
    one_day: u64,
    /// First and last time of the whole log.
    period: Option<(Timestamp, Timestamp)>,
    /// A bit for each day from the first to the last: whether there is a row.
    days: Vec<u64>,
}

impl KeptRows {
    /// Those of no customers of a log with that first and last time.
    fn none(period: Option<(Timestamp, Timestamp)>) -> Self {
        let words = period.map_or(0, |(first, last)| (last.days() - first.days()) / 64 + 1);
        Self { period, days: vec![0; words as usize], ..Self::default() }
    }

    /// Those of all customers of a part of the log.
    pub(super) fn of(rows: &SortedRows, period: Option<(Timestamp, Timestamp)>) -> Self {
        Self::of_customers(rows, 0..rows.customers(), period)
    }

    fn of_customers(rows: &SortedRows, customers: Range<usize>, period: Option<(Timestamp, Timestamp)>) -> Self {
        let mut kept = Self::none(period);
        customers.for_each(|customer| kept.add(rows, customer));
        kept
    }

    /// The same for a part that is the whole log, on all cores.
    pub(super) fn of_whole(rows: &SortedRows, period: Option<(Timestamp, Timestamp)>) -> Self {
        let chunks =
            parallel::map_chunks(rows.customers(), CHUNK, |customers| Self::of_customers(rows, customers, period));
        Self::sum(chunks, period)
    }

    /// Those of the customers of all `parts`.
    pub(super) fn sum(parts: impl IntoIterator<Item = Self>, period: Option<(Timestamp, Timestamp)>) -> Self {
        parts.into_iter().fold(Self::none(period), |mut all, mut part| {
            all.customers += part.customers;
            part.total.drain().for_each(|part| all.total.add(part));
            all.sharing_a_day += part.sharing_a_day;
            all.one_day += part.one_day;
            all.days.iter_mut().zip(part.days).for_each(|(all, part)| *all |= part);
            all
        })
    }

    fn add(&mut self, rows: &SortedRows, customer: usize) {
        let (times, amounts, merged) = rows.of(customer);
        let first_day = self.period.map_or(0, |(first, _)| first.days());
        let (mut shared, mut before) = (0, None);
        for time in times {
            let day = time.days() - first_day;
            if before == Some(day) {
                shared += 1;
            } else if let Some(word) = self.days.get_mut((day / 64) as usize) {
                *word |= 1 << (day % 64);
            }
            before = Some(day);
        }
        self.customers += 1;
        let total: Accumulator = amounts.iter().copied().collect();
        total.parts().into_iter().for_each(|part| self.total.add(part));
        self.sharing_a_day += shared + merged.iter().map(|m| u64::from(m.rows) - 1).sum::<u64>();
        self.one_day += u64::from(shared + 1 == times.len() as u64);
    }

    /// Writes it into the report.
    pub(super) fn describe(mut self, quality: &mut QualityReport) {
        quality.customers = self.customers;
        quality.total_amount = self.total.take_nearest();
        quality.rows_sharing_a_day = self.sharing_a_day;
        quality.one_time_buyers = self.one_day;
        quality.period = self.period;
        self.describe_calendar(quality);
    }

    /// Days on which nothing was sold, and the longest run of them.
    fn describe_calendar(&self, quality: &mut QualityReport) {
        let Some((first, last)) = self.period.map(|(first, last)| (first.days(), last.days())) else { return };
        let mut longest = 0;
        let mut previous = first;
        for day in first..=last {
            let offset = day - first;
            if self.days[(offset / 64) as usize] >> (offset % 64) & 1 == 1 {
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
}
