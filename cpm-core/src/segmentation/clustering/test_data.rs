//! Data of the unit tests.

use ndarray::Array2;
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;

use crate::golden::segmentation;

/// Rows of JSON numbers.
pub(super) fn matrix(rows: &Value) -> Array2<f64> {
    let rows: Vec<Vec<f64>> = serde_json::from_value(rows.clone()).unwrap();
    Array2::from_shape_vec((rows.len(), rows[0].len()), rows.concat()).unwrap()
}

/// One of the golden tables.
pub(super) fn golden_data(name: &str) -> Array2<f64> {
    matrix(&segmentation()["data"][name])
}

/// Uniform numbers in the unit cube.
pub(super) fn uniform(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    Array2::from_shape_simple_fn((rows, columns), || random.random())
}
