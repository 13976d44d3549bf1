//! `cpm.Aft`.

use std::path::PathBuf;

use cpm_core::churn::survival::{Aft as Core, AftOptions, Distribution};
use cpm_core::{Column, SavedModel};
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::covariates::Covariates;
use super::{Choices, Pickled, SurvivalData, TestResult, choice, fitted, name_of, no_such_parameter};
use crate::arrays::floats;
use crate::error::OrRaise;
use crate::estimator;
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
#[pyclass(module = "cpm")]
pub(crate) struct Aft {
    distribution: Distribution,
    fitted: Option<Core>,
}

impl From<Core> for Aft {
    fn from(model: Core) -> Self {
        Self { distribution: model.distribution(), fitted: Some(model) }
    }
}

impl Aft {
    fn model(&self) -> PyResult<&Core> {
        self.fitted.as_ref().ok_or_else(|| estimator::not_fitted("Aft"))
    }

    /// Values by the names of the parameters.
    fn by_name<'py>(&self, py: Python<'py>, values: &[f64]) -> PyResult<Bound<'py, PyDict>> {
        let columns = self.model()?.names().iter().map(String::as_str);
        fitted::by_name(py, ["intercept"].into_iter().chain(columns).chain(["log_scale"]), values)
    }

    /// The columns of the fit.
    fn covariates(&self, x: &Bound<'_, PyAny>) -> PyResult<Covariates> {
        Covariates::new(x, Some(self.model()?.names()))
    }
}

#[pymethods]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
impl Aft {
    #[new]
    #[pyo3(signature = (distribution="weibull"))]
    fn new(distribution: &str) -> PyResult<Self> {
        Ok(Self { distribution: choice("distribution", distribution, DISTRIBUTIONS)?, fitted: None })
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
            let mut options = AftOptions::new().distribution(slf.borrow().distribution);
            if let Some(names) = names {
                options = options.names(names);
            }
            if let Some(iterations) = max_iterations {
                options = options.max_iterations(iterations);
            }
            slf.py().detach(|| Core::fit(&data.inner, values, &options)).or_raise()
        })?;
        slf.borrow_mut().fitted = Some(model);
        Ok(slf)
    }

    /// The distribution of durations.
    #[getter]
    fn distribution(&self) -> &'static str {
        name_of(&self.distribution, DISTRIBUTIONS)
    }

    /// Names of the covariates.
    #[getter]
    fn names(&self) -> PyResult<Vec<String>> {
        Ok(self.model()?.names().to_vec())
    }

    /// ``intercept``, the coefficients by name, and ``log_scale``, ln σ.
    #[getter(params)]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let model = self.model()?;
        let values: Vec<f64> = [model.intercept()]
            .into_iter()
            .chain(model.coefficients().iter().copied())
            .chain([model.sigma().ln()])
            .collect();
        self.by_name(py, &values)
    }

    /// Their standard errors, from the observed information.
    #[getter]
    fn standard_errors<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.by_name(py, &self.model()?.standard_errors())
    }

    /// Their covariance, in the order of ``params``.
    #[getter]
    fn covariance<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        Ok(self.model()?.covariance().to_pyarray(py))
    }

    /// σ, the scale of ln T: of a Weibull distribution one over the shape.
    #[getter]
    fn sigma(&self) -> PyResult<f64> {
        Ok(self.model()?.sigma())
    }

    /// The parameters with errors, tests and intervals.
    ///
    /// Parameters
    /// ----------
    /// level : float
    ///     Probability that an interval holds.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``parameter, coefficient, time_ratio, standard_error, z, p_value, low, high``.
    #[pyo3(signature = (level=0.95))]
    fn summary(&self, level: f64) -> PyResult<Table> {
        self.model()?.to_table(level).or_raise().map(Into::into)
    }

    /// Maximised log-likelihood of the durations.
    #[getter]
    fn log_likelihood(&self) -> PyResult<f64> {
        Ok(self.model()?.log_likelihood())
    }

    /// The same without covariates.
    #[getter]
    fn log_likelihood_null(&self) -> PyResult<f64> {
        Ok(self.model()?.log_likelihood_null())
    }

    /// Akaike's information criterion, 2k - 2 ln L: compares distributions.
    #[getter]
    fn aic(&self) -> PyResult<f64> {
        Ok(self.model()?.aic())
    }

    /// Test of β = 0 by the likelihood ratio.
    #[getter]
    fn likelihood_ratio_test(&self) -> PyResult<TestResult> {
        Ok(self.model()?.likelihood_ratio_test().into())
    }

    /// Rows of the fit, as a sum of weights.
    #[getter]
    fn rows(&self) -> PyResult<f64> {
        Ok(self.model()?.rows())
    }

    /// Events of the fit, as a sum of weights.
    #[getter]
    fn events(&self) -> PyResult<f64> {
        Ok(self.model()?.events())
    }

    /// Iterations of Newton's method.
    #[getter]
    fn iterations(&self) -> PyResult<usize> {
        Ok(self.model()?.iterations())
    }

    /// The median time of each customer.
    fn predict_median<'py>(&self, py: Python<'py>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        self.predict_quantile(py, X, 0.5)
    }

    /// The expected time of each customer. A log-logistic model with σ >= 1 has none: a FitError says so.
    fn predict_mean<'py>(&self, py: Python<'py>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (model, x) = (self.model()?, self.covariates(X)?.values);
        Ok(PyArray1::from_vec(py, py.detach(|| model.predict_mean(x.view())).or_raise()?))
    }

    /// The time by which each customer has left with ``probability``.
    fn predict_quantile<'py>(
        &self,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
        probability: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (model, x) = (self.model()?, self.covariates(X)?.values);
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
        &self,
        py: Python<'_>,
        X: &Bound<'_, PyAny>,
        probability: f64,
        level: f64,
    ) -> PyResult<Table> {
        let (model, x) = (self.model()?, self.covariates(X)?.values);
        let compute = || fitted::of_rows("duration", &model.predict_quantile_intervals(x.view(), probability, level)?);
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
        &self,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
        times: &Bound<'py, PyAny>,
        conditional_after: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (model, x) = (self.model()?, self.covariates(X)?.values);
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
        &self,
        py: Python<'_>,
        X: &Bound<'_, PyAny>,
        times: &Bound<'_, PyAny>,
        conditional_after: Option<&Bound<'_, PyAny>>,
        level: f64,
    ) -> PyResult<Table> {
        let (model, x) = (self.model()?, self.covariates(X)?.values);
        let (times, ages) = (floats("times", times)?, ages(conditional_after)?);
        let times = times.as_slice()?;
        let compute = || {
            let found = model.predict_survival_intervals(x.view(), times, ages.as_deref(), level)?;
            fitted::survival_table("time", Column::Float(times.to_vec()), &found)
        };
        py.detach(compute).or_raise().map(Into::into)
    }

    /// Saves the model as a JSON file, which :func:`load_model` and the Rust crate read.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file; one that exists is overwritten.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        estimator::save(py, self.model()?, path)
    }

    /// The choices that the object was made with, as scikit-learn asks for them.
    #[pyo3(signature = (deep=true))]
    fn get_params<'py>(&self, py: Python<'py>, deep: bool) -> PyResult<Bound<'py, PyDict>> {
        let _ = deep;
        let params = PyDict::new(py);
        params.set_item("distribution", self.distribution())?;
        Ok(params)
    }

    /// Changes these choices, and forgets the fit.
    #[pyo3(signature = (**params))]
    fn set_params<'py>(slf: Bound<'py, Self>, params: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, Self>> {
        for (name, value) in params.into_iter().flatten() {
            match name.extract::<String>()?.as_str() {
                "distribution" => {
                    let distribution = choice("distribution", &value.extract::<String>()?, DISTRIBUTIONS)?;
                    *slf.borrow_mut() = Self { distribution, fitted: None };
                }
                other => return Err(no_such_parameter("Aft", other, "distribution")),
            }
        }
        Ok(slf)
    }

    /// For pickle, with the JSON text of :meth:`save`.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Pickled<'py, (&'static str,)>> {
        let model = slf.borrow();
        Ok((slf.get_type(), (model.distribution(),), estimator::state(model.fitted.as_ref())?))
    }

    fn __setstate__(&mut self, state: &str) -> PyResult<()> {
        let of = |model| match model {
            SavedModel::Aft(model) => Some(model),
            _ => None,
        };
        *self = estimator::restored("Aft", state, of)?.into();
        Ok(())
    }

    fn __repr__(&self) -> String {
        format!("Aft(distribution='{}')", self.distribution())
    }
}

/// An age per row.
fn ages(values: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Vec<f64>>> {
    values.map(|v| Ok(floats("conditional_after", v)?.as_slice()?.to_vec())).transpose()
}
