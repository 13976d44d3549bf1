//! `cpm.GammaGamma`: spend per purchase.

use std::path::PathBuf;

use cpm_core::{FitReport, SavedModel};
use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::convergence::{covariance, standard_errors};
use super::{Convergence, fit_options, no_params, not_fitted, repr, to_dict};
use crate::error::{CpmError, OrRaise};
use crate::summary::CustomerSummary;

/// The Gamma-Gamma model of spend per purchase (Colombo & Jiang 1999; Fader & Hardie 2013).
///
/// The amounts of a customer's purchases are Gamma(p, ν), and ν ~ Gamma(q, v): they vary around the customer's own mean
/// p/ν, and customers differ. Spend per purchase does not depend on how often a customer purchases. The mean of the
/// population is p·v/(q - 1), for q > 1.
///
/// For a mean amount z over x repeat purchases (eq. 1a of the note), the likelihood is
///
/// L = Γ(px+q)/(Γ(px) Γ(q)) · v^q · z^(px-1) · x^(px) / (v + x z)^(px+q)
///
/// and the expected spend E[M | x, z] = p (v + x z)/(p x + q - 1) (eq. 5). v is in units of money; p and q have none.
///
/// References
/// ----------
/// Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value, http://brucehardie.com/notes/025/
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> spend = cpm.GammaGamma().fit(customers)
/// >>> {name: round(value, 2) for name, value in spend.params.items()}
/// {'p': 6.25, 'q': 3.74, 'v': 15.44}
/// >>> spend.expected_spend(customers)[:3].round(2)
/// array([24.65, 35.17, 18.91])
#[pyclass(module = "cpm")]
pub(crate) struct GammaGamma {
    fitted: Option<cpm_core::GammaGamma>,
}

impl From<cpm_core::GammaGamma> for GammaGamma {
    fn from(model: cpm_core::GammaGamma) -> Self {
        Self { fitted: Some(model) }
    }
}

impl GammaGamma {
    /// The fitted model, or the error that says how to get one.
    pub(crate) fn model(&self) -> PyResult<&cpm_core::GammaGamma> {
        self.fitted.as_ref().ok_or_else(|| not_fitted("GammaGamma"))
    }

    fn report(&self) -> PyResult<Option<&FitReport>> {
        Ok(self.model()?.fit_report())
    }
}

#[pymethods]
impl GammaGamma {
    #[new]
    fn new() -> Self {
        Self { fitted: None }
    }

    /// The model at given parameters, without uncertainty.
    ///
    /// Raises
    /// ------
    /// FitError
    ///     For q <= 1, where the mean spend of the population is infinite.
    #[staticmethod]
    #[pyo3(signature = (*, p, q, v))]
    fn from_params(p: f64, q: f64, v: f64) -> PyResult<Self> {
        cpm_core::GammaGamma::from_params(p, q, v).or_raise().map(Into::into)
    }

    /// Maximum likelihood over the customers with a repeat purchase and a positive monetary value.
    ///
    /// Parameters
    /// ----------
    /// customers : CustomerSummary
    ///     With monetary values.
    /// weights : array-like, optional
    ///     How often each row of the summary counts. Zero leaves a row out.
    /// start : array-like of three, optional
    ///     Starting values of p, q, v.
    /// max_iterations : int, optional
    ///     Most iterations from one starting point; 200 by default.
    ///
    /// Returns
    /// -------
    /// GammaGamma
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// FitError
    ///     Without monetary values, with too few repeat buyers, if the fitted q is at most 1, or if the optimiser does
    ///     not arrive.
    #[pyo3(signature = (customers, weights=None, start=None, max_iterations=None))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        customers: &CustomerSummary,
        weights: Option<&Bound<'py, PyAny>>,
        start: Option<&Bound<'py, PyAny>>,
        max_iterations: Option<usize>,
    ) -> PyResult<Bound<'py, Self>> {
        let options = fit_options(weights, start, max_iterations)?;
        let model = slf.py().detach(|| cpm_core::GammaGamma::fit(&customers.inner, &options)).or_raise()?;
        slf.borrow_mut().fitted = Some(model);
        Ok(slf)
    }

    /// Names and values of the parameters.
    #[getter(params)]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        to_dict(py, &self.model()?.parameters())
    }

    /// Maximised log-likelihood; None if the parameters were given.
    #[getter]
    fn log_likelihood(&self) -> PyResult<Option<f64>> {
        Ok(self.report()?.map(|r| r.log_likelihood))
    }

    /// Standard errors of the parameters, None for one that ran to the edge of its range; None altogether if the
    /// parameters were given.
    #[getter]
    fn standard_errors<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.report()?.map(|r| standard_errors(py, r)).transpose()
    }

    /// Covariance of the log-parameters, in the order of ``params``; None if the parameters were given.
    #[getter]
    fn covariance_log<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyArray2<f64>>>> {
        Ok(self.report()?.map(|r| covariance(py, r)))
    }

    /// Akaike's information criterion, 2k - 2 ln L; None if the parameters were given.
    #[getter]
    fn aic(&self) -> PyResult<Option<f64>> {
        Ok(self.report()?.map(FitReport::aic))
    }

    /// Schwarz's information criterion, k ln n - 2 ln L; None if the parameters were given.
    #[getter]
    fn bic(&self) -> PyResult<Option<f64>> {
        Ok(self.report()?.map(FitReport::bic))
    }

    /// How the fit ended; None if the parameters were given.
    #[getter]
    fn convergence(&self) -> PyResult<Option<Convergence>> {
        Ok(self.report()?.map(Convergence::from))
    }

    /// Repeat buyers left out of the fit because their monetary value is 0.
    #[getter]
    fn excluded(&self) -> PyResult<u64> {
        Ok(self.model()?.excluded())
    }

    /// Mean spend per purchase of the population, p·v/(q - 1).
    #[getter]
    fn population_mean(&self) -> PyResult<f64> {
        Ok(self.model()?.population_mean())
    }

    /// Expected spend per purchase of each customer, in money. Customers without repeat purchase get the mean of
    /// the population.
    ///
    /// Raises
    /// ------
    /// FitError
    ///     If the summary has no monetary values.
    fn expected_spend<'py>(&self, py: Python<'py>, customers: &CustomerSummary) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = self.model()?;
        Ok(PyArray1::from_vec(py, py.detach(|| model.expected_spend(&customers.inner)).or_raise()?))
    }

    /// Log-likelihood of each customer; 0 for those who are no part of it: without repeat purchase or amount.
    fn log_likelihood_per_customer<'py>(
        &self,
        py: Python<'py>,
        customers: &CustomerSummary,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = self.model()?;
        Ok(PyArray1::from_vec(py, py.detach(|| model.log_likelihood_per_customer(&customers.inner)).or_raise()?))
    }

    /// Saves the model as a small JSON file, which :func:`load_model` and the Rust crate read.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file; one that exists is overwritten.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let model = SavedModel::from(self.model()?.clone());
        py.detach(|| model.save(path)).or_raise()
    }

    /// The choices that the object was made with, as scikit-learn asks for them: there are none.
    #[pyo3(signature = (deep=true))]
    fn get_params<'py>(&self, py: Python<'py>, deep: bool) -> Bound<'py, PyDict> {
        let _ = deep;
        PyDict::new(py)
    }

    /// Changes these choices; there are none.
    #[pyo3(signature = (**params))]
    fn set_params<'py>(slf: Bound<'py, Self>, params: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, Self>> {
        no_params("GammaGamma", params)?;
        Ok(slf)
    }

    /// For pickle, with the JSON text of :meth:`save`.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>, Option<String>)> {
        let model = slf.borrow().fitted.clone().map(SavedModel::from);
        let state = model.as_ref().map(SavedModel::to_json).transpose().or_raise()?;
        Ok((slf.get_type(), PyTuple::empty(slf.py()), state))
    }

    fn __setstate__(&mut self, state: &str) -> PyResult<()> {
        match SavedModel::from_json(state).or_raise()? {
            SavedModel::GammaGamma(model) => self.fitted = Some(model),
            _ => return Err(CpmError::new_err("the pickled state is not that of a GammaGamma")),
        }
        Ok(())
    }

    fn __repr__(&self) -> String {
        self.fitted.as_ref().map_or_else(|| "GammaGamma()".to_owned(), |m| repr("GammaGamma", &m.parameters()))
    }
}
