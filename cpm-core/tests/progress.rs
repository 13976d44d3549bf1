//! How far reading has come.
#![cfg(feature = "gzip")]
#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::sync::{Arc, Mutex};

use cpm_core::{OnError, Progress, ReadOptions, SummaryBuilder, SummaryOptions, TransactionLog};

#[test]
fn reports_grow_and_end_with_the_whole() {
    let folder = std::env::temp_dir().join(format!("cpm-progress-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut text = String::from("customer,date,amount\n");
    (0..20_000)
        .for_each(|i| text += &format!("c{},2024-01-{:02},{}\n", i % 700, 1 + i % 28, if i == 9 { -1 } else { i }));
    let (plain, zipped) = (folder.join("a.csv"), folder.join("b.csv.gz"));
    std::fs::write(&plain, &text).unwrap();
    let mut gzip = flate2_writer(&zipped);
    gzip.write_all(text.as_bytes()).unwrap();
    gzip.finish().unwrap();
    let total = [&plain, &zipped].map(|path| std::fs::metadata(path).unwrap().len()).iter().sum();

    let seen: Arc<Mutex<Vec<Progress>>> = Arc::default();
    let tell = || {
        let seen = Arc::clone(&seen);
        seen.lock().unwrap().clear();
        move |progress| seen.lock().unwrap().push(progress)
    };
    let check = |rows| {
        let seen = seen.lock().unwrap();
        let last = seen.last().unwrap();
        assert_eq!((last.rows, last.bytes, last.total_bytes, last.is_done), (rows, total, Some(total), true));
        assert!(seen.windows(2).all(|w| w[0].rows <= w[1].rows && w[0].bytes <= w[1].bytes && !w[0].is_done));
    };
    let options = ReadOptions::new("customer", "date", "amount").on_error(OnError::Exclude);
    let log = TransactionLog::read_files_with([&plain, &zipped], &options, tell()).unwrap();
    assert_eq!(log.quality(), TransactionLog::read_files([&plain, &zipped], &options).unwrap().quality());
    check(40_000);
    let mut builder = SummaryBuilder::new(options.clone(), SummaryOptions::new());
    builder.read_files_with([&folder], tell()).unwrap();
    check(40_000);
    // The end is reported of a file that cannot be read, too.
    let wrong = ReadOptions::new("who", "date", "amount");
    assert!(TransactionLog::read_files_with([&plain], &wrong, tell()).is_err());
    assert!(seen.lock().unwrap().last().unwrap().is_done);
    std::fs::remove_dir_all(&folder).unwrap();
}

fn flate2_writer(path: &std::path::Path) -> flate2::write::GzEncoder<std::fs::File> {
    flate2::write::GzEncoder::new(std::fs::File::create(path).unwrap(), flate2::Compression::fast())
}
