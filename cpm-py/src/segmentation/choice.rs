//! `cpm.segmentation.choose_clusters`.

use cpm_core::segmentation::{self as core, ClusterChoiceOptions};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::mixture::COVARIANCES;
use super::model::Scalings;
use crate::error::OrRaise;
use crate::survival::choice;
use crate::survival::covariates::Covariates;
use crate::table::Table;

/// Numbers of clusters side by side, as a :class:`Table` with one row per number; see :func:`cpm.segmentation.choose_clusters`.
///
/// Columns: ``clusters, inertia, silhouette, silhouette_error, calinski_harabasz, davies_bouldin, gap, gap_error, bic, stability,
/// stability_error, votes, recommended``; NaN where a criterion does not exist or was left out.
///
/// Examples
/// --------
/// >>> import cpm, numpy as np
/// >>> X = np.random.default_rng(0).normal(size=(90, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 30, axis=0)
/// >>> choice = cpm.segmentation.choose_clusters(X, max_clusters=5)
/// >>> choice.n_clusters, choice["clusters"][choice["recommended"] == 1]
/// (3, array([3]))
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct ClusterChoice {
    inner: core::ClusterChoice,
}

#[pymethods]
impl ClusterChoice {
    /// The recommended number of clusters: that which most criteria choose; of equals the more stable, then the smaller.
    #[getter]
    fn n_clusters(&self) -> usize {
        self.inner.k()
    }

    /// What each criterion chooses, by its name; None where it was left out.
    #[getter]
    fn votes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let votes = PyDict::new(py);
        for (name, vote) in self.inner.votes() {
            votes.set_item(name, vote)?;
        }
        Ok(votes)
    }

    /// The recommendation in words.
    #[getter]
    fn reason(&self) -> String {
        self.inner.to_string()
    }

    /// How many customers the criteria saw that look at a sample.
    #[getter]
    fn sampled(&self) -> usize {
        self.inner.sampled()
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Compares numbers of clusters by six criteria, and recommends the one that most of them choose.
///
/// - silhouette, Calinski-Harabasz: the highest; Davies-Bouldin: the lowest.
/// - gap: the smallest number whose gap is not below the next one's less its error. It can be 1: no groups.
/// - bic, of a Gaussian mixture: the lowest. It can be 1.
/// - stability: the highest mean adjusted Rand index between clusterings that were learned from customers drawn anew.
///
/// Parameters
/// ----------
/// X : array-like or table
///     One row per customer.
/// max_clusters : int
///     Numbers from 1 to this are compared.
/// scaling : str or dict
///     As in :class:`KMeans`.
/// seed : int
/// n_init : int
///     How many times to start each k-means; mixtures start half as often.
/// sample : int
///     How many customers the silhouette, gap, mixtures and stability see.
/// references : int
///     Tables without clusters for the gap statistic; 0 leaves it out.
/// resamples : int
///     Samples with replacement for the stability; 0 leaves it out.
/// covariance_type : {"full", "diag"} or None
///     Of the mixtures; None leaves BIC out.
/// names : list of str, optional
///     Of a matrix the names of its columns; of a table the columns to use, all by default.
///
/// Returns
/// -------
/// ClusterChoice
///
/// References
/// ----------
/// Tibshirani, Walther & Hastie (2001), Estimating the Number of Clusters in a Data Set via the Gap Statistic, JRSS B 63(2).
/// Fang & Wang (2012), Selection of the Number of Clusters via the Bootstrap Method, CSDA 56(3).
///
/// Examples
/// --------
/// >>> import cpm, numpy as np
/// >>> X = np.random.default_rng(0).normal(size=(90, 2)) + np.repeat([[0, 0], [9, 0], [0, 9]], 30, axis=0)
/// >>> choice = cpm.segmentation.choose_clusters(X, max_clusters=5)
/// >>> choice.votes["silhouette"], choice.votes["gap"]
/// (3, 3)
/// >>> choice.reason.startswith("3 clusters")
/// True
#[pyfunction]
#[pyo3(
    signature = (X, max_clusters=10, scaling=None, seed=0, n_init=10, sample=5000, references=10, resamples=10,
        covariance_type=Some("full"), names=None),
    text_signature = "(X, max_clusters=10, scaling=None, seed=0, n_init=10, sample=5000, references=10, resamples=10, \
        covariance_type='full', names=None)"
)]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
#[expect(clippy::too_many_arguments, reason = "keyword arguments")]
pub(crate) fn choose_clusters<'py>(
    py: Python<'py>,
    X: &Bound<'py, PyAny>,
    max_clusters: i64,
    scaling: Option<&Bound<'py, PyAny>>,
    seed: u64,
    n_init: i64,
    sample: i64,
    references: i64,
    resamples: i64,
    covariance_type: Option<&str>,
    names: Option<Vec<String>>,
) -> PyResult<Bound<'py, ClusterChoice>> {
    let count = |name, value| crate::arrays::count(name, value).map(|v| v as usize);
    let Covariates { names, values } = Covariates::new(X, names.as_deref())?;
    let mixture = covariance_type.map(|name| choice("covariance_type", name, COVARIANCES)).transpose()?;
    let mut options = ClusterChoiceOptions::new(count("max_clusters", max_clusters)?)
        .seed(seed)
        .starts(count("n_init", n_init)?)
        .sample(count("sample", sample)?)
        .references(count("references", references)?)
        .resamples(count("resamples", resamples)?)
        .mixture(mixture);
    if let Some(scaling) = scaling {
        options =
            Scalings::new(scaling)?.apply_to(options, ClusterChoiceOptions::scaling, ClusterChoiceOptions::scaling_of);
    }
    if let Some(names) = &names {
        options = options.names(names);
    }
    let (inner, table) = py
        .detach(|| {
            let inner = core::choose_clusters(values.view(), &options)?;
            let table = inner.to_table()?;
            Ok((inner, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(ClusterChoice { inner }))
}
