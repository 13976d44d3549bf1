//! Do those who churn have the larger scores?

use cpm_core::churn::evaluation as core;
use pyo3::prelude::*;

use super::scored;
use crate::arrays::{flags, floats};
use crate::clv::Estimate;
use crate::error::OrRaise;
use crate::survival::TestResult;
use crate::table::Table;

/// Area under the receiver operating characteristic: the probability that a customer who churned has a larger score than one who
/// stayed, ties counted half. The interval is that of DeLong, DeLong & Clarke-Pearson (1988).
///
/// Parameters
/// ----------
/// y_true : array-like of bool
///     Whether each customer churned, as booleans or as 1 and 0.
/// y_score : array-like
///     Larger scores mean churn.
/// sample_weight : array-like, optional
///     How many customers of the population a row stands for; a common factor changes nothing.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// Estimate
///
/// Examples
/// --------
/// >>> import cpm
/// >>> round(cpm.churn.auc([1, 0, 1, 0], [0.8, 0.3, 0.3, 0.1]).value, 3)
/// 0.875
#[pyfunction]
#[pyo3(signature = (y_true, y_score, sample_weight=None, level=0.95))]
pub(crate) fn auc(
    y_true: &Bound<'_, PyAny>,
    y_score: &Bound<'_, PyAny>,
    sample_weight: Option<&Bound<'_, PyAny>>,
    level: f64,
) -> PyResult<Estimate> {
    scored(y_true, y_score, sample_weight)?.auc().and_then(|auc| auc.estimate(level)).or_raise().map(Into::into)
}

/// Average precision: the mean share of churners among those taken, over all churners found (scikit-learn's definition).
/// Interval on the scale of log-odds (Boyd, Eng & Page 2013).
///
/// Parameters
/// ----------
/// y_true : array-like of bool
///     Whether each customer churned, as booleans or as 1 and 0.
/// y_score : array-like
///     Larger scores mean churn.
/// sample_weight : array-like, optional
///     How many customers of the population a row stands for; a common factor changes nothing.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// Estimate
///
/// Examples
/// --------
/// >>> import cpm
/// >>> round(cpm.churn.average_precision([1, 0, 1, 0], [0.8, 0.3, 0.3, 0.1]).value, 4)
/// 0.8333
#[pyfunction]
#[pyo3(signature = (y_true, y_score, sample_weight=None, level=0.95))]
pub(crate) fn average_precision(
    y_true: &Bound<'_, PyAny>,
    y_score: &Bound<'_, PyAny>,
    sample_weight: Option<&Bound<'_, PyAny>>,
    level: f64,
) -> PyResult<Estimate> {
    scored(y_true, y_score, sample_weight)?.average_precision(level).or_raise().map(Into::into)
}

/// The receiver operating characteristic, one row per distinct score from the largest to the smallest.
///
/// Parameters
/// ----------
/// y_true : array-like of bool
///     Whether each customer churned, as booleans or as 1 and 0.
/// y_score : array-like
///     Larger scores mean churn.
/// sample_weight : array-like, optional
///     How many customers of the population a row stands for; a common factor changes nothing.
///
/// Returns
/// -------
/// Table
///     ``threshold, false_positive_rate, true_positive_rate``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.churn.roc_curve([1, 0, 1, 0], [0.8, 0.3, 0.3, 0.1])["true_positive_rate"]
/// array([0.5, 1. , 1. ])
#[pyfunction]
#[pyo3(signature = (y_true, y_score, sample_weight=None))]
pub(crate) fn roc_curve(
    y_true: &Bound<'_, PyAny>,
    y_score: &Bound<'_, PyAny>,
    sample_weight: Option<&Bound<'_, PyAny>>,
) -> PyResult<Table> {
    scored(y_true, y_score, sample_weight)?.roc_table().or_raise().map(Into::into)
}

/// Lift and gains over bins of equally many customers, by descending score. Where equal scores lie on both sides of an edge, each
/// side gets its share of their churners, so that the order of rows does not matter.
///
/// Parameters
/// ----------
/// y_true : array-like of bool
///     Whether each customer churned, as booleans or as 1 and 0.
/// y_score : array-like
///     Larger scores mean churn.
/// bins : int
/// sample_weight : array-like, optional
///     How many customers of the population a row stands for; a common factor changes nothing.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// Table
///     ``bin, customers, churned, churn_rate, low, high, lift, cumulative_fraction, cumulative_gain, cumulative_lift, threshold``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> table = cpm.churn.lift_table([1, 1, 0, 0], [0.9, 0.8, 0.3, 0.1], bins=2)
/// >>> table["lift"], table["cumulative_gain"]
/// (array([2., 0.]), array([1., 1.]))
#[pyfunction]
#[pyo3(signature = (y_true, y_score, bins=10, sample_weight=None, level=0.95))]
pub(crate) fn lift_table(
    y_true: &Bound<'_, PyAny>,
    y_score: &Bound<'_, PyAny>,
    bins: usize,
    sample_weight: Option<&Bound<'_, PyAny>>,
    level: f64,
) -> PyResult<Table> {
    scored(y_true, y_score, sample_weight)?.lift_columns(bins, level).or_raise().map(Into::into)
}

/// Lift of the ``fraction`` of customers with the largest scores; by default the top-decile lift.
///
/// Parameters
/// ----------
/// y_true : array-like of bool
///     Whether each customer churned, as booleans or as 1 and 0.
/// y_score : array-like
///     Larger scores mean churn.
/// fraction : float
///     Above 0 and at most 1.
/// sample_weight : array-like, optional
///     How many customers of the population a row stands for; a common factor changes nothing.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// Estimate
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.churn.lift_at([1, 1, 0, 0], [0.9, 0.8, 0.3, 0.1], fraction=0.5).value
/// 2.0
#[pyfunction]
#[pyo3(signature = (y_true, y_score, fraction=0.1, sample_weight=None, level=0.95))]
pub(crate) fn lift_at(
    y_true: &Bound<'_, PyAny>,
    y_score: &Bound<'_, PyAny>,
    fraction: f64,
    sample_weight: Option<&Bound<'_, PyAny>>,
    level: f64,
) -> PyResult<Estimate> {
    scored(y_true, y_score, sample_weight)?.lift(fraction, level).or_raise().map(Into::into)
}

/// Is one score better than another on the same customers? (DeLong, DeLong & Clarke-Pearson 1988)
///
/// Parameters
/// ----------
/// y_true : array-like of bool
///     Whether each customer churned.
/// first, second : array-like
///     The scores.
/// level : float
///     Probability that the interval holds.
///
/// Returns
/// -------
/// tuple of Estimate and TestResult
///     AUC of the first less that of the second, and the test that the difference is 0.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> y = [1, 1, 1, 0, 0, 0]
/// >>> difference, test = cpm.churn.compare_auc(y, [0.9, 0.8, 0.4, 0.5, 0.3, 0.1], [0.5, 0.4, 0.6, 0.4, 0.5, 0.1])
/// >>> round(difference.value, 4), test.p_value > 0.05
/// (0.1111, True)
#[pyfunction]
#[pyo3(signature = (y_true, first, second, level=0.95))]
pub(crate) fn compare_auc(
    py: Python<'_>,
    y_true: &Bound<'_, PyAny>,
    first: &Bound<'_, PyAny>,
    second: &Bound<'_, PyAny>,
    level: f64,
) -> PyResult<(Estimate, TestResult)> {
    let churned = flags("y_true", y_true)?;
    let (first, second) = (floats("first", first)?, floats("second", second)?);
    let (first, second) = (first.as_slice()?, second.as_slice()?);
    let (difference, test) = py.detach(|| core::auc_difference(&churned, first, second, level)).or_raise()?;
    Ok((difference.into(), test.into()))
}
