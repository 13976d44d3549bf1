//! `cpm.churn.Calibrator`.

use cpm_core::churn::classifier::{CalibrationMethod, Calibrator as Core};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::Given;
use super::model::ChurnModel;
use crate::arrays::{flags, floats};
use crate::error::OrRaise;
use crate::estimator::{Unset, fitted};
use crate::survival::Choices;

const METHODS: &Choices<CalibrationMethod> = &[
    ("platt", CalibrationMethod::Platt),
    ("isotonic", CalibrationMethod::Isotonic),
    ("beta", CalibrationMethod::Beta),
];

/// From scores, of whatever model, to probabilities that hold what they say.
///
/// Fit it on customers that the scores were not learned from. The map never reverses the order of two customers.
///
/// Parameters
/// ----------
/// method : {"platt", "isotonic", "beta"}
///     A straight line on the log-odds (two parameters, for few customers), any function that rises (for many), or a curve with three
///     parameters that can also leave right probabilities as they are.
///
/// References
/// ----------
/// Platt (1999), Probabilistic Outputs for Support Vector Machines. Zadrozny & Elkan (2002), Transforming Classifier Scores into Accurate
/// Multiclass Probability Estimates. Kull, Silva Filho & Flach (2017), Beta Calibration.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> churned, scores = [1, 0, 1, 0, 1, 0, 0, 0], [0.9, 0.9, 0.9, 0.6, 0.6, 0.3, 0.3, 0.1]
/// >>> calibrator = cpm.churn.Calibrator(method="isotonic").fit(churned, scores)
/// >>> calibrator.predict([0.9, 0.6, 0.1]).round(3)
/// array([0.667, 0.5  , 0.   ])
#[pyclass(module = "cpm.churn", extends = ChurnModel)]
pub(crate) struct Calibrator {}

impl Calibrator {
    fn model<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<&'a Core> {
        fitted!(slf.as_super().as_super(), Calibrator)
    }

    /// One from a file.
    pub(crate) fn loaded(py: Python<'_>, fitted: Core) -> PyResult<Py<PyAny>> {
        let method = match &fitted {
            Core::Isotonic { .. } => "isotonic",
            Core::Beta { .. } => "beta",
            _ => "platt",
        };
        let model = py.get_type::<Self>().call1((method,))?.cast_into::<Self>()?;
        model.as_super().as_super().borrow_mut().set(fitted);
        Ok(model.into_any().unbind())
    }
}

#[pymethods]
impl Calibrator {
    #[new]
    #[pyo3(signature = (method=None), text_signature = "(method='platt')")]
    fn new(py: Python<'_>, method: Given) -> PyResult<PyClassInitializer<Self>> {
        Ok(ChurnModel::base(py, vec![("method", method, Unset::Text("platt"))])?.add_subclass(Self {}))
    }

    /// Learns the map from what happened.
    ///
    /// Parameters
    /// ----------
    /// y_true : array-like of bool
    ///     Whether the customer churned.
    /// y_prob : array-like
    ///     Scores within 0 and 1.
    /// sample_weight : array-like, optional
    ///
    /// Returns
    /// -------
    /// Calibrator
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// FitError
    ///     If nobody churned or nobody stayed.
    #[pyo3(signature = (y_true, y_prob, sample_weight=None))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        y_true: &Bound<'py, PyAny>,
        y_prob: &Bound<'py, PyAny>,
        sample_weight: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        let method = slf.as_super().as_super().borrow().params.choice(slf.py(), "method", METHODS)?;
        let (churned, scores) = (flags("y_true", y_true)?, floats("y_prob", y_prob)?);
        let weights = sample_weight.map(|w| floats("sample_weight", w)).transpose()?;
        let (scores, weights) = (scores.as_slice()?, weights.as_ref().map(|w| w.as_slice()).transpose()?);
        let fitted = slf.py().detach(|| Core::fit(method, &churned, scores, weights)).or_raise()?;
        slf.as_super().as_super().borrow_mut().set(fitted);
        Ok(slf)
    }

    /// The calibrated probabilities of scores within 0 and 1.
    fn predict<'py>(
        slf: PyRef<'py, Self>,
        py: Python<'py>,
        y_prob: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (model, scores) = (Self::model(&slf)?, floats("y_prob", y_prob)?);
        let scores = scores.as_slice()?;
        Ok(PyArray1::from_vec(py, py.detach(|| model.apply(scores)).or_raise()?))
    }

    /// The fitted map: ``intercept, slope`` (Platt), ``intercept, a, b`` (beta), or the points ``score, probability`` (isotonic).
    #[getter]
    fn curve<'py>(slf: PyRef<'py, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let curve = PyDict::new(py);
        match Self::model(&slf)? {
            Core::Platt { intercept, slope } => {
                curve.set_item("intercept", intercept)?;
                curve.set_item("slope", slope)?;
            }
            Core::Beta { intercept, a, b } => {
                curve.set_item("intercept", intercept)?;
                curve.set_item("a", a)?;
                curve.set_item("b", b)?;
            }
            Core::Isotonic { score, probability } => {
                curve.set_item("score", PyArray1::from_slice(py, score))?;
                curve.set_item("probability", PyArray1::from_slice(py, probability))?;
            }
            _ => {}
        }
        Ok(curve)
    }
}
