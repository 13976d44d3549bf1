//! A builder takes a source whole or not at all.
#![cfg(all(feature = "gzip", feature = "arrow", feature = "json"))]
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, RecordBatchIterator, StringArray};
use arrow_schema::ArrowError;
use cpm_core::transactions::{Amount, Customer, Duplicates, When};
use cpm_core::{Error, OnError, ReadOptions, SummaryBuilder, SummaryOptions};

fn options() -> ReadOptions {
    ReadOptions::new("customer", "date", "amount")
}

fn builder(options: ReadOptions) -> SummaryBuilder {
    SummaryBuilder::new(options, SummaryOptions::new())
}

fn batch(rows: &[(&str, &str, f64)]) -> RecordBatch {
    let customer: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.0)));
    let date: ArrayRef = Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.1)));
    let amount: ArrayRef = Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.2)));
    RecordBatch::try_from_iter([("customer", customer), ("date", date), ("amount", amount)]).unwrap()
}

#[test]
fn a_stream_that_breaks_adds_nothing() {
    let good = batch(&[("ann", "2024-01-05", 20.0), ("bob", "2024-01-06", 5.0)]);
    let stream = |broken: bool| {
        let end = broken.then(|| Err(ArrowError::ComputeError("the line went dead".to_owned())));
        let batches: Vec<_> = std::iter::once(Ok(good.clone())).chain(end).collect();
        RecordBatchIterator::new(batches, good.schema())
    };
    for detailed in [false, true] {
        let options = if detailed { options().duplicates(Duplicates::Drop) } else { options() };
        let mut builder = builder(options);
        assert!(builder.read_batches(stream(true), "orders").unwrap_err().to_string().contains("went dead"));
        assert!(matches!(builder.clone().finish(), Err(Error::Empty { .. })));
        builder.read_batches(stream(false), "orders").unwrap();
        let state = builder.to_bytes().unwrap();
        assert!(builder.read_batches(stream(true), "orders").is_err());
        assert_eq!(builder.to_bytes().unwrap(), state);
        // A second source is added to the first.
        builder.read_batches(stream(false), "more orders").unwrap();
        let log = builder.clone().finish_log().unwrap();
        assert_eq!(log.quality().rows_read, 4);
        assert_eq!(log.quality().total_amount, if detailed { 25.0 } else { 50.0 });
        assert_eq!(builder.finish().unwrap().frequency(), [0.0, 0.0]);
    }
}

#[test]
fn a_file_that_is_cut_short_adds_nothing() {
    let folder = std::env::temp_dir().join(format!("cpm-whole-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (good, cut) = (folder.join("a.csv"), folder.join("b.csv.gz"));
    let rows: String = (0..30_000).map(|i| format!("c{},2024-01-{:02},{}.5\n", i % 900, 1 + i % 28, i % 97)).collect();
    std::fs::write(&good, format!("customer,date,amount\n{rows}")).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    write!(gzip, "customer,date,amount\n{rows}").unwrap();
    let bytes = gzip.finish().unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();

    let mut builder = builder(options());
    builder.read(&good).unwrap();
    let state = builder.to_bytes().unwrap();
    // Of several files all are added or none.
    assert!(matches!(builder.read_files([&cut]), Err(Error::UnreadableFile { .. })));
    assert!(builder.read_files_with([&good, &cut], |_| ()).is_err());
    assert_eq!(builder.to_bytes().unwrap(), state);
    std::fs::write(&cut, bytes).unwrap();
    builder.read(&cut).unwrap();
    assert_eq!(builder.finish_log().unwrap().quality().rows_kept, 60_000);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn what_is_saved_can_be_finished() {
    let stream = |rows: &[(&str, &str, f64)]| {
        let batch = batch(rows);
        let schema = batch.schema();
        RecordBatchIterator::new([Ok(batch)], schema)
    };
    let bad = [("ann", "2024-01-07", 1.0), ("", "2024-01-07", 2.0)];
    let mut builder = builder(options());
    builder.read_batches(stream(&[("ann", "2024-01-05", 20.0)]), "orders").unwrap();
    let state = builder.to_bytes().unwrap();
    let Err(Error::BadRows { count, total, first, .. }) = builder.read_batches(stream(&bad), "today") else { panic!() };
    assert_eq!((count, total, first.place.number(), first.origin.as_str()), (1, 2, 1, "today"));
    assert_eq!(builder.to_bytes().unwrap(), state);
    assert_eq!(builder.summary_so_far().unwrap().len(), 1);

    // Pushed rows come one by one: the builder is neither finished nor saved with them, nor merged into another.
    let mut pushed = builder.clone();
    pushed.push(1, Customer::Missing, When::Text("2024-01-07"), Amount::Number(1.0));
    assert!(matches!(pushed.to_bytes(), Err(Error::BadRows { .. })));
    assert!(matches!(builder.merge(pushed), Err(Error::BadRows { .. })));
    assert_eq!(builder.to_bytes().unwrap(), state);

    // On request they are left out and counted.
    let mut lenient = SummaryBuilder::new(options().on_error(OnError::Exclude), SummaryOptions::new());
    lenient.read_batches(stream(&bad), "today").unwrap();
    assert_eq!(lenient.finish_log().unwrap().quality().rows_excluded(), 1);
}

#[test]
fn currencies_that_cannot_be_added_are_refused_where_they_meet() {
    let orders = |currency: &str| format!("customer,date,amount,currency\nann,2024-01-05,20,{currency}\n");
    let folder = std::env::temp_dir().join(format!("cpm-currencies-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = |currency: &str| {
        let path = folder.join(format!("{currency}.csv"));
        std::fs::write(&path, orders(currency)).unwrap();
        path
    };
    let mut euros = builder(options().currency("currency"));
    let mut dollars = euros.clone();
    euros.read(path("EUR")).unwrap();
    dollars.read(path("USD")).unwrap();
    let state = euros.to_bytes().unwrap();
    assert!(matches!(euros.read(path("USD")), Err(Error::MixedCurrencies { .. })));
    assert!(euros.merge(dollars).unwrap_err().to_string().contains("EUR (1 rows, first"));
    assert_eq!(euros.to_bytes().unwrap(), state);
    euros.read(path("EUR")).unwrap();
    assert_eq!(euros.finish_log().unwrap().quality().rows_kept, 2);
    std::fs::remove_dir_all(&folder).unwrap();
}
