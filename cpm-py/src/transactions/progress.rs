//! How far a long read has come, told to Python.

use std::sync::{Arc, Mutex, PoisonError};

use cpm_core::Progress;
use pyo3::intern;
use pyo3::prelude::*;

/// Who is told; `None` if nobody wants to know, and then nothing is counted.
pub(crate) struct Reporter {
    call: Option<Py<PyAny>>,
    /// The first exception of the callback.
    error: Arc<Mutex<Option<PyErr>>>,
}

impl Reporter {
    /// From the keyword `progress`: a bool, a function, or None.
    pub(crate) fn new(py: Python<'_>, progress: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let module = py.import(intern!(py, "cpm._progress"))?;
        let call = module.call_method1(intern!(py, "reporter"), (progress,))?;
        Ok(Self { call: (!call.is_none()).then(|| call.unbind()), error: Arc::default() })
    }

    /// What the core calls, if anything.
    pub(crate) fn callback(&self, py: Python<'_>) -> Option<impl Fn(Progress) + Send + Sync + 'static> {
        let call = self.call.as_ref()?.clone_ref(py);
        let error = Arc::clone(&self.error);
        Some(move |progress: Progress| {
            // After an exception the callback has had its say.
            if error.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
                return;
            }
            let Progress { rows, bytes, total_bytes, is_done, .. } = progress;
            let told = Python::attach(|py| call.call1(py, (rows, bytes, total_bytes, is_done)).map(drop));
            if let Err(raised) = told {
                *error.lock().unwrap_or_else(PoisonError::into_inner) = Some(raised);
            }
        })
    }

    /// The result of reading, or the exception of the callback.
    pub(crate) fn end<T>(self, result: PyResult<T>) -> PyResult<T> {
        let raised = self.error.lock().unwrap_or_else(PoisonError::into_inner).take();
        raised.map_or(result, Err)
    }
}
