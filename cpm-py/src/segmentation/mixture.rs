//! `cpm.GaussianMixture`.

use cpm_core::SavedModel;
use cpm_core::segmentation::{Covariance, GaussianMixture as Core, GaussianMixtureOptions};
use numpy::ndarray::Array2;
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;

use super::model::{Scalings, SegmentationModel, codes, fitted, weights};
use crate::error::OrRaise;
use crate::estimator::Unset;
use crate::survival::covariates::Covariates;
use crate::survival::{Choices, choice, name_of};
use crate::table::Table;

pub(super) const COVARIANCES: &Choices<Covariance> = &[("full", Covariance::Full), ("diag", Covariance::Diagonal)];

/// Customers as draws from k normal distributions: overlapping groups, with the probability of each customer's group.
///
/// Maximum likelihood by the EM algorithm from several starts. The likelihood is that of the data in their own units, so
/// AIC and BIC can be compared between scalings. Component 0 is the largest.
///
/// Parameters
/// ----------
/// n_components : int
/// covariance_type : {"full", "diag"}
///     Ellipsoids in any direction, or along the axes.
/// seed : int
/// n_init : int
///     How many times to start: once from k-means, then from draws of k-means++.
/// max_iter : int
///     Most iterations of a start.
/// tol : float
///     The iteration ends when the mean log-likelihood of a row grows by less.
/// reg_covar : float
///     Added to the variances of scaled values, so that no component shrinks to a point.
/// scaling : {"none", "standard", "robust", "log", "yeo-johnson"} or dict
///     As of :class:`KMeans`.
///
/// References
/// ----------
/// Dempster, Laird & Rubin (1977), Maximum Likelihood from Incomplete Data via the EM Algorithm, JRSS B 39(1).
///
/// Examples
/// --------
/// >>> import cpm
/// >>> model = cpm.GaussianMixture(n_components=2).fit([[1.0], [1.2], [0.9], [1.1], [9.0], [9.3], [8.9]])
/// >>> model.weights.round(3)
/// array([0.571, 0.429])
/// >>> model.predict([[2.0], [8.0]])
/// array([0, 1])
#[pyclass(module = "cpm", extends = SegmentationModel)]
pub(crate) struct GaussianMixture {}

type Given<'py> = Option<Bound<'py, PyAny>>;

impl GaussianMixture {
    fn choices<'py>(
        [n_components, covariance_type, seed, n_init, max_iter, tol, reg_covar, scaling]: [Given<'py>; 8],
    ) -> Vec<(&'static str, Given<'py>, Unset)> {
        vec![
            ("n_components", n_components, Unset::Int(1)),
            ("covariance_type", covariance_type, Unset::Text("full")),
            ("seed", seed, Unset::Int(0)),
            ("n_init", n_init, Unset::Int(5)),
            ("max_iter", max_iter, Unset::Int(1_000)),
            ("tol", tol, Unset::Float(1e-6)),
            ("reg_covar", reg_covar, Unset::Float(1e-6)),
            ("scaling", scaling, Unset::Text("none")),
        ]
    }

    /// The model, and the columns of its fit.
    fn model_and_x(slf: &Bound<'_, Self>, x: &Bound<'_, PyAny>) -> PyResult<(Core, Array2<f64>)> {
        let model = fitted!(slf, GaussianMixture);
        let x = Covariates::new(x, Some(model.names()))?.values;
        Ok((model, x))
    }

    /// A model from a file.
    pub(super) fn loaded(py: Python<'_>, model: SavedModel) -> PyResult<PyClassInitializer<Self>> {
        let (k, shape) = match &model {
            SavedModel::GaussianMixture(m) => (m.k(), name_of(&m.covariance(), COVARIANCES)),
            _ => (0, "full"),
        };
        let (k, shape) = (k.into_pyobject(py)?.into_any(), shape.into_pyobject(py)?.into_any());
        let choices = Self::choices([Some(k), Some(shape), None, None, None, None, None, None]);
        Ok(SegmentationModel::base(py, choices, Some(model))?.add_subclass(Self {}))
    }

    fn options(slf: &Bound<'_, Self>, names: Option<&[String]>) -> PyResult<GaussianMixtureOptions> {
        let (py, base) = (slf.py(), slf.as_super().as_super().borrow());
        let covariance: String = base.choice(py, "covariance_type")?;
        let options = GaussianMixtureOptions::new(base.count(py, "n_components")?)
            .covariance(choice("covariance_type", &covariance, COVARIANCES)?)
            .seed(base.count(py, "seed")? as u64)
            .starts(base.count(py, "n_init")?)
            .max_iterations(base.count(py, "max_iter")?)
            .tolerance(base.choice(py, "tol")?)
            .regularisation(base.choice(py, "reg_covar")?);
        let scaling = Scalings::new(&base.raw(py, "scaling")?)?;
        let options = scaling.apply_to(options, GaussianMixtureOptions::scaling, GaussianMixtureOptions::scaling_of);
        Ok(match names {
            Some(names) => options.names(names),
            None => options,
        })
    }
}

#[pymethods]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
impl GaussianMixture {
    #[new]
    #[pyo3(
        signature = (n_components=None, covariance_type=None, seed=None, n_init=None, max_iter=None, tol=None,
            reg_covar=None, scaling=None),
        text_signature = "(n_components=1, covariance_type='full', seed=0, n_init=5, max_iter=1000, tol=1e-06, \
            reg_covar=1e-06, scaling='none')"
    )]
    #[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn new<'py>(
        py: Python<'py>,
        n_components: Given<'py>,
        covariance_type: Given<'py>,
        seed: Given<'py>,
        n_init: Given<'py>,
        max_iter: Given<'py>,
        tol: Given<'py>,
        reg_covar: Given<'py>,
        scaling: Given<'py>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let choices = Self::choices([n_components, covariance_type, seed, n_init, max_iter, tol, reg_covar, scaling]);
        Ok(SegmentationModel::base(py, choices, None)?.add_subclass(Self {}))
    }

    /// Fits the mixture.
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
    /// GaussianMixture
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// DataError
    ///     Naming column, row (from 0) and value of an attribute that is missing, text or infinite.
    /// FitError
    ///     For more components than distinct rows, a constant column, or a component that shrinks to a point in spite of
    ///     the regularisation.
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

    /// The most probable component of each row, from 0.
    fn predict<'py>(slf: &Bound<'py, Self>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let (model, x) = Self::model_and_x(slf, X)?;
        let labels = slf.py().detach(|| model.predict(x.view())).or_raise()?;
        Ok(codes(slf.py(), &labels))
    }

    /// The probability of each component, given the row: one column per component.
    fn predict_proba<'py>(slf: &Bound<'py, Self>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (model, x) = Self::model_and_x(slf, X)?;
        Ok(slf.py().detach(|| model.predict_proba(x.view())).or_raise()?.to_pyarray(slf.py()))
    }

    /// Logarithm of the density at each row, in the units of the data.
    fn score_samples<'py>(slf: &Bound<'py, Self>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (model, x) = Self::model_and_x(slf, X)?;
        Ok(PyArray1::from_vec(slf.py(), slf.py().detach(|| model.ln_density(x.view())).or_raise()?))
    }

    /// Names of the columns.
    #[getter]
    fn names(slf: &Bound<'_, Self>) -> PyResult<Vec<String>> {
        Ok(fitted!(slf, GaussianMixture).names().to_vec())
    }

    /// Share of the customers in each component.
    #[getter]
    fn weights<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        Ok(PyArray1::from_slice(slf.py(), fitted!(slf, GaussianMixture).weights()))
    }

    /// The means in the units of the data, one row per component.
    #[getter]
    fn means<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        Ok(fitted!(slf, GaussianMixture).means().to_pyarray(slf.py()))
    }

    /// The covariance matrices of scaled values, one per component.
    #[getter]
    fn covariances<'py>(slf: &Bound<'py, Self>) -> PyResult<Vec<Bound<'py, PyArray2<f64>>>> {
        Ok(fitted!(slf, GaussianMixture).covariances().iter().map(|c| c.to_pyarray(slf.py())).collect())
    }

    /// Log-likelihood of the fit, of the data in their own units.
    #[getter]
    fn log_likelihood(slf: &Bound<'_, Self>) -> PyResult<f64> {
        Ok(fitted!(slf, GaussianMixture).log_likelihood())
    }

    /// Akaike's information criterion, 2p - 2 ln L.
    #[getter]
    fn aic(slf: &Bound<'_, Self>) -> PyResult<f64> {
        Ok(fitted!(slf, GaussianMixture).aic())
    }

    /// Schwarz's information criterion, p ln n - 2 ln L.
    #[getter]
    fn bic(slf: &Bound<'_, Self>) -> PyResult<f64> {
        Ok(fitted!(slf, GaussianMixture).bic())
    }

    /// Iterations on all rows from the start that won.
    #[getter]
    fn iterations(slf: &Bound<'_, Self>) -> PyResult<usize> {
        Ok(fitted!(slf, GaussianMixture).iterations())
    }

    /// Whether the log-likelihood came to rest.
    #[getter]
    fn converged(slf: &Bound<'_, Self>) -> PyResult<bool> {
        Ok(fitted!(slf, GaussianMixture).converged())
    }

    /// ``cluster, size, share`` and the means in the units of the data, one row per component.
    fn to_table(slf: &Bound<'_, Self>) -> PyResult<Table> {
        fitted!(slf, GaussianMixture).to_table().or_raise().map(Into::into)
    }
}
