//! `cpm.holdout_check`: a model against what happened.

use cpm_core::{Column, TimeUnit};
use pyo3::prelude::*;

use super::{Estimate, PurchaseModel};
use crate::argument::Argument;
use crate::error::OrRaise;
use crate::summary::CustomerSummary;
use crate::table::Table;
use crate::transactions::{TransactionLog, split_options};

/// A model fitted to the calibration part of a log, against the hold-out; see :func:`holdout_check`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> check = cpm.analyze(cpm.datasets.cdnow()).holdout
/// >>> check.tracking.columns
/// ['period', 'actual', 'expected', 'in_holdout']
#[pyclass(module = "cpm", frozen)]
pub(crate) struct HoldoutCheck {
    inner: cpm_core::HoldoutCheck,
}

impl From<cpm_core::HoldoutCheck> for HoldoutCheck {
    fn from(inner: cpm_core::HoldoutCheck) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl HoldoutCheck {
    /// Mean purchases in the hold-out by calibration frequency.
    ///
    /// Columns ``frequency`` (the last row holds this many or more), ``customers``, ``actual`` and ``expected``.
    #[getter]
    fn by_frequency(&self) -> PyResult<Table> {
        let rows = &self.inner.by_frequency;
        let mut table = cpm_core::Table::new();
        table.push("frequency", Column::Integer(rows.iter().map(|r| r.frequency as i64).collect())).or_raise()?;
        table.push("customers", Column::Integer(rows.iter().map(|r| r.customers as i64).collect())).or_raise()?;
        table.push("actual", Column::Float(rows.iter().map(|r| r.actual).collect())).or_raise()?;
        table.push("expected", Column::Float(rows.iter().map(|r| r.expected).collect())).or_raise()?;
        Ok(table.into())
    }

    /// Repeat purchases of all calibration customers per period since the first day of the log.
    ///
    /// Columns ``period`` (from 1), ``actual``, ``expected`` and ``in_holdout`` (1 if the period begins in the hold-out).
    #[getter]
    fn tracking(&self) -> PyResult<Table> {
        let rows = &self.inner.tracking;
        let mut table = cpm_core::Table::new();
        table.push("period", Column::Integer(rows.iter().map(|r| r.period as i64).collect())).or_raise()?;
        table.push("actual", Column::Float(rows.iter().map(|r| r.actual).collect())).or_raise()?;
        table.push("expected", Column::Float(rows.iter().map(|r| r.expected).collect())).or_raise()?;
        table.push("in_holdout", Column::Integer(rows.iter().map(|r| i64::from(r.in_holdout)).collect())).or_raise()?;
        Ok(table.into())
    }

    /// Start of the hold-out, in ISO form.
    #[getter]
    fn start(&self) -> String {
        self.inner.start.to_string()
    }

    /// End of the hold-out, in ISO form.
    #[getter]
    fn end(&self) -> String {
        self.inner.end.to_string()
    }

    /// Length of the hold-out in time units.
    #[getter]
    fn duration(&self) -> f64 {
        self.inner.duration
    }

    /// The unit of ``duration`` and of the periods.
    #[getter]
    fn time_unit(&self) -> &'static str {
        TimeUnit::name(self.inner.time_unit)
    }

    /// Calibration customers.
    #[getter]
    fn customers(&self) -> u64 {
        self.inner.customers
    }

    /// Customers whose first purchase lies in the hold-out: not part of the check.
    #[getter]
    fn customers_born_after(&self) -> u64 {
        self.inner.customers_born_after
    }

    /// Purchases of the calibration customers in the hold-out.
    #[getter]
    fn actual_total(&self) -> f64 {
        self.inner.actual_total
    }

    /// What the model expects, with prediction interval.
    #[getter]
    fn expected_total(&self) -> Estimate {
        self.inner.expected_total.into()
    }

    /// Level of that interval.
    #[getter]
    fn level(&self) -> f64 {
        self.inner.level
    }

    fn __repr__(&self) -> String {
        let c = &self.inner;
        let total = c.expected_total;
        format!(
            "HoldoutCheck({} purchases of {} customers, {:.1} expected, {:.0} % interval {:.0} to {:.0})",
            c.actual_total,
            c.customers,
            total.value,
            100.0 * c.level,
            total.interval.low,
            total.interval.high
        )
    }
}

/// Compares a model that was fitted to the first part of a log with the rest of it.
///
/// Parameters
/// ----------
/// model : PurchaseModel
///     Fitted to the first summary that ``log.split`` returns for the same arguments.
/// log : TransactionLog
/// calibration_end : date
///     The end of the first part.
/// observation_end : date, optional
///     The end of the second part. Default: the last time in the log.
/// time_unit, merge_within
///     As in :meth:`TransactionLog.split`.
/// level : float
///     Probability that the interval of the total holds.
/// covariates : CustomerSummary, optional
///     For a :class:`CovariateModel`: a summary with covariates that has all customers of the first part, such as the one that the
///     model was fitted to.
///
/// Returns
/// -------
/// HoldoutCheck
///
/// Examples
/// --------
/// >>> import cpm
/// >>> log = cpm.datasets.cdnow()
/// >>> calibration, _ = log.split(calibration_end="1997-09-30")
/// >>> check = cpm.holdout_check(cpm.BgNbd().fit(calibration), log, calibration_end="1997-09-30")
/// >>> check.by_frequency["customers"][:3]
/// array([1411,  439,  214])
/// >>> check.actual_total, round(check.expected_total.value)
/// (1882.0, 1653)
///
/// With covariates, here what was spent on the first purchase:
///
/// >>> calibration = calibration.with_covariates({"first_amount": calibration.first_amount})
/// >>> model = cpm.CovariateModel("bg_nbd", dropout=[]).fit(calibration)
/// >>> check = cpm.holdout_check(model, log, calibration_end="1997-09-30", covariates=calibration)
/// >>> round(check.expected_total.value)
/// 1669
#[pyfunction]
#[pyo3(signature = (
    model, log, calibration_end, observation_end=None, time_unit="week", merge_within="day", level=0.95, covariates=None
))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn holdout_check<'py>(
    py: Python<'py>,
    model: PyRef<'py, PurchaseModel>,
    log: Argument<'_, TransactionLog>,
    calibration_end: &Bound<'py, PyAny>,
    observation_end: Option<&Bound<'py, PyAny>>,
    time_unit: &str,
    merge_within: &str,
    level: f64,
    covariates: Option<Argument<'_, CustomerSummary>>,
) -> PyResult<HoldoutCheck> {
    let options = split_options(calibration_end, observation_end, time_unit, merge_within, log.inner.time_zone())?;
    let log = &log.inner;
    let mut split = py.detach(|| log.split(&options)).or_raise()?;
    if let Some(customers) = covariates {
        split.calibration = py.detach(|| split.calibration.with_covariates_of(&customers.inner)).or_raise()?;
    }
    let customers = CustomerSummary::from(split.calibration.clone());
    let model = PurchaseModel::of(&model, &customers)?;
    py.detach(|| cpm_core::HoldoutCheck::of_split(&*model, log, &split, &options, level)).or_raise().map(Into::into)
}
