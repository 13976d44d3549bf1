//! `cpm.churn.ChurnModel`: what the classifiers, calibration and uplift have in common.

use std::path::PathBuf;

use cpm_core::SavedModel;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::Given;
use crate::error::OrRaise;
use crate::estimator::{self, Params, Reduced, State, Unset};

/// What every estimator of churn has: the choices that it was made with, and a way to keep it.
///
/// The estimators themselves are its subclasses.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> model = cpm.LogisticRegression(penalty=1.0)
/// >>> isinstance(model, cpm.churn.ChurnModel), model.get_params()["penalty"]
/// (True, 1.0)
// With a dict, because scikit-learn's pipelines leave notes on their steps.
#[pyclass(module = "cpm.churn", subclass, dict)]
pub(crate) struct ChurnModel {
    pub(super) params: Params,
    fitted: Option<SavedModel>,
}

impl ChurnModel {
    /// The base of a class from its choices: names, values, and what stands for no value.
    pub(super) fn base(
        py: Python<'_>,
        choices: Vec<(&'static str, Given, Unset)>,
    ) -> PyResult<PyClassInitializer<Self>> {
        Ok(PyClassInitializer::from(Self { params: Params::new(py, choices)?, fitted: None }))
    }

    /// Takes the result of a fit.
    pub(super) fn set(&mut self, model: impl Into<SavedModel>) {
        self.fitted = Some(model.into());
    }

    /// The model, or the error that says how to get one.
    pub(super) fn saved(&self, class: &str) -> PyResult<&SavedModel> {
        self.fitted.as_ref().ok_or_else(|| estimator::not_fitted(class))
    }
}

#[pymethods]
impl ChurnModel {
    /// Saves the model as a JSON file, which :func:`load_model` and the Rust crate read.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file; one that exists is overwritten.
    fn save(slf: &Bound<'_, Self>, path: PathBuf) -> PyResult<()> {
        let class = slf.get_type().name()?.to_string();
        let own = slf.borrow();
        let model = own.saved(&class)?;
        slf.py().detach(|| model.save(path)).or_raise()
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
        let class = slf.get_type().name()?.to_string();
        slf.borrow_mut().params.set(&class, slf.py(), params)?;
        Ok(slf)
    }

    fn __sklearn_is_fitted__(&self) -> bool {
        self.fitted.is_some()
    }

    /// For pickle, with the JSON text of :meth:`save`.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        let own = slf.borrow();
        estimator::reduced(slf.as_any(), &own.params, own.fitted.as_ref())
    }

    fn __setstate__(slf: &Bound<'_, Self>, state: State<'_>) -> PyResult<()> {
        let (params, fitted) = estimator::unpickled(slf.as_any(), state)?;
        let mut own = slf.borrow_mut();
        (own.params, own.fitted) = (params, fitted);
        Ok(())
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let class = slf.get_type().name()?.to_string();
        slf.borrow().params.repr(slf.py(), &class)
    }
}

/// The model of a class, borrowed from the object.
macro_rules! fitted {
    ($slf:expr, $kind:ident) => {
        match $slf.as_super().saved(stringify!($kind))? {
            cpm_core::SavedModel::$kind(model) => Ok(model),
            _ => Err($crate::error::CpmError::new_err("the object holds a model of another class")),
        }
    };
}
pub(super) use fitted;
