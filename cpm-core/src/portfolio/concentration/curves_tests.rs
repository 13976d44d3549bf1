use proptest::prelude::*;

use super::*;
use crate::portfolio::{gini, top_share};

#[test]
fn coarse_curves_interpolate_within_a_customer() {
    // A third of five customers: 1 + 2/3 of the second; two thirds: 1 + 2 + 3 + a third of 4.
    let curve = lorenz(&[4.0, 10.0, 1.0, 3.0, 2.0], 4).unwrap();
    let expected = [0.0, (1.0 + 4.0 / 3.0) / 20.0, (6.0 + 4.0 / 3.0) / 20.0, 1.0];
    for (share, expected) in curve.share_of_value.iter().zip(expected) {
        assert!((share - expected).abs() < 1e-15);
    }
    assert_eq!(curve.to_table().unwrap().rows(), 4);
}

#[test]
fn a_single_customer() {
    let curve = lorenz(&[5.0], 100).unwrap();
    assert_eq!((curve.share_of_customers, curve.share_of_value), (vec![0.0, 1.0], vec![0.0, 1.0]));
    let whale = whale_curve(&[5.0], 100).unwrap();
    assert_eq!((whale.peak_share, whale.peak_position, whale.erosion()), (1.0, 1.0, 0.0));
}

#[test]
fn negative_values_dip_below_the_axis() {
    let curve = lorenz(&[-1.0, 5.0, 0.0], 4).unwrap();
    assert_eq!(curve.share_of_value, [0.0, -0.25, -0.25, 1.0]);
}

#[test]
fn customers_without_profit_come_after_the_peak() {
    let whale = whale_curve(&[0.0, 6.0, -2.0, 0.0], 5).unwrap();
    assert_eq!(whale.share_of_profit, [0.0, 1.5, 1.5, 1.5, 1.0]);
    assert_eq!((whale.peak_share, whale.peak_position, whale.erosion()), (1.5, 0.25, 0.5));
    let table = whale.to_table().unwrap();
    assert_eq!(table.floats("share_of_profit").unwrap(), whale.share_of_profit);
}

#[test]
fn a_curve_needs_two_points() {
    for points in [0, 1] {
        assert!(matches!(lorenz(&[1.0], points), Err(Error::InvalidArgument { name: "points", .. })));
        assert!(matches!(whale_curve(&[1.0], points), Err(Error::InvalidArgument { name: "points", .. })));
    }
}

proptest! {
    #[test]
    fn lorenz_is_convex_below_the_diagonal_and_gives_gini(
        values in prop::collection::vec(0.0..1000.0_f64, 1..150), points in 2..200_usize
    ) {
        prop_assume!(values.iter().sum::<f64>() > 0.0);
        let curve = lorenz(&values, points).unwrap();
        let (x, y) = (&curve.share_of_customers, &curve.share_of_value);
        prop_assert_eq!(x.len(), points.min(values.len() + 1));
        prop_assert_eq!((x[0], y[0], x[x.len() - 1], y[y.len() - 1]), (0.0, 0.0, 1.0, 1.0));
        for k in 0..x.len() {
            prop_assert!(y[k] <= x[k] + 1e-14);
            prop_assert!(k < 2 || y[k] - y[k - 1] >= y[k - 1] - y[k - 2] - 1e-13);
            prop_assert!((1.0 - y[k] - top_share(&values, 1.0 - x[k]).unwrap()).abs() < 1e-12);
        }
        // At full resolution the trapezoids are the exact area.
        let full = lorenz(&values, usize::MAX).unwrap();
        let area: f64 = full.share_of_value.windows(2).map(|w| 0.5 * (w[0] + w[1])).sum::<f64>() / values.len() as f64;
        prop_assert!((1.0 - 2.0 * area - gini(&values).unwrap()).abs() < 1e-12);
    }

    #[test]
    fn whale_is_the_lorenz_curve_from_the_other_end(
        profits in prop::collection::vec(-50.0..60.0_f64, 1..80), points in 2..100_usize
    ) {
        prop_assume!(profits.iter().sum::<f64>() > 1e-3);
        let (whale, lorenz) = (whale_curve(&profits, points).unwrap(), lorenz(&profits, points).unwrap());
        let scale = whale.peak_share;
        for (w, l) in whale.share_of_profit.iter().zip(lorenz.share_of_value.iter().rev()) {
            prop_assert!((w - (1.0 - l)).abs() < 1e-12 * scale);
            prop_assert!(*w <= whale.peak_share * (1.0 + 1e-12));
        }
    }
}
