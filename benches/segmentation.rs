//! Clusters of customers: `cargo bench --bench segmentation`.
//!
//! 100,000 customers with eight attributes in eight groups that overlap, as `benches/peers/segmentation.py` makes ten times as many of.

use std::hint::black_box;

use cpm_core::segmentation::{
    Covariance, GaussianMixture, GaussianMixtureOptions, KMeans, KMeansOptions, KPrototypes, KPrototypesOptions,
    Scaling, silhouette_score,
};
use cpm_core::{Column, Table};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array2;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

const ROWS: usize = 100_000;
const COLUMNS: usize = 8;
const GROUPS: usize = 8;

fn simulated() -> Array2<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    // The sum of twelve uniform numbers is normal enough here.
    let mut normal = move || (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0;
    let centers = Array2::from_shape_simple_fn((GROUPS, COLUMNS), || 2.0 * normal());
    Array2::from_shape_fn((ROWS, COLUMNS), |(i, j)| centers[(i % GROUPS, j)] + normal())
}

fn segmentation(criterion: &mut Criterion) {
    let x = simulated();
    let labels: Vec<u32> = (0..ROWS).map(|i| (i % GROUPS) as u32).collect();
    let mut mixed = Table::new();
    mixed.push("spend", Column::Float(x.column(0).to_vec())).expect("a column");
    mixed
        .push("channel", Column::Text(labels.iter().map(|l| format!("channel {}", l / 2)).collect()))
        .expect("a column");
    let mut group = criterion.benchmark_group("segmentation");
    group.sample_size(10).throughput(Throughput::Elements(ROWS as u64));
    let mut bench = |name: &str, run: &mut dyn FnMut()| {
        group.bench_function(BenchmarkId::new(name, ROWS), |b| b.iter(&mut *run));
    };
    for starts in [1, 10] {
        let options = KMeansOptions::new(GROUPS).starts(starts);
        bench(&format!("k-means, {starts} starts"), &mut || drop(black_box(KMeans::fit(x.view(), &options))));
    }
    let options = KMeansOptions::new(GROUPS).starts(1).scaling(Scaling::YeoJohnson);
    bench("k-means, 1 start, Yeo-Johnson", &mut || drop(black_box(KMeans::fit(x.view(), &options))));
    let model = KMeans::fit(x.view(), &KMeansOptions::new(GROUPS).starts(1)).expect("a fit");
    bench("k-means, predict", &mut || drop(black_box(model.predict(x.view()))));
    bench("k-means, a batch", &mut || drop(black_box(model.clone().partial_fit(x.view(), None))));
    for (name, covariance) in [("full", Covariance::Full), ("diagonal", Covariance::Diagonal)] {
        let options = GaussianMixtureOptions::new(GROUPS).covariance(covariance).starts(1).tolerance(1e-3);
        bench(&format!("mixture, {name}"), &mut || drop(black_box(GaussianMixture::fit(x.view(), &options))));
    }
    let options = KPrototypesOptions::new(GROUPS).starts(1);
    bench("k-prototypes, 1 start", &mut || drop(black_box(KPrototypes::fit(&mixed, &options))));
    bench("silhouette of 2,000", &mut || drop(black_box(silhouette_score(x.view(), &labels, Some((2_000, 0))))));
    group.finish();
}

criterion_group!(benches, segmentation);
criterion_main!(benches);
