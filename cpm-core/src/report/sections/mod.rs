//! Results of the portfolio room as sections of the report: what each is for, in a sentence, what it found, and its tables.

mod base;
mod decide;
mod money;
mod voice;

use super::format::{fixed, money_decimals, percent};
use crate::error::Result;
use crate::estimate::{Estimate, QuantileEstimate};
use crate::table::{Column, Table};

/// `12.50 (10.20 to 14.10)`.
fn money_range(e: Estimate) -> String {
    let largest = [e.value, e.interval.low, e.interval.high].into_iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    range(e, |v| fixed(v, money_decimals(largest)))
}

/// `12.5 % (10.2 % to 14.1 %)`.
fn percent_range(e: Estimate) -> String {
    range(e, |v| percent(v, 1))
}

/// `12.5 (10.2 to 14.1)`.
fn number_range(e: Estimate) -> String {
    range(e, |v| fixed(v, 2))
}

fn range(e: Estimate, show: impl Fn(f64) -> String) -> String {
    format!("{} ({} to {})", show(e.value), show(e.interval.low), show(e.interval.high))
}

/// A period that may never come.
fn period(at: QuantileEstimate) -> String {
    at.value.map_or_else(|| "not within the periods given".to_owned(), |v| format!("in period {}", fixed(v, 0)))
}

/// A figure by its name: a number, or one with an interval.
type Figure<'a> = (&'a str, Option<f64>, Option<Estimate>);

/// Figures, each with its interval if it has one: `figure, value, low, high`.
fn figures(rows: &[Figure<'_>]) -> Result<Table> {
    let column = |of: &dyn Fn(&Figure<'_>) -> Option<f64>| Column::Optional(rows.iter().map(of).collect());
    let mut table = Table::new();
    table.push("figure", Column::Text(rows.iter().map(|r| r.0.to_owned()).collect()))?;
    table.push("value", column(&|r| r.1.or(r.2.map(|e| e.value))))?;
    table.push("low", column(&|r| r.2.map(|e| e.interval.low)))?;
    table.push("high", column(&|r| r.2.map(|e| e.interval.high)))?;
    Ok(table)
}

#[cfg(test)]
#[path = "../sections_tests.rs"]
mod tests;
