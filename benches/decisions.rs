//! Decisions on large bases: `cargo bench --bench decisions`.
//!
//! The measures of the base at 1 and at 5 million customers, where the cost of a customer should be the same; and what to do next: itemsets,
//! similarity, offers, target lists, audiences.

use std::hint::black_box;

use cpm_core::portfolio::{
    AudienceIdentifier, Baskets, CampaignColumns, CampaignOptions, CohortOptions, CohortOrders, ItemsetOptions,
    OfferColumns, OfferOptions, PseudonymKey, RuleOptions, SimilarityOptions, TransitionCounts, association_rules,
    cohort_table, export_audience, frequent_itemsets, gini, hhi, item_similarity, rank_offers, target_customers,
    whale_curve,
};
use cpm_core::{CustomerIds, Timestamp};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array2;

const SIZES: [usize; 2] = [1_000_000, 5_000_000];
const PRODUCTS: usize = 1_000;

/// A number between 0 and 1 for each customer, the same in every run (a Weyl sequence).
fn uniform(i: usize, stream: u64) -> f64 {
    let mixed =
        (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(stream.wrapping_mul(0xbf58_476d_1ce4_e5b9));
    let mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

fn column(customers: usize, stream: u64, of: impl Fn(f64) -> f64) -> Vec<f64> {
    (0..customers).map(|i| of(uniform(i, stream))).collect()
}

fn measures(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("measures of the base");
    for n in SIZES {
        group.sample_size(10).throughput(Throughput::Elements(n as u64));
        let revenue = column(n, 1, |u| -100.0 * (1.0 - u).ln());
        let profit: Vec<f64> = revenue.iter().map(|r| 0.3 * r - 8.0).collect();
        group.bench_with_input(BenchmarkId::new("concentration", n), &n, |b, _| {
            b.iter(|| black_box((gini(&revenue), hhi(&revenue), whale_curve(&profit, 201))));
        });
        let customers = CustomerIds::from((0..2 * n).map(|row| (row % n) as i64).collect::<Vec<i64>>());
        let times: Vec<Timestamp> =
            (0..2 * n).map(|row| Timestamp::from_days(19_723 + (731.0 * uniform(row, 6)) as i64)).collect();
        let amounts = column(2 * n, 7, |u| 50.0 * u);
        let orders = CohortOrders { customers: &customers, times: &times, revenue: &amounts, profit: None };
        group.bench_with_input(BenchmarkId::new("cohort table, two orders each", n), &n, |b, _| {
            b.iter(|| black_box(cohort_table(&orders, &CohortOptions::new())));
        });
        let names: Vec<String> = (0..11).map(|k| format!("segment {k}")).collect();
        let date = |stream| -> Vec<Option<u32>> { (0..n).map(|i| Some((11.0 * uniform(i, stream)) as u32)).collect() };
        let (before, after) = (date(8), date(9));
        group.bench_with_input(BenchmarkId::new("migration between two dates", n), &n, |b, _| {
            b.iter(|| black_box(TransitionCounts::from_codes(names.clone(), &[&before, &after])));
        });
    }
    group.finish();
}

/// Rows of baskets of five products on average, some of them bought together.
fn rows(n: usize) -> (Vec<u32>, Vec<u32>) {
    let basket: Vec<u32> = (0..n).map(|i| (uniform(i, 2) * (n / 5) as f64) as u32).collect();
    let product = |i: usize| {
        // Popularity falls like 1/(rank + 20); a third of the rows belong to bundles of four.
        let popular = 20.0 * ((PRODUCTS as f64 / 20.0 + 1.0).powf(uniform(i, 3)) - 1.0);
        if uniform(i, 4) < 1.0 / 3.0 {
            4 * (basket[i] * 7919 % (PRODUCTS as u32 / 4)) + popular as u32 % 4
        } else {
            (popular as u32).min(PRODUCTS as u32 - 1)
        }
    };
    let products = (0..n).map(product).collect();
    (basket, products)
}

fn baskets(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("baskets of 1000 products");
    for n in SIZES {
        group.sample_size(10).throughput(Throughput::Elements(n as u64));
        let (basket, product) = rows(n);
        group.bench_with_input(BenchmarkId::new("packing rows", n), &n, |b, _| {
            b.iter(|| black_box(Baskets::from_rows(&basket, &product, PRODUCTS)));
        });
        let packed = Baskets::from_rows(&basket, &product, PRODUCTS).expect("rows are valid");
        let options = ItemsetOptions::new(0.002);
        group.bench_with_input(BenchmarkId::new("itemsets, support 0.002", n), &n, |b, _| {
            b.iter(|| black_box(frequent_itemsets(&packed, &options)));
        });
        let sets = frequent_itemsets(&packed, &options).expect("options are valid");
        group.bench_with_input(BenchmarkId::new("rules", n), &n, |b, _| {
            b.iter(|| black_box(association_rules(&sets, &RuleOptions::new())));
        });
        group.bench_with_input(BenchmarkId::new("similarity", n), &n, |b, _| {
            b.iter(|| black_box(item_similarity(&packed, &SimilarityOptions::new())));
        });
    }
    group.finish();
}

fn campaigns(criterion: &mut Criterion) {
    let n = SIZES[0];
    let mut group = criterion.benchmark_group("campaigns, 1M customers");
    group.sample_size(10).throughput(Throughput::Elements(n as u64));
    let (response, value) = (column(n, 1, |u| u * u), column(n, 2, |u| -40.0 * (1.0 - u).ln()));
    let baseline: Vec<f64> = response.iter().map(|p| 0.8 * p).collect();
    let columns = CampaignColumns { response: &response, baseline: Some(&baseline), value: &value, cost: &[0.5] };
    group.bench_function("target list", |b| {
        b.iter(|| black_box(target_customers(&columns, &CampaignOptions::new().capacity(100_000))));
    });
    let ids = CustomerIds::from((0..n as i64).collect::<Vec<i64>>());
    let key = PseudonymKey::new(&[7; 32]).expect("the key is long enough");
    let consent: Vec<Option<bool>> = (0..n).map(|i| Some(uniform(i, 5) < 0.7)).collect();
    group.bench_function("audience of pseudonyms", |b| {
        b.iter(|| black_box(export_audience(&AudienceIdentifier::Pseudonym { ids: &ids, key: &key }, &consent, None)));
    });
    let probability = Array2::from_shape_fn((n / 10, 8), |(c, o)| uniform(c, 20 + o as u64).powi(3));
    let (margin, cost) = ([12.0, 30.0, 8.0, 50.0, 20.0, 15.0, 9.0, 40.0], [0.5; 8]);
    let offers = OfferColumns { probability: probability.view(), margin: &margin, cost: &cost };
    let scarce = OfferOptions::new().capacity(&[5_000; 8]);
    group.bench_function("8 scarce offers for 100,000", |b| b.iter(|| black_box(rank_offers(&offers, &scarce))));
    group.finish();
}

criterion_group!(benches, measures, baskets, campaigns);
criterion_main!(benches);
