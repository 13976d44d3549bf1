//! Against scipy, and what is said of it.

use super::*;
use crate::golden::close;
use crate::summary::TimeUnit;

fn customers(x: &[f64], z: &[f64]) -> CustomerSummary {
    let t_x: Vec<f64> = x.iter().map(|x| if *x > 0.0 { 5.0 } else { 0.0 }).collect();
    CustomerSummary::new(x, &t_x, &vec![10.0; x.len()], TimeUnit::Week).unwrap().with_monetary_value(z).unwrap()
}

const X: [f64; 12] = [1.0, 2.0, 0.0, 3.0, 1.0, 4.0, 2.0, 8.0, 1.0, 9.0, 2.0, 3.0];
const Z: [f64; 12] = [10.0, 12.0, 0.0, 30.0, 11.0, 28.0, 9.0, 60.0, 10.0, 45.0, 0.0, 14.0];

#[test]
fn correlations_are_those_of_scipy() {
    let test = IndependenceTest::new(&customers(&X, &Z), 0.95).unwrap();
    // scipy.stats.pearsonr with its confidence_interval, and spearmanr, of the ten pairs with x > 0 and z > 0.
    assert_eq!(test.customers, 10);
    close(test.pearson.value, 0.926_511_716_394_484_8, 1e-12, &"pearson");
    close(test.pearson_p, 1.166_883_565_512_590_2e-4, 1e-9, &"p");
    close(test.pearson.interval.low, 0.712_564_008_603_432_3, 1e-9, &"low");
    close(test.pearson.interval.high, 0.982_809_851_355_451_8, 1e-9, &"high");
    close(test.spearman.value, 0.860_784_254_117_622, 1e-12, &"spearman");
    close(test.spearman_p, 1.384_426_488_324_642_9e-3, 1e-9, &"p");
    let spend: f64 = X.iter().zip(&Z).filter(|(_, z)| **z > 0.0).map(|(x, z)| x * z).sum();
    close(test.spend_ratio, spend / (34.0 * 22.9), 1e-12, &"ratio");
    let warning = test.warning().unwrap();
    assert!(warning.contains("spend more per purchase") && warning.contains("undervalues"), "{warning}");
    assert!(test.to_string().contains("warning: customers who purchase more often"));
    assert_eq!(test.to_table().unwrap().rows(), test.by_frequency.len());
    let rows: Vec<(u64, u64)> = test.by_frequency.iter().map(|r| (r.0, r.1)).collect();
    assert_eq!(rows, [(1, 3), (2, 2), (3, 2), (4, 1), (7, 2)]);
    assert!(test.by_frequency[3].3.is_none());
}

#[test]
fn no_relation_gives_no_warning() {
    let z: Vec<f64> = (0..12).map(|i| if X[i] > 0.0 { 10.0 + [1.0, 5.0, 2.0][i % 3] } else { 0.0 }).collect();
    let test = IndependenceTest::new(&customers(&X, &z), 0.95).unwrap();
    assert!(test.warning().is_none(), "{test}");
}

#[test]
fn what_cannot_be_tested_is_refused() {
    let same = IndependenceTest::new(&customers(&X, &[5.0; 12]), 0.95);
    assert!(same.unwrap_err().to_string().contains("must differ in both"));
    let bare = CustomerSummary::new(&[1.0], &[1.0], &[2.0], TimeUnit::Week).unwrap();
    assert!(IndependenceTest::new(&bare, 0.95).unwrap_err().to_string().contains("monetary_value"));
    assert!(IndependenceTest::new(&customers(&X, &Z), 1.0).is_err());
}
