//! Uplift in a campaign with a control group.

use cpm_core::churn::evaluation::{self as core, QiniOptions};
use pyo3::prelude::*;

use crate::arrays::{flags, floats};
use crate::clv::Estimate;
use crate::error::OrRaise;
use crate::table::Table;

/// Qini and uplift curves, as a :class:`Table` with ``fraction, gain, at_random, uplift``; see :func:`cpm.churn.qini_curve`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> curve = cpm.churn.qini_curve([1, 0, 1, 1], [1, 0, 1, 0], [0.9, 0.9, 0.2, 0.2], points=3)
/// >>> curve["gain"], curve.effect.value, curve.coefficient.value
/// (array([0. , 0.5, 0.5]), 0.5, 0.125)
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct QiniCurve {
    inner: core::QiniCurve,
}

#[pymethods]
impl QiniCurve {
    /// Area between the Qini curve and random treatment, with interval: 0 if the score does not tell who can be moved.
    #[getter]
    fn coefficient(&self) -> Estimate {
        self.inner.coefficient.into()
    }

    /// Area under the uplift curve (AUUC), with interval.
    #[getter]
    fn area_under_uplift(&self) -> Estimate {
        self.inner.area_under_uplift.into()
    }

    /// Effect of treating everybody, the difference of the outcome rates, with interval.
    #[getter]
    fn effect(&self) -> Estimate {
        self.inner.effect.into()
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Qini and uplift curves of a score, in a campaign with a randomised control group.
///
/// Parameters
/// ----------
/// outcome : array-like of bool
///     What the treatment is to bring about: that the customer stays.
/// treated : array-like of bool
///     Whether the customer got the treatment.
/// scores : array-like
///     Customers with larger scores are treated first; rows of one score enter together.
/// points : int
///     Points of the curve, both ends included.
/// resamples : int
///     How often customers are drawn anew for the intervals.
/// seed : int
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// QiniCurve
///     ``gain`` is in outcomes per treated customer, (R_t - R_c·N_t/N_c) over all treated; ``uplift`` is the difference of the
///     outcome rates up to a fraction, times the fraction.
///
/// References
/// ----------
/// Radcliffe (2007), Using Control Groups to Target on Predicted Lift; Devriendt, Van Belle, Guns & Verbeke (2020), Learning to
/// Rank for Uplift Modeling.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.churn.qini_curve([1, 0, 1, 1], [1, 0, 1, 0], [0.9, 0.9, 0.2, 0.2]).area_under_uplift.value
/// 0.375
#[pyfunction]
#[pyo3(signature = (outcome, treated, scores, points=101, resamples=200, seed=0, level=0.95))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments")]
pub(crate) fn qini_curve<'py>(
    py: Python<'py>,
    outcome: &Bound<'py, PyAny>,
    treated: &Bound<'py, PyAny>,
    scores: &Bound<'py, PyAny>,
    points: usize,
    resamples: usize,
    seed: u64,
    level: f64,
) -> PyResult<Bound<'py, QiniCurve>> {
    let options = QiniOptions::new().points(points).resamples(resamples, seed).level(level);
    let (outcome, treated) = (flags("outcome", outcome)?, flags("treated", treated)?);
    let scores = floats("scores", scores)?;
    let scores = scores.as_slice()?;
    let (inner, table) = py
        .detach(|| {
            let inner = core::qini_curve(&outcome, &treated, scores, &options)?;
            let table = inner.to_table()?;
            Ok((inner, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(QiniCurve { inner }))
}
