use proptest::prelude::*;

use super::*;
use crate::error::Error;
use crate::summary::SummaryOptions;
use crate::transactions::{Amount, Customer, CustomerIds, LogBuilder, ReadOptions, Returns, When};

type Row = (i64, i64, f64);

/// Customer, day since 2024-01-01, amount.
fn log(rows: &[Row]) -> TransactionLog {
    let mut builder = LogBuilder::new(ReadOptions::new("customer", "date", "amount").returns(Returns::Net));
    builder.begin("rows");
    for (customer, day, amount) in rows {
        let time = Timestamp::from_days(19_723 + day);
        builder.push(1, Customer::Integer(*customer), When::At(time), Amount::Number(*amount));
    }
    builder.finish().unwrap()
}

fn visits(rows: &[Row]) -> EventLog {
    let mut events = EventLog::new("visits").valued().categorised();
    for (customer, day, value) in rows {
        let time = Timestamp::from_seconds((19_723 + day) * 86_400 + 3_600);
        let category = format!("page {}", (*value as i64).rem_euclid(5));
        events.push(1, Customer::Integer(*customer), When::At(time), Amount::Number(*value), Some(&category));
    }
    events.finish().unwrap()
}

fn options() -> FeatureOptions {
    FeatureOptions::new(&["2024-02-01", "2024-03-01"], 4.0).unwrap().windows(&[2.0, 4.0]).calendar(true)
}

fn float(features: &ChurnFeatures, name: &str, row: usize) -> Option<f64> {
    match features.table().column(name).unwrap() {
        Column::Float(v) => Some(v[row]),
        Column::Optional(v) => v[row],
        other => panic!("{name} is {other:?}"),
    }
}

#[test]
fn numbers_of_a_known_customer() {
    // Days 0, 7, 21 (2024-01-22), then 31 is 2024-02-01; a return of 5 on day 8; a purchase on day 40.
    let rows = [(1, 0, 10.0), (1, 7, 20.0), (1, 8, -5.0), (1, 21, 60.0), (1, 40, 9.0), (2, 50, 1.0), (2, 200, 1.0)];
    let seen = [(1, 3, 2.0), (1, 30, 4.0), (1, 31, 6.0), (1, 32, 100.0), (9, 3, 1.0)];
    let features = ChurnFeatures::from_log(&log(&rows), &options(), &[visits(&seen)]).unwrap();
    let f = |name: &str| float(&features, name, 0).unwrap();
    assert_eq!(features.table().rows(), 3);
    assert_eq!((f("frequency"), f("recency")), (2.0, 3.0));
    assert!((f("T") - 31.0 / 7.0).abs() < 1e-14);
    assert!((f("time_since_last") - 10.0 / 7.0).abs() < 1e-14);
    assert!((f("mean_gap") - 1.5).abs() < 1e-14 && (f("sd_gap") - 0.5_f64.sqrt()).abs() < 1e-14);
    assert!((f("overdue_ratio") - 10.0 / 7.0 / 1.5).abs() < 1e-14);
    assert_eq!((f("total_amount"), f("mean_amount"), f("last_amount")), (90.0, 30.0, 60.0));
    assert!((f("sd_amount") - 700.0_f64.sqrt()).abs() < 1e-12);
    assert_eq!((f("purchases_2"), f("purchases_change_2"), f("amount_2")), (1.0, 0.0, 60.0));
    assert_eq!((f("purchases_4"), f("purchases_change_4"), f("amount_change_4")), (2.0, 1.0, 70.0));
    assert_eq!((f("returns"), f("returned_amount")), (1.0, 5.0));
    assert!((f("season_sin").powi(2) + f("season_cos").powi(2) - 1.0).abs() < 1e-14);
    // Visits at one o'clock of days 3, 30 and 31.
    assert_eq!((f("visits_count"), f("visits_2"), f("visits_last"), f("visits_mean")), (3.0, 2.0, 6.0, 4.0));
    assert_eq!((f("visits_sum_2"), f("visits_variety"), f("visits_variety_2")), (10.0, 3.0, 2.0));
    assert!((f("visits_since_last") - (22.0 * 3_600.0 + 3_599.0) / 604_800.0).abs() < 1e-12);
    // Day 40 lies in the four weeks after February 1; after March 1 (day 60) there is nothing until day 200.
    assert_eq!(features.label(), Some(&[0, 1, 1][..]));
    assert_eq!(features.unmatched_events(), [("visits".to_owned(), 1)]);
    // Customer 2 at its only date: no gap, no visit.
    for name in ["mean_gap", "sd_gap", "overdue_ratio", "sd_amount", "visits_since_last", "visits_last"] {
        assert_eq!(float(&features, name, 2), None, "{name}");
    }
    assert_eq!(features.names().len(), features.table().columns().count() - 3);
}

#[test]
fn the_season_is_that_of_the_label_window() {
    // Two Decembers and a June, seen at the end of November: the label window is December.
    let rows = [(1, -31, 1.0), (1, -396, 1.0), (1, 160, 1.0), (1, 400, 1.0)];
    assert_eq!(Timestamp::from_days(19_723 - 31).date_string(), "2023-12-01");
    let dates = FeatureOptions::new(&["2024-11-30"], 4.0).unwrap();
    let features = ChurnFeatures::from_log(&log(&rows), &dates, &[]).unwrap();
    assert!((float(&features, "season_share", 0).unwrap() - 2.0 / 3.0).abs() < 1e-15);
}

#[test]
fn counts_are_those_of_the_summary() {
    let log = crate::datasets::cdnow_sample().unwrap();
    let features = ChurnFeatures::from_log(&log, &FeatureOptions::new(&["1997-09-30"], 39.0).unwrap(), &[]).unwrap();
    let customers = log.summarize(&SummaryOptions::new().as_of("1997-09-30").unwrap()).unwrap();
    assert_eq!(features.table().floats("frequency").unwrap(), customers.frequency());
    assert_eq!(features.table().floats("recency").unwrap(), customers.recency());
    assert_eq!(features.table().floats("T").unwrap(), customers.T());
    assert_eq!(features.table().floats("total_amount").unwrap(), customers.total_amount().unwrap());
    // 1,673 of 2,357 buy nothing in the 39 weeks after: see ChurnScores.
    assert_eq!(features.label().unwrap().iter().sum::<i64>(), 1_673);
}

#[test]
fn attributes_stand_beside_their_customers() {
    let rows = [(1, 0, 10.0), (2, 7, 20.0), (3, 8, 5.0), (3, 100, 5.0)];
    let features = ChurnFeatures::from_log(&log(&rows), &options(), &[]).unwrap();
    let mut own = Table::new();
    own.push("age", Column::Integer(vec![30, 40])).unwrap();
    own.push("plan", Column::Text(vec!["gold".into(), "free".into()])).unwrap();
    let joined = features.clone().join(&CustomerIds::Integer(vec![3, 1]), &own).unwrap();
    let ages: Vec<Option<f64>> = (0..6).map(|row| float(&joined, "age", row)).collect();
    assert_eq!(ages, [Some(40.0), None, Some(30.0), Some(40.0), None, Some(30.0)]);
    let plans: Vec<String> = (0..3).map(|row| joined.table().column("plan").unwrap().format(row)).collect();
    assert_eq!(plans, ["free", "(missing)", "gold"]);
    assert_eq!(joined.table().columns().last().unwrap().0, "churned");
    let refused = |ids: Vec<i64>| features.clone().join(&CustomerIds::Integer(ids), &own).unwrap_err().to_string();
    assert!(refused(vec![3, 3]).contains("two rows"));
    assert!(refused(vec![3]).contains("attributes"));
    let text = features.clone().join(&["a", "b"].into_iter().collect(), &own).unwrap_err().to_string();
    assert!(text.contains("integers"), "{text}");
    let twice = joined.join(&CustomerIds::Integer(vec![3, 1]), &own).unwrap_err().to_string();
    assert!(twice.contains("age"), "{twice}");
}

#[test]
fn bad_input_is_named() {
    let log = log(&[(1, 0, 10.0), (1, 70, 20.0)]);
    let of = |options: FeatureOptions| ChurnFeatures::from_log(&log, &options, &[]).unwrap_err().to_string();
    let at = |date: &str| FeatureOptions::new(&[date], 4.0).unwrap();
    let late = of(at("2024-03-05"));
    assert!(late.contains("2024-03-05") && late.contains("no label"), "{late}");
    assert!(ChurnFeatures::from_log(&log, &at("2024-03-05").label(false), &[]).is_ok());
    assert!(ChurnFeatures::from_log(&log, &at("2024-03-05").observed_until("2024-06-01").unwrap(), &[]).is_ok());
    assert!(of(at("2023-12-01")).contains("Nobody had bought"));
    assert!(of(at("2024-02-01").windows(&[0.0])).contains("windows"));
    assert!(of(FeatureOptions::new(&["2024-02-01"], 0.0).unwrap()).contains("horizon"));
    assert!(FeatureOptions::new::<&str>(&[], 1.0).unwrap_err().to_string().contains("as_of"));
    assert!(FeatureOptions::new(&["2024-02-01", "2024-02-01"], 1.0).unwrap_err().to_string().contains("twice"));
    // Two event tables of one name, and ids of another kind.
    let twice = ChurnFeatures::from_log(&log, &at("2024-02-01"), &[visits(&[(1, 0, 1.0)]), visits(&[])]);
    assert!(matches!(twice, Err(Error::InvalidArgument { .. })));
    let mut named = EventLog::new("mails");
    named.push(1, Customer::Text("ann"), When::Text("2024-01-01"), Amount::Missing, None);
    let named = named.finish().unwrap();
    assert!(ChurnFeatures::from_log(&log, &at("2024-02-01"), &[named]).unwrap_err().to_string().contains("mails"));
    // Rows that cannot be used.
    let mut broken = EventLog::new("mails").valued();
    broken.push(7, Customer::Integer(1), When::Text("2024-13-01"), Amount::Number(1.0), None);
    broken.push(8, Customer::Text("ann"), When::Text("2024-01-01"), Amount::Missing, None);
    let text = broken.clone().finish().unwrap_err().to_string();
    assert!(text.contains("2 of 2") && text.contains("2024-13-01"), "{text}");
    let kept = broken.on_error(crate::OnError::Exclude).finish().unwrap();
    assert_eq!((kept.rows(), kept.rows_excluded()), (0, 2));
}

fn rows(days: std::ops::Range<i64>, count: usize) -> impl Strategy<Value = Vec<Row>> {
    prop::collection::vec((0..8_i64, days, -20.0..50.0_f64), 0..count)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens after the as-of date, in the log and in the events, no feature of that date changes.
    #[test]
    fn nothing_after_the_date_changes_a_feature(
        past in rows(0..60, 60), seen in rows(0..60, 60), later in rows(61..90, 40), seen_later in rows(61..90, 40),
        other in rows(61..90, 40), shuffle in any::<prop::sample::Index>(),
    ) {
        // One purchase of everybody, so that customers and their order are the same; 2024-03-01 is day 60.
        let everybody: Vec<Row> = (0..8).map(|c| (c, 0, 5.0)).collect();
        let with = |later: &[Row]| [&everybody[..], &past, later].concat();
        let dates = FeatureOptions::new(&["2024-02-10", "2024-03-01"], 4.0).unwrap();
        let dates = dates.observed_until("2024-12-31").unwrap();
        let of = |later: &[Row], seen_later: &[Row]| {
            let mut rows = with(later);
            let by = shuffle.index(rows.len());
            rows.rotate_left(by);
            let events = visits(&[&seen[..], seen_later].concat());
            ChurnFeatures::from_log(&log(&rows), &dates, &[events]).unwrap()
        };
        let (a, b, c) = (of(&later, &seen_later), of(&[], &[]), of(&other, &later));
        for name in a.names() {
            prop_assert_eq!(a.table().column(name), b.table().column(name), "{}", name);
            prop_assert_eq!(a.table().column(name), c.table().column(name), "{}", name);
        }
        prop_assert_eq!(a.table().column("customer_id"), b.table().column("customer_id"));
    }
}
