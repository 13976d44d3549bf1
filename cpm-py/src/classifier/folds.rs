//! Folds to judge a classifier by.

use cpm_core::churn::classifier::{self as core, Fold};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::arrays::{flags, floats};
use crate::error::OrRaise;

type FoldRows<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i64>>);

fn fold_rows<'py>(py: Python<'py>, folds: Vec<Fold>) -> PyResult<Bound<'py, PyList>> {
    let rows = |rows: Vec<usize>| PyArray1::from_iter(py, rows.into_iter().map(|i| i as i64));
    let pairs: Vec<FoldRows<'py>> = folds.into_iter().map(|f| (rows(f.train), rows(f.test))).collect();
    PyList::new(py, pairs)
}

/// Folds with the same share of churners, drawn at random: pairs of rows to learn from and rows to judge by, as scikit-learn's ``cv``
/// takes them.
///
/// Parameters
/// ----------
/// y : array-like of bool
/// folds : int
/// seed : int
///
/// Returns
/// -------
/// list of tuple of numpy.ndarray
///
/// Examples
/// --------
/// >>> import cpm
/// >>> folds = cpm.churn.stratified_folds([1, 0, 1, 0, 1, 0], folds=3)
/// >>> [len(test) for _, test in folds]
/// [2, 2, 2]
#[pyfunction]
#[pyo3(signature = (y, folds=5, seed=0))]
pub(crate) fn stratified_folds<'py>(
    py: Python<'py>,
    y: &Bound<'py, PyAny>,
    folds: usize,
    seed: u64,
) -> PyResult<Bound<'py, PyList>> {
    fold_rows(py, core::stratified_folds(&flags("y", y)?, folds, seed).or_raise()?)
}

/// Folds that respect time: each learns from the past and is judged by what came next.
///
/// Parameters
/// ----------
/// times : array-like of float
///     Times of the rows; rows of one time stay together.
/// folds : int
///     The rows are cut into one block more than this.
/// gap : float
///     Rows less than this before the block that judges are not learned from: the length of the window in which labels become known.
///
/// Returns
/// -------
/// list of tuple of numpy.ndarray
///     Rows to learn from, rows to judge by.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> [(train.tolist(), test.tolist()) for train, test in cpm.churn.expanding_windows([1, 1, 2, 2, 3, 3], folds=2)]
/// [([0, 1], [2, 3]), ([0, 1, 2, 3], [4, 5])]
#[pyfunction]
#[pyo3(signature = (times, folds=5, gap=0.0))]
pub(crate) fn expanding_windows<'py>(
    py: Python<'py>,
    times: &Bound<'py, PyAny>,
    folds: usize,
    gap: f64,
) -> PyResult<Bound<'py, PyList>> {
    let times = floats("times", times)?;
    fold_rows(py, core::expanding_windows(times.as_slice()?, folds, gap).or_raise()?)
}
