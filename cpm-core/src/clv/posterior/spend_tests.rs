//! The posterior of spend beside pymc-marketing's, the normal approximation and the priors' own algebra.

use super::*;
use crate::clv::{DefaultPriors, FitOptions, Prior};
use crate::golden::spend_posterior as golden;
use crate::summary::TimeUnit;
use crate::{SummaryOptions, datasets};

fn cdnow() -> CustomerSummary {
    datasets::cdnow_sample().unwrap().summarize(&SummaryOptions::new().as_of("1997-09-30").unwrap()).unwrap()
}

fn moments(draws: &[f64]) -> (f64, f64) {
    let n = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / n;
    (mean, (draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[test]
fn cdnow_as_pymc_marketing_has_it() {
    let customers = cdnow();
    let options = PosteriorOptions::new().chains(2).warmup(150).draws(400).seed(3);
    let flat = spend_posterior(&customers, &options.clone().default_priors(DefaultPriors::PymcMarketing)).unwrap();
    let golden = golden();
    for name in ["p", "q", "v"] {
        let expected = &golden["parameters"][name];
        let number = |key: &str| expected[key].as_f64().unwrap();
        let draws = flat.parameter(name).unwrap();
        let (mean, sd) = moments(&draws.concat());
        let own = crate::numerics::diagnostics::ess_mean(&draws);
        let error = number("sd") * (1.0 / own + 1.0 / number("ess")).sqrt();
        assert!((mean - number("mean")).abs() < 4.0 * error, "{name}: {mean} {expected} ± {error}");
        assert!((sd / number("sd")).ln().abs() < 0.15, "{name}: {sd} {expected}");
    }
    let mean = flat.estimate(0.95, |m| Ok(m.population_mean())).unwrap();
    assert!((mean.value / golden["population_mean"]["mean"].as_f64().unwrap() - 1.0).abs() < 0.01, "{mean:?}");
    assert_eq!(flat.divergences(), 0);
    assert_eq!(flat.priors(), [("p", None), ("q", None), ("v", None)]);
    let table = flat.summary_table(0.9).unwrap();
    assert!(table.floats("r_hat").unwrap().iter().all(|r| *r < 1.03), "{table}");

    // With much data the priors hardly matter, and the posterior is the normal approximation.
    let wide = spend_posterior(&customers, &options).unwrap();
    let fitted = GammaGamma::fit(&customers, &FitOptions::new()).unwrap();
    for (i, (name, value)) in fitted.parameters().into_iter().enumerate() {
        let ln: Vec<f64> = wide.parameter(name).unwrap().concat().iter().map(|v| v.ln()).collect();
        let (mean, sd) = moments(&ln);
        let expected = fitted.fit_report().unwrap().covariance_log[(i, i)].sqrt();
        assert!((mean - value.ln()).abs() < 0.4 * expected, "{name}: {mean} {}", value.ln());
        assert!((sd / expected).ln().abs() < 0.25, "{name}: {sd} {expected}");
    }
    let spend = wide.expected_spend(&customers, 0.9, 100).unwrap();
    let theirs = fitted.expected_spend(&customers).unwrap();
    for (row, expected) in theirs.iter().enumerate() {
        let at = |column: &str| spend.floats(column).unwrap()[row];
        assert!(at("expected_spend_low") <= at("expected_spend") && at("expected_spend") <= at("expected_spend_high"));
        assert!((at("expected_spend") / expected - 1.0).abs() < 0.05, "{row}");
    }
    assert!(wide.expected_spend(&customers, 0.9, 3).is_err());
}

#[test]
fn a_named_prior_of_q_is_one_of_q() {
    // Two customers know little: the posterior is the prior, cut at 1.
    let customers = CustomerSummary::new(&[2.0, 2.0, 1.0], &[5.0; 3], &[9.0; 3], TimeUnit::Week)
        .unwrap()
        .with_monetary_value(&[10.0, 10.5, 9.9])
        .unwrap();
    let options = PosteriorOptions::new().chains(2).warmup(200).draws(400).seed(5);
    let narrow = options.prior("q", Prior::LogNormal { median: 4.0, sigma: 0.02 });
    let posterior = spend_posterior(&customers, &narrow).unwrap();
    let (mean, sd) = moments(&posterior.parameter("q").unwrap().concat());
    assert!((mean - 4.0).abs() < 0.03 && (sd / 0.08 - 1.0).abs() < 0.3, "{mean} {sd}");
    assert!(posterior.models(usize::MAX).iter().all(|m| m.q() > 1.0 && m.population_mean().is_finite()));
    let message = |options: &PosteriorOptions| spend_posterior(&customers, options).unwrap_err().to_string();
    let half = Prior::HalfNormal { sigma: 1.0 };
    assert!(message(&PosteriorOptions::new().prior("r", half)).contains("p, q, v"));
    assert!(message(&PosteriorOptions::new().chains(0)).contains("chains = 0"));
    let without = CustomerSummary::new(&[1.0], &[1.0], &[2.0], TimeUnit::Week).unwrap();
    assert!(spend_posterior(&without, &PosteriorOptions::new()).is_err());
}
