//! Damaged files of every kind: any bytes give a log whose rows add up, or a typed error. No panic, no hang, no memory
//! beyond what the file can hold. `fuzz/` has the same as targets of cargo-fuzz.
#![cfg(all(feature = "parquet", feature = "json", feature = "gzip", feature = "zstd"))]
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use cpm_core::transactions::FutureDates;
use cpm_core::{
    Duplicates, MergeWithin, OnError, ReadOptions, Returns, SummaryBuilder, SummaryOptions, TransactionLog,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::WriterProperties;
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};

/// Bytes that mean something to a format are put in more often than others.
const TELLING: &[u8] = b"\"',;\n\r\0\x80\xff-0.9eE\x7f\x01\xef\xbb\xbf";

/// How many files are damaged; the environment variable `CPM_MUTATIONS` asks for so many times more.
fn rounds(usual: usize) -> usize {
    let more = std::env::var("CPM_MUTATIONS").ok().and_then(|times| times.parse().ok());
    usual * more.unwrap_or(1)
}

/// A few changes: bytes replaced, put in, taken out, repeated, moved, or the end cut off.
fn mutated(bytes: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..random.random_range(1..6) {
        let n = bytes.len();
        if n == 0 {
            break;
        }
        let at = random.random_range(0..n);
        let until = (at + random.random_range(1..40)).min(n);
        let byte = match random.random_range(0..3) {
            0 => TELLING[random.random_range(0..TELLING.len())],
            _ => (random.next_u32() & 0xff) as u8,
        };
        match random.random_range(0..8) {
            0..3 => bytes[at] = byte,
            3 => bytes[at] ^= 1 << (random.next_u32() % 8),
            4 => bytes.insert(at, byte),
            5 => drop(bytes.drain(at..until)),
            6 => {
                let piece = bytes[at..until].to_vec();
                let to = random.random_range(0..n);
                bytes.splice(to..to, piece);
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}

/// Options of all kinds, as the number has it.
fn options(kind: u32) -> ReadOptions {
    let mut options = ReadOptions::new("customer", "date", "amount")
        .on_error(if kind & 1 == 0 { OnError::Exclude } else { OnError::Raise })
        .returns([Returns::Net, Returns::Drop, Returns::Error][(kind / 2 % 3) as usize]);
    if kind & 8 != 0 {
        options = options.order("order").product("product").cost("cost").attributes(["country"]);
    }
    if kind & 16 != 0 {
        options = options.duplicates(Duplicates::Drop).currency("currency");
    }
    if kind & 32 != 0 {
        options = options.encoding("latin-1".parse().unwrap()).time_zone("+02:00".parse().unwrap());
    }
    if kind & 64 != 0 {
        options = options.date_format("%Y-%m-%d").flag_outliers(3.0).unwrap();
        options = options.today("2024-02-15").unwrap().future(FutureDates::Drop);
    }
    if kind & 128 != 0 {
        options = options.quote(None).unwrap().quantity_and_price("quantity", "amount");
    }
    options
}

fn check(log: cpm_core::Result<TransactionLog>) {
    let Ok(log) = log else { return };
    let quality = log.quality();
    assert_eq!(quality.rows_read, quality.rows_kept + quality.rows_excluded());
    assert!(quality.total_amount.is_finite() && !quality.to_string().is_empty());
    let stored: usize = (0..log.customers()).map(|i| log.rows_of(i).0.len()).sum();
    let table = log.to_table().unwrap();
    // A row may stand for several that were merged.
    assert!(table.rows() == stored && (stored == log.rows() || table.column("rows").is_some()));
    for merge in [MergeWithin::Nothing, MergeWithin::Day, MergeWithin::Month] {
        if let Ok(customers) = log.summarize(&SummaryOptions::new().merge_within(merge)) {
            assert!(customers.recency().iter().zip(customers.T()).all(|(t_x, t)| *t_x >= 0.0 && t_x <= t));
        }
    }
}

fn csv() -> String {
    let mut text = String::from("customer,date,amount,order,product,cost,currency,country,quantity\n");
    for i in 0..40 {
        let day = 1 + i % 28;
        text += &format!("c{},2024-01-{day:02},{}.5,o{i},\"p, {}\",3,EUR,DÉ,{}\n", i % 7, i * 3 - 20, i % 5, 1 + i % 3);
    }
    text + "c1,2024-02-01T10:00:00Z,1e3,o1,\"a \"\"b\"\"\",,EUR,,1\n"
}

/// Peak of the memory of this process; 0 where it is not known.
fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1024
}

struct TempFile(PathBuf);

impl TempFile {
    fn new(ending: &str) -> Self {
        Self(std::env::temp_dir().join(format!("cpm-mutated-{}.{ending}", std::process::id())))
    }

    fn read(&self, bytes: &[u8], options: &ReadOptions) -> cpm_core::Result<TransactionLog> {
        std::fs::write(&self.0, bytes).unwrap();
        TransactionLog::read(&self.0, options)
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn text() {
    let good = csv().into_bytes();
    for kind in 0..256 {
        check(TransactionLog::from_csv_reader(&good[..], "orders.csv", &options(kind)));
    }
    let mut random = ChaCha8Rng::seed_from_u64(20_240_301);
    for _ in 0..rounds(3_000) {
        let bytes = mutated(&good, &mut random);
        check(TransactionLog::from_csv_reader(&bytes[..], "orders.csv", &options(random.next_u32() % 256)));
    }
}

#[test]
fn compressed_text() {
    let text = csv();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for (ending, good) in
        [("csv.gz", gzip.finish().unwrap()), ("csv.zst", zstd::encode_all(text.as_bytes(), 3).unwrap())]
    {
        let file = TempFile::new(ending);
        assert!(file.read(&good, &options(0)).is_ok());
        for _ in 0..rounds(400) {
            check(file.read(&mutated(&good, &mut random), &options(random.next_u32() % 256)));
        }
    }
}

#[test]
fn parquet_files() {
    let n = 60_i64;
    let texts = |of: &dyn Fn(i64) -> String| Arc::new((0..n).map(|i| Some(of(i))).collect::<StringArray>()) as ArrayRef;
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("customer", texts(&|i| format!("c{}", i % 9)), true),
        ("date", Arc::new((0..n as i32).map(|i| Some(19_000 + i)).collect::<Date32Array>()) as ArrayRef, true),
        (
            "amount",
            Arc::new((0..n).map(|i| (i % 7 > 0).then_some(i as f64)).collect::<Float64Array>()) as ArrayRef,
            true,
        ),
        ("order", Arc::new((0..n).map(Some).collect::<Int64Array>()) as ArrayRef, true),
        ("product", texts(&|i| format!("p{}", i % 3)), true),
        ("cost", Arc::new((0..n).map(|i| Some(i as f64 / 2.0)).collect::<Float64Array>()) as ArrayRef, true),
        ("currency", texts(&|_| "EUR".to_owned()), true),
        ("country", texts(&|i| format!("{i}")), true),
        ("quantity", Arc::new((0..n).map(Some).collect::<Int64Array>()) as ArrayRef, true),
    ])
    .unwrap();
    let properties = [
        WriterProperties::builder().set_compression(Compression::SNAPPY).set_max_row_group_row_count(Some(20)).build(),
        WriterProperties::builder().set_dictionary_enabled(false).set_encoding(Encoding::PLAIN).build(),
        WriterProperties::builder()
            .set_compression(Compression::ZSTD(parquet::basic::ZstdLevel::default()))
            .set_column_encoding("order".into(), Encoding::DELTA_BINARY_PACKED)
            .set_column_dictionary_enabled("order".into(), false)
            .build(),
    ];
    let file = TempFile::new("parquet");
    let mut random = ChaCha8Rng::seed_from_u64(11);
    for properties in properties {
        let mut good = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut good, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        assert!(file.read(&good, &options(0)).is_ok());
        for _ in 0..rounds(400) {
            check(file.read(&mutated(&good, &mut random), &options(random.next_u32() % 128)));
        }
    }
    assert!(peak_megabytes() < 1_024, "{} MB", peak_megabytes());
}

#[test]
fn saved_states() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    for kind in [0, 8, 16, 24] {
        let file = TempFile::new("csv");
        std::fs::write(&file.0, csv()).unwrap();
        let mut builder = SummaryBuilder::new(options(kind), SummaryOptions::new());
        builder.read(&file.0).unwrap();
        let good = builder.to_bytes().unwrap();
        for _ in 0..rounds(300) {
            let bytes = mutated(&good, &mut random);
            assert_eq!(SummaryBuilder::from_bytes(&bytes).is_ok(), bytes == good);
            // The same with checksums that fit, as somebody could write them who means harm.
            if let Ok(state) = SummaryBuilder::from_bytes(&with_checksums(bytes)) {
                let _ = state.clone().finish();
                check(state.finish_log());
            }
        }
    }
    assert!(peak_megabytes() < 1_024, "{} MB", peak_megabytes());
}

/// Frames are kind, length, payload, checksum of all before.
fn with_checksums(mut bytes: Vec<u8>) -> Vec<u8> {
    let (mut hash, mut next, mut hashed) = (0xcbf2_9ce4_8422_2325_u64, 12_usize, 0_usize);
    while let Some(length) = bytes.get(next + 1..next + 9) {
        let length = u64::from_le_bytes(length.try_into().unwrap());
        let Some(end) = usize::try_from(length).ok().and_then(|n| (next + 9).checked_add(n)) else { break };
        if end.checked_add(8).is_none_or(|last| last > bytes.len()) {
            break;
        }
        for byte in &bytes[hashed..end] {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        hashed = end;
        bytes[end..end + 8].copy_from_slice(&hash.to_le_bytes());
        next = end + 8;
    }
    bytes
}
