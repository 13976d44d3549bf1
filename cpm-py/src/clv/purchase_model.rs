//! `cpm.PurchaseModel`: what purchase models have in common.

use std::ops::Deref;

use cpm_core::clv::{PurchaseProcess, simulate_future};
use cpm_core::{PurchaseModel as _, SavedModel};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{Model, not_fitted, to_dict};
use crate::argument::Argument;
use crate::arrays::count;
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
        match Model::saved(slf.as_super())? {
            SavedModel::BgNbd(model) => Ok(model),
            SavedModel::MbgNbd(model) => Ok(model),
            SavedModel::Nbd(model) => Ok(model),
            SavedModel::ParetoNbd(model) => Ok(model),
            SavedModel::GGompertzNbd(model) => Ok(model),
            SavedModel::BgCnbd(model) => Ok(model),
            SavedModel::MbgCnbd(model) => Ok(model),
            SavedModel::BgBb(model) => Ok(model),
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
        Ok(ProcessOf::Bound(match Model::saved(slf.as_super())? {
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
        customers: Argument<'_, CustomerSummary>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::of(&slf, &customers)?;
        scores(py, || model.log_likelihood_per_customer(&customers.inner))
    }

    /// Probability that each customer is still alive at the end of observation.
    fn probability_alive<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: Argument<'_, CustomerSummary>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::of(&slf, &customers)?;
        scores(py, || model.probability_alive(&customers.inner))
    }

    /// Probability that each customer is still alive ``horizon`` time units after the end of observation.
    fn probability_alive_after<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: Argument<'_, CustomerSummary>,
        horizon: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::of(&slf, &customers)?;
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
        customers: Argument<'_, CustomerSummary>,
        horizon: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::of(&slf, &customers)?;
        scores(py, || model.expected_purchases(&customers.inner, horizon))
    }

    /// Expected number of repeat purchases of a customer within ``horizon`` time units after its first purchase.
    ///
    /// With ``count_first`` the first purchase counts too.
    #[pyo3(signature = (horizon, count_first=false))]
    fn expected_purchases_new_customer(
        slf: PyRef<'_, Self>,
        py: Python<'_>,
        horizon: f64,
        count_first: bool,
    ) -> PyResult<f64> {
        let model = Self::process(&slf)?;
        let repeat = py.detach(|| model.expected_purchases_new_customer(horizon)).or_raise()?;
        Ok(repeat + f64::from(count_first))
    }

    /// Probabilities of 0, 1, 2, … repeat purchases of a customer within ``horizon`` time units after its first purchase,
    /// until the rest is below 1e-15.
    ///
    /// With ``count_first`` the first purchase counts too, so that the first probability, of none, is 0.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> model = cpm.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    /// >>> model.purchase_probabilities_new_customer(horizon=52)[:3].round(4)
    /// array([0.5384, 0.2046, 0.0906])
    /// >>> model.purchase_probabilities_new_customer(horizon=52, count_first=True)[:3].round(4)
    /// array([0.    , 0.5384, 0.2046])
    #[pyo3(signature = (horizon, count_first=false))]
    fn purchase_probabilities_new_customer<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        horizon: f64,
        count_first: bool,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::process(&slf)?;
        scores(py, || {
            let mut probabilities = model.purchase_probabilities_new_customer(horizon)?;
            if count_first {
                probabilities.insert(0, 0.0);
            }
            Ok(probabilities)
        })
    }

    /// Expected number of purchases of each customer later than ``start`` and up to ``end`` time units after the end of
    /// observation.
    fn expected_purchases_between<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: Argument<'_, CustomerSummary>,
        start: f64,
        end: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::of(&slf, &customers)?;
        scores(py, || model.expected_purchases_between(&customers.inner, start, end))
    }

    /// Probability that each customer makes exactly ``n`` purchases within ``horizon`` time units after the end of
    /// observation.
    fn probability_of_purchases<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: Argument<'_, CustomerSummary>,
        n: i64,
        horizon: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let n = count("n", n)? as usize;
        let model = Self::of(&slf, &customers)?;
        scores(py, || model.probability_of_purchases(&customers.inner, n, horizon))
    }

    /// The time after the end of observation by which each customer makes its next purchase with a given probability.
    ///
    /// 0.5 asks for the median. Infinity where that probability is never reached, since the customer is gone too probably.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> model = cpm.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    /// >>> customers = cpm.CustomerSummary(frequency=[20, 2], recency=[38, 5], T=[38.86, 38.86])
    /// >>> model.next_purchase_quantile(customers, 0.5).round(2)
    /// array([1.63,  inf])
    #[pyo3(signature = (customers, probability=0.5))]
    fn next_purchase_quantile<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: Argument<'_, CustomerSummary>,
        probability: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::of(&slf, &customers)?;
        scores(py, || {
            let times = model.next_purchase_quantile(&customers.inner, probability)?;
            Ok(times.into_iter().map(|t| t.unwrap_or(f64::INFINITY)).collect())
        })
    }

    /// When each customer purchases next, if ever.
    ///
    /// Parameters
    /// ----------
    /// customers : CustomerSummary
    /// level : float
    ///     Probability that an interval holds.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``customer_id``; ``probability_never`` with the confidence interval ``probability_never_low`` to
    ///     ``probability_never_high``; the ``median`` of the time and its prediction interval ``low`` to ``high``, in time units
    ///     after the end of observation. A time that is missing is never.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> model = cpm.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    /// >>> customers = cpm.CustomerSummary(frequency=[20, 2], recency=[38, 5], T=[38.86, 38.86])
    /// >>> next_purchase = model.next_purchase(customers, level=0.8)
    /// >>> next_purchase["probability_never"].round(3), next_purchase["median"].round(2)
    /// (array([0.053, 0.876]), array([1.63,  nan]))
    #[pyo3(signature = (customers, level=0.95))]
    fn next_purchase(
        slf: PyRef<'_, Self>,
        py: Python<'_>,
        customers: Argument<'_, CustomerSummary>,
        level: f64,
    ) -> PyResult<Table> {
        let model = Self::of(&slf, &customers)?;
        py.detach(|| model.next_purchase(&customers.inner, level)?.to_table()).or_raise().map(Into::into)
    }

    /// DERT, discounted expected residual transactions of each customer.
    ///
    /// The purchases expected after the end of observation, each discounted from its own time.
    ///
    /// Parameters
    /// ----------
    /// customers : CustomerSummary
    /// discount_rate : float
    ///     Per year: 0.10 for 10 %.
    /// horizon : float, optional
    ///     In time units of the summary. Without one all the future counts, and the discount rate must be above 0.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> model = cpm.ParetoNbd.from_params(r=0.553, alpha=10.578, s=0.606, beta=11.669)
    /// >>> customers = cpm.CustomerSummary(frequency=[2], recency=[30.43], T=[38.86])
    /// >>> model.discounted_residual_transactions(customers, discount_rate=0.15).round(2)
    /// array([6.52])
    #[pyo3(signature = (customers, discount_rate, horizon=None))]
    fn discounted_residual_transactions<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: Argument<'_, CustomerSummary>,
        discount_rate: f64,
        horizon: Option<f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::of(&slf, &customers)?;
        scores(py, || model.discounted_residual_transactions(&customers.inner, discount_rate, horizon))
    }

    /// Repeat purchases expected per period of these customers, known only by when they were acquired.
    ///
    /// The curve to plot beside what was observed.
    ///
    /// Parameters
    /// ----------
    /// customers : CustomerSummary
    /// periods : int
    ///     How many, from the first acquisition on.
    /// length : float
    ///     Of a period, in time units.
    /// level : float
    ///     Probability that an interval holds.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``period``, ``expected`` and ``cumulative``, the last two with the ends ``_low`` and ``_high`` of their confidence
    ///     interval.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
    /// >>> tracking = cpm.BgNbd().fit(customers).track(customers, periods=78)
    /// >>> tracking["cumulative"][[38, 77]].round()
    /// array([2502., 4166.])
    #[pyo3(signature = (customers, periods, length=1.0, level=0.95))]
    fn track(
        slf: PyRef<'_, Self>,
        py: Python<'_>,
        customers: Argument<'_, CustomerSummary>,
        periods: i64,
        length: f64,
        level: f64,
    ) -> PyResult<Table> {
        let periods = count("periods", periods)? as usize;
        let model = Self::of(&slf, &customers)?;
        py.detach(|| model.track(&customers.inner, periods, length, level)?.to_table()).or_raise().map(Into::into)
    }

    /// Purchases that these customers might make within ``horizon`` time units after the end of observation.
    ///
    /// Each is drawn from the distribution of the time to the next purchase given all before it. Every customer has random
    /// numbers of its own.
    ///
    /// Parameters
    /// ----------
    /// customers : CustomerSummary
    /// horizon : float
    ///     In time units of the summary.
    /// seed : int
    ///     The same seed gives the same purchases.
    ///
    /// Returns
    /// -------
    /// Table
    ///     One row per purchase: ``customer_id`` and ``time`` after the end of observation.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
    /// >>> model = cpm.BgNbd().fit(customers)
    /// >>> future = model.simulate_future(customers, horizon=39, seed=1)
    /// >>> future.columns, bool(future["time"].max() <= 39)
    /// (['customer_id', 'time'], True)
    #[pyo3(signature = (customers, horizon, seed=0))]
    fn simulate_future(
        slf: PyRef<'_, Self>,
        py: Python<'_>,
        customers: Argument<'_, CustomerSummary>,
        horizon: f64,
        seed: u64,
    ) -> PyResult<Table> {
        let model = Self::of(&slf, &customers)?;
        py.detach(|| simulate_future(&*model, &customers.inner, horizon, seed)?.to_table()).or_raise().map(Into::into)
    }

    /// Probability that each customer makes no purchase within ``horizon`` time units after the end of observation.
    fn probability_no_purchase<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        customers: Argument<'_, CustomerSummary>,
        horizon: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::of(&slf, &customers)?;
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
        customers: Argument<'_, CustomerSummary>,
        horizon: f64,
        level: f64,
    ) -> PyResult<Table> {
        let model = Self::of(&slf, &customers)?;
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
