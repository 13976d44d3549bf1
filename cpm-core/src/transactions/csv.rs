//! CSV files and readers.

mod lines;

use std::fs::File;
use std::io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
use std::io::Read;
use std::path::Path;

use csv::{ByteRecord, ErrorKind};

use self::lines::RowReader;
use super::TransactionLog;
use super::builder::LogBuilder;
use super::columns::Positions;
use super::encoding::{Encoding, FromLatin1};
use super::ingest::ingest;
use super::options::{CsvFormat, ReadOptions};
use super::values::{Amount, Customer, When};
use crate::error::{Error, Result};

impl TransactionLog {
    /// Reads a CSV file of the layout that the options say: with a header line, in UTF-8, with commas if not told.
    ///
    /// ```no_run
    /// use cpm_core::{ReadOptions, TransactionLog};
    /// let log = TransactionLog::read_csv("orders.csv", &ReadOptions::new("customer_id", "date", "amount"))?;
    /// println!("{}", log.quality());
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::UnreadableFile`], [`Error::MissingColumn`], [`Error::Empty`], and
    /// [`Error::BadRows`] under [`OnError::Raise`](super::OnError::Raise).
    pub fn read_csv(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|e| Error::io(path, e))?;
        Self::from_csv_reader(file, &path.display().to_string(), options)
    }

    /// Reads CSV from anything that implements [`Read`]; `origin` names it in messages.
    ///
    /// # Errors
    /// As [`read_csv`](Self::read_csv).
    pub fn from_csv_reader(reader: impl Read + Send, origin: &str, options: &ReadOptions) -> Result<Self> {
        let mut builder = LogBuilder::new(options.clone());
        builder.begin(origin);
        read_rows(reader, origin, |_| true, &mut builder)?;
        builder.finish()
    }
}

/// Pushes the rows of a CSV source for which `wanted` holds.
pub(crate) fn read_rows(
    reader: impl Read + Send,
    origin: &str,
    wanted: impl Fn(&ByteRecord) -> bool + Send,
    builder: &mut LogBuilder,
) -> Result<()> {
    read_rows_in(reader, origin, builder.options().csv, wanted, builder)
}

/// The same for a layout that the options do not say.
pub(super) fn read_rows_in(
    reader: impl Read + Send,
    origin: &str,
    format: CsvFormat,
    wanted: impl Fn(&ByteRecord) -> bool + Send,
    builder: &mut LogBuilder,
) -> Result<()> {
    let CsvFormat { delimiter, has_header, encoding, .. } = format;
    let text: Box<dyn Read + Send + '_> = match encoding {
        Encoding::Utf8 => Box::new(reader),
        Encoding::Latin1 => Box::new(FromLatin1::new(reader)),
    };
    let mut reader = RowReader::new(text, format, origin);
    let mut header = reader.header()?;
    if has_header && says_delimiter(&header, origin)? {
        let mut names = ByteRecord::new();
        reader.read(&mut names)?;
        header = names;
    }
    if header.is_empty() {
        return Err(Error::Empty {
            what: origin.to_owned(),
            remedy: "Give a CSV file with at least one purchase".to_owned(),
        });
    }
    let mut names = column_names(&header, origin)?;
    if !has_header {
        names = (0..names.len()).map(|position| position.to_string()).collect();
    }
    let positions = builder.options().positions(&names, origin)?;
    builder.expect_text();

    let mut row = ByteRecord::new();
    let split = move || {
        let mut block = Block { columns: header.len(), more: positions.more.len(), ..Block::default() };
        while block.text.len() < BLOCK
            && let Some(line) = reader.read(&mut row)?
        {
            if wanted(&row) {
                block.add(&row, line, &positions, delimiter);
            }
        }
        Ok((!block.rows.is_empty()).then_some(block))
    };
    ingest(builder, split, |builder, block| {
        block.push(builder);
        Ok(())
    })
}

/// Bytes of a block: some ten thousand rows.
const BLOCK: usize = 1 << 20;

/// The fields that matter of many rows, end to end.
#[derive(Default)]
struct Block {
    text: Vec<u8>,
    rows: Vec<Row>,
    /// Fields that a row has.
    columns: usize,
    /// Columns beyond customer, date and amount, and where the fields of each whole row end in the text.
    more: usize,
    more_ends: Vec<usize>,
}

struct Row {
    line: u64,
    /// Where customer, date and amount end in the text; all at the end of the whole row if it has not the header's fields.
    ends: [usize; 3],
    fields: usize,
}

impl Block {
    fn add(&mut self, row: &ByteRecord, line: u64, wanted: &Positions, delimiter: u8) {
        let mut ends = [0; 3];
        if row.len() == self.columns {
            for (end, i) in ends.iter_mut().zip(wanted.main) {
                self.text.extend_from_slice(row.get(i).unwrap_or_default());
                *end = self.text.len();
            }
            for &i in &wanted.more {
                self.text.extend_from_slice(row.get(i).unwrap_or_default());
                self.more_ends.push(self.text.len());
            }
        } else {
            // As it stands there, to be shown.
            for (number, field) in row.iter().enumerate() {
                self.text.extend((number > 0).then_some(delimiter));
                self.text.extend_from_slice(field);
            }
            ends = [self.text.len(); 3];
        }
        self.rows.push(Row { line, ends, fields: row.len() });
    }

    fn push(&self, builder: &mut LogBuilder) {
        let mut start = 0;
        let mut more_ends = self.more_ends.chunks_exact(self.more.max(1));
        let mut fields = Vec::with_capacity(self.more);
        let null = builder.options().null_values.clone();
        for Row { line, ends: [customer, date, amount], fields: found } in &self.rows {
            let is_whole = *found == self.columns;
            let text = |from: usize, to: usize| std::str::from_utf8(&self.text[from..to]).ok();
            let row = (text(start, *customer), text(*customer, *date), text(*date, *amount));
            let mut end = *amount;
            fields.clear();
            if is_whole && self.more > 0 {
                for &next in more_ends.next().unwrap_or_default() {
                    fields.extend(text(end, next));
                    end = next;
                }
            }
            match row {
                (Some(c), Some(d), Some(a)) if is_whole && fields.len() == self.more => {
                    let main = [c, d, a];
                    if let Some(column) = main.iter().position(|value| null.has(value)) {
                        builder.push_missing(*line, column, main[column]);
                    } else if self.more == 0 {
                        builder.push(*line, Customer::Text(c), When::Text(d), Amount::Text(a));
                    } else {
                        builder.push_fields(*line, Customer::Text(c), When::Text(d), Amount::Text(a), &fields);
                    }
                }
                _ if is_whole => {
                    // A row that is not text, with what stood between its fields.
                    let ends = [*customer, *date, *amount];
                    let starts = [start, *customer, *date];
                    let shown =
                        starts.iter().zip(ends).map(|(&from, to)| String::from_utf8_lossy(&self.text[from..to]));
                    builder.push_malformed(*line, &shown.collect::<Vec<_>>().join(", "), None);
                }
                _ => {
                    let shown = String::from_utf8_lossy(&self.text[start..end]);
                    builder.push_malformed(*line, &shown, Some((self.columns, *found)));
                }
            }
            start = end;
        }
    }
}

/// Whether the first line is one that Excel understands, `sep=;`, which says what stands between fields; the header follows.
fn says_delimiter(first: &ByteRecord, origin: &str) -> Result<bool> {
    let said = match first.get(0) {
        Some([b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', said @ ..]) => said,
        _ => return Ok(false),
    };
    match said {
        // The delimiter itself stands between this field and an empty one.
        [] if first.len() == 2 => Ok(true),
        [said] if first.len() == 1 => Err(Error::UnreadableFile {
            path: origin.into(),
            format: "CSV",
            reason: format!("its first line says that {:?} stands between fields", char::from(*said)),
            remedy: format!("Read it with delimiter = {:?}", char::from(*said)),
        }),
        _ => Ok(false),
    }
}

/// The names in the header; a file that is not text is found out here.
fn column_names(header: &ByteRecord, origin: &str) -> Result<Vec<String>> {
    let text = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => Some(text.trim().to_owned()),
        _ => None,
    };
    let refuse = |(reason, remedy): (&str, &str)| Error::UnreadableFile {
        path: origin.into(),
        format: "CSV",
        reason: reason.to_owned(),
        remedy: remedy.to_owned(),
    };
    if let Some((_, reason, remedy)) = KINDS.iter().find(|(start, ..)| header.as_slice().starts_with(start)) {
        return Err(refuse((reason, remedy)));
    }
    let remedy = "Give a text file in UTF-8, or state its encoding, such as latin-1";
    header.iter().map(text).collect::<Option<_>>().ok_or_else(|| refuse(("its first line is not UTF-8 text", remedy)))
}

/// How files begin that are something else, whatever they are called: what it is, and what to do.
const KINDS: [(&[u8], &str, &str); 8] = [
    (b"\xff\xfe", "it is text in UTF-16", "Save it as UTF-8, or convert it: iconv -f utf-16 -t utf-8"),
    (b"\xfe\xff", "it is text in UTF-16", "Save it as UTF-8, or convert it: iconv -f utf-16 -t utf-8"),
    (b"PK\x03\x04", "it is a zip archive or an Excel workbook", "Unpack it, or save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "it is an old Excel workbook", "Save the sheet as CSV"),
    (b"PAR1", "it is a Parquet file", "Give it a name that ends in .parquet"),
    (b"\x1f\x8b", "it is compressed with gzip", "Give it a name that ends in .gz"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd", "Give it a name that ends in .zst"),
    (b"BZh9", "it is compressed with bzip2", "Unpack it, or compress it with gzip or zstd"),
];

fn unreadable(origin: &str, error: &csv::Error) -> Error {
    match error.kind() {
        // A reader that decompresses says so when its input is damaged; every other error is the file system's.
        ErrorKind::Io(e) if matches!(e.kind(), InvalidData | InvalidInput | UnexpectedEof | Other) => {
            Error::UnreadableFile {
                path: origin.into(),
                format: "CSV",
                reason: e.to_string(),
                remedy: "It may be damaged or cut short: write or fetch it again".to_owned(),
            }
        }
        ErrorKind::Io(e) => Error::io(origin, std::io::Error::new(e.kind(), e.to_string())),
        _ => Error::UnreadableFile {
            path: origin.into(),
            format: "CSV",
            reason: error.to_string(),
            remedy: "Check quotes and delimiter".to_owned(),
        },
    }
}
