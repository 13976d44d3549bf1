//! `cpm.SegmentationModel`: what all fitted segmentations have in common.

use std::path::PathBuf;

use cpm_core::{Error, SavedModel};
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::floats;
use crate::error::{OrRaise, exception};
use crate::estimator::{self, Params, Reduced, State, Unset};

/// What every segmentation has: the choices that it was made with, and a way to keep it.
///
/// The segmentations themselves are its subclasses.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> model = cpm.KMeans(n_clusters=3)
/// >>> isinstance(model, cpm.SegmentationModel), model.get_params()["n_clusters"]
/// (True, 3)
// With a dict, because scikit-learn's pipelines leave notes on their steps.
#[pyclass(module = "cpm", subclass, dict)]
pub(crate) struct SegmentationModel {
    params: Params,
    fitted: Option<SavedModel>,
}

impl SegmentationModel {
    /// The base of a class from its choices: names, values, and what stands for no value.
    pub(super) fn base(
        py: Python<'_>,
        choices: Vec<(&'static str, Option<Bound<'_, PyAny>>, Unset)>,
        fitted: Option<SavedModel>,
    ) -> PyResult<PyClassInitializer<Self>> {
        Ok(PyClassInitializer::from(Self { params: Params::new(py, choices)?, fitted }))
    }

    /// Takes the result of a fit.
    pub(super) fn set(&mut self, model: SavedModel) {
        self.fitted = Some(model);
    }

    pub(super) fn fitted(&self) -> Option<&SavedModel> {
        self.fitted.as_ref()
    }

    /// The model, or the error that says how to get one.
    pub(super) fn saved(&self, class: &str) -> PyResult<&SavedModel> {
        self.fitted.as_ref().ok_or_else(|| estimator::not_fitted(class))
    }

    /// The value of a choice.
    pub(super) fn choice<'py, T>(&self, py: Python<'py>, name: &str) -> PyResult<T>
    where
        T: for<'a> FromPyObject<'a, 'py>,
    {
        let value = self.raw(py, name)?;
        value.extract::<T>().map_err(|_| {
            let class = value.get_type().name().map_or_else(|_| String::new(), |n| n.to_string());
            PyTypeError::new_err(format!("{name} has type {class}, which it cannot have; see the documentation"))
        })
    }

    /// A choice that counts something.
    pub(super) fn count(&self, py: Python<'_>, name: &'static str) -> PyResult<usize> {
        let value: i64 = self.choice(py, name)?;
        Ok(crate::arrays::count(name, value)? as usize)
    }

    /// A choice as it was given.
    pub(super) fn raw<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.params.raw(py, name)
    }
}

#[pymethods]
impl SegmentationModel {
    /// Saves the model as a small JSON file, which :func:`load_model` and the Rust crate read.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file; one that exists is overwritten.
    fn save(slf: &Bound<'_, Self>, path: PathBuf) -> PyResult<()> {
        let class = slf.get_type().name()?.to_string();
        let model = slf.borrow().saved(&class)?.clone();
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

    /// What scikit-learn's pipelines ask of their steps.
    #[expect(clippy::unused_self, reason = "Python calls it on the object")]
    fn __sklearn_tags__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let sklearn = py.import("sklearn.utils")?;
        let options = PyDict::new(py);
        options.set_item("required", false)?;
        let target = sklearn.getattr("TargetTags")?.call((), Some(&options))?;
        let options = PyDict::new(py);
        options.set_item("estimator_type", "clusterer")?;
        options.set_item("target_tags", target)?;
        sklearn.getattr("Tags")?.call((), Some(&options))
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

/// The fitted model of a class, cloned: models are small.
macro_rules! fitted {
    ($slf:expr, $kind:ident) => {{
        let base = $slf.as_super().borrow();
        match base.saved(stringify!($kind))? {
            cpm_core::SavedModel::$kind(model) => model.clone(),
            _ => return Err($crate::error::CpmError::new_err("the object holds a model of another class")),
        }
    }};
}
pub(super) use fitted;

/// Optional weights of rows.
pub(super) fn weights<'py>(values: Option<&Bound<'py, PyAny>>) -> PyResult<Option<PyReadonlyArray1<'py, f64>>> {
    values.map(|v| floats("weights", v)).transpose()
}

/// Codes of segments as an array.
pub(super) fn codes<'py>(py: Python<'py>, codes: &[u32]) -> Bound<'py, PyArray1<i64>> {
    let array = PyArray1::<i64>::zeros(py, codes.len(), false);
    if let Ok(mut values) = array.try_readwrite()
        && let Ok(slice) = values.as_slice_mut()
    {
        slice.iter_mut().zip(codes).for_each(|(to, code)| *to = i64::from(*code));
    }
    array
}

/// The scaling of all columns, or of some by name.
pub(super) enum Scalings {
    All(cpm_core::segmentation::Scaling),
    Some(Vec<(String, cpm_core::segmentation::Scaling)>),
}

impl Scalings {
    pub(super) fn new(value: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(name) = value.extract::<String>() {
            return name.parse().map(Self::All).or_raise();
        }
        if let Ok(columns) = value.cast::<PyDict>() {
            let one = |(column, name): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
                Ok((column.str()?.to_string(), name.str()?.to_string().parse().or_raise()?))
            };
            return columns.iter().map(one).collect::<PyResult<_>>().map(Self::Some);
        }
        let expected = "it must be the name of a scaling, or a dict from columns to such names".to_owned();
        Err(exception(Error::InvalidArgument { name: "scaling", value: value.repr()?.to_string(), expected }))
    }
}
