//! Repeat purchases per period, for comparing a model with what happened.

use super::purchases::for_each_purchase;
use super::{MergeWithin, TimeUnit};
use crate::transactions::{Timestamp, TransactionLog};

/// Repeat purchases per period, of customers in blocks.
pub(crate) struct PurchasesByPeriod {
    /// For each block, and each period.
    pub(crate) counts: Vec<Vec<f64>>,
    /// The block of each customer, as far as it counts.
    pub(crate) block_of: Vec<u32>,
}

/// Repeat purchases of the customers born up to `born_until`, per `unit` since the log's first day, up to `end`; customers belong to
/// one of so many blocks by their place in the log.
///
/// Period k (from 0) covers the time from k to k + 1 units after the first day of the log.
pub(crate) fn repeat_purchases_by_period(
    log: &TransactionLog,
    unit: TimeUnit,
    merge: MergeWithin,
    born_until: Timestamp,
    end: Timestamp,
    blocks: usize,
) -> PurchasesByPeriod {
    let origin = log.first_and_last().0.days();
    let period = |t: Timestamp| ((t.days() - origin) as f64 / unit.days()).floor() as usize;
    let mut counts = vec![vec![0.0; period(end) + 1]; blocks];
    let mut block_of = Vec::new();
    for i in 0..log.customers() {
        let mut seen = 0_u64;
        let mut born = false;
        for_each_purchase(log, i, merge, end, |p| {
            born |= seen == 0 && p.time <= born_until;
            if born && seen > 0 {
                counts[i % blocks][period(p.time)] += 1.0;
            }
            seen += 1;
        });
        if born {
            block_of.push((i % blocks) as u32);
        }
    }
    PurchasesByPeriod { counts, block_of }
}
