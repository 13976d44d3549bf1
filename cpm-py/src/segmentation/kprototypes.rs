//! `cpm.KPrototypes`.

use cpm_core::SavedModel;
use cpm_core::segmentation::{KPrototypes as Core, KPrototypesOptions, Scaling};
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;

use super::model::{Scalings, SegmentationModel, codes, fitted, weights};
use crate::columns;
use crate::error::OrRaise;
use crate::estimator::Unset;
use crate::table::Table;

/// Customers in k groups by numbers and categories: each belongs to the nearest prototype, the means of the numbers and the most
/// frequent categories.
///
/// The distance is the squared distance of the scaled numbers plus ``gamma`` for each category that differs. The same seed gives the
/// same clusters whatever the number of threads or the order of the rows. Cluster 0 is the largest.
///
/// ``X`` is a table: pandas, Polars, PyArrow, or a dict of columns. Text is a category, an empty one the category ``missing``; numbers
/// must be there. A category that the fit did not see differs from all prototypes alike. Columns called ``customer_id`` play no role.
///
/// Parameters
/// ----------
/// n_clusters : int
/// gamma : float, optional
///     What two different categories add. None: half the mean standard deviation of the scaled numbers (0.5 where they are
///     standardised); 1 without numbers.
/// seed : int
/// n_init : int
///     How many times to start; the best result counts.
/// max_iter : int
///     Most iterations of a start.
/// scaling : {"none", "standard", "robust", "log", "yeo-johnson"} or dict
///     What happens to numbers, for all of them or by name (the rest: none). It belongs to the model.
///
/// References
/// ----------
/// Huang (1998), Extensions to the k-Means Algorithm for Clustering Large Data Sets with Categorical Values, Data Mining and
/// Knowledge Discovery 2, 283-304.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> X = {"age": [21, 25, 23, 60, 64], "channel": ["web", "web", "web", "shop", "shop"]}
/// >>> model = cpm.KPrototypes(n_clusters=2).fit(X)
/// >>> model.predict(X)
/// array([0, 0, 0, 1, 1])
/// >>> model.centers[:, 0].tolist(), model.modes
/// ([23.0, 62.0], [['web'], ['shop']])
#[pyclass(module = "cpm", extends = SegmentationModel)]
pub(crate) struct KPrototypes {}

type Given<'py> = Option<Bound<'py, PyAny>>;

impl KPrototypes {
    fn choices<'py>(
        [n_clusters, gamma, seed, n_init, max_iter, scaling]: [Given<'py>; 6],
    ) -> Vec<(&'static str, Given<'py>, Unset)> {
        vec![
            ("n_clusters", n_clusters, Unset::Int(8)),
            ("gamma", gamma, Unset::None),
            ("seed", seed, Unset::Int(0)),
            ("n_init", n_init, Unset::Int(10)),
            ("max_iter", max_iter, Unset::Int(100)),
            ("scaling", scaling, Unset::Text("standard")),
        ]
    }

    /// A model from a file.
    pub(super) fn loaded(py: Python<'_>, model: SavedModel) -> PyResult<PyClassInitializer<Self>> {
        let (k, gamma) = if let SavedModel::KPrototypes(m) = &model { (m.k(), m.gamma()) } else { (0, 0.0) };
        let (k, gamma) = (k.into_pyobject(py)?.into_any(), gamma.into_pyobject(py)?.into_any());
        let choices = Self::choices([Some(k), Some(gamma), None, None, None, None]);
        Ok(SegmentationModel::base(py, choices, Some(model))?.add_subclass(Self {}))
    }

    fn options(slf: &Bound<'_, Self>) -> PyResult<KPrototypesOptions> {
        let (py, base) = (slf.py(), slf.as_super().as_super().borrow());
        let mut options = KPrototypesOptions::new(base.count(py, "n_clusters")?)
            .seed(base.count(py, "seed")? as u64)
            .starts(base.count(py, "n_init")?)
            .max_iterations(base.count(py, "max_iter")?);
        if let Some(gamma) = base.choice(py, "gamma")? {
            options = options.gamma(gamma);
        }
        // Columns that a dict does not name are not scaled; without it numbers are standardised.
        let options = options.scaling(Scaling::None);
        let scaling = Scalings::new(&base.raw(py, "scaling")?)?;
        Ok(scaling.apply_to(options, KPrototypesOptions::scaling, KPrototypesOptions::scaling_of))
    }
}

#[pymethods]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
impl KPrototypes {
    #[new]
    #[pyo3(
        signature = (n_clusters=None, gamma=None, seed=None, n_init=None, max_iter=None, scaling=None),
        text_signature = "(n_clusters=8, gamma=None, seed=0, n_init=10, max_iter=100, scaling='standard')"
    )]
    fn new<'py>(
        py: Python<'py>,
        n_clusters: Given<'py>,
        gamma: Given<'py>,
        seed: Given<'py>,
        n_init: Given<'py>,
        max_iter: Given<'py>,
        scaling: Given<'py>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let choices = Self::choices([n_clusters, gamma, seed, n_init, max_iter, scaling]);
        Ok(SegmentationModel::base(py, choices, None)?.add_subclass(Self {}))
    }

    /// Finds the clusters.
    ///
    /// Parameters
    /// ----------
    /// X : table
    /// y : ignored
    ///     For scikit-learn's pipelines.
    /// weights : array-like, optional
    ///     How much each row counts.
    ///
    /// Returns
    /// -------
    /// KPrototypes
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// DataError
    ///     Naming column and row (from 0) of a number that is missing or infinite.
    /// FitError
    ///     For more clusters than distinct rows, or a constant column of numbers that is to be scaled.
    #[pyo3(signature = (X, y=None, weights=None))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        y: Option<&Bound<'py, PyAny>>,
        weights: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        let _ = y;
        let table = columns::table(X)?;
        let mut options = Self::options(&slf)?;
        if let Some(weights) = self::weights(weights)? {
            options = options.weights(weights.as_slice()?);
        }
        let model = slf.py().detach(|| Core::fit(&table, &options)).or_raise()?;
        slf.as_super().as_super().borrow_mut().set(model);
        Ok(slf)
    }

    /// The cluster of each row, from 0.
    fn predict<'py>(slf: &Bound<'py, Self>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let model = fitted!(slf, KPrototypes);
        let table = columns::table(X)?;
        let labels = slf.py().detach(|| model.predict(&table)).or_raise()?;
        Ok(codes(slf.py(), &labels))
    }

    /// :meth:`fit`, then :meth:`predict` for the same rows.
    #[pyo3(signature = (X, y=None, weights=None))]
    fn fit_predict<'py>(
        slf: Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        y: Option<&Bound<'py, PyAny>>,
        weights: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray1<i64>>> {
        Self::predict(&Self::fit(slf, X, y, weights)?, X)
    }

    /// Distance of each row to each prototype, as in the cost: squared in the numbers, plus ``gamma`` per category that differs.
    fn transform<'py>(slf: &Bound<'py, Self>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let model = fitted!(slf, KPrototypes);
        let table = columns::table(X)?;
        Ok(slf.py().detach(|| model.transform(&table)).or_raise()?.to_pyarray(slf.py()))
    }

    /// Names of the columns of numbers.
    #[getter]
    fn numeric_names(slf: &Bound<'_, Self>) -> PyResult<Vec<String>> {
        Ok(fitted!(slf, KPrototypes).numeric_names().to_vec())
    }

    /// Names of the columns of categories.
    #[getter]
    fn categorical_names(slf: &Bound<'_, Self>) -> PyResult<Vec<String>> {
        Ok(fitted!(slf, KPrototypes).categorical_names().into_iter().map(str::to_owned).collect())
    }

    /// The means of the numbers in the units of the data, one row per cluster.
    #[getter]
    fn centers<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        Ok(fitted!(slf, KPrototypes).centers().to_pyarray(slf.py()))
    }

    /// The most frequent categories of each cluster, in the order of ``categorical_names``.
    #[getter]
    fn modes(slf: &Bound<'_, Self>) -> PyResult<Vec<Vec<String>>> {
        let model = fitted!(slf, KPrototypes);
        Ok(model.modes().into_iter().map(|m| m.into_iter().map(str::to_owned).collect()).collect())
    }

    /// What two different categories add to the squared distance.
    #[getter]
    fn gamma(slf: &Bound<'_, Self>) -> PyResult<f64> {
        Ok(fitted!(slf, KPrototypes).gamma())
    }

    /// Number (or weight) of the rows of each cluster.
    #[getter]
    fn sizes<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        Ok(PyArray1::from_slice(slf.py(), fitted!(slf, KPrototypes).sizes()))
    }

    /// Sum of the distances to the prototypes.
    #[getter]
    fn cost(slf: &Bound<'_, Self>) -> PyResult<f64> {
        Ok(fitted!(slf, KPrototypes).cost())
    }

    /// Iterations on all rows from the start that won.
    #[getter]
    fn iterations(slf: &Bound<'_, Self>) -> PyResult<usize> {
        Ok(fitted!(slf, KPrototypes).iterations())
    }

    /// Whether the prototypes came to rest.
    #[getter]
    fn converged(slf: &Bound<'_, Self>) -> PyResult<bool> {
        Ok(fitted!(slf, KPrototypes).converged())
    }

    /// ``cluster, size, share`` and the prototypes, one row per cluster.
    fn to_table(slf: &Bound<'_, Self>) -> PyResult<Table> {
        fitted!(slf, KPrototypes).to_table().or_raise().map(Into::into)
    }
}
