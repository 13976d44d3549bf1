//! Drift between two scoring dates.

use cpm_core::churn::evaluation as core;
use pyo3::prelude::*;

use crate::arrays::floats;
use crate::error::OrRaise;
use crate::survival::TestResult;
use crate::table::Table;

/// Population stability index, as a :class:`Table` of its bins: ``above, up_to, reference, current`` (shares of rows) and ``contribution``;
/// see :func:`cpm.churn.population_stability`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> psi = cpm.churn.population_stability([1, 1, 2, 2, 3, 3, 4, 4], [1, 2, 3, 3, 4, 4, 4, 4], bins=4)
/// >>> round(psi.index, 4), psi["current"]
/// (0.3466, array([0.125, 0.125, 0.25 , 0.5  ]))
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct PopulationStability {
    inner: core::PopulationStability,
}

#[pymethods]
impl PopulationStability {
    /// The index: below 0.1 is taken as stable, above 0.25 as shifted.
    #[getter]
    fn index(&self) -> f64 {
        self.inner.index
    }

    /// Test that nothing shifted (Yurdakul 2018); with many rows small shifts show, so look at the index as well.
    #[getter]
    fn test(&self) -> TestResult {
        self.inner.test.into()
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Result of :func:`cpm.churn.kolmogorov_smirnov`: the ``statistic``, the score ``at`` which it is reached, and the ``p_value``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> test = cpm.churn.kolmogorov_smirnov([0.1, 0.2, 0.3, 0.4], [0.35, 0.5, 0.6, 0.7])
/// >>> test.statistic, test.at
/// (0.75, 0.3)
#[pyclass(module = "cpm", frozen)]
pub(crate) struct KolmogorovSmirnov {
    /// Largest distance of the two distribution functions.
    #[pyo3(get)]
    statistic: f64,
    /// Score at which it is reached.
    #[pyo3(get)]
    at: f64,
    /// Probability of a distance at least as large if nothing shifted.
    #[pyo3(get)]
    p_value: f64,
}

#[pymethods]
impl KolmogorovSmirnov {
    fn __repr__(&self) -> String {
        let Self { statistic, at, p_value } = self;
        format!("KolmogorovSmirnov(statistic={statistic:.6}, at={at}, p_value={p_value:.3e})")
    }
}

/// Population stability index (PSI) of the scores of two dates, over bins at the quantiles of the reference. Takes any feature, too.
///
/// Parameters
/// ----------
/// reference, current : array-like
///     Scores of the two dates; the customers need not be the same.
/// bins : int
///     Bins that are the same for lack of distinct values are merged. One that is empty on one side counts as half a row there.
///
/// Returns
/// -------
/// PopulationStability
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.churn.population_stability([1, 2, 3, 4], [1, 2, 3, 4], bins=2).index
/// 0.0
#[pyfunction]
#[pyo3(signature = (reference, current, bins=10))]
pub(crate) fn population_stability<'py>(
    py: Python<'py>,
    reference: &Bound<'py, PyAny>,
    current: &Bound<'py, PyAny>,
    bins: usize,
) -> PyResult<Bound<'py, PopulationStability>> {
    let (reference, current) = (floats("reference", reference)?, floats("current", current)?);
    let (reference, current) = (reference.as_slice()?, current.as_slice()?);
    let (inner, table) = py
        .detach(|| {
            let inner = core::population_stability(reference, current, bins)?;
            let table = inner.to_table()?;
            Ok((inner, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(PopulationStability { inner }))
}

/// Kolmogorov-Smirnov test that the scores of two dates come from one distribution. The p-value is Kolmogorov's limit with Stephens'
/// correction for small samples; with ties it errs towards "nothing shifted".
///
/// Parameters
/// ----------
/// reference, current : array-like
///     Scores of the two dates.
///
/// Returns
/// -------
/// KolmogorovSmirnov
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.churn.kolmogorov_smirnov([1, 2, 3], [1, 2, 3]).p_value
/// 1.0
#[pyfunction]
pub(crate) fn kolmogorov_smirnov(
    py: Python<'_>,
    reference: &Bound<'_, PyAny>,
    current: &Bound<'_, PyAny>,
) -> PyResult<KolmogorovSmirnov> {
    let (reference, current) = (floats("reference", reference)?, floats("current", current)?);
    let (reference, current) = (reference.as_slice()?, current.as_slice()?);
    let test = py.detach(|| core::kolmogorov_smirnov(reference, current)).or_raise()?;
    let core::KolmogorovSmirnov { statistic, at, p_value } = test;
    Ok(KolmogorovSmirnov { statistic, at, p_value })
}
