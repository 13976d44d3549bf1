use proptest::prelude::*;

use super::*;
use crate::portfolio::{lorenz, whale_curve};

fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.abs().max(b.abs()).max(1.0)
}

/// Spends with ties, zeros and a long tail; at least one is positive.
fn spends() -> impl Strategy<Value = Vec<f64>> {
    let one = prop_oneof![Just(0.0), (1..20_u32).prop_map(f64::from), (0.0..12.0_f64).prop_map(f64::exp)];
    prop::collection::vec(one, 1..120).prop_filter("a positive sum", |v| v.iter().any(|x| *x > 0.0))
}

#[test]
fn equal_values_are_not_concentrated() {
    let values = [0.1; 7];
    assert_eq!(gini(&values).unwrap(), 0.0);
    let hhi = hhi(&values).unwrap();
    assert!(close(hhi.index, 1.0 / 7.0, 1e-15) && close(hhi.effective_number, 7.0, 1e-15));
    assert!(hhi.normalised.abs() < 1e-15);
    assert!(close(top_share(&values, 0.2).unwrap(), 0.2, 1e-15));
}

#[test]
fn one_customer_with_everything() {
    let mut values = vec![0.0; 999];
    values.push(3.0);
    assert_eq!(gini(&values).unwrap(), 0.999);
    let hhi = hhi(&values).unwrap();
    assert_eq!((hhi.index, hhi.effective_number), (1.0, 1.0));
    assert!(close(hhi.normalised, 1.0, 1e-15) && hhi.normalised <= 1.0);
    assert_eq!(top_share(&values, 0.001).unwrap(), 1.0);
}

#[test]
fn a_single_customer() {
    assert_eq!(gini(&[5.0]).unwrap(), 0.0);
    assert_eq!(normalised_gini(&[5.0]).unwrap(), 0.0);
    assert_eq!(hhi(&[5.0]).unwrap(), Hhi { index: 1.0, effective_number: 1.0, normalised: 1.0 });
    assert_eq!(top_share(&[5.0], 0.25).unwrap(), 0.25);
}

#[test]
fn normalised_gini_against_the_printed_formula() {
    // Berrebi & Silber 1985: shares y ascending, m the largest number whose first m shares sum to at most 0;
    // (2/n·Σ j y_j − (n+1)/n) / (1 + 2/n·Σ_{j≤m} j y_j + 1/n·S_m·(S_m/y_{m+1} − (1 + 2m))).
    for values in [vec![-5.0, -1.0, 2.0, 3.0, 9.0], vec![-2.0, 0.0, 0.0, 7.0], vec![-1.0, 30.0, -20.0, 4.0, 0.5]] {
        let n = values.len() as f64;
        let sum: f64 = values.iter().sum();
        let mut y: Vec<f64> = values.iter().map(|v| v / sum).collect();
        y.sort_by(f64::total_cmp);
        let mut m = 0;
        while y[..=m].iter().sum::<f64>() <= 0.0 {
            m += 1;
        }
        let ranked = |k: usize| -> f64 { y[..k].iter().enumerate().map(|(j, y)| (j + 1) as f64 * y).sum() };
        let (s, next) = (y[..m].iter().sum::<f64>(), y[m]);
        let plain = 2.0 / n * ranked(y.len()) - (n + 1.0) / n;
        let scale = 1.0 + 2.0 / n * ranked(m) + s / n * (s / next - (1 + 2 * m) as f64);
        assert!(close(normalised_gini(&values).unwrap(), plain / scale, 1e-14), "{values:?}");
    }
}

#[test]
fn sums_keep_their_digits() {
    // A plain sum would lose every one of the small values.
    let mut values = vec![1.0; 10_000];
    values.push(1e16);
    assert_eq!(Ascending::non_negative(&values).unwrap().sum(), 1e16 + 10_000.0);
    let mut values = vec![0.1; 1_000_000];
    values.reverse();
    assert_eq!(Ascending::non_negative(&values).unwrap().sum(), 100_000.0);
}

#[test]
fn unusable_values_are_named() {
    type Measure = fn(&[f64]) -> Result<f64>;
    let non_negative: [Measure; 3] = [gini, |v| hhi(v).map(|h| h.index), |v| top_share(v, 0.2)];
    let signed: [Measure; 3] =
        [normalised_gini, |v| lorenz(v, 5).map(|c| c.share_of_value[0]), |v| whale_curve(v, 5).map(|c| c.peak_share)];
    for measure in non_negative {
        let error = measure(&[1.0, 2.0, -3.5]).unwrap_err();
        assert!(matches!(&error, Error::InvalidValue { row: 2, value, .. } if value == "-3.5"), "{error}");
        assert!(error.to_string().contains("normalised_gini"));
    }
    for measure in non_negative.into_iter().chain(signed) {
        assert!(matches!(measure(&[]), Err(Error::Empty { .. })));
        assert!(matches!(measure(&[0.0, 0.0]), Err(Error::InvalidArgument { name: "sum of values", .. })));
        assert!(matches!(measure(&[1.0, f64::NAN]), Err(Error::InvalidValue { row: 1, .. })));
        assert!(matches!(measure(&[f64::INFINITY]), Err(Error::InvalidValue { row: 0, .. })));
        assert!(matches!(measure(&[f64::MAX, f64::MAX]), Err(Error::InvalidArgument { name: "values", .. })));
    }
    for measure in signed {
        assert!(matches!(measure(&[1.0, -2.0]), Err(Error::InvalidArgument { name: "sum of values", .. })));
    }
    for fraction in [-0.1, 1.1, f64::NAN] {
        assert!(matches!(top_share(&[1.0], fraction), Err(Error::InvalidArgument { name: "fraction", .. })));
    }
}

proptest! {
    #[test]
    fn measures_are_in_range(values in spends()) {
        let n = values.len() as f64;
        let g = gini(&values).unwrap();
        prop_assert!((0.0..1.0).contains(&g) && g <= (n - 1.0) / n);
        prop_assert!(close(normalised_gini(&values).unwrap(), g, 1e-13));
        let h = hhi(&values).unwrap();
        prop_assert!(h.index >= 1.0 / n && h.index <= 1.0);
        prop_assert!((0.0..=1.0).contains(&h.normalised));
        prop_assert!(h.effective_number >= 1.0 && h.effective_number <= n * (1.0 + 1e-15));
    }

    #[test]
    fn gini_is_the_mean_difference(values in spends()) {
        // G = Σ|x_i − x_j| / (2 n Σ x), a formula without ranks.
        let differences: f64 = values.iter().flat_map(|a| values.iter().map(move |b| (a - b).abs())).sum();
        let expected = differences / (2.0 * values.len() as f64 * values.iter().sum::<f64>());
        prop_assert!(close(gini(&values).unwrap(), expected, 1e-12));
    }

    #[test]
    fn scale_does_not_matter(values in spends(), scale in 1e-6..1e6_f64) {
        let scaled: Vec<f64> = values.iter().map(|v| v * scale).collect();
        prop_assert!(close(gini(&values).unwrap(), gini(&scaled).unwrap(), 1e-13));
        prop_assert!(close(hhi(&values).unwrap().index, hhi(&scaled).unwrap().index, 1e-13));
    }

    #[test]
    fn row_order_does_not_matter(
        (values, shuffled) in spends().prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle()))
    ) {
        prop_assert_eq!(gini(&values).unwrap(), gini(&shuffled).unwrap());
        prop_assert_eq!(hhi(&values).unwrap(), hhi(&shuffled).unwrap());
        prop_assert_eq!(top_share(&values, 0.2).unwrap(), top_share(&shuffled, 0.2).unwrap());
    }

    #[test]
    fn a_base_twice_over_is_as_concentrated(values in spends()) {
        let twice = [values.clone(), values.clone()].concat();
        prop_assert!(close(gini(&values).unwrap(), gini(&twice).unwrap(), 1e-13));
        prop_assert!(close(top_share(&values, 0.37).unwrap(), top_share(&twice, 0.37).unwrap(), 1e-13));
        let (once, double) = (hhi(&values).unwrap(), hhi(&twice).unwrap());
        prop_assert!(close(once.index, 2.0 * double.index, 1e-13));
    }

    #[test]
    fn top_share_rises_from_0_to_1_above_the_diagonal(values in spends()) {
        let mut before = top_share(&values, 0.0).unwrap();
        prop_assert_eq!(before, 0.0);
        for k in 1..=40 {
            let fraction = f64::from(k) / 40.0;
            let share = top_share(&values, fraction).unwrap();
            prop_assert!(share >= before - 1e-14 && share >= fraction - 1e-14 && share <= 1.0);
            before = share;
        }
        prop_assert!(close(before, 1.0, 1e-15));
    }

    #[test]
    fn normalised_gini_of_profits_is_in_range(profits in prop::collection::vec(-50.0..60.0_f64, 1..80)) {
        prop_assume!(profits.iter().sum::<f64>() > 1e-3);
        let g = normalised_gini(&profits).unwrap();
        prop_assert!((0.0..=1.0).contains(&g), "{}", g);
    }
}
