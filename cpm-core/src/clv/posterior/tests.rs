//! Posteriors against exact integrals, the normal approximation, and their own calibration.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Gamma, Poisson};

use ndarray::{Array1, Array2};

use super::priors::{Family, Priors};
use super::*;
use crate::clv::likelihood_sum::LikelihoodSum;
use crate::clv::{FitOptions, PurchaseModel, PurchaseModelKind, PurchaseProcess};
use crate::numerics::newton::Evaluation;
use crate::summary::CustomerSummary;
use crate::{SummaryOptions, datasets};

fn cdnow() -> CustomerSummary {
    datasets::cdnow_sample().unwrap().summarize(&SummaryOptions::new().as_of("1997-09-30").unwrap()).unwrap()
}

/// Customers of the NBD model; when the last purchase was does not matter to it.
fn nbd_customers(r: f64, alpha: f64, n: usize, t: f64, random: &mut ChaCha8Rng) -> CustomerSummary {
    let rates = Gamma::new(r, 1.0 / alpha).unwrap();
    let x: Vec<f64> = (0..n)
        .map(|_| {
            let mean = rates.sample(random) * t;
            if mean > 0.0 { Poisson::new(mean).unwrap().sample(random) } else { 0.0 }
        })
        .collect();
    let t_x: Vec<f64> = x.iter().map(|x| if *x > 0.0 { 0.5 * t } else { 0.0 }).collect();
    CustomerSummary::new(&x, &t_x, &vec![t; n], TimeUnit::Week).unwrap()
}

#[test]
fn moments_are_those_of_the_exact_integral() {
    let customers = nbd_customers(0.8, 6.0, 40, 12.0, &mut ChaCha8Rng::seed_from_u64(3));
    let (of_r, of_alpha) = (Prior::Gamma { shape: 2.0, rate: 2.0 }, Prior::Weibull { shape: 2.0, scale: 10.0 });
    let options = PosteriorOptions::new().draws(1_500).warmup(300).seed(4).prior("r", of_r).prior("alpha", of_alpha);
    let posterior = posterior(PurchaseModelKind::Nbd, &customers, &options).unwrap();
    assert!(posterior.warnings().is_empty(), "{:?}", posterior.warnings());

    // Midpoints on a grid in the logarithms.
    let sum = LikelihoodSum::new(customers.histories());
    let nbd = PurchaseModelKind::Nbd.likelihood(1);
    let m = 120;
    let at = |i: usize, low: f64, high: f64| f64::exp(low + (high - low) * (i as f64 + 0.5) / m as f64);
    let mut cells = Vec::new();
    for i in 0..m {
        for j in 0..m {
            let (r, alpha) = (at(i, -2.5, 2.0), at(j, -0.5, 4.0));
            let ln = (nbd.evaluate)(&sum, &[r, alpha]).value;
            let ln = ln + of_r.ln_pdf(r).unwrap() + r.ln() + of_alpha.ln_pdf(alpha).unwrap() + alpha.ln();
            cells.push((ln, r, alpha));
        }
    }
    let highest = cells.iter().map(|c| c.0).fold(f64::NEG_INFINITY, f64::max);
    let mean = |of: &dyn Fn(f64, f64) -> f64| {
        let (top, bottom) = cells.iter().fold((0.0, 0.0), |(t, b), (ln, r, alpha)| {
            let w = (ln - highest).exp();
            (t + w * of(*r, *alpha), b + w)
        });
        top / bottom
    };
    for (name, get) in [("r", (|r, _| r) as fn(f64, f64) -> f64), ("alpha", |_, alpha| alpha)] {
        let draws = posterior.parameter(name).unwrap();
        let exact = mean(&get);
        let sd = (mean(&|r, a| get(r, a).powi(2)) - exact * exact).sqrt();
        let all = draws.concat();
        let found = all.iter().sum::<f64>() / all.len() as f64;
        let spread = (all.iter().map(|v| (v - found).powi(2)).sum::<f64>() / all.len() as f64).sqrt();
        let error = sd / ess_mean(&draws).sqrt();
        assert!((found - exact).abs() < 4.0 * error, "{name}: {found} {exact} ± {error}");
        assert!((spread / sd - 1.0).abs() < 0.1, "{name}: {spread} {sd}");
    }
    let product = posterior.estimate(0.9, |m| Ok(m.parameters()[0].1 * m.parameters()[1].1)).unwrap();
    assert!((product.value / mean(&|r, a| r * a) - 1.0).abs() < 0.1);
}

#[test]
fn on_much_data_it_is_the_normal_approximation() {
    let customers = cdnow();
    let options = PosteriorOptions::new().chains(3).warmup(150).draws(250).seed(2);
    let posterior = posterior(PurchaseModelKind::BgNbd, &customers, &options).unwrap();
    let fitted = PurchaseModelKind::BgNbd.fit(&customers, &FitOptions::new()).unwrap();
    let report = fitted.fit_report().unwrap();
    for (i, (name, value)) in fitted.parameters().into_iter().enumerate() {
        let ln: Vec<f64> = posterior.parameter(name).unwrap().concat().iter().map(|v| v.ln()).collect();
        let n = ln.len() as f64;
        let mean = ln.iter().sum::<f64>() / n;
        let sd = (ln.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        let expected = report.covariance_log[(i, i)].sqrt();
        assert!((mean - value.ln()).abs() < 0.5 * expected, "{name}: {mean} {}", value.ln());
        assert!((sd / expected).ln().abs() < 0.3, "{name}: {sd} {expected}");
    }
    assert_eq!(posterior.divergences(), 0);
    let table = posterior.summary_table(0.95).unwrap();
    assert!(table.floats("r_hat").unwrap().iter().all(|r| *r < 1.05));
    assert!(table.floats("ess_bulk").unwrap().iter().all(|e| *e > 200.0), "{table}");

    // Its predictions are those of the fit, with about the same intervals.
    let own = posterior.predict(&customers, 39.0, 0.9, 60).unwrap();
    let theirs = fitted.predict(&customers, 39.0, 0.9).unwrap();
    let total = |p: &crate::clv::Prediction| p.customers().iter().map(|c| c.expected_purchases.value).sum::<f64>();
    assert!((total(&own) / total(&theirs) - 1.0).abs() < 0.02);
    for (o, t) in own.customers().iter().zip(theirs.customers()) {
        assert!(o.expected_purchases.interval.low <= o.expected_purchases.value);
        assert!((o.probability_alive.value - t.probability_alive.value).abs() < 0.05);
        assert!((o.purchases.high - t.purchases.high).abs() <= 1.0 + 0.1 * t.purchases.high);
    }
    assert!(posterior.predict(&customers, 39.0, 0.9, 3).is_err());
    let days = datasets::cdnow_sample().unwrap();
    let days = days.summarize(&SummaryOptions::new().time_unit(TimeUnit::Day)).unwrap();
    assert!(posterior.predict(&days, 39.0, 0.9, 60).unwrap_err().to_string().contains("time_unit"));
}

#[test]
fn posteriors_are_calibrated() {
    // Simulation-based calibration (Talts et al. 2018): the rank of the truth among the draws is uniform.
    let (of_r, of_alpha) = (Prior::LogNormal { median: 0.8, sigma: 0.5 }, Prior::LogNormal { median: 8.0, sigma: 0.5 });
    let mut random = ChaCha8Rng::seed_from_u64(17);
    let (mut shares, mut covered) = (Vec::new(), 0.0);
    let worlds = 40;
    for world in 0..worlds {
        let mut normal = || {
            let (u, v): (f64, f64) = (random.random(), random.random());
            (-2.0 * (1.0 - u).ln()).sqrt() * (std::f64::consts::TAU * v).cos()
        };
        let truth = [0.8 * (0.5 * normal()).exp(), 8.0 * (0.5 * normal()).exp()];
        let customers = nbd_customers(truth[0], truth[1], 60, 15.0, &mut random);
        let options = PosteriorOptions::new()
            .chains(1)
            .warmup(100)
            .draws(150)
            .seed(world)
            .prior("r", of_r)
            .prior("alpha", of_alpha);
        let posterior = posterior(PurchaseModelKind::Nbd, &customers, &options).unwrap();
        for (i, name) in ["r", "alpha"].into_iter().enumerate() {
            let draws = posterior.parameter(name).unwrap().concat();
            let share = draws.iter().filter(|d| **d < truth[i]).count() as f64 / draws.len() as f64;
            covered += f64::from(u8::from((0.1..=0.9).contains(&share)));
            shares.push(share);
        }
    }
    let n = shares.len() as f64;
    let mean = shares.iter().sum::<f64>() / n;
    let variance = shares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / n;
    // r and alpha go together, so that there are some 40 independent shares.
    assert!((mean - 0.5).abs() < 4.0 * (1.0 / 12.0 / f64::from(worlds as u32)).sqrt(), "{mean}");
    assert!((variance - 1.0 / 12.0).abs() < 0.04, "{variance}");
    assert!((covered / n - 0.8).abs() < 4.0 * (0.16 / f64::from(worlds as u32)).sqrt(), "{covered}");
}

#[test]
fn gradients_of_the_priors_are_their_finite_differences() {
    let step = 1e-6;
    for defaults in [DefaultPriors::Wide, DefaultPriors::PymcMarketing] {
        for kind in PurchaseModelKind::ALL.iter().filter(|kind| !kind.has_k()) {
            let Ok(priors) = Priors::new(&Family::of(*kind, 30.0), defaults, &[]) else {
                assert_eq!((*kind, defaults), (PurchaseModelKind::GGompertzNbd, DefaultPriors::PymcMarketing));
                continue;
            };
            let k = kind.parameters().len();
            let at = |ln: &[f64]| {
                let mut e = Evaluation { value: 0.0, gradient: Array1::zeros(k), hessian: Array2::zeros((k, k)) };
                priors.add_to(&mut e, &ln.iter().map(|v| v.exp()).collect::<Vec<f64>>());
                e
            };
            let ln: Vec<f64> = (0..k).map(|i| 0.3 + 0.4 * i as f64).collect();
            let here = at(&ln);
            for i in 0..k {
                let shifted = |by: f64| {
                    let mut there = ln.clone();
                    there[i] += by;
                    at(&there)
                };
                let (up, down) = (shifted(step), shifted(-step));
                assert!(((up.value - down.value) / (2.0 * step) - here.gradient[i]).abs() < 1e-7, "{kind} {i}");
                for j in 0..k {
                    let slope = (up.gradient[j] - down.gradient[j]) / (2.0 * step);
                    assert!((slope - here.hessian[(i, j)]).abs() < 1e-6, "{kind} {i} {j}");
                }
            }
        }
    }
}

#[test]
fn a_posterior_exists_where_a_fit_does_not() {
    // Nobody purchased again: the likelihood has no maximum.
    let customers = CustomerSummary::new(&[0.0; 30], &[0.0; 30], &[20.0; 30], TimeUnit::Week).unwrap();
    assert!(PurchaseModelKind::Nbd.fit(&customers, &FitOptions::new()).is_err());
    let options = PosteriorOptions::new().chains(2).warmup(100).draws(100).seed(1);
    let posterior = posterior(PurchaseModelKind::Nbd, &customers, &options).unwrap();
    let rate = posterior.estimate(0.9, |m| Ok(m.parameters()[0].1 / m.parameters()[1].1)).unwrap();
    assert!(rate.value.is_finite() && rate.interval.low < 0.02);
    assert_eq!(posterior.models(7).len(), 7);
    assert_eq!(posterior.models(usize::MAX).len(), 200);
    assert_eq!((posterior.chains(), posterior.draws(), posterior.kind()), (2, 100, PurchaseModelKind::Nbd));
    assert_eq!(posterior.statistics(1).unwrap().steps.len(), 100);
    assert_eq!(posterior.priors()[1].1, Some(Prior::LogNormal { median: 20.0, sigma: 2.5 }));
}

#[test]
fn bad_options() {
    let customers = cdnow();
    let message =
        |options: PosteriorOptions| posterior(PurchaseModelKind::BgNbd, &customers, &options).unwrap_err().to_string();
    assert!(message(PosteriorOptions::new().chains(0)).contains("chains = 0"));
    assert!(message(PosteriorOptions::new().draws(3)).contains("draws = 3"));
    assert!(message(PosteriorOptions::new().warmup(0)).contains("warmup = 0"));
    assert!(message(PosteriorOptions::new().target_accept(1.0)).contains("target_accept"));
    let prior = Prior::HalfNormal { sigma: 1.0 };
    assert!(message(PosteriorOptions::new().prior("s", prior)).contains("BG/NBD has the parameters r, alpha, a, b"));
    assert!(message(PosteriorOptions::new().prior("a", Prior::HalfNormal { sigma: -1.0 })).contains("sigma"));
    let one = PosteriorOptions::new().default_priors(DefaultPriors::PymcMarketing).prior("a", prior);
    assert!(message(one).contains("a prior of both"));
    let young = CustomerSummary::new(&[0.0], &[0.0], &[0.0], TimeUnit::Week).unwrap();
    assert!(
        posterior(PurchaseModelKind::Nbd, &young, &PosteriorOptions::new()).unwrap_err().to_string().contains("T is 0")
    );
}

#[test]
fn a_weight_is_that_many_customers() {
    let (x, t_x, t) = ([0.0, 1.0, 3.0, 6.0, 2.0], [0.0, 4.0, 20.0, 28.0, 9.0], [30.0, 32.0, 35.0, 38.0, 29.0]);
    let weights = [30.0, 14.0, 6.0, 4.0, 9.0];
    let grouped = CustomerSummary::new(&x, &t_x, &t, TimeUnit::Week).unwrap();
    let repeat = |v: &[f64]| -> Vec<f64> {
        v.iter().zip(weights).flat_map(|(v, w)| std::iter::repeat_n(*v, w as usize)).collect()
    };
    let each = CustomerSummary::new(&repeat(&x), &repeat(&t_x), &repeat(&t), TimeUnit::Week).unwrap();
    let options = PosteriorOptions::new().chains(2).warmup(50).draws(20).seed(3);
    let of_each = posterior(PurchaseModelKind::BgNbd, &each, &options).unwrap();
    let of_rows = posterior(PurchaseModelKind::BgNbd, &grouped, &options.clone().weights(&weights)).unwrap();
    for name in of_each.names() {
        let (a, b) = (of_each.parameter(name).unwrap().concat(), of_rows.parameter(name).unwrap().concat());
        // The first draws: rounding grows along the chains.
        assert!((a[0] / b[0] - 1.0).abs() < 1e-3, "{name} {} {}", a[0], b[0]);
    }
    let none = posterior(PurchaseModelKind::BgNbd, &grouped, &options.clone().weights(&[0.0; 5])).unwrap_err();
    assert!(none.to_string().contains("all weights are 0"), "{none}");
    assert!(posterior(PurchaseModelKind::BgNbd, &grouped, &options.weights(&[1.0])).is_err());
}

#[cfg(feature = "more-models")]
#[test]
fn of_regular_models_at_a_given_k() {
    let customers = cdnow();
    let options = PosteriorOptions::new().chains(1).warmup(60).draws(60).seed(2);
    let two = posterior(PurchaseModelKind::BgCnbd, &customers, &options.clone().k(2)).unwrap();
    assert!(two.models(60).iter().all(|m| m.k() == 2));
    let fitted = crate::clv::BgCnbd::fit_with_k(&customers, 2, &FitOptions::new()).unwrap();
    let error = fitted.parameters()[0].1 * fitted.fit_report().unwrap().covariance_log[(0, 0)].sqrt();
    let r = two.parameter("r").unwrap().concat();
    assert!((r.iter().sum::<f64>() / 60.0 - fitted.r()).abs() < 2.0 * error);
    // Without one it is that of the fit, here 1: the plain model.
    let chosen = posterior(PurchaseModelKind::BgCnbd, &customers, &options).unwrap();
    assert_eq!(chosen.models(1)[0].k(), 1);
    for (kind, k) in [(PurchaseModelKind::BgNbd, 2), (PurchaseModelKind::BgCnbd, 99)] {
        assert!(posterior(kind, &customers, &options.clone().k(k)).unwrap_err().to_string().contains("k = "));
    }
}

/// Against futures that are simulated under the draws.
#[test]
fn totals_hold_the_uncertainty_of_the_draws_and_of_the_future() {
    let random = &mut ChaCha8Rng::seed_from_u64(8);
    let customers = nbd_customers(0.7, 5.0, 60, 20.0, random);
    let options = PosteriorOptions::new().chains(2).warmup(200).draws(500).seed(2);
    let posterior = posterior(PurchaseModelKind::Nbd, &customers, &options).unwrap();
    let names = ["few".to_owned(), "many".to_owned()];
    let group: Vec<u32> = customers.frequency().iter().map(|x| u32::from(*x > 2.0)).collect();
    let totals = posterior.purchase_totals(&customers, 26.0, 0.9, 200, &names, &group).unwrap();
    let mut simulated = vec![Vec::new(); 3];
    for (k, model) in posterior.models(200).into_iter().enumerate() {
        for again in 0..5 {
            let future =
                crate::clv::simulate_future(&*model.clone().into_process(), &customers, 26.0, (5 * k + again) as u64);
            let counts = future.unwrap().counts();
            let of =
                |g: u32| counts.iter().zip(&group).filter(|(_, of)| **of == g).map(|(count, _)| count).sum::<f64>();
            simulated[0].push(of(0));
            simulated[1].push(of(1));
            simulated[2].push(of(0) + of(1));
        }
    }
    let found = [totals.groups()[0].2, totals.groups()[1].2, totals.total];
    for (found, mut simulated) in found.into_iter().zip(simulated) {
        simulated.sort_unstable_by(f64::total_cmp);
        let n = simulated.len();
        let mean = simulated.iter().sum::<f64>() / n as f64;
        let width = simulated[n * 95 / 100] - simulated[n * 5 / 100];
        // A thousand totals know their ends to some 5 % of the width.
        assert!((found.value - mean).abs() < 0.05 * width, "{found:?} {mean}");
        assert!(
            (found.interval.low - simulated[n * 5 / 100]).abs() < 0.12 * width,
            "{found:?} {}",
            simulated[n * 5 / 100]
        );
        assert!(
            (found.interval.high - simulated[n * 95 / 100]).abs() < 0.12 * width,
            "{found:?} {}",
            simulated[n * 95 / 100]
        );
    }
    assert!(posterior.purchase_totals(&customers, 26.0, 0.9, 5, &names, &group).is_err());
    assert!(posterior.purchase_totals(&customers, 26.0, 0.9, 50, &names, &group[1..]).is_err());
}
