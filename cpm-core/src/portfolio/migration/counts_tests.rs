use ndarray::array;
use serde_json::from_value;

use super::*;
use crate::golden::{Row, close, portfolio};

pub(in crate::portfolio::migration) fn golden_counts() -> TransitionCounts {
    let periods: Vec<Vec<Vec<u64>>> = from_value(portfolio()["migration"]["periods"].clone()).unwrap();
    let matrix = |rows: &Vec<Vec<u64>>| Array2::from_shape_fn((3, 3), |(i, j)| rows[i][j]);
    let states = ["a", "b", "c"].map(String::from).to_vec();
    TransitionCounts::from_counts(states, periods.iter().map(matrix).collect()).unwrap()
}

#[test]
fn stationarity_is_the_sum_of_contingency_tests() {
    // SciPy: chi2_contingency of periods x destinations, summed over the states of start.
    let (golden, test) = (portfolio(), golden_counts().stationarity_test().unwrap());
    let row = Row(&golden["migration"]);
    close(test.statistic, row.get("statistic"), 1e-12, &"statistic");
    assert_eq!(test.degrees_of_freedom as f64, row.get("degrees_of_freedom"));
    close(test.p_value, row.get("p_value"), 1e-10, &"p");
}

#[test]
fn cells_that_nobody_reaches_are_no_degrees_of_freedom() {
    let periods = vec![array![[8, 2, 0], [1, 9, 0], [0, 0, 0]], array![[5, 5, 0], [3, 7, 0], [0, 0, 4]]];
    let counts = TransitionCounts::from_counts(["a", "b", "c"].map(String::from).to_vec(), periods).unwrap();
    assert_eq!(counts.stationarity_test().unwrap().degrees_of_freedom, 2);
}

#[test]
fn customers_without_a_label_are_left_out_and_counted() {
    let dates: [&[&str]; 3] = [&["10", "9", "", "9"], &["9", "", "9", "9"], &["10", "10", "10", ""]];
    let counts = TransitionCounts::from_labels(&dates, None).unwrap();
    assert_eq!(counts.states(), ["9", "10"]); // as numbers
    assert_eq!(counts.period(0), &array![[1, 0], [1, 0]]);
    assert_eq!(counts.period(1), &array![[0, 2], [0, 0]]);
    assert_eq!((counts.left_out(), counts.periods()), (4, 2));
    assert_eq!(counts.to_table().unwrap().rows(), 8);
}

#[test]
fn parts_merge_to_the_whole() {
    let label = |i: usize, t: usize| ["x", "y", "z"][(i * 7 + t * i * i) % 3];
    let dates: Vec<Vec<&str>> = (0..3).map(|t| (0..1000).map(|i| label(i, t)).collect()).collect();
    let part = |range: std::ops::Range<usize>| {
        let dates: Vec<&[&str]> = dates.iter().map(|d| &d[range.clone()]).collect();
        TransitionCounts::from_labels(&dates, Some(&["x", "y", "z"])).unwrap()
    };
    let mut sum = part(0..400);
    sum.merge(&part(400..1000)).unwrap();
    assert_eq!(sum, part(0..1000));
    assert!(sum.merge(&golden_counts()).is_err());
}

#[test]
fn unusable_labels_are_named() {
    let two = |a: &[&str], b: &[&str]| TransitionCounts::from_labels(&[a, b], Some(&["x", "y"]));
    assert!(matches!(two(&["x", "q"], &["x", "y"]), Err(Error::InvalidValue { row: 1, .. })));
    assert!(matches!(two(&["x"], &["x", "y"]), Err(Error::LengthMismatch { found: 2, expected: 1, .. })));
    assert!(matches!(two(&[], &[]), Err(Error::Empty { .. })));
    let of = |dates: &[&[&str]]| TransitionCounts::from_labels(dates, None).unwrap_err().to_string();
    assert!(of(&[&["x", "y"]]).contains("two dates"));
    assert!(of(&[&["x"], &["x"]]).contains("at least two"));
    let twice = TransitionCounts::from_labels(&[&["x"], &["x"]], Some(&["x", "x"])).unwrap_err();
    assert!(twice.to_string().contains("only once"));
    let code = TransitionCounts::from_codes(vec!["x".into(), "y".into()], &[&[Some(0)], &[Some(2)]]);
    assert!(matches!(code, Err(Error::InvalidValue { row: 0, .. })));
    let one = TransitionCounts::from_labels(&[&["x", "y"], &["x", "y"]], None).unwrap();
    assert!(matches!(one.stationarity_test(), Err(Error::NotIdentified { .. })));
    let shape = TransitionCounts::from_counts(vec!["x".into(), "y".into()], vec![array![[1, 2, 3], [1, 1, 1]]]);
    assert!(shape.unwrap_err().to_string().contains("2 x 3"));
}
