//! Scores beside value: who is unhappy, and what they are worth.

use serde::Serialize;

use super::score::{SurveyMetric, SurveyOptions, SurveyScore, counted, nps};
use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};

/// NPS of the customers of one tier of value.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TierScore {
    /// 1 is the most valuable.
    pub tier: usize,
    /// Customers of the tier who answered.
    pub customers: u64,
    /// Sum of their values.
    pub value: f64,
    /// The part of it that detractors hold.
    pub detractor_value: f64,
    /// Their score.
    pub score: SurveyScore,
}

/// Value held by detractors, for the base.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DetractorValue {
    /// Share of the value that detractors hold.
    pub share: Estimate,
    /// The same in money, for the whole base.
    pub value: Estimate,
    /// Of the customers who answered, those who are detractors.
    pub detractors: u64,
}

/// NPS by tier of value: `tiers` groups of about equal size, the first the most valuable. Equal values are in one tier, so
/// that the answer does not depend on the order of rows; a tier that is left without customers is left out.
///
/// # Errors
/// As [`nps`]; [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming the row of a value that is negative or not finite;
/// [`Error::InvalidArgument`] for more tiers than answers.
pub fn score_by_value_tier(answers: &[f64], values: &[f64], tiers: usize, level: f64) -> Result<Vec<TierScore>> {
    counted(SurveyMetric::Nps, answers)?;
    check_values(answers, values)?;
    if tiers == 0 || tiers > answers.len() {
        let expected = format!("it must lie between 1 and the number of answers, {}", answers.len());
        return Err(Error::argument("tiers", tiers, expected));
    }
    let mut order: Vec<usize> = (0..answers.len()).collect();
    order.sort_by(|&i, &j| values[j].total_cmp(&values[i]));
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); tiers];
    let mut first = 0;
    for (rank, &row) in order.iter().enumerate() {
        if values[row] != values[order[first]] {
            first = rank;
        }
        rows[first * tiers / order.len()].push(row);
    }
    let score = |(tier, rows): (usize, &Vec<usize>)| {
        let own: Vec<f64> = rows.iter().map(|&i| answers[i]).collect();
        let detractors = rows.iter().filter(|&&i| answers[i] <= 6.0);
        Ok(TierScore {
            tier: tier + 1,
            customers: rows.len() as u64,
            value: rows.iter().map(|&i| values[i]).sum(),
            detractor_value: detractors.fold(0.0, |sum, &i| sum + values[i]),
            score: nps(&own, &SurveyOptions::new().level(level))?,
        })
    };
    rows.iter().enumerate().filter(|(_, rows)| !rows.is_empty()).map(score).collect()
}

/// Value at risk among detractors: the share of value that customers with an answer of 0 to 6 hold, and the same for the base.
///
/// A ratio estimate Σ v·d/Σ v with the variance of a ratio (Cochran 1977, section 6.4). `base_value` is the value of all customers;
/// without it that of those who answered.
///
/// # Errors
/// As [`score_by_value_tier`]; [`Error::InvalidArgument`] if the values sum to 0.
pub fn detractor_value(answers: &[f64], values: &[f64], base_value: Option<f64>, level: f64) -> Result<DetractorValue> {
    error::level("level", level)?;
    let z = counted(SurveyMetric::Nps, answers)?;
    check_values(answers, values)?;
    let total: f64 = values.iter().sum();
    if total <= 0.0 {
        return Err(Error::argument("values", total, "their sum must be above 0; there is no value to be at risk"));
    }
    let base = error::non_negative("base_value", base_value.unwrap_or(total))?;
    let is = |z: &f64| f64::from(u8::from(*z < 0.0));
    let share = z.iter().zip(values).map(|(z, v)| is(z) * v).sum::<f64>() / total;
    let n = answers.len() as f64;
    let square: f64 = z.iter().zip(values).map(|(z, v)| (v * (is(z) - share)).powi(2)).sum();
    let reach = half_width(level) * (square * n / (n - 1.0).max(1.0)).sqrt() / total;
    let interval = Interval { low: (share - reach).max(0.0), high: (share + reach).min(1.0) };
    let share = Estimate { value: share, interval };
    let value = Estimate {
        value: base * share.value,
        interval: Interval { low: base * interval.low, high: base * interval.high },
    };
    Ok(DetractorValue { share, value, detractors: z.iter().filter(|z| **z < 0.0).count() as u64 })
}

fn check_values(answers: &[f64], values: &[f64]) -> Result<()> {
    same_length("values", values.len(), "answers", answers.len())?;
    match values.iter().position(|v| !(v.is_finite() && *v >= 0.0)) {
        Some(row) => Err(Error::InvalidValue {
            column: "values",
            row,
            value: values[row].to_string(),
            expected: "a value is a finite number of at least 0",
            remedy: "Take the expected value, or revenue, which is not negative",
        }),
        None => Ok(()),
    }
}
