//! Any bytes as a Parquet file. Start from files that are whole: `cargo fuzz run parquet corpus/parquet`.
#![no_main]

use cpm_core::{OnError, ReadOptions, SummaryOptions, TransactionLog};
use libfuzzer_sys::fuzz_target;

// The parquet crate panics on some damaged pages, which cpm catches. libFuzzer's hook would end the process before; a panic
// that nobody catches still does.
fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |data: &[u8]| {
    let path = std::env::temp_dir().join(format!("cpm-fuzz-{}.parquet", std::process::id()));
    if std::fs::write(&path, data).is_err() {
        return;
    }
    let options = ReadOptions::new("customer", "date", "amount").on_error(OnError::Exclude);
    if let Ok(log) = TransactionLog::read_parquet(&path, &options) {
        let quality = log.quality();
        assert_eq!(quality.rows_read, quality.rows_kept + quality.rows_excluded());
        let _ = log.summarize(&SummaryOptions::new());
    }
    let _ = std::fs::remove_file(&path);
});
