//! Models and curves as JSON, and JSON that is none.

use cpm_core::SavedModel;
use cpm_core::churn::survival::{CoxOptions, CoxPh, IntervalScale, KaplanMeier, NelsonAalen};
use serde_json::{Value, json};

use crate::golden::{data, rossi, rossi_covariates};

#[track_caller]
fn damaged(text: &str, pointer: &str, value: Value) -> String {
    let mut file: Value = serde_json::from_str(text).unwrap();
    *file.pointer_mut(pointer).unwrap() = value;
    SavedModel::from_json(&file.to_string()).unwrap_err().to_string()
}

#[test]
fn what_is_saved_comes_back() {
    let strata: Vec<u32> = data("rossi", "wexp").iter().map(|w| *w as u32 + 3).collect();
    let x = rossi_covariates();
    let others = x.select(ndarray::Axis(1), &[0, 1, 2, 4, 5, 6]);
    let cox = CoxPh::fit(&rossi(), others.view(), &CoxOptions::new().strata(&strata)).unwrap();
    let curve = KaplanMeier::fit(&rossi()).with_interval_scale(IntervalScale::Log).with_level(0.9).unwrap();
    let hazard = NelsonAalen::fit(&rossi());
    for saved in [SavedModel::from(cox), SavedModel::from(curve), SavedModel::from(hazard)] {
        let text = saved.to_json().unwrap();
        assert_eq!(SavedModel::from_json(&text).unwrap(), saved);
    }
}

#[test]
fn damaged_files_are_refused() {
    let cox = CoxPh::fit(&rossi(), rossi_covariates().view(), &CoxOptions::new()).unwrap();
    let text = SavedModel::from(cox).to_json().unwrap();
    for (pointer, value, word) in [
        ("/state/names", json!(["fin"]), "coefficients"),
        ("/state/mean", json!([0.5]), "coefficients"),
        ("/state/penalty", json!(-1.0), "penalty"),
        ("/state/covariance/dim", json!([49, 1]), "covariance"),
        ("/state/covariance/data/0", json!(-1.0), "covariance"),
        ("/state/baselines", json!([]), "baselines"),
        ("/state/baselines/0/time", json!([1.0]), "baselines"),
        ("/state/baselines/0/time/0", json!(60.0), "baselines"),
        ("/state/baselines/0/cumulative_hazard/3", json!(-1.0), "baselines"),
    ] {
        let message = damaged(&text, pointer, value);
        assert!(message.contains("saved model") && message.contains(word), "{pointer}: {message}");
    }
    let text = SavedModel::from(KaplanMeier::fit(&rossi())).to_json().unwrap();
    for (pointer, value, word) in [
        ("/state/survival/0", json!(0.5), "survival"),
        ("/state/survival", json!([]), "survival"),
        ("/state/risk/at_risk", json!([1.0]), "risk"),
        ("/state/risk/time/0", json!(3.0), "risk"),
        ("/state/risk/observed/0", json!(433.0), "risk"),
        ("/state/band/level", json!(1.0), "level"),
    ] {
        let message = damaged(&text, pointer, value);
        assert!(message.contains("saved model") && message.contains(word), "{pointer}: {message}");
    }
    let text = SavedModel::from(NelsonAalen::fit(&rossi())).to_json().unwrap();
    assert!(damaged(&text, "/state/variance/0", json!(0.5)).contains("cumulative_hazard"));
}
