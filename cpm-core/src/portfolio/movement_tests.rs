#![allow(clippy::unwrap_used)]

use super::*;
use crate::{AnalysisOptions, analyze, datasets};

fn ids(of: &[i64]) -> CustomerIds {
    CustomerIds::from(of.to_vec())
}

#[test]
fn customers_of_two_dates_are_joined_by_id() {
    let pairs = joined(&ids(&[1, 3, 4]), &ids(&[2, 3, 5, 6]));
    let expected =
        [(Some(0), None), (None, Some(0)), (Some(1), Some(1)), (Some(2), None), (None, Some(2)), (None, Some(3))];
    assert_eq!(pairs, expected);
    assert_eq!(joined(&ids(&[]), &ids(&[7])), [(None, Some(0))]);
}

#[test]
fn movement_is_that_of_the_log() {
    let log = datasets::cdnow_sample().unwrap();
    let options = AnalysisOptions::new(52.0).as_of("1998-06-30").unwrap().calibration_end("1997-09-30").unwrap();
    let portfolio = analyze(&log, &options.margin(0.3)).unwrap();
    let migration = portfolio.migration().unwrap();
    assert_eq!((migration.from.date_string(), migration.to.date_string()), ("1997-09-30".into(), "1998-06-30".into()));
    // All CDNOW customers came in the first quarter of 1997.
    assert_eq!((migration.counts.pooled().sum(), migration.acquired, migration.gone), (2_357, 0, 0));
    let now: Vec<u64> = portfolio.segments().iter().map(|s| s.customers).collect();
    let mut columns: Vec<u64> = migration.counts.pooled().columns().into_iter().map(|c| c.sum()).collect();
    columns.retain(|n| *n > 0);
    assert_eq!(columns, now);
    let growth = portfolio.growth().unwrap();
    let log_revenue: f64 = portfolio.totals().revenue;
    let months: f64 =
        growth.periods.iter().map(|p| p.bridge.end.amount).sum::<f64>() + growth.periods[0].bridge.start.amount;
    assert!((months / log_revenue - 1.0).abs() < 1e-9);
}

#[test]
fn risk_is_of_whole_amounts_and_stress_of_equity() {
    let log = datasets::cdnow_sample().unwrap();
    let with = |margin: f64| analyze(&log, &AnalysisOptions::new(52.0).margin(margin).discount_rate(0.1)).unwrap();
    let (whole, third) = (with(1.0), with(0.3));
    let options = AtRiskOptions::new().draws(500);
    let (a, b) = (whole.revenue_at_risk(&options).unwrap(), third.revenue_at_risk(&options).unwrap());
    // Neither margin nor discount is part of revenue.
    assert_eq!(a, b);
    let revenue: f64 = {
        let options = ValueOptions::new(52.0);
        let value = lifetime_value(&**whole.model(), whole.spend(), whole.summary(), &options).unwrap();
        value.customers().iter().map(|c| c.value).sum()
    };
    assert!((a.expected / revenue - 1.0).abs() < 1e-12);
    let results = third.stress_test(&[StressScenario::new("spend").spend(0.1)]).unwrap();
    assert!((results[0].change_share + 0.1).abs() < 1e-12);
    let equity = third.totals().customer_equity.value;
    assert!((results[0].value / (0.9 * equity) - 1.0).abs() < 1e-9);
}
