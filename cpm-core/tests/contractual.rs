//! Contractual and discrete-time models as a user of the crate meets them: fit, save, load, answer.
#![allow(clippy::unwrap_used)]

use cpm_core::clv::{Cohort, ContractualProcess, OpportunityHistories, Renewals};
use cpm_core::{BetaDiscreteWeibull, BgBb, ContractualModel, FitOptions, SavedModel, ShiftedBetaGeometric};

fn renewals() -> Renewals {
    Renewals::from_cohorts(&[
        Cohort::new(&[1000.0, 869.0, 743.0, 653.0, 593.0, 551.0]),
        Cohort::new(&[800.0, 699.0, 590.0]),
    ])
    .unwrap()
}

fn donors() -> OpportunityHistories {
    let (x, t_x) = ([0, 1, 1, 2, 3, 4, 6], [0, 1, 6, 4, 6, 5, 6]);
    let weights = [346.0, 109.0, 30.0, 40.0, 60.0, 35.0, 120.0];
    OpportunityHistories::new(&x, &t_x, &[6; 7]).unwrap().with_weights(&weights).unwrap()
}

#[test]
fn models_survive_saving() {
    let sbg = ShiftedBetaGeometric::fit(&renewals(), &FitOptions::new()).unwrap();
    let bdw = BetaDiscreteWeibull::fit(&renewals(), &FitOptions::new()).unwrap();
    let bg_bb = BgBb::fit(&donors(), &FitOptions::new()).unwrap();
    for model in [SavedModel::from(sbg), SavedModel::from(bdw), SavedModel::from(bg_bb)] {
        let text = model.to_json().unwrap();
        assert_eq!(SavedModel::from_json(&text).unwrap(), model);
    }
}

#[test]
fn damaged_files_are_refused() {
    let sbg = ShiftedBetaGeometric::fit(&renewals(), &FitOptions::new()).unwrap();
    let text = SavedModel::from(sbg.clone()).to_json().unwrap();
    let mut file: serde_json::Value = serde_json::from_str(&text).unwrap();
    file["state"]["alpha"] = (-1.0).into();
    assert!(SavedModel::from_json(&file.to_string()).unwrap_err().to_string().contains("alpha"));
    // A covariance of another size would be an index out of range in the first interval.
    let mut file: serde_json::Value = serde_json::from_str(&text).unwrap();
    file["state"]["fit"]["covariance_log"] = serde_json::json!({"v": 1, "dim": [1, 1], "data": [1.0]});
    assert!(SavedModel::from_json(&file.to_string()).unwrap_err().to_string().contains("covariance_log"));
    let mut file: serde_json::Value = serde_json::from_str(&text).unwrap();
    file["model"] = "BetaDiscreteWeibull".into();
    assert!(SavedModel::from_json(&file.to_string()).is_err());
}

#[test]
fn models_work_behind_one_trait() {
    let sbg = ShiftedBetaGeometric::fit(&renewals(), &FitOptions::new()).unwrap();
    let bdw = BetaDiscreteWeibull::fit(&renewals(), &FitOptions::new()).unwrap();
    let models: Vec<Box<dyn ContractualProcess>> = vec![Box::new(sbg), Box::new(bdw)];
    // The later observed share of year 12 was 39.4 %; duration dependence is significant, and sBG too low.
    let survival: Vec<_> = models.iter().map(|m| m.survival(12, 0.95).unwrap()).collect();
    assert!(survival[0].interval.high < 0.394);
    assert!(survival[1].interval.low < 0.394 && 0.394 < survival[1].interval.high);
    let aic: Vec<f64> = models.iter().map(|m| m.fit_report().unwrap().aic()).collect();
    assert!(aic[1] < aic[0]);
}
