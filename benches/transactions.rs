//! From rows to summaries: `cargo bench --bench transactions`.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;
use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Float64Array, RecordBatch, RecordBatchIterator, StringArray};
use cpm_core::transactions::{Amount, Customer, LogBuilder, When};
use cpm_core::{MergeWithin, ReadOptions, SummaryBuilder, SummaryOptions, Timestamp, TransactionLog};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use parquet::arrow::ArrowWriter;

const ROWS: usize = 1_000_000;
const CUSTOMERS: usize = 100_000;
const BATCH: usize = 65_536;

/// A number between 0 and 1 for each row, the same in every run (a Weyl sequence, mixed).
fn uniform(row: usize, stream: u64) -> f64 {
    let mixed =
        (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(stream.wrapping_mul(0xbf58_476d_1ce4_e5b9));
    let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

/// Customer, day and amount in cents, in order of time as shops write them.
fn row(row: usize) -> (String, i32, f64) {
    let customer = (CUSTOMERS as f64 * uniform(row, 1).powi(2)) as usize;
    (format!("C{customer:08}"), 18_628 + (row * 1_095 / ROWS) as i32, (10_000.0 * uniform(row, 2)).round() / 100.0)
}

fn batches() -> Vec<RecordBatch> {
    let batch = |start: usize| {
        let rows: Vec<(String, i32, f64)> = (start..(start + BATCH).min(ROWS)).map(row).collect();
        let customer: ArrayRef = Arc::new(rows.iter().map(|row| Some(row.0.as_str())).collect::<StringArray>());
        let date: ArrayRef = Arc::new(rows.iter().map(|row| Some(row.1)).collect::<Date32Array>());
        let amount: ArrayRef = Arc::new(rows.iter().map(|row| Some(row.2)).collect::<Float64Array>());
        RecordBatch::try_from_iter([("customer", customer), ("date", date), ("amount", amount)]).unwrap()
    };
    (0..ROWS).step_by(BATCH).map(batch).collect()
}

fn options() -> ReadOptions {
    ReadOptions::new("customer", "date", "amount")
}

fn builder() -> SummaryBuilder {
    SummaryBuilder::new(options(), SummaryOptions::new())
}

fn sources(criterion: &mut Criterion) {
    let batches = batches();
    let schema = batches[0].schema();
    let folder = std::env::temp_dir().join(format!("cpm-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (parquet, csv) = (folder.join("log.parquet"), folder.join("log.csv"));
    let mut writer = ArrowWriter::try_new(std::fs::File::create(&parquet).unwrap(), Arc::clone(&schema), None).unwrap();
    for batch in &batches {
        writer.write(batch).unwrap();
        // A row group each, as for a file of many groups.
        writer.flush().unwrap();
    }
    writer.close().unwrap();
    let mut text = String::from("customer,date,amount\n");
    for (customer, day, amount) in (0..ROWS).map(row) {
        let date = Timestamp::from_days(i64::from(day));
        text.push_str(&format!("{customer},{date},{amount}\n"));
    }
    std::fs::write(&csv, text).unwrap();

    let mut group = criterion.benchmark_group("log to summary, 1M rows of 100k customers");
    group.sample_size(10).throughput(Throughput::Elements(ROWS as u64));
    for (name, path) in [("CSV", &csv), ("Parquet", &parquet)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                let mut builder = builder();
                builder.read(path).unwrap();
                black_box(builder.finish().unwrap())
            });
        });
    }
    group.bench_function("Arrow batches", |b| {
        b.iter(|| {
            let mut builder = builder();
            let reader = RecordBatchIterator::new(batches.iter().cloned().map(Ok), Arc::clone(&schema));
            builder.read_batches(reader, "orders").unwrap();
            black_box(builder.finish().unwrap())
        });
    });
    group.bench_function("Arrow batches, by way of the log", |b| {
        b.iter(|| {
            let reader = RecordBatchIterator::new(batches.iter().cloned().map(Ok), Arc::clone(&schema));
            let log = TransactionLog::from_batches(reader, "orders", &options()).unwrap();
            black_box(log.summarize(&SummaryOptions::new()).unwrap())
        });
    });
    group.finish();
    std::fs::remove_dir_all(folder).unwrap();
}

/// Ten rows a customer and day, so that nine of ten are added to a sum: without rounding where rows are brought together
/// as they come, by plain additions where a finished log is summarised.
fn sums(criterion: &mut Criterion) {
    let rows: Vec<(i64, Timestamp, f64)> = (0..ROWS)
        .map(|row| {
            let customer = (row / 10 * 7_919 % CUSTOMERS) as i64;
            let time = Timestamp::from_days(18_628 + (row / 10 * 1_095 / (ROWS / 10)) as i64);
            (customer, time, (10_000.0 * uniform(row, 3)).round() / 100.0)
        })
        .collect();
    let mut group = criterion.benchmark_group("sums of amounts, 1M rows of 100k purchases");
    group.sample_size(10).throughput(Throughput::Elements(ROWS as u64));
    let merging = |merge| {
        let mut builder = SummaryBuilder::new(options(), SummaryOptions::new().merge_within(merge));
        for (line, &(customer, time, amount)) in (1..).zip(&rows) {
            builder.push(line, Customer::Integer(customer), When::At(time), Amount::Number(amount));
        }
        builder.finish().unwrap()
    };
    group.bench_function("exact, as rows come", |b| b.iter(|| black_box(merging(MergeWithin::Day))));
    group.bench_function("none: each row a purchase", |b| b.iter(|| black_box(merging(MergeWithin::Nothing))));
    group.bench_function("plain, in a log of all rows", |b| {
        b.iter(|| {
            let mut builder = LogBuilder::new(options());
            for (line, &(customer, time, amount)) in (1..).zip(&rows) {
                builder.push(line, Customer::Integer(customer), When::At(time), Amount::Number(amount));
            }
            black_box(builder.finish().unwrap().summarize(&SummaryOptions::new()).unwrap())
        });
    });
    group.finish();
}

criterion_group!(benches, sources, sums);
criterion_main!(benches);
