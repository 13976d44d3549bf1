//! Profiles of segments, and their change between two dates.

use cpm_core::segmentation::{self as core, ProfileOptions};
use cpm_core::{Column, Error};
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;

use crate::arrays::{customer_ids, floats};
use crate::clv::Estimate;
use crate::columns;
use crate::error::{OrRaise, exception};
use crate::survival::labels::Labels;
use crate::table::Table;

/// The segment of each customer: names in ascending order, and positions among them.
fn segments(column: &'static str, values: &Bound<'_, PyAny>) -> PyResult<(Vec<String>, Vec<u32>)> {
    let (codes, names) = Labels::new(column, values)?.codes();
    Ok(((0..names.len()).map(|k| names.format(k)).collect(), codes))
}

/// A segmentation described: see :func:`cpm.segmentation.profile_segments`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> profiles = cpm.segmentation.profile_segments(["a", "a", "b", "b"], {"orders": [1, 2, 8, 9]})
/// >>> profiles.rules["rule"]
/// ['orders <= 5', 'orders > 5']
#[pyclass(module = "cpm", frozen)]
pub(crate) struct SegmentProfiles {
    inner: core::SegmentProfiles,
}

#[pymethods]
impl SegmentProfiles {
    /// ``segment, customers, share``, and ``revenue, revenue_share, value, value_share`` where they were given.
    #[getter]
    fn sizes(&self) -> PyResult<Table> {
        self.inner.sizes_table().or_raise().map(Into::into)
    }

    /// ``segment, attribute, level, in_segment, in_base, measure, effect, low, high, missing``: each attribute of each segment
    /// against all other customers. For numbers means and the standardised mean difference; for categories Cramer's V, and
    /// for each level its shares and their standardised difference.
    #[getter]
    fn effects(&self) -> PyResult<Table> {
        self.inner.effects_table().or_raise().map(Into::into)
    }

    /// ``attribute, measure, effect, p_value, missing``: what each attribute says about the segmentation as a whole, eta squared for
    /// numbers and Cramer's V for categories.
    #[getter]
    fn attributes(&self) -> PyResult<Table> {
        self.inner.attributes_table().or_raise().map(Into::into)
    }

    /// ``segment, rule, customers, precision, precision_low, precision_high, recall, recall_low, recall_high, f1``: the short rule that
    /// finds each segment, in the language of :class:`cpm.RuleSet`.
    #[getter]
    fn rules(&self) -> PyResult<Table> {
        self.inner.rules_table().or_raise().map(Into::into)
    }

    fn __repr__(&self) -> String {
        let line = |rule: &core::SegmentRuleFound| {
            let text = if rule.text.is_empty() { "no rule" } else { rule.text.as_str() };
            let size = &self.inner.sizes()[rule.segment];
            format!(
                "{}: {} customers ({:.1} %), {text} (precision {:.2}, recall {:.2})",
                self.inner.names()[rule.segment],
                size.customers,
                100.0 * size.share,
                rule.precision.value,
                rule.recall.value
            )
        };
        self.inner.rules().iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// Describes segments: size, share of revenue and value, each attribute against the base, and the short rule that finds them.
///
/// Parameters
/// ----------
/// segments : array-like of str or int
///     The segment of each customer.
/// X : table
///     Attributes: a pandas, Polars or PyArrow table, or a dict of columns. Text is a category, NaN and None are missing. Columns
///     called ``customer_id`` play no role.
/// revenue, value : array-like, optional
///     Of each customer, for the shares.
/// conditions : int
///     Most conditions of a rule, 1 to 5.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// SegmentProfiles
///
/// Examples
/// --------
/// >>> import cpm
/// >>> X = {"orders": [1, 2, 1, 9, 8, 9], "channel": ["web", "shop", "web", "shop", "shop", "shop"]}
/// >>> profiles = cpm.segmentation.profile_segments(["few"] * 3 + ["many"] * 3, X, revenue=[10, 20, 10, 90, 80, 90])
/// >>> print(profiles)
/// few: 3 customers (50.0 %), orders <= 5 (precision 1.00, recall 1.00)
/// many: 3 customers (50.0 %), orders > 5 (precision 1.00, recall 1.00)
/// >>> profiles.sizes["revenue_share"].round(3)
/// array([0.133, 0.867])
#[pyfunction]
#[pyo3(signature = (segments, X, revenue=None, value=None, conditions=3, level=0.95))]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
pub(crate) fn profile_segments(
    py: Python<'_>,
    segments: &Bound<'_, PyAny>,
    X: &Bound<'_, PyAny>,
    revenue: Option<&Bound<'_, PyAny>>,
    value: Option<&Bound<'_, PyAny>>,
    conditions: i64,
    level: f64,
) -> PyResult<SegmentProfiles> {
    let (names, codes) = self::segments("segments", segments)?;
    let table = columns::table(X)?;
    let revenue = revenue.map(|v| floats("revenue", v)).transpose()?;
    let value = value.map(|v| floats("value", v)).transpose()?;
    let revenue = revenue.as_ref().map(|v| v.as_slice()).transpose()?;
    let value = value.as_ref().map(|v| v.as_slice()).transpose()?;
    let conditions = crate::arrays::count("conditions", conditions)? as usize;
    let options = ProfileOptions::new().conditions(conditions).level(level);
    let inner =
        py.detach(|| core::SegmentProfiles::new(&names, &codes, &table, revenue, value, &options)).or_raise()?;
    Ok(SegmentProfiles { inner })
}

/// Customers of two dates by their segments, as a :class:`Table`; see :func:`cpm.segmentation.segment_stability`.
///
/// One row per segment of the first date and a last one, ``new``; columns: ``from``, the customers of each segment of the later
/// date, ``gone``, ``stayed, stayed_low, stayed_high``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> change = cpm.segmentation.segment_stability([1, 2, 3], ["a", "a", "b"], [3, 2, 4], ["b", "b", "a"])
/// >>> change["from"], change["b"], change["gone"]
/// (['a', 'b', 'new'], array([1, 1, 0]), array([1, 0, 0]))
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct SegmentStability {
    inner: core::SegmentStability,
}

#[pymethods]
impl SegmentStability {
    /// Names of the segments, in ascending order.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.inner.names().to_vec()
    }

    /// Customers who are there at both dates, by segment before (rows) and after (columns).
    #[getter]
    fn counts<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<u64>> {
        self.inner.counts().to_pyarray(py)
    }

    /// Customers of each segment who are not there any more.
    #[getter]
    fn gone<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<u64>> {
        PyArray1::from_slice(py, self.inner.gone())
    }

    /// Customers of each segment who were not there before.
    #[getter]
    fn new_customers<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<u64>> {
        PyArray1::from_slice(py, self.inner.new_customers())
    }

    /// Adjusted Rand index of the customers who are there at both dates, with interval: 1 if nobody changed sides, 0 for chance.
    #[getter]
    fn agreement(&self) -> Estimate {
        self.inner.agreement().into()
    }

    /// Share of the customers, of those who are still there, who are in the segment in which they were, with interval.
    #[getter]
    fn stayed(&self) -> Estimate {
        self.inner.stayed_overall().into()
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// How many customers are still in the segment in which they were, where the others went, and how much two segmentations agree.
///
/// Parameters
/// ----------
/// before_id, before, after_id, after : array-like
///     Ids of the customers and their segments (text or whole numbers) at two dates, in any order; customers may come and go.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// SegmentStability
///     For the chances of moving over several periods see :func:`cpm.portfolio.migration_matrix`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> change = cpm.segmentation.segment_stability([1, 2, 3, 4], ["a", "a", "b", "b"], [1, 2, 3, 4], ["a", "a", "b", "a"])
/// >>> change.stayed.value, change.agreement.value
/// (0.75, 0.0)
#[pyfunction]
#[pyo3(signature = (before_id, before, after_id, after, level=0.95))]
pub(crate) fn segment_stability<'py>(
    py: Python<'py>,
    before_id: &Bound<'py, PyAny>,
    before: &Bound<'py, PyAny>,
    after_id: &Bound<'py, PyAny>,
    after: &Bound<'py, PyAny>,
    level: f64,
) -> PyResult<Bound<'py, SegmentStability>> {
    let (before_id, after_id) = (customer_ids(before_id)?, customer_ids(after_id)?);
    let (first, second) = (Labels::new("before", before)?, Labels::new("after", after)?);
    let together = match (first, second) {
        (Labels::Whole(a), Labels::Whole(b)) => (a.len(), Labels::Whole([a, b].concat())),
        (Labels::Text(a), Labels::Text(b)) => (a.len(), Labels::Text([a, b].concat())),
        _ => {
            let expected = "segments of both dates must be text, or whole numbers at both".to_owned();
            return Err(exception(Error::InvalidArgument { name: "after", value: "segments".to_owned(), expected }));
        }
    };
    let (split, labels) = together;
    let (codes, names): (Vec<u32>, Column) = labels.codes();
    let names: Vec<String> = (0..names.len()).map(|k| names.format(k)).collect();
    let (inner, table) = py
        .detach(|| {
            let (before, after) = codes.split_at(split);
            let inner = core::segment_stability(&names, (&before_id, before), (&after_id, after), level)?;
            let table = inner.to_table()?;
            Ok((inner, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(SegmentStability { inner }))
}
