//! RFM scoring on a scale that stays: next month's customers are measured as this month's were.

use serde::{Deserialize, Serialize};

use super::rfm::{FEWEST_BINS, MOST_BINS, amounts, days};
use super::scale::Scale;
use super::{MonetaryMeasure, RfmDimension, RfmScores, SegmentTable, Segments};
use crate::error::{Error, Result, same_length};
use crate::summary::CustomerSummary;
use crate::table::{Column, Table};

/// How an [`RfmModel`] scores.
///
/// ```
/// use cpm_core::segmentation::{RfmDimension, RfmModelOptions};
/// let options = RfmModelOptions::new()
///     .edges(RfmDimension::Recency, &[30.0, 90.0, 180.0, 365.0])
///     .weights(&[2.0, 1.0, 1.0]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RfmModelOptions {
    bins: u8,
    nested: bool,
    edges: Vec<(RfmDimension, Vec<f64>)>,
    weights: Option<Vec<f64>>,
    fourth: Option<RfmDimension>,
    table: SegmentTable,
}

impl Default for RfmModelOptions {
    fn default() -> Self {
        Self { bins: 5, nested: false, edges: Vec::new(), weights: None, fourth: None, table: SegmentTable::standard() }
    }
}

impl RfmModelOptions {
    /// Scores from 1 to 5 by rank, each dimension alone, all with equal weight, the standard grid of segments.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Scores from 1 to `bins`, which must be 3 to 10.
    #[must_use]
    pub fn bins(mut self, bins: u8) -> Self {
        self.bins = bins;
        self
    }

    /// Frequency is ranked among customers of one recency score, and the amount among those of one recency and one
    /// frequency score (Hughes 1994): cells are then of about equal size. A fourth dimension is ranked among all.
    #[must_use]
    pub fn nested(mut self) -> Self {
        self.nested = true;
        self
    }

    /// A dimension is scored by value: the `bins` − 1 edges ascend, and a value on an edge gets the better score.
    #[must_use]
    pub fn edges(mut self, dimension: RfmDimension, edges: &[f64]) -> Self {
        self.edges.retain(|(d, _)| *d != dimension);
        self.edges.push((dimension, edges.to_vec()));
        self
    }

    /// Weights of the recency, frequency and monetary score (and the fourth) in the total.
    #[must_use]
    pub fn weights(mut self, weights: &[f64]) -> Self {
        self.weights = Some(weights.to_vec());
        self
    }

    /// A fourth dimension: tenure, length or clumpiness.
    #[must_use]
    pub fn fourth(mut self, dimension: RfmDimension) -> Self {
        self.fourth = Some(dimension);
        self
    }

    /// The names of the segments.
    #[must_use]
    pub fn table(mut self, table: SegmentTable) -> Self {
        self.table = table;
        self
    }

    fn dimensions(&self) -> Vec<RfmDimension> {
        let three = [RfmDimension::Recency, RfmDimension::Frequency, RfmDimension::Monetary];
        three.into_iter().chain(self.fourth).collect()
    }

    fn check(&self) -> Result<()> {
        if !(FEWEST_BINS..=MOST_BINS).contains(&self.bins) {
            let expected = format!("scores have {FEWEST_BINS} to {MOST_BINS} bins; 5 is the custom");
            return Err(Error::argument("bins", self.bins, expected));
        }
        let dimensions = self.dimensions();
        if let Some(fourth) = self.fourth
            && dimensions[..3].contains(&fourth)
        {
            let expected = "the fourth dimension is tenure, length or clumpiness";
            return Err(Error::argument("fourth", fourth.name(), expected));
        }
        for (dimension, edges) in &self.edges {
            if !dimensions.contains(dimension) {
                let expected = "edges are for a dimension that is scored; name it as the fourth one";
                return Err(Error::argument("edges", dimension.name(), expected));
            }
            let ascending = edges.windows(2).all(|e| e[0] < e[1]) && edges.iter().all(|e| e.is_finite());
            if edges.len() != usize::from(self.bins) - 1 || !ascending {
                let expected = format!("{} bins have {} finite edges in ascending order", self.bins, self.bins - 1);
                return Err(Error::argument("edges", format!("{}: {edges:?}", dimension.name()), expected));
            }
        }
        if let Some(weights) = &self.weights {
            let valid = weights.len() == dimensions.len() && weights.iter().all(|w| w.is_finite() && *w >= 0.0);
            if !valid || weights.iter().sum::<f64>() <= 0.0 {
                let expected = format!("give {} weights of at least 0, not all of them 0", dimensions.len());
                return Err(Error::argument("weights", format!("{weights:?}"), expected));
            }
        }
        Ok(())
    }
}

/// The scales of one dimension: one for all customers, and where scores are nested one for each group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Scales {
    dimension: RfmDimension,
    overall: Scale,
    /// `None` for a group that no customer of the fit belonged to: the overall scale stands in.
    nested: Vec<Option<Scale>>,
}

/// RFM scores with their edges kept: fitted to one base, applied to another.
///
/// # Method
/// Scores go by rank as those of [`RfmScores`], or by given edges. The model keeps for each score the least value that
/// got it, so that customers of the fit are scored as they were ranked, and later customers on the same scale: a base
/// that gets better moves up, which scores by rank alone would never show. A value between two bins belongs to the lower
/// one.
///
/// The total is the weighted mean of the scores, from 1 to `bins`.
///
/// # Properties
/// Customers with equal values get equal scores, whatever their order. Each score rises with its value: recency among all,
/// frequency and amount too, or, where scores are nested, among customers of the same scores before.
///
/// ```
/// use cpm_core::segmentation::{RfmModel, RfmModelOptions};
/// use cpm_core::{datasets, SummaryOptions};
/// let log = datasets::cdnow_sample()?;
/// let june = log.summarize(&SummaryOptions::new().as_of("1997-06-30")?)?;
/// let model = RfmModel::fit(&june, &RfmModelOptions::new())?;
/// let september = log.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// // Nobody is new after March: on June's scale the base has become silent.
/// let silent = |scores: &[u8]| scores.iter().filter(|s| **s == 1).count();
/// let (before, after) = (model.score(&june)?, model.score(&september)?);
/// assert_eq!((silent(before.recency_score()), silent(after.recency_score())), (467, 1_722));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RfmModel {
    bins: u8,
    measure: MonetaryMeasure,
    scales: Vec<Scales>,
    weights: Vec<f64>,
    table: SegmentTable,
}

impl RfmModel {
    /// Finds the edges.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for options outside their domain, or if the summary has no amounts at all.
    pub fn fit(customers: &CustomerSummary, options: &RfmModelOptions) -> Result<Self> {
        Self::fit_with(customers, None, options)
    }

    /// As [`fit`](Self::fit), with the clumpiness of each customer as the fourth dimension's values.
    ///
    /// # Errors
    /// As [`fit`](Self::fit); [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a value that is not finite.
    pub fn fit_with_clumpiness(
        customers: &CustomerSummary,
        clumpiness: &[f64],
        options: &RfmModelOptions,
    ) -> Result<Self> {
        Self::fit_with(customers, Some(clumpiness), options)
    }

    fn fit_with(customers: &CustomerSummary, clumpiness: Option<&[f64]>, options: &RfmModelOptions) -> Result<Self> {
        options.check()?;
        let (measure, _) = amounts(customers)?;
        let bins = options.bins;
        let dimensions = options.dimensions();
        let mut scales: Vec<Scales> = Vec::with_capacity(dimensions.len());
        // The group of each customer: its place among the combinations of scores before.
        let mut group = vec![0_usize; customers.len()];
        let mut groups = 1;
        for (at, &dimension) in dimensions.iter().enumerate() {
            let goodness = goodness(customers, clumpiness, dimension)?;
            let given = options.edges.iter().find(|(d, _)| *d == dimension);
            let overall = match given {
                Some((_, edges)) => {
                    let mut upwards: Vec<f64> = edges.iter().map(|e| dimension.sign() * e).collect();
                    upwards.sort_by(f64::total_cmp);
                    Scale::by_edges(&upwards)
                }
                None => Scale::by_rank(&goodness, bins),
            };
            let mut nested = Vec::new();
            if options.nested && (1..3).contains(&at) && given.is_none() {
                let mut members: Vec<Vec<f64>> = vec![Vec::new(); groups];
                goodness.iter().zip(&group).for_each(|(v, g)| members[*g].push(*v));
                nested = members.iter().map(|m| (!m.is_empty()).then(|| Scale::by_rank(m, bins))).collect();
            }
            let one = Scales { dimension, overall, nested };
            if options.nested && at < 2 {
                groups *= usize::from(bins);
                for (g, v) in group.iter_mut().zip(&goodness) {
                    *g = *g * usize::from(bins) + usize::from(one.score(*v, *g)) - 1;
                }
            }
            scales.push(one);
        }
        let weights = options.weights.clone().unwrap_or_else(|| vec![1.0; dimensions.len()]);
        Ok(Self { bins, measure, scales, weights, table: options.table.clone() })
    }

    /// Scores customers by the edges of the fit.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if the summary's amounts are not of the measure of the fit, or the model needs a
    /// clumpiness.
    pub fn score(&self, customers: &CustomerSummary) -> Result<RfmScores> {
        self.score_with(customers, None)
    }

    /// As [`score`](Self::score), for a model with clumpiness.
    ///
    /// # Errors
    /// As [`score`](Self::score); [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a value that is not finite.
    pub fn score_with_clumpiness(&self, customers: &CustomerSummary, clumpiness: &[f64]) -> Result<RfmScores> {
        self.score_with(customers, Some(clumpiness))
    }

    fn score_with(&self, customers: &CustomerSummary, clumpiness: Option<&[f64]>) -> Result<RfmScores> {
        let (measure, _) = amounts(customers)?;
        if measure != self.measure {
            let expected = format!("the model was fitted to {}; give a summary of the same kind", self.measure.name());
            return Err(Error::argument("customers", measure.name(), expected));
        }
        let mut group = vec![0_usize; customers.len()];
        let mut scored: Vec<(RfmDimension, Vec<f64>, Vec<u8>)> = Vec::with_capacity(self.scales.len());
        for (at, scales) in self.scales.iter().enumerate() {
            let goodness = goodness(customers, clumpiness, scales.dimension)?;
            let scores: Vec<u8> = goodness.iter().zip(&group).map(|(v, g)| scales.score(*v, *g)).collect();
            if at < 2 {
                let bins = usize::from(self.bins);
                group.iter_mut().zip(&scores).for_each(|(g, s)| *g = *g * bins + usize::from(*s) - 1);
            }
            let sign = scales.dimension.sign();
            scored.push((scales.dimension, goodness.into_iter().map(|v| sign * v + 0.0).collect(), scores));
        }
        let weight: f64 = self.weights.iter().sum();
        let total = |i: usize| -> f64 {
            scored.iter().zip(&self.weights).map(|((_, _, scores), w)| w * f64::from(scores[i])).sum::<f64>() / weight
        };
        let total = (0..customers.len()).map(total).collect();
        RfmScores::scored(customers.customer_ids().clone(), self.bins, self.measure, scored, total)
    }

    /// Scores customers and names their segments.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn predict(&self, customers: &CustomerSummary) -> Result<Segments> {
        Ok(self.table.segment(&self.score(customers)?))
    }

    /// The names of the segments on the grid.
    #[must_use]
    pub fn table(&self) -> &SegmentTable {
        &self.table
    }

    /// The best score.
    #[must_use]
    pub fn bins(&self) -> u8 {
        self.bins
    }

    /// What the monetary score is of.
    #[must_use]
    pub fn measure(&self) -> MonetaryMeasure {
        self.measure
    }

    /// The dimensions that are scored, in order.
    #[must_use]
    pub fn dimensions(&self) -> Vec<RfmDimension> {
        self.scales.iter().map(|s| s.dimension).collect()
    }

    /// `dimension, score, edge`: the value from which on a score is given, or, for recency, up to which. Of nested scores
    /// those among all customers, which stand in for groups that the fit did not have. The lowest score of given edges has
    /// no edge.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn edges(&self) -> Result<Table> {
        let (mut dimension, mut score, mut edge) = (Vec::new(), Vec::new(), Vec::new());
        for scales in &self.scales {
            for (s, from) in scales.overall.edges() {
                dimension.push(scales.dimension.name().to_owned());
                score.push(i64::from(s));
                edge.push((from > f64::MIN).then_some(scales.dimension.sign() * from + 0.0));
            }
        }
        let mut table = Table::new();
        table.push("dimension", Column::Text(dimension))?;
        table.push("score", Column::Integer(score))?;
        table.push("edge", Column::Optional(edge))?;
        Ok(table)
    }

    /// Of a file that may have been edited.
    #[cfg(feature = "json")]
    pub(crate) fn check(&self) -> Result<()> {
        let options = RfmModelOptions {
            bins: self.bins,
            weights: Some(self.weights.clone()),
            fourth: self.scales.get(3).map(|s| s.dimension),
            ..RfmModelOptions::new()
        };
        options.check()?;
        if self.dimensions() != options.dimensions() {
            return Err(Error::argument(
                "scales",
                "RFM",
                "recency, frequency, monetary and at most one more, in order",
            ));
        }
        for (at, scales) in self.scales.iter().enumerate() {
            let groups = usize::from(self.bins).pow(at as u32);
            if !scales.nested.is_empty() && (at == 0 || at > 2 || scales.nested.len() != groups) {
                return Err(Error::argument("nested", scales.dimension.name(), "one scale per group of scores before"));
            }
            scales.nested.iter().flatten().chain([&scales.overall]).try_for_each(|scale| scale.check(self.bins))?;
        }
        self.table.check()
    }
}

impl Scales {
    fn score(&self, goodness: f64, group: usize) -> u8 {
        self.nested.get(group).and_then(Option::as_ref).unwrap_or(&self.overall).score(goodness)
    }
}

/// The values of a dimension, the best ones highest.
fn goodness(customers: &CustomerSummary, clumpiness: Option<&[f64]>, dimension: RfmDimension) -> Result<Vec<f64>> {
    Ok(match dimension {
        RfmDimension::Recency => customers.days_since_last().iter().map(|d| -d).collect(),
        RfmDimension::Frequency => customers.frequency().iter().map(|x| x + 1.0).collect(),
        RfmDimension::Monetary => amounts(customers)?.1,
        RfmDimension::Tenure => days(customers, customers.T()),
        RfmDimension::Length => days(customers, customers.recency()),
        RfmDimension::Clumpiness => {
            let values = clumpiness.ok_or_else(|| {
                Error::argument("clumpiness", "none", "the model scores it; give one value per customer")
            })?;
            same_length("clumpiness", values.len(), "customers", customers.len())?;
            if let Some(row) = values.iter().position(|v| !v.is_finite()) {
                return Err(Error::InvalidValue {
                    column: "clumpiness",
                    row,
                    value: values[row].to_string(),
                    expected: "it must be a finite number",
                    remedy: "Compute it with clumpiness, which gives 0 for a single purchase",
                });
            }
            values.to_vec()
        }
    })
}

#[cfg(test)]
#[path = "rfm_model_tests.rs"]
mod tests;
