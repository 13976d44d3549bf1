//! `cpm.PurchaseModel`, which holds all that purchase models have in common, and the models.

use std::path::PathBuf;

use cpm_core::clv::PurchaseProcess;
use cpm_core::{FitReport, PurchaseModel as _, SavedModel};
use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

use super::convergence::{covariance, standard_errors};
use super::{BgNbd, Convergence, MbgNbd, Nbd, ParetoNbd, no_params, not_fitted, repr, to_dict};
use crate::error::{CpmError, OrRaise};
use crate::summary::CustomerSummary;
use crate::table::Table;

/// What every purchase model has: parameters, how the fit ended, and predictions.
///
/// The models themselves are its subclasses, such as :class:`BgNbd`. ``customers`` is a :class:`CustomerSummary`
/// throughout, ``horizon`` is in its time unit, and arrays have one value per customer in its order.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> model = cpm.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
/// >>> isinstance(model, cpm.PurchaseModel)
/// True
/// >>> customers = cpm.CustomerSummary(frequency=[2, 0], recency=[30.43, 0], T=[38.86, 38.86])
/// >>> model.probability_alive(customers).round(4)
/// array([0.7266, 1.    ])
/// >>> model.expected_purchases(customers, horizon=39).round(4)
/// array([1.226 , 0.1951])
/// >>> model.predict(customers, horizon=39)["purchases_high"]
/// array([5., 2.])
#[pyclass(module = "cpm", subclass)]
pub(crate) struct PurchaseModel {
    fitted: Option<SavedModel>,
}

impl PurchaseModel {
    /// The base of a subclass that is fitted already.
    pub(crate) fn fitted(model: SavedModel) -> PyClassInitializer<Self> {
        PyClassInitializer::from(Self { fitted: Some(model) })
    }

    /// The base of a subclass that is not.
    pub(super) fn unfitted() -> PyClassInitializer<Self> {
        PyClassInitializer::from(Self { fitted: None })
    }

    /// Takes the result of a fit.
    pub(super) fn set(&mut self, model: SavedModel) {
        self.fitted = Some(model);
    }

    /// The model in the form that can be saved, if it is fitted.
    pub(super) fn saved(&self) -> Option<&SavedModel> {
        self.fitted.as_ref()
    }

    /// The fitted model, or the error that says how to get one.
    pub(crate) fn process(&self) -> PyResult<&dyn PurchaseProcess> {
        match &self.fitted {
            Some(SavedModel::BgNbd(model)) => Ok(model),
            Some(SavedModel::MbgNbd(model)) => Ok(model),
            Some(SavedModel::Nbd(model)) => Ok(model),
            Some(SavedModel::ParetoNbd(model)) => Ok(model),
            _ => Err(not_fitted("model")),
        }
    }

    fn report(&self) -> PyResult<Option<&FitReport>> {
        Ok(self.process()?.fit_report())
    }
}

/// Scores of all customers, computed without the interpreter lock.
fn scores<'py>(
    py: Python<'py>,
    compute: impl Send + FnOnce() -> cpm_core::Result<Vec<f64>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    Ok(PyArray1::from_vec(py, py.detach(compute).or_raise()?))
}

#[pymethods]
impl PurchaseModel {
    /// Names and values of the parameters.
    #[getter(params)]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        to_dict(py, &self.process()?.parameters())
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

    /// Log-likelihood of each customer.
    fn log_likelihood_per_customer<'py>(
        &self,
        py: Python<'py>,
        customers: &CustomerSummary,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = self.process()?;
        scores(py, || model.log_likelihood_per_customer(&customers.inner))
    }

    /// Probability that each customer is still alive at the end of observation.
    fn probability_alive<'py>(
        &self,
        py: Python<'py>,
        customers: &CustomerSummary,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = self.process()?;
        scores(py, || model.probability_alive(&customers.inner))
    }

    /// Probability that each customer is still alive ``horizon`` time units after the end of observation.
    fn probability_alive_after<'py>(
        &self,
        py: Python<'py>,
        customers: &CustomerSummary,
        horizon: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = self.process()?;
        scores(py, || model.probability_alive_after(&customers.inner, horizon))
    }

    /// Expected number of purchases of each customer within ``horizon`` time units after the end of observation.
    ///
    /// Raises
    /// ------
    /// CpmError
    ///     If the horizon is not positive, the model is not fitted, or the summary has another time unit.
    fn expected_purchases<'py>(
        &self,
        py: Python<'py>,
        customers: &CustomerSummary,
        horizon: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = self.process()?;
        scores(py, || model.expected_purchases(&customers.inner, horizon))
    }

    /// Expected number of repeat purchases of a customer within ``horizon`` time units after its first purchase.
    fn expected_purchases_new_customer(&self, py: Python<'_>, horizon: f64) -> PyResult<f64> {
        let model = self.process()?;
        py.detach(|| model.expected_purchases_new_customer(horizon)).or_raise()
    }

    /// Probability that each customer makes no purchase within ``horizon`` time units after the end of observation.
    fn probability_no_purchase<'py>(
        &self,
        py: Python<'py>,
        customers: &CustomerSummary,
        horizon: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = self.process()?;
        scores(py, || model.probability_no_purchase(&customers.inner, horizon))
    }

    /// All of these with intervals.
    ///
    /// Intervals of probabilities and expectations are confidence intervals: they hold the uncertainty of the
    /// parameters. ``purchases_low`` and ``purchases_high`` are a prediction interval: it also holds the chance in what
    /// the customer will do.
    ///
    /// Parameters
    /// ----------
    /// customers : CustomerSummary
    /// horizon : float
    ///     In time units of the summary.
    /// level : float
    ///     Probability that an interval holds.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``customer_id``, ``probability_alive``, ``expected_purchases`` and ``probability_no_purchase``, each with ``_low`` and
    ///     ``_high``, and ``purchases_low``, ``purchases_high``.
    #[pyo3(signature = (customers, horizon, level=0.95))]
    fn predict(&self, py: Python<'_>, customers: &CustomerSummary, horizon: f64, level: f64) -> PyResult<Table> {
        let model = self.process()?;
        py.detach(|| model.predict(&customers.inner, horizon, level)?.to_table()).or_raise().map(Into::into)
    }

    /// Expected repeat purchases of a newly acquired customer, with confidence and prediction interval.
    ///
    /// Returns
    /// -------
    /// dict
    ///     ``expected_purchases`` with ``expected_purchases_low`` and ``expected_purchases_high``; ``purchases_low`` and
    ///     ``purchases_high``.
    #[pyo3(signature = (horizon, level=0.95))]
    fn predict_new_customer<'py>(&self, py: Python<'py>, horizon: f64, level: f64) -> PyResult<Bound<'py, PyDict>> {
        let model = self.process()?;
        let new = py.detach(|| model.predict_new_customer(horizon, level)).or_raise()?;
        to_dict(
            py,
            &[
                ("expected_purchases", new.expected_purchases.value),
                ("expected_purchases_low", new.expected_purchases.interval.low),
                ("expected_purchases_high", new.expected_purchases.interval.high),
                ("purchases_low", new.purchases.low),
                ("purchases_high", new.purchases.high),
            ],
        )
    }

    /// Saves the model as a small JSON file, which :func:`load_model` and the Rust crate read.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file; one that exists is overwritten.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        self.process()?;
        match &self.fitted {
            Some(model) => py.detach(|| model.save(path)).or_raise(),
            None => Ok(()),
        }
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

    fn __setstate__(&mut self, state: &str) -> PyResult<()> {
        self.fitted = Some(SavedModel::from_json(state).or_raise()?);
        Ok(())
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let class = slf.get_type().name()?.to_string();
        Ok(match slf.borrow().process() {
            Ok(model) => repr(&class, &model.parameters()),
            Err(_) => format!("{class}()"),
        })
    }
}

/// A fitted model as the Python class of its kind.
pub(super) fn to_python(py: Python<'_>, model: SavedModel) -> PyResult<Py<PyAny>> {
    match model {
        SavedModel::BgNbd(_) => Ok(Py::new(py, PurchaseModel::fitted(model).add_subclass(BgNbd))?.into_any()),
        SavedModel::MbgNbd(_) => Ok(Py::new(py, PurchaseModel::fitted(model).add_subclass(MbgNbd))?.into_any()),
        SavedModel::ParetoNbd(_) => Ok(Py::new(py, PurchaseModel::fitted(model).add_subclass(ParetoNbd))?.into_any()),
        SavedModel::Nbd(_) => Ok(Py::new(py, PurchaseModel::fitted(model).add_subclass(Nbd))?.into_any()),
        _ => Err(CpmError::new_err("this version of the Python package has no class for the saved model")),
    }
}
