//! `cpm.Aft`.

use cpm_core::Column;
use cpm_core::churn::survival::{Aft as Core, AftOptions, Distribution};
use numpy::ndarray::Array2;
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::covariates::Covariates;
use super::{Choices, SurvivalData, SurvivalRegression, name_of, results};
use crate::arrays::floats;
use crate::error::OrRaise;
use crate::estimator::{Params, Unset, fitted};
use crate::table::Table;

const DISTRIBUTIONS: &Choices<Distribution> = &[
    ("weibull", Distribution::Weibull),
    ("log-normal", Distribution::LogNormal),
    ("log-logistic", Distribution::LogLogistic),
];

/// An accelerated failure time model: ln T = β₀ + x'β + σ W, with W of a known distribution.
///
/// exp(β) is the factor by which a unit of a column stretches every duration. Unlike :class:`CoxPh` the model has a curve
/// beyond the last observation, and a mean. The price is that the distribution must fit: compare the ``aic`` of the three.
///
/// Maximum likelihood with right censoring, entry times and weights. Conventions are those of R's ``survreg``; lifelines writes the
/// shape of Weibull and log-logistic as 1/σ, so that its shape intercepts are -``log_scale``.
///
/// Parameters
/// ----------
/// distribution : {"weibull", "log-normal", "log-logistic"}
///
/// References
/// ----------
/// Kalbfleisch & Prentice (2002), The Statistical Analysis of Failure Time Data, chapter 3.
///
/// Examples
/// --------
/// 6-mercaptopurine against placebo in acute leukemia: weeks in remission (Freireich et al. 1963).
///
/// >>> import cpm
/// >>> treated = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
/// >>> relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
/// >>> placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
/// >>> data = cpm.SurvivalData(treated + placebo, relapse + [1] * 21)
/// >>> X = {"6-MP": [1] * 21 + [0] * 21}
/// >>> model = cpm.Aft("weibull").fit(X, data)
/// >>> {name: round(value, 3) for name, value in model.params.items()}
/// {'intercept': 2.248, '6-MP': 1.267, 'log_scale': -0.312}
/// >>> model.predict_median(X)[[0, 41]].round(1)
/// array([25.7,  7.2])
/// >>> # Ten weeks more for a treated patient who has been in remission for twenty.
/// >>> model.predict_survival({"6-MP": [1]}, times=[10], conditional_after=[20]).round(3)
/// array([[0.695]])
#[pyclass(module = "cpm", extends = SurvivalRegression)]
pub(crate) struct Aft {}

impl Aft {
    fn model<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<&'a Core> {
        fitted!(slf.as_super().as_super(), Aft)
    }

    fn chosen(params: &Params, py: Python<'_>) -> PyResult<AftOptions> {
        Ok(AftOptions::new().distribution(params.choice(py, "distribution", DISTRIBUTIONS)?))
    }

    /// A model from a file.
    pub(crate) fn loaded(py: Python<'_>, model: Core) -> PyResult<Py<PyAny>> {
        let params = PyDict::new(py);
        params.set_item("distribution", name_of(&model.distribution(), DISTRIBUTIONS))?;
        let base = SurvivalRegression::base(params, Some(model.into()));
        Ok(Py::new(py, base.add_subclass(Self {}))?.into_any())
    }

    /// Values by the names of the parameters.
    fn by_name<'py>(py: Python<'py>, model: &Core, values: &[f64]) -> PyResult<Bound<'py, PyDict>> {
        let columns = model.names().iter().map(String::as_str);
        results::by_name(py, ["intercept"].into_iter().chain(columns).chain(["log_scale"]), values)
    }

    /// The model, and the columns of its fit.
    fn model_and_x<'a>(slf: &'a PyRef<'_, Self>, x: &Bound<'_, PyAny>) -> PyResult<(&'a Core, Array2<f64>)> {
        let model = Self::model(slf)?;
        Ok((model, Covariates::new(x, Some(model.names()))?.values))
    }
}

#[pymethods]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
impl Aft {
    #[new]
    #[pyo3(signature = (distribution=None), text_signature = "(distribution='weibull')")]
    fn new(py: Python<'_>, distribution: Option<Bound<'_, PyAny>>) -> PyResult<PyClassInitializer<Self>> {
        let params = Params::new(py, vec![("distribution", distribution, Unset::Text("weibull"))])?;
        Self::chosen(&params, py)?;
        Ok(SurvivalRegression::base(params, None).add_subclass(Self {}))
    }

    /// Fits the model.
    ///
    /// Parameters
    /// ----------
    /// X : array-like or table
    ///     One row per row of ``data``, one column per attribute.
    /// data : SurvivalData
    ///     With durations above 0.
    /// names : list of str, optional
    ///     Of a matrix the names of its columns, ``x0, x1, …`` by default; of a table the columns to use, all by default.
    /// max_iterations : int, optional
    ///     Most iterations of Newton's method; 200 by default.
    ///
    /// Returns
    /// -------
    /// Aft
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// DataError
    ///     Naming column, row (from 0) and value of a covariate that is missing, text or infinite, or of a duration of 0.
    /// FitError
    ///     Without events, with a constant column, with linearly dependent columns, or where an estimate runs off.
    #[pyo3(signature = (X, data, names=None, max_iterations=None))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        data: &SurvivalData,
        names: Option<Vec<String>>,
        max_iterations: Option<usize>,
    ) -> PyResult<Bound<'py, Self>> {
        let model = Covariates::visit(X, names.as_deref(), |names, values| {
            let mut options = Self::chosen(&slf.as_super().as_super().borrow().params, slf.py())?;
            if let Some(names) = names {
                options = options.names(names);
            }
            if let Some(iterations) = max_iterations {
                options = options.max_iterations(iterations);
            }
            slf.py().detach(|| Core::fit(&data.inner, values, &options)).or_raise()
        })?;
        slf.as_super().as_super().borrow_mut().set(model);
        Ok(slf)
    }

    /// The distribution of durations.
    #[getter]
    fn distribution<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_super().as_super().raw(py, "distribution")
    }

    /// ``intercept``, the coefficients by name, and ``log_scale``, ln σ.
    #[getter(params)]
    fn parameters<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let model = Self::model(&slf)?;
        let values: Vec<f64> = [model.intercept()]
            .into_iter()
            .chain(model.coefficients().iter().copied())
            .chain([model.sigma().ln()])
            .collect();
        Self::by_name(py, model, &values)
    }

    /// Their standard errors, from the observed information.
    #[getter]
    fn standard_errors<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let model = Self::model(&slf)?;
        Self::by_name(py, model, &model.standard_errors())
    }

    /// Their covariance, in the order of ``params``.
    #[getter]
    fn covariance<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        Ok(Self::model(&slf)?.covariance().to_pyarray(py))
    }

    /// σ, the scale of ln T: of a Weibull distribution one over the shape.
    #[getter]
    fn sigma(slf: PyRef<'_, Self>) -> PyResult<f64> {
        Ok(Self::model(&slf)?.sigma())
    }

    /// Rows of the fit, as a sum of weights.
    #[getter]
    fn rows(slf: PyRef<'_, Self>) -> PyResult<f64> {
        Ok(Self::model(&slf)?.rows())
    }

    /// The median time of each customer.
    fn predict_median<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        Self::predict_quantile(slf, py, X, 0.5)
    }

    /// The expected time of each customer. A log-logistic model with σ >= 1 has none: a FitError says so.
    fn predict_mean<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (model, x) = Self::model_and_x(&slf, X)?;
        Ok(PyArray1::from_vec(py, py.detach(|| model.predict_mean(x.view())).or_raise()?))
    }

    /// The time by which each customer has left with ``probability``.
    fn predict_quantile<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
        probability: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (model, x) = Self::model_and_x(&slf, X)?;
        Ok(PyArray1::from_vec(py, py.detach(|| model.predict_quantile(x.view(), probability)).or_raise()?))
    }

    /// The same with intervals.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``row`` (from 0), ``duration, low, high``.
    #[pyo3(signature = (X, probability=0.5, level=0.95))]
    fn predict_quantile_intervals(
        slf: PyRef<'_, Self>,
        py: Python<'_>,
        X: &Bound<'_, PyAny>,
        probability: f64,
        level: f64,
    ) -> PyResult<Table> {
        let (model, x) = Self::model_and_x(&slf, X)?;
        let compute = || results::of_rows("duration", &model.predict_quantile_intervals(x.view(), probability, level)?);
        py.detach(compute).or_raise().map(Into::into)
    }

    /// S(t | x) of each customer at each time.
    ///
    /// Parameters
    /// ----------
    /// X : array-like or table
    /// times : array-like
    ///     At least 0; they may lie beyond the observed durations.
    /// conditional_after : array-like, optional
    ///     An age for each row. The answer is then the chance to stay so long *more*: S(age + t)/S(age).
    ///
    /// Returns
    /// -------
    /// numpy.ndarray
    ///     One row per customer, one column per time.
    #[pyo3(signature = (X, times, conditional_after=None))]
    fn predict_survival<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
        times: &Bound<'py, PyAny>,
        conditional_after: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (model, x) = Self::model_and_x(&slf, X)?;
        let (times, ages) = (floats("times", times)?, ages(conditional_after)?);
        let times = times.as_slice()?;
        let survival = py.detach(|| model.predict_survival(x.view(), times, ages.as_deref())).or_raise()?;
        Ok(survival.to_pyarray(py))
    }

    /// The same with intervals.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``row`` (from 0), ``time, survival, low, high``: one row per customer and time.
    #[pyo3(signature = (X, times, conditional_after=None, level=0.95))]
    fn predict_survival_intervals(
        slf: PyRef<'_, Self>,
        py: Python<'_>,
        X: &Bound<'_, PyAny>,
        times: &Bound<'_, PyAny>,
        conditional_after: Option<&Bound<'_, PyAny>>,
        level: f64,
    ) -> PyResult<Table> {
        let (model, x) = Self::model_and_x(&slf, X)?;
        let (times, ages) = (floats("times", times)?, ages(conditional_after)?);
        let times = times.as_slice()?;
        let compute = || {
            let found = model.predict_survival_intervals(x.view(), times, ages.as_deref(), level)?;
            results::survival_table("time", Column::Float(times.to_vec()), &found)
        };
        py.detach(compute).or_raise().map(Into::into)
    }
}

/// An age per row.
fn ages(values: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Vec<f64>>> {
    values.map(|v| Ok(floats("conditional_after", v)?.as_slice()?.to_vec())).transpose()
}
