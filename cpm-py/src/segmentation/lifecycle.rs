//! `cpm.Lifecycle`.

use cpm_core::SavedModel;
use cpm_core::segmentation::{LifecycleModel, LifecycleThresholds};
use pyo3::prelude::*;

use super::model::{SegmentationModel, fitted};
use super::rfm::Segments;
use crate::argument::Argument;
use crate::arrays::floats;
use crate::error::OrRaise;
use crate::estimator::Unset;
use crate::summary::CustomerSummary;

/// Lifecycle stages from each customer's own rhythm and probability to be alive, not from fixed days.
///
/// The rhythm is the mean time between a customer's purchases, averaged with ``prior_gaps`` gaps of the base; *overdue* is the
/// silence since the last purchase in units of it. The first line that applies:
///
/// ========  ============================================================================
/// Lost      P(alive) below ``lost_below``
/// Dormant   overdue above ``dormant_after``, or P(alive) below ``dormant_below``
/// At risk   overdue above ``at_risk_after``, or P(alive) below ``at_risk_below``
/// Won back  the gap before the last purchase was above ``dormant_after`` rhythms
/// New       one purchase
/// Loyal     ``loyal_purchases`` or more
/// Active    all others
/// ========  ============================================================================
///
/// The thresholds are choices, not estimates.
///
/// Parameters
/// ----------
/// at_risk_after, dormant_after : float
/// at_risk_below, dormant_below, lost_below : float
/// loyal_purchases : int
///     The first purchase included.
/// prior_gaps : float
///
/// Examples
/// --------
/// >>> import cpm
/// >>> log = cpm.datasets.cdnow()
/// >>> customers = log.summarize(as_of="1997-09-30")
/// >>> alive = cpm.BgNbd().fit(customers).probability_alive(customers)
/// >>> rhythm = cpm.segmentation.purchase_rhythm(log, as_of="1997-09-30")
/// >>> stages = cpm.Lifecycle().fit(customers).predict(customers, alive, last_gap=rhythm["last_gap"])
/// >>> stages.columns
/// ['customer_id', 'silence', 'rhythm', 'overdue', 'probability_alive', 'stage']
/// >>> sum(stages.counts.values())
/// 2357
#[pyclass(module = "cpm", extends = SegmentationModel)]
pub(crate) struct Lifecycle {}

type Given<'py> = Option<Bound<'py, PyAny>>;

impl Lifecycle {
    fn choices<'py>(
        [at_risk_after, dormant_after, at_risk_below, dormant_below, lost_below, loyal_purchases, prior_gaps]: [Given<'py>;
            7],
    ) -> Vec<(&'static str, Given<'py>, Unset)> {
        let default = LifecycleThresholds::default();
        vec![
            ("at_risk_after", at_risk_after, Unset::Float(default.at_risk_after)),
            ("dormant_after", dormant_after, Unset::Float(default.dormant_after)),
            ("at_risk_below", at_risk_below, Unset::Float(default.at_risk_below)),
            ("dormant_below", dormant_below, Unset::Float(default.dormant_below)),
            ("lost_below", lost_below, Unset::Float(default.lost_below)),
            ("loyal_purchases", loyal_purchases, Unset::Int(default.loyal_purchases as i64)),
            ("prior_gaps", prior_gaps, Unset::Float(default.prior_gaps)),
        ]
    }

    /// A model from a file.
    pub(super) fn loaded(py: Python<'_>, model: SavedModel) -> PyResult<PyClassInitializer<Self>> {
        let t = match &model {
            SavedModel::Lifecycle(m) => *m.thresholds(),
            _ => LifecycleThresholds::default(),
        };
        let float = |v: f64| -> PyResult<_> { Ok(Some(v.into_pyobject(py)?.into_any())) };
        let choices = Self::choices([
            float(t.at_risk_after)?,
            float(t.dormant_after)?,
            float(t.at_risk_below)?,
            float(t.dormant_below)?,
            float(t.lost_below)?,
            Some(t.loyal_purchases.into_pyobject(py)?.into_any()),
            float(t.prior_gaps)?,
        ]);
        Ok(SegmentationModel::base(py, choices, Some(model))?.add_subclass(Self {}))
    }
}

#[pymethods]
impl Lifecycle {
    #[new]
    #[pyo3(
        signature = (at_risk_after=None, dormant_after=None, at_risk_below=None, dormant_below=None, lost_below=None,
            loyal_purchases=None, prior_gaps=None),
        text_signature = "(at_risk_after=2.0, dormant_after=4.0, at_risk_below=0.8, dormant_below=0.5, lost_below=0.2, \
            loyal_purchases=4, prior_gaps=1.0)"
    )]
    #[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new<'py>(
        py: Python<'py>,
        at_risk_after: Given<'py>,
        dormant_after: Given<'py>,
        at_risk_below: Given<'py>,
        dormant_below: Given<'py>,
        lost_below: Given<'py>,
        loyal_purchases: Given<'py>,
        prior_gaps: Given<'py>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let choices = Self::choices([
            at_risk_after,
            dormant_after,
            at_risk_below,
            dormant_below,
            lost_below,
            loyal_purchases,
            prior_gaps,
        ]);
        Ok(SegmentationModel::base(py, choices, None)?.add_subclass(Self {}))
    }

    /// Learns the rhythm of the base.
    ///
    /// Parameters
    /// ----------
    /// customers : CustomerSummary
    ///
    /// Returns
    /// -------
    /// Lifecycle
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// CpmError
    ///     For thresholds that contradict one another.
    /// FitError
    ///     If no customer bought at two different times.
    fn fit<'py>(slf: Bound<'py, Self>, customers: Argument<'_, CustomerSummary>) -> PyResult<Bound<'py, Self>> {
        let py = slf.py();
        let thresholds = {
            let base = slf.as_super().as_super().borrow();
            LifecycleThresholds {
                at_risk_after: base.choice(py, "at_risk_after")?,
                dormant_after: base.choice(py, "dormant_after")?,
                at_risk_below: base.choice(py, "at_risk_below")?,
                dormant_below: base.choice(py, "dormant_below")?,
                lost_below: base.choice(py, "lost_below")?,
                loyal_purchases: base.count(py, "loyal_purchases")? as u64,
                prior_gaps: base.choice(py, "prior_gaps")?,
            }
        };
        let model = py.detach(|| LifecycleModel::fit(&customers.inner, &thresholds)).or_raise()?;
        slf.as_super().as_super().borrow_mut().set(model);
        Ok(slf)
    }

    /// The stage of each customer.
    ///
    /// Parameters
    /// ----------
    /// customers : CustomerSummary
    /// probability_alive : array-like
    ///     As a fitted purchase model gives it.
    /// last_gap : array-like, optional
    ///     Time between the last two purchases, NaN without two, as :func:`cpm.segmentation.purchase_rhythm` gives it.
    ///     Without it nobody is won back.
    ///
    /// Returns
    /// -------
    /// Segments
    ///     ``customer_id, silence, rhythm, overdue, probability_alive, stage``; times in the unit of the summary.
    #[pyo3(signature = (customers, probability_alive, last_gap=None))]
    fn predict<'py>(
        slf: &Bound<'py, Self>,
        customers: Argument<'_, CustomerSummary>,
        probability_alive: &Bound<'py, PyAny>,
        last_gap: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Segments>> {
        let model = fitted!(slf, Lifecycle);
        let alive = floats("probability_alive", probability_alive)?;
        let alive = alive.as_slice()?;
        let gaps = last_gap.map(|g| floats("last_gap", g)).transpose()?;
        let gaps: Option<Vec<Option<f64>>> = match &gaps {
            Some(gaps) => Some(gaps.as_slice()?.iter().map(|g| (!g.is_nan()).then_some(*g)).collect()),
            None => None,
        };
        let (table, segments) = slf
            .py()
            .detach(|| {
                let gaps = gaps.as_deref();
                Ok((model.table(&customers.inner, alive, gaps)?, model.predict(&customers.inner, alive, gaps)?))
            })
            .or_raise()?;
        Segments::object(slf.py(), table, &segments)
    }

    /// Mean time between purchases of the base of the fit, in its time unit.
    #[getter]
    fn mean_gap(slf: &Bound<'_, Self>) -> PyResult<f64> {
        Ok(fitted!(slf, Lifecycle).mean_gap())
    }
}
