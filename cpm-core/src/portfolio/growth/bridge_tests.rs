use proptest::prelude::*;

use super::*;

#[test]
fn intervals_are_those_of_the_ratio_estimator() {
    // NumPy: R = Σy/Σx, se = sqrt(n/(n−1)·Σ(y − Rx)²)/Σx.
    let (before, after) = ([100.0, 50.0, 80.0, 40.0], [120.0, 20.0, 0.0, 40.0]);
    let bridge = growth_bridge(&before, &after, None, 0.95).unwrap();
    let ratio = 180.0 / 270.0;
    let square: f64 = before.iter().zip(&after).map(|(x, y)| (y - ratio * x) * (y - ratio * x)).sum();
    let error = (square * 4.0 / 3.0).sqrt() / 270.0;
    let net = bridge.net_retention.unwrap();
    assert!((net.value - ratio).abs() < 1e-15);
    assert!(((net.interval.high / net.value).ln() - half_width(0.95) * error / ratio).abs() < 1e-12);
    let gross = bridge.gross_retention.unwrap();
    assert!((gross.value - 160.0 / 270.0).abs() < 1e-15 && gross.interval.high < 1.0 && gross.interval.low > 0.0);
    assert_eq!(bridge.logo_churn.unwrap().value, 0.25);
    assert!((bridge.revenue_churn.unwrap().value - 80.0 / 270.0).abs() < 1e-15);
    assert!((bridge.quick_ratio.unwrap().value - 20.0 / 110.0).abs() < 1e-15);
    assert_eq!((bridge.reactivation, bridge.new.customers), (None, 0));
    assert_eq!(bridge.to_table().unwrap().floats("amount").unwrap(), [270.0, 0.0, 0.0, 20.0, -30.0, -80.0, 180.0]);
}

#[test]
fn rates_without_a_base_do_not_exist() {
    let all_new = growth_bridge(&[0.0, 0.0], &[5.0, 0.0], None, 0.95).unwrap();
    assert_eq!((all_new.net_retention, all_new.quick_ratio, all_new.logo_churn), (None, None, None));
    assert_eq!((all_new.new.amount, all_new.end.amount), (5.0, 5.0));
    // Everybody stays as they are: no width on the scale of shares.
    let same = growth_bridge(&[5.0, 2.0], &[5.0, 2.0], None, 0.95).unwrap();
    assert_eq!(same.gross_retention.unwrap().interval, Interval { low: 1.0, high: 1.0 });
    assert_eq!(same.quick_ratio, None);
    let back = growth_bridge(&[0.0, 0.0, 1.0], &[5.0, 0.0, 1.0], Some(&[true, true, false]), 0.95).unwrap();
    assert_eq!(back.reactivation.unwrap().value, 0.5);
}

#[test]
fn unusable_revenue_is_named() {
    let of = |before: &[f64], after: &[f64]| growth_bridge(before, after, None, 0.95).unwrap_err();
    assert!(matches!(of(&[1.0], &[1.0, 2.0]), Error::LengthMismatch { column: "after", .. }));
    assert!(matches!(of(&[1.0, 1.0], &[1.0, -2.0]), Error::InvalidValue { column: "after", row: 1, .. }));
    assert!(matches!(of(&[f64::NAN], &[1.0]), Error::InvalidValue { column: "before", row: 0, .. }));
    assert!(matches!(of(&[0.0], &[0.0]), Error::Empty { .. }));
    assert!(matches!(of(&[], &[]), Error::Empty { .. }));
    assert!(
        growth_bridge(&[1.0], &[1.0], Some(&[]), 0.95).is_err() && growth_bridge(&[1.0], &[1.0], None, 0.0).is_err()
    );
}

proptest! {
    #[test]
    fn the_parts_add_up(rows in prop::collection::vec((prop_oneof![Just(0.0), 0.0..1e6_f64], prop_oneof![Just(0.0), 0.0..1e6_f64], any::<bool>()), 1..300)) {
        let before: Vec<f64> = rows.iter().map(|r| r.0).collect();
        let after: Vec<f64> = rows.iter().map(|r| r.1).collect();
        let earlier: Vec<bool> = rows.iter().map(|r| r.2).collect();
        prop_assume!(before.iter().chain(&after).any(|v| *v > 0.0));
        let bridge = growth_bridge(&before, &after, Some(&earlier), 0.95).unwrap();
        let parts = bridge.parts();
        let sum: f64 = parts[..6].iter().map(|(_, part, sign)| part.amount * sign).sum();
        let scale = bridge.start.amount + bridge.end.amount;
        prop_assert!((sum - bridge.end.amount).abs() <= 1e-13 * scale);
        prop_assert!((bridge.end.amount - after.iter().sum::<f64>()).abs() <= 1e-12 * scale);
        prop_assert_eq!(bridge.start.customers + bridge.new.customers + bridge.won_back.customers - bridge.lost.customers, bridge.end.customers);
        for (name, rate) in bridge.rates() {
            if let Some(rate) = rate {
                prop_assert!(rate.interval.low <= rate.value && rate.value <= rate.interval.high, "{} {:?}", name, rate);
                prop_assert!(rate.interval.low >= 0.0 && rate.interval.high.is_finite());
            }
        }
    }
}
