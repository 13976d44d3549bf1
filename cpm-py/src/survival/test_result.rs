//! `cpm.TestResult`.

use cpm_core::churn::survival::TestResult as Core;
use pyo3::prelude::*;

/// A statistic that is chi-squared if there is nothing to find: ``statistic``, ``degrees_of_freedom``, ``p_value``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> data = cpm.SurvivalData([3, 5, 7, 2, 18, 16, 2, 9, 16, 12], [True] * 10)
/// >>> model = cpm.CoxPh().fit({"late": [0, 0, 0, 0, 1, 1, 1, 1, 1, 1]}, data)
/// >>> test = model.score_test
/// >>> test.degrees_of_freedom, test.p_value < 0.05
/// (1, True)
#[pyclass(module = "cpm", frozen, eq)]
#[derive(PartialEq)]
pub(crate) struct TestResult {
    /// The statistic.
    #[pyo3(get)]
    statistic: f64,
    /// Its degrees of freedom.
    #[pyo3(get)]
    degrees_of_freedom: usize,
    /// Probability of a statistic at least as large if there is nothing to find.
    #[pyo3(get)]
    p_value: f64,
}

impl From<Core> for TestResult {
    fn from(test: Core) -> Self {
        Self { statistic: test.statistic, degrees_of_freedom: test.degrees_of_freedom, p_value: test.p_value }
    }
}

#[pymethods]
impl TestResult {
    fn __repr__(&self) -> String {
        let Self { statistic, degrees_of_freedom, p_value } = self;
        format!("TestResult(statistic={statistic:.4}, degrees_of_freedom={degrees_of_freedom}, p_value={p_value:.3e})")
    }
}
