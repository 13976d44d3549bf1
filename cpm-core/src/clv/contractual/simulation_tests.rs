//! Fits from many starts, and fits of customers who behave as a model says.

use super::beta_survival::ln_survival;
use super::tests::{LEVEL, bdw, percent, sbg};
use super::*;
use crate::clv::FitOptions;
use crate::golden::close;

/// Uniform numbers in (0, 1), the same on every run.
pub(in crate::clv) fn uniform(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }
}

#[test]
fn twenty_random_starts_end_at_one_maximum() {
    let mut random = uniform(5);
    for segment in ["regular", "high_end"] {
        let data = percent(segment, 7);
        let (geometric, weibull) = (sbg(&data), bdw(&data));
        for _ in 0..20 {
            let start: Vec<f64> = (0..3).map(|_| (6.0 * random() - 3.0).exp()).collect();
            let from = |k: usize| FitOptions::new().start(&start[..k]);
            let other = ShiftedBetaGeometric::fit(&data, &from(2)).unwrap();
            close(other.alpha(), geometric.alpha(), 1e-7, &segment);
            let other = BetaDiscreteWeibull::fit(&data, &from(3)).unwrap();
            close(other.c(), weibull.c(), 1e-6, &format!("{start:?}"));
            close(other.delta(), weibull.delta(), 1e-6, &segment);
        }
    }
}

/// Customers of random age up to 12 opportunities, by inversion of the survivor function.
fn simulate(theta: [f64; 3], customers: usize, seed: u64) -> Renewals {
    let mut random = uniform(seed);
    let (mut renewals, mut active) = (Vec::new(), Vec::new());
    for _ in 0..customers {
        let age = 4 + (random() * 9.0) as u64;
        let u = random();
        let survives = |t: u64| u < ln_survival(theta[0], theta[1], theta[2], 0.0, t as f64).exp();
        let renewed = (1..=age).take_while(|&t| survives(t)).count() as u64;
        renewals.push(renewed);
        active.push(renewed == age);
    }
    Renewals::from_customers(&renewals, &active, None).unwrap()
}

#[test]
fn recovers_the_parameters_of_simulated_customers() {
    for (seed, theta) in [[0.7, 1.2, 1.0], [1.5, 6.0, 1.3], [0.6, 2.0, 0.7], [2.5, 4.0, 1.6]].into_iter().enumerate() {
        let data = simulate(theta, 40_000, seed as u64 + 11);
        let model = bdw(&data);
        let errors = &model.fit_report().unwrap().standard_errors;
        for ((truth, (name, found)), error) in theta.iter().zip(model.parameters()).zip(errors) {
            assert!((found - truth).abs() < 3.0 * error.unwrap(), "{name}: {found} not {truth}, error {error:?}");
        }
    }
    for (seed, [alpha, beta]) in [[0.7, 1.2], [1.5, 6.0], [0.3, 0.9], [4.0, 10.0]].into_iter().enumerate() {
        let model = sbg(&simulate([alpha, beta, 1.0], 40_000, seed as u64 + 51));
        let errors = &model.fit_report().unwrap().standard_errors;
        for ((truth, (name, found)), error) in [alpha, beta].iter().zip(model.parameters()).zip(errors) {
            assert!((found - truth).abs() < 3.0 * error.unwrap(), "{name}: {found} not {truth}, error {error:?}");
        }
    }
}

#[test]
fn intervals_cover() {
    let theta = [0.9, 2.5, 1.0];
    let truth = ShiftedBetaGeometric::from_params(theta[0], theta[1]).unwrap();
    let (survival, derl) = (
        truth.survival(20, LEVEL).unwrap().value,
        truth.discounted_expected_residual_lifetime(2, 0.1, LEVEL).unwrap().value,
    );
    let (mut covered, runs) = ([0; 2], 200);
    for seed in 0..runs {
        let model = sbg(&simulate(theta, 600, 1000 + seed));
        let inside =
            |e: crate::clv::Estimate, truth: f64| usize::from(e.interval.low <= truth && truth <= e.interval.high);
        covered[0] += inside(model.survival(20, 0.9).unwrap(), survival);
        covered[1] += inside(model.discounted_expected_residual_lifetime(2, 0.1, 0.9).unwrap(), derl);
    }
    // 90 % of 200 within three standard errors, 2.1 points each.
    assert!(covered.iter().all(|&c| (168..=192).contains(&c)), "{covered:?} of {runs}");
}

#[test]
fn total_value_covers_what_customers_do() {
    // Given parameters: chance alone. 300 customers, value over 5 renewals at 10 %.
    let model = BetaDiscreteWeibull::from_params(0.8, 2.0, 1.3).unwrap();
    let renewals: Vec<u64> = (0..300).map(|i| i % 6).collect();
    let options = ContractValueOptions::new(10.0, 0.1).horizon(5).level(0.9);
    let names = ["even", "odd"].map(str::to_owned);
    let group: Vec<u32> = (0..300).map(|i| i % 2).collect();
    let value = model.residual_value_by_group(&renewals, &options, &names, &group).unwrap();
    assert_eq!(model.residual_value(&renewals, &options).unwrap().total, value.total);
    let mean: f64 = value.customers.iter().map(|c| c.value).sum();
    close(value.total.value, mean, 1e-12, &"sum");
    let mut random = uniform(77);
    let runs = 400;
    let mut inside = [0; 3];
    for _ in 0..runs {
        let mut paid = [0.0; 2];
        for (&n, &g) in renewals.iter().zip(&group) {
            let (u, n) = (random(), n as f64);
            let renewed = (1..=5).take_while(|&k| u < model.ln_survival(n, n + f64::from(k)).exp()).count();
            paid[g as usize] += (1..=renewed).map(|k| 10.0 * 1.1f64.powi(-(k as i32))).sum::<f64>();
        }
        let of = [value.total, value.groups[0].2, value.groups[1].2];
        for ((inside, of), paid) in inside.iter_mut().zip(of).zip([paid[0] + paid[1], paid[0], paid[1]]) {
            *inside += usize::from(of.interval.low <= paid && paid <= of.interval.high);
        }
    }
    assert!(inside.iter().all(|n| (340..=380).contains(n)), "{inside:?} of {runs}");
}
