//! Covariates against an independent program, finite differences, the plain models, and simulated customers.

use super::*;
use crate::clv::{
    BgNbd, FitOptions, GammaGamma, MbgNbd, ParetoNbd, Prior, PurchaseModel, PurchaseProcess, ValueOptions,
    lifetime_value,
};
use crate::golden::{close, covariates as golden};
use crate::summary::{Covariates, CustomerSummary, TimeUnit};
use crate::table::{Column, Table};

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn table(z: &[f64], channel: &[String]) -> Table {
    let mut table = Table::new();
    table.push("channel", Column::Text(channel.to_vec())).unwrap();
    table.push("z", Column::Float(z.to_vec())).unwrap();
    table
}

fn customers() -> CustomerSummary {
    let golden = golden();
    let data = &golden["data"];
    let channel: Vec<String> =
        data["channel"].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect();
    let covariates = Covariates::new(&table(&numbers(&data["z"]), &channel)).unwrap();
    CustomerSummary::new(&numbers(&data["x"]), &numbers(&data["t_x"]), &numbers(&data["T"]), TimeUnit::Week)
        .unwrap()
        .with_covariates(covariates)
        .unwrap()
}

fn check<M: CovariateBase>(case: &str, options: &CovariateOptions) -> WithCovariates<M> {
    check_with::<M>(case, options, &FitOptions::new())
}

fn check_with<M: CovariateBase>(case: &str, options: &CovariateOptions, fitting: &FitOptions) -> WithCovariates<M> {
    let golden = golden();
    let fit = golden["fits"].as_array().unwrap().iter().find(|f| f["case"] == case).unwrap();
    let customers = customers();
    let model = WithCovariates::<M>::fit(&customers, options, fitting).unwrap();
    let report = model.fit_report().unwrap();
    close(report.log_likelihood, fit["log_likelihood"].as_f64().unwrap(), 1e-9, &case);
    let found = model.parameters();
    assert_eq!(found.len(), fit["parameters"].as_object().unwrap().len(), "{found:?}");
    for ((name, value), error) in found.iter().zip(&report.standard_errors) {
        let (expected, its_error) =
            (fit["parameters"][name].as_f64().unwrap(), fit["standard_errors"][name].as_f64().unwrap());
        assert!((value - expected).abs() < 2e-4 * its_error, "{case} {name}: {value} {expected} {its_error}");
        close(error.unwrap(), its_error, 2e-3, &format!("{case} error of {name}"));
    }
    let per_customer = model.of(&customers).unwrap().log_likelihood_per_customer(&customers).unwrap();
    close(per_customer.iter().sum::<f64>(), report.log_likelihood, 1e-12, &case);
    for (found, expected) in per_customer.iter().zip(numbers(&fit["per_customer"])) {
        close(*found, expected, 1e-4, &case);
    }
    model
}

#[test]
fn fits_are_those_of_an_independent_program() {
    let all = CovariateOptions::new();
    check::<BgNbd>("bg_nbd both", &all);
    check::<MbgNbd>("mbg_nbd both", &all);
    check::<ParetoNbd>("pareto_nbd both", &all);
    check::<BgNbd>("bg_nbd equal", &CovariateOptions::new().dropout(&["z"]).equal(&["z"]));
    check::<BgNbd>("bg_nbd separate", &CovariateOptions::new().purchase(&["z"]).dropout(&["z"]).separate_dropout(true));
    let ridge = check::<BgNbd>("bg_nbd ridge", &CovariateOptions::new().penalty(25.0, 25.0));
    assert!(ridge.fit_report().unwrap().log_prior < 0.0);
}

#[test]
fn priors_of_coefficients() {
    let options = FitOptions::new()
        .prior("purchase:z", Prior::Normal { mean: 0.1, sigma: 0.05 })
        .prior("dropout:z", Prior::Normal { mean: -0.2, sigma: 0.3 });
    let model = check_with::<BgNbd>("bg_nbd prior", &CovariateOptions::new(), &options);
    let value = |name: &str| model.parameters().into_iter().find(|(n, _)| n == name).unwrap().1;
    let expected: f64 = [("purchase:z", 0.1, 0.05), ("dropout:z", -0.2, 0.3)]
        .map(|(name, mean, sigma)| Prior::Normal { mean, sigma }.ln_pdf(value(name)).unwrap())
        .iter()
        .sum();
    close(model.fit_report().unwrap().log_prior, expected, 1e-10, &"log prior");

    // Around 0 it is the ridge penalty, which is per standard deviation of the covariate, and takes its place.
    let customers = customers();
    let only_z = CovariateOptions::new().purchase(&["z"]).dropout(&[]);
    let z = numbers(&golden()["data"]["z"]);
    let mean = z.iter().sum::<f64>() / z.len() as f64;
    let deviation = (z.iter().map(|z| (z - mean).powi(2)).sum::<f64>() / z.len() as f64).sqrt();
    let fit = |covariates: &CovariateOptions, options: &FitOptions| {
        WithCovariates::<ParetoNbd>::fit(&customers, covariates, options).unwrap()
    };
    let ridge = fit(&only_z.clone().penalty(30.0, 0.0), &FitOptions::new());
    let sigma = 1.0 / 30.0_f64.sqrt() / deviation;
    let prior = FitOptions::new().prior("purchase:z", Prior::Normal { mean: 0.0, sigma });
    for covariates in [only_z.clone(), only_z.clone().penalty(7.0, 0.0)] {
        let model = fit(&covariates, &prior);
        for ((name, found), (_, expected)) in model.parameters().iter().zip(ridge.parameters()) {
            close(*found, expected, 1e-7, name);
        }
    }

    let refused = |name: &str, prior: Prior| {
        let options = FitOptions::new().prior(name, prior);
        WithCovariates::<ParetoNbd>::fit(&customers, &only_z, &options).unwrap_err().to_string()
    };
    let normal = Prior::Normal { mean: 0.0, sigma: 1.0 };
    assert!(refused("dropout:z", normal).contains("Pareto/NBD has the parameters r, alpha, s, beta, purchase:z"));
    assert!(refused("beta", normal).contains("beta is positive"));
    assert!(refused("purchase:z", Prior::HalfNormal { sigma: 1.0 }).contains("give it a normal prior"));
    assert!(refused("purchase:z", Prior::Normal { mean: 0.0, sigma: 0.0 }).contains("sigma = 0"));
    assert!(refused("purchase:z", Prior::Normal { mean: 0.0, sigma: 1e-290 }).contains("sigma"));
    assert!(refused("purchase:z", Prior::Normal { mean: f64::NAN, sigma: 1.0 }).contains("mean"));
}

#[test]
fn gradient_and_hessian_are_the_finite_differences_of_the_likelihood() {
    fn of<M: CovariateBase>() {
        let customers = customers();
        let given = customers.covariates().unwrap();
        let purchase: Option<(&str, &[f64])> = Some(("purchase", &M::PURCHASE));
        let options = CovariateOptions::new().equal(&["z"]).penalty(2.0, 3.0);
        let (encoding, mut coefficients) =
            fit::plan(M::MODEL, given, &options, purchase, &[("dropout", &M::DROPOUT)]).unwrap();
        coefficients[1].centre = 0.7;
        let mut design = encoding.design(given).unwrap();
        let mut weights = vec![0.0; given.profiles()];
        given.of_row().iter().for_each(|&p| weights[p as usize] += 1.0);
        design.standardise(&weights);
        let histories = customers.histories();
        let mut rows: Vec<Vec<_>> = vec![Vec::new(); given.profiles()];
        histories.distinct().iter().for_each(|h| rows[h.profile as usize].push(*h));
        let at = |ln: &[f64]| {
            let parameters: Vec<f64> = ln.iter().enumerate().map(|(i, v)| if i < 4 { v.exp() } else { *v }).collect();
            effects::evaluate(&design, &coefficients, &parameters, |p, ln| {
                M::log_likelihood(ln.map(f64::exp), &rows[p], &vec![1.0; rows[p].len()])
            })
        };
        let centre = [-0.3, 1.7, -0.1, 1.2, 0.3, -0.2, 0.1, 0.2, -0.15];
        assert_eq!(centre.len(), 4 + coefficients.len());
        let here = at(&centre);
        for i in 0..centre.len() {
            let moved = |by: f64| {
                let mut there = centre;
                there[i] += by;
                at(&there)
            };
            let (up, down) = (moved(1e-5), moved(-1e-5));
            let size = here.value.abs();
            assert!(((up.value - down.value) / 2e-5 - here.gradient[i]).abs() < 1e-8 * size);
            for j in 0..centre.len() {
                let slope = (up.gradient[j] - down.gradient[j]) / 2e-5;
                assert!((slope - here.hessian[(i, j)]).abs() < 1e-8 * size, "{i} {j}");
            }
        }
    }
    of::<BgNbd>();
    of::<MbgNbd>();
    of::<ParetoNbd>();
}

#[test]
fn without_effect_the_model_is_the_plain_one() {
    let customers = customers();
    let plain = BgNbd::fit(&customers, &FitOptions::new()).unwrap();
    // A penalty beyond all data holds the coefficients at 0.
    let options = CovariateOptions::new().penalty(1e12, 1e12);
    let model = WithCovariates::<BgNbd>::fit(&customers, &options, &FitOptions::new()).unwrap();
    for ((_, expected), (_, found)) in plain.parameters().into_iter().zip(model.parameters()) {
        close(found, expected, 1e-6, &"plain");
    }
    let found = model.of(&customers).unwrap().expected_purchases(&customers, 10.0).unwrap();
    for (found, expected) in found.iter().zip(plain.expected_purchases(&customers, 10.0).unwrap()) {
        close(*found, expected, 1e-6, &"plain");
    }
}

#[test]
fn answers_are_those_of_the_plain_model_at_each_customer_s_parameters() {
    let customers = customers();
    let model = WithCovariates::<ParetoNbd>::fit(&customers, &CovariateOptions::new(), &FitOptions::new()).unwrap();
    let bound = model.of(&customers).unwrap();
    let parameters = model.parameters_of(customers.covariates().unwrap()).unwrap();
    let alive = bound.probability_alive(&customers).unwrap();
    let expected = bound.expected_purchases(&customers, 13.0).unwrap();
    let new = model.expected_purchases_new_customers(customers.covariates().unwrap(), 26.0).unwrap();
    for row in (0..customers.len()).step_by(17) {
        let of = |name: &str| parameters.floats(name).unwrap()[row];
        let plain = ParetoNbd::from_params(of("r"), of("alpha"), of("s"), of("beta")).unwrap();
        let h = crate::summary::History::new(customers.frequency()[row], customers.recency()[row], customers.T()[row]);
        close(alive[row], plain.alive(h), 1e-12, &row);
        close(expected[row], plain.purchases(h, 13.0), 1e-12, &row);
        close(new[row], plain.expected_purchases_new_customer(26.0).unwrap(), 1e-12, &row);
    }
    let prediction = bound.predict(&customers, 13.0, 0.9).unwrap();
    for (row, one) in prediction.customers().iter().enumerate() {
        assert_eq!(one.expected_purchases.value, expected[row]);
        let interval = one.expected_purchases.interval;
        assert!(interval.low < expected[row] && expected[row] < interval.high);
    }
    let spend = GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    let with_amounts = customers.clone().with_monetary_value(&vec![20.0; customers.len()]).unwrap();
    let value = lifetime_value(&bound, &spend, &with_amounts, &ValueOptions::new(13.0)).unwrap();
    let total = value.total();
    assert!(total.interval.low < total.value && total.value < total.interval.high);
}

#[test]
fn the_order_of_customers_and_the_unit_of_a_covariate_do_not_matter() {
    let customers = customers();
    let golden = golden();
    let data = &golden["data"];
    let n = customers.len();
    let turned = |v: Vec<f64>| v.into_iter().rev().collect::<Vec<_>>();
    let channel: Vec<String> =
        data["channel"].as_array().unwrap().iter().rev().map(|v| v.as_str().unwrap().to_owned()).collect();
    let z: Vec<f64> = turned(numbers(&data["z"])).iter().map(|z| 1000.0 * z + 5.0e4).collect();
    let other = CustomerSummary::new(
        &turned(numbers(&data["x"])),
        &turned(numbers(&data["t_x"])),
        &turned(numbers(&data["T"])),
        TimeUnit::Week,
    )
    .unwrap()
    .with_covariates(Covariates::new(&table(&z, &channel)).unwrap())
    .unwrap();
    let fit = |c: &CustomerSummary| {
        WithCovariates::<BgNbd>::fit(c, &CovariateOptions::new().dropout(&["z"]), &FitOptions::new()).unwrap()
    };
    let (first, second) = (fit(&customers), fit(&other));
    close(
        first.fit_report().unwrap().log_likelihood,
        second.fit_report().unwrap().log_likelihood,
        1e-12,
        &"log-likelihood",
    );
    let effect = |m: &WithCovariates<BgNbd>, name: &str| {
        let c = m.coefficients().iter().find(|c| c.name == name).unwrap();
        (c.value, c.standard_error.unwrap())
    };
    close(effect(&first, "purchase:z").0, 1000.0 * effect(&second, "purchase:z").0, 1e-7, &"z");
    close(effect(&first, "purchase:z").1, 1000.0 * effect(&second, "purchase:z").1, 1e-7, &"error");
    close(effect(&first, "purchase:channel=web").0, effect(&second, "purchase:channel=web").0, 1e-7, &"web");
    let alive = first.of(&customers).unwrap().probability_alive(&customers).unwrap();
    let again = second.of(&other).unwrap().probability_alive(&other).unwrap();
    for row in 0..n {
        close(alive[row], again[n - 1 - row], 1e-7, &row);
    }
}

#[test]
fn the_likelihood_ratio_test_finds_what_is_there() {
    let customers = customers();
    let fit =
        |options: CovariateOptions| WithCovariates::<BgNbd>::fit(&customers, &options, &FitOptions::new()).unwrap();
    let plain = BgNbd::fit(&customers, &FitOptions::new()).unwrap();
    let purchase = fit(CovariateOptions::new().dropout(&[]));
    let both = fit(CovariateOptions::new());
    let first = likelihood_ratio_test(plain.fit_report(), purchase.fit_report()).unwrap();
    assert_eq!(first.degrees_of_freedom, 3);
    assert!(first.p_value < 1e-4, "{first:?}");
    let second = likelihood_ratio_test(purchase.fit_report(), both.fit_report()).unwrap();
    let difference = both.fit_report().unwrap().log_likelihood - purchase.fit_report().unwrap().log_likelihood;
    close(second.statistic, 2.0 * difference, 1e-12, &"statistic");
    // Not nested, not fitted, penalised.
    let message = |a, b| likelihood_ratio_test(a, b).unwrap_err().to_string();
    assert!(message(both.fit_report(), purchase.fit_report()).contains("more parameters"));
    assert!(message(None, both.fit_report()).contains("restricted"));
    let ridge = fit(CovariateOptions::new().penalty(3.0, 3.0));
    assert!(message(plain.fit_report(), ridge.fit_report()).contains("penalised"));
}

#[test]
fn what_does_not_fit_is_refused() {
    let customers = customers();
    let fit = |c: &CustomerSummary, options: CovariateOptions| {
        WithCovariates::<BgNbd>::fit(c, &options, &FitOptions::new()).map(|_| ()).unwrap_err().to_string()
    };
    assert!(fit(&customers, CovariateOptions::new().purchase(&["age"])).contains("`age` is not in the covariates"));
    let none = CovariateOptions::new().purchase(&[]).dropout(&[]);
    assert!(fit(&customers, none).contains("no covariate is to move anything"));
    assert!(fit(&customers, CovariateOptions::new().dropout(&[]).equal(&["z"])).contains("must move both"));
    assert!(fit(&customers, CovariateOptions::new().penalty(-1.0, 0.0)).contains("penalty = -1"));
    let bare = CustomerSummary::new(&[1.0], &[1.0], &[2.0], TimeUnit::Week).unwrap();
    assert!(fit(&bare, CovariateOptions::new()).contains("with_covariates"));
    let options = CovariateOptions::new().separate_dropout(true);
    let message = WithCovariates::<ParetoNbd>::fit(&customers, &options, &FitOptions::new()).unwrap_err().to_string();
    assert!(message.contains("Pareto/NBD has one dropout parameter"), "{message}");

    let mut constant = Table::new();
    constant.push("z", Column::Float(vec![2.5; customers.len()])).unwrap();
    let same = customers.clone().with_covariates(Covariates::new(&constant).unwrap()).unwrap();
    assert!(fit(&same, CovariateOptions::new()).contains("the covariate z is the same for all customers"));

    let model = WithCovariates::<BgNbd>::fit(&customers, &CovariateOptions::new(), &FitOptions::new()).unwrap();
    let of = |z: Column, channel: Column| {
        let mut table = Table::new();
        table.push("z", z).unwrap();
        table.push("channel", channel).unwrap();
        model.parameters_of(&Covariates::new(&table).unwrap()).unwrap_err().to_string()
    };
    let fax = of(Column::Float(vec![0.0, 1.0]), Column::Text(vec!["web".into(), "fax".into()]));
    assert!(fax.contains("row 1: channel = fax"), "{fax}");
    assert!(of(Column::Text(vec!["a".into()]), Column::Text(vec!["web".into()])).contains("type text"));
    let fast = of(Column::Float(vec![1e9]), Column::Text(vec!["web".into()]));
    assert!(fast.contains("the covariates lead to more purchases than can be counted"), "{fast}");
    let bound = model.of(&customers).unwrap();
    assert!(bound.probability_alive(&same).unwrap_err().to_string().contains("another summary"));
    assert!(bound.probability_alive(&bare).is_err());
}

#[test]
fn collinear_covariates_are_named() {
    let customers = customers();
    let z = numbers(&golden()["data"]["z"]);
    let mut table = Table::new();
    table.push("z", Column::Float(z.clone())).unwrap();
    table.push("twice", Column::Float(z.iter().map(|z| 2.0 * z).collect())).unwrap();
    let customers = customers.with_covariates(Covariates::new(&table).unwrap()).unwrap();
    let options = CovariateOptions::new().dropout(&[]);
    let model = WithCovariates::<BgNbd>::fit(&customers, &options, &FitOptions::new()).unwrap();
    let flat = model.fit_report().unwrap().flat_direction.clone().unwrap();
    assert!(flat.contains("purchase:z") && flat.contains("purchase:twice"), "{flat}");
}

#[cfg(feature = "json")]
#[test]
fn saved_models_come_back() {
    use crate::SavedModel;
    let customers = customers();
    let model = WithCovariates::<MbgNbd>::fit(&customers, &CovariateOptions::new(), &FitOptions::new()).unwrap();
    let saved = SavedModel::from(model.clone());
    let text = saved.to_json().unwrap();
    assert_eq!(SavedModel::from_json(&text).unwrap(), SavedModel::MbgNbdCovariates(model));
    let broken = text.replacen("\"column\": 0", "\"column\": 99", 1);
    assert!(SavedModel::from_json(&broken).is_err());
}
