//! Densities against scipy.stats, derivatives against finite differences, and what priors do to a fit.

use super::*;
use crate::clv::{FitOptions, Nbd, PurchaseProcess};
use crate::summary::{CustomerSummary, TimeUnit};

const PRIORS: [(Prior, f64); 5] = [
    // scipy.stats: gamma(2.5, scale=1/0.7), lognorm(0.4, scale=3), halfnorm(scale=2), weibull_min(1.5, scale=2), norm(-0.5, 0.8),
    // logpdf at 1.7.
    (Prior::Gamma { shape: 2.5, rate: 0.7 }, -1.570_427_853_726_494_6),
    (Prior::LogNormal { median: 3.0, sigma: 0.4 }, -1.541_419_386_690_016_3),
    (Prior::HalfNormal { sigma: 2.0 }, -1.280_188_533_204_672_7),
    (Prior::Weibull { shape: 1.5, scale: 2.0 }, -1.152_602_816_070_563_7),
    (Prior::Normal { mean: -0.5, sigma: 0.8 }, -4.4770449818904625),
];

#[test]
fn densities_and_their_derivatives() {
    for (prior, expected) in PRIORS {
        let [value, slope, curvature] = prior.ln_density(1.7);
        assert!((value - expected).abs() < 1e-12, "{prior:?} {value} {expected}");
        let at = |h: f64| prior.ln_density(1.7 * h.exp());
        let h = 1e-5;
        assert!(((at(h)[0] - at(-h)[0]) / (2.0 * h) - slope).abs() < 1e-8);
        assert!(((at(h)[1] - at(-h)[1]) / (2.0 * h) - curvature).abs() < 1e-8);
    }
}

fn customers() -> CustomerSummary {
    let x = [0.0, 0.0, 0.0, 1.0, 1.0, 2.0, 5.0, 9.0];
    let t_x = [0.0, 0.0, 0.0, 3.0, 9.0, 20.0, 30.0, 38.0];
    CustomerSummary::new(&x, &t_x, &[39.0; 8], TimeUnit::Week).unwrap()
}

#[test]
fn a_prior_moves_the_fit_to_the_maximum_of_the_posterior() {
    let prior = Prior::Gamma { shape: 20.0, rate: 10.0 };
    let free = Nbd::fit(&customers(), &FitOptions::new()).unwrap();
    let bound = Nbd::fit(&customers(), &FitOptions::new().prior("r", prior)).unwrap();
    assert!(free.r() < bound.r() && bound.r() < 1.9, "{} {}", free.r(), bound.r());
    let report = bound.fit_report().unwrap();
    assert!((report.log_prior - prior.ln_pdf(bound.r()).unwrap()).abs() < 1e-12);
    assert!(report.log_likelihood < free.fit_report().unwrap().log_likelihood);
    let posterior = |r: f64, alpha: f64| {
        let model = Nbd::from_params(r, alpha).unwrap();
        let sum: f64 =
            crate::clv::PurchaseModel::log_likelihood_per_customer(&model, &customers()).unwrap().iter().sum();
        sum + prior.ln_pdf(r).unwrap()
    };
    let best = posterior(bound.r(), bound.alpha());
    assert!((best - report.log_likelihood - report.log_prior).abs() < 1e-10);
    for factor in [0.999, 1.001] {
        assert!(posterior(factor * bound.r(), bound.alpha()) < best);
        assert!(posterior(bound.r(), factor * bound.alpha()) < best);
    }
}

#[test]
fn a_penalty_is_free_of_the_unit_of_time() {
    let fit = |scale: f64| {
        let c = customers();
        let scaled = |v: &[f64]| v.iter().map(|t| t * scale).collect::<Vec<_>>();
        let c = CustomerSummary::new(c.frequency(), &scaled(c.recency()), &scaled(c.T()), TimeUnit::Day).unwrap();
        Nbd::fit(&c, &FitOptions::new().penalty(5.0)).unwrap()
    };
    let (weeks, days) = (fit(1.0), fit(7.0));
    assert!((weeks.r() - days.r()).abs() < 1e-9 && (7.0 * weeks.alpha() - days.alpha()).abs() < 1e-7);
    let free = Nbd::fit(&customers(), &FitOptions::new()).unwrap();
    assert!(weeks.r().ln().abs() < free.r().ln().abs());
}

#[test]
fn priors_that_make_no_sense_are_refused() {
    let message = |options: FitOptions| Nbd::fit(&customers(), &options).unwrap_err().to_string();
    let gamma = Prior::Gamma { shape: -1.0, rate: 1.0 };
    assert!(message(FitOptions::new().prior("r", gamma)).contains("shape = -1"));
    assert!(message(FitOptions::new().prior("beta", PRIORS[0].0)).contains("NBD has the parameters r, alpha"));
    assert!(message(FitOptions::new().penalty(-1.0)).contains("penalty = -1"));
    let normal = Prior::Normal { mean: 1.0, sigma: 1.0 };
    assert!(message(FitOptions::new().prior("r", normal)).contains("r is positive"));
    assert!(normal.ln_pdf(-1.0).is_ok() && normal.ln_pdf(f64::NAN).is_err() && gamma.ln_pdf(-1.0).is_err());
    assert!(Prior::Normal { mean: f64::INFINITY, sigma: 1.0 }.ln_pdf(0.0).is_err());
}
