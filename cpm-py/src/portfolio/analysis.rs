//! `cpm.analyze`: the whole way in one call.

use std::path::PathBuf;
use std::sync::OnceLock;

use cpm_core::AnalysisOptions;
use pyo3::prelude::*;

use super::CohortTable;
use crate::clv::{Estimate, HoldoutCheck, to_python};
use crate::dates::optional_iso_text;
use crate::error::OrRaise;
use crate::summary::CustomerSummary;
use crate::table::{Table, escape};
use crate::transactions::{QualityReport, TransactionLog};

/// A customer base analysed; see :func:`analyze`. Printing it gives the eight lines to know.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> portfolio = cpm.analyze(cpm.datasets.cdnow(), horizon=52, discount_rate=0.10, margin=0.30)
/// >>> print(portfolio)  # doctest: +ELLIPSIS
/// 2357 customers as of 1998-06-30, 1139 with a repeat purchase; 95 % interval in brackets
/// revenue so far        244091.94 in 6696 purchases
/// ...
#[pyclass(module = "cpm", frozen)]
pub(crate) struct Portfolio {
    inner: cpm_core::Portfolio,
    customers: OnceLock<Py<Table>>,
}

#[pymethods]
impl Portfolio {
    /// One row per customer: summary, segment, scores and value, each with its interval.
    #[getter]
    fn customers(&self, py: Python<'_>) -> PyResult<Py<Table>> {
        if let Some(table) = self.customers.get() {
            return Ok(table.clone_ref(py));
        }
        let table = py.detach(|| self.inner.customers_table()).or_raise()?;
        let table = Py::new(py, Table::from(table))?;
        Ok(self.customers.get_or_init(|| table).clone_ref(py))
    }

    /// One row per segment, from best to worst; segments without customers are left out.
    #[getter]
    fn segments(&self) -> PyResult<Table> {
        self.inner.segments_table().or_raise().map(Into::into)
    }

    /// One row per figure of the base: ``metric, value, low, high, unit``; NaN ends where a figure is known.
    #[getter]
    fn totals(&self) -> PyResult<Table> {
        self.inner.totals_table().or_raise().map(Into::into)
    }

    /// Customer equity: discounted margin of all customers' purchases within the horizon, with prediction interval.
    #[getter]
    fn customer_equity(&self) -> Estimate {
        self.inner.totals().customer_equity.into()
    }

    /// Retention by monthly cohort.
    #[getter]
    fn cohorts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, CohortTable>> {
        CohortTable::bound(py, self.inner.cohorts().clone())
    }

    /// The model, refitted to the first part of the log, against the rest; None where the log is too short for that,
    /// with the reason in :attr:`holdout_problem`.
    #[getter]
    fn holdout(&self) -> Option<HoldoutCheck> {
        self.inner.holdout().ok().cloned().map(Into::into)
    }

    /// Why there is no :attr:`holdout`; None if there is one.
    #[getter]
    fn holdout_problem(&self) -> Option<&str> {
        self.inner.holdout().err()
    }

    /// What became of the rows of the log.
    #[getter]
    fn quality(&self) -> QualityReport {
        self.inner.quality().clone().into()
    }

    /// The customer summary that the models saw.
    #[getter]
    fn summary(&self) -> CustomerSummary {
        self.inner.summary().clone().into()
    }

    /// The fitted purchase model.
    #[getter]
    fn model(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        to_python(py, self.inner.model().clone().into())
    }

    /// The fitted spend model.
    #[getter]
    fn spend(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        to_python(py, self.inner.spend().clone().into())
    }

    /// Writes the report for people: one HTML file that is complete in itself.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file; one that exists is overwritten.
    ///
    /// Raises
    /// ------
    /// OSError
    ///     If the file cannot be written.
    fn report(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.inner.write_report(path)).or_raise()
    }

    /// The text of that file.
    fn report_html(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| self.inner.report_html()).or_raise()
    }

    fn __repr__(&self) -> String {
        self.inner.to_string()
    }

    fn _repr_html_(&self) -> String {
        format!("<pre>{}</pre>", escape(&self.inner.to_string()))
    }
}

/// From a transaction log to a portfolio, in one call.
///
/// Summarises the log, fits a model of purchases (BG/NBD by default) and one of spend (Gamma-Gamma), scores every customer with intervals, names segments,
/// adds up totals, measures concentration and retention, and checks the model on a part of the log that it has not seen.
///
/// Parameters
/// ----------
/// log : TransactionLog
/// as_of : date, optional
///     The end of observation; a date means the end of that day. Default: the last time in the log.
/// horizon : float
///     How far to look ahead, in ``time_unit``: 52 is a year of weeks.
/// discount_rate : float
///     Per year: 0.10 for 10 %.
/// margin : float
///     Share of an amount that is contribution margin: 0.30 for 30 %.
/// time_unit : {"day", "week", "month", "year"}
///     The unit of recency, T and the horizon.
/// merge_within : {"nothing", "hour", "day", "week"}
///     The period within which rows of one customer are one purchase.
/// level : float
///     Probability that an interval holds.
/// calibration_end : date, optional
///     Where the log is cut for the check of the model. Default: half-way through the observation.
/// model : {"bg_nbd", "mbg_nbd", "pareto_nbd", "nbd", "ggompertz_nbd", "bg_cnbd", "mbg_cnbd"}
///     The model of purchases. :func:`compare` says which one forecasts best.
/// cost_per_purchase : float
///     Variable cost of each purchase besides what the margin leaves out, in money.
///
/// Returns
/// -------
/// Portfolio
///
/// Raises
/// ------
/// FitError
///     If the data do not determine the models.
/// DataError
///     If no purchase is left.
/// CpmError
///     If an argument is outside its domain.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> portfolio = cpm.analyze(cpm.datasets.cdnow(), horizon=52, discount_rate=0.10, margin=0.30)
/// >>> len(portfolio.customers), portfolio.segments.columns[:3]
/// (2357, ['segment', 'customers', 'share_of_customers'])
/// >>> portfolio.customer_equity.low < portfolio.customer_equity.value
/// True
#[pyfunction]
#[pyo3(signature = (
    log, as_of=None, horizon=52.0, discount_rate=0.0, margin=1.0, time_unit="week", merge_within="day", level=0.95,
    calibration_end=None, model="bg_nbd", cost_per_purchase=0.0
))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn analyze(
    py: Python<'_>,
    log: &TransactionLog,
    as_of: Option<&Bound<'_, PyAny>>,
    horizon: f64,
    discount_rate: f64,
    margin: f64,
    time_unit: &str,
    merge_within: &str,
    level: f64,
    calibration_end: Option<&Bound<'_, PyAny>>,
    model: &str,
    cost_per_purchase: f64,
) -> PyResult<Portfolio> {
    let mut options = AnalysisOptions::new(horizon)
        .discount_rate(discount_rate)
        .margin(margin)
        .level(level)
        .model(model.parse().or_raise()?)
        .cost_per_purchase(cost_per_purchase)
        .time_unit(time_unit.parse().or_raise()?)
        .merge_within(merge_within.parse().or_raise()?);
    if let Some(date) = optional_iso_text("as_of", as_of)? {
        options = options.as_of(&date).or_raise()?;
    }
    if let Some(date) = optional_iso_text("calibration_end", calibration_end)? {
        options = options.calibration_end(&date).or_raise()?;
    }
    let inner = py.detach(|| cpm_core::analyze(&log.inner, &options)).or_raise()?;
    Ok(Portfolio { inner, customers: OnceLock::new() })
}
