//! Every split is the one that is made alone, and nothing between is lost.

use proptest::prelude::*;

use super::*;
use crate::CustomerIds;
use crate::transactions::{Amount, Customer, LogBuilder, ReadOptions, When};

fn log(rows: &[(u8, u32)]) -> TransactionLog {
    let mut builder = LogBuilder::new(ReadOptions::new("customer", "date", "amount"));
    builder.begin("rows");
    for (i, (customer, hour)) in rows.iter().enumerate() {
        let time = Timestamp::from_seconds(19_723 * 86_400 + i64::from(*hour) * 3600);
        builder.push(i as u64, Customer::Integer(i64::from(*customer)), When::At(time), Amount::Number(10.0));
    }
    builder.finish().unwrap()
}

/// Three hundred days of customers who come now and then.
fn regulars() -> TransactionLog {
    log(&(0..600_u32).map(|i| ((i * 7 % 41) as u8, i * 12 + i % 5)).collect::<Vec<_>>())
}

fn message(origins: &RollingOrigins) -> String {
    origins.cuts(&regulars()).unwrap_err().to_string()
}

#[test]
fn months_do_not_drift() {
    let origins = RollingOrigins::new(1.0).origins(4).time_unit(TimeUnit::Month).observation_end("2024-09-30").unwrap();
    let cuts = origins.cuts(&regulars()).unwrap();
    let starts: Vec<i64> = cuts.iter().map(|cut| cut.calibration_end.days()).collect();
    let end = "2024-09-30".parse::<Timestamp>().unwrap().days();
    // 30.4375 days a month: 3 x 30.4375 = 91.3, 2 x 30.4375 = 60.9.
    assert_eq!(starts, [end - 91 - 30, end - 61 - 30, end - 30 - 30, end - 30]);
}

#[test]
fn given_origins() {
    let log = regulars();
    let dates = ["2024-06-30", "2024-03-31", "2024-06-30"];
    let rolling = log.rolling_splits(&RollingOrigins::new(4.0).at(&dates).unwrap()).unwrap();
    let starts: Vec<String> = rolling.splits.iter().map(|s| s.holdout.start.to_string()).collect();
    assert_eq!(starts, ["2024-03-31 23:59:59", "2024-06-30 23:59:59"]);
    assert_eq!(rolling.splits[0].holdout.end.to_string(), "2024-04-28 23:59:59");
    assert!(rolling.splits.iter().all(|s| s.holdout.duration == 4.0));
    let too_late = RollingOrigins::new(20.0).at(&["2024-06-30"]).unwrap();
    assert!(message(&too_late).contains("after the end of observation"));
    assert!(message(&RollingOrigins::new(4.0).at(&[]).unwrap()).contains("at least one"));
    assert!(RollingOrigins::new(4.0).at(&["30/06/2024"]).is_err());
}

#[test]
fn arguments_out_of_range() {
    let new = RollingOrigins::new;
    assert!(message(&new(f64::NAN)).contains("horizon"));
    assert!(message(&new(0.0)).contains("horizon"));
    assert!(message(&new(0.01)).contains("whole days"));
    assert!(message(&new(1e300)).contains("longer than any log"));
    assert!(message(&new(4.0).step(-1.0)).contains("step"));
    assert!(message(&new(4.0).origins(0)).contains("origins = 0"));
    assert!(message(&new(4.0).origins(usize::MAX)).contains("fewer origins"));
    assert!(message(&new(13.0).origins(4)).contains("fewer origins"));
    assert!(new(13.0).origins(2).cuts(&regulars()).is_ok());
}

#[test]
fn tables_hold_every_customer_of_every_origin() {
    let rolling = regulars().rolling_splits(&RollingOrigins::new(8.0).step(3.0).origins(4)).unwrap();
    let by_origin = rolling.to_table().unwrap();
    assert_eq!(by_origin.rows(), 4);
    let customers = rolling.customers_table().unwrap();
    assert_eq!(customers.rows(), rolling.splits.iter().map(|s| s.calibration.len()).sum::<usize>());
    let Some(Column::Id(ids)) = customers.column("customer_id") else { panic!("ids") };
    assert!(matches!(ids, CustomerIds::Integer(_)));
    let amount: f64 = customers.floats("holdout_amount").unwrap().iter().sum();
    let of_origins: f64 = by_origin.floats("holdout_amount").unwrap().iter().sum();
    assert!((amount - of_origins).abs() < 1e-9 && amount > 0.0);
}

proptest! {
    /// Purchases before and after an origin, those of customers born after it and the rows between are all rows, whatever
    /// the grain and wherever the origin is.
    #[test]
    fn nothing_is_lost(
        rows in prop::collection::vec((0_u8..12, 24_u32..1200), 2..120),
        hour in 30_u32..1100,
        merge in prop::sample::select(vec![MergeWithin::Nothing, MergeWithin::Hour, MergeWithin::Day, MergeWithin::Week, MergeWithin::Month]),
    ) {
        let log = log(&rows);
        let start = Timestamp::from_seconds(19_723 * 86_400 + i64::from(hour) * 3600 + 1800);
        let origins = RollingOrigins::new(3.0).time_unit(TimeUnit::Day).merge_within(merge)
            .at(&[&start.to_string()]).unwrap().observation_end("2024-03-01").unwrap();
        let Ok(rolling) = log.rolling_splits(&origins) else { return Ok(()) };
        let Split { calibration, holdout } = &rolling.splits[0];
        let quality = calibration.quality().unwrap();
        let after_end = rows.iter().filter(|(_, h)| 19_723 * 86_400 + i64::from(*h) * 3600 > holdout.end.seconds()).count();
        // A row is 10: amounts count rows.
        let known: f64 = calibration.total_amount().unwrap().iter().sum::<f64>() / 10.0;
        let followed: f64 = holdout.amount.iter().sum::<f64>() / 10.0;
        prop_assert_eq!(known as u64 + quality.rows_after_as_of, rows.len() as u64);
        let born_after = quality.rows_after_as_of - holdout.rows_between - followed as u64 - after_end as u64;
        prop_assert!(born_after >= holdout.purchases_born_after);
        prop_assert!((born_after > 0) == (holdout.customers_born_after > 0));
        prop_assert_eq!(holdout.purchases.len(), calibration.len());
    }
}
