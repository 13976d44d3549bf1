//! Retention of acquisition cohorts.

use super::CalendarPeriod;
use super::cohort_sums::{CohortSum, CohortSums, Observed, for_each_period};
use crate::error::{self, Error, Result};
use crate::estimate::Estimate;
use crate::numerics::parallel;
use crate::numerics::proportion::wilson;
use crate::summary::{MergeWithin, end_of};
use crate::table::{Column, Table};
use crate::transactions::{Timestamp, TransactionLog};

/// Customers per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 16_384;

/// Choices for [`cohort_retention`].
///
/// ```
/// use cpm_core::portfolio::{CalendarPeriod, CohortOptions};
/// let options = CohortOptions::new().period(CalendarPeriod::Quarter).as_of("1998-06-30")?.level(0.9);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CohortOptions {
    pub(super) period: CalendarPeriod,
    pub(super) as_of: Option<Timestamp>,
    pub(super) level: f64,
}

impl Default for CohortOptions {
    fn default() -> Self {
        Self { period: CalendarPeriod::default(), as_of: None, level: 0.95 }
    }
}

impl CohortOptions {
    /// Monthly cohorts, observation to the last day in the log, 95 % intervals.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The period of cohorts and ages.
    #[must_use]
    pub fn period(mut self, period: CalendarPeriod) -> Self {
        self.period = period;
        self
    }

    /// The end of observation; a date means the end of that day. Later rows are left out and counted.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not an ISO date or time.
    pub fn as_of(self, when: &str) -> Result<Self> {
        Ok(self.as_of_time(end_of(when).map_err(|e| e.named("as_of"))?))
    }

    /// The end of observation as a point in time.
    #[must_use]
    pub fn as_of_time(mut self, time: Timestamp) -> Self {
        self.as_of = Some(time);
        self
    }

    /// Level of the intervals of average retention, strictly between 0 and 1.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }
}

/// What the customers of one cohort did at one age.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CohortCell {
    /// Customers with at least one purchase in the period.
    pub active: u64,
    /// Share of the cohort's customers.
    pub retention: f64,
    /// Their purchases in the period.
    pub orders: u64,
    /// Amount of these.
    pub amount: f64,
    /// Whether observation ends within the period: the figures may still grow.
    pub partial: bool,
}

/// Customers who made their first purchase in one period.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Cohort {
    /// The period: `1997-01`, `1997-Q1` or `1997-W01`.
    pub label: String,
    /// Number of customers.
    pub customers: u64,
    /// By age in periods, 0 being the period of acquisition. Ages that are not yet observed are not there.
    pub cells: Vec<CohortCell>,
}

/// Average retention at one age.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AverageRetention {
    /// Age in periods.
    pub age: usize,
    /// Cohorts that were observed through the whole period of that age.
    pub cohorts: usize,
    /// Their customers.
    pub customers: u64,
    /// Those of them with at least one purchase.
    pub active: u64,
    /// Active over customers, with Wilson interval.
    pub retention: Estimate,
}

/// Retention of acquisition cohorts by age; see [`cohort_retention`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CohortTable {
    /// The period of cohorts and ages.
    pub period: CalendarPeriod,
    /// End of observation.
    pub as_of: Timestamp,
    /// Whether the caller named it; otherwise it is the last day in the log.
    pub as_of_given: bool,
    /// Level of the intervals.
    pub level: f64,
    /// Rows of the log after the end of observation, left out.
    pub rows_after_as_of: u64,
    /// Days that returns brought to zero or below, not counted as purchases.
    pub days_cancelled: u64,
    /// Customers without a purchase up to the end of observation, left out.
    pub customers_left_out: u64,
    /// Cohorts in order of time; periods without new customers have none.
    pub cohorts: Vec<Cohort>,
    /// Average over cohorts, by age; ages that no cohort has lived through are not there.
    pub average: Vec<AverageRetention>,
}

/// Retention by acquisition cohort: R(age) = customers of the cohort with a purchase at that age / its size.
///
/// A cohort is the customers whose first purchase falls into one calendar period. Its age is counted in the same
/// periods, so age 0 is the period of acquisition and R(0) = 1. Rows of one customer and day are one purchase, and
/// the log's policy for returns applies, as in [`TransactionLog::summarize`].
///
/// Periods after the end of observation are missing, not 0. A last period that observation does not reach the end of is
/// there but [partial](CohortCell::partial), and left out of averages. An average is over the cohorts that were
/// observed through the whole period of an age, weighted by size: Σ active / Σ customers.
///
/// Cohorts go by the first purchase *in the log*. If the log begins after the business did, its first cohorts
/// hold old customers too.
///
/// ```
/// use cpm_core::datasets;
/// use cpm_core::portfolio::{cohort_retention, CohortOptions};
/// let table = cohort_retention(&datasets::cdnow()?, &CohortOptions::new())?;
/// let january = &table.cohorts[0];
/// assert_eq!((january.label.as_str(), january.customers), ("1997-01", 7_846));
/// assert_eq!(january.cells[1].active, 1_157); // bought again in February
/// assert!(table.cell(2, 16).is_none()); // March 1997 + 16 months is after the end of the log
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for a level outside (0, 1); [`Error::Empty`] if no purchase is left.
pub fn cohort_retention(log: &TransactionLog, options: &CohortOptions) -> Result<CohortTable> {
    let level = error::level("level", options.level)?;
    let period = options.period;
    let as_of = options.as_of.unwrap_or_else(|| log.first_and_last().1.end_of_day());
    let counts = Counts::of(log, period, as_of);
    if counts.sums.is_empty() {
        let (first, last) = log.first_and_last();
        return Err(Error::Empty {
            what: format!("the cohort table as of {as_of}"),
            remedy: format!("The log covers {first} to {last}; choose an as_of within it"),
        });
    }
    let cell = |size: u64, sum: &CohortSum, partial| CohortCell {
        active: sum.customers,
        retention: sum.customers as f64 / size as f64,
        orders: sum.orders,
        amount: sum.revenue.total(),
        partial,
    };
    let cohort = |born, customers, cells| Cohort { label: period.label_of(born), customers, cells };
    let cohorts = counts.sums.table(Observed::until(as_of, period), cell, cohort);
    Ok(CohortTable {
        period,
        as_of,
        as_of_given: options.as_of.is_some(),
        level,
        rows_after_as_of: counts.rows_after,
        days_cancelled: counts.days_cancelled,
        customers_left_out: counts.customers_left_out,
        average: averages(&cohorts, level),
        cohorts,
    })
}

impl CohortTable {
    /// The cell of a cohort, by its position, at an age; `None` where nothing was observed.
    #[must_use]
    pub fn cell(&self, cohort: usize, age: usize) -> Option<&CohortCell> {
        self.cohorts.get(cohort)?.cells.get(age)
    }

    /// One row per observed cell: `cohort, age, customers, active, retention, orders, amount, partial` (1 or 0). Cells
    /// that were not observed have no row.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let rows = || {
            let cohorts = self.cohorts.iter().enumerate();
            cohorts
                .flat_map(|(k, cohort)| cohort.cells.iter().enumerate().map(move |(age, cell)| (k, cohort, age, cell)))
        };
        let names = self.cohorts.iter().map(|c| c.label.clone()).collect();
        let mut table = Table::new();
        table.push("cohort", Column::Category { names, codes: rows().map(|(k, ..)| k as u32).collect() })?;
        table.push("age", Column::Integer(rows().map(|(_, _, age, _)| age as i64).collect()))?;
        table.push("customers", Column::Integer(rows().map(|(_, cohort, ..)| cohort.customers as i64).collect()))?;
        table.push("active", Column::Integer(rows().map(|(.., cell)| cell.active as i64).collect()))?;
        table.push("retention", Column::Float(rows().map(|(.., cell)| cell.retention).collect()))?;
        table.push("orders", Column::Integer(rows().map(|(.., cell)| cell.orders as i64).collect()))?;
        table.push("amount", Column::Float(rows().map(|(.., cell)| cell.amount).collect()))?;
        table.push("partial", Column::Integer(rows().map(|(.., cell)| i64::from(cell.partial)).collect()))?;
        Ok(table)
    }

    /// One row per age: `age, cohorts, customers, active, retention, retention_low, retention_high`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn average_table(&self) -> Result<Table> {
        let mut table = Table::new();
        let whole =
            |get: fn(&AverageRetention) -> u64| Column::Integer(self.average.iter().map(|a| get(a) as i64).collect());
        let real = |get: fn(&AverageRetention) -> f64| Column::Float(self.average.iter().map(get).collect());
        table.push("age", whole(|a| a.age as u64))?;
        table.push("cohorts", whole(|a| a.cohorts as u64))?;
        table.push("customers", whole(|a| a.customers))?;
        table.push("active", whole(|a| a.active))?;
        table.push("retention", real(|a| a.retention.value))?;
        table.push("retention_low", real(|a| a.retention.interval.low))?;
        table.push("retention_high", real(|a| a.retention.interval.high))?;
        Ok(table)
    }
}

/// What is counted in one pass over the log.
#[derive(Debug, Default)]
struct Counts {
    sums: CohortSums,
    rows_after: u64,
    days_cancelled: u64,
    customers_left_out: u64,
}

impl Counts {
    fn of(log: &TransactionLog, period: CalendarPeriod, as_of: Timestamp) -> Self {
        let chunks = parallel::map_chunks(log.customers(), CHUNK, |customers| {
            let mut counts = Self::default();
            customers.for_each(|customer| counts.add(log, customer, period, as_of));
            counts
        });
        let mut all = Self::default();
        chunks.for_each(|chunk| all.merge(chunk));
        all
    }

    fn add(&mut self, log: &TransactionLog, customer: usize, period: CalendarPeriod, as_of: Timestamp) {
        let mut born = None;
        let sums = &mut self.sums;
        let merged = for_each_period(log, customer, MergeWithin::Day, period, as_of, |activity| {
            let cohort = *born.get_or_insert_with(|| {
                sums.add_customer(activity.period);
                activity.period
            });
            let cell = sums.of(cohort, activity.period);
            cell.customers += 1;
            cell.orders += u64::from(activity.orders);
            cell.revenue.add(activity.revenue);
        });
        self.rows_after += merged.rows_after;
        self.days_cancelled += merged.periods_cancelled;
        self.customers_left_out += u64::from(born.is_none());
    }

    fn merge(&mut self, other: Self) {
        self.sums.merge(other.sums);
        self.rows_after += other.rows_after;
        self.days_cancelled += other.days_cancelled;
        self.customers_left_out += other.customers_left_out;
    }
}

fn averages(cohorts: &[Cohort], level: f64) -> Vec<AverageRetention> {
    let ages = cohorts.iter().map(|c| c.cells.len()).max().unwrap_or(0);
    (0..ages)
        .filter_map(|age| {
            let observed = || cohorts.iter().filter(move |c| c.cells.get(age).is_some_and(|cell| !cell.partial));
            let customers: u64 = observed().map(|c| c.customers).sum();
            let active: u64 = observed().map(|c| c.cells[age].active).sum();
            let retention = (customers > 0).then(|| wilson(active as f64, customers as f64, level))?;
            Some(AverageRetention { age, cohorts: observed().count(), customers, active, retention })
        })
        .collect()
}

#[cfg(test)]
#[path = "cohorts_tests.rs"]
mod tests;
