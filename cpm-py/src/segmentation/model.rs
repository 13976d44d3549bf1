//! `cpm.SegmentationModel`: what all fitted segmentations have in common.

use cpm_core::segmentation::Scaling;
use cpm_core::{Error, SavedModel};
use numpy::{PyArray1, PyArrayMethods, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::floats;
use crate::error::{OrRaise, exception};
use crate::estimator::{Estimator, Unset};

/// What every segmentation is: an :class:`Estimator` of scikit-learn's kind "clusterer".
///
/// The segmentations themselves are its subclasses.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> model = cpm.KMeans(n_clusters=3)
/// >>> isinstance(model, cpm.SegmentationModel), model.get_params()["n_clusters"]
/// (True, 3)
#[pyclass(module = "cpm", extends = Estimator, subclass)]
pub(crate) struct SegmentationModel {}

impl SegmentationModel {
    /// The base of a class from its choices: names, values, and what stands for no value.
    pub(super) fn base(
        py: Python<'_>,
        choices: Vec<(&'static str, Option<Bound<'_, PyAny>>, Unset)>,
        fitted: Option<SavedModel>,
    ) -> PyResult<PyClassInitializer<Self>> {
        Ok(Estimator::base(py, choices, fitted)?.add_subclass(Self {}))
    }
}

#[pymethods]
impl SegmentationModel {
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
}

/// The fitted model of a class, cloned: models are small.
macro_rules! fitted {
    ($slf:expr, $kind:ident) => {
        $crate::estimator::fitted!($slf.as_super().as_super().borrow(), $kind)?.clone()
    };
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
    All(Scaling),
    Some(Vec<(String, Scaling)>),
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

    /// Options with this scaling, by their methods for all columns and for one.
    pub(super) fn apply_to<O>(self, options: O, all: fn(O, Scaling) -> O, one: fn(O, &str, Scaling) -> O) -> O {
        match self {
            Self::All(scaling) => all(options, scaling),
            Self::Some(columns) => {
                columns.iter().fold(options, |options, (name, scaling)| one(options, name, *scaling))
            }
        }
    }
}
