//! Models and curves as JSON, and JSON that is none.

use cpm_core::churn::PurchaseRhythm;
use cpm_core::churn::survival::{
    Aft, AftOptions, CoxOptions, CoxPh, DiscreteHazard, DiscreteHazardOptions, Distribution, IntervalScale,
    KaplanMeier, NelsonAalen,
};
use cpm_core::{SavedModel, TimeUnit};
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

#[test]
fn regressions_and_rhythms_come_back_and_are_checked() {
    let x = rossi_covariates();
    let aft = Aft::fit(&rossi(), x.view(), &AftOptions::new().distribution(Distribution::LogNormal)).unwrap();
    let hazard = DiscreteHazard::fit(&rossi(), x.view(), &DiscreteHazardOptions::new()).unwrap();
    let rhythm = PurchaseRhythm::from_params(2, 0.5, 4.0, 0.2, TimeUnit::Week).unwrap();
    let damages = [
        (
            SavedModel::from(aft),
            vec![
                ("/state/theta", json!([1.0, 2.0]), "theta"),
                ("/state/names", json!(["fin"]), "theta"),
                ("/state/covariance/dim", json!([81, 1]), "covariance"),
                ("/state/covariance/data/0", json!(-1.0), "covariance"),
            ],
        ),
        (
            SavedModel::from(hazard),
            vec![
                ("/state/standardised", json!([1.0]), "standardised"),
                ("/state/scale/0", json!(0.0), "scale"),
                ("/state/covariance/dim", json!([49, 1]), "covariance"),
                ("/state/groups", json!([]), "groups"),
                ("/state/groups/1/first", json!(5), "groups"),
                ("/state/groups/0/cross", json!([]), "groups"),
                ("/state/groups/0/diagonal", json!(0.0), "groups"),
            ],
        ),
        (
            SavedModel::from(rhythm),
            vec![
                ("/state/shape", json!(0), "shape"),
                ("/state/alpha", json!(-1.0), "alpha"),
                ("/state/dropout", json!(1.0), "dropout"),
                ("/state/covariance/dim", json!([9, 1]), "covariance"),
            ],
        ),
    ];
    for (saved, damages) in damages {
        let text = saved.to_json().unwrap();
        assert_eq!(SavedModel::from_json(&text).unwrap(), saved);
        for (pointer, value, word) in damages {
            let message = damaged(&text, pointer, value);
            assert!(message.contains("saved model") && message.contains(word), "{pointer}: {message}");
        }
    }
}
