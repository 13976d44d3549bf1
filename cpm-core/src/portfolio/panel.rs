//! The activity panel: what each customer did in each calendar period.

use std::ops::Range;

use super::CalendarPeriod;
use super::cohort_sums::{Observed, for_each_period};
use crate::error::{Error, Result};
use crate::numerics::parallel;
use crate::summary::{MergeWithin, check_merge, end_of};
use crate::table::{Column, Table};
use crate::transactions::{CustomerId, CustomerIds, Timestamp, TransactionLog};

/// Customers per parallel task, and per piece of the panel.
const CHUNK: usize = 16_384;

/// Choices for [`activity_panel`].
///
/// ```
/// use cpm_core::portfolio::{CalendarPeriod, PanelOptions};
/// let options = PanelOptions::new().period(CalendarPeriod::Quarter).as_of("1998-06-30")?;
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct PanelOptions {
    period: CalendarPeriod,
    as_of: Option<Timestamp>,
    merge_within: MergeWithin,
}

impl PanelOptions {
    /// Months, purchases of a day merged, observation to the last day in the log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The calendar period of a row.
    #[must_use]
    pub fn period(mut self, period: CalendarPeriod) -> Self {
        self.period = period;
        self
    }

    /// The end of observation; a date means the end of that day. Later rows are left out and counted.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not an ISO date or time.
    pub fn as_of(mut self, when: &str) -> Result<Self> {
        self.as_of = Some(end_of(when).map_err(|e| e.named("as_of"))?);
        Ok(self)
    }

    /// What counts as one order: the rows of one customer and period, or of one order.
    #[must_use]
    pub fn merge_within(mut self, merge: MergeWithin) -> Self {
        self.merge_within = merge;
        self
    }
}

/// Which rows a panel's table has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PanelFill {
    /// Only periods in which the customer ordered.
    #[default]
    Sparse,
    /// Every period from the customer's first one to the last observed one; those without an order have zeros.
    Dense,
}

/// What a customer did in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PanelPeriod {
    /// Periods since the customer's first one.
    pub age: u32,
    /// Orders.
    pub orders: u32,
    /// Their amount.
    pub revenue: f64,
}

/// Orders and revenue of each customer in each calendar period; see [`activity_panel`].
///
/// 16 bytes per customer and active period, and 8 per customer beside the id. Periods without orders take no
/// memory; they become rows only in a [table](Self::table) that asks for them.
#[derive(Debug, Clone)]
pub struct ActivityPanel {
    ids: CustomerIds,
    pieces: Vec<Piece>,
    observed: Observed,
    first: i64,
    /// The period of a row.
    pub period: CalendarPeriod,
    /// End of observation.
    pub as_of: Timestamp,
    /// Rows of the log after it, left out.
    pub rows_after_as_of: u64,
    /// Merging periods that returns bring to zero or below, not counted as orders.
    pub periods_cancelled: u64,
    /// Customers without an order up to the end of observation, left out.
    pub customers_left_out: u64,
}

/// The customers of one parallel task.
#[derive(Debug, Clone, Default)]
struct Piece {
    /// Of each customer, its number in the log, and where its periods end.
    customers: Vec<u32>,
    ends: Vec<u32>,
    period: Vec<i32>,
    orders: Vec<u32>,
    revenue: Vec<f64>,
    rows_after: u64,
    periods_cancelled: u64,
}

impl Piece {
    fn of(log: &TransactionLog, customers: Range<usize>, options: &PanelOptions, as_of: Timestamp) -> Self {
        let mut piece = Self::default();
        for customer in customers {
            let before = piece.period.len();
            let (period, orders, revenue) = (&mut piece.period, &mut piece.orders, &mut piece.revenue);
            let merged = for_each_period(log, customer, options.merge_within, options.period, as_of, |activity| {
                // Periods are numbered from 1970: weeks of any date that a log takes are within i32.
                period.push(activity.period as i32);
                orders.push(activity.orders);
                revenue.push(activity.revenue);
            });
            if piece.period.len() > before {
                piece.customers.push(customer as u32);
                piece.ends.push(piece.period.len() as u32);
            }
            piece.rows_after += merged.rows_after;
            piece.periods_cancelled += merged.periods_cancelled;
        }
        piece.period.shrink_to_fit();
        piece.orders.shrink_to_fit();
        piece.revenue.shrink_to_fit();
        piece
    }

    /// Where the periods of a customer of the piece lie.
    fn place(&self, k: usize) -> Range<usize> {
        let start = if k == 0 { 0 } else { self.ends[k - 1] };
        start as usize..self.ends[k] as usize
    }
}

/// Orders and revenue of each customer in each calendar period: the panel under cohort tables, transition counts, features and
/// charts of one's own.
///
/// A customer's rows begin with the period of the first order, which has age 0. For sums per cohort and age
/// there is [`cohort_retention`](super::cohort_retention), made by the same pass.
///
/// ```
/// use cpm_core::datasets;
/// use cpm_core::portfolio::{PanelFill, PanelOptions, activity_panel};
/// let panel = activity_panel(&datasets::cdnow_sample()?, &PanelOptions::new())?;
/// assert_eq!((panel.customers(), panel.active_periods()), (2_357, 5_460));
/// // Piece by piece: the rows of the first thousand customers, months without orders included.
/// let table = panel.table(PanelFill::Dense, 0..1_000)?;
/// assert_eq!(table.rows(), 17_768);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`] if no order is left; [`Error::InvalidArgument`] for [`MergeWithin::Order`] without order ids.
pub fn activity_panel(log: &TransactionLog, options: &PanelOptions) -> Result<ActivityPanel> {
    check_merge(log, options.merge_within)?;
    let (first, last) = log.first_and_last();
    let as_of = options.as_of.unwrap_or_else(|| last.end_of_day());
    let of = |customers| Piece::of(log, customers, options, as_of);
    let pieces: Vec<Piece> = parallel::map_chunks(log.customers(), CHUNK, of).collect();
    let kept: usize = pieces.iter().map(|piece| piece.customers.len()).sum();
    if kept == 0 {
        return Err(Error::Empty {
            what: format!("the activity panel as of {as_of}"),
            remedy: format!("The log covers {first} to {last}; choose an as_of within it"),
        });
    }
    let numbers = pieces.iter().flat_map(|piece| piece.customers.iter().copied());
    let everyone = kept == log.customers();
    let ids = if everyone { log.customer_ids().clone() } else { log.customer_ids().take(&numbers.collect::<Vec<_>>()) };
    let earliest = pieces.iter().flat_map(|piece| piece.period.iter().copied()).min();
    Ok(ActivityPanel {
        ids,
        observed: Observed::until(as_of, options.period),
        first: earliest.map_or(0, i64::from),
        period: options.period,
        as_of,
        rows_after_as_of: pieces.iter().map(|piece| piece.rows_after).sum(),
        periods_cancelled: pieces.iter().map(|piece| piece.periods_cancelled).sum(),
        customers_left_out: (log.customers() - kept) as u64,
        pieces,
    })
}

impl ActivityPanel {
    /// Customers with an order.
    #[must_use]
    pub fn customers(&self) -> usize {
        self.ids.len()
    }

    /// Their ids, in order.
    #[must_use]
    pub fn customer_ids(&self) -> &CustomerIds {
        &self.ids
    }

    /// Pairs of a customer and a period with at least one order: the rows of a sparse table of all customers.
    #[must_use]
    pub fn active_periods(&self) -> usize {
        self.pieces.iter().map(|piece| piece.period.len()).sum()
    }

    /// One row per customer and period, for the customers of a range of [`customer_ids`](Self::customer_ids):
    /// `customer_id, cohort` (the customer's first period), `period, age, orders, revenue, active` and `partial` (1 or 0: observation
    /// ends within the period).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a range beyond the customers.
    pub fn table(&self, fill: PanelFill, customers: Range<usize>) -> Result<Table> {
        if customers.start > customers.end || customers.end > self.customers() {
            let expected = format!("there are {} customers, counted from 0", self.customers());
            return Err(Error::argument("customers", format!("{customers:?}"), expected));
        }
        let periods = (self.observed.last - self.first + 1).max(0) as usize;
        let mut rows = Rows::with_capacity(self.rows(fill, &customers));
        let mut position = 0;
        for piece in &self.pieces {
            let n = piece.customers.len();
            let wanted = customers.start.max(position)..customers.end.min(position + n);
            for customer in wanted {
                self.push_customer(&mut rows, piece, customer - position, customer, fill);
            }
            position += n;
        }
        let names = || (0..periods as i64).map(|k| self.period.label_of(self.first + k)).collect();
        let id = match &self.ids {
            CustomerIds::Integer(ids) => {
                CustomerIds::from(rows.customer.iter().map(|&i| ids[i as usize]).collect::<Vec<i64>>())
            }
            ids @ CustomerIds::Text(_) => ids.take(&rows.customer),
        };
        let mut table = Table::new();
        table.push("customer_id", Column::Id(id))?;
        table.push("cohort", Column::Category { names: names(), codes: rows.cohort })?;
        table.push("period", Column::Category { names: names(), codes: rows.period })?;
        table.push("age", Column::Integer(rows.age))?;
        table.push("active", Column::Integer(rows.orders.iter().map(|&orders| i64::from(orders > 0)).collect()))?;
        table.push("orders", Column::Integer(rows.orders))?;
        table.push("revenue", Column::Float(rows.revenue))?;
        table.push("partial", Column::Integer(rows.partial))?;
        Ok(table)
    }

    /// How many rows the table of some customers would have.
    fn rows(&self, fill: PanelFill, customers: &Range<usize>) -> usize {
        let (mut position, mut rows) = (0, 0);
        for piece in &self.pieces {
            let n = piece.customers.len();
            let (from, to) =
                (customers.start.clamp(position, position + n), customers.end.clamp(position, position + n));
            let places = (from..to).map(|customer| piece.place(customer - position));
            rows += match fill {
                PanelFill::Sparse => places.map(|place| place.len()).sum::<usize>(),
                PanelFill::Dense => {
                    places.map(|place| (self.observed.last - i64::from(piece.period[place.start]) + 1) as usize).sum()
                }
            };
            position += n;
        }
        rows
    }

    fn push_customer(&self, rows: &mut Rows, piece: &Piece, k: usize, customer: usize, fill: PanelFill) {
        let place = piece.place(k);
        let born = i64::from(piece.period[place.start]);
        let mut push = |period: i64, orders: u32, revenue: f64| {
            rows.customer.push(customer as u32);
            rows.cohort.push((born - self.first) as u32);
            rows.period.push((period - self.first) as u32);
            rows.age.push(period - born);
            rows.orders.push(i64::from(orders));
            rows.revenue.push(revenue);
            rows.partial.push(i64::from(self.observed.is_partial(period)));
        };
        let mut next = born;
        for cell in place {
            let period = i64::from(piece.period[cell]);
            if fill == PanelFill::Dense {
                (next..period).for_each(|empty| push(empty, 0, 0.0));
            }
            push(period, piece.orders[cell], piece.revenue[cell]);
            next = period + 1;
        }
        if fill == PanelFill::Dense {
            (next..=self.observed.last).for_each(|empty| push(empty, 0, 0.0));
        }
    }

    /// The active periods of one customer, by position in [`customer_ids`](Self::customer_ids), in order of time.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a position beyond the customers.
    pub fn of_customer(&self, customer: usize) -> Result<Vec<PanelPeriod>> {
        let mut position = customer;
        for piece in &self.pieces {
            if position < piece.customers.len() {
                let place = piece.place(position);
                let born = piece.period[place.start];
                let of = |cell: usize| PanelPeriod {
                    age: (piece.period[cell] - born) as u32,
                    orders: piece.orders[cell],
                    revenue: piece.revenue[cell],
                };
                return Ok(place.map(of).collect());
            }
            position -= piece.customers.len();
        }
        Err(Error::argument("customer", customer, format!("there are {} customers, counted from 0", self.customers())))
    }

    /// The position of an id, if the customer has an order.
    #[must_use]
    pub fn position_of(&self, id: CustomerId<'_>) -> Option<usize> {
        // Ids are in order.
        let (mut low, mut high) = (0, self.ids.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.ids.get(middle) < id { low = middle + 1 } else { high = middle }
        }
        (low < self.ids.len() && self.ids.get(low) == id).then_some(low)
    }
}

/// Columns of a table under construction.
struct Rows {
    customer: Vec<u32>,
    cohort: Vec<u32>,
    period: Vec<u32>,
    age: Vec<i64>,
    orders: Vec<i64>,
    revenue: Vec<f64>,
    partial: Vec<i64>,
}

impl Rows {
    fn with_capacity(n: usize) -> Self {
        Self {
            customer: Vec::with_capacity(n),
            cohort: Vec::with_capacity(n),
            period: Vec::with_capacity(n),
            age: Vec::with_capacity(n),
            orders: Vec::with_capacity(n),
            revenue: Vec::with_capacity(n),
            partial: Vec::with_capacity(n),
        }
    }
}

#[cfg(test)]
#[path = "panel_tests.rs"]
mod tests;
