//! Calibration and hold-out: fit on the first part of the log, check on the rest.

use super::purchases::{for_each_purchase, for_each_purchase_of_rows};
use super::summarize::end_of;
use super::{CustomerSummary, MergeWithin, SummaryOptions, TimeUnit};
use crate::error::{Error, Result};
use crate::numerics::accumulator::Accumulator;
use crate::numerics::parallel;
use crate::transactions::{Timestamp, TransactionLog};

/// Customers per parallel task.
const CHUNK: usize = 4096;

/// Where a log is cut, and in which units it is summarised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SplitOptions {
    pub(crate) calibration_end: Timestamp,
    pub(crate) observation_end: Option<Timestamp>,
    pub(crate) time_unit: TimeUnit,
    pub(crate) merge_within: MergeWithin,
}

impl SplitOptions {
    /// Calibration up to the end of the given day (or the given time), hold-out from there to the last
    /// day in the log.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not an ISO date or time.
    pub fn new(calibration_end: &str) -> Result<Self> {
        Ok(Self {
            calibration_end: end_of(calibration_end).map_err(|e| e.named("calibration_end"))?,
            observation_end: None,
            time_unit: TimeUnit::default(),
            merge_within: MergeWithin::default(),
        })
    }

    /// The end of the calibration.
    #[must_use]
    pub fn calibration_end(&self) -> Timestamp {
        self.calibration_end
    }

    /// The end of the hold-out. It may be later than the last row: the log was watched for longer, and nobody bought, which
    /// counts. The duration of the hold-out follows it.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not an ISO date or time.
    pub fn observation_end(mut self, when: &str) -> Result<Self> {
        self.observation_end = Some(end_of(when).map_err(|e| e.named("observation_end"))?);
        Ok(self)
    }

    /// The unit of recency, T and the hold-out's duration.
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

/// What the calibration customers did in the hold-out.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Holdout {
    /// Purchases of each calibration customer.
    pub purchases: Vec<f64>,
    /// Their total amount.
    pub amount: Vec<f64>,
    /// Length of the hold-out in time units.
    pub duration: f64,
    /// Start of the hold-out.
    pub start: Timestamp,
    /// End of the hold-out.
    pub end: Timestamp,
    /// Customers whose first purchase lies in the hold-out: not part of either side.
    pub customers_born_after: u64,
    /// Their purchases in the hold-out.
    pub purchases_born_after: u64,
    /// Rows after the end of calibration that belong to merging periods (or orders) begun before it: not part of either
    /// side. 0 where calibration ends with a period, as at the end of a day with purchases of a day merged.
    pub rows_between: u64,
}

/// A log cut in two.
#[derive(Debug, Clone)]
pub struct Split {
    /// Summary up to the end of calibration.
    pub calibration: CustomerSummary,
    /// What followed, for the same customers in the same order.
    pub holdout: Holdout,
}

impl TransactionLog {
    /// Summary of the first part, and purchases of the same customers in the second.
    ///
    /// ```
    /// use cpm_core::{datasets, SplitOptions};
    /// let log = datasets::cdnow_sample()?;
    /// let split = log.split(&SplitOptions::new("1997-09-30")?.observation_end("1998-06-30")?)?;
    /// assert_eq!(split.holdout.duration, 39.0);
    /// assert_eq!(split.holdout.customers_born_after, 0);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if the hold-out would be empty; as [`summarize`](Self::summarize).
    pub fn split(&self, options: &SplitOptions) -> Result<Split> {
        let start = options.calibration_end;
        let end = options.observation_end.unwrap_or_else(|| self.first_and_last().1.end_of_day());
        if end <= start {
            let reason = format!("the hold-out would be empty: observation ends {end}");
            return Err(Error::argument("calibration_end", start, reason));
        }
        let summary =
            SummaryOptions { as_of: Some(start), time_unit: options.time_unit, merge_within: options.merge_within };
        let calibration = self.summarize(&summary)?;

        let merge = options.merge_within;
        let cut = merge.period(start);
        let followed =
            parallel::map(self.customers(), CHUNK, |customer| Followed::of(self, customer, merge, start, end));
        let n = calibration.len();
        let mut holdout = Holdout {
            purchases: Vec::with_capacity(n),
            amount: Vec::with_capacity(n),
            duration: (merge.period(end) - cut) as f64 * merge.length_in(options.time_unit),
            start,
            end,
            customers_born_after: 0,
            purchases_born_after: 0,
            rows_between: 0,
        };
        for Followed { is_born, purchases, amount, rows_between } in followed {
            holdout.rows_between += rows_between;
            if is_born {
                holdout.purchases.push(purchases as f64);
                holdout.amount.push(amount);
            } else if purchases > 0 {
                holdout.customers_born_after += 1;
                holdout.purchases_born_after += purchases;
            }
        }
        Ok(Split { calibration, holdout })
    }
}

/// What one customer did in the hold-out.
#[derive(Debug, Clone, Copy)]
struct Followed {
    /// Whether there is a purchase in the calibration.
    is_born: bool,
    purchases: u64,
    amount: f64,
    rows_between: u64,
}

impl Followed {
    fn of(log: &TransactionLog, customer: usize, merge: MergeWithin, start: Timestamp, end: Timestamp) -> Self {
        let cut = merge.period(start);
        let mut followed = Self { is_born: false, purchases: 0, amount: 0.0, rows_between: 0 };
        let mut amount = Accumulator::default();
        for_each_purchase(log, customer, merge, start, |_| followed.is_born = true);
        let (times, _) = log.rows_of(customer);
        let stored = log.merged_rows_of(customer);
        for_each_purchase_of_rows(log, customer, merge, end, |purchase, rows| {
            if purchase.period > cut {
                followed.purchases += 1;
                amount.add(purchase.amount);
            } else {
                let later = rows.iter().filter(|&row| times[row] > start);
                followed.rows_between += later.map(|row| stored.get(row).map_or(1, |m| u64::from(m.rows))).sum::<u64>();
            }
        });
        followed.amount = amount.total();
        followed
    }
}
