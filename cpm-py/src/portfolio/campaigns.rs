//! Campaigns: whom to contact, what it did, what channels cost and bring.

use cpm_core::portfolio::{
    self as core, Adjustment, CampaignColumns, CampaignEffect as CoreEffect, CampaignOptions, DepthPoint,
    EffectOptions, HoldoutGroup as CoreGroup, TargetList as Core,
};
use cpm_core::{Column, CustomerIds, Error};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::inputs::{groups, per_item, push_estimates};
use crate::arrays::{customer_ids, flags, floats};
use crate::clv::Estimate;
use crate::error::{OrRaise, bad_value, exception};
use crate::survival::Covariates;
use crate::table::Table;

/// Whom to contact, the best first, as a :class:`Table`; see :func:`target_customers`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> targets = cpm.portfolio.target_customers([0.3, 0.6, 0.1], 50, 2, baseline=[0.1, 0.6, 0.08], customer_id=["a", "b", "c"])
/// >>> targets["customer_id"], targets.depth, round(targets.profit.value, 6), targets.limited_by
/// (['a'], 1, 8.0, 'profit')
#[pyclass(module = "cpm.portfolio", extends = Table, frozen)]
pub(crate) struct TargetList {
    inner: Core,
    response: Vec<f64>,
}

#[pymethods]
impl TargetList {
    /// How many customers to contact.
    #[getter]
    fn depth(&self) -> usize {
        self.inner.depth
    }

    /// Expected profit of the campaign, with the interval of what will be seen.
    #[getter]
    fn profit(&self) -> Estimate {
        self.inner.best.profit.into()
    }

    /// Cost of the contacts.
    #[getter]
    fn cost(&self) -> f64 {
        self.inner.best.cost
    }

    /// Expected profit of contacting everybody.
    #[getter]
    fn profit_of_everybody(&self) -> Estimate {
        self.inner.everybody.profit.into()
    }

    /// Expected profit of contacting each customer, in the order of the rows given.
    #[getter]
    fn expected_profit<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.inner.expected_profit)
    }

    /// Probability of a response from which the contact of a mean customer pays, nobody responding without; None if never.
    #[getter]
    fn break_even_response(&self) -> Option<f64> {
        self.inner.break_even_response
    }

    /// What ended the list: "profit" (the next customer would cost more than bring), "capacity" or "budget".
    #[getter]
    fn limited_by(&self) -> &'static str {
        self.inner.limited_by
    }

    /// Profit at up to 100 depths: ``customers, cost, profit, low, high``.
    #[getter]
    fn curve(&self) -> PyResult<Table> {
        self.inner.curve_table().or_raise().map(Into::into)
    }

    /// Draws a group at random that is on the list but not contacted, to measure the campaign by afterwards.
    ///
    /// Parameters
    /// ----------
    /// share : float
    ///     Share of the list that is held out.
    /// seed : int
    ///     The same seed gives the same group.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> targets = cpm.portfolio.target_customers([0.3] * 1000, 50, 2)
    /// >>> group = targets.hold_out(0.2, seed=1)
    /// >>> len(group.contact), len(group.hold_out), round(group.detectable_effect, 3)
    /// (800, 200, 0.101)
    #[pyo3(signature = (share, seed=0))]
    fn hold_out(&self, share: f64, seed: u64) -> PyResult<HoldoutGroup> {
        self.inner.hold_out(&self.response, share, seed).or_raise().map(|inner| HoldoutGroup { inner })
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }

    fn __repr__(&self) -> String {
        let DepthPoint { customers, profit, .. } = &self.inner.best;
        let (value, low, high) = (profit.value, profit.interval.low, profit.interval.high);
        let by = self.inner.limited_by;
        format!("TargetList(depth={customers}, profit={value:.2}, {low:.2} to {high:.2}, limited_by={by:?})")
    }
}

/// A list of customers, some of them held out at random; see :meth:`TargetList.hold_out`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> group = cpm.portfolio.target_customers([0.3, 0.2, 0.4, 0.5], 50, 2).hold_out(0.5, seed=3)
/// >>> sorted([*group.contact, *group.hold_out])
/// [np.int64(0), np.int64(1), np.int64(2), np.int64(3)]
#[pyclass(module = "cpm.portfolio", frozen)]
pub(crate) struct HoldoutGroup {
    inner: CoreGroup,
}

#[pymethods]
impl HoldoutGroup {
    /// Rows to contact, the best first.
    #[getter]
    fn contact<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        rows(py, &self.inner.contact)
    }

    /// Rows not to contact, though they are on the list.
    #[getter]
    fn hold_out<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        rows(py, &self.inner.hold_out)
    }

    /// The smallest difference of response rates that the two groups show with a probability of 80 % (at the 5 % level).
    #[getter]
    fn detectable_effect(&self) -> f64 {
        self.inner.detectable_effect
    }

    /// Expected profit that holding out costs.
    #[getter]
    fn cost(&self) -> f64 {
        self.inner.cost
    }

    fn __repr__(&self) -> String {
        let CoreGroup { contact, hold_out, detectable_effect, cost } = &self.inner;
        format!(
            "HoldoutGroup(contact={}, hold_out={}, detectable_effect={detectable_effect:.4}, cost={cost:.2})",
            contact.len(),
            hold_out.len()
        )
    }
}

fn rows<'py>(py: Python<'py>, rows: &[u32]) -> Bound<'py, PyArray1<i64>> {
    PyArray1::from_iter(py, rows.iter().map(|row| i64::from(*row)))
}

/// Whom to contact, in what order and how many, so that the expected profit is as large as possible.
///
/// A contact is expected to bring (response - baseline) * value - response * incentive - cost: what matters is who can be moved, not
/// who responds.
///
/// Parameters
/// ----------
/// response : array-like
///     Probability of a response when contacted.
/// value : float or array-like
///     Margin of a response.
/// cost : float or array-like
///     Cost of a contact.
/// baseline : array-like
///     Probability of the same response without contact; without it everybody's is taken as 0.
/// customer_id : array-like
///     Ids for the list; without them customers are known by their rows.
/// incentive : float
///     Paid to everyone who is contacted and responds, also to those who would have without: a voucher.
/// fixed_cost : float
///     Cost of the campaign as such: it decides whether, not whom.
/// capacity : int
///     The most customers that can be contacted.
/// budget : float
///     The most that contacts may cost.
/// effect_error : float
///     Relative standard error of the effect, common to all customers: that of the test campaign or the model.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// TargetList
///     ``row, expected_profit`` of those to contact, the best first, with ``customer_id`` in front if given.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> targets = cpm.portfolio.target_customers([0.30, 0.60, 0.10, 0.20], 50, 2, baseline=[0.10, 0.60, 0.08, 0.10])
/// >>> targets["row"]                           # the best responder would have bought anyway
/// array([0, 3])
/// >>> targets
/// TargetList(depth=2, profit=11.00, -61.68 to 83.68, limited_by="profit")
#[pyfunction]
#[pyo3(signature = (response, value, cost, *, baseline=None, customer_id=None, incentive=0.0, fixed_cost=0.0, capacity=None,
                    budget=None, effect_error=0.0, level=0.95))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn target_customers<'py>(
    py: Python<'py>,
    response: &Bound<'py, PyAny>,
    value: &Bound<'py, PyAny>,
    cost: &Bound<'py, PyAny>,
    baseline: Option<&Bound<'py, PyAny>>,
    customer_id: Option<&Bound<'py, PyAny>>,
    incentive: f64,
    fixed_cost: f64,
    capacity: Option<usize>,
    budget: Option<f64>,
    effect_error: f64,
    level: f64,
) -> PyResult<Bound<'py, TargetList>> {
    let response = floats("response", response)?.as_slice()?.to_vec();
    let value = per_item("value", Some(value), response.len(), 0.0)?;
    let cost = per_item("cost", Some(cost), 1, 0.0)?;
    let baseline = baseline.map(|b| floats("baseline", b)).transpose()?;
    let ids = customer_id.map(customer_ids).transpose()?;
    if let Some(ids) = ids.as_ref().filter(|ids| ids.len() != response.len()) {
        let (found, expected) = (ids.len(), response.len());
        return Err(exception(Error::LengthMismatch { column: "customer_id", found, reference: "response", expected }));
    }
    let mut options =
        CampaignOptions::new().incentive(incentive).fixed_cost(fixed_cost).effect_error(effect_error).level(level);
    if let Some(capacity) = capacity {
        options = options.capacity(capacity);
    }
    if let Some(budget) = budget {
        options = options.budget(budget);
    }
    let baseline = baseline.as_ref().map(|b| b.as_slice()).transpose()?;
    let columns = CampaignColumns { response: &response, baseline, value: &value, cost: &cost };
    let (inner, table) = py
        .detach(|| {
            let list = core::target_customers(&columns, &options)?;
            let targets = list.targets();
            let mut table = cpm_core::Table::new();
            if let Some(ids) = &ids {
                table.push("customer_id", Column::Id(taken(ids, targets)))?;
            }
            table.push("row", Column::Integer(targets.iter().map(|i| i64::from(*i)).collect()))?;
            let profit = targets.iter().map(|i| list.expected_profit[*i as usize]).collect();
            table.push("expected_profit", Column::Float(profit))?;
            Ok((list, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(TargetList { inner, response }))
}

/// The ids of some rows.
fn taken(ids: &CustomerIds, rows: &[u32]) -> CustomerIds {
    match ids {
        CustomerIds::Integer(numbers) => {
            CustomerIds::from(rows.iter().map(|i| numbers[*i as usize]).collect::<Vec<_>>())
        }
        ids => rows.iter().map(|i| ids.get(*i as usize).to_string()).collect(),
    }
}

/// What a randomised campaign did; see :func:`campaign_effect`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> effect = cpm.portfolio.campaign_effect([12, 15, 9, 14, 8, 7, 11, 6], [1, 1, 1, 1, 0, 0, 0, 0])
/// >>> round(effect.effect.value, 6), effect.control_mean, round(effect.relative.value, 6)
/// (4.5, 8.0, 0.5625)
#[pyclass(module = "cpm.portfolio", frozen)]
pub(crate) struct CampaignEffect {
    inner: CoreEffect,
}

#[pymethods]
impl CampaignEffect {
    /// Mean effect per treated customer, with t interval.
    #[getter]
    fn effect(&self) -> Estimate {
        self.inner.effect.into()
    }

    /// Its standard error, with variances that may differ between the groups (HC2).
    #[getter]
    fn standard_error(&self) -> f64 {
        self.inner.standard_error
    }

    /// Probability of an effect at least as large, in either direction, if there is none.
    #[getter]
    fn p_value(&self) -> f64 {
        self.inner.p_value
    }

    /// Effect over the mean that the treated would have had; None if that is not positive.
    #[getter]
    fn relative(&self) -> Option<Estimate> {
        self.inner.relative.map(Into::into)
    }

    /// The effect on all treated customers together.
    #[getter]
    fn total(&self) -> Estimate {
        self.inner.total.into()
    }

    /// Share of the variance of the plain difference that the adjustment took away; negative if it added some.
    #[getter]
    fn variance_reduction(&self) -> f64 {
        self.inner.variance_reduction
    }

    /// Customers contacted.
    #[getter]
    fn treated(&self) -> usize {
        self.inner.treated
    }

    /// Customers held out.
    #[getter]
    fn control(&self) -> usize {
        self.inner.control
    }

    /// Mean outcome of the control group.
    #[getter]
    fn control_mean(&self) -> f64 {
        self.inner.control_mean
    }

    /// P-value of the groups' sizes, if the share was given: below 0.001 the assignment was not what was meant.
    #[getter]
    fn sample_ratio_p_value(&self) -> Option<f64> {
        self.inner.sample_ratio_p_value
    }

    fn __repr__(&self) -> String {
        let CoreEffect { effect, p_value, treated, control, .. } = &self.inner;
        let (value, low, high) = (effect.value, effect.interval.low, effect.interval.high);
        format!(
            "CampaignEffect({value:.4}, {low:.4} to {high:.4}, p_value={p_value:.3e}, treated={treated}, control={control})"
        )
    }
}

/// Incremental effect of a randomised campaign on an outcome: revenue, margin, value, or 1 and 0 for a response.
///
/// Parameters
/// ----------
/// outcome : array-like
///     One per customer who was assigned, 0 for those who bought nothing.
/// treated : array-like
///     Whether the customer was assigned to be contacted.
/// covariates : table, dict of columns, or matrix
///     What was known before the campaign, past revenue above all: it takes noise out of the outcome.
/// adjustment : {"none", "cuped", "regression", "interacted"}
///     How covariates are used: not at all; CUPED (Deng, Xu, Kohavi & Walker 2013); regression; regression with covariates by treatment
///     (Lin 2013), which is the default where covariates are given.
/// expected_share : float
///     The share of customers who were meant to be treated: the groups' sizes are tested against it.
/// level : float
///
/// Returns
/// -------
/// CampaignEffect
///
/// Raises
/// ------
/// FitError
///     If a group has fewer than two customers, or a covariate is constant or follows from others.
///
/// Examples
/// --------
/// >>> import cpm, numpy as np
/// >>> rng = np.random.default_rng(1)
/// >>> past, treated = rng.gamma(2, 40, 1000), rng.random(1000) < 0.5
/// >>> revenue = 0.8 * past + 5 * treated + rng.normal(0, 10, 1000)
/// >>> plain = cpm.portfolio.campaign_effect(revenue, treated)
/// >>> better = cpm.portfolio.campaign_effect(revenue, treated, past[:, None])
/// >>> plain.p_value > 0.01, better.p_value < 1e-9, round(better.variance_reduction, 2)
/// (True, True, 0.95)
#[pyfunction]
#[pyo3(signature = (outcome, treated, covariates=None, *, adjustment=None, expected_share=None, level=0.95))]
pub(crate) fn campaign_effect(
    py: Python<'_>,
    outcome: &Bound<'_, PyAny>,
    treated: &Bound<'_, PyAny>,
    covariates: Option<&Bound<'_, PyAny>>,
    adjustment: Option<&str>,
    expected_share: Option<f64>,
    level: f64,
) -> PyResult<CampaignEffect> {
    let outcome = floats("outcome", outcome)?;
    let treated = flags("treated", treated)?;
    let covariates = covariates.map(|x| Covariates::new(x, None)).transpose()?;
    let adjustment = match adjustment {
        None if covariates.is_some() => Adjustment::Interacted,
        None | Some("none") => Adjustment::None,
        Some("cuped") => Adjustment::Cuped,
        Some("regression") => Adjustment::Regression,
        Some("interacted") => Adjustment::Interacted,
        Some(other) => {
            let expected = "it must be one of none, cuped, regression, interacted".to_owned();
            return Err(exception(Error::InvalidArgument { name: "adjustment", value: other.to_owned(), expected }));
        }
    };
    let mut options = EffectOptions::new().adjustment(adjustment).level(level);
    if let Some(share) = expected_share {
        options = options.expected_share(share);
    }
    let outcome = outcome.as_slice()?;
    let x = covariates.as_ref().map(|x| x.values.view());
    py.detach(|| core::campaign_effect(outcome, &treated, x, &options)).or_raise().map(|inner| CampaignEffect { inner })
}

/// Acquisition cost and value by channel.
///
/// Parameters
/// ----------
/// channel : array-like
///     Channel of each acquired customer: text or whole numbers.
/// value : array-like
///     Lifetime value of each customer: margin, before the cost of acquisition.
/// spend : dict
///     What was spent on each channel in the same period, 0 if nothing; also for channels without customers.
/// level : float
///
/// Returns
/// -------
/// Table
///     ``channel, customers, spend``, then ``cac, mean_value, ltv_to_cac`` each with ``_low`` and ``_high``, and ``profit``; missing where
///     customers or spend do not give them. The interval of the acquisition cost is that of a Poisson number of customers.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> table = cpm.portfolio.acquisition_by_channel(
/// ...     ["search", "search", "fair", "search"], [90, 120, 300, 60], {"search": 150, "fair": 100, "radio": 40})
/// >>> table["channel"], table["cac"], table["profit"]
/// (['search', 'fair', 'radio'], array([ 50., 100.,  nan]), array([120., 200., -40.]))
#[pyfunction]
#[pyo3(signature = (channel, value, spend, level=0.95))]
pub(crate) fn acquisition_by_channel(
    channel: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
    spend: &Bound<'_, PyDict>,
    level: f64,
) -> PyResult<Table> {
    let (found, codes) = groups("channel", channel)?;
    let value = floats("value", value)?;
    let mut names = Vec::with_capacity(spend.len());
    let mut money = Vec::with_capacity(spend.len());
    for (name, amount) in spend.iter() {
        names.push(name.str()?.to_string());
        money.push(amount.extract::<f64>()?);
    }
    // The position of each channel in the dict, whose order the table keeps.
    let mut position = Vec::with_capacity(found.len());
    for (code, name) in found.iter().enumerate() {
        position.push(names.iter().position(|n| n == name).ok_or_else(|| {
            let row = codes.iter().position(|c| *c as usize == code).unwrap_or_default();
            let (expected, remedy) = ("spend must have every channel", "Add it to spend, with 0 if nothing was spent");
            bad_value("channel", row, name.clone(), expected, remedy)
        })? as u32);
    }
    let codes: Vec<u32> = codes.into_iter().map(|c| position[c as usize]).collect();
    let figures = core::acquisition_by_channel(&codes, value.as_slice()?, &money, level).or_raise()?;
    let mut table = cpm_core::Table::new();
    table.push("channel", Column::Text(names)).or_raise()?;
    table.push("customers", Column::Integer(figures.iter().map(|f| f.customers as i64).collect())).or_raise()?;
    table.push("spend", Column::Float(money)).or_raise()?;
    push_estimates(&mut table, "cac", figures.iter().map(|f| f.cac))?;
    push_estimates(&mut table, "mean_value", figures.iter().map(|f| f.mean_value))?;
    push_estimates(&mut table, "ltv_to_cac", figures.iter().map(|f| f.ltv_to_cac))?;
    table.push("profit", Column::Float(figures.iter().map(|f| f.profit).collect())).or_raise()?;
    Ok(table.into())
}

/// Value of acquired customers by channel and cohort.
///
/// Parameters
/// ----------
/// channel, cohort : array-like
///     Labels of each customer: text or whole numbers, such as "search" and "2024-03".
/// value : array-like
///     Lifetime value of each customer.
/// level : float
///
/// Returns
/// -------
/// Table
///     ``channel, cohort, customers, total, mean_value, mean_value_low, mean_value_high`` for each pair that has customers; the mean is
///     missing for fewer than two.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> table = cpm.portfolio.value_by_channel_and_cohort(["fair", "web", "web"], [2023, 2023, 2023], [50, 10, 20])
/// >>> table["channel"], table["cohort"], table["total"]
/// (['fair', 'web'], ['2023', '2023'], array([50., 30.]))
#[pyfunction]
#[pyo3(signature = (channel, cohort, value, level=0.95))]
pub(crate) fn value_by_channel_and_cohort(
    channel: &Bound<'_, PyAny>,
    cohort: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
    level: f64,
) -> PyResult<Table> {
    let (channels, of_channel) = groups("channel", channel)?;
    let (cohorts, of_cohort) = groups("cohort", cohort)?;
    let value = floats("value", value)?;
    let cells = core::value_by_channel_and_cohort(
        &of_channel,
        channels.len(),
        &of_cohort,
        cohorts.len(),
        value.as_slice()?,
        level,
    )
    .or_raise()?;
    let names = |names: &[String], of: fn(&core::ValueCell) -> u32| {
        Column::Text(cells.iter().map(|c| names[of(c) as usize].clone()).collect())
    };
    let mut table = cpm_core::Table::new();
    table.push("channel", names(&channels, |c| c.channel)).or_raise()?;
    table.push("cohort", names(&cohorts, |c| c.cohort)).or_raise()?;
    table.push("customers", Column::Integer(cells.iter().map(|c| c.customers as i64).collect())).or_raise()?;
    table.push("total", Column::Float(cells.iter().map(|c| c.total).collect())).or_raise()?;
    push_estimates(&mut table, "mean_value", cells.iter().map(|c| c.mean_value))?;
    Ok(table.into())
}
