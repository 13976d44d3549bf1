//! The columns that a log gives to a summary, while they grow.

use std::borrow::Cow;
use std::sync::Arc;

use super::TimeUnit;
use super::customers::{CustomerSummary, FromLog, MAX_T, SummaryQuality};
use super::more_columns::MoreColumns;
use super::purchases::{Merged, Purchase};
use super::summarize::SummaryOptions;
use crate::error::{Error, Result};
use crate::numerics::accumulator::Accumulator;
use crate::numerics::parallel;
use crate::transactions::{CustomerIds, Place, Timestamp};

/// A product up to which another gap can be multiplied without overflow.
const LARGE: f64 = 1e280;
/// Customers per parallel task.
const CHUNK: usize = 16_384;

/// How long customers are observed, and in which units that is counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observation {
    pub(super) as_of: Timestamp,
    as_of_given: bool,
    /// Number of the period that `as_of` lies in.
    end: i64,
    /// Length of a period.
    unit: f64,
    time_unit: TimeUnit,
}

impl Observation {
    /// `last` is the last time in the log.
    pub(super) fn of(options: &SummaryOptions, last: Timestamp) -> Self {
        let SummaryOptions { as_of: given, time_unit, merge_within } = *options;
        let as_of = given.unwrap_or_else(|| last.end_of_day());
        let (end, unit) = (merge_within.period(as_of), merge_within.length_in(time_unit));
        Self { as_of, as_of_given: given.is_some(), end, unit, time_unit }
    }
}

/// What is known of a customer after some purchases.
#[derive(Debug, Clone, Copy)]
pub(super) struct Walk {
    /// Of no purchase as long as there is none.
    first: Purchase,
    last_period: i64,
    last_time: Timestamp,
    purchases: u64,
    /// Amounts after the first.
    repeats: Accumulator,
    ln_gaps: f64,
    /// Of gaps whose logarithm is not in `ln_gaps` yet.
    product: f64,
}

impl Default for Walk {
    fn default() -> Self {
        let time = Timestamp::from_seconds(0);
        let first = Purchase { period: 0, time, amount: 0.0 };
        Self {
            first,
            last_period: 0,
            last_time: time,
            purchases: 0,
            repeats: Accumulator::default(),
            ln_gaps: 0.0,
            product: 1.0,
        }
    }
}

impl Walk {
    /// Adds the next purchase.
    #[inline]
    pub(super) fn step(&mut self, purchase: Purchase) {
        if self.purchases == 0 {
            self.first = purchase;
        } else {
            self.product *= (purchase.period - self.last_period) as f64;
            // One logarithm for many gaps.
            if self.product > LARGE {
                self.ln_gaps += f64::ln(self.product);
                self.product = 1.0;
            }
            self.repeats.add(purchase.amount);
        }
        (self.last_period, self.last_time) = (purchase.period, purchase.time);
        self.purchases += 1;
    }
}

/// The summary's columns of some customers, and what was left out.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// Which customers have a row.
    pub(super) kept: Vec<u32>,
    frequency: Vec<f64>,
    recency: Vec<f64>,
    t: Vec<f64>,
    monetary: Vec<f64>,
    ln_gaps: Vec<f64>,
    first_time: Vec<Timestamp>,
    last_time: Vec<Timestamp>,
    first_amount: Vec<f64>,
    total_amount: Vec<f64>,
    left: LeftOut,
}

/// What was left out or brought together.
#[derive(Debug, Clone, Copy, Default)]
struct LeftOut {
    merged: Merged,
    after: u64,
    cancelled: u64,
}

impl LeftOut {
    fn add(&mut self, other: Self) {
        self.merged.add(other.merged);
        self.after += other.after;
        self.cancelled += other.cancelled;
    }
}

impl Columns {
    pub(super) fn with_capacity(customers: usize) -> Self {
        let column = || Vec::with_capacity(customers);
        Self {
            kept: Vec::with_capacity(customers),
            frequency: column(),
            recency: column(),
            t: column(),
            monetary: column(),
            ln_gaps: column(),
            first_time: Vec::with_capacity(customers),
            last_time: Vec::with_capacity(customers),
            first_amount: column(),
            total_amount: column(),
            left: LeftOut::default(),
        }
    }

    /// Adds a customer.
    pub(super) fn push(&mut self, customer: u32, walk: Walk, merged: Merged, observation: &Observation) {
        self.left.merged.add(merged);
        if walk.purchases == 0 {
            let why = if merged.periods_cancelled > 0 { &mut self.left.cancelled } else { &mut self.left.after };
            *why += 1;
            return;
        }
        let Observation { end, unit, .. } = *observation;
        let first = walk.first;
        let (x, mut total) = ((walk.purchases - 1) as f64, walk.repeats);
        total.add(first.amount);
        self.kept.push(customer);
        self.frequency.push(x);
        self.recency.push((walk.last_period - first.period) as f64 * unit);
        self.t.push((end - first.period) as f64 * unit);
        self.ln_gaps.push((walk.ln_gaps + f64::ln(walk.product)) + x * unit.ln());
        self.monetary.push(if x > 0.0 { (walk.repeats.total() / x).max(0.0) } else { 0.0 });
        self.first_time.push(first.time);
        self.last_time.push(walk.last_time);
        self.first_amount.push(first.amount);
        self.total_amount.push(total.total());
    }

    /// Adds the customers that follow.
    pub(super) fn append(&mut self, next: &mut Self) {
        self.kept.append(&mut next.kept);
        self.frequency.append(&mut next.frequency);
        self.recency.append(&mut next.recency);
        self.t.append(&mut next.t);
        self.monetary.append(&mut next.monetary);
        self.ln_gaps.append(&mut next.ln_gaps);
        self.first_time.append(&mut next.first_time);
        self.last_time.append(&mut next.last_time);
        self.first_amount.append(&mut next.first_amount);
        self.total_amount.append(&mut next.total_amount);
        self.left.add(next.left);
    }

    /// The customers of all parts in order of their ids; `places` says where each stands, and `ids` which it is.
    pub(super) fn in_order(
        mut parts: Vec<Self>,
        mut places: Cow<'_, [Place]>,
        mut ids: Arc<CustomerIds>,
    ) -> (Arc<CustomerIds>, Self) {
        if parts.iter().map(|part| part.kept.len()).sum::<usize>() < places.len() {
            // The customers of a part come in its order, so the next one who has a row there is this one or a later one.
            let mut next = vec![0_u32; parts.len()];
            let mut kept: Vec<u32> = Vec::new();
            for (number, place) in places.to_mut().iter_mut().enumerate() {
                let row = &mut next[place.part as usize];
                if parts[place.part as usize].kept.get(*row as usize) == Some(&place.number) {
                    kept.push(number as u32);
                    place.number = *row;
                    *row += 1;
                }
            }
            places = kept.iter().map(|&number| places[number as usize]).collect();
            ids = Arc::new(ids.take(&kept));
        }
        let mut left = LeftOut::default();
        parts.iter().for_each(|part| left.add(part.left));
        let parts = &mut parts;
        let columns = Self {
            kept: (0..places.len() as u32).collect(),
            frequency: gathered(parts, &places, |part| &mut part.frequency),
            recency: gathered(parts, &places, |part| &mut part.recency),
            t: gathered(parts, &places, |part| &mut part.t),
            monetary: gathered(parts, &places, |part| &mut part.monetary),
            ln_gaps: gathered(parts, &places, |part| &mut part.ln_gaps),
            first_time: gathered(parts, &places, |part| &mut part.first_time),
            last_time: gathered(parts, &places, |part| &mut part.last_time),
            first_amount: gathered(parts, &places, |part| &mut part.first_amount),
            total_amount: gathered(parts, &places, |part| &mut part.total_amount),
            left,
        };
        (ids, columns)
    }

    /// The summary of `rows` rows of a log with that first and last time.
    ///
    /// # Errors
    /// [`Error::Empty`] without a customer; [`Error::InvalidValue`] for values outside the domain of the models.
    pub(super) fn into_summary(
        self,
        ids: Arc<CustomerIds>,
        more: MoreColumns,
        observation: &Observation,
        rows: u64,
        (first, last): (Timestamp, Timestamp),
    ) -> Result<CustomerSummary> {
        let as_of = observation.as_of;
        let LeftOut { merged, after, cancelled } = self.left;
        let quality = SummaryQuality {
            as_of,
            as_of_given: observation.as_of_given,
            rows,
            rows_after_as_of: merged.rows_after,
            rows_merged: merged.rows_merged,
            periods_cancelled: merged.periods_cancelled,
            customers_after_as_of: after,
            customers_cancelled: cancelled,
        };
        if self.kept.is_empty() {
            let remedy = if cancelled > 0 && after == 0 {
                "Returns bring every purchase to zero or below; look at the signs of amounts".to_owned()
            } else {
                format!("The log covers {first} to {last}; choose an as_of within it")
            };
            return Err(Error::Empty { what: format!("the customer summary as of {as_of}"), remedy });
        }
        let longest = self.t.iter().copied().fold(0.0, f64::max);
        if observation.as_of_given && longest > MAX_T {
            let unit = observation.time_unit;
            let reason = format!("the first customers would be observed for {longest:.0} {unit}s; the log ends {last}");
            return Err(Error::argument("as_of", as_of, reason));
        }
        let from_log = FromLog {
            first: self.first_time,
            last: self.last_time,
            first_amount: self.first_amount,
            total_amount: self.total_amount,
            quality,
            more,
        };
        let summary = CustomerSummary::of_columns(self.frequency, self.recency, self.t, observation.time_unit)?
            .with_monetary_column(self.monetary)?
            .with_distinct_ids(ids)
            .with_log_columns(from_log);
        // Purchases at one and the same time, which are there if nothing is merged, have no logarithm of their gap.
        let has_gaps = self.ln_gaps.iter().all(|sum| sum.is_finite());
        if has_gaps { summary.with_ln_gaps(self.ln_gaps) } else { Ok(summary) }
    }
}

/// A column of all parts in the order of `places`. It is taken out of the parts, so that there is only one column twice.
fn gathered<T: Copy + Send + Sync>(
    parts: &mut [Columns],
    places: &[Place],
    column: impl Fn(&mut Columns) -> &mut Vec<T>,
) -> Vec<T> {
    let parts: Vec<Vec<T>> = parts.iter_mut().map(|part| std::mem::take(column(part))).collect();
    parallel::map(places.len(), CHUNK, |row| {
        let Place { part, number } = places[row];
        parts[part as usize][number as usize]
    })
}
