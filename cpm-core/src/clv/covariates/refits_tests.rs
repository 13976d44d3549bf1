//! Bootstrap and profile likelihood of models with covariates against the information and the likelihood-ratio test.

use super::*;
use crate::clv::{PurchaseModel, PurchaseProcess, likelihood_ratio_test, simulate_future};
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

/// Thirty categories of a thousand customers who drop out alike: in some all of those who leave do at once, in some at any time, and a
/// and b run off together, up or down, against the bounds of the base too.
#[test]
fn rare_categories_do_not_keep_a_fit_from_its_end() {
    let model = BgNbd::from_params(0.25, 4.4, 0.8, 2.4).unwrap();
    let new = CustomerSummary::new(&[0.0; 1000], &[0.0; 1000], &[0.0; 1000], crate::TimeUnit::Week).unwrap();
    for seed in 0..2 {
        // Histories of purchases simulated from the first one on.
        let future = simulate_future(&model, &new, 78.0, seed).unwrap();
        let (x, mut t_x) = (future.counts(), vec![0.0; 1000]);
        future.rows().iter().zip(future.times()).for_each(|(&row, &time)| t_x[row as usize] = time);
        let mut table = Table::new();
        let category = (0..1000_u64).map(|i| format!("c{:02}", (i + 1000 * seed) * 2_654_435_761 % 4_294_967_291 % 30));
        table.push("category", Column::Text(category.collect())).unwrap();
        let customers = CustomerSummary::new(&x, &t_x, &[78.0; 1000], crate::TimeUnit::Week).unwrap();
        let customers = customers.with_covariates(Covariates::new(&table).unwrap()).unwrap();
        for separate in [false, true] {
            let options = CovariateOptions::new().separate_dropout(separate);
            let model = WithCovariates::<BgNbd>::fit(&customers, &options, &FitOptions::new()).unwrap();
            let plain = BgNbd::fit(&customers, &FitOptions::new()).unwrap();
            let report = model.fit_report().unwrap();
            assert!(report.log_likelihood > plain.fit_report().unwrap().log_likelihood && report.iterations < 150);
        }
    }
}

/// Of whom a single one came by fax, and never again.
fn with_a_rare_category() -> CustomerSummary {
    let customers = customers();
    let single = customers.frequency().iter().position(|x| *x == 0.0).unwrap();
    let channel = (0..customers.len()).map(|i| if i == single { "fax" } else { "a" }.to_owned());
    let mut table = Table::new();
    table.push("channel", Column::Text(channel.collect())).unwrap();
    customers.with_covariates(Covariates::new(&table).unwrap()).unwrap()
}

#[test]
fn a_category_of_one_customer_is_in_every_refit() {
    let customers = with_a_rare_category();
    let options = BootstrapOptions::new().replicates(20).seed(1);
    let free = CovariateOptions::new().dropout(&[]);
    let boot = covariate_bootstrap::<BgNbd>(&customers, &free, &options).unwrap();
    assert_eq!(boot.failed(), 0);
    for model in boot.replicates() {
        assert_eq!(model.fit_report().unwrap().at_boundary, ["purchase:channel=fax"]);
        assert!((model.coefficients()[0].value + 50.0).abs() < 1e-9, "{:?}", model.coefficients());
    }
    let boot = covariate_bootstrap::<BgNbd>(&customers, &free.penalty(1.0, 1.0), &options).unwrap();
    assert!(boot.failed() == 0 && boot.replicates().iter().all(|m| m.coefficients()[0].value.abs() < 50.0));
}

#[test]
fn a_penalty_ends_the_profile_of_a_coefficient_that_would_run_off() {
    let customers = with_a_rare_category();
    let of = |penalty: f64| {
        let covariates = CovariateOptions::new().dropout(&[]).penalty(penalty, 0.0);
        let name = "purchase:channel=fax";
        covariate_profile_interval::<BgNbd>(&customers, &covariates, name, &ProfileOptions::new()).unwrap()
    };
    let free = of(0.0);
    assert!(free.interval.low == f64::NEG_INFINITY && free.interval.high.is_finite(), "{free:?}");
    // The penalty is of the coefficient of the standardised column, and rises by as much as the level allows, and by what the likelihood
    // still rises: the one customer's chance not to come back.
    let n = customers.len() as f64;
    let square = (n - 1.0) / (n * n);
    let weight = 1e-3 / square;
    let found = of(weight);
    let rise = weight * square * (found.interval.low.powi(2) - found.value.powi(2));
    assert!((3.84..5.3).contains(&rise) && found.interval.low < 0.0, "{found:?} {rise}");
    assert!(found.interval.high > found.value && found.interval.high.is_finite(), "{found:?}");
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
