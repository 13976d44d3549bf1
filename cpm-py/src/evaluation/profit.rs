//! What a retention campaign earns.

use cpm_core::churn::evaluation::{self as core, EmpcOptions, RetentionOffer};
use pyo3::prelude::*;

use super::scored;
use crate::arrays::floats;
use crate::clv::Estimate;
use crate::error::OrRaise;
use crate::table::Table;

/// The most that a campaign can earn with a score; see :func:`cpm.churn.empc` and :func:`cpm.churn.mpc`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> best = cpm.churn.mpc([1, 0], [0.9, 0.1])
/// >>> round(best.profit.value, 6), best.fraction
/// (28.0, 0.5)
#[pyclass(module = "cpm", frozen)]
pub(crate) struct MaximumProfit {
    inner: core::MaximumProfit,
}

#[pymethods]
impl MaximumProfit {
    /// Profit per customer of the base, with its interval.
    #[getter]
    fn profit(&self) -> Estimate {
        self.inner.profit.into()
    }

    /// Share of the base, largest scores first, that gets the offer.
    #[getter]
    fn fraction(&self) -> f64 {
        self.inner.fraction
    }

    fn __repr__(&self) -> String {
        let core::MaximumProfit { profit, fraction } = &self.inner;
        let interval = profit.interval;
        format!(
            "MaximumProfit(profit={:.6}, low={:.6}, high={:.6}, fraction={fraction:.6})",
            profit.value, interval.low, interval.high
        )
    }
}

/// Expected maximum profit measure for churn (EMPC), per customer of the base.
///
/// A would-be churner who gets the offer accepts it with a probability that is Beta(``alpha``, ``beta``), and is then worth ``clv``;
/// the incentive goes to whoever takes it, customers who would have stayed included, the contact to whoever is asked. For each
/// acceptance rate the best share of the base is asked. In closed form over the convex hull of the ROC curve.
///
/// Parameters
/// ----------
/// y_true : array-like of bool
///     Whether each customer churned.
/// y_score : array-like
///     Larger scores mean churn.
/// alpha, beta : float
///     Distribution of the acceptance rate; 30 % on average by default.
/// clv : float
///     Value of a churner kept, before the costs of the campaign.
/// incentive_cost, contact_cost : float
/// sample_weight : array-like, optional
/// level : float
///     Probability that the interval holds.
///
/// Returns
/// -------
/// MaximumProfit
///
/// References
/// ----------
/// Verbraken, Verbeke & Baesens (2013), A Novel Profit Maximizing Metric for Measuring Classification Performance of Customer
/// Churn Prediction Models, IEEE TKDE 25(5).
///
/// Examples
/// --------
/// >>> import cpm
/// >>> best = cpm.churn.empc([1, 0], [0.9, 0.1])
/// >>> round(best.profit.value, 6), round(best.fraction, 6)
/// (28.0, 0.5)
#[pyfunction]
#[pyo3(signature = (y_true, y_score, alpha=6.0, beta=14.0, clv=200.0, incentive_cost=10.0, contact_cost=1.0, sample_weight=None, level=0.95))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments")]
pub(crate) fn empc(
    y_true: &Bound<'_, PyAny>,
    y_score: &Bound<'_, PyAny>,
    alpha: f64,
    beta: f64,
    clv: f64,
    incentive_cost: f64,
    contact_cost: f64,
    sample_weight: Option<&Bound<'_, PyAny>>,
    level: f64,
) -> PyResult<MaximumProfit> {
    let options = EmpcOptions::new().acceptance(alpha, beta).clv(clv).costs(incentive_cost, contact_cost);
    let inner = scored(y_true, y_score, sample_weight)?.expected_maximum_profit(&options, level).or_raise()?;
    Ok(MaximumProfit { inner })
}

/// Maximum profit measure for churn (MPC; Verbeke et al. 2012): as :func:`cpm.churn.empc`, with a known acceptance rate.
///
/// Parameters
/// ----------
/// y_true : array-like of bool
///     Whether each customer churned.
/// y_score : array-like
///     Larger scores mean churn.
/// acceptance : float
///     Share of would-be churners who accept, strictly between 0 and 1.
/// clv, incentive_cost, contact_cost : float
/// sample_weight : array-like, optional
/// level : float
///     Probability that the interval holds.
///
/// Returns
/// -------
/// MaximumProfit
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.churn.mpc([1, 1, 0, 0], [0.9, 0.8, 0.3, 0.1], clv=100).fraction
/// 0.5
#[pyfunction]
#[pyo3(signature = (y_true, y_score, acceptance=0.3, clv=200.0, incentive_cost=10.0, contact_cost=1.0, sample_weight=None, level=0.95))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments")]
pub(crate) fn mpc(
    y_true: &Bound<'_, PyAny>,
    y_score: &Bound<'_, PyAny>,
    acceptance: f64,
    clv: f64,
    incentive_cost: f64,
    contact_cost: f64,
    sample_weight: Option<&Bound<'_, PyAny>>,
    level: f64,
) -> PyResult<MaximumProfit> {
    let options = EmpcOptions::new().acceptance_rate(acceptance).clv(clv).costs(incentive_cost, contact_cost);
    let inner = scored(y_true, y_score, sample_weight)?.maximum_profit(&options, level).or_raise()?;
    Ok(MaximumProfit { inner })
}

/// Figures of a campaign: ``customers`` asked, their ``fraction`` of the base, ``profit`` with prediction interval, expected ``cost``,
/// and the expected number of churners ``kept``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> plan = cpm.churn.plan_retention_offer([0.9, 0.1], [500, 20], acceptance=0.3, incentive_cost=10, contact_cost=1)
/// >>> plan.campaign.customers, round(plan.campaign.profit.value, 2), round(plan.campaign.kept, 2)
/// (1, 130.3, 0.27)
#[pyclass(module = "cpm", frozen)]
pub(crate) struct CampaignTotals {
    inner: core::CampaignTotals,
}

#[pymethods]
impl CampaignTotals {
    /// How many are asked.
    #[getter]
    fn customers(&self) -> usize {
        self.inner.customers
    }

    /// The same as a share of the base.
    #[getter]
    fn fraction(&self) -> f64 {
        self.inner.fraction
    }

    /// Profit with a prediction interval: who churns, who accepts, what they are worth, and the acceptance rate.
    #[getter]
    fn profit(&self) -> Estimate {
        self.inner.profit.into()
    }

    /// Expected cost of contacts and incentives.
    #[getter]
    fn cost(&self) -> f64 {
        self.inner.cost
    }

    /// Expected number of would-be churners who stay because of the offer.
    #[getter]
    fn kept(&self) -> f64 {
        self.inner.kept
    }

    fn __repr__(&self) -> String {
        let t = &self.inner;
        format!(
            "CampaignTotals(customers={}, fraction={:.4}, profit={:.2}, cost={:.2}, kept={:.2})",
            t.customers, t.fraction, t.profit.value, t.cost, t.kept
        )
    }
}

/// Whom to ask and what it earns: a :class:`Table` with ``expected_profit, low, high, expected_cost, rank, target``, one row per
/// customer; see :func:`cpm.churn.plan_retention_offer`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> plan = cpm.churn.plan_retention_offer([0.9, 0.1], [500, 20], acceptance=0.3, incentive_cost=10, contact_cost=1)
/// >>> plan["target"], plan["expected_profit"].round(1)
/// (array([1, 0]), array([130.3,  -9.7]))
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct RetentionPlan {
    inner: core::RetentionPlan,
}

#[pymethods]
impl RetentionPlan {
    /// The campaign as planned: the customers who are targets.
    #[getter]
    fn campaign(&self) -> CampaignTotals {
        CampaignTotals { inner: self.inner.campaign() }
    }

    /// The campaign with the first so many customers of the order.
    fn first(&self, customers: usize) -> CampaignTotals {
        CampaignTotals { inner: self.inner.first(customers) }
    }

    /// Profit by the share of the base that is asked: ``fraction, customers, profit, low, high, cost, kept``, at even steps and at the
    /// plan's own share.
    #[pyo3(signature = (points=101))]
    fn curve(&self, points: usize) -> PyResult<Table> {
        self.inner.curve(points).or_raise().map(Into::into)
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Plans a retention offer with each customer's own probability to churn and own lifetime value.
///
/// Asking a customer earns p·γ·(CLV - d) - (1 - p)·d - f in expectation: a would-be churner (p) accepts with γ and stays, customers who
/// would have stayed take the incentive d all the same, and everybody asked costs the contact f. Customers are asked by descending
/// profit (with a budget: profit per expected cost) while it is positive.
///
/// Parameters
/// ----------
/// probabilities : array-like
///     Of churn without the offer.
/// clv : array-like
///     Value of each customer if kept.
/// acceptance : float
///     Probability that a would-be churner accepts.
/// incentive_cost, contact_cost : float
/// clv_errors : array-like, optional
///     Standard errors of the values.
/// acceptance_error : float
///     Standard error of the acceptance rate.
/// budget : float, optional
///     Most that contacts and incentives may cost in expectation.
/// at_most : float
///     Largest share of the base that can be asked.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// RetentionPlan
///
/// References
/// ----------
/// Neslin, Gupta, Kamakura, Lu & Mason (2006), Defection Detection, JMR 43; Óskarsdóttir et al. (2018) for individual values.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> plan = cpm.churn.plan_retention_offer(
/// ...     [0.9, 0.5, 0.1], [500, 100, 20], acceptance=0.3, incentive_cost=10, contact_cost=1
/// ... )
/// >>> plan.campaign.customers, round(plan.campaign.profit.value, 2)
/// (2, 137.8)
#[pyfunction]
#[pyo3(signature = (probabilities, clv, acceptance, incentive_cost, contact_cost, clv_errors=None, acceptance_error=0.0, budget=None, at_most=1.0, level=0.95))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments")]
pub(crate) fn plan_retention_offer<'py>(
    py: Python<'py>,
    probabilities: &Bound<'py, PyAny>,
    clv: &Bound<'py, PyAny>,
    acceptance: f64,
    incentive_cost: f64,
    contact_cost: f64,
    clv_errors: Option<&Bound<'py, PyAny>>,
    acceptance_error: f64,
    budget: Option<f64>,
    at_most: f64,
    level: f64,
) -> PyResult<Bound<'py, RetentionPlan>> {
    let mut offer = RetentionOffer::new(acceptance, incentive_cost, contact_cost)
        .acceptance_error(acceptance_error)
        .at_most(at_most)
        .level(level);
    if let Some(budget) = budget {
        offer = offer.budget(budget);
    }
    let (probabilities, clv) = (floats("probabilities", probabilities)?, floats("clv", clv)?);
    let (probabilities, clv) = (probabilities.as_slice()?, clv.as_slice()?);
    let errors = clv_errors.map(|e| floats("clv_errors", e)).transpose()?;
    let errors = errors.as_ref().map(|e| e.as_slice()).transpose()?;
    let (inner, table) = py
        .detach(|| {
            let inner = core::plan_retention_offer(probabilities, clv, errors, &offer)?;
            let table = inner.to_table()?;
            Ok((inner, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(RetentionPlan { inner }))
}
