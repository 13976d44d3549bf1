//! Arrow and Parquet: the same rows give the same log whatever they come in, and unusable input a typed error.
#![cfg(feature = "parquet")]
#![allow(missing_docs)]
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::builder::StringDictionaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::*;
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Schema, TimeUnit};
use cpm_core::transactions::{Reason, RowPlace};
use cpm_core::{Column, Error, OnError, ReadOptions, Returns, SummaryOptions, Table, TransactionLog, datasets};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;

fn options() -> ReadOptions {
    ReadOptions::new("customer", "date", "amount")
}

fn batch(customer: ArrayRef, date: ArrayRef, amount: ArrayRef) -> RecordBatch {
    // A column that nobody asks for stands first, so that positions matter.
    let other: ArrayRef = Arc::new(Int64Array::from(vec![7; customer.len()]));
    RecordBatch::try_from_iter_with_nullable([
        ("other", other, true),
        ("amount", amount, true),
        ("customer", customer, true),
        ("date", date, true),
    ])
    .unwrap()
}

fn read(batches: Vec<RecordBatch>, options: &ReadOptions) -> Result<TransactionLog, Error> {
    let schema = batches[0].schema();
    TransactionLog::from_batches(RecordBatchIterator::new(batches.into_iter().map(Ok), schema), "orders", options)
}

fn customers() -> ArrayRef {
    Arc::new(StringArray::from(vec!["ann", "ann", "bob"]))
}

fn days() -> ArrayRef {
    Arc::new(Date32Array::from(vec![9_862, 9_900, 9_870]))
}

fn amounts() -> ArrayRef {
    Arc::new(Float64Array::from(vec![20.0, 30.0, 12.5]))
}

/// Times and amounts of each customer, with its id.
fn rows(log: &TransactionLog) -> Vec<(String, Vec<i64>, Vec<f64>)> {
    (0..log.customers())
        .map(|i| {
            let (times, amounts) = log.rows_of(i);
            (log.customer_ids().get(i).to_string(), times.iter().map(|t| t.seconds()).collect(), amounts.to_vec())
        })
        .collect()
}

/// A file of its own for each test, removed at the end.
struct TempFile(PathBuf);

impl TempFile {
    fn new(ending: &str) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        Self(std::env::temp_dir().join(format!("cpm-arrow-{}-{count}.{ending}", std::process::id())))
    }

    fn parquet(batches: &[RecordBatch]) -> Self {
        Self::parquet_in_row_groups(batches, 1_000_000)
    }

    fn parquet_in_row_groups(batches: &[RecordBatch], rows: usize) -> Self {
        let file = Self::new("parquet");
        let properties = WriterProperties::builder().set_max_row_group_row_count(Some(rows)).build();
        let handle = std::fs::File::create(&file.0).unwrap();
        let mut writer = ArrowWriter::try_new(handle, batches[0].schema(), Some(properties)).unwrap();
        batches.iter().for_each(|b| writer.write(b).unwrap());
        writer.close().unwrap();
        file
    }

    fn text(ending: &str, content: &[u8]) -> Self {
        let file = Self::new(ending);
        std::fs::write(&file.0, content).unwrap();
        file
    }
}

impl AsRef<Path> for TempFile {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn every_usable_type_gives_the_same_log() {
    let expected = rows(&read(vec![batch(customers(), days(), amounts())], &options()).unwrap());
    assert_eq!(expected[0], ("ann".to_owned(), vec![9_862 * 86_400, 9_900 * 86_400], vec![20.0, 30.0]));

    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let customer_types = [DataType::LargeUtf8, DataType::Utf8View, dictionary.clone()];
    let date_types = [
        DataType::Date64,
        DataType::Timestamp(TimeUnit::Second, None),
        DataType::Timestamp(TimeUnit::Microsecond, None),
        DataType::Timestamp(TimeUnit::Nanosecond, None),
        DataType::Utf8,
        DataType::LargeUtf8,
        dictionary,
        DataType::Dictionary(Box::new(DataType::Int16), Box::new(DataType::Date32)),
    ];
    let amount_types =
        [DataType::Float32, DataType::Float16, DataType::Decimal128(9, 2), DataType::Decimal256(40, 3), DataType::Utf8];
    for kind in &customer_types {
        let log = read(vec![batch(cast(&customers(), kind).unwrap(), days(), amounts())], &options()).unwrap();
        assert_eq!(rows(&log), expected, "customer as {kind}");
    }
    for kind in &date_types {
        let date = cast(&days(), kind).unwrap();
        let log = read(vec![batch(customers(), date, amounts())], &options()).unwrap();
        assert_eq!(rows(&log), expected, "date as {kind}");
    }
    for kind in &amount_types {
        let log = read(vec![batch(customers(), days(), cast(&amounts(), kind).unwrap())], &options()).unwrap();
        assert_eq!(rows(&log), expected, "amount as {kind}");
    }
    let whole: ArrayRef = Arc::new(UInt64Array::from(vec![20, 30, 12]));
    let log = read(vec![batch(customers(), days(), whole)], &options()).unwrap();
    assert_eq!(log.quality().total_amount, 62.0);
}

#[test]
fn text_dates_follow_the_given_format() {
    let dates: ArrayRef = Arc::new(StringArray::from(vec!["03/04/1997", "04/04/1997", "31/12/1997"]));
    let log = read(vec![batch(customers(), dates.clone(), amounts())], &options().date_format("%d/%m/%Y")).unwrap();
    assert_eq!(log.first_and_last().0.to_string(), "1997-04-03");
    let error = read(vec![batch(customers(), dates, amounts())], &options()).unwrap_err();
    let Error::BadRows { count: 3, first, .. } = error else { panic!("{error}") };
    assert_eq!(
        (first.reason, first.place, first.value.as_str()),
        (Reason::AmbiguousDate, RowPlace::Row(0), "03/04/1997")
    );
}

#[test]
fn times_with_a_zone_are_instants_in_utc() {
    // The zone says how to show an instant; the count is in UTC whatever it is.
    for zone in ["UTC", "+02:00", "America/New_York"] {
        let times = TimestampMillisecondArray::from(vec![1_000 * (875_577_600 - 3_600); 3]).with_timezone(zone);
        let log = read(vec![batch(customers(), Arc::new(times), amounts())], &options()).unwrap();
        assert_eq!(log.first_and_last().0.to_string(), "1997-09-29 23:00:00");
    }
}

#[test]
fn times_before_1970_stay_in_their_second() {
    let times: ArrayRef = Arc::new(TimestampMillisecondArray::from(vec![-1, -1_000, -1_001]));
    let log = read(vec![batch(customers(), times, amounts())], &options()).unwrap();
    assert_eq!(rows(&log)[0].1, [-1, -1]);
    assert_eq!(rows(&log)[1].1, [-2]);
}

#[test]
fn times_that_no_calendar_has_are_bad_rows() {
    let times: ArrayRef = Arc::new(TimestampSecondArray::from(vec![i64::MAX, i64::MIN, 0]));
    let log = read(vec![batch(customers(), times, amounts())], &options().on_error(OnError::Exclude)).unwrap();
    assert_eq!(log.quality().excluded[&Reason::UnparsableDate], 2);
    let last: ArrayRef = Arc::new(Date32Array::from(vec![2_932_896, i32::MAX, i32::MIN]));
    let log = read(vec![batch(customers(), last, amounts())], &options().on_error(OnError::Exclude)).unwrap();
    assert_eq!(log.first_and_last().1.to_string(), "9999-12-31");
    assert_eq!(log.quality().excluded[&Reason::UnparsableDate], 2);
}

#[test]
fn integer_ids_stay_exact() {
    let big = 9_007_199_254_740_993_i64; // 2^53 + 1
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![big, big - 1, i64::MAX]));
    let log = read(vec![batch(ids, days(), amounts())], &options()).unwrap();
    let read_back: Vec<String> = log.customer_ids().iter().map(|id| id.to_string()).collect();
    assert_eq!(read_back, ["9007199254740992", "9007199254740993", "9223372036854775807"]);
    for kind in [DataType::UInt64, DataType::UInt8, DataType::Int16, DataType::Float32, DataType::Decimal128(10, 0)] {
        let small: ArrayRef = cast(&Int64Array::from(vec![3, 1, 2]), &kind).unwrap();
        let log = read(vec![batch(small, days(), amounts())], &options()).unwrap();
        assert_eq!(rows(&log).iter().map(|r| r.0.as_str()).collect::<Vec<_>>(), ["1", "2", "3"], "{kind}");
    }
}

#[test]
fn ids_that_would_lose_digits_are_refused() {
    let unsigned: ArrayRef = Arc::new(UInt64Array::from(vec![1, u64::MAX, 2]));
    let single: ArrayRef = Arc::new(Float32Array::from(vec![16_777_217.0; 3]));
    let fraction: ArrayRef = Arc::new(Decimal128Array::from(vec![150; 3]).with_precision_and_scale(9, 2).unwrap());
    let long: ArrayRef =
        Arc::new(Decimal128Array::from(vec![i128::from(u64::MAX); 3]).with_precision_and_scale(38, 0).unwrap());
    for ids in [unsigned, single, fraction, long] {
        // The policy for bad rows does not apply: leaving out customers with large ids would be a silent bias.
        let error = read(vec![batch(ids, days(), amounts())], &options().on_error(OnError::Exclude)).unwrap_err();
        let Error::ColumnType { column, remedy, .. } = &error else { panic!("{error}") };
        assert_eq!(column, "customer");
        assert!(!remedy.is_empty());
    }
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 1.5, 9_007_199_254_740_992.0]));
    let log = read(vec![batch(floats, days(), amounts())], &options().on_error(OnError::Exclude)).unwrap();
    assert_eq!(log.customers(), 1);
    assert_eq!(log.quality().excluded[&Reason::UnusableCustomer], 2);
}

#[test]
fn nulls_and_numbers_that_are_none_are_counted_by_reason() {
    let customer: ArrayRef = Arc::new(StringArray::from(vec![
        Some("ann"),
        None,
        Some("ann"),
        Some("ann"),
        Some("ann"),
        Some(" "),
        Some("ann"),
    ]));
    let date: ArrayRef = Arc::new(Date32Array::from(vec![Some(1), Some(1), None, Some(1), Some(1), Some(1), Some(1)]));
    let amount: ArrayRef = Arc::new(Float64Array::from(vec![
        Some(1.0),
        Some(1.0),
        Some(1.0),
        None,
        Some(f64::NAN),
        Some(1.0),
        Some(-3.0),
    ]));
    let input = batch(customer, date, amount);
    let log = read(vec![input.clone()], &options().on_error(OnError::Exclude)).unwrap();
    let quality = log.quality();
    let expected = [
        (Reason::MissingCustomer, 2),
        (Reason::MissingDate, 1),
        (Reason::MissingAmount, 1),
        (Reason::NonFiniteAmount, 1),
        (Reason::NegativeAmount, 1),
    ];
    assert_eq!(quality.excluded.iter().map(|(r, n)| (*r, *n)).collect::<Vec<_>>(), expected);
    assert_eq!((quality.rows_read, quality.rows_kept, quality.rows_excluded()), (7, 1, 6));
    assert_eq!(quality.examples[0].place, RowPlace::Row(1));

    let error = read(vec![input.clone()], &options()).unwrap_err();
    let Error::BadRows { count: 6, total: 7, first, .. } = error else { panic!("{error}") };
    assert_eq!((first.origin.as_str(), first.place, first.column.as_str()), ("orders", RowPlace::Row(1), "customer"));
    assert!(first.to_string().starts_with("orders, row 1 (counted from 0), column `customer`"), "{first}");

    let options = options().on_error(OnError::Exclude).returns(Returns::Net);
    assert_eq!(read(vec![input], &options).unwrap().rows(), 2);
}

#[test]
fn rows_are_counted_across_batches() {
    let bad: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::INFINITY, 1.0]));
    let error =
        read(vec![batch(customers(), days(), amounts()), batch(customers(), days(), bad)], &options()).unwrap_err();
    let Error::BadRows { total: 6, first, .. } = error else { panic!("{error}") };
    assert_eq!((first.place, first.value.as_str()), (RowPlace::Row(4), "inf"));
}

#[test]
fn columns_of_nulls_are_missing_values() {
    let nothing: ArrayRef = Arc::new(NullArray::new(3));
    for input in [
        batch(nothing.clone(), days(), amounts()),
        batch(customers(), nothing.clone(), amounts()),
        batch(customers(), days(), nothing.clone()),
    ] {
        let error = read(vec![input], &options()).unwrap_err();
        assert!(matches!(&error, Error::BadRows { count: 3, .. }), "{error}");
    }
}

#[test]
fn unusable_types_name_the_column_and_the_remedy() {
    let flags: ArrayRef = Arc::new(BooleanArray::from(vec![true; 3]));
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![19_970_103; 3]));
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![b"\xff".as_slice(); 3]));
    let cases = [
        ("customer", batch(flags.clone(), days(), amounts())),
        ("customer", batch(bytes, days(), amounts())),
        ("date", batch(customers(), numbers, amounts())),
        ("date", batch(customers(), amounts(), amounts())),
        ("amount", batch(customers(), days(), flags)),
        ("amount", batch(customers(), days(), days())),
    ];
    for (wrong, input) in cases {
        let error = read(vec![input], &options()).unwrap_err();
        let Error::ColumnType { column, .. } = &error else { panic!("{error}") };
        assert_eq!(column, wrong);
    }
    // Text without a mark that says so.
    let text: ArrayRef = Arc::new(BinaryArray::from(vec![b"x".as_slice(); 3]));
    assert_eq!(read(vec![batch(text, days(), amounts())], &options()).unwrap().customers(), 1);
    let error =
        read(vec![batch(customers(), days(), amounts())], &ReadOptions::new("customer", "when", "amount")).unwrap_err();
    let Error::MissingColumn { column, role, available, .. } = error else { panic!("{error}") };
    assert_eq!((column.as_str(), role), ("when", "date"));
    assert_eq!(available, ["other", "amount", "customer", "date"]);
}

#[test]
fn a_stream_that_breaks_off_is_an_error() {
    let good = batch(customers(), days(), amounts());
    let schema = good.schema();
    let batches = [Ok(good), Err(ArrowError::ComputeError("connection lost".to_owned()))];
    let error =
        TransactionLog::from_batches(RecordBatchIterator::new(batches, schema), "query", &options()).unwrap_err();
    assert!(matches!(&error, Error::UnreadableFile { .. }), "{error}");
    assert!(error.to_string().contains("connection lost"));
    let nothing = RecordBatchIterator::new([], batch(customers(), days(), amounts()).schema());
    assert!(matches!(TransactionLog::from_batches(nothing, "query", &options()), Err(Error::Empty { .. })));
    let no_columns = RecordBatchIterator::new([], Arc::new(Schema::empty()));
    assert!(matches!(TransactionLog::from_batches(no_columns, "query", &options()), Err(Error::MissingColumn { .. })));
}

#[test]
fn parquet_gives_the_log_of_the_same_csv() {
    let log = datasets::cdnow_sample().unwrap();
    let mut text = String::from("customer,date,amount\n");
    let mut dictionary = StringDictionaryBuilder::<Int32Type>::new();
    let (mut date, mut amount) = (Vec::new(), Vec::new());
    for (id, times, amounts) in rows(&log) {
        for (time, value) in times.iter().zip(amounts) {
            text += &format!("{id},{},{value}\n", cpm_core::Timestamp::from_seconds(*time));
            dictionary.append_value(&id);
            date.push(time / 86_400);
            amount.push(value);
        }
    }
    let days = Date32Array::from(date.iter().map(|&d| d as i32).collect::<Vec<_>>());
    let rows_in = batch(Arc::new(dictionary.finish()), Arc::new(days), Arc::new(Float64Array::from(amount)));
    let parquet = TempFile::parquet_in_row_groups(&[rows_in], 1_000);
    let csv = TempFile::text("csv", text.as_bytes());
    let from_parquet = TransactionLog::read(&parquet, &options()).unwrap();
    let from_csv = TransactionLog::read(&csv, &options()).unwrap();
    assert_eq!(rows(&from_parquet), rows(&log));
    assert_eq!(rows(&from_csv), rows(&log));
    assert_eq!(from_parquet.quality().period, log.quality().period);
    assert_eq!(from_parquet.quality().rows_sharing_a_day, log.quality().rows_sharing_a_day);

    let both = TransactionLog::read_files([&csv, &parquet], &options()).unwrap();
    assert_eq!(both.rows(), 2 * log.rows());
    assert_eq!(both.quality().origins.len(), 2);
    let twice = TransactionLog::read_files([&csv, &csv], &options()).unwrap_err();
    assert!(matches!(&twice, Error::InvalidArgument { .. }), "{twice}");
    let none = TransactionLog::read_files(Vec::<PathBuf>::new(), &options()).unwrap_err();
    assert!(matches!(none, Error::InvalidArgument { .. }));
    let absent = TransactionLog::read("no-such-file.parquet", &options()).unwrap_err();
    assert!(matches!(absent, Error::Io { .. }));
}

#[test]
fn damaged_parquet_never_panics() {
    let file = TempFile::parquet(&[batch(customers(), days(), amounts())]);
    let bytes = std::fs::read(&file).unwrap();
    for length in 0..bytes.len() {
        let cut = TempFile::text("parquet", &bytes[..length]);
        let error = TransactionLog::read(&cut, &options()).unwrap_err();
        assert!(matches!(&error, Error::UnreadableFile { .. }), "cut to {length}: {error}");
        assert!(error.to_string().contains("Parquet"));
    }
    let mut unnoticed = 0;
    for position in 0..bytes.len() {
        for flip in [0xff, 0x01, 0x80] {
            let mut damaged = bytes.clone();
            damaged[position] ^= flip;
            let file = TempFile::text("parquet", &damaged);
            // Parquet has no checksum by default, so a flipped bit may change a value; it may not bring us down.
            unnoticed += usize::from(TransactionLog::read(&file, &options()).is_ok());
        }
    }
    assert!(unnoticed < 3 * bytes.len());
    for content in [b"customer,date,amount\nann,2024-01-01,3\n".as_slice(), b"", b"PAR1"] {
        let error = TransactionLog::read(TempFile::text("parquet", content), &options()).unwrap_err();
        assert!(matches!(&error, Error::UnreadableFile { .. }), "{error}");
    }
}

#[test]
fn an_empty_parquet_file_is_empty() {
    let file = TempFile::parquet(&[batch(customers(), days(), amounts()).slice(0, 0)]);
    let error = TransactionLog::read(&file, &options()).unwrap_err();
    assert!(matches!(&error, Error::Empty { .. }), "{error}");
    let error = TransactionLog::read_parquet(&file, &ReadOptions::new("customer", "date", "price")).unwrap_err();
    let Error::MissingColumn { available, .. } = error else { panic!("{error}") };
    assert_eq!(available, ["other", "amount", "customer", "date"]);
}

#[cfg(feature = "gzip")]
#[test]
fn compressed_csv_reads_like_the_text() {
    use std::io::Write;
    let compress = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    // Two members in a row, as `cat a.gz b.gz` makes them.
    let mut bytes = compress("customer,date,amount\nann,2024-01-01,3\n");
    bytes.extend(compress("ann,2024-02-01,4\n"));
    let log = TransactionLog::read(TempFile::text("csv.gz", &bytes), &options()).unwrap();
    assert_eq!((log.rows(), log.quality().total_amount), (2, 7.0));
    // Zeros up to the end of a block, as tapes and some tools have them, are nothing; other bytes may be rows that are lost.
    let padded = [&bytes[..], &[0; 700]].concat();
    assert_eq!(TransactionLog::read(TempFile::text("csv.gz", &padded), &options()).unwrap().rows(), 2);
    let garbage = [&bytes[..], b"ann,2024-03-01,5\n"].concat();
    for damaged in [&bytes[..bytes.len() - 9], b"customer,date,amount\n", &garbage] {
        let error = TransactionLog::read(TempFile::text("csv.gz", damaged), &options()).unwrap_err();
        assert!(matches!(&error, Error::UnreadableFile { .. }), "{error}");
    }
}

#[test]
fn uuids_are_text() {
    let bytes = [0x00_u8, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff];
    let values = [Some(bytes), None, Some(bytes)].into_iter();
    let ids: ArrayRef = Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(values, 16).unwrap());
    let batch = batch(ids, days(), amounts());
    let read_it = options().on_error(OnError::Exclude).order("customer");
    let text = "00112233-4455-6677-8899-aabbccddeeff";
    for log in [
        read(vec![batch.clone()], &read_it).unwrap(),
        TransactionLog::read_parquet(TempFile::parquet(&[batch]), &options().on_error(OnError::Exclude)).unwrap(),
    ] {
        assert_eq!(log.customer_ids().get(0).to_string(), text);
        assert_eq!((log.customers(), log.quality().excluded[&Reason::MissingCustomer]), (1, 1));
    }
    let log = read(vec![self::batch(customers(), days(), amounts())], &options()).unwrap();
    assert_eq!(log.customers(), 2);
}

#[test]
fn amounts_of_32_bits_are_what_was_written() {
    let (day, ids) = (|day| 19_000 + day, ["x"; 6]);
    let days: ArrayRef = Arc::new(Date32Array::from_iter_values([0, 40, 40, 40, 40, 40].map(day)));
    let prices: Vec<f32> = vec![10.0, 19.99, 19.99, 19.99, 0.1, -60.07];
    let customer: ArrayRef = Arc::new(StringArray::from_iter_values(ids));
    let plain: ArrayRef = Arc::new(Float32Array::from(prices));
    let coded =
        Arc::new(cast(&plain, &DataType::Dictionary(DataType::Int32.into(), DataType::Float32.into())).unwrap());
    for amounts in [plain, coded] {
        let batch = batch(Arc::clone(&customer), Arc::clone(&days), amounts);
        let log = read(vec![batch.clone()], &options().returns(Returns::Net)).unwrap();
        assert_eq!(log.rows_of(0).1[1..], [-60.07, 0.1, 19.99, 19.99, 19.99]);
        let summary = log.summarize(&SummaryOptions::new()).unwrap();
        assert_eq!((summary.frequency(), summary.quality().unwrap().periods_cancelled), (&[0.0][..], 1));
        let file = TempFile::parquet(&[batch]);
        let same = TransactionLog::read_parquet(&file, &options().returns(Returns::Net)).unwrap();
        assert_eq!(same.rows_of(0).1, log.rows_of(0).1);
    }
}

#[test]
fn tables_become_record_batches() {
    let log = datasets::cdnow_sample().unwrap();
    let table = log.summarize(&SummaryOptions::new()).unwrap().to_table().unwrap();
    let batch = table.to_record_batch().unwrap();
    assert_eq!(batch.num_rows(), 2_357);
    assert_eq!(batch.schema().field(0).data_type(), &DataType::LargeUtf8);
    let first = batch.column_by_name("first_purchase").unwrap().as_primitive::<Date32Type>();
    assert_eq!(first.value_as_date(0).unwrap().to_string(), "1997-01-01");
    let recency = batch.column_by_name("recency").unwrap().as_primitive::<Float64Type>();
    assert_eq!(recency.values(), table.floats("recency").unwrap());
    assert_eq!(batch.column_by_name("frequency").unwrap().data_type(), &DataType::Int64);

    let mut table = Table::new();
    table.push("id", Column::Id(vec![i64::MAX, -1].into())).unwrap();
    table.push("note", Column::Text(vec!["é".into(), String::new()])).unwrap();
    table.push("maybe", Column::Optional(vec![None, Some(2.5)])).unwrap();
    table.push("segment", Column::Category { names: vec!["low".into(), "high".into()], codes: vec![1, 0] }).unwrap();
    let batch = table.to_record_batch().unwrap();
    assert_eq!(batch.column(0).as_primitive::<Int64Type>().values(), &[i64::MAX, -1]);
    assert_eq!(batch.column(1).as_string::<i32>().value(0), "é");
    assert!(batch.column(2).is_null(0) && batch.schema().field(2).is_nullable());
    assert_eq!(batch.column(2).as_primitive::<Float64Type>().value(1), 2.5);
    let segments = batch.column(3).as_dictionary::<Int32Type>().downcast_dict::<StringArray>().unwrap();
    assert_eq!(segments.into_iter().flatten().collect::<Vec<_>>(), ["high", "low"]);
    assert_eq!(Table::new().to_record_batch().unwrap().num_rows(), 0);
}
