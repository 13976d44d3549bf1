//! Scores of surveys.

use serde::Serialize;

use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::distribution::student_quantile;
use crate::numerics::proportion::wilson_share;

/// A question that customers answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum SurveyMetric {
    /// "How likely are you to recommend us?", 0 to 10: share of 9 and 10 less share of 0 to 6 (Reichheld 2003, HBR 81(12)).
    Nps,
    /// Satisfaction from 1 to the scale's end: share of the two best answers.
    Csat {
        /// The best answer, such as 5.
        scale: u8,
    },
    /// Ease from 1 to the scale's end: the mean answer (Dixon, Freeman & Toman 2010, HBR 88(7)).
    Ces {
        /// The best answer, such as 7.
        scale: u8,
    },
}

impl SurveyMetric {
    /// What an answer counts, or None if it is not one of the answers.
    pub(super) fn of(self, answer: f64) -> Option<f64> {
        let whole = answer.fract() == 0.0;
        match self {
            Self::Nps if whole && (0.0..=10.0).contains(&answer) => {
                Some(f64::from(i8::from(answer >= 9.0) - i8::from(answer <= 6.0)))
            }
            Self::Csat { scale } if whole && (1.0..=f64::from(scale)).contains(&answer) => {
                Some(f64::from(u8::from(answer >= f64::from(scale) - 1.0)))
            }
            Self::Ces { scale } if (1.0..=f64::from(scale)).contains(&answer) => Some(answer),
            _ => None,
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Nps => "an answer is a whole number from 0 to 10",
            Self::Csat { .. } => "an answer is a whole number from 1 to the end of the scale",
            Self::Ces { .. } => "an answer lies between 1 and the end of the scale",
        }
    }

    fn check(self) -> Result<()> {
        match self {
            Self::Csat { scale } | Self::Ces { scale } if scale < 3 => {
                Err(Error::argument("scale", scale, "it must have at least 3 answers, such as 5 or 7"))
            }
            _ => Ok(()),
        }
    }
}

/// Population, weights and the level of the interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurveyOptions<'a> {
    pub(super) population: Option<u64>,
    pub(super) weights: Option<&'a [f64]>,
    pub(super) level: f64,
}

impl Default for SurveyOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> SurveyOptions<'a> {
    /// A sample of a large population, all answers alike, 95 % intervals.
    #[must_use]
    pub fn new() -> Self {
        Self { population: None, weights: None, level: 0.95 }
    }

    /// How many customers could have answered: the variance is multiplied by (N − n)/(N − 1).
    #[must_use]
    pub fn population(mut self, customers: u64) -> Self {
        self.population = Some(customers);
        self
    }

    /// One weight per answer, such as those of [`post_stratification_weights`](super::post_stratification_weights).
    #[must_use]
    pub fn weights(mut self, weights: &'a [f64]) -> Self {
        self.weights = Some(weights);
        self
    }

    /// Probability that an interval holds.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }
}

/// A score with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SurveyScore {
    /// The question.
    pub metric: SurveyMetric,
    /// The score: −1 to 1 for NPS, 0 to 1 for CSAT, the mean answer for CES.
    pub score: Estimate,
    /// Its standard error.
    pub standard_error: f64,
    /// Number of answers.
    pub answers: u64,
    /// How many answers of equal weight would be as precise (Kish 1965): (Σ w)²/Σ w².
    pub effective_answers: f64,
    /// Share of promoters (NPS), of the two best answers (CSAT); 0 for CES.
    pub promoters: f64,
    /// Share of detractors (NPS); 0 for others.
    pub detractors: f64,
    /// Level of the interval.
    pub level: f64,
}

/// Net promoter score of answers from 0 to 10, between −1 and 1.
///
/// NPS = p − d with variance (p + d − (p − d)²)/n; the interval is normal, and that of a Wilson share where all answers
/// fall in one class and the variance would be 0.
///
/// ```
/// use cpm_core::portfolio::{SurveyOptions, nps};
/// // 220 promoters, 100 passives, 80 detractors.
/// let answers: Vec<f64> = (0..400).map(|i| if i < 220 { 10.0 } else if i < 320 { 8.0 } else { 3.0 }).collect();
/// let score = nps(&answers, &SurveyOptions::new())?;
/// assert!((score.score.value - 0.35).abs() < 1e-12);
/// assert!((score.standard_error - 0.0396074).abs() < 1e-7);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// As [`survey_score`].
pub fn nps(answers: &[f64], options: &SurveyOptions<'_>) -> Result<SurveyScore> {
    survey_score(SurveyMetric::Nps, answers, options)
}

/// Customer satisfaction: share of the two best answers on a scale from 1, with the interval of Wilson.
///
/// # Errors
/// As [`survey_score`].
pub fn csat(answers: &[f64], scale: u8, options: &SurveyOptions<'_>) -> Result<SurveyScore> {
    survey_score(SurveyMetric::Csat { scale }, answers, options)
}

/// Customer effort score: mean answer on a scale from 1, with a t interval.
///
/// # Errors
/// As [`survey_score`]; [`Error::InvalidArgument`] for a single answer.
pub fn ces(answers: &[f64], scale: u8, options: &SurveyOptions<'_>) -> Result<SurveyScore> {
    survey_score(SurveyMetric::Ces { scale }, answers, options)
}

/// The score of any of the metrics.
///
/// With weights w the score is the weighted mean of what the answers count, z, and its variance is that of a ratio,
/// Σ w²(z − z̄)²/(Σ w)² (Hájek); with equal weights this is the formula without.
///
/// # Errors
/// [`Error::Empty`]; [`Error::InvalidValue`] naming the row of what is not an answer or a weight; [`Error::LengthMismatch`];
/// [`Error::InvalidArgument`] for a population smaller than the number of answers.
pub fn survey_score(metric: SurveyMetric, answers: &[f64], options: &SurveyOptions<'_>) -> Result<SurveyScore> {
    metric.check()?;
    let level = error::level("level", options.level)?;
    let counted = counted(metric, answers)?;
    let weights = checked_weights(options.weights, answers.len())?;
    let n = answers.len() as f64;
    let total: f64 = weights.iter().sum();
    let mean = |of: &dyn Fn(f64) -> f64| counted.iter().zip(&weights).map(|(z, w)| w * of(*z)).sum::<f64>() / total;
    let score = mean(&|z| z);
    let linear: f64 =
        counted.iter().zip(&weights).map(|(z, w)| (w * (z - score)).powi(2)).sum::<f64>() / (total * total);
    let effective = total * total / weights.iter().map(|w| w * w).sum::<f64>();
    // A population that has answered as a whole leaves nothing to chance.
    let finite = match options.population {
        Some(population) if population < answers.len() as u64 => {
            let expected = format!("there are {n} answers; give the number of customers who could have answered");
            return Err(Error::argument("population", population, expected));
        }
        Some(1) => 0.0,
        Some(population) => (population as f64 - n) / (population as f64 - 1.0),
        None => 1.0,
    };
    let (mut variance, mut interval) = (linear * finite, None);
    match metric {
        SurveyMetric::Csat { .. } => {
            // The correction as a larger sample; with everyone's answer the share is known.
            interval = Some(if finite > 0.0 {
                wilson_share(score, effective / finite, level).interval
            } else {
                Interval { low: score, high: score }
            });
        }
        SurveyMetric::Nps => {
            let reach = half_width(level) * variance.sqrt();
            interval = Some(if variance > 0.0 || finite == 0.0 {
                Interval { low: (score - reach).max(-1.0), high: (score + reach).min(1.0) }
            } else {
                // All answers in one class: up to this share of the population may be in another.
                let others = 1.0 - wilson_share(1.0, effective / finite, level).interval.low;
                if score == 0.0 {
                    Interval { low: -others, high: others }
                } else {
                    let far = score * (1.0 - 2.0 * others);
                    Interval { low: far.min(score), high: far.max(score) }
                }
            });
        }
        SurveyMetric::Ces { .. } => {
            if answers.len() < 2 {
                return Err(Error::argument("answers", n, "an interval of a mean needs at least two"));
            }
            variance *= n / (n - 1.0);
        }
    }
    let standard_error = variance.sqrt();
    let interval = interval.unwrap_or_else(|| {
        let reach = student_quantile(n - 1.0, 0.5 + 0.5 * level) * standard_error;
        Interval { low: score - reach, high: score + reach }
    });
    let share = |sign: f64| {
        if matches!(metric, SurveyMetric::Ces { .. }) { 0.0 } else { mean(&|z| f64::from(u8::from(z == sign))) }
    };
    Ok(SurveyScore {
        metric,
        score: Estimate { value: score, interval },
        standard_error,
        answers: answers.len() as u64,
        effective_answers: effective,
        promoters: share(1.0),
        detractors: share(-1.0),
        level,
    })
}

/// What each answer counts.
pub(super) fn counted(metric: SurveyMetric, answers: &[f64]) -> Result<Vec<f64>> {
    if answers.is_empty() {
        let remedy = "Give one answer per customer who answered".to_owned();
        return Err(Error::Empty { what: "the list of answers".to_owned(), remedy });
    }
    let value = |(row, answer): (usize, &f64)| {
        metric.of(*answer).ok_or_else(|| Error::InvalidValue {
            column: "answers",
            row,
            value: answer.to_string(),
            expected: metric.expected(),
            remedy: "Correct it, or leave out customers who did not answer",
        })
    };
    answers.iter().enumerate().map(value).collect()
}

fn checked_weights(weights: Option<&[f64]>, n: usize) -> Result<Vec<f64>> {
    let Some(weights) = weights else { return Ok(vec![1.0; n]) };
    same_length("weights", weights.len(), "answers", n)?;
    match weights.iter().position(|w| !(w.is_finite() && *w > 0.0)) {
        Some(row) => Err(Error::InvalidValue {
            column: "weights",
            row,
            value: weights[row].to_string(),
            expected: "a weight is a finite number above 0",
            remedy: "Leave out the answer if it should not count",
        }),
        None => Ok(weights.to_vec()),
    }
}
