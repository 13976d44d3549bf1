//! Measures against scikit-learn and SciPy (`tests/golden/evaluation.py` writes the file), and what must hold always.

use proptest::prelude::*;
use serde_json::Value;

use super::super::*;
use crate::golden::Row;

pub(crate) fn golden() -> Value {
    serde_json::from_str(include_str!("../../../tests/golden/evaluation.json")).unwrap()
}

pub(crate) fn churned(case: &Row<'_>) -> Vec<bool> {
    case.list("y").iter().map(|y| *y == 1.0).collect()
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found} {expected}");
}

fn all_close(found: impl Iterator<Item = f64>, expected: Vec<f64>) {
    let found: Vec<f64> = found.collect();
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).for_each(|(f, e)| close(*f, e));
}

#[test]
fn equal_to_scikit_learn_with_ties_and_weights() {
    for case in golden()["cases"].as_array().unwrap().iter().map(Row) {
        let (y, p) = (churned(&case), case.list("p"));
        let scored = ScoredCustomers::weighted(&y, &p, &case.list("w")).unwrap();
        close(scored.auc().unwrap().value, case.get("auc"));
        close(scored.average_precision(0.95).unwrap().value, case.get("average_precision"));
        close(scored.log_loss(0.95).unwrap().value, case.get("log_loss"));
        close(scored.spiegelhalter().unwrap().z, case.get("spiegelhalter"));
        for bins in [None, Some(1), Some(7), Some(50)] {
            let b = scored.brier(bins).unwrap();
            close(b.score, case.get("brier"));
            let parts = b.reliability - b.resolution + b.uncertainty + b.within_bin_variance - b.within_bin_covariance;
            close(parts, b.score);
        }
        let curve = scored.roc_curve().unwrap();
        let roc = Row(&case.0["roc"]);
        all_close(curve.iter().map(|p| p.false_positive_rate), roc.list("fpr"));
        all_close(curve.iter().map(|p| p.true_positive_rate), roc.list("tpr"));
        all_close(curve.iter().map(|p| p.threshold), roc.list("threshold"));
        if case.0.get("auc_error").is_some() {
            close(scored.auc().unwrap().standard_error.unwrap(), case.get("auc_error"));
            let second = Row(&case.0["second"]);
            let (difference, test) = auc_difference(&y, &p, &second.list("p"), 0.95).unwrap();
            close(difference.value, second.get("difference"));
            close(test.statistic, (second.get("difference") / second.get("error")).powi(2));
            for (name, binning) in [("uniform", Binning::EqualWidth), ("quantile", Binning::Quantile)] {
                let curve = scored.calibration_curve(binning, 7, 0.95).unwrap();
                let expected = Row(&case.0[name]);
                all_close(curve.iter().map(|b| b.observed), expected.list("observed"));
                all_close(curve.iter().map(|b| b.predicted), expected.list("predicted"));
                assert_eq!(curve.iter().map(|b| b.customers).sum::<usize>(), y.len());
            }
        }
    }
    let drift = &golden()["drift"];
    let drift = Row(drift);
    let test = kolmogorov_smirnov(&drift.list("reference"), &drift.list("current")).unwrap();
    close(test.statistic, drift.get("statistic"));
    close(test.at, drift.get("at"));
    close(test.p_value, drift.get("p_value"));
}

#[test]
fn lift_by_hand() {
    // Eight customers, four churn; the two best of four scores tie across the edge of the first quarter.
    let y = [true, true, false, true, false, false, true, false];
    let scores = [0.9, 0.8, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3];
    let scored = ScoredCustomers::new(&y, &scores).unwrap();
    let table = scored.lift_table(4, 0.95).unwrap();
    all_close(table.iter().map(|b| b.churned), vec![1.5, 1.5, 0.0, 1.0]);
    all_close(table.iter().map(|b| b.cumulative_gain), vec![0.375, 0.75, 0.75, 1.0]);
    all_close(table.iter().map(|b| b.lift), vec![1.5, 1.5, 0.0, 1.0]);
    all_close(table.iter().map(|b| b.threshold), vec![0.8, 0.7, 0.5, 0.3]);
    let top = scored.lift(0.25, 0.95).unwrap();
    close(top.value, 1.5);
    assert!(top.interval.low < 1.5 && top.interval.high > 1.5 && top.interval.high <= 2.0);
    close(scored.lift(1.0, 0.95).unwrap().value, 1.0);
}

#[test]
fn calibrated_scores_have_the_error_of_chance() {
    // Every probability right by construction: 100 rows at each, of which so many churn.
    let p: Vec<f64> = (0..1000).map(|i| f64::from(i / 100) / 10.0 + 0.05).collect();
    let y: Vec<bool> = (0..1000).map(|i| i % 100 < (i / 100) * 10 + 5).collect();
    let scored = ScoredCustomers::new(&y, &p).unwrap();
    let error = scored.calibration_error(Binning::EqualWidth, 10).unwrap();
    assert!(error.expected < 1e-12 && error.maximum < 1e-12, "{error:?}");
    // sqrt(2/π · p(1-p)/100), averaged over the ten bins.
    let chance = (0..10)
        .map(|k| f64::from(k) / 10.0 + 0.05)
        .map(|p| (2.0 / std::f64::consts::PI * p * (1.0 - p) / 100.0).sqrt());
    close(error.by_chance, chance.sum::<f64>() / 10.0);
    assert!(scored.spiegelhalter().unwrap().p_value > 0.99);
}

#[test]
fn the_interval_of_the_auc_covers() {
    // Scores normal with shift 1: the AUC is Φ(1/√2).
    let expected = 0.760_249_938_906_523_6;
    let mut random = crate::numerics::random::SplitMix::new(7, 0);
    let mut uniform = || (random.below(1 << 52) as f64 + 0.5) / (1_u64 << 52) as f64;
    let mut covered = 0;
    for _ in 0..400 {
        let y: Vec<bool> = (0..120).map(|i| i % 3 == 0).collect();
        let scores: Vec<f64> = y
            .iter()
            .map(|y| crate::numerics::distribution::normal_quantile(uniform()) + f64::from(u8::from(*y)))
            .collect();
        let auc = ScoredCustomers::new(&y, &scores).unwrap().auc().unwrap().estimate(0.9).unwrap();
        covered += usize::from(auc.interval.low <= expected && expected <= auc.interval.high);
    }
    // Binomial(400, 0.9) has standard deviation 6.
    assert!((340..=380).contains(&covered), "{covered}");
}

#[test]
fn bad_input_is_named() {
    let message = |result: crate::Result<ScoredCustomers>| result.unwrap_err().to_string();
    assert!(message(ScoredCustomers::new(&[], &[])).contains("empty"));
    assert!(message(ScoredCustomers::new(&[true], &[0.1, 0.2])).contains("y_true"));
    assert!(message(ScoredCustomers::new(&[true, false], &[0.1, f64::NAN])).contains("row 1"));
    assert!(message(ScoredCustomers::weighted(&[true, false], &[0.1, 0.2], &[1.0, -1.0])).contains("weights"));
    assert!(message(ScoredCustomers::weighted(&[true], &[0.1], &[0.0])).contains("weight above 0"));
    let one_class = ScoredCustomers::new(&[true, true], &[0.1, 0.2]).unwrap();
    assert!(one_class.auc().unwrap_err().to_string().contains("nobody stayed"));
    assert!(one_class.expected_maximum_profit(&EmpcOptions::new(), 0.95).is_err());
    assert!(one_class.log_loss(0.95).is_ok() && one_class.log_loss(1.0).is_err());
    let margins = ScoredCustomers::new(&[true, false], &[1.5, -0.5]).unwrap();
    assert_eq!(margins.auc().unwrap().value, 1.0);
    assert!(margins.brier(None).unwrap_err().to_string().contains("row 0"));
    assert!(margins.lift_table(3, 0.95).is_err() && margins.lift(0.0, 0.95).is_err());
    assert!(population_stability(&[0.1], &[], 10).is_err() && population_stability(&[0.1], &[0.2], 1).is_err());
    assert!(kolmogorov_smirnov(&[f64::INFINITY], &[0.1]).is_err());
    // Certainties that fail cost a lot, not infinitely much.
    let sure = ScoredCustomers::new(&[true, false], &[0.0, 1.0]).unwrap();
    close(sure.log_loss(0.95).unwrap().value, -f64::EPSILON.ln());
}

#[test]
fn stability_by_hand() {
    let reference = [1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0, 4.0];
    let current = [1.0, 2.0, 3.0, 3.0, 4.0, 4.0, 4.0, 4.0];
    let psi = population_stability(&reference, &current, 4).unwrap();
    assert_eq!((psi.reference.clone(), psi.current.clone()), (vec![2, 2, 2, 2], vec![1, 1, 2, 4]));
    let expected = 2.0 * (0.125 - 0.25) * f64::ln(0.5) + 0.25 * f64::ln(2.0);
    close(psi.index, expected);
    close(psi.test.statistic, 4.0 * expected);
    assert_eq!(psi.test.degrees_of_freedom, 3);
    assert_eq!(psi.to_table().unwrap().rows(), 4);
    // One value only: one bin, nothing to compare.
    assert_eq!(population_stability(&[1.0; 5], &[1.0; 3], 10).unwrap().index, 0.0);
}

proptest! {
    #[test]
    fn no_measure_depends_on_the_order_of_rows(
        rows in prop::collection::vec((any::<bool>(), 0_u8..8, 1_u8..4), 4..40), shift in 0_usize..40,
    ) {
        let take = |rows: &[(bool, u8, u8)]| {
            let y: Vec<bool> = rows.iter().map(|r| r.0).collect();
            let p: Vec<f64> = rows.iter().map(|r| f64::from(r.1) / 8.0).collect();
            let w: Vec<f64> = rows.iter().map(|r| f64::from(r.2) / 3.0).collect();
            ScoredCustomers::weighted(&y, &p, &w).unwrap()
        };
        let mut turned = rows.clone();
        turned.rotate_left(shift % rows.len());
        let (a, b) = (take(&rows), take(&turned));
        prop_assert_eq!(a.brier(None).unwrap(), b.brier(None).unwrap());
        prop_assert_eq!(a.spiegelhalter().unwrap(), b.spiegelhalter().unwrap());
        if a.churned > 0.0 && a.stayed > 0.0 {
            prop_assert_eq!(a.auc().unwrap(), b.auc().unwrap());
            prop_assert_eq!(a.lift_table(4, 0.95).unwrap(), b.lift_table(4, 0.95).unwrap());
            let options = EmpcOptions::new();
            let (x, y) = (a.expected_maximum_profit(&options, 0.95).unwrap(), b.expected_maximum_profit(&options, 0.95).unwrap());
            prop_assert_eq!(x, y);
            // Opposite scores rank oppositely.
            let (yy, pp): (Vec<bool>, Vec<f64>) = rows.iter().map(|r| (r.0, -f64::from(r.1))).unzip();
            let (up, down) = (
                ScoredCustomers::new(&yy, &pp).unwrap().auc().unwrap().value,
                ScoredCustomers::new(&yy, &pp.iter().map(|p| -p).collect::<Vec<_>>()).unwrap().auc().unwrap().value,
            );
            prop_assert!((up + down - 1.0).abs() < 1e-12);
        }
    }
}
