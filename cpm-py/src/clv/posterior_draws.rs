//! `cpm.posterior`.

use cpm_core::clv::{DefaultPriors, Estimate as CoreEstimate, PosteriorOptions};
use numpy::{PyArrayMethods, ToPyArray};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::refits::{kind_of, object, values_at};
use super::{Estimate, named_priors};
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
#[pyclass(module = "cpm", frozen)]
pub(crate) struct Posterior {
    inner: cpm_core::clv::Posterior,
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
        for name in self.inner.kind().parameters() {
            dict.set_item(name, by_chain(py, &self.inner.parameter(name).or_raise()?)?)?;
        }
        Ok(dict)
    }

    /// How the sampler ran, under ArviZ's names, as arrays of shape (chain, draw).
    ///
    /// ``lp``, ``diverging``, ``tree_depth``, ``n_steps``, ``acceptance_rate``, ``energy`` and ``step_size``.
    #[getter]
    fn sample_stats<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let chains = (0..self.inner.chains()).map(|c| self.inner.statistics(c)).collect::<cpm_core::Result<Vec<_>>>();
        let chains = chains.or_raise()?;
        let dict = PyDict::new(py);
        let floats = |get: &dyn Fn(&cpm_core::clv::ChainStatistics<'_>) -> Vec<f64>| {
            by_chain(py, &chains.iter().map(get).collect::<Vec<_>>())
        };
        dict.set_item("lp", floats(&|c| c.ln_posterior.to_vec())?)?;
        dict.set_item("diverging", by_chain(py, &chains.iter().map(|c| c.divergent.to_vec()).collect::<Vec<_>>())?)?;
        let whole = |get: &dyn Fn(&cpm_core::clv::ChainStatistics<'_>) -> Vec<i64>| {
            by_chain(py, &chains.iter().map(get).collect::<Vec<_>>())
        };
        dict.set_item("tree_depth", whole(&|c| c.depth.iter().map(|d| i64::from(*d)).collect())?)?;
        dict.set_item("n_steps", whole(&|c| c.steps.iter().map(|d| i64::from(*d)).collect())?)?;
        dict.set_item("acceptance_rate", floats(&|c| c.acceptance.to_vec())?)?;
        dict.set_item("energy", floats(&|c| c.energy.to_vec())?)?;
        dict.set_item("step_size", floats(&|c| vec![c.step_size; c.energy.len()])?)?;
        Ok(dict)
    }

    /// An ``arviz.InferenceData`` of :attr:`draws` and :attr:`sample_stats`. Needs ArviZ.
    fn to_inference_data<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let arguments = PyDict::new(py);
        arguments.set_item("posterior", slf.get().draws(py)?)?;
        arguments.set_item("sample_stats", slf.get().sample_stats(py)?)?;
        py.import(intern!(py, "arviz"))?.call_method("from_dict", (), Some(&arguments))
    }

    /// Draws whose trajectory diverged: any at all say that a corner of the posterior may not have been reached.
    #[getter]
    fn divergences(&self) -> usize {
        self.inner.divergences()
    }

    /// What a reader of the draws should know; empty if all is well.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.inner.warnings()
    }

    /// One row per parameter: mean, standard deviation, median, central interval, Monte Carlo standard error of the mean,
    /// rank-normalised split R-hat, and effective numbers of draws for the centre and the tails.
    #[pyo3(signature = (level=0.95))]
    fn summary(&self, py: Python<'_>, level: f64) -> PyResult<Table> {
        py.detach(|| self.inner.summary_table(level)).or_raise().map(Into::into)
    }

    /// The models at ``count`` draws, spread evenly over all chains.
    #[pyo3(signature = (count=100))]
    fn models(&self, py: Python<'_>, count: i64) -> PyResult<Vec<Py<PyAny>>> {
        let count = crate::arrays::count("count", count)? as usize;
        self.inner.models(count).iter().map(|model| object(py, model)).collect()
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
        let models = self.inner.models(count("draws", draws)? as usize);
        CoreEstimate::of_draws(&values_at(py, &models, function)?, level).or_raise().map(Into::into)
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
        customers: &CustomerSummary,
        horizon: f64,
        level: f64,
        draws: i64,
    ) -> PyResult<Table> {
        let draws = count("draws", draws)? as usize;
        py.detach(|| self.inner.predict(&customers.inner, horizon, level, draws)?.to_table()).or_raise().map(Into::into)
    }

    fn __repr__(&self) -> String {
        let p = &self.inner;
        format!(
            "Posterior({}, chains={}, draws={}, divergences={})",
            p.kind().name(),
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
/// model : str or PurchaseModel
///     A name such as ``"bg_nbd"``, a class, or a model.
/// customers : CustomerSummary
/// priors : dict of Prior, optional
///     By the name of the parameter, on its natural scale.
/// default_priors : {"wide", "pymc-marketing"}
///     Of the parameters without one in ``priors``. Wide: shapes (r, s, a, b) log-normal with median 1 and sigma 1.5; scales in time
///     (alpha, beta) log-normal around the mean T with sigma 2. pymc-marketing: r, s ~ Weibull(2, 1), alpha, beta ~ Weibull(2, 10),
///     a / (a + b) ~ Uniform(0, 1), a + b ~ Pareto(1, 1).
/// chains, warmup, draws : int
///     How many chains, iterations that tune the sampler, and draws that each chain keeps.
/// target_accept : float
///     Higher means smaller steps, against divergences.
/// seed : int
///     The same seed gives the same draws.
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
#[pyfunction]
#[pyo3(signature = (
    model, customers, priors=None, default_priors="wide", chains=4, warmup=500, draws=1000, target_accept=0.8, seed=0
))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn posterior(
    py: Python<'_>,
    model: &Bound<'_, PyAny>,
    customers: &CustomerSummary,
    priors: Option<&Bound<'_, PyDict>>,
    default_priors: &str,
    chains: i64,
    warmup: i64,
    draws: i64,
    target_accept: f64,
    seed: u64,
) -> PyResult<Posterior> {
    let kind = kind_of(model)?;
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
    let inner = py.detach(|| cpm_core::clv::posterior(kind, &customers.inner, &options)).or_raise()?;
    Ok(Posterior { inner })
}
