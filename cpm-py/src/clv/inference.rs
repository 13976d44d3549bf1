//! `cpm.compare`, `cpm.bootstrap`, `cpm.profile_interval` and `cpm.posterior`.

use cpm_core::SavedModel;
use cpm_core::clv::{
    AnyPurchaseModel, BootstrapOptions, CompareOptions, DefaultPriors, Estimate as CoreEstimate, PosteriorOptions,
    PurchaseModelKind,
};
use numpy::{PyArrayMethods, ToPyArray};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use super::{Estimate, PurchaseModel, named_priors, to_python};
use crate::arrays::count;
use crate::dates::optional_iso_text;
use crate::error::{CpmError, OrRaise};
use crate::summary::CustomerSummary;
use crate::table::Table;
use crate::transactions::TransactionLog;

/// A model's name, its class, or a model of it.
fn kind_of(model: &Bound<'_, PyAny>) -> PyResult<PurchaseModelKind> {
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
fn object(py: Python<'_>, model: &AnyPurchaseModel) -> PyResult<Py<PyAny>> {
    to_python(py, SavedModel::from(model.clone()))
}

/// The values of a Python function at models, one after the other: it needs the interpreter.
fn values_at(py: Python<'_>, models: &[AnyPurchaseModel], function: &Bound<'_, PyAny>) -> PyResult<Vec<f64>> {
    models.iter().map(|model| function.call1((object(py, model)?,))?.extract()).collect()
}

/// Models and baselines against what happened; see :func:`compare`.
///
/// As a :class:`Table` it has one row per model and baseline, best first by CRPS: ``model``, ``forecasts``, ``actual``,
/// ``expected``, then ``bias``, ``mae``, ``rmse``, ``log_score``, ``crps``, ``mae_difference`` and ``crps_difference`` (from the best
/// model), each with ``_low`` and ``_high``, and ``tracking_error``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> comparison = cpm.compare(cpm.datasets.cdnow(), horizon=39, origins=1, models=["bg_nbd", "nbd"], resamples=200)
/// >>> comparison.best, comparison["model"]
/// ('bg_nbd', ['BG/NBD', 'NBD', 'own rate so far', 'mean rate of all'])
/// >>> comparison.calibration.columns
/// ['model', 'decile', 'customers', 'expected', 'actual']
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct Comparison {
    inner: cpm_core::clv::Comparison,
}

#[pymethods]
impl Comparison {
    /// The name of the best model, baselines aside.
    #[getter]
    fn best(&self) -> Option<&'static str> {
        self.inner.best().map(PurchaseModelKind::key)
    }

    /// Which model to use, and how sure that is, in words.
    #[getter]
    fn recommendation(&self) -> &str {
        &self.inner.recommendation
    }

    /// Models that could not be fitted at some origin, with the reason: they are not in the tables.
    #[getter]
    fn failed<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        self.inner.failed.iter().try_for_each(|(kind, reason)| dict.set_item(kind.key(), reason))?;
        Ok(dict)
    }

    /// The scores for each origin.
    #[getter]
    fn origins(&self) -> PyResult<Table> {
        self.inner.origins_table().or_raise().map(Into::into)
    }

    /// Mean expected and actual purchases by decile of what a model expects, for each model over all origins.
    #[getter]
    fn calibration(&self) -> PyResult<Table> {
        self.inner.calibration_table().or_raise().map(Into::into)
    }

    /// Probability that an interval holds.
    #[getter]
    fn level(&self) -> f64 {
        self.inner.level
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Which model forecasts best?
///
/// Fits every model to what was known at each of several points in time (rolling origins), lets it forecast each customer's
/// purchases, and compares with what happened. Baselines that need no model are always in the table.
///
/// Scores are better when small: mean absolute and root mean squared error of the expected purchases per customer, relative error
/// of their total, log score, and continuous ranked probability score (CRPS; Gneiting & Raftery 2007), which is in purchases and
/// judges the whole predictive distribution. Intervals come from a paired bootstrap of the customers.
///
/// Parameters
/// ----------
/// log : TransactionLog
/// horizon : float
///     How far each forecast looks ahead, in ``time_unit``.
/// models : sequence, optional
///     Names, classes or models; all models by default.
/// origins : int
///     From how many points in time.
/// step : float, optional
///     Time between them; the horizon by default, so that no purchase is forecast twice.
/// observation_end : date, optional
///     The end of the last forecast. Default: the end of the log.
/// time_unit, merge_within
///     As in :meth:`TransactionLog.split`.
/// level : float
///     Probability that an interval holds.
/// resamples : int
///     Resamples of the customers for the intervals.
/// seed : int
///     The same seed gives the same resamples.
///
/// Returns
/// -------
/// Comparison
///
/// Raises
/// ------
/// FitError
///     If no model can be fitted at an origin.
/// CpmError
///     For an argument outside its domain.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> comparison = cpm.compare(cpm.datasets.cdnow(), horizon=39, origins=1, models=["bg_nbd", "nbd"], resamples=200)
/// >>> print(comparison.recommendation)  # doctest: +ELLIPSIS
/// Use BG/NBD: of the models it forecasts best, ... It beats NBD beyond chance ...
#[pyfunction]
#[pyo3(signature = (
    log, horizon, models=None, origins=3, step=None, observation_end=None, time_unit="week", merge_within="day", level=0.95,
    resamples=1000, seed=0
))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn compare<'py>(
    py: Python<'py>,
    log: &TransactionLog,
    horizon: f64,
    models: Option<Vec<Bound<'py, PyAny>>>,
    origins: i64,
    step: Option<f64>,
    observation_end: Option<&Bound<'py, PyAny>>,
    time_unit: &str,
    merge_within: &str,
    level: f64,
    resamples: i64,
    seed: u64,
) -> PyResult<Bound<'py, Comparison>> {
    let mut options = CompareOptions::new(horizon)
        .origins(count("origins", origins)? as usize)
        .time_unit(time_unit.parse().or_raise()?)
        .merge_within(merge_within.parse().or_raise()?)
        .level(level)
        .resamples(count("resamples", resamples)? as usize)
        .seed(seed);
    if let Some(models) = models {
        options = options.models(&models.iter().map(kind_of).collect::<PyResult<Vec<_>>>()?);
    }
    if let Some(step) = step {
        options = options.step(step);
    }
    if let Some(end) = optional_iso_text("observation_end", observation_end)? {
        options = options.observation_end(&end).or_raise()?;
    }
    let (inner, table) = py
        .detach(|| {
            let comparison = cpm_core::clv::compare(&log.inner, &options)?;
            let table = comparison.to_table()?;
            Ok((comparison, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(Comparison { inner }))
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
    customers: &CustomerSummary,
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
    customers: &CustomerSummary,
    parameter: &str,
    level: f64,
) -> PyResult<Estimate> {
    let kind = kind_of(model)?;
    py.detach(|| cpm_core::clv::profile_interval(kind, &customers.inner, parameter, level)).or_raise().map(Into::into)
}

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
