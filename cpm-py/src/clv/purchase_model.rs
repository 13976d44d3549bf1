//! `cpm.PurchaseModel`: what purchase models have in common.

use std::ops::Deref;

use cpm_core::clv::PurchaseProcess;
use cpm_core::{PurchaseModel as _, SavedModel};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{Model, not_fitted, to_dict};
use crate::error::{CpmError, OrRaise};
use crate::summary::CustomerSummary;
use crate::table::Table;

/// What every purchase model has, beside what it has as a :class:`Model`: predictions for a summary.
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
#[pyclass(module = "cpm", extends = Model, subclass)]
pub(crate) struct PurchaseModel;

impl PurchaseModel {
    /// The fitted model, or the error that says how to get one.
    pub(crate) fn process<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<&'a dyn PurchaseProcess> {
        match slf.as_super().saved()? {
            SavedModel::BgNbd(model) => Ok(model),
            SavedModel::MbgNbd(model) => Ok(model),
            SavedModel::Nbd(model) => Ok(model),
            SavedModel::ParetoNbd(model) => Ok(model),
            SavedModel::GGompertzNbd(model) => Ok(model),
            SavedModel::BgCnbd(model) => Ok(model),
            SavedModel::MbgCnbd(model) => Ok(model),
            SavedModel::BgNbdCovariates(_) | SavedModel::MbgNbdCovariates(_) | SavedModel::ParetoNbdCovariates(_) => {
                Err(CpmError::new_err(
                    "a model with covariates answers for customers with covariates: ask for those of a summary, or \
                     expected_purchases_new_customers",
                ))
            }
            _ => Err(not_fitted("model")),
        }
    }

    /// The model as it answers for these customers.
    pub(crate) fn of<'a>(slf: &'a PyRef<'_, Self>, customers: &CustomerSummary) -> PyResult<ProcessOf<'a>> {
        let customers = &customers.inner;
        Ok(ProcessOf::Bound(match slf.as_super().saved()? {
            SavedModel::BgNbdCovariates(model) => Box::new(slf.py().detach(|| model.of(customers)).or_raise()?),
            SavedModel::MbgNbdCovariates(model) => Box::new(slf.py().detach(|| model.of(customers)).or_raise()?),
            SavedModel::ParetoNbdCovariates(model) => Box::new(slf.py().detach(|| model.of(customers)).or_raise()?),
            _ => return Self::process(slf).map(ProcessOf::Any),
        }))
    }
}

/// A model that answers for any customers, or one made for those of a summary.
pub(crate) enum ProcessOf<'a> {
    Any(&'a dyn PurchaseProcess),
    Bound(Box<dyn PurchaseProcess>),
}

impl<'a> Deref for ProcessOf<'a> {
    type Target = dyn PurchaseProcess + 'a;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Any(model) => *model,
            Self::Bound(model) => model.as_ref(),
        }
    }
}

/// Scores of all customers, computed without the interpreter lock.
pub(super) fn scores<'py>(
    py: Python<'py>,
    compute: impl Send + FnOnce() -> cpm_core::Result<Vec<f64>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    Ok(PyArray1::from_vec(py, py.detach(compute).or_raise()?))
}

#[pymethods]
impl PurchaseModel {
    /// Log-likelihood of each customer.
    fn log_likelihood_per_customer<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: &CustomerSummary,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::of(&slf, customers)?;
        scores(py, || model.log_likelihood_per_customer(&customers.inner))
    }

    /// Probability that each customer is still alive at the end of observation.
    fn probability_alive<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: &CustomerSummary,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::of(&slf, customers)?;
        scores(py, || model.probability_alive(&customers.inner))
    }

    /// Probability that each customer is still alive ``horizon`` time units after the end of observation.
    fn probability_alive_after<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: &CustomerSummary,
        horizon: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::of(&slf, customers)?;
        scores(py, || model.probability_alive_after(&customers.inner, horizon))
    }

    /// Expected number of purchases of each customer within ``horizon`` time units after the end of observation.
    ///
    /// Raises
    /// ------
    /// CpmError
    ///     If the horizon is not positive, the model is not fitted, or the summary has another time unit.
    fn expected_purchases<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: &CustomerSummary,
        horizon: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::of(&slf, customers)?;
        scores(py, || model.expected_purchases(&customers.inner, horizon))
    }

    /// Expected number of repeat purchases of a customer within ``horizon`` time units after its first purchase.
    fn expected_purchases_new_customer(slf: PyRef<'_, Self>, py: Python<'_>, horizon: f64) -> PyResult<f64> {
        let model = Self::process(&slf)?;
        py.detach(|| model.expected_purchases_new_customer(horizon)).or_raise()
    }

    /// Probability that each customer makes no purchase within ``horizon`` time units after the end of observation.
    fn probability_no_purchase<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: &CustomerSummary,
        horizon: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::of(&slf, customers)?;
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
    fn predict(
        slf: PyRef<'_, Self>,
        py: Python<'_>,
        customers: &CustomerSummary,
        horizon: f64,
        level: f64,
    ) -> PyResult<Table> {
        let model = Self::of(&slf, customers)?;
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
    fn predict_new_customer<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        horizon: f64,
        level: f64,
    ) -> PyResult<Bound<'py, PyDict>> {
        let model = Self::process(&slf)?;
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
}
