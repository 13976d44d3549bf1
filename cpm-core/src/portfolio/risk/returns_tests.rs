use ndarray::array;

use super::*;
use crate::golden::{Row, close, portfolio};

pub(in crate::portfolio::risk) fn golden_returns() -> SegmentReturns {
    let rows: Vec<Vec<f64>> = serde_json::from_value(portfolio()["risk"]["returns"].clone()).unwrap();
    let names = (0..5).map(|k| format!("s{k}")).collect();
    SegmentReturns::new(names, Array2::from_shape_fn((8, 5), |(i, j)| rows[i][j])).unwrap()
}

#[test]
fn shrinkage_is_scikit_learns() {
    let golden = portfolio();
    let row = Row(&golden["risk"]);
    let found = golden_returns().ledoit_wolf();
    close(found.shrinkage, row.get("shrinkage"), 1e-12, &"shrinkage");
    for (found, expected) in found.covariance.iter().zip(row.list("covariance")) {
        close(*found, expected, 1e-11, &"covariance");
    }
}

#[test]
fn betas_and_rewards_are_scipys() {
    let golden = portfolio();
    let row = Row(&golden["risk"]);
    let found = golden_returns().risk(&row.list("weights"), 0.05, 0.95).unwrap();
    for (k, found) in found.iter().enumerate() {
        close(found.beta.value, row.list("beta")[k], 1e-11, &"beta");
        close(found.beta.interval.high - found.beta.value, row.list("beta_reach")[k], 1e-8, &"beta interval");
        let reward = found.reward_ratio.unwrap();
        close(reward.value, row.list("reward")[k], 1e-10, &"reward");
        close(reward.interval.high - reward.value, row.list("reward_reach")[k], 1e-7, &"reward interval");
    }
    assert_eq!(SegmentRisk::table(&found).unwrap().columns().count(), 11);
}

#[test]
fn a_single_segment_is_the_base() {
    let returns = SegmentReturns::new(vec!["all".into()], array![[1.0], [2.0], [4.0]]).unwrap();
    let shrunk = returns.ledoit_wolf();
    assert!((shrunk.covariance[(0, 0)] - 14.0 / 9.0).abs() < 1e-14);
    let risk = &returns.risk(&[1.0], 0.0, 0.95).unwrap()[0];
    assert!((risk.beta.value - 1.0).abs() < 1e-14);
    assert!((returns.covariance()[(0, 0)] - risk.standard_deviation.powi(2)).abs() < 1e-14);
}

#[test]
fn unusable_returns_are_named() {
    let names = || vec!["a".to_owned(), "b".to_owned()];
    let new = |returns| SegmentReturns::new(names(), returns).unwrap_err();
    assert!(matches!(new(array![[1.0, 2.0]]), Error::NotIdentified { .. }));
    assert!(matches!(new(array![[1.0], [2.0]]), Error::LengthMismatch { .. }));
    assert!(matches!(new(array![[1.0, 2.0], [f64::NAN, 1.0]]), Error::InvalidValue { row: 1, .. }));
    assert!(matches!(SegmentReturns::new(vec![], Array2::zeros((2, 0))), Err(Error::Empty { .. })));
    let cost =
        SegmentReturns::from_contributions(names(), &array![[1.0, 1.0], [1.0, 1.0]], &array![[1.0, 1.0], [1.0, 0.0]]);
    assert!(matches!(cost, Err(Error::InvalidValue { column: "cost", row: 1, .. })));
    let returns = |values| SegmentReturns::new(names(), values).unwrap();
    let good = returns(array![[1.0, 2.0], [2.0, 1.0], [4.0, 5.0]]);
    assert!(good.risk(&[0.5, 0.4], 0.0, 0.95).unwrap_err().to_string().contains("sum to 1"));
    assert!(matches!(good.risk(&[1.5, -0.5], 0.0, 0.95), Err(Error::InvalidValue { row: 1, .. })));
    assert!(matches!(good.risk(&[1.0], 0.0, 0.95), Err(Error::LengthMismatch { .. })));
    let still = returns(array![[1.0, 2.0], [2.0, 1.0], [1.5, 1.5]]);
    assert!(still.risk(&[0.5, 0.5], 0.0, 0.95).unwrap_err().to_string().contains("does not vary"));
    let two = returns(array![[1.0, 2.0], [2.0, 1.0]]);
    assert!(two.risk(&[0.3, 0.7], 0.0, 0.95).unwrap_err().to_string().contains("three periods"));
}
