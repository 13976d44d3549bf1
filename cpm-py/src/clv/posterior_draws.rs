//! `cpm.posterior`.

use std::path::PathBuf;

use cpm_core::SavedModel;
use cpm_core::clv::{
    AnyPosterior as Draws, ChainStatistics, DefaultPriors, Estimate as CoreEstimate, PosteriorOptions,
    contract_covariate_posterior, contract_posterior, covariate_posterior, spend_posterior,
};
use numpy::{PyArrayMethods, ToPyArray};
use pyo3::exceptions::PyImportError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::asked::{Asked, Data, weights_of};
use super::refits::held_k;
use super::totals::{PurchaseTotals, names_and_codes, to_python as totals_to_python};
use super::{Estimate, named_priors, to_python};
use crate::argument::Argument;
use crate::arrays::count;
use crate::error::{CpmError, OrRaise};
use crate::summary::CustomerSummary;
use crate::table::Table;

/// Draws from the posterior distribution of a model's parameters; see :func:`posterior`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> posterior = cpm.posterior("bg_nbd", customers, chains=2, warmup=200, draws=200, seed=1)
/// >>> posterior.draws["alpha"].shape, posterior.divergences
/// ((2, 200), 0)
/// >>> posterior.summary().columns
/// ['parameter', 'mean', 'sd', 'median', 'low', 'high', 'mcse', 'r_hat', 'ess_bulk', 'ess_tail']
/// >>> new = posterior.estimate(lambda model: model.expected_purchases_new_customer(52), draws=50)
/// >>> new.low < 1.45 < new.high
/// True
///
/// That of Gamma-Gamma has the spend instead:
///
/// >>> posterior = cpm.posterior("gamma_gamma", customers, chains=2, warmup=100, draws=100, seed=1)
/// >>> posterior.expected_spend(customers, draws=50).columns
/// ['customer_id', 'expected_spend', 'expected_spend_low', 'expected_spend_high']
#[pyclass(module = "cpm", frozen)]
pub(crate) struct Posterior {
    inner: Draws,
}

/// `$of` of the draws, whatever they are of.
macro_rules! each {
    ($draws:expr, $posterior:ident => $of:expr) => {
        match $draws {
            Draws::Purchases($posterior) => $of,
            Draws::Spend($posterior) => $of,
            Draws::Contracts($posterior) => $of,
            Draws::ContractCovariates($posterior) => $of,
            Draws::BgNbdCovariates($posterior) => $of,
            Draws::MbgNbdCovariates($posterior) => $of,
            Draws::ParetoNbdCovariates($posterior) => $of,
        }
    };
}

/// What posteriors of all models have.
struct Common<'a>(&'a Draws);

impl<'a> Common<'a> {
    fn model_name(&self) -> &'static str {
        each!(self.0, p => p.model_name())
    }

    fn names(&self) -> &'a [String] {
        each!(self.0, p => p.names())
    }

    fn parameter(&self, name: &str) -> cpm_core::Result<Vec<Vec<f64>>> {
        each!(self.0, p => p.parameter(name))
    }

    fn chains(&self) -> usize {
        each!(self.0, p => p.chains())
    }

    fn draws(&self) -> usize {
        each!(self.0, p => p.draws())
    }

    fn divergences(&self) -> usize {
        each!(self.0, p => p.divergences())
    }

    fn statistics(&self, chain: usize) -> cpm_core::Result<ChainStatistics<'a>> {
        each!(self.0, p => p.statistics(chain))
    }

    fn models(&self, count: usize) -> Vec<SavedModel> {
        each!(self.0, p => p.models(count).into_iter().map(SavedModel::from).collect())
    }
}

impl Posterior {
    fn common(&self) -> Common<'_> {
        Common(&self.inner)
    }

    /// One from a file, if it is one.
    fn of_saved(saved: SavedModel) -> PyResult<Self> {
        match saved {
            SavedModel::Posterior(draws) => Ok(Self { inner: *draws }),
            _ => Err(CpmError::new_err("the file is that of a model, not of a posterior: load_model reads it")),
        }
    }

    /// Why there are no purchases to ask for.
    fn without_purchases(&self) -> cpm_core::Error {
        let expected = match &self.inner {
            Draws::Spend(_) => "a model of spend says nothing of purchases; ask for expected_spend",
            _ => {
                "a model of renewals says nothing of purchases; ask with estimate, such as \
                 posterior.estimate(lambda model: model.survival(12).value)"
            }
        };
        let (value, expected) = (self.common().model_name().to_owned(), expected.to_owned());
        cpm_core::Error::InvalidArgument { name: "model", value, expected }
    }

    fn saved(&self) -> SavedModel {
        SavedModel::Posterior(Box::new(self.inner.clone()))
    }
}

/// A (chain, draw) array from one list per chain.
fn by_chain<'py, T: numpy::Element + Copy>(py: Python<'py>, chains: &[Vec<T>]) -> PyResult<Bound<'py, PyAny>> {
    let draws = chains.first().map_or(0, Vec::len);
    let array = chains.concat().to_pyarray(py);
    Ok(array.reshape([chains.len(), draws])?.into_any())
}

#[pymethods]
impl Posterior {
    /// Draws of each parameter, by name, as arrays of shape (chain, draw).
    #[getter]
    fn draws<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for name in self.common().names() {
            dict.set_item(name, by_chain(py, &self.common().parameter(name).or_raise()?)?)?;
        }
        Ok(dict)
    }

    /// How the sampler ran, under ArviZ's names, as arrays of shape (chain, draw).
    ///
    /// ``lp``, ``diverging``, ``tree_depth``, ``n_steps``, ``acceptance_rate``, ``energy`` and ``step_size``.
    #[getter]
    fn sample_stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let chains =
            (0..self.common().chains()).map(|c| self.common().statistics(c)).collect::<cpm_core::Result<Vec<_>>>();
        let chains = chains.or_raise()?;
        let dict = PyDict::new(py);
        let floats =
            |get: &dyn Fn(&ChainStatistics<'_>) -> Vec<f64>| by_chain(py, &chains.iter().map(get).collect::<Vec<_>>());
        dict.set_item("lp", floats(&|c| c.ln_posterior.to_vec())?)?;
        dict.set_item("diverging", by_chain(py, &chains.iter().map(|c| c.divergent.to_vec()).collect::<Vec<_>>())?)?;
        let whole =
            |get: &dyn Fn(&ChainStatistics<'_>) -> Vec<i64>| by_chain(py, &chains.iter().map(get).collect::<Vec<_>>());
        dict.set_item("tree_depth", whole(&|c| c.depth.iter().map(|d| i64::from(*d)).collect())?)?;
        dict.set_item("n_steps", whole(&|c| c.steps.iter().map(|d| i64::from(*d)).collect())?)?;
        dict.set_item("acceptance_rate", floats(&|c| c.acceptance.to_vec())?)?;
        dict.set_item("energy", floats(&|c| c.energy.to_vec())?)?;
        dict.set_item("step_size", floats(&|c| vec![c.step_size; c.energy.len()])?)?;
        Ok(dict)
    }

    /// ArviZ's data of :attr:`draws` and :attr:`sample_stats`: an ``arviz.InferenceData``, from ArviZ 1 on an
    /// ``xarray.DataTree``. Needs ArviZ.
    fn to_inference_data<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let groups = PyDict::new(py);
        groups.set_item("posterior", slf.get().draws(py)?)?;
        groups.set_item("sample_stats", slf.get().sample_stats(py)?)?;
        let arviz = py.import(intern!(py, "arviz")).map_err(|error| {
            let missing =
                PyImportError::new_err("to_inference_data needs ArviZ, which is not there: pip install arviz");
            missing.set_cause(py, Some(error));
            missing
        })?;
        let version: String = arviz.getattr(intern!(py, "__version__"))?.extract()?;
        // Since version 1 the groups are one argument.
        if version.starts_with("0.") {
            arviz.call_method("from_dict", (), Some(&groups))
        } else {
            arviz.call_method1("from_dict", (groups,))
        }
    }

    /// Draws whose trajectory diverged: any at all say that a corner of the posterior may not have been reached.
    #[getter]
    fn divergences(&self) -> usize {
        self.common().divergences()
    }

    /// What a reader of the draws should know; empty if all is well.
    #[getter]
    fn warnings(&self, py: Python<'_>) -> Vec<String> {
        py.detach(|| each!(&self.inner, p => p.warnings()))
    }

    /// One row per parameter: mean, standard deviation, median, central interval, Monte Carlo standard error of the mean,
    /// rank-normalised split R-hat, and effective numbers of draws for the centre and the tails.
    #[pyo3(signature = (level=0.95))]
    fn summary(&self, py: Python<'_>, level: f64) -> PyResult<Table> {
        py.detach(|| each!(&self.inner, p => p.summary_table(level))).or_raise().map(Into::into)
    }

    /// The models at ``count`` draws, spread evenly over all chains.
    #[pyo3(signature = (count=100))]
    fn models(&self, py: Python<'_>, count: i64) -> PyResult<Vec<Py<PyAny>>> {
        let count = crate::arrays::count("count", count)? as usize;
        self.common().models(count).into_iter().map(|model| to_python(py, model)).collect()
    }

    /// Anything that a model says: its posterior mean with the central interval of its posterior.
    ///
    /// Parameters
    /// ----------
    /// function : callable
    ///     From a model to a number.
    /// level : float
    ///     Probability that the interval holds.
    /// draws : int
    ///     How many, spread evenly over all chains.
    #[pyo3(signature = (function, level=0.95, draws=400))]
    fn estimate(&self, py: Python<'_>, function: &Bound<'_, PyAny>, level: f64, draws: i64) -> PyResult<Estimate> {
        let models = self.common().models(count("draws", draws)? as usize);
        // One after the other: the function needs the interpreter.
        let value = |model| function.call1((to_python(py, model)?,))?.extract();
        let values = models.into_iter().map(value).collect::<PyResult<Vec<f64>>>()?;
        CoreEstimate::of_draws(&values, level).or_raise().map(Into::into)
    }

    /// Scores of every customer: posterior means with central intervals, and the predictive interval of the purchases.
    ///
    /// Parameters
    /// ----------
    /// customers : CustomerSummary
    /// horizon : float
    ///     In time units of the summary.
    /// level : float
    ///     Probability that an interval holds.
    /// draws : int
    ///     How many, spread evenly over all chains. They are never held for all customers at once.
    ///
    /// Returns
    /// -------
    /// Table
    ///     With the columns of :meth:`PurchaseModel.predict`.
    #[pyo3(signature = (customers, horizon, level=0.95, draws=200))]
    fn predict(
        &self,
        py: Python<'_>,
        customers: Argument<'_, CustomerSummary>,
        horizon: f64,
        level: f64,
        draws: i64,
    ) -> PyResult<Table> {
        let draws = count("draws", draws)? as usize;
        let customers = &customers.inner;
        py.detach(|| match &self.inner {
            Draws::Purchases(p) => p.predict(customers, horizon, level, draws)?.to_table(),
            Draws::BgNbdCovariates(p) => p.predict(customers, horizon, level, draws)?.to_table(),
            Draws::MbgNbdCovariates(p) => p.predict(customers, horizon, level, draws)?.to_table(),
            Draws::ParetoNbdCovariates(p) => p.predict(customers, horizon, level, draws)?.to_table(),
            _ => Err(self.without_purchases()),
        })
        .or_raise()
        .map(Into::into)
    }

    /// How many purchases groups of customers, and all of them, make within a horizon, with prediction intervals:
    /// :func:`purchase_totals` with the uncertainty of the parameters that the draws show.
    ///
    /// Parameters
    /// ----------
    /// customers : CustomerSummary
    /// horizon : float
    ///     In time units of the summary.
    /// groups : array-like, optional
    ///     One label per customer. By default all customers are one group.
    /// level : float
    ///     Probability that an interval holds.
    /// draws : int
    ///     How many, spread evenly over all chains.
    ///
    /// Returns
    /// -------
    /// PurchaseTotals
    #[pyo3(signature = (customers, horizon, groups=None, level=0.95, draws=200))]
    fn purchase_totals<'py>(
        &self,
        py: Python<'py>,
        customers: Argument<'_, CustomerSummary>,
        horizon: f64,
        groups: Option<&Bound<'py, PyAny>>,
        level: f64,
        draws: i64,
    ) -> PyResult<Bound<'py, PurchaseTotals>> {
        let draws = count("draws", draws)? as usize;
        let customers = &customers.inner;
        let (names, codes) = names_and_codes(groups, customers.len())?;
        let totals = py.detach(|| match &self.inner {
            Draws::Purchases(p) => p.purchase_totals(customers, horizon, level, draws, &names, &codes),
            Draws::BgNbdCovariates(p) => p.purchase_totals(customers, horizon, level, draws, &names, &codes),
            Draws::MbgNbdCovariates(p) => p.purchase_totals(customers, horizon, level, draws, &names, &codes),
            Draws::ParetoNbdCovariates(p) => p.purchase_totals(customers, horizon, level, draws, &names, &codes),
            _ => Err(self.without_purchases()),
        });
        totals_to_python(py, totals.or_raise()?)
    }

    /// Expected spend per purchase of every customer, from a posterior of Gamma-Gamma.
    ///
    /// Parameters
    /// ----------
    /// customers : CustomerSummary
    ///     With monetary values.
    /// level : float
    ///     Probability that an interval holds.
    /// draws : int
    ///     How many, spread evenly over all chains. They are never held for all customers at once.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``customer_id``, ``expected_spend``, ``expected_spend_low`` and ``expected_spend_high``: posterior means with central
    ///     intervals.
    #[pyo3(signature = (customers, level=0.95, draws=200))]
    fn expected_spend(
        &self,
        py: Python<'_>,
        customers: Argument<'_, CustomerSummary>,
        level: f64,
        draws: i64,
    ) -> PyResult<Table> {
        let draws = count("draws", draws)? as usize;
        let Draws::Spend(posterior) = &self.inner else {
            let name = self.common().model_name();
            return Err(CpmError::new_err(format!("this is a posterior of {name}; spend is that of \"gamma_gamma\"")));
        };
        py.detach(|| posterior.expected_spend(&customers.inner, level, draws)).or_raise().map(Into::into)
    }

    /// Saves the draws as a JSON file, which :meth:`load` and the Rust crate read.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file; one that exists is overwritten.
    ///
    /// Examples
    /// --------
    /// >>> import cpm, tempfile, pathlib
    /// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
    /// >>> posterior = cpm.posterior("nbd", customers, chains=2, warmup=50, draws=20, seed=1)
    /// >>> with tempfile.TemporaryDirectory() as folder:
    /// ...     path = pathlib.Path(folder) / "posterior.json"
    /// ...     posterior.save(path)
    /// ...     again = cpm.Posterior.load(path)
    /// >>> bool((again.draws["r"] == posterior.draws["r"]).all())
    /// True
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.saved().save(path)).or_raise()
    }

    /// Draws that were saved, by Python or by Rust.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file.
    ///
    /// Returns
    /// -------
    /// Posterior
    ///
    /// Raises
    /// ------
    /// CpmError
    ///     If the file is not a saved posterior, contradicts itself, or was written by a newer version.
    /// OSError
    ///     If it cannot be read.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        Self::of_saved(py.detach(|| SavedModel::load(path)).or_raise()?)
    }

    /// For pickle, with the JSON text of :meth:`save`.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (String,))> {
        let own = slf.get();
        let text = slf.py().detach(|| own.saved().to_json()).or_raise()?;
        Ok((slf.get_type().getattr("_from_json")?, (text,)))
    }

    /// For pickling.
    #[staticmethod]
    fn _from_json(py: Python<'_>, text: &str) -> PyResult<Self> {
        Self::of_saved(py.detach(|| SavedModel::from_json(text)).or_raise()?)
    }

    fn __repr__(&self) -> String {
        let p = self.common();
        format!(
            "Posterior({}, chains={}, draws={}, divergences={})",
            p.model_name(),
            p.chains(),
            p.draws(),
            p.divergences()
        )
    }
}

/// Samples the posterior distribution of a model's parameters with the No-U-Turn Sampler.
///
/// The likelihood is that of the grouped histories: exact, and as fast as there are distinct ones. Unlike a fit, a posterior
/// exists for small and one-sided data too.
///
/// Parameters
/// ----------
/// model : str, PurchaseModel, CovariateModel, GammaGamma, ContractualModel or ShiftedBetaGeometricWithCovariates
///     A name such as ``"bg_nbd"``, a class, or a model; ``"gamma_gamma"`` for that of spend; a :class:`CovariateModel`, fitted or
///     not, for one with covariates, which the customers then bring along; for renewals :class:`ShiftedBetaGeometric` or
///     :class:`BetaDiscreteWeibull` (``"shifted_beta_geometric"``, ``"beta_discrete_weibull"``), or, with covariates,
///     :class:`ShiftedBetaGeometricWithCovariates`.
/// customers : CustomerSummary, Renewals or OpportunityHistories
/// priors : dict of Prior, optional
///     By the name of the parameter, on its natural scale; of the coefficient of a covariate :meth:`Prior.normal`.
/// default_priors : {"wide", "pymc-marketing"}
///     Of the parameters without one in ``priors``. Wide: log-normal with sigma 2.5, around 1 for shapes (r, s, a, b, and all of
///     BG/BB, sBG and BdW), around the mean T for scales in time (alpha, beta), but 0.5 for BdW's c. pymc-marketing: r, s ~ Weibull(2, 1), alpha, beta ~ Weibull(2, 10),
///     a / (a + b) ~ Uniform(0, 1), a + b ~ Pareto(1, 1). Coefficients are normal per standard deviation of their covariate, with a
///     standard deviation of 2 (wide) or 1, or of one over the root of the model's penalty; the parameters are then those of a
///     typical customer (medians, and the most common category). Gamma-Gamma: q - 1 and p with sigma 1.5 around 1, v with 2 around the mean amount (wide), or flat, always with q > 1.
/// chains, warmup, draws : int
///     How many chains, iterations that tune the sampler, and draws that each chain keeps.
/// target_accept : float
///     Higher means smaller steps, against divergences.
/// seed : int
///     The same seed gives the same draws.
/// k : int, optional
///     Of BG/CNBD-k and MBG/CNBD-k; the posterior is that of the other parameters, given k. By default that of ``model`` if it is one that
///     has it, or else the one that the fit chooses.
/// weights : array-like, optional
///     How often each row of the summary counts. Zero leaves a row out. :class:`Renewals` bring theirs along.
///
/// Returns
/// -------
/// Posterior
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> priors = {"alpha": cpm.Prior.weibull(shape=2, scale=10)}
/// >>> cpm.posterior("nbd", customers, priors=priors, chains=2, warmup=200, draws=200, seed=1)
/// Posterior(NBD, chains=2, draws=200, divergences=0)
/// >>> renewals = cpm.Renewals.from_cohorts([[1000, 869, 743, 653, 593]])
/// >>> posterior = cpm.posterior(cpm.ShiftedBetaGeometric, renewals, chains=2, warmup=200, draws=200, seed=1)
/// >>> survival = posterior.estimate(lambda model: model.survival(8).value)
/// >>> survival.low < 0.44 < survival.high
/// True
#[pyfunction]
#[pyo3(signature = (
    model, customers, priors=None, default_priors="wide", chains=4, warmup=300, draws=1000, target_accept=0.8, seed=0, k=None,
    weights=None
))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn posterior(
    py: Python<'_>,
    model: &Bound<'_, PyAny>,
    customers: Data<'_>,
    priors: Option<&Bound<'_, PyDict>>,
    default_priors: &str,
    chains: i64,
    warmup: i64,
    draws: i64,
    target_accept: f64,
    seed: u64,
    k: Option<u32>,
    weights: Option<&Bound<'_, PyAny>>,
) -> PyResult<Posterior> {
    let defaults = match default_priors {
        "wide" => DefaultPriors::Wide,
        "pymc-marketing" => DefaultPriors::PymcMarketing,
        other => {
            let message = format!("default_priors = {other} is not allowed: it must be one of wide, pymc-marketing");
            return Err(CpmError::new_err(message));
        }
    };
    let mut options = PosteriorOptions::new()
        .default_priors(defaults)
        .chains(count("chains", chains)? as usize)
        .warmup(count("warmup", warmup)? as usize)
        .draws(count("draws", draws)? as usize)
        .target_accept(target_accept)
        .seed(seed);
    for (name, prior) in named_priors(priors)? {
        options = options.prior(&name, prior);
    }
    if let Some(weights) = weights_of(weights)? {
        options = options.weights(&weights);
    }
    if let Some(k) = held_k(model, k) {
        options = options.k(k);
    }
    let asked = Asked::of(model, &customers)?;
    let inner = py.detach(|| {
        Ok(match asked {
            Asked::Purchases(kind, customers) => Draws::Purchases(cpm_core::clv::posterior(kind, customers, &options)?),
            Asked::Spend(customers) => Draws::Spend(spend_posterior(customers, &options)?),
            Asked::Contracts(kind, renewals) => Draws::Contracts(contract_posterior(kind, renewals, &options)?),
            Asked::ContractCovariates(choices, customers) => {
                Draws::ContractCovariates(contract_covariate_posterior(customers, &choices, &options)?)
            }
            Asked::Covariates("mbg_nbd", choices, customers) => {
                Draws::MbgNbdCovariates(covariate_posterior(customers, &choices, &options)?)
            }
            Asked::Covariates("pareto_nbd", choices, customers) => {
                Draws::ParetoNbdCovariates(covariate_posterior(customers, &choices, &options)?)
            }
            Asked::Covariates(_, choices, customers) => {
                Draws::BgNbdCovariates(covariate_posterior(customers, &choices, &options)?)
            }
        })
    });
    Ok(Posterior { inner: inner.or_raise()? })
}
