//! `cpm.churn.UpliftModel`.

use cpm_core::churn::classifier::{UpliftMethod, UpliftModel as Core};
use numpy::ndarray::Array2;
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::model::ChurnModel;
use super::{ChurnClassifier, Given, features};
use crate::arrays::flags;
use crate::error::{CpmError, OrRaise};
use crate::estimator::{Unset, fitted};
use crate::survival::Choices;

const METHODS: &Choices<UpliftMethod> =
    &[("two_models", UpliftMethod::TwoModels), ("transformed_outcome", UpliftMethod::TransformedOutcome)];

/// Whom does the treatment move? What it adds to the probability of an outcome, customer by customer, learned from a randomised
/// campaign.
///
/// ``two_models`` fits one classifier to the treated and one to the control group and takes the difference. ``transformed_outcome`` fits
/// one classifier to whether outcome and treatment agree, with rows weighted by one over the chance of their group, and sees the
/// effect directly. Neither is better always: hold both against a hold-out by :func:`cpm.churn.qini_curve`.
///
/// Parameters
/// ----------
/// method : {"two_models", "transformed_outcome"}
/// classifier : ChurnClassifier, optional
///     Its choices are those of the models; by default a calibration by Platt's method on a logistic regression. It is not changed.
///
/// References
/// ----------
/// Hansotia & Rukstales (2002), Incremental Value Modeling, Journal of Interactive Marketing 16(3). Jaskowski & Jaroszewicz (2012),
/// Uplift Modeling for Clinical Trial Data, ICML Workshop on Clinical Data Analysis.
///
/// Examples
/// --------
/// >>> import cpm, numpy as np
/// >>> random = np.random.default_rng(0)
/// >>> bill, treated = random.random(4000), random.random(4000) < 0.5
/// >>> stayed = random.random(4000) < 0.4 + 0.4 * treated * bill  # it works the better, the larger the bill
/// >>> model = cpm.churn.UpliftModel().fit({"bill": bill}, stayed, treated)
/// >>> low, high = model.predict({"bill": [0.1, 0.9]})
/// >>> bool(low < 0.15 and high > 0.25)
/// True
#[pyclass(module = "cpm.churn", extends = ChurnModel)]
pub(crate) struct UpliftModel {}

impl UpliftModel {
    fn model<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<&'a Core> {
        fitted!(slf.as_super().as_super(), UpliftModel)
    }

    /// One from a file, whose choices are not all kept there.
    pub(crate) fn loaded(py: Python<'_>, fitted: Core) -> PyResult<Py<PyAny>> {
        let name = METHODS.iter().find(|(_, method)| *method == fitted.method()).map_or("two_models", |m| m.0);
        let model = py.get_type::<Self>().call1((name,))?.cast_into::<Self>()?;
        model.as_super().as_super().borrow_mut().set(fitted);
        Ok(model.into_any().unbind())
    }

    /// The classifier whose choices count.
    fn classifier<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, ChurnClassifier>> {
        let py = slf.py();
        let given = slf.as_super().as_super().borrow().params.raw(py, "classifier")?;
        if given.is_none() {
            let options = PyDict::new(py);
            options.set_item("calibration", "platt")?;
            return Ok(py.get_type::<ChurnClassifier>().call((), Some(&options))?.cast_into()?);
        }
        let class = given.get_type().name()?.to_string();
        given
            .cast_into()
            .map_err(|_| PyTypeError::new_err(format!("classifier is a {class}; give a cpm.ChurnClassifier")))
    }
}

#[pymethods]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
impl UpliftModel {
    #[new]
    #[pyo3(signature = (method=None, classifier=None), text_signature = "(method='two_models', classifier=None)")]
    fn new(py: Python<'_>, method: Given, classifier: Given) -> PyResult<PyClassInitializer<Self>> {
        let choices = vec![("method", method, Unset::Text("two_models")), ("classifier", classifier, Unset::None)];
        Ok(ChurnModel::base(py, choices)?.add_subclass(Self {}))
    }

    /// Learns from a campaign with a control group that was drawn at random.
    ///
    /// Parameters
    /// ----------
    /// X : table or array-like
    ///     One row per customer, known before the treatment.
    /// outcome : array-like of bool
    ///     What the treatment is to bring about: that the customer stays.
    /// treated : array-like of bool
    ///     Whether the customer got the treatment.
    ///
    /// Returns
    /// -------
    /// UpliftModel
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// FitError
    ///     If nobody is treated, nobody is in the control group, or a group has one outcome only.
    fn fit<'py>(
        slf: Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        outcome: &Bound<'py, PyAny>,
        treated: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, Self>> {
        let py = slf.py();
        let (x, outcome, treated) = (features(X)?, flags("outcome", outcome)?, flags("treated", treated)?);
        let method = slf.as_super().as_super().borrow().params.choice(py, "method", METHODS)?;
        let classifier = Self::classifier(&slf)?;
        let options = ChurnClassifier::options(
            &classifier.as_super().as_super().as_super().borrow().params,
            py,
            None,
            None,
            0.0,
        )?;
        let model = py.detach(|| Core::fit(&x, &outcome, &treated, method, &options)).or_raise()?;
        slf.as_super().as_super().borrow_mut().set(model);
        Ok(slf)
    }

    /// What the treatment adds to the probability of the outcome, one per row; negative: better left alone.
    fn predict<'py>(
        slf: PyRef<'py, Self>,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (model, x) = (Self::model(&slf)?, features(X)?);
        Ok(PyArray1::from_vec(py, py.detach(|| model.predict(&x)).or_raise()?))
    }

    /// Probability of the outcome without and with the treatment, two columns; of ``two_models`` only.
    fn predict_both<'py>(
        slf: PyRef<'py, Self>,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (model, x) = (Self::model(&slf)?, features(X)?);
        let Some((with, without)) = py.detach(|| model.predict_both(&x)).or_raise()? else {
            return Err(CpmError::new_err(
                "a model of the transformed outcome knows the uplift only. Use method=\"two_models\"",
            ));
        };
        let pairs = Array2::from_shape_fn((with.len(), 2), |(i, j)| if j == 0 { without[i] } else { with[i] });
        Ok(pairs.to_pyarray(py))
    }

    /// Effect of treating everybody: the difference of the outcome rates in the fit.
    #[getter]
    fn average_effect(slf: PyRef<'_, Self>) -> PyResult<f64> {
        Ok(Self::model(&slf)?.average_effect())
    }

    /// Share of the customers of the fit who were treated.
    #[getter]
    fn treated_share(slf: PyRef<'_, Self>) -> PyResult<f64> {
        Ok(Self::model(&slf)?.treated_share())
    }

    /// Names of the features of the fit.
    #[getter]
    fn feature_names_in_(slf: PyRef<'_, Self>) -> PyResult<Vec<String>> {
        Ok(Self::model(&slf)?.feature_names())
    }
}
