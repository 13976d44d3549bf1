//! Rows of a CSV text with the lines on which they begin, and the quote that nobody closed.
//!
//! The reader of the `csv` crate counts line feeds, and a row of it begins where the one before ended: after a carriage
//! return it still has a line feed before it, and blank lines. So lines are counted here, at next to no cost: rows end
//! with a line end, and the line feeds up to there are counted already; what is noted on the way is carriage returns.

use std::collections::VecDeque;
use std::io::{self, Read};

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::super::options::CsvFormat;
use super::unreadable;
use crate::error::{Error, Result};

/// Bytes that a row may have: more are a quote that was not closed, and would fill the memory with the rest of the file.
const LONGEST_ROW: u64 = if cfg!(test) { 1 << 16 } else { 1 << 26 };

/// Rows with their lines.
pub(super) struct RowReader<'a, R> {
    reader: Reader<Text<R>>,
    origin: &'a str,
    /// The line on which the row before ended.
    last_line: u64,
}

impl<'a, R: Read> RowReader<'a, R> {
    pub(super) fn new(text: R, format: CsvFormat, origin: &'a str) -> Self {
        let CsvFormat { delimiter, quote, has_header, .. } = format;
        let mut builder = ReaderBuilder::new();
        builder.delimiter(delimiter).flexible(true).has_headers(has_header).quoting(quote.is_some());
        let reader = builder.quote(quote.unwrap_or(b'"')).from_reader(Text::new(text));
        Self { reader, origin, last_line: 0 }
    }

    /// The first row, which comes again as a row if it is not a header.
    pub(super) fn header(&mut self) -> Result<ByteRecord> {
        let header = self.reader.byte_headers().cloned();
        let header = header.map_err(|e| self.broken(&e))?;
        if self.reader.has_headers() && !header.is_empty() {
            self.line_of(&header)?;
        }
        Ok(header)
    }

    /// Reads the next row; the answer is the line on which it begins, nothing after the last one.
    #[inline]
    pub(super) fn read(&mut self, row: &mut ByteRecord) -> Result<Option<u64>> {
        match self.reader.read_byte_record(row) {
            Ok(true) => self.line_of(row).map(Some),
            Ok(false) => Ok(None),
            Err(e) => Err(self.broken(&e)),
        }
    }

    /// The line on which the row begins that was read last.
    fn line_of(&mut self, row: &ByteRecord) -> Result<u64> {
        let (end, line_feeds) = (self.reader.position().byte(), self.reader.position().line() - 1);
        let text = self.reader.get_mut();
        text.row_end = end;
        if text.is_over {
            // All other rows end with a line end: this one ended within quotes, at the end of the file.
            let first = (1 + line_feeds + text.lone_before(end)).saturating_sub(breaks(row.iter()));
            return Err(self.unclosed(first + breaks(row.iter().take(row.len() - 1))));
        }
        let last = text.line_ending_at(end, line_feeds);
        let is_next = last == self.last_line + 1;
        self.last_line = last;
        Ok(if is_next { last } else { last.saturating_sub(breaks(row.iter())) })
    }

    fn broken(&self, error: &csv::Error) -> Error {
        if self.reader.get_ref().is_endless {
            return self.unclosed(self.last_line + 1);
        }
        unreadable(self.origin, error)
    }

    fn unclosed(&self, line: u64) -> Error {
        Error::UnreadableFile {
            path: self.origin.into(),
            format: "CSV",
            reason: format!("the quote that opens on line {line} is not closed, so that all that follows is one field"),
            remedy: "Close it; or, if quotes are characters like others in this file, say so with quote = None"
                .to_owned(),
        }
    }
}

/// Line ends within fields.
fn breaks<'a>(fields: impl Iterator<Item = &'a [u8]>) -> u64 {
    let ends_line = |field: &[u8], i: usize| match field[i] {
        b'\n' => true,
        b'\r' => field.get(i + 1) != Some(&b'\n'),
        _ => false,
    };
    fields.map(|field| (0..field.len()).filter(|&i| ends_line(field, i)).count() as u64).sum()
}

/// A text on its way to the reader, with a line end after it, so that every row that is whole has one.
struct Text<R> {
    inner: R,
    /// Bytes given.
    given: u64,
    /// Where carriage returns stand that no row has come to yet, and whether no line feed follows.
    returns: VecDeque<(u64, bool)>,
    /// Carriage returns without a line feed before these.
    lone: u64,
    /// Where the last row ended.
    row_end: u64,
    has_ended: bool,
    /// Whether the reader was told that it has ended.
    is_over: bool,
    is_endless: bool,
}

impl<R> Text<R> {
    fn new(inner: R) -> Self {
        let returns = VecDeque::new();
        Self { inner, given: 0, returns, lone: 0, row_end: 0, has_ended: false, is_over: false, is_endless: false }
    }

    /// Carriage returns without a line feed before a place that no later question is before.
    fn lone_before(&mut self, place: u64) -> u64 {
        while let Some(&(at, is_lone)) = self.returns.front()
            && at < place
        {
            self.lone += u64::from(is_lone);
            self.returns.pop_front();
        }
        self.lone
    }

    /// The line that ends before `end`, with `line_feeds` up to there.
    fn line_ending_at(&mut self, end: u64, line_feeds: u64) -> u64 {
        let last = end - 1;
        let lone = self.lone_before(last);
        let ends_with_return = self.returns.front().is_some_and(|(at, _)| *at == last);
        line_feeds + lone + u64::from(ends_with_return)
    }

    fn note(&mut self, bytes: &[u8]) {
        if let Some((at, is_lone)) = self.returns.back_mut()
            && *at + 1 == self.given
        {
            *is_lone = bytes[0] != b'\n';
        }
        // Most files have none: a search for one is as quick as memory.
        if bytes.contains(&b'\r') {
            let places = (0..bytes.len()).filter(|&i| bytes[i] == b'\r');
            self.returns.extend(places.map(|i| (self.given + i as u64, bytes.get(i + 1) != Some(&b'\n'))));
        }
        self.given += bytes.len() as u64;
    }
}

impl<R: Read> Read for Text<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if to.is_empty() {
            return Ok(0);
        }
        if self.given - self.row_end > LONGEST_ROW {
            self.is_endless = true;
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a row without end"));
        }
        if !self.has_ended {
            let mut n = self.inner.read(to)?;
            // A byte-order mark on its own would pass for the end of the text.
            while self.given == 0 && (1..4).contains(&n) && n < to.len() {
                match self.inner.read(&mut to[n..])? {
                    0 => break,
                    more => n += more,
                }
            }
            if n > 0 {
                self.note(&to[..n]);
                return Ok(n);
            }
            self.has_ended = true;
            to[0] = b'\n';
            self.note(b"\n");
            return Ok(1);
        }
        self.is_over = true;
        Ok(0)
    }
}

#[cfg(test)]
#[path = "lines_tests.rs"]
mod tests;
