//! Gamma-Gamma against 40-digit values.

use super::*;
use crate::golden::{close, high_precision, rows};

#[test]
fn likelihood_derivatives_and_expectation() {
    for row in rows(&high_precision()["gamma_gamma"]) {
        let [p, q, v, x, z] = ["p", "q", "v", "x", "z"].map(|n| row.get(n));
        close(ln_likelihood(x, z, p, q, v), row.get("log_likelihood"), 1e-9, row.0);
        let at = Spend::sorted(vec![(x, z, 1.0)], 0).log_likelihood(p, q, v);
        close(at.value, row.get("log_likelihood"), 1e-9, row.0);
        let gradient = row.list("gradient");
        let size = gradient.iter().fold(1.0, |s: f64, g| s.max(g.abs()));
        for (i, expected) in gradient.iter().enumerate() {
            assert!((at.gradient[i] - expected).abs() <= 1e-9 * size, "gradient {i} {} {}", at.gradient[i], row.0);
        }
        let hessian: Vec<Vec<f64>> = serde_json::from_value(row.0["hessian"].clone()).unwrap();
        let size = hessian.iter().flatten().fold(size, |s, v| s.max(v.abs()));
        for (i, row_of) in hessian.iter().enumerate() {
            for (j, expected) in row_of.iter().enumerate() {
                let found = at.hessian[(i, j)];
                assert!((found - expected).abs() <= 1e-8 * size, "hessian {i} {j} {found} {}", row.0);
            }
        }
        if q > 1.0 {
            let model = GammaGamma::from_params(p, q, v).unwrap();
            close(model.expected(x, z), row.get("expected"), 1e-12, row.0);
        }
    }
}

#[test]
fn a_currency_makes_no_difference() {
    use crate::clv::{PosteriorOptions, ProfileOptions, spend_posterior, spend_profile_interval};
    let log = crate::datasets::cdnow_sample().unwrap();
    let customers = log.summarize(&crate::SummaryOptions::new().as_of("1997-09-30").unwrap()).unwrap();
    let amounts = customers.monetary_value().unwrap().to_vec();
    let options = FitOptions::new();
    let fits = |customers: &CustomerSummary| {
        [GammaGamma::fit(customers, &options).unwrap(), GammaGamma::fit_regularised(customers, 0.3, &options).unwrap()]
    };
    let expected = fits(&customers);
    for c in [1e-12, 1e-6, 0.01, 3.7, 1e6, 1e12] {
        let other: Vec<f64> = amounts.iter().map(|z| c * z).collect();
        let other = customers.clone().with_monetary_value(&other).unwrap();
        for (found, expected) in fits(&other).iter().zip(&expected) {
            close(found.p, expected.p, 1e-8, &c);
            close(found.q, expected.q, 1e-8, &c);
            close(found.v, c * expected.v, 1e-8, &c);
            let (report, theirs) = (found.fit_report().unwrap(), expected.fit_report().unwrap());
            close(report.log_likelihood, theirs.log_likelihood - theirs.customers * c.ln(), 1e-9, &c);
            let errors = [&report.standard_errors[2], &theirs.standard_errors[2]].map(|e| e.unwrap());
            close(errors[0], c * errors[1], 1e-6, &c);
            let of_customers: f64 = found.log_likelihood_per_customer(&other).unwrap().iter().sum();
            close(of_customers, report.log_likelihood, 1e-9, &c);
        }
        if c == 1e-12 || c == 1e12 {
            let profile = |customers| spend_profile_interval(customers, "v", &ProfileOptions::new()).unwrap().interval;
            close(profile(&other).low, c * profile(&customers).low, 1e-6, &c);
            let short = PosteriorOptions::new().chains(1).warmup(50).draws(20).seed(1);
            let draw = |customers| spend_posterior(customers, &short).unwrap().parameter("v").unwrap()[0][7];
            close(draw(&other), c * draw(&customers), 1e-5, &c);
        }
    }
}

#[test]
fn expected_spend_lies_between_the_customer_and_the_population() {
    let model = GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    let population = model.population_mean();
    for (x, z) in [(1.0, 10.0), (5.0, 10.0), (1.0, 90.0), (50.0, 90.0)] {
        let expected = model.expected(x, z);
        assert!(expected > f64::min(z, population) && expected < f64::max(z, population));
    }
    assert!((model.expected(50.0, 90.0) - 90.0).abs() < (model.expected(1.0, 90.0) - 90.0).abs());
}
