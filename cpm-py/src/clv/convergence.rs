//! `cpm.Convergence`: how a fit ended.

use cpm_core::FitReport;
use numpy::{PyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// How a fit ended, and whether to trust it; prints well.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> convergence = cpm.BgNbd().fit(customers).convergence
/// >>> convergence.converged, convergence.at_boundary, convergence.warnings
/// (True, [], [])
#[pyclass(module = "cpm", frozen)]
pub(crate) struct Convergence {
    inner: FitReport,
}

impl From<&FitReport> for Convergence {
    fn from(report: &FitReport) -> Self {
        Self { inner: report.clone() }
    }
}

#[pymethods]
impl Convergence {
    /// Whether the optimiser arrived at a maximum.
    #[getter]
    fn converged(&self) -> bool {
        self.inner.converged
    }

    /// Iterations from the starting point that won.
    #[getter]
    fn iterations(&self) -> usize {
        self.inner.iterations
    }

    /// Norm of the gradient in the log-parameters, per customer.
    #[getter]
    fn gradient_norm(&self) -> f64 {
        self.inner.gradient_norm
    }

    /// Condition number of the Hessian in the log-parameters; None where it is not positive definite.
    #[getter]
    fn condition_number(&self) -> Option<f64> {
        self.inner.condition_number
    }

    /// Parameters that ran to the edge of the admissible range.
    #[getter]
    fn at_boundary(&self) -> Vec<String> {
        self.inner.at_boundary.clone()
    }

    /// A combination of log-parameters that the data hardly determine: it counts with a standard deviation of 3 at the most.
    /// :func:`profile_interval` tells how far it reaches.
    #[getter]
    fn flat_direction(&self) -> Option<String> {
        self.inner.flat_direction.clone()
    }

    /// Whole numbers that the fit chose by likelihood beside the parameters, such as k: each counts as a parameter in AIC and BIC.
    #[getter]
    fn chosen(&self) -> usize {
        self.inner.chosen
    }

    /// What priors and penalties add to the log-likelihood; 0 without any.
    #[getter]
    fn log_prior(&self) -> f64 {
        self.inner.log_prior
    }

    /// What a reader of the parameters should know; empty if all is well.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.inner.warnings()
    }

    /// Customers in the fit: the sum of the weights.
    #[getter]
    fn customers(&self) -> f64 {
        self.inner.customers
    }

    /// Distinct histories that stand for them.
    #[getter]
    fn distinct(&self) -> usize {
        self.inner.distinct
    }

    fn __repr__(&self) -> String {
        self.inner.to_string()
    }
}

/// Standard errors by name.
pub(super) fn standard_errors<'py>(py: Python<'py>, report: &FitReport) -> PyResult<Bound<'py, PyDict>> {
    let errors = PyDict::new(py);
    for (name, error) in report.parameters.iter().zip(&report.standard_errors) {
        errors.set_item(name, *error)?;
    }
    Ok(errors)
}

/// Covariance of the log-parameters.
pub(super) fn covariance<'py>(py: Python<'py>, report: &FitReport) -> Bound<'py, PyArray2<f64>> {
    report.covariance_log.to_pyarray(py)
}
