//! What estimators have in common: choices as scikit-learn wants them, saving and pickling.

use std::path::PathBuf;

use cpm_core::{Error, SavedModel};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use crate::error::{CpmError, OrRaise, exception};
use crate::survival::{Choices, choice};

/// What pickle takes: the class, no arguments, and the choices with the JSON text of a fitted object.
pub(crate) type Reduced<'py> = (Bound<'py, PyType>, Bound<'py, PyTuple>, (Bound<'py, PyDict>, Option<String>));

/// What pickle gives back.
pub(crate) type State<'py> = (Bound<'py, PyDict>, Option<String>);

/// The choices of an estimator, as they were given: scikit-learn's `clone` compares identities.
pub(crate) struct Params(Py<PyDict>);

/// The value of a choice that was not made.
#[derive(Clone, Copy)]
pub(crate) enum Unset {
    None,
    Flag(bool),
    Int(i64),
    Float(f64),
    Text(&'static str),
}

impl From<Bound<'_, PyDict>> for Params {
    fn from(params: Bound<'_, PyDict>) -> Self {
        Self(params.unbind())
    }
}

impl Params {
    /// The choices in the order of the constructor: names, values, and what stands for no value.
    pub(crate) fn new<'py, V: IntoPyObject<'py>>(
        py: Python<'py>,
        choices: Vec<(&'static str, Option<V>, Unset)>,
    ) -> PyResult<Self> {
        let params = PyDict::new(py);
        for (name, value, unset) in choices {
            match (value, unset) {
                (Some(value), _) => params.set_item(name, value)?,
                (None, Unset::None) => params.set_item(name, py.None())?,
                (None, Unset::Flag(v)) => params.set_item(name, v)?,
                (None, Unset::Int(v)) => params.set_item(name, v)?,
                (None, Unset::Float(v)) => params.set_item(name, v)?,
                (None, Unset::Text(v)) => params.set_item(name, v)?,
            }
        }
        Ok(Self(params.unbind()))
    }

    /// As `get_params` gives them: a copy.
    pub(crate) fn copy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.0.bind(py).copy()
    }

    /// Replaces a choice by what a loaded model says of it.
    pub(crate) fn overwrite<'py>(&self, py: Python<'py>, name: &str, value: impl IntoPyObject<'py>) -> PyResult<()> {
        self.0.bind(py).set_item(name, value)
    }

    pub(crate) fn raw<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.0.bind(py).as_any().get_item(name)
    }

    pub(crate) fn number(&self, py: Python<'_>, name: &'static str) -> PyResult<f64> {
        self.raw(py, name)?.extract().map_err(|_| self.wrong(py, name, "it must be a number"))
    }

    pub(crate) fn whole<T: for<'a> FromPyObject<'a, 'a>>(&self, py: Python<'_>, name: &'static str) -> PyResult<T> {
        let value = self.raw(py, name)?;
        value.extract().map_err(|_| self.wrong(py, name, "it must be a whole number of at least 0"))
    }

    pub(crate) fn flag(&self, py: Python<'_>, name: &'static str) -> PyResult<bool> {
        self.raw(py, name)?.extract().map_err(|_| self.wrong(py, name, "it must be True or False"))
    }

    pub(crate) fn choice<T: Copy>(&self, py: Python<'_>, name: &'static str, choices: &Choices<T>) -> PyResult<T> {
        let text = self.raw(py, name)?.str()?.to_string();
        choice(name, &text, choices)
    }

    pub(crate) fn wrong(&self, py: Python<'_>, name: &'static str, expected: &str) -> PyErr {
        let value = self.raw(py, name).and_then(|v| Ok(v.repr()?.to_string())).unwrap_or_default();
        exception(Error::InvalidArgument { name, value, expected: expected.to_owned() })
    }

    /// These choices with others in their place; all names must be known.
    fn with<'py>(
        &self,
        class: &str,
        py: Python<'py>,
        params: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let known = self.copy(py)?;
        for (name, value) in params.into_iter().flatten() {
            if !known.contains(&name)? {
                let names: Vec<String> = known.keys().extract()?;
                let instead = match names.is_empty() {
                    true => "choices of a fit are arguments of fit".to_owned(),
                    false => format!("it has {}", names.join(", ")),
                };
                return Err(CpmError::new_err(format!("{class} has no parameter {name}; {instead}")));
            }
            known.set_item(name, value)?;
        }
        Ok(known)
    }

    pub(crate) fn repr(&self, py: Python<'_>, class: &str) -> PyResult<String> {
        let dict = self.0.bind(py);
        let shown: Vec<String> =
            dict.iter().map(|(k, v)| Ok(format!("{}={}", k.str()?, v.repr()?))).collect::<PyResult<_>>()?;
        Ok(format!("{class}({})", shown.join(", ")))
    }
}

/// What everything that is fitted has: the choices that it was made with, and a way to keep it.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> models = [cpm.BgNbd(), cpm.CoxPh(), cpm.KMeans(n_clusters=3), cpm.LogisticRegression(penalty=1.0)]
/// >>> all(isinstance(model, cpm.Estimator) for model in models)
/// True
// With a dict, because scikit-learn's pipelines leave notes on their steps.
#[pyclass(module = "cpm", subclass, dict)]
pub(crate) struct Estimator {
    pub(crate) params: Params,
    fitted: Option<SavedModel>,
}

impl Estimator {
    /// One from its choices: names, values, and what stands for no value.
    pub(crate) fn base<'py, V: IntoPyObject<'py>>(
        py: Python<'py>,
        choices: Vec<(&'static str, Option<V>, Unset)>,
        fitted: Option<SavedModel>,
    ) -> PyResult<PyClassInitializer<Self>> {
        Ok(Self::of(Params::new(py, choices)?, fitted))
    }

    /// One from its choices, and from a fit if it is loaded.
    pub(crate) fn of(params: impl Into<Params>, fitted: Option<SavedModel>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Self { params: params.into(), fitted })
    }

    /// The choices with others in their place, if the constructor of the class takes them.
    pub(crate) fn with(slf: &Bound<'_, Self>, params: Option<&Bound<'_, PyDict>>) -> PyResult<Params> {
        let class = slf.get_type();
        let params = slf.borrow().params.with(&class.name()?.to_string(), slf.py(), params)?;
        class.call((), Some(&params))?;
        Ok(params.into())
    }

    /// Takes the result of a fit.
    pub(crate) fn set(&mut self, model: impl Into<SavedModel>) {
        self.fitted = Some(model.into());
    }

    /// As before the fit.
    pub(crate) fn forget(&mut self) {
        self.fitted = None;
    }

    pub(crate) fn fitted(&self) -> Option<&SavedModel> {
        self.fitted.as_ref()
    }

    /// The model, or the error that says how to get one.
    pub(crate) fn saved(&self, class: &str) -> PyResult<&SavedModel> {
        self.fitted.as_ref().ok_or_else(|| not_fitted(class))
    }

    /// The value of a choice.
    pub(crate) fn choice<'py, T>(&self, py: Python<'py>, name: &str) -> PyResult<T>
    where
        T: for<'a> FromPyObject<'a, 'py>,
    {
        let value = self.params.raw(py, name)?;
        value.extract::<T>().map_err(|_| {
            let class = value.get_type().name().map_or_else(|_| String::new(), |n| n.to_string());
            PyTypeError::new_err(format!("{name} has type {class}, which it cannot have; see the documentation"))
        })
    }

    /// A choice that counts something.
    pub(crate) fn count(&self, py: Python<'_>, name: &'static str) -> PyResult<usize> {
        let value: i64 = self.choice(py, name)?;
        Ok(crate::arrays::count(name, value)? as usize)
    }

    /// A choice as it was given.
    pub(crate) fn raw<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.params.raw(py, name)
    }
}

#[pymethods]
impl Estimator {
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
        let params = slf.borrow().params.with(&class, slf.py(), params)?;
        slf.borrow_mut().params = params.into();
        Ok(slf)
    }

    fn __sklearn_is_fitted__(&self) -> bool {
        self.fitted.is_some()
    }

    /// For pickle, with the JSON text of :meth:`save`.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Reduced<'py>> {
        let (py, own) = (slf.py(), slf.borrow());
        let state = own.fitted.as_ref().map(SavedModel::to_json).transpose().or_raise()?;
        Ok((slf.get_type(), PyTuple::empty(py), (own.params.copy(py)?, state)))
    }

    fn __setstate__(slf: &Bound<'_, Self>, state: State<'_>) -> PyResult<()> {
        let (params, text) = state;
        let fitted = text.map(|text| SavedModel::from_json(&text)).transpose().or_raise()?;
        if let Some(model) = &fitted {
            let restored = crate::clv::restored(slf.py(), model.clone())?;
            if !slf.get_type().is_subclass(&restored.bind(slf.py()).get_type())? {
                let class = slf.get_type().name()?;
                return Err(CpmError::new_err(format!("the pickled state is not that of a {class}")));
            }
        }
        let mut own = slf.borrow_mut();
        (own.params, own.fitted) = (params.into(), fitted);
        Ok(())
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let class = slf.get_type().name()?.to_string();
        slf.borrow().params.repr(slf.py(), &class)
    }
}

/// What an object without data says to every question.
pub(crate) fn not_fitted(class: &str) -> PyErr {
    CpmError::new_err(format!("this {class} is not fitted yet. Call fit first"))
}

/// The fitted model of a class, borrowed from its estimator.
macro_rules! fitted {
    ($estimator:expr, $kind:ident) => {
        $estimator.saved(stringify!($kind)).and_then(|saved| match saved {
            cpm_core::SavedModel::$kind(model) => Ok(model),
            _ => Err($crate::estimator::of_another_class()),
        })
    };
}
pub(crate) use fitted;

/// What cannot be, unless a class takes what another one fitted.
pub(crate) fn of_another_class() -> PyErr {
    CpmError::new_err("the object holds a model of another class")
}
