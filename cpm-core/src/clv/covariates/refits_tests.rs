//! Bootstrap and profile likelihood of models with covariates against the information and the likelihood-ratio test.

use super::*;
use crate::clv::{PurchaseModel, PurchaseProcess, likelihood_ratio_test};
use crate::estimate::half_width;
use crate::summary::Covariates;
use crate::{BgNbd, Column, ParetoNbd, SummaryOptions, Table, datasets};

fn customers() -> CustomerSummary {
    let customers =
        datasets::cdnow_sample().unwrap().summarize(&SummaryOptions::new().as_of("1997-09-30").unwrap()).unwrap();
    let mut table = Table::new();
    // Few values, so that there are few profiles; far from 0, so that the base is far from the average customer.
    let first = customers.first_amount().unwrap().iter().map(|m| 5.0 + (m / 40.0).round().min(3.0));
    table.push("first_amount", Column::Float(first.collect())).unwrap();
    customers.with_covariates(Covariates::new(&table).unwrap()).unwrap()
}

#[test]
fn narrow_profiles_are_the_asymptotic_intervals() {
    let (customers, covariates) = (customers(), CovariateOptions::new().dropout(&[]));
    let model = WithCovariates::<BgNbd>::fit(&customers, &covariates, &FitOptions::new()).unwrap();
    let report = model.fit_report().unwrap();
    for (i, (name, value)) in model.parameters().into_iter().enumerate() {
        let found =
            covariate_profile_interval::<BgNbd>(&customers, &covariates, &name, &ProfileOptions::new().level(0.05))
                .unwrap();
        let expected = half_width(0.05) * report.covariance_log[(i, i)].sqrt();
        assert_eq!(found.value, value);
        let ends = if i < 4 {
            [(found.interval.high / value).ln(), (value / found.interval.low).ln()]
        } else {
            [found.interval.high - value, value - found.interval.low]
        };
        for end in ends {
            assert!((end / expected - 1.0).abs() < 0.03, "{name} {end} {expected}");
        }
    }
    let error =
        covariate_profile_interval::<BgNbd>(&customers, &covariates, "beta", &ProfileOptions::new()).unwrap_err();
    assert!(error.to_string().contains("BG/NBD has r, alpha, a, b, purchase:first_amount"), "{error}");
}

#[test]
fn the_profile_of_a_coefficient_ends_at_zero_where_the_likelihood_ratio_test_says_so() {
    // Every third customer is of another channel, which says nothing: the test is not extreme.
    let plain_customers = customers();
    let mut table = Table::new();
    let channel = (0..plain_customers.len()).map(|i| f64::from(u8::from(i % 3 == 0)));
    table.push("channel", Column::Float(channel.collect())).unwrap();
    let customers = plain_customers.with_covariates(Covariates::new(&table).unwrap()).unwrap();
    let covariates = CovariateOptions::new().dropout(&[]);
    let plain = ParetoNbd::fit(&customers, &FitOptions::new()).unwrap();
    let model = WithCovariates::<ParetoNbd>::fit(&customers, &covariates, &FitOptions::new()).unwrap();
    let test = likelihood_ratio_test(Some(plain.fit_report().unwrap()), model.fit_report()).unwrap();
    let level = 1.0 - test.p_value;
    let found = covariate_profile_interval::<ParetoNbd>(
        &customers,
        &covariates,
        "purchase:channel",
        &ProfileOptions::new().level(level),
    )
    .unwrap();
    let end = if found.value > 0.0 { found.interval.low } else { found.interval.high };
    assert!(end.abs() < 1e-4 * found.value.abs(), "{found:?} {test:?}");
}

#[test]
fn bootstrap_errors_are_those_of_the_information() {
    let (customers, covariates) = (customers(), CovariateOptions::new().dropout(&[]));
    let options = BootstrapOptions::new().replicates(30).seed(2);
    let boot = covariate_bootstrap::<BgNbd>(&customers, &covariates, &options).unwrap();
    assert_eq!(boot.failed(), 0);
    let table = boot.parameters_table(0.9).unwrap();
    let report = boot.model().fit_report().unwrap();
    // The parameters of a customer whose covariates are 0 are far from the data; the effect is what counts.
    let (found, expected) = (table.floats("standard_error").unwrap()[4], report.standard_errors[4].unwrap());
    assert!((found / expected).ln().abs() < 0.6, "{found} {expected}");
    let again = covariate_bootstrap::<BgNbd>(&customers, &covariates, &options).unwrap();
    assert_eq!(again, boot);
}

#[test]
fn new_customers_are_customers_of_no_history() {
    let (customers, covariates) = (customers(), CovariateOptions::new().dropout(&[]));
    let model = WithCovariates::<BgNbd>::fit(&customers, &covariates, &FitOptions::new()).unwrap();
    let mut table = Table::new();
    table.push("first_amount", Column::Float(vec![5.0, 8.0, 6.0])).unwrap();
    let of = Covariates::new(&table).unwrap();
    let new = model.new_customers(&of).unwrap();
    let bound = model.of(&new).unwrap();
    let expected = model.expected_purchases_new_customers(&of, 52.0).unwrap();
    let theta = model.parameters_of(&of).unwrap();
    for (row, expected) in expected.iter().enumerate() {
        let found = bound.expected_purchases(&new, 52.0).unwrap()[row];
        assert!((found / expected - 1.0).abs() < 1e-10, "{found} {expected}");
        let at = |name: &str| theta.floats(name).unwrap()[row];
        let plain = BgNbd::from_params(at("r"), at("alpha"), at("a"), at("b")).unwrap();
        let pmf = plain.purchase_probabilities_new_customer(52.0).unwrap();
        for (n, expected) in pmf.iter().enumerate().take(6) {
            let found = bound.probability_of_purchases(&new, n, 52.0).unwrap()[row];
            assert!((found - expected).abs() < 1e-10, "{n}: {found} {expected}");
        }
    }
    let scores = bound.predict(&new, 52.0, 0.9).unwrap();
    assert_eq!(scores.customers().len(), 3);
}
