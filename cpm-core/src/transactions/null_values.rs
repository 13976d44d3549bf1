//! Words that text files have where there is nothing.

use crate::error::{Error, Result};

/// What databases, data frames and spreadsheets write for nothing: the words that pandas and DuckDB know, as far as they
/// are no values anywhere else (a dash is).
const USUAL: [&str; 10] = ["NULL", "null", "NaN", "nan", "None", "NA", "N/A", "\\N", "<NA>", "#N/A"];

/// Words that stand for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(from = "Vec<String>", into = "Vec<String>"))]
pub(crate) struct NullValues {
    words: Vec<String>,
    /// A bit for each byte that a word, or white space before it, begins with: most values are let pass after a look at it.
    begins: [u64; 4],
}

impl Default for NullValues {
    fn default() -> Self {
        Self::of(USUAL.map(str::to_owned).into())
    }
}

impl NullValues {
    fn of(mut words: Vec<String>) -> Self {
        words.sort();
        words.dedup();
        let mut begins = [0; 4];
        let spaces = if words.is_empty() { [].iter() } else { b" \t".iter() };
        for &byte in words.iter().filter_map(|word| word.as_bytes().first()).chain(spaces) {
            begins[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
        Self { words, begins }
    }

    /// Takes the words as they are compared: without white space around them.
    pub(crate) fn new(words: impl IntoIterator<Item = impl Into<String>>) -> Result<Self> {
        let words: Vec<String> = words.into_iter().map(|word| word.into().trim().to_owned()).collect();
        if words.iter().any(String::is_empty) {
            let reason = "leave empty text out: it is a missing value anyway";
            return Err(Error::argument("null_values", "\"\"", reason));
        }
        Ok(Self::of(words))
    }

    /// Whether a value is one of the words, but for white space around it.
    #[inline]
    pub(crate) fn has(&self, value: &str) -> bool {
        let Some(&first) = value.as_bytes().first() else { return false };
        self.begins[usize::from(first >> 6)] >> (first & 63) & 1 == 1 && self.finds(value.trim())
    }

    /// A value that is none of the words.
    pub(crate) fn known<'a>(&self, value: Option<&'a str>) -> Option<&'a str> {
        value.filter(|value| !self.has(value))
    }

    fn finds(&self, value: &str) -> bool {
        self.words.iter().any(|word| word == value)
    }
}

impl From<Vec<String>> for NullValues {
    fn from(words: Vec<String>) -> Self {
        Self::of(words)
    }
}

impl From<NullValues> for Vec<String> {
    fn from(null: NullValues) -> Self {
        null.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing_are_known_and_values_are_not_mistaken() {
        let usual = NullValues::default();
        assert!(USUAL.iter().all(|word| usual.has(word) && usual.has(&format!(" {word}\t"))));
        assert!(["", " ", "-", "Nancy", "NAN", "N", "0", "nul", "<", "é", "Ñ"].iter().all(|value| !usual.has(value)));
        let none = NullValues::new(Vec::<String>::new()).unwrap();
        assert!(!none.has("NULL") && !none.has(" "));
        let own = NullValues::new(["-", "unbekannt", " é "]).unwrap();
        assert!(own.has("-") && own.has("unbekannt ") && own.has("é") && !own.has("NULL"));
        assert!(NullValues::new([""]).is_err());
    }
}
