//! `cpm.churn.ChurnModel`: what the classifiers, calibration and uplift have in common.

use pyo3::prelude::*;

use super::Given;
use crate::estimator::{Estimator, Unset};

/// What every model of churn is: an :class:`Estimator`.
///
/// The models themselves are its subclasses.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> model = cpm.LogisticRegression(penalty=1.0)
/// >>> isinstance(model, cpm.churn.ChurnModel), model.get_params()["penalty"]
/// (True, 1.0)
#[pyclass(module = "cpm.churn", extends = Estimator, subclass)]
pub(crate) struct ChurnModel {}

impl ChurnModel {
    /// The base of a class from its choices: names, values, and what stands for no value.
    pub(super) fn base(
        py: Python<'_>,
        choices: Vec<(&'static str, Given, Unset)>,
    ) -> PyResult<PyClassInitializer<Self>> {
        Ok(Estimator::base(py, choices, None)?.add_subclass(Self {}))
    }
}
