//! Voice of the customer: scores by group, what hangs on them, and what drives them.

use cpm_core::Column;
use cpm_core::portfolio::{self as core, Drivers as CoreDrivers, ReferralColumns, SurveyOptions, SurveyScore as Core};
use numpy::PyArray1;
use pyo3::prelude::*;

use super::voice::metric_of;
use crate::arrays::floats;
use crate::clv::Estimate;
use crate::error::OrRaise;
use crate::survival::{Covariates, Labels};
use crate::table::Table;

/// Scores of groups, as a :class:`Table`; see :func:`score_by_group`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> scores = cpm.portfolio.score_by_group([9, 10, 3, 2], ["new", "new", "old", "old"])
/// >>> scores["group"], scores["score"]
/// (['new', 'old'], array([ 1., -1.]))
#[pyclass(module = "cpm.portfolio", extends = Table, frozen)]
pub(crate) struct GroupScores {
    #[pyo3(get)]
    /// Probability of scores at least as different if all groups had one; None if that cannot be tested.
    p_value: Option<f64>,
}

#[pymethods]
impl GroupScores {
    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Score of each segment or period, and a test whether they differ.
///
/// Parameters
/// ----------
/// answers : array-like
/// groups : array-like
///     The label of each answer: text or whole numbers.
/// metric : {"nps", "csat", "ces"}
/// scale : int
///     The best answer of CSAT (default 5) or CES (default 7).
/// weights : array-like
/// level : float
///
/// Returns
/// -------
/// GroupScores
///     ``group, answers, score, low, high, standard_error``; a score that its answers do not give is missing.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> answers = [9, 9, 8, 2] * 50 + [9, 3, 8, 2] * 50
/// >>> scores = cpm.portfolio.score_by_group(answers, [2023] * 200 + [2024] * 200)
/// >>> scores["score"], scores.p_value < 0.001
/// (array([ 0.25, -0.25]), True)
#[pyfunction]
#[pyo3(signature = (answers, groups, metric="nps", scale=None, weights=None, level=0.95))]
pub(crate) fn score_by_group<'py>(
    py: Python<'py>,
    answers: &Bound<'py, PyAny>,
    groups: &Bound<'py, PyAny>,
    metric: &str,
    scale: Option<u8>,
    weights: Option<&Bound<'py, PyAny>>,
    level: f64,
) -> PyResult<Bound<'py, GroupScores>> {
    let metric = metric_of(metric, scale)?;
    let answers = floats("answers", answers)?;
    let weights = weights.map(|w| floats("weights", w)).transpose()?;
    let (codes, labels) = Labels::new("groups", groups)?.codes();
    let mut options = SurveyOptions::new().level(level);
    if let Some(weights) = &weights {
        options = options.weights(weights.as_slice()?);
    }
    let found = core::score_by_group(metric, answers.as_slice()?, &codes, labels.len(), &options).or_raise()?;
    let column =
        |of: &dyn Fn(&Core) -> f64| Column::Optional(found.groups.iter().map(|s| s.as_ref().map(of)).collect());
    let mut counts = vec![0_i64; labels.len()];
    codes.iter().for_each(|c| counts[*c as usize] += 1);
    let mut table = cpm_core::Table::new();
    table.push("group", labels).or_raise()?;
    table.push("answers", Column::Integer(counts)).or_raise()?;
    table.push("score", column(&|s| s.score.value)).or_raise()?;
    table.push("low", column(&|s| s.score.interval.low)).or_raise()?;
    table.push("high", column(&|s| s.score.interval.high)).or_raise()?;
    table.push("standard_error", column(&|s| s.standard_error)).or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(GroupScores { p_value: found.p_value }))
}

/// Weights that make the answers represent the customers: each stratum counts by its customers, not by its answers.
///
/// Parameters
/// ----------
/// strata : array-like
///     The stratum of each answer: a segment, a country, an age group.
/// customers : dict
///     Number of customers of each stratum.
///
/// Returns
/// -------
/// numpy.ndarray
///     One weight per answer, of mean 1.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.post_stratification_weights(["a", "a", "a", "b"], {"a": 500, "b": 500}).round(3)
/// array([0.667, 0.667, 0.667, 2.   ])
#[pyfunction]
pub(crate) fn post_stratification_weights<'py>(
    py: Python<'py>,
    strata: &Bound<'py, PyAny>,
    customers: std::collections::BTreeMap<String, u64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let (codes, labels) = Labels::new("strata", strata)?.codes();
    let names: Vec<String> = (0..labels.len()).map(|i| labels.format(i)).collect();
    let mut counts = Vec::with_capacity(customers.len());
    for (row, name) in names.iter().enumerate() {
        counts.push(*customers.get(name).ok_or_else(|| {
            let (expected, remedy) = ("customers must have its number of customers", "Add it to the dict");
            crate::error::bad_value("strata", row, name.clone(), expected, remedy)
        })?);
    }
    // Strata that nobody of answered follow, so that they are an error and not left out in silence.
    counts.extend(customers.iter().filter(|(name, _)| !names.contains(name)).map(|(_, n)| *n));
    core::post_stratification_weights(&codes, &counts).or_raise().map(|w| PyArray1::from_vec(py, w))
}

/// NPS by tier of value: groups of about equal size, the first the most valuable.
///
/// Parameters
/// ----------
/// answers, values : array-like
///     Answers from 0 to 10, and what each of these customers is worth.
/// tiers : int
/// level : float
///
/// Returns
/// -------
/// Table
///     ``tier, customers, value, detractor_value, nps, low, high``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> table = cpm.portfolio.nps_by_value_tier([9, 3, 8, 10], [100, 50, 20, 10], tiers=2)
/// >>> table["nps"], table["detractor_value"]
/// (array([0. , 0.5]), array([50.,  0.]))
#[pyfunction]
#[pyo3(signature = (answers, values, tiers=4, level=0.95))]
pub(crate) fn nps_by_value_tier(
    answers: &Bound<'_, PyAny>,
    values: &Bound<'_, PyAny>,
    tiers: usize,
    level: f64,
) -> PyResult<Table> {
    let (answers, values) = (floats("answers", answers)?, floats("values", values)?);
    let found = core::score_by_value_tier(answers.as_slice()?, values.as_slice()?, tiers, level).or_raise()?;
    let column = |of: fn(&core::TierScore) -> f64| Column::Float(found.iter().map(of).collect());
    let whole = |of: fn(&core::TierScore) -> i64| Column::Integer(found.iter().map(of).collect());
    let mut table = cpm_core::Table::new();
    table.push("tier", whole(|t| t.tier as i64)).or_raise()?;
    table.push("customers", whole(|t| t.customers as i64)).or_raise()?;
    table.push("value", column(|t| t.value)).or_raise()?;
    table.push("detractor_value", column(|t| t.detractor_value)).or_raise()?;
    table.push("nps", column(|t| t.score.score.value)).or_raise()?;
    table.push("low", column(|t| t.score.score.interval.low)).or_raise()?;
    table.push("high", column(|t| t.score.score.interval.high)).or_raise()?;
    Ok(table.into())
}

/// Value at risk among detractors: what customers with an answer of 0 to 6 are worth, for the base.
///
/// Parameters
/// ----------
/// answers, values : array-like
/// base_value : float
///     Value of all customers; by default of those who answered.
/// level : float
///
/// Returns
/// -------
/// tuple of Estimate
///     The share of value that detractors hold, and the same in money.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> share, value = cpm.portfolio.detractor_value([9, 3, 8, 10], [100, 50, 20, 30], base_value=10_000)
/// >>> share.value, value.value
/// (0.25, 2500.0)
#[pyfunction]
#[pyo3(signature = (answers, values, base_value=None, level=0.95))]
pub(crate) fn detractor_value(
    answers: &Bound<'_, PyAny>,
    values: &Bound<'_, PyAny>,
    base_value: Option<f64>,
    level: f64,
) -> PyResult<(Estimate, Estimate)> {
    let (answers, values) = (floats("answers", answers)?, floats("values", values)?);
    let found = core::detractor_value(answers.as_slice()?, values.as_slice()?, base_value, level).or_raise()?;
    Ok((found.share.into(), found.value.into()))
}

/// Customer referral value (Kumar, Petersen & Leone 2010): what each customer's referrals bring.
///
/// CRV = Σ (p·(margin - marketing) + saving - referral cost)/(1 + rate)^period over the referred; p is the probability that they would
/// not have joined otherwise (1 and 0 are the paper's two types).
///
/// Parameters
/// ----------
/// referrer : array-like
///     Who referred, one row per referred customer and period.
/// period, margin, referral_cost, marketing_cost, acquisition_saving, incremental : array-like
/// rate : float
///     Discount rate per period.
///
/// Returns
/// -------
/// Table
///     ``customer_id, value, from_incremental``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> table = cpm.portfolio.referral_value(["ann", "ann", "bob"], period=[0, 1, 0], margin=[100, 100, 100],
/// ...     referral_cost=[20, 0, 0], marketing_cost=[5, 5, 5], acquisition_saving=[15, 0, 15], incremental=[1, 1, 0], rate=0.1)
/// >>> table["customer_id"], table["value"].round(2)
/// (['ann', 'bob'], array([176.36,  15.  ]))
#[pyfunction]
#[pyo3(signature = (referrer, *, period, margin, referral_cost, marketing_cost, acquisition_saving, incremental, rate))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn referral_value(
    referrer: &Bound<'_, PyAny>,
    period: &Bound<'_, PyAny>,
    margin: &Bound<'_, PyAny>,
    referral_cost: &Bound<'_, PyAny>,
    marketing_cost: &Bound<'_, PyAny>,
    acquisition_saving: &Bound<'_, PyAny>,
    incremental: &Bound<'_, PyAny>,
    rate: f64,
) -> PyResult<Table> {
    let (codes, labels) = Labels::new("referrer", referrer)?.codes();
    let (period, margin) = (floats("period", period)?, floats("margin", margin)?);
    let (cost, marketing) = (floats("referral_cost", referral_cost)?, floats("marketing_cost", marketing_cost)?);
    let saving = floats("acquisition_saving", acquisition_saving)?;
    let incremental = floats("incremental", incremental)?;
    let columns = ReferralColumns {
        referrer: &codes,
        period: period.as_slice()?,
        margin: margin.as_slice()?,
        referral_cost: cost.as_slice()?,
        marketing_cost: marketing.as_slice()?,
        acquisition_saving: saving.as_slice()?,
        incremental: incremental.as_slice()?,
    };
    let found = core::referral_value(&columns, labels.len(), rate).or_raise()?;
    let mut table = cpm_core::Table::new();
    table.push("customer_id", labels).or_raise()?;
    table.push("value", Column::Float(found.values)).or_raise()?;
    table.push("from_incremental", Column::Float(found.from_incremental)).or_raise()?;
    Ok(table.into())
}

/// Importance against performance of rated attributes, as a :class:`Table`; see :func:`satisfaction_drivers`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> ratings = {"speed": [1, 2, 3, 4, 5, 3, 2], "price": [3, 3, 2, 5, 4, 1, 2]}
/// >>> drivers = cpm.portfolio.satisfaction_drivers(ratings, [2, 4, 5, 9, 10, 5, 4])
/// >>> drivers["attribute"], round(drivers.r_squared, 2)
/// (['speed', 'price'], 0.99)
#[pyclass(module = "cpm.portfolio", extends = Table, frozen)]
pub(crate) struct Drivers {
    pub(super) inner: CoreDrivers,
}

#[pymethods]
impl Drivers {
    /// Share of the variance of the overall answer that the attributes explain.
    #[getter]
    fn r_squared(&self) -> f64 {
        self.inner.r_squared
    }

    /// Customers who answered.
    #[getter]
    fn answers(&self) -> usize {
        self.inner.answers
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Which rated attributes move the overall answer: importance against performance, with intervals.
///
/// Importance is Johnson's relative weight (2000), the share of the explained variance that is the attribute's; the coefficients are
/// those of least squares, with errors that allow for unequal variances (HC3).
///
/// Parameters
/// ----------
/// ratings : table, dict of columns, or matrix
///     One row per answer, one column per attribute.
/// overall : array-like
///     The answer that they should explain.
/// level : float
///
/// Returns
/// -------
/// Drivers
///     ``attribute``, then ``performance, importance, coefficient`` each with ``_low`` and ``_high``, ``correlation, quadrant``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> ratings = {"speed": [1, 2, 3, 4, 5, 3, 2], "price": [3, 3, 2, 5, 4, 1, 2]}
/// >>> drivers = cpm.portfolio.satisfaction_drivers(ratings, [2, 4, 5, 9, 10, 5, 4])
/// >>> drivers["importance"].round(2), drivers["quadrant"]
/// (array([0.78, 0.22]), ['keep up', 'possible overkill'])
#[pyfunction]
#[pyo3(signature = (ratings, overall, level=0.95))]
pub(crate) fn satisfaction_drivers<'py>(
    py: Python<'py>,
    ratings: &Bound<'py, PyAny>,
    overall: &Bound<'py, PyAny>,
    level: f64,
) -> PyResult<Bound<'py, Drivers>> {
    let ratings = Covariates::new(ratings, None)?;
    let overall = floats("overall", overall)?;
    let columns = ratings.values.ncols();
    let names = ratings.names.unwrap_or_else(|| (0..columns).map(|j| format!("x{j}")).collect());
    let overall = overall.as_slice()?;
    let inner = py.detach(|| core::satisfaction_drivers(ratings.values.view(), &names, overall, level)).or_raise()?;
    let table = Table::from(inner.to_table().or_raise()?);
    Bound::new(py, PyClassInitializer::from(table).add_subclass(Drivers { inner }))
}
