//! 40-digit reference values for unit tests; `tests/golden/high_precision.py` writes the file.

use serde_json::Value;

pub(crate) fn high_precision() -> Value {
    serde_json::from_str(include_str!("../tests/golden/high_precision.json")).unwrap()
}

/// The same for the Pareto/NBD model; `tests/golden/pareto_nbd.py` writes the file.
pub(crate) fn pareto_nbd() -> Value {
    serde_json::from_str(include_str!("../tests/golden/pareto_nbd.json")).unwrap()
}

pub(crate) fn rows(section: &Value) -> impl Iterator<Item = Row<'_>> {
    section.as_array().unwrap().iter().map(Row)
}

/// One row of named numbers.
pub(crate) struct Row<'a>(pub(crate) &'a Value);

impl Row<'_> {
    pub(crate) fn get(&self, name: &str) -> f64 {
        self.0[name].as_f64().unwrap_or_else(|| panic!("{name} in {}", self.0))
    }

    pub(crate) fn list(&self, name: &str) -> Vec<f64> {
        self.0[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    }
}

/// Relative error, or absolute where the reference is 0 or below the range in which doubles keep their digits.
#[track_caller]
pub(crate) fn close(found: f64, expected: f64, tolerance: f64, context: &dyn std::fmt::Display) {
    let error = (found - expected).abs() / expected.abs().max(1e-290);
    assert!(error <= tolerance, "found {found:e}, expected {expected:e}, error {error:e}: {context}");
}
