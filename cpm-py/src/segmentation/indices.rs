//! How good a clustering is, and how much two of them agree.

use cpm_core::Error;
use cpm_core::segmentation as core;
use numpy::PyArray1;
use pyo3::prelude::*;

use crate::error::{OrRaise, exception};
use crate::survival::covariates::Covariates;
use crate::survival::labels::Labels;

fn labels(column: &'static str, values: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    Ok(Labels::new(column, values)?.codes().0)
}

/// Mean silhouette of a clustering, from -1 to 1: how much nearer rows are to their own cluster than to the next one.
///
/// Parameters
/// ----------
/// X : array-like or table
///     One row per customer; distances are Euclidean, so scale the columns first.
/// labels : array-like of int or str
///     The cluster of each row: two clusters or more, fewer than rows.
/// sample : int, optional
///     Use that many rows only: the time grows with their square.
/// seed : int
///     Another seed draws other rows; which ones depends on their values, not on their order.
///
/// Returns
/// -------
/// tuple of float
///     The mean, and its standard error from the sample; 0 where all rows are used.
///
/// References
/// ----------
/// Rousseeuw (1987), Silhouettes, Journal of Computational and Applied Mathematics 20, 53-65.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> score, error = cpm.segmentation.silhouette_score([[0], [1], [10], [11]], [0, 0, 1, 1])
/// >>> round(score, 4), error
/// (0.8997, 0.0)
#[pyfunction]
#[pyo3(signature = (X, labels, sample=None, seed=0))]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
pub(crate) fn silhouette_score(
    py: Python<'_>,
    X: &Bound<'_, PyAny>,
    labels: &Bound<'_, PyAny>,
    sample: Option<i64>,
    seed: u64,
) -> PyResult<(f64, f64)> {
    let (x, labels) = (Covariates::new(X, None)?.values, self::labels("labels", labels)?);
    let sample = match sample {
        Some(size) if size < 3 => {
            let expected = "a sample needs at least 3 rows".to_owned();
            return Err(exception(Error::InvalidArgument { name: "sample", value: size.to_string(), expected }));
        }
        size => size.map(|size| (size as usize, seed)),
    };
    py.detach(|| core::silhouette_score(x.view(), &labels, sample)).or_raise()
}

/// The silhouette of each row: see :func:`silhouette_score`.
///
/// Parameters
/// ----------
/// X : array-like or table
/// labels : array-like of int or str
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.segmentation.silhouette_samples([[0], [1], [10]], ["a", "a", "b"]).round(3)
/// array([0.9  , 0.889, 0.   ])
#[pyfunction]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
pub(crate) fn silhouette_samples<'py>(
    py: Python<'py>,
    X: &Bound<'py, PyAny>,
    labels: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (x, labels) = (Covariates::new(X, None)?.values, self::labels("labels", labels)?);
    Ok(PyArray1::from_vec(py, py.detach(|| core::silhouette_samples(x.view(), &labels)).or_raise()?))
}

/// Variance between over variance within clusters; the higher the better.
///
/// Parameters
/// ----------
/// X : array-like or table
/// labels : array-like of int or str
///
/// References
/// ----------
/// Caliński & Harabasz (1974), A Dendrite Method for Cluster Analysis, Communications in Statistics 3(1), 1-27.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.segmentation.calinski_harabasz_score([[0], [2], [10], [12]], [0, 0, 1, 1])
/// 50.0
#[pyfunction]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
pub(crate) fn calinski_harabasz_score(
    py: Python<'_>,
    X: &Bound<'_, PyAny>,
    labels: &Bound<'_, PyAny>,
) -> PyResult<f64> {
    let (x, labels) = (Covariates::new(X, None)?.values, self::labels("labels", labels)?);
    py.detach(|| core::calinski_harabasz_score(x.view(), &labels)).or_raise()
}

/// Mean over clusters of the worst ratio of widths to the distance of centers; the lower the better.
///
/// Parameters
/// ----------
/// X : array-like or table
/// labels : array-like of int or str
///
/// References
/// ----------
/// Davies & Bouldin (1979), A Cluster Separation Measure, IEEE Trans. PAMI 1(2), 224-227.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.segmentation.davies_bouldin_score([[0], [2], [10], [12]], [0, 0, 1, 1])
/// 0.2
#[pyfunction]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
pub(crate) fn davies_bouldin_score(py: Python<'_>, X: &Bound<'_, PyAny>, labels: &Bound<'_, PyAny>) -> PyResult<f64> {
    let (x, labels) = (Covariates::new(X, None)?.values, self::labels("labels", labels)?);
    py.detach(|| core::davies_bouldin_score(x.view(), &labels)).or_raise()
}

/// How much two segmentations of the same customers agree, corrected for chance: 1 for the same groups whatever their
/// names, 0 on average for unrelated ones.
///
/// Parameters
/// ----------
/// a, b : array-like of int or str
///     The segment of each customer.
///
/// References
/// ----------
/// Hubert & Arabie (1985), Comparing Partitions, Journal of Classification 2, 193-218.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.segmentation.adjusted_rand_index(["x", "x", "y", "y"], [7, 7, 3, 3])
/// 1.0
#[pyfunction]
pub(crate) fn adjusted_rand_index(a: &Bound<'_, PyAny>, b: &Bound<'_, PyAny>) -> PyResult<f64> {
    core::adjusted_rand_index(&labels("a", a)?, &labels("b", b)?).or_raise()
}
