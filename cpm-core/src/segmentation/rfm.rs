//! Recency, frequency and monetary scores.

use super::named::grid;
use super::{RfmDimension, SegmentTable};
use crate::error::{Error, Result};
use crate::numerics::parallel;
use crate::summary::CustomerSummary;
use crate::table::{Column, Table};
use crate::transactions::CustomerIds;

pub(super) const FEWEST_BINS: u8 = 3;
pub(super) const MOST_BINS: u8 = 10;
/// Sums of amounts that differ by less than this share of themselves differ by rounding only.
pub(super) const ROUNDING: f64 = 1e-12;

/// How finely customers are scored.
///
/// ```
/// use cpm_core::segmentation::RfmOptions;
/// let options = RfmOptions::new().bins(4);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RfmOptions {
    bins: u8,
}

impl Default for RfmOptions {
    fn default() -> Self {
        Self { bins: 5 }
    }
}

impl RfmOptions {
    /// Scores from 1 to 5.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Scores from 1 to `bins`, which must be 3 to 10; checked by [`RfmScores::of`].
    #[must_use]
    pub fn bins(mut self, bins: u8) -> Self {
        self.bins = bins;
        self
    }
}

/// What the monetary score ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum MonetaryMeasure {
    /// Sum of all purchases up to the end of observation. Used when the summary was made from a log.
    TotalAmount,
    /// Frequency times monetary value: the sum of the repeat purchases. Used when the summary was given
    /// directly, which leaves the amount of the first purchase unknown.
    RepeatAmount,
}

impl MonetaryMeasure {
    /// The name of the column: `total_amount` or `repeat_amount`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TotalAmount => "total_amount",
            Self::RepeatAmount => "repeat_amount",
        }
    }
}

/// Recency, frequency and monetary score of every customer, 1 for the worst and `bins` for the best.
///
/// # What is scored
/// | score | of | best |
/// |---|---|---|
/// | recency | [days since the last purchase](CustomerSummary::days_since_last) | fewest |
/// | frequency | number of purchases, the first one included | most |
/// | monetary | total amount, or frequency × monetary value: see [`MonetaryMeasure`] | highest |
///
/// # Method
/// Scores go by rank, so they do not depend on units or outliers. All customers with one value get one
/// score. With m the mean rank of the customers that share a value, and m₁ and m₂ that of the worst and
/// of the best value, u = (m − m₁)/(m₂ − m₁) and the score is 1 + min(bins − 1, ⌊bins·u⌋). Without ties
/// the bins are of equal size, but for one customer where the number does not divide. The worst value always
/// scores 1 and the best always `bins`; if all customers have one value, they get the middle score,
/// ⌊(bins + 1)/2⌋. The order of the customers plays no role.
///
/// Bins of equal size by rank are the custom of the field (Hughes 1994, "Strategic Database Marketing");
/// the treatment of ties is ours, since a bin edge within a tie would make scores a matter of row order.
///
/// ```
/// use cpm_core::segmentation::{RfmOptions, RfmScores};
/// use cpm_core::{datasets, SummaryOptions};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let scores = RfmScores::of(&customers, &RfmOptions::new())?;
/// let table = scores.to_table()?;
/// assert_eq!(table.rows(), 2_357);
/// // Three purchases for 74.02 in all, the last one 59 days ago.
/// assert_eq!(scores.rfm(0), "544");
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RfmScores {
    customer_ids: CustomerIds,
    bins: u8,
    days_since_last: Vec<f64>,
    purchases: Vec<f64>,
    amount: Vec<f64>,
    measure: MonetaryMeasure,
    recency: Vec<u8>,
    frequency: Vec<u8>,
    monetary: Vec<u8>,
    /// What only a model adds.
    more: Option<More>,
}

/// The fourth dimension with its values and scores, and the weighted total.
#[derive(Debug, Clone, PartialEq)]
struct More {
    fourth: Option<(RfmDimension, Vec<f64>, Vec<u8>)>,
    total: Vec<f64>,
}

impl RfmScores {
    /// Scores by the scales of a model: recency, frequency, monetary, and perhaps a fourth dimension.
    pub(super) fn scored(
        customer_ids: CustomerIds,
        bins: u8,
        measure: MonetaryMeasure,
        dimensions: Vec<(RfmDimension, Vec<f64>, Vec<u8>)>,
        total: Vec<f64>,
    ) -> Result<Self> {
        let mut dimensions = dimensions.into_iter();
        let mut next = || {
            dimensions
                .next()
                .ok_or_else(|| Error::argument("dimensions", "RFM", "there must be three dimensions or four"))
        };
        let ((_, days_since_last, recency), (_, purchases, frequency), (_, amount, monetary)) =
            (next()?, next()?, next()?);
        let more = Some(More { fourth: dimensions.next(), total });
        Ok(Self { customer_ids, bins, days_since_last, purchases, amount, measure, recency, frequency, monetary, more })
    }

    /// Scores the customers of a summary against one another.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if `bins` is not 3 to 10, or if the summary has no amounts at all.
    pub fn of(customers: &CustomerSummary, options: &RfmOptions) -> Result<Self> {
        let bins = options.bins;
        if !(FEWEST_BINS..=MOST_BINS).contains(&bins) {
            let expected = format!("scores have {FEWEST_BINS} to {MOST_BINS} bins; 5 is the custom");
            return Err(Error::argument("bins", bins, expected));
        }
        let (measure, amount) = amounts(customers)?;
        let days_since_last = customers.days_since_last();
        let purchases: Vec<f64> = customers.frequency().iter().map(|x| x + 1.0).collect();
        Ok(Self {
            customer_ids: customers.customer_ids().clone(),
            bins,
            recency: score(&days_since_last, |days| -days, bins),
            frequency: score(&purchases, |n| n, bins),
            monetary: score(&amount, |a| a, bins),
            days_since_last,
            purchases,
            amount,
            measure,
            more: None,
        })
    }

    /// The fourth dimension of a model with its values and scores; see [`RfmModel`](super::RfmModel).
    #[must_use]
    pub fn fourth(&self) -> Option<(RfmDimension, &[f64], &[u8])> {
        let (dimension, values, scores) = self.more.as_ref()?.fourth.as_ref()?;
        Some((*dimension, values, scores))
    }

    /// The weighted mean of the scores, if a model made them.
    #[must_use]
    pub fn total_score(&self) -> Option<&[f64]> {
        self.more.as_ref().map(|more| more.total.as_slice())
    }

    /// The customers' ids.
    #[must_use]
    pub fn customer_ids(&self) -> &CustomerIds {
        &self.customer_ids
    }

    /// Number of customers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.recency.len()
    }

    /// Whether there are no customers; never true, since an empty summary is an error.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.recency.is_empty()
    }

    /// The best score.
    #[must_use]
    pub fn bins(&self) -> u8 {
        self.bins
    }

    /// Recency score of each customer.
    #[must_use]
    pub fn recency_score(&self) -> &[u8] {
        &self.recency
    }

    /// Frequency score of each customer.
    #[must_use]
    pub fn frequency_score(&self) -> &[u8] {
        &self.frequency
    }

    /// Monetary score of each customer.
    #[must_use]
    pub fn monetary_score(&self) -> &[u8] {
        &self.monetary
    }

    /// Days since each customer's last purchase.
    #[must_use]
    pub fn days_since_last(&self) -> &[f64] {
        &self.days_since_last
    }

    /// Number of purchases of each customer, the first one included.
    #[must_use]
    pub fn purchases(&self) -> &[f64] {
        &self.purchases
    }

    /// The amount that the monetary score ranks.
    #[must_use]
    pub fn amount(&self) -> &[f64] {
        &self.amount
    }

    /// What that amount is.
    #[must_use]
    pub fn measure(&self) -> MonetaryMeasure {
        self.measure
    }

    /// The three scores of one customer as text: `545`, or `10-4-10` where a score can have two digits.
    ///
    /// # Panics
    /// If `customer` is not below [`len`](Self::len), like indexing a slice.
    #[must_use]
    pub fn rfm(&self, customer: usize) -> String {
        self.text([self.recency[customer], self.frequency[customer], self.monetary[customer]])
    }

    fn text(&self, [r, f, m]: [u8; 3]) -> String {
        if self.bins < 10 { format!("{r}{f}{m}") } else { format!("{r}-{f}-{m}") }
    }

    /// Columns `customer_id, days_since_last, purchases`, the amount under the name of its
    /// [measure](MonetaryMeasure::name), `recency_score, frequency_score, monetary_score, rfm, segment`.
    /// Segments are those of [`SegmentTable::standard`]. Scores of a model have a fourth dimension, if it has one, as
    /// `tenure_days, tenure_score` and the like before `rfm`, and `total_score` after it.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let whole = |scores: &[u8]| Column::Integer(scores.iter().map(|&s| i64::from(s)).collect());
        let mut table = Table::new();
        table.push("customer_id", Column::Id(self.customer_ids.clone()))?;
        table.push("days_since_last", Column::Float(self.days_since_last.clone()))?;
        table.push("purchases", Column::Integer(self.purchases.iter().map(|&n| n as i64).collect()))?;
        table.push(self.measure.name(), Column::Float(self.amount.clone()))?;
        table.push("recency_score", whole(&self.recency))?;
        table.push("frequency_score", whole(&self.frequency))?;
        table.push("monetary_score", whole(&self.monetary))?;
        if let Some((dimension, values, scores)) = self.fourth() {
            let unit = if dimension == RfmDimension::Clumpiness { "" } else { "_days" };
            table.push(&format!("{}{unit}", dimension.name()), Column::Float(values.to_vec()))?;
            table.push(&format!("{}_score", dimension.name()), whole(scores))?;
        }
        table.push("rfm", self.rfm_column())?;
        if let Some(total) = self.total_score() {
            table.push("total_score", Column::Float(total.to_vec()))?;
        }
        table.push("segment", SegmentTable::standard().segment(self).column())?;
        Ok(table)
    }

    /// Every combination of scores is a category, from the worst to the best: few names for many customers.
    fn rfm_column(&self) -> Column {
        let bins = u32::from(self.bins);
        let names = grid(self.bins).map(|cell| self.text(cell)).collect();
        let code = |i: usize| {
            let digit = |scores: &[u8]| u32::from(scores[i]) - 1;
            (digit(&self.recency) * bins + digit(&self.frequency)) * bins + digit(&self.monetary)
        };
        Column::Category { names, codes: (0..self.len()).map(code).collect() }
    }
}

/// Times of the summary in days, rounded to the second as [`CustomerSummary::days_since_last`] is.
pub(super) fn days(customers: &CustomerSummary, times: &[f64]) -> Vec<f64> {
    let days = customers.time_unit().days();
    times.iter().map(|t| (t * days * 86_400.0).round() / 86_400.0).collect()
}

pub(super) fn amounts(customers: &CustomerSummary) -> Result<(MonetaryMeasure, Vec<f64>)> {
    if let Some(total) = customers.total_amount() {
        return Ok((MonetaryMeasure::TotalAmount, total.to_vec()));
    }
    let mean = customers.monetary_value().ok_or_else(|| {
        let remedy =
            "the monetary score needs amounts; add them with with_monetary_value, or summarise a transaction log";
        Error::argument("monetary_value", "none", remedy)
    })?;
    Ok((MonetaryMeasure::RepeatAmount, customers.frequency().iter().zip(mean).map(|(x, m)| x * m).collect()))
}

/// Scores by mid-rank of `goodness(value)`; see [`RfmScores`].
pub(super) fn score(values: &[f64], goodness: impl Fn(f64) -> f64 + Sync, bins: u8) -> Vec<u8> {
    let mut ranked: Vec<(f64, u32)> = values.iter().enumerate().map(|(i, &v)| (goodness(v), i as u32)).collect();
    parallel::sort_by(&mut ranked, |a, b| a.0.total_cmp(&b.0));
    let same = |a: &(f64, u32), b: &(f64, u32)| a.0 == b.0 || b.0 - a.0 <= ROUNDING * a.0.abs().max(b.0.abs());

    // Twice the mid-rank is a whole number, so that bin edges are exact: first + last rank of the tie.
    let mut ties = Vec::new();
    let mut start = 0;
    for tie in ranked.chunk_by(same) {
        let end = start + tie.len();
        ties.push((tie, (start + end + 1) as u64));
        start = end;
    }
    let worst = ties.first().map_or(0, |t| t.1);
    let span = ties.last().map_or(0, |t| t.1) - worst;
    let bins = u64::from(bins);
    let mut scores = vec![0; values.len()];
    for (tie, rank) in ties {
        let bin = (bins * (rank - worst)).checked_div(span).map_or((bins - 1) / 2, |bin| bin.min(bins - 1));
        tie.iter().for_each(|&(_, row)| scores[row as usize] = bin as u8 + 1);
    }
    scores
}

#[cfg(test)]
#[path = "rfm_tests.rs"]
mod tests;
