//! `cpm.bootstrap` and `cpm.profile_interval`, and how models are named.

use cpm_core::SavedModel;
use cpm_core::clv::{BootstrapOptions, Estimate as CoreEstimate, ProfileOptions, PurchaseModelKind, Refitted};
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::posterior_draws::is_gamma_gamma;
use super::{Estimate, PurchaseModel, to_python};
use crate::argument::Argument;
use crate::arrays::{count, floats};
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

/// The k of a model of regular purchases that has one, and whether its fit chose it. Asked of the object as its users would.
fn k_of(model: &Bound<'_, PyAny>) -> Option<(u32, bool)> {
    let k = model.getattr("k").ok()?.extract().ok()?;
    let chosen = model.getattr("convergence").ok()?.getattr("chosen").and_then(|chosen| chosen.extract::<usize>());
    Some((k, chosen.is_ok_and(|chosen| chosen > 0)))
}

/// The k that is to be held: the given one, or else that of the model.
pub(super) fn held_k(model: &Bound<'_, PyAny>, given: Option<u32>) -> Option<u32> {
    given.or_else(|| k_of(model).map(|(k, _)| k))
}

/// A model refitted to resampled customers, of one kind or another.
enum Refits {
    Purchases(cpm_core::clv::Bootstrap),
    Spend(cpm_core::clv::Bootstrap<cpm_core::GammaGamma>),
}

/// `$of` of the refits, whatever they are of.
macro_rules! each {
    ($refits:expr, $bootstrap:ident => $of:expr) => {
        match $refits {
            Refits::Purchases($bootstrap) => $of,
            Refits::Spend($bootstrap) => $of,
        }
    };
}

impl Refits {
    fn model(&self) -> SavedModel {
        each!(self, b => b.model().clone().into())
    }

    fn replicates(&self) -> Vec<SavedModel> {
        each!(self, b => b.replicates().iter().cloned().map(SavedModel::from).collect())
    }
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
    inner: Refits,
}

#[pymethods]
impl Bootstrap {
    /// The model fitted to the customers as they are.
    #[getter]
    fn model(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        to_python(py, self.inner.model())
    }

    /// The models fitted to resampled customers.
    #[getter]
    fn replicates(&self, py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
        self.inner.replicates().into_iter().map(|model| to_python(py, model)).collect()
    }

    /// Refits that failed and were left out.
    #[getter]
    fn failed(&self) -> usize {
        each!(&self.inner, b => b.failed())
    }

    /// One row per parameter: value, standard error, and percentile interval.
    #[pyo3(signature = (level=0.95))]
    fn parameters(&self, level: f64) -> PyResult<Table> {
        each!(&self.inner, b => b.parameters_table(level)).or_raise().map(Into::into)
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
        // One after the other: the function needs the interpreter.
        let value = |model| function.call1((to_python(py, model)?,))?.extract();
        let values = self.inner.replicates().into_iter().map(value).collect::<PyResult<Vec<f64>>>()?;
        let value = value(self.inner.model())?;
        let of_draws = CoreEstimate::of_draws(&values, level).or_raise()?;
        Ok(CoreEstimate { value, ..of_draws }.into())
    }

    fn __len__(&self) -> usize {
        each!(&self.inner, b => b.replicates().len())
    }

    fn __repr__(&self) -> String {
        let (name, refits) = each!(&self.inner, b => (b.model().title(), b.replicates().len()));
        format!("Bootstrap({name}, replicates={refits}, failed={})", self.failed())
    }
}

/// Fits a model to the customers and to resamples of them.
///
/// What its estimates, and anything computed from them, would be with other customers of the same kind (Efron 1979). Drawing how
/// often each distinct history occurs is the same as drawing customers, and costs what the distinct histories cost.
///
/// Parameters
/// ----------
/// model : str, PurchaseModel or GammaGamma
///     A name such as ``"bg_nbd"`` or ``"gamma_gamma"``, a class, or a model.
/// customers : CustomerSummary
/// replicates : int
///     How many resamples are refitted.
/// seed : int
///     The same seed gives the same resamples.
/// k : int, optional
///     Of BG/CNBD-k and MBG/CNBD-k: held at this value in all refits. By default it is chosen again for every resample, or held where
///     ``model`` is one whose k was given. Each refit's is in ``[m.k for m in boot.replicates]``.
/// weights : array-like, optional
///     How often each row of the summary counts: a row of weight w is w customers, each of whom may be drawn or not. As many
///     customers are drawn as the weights add up to.
///
/// Returns
/// -------
/// Bootstrap
///
/// Raises
/// ------
/// FitError
///     If the model cannot be fitted, or more than a tenth of the refits fail. A refit of Gamma-Gamma with q <= 1 is one of these.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> cpm.bootstrap(cpm.Nbd, customers, replicates=20)
/// Bootstrap(NBD, replicates=20, failed=0)
/// >>> spend = cpm.bootstrap("gamma_gamma", customers, replicates=20)
/// >>> mean = spend.estimate(lambda model: model.population_mean)
/// >>> mean.low < 35.3 < mean.high
/// True
#[pyfunction]
#[pyo3(signature = (model, customers, replicates=400, seed=0, k=None, weights=None))]
pub(crate) fn bootstrap(
    py: Python<'_>,
    model: &Bound<'_, PyAny>,
    customers: Argument<'_, CustomerSummary>,
    replicates: i64,
    seed: u64,
    k: Option<u32>,
    weights: Option<&Bound<'_, PyAny>>,
) -> PyResult<Bootstrap> {
    let mut options = BootstrapOptions::new().replicates(count("replicates", replicates)? as usize).seed(seed);
    if let Some(weights) = weights {
        options = options.weights(floats("weights", weights)?.as_slice()?);
    }
    if let Some(k) = k.or_else(|| k_of(model).filter(|(_, chosen)| !chosen).map(|(k, _)| k)) {
        options = options.k(k);
    }
    let customers = &customers.inner;
    let inner = if is_gamma_gamma(model)? {
        Refits::Spend(py.detach(|| cpm_core::clv::spend_bootstrap(customers, &options)).or_raise()?)
    } else {
        let kind = kind_of(model)?;
        Refits::Purchases(py.detach(|| cpm_core::clv::bootstrap(kind, customers, &options)).or_raise()?)
    };
    Ok(Bootstrap { inner })
}

/// Interval of one parameter by profile likelihood.
///
/// The values at which the likelihood, maximised over all other parameters, is not significantly below its maximum. Unlike
/// a symmetric interval it follows the likelihood where that is lopsided. An end that the data leave open is 0 or infinity.
///
/// Parameters
/// ----------
/// model : str, PurchaseModel or GammaGamma
///     A name such as ``"bg_nbd"`` or ``"gamma_gamma"``, a class, or a model.
/// customers : CustomerSummary
/// parameter : str
///     Its name.
/// level : float
///     Probability that the interval holds.
/// k : int, optional
///     Of BG/CNBD-k and MBG/CNBD-k, at which the interval is taken: by default that of ``model`` if it is one that has it, or else the
///     one that the fit chooses.
/// weights : array-like, optional
///     How often each row of the summary counts. Zero leaves a row out.
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
#[pyo3(signature = (model, customers, parameter, level=0.95, k=None, weights=None))]
pub(crate) fn profile_interval(
    py: Python<'_>,
    model: &Bound<'_, PyAny>,
    customers: Argument<'_, CustomerSummary>,
    parameter: &str,
    level: f64,
    k: Option<u32>,
    weights: Option<&Bound<'_, PyAny>>,
) -> PyResult<Estimate> {
    let mut options = ProfileOptions::new().level(level);
    if let Some(weights) = weights {
        options = options.weights(floats("weights", weights)?.as_slice()?);
    }
    if let Some(k) = held_k(model, k) {
        options = options.k(k);
    }
    let customers = &customers.inner;
    if is_gamma_gamma(model)? {
        let found = py.detach(|| cpm_core::clv::spend_profile_interval(customers, parameter, &options));
        return found.or_raise().map(Into::into);
    }
    let kind = kind_of(model)?;
    py.detach(|| cpm_core::clv::profile_interval(kind, customers, parameter, &options)).or_raise().map(Into::into)
}
