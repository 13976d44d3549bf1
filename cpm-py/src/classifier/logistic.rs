//! `cpm.LogisticRegression`.

use cpm_core::churn::classifier::{self as core, LogisticOptions};
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{BinaryClassifier, Given, UNSEEN, class_weight, features};
use crate::arrays::{flags, floats};
use crate::error::OrRaise;
use crate::estimator::{Unset, fitted};
use crate::survival::TestResult;
use crate::table::Table;

/// Logistic regression: the log-odds of churn are linear in the features.
///
/// Without penalty coefficients have standard errors, z, p and intervals, equal to statsmodels'. With a penalty they have none, since
/// their bias is not known. ``X`` is as for :class:`ChurnClassifier`.
///
/// Parameters
/// ----------
/// penalty, l1_ratio : float
///     penalty·((1 - l1_ratio)/2·Σβ² + l1_ratio·Σ|β|) is taken off the log-likelihood; scikit-learn's ``C`` is 1/penalty.
/// standardize : bool
///     Whether the penalty is on the effect of one standard deviation (units do not matter) or of one unit (scikit-learn).
/// class_weight : None, "balanced" or dict
///     Factors ``{0: stayed, 1: churned}``.
/// robust : bool
///     Standard errors that hold when weights are not frequencies or the model is wrong (Huber 1967, White 1982).
/// unseen : {"error", "average"}
///     What to make of a category that the fit did not see.
/// max_iterations : int
///
/// Examples
/// --------
/// >>> import cpm
/// >>> X = {"tenure": [1, 2, 3, 4, 6, 8, 10, 12, 2, 9]}
/// >>> y = [1, 1, 1, 0, 1, 0, 0, 0, 0, 1]
/// >>> model = cpm.LogisticRegression().fit(X, y)
/// >>> summary = model.summary()
/// >>> summary["name"], bool((summary["low"] < summary["coefficient"]).all())
/// (['intercept', 'tenure'], True)
/// >>> round(float(model.predict_proba(X)[:, 1].sum()), 6)
/// 5.0
#[pyclass(module = "cpm", extends = BinaryClassifier)]
pub(crate) struct LogisticRegression {}

impl LogisticRegression {
    fn model<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<&'a core::LogisticRegression> {
        fitted!(slf.as_super().as_super().as_super(), LogisticRegression)
    }

    /// One from a file, whose choices are not all kept there.
    pub(crate) fn loaded(py: Python<'_>, fitted: core::LogisticRegression) -> PyResult<Py<PyAny>> {
        let model = py.get_type::<Self>().call0()?.cast_into::<Self>()?;
        {
            let mut own = model.as_super().as_super().as_super().borrow_mut();
            own.params.overwrite(py, "penalty", fitted.penalty())?;
            own.params.overwrite(py, "l1_ratio", fitted.l1_ratio())?;
            own.set(fitted);
        }
        Ok(model.into_any().unbind())
    }
}

#[pymethods]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
impl LogisticRegression {
    #[new]
    #[pyo3(
        signature = (penalty=None, l1_ratio=None, standardize=None, class_weight=None, robust=None, unseen=None, max_iterations=None),
        text_signature = "(penalty=0.0, l1_ratio=0.0, standardize=True, class_weight=None, robust=False, unseen='error', max_iterations=100)"
    )]
    #[expect(clippy::too_many_arguments, reason = "keyword arguments")]
    fn new(
        py: Python<'_>,
        penalty: Given,
        l1_ratio: Given,
        standardize: Given,
        class_weight: Given,
        robust: Given,
        unseen: Given,
        max_iterations: Given,
    ) -> PyResult<PyClassInitializer<Self>> {
        let base = BinaryClassifier::base(
            py,
            vec![
                ("penalty", penalty, Unset::Float(0.0)),
                ("l1_ratio", l1_ratio, Unset::Float(0.0)),
                ("standardize", standardize, Unset::Flag(true)),
                ("class_weight", class_weight, Unset::None),
                ("robust", robust, Unset::Flag(false)),
                ("unseen", unseen, Unset::Text("error")),
                ("max_iterations", max_iterations, Unset::Int(100)),
            ],
        )?;
        Ok(base.add_subclass(Self {}))
    }

    /// Fits the model.
    ///
    /// Parameters
    /// ----------
    /// X : table or array-like
    ///     One row per customer.
    /// y : array-like of bool
    ///     Whether the customer churned, as booleans or as 1 and 0.
    /// sample_weight : array-like, optional
    ///     How often each row counts (frequencies).
    ///
    /// Returns
    /// -------
    /// LogisticRegression
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// FitError
    ///     With one class only, a constant column, and, without penalty, linearly dependent columns or perfect separation.
    #[pyo3(signature = (X, y, sample_weight=None))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        y: &Bound<'py, PyAny>,
        sample_weight: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        let (py, x, y) = (slf.py(), features(X)?, flags("y", y)?);
        let options = {
            let own = slf.as_super().as_super().as_super().borrow();
            let (factors, balanced) = class_weight(&own.params, py)?;
            let options = LogisticOptions::new()
                .penalty(own.params.number(py, "penalty")?)
                .l1_ratio(own.params.number(py, "l1_ratio")?)
                .standardize(own.params.flag(py, "standardize")?)
                .robust(own.params.flag(py, "robust")?)
                .unseen(own.params.choice(py, "unseen", UNSEEN)?)
                .max_iterations(own.params.whole(py, "max_iterations")?)
                .balanced(balanced);
            match factors {
                Some([stayed, churned]) => options.class_weights(stayed, churned),
                None => options,
            }
        };
        let options = match sample_weight {
            Some(weights) => options.weights(floats("sample_weight", weights)?.as_slice()?),
            None => options,
        };
        let model = py.detach(|| core::LogisticRegression::fit(&x, &y, &options)).or_raise()?;
        slf.as_super().as_super().as_super().borrow_mut().set(model);
        Ok(slf)
    }

    /// Log-odds of churn, one per customer.
    fn decision_function<'py>(
        slf: PyRef<'py, Self>,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (model, x) = (Self::model(&slf)?, features(X)?);
        Ok(PyArray1::from_vec(py, py.detach(|| model.log_odds(&x)).or_raise()?))
    }

    /// Intercept and coefficients with errors, tests and intervals (NaN for a penalised fit).
    ///
    /// Parameters
    /// ----------
    /// level : float
    ///     Probability that an interval holds.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``name, coefficient, odds_ratio, per_standard_deviation, standard_error, z, p_value, low, high``.
    #[pyo3(signature = (level=0.95))]
    fn summary(slf: PyRef<'_, Self>, level: f64) -> PyResult<Table> {
        Self::model(&slf)?.to_table(level).or_raise().map(Into::into)
    }

    /// Intercept and coefficients by name: changes of the log-odds per unit.
    #[getter(params)]
    fn coefficients<'py>(slf: PyRef<'py, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (model, dict) = (Self::model(&slf)?, PyDict::new(py));
        dict.set_item("intercept", model.intercept())?;
        for (name, value) in model.encoder().names().iter().zip(model.coefficients()) {
            dict.set_item(name, value)?;
        }
        Ok(dict)
    }

    /// Covariance of intercept and coefficients; None for a penalised fit.
    #[getter]
    fn covariance<'py>(slf: PyRef<'py, Self>, py: Python<'py>) -> PyResult<Option<Bound<'py, PyArray2<f64>>>> {
        Ok(Self::model(&slf)?.covariance().map(|c| c.to_pyarray(py)))
    }

    /// Log-likelihood of the data, without the penalty.
    #[getter]
    fn log_likelihood(slf: PyRef<'_, Self>) -> PyResult<f64> {
        Ok(Self::model(&slf)?.log_likelihood())
    }

    /// Log-likelihood of the model with an intercept only.
    #[getter]
    fn log_likelihood_null(slf: PyRef<'_, Self>) -> PyResult<f64> {
        Ok(Self::model(&slf)?.log_likelihood_null())
    }

    /// Akaike's criterion, with the coefficients that are not 0.
    #[getter]
    fn aic(slf: PyRef<'_, Self>) -> PyResult<f64> {
        Ok(Self::model(&slf)?.aic())
    }

    /// McFadden's 1 - ln L/ln L0.
    #[getter]
    fn pseudo_r_squared(slf: PyRef<'_, Self>) -> PyResult<f64> {
        Ok(Self::model(&slf)?.pseudo_r_squared())
    }

    /// Test that no feature matters; None for a penalised fit.
    #[getter]
    fn likelihood_ratio_test(slf: PyRef<'_, Self>) -> PyResult<Option<TestResult>> {
        Ok(Self::model(&slf)?.likelihood_ratio_test().map(Into::into))
    }

    /// Iterations of the fit.
    #[getter]
    fn iterations(slf: PyRef<'_, Self>) -> PyResult<usize> {
        Ok(Self::model(&slf)?.iterations())
    }
}
