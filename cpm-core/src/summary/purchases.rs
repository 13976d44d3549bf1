//! From rows to purchases: the one place where rows of a period become one purchase.

use super::MergeWithin;
use crate::transactions::{MergedRows, Returns, Timestamp, TransactionLog};

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
    let stored = log.merged_rows_of(customer);
    let one = |row: usize| MergedRows { rows: 1, has_return: amounts[row] < 0.0 };
    let stands_for = |row: usize| stored.get(row).copied().unwrap_or_else(|| one(row));
    let observed = times.partition_point(|&t| t <= until);
    let rows_after = (observed..times.len()).map(|row| u64::from(stands_for(row).rows)).sum();
    let mut merged = Merged { rows_after, ..Merged::default() };
    let mut row = 0;
    while row < observed {
        let mut purchase = Purchase { period: merge.period(times[row]), time: times[row], amount: amounts[row] };
        let MergedRows { mut rows, mut has_return } = stands_for(row);
        row += 1;
        while merge != MergeWithin::Nothing && row < observed && merge.period(times[row]) == purchase.period {
            purchase.amount += amounts[row];
            let also = stands_for(row);
            rows = rows.saturating_add(also.rows);
            has_return |= also.has_return;
            row += 1;
        }
        merged.rows_merged += u64::from(rows) - 1;
        if has_return && log.returns() == Returns::Net && purchase.amount <= 0.0 {
            merged.periods_cancelled += 1;
        } else {
            each(purchase);
        }
    }
    merged
}
