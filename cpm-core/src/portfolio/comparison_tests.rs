#![allow(clippy::unwrap_used)]

use super::*;
use crate::{AnalysisOptions, analyze, datasets};

fn at(date: &str) -> Portfolio {
    let options = AnalysisOptions::new(52.0).margin(0.3).discount_rate(0.1).as_of(date).unwrap();
    analyze(&datasets::cdnow_sample().unwrap(), &options).unwrap()
}

#[test]
fn the_parts_add_up_and_agree_with_both_portfolios() {
    let log = datasets::cdnow_sample().unwrap();
    // Customers are still being acquired at the earlier date.
    let (earlier, later) = (at("1997-02-15"), at("1997-09-30"));
    let change = later.compare(&earlier, Some(&log), 0.5).unwrap();
    let value = change.value;
    assert!((value.start.amount / earlier.totals().customer_equity.value - 1.0).abs() < 1e-9);
    assert!((value.end.amount / later.totals().customer_equity.value - 1.0).abs() < 1e-9);
    let sum: f64 = value.parts()[..6].iter().map(|(_, part)| part.amount).sum();
    assert!((sum / value.end.amount - 1.0).abs() < 1e-9);
    assert_eq!(value.start.customers + value.acquisition.customers, later.totals().customers);
    assert_eq!(change.migration.acquired, value.acquisition.customers);

    let revenue = change.revenue.unwrap();
    let between = later.totals().revenue - earlier.totals().revenue;
    assert!((revenue.end.amount / between - 1.0).abs() < 1e-9);
    // As long a time before reaches to before the log: all revenue so far.
    assert!((revenue.start.amount / earlier.totals().revenue - 1.0).abs() < 1e-9);
    assert_eq!(revenue.won_back.customers, 0);

    let table = change.segments_table().unwrap();
    let Some(Column::Integer(customers)) = table.column("customers_after") else { panic!("no customers") };
    assert_eq!(customers.iter().sum::<i64>() as u64, later.totals().customers);
    let totals = change.totals_table().unwrap();
    assert_eq!(totals.floats("after").unwrap()[0], later.totals().customers as f64);
}

#[test]
fn what_does_not_fit_together_is_named() {
    let (earlier, later) = (at("1997-12-31"), at("1998-06-30"));
    let message = |result: Result<PortfolioComparison>| result.unwrap_err().to_string();
    assert!(message(earlier.compare(&later, None, 0.5)).contains("swap the two"));
    assert!(message(later.compare(&earlier, None, 1.5)).contains("lost_below"));
    let other = AnalysisOptions::new(26.0).margin(0.3).discount_rate(0.1).as_of("1997-12-31").unwrap();
    let other = analyze(&datasets::cdnow_sample().unwrap(), &other).unwrap();
    assert!(message(later.compare(&other, None, 0.5)).contains("it was 26 in the earlier portfolio"));
    assert!(later.compare(&earlier, None, 0.5).unwrap().revenue.is_none());
}
