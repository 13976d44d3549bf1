//! Churn from features, and how good scores are: `cargo bench --bench churn`.
//!
//! 100,000 customers with eight attributes, of whom some quarter churned: a tenth of what `benches/peers/churn.py` measures beside
//! scikit-learn.

use std::hint::black_box;

use cpm_core::churn::classifier::{
    CalibrationMethod, Calibrator, ChurnClassifier, ClassifierMethod, ClassifierOptions, Features, LogisticOptions,
    LogisticRegression,
};
use cpm_core::churn::evaluation::{EmpcOptions, ScoredCustomers, kolmogorov_smirnov, population_stability};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

const ROWS: usize = 100_000;
const EFFECTS: [f64; 8] = [0.8, -0.6, 0.4, 0.3, -0.2, 0.1, 0.0, 0.5];

fn simulated() -> (Features, Vec<bool>, Vec<f64>) {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut odds = vec![-1.5; ROWS];
    let mut features = Features::new();
    for (j, effect) in EFFECTS.iter().enumerate() {
        // The sum of twelve uniform numbers is normal enough here.
        let column: Vec<f64> = (0..ROWS).map(|_| (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0).collect();
        odds.iter_mut().zip(&column).for_each(|(o, x)| *o += effect * x);
        features = features.numeric(&format!("x{j}"), &column).expect("a column");
    }
    let probability: Vec<f64> = odds.iter().map(|o| 1.0 / (1.0 + (-o).exp())).collect();
    let churned = probability.iter().map(|p| random.random::<f64>() < *p).collect();
    (features, churned, probability)
}

fn churn(criterion: &mut Criterion) {
    let (features, churned, probability) = simulated();
    let mut group = criterion.benchmark_group("churn");
    group.sample_size(10).throughput(Throughput::Elements(ROWS as u64));
    let mut bench = |name: &str, run: &mut dyn FnMut()| {
        group.bench_function(BenchmarkId::new(name, ROWS), |b| b.iter(&mut *run));
    };
    for (name, options) in [
        ("logistic", LogisticOptions::new()),
        ("logistic, ridge", LogisticOptions::new().penalty(1.0)),
        ("logistic, elastic net", LogisticOptions::new().penalty(100.0).l1_ratio(0.5)),
    ] {
        bench(name, &mut || drop(black_box(LogisticRegression::fit(&features, &churned, &options))));
    }
    let options = ClassifierOptions::new().method(ClassifierMethod::Boosting).calibration(None);
    bench("boosted trees", &mut || drop(black_box(ChurnClassifier::fit(&features, &churned, &options))));
    for (name, method) in [
        ("Platt", CalibrationMethod::Platt),
        ("isotonic", CalibrationMethod::Isotonic),
        ("beta", CalibrationMethod::Beta),
    ] {
        bench(name, &mut || drop(black_box(Calibrator::fit(method, &churned, &probability, None))));
    }
    bench("sort and AUC", &mut || drop(black_box(ScoredCustomers::new(&churned, &probability).map(|s| s.auc()))));
    let scored = ScoredCustomers::new(&churned, &probability).expect("scores");
    bench("EMPC", &mut || drop(black_box(scored.expected_maximum_profit(&EmpcOptions::new(), 0.95))));
    let (before, after) = probability.split_at(ROWS / 2);
    bench("population stability", &mut || drop(black_box(population_stability(before, after, 10))));
    bench("Kolmogorov-Smirnov", &mut || drop(black_box(kolmogorov_smirnov(before, after))));
    group.finish();
}

criterion_group!(benches, churn);
criterion_main!(benches);
