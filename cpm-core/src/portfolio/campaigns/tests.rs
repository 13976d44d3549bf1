use ndarray::Array2;
use serde_json::Value;

use super::*;
use crate::error::Error;

#[track_caller]
fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance * expected.abs().max(1e-3), "{found} against {expected}");
}

fn golden() -> (Vec<f64>, Vec<bool>, Array2<f64>, Value) {
    let all: Value = serde_json::from_str(include_str!("../../../tests/golden/campaigns.json")).unwrap();
    let past: Vec<Vec<f64>> = serde_json::from_value(all["past"].clone()).unwrap();
    let past = Array2::from_shape_fn((past.len(), 2), |(i, j)| past[i][j]);
    let y = serde_json::from_value(all["y"].clone()).unwrap();
    (y, serde_json::from_value(all["treated"].clone()).unwrap(), past, all)
}

#[test]
fn effects_equal_statsmodels() {
    let (y, treated, past, reference) = golden();
    for (name, adjustment) in [
        ("none", Adjustment::None),
        ("cuped", Adjustment::Cuped),
        ("regression", Adjustment::Regression),
        ("interacted", Adjustment::Interacted),
    ] {
        let options = EffectOptions::new().adjustment(adjustment).expected_share(0.4);
        let found = campaign_effect(&y, &treated, Some(past.view()), &options).unwrap();
        let number = |key: &str| reference[name][key].as_f64().unwrap();
        close(found.effect.value, number("effect"), 1e-10);
        close(found.standard_error, number("error"), 1e-10);
        close(found.p_value, number("p_value"), 1e-7);
        close(found.effect.interval.low, number("low"), 1e-8);
        close(found.effect.interval.high, number("high"), 1e-8);
        let less = 1.0 - (number("error") / reference["none"]["error"].as_f64().unwrap()).powi(2);
        close(found.variance_reduction, less, 1e-8);
        assert!(found.sample_ratio_p_value.unwrap() > 0.01);
        close(found.total.value, found.effect.value * found.treated as f64, 1e-14);
    }
}

#[test]
fn the_interval_of_the_lift_is_that_of_a_ratio() {
    let (y, treated, past, _) = golden();
    let found = campaign_effect(&y, &treated, Some(past.view()), &EffectOptions::new()).unwrap();
    let relative = found.relative.unwrap();
    close(relative.value, found.effect.value / found.control_mean, 1e-10);
    // Without adjustment: the delta method on the ratio of two independent means.
    let part = |which: bool| {
        let own: Vec<f64> = y.iter().zip(&treated).filter(|(_, t)| **t == which).map(|(y, _)| *y).collect();
        let (n, mean) = (own.len() as f64, own.iter().sum::<f64>() / own.len() as f64);
        (mean, own.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0) / n)
    };
    let ((a, va), (b, vb)) = (part(true), part(false));
    let error = (va / (b * b) + a * a * vb / b.powi(4)).sqrt();
    let half = 0.5 * (relative.interval.high - relative.interval.low);
    close(half, 1.967_956_5 * error, 1e-4);
}

#[test]
fn a_campaign_that_cannot_be_measured_says_why() {
    let options = EffectOptions::new();
    let error = campaign_effect(&[1.0, 2.0, 3.0], &[true, true, false], None, &options).unwrap_err();
    assert!(matches!(error, Error::NotIdentified { .. }), "{error}");
    let y = [1.0, 2.0, 3.0, 4.0, 6.0];
    let t = [true, false, true, false, true];
    assert!(campaign_effect(&y, &t, None, &options.adjustment(Adjustment::Cuped)).is_err());
    let same = Array2::from_elem((5, 1), 3.0);
    assert!(campaign_effect(&y, &t, Some(same.view()), &options.adjustment(Adjustment::Regression)).is_err());
    assert!(campaign_effect(&[1.0, f64::NAN, 3.0, 4.0, 6.0], &t, None, &options).is_err());
    assert!(campaign_effect(&y, &t[..4], None, &options).is_err());
    assert!(campaign_effect(&y, &t, None, &options.expected_share(1.5)).is_err());
    let flat = campaign_effect(&[2.0; 4], &[true, false, true, false], None, &options).unwrap();
    assert_eq!((flat.effect.value, flat.p_value), (0.0, 1.0));
}

#[test]
fn the_list_is_the_best_of_all_lists() {
    let n = 12;
    let response: Vec<f64> = (0..n).map(|i| 0.05 + 0.07 * ((i * 5) % n) as f64).collect();
    let baseline: Vec<f64> = (0..n).map(|i| response[i] * ((i * 7) % n) as f64 / n as f64).collect();
    let value: Vec<f64> = (0..n).map(|i| 10.0 + ((i * 11) % 9) as f64).collect();
    let columns = CampaignColumns { response: &response, baseline: Some(&baseline), value: &value, cost: &[1.0] };
    for (capacity, incentive) in [(12, 0.0), (4, 0.0), (12, 2.0), (3, 1.0)] {
        let options = CampaignOptions::new().capacity(capacity).incentive(incentive).fixed_cost(0.5);
        let list = target_customers(&columns, &options).unwrap();
        let profit = |i: usize| (response[i] - baseline[i]) * value[i] - response[i] * incentive - 1.0;
        let best = (0..1_u32 << n)
            .filter(|set| set.count_ones() as usize <= capacity)
            .map(|set| (0..n).filter(|i| set >> i & 1 == 1).map(profit).sum::<f64>() - if set == 0 { 0.0 } else { 0.5 })
            .fold(0.0, f64::max);
        assert!((list.best.profit.value - best).abs() < 1e-12, "{list:?}");
        assert!(list.best.profit.interval.low < best && list.targets().len() == list.depth);
    }
    let list = target_customers(&columns, &CampaignOptions::new().budget(3.5)).unwrap();
    assert_eq!((list.depth, list.limited_by, list.best.cost), (3, "budget", 3.0));
    assert_eq!(list.curve.last().unwrap().customers, n);
    let dear = target_customers(&columns, &CampaignOptions::new().fixed_cost(1e6)).unwrap();
    assert_eq!((dear.depth, dear.best.profit.value), (0, 0.0));
}

#[cfg(feature = "decisions")]
#[test]
fn hold_outs_are_random_and_repeatable() {
    let n = 1_000;
    let response: Vec<f64> = (0..n).map(|i| 0.2 + 0.3 * (i as f64 / n as f64)).collect();
    let value = vec![20.0; n];
    let columns = CampaignColumns { response: &response, baseline: None, value: &value, cost: &[1.0] };
    let list = target_customers(&columns, &CampaignOptions::new()).unwrap();
    let group = list.hold_out(&response, 0.2, 7).unwrap();
    assert_eq!((group.contact.len(), group.hold_out.len()), (800, 200));
    assert_eq!(group, list.hold_out(&response, 0.2, 7).unwrap());
    assert_ne!(group.hold_out, list.hold_out(&response, 0.2, 8).unwrap().hold_out);
    let mean = |rows: &[u32]| rows.iter().map(|&i| response[i as usize]).sum::<f64>() / rows.len() as f64;
    assert!((mean(&group.contact) - mean(&group.hold_out)).abs() < 0.03);
    // 2.8 standard errors of a difference of shares.
    close(group.detectable_effect, 2.801_585 * (0.35 * 0.65 * (1.0 / 800.0 + 1.0 / 200.0_f64)).sqrt(), 1e-3);
    assert!(list.hold_out(&response, 1e-9, 7).is_err() && list.hold_out(&response, 1.0, 7).is_err());
}

/// The chance in the interval is the chance in simulated campaigns.
#[cfg(feature = "decisions")]
#[test]
fn the_interval_covers_what_happens() {
    use rand::{RngExt, SeedableRng, rngs::ChaCha8Rng};
    let n = 200;
    let response: Vec<f64> = (0..n).map(|i| 0.1 + 0.002 * i as f64).collect();
    let baseline: Vec<f64> = response.iter().map(|p| 0.3 * p).collect();
    let value: Vec<f64> = (0..n).map(|i| 10.0 + (i % 7) as f64).collect();
    let columns = CampaignColumns { response: &response, baseline: Some(&baseline), value: &value, cost: &[0.5] };
    let list = target_customers(&columns, &CampaignOptions::new().incentive(1.0).level(0.9)).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let runs = 2_000;
    let covered = (0..runs)
        .filter(|_| {
            let profit: f64 = list
                .targets()
                .iter()
                .map(|&i| {
                    let i = i as usize;
                    let with = f64::from(u8::from(random.random::<f64>() < response[i]));
                    let without = f64::from(u8::from(random.random::<f64>() < baseline[i]));
                    with * (value[i] - 1.0) - without * value[i] - 0.5
                })
                .sum();
            (list.best.profit.interval.low..=list.best.profit.interval.high).contains(&profit)
        })
        .count();
    assert!((covered as f64 / f64::from(runs) - 0.9).abs() < 0.03, "{covered}");
}

#[test]
fn targeting_names_bad_rows() {
    let good = CampaignColumns { response: &[0.1, 0.2], baseline: None, value: &[1.0, 2.0], cost: &[0.1] };
    let options = CampaignOptions::new();
    assert!(target_customers(&good, &options).is_ok());
    let row = |columns: CampaignColumns<'_>| match target_customers(&columns, &options).unwrap_err() {
        Error::InvalidValue { row, .. } => row,
        other => panic!("{other}"),
    };
    assert_eq!(row(CampaignColumns { response: &[0.1, 1.2], ..good }), 1);
    assert_eq!(row(CampaignColumns { baseline: Some(&[0.1, -0.1]), ..good }), 1);
    assert_eq!(row(CampaignColumns { value: &[f64::NAN, 1.0], ..good }), 0);
    assert_eq!(row(CampaignColumns { cost: &[1.0, -1.0], ..good }), 1);
    assert!(target_customers(&CampaignColumns { cost: &[1.0; 3], ..good }, &options).is_err());
    assert!(target_customers(&CampaignColumns { response: &[], value: &[], ..good }, &options).is_err());
    assert!(target_customers(&good, &options.incentive(-1.0)).is_err());
    assert!(target_customers(&good, &options.budget(f64::NAN)).is_err());
}

#[test]
fn channels() {
    let figures = acquisition_by_channel(&[0, 0, 2, 0], &[90.0, 120.0, 30.0, 60.0], &[150.0, 10.0, 0.0], 0.95).unwrap();
    let [first, second, third] = figures[..] else { panic!("{figures:?}") };
    // SciPy: chi2.ppf([0.025, 0.975], [6, 8])/2 for 3 events.
    close(first.cac.unwrap().interval.low, 150.0 / 8.767_273_069_742_323, 1e-9);
    close(first.cac.unwrap().interval.high, 150.0 / 0.618_672_122_895_601_4, 1e-9);
    // SciPy: t.interval(0.95, 2, 90, 30/sqrt(3)).
    close(first.mean_value.unwrap().interval.low, 15.475_868_647_490_088, 1e-12);
    assert_eq!((first.ltv_to_cac.unwrap().value, first.profit), (1.8, 120.0));
    assert!(second.cac.is_none() && second.mean_value.is_none() && second.profit == -10.0);
    assert!(third.ltv_to_cac.is_none() && third.cac.unwrap().value == 0.0);
    let cells = value_by_channel_and_cohort(&[0, 0, 1, 0], 2, &[1, 0, 1, 1], 2, &[1.0, 2.0, 3.0, 5.0], 0.9).unwrap();
    assert_eq!(
        cells.iter().map(|c| (c.channel, c.cohort, c.customers, c.total)).collect::<Vec<_>>(),
        [(0, 0, 1, 2.0), (0, 1, 2, 6.0), (1, 1, 1, 3.0)]
    );
    assert!(acquisition_by_channel(&[0, 1], &[1.0, 2.0], &[1.0], 0.95).is_err());
    assert!(acquisition_by_channel(&[0], &[1.0], &[-1.0], 0.95).is_err());
    assert!(acquisition_by_channel(&[], &[], &[1.0], 0.95).is_err());
}

proptest::proptest! {
    /// No list is better: neither any depth of this order nor any other set of customers.
    #[test]
    fn the_target_list_takes_all_that_pays(
        rows in proptest::collection::vec((0.0..=1.0_f64, 0.0..=1.0_f64, -50.0..500.0_f64, 0.0..20.0_f64), 1..60),
        incentive in 0.0..5.0_f64,
    ) {
        let of = |k: fn(&(f64, f64, f64, f64)) -> f64| rows.iter().map(k).collect::<Vec<f64>>();
        let (response, baseline, value, cost) = (of(|r| r.0), of(|r| r.1), of(|r| r.2), of(|r| r.3));
        let columns = CampaignColumns { response: &response, baseline: Some(&baseline), value: &value, cost: &cost };
        let list = target_customers(&columns, &CampaignOptions::new().incentive(incentive)).unwrap();
        let best: f64 = list.expected_profit.iter().filter(|p| **p > 0.0).sum();
        proptest::prop_assert!((list.best.profit.value - best).abs() <= 1e-9 * (1.0 + best));
        for point in list.curve.iter().chain([&list.everybody]) {
            proptest::prop_assert!(point.profit.value <= best + 1e-9 * (1.0 + best));
        }
    }
}
