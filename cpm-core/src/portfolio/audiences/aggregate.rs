//! Aggregates of segments, without those that are too small to hide a person in.

use serde::Serialize;

use crate::error::{Error, Result, same_length};
use crate::table::{Column, Table};

/// Segments of at least k customers; see [`aggregate_segments`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AggregateExport {
    /// The segments that are shown.
    pub segments: Vec<String>,
    /// Customers of each.
    pub customers: Vec<u64>,
    /// Names of the measures.
    pub measures: Vec<String>,
    /// For each measure the sum of each segment.
    pub totals: Vec<Vec<f64>>,
    /// The least number of customers of a segment that is shown.
    pub least: u64,
    /// How many segments were smaller than that.
    pub too_small: u64,
    /// How many more were left out so that the small ones cannot be found by subtraction from a known total.
    pub complementary: u64,
    /// Customers in all segments left out.
    pub suppressed_customers: u64,
}

impl AggregateExport {
    /// Columns `segment, customers`, and for each measure `<name>_total` and `<name>_mean`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for two measures of one name.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("segment", Column::Text(self.segments.clone()))?;
        table.push("customers", Column::Integer(self.customers.iter().map(|c| *c as i64).collect()))?;
        for (name, totals) in self.measures.iter().zip(&self.totals) {
            let means = totals.iter().zip(&self.customers).map(|(t, c)| t / *c as f64).collect();
            table.push(&format!("{name}_total"), Column::Float(totals.clone()))?;
            table.push(&format!("{name}_mean"), Column::Float(means))?;
        }
        Ok(table)
    }
}

/// Customers and sums of measures by segment, for eyes outside: segments of fewer than `least` customers are suppressed.
///
/// One suppressed segment could be found by subtraction from a total that is known elsewhere. So where any is suppressed, the smallest
/// of the others follow until at least two segments with `least` customers together are hidden (complementary suppression; Willenborg & de
/// Waal 2001, Elements of Statistical Disclosure Control). Segments without customers are neither shown nor counted: there is nobody
/// to protect.
///
/// `segments` numbers each customer's segment from 0 in `names`; each measure has one value per customer.
///
/// ```
/// use cpm_core::portfolio::aggregate_segments;
/// let segments = [0, 0, 0, 0, 1, 1, 1, 2];
/// let names = ["Champions", "Loyal", "New"].map(String::from);
/// let value = [9.0, 8.0, 7.0, 6.0, 3.0, 2.0, 1.0, 5.0];
/// let export = aggregate_segments(&segments, &names, &[("value", &value)], 3)?;
/// // "New" is too small, and the smallest of the others goes with it.
/// assert_eq!(export.segments, ["Champions"]);
/// assert_eq!((export.too_small, export.complementary, export.suppressed_customers), (1, 1, 4));
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`] without customers; [`Error::InvalidArgument`] for `least` below 2 or segments of one name; [`Error::LengthMismatch`];
/// [`Error::InvalidValue`] naming column and row.
pub fn aggregate_segments(
    segments: &[u32],
    names: &[String],
    measures: &[(&str, &[f64])],
    least: u64,
) -> Result<AggregateExport> {
    if least < 2 {
        return Err(Error::argument(
            "least",
            least,
            "a segment of one customer shows that customer; give 2 at least, usually 10",
        ));
    }
    if segments.is_empty() {
        let remedy = "Give one row per customer".to_owned();
        return Err(Error::Empty { what: "the list of customers".to_owned(), remedy });
    }
    if let Some(twice) = names.iter().enumerate().find_map(|(i, name)| names[..i].contains(name).then_some(name)) {
        return Err(Error::argument(
            "names",
            twice,
            "two segments cannot have one name: together they may be large enough",
        ));
    }
    if let Some(row) = segments.iter().position(|s| *s as usize >= names.len()) {
        return Err(Error::InvalidValue {
            column: "segments",
            row,
            value: segments[row].to_string(),
            expected: "it must be the number of a segment, counted from 0",
            remedy: "Give the names of all segments",
        });
    }
    for (_, values) in measures {
        same_length("measures", values.len(), "segments", segments.len())?;
        if let Some(row) = values.iter().position(|v| !v.is_finite()) {
            return Err(Error::InvalidValue {
                column: "measures",
                row,
                value: values[row].to_string(),
                expected: "it must be a finite number",
                remedy: "Correct it, or leave out the customer",
            });
        }
    }
    let mut counts = vec![0_u64; names.len()];
    segments.iter().for_each(|s| counts[*s as usize] += 1);
    let mut by_size: Vec<usize> = (0..names.len()).filter(|s| counts[*s] > 0).collect();
    // Equal sizes in the order of the names given, so that the choice is the same every time.
    by_size.sort_by_key(|s| counts[*s]);
    let too_small = by_size.iter().filter(|s| counts[**s] < least).count();
    let mut hidden = too_small;
    let pooled = |hidden: usize| by_size[..hidden].iter().map(|s| counts[*s]).sum::<u64>();
    while hidden > 0 && hidden < by_size.len() && (hidden < 2 || pooled(hidden) < least) {
        hidden += 1;
    }
    let suppressed_customers = pooled(hidden);
    let mut shown = by_size.split_off(hidden);
    shown.sort_unstable();
    let total = |values: &[f64]| {
        let mut totals = vec![0.0; names.len()];
        segments.iter().zip(values).for_each(|(s, v)| totals[*s as usize] += v);
        shown.iter().map(|s| totals[*s]).collect()
    };
    Ok(AggregateExport {
        segments: shown.iter().map(|s| names[*s].clone()).collect(),
        customers: shown.iter().map(|s| counts[*s]).collect(),
        measures: measures.iter().map(|m| m.0.to_owned()).collect(),
        totals: measures.iter().map(|m| total(m.1)).collect(),
        least,
        too_small: too_small as u64,
        complementary: (hidden - too_small) as u64,
        suppressed_customers,
    })
}
