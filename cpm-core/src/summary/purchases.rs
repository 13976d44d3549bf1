//! From rows to purchases: the one place where rows of a period become one purchase.

use super::MergeWithin;
use crate::transactions::{Returns, Timestamp, TransactionLog};

/// One purchase of one customer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purchase {
    /// Number of its merging period.
    pub(crate) period: i64,
    /// Time of its first row.
    pub(crate) time: Timestamp,
    /// Sum of its rows' amounts.
    pub(crate) amount: f64,
}

/// What became of one customer's rows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Merged {
    /// Rows that joined an earlier row of their period.
    pub(crate) rows_merged: u64,
    /// Rows after the end of observation.
    pub(crate) rows_after: u64,
    /// Periods that returns bring to zero or below: not purchases.
    pub(crate) periods_cancelled: u64,
}

/// Calls `each` with the purchases of one customer up to `until`, in order of time.
pub(crate) fn for_each_purchase(
    log: &TransactionLog,
    customer: usize,
    merge: MergeWithin,
    until: Timestamp,
    mut each: impl FnMut(Purchase),
) -> Merged {
    let (times, amounts) = log.rows_of(customer);
    let observed = times.partition_point(|&t| t <= until);
    let mut merged = Merged { rows_after: (times.len() - observed) as u64, ..Merged::default() };
    let mut row = 0;
    while row < observed {
        let mut purchase = Purchase { period: merge.period(times[row]), time: times[row], amount: amounts[row] };
        let mut has_return = amounts[row] < 0.0;
        row += 1;
        while merge != MergeWithin::Nothing && row < observed && merge.period(times[row]) == purchase.period {
            purchase.amount += amounts[row];
            has_return |= amounts[row] < 0.0;
            merged.rows_merged += 1;
            row += 1;
        }
        if has_return && log.returns() == Returns::Net && purchase.amount <= 0.0 {
            merged.periods_cancelled += 1;
        } else {
            each(purchase);
        }
    }
    merged
}
