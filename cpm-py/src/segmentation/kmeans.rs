//! `cpm.KMeans`.

use cpm_core::SavedModel;
use cpm_core::segmentation::{KMeans as Core, KMeansOptions};
use numpy::ndarray::Array2;
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;

use super::model::{Scalings, SegmentationModel, codes, fitted, weights};
use crate::error::OrRaise;
use crate::estimator::Unset;
use crate::survival::covariates::Covariates;
use crate::table::Table;

/// Customers in k groups around means: each customer belongs to the nearest mean.
///
/// Starts by greedy k-means++, Lloyd's iteration with Hamerly's bounds, exchange of single rows. The same seed gives the
/// same clusters whatever the number of threads or the order of the rows. Cluster 0 is the largest.
///
/// ``X`` is a matrix with one row per customer, or a table with named numeric columns: a pandas, Polars or PyArrow table, or
/// a dict of columns. Predictions take the columns of a table by the names of the fit.
///
/// Parameters
/// ----------
/// n_clusters : int
/// seed : int
/// n_init : int
///     How many times to start; the best result counts.
/// max_iter : int
///     Most iterations of a start.
/// tol : float
///     The iteration ends when the centers moved by no more than this, as a squared distance relative to the mean variance of
///     the columns; as scikit-learn's.
/// scaling : {"none", "standard", "robust", "log", "yeo-johnson"} or dict
///     What happens to columns before distances are taken, for all of them or by name (the rest: none). It belongs to the
///     model: new customers are scaled as those of the fit. Without it the column with the largest variance decides alone.
///
/// References
/// ----------
/// Arthur & Vassilvitskii (2007), k-means++: The Advantages of Careful Seeding, SODA.
/// Hamerly (2010), Making k-means Even Faster, SDM.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> X = {"purchases": customers.frequency + 1, "silence": customers.days_since_last}
/// >>> model = cpm.KMeans(n_clusters=3, scaling={"purchases": "log", "silence": "standard"}).fit(X)
/// >>> model.names, model.sizes.sum()
/// (['purchases', 'silence'], np.float64(2357.0))
/// >>> model.predict({"purchases": [1, 12], "silence": [200, 10]}).shape
/// (2,)
#[pyclass(module = "cpm", extends = SegmentationModel)]
pub(crate) struct KMeans {}

type Given<'py> = Option<Bound<'py, PyAny>>;

impl KMeans {
    fn choices<'py>(
        [n_clusters, seed, n_init, max_iter, tol, scaling]: [Given<'py>; 6],
    ) -> Vec<(&'static str, Given<'py>, Unset)> {
        vec![
            ("n_clusters", n_clusters, Unset::Int(8)),
            ("seed", seed, Unset::Int(0)),
            ("n_init", n_init, Unset::Int(10)),
            ("max_iter", max_iter, Unset::Int(300)),
            ("tol", tol, Unset::Float(1e-4)),
            ("scaling", scaling, Unset::Text("none")),
        ]
    }

    /// The model, and the columns of its fit.
    fn model_and_x(slf: &Bound<'_, Self>, x: &Bound<'_, PyAny>) -> PyResult<(Core, Array2<f64>)> {
        let model = fitted!(slf, KMeans);
        let x = Covariates::new(x, Some(model.names()))?.values;
        Ok((model, x))
    }

    /// A model from a file.
    pub(super) fn loaded(py: Python<'_>, model: SavedModel) -> PyResult<PyClassInitializer<Self>> {
        let k = if let SavedModel::KMeans(m) = &model { m.k() } else { 0 };
        let k = k.into_pyobject(py)?.into_any();
        let base = SegmentationModel::base(py, Self::choices([Some(k), None, None, None, None, None]), Some(model))?;
        Ok(base.add_subclass(Self {}))
    }

    fn options(slf: &Bound<'_, Self>, names: Option<&[String]>) -> PyResult<KMeansOptions> {
        let (py, base) = (slf.py(), slf.as_super().as_super().borrow());
        let options = KMeansOptions::new(base.count(py, "n_clusters")?)
            .seed(base.count(py, "seed")? as u64)
            .starts(base.count(py, "n_init")?)
            .max_iterations(base.count(py, "max_iter")?)
            .tolerance(base.choice(py, "tol")?);
        let scaling = Scalings::new(&base.raw(py, "scaling")?)?;
        let options = scaling.apply_to(options, KMeansOptions::scaling, KMeansOptions::scaling_of);
        Ok(match names {
            Some(names) => options.names(names),
            None => options,
        })
    }
}

#[pymethods]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
impl KMeans {
    #[new]
    #[pyo3(
        signature = (n_clusters=None, seed=None, n_init=None, max_iter=None, tol=None, scaling=None),
        text_signature = "(n_clusters=8, seed=0, n_init=10, max_iter=300, tol=0.0001, scaling='none')"
    )]
    fn new<'py>(
        py: Python<'py>,
        n_clusters: Given<'py>,
        seed: Given<'py>,
        n_init: Given<'py>,
        max_iter: Given<'py>,
        tol: Given<'py>,
        scaling: Given<'py>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let choices = Self::choices([n_clusters, seed, n_init, max_iter, tol, scaling]);
        Ok(SegmentationModel::base(py, choices, None)?.add_subclass(Self {}))
    }

    /// Finds the clusters.
    ///
    /// Parameters
    /// ----------
    /// X : array-like or table
    /// y : ignored
    ///     For scikit-learn's pipelines.
    /// weights : array-like, optional
    ///     How much each row counts.
    /// names : list of str, optional
    ///     Of a matrix the names of its columns; of a table the columns to use, all by default.
    ///
    /// Returns
    /// -------
    /// KMeans
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// DataError
    ///     Naming column, row (from 0) and value of an attribute that is missing, text or infinite.
    /// FitError
    ///     For more clusters than distinct rows, or a constant column that is to be scaled.
    #[pyo3(signature = (X, y=None, weights=None, names=None))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        y: Option<&Bound<'py, PyAny>>,
        weights: Option<&Bound<'py, PyAny>>,
        names: Option<Vec<String>>,
    ) -> PyResult<Bound<'py, Self>> {
        let _ = y;
        let model = Covariates::visit(X, names.as_deref(), |names, values| {
            let mut options = Self::options(&slf, names)?;
            if let Some(weights) = self::weights(weights)? {
                options = options.weights(weights.as_slice()?);
            }
            slf.py().detach(|| Core::fit(values, &options)).or_raise()
        })?;
        slf.as_super().as_super().borrow_mut().set(model);
        Ok(slf)
    }

    /// Learns from another batch of rows: each center becomes the mean of all rows that were ever assigned to it. The first
    /// batch is fitted, and fixes the scaling; afterwards ``inertia`` is that of the latest batch.
    ///
    /// Parameters
    /// ----------
    /// X : array-like or table
    /// y : ignored
    /// weights : array-like, optional
    #[pyo3(signature = (X, y=None, weights=None))]
    fn partial_fit<'py>(
        slf: Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        y: Option<&Bound<'py, PyAny>>,
        weights: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        if slf.as_super().as_super().borrow().fitted().is_none() {
            return Self::fit(slf, X, y, weights, None);
        }
        let (mut model, x) = Self::model_and_x(&slf, X)?;
        let weights = self::weights(weights)?;
        let weights = weights.as_ref().map(|w| w.as_slice()).transpose()?;
        slf.py().detach(|| model.partial_fit(x.view(), weights)).or_raise()?;
        slf.as_super().as_super().borrow_mut().set(model);
        Ok(slf)
    }

    /// The cluster of each row, from 0.
    fn predict<'py>(slf: &Bound<'py, Self>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let (model, x) = Self::model_and_x(slf, X)?;
        let labels = slf.py().detach(|| model.predict(x.view())).or_raise()?;
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
        Self::predict(&Self::fit(slf, X, y, weights, None)?, X)
    }

    /// Distance of each row to each center, after scaling.
    fn transform<'py>(slf: &Bound<'py, Self>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (model, x) = Self::model_and_x(slf, X)?;
        Ok(slf.py().detach(|| model.transform(x.view())).or_raise()?.to_pyarray(slf.py()))
    }

    /// Minus the sum of squared distances of rows to their centers, after scaling: the higher the better.
    #[pyo3(signature = (X, y=None, weights=None))]
    fn score<'py>(
        slf: &Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        y: Option<&Bound<'py, PyAny>>,
        weights: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<f64> {
        let _ = y;
        let (model, x) = Self::model_and_x(slf, X)?;
        let weights = self::weights(weights)?;
        let weights = weights.as_ref().map(|w| w.as_slice()).transpose()?;
        Ok(-slf.py().detach(|| model.inertia_of(x.view(), weights)).or_raise()?)
    }

    /// Names of the columns.
    #[getter]
    fn names(slf: &Bound<'_, Self>) -> PyResult<Vec<String>> {
        Ok(fitted!(slf, KMeans).names().to_vec())
    }

    /// The centers in the units of the data, one row per cluster.
    #[getter]
    fn centers<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        Ok(fitted!(slf, KMeans).centers().to_pyarray(slf.py()))
    }

    /// The centers after scaling.
    #[getter]
    fn scaled_centers<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        Ok(fitted!(slf, KMeans).scaled_centers().to_pyarray(slf.py()))
    }

    /// Number (or weight) of the rows of each cluster.
    #[getter]
    fn sizes<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        Ok(PyArray1::from_slice(slf.py(), fitted!(slf, KMeans).sizes()))
    }

    /// Sum of squared distances to the centers, after scaling.
    #[getter]
    fn inertia(slf: &Bound<'_, Self>) -> PyResult<f64> {
        Ok(fitted!(slf, KMeans).inertia())
    }

    /// Iterations on all rows from the start that won, and batches since.
    #[getter]
    fn iterations(slf: &Bound<'_, Self>) -> PyResult<usize> {
        Ok(fitted!(slf, KMeans).iterations())
    }

    /// Whether the centers came to rest.
    #[getter]
    fn converged(slf: &Bound<'_, Self>) -> PyResult<bool> {
        Ok(fitted!(slf, KMeans).converged())
    }

    /// ``cluster, size, share`` and the centers in the units of the data, one row per cluster.
    fn to_table(slf: &Bound<'_, Self>) -> PyResult<Table> {
        fitted!(slf, KMeans).to_table().or_raise().map(Into::into)
    }
}
