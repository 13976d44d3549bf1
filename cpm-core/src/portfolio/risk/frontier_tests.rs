use ndarray::array;
use proptest::prelude::*;

use super::super::returns::tests::golden_returns;
use super::*;
use crate::golden::{Row, close, portfolio};

#[test]
fn mixes_are_those_of_a_convex_solver() {
    // cvxpy with Clarabel.
    let golden = portfolio();
    let row = Row(&golden["risk"]);
    let returns = golden_returns();
    let (mean, covariance) = (returns.mean(), returns.ledoit_wolf().covariance);
    let bounds = SegmentBounds { lower: row.list("lower"), upper: row.list("upper") };
    let at = |target| portfolio_at(&mean, &covariance, &bounds, target).unwrap();
    let same = |found: &FrontierPoint, expected: &[f64], risk: f64| {
        for (found, expected) in found.weights.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        }
        close(found.risk, risk, 1e-9, &"risk");
        assert!(found.residual < 1e-12, "{}", found.residual);
        assert!((found.weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    };
    let safest = at(None);
    same(&safest, &row.list("safest"), row.get("safest_risk"));
    assert_eq!(safest.marginal_risk, 0.0);
    let mixes: Vec<Vec<f64>> = serde_json::from_value(row.0["mixes"].clone()).unwrap();
    for ((target, mix), risk) in row.list("targets").into_iter().zip(mixes).zip(row.list("risks")) {
        let found = at(Some(target));
        same(&found, &mix, risk);
        assert!((found.expected_return - target).abs() < 1e-12);
        // The shadow price is the slope of the frontier.
        let slope = (at(Some(target + 1e-5)).risk - at(Some(target - 1e-5)).risk) / 2e-5;
        assert!((found.marginal_risk - slope).abs() < 1e-5 * (1.0 + slope.abs()), "{} {slope}", found.marginal_risk);
    }
    let names = returns.segments().to_vec();
    let frontier = efficient_frontier(names, &mean, &covariance, &bounds, 30).unwrap();
    close(frontier.points[29].expected_return, row.get("highest"), 1e-12, &"highest");
    assert_eq!(frontier.to_table().unwrap().columns().count(), 8);
}

#[test]
fn infeasible_budgets_say_which_and_by_how_much() {
    let covariance = array![[0.04, 0.0], [0.0, 0.09]];
    let at = |lower: [f64; 2], upper: [f64; 2], target| {
        let bounds = SegmentBounds { lower: lower.to_vec(), upper: upper.to_vec() };
        portfolio_at(&[0.1, 0.2], &covariance, &bounds, target).unwrap_err().to_string()
    };
    assert!(at([0.75, 0.5], [1.0, 1.0], None).contains("lower them by 0.25"));
    assert!(at([0.0, 0.0], [0.25, 0.5], None).contains("of which 0.25 has no place"));
    assert!(at([0.0, 0.8], [1.0, 0.5], None).contains("row 1"));
    let error = at([0.0, 0.0], [1.0, 0.5], Some(0.25));
    assert!(error.contains("from 0.1 to 0.15") && error.contains("misses them by 0.1"), "{error}");
    let of =
        |covariance: Array2<f64>| portfolio_at(&[0.1, 0.2], &covariance, &SegmentBounds::open(2), None).unwrap_err();
    let singular = of(array![[0.04, 0.04], [0.04, 0.04]]);
    assert!(matches!(&singular, Error::NotIdentified { .. }) && singular.to_string().contains("ledoit_wolf"));
    assert!(matches!(of(Array2::zeros((2, 2))), Error::NotIdentified { .. }));
    assert!(matches!(of(array![[0.04, 0.01], [0.02, 0.04]]), Error::InvalidArgument { .. }));
    assert!(matches!(of(array![[0.04]]), Error::InvalidArgument { .. }));
    let names = || vec!["a".to_owned(), "b".to_owned()];
    assert!(efficient_frontier(names(), &[0.1, 0.2], &covariance, &SegmentBounds::open(2), 1).is_err());
    assert!(efficient_frontier(names(), &[0.1], &covariance, &SegmentBounds::open(1), 5).is_err());
    assert!(matches!(
        portfolio_at(&[0.1, f64::NAN], &covariance, &SegmentBounds::open(2), None),
        Err(Error::InvalidValue { column: "mean", row: 1, .. })
    ));
}

#[test]
fn edges_of_what_is_possible() {
    let covariance = array![[0.04, 0.0], [0.0, 0.09]];
    // One return for both: the target says nothing.
    let same = portfolio_at(&[0.1, 0.1], &covariance, &SegmentBounds::open(2), Some(0.1)).unwrap();
    assert!((same.weights[0] - 9.0 / 13.0).abs() < 1e-14);
    // Bounds that leave one point.
    let fixed = SegmentBounds { lower: vec![0.3, 0.7], upper: vec![0.3, 0.7] };
    let only = portfolio_at(&[0.1, 0.2], &covariance, &fixed, Some(0.17)).unwrap();
    assert_eq!(only.weights, [0.3, 0.7]);
    let top = portfolio_at(&[0.1, 0.2], &covariance, &SegmentBounds::open(2), Some(0.2)).unwrap();
    assert!(top.weights[0] == 0.0 && (top.weights[1] - 1.0).abs() < 1e-14);
    let one = efficient_frontier(vec!["a".into()], &[0.1], &array![[0.04]], &SegmentBounds::open(1), 3).unwrap();
    assert!(one.points.iter().all(|p| (p.risk - 0.2).abs() < 1e-15));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_frontier_is_convex_and_beats_random_mixes(
        factors in prop::collection::vec(-1.0..1.0_f64, 24), mean in prop::collection::vec(0.0..0.5_f64, 4),
        mixes in prop::collection::vec(prop::collection::vec(0.01..1.0_f64, 4), 10)
    ) {
        let x = Array2::from_shape_vec((6, 4), factors).unwrap();
        let covariance = x.t().dot(&x) / 6.0 + Array2::<f64>::eye(4) * 0.01;
        let names = (0..4).map(|k| k.to_string()).collect();
        let frontier = efficient_frontier(names, &mean, &covariance, &SegmentBounds::open(4), 15).unwrap();
        for three in frontier.points.windows(3) {
            prop_assert!(three[1].risk <= 0.5 * (three[0].risk + three[2].risk) + 1e-10);
            prop_assert!(three[0].risk <= three[1].risk + 1e-10);
        }
        for point in &frontier.points {
            prop_assert!((point.weights.iter().sum::<f64>() - 1.0).abs() < 1e-10);
            prop_assert!(point.residual < 1e-9, "{}", point.residual);
        }
        for mix in mixes {
            let sum: f64 = mix.iter().sum();
            let w: Array1<f64> = mix.iter().map(|v| v / sum).collect();
            let (back, risk) = (w.iter().zip(&mean).map(|(w, m)| w * m).sum(), w.dot(&covariance.dot(&w)).sqrt());
            let best = portfolio_at(&mean, &covariance, &SegmentBounds::open(4), Some(back)).unwrap();
            prop_assert!(best.risk <= risk + 1e-9);
        }
    }
}
