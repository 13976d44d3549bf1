//! What open opportunities are worth.

use serde::Serialize;

use super::super::draws::{Domain, Measured};
use crate::error::{self, Error, Result, non_negative, same_length};
use crate::estimate::{Estimate, Interval, half_width};

/// Open opportunities as columns of one length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PipelineColumns<'a> {
    /// Probability of winning each.
    pub probability: &'a [f64],
    /// Value if won: lifetime value of the customer, or margin of the deal.
    pub value: &'a [f64],
    /// What pursuing it will still cost, won or not.
    pub cost: &'a [f64],
}

/// Choices for [`weighted_pipeline`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PipelineOptions {
    probability_error: f64,
    base: Option<Measured>,
    level: f64,
}

impl Default for PipelineOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl PipelineOptions {
    /// Probabilities taken as they are, 95 % intervals.
    #[must_use]
    pub fn new() -> Self {
        Self { probability_error: 0.0, base: None, level: 0.95 }
    }

    /// Relative standard error of all probabilities together: that of the stages' win rate. Sales people are hopeful together.
    #[must_use]
    pub fn probability_error(mut self, relative: f64) -> Self {
        self.probability_error = relative;
        self
    }

    /// Value of today's customers, to which the pipeline is compared.
    #[must_use]
    pub fn base(mut self, equity: impl Into<Measured>) -> Self {
        self.base = Some(equity.into());
        self
    }

    /// Probability that an interval holds.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }
}

/// The worth of a pipeline; see [`weighted_pipeline`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pipeline {
    /// probability·value − cost of each opportunity.
    pub expected: Vec<f64>,
    /// Open opportunities.
    pub opportunities: usize,
    /// Value if all were won.
    pub total_value: f64,
    /// Expected value of what is won, before cost, with the interval of what will be seen.
    pub weighted_value: Estimate,
    /// Expected number of opportunities won, with interval.
    pub wins: Estimate,
    /// What pursuing all will cost.
    pub cost: f64,
    /// Weighted value less cost, with interval.
    pub net: Estimate,
    /// Opportunities that cost more than they are expected to bring.
    pub not_worth_pursuing: usize,
    /// What dropping those would add to the net value.
    pub gain_of_dropping: f64,
    /// Share of the largest opportunity in the weighted value; 0 without value.
    pub largest_share: f64,
    /// Part of the net value in net value and base together, with interval; None without base, or where one of them is negative.
    pub share_of_portfolio: Option<Estimate>,
}

/// The pipeline weighted by probability: Σ probability·value − cost to win.
///
/// The interval is that of the value which will be won: every opportunity is won or lost by chance, and all probabilities have a common error. With
/// few large deals it is wide, which the weighted value alone hides.
///
/// ```
/// use cpm_core::portfolio::{PipelineColumns, PipelineOptions, weighted_pipeline};
/// let columns = PipelineColumns { probability: &[0.5, 0.1, 0.8], value: &[1000.0, 400.0, 200.0], cost: &[50.0, 60.0, 10.0] };
/// let pipeline = weighted_pipeline(&columns, &PipelineOptions::new().base(9_420.0))?;
/// assert_eq!((pipeline.weighted_value.value, pipeline.net.value, pipeline.not_worth_pursuing), (700.0, 580.0, 1));
/// assert!((pipeline.share_of_portfolio.unwrap().value - 0.058).abs() < 1e-12);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming column and row; [`Error::InvalidArgument`].
pub fn weighted_pipeline(columns: &PipelineColumns<'_>, options: &PipelineOptions) -> Result<Pipeline> {
    let half = half_width(error::level("level", options.level)?);
    non_negative("probability_error", options.probability_error)?;
    if let Some(base) = options.base {
        base.check("base", Domain::Amount)?;
    }
    check(columns)?;
    let PipelineColumns { probability, value, cost } = *columns;
    let rows = || probability.iter().zip(value).zip(cost).map(|((p, v), c)| (*p, *v, *c));
    let expected: Vec<f64> = rows().map(|(p, v, c)| p * v - c).collect();
    let sum = |of: fn((f64, f64, f64)) -> f64| rows().map(of).sum::<f64>();
    let (weighted, wins, spent) = (sum(|r| r.0 * r.1), sum(|r| r.0), sum(|r| r.2));
    let common = |mean: f64| (options.probability_error * mean).powi(2);
    let deviation = (sum(|(p, v, _)| v * v * p * (1.0 - p)) + common(weighted)).sqrt();
    let of_wins = (sum(|(p, _, _)| p * (1.0 - p)) + common(wins)).sqrt();
    let around = |value: f64, deviation: f64, low: f64, high: f64| {
        let reach = half * deviation;
        Estimate { value, interval: Interval { low: (value - reach).max(low), high: (value + reach).min(high) } }
    };
    let total_value = value.iter().sum();
    let net = weighted - spent;
    let share_of_portfolio = options.base.filter(|base| net >= 0.0 && base.value + net > 0.0).map(|base| {
        let whole = base.value + net;
        let variance = (base.value * deviation).powi(2) + (net * base.standard_error).powi(2);
        around(net / whole, variance.sqrt() / (whole * whole), 0.0, 1.0)
    });
    let losing = || expected.iter().filter(|e| **e < 0.0);
    let largest = rows().map(|r| r.0 * r.1).fold(0.0, f64::max);
    Ok(Pipeline {
        opportunities: expected.len(),
        total_value,
        weighted_value: around(weighted, deviation, 0.0, total_value),
        wins: around(wins, of_wins, 0.0, expected.len() as f64),
        cost: spent,
        net: around(net, deviation, -spent, total_value - spent),
        not_worth_pursuing: losing().count(),
        gain_of_dropping: -losing().sum::<f64>(),
        largest_share: if weighted > 0.0 { largest / weighted } else { 0.0 },
        share_of_portfolio,
        expected,
    })
}

fn check(columns: &PipelineColumns<'_>) -> Result<()> {
    let n = columns.probability.len();
    if n == 0 {
        let remedy = "Give one row per open opportunity".to_owned();
        return Err(Error::Empty { what: "the pipeline".to_owned(), remedy });
    }
    for (column, values) in [("value", columns.value), ("cost", columns.cost)] {
        same_length(column, values.len(), "probability", n)?;
        if let Some(row) = values.iter().position(|v| !v.is_finite() || *v < 0.0) {
            let (expected, remedy) =
                ("it must be a finite number of at least 0", "Correct it, or leave out the opportunity");
            return Err(Error::InvalidValue { column, row, value: values[row].to_string(), expected, remedy });
        }
    }
    match columns.probability.iter().position(|p| !(0.0..=1.0).contains(p)) {
        Some(row) => Err(Error::InvalidValue {
            column: "probability",
            row,
            value: columns.probability[row].to_string(),
            expected: "a probability lies between 0 and 1",
            remedy: "Give a probability, not a percentage",
        }),
        None => Ok(()),
    }
}
