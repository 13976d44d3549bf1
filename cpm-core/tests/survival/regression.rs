//! Accelerated failure time and discrete-time hazard against lifelines and statsmodels, and against themselves.

use std::sync::OnceLock;

use cpm_core::churn::survival::{
    Aft, AftOptions, DiscreteHazard, DiscreteHazardOptions, Distribution, Link, SurvivalData,
};
use ndarray::{Array2, Axis};
use serde_json::Value;

use crate::golden::{ROSSI, all_close, close, list, lung, rossi, rossi_covariates};

fn reference() -> &'static Value {
    static REFERENCE: OnceLock<Value> = OnceLock::new();
    REFERENCE.get_or_init(|| serde_json::from_str(include_str!("../golden/aft_and_hazard.json")).unwrap())
}

fn simulated() -> (SurvivalData, Array2<f64>) {
    let set = &reference()["simulated"];
    let column = |name: &str| list(&set[name]);
    let events: Vec<bool> = column("event").iter().map(|e| *e == 1.0).collect();
    let data = SurvivalData::new(&column("time"), &events).unwrap().with_entry(&column("entry")).unwrap();
    let (group, size) = (column("group"), column("size"));
    let x = Array2::from_shape_fn((group.len(), 2), |(i, j)| if j == 0 { group[i] } else { size[i] });
    (data.with_weights(&column("weight")).unwrap(), x)
}

const ALL: [Distribution; 3] = [Distribution::Weibull, Distribution::LogNormal, Distribution::LogLogistic];

#[test]
fn aft_equals_lifelines() {
    let (lung_data, lung_x) = lung(&["age", "sex", "wt.loss"]);
    let (simulated, simulated_x) = simulated();
    for distribution in ALL {
        for (set, data, x) in [
            ("rossi", &rossi(), &rossi_covariates()),
            ("lung", &lung_data, &lung_x),
            ("simulated", &simulated, &simulated_x),
        ] {
            let expected = &reference()["aft"][distribution.name()][set];
            let model = Aft::fit(data, x.view(), &AftOptions::new().distribution(distribution)).unwrap();
            let summary = model.summary(0.95).unwrap();
            all_close(summary.iter().map(|p| p.coefficient), &list(&expected["parameters"]), 1e-8);
            all_close(model.standard_errors(), &list(&expected["standard_errors"]), 1e-8);
            all_close(model.covariance().iter().copied(), &list(&expected["covariance"]), 1e-7);
            close(model.log_likelihood(), &expected["log_likelihood"], 1e-10);
            // What lifelines itself stops at, to the digits it has.
            all_close(summary.iter().map(|p| p.coefficient), &list(&expected["lifelines"]["parameters"]), 3e-3);
            if set == "rossi" {
                let median = model.predict_median(x.select(Axis(0), &[0, 1, 2, 3, 4]).view()).unwrap();
                for (m, e) in median.iter().zip(list(&expected["median"])) {
                    assert!((m / e - 1.0).abs() < 5e-3, "{distribution:?}: {m} {e}");
                }
            }
        }
    }
}

#[test]
fn weibull_equals_the_default_of_lifelines() {
    let expected = &crate::golden::reference()["weibull_aft"];
    let model = Aft::fit(&rossi(), rossi_covariates().view(), &AftOptions::new().names(&ROSSI)).unwrap();
    let names = expected["names"].as_array().unwrap();
    for (name, value) in names.iter().zip(list(&expected["coefficients"])) {
        let found = match name.as_str().unwrap().split_once(' ').unwrap() {
            ("rho_", _) => -model.sigma().ln(),
            (_, "Intercept") => model.intercept(),
            (_, column) => model.coefficients()[ROSSI.iter().position(|n| *n == column).unwrap()],
        };
        assert!((found - value).abs() < 1e-4, "{name}: {found} {value}");
    }
    close(model.log_likelihood(), &expected["log_likelihood"], 1e-9);
}

#[test]
fn hazards_equal_a_glm_on_person_periods() {
    let entry = list(&reference()["entry"]);
    let late = rossi().with_entry(&entry).unwrap();
    let breaks: Vec<u32> = (0..13).map(|k| 4 * k + 1).collect();
    for (name, link) in [("logit", Link::Logit), ("cloglog", Link::CLogLog)] {
        for (name, data) in [(name.to_owned(), &rossi()), (format!("{name}_entry"), &late)] {
            let expected = &reference()["hazard"][&name];
            let options = DiscreteHazardOptions::new().link(link).breaks(&breaks);
            let model = DiscreteHazard::fit(data, rossi_covariates().view(), &options).unwrap();
            let intercepts: Vec<(f64, f64)> = model.intercepts().into_iter().map(Option::unwrap).collect();
            let found = intercepts.iter().map(|i| i.0).chain(model.coefficients());
            all_close(found, &list(&expected["parameters"]), 1e-7);
            let errors = intercepts.iter().map(|i| i.1).chain(model.standard_errors());
            all_close(errors, &list(&expected["standard_errors"]), 1e-7);
            close(model.log_likelihood(), &expected["log_likelihood"], 1e-10);
            close(model.person_periods(), &expected["person_periods"], 0.0);
        }
    }
}

#[test]
fn a_hazard_per_period_is_close_to_cox() {
    // Grouped durations of proportional hazards have the complementary log-log link: β is that of the Cox model.
    let model =
        DiscreteHazard::fit(&rossi(), rossi_covariates().view(), &DiscreteHazardOptions::new().link(Link::CLogLog));
    let cox = crate::golden::reference()["cox"]["rossi"]["coefficients"].clone();
    all_close(model.unwrap().coefficients(), &list(&cox), 2e-2);
}

fn take(data: &SurvivalData, rows: &[usize]) -> SurvivalData {
    let pick = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&i| values[i]).collect() };
    let events: Vec<bool> = rows.iter().map(|&i| data.events()[i]).collect();
    let mut taken = SurvivalData::new(&pick(data.durations()), &events).unwrap();
    if let Some(entry) = data.entry() {
        taken = taken.with_entry(&pick(entry)).unwrap();
    }
    match data.weights() {
        Some(weights) => taken.with_weights(&pick(weights)).unwrap(),
        None => taken,
    }
}

#[test]
fn order_of_rows_and_weights() {
    let (data, x) = simulated();
    let n = data.len();
    let order: Vec<usize> = (0..n).map(|i| (i * 277 + 5) % n).collect();
    let (moved, y) = (take(&data, &order), x.select(Axis(0), &order));
    let whole: Vec<f64> = data.durations().iter().map(|t| t.ceil()).collect();
    let periods = SurvivalData::new(&whole, data.events()).unwrap().with_weights(data.weights().unwrap()).unwrap();
    for distribution in ALL {
        let fit = |data: &SurvivalData, x: &Array2<f64>| {
            Aft::fit(data, x.view(), &AftOptions::new().distribution(distribution)).unwrap()
        };
        assert_eq!(fit(&data, &x), fit(&moved, &y));
        let weights = data.weights().unwrap();
        let many: Vec<usize> = (0..n).flat_map(|i| vec![i; weights[i] as usize]).collect();
        let single = SurvivalData::new(data.durations(), data.events()).unwrap().with_entry(data.entry().unwrap());
        let repeated = fit(&take(&single.unwrap(), &many), &x.select(Axis(0), &many));
        let weighted = fit(&data, &x);
        all_close(repeated.coefficients().to_vec(), weighted.coefficients(), 1e-9);
        all_close(repeated.standard_errors(), &weighted.standard_errors(), 1e-9);
    }
    for link in [Link::Logit, Link::CLogLog] {
        let fit = |data: &SurvivalData, x: &Array2<f64>| {
            DiscreteHazard::fit(data, x.view(), &DiscreteHazardOptions::new().link(link)).unwrap()
        };
        assert_eq!(fit(&periods, &x), fit(&take(&periods, &order), &y));
        // A row cut in two stretches, the first censored, is the same row.
        let cut: Vec<f64> = whole.iter().map(|t| (t / 2.0).floor()).collect();
        let rows: Vec<usize> = (0..n).chain((0..n).filter(|&i| cut[i] >= 1.0)).collect();
        let durations: Vec<f64> =
            rows.iter().enumerate().map(|(k, &i)| if k < n { whole[i] } else { cut[i] }).collect();
        let entry: Vec<f64> = rows.iter().enumerate().map(|(k, &i)| if k < n { cut[i] } else { 0.0 }).collect();
        let events: Vec<bool> = rows.iter().enumerate().map(|(k, &i)| k < n && data.events()[i]).collect();
        let weights: Vec<f64> = rows.iter().map(|&i| data.weights().unwrap()[i]).collect();
        let split = SurvivalData::new(&durations, &events).unwrap().with_entry(&entry).unwrap();
        let split = fit(&split.with_weights(&weights).unwrap(), &x.select(Axis(0), &rows));
        all_close(split.coefficients(), &fit(&periods, &x).coefficients(), 1e-9);
    }
}

#[test]
fn intervals_hold_what_they_say() {
    let n = 400;
    // Uniform draws by splitmix64.
    let mixed = |k: usize, seed: usize| {
        let mut z = ((k as u64) << 20 | seed as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) as f64 + 0.5) / 18_446_744_073_709_551_616.0
    };
    let (mut held, mut total) = (0, 0);
    for seed in 0..60 {
        let x = Array2::from_shape_fn((n, 1), |(i, _)| (i % 2) as f64);
        let draw = |i: usize| (1.0 + 0.7 * (i % 2) as f64 + 0.5 * (-(mixed(i, seed)).ln()).ln()).exp();
        let late = |i: usize| 1.0 + 9.0 * mixed(i, seed + 1_000);
        let durations: Vec<f64> = (0..n).map(|i| draw(i).min(late(i))).collect();
        let events: Vec<bool> = (0..n).map(|i| draw(i) <= late(i)).collect();
        let model = Aft::fit(&SurvivalData::new(&durations, &events).unwrap(), x.view(), &AftOptions::new()).unwrap();
        let found = model.predict_survival_intervals(x.view(), &[3.0], None, 0.9).unwrap();
        for i in [0, 1] {
            let z = (3.0_f64.ln() - 1.0 - 0.7 * i as f64) / 0.5;
            let truth = (-z.exp()).exp();
            let interval = found[(i, 0)].interval;
            held += usize::from(interval.low <= truth && truth <= interval.high);
            total += 1;
        }
    }
    let share = held as f64 / total as f64;
    assert!((0.8..=0.97).contains(&share), "{share}");
}

#[test]
fn what_cannot_be_fitted_says_so() {
    let says = |result: Result<String, cpm_core::Error>, words: &[&str]| {
        let text = result.unwrap_err().to_string();
        assert!(words.iter().all(|w| text.contains(w)), "{text}");
    };
    let aft =
        |data: &SurvivalData, x: &Array2<f64>| Aft::fit(data, x.view(), &AftOptions::new()).map(|m| format!("{m:?}"));
    let hazard = |data: &SurvivalData, x: &Array2<f64>| {
        DiscreteHazard::fit(data, x.view(), &DiscreteHazardOptions::new()).map(|m| format!("{m:?}"))
    };
    let column = |values: &[f64]| Array2::from_shape_fn((values.len(), 1), |(i, _)| values[i]);
    let of = |durations: &[f64], events: &[bool]| SurvivalData::new(durations, events).unwrap();
    let x = column(&[0.0, 1.0, 0.0, 1.0]);
    let (times, some) = ([1.0, 2.0, 3.0, 4.0], [true, true, false, true]);
    says(aft(&of(&[1.0, 0.0, 3.0, 4.0], &some), &x), &["durations", "row 1", "above 0"]);
    says(hazard(&of(&[1.0, 2.5, 3.0, 4.0], &some), &x), &["durations", "row 1", "2.5"]);
    says(hazard(&of(&[1.0, 0.0, 3.0, 4.0], &some), &x), &["durations", "row 1"]);
    for fit in [aft, hazard] {
        says(fit(&of(&times, &[false; 4]), &x), &["no event"]);
        says(fit(&of(&times, &some), &column(&[3.0; 4])), &["x0", "same value"]);
        says(fit(&of(&times, &some), &column(&[1.0, f64::NAN, 0.0, 1.0])), &["row 1", "NaN"]);
        says(fit(&of(&times, &some), &x.select(Axis(0), &[0, 1])), &["covariates", "2 rows"]);
        let twice = Array2::from_shape_fn((12, 2), |(i, _)| (i % 3) as f64);
        let long: Vec<f64> = (0..12).map(|i| 1.0 + f64::from(i % 4)).collect();
        says(fit(&of(&long, &[true; 12]), &twice), &["x0", "x1", "dependent"]);
    }
    // One group has no event at all: its durations would be infinite.
    let half = of(&[1.0, 5.0, 2.0, 5.0, 3.0, 5.0, 4.0, 5.0], &[true, false, true, false, true, false, true, false]);
    let groups = column(&[0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0]);
    assert!(aft(&half, &groups).is_err() && hazard(&half, &groups).is_err());
    // Durations that the covariate explains exactly.
    says(aft(&of(&[1.0, 2.0, 4.0, 8.0], &[true; 4]), &column(&[0.0, 1.0, 2.0, 3.0])), &["exactly"]);

    let model = Aft::fit(&rossi(), rossi_covariates().view(), &AftOptions::new()).unwrap();
    let first = rossi_covariates().select(Axis(0), &[0]);
    assert!(model.predict_survival(first.view(), &[-1.0], None).unwrap_err().to_string().contains("times"));
    assert!(model.predict_survival(first.view(), &[1.0], Some(&[f64::NAN])).unwrap_err().to_string().contains("row 0"));
    assert!(model.predict_survival(first.view(), &[1.0], Some(&[])).unwrap_err().to_string().contains("conditional"));
    assert!(model.predict_quantile(first.view(), 1.0).unwrap_err().to_string().contains("probability"));
    assert!(model.predict_median(first.mapv(|v| v * 1e9).view()).unwrap_err().to_string().contains("units"));
    let months = DiscreteHazard::fit(&rossi(), rossi_covariates().view(), &DiscreteHazardOptions::new()).unwrap();
    assert!(months.predict_hazard(first.view(), &[53]).unwrap_err().to_string().contains("1 to 52"));
    assert!(months.predict_hazard(first.view(), &[0]).is_err());
    assert!(months.predict_survival(first.view(), &[3], Some(&[50])).unwrap_err().to_string().contains("50"));
}
