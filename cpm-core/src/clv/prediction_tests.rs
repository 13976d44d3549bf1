//! Predictive distributions of single customers against simulated futures.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::TransactionLog;
use crate::clv::{BgNbd, FitOptions, GammaGamma, MbgNbd, Nbd, PurchaseModel, SimulationPlan};
use crate::summary::{MergeWithin, SplitOptions};

/// A deterministic stand-in for a uniform random number per customer (the golden ratio sequence).
fn uniform(i: usize) -> f64 {
    (0.5 + i as f64 * 0.618_033_988_749_894_9).fract()
}

/// Fits to the calibration part of simulated logs, and ranks what each customer then did in its prediction.
fn check_pit<M: PurchaseProcess>(
    simulate: impl Fn(&GammaGamma, &SimulationPlan) -> crate::Result<TransactionLog>,
    fit: impl Fn(&CustomerSummary) -> crate::Result<M>,
) {
    const BINS: usize = 20;
    let spend = GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    let mut bins = [0_u32; BINS];
    let mut total = 0;
    for seed in 0..10 {
        let plan = SimulationPlan::new(2_000, "2024-01-01", "2025-06-30").unwrap().acquired_over(91.0).seed(seed);
        let log = simulate(&spend, &plan).unwrap();
        let split = SplitOptions::new("2024-09-30").unwrap().merge_within(MergeWithin::Nothing);
        let split = log.split(&split).unwrap();
        let model = fit(&split.calibration).unwrap();
        let points = model.at_uncertainty_points();
        assert_eq!(points.len(), 2 * model.parameters().len());
        let histories = split.calibration.histories();
        let mut counts = Counts::default();
        for (i, &actual) in split.holdout.purchases.iter().enumerate() {
            let h = histories.distinct()[histories.of_row()[i] as usize];
            counts.mix(&model, &points, h, split.holdout.duration, 1e-9);
            let p = counts.probabilities();
            let below: f64 = p.iter().take(actual as usize).sum();
            let at = p.get(actual as usize).copied().unwrap_or(0.0);
            let pit = below + uniform(total) * at;
            bins[((pit * BINS as f64) as usize).min(BINS - 1)] += 1;
            total += 1;
        }
    }
    let expected = total as f64 / BINS as f64;
    let chi_square: f64 = bins.iter().map(|&n| (f64::from(n) - expected).powi(2) / expected).sum();
    // The 99.9 % quantile of chi-square with 19 degrees of freedom.
    assert!(chi_square < 43.8, "chi-square {chi_square}: {bins:?}");
}

#[test]
fn randomised_pit_values_are_uniform() {
    let options = FitOptions::new();
    let truth = BgNbd::from_params(0.6, 6.0, 0.8, 2.5).unwrap();
    check_pit(|spend, plan| truth.simulate(spend, plan), |customers| BgNbd::fit(customers, &options));
    let truth = MbgNbd::from_params(0.6, 6.0, 0.8, 2.5).unwrap();
    check_pit(|spend, plan| truth.simulate(spend, plan), |customers| MbgNbd::fit(customers, &options));
    let truth = Nbd::from_params(0.4, 12.0).unwrap();
    check_pit(|spend, plan| truth.simulate(spend, plan), |customers| Nbd::fit(customers, &options));
}

#[test]
fn prediction_intervals_of_counts_are_whole_numbers_around_the_mean() {
    let model = BgNbd::from_params(0.6, 6.0, 0.8, 2.5).unwrap();
    let customers =
        crate::CustomerSummary::new(&[4.0, 0.0], &[30.0, 0.0], &[38.0, 38.0], crate::TimeUnit::Week).unwrap();
    let prediction = model.predict(&customers, 52.0, 0.95).unwrap();
    for c in prediction.customers() {
        assert!(c.purchases.low.fract() == 0.0 && c.purchases.high.fract() == 0.0);
        assert!(c.purchases.low <= c.expected_purchases.value && c.expected_purchases.value <= c.purchases.high);
        // Parameters were given: they have no uncertainty.
        assert_eq!(c.expected_purchases.interval.low, c.expected_purchases.value);
    }
}
