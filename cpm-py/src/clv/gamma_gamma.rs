//! `cpm.GammaGamma`: spend per purchase.

use cpm_core::SavedModel;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{Model, fit_options, not_fitted, to_python};
use crate::argument::Argument;
use crate::error::OrRaise;
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
#[pyclass(module = "cpm", extends = Model)]
pub(crate) struct GammaGamma;

impl GammaGamma {
    /// The fitted model, or the error that says how to get one.
    pub(crate) fn model<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<&'a cpm_core::GammaGamma> {
        match Model::saved(slf.as_super())? {
            SavedModel::GammaGamma(model) => Ok(model),
            _ => Err(not_fitted("GammaGamma")),
        }
    }
}

#[pymethods]
impl GammaGamma {
    #[new]
    fn new(py: Python<'_>) -> PyClassInitializer<Self> {
        Model::base(py, None).add_subclass(Self)
    }

    /// The model at given parameters, without uncertainty.
    ///
    /// Parameters without a unit are from 1e-6 to 1e8, those in units of money from 1e-20 to 1e25: wider than any fit.
    ///
    /// Raises
    /// ------
    /// FitError
    ///     For q <= 1, where the mean spend of the population is infinite.
    #[staticmethod]
    #[pyo3(signature = (*, p, q, v))]
    fn from_params(py: Python<'_>, p: f64, q: f64, v: f64) -> PyResult<Py<PyAny>> {
        to_python(py, cpm_core::GammaGamma::from_params(p, q, v).or_raise()?.into())
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
    /// mean_sigma : float, optional
    ///     For amounts whose largest ones dominate, so that the fitted q is near or below 1: the fit then has q > 1 whatever the
    ///     data, with a prior of the population's mean spend whose logarithm is normal around that of the observed mean amount,
    ///     with this standard deviation. 0.25 says: within a factor of 1.6 with 95 %.
    /// priors : dict of Prior, optional
    ///     Priors by the name of the parameter: the fit then maximises the posterior density (MAP).
    /// penalty : float
    ///     Weight of a penalty on the squared logarithms of the parameters, relative to 1 or to the mean time of the data.
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
    #[pyo3(signature = (customers, weights=None, start=None, max_iterations=None, mean_sigma=None, priors=None, penalty=0.0))]
    #[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        customers: Argument<'_, CustomerSummary>,
        weights: Option<&Bound<'py, PyAny>>,
        start: Option<&Bound<'py, PyAny>>,
        max_iterations: Option<usize>,
        mean_sigma: Option<f64>,
        priors: Option<&Bound<'py, PyDict>>,
        penalty: f64,
    ) -> PyResult<Bound<'py, Self>> {
        let options = fit_options(weights, start, max_iterations, priors, penalty)?;
        let model = slf
            .py()
            .detach(|| match mean_sigma {
                Some(sigma) => cpm_core::GammaGamma::fit_regularised(&customers.inner, sigma, &options),
                None => cpm_core::GammaGamma::fit(&customers.inner, &options),
            })
            .or_raise()?;
        Model::set(slf.as_super(), model);
        Ok(slf)
    }

    /// Repeat buyers left out of the fit because their monetary value is 0.
    #[getter]
    fn excluded(slf: PyRef<'_, Self>) -> PyResult<u64> {
        Ok(Self::model(&slf)?.excluded())
    }

    /// Mean spend per purchase of the population, p·v/(q - 1).
    #[getter]
    fn population_mean(slf: PyRef<'_, Self>) -> PyResult<f64> {
        Ok(Self::model(&slf)?.population_mean())
    }

    /// Expected spend per purchase of each customer, in money. Customers without repeat purchase get the mean of
    /// the population.
    ///
    /// Raises
    /// ------
    /// FitError
    ///     If the summary has no monetary values.
    fn expected_spend<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: Argument<'_, CustomerSummary>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::model(&slf)?;
        Ok(PyArray1::from_vec(py, py.detach(|| model.expected_spend(&customers.inner)).or_raise()?))
    }

    /// Log-likelihood of each customer; 0 for those who are no part of it: without repeat purchase or amount.
    fn log_likelihood_per_customer<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: Argument<'_, CustomerSummary>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::model(&slf)?;
        Ok(PyArray1::from_vec(py, py.detach(|| model.log_likelihood_per_customer(&customers.inner)).or_raise()?))
    }
}
