//! Rows by customer, in memory: what a builder collects.
//!
//! A log of millions of customers does not fit the processor's cache, and a look-up in a table that does not
//! costs more than everything else that is done with a row. So rows go to one of 256 partitions by the
//! hash of their customer's id, wait there until some thousand are together, and are then looked up and stored
//! while their partition's table is in the cache. Partitions of two stores correspond, so that stores merge.

use std::hash::BuildHasher;
use std::sync::LazyLock;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::ids::{CustomerIds, TextIds};
use super::{CustomerId, Timestamp};
use crate::numerics::parallel;

/// Number of partitions: the table of one of them, with some thousand customers, fits the cache.
const PARTITIONS: usize = 256;
/// Rows that wait in a partition until they are looked up together: about as many as it has customers, so that each
/// part of its table is fetched once for several of them.
const WAITING: usize = 2048;

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

/// How many rows of the source a stored row stands for, and whether a return is among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MergedRows {
    pub(crate) rows: u32,
    pub(crate) has_return: bool,
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
        let hash = match id {
            CustomerId::Text(text) => HASHER.hash_one(text),
            CustomerId::Integer(number) => HASHER.hash_one(number),
        };
        self.partitions[(hash >> 56) as usize].push(id, hash as u32, time, amount, self.merging.as_ref());
        true
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

/// The customers whose hash begins alike, and their rows.
#[derive(Debug, Clone)]
struct Partition {
    waiting: Vec<Waiting>,
    /// The ids of waiting rows, if they are text.
    waiting_ids: String,
    ids: CustomerIds,
    /// Hash and number of each id: with the hash beside it, an id is read only to confirm a find.
    table: HashTable<(u32, u32)>,
    blocks: Vec<Block>,
    /// Rows in the blocks, and how many of them were left when rows were last merged.
    rows: usize,
    merged: usize,
}

/// Rows in columns of just their length: memory is neither doubled nor moved while a log grows.
#[derive(Debug, Clone)]
struct Block {
    customer: Vec<u32>,
    time: Vec<Timestamp>,
    amount: Vec<f64>,
    /// Empty if every row is one of the source.
    merged: Vec<MergedRows>,
}

impl Block {
    fn with_capacity(rows: usize) -> Self {
        let (customer, time, amount) = (Vec::with_capacity(rows), Vec::with_capacity(rows), Vec::with_capacity(rows));
        Self { customer, time, amount, merged: Vec::new() }
    }

    fn push(&mut self, customer: u32, time: Timestamp, amount: f64) {
        self.customer.push(customer);
        self.time.push(time);
        self.amount.push(amount);
    }

    fn rows(&self) -> impl Iterator<Item = (u32, Timestamp, f64)> {
        self.customer
            .iter()
            .zip(&self.time)
            .zip(&self.amount)
            .map(|((&customer, &time), &amount)| (customer, time, amount))
    }
}

#[derive(Debug, Clone, Copy)]
struct Waiting {
    hash: u32,
    /// The id, or where it ends in the text of waiting ids.
    id: i64,
    time: Timestamp,
    amount: f64,
}

impl Default for Partition {
    fn default() -> Self {
        Self {
            waiting: Vec::new(),
            waiting_ids: String::new(),
            ids: CustomerIds::Text(TextIds::default()),
            table: HashTable::new(),
            blocks: Vec::new(),
            rows: 0,
            merged: 0,
        }
    }
}

impl Partition {
    fn push(&mut self, id: CustomerId<'_>, hash: u32, time: Timestamp, amount: f64, merging: Option<&Merging>) {
        let id = match id {
            CustomerId::Text(text) => {
                self.waiting_ids.push_str(text);
                self.waiting_ids.len() as i64
            }
            CustomerId::Integer(number) => {
                if matches!(&self.ids, CustomerIds::Text(ids) if ids.len() == 0) {
                    self.ids = CustomerIds::Integer(Vec::new());
                }
                number
            }
        };
        self.waiting.push(Waiting { hash, id, time, amount });
        if self.waiting.len() >= WAITING {
            self.settle();
            if let Some(merging) = merging
                && self.rows >= 2 * self.merged + 2 * WAITING
            {
                self.merge_rows(merging);
            }
        }
    }

    /// Brings the rows in order, and those of one customer and period together.
    fn merge_rows(&mut self, merging: &Merging) {
        struct Row {
            customer: u32,
            time: Timestamp,
            amount: f64,
            merged: MergedRows,
        }
        let mut rows: Vec<Row> = Vec::with_capacity(self.rows);
        for block in self.blocks.drain(..) {
            for (i, (customer, time, amount)) in block.rows().enumerate() {
                let once = MergedRows { rows: 1, has_return: amount < 0.0 };
                rows.push(Row { customer, time, amount, merged: block.merged.get(i).copied().unwrap_or(once) });
            }
        }
        let in_order =
            |a: &Row, b: &Row| (a.customer, a.time).cmp(&(b.customer, b.time)).then(a.amount.total_cmp(&b.amount));
        rows.sort_unstable_by(in_order);
        // The first of each run takes in the others.
        rows.dedup_by(|row, first| {
            let same = row.customer == first.customer && merging.key(row.time) == merging.key(first.time);
            if same {
                first.amount += row.amount;
                first.merged.rows = first.merged.rows.saturating_add(row.merged.rows);
                first.merged.has_return |= row.merged.has_return;
            }
            same
        });
        let mut block = Block::with_capacity(rows.len());
        block.merged = rows.iter().map(|row| row.merged).collect();
        rows.iter().for_each(|row| block.push(row.customer, row.time, row.amount));
        (self.rows, self.merged) = (rows.len(), rows.len());
        self.blocks.push(block);
    }

    /// Looks up the customers of the waiting rows and stores the rows.
    fn settle(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let waiting = std::mem::take(&mut self.waiting);
        let text = std::mem::take(&mut self.waiting_ids);
        let mut start = 0;
        let mut block = Block::with_capacity(waiting.len());
        for row in &waiting {
            let id = if matches!(self.ids, CustomerIds::Integer(_)) {
                CustomerId::Integer(row.id)
            } else {
                let end = row.id as usize;
                let id = &text[start..end];
                start = end;
                CustomerId::Text(id)
            };
            let number = self.number(id, row.hash);
            block.push(number, row.time, row.amount);
        }
        self.rows += waiting.len();
        self.blocks.push(block);
        // Their memory is used again.
        (self.waiting, self.waiting_ids) = (waiting, text);
        self.waiting.clear();
        self.waiting_ids.clear();
    }

    /// The number of a customer, a new one if it is new.
    fn number(&mut self, id: CustomerId<'_>, hash: u32) -> u32 {
        let ids = &mut self.ids;
        if let Some(&(_, number)) = self.table.find(spread(hash), |&(h, n)| h == hash && ids.is(n as usize, id)) {
            return number;
        }
        let number = ids.len() as u32;
        ids.push(id);
        self.table.insert_unique(spread(hash), (hash, number), |&(h, _)| spread(h));
        number
    }

    fn merge(&mut self, mut other: Self) {
        self.settle();
        other.settle();
        if self.ids.is_empty() {
            *self = other;
            return;
        }
        let mut numbers = vec![0; other.ids.len()];
        for &(hash, number) in &other.table {
            numbers[number as usize] = self.number(other.ids.get(number as usize), hash);
        }
        for mut block in other.blocks {
            block.customer.iter_mut().for_each(|number| *number = numbers[*number as usize]);
            self.rows += block.customer.len();
            self.blocks.push(block);
        }
    }

    /// Ids and rows of the customers, in the order in which they were found.
    fn into_sorted(mut self, merging: Option<&Merging>) -> (CustomerIds, SortedRows) {
        self.settle();
        if let Some(merging) = merging {
            self.merge_rows(merging);
        }
        // Counting sort by customer: one pass to count, one to place.
        let mut start = vec![0_usize; self.ids.len() + 1];
        for &number in self.blocks.iter().flat_map(|block| &block.customer) {
            start[number as usize + 1] += 1;
        }
        for i in 1..start.len() {
            start[i] += start[i - 1];
        }
        let customers = vec![0; self.ids.len()];
        if merging.is_some() {
            // Merging has brought them in order, in one block.
            let Block { time, amount, merged, .. } = self.blocks.pop().unwrap_or_else(|| Block::with_capacity(0));
            return (self.ids, SortedRows { customers, start, time, amount, merged });
        }
        let mut next = start.clone();
        let mut rows = vec![(Timestamp::from_seconds(0), 0.0); self.rows];
        for block in self.blocks {
            for (number, time, amount) in block.rows() {
                let slot = &mut next[number as usize];
                rows[*slot] = (time, amount);
                *slot += 1;
            }
        }
        for range in start.windows(2) {
            rows[range[0]..range[1]].sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        }
        let (time, amount) = rows.into_iter().unzip();
        (self.ids, SortedRows { customers, start, time, amount, merged: Vec::new() })
    }
}

/// A hash of which both ends vary, as the table wants it.
const fn spread(hash: u32) -> u64 {
    (hash as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}
