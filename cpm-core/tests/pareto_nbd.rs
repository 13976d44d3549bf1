//! Pareto/NBD against published and high-precision numbers, and through the frame that it shares with all models.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use cpm_core::SavedModel;
use cpm_core::churn::ChurnScores;
use cpm_core::clv::{HoldoutCheck, PurchaseProcess};
use cpm_core::{
    Column, CustomerSummary, FitOptions, GammaGamma, MergeWithin, ParetoNbd, PurchaseModel, SimulationPlan,
    SplitOptions, SummaryOptions, TimeUnit, ValueOptions, datasets, lifetime_value,
};
use serde_json::Value;

/// Published numbers with their sources; `published.py` writes the file.
fn golden() -> Value {
    serde_json::from_str::<Value>(include_str!("golden/published.json")).unwrap()["pareto_nbd"].take()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[track_caller]
fn close(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "found {found:e}, expected {expected:e}");
}

fn calibration(unit: TimeUnit) -> CustomerSummary {
    let options = SummaryOptions::new().as_of("1997-09-30").unwrap().time_unit(unit);
    datasets::cdnow_sample().unwrap().summarize(&options).unwrap()
}

fn params(golden: &Value) -> ParetoNbd {
    let p = |name: &str| number(&golden[name]);
    ParetoNbd::from_params(p("r"), p("alpha"), p("s"), p("beta")).unwrap()
}

fn one(x: f64, t_x: f64, t: f64) -> CustomerSummary {
    CustomerSummary::new(&[x], &[t_x], &[t], TimeUnit::Week).unwrap()
}

fn summary_of(row: &Value) -> CustomerSummary {
    one(number(&row["x"]), number(&row["t_x"]), number(&row["T"]))
}

#[test]
fn fit_on_exact_data() {
    let golden = &golden()["fit_exact_data"];
    let model = ParetoNbd::fit(&calibration(TimeUnit::Week), &FitOptions::new()).unwrap();
    let report = model.fit_report().unwrap();
    println!("{report} {:?} {:?}", model.parameters(), report.standard_errors);
    for (i, (name, value)) in model.parameters().into_iter().enumerate() {
        close(value, number(&golden[name]), 1e-5);
        // CLVTools takes differences of the likelihood, rather coarse ones. With differences of a fine step, computed
        // independently, the errors are those of our analytic Hessian, to a step's precision.
        close(report.standard_errors[i].unwrap(), number(&golden["standard_errors"][name]), 2e-3);
        close(report.standard_errors[i].unwrap(), [0.0476287, 0.842727, 0.187289, 6.21141][i], 1e-4);
    }
    assert!((report.log_likelihood - number(&golden["log_likelihood"])).abs() < 1e-6);
    assert!(report.converged && report.at_boundary.is_empty() && report.flat_direction.is_none());
}

#[test]
fn fit_on_two_decimal_data() {
    let golden = &golden()["fit_two_decimal_data"];
    let exact = calibration(TimeUnit::Week);
    let round = |column: &[f64]| column.iter().map(|v| (v * 100.0).round() / 100.0).collect::<Vec<f64>>();
    let (t_x, t) = (round(exact.recency()), round(exact.T()));
    let customers = CustomerSummary::new(exact.frequency(), &t_x, &t, TimeUnit::Week).unwrap();
    let model = ParetoNbd::fit(&customers, &FitOptions::new()).unwrap();
    println!("{} {:?}", model.fit_report().unwrap(), model.parameters());
    for (name, value) in model.parameters() {
        close(value, number(&golden[name]), 1e-5);
    }
    assert!((model.fit_report().unwrap().log_likelihood - number(&golden["log_likelihood"])).abs() < 1e-4);
}

#[test]
fn same_optimum_from_twenty_starts() {
    let golden = &golden()["fit_exact_data"];
    let customers = calibration(TimeUnit::Week);
    // A Halton sequence in the log-parameters, each from 1/30 to 30.
    let halton = |index: u32, base: u32| {
        let (mut i, mut f, mut value) = (index, 1.0, 0.0);
        while i > 0 {
            f /= f64::from(base);
            value += f * f64::from(i % base);
            i /= base;
        }
        value
    };
    for k in 1..=20 {
        let start: Vec<f64> = [2, 3, 5, 7].iter().map(|&base| 30_f64.powf(2.0 * halton(k, base) - 1.0)).collect();
        let model = ParetoNbd::fit(&customers, &FitOptions::new().start(&start)).unwrap();
        println!("{} iterations from {start:?}", model.fit_report().unwrap().iterations);
        for (name, value) in model.parameters() {
            close(value, number(&golden[name]), 1e-5);
        }
    }
}

#[test]
fn high_precision_rows() {
    let golden = &golden()["high_precision"];
    let model = params(&golden["params"]);
    let rate = number(&golden["discount_rate_per_week"]);
    for row in golden["rows"].as_array().unwrap() {
        let customer = summary_of(row);
        close(model.log_likelihood_per_customer(&customer).unwrap()[0], number(&row["log_likelihood"]), 1e-13);
        close(model.probability_alive(&customer).unwrap()[0], number(&row["p_alive"]), 1e-13);
        close(model.expected_purchases(&customer, 52.0).unwrap()[0], number(&row["conditional_52"]), 1e-13);
        let dert = model.discounted_expected_residual_transactions(&customer, rate).unwrap()[0];
        // The published rate has eight digits.
        close(dert, number(&row["dert"]), 1e-8);
    }
}

#[test]
fn rows_that_are_nan_in_other_tools() {
    let golden = golden();
    let mut rows = 0;
    for group in golden["nan_in_other_tools"].as_array().unwrap() {
        let model = params(&group["params"]);
        for row in group["rows"].as_array().unwrap() {
            let customer = summary_of(row);
            if let Some(alive) = row["p_alive"].as_f64() {
                close(model.probability_alive(&customer).unwrap()[0], alive, 1e-12);
                rows += 1;
            }
            if let Some(expected) = row["log_likelihood"].as_f64() {
                close(model.log_likelihood_per_customer(&customer).unwrap()[0], expected, 1e-12);
                rows += 1;
            }
        }
    }
    assert_eq!(rows, 8);
}

#[test]
fn published_predictions() {
    let golden = golden();
    // BTYD works with its own estimates, unrounded, which stop short of the optimum in the fourth digit.
    let model = params(&golden["fit_two_decimal_data"]);
    let published = &golden["customer_1516"];
    let customer = summary_of(published);
    close(model.expected_purchases(&customer, 52.0).unwrap()[0], number(&published["conditional_52"]), 1e-4);
    close(model.probability_alive(&customer).unwrap()[0], number(&published["p_alive"]), 1e-5);
    close(model.expected_purchases_new_customer(52.0).unwrap(), number(&published["expected_new_52"]), 1e-4);

    let paradox = &golden["increasing_frequency_paradox"];
    for (x, expected) in paradox["x"].as_array().unwrap().iter().zip(paradox["conditional"].as_array().unwrap()) {
        let customer = one(number(x), number(&paradox["t_x"]), number(&paradox["T"]));
        close(model.expected_purchases(&customer, number(&paradox["horizon"])).unwrap()[0], number(expected), 1e-3);
    }
}

#[test]
fn weekly_tracking_and_holdout() {
    let golden = golden();
    let log = datasets::cdnow_sample().unwrap();
    let options = SplitOptions::new("1997-09-30").unwrap().observation_end("1998-06-30").unwrap();
    let model = ParetoNbd::fit(&log.split(&options).unwrap().calibration, &FitOptions::new()).unwrap();
    let check = HoldoutCheck::new(&model, &log, &options, 0.95).unwrap();
    // `published.json` labels these weeks 40 to 45; they are weeks 20 to 25 of the log, as for BG/NBD.
    for k in 0..6 {
        let row = check.tracking[19 + k];
        close(row.expected, number(&golden["weekly_tracking_40_45"]["expected"][k]), 1e-4);
    }
    let interval = check.expected_total.interval;
    println!("{} {:?}", check.actual_total, check.expected_total);
    assert!(interval.low < check.expected_total.value && check.expected_total.value < interval.high);
}

#[test]
fn predictions_do_not_depend_on_the_time_unit() {
    let weeks = calibration(TimeUnit::Week);
    let reference = ParetoNbd::fit(&weeks, &FitOptions::new()).unwrap();
    let expected = reference.predict(&weeks, 39.0, 0.95).unwrap();
    for unit in [TimeUnit::Day, TimeUnit::Year] {
        let customers = calibration(unit);
        let horizon = 39.0 * TimeUnit::Week.days() / unit.days();
        let model = ParetoNbd::fit(&customers, &FitOptions::new()).unwrap();
        let found = model.predict(&customers, horizon, 0.95).unwrap();
        for (f, e) in found.customers().iter().zip(expected.customers()) {
            close(f.probability_alive.value, e.probability_alive.value, 1e-8);
            close(f.expected_purchases.value, e.expected_purchases.value, 1e-8);
            close(f.expected_purchases.interval.low, e.expected_purchases.interval.low, 1e-6);
            close(f.probability_no_purchase.value, e.probability_no_purchase.value, 1e-8);
            assert_eq!(f.purchases, e.purchases);
        }
        let wrong = reference.probability_alive(&customers).unwrap_err();
        assert!(wrong.to_string().contains("time_unit"), "{wrong}");
    }
}

#[test]
fn the_frame_gives_value_churn_and_files() {
    let customers = calibration(TimeUnit::Week);
    let model = ParetoNbd::fit(&customers, &FitOptions::new()).unwrap();
    let spend = GammaGamma::fit(&customers, &FitOptions::new()).unwrap();

    // Undiscounted, the purchases that count are the expected ones; discounted over a long horizon, all of them.
    let expected = model.expected_purchases(&customers, 52.0).unwrap();
    let value = lifetime_value(&model, &spend, &customers, &ValueOptions::new(52.0)).unwrap();
    for (v, e) in value.customers().iter().zip(&expected) {
        close(v.discounted_purchases, *e, 1e-12);
        assert!(0.0 <= v.value_low && v.value_low <= v.value_high && v.value_high.is_finite());
    }
    let rate = 0.15_f64.ln_1p() / TimeUnit::Week.per_year();
    let dert = model.discounted_expected_residual_transactions(&customers, rate).unwrap();
    let long = lifetime_value(&model, &spend, &customers, &ValueOptions::new(1e4).discount_rate(0.15)).unwrap();
    for (v, d) in long.customers().iter().zip(&dert) {
        close(v.discounted_purchases, *d, 1e-10);
    }

    let churn = ChurnScores::of(&model, &customers, 39.0, 0.95).unwrap();
    let one_time = customers.frequency().iter().position(|x| *x == 0.0).unwrap();
    assert!(churn.probability_dead()[one_time] > 0.5, "one-time buyers may be dead");
    let total: f64 = churn.churn_probability().iter().sum();
    close(churn.expected_without_purchase().value, total, 1e-12);

    let text = SavedModel::from(model.clone()).to_json().unwrap();
    assert_eq!(SavedModel::from_json(&text).unwrap(), SavedModel::ParetoNbd(model.clone()));
    let damaged = text.replacen(&format!("\"beta\": {}", model.beta()), "\"beta\": -1.0", 1);
    assert_ne!(damaged, text);
    assert!(SavedModel::from_json(&damaged).unwrap_err().to_string().contains("beta"));

    assert!(ParetoNbd::from_params(1.0, 1.0, 0.0, 1.0).unwrap_err().to_string().contains('s'));
    assert!(model.discounted_expected_residual_transactions(&customers, 0.0).is_err());
    let table = model.predict(&customers, 39.0, 0.95).unwrap().to_table().unwrap();
    assert!(matches!(table.column("expected_purchases"), Some(Column::Float(values)) if values.len() == 2357));
}

#[test]
fn summaries_that_cannot_determine_the_model_are_refused() {
    let customers = CustomerSummary::new(&[0.0; 10], &[0.0; 10], &[20.0; 10], TimeUnit::Week).unwrap();
    let refused = ParetoNbd::fit(&customers, &FitOptions::new()).unwrap_err().to_string();
    assert!(refused.contains("Pareto/NBD") && refused.contains("repeat purchase"), "{refused}");
}

/// `cargo test --release --test pareto_nbd -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement, for a quiet machine"]
fn time_of_a_fit_at_100k_customers() {
    let truth = ParetoNbd::from_params(0.553, 10.578, 0.606, 11.669).unwrap();
    let spend = GammaGamma::from_params(6.25, 3.74, 15.44).unwrap();
    let plan = SimulationPlan::new(100_000, "2024-01-01", "2025-06-29").unwrap().acquired_over(91.0);
    let log = truth.simulate(&spend, &plan).unwrap();
    for (name, merge) in [("days", MergeWithin::Day), ("seconds", MergeWithin::Nothing)] {
        let customers = log.summarize(&SummaryOptions::new().merge_within(merge)).unwrap();
        let distinct = customers.histories().distinct().len();
        let time = |what: &str, run: &mut dyn FnMut()| {
            let start = std::time::Instant::now();
            run();
            println!("{name}, {distinct} distinct histories: {what} {:.3} s", start.elapsed().as_secs_f64());
        };
        let mut model = truth.clone();
        time("fit", &mut || model = ParetoNbd::fit(&customers, &FitOptions::new()).unwrap());
        println!("{}", model.fit_report().unwrap());
        time("P(alive)", &mut || drop(model.probability_alive(&customers).unwrap()));
        time("expected purchases", &mut || drop(model.expected_purchases(&customers, 52.0).unwrap()));
        if merge == MergeWithin::Day {
            time("predict with intervals", &mut || drop(model.predict(&customers, 52.0, 0.95).unwrap()));
            let options = ValueOptions::new(52.0).discount_rate(0.1);
            time("lifetime value with intervals", &mut || {
                drop(lifetime_value(&model, &spend, &customers, &options).unwrap());
            });
        }
    }
}
