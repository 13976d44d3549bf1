//! The choices of an estimator as scikit-learn wants them: given back as they came.

use cpm_core::Error;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::Given;
use crate::error::{CpmError, exception};
use crate::survival::{Choices, choice};

/// The choices of an estimator, as given or by default.
pub(super) struct Params(pub(super) Py<PyDict>);

impl Params {
    pub(super) fn new(py: Python<'_>, choices: Vec<(&str, Given, Py<PyAny>)>) -> PyResult<Self> {
        let dict = PyDict::new(py);
        for (name, given, default) in choices {
            dict.set_item(name, given.unwrap_or(default))?;
        }
        Ok(Self(dict.unbind()))
    }

    pub(super) fn raw<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.0.bind(py).as_any().get_item(name)
    }

    pub(super) fn number(&self, py: Python<'_>, name: &'static str) -> PyResult<f64> {
        self.raw(py, name)?.extract().map_err(|_| self.wrong(py, name, "it must be a number"))
    }

    pub(super) fn whole<T: for<'a> FromPyObject<'a, 'a>>(&self, py: Python<'_>, name: &'static str) -> PyResult<T> {
        let value = self.raw(py, name)?;
        value.extract().map_err(|_| self.wrong(py, name, "it must be a whole number of at least 0"))
    }

    pub(super) fn flag(&self, py: Python<'_>, name: &'static str) -> PyResult<bool> {
        self.raw(py, name)?.extract().map_err(|_| self.wrong(py, name, "it must be True or False"))
    }

    pub(super) fn choice<T: Copy>(&self, py: Python<'_>, name: &'static str, choices: &Choices<T>) -> PyResult<T> {
        let text = self.raw(py, name)?.str()?.to_string();
        choice(name, &text, choices)
    }

    /// Factors of those who stayed and of those who churned; whether both are to count half.
    pub(super) fn class_weight(&self, py: Python<'_>) -> PyResult<(Option<[f64; 2]>, bool)> {
        let value = self.raw(py, "class_weight")?;
        if value.is_none() {
            return Ok((None, false));
        }
        if value.extract::<String>().is_ok_and(|text| text == "balanced") {
            return Ok((None, true));
        }
        let expected = "it must be None, 'balanced' or {0: factor of those who stayed, 1: of those who churned}";
        let wrong = || self.wrong(py, "class_weight", expected);
        let dict = value.cast::<PyDict>().map_err(|_| wrong())?;
        let of = |class: i64| -> PyResult<f64> {
            dict.get_item(class)?.map_or(Ok(1.0), |v| v.extract().map_err(|_| wrong()))
        };
        if dict.keys().iter().any(|k| !k.extract::<i64>().is_ok_and(|k| k == 0 || k == 1)) {
            return Err(wrong());
        }
        Ok((Some([of(0)?, of(1)?]), false))
    }

    fn wrong(&self, py: Python<'_>, name: &'static str, expected: &str) -> PyErr {
        let value = self.raw(py, name).and_then(|v| Ok(v.repr()?.to_string())).unwrap_or_default();
        exception(Error::InvalidArgument { name, value, expected: expected.to_owned() })
    }

    pub(super) fn set(&mut self, class: &str, py: Python<'_>, params: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        let known = self.0.bind(py).copy()?;
        for (name, value) in params.into_iter().flatten() {
            if !known.contains(&name)? {
                let names: Vec<String> = known.keys().extract()?;
                return Err(CpmError::new_err(format!("{class} has no parameter {name}; it has {}", names.join(", "))));
            }
            known.set_item(name, value)?;
        }
        self.0 = known.unbind();
        Ok(())
    }

    pub(super) fn repr(&self, py: Python<'_>, class: &str) -> PyResult<String> {
        let dict = self.0.bind(py);
        let shown: Vec<String> =
            dict.iter().map(|(k, v)| Ok(format!("{}={}", k.str()?, v.repr()?))).collect::<PyResult<_>>()?;
        Ok(format!("{class}({})", shown.join(", ")))
    }
}
