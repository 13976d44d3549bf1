//! sBG with covariates against an independent program, the plain model, and quadrature.

use super::*;
use crate::clv::contractual::ContractualProcess;
use crate::clv::covariates::{
    contract_covariate_bootstrap, contract_covariate_profile_interval, likelihood_ratio_test,
};
use crate::clv::{BootstrapOptions, Prior, ProfileOptions, Renewals};
use crate::golden::{close, covariates as golden};

fn numbers(value: &serde_json::Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn customers() -> (Vec<u64>, Vec<bool>, Covariates) {
    let golden = golden();
    let data = &golden["contracts"];
    let mut table = Table::new();
    table.push("z", Column::Float(numbers(&data["z"]))).unwrap();
    (
        numbers(&data["renewals"]).iter().map(|n| *n as u64).collect(),
        data["active"].as_array().unwrap().iter().map(|a| a.as_bool().unwrap()).collect(),
        Covariates::new(&table).unwrap(),
    )
}

fn grouped() -> CustomerRenewals {
    let (renewals, active, covariates) = customers();
    CustomerRenewals::new(&renewals, &active, &covariates, None).unwrap()
}

#[test]
fn contracts_are_those_of_an_independent_program() {
    let golden = golden();
    let data = &golden["contracts"];
    let (renewals, active, covariates) = customers();
    let fit = |options: &CovariateOptions| {
        ShiftedBetaGeometricWithCovariates::fit(&renewals, &active, &covariates, options, &FitOptions::new()).unwrap()
    };
    let given = numbers(&data["prior"]["prior"]);
    let prior = Prior::Normal { mean: given[0], sigma: given[1] };
    let options = FitOptions::new().prior("dropout:z", prior);
    let model =
        ShiftedBetaGeometricWithCovariates::fit_customers(&grouped(), &CovariateOptions::new(), &options).unwrap();
    let report = model.fit_report().unwrap();
    close(report.log_likelihood, data["prior"]["log_likelihood"].as_f64().unwrap(), 1e-9, &"prior");
    close(report.log_prior, data["prior"]["log_prior"].as_f64().unwrap(), 1e-5, &"prior");
    for ((name, value), error) in model.parameters().iter().zip(&report.standard_errors) {
        close(*value, data["prior"]["parameters"][name].as_f64().unwrap(), 1e-5, name);
        close(error.unwrap(), data["prior"]["standard_errors"][name].as_f64().unwrap(), 2e-3, name);
    }

    let separate = CovariateOptions::new().separate_dropout(true);
    let equal = separate.clone().equal(&["z"]);
    for (case, options) in [("common", CovariateOptions::new()), ("separate", separate), ("equal", equal)] {
        let model = fit(&options);
        let expected = &data[case];
        close(model.fit_report().unwrap().log_likelihood, expected["log_likelihood"].as_f64().unwrap(), 1e-9, &case);
        for ((name, value), error) in model.parameters().iter().zip(&model.fit_report().unwrap().standard_errors) {
            let its_error = expected["standard_errors"][name].as_f64().unwrap();
            assert!((value - expected["parameters"][name].as_f64().unwrap()).abs() < 2e-4 * its_error, "{case} {name}");
            close(error.unwrap(), its_error, 2e-3, &name);
        }
    }
    let model = fit(&CovariateOptions::new());
    let parameters = model.parameters_of(&covariates).unwrap();
    let survival = model.survival_of_customers(&renewals, &covariates, 3, 0.9).unwrap();
    let residual = model.residual_lifetime_of_customers(&renewals, &covariates, 0.1, 0.9).unwrap();
    for row in (0..renewals.len()).step_by(41) {
        let of = |name: &str| parameters.floats(name).unwrap()[row];
        let plain = ShiftedBetaGeometric::from_params(of("alpha"), of("beta")).unwrap();
        close(survival[row].value, plain.survival_of_active(renewals[row], 3, 0.9).unwrap().value, 1e-12, &row);
        let derl = plain.discounted_expected_residual_lifetime(renewals[row], 0.1, 0.9).unwrap();
        close(residual[row].value, derl.value, 1e-12, &row);
        let interval = survival[row].interval;
        assert!(interval.low < survival[row].value && survival[row].value < interval.high);
    }
    // Without effect it is the plain model; with it, it is better.
    let plain =
        ShiftedBetaGeometric::fit(&Renewals::from_customers(&renewals, &active, None).unwrap(), &FitOptions::new())
            .unwrap();
    let none = fit(&CovariateOptions::new().penalty(0.0, 1e12));
    close(none.base().alpha(), plain.alpha(), 1e-6, &"alpha");
    let test = likelihood_ratio_test(crate::clv::ContractualProcess::fit_report(&plain), model.fit_report()).unwrap();
    assert!(test.p_value < 1e-6);
    let short = ShiftedBetaGeometricWithCovariates::fit(
        &renewals[..5],
        &active[..5],
        &covariates,
        &CovariateOptions::new(),
        &FitOptions::new(),
    );
    assert!(short.unwrap_err().to_string().contains("covariates"));
    assert!(model.of(&covariates, 400).unwrap_err().to_string().contains("row = 400"));
    #[cfg(feature = "json")]
    {
        let text = crate::SavedModel::from(model.clone()).to_json().unwrap();
        assert_eq!(crate::SavedModel::from_json(&text).unwrap(), model.into());
    }
}

#[test]
fn equal_coefficients_are_a_case_of_separate_ones() {
    let (options, fitting) = (CovariateOptions::new().separate_dropout(true), FitOptions::new());
    let fit = |options: &CovariateOptions| {
        ShiftedBetaGeometricWithCovariates::fit_customers(&grouped(), options, &fitting).unwrap()
    };
    let (separate, equal) = (fit(&options), fit(&options.clone().equal(&["z"])));
    let test = likelihood_ratio_test(equal.fit_report(), separate.fit_report()).unwrap();
    assert!(test.degrees_of_freedom == 1 && test.p_value < 0.01, "{test:?}");
    // The mean chance of leaving is the same for all.
    let theta = equal.parameters_of(grouped().covariates()).unwrap();
    let mean = |row: usize| {
        let [a, b] = ["alpha", "beta"].map(|name| theta.floats(name).unwrap()[row]);
        a / (a + b)
    };
    (0..400).for_each(|row| close(mean(row), mean(0), 1e-12, &row));
    let refused = |options: CovariateOptions| {
        let error = ShiftedBetaGeometricWithCovariates::fit_customers(&grouped(), &options, &fitting).unwrap_err();
        error.to_string()
    };
    assert!(refused(CovariateOptions::new().equal(&["z"])).contains("separate_dropout"));
    assert!(refused(options.clone().equal(&["y"])).contains("equal = y"));
    assert!(refused(options.purchase(&["z"])).contains("sBG has no purchases"));
}

#[test]
fn profiles_are_those_of_an_independent_program() {
    let golden = golden();
    let expected = &golden["contracts"]["profile"];
    let level = expected["level"].as_f64().unwrap();
    for (name, ends) in expected["ends"].as_object().unwrap() {
        let options = ProfileOptions::new().level(level);
        let found = contract_covariate_profile_interval(&grouped(), &CovariateOptions::new(), name, &options).unwrap();
        let ends = numbers(ends);
        close(found.interval.low, ends[0], 1e-5, name);
        close(found.interval.high, ends[1], 1e-5, name);
    }
    let refused = |name, options: ProfileOptions| {
        let found = contract_covariate_profile_interval(&grouped(), &CovariateOptions::new(), name, &options);
        found.unwrap_err().to_string()
    };
    assert!(refused("gamma", ProfileOptions::new()).contains("sBG has alpha, beta, dropout:z"));
    assert!(refused("alpha", ProfileOptions::new().level(1.0)).contains("level = 1"));
    assert!(refused("alpha", ProfileOptions::new().k(2)).contains("sBG has no k"));
}

#[test]
fn the_bootstrap_has_the_errors_of_the_information() {
    let run = |customers: &CustomerRenewals, options: &BootstrapOptions| {
        contract_covariate_bootstrap(customers, &CovariateOptions::new(), options)
    };
    let options = BootstrapOptions::new().replicates(30).seed(4);
    let boot = run(&grouped(), &options).unwrap();
    assert_eq!((boot.failed(), boot.replicates().len()), (0, 30));
    let found = boot.parameters_table(0.9).unwrap();
    let report = boot.model().fit_report().unwrap();
    for (i, error) in report.standard_errors.iter().enumerate() {
        let ratio = found.floats("standard_error").unwrap()[i] / error.unwrap();
        assert!(ratio.ln().abs() < 0.5, "{i} {ratio}");
    }
    // Neither the order of the rows nor their grouping matters.
    let (renewals, active, covariates) = customers();
    let turned: Vec<u32> = (0..400).rev().collect();
    let of = |v: Vec<u64>| v.into_iter().rev().collect::<Vec<_>>();
    let active: Vec<bool> = active.into_iter().rev().collect();
    let other = CustomerRenewals::new(&of(renewals), &active, &covariates.take(&turned), Some(&[1.0; 400])).unwrap();
    let other = run(&other, &options).unwrap();
    assert_eq!(other.replicates()[7].parameters(), boot.replicates()[7].parameters());
    let refused = |options| run(&grouped(), &options).unwrap_err().to_string();
    assert!(refused(options.clone().weights(&[1.0])).contains("weights belong to the data"));
    assert!(refused(options.clone().k(2)).contains("sBG has no k"));
}

#[test]
fn weights_are_customers_and_rows_without_opportunity_none() {
    let (renewals, active, covariates) = customers();
    let twice: Vec<u32> = (0..400).chain(0..400).collect();
    let both = CustomerRenewals::new(
        &[renewals.clone(), renewals.clone()].concat(),
        &[active.clone(), active.clone()].concat(),
        &covariates.take(&twice),
        None,
    );
    let weighted = CustomerRenewals::new(&renewals, &active, &covariates, Some(&[2.0; 400]));
    assert_eq!(both.as_ref().unwrap().renewals(), weighted.as_ref().unwrap().renewals());
    let fit = |customers: &CustomerRenewals| {
        ShiftedBetaGeometricWithCovariates::fit_customers(customers, &CovariateOptions::new(), &FitOptions::new())
    };
    let (once, two) = (fit(&grouped()).unwrap(), fit(&weighted.unwrap()).unwrap());
    close(two.base().alpha(), once.base().alpha(), 1e-9, &"alpha");
    assert_eq!(fit(&both.unwrap()).unwrap().parameters(), two.parameters());
    // Young customers with other covariates than all others: nothing is known of them.
    let mut table = Table::new();
    let z = [numbers(&golden()["contracts"]["z"]), vec![50.0; 3]].concat();
    table.push("z", Column::Float(z)).unwrap();
    let young = CustomerRenewals::new(
        &[renewals, vec![0; 3]].concat(),
        &[active, vec![true; 3]].concat(),
        &Covariates::new(&table).unwrap(),
        None,
    )
    .unwrap();
    assert_eq!((young.renewals().customers(), young.renewals().without_opportunity()), (400.0, 3.0));
    close(fit(&young).unwrap().base().beta(), once.base().beta(), 1e-12, &"beta");
    let weights = FitOptions::new().weights(&[1.0; 403]);
    let refused = ShiftedBetaGeometricWithCovariates::fit_customers(&young, &CovariateOptions::new(), &weights);
    assert!(refused.unwrap_err().to_string().contains("weights belong to the data"));
}

#[test]
fn the_posterior_is_that_of_a_grid() {
    use crate::clv::{PosteriorOptions, contract_covariate_posterior};
    let customers = grouped();
    let options = PosteriorOptions::new().chains(2).warmup(150).draws(400).seed(2);
    let prior = Prior::Gamma { shape: 6.0, rate: 4.0 };
    let of_effect = Prior::Normal { mean: 0.1, sigma: 0.1 };
    let options = options.prior("beta", prior).prior("dropout:z", of_effect);
    let posterior = contract_covariate_posterior(&customers, &CovariateOptions::new(), &options).unwrap();
    assert_eq!(posterior.names(), ["alpha", "beta", "dropout:z"]);
    // On a grid around the means: the likelihood of the plain model, with the priors written once more.
    let (renewals, active, _) = self::customers();
    let z = numbers(&golden()["contracts"]["z"]);
    let mut cells = std::collections::BTreeMap::new();
    for i in 0..400 {
        *cells.entry(((10.0 * z[i]).round() as i64, renewals[i], active[i])).or_insert(0.0) += 1.0;
    }
    let mut ordered = z.clone();
    ordered.sort_by(f64::total_cmp);
    let median_z = ordered[199];
    let moments = |name: &str| {
        let draws = posterior.parameter(name).unwrap().concat();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        (mean, (draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / draws.len() as f64).sqrt())
    };
    let names = ["alpha", "beta", "dropout:z"];
    let found = names.map(moments);
    let steps: Vec<f64> = (-3..=3).map(f64::from).collect();
    let (mut weights, mut points) = (Vec::new(), Vec::new());
    for &u in &steps {
        for &v in &steps {
            for &w in &steps {
                let at = |k: usize, step: f64| found[k].0 + step * found[k].1;
                // alpha and beta by their logarithms: they are skewed.
                let log = |k: usize, step: f64| (found[k].0.ln() + step * found[k].1 / found[k].0).exp();
                let (beta, c) = (log(1, v), at(2, w));
                // Alpha grows with beta, and falls with the coefficient.
                let alpha = log(0, u) * (beta / found[1].0).powf(0.8);
                let mut ln = 0.0;
                for (&(z, k, active), count) in &cells {
                    let model = ShiftedBetaGeometric::at(alpha * (c * 0.1 * z as f64).exp(), beta);
                    let k = k as f64;
                    let survival = model.ln_survival(0.0, k);
                    let churn = if active { 0.0 } else { (-model.ln_survival(k, k + 1.0).exp_m1()).ln() };
                    ln += count * (survival + churn);
                }
                // Of a typical customer; the density in ln alpha, ln beta and c.
                let typical = alpha * (c * median_z).exp();
                ln += Prior::LogNormal { median: 1.0, sigma: 1.5 }.ln_pdf(typical).unwrap() + typical.ln();
                ln += prior.ln_pdf(beta).unwrap() + beta.ln() + of_effect.ln_pdf(c).unwrap();
                weights.push(ln);
                points.push([alpha, beta, c]);
            }
        }
    }
    let most = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = weights.iter().map(|w| (w - most).exp()).collect();
    let total: f64 = weights.iter().sum();
    for k in 0..3 {
        let expected = weights.iter().zip(&points).map(|(w, p)| w * p[k]).sum::<f64>() / total;
        let (mean, sd) = found[k];
        assert!((mean - expected).abs() < 0.15 * sd, "{}: {mean} {expected} {sd}", names[k]);
        let square = weights.iter().zip(&points).map(|(w, p)| w * (p[k] - expected).powi(2)).sum::<f64>() / total;
        assert!((sd / square.sqrt()).ln().abs() < 0.15, "{}: {sd} {}", names[k], square.sqrt());
    }
    let Some(Prior::Normal { mean, sigma }) = posterior.priors()[2].1 else { panic!("a normal prior") };
    close(mean, 0.1, 1e-12, &"mean");
    close(sigma, 0.1, 1e-12, &"sigma");
    // A draw is a model without uncertainty of its own.
    let model = &posterior.models(3)[1];
    assert!(model.fit_report().is_none());
    let one = model.of(customers.covariates(), 0).unwrap().survival(3, 0.9).unwrap();
    assert_eq!((one.interval.low, one.interval.high), (one.value, one.value));
    // Where nobody has left yet there is no fit, but a posterior.
    let stay = CustomerRenewals::new(&[2; 400], &[true; 400], customers.covariates(), None).unwrap();
    let short = PosteriorOptions::new().chains(1).warmup(50).draws(20);
    assert!(contract_covariate_posterior(&stay, &CovariateOptions::new(), &short).is_ok());
    let young = CustomerRenewals::new(&[0; 400], &[true; 400], customers.covariates(), None).unwrap();
    let refused = |customers, options| {
        contract_covariate_posterior(customers, &CovariateOptions::new(), &options).unwrap_err().to_string()
    };
    assert!(refused(&young, short.clone()).contains("no customer had an opportunity"));
    assert!(refused(&stay, short.weights(&[1.0])).contains("weights belong to the data"));
}

/// The parameters of a customer are those of the base where covariates are counted from that customer's, and so are their errors.
#[test]
fn a_customers_errors_are_those_of_covariates_counted_from_it() {
    let (renewals, active, given) = customers();
    let z = numbers(&golden()["contracts"]["z"]);
    let table = |values: Vec<f64>| {
        let mut table = Table::new();
        table.push("z", Column::Float(values)).unwrap();
        Covariates::new(&table).unwrap()
    };
    for separate in [false, true] {
        let fit = |covariates: &Covariates| {
            let options = CovariateOptions::new().separate_dropout(separate);
            ShiftedBetaGeometricWithCovariates::fit(&renewals, &active, covariates, &options, &FitOptions::new())
                .unwrap()
        };
        let found = fit(&given).of(&table(vec![0.7]), 0).unwrap();
        let expected = fit(&table(z.iter().map(|z| z - 0.7).collect()));
        let (report, of_base) = (found.fit_report().unwrap(), expected.fit_report().unwrap());
        for (k, value) in [found.alpha(), found.beta()].into_iter().enumerate() {
            close(value, expected.parameters()[k].1, 1e-7, &k);
            close(report.standard_errors[k].unwrap(), of_base.standard_errors[k].unwrap(), 1e-6, &k);
        }
        close(report.aic(), of_base.aic(), 1e-12, &"what was estimated");
    }
}

#[test]
fn what_a_base_is_worth_is_the_sum_of_its_customers() {
    let (renewals, active, covariates) = customers();
    let model = ShiftedBetaGeometricWithCovariates::fit(
        &renewals,
        &active,
        &covariates,
        &CovariateOptions::new(),
        &FitOptions::new(),
    )
    .unwrap();
    let options = ContractValueOptions::new(20.0, 0.05).until_next_renewal(0.5).horizon(12);
    let names = ["left".to_owned(), "nobody".to_owned(), "active".to_owned()];
    let group: Vec<u32> = active.iter().map(|a| if *a { 2 } else { 0 }).collect();
    let value = model.residual_value(&renewals, &covariates, &options, Some((&names, &group))).unwrap();
    for (row, customer) in value.customers.iter().enumerate().step_by(37) {
        let own = model.of(&covariates, row).unwrap().residual_value(&renewals[row..=row], &options).unwrap();
        close(customer.value, own.customers[0].value, 1e-12, &row);
        // The same uncertainty, once from points for all and once from those of the customer's own parameters.
        for (one, other) in [
            (customer.interval.low, own.customers[0].interval.low),
            (customer.interval.high, own.customers[0].interval.high),
        ] {
            assert!(((one - other) / other).abs() < 0.02, "{row}: {customer:?} {:?}", own.customers[0]);
        }
    }
    let sum: f64 = value.customers.iter().map(|c| c.value).sum();
    close(value.total.value, sum, 1e-12, &"sum");
    assert_eq!(value.groups.iter().map(|g| g.0.as_str()).collect::<Vec<_>>(), ["left", "active"]);
    close(value.groups.iter().map(|g| g.2.value).sum::<f64>(), sum, 1e-12, &"groups");
    assert_eq!(value.groups.iter().map(|g| g.1).sum::<u64>(), renewals.len() as u64);
    assert_eq!(value.groups_table().unwrap().rows(), 2);
    let flows = model.cash_flows(&renewals, &covariates, &options).unwrap();
    close(flows.rows[11].cumulative, sum, 1e-12, &"flows");
    assert!(flows.rows.windows(2).all(|w| w[1].cash_flow.interval.low < w[0].cash_flow.interval.low));
    assert!(model.residual_value(&renewals[1..], &covariates, &options, None).is_err());
    let wrong = model.residual_value(&renewals, &covariates, &options, Some((&names[..1], &group))).unwrap_err();
    assert!(wrong.to_string().contains("groups"), "{wrong}");
}

#[test]
fn totals_of_customers_with_covariates_cover() {
    // Monthly payers leave three times as often; 150 of either kind, seen for 1 to 6 opportunities.
    let mut table = Table::new();
    table.push("monthly", Column::Float((0..300).map(|i| f64::from(i % 2)).collect())).unwrap();
    let covariates = Covariates::new(&table).unwrap();
    let truth = |row: usize| ShiftedBetaGeometric::from_params(if row % 2 == 1 { 2.4 } else { 0.8 }, 4.0).unwrap();
    let drawn = |opportunities: &dyn Fn(usize) -> u64, made: &[u64], seed: u64| -> Vec<u64> {
        let mut random = crate::clv::contractual::simulation_tests::uniform(seed);
        (0..300)
            .map(|row| {
                let (u, from, model) = (random(), made[row] as f64, truth(row));
                let stays = |k: &u64| u < model.ln_survival(from, from + *k as f64).exp();
                (1..=opportunities(row)).take_while(stays).count() as u64
            })
            .collect()
    };
    let options = ContractValueOptions::new(1.0, 0.0).until_next_renewal(0.0).horizon(8).level(0.9);
    let names = ["yearly".to_owned(), "monthly".to_owned()];
    let (mut inside, runs) = ([0; 3], 200);
    for seed in 0..runs {
        let seen = |row: usize| 1 + (row as u64 / 2) % 6;
        let renewals = drawn(&seen, &[0; 300], 2 * seed + 1);
        let active: Vec<bool> = renewals.iter().enumerate().map(|(row, n)| *n == seen(row)).collect();
        let fit = ShiftedBetaGeometricWithCovariates::fit(
            &renewals,
            &active,
            &covariates,
            &CovariateOptions::new(),
            &FitOptions::new(),
        );
        let later = drawn(&|_| 8, &renewals, 2 * seed + 2);
        let rows: Vec<usize> = (0..300).filter(|&row| active[row]).collect();
        let mut column = Table::new();
        column.push("monthly", Column::Float(rows.iter().map(|r| (r % 2) as f64).collect())).unwrap();
        let made: Vec<u64> = rows.iter().map(|&row| renewals[row]).collect();
        let group: Vec<u32> = rows.iter().map(|row| (row % 2) as u32).collect();
        let of_active = Covariates::new(&column).unwrap();
        let value = fit.unwrap().residual_value(&made, &of_active, &options, Some((&names, &group))).unwrap();
        let actual = |of: &dyn Fn(usize) -> bool| -> f64 {
            rows.iter().filter(|&&row| of(row)).map(|&row| later[row] as f64).sum()
        };
        let of_group = |g: usize| (value.groups[g].2, actual(&|row| row % 2 == g));
        for (k, (estimate, actual)) in
            [(value.total, actual(&|_| true)), of_group(0), of_group(1)].into_iter().enumerate()
        {
            inside[k] += usize::from(estimate.interval.low <= actual && actual <= estimate.interval.high);
        }
    }
    // 90 % of 200 within three standard errors, 2.1 points each.
    assert!(inside.iter().all(|&c| (167..=193).contains(&c)), "{inside:?} of {runs}");
}
