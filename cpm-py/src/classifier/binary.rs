//! `cpm.churn.BinaryClassifier`: what classifiers of customers who stay or churn have in common.

use cpm_core::{Column, Error, SavedModel};
use numpy::ndarray::Array2;
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::model::ChurnModel;
use super::{Given, features};
use crate::arrays::flags;
use crate::error::{OrRaise, exception};
use crate::estimator::{Unset, of_another_class};
use crate::table::Table;

/// What every classifier is: a :class:`ChurnModel` of scikit-learn's kind "classifier", with the classes 0, stayed, and 1, churned.
///
/// The models themselves are its subclasses.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> X, y = {"tenure": [1, 2, 3, 4, 6, 8, 10, 12, 2, 9]}, [1, 1, 1, 0, 1, 0, 0, 0, 0, 1]
/// >>> model = cpm.LogisticRegression().fit(X, y)
/// >>> isinstance(model, cpm.churn.BinaryClassifier), model.predict_proba(X).shape, model.score(X, y)
/// (True, (10, 2), 0.6)
#[pyclass(module = "cpm.churn", extends = ChurnModel, subclass)]
pub(crate) struct BinaryClassifier {}

/// What all classifiers can answer, of the one that the object holds.
macro_rules! each {
    ($slf:expr, $model:ident => $of:expr) => {{
        let class = $slf.get_type().name()?.to_string();
        match $slf.as_super().as_super().borrow().saved(&class)? {
            SavedModel::LogisticRegression($model) => $of,
            SavedModel::ChurnClassifier($model) => $of,
            _ => return Err(of_another_class()),
        }
    }};
}

impl BinaryClassifier {
    /// The base of a class from its choices: names, values, and what stands for no value.
    pub(super) fn base(
        py: Python<'_>,
        choices: Vec<(&'static str, Given, Unset)>,
    ) -> PyResult<PyClassInitializer<Self>> {
        Ok(ChurnModel::base(py, choices)?.add_subclass(Self {}))
    }

    /// Probability to churn of each row.
    fn probabilities(slf: &Bound<'_, Self>, x: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
        each!(slf, model => {
            let x = features(x)?;
            slf.py().detach(|| model.predict(&x))
        })
        .or_raise()
    }
}

#[pymethods]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
impl BinaryClassifier {
    /// Probabilities of staying and of churning, one row per customer.
    fn predict_proba<'py>(slf: &Bound<'py, Self>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let p = Self::probabilities(slf, X)?;
        Ok(Array2::from_shape_fn((p.len(), 2), |(i, j)| if j == 0 { 1.0 - p[i] } else { p[i] }).to_pyarray(slf.py()))
    }

    /// 1 for customers who churn with a probability above 1/2, 0 for the others.
    fn predict<'py>(slf: &Bound<'py, Self>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let p = Self::probabilities(slf, X)?;
        Ok(PyArray1::from_iter(slf.py(), p.into_iter().map(|p| i64::from(p > 0.5))))
    }

    /// Share of customers whose class is predicted right, as scikit-learn's classifiers give it; :func:`cpm.churn.evaluate` says more.
    #[pyo3(signature = (X, y))]
    fn score(slf: &Bound<'_, Self>, X: &Bound<'_, PyAny>, y: &Bound<'_, PyAny>) -> PyResult<f64> {
        let (p, y) = (Self::probabilities(slf, X)?, flags("y", y)?);
        if p.len() != y.len() {
            let (column, reference) = ("y", "X");
            return Err(exception(Error::LengthMismatch { column, found: y.len(), reference, expected: p.len() }));
        }
        let right = p.iter().zip(&y).filter(|(p, y)| (**p > 0.5) == **y).count();
        Ok(right as f64 / y.len().max(1) as f64)
    }

    /// What each feature adds to the log-odds (before calibration), one column per feature: exact SHAP values, for a logistic
    /// regression against a customer at the mean.
    fn contributions(slf: &Bound<'_, Self>, X: &Bound<'_, PyAny>) -> PyResult<Table> {
        let table = each!(slf, model => {
            let x = features(X)?;
            slf.py().detach(|| {
                let mut table = cpm_core::Table::new();
                for (name, row) in model.feature_names().iter().zip(model.contributions(&x)?.rows()) {
                    table.push(name, Column::Float(row.to_vec()))?;
                }
                Ok(table)
            })
        });
        table.or_raise().map(Into::into)
    }

    /// The classes, as scikit-learn names them: 0 stayed, 1 churned.
    #[getter]
    fn classes_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        Self::feature_names_in_(slf)?;
        Ok(PyArray1::from_slice(slf.py(), &[0, 1]))
    }

    /// Names of the features of the fit.
    #[getter]
    fn feature_names_in_(slf: &Bound<'_, Self>) -> PyResult<Vec<String>> {
        Ok(each!(slf, model => model.feature_names()))
    }

    /// Number of features of the fit.
    #[getter]
    fn n_features_in_(slf: &Bound<'_, Self>) -> PyResult<usize> {
        Ok(Self::feature_names_in_(slf)?.len())
    }

    /// What scikit-learn's pipelines ask of a classifier.
    #[expect(clippy::unused_self, reason = "Python calls it on the object")]
    fn __sklearn_tags__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let sklearn = py.import("sklearn.utils")?;
        let options = PyDict::new(py);
        options.set_item("required", true)?;
        let target = sklearn.getattr("TargetTags")?.call((), Some(&options))?;
        let options = PyDict::new(py);
        options.set_item("multi_class", false)?;
        let classifier = sklearn.getattr("ClassifierTags")?.call((), Some(&options))?;
        let options = PyDict::new(py);
        options.set_item("estimator_type", "classifier")?;
        options.set_item("target_tags", target)?;
        options.set_item("classifier_tags", classifier)?;
        sklearn.getattr("Tags")?.call((), Some(&options))
    }
}
