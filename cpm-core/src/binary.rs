//! Logs and summaries as bytes: for another process, or to be put away for a while.
//!
//! ```text
//! "CPMBYTES"  version: u32  kind: u8  payload  checksum: u64
//! ```
//!
//! The payload is what [postcard](https://docs.rs/postcard) makes of the columns; the checksum, FNV-1a, is of all that
//! stands before it.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Error, Result, SavedStateProblem};
use crate::numerics::fnv;
use crate::transactions::{CustomerIds, TextIds};

const MAGIC: [u8; 8] = *b"CPMBYTES";
/// Raised whenever the columns of a log or a summary change.
const VERSION: u32 = 1;
const HEADER: usize = MAGIC.len() + 4 + 1;

/// What the bytes are of.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Log = b'L' as isize,
    Summary = b'S' as isize,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Log => "a transaction log in memory",
            Self::Summary => "a customer summary in memory",
        }
    }

    fn problem(self, problem: SavedStateProblem) -> Error {
        Error::SavedState { origin: self.name().to_owned(), problem }
    }

    fn damaged(self, at: usize, what: &str) -> Error {
        self.problem(SavedStateProblem::Damaged { at: at as u64, what: what.to_owned() })
    }

    /// The bytes of a value.
    pub(crate) fn write(self, value: &impl Serialize) -> Result<Vec<u8>> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(VERSION.to_le_bytes());
        bytes.push(self as u8);
        let mut bytes = postcard::to_extend(value, bytes).map_err(|e| self.damaged(0, &e.to_string()))?;
        let checksum = fnv::hash(fnv::START, &bytes);
        bytes.extend(checksum.to_le_bytes());
        Ok(bytes)
    }

    /// The value that [`write`](Self::write) was given.
    pub(crate) fn read<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T> {
        let Some((all, checksum)) = bytes.split_last_chunk() else {
            return Err(self.problem(SavedStateProblem::CutShort { bytes: bytes.len() as u64 }));
        };
        if !all.starts_with(&MAGIC) {
            return Err(self.damaged(0, "it begins otherwise"));
        }
        if all.len() < HEADER {
            return Err(self.problem(SavedStateProblem::CutShort { bytes: bytes.len() as u64 }));
        }
        let found = u32::from_le_bytes([all[8], all[9], all[10], all[11]]);
        if found > VERSION {
            return Err(self.problem(SavedStateProblem::NewerVersion { found, known: VERSION }));
        }
        // Positions within the payload are taken for granted from here on.
        if fnv::hash(fnv::START, all) != u64::from_le_bytes(*checksum) {
            return Err(self.damaged(all.len(), "its checksum does not fit"));
        }
        if all[HEADER - 1] != self as u8 {
            return Err(self.damaged(HEADER - 1, "it is of another kind"));
        }
        postcard::from_bytes(&all[HEADER..]).map_err(|e| self.damaged(HEADER, &e.to_string()))
    }
}

/// Ids as they lie in memory, and not as the sequence that they are for readers of JSON.
pub(crate) mod ids {
    use super::*;

    #[derive(Serialize)]
    enum Given<'a> {
        Text(&'a TextIds),
        Integer(&'a [i64]),
    }

    #[derive(Deserialize)]
    enum Taken {
        Text(TextIds),
        Integer(Vec<i64>),
    }

    pub(crate) fn serialize<S: Serializer>(ids: &CustomerIds, to: S) -> Result<S::Ok, S::Error> {
        match ids {
            CustomerIds::Text(ids) => Given::Text(ids),
            CustomerIds::Integer(ids) => Given::Integer(ids),
        }
        .serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Cow<'static, CustomerIds>, D::Error> {
        Ok(Cow::Owned(match Taken::deserialize(from)? {
            Taken::Text(ids) => CustomerIds::Text(ids),
            Taken::Integer(ids) => CustomerIds::Integer(ids),
        }))
    }
}
