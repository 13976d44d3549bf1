//! Retention of acquisition cohorts.

use cpm_core::portfolio::CohortOptions;
use pyo3::prelude::*;

use crate::argument::Argument;
use crate::dates::optional_iso_text;
use crate::error::OrRaise;
use crate::table::Table;
use crate::transactions::TransactionLog;

/// Retention of acquisition cohorts by age, as a :class:`Table`; see :func:`cohort_retention`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cohorts = cpm.portfolio.cohort_retention(cpm.datasets.cdnow())
/// >>> cohorts.average["retention"][:3].round(3)
/// array([1.   , 0.146, 0.123])
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct CohortTable {
    inner: cpm_core::portfolio::CohortTable,
}

impl CohortTable {
    pub(super) fn bound(py: Python<'_>, inner: cpm_core::portfolio::CohortTable) -> PyResult<Bound<'_, Self>> {
        let table = Table::from(inner.to_table().or_raise()?);
        Bound::new(py, PyClassInitializer::from(table).add_subclass(Self { inner }))
    }
}

#[pymethods]
impl CohortTable {
    /// Average over the cohorts by age: ``age, cohorts, customers, active, retention, retention_low, retention_high``.
    #[getter]
    fn average(&self) -> PyResult<Table> {
        self.inner.average_table().or_raise().map(Into::into)
    }

    /// The period of cohorts and ages.
    #[getter]
    fn period(&self) -> String {
        self.inner.period.to_string()
    }

    /// End of observation, in ISO form.
    #[getter]
    fn as_of(&self) -> String {
        self.inner.as_of.to_string()
    }

    /// Level of the intervals of the average.
    #[getter]
    fn level(&self) -> f64 {
        self.inner.level
    }

    /// Rows of the log after the end of observation, left out.
    #[getter]
    fn rows_after_as_of(&self) -> u64 {
        self.inner.rows_after_as_of
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Retention by acquisition cohort: the share of its customers with a purchase at each age.
///
/// A cohort is the customers whose first purchase falls into one calendar period; its age is counted in the same periods.
/// Periods after the end of observation are missing, not 0; one that observation ends within is ``partial``, and left
/// out of averages.
///
/// Parameters
/// ----------
/// log : TransactionLog
/// period : {"week", "month", "quarter"}
/// as_of : date, optional
///     The end of observation. Default: the last day in the log.
/// level : float
///     Probability that an interval of the average holds.
///
/// Returns
/// -------
/// CohortTable
///     One row per observed cell: ``cohort, age, customers, active, retention, orders, amount, partial``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cohorts = cpm.portfolio.cohort_retention(cpm.datasets.cdnow(full=True))
/// >>> cohorts["cohort"][1], cohorts["age"][1], cohorts["active"][1]
/// ('1997-01', np.int64(1), np.int64(1157))
#[pyfunction]
#[pyo3(signature = (log, period="month", as_of=None, level=0.95))]
pub(crate) fn cohort_retention<'py>(
    py: Python<'py>,
    log: Argument<'_, TransactionLog>,
    period: &str,
    as_of: Option<&Bound<'py, PyAny>>,
    level: f64,
) -> PyResult<Bound<'py, CohortTable>> {
    let mut options = CohortOptions::new().period(period.parse().or_raise()?).level(level);
    if let Some(date) = optional_iso_text("as_of", as_of, log.inner.time_zone())? {
        options = options.as_of(&date).or_raise()?;
    }
    let table = py.detach(|| cpm_core::portfolio::cohort_retention(&log.inner, &options)).or_raise()?;
    CohortTable::bound(py, table)
}
