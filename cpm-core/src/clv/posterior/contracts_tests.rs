//! The posterior of contractual models beside sums over a grid, from formulas that the sampler does not use.

use super::*;
use crate::clv::{Cohort, DefaultPriors, Prior};

fn moments(draws: &[f64]) -> (f64, f64) {
    let n = draws.len() as f64;
    let mean = draws.iter().sum::<f64>() / n;
    (mean, (draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / n).sqrt())
}

/// Posterior means and standard deviations of ln α and ln β by the midpoint rule; `ln_prior` is the density of (α, β).
fn on_a_grid(renewals: &Renewals, ln_prior: impl Fn(f64, f64) -> f64) -> [(f64, f64); 2] {
    let periods = renewals.by_period();
    let ln_density = |alpha: f64, beta: f64| -> f64 {
        let terms = periods.iter().map(|p| {
            // r_t = (β + t - 1)/(α + β + t - 1).
            let t = beta + p.period as f64 - 1.0;
            p.renewed * (t / (alpha + t)).ln() + (p.at_risk - p.renewed) * (alpha / (alpha + t)).ln()
        });
        terms.sum::<f64>() + ln_prior(alpha, beta) + alpha.ln() + beta.ln()
    };
    let steps = 800;
    let at = |i: usize| -13.0 + 26.0 * (i as f64 + 0.5) / f64::from(steps);
    let cells: Vec<(f64, f64, f64)> = (0..steps as usize)
        .flat_map(|i| (0..steps as usize).map(move |j| (i, j)))
        .map(|(i, j)| (at(i), at(j), ln_density(at(i).exp(), at(j).exp())))
        .collect();
    let top = cells.iter().map(|c| c.2).fold(f64::NEG_INFINITY, f64::max);
    let mean = |of: &dyn Fn(f64, f64) -> f64| {
        let (mut sum, mut total) = (0.0, 0.0);
        for &(a, b, ln) in &cells {
            let weight = (ln - top).exp();
            sum += weight * of(a, b);
            total += weight;
        }
        sum / total
    };
    let moments = |of: &dyn Fn(f64, f64) -> f64| {
        let centre = mean(of);
        (centre, mean(&|a, b| (of(a, b) - centre).powi(2)).sqrt())
    };
    [moments(&|a, _| a), moments(&|_, b| b)]
}

fn compare(renewals: &Renewals, options: &PosteriorOptions, ln_prior: impl Fn(f64, f64) -> f64) {
    let kind = ContractualModelKind::ShiftedBetaGeometric;
    let posterior = contract_posterior(kind, renewals, &options.clone().chains(4).warmup(200).draws(500)).unwrap();
    for (name, (mean, sd)) in ["alpha", "beta"].into_iter().zip(on_a_grid(renewals, ln_prior)) {
        let draws = posterior.parameter(name).unwrap();
        let ln: Vec<Vec<f64>> = draws.iter().map(|c| c.iter().map(|v| v.ln()).collect()).collect();
        let error = sd / crate::numerics::diagnostics::ess_mean(&ln).sqrt();
        let (found, spread) = moments(&ln.concat());
        assert!((found - mean).abs() < 4.0 * error, "{name}: {found} {mean} ± {error}");
        assert!((spread / sd).ln().abs() < 0.12, "{name}: {spread} {sd}");
    }
    // The Pareto prior ends at κ = 1, over which trajectories fall: rejected, and counted as divergent.
    assert!(posterior.divergences() == 0 || options.defaults == DefaultPriors::PymcMarketing);
    let table = posterior.summary_table(0.9).unwrap();
    assert!(table.floats("r_hat").unwrap().iter().all(|r| *r < 1.03), "{table}");
}

#[test]
fn sums_over_a_grid_agree() {
    let renewals = Renewals::from_cohorts(&[Cohort::new(&[200.0, 150.0, 120.0, 104.0]), Cohort::new(&[90.0, 64.0])]);
    let renewals = renewals.unwrap();
    let log_normal = |value: f64| -0.5 * (value.ln() / 2.5).powi(2) - value.ln();
    compare(&renewals, &PosteriorOptions::new().seed(1), |a, b| log_normal(a) + log_normal(b));
    // φ = α/(α + β) uniform and κ = α + β ~ Pareto(1, 1): κ^-2, and 1/κ for the change to (α, β).
    let pymc = PosteriorOptions::new().seed(2).default_priors(DefaultPriors::PymcMarketing);
    compare(&renewals, &pymc, |a, b| if a + b < 1.0 { f64::NEG_INFINITY } else { -3.0 * (a + b).ln() });
}

#[test]
fn a_posterior_exists_where_nobody_left() {
    let renewals = Renewals::from_cohorts(&[Cohort::new(&[20.0, 20.0, 20.0])]).unwrap();
    let log_normal = |value: f64| -0.5 * (value.ln() / 2.5).powi(2) - value.ln();
    compare(&renewals, &PosteriorOptions::new().seed(3), |a, b| log_normal(a) + log_normal(b));
}

#[test]
fn with_much_data_it_is_the_normal_approximation() {
    let kind = ContractualModelKind::BetaDiscreteWeibull;
    let alive = [1e6, 869e3, 743e3, 653e3, 593e3, 551e3, 517e3, 491e3, 468e3, 445e3];
    let renewals = Renewals::from_cohorts(&[Cohort::new(&alive)]).unwrap();
    let fitted = kind.fit(&renewals, &FitOptions::new()).unwrap();
    let options = PosteriorOptions::new().chains(2).warmup(200).draws(500).seed(4);
    let posterior = contract_posterior(kind, &renewals, &options).unwrap();
    for (i, (name, value)) in fitted.parameters().into_iter().enumerate() {
        let draws: Vec<f64> = posterior.parameter(name).unwrap().concat().iter().map(|v| v.ln()).collect();
        let (mean, sd) = moments(&draws);
        let expected = fitted.fit_report().unwrap().covariance_log[(i, i)].sqrt();
        assert!((mean - value.ln()).abs() < 0.2 * expected, "{name}: {mean} {}", value.ln());
        assert!((sd / expected).ln().abs() < 0.15, "{name}: {sd} {expected}");
    }
    assert_eq!(posterior.models(3)[0].kind(), kind);
    assert_eq!(posterior.names(), ["gamma", "delta", "c"]);
}

#[test]
fn bad_options() {
    let kind = ContractualModelKind::BetaDiscreteWeibull;
    let renewals = Renewals::from_cohorts(&[Cohort::new(&[20.0, 15.0])]).unwrap();
    let message = |options: PosteriorOptions| contract_posterior(kind, &renewals, &options).unwrap_err().to_string();
    let prior = Prior::Gamma { shape: 1.0, rate: 1.0 };
    assert!(message(PosteriorOptions::new().prior("alpha", prior)).contains("BdW has the parameters gamma, delta, c"));
    let pymc = PosteriorOptions::new().default_priors(DefaultPriors::PymcMarketing);
    assert!(message(pymc).contains("pymc-marketing has no BdW model"));
    let young = Renewals::from_cohorts(&[Cohort::new(&[20.0])]).unwrap();
    let error = contract_posterior(kind, &young, &PosteriorOptions::new()).unwrap_err();
    assert!(error.to_string().contains("no customer had an opportunity"));
}
