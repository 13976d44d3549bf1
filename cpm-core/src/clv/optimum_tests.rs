//! Fits end at one maximum wherever they start, and do not depend on units.

use super::contractual::simulation_tests::uniform;
use super::*;
use crate::golden::close;
use crate::summary::{CustomerSummary, SummaryOptions, TimeUnit};

fn cdnow() -> CustomerSummary {
    crate::datasets::cdnow_sample().unwrap().summarize(&SummaryOptions::new().as_of("1997-09-30").unwrap()).unwrap()
}

/// A fit from a start, or from the usual one: log-likelihood and parameters.
type Fit = fn(&CustomerSummary, &FitOptions) -> crate::Result<(f64, Vec<(&'static str, f64)>)>;

fn of(model: &dyn PurchaseProcess) -> (f64, Vec<(&'static str, f64)>) {
    (model.fit_report().unwrap().log_likelihood, model.parameters())
}

const MODELS: [Fit; 6] = [
    |c, o| Nbd::fit(c, o).map(|m| of(&m)),
    |c, o| BgNbd::fit(c, o).map(|m| of(&m)),
    |c, o| MbgNbd::fit(c, o).map(|m| of(&m)),
    |c, o| ParetoNbd::fit(c, o).map(|m| of(&m)),
    |c, o| BgCnbd::fit_with_k(c, 2, o).map(|m| of(&m)),
    |c, o| MbgCnbd::fit_with_k(c, 2, o).map(|m| of(&m)),
];

#[test]
fn twenty_random_starts_end_at_one_maximum() {
    let customers = cdnow();
    let mut random = uniform(11);
    for fit in MODELS {
        let (best, parameters) = fit(&customers, &FitOptions::new()).unwrap();
        for _ in 0..20 {
            // Within e³ of 1, and the scales within e³ of 20 weeks.
            let start: Vec<f64> = parameters
                .iter()
                .map(|(name, _)| {
                    (6.0 * random() - 3.0).exp() * if name.starts_with("al") || *name == "beta" { 20.0 } else { 1.0 }
                })
                .collect();
            let (found, there) = fit(&customers, &FitOptions::new().start(&start)).unwrap();
            close(found, best, 1e-11, &format!("{start:?}"));
            for ((name, found), (_, expected)) in there.iter().zip(&parameters) {
                close(*found, *expected, 1e-5, &format!("{name} from {start:?}"));
            }
        }
    }
}

#[test]
fn the_unit_of_time_does_not_matter() {
    let weeks = cdnow();
    let rescaled = |factor: f64| {
        let times = |v: &[f64]| v.iter().map(|t| t * factor).collect::<Vec<_>>();
        let gaps = weeks.ln_gaps().unwrap().iter().zip(weeks.frequency()).map(|(g, x)| g + x * factor.ln()).collect();
        CustomerSummary::new(weeks.frequency(), &times(weeks.recency()), &times(weeks.T()), TimeUnit::Day)
            .unwrap()
            .with_ln_gaps(gaps)
            .unwrap()
    };
    for fit in MODELS {
        let (_, expected) = fit(&weeks, &FitOptions::new()).unwrap();
        for factor in [1e-4, 7.0, 1e3] {
            let (_, found) = fit(&rescaled(factor), &FitOptions::new()).unwrap();
            for ((name, found), (_, expected)) in found.iter().zip(&expected) {
                let scale = if matches!(*name, "alpha" | "beta") { factor } else { 1.0 };
                close(found / scale, *expected, 1e-6, &format!("{name} {factor}"));
            }
        }
    }
}

/// Every eighteenth customer of CDNOW: GGompertz/NBD has a ridge there, and fits are quick.
fn ridge() -> CustomerSummary {
    let all = cdnow();
    let part = |values: &[f64]| values.iter().step_by(18).copied().collect::<Vec<f64>>();
    CustomerSummary::new(&part(all.frequency()), &part(all.recency()), &part(all.T()), TimeUnit::Week).unwrap()
}

#[test]
fn on_a_flat_ridge_all_starts_reach_one_height_and_the_report_names_it() {
    let customers = ridge();
    let best = GGompertzNbd::fit(&customers, &FitOptions::new()).unwrap();
    let report = best.fit_report().unwrap();
    assert!(report.flat_direction.is_some() || !report.at_boundary.is_empty(), "{report}");
    let mut random = uniform(12);
    for _ in 0..20 {
        let start: Vec<f64> = ["r", "alpha", "b", "s", "beta"]
            .iter()
            .map(|name| {
                let size = if *name == "alpha" {
                    20.0
                } else if *name == "b" {
                    0.05
                } else {
                    1.0
                };
                (4.0 * random() - 2.0).exp() * size
            })
            .collect();
        let other = GGompertzNbd::fit(&customers, &FitOptions::new().start(&start)).unwrap();
        let there = other.fit_report().unwrap();
        assert!((there.log_likelihood - report.log_likelihood).abs() < 0.05, "{start:?} {there}");
        assert!(!there.warnings().is_empty(), "{start:?} {there}");
        // Wherever on the ridge it stopped, the purchases it expects are the same.
        let [here, theirs] = [&best, &other].map(|m| m.purchases(crate::summary::History::new(3.0, 20.0, 30.0), 39.0));
        close(theirs, here, 2e-3, &format!("{start:?}"));
    }
}

#[test]
fn the_unit_of_time_does_not_matter_on_a_flat_ridge() {
    let weeks = ridge();
    let fitted = GGompertzNbd::fit(&weeks, &FitOptions::new()).unwrap();
    let purchases: f64 = weeks.frequency().iter().sum();
    for factor in [1e-3, 7.0] {
        let times = |v: &[f64]| v.iter().map(|t| t * factor).collect::<Vec<_>>();
        let rescaled =
            CustomerSummary::new(weeks.frequency(), &times(weeks.recency()), &times(weeks.T()), TimeUnit::Day).unwrap();
        let other = GGompertzNbd::fit(&rescaled, &FitOptions::new()).unwrap();
        // A density per unit of time, once for each purchase.
        let there = other.fit_report().unwrap().log_likelihood + purchases * f64::ln(factor);
        let here = fitted.fit_report().unwrap().log_likelihood;
        assert!((there - here).abs() < 1e-3, "{factor}: {there} {here}");
        let history = |f: f64| crate::summary::History::new(3.0, 20.0 * f, 30.0 * f);
        close(other.purchases(history(factor), 39.0 * factor), fitted.purchases(history(1.0), 39.0), 1e-3, &factor);
    }
}

#[test]
fn the_spend_model_has_one_maximum_in_any_currency() {
    let customers = cdnow();
    let best = GammaGamma::fit(&customers, &FitOptions::new()).unwrap();
    let mut random = uniform(13);
    for _ in 0..20 {
        let start: Vec<f64> = [1.0, 1.0, 20.0].iter().map(|size| (6.0 * random() - 3.0).exp() * size).collect();
        let other = GammaGamma::fit(&customers, &FitOptions::new().start(&start)).unwrap();
        for ((name, found), (_, expected)) in other.parameters().iter().zip(best.parameters()) {
            close(*found, expected, 1e-6, &format!("{name} from {start:?}"));
        }
    }
    for factor in [1e-6, 100.0, 1e9] {
        let amounts: Vec<f64> = customers.monetary_value().unwrap().iter().map(|z| z * factor).collect();
        let scaled = customers.clone().with_monetary_value(&amounts).unwrap();
        let found = GammaGamma::fit(&scaled, &FitOptions::new()).unwrap();
        close(found.p(), best.p(), 1e-7, &"p");
        close(found.q(), best.q(), 1e-7, &"q");
        close(found.v() / factor, best.v(), 1e-7, &"v");
    }
}

#[cfg(feature = "simulation")]
#[test]
fn parameters_of_spend_are_recovered_within_three_standard_errors() {
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;
    use rand_distr::{Distribution, Gamma};
    let truths =
        [[6.25, 3.74, 15.44], [1.0, 2.0, 50.0], [0.5, 5.0, 1.0], [20.0, 1.5, 0.1], [2.0, 8.0, 1e4], [4.0, 4.0, 4.0]];
    for (seed, [p, q, v]) in truths.into_iter().enumerate() {
        let mut random = ChaCha8Rng::seed_from_u64(40 + seed as u64);
        let mut draw = |shape: f64, scale: f64| Gamma::new(shape, scale).unwrap().sample(&mut random);
        let x: Vec<f64> = (0..4_000).map(|i| (1 + i % 6) as f64).collect();
        let mut mean_amount = |x: f64| {
            let rate = draw(q, 1.0 / v);
            draw(p * x, 1.0 / (x * rate))
        };
        let z: Vec<f64> = x.iter().map(|x| mean_amount(*x)).collect();
        let n = x.len();
        let customers = CustomerSummary::new(&x, &vec![5.0; n], &vec![9.0; n], TimeUnit::Week).unwrap();
        let customers = customers.with_monetary_value(&z).unwrap();
        let fitted = GammaGamma::fit(&customers, &FitOptions::new()).unwrap();
        let errors = &fitted.fit_report().unwrap().standard_errors;
        for ((truth, (name, found)), error) in [p, q, v].iter().zip(fitted.parameters()).zip(errors) {
            assert!((found - truth).abs() < 3.0 * error.unwrap(), "{name}: {found} not {truth}, {error:?}");
        }
    }
}

#[test]
fn many_histories_have_the_maximum_that_a_coarser_picture_only_starts_from() {
    let mut random = uniform(14);
    let (mut x, mut t_x, mut t) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..14_000 {
        // Rates and the time of leaving are exponential, roughly.
        let (known, rate) = (30.0 + 48.0 * random(), -0.08 * random().ln());
        let left = (-60.0 * random().ln()).min(known);
        let (mut count, mut last, mut now) = (0.0, 0.0, 0.0);
        loop {
            now -= random().ln() / rate;
            if now > left {
                break;
            }
            (count, last) = (count + 1.0, now);
        }
        x.push(count);
        t_x.push(last);
        t.push(known);
    }
    let customers = CustomerSummary::new(&x, &t_x, &t, TimeUnit::Week).unwrap();
    assert!(customers.histories().distinct().len() > 12_000);
    for fit in [MODELS[1], MODELS[2], MODELS[3]] {
        let (best, parameters) = fit(&customers, &FitOptions::new()).unwrap();
        // A given start is where the search begins.
        let start: Vec<f64> = parameters.iter().map(|(name, v)| if *name == "r" { 0.7 * v } else { 1.2 * v }).collect();
        let (other, there) = fit(&customers, &FitOptions::new().start(&start)).unwrap();
        close(other, best, 1e-12, &"log-likelihood");
        for ((name, found), (_, expected)) in there.iter().zip(&parameters) {
            close(*found, *expected, 1e-7, name);
        }
    }
}

#[test]
fn many_amounts_have_the_maximum_that_a_coarser_picture_only_starts_from() {
    let mut random = uniform(15);
    let n = 12_000;
    let x: Vec<f64> = (0..n).map(|i| (1 + i % 7) as f64).collect();
    let z: Vec<f64> =
        x.iter().map(|x| 20.0 * (0.8 * random().ln().abs().sqrt() + (random() - 0.5) / x).exp()).collect();
    let customers = CustomerSummary::new(&x, &vec![5.0; n], &vec![9.0; n], TimeUnit::Week).unwrap();
    let customers = customers.with_monetary_value(&z).unwrap();
    let best = GammaGamma::fit(&customers, &FitOptions::new()).unwrap();
    // A given start is where the search begins.
    let other = GammaGamma::fit(&customers, &FitOptions::new().start(&[3.0, 3.0, 30.0])).unwrap();
    for ((name, found), (_, expected)) in other.parameters().into_iter().zip(best.parameters()) {
        close(found, expected, 1e-7, &name);
    }
    let sum: f64 = best.log_likelihood_per_customer(&customers).unwrap().iter().sum();
    close(best.fit_report().unwrap().log_likelihood, sum, 1e-12, &"log-likelihood");
}

/// Weights have no unit: halves of customers tell of the parameters what customers do.
#[test]
fn weights_count_by_their_ratios() {
    let customers = cdnow();
    for fit in MODELS {
        let of = |unit: f64| {
            let weights: Vec<f64> = (0..customers.len()).map(|i| unit * (1 + i % 3) as f64).collect();
            fit(&customers, &FitOptions::new().weights(&weights)).unwrap()
        };
        let (best, expected) = of(1.0);
        for unit in [1e-6, 0.5, 1e3] {
            let (found, there) = of(unit);
            close(found, unit * best, 1e-11, &unit);
            for ((name, found), (_, expected)) in there.iter().zip(&expected) {
                close(*found, *expected, 1e-8, &format!("{name} in weights of {unit}"));
            }
        }
    }
}
