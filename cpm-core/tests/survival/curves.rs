//! Curves, tests between groups, concordance and Brier score against published values.

use cpm_core::churn::survival::{
    IntervalScale, KaplanMeier, LogRankWeights, NelsonAalen, SurvivalData, brier_score, concordance_index,
    cumulative_dynamic_auc, log_rank_test,
};
use ndarray::Array2;

use crate::golden::{all_close, close, data, list, lung, reference, rossi, untied};

#[test]
fn kaplan_meier_is_that_of_lifelines() {
    let weeks = data("leukemia", "week");
    let relapse: Vec<bool> = data("leukemia", "relapse").iter().map(|e| *e == 1.0).collect();
    let sets = [
        ("leukemia", SurvivalData::new(&weeks[..21], &relapse[..21]).unwrap()),
        ("rossi", rossi()),
        ("weights", rossi().with_weights(&list(&reference()["data"]["weights"])).unwrap()),
    ];
    for (name, set) in sets {
        let (curve, expected) = (KaplanMeier::fit(&set), &reference()["kaplan_meier"][name]);
        assert_eq!(curve.risk_table().time, list(&expected["time"]), "{name}");
        all_close(curve.survival().iter().copied(), &list(&expected["survival"]), 1e-12);
        all_close(curve.intervals().iter().map(|i| i.low), &list(&expected["low"]), 1e-10);
        all_close(curve.intervals().iter().map(|i| i.high), &list(&expected["high"]), 1e-10);
        assert_eq!(curve.median().value, expected["median"].as_f64(), "{name}");
    }
}

#[test]
fn left_truncated_kaplan_meier_is_that_of_lifelines() {
    // lifelines counts a row as at risk at its entry time; its entry times are therefore a little later.
    let set = untied().with_entry(&list(&reference()["data"]["entry"])).unwrap();
    let (curve, expected) = (KaplanMeier::fit(&set), &reference()["kaplan_meier"]["entry"]);
    all_close(curve.survival().iter().copied(), &list(&expected["survival"]), 1e-12);
    all_close(curve.intervals().iter().map(|i| i.low), &list(&expected["low"]), 1e-10);
}

#[test]
fn freireich_by_hand() {
    // The table that every textbook prints: 21 at risk, relapses at 6 (3), 7, 10, 13, 16, 22, 23.
    let weeks = data("leukemia", "week");
    let relapse: Vec<bool> = data("leukemia", "relapse").iter().map(|e| *e == 1.0).collect();
    let curve = KaplanMeier::fit(&SurvivalData::new(&weeks[..21], &relapse[..21]).unwrap());
    let at = curve.survival_at(&[5.0, 6.0, 7.0, 10.0, 13.0, 16.0, 22.0, 23.0]).unwrap();
    let expected = [1.0, 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448];
    all_close(at.iter().map(|e| e.value), &expected, 5e-4);
    let errors = curve.standard_errors();
    all_close([errors[0], errors[1], errors[3]], &[0.0764, 0.0869, 0.0963], 5e-5);
    let placebo = KaplanMeier::fit(&SurvivalData::new(&weeks[21..], &relapse[21..]).unwrap());
    assert_eq!(placebo.median().value, Some(8.0));
    // All 21 relapse: the mean of their weeks, and the variance of a mean (with divisor n).
    let mean = weeks[21..].iter().sum::<f64>() / 21.0;
    let variance = weeks[21..].iter().map(|w| (w - mean).powi(2)).sum::<f64>() / (21.0 * 21.0);
    let restricted = placebo.with_level(0.9).unwrap().restricted_mean(23.0).unwrap();
    all_close([restricted.value], &[mean], 1e-14);
    all_close([restricted.interval.high - mean], &[1.644_853_626_951_472 * variance.sqrt()], 1e-12);
}

#[test]
fn lung_is_that_of_r() {
    let r = &reference()["r"];
    let (set, sex) = lung(&["sex"]);
    let curve = KaplanMeier::fit(&set).with_interval_scale(IntervalScale::Log);
    let (median, expected) = (curve.median(), &r["lung_median"]);
    assert_eq!([median.value, median.low, median.high], ["value", "low", "high"].map(|k| expected[k].as_f64()));
    let (mean, expected) = (curve.restricted_mean(1022.0).unwrap(), &r["lung_restricted_mean"]);
    close(mean.value, &expected["value"], 0.05 / 376.0);
    close((mean.interval.high - mean.value) / 1.959_963_984_540_054, &expected["standard_error"], 0.05 / 19.7);

    let groups: Vec<u32> = sex.iter().map(|s| *s as u32).collect();
    let (test, expected) = (log_rank_test(&set, &groups, LogRankWeights::LogRank).unwrap(), &r["lung_log_rank_by_sex"]);
    close(test.test.statistic, &expected["statistic"], 0.05 / 10.3);
    all_close(test.groups.iter().map(|g| g.observed), &list(&expected["observed"]), 0.0);
    all_close(test.groups.iter().map(|g| g.expected), &list(&expected["expected"]), 0.05 / 73.0);
}

#[test]
fn nelson_aalen_is_that_of_lifelines() {
    let expected = &reference()["nelson_aalen"];
    all_close(NelsonAalen::fit(&rossi()).cumulative_hazard().iter().copied(), &list(&expected["tied"]), 1e-12);
    let hazard = NelsonAalen::fit(&untied());
    all_close(hazard.cumulative_hazard().iter().copied(), &list(&expected["untied"]), 1e-12);
    all_close(hazard.intervals().iter().map(|i| i.low), &list(&expected["low"]), 1e-10);
    all_close(hazard.intervals().iter().map(|i| i.high), &list(&expected["high"]), 1e-10);
}

#[test]
fn log_rank_tests_are_those_of_lifelines() {
    let groups: Vec<u32> = data("rossi", "prio").iter().map(|p| p.min(3.0) as u32).collect();
    for (name, weights) in [
        ("logrank", LogRankWeights::LogRank),
        ("wilcoxon", LogRankWeights::Wilcoxon),
        ("tarone-ware", LogRankWeights::TaroneWare),
        ("peto", LogRankWeights::Peto),
        ("fleming-harrington", LogRankWeights::FlemingHarrington { p: 0.5, q: 1.0 }),
    ] {
        let (found, expected) = (log_rank_test(&rossi(), &groups, weights).unwrap(), &reference()["log_rank"][name]);
        close(found.test.statistic, &expected["statistic"], 1e-9);
        close(found.test.p_value, &expected["p_value"], 1e-10);
        assert_eq!(found.test.degrees_of_freedom, 3);
    }
}

#[test]
fn concordance_is_that_of_lifelines_and_of_all_pairs() {
    let scores: Vec<f64> = (0..432).map(|i| (f64::from(i).sin() * 10.0).round_ties_even()).collect();
    let set = rossi();
    let found = concordance_index(&set, &scores).unwrap();
    close(found.index, &reference()["concordance"]["index"], 1e-12);

    // With entry times and weights: every pair counted, and the standard error from leaving rows lighter.
    let weights = list(&reference()["data"]["weights"]);
    let entry: Vec<f64> = set.durations().iter().enumerate().map(|(i, t)| ((i % 17) as f64).min(t - 1.0)).collect();
    let pairs = |weights: &[f64]| {
        let (mut right, mut all) = (0.0, 0.0);
        for i in (0..432).filter(|&i| set.events()[i]) {
            for j in 0..432 {
                let (t, u) = (set.durations()[i], set.durations()[j]);
                let stays = u > t || (u == t && !set.events()[j]);
                if stays && entry[j] < t {
                    let w = weights[i] * weights[j];
                    all += w;
                    right += w * if scores[j] > scores[i] {
                        1.0
                    } else if scores[j] == scores[i] {
                        0.5
                    } else {
                        0.0
                    };
                }
            }
        }
        right / all
    };
    let full = set.clone().with_entry(&entry).unwrap().with_weights(&weights).unwrap();
    let found = concordance_index(&full, &scores).unwrap();
    all_close([found.index], &[pairs(&weights)], 1e-13);
    let variance: f64 = (0..432)
        .map(|i| {
            let h = 1e-4;
            let at = |sign: f64| {
                let mut w = weights.clone();
                w[i] += sign * h;
                pairs(&w)
            };
            weights[i] * ((at(1.0) - at(-1.0)) / (2.0 * h)).powi(2)
        })
        .sum();
    all_close([found.standard_error], &[variance.sqrt()], 1e-8);
}

#[test]
fn brier_score_is_that_of_scikit_survival() {
    let expected = &reference()["brier"];
    let times = list(&reference()["cox"]["untied"]["times"]);
    let survival = Array2::from_shape_vec((432, times.len()), list(&expected["survival"])).unwrap();
    let found = brier_score(&untied(), &untied(), &times, survival.view()).unwrap();
    all_close(found.score.iter().copied(), &list(&expected["score"]), 1e-12);
    close(found.integrated, &expected["integrated"], 1e-12);
    let interval = found.integrated_estimate(0.95).unwrap().interval;
    assert!(interval.low < found.integrated && found.integrated < interval.high);
}

/// Two thirds of the lung cancer patients to fit on, one to test, with durations that are all different.
fn lung_parts() -> (SurvivalData, SurvivalData, Vec<usize>) {
    let (time, status) = (data("lung", "time"), data("lung", "status"));
    let part = |rows: &[usize]| {
        let days: Vec<f64> = rows.iter().map(|&i| time[i] + i as f64 / 1000.0).collect();
        let died: Vec<bool> = rows.iter().map(|&i| status[i] == 1.0).collect();
        SurvivalData::new(&days, &died).unwrap()
    };
    let (test, train): (Vec<usize>, Vec<usize>) = (0..time.len()).partition(|i| i % 3 == 0);
    (part(&train), part(&test), test)
}

#[test]
fn dynamic_auc_is_that_of_scikit_survival() {
    let expected = &reference()["dynamic_auc"];
    let times = list(&expected["times"]);
    let (train, test, rows) = lung_parts();
    let (age, sex) = (data("lung", "age"), data("lung", "sex"));
    let score = |i: usize| age[i] - 10.0 * sex[i];
    // NumPy rounds halves to even.
    let moving = |i: usize, k: usize| (score(i) / (1 + k) as f64).round_ties_even() + k as f64 * (i as f64).sin();
    let constant = Array2::from_shape_fn((rows.len(), 1), |(i, _)| score(rows[i]));
    let changing = Array2::from_shape_fn((rows.len(), times.len()), |(i, k)| moving(rows[i], k));
    for (name, risk) in [("constant", constant.clone()), ("moving", changing)] {
        let found = cumulative_dynamic_auc(&train, &test, &times, risk.view()).unwrap();
        all_close(found.auc.iter().copied(), &list(&expected[name]["auc"]), 1e-13);
        close(found.mean, &expected[name]["mean"], 1e-13);
    }
    let repeated = Array2::from_shape_fn((rows.len(), times.len()), |(i, _)| constant[(i, 0)]);
    let one = cumulative_dynamic_auc(&train, &test, &times, constant.view()).unwrap();
    assert_eq!(cumulative_dynamic_auc(&train, &test, &times, repeated.view()).unwrap(), one);
}

#[test]
fn errors_of_the_dynamic_auc_are_its_derivatives_in_the_weights() {
    let (train, test, rows) = lung_parts();
    let age = data("lung", "age");
    let risk = Array2::from_shape_fn((rows.len(), 1), |(i, _)| age[rows[i]]);
    let weights: Vec<f64> = (0..rows.len()).map(|i| 0.5 + (i % 5) as f64 / 2.0).collect();
    let times = [150.0, 400.0];
    let at = |weights: &[f64]| {
        let test = test.clone().with_weights(weights).unwrap();
        cumulative_dynamic_auc(&train, &test, &times, risk.view()).unwrap()
    };
    let found = at(&weights);
    let slope = |i: usize| {
        let moved = |h: f64| {
            let mut w = weights.clone();
            w[i] += h;
            at(&w).auc
        };
        let (up, down) = (moved(1e-4), moved(-1e-4));
        [0, 1].map(|k| (up[k] - down[k]) / 2e-4)
    };
    let slopes: Vec<[f64; 2]> = (0..rows.len()).map(slope).collect();
    for k in [0, 1] {
        let variance: f64 = slopes.iter().zip(&weights).map(|(s, w)| w * s[k] * s[k]).sum();
        all_close([found.standard_error[k]], &[variance.sqrt()], 1e-7);
    }
    let interval = found.estimates(0.95).unwrap()[0].interval;
    assert!(interval.low < found.auc[0] && found.auc[0] < interval.high);
    let mean = found.mean_estimate(0.95).unwrap();
    assert!(mean.interval.low < mean.value && mean.value < mean.interval.high);
}
