//! The field's standard data set inside the crate, for examples, tests and first steps.
//!
//! CDNOW (Fader & Hardie 2001): every purchase, from January 1997 to June 1998, of the 23,570 customers
//! who first bought at the online music retailer CDNOW in the first quarter of 1997. A systematic 1/10
//! sample of 2,357 customers is the data of the papers.

use crate::error::Result;
use crate::transactions::{LogBuilder, ReadOptions, TransactionLog, read_csv_rows};

/// The CSV text: customer_id, date, quantity, amount, in_sample.
const CDNOW: &[u8] = include_bytes!("../data/cdnow.csv");
const IN_SAMPLE: usize = 4;

/// All 23,570 customers with 69,659 rows.
///
/// # Errors
/// None in practice: the data is part of the crate and is tested with it.
pub fn cdnow() -> Result<TransactionLog> {
    read("CDNOW", |_| true)
}

/// The 2,357 customers of the papers, with 6,919 rows.
///
/// # Errors
/// None in practice: the data is part of the crate and is tested with it.
pub fn cdnow_sample() -> Result<TransactionLog> {
    read("CDNOW, the papers' 1/10 sample", |row| row.get(IN_SAMPLE) == Some(b"1"))
}

fn read(origin: &str, wanted: impl Fn(&csv::ByteRecord) -> bool + Send) -> Result<TransactionLog> {
    let mut builder = LogBuilder::new(ReadOptions::new("customer_id", "date", "amount"));
    builder.begin(origin);
    read_csv_rows(CDNOW, origin, wanted, &mut builder)?;
    builder.finish()
}
