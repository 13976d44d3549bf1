//! What only the dates of purchases tell: the last silence before the last purchase, and bursts.

use super::clumpiness;
use crate::error::{Error, Result};
use crate::numerics::parallel;
use crate::summary::{SummaryOptions, for_each_purchase};
use crate::table::{Column, Table};
use crate::transactions::{CustomerIds, TransactionLog};

/// One customer's dates.
#[derive(Debug, Clone, Copy)]
struct Rhythm {
    purchases: u64,
    last_gap: Option<f64>,
    clumpiness: f64,
}

/// One row per customer, in the order of [`TransactionLog::summarize`] with the same options: `customer_id, purchases`,
/// `last_gap` (time from the last purchase but one to the last one, in the summary's time unit; none after a single
/// purchase) and `clumpiness` ([`clumpiness`](super::clumpiness()) over the days from the first of the log to the end of
/// observation).
///
/// ```
/// use cpm_core::segmentation::purchase_rhythm;
/// use cpm_core::{datasets, SummaryOptions};
/// let log = datasets::cdnow_sample()?;
/// let options = SummaryOptions::new().as_of("1997-09-30")?;
/// let rhythm = purchase_rhythm(&log, &options)?;
/// assert_eq!(rhythm.rows(), log.summarize(&options)?.len());
/// assert!(rhythm.floats("clumpiness").unwrap().iter().all(|c| (0.0..1.0).contains(c)));
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`] if no purchase is left; [`Error::InvalidArgument`] for a log of 4 billion days or more.
pub fn purchase_rhythm(log: &TransactionLog, options: &SummaryOptions) -> Result<Table> {
    let (first, last) = log.first_and_last();
    let as_of = options.as_of.unwrap_or_else(|| last.end_of_day());
    let total = u32::try_from((as_of.days() - first.days() + 1).max(1))
        .map_err(|_| Error::argument("as_of", as_of, "it is too far from the first purchase"))?;
    let unit = options.merge_within.length_in(options.time_unit);
    let one = |customer: usize| -> Option<Rhythm> {
        let (mut periods, mut days) = (Vec::new(), Vec::new());
        for_each_purchase(log, customer, options.merge_within, as_of, |purchase| {
            periods.push(purchase.period);
            days.push((purchase.time.days() - first.days() + 1) as u32);
        });
        let last_gap = match periods.as_slice() {
            [.., before, last] => Some((last - before) as f64 * unit),
            _ => None,
        };
        // Days of the log are within its total by construction.
        let clumpiness = clumpiness(&days, total).unwrap_or(0.0);
        (!periods.is_empty()).then_some(Rhythm { purchases: periods.len() as u64, last_gap, clumpiness })
    };
    let rows: Vec<Option<Rhythm>> = parallel::map(log.customers(), 4_096, one);
    let kept: Vec<u32> = rows.iter().enumerate().filter(|(_, r)| r.is_some()).map(|(i, _)| i as u32).collect();
    if kept.is_empty() {
        let remedy = format!("The log covers {first} to {last}; choose an as_of within it");
        return Err(Error::Empty { what: format!("the log as of {as_of}"), remedy });
    }
    let rows: Vec<Rhythm> = rows.into_iter().flatten().collect();
    let ids: CustomerIds = log.customer_ids().take(&kept);
    let mut table = Table::new();
    table.push("customer_id", Column::Id(ids))?;
    table.push("purchases", Column::Integer(rows.iter().map(|r| r.purchases as i64).collect()))?;
    table.push("last_gap", Column::Optional(rows.iter().map(|r| r.last_gap).collect()))?;
    table.push("clumpiness", Column::Float(rows.iter().map(|r| r.clumpiness).collect()))?;
    Ok(table)
}
