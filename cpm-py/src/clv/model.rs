//! `cpm.Model`: what all fitted models have in common, whatever they are a model of.

use std::path::PathBuf;

use cpm_core::{FitReport, SavedModel};
use numpy::PyArray2;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::contractual::{BetaDiscreteWeibull, ContractualModel, ShiftedBetaGeometric};
use super::convergence::{covariance, standard_errors};
use super::{
    BgBb, BgCnbd, BgNbd, Convergence, CovariateModel, GGompertzNbd, GammaGamma, MbgCnbd, MbgNbd, Nbd, ParetoNbd,
    PurchaseModel, ShiftedBetaGeometricWithCovariates, no_params, not_fitted, repr, to_dict,
};
use crate::error::{CpmError, OrRaise};

/// What every model has: parameters, how the fit ended, and a way to keep it.
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
#[pyclass(module = "cpm", subclass)]
pub(crate) struct Model {
    fitted: Option<SavedModel>,
}

impl Model {
    /// The base of a class: fitted already, or not.
    pub(super) fn base(fitted: Option<SavedModel>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Self { fitted })
    }

    /// Takes the result of a fit.
    pub(super) fn set(&mut self, model: SavedModel) {
        self.fitted = Some(model);
    }

    /// The model in the form that can be saved, or the error that says how to get one.
    pub(super) fn saved(&self) -> PyResult<&SavedModel> {
        self.fitted.as_ref().ok_or_else(|| not_fitted("model"))
    }

    fn report(&self) -> PyResult<Option<&FitReport>> {
        Ok(self.saved()?.fit_report())
    }
}

#[pymethods]
impl Model {
    /// Names and values of the parameters.
    #[getter(params)]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        to_dict(py, &self.saved()?.parameters())
    }

    /// Maximised log-likelihood; None if the parameters were given.
    #[getter]
    fn log_likelihood(&self) -> PyResult<Option<f64>> {
        Ok(self.report()?.map(|r| r.log_likelihood))
    }

    /// Standard errors of the parameters, None for one that ran to the edge of its range; None altogether if the
    /// parameters were given.
    #[getter]
    fn standard_errors<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.report()?.map(|r| standard_errors(py, r)).transpose()
    }

    /// Covariance of the log-parameters, in the order of ``params``; None if the parameters were given.
    #[getter]
    fn covariance_log<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyArray2<f64>>>> {
        Ok(self.report()?.map(|r| covariance(py, r)))
    }

    /// Akaike's information criterion, 2k - 2 ln L; None if the parameters were given.
    #[getter]
    fn aic(&self) -> PyResult<Option<f64>> {
        Ok(self.report()?.map(FitReport::aic))
    }

    /// Schwarz's information criterion, k ln n - 2 ln L; None if the parameters were given.
    #[getter]
    fn bic(&self) -> PyResult<Option<f64>> {
        Ok(self.report()?.map(FitReport::bic))
    }

    /// How the fit ended; None if the parameters were given.
    #[getter]
    fn convergence(&self) -> PyResult<Option<Convergence>> {
        Ok(self.report()?.map(Convergence::from))
    }

    /// Saves the model as a small JSON file, which :func:`load_model` and the Rust crate read.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file; one that exists is overwritten.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        let model = self.saved()?;
        py.detach(|| model.save(path)).or_raise()
    }

    /// The choices that the object was made with, as scikit-learn asks for them: there are none.
    #[pyo3(signature = (deep=true))]
    fn get_params<'py>(&self, py: Python<'py>, deep: bool) -> Bound<'py, PyDict> {
        let _ = deep;
        PyDict::new(py)
    }

    /// Changes these choices; there are none.
    #[pyo3(signature = (**params))]
    fn set_params<'py>(slf: Bound<'py, Self>, params: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, Self>> {
        no_params(&slf.get_type().name()?.to_string(), params)?;
        Ok(slf)
    }

    /// For pickle, with the JSON text of :meth:`save`.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyType>, Bound<'py, PyTuple>, Option<String>)> {
        let state = slf.borrow().fitted.as_ref().map(SavedModel::to_json).transpose().or_raise()?;
        Ok((slf.get_type(), PyTuple::empty(slf.py()), state))
    }

    fn __setstate__(slf: &Bound<'_, Self>, state: &str) -> PyResult<()> {
        let model = to_python(slf.py(), SavedModel::from_json(state).or_raise()?)?;
        let model = model.bind(slf.py()).cast::<Self>()?;
        if !slf.get_type().is_subclass(&model.get_type())? {
            let class = slf.get_type().name()?;
            return Err(CpmError::new_err(format!("the pickled state is not that of a {class}")));
        }
        slf.borrow_mut().fitted = model.borrow().fitted.clone();
        Ok(())
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let class = slf.get_type().name()?.to_string();
        Ok(match &slf.borrow().fitted {
            Some(model) => repr(&class, &model.parameters()),
            None => format!("{class}()"),
        })
    }
}

/// A fitted model as the Python class of its kind.
pub(crate) fn to_python(py: Python<'_>, model: SavedModel) -> PyResult<Py<PyAny>> {
    macro_rules! object {
        ($base:ident, $class:ident) => {
            Ok(Py::new(py, Model::base(Some(model)).add_subclass($base).add_subclass($class))?.into_any())
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
            let class = CovariateModel::of(&model)?;
            Ok(Py::new(py, Model::base(Some(model)).add_subclass(PurchaseModel).add_subclass(class))?.into_any())
        }
        SavedModel::ShiftedBetaGeometric(_) => object!(ContractualModel, ShiftedBetaGeometric),
        SavedModel::BetaDiscreteWeibull(_) => object!(ContractualModel, BetaDiscreteWeibull),
        SavedModel::ShiftedBetaGeometricCovariates(_) => {
            let class = ShiftedBetaGeometricWithCovariates;
            Ok(Py::new(py, Model::base(Some(model)).add_subclass(class))?.into_any())
        }
        SavedModel::BgBb(_) => object!(PurchaseModel, BgBb),
        SavedModel::GammaGamma(_) => Ok(Py::new(py, Model::base(Some(model)).add_subclass(GammaGamma))?.into_any()),
        _ => Err(CpmError::new_err("this version of the Python package has no class for the saved model")),
    }
}
