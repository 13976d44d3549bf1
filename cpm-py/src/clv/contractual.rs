//! `cpm.ContractualModel`: what every contractual model answers.

use cpm_core::clv::{
    ContractValueOptions, ContractualProcess, Estimate as CoreEstimate, simulate_contracts, simulate_future_renewals,
};
use cpm_core::{Column, ContractualModel as _, SavedModel};
use pyo3::prelude::*;

use super::{ContractValue, Estimate, Model, Renewals, not_fitted};
use crate::arrays::{count, counts};
use crate::error::OrRaise;
use crate::portfolio::inputs::groups as names_and_codes;
use crate::table::Table;

/// What every contractual model has, beside what it has as a :class:`Model`: answers with intervals.
///
/// Each answer is an :class:`Estimate`: the number, and its confidence interval at ``level`` from the uncertainty of the
/// fitted parameters. With given parameters the interval is the number. Time is counted in renewal opportunities;
/// discount rates are per period between two of them.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> model = cpm.ShiftedBetaGeometric.from_params(alpha=0.764, beta=1.296)
/// >>> isinstance(model, cpm.ContractualModel)
/// True
/// >>> # Fader & Hardie 2010: $100 a year, just before the first and the fifth renewal.
/// >>> derl = model.discounted_expected_residual_lifetime
/// >>> [round(100 * derl(renewals, discount_rate=0.10).value) for renewals in (0, 4)]
/// [288, 568]
#[pyclass(module = "cpm", extends = Model, subclass)]
pub(crate) struct ContractualModel;

impl ContractualModel {
    /// The fitted model, or the error that says how to get one.
    fn process<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<&'a dyn ContractualProcess> {
        match Model::saved(slf.as_super())? {
            SavedModel::ShiftedBetaGeometric(model) => Ok(model),
            SavedModel::BetaDiscreteWeibull(model) => Ok(model),
            _ => Err(not_fitted("model")),
        }
    }
}

/// An answer, computed without the interpreter lock.
fn estimate(
    slf: &PyRef<'_, ContractualModel>,
    compute: impl Send + FnOnce(&dyn ContractualProcess) -> cpm_core::Result<CoreEstimate>,
) -> PyResult<Estimate> {
    let model = ContractualModel::process(slf)?;
    slf.py().detach(|| compute(model)).or_raise().map(Into::into)
}

/// One answer per customer: the renewals it was asked for, and the number with its interval.
pub(super) fn table_of(renewals: &[u64], name: &str, values: &[CoreEstimate]) -> cpm_core::Result<cpm_core::Table> {
    let mut table = cpm_core::Table::new();
    table.push("renewals", Column::Integer(renewals.iter().map(|n| *n as i64).collect()))?;
    table.push(name, Column::Float(values.iter().map(|e| e.value).collect()))?;
    table.push(&format!("{name}_low"), Column::Float(values.iter().map(|e| e.interval.low).collect()))?;
    table.push(&format!("{name}_high"), Column::Float(values.iter().map(|e| e.interval.high).collect()))?;
    Ok(table)
}

#[pymethods]
impl ContractualModel {
    /// Retention rate S(t)/S(t-1) at an opportunity: the share of the customers left that renews.
    ///
    /// Parameters
    /// ----------
    /// period : int
    ///     The opportunity t, counted from 1.
    /// level : float
    ///     Probability that the interval holds.
    #[pyo3(signature = (period, level=0.95))]
    fn retention_rate(slf: PyRef<'_, Self>, period: i64, level: f64) -> PyResult<Estimate> {
        let period = count("period", period)?;
        estimate(&slf, |m| m.retention_rate(period, level))
    }

    /// Probability that a new customer leaves at an opportunity, counted from 1.
    #[pyo3(signature = (period, level=0.95))]
    fn churn_probability(slf: PyRef<'_, Self>, period: i64, level: f64) -> PyResult<Estimate> {
        let period = count("period", period)?;
        estimate(&slf, |m| m.churn_probability(period, level))
    }

    /// S(t): the share of new customers left after that many renewals.
    #[pyo3(signature = (renewals, level=0.95))]
    fn survival(slf: PyRef<'_, Self>, renewals: i64, level: f64) -> PyResult<Estimate> {
        let renewals = count("renewals", renewals)?;
        estimate(&slf, |m| m.survival(renewals, level))
    }

    /// Probability that a customer who has renewed ``renewals`` times also renews the next ``horizon`` times.
    #[pyo3(signature = (renewals, horizon, level=0.95))]
    fn survival_of_active(slf: PyRef<'_, Self>, renewals: i64, horizon: i64, level: f64) -> PyResult<Estimate> {
        let (renewals, horizon) = (count("renewals", renewals)?, count("horizon", horizon)?);
        estimate(&slf, |m| m.survival_of_active(renewals, horizon, level))
    }

    /// :meth:`survival_of_active` of many customers.
    ///
    /// Parameters
    /// ----------
    /// renewals : array-like of int
    ///     How often each customer has renewed.
    /// horizon : int
    ///     Opportunities to come.
    /// level : float
    ///     Probability that an interval holds.
    ///
    /// Returns
    /// -------
    /// Table
    ///     One row per customer: ``renewals``, ``survival``, ``survival_low``, ``survival_high``.
    #[pyo3(signature = (renewals, horizon, level=0.95))]
    fn survival_of_customers(
        slf: PyRef<'_, Self>,
        renewals: &Bound<'_, PyAny>,
        horizon: i64,
        level: f64,
    ) -> PyResult<Table> {
        let (renewals, horizon) = (counts("renewals", renewals)?, count("horizon", horizon)?);
        let model = Self::process(&slf)?;
        slf.py()
            .detach(|| table_of(&renewals, "survival", &model.survival_of_customers(&renewals, horizon, level)?))
            .or_raise()
            .map(Into::into)
    }

    /// Survival, retention and churn for periods 0 to ``periods``, beyond the data too.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``period``, and ``survival``, ``retention_rate`` and ``churn_probability``, each with ``_low`` and ``_high``. The
    ///     first row, acquisition, has no retention and churn.
    #[pyo3(signature = (periods, level=0.95))]
    fn curve(slf: PyRef<'_, Self>, periods: i64, level: f64) -> PyResult<Table> {
        let periods = count("periods", periods)?;
        let model = Self::process(&slf)?;
        slf.py().detach(|| model.curve(periods, level)?.to_table()).or_raise().map(Into::into)
    }

    /// Expected number of periods that a new customer stays within the first ``horizon``; the first one counts.
    #[pyo3(signature = (horizon, level=0.95))]
    fn expected_lifetime(slf: PyRef<'_, Self>, horizon: i64, level: f64) -> PyResult<Estimate> {
        let horizon = count("horizon", horizon)?;
        estimate(&slf, |m| m.expected_lifetime(horizon, level))
    }

    /// Expected number of periods that a new customer stays, without limit.
    ///
    /// Returns
    /// -------
    /// Estimate or None
    ///     None if it is infinite, as it is for sBG with α <= 1 and for BdW with γ·c <= 1 (a few customers stay for ever);
    ///     then use a horizon or a discount rate. The upper end of the interval is infinite if such parameters lie within
    ///     the uncertainty.
    #[pyo3(signature = (level=0.95))]
    fn expected_total_lifetime(slf: PyRef<'_, Self>, level: f64) -> PyResult<Option<Estimate>> {
        let model = Self::process(&slf)?;
        Ok(slf.py().detach(|| model.expected_total_lifetime(level)).or_raise()?.map(Into::into))
    }

    /// Expected number of renewals over the next ``horizon`` opportunities of a customer who has renewed so often.
    #[pyo3(signature = (renewals, horizon, level=0.95))]
    fn expected_renewals(slf: PyRef<'_, Self>, renewals: i64, horizon: i64, level: f64) -> PyResult<Estimate> {
        let (renewals, horizon) = (count("renewals", renewals)?, count("horizon", horizon)?);
        estimate(&slf, |m| m.expected_renewals(renewals, horizon, level))
    }

    /// DEL, the discounted expected lifetime of a new customer in periods: Σ S(t)/(1 + d)^t for t = 0, 1, …
    ///
    /// Times the margin per period it is the value of a customer who pays now and at each renewal.
    #[pyo3(signature = (discount_rate, level=0.95))]
    fn discounted_expected_lifetime(slf: PyRef<'_, Self>, discount_rate: f64, level: f64) -> PyResult<Estimate> {
        estimate(&slf, |m| m.discounted_expected_lifetime(discount_rate, level))
    }

    /// DERL, the discounted expected residual lifetime in periods of a customer just before its next renewal.
    ///
    /// Σ S(n+k)/S(n)/(1 + d)^(k-1) for k = 1, 2, …: the first of these payments, if it comes, comes now. Fader & Hardie
    /// (2010) count the coming renewal as well: theirs is n + 1. Just after a renewal the same customer is worth DERL/(1 + d).
    ///
    /// Parameters
    /// ----------
    /// renewals : int
    ///     How often the customer has renewed.
    /// discount_rate : float
    ///     Per period.
    /// level : float
    ///     Probability that the interval holds.
    #[pyo3(signature = (renewals, discount_rate, level=0.95))]
    fn discounted_expected_residual_lifetime(
        slf: PyRef<'_, Self>,
        renewals: i64,
        discount_rate: f64,
        level: f64,
    ) -> PyResult<Estimate> {
        let renewals = count("renewals", renewals)?;
        estimate(&slf, |m| m.discounted_expected_residual_lifetime(renewals, discount_rate, level))
    }

    /// Retention elasticity of DERL: by how many percent the residual value grows if each of the customer's retention
    /// probabilities is one percent (not point) higher.
    #[pyo3(signature = (renewals, discount_rate, level=0.95))]
    fn retention_elasticity(slf: PyRef<'_, Self>, renewals: i64, discount_rate: f64, level: f64) -> PyResult<Estimate> {
        let renewals = count("renewals", renewals)?;
        estimate(&slf, |m| m.retention_elasticity(renewals, discount_rate, level))
    }

    /// Lifetime value of a customer about to be acquired: the margin of the first period, paid at once, and of all
    /// renewals to come, discounted to the day of acquisition.
    ///
    /// Parameters
    /// ----------
    /// margin : float
    ///     Per period, paid in advance.
    /// discount_rate : float
    ///     Per period (not per year, unless that is the period).
    /// horizon : int, optional
    ///     Count the next so many renewals only; then the discount rate may be 0.
    /// level : float
    ///     Probability that the interval holds.
    #[pyo3(signature = (margin, discount_rate, horizon=None, level=0.95))]
    fn lifetime_value(
        slf: PyRef<'_, Self>,
        margin: f64,
        discount_rate: f64,
        horizon: Option<i64>,
        level: f64,
    ) -> PyResult<Estimate> {
        let options = value_options(margin, discount_rate, horizon, level)?;
        estimate(&slf, |m| m.lifetime_value(&options))
    }

    /// Residual lifetime value of active customers, and of all together.
    ///
    /// Parameters
    /// ----------
    /// renewals : array-like of int
    ///     How often each customer has renewed.
    /// margin : float
    ///     Per period, paid in advance at each renewal.
    /// discount_rate : float
    ///     Per period (not per year, unless that is the period).
    /// until_next_renewal : float
    ///     Time until the next renewal, in periods: 0 just before it, 1 just after the last one.
    /// horizon : int, optional
    ///     Count the next so many renewals only; then the discount rate may be 0.
    /// groups : array-like, optional
    ///     One label per customer: the value also has those of groups, with prediction intervals.
    /// level : float
    ///     Probability that an interval holds.
    ///
    /// Returns
    /// -------
    /// ContractValue
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> model = cpm.ShiftedBetaGeometric.from_params(alpha=0.764, beta=1.296)
    /// >>> value = model.residual_value([0, 1, 4], margin=100, discount_rate=0.10, groups=["new", "new", "old"])
    /// >>> value.groups["group"], value.groups["value"].round(2)
    /// (['new', 'old'], array([620.15, 516.59]))
    #[pyo3(signature = (renewals, margin, discount_rate, until_next_renewal=1.0, horizon=None, groups=None, level=0.95))]
    #[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
    fn residual_value<'py>(
        slf: PyRef<'py, Self>,
        renewals: &Bound<'py, PyAny>,
        margin: f64,
        discount_rate: f64,
        until_next_renewal: f64,
        horizon: Option<i64>,
        groups: Option<&Bound<'py, PyAny>>,
        level: f64,
    ) -> PyResult<Bound<'py, ContractValue>> {
        let renewals = counts("renewals", renewals)?;
        let groups = groups.map(|labels| names_and_codes("groups", labels)).transpose()?;
        let options = value_options(margin, discount_rate, horizon, level)?.until_next_renewal(until_next_renewal);
        let model = Self::process(&slf)?;
        let value = slf.py().detach(|| match &groups {
            Some((names, codes)) => model.residual_value_by_group(&renewals, &options, names, codes),
            None => model.residual_value(&renewals, &options),
        });
        ContractValue::new(slf.py(), &value.or_raise()?, &renewals, level)
    }

    /// What active customers pay at each of the next renewals.
    ///
    /// Parameters
    /// ----------
    /// renewals : array-like of int
    ///     How often each customer has renewed.
    /// margin : float
    ///     Per period, paid in advance at each renewal.
    /// discount_rate : float
    ///     Per period; 0 for none.
    /// horizon : int
    ///     How many renewals, at most 100,000.
    /// until_next_renewal : float
    ///     Time until the next renewal, in periods: 0 just before it, 1 just after the last one.
    /// level : float
    ///     Probability that an interval holds.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``renewal``, ``time`` (in periods from now), ``customers`` (expected to pay), ``cash_flow`` with the confidence interval that
    ///     the parameters leave, ``discounted`` and its sum ``cumulative``, which ends with the total of :meth:`residual_value`.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> model = cpm.ShiftedBetaGeometric.from_params(alpha=0.764, beta=1.296)
    /// >>> flows = model.cash_flows([0, 1, 4], margin=100, discount_rate=0.10, horizon=3)
    /// >>> flows["cash_flow"].round(2)
    /// array([225.34, 186.05, 160.59])
    #[pyo3(signature = (renewals, margin, discount_rate, horizon, until_next_renewal=1.0, level=0.95))]
    fn cash_flows(
        slf: PyRef<'_, Self>,
        renewals: &Bound<'_, PyAny>,
        margin: f64,
        discount_rate: f64,
        horizon: i64,
        until_next_renewal: f64,
        level: f64,
    ) -> PyResult<Table> {
        let renewals = counts("renewals", renewals)?;
        let options =
            value_options(margin, discount_rate, Some(horizon), level)?.until_next_renewal(until_next_renewal);
        let model = Self::process(&slf)?;
        slf.py().detach(|| model.cash_flows(&renewals, &options)?.to_table()).or_raise().map(Into::into)
    }

    /// A cohort that renews as the model says.
    ///
    /// Parameters
    /// ----------
    /// customers : int
    ///     Its size.
    /// opportunities : int
    ///     Renewal opportunities over which it is observed, at most 100,000.
    /// renewals : int
    ///     How often its customers have renewed before; 0 for new ones.
    /// seed : int
    ///     The same seed gives the same cohort.
    ///
    /// Returns
    /// -------
    /// Renewals
    ///     To be fitted, or merged with cohorts of another age.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> truth = cpm.ShiftedBetaGeometric.from_params(alpha=0.7, beta=1.2)
    /// >>> renewals = truth.simulate(5000, opportunities=8, seed=1).merge(truth.simulate(5000, opportunities=4, seed=2))
    /// >>> found = cpm.ShiftedBetaGeometric().fit(renewals)
    /// >>> abs(found.params["alpha"] - 0.7) < 0.1
    /// True
    #[pyo3(signature = (customers, opportunities, renewals=0, seed=0))]
    fn simulate(
        slf: PyRef<'_, Self>,
        customers: i64,
        opportunities: i64,
        renewals: i64,
        seed: u64,
    ) -> PyResult<Renewals> {
        let customers = count("customers", customers)?;
        let (opportunities, renewals) = (count("opportunities", opportunities)?, count("renewals", renewals)?);
        let model = Self::process(&slf)?;
        slf.py()
            .detach(|| simulate_contracts(model, customers, opportunities, renewals, seed))
            .or_raise()
            .map(Into::into)
    }

    /// How often each of the active customers might renew at the next opportunities.
    ///
    /// Every customer has random numbers of its own.
    ///
    /// Parameters
    /// ----------
    /// renewals : array-like of int
    ///     How often each customer has renewed.
    /// horizon : int
    ///     Opportunities to come, at most 100,000.
    /// seed : int
    ///     The same seed gives the same renewals.
    ///
    /// Returns
    /// -------
    /// Table
    ///     One row per customer: ``renewals`` as given; ``future_renewals``, from 0, who leaves at the first opportunity, to
    ///     ``horizon``; and ``active``, 1 or 0, whether it is still a customer after all of them.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> model = cpm.ShiftedBetaGeometric.from_params(alpha=0.7, beta=1.2)
    /// >>> future = model.simulate_future([3] * 1000, horizon=5, seed=1)
    /// >>> future.columns
    /// ['renewals', 'future_renewals', 'active']
    /// >>> bool(abs(future["active"].mean() - model.survival_of_active(3, 5).value) < 0.05)
    /// True
    #[pyo3(signature = (renewals, horizon, seed=0))]
    fn simulate_future(slf: PyRef<'_, Self>, renewals: &Bound<'_, PyAny>, horizon: i64, seed: u64) -> PyResult<Table> {
        let (renewals, horizon) = (counts("renewals", renewals)?, count("horizon", horizon)?);
        let model = Self::process(&slf)?;
        slf.py()
            .detach(|| {
                let future = simulate_future_renewals(model, &renewals, horizon, seed)?;
                let column = |of: Vec<u64>| Column::Integer(of.into_iter().map(|n| n as i64).collect());
                let active = future.iter().map(|n| u64::from(*n == horizon)).collect();
                let mut table = cpm_core::Table::new();
                table.push("renewals", column(renewals))?;
                table.push("future_renewals", column(future))?;
                table.push("active", column(active))?;
                Ok(table)
            })
            .or_raise()
            .map(Into::into)
    }
}

pub(super) fn value_options(
    margin: f64,
    discount_rate: f64,
    horizon: Option<i64>,
    level: f64,
) -> PyResult<ContractValueOptions> {
    let options = ContractValueOptions::new(margin, discount_rate).level(level);
    Ok(match horizon {
        Some(opportunities) => options.horizon(count("horizon", opportunities)?),
        None => options,
    })
}
