//! A suggested treatment for each customer.

use cpm_core::portfolio::{
    self as core, Level, StrategyColumns, StrategyLevels, StrategyRule, StrategyTable as Core, Suggestions as CoreFound,
};
use cpm_core::{Column, Error};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::inputs::groups;
use crate::arrays::floats;
use crate::error::{OrRaise, exception};
use crate::table::Table;

/// Rules from segment, value and risk to a treatment, as a :class:`Table`: the first that fits decides.
///
/// Nothing applies one on its own: it is passed to :func:`suggest_treatments`, whose answer names the rule behind each treatment.
///
/// Parameters
/// ----------
/// rules : list of dict
///     With ``treatment``, and as wanted ``reason``, ``segment``, ``value`` and ``risk`` ("low", "medium", "high"); what is left out
///     fits everybody.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> table = cpm.portfolio.StrategyTable([
/// ...     {"value": "high", "risk": "high", "treatment": "call", "reason": "much to lose"},
/// ...     {"treatment": "newsletter"}])
/// >>> table["treatment"], len(cpm.portfolio.StrategyTable.suggested())
/// (['call', 'newsletter'], 9)
#[pyclass(module = "cpm.portfolio", extends = Table, frozen)]
pub(crate) struct StrategyTable {
    pub(super) inner: Core,
}

fn level(name: &'static str, value: Option<Bound<'_, PyAny>>) -> PyResult<Option<Level>> {
    let Some(value) = value.filter(|v| !v.is_none()) else { return Ok(None) };
    match value.extract::<String>()?.as_str() {
        "low" => Ok(Some(Level::Low)),
        "medium" => Ok(Some(Level::Medium)),
        "high" => Ok(Some(Level::High)),
        other => {
            let expected = "it must be one of low, medium, high".to_owned();
            Err(exception(Error::InvalidArgument { name, value: other.to_owned(), expected }))
        }
    }
}

fn rule(given: &Bound<'_, PyDict>) -> PyResult<StrategyRule> {
    let known = ["segment", "value", "risk", "treatment", "reason"];
    for key in given.keys() {
        let key: String = key.extract()?;
        if !known.contains(&key.as_str()) {
            let expected = format!("a rule has {}", known.join(", "));
            return Err(exception(Error::InvalidArgument { name: "rules", value: key, expected }));
        }
    }
    let text = |key: &str| -> PyResult<String> {
        given.get_item(key)?.filter(|v| !v.is_none()).map_or(Ok(String::new()), |v| v.extract())
    };
    let segment = text("segment")?;
    Ok(StrategyRule {
        segment: (!segment.is_empty()).then_some(segment),
        value: level("value", given.get_item("value")?)?,
        risk: level("risk", given.get_item("risk")?)?,
        treatment: text("treatment")?,
        reason: text("reason")?,
    })
}

fn with_columns(inner: Core) -> PyResult<PyClassInitializer<StrategyTable>> {
    let table = Table::from(inner.to_table().or_raise()?);
    Ok(PyClassInitializer::from(table).add_subclass(StrategyTable { inner }))
}

#[pymethods]
impl StrategyTable {
    #[new]
    fn new(rules: Vec<Bound<'_, PyDict>>) -> PyResult<PyClassInitializer<Self>> {
        with_columns(Core::new(rules.iter().map(rule).collect::<PyResult<_>>()?).or_raise()?)
    }

    /// A suggestion to begin with: value against risk, new customers by themselves. Replace what does not fit your business.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> table = cpm.portfolio.StrategyTable.suggested()
    /// >>> table["segment"][0], table["treatment"][:2]
    /// ('New customers', ['welcome', 'personal retention'])
    #[staticmethod]
    fn suggested(py: Python<'_>) -> PyResult<Bound<'_, Self>> {
        Bound::new(py, with_columns(Core::suggested())?)
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Suggested treatments, as a :class:`Table`; see :func:`suggest_treatments`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> found = cpm.portfolio.suggest_treatments(
/// ...     ["A", "A"], [100, 5], [0.8, 0.1], cpm.portfolio.StrategyTable([{"risk": "high", "treatment": "call"}]),
/// ...     value_shares=(0.5, 1))
/// >>> found["treatment"], found.unmatched, found.value_thresholds
/// (['call', ''], 1, (5.0, 100.0))
#[pyclass(module = "cpm.portfolio", extends = Table, frozen)]
pub(crate) struct Suggestions {
    pub(super) inner: CoreFound,
    overview: cpm_core::Table,
}

#[pymethods]
impl Suggestions {
    /// One row per rule that decided: ``treatment, reason, customers, value, expected_loss``; then, if any, those without a rule. The expected
    /// loss is the sum of risk * value.
    #[getter]
    fn overview(&self) -> Table {
        self.overview.clone().into()
    }

    /// Value from which it is medium, and from which it is high.
    #[getter]
    fn value_thresholds(&self) -> (f64, f64) {
        self.inner.value_thresholds.into()
    }

    /// Customers that no rule fits.
    #[getter]
    fn unmatched(&self) -> u64 {
        self.inner.unmatched
    }

    /// Segments that rules are for and no customer has: a segment without customers, or a name written otherwise.
    #[getter]
    fn unknown_segments(&self) -> Vec<String> {
        self.inner.unknown_segments.clone()
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// The rule of a table of strategies that fits each customer.
///
/// Parameters
/// ----------
/// segment : array-like
///     Label of each customer.
/// value : array-like
///     Lifetime value, or margin.
/// risk : array-like
///     Probability of leaving.
/// strategies : StrategyTable
///     Your own, or ``StrategyTable.suggested()``.
/// value_shares : tuple
///     Share of the customers whose value is high, and share whose value is high or medium: the best by rank. Default: (0.2, 0.5).
/// risk_levels : tuple
///     Risk from which it is medium, and from which it is high. Default: (0.3, 0.6).
///
/// Returns
/// -------
/// Suggestions
///     ``row, segment, value_level, risk_level, treatment, reason``; the treatment is empty where no rule fits.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> found = cpm.portfolio.suggest_treatments(
/// ...     ["Champions", "Champions", "New customers", "Champions", "Champions"], [900, 40, 30, 20, 10],
/// ...     [0.7, 0.1, 0.5, 0.4, 0.9], cpm.portfolio.StrategyTable.suggested())
/// >>> found["treatment"]
/// ['personal retention', 'cross-sell', 'welcome', 'serve at low cost', 'let go']
#[pyfunction]
#[pyo3(signature = (segment, value, risk, strategies, *, value_shares=None, risk_levels=None))]
pub(crate) fn suggest_treatments<'py>(
    py: Python<'py>,
    segment: &Bound<'py, PyAny>,
    value: &Bound<'py, PyAny>,
    risk: &Bound<'py, PyAny>,
    strategies: &Bound<'py, StrategyTable>,
    value_shares: Option<(f64, f64)>,
    risk_levels: Option<(f64, f64)>,
) -> PyResult<Bound<'py, Suggestions>> {
    let (names, codes) = groups("segment", segment)?;
    let (value, risk) = (floats("value", value)?, floats("risk", risk)?);
    let columns = StrategyColumns { segment: &codes, names: &names, value: value.as_slice()?, risk: risk.as_slice()? };
    let mut levels = StrategyLevels::default();
    if let Some((high, medium)) = value_shares {
        (levels.high_value, levels.medium_value) = (high, medium);
    }
    if let Some((medium, high)) = risk_levels {
        (levels.medium_risk, levels.high_risk) = (medium, high);
    }
    let strategies = &strategies.get().inner;
    let (inner, overview, table) = py
        .detach(|| {
            let found = core::suggest_treatments(&columns, strategies, &levels)?;
            let overview = found.overview(&columns, strategies)?;
            let of_rule = |text: fn(&StrategyRule) -> &str| {
                let cell = |r: &Option<u32>| r.map_or("", |r| text(&strategies.rules()[r as usize])).to_owned();
                Column::Text(found.rules.iter().map(cell).collect())
            };
            let level = |all: &[Level]| Column::Text(all.iter().map(Level::to_string).collect());
            let mut table = cpm_core::Table::new();
            table.push("row", Column::Integer((0..codes.len() as i64).collect()))?;
            table.push("segment", Column::Text(codes.iter().map(|c| names[*c as usize].clone()).collect()))?;
            table.push("value_level", level(&found.values))?;
            table.push("risk_level", level(&found.risks))?;
            table.push("treatment", of_rule(|r| &r.treatment))?;
            table.push("reason", of_rule(|r| &r.reason))?;
            Ok((found, overview, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(Suggestions { inner, overview }))
}
