use ndarray::array;
use proptest::prelude::*;
use serde_json::from_value;

use super::super::counts::tests::golden_counts;
use super::*;
use crate::golden::{Row, close, portfolio};

fn names(k: usize) -> Vec<String> {
    (0..k).map(|i| format!("s{i}")).collect()
}

/// The half-width in standard errors, on the scale of the delta method's own.
fn standard_error(estimate: &Estimate, level: f64) -> f64 {
    (estimate.interval.high - estimate.interval.low) / (2.0 * half_width(level))
}

#[test]
fn smoothed_probabilities_and_intervals_are_scipys() {
    let golden = portfolio();
    let row = Row(&golden["migration"]);
    let level = row.get("level");
    let matrix = golden_counts().matrix(row.get("prior"), level).unwrap();
    let of = |name: &str| -> Vec<Vec<f64>> { from_value(row.0[name].clone()).unwrap() };
    let (mean, low, high) = (of("posterior_mean"), of("posterior_low"), of("posterior_high"));
    for a in 0..3 {
        for b in 0..3 {
            let cell = matrix.estimate(a, b);
            close(cell.value, mean[a][b], 1e-14, &"mean");
            close(cell.interval.low, low[a][b], 1e-8, &"low");
            close(cell.interval.high, high[a][b], 1e-8, &"high");
        }
    }
}

#[test]
fn steady_state_is_the_eigenvector_and_its_error_that_of_simulation() {
    let golden = portfolio();
    let row = Row(&golden["migration"]);
    let matrix = golden_counts().matrix(0.0, 0.95).unwrap();
    let steady = matrix.steady_state().unwrap();
    for ((found, expected), sd) in steady.iter().zip(row.list("steady")).zip(row.list("steady_sd")) {
        close(found.value, expected, 1e-12, &"steady");
        assert!((standard_error(found, 0.95) / sd - 1.0).abs() < 0.02, "{found:?} {sd}");
    }
    let mix: f64 = steady.iter().map(|s| s.value).sum();
    close(mix, 1.0, 1e-15, &"sum");
    // A long power of the matrix arrives there.
    close(matrix.after(300)[(2, 1)], steady[1].value, 1e-12, &"power");
    assert_eq!(matrix.after(0), Array2::<f64>::eye(3));
    close(
        matrix.after(3)[(0, 2)],
        matrix.probabilities().dot(&matrix.probabilities().dot(matrix.probabilities()))[(0, 2)],
        1e-15,
        &"cube",
    );
}

#[test]
fn states_that_are_left_for_good_have_no_share() {
    let p = array![[0.5, 0.5, 0.0], [0.0, 0.2, 0.8], [0.0, 0.6, 0.4]];
    let steady = TransitionMatrix::from_probabilities(names(3), p).unwrap().steady_state().unwrap();
    assert_eq!(steady[0].value, 0.0);
    close(steady[1].value, 3.0 / 7.0, 1e-15, &"share");
    assert_eq!(steady[1].interval, Interval { low: steady[1].value, high: steady[1].value });
    let split =
        TransitionMatrix::from_probabilities(names(3), array![[1.0, 0.0, 0.0], [0.3, 0.4, 0.3], [0.0, 0.0, 1.0]]);
    let error = split.unwrap().steady_state().unwrap_err().to_string();
    assert!(error.contains("[s0], [s2]"), "{error}");
}

#[test]
fn a_state_without_customers_needs_a_prior() {
    let counts = array![[3, 1], [0, 0]];
    let error = TransitionMatrix::from_counts(names(2), counts.clone(), 0.0, 0.95).unwrap_err();
    assert!(error.to_string().contains("\"s1\"") && error.to_string().contains("prior"), "{error}");
    let smoothed = TransitionMatrix::from_counts(names(2), counts, 0.5, 0.95).unwrap();
    assert_eq!(smoothed.probabilities().row(1).to_vec(), [0.5, 0.5]);
    // Jeffreys' interval of 3.5 of 5: SciPy's beta(3.5, 1.5).ppf(0.025).
    close(smoothed.estimate(0, 0).interval.low, 0.283_751_679_563_412_6, 1e-8, &"beta");
}

#[test]
fn unusable_probabilities_are_named() {
    let of = |p| TransitionMatrix::from_probabilities(names(2), p).unwrap_err().to_string();
    assert!(of(array![[0.5, 0.4], [0.0, 1.0]]).contains("\"s0\" must sum to 1"));
    assert!(of(array![[1.5, -0.5], [0.0, 1.0]]).contains("between 0 and 1"));
    assert!(of(array![[f64::NAN, 0.5], [0.0, 1.0]]).contains("between 0 and 1"));
    assert!(of(array![[1.0]]).contains("1 x 1"));
    let counts = |prior, level| TransitionMatrix::from_counts(names(2), array![[1, 1], [1, 1]], prior, level);
    assert!(counts(-1.0, 0.95).is_err() && counts(0.0, 1.0).is_err());
}

proptest! {
    #[test]
    fn rows_sum_to_one_and_the_steady_state_stays(cells in prop::collection::vec(0..50_u64, 16), prior in 0.01..2.0_f64) {
        let counts = Array2::from_shape_vec((4, 4), cells).unwrap();
        let matrix = TransitionMatrix::from_counts(names(4), counts, prior, 0.95).unwrap();
        for row in matrix.probabilities().rows() {
            prop_assert!((row.sum() - 1.0).abs() < 1e-14);
        }
        let steady: Vec<f64> = matrix.steady_state().unwrap().iter().map(|s| s.value).collect();
        for j in 0..4 {
            let next: f64 = (0..4).map(|i| steady[i] * matrix.probabilities()[(i, j)]).sum();
            prop_assert!((next - steady[j]).abs() < 1e-13);
        }
        for (from, to) in (0..16).map(|c| (c / 4, c % 4)) {
            let cell = matrix.estimate(from, to);
            prop_assert!(0.0 <= cell.interval.low && cell.interval.low < cell.interval.high && cell.interval.high <= 1.0);
        }
    }
}
