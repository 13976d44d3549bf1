//! Uplift: against scikit-learn, and where the effect is known.

use serde_json::Value;

use super::*;
use crate::churn::evaluation::{QiniOptions, qini_curve};
use crate::numerics::random::SplitMix;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../tests/golden/uplift.json")).unwrap()
}

fn list<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

const METHODS: [UpliftMethod; 2] = [UpliftMethod::TwoModels, UpliftMethod::TransformedOutcome];

#[test]
fn equal_to_scikit_learn() {
    let golden = golden();
    let features = Features::new()
        .numeric("a", &list::<Vec<f64>>(&golden["a"]))
        .unwrap()
        .numeric("b", &list::<Vec<f64>>(&golden["b"]))
        .unwrap();
    let (outcome, treated): (Vec<bool>, Vec<bool>) = (list(&golden["outcome"]), list(&golden["treated"]));
    let options = ClassifierOptions::new().penalty(0.0, 0.0);
    for (method, name) in METHODS.into_iter().zip(["two_models", "transformed_outcome"]) {
        let model = UpliftModel::fit(&features, &outcome, &treated, method, &options).unwrap();
        let expected: Vec<f64> = list(&golden[name]);
        for (found, expected) in model.predict(&features).unwrap().iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{name}: {found} {expected}");
        }
        assert_eq!(model.method(), method);
        assert!((model.average_effect() - golden["effect"].as_f64().unwrap()).abs() < 1e-12);
        assert_eq!(model.predict_both(&features).unwrap().is_some(), method == UpliftMethod::TwoModels);
    }
}

/// The offer keeps those with x above 0, and drives the others away.
fn campaign(n: usize, seed: u64) -> (Features, Vec<bool>, Vec<bool>, Vec<f64>) {
    let mut random = SplitMix::new(seed, 0);
    let x: Vec<f64> = (0..n).map(|_| 2.0 * random.uniform() - 1.0).collect();
    let noise: Vec<f64> = (0..n).map(|_| random.uniform()).collect();
    let treated: Vec<bool> = (0..n).map(|_| random.uniform() < 0.3).collect();
    let effect: Vec<f64> = x.iter().map(|x| 0.3 * x).collect();
    let stays = |i: usize, random: &mut SplitMix| random.uniform() < 0.5 + if treated[i] { effect[i] } else { 0.0 };
    let outcome: Vec<bool> = (0..n).map(|i| stays(i, &mut random)).collect();
    let features = Features::new().numeric("x", &x).unwrap().numeric("noise", &noise).unwrap();
    (features, outcome, treated, effect)
}

#[test]
fn the_effect_is_recovered() {
    let (features, outcome, treated, _) = campaign(8_000, 1);
    let (later, stayed, given, effect) = campaign(4_000, 2);
    for method in METHODS {
        let model = UpliftModel::fit(&features, &outcome, &treated, method, &ClassifierOptions::new()).unwrap();
        let uplift = model.predict(&later).unwrap();
        let error = uplift.iter().zip(&effect).map(|(u, e)| (u - e).abs()).sum::<f64>() / effect.len() as f64;
        assert!(error < 0.04, "{method:?} {error}");
        let curve = qini_curve(&stayed, &given, &uplift, &QiniOptions::new().resamples(50, 0)).unwrap();
        assert!(curve.coefficient.interval.low > 0.0, "{:?}", curve.coefficient);
        assert!((model.treated_share() - 0.3).abs() < 0.02 && model.rows() == 8_000);
    }
}

#[cfg(feature = "json")]
#[test]
fn files_are_read_again() {
    use crate::SavedModel;
    let (features, outcome, treated, _) = campaign(200, 3);
    for method in METHODS {
        let model = UpliftModel::fit(&features, &outcome, &treated, method, &ClassifierOptions::new()).unwrap();
        let text = SavedModel::from(model.clone()).to_json().unwrap();
        assert_eq!(SavedModel::from_json(&text).unwrap(), SavedModel::UpliftModel(model));
    }
}

#[test]
fn bad_input_is_named() {
    let (features, outcome, treated, _) = campaign(60, 4);
    let text = |outcome: &[bool], treated: &[bool], options: &ClassifierOptions| {
        UpliftModel::fit(&features, outcome, treated, UpliftMethod::TwoModels, options).unwrap_err().to_string()
    };
    let options = ClassifierOptions::new();
    assert!(text(&outcome, &[true; 60], &options).contains("nobody is in the control group"));
    assert!(text(&outcome, &[false; 60], &options).contains("nobody is treated"));
    assert!(text(&[true; 60], &treated, &options).contains("everybody of those who are treated"));
    assert!(text(&outcome[..3], &treated, &options).contains("`outcome` has 3 rows"));
    assert!(text(&outcome, &treated[..3], &options).contains("`treated` has 3 rows"));
    assert!(text(&outcome, &treated, &options.clone().weights(&[1.0; 60])).contains("weights or times"));
}
