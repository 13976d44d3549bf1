//! `cpm.PurchaseRhythm`.

use cpm_core::churn::PurchaseRhythm as Core;
use cpm_core::summary::PurchaseHabits;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::argument::Argument;
use crate::clv::Estimate;
use crate::error::OrRaise;
use crate::estimator::{Estimator, fitted};
use crate::summary::CustomerSummary;
use crate::table::Table;
use crate::transactions::{TransactionLog, summary_options};

/// Gaps between purchases, customer by customer, with shrinkage to the population.
///
/// Is a silence of eight weeks long? For a customer who comes every week it is, for one who comes twice a year it is not; and
/// with few purchases the population's rhythm is the better guess of the own one. Gaps of a customer are Erlang-k with the
/// customer's own rate, rates are gamma over customers, and after every purchase the customer stops with one probability.
/// k is the regularity: 1 is buying at random, more is buying regularly.
///
/// References
/// ----------
/// Wheat & Morrison (1990), Estimating Purchase Regularity with Two Interpurchase Times, JMR 27(1), 87-93.
/// Platzer & Reutterer (2016), Ticking Away the Moments, Marketing Science 35(5), 779-799.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> log = cpm.datasets.cdnow()
/// >>> customers = log.summarize(as_of="1997-09-30")
/// >>> rhythm = cpm.PurchaseRhythm().fit(log, as_of="1997-09-30")
/// >>> rhythm.shape
/// 1
/// >>> usual, long = rhythm.gap_quantile(customers, 0.5), rhythm.gap_quantile(customers, 0.9)
/// >>> bool((usual < long).all())
/// True
/// >>> int((rhythm.overdue_probability(customers)[customers.frequency > 0] > 0.9).sum())
/// 155
#[pyclass(module = "cpm", extends = Estimator)]
pub(crate) struct PurchaseRhythm {}

impl PurchaseRhythm {
    fn rhythm<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<&'a Core> {
        fitted!(slf.as_super(), PurchaseRhythm)
    }

    /// A rhythm that is known already.
    pub(crate) fn loaded(py: Python<'_>, rhythm: Core) -> PyResult<Py<PyAny>> {
        let base = Estimator::of(PyDict::new(py), Some(rhythm.into()));
        Ok(Py::new(py, base.add_subclass(Self {}))?.into_any())
    }
}

#[pymethods]
impl PurchaseRhythm {
    #[new]
    fn new(py: Python<'_>) -> PyClassInitializer<Self> {
        Estimator::of(PyDict::new(py), None).add_subclass(Self {})
    }

    /// Fits the population, its regularity included.
    ///
    /// Parameters
    /// ----------
    /// log : TransactionLog
    /// as_of, time_unit, merge_within
    ///     As in :meth:`TransactionLog.summarize`.
    ///
    /// Returns
    /// -------
    /// PurchaseRhythm
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// FitError
    ///     If fewer than two customers have bought on two days.
    #[pyo3(signature = (log, as_of=None, time_unit="week", merge_within="day"))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        log: Argument<'_, TransactionLog>,
        as_of: Option<&Bound<'py, PyAny>>,
        time_unit: &str,
        merge_within: &str,
    ) -> PyResult<Bound<'py, Self>> {
        let options = summary_options(as_of, time_unit, merge_within, log.inner.time_zone())?;
        let window = PurchaseHabits::quarter(time_unit.parse().or_raise()?);
        let fitted = slf.py().detach(|| Core::fit(&log.inner.habits(&options, window)?)).or_raise()?;
        slf.as_super().borrow_mut().set(fitted);
        Ok(slf)
    }

    /// Fits the population with a regularity of 1: a summary alone does not show how even gaps are.
    ///
    /// Parameters
    /// ----------
    /// customers : CustomerSummary
    ///
    /// Returns
    /// -------
    /// PurchaseRhythm
    ///     This object, fitted.
    fn fit_summary<'py>(slf: Bound<'py, Self>, customers: Argument<'_, CustomerSummary>) -> PyResult<Bound<'py, Self>> {
        let fitted = slf.py().detach(|| Core::fit_summary(&customers.inner)).or_raise()?;
        slf.as_super().borrow_mut().set(fitted);
        Ok(slf)
    }

    /// A rhythm of given parameters.
    ///
    /// Parameters
    /// ----------
    /// shape : int
    ///     Regularity k, at least 1.
    /// r, alpha : float
    ///     Of the gamma distribution of rates; ``alpha`` in ``time_unit``.
    /// dropout : float
    ///     Chance to stop after a purchase, at least 0 and below 1.
    /// time_unit : {"day", "week", "month", "year"}
    #[staticmethod]
    #[pyo3(signature = (*, shape, r, alpha, dropout, time_unit="week"))]
    fn from_params(
        py: Python<'_>,
        shape: u32,
        r: f64,
        alpha: f64,
        dropout: f64,
        time_unit: &str,
    ) -> PyResult<Py<PyAny>> {
        let rhythm = Core::from_params(shape, r, alpha, dropout, time_unit.parse().or_raise()?).or_raise()?;
        Self::loaded(py, rhythm)
    }

    /// Regularity k: 1 is buying at random, more is buying regularly.
    #[getter]
    fn shape(slf: PyRef<'_, Self>) -> PyResult<u32> {
        Ok(Self::rhythm(&slf)?.shape())
    }

    /// ``r``, ``alpha`` and ``dropout`` by name.
    #[getter(params)]
    fn parameters<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let rhythm = Self::rhythm(&slf)?;
        let params = PyDict::new(py);
        params.set_item("r", rhythm.r())?;
        params.set_item("alpha", rhythm.alpha())?;
        params.set_item("dropout", rhythm.dropout())?;
        Ok(params)
    }

    /// The parameters with intervals: ``parameter, value, low, high``.
    #[pyo3(signature = (level=0.95))]
    fn summary(slf: PyRef<'_, Self>, level: f64) -> PyResult<Table> {
        let parameters = Self::rhythm(&slf)?.parameters(level).or_raise()?;
        let column = |of: fn(&cpm_core::clv::Estimate) -> f64| {
            cpm_core::Column::Float(parameters.iter().map(|(_, e)| of(e)).collect())
        };
        let mut table = cpm_core::Table::new();
        let names = parameters.iter().map(|(name, _)| (*name).to_owned()).collect();
        table.push("parameter", cpm_core::Column::Text(names)).or_raise()?;
        table.push("value", column(|e| e.value)).or_raise()?;
        table.push("low", column(|e| e.interval.low)).or_raise()?;
        table.push("high", column(|e| e.interval.high)).or_raise()?;
        Ok(table.into())
    }

    /// Maximised log-likelihood; None if the parameters were given.
    #[getter]
    fn log_likelihood(slf: PyRef<'_, Self>) -> PyResult<Option<f64>> {
        Ok(Self::rhythm(&slf)?.log_likelihood())
    }

    /// Unit of ``alpha`` and of gaps.
    #[getter]
    fn time_unit(slf: PyRef<'_, Self>) -> PyResult<&'static str> {
        Ok(Self::rhythm(&slf)?.time_unit().name())
    }

    /// Wheat & Morrison's estimate of the regularity, from the evenness of each customer's last two gaps, with no assumption on
    /// rates or on who stops; None without a log or without two customers of two gaps.
    #[pyo3(signature = (level=0.95))]
    fn wheat_morrison(slf: PyRef<'_, Self>, level: f64) -> PyResult<Option<Estimate>> {
        Ok(Self::rhythm(&slf)?.wheat_morrison(level).or_raise()?.map(Into::into))
    }

    /// The gap that a share ``quantile`` of each customer's gaps is shorter than, in time units.
    fn gap_quantile<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: Argument<'_, CustomerSummary>,
        quantile: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let rhythm = Self::rhythm(&slf)?;
        Ok(PyArray1::from_vec(py, py.detach(|| rhythm.gap_quantile(&customers.inner, quantile)).or_raise()?))
    }

    /// The share of each customer's own gaps that are shorter than its present silence.
    fn overdue_probability<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: Argument<'_, CustomerSummary>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let rhythm = Self::rhythm(&slf)?;
        Ok(PyArray1::from_vec(py, py.detach(|| rhythm.overdue_probability(&customers.inner)).or_raise()?))
    }

    /// Probability that each customer has not stopped, given its silence.
    fn probability_alive<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: Argument<'_, CustomerSummary>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let rhythm = Self::rhythm(&slf)?;
        Ok(PyArray1::from_vec(py, py.detach(|| rhythm.probability_alive(&customers.inner)).or_raise()?))
    }

    fn __repr__(slf: PyRef<'_, Self>) -> String {
        match Self::rhythm(&slf) {
            Ok(r) => {
                let shape = r.shape();
                format!(
                    "PurchaseRhythm(shape={shape}, r={:.4}, alpha={:.4}, dropout={:.4}, time_unit='{}')",
                    r.r(),
                    r.alpha(),
                    r.dropout(),
                    r.time_unit()
                )
            }
            Err(_) => "PurchaseRhythm()".to_owned(),
        }
    }
}
