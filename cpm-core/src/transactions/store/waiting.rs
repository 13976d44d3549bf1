//! Rows that wait for their partition.

use super::keys::Key;
use crate::transactions::ids::TextIds;
use crate::transactions::{CustomerId, Timestamp};

/// Rows that wait for a partition until they are looked up together: so many that each part of its table is fetched once for
/// several of them.
const WAITING: usize = if cfg!(test) { 8 } else { 2048 };

/// Rows that are still to be looked up.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting {
    pub(super) rows: Vec<WaitingRow>,
    /// The ids that do not fit into keys, in order of the rows that have one.
    pub(super) long: TextIds,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct WaitingRow {
    pub(super) key: Key,
    pub(super) hash: u32,
    pub(super) time: Timestamp,
    pub(super) amount: f64,
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
