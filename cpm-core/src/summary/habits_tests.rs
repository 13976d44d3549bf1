use super::*;
use crate::summary::MergeWithin;
use crate::transactions::{Amount, Customer, LogBuilder, ReadOptions, When};

fn log(rows: &[(&str, &str, f64)]) -> TransactionLog {
    let mut builder = LogBuilder::new(ReadOptions::new("customer", "date", "amount"));
    builder.begin("rows");
    for (k, (customer, date, amount)) in rows.iter().enumerate() {
        builder.push(k as u64 + 1, Customer::Text(customer), When::Text(date), Amount::Number(*amount));
    }
    builder.finish().unwrap()
}

fn weekly() -> TransactionLog {
    log(&[
        ("ann", "2024-01-01", 10.0),
        ("ann", "2024-01-08", 20.0),
        ("ann", "2024-01-22", 30.0),
        ("ann", "2024-01-29", 40.0),
        ("bob", "2024-01-25", 5.0),
        ("cid", "2024-03-01", 5.0),
    ])
}

#[test]
fn windows_hold_what_lies_in_them() {
    let options = SummaryOptions::new().as_of("2024-01-29").unwrap();
    let habits = weekly().habits(&options, 2.0).unwrap();
    assert_eq!(habits.customers().len(), 2);
    // (15, 29] and (1, 15] of January: the purchase of the 1st is out, since it is exactly two windows old.
    assert_eq!(habits.latest()[0], Window { purchases: 2.0, repeats: 2.0, amount: 70.0, exposure: 2.0 });
    assert_eq!(habits.earlier()[0], Window { purchases: 1.0, repeats: 1.0, amount: 20.0, exposure: 2.0 });
    // Bob was not there before: nothing is known of his earlier window.
    assert_eq!(habits.latest()[1].repeats, 0.0);
    assert_eq!(habits.latest()[1].purchases, 1.0);
    assert!((habits.latest()[1].exposure - 4.0 / 7.0).abs() < 1e-15);
    assert_eq!(habits.earlier()[1].exposure, 0.0);
    let table = habits.to_table().unwrap();
    assert_eq!(table.floats("amount_latest").unwrap(), [70.0, 5.0]);
    assert_eq!((habits.window(), table.rows()), (2.0, 2));
}

#[test]
fn regularity_sums_gaps_and_amounts() {
    let options = SummaryOptions::new().as_of("2024-01-29").unwrap();
    let found = weekly().habits(&options, 2.0).unwrap().regularity;
    // Gaps of 1, 2 and 1 weeks; the last two are 2 and 1.
    assert!((found.ln_gaps - 2.0_f64.ln()).abs() < 1e-14);
    assert_eq!(found.pairs, 1.0);
    assert!((found.pair_squares - (2.0_f64 / 3.0 - 0.5).powi(2)).abs() < 1e-15);
    // Amounts 10, 20, 30, 40: variance 500/3 of the sample, mean 25.
    assert!((found.amount_variation / found.amount_freedom - 500.0 / 3.0 / 625.0).abs() < 1e-14);
}

#[test]
fn what_comes_later_changes_nothing() {
    let options = SummaryOptions::new().as_of("2024-01-22").unwrap();
    let before = weekly().habits(&options, 2.0).unwrap();
    let mut rows = vec![("ann", "2024-01-01", 10.0), ("ann", "2024-01-08", 20.0), ("ann", "2024-01-22", 30.0)];
    rows.push(("ann", "2024-01-23", 1e6));
    let after = log(&rows).habits(&options, 2.0).unwrap();
    assert_eq!((before.latest(), before.earlier()), (after.latest(), after.earlier()));
}

#[test]
fn times_of_one_second_have_a_gap() {
    let rows = [("ann", "2024-01-01 10:00:00", 1.0), ("ann", "2024-01-01 10:00:00", 1.0)];
    let options = SummaryOptions::new().merge_within(MergeWithin::Nothing);
    let found = log(&rows).habits(&options, 1.0).unwrap().regularity;
    assert!(found.ln_gaps.is_finite());
    assert!(log(&rows).habits(&options, 0.0).unwrap_err().to_string().contains("window"));
}
