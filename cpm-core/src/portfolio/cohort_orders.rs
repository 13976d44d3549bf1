//! Cohort tables of plain columns: customers, orders, revenue and profit by age.

use hashbrown::HashMap;
use serde::Serialize;

use super::cohort_sums::{CohortSum, CohortSums, Observed};
use super::{CalendarPeriod, CohortOptions};
use crate::error::{self, Error, Result, same_length};
use crate::estimate::Estimate;
use crate::numerics::parallel;
use crate::numerics::proportion::wilson;
use crate::table::{Column, Table};
use crate::transactions::{CustomerId, CustomerIds, Timestamp};

/// Customers per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 16_384;

/// Orders as plain columns, one row per order.
#[derive(Debug, Clone, Copy)]
pub struct CohortOrders<'a> {
    /// Who ordered.
    pub customers: &'a CustomerIds,
    /// When.
    pub times: &'a [Timestamp],
    /// Revenue of each order; negative for a return.
    pub revenue: &'a [f64],
    /// Profit of each order, if known.
    pub profit: Option<&'a [f64]>,
}

/// What a cohort did at one age.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CohortActivity {
    /// Customers with an order in the period.
    pub customers: u64,
    /// The same as a share of the cohort, with Wilson interval.
    pub retention: Estimate,
    /// Orders.
    pub orders: u64,
    /// Their revenue.
    pub revenue: f64,
    /// Their profit, if known.
    pub profit: Option<f64>,
    /// Whether observation ends within the period: the figures may still grow.
    pub partial: bool,
}

/// One cohort of a [`CohortActivityTable`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActivityCohort {
    /// Period of the first order.
    pub label: String,
    /// Customers.
    pub size: u64,
    /// By age in periods from 0; ages not yet observed are not there.
    pub cells: Vec<CohortActivity>,
}

/// What is shown in a wide table, one column per age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CohortMeasure {
    /// Customers with an order.
    Customers,
    /// Their share of the cohort.
    Retention,
    /// Orders.
    Orders,
    /// Orders per customer of the cohort.
    OrdersPerCustomer,
    /// Revenue.
    Revenue,
    /// Revenue as a share of that at age 0; missing where that is not positive.
    RevenueShare,
    /// Profit.
    Profit,
    /// Profit as a share of that at age 0; missing where that is not positive.
    ProfitShare,
}

impl CohortMeasure {
    /// All measures by name.
    pub const NAMES: [(&'static str, Self); 8] = [
        ("customers", Self::Customers),
        ("retention", Self::Retention),
        ("orders", Self::Orders),
        ("orders_per_customer", Self::OrdersPerCustomer),
        ("revenue", Self::Revenue),
        ("revenue_share", Self::RevenueShare),
        ("profit", Self::Profit),
        ("profit_share", Self::ProfitShare),
    ];

    fn of(self, cohort: &ActivityCohort, age: usize) -> Option<f64> {
        let (cell, first) = (cohort.cells.get(age)?, cohort.cells.first()?);
        let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        match self {
            Self::Customers => Some(cell.customers as f64),
            Self::Retention => Some(cell.retention.value),
            Self::Orders => Some(cell.orders as f64),
            Self::OrdersPerCustomer => Some(cell.orders as f64 / cohort.size as f64),
            Self::Revenue => Some(cell.revenue),
            Self::RevenueShare => share(cell.revenue, first.revenue),
            Self::Profit => cell.profit,
            Self::ProfitShare => share(cell.profit?, first.profit?),
        }
    }
}

/// Customers, orders, revenue and profit of acquisition cohorts by age; see [`cohort_table`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CohortActivityTable {
    /// Cohorts in order of time; periods without new customers have none.
    pub cohorts: Vec<ActivityCohort>,
    /// The period of cohorts and ages.
    pub period: CalendarPeriod,
    /// End of observation.
    pub as_of: Timestamp,
    /// Rows after it, left out.
    pub rows_after_as_of: u64,
}

/// Cohort table of orders given as plain columns.
///
/// A cohort is the customers whose first order falls into one calendar period; its age is counted in the same periods. Every
/// row is one order. Periods after the end of observation are missing, not 0, and one that observation ends within is
/// partial. For a [`TransactionLog`](crate::TransactionLog) there is [`cohort_retention`](super::cohort_retention).
///
/// ```
/// use cpm_core::CustomerIds;
/// use cpm_core::portfolio::{CohortOptions, CohortOrders, cohort_table};
/// let customers = CustomerIds::from(vec![1, 1, 2, 1, 3]);
/// let times = ["2026-01-05", "2026-01-20", "2026-01-31", "2026-03-01", "2026-02-10"].map(|d| d.parse().unwrap());
/// let orders = CohortOrders { customers: &customers, times: &times, revenue: &[10.0, 5.0, 20.0, 30.0, 8.0], profit: None };
/// let table = cohort_table(&orders, &CohortOptions::new())?;
/// let january = &table.cohorts[0];
/// assert_eq!((january.size, january.cells[0].orders, january.cells[2].revenue), (2, 3, 30.0));
/// assert_eq!(table.cohorts[1].cells.len(), 2); // February has been observed for two months
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming the row of a number that is not finite;
/// [`Error::InvalidArgument`] for a level outside (0, 1); [`Error::Empty`] if no row is left.
pub fn cohort_table(orders: &CohortOrders<'_>, options: &CohortOptions) -> Result<CohortActivityTable> {
    let level = error::level("level", options.level)?;
    check(orders)?;
    let nothing = || Error::Empty {
        what: "the list of orders".to_owned(),
        remedy: "Give orders up to the end of observation".to_owned(),
    };
    let last_order = orders.times.iter().max().ok_or_else(nothing)?;
    let (period, as_of) = (options.period, options.as_of.unwrap_or_else(|| last_order.end_of_day()));
    let (codes, known) = codes(orders.customers);
    let rows = by_customer(&codes, known, |row| orders.times[row] <= as_of);
    if rows.places.is_empty() {
        return Err(nothing());
    }
    let rows_after_as_of = (orders.times.len() - rows.places.len()) as u64;
    let parts = parallel::map_chunks(known, CHUNK, |customers| {
        let (mut sums, mut own) = (CohortSums::default(), Vec::new());
        for customer in customers {
            own.clear();
            own.extend(rows.of(customer).iter().map(|&row| (period.number(orders.times[row as usize]), row)));
            own.sort_unstable();
            let Some(&(cohort, _)) = own.first() else { continue };
            sums.add_customer(cohort);
            let mut before = None;
            for &(number, row) in &own {
                let cell = sums.of(cohort, number);
                cell.customers += u64::from(before != Some(number));
                cell.orders += 1;
                cell.revenue.add(orders.revenue[row as usize]);
                cell.profit.add(orders.profit.map_or(0.0, |profit| profit[row as usize]));
                before = Some(number);
            }
        }
        sums
    });
    let mut sums = CohortSums::default();
    parts.for_each(|part| sums.merge(part));
    let cell = |size: u64, sum: &CohortSum, partial| CohortActivity {
        customers: sum.customers,
        retention: wilson(sum.customers as f64, size as f64, level),
        orders: sum.orders,
        revenue: sum.revenue.total(),
        profit: orders.profit.map(|_| sum.profit.total()),
        partial,
    };
    let cohort = |born, size, cells| ActivityCohort { label: period.label_of(born), size, cells };
    let cohorts = sums.table(Observed::until(as_of, period), cell, cohort);
    Ok(CohortActivityTable { cohorts, period, as_of, rows_after_as_of })
}

fn check(orders: &CohortOrders<'_>) -> Result<()> {
    let rows = orders.times.len();
    let lengths = [
        ("customer_id", orders.customers.len()),
        ("revenue", orders.revenue.len()),
        ("profit", orders.profit.map_or(rows, <[f64]>::len)),
    ];
    for (column, found) in lengths {
        same_length(column, found, "date", rows)?;
    }
    for (column, values) in [("revenue", orders.revenue), ("profit", orders.profit.unwrap_or_default())] {
        if let Some(row) = values.iter().position(|v| !v.is_finite()) {
            return Err(Error::InvalidValue {
                column,
                row,
                value: values[row].to_string(),
                expected: "an amount is a finite number",
                remedy: "Correct it, or leave the row out",
            });
        }
    }
    Ok(())
}

/// A number from 0 for each customer, and a bound of the numbers.
fn codes(ids: &CustomerIds) -> (Vec<u32>, usize) {
    if let CustomerIds::Integer(ids) = ids {
        let (least, most) = ids.iter().fold((i64::MAX, i64::MIN), |(a, b), id| (a.min(*id), b.max(*id)));
        // Numbers without large gaps are codes themselves, and need no look-up.
        if most.checked_sub(least).is_some_and(|span| span >= 0 && (span as u64) < 4 * ids.len() as u64) {
            return (ids.iter().map(|id| (id - least) as u32).collect(), (most - least) as usize + 1);
        }
    }
    let mut known: HashMap<CustomerId<'_>, u32> = HashMap::new();
    let codes = ids
        .iter()
        .map(|id| {
            let next = known.len() as u32;
            *known.entry(id).or_insert(next)
        })
        .collect();
    (codes, known.len())
}

/// Rows of each customer side by side.
struct ByCustomer {
    /// Where the rows of each customer begin, and the end of the last.
    starts: Vec<u32>,
    places: Vec<u32>,
}

impl ByCustomer {
    fn of(&self, customer: usize) -> &[u32] {
        &self.places[self.starts[customer] as usize..self.starts[customer + 1] as usize]
    }
}

/// By counting: to sort all rows would take longer than all the rest.
fn by_customer(codes: &[u32], known: usize, is_observed: impl Fn(usize) -> bool) -> ByCustomer {
    let observed = || (0..codes.len()).filter(|row| is_observed(*row));
    let mut starts = vec![0_u32; known + 1];
    observed().for_each(|row| starts[codes[row] as usize + 1] += 1);
    for customer in 0..known {
        starts[customer + 1] += starts[customer];
    }
    let mut next = starts.clone();
    let mut places = vec![0; starts[known] as usize];
    for row in observed() {
        let place = &mut next[codes[row] as usize];
        places[*place as usize] = row as u32;
        *place += 1;
    }
    ByCustomer { starts, places }
}

impl CohortActivityTable {
    /// One row per observed cell: `cohort, age, size, customers, retention, retention_low, retention_high, orders,
    /// orders_per_customer, revenue, revenue_share`, `profit, profit_share` if profit is known, `partial` (1 or 0).
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let cells =
            || self.cohorts.iter().enumerate().flat_map(|(k, c)| (0..c.cells.len()).map(move |age| (k, c, age)));
        let whole = |of: &dyn Fn(&ActivityCohort, usize) -> u64| {
            Column::Integer(cells().map(|(_, cohort, age)| of(cohort, age) as i64).collect())
        };
        let real = |of: &dyn Fn(&CohortActivity) -> f64| {
            Column::Float(cells().map(|(_, cohort, age)| of(&cohort.cells[age])).collect())
        };
        let measure = |m: CohortMeasure| Column::Optional(cells().map(|(_, cohort, age)| m.of(cohort, age)).collect());
        let names = self.cohorts.iter().map(|c| c.label.clone()).collect();
        let mut table = Table::new();
        table.push("cohort", Column::Category { names, codes: cells().map(|(k, ..)| k as u32).collect() })?;
        table.push("age", whole(&|_, age| age as u64))?;
        table.push("size", whole(&|cohort, _| cohort.size))?;
        table.push("customers", whole(&|cohort, age| cohort.cells[age].customers))?;
        table.push("retention", real(&|cell| cell.retention.value))?;
        table.push("retention_low", real(&|cell| cell.retention.interval.low))?;
        table.push("retention_high", real(&|cell| cell.retention.interval.high))?;
        table.push("orders", whole(&|cohort, age| cohort.cells[age].orders))?;
        table.push("orders_per_customer", measure(CohortMeasure::OrdersPerCustomer))?;
        table.push("revenue", real(&|cell| cell.revenue))?;
        table.push("revenue_share", measure(CohortMeasure::RevenueShare))?;
        if self.cohorts.iter().any(|c| c.cells.iter().any(|cell| cell.profit.is_some())) {
            table.push("profit", measure(CohortMeasure::Profit))?;
            table.push("profit_share", measure(CohortMeasure::ProfitShare))?;
        }
        table.push("partial", whole(&|cohort, age| u64::from(cohort.cells[age].partial)))?;
        Ok(table)
    }

    /// One row per cohort, `cohort, size`, and one column per age; cells that were not observed do not exist.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn wide(&self, measure: CohortMeasure) -> Result<Table> {
        let ages = self.cohorts.iter().map(|c| c.cells.len()).max().unwrap_or(0);
        let mut table = Table::new();
        table.push("cohort", Column::Text(self.cohorts.iter().map(|c| c.label.clone()).collect()))?;
        table.push("size", Column::Integer(self.cohorts.iter().map(|c| c.size as i64).collect()))?;
        for age in 0..ages {
            let column = self.cohorts.iter().map(|cohort| measure.of(cohort, age)).collect();
            table.push(&age.to_string(), Column::Optional(column))?;
        }
        Ok(table)
    }
}

#[cfg(test)]
#[path = "cohort_orders_tests.rs"]
mod tests;
