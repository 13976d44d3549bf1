//! `cpm.Model`: what all fitted models have in common, whatever they are a model of.

use cpm_core::{FitReport, SavedModel};
use numpy::PyArray2;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::contract_models::{BetaDiscreteWeibull, ShiftedBetaGeometric};
use super::contractual::ContractualModel;
use super::convergence::{covariance, standard_errors};
use super::{
    BgBb, BgCnbd, BgNbd, Convergence, CovariateModel, GGompertzNbd, GammaGamma, MbgCnbd, MbgNbd, Nbd, ParetoNbd,
    PurchaseModel, ShiftedBetaGeometricWithCovariates, not_fitted, repr, to_dict,
};
use crate::error::CpmError;
use crate::estimator::{Estimator, Params};

/// What every model of purchases, spend or contracts is: an :class:`Estimator` with parameters, and how their fit ended.
///
/// The models themselves are its subclasses.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> model = cpm.ShiftedBetaGeometric.from_params(alpha=0.764, beta=1.296)
/// >>> isinstance(model, cpm.Model)
/// True
/// >>> model.params, model.log_likelihood
/// ({'alpha': 0.764, 'beta': 1.296}, None)
#[pyclass(module = "cpm", extends = Estimator, subclass)]
pub(crate) struct Model;

impl Model {
    /// The base of a class without choices: fitted already, or not.
    pub(super) fn base(py: Python<'_>, fitted: Option<SavedModel>) -> PyClassInitializer<Self> {
        Self::chosen(PyDict::new(py), fitted)
    }

    /// The base of a class from its choices.
    pub(super) fn chosen(params: impl Into<Params>, fitted: Option<SavedModel>) -> PyClassInitializer<Self> {
        Estimator::of(params, fitted).add_subclass(Self)
    }

    /// Takes the result of a fit.
    pub(super) fn set(slf: &Bound<'_, Self>, model: impl Into<SavedModel>) {
        slf.as_super().borrow_mut().set(model);
    }

    /// The model in the form that can be saved, or the error that says how to get one.
    pub(super) fn saved<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<&'a SavedModel> {
        slf.as_super().fitted().ok_or_else(|| not_fitted("model"))
    }

    fn report<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<Option<&'a FitReport>> {
        Ok(Self::saved(slf)?.fit_report())
    }
}

#[pymethods]
impl Model {
    /// Names and values of the parameters.
    #[getter(params)]
    fn parameters<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        to_dict(py, &Self::saved(&slf)?.parameters())
    }

    /// Maximised log-likelihood; None if the parameters were given.
    #[getter]
    fn log_likelihood(slf: PyRef<'_, Self>) -> PyResult<Option<f64>> {
        Ok(Self::report(&slf)?.map(|r| r.log_likelihood))
    }

    /// Standard errors of the parameters, None for one that ran to the edge of its range; None altogether if the
    /// parameters were given.
    #[getter]
    fn standard_errors<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        Self::report(&slf)?.map(|r| standard_errors(py, r)).transpose()
    }

    /// Covariance of the log-parameters, in the order of ``params``; None if the parameters were given.
    #[getter]
    fn covariance_log<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Option<Bound<'py, PyArray2<f64>>>> {
        Ok(Self::report(&slf)?.map(|r| covariance(py, r)))
    }

    /// Akaike's information criterion, 2k - 2 ln L; None if the parameters were given.
    #[getter]
    fn aic(slf: PyRef<'_, Self>) -> PyResult<Option<f64>> {
        Ok(Self::report(&slf)?.map(FitReport::aic))
    }

    /// Schwarz's information criterion, k ln n - 2 ln L; None if the parameters were given.
    #[getter]
    fn bic(slf: PyRef<'_, Self>) -> PyResult<Option<f64>> {
        Ok(Self::report(&slf)?.map(FitReport::bic))
    }

    /// How the fit ended; None if the parameters were given.
    #[getter]
    fn convergence(slf: PyRef<'_, Self>) -> PyResult<Option<Convergence>> {
        Ok(Self::report(&slf)?.map(Convergence::from))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let class = slf.get_type().name()?.to_string();
        Ok(match slf.as_super().borrow().fitted() {
            Some(model) => repr(&class, &model.parameters()),
            None => format!("{class}()"),
        })
    }
}

/// A fitted model as the Python class of its kind.
pub(crate) fn to_python(py: Python<'_>, model: SavedModel) -> PyResult<Py<PyAny>> {
    macro_rules! object {
        ($base:ident, $class:ident) => {
            Ok(Py::new(py, Model::base(py, Some(model)).add_subclass($base).add_subclass($class))?.into_any())
        };
    }
    match model {
        SavedModel::BgNbd(_) => object!(PurchaseModel, BgNbd),
        SavedModel::MbgNbd(_) => object!(PurchaseModel, MbgNbd),
        SavedModel::Nbd(_) => object!(PurchaseModel, Nbd),
        SavedModel::ParetoNbd(_) => object!(PurchaseModel, ParetoNbd),
        SavedModel::GGompertzNbd(_) => object!(PurchaseModel, GGompertzNbd),
        SavedModel::BgCnbd(_) => object!(PurchaseModel, BgCnbd),
        SavedModel::MbgCnbd(_) => object!(PurchaseModel, MbgCnbd),
        SavedModel::BgNbdCovariates(_) | SavedModel::MbgNbdCovariates(_) | SavedModel::ParetoNbdCovariates(_) => {
            CovariateModel::loaded(py, model)
        }
        SavedModel::ShiftedBetaGeometric(_) => object!(ContractualModel, ShiftedBetaGeometric),
        SavedModel::BetaDiscreteWeibull(_) => object!(ContractualModel, BetaDiscreteWeibull),
        SavedModel::ShiftedBetaGeometricCovariates(model) => ShiftedBetaGeometricWithCovariates::loaded(py, model),
        SavedModel::BgBb(_) => object!(PurchaseModel, BgBb),
        SavedModel::GammaGamma(_) => Ok(Py::new(py, Model::base(py, Some(model)).add_subclass(GammaGamma))?.into_any()),
        SavedModel::Posterior(_) => {
            Err(CpmError::new_err("the file is that of a posterior, not of a model: Posterior.load reads it"))
        }
        _ => Err(CpmError::new_err("this version of the Python package has no class for the saved model")),
    }
}
