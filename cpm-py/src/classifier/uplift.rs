//! `cpm.churn.UpliftModel`.

use std::path::PathBuf;

use cpm_core::SavedModel;
use cpm_core::churn::classifier::{UpliftMethod, UpliftModel as Core};
use numpy::ndarray::Array2;
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{ChurnClassifier, Given, features};
use crate::arrays::flags;
use crate::error::{CpmError, OrRaise};
use crate::estimator::{self, Params, Reduced, Unset};
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
// With a dict, because scikit-learn leaves notes on the steps of its pipelines.
#[pyclass(module = "cpm.churn", dict)]
pub(crate) struct UpliftModel {
    params: Params,
    fitted: Option<Core>,
}

impl UpliftModel {
    fn model(&self) -> PyResult<&Core> {
        self.fitted.as_ref().ok_or_else(|| estimator::not_fitted("UpliftModel"))
    }

    /// One from a file, whose choices are not all kept there.
    pub(crate) fn loaded(py: Python<'_>, fitted: Core) -> PyResult<Py<PyAny>> {
        let name = METHODS.iter().find(|(_, method)| *method == fitted.method()).map_or("two_models", |m| m.0);
        let model = py.get_type::<Self>().call1((name,))?.cast_into::<Self>()?;
        model.borrow_mut().fitted = Some(fitted);
        Ok(model.into_any().unbind())
    }

    /// The classifier whose choices count.
    fn classifier<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, ChurnClassifier>> {
        let given = self.params.raw(py, "classifier")?;
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
    fn new(py: Python<'_>, method: Given, classifier: Given) -> PyResult<Self> {
        let choices = vec![("method", method, Unset::Text("two_models")), ("classifier", classifier, Unset::None)];
        Ok(Self { params: Params::new(py, choices)?, fitted: None })
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
        let method = slf.borrow().params.choice(py, "method", METHODS)?;
        let options = slf.borrow().classifier(py)?.borrow().options(py, None, None, 0.0)?;
        let model = py.detach(|| Core::fit(&x, &outcome, &treated, method, &options)).or_raise()?;
        slf.borrow_mut().fitted = Some(model);
        Ok(slf)
    }

    /// What the treatment adds to the probability of the outcome, one per row; negative: better left alone.
    fn predict<'py>(&self, py: Python<'py>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (model, x) = (self.model()?, features(X)?);
        Ok(PyArray1::from_vec(py, py.detach(|| model.predict(&x)).or_raise()?))
    }

    /// Probability of the outcome without and with the treatment, two columns; of ``two_models`` only.
    fn predict_both<'py>(&self, py: Python<'py>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (model, x) = (self.model()?, features(X)?);
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
    fn average_effect(&self) -> PyResult<f64> {
        Ok(self.model()?.average_effect())
    }

    /// Share of the customers of the fit who were treated.
    #[getter]
    fn treated_share(&self) -> PyResult<f64> {
        Ok(self.model()?.treated_share())
    }

    /// Names of the features of the fit.
    #[getter]
    fn feature_names_in_(&self) -> PyResult<Vec<String>> {
        Ok(self.model()?.feature_names())
    }

    /// Saves the model as a JSON file, which :func:`cpm.load_model` and the Rust crate read.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        estimator::save(py, self.model()?, path)
    }

    /// The choices that the object was made with, as scikit-learn asks for them.
    #[pyo3(signature = (deep=true))]
    fn get_params<'py>(&self, py: Python<'py>, deep: bool) -> PyResult<Bound<'py, PyDict>> {
        let _ = deep;
        self.params.copy(py)
    }

    /// Changes these choices; they count at the next fit.
    #[pyo3(signature = (**params))]
    fn set_params<'py>(slf: Bound<'py, Self>, params: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, Self>> {
        slf.borrow_mut().params.set("UpliftModel", slf.py(), params)?;
        Ok(slf)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        let own = slf.borrow();
        estimator::reduced(slf.as_any(), &own.params, own.fitted.as_ref())
    }

    fn __setstate__(&mut self, state: (Bound<'_, PyDict>, Option<String>)) -> PyResult<()> {
        let of = |model| match model {
            SavedModel::UpliftModel(model) => Some(model),
            _ => None,
        };
        self.fitted = state.1.map(|text| estimator::restored("UpliftModel", &text, of)).transpose()?;
        self.params = state.0.into();
        Ok(())
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        self.params.repr(py, "UpliftModel")
    }
}
