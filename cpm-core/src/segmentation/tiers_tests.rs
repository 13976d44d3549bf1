//! Tiers.

use proptest::prelude::*;

use super::*;

const ABC: [(&str, f64); 3] = [("A", 0.8), ("B", 0.95), ("C", 1.0)];

#[test]
fn shares_of_customers_and_of_value() {
    let values: Vec<f64> = (1..=10).map(f64::from).collect();
    let top = ValueTiers::fit(&values, TierBasis::CustomerShare, &[("top", 0.2), ("rest", 1.0)]).unwrap();
    assert_eq!(top.edges(), [9.0]);
    assert_eq!(top.predict(&values).unwrap().iter().filter(|t| **t == 0).count(), 2);
    // 10 + 9 + 8 + 7 + 6 + 5 = 45 of 55 are 82 %, 40 are 73 %; 52 of 55 are 94.5 %, 54 are 98 %.
    let abc = ValueTiers::abc(&values).unwrap();
    assert_eq!(abc.edges(), [5.0, 2.0]);
    // Values that are not positive add nothing, and are in the last tier.
    let mixed = ValueTiers::abc(&[10.0, -5.0, 0.0, 90.0]).unwrap();
    assert_eq!(mixed.predict(&[10.0, -5.0, 0.0, 90.0]).unwrap(), [1, 2, 2, 0]);
}

#[test]
fn equal_values_stay_together() {
    let tiers = ValueTiers::fit(&[1.0; 10], TierBasis::CustomerShare, &[("top", 0.2), ("rest", 1.0)]).unwrap();
    assert_eq!(tiers.predict(&[1.0, 0.9]).unwrap(), [0, 1]);
}

#[test]
fn chances_by_hand() {
    let tiers =
        ValueTiers::fit(&[100.0, 50.0, 10.0], TierBasis::CustomerShare, &[("A", 0.3), ("B", 0.6), ("C", 1.0)]).unwrap();
    assert_eq!(tiers.edges(), [100.0, 50.0]);
    let phi = |z: f64| normal_cdf(z);
    let chances = tiers.probabilities(&[80.0, 80.0], &ValueSpread::StandardError(&[20.0, 0.0])).unwrap();
    let expected = [1.0 - phi(1.0), phi(1.0) - phi(-1.5), phi(-1.5)];
    for (tier, expected) in expected.iter().enumerate() {
        assert!((chances[tier][0] - expected).abs() < 1e-15);
        assert_eq!(chances[tier][1], f64::from(u8::from(tier == 1)));
    }
    // 97.5 % of a two-sided interval of 95 % lie below its upper end.
    let spread = ValueSpread::Interval { low: &[60.0], high: &[100.0], level: 0.95 };
    let chances = tiers.probabilities(&[70.0], &spread).unwrap();
    assert!((chances[0][0] - 0.025).abs() < 1e-9);
    // All of an interval below the expected value: certain there.
    let beside = ValueSpread::Interval { low: &[0.0], high: &[0.0], level: 0.95 };
    assert_eq!(tiers.probabilities(&[70.0], &beside).unwrap()[2][0], 1.0);
    let ids: CustomerIds = ["x"].into_iter().collect();
    let table = tiers.table(&ids, &[70.0], Some(&spread)).unwrap();
    let names: Vec<&str> = table.columns().map(|c| c.0).collect();
    assert_eq!(
        names,
        ["customer_id", "value", "tier", "probability", "probability_A", "probability_B", "probability_C"]
    );
    assert_eq!(table.floats("probability"), table.floats("probability_B"));
}

#[test]
fn bad_input_is_named() {
    let fit = |values: &[f64], tiers: &[(&str, f64)]| {
        ValueTiers::fit(values, TierBasis::ValueShare, tiers).unwrap_err().to_string()
    };
    assert!(fit(&[], &ABC).contains("empty"));
    assert!(fit(&[1.0, f64::NAN], &ABC).contains("row 1: NaN"));
    assert!(fit(&[-1.0, 0.0], &ABC).contains("no customer has a positive value"));
    assert!(fit(&[1.0], &[("A", 0.8), ("B", 0.7), ("C", 1.0)]).contains("rise from above 0 to 1"));
    assert!(fit(&[1.0], &[("A", 0.8), ("B", 0.9)]).contains("rise"));
    assert!(fit(&[1.0], &[("A", 0.8), ("A", 1.0)]).contains("name of its own"));
    let tiers = ValueTiers::abc(&[3.0, 2.0, 1.0]).unwrap();
    let chance = |spread: ValueSpread<'_>| tiers.probabilities(&[1.0], &spread).unwrap_err().to_string();
    assert!(chance(ValueSpread::StandardError(&[-1.0])).contains("standard_error"));
    assert!(chance(ValueSpread::StandardError(&[])).contains("0 rows"));
    assert!(chance(ValueSpread::Interval { low: &[3.0], high: &[2.0], level: 0.9 }).contains("lower end first"));
    assert!(chance(ValueSpread::Interval { low: &[0.0], high: &[3.0], level: 1.0 }).contains("level = 1"));
    assert!(tiers.predict(&[f64::INFINITY]).is_err());
}

proptest! {
    #[test]
    fn tiers_are_ordered_and_large_enough(
        values in prop::collection::vec(0..50_i32, 1..80), basis in prop::sample::select(vec![TierBasis::ValueShare, TierBasis::CustomerShare]),
    ) {
        let values: Vec<f64> = values.into_iter().map(f64::from).collect();
        let Ok(tiers) = ValueTiers::fit(&values, basis, &ABC) else { return Ok(()) };
        let codes = tiers.predict(&values).unwrap();
        for (a, &x) in values.iter().enumerate() {
            for (b, &y) in values.iter().enumerate() {
                prop_assert!(x < y || codes[a] <= codes[b]);
            }
        }
        let mass = |v: f64| if basis == TierBasis::CustomerShare { 1.0 } else { v };
        let total: f64 = values.iter().map(|v| mass(*v)).sum();
        let top: f64 = values.iter().zip(&codes).filter(|(_, c)| **c == 0).map(|(v, _)| mass(*v)).sum();
        prop_assert!(top >= 0.8 * total * (1.0 - 1e-9));
        let errors = vec![3.0; values.len()];
        let chances = tiers.probabilities(&values, &ValueSpread::StandardError(&errors)).unwrap();
        for i in 0..values.len() {
            prop_assert!((chances.iter().map(|c| c[i]).sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
