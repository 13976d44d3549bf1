//! Summary, fit and scoring on simulated customers: `cargo bench`.
//!
//! Customers are drawn from the CDNOW estimates, acquired over 13 weeks and observed for 78, their purchases
//! merged by day: the data of a retailer, at 10,000, 100,000 and 1,000,000 customers.

use std::hint::black_box;

use cpm_core::clv::{
    BetaDiscreteWeibull, BootstrapOptions, PosteriorOptions, PurchaseModelKind, Renewals, ShiftedBetaGeometric,
    bootstrap, posterior, simulate_future,
};
use cpm_core::summary::MergeWithin;
use cpm_core::{
    BgNbd, CustomerSummary, FitOptions, GammaGamma, MbgNbd, Nbd, ParetoNbd, PurchaseModel, SimulationPlan,
    SummaryOptions, TransactionLog, ValueOptions, datasets, lifetime_value,
};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

const SIZES: [u64; 3] = [10_000, 100_000, 1_000_000];

fn simulated(customers: u64) -> TransactionLog {
    let purchases = BgNbd::from_params(0.243, 4.414, 0.793, 2.426).expect("valid parameters");
    let spend = GammaGamma::from_params(6.25, 3.74, 15.44).expect("valid parameters");
    let plan = SimulationPlan::new(customers, "2024-01-01", "2025-06-29").expect("valid plan").acquired_over(91.0);
    purchases.simulate(&spend, &plan).expect("a log")
}

/// A copy without the grouping that a summary keeps once it is made: each run pays for its own.
fn fresh(customers: &CustomerSummary) -> CustomerSummary {
    CustomerSummary::new(customers.frequency(), customers.recency(), customers.T(), customers.time_unit())
        .and_then(|c| c.with_monetary_value(customers.monetary_value().unwrap_or_default()))
        .and_then(|c| match customers.ln_gaps() {
            Some(gaps) => c.with_ln_gaps(gaps.to_vec()),
            None => Ok(c),
        })
        .expect("a valid summary stays valid")
}

fn clv(criterion: &mut Criterion) {
    for size in SIZES {
        let log = simulated(size);
        let options = SummaryOptions::new();
        let customers = log.summarize(&options).expect("a summary");
        let model = BgNbd::fit(&customers, &FitOptions::new()).expect("a fit");
        let spend = GammaGamma::fit(&customers, &FitOptions::new()).expect("a fit");

        let mut group = criterion.benchmark_group("clv");
        group.sample_size(10).throughput(Throughput::Elements(size));
        let mut bench = |name: &str, run: &mut dyn FnMut()| {
            group.bench_function(BenchmarkId::new(name, size), |b| b.iter(&mut *run));
        };
        bench("summarize", &mut || drop(black_box(log.summarize(&options))));
        bench("fit BG/NBD", &mut || drop(black_box(BgNbd::fit(&fresh(&customers), &FitOptions::new()))));
        bench("fit MBG/NBD", &mut || drop(black_box(MbgNbd::fit(&fresh(&customers), &FitOptions::new()))));
        bench("fit NBD", &mut || drop(black_box(Nbd::fit(&fresh(&customers), &FitOptions::new()))));
        bench("fit Gamma-Gamma", &mut || drop(black_box(GammaGamma::fit(&customers, &FitOptions::new()))));
        bench("P(alive)", &mut || drop(black_box(model.probability_alive(&fresh(&customers)))));
        bench("expected purchases", &mut || drop(black_box(model.expected_purchases(&fresh(&customers), 52.0))));
        bench("predict with intervals", &mut || drop(black_box(model.predict(&fresh(&customers), 52.0, 0.95))));
        let value = ValueOptions::new(52.0).discount_rate(0.10).margin(0.30);
        bench("lifetime value with intervals", &mut || {
            drop(black_box(lifetime_value(&model, &spend, &fresh(&customers), &value)));
        });
        bench("fit Pareto/NBD", &mut || drop(black_box(ParetoNbd::fit(&fresh(&customers), &FitOptions::new()))));
        if size == SIZES[1] {
            let resamples = BootstrapOptions::new().replicates(100);
            bench("bootstrap BG/NBD, 100 refits", &mut || {
                drop(black_box(bootstrap(PurchaseModelKind::BgNbd, &customers, &resamples)));
            });
        }
        group.finish();
    }
}

/// What each model costs per customer: criterion divides by the throughput.
fn models(criterion: &mut Criterion) {
    let log = simulated(SIZES[1]);
    let days = log.summarize(&SummaryOptions::new()).expect("a summary");
    let weeks = log.summarize(&SummaryOptions::new().merge_within(MergeWithin::Week)).expect("a summary");
    let mut group = criterion.benchmark_group("models");
    group.sample_size(10).throughput(Throughput::Elements(SIZES[1]));
    for &kind in PurchaseModelKind::ALL {
        // Opportunities are weeks.
        let customers = if kind.needs_opportunities() { &weeks } else { &days };
        let model = kind.fit(customers, &FitOptions::new()).expect("a fit");
        let mut bench = |name: &str, run: &mut dyn FnMut()| {
            group.bench_function(BenchmarkId::new(name, kind.key()), |b| b.iter(&mut *run));
        };
        bench("fit", &mut || drop(black_box(kind.fit(&fresh(customers), &FitOptions::new()))));
        bench("P(alive)", &mut || drop(black_box(model.probability_alive(&fresh(customers)))));
        bench("expected purchases", &mut || drop(black_box(model.expected_purchases(&fresh(customers), 52.0))));
        bench("next purchase, median", &mut || {
            drop(black_box(model.next_purchase_quantile(&fresh(customers), 0.5)));
        });
        bench("residual transactions", &mut || {
            drop(black_box(model.discounted_residual_transactions(&fresh(customers), 0.10, None)));
        });
        bench("future", &mut || drop(black_box(simulate_future(&*model, &fresh(customers), 52.0, 1))));
    }
    let spend = GammaGamma::fit(&days, &FitOptions::new()).expect("a fit");
    let mut bench = |name: &str, model: &str, run: &mut dyn FnMut()| {
        group.bench_function(BenchmarkId::new(name, model), |b| b.iter(&mut *run));
    };
    bench("fit", "gamma_gamma", &mut || drop(black_box(GammaGamma::fit(&days, &FitOptions::new()))));
    bench("expected spend", "gamma_gamma", &mut || drop(black_box(spend.expected_spend(&days))));
    // Contracts of as many customers, a row for each: renewed up to a dozen times, and left or not.
    let renewed: Vec<u64> = (0..SIZES[1]).map(|i| i * i % 13).collect();
    let active: Vec<bool> = renewed.iter().map(|n| *n == 12).collect();
    let renewals = || Renewals::from_customers(&renewed, &active, None).expect("valid renewals");
    bench("fit", "sbg", &mut || drop(black_box(ShiftedBetaGeometric::fit(&renewals(), &FitOptions::new()))));
    bench("fit", "bdw", &mut || drop(black_box(BetaDiscreteWeibull::fit(&renewals(), &FitOptions::new()))));
    group.finish();
}

/// Effective draws cost what the distinct histories cost: CDNOW has a thousand.
fn posteriors(criterion: &mut Criterion) {
    let options = SummaryOptions::new().as_of("1997-09-30").expect("a date");
    let customers = datasets::cdnow_sample().and_then(|log| log.summarize(&options)).expect("a summary");
    let mut group = criterion.benchmark_group("posterior of CDNOW");
    group.sample_size(10);
    for kind in
        [PurchaseModelKind::BgNbd, PurchaseModelKind::MbgNbd, PurchaseModelKind::ParetoNbd, PurchaseModelKind::Nbd]
    {
        let plan = PosteriorOptions::new().chains(2).seed(1);
        group.bench_function(kind.key(), |b| b.iter(|| drop(black_box(posterior(kind, &customers, &plan)))));
    }
    group.finish();
}

criterion_group!(benches, clv, models, posteriors);
criterion_main!(benches);
