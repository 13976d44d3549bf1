//! `cpm.churn_risk`.

use cpm_core::churn::{ChurnRisk as Core, PurchaseRhythm as CoreRhythm, RiskOptions};
use cpm_core::summary::PurchaseHabits;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::rhythm::PurchaseRhythm;
use crate::argument::Argument;
use crate::clv::PurchaseModel;
use crate::error::OrRaise;
use crate::table::Table;
use crate::transactions::{TransactionLog, summary_options};

/// Churn score, horizon and reason of every customer, as a :class:`Table`; see :func:`churn_risk`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> log = cpm.datasets.cdnow()
/// >>> model = cpm.BgNbd().fit(log.summarize(as_of="1997-09-30"))
/// >>> risk = cpm.churn_risk(log, model, horizon=39, as_of="1997-09-30")
/// >>> list(risk.reasons)
/// ['single purchase', 'overdue', 'falling frequency', 'falling spend', 'as usual']
/// >>> risk.reasons["single purchase"]
/// 1411
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct ChurnRisk {
    inner: Core,
    rhythm: CoreRhythm,
}

#[pymethods]
impl ChurnRisk {
    /// Number of customers per reason.
    #[getter]
    fn reasons<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = PyDict::new(py);
        for (reason, count) in self.inner.reasons() {
            counts.set_item(reason.name(), count)?;
        }
        Ok(counts)
    }

    /// The rhythm that customers are overdue against.
    #[getter]
    fn rhythm(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        PurchaseRhythm::loaded(py, self.rhythm.clone())
    }

    /// The horizon, in time units.
    #[getter]
    fn horizon(&self) -> f64 {
        self.inner.horizon()
    }

    /// Probability that an interval holds.
    #[getter]
    fn level(&self) -> f64 {
        self.inner.level()
    }

    /// All reasons that hold for a customer, not only the first; empty for one who buys as usual.
    ///
    /// Parameters
    /// ----------
    /// customer : int or str
    ///     Its id.
    fn all_reasons(&self, customer: &Bound<'_, PyAny>) -> PyResult<Vec<&'static str>> {
        let row = self.inner.position(&customer.str()?.to_string()).or_raise()?;
        Ok(self.inner.all_reasons(row).into_iter().map(cpm_core::churn::Reason::name).collect())
    }

    /// The score of a customer and all reasons that hold, in a sentence or two.
    ///
    /// Parameters
    /// ----------
    /// customer : int or str
    ///     Its id.
    fn explain(&self, customer: &Bound<'_, PyAny>) -> PyResult<String> {
        Ok(self.inner.explanation(self.inner.position(&customer.str()?.to_string()).or_raise()?))
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Who is leaving, how sure that is, and what it shows in.
///
/// The score is the model's P(no purchase within the horizon) with its interval. The reason comes from the log, the first of
/// these that holds:
///
/// - ``single purchase``: there is no rhythm to fall out of;
/// - ``overdue``: the silence exceeds a quantile of the customer's own gap (:class:`PurchaseRhythm`);
/// - ``falling frequency``: fewer purchases in the latest window than in the one before, by more than chance;
/// - ``falling spend``: smaller purchases, by more than chance;
/// - ``as usual``.
///
/// Parameters
/// ----------
/// log : TransactionLog
/// model : PurchaseModel
///     Fitted to ``log.summarize(as_of=as_of, time_unit=time_unit)``, or to other customers in the same unit.
/// horizon : float
///     In time units.
/// as_of, time_unit, merge_within
///     As in :meth:`TransactionLog.summarize`.
/// window : float, optional
///     Length of the latest window and of the one before, in time units. Default: 13 weeks.
/// overdue_quantile : float
///     A customer is overdue if the silence exceeds this quantile of the own gap.
/// decline : float
///     How probable it must be that frequency or spend fell for that to be a reason.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// ChurnRisk
///     Columns ``customer_id, horizon, churn_probability, churn_low, churn_high, probability_dead, reason``, and the
///     evidence: ``silence, usual_gap`` (median of the own gap)``, overdue_after, overdue_probability`` (share of the own
///     gaps that are shorter than the silence)``, falling_frequency, falling_spend`` (probabilities; missing where a window
///     is empty).
///
/// Raises
/// ------
/// CpmError
///     For an argument outside its domain, or a model in another time unit.
/// FitError
///     If fewer than two customers have bought on two days.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> log = cpm.datasets.cdnow()
/// >>> model = cpm.BgNbd().fit(log.summarize(as_of="1997-09-30"))
/// >>> risk = cpm.churn_risk(log, model, horizon=13, as_of="1997-09-30")
/// >>> risk.columns[:7]
/// ['customer_id', 'horizon', 'churn_probability', 'churn_low', 'churn_high', 'probability_dead', 'reason']
/// >>> bool((risk["churn_low"] <= risk["churn_probability"]).all())
/// True
#[pyfunction]
#[pyo3(signature = (
    log, model, horizon, *, as_of=None, time_unit="week", merge_within="day", window=None, overdue_quantile=0.9,
    decline=0.9, level=0.95
))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn churn_risk<'py>(
    py: Python<'py>,
    log: Argument<'_, TransactionLog>,
    model: PyRef<'py, PurchaseModel>,
    horizon: f64,
    as_of: Option<&Bound<'py, PyAny>>,
    time_unit: &str,
    merge_within: &str,
    window: Option<f64>,
    overdue_quantile: f64,
    decline: f64,
    level: f64,
) -> PyResult<Bound<'py, ChurnRisk>> {
    let model = PurchaseModel::process(&model)?;
    let summary = summary_options(as_of, time_unit, merge_within, log.inner.time_zone())?;
    let window = window.unwrap_or(PurchaseHabits::quarter(time_unit.parse().or_raise()?));
    let options = RiskOptions::new(horizon).level(level).overdue_quantile(overdue_quantile).decline(decline);
    let (inner, rhythm, table) = py
        .detach(|| {
            let habits = log.inner.habits(&summary, window)?;
            let rhythm = CoreRhythm::fit(&habits)?;
            let risk = Core::of(model, &rhythm, &habits, &options)?;
            let table = risk.to_table()?;
            Ok((risk, rhythm, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(ChurnRisk { inner, rhythm }))
}
