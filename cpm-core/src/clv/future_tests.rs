//! Simulated futures agree with the expectations and probabilities of the models.

use super::*;
use crate::clv::{BgNbd, MbgNbd, Nbd, ParetoNbd, PurchaseModel};
use crate::summary::TimeUnit;

#[test]
fn counts_follow_the_models_distributions() {
    let models: [Box<dyn PurchaseProcess>; 4] = [
        Box::new(BgNbd::from_params(0.8, 4.0, 0.8, 2.4).unwrap()),
        Box::new(MbgNbd::from_params(0.8, 4.0, 0.8, 2.4).unwrap()),
        Box::new(ParetoNbd::from_params(0.8, 4.0, 0.8, 12.0).unwrap()),
        Box::new(Nbd::from_params(0.8, 4.0).unwrap()),
    ];
    let n = 3_000;
    let customers = CustomerSummary::new(&vec![2.0; n], &vec![6.0; n], &vec![9.0; n], TimeUnit::Week).unwrap();
    for model in models {
        let future = simulate_future(model.as_ref(), &customers, 10.0, 3).unwrap();
        let counts = future.counts();
        let one = &customers.histories().distinct()[0];
        let d = model.discounted_purchases(*one, 10.0, 0.0);
        let mean = counts.iter().sum::<f64>() / n as f64;
        let error = ((d.mean_square - d.mean * d.mean) / n as f64).sqrt();
        assert!((mean - d.mean).abs() < 3.5 * error, "{model:?}: {mean} {}", d.mean);
        let none = counts.iter().filter(|c| **c == 0.0).count() as f64 / n as f64;
        assert!((none - d.none).abs() < 3.5 * (d.none * (1.0 - d.none) / n as f64).sqrt(), "{model:?} {none}");
        let two = counts.iter().filter(|c| **c == 2.0).count() as f64 / n as f64;
        let expected = model.probability_of_purchases(&customers, 2, 10.0).unwrap()[0];
        assert!((two - expected).abs() < 3.5 * (expected / n as f64).sqrt(), "{model:?} {two} {expected}");
        assert!(future.times().iter().all(|t| (0.0..=10.0).contains(t)));
        assert!(future.rows().windows(2).all(|w| w[0] <= w[1]));
        assert_eq!(future.to_table().unwrap().rows(), future.times().len());
    }
}

#[test]
fn a_seed_is_a_future() {
    let model = BgNbd::from_params(0.8, 4.0, 0.8, 2.4).unwrap();
    let all = CustomerSummary::new(&[2.0; 40], &[6.0; 40], &[9.0; 40], TimeUnit::Week).unwrap();
    let few = CustomerSummary::new(&[2.0; 5], &[6.0; 5], &[9.0; 5], TimeUnit::Week).unwrap();
    let of = |customers: &CustomerSummary, seed| simulate_future(&model, customers, 30.0, seed).unwrap();
    assert_eq!(of(&all, 1), of(&all, 1));
    assert_ne!(of(&all, 1).times(), of(&all, 2).times());
    assert_eq!(of(&few, 1).counts(), of(&all, 1).counts()[..5]);
    assert!(simulate_future(&model, &few, 0.0, 1).is_err());
}

/// A seed that customers were simulated with says nothing of what they do next.
#[test]
fn the_future_is_independent_of_the_past_under_one_seed() {
    let model = BgNbd::from_params(0.24, 4.4, 0.79, 2.4).unwrap();
    let spend = crate::GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    let plan = crate::clv::SimulationPlan::new(5_000, "2024-01-01", "2024-06-30").unwrap();
    let log = model.simulate(&spend, &plan).unwrap();
    let customers = log.summarize(&crate::SummaryOptions::new().as_of("2024-06-30").unwrap()).unwrap();
    let future = simulate_future(&model, &customers, 26.0, 0).unwrap();
    let moments = customers.histories().scatter(|h| {
        let d = model.discounted_purchases(h, 26.0, 0.0);
        (d.mean, d.mean_square - d.mean * d.mean)
    });
    let (mean, variance) = moments.iter().fold((0.0, 0.0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
    let found = future.times().len() as f64;
    assert!((found - mean).abs() < 4.0 * variance.sqrt(), "{found} {mean} {}", variance.sqrt());
}
