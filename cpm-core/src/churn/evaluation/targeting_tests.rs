use super::*;
use crate::numerics::random::SplitMix;

#[test]
fn profits_and_order_by_hand() {
    let offer = RetentionOffer::new(0.3, 10.0, 1.0);
    let plan = plan_retention_offer(&[0.9, 0.1, 0.5], &[500.0, 20.0, 100.0], None, &offer).unwrap();
    let profits: Vec<f64> = plan.customers().iter().map(|c| c.profit).collect();
    let expected = [0.9 * 0.3 * 490.0 - 1.0 - 1.0, 0.1 * 0.3 * 10.0 - 9.0 - 1.0, 0.5 * 0.3 * 90.0 - 5.0 - 1.0];
    profits.iter().zip(expected).for_each(|(p, e)| assert!((p - e).abs() < 1e-12));
    assert_eq!(plan.customers().iter().map(|c| c.rank).collect::<Vec<_>>(), [1, 3, 2]);
    let campaign = plan.campaign();
    assert_eq!((campaign.customers, campaign.fraction), (2, 2.0 / 3.0));
    assert!((campaign.profit.value - expected[0] - expected[2]).abs() < 1e-12);
    assert!((campaign.kept - 0.42).abs() < 1e-12);
    assert_eq!(plan.first(0).profit.value, 0.0);
    let curve = plan.curve(4).unwrap();
    assert_eq!(curve.column("customers"), Some(&Column::Integer(vec![0, 1, 2, 3])));
    // Of all numbers of customers none earns more.
    assert!((0..=3).all(|n| plan.first(n).profit.value <= campaign.profit.value));
}

#[test]
fn budget_and_share_are_kept() {
    let (p, clv) = ([0.5; 4], [400.0, 300.0, 200.0, 100.0]);
    let offer = RetentionOffer::new(0.5, 10.0, 1.0);
    let capped = plan_retention_offer(&p, &clv, None, &offer.at_most(0.5)).unwrap();
    assert_eq!(capped.campaign().customers, 2);
    // Each costs 1 + 0.75 · 10.
    let poor = plan_retention_offer(&p, &clv, None, &offer.budget(26.0)).unwrap();
    assert_eq!((poor.campaign().customers, poor.campaign().cost), (3, 25.5));
}

#[test]
fn the_prediction_interval_covers_simulated_campaigns() {
    let mut random = SplitMix::new(3, 0);
    let mut uniform = || random.below(1 << 52) as f64 / (1_u64 << 52) as f64;
    let p: Vec<f64> = (0..300).map(|_| uniform()).collect();
    let clv: Vec<f64> = (0..300).map(|_| 50.0 + 200.0 * uniform()).collect();
    let (rate, d, f) = (0.4, 10.0, 1.0);
    let plan = plan_retention_offer(&p, &clv, None, &RetentionOffer::new(rate, d, f).level(0.9)).unwrap();
    let total = plan.campaign().profit;
    let mut covered = 0;
    for _ in 0..500 {
        let profit: f64 = plan
            .customers()
            .iter()
            .enumerate()
            .filter(|(_, c)| c.target)
            .map(|(i, _)| if uniform() < p[i] { if uniform() < rate { clv[i] - d - f } else { -f } } else { -d - f })
            .sum();
        covered += usize::from(total.interval.low <= profit && profit <= total.interval.high);
    }
    assert!((425..=475).contains(&covered), "{covered}");
}

#[test]
fn uncertain_values_and_rates_widen_intervals() {
    let offer = RetentionOffer::new(0.3, 10.0, 1.0);
    let known = plan_retention_offer(&[0.5], &[200.0], None, &offer).unwrap();
    assert_eq!(known.customers()[0].interval.low, known.customers()[0].profit);
    let value = plan_retention_offer(&[0.5], &[200.0], Some(&[20.0]), &offer).unwrap();
    let reach = value.customers()[0].interval.high - value.customers()[0].profit;
    assert!((reach - 1.959_963_984_540_054 * 0.15 * 20.0).abs() < 1e-9);
    let both = plan_retention_offer(&[0.5], &[200.0], Some(&[20.0]), &offer.acceptance_error(0.1)).unwrap();
    let reach = both.customers()[0].interval.high - both.customers()[0].profit;
    assert!((reach - 1.959_963_984_540_054 * 3_f64.hypot(0.5 * 190.0 * 0.1)).abs() < 1e-9);
    assert!(both.campaign().profit.interval.high > value.campaign().profit.interval.high);
}

#[test]
fn bad_input_is_named() {
    let offer = RetentionOffer::new(0.3, 10.0, 1.0);
    let wrong = |p: &[f64], clv: &[f64], errors: Option<&[f64]>, offer: &RetentionOffer| {
        plan_retention_offer(p, clv, errors, offer).unwrap_err().to_string()
    };
    assert!(wrong(&[], &[], None, &offer).contains("empty"));
    assert!(wrong(&[0.1, 1.1], &[1.0, 1.0], None, &offer).contains("row 1"));
    assert!(wrong(&[0.1], &[f64::NAN], None, &offer).contains("clv"));
    assert!(wrong(&[0.1], &[1.0], Some(&[-1.0]), &offer).contains("clv_errors"));
    assert!(wrong(&[0.1], &[1.0, 2.0], None, &offer).contains("clv"));
    assert!(wrong(&[0.1], &[1.0], None, &RetentionOffer::new(1.5, 1.0, 1.0)).contains("acceptance"));
    assert!(wrong(&[0.1], &[1.0], None, &offer.at_most(0.0)).contains("at_most"));
    assert!(wrong(&[0.1], &[1.0], None, &offer.budget(-1.0)).contains("budget"));
}
