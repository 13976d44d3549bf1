//! `cpm.RuleSet`.

use std::path::PathBuf;

use cpm_core::SavedModel;
use cpm_core::segmentation::RuleSet as Core;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::model::{SegmentationModel, fitted};
use super::rfm::Segments;
use crate::columns;
use crate::error::OrRaise;
use crate::estimator::Unset;
use crate::table::Table;

/// Segments as named conditions over the columns of a table.
///
/// Conditions know columns (in backquotes any name), numbers, ``"text"``, ``true``, ``false``, ``+ - * /``, the comparisons
/// ``< <= > >= = !=``, ``in ("a", "b")``, ``not in``, ``is missing``, ``is not missing``, and ``not``, ``and``, ``or`` in this
/// order of binding, and parentheses. A missing value, and a division by zero, makes what depends on it unknown; a rule
/// applies where it is true. Rules are tried in order, and a customer belongs to the first that applies.
///
/// Parameters
/// ----------
/// rules : dict
///     Names and conditions, in the order in which they are tried.
/// otherwise : str
///     The name of the customers that no rule applies to.
///
/// Raises
/// ------
/// CpmError
///     For a condition that cannot be read, with the place; for names that are empty or repeated.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30").to_table()
/// >>> rules = cpm.RuleSet({
/// ...     "Best": "total_amount > 100 and days_since_last < 90",
/// ...     "Sleeping": "days_since_last >= 180",
/// ... })
/// >>> sum(rules.predict(customers).counts.values())
/// 2357
/// >>> rules.report(customers).columns
/// ['segment', 'applies', 'assigned', 'alone', 'overlap', 'unknown']
/// >>> try:
/// ...     cpm.RuleSet({"Best": "total_amount > and 100"})
/// ... except cpm.CpmError as error:
/// ...     print(error)
/// rule = Best is not allowed: at character 16: a column, a number or a text is missing before `and`
///   total_amount > and 100
///                  ^
#[pyclass(module = "cpm", extends = SegmentationModel)]
pub(crate) struct RuleSet {}

type Given<'py> = Option<Bound<'py, PyAny>>;

impl RuleSet {
    fn choices<'py>(rules: Given<'py>, otherwise: Given<'py>) -> Vec<(&'static str, Given<'py>, Unset)> {
        vec![("rules", rules, Unset::None), ("otherwise", otherwise, Unset::Text("Other"))]
    }

    /// A model from a file.
    pub(super) fn loaded(py: Python<'_>, model: SavedModel) -> PyResult<PyClassInitializer<Self>> {
        let (rules, otherwise) = (PyDict::new(py), PyDict::new(py));
        if let SavedModel::RuleSet(m) = &model {
            m.names().iter().zip(m.expressions()).try_for_each(|(name, text)| rules.set_item(name, text))?;
            otherwise.set_item("name", m.names().last())?;
        }
        let choices = Self::choices(Some(rules.into_any()), otherwise.get_item("name")?);
        Ok(SegmentationModel::base(py, choices, Some(model))?.add_subclass(Self {}))
    }

    /// The rules of the choices.
    fn rules(rules: Given<'_>, otherwise: Given<'_>) -> PyResult<Option<Core>> {
        let Some(rules) = rules.filter(|r| !r.is_none()) else { return Ok(None) };
        let pairs: Vec<(String, String)> = rules.cast::<PyDict>()?.items().extract()?;
        let mut core = Core::new(&pairs).or_raise()?;
        if let Some(name) = otherwise {
            core = core.otherwise(&name.extract::<String>()?).or_raise()?;
        }
        Ok(Some(core))
    }
}

#[pymethods]
impl RuleSet {
    #[new]
    #[pyo3(signature = (rules=None, otherwise=None), text_signature = "(rules=None, otherwise='Other')")]
    fn new<'py>(py: Python<'py>, rules: Given<'py>, otherwise: Given<'py>) -> PyResult<PyClassInitializer<Self>> {
        let core = Self::rules(rules.clone(), otherwise.clone())?;
        let choices = Self::choices(rules, otherwise);
        Ok(SegmentationModel::base(py, choices, core.map(SavedModel::from))?.add_subclass(Self {}))
    }

    /// Rules from a file with ``name: condition`` on each line; empty lines and lines that begin with ``#`` are skipped.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    /// otherwise : str
    ///
    /// Returns
    /// -------
    /// RuleSet
    #[staticmethod]
    #[pyo3(signature = (path, otherwise="Other"))]
    fn read(py: Python<'_>, path: PathBuf, otherwise: &str) -> PyResult<Py<Self>> {
        let core = Core::read(path).and_then(|rules| rules.otherwise(otherwise)).or_raise()?;
        Py::new(py, Self::loaded(py, core.into())?)
    }

    /// The segment of each row of a table.
    ///
    /// Parameters
    /// ----------
    /// table : table or dict
    ///     A pandas, Polars or PyArrow table, a :class:`Table`, or a dict of columns of numbers, text or dates (which are
    ///     compared as ISO text). Text without a value is empty text.
    ///
    /// Returns
    /// -------
    /// Segments
    ///     ``customer_id`` (0, 1, … if the table has none) and ``segment``.
    ///
    /// Raises
    /// ------
    /// CpmError
    ///     For a column that does not exist or has another type, with the place.
    fn predict<'py>(slf: &Bound<'py, Self>, table: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Segments>> {
        let (rules, table) = (fitted!(slf, RuleSet), columns::table(table)?);
        let (table, segments) = slf
            .py()
            .detach(|| {
                let segments = rules.predict(&table)?;
                Ok((segments.to_table()?, segments))
            })
            .or_raise()?;
        Segments::object(slf.py(), table, &segments)
    }

    /// How complete and how exclusive the rules are.
    ///
    /// Parameters
    /// ----------
    /// table : table or dict
    ///
    /// Returns
    /// -------
    /// Table
    ///     One row per segment: ``applies`` (customers for whom its rule is true), ``assigned`` (those it gets), ``alone`` (no
    ///     other rule is true), ``overlap`` (another one is), ``unknown`` (undecided for lack of a value).
    fn report(slf: &Bound<'_, Self>, table: &Bound<'_, PyAny>) -> PyResult<Table> {
        let (rules, table) = (fitted!(slf, RuleSet), columns::table(table)?);
        slf.py().detach(|| rules.report(&table)).or_raise().map(Into::into)
    }

    /// Names of the segments, the rest last.
    #[getter]
    fn names(slf: &Bound<'_, Self>) -> PyResult<Vec<String>> {
        Ok(fitted!(slf, RuleSet).names().to_vec())
    }
}
