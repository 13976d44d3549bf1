//! Cox's model against lifelines and R.

use cpm_core::churn::survival::{CoxOptions, CoxPh, SurvivalData, TimeTransform};
use ndarray::s;
use serde_json::Value;

use crate::golden::{ROSSI, all_close, close, data, list, lung, optional, reference, rossi, rossi_covariates, untied};

fn fit(data: &SurvivalData, options: &CoxOptions) -> CoxPh {
    CoxPh::fit(data, rossi_covariates().view(), options).unwrap()
}

#[track_caller]
fn same(model: &CoxPh, expected: &Value, tolerance: f64) {
    all_close(model.coefficients().iter().copied(), &list(&expected["coefficients"]), tolerance);
    all_close(model.standard_errors(), &list(&expected["standard_errors"]), tolerance);
    if !model.is_robust() {
        all_close(model.covariance().iter().copied(), &list(&expected["covariance"]), tolerance);
    }
    if let Some(log_likelihood) = expected.get("log_likelihood") {
        close(model.log_likelihood(), log_likelihood, tolerance);
    }
}

#[test]
fn estimates_are_those_of_lifelines() {
    let expected = &reference()["cox"];
    let weights = list(&reference()["data"]["weights"]);
    let entry = list(&reference()["data"]["entry"]);
    let entry_tied: Vec<f64> = data("rossi", "week").iter().zip(&entry).map(|(t, e)| e.min(t - 1.0).floor()).collect();
    let strata: Vec<u32> = data("rossi", "wexp").iter().map(|w| *w as u32).collect();
    let clusters: Vec<u32> = (0..432).map(|i| i / 3).collect();
    let plain = CoxOptions::new;

    let model = fit(&rossi(), &plain().names(&ROSSI));
    same(&model, &expected["rossi"], 1e-9);
    close(model.likelihood_ratio_test().statistic, &expected["rossi"]["likelihood_ratio"], 1e-9);
    let summary = model.summary(0.95).unwrap();
    all_close(summary.iter().map(|c| c.interval.low), &list(&expected["rossi"]["lower"]), 1e-9);
    all_close(summary.iter().map(|c| c.p_value), &list(&expected["rossi"]["p_value"]), 1e-9);
    let concordance = model.concordance(&rossi(), rossi_covariates().view(), None).unwrap();
    close(concordance.index, &expected["rossi"]["concordance"], 1e-12);
    assert!((concordance.standard_error - 0.027).abs() < 5e-4, "{concordance:?}");

    same(&fit(&untied(), &plain()), &expected["untied"], 1e-9);
    same(&fit(&untied(), &plain().robust(true)), &expected["robust"], 1e-9);
    same(&fit(&untied(), &plain().clusters(&clusters)), &expected["clusters"], 1e-9);
    same(&fit(&rossi().with_weights(&weights).unwrap(), &plain()), &expected["weights"], 1e-9);
    same(&fit(&untied().with_weights(&weights).unwrap(), &plain().robust(true)), &expected["robust_weights"], 1e-9);
    same(&fit(&rossi(), &plain().penalty(0.1)), &expected["penalty"], 1e-8);
    same(&fit(&untied().with_entry(&entry).unwrap(), &plain()), &expected["entry"], 1e-9);
    same(&fit(&rossi().with_entry(&entry_tied).unwrap(), &plain()), &expected["entry_tied"], 1e-9);
    let others: Vec<usize> = (0..7).filter(|&j| ROSSI[j] != "wexp").collect();
    let x = rossi_covariates().select(ndarray::Axis(1), &others);
    let model = CoxPh::fit(&rossi(), x.view(), &plain().strata(&strata)).unwrap();
    same(&model, &expected["strata"], 1e-9);
}

#[test]
fn predictions_are_those_of_lifelines() {
    let expected = &reference()["cox"]["untied"];
    let (model, x) = (fit(&untied(), &CoxOptions::new()), rossi_covariates());
    let first = x.slice(s![..20, ..]);
    all_close(model.means().iter().copied(), &list(&expected["mean"]), 1e-12);
    let survival = model.predict_survival(first, None, &list(&expected["times"])).unwrap();
    all_close(survival, &list(&expected["survival"]), 1e-9);
    assert_eq!(model.predict_median(first, None).unwrap(), optional(&expected["median"]));
}

#[test]
fn schoenfeld_residuals_are_those_of_lifelines() {
    let expected = &reference()["cox"]["rossi"];
    let (model, x) = (fit(&rossi(), &CoxOptions::new()), rossi_covariates());
    let found = model.schoenfeld_residuals(&rossi(), x.view(), &CoxOptions::new()).unwrap();
    let mut order: Vec<usize> = (0..found.row.len()).collect();
    order.sort_by_key(|&k| found.row[k]);
    let by_row = |table: &ndarray::Array2<f64>| table.select(ndarray::Axis(0), &order);
    all_close(by_row(&found.residuals), &list(&expected["schoenfeld"]), 1e-9);
    all_close(by_row(&found.scaled), &list(&expected["scaled_schoenfeld"]), 1e-8);
    assert!(found.residuals.sum_axis(ndarray::Axis(0)).iter().all(|s| s.abs() < 1e-9));
}

#[test]
fn printed_output_of_r() {
    let r = &reference()["r"];
    let model = fit(&rossi(), &CoxOptions::new());
    all_close(model.coefficients().iter().copied(), &list(&r["rossi"]["coefficients"]), 5.1e-6);
    all_close(model.standard_errors(), &list(&r["rossi"]["standard_errors"]), 5.1e-6);
    let tests = |model: &CoxPh, expected: &Value| {
        for (name, test) in [
            ("likelihood_ratio", model.likelihood_ratio_test()),
            ("wald", model.wald_test()),
            ("score", model.score_test()),
        ] {
            assert!((test.statistic - expected[name].as_f64().unwrap()).abs() < 5.1e-3, "{name}: {test:?}");
        }
    };
    tests(&model, &r["rossi"]);

    let (set, x) = lung(&["age", "sex"]);
    let model = CoxPh::fit(&set, x.view(), &CoxOptions::new()).unwrap();
    let expected = &r["lung_age_sex"];
    all_close(model.coefficients().iter().copied(), &list(&expected["coefficients"]), 5.1e-7);
    all_close(model.standard_errors(), &list(&expected["standard_errors"]), 5.1e-7);
    tests(&model, expected);
    let concordance = model.concordance(&set, x.view(), None).unwrap();
    assert!((concordance.index - 0.603).abs() < 5e-4 && (concordance.standard_error - 0.025).abs() < 5e-4);

    let (set, x) = lung(&["age", "sex", "wt.loss"]);
    let options = CoxOptions::new().names(&["age", "sex", "wt.loss"]);
    let model = CoxPh::fit(&set, x.view(), &options).unwrap();
    let test = model.proportional_hazards_test(&set, x.view(), &options, TimeTransform::KaplanMeier).unwrap();
    let expected = &r["lung_zph_age_sex_wt.loss"];
    for (name, test) in test.columns.iter().map(|(n, t)| (n.as_str(), t)).chain([("global", &test.global)]) {
        assert!((test.statistic - expected[name].as_f64().unwrap()).abs() < 6e-5, "{name}: {test:?}");
    }
    assert_eq!(test.global.degrees_of_freedom, 3);
}
