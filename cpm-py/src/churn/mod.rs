//! Churn: `cpm.churn_scores` here, one file per further idea.

mod features;
mod rhythm;
mod risk;

use pyo3::prelude::*;

pub(crate) use features::{ChurnFeatures, EventLog, churn_features};
pub(crate) use rhythm::PurchaseRhythm;
pub(crate) use risk::{ChurnRisk, churn_risk};

use crate::argument::Argument;
use crate::clv::{Estimate, PurchaseModel};
use crate::error::OrRaise;
use crate::summary::CustomerSummary;
use crate::table::Table;

/// Churn of every customer, as a :class:`Table`, and of the base; see :func:`churn_scores`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> churn = cpm.churn_scores(cpm.BgNbd().fit(customers), customers, horizon=39)
/// >>> churn.columns
/// ['customer_id', 'churn_probability', 'probability_dead', 'expected_attrition']
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct ChurnScores {
    inner: cpm_core::churn::ChurnScores,
}

#[pymethods]
impl ChurnScores {
    /// Number of customers who make no purchase within the horizon, with prediction interval.
    #[getter]
    fn expected_without_purchase(&self) -> Estimate {
        self.inner.expected_without_purchase().into()
    }

    /// The same as a share of all customers.
    #[getter]
    fn share_without_purchase(&self) -> Estimate {
        self.inner.share_without_purchase().into()
    }

    /// Number of customers alive at the end of observation, with prediction interval.
    #[getter]
    fn expected_alive(&self) -> Estimate {
        self.inner.expected_alive().into()
    }

    /// The same as a share of all customers.
    #[getter]
    fn share_alive(&self) -> Estimate {
        self.inner.share_alive().into()
    }

    /// Number of customers alive at the end of observation who drop out within the horizon, with prediction interval.
    #[getter]
    fn expected_attrition(&self) -> Estimate {
        self.inner.expected_attrition().into()
    }

    /// The same as a share of the expected number alive.
    #[getter]
    fn attrition_rate(&self) -> Estimate {
        self.inner.attrition_rate().into()
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

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Churn of every customer and of the base, by a fitted purchase model.
///
/// Churn has two meanings. *Business churn* is that a customer makes no purchase within the horizon, dead or alive: it can
/// be checked against what happens. *Death* is that a customer will never buy again: it cannot be observed. Under BG/NBD
/// one-time buyers are alive for certain, so their business churn is the figure to use.
///
/// Parameters
/// ----------
/// model : PurchaseModel
/// customers : CustomerSummary
/// horizon : float
///     In time units of the summary.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// ChurnScores
///     Columns ``customer_id``, ``churn_probability`` (no purchase within the horizon), ``probability_dead`` (now), and
///     ``expected_attrition`` (alive now and dead at the end of the horizon).
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> churn = cpm.churn_scores(cpm.BgNbd().fit(customers), customers, horizon=39)
/// >>> round(churn.expected_without_purchase.value)
/// 1740
#[pyfunction]
#[pyo3(signature = (model, customers, horizon, level=0.95))]
pub(crate) fn churn_scores<'py>(
    py: Python<'py>,
    model: PyRef<'py, PurchaseModel>,
    customers: Argument<'_, CustomerSummary>,
    horizon: f64,
    level: f64,
) -> PyResult<Bound<'py, ChurnScores>> {
    let model = PurchaseModel::of(&model, &customers)?;
    let (inner, table) = py
        .detach(|| {
            let scores = cpm_core::churn::ChurnScores::of(&*model, &customers.inner, horizon, level)?;
            let table = scores.to_table()?;
            Ok((scores, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(ChurnScores { inner }))
}
