//! Any bytes as a CSV file; the first two say under which options it is read.
#![no_main]

use cpm_core::transactions::FutureDates;
use cpm_core::{Duplicates, MergeWithin, OnError, ReadOptions, Returns, SummaryOptions, TransactionLog};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [kind, more, text @ ..] = data else { return };
    let flag = |bit: u8| kind & (1 << bit) != 0;
    let mut options = ReadOptions::new("0", "1", "2").header(false);
    options = options.on_error(OnError::Exclude);
    options = options.returns([Returns::Net, Returns::Drop, Returns::Error][usize::from(more % 3)]);
    options = options.future([FutureDates::Error, FutureDates::Drop, FutureDates::Keep][usize::from(more / 3 % 3)]);
    if flag(0) {
        options = options.order("3").product("4").cost("5").attributes(["6"]);
    }
    if flag(1) {
        options = options.duplicates(Duplicates::Drop);
    }
    if flag(2) {
        options = options.quantity_and_price("3", "2");
    }
    let set = |options: ReadOptions| -> cpm_core::Result<ReadOptions> {
        let options = if flag(3) { options.encoding("latin-1".parse()?) } else { options };
        let options = if flag(4) { options.decimal(',')?.delimiter(';')? } else { options };
        let options = if flag(5) { options.quote(None)? } else { options };
        let options = if flag(6) { options.time_zone("Europe/Berlin".parse()?) } else { options };
        let options = options.today("2024-06-30")?;
        if flag(7) { options.flag_outliers(3.0) } else { Ok(options) }
    };
    let Ok(options) = set(options) else { return };
    let Ok(log) = TransactionLog::from_csv_reader(text, "fuzz", &options) else { return };
    let quality = log.quality();
    assert_eq!(quality.rows_read, quality.rows_kept + quality.rows_excluded());
    let _ = quality.to_string();
    let _ = log.to_table();
    let _ = log.summarize(&SummaryOptions::new().merge_within(MergeWithin::Day));
    let _ = log.summarize(&SummaryOptions::new().merge_within(MergeWithin::Order));
});
