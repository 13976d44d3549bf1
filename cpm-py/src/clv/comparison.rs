//! `cpm.compare`.

use cpm_core::clv::{CompareOptions, ComparedModel};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::CovariateModel;
use super::asked::kind_of;
use crate::argument::Argument;
use crate::arrays::count;
use crate::dates::optional_iso_text;
use crate::error::{CpmError, OrRaise};
use crate::summary::CustomerSummary;
use crate::table::Table;
use crate::transactions::TransactionLog;

/// Models and baselines against what happened; see :func:`compare`.
///
/// As a :class:`Table` it has one row per model and baseline, best first by CRPS: ``model``, ``forecasts``, ``actual``,
/// ``expected``, then ``bias``, ``mae``, ``rmse``, ``log_score``, ``crps`` and ``tracking_error``, and their differences from the best
/// model (``bias_difference``, …), each with ``_low`` and ``_high``.
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
    /// The name of the best model, baselines aside: ``bg_nbd``, or ``bg_nbd_covariates`` for one with covariates.
    #[getter]
    fn best(&self) -> Option<String> {
        self.inner.best_model().map(ComparedModel::key)
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
        self.inner.failed.iter().try_for_each(|(model, reason)| dict.set_item(model.key(), reason))?;
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
///     Names, classes or models; by default all that can be for these purchases (BG/BB with ``merge_within`` equal to
///     ``time_unit``). A :class:`CovariateModel` is one with covariates.
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
/// covariates : CustomerSummary, optional
///     For models with covariates: a summary with covariates that has all customers of the log. They must be known from the first
///     purchase on.
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
    resamples=1000, seed=0, covariates=None
))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn compare<'py>(
    py: Python<'py>,
    log: Argument<'_, TransactionLog>,
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
    covariates: Option<Argument<'_, CustomerSummary>>,
) -> PyResult<Bound<'py, Comparison>> {
    let mut options = CompareOptions::new(horizon)
        .origins(count("origins", origins)? as usize)
        .time_unit(time_unit.parse().or_raise()?)
        .merge_within(merge_within.parse().or_raise()?)
        .level(level)
        .resamples(count("resamples", resamples)? as usize)
        .seed(seed);
    if let Some(models) = models {
        let (mut plain, mut moved) = (Vec::new(), Vec::new());
        for model in &models {
            match model.cast::<CovariateModel>() {
                Ok(model) => {
                    let (base, choices) = CovariateModel::choices(model)?;
                    moved.push((base.parse().or_raise()?, choices));
                }
                Err(_) => plain.push(kind_of(model)?),
            }
        }
        options = options.models(&plain);
        match covariates {
            Some(customers) => options = options.covariates(&customers.inner, &moved),
            None if !moved.is_empty() => {
                let message = "covariates = None is not allowed: a model with covariates needs a summary that has them";
                return Err(CpmError::new_err(message));
            }
            None => {}
        }
    }
    if let Some(step) = step {
        options = options.step(step);
    }
    if let Some(end) = optional_iso_text("observation_end", observation_end, log.inner.time_zone())? {
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
