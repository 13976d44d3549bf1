//! From rows to purchases: the one place where rows of a period become one purchase.

use std::ops::Range;

use super::MergeWithin;
use crate::error::{Error, Result};
use crate::numerics::accumulator::Accumulator;
use crate::transactions::{CustomerRows, MergedRows, Returns, TextRole, Timestamp, TransactionLog};

/// Refuses to go by order where the log has no order ids.
pub(crate) fn check_merge(log: &TransactionLog, merge: MergeWithin) -> Result<()> {
    let has_orders = || log.details().is_some_and(|details| details.of(TextRole::Order).next().is_some());
    if merge == MergeWithin::Order && !has_orders() {
        let reason = "the log has no order ids; name the column that holds them when the log is read";
        return Err(Error::argument("merge_within", merge, reason));
    }
    Ok(())
}

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

impl Merged {
    /// Whether rows that are one purchase are counted as one: not if returns bring them to zero or below. Amounts of
    /// cents are rounded as binary numbers, so zero is what is within the rounding of it.
    fn counts(&mut self, purchase: &Purchase, rows: MergedRows, returns: Returns) -> bool {
        self.rows_merged += u64::from(rows.rows) - 1;
        let cancelled = returns == Returns::Net && rows.is_cancelled(purchase.amount);
        self.periods_cancelled += u64::from(cancelled);
        !cancelled
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.rows_merged += other.rows_merged;
        self.rows_after += other.rows_after;
        self.periods_cancelled += other.periods_cancelled;
    }
}

impl CustomerRows<'_> {
    fn stands_for(&self, row: usize) -> MergedRows {
        self.merged.get(row).copied().unwrap_or_else(|| MergedRows::once(self.amounts[row]))
    }

    /// What a row and others stand for together.
    fn stand_for(&self, first: usize, others: impl IntoIterator<Item = usize>) -> MergedRows {
        let mut all = self.stands_for(first);
        others.into_iter().for_each(|row| all.add(self.stands_for(row)));
        all
    }

    /// How many rows there are up to `until`, and how many of the source stand behind the later ones.
    fn until(&self, until: Timestamp) -> (usize, Merged) {
        if self.times.last().is_none_or(|&last| last <= until) {
            return (self.times.len(), Merged::default());
        }
        let observed = self.times.partition_point(|&t| t <= until);
        let rows_after = (observed..self.times.len()).map(|row| u64::from(self.stands_for(row).rows)).sum();
        (observed, Merged { rows_after, ..Merged::default() })
    }
}

/// The rows of a customer that are one purchase.
pub(crate) enum PurchaseRows<'a> {
    /// Neighbours in order of time.
    Run(Range<usize>),
    /// The rows of an order, wherever they are.
    Order(&'a [usize]),
}

impl PurchaseRows<'_> {
    /// Their numbers among the customer's rows.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        let (run, order) = match self {
            Self::Run(run) => (run.clone(), &[][..]),
            Self::Order(rows) => (0..0, *rows),
        };
        run.chain(order.iter().copied())
    }
}

/// Calls `each` with the purchases of one customer up to `until`, in order of time.
pub(crate) fn for_each_purchase(
    log: &TransactionLog,
    customer: usize,
    merge: MergeWithin,
    until: Timestamp,
    mut each: impl FnMut(Purchase),
) -> Merged {
    for_each_purchase_of_rows(log, customer, merge, until, |purchase, _| each(purchase))
}

/// The same with the rows that each purchase is made of.
pub(crate) fn for_each_purchase_of_rows(
    log: &TransactionLog,
    customer: usize,
    merge: MergeWithin,
    until: Timestamp,
    mut each: impl FnMut(Purchase, PurchaseRows<'_>),
) -> Merged {
    let rows = log.customer_rows(customer);
    if merge != MergeWithin::Order {
        return for_each_run(rows, merge, until, each);
    }
    let CustomerRows { times, amounts, .. } = rows;
    let (observed, mut merged) = rows.until(until);
    for_each_order(log, customer, observed, |of_order| {
        let amount = of_order.iter().map(|&row| amounts[row]).collect::<Accumulator>().total();
        let first = of_order[0];
        let purchase = Purchase { period: merge.period(times[first]), time: times[first], amount };
        if merged.counts(&purchase, rows.stand_for(first, of_order[1..].iter().copied()), log.returns()) {
            each(purchase, PurchaseRows::Order(of_order));
        }
    });
    merged
}

/// The purchases up to `until` of rows which are one if they are of one period, in order of time.
pub(crate) fn for_each_run(
    rows: CustomerRows<'_>,
    merge: MergeWithin,
    until: Timestamp,
    mut each: impl FnMut(Purchase, PurchaseRows<'_>),
) -> Merged {
    let CustomerRows { times, amounts, returns, .. } = rows;
    let (observed, mut merged) = rows.until(until);
    let mut row = 0;
    let mut next = times.first().map_or(0, |&time| merge.period(time));
    while row < observed {
        let (first, period) = (row, next);
        row += 1;
        while row < observed {
            next = merge.period(times[row]);
            if merge == MergeWithin::Nothing || next != period {
                break;
            }
            row += 1;
        }
        let run = first..row;
        let amount = match &amounts[run.clone()] {
            [amount] => *amount,
            several => several.iter().copied().collect::<Accumulator>().total(),
        };
        let purchase = Purchase { period, time: times[first], amount };
        // Nearly all are one row of the source, which counts if it is no return.
        let is_plain = run.len() == 1 && rows.merged.is_empty() && amount >= 0.0;
        if is_plain || merged.counts(&purchase, rows.stand_for(first, first + 1..row), returns) {
            each(purchase, PurchaseRows::Run(run));
        }
    }
    merged
}

/// The first `observed` rows of a customer by order, orders in the order of their first rows.
fn for_each_order(log: &TransactionLog, customer: usize, observed: usize, mut each: impl FnMut(&[usize])) {
    let orders = log.details().and_then(|details| details.of(TextRole::Order).next());
    let places = log.places_of(customer);
    let order = |row: usize| orders.and_then(|orders| orders.code(places.start + row));
    let mut rows: Vec<(Option<u32>, usize)> = (0..observed).map(|row| (order(row), row)).collect();
    rows.sort_unstable();
    // Without order ids every row is an order of its own.
    let mut orders: Vec<Vec<usize>> = rows
        .chunk_by(|a, b| a.0.is_some() && a.0 == b.0)
        .map(|rows| rows.iter().map(|&(_, row)| row).collect())
        .collect();
    orders.sort_unstable_by_key(|rows| rows[0]);
    orders.iter().for_each(|rows| each(rows));
}
