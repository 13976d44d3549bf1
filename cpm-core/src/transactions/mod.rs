//! The transaction log: what the user has, read once, checked, and kept in a compact form.
//!
//! A log is a set of rows (customer, time, amount). Readers for CSV, Parquet and Arrow all push rows
//! into one [`LogBuilder`], which checks each of them in the same way and counts what it leaves out in
//! a [`QualityReport`]. The finished [`TransactionLog`] is in canonical order (customers by id, rows by
//! time), so that nothing downstream depends on the order of the rows in the file.

mod aliases;
mod builder;
mod columns;
#[cfg(feature = "csv")]
mod csv;
mod detailed;
mod details;
mod encoding;
#[cfg(feature = "json")]
mod frames;
#[cfg(feature = "gzip")]
mod gzip;
mod ids;
#[cfg(any(feature = "arrow", feature = "csv"))]
mod ingest;
mod kept_rows;
mod leb128;
mod log;
mod null_values;
mod options;
mod progress;
mod quality;
mod reason;
mod rows;
mod store;
mod time_zone;
mod timestamp;
mod values;
mod window;

#[cfg(feature = "arrow")]
mod arrow;
#[cfg(feature = "arrow")]
mod arrow_details;
#[cfg(feature = "parquet")]
mod parquet;
#[cfg(feature = "csv")]
mod read;
#[cfg(feature = "arrow")]
mod single;

pub use builder::LogBuilder;
pub use columns::RowDetails;
pub use encoding::Encoding;
pub use ids::{CustomerId, CustomerIds};
pub use log::TransactionLog;
pub use options::{Duplicates, OnError, ReadOptions, Returns, ZeroAmounts};
pub use progress::{Progress, ProgressAnswer};
pub use quality::{Outliers, QualityReport, RowIssue, RowPlace};
pub use reason::Reason;
pub use time_zone::TimeZone;
pub use timestamp::Timestamp;
pub use values::{Amount, Customer, When};
pub use window::FutureDates;

#[cfg(feature = "datasets")]
pub(crate) use self::csv::read_rows as read_csv_rows;
#[cfg(feature = "arrow")]
pub(crate) use arrow::{push_events, push_stream, push_stream_with};
pub(crate) use builder::{read_customer, read_number, read_time};
pub(crate) use columns::TextRole;
#[cfg(feature = "binary")]
pub(crate) use ids::TextIds;
pub(crate) use log::{CustomerRows, LogPart};
#[cfg(feature = "csv")]
pub(crate) use read::{all_files, push_file, push_files};
pub(crate) use store::{MergedRows, Merging, Place};
