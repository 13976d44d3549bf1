//! The whole way: log to portfolio, its tables, and their consistency.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use cpm_core::{AnalysisOptions, Column, MergeWithin, Portfolio, TimeUnit, analyze, datasets};

fn portfolio() -> Portfolio {
    let options = AnalysisOptions::new(39.0)
        .as_of("1997-09-30")
        .unwrap()
        .discount_rate(0.10)
        .margin(0.30)
        .calibration_end("1997-06-30")
        .unwrap();
    analyze(&datasets::cdnow_sample().unwrap(), &options).unwrap()
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs(), "{found} {expected}");
}

#[test]
fn parts_add_up_to_the_whole() {
    let portfolio = portfolio();
    let (totals, segments) = (portfolio.totals(), portfolio.segments());
    assert_eq!(segments.iter().map(|s| s.customers).sum::<u64>(), 2357);
    close(segments.iter().map(|s| s.value.value).sum(), totals.customer_equity.value);
    close(segments.iter().map(|s| s.expected_purchases.value).sum(), totals.expected_purchases.value);
    close(segments.iter().map(|s| s.alive).sum(), totals.alive.value);
    close(segments.iter().map(|s| s.revenue).sum(), totals.revenue);

    let table = portfolio.customers_table().unwrap();
    let sum = |name: &str| table.floats(name).unwrap().iter().sum::<f64>();
    close(sum("value"), totals.customer_equity.value);
    close(sum("expected_purchases"), totals.expected_purchases.value);
    close(sum("churn_probability"), totals.without_purchase.value);
    close(sum("probability_alive"), totals.alive.value);
    close(sum("total_amount"), totals.revenue);
    assert_eq!(totals.purchases, 2457.0 + 2357.0);
    assert_eq!(portfolio.quality().rows_read, 6919);
    // The mean lies below the upper end, unless the customer most likely brings nothing at all.
    let (low, value, high) =
        (table.floats("value_low").unwrap(), table.floats("value").unwrap(), table.floats("value_high").unwrap());
    assert!(low.iter().zip(value).zip(high).all(|((l, v), h)| *l >= 0.0 && l <= h && (v < h || *h == 0.0)));
}

#[test]
fn every_number_exists() {
    let portfolio = portfolio();
    for table in [
        portfolio.customers_table().unwrap(),
        portfolio.segments_table().unwrap(),
        portfolio.totals_table().unwrap(),
        portfolio.cohorts().to_table().unwrap(),
    ] {
        for (name, column) in table.columns() {
            let finite = match column {
                Column::Float(values) => values.iter().all(|v| v.is_finite()),
                Column::Optional(values) => values.iter().flatten().all(|v| v.is_finite()),
                _ => true,
            };
            assert!(finite, "{name}");
        }
    }
}

#[test]
fn discounting_and_margin_act_as_they_should() {
    let log = datasets::cdnow_sample().unwrap();
    let equity = |rate: f64, margin: f64| {
        let options = AnalysisOptions::new(52.0).discount_rate(rate).margin(margin);
        analyze(&log, &options).unwrap().totals().customer_equity.value
    };
    let plain = equity(0.0, 1.0);
    close(equity(0.0, 0.3), 0.3 * plain);
    // Purchases lie within one year: discounting at 10 % takes between 0 and 1/11, a little under half of it.
    let discounted = equity(0.1, 1.0) / plain;
    assert!(discounted > 0.953 && discounted < 0.96, "{discounted}");
}

#[test]
fn results_do_not_depend_on_threads_or_on_the_order_of_rows() {
    let run = || {
        let portfolio = portfolio();
        (portfolio.totals().clone(), portfolio.customers_table().unwrap())
    };
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    assert_eq!(pool(1).install(run), pool(3).install(run));

    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/data/cdnow.csv")).unwrap();
    let mut lines: Vec<&str> = text.lines().take(20_000).collect();
    let read = |lines: &[&str]| {
        let options = cpm_core::ReadOptions::new("customer_id", "date", "amount");
        cpm_core::TransactionLog::from_csv_reader(lines.join("\n").as_bytes(), "cdnow", &options).unwrap()
    };
    let analyzed = |lines: &[&str]| {
        let portfolio = analyze(&read(lines), &AnalysisOptions::new(52.0)).unwrap();
        (portfolio.totals().clone(), portfolio.customers_table().unwrap())
    };
    let forward = analyzed(&lines);
    lines[1..].reverse();
    assert_eq!(forward, analyzed(&lines));
}

#[test]
fn units_and_grains() {
    let log = datasets::cdnow_sample().unwrap();
    let equity = |unit: TimeUnit, merge| {
        let horizon = 364.0 / unit.days();
        let options = AnalysisOptions::new(horizon).time_unit(unit).merge_within(merge).discount_rate(0.1);
        analyze(&log, &options).unwrap().totals().customer_equity
    };
    let weeks = equity(TimeUnit::Week, MergeWithin::Day);
    for unit in [TimeUnit::Day, TimeUnit::Month, TimeUnit::Year] {
        let other = equity(unit, MergeWithin::Day);
        assert!((other.value / weeks.value - 1.0).abs() < 1e-8);
        assert!((other.interval.high / weeks.interval.high - 1.0).abs() < 1e-6);
    }
}

#[test]
fn a_log_without_a_second_half_has_no_model_check() {
    let options = AnalysisOptions::new(39.0).as_of("1997-03-31").unwrap().calibration_end("1997-01-02").unwrap();
    let portfolio = analyze(&datasets::cdnow_sample().unwrap(), &options).unwrap();
    let reason = portfolio.holdout().unwrap_err();
    assert!(reason.contains("BG/NBD cannot be fitted"), "{reason}");
    assert!(portfolio.to_string().contains("not possible"));
}
