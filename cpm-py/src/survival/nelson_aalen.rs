//! `cpm.NelsonAalen`.

use cpm_core::churn::survival::NelsonAalen as Core;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::SurvivalData;
use super::results::at_times;
use crate::arrays::floats;
use crate::error::OrRaise;
use crate::estimator::{Estimator, Params, Unset, fitted};
use crate::table::Table;

/// The Nelson-Aalen estimate of the cumulative hazard H(t), the sum of d/n over event times up to t.
///
/// Its variance is the sum of d/n², and its intervals are on the scale of ln H. Tied events count as one jump d/n, as in
/// R's ``survfit(..., stype = 2, ctype = 1)`` and lifelines' ``NelsonAalenFitter(nelson_aalen_smoothing=False)``.
///
/// Parameters
/// ----------
/// level : float
///     Probability that an interval holds.
///
/// References
/// ----------
/// Aalen (1978), Nonparametric Inference for a Family of Counting Processes, Annals of Statistics 6(4), 701-726.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> hazard = cpm.NelsonAalen().fit(cpm.SurvivalData([1, 2, 3, 4], [True, True, False, True]))
/// >>> hazard.cumulative_hazard_at([2])["cumulative_hazard"].round(4)
/// array([0.5833])
#[pyclass(module = "cpm", extends = Estimator)]
pub(crate) struct NelsonAalen {}

impl NelsonAalen {
    fn hazard<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<&'a Core> {
        fitted!(slf.as_super(), NelsonAalen)
    }

    /// A hazard from a file.
    pub(crate) fn loaded(py: Python<'_>, hazard: Core) -> PyResult<Py<PyAny>> {
        let params = PyDict::new(py);
        params.set_item("level", hazard.level())?;
        Ok(Py::new(py, Estimator::of(params, Some(hazard.into())).add_subclass(Self {}))?.into_any())
    }
}

#[pymethods]
impl NelsonAalen {
    #[new]
    #[pyo3(signature = (level=None), text_signature = "(level=0.95)")]
    fn new(py: Python<'_>, level: Option<Bound<'_, PyAny>>) -> PyResult<PyClassInitializer<Self>> {
        let params = Params::new(py, vec![("level", level, Unset::Float(0.95))])?;
        params.number(py, "level")?;
        Ok(Estimator::of(params, None).add_subclass(Self {}))
    }

    /// Estimates the cumulative hazard of the data.
    ///
    /// Parameters
    /// ----------
    /// data : SurvivalData
    ///
    /// Returns
    /// -------
    /// NelsonAalen
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// CpmError
    ///     Unless the level lies strictly between 0 and 1.
    fn fit<'py>(slf: Bound<'py, Self>, data: &SurvivalData) -> PyResult<Bound<'py, Self>> {
        let level = slf.as_super().borrow().params.number(slf.py(), "level")?;
        let hazard = slf.py().detach(|| Core::fit(&data.inner).with_level(level)).or_raise()?;
        slf.as_super().borrow_mut().set(hazard);
        Ok(slf)
    }

    /// Probability that an interval holds.
    #[getter]
    fn level(slf: PyRef<'_, Self>, py: Python<'_>) -> PyResult<f64> {
        slf.as_super().params.number(py, "level")
    }

    /// H(t) with its interval, at each of the times.
    ///
    /// Parameters
    /// ----------
    /// times : array-like
    ///     From 0 to the largest observed duration.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``time, cumulative_hazard, low, high``.
    fn cumulative_hazard_at(slf: PyRef<'_, Self>, py: Python<'_>, times: &Bound<'_, PyAny>) -> PyResult<Table> {
        let (hazard, times) = (Self::hazard(&slf)?, floats("times", times)?);
        let times = times.as_slice()?;
        py.detach(|| at_times("cumulative_hazard", times, &hazard.cumulative_hazard_at(times)?))
            .or_raise()
            .map(Into::into)
    }

    /// The estimate: one row per distinct duration.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``time, at_risk, observed, censored, entered``, and ``cumulative_hazard, standard_error, low, high``.
    fn to_table(slf: PyRef<'_, Self>, py: Python<'_>) -> PyResult<Table> {
        let hazard = Self::hazard(&slf)?;
        py.detach(|| hazard.to_table()).or_raise().map(Into::into)
    }

    /// Changes these choices, for a fitted estimate too.
    #[pyo3(signature = (**params))]
    fn set_params<'py>(slf: Bound<'py, Self>, params: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, Self>> {
        let params = Estimator::with(slf.as_super(), params)?;
        let hazard = fitted!(slf.as_super().borrow(), NelsonAalen).ok().cloned();
        if let Some(hazard) = hazard {
            let hazard = hazard.with_level(params.number(slf.py(), "level")?).or_raise()?;
            slf.as_super().borrow_mut().set(hazard);
        }
        slf.as_super().borrow_mut().params = params;
        Ok(slf)
    }
}
