//! Arrow record batches, as they come from Parquet files, data frames and query engines.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Float64Type, Int64Type};
use arrow_array::{
    Array, ArrayAccessor, ArrayRef, Float64Array, Int64Array, LargeStringArray, RecordBatch, RecordBatchReader,
    StringArray, StringViewArray,
};
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{ArrowError, DataType, Schema, TimeUnit};

use super::arrow_details::DetailColumns;
use super::builder::LogBuilder;
use super::columns::Positions;
use super::ingest::ingest;
use super::options::ReadOptions;
use super::progress::{Meter, Progress, ProgressAnswer};
use super::single::as_written;
use super::timestamp::DAY;
use super::values::{Amount, Customer, When};
use super::{Timestamp, TransactionLog};
use crate::error::{Error, Result};

/// Rows that are converted at a time: large enough to amortise that, some 3 MB of memory.
pub(super) const BATCH: usize = 65_536;
/// What a stream that comes from memory is called in messages.
const STREAM: &str = "a stream of Arrow record batches";
/// Largest magnitude up to which every integer has its own f32.
const EXACT_IN_F32: f64 = 16_777_216.0;

impl TransactionLog {
    /// Reads a stream of Arrow record batches; `origin` names it in messages, where rows count from 0.
    ///
    /// | column | types |
    /// |---|---|
    /// | customer | text (also as bytes of UTF-8), UUIDs (16 bytes, which become text), integers, decimals without fraction, whole floating-point numbers below 2^53 |
    /// | date | dates, timestamps of any unit (with a zone: the instant in UTC, or in the zone of the options), text as in a CSV file |
    /// | amount | integers, floating-point numbers (those of 32 bits as they are written: 19.99 and not 19.9899998), decimals, text as in a CSV file |
    ///
    /// Each may be dictionary-encoded. A null is a missing value.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{ArrayRef, Date32Array, Float64Array, RecordBatch, RecordBatchIterator, StringArray};
    /// use cpm_core::{ReadOptions, TransactionLog};
    ///
    /// let customer: ArrayRef = Arc::new(StringArray::from(vec!["ann", "ann", "bob"]));
    /// let date: ArrayRef = Arc::new(Date32Array::from(vec![9_862, 9_900, 9_870]));
    /// let amount: ArrayRef = Arc::new(Float64Array::from(vec![20.0, 30.0, 12.5]));
    /// let batch = RecordBatch::try_from_iter([("customer", customer), ("date", date), ("amount", amount)])?;
    /// let schema = batch.schema();
    /// let reader = RecordBatchIterator::new([Ok(batch)], schema);
    /// let log = TransactionLog::from_batches(reader, "orders", &ReadOptions::new("customer", "date", "amount"))?;
    /// assert_eq!((log.customers(), log.rows()), (2, 3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::MissingColumn`]; [`Error::ColumnType`] for a column of another type, or with ids that would lose
    /// digits; [`Error::UnreadableFile`] if the stream breaks off; [`Error::Empty`]; and [`Error::BadRows`]
    /// under [`OnError::Raise`](super::OnError::Raise).
    pub fn from_batches(reader: impl RecordBatchReader + Send, origin: &str, options: &ReadOptions) -> Result<Self> {
        let mut builder = LogBuilder::new(options.clone());
        push_stream(reader, origin, &mut builder)?;
        builder.finish()
    }

    /// The same, and tells how far it has come; see [`read_files_with`](Self::read_files_with).
    ///
    /// # Errors
    /// As [`from_batches`](Self::from_batches); [`Error::Interrupted`] if `progress` answers that reading is to end.
    pub fn from_batches_with<A: ProgressAnswer>(
        reader: impl RecordBatchReader + Send,
        origin: &str,
        options: &ReadOptions,
        progress: impl Fn(Progress) -> A + Send + Sync + 'static,
    ) -> Result<Self> {
        let mut builder = LogBuilder::new(options.clone());
        push_stream_with(reader, origin, &mut builder, progress)?;
        builder.finish()
    }
}

/// Pushes the rows of a stream of batches and tells how far it has come.
pub(crate) fn push_stream_with<A: ProgressAnswer>(
    reader: impl RecordBatchReader + Send,
    origin: &str,
    builder: &mut LogBuilder,
    progress: impl Fn(Progress) -> A + Send + Sync + 'static,
) -> Result<()> {
    let meter = Meter::new(None, progress);
    builder.set_meter(Some(meter.clone()));
    let done = push_stream(reader, origin, builder);
    builder.set_meter(None);
    done.and(meter.finish())
}

/// Pushes the rows of a stream of batches that come from memory.
pub(crate) fn push_stream(reader: impl RecordBatchReader + Send, origin: &str, builder: &mut LogBuilder) -> Result<()> {
    builder.begin_table(origin);
    push_batches(reader, origin, STREAM, builder)
}

/// Calls `push` with row (from 0), customer, time, value and category of every row of a stream that comes from memory; the last two
/// are missing where no column is named for them.
pub(crate) fn push_events(
    reader: impl RecordBatchReader,
    origin: &str,
    [customer, date]: [&str; 2],
    [value, category]: [Option<&str>; 2],
    mut push: impl FnMut(u64, Customer<'_>, When<'_>, Amount<'_>, Option<&str>),
) -> Result<()> {
    let schema = reader.schema();
    // A column that is not asked for is looked for in the place of one that is.
    let source = |third: &str| Source::new(&schema, origin, STREAM, &ReadOptions::new(customer, date, third));
    let (plain, third) = (source(value.unwrap_or(customer))?, category.map(source).transpose()?);
    let mut number = 0;
    for batch in reader {
        let batch = batch.map_err(|e| plain.broken(&e))?;
        let [customers, dates, values] = columns(&batch, plain.positions.main).map_err(|e| plain.broken(&e))?;
        let (customers, dates) = (Values::of_customer(customers, customer)?, Values::of_date(dates, date)?);
        let values = value.map(|name| Values::of_amount(values, name)).transpose()?;
        let categories = match (&third, category) {
            (Some(third), Some(name)) => {
                let [.., column] = columns(&batch, third.positions.main).map_err(|e| third.broken(&e))?;
                Some(text(column, name)?)
            }
            _ => None,
        };
        for row in 0..batch.num_rows() {
            let category = match &categories {
                Some(Values::Text(v)) => v.get(row),
                _ => None,
            };
            let amount = values.as_ref().map_or(Amount::Missing, |v| v.amount(row));
            push(number, customers.customer(row), dates.when(row), amount, category);
            number += 1;
        }
    }
    Ok(())
}

/// Pushes the rows of a stream of batches; `format` is what the stream is called in messages.
pub(super) fn push_batches(
    mut reader: impl RecordBatchReader + Send,
    origin: &str,
    format: &'static str,
    builder: &mut LogBuilder,
) -> Result<()> {
    let source = Source::new(&reader.schema(), origin, format, builder.options())?;
    source.announce(&reader.schema(), builder);
    let mut rows = 0;
    // What is left of a batch: a data frame is often a single one, which is shared out in pieces.
    let mut left: Option<RecordBatch> = None;
    let next = || {
        let batch = match left.take() {
            Some(batch) => Some(batch),
            None => reader.next().transpose().map_err(|e| source.broken(&e))?,
        };
        Ok(batch.map(|batch| {
            let first = rows;
            let piece = batch.num_rows().min(BATCH);
            rows += piece as u64;
            if piece < batch.num_rows() {
                left = Some(batch.slice(piece, batch.num_rows() - piece));
            }
            (first, batch.slice(0, piece))
        }))
    };
    ingest(builder, next, |builder, (first, batch)| source.push(&batch, first, builder))
}

/// Where batches come from, and where the columns are in them.
pub(super) struct Source<'a> {
    origin: &'a str,
    format: &'static str,
    positions: Positions,
}

impl<'a> Source<'a> {
    pub(super) fn new(schema: &Schema, origin: &'a str, format: &'static str, options: &ReadOptions) -> Result<Self> {
        let names: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
        Ok(Self { origin, format, positions: options.positions(&names, origin)? })
    }

    /// Says of which kind the ids are.
    pub(super) fn announce(&self, schema: &Schema, builder: &mut LogBuilder) {
        let [customer, ..] = self.positions.main;
        let kind = values_of(schema.field(customer).data_type());
        if is_text(kind) || is_bytes(kind) || is_uuid(kind) {
            builder.expect_text();
        }
    }

    pub(super) fn broken(&self, error: &ArrowError) -> Error {
        let reason = error.to_string().trim_end().to_owned();
        let remedy = if self.format == STREAM {
            "This is what its producer said: correct the query or the table"
        } else if reason.contains("Disabled feature") || reason.contains("not supported yet") {
            "Its compression is not among those that are read: write it again with zstd, snappy, gzip or lz4"
        } else {
            "It may be damaged or cut short: write or fetch it again"
        };
        Error::UnreadableFile { path: self.origin.into(), format: self.format, reason, remedy: remedy.to_owned() }
    }

    /// Pushes the rows of a batch, whose first row is the `first` of the source, counted from 0.
    pub(super) fn push(&self, batch: &RecordBatch, first: u64, builder: &mut LogBuilder) -> Result<()> {
        let [customer, date, amount] = columns(batch, self.positions.main).map_err(|e| self.broken(&e))?;
        let options = builder.options();
        let customer = Values::of_customer(customer, &options.customer)?;
        let date = Values::of_date(date, &options.date)?;
        let amount = Values::of_amount(amount, &options.amount)?;
        if !self.positions.more.is_empty() {
            let details = DetailColumns::of(batch, &self.positions, options)?;
            for row in 0..batch.num_rows() {
                let (customer, date, amount) = (customer.customer(row), date.when(row), amount.amount(row));
                details.with_row(row, |details| {
                    builder.push_detailed(first + row as u64, customer, date, amount, details);
                });
            }
            return Ok(());
        }
        match (&customer, &date, &amount) {
            (Values::Text(Texts::Views(ids)), Values::Time { seconds, is_instant: false }, Values::Float(amounts)) => {
                push_plain(ids, Customer::Text, seconds, amounts, first, builder);
            }
            (Values::Text(Texts::Short(ids)), Values::Time { seconds, is_instant: false }, Values::Float(amounts)) => {
                push_plain(ids, Customer::Text, seconds, amounts, first, builder);
            }
            (Values::Text(Texts::Large(ids)), Values::Time { seconds, is_instant: false }, Values::Float(amounts)) => {
                push_plain(ids, Customer::Text, seconds, amounts, first, builder);
            }
            (Values::Integer(ids), Values::Time { seconds, is_instant: false }, Values::Float(amounts)) => {
                push_plain(ids, Customer::Integer, seconds, amounts, first, builder);
            }
            _ => {
                for row in 0..batch.num_rows() {
                    builder.push_row(first + row as u64, customer.customer(row), date.when(row), amount.amount(row));
                }
            }
        }
        Ok(())
    }
}

/// Pushes the rows of columns of the usual types: what each of them is, is asked once and not in every row.
fn push_plain<'a, Ids: ArrayAccessor>(
    ids: Ids,
    id: impl Fn(Ids::Item) -> Customer<'a>,
    seconds: &Int64Array,
    amounts: &Float64Array,
    first: u64,
    builder: &mut LogBuilder,
) {
    for row in 0..ids.len() {
        let customer = if ids.is_valid(row) { id(ids.value(row)) } else { Customer::Missing };
        let time = Timestamp::from_seconds(seconds.value(row));
        let when = if seconds.is_valid(row) { When::At(time) } else { When::Missing };
        let amount = if amounts.is_valid(row) { Amount::Number(amounts.value(row)) } else { Amount::Missing };
        builder.push_row(first + row as u64, customer, when, amount);
    }
}

fn columns(batch: &RecordBatch, positions: [usize; 3]) -> std::result::Result<[&ArrayRef; 3], ArrowError> {
    match positions.map(|p| batch.columns().get(p)) {
        [Some(customer), Some(date), Some(amount)] => Ok([customer, date, amount]),
        _ => Err(ArrowError::SchemaError("a batch has fewer columns than the schema of its stream".to_owned())),
    }
}

/// The few shapes that all usable columns are brought to, a batch at a time.
pub(super) enum Values {
    Text(Texts),
    Integer(Int64Array),
    Float(Float64Array),
    /// Seconds since 1970.
    Time {
        seconds: Int64Array,
        /// Whether the column has a zone: its values are points in time then.
        is_instant: bool,
    },
}

/// Text as it is kept: nothing of it is copied, whatever the layout.
pub(super) enum Texts {
    Views(StringViewArray),
    Short(StringArray),
    Large(LargeStringArray),
}

impl Texts {
    /// Nothing for a null.
    #[inline]
    pub(super) fn get(&self, row: usize) -> Option<&str> {
        match self {
            Self::Views(texts) => texts.is_valid(row).then(|| texts.value(row)),
            Self::Short(texts) => texts.is_valid(row).then(|| texts.value(row)),
            Self::Large(texts) => texts.is_valid(row).then(|| texts.value(row)),
        }
    }
}

impl Values {
    fn of_customer(column: &ArrayRef, name: &str) -> Result<Self> {
        let kind = value_type(column);
        let refuse = |found: String, remedy: &str| {
            let expected = "text, whole numbers up to 9223372036854775807, or floating-point whole numbers";
            Err(Error::ColumnType { column: name.to_owned(), found, expected, remedy: remedy.to_owned() })
        };
        match kind {
            k if is_text(k) || is_uuid(k) => text(column, name),
            // Text without a mark that says so, as older engines write it.
            k if is_bytes(k) => match text_of_bytes(column, kind) {
                Ok(ids) => text(&ids, name),
                Err(_) => refuse(format!("{kind} with values that are not UTF-8 text"), "Cast it to text"),
            },
            DataType::Decimal32(_, 0)
            | DataType::Decimal64(_, 0)
            | DataType::Decimal128(_, 0)
            | DataType::Decimal256(_, 0)
            | DataType::UInt64 => match convert(column, &DataType::Int64) {
                Ok(ids) => Ok(Self::Integer(ids.as_primitive::<Int64Type>().clone())),
                Err(_) => refuse(format!("{kind} with values above 9223372036854775807"), "Cast the ids to text"),
            },
            k if k.is_integer() => {
                Ok(Self::Integer(converted(column, &DataType::Int64, name)?.as_primitive::<Int64Type>().clone()))
            }
            k if k.is_floating() => {
                let ids = converted(column, &DataType::Float64, name)?.as_primitive::<Float64Type>().clone();
                if *k != DataType::Float64 && ids.iter().flatten().any(|id| id.abs() >= EXACT_IN_F32) {
                    return refuse(
                        format!("{k} with values of 16777216 and more, where neighbouring ids are the same number"),
                        "Read the ids as integers or as text from their source",
                    );
                }
                Ok(Self::Float(ids))
            }
            k => refuse(k.to_string(), "Cast it to text"),
        }
    }

    fn of_date(column: &ArrayRef, name: &str) -> Result<Self> {
        let kind = value_type(column);
        // Floor, not truncation, so that times before 1970 stay in their second.
        let seconds: fn(i64) -> i64 = match kind {
            k if is_text(k) => return text(column, name),
            DataType::Date32 => |days| days * DAY,
            DataType::Timestamp(TimeUnit::Second, _) => |seconds| seconds,
            DataType::Date64 | DataType::Timestamp(TimeUnit::Millisecond, _) => |count| count.div_euclid(1_000),
            DataType::Timestamp(TimeUnit::Microsecond, _) => |count| count.div_euclid(1_000_000),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => |count| count.div_euclid(1_000_000_000),
            other => {
                return Err(Error::ColumnType {
                    column: name.to_owned(),
                    found: other.to_string(),
                    expected: "a date, a timestamp or text",
                    remedy: "Convert it to dates first; a number does not say what it counts".to_owned(),
                });
            }
        };
        // Unpacked before it is read as bare numbers: a dictionary does not convert to those in one step.
        let plain = converted(column, kind, name)?;
        let counts = match kind {
            DataType::Date32 => converted(&converted(&plain, &DataType::Int32, name)?, &DataType::Int64, name)?,
            _ => converted(&plain, &DataType::Int64, name)?,
        };
        let is_instant = matches!(kind, DataType::Timestamp(_, Some(_)));
        Ok(Self::Time { seconds: counts.as_primitive::<Int64Type>().unary(seconds), is_instant })
    }

    pub(super) fn of_amount(column: &ArrayRef, name: &str) -> Result<Self> {
        match value_type(column) {
            k if is_text(k) => text(column, name),
            DataType::Float32 => {
                let amounts = converted(column, &DataType::Float32, name)?;
                Ok(Self::Float(amounts.as_primitive::<Float32Type>().unary(as_written)))
            }
            k if k.is_numeric() => {
                Ok(Self::Float(converted(column, &DataType::Float64, name)?.as_primitive::<Float64Type>().clone()))
            }
            other => Err(Error::ColumnType {
                column: name.to_owned(),
                found: other.to_string(),
                expected: "a number, a decimal or text",
                remedy: "Convert it to numbers".to_owned(),
            }),
        }
    }

    #[inline]
    fn customer(&self, row: usize) -> Customer<'_> {
        match self {
            Self::Text(v) => v.get(row).map_or(Customer::Missing, Customer::Text),
            Self::Integer(v) if v.is_valid(row) => Customer::Integer(v.value(row)),
            Self::Float(v) if v.is_valid(row) => Customer::Float(v.value(row)),
            _ => Customer::Missing,
        }
    }

    #[inline]
    fn when(&self, row: usize) -> When<'_> {
        match self {
            Self::Text(v) => v.get(row).map_or(When::Missing, When::Text),
            Self::Time { seconds, is_instant } if seconds.is_valid(row) => {
                let time = Timestamp::from_seconds(seconds.value(row));
                if *is_instant { When::Instant(time) } else { When::At(time) }
            }
            _ => When::Missing,
        }
    }

    #[inline]
    pub(super) fn amount(&self, row: usize) -> Amount<'_> {
        match self {
            Self::Text(v) => v.get(row).map_or(Amount::Missing, Amount::Text),
            Self::Float(v) if v.is_valid(row) => Amount::Number(v.value(row)),
            _ => Amount::Missing,
        }
    }
}

/// The type of the values, whatever their encoding.
fn value_type(column: &ArrayRef) -> &DataType {
    values_of(column.data_type())
}

fn values_of(column: &DataType) -> &DataType {
    match column {
        DataType::Dictionary(_, values) => values,
        DataType::RunEndEncoded(_, values) => values.data_type(),
        other => other,
    }
}

fn is_bytes(kind: &DataType) -> bool {
    matches!(kind, DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
}

/// A UUID of databases.
pub(super) fn is_uuid(kind: &DataType) -> bool {
    *kind == DataType::FixedSizeBinary(16)
}

/// As databases write them: groups of 8, 4, 4, 4 and 12 digits.
fn uuid_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(u32::from(digit), 16));
        }
    }
    text
}

/// A column of nothing but nulls has no type of its own and reads as missing text.
fn is_text(kind: &DataType) -> bool {
    kind.is_string() || kind.is_null()
}

/// Views of dictionaries and the like share the buffer of the column's text.
pub(super) fn text(column: &ArrayRef, name: &str) -> Result<Values> {
    Ok(Values::Text(match column.data_type() {
        DataType::Utf8 => Texts::Short(column.as_string().clone()),
        DataType::LargeUtf8 => Texts::Large(column.as_string().clone()),
        _ if is_uuid(value_type(column)) => {
            let plain = converted(column, &DataType::FixedSizeBinary(16), name)?;
            Texts::Short(plain.as_fixed_size_binary().iter().map(|uuid| uuid.map(uuid_text)).collect())
        }
        _ => Texts::Views(converted(column, &DataType::Utf8View, name)?.as_string_view().clone()),
    }))
}

fn text_of_bytes(column: &ArrayRef, kind: &DataType) -> std::result::Result<ArrayRef, ArrowError> {
    let text = match kind {
        DataType::Binary => DataType::Utf8,
        DataType::LargeBinary => DataType::LargeUtf8,
        _ => DataType::Utf8View,
    };
    // Unpacked first: a dictionary does not become text in one step.
    convert(&convert(column, kind)?, &text)
}

fn convert(column: &ArrayRef, to: &DataType) -> std::result::Result<ArrayRef, ArrowError> {
    // Not "safe": that would turn what does not fit into nulls.
    cast_with_options(column, to, &CastOptions { safe: false, ..CastOptions::default() })
}

fn converted(column: &ArrayRef, to: &DataType, name: &str) -> Result<ArrayRef> {
    convert(column, to).map_err(|e| Error::ColumnType {
        column: name.to_owned(),
        found: column.data_type().to_string(),
        expected: "a plain column",
        remedy: format!("Cast it to a plain type first ({e})"),
    })
}
