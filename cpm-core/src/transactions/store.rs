//! Rows by customer, in memory: what a builder collects.
//!
//! A log of millions of customers does not fit the processor's cache, and a look-up in a table that does not
//! costs more than everything else that is done with a row. So rows are dealt out to 256 partitions by the
//! hash of their customer's id, wait until some thousand of one are together, and are then looked up and stored
//! while their partition's table is in the cache. Several stores may fill the same partitions, each from a thread of its own;
//! partitions of different stores correspond, so that stores merge.
//!
//! A partition keeps the rows that came last as they are, and puts the others away in a form that takes a quarter of
//! that. Where a summary is all that is wanted, only the rows of the partitions that are being summarised are ever
//! in memory as numbers.

mod keys;
mod order;
mod partition;
mod sealed;
#[cfg(feature = "json")]
pub(super) mod state;
mod waiting;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use self::keys::{Ids, Key};
use self::order::ExactRows;
use self::partition::Partition;
use self::sealed::StoredRow;
use self::waiting::{Undealt, Waiting, WaitingRow};
use super::ids::{CustomerIds, TextIds};
use super::{CustomerId, Timestamp};
use crate::numerics::parallel;

/// Number of partitions: the table of one of them, with some thousand customers, fits the cache.
const PARTITIONS: usize = 256;

/// Rows in partitions by customer.
#[derive(Debug)]
pub(super) struct RowStore {
    undealt: Undealt,
    /// By partition.
    waiting: Vec<Waiting>,
    shared: Arc<Shared>,
    merging: Option<Merging>,
}

/// What several stores fill.
#[derive(Debug)]
struct Shared {
    partitions: Vec<Mutex<Partition>>,
    /// Whether ids are integers; decided by the first row.
    integers: OnceLock<bool>,
}

impl Shared {
    fn lock(&self, partition: usize) -> MutexGuard<'_, Partition> {
        self.partitions[partition].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(self: Arc<Self>) -> Vec<Partition> {
        let this = Arc::try_unwrap(self).unwrap_or_else(|shared| (*shared).clone());
        this.partitions.into_iter().map(|p| p.into_inner().unwrap_or_else(PoisonError::into_inner)).collect()
    }
}

impl Clone for Shared {
    fn clone(&self) -> Self {
        let partitions = (0..PARTITIONS).map(|p| Mutex::new(self.lock(p).clone())).collect();
        Self { partitions, integers: self.integers.clone() }
    }
}

/// A copy fills partitions of its own.
impl Clone for RowStore {
    fn clone(&self) -> Self {
        let shared = Arc::new((*self.shared).clone());
        Self { undealt: self.undealt.clone(), waiting: self.waiting.clone(), shared, merging: self.merging }
    }
}

/// Which rows of a customer may be stored as one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Merging {
    /// The number of the period that a time lies in.
    pub(crate) period: fn(Timestamp) -> i64,
    /// The end of observation: rows of one period before and after it stay apart.
    pub(crate) as_of: Option<Timestamp>,
}

impl Merging {
    fn key(&self, time: Timestamp) -> (bool, i64) {
        (self.as_of.is_some_and(|end| time > end), (self.period)(time))
    }
}

/// How many rows of the source a stored row stands for, and how many of them are returns and amounts of zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "binary", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct MergedRows {
    pub(crate) rows: u32,
    pub(crate) returns: u16,
    pub(crate) zeros: u16,
    /// The returns are smaller than 2 to this power; [`NO_RETURN`] without one. A maximum, so that it depends neither on the
    /// order nor on what was brought together first.
    pub(crate) return_scale: i16,
}

/// The scale of returns where there is none.
pub(crate) const NO_RETURN: i16 = i16::MIN;
/// What may be left, in relation to the returns, of amounts that come to nothing: 512 times the largest rounding error of
/// one amount. Five roundings on the way to each amount (quantity, price and rate as they are read, and their products), of
/// the returns and of as much that they give back, make at most 10; and among amounts of a billion it is far below a cent.
const ROUNDING: f64 = 512.0 * f64::EPSILON / 2.0;

impl MergedRows {
    /// A row of the source.
    pub(crate) fn once(amount: f64) -> Self {
        let is_return = amount < 0.0;
        let return_scale = if is_return { scale_of(amount) } else { NO_RETURN };
        Self { rows: 1, returns: u16::from(is_return), zeros: u16::from(amount == 0.0), return_scale }
    }

    /// Takes in the rows that another one stands for.
    pub(crate) fn add(&mut self, other: Self) {
        self.rows = self.rows.saturating_add(other.rows);
        self.returns = self.returns.saturating_add(other.returns);
        self.zeros = self.zeros.saturating_add(other.zeros);
        self.return_scale = self.return_scale.max(other.return_scale);
    }

    /// Whether this is what returns leave of their period: nothing, but for the rounding of the amounts.
    pub(crate) fn is_cancelled(self, net: f64) -> bool {
        self.has_return() && net <= ROUNDING * f64::from(self.returns) * f64::powi(2.0, i32::from(self.return_scale))
    }

    pub(crate) const fn has_return(self) -> bool {
        self.returns > 0
    }
}

/// The power of two above a number that is not zero: its exponent as the format of floats has it.
const fn scale_of(amount: f64) -> i16 {
    (amount.to_bits() >> 52 & 0x7ff) as i16 - 1022
}

/// Rows of the source that were taken out of a store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Forgotten {
    pub(super) rows: u64,
    pub(super) returns: u64,
    pub(super) zeros: u64,
    pub(super) without_cost: u64,
}

impl Forgotten {
    pub(super) fn add(&mut self, row: MergedRows) {
        self.rows += u64::from(row.rows);
        self.returns += u64::from(row.returns);
        self.zeros += u64::from(row.zeros);
    }
}

impl RowStore {
    pub(super) fn new() -> Self {
        let partitions = (0..PARTITIONS).map(|_| Mutex::default()).collect();
        let shared = Arc::new(Shared { partitions, integers: OnceLock::new() });
        Self { undealt: Undealt::default(), waiting: vec![Waiting::default(); PARTITIONS], shared, merging: None }
    }

    /// A store whose memory grows with purchases, not with rows.
    pub(super) fn merging(merging: Merging) -> Self {
        Self { merging: Some(merging), ..Self::new() }
    }

    /// An empty store that merges rows alike, with partitions of its own.
    pub(super) fn apart(&self) -> Self {
        Self { merging: self.merging, ..Self::new() }
    }

    /// A store that fills the partitions of this one. Merge it when it is done.
    pub(super) fn beside(&self) -> Self {
        let waiting = vec![Waiting::default(); PARTITIONS];
        Self { undealt: Undealt::default(), waiting, shared: Arc::clone(&self.shared), merging: self.merging }
    }

    /// Adds a row, or answers `false` if its id is text among integers. An integer among texts becomes one.
    pub(super) fn push(&mut self, id: CustomerId<'_>, time: Timestamp, amount: f64) -> bool {
        let is_integer = matches!(id, CustomerId::Integer(_));
        if *self.shared.integers.get_or_init(|| is_integer) != is_integer {
            return is_integer && self.push(CustomerId::Text(&id.to_string()), time, amount);
        }
        let (partition, key, hash) = partition_of(id);
        let row = WaitingRow::new(key, hash, time, amount);
        match id {
            CustomerId::Text(text) if !key.is_whole() => {
                // Before the rows that are not dealt out yet: order is made later.
                if self.waiting[partition].push_long(row, text) {
                    self.shared.lock(partition).settle(&mut self.waiting[partition], self.merging.as_ref());
                }
            }
            _ => {
                if self.undealt.push(partition as u8, row) {
                    self.deal();
                }
            }
        }
        true
    }

    /// Lets the rows wait that are not dealt out yet.
    fn deal(&mut self) {
        let Self { undealt, waiting, shared, merging } = self;
        undealt.deal(waiting, |partition, waiting| shared.lock(partition).settle(waiting, merging.as_ref()));
    }

    /// Stores the rows that wait.
    pub(super) fn settle(&mut self) {
        self.deal();
        for (partition, waiting) in self.waiting.iter_mut().enumerate() {
            self.shared.lock(partition).settle(waiting, self.merging.as_ref());
        }
    }

    /// Number of customers.
    pub(super) fn customers(&mut self) -> usize {
        self.settle();
        (0..PARTITIONS).map(|part| self.shared.lock(part).customers()).sum()
    }

    /// Whether ids are integers; `None` without rows.
    pub(super) fn has_integers(&self) -> Option<bool> {
        self.shared.integers.get().copied()
    }

    /// Makes an empty store one of whole numbers or of text.
    pub(super) fn prepare(&mut self, integers: bool) {
        *self = self.apart();
        self.shared.integers.get_or_init(|| integers);
    }

    /// Takes out a customer and all rows of it.
    pub(super) fn forget(&mut self, id: CustomerId<'_>) -> Forgotten {
        self.settle();
        let (partition, key, hash) = partition_of(id);
        self.shared.lock(partition).forget(id, key, hash, self.merging.as_ref())
    }

    /// Makes ids that are whole numbers text, as a text file has them: 7 becomes `7`. Not while several stores fill the same
    /// partitions.
    pub(super) fn make_text(&mut self) {
        if self.has_integers() != Some(true) || Arc::strong_count(&self.shared) > 1 {
            return;
        }
        self.settle();
        let new = self.apart();
        new.shared.integers.get_or_init(|| false);
        let old = std::mem::replace(self, new);
        for part in old.shared.take() {
            let (ids, ExactRows { rows, rest }) = part.into_sorted(self.merging.as_ref());
            let mut rest = rest.iter().peekable();
            for (customer, place) in rows.start.windows(2).enumerate() {
                let text = ids.get(customer as u32, true, &mut [0; 16]).to_string();
                let id = CustomerId::Text(&text);
                let (partition, key, hash) = partition_of(id);
                let mut partition = self.shared.lock(partition);
                let number = partition.number(id, key, hash);
                for row in place[0]..place[1] {
                    let parts: Vec<f64> = std::iter::from_fn(|| rest.next_if(|(of, _)| *of as usize == row))
                        .map(|(_, part)| *part)
                        .collect();
                    let (time, amount) = (rows.time[row], rows.amount[row]);
                    let merged = rows.merged.get(row).copied().filter(|m| *m != MergedRows::once(amount));
                    partition.restore(number, StoredRow { time, amount, merged, rest: &parts }, self.merging.as_ref());
                }
            }
        }
    }

    /// Whether the ids of both are of one kind.
    pub(super) fn takes(&self, other: &Self) -> bool {
        self.has_integers().zip(other.has_integers()).is_none_or(|(own, other)| own == other)
    }

    /// Takes over the rows of another store, which it must [take](Self::takes).
    pub(super) fn merge(&mut self, mut other: Self) {
        other.settle();
        if Arc::ptr_eq(&self.shared, &other.shared) {
            return;
        }
        self.settle();
        match (self.has_integers(), other.has_integers()) {
            (_, None) => {}
            (None, Some(_)) => *self = other,
            _ => {
                let pairs: Vec<_> = other.shared.take().into_iter().enumerate().collect();
                let merging = self.merging.as_ref();
                parallel::consume(pairs, |(partition, other)| self.shared.lock(partition).merge(other, merging))
                    .for_each(drop);
            }
        }
    }

    /// First and last time when all rows that belong together are; nothing without rows. Rows must not wait.
    pub(super) fn period(&self) -> Option<(Timestamp, Timestamp)> {
        let periods = parallel::map_chunks(PARTITIONS, 16, |parts| {
            let periods = parts.filter_map(|part| self.shared.lock(part).period());
            periods.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
        });
        let (first, last) = periods.flatten().reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
        let Some(merging) = &self.merging else { return Some((first, last)) };
        let key = merging.key(last);
        let lasts = parallel::map_chunks(PARTITIONS, 1, |part| self.shared.lock(part.start).last_of(key, merging));
        Some((first, lasts.flatten().max().unwrap_or(last)))
    }

    /// What `of` makes of the rows of each partition, by customer in order of ids; and where each customer is to be found,
    /// in order of ids.
    pub(super) fn consume<R: Send + Sync>(
        mut self,
        of: impl Fn(SortedRows) -> R + Sync,
    ) -> (CustomerIds, Vec<Place>, Vec<R>) {
        self.settle();
        let integers = self.has_integers() == Some(true);
        drop((self.undealt, self.waiting));
        let merging = self.merging.as_ref();
        in_order(parallel::consume(self.shared.take(), |part| part.consume(merging, &of)), integers)
    }

    /// The same, and the rows stay for more to come: what is sorted is the copy of a partition at a time.
    pub(super) fn visit<R: Send + Sync>(
        &mut self,
        of: impl Fn(SortedRows) -> R + Sync,
    ) -> (CustomerIds, Vec<Place>, Vec<R>) {
        self.settle();
        let made = parallel::map_chunks(PARTITIONS, 1, |part| {
            let copy = self.shared.lock(part.start).clone();
            copy.consume(self.merging.as_ref(), &of)
        });
        in_order(made, self.has_integers() == Some(true))
    }
}

/// The partition that a customer belongs to, and the key and hash by which it is found there.
fn partition_of(id: CustomerId<'_>) -> (usize, Key, u32) {
    let key = Key::of(id);
    let hash = key.hash(id);
    ((hash >> 56) as usize, key, waiting::short(hash))
}

/// Where a customer is: the part, and the number there.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "binary", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct Place {
    pub(crate) part: u32,
    pub(crate) number: u32,
}

/// Rows of many customers, one customer after the other, each in order of time.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "binary", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct SortedRows {
    /// Where the rows of each begin, and where the last's end.
    pub(super) start: Vec<usize>,
    pub(super) time: Vec<Timestamp>,
    pub(super) amount: Vec<f64>,
    /// Empty if every row is one of the source.
    pub(super) merged: Vec<MergedRows>,
}

impl SortedRows {
    /// Number of customers.
    pub(super) fn customers(&self) -> usize {
        self.start.len().saturating_sub(1)
    }

    /// Times and amounts of one customer, and what each row stands for: nothing if each is one of the source.
    pub(super) fn of(&self, customer: usize) -> (&[Timestamp], &[f64], &[MergedRows]) {
        let rows = self.start[customer]..self.start[customer + 1];
        (&self.time[rows.clone()], &self.amount[rows.clone()], self.merged.get(rows).unwrap_or_default())
    }

    /// First and last time; nothing without rows.
    pub(super) fn period(&self) -> Option<(Timestamp, Timestamp)> {
        self.time.iter().min().copied().zip(self.time.iter().max().copied())
    }
}

/// The customers of all partitions in order of their ids, where they are, and what was made of them.
fn in_order<R>(made: impl Iterator<Item = (Ids, R)>, integers: bool) -> (CustomerIds, Vec<Place>, Vec<R>) {
    let (parts, made): (Vec<Ids>, Vec<R>) = made.unzip();
    let (ids, places) = ids_in_order(&parts, integers);
    (ids, places, made)
}

fn ids_in_order(parts: &[Ids], integers: bool) -> (CustomerIds, Vec<Place>) {
    let places = |part: usize| (0..parts[part].len()).map(move |n| Place { part: part as u32, number: n as u32 });
    // What decides nearly every comparison stands in the array that is sorted.
    let key = |at: Place| parts[at.part as usize].key(at.number);
    let long = |at: Place| parts[at.part as usize].long(at.number);
    let mut keyed: Vec<(Key, Place)> = (0..parts.len()).flat_map(places).map(|at| (key(at), at)).collect();
    parallel::sort_by(&mut keyed, |a, b| a.0.cmp(&b.0).then_with(|| long(a.1).cmp(long(b.1))));
    let order: Vec<Place> = keyed.into_iter().map(|(_, at)| at).collect();
    let (mut numbers, mut texts) = (Vec::new(), TextIds::default());
    for &Place { part, number } in &order {
        match parts[part as usize].get(number, integers, &mut [0; 16]) {
            CustomerId::Integer(id) => numbers.push(id),
            CustomerId::Text(id) => texts.push(id),
        }
    }
    (if integers { CustomerIds::Integer(numbers) } else { CustomerIds::Text(texts) }, order)
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
