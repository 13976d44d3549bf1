//! `cpm.analyze`: the whole way in one call.

use std::path::PathBuf;
use std::sync::OnceLock;

use cpm_core::AnalysisOptions;
use cpm_core::portfolio::{AtRiskOptions, StressResult};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::CohortTable;
use super::migration::TransitionMatrix;
use super::report::{PortfolioComparison, sections};
use super::risk::{RevenueAtRisk, stress_scenarios};
use crate::argument::Argument;
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
    pub(super) inner: cpm_core::Portfolio,
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

    /// New, won back, expanded, contracted and lost revenue by month, with retention and churn, as :func:`growth_by_period` gives them; None
    /// where the log is too short for that.
    #[getter]
    fn growth(&self) -> PyResult<Option<Table>> {
        self.inner.growth().ok().map(|series| series.to_table().or_raise().map(Into::into)).transpose()
    }

    /// Who moved to which segment between the date where the log is cut for the check of the model (``calibration_end``) and the end of
    /// observation, smoothed by a prior of 0.5; None where nobody had purchased by then.
    #[getter]
    fn migration<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, TransitionMatrix>>> {
        let counts = self.inner.migration().ok().map(|migration| migration.counts.clone());
        counts.map(|counts| TransitionMatrix::counted_bound(py, counts)).transpose()
    }

    /// Value at risk and expected shortfall of the revenue of today's customers over the horizon: whole amounts, not discounted.
    ///
    /// Parameters
    /// ----------
    /// shock, confidence, draws, seed, level
    ///     As in :func:`cpm.portfolio.revenue_at_risk`.
    ///
    /// Returns
    /// -------
    /// RevenueAtRisk
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> portfolio = cpm.analyze(cpm.datasets.cdnow(), horizon=52)
    /// >>> risk = portfolio.revenue_at_risk(draws=2_000)
    /// >>> risk.value_at_risk.value < risk.expected_shortfall.value < risk.expected
    /// True
    #[pyo3(signature = (shock=0.1, confidence=0.95, draws=10_000, seed=0, level=0.95))]
    fn revenue_at_risk(
        &self,
        py: Python<'_>,
        shock: f64,
        confidence: f64,
        draws: usize,
        seed: u64,
        level: f64,
    ) -> PyResult<RevenueAtRisk> {
        let options = AtRiskOptions::new().shock(shock).confidence(confidence).draws(draws).seed(seed).level(level);
        Ok(RevenueAtRisk { inner: py.detach(|| self.inner.revenue_at_risk(&options)).or_raise()? })
    }

    /// Customer equity under each scenario, as :func:`cpm.portfolio.stress_test` gives it.
    ///
    /// Parameters
    /// ----------
    /// scenarios : dict
    ///     For each name what happens: ``churn``, ``spend``, ``lose_top``.
    fn stress_test(&self, scenarios: &Bound<'_, PyDict>) -> PyResult<Table> {
        let results = self.inner.stress_test(&stress_scenarios(scenarios)?).or_raise()?;
        StressResult::table(&results).or_raise().map(Into::into)
    }

    /// What changed since an earlier portfolio of the same business, and why.
    ///
    /// Parameters
    /// ----------
    /// earlier : Portfolio
    ///     As of an earlier date, with the same horizon, time unit, margin, cost and discount rate.
    /// log : TransactionLog, optional
    ///     With it the revenue between the two dates is set against that of as long a time before.
    /// lost_below : float
    ///     Customers whose P(alive) is below this at the later date are taken for lost.
    ///
    /// Returns
    /// -------
    /// PortfolioComparison
    ///
    /// Raises
    /// ------
    /// CpmError
    ///     If the earlier portfolio is not earlier, or was made with other options.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> log = cpm.datasets.cdnow()
    /// >>> earlier, later = cpm.analyze(log, as_of="1997-12-31"), cpm.analyze(log, as_of="1998-06-30")
    /// >>> later.compare(earlier, log=log).value_bridge.change < 0
    /// True
    #[pyo3(signature = (earlier, log=None, lost_below=0.5))]
    fn compare(
        &self,
        py: Python<'_>,
        earlier: &Self,
        log: Option<Argument<'_, TransactionLog>>,
        lost_below: f64,
    ) -> PyResult<PortfolioComparison> {
        let log = log.as_deref().map(|log| &log.inner);
        let inner = py.detach(|| self.inner.compare(&earlier.inner, log, lost_below)).or_raise()?;
        Ok(PortfolioComparison { inner })
    }

    /// Writes the report for people: one HTML file that is complete in itself.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file; one that exists is overwritten.
    /// include : list, optional
    ///     What else to show, in this order: results of :mod:`cpm.portfolio` (surveys, break-even, campaigns, allocation, offers, pipeline,
    ///     goals, ...) and sections of your own, see :class:`ReportSection`.
    ///
    /// Raises
    /// ------
    /// OSError
    ///     If the file cannot be written.
    ///
    /// Examples
    /// --------
    /// >>> import cpm, os, tempfile
    /// >>> portfolio = cpm.analyze(cpm.datasets.cdnow(), horizon=52)
    /// >>> survey = cpm.portfolio.nps([10, 9, 9, 8, 7, 3])
    /// >>> portfolio.report(os.path.join(tempfile.mkdtemp(), "report.html"), include=[survey])
    #[pyo3(signature = (path, include=None))]
    fn report(&self, py: Python<'_>, path: PathBuf, include: Option<Vec<Bound<'_, PyAny>>>) -> PyResult<()> {
        let more = sections(include)?;
        py.detach(|| self.inner.write_report_with(path, &more)).or_raise()
    }

    /// The text of that file.
    #[pyo3(signature = (include=None))]
    fn report_html(&self, py: Python<'_>, include: Option<Vec<Bound<'_, PyAny>>>) -> PyResult<String> {
        let more = sections(include)?;
        py.detach(|| self.inner.report_html_with(&more)).or_raise()
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
    log: Argument<'_, TransactionLog>,
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
    if let Some(date) = optional_iso_text("as_of", as_of, log.inner.time_zone())? {
        options = options.as_of(&date).or_raise()?;
    }
    if let Some(date) = optional_iso_text("calibration_end", calibration_end, log.inner.time_zone())? {
        options = options.calibration_end(&date).or_raise()?;
    }
    let inner = py.detach(|| cpm_core::analyze(&log.inner, &options)).or_raise()?;
    Ok(Portfolio { inner, customers: OnceLock::new() })
}
