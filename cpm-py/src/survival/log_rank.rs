//! `cpm.log_rank_test`.

use cpm_core::churn::survival::{LogRankWeights, TestResult as CoreTest};
use cpm_core::{Column, Error};
use pyo3::prelude::*;

use super::labels::Labels;
use super::{Choices, SurvivalData, choice};
use crate::error::{OrRaise, exception};
use crate::table::Table;

/// Result of :func:`log_rank_test`: the test, and the groups as a :class:`Table` with ``group, rows, observed, expected``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> data = cpm.SurvivalData([3, 5, 7, 2, 18, 16, 2, 9, 16, 12], [True] * 10)
/// >>> test = cpm.log_rank_test(data, ["monthly"] * 4 + ["yearly"] * 6)
/// >>> test["group"], test["observed"]
/// (['monthly', 'yearly'], array([4., 6.]))
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct LogRankTest {
    test: CoreTest,
}

#[pymethods]
impl LogRankTest {
    /// The statistic: chi-squared if all groups have one hazard.
    #[getter]
    fn statistic(&self) -> f64 {
        self.test.statistic
    }

    /// Its degrees of freedom: one fewer than there are groups with expected events.
    #[getter]
    fn degrees_of_freedom(&self) -> usize {
        self.test.degrees_of_freedom
    }

    /// Probability of a statistic at least as large if all groups have one hazard.
    #[getter]
    fn p_value(&self) -> f64 {
        self.test.p_value
    }

    /// The groups alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

const WEIGHTINGS: &Choices<LogRankWeights> = &[
    ("log-rank", LogRankWeights::LogRank),
    ("wilcoxon", LogRankWeights::Wilcoxon),
    ("tarone-ware", LogRankWeights::TaroneWare),
    ("peto", LogRankWeights::Peto),
    ("fleming-harrington", LogRankWeights::FlemingHarrington { p: 0.0, q: 0.0 }),
];

/// Tests whether two or more groups leave at the same rate.
///
/// With n_g of n at risk and d events at an event time, group g expects d·n_g/n; the weighted sums of observed less
/// expected give a chi-squared statistic (as in R's ``survdiff`` and lifelines' ``multivariate_logrank_test``).
///
/// Parameters
/// ----------
/// data : SurvivalData
/// groups : array-like of int or str
///     The group of each row.
/// weighting : {"log-rank", "wilcoxon", "tarone-ware", "peto", "fleming-harrington"}
///     Weight of the difference at each event time: 1, the number at risk n, its root, Peto's survival estimate, or
///     S^p (1 - S)^q with the pooled curve just before.
/// p, q : float, optional
///     Powers of the Fleming-Harrington weights, 0 unless given: q > 0 looks at late differences, p > 0 at early ones.
///
/// Returns
/// -------
/// LogRankTest
///
/// Raises
/// ------
/// FitError
///     With fewer than two groups, without events, or if groups are never at risk at the same time.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> data = cpm.SurvivalData([3, 5, 7, 2, 18, 16, 2, 9, 16, 12], [True] * 10)
/// >>> test = cpm.log_rank_test(data, groups=[0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
/// >>> test.degrees_of_freedom, test.p_value < 0.05
/// (1, True)
#[pyfunction]
#[pyo3(signature = (data, groups, weighting="log-rank", p=None, q=None))]
pub(crate) fn log_rank_test<'py>(
    py: Python<'py>,
    data: &SurvivalData,
    groups: &Bound<'py, PyAny>,
    weighting: &str,
    p: Option<f64>,
    q: Option<f64>,
) -> PyResult<Bound<'py, LogRankTest>> {
    let weights = match choice("weighting", weighting, WEIGHTINGS)? {
        LogRankWeights::FlemingHarrington { .. } => {
            LogRankWeights::FlemingHarrington { p: p.unwrap_or(0.0), q: q.unwrap_or(0.0) }
        }
        plain => {
            if let Some((name, power)) = p.map(|p| ("p", p)).or(q.map(|q| ("q", q))) {
                let expected = "only weighting=\"fleming-harrington\" has powers".to_owned();
                return Err(exception(Error::InvalidArgument { name, value: power.to_string(), expected }));
            }
            plain
        }
    };
    let (codes, labels) = Labels::new("groups", groups)?.codes();
    let (test, table) = py
        .detach(|| {
            let result = cpm_core::churn::survival::log_rank_test(&data.inner, &codes, weights)?;
            // Groups of which every row has the weight 0 are not in the result.
            let of = |index: usize| result.groups[index].group as usize;
            let names = match labels {
                Column::Text(names) => Column::Text((0..result.groups.len()).map(|k| names[of(k)].clone()).collect()),
                Column::Integer(names) => Column::Integer((0..result.groups.len()).map(|k| names[of(k)]).collect()),
                other => other,
            };
            let mut table = cpm_core::Table::new();
            table.push("group", names)?;
            table.push("rows", Column::Float(result.groups.iter().map(|g| g.rows).collect()))?;
            table.push("observed", Column::Float(result.groups.iter().map(|g| g.observed).collect()))?;
            table.push("expected", Column::Float(result.groups.iter().map(|g| g.expected).collect()))?;
            Ok((result.test, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(LogRankTest { test }))
}
