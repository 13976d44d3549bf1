//! Scores of segments and periods, their differences, and weights for those who did not answer.

use serde::Serialize;

use super::score::{SurveyMetric, SurveyOptions, SurveyScore, survey_score};
use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::distribution::{chi_squared_tail, normal_two_sided, student_quantile, student_two_sided};

/// The difference of two scores of independent samples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ScoreDifference {
    /// First less second.
    pub difference: Estimate,
    /// The difference over its standard error.
    pub statistic: f64,
    /// Probability of a difference at least as large, in either direction, if there is none.
    pub p_value: f64,
}

/// Tests whether two scores of the same question differ: two periods, or two segments, of different customers.
///
/// Normal for NPS and CSAT; for CES Welch's t test.
///
/// # Errors
/// [`Error::InvalidArgument`] if the questions differ, neither score has a standard error, or the level is not in (0, 1).
pub fn compare_scores(first: &SurveyScore, second: &SurveyScore, level: f64) -> Result<ScoreDifference> {
    error::level("level", level)?;
    if first.metric != second.metric {
        let expected = "both scores must be of the same question and scale";
        return Err(Error::argument("second", format!("{:?}", second.metric), expected));
    }
    let (a, b) = (first.standard_error.powi(2), second.standard_error.powi(2));
    let error = (a + b).sqrt();
    if error == 0.0 {
        let expected = "both scores are without error, so that nothing is left to test; compare them as they are";
        return Err(Error::argument("standard_error", 0, expected));
    }
    let value = first.score.value - second.score.value;
    let statistic = value / error;
    let (reach, p_value) = if matches!(first.metric, SurveyMetric::Ces { .. }) {
        let part = |v: f64, score: &SurveyScore| v * v / (score.answers as f64 - 1.0);
        let freedom = (a + b).powi(2) / (part(a, first) + part(b, second));
        (student_quantile(freedom, 0.5 + 0.5 * level), student_two_sided(freedom, statistic))
    } else {
        (half_width(level), normal_two_sided(statistic))
    };
    let interval = Interval { low: value - reach * error, high: value + reach * error };
    Ok(ScoreDifference { difference: Estimate { value, interval }, statistic, p_value })
}

/// Scores of groups of customers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupScores {
    /// One per group; None for a group without an answer, or with fewer than its score needs.
    pub groups: Vec<Option<SurveyScore>>,
    /// P-value of the hypothesis that all groups have one score: Σ (score − mean)²/se² is chi-squared; None for fewer than two
    /// groups with a standard error.
    pub p_value: Option<f64>,
}

/// The score of each group; `groups` numbers each answer's group from 0, below `count`.
///
/// A population in the options is divided between the groups as the answers are.
///
/// # Errors
/// As [`survey_score`]; [`Error::InvalidValue`] for a group of `count` or above.
pub fn score_by_group(
    metric: SurveyMetric,
    answers: &[f64],
    groups: &[u32],
    count: usize,
    options: &SurveyOptions<'_>,
) -> Result<GroupScores> {
    // Checks answers and weights as a whole, so that messages name their rows.
    survey_score(metric, answers, options)?;
    check_codes("groups", groups, answers.len(), count)?;
    let score = |group: usize| -> Result<Option<SurveyScore>> {
        let rows: Vec<usize> = (0..answers.len()).filter(|&i| groups[i] as usize == group).collect();
        let least = if matches!(metric, SurveyMetric::Ces { .. }) { 2 } else { 1 };
        if rows.len() < least {
            return Ok(None);
        }
        let own: Vec<f64> = rows.iter().map(|&i| answers[i]).collect();
        let weights: Option<Vec<f64>> = options.weights.map(|w| rows.iter().map(|&i| w[i]).collect());
        let share = rows.len() as f64 / answers.len() as f64;
        let population = options.population.map(|n| ((n as f64 * share).round() as u64).max(rows.len() as u64));
        let options = SurveyOptions { population, weights: weights.as_deref(), level: options.level };
        survey_score(metric, &own, &options).map(Some)
    };
    let scores: Vec<Option<SurveyScore>> = (0..count).map(score).collect::<Result<_>>()?;
    let known: Vec<(f64, f64)> = scores
        .iter()
        .flatten()
        .filter(|s| s.standard_error > 0.0)
        .map(|s| (s.score.value, s.standard_error.powi(-2)))
        .collect();
    let total: f64 = known.iter().map(|k| k.1).sum();
    let mean = known.iter().map(|(s, w)| s * w).sum::<f64>() / total;
    let statistic: f64 = known.iter().map(|(s, w)| w * (s - mean).powi(2)).sum();
    let p_value = (known.len() > 1).then(|| chi_squared_tail(statistic, known.len() - 1));
    Ok(GroupScores { groups: scores, p_value })
}

/// Weights that make the answers represent the customers: each stratum counts by its customers, not by its answers.
///
/// wᵢ = (N_h/N)/(n_h/n) for an answer of stratum h, of mean 1. `strata` numbers each answer's stratum from 0;
/// `customers` is the number of customers of each.
///
/// ```
/// use cpm_core::portfolio::post_stratification_weights;
/// // Half of the customers are in the second stratum, but only one of four answers.
/// let weights = post_stratification_weights(&[0, 0, 0, 1], &[500, 500])?;
/// assert!((weights[0] - 2.0 / 3.0).abs() < 1e-12 && (weights[3] - 2.0).abs() < 1e-12);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::InvalidValue`] for a stratum without customers, or without answers though it has customers:
/// nothing is known of them, so merge the stratum with one like it.
pub fn post_stratification_weights(strata: &[u32], customers: &[u64]) -> Result<Vec<f64>> {
    if strata.is_empty() {
        let remedy = "Give the stratum of each answer".to_owned();
        return Err(Error::Empty { what: "the list of strata".to_owned(), remedy });
    }
    check_codes("strata", strata, strata.len(), customers.len())?;
    let mut answers = vec![0_u64; customers.len()];
    strata.iter().for_each(|h| answers[*h as usize] += 1);
    for (row, (n, answered)) in customers.iter().zip(&answers).enumerate() {
        let (expected, remedy) = if *n > 0 && *answered == 0 {
            ("a stratum with customers needs an answer", "Merge it with a stratum like it")
        } else if n < answered {
            ("a stratum cannot have fewer customers than answers", "Count all its customers, not only those asked")
        } else {
            continue;
        };
        return Err(Error::InvalidValue { column: "customers", row, value: n.to_string(), expected, remedy });
    }
    let (all, n) = (customers.iter().sum::<u64>() as f64, strata.len() as f64);
    let weight = |h: usize| customers[h] as f64 / all / (answers[h] as f64 / n);
    Ok(strata.iter().map(|h| weight(*h as usize)).collect())
}

pub(super) fn check_codes(column: &'static str, codes: &[u32], rows: usize, count: usize) -> Result<()> {
    same_length(column, codes.len(), "answers", rows)?;
    match codes.iter().position(|c| *c as usize >= count) {
        Some(row) => Err(Error::InvalidValue {
            column,
            row,
            value: codes[row].to_string(),
            expected: "it must be the number of a group, counted from 0",
            remedy: "Give as many groups as the numbers need",
        }),
        None => Ok(()),
    }
}
