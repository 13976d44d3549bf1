use super::*;
use crate::churn::classifier::{BoostingOptions, CalibrationMethod, sigmoid};
use crate::churn::evaluation::Binning;
use crate::numerics::random::SplitMix;

/// Customers whose odds depend on tenure, calls (with a step) and the contract; one feature is noise.
fn simulated(n: usize, seed: u64) -> (Features, Vec<bool>) {
    let mut random = SplitMix::new(seed, 0);
    let mut uniform = move || random.below(1 << 40) as f64 / (1_u64 << 40) as f64;
    let (mut tenure, mut calls, mut noise, mut contract, mut y) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..n {
        let t = 60.0 * uniform();
        let c = (6.0 * uniform()).floor();
        let monthly = uniform() < 0.5;
        let odds = 0.3 - 0.05 * t + if c >= 3.0 { 1.5 } else { 0.0 } + if monthly { 0.8 } else { 0.0 };
        y.push(uniform() < sigmoid(odds));
        tenure.push(if uniform() < 0.05 { f64::NAN } else { t });
        calls.push(c);
        noise.push(uniform());
        contract.push(Some(if monthly { "monthly" } else { "yearly" }));
    }
    let features = Features::new()
        .numeric("tenure", &tenure)
        .and_then(|f| f.numeric("calls", &calls))
        .and_then(|f| f.numeric("noise", &noise))
        .and_then(|f| f.categorical("contract", &contract))
        .unwrap();
    (features, y)
}

fn methods() -> Vec<ClassifierMethod> {
    let mut methods = vec![ClassifierMethod::Logistic];
    if cfg!(feature = "boosting") {
        methods.push(ClassifierMethod::Boosting);
    }
    methods
}

fn small(method: ClassifierMethod) -> ClassifierOptions {
    let boosting = BoostingOptions { trees: 40, learning_rate: 0.2, ..BoostingOptions::default() };
    ClassifierOptions::new().method(method).boosting(boosting)
}

#[test]
fn ranks_and_is_calibrated_on_new_customers() {
    let (features, y) = simulated(1200, 1);
    let (later, truth) = simulated(1200, 2);
    for method in methods() {
        for calibration in
            [None, Some(CalibrationMethod::Platt), Some(CalibrationMethod::Beta), Some(CalibrationMethod::Isotonic)]
        {
            let options = small(method).calibration(calibration).folds(3, 0);
            let model = ChurnClassifier::fit(&features, &y, &options).unwrap();
            let scored = ScoredCustomers::new(&truth, &model.predict(&later).unwrap()).unwrap();
            let auc = scored.auc().unwrap().value;
            assert!(auc > 0.76, "{method:?} {calibration:?} {auc}");
            let error = scored.calibration_error(Binning::Quantile, 10).unwrap();
            assert!(error.expected < 2.5 * error.by_chance, "{method:?} {calibration:?} {error:?}");
            // The same again is the same.
            assert_eq!(model, ChurnClassifier::fit(&features, &y, &options).unwrap());
        }
    }
}

#[test]
fn class_weights_shift_scores_and_calibration_brings_them_back() {
    let (features, y) = simulated(1200, 3);
    let rate = y.iter().filter(|y| **y).count() as f64 / 1200.0;
    let mean = |m: &ChurnClassifier| m.predict(&features).unwrap().iter().sum::<f64>() / 1200.0;
    for method in methods() {
        let options = small(method).class_weights(1.0, 5.0);
        let shifted = ChurnClassifier::fit(&features, &y, &options).unwrap();
        assert!(mean(&shifted) > rate + 0.15, "{method:?}");
        let options = options.calibration(Some(CalibrationMethod::Platt));
        let calibrated = ChurnClassifier::fit(&features, &y, &options).unwrap();
        assert!((mean(&calibrated) - rate).abs() < 0.03, "{method:?} {}", mean(&calibrated));
    }
}

#[test]
fn contributions_add_up_and_reasons_say_so() {
    let (features, y) = simulated(800, 4);
    for method in methods() {
        let model = ChurnClassifier::fit(&features, &y, &small(method)).unwrap();
        let parts = model.contributions(&features).unwrap();
        assert_eq!(parts.dim(), (4, 800));
        for (row, p) in model.predict(&features).unwrap().iter().enumerate() {
            let odds = parts.column(row).sum() + model.baseline();
            // The trees add up in single precision.
            assert!((sigmoid(odds) - p).abs() < 1e-4, "{method:?} {row} {p} {}", sigmoid(odds));
        }
        let reasons = model.reasons(&features, 3).unwrap();
        assert!(reasons.iter().all(|r| r.len() == 3 && r.iter().all(|text| text.contains("odds of churn"))));
        // The first reason is the strongest, and it is hardly ever the noise.
        let noisy = reasons.iter().filter(|r| r[0].starts_with("noise")).count();
        assert!(noisy < 40, "{method:?} {noisy}");
        let importance = model.permutation_importance(&features, &y, 3, 0, 0.95).unwrap();
        assert_eq!(importance.len(), 4);
        assert_ne!(importance[0].feature, "noise");
        assert!(importance[0].loss.interval.low > 0.02, "{importance:?}");
        assert!(model.permutation_importance(&features, &y, 1, 0, 0.95).is_err());
    }
}

#[test]
fn cross_validation_judges_every_row_without_having_seen_it() {
    let (features, y) = simulated(600, 5);
    let options = small(ClassifierMethod::Logistic).folds(3, 7);
    let (rows, p) = ChurnClassifier::cross_validate(&features, &y, &options).unwrap();
    let mut sorted = rows.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..600).collect::<Vec<_>>());
    let truth: Vec<bool> = rows.iter().map(|&i| y[i]).collect();
    assert!(ScoredCustomers::new(&truth, &p).unwrap().auc().unwrap().value > 0.7);
    // By time: the first block is never judged.
    let times: Vec<f64> = (0..600).map(|i| f64::from(i / 150)).collect();
    let (rows, _) = ChurnClassifier::cross_validate(&features, &y, &options.clone().times(&times, 1.0)).unwrap();
    assert_eq!(rows, (150..600).collect::<Vec<_>>());
    let calibrated = options.times(&times, 1.0).calibration(Some(CalibrationMethod::Platt));
    assert!(ChurnClassifier::fit(&features, &y, &calibrated).is_ok());
}

#[test]
fn saved_and_read_again() {
    let (features, y) = simulated(300, 6);
    for method in methods() {
        let options = small(method).calibration(Some(CalibrationMethod::Isotonic)).folds(2, 0);
        let model = ChurnClassifier::fit(&features, &y, &options).unwrap();
        let text = serde_json::to_string(&model).unwrap();
        let again: ChurnClassifier = serde_json::from_str(&text).unwrap();
        assert_eq!(model, again);
        assert_eq!(model.predict(&features).unwrap(), again.predict(&features).unwrap());
        again.check().unwrap();
    }
}

#[cfg(feature = "boosting")]
#[test]
fn options_of_trees_are_checked() {
    let (features, y) = simulated(300, 7);
    let options = small(ClassifierMethod::Boosting);
    let wrong = |options: ClassifierOptions| ChurnClassifier::fit(&features, &y, &options).unwrap_err().to_string();
    assert!(wrong(options.clone().boosting(BoostingOptions { trees: 0, ..Default::default() })).contains("trees"));
    let constant = Features::new().numeric("x", &[1.0; 4]).unwrap();
    // Trees take no notice of a column that says nothing.
    let flat = ChurnClassifier::fit(&constant, &[true, false, true, false], &options).unwrap();
    assert_eq!(flat.predict(&constant).unwrap(), [0.5; 4]);
    assert!(wrong(options.boosting(BoostingOptions { subsample: 0.0, ..Default::default() })).contains("subsample"));
}
