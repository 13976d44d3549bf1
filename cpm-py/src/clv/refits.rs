//! `cpm.bootstrap` and `cpm.profile_interval`.

use cpm_core::clv::{
    AnyContractualModel, AnyPurchaseModel, Bootstrap as CoreBootstrap, BootstrapOptions, Estimate as CoreEstimate,
    ProfileOptions, ShiftedBetaGeometricWithCovariates, WithCovariates, contract_bootstrap,
    contract_covariate_bootstrap, contract_covariate_profile_interval, contract_profile_interval, covariate_bootstrap,
    covariate_profile_interval, spend_bootstrap, spend_profile_interval,
};
use cpm_core::{BgNbd, GammaGamma, MbgNbd, ParetoNbd, SavedModel};
use pyo3::prelude::*;

use super::asked::{Asked, Data, weights_of};
use super::{Estimate, to_python};
use crate::arrays::count;
use crate::error::OrRaise;
use crate::table::Table;

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
    ContractCovariates(CoreBootstrap<ShiftedBetaGeometricWithCovariates>),
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
            Refits::ContractCovariates($bootstrap) => $of,
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
            Refits::ContractCovariates(_) => "sBG",
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
/// model : str, PurchaseModel, CovariateModel, GammaGamma, ContractualModel or ShiftedBetaGeometricWithCovariates
///     A name such as ``"bg_nbd"`` or ``"gamma_gamma"``, a class, or a model; a :class:`CovariateModel`, fitted or not, for one with
///     covariates, which the customers then bring along; for renewals :class:`ShiftedBetaGeometric` or
///     :class:`BetaDiscreteWeibull` (``"shifted_beta_geometric"``, ``"beta_discrete_weibull"``), or, with covariates,
///     :class:`ShiftedBetaGeometricWithCovariates`.
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
///     customers are drawn as the weights add up to. :class:`Renewals` bring theirs along.
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
    if let Some(weights) = weights_of(weights)? {
        options = options.weights(&weights);
    }
    if let Some(k) = k.or_else(|| k_of(model).filter(|(_, chosen)| !chosen).map(|(k, _)| k)) {
        options = options.k(k);
    }
    let asked = Asked::of(model, &customers)?;
    let inner = py.detach(|| {
        Ok(match asked {
            Asked::Purchases(kind, customers) => {
                Refits::Purchases(cpm_core::clv::bootstrap(kind, customers, &options)?)
            }
            Asked::Spend(customers) => Refits::Spend(spend_bootstrap(customers, &options)?),
            Asked::Contracts(kind, renewals) => Refits::Contracts(contract_bootstrap(kind, renewals, &options)?),
            Asked::ContractCovariates(choices, customers) => {
                Refits::ContractCovariates(contract_covariate_bootstrap(customers, &choices, &options)?)
            }
            Asked::Covariates("mbg_nbd", choices, customers) => {
                Refits::MbgNbdCovariates(covariate_bootstrap(customers, &choices, &options)?)
            }
            Asked::Covariates("pareto_nbd", choices, customers) => {
                Refits::ParetoNbdCovariates(covariate_bootstrap(customers, &choices, &options)?)
            }
            Asked::Covariates(_, choices, customers) => {
                Refits::BgNbdCovariates(covariate_bootstrap(customers, &choices, &options)?)
            }
        })
    });
    Ok(Bootstrap { inner: inner.or_raise()? })
}

/// Interval of one parameter by profile likelihood.
///
/// The values at which the likelihood, maximised over all other parameters, is not significantly below its maximum. Unlike
/// a symmetric interval it follows the likelihood where that is lopsided. An end that the data leave open is 0 or infinity.
///
/// Parameters
/// ----------
/// model : str, PurchaseModel, CovariateModel, GammaGamma, ContractualModel or ShiftedBetaGeometricWithCovariates
///     A name such as ``"bg_nbd"`` or ``"gamma_gamma"``, a class, or a model; a :class:`CovariateModel`, fitted or not, for one with
///     covariates, which the customers then bring along; for renewals :class:`ShiftedBetaGeometric` or
///     :class:`BetaDiscreteWeibull` (``"shifted_beta_geometric"``, ``"beta_discrete_weibull"``), or, with covariates,
///     :class:`ShiftedBetaGeometricWithCovariates`.
/// customers : CustomerSummary, Renewals or OpportunityHistories
/// parameter : str
///     Its name; of a model with covariates also that of a coefficient, such as ``"purchase:channel"``. With a penalty it is the
///     penalised likelihood.
/// level : float
///     Probability that the interval holds.
/// k : int, optional
///     Of BG/CNBD-k and MBG/CNBD-k, at which the interval is taken: by default that of ``model`` if it is one that has it, or else the
///     one that the fit chooses.
/// weights : array-like, optional
///     How often each row of the summary counts. Zero leaves a row out. :class:`Renewals` bring theirs along.
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
    let mut options = ProfileOptions::new().level(level);
    if let Some(weights) = weights_of(weights)? {
        options = options.weights(&weights);
    }
    if let Some(k) = held_k(model, k) {
        options = options.k(k);
    }
    let asked = Asked::of(model, &customers)?;
    py.detach(|| match asked {
        Asked::Purchases(kind, customers) => cpm_core::clv::profile_interval(kind, customers, parameter, &options),
        Asked::Spend(customers) => spend_profile_interval(customers, parameter, &options),
        Asked::Contracts(kind, renewals) => contract_profile_interval(kind, renewals, parameter, &options),
        Asked::ContractCovariates(choices, customers) => {
            contract_covariate_profile_interval(customers, &choices, parameter, &options)
        }
        Asked::Covariates("mbg_nbd", choices, customers) => {
            covariate_profile_interval::<MbgNbd>(customers, &choices, parameter, &options)
        }
        Asked::Covariates("pareto_nbd", choices, customers) => {
            covariate_profile_interval::<ParetoNbd>(customers, &choices, parameter, &options)
        }
        Asked::Covariates(_, choices, customers) => {
            covariate_profile_interval::<BgNbd>(customers, &choices, parameter, &options)
        }
    })
    .or_raise()
    .map(Into::into)
}
