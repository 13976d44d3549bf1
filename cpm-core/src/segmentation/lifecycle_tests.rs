//! Stages.

use super::*;
use crate::segmentation::purchase_rhythm;
use crate::{BgNbd, FitOptions, PurchaseModel, SummaryOptions, datasets};

fn customers(rows: &[(f64, f64, f64)]) -> CustomerSummary {
    let column = |of: fn(&(f64, f64, f64)) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
    CustomerSummary::new(&column(|r| r.0), &column(|r| r.1), &column(|r| r.2), TimeUnit::Week).unwrap()
}

/// A base with a mean gap of 10 weeks.
fn model(thresholds: LifecycleThresholds) -> LifecycleModel {
    let model = LifecycleModel::fit(&customers(&[(4.0, 40.0, 60.0), (0.0, 0.0, 3.0)]), &thresholds).unwrap();
    assert_eq!(model.mean_gap(), 10.0);
    model
}

#[test]
fn every_stage_by_its_condition() {
    // Rhythms: (50 + 10)/(5 + 1) = 10 for five gaps of 10, and the base's 10 for one purchase.
    let rows = [
        (0.0, 0.0, 5.0),   // one purchase, 5 weeks ago
        (0.0, 0.0, 25.0),  // one purchase, 2.5 rhythms ago
        (0.0, 0.0, 45.0),  // one purchase, 4.5 rhythms ago
        (2.0, 20.0, 25.0), // three purchases, on time
        (5.0, 50.0, 55.0), // six purchases, on time
        (5.0, 50.0, 75.0), // 2.5 rhythms late
        (5.0, 50.0, 95.0), // 4.5 rhythms late
        (5.0, 50.0, 55.0), // on time, yet hardly alive
        (2.0, 60.0, 62.0), // came back after 50 weeks: five times the rhythm before
        (5.0, 50.0, 55.0), // P(alive) a bit low
        (5.0, 50.0, 55.0), // P(alive) low
    ];
    let alive = [1.0, 1.0, 1.0, 0.9, 0.9, 0.9, 0.9, 0.1, 0.9, 0.7, 0.3];
    let mut gaps = vec![None; rows.len()];
    gaps[8] = Some(50.0);
    gaps[4] = Some(10.0);
    let base = customers(&rows);
    let stages = model(LifecycleThresholds::default()).predict(&base, &alive, Some(&gaps)).unwrap();
    let expected = [
        "New", "At risk", "Dormant", "Active", "Loyal", "At risk", "Dormant", "Lost", "Won back", "At risk", "Dormant",
    ];
    let found: Vec<&str> = (0..rows.len()).map(|i| stages.name_of(i)).collect();
    assert_eq!(found, expected);
    // Without the last gap nobody is won back.
    let plain = model(LifecycleThresholds::default()).predict(&base, &alive, None).unwrap();
    assert_eq!(plain.name_of(8), "Active");
    let prospects = LifecycleModel::prospects(["a", "b"].into_iter().collect());
    assert_eq!((prospects.name_of(0), prospects.counts()[0]), ("Prospect", 2));
}

#[test]
fn the_rhythm_is_shrunk_to_the_base() {
    let base = customers(&[(0.0, 0.0, 1.0), (1.0, 2.0, 3.0), (9.0, 18.0, 19.0)]);
    let table = model(LifecycleThresholds::default()).table(&base, &[1.0; 3], None).unwrap();
    assert_eq!(table.floats("rhythm").unwrap(), [10.0, 6.0, 2.8]);
    assert_eq!(table.floats("overdue").unwrap(), [0.1, 1.0 / 6.0, 1.0 / 2.8]);
}

#[test]
fn on_the_cdnow_log() {
    let log = datasets::cdnow_sample().unwrap();
    let options = SummaryOptions::new().as_of("1997-09-30").unwrap();
    let base = log.summarize(&options).unwrap();
    let alive = BgNbd::fit(&base, &FitOptions::new()).unwrap().probability_alive(&base).unwrap();
    let rhythm = purchase_rhythm(&log, &options).unwrap();
    let Some(Column::Optional(gaps)) = rhythm.column("last_gap") else { panic!("no gaps") };
    let model = LifecycleModel::fit(&base, &LifecycleThresholds::default()).unwrap();
    let stages = model.predict(&base, &alive, Some(gaps)).unwrap();
    assert_eq!(stages.counts().iter().sum::<u64>(), 2_357);
    // Nobody was acquired after March, so nobody is new who is not silent; all other stages occur.
    assert!([ACTIVE, LOYAL, AT_RISK, DORMANT, LOST, WON_BACK].iter().all(|s| stages.counts()[*s as usize] > 0));
    assert_eq!(stages.counts()[PROSPECT as usize], 0);
}

#[test]
fn bad_input_is_named() {
    let base = customers(&[(1.0, 5.0, 9.0)]);
    let good = model(LifecycleThresholds::default());
    let text = |alive: &[f64], gaps: Option<&[Option<f64>]>| good.predict(&base, alive, gaps).unwrap_err().to_string();
    assert!(text(&[1.5], None).contains("row 0: 1.5"));
    assert!(text(&[f64::NAN], None).contains("NaN"));
    assert!(text(&[], None).contains("`probability_alive` has 0 rows"));
    assert!(text(&[0.5], Some(&[Some(6.0)])).contains("last_gap"));
    assert!(text(&[0.5], Some(&[])).contains("`last_gap` has 0 rows"));
    let wrong = |thresholds| LifecycleModel::fit(&base, &thresholds).unwrap_err().to_string();
    let default = LifecycleThresholds::default();
    assert!(wrong(LifecycleThresholds { dormant_after: 1.0, ..default }).contains("dormant_after = 1"));
    assert!(wrong(LifecycleThresholds { lost_below: 0.6, ..default }).contains("lost_below = 0.6"));
    assert!(wrong(LifecycleThresholds { at_risk_below: f64::NAN, ..default }).contains("at_risk_below"));
    assert!(wrong(LifecycleThresholds { loyal_purchases: 1, ..default }).contains("loyal_purchases"));
    let once = customers(&[(0.0, 0.0, 9.0)]);
    assert!(LifecycleModel::fit(&once, &default).unwrap_err().to_string().contains("no rhythm"));
    let days = CustomerSummary::new(&[1.0], &[5.0], &[9.0], TimeUnit::Day).unwrap();
    assert!(good.predict(&days, &[0.5], None).unwrap_err().to_string().contains("time_unit"));
}
