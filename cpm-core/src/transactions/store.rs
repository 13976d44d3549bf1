//! Rows by customer, in memory: what a builder collects.
//!
//! A log of millions of customers does not fit the processor's cache, and a look-up in a table that does not
//! costs more than everything else that is done with a row. So rows go to one of 256 partitions by the
//! hash of their customer's id, wait there until some thousand are together, and are then looked up and stored
//! while their partition's table is in the cache. Partitions of two stores correspond, so that stores merge.

mod partition;
#[cfg(feature = "json")]
pub(super) mod state;

use std::hash::BuildHasher;
use std::sync::LazyLock;

use hashbrown::DefaultHashBuilder;

use self::partition::Partition;
use super::ids::CustomerIds;
use super::{CustomerId, Timestamp};
use crate::numerics::parallel;

/// Number of partitions: the table of one of them, with some thousand customers, fits the cache.
const PARTITIONS: usize = 256;

/// One seed for all stores of the process, so that they merge; it is random, so that nobody can choose ids
/// that collide. Nothing that a user sees depends on it: finished logs are in the order of their ids.
static HASHER: LazyLock<DefaultHashBuilder> = LazyLock::new(DefaultHashBuilder::default);

/// Rows in partitions by customer.
#[derive(Debug, Clone)]
pub(super) struct RowStore {
    partitions: Vec<Partition>,
    /// Whether ids are integers; decided by the first row.
    integers: Option<bool>,
    merging: Option<Merging>,
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
pub(crate) struct MergedRows {
    pub(crate) rows: u32,
    pub(crate) returns: u16,
    pub(crate) zeros: u16,
}

impl MergedRows {
    /// A row of the source.
    pub(crate) fn once(amount: f64) -> Self {
        Self { rows: 1, returns: u16::from(amount < 0.0), zeros: u16::from(amount == 0.0) }
    }

    /// Takes in the rows that another one stands for.
    pub(crate) fn add(&mut self, other: Self) {
        self.rows = self.rows.saturating_add(other.rows);
        self.returns = self.returns.saturating_add(other.returns);
        self.zeros = self.zeros.saturating_add(other.zeros);
    }

    pub(crate) const fn has_return(self) -> bool {
        self.returns > 0
    }
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
        Self { partitions: (0..PARTITIONS).map(|_| Partition::default()).collect(), integers: None, merging: None }
    }

    /// A store whose memory grows with purchases, not with rows.
    pub(super) fn merging(merging: Merging) -> Self {
        Self { merging: Some(merging), ..Self::new() }
    }

    /// A store without rows that takes the same kind of ids.
    pub(super) fn empty_like(&self) -> Self {
        Self { integers: self.integers, merging: self.merging, ..Self::new() }
    }

    /// Adds a row, or answers `false` if its id is text among integers or the other way round.
    pub(super) fn push(&mut self, id: CustomerId<'_>, time: Timestamp, amount: f64) -> bool {
        if *self.integers.get_or_insert(matches!(id, CustomerId::Integer(_))) != matches!(id, CustomerId::Integer(_)) {
            return false;
        }
        let (partition, hash) = partition_of(id);
        self.partitions[partition].push(id, hash, time, amount, self.merging.as_ref());
        true
    }

    /// Whether ids are integers; `None` without rows.
    pub(super) fn has_integers(&self) -> Option<bool> {
        self.integers
    }

    /// Takes out a customer and all rows of it.
    pub(super) fn forget(&mut self, id: CustomerId<'_>) -> Forgotten {
        let (partition, hash) = partition_of(id);
        self.partitions[partition].forget(id, hash)
    }

    /// Whether the ids of both are of one kind.
    pub(super) fn takes(&self, other: &Self) -> bool {
        self.integers.zip(other.integers).is_none_or(|(own, other)| own == other)
    }

    /// Takes over the rows of another store, which it must [take](Self::takes).
    pub(super) fn merge(&mut self, other: Self) {
        match (self.integers, other.integers) {
            (_, None) => {}
            (None, Some(_)) => *self = other,
            _ => {
                let pairs: Vec<_> = std::mem::take(&mut self.partitions).into_iter().zip(other.partitions).collect();
                self.partitions = parallel::consume(pairs, |(mut own, other)| {
                    own.merge(other);
                    own
                })
                .collect();
            }
        }
    }

    /// The rows of each partition by customer, and where each customer is to be found, in order of ids.
    pub(super) fn into_sorted(self) -> (CustomerIds, Vec<Place>, Vec<SortedRows>) {
        let (parts, mut sorted): (Vec<CustomerIds>, Vec<SortedRows>) =
            parallel::consume(self.partitions, |part| part.into_sorted(self.merging.as_ref())).unzip();
        let (ids, places) = in_order(&parts, self.integers == Some(true));
        for (customer, place) in places.iter().enumerate() {
            sorted[place.part as usize].customers[place.number as usize] = customer as u32;
        }
        (ids, places, sorted)
    }
}

/// The partition that a customer belongs to, and the hash by which it is found there.
fn partition_of(id: CustomerId<'_>) -> (usize, u32) {
    let hash = match id {
        CustomerId::Text(text) => HASHER.hash_one(text),
        CustomerId::Integer(number) => HASHER.hash_one(number),
    };
    ((hash >> 56) as usize, hash as u32)
}

/// Where a customer is: the part, and the number there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) part: u32,
    pub(super) number: u32,
}

/// Rows of many customers, one customer after the other, each in order of time.
#[derive(Debug, Clone, Default)]
pub(super) struct SortedRows {
    /// The customers by their number in order of ids.
    pub(super) customers: Vec<u32>,
    /// Where the rows of each begin, and where the last's end.
    pub(super) start: Vec<usize>,
    pub(super) time: Vec<Timestamp>,
    pub(super) amount: Vec<f64>,
    /// Empty if every row is one of the source.
    pub(super) merged: Vec<MergedRows>,
}

/// The customers of all partitions in order of their ids, and where they are.
fn in_order(parts: &[CustomerIds], integers: bool) -> (CustomerIds, Vec<Place>) {
    let places = |part: usize| (0..parts[part].len()).map(move |n| Place { part: part as u32, number: n as u32 });
    let get = |at: Place| parts[at.part as usize].get(at.number as usize);
    // What decides nearly every comparison stands in the array that is sorted.
    let mut keyed: Vec<(u128, Place)> = (0..parts.len()).flat_map(places).map(|at| (sort_key(get(at)), at)).collect();
    parallel::sort_by(&mut keyed, |a, b| a.0.cmp(&b.0).then_with(|| get(a.1).cmp(&get(b.1))));
    let order: Vec<Place> = keyed.into_iter().map(|(_, at)| at).collect();
    let integer = |at| match get(at) {
        CustomerId::Integer(number) => Some(number),
        CustomerId::Text(_) => None,
    };
    let text = |at| match get(at) {
        CustomerId::Text(text) => Some(text),
        CustomerId::Integer(_) => None,
    };
    let ids = if integers {
        CustomerIds::Integer(order.iter().filter_map(|&at| integer(at)).collect())
    } else {
        CustomerIds::Text(order.iter().filter_map(|&at| text(at)).collect())
    };
    (ids, order)
}

/// A number that is in order where ids differ in the first 16 bytes, and for all integers.
fn sort_key(id: CustomerId<'_>) -> u128 {
    match id {
        CustomerId::Text(text) => {
            let mut first = [0; 16];
            let bytes = &text.as_bytes()[..text.len().min(16)];
            first[..bytes.len()].copy_from_slice(bytes);
            u128::from_be_bytes(first)
        }
        CustomerId::Integer(number) => (i128::from(number) - i128::from(i64::MIN)) as u128,
    }
}
