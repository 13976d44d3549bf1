//! Customer ids: opaque text or integers, stored once.

use std::collections::HashSet;
use std::fmt;

/// One customer's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

    /// The first position whose id stands at an earlier one as well.
    pub(crate) fn first_repeated(&self) -> Option<usize> {
        let mut seen = HashSet::with_capacity(self.len());
        self.iter().position(|id| !seen.insert(id))
    }

    /// Whether the id at a position is `id`.
    pub(super) fn is(&self, index: usize, id: CustomerId<'_>) -> bool {
        match (self, id) {
            (Self::Text(ids), CustomerId::Text(text)) => ids.bytes(index) == text.as_bytes(),
            (Self::Integer(ids), CustomerId::Integer(number)) => ids[index] == number,
            _ => false,
        }
    }

    /// Adds an id, which must be of the same kind.
    pub(super) fn push(&mut self, id: CustomerId<'_>) {
        match (self, id) {
            (Self::Text(ids), CustomerId::Text(text)) => ids.push(text),
            (Self::Integer(ids), CustomerId::Integer(number)) => ids.push(number),
            _ => debug_assert!(false, "a store has ids of one kind"),
        }
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

#[cfg(feature = "serde")]
impl serde::Serialize for CustomerIds {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(ids) => serializer.collect_seq((0..ids.len()).map(|i| ids.get(i))),
            Self::Integer(ids) => serializer.collect_seq(ids),
        }
    }
}

/// Text ids end to end in one buffer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "binary", derive(serde::Serialize, serde::Deserialize))]
pub struct TextIds {
    text: String,
    ends: Vec<usize>,
}

impl TextIds {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, index: usize) -> &str {
        &self.text[self.place(index)]
    }

    fn bytes(&self, index: usize) -> &[u8] {
        &self.text.as_bytes()[self.place(index)]
    }

    fn place(&self, index: usize) -> std::ops::Range<usize> {
        let start = if index == 0 { 0 } else { self.ends[index - 1] };
        start..self.ends[index]
    }

    #[cfg(feature = "arrow")]
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|i| self.get(i))
    }

    pub(super) fn push(&mut self, id: &str) {
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
