use proptest::prelude::*;

use super::*;
use crate::portfolio::{gini, hhi, normalised_gini, top_share, whale_curve};

fn options() -> DrawOptions {
    DrawOptions::new().draws(400)
}

#[test]
fn counts_are_poisson() {
    let table = poisson_table();
    let share = |k: u8| table.iter().filter(|c| **c == k).count() as f64 / 65_536.0;
    for (k, p) in [(0, 0.367_879_4), (1, 0.367_879_4), (2, 0.183_939_7), (3, 0.061_313_2), (6, 0.000_510_9)] {
        assert!((share(k) - p).abs() < 2e-5, "{k}");
    }
    let mean = table.iter().map(|c| f64::from(*c)).sum::<f64>() / 65_536.0;
    assert!((mean - 1.0).abs() < 1e-4, "{mean}");
}

#[test]
fn counting_a_customer_twice_is_listing_it_twice() {
    let ascending = [-4.0, -1.0, 0.5, 2.0, 9.0];
    let (counts, mut listed) = ([2_u8, 0, 3, 1, 2], Vec::new());
    for (value, count) in ascending.iter().zip(counts) {
        listed.extend(std::iter::repeat_n(*value, usize::from(count)));
    }
    let found = Measures::of(&ascending, &counts, &[0.1, 0.3, 0.9]).unwrap();
    let whale = whale_curve(&listed, 11).unwrap();
    assert!((found.gini / (1.0 + found.below_axis) - normalised_gini(&listed).unwrap()).abs() < 1e-14);
    assert!((found.peak_share - whale.peak_share).abs() < 1e-14 && found.peak_position == whale.peak_position);
    let curve = whale_curve(&listed, 9).unwrap().share_of_profit;
    // Eight customers: the curve at 0.9 · 8 = 7.2.
    let at = |position: f64| {
        let k = position.floor() as usize;
        curve[k] + position.fract() * (curve[(k + 1).min(8)] - curve[k])
    };
    for (share, fraction) in found.top_shares.iter().zip([0.1, 0.3, 0.9]) {
        assert!((share - at(8.0 * fraction)).abs() < 1e-14, "{share} {}", at(8.0 * fraction));
    }
}

#[test]
fn intervals_have_the_width_that_theory_gives() {
    // Exponential values: G = 1/2 with asymptotic variance 1/(12 n); top share of 20 % is 0.2·(1 − ln 0.2).
    let n = 4_000;
    let values: Vec<f64> = (0..n).map(|i| -((f64::from(i) + 0.5) / f64::from(n)).ln()).collect();
    let found = concentration_estimates(&values, &[0.2], &DrawOptions::new().draws(1_500)).unwrap();
    assert!((found.gini.value - 0.5).abs() < 1e-3);
    let width = (found.gini.interval.high - found.gini.interval.low) / (2.0 * 1.96);
    assert!((width / (1.0 / (12.0 * f64::from(n))).sqrt() - 1.0).abs() < 0.08, "{width}");
    assert!((found.top_shares[0].1.value - 0.2 * (1.0 - 0.2_f64.ln())).abs() < 1e-3);
    assert!((found.effective_number.unwrap().value / (f64::from(n) / 2.0) - 1.0).abs() < 0.01);
    assert!((found.stobachoff.value - found.gini.value / (1.0 + found.gini.value)).abs() < 1e-14);
    assert_eq!((found.peak_share.value, found.erosion.value), (1.0, 0.0));
}

#[test]
fn neither_threads_nor_the_order_of_customers_matter() {
    let values: Vec<f64> = (0..2_000).map(|i| f64::from(i * 7919 % 2_003) - 300.0).collect();
    let found = concentration_estimates(&values, &[0.1], &options().seed(5)).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let reversed: Vec<f64> = values.iter().rev().copied().collect();
    assert_eq!(pool.install(|| concentration_estimates(&reversed, &[0.1], &options().seed(5)).unwrap()), found);
    assert_ne!(concentration_estimates(&values, &[0.1], &options().seed(6)).unwrap(), found);
    let names = found.to_table().unwrap();
    assert_eq!(
        names.texts("measure").unwrap(),
        ["gini", "top_10_percent", "peak_share", "peak_position", "erosion", "stobachoff"]
    );
}

#[test]
fn unusable_values_are_named() {
    let of = |values: &[f64]| concentration_estimates(values, &[0.2], &options()).unwrap_err();
    assert!(matches!(of(&[]), Error::Empty { .. }));
    assert!(matches!(of(&[1.0, f64::NAN]), Error::InvalidValue { row: 1, .. }));
    assert!(matches!(of(&[1.0, -1.0]), Error::InvalidArgument { .. }));
    // 3 of 200 more than lose: in many draws the sum is negative.
    let balanced: Vec<f64> = (0..200).map(|i| if i % 2 == 0 { 10.0 } else { -9.9 }).collect();
    assert!(matches!(of(&balanced), Error::NotIdentified { .. }));
    assert!(concentration_estimates(&[1.0], &[0.0], &options()).is_err());
    assert!(concentration_estimates(&[1.0], &[0.5], &options().draws(1)).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn values_are_those_of_the_single_functions_and_scale_free(
        values in prop::collection::vec(0.01..1000.0_f64, 40..120), scale in 0.001..1e6_f64
    ) {
        let found = concentration_estimates(&values, &[0.25], &DrawOptions::new().draws(100)).unwrap();
        prop_assert!((found.gini.value - gini(&values).unwrap()).abs() < 1e-12);
        prop_assert!((found.hhi.unwrap().value - hhi(&values).unwrap().index).abs() < 1e-12);
        prop_assert!((found.top_shares[0].1.value - top_share(&values, 0.25).unwrap()).abs() < 1e-12);
        let scaled: Vec<f64> = values.iter().map(|v| v * scale).collect();
        let other = concentration_estimates(&scaled, &[0.25], &DrawOptions::new().draws(100)).unwrap();
        prop_assert!((found.gini.value - other.gini.value).abs() < 1e-12);
        prop_assert!((found.gini.interval.low - other.gini.interval.low).abs() < 1e-12);
        prop_assert!(found.gini.value >= 0.0 && found.gini.interval.high < 1.0);
    }
}
