use ndarray::Array2;
use serde_json::Value;

use super::*;
use crate::error::Error;
use crate::estimate::Estimate;

fn golden() -> Value {
    serde_json::from_str(include_str!("../../../tests/golden/voice.json")).unwrap()
}

fn list(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} against {expected}");
}

#[track_caller]
fn interval(found: &Estimate, low: &Value, high: &Value, tolerance: f64) {
    close(found.interval.low, low.as_f64().unwrap(), tolerance);
    close(found.interval.high, high.as_f64().unwrap(), tolerance);
}

fn recommended(promoters: usize, passives: usize, detractors: usize) -> Vec<f64> {
    let part = |n, answer| std::iter::repeat_n(answer, n);
    part(promoters, 9.0).chain(part(passives, 7.0)).chain(part(detractors, 6.0)).collect()
}

#[test]
fn nps_of_the_reference() {
    let score = nps(&recommended(220, 100, 80), &SurveyOptions::new()).unwrap();
    close(score.score.value, 0.35, 1e-14);
    close(score.standard_error, 0.039_607_4, 1e-7);
    close(score.score.interval.low, 0.272_371, 1e-6);
    close(score.score.interval.high, 0.427_629, 1e-6);
    assert_eq!((score.promoters, score.detractors, score.answers), (0.55, 0.2, 400));
    // 400 of 500 customers: a fifth of the variance is left, nearly.
    let finite = nps(&recommended(220, 100, 80), &SurveyOptions::new().population(500)).unwrap();
    close(finite.standard_error, score.standard_error * (100.0_f64 / 499.0).sqrt(), 1e-14);
    let census = nps(&recommended(3, 0, 0), &SurveyOptions::new().population(3)).unwrap();
    assert_eq!((census.score.interval.low, census.score.interval.high), (1.0, 1.0));
    // Ten promoters do not prove that there are no others.
    let few = nps(&recommended(10, 0, 0), &SurveyOptions::new()).unwrap();
    close(few.score.interval.low, 1.0 - 2.0 * 0.277_532_799_862_889_26, 1e-12);
    assert_eq!(few.score.interval.high, 1.0);
}

#[test]
fn effort_and_satisfaction_equal_scipy_and_statsmodels() {
    let reference = golden();
    let effort = &reference["effort"];
    let score = |name: &str| ces(&list(&effort[name]), 7, &SurveyOptions::new()).unwrap();
    close(score("a").score.value, effort["mean"].as_f64().unwrap(), 1e-12);
    interval(&score("a").score, &effort["low"], &effort["high"], 1e-9);
    let test = compare_scores(&score("a"), &score("b"), 0.95).unwrap();
    close(test.statistic, effort["statistic"].as_f64().unwrap(), 1e-10);
    close(test.p_value, effort["p_value"].as_f64().unwrap(), 1e-9);
    interval(&test.difference, &effort["difference"][0], &effort["difference"][1], 1e-8);

    let good = |n: usize, of: usize| (0..of).map(|i| if i < n { 4.0 } else { 3.0 }).collect::<Vec<f64>>();
    let share = |n, of| csat(&good(n, of), 5, &SurveyOptions::new()).unwrap();
    interval(&share(37, 50).score, &reference["csat"]["low"], &reference["csat"]["high"], 1e-12);
    let test = compare_scores(&share(37, 50), &share(41, 80), 0.95).unwrap();
    close(test.statistic, reference["csat"]["statistic"].as_f64().unwrap(), 1e-12);
    close(test.p_value, reference["csat"]["p_value"].as_f64().unwrap(), 1e-12);
}

#[test]
fn weights_are_repeated_answers_in_the_score_and_restore_the_strata() {
    let strata: Vec<u32> = (0..40).map(|i| u32::from(i >= 30)).collect();
    let answers: Vec<f64> = (0..40).map(|i| if i % 3 == 0 || i >= 30 { 9.0 } else { 5.0 }).collect();
    let weights = post_stratification_weights(&strata, &[600, 400]).unwrap();
    close(weights.iter().sum::<f64>(), 40.0, 1e-12);
    let score = nps(&answers, &SurveyOptions::new().weights(&weights)).unwrap();
    let groups = score_by_group(SurveyMetric::Nps, &answers, &strata, 2, &SurveyOptions::new()).unwrap();
    let of = |g: usize| groups.groups[g].unwrap().score.value;
    close(score.score.value, 0.6 * of(0) + 0.4 * of(1), 1e-14);
    assert!(score.effective_answers < 40.0);
    let twice: Vec<f64> = weights.iter().map(|w| 2.0 * w).collect();
    let same = nps(&answers, &SurveyOptions::new().weights(&twice)).unwrap();
    close(same.standard_error, score.standard_error, 1e-15);
    assert!(matches!(post_stratification_weights(&[0, 0], &[5, 5]), Err(Error::InvalidValue { row: 1, .. })));
    assert!(post_stratification_weights(&[0, 0], &[1]).is_err());
}

#[test]
fn groups_are_tested_against_one_another() {
    let answers: Vec<f64> = (0..300).map(|i| if i % 10 < 3 + 2 * (i / 100) { 10.0 } else { 4.0 }).collect();
    let codes: Vec<u32> = (0..300).map(|i| i / 100).collect();
    let found = score_by_group(SurveyMetric::Nps, &answers, &codes, 4, &SurveyOptions::new()).unwrap();
    assert!(found.groups[3].is_none());
    let values: Vec<f64> = found.groups.iter().flatten().map(|s| s.score.value).collect();
    values.iter().zip([-0.4, 0.0, 0.4]).for_each(|(v, e)| close(*v, e, 1e-12));
    assert!(found.p_value.unwrap() < 1e-6);
    let one = score_by_group(SurveyMetric::Nps, &answers, &[0; 300], 1, &SurveyOptions::new()).unwrap();
    assert!(one.p_value.is_none());
}

#[test]
fn value_of_the_unhappy() {
    let answers = [9.0, 3.0, 8.0, 10.0, 0.0, 7.0];
    let values = [100.0, 50.0, 20.0, 20.0, 10.0, 0.0];
    let tiers = score_by_value_tier(&answers, &values, 3, 0.95).unwrap();
    assert_eq!(tiers.iter().map(|t| t.customers).collect::<Vec<_>>(), [2, 2, 2]);
    assert_eq!((tiers[0].detractor_value, tiers[0].score.score.value), (50.0, 0.0));
    let risk = detractor_value(&answers, &values, Some(2_000.0), 0.95).unwrap();
    close(risk.share.value, 0.3, 1e-14);
    close(risk.value.value, 600.0, 1e-10);
    assert!(risk.share.interval.low < 0.3 && risk.value.interval.high > 600.0 && risk.detractors == 2);
    // Order of rows, also among equal values, does not matter.
    let order = [3, 5, 2, 0, 4, 1];
    let pick = |v: &[f64]| order.iter().map(|&i| v[i]).collect::<Vec<f64>>();
    assert_eq!(score_by_value_tier(&pick(&answers), &pick(&values), 3, 0.95).unwrap(), tiers);
    assert!(detractor_value(&answers, &[0.0; 6], None, 0.95).is_err());
    assert!(score_by_value_tier(&answers, &[-1.0; 6], 3, 0.95).is_err());
    assert!(score_by_value_tier(&answers, &values, 7, 0.95).is_err());
}

#[test]
fn drivers_equal_statsmodels_and_the_singular_vectors() {
    let reference = golden();
    let d = &reference["drivers"];
    let rows: Vec<Vec<f64>> = d["x"].as_array().unwrap().iter().map(list).collect();
    let (x, y) = (Array2::from_shape_fn((rows.len(), 4), |(i, j)| rows[i][j]), list(&d["y"]));
    let names: Vec<String> = ["speed", "price", "service", "range"].map(String::from).to_vec();
    let found = satisfaction_drivers(x.view(), &names, &y, 0.95).unwrap();
    close(found.r_squared, d["r_squared"].as_f64().unwrap(), 1e-12);
    close(d["weights_sum"].as_f64().unwrap(), found.r_squared, 1e-12);
    for (j, driver) in found.drivers.iter().enumerate() {
        close(driver.coefficient.value, d["coefficients"][j].as_f64().unwrap(), 1e-11);
        interval(&driver.coefficient, &d["intervals"][j][0], &d["intervals"][j][1], 1e-9);
        close(driver.importance.value, d["weights"][j].as_f64().unwrap(), 1e-11);
        // The bootstrap's error is a simulation of what the delta method computes.
        let error = (driver.importance.interval.high - driver.importance.value) / 1.959_964;
        let bootstrap = d["bootstrap_errors"][j].as_f64().unwrap();
        assert!((error / bootstrap - 1.0).abs() < 0.15, "{error} {bootstrap}");
    }
    close(found.drivers.iter().map(|d| d.importance.value).sum(), 1.0, 1e-12);
    let codes: Vec<u32> = (0..y.len() as u32).map(|i| i % 2).collect();
    let groups = satisfaction_drivers_by_group(x.view(), &names, &y, &codes, 3, 0.95).unwrap();
    assert!(groups[0].is_ok() && groups[1].is_ok() && matches!(groups[2], Err(Error::NotIdentified { .. })));
}

#[test]
fn bad_surveys_are_refused_with_their_row() {
    let row = |error: Error| match error {
        Error::InvalidValue { row, .. } => row,
        other => panic!("{other}"),
    };
    let plain = SurveyOptions::new();
    assert_eq!(row(nps(&[3.0, 11.0], &plain).unwrap_err()), 1);
    assert_eq!(row(nps(&[3.0, 4.5], &plain).unwrap_err()), 1);
    assert_eq!(row(csat(&[3.0, f64::NAN], 5, &plain).unwrap_err()), 1);
    assert_eq!(row(nps(&[3.0, 4.0], &plain.weights(&[1.0, 0.0])).unwrap_err()), 1);
    assert!(nps(&[], &plain).is_err() && ces(&[3.0], 7, &plain).is_err() && csat(&[1.0], 2, &plain).is_err());
    assert!(nps(&[3.0, 4.0], &plain.population(1)).is_err() && nps(&[3.0], &plain.level(1.0)).is_err());
    assert!(nps(&[3.0], &plain.weights(&[1.0, 2.0])).is_err());
    let same = csat(&[5.0, 5.0], 5, &plain).unwrap();
    assert!(compare_scores(&same, &same, 0.95).is_err());
    let x = Array2::from_shape_fn((20, 2), |(i, j)| (i * (j + 1)) as f64);
    let names = ["a".to_owned(), "b".to_owned()];
    let y: Vec<f64> = (0..20).map(|i| (i % 3) as f64).collect();
    let error = satisfaction_drivers(x.view(), &names, &y, 0.95).unwrap_err().to_string();
    assert!(error.contains("b is a combination"), "{error}");
    assert!(satisfaction_drivers(x.view(), &names, &[1.0; 20], 0.95).is_err());
    assert!(satisfaction_drivers(x.view(), &names, &y[..5], 0.95).is_err());
}

proptest::proptest! {
    /// The score is promoters less detractors, whatever the order and the unit of the weights.
    #[test]
    fn the_score_is_a_weighted_mean(
        rows in proptest::collection::vec((0..=10_u8, 0.1..10.0_f64), 2..80),
        unit in 0.01..100.0_f64,
    ) {
        let answers: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
        let weights: Vec<f64> = rows.iter().map(|r| r.1).collect();
        let score = nps(&answers, &SurveyOptions::new().weights(&weights)).unwrap();
        let sign = |a: u8| if a >= 9 { 1.0 } else if a <= 6 { -1.0 } else { 0.0 };
        let total: f64 = weights.iter().sum();
        let by_hand = rows.iter().map(|r| r.1 * sign(r.0)).sum::<f64>() / total;
        proptest::prop_assert!((score.score.value - by_hand).abs() < 1e-12);
        proptest::prop_assert!((score.promoters - score.detractors - by_hand).abs() < 1e-12);
        let scaled: Vec<f64> = weights.iter().rev().map(|w| w * unit).collect();
        let reversed: Vec<f64> = answers.iter().rev().copied().collect();
        let other = nps(&reversed, &SurveyOptions::new().weights(&scaled)).unwrap();
        proptest::prop_assert!((other.score.value - by_hand).abs() < 1e-12);
        proptest::prop_assert!((other.standard_error - score.standard_error).abs() < 1e-9);
        proptest::prop_assert!(score.effective_answers <= answers.len() as f64 * (1.0 + 1e-12));
    }
}
