//! Campaigns: what one did, and what channels cost and bring.

use cpm_core::portfolio::{self as core, Adjustment, CampaignEffect as CoreEffect, EffectOptions};
use cpm_core::{Column, Error};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::inputs::{groups, push_estimates};
use crate::arrays::{flags, floats};
use crate::clv::Estimate;
use crate::error::{OrRaise, bad_value, exception};
use crate::survival::Covariates;
use crate::table::Table;

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
    pub(super) inner: CoreEffect,
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
