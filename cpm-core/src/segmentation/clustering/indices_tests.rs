//! Indices against scikit-learn.

use ndarray::{Array2, array};

use super::super::test_data::{golden_data, uniform};
use super::*;
use crate::golden::{rows, segmentation};

#[track_caller]
fn same(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-10 * expected.abs().max(1.0), "{found} {expected}");
}

#[test]
fn equal_to_scikit_learn() {
    for row in rows(&segmentation()["indices"]) {
        let x = golden_data(row.0["data"].as_str().unwrap());
        let labels = |name: &str| row.list(name).into_iter().map(|v| v as u32).collect::<Vec<_>>();
        let (own, other) = (labels("labels"), labels("other"));
        let values = silhouette_samples(x.view(), &own).unwrap();
        values.iter().zip(row.list("silhouette_samples")).for_each(|(found, expected)| same(*found, expected));
        same(silhouette_score(x.view(), &own, None).unwrap().0, row.get("silhouette"));
        same(calinski_harabasz_score(x.view(), &own).unwrap(), row.get("calinski_harabasz"));
        same(davies_bouldin_score(x.view(), &own).unwrap(), row.get("davies_bouldin"));
        same(adjusted_rand_index(&own, &other).unwrap(), row.get("adjusted_rand"));
    }
}

#[test]
fn a_sample_estimates_the_whole() {
    let x = Array2::from_shape_fn((900, 2), |(i, j)| uniform(900, 2, 4)[(i, j)] + (i % 3) as f64);
    let labels: Vec<u32> = (0..900).map(|i| i % 3).collect();
    let (whole, exact) = silhouette_score(x.view(), &labels, None).unwrap();
    assert_eq!(exact, 0.0);
    let (part, error) = silhouette_score(x.view(), &labels, Some((200, 1))).unwrap();
    assert!((part - whole).abs() < 4.0 * error && error > 0.0, "{whole} {part} {error}");
    // The sample is one of rows, not of places.
    let mut turned = x.clone();
    turned.invert_axis(ndarray::Axis(0));
    let reversed: Vec<u32> = labels.iter().rev().copied().collect();
    let again = silhouette_score(turned.view(), &reversed, Some((200, 1))).unwrap();
    assert!((again.0 - part).abs() < 1e-12);
    assert_ne!(silhouette_score(x.view(), &labels, Some((200, 2))).unwrap().0, part);
}

#[test]
fn bad_input_is_named() {
    let x = array![[0.0], [1.0], [2.0]];
    let text = |labels: &[u32]| silhouette_samples(x.view(), labels).unwrap_err().to_string();
    assert!(text(&[1, 1, 1]).contains("1 clusters"));
    assert!(text(&[1, 2, 3]).contains("3 clusters"));
    assert!(text(&[1, 2]).contains("`labels` has 2 rows"));
    assert!(davies_bouldin_score(array![[f64::NAN], [0.0], [1.0]].view(), &[0, 0, 1]).is_err());
    assert!(adjusted_rand_index(&[1], &[]).is_err());
    assert!(adjusted_rand_index(&[], &[]).is_err());
    assert_eq!(adjusted_rand_index(&[1], &[4]).unwrap(), 1.0);
}
