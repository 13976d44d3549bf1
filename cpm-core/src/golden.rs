//! 40-digit reference values for unit tests; `tests/golden/high_precision.py` writes the file.

use serde_json::Value;

use crate::numerics::newton::Evaluation;
use crate::summary::History;

pub(crate) fn high_precision() -> Value {
    serde_json::from_str(include_str!("../tests/golden/high_precision.json")).unwrap()
}

/// The same for MBG/NBD and NBD; `tests/golden/nbd_family.py` writes the file.
pub(crate) fn nbd_family() -> Value {
    serde_json::from_str(include_str!("../tests/golden/nbd_family.json")).unwrap()
}

/// The same for the Pareto/NBD model; `tests/golden/pareto_nbd.py` writes the file.
pub(crate) fn pareto_nbd() -> Value {
    serde_json::from_str(include_str!("../tests/golden/pareto_nbd.json")).unwrap()
}

/// The models in discrete time; `tests/golden/discrete_time.py` writes the file.
pub(crate) fn discrete_time() -> Value {
    serde_json::from_str(include_str!("../tests/golden/discrete_time.json")).unwrap()
}

/// BG/BB over time; `tests/golden/bg_bb_in_time.py` writes the file.
pub(crate) fn bg_bb_in_time() -> Value {
    serde_json::from_str(include_str!("../tests/golden/bg_bb_in_time.json")).unwrap()
}

/// The posterior of spend by pymc-marketing; `tests/golden/spend_posterior.py` writes the file.
#[cfg(feature = "simulation")]
pub(crate) fn spend_posterior() -> Value {
    serde_json::from_str(include_str!("../tests/golden/spend_posterior.json")).unwrap()
}

/// Windows, residual transactions and the chance of never; `tests/golden/answers.py` writes the file.
pub(crate) fn answers() -> Value {
    serde_json::from_str(include_str!("../tests/golden/answers.json")).unwrap()
}

/// Customers whose covariates take their parameters far out; `tests/golden/far_customers.py` writes the file.
pub(crate) fn far_customers() -> Value {
    serde_json::from_str(include_str!("../tests/golden/far_customers.json")).unwrap()
}

/// Fits with covariates by an independent program; `tests/golden/covariates.py` writes the file.
pub(crate) fn covariates() -> Value {
    serde_json::from_str(include_str!("../tests/golden/covariates.json")).unwrap()
}

/// R-hat and effective sample sizes; `tests/golden/diagnostics.py` writes the file.
#[cfg(feature = "simulation")]
pub(crate) fn diagnostics() -> Value {
    serde_json::from_str(include_str!("../tests/golden/diagnostics.json")).unwrap()
}

/// Clusters, mixtures and their indices by scikit-learn; `tests/golden/segmentation.py` writes the file.
#[cfg(feature = "clustering")]
pub(crate) fn segmentation() -> Value {
    serde_json::from_str(include_str!("../tests/golden/segmentation.json")).unwrap()
}

/// Models of regular purchases; `tests/golden/regular.py` writes the file.
pub(crate) fn regular() -> Value {
    serde_json::from_str(include_str!("../tests/golden/regular.json")).unwrap()
}

/// The GGompertz/NBD model; `tests/golden/ggompertz.py` writes the file.
pub(crate) fn ggompertz() -> Value {
    serde_json::from_str(include_str!("../tests/golden/ggompertz.json")).unwrap()
}

/// Published numbers with their sources; `tests/golden/published.py` writes the file.
pub(crate) fn published() -> Value {
    serde_json::from_str(include_str!("../tests/golden/published.json")).unwrap()
}

/// Portfolio metrics; `tests/golden/portfolio.py` writes the file.
pub(crate) fn portfolio() -> Value {
    serde_json::from_str(include_str!("../tests/golden/portfolio.json")).unwrap()
}

pub(crate) fn rows(section: &Value) -> impl Iterator<Item = Row<'_>> {
    section.as_array().unwrap().iter().map(Row)
}

/// One row of named numbers.
pub(crate) struct Row<'a>(pub(crate) &'a Value);

impl Row<'_> {
    pub(crate) fn history(&self) -> History {
        History::new(self.get("x"), self.get("t_x"), self.get("T"))
    }

    pub(crate) fn get(&self, name: &str) -> f64 {
        self.0[name].as_f64().unwrap_or_else(|| panic!("{name} in {}", self.0))
    }

    pub(crate) fn list(&self, name: &str) -> Vec<f64> {
        self.0[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    }
}

/// A row's log-likelihood with its derivatives in the log-parameters. Errors are relative to the largest
/// element, or to `floor` where all are smaller.
#[track_caller]
pub(crate) fn close_evaluation(found: &Evaluation, row: &Row<'_>, floor: f64) {
    let expected = row.get("log_likelihood");
    assert!((found.value - expected).abs() <= 1e-9 * expected.abs().max(floor), "{} {}", found.value, row.0);
    let gradient = row.list("gradient");
    let size = gradient.iter().fold(floor, |s: f64, g| s.max(g.abs()));
    for (i, expected) in gradient.iter().enumerate() {
        let found = found.gradient[i];
        assert!((found - expected).abs() <= 1e-9 * size, "gradient {i} {found} {}", row.0);
    }
    let hessian: Vec<Vec<f64>> = serde_json::from_value(row.0["hessian"].clone()).unwrap();
    let size = hessian.iter().flatten().fold(size, |s, v| s.max(v.abs()));
    for (i, line) in hessian.iter().enumerate() {
        for (j, expected) in line.iter().enumerate() {
            let found = found.hessian[(i, j)];
            assert!((found - expected).abs() <= 1e-8 * size, "hessian {i} {j} {found} {}", row.0);
        }
    }
}

/// Probabilities of the first counts, against the row's.
#[track_caller]
pub(crate) fn close_pmf(found: &[f64], row: &Row<'_>) {
    for (n, expected) in row.list("pmf").into_iter().enumerate() {
        let found = found.get(n).copied().unwrap_or(0.0);
        assert!((found - expected).abs() <= 1e-9 * expected + 1e-12, "pmf {n}: {found} {}", row.0);
    }
}

/// Relative error, or absolute where the reference is 0 or below the range in which doubles keep their digits.
#[track_caller]
pub(crate) fn close(found: f64, expected: f64, tolerance: f64, context: &dyn std::fmt::Display) {
    let error = (found - expected).abs() / expected.abs().max(1e-290);
    assert!(error <= tolerance, "found {found:e}, expected {expected:e}, error {error:e}: {context}");
}
