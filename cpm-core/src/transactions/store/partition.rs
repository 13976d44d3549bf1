//! The customers whose hash begins alike, and their rows.

use super::keys::{Ids, Key, Numbers};
use super::{Forgotten, MergedRows, Merging, SortedRows};
use crate::numerics::exact_sum::ExactSum;
use crate::transactions::ids::TextIds;
use crate::transactions::{CustomerId, Timestamp};

/// Rows that wait for a partition until they are looked up together: about as many as it has customers, so that each
/// part of its table is fetched once for several of them.
const WAITING: usize = 2048;

/// Rows that are still to be looked up.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting {
    rows: Vec<WaitingRow>,
    /// The ids that do not fit into keys, in order of the rows that have one.
    long: TextIds,
}

#[derive(Debug, Clone, Copy)]
struct WaitingRow {
    key: Key,
    hash: u32,
    time: Timestamp,
    amount: f64,
}

impl Waiting {
    /// Adds a row; the answer is whether there are enough of them now.
    pub(super) fn push(&mut self, id: CustomerId<'_>, key: Key, hash: u32, time: Timestamp, amount: f64) -> bool {
        if let CustomerId::Text(text) = id
            && !key.is_whole()
        {
            self.long.push(text);
        }
        self.rows.push(WaitingRow { key, hash, time, amount });
        self.rows.len() >= WAITING
    }
}

/// The customers whose hash begins alike, and their rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Partition {
    numbers: Numbers,
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
    /// What amounts that are sums lack of the exact sum: number of the row and a part, in order of rows.
    rest: Vec<(u32, f64)>,
}

impl Block {
    fn with_capacity(rows: usize) -> Self {
        let (customer, time, amount) = (Vec::with_capacity(rows), Vec::with_capacity(rows), Vec::with_capacity(rows));
        Self { customer, time, amount, merged: Vec::new(), rest: Vec::new() }
    }

    fn push(&mut self, customer: u32, time: Timestamp, amount: f64) {
        self.customer.push(customer);
        self.time.push(time);
        self.amount.push(amount);
    }

    fn shrink(&mut self) {
        self.customer.shrink_to_fit();
        self.time.shrink_to_fit();
        self.amount.shrink_to_fit();
        self.merged.shrink_to_fit();
        self.rest.shrink_to_fit();
    }

    /// The rows of all customers but one.
    fn without(&self, gone: u32, forgotten: &mut Forgotten) -> Self {
        let mut kept = Self::with_capacity(self.customer.len());
        let mut rest = self.rest.iter().peekable();
        for (i, (customer, time, amount)) in self.rows().enumerate() {
            let stored = self.merged.get(i).copied();
            let parts = std::iter::from_fn(|| rest.next_if(|(row, _)| *row as usize == i));
            if customer == gone {
                parts.for_each(drop);
                forgotten.add(stored.unwrap_or_else(|| MergedRows::once(amount)));
            } else {
                let number = kept.customer.len() as u32;
                kept.rest.extend(parts.map(|&(_, part)| (number, part)));
                kept.push(customer, time, amount);
                kept.merged.extend(stored);
            }
        }
        kept
    }

    fn rows(&self) -> impl Iterator<Item = (u32, Timestamp, f64)> {
        self.customer
            .iter()
            .zip(&self.time)
            .zip(&self.amount)
            .map(|((&customer, &time), &amount)| (customer, time, amount))
    }
}

impl Partition {
    /// Looks up the customers of the rows that wait, and stores the rows.
    pub(super) fn settle(&mut self, waiting: &mut Waiting, merging: Option<&Merging>) {
        let Waiting { rows, long } = waiting;
        if rows.is_empty() {
            return;
        }
        let mut longs = 0..long.len();
        let mut customer = Vec::with_capacity(rows.len());
        for row in rows.iter() {
            let text = if row.key.is_whole() { "" } else { longs.next().map_or("", |i| long.get(i)) };
            customer.push(self.numbers.number(row.key, row.hash, text));
        }
        self.rows += rows.len();
        self.blocks.push(Block {
            customer,
            time: rows.iter().map(|row| row.time).collect(),
            amount: rows.iter().map(|row| row.amount).collect(),
            merged: Vec::new(),
            rest: Vec::new(),
        });
        // Its memory is used again.
        rows.clear();
        *long = TextIds::default();
        if let Some(merging) = merging
            && self.rows >= 2 * self.merged + 2 * WAITING
        {
            self.merge_rows(merging);
        }
    }

    /// Brings the rows in order, and those of one customer and period together.
    ///
    /// Their amounts are added without rounding, so that the sum does not depend on what was added first: a part that
    /// its float lacks is kept beside it.
    fn merge_rows(&mut self, merging: &Merging) {
        struct Row {
            customer: u32,
            time: Timestamp,
            amount: f64,
            merged: MergedRows,
            /// Where its parts begin and end.
            rest: (u32, u32),
        }
        let mut rows: Vec<Row> = Vec::with_capacity(self.rows);
        let mut parts: Vec<f64> = Vec::new();
        for block in self.blocks.drain(..) {
            let mut rest = block.rest.iter().peekable();
            for (i, (customer, time, amount)) in block.rows().enumerate() {
                let merged = block.merged.get(i).copied().unwrap_or_else(|| MergedRows::once(amount));
                let start = parts.len() as u32;
                while let Some((_, part)) = rest.next_if(|(row, _)| *row as usize == i) {
                    parts.push(*part);
                }
                rows.push(Row { customer, time, amount, merged, rest: (start, parts.len() as u32) });
            }
        }
        let in_order =
            |a: &Row, b: &Row| (a.customer, a.time).cmp(&(b.customer, b.time)).then(a.amount.total_cmp(&b.amount));
        rows.sort_unstable_by(in_order);
        let parts_of = |row: &Row| &parts[row.rest.0 as usize..row.rest.1 as usize];
        let mut block = Block::with_capacity(rows.len());
        block.merged.reserve(rows.len());
        let mut sum = ExactSum::default();
        let same = |a: &Row, b: &Row| a.customer == b.customer && merging.key(a.time) == merging.key(b.time);
        for run in rows.chunk_by(same) {
            let number = block.customer.len() as u32;
            let mut merged = run[0].merged;
            let mut amount = run[0].amount;
            if run.len() == 1 {
                block.rest.extend(parts_of(&run[0]).iter().map(|&part| (number, part)));
            } else {
                run[1..].iter().for_each(|row| merged.add(row.merged));
                run.iter().for_each(|row| {
                    sum.add(row.amount);
                    parts_of(row).iter().for_each(|&part| sum.add(part));
                });
                amount = sum.take_nearest();
                block.rest.extend(sum.drain().map(|part| (number, part)));
            }
            block.push(run[0].customer, run[0].time, amount);
            block.merged.push(merged);
        }
        drop(rows);
        block.shrink();
        (self.rows, self.merged) = (block.customer.len(), block.customer.len());
        self.blocks.push(block);
    }

    /// The number of a customer, a new one if it is new.
    #[cfg(feature = "json")]
    pub(super) fn number(&mut self, id: CustomerId<'_>, key: Key, hash: u32) -> u32 {
        self.numbers.number(key, hash, text_of(id))
    }

    pub(super) fn merge(&mut self, other: Self) {
        if self.rows == 0 {
            *self = other;
            return;
        }
        let numbers = self.numbers.numbers_of(&other.numbers);
        for mut block in other.blocks {
            block.customer.iter_mut().for_each(|number| *number = numbers[*number as usize]);
            self.rows += block.customer.len();
            self.blocks.push(block);
        }
    }

    /// Ids and rows of the customers, in order of ids: who goes through all customers then reads on in each partition.
    pub(super) fn into_sorted(self, merging: Option<&Merging>) -> (Ids, SortedRows) {
        let (ids, rows, _) = self.into_sorted_exact(merging);
        (ids, rows)
    }

    /// The same with what amounts lack of the exact sum, by row.
    pub(super) fn into_sorted_exact(mut self, merging: Option<&Merging>) -> (Ids, SortedRows, Vec<(u32, f64)>) {
        let (ids, places) = std::mem::take(&mut self.numbers).into_ids();
        for number in self.blocks.iter_mut().flat_map(|block| &mut block.customer) {
            *number = places[*number as usize];
        }
        if let Some(merging) = merging {
            self.merge_rows(merging);
        }
        // Counting sort by customer: one pass to count, one to place.
        let mut start = vec![0_usize; ids.len() + 1];
        for &number in self.blocks.iter().flat_map(|block| &block.customer) {
            start[number as usize + 1] += 1;
        }
        for i in 1..start.len() {
            start[i] += start[i - 1];
        }
        if merging.is_some() {
            // Merging has brought them in order, in one block.
            let Block { time, amount, merged, rest, .. } = self.blocks.pop().unwrap_or_else(|| Block::with_capacity(0));
            return (ids, SortedRows { start, time, amount, merged }, rest);
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
        (ids, SortedRows { start, time, amount, merged: Vec::new() }, Vec::new())
    }

    /// Takes out a customer and all rows of it.
    pub(super) fn forget(&mut self, id: CustomerId<'_>, key: Key, hash: u32) -> Forgotten {
        let mut forgotten = Forgotten::default();
        let Some(gone) = self.numbers.remove(key, hash, text_of(id)) else { return forgotten };
        for block in &mut self.blocks {
            if block.customer.contains(&gone) {
                *block = block.without(gone, &mut forgotten);
            }
            block.customer.iter_mut().filter(|number| **number > gone).for_each(|number| *number -= 1);
        }
        self.rows = self.blocks.iter().map(|block| block.customer.len()).sum();
        self.merged = self.merged.min(self.rows);
        forgotten
    }

    /// Adds a stored row of a customer, of which a part of the amount may stand beside it.
    #[cfg(feature = "json")]
    pub(super) fn restore(
        &mut self,
        customer: u32,
        time: Timestamp,
        amount: f64,
        merged: Option<MergedRows>,
        rest: impl Iterator<Item = f64>,
    ) {
        const BLOCK: usize = 1 << 16;
        if self.blocks.last().is_none_or(|block| block.customer.len() >= BLOCK) {
            if let Some(block) = self.blocks.last_mut() {
                block.shrink();
            }
            self.blocks.push(Block::with_capacity(0));
        }
        let Some(block) = self.blocks.last_mut() else { return };
        let number = block.customer.len() as u32;
        block.push(customer, time, amount);
        block.merged.extend(merged);
        block.rest.extend(rest.map(|part| (number, part)));
        self.rows += 1;
        self.merged += usize::from(merged.is_some());
    }

    #[cfg(feature = "json")]
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

fn text_of(id: CustomerId<'_>) -> &str {
    match id {
        CustomerId::Text(text) => text,
        CustomerId::Integer(_) => "",
    }
}
