//! The bridge between each calendar period of a log and the next.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bridge::{GrowthBridge, Sums};
use crate::error::{self, Error, Result};
use crate::numerics::parallel;
use crate::portfolio::{CalendarPeriod, CohortOptions};
use crate::summary::{MergeWithin, for_each_purchase};
use crate::table::{Column, Table};
use crate::transactions::{Timestamp, TransactionLog};

/// Customers per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 16_384;

/// A period and the bridge that leads to it from the one before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GrowthPeriod {
    /// The period: `1997-02`, `1997-Q2` or `1997-W05`.
    pub label: String,
    /// From the period before to this one.
    pub bridge: GrowthBridge,
    /// Whether observation ends within the period: its figures may still grow.
    pub partial: bool,
}

/// Growth by period; see [`growth_by_period`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GrowthSeries {
    /// From the second period of the log to the last.
    pub periods: Vec<GrowthPeriod>,
    /// The period.
    pub period: CalendarPeriod,
    /// End of observation.
    pub as_of: Timestamp,
    /// Level of the intervals.
    pub level: f64,
    /// Rows of the log after the end of observation, left out.
    pub rows_after_as_of: u64,
}

/// New, won back, expanded, contracted and lost revenue of each calendar period against the one before, with retention and churn.
///
/// A customer is won back if the last purchase lies before the period before. Rows after `as_of` are left out and counted.
///
/// ```
/// use cpm_core::datasets;
/// use cpm_core::portfolio::{CalendarPeriod, CohortOptions, growth_by_period};
/// let log = datasets::cdnow_sample()?;
/// let series = growth_by_period(&log, &CohortOptions::new().period(CalendarPeriod::Quarter))?;
/// let last = &series.periods[4];
/// assert_eq!((last.label.as_str(), last.bridge.new.customers), ("1998-Q2", 0));
/// assert!(last.bridge.won_back.amount > 0.0);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for a level outside (0, 1); [`Error::NotIdentified`] if the log covers a single period.
pub fn growth_by_period(log: &TransactionLog, options: &CohortOptions) -> Result<GrowthSeries> {
    let level = error::level("level", options.level)?;
    let period = options.period;
    let as_of = options.as_of.unwrap_or_else(|| log.first_and_last().1.end_of_day());
    let mut state = State::default();
    let chunks = parallel::map_chunks(log.customers(), CHUNK, |customers| {
        let mut state = State::default();
        let mut history = Vec::new();
        customers.for_each(|customer| state.add(log, customer, period, as_of, &mut history));
        state
    });
    chunks.for_each(|chunk| state.merge(chunk));
    let last = period.number(as_of);
    let first = state.born.keys().next().copied().filter(|first| *first < last);
    let Some(first) = first else {
        return Err(Error::NotIdentified {
            model: "growth",
            reason: format!("the log has one {period} up to {as_of}, and growth is a change between two"),
            remedy: "Give a longer log, a later as_of or a shorter period".to_owned(),
        });
    };
    let complete = period.number(Timestamp::from_seconds(as_of.seconds() + 1)) > last;
    let mut customers: u64 = 0;
    let periods = (first + 1..=last)
        .map(|number| {
            customers += state.born.get(&(number - 1)).copied().unwrap_or(0);
            let mut sums = state.sums.get(&number).copied().unwrap_or_default();
            let bridge = sums.bridge(level);
            // Everybody acquired before who was not active in the period before.
            sums.dormant = customers - bridge.start.customers;
            GrowthPeriod {
                label: period.label_of(number),
                bridge: sums.bridge(level),
                partial: number == last && !complete,
            }
        })
        .collect();
    Ok(GrowthSeries { periods, period, as_of, level, rows_after_as_of: state.rows_after })
}

/// What is counted in one pass over the log.
#[derive(Debug, Default)]
struct State {
    /// Customers by the period of their first revenue.
    born: BTreeMap<i64, u64>,
    /// By the later of two periods.
    sums: BTreeMap<i64, Sums>,
    rows_after: u64,
}

impl State {
    fn add(
        &mut self,
        log: &TransactionLog,
        customer: usize,
        period: CalendarPeriod,
        as_of: Timestamp,
        history: &mut Vec<(i64, f64)>,
    ) {
        history.clear();
        let merged = for_each_purchase(log, customer, MergeWithin::Day, as_of, |purchase| {
            let number = period.number(purchase.time);
            match history.last_mut() {
                Some((last, amount)) if *last == number => *amount += purchase.amount,
                _ => history.push((number, purchase.amount)),
            }
        });
        self.rows_after += merged.rows_after;
        history.retain(|(_, amount)| *amount > 0.0);
        let mut before: Option<(i64, f64)> = None;
        for &(number, amount) in history.iter() {
            match before {
                None => *self.born.entry(number).or_default() += 1,
                Some((last, earlier)) if last < number - 1 => self.moved(last + 1, earlier, 0.0, true),
                Some(_) => {}
            }
            let last = before.filter(|(last, _)| *last == number - 1).map_or(0.0, |(_, amount)| amount);
            self.moved(number, last, amount, before.is_some());
            before = Some((number, amount));
        }
        if let Some((last, amount)) = before {
            self.moved(last + 1, amount, 0.0, true);
        }
    }

    fn moved(&mut self, number: i64, before: f64, after: f64, earlier: bool) {
        self.sums.entry(number).or_default().add(before, after, earlier);
    }

    /// Adds a later chunk.
    fn merge(&mut self, other: Self) {
        for (number, customers) in other.born {
            *self.born.entry(number).or_default() += customers;
        }
        for (number, sums) in other.sums {
            self.sums.entry(number).or_default().merge(&sums);
        }
        self.rows_after += other.rows_after;
    }
}

impl GrowthSeries {
    /// One row per period: `period, start, new, won_back, expanded, contracted, lost, end` (contracted and lost negative), the
    /// customers of each part (`start_customers`, …), each rate with its interval (`net_retention, net_retention_low, …`) and `partial` (1 or 0).
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let rows = &self.periods;
        let mut table = Table::new();
        table.push("period", Column::Text(rows.iter().map(|r| r.label.clone()).collect()))?;
        let names = |k: usize| rows.first().map_or("", |r| r.bridge.parts()[k].0);
        for k in 0..7 {
            let amount = |r: &GrowthPeriod| r.bridge.parts()[k].1.amount * r.bridge.parts()[k].2;
            table.push(names(k), Column::Float(rows.iter().map(amount).collect()))?;
        }
        for k in 0..7 {
            let customers = |r: &GrowthPeriod| r.bridge.parts()[k].1.customers as i64;
            table.push(&format!("{}_customers", names(k)), Column::Integer(rows.iter().map(customers).collect()))?;
        }
        for k in 0..6 {
            let name = rows.first().map_or("", |r| r.bridge.rates()[k].0);
            let rate = |of: fn(crate::clv::Estimate) -> f64| {
                Column::Optional(rows.iter().map(|r| r.bridge.rates()[k].1.map(of)).collect())
            };
            table.push(name, rate(|e| e.value))?;
            table.push(&format!("{name}_low"), rate(|e| e.interval.low))?;
            table.push(&format!("{name}_high"), rate(|e| e.interval.high))?;
        }
        table.push("partial", Column::Integer(rows.iter().map(|r| i64::from(r.partial)).collect()))?;
        Ok(table)
    }
}

#[cfg(test)]
#[path = "series_tests.rs"]
mod tests;
