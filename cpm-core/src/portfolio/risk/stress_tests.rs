use super::*;

#[test]
fn scenarios_combine() {
    let (value, churn) = ([100.0, 60.0, -10.0, 0.0], [0.2, 0.4, 0.0, 1.0]);
    let all = StressScenario::new("all").churn(0.5).spend(0.1).lose_top(1);
    let results = stress_test(&value, Some(&churn), &[StressScenario::new("nothing"), all]).unwrap();
    assert_eq!((results[0].value, results[0].change), (150.0, 0.0));
    assert!((results[1].value - 0.9 * (40.0 - 10.0)).abs() < 1e-12);
    assert!((results[1].change_share - (27.0 - 150.0) / 150.0).abs() < 1e-14);
    // Churn cannot pass 1.
    let gone = stress_test(&value[..2], Some(&churn[..2]), &[StressScenario::new("gone").churn(9.0)]).unwrap();
    assert_eq!(gone[0].value, 0.0);
    assert_eq!(StressResult::table(&results).unwrap().rows(), 2);
}

#[test]
fn unusable_scenarios_are_named() {
    let of = |value: &[f64], churn: Option<&[f64]>, scenario| stress_test(value, churn, &[scenario]).unwrap_err();
    let nothing = || StressScenario::new("x");
    assert!(of(&[1.0], None, nothing().churn(0.1)).to_string().contains("give them"));
    assert!(of(&[1.0], None, nothing().spend(1.1)).to_string().contains("share from 0 to 1"));
    assert!(of(&[1.0], None, nothing().lose_top(2)).to_string().contains("1 customers"));
    assert!(of(&[1.0, -2.0], None, nothing()).to_string().contains("positive value"));
    assert!(matches!(of(&[1.0, f64::NAN], None, nothing()), Error::InvalidValue { row: 1, .. }));
    assert!(matches!(of(&[1.0], Some(&[0.1, 0.2]), nothing()), Error::LengthMismatch { .. }));
    assert!(matches!(of(&[1.0], Some(&[1.2]), nothing()), Error::InvalidValue { column: "churn", .. }));
}
