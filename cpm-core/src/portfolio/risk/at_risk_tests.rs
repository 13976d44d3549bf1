use super::*;

/// Mean, standard deviation and probability of nothing of equal customers.
fn base(n: usize) -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    (vec![100.0; n], vec![150.0; n], vec![0.4; n])
}

#[test]
fn certain_revenue_leaves_the_shock_alone() {
    // The total is lognormal, whose quantile and tail are known.
    let options = AtRiskOptions::new().shock(0.2).confidence(0.95).draws(60_000);
    let found = revenue_at_risk(&[0.5, 0.5], &[0.0, 0.0], None, &options).unwrap();
    let (z, s) = (-1.644_853_626_951_472_7_f64, 0.2_f64);
    let worst = (s * z - 0.5 * s * s).exp();
    assert!((found.worst_case.value - worst).abs() < 0.005, "{found:?}");
    assert!(found.worst_case.interval.low < worst && worst < found.worst_case.interval.high);
    // E[X; X < q] = Φ(z − s) = Φ(−1.8448536) = 0.0325295.
    let shortfall = 1.0 - 0.032_529_5 / 0.05;
    assert!((found.expected_shortfall.value - shortfall).abs() < 0.005, "{found:?}");
    let reach = (found.expected_shortfall.interval.high - found.expected_shortfall.interval.low) / 2.0;
    assert!((found.expected_shortfall.value - shortfall).abs() < 1.5 * reach && reach < 0.005);
    assert!((found.standard_deviation - ((s * s).exp() - 1.0).sqrt()).abs() < 0.003);
    assert_eq!(found.diversified_value_at_risk, 0.0);
}

#[test]
fn chance_cancels_out_in_a_large_base() {
    let (mean, sd, none) = base(200_000);
    let options = AtRiskOptions::new().shock(0.05).draws(500).confidence(0.9);
    let found = revenue_at_risk(&mean, &sd, Some(&none), &options).unwrap();
    assert!((found.diversified_value_at_risk / (1.2816 * 150.0 * 200_000_f64.sqrt()) - 1.0).abs() < 0.15, "{found:?}");
    assert!(found.value_at_risk.value > 10.0 * found.diversified_value_at_risk);
}

#[test]
fn few_customers_have_the_moments_that_were_given() {
    let (mean, sd, none) = base(30);
    let found = revenue_at_risk(&mean, &sd, Some(&none), &AtRiskOptions::new().draws(8_000)).unwrap();
    assert_eq!(found.expected, 3_000.0);
    assert!((found.standard_deviation / (30.0_f64.sqrt() * 150.0) - 1.0).abs() < 0.03);
    assert!(found.expected_shortfall.value > found.value_at_risk.value);
    assert_eq!(found.value_at_risk.value, found.diversified_value_at_risk);
    // Certain revenue has no risk, and one customer who may bring nothing may bring nothing.
    let certain = revenue_at_risk(&[5.0], &[0.0], None, &AtRiskOptions::new()).unwrap();
    assert_eq!((certain.value_at_risk.value, certain.expected_shortfall.value), (0.0, 0.0));
    let coin = revenue_at_risk(&[5.0], &[5.0], Some(&[0.5]), &AtRiskOptions::new()).unwrap();
    assert_eq!(coin.value_at_risk.value, 5.0);
}

#[test]
fn neither_threads_nor_the_order_of_customers_matter() {
    let n = 3_000;
    let mean: Vec<f64> = (0..n).map(|i| 1.0 + (i % 97) as f64).collect();
    let sd: Vec<f64> = (0..n).map(|i| 2.0 + (i % 89) as f64).collect();
    let options = AtRiskOptions::new().draws(400).confidence(0.9).shock(0.1).seed(3);
    let found = revenue_at_risk(&mean, &sd, None, &options).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(pool.install(|| revenue_at_risk(&mean, &sd, None, &options).unwrap()), found);
    let reversed = |v: &[f64]| v.iter().rev().copied().collect::<Vec<f64>>();
    let other = revenue_at_risk(&reversed(&mean), &reversed(&sd), None, &options).unwrap();
    assert!((other.value_at_risk.value / found.value_at_risk.value - 1.0).abs() < 1e-9);
}

#[test]
fn unusable_customers_are_named() {
    let of = |mean: &[f64], sd: &[f64], none: Option<&[f64]>| {
        revenue_at_risk(mean, sd, none, &AtRiskOptions::new()).unwrap_err()
    };
    assert!(matches!(of(&[1.0], &[], None), Error::LengthMismatch { column: "standard_deviation", .. }));
    assert!(matches!(of(&[1.0], &[1.0], Some(&[])), Error::LengthMismatch { column: "none", .. }));
    assert!(matches!(of(&[-1.0], &[1.0], None), Error::InvalidValue { column: "mean", row: 0, .. }));
    assert!(matches!(of(&[1.0], &[f64::NAN], None), Error::InvalidValue { column: "standard_deviation", .. }));
    assert!(matches!(of(&[1.0], &[1.0], Some(&[1.5])), Error::InvalidValue { column: "none", .. }));
    assert!(matches!(of(&[1.0], &[1.0], Some(&[1.0])), Error::InvalidValue { column: "none", .. }));
    assert!(matches!(of(&[1.0], &[0.5], Some(&[0.5])), Error::InvalidValue { column: "standard_deviation", .. }));
    assert!(matches!(of(&[0.0], &[0.0], None), Error::Empty { .. }));
    let options = AtRiskOptions::new().confidence(0.9999);
    assert!(revenue_at_risk(&[1.0], &[1.0], None, &options).unwrap_err().to_string().contains("fewer than 20"));
    assert!(revenue_at_risk(&[1.0], &[1.0], None, &AtRiskOptions::new().shock(-0.1)).is_err());
}
