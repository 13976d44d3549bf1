//! Ids as numbers of one size: what is looked up and compared ten million times is no text of its own.

use std::hash::BuildHasher;
use std::sync::LazyLock;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::transactions::CustomerId;
use crate::transactions::ids::TextIds;

/// One seed for all stores of the process, so that they merge; it is random, so that nobody can choose ids
/// that collide. Nothing that a user sees depends on it: finished logs are in the order of their ids.
static HASHER: LazyLock<DefaultHashBuilder> = LazyLock::new(DefaultHashBuilder::default);

/// Bytes of a text that fit into a key; the last byte is their number, or one more where there are more.
const FITTING: usize = 15;

/// An id in two words. Integers and texts of up to 15 bytes are in it as a whole, of longer ones the beginning. Keys are in
/// the order of the ids, as far as they have them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(u64, u64);

impl Key {
    pub(super) fn of(id: CustomerId<'_>) -> Self {
        match id {
            CustomerId::Integer(number) => Self(number as u64 ^ (1 << 63), 0),
            CustomerId::Text(text) => Self::of_text(text.as_bytes()),
        }
    }

    fn of_text(text: &[u8]) -> Self {
        let word = |at: usize| match text[at..].first_chunk() {
            Some(&bytes) => u64::from_be_bytes(bytes),
            None => text[at..].iter().enumerate().fold(0, |word, (i, &byte)| word | u64::from(byte) << (56 - 8 * i)),
        };
        match text.len() {
            n @ ..=8 => Self(word(0), n as u64),
            // The last eight bytes, of which the first are those that the first word has already.
            n @ 9..=FITTING => Self(word(0), word(n - 8) << (8 * (16 - n)) | n as u64),
            _ => Self(word(0), word(8) & !0xff | (FITTING as u64 + 1)),
        }
    }

    /// Whether the id is in it as a whole.
    pub(super) const fn is_whole(self) -> bool {
        self.1 & 0xff <= FITTING as u64
    }

    /// The hash of the id.
    pub(super) fn hash(self, id: CustomerId<'_>) -> u64 {
        match id {
            CustomerId::Text(text) if !self.is_whole() => HASHER.hash_one(text),
            _ => HASHER.hash_one(u128::from(self.0) << 64 | u128::from(self.1)),
        }
    }
}

/// The ids of some customers, in order.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Ids {
    keys: Vec<Key>,
    long: LongTexts,
}

/// The texts that do not fit into their keys, by number of the customer; the others have an empty one, or none behind the last.
#[derive(Debug, Clone, Default)]
struct LongTexts(TextIds);

impl LongTexts {
    fn get(&self, number: u32) -> &str {
        if (number as usize) < self.0.len() { self.0.get(number as usize) } else { "" }
    }

    fn set_next(&mut self, number: u32, text: &str) {
        while self.0.len() < number as usize {
            self.0.push("");
        }
        self.0.push(text);
    }
}

impl Ids {
    pub(in super::super) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(super) fn key(&self, number: u32) -> Key {
        self.keys[number as usize]
    }

    /// The id at a number, with a place for its text.
    pub(super) fn get<'a>(&'a self, number: u32, integers: bool, place: &'a mut [u8; 16]) -> CustomerId<'a> {
        let key = self.key(number);
        if integers {
            return CustomerId::Integer((key.0 ^ (1 << 63)) as i64);
        }
        if !key.is_whole() {
            return CustomerId::Text(self.long(number));
        }
        place[..8].copy_from_slice(&key.0.to_be_bytes());
        place[8..].copy_from_slice(&key.1.to_be_bytes());
        let bytes = &place[..(key.1 & 0xff) as usize];
        // Never the default: the bytes were a text.
        CustomerId::Text(std::str::from_utf8(bytes).unwrap_or_default())
    }

    /// The text that its key does not hold.
    pub(super) fn long(&self, number: u32) -> &str {
        self.long.get(number)
    }
}

/// The number of each customer, by id.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    table: HashTable<Entry>,
    long: LongTexts,
}

/// With the key in the table, finding an id is one look into memory.
#[derive(Debug, Clone, Copy)]
struct Entry {
    key: Key,
    hash: u32,
    number: u32,
}

impl Numbers {
    pub(super) fn len(&self) -> usize {
        self.table.len()
    }

    /// The number of a customer, a new one if it is new; `text` is the id where the key does not have the whole of it.
    #[inline]
    pub(super) fn number(&mut self, key: Key, hash: u32, text: &str) -> u32 {
        let long = &self.long;
        let is_same = |e: &Entry| e.key == key && (key.is_whole() || e.hash == hash && long.get(e.number) == text);
        match self.table.find(spread(hash), is_same) {
            Some(entry) => entry.number,
            None => self.add(key, hash, text),
        }
    }

    /// A look-up that finds its customer, as nearly all do, is not burdened with what else could be.
    #[cold]
    fn add(&mut self, key: Key, hash: u32, text: &str) -> u32 {
        let number = self.table.len() as u32;
        if !key.is_whole() {
            self.long.set_next(number, text);
        }
        self.table.insert_unique(spread(hash), Entry { key, hash, number }, |e| spread(e.hash));
        number
    }

    /// The numbers of the customers of another one, who get one here if need be.
    pub(super) fn numbers_of(&mut self, other: &Self) -> Vec<u32> {
        let mut numbers = vec![0; other.len()];
        for entry in &other.table {
            numbers[entry.number as usize] = self.number(entry.key, entry.hash, other.long.get(entry.number));
        }
        numbers
    }

    /// Takes a customer out; those behind it move up by one.
    pub(super) fn remove(&mut self, key: Key, hash: u32, text: &str) -> Option<u32> {
        let long = &self.long;
        let is_same = |e: &Entry| e.key == key && (key.is_whole() || e.hash == hash && long.get(e.number) == text);
        let gone = self.table.find_entry(spread(hash), is_same).ok()?.remove().0.number;
        self.table.iter_mut().filter(|e| e.number > gone).for_each(|e| e.number -= 1);
        let texts = &self.long.0;
        let others = (0..texts.len()).filter(|&number| number != gone as usize);
        self.long = LongTexts(others.map(|number| texts.get(number)).collect());
        Some(gone)
    }

    /// The ids in order, and the place there of each number.
    pub(super) fn into_ids(self) -> (Ids, Vec<u32>) {
        let long = &self.long;
        let mut order: Vec<(Key, u32)> = self.table.into_iter().map(|e| (e.key, e.number)).collect();
        order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| long.get(a.1).cmp(long.get(b.1))));
        let mut places = vec![0; order.len()];
        order.iter().zip(0..).for_each(|(&(_, number), place)| places[number as usize] = place);
        let mut texts = LongTexts::default();
        for (place, (_, number)) in order.iter().enumerate().filter(|(_, (key, _))| !key.is_whole()) {
            texts.set_next(place as u32, long.get(*number));
        }
        (Ids { keys: order.into_iter().map(|(key, _)| key).collect(), long: texts }, places)
    }
}

/// A hash of which both ends vary, as the table wants it.
const fn spread(hash: u32) -> u64 {
    (hash as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn order_of_texts(a in "[a\0é]{0,20}", b in "[a\0é]{0,20}") {
            let (a_key, b_key) = (Key::of(CustomerId::Text(&a)), Key::of(CustomerId::Text(&b)));
            if a_key.is_whole() || b_key.is_whole() {
                prop_assert_eq!(a_key.cmp(&b_key), a.cmp(&b));
            } else {
                prop_assert_eq!(a_key.cmp(&b_key).then(a.cmp(&b)), a.cmp(&b));
            }
        }

        #[test]
        fn order_of_integers(a: i64, b: i64) {
            let (a_key, b_key) = (Key::of(CustomerId::Integer(a)), Key::of(CustomerId::Integer(b)));
            prop_assert!(a_key.is_whole() && b_key.is_whole());
            prop_assert_eq!(a_key.cmp(&b_key), a.cmp(&b));
        }

        #[test]
        fn texts_come_back_in_order(texts in proptest::collection::btree_set("\\PC{0,24}", 1..20), gone in 0_usize..20) {
            let gone = gone.min(texts.len() - 1);
            let keys: Vec<(Key, u32, &str)> = texts.iter().rev().map(|text| {
                let (key, id) = (Key::of(CustomerId::Text(text)), CustomerId::Text(text));
                (key, key.hash(id) as u32, text.as_str())
            }).collect();
            let mut numbers = Numbers::default();
            for _ in 0..2 {
                for (i, &(key, hash, text)) in keys.iter().enumerate() {
                    prop_assert_eq!(numbers.number(key, hash, text), i as u32);
                }
            }
            let (key, hash, text) = keys[gone];
            prop_assert_eq!(numbers.remove(key, hash, text), Some(gone as u32));
            prop_assert_eq!(numbers.remove(key, hash, text), None);
            let (ids, places) = numbers.into_ids();
            let left: Vec<&str> = texts.iter().map(String::as_str).filter(|t| *t != text).collect();
            prop_assert_eq!(ids.len(), left.len());
            for (i, text) in left.iter().enumerate() {
                let mut place = [0; 16];
                prop_assert_eq!(ids.get(i as u32, false, &mut place), CustomerId::Text(text));
                // They were put in from the last to the first.
                prop_assert_eq!(places[left.len() - 1 - i], i as u32);
            }
        }
    }
}
