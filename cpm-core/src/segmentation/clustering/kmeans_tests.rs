//! k-means against scikit-learn, and what must not matter.

use ndarray::{Array2, Axis, array};
use proptest::prelude::*;

use super::super::test_data::{golden_data, uniform};
use super::*;
use crate::golden::segmentation;

#[test]
fn inertia_is_not_above_that_of_two_hundred_starts_of_scikit_learn() {
    for row in segmentation()["kmeans"].as_array().unwrap() {
        let (name, k) = (row["data"].as_str().unwrap(), row["k"].as_u64().unwrap() as usize);
        let options = KMeansOptions::new(k).tolerance(0.0).starts(120);
        let model = KMeans::fit(golden_data(name).view(), &options).unwrap();
        let expected = row["inertia"].as_f64().unwrap();
        assert!(model.inertia() <= expected * (1.0 + 1e-12), "{name} {k}: {} {expected}", model.inertia());
        assert!(model.converged());
    }
}

#[test]
fn bounds_change_nothing() {
    // Lloyd's iteration as it is defined, without bounds.
    let x = uniform(400, 3, 5);
    let rows = Rows::distinct(x.view(), None).unwrap();
    let k = 11;
    let start: Vec<f64> = (0..k).flat_map(|i| rows.row(i * 30).to_vec()).collect();
    let fast = lloyd(&rows, start.clone(), 1000, 0.0);
    let mut centers = start;
    loop {
        let packed = Packed::new(&centers, 3);
        let (mut sums, mut sizes) = (vec![0.0; 3 * k], vec![0.0; k]);
        for i in 0..rows.len() {
            let c = packed.nearest(rows.row(i)).center as usize;
            sizes[c] += 1.0;
            (0..3).for_each(|j| sums[3 * c + j] += rows.row(i)[j]);
        }
        let next: Vec<f64> = sums.iter().enumerate().map(|(at, s)| s / sizes[at / 3]).collect();
        if next == centers {
            break;
        }
        centers = next;
    }
    assert_eq!(fast.centers, centers);
}

#[test]
fn a_large_table_is_solved_as_well_by_way_of_its_coreset() {
    // Four blobs and one customer far away: the coreset must not lose it.
    let noise = uniform(70_000, 2, 3);
    let mut x = Array2::from_shape_fn((70_000, 2), |(i, j)| noise[(i, j)] + 3.0 * ((i % 4) >> j & 1) as f64);
    x.row_mut(12_345).assign(&array![500.0, -500.0]);
    let model = KMeans::fit(x.view(), &KMeansOptions::new(5).starts(3)).unwrap();
    assert_eq!(model.sizes()[4], 1.0);
    // Uniform on the unit square: a variance of 1/12 in each column.
    let per_row = model.inertia() / 70_000.0;
    assert!((per_row - 1.0 / 6.0).abs() < 0.002, "{per_row}");
    let sizes: f64 = model.sizes().iter().sum();
    assert_eq!(sizes, 70_000.0);
}

#[test]
fn threads_do_not_matter() {
    let x = uniform(20_000, 4, 8);
    let options = KMeansOptions::new(6).starts(2);
    let fit = || KMeans::fit(x.view(), &options).unwrap();
    let pool = |n| rayon::ThreadPoolBuilder::new().num_threads(n).build().unwrap();
    assert_eq!(pool(1).install(fit), pool(3).install(fit));
}

#[test]
fn scaling_belongs_to_the_model() {
    let x = array![[1.0, 1000.0], [2.0, 900.0], [50.0, 1100.0], [52.0, 1000.0]];
    let options = KMeansOptions::new(2).scaling(Scaling::Standard).names(&["orders", "value"]);
    let model = KMeans::fit(x.view(), &options.clone().scaling_of("value", Scaling::None)).unwrap();
    assert_eq!(model.names(), ["orders", "value"]);
    assert_eq!(model.scaler().columns()[1].scaling, Scaling::None);
    let model = KMeans::fit(x.view(), &options).unwrap();
    assert_eq!(model.predict(array![[3.0, 1000.0], [45.0, 1000.0]].view()).unwrap(), [0, 1]);
    assert_eq!(model.centers().index_axis(Axis(0), 1).to_vec(), [51.0, 1050.0]);
    let distances = model.transform(x.view()).unwrap();
    let inertia: f64 = distances.rows().into_iter().map(|d| d[0].min(d[1]).powi(2)).sum();
    assert!((inertia - model.inertia()).abs() < 1e-12);
    assert!((model.inertia_of(x.view(), None).unwrap() - inertia).abs() < 1e-12);
}

#[test]
fn batches_keep_running_means() {
    let blobs = golden_data("blobs");
    let whole = KMeans::fit(blobs.view(), &KMeansOptions::new(4)).unwrap();
    // The golden table lists one blob after the other: batches take every sixth row.
    let batch = |b: usize| blobs.select(Axis(0), &(0..40).map(|i| 6 * i + b).collect::<Vec<_>>());
    let mut model = KMeans::fit(batch(0).view(), &KMeansOptions::new(4)).unwrap();
    for b in 1..6 {
        model.partial_fit(batch(b).view(), None).unwrap();
    }
    assert_eq!(model.sizes().iter().sum::<f64>(), 240.0);
    assert!(model.inertia_of(blobs.view(), None).unwrap() < 1.02 * whole.inertia());
}

#[test]
fn bad_input_is_named() {
    let x = array![[1.0, 2.0], [1.0, 2.0], [3.0, 4.0]];
    let fit = |x: &Array2<f64>, options: KMeansOptions| KMeans::fit(x.view(), &options).unwrap_err().to_string();
    assert!(fit(&x, KMeansOptions::new(3)).contains("there are 2 distinct rows for 3 clusters"));
    assert!(fit(&x, KMeansOptions::new(0)).contains("n_clusters = 0"));
    assert!(fit(&x, KMeansOptions::new(2).starts(0)).contains("n_init = 0"));
    assert!(fit(&x, KMeansOptions::new(2).tolerance(f64::NAN)).contains("tol = NaN"));
    assert!(fit(&x, KMeansOptions::new(2).weights(&[1.0, 1.0])).contains("`weights` has 2 rows"));
    assert!(fit(&x, KMeansOptions::new(2).weights(&[1.0, -1.0, 2.0])).contains("row 1: -1"));
    assert!(fit(&x, KMeansOptions::new(1).weights(&[0.0; 3])).contains("weights are 0"));
    assert!(fit(&x, KMeansOptions::new(2).names(&["a", "a"])).contains("two columns"));
    assert!(fit(&x, KMeansOptions::new(2).scaling_of("z", Scaling::Log)).contains("`z`"));
    assert!(fit(&array![[1.0, f64::NAN]], KMeansOptions::new(1)).contains("row 0: x1 = NaN"));
    assert!(fit(&Array2::zeros((0, 2)), KMeansOptions::new(1)).contains("empty"));
    let model = KMeans::fit(x.view(), &KMeansOptions::new(2)).unwrap();
    assert!(model.predict(array![[1.0]].view()).unwrap_err().to_string().contains("fitted to 2 columns"));
    // As many clusters as distinct rows: every row is its own center.
    assert_eq!(model.inertia(), 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn row_order_and_repetition_do_not_matter(
        (rows, order) in prop::collection::vec([0..6_i32, 0..6_i32], 6..60)
            .prop_flat_map(|v| { let n = v.len(); (Just(v), Just((0..n).collect::<Vec<_>>()).prop_shuffle()) }),
        k in 1..4_usize,
    ) {
        let x = Array2::from_shape_fn((rows.len(), 2), |(i, j)| f64::from(rows[i][j]));
        let mut distinct = rows.clone();
        distinct.sort_unstable();
        distinct.dedup();
        prop_assume!(distinct.len() >= k);
        let options = KMeansOptions::new(k).starts(2);
        let model = KMeans::fit(x.view(), &options).unwrap();
        let shuffled = x.select(Axis(0), &order);
        prop_assert_eq!(&model, &KMeans::fit(shuffled.view(), &options).unwrap());
        // A weight of 2 is a row given twice.
        let twice = ndarray::concatenate(Axis(0), &[x.view(), x.view()]).unwrap();
        let doubled = KMeans::fit(x.view(), &options.clone().weights(&vec![2.0; rows.len()])).unwrap();
        prop_assert_eq!(doubled, KMeans::fit(twice.view(), &options).unwrap());
        // Every row belongs to its nearest center, and the centers are the means of their rows.
        let labels = model.predict(x.view()).unwrap();
        let distances = model.transform(x.view()).unwrap();
        for (i, &label) in labels.iter().enumerate() {
            prop_assert!(distances.row(i).iter().all(|d| distances[(i, label as usize)] <= *d));
        }
        prop_assert!(model.sizes().windows(2).all(|s| s[0] >= s[1]));
    }
}
