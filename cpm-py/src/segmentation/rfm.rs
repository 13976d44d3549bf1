//! `cpm.rfm_segments`, and the table that all segmentations of customers return.

use std::ops::RangeInclusive;

use cpm_core::segmentation::{RfmOptions, RfmScores, SegmentRule, SegmentTable};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::argument::Argument;
use crate::error::OrRaise;
use crate::summary::CustomerSummary;
use crate::table::Table;

/// A named segment for every customer, with what it follows from, as a :class:`Table`; see :func:`rfm_segments`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> segments = cpm.rfm_segments(cpm.datasets.cdnow().summarize(as_of="1997-09-30"))
/// >>> segments["rfm"][0], segments["segment"][0]
/// ('544', 'Champions')
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct Segments {
    counts: Vec<(String, u64)>,
}

impl Segments {
    /// A table of customers with the counts of their segments.
    pub(super) fn object<'py>(
        py: Python<'py>,
        table: cpm_core::Table,
        segments: &cpm_core::segmentation::Segments,
    ) -> PyResult<Bound<'py, Self>> {
        let counts = segments.names().iter().cloned().zip(segments.counts().iter().copied()).collect();
        Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(Self { counts }))
    }
}

/// The scores with the names of a grid.
pub(super) fn with_segments(
    scores: &RfmScores,
    segments: &cpm_core::segmentation::Segments,
) -> cpm_core::Result<cpm_core::Table> {
    let mut table = cpm_core::Table::new();
    for (name, column) in scores.to_table()?.columns() {
        table.push(name, if name == "segment" { segments.column() } else { column.clone() })?;
    }
    Ok(table)
}

#[pymethods]
impl Segments {
    /// Names of the segments, in a fixed order; a segment may be without customers.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.counts.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Number of customers in each segment.
    #[getter]
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = PyDict::new(py);
        for (name, count) in &self.counts {
            counts.set_item(name, count)?;
        }
        Ok(counts)
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// A rule as Python gives it: name, recency scores, frequency scores, and perhaps monetary scores.
#[derive(FromPyObject)]
enum Rule {
    WithMoney(String, Scores, Scores, Scores),
    Without(String, Scores, Scores),
}

/// From the lowest score to the highest.
type Scores = (u8, u8);

/// Scores customers by recency, frequency and amount, and names the segments.
///
/// Customers are ranked by the days since the last purchase, the number of purchases and the amount, and cut into
/// ``bins`` groups of about equal size with equal values kept together; the best score is ``bins``. The standard grid
/// names the combinations of recency and frequency scores, from "Champions" to "Hibernating".
///
/// Parameters
/// ----------
/// customers : CustomerSummary
///     With amounts.
/// bins : int
///     The best score, 3 to 10.
/// rules : list of tuple, optional
///     A grid of your own: ``(name, (lowest, highest recency score), (lowest, highest frequency score))``, with a third
///     pair for the monetary score if you like. Each combination of scores must be covered exactly once.
///
/// Returns
/// -------
/// Segments
///     Columns ``customer_id, days_since_last, purchases``, the amount, ``recency_score, frequency_score, monetary_score,
///     rfm, segment``.
///
/// Raises
/// ------
/// CpmError
///     If the summary has no amounts, or the rules do not cover the grid exactly once.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> segments = cpm.rfm_segments(customers)
/// >>> segments.names[:3], sum(segments.counts.values())
/// (['Champions', 'Loyal', 'Potential loyalists'], 2357)
/// >>> segments = cpm.rfm_segments(customers, bins=3, rules=[("Recent", (2, 3), (1, 3)), ("Silent", (1, 1), (1, 3))])
/// >>> segments.names
/// ['Recent', 'Silent']
#[pyfunction]
#[pyo3(signature = (customers, bins=5, rules=None))]
pub(crate) fn rfm_segments<'py>(
    py: Python<'py>,
    customers: Argument<'_, CustomerSummary>,
    bins: u8,
    rules: Option<Vec<Bound<'py, PyAny>>>,
) -> PyResult<Bound<'py, Segments>> {
    let grid = match rules {
        None => SegmentTable::standard(),
        Some(rules) => segment_table(bins, &rules)?,
    };
    let (table, segments) = py
        .detach(|| {
            let scores = RfmScores::of(&customers.inner, &RfmOptions::new().bins(bins))?;
            let segments = grid.segment(&scores);
            Ok((with_segments(&scores, &segments)?, segments))
        })
        .or_raise()?;
    Segments::object(py, table, &segments)
}

/// The grid of rules as Python gives them.
pub(super) fn segment_table(bins: u8, rules: &[Bound<'_, PyAny>]) -> PyResult<SegmentTable> {
    let rules = rules.iter().map(|rule| Ok(segment_rule(rule.extract()?))).collect::<PyResult<_>>()?;
    SegmentTable::new(bins, rules).or_raise()
}

fn segment_rule(rule: Rule) -> SegmentRule {
    let range = |(low, high): Scores| -> RangeInclusive<u8> { low..=high };
    match rule {
        Rule::Without(name, recency, frequency) => SegmentRule::new(&name, range(recency), range(frequency)),
        Rule::WithMoney(name, recency, frequency, money) => {
            SegmentRule::new(&name, range(recency), range(frequency)).monetary(range(money))
        }
    }
}
