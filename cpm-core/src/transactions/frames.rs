//! The file of a saved state: a magic number, then frames one after the other.
//!
//! ```text
//! "CPMSTATE"  version: u32
//! kind: u8  length: u64  payload  checksum: u64      as often as needed
//! ```
//!
//! All numbers are little-endian. The checksum is FNV-1a of everything from the beginning of the file, so that a frame that
//! is changed, left out, repeated or moved does not go unnoticed. Within payloads, whole numbers are LEB128 (signed
//! ones zigzag), floats are 8 bytes, texts are UTF-8 behind their length.

use std::io::{ErrorKind, Read, Write};

use super::leb128;
use crate::error::{Error, Result, SavedStateProblem};
use crate::numerics::fnv;

const MAGIC: [u8; 8] = *b"CPMSTATE";
/// Raised whenever an older reader would misunderstand a file.
const VERSION: u32 = 2;
/// Files of earlier versions lack what rows need now; none of these was ever released.
const OLDEST: u32 = 2;

/// Writes frames.
pub(super) struct FrameWriter<'a, W> {
    inner: W,
    origin: &'a str,
    hash: u64,
}

impl<'a, W: Write> FrameWriter<'a, W> {
    /// `origin` names the file in messages.
    pub(super) fn new(inner: W, origin: &'a str) -> Result<Self> {
        let mut writer = Self { inner, origin, hash: fnv::START };
        writer.write(&MAGIC)?;
        writer.write(&VERSION.to_le_bytes())?;
        Ok(writer)
    }

    pub(super) fn frame(&mut self, kind: u8, payload: &[u8]) -> Result<()> {
        self.write(&[kind])?;
        self.write(&(payload.len() as u64).to_le_bytes())?;
        self.write(payload)?;
        let checksum = self.hash.to_le_bytes();
        self.write(&checksum)
    }

    pub(super) fn finish(mut self) -> Result<()> {
        self.inner.flush().map_err(|e| Error::io(self.origin, e))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash = fnv::hash(self.hash, bytes);
        self.inner.write_all(bytes).map_err(|e| Error::io(self.origin, e))
    }
}

/// Reads frames.
pub(super) struct FrameReader<'a, R> {
    inner: R,
    origin: &'a str,
    hash: u64,
    /// Bytes read.
    at: u64,
}

impl<'a, R: Read> FrameReader<'a, R> {
    pub(super) fn new(inner: R, origin: &'a str) -> Result<Self> {
        let mut reader = Self { inner, origin, hash: fnv::START, at: 0 };
        let magic: Vec<u8> = reader.read(MAGIC.len() as u64)?;
        if !MAGIC.starts_with(&magic) || magic.is_empty() {
            return Err(reader.problem(SavedStateProblem::OtherFile));
        }
        reader.all_of(MAGIC.len(), &magic)?;
        let found = u32::from_le_bytes(reader.exactly()?);
        if found > VERSION {
            return Err(reader.problem(SavedStateProblem::NewerVersion { found, known: VERSION }));
        }
        if found < OLDEST {
            let what = format!("version {found} of the format, which is too old; build it anew from its rows");
            return Err(reader.damaged(MAGIC.len() as u64, &what));
        }
        Ok(reader)
    }

    /// Kind and payload of the next frame.
    pub(super) fn frame(&mut self) -> Result<(u8, Fields<'a>)> {
        let start = self.at;
        let [kind] = self.exactly()?;
        let length = u64::from_le_bytes(self.exactly()?);
        // Memory grows with what is there, not with what is announced.
        let payload = self.read(length)?;
        if payload.len() as u64 != length {
            return Err(self.cut_short());
        }
        let expected = self.hash;
        if u64::from_le_bytes(self.exactly()?) != expected {
            return Err(self.damaged(start, "its checksum does not fit"));
        }
        Ok((kind, Fields { bytes: payload, next: 0, start, origin: self.origin }))
    }

    /// Nothing may follow.
    pub(super) fn finish(mut self) -> Result<()> {
        if self.read(1)?.is_empty() { Ok(()) } else { Err(self.damaged(self.at - 1, "data after its end")) }
    }

    fn read(&mut self, length: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self.inner.by_ref().take(length).read_to_end(&mut bytes) {
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Err(self.cut_short()),
            other => other.map_err(|e| Error::io(self.origin, e))?,
        };
        self.hash = fnv::hash(self.hash, &bytes);
        self.at += bytes.len() as u64;
        Ok(bytes)
    }

    fn exactly<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.read(N as u64)?;
        <[u8; N]>::try_from(bytes).map_err(|_| self.cut_short())
    }

    fn all_of(&self, length: usize, bytes: &[u8]) -> Result<()> {
        if bytes.len() == length { Ok(()) } else { Err(self.cut_short()) }
    }

    fn problem(&self, problem: SavedStateProblem) -> Error {
        Error::SavedState { origin: self.origin.to_owned(), problem }
    }

    fn cut_short(&self) -> Error {
        self.problem(SavedStateProblem::CutShort { bytes: self.at })
    }

    fn damaged(&self, at: u64, what: &str) -> Error {
        damaged(self.origin, at, what)
    }
}

/// A payload that is being written.
#[derive(Default)]
pub(super) struct Payload(pub(super) Vec<u8>);

impl Payload {
    pub(super) fn natural(&mut self, value: u64) {
        leb128::push(&mut self.0, value);
    }

    pub(super) fn integer(&mut self, value: i64) {
        self.natural(leb128::zigzag(value));
    }

    pub(super) fn float(&mut self, value: f64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.natural(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }
}

/// A payload that is being read.
pub(super) struct Fields<'a> {
    bytes: Vec<u8>,
    next: usize,
    /// Where its frame begins.
    start: u64,
    origin: &'a str,
}

impl Fields<'_> {
    pub(super) fn is_done(&self) -> bool {
        self.next == self.bytes.len()
    }

    pub(super) fn all(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn natural(&mut self) -> Result<u64> {
        let mut rest = &self.bytes[self.next..];
        let value = leb128::take(&mut rest);
        let next = self.bytes.len() - rest.len();
        let value = value.ok_or_else(|| self.damaged("a number that does not end, or of more than 64 bits"))?;
        self.next = next;
        Ok(value)
    }

    /// A number that is at most `limit`.
    pub(super) fn at_most<T: TryFrom<u64>>(&mut self, limit: u64, what: &str) -> Result<T> {
        let value = self.natural()?;
        match T::try_from(value) {
            Ok(number) if value <= limit => Ok(number),
            _ => Err(self.damaged(&format!("{what} {value}, which cannot be"))),
        }
    }

    pub(super) fn integer(&mut self) -> Result<i64> {
        self.natural().map(leb128::from_zigzag)
    }

    pub(super) fn float(&mut self) -> Result<f64> {
        self.take().map(f64::from_le_bytes)
    }

    pub(super) fn text(&mut self) -> Result<&str> {
        let length = usize::try_from(self.natural()?).unwrap_or(usize::MAX);
        let Some(end) = self.next.checked_add(length).filter(|&end| end <= self.bytes.len()) else {
            return Err(self.damaged("a text that ends too late"));
        };
        let bytes = &self.bytes[self.next..end];
        self.next = end;
        let (origin, start) = (self.origin, self.start);
        std::str::from_utf8(bytes).map_err(|_| damaged(origin, start, "text that is not UTF-8"))
    }

    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let Some(bytes) = self.bytes[self.next..].first_chunk() else {
            return Err(self.damaged("a frame that ends within a number"));
        };
        self.next += N;
        Ok(*bytes)
    }

    pub(super) fn damaged(&self, what: &str) -> Error {
        damaged(self.origin, self.start, what)
    }
}

fn damaged(origin: &str, at: u64, what: &str) -> Error {
    Error::SavedState { origin: origin.to_owned(), problem: SavedStateProblem::Damaged { at, what: what.to_owned() } }
}
