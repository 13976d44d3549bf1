//! What scoring and posterior predictions hold at their peak, counted by the allocator. A test binary of its own with one test:
//! nothing else may allocate meanwhile.
#![allow(clippy::unwrap_used)]
#![cfg(feature = "simulation")]

use cpm_core::clv::{PosteriorOptions, PurchaseModelKind, posterior};
use cpm_core::{
    BgNbd, CustomerSummary, FitOptions, GammaGamma, PurchaseModel, SimulationPlan, SummaryOptions, TimeUnit,
    ValueOptions, lifetime_value,
};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Bytes that `run` holds at its peak beyond what was there before, its result included.
fn peak<R>(run: impl FnOnce() -> R) -> f64 {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let result = run();
    let peak = ALLOCATOR.peak_usage();
    drop(result);
    (peak - before) as f64
}

/// Customers of whom hardly two have one history.
fn customers(n: usize) -> CustomerSummary {
    let share = |i: usize, prime: usize| (i * 31 % prime) as f64 / prime as f64;
    let x: Vec<f64> = (0..n).map(|i| (i * i % 7 * (i % 3)) as f64).collect();
    let t: Vec<f64> = (0..n).map(|i| 30.0 + 40.0 * share(i, 9_973)).collect();
    let t_x: Vec<f64> = (0..n).map(|i| if x[i] > 0.0 { t[i] * (0.05 + 0.9 * share(i, 10_007)) } else { 0.0 }).collect();
    let z: Vec<f64> = (0..n).map(|i| if x[i] > 0.0 { 5.0 + 60.0 * share(i, 9_967).powi(2) } else { 0.0 }).collect();
    CustomerSummary::new(&x, &t_x, &t, TimeUnit::Week).unwrap().with_monetary_value(&z).unwrap()
}

/// Customers of the models themselves, whose posteriors are quickly sampled.
fn simulated(n: usize) -> CustomerSummary {
    let model = BgNbd::from_params(0.6, 5.0, 0.8, 2.5).unwrap();
    let spend = GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    let plan = SimulationPlan::new(n as u64, "2024-01-01", "2025-06-29").unwrap().acquired_over(91.0).seed(5);
    model.simulate(&spend, &plan).unwrap().summarize(&SummaryOptions::new()).unwrap()
}

#[test]
fn predictions_hold_their_results_and_little_else() {
    // The first use of all cores makes threads.
    let few = simulated(500);
    let model = BgNbd::fit(&few, &FitOptions::new()).unwrap();
    let spend = GammaGamma::fit(&few, &FitOptions::new()).unwrap();

    // Posterior predictions: customers x draws never exist.
    let options = PosteriorOptions::new().chains(2).warmup(50).draws(100).seed(3);
    let of_few = posterior(PurchaseModelKind::BgNbd, &few, &options).unwrap();
    let (n, draws) = (few.len(), 200);
    let all = (n * draws * size_of::<f64>()) as f64;
    let result = of_few.predict(&few, 26.0, 0.9, draws).unwrap();
    let row = size_of_val(&result.customers()[0]) as f64;
    let of_all = peak(|| of_few.predict(&few, 26.0, 0.9, draws).unwrap());
    assert!(of_all < 0.4 * all, "{of_all} bytes for {n} customers and {draws} draws, which are {all}");
    // More customers cost their rows in the result (as it grows, twice), not their draws.
    let half = simulated(n / 2);
    assert!(half.histories().distinct().len() > n / 10);
    let of_half = peak(|| of_few.predict(&half, 26.0, 0.9, draws).unwrap());
    let per_customer = (of_all - of_half) / (n - half.len()) as f64;
    assert!(per_customer < 4.0 * row && per_customer < 0.3 * (draws * size_of::<f64>()) as f64, "{per_customer}");
    let spent = cpm_core::clv::spend_posterior(&few, &options).unwrap();
    let of_spend = peak(|| spent.expected_spend(&few, 0.9, draws).unwrap());
    assert!(of_spend < 0.2 * all, "{of_spend}");

    // Scores of many: the histories in parts, each value once per history and once per customer.
    let many = customers(6_000);
    let n = many.len() as f64;
    let distinct = many.histories().distinct().len() as f64;
    assert!(distinct > 0.6 * n);
    let bytes = |name: &str, found: f64, limit: f64| {
        assert!(found < limit * n, "{name}: {} bytes per customer, more than {limit}", found / n);
    };
    bytes("alive", peak(|| model.probability_alive(&many).unwrap()), 40.0);
    bytes("purchases", peak(|| model.expected_purchases(&many, 52.0).unwrap()), 40.0);
    bytes("spend", peak(|| spend.expected_spend(&many).unwrap()), 40.0);
    // Six columns; what eight points of uncertainty of purchases and six of spend say of a customer would be 112 bytes more.
    let value = ValueOptions::new(52.0).discount_rate(0.1);
    bytes("value", peak(|| lifetime_value(&model, &spend, &many, &value).unwrap()), 160.0);
}
