//! Survival analysis on simulated customers: `cargo bench --bench survival`.
//!
//! 100,000 customers with five attributes, Weibull durations and some half of them censored: the data on which
//! `benches/peers/survival.py` measures other tools.

use std::hint::black_box;

use cpm_core::churn::survival::{
    Aft, AftOptions, CoxOptions, CoxPh, DiscreteHazard, DiscreteHazardOptions, Distribution, KaplanMeier, SurvivalData,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ndarray::Array2;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

const COLUMNS: usize = 5;

fn simulated(rows: usize) -> (SurvivalData, Array2<f64>) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    // The sum of twelve uniform numbers is normal enough here.
    let x = Array2::from_shape_fn((rows, COLUMNS), |_| (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0);
    let (mut durations, mut events) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    for row in x.rows() {
        let location: f64 = row.iter().zip([0.3, -0.2, 0.1, 0.0, 0.4]).map(|(x, b)| x * b).sum();
        let latent = (3.0 + location + 0.7 * (-random.random::<f64>().ln()).ln()).exp();
        let censored = 60.0 * random.random::<f64>();
        durations.push(latent.min(censored).max(1e-6));
        events.push(latent <= censored);
    }
    (SurvivalData::new(&durations, &events).expect("valid durations"), x)
}

fn survival(criterion: &mut Criterion) {
    let rows = 100_000;
    let (data, x) = simulated(rows);
    let tenths: Vec<f64> = data.durations().iter().map(|t| (t * 10.0).ceil() / 10.0).collect();
    let tied = SurvivalData::new(&tenths, data.events()).expect("valid durations");
    let whole: Vec<f64> = data.durations().iter().map(|t| (t / 4.0).ceil()).collect();
    let months = SurvivalData::new(&whole, data.events()).expect("valid durations");
    let mut group = criterion.benchmark_group("survival");
    group.sample_size(10).throughput(Throughput::Elements(rows as u64));
    let mut bench = |name: &str, run: &mut dyn FnMut()| {
        group.bench_function(BenchmarkId::new(name, rows), |b| b.iter(&mut *run));
    };
    bench("Kaplan-Meier", &mut || drop(black_box(KaplanMeier::fit(&data))));
    bench("Cox tied, 5 columns", &mut || drop(black_box(CoxPh::fit(&tied, x.view(), &CoxOptions::new()))));
    bench("Cox, 5 columns", &mut || drop(black_box(CoxPh::fit(&data, x.view(), &CoxOptions::new()))));
    for distribution in [Distribution::Weibull, Distribution::LogNormal, Distribution::LogLogistic] {
        let options = AftOptions::new().distribution(distribution);
        let name = format!("AFT {}, 5 columns", distribution.name());
        bench(&name, &mut || drop(black_box(Aft::fit(&data, x.view(), &options))));
    }
    let options = DiscreteHazardOptions::new();
    bench("discrete hazard, 15 periods", &mut || drop(black_box(DiscreteHazard::fit(&months, x.view(), &options))));
    group.finish();
}

criterion_group!(benches, survival);
criterion_main!(benches);
