//! Prospects: the pipeline, its stages, its part in the portfolio.

use cpm_core::Column;
use cpm_core::portfolio::{
    self as core, OpportunityState, Pipeline as Core, PipelineColumns, PipelineOptions, StageConversion,
};
use pyo3::prelude::*;

use super::inputs::{Number, draw_options, labels, per_item};
use crate::arrays::floats;
use crate::clv::Estimate;
use crate::error::{OrRaise, bad_value};
use crate::table::Table;

/// Open opportunities and what they are worth, as a :class:`Table`; see :func:`weighted_pipeline`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> pipeline = cpm.portfolio.weighted_pipeline([0.5, 0.1, 0.8], [1000, 400, 200], [50, 60, 10], base=9420)
/// >>> pipeline["expected"], pipeline.not_worth_pursuing, round(pipeline.share_of_portfolio.value, 3)
/// (array([450., -20., 150.]), 1, 0.058)
#[pyclass(module = "cpm.portfolio", extends = Table, frozen)]
pub(crate) struct Pipeline {
    pub(super) inner: Core,
}

#[pymethods]
impl Pipeline {
    /// Value if all were won.
    #[getter]
    fn total_value(&self) -> f64 {
        self.inner.total_value
    }

    /// Expected value of what is won, before cost, with the interval of what will be seen.
    #[getter]
    fn weighted_value(&self) -> Estimate {
        self.inner.weighted_value.into()
    }

    /// Expected number of opportunities won, with interval.
    #[getter]
    fn wins(&self) -> Estimate {
        self.inner.wins.into()
    }

    /// What pursuing all will cost.
    #[getter]
    fn cost(&self) -> f64 {
        self.inner.cost
    }

    /// Weighted value less cost, with interval.
    #[getter]
    fn net(&self) -> Estimate {
        self.inner.net.into()
    }

    /// Opportunities that cost more than they are expected to bring.
    #[getter]
    fn not_worth_pursuing(&self) -> usize {
        self.inner.not_worth_pursuing
    }

    /// What dropping those would add to the net value.
    #[getter]
    fn gain_of_dropping(&self) -> f64 {
        self.inner.gain_of_dropping
    }

    /// Share of the largest opportunity in the weighted value.
    #[getter]
    fn largest_share(&self) -> f64 {
        self.inner.largest_share
    }

    /// Part of the net value in net value and base together, with interval; None without base, or if the net value is negative.
    #[getter]
    fn share_of_portfolio(&self) -> Option<Estimate> {
        self.inner.share_of_portfolio.map(Into::into)
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }

    fn __repr__(&self) -> String {
        let Core { opportunities, net, .. } = &self.inner;
        let (value, low, high) = (net.value, net.interval.low, net.interval.high);
        format!("Pipeline(opportunities={opportunities}, net={value:.2}, {low:.2} to {high:.2})")
    }
}

/// The pipeline weighted by probability: sum of probability * value - cost to win.
///
/// Parameters
/// ----------
/// probability : array-like
///     Probability of winning each open opportunity.
/// value : float or array-like
///     Value if won: lifetime value of the customer, or margin of the deal.
/// cost : float or array-like
///     What pursuing it will still cost, won or not.
/// probability_error : float
///     Relative standard error of all probabilities together, such as that of the win rates of :func:`stage_conversion`.
/// base : float or tuple
///     Value of today's customers, also with its standard error, to compare with.
/// level : float
///
/// Returns
/// -------
/// Pipeline
///     ``probability, value, cost, expected`` in the order of the rows given.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.weighted_pipeline([0.5, 0.1, 0.8], [1000, 400, 200], [50, 60, 10])
/// Pipeline(opportunities=3, net=580.00, -120.00 to 1480.00)
#[pyfunction]
#[pyo3(signature = (probability, value, cost=None, *, probability_error=0.0, base=None, level=0.95))]
pub(crate) fn weighted_pipeline<'py>(
    py: Python<'py>,
    probability: &Bound<'py, PyAny>,
    value: &Bound<'py, PyAny>,
    cost: Option<&Bound<'py, PyAny>>,
    probability_error: f64,
    base: Option<Number>,
    level: f64,
) -> PyResult<Bound<'py, Pipeline>> {
    let probability = floats("probability", probability)?.as_slice()?.to_vec();
    let value = per_item("value", Some(value), probability.len(), 0.0)?;
    let cost = per_item("cost", cost, probability.len(), 0.0)?;
    let mut options = PipelineOptions::new().probability_error(probability_error).level(level);
    if let Some(base) = base {
        options = options.base(base);
    }
    let columns = PipelineColumns { probability: &probability, value: &value, cost: &cost };
    let inner = py.detach(|| core::weighted_pipeline(&columns, &options)).or_raise()?;
    let mut table = cpm_core::Table::new();
    for (name, column) in [("probability", probability), ("value", value), ("cost", cost)] {
        table.push(name, Column::Float(column)).or_raise()?;
    }
    table.push("expected", Column::Float(inner.expected.clone())).or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(Pipeline { inner }))
}

/// Conversion from stage to stage, and the probability of winning from each.
///
/// Parameters
/// ----------
/// stage : array-like
///     The furthest stage that each opportunity got to.
/// state : array-like
///     What became of it there: "open", "won" or "lost".
/// stages : list of str
///     All stages in their order.
/// draws, seed, level
///     How the intervals of winning are drawn.
///
/// Returns
/// -------
/// Table
///     ``stage, reached, advanced, lost, open``, then ``conversion`` and ``win`` each with ``_low`` and ``_high``. Open opportunities are
///     not decided and in no rate of their own stage. Rates are missing where nothing was decided.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> table = cpm.portfolio.stage_conversion(
/// ...     ["lead", "lead", "offer", "offer", "offer", "offer"], ["lost", "open", "won", "won", "lost", "open"],
/// ...     stages=["lead", "offer"])
/// >>> table["reached"], table["conversion"].round(3), table["win"].round(3)
/// (array([6, 4]), array([0.8  , 0.667]), array([0.533, 0.667]))
#[pyfunction]
#[pyo3(signature = (stage, state, *, stages, draws=2000, seed=0, level=0.95))]
pub(crate) fn stage_conversion(
    py: Python<'_>,
    stage: &Bound<'_, PyAny>,
    state: &Bound<'_, PyAny>,
    stages: Vec<String>,
    draws: usize,
    seed: u64,
    level: f64,
) -> PyResult<Table> {
    let code = |(row, name): (usize, String)| {
        stages.iter().position(|s| *s == name).map(|s| s as u32).ok_or_else(|| {
            bad_value("stage", row, name, "it is not among the stages", "Add it to stages, or correct it")
        })
    };
    let codes: Vec<u32> = labels("stage", stage)?.into_iter().enumerate().map(code).collect::<PyResult<_>>()?;
    let outcome = |(row, name): (usize, String)| match name.as_str() {
        "open" => Ok(OpportunityState::Open),
        "won" => Ok(OpportunityState::Won),
        "lost" => Ok(OpportunityState::Lost),
        _ => Err(bad_value(
            "state",
            row,
            name,
            "it must be one of open, won, lost",
            "Translate your own states to these",
        )),
    };
    let states: Vec<OpportunityState> =
        labels("state", state)?.into_iter().enumerate().map(outcome).collect::<PyResult<_>>()?;
    let options = draw_options(draws, seed, level);
    let found = py.detach(|| core::stage_conversion(&codes, stages.len(), &states, &options)).or_raise()?;
    let count = |of: fn(&StageConversion) -> u64| Column::Integer(found.iter().map(|s| of(s) as i64).collect());
    let mut table = cpm_core::Table::new();
    table.push("stage", Column::Text(stages)).or_raise()?;
    table.push("reached", count(|s| s.reached)).or_raise()?;
    table.push("advanced", count(|s| s.advanced)).or_raise()?;
    table.push("lost", count(|s| s.lost)).or_raise()?;
    table.push("open", count(|s| s.open)).or_raise()?;
    super::inputs::push_estimates(&mut table, "conversion", found.iter().map(|s| s.conversion))?;
    super::inputs::push_estimates(&mut table, "win", found.iter().map(|s| s.win))?;
    Ok(table.into())
}
