//! `cpm.bootstrap` and `cpm.profile_interval`, and how models are named.

use cpm_core::SavedModel;
use cpm_core::clv::{
    AnyContractualModel, AnyPurchaseModel, Bootstrap as CoreBootstrap, BootstrapOptions, Estimate as CoreEstimate,
    ProfileOptions, PurchaseModelKind, WithCovariates, contract_bootstrap, contract_profile_interval,
    covariate_bootstrap, covariate_profile_interval, spend_bootstrap, spend_profile_interval,
};
use cpm_core::{BgNbd, GammaGamma, MbgNbd, ParetoNbd};
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::contract_refits::{Data, contract_kind_of};
use super::posterior_draws::is_gamma_gamma;
use super::{ContractualModel, CovariateModel, Estimate, PurchaseModel, to_python};
use crate::arrays::{count, floats};
use crate::error::{CpmError, OrRaise};
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
    if class.is_subclass_of::<ContractualModel>()? {
        let message = format!("{} is a model of renewals: give Renewals in the place of customers", class.name()?);
        return Err(CpmError::new_err(message));
    }
    if !class.is_subclass_of::<PurchaseModel>()? {
        let message =
            format!("model is a {}; give a purchase model, its class or its name, such as \"bg_nbd\"", class.name()?);
        return Err(CpmError::new_err(message));
    }
    key_of_class(&class)?.parse().or_raise()
}

/// BgNbd is bg_nbd and GGompertzNbd ggompertz_nbd: an underscore between a small letter and a capital.
pub(super) fn key_of_class(class: &Bound<'_, PyType>) -> PyResult<String> {
    let mut name = String::new();
    let mut after_small = false;
    for letter in class.name()?.to_string().chars() {
        if letter.is_uppercase() && after_small {
            name.push('_');
        }
        after_small = letter.is_lowercase();
        name.extend(letter.to_lowercase());
    }
    Ok(name)
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

/// What only models of customers without covariates take: it is refused, not ignored.
pub(super) fn no_k_or_weights(k: Option<u32>, weights: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    if k.is_none() && weights.is_none() {
        return Ok(());
    }
    let name = if k.is_some() { "k" } else { "weights" };
    Err(CpmError::new_err(format!("{name} is for purchase models without covariates: leave it out")))
}

/// A model as a Python object.
pub(super) fn object<M: Clone + Into<SavedModel>>(py: Python<'_>, model: &M) -> PyResult<Py<PyAny>> {
    to_python(py, model.clone().into())
}

/// The values of a Python function at models, one after the other: it needs the interpreter.
pub(super) fn values_at<M: Clone + Into<SavedModel>>(
    py: Python<'_>,
    models: &[M],
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
    inner: Refits,
}

/// Refits of one kind of model or another.
enum Refits {
    Purchases(CoreBootstrap<AnyPurchaseModel>),
    Spend(CoreBootstrap<GammaGamma>),
    Contracts(CoreBootstrap<AnyContractualModel>),
    BgNbdCovariates(CoreBootstrap<WithCovariates<BgNbd>>),
    MbgNbdCovariates(CoreBootstrap<WithCovariates<MbgNbd>>),
    ParetoNbdCovariates(CoreBootstrap<WithCovariates<ParetoNbd>>),
}

/// `$of` of the refits, whatever they are of.
macro_rules! each {
    ($refits:expr, $bootstrap:ident => $of:expr) => {
        match $refits {
            Refits::Purchases($bootstrap) => $of,
            Refits::Spend($bootstrap) => $of,
            Refits::Contracts($bootstrap) => $of,
            Refits::BgNbdCovariates($bootstrap) => $of,
            Refits::MbgNbdCovariates($bootstrap) => $of,
            Refits::ParetoNbdCovariates($bootstrap) => $of,
        }
    };
}

#[pymethods]
impl Bootstrap {
    /// The model fitted to the customers as they are.
    #[getter]
    fn model(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        each!(&self.inner, b => object(py, b.model()))
    }

    /// The models fitted to resampled customers.
    #[getter]
    fn replicates(&self, py: Python<'_>) -> PyResult<Vec<Py<PyAny>>> {
        each!(&self.inner, b => b.replicates().iter().map(|model| object(py, model)).collect())
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
        let values = each!(&self.inner, b => values_at(py, b.replicates(), function))?;
        let value = function.call1((self.model(py)?,))?.extract()?;
        let of_draws = CoreEstimate::of_draws(&values, level).or_raise()?;
        Ok(CoreEstimate { value, ..of_draws }.into())
    }

    fn __len__(&self) -> usize {
        each!(&self.inner, b => b.replicates().len())
    }

    fn __repr__(&self) -> String {
        let name = match &self.inner {
            Refits::Purchases(b) => b.model().kind().name(),
            Refits::Spend(_) => "Gamma-Gamma",
            Refits::Contracts(b) => b.model().kind().name(),
            Refits::BgNbdCovariates(_) => "BG/NBD",
            Refits::MbgNbdCovariates(_) => "MBG/NBD",
            Refits::ParetoNbdCovariates(_) => "Pareto/NBD",
        };
        format!("Bootstrap({name}, replicates={}, failed={})", self.__len__(), self.failed())
    }
}

/// Fits a model to the customers and to resamples of them.
///
/// What its estimates, and anything computed from them, would be with other customers of the same kind (Efron 1979). Drawing how
/// often each distinct history occurs is the same as drawing customers, and costs what the distinct histories cost.
///
/// Parameters
/// ----------
/// model : str, PurchaseModel, CovariateModel, GammaGamma or ContractualModel
///     A name such as ``"bg_nbd"`` or ``"gamma_gamma"``, a class, or a model; a :class:`CovariateModel`, fitted or not, for one with
///     covariates, which the customers then bring along; for renewals :class:`ShiftedBetaGeometric` or
///     :class:`BetaDiscreteWeibull` (``"shifted_beta_geometric"``, ``"beta_discrete_weibull"``).
/// customers : CustomerSummary, Renewals or OpportunityHistories
///     Of :class:`Renewals` customers are resampled with the renewals they made and the way their observation ended.
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
/// >>> renewals = cpm.Renewals.from_cohorts([[1000, 869, 743, 653, 593]])
/// >>> boot = cpm.bootstrap(cpm.ShiftedBetaGeometric, renewals, replicates=100, seed=1)
/// >>> survival = boot.estimate(lambda model: model.survival(8).value)
/// >>> survival.low < survival.value < survival.high
/// True
#[pyfunction]
#[pyo3(signature = (model, customers, replicates=400, seed=0, k=None, weights=None))]
pub(crate) fn bootstrap(
    py: Python<'_>,
    model: &Bound<'_, PyAny>,
    customers: Data<'_>,
    replicates: i64,
    seed: u64,
    k: Option<u32>,
    weights: Option<&Bound<'_, PyAny>>,
) -> PyResult<Bootstrap> {
    let mut options = BootstrapOptions::new().replicates(count("replicates", replicates)? as usize).seed(seed);
    if matches!(customers, Data::Renewals(_)) || model.is_instance_of::<CovariateModel>() {
        no_k_or_weights(k, weights)?;
    }
    if let Some(weights) = weights {
        options = options.weights(floats("weights", weights)?.as_slice()?);
    }
    let customers = match &customers {
        Data::Purchases(customers) => &customers.inner,
        Data::Opportunities(customers) => customers,
        Data::Renewals(renewals) => {
            let kind = contract_kind_of(model)?;
            let inner = py.detach(|| contract_bootstrap(kind, &renewals.inner, &options)).or_raise()?;
            return Ok(Bootstrap { inner: Refits::Contracts(inner) });
        }
    };
    if let Ok(model) = model.cast::<CovariateModel>() {
        let (base, covariates) = CovariateModel::choices(model)?;
        let inner = py.detach(|| {
            Ok(match base {
                "mbg_nbd" => Refits::MbgNbdCovariates(covariate_bootstrap(customers, &covariates, &options)?),
                "pareto_nbd" => Refits::ParetoNbdCovariates(covariate_bootstrap(customers, &covariates, &options)?),
                _ => Refits::BgNbdCovariates(covariate_bootstrap(customers, &covariates, &options)?),
            })
        });
        return Ok(Bootstrap { inner: inner.or_raise()? });
    }
    if is_gamma_gamma(model)? {
        let inner = py.detach(|| spend_bootstrap(customers, &options)).or_raise()?;
        return Ok(Bootstrap { inner: Refits::Spend(inner) });
    }
    let kind = kind_of(model)?;
    if let Some(k) = k.or_else(|| k_of(model).filter(|(_, chosen)| !chosen).map(|(k, _)| k)) {
        options = options.k(k);
    }
    let inner = py.detach(|| cpm_core::clv::bootstrap(kind, customers, &options)).or_raise()?;
    Ok(Bootstrap { inner: Refits::Purchases(inner) })
}

/// Interval of one parameter by profile likelihood.
///
/// The values at which the likelihood, maximised over all other parameters, is not significantly below its maximum. Unlike
/// a symmetric interval it follows the likelihood where that is lopsided. An end that the data leave open is 0 or infinity.
///
/// Parameters
/// ----------
/// model : str, PurchaseModel, CovariateModel, GammaGamma or ContractualModel
///     A name such as ``"bg_nbd"`` or ``"gamma_gamma"``, a class, or a model; a :class:`CovariateModel`, fitted or not, for one with
///     covariates, which the customers then bring along; for renewals :class:`ShiftedBetaGeometric` or
///     :class:`BetaDiscreteWeibull` (``"shifted_beta_geometric"``, ``"beta_discrete_weibull"``).
/// customers : CustomerSummary, Renewals or OpportunityHistories
/// parameter : str
///     Its name; of a :class:`CovariateModel` also that of a coefficient, such as ``"purchase:channel"``. With a penalty it is the
///     penalised likelihood.
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
/// >>> # Does the chance of leaving change with tenure? It does if 1 is outside.
/// >>> renewals = cpm.Renewals.from_cohorts([[1000, 869, 743, 653, 593, 551, 517, 491]])
/// >>> cpm.profile_interval("beta_discrete_weibull", renewals, "c").low > 1
/// True
#[pyfunction]
#[pyo3(signature = (model, customers, parameter, level=0.95, k=None, weights=None))]
pub(crate) fn profile_interval(
    py: Python<'_>,
    model: &Bound<'_, PyAny>,
    customers: Data<'_>,
    parameter: &str,
    level: f64,
    k: Option<u32>,
    weights: Option<&Bound<'_, PyAny>>,
) -> PyResult<Estimate> {
    if matches!(customers, Data::Renewals(_)) || model.is_instance_of::<CovariateModel>() {
        no_k_or_weights(k, weights)?;
    }
    let mut options = ProfileOptions::new().level(level);
    if let Some(weights) = weights {
        options = options.weights(floats("weights", weights)?.as_slice()?);
    }
    let customers = match &customers {
        Data::Purchases(customers) => &customers.inner,
        Data::Opportunities(customers) => customers,
        Data::Renewals(renewals) => {
            let kind = contract_kind_of(model)?;
            let profile = py.detach(|| contract_profile_interval(kind, &renewals.inner, parameter, level));
            return profile.or_raise().map(Into::into);
        }
    };
    if let Ok(model) = model.cast::<CovariateModel>() {
        let (base, covariates) = CovariateModel::choices(model)?;
        let profile = py.detach(|| match base {
            "mbg_nbd" => covariate_profile_interval::<MbgNbd>(customers, &covariates, parameter, level),
            "pareto_nbd" => covariate_profile_interval::<ParetoNbd>(customers, &covariates, parameter, level),
            _ => covariate_profile_interval::<BgNbd>(customers, &covariates, parameter, level),
        });
        return profile.or_raise().map(Into::into);
    }
    if let Some(k) = held_k(model, k) {
        options = options.k(k);
    }
    if is_gamma_gamma(model)? {
        let found = py.detach(|| spend_profile_interval(customers, parameter, &options));
        return found.or_raise().map(Into::into);
    }
    let kind = kind_of(model)?;
    py.detach(|| cpm_core::clv::profile_interval(kind, customers, parameter, &options)).or_raise().map(Into::into)
}
