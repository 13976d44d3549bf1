//! `cpm.KaplanMeier`.

use cpm_core::churn::survival::{IntervalScale, KaplanMeier as Core, QuantileEstimate as CoreQuantile};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator, PyTuple};

use super::results::at_times;
use super::{Choices, Estimate, SurvivalData, name_of};
use crate::arrays::floats;
use crate::error::OrRaise;
use crate::estimator::{Estimator, Params, Unset, fitted};
use crate::table::Table;

const SCALES: &Choices<IntervalScale> =
    &[("log-log", IntervalScale::LogLog), ("plain", IntervalScale::Plain), ("log", IntervalScale::Log)];

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
#[pyclass(module = "cpm", extends = Estimator)]
pub(crate) struct KaplanMeier {}

impl KaplanMeier {
    fn curve<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<&'a Core> {
        fitted!(slf.as_super(), KaplanMeier)
    }

    fn chosen(params: &Params, py: Python<'_>) -> PyResult<(f64, IntervalScale)> {
        Ok((params.number(py, "level")?, params.choice(py, "interval_scale", SCALES)?))
    }

    /// A curve from a file.
    pub(crate) fn loaded(py: Python<'_>, curve: Core) -> PyResult<Py<PyAny>> {
        let params = PyDict::new(py);
        params.set_item("level", curve.level())?;
        params.set_item("interval_scale", name_of(&curve.interval_scale(), SCALES))?;
        Ok(Py::new(py, Estimator::of(params, Some(curve.into())).add_subclass(Self {}))?.into_any())
    }
}

#[pymethods]
impl KaplanMeier {
    #[new]
    #[pyo3(
        signature = (level=None, interval_scale=None),
        text_signature = "(level=0.95, interval_scale='log-log')"
    )]
    fn new<'py>(
        py: Python<'py>,
        level: Option<Bound<'py, PyAny>>,
        interval_scale: Option<Bound<'py, PyAny>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let choices =
            vec![("level", level, Unset::Float(0.95)), ("interval_scale", interval_scale, Unset::Text("log-log"))];
        let params = Params::new(py, choices)?;
        Self::chosen(&params, py)?;
        Ok(Estimator::of(params, None).add_subclass(Self {}))
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
        let (level, scale) = Self::chosen(&slf.as_super().borrow().params, slf.py())?;
        let curve =
            slf.py().detach(|| Core::fit(&data.inner).with_interval_scale(scale).with_level(level)).or_raise()?;
        slf.as_super().borrow_mut().set(curve);
        Ok(slf)
    }

    /// Probability that an interval holds.
    #[getter]
    fn level(slf: PyRef<'_, Self>, py: Python<'_>) -> PyResult<f64> {
        slf.as_super().params.number(py, "level")
    }

    /// Scale of the intervals.
    #[getter]
    fn interval_scale<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_super().raw(py, "interval_scale")
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
    fn survival_at(slf: PyRef<'_, Self>, py: Python<'_>, times: &Bound<'_, PyAny>) -> PyResult<Table> {
        let (curve, times) = (Self::curve(&slf)?, floats("times", times)?);
        let times = times.as_slice()?;
        py.detach(|| at_times("survival", times, &curve.survival_at(times)?)).or_raise().map(Into::into)
    }

    /// The smallest observed time at which S is at most 1/2, with the times that the intervals of S do not exclude.
    #[getter]
    fn median(slf: PyRef<'_, Self>) -> PyResult<QuantileEstimate> {
        Ok(QuantileEstimate { inner: Self::curve(&slf)?.median() })
    }

    /// The smallest observed time by which a share of at least ``probability`` has had the event, with its interval
    /// (Brookmeyer & Crowley 1982).
    fn quantile(slf: PyRef<'_, Self>, probability: f64) -> PyResult<QuantileEstimate> {
        Ok(QuantileEstimate { inner: Self::curve(&slf)?.quantile(probability).or_raise()? })
    }

    /// Expected time until the event or ``horizon``, whichever is first, with its interval: the area under S up to there.
    ///
    /// Raises
    /// ------
    /// CpmError
    ///     Unless the horizon is positive and not beyond the largest observed duration (further on only where S has
    ///     reached 0).
    fn restricted_mean(slf: PyRef<'_, Self>, horizon: f64) -> PyResult<Estimate> {
        Self::curve(&slf)?.restricted_mean(horizon).or_raise().map(Into::into)
    }

    /// The curve: one row per distinct duration.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``time, at_risk, observed, censored, entered``, and ``survival, standard_error, low, high``.
    fn to_table(slf: PyRef<'_, Self>, py: Python<'_>) -> PyResult<Table> {
        let curve = Self::curve(&slf)?;
        py.detach(|| curve.to_table()).or_raise().map(Into::into)
    }

    /// Changes these choices, for a fitted curve too.
    #[pyo3(signature = (**params))]
    fn set_params<'py>(slf: Bound<'py, Self>, params: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, Self>> {
        let params = Estimator::with(slf.as_super(), params)?;
        let curve = fitted!(slf.as_super().borrow(), KaplanMeier).ok().cloned();
        if let Some(curve) = curve {
            let (level, scale) = Self::chosen(&params, slf.py())?;
            let curve = curve.with_interval_scale(scale).with_level(level).or_raise()?;
            slf.as_super().borrow_mut().set(curve);
        }
        slf.as_super().borrow_mut().params = params;
        Ok(slf)
    }
}
