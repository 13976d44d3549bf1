//! Voice of the customer: scores of surveys.

use cpm_core::Error;
use cpm_core::portfolio::{
    self as core, ScoreDifference as CoreDifference, SurveyMetric, SurveyOptions, SurveyScore as Core,
};
use pyo3::prelude::*;

use crate::arrays::floats;
use crate::clv::Estimate;
use crate::error::{OrRaise, exception};

/// The score of a survey; see :func:`nps`, :func:`csat`, :func:`ces`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> score = cpm.portfolio.nps([10] * 220 + [8] * 100 + [3] * 80)
/// >>> round(score.value, 2), round(score.standard_error, 4), score.answers
/// (0.35, 0.0396, 400)
#[pyclass(module = "cpm.portfolio", frozen)]
pub(crate) struct SurveyScore {
    pub(super) inner: Core,
}

#[pymethods]
impl SurveyScore {
    /// The score: -1 to 1 for NPS, 0 to 1 for CSAT, the mean answer for CES.
    #[getter]
    fn value(&self) -> f64 {
        self.inner.score.value
    }

    /// The score with its interval.
    #[getter]
    fn score(&self) -> Estimate {
        self.inner.score.into()
    }

    /// Standard error of the score.
    #[getter]
    fn standard_error(&self) -> f64 {
        self.inner.standard_error
    }

    /// Number of answers.
    #[getter]
    fn answers(&self) -> u64 {
        self.inner.answers
    }

    /// How many answers of equal weight would be as precise.
    #[getter]
    fn effective_answers(&self) -> f64 {
        self.inner.effective_answers
    }

    /// Share of promoters (NPS), of the two best answers (CSAT); 0 for CES.
    #[getter]
    fn promoters(&self) -> f64 {
        self.inner.promoters
    }

    /// Share of detractors (NPS); 0 for others.
    #[getter]
    fn detractors(&self) -> f64 {
        self.inner.detractors
    }

    /// Level of the interval.
    #[getter]
    fn level(&self) -> f64 {
        self.inner.level
    }

    /// Tests whether another score of the same question, of other customers, differs.
    ///
    /// Normal for NPS and CSAT, Welch's t test for CES.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> before, after = cpm.portfolio.nps([9, 3, 3, 8] * 50), cpm.portfolio.nps([9, 9, 3, 8] * 50)
    /// >>> test = after.compare(before)
    /// >>> test.difference.value, test.p_value < 0.001
    /// (0.5, True)
    #[pyo3(signature = (other, level=0.95))]
    fn compare(&self, other: &Self, level: f64) -> PyResult<ScoreDifference> {
        core::compare_scores(&self.inner, &other.inner, level).or_raise().map(|inner| ScoreDifference { inner })
    }

    fn __repr__(&self) -> String {
        let score = &self.inner.score;
        let (value, low, high) = (score.value, score.interval.low, score.interval.high);
        format!("SurveyScore({value:.4}, {low:.4} to {high:.4}, answers={})", self.inner.answers)
    }
}

/// The difference of two scores; see :meth:`SurveyScore.compare`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> first, second = cpm.portfolio.csat([5, 4, 2] * 30), cpm.portfolio.csat([5, 3, 2] * 30)
/// >>> round(first.compare(second).statistic, 3)
/// 4.743
#[pyclass(module = "cpm.portfolio", frozen)]
pub(crate) struct ScoreDifference {
    pub(super) inner: CoreDifference,
}

#[pymethods]
impl ScoreDifference {
    /// First less second, with interval.
    #[getter]
    fn difference(&self) -> Estimate {
        self.inner.difference.into()
    }

    /// The difference over its standard error.
    #[getter]
    fn statistic(&self) -> f64 {
        self.inner.statistic
    }

    /// Probability of a difference at least as large if there is none.
    #[getter]
    fn p_value(&self) -> f64 {
        self.inner.p_value
    }

    fn __repr__(&self) -> String {
        format!("ScoreDifference({:.4}, p_value={:.3e})", self.inner.difference.value, self.inner.p_value)
    }
}

fn score(
    metric: SurveyMetric,
    answers: &Bound<'_, PyAny>,
    population: Option<u64>,
    weights: Option<&Bound<'_, PyAny>>,
    level: f64,
) -> PyResult<SurveyScore> {
    let answers = floats("answers", answers)?;
    let weights = weights.map(|w| floats("weights", w)).transpose()?;
    let mut options = SurveyOptions::new().level(level);
    if let Some(population) = population {
        options = options.population(population);
    }
    if let Some(weights) = &weights {
        options = options.weights(weights.as_slice()?);
    }
    core::survey_score(metric, answers.as_slice()?, &options).or_raise().map(|inner| SurveyScore { inner })
}

/// Net promoter score of answers from 0 to 10: share of 9 and 10 less share of 0 to 6.
///
/// Parameters
/// ----------
/// answers : array-like
///     One per customer who answered.
/// population : int
///     How many customers could have answered: the variance is multiplied by (N - n)/(N - 1).
/// weights : array-like
///     One per answer, such as those of :func:`post_stratification_weights`.
/// level : float
///     Probability that the interval holds.
///
/// Returns
/// -------
/// SurveyScore
///     With the normal interval from the variance (p + d - (p - d)^2)/n.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.nps([10] * 220 + [8] * 100 + [3] * 80)
/// SurveyScore(0.3500, 0.2724 to 0.4276, answers=400)
#[pyfunction]
#[pyo3(signature = (answers, population=None, weights=None, level=0.95))]
pub(crate) fn nps(
    answers: &Bound<'_, PyAny>,
    population: Option<u64>,
    weights: Option<&Bound<'_, PyAny>>,
    level: f64,
) -> PyResult<SurveyScore> {
    score(SurveyMetric::Nps, answers, population, weights, level)
}

/// Customer satisfaction: share of the two best answers on a scale from 1, with the interval of Wilson.
///
/// Parameters
/// ----------
/// answers : array-like
/// scale : int
///     The best answer.
/// population, weights, level
///     As for :func:`nps`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.csat([5, 4, 4, 3, 2, 5, 1, 4, 5, 3])
/// SurveyScore(0.6000, 0.3127 to 0.8318, answers=10)
#[pyfunction]
#[pyo3(signature = (answers, scale=5, population=None, weights=None, level=0.95))]
pub(crate) fn csat(
    answers: &Bound<'_, PyAny>,
    scale: u8,
    population: Option<u64>,
    weights: Option<&Bound<'_, PyAny>>,
    level: f64,
) -> PyResult<SurveyScore> {
    score(SurveyMetric::Csat { scale }, answers, population, weights, level)
}

/// Customer effort score: the mean answer on a scale from 1, with a t interval.
///
/// Parameters
/// ----------
/// answers : array-like
/// scale : int
///     The best answer.
/// population, weights, level
///     As for :func:`nps`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.ces([5, 6, 7, 4])
/// SurveyScore(5.5000, 3.4457 to 7.5543, answers=4)
#[pyfunction]
#[pyo3(signature = (answers, scale=7, population=None, weights=None, level=0.95))]
pub(crate) fn ces(
    answers: &Bound<'_, PyAny>,
    scale: u8,
    population: Option<u64>,
    weights: Option<&Bound<'_, PyAny>>,
    level: f64,
) -> PyResult<SurveyScore> {
    score(SurveyMetric::Ces { scale }, answers, population, weights, level)
}

/// The question of a survey by its name.
pub(super) fn metric_of(name: &str, scale: Option<u8>) -> PyResult<SurveyMetric> {
    match name {
        "nps" => Ok(SurveyMetric::Nps),
        "csat" => Ok(SurveyMetric::Csat { scale: scale.unwrap_or(5) }),
        "ces" => Ok(SurveyMetric::Ces { scale: scale.unwrap_or(7) }),
        other => {
            let expected = "it must be one of nps, csat, ces".to_owned();
            Err(exception(Error::InvalidArgument { name: "metric", value: other.to_owned(), expected }))
        }
    }
}
