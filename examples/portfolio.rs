//! The main job from Rust alone: read a transaction log, analyse it, write the report and the tables.
//!
//! Without arguments it takes the CDNOW log that ships with the crate. With arguments:
//! `cargo run --release --example portfolio -- orders.csv customer_id date amount [folder]`.

use std::io::{self, Write};
use std::path::Path;

use cpm_core::portfolio::PortfolioComparison;
use cpm_core::{AnalysisOptions, Portfolio, ReadOptions, Timestamp, TransactionLog, analyze, datasets};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (log, folder) = match arguments.as_slice() {
        [] => (datasets::cdnow()?, "demo"),
        [file, customer, date, amount, rest @ ..] => {
            let log = TransactionLog::read_csv(file, &ReadOptions::new(customer, date, amount))?;
            (log, rest.first().map_or("report", String::as_str))
        }
        _ => return Err("usage: portfolio [FILE CUSTOMER_COLUMN DATE_COLUMN AMOUNT_COLUMN [FOLDER]]".into()),
    };

    let options = AnalysisOptions::new(52.0).discount_rate(0.10).margin(0.30);
    let portfolio = analyze(&log, &options)?;

    let folder = Path::new(folder);
    std::fs::create_dir_all(folder)?;
    let (report, customers) = (folder.join("report.html"), folder.join("customers.csv"));
    portfolio.write_report(&report)?;
    let changes = folder.join("change.html");
    compare_with_half_way(&log, &options, &portfolio)?.write_report(&changes, &[])?;
    portfolio.customers_table()?.write_csv(&customers)?;
    portfolio.segments_table()?.write_csv(folder.join("segments.csv"))?;

    let mut out = io::stdout().lock();
    writeln!(out, "{portfolio}")?;
    writeln!(out, "report                {}, since half-way {}", report.display(), changes.display())?;
    writeln!(out, "customer table        {}", customers.display())?;
    Ok(())
}

/// What changed since the day half-way through the log.
fn compare_with_half_way(
    log: &TransactionLog,
    options: &AnalysisOptions,
    now: &Portfolio,
) -> cpm_core::Result<PortfolioComparison> {
    let (first, last) = log.first_and_last();
    let half = Timestamp::from_days((first.days() + last.days()).div_euclid(2));
    let earlier = analyze(log, &options.as_of(&half.date_string())?)?;
    now.compare(&earlier, Some(log), 0.5)
}
