//! What cannot be answered gets an error that says where and what to do.

use cpm_core::Error;
use cpm_core::churn::survival::{
    CoxOptions, CoxPh, KaplanMeier, LogRankWeights, NelsonAalen, SurvivalData, TimeTransform, brier_score,
    concordance_index, cumulative_dynamic_auc, log_rank_test,
};
use ndarray::{Array2, arr2};

use crate::golden::{rossi, rossi_covariates};

#[track_caller]
fn says<T: std::fmt::Debug>(result: Result<T, Error>, words: &[&str]) {
    let text = result.unwrap_err().to_string();
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}

fn four() -> SurvivalData {
    SurvivalData::new(&[1.0, 2.0, 3.0, 4.0], &[true, true, false, true]).unwrap()
}

#[test]
fn data() {
    says(SurvivalData::new(&[], &[]), &["empty"]);
    says(SurvivalData::new(&[1.0], &[]), &["events", "0 rows"]);
    for (bad, text) in [(-1.0, "-1"), (f64::NAN, "NaN"), (f64::INFINITY, "inf")] {
        says(SurvivalData::new(&[1.0, bad], &[true, true]), &["durations", "row 1", text]);
    }
    says(four().with_entry(&[0.0, 0.0, 3.0, 0.0]), &["entry", "row 2", "3"]);
    says(four().with_entry(&[0.0, f64::NAN, 0.0, 0.0]), &["entry", "row 1"]);
    says(four().with_weights(&[1.0, 1.0, -1.0, 1.0]), &["weights", "row 2", "-1"]);
    says(four().with_weights(&[0.0; 4]), &["weight above 0"]);
    says(four().with_weights(&[1.0]), &["weights", "1 rows"]);
}

#[test]
fn curves() {
    let curve = KaplanMeier::fit(&four());
    says(curve.survival_at(&[4.5]), &["times", "4.5", "4"]);
    says(curve.survival_at(&[-1.0]), &["times", "-1"]);
    says(curve.survival_at(&[f64::NAN]), &["times", "NaN"]);
    says(curve.quantile(1.0), &["probability"]);
    says(curve.clone().with_level(0.0), &["level"]);
    says(NelsonAalen::fit(&four()).cumulative_hazard_at(&[5.0]), &["times"]);
    says(curve.restricted_mean(0.0), &["horizon"]);
    // S has reached 0, so the mean is known beyond the last time; where it has not, it is not.
    assert_eq!(curve.restricted_mean(9.0).unwrap().value, curve.restricted_mean(4.0).unwrap().value);
    let censored = KaplanMeier::fit(&SurvivalData::new(&[1.0, 2.0], &[true, false]).unwrap());
    says(censored.restricted_mean(3.0), &["horizon", "2"]);

    // Nobody leaves: a curve at 1, without median.
    let nobody = KaplanMeier::fit(&SurvivalData::new(&[1.0, 2.0], &[false, false]).unwrap());
    assert_eq!((nobody.survival(), nobody.median().value), (&[1.0, 1.0][..], None));
    assert!(nobody.intervals().iter().all(|i| i.low == 1.0 && i.high == 1.0));
    // Everybody leaves at time 0: no number is NaN.
    let at_once = KaplanMeier::fit(&SurvivalData::new(&[0.0, 0.0], &[true, true]).unwrap());
    assert_eq!((at_once.survival(), at_once.standard_errors()), (&[0.0][..], vec![0.0]));
    assert_eq!((at_once.intervals()[0].low, at_once.intervals()[0].high), (0.0, 1.0));
}

#[test]
fn groups_and_scores() {
    says(log_rank_test(&four(), &[1; 4], LogRankWeights::LogRank), &["only one group"]);
    says(log_rank_test(&four(), &[1; 3], LogRankWeights::LogRank), &["groups", "3 rows"]);
    let none = SurvivalData::new(&[1.0, 2.0], &[false, false]).unwrap();
    says(log_rank_test(&none, &[0, 1], LogRankWeights::LogRank), &["no event"]);
    let negative = LogRankWeights::FlemingHarrington { p: -1.0, q: 0.0 };
    says(log_rank_test(&four(), &[0, 0, 1, 1], negative), &["p = -1"]);
    says(concordance_index(&none, &[1.0, 2.0]), &["no two rows"]);
    says(concordance_index(&four(), &[1.0, 2.0, f64::NAN, 1.0]), &["predicted_scores", "row 2"]);

    let half = Array2::from_elem((4, 2), 0.5);
    says(brier_score(&four(), &four(), &[2.0, 1.0], half.view()), &["ascend"]);
    says(brier_score(&four(), &four(), &[1.0], half.view()), &["2 columns"]);
    says(brier_score(&four(), &four(), &[1.0, 9.0], half.view()), &["times", "9"]);
    says(
        brier_score(&four(), &four(), &[1.0, 2.0], Array2::from_elem((4, 2), 1.5).view()),
        &["row 0", "1.5 at time 1"],
    );
    let late = four().with_entry(&[0.0; 4]).unwrap();
    says(brier_score(&four(), &late, &[1.0, 2.0], half.view()), &["entry"]);
    let censored = SurvivalData::new(&[1.0, 2.0, 2.0], &[true, false, false]).unwrap();
    let half = Array2::from_elem((3, 1), 0.5);
    says(brier_score(&censored, &censored, &[2.0], half.view()), &["nobody", "earlier"]);
}

#[test]
fn dynamic_auc() {
    let risk = arr2(&[[4.0], [3.0], [2.0], [1.0]]);
    let auc =
        |data: &SurvivalData, times: &[f64], risk: &Array2<f64>| cumulative_dynamic_auc(data, data, times, risk.view());
    says(auc(&four(), &[1.0], &arr2(&[[1.0]])), &["risk", "1 rows"]);
    says(auc(&four(), &[], &risk), &["0 times"]);
    says(auc(&four(), &[1.0, 2.0, 3.0], &Array2::zeros((4, 2))), &["3 times", "2 columns"]);
    says(auc(&four(), &[2.0, 1.0], &risk), &["ascend"]);
    says(auc(&four(), &[0.5], &risk), &["0.5", "nobody", "later times"]);
    says(auc(&four(), &[9.0], &risk), &["9", "nothing is known beyond"]);
    says(auc(&four(), &[f64::NAN], &risk), &["NaN"]);
    says(auc(&four(), &[4.0], &risk), &["4", "earlier"]);
    says(auc(&four(), &[1.0], &arr2(&[[1.0], [f64::NAN], [0.0], [0.0]])), &["risk", "row 1", "NaN"]);
    says(auc(&four().with_entry(&[0.0; 4]).unwrap(), &[1.0], &risk), &["entry"]);
    let censored = SurvivalData::new(&[1.0, 2.0, 3.0, 4.0], &[false; 4]).unwrap();
    says(auc(&censored, &[2.0], &risk), &["nobody in `test` has left"]);
    says(auc(&four(), &[2.0], &risk).unwrap().estimates(1.0), &["level"]);
    // One score for all is chance, and has no error.
    let alike = auc(&four(), &[2.0], &Array2::zeros((4, 1))).unwrap();
    assert_eq!((alike.auc[0], alike.mean, alike.standard_error[0]), (0.5, 0.5, 0.0));
}

#[test]
fn cox() {
    let (x, options) = (arr2(&[[1.0, 5.0], [0.5, 4.0], [0.0, 7.0], [2.0, 5.5]]), CoxOptions::new());
    let fit = |x: &Array2<f64>, options: &CoxOptions| CoxPh::fit(&four(), x.view(), options);
    says(fit(&arr2(&[[1.0], [2.0]]), &options), &["covariates", "2 rows"]);
    says(fit(&Array2::zeros((4, 0)), &options), &["empty"]);
    let mut missing = x.clone();
    missing[(2, 1)] = f64::NAN;
    says(fit(&missing, &CoxOptions::new().names(&["age", "spend"])), &["row 2", "spend = NaN"]);
    says(fit(&x, &CoxOptions::new().names(&["age"])), &["names", "2 columns"]);
    says(fit(&x, &CoxOptions::new().names(&["age", "age"])), &["names = age", "two columns"]);
    says(fit(&x, &CoxOptions::new().strata(&[0, 1])), &["strata", "2 rows"]);
    says(fit(&x, &CoxOptions::new().penalty(-1.0)), &["penalty"]);
    let mut constant = x.clone();
    constant.column_mut(0).fill(3.0);
    says(fit(&constant, &options), &["`x0`", "same value, 3"]);
    let none = SurvivalData::new(&[1.0, 2.0, 3.0, 4.0], &[false; 4]).unwrap();
    says(CoxPh::fit(&none, x.view(), &options), &["no event"]);

    // Whoever leaves first has the larger value, always: the estimate would be infinite.
    let separated = arr2(&[[4.0], [3.0], [2.0], [1.0]]);
    says(fit(&separated, &options), &["x0", "separate", "penalty"]);
    // The same where rows lie so near to one another that the search ends at its bound.
    let many: Vec<f64> = (0..400).map(|i| (0.37 * f64::from(i)).sin() + 2.0).collect();
    let orderly = Array2::from_shape_vec((400, 1), many.iter().map(|t| -t).collect()).unwrap();
    let all = SurvivalData::new(&many, &[true; 400]).unwrap();
    says(CoxPh::fit(&all, orderly.view(), &CoxOptions::new()), &["x0", "separate", "penalty"]);
    let penalised = fit(&separated, &CoxOptions::new().penalty(0.1)).unwrap();
    assert!(penalised.coefficients()[0] > 0.0 && penalised.standard_errors()[0].is_finite());
    // A column that is the sum of two others.
    let mut dependent = rossi_covariates();
    let sum = &dependent.column(1) + &dependent.column(6);
    dependent.column_mut(0).assign(&sum);
    says(CoxPh::fit(&rossi(), dependent.view(), &options), &["x0, x1, x6", "dependent"]);

    let x = rossi_covariates();
    let strata: Vec<u32> = (0..432).map(|i| i % 2).collect();
    let options = CoxOptions::new().strata(&strata);
    let model = CoxPh::fit(&rossi(), x.view(), &options).unwrap();
    says(model.predict_survival(x.view(), None, &[10.0]), &["strata"]);
    says(model.predict_survival(x.view(), Some(&[9; 432]), &[10.0]), &["strata", "9"]);
    says(model.predict_survival(x.view(), Some(&strata), &[60.0]), &["times", "60", "52"]);
    says(model.predict_log_partial_hazard(arr2(&[[1.0]]).view()), &["1 columns", "7"]);
    says(model.predict_partial_hazard(Array2::from_elem((1, 7), 1e6).view()), &["row 0", "far from the data"]);
    says(model.summary(1.0), &["level"]);
    let ridge = CoxOptions::new().penalty(0.1);
    let model = CoxPh::fit(&rossi(), x.view(), &ridge).unwrap();
    says(model.proportional_hazards_test(&rossi(), x.view(), &ridge, TimeTransform::Rank), &["penalty"]);
}
