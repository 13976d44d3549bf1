//! What cohorts did by age: the sums under every cohort table, and the one place where purchases become calendar periods.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::CalendarPeriod;
use super::concentration::Accumulator;
use crate::summary::{MergeWithin, Merged, for_each_purchase};
use crate::transactions::{Timestamp, TransactionLog};

/// What one customer did in one calendar period with at least one purchase.
#[derive(Debug, Clone, Copy)]
pub(super) struct PeriodActivity {
    /// Number of the period.
    pub(super) period: i64,
    pub(super) orders: u32,
    pub(super) revenue: f64,
}

/// Calls `each` with the calendar periods in which a customer purchased up to `as_of`, in order of time.
pub(super) fn for_each_period(
    log: &TransactionLog,
    customer: usize,
    merge: MergeWithin,
    period: CalendarPeriod,
    as_of: Timestamp,
    mut each: impl FnMut(PeriodActivity),
) -> Merged {
    let mut current: Option<PeriodActivity> = None;
    let merged = for_each_purchase(log, customer, merge, as_of, |purchase| {
        let number = period.number(purchase.time);
        match &mut current {
            Some(activity) if activity.period == number => {
                activity.orders = activity.orders.saturating_add(1);
                activity.revenue += purchase.amount;
            }
            _ => {
                let next = PeriodActivity { period: number, orders: 1, revenue: purchase.amount };
                current.replace(next).into_iter().for_each(&mut each);
            }
        }
    });
    current.into_iter().for_each(each);
    merged
}

/// Calendar periods up to the end of observation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Observed {
    /// Number of the last period.
    pub(super) last: i64,
    /// Whether observation reaches its end.
    complete: bool,
}

impl Observed {
    pub(super) fn until(as_of: Timestamp, period: CalendarPeriod) -> Self {
        let last = period.number(as_of);
        Self { last, complete: period.number(Timestamp::from_seconds(as_of.seconds() + 1)) > last }
    }

    /// Whether observation ends within a period: its figures may still grow.
    pub(super) fn is_partial(self, period: i64) -> bool {
        period == self.last && !self.complete
    }
}

/// What the customers of one cohort did in one period.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct CohortSum {
    /// Customers with a purchase.
    pub(super) customers: u64,
    pub(super) orders: u64,
    pub(super) revenue: Accumulator,
    pub(super) profit: Accumulator,
}

/// What is counted in one pass. Sparse, because one stray date makes thousands of empty periods.
#[derive(Debug, Default)]
pub(super) struct CohortSums {
    /// Customers by period of acquisition.
    sizes: BTreeMap<i64, u64>,
    /// By cohort and period.
    cells: HashMap<(i64, i64), CohortSum>,
}

impl CohortSums {
    /// Counts a customer whose first purchase is in a period.
    pub(super) fn add_customer(&mut self, cohort: i64) {
        *self.sizes.entry(cohort).or_default() += 1;
    }

    /// The sum of a cohort in a period, to be added to.
    pub(super) fn of(&mut self, cohort: i64, period: i64) -> &mut CohortSum {
        self.cells.entry((cohort, period)).or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sizes.is_empty()
    }

    /// Adds a later chunk. Each cell is the sum of its chunks in order, whatever the order within a map.
    pub(super) fn merge(&mut self, other: Self) {
        for (cohort, customers) in other.sizes {
            *self.sizes.entry(cohort).or_default() += customers;
        }
        for (key, cell) in other.cells {
            let sum = self.cells.entry(key).or_default();
            sum.customers += cell.customers;
            sum.orders += cell.orders;
            sum.revenue.merge(&cell.revenue);
            sum.profit.merge(&cell.profit);
        }
    }

    /// `cell` of each period of each cohort from its first to the last observed one, given the cohort's size, the sum, and
    /// whether the period is partial; then `cohort` of its number, size and cells. In order of time.
    pub(super) fn table<A, C>(
        &self,
        observed: Observed,
        cell: impl Fn(u64, &CohortSum, bool) -> A,
        cohort: impl Fn(i64, u64, Vec<A>) -> C,
    ) -> Vec<C> {
        let of_cohort = |(&born, &size): (&i64, &u64)| {
            let of_period = |period: i64| {
                let sum = self.cells.get(&(born, period)).copied().unwrap_or_default();
                cell(size, &sum, observed.is_partial(period))
            };
            cohort(born, size, (born..=observed.last).map(of_period).collect())
        };
        self.sizes.iter().map(of_cohort).collect()
    }
}
