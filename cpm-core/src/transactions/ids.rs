//! Customer ids: opaque text or integers, stored once.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;
use serde::Serialize;

/// One customer's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CustomerId<'a> {
    /// Opaque text: leading zeros, case and any script are kept.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
}

impl fmt::Display for CustomerId<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
        }
    }
}

/// The ids of many customers: all text, in one buffer, or all integers.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CustomerIds {
    /// Text ids.
    Text(TextIds),
    /// Integer ids.
    Integer(Vec<i64>),
}

impl CustomerIds {
    /// The ids 0, 1, 2, … for data without ids.
    #[must_use]
    pub fn counted(n: usize) -> Self {
        Self::Integer((0..n as i64).collect())
    }

    /// Number of ids.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(ids) => ids.len(),
            Self::Integer(ids) => ids.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The id at a position.
    ///
    /// # Panics
    /// If `index` is not below [`len`](Self::len), like indexing a slice.
    #[must_use]
    pub fn get(&self, index: usize) -> CustomerId<'_> {
        match self {
            Self::Text(ids) => CustomerId::Text(ids.get(index)),
            Self::Integer(ids) => CustomerId::Integer(ids[index]),
        }
    }

    /// All ids in order.
    pub fn iter(&self) -> impl Iterator<Item = CustomerId<'_>> {
        (0..self.len()).map(|i| self.get(i))
    }

    /// The ids at `positions`, in that order.
    #[must_use]
    pub fn take(&self, positions: &[u32]) -> Self {
        match self {
            Self::Text(ids) => Self::Text(positions.iter().map(|&i| ids.get(i as usize)).collect()),
            Self::Integer(ids) => Self::Integer(positions.iter().map(|&i| ids[i as usize]).collect()),
        }
    }
}

impl<S: AsRef<str>> FromIterator<S> for CustomerIds {
    fn from_iter<I: IntoIterator<Item = S>>(iter: I) -> Self {
        Self::Text(iter.into_iter().collect())
    }
}

impl From<Vec<i64>> for CustomerIds {
    fn from(ids: Vec<i64>) -> Self {
        Self::Integer(ids)
    }
}

impl Serialize for CustomerIds {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(ids) => serializer.collect_seq((0..ids.len()).map(|i| ids.get(i))),
            Self::Integer(ids) => serializer.collect_seq(ids),
        }
    }
}

/// Text ids end to end in one buffer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextIds {
    text: String,
    ends: Vec<usize>,
}

impl TextIds {
    fn len(&self) -> usize {
        self.ends.len()
    }

    fn get(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        &self.text[start..self.ends[index]]
    }

    #[cfg(feature = "arrow")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|i| self.get(i))
    }

    fn push(&mut self, id: &str) {
        self.text.push_str(id);
        self.ends.push(self.text.len());
    }
}

impl<S: AsRef<str>> FromIterator<S> for TextIds {
    fn from_iter<I: IntoIterator<Item = S>>(iter: I) -> Self {
        let mut ids = Self::default();
        for id in iter {
            ids.push(id.as_ref());
        }
        ids
    }
}

/// Gives every distinct id a number, in order of first appearance.
#[derive(Debug)]
pub(crate) struct Interner {
    ids: CustomerIds,
    table: HashTable<u32>,
    hasher: RandomState,
}

impl Interner {
    pub(crate) fn new() -> Self {
        // The first id decides between text and integers; an empty set of text does no harm.
        Self { ids: CustomerIds::Text(TextIds::default()), table: HashTable::new(), hasher: RandomState::new() }
    }

    /// The number of `id`, or `None` if text and integers are mixed.
    pub(crate) fn number(&mut self, id: CustomerId<'_>) -> Option<u32> {
        if self.ids.is_empty() && matches!(id, CustomerId::Integer(_)) && matches!(self.ids, CustomerIds::Text(_)) {
            self.ids = CustomerIds::Integer(Vec::new());
        }
        let next = self.ids.len() as u32;
        match (&mut self.ids, id) {
            (CustomerIds::Text(ids), CustomerId::Text(text)) => {
                let hash = self.hasher.hash_one(text);
                let found = self.table.find(hash, |&n| ids.get(n as usize) == text);
                if let Some(&n) = found {
                    return Some(n);
                }
                ids.push(text);
                self.table.insert_unique(hash, next, |&n| self.hasher.hash_one(ids.get(n as usize)));
                Some(next)
            }
            (CustomerIds::Integer(ids), CustomerId::Integer(number)) => {
                let hash = self.hasher.hash_one(number);
                let found = self.table.find(hash, |&n| ids[n as usize] == number);
                if let Some(&n) = found {
                    return Some(n);
                }
                ids.push(number);
                self.table.insert_unique(hash, next, |&n| self.hasher.hash_one(ids[n as usize]));
                Some(next)
            }
            _ => None,
        }
    }

    pub(crate) fn into_ids(self) -> CustomerIds {
        self.ids
    }
}
