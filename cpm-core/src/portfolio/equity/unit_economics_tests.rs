use super::*;

fn options() -> DrawOptions {
    DrawOptions::new().draws(4_000)
}

#[test]
fn future_cohorts_are_discounted_one_by_one() {
    let equity = FutureCohorts::new(&[100.0, 0.0, 200.0], Measured::new(50.0, 2.0), 30.0)
        .discount_rate(0.1)
        .equity(&options())
        .unwrap();
    let expected = 20.0 * (100.0 / 1.1 + 200.0 / 1.331);
    assert!((equity.value.value - expected).abs() < 1e-10);
    assert_eq!((equity.undiscounted.value, equity.cohorts[1].value), (6_000.0, 0.0));
    // The error of the value of one customer is common to all: 10 % of a gain of 20.
    let reach = (equity.value.interval.high - equity.value.interval.low) / 2.0;
    assert!((reach / (1.96 * 0.1 * expected) - 1.0).abs() < 0.05, "{reach}");
    assert_eq!(equity.to_table().unwrap().rows(), 3);
    let none = FutureCohorts::new(&[], 1.0, 1.0);
    assert!(matches!(none.equity(&options()), Err(Error::Empty { .. })));
    assert!(matches!(
        FutureCohorts::new(&[1.0, -1.0], 1.0, 1.0).equity(&options()),
        Err(Error::InvalidValue { row: 1, .. })
    ));
    assert!(FutureCohorts::new(&[1.0], 1.0, -1.0).equity(&options()).is_err());
}

#[test]
fn a_ratio_needs_a_cost() {
    assert!(ltv_to_cac(10.0, 0.0, &options()).is_err());
    let loss = ltv_to_cac(Measured::new(-10.0, 1.0), 5.0, &options()).unwrap();
    assert!(loss.value == -2.0 && loss.interval.high < -1.5);
}

#[test]
fn payback_counts_those_who_are_still_there() {
    let survival: Vec<f64> = (0..12).map(|t| 0.8_f64.powi(t)).collect();
    let payback = |cost: f64| Payback::new(&[10.0; 12], &survival, cost);
    // 10 · (1 − 0.8^n)/0.2: 10, 18, 24.4, 29.52, 33.616, 36.8928.
    assert_eq!(payback(33.616).periods(&options()).unwrap().value, Some(4.0));
    assert_eq!(payback(33.617).periods(&options()).unwrap().value, Some(5.0));
    assert_eq!(payback(10.0).periods(&options()).unwrap().value, Some(0.0));
    assert_eq!(payback(60.0).periods(&options()).unwrap().value, None);
    assert_eq!(payback(33.0).discount_rate(0.05).periods(&options()).unwrap().value, Some(5.0));
    let uncertain = payback(33.0).margin_error(0.1).survival_errors(&[0.03; 12]).periods(&options()).unwrap();
    assert!(uncertain.low < uncertain.value && uncertain.high.is_none_or(|high| high > 4.0), "{uncertain:?}");
    assert!(matches!(Payback::new(&[1.0], &[1.0, 0.5], 1.0).periods(&options()), Err(Error::LengthMismatch { .. })));
    assert!(matches!(Payback::new(&[1.0], &[1.5], 1.0).periods(&options()), Err(Error::InvalidValue { .. })));
    assert!(matches!(Payback::new(&[f64::NAN], &[1.0], 1.0).periods(&options()), Err(Error::InvalidValue { .. })));
    assert!(Payback::new(&[1.0], &[1.0], -1.0).periods(&options()).is_err());
}
