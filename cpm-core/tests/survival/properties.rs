//! What must hold whatever the numbers are: order of rows, weights, split rows, and coverage of intervals.

use cpm_core::churn::survival::{
    CoxOptions, CoxPh, KaplanMeier, LogRankWeights, NelsonAalen, SurvivalData, Ties, concordance_index,
    cumulative_dynamic_auc, log_rank_test,
};
use ndarray::{Array2, Axis};

use crate::golden::{all_close, list, reference, rossi, rossi_covariates, untied};

fn take(data: &SurvivalData, rows: &[usize]) -> SurvivalData {
    let pick = |values: &[f64]| -> Vec<f64> { rows.iter().map(|&i| values[i]).collect() };
    let events: Vec<bool> = rows.iter().map(|&i| data.events()[i]).collect();
    let mut taken = SurvivalData::new(&pick(data.durations()), &events).unwrap();
    if let Some(entry) = data.entry() {
        taken = taken.with_entry(&pick(entry)).unwrap();
    }
    if let Some(weights) = data.weights() {
        taken = taken.with_weights(&pick(weights)).unwrap();
    }
    taken
}

fn late_and_weighted() -> SurvivalData {
    let set = rossi();
    let entry: Vec<f64> = set.durations().iter().enumerate().map(|(i, t)| ((i % 17) as f64).min(t - 1.0)).collect();
    let weights: Vec<f64> = (0..set.len()).map(|i| 0.1 + (i % 7) as f64 / 3.0).collect();
    set.with_entry(&entry).unwrap().with_weights(&weights).unwrap()
}

#[test]
fn the_order_of_rows_does_not_matter_in_any_digit() {
    let (set, x) = (late_and_weighted(), rossi_covariates());
    let order: Vec<usize> = (0..432).map(|i| (i * 89 + 7) % 432).collect();
    let (other, y) = (take(&set, &order), x.select(Axis(0), &order));
    assert_eq!(KaplanMeier::fit(&set), KaplanMeier::fit(&other));
    assert_eq!(NelsonAalen::fit(&set), NelsonAalen::fit(&other));
    let codes: Vec<u32> = (0..432).map(|i| i % 3).collect();
    let moved: Vec<u32> = order.iter().map(|&i| codes[i]).collect();
    let test = |data, groups: &[u32]| log_rank_test(data, groups, LogRankWeights::TaroneWare).unwrap();
    assert_eq!(test(&set, &codes), test(&other, &moved));
    let fit = |data, x: &Array2<f64>, codes: &[u32]| {
        CoxPh::fit(data, x.view(), &CoxOptions::new().strata(codes).robust(true)).unwrap()
    };
    let model = fit(&set, &x, &codes);
    assert_eq!(model, fit(&other, &y, &moved));
    assert_eq!(
        model.concordance(&set, x.view(), Some(&codes)).unwrap(),
        model.concordance(&other, y.view(), Some(&moved)).unwrap()
    );
    // A model is a value that can be kept.
    let saved = serde_json::to_string(&model).unwrap();
    assert_eq!(serde_json::from_str::<CoxPh>(&saved).unwrap(), model);
}

#[test]
fn a_weight_is_a_repeated_row() {
    let weights = list(&reference()["data"]["weights"]);
    let (set, x) = (rossi(), rossi_covariates());
    let repeated: Vec<usize> = (0..432).flat_map(|i| vec![i; weights[i] as usize]).collect();
    let (weighted, many) = (set.with_weights(&weights).unwrap(), take(&rossi(), &repeated));
    let (a, b) = (KaplanMeier::fit(&weighted), KaplanMeier::fit(&many));
    all_close(a.survival().iter().copied(), b.survival(), 1e-13);
    all_close(a.standard_errors(), &b.standard_errors(), 1e-13);
    let (mean, of_many) = (a.restricted_mean(50.0).unwrap(), b.restricted_mean(50.0).unwrap());
    all_close([mean.value, mean.interval.low], &[of_many.value, of_many.interval.low], 1e-13);
    let codes: Vec<u32> = (0..432).map(|i| i % 3).collect();
    let of_many: Vec<u32> = repeated.iter().map(|&i| codes[i]).collect();
    let test = |data, codes: &[u32]| log_rank_test(data, codes, LogRankWeights::LogRank).unwrap().test.statistic;
    all_close([test(&weighted, &codes)], &[test(&many, &of_many)], 1e-12);
    let scores: Vec<f64> = (0..432).map(|i| f64::from(i % 50)).collect();
    let of_many: Vec<f64> = repeated.iter().map(|&i| scores[i]).collect();
    let (c, d) = (concordance_index(&weighted, &scores).unwrap(), concordance_index(&many, &of_many).unwrap());
    all_close([c.index, c.standard_error], &[d.index, d.standard_error], 1e-12);
    // Efron breaks the ties among repeated rows, so a Cox model says the same only with Breslow.
    let y = x.select(Axis(0), &repeated);
    for penalty in [0.0, 0.2] {
        let options = CoxOptions::new().ties(Ties::Breslow).penalty(penalty);
        let (a, b) =
            (CoxPh::fit(&weighted, x.view(), &options).unwrap(), CoxPh::fit(&many, y.view(), &options).unwrap());
        all_close(a.coefficients().iter().copied(), b.coefficients(), 1e-10);
        all_close(a.standard_errors(), &b.standard_errors(), 1e-10);
        let at = [5.0, 25.0, 50.0];
        let predict = |m: &CoxPh| m.predict_survival_intervals(x.view(), None, &at, 0.9).unwrap();
        all_close(
            predict(&a).iter().flat_map(|e| [e.value, e.interval.low]),
            &predict(&b).iter().flat_map(|e| [e.value, e.interval.low]).collect::<Vec<f64>>(),
            1e-10,
        );
    }
    // A weight of 0 is no row.
    let zero: Vec<f64> = (0..432).map(|i| f64::from(u8::from(i >= 100))).collect();
    let (some, rest) = (rossi().with_weights(&zero).unwrap(), take(&rossi(), &(100..432).collect::<Vec<usize>>()));
    assert_eq!(KaplanMeier::fit(&some), KaplanMeier::fit(&rest));
}

#[test]
fn a_row_cut_in_two_is_the_same_row() {
    // (0, t] with an event is (0, t/2] without and (t/2, t] with.
    let (set, x) = (untied(), rossi_covariates());
    let half: Vec<f64> = set.durations().iter().map(|t| 0.5 * t).collect();
    let cut = SurvivalData::new(
        &[half.clone(), set.durations().to_vec()].concat(),
        &[vec![false; 432], set.events().to_vec()].concat(),
    )
    .unwrap()
    .with_entry(&[vec![-1.0; 432], half].concat())
    .unwrap();
    let twice: Vec<usize> = (0..432).chain(0..432).collect();
    let times: Vec<f64> = (1..50).map(f64::from).collect();
    let at = |data| KaplanMeier::fit(data).survival_at(&times).unwrap();
    all_close(at(&cut).iter().map(|e| e.value), &at(&set).iter().map(|e| e.value).collect::<Vec<f64>>(), 1e-13);
    all_close(
        at(&cut).iter().map(|e| e.interval.low),
        &at(&set).iter().map(|e| e.interval.low).collect::<Vec<f64>>(),
        1e-12,
    );
    let codes: Vec<u32> = (0..432).map(|i| i % 3).collect();
    let both: Vec<u32> = codes.iter().chain(&codes).copied().collect();
    let test = |data, codes: &[u32]| log_rank_test(data, codes, LogRankWeights::LogRank).unwrap().test.statistic;
    all_close([test(&cut, &both)], &[test(&set, &codes)], 1e-11);
    let y = x.select(Axis(0), &twice);
    let people: Vec<u32> = (0..432).chain(0..432).collect();
    let fit = |data, x: &Array2<f64>, people: &[u32]| {
        CoxPh::fit(data, x.view(), &CoxOptions::new().clusters(people)).unwrap()
    };
    let (a, b) = (fit(&set, &x, &people[..432]), fit(&cut, &y, &people));
    all_close(a.coefficients().iter().copied(), b.coefficients(), 1e-10);
    all_close(a.standard_errors(), &b.standard_errors(), 1e-9);
    let hazard = |m: &CoxPh| m.predict_survival_intervals(x.view(), None, &[20.0, 45.0], 0.95).unwrap();
    all_close(
        hazard(&a).iter().flat_map(|e| [e.value, e.interval.high]),
        &hazard(&b).iter().flat_map(|e| [e.value, e.interval.high]).collect::<Vec<f64>>(),
        1e-9,
    );
}

#[test]
fn the_log_rank_test_is_the_score_test_of_a_group_column() {
    let groups: Vec<u32> = rossi_covariates().column(0).iter().map(|v| *v as u32).collect();
    let x = rossi_covariates().slice(ndarray::s![.., ..1]).to_owned();
    let test = log_rank_test(&untied(), &groups, LogRankWeights::LogRank).unwrap().test;
    let model = CoxPh::fit(&untied(), x.view(), &CoxOptions::new()).unwrap();
    all_close([model.score_test().statistic], &[test.statistic], 1e-10);
    // Strata that differ in nothing but their baseline: the two fits add up.
    let parts: f64 = [0, 1]
        .map(|code| {
            let rows: Vec<usize> = (0..432).filter(|i| i % 2 == code).collect();
            let model = CoxPh::fit(&take(&untied(), &rows), x.select(Axis(0), &rows).view(), &CoxOptions::new());
            model.unwrap().log_likelihood_null()
        })
        .iter()
        .sum();
    let strata: Vec<u32> = (0..432).map(|i| i % 2).collect();
    let both = CoxPh::fit(&untied(), x.view(), &CoxOptions::new().strata(&strata)).unwrap();
    all_close([both.log_likelihood_null()], &[parts], 1e-12);
}

/// splitmix64 (Steele et al. 2014): uniform numbers from a seed, without a dependency.
struct Uniform(u64);

impl Uniform {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) as f64 + 0.5) / 2f64.powi(64)
    }

    fn exponential(&mut self) -> f64 {
        -self.next().ln()
    }
}

#[test]
fn intervals_cover() {
    // Hazard 0.1·exp(0.7 a - 0.5 b), censored at random; seen from a random entry on.
    let (n, runs) = (150, 1000);
    let beta = [0.7, -0.5];
    let mut uniform = Uniform(1);
    let names =
        ["coefficient", "robust coefficient", "S(t | x)", "S(t)", "cumulative hazard", "restricted mean", "median"];
    let mut inside = [0; 7];
    for _ in 0..runs {
        let (mut durations, mut events, mut entry, mut x) = (vec![], vec![], vec![], vec![]);
        while durations.len() < n {
            let row = [f64::from(u8::from(uniform.next() < 0.5)), 2.0 * uniform.next() - 1.0];
            let leaves = uniform.exponential() / (0.1 * (beta[0] * row[0] + beta[1] * row[1]).exp());
            let (seen, until) = (5.0 * uniform.next() - 3.0, 5.0 + 20.0 * uniform.next());
            if leaves.min(until) > seen.max(0.0) {
                durations.push(leaves.min(until));
                events.push(leaves <= until);
                entry.push(seen.max(-1.0));
                x.extend(row);
            }
        }
        let set = SurvivalData::new(&durations, &events).unwrap().with_entry(&entry).unwrap();
        let x = Array2::from_shape_vec((n, 2), x).unwrap();
        for (k, robust) in [false, true].into_iter().enumerate() {
            let model = CoxPh::fit(&set, x.view(), &CoxOptions::new().robust(robust)).unwrap();
            let interval = model.summary(0.95).unwrap()[1].interval;
            inside[k] += u32::from(interval.low < beta[1] && beta[1] < interval.high);
            if !robust {
                let one = ndarray::arr2(&[[1.0, 0.5]]);
                let found = model.predict_survival_intervals(one.view(), None, &[6.0], 0.95).unwrap()[(0, 0)];
                let truth = (-6.0 * 0.1 * (beta[0] + 0.5 * beta[1]).exp()).exp();
                inside[2] += u32::from(found.interval.low < truth && truth < found.interval.high);
            }
        }
        // Without covariates: all of one hazard.
        let mut leave = |_| (10.0 * uniform.exponential(), 5.0 + 20.0 * uniform.next());
        let times: Vec<(f64, f64)> = (0..n).map(&mut leave).collect();
        let durations: Vec<f64> = times.iter().map(|(t, c)| t.min(*c)).collect();
        let events: Vec<bool> = times.iter().map(|(t, c)| t <= c).collect();
        let set = SurvivalData::new(&durations, &events).unwrap();
        let (curve, hazard) = (KaplanMeier::fit(&set), NelsonAalen::fit(&set));
        let found = [
            (curve.survival_at(&[8.0]).unwrap()[0].interval, (-0.8f64).exp()),
            (hazard.cumulative_hazard_at(&[8.0]).unwrap()[0].interval, 0.8),
            (curve.restricted_mean(15.0).unwrap().interval, 10.0 * (1.0 - (-1.5f64).exp())),
        ];
        for (k, (interval, truth)) in found.into_iter().enumerate() {
            inside[3 + k] += u32::from(interval.low < truth && truth < interval.high);
        }
        let (median, truth) = (curve.median(), 10.0 * std::f64::consts::LN_2);
        inside[6] += u32::from(median.low.is_none_or(|l| l <= truth) && median.high.is_none_or(|h| truth <= h));
    }
    for (name, inside) in names.iter().zip(inside) {
        let share = f64::from(inside) / f64::from(runs);
        // Three standard errors of a share of 0.95 over 1000 runs are 0.021.
        assert!((0.925..=0.975).contains(&share), "{name}: {share}");
    }
}

#[test]
fn the_dynamic_auc_finds_the_truth_and_its_intervals_cover() {
    // Two kinds of customers with hazards 0.05 and 0.15: P(left by t) of each kind gives the area in closed form.
    let (n, runs, times) = (300, 400, [4.0, 10.0]);
    let truth = times.map(|t: f64| {
        let (slow, fast) = ((-0.05 * t).exp(), (-0.15 * t).exp());
        let fast_of_left = (1.0 - fast) / (2.0 - slow - fast);
        let fast_of_staying = fast / (slow + fast);
        0.5 + 0.5 * (fast_of_left - fast_of_staying)
    });
    let mut uniform = Uniform(2);
    let (mut inside, mut sum) = ([0; 2], [0.0; 2]);
    for _ in 0..runs {
        let kind: Vec<f64> = (0..n).map(|i| f64::from(i % 2)).collect();
        let leaves: Vec<f64> = kind.iter().map(|k| uniform.exponential() / (0.05 + 0.1 * k)).collect();
        let until: Vec<f64> = (0..n).map(|_| 20.0 * uniform.next()).collect();
        let durations: Vec<f64> = leaves.iter().zip(&until).map(|(t, c)| t.min(*c)).collect();
        let events: Vec<bool> = leaves.iter().zip(&until).map(|(t, c)| t <= c).collect();
        let set = SurvivalData::new(&durations, &events).unwrap();
        let risk = Array2::from_shape_vec((kind.len(), 1), kind).unwrap();
        let found = cumulative_dynamic_auc(&set, &set, &times, risk.view()).unwrap();
        for (k, at) in found.estimates(0.95).unwrap().iter().enumerate() {
            sum[k] += at.value;
            inside[k] += u32::from(at.interval.low < truth[k] && truth[k] < at.interval.high);
        }
    }
    for k in 0..2 {
        let (mean, share) = (sum[k] / f64::from(runs), f64::from(inside[k]) / f64::from(runs));
        // Standard errors of one estimate lie at 0.03 to 0.05.
        assert!((mean - truth[k]).abs() < 0.006, "{mean} for {}", truth[k]);
        assert!((0.917..=0.983).contains(&share), "{share}");
    }
}

#[test]
fn the_dynamic_auc_does_not_depend_on_the_order_of_rows() {
    let set = rossi();
    let weights: Vec<f64> = (0..set.len()).map(|i| 0.1 + (i % 7) as f64 / 3.0).collect();
    let set = set.with_weights(&weights).unwrap();
    let risk = Array2::from_shape_fn((set.len(), 2), |(i, k)| ((i * (k + 3)) % 41) as f64);
    let order: Vec<usize> = (0..432).map(|i| (i * 89 + 7) % 432).collect();
    let (other, moved) = (take(&set, &order), risk.select(Axis(0), &order));
    let auc =
        |set: &SurvivalData, risk: &Array2<f64>| cumulative_dynamic_auc(set, set, &[20.0, 40.0], risk.view()).unwrap();
    assert_eq!(auc(&set, &risk), auc(&other, &moved));
}
