//! Names for the cells of the RFM grid.

use std::ops::RangeInclusive;

use super::{RfmOptions, RfmScores, Segments};
use crate::error::{Error, Result};
use crate::numerics::parallel;
use crate::summary::CustomerSummary;

/// The standard grid: name, recency scores, frequency scores; from the best segment to the worst.
const STANDARD: [(&str, RangeInclusive<u8>, RangeInclusive<u8>); 10] = [
    ("Champions", 5..=5, 4..=5),
    ("Loyal", 3..=4, 4..=5),
    ("Potential loyalists", 4..=5, 2..=3),
    ("New customers", 5..=5, 1..=1),
    ("Promising", 4..=4, 1..=1),
    ("Need attention", 3..=3, 3..=3),
    ("About to sleep", 3..=3, 1..=2),
    ("Cannot lose them", 1..=2, 5..=5),
    ("At risk", 1..=2, 3..=4),
    ("Hibernating", 1..=2, 1..=2),
];
const STANDARD_BINS: u8 = 5;
const MOST_BINS: u8 = 10;

/// A block of the grid and its name.
///
/// ```
/// use cpm_core::segmentation::SegmentRule;
/// let rule = SegmentRule::new("Big spenders", 3..=5, 3..=5).monetary(5..=5);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentRule {
    name: String,
    recency: RangeInclusive<u8>,
    frequency: RangeInclusive<u8>,
    monetary: Option<RangeInclusive<u8>>,
}

impl SegmentRule {
    /// Customers with these recency and frequency scores, whatever their monetary score.
    #[must_use]
    pub fn new(name: &str, recency: RangeInclusive<u8>, frequency: RangeInclusive<u8>) -> Self {
        Self { name: name.to_owned(), recency, frequency, monetary: None }
    }

    /// Only those of them with these monetary scores.
    #[must_use]
    pub fn monetary(mut self, scores: RangeInclusive<u8>) -> Self {
        self.monetary = Some(scores);
        self
    }

    fn covers(&self, [r, f, m]: [u8; 3]) -> bool {
        self.recency.contains(&r)
            && self.frequency.contains(&f)
            && self.monetary.as_ref().is_none_or(|scores| scores.contains(&m))
    }

    fn check(&self, bins: u8) -> Result<()> {
        if self.name.trim().is_empty() {
            return Err(Error::argument("segment", format!("{:?}", self.name), "every segment needs a name"));
        }
        let dimensions = [
            ("recency", Some(&self.recency)),
            ("frequency", Some(&self.frequency)),
            ("monetary", self.monetary.as_ref()),
        ];
        for (dimension, scores) in dimensions {
            if let Some(scores) = scores
                && (scores.is_empty() || *scores.start() < 1 || *scores.end() > bins)
            {
                let value = format!("{dimension} scores {}..={}", scores.start(), scores.end());
                let expected =
                    format!("segment `{}` must name scores within 1..={bins}, the lower one first", self.name);
                return Err(Error::argument("segment", value, expected));
            }
        }
        Ok(())
    }
}

/// A complete grid of named segments: each combination of scores has exactly one name.
///
/// # The standard grid
/// | recency ↓ frequency → | 1 | 2 | 3 | 4 | 5 |
/// |---|---|---|---|---|---|
/// | 5 | New customers | Potential loyalists | Potential loyalists | Champions | Champions |
/// | 4 | Promising | Potential loyalists | Potential loyalists | Loyal | Loyal |
/// | 3 | About to sleep | About to sleep | Need attention | Loyal | Loyal |
/// | 2, 1 | Hibernating | Hibernating | At risk | At risk | Cannot lose them |
///
/// This grid has no primary source: it is the one that the industry uses, with small variations (the grid
/// of Putler's RFM analysis is the best known). Monetary scores play no role in it. Replace it where
/// your business has better names.
///
/// # Other numbers of bins
/// A table has its own number of bins, and reads scores of another number by their relative position: score s
/// of b is 1 + (s − 1)(g − 1)/(b − 1) on a grid of g, rounded to the nearest, halves upward. Best stays best
/// and worst stays worst.
///
/// # Example
/// ```
/// use cpm_core::segmentation::{SegmentRule, SegmentTable};
/// let table = SegmentTable::new(3, vec![
///     SegmentRule::new("Active, big", 2..=3, 1..=3).monetary(3..=3),
///     SegmentRule::new("Active", 2..=3, 1..=3).monetary(1..=2),
///     SegmentRule::new("Silent", 1..=1, 1..=3),
/// ])?;
/// assert_eq!(table.names(), ["Active, big", "Active", "Silent"]);
/// let gap = SegmentTable::new(3, vec![SegmentRule::new("Active", 2..=3, 1..=3)]).unwrap_err();
/// assert!(gap.to_string().contains("recency 1, frequency 1"));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SegmentTable {
    bins: u8,
    names: Vec<String>,
    /// Position of the name for each (recency, frequency, monetary), monetary changing fastest.
    cells: Vec<u32>,
}

impl SegmentTable {
    /// The standard 5 × 5 grid.
    #[must_use]
    pub fn standard() -> Self {
        let names = STANDARD.iter().map(|(name, ..)| (*name).to_owned()).collect();
        let cell = |[r, f, _]: [u8; 3]| STANDARD.iter().position(|(_, rs, fs)| rs.contains(&r) && fs.contains(&f));
        // Complete by construction, which a test checks.
        Self {
            bins: STANDARD_BINS,
            names,
            cells: grid(STANDARD_BINS).map(|c| cell(c).unwrap_or_default() as u32).collect(),
        }
    }

    /// A grid of `bins` scores per dimension (1 to 10) from rules that cover each combination exactly once.
    ///
    /// Segments are in the order of their first rule. Rules of one name make one segment, which therefore
    /// need not be a block.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if `bins` is not 1 to 10, a rule has no name or names scores outside
    /// the grid, or a combination is covered by no rule or by two (the message says which).
    pub fn new(bins: u8, rules: Vec<SegmentRule>) -> Result<Self> {
        if !(1..=MOST_BINS).contains(&bins) {
            return Err(Error::argument("bins", bins, format!("a table of segments has 1 to {MOST_BINS} bins")));
        }
        rules.iter().try_for_each(|rule| rule.check(bins))?;
        let mut names: Vec<String> = Vec::new();
        let mut code = Vec::with_capacity(rules.len());
        for rule in &rules {
            let known = names.iter().position(|name| *name == rule.name);
            code.push(known.unwrap_or_else(|| {
                names.push(rule.name.clone());
                names.len() - 1
            }) as u32);
        }
        let by_money = rules.iter().any(|rule| rule.monetary.is_some());
        let cells = grid(bins)
            .map(|cell| {
                let mut covering = (0..rules.len()).filter(|&k| rules[k].covers(cell));
                match (covering.next(), covering.next()) {
                    (Some(only), None) => Ok(code[only]),
                    (None, _) => Err(wrong_cell(cell, by_money, "no rule covers it".to_owned())),
                    (Some(a), Some(b)) => {
                        let both = format!(
                            "rules {} `{}` and {} `{}` both cover it",
                            a + 1,
                            rules[a].name,
                            b + 1,
                            rules[b].name
                        );
                        Err(wrong_cell(cell, by_money, both))
                    }
                }
            })
            .collect::<Result<_>>()?;
        Ok(Self { bins, names, cells })
    }

    /// Of a file that may have been edited.
    #[cfg(feature = "json")]
    pub(super) fn check(&self) -> Result<()> {
        let whole = (1..=MOST_BINS).contains(&self.bins)
            && self.cells.len() == usize::from(self.bins).pow(3)
            && self.cells.iter().all(|c| (*c as usize) < self.names.len());
        if whole { Ok(()) } else { Err(Error::argument("table", "segments", "each cell of the grid needs a segment")) }
    }

    /// Scores per dimension of the grid.
    #[must_use]
    pub fn bins(&self) -> u8 {
        self.bins
    }

    /// The names of the segments, in order.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Looks up every customer's segment.
    #[must_use]
    pub fn segment(&self, scores: &RfmScores) -> Segments {
        let bins = usize::from(self.bins);
        let on_grid: Vec<usize> =
            (1..=scores.bins()).map(|s| usize::from(rescale(s, scores.bins(), self.bins)) - 1).collect();
        let position = |score: u8| on_grid[usize::from(score) - 1];
        let (r, f, m) = (scores.recency_score(), scores.frequency_score(), scores.monetary_score());
        let codes = parallel::map(scores.len(), 16_384, |i| {
            self.cells[(position(r[i]) * bins + position(f[i])) * bins + position(m[i])]
        });
        Segments::new(scores.customer_ids().clone(), self.names.clone(), codes)
    }
}

impl Default for SegmentTable {
    fn default() -> Self {
        Self::standard()
    }
}

/// RFM segments with the usual settings: five bins, the standard grid.
///
/// ```
/// use cpm_core::segmentation::rfm_segments;
/// use cpm_core::{datasets, SummaryOptions};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let segments = rfm_segments(&customers)?;
/// assert_eq!((segments.names()[0].as_str(), segments.counts()[0]), ("Champions", 340));
/// assert_eq!(segments.counts().iter().sum::<u64>(), 2_357);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] if the summary has no amounts at all.
pub fn rfm_segments(customers: &CustomerSummary) -> Result<Segments> {
    Ok(SegmentTable::standard().segment(&RfmScores::of(customers, &RfmOptions::new())?))
}

/// All combinations of scores, monetary changing fastest.
pub(super) fn grid(bins: u8) -> impl Iterator<Item = [u8; 3]> {
    (1..=bins).flat_map(move |r| (1..=bins).flat_map(move |f| (1..=bins).map(move |m| [r, f, m])))
}

/// Score `s` of `from` (2 or more) on a grid of `to`, halves upward, in whole numbers.
fn rescale(s: u8, from: u8, to: u8) -> u8 {
    let (s, from, to) = (u32::from(s) - 1, u32::from(from) - 1, u32::from(to) - 1);
    ((2 * s * to + from) / (2 * from)) as u8 + 1
}

fn wrong_cell([r, f, m]: [u8; 3], by_money: bool, found: String) -> Error {
    let money = if by_money { format!(", monetary {m}") } else { String::new() };
    let expected =
        format!("each combination of scores must belong to exactly one segment, but {found}; correct the rules");
    Error::argument("scores", format!("recency {r}, frequency {f}{money}"), expected)
}

#[cfg(test)]
#[path = "named_tests.rs"]
mod tests;
