use ndarray::array;
use serde_json::from_value;

use super::super::counts::tests::golden_counts;
use super::*;
use crate::golden::{Row, close, portfolio};

#[test]
fn times_values_and_their_errors_are_those_of_numpy() {
    let golden = portfolio();
    let row = Row(&golden["migration"]);
    let matrix = golden_counts().matrix(0.0, 0.95).unwrap();
    let chain = matrix.absorbing(&["c"]).unwrap();
    let fundamental: Vec<Vec<f64>> = from_value(row.0["fundamental"].clone()).unwrap();
    let error = |e: &Estimate| (e.interval.high.ln() - e.interval.low.ln()) / (2.0 * half_width(0.95)) * e.value;
    for (i, line) in fundamental.iter().enumerate() {
        for (j, expected) in line.iter().enumerate() {
            close(chain.time_in_state[(i, j)], *expected, 1e-12, &"N");
        }
        close(chain.time_to_absorption[i].value, row.list("time")[i], 1e-12, &"t");
        close(chain.variance_of_time[i], row.list("variance_of_time")[i], 1e-12, &"variance");
        close(chain.absorption[(i, 0)], 1.0, 1e-12, &"B");
        let ratio = error(&chain.time_to_absorption[i]) / row.list("time_sd")[i];
        assert!((ratio - 1.0).abs() < 0.02, "{ratio}");
    }
    for (horizon, name) in [(None, "value"), (Some(4), "finite_value")] {
        let value = matrix.value(&row.list("rewards"), 0.1, horizon).unwrap();
        for (i, value) in value.iter().enumerate() {
            close(value.value, row.list(name)[i], 1e-12, &name);
            let found = (value.interval.high - value.value) / half_width(0.95);
            let expected = row.list(&format!("{name}_sd"))[i];
            assert!((found / expected - 1.0).abs() < 0.02, "{name} {i} {found} {expected}");
        }
    }
    // A long horizon is the infinite one.
    let (long, all) = (matrix.value(&[1.0, 0.0, 0.0], 0.1, Some(400)), matrix.value(&[1.0, 0.0, 0.0], 0.1, None));
    let (long, all) = (long.unwrap()[1], all.unwrap()[1]);
    close(long.value, all.value, 1e-12, &"long");
    close(long.interval.high, all.interval.high, 1e-9, &"long interval");
}

#[test]
fn absorption_needs_a_way_there() {
    let states = ["a", "b", "c", "lost"].map(String::from).to_vec();
    let p = array![[0.5, 0.0, 0.0, 0.5], [0.0, 0.5, 0.5, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
    let matrix = TransitionMatrix::from_probabilities(states, p).unwrap();
    let error = matrix.absorbing(&["lost"]).unwrap_err();
    assert!(error.to_string().contains("\"b\" never reach"), "{error}");
    let chain = matrix.absorbing(&["lost", "c"]).unwrap();
    assert_eq!(chain.absorption, array![[1.0, 0.0], [0.0, 1.0]]);
    assert_eq!(chain.to_table().unwrap().columns().count(), 9);
    assert!(matrix.absorbing(&["gone"]).unwrap_err().to_string().contains("a, b, c, lost"));
    assert!(matrix.absorbing(&[]).is_err() && matrix.absorbing(&["a", "b", "c", "lost"]).is_err());
}

#[test]
fn unusable_rewards_are_named() {
    let matrix = golden_counts().matrix(0.0, 0.95).unwrap();
    assert!(matches!(matrix.value(&[1.0], 0.1, None), Err(Error::LengthMismatch { .. })));
    assert!(matches!(matrix.value(&[1.0, f64::NAN, 0.0], 0.1, None), Err(Error::InvalidValue { row: 1, .. })));
    assert!(matrix.value(&[1.0, 0.0, 0.0], 0.0, None).unwrap_err().to_string().contains("horizon"));
    assert!(matrix.value(&[1.0, 0.0, 0.0], -0.1, None).is_err());
    // Undiscounted rewards of two periods after now.
    let two = matrix.value(&[1.0, 1.0, 1.0], 0.0, Some(2)).unwrap();
    close(two[0].value, 3.0, 1e-14, &"three rewards");
}
