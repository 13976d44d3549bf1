//! The choice of k: against scikit-learn, where the number is known, and with nothing to find.

use ndarray::{Array2, Axis, array};

use super::super::test_data::{golden_data, uniform};
use super::*;
use crate::golden::{rows, segmentation};

fn quick(most: usize) -> ClusterChoiceOptions {
    ClusterChoiceOptions::new(most).starts(4)
}

#[test]
fn gap_and_bic_are_those_of_scikit_learn() {
    for row in rows(&segmentation()["choice"]) {
        let x = golden_data(row.0["data"].as_str().unwrap());
        let choice =
            choose_clusters(x.view(), &ClusterChoiceOptions::new(4).references(30).resamples(0).mixture(None)).unwrap();
        let (gap, error) = (row.list("gap"), row.list("gap_error"));
        for (c, (expected, its)) in choice.candidates().iter().zip(gap.iter().zip(error)) {
            // The reference tables are drawn anew: both gaps have an error of sd/√B.
            let (found, own) = c.gap.unwrap();
            let tolerance = 4.5 * (own.powi(2) / 30.0 + its.powi(2) / row.get("references")).sqrt();
            assert!((found - expected).abs() < tolerance, "k = {}: {found} {expected} {tolerance}", c.k);
            assert!((own / its - 1.0).abs() < 0.6, "{own} {its}");
        }
    }
}

#[test]
fn the_number_is_found() {
    let x = golden_data("blobs");
    let choice = choose_clusters(x.view(), &quick(6)).unwrap();
    assert_eq!(choice.k(), 4);
    assert_eq!(choice.candidates().len(), 6);
    assert!(choice.candidates()[3].stability.unwrap().0 > 0.95);
    assert_eq!(choice.candidates()[0].silhouette, None);
    assert!(choice.to_string().starts_with("4 clusters: chosen by"), "{choice}");
    // The rows of the table are those of the single functions.
    let model = KMeans::fit(x.view(), &KMeansOptions::new(4).starts(4)).unwrap();
    let labels = model.predict(x.view()).unwrap();
    let four = &choice.candidates()[3];
    assert!((four.inertia - model.inertia()).abs() < 1e-9 * model.inertia());
    let expected = calinski_harabasz_score(x.view(), &labels).unwrap();
    assert!((four.calinski_harabasz.unwrap() - expected).abs() < 1e-9 * expected);
    assert!((four.silhouette.unwrap().0 - silhouette_score(x.view(), &labels, None).unwrap().0).abs() < 1e-12);
    let mixture = GaussianMixture::fit(x.view(), &GaussianMixtureOptions::new(4).starts(2)).unwrap();
    assert!((four.bic.unwrap() - mixture.bic()).abs() < 1e-6);
}

#[test]
fn nothing_to_find_is_one_cluster() {
    // Not a square, whose principal components point anywhere.
    let mut x = uniform(200, 2, 3);
    x.column_mut(1).mapv_inplace(|v| 4.0 * v);
    let choice = choose_clusters(x.view(), &quick(4)).unwrap();
    let vote = |name: &str| choice.votes().iter().find(|(n, _)| *n == name).unwrap().1;
    assert_eq!(vote("gap"), Some(1));
    let (gap, error) = choice.candidates()[0].gap.unwrap();
    assert!(gap.abs() < 4.0 * error, "{gap} {error}");
}

#[test]
fn order_does_not_matter_and_seeds_do() {
    let x = uniform(150, 2, 9);
    let choice = choose_clusters(x.view(), &quick(3).sample(100)).unwrap();
    let mut turned = x.clone();
    turned.invert_axis(Axis(0));
    assert_eq!(choose_clusters(turned.view(), &quick(3).sample(100)).unwrap(), choice);
    assert_ne!(choose_clusters(x.view(), &quick(3).sample(100).seed(1)).unwrap(), choice);
    assert_eq!(choice.sampled(), 100);
    assert!(choice.to_string().contains("Sampled 100 of 150 customers"));
    assert_eq!(choice.to_table().unwrap().rows(), 3);
}

#[test]
fn equal_rows_are_sampled_as_often_as_they_occur() {
    let x = Array2::from_shape_fn((1_000, 1), |(i, _)| if i % 4 == 0 { (i % 40) as f64 } else { 100.0 });
    let rows = Rows::distinct(x.view(), None).unwrap();
    let few = rows.sample(&rows.systematic(100));
    assert_eq!(few.total_weight(), 100.0);
    let at = (0..few.len()).find(|&i| few.row(i)[0] == 100.0).unwrap();
    assert!((few.weight[at] - 75.0).abs() <= 1.0, "{:?}", few.weight);
}

#[test]
fn bad_input_is_named() {
    let text = |x: &Array2<f64>, o: &ClusterChoiceOptions| choose_clusters(x.view(), o).unwrap_err().to_string();
    let x = uniform(20, 2, 1);
    assert!(text(&x, &ClusterChoiceOptions::new(1)).contains("max_clusters = 1"));
    assert!(text(&x, &quick(3).references(1)).contains("references = 1"));
    assert!(text(&x, &quick(3).resamples(2)).contains("resamples = 2"));
    assert!(text(&x, &quick(3).sample(0)).contains("sample = 0"));
    assert!(text(&x, &quick(20)).contains("20 distinct rows for up to 20 clusters"));
    assert!(text(&array![[1.0], [f64::NAN]], &quick(2)).contains("NaN"));
    // A constant column has no density: BIC is left out, and it is said.
    let flat = Array2::from_shape_fn((20, 2), |(i, j)| if j == 0 { i as f64 } else { 1.0 });
    let choice = choose_clusters(flat.view(), &quick(3)).unwrap();
    assert_eq!(choice.candidates()[1].bic, None);
    assert!(choice.to_string().contains("no BIC for 2"), "{choice}");
}
