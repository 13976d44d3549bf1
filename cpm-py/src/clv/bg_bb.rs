//! `cpm.BgBb`: purchases at discrete opportunities.

use cpm_core::clv::{PurchaseProcess, simulate_future};
use cpm_core::{BgBb as CoreBgBb, PurchaseModel as _, SavedModel};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::opportunities::{ALL, Customers, ROWS, Summary};
use super::opportunity_prediction::{OpportunityPrediction, behind_ids};
use super::purchase_model::scores;
use super::{Model, OpportunityHistories, PurchaseModel, fit_options, not_fitted, to_python};
use crate::arrays::count;
use crate::error::{CpmError, OrRaise};
use crate::summary::CustomerSummary;
use crate::table::Table;

/// The beta-geometric / beta-Bernoulli model of purchases at discrete opportunities (Fader, Hardie & Shang 2010).
///
/// While alive, a customer purchases at each opportunity with a probability p of its own; at the beginning of each
/// opportunity a living customer dies with a probability θ of its own. p ~ Beta(α, β) and θ ~ Beta(γ, δ) over customers,
/// independently. Parameters have no units; time is counted in opportunities.
///
/// For x purchases at n opportunities, the last one at t_x (eq. 6 of the paper):
///
/// L = B(α+x, β+n-x)/B(α, β) · B(γ, δ+n)/B(γ, δ) + Σ B(α+x, β+m-x)/B(α, β) · B(γ+1, δ+m)/B(γ, δ), m = t_x, …, n-1
///
/// References
/// ----------
/// Fader, Hardie & Shang (2010), Customer-Base Analysis in a Discrete-Time Noncontractual Setting, Marketing Science 29(6),
/// 1086-1108.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> # Of 6 yearly appeals: gave at none; at two, last at the fourth; at all. Parameters of the paper.
/// >>> donors = cpm.OpportunityHistories([0, 2, 6], [0, 4, 6], [6, 6, 6])
/// >>> model = cpm.BgBb.from_params(alpha=1.204, beta=0.75, gamma=0.657, delta=2.783)
/// >>> model.probability_alive(donors).round(3)
/// array([0.108, 0.59 , 0.93 ])
/// >>> model.expected_purchases(donors, horizon=5).round(3)
/// array([0.073, 1.057, 3.752])
///
/// A summary in which every unit of time is one opportunity will do as well, and then all that a :class:`PurchaseModel` does:
///
/// >>> log = cpm.datasets.cdnow()
/// >>> months = log.summarize(as_of="1997-09-30", merge_within="month", time_unit="month")
/// >>> model, spend = cpm.BgBb().fit(months), cpm.GammaGamma().fit(months)
/// >>> value = cpm.lifetime_value(model, spend, months, horizon=12, discount_rate=0.10)
/// >>> value.total.low < value.total.value < value.total.high
/// True
#[pyclass(module = "cpm", extends = PurchaseModel)]
pub(crate) struct BgBb;

/// A whole number of opportunities, which a float may be.
fn opportunities(name: &'static str, value: f64) -> PyResult<u64> {
    if value.fract() == 0.0 && (0.0..9e15).contains(&value) {
        return Ok(value as u64);
    }
    Err(CpmError::new_err(format!("{name} = {value} is not allowed: it must be a whole number of opportunities")))
}

impl BgBb {
    /// The fitted model, or the error that says how to get one.
    fn model<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<&'a CoreBgBb> {
        match Model::saved(slf.as_super().as_super())? {
            SavedModel::BgBb(model) => Ok(model),
            _ => Err(not_fitted("BgBb")),
        }
    }
}

#[pymethods]
impl BgBb {
    #[new]
    fn new(py: Python<'_>) -> PyClassInitializer<Self> {
        Model::base(py, None).add_subclass(PurchaseModel).add_subclass(Self)
    }

    /// The model at given parameters, without uncertainty.
    #[staticmethod]
    #[pyo3(signature = (*, alpha, beta, gamma, delta))]
    fn from_params(py: Python<'_>, alpha: f64, beta: f64, gamma: f64, delta: f64) -> PyResult<Py<PyAny>> {
        to_python(py, CoreBgBb::from_params(alpha, beta, gamma, delta).or_raise()?.into())
    }

    /// Maximum likelihood, by Newton's method on the log-parameters with analytic derivatives.
    ///
    /// Parameters
    /// ----------
    /// customers : OpportunityHistories or CustomerSummary
    ///     Of a summary every unit of time is one opportunity: merge purchases within the time unit (``merge_within`` and
    ///     ``time_unit`` both ``"week"`` or ``"month"``).
    /// weights : array-like, optional
    ///     How often each row of a summary counts. Opportunity histories have weights of their own.
    /// start : array-like of four, optional
    ///     Starting values of alpha, beta, gamma, delta.
    /// max_iterations : int, optional
    ///     Most iterations from one starting point; 200 by default.
    /// priors : dict of Prior, optional
    ///     Priors by the name of the parameter: the fit then maximises the posterior density (MAP).
    /// penalty : float
    ///     Weight of a penalty on the squared logarithms of the parameters.
    ///
    /// Returns
    /// -------
    /// BgBb
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// FitError
    ///     If nobody purchased, everybody always did, there are fewer than four distinct histories, or the optimiser does
    ///     not arrive.
    /// DataError
    ///     For a summary whose times are not whole numbers of opportunities.
    #[pyo3(signature = (customers, weights=None, start=None, max_iterations=None, priors=None, penalty=0.0))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        customers: &Bound<'py, PyAny>,
        weights: Option<&Bound<'py, PyAny>>,
        start: Option<&Bound<'py, PyAny>>,
        max_iterations: Option<usize>,
        priors: Option<&Bound<'py, PyDict>>,
        penalty: f64,
    ) -> PyResult<Bound<'py, Self>> {
        let options = fit_options(weights, start, max_iterations, priors, penalty)?;
        let model = match customers.cast::<CustomerSummary>() {
            Ok(summary) => {
                let summary = summary.borrow();
                let summary = &summary.inner;
                slf.py().detach(|| CoreBgBb::fit_summary(summary, &options)).or_raise()?
            }
            Err(_) => {
                let histories = Customers::of(customers)?;
                slf.py().detach(|| CoreBgBb::fit(&histories, &options)).or_raise()?
            }
        };
        Model::set(slf.as_super().as_super(), model);
        Ok(slf)
    }

    /// Log-likelihood of one customer of each row.
    fn log_likelihood_per_customer<'py>(
        slf: PyRef<'py, Self>,
        customers: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (model, histories) = (Self::model(&slf)?, Customers::of(customers)?);
        scores(slf.py(), || Ok(model.log_likelihood_per_customer(&histories)))
    }

    /// Probability that each customer is alive at the next opportunity, when it could purchase next (eq. 11 of the paper).
    fn probability_alive<'py>(
        slf: PyRef<'py, Self>,
        customers: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (model, histories) = (Self::model(&slf)?, Customers::of(customers)?);
        scores(slf.py(), || Ok(model.probability_alive(&histories)))
    }

    /// Probability that each customer is alive at the so many-th opportunity to come; 0 asks for the last one observed.
    fn probability_alive_after<'py>(
        slf: PyRef<'py, Self>,
        customers: &Bound<'py, PyAny>,
        horizon: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let horizon = opportunities("horizon", horizon)?;
        let (model, histories) = (Self::model(&slf)?, Customers::of(customers)?);
        scores(slf.py(), || Ok(model.probability_alive_after(&histories, horizon)))
    }

    /// Expected number of purchases of each customer at the next ``horizon`` opportunities (eq. 13).
    fn expected_purchases<'py>(
        slf: PyRef<'py, Self>,
        customers: &Bound<'py, PyAny>,
        horizon: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let horizon = opportunities("horizon", horizon)?;
        let (model, histories) = (Self::model(&slf)?, Customers::of(customers)?);
        scores(slf.py(), || model.expected_purchases(&histories, horizon))
    }

    /// Probability that each customer makes no purchase at the next ``horizon`` opportunities, at most 10,000.
    fn probability_no_purchase<'py>(
        slf: PyRef<'py, Self>,
        customers: &Bound<'py, PyAny>,
        horizon: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let horizon = opportunities("horizon", horizon)?;
        let (model, histories) = (Self::model(&slf)?, Customers::of(customers)?);
        scores(slf.py(), || model.probability_no_purchase(&histories, horizon))
    }

    /// Probabilities of 0, 1, …, ``horizon`` purchases at the next opportunities of one customer (eq. 12).
    ///
    /// Parameters
    /// ----------
    /// frequency, last_opportunity, opportunities : int
    ///     The customer's history, as in :class:`OpportunityHistories`.
    /// horizon : int
    ///     Opportunities to come, at most 10,000.
    #[pyo3(signature = (frequency, last_opportunity, opportunities, horizon))]
    fn purchase_probabilities<'py>(
        slf: PyRef<'py, Self>,
        frequency: i64,
        last_opportunity: i64,
        opportunities: i64,
        horizon: i64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (x, t_x) = (count("frequency", frequency)?, count("last_opportunity", last_opportunity)?);
        let (n, horizon) = (count("opportunities", opportunities)?, count("horizon", horizon)?);
        let model = Self::model(&slf)?;
        scores(slf.py(), || model.purchase_probabilities(x, t_x, n, horizon))
    }

    /// Expected number of purchases of a new customer at its first ``horizon`` opportunities (eq. 9).
    ///
    /// With ``count_first`` the purchase with which it was acquired counts too.
    #[pyo3(signature = (horizon, count_first=false))]
    fn expected_purchases_new_customer(slf: PyRef<'_, Self>, horizon: f64, count_first: bool) -> PyResult<f64> {
        let horizon = opportunities("horizon", horizon)?;
        let model = Self::model(&slf)?;
        let repeat = slf.py().detach(|| model.expected_purchases_new_customer(horizon)).or_raise()?;
        Ok(repeat + f64::from(count_first))
    }

    /// Probabilities of 0, 1, … purchases of a new customer at its first ``horizon`` opportunities (eq. 8).
    ///
    /// With ``count_first`` the purchase with which it was acquired counts too, so that the first probability, of none, is 0.
    #[pyo3(signature = (horizon, count_first=false))]
    fn purchase_probabilities_new_customer<'py>(
        slf: PyRef<'py, Self>,
        horizon: f64,
        count_first: bool,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let horizon = opportunities("horizon", horizon)?;
        let model = Self::model(&slf)?;
        scores(slf.py(), || {
            let mut probabilities = model.purchase_probabilities_new_customer(horizon)?;
            if count_first {
                probabilities.insert(0, 0.0);
            }
            Ok(probabilities)
        })
    }

    /// DERT, discounted expected residual transactions of each customer (eq. 14).
    ///
    /// Its expected purchases at all future opportunities, discounted to the last one observed.
    ///
    /// Parameters
    /// ----------
    /// customers : OpportunityHistories or CustomerSummary
    /// discount_rate : float
    ///     For opportunity histories per period between two opportunities; for a summary, which knows its unit of time, per year.
    /// horizon : int, optional
    ///     Count the next so many opportunities only; then the discount rate may be 0.
    #[pyo3(signature = (customers, discount_rate, horizon=None))]
    fn discounted_residual_transactions<'py>(
        slf: PyRef<'py, Self>,
        customers: &Bound<'py, PyAny>,
        discount_rate: f64,
        horizon: Option<f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::model(&slf)?;
        let horizon = horizon.map(|h| opportunities("horizon", h)).transpose()?;
        if let Ok(summary) = customers.cast::<CustomerSummary>() {
            let summary = summary.borrow();
            let summary = &summary.inner;
            let model: &dyn cpm_core::clv::PurchaseProcess = model;
            let horizon = horizon.map(|h| h as f64);
            return scores(slf.py(), || model.discounted_residual_transactions(summary, discount_rate, horizon));
        }
        let histories = Customers::of(customers)?;
        scores(slf.py(), || model.discounted_residual_transactions(&histories, discount_rate, horizon))
    }

    /// Expected number of purchases of each customer at the opportunities after the ``start``-th to come, up to the ``end``-th.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> donors = cpm.OpportunityHistories([0, 2, 6], [0, 4, 6], [6, 6, 6])
    /// >>> model = cpm.BgBb.from_params(alpha=1.204, beta=0.75, gamma=0.657, delta=2.783)
    /// >>> model.expected_purchases_between(donors, start=2, end=5).round(3)
    /// array([0.041, 0.597, 2.12 ])
    fn expected_purchases_between<'py>(
        slf: PyRef<'py, Self>,
        customers: &Bound<'py, PyAny>,
        start: f64,
        end: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (start, end) = (opportunities("start", start)? as f64, opportunities("end", end)? as f64);
        let model = Self::model(&slf)?;
        let customers = Summary::of(model, customers, ROWS)?;
        let (model, customers): (&dyn PurchaseProcess, _) = (model, customers.get());
        scores(slf.py(), || model.expected_purchases_between(customers, start, end))
    }

    /// Probability that each customer purchases at exactly ``n`` of the next ``horizon`` opportunities (eq. 12).
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> donors = cpm.OpportunityHistories([0, 2, 6], [0, 4, 6], [6, 6, 6])
    /// >>> model = cpm.BgBb.from_params(alpha=1.204, beta=0.75, gamma=0.657, delta=2.783)
    /// >>> model.probability_of_purchases(donors, n=2, horizon=5).round(3)
    /// array([0.012, 0.146, 0.069])
    fn probability_of_purchases<'py>(
        slf: PyRef<'py, Self>,
        customers: &Bound<'py, PyAny>,
        n: i64,
        horizon: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (n, horizon) = (count("n", n)? as usize, opportunities("horizon", horizon)? as f64);
        let model = Self::model(&slf)?;
        let customers = Summary::of(model, customers, ROWS)?;
        let (model, customers): (&dyn PurchaseProcess, _) = (model, customers.get());
        scores(slf.py(), || model.probability_of_purchases(customers, n, horizon))
    }

    /// The opportunity, counted from the first to come, by which each customer purchases next with a given probability.
    ///
    /// 0.5 asks for the median. Infinity where that probability is never reached, since the customer is gone too probably.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> donors = cpm.OpportunityHistories([0, 2, 6], [0, 4, 6], [6, 6, 6])
    /// >>> model = cpm.BgBb.from_params(alpha=1.204, beta=0.75, gamma=0.657, delta=2.783)
    /// >>> model.next_purchase_quantile(donors, 0.5)
    /// array([inf,  7.,  1.])
    #[pyo3(signature = (customers, probability=0.5))]
    fn next_purchase_quantile<'py>(
        slf: PyRef<'py, Self>,
        customers: &Bound<'py, PyAny>,
        probability: f64,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let model = Self::model(&slf)?;
        let customers = Summary::of(model, customers, ROWS)?;
        let (model, customers): (&dyn PurchaseProcess, _) = (model, customers.get());
        scores(slf.py(), || {
            let times = model.next_purchase_quantile(customers, probability)?;
            Ok(times.into_iter().map(|t| t.unwrap_or(f64::INFINITY)).collect())
        })
    }

    /// At which opportunity each customer purchases next, if ever.
    ///
    /// Parameters
    /// ----------
    /// customers : OpportunityHistories or CustomerSummary
    /// level : float
    ///     Probability that an interval holds.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``customer_id`` (of histories the number of the row, from 0); ``probability_never`` with the confidence interval
    ///     ``probability_never_low`` to ``probability_never_high``; the ``median`` of the opportunity, counted from the first to
    ///     come, and its prediction interval ``low`` to ``high``. One that is missing is never.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> donors = cpm.OpportunityHistories([0, 2, 6], [0, 4, 6], [6, 6, 6])
    /// >>> model = cpm.BgBb.from_params(alpha=1.204, beta=0.75, gamma=0.657, delta=2.783)
    /// >>> next_purchase = model.next_purchase(donors, level=0.8)
    /// >>> next_purchase["probability_never"].round(3), next_purchase["median"]
    /// (array([0.923, 0.467, 0.076]), array([nan,  7.,  1.]))
    #[pyo3(signature = (customers, level=0.95))]
    fn next_purchase(slf: PyRef<'_, Self>, customers: &Bound<'_, PyAny>, level: f64) -> PyResult<Table> {
        let model = Self::model(&slf)?;
        let customers = Summary::of(model, customers, ROWS)?;
        let (model, customers): (&dyn PurchaseProcess, _) = (model, customers.get());
        slf.py().detach(|| model.next_purchase(customers, level)?.to_table()).or_raise().map(Into::into)
    }

    /// Purchases expected per opportunity of these customers, known only by when they were acquired.
    ///
    /// The curve to plot beside what was observed.
    ///
    /// Parameters
    /// ----------
    /// customers : OpportunityHistories or CustomerSummary
    ///     A row of histories stands for as many customers as its weight.
    /// periods : int
    ///     How many, from the first acquisition on.
    /// length : float
    ///     Opportunities in each.
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
    /// >>> donors = cpm.OpportunityHistories([0, 2, 6], [0, 4, 6], [6, 6, 6], weights=[3464, 45, 1203])
    /// >>> model = cpm.BgBb.from_params(alpha=1.204, beta=0.75, gamma=0.657, delta=2.783)
    /// >>> model.track(donors, periods=3)["expected"].round()
    /// array([2349., 2001., 1760.])
    #[pyo3(signature = (customers, periods, length=1.0, level=0.95))]
    fn track(
        slf: PyRef<'_, Self>,
        customers: &Bound<'_, PyAny>,
        periods: i64,
        length: f64,
        level: f64,
    ) -> PyResult<Table> {
        let periods = count("periods", periods)? as usize;
        let model = Self::model(&slf)?;
        let customers = Summary::of(model, customers, ALL)?;
        let (model, customers): (&dyn PurchaseProcess, _) = (model, customers.get());
        slf.py().detach(|| model.track(customers, periods, length, level)?.to_table()).or_raise().map(Into::into)
    }

    /// Purchases that these customers might make at the next ``horizon`` opportunities.
    ///
    /// Each is drawn from the distribution of the next purchase given all before it. Every customer has random numbers of its
    /// own.
    ///
    /// Parameters
    /// ----------
    /// customers : OpportunityHistories or CustomerSummary
    ///     A row of histories stands for as many customers as its weight; they are numbered through.
    /// horizon : int
    ///     Opportunities to come.
    /// seed : int
    ///     The same seed gives the same purchases.
    ///
    /// Returns
    /// -------
    /// Table
    ///     One row per purchase: ``customer_id`` and ``time``, the opportunity counted from the first to come.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> donors = cpm.OpportunityHistories([0, 2, 6], [0, 4, 6], [6, 6, 6], weights=[3464, 45, 1203])
    /// >>> model = cpm.BgBb.from_params(alpha=1.204, beta=0.75, gamma=0.657, delta=2.783)
    /// >>> future = model.simulate_future(donors, horizon=5, seed=1)
    /// >>> abs(len(future) / model.predict(donors, horizon=5).total.value - 1) < 0.05
    /// True
    #[pyo3(signature = (customers, horizon, seed=0))]
    fn simulate_future(slf: PyRef<'_, Self>, customers: &Bound<'_, PyAny>, horizon: f64, seed: u64) -> PyResult<Table> {
        let horizon = opportunities("horizon", horizon)? as f64;
        let model = Self::model(&slf)?;
        let customers = Summary::of(model, customers, ALL)?;
        let (model, customers): (&dyn PurchaseProcess, _) = (model, customers.get());
        slf.py().detach(|| simulate_future(model, customers, horizon, seed)?.to_table()).or_raise().map(Into::into)
    }

    /// New customers who purchase at opportunities as the model says.
    ///
    /// Parameters
    /// ----------
    /// customers : int
    /// opportunities : int
    ///     How many each has after its acquisition.
    /// seed : int
    ///     The same seed gives the same customers; the first ones do not depend on how many there are.
    ///
    /// Returns
    /// -------
    /// OpportunityHistories
    ///     One row per customer.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> truth = cpm.BgBb.from_params(alpha=1.204, beta=0.75, gamma=0.657, delta=2.783)
    /// >>> donors = truth.simulate(20_000, opportunities=6, seed=1)
    /// >>> found = cpm.BgBb().fit(donors)
    /// >>> abs(found.params["alpha"] - 1.204) < 0.15
    /// True
    #[pyo3(signature = (customers, opportunities, seed=0))]
    fn simulate(slf: PyRef<'_, Self>, customers: i64, opportunities: i64, seed: u64) -> PyResult<OpportunityHistories> {
        let (customers, opportunities) = (count("customers", customers)?, count("opportunities", opportunities)?);
        let model = Self::model(&slf)?;
        let inner = slf.py().detach(|| model.simulate(customers, opportunities, seed)).or_raise()?;
        Ok(OpportunityHistories { inner })
    }

    /// Scores of every customer with intervals, and their total.
    ///
    /// Intervals of probabilities and expectations hold the uncertainty of the parameters; those of the purchases and of
    /// the total also the chance in what customers will do.
    ///
    /// Parameters
    /// ----------
    /// customers : OpportunityHistories or CustomerSummary
    /// horizon : int
    ///     Opportunities to come, at most 10,000.
    /// level : float
    ///     Probability that an interval holds.
    ///
    /// Returns
    /// -------
    /// OpportunityPrediction
    #[pyo3(signature = (customers, horizon, level=0.95))]
    fn predict<'py>(
        slf: PyRef<'py, Self>,
        customers: &Bound<'py, PyAny>,
        horizon: f64,
        level: f64,
    ) -> PyResult<Bound<'py, OpportunityPrediction>> {
        let horizon = opportunities("horizon", horizon)?;
        let (model, histories) = (Self::model(&slf)?, Customers::of(customers)?);
        let (total, table) = slf
            .py()
            .detach(|| {
                let prediction = model.predict(&histories, horizon, level)?;
                Ok((prediction.total, prediction.to_table()?))
            })
            .or_raise()?;
        let prediction = OpportunityPrediction { total, horizon, level };
        Bound::new(slf.py(), PyClassInitializer::from(behind_ids(customers, table)?).add_subclass(prediction))
    }
}
