//! What segments are like, what sets them apart, and whether they last.

mod effects;
mod rule;
mod separate;
mod stability;
mod tables;

use serde::Serialize;

pub use self::effects::{AttributeEffect, EffectMeasure, SegmentEffect};
pub use self::separate::SegmentRuleFound;
pub use self::stability::{SegmentStability, segment_stability};
use super::attributes::{Attribute, Values};
use crate::error::{Error, Result, same_length};
use crate::table::Table;

/// How segments are described.
///
/// ```
/// use cpm_core::segmentation::ProfileOptions;
/// let options = ProfileOptions::new().conditions(2).level(0.9);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileOptions {
    conditions: usize,
    level: f64,
}

impl Default for ProfileOptions {
    fn default() -> Self {
        Self { conditions: 3, level: 0.95 }
    }
}

impl ProfileOptions {
    /// Rules of up to three conditions, 95 % intervals.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Most conditions of a rule, 1 to 5.
    #[must_use]
    pub fn conditions(mut self, conditions: usize) -> Self {
        self.conditions = conditions;
        self
    }

    /// Probability that an interval holds.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }
}

/// One segment's part of the base.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct SegmentSize {
    /// Customers in it.
    pub customers: u64,
    /// Share of all customers.
    pub share: f64,
    /// Sum of the revenue, and its share of the base's; `None` if no revenue was given, or the base has none.
    pub revenue: Option<(f64, Option<f64>)>,
    /// The same of the value.
    pub value: Option<(f64, Option<f64>)>,
}

/// A segmentation described: sizes, what each segment is like against the rest of the base, and the rule that finds it.
///
/// - [`sizes`](Self::sizes): customers, revenue and value, with shares.
/// - [`effects`](Self::effects): each attribute in each segment against all other customers. For numbers the standardised mean
///   difference (m₁ − m₀)/s with s² the mean of the two variances (Cohen 1988; Austin 2009, Statistics in Medicine 28), with the
///   interval of Hedges & Olkin 1985; for categories the share of each level, its standardised difference, and Cramér's V of the
///   level against membership over all levels (Cramér 1946), corrected for the bias of small samples (Bergsma 2013, Journal of the
///   Korean Statistical Society 42, 323-328). By custom 0.2 is small, 0.5 medium and 0.8 large.
/// - [`attributes`](Self::attributes): how much an attribute says about the segmentation as a whole: η² of numbers (share of the
///   variance between segments) and Cramér's V of categories.
/// - [`rules`](Self::rules): a conjunction of a few conditions per segment, in the language of [`RuleSet`](super::RuleSet), with its
///   precision and recall. It is the best found (by F₁) by a beam search over conditions, as subgroup discovery does (Lavrač et al.
///   2004, JMLR 5, 153-188).
///
/// The description is of these customers: intervals say how it would vary from one sample of such customers to the next. They do not
/// make a test out of a segmentation that was built from the same attributes.
///
/// ```
/// use cpm_core::segmentation::{ProfileOptions, SegmentProfiles};
/// use cpm_core::{Column, Table};
/// let mut table = Table::new();
/// table.push("orders", Column::Integer(vec![1, 2, 1, 9, 8, 9]))?;
/// table.push("channel", Column::Text(["web", "shop", "web", "shop", "shop", "shop"].map(String::from).to_vec()))?;
/// let names = ["few", "many"].map(String::from);
/// let profiles = SegmentProfiles::new(&names, &[0, 0, 0, 1, 1, 1], &table, None, None, &ProfileOptions::new())?;
/// let rule = &profiles.rules()[1];
/// assert_eq!((rule.text.as_str(), rule.precision.value, rule.recall.value), ("orders > 5", 1.0, 1.0));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentProfiles {
    names: Vec<String>,
    sizes: Vec<SegmentSize>,
    effects: Vec<SegmentEffect>,
    attributes: Vec<AttributeEffect>,
    rules: Vec<SegmentRuleFound>,
}

impl SegmentProfiles {
    /// Describes segments, given as their names and for each customer the position of its own, by the columns of a table: numbers
    /// (missing ones are counted and left out of means; they make no condition true), text and categories (empty text is the level
    /// `missing`). Columns of ids and dates play no role.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::Empty`] without customers, segments or attributes; [`Error::InvalidValue`] for a position
    /// that is no name, and for revenue or value that is not finite; [`Error::ColumnType`] for an attribute with an infinite value;
    /// [`Error::InvalidArgument`] for options outside their domain.
    pub fn new(
        names: &[String],
        codes: &[u32],
        attributes: &Table,
        revenue: Option<&[f64]>,
        value: Option<&[f64]>,
        options: &ProfileOptions,
    ) -> Result<Self> {
        crate::error::level("level", options.level)?;
        if !(1..=5).contains(&options.conditions) {
            return Err(Error::argument("conditions", options.conditions, "a rule that can be read has 1 to 5"));
        }
        check_codes(names, codes)?;
        same_length("attributes", attributes.rows(), "segments", codes.len())?;
        let columns = Attribute::of_table(attributes)?;
        if columns.is_empty() {
            return Err(Error::Empty {
                what: "the table of attributes".to_owned(),
                remedy: "Give at least one column of numbers or categories".to_owned(),
            });
        }
        let revenue = sums("revenue", names.len(), codes, revenue)?;
        let value = sums("value", names.len(), codes, value)?;
        let mut counts = vec![0_u64; names.len()];
        codes.iter().for_each(|c| counts[*c as usize] += 1);
        let sizes = counts.iter().enumerate().map(|(k, &customers)| SegmentSize {
            customers,
            share: customers as f64 / codes.len() as f64,
            revenue: revenue.as_ref().map(|r| r[k]),
            value: value.as_ref().map(|v| v[k]),
        });
        Ok(Self {
            names: names.to_vec(),
            sizes: sizes.collect(),
            effects: effects::by_segment(&columns, codes, &counts, options.level),
            attributes: effects::overall(&columns, codes, names.len()),
            rules: separate::rules(&columns, codes, &counts, options.conditions, options.level),
        })
    }

    /// Names of the segments, in the order given.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// One entry per segment.
    #[must_use]
    pub fn sizes(&self) -> &[SegmentSize] {
        &self.sizes
    }

    /// Segment after segment, attribute after attribute.
    #[must_use]
    pub fn effects(&self) -> &[SegmentEffect] {
        &self.effects
    }

    /// One entry per attribute, in the order of the table.
    #[must_use]
    pub fn attributes(&self) -> &[AttributeEffect] {
        &self.attributes
    }

    /// One entry per segment that has customers.
    #[must_use]
    pub fn rules(&self) -> &[SegmentRuleFound] {
        &self.rules
    }
}

/// Every code is the position of a name.
fn check_codes(names: &[String], codes: &[u32]) -> Result<()> {
    if names.is_empty() || codes.is_empty() {
        return Err(Error::Empty {
            what: "the segmentation".to_owned(),
            remedy: "Give at least one segment and one customer".to_owned(),
        });
    }
    match codes.iter().position(|c| *c as usize >= names.len()) {
        None => Ok(()),
        Some(row) => Err(Error::InvalidValue {
            column: "segments",
            row,
            value: codes[row].to_string(),
            expected: "a code must be the position of a segment's name",
            remedy: "Give a name for every segment",
        }),
    }
}

type Sums = Vec<(f64, Option<f64>)>;

/// Sum by segment, and its share of the total where that is above 0.
fn sums(column: &'static str, segments: usize, codes: &[u32], values: Option<&[f64]>) -> Result<Option<Sums>> {
    let Some(values) = values else { return Ok(None) };
    same_length(column, values.len(), "segments", codes.len())?;
    if let Some(row) = values.iter().position(|v| !v.is_finite()) {
        return Err(Error::InvalidValue {
            column,
            row,
            value: values[row].to_string(),
            expected: "it must be a finite number",
            remedy: "Fill in what is missing, for instance with 0",
        });
    }
    let mut sums = vec![0.0; segments];
    // Ordered by size, so that the sum does not depend on the order of the rows.
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|a, b| values[*a].total_cmp(&values[*b]));
    order.iter().for_each(|&i| sums[codes[i] as usize] += values[i]);
    let total: f64 = sums.iter().sum();
    Ok(Some(sums.into_iter().map(|sum| (sum, (total > 0.0).then(|| sum / total))).collect()))
}

#[cfg(test)]
#[path = "../profiles_tests.rs"]
mod tests;
