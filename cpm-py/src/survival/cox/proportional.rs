//! `cpm.ProportionalHazardsTest`.

use pyo3::prelude::*;

use super::TestResult;
use crate::table::Table;

/// Result of :meth:`CoxPh.proportional_hazards_test`: a :class:`Table` with one test per covariate, and the global test.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> data = cpm.SurvivalData([3, 5, 7, 2, 18, 16, 2, 9, 16, 12], [True] * 10)
/// >>> X = {"late": [0, 0, 0, 0, 1, 1, 1, 1, 1, 1]}
/// >>> test = cpm.CoxPh().fit(X, data).proportional_hazards_test(X, data)
/// >>> test.columns, test["covariate"], test.global_test.degrees_of_freedom
/// (['covariate', 'statistic', 'p_value'], ['late'], 1)
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct ProportionalHazardsTest {
    pub(super) global: cpm_core::churn::survival::TestResult,
}

#[pymethods]
impl ProportionalHazardsTest {
    /// The test of all covariates at once.
    #[getter]
    fn global_test(&self) -> TestResult {
        self.global.into()
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}
