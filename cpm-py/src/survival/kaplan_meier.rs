//! `cpm.KaplanMeier`.

use std::path::PathBuf;

use cpm_core::SavedModel;
use cpm_core::churn::survival::{IntervalScale, KaplanMeier as Core, QuantileEstimate as CoreQuantile};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator, PyTuple};

use super::fitted::at_times;
use super::{Choices, Estimate, Pickled, SurvivalData, choice, name_of, no_such_parameter};
use crate::arrays::floats;
use crate::error::OrRaise;
use crate::estimator;
use crate::table::Table;

const SCALES: &Choices<IntervalScale> =
    &[("log-log", IntervalScale::LogLog), ("plain", IntervalScale::Plain), ("log", IntervalScale::Log)];

fn scale(name: &str) -> PyResult<IntervalScale> {
    choice("interval_scale", name, SCALES)
}

/// A time by which a given share has had the event: ``value``, ``low``, ``high``.
///
/// None where the curve, or the end of its interval, does not get there within the observed time.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> curve = cpm.KaplanMeier().fit(cpm.SurvivalData([1, 2, 3], [True, False, False]))
/// >>> curve.median.value is None
/// True
#[pyclass(module = "cpm", frozen, eq)]
#[derive(PartialEq)]
pub(crate) struct QuantileEstimate {
    inner: CoreQuantile,
}

impl From<CoreQuantile> for QuantileEstimate {
    fn from(inner: CoreQuantile) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl QuantileEstimate {
    /// The time.
    #[getter]
    fn value(&self) -> Option<f64> {
        self.inner.value
    }

    /// Lower end of its interval.
    #[getter]
    fn low(&self) -> Option<f64> {
        self.inner.low
    }

    /// Upper end of its interval.
    #[getter]
    fn high(&self) -> Option<f64> {
        self.inner.high
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        PyTuple::new(py, [self.inner.value, self.inner.low, self.inner.high])?.try_iter()
    }

    fn __repr__(&self) -> String {
        let [value, low, high] = [self.inner.value, self.inner.low, self.inner.high]
            .map(|time| time.map_or_else(|| "None".to_owned(), |t| t.to_string()));
        format!("QuantileEstimate(value={value}, low={low}, high={high})")
    }
}

/// The Kaplan-Meier estimate of the survival function S(t), the share still there after time t.
///
/// S(t) is the product over event times u up to t of 1 - d(u)/n(u), with d events among n at risk; its variance is
/// Greenwood's. With entry times, n counts only those already under observation. Names and conventions are those of
/// lifelines' ``KaplanMeierFitter`` and R's ``survfit``.
///
/// Parameters
/// ----------
/// level : float
///     Probability that an interval holds.
/// interval_scale : {"log-log", "plain", "log"}
///     Scale on which an estimate is taken as normal: ln(-ln S), which stays within 0 and 1; S; ln S (R's default).
///
/// References
/// ----------
/// Kaplan & Meier (1958), Nonparametric Estimation from Incomplete Observations, JASA 53, 457-481.
///
/// Examples
/// --------
/// Weeks in remission of 21 leukemia patients under 6-mercaptopurine (Freireich et al. 1963):
///
/// >>> import cpm
/// >>> weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
/// >>> relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
/// >>> curve = cpm.KaplanMeier().fit(cpm.SurvivalData(weeks, relapse))
/// >>> curve.survival_at([6, 7, 26])["survival"].round(4)
/// array([0.8571, 0.8067, 0.4482])
/// >>> curve.median.value
/// 23.0
/// >>> curve.to_table().columns
/// ['time', 'at_risk', 'observed', 'censored', 'entered', 'survival', 'standard_error', 'low', 'high']
#[pyclass(module = "cpm")]
pub(crate) struct KaplanMeier {
    level: f64,
    scale: IntervalScale,
    fitted: Option<Core>,
}

impl From<Core> for KaplanMeier {
    fn from(curve: Core) -> Self {
        Self { level: curve.level(), scale: curve.interval_scale(), fitted: Some(curve) }
    }
}

impl KaplanMeier {
    fn curve(&self) -> PyResult<&Core> {
        self.fitted.as_ref().ok_or_else(|| estimator::not_fitted("KaplanMeier"))
    }
}

#[pymethods]
impl KaplanMeier {
    #[new]
    #[pyo3(signature = (level=0.95, interval_scale="log-log"))]
    fn new(level: f64, interval_scale: &str) -> PyResult<Self> {
        Ok(Self { level, scale: scale(interval_scale)?, fitted: None })
    }

    /// Draws the curve of the data.
    ///
    /// Parameters
    /// ----------
    /// data : SurvivalData
    ///
    /// Returns
    /// -------
    /// KaplanMeier
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// CpmError
    ///     Unless the level lies strictly between 0 and 1.
    fn fit<'py>(slf: Bound<'py, Self>, data: &SurvivalData) -> PyResult<Bound<'py, Self>> {
        let (level, scale) = (slf.borrow().level, slf.borrow().scale);
        let curve =
            slf.py().detach(|| Core::fit(&data.inner).with_interval_scale(scale).with_level(level)).or_raise()?;
        slf.borrow_mut().fitted = Some(curve);
        Ok(slf)
    }

    /// Probability that an interval holds.
    #[getter]
    fn level(&self) -> f64 {
        self.level
    }

    /// Scale of the intervals.
    #[getter]
    fn interval_scale(&self) -> &'static str {
        name_of(&self.scale, SCALES)
    }

    /// S(t) with its interval, at each of the times.
    ///
    /// Parameters
    /// ----------
    /// times : array-like
    ///     From 0 to the largest observed duration.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``time, survival, low, high``.
    fn survival_at(&self, py: Python<'_>, times: &Bound<'_, PyAny>) -> PyResult<Table> {
        let (curve, times) = (self.curve()?, floats("times", times)?);
        let times = times.as_slice()?;
        py.detach(|| at_times("survival", times, &curve.survival_at(times)?)).or_raise().map(Into::into)
    }

    /// The smallest observed time at which S is at most 1/2, with the times that the intervals of S do not exclude.
    #[getter]
    fn median(&self) -> PyResult<QuantileEstimate> {
        Ok(QuantileEstimate { inner: self.curve()?.median() })
    }

    /// The smallest observed time by which a share of at least ``probability`` has had the event, with its interval
    /// (Brookmeyer & Crowley 1982).
    fn quantile(&self, probability: f64) -> PyResult<QuantileEstimate> {
        Ok(QuantileEstimate { inner: self.curve()?.quantile(probability).or_raise()? })
    }

    /// Expected time until the event or ``horizon``, whichever is first, with its interval: the area under S up to there.
    ///
    /// Raises
    /// ------
    /// CpmError
    ///     Unless the horizon is positive and not beyond the largest observed duration (further on only where S has
    ///     reached 0).
    fn restricted_mean(&self, horizon: f64) -> PyResult<Estimate> {
        self.curve()?.restricted_mean(horizon).or_raise().map(Into::into)
    }

    /// The curve: one row per distinct duration.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``time, at_risk, observed, censored, entered``, and ``survival, standard_error, low, high``.
    fn to_table(&self, py: Python<'_>) -> PyResult<Table> {
        let curve = self.curve()?;
        py.detach(|| curve.to_table()).or_raise().map(Into::into)
    }

    /// Saves the curve as a JSON file, which :func:`load_model` and the Rust crate read.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file; one that exists is overwritten.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        estimator::save(py, self.curve()?, path)
    }

    /// The choices that the object was made with, as scikit-learn asks for them.
    #[pyo3(signature = (deep=true))]
    fn get_params<'py>(&self, py: Python<'py>, deep: bool) -> PyResult<Bound<'py, PyDict>> {
        let _ = deep;
        let params = PyDict::new(py);
        params.set_item("level", self.level)?;
        params.set_item("interval_scale", self.interval_scale())?;
        Ok(params)
    }

    /// Changes these choices, for a fitted curve too.
    #[pyo3(signature = (**params))]
    fn set_params<'py>(slf: Bound<'py, Self>, params: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, Self>> {
        let (mut level, mut chosen) = (slf.borrow().level, slf.borrow().scale);
        for (name, value) in params.into_iter().flatten() {
            match name.extract::<String>()?.as_str() {
                "level" => level = value.extract()?,
                "interval_scale" => chosen = scale(&value.extract::<String>()?)?,
                other => return Err(no_such_parameter("KaplanMeier", other, "level, interval_scale")),
            }
        }
        let fitted = slf.borrow().fitted.clone();
        let fitted = fitted.map(|c| c.with_interval_scale(chosen).with_level(level)).transpose().or_raise()?;
        *slf.borrow_mut() = Self { level, scale: chosen, fitted };
        Ok(slf)
    }

    /// For pickle, with the JSON text of :meth:`save`.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Pickled<'py, (f64, &'static str)>> {
        let curve = slf.borrow();
        let state = estimator::state(curve.fitted.as_ref())?;
        Ok((slf.get_type(), (curve.level, curve.interval_scale()), state))
    }

    fn __setstate__(&mut self, state: &str) -> PyResult<()> {
        let of = |model| match model {
            SavedModel::KaplanMeier(curve) => Some(curve),
            _ => None,
        };
        *self = estimator::restored("KaplanMeier", state, of)?.into();
        Ok(())
    }

    fn __repr__(&self) -> String {
        format!("KaplanMeier(level={}, interval_scale='{}')", self.level, self.interval_scale())
    }
}
