//! k-prototypes against the Python package kmodes, and against itself.

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::segmentation::{KMeans, KMeansOptions, adjusted_rand_index};

fn list<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap()
}

fn mixed(x: &[f64], channel: &[&str]) -> Table {
    let mut table = Table::new();
    table.push("x", Column::Float(x.to_vec())).unwrap();
    table.push("channel", Column::Text(channel.iter().map(|c| (*c).to_owned()).collect())).unwrap();
    table
}

#[test]
fn at_least_as_good_as_kmodes() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("../../../tests/golden/kprototypes.json")).unwrap();
    for case in cases {
        let numbers: Vec<[f64; 2]> = list(&case["numbers"]);
        let mut table = Table::new();
        table.push("a", Column::Float(numbers.iter().map(|r| r[0]).collect())).unwrap();
        table.push("b", Column::Float(numbers.iter().map(|r| r[1]).collect())).unwrap();
        table.push("channel", Column::Text(list(&case["channel"]))).unwrap();
        table.push("country", Column::Text(list(&case["country"]))).unwrap();
        let k = case["k"].as_u64().unwrap() as usize;
        let mut options = KPrototypesOptions::new(k).scaling(Scaling::None).starts(10);
        if let Some(gamma) = case["given"].as_f64() {
            options = options.gamma(gamma);
        }
        let model = KPrototypes::fit(&table, &options).unwrap();
        assert!((model.gamma() - case["gamma"].as_f64().unwrap()).abs() < 1e-12, "{}", model.gamma());
        let expected = case["cost"].as_f64().unwrap();
        assert!(model.cost() <= expected * (1.0 + 1e-9), "{} {expected}", model.cost());
        assert!(model.cost() > 0.97 * expected);
        if (model.cost() - expected).abs() < 1e-9 * expected {
            let labels: Vec<u32> = list(&case["labels"]);
            assert_eq!(adjusted_rand_index(&model.predict(&table).unwrap(), &labels).unwrap(), 1.0);
        }
        // The cost is that of the assignment.
        let distances = model.transform(&table).unwrap();
        let sum: f64 = distances.rows().into_iter().map(|r| r.iter().copied().fold(f64::INFINITY, f64::min)).sum();
        assert!((sum - model.cost()).abs() < 1e-9 * sum && model.converged());
    }
}

#[test]
fn without_categories_it_is_k_means() {
    let x = super::super::test_data::golden_data("iris");
    let mut table = Table::new();
    for j in 0..4 {
        table.push(&format!("x{j}"), Column::Float(x.column(j).to_vec())).unwrap();
    }
    let model = KPrototypes::fit(&table, &KPrototypesOptions::new(3).starts(20).scaling(Scaling::None)).unwrap();
    let means = KMeans::fit(x.view(), &KMeansOptions::new(3)).unwrap();
    assert!((model.cost() - means.inertia()).abs() < 1e-9 * means.inertia(), "{} {}", model.cost(), means.inertia());
}

#[test]
fn categories_alone_are_k_modes() {
    let mut table = Table::new();
    for name in ["a", "b"] {
        table.push(name, Column::Text(["x", "x", "x", "y", "y"].map(String::from).to_vec())).unwrap();
    }
    let model = KPrototypes::fit(&table, &KPrototypesOptions::new(2)).unwrap();
    assert_eq!((model.gamma(), model.cost()), (1.0, 0.0));
    assert_eq!(model.modes(), [["x", "x"], ["y", "y"]]);
    assert_eq!(model.sizes(), [3.0, 2.0]);
    assert_eq!(model.to_table().unwrap().rows(), 2);
}

#[test]
fn new_and_missing_categories() {
    let table = mixed(&[0.0, 0.1, 0.2, 9.0, 9.1], &["a", "a", "", "b", "b"]);
    let model = KPrototypes::fit(&table, &KPrototypesOptions::new(2).scaling(Scaling::None).gamma(1.0)).unwrap();
    let later = mixed(&[0.3, 8.0, 0.0], &["c", "c", ""]);
    assert_eq!(model.predict(&later).unwrap(), [0, 1, 0]);
    let distances = model.transform(&later).unwrap();
    assert!((distances[(1, 1)] - (1.05_f64.powi(2) + 1.0)).abs() < 1e-12);
}

#[cfg(feature = "json")]
#[test]
fn files_are_checked() {
    use crate::SavedModel;
    let table = mixed(&[0.0, 0.1, 0.2, 9.0, 9.1], &["a", "a", "b", "b", "b"]);
    let model = KPrototypes::fit(&table, &KPrototypesOptions::new(2)).unwrap();
    let text = SavedModel::from(model.clone()).to_json().unwrap();
    assert_eq!(SavedModel::from_json(&text).unwrap(), SavedModel::KPrototypes(model));
    let broken = text.replacen("\"gamma\": 0.5", "\"gamma\": -0.5", 1);
    assert_ne!(broken, text);
    assert!(SavedModel::from_json(&broken).is_err());
}

#[test]
fn bad_input_is_named() {
    let good = mixed(&[0.0, 1.0, 2.0], &["a", "b", "a"]);
    let text = |table: &Table, options: &KPrototypesOptions| KPrototypes::fit(table, options).unwrap_err().to_string();
    assert!(text(&good, &KPrototypesOptions::new(0)).contains("n_clusters = 0"));
    assert!(text(&good, &KPrototypesOptions::new(4)).contains("3 distinct rows"));
    assert!(text(&good, &KPrototypesOptions::new(2).gamma(-1.0)).contains("gamma = -1"));
    assert!(text(&good, &KPrototypesOptions::new(2).weights(&[1.0])).contains("weights"));
    assert!(text(&good, &KPrototypesOptions::new(2).scaling_of("channel", Scaling::Log)).contains("channel"));
    assert!(text(&Table::new(), &KPrototypesOptions::new(2)).contains("is empty"));
    assert!(text(&mixed(&[1.0, 1.0], &["a", "b"]), &KPrototypesOptions::new(2)).contains("same value"));
    let missing = mixed(&[0.0, f64::NAN], &["a", "b"]);
    assert!(text(&missing, &KPrototypesOptions::new(1)).contains("missing number in row 1"));
    let model = KPrototypes::fit(&good, &KPrototypesOptions::new(2)).unwrap();
    let mut other = Table::new();
    other.push("x", Column::Float(vec![1.0])).unwrap();
    assert!(model.predict(&other).unwrap_err().to_string().contains("`channel`"));
    other.push("channel", Column::Float(vec![1.0])).unwrap();
    assert!(model.predict(&other).unwrap_err().to_string().contains("numbers"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    /// Neither the order of the rows nor repetition instead of weight matters.
    #[test]
    fn order_and_repetition_do_not_matter(
        rows in prop::collection::vec((-4..4_i32, 0..3_usize, 1..3_usize), 4..40), gamma in 0.0..3.0_f64, k in 1..4_usize,
    ) {
        let names = ["a", "b", ""];
        let make = |rows: &[(i32, usize)]| {
            let x: Vec<f64> = rows.iter().map(|r| f64::from(r.0)).collect();
            mixed(&x, &rows.iter().map(|r| names[r.1]).collect::<Vec<_>>())
        };
        let once: Vec<(i32, usize)> = rows.iter().map(|r| (r.0, r.1)).collect();
        let options = KPrototypesOptions::new(k).scaling(Scaling::None).gamma(gamma).starts(2);
        let weights: Vec<f64> = rows.iter().map(|r| r.2 as f64).collect();
        let fit = KPrototypes::fit(&make(&once), &options.clone().weights(&weights));
        let mut turned = once.clone();
        turned.reverse();
        let backwards: Vec<f64> = weights.iter().rev().copied().collect();
        let again = KPrototypes::fit(&make(&turned), &options.clone().weights(&backwards));
        let repeated: Vec<(i32, usize)> = rows.iter().flat_map(|r| vec![(r.0, r.1); r.2]).collect();
        let thrice = KPrototypes::fit(&make(&repeated), &options);
        match (fit, again, thrice) {
            (Ok(a), Ok(b), Ok(c)) => {
                prop_assert_eq!(&a, &b);
                prop_assert_eq!(&a, &c);
                prop_assert!(a.cost().is_finite() && a.sizes().iter().sum::<f64>() == weights.iter().sum::<f64>());
            }
            (a, b, c) => prop_assert!(a.is_err() && b.is_err() && c.is_err()),
        }
    }
}
