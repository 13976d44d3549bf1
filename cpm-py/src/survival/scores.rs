//! `cpm.concordance_index`, `cpm.cumulative_dynamic_auc` and `cpm.brier_score`.

use cpm_core::Column;
use cpm_core::churn::survival::{
    BrierScore as CoreBrier, Concordance as CoreConcordance, CumulativeDynamicAuc as CoreAuc,
};
use numpy::PyUntypedArrayMethods;
use numpy::ndarray::{Array2, Axis};
use pyo3::prelude::*;

use super::covariates::matrix;
use super::{Estimate, SurvivalData};
use crate::arrays::{floats, unmasked};
use crate::error::OrRaise;
use crate::table::Table;

/// Concordance of predicted scores with observed durations; see :func:`concordance_index`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> data = cpm.SurvivalData([1, 2, 3, 4], [True, True, False, True])
/// >>> concordance = cpm.concordance_index(data, [0.1, 0.4, 0.3, 0.9])
/// >>> value, low, high = concordance.estimate(level=0.9)
/// >>> low <= value <= high
/// True
#[pyclass(module = "cpm", frozen, eq)]
#[derive(PartialEq)]
pub(crate) struct Concordance {
    inner: CoreConcordance,
}

impl From<CoreConcordance> for Concordance {
    fn from(inner: CoreConcordance) -> Self {
        Self { inner }
    }
}

#[pymethods]
impl Concordance {
    /// Share of comparable pairs in the right order, ties of the score counted half: 0.5 is chance, 1 perfect.
    #[getter]
    fn index(&self) -> f64 {
        self.inner.index
    }

    /// Standard error by the infinitesimal jackknife, as in R's ``concordance``.
    #[getter]
    fn standard_error(&self) -> f64 {
        self.inner.standard_error
    }

    /// Pairs in which the row with the larger score stays longer, in products of weights.
    #[getter]
    fn concordant(&self) -> f64 {
        self.inner.concordant
    }

    /// Pairs in which it leaves first.
    #[getter]
    fn discordant(&self) -> f64 {
        self.inner.discordant
    }

    /// Comparable pairs with one score.
    #[getter]
    fn tied(&self) -> f64 {
        self.inner.tied
    }

    /// The index with its normal interval, cut at 0 and 1.
    #[pyo3(signature = (level=0.95))]
    fn estimate(&self, level: f64) -> PyResult<Estimate> {
        self.inner.estimate(level).or_raise().map(Into::into)
    }

    fn __repr__(&self) -> String {
        format!("Concordance(index={:.4}, standard_error={:.4})", self.inner.index, self.inner.standard_error)
    }
}

/// Harrell's concordance index: does the order of the scores agree with the order of the events?
///
/// Two rows are comparable if one has its event at a time at which the other is at risk and stays longer. As in lifelines'
/// ``concordance_index``, a larger score predicts a longer duration: give expected lifetimes or survival probabilities as
/// they are, and risk scores with the opposite sign.
///
/// Parameters
/// ----------
/// data : SurvivalData
/// predicted_scores : array-like
///     One per row.
///
/// Returns
/// -------
/// Concordance
///
/// Raises
/// ------
/// FitError
///     If no two rows are comparable.
///
/// References
/// ----------
/// Harrell et al. (1982), Evaluating the Yield of Medical Tests, JAMA 247(18), 2543-2546.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> data = cpm.SurvivalData([1, 2, 3, 4], [True, True, False, True])
/// >>> concordance = cpm.concordance_index(data, [0.1, 0.4, 0.3, 0.9])
/// >>> round(concordance.index, 6), concordance.concordant, concordance.discordant
/// (0.8, 4.0, 1.0)
#[pyfunction]
pub(crate) fn concordance_index(
    py: Python<'_>,
    data: &SurvivalData,
    predicted_scores: &Bound<'_, PyAny>,
) -> PyResult<Concordance> {
    let scores = floats("predicted_scores", predicted_scores)?;
    let scores = scores.as_slice()?;
    let found = py.detach(|| cpm_core::churn::survival::concordance_index(&data.inner, scores)).or_raise()?;
    Ok(found.into())
}

/// Mean squared error of predicted survival probabilities, as a :class:`Table` with ``time, score, standard_error``, and
/// over time; see :func:`brier_score`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> data = cpm.SurvivalData([1, 2, 3, 4], [True] * 4)
/// >>> score = cpm.brier_score(data, data, times=[1.5, 2.5], survival=[[0, 0], [1, 0], [1, 0.5], [1, 1]])
/// >>> score.columns, round(score.integrated, 6)
/// (['time', 'score', 'standard_error'], 0.03125)
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct BrierScore {
    inner: CoreBrier,
}

#[pymethods]
impl BrierScore {
    /// Mean of the score from the first to the last time, by the trapezoidal rule.
    #[getter]
    fn integrated(&self) -> f64 {
        self.inner.integrated
    }

    /// Standard error of that mean; the censoring distribution is taken as known.
    #[getter]
    fn integrated_standard_error(&self) -> f64 {
        self.inner.integrated_standard_error
    }

    /// The integrated score with its normal interval, cut at 0.
    #[pyo3(signature = (level=0.95))]
    fn integrated_estimate(&self, level: f64) -> PyResult<Estimate> {
        self.inner.integrated_estimate(level).or_raise().map(Into::into)
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Brier score of predicted survival probabilities, with inverse probability of censoring weights.
///
/// 0 is perfect, 0.25 is what a constant 1/2 gets.
///
/// Parameters
/// ----------
/// train : SurvivalData
///     The rows from which the censoring distribution is taken: those of the fit, or those of the test.
/// test : SurvivalData
///     The rows predicted, observed from their origin on.
/// times : array-like
///     Ascending, and not beyond the durations of either.
/// survival : array-like
///     Predicted S(t): one row per row of ``test``, one column per time.
///
/// Returns
/// -------
/// BrierScore
///
/// References
/// ----------
/// Graf, Schmoor, Sauerbrei & Schumacher (1999), Assessment and Comparison of Prognostic Classification Schemes for
/// Survival Data, Statistics in Medicine 18, 2529-2545.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> data = cpm.SurvivalData([1, 2, 3, 4], [True] * 4)
/// >>> score = cpm.brier_score(data, data, times=[1.5, 2.5], survival=[[0, 0], [1, 0], [1, 0.5], [1, 1]])
/// >>> score["score"]
/// array([0.    , 0.0625])
#[pyfunction]
pub(crate) fn brier_score<'py>(
    py: Python<'py>,
    train: &SurvivalData,
    test: &SurvivalData,
    times: &Bound<'py, PyAny>,
    survival: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, BrierScore>> {
    let times = floats("times", times)?;
    let times = times.as_slice()?;
    let survival = matrix("survival", survival, |_| "survival".to_owned())?;
    let (inner, table) = py
        .detach(|| {
            let inner = cpm_core::churn::survival::brier_score(&train.inner, &test.inner, times, survival.view())?;
            let mut table = cpm_core::Table::new();
            table.push("time", Column::Float(inner.times.clone()))?;
            table.push("score", Column::Float(inner.score.clone()))?;
            table.push("standard_error", Column::Float(inner.standard_error.clone()))?;
            Ok((inner, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(BrierScore { inner }))
}

/// Area under the time-dependent ROC curve at several times, as a :class:`Table` with ``time, auc, standard_error``, and its
/// mean; see :func:`cumulative_dynamic_auc`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> data = cpm.SurvivalData([1, 2, 3, 4, 5], [True, True, False, True, True])
/// >>> auc = cpm.cumulative_dynamic_auc(data, data, times=[1.5, 2.5], risk=[0.9, 0.3, 0.5, 0.4, 0.1])
/// >>> auc.columns, round(auc.mean, 6)
/// (['time', 'auc', 'standard_error'], 0.833333)
/// >>> auc.estimates()[0].value
/// 1.0
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct CumulativeDynamicAuc {
    inner: CoreAuc,
}

#[pymethods]
impl CumulativeDynamicAuc {
    /// Mean over the times, each weighted by the share of customers who leave between the time before and it.
    #[getter]
    fn mean(&self) -> f64 {
        self.inner.mean
    }

    /// Standard error of that mean; the censoring distribution and the weights of the times are taken as known.
    #[getter]
    fn mean_standard_error(&self) -> f64 {
        self.inner.mean_standard_error
    }

    /// The areas with their normal intervals, cut at 0 and 1.
    #[pyo3(signature = (level=0.95))]
    fn estimates(&self, level: f64) -> PyResult<Vec<Estimate>> {
        Ok(self.inner.estimates(level).or_raise()?.into_iter().map(Into::into).collect())
    }

    /// The mean with its normal interval, cut at 0 and 1.
    #[pyo3(signature = (level=0.95))]
    fn mean_estimate(&self, level: f64) -> PyResult<Estimate> {
        self.inner.mean_estimate(level).or_raise().map(Into::into)
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Does the model tell those who have left by a time from those who stay longer? The cumulative/dynamic AUC at each of
/// several times, with inverse probability of censoring weights.
///
/// 0.5 is chance, 1 perfect. Customers who are censored up to a time are neither of the two at that time; the weights stand
/// for them.
///
/// Parameters
/// ----------
/// train : SurvivalData
///     The rows from which the censoring distribution is taken: those of the fit, or those of the test.
/// test : SurvivalData
///     The rows predicted, observed from their origin on.
/// times : array-like
///     Ascending, and not beyond the durations of either.
/// risk : array-like
///     Predicted risk: one value per row of ``test``, or one row per row and one column per time. A larger risk predicts an
///     earlier event, as with scikit-survival: give hazards or ``1 - survival`` (:func:`concordance_index` takes durations).
///
/// Returns
/// -------
/// CumulativeDynamicAuc
///
/// Notes
/// -----
/// At a tie events come before censorings, and the weight of an event is one over the chance not to be censored before it, as in
/// :func:`brier_score`. scikit-survival takes the chance not to be censored up to it, which is another number only where
/// an event and a censoring are tied.
///
/// References
/// ----------
/// Uno, Cai, Tian & Wei (2007), Evaluating Prediction Rules for t-Year Survivors with Censored Regression Models, Journal of the
/// American Statistical Association 102, 527-537. Lambert & Chevret (2016), Summary Measure of Discrimination in Survival
/// Models Based on Cumulative/Dynamic Time-Dependent ROC Curves, Statistical Methods in Medical Research 25, 2088-2102.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> data = cpm.SurvivalData([1, 2, 3, 4, 5], [True, True, False, True, True])
/// >>> auc = cpm.cumulative_dynamic_auc(data, data, times=[1.5, 2.5], risk=[0.9, 0.3, 0.5, 0.4, 0.1])
/// >>> auc["auc"]
/// array([1.        , 0.66666667])
#[pyfunction]
pub(crate) fn cumulative_dynamic_auc<'py>(
    py: Python<'py>,
    train: &SurvivalData,
    test: &SurvivalData,
    times: &Bound<'py, PyAny>,
    risk: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, CumulativeDynamicAuc>> {
    let times = floats("times", times)?;
    let times = times.as_slice()?;
    let risk: Array2<f64> = if unmasked("risk", risk)?.ndim() == 1 {
        floats("risk", risk)?.as_array().to_owned().insert_axis(Axis(1))
    } else {
        matrix("risk", risk, |_| "risk".to_owned())?
    };
    let (inner, table) = py
        .detach(|| {
            let inner =
                cpm_core::churn::survival::cumulative_dynamic_auc(&train.inner, &test.inner, times, risk.view())?;
            let table = inner.to_table()?;
            Ok((inner, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(CumulativeDynamicAuc { inner }))
}
