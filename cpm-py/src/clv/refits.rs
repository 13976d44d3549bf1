//! `cpm.bootstrap` and `cpm.profile_interval`, and how models are named.

use cpm_core::SavedModel;
use cpm_core::clv::{AnyPurchaseModel, BootstrapOptions, Estimate as CoreEstimate, PurchaseModelKind};
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::{Estimate, PurchaseModel, to_python};
use crate::argument::Argument;
use crate::arrays::count;
use crate::error::{CpmError, OrRaise};
use crate::summary::CustomerSummary;
use crate::table::Table;

/// A model's name, its class, or a model of it.
pub(super) fn kind_of(model: &Bound<'_, PyAny>) -> PyResult<PurchaseModelKind> {
    if let Ok(name) = model.extract::<String>() {
        return name.parse().or_raise();
    }
    let class = match model.cast::<PyType>() {
        Ok(class) => class.clone(),
        Err(_) => model.get_type(),
    };
    if !class.is_subclass_of::<PurchaseModel>()? {
        let message =
            format!("model is a {}; give a purchase model, its class or its name, such as \"bg_nbd\"", class.name()?);
        return Err(CpmError::new_err(message));
    }
    // BgNbd is bg_nbd and GGompertzNbd ggompertz_nbd: an underscore between a small letter and a capital.
    let mut name = String::new();
    let mut after_small = false;
    for letter in class.name()?.to_string().chars() {
        if letter.is_uppercase() && after_small {
            name.push('_');
        }
        after_small = letter.is_lowercase();
        name.extend(letter.to_lowercase());
    }
    name.parse().or_raise()
}

/// A model as a Python object.
pub(super) fn object(py: Python<'_>, model: &AnyPurchaseModel) -> PyResult<Py<PyAny>> {
    to_python(py, SavedModel::from(model.clone()))
}

/// The values of a Python function at models, one after the other: it needs the interpreter.
pub(super) fn values_at(
    py: Python<'_>,
    models: &[AnyPurchaseModel],
    function: &Bound<'_, PyAny>,
) -> PyResult<Vec<f64>> {
    models.iter().map(|model| function.call1((object(py, model)?,))?.extract()).collect()
}

/// A model refitted to resampled customers; see :func:`bootstrap`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> boot = cpm.bootstrap("bg_nbd", customers, replicates=40, seed=1)
/// >>> len(boot), boot.failed, boot.parameters().columns
/// (40, 0, ['parameter', 'value', 'standard_error', 'low', 'high'])
/// >>> new = boot.estimate(lambda model: model.expected_purchases_new_customer(52))
/// >>> new.low < new.value < new.high
/// True
#[pyclass(module = "cpm", frozen)]
pub(crate) struct Bootstrap {
    inner: cpm_core::clv::Bootstrap,
}

#[pymethods]
impl Bootstrap {
    /// The model fitted to the customers as they are.
    #[getter]
    fn model(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        object(py, self.inner.model())
    }

    /// The models fitted to resampled customers.
    #[getter]
    fn replicates(&self, py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
        self.inner.replicates().iter().map(|model| object(py, model)).collect()
    }

    /// Refits that failed and were left out.
    #[getter]
    fn failed(&self) -> usize {
        self.inner.failed()
    }

    /// One row per parameter: value, standard error, and percentile interval.
    #[pyo3(signature = (level=0.95))]
    fn parameters(&self, level: f64) -> PyResult<Table> {
        self.inner.parameters_table(level).or_raise().map(Into::into)
    }

    /// Anything that a model says, with its percentile interval over the refits.
    ///
    /// Parameters
    /// ----------
    /// function : callable
    ///     From a model to a number.
    /// level : float
    ///     Probability that the interval holds.
    #[pyo3(signature = (function, level=0.95))]
    fn estimate(&self, py: Python<'_>, function: &Bound<'_, PyAny>, level: f64) -> PyResult<Estimate> {
        let values = values_at(py, self.inner.replicates(), function)?;
        let value = function.call1((object(py, self.inner.model())?,))?.extract()?;
        let of_draws = CoreEstimate::of_draws(&values, level).or_raise()?;
        Ok(CoreEstimate { value, ..of_draws }.into())
    }

    fn __len__(&self) -> usize {
        self.inner.replicates().len()
    }

    fn __repr__(&self) -> String {
        let name = self.inner.model().kind().name();
        format!("Bootstrap({name}, replicates={}, failed={})", self.inner.replicates().len(), self.inner.failed())
    }
}

/// Fits a model to the customers and to resamples of them.
///
/// What its estimates, and anything computed from them, would be with other customers of the same kind (Efron 1979). Drawing how
/// often each distinct history occurs is the same as drawing customers, and costs what the distinct histories cost.
///
/// Parameters
/// ----------
/// model : str or PurchaseModel
///     A name such as ``"bg_nbd"``, a class, or a model.
/// customers : CustomerSummary
/// replicates : int
///     How many resamples are refitted.
/// seed : int
///     The same seed gives the same resamples.
///
/// Returns
/// -------
/// Bootstrap
///
/// Raises
/// ------
/// FitError
///     If the model cannot be fitted, or more than a tenth of the refits fail.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> cpm.bootstrap(cpm.Nbd, customers, replicates=20)
/// Bootstrap(NBD, replicates=20, failed=0)
#[pyfunction]
#[pyo3(signature = (model, customers, replicates=400, seed=0))]
pub(crate) fn bootstrap(
    py: Python<'_>,
    model: &Bound<'_, PyAny>,
    customers: Argument<'_, CustomerSummary>,
    replicates: i64,
    seed: u64,
) -> PyResult<Bootstrap> {
    let kind = kind_of(model)?;
    let options = BootstrapOptions::new().replicates(count("replicates", replicates)? as usize).seed(seed);
    let inner = py.detach(|| cpm_core::clv::bootstrap(kind, &customers.inner, &options)).or_raise()?;
    Ok(Bootstrap { inner })
}

/// Interval of one parameter by profile likelihood.
///
/// The values at which the likelihood, maximised over all other parameters, is not significantly below its maximum. Unlike
/// a symmetric interval it follows the likelihood where that is lopsided. An end that the data leave open is 0 or infinity.
///
/// Parameters
/// ----------
/// model : str or PurchaseModel
///     A name such as ``"bg_nbd"``, a class, or a model.
/// customers : CustomerSummary
/// parameter : str
///     Its name.
/// level : float
///     Probability that the interval holds.
///
/// Returns
/// -------
/// Estimate
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> a = cpm.profile_interval("bg_nbd", customers, "a")
/// >>> round(a.value, 2), round(a.low, 2), round(a.high, 2)
/// (0.79, 0.52, 1.32)
#[pyfunction]
#[pyo3(signature = (model, customers, parameter, level=0.95))]
pub(crate) fn profile_interval(
    py: Python<'_>,
    model: &Bound<'_, PyAny>,
    customers: Argument<'_, CustomerSummary>,
    parameter: &str,
    level: f64,
) -> PyResult<Estimate> {
    let kind = kind_of(model)?;
    py.detach(|| cpm_core::clv::profile_interval(kind, &customers.inner, parameter, level)).or_raise().map(Into::into)
}
