//! Concentration, cohorts, growth, migration and the activity panel of 5 million customers: `cargo bench --bench portfolio`.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;

use cpm_core::portfolio::{
    CohortOptions, CohortOrders, DrawOptions, PanelFill, PanelOptions, TransitionCounts, activity_panel, cohort_table,
    concentration_estimates, gini, growth_bridge, hhi, lorenz, normalised_gini, top_share, whale_curve,
};
use cpm_core::transactions::{Amount, Customer, LogBuilder, When};
use cpm_core::{CustomerIds, ReadOptions, Timestamp};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const CUSTOMERS: usize = 5_000_000;

/// A number between 0 and 1 for each customer, the same in every run (a Weyl sequence).
fn uniform(i: usize, stream: u64) -> f64 {
    let mixed =
        (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(stream.wrapping_mul(0xbf58_476d_1ce4_e5b9));
    let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

fn concentration(criterion: &mut Criterion) {
    let revenue: Vec<f64> = (0..CUSTOMERS).map(|i| -100.0 * (1.0 - uniform(i, 1)).ln()).collect();
    let profit: Vec<f64> = revenue.iter().map(|r| 0.3 * r - 8.0).collect();
    let mut group = criterion.benchmark_group("concentration, 5M customers");
    group.sample_size(10).throughput(Throughput::Elements(CUSTOMERS as u64));
    group.bench_function("gini", |b| b.iter(|| black_box(gini(&revenue))));
    group.bench_function("normalised gini", |b| b.iter(|| black_box(normalised_gini(&profit))));
    group.bench_function("hhi", |b| b.iter(|| black_box(hhi(&revenue))));
    group.bench_function("top share", |b| b.iter(|| black_box(top_share(&revenue, 0.2))));
    group.bench_function("lorenz", |b| b.iter(|| black_box(lorenz(&revenue, 201))));
    group.bench_function("whale curve", |b| b.iter(|| black_box(whale_curve(&profit, 201))));
    let options = DrawOptions::new().draws(100);
    group.bench_function("all measures, 100 bootstrap draws", |b| {
        b.iter(|| black_box(concentration_estimates(&profit, &[0.01, 0.1, 0.2], &options)));
    });
    group.finish();
}

fn growth(criterion: &mut Criterion) {
    let amounts = |stream| -> Vec<f64> {
        (0..CUSTOMERS).map(|i| if uniform(i, stream) < 0.4 { 0.0 } else { 50.0 * uniform(i, stream + 1) }).collect()
    };
    let (before, after) = (amounts(2), amounts(4));
    // Two orders per customer within two years.
    let ids: Vec<i64> = (0..2 * CUSTOMERS).map(|row| (row % CUSTOMERS) as i64).collect();
    let customers = CustomerIds::from(ids);
    let times: Vec<Timestamp> =
        (0..2 * CUSTOMERS).map(|row| Timestamp::from_days(19_723 + (731.0 * uniform(row, 6)) as i64)).collect();
    let revenue: Vec<f64> = (0..2 * CUSTOMERS).map(|row| 50.0 * uniform(row, 7)).collect();
    let orders = CohortOrders { customers: &customers, times: &times, revenue: &revenue, profit: None };
    let mut group = criterion.benchmark_group("growth, 5M customers");
    group.sample_size(10).throughput(Throughput::Elements(CUSTOMERS as u64));
    group.bench_function("bridge", |b| b.iter(|| black_box(growth_bridge(&before, &after, None, 0.95))));
    group.bench_function("cohort table of 10M orders", |b| {
        b.iter(|| black_box(cohort_table(&orders, &CohortOptions::new())));
    });
    group.finish();
}

fn migration(criterion: &mut Criterion) {
    let names: Vec<String> = (0..11).map(|k| format!("segment {k}")).collect();
    let date =
        |stream| -> Vec<Option<u32>> { (0..CUSTOMERS).map(|i| Some((11.0 * uniform(i, stream)) as u32)).collect() };
    let dates = [date(8), date(9), date(10)];
    let dates: Vec<&[Option<u32>]> = dates.iter().map(Vec::as_slice).collect();
    let labels: Vec<Vec<&str>> =
        dates.iter().map(|date| date.iter().map(|code| names[code.unwrap_or(0) as usize].as_str()).collect()).collect();
    let labels: Vec<&[&str]> = labels.iter().map(Vec::as_slice).collect();
    let mut group = criterion.benchmark_group("migration, 5M customers at 3 dates");
    group.sample_size(10).throughput(Throughput::Elements(CUSTOMERS as u64));
    group.bench_function("from codes", |b| {
        b.iter(|| black_box(TransitionCounts::from_codes(names.clone(), &dates)));
    });
    group.bench_function("from labels", |b| b.iter(|| black_box(TransitionCounts::from_labels(&labels, None))));
    group.finish();
}

fn panel(criterion: &mut Criterion) {
    // Four orders per customer within two years.
    let mut builder = LogBuilder::new(ReadOptions::new("customer", "date", "amount"));
    for row in 0..4 * CUSTOMERS {
        let time = Timestamp::from_days(19_723 + (731.0 * uniform(row, 11)) as i64);
        let amount = (5_000.0 * uniform(row, 12)).round() / 100.0;
        let customer = Customer::Integer((row % CUSTOMERS) as i64);
        builder.push(row as u64 + 1, customer, When::At(time), Amount::Number(amount));
    }
    let log = builder.finish().unwrap();
    let mut group = criterion.benchmark_group("panel, 5M customers and 20M orders");
    group.sample_size(10).throughput(Throughput::Elements(CUSTOMERS as u64));
    group.bench_function("months", |b| b.iter(|| black_box(activity_panel(&log, &PanelOptions::new()).unwrap())));
    let panel = activity_panel(&log, &PanelOptions::new()).unwrap();
    for (name, fill) in [("table of active months", PanelFill::Sparse), ("table of all months", PanelFill::Dense)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                for start in (0..panel.customers()).step_by(100_000) {
                    black_box(panel.table(fill, start..panel.customers().min(start + 100_000)).unwrap());
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, concentration, growth, migration, panel);
criterion_main!(benches);
