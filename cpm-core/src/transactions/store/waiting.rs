//! Rows that wait for their partition.

use super::keys::Key;
use crate::transactions::Timestamp;
use crate::transactions::ids::TextIds;

/// Rows wait for a partition until they are looked up together: the more, the more often a part of its table that was fetched
/// serves several of them; the fewer, the less the rows that wait push one another out of the cache. So there are to be half as many
/// as the partition has customers, within these limits.
const FEWEST: usize = if cfg!(test) { 4 } else { 256 };
const MOST: usize = if cfg!(test) { 8 } else { 1024 };
/// Rows that are dealt out to their partitions at a time.
const DEALT: usize = if cfg!(test) { 3 } else { 256 };

/// Rows that are still to be looked up.
#[derive(Debug, Clone)]
pub(super) struct Waiting {
    pub(super) rows: Vec<WaitingRow>,
    /// The ids that do not fit into keys, in order of the rows that have one.
    pub(super) long: TextIds,
    enough: usize,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { rows: Vec::new(), long: TextIds::default(), enough: FEWEST }
    }
}

/// Half a line of the cache.
#[derive(Debug, Clone, Copy)]
pub(super) struct WaitingRow {
    pub(super) key: Key,
    time_and_hash: TimeAndHash,
    pub(super) amount: f64,
}

impl WaitingRow {
    pub(super) fn new(key: Key, hash: u32, time: Timestamp, amount: f64) -> Self {
        Self { key, time_and_hash: TimeAndHash::new(time, hash), amount }
    }

    pub(super) const fn time(&self) -> Timestamp {
        self.time_and_hash.time()
    }

    pub(super) const fn hash(&self) -> u32 {
        self.time_and_hash.hash()
    }
}

/// Bits of a hash that are kept.
const HASH_BITS: u32 = 24;

/// A time of the calendar, give or take the offset of a zone, which takes 39 bits and a sign; and a hash.
#[derive(Debug, Clone, Copy)]
struct TimeAndHash(i64);

impl TimeAndHash {
    fn new(time: Timestamp, hash: u32) -> Self {
        debug_assert!(time.seconds().unsigned_abs() < 1 << (63 - HASH_BITS) && hash < 1 << HASH_BITS);
        Self(time.seconds() << HASH_BITS | i64::from(hash))
    }

    const fn time(self) -> Timestamp {
        Timestamp::from_seconds(self.0 >> HASH_BITS)
    }

    const fn hash(self) -> u32 {
        (self.0 & ((1 << HASH_BITS) - 1)) as u32
    }
}

/// The part of a hash by which an id is found within its partition.
pub(super) const fn short(hash: u64) -> u32 {
    (hash & ((1 << HASH_BITS) - 1)) as u32
}

impl Waiting {
    /// Adds a row; the answer is whether there are enough of them now.
    #[inline]
    pub(super) fn push(&mut self, row: WaitingRow) -> bool {
        if self.rows.is_empty() {
            // Grown once, not as often as its length doubles.
            self.rows.reserve_exact(self.enough);
        }
        self.rows.push(row);
        self.rows.len() >= self.enough
    }

    /// The same for a row whose id its key does not have the whole of.
    pub(super) fn push_long(&mut self, row: WaitingRow, text: &str) -> bool {
        self.long.push(text);
        self.push(row)
    }

    /// Makes place for the next rows, of a partition with so many customers.
    pub(super) fn clear(&mut self, customers: usize) {
        self.rows.clear();
        self.long = TextIds::default();
        self.enough = (customers / 2).next_power_of_two().clamp(FEWEST, MOST);
    }
}

/// Rows on their way to where they wait. That is one of many places, none of which is near at hand: a loop that does nothing but
/// deal them out has several of them fetched at a time.
#[derive(Debug, Clone, Default)]
pub(super) struct Undealt(Vec<(u8, WaitingRow)>);

impl Undealt {
    /// Adds a row of a partition; the answer is whether the rows are to be dealt out now.
    #[inline]
    pub(super) fn push(&mut self, partition: u8, row: WaitingRow) -> bool {
        if self.0.is_empty() {
            self.0.reserve_exact(DEALT);
        }
        self.0.push((partition, row));
        self.0.len() >= DEALT
    }

    /// Those of a partition.
    #[cfg(feature = "json")]
    pub(super) fn of(&self, partition: usize) -> impl Iterator<Item = WaitingRow> {
        self.0.iter().filter(move |row| usize::from(row.0) == partition).map(|row| row.1)
    }

    /// Deals them out; `settle` those of a partition of which enough wait.
    pub(super) fn deal(&mut self, waiting: &mut [Waiting], mut settle: impl FnMut(usize, &mut Waiting)) {
        for &(partition, row) in &self.0 {
            let partition = usize::from(partition);
            if waiting[partition].push(row) {
                settle(partition, &mut waiting[partition]);
            }
        }
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn time_and_hash_come_back(seconds in -62_135_596_800..253_402_300_800_i64, hash: u64) {
            let (time, hash) = (Timestamp::from_seconds(seconds), short(hash));
            let both = TimeAndHash::new(time, hash);
            prop_assert_eq!((both.time(), both.hash()), (time, hash));
        }
    }
}
