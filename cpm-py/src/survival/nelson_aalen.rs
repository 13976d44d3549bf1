//! `cpm.NelsonAalen`.

use std::path::PathBuf;

use cpm_core::SavedModel;
use cpm_core::churn::survival::NelsonAalen as Core;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::fitted::at_times;
use super::{Pickled, SurvivalData, no_such_parameter};
use crate::arrays::floats;
use crate::error::OrRaise;
use crate::estimator;
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
#[pyclass(module = "cpm")]
pub(crate) struct NelsonAalen {
    level: f64,
    fitted: Option<Core>,
}

impl From<Core> for NelsonAalen {
    fn from(hazard: Core) -> Self {
        Self { level: hazard.level(), fitted: Some(hazard) }
    }
}

impl NelsonAalen {
    fn hazard(&self) -> PyResult<&Core> {
        self.fitted.as_ref().ok_or_else(|| estimator::not_fitted("NelsonAalen"))
    }
}

#[pymethods]
impl NelsonAalen {
    #[new]
    #[pyo3(signature = (level=0.95))]
    fn new(level: f64) -> Self {
        Self { level, fitted: None }
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
        let level = slf.borrow().level;
        let hazard = slf.py().detach(|| Core::fit(&data.inner).with_level(level)).or_raise()?;
        slf.borrow_mut().fitted = Some(hazard);
        Ok(slf)
    }

    /// Probability that an interval holds.
    #[getter]
    fn level(&self) -> f64 {
        self.level
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
    fn cumulative_hazard_at(&self, py: Python<'_>, times: &Bound<'_, PyAny>) -> PyResult<Table> {
        let (hazard, times) = (self.hazard()?, floats("times", times)?);
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
    fn to_table(&self, py: Python<'_>) -> PyResult<Table> {
        let hazard = self.hazard()?;
        py.detach(|| hazard.to_table()).or_raise().map(Into::into)
    }

    /// Saves the estimate as a JSON file, which :func:`load_model` and the Rust crate read.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file; one that exists is overwritten.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        estimator::save(py, self.hazard()?, path)
    }

    /// The choices that the object was made with, as scikit-learn asks for them.
    #[pyo3(signature = (deep=true))]
    fn get_params<'py>(&self, py: Python<'py>, deep: bool) -> PyResult<Bound<'py, PyDict>> {
        let _ = deep;
        let params = PyDict::new(py);
        params.set_item("level", self.level)?;
        Ok(params)
    }

    /// Changes these choices, for a fitted estimate too.
    #[pyo3(signature = (**params))]
    fn set_params<'py>(slf: Bound<'py, Self>, params: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, Self>> {
        let mut level = slf.borrow().level;
        for (name, value) in params.into_iter().flatten() {
            match name.extract::<String>()?.as_str() {
                "level" => level = value.extract()?,
                other => return Err(no_such_parameter("NelsonAalen", other, "level")),
            }
        }
        let fitted = slf.borrow().fitted.clone();
        let fitted = fitted.map(|h| h.with_level(level)).transpose().or_raise()?;
        *slf.borrow_mut() = Self { level, fitted };
        Ok(slf)
    }

    /// For pickle, with the JSON text of :meth:`save`.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Pickled<'py, (f64,)>> {
        let hazard = slf.borrow();
        let state = estimator::state(hazard.fitted.as_ref())?;
        Ok((slf.get_type(), (hazard.level,), state))
    }

    fn __setstate__(&mut self, state: &str) -> PyResult<()> {
        let of = |model| match model {
            SavedModel::NelsonAalen(hazard) => Some(hazard),
            _ => None,
        };
        *self = estimator::restored("NelsonAalen", state, of)?.into();
        Ok(())
    }

    fn __repr__(&self) -> String {
        format!("NelsonAalen(level={})", self.level)
    }
}
