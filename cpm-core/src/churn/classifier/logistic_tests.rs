//! Against statsmodels and scikit-learn (`tests/golden/logistic.py` writes the file), finite differences, and bad input.

use serde_json::Value;

use super::rows::{Rows, Standardised};
use super::*;
use crate::golden::Row;
use crate::numerics::random::SplitMix;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../tests/golden/logistic.json")).unwrap()
}

fn data(golden: &Value) -> (Features, Vec<bool>, Vec<f64>) {
    let data = Row(&golden["data"]);
    let plan: Vec<Option<&str>> = data.0["plan"].as_array().unwrap().iter().map(Value::as_str).collect();
    let features = ["tenure", "charge", "calls"]
        .iter()
        .try_fold(Features::new(), |features, name| features.numeric(name, &data.list(name)))
        .and_then(|features| features.categorical("plan", &plan))
        .unwrap();
    (features, data.list("y").iter().map(|y| *y == 1.0).collect(), data.list("w"))
}

fn fitted(options: &LogisticOptions) -> (LogisticRegression, Vec<f64>) {
    let (features, y, _) = data(&golden());
    let model = LogisticRegression::fit(&features, &y, options).unwrap();
    let all = std::iter::once(model.intercept).chain(model.coefficients.clone()).collect();
    (model, all)
}

#[track_caller]
fn close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() <= tolerance * e.abs().max(1.0), "{found:?} {expected:?}");
    }
}

#[test]
fn equal_to_statsmodels() {
    let golden = golden();
    let expected = Row(&golden["plain"]);
    let (model, all) = fitted(&LogisticOptions::new());
    close(&all, &expected.list("coefficients"), 1e-9);
    let summary = model.summary(0.95).unwrap();
    close(&summary.iter().map(|r| r.standard_error.unwrap()).collect::<Vec<_>>(), &expected.list("errors"), 1e-9);
    close(&summary.iter().map(|r| r.p_value.unwrap()).collect::<Vec<_>>(), &expected.list("p_values"), 1e-9);
    let intervals: Vec<[f64; 2]> = serde_json::from_value(expected.0["intervals"].clone()).unwrap();
    for (row, [low, high]) in summary.iter().zip(intervals) {
        close(&[row.interval.unwrap().low, row.interval.unwrap().high], &[low, high], 1e-9);
    }
    close(&[model.log_likelihood], &[expected.get("log_likelihood")], 1e-12);
    // statsmodels fits the null model loosely; ours is in closed form.
    close(&[model.log_likelihood_null], &[expected.get("log_likelihood_null")], 1e-9);
    let (robust, _) = fitted(&LogisticOptions::new().robust(true));
    let errors: Vec<f64> = robust.summary(0.95).unwrap().iter().map(|r| r.standard_error.unwrap()).collect();
    close(&errors, &expected.list("robust_errors"), 1e-8);
}

#[test]
fn weights_are_frequencies() {
    let golden = golden();
    let (features, y, w) = data(&golden);
    let (weighted, all) = fitted(&LogisticOptions::new().weights(&w));
    let expected = Row(&golden["weighted"]);
    close(&all, &expected.list("coefficients"), 1e-9);
    let errors = |m: &LogisticRegression| -> Vec<f64> {
        m.summary(0.95).unwrap().iter().map(|r| r.standard_error.unwrap()).collect()
    };
    close(&errors(&weighted), &expected.list("errors"), 1e-8);
    let rows: Vec<usize> = (0..y.len()).flat_map(|i| std::iter::repeat_n(i, w[i] as usize)).collect();
    let repeated: Vec<bool> = rows.iter().map(|&i| y[i]).collect();
    let repeated = LogisticRegression::fit(&features.take(&rows), &repeated, &LogisticOptions::new()).unwrap();
    close(&errors(&repeated), &errors(&weighted), 1e-8);
}

#[test]
fn equal_to_scikit_learn_with_penalty() {
    let golden = golden();
    let expected = Row(&golden);
    let raw = LogisticOptions::new().standardize(false);
    close(&fitted(&raw.clone().penalty(10.0)).1, &expected.list("ridge"), 1e-7);
    close(&fitted(&raw.clone().penalty(10.0).balanced(true)).1, &expected.list("balanced"), 1e-7);
    // There the columns were divided by their standard deviation before.
    let scale = expected.list("scale");
    for (name, penalty, ratio) in [("lasso", 5.0, 1.0), ("net", 20.0, 0.5)] {
        let (model, all) = fitted(&LogisticOptions::new().penalty(penalty).l1_ratio(ratio));
        let per_sd: Vec<f64> =
            all.iter().enumerate().map(|(j, b)| if j == 0 { *b } else { b * scale[j - 1] }).collect();
        close(&per_sd, &expected.list(name), 1e-7);
        assert_eq!(model.coefficients[4], 0.0);
        assert!(model.covariance().is_none() && model.summary(0.95).unwrap()[1].p_value.is_none());
    }
}

#[test]
fn without_an_l1_part_both_methods_agree() {
    let (_, newton) = fitted(&LogisticOptions::new().penalty(3.0));
    let (_, descent) = fitted(&LogisticOptions::new().penalty(3.0).l1_ratio(1e-14));
    close(&newton, &descent, 1e-8);
}

#[test]
fn derivatives_by_differences() {
    let mut random = SplitMix::new(1, 0);
    let mut uniform = || random.below(1 << 40) as f64 / (1_u64 << 40) as f64;
    let n = 700;
    for weighted in [false, true] {
        let rows = Rows {
            x: (0..3).map(|_| Standardised::plain((0..n).map(|_| 2.0 * uniform() - 1.0).collect())).collect(),
            churned: (0..n).map(|_| uniform() < 0.3).collect(),
            weight: weighted.then(|| (0..n).map(|_| uniform()).collect()),
            total_weight: 10.0,
        };
        let beta = [0.3, -0.5, 1.2, 0.1];
        let at = rows.evaluate(&beta);
        let h = 1e-5;
        for j in 0..4 {
            let moved = |step: f64| {
                let mut b = beta;
                b[j] += step;
                rows.evaluate(&b)
            };
            let (up, down) = (moved(h), moved(-h));
            assert!((at.gradient[j] - (up.value - down.value) / (2.0 * h)).abs() < 1e-7);
            for k in 0..4 {
                let slope = (up.gradient[k] - down.gradient[k]) / (2.0 * h);
                assert!((at.hessian[(j, k)] - slope).abs() < 1e-7, "{j} {k}");
            }
        }
    }
}

#[test]
fn recovers_parameters() {
    let mut random = SplitMix::new(2, 0);
    let mut uniform = || random.below(1 << 40) as f64 / (1_u64 << 40) as f64;
    let (mut a, mut b, mut y) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..20_000 {
        let (x, z) = (4.0 * uniform() - 2.0, 10.0 * uniform());
        y.push(uniform() < sigmoid(-1.0 + 0.8 * x - 0.2 * z));
        a.push(x);
        b.push(z);
    }
    let features = Features::new().numeric("a", &a).unwrap().numeric("b", &b).unwrap();
    let model = LogisticRegression::fit(&features, &y, &LogisticOptions::new()).unwrap();
    for (row, truth) in model.summary(0.999).unwrap().iter().zip([-1.0, 0.8, -0.2]) {
        let interval = row.interval.unwrap();
        assert!(interval.low < truth && truth < interval.high, "{row:?}");
    }
    // Contributions add up to the log-odds.
    let parts = model.contributions(&features).unwrap();
    let centre = model.intercept + model.coefficients.iter().zip(&model.means).map(|(b, m)| b * m).sum::<f64>();
    for (row, odds) in model.log_odds(&features).unwrap().iter().enumerate().take(10) {
        assert!((parts.column(row).sum() + centre - odds).abs() < 1e-12);
    }
}

#[test]
fn the_score_is_zero_on_many_rows() {
    // Enough that the search starts on a part of them, and takes its last step unseen.
    let n = 140_000;
    let mut random = SplitMix::new(5, 0);
    let x: Vec<f64> = (0..n).map(|_| 1e3 + 50.0 * random.uniform()).collect();
    let y: Vec<bool> = x.iter().map(|x| random.uniform() < sigmoid(0.04 * (x - 1e3) - 2.0)).collect();
    let features = Features::new().numeric("x", &x).unwrap();
    let model = LogisticRegression::fit(&features, &y, &LogisticOptions::new()).unwrap();
    let p = model.predict(&features).unwrap();
    let residual = |(p, y): (&f64, &bool)| f64::from(u8::from(*y)) - p;
    let sum: f64 = p.iter().zip(&y).map(residual).sum();
    let along: f64 = p.iter().zip(&y).map(residual).zip(&x).map(|(r, x)| r * (x - 1025.0) / 14.4).sum();
    assert!(sum.abs() < 1e-9 * n as f64 && along.abs() < 1e-9 * n as f64, "{sum} {along}");
    // Errors from the information at the maximum itself.
    let [a, b, c] = p.iter().zip(&x).fold([0.0; 3], |[a, b, c], (p, x)| {
        let (w, x) = (p * (1.0 - p), x - 1025.0);
        [a + w, b + w * x, c + w * x * x]
    });
    let error = (a / (a * c - b * b)).sqrt();
    let found = model.summary(0.95).unwrap()[1].standard_error.unwrap();
    assert!((found / error - 1.0).abs() < 1e-7, "{found} {error}");
}

#[test]
fn bad_input_is_named() {
    let fit = |x: &[f64], z: &[f64], y: &[bool], options: &LogisticOptions| {
        let features = Features::new().numeric("x", x).unwrap().numeric("z", z).unwrap();
        LogisticRegression::fit(&features, y, options)
    };
    let plain = LogisticOptions::new();
    let message = |r: Result<LogisticRegression>| r.unwrap_err().to_string();
    let (x, z) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, -1.0, 2.0, 0.0, 1.0, 3.0]);
    let separated = [false, false, false, true, true, true];
    let text = message(fit(&x, &z, &separated, &plain));
    assert!(text.contains('x') && text.contains("separate") && text.contains("penalty"), "{text}");
    // The same where rows lie so near to the border that the search ends at its bound, with information left.
    let many: Vec<f64> = (0..400).map(|i| (0.37 * f64::from(i) + 0.1).sin()).collect();
    let other: Vec<f64> = (0..400).map(|i| (0.73 * f64::from(i)).cos()).collect();
    let above: Vec<bool> = many.iter().map(|x| *x > 0.0).collect();
    let text = message(fit(&many, &other, &above, &plain));
    assert!(text.contains('x') && text.contains("separate"), "{text}");
    let regular = fit(&x, &z, &separated, &plain.clone().penalty(1.0)).unwrap();
    assert!(regular.coefficients.iter().all(|b| b.is_finite()));
    let lasso = fit(&x, &z, &separated, &plain.clone().penalty(0.1).l1_ratio(1.0)).unwrap();
    assert!(lasso.coefficients[0] > 0.0);
    let mixed = [true, false, true, true, false, true];
    assert!(message(fit(&x, &[2.0; 6], &mixed, &plain)).contains("column `z` has the same value"));
    let double: Vec<f64> = x.iter().map(|x| 2.0 * x + 1.0).collect();
    assert!(message(fit(&x, &double, &mixed, &plain)).contains("linearly dependent"));
    assert!(message(fit(&x, &z, &[true; 6], &plain)).contains("6 of 6"));
    assert!(message(fit(&x, &z, &mixed[..5], &plain)).contains("5 rows"));
    assert!(message(fit(&x, &z, &mixed, &plain.clone().weights(&[1.0, 1.0, 1.0, 1.0, 1.0, -1.0]))).contains("row 5"));
    assert!(message(fit(&x, &z, &mixed, &plain.clone().l1_ratio(2.0))).contains("l1_ratio"));
    assert!(message(fit(&x, &z, &mixed, &plain.clone().class_weights(0.0, 1.0))).contains("class_weight"));
    // One row of a category that always churns: separation in part.
    let features = Features::new()
        .numeric("x", &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0])
        .and_then(|f| f.numeric("rare", &[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]))
        .unwrap();
    let y = [true, false, true, false, false, true, false, true];
    let text = message(LogisticRegression::fit(&features, &y, &plain));
    assert!(text.contains("rare") && text.contains("separate"), "{text}");
}
