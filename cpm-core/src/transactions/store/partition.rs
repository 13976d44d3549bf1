//! The customers whose hash begins alike, and their rows.

use super::keys::{Ids, Key, Numbers};
use super::order::{Block, ExactRows, in_order};
use super::sealed::Sealed;
use super::waiting::{Waiting, WaitingRow};
use super::{Forgotten, MergedRows, Merging, SortedRows};
use crate::transactions::{CustomerId, Timestamp};

/// Rows that are put in order and away together, at least: as many as the cache of a core holds with their places. Tests
/// are to see all that happens with few.
const SEALED: usize = if cfg!(test) { 16 } else { 8192 };
/// The same for rows that are not brought together, all of which a log will have as numbers in the end: below some 16 million
/// rows in all partitions, putting them away would only take time.
const SEALED_UNMERGED: usize = if cfg!(test) { 16 } else { 65_536 };

/// Rows of a block, once a partition has as many.
const BLOCK: usize = 2048;

/// The customers whose hash begins alike, and their rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Partition {
    numbers: Numbers,
    /// What came last.
    recent: Vec<Block>,
    recent_rows: usize,
    /// What was put away.
    sealed: Vec<Sealed>,
    /// How many rows are put away when all of them are looked through for rows of one customer and period.
    next_merge: usize,
}

impl Partition {
    /// Looks up the customers of the rows that wait, and stores the rows.
    pub(super) fn settle(&mut self, waiting: &mut Waiting, merging: Option<&Merging>) {
        let Waiting { rows, long, .. } = &*waiting;
        if rows.is_empty() {
            return;
        }
        let mut longs = 0..long.len();
        let block = match self.recent.last_mut() {
            Some(last) if last.has_place_for(rows.len()) => last,
            _ => {
                self.recent.push(Block::with_capacity(self.recent_rows.min(BLOCK).max(rows.len())));
                let Some(new) = self.recent.last_mut() else { return };
                new
            }
        };
        let numbers = &mut self.numbers;
        block.customer.extend(rows.iter().map(|row| {
            let text = if row.key.is_whole() { "" } else { longs.next().map_or("", |i| long.get(i)) };
            numbers.number(row.key, row.hash(), text)
        }));
        block.time.extend(rows.iter().map(WaitingRow::time));
        block.amount.extend(rows.iter().map(|row| row.amount));
        let added = rows.len();
        waiting.clear(self.numbers.len());
        self.added(added, merging);
    }

    fn push(&mut self, block: Block, merging: Option<&Merging>) {
        let added = block.customer.len();
        self.recent.push(block);
        self.added(added, merging);
    }

    /// Counts rows that are in a block, and puts them away if there are enough of them.
    fn added(&mut self, rows: usize, merging: Option<&Merging>) {
        self.recent_rows += rows;
        // Whoever puts rows away goes through all customers, so there are to be rows for many of them.
        let least = if merging.is_some() { SEALED } else { SEALED_UNMERGED };
        if self.recent_rows >= least.max(self.numbers.len() / 2) {
            self.seal(merging);
        }
    }

    /// Puts the rows away that came last.
    fn seal(&mut self, merging: Option<&Merging>) {
        self.recent_rows = 0;
        let recent = std::mem::take(&mut self.recent);
        self.sealed.extend(Sealed::of(&in_order(&[], &recent, self.numbers.len(), None, merging)));
        let before = self.sealed_rows();
        if merging.is_none() || before < self.next_merge.max(4 * SEALED) {
            return;
        }
        let all = in_order(&self.sealed, &[], self.numbers.len(), None, merging);
        self.sealed = Sealed::of(&all).into_iter().collect();
        let after = self.sealed_rows();
        // Where little comes together it is worth while less often. In any case memory grows with what is left.
        self.next_merge = if 4 * after > 3 * before { 4 * after } else { 2 * after };
    }

    fn sealed_rows(&self) -> usize {
        self.sealed.iter().map(Sealed::rows).sum()
    }

    /// First and last time of the rows as they are.
    pub(super) fn period(&self) -> Option<(Timestamp, Timestamp)> {
        let recent = self.recent.iter().flat_map(|block| &block.time).map(|&time| (time, time));
        let periods = self.sealed.iter().map(Sealed::period).chain(recent);
        periods.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The last time that a row will have when rows of one period are together, if the last rows are of the period `key`: a
    /// purchase has the time of its first row, and that may still be another one than that of the row which came last.
    pub(super) fn last_of(&self, key: (bool, i64), merging: &Merging) -> Option<Timestamp> {
        let mut rows: Vec<(u32, Timestamp)> = Vec::new();
        let mut consider = |customer, time| {
            if merging.key(time) == key {
                rows.push((customer, time));
            }
        };
        for block in &self.recent {
            block.customer.iter().zip(&block.time).for_each(|(&customer, &time)| consider(customer, time));
        }
        for sealed in self.sealed.iter().filter(|sealed| merging.key(sealed.period().1) == key) {
            sealed.for_each(|customer, row| consider(customer, row.time));
        }
        rows.sort_unstable();
        rows.chunk_by(|a, b| a.0 == b.0).map(|of_one| of_one[0].1).max()
    }

    pub(super) fn merge(&mut self, other: Self, merging: Option<&Merging>) {
        if self.is_empty() {
            *self = other;
            return;
        }
        let numbers = self.numbers.numbers_of(&other.numbers);
        for mut block in other.recent {
            block.customer.iter_mut().for_each(|number| *number = numbers[*number as usize]);
            self.push(block, merging);
        }
        for sealed in other.sealed {
            let mut block = Block::default();
            sealed.for_each(|customer, row| block.push(numbers[customer as usize], row));
            drop(sealed);
            self.push(block, merging);
        }
    }

    /// Ids of the customers, in order, and what `of` makes of their rows: who goes through all customers then reads on in each
    /// partition.
    pub(super) fn consume<R>(self, merging: Option<&Merging>, of: impl Fn(SortedRows) -> R) -> (Ids, R) {
        let (ids, all) = self.into_sorted(merging);
        (ids, of(all.rows))
    }

    /// Ids and rows of the customers, in order of ids.
    pub(super) fn into_sorted(self, merging: Option<&Merging>) -> (Ids, ExactRows) {
        let (ids, places) = self.numbers.into_ids();
        let all = in_order(&self.sealed, &self.recent, ids.len(), Some(&places), merging);
        (ids, all)
    }

    /// Takes out a customer and all rows of it.
    pub(super) fn forget(&mut self, id: CustomerId<'_>, key: Key, hash: u32, merging: Option<&Merging>) -> Forgotten {
        let mut forgotten = Forgotten::default();
        let customers = self.numbers.len();
        let Some(gone) = self.numbers.remove(key, hash, text_of(id)) else { return forgotten };
        let all = in_order(&self.sealed, &self.recent, customers, None, merging);
        let ExactRows { rows: SortedRows { mut start, mut time, mut amount, mut merged }, mut rest } = all;
        let rows = start[gone as usize]..start[gone as usize + 1];
        let stands_for = |row: usize| merged.get(row).copied().unwrap_or_else(|| MergedRows::once(amount[row]));
        rows.clone().for_each(|row| forgotten.add(stands_for(row)));
        start.remove(gone as usize);
        start[gone as usize..].iter_mut().for_each(|place| *place -= rows.len());
        time.drain(rows.clone());
        amount.drain(rows.clone());
        if !merged.is_empty() {
            merged.drain(rows.clone());
        }
        rest.retain(|(row, _)| !rows.contains(&(*row as usize)));
        rest.iter_mut().filter(|(row, _)| *row as usize >= rows.end).for_each(|(row, _)| *row -= rows.len() as u32);
        self.recent.clear();
        self.recent_rows = 0;
        self.sealed =
            Sealed::of(&ExactRows { rows: SortedRows { start, time, amount, merged }, rest }).into_iter().collect();
        forgotten
    }

    /// Number of customers.
    pub(super) fn customers(&self) -> usize {
        self.numbers.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sealed.is_empty() && self.recent_rows == 0
    }
}

/// Rows that were stored before: of a saved state, or under ids of another kind.
impl Partition {
    /// The number of a customer, a new one if it is new.
    pub(super) fn number(&mut self, id: CustomerId<'_>, key: Key, hash: u32) -> u32 {
        self.numbers.number(key, hash, text_of(id))
    }

    /// Adds a stored row of a customer.
    pub(super) fn restore(&mut self, customer: u32, row: super::sealed::StoredRow<'_>, merging: Option<&Merging>) {
        if self.recent.is_empty() {
            self.recent.push(Block::default());
        }
        let Some(block) = self.recent.last_mut() else { return };
        block.push(customer, row);
        self.recent_rows += 1;
        if block.customer.len() >= SEALED {
            self.seal(merging);
        }
    }
}

fn text_of(id: CustomerId<'_>) -> &str {
    match id {
        CustomerId::Text(text) => text,
        CustomerId::Integer(_) => "",
    }
}
