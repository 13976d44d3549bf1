//! From a value to a score, by edges that a model keeps.

use super::rfm::{ROUNDING, score};
use crate::error::{Error, Result};

/// From this goodness on, this score.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Step {
    from: f64,
    score: u8,
}

/// Scores by the goodness of a value: steps upwards. Below the first step counts what the first step gives.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Scale {
    steps: Vec<Step>,
}

impl Scale {
    /// The scale on which these values get their scores by rank; see [`RfmScores`](super::RfmScores).
    pub(super) fn by_rank(goodness: &[f64], bins: u8) -> Self {
        let scores = score(goodness, |v| v, bins);
        let mut least: Vec<Option<f64>> = vec![None; usize::from(bins)];
        for (&value, &score) in goodness.iter().zip(&scores) {
            let at = &mut least[usize::from(score) - 1];
            *at = Some(at.map_or(value, |v| v.min(value)));
        }
        let step = |(s, from): (usize, Option<f64>)| from.map(|from| Step { from, score: s as u8 + 1 });
        Self { steps: least.into_iter().enumerate().filter_map(step).collect() }
    }

    /// The scale of given edges, in ascending order of goodness: `bins` − 1 of them.
    pub(super) fn by_edges(edges: &[f64]) -> Self {
        let lowest = Step { from: f64::MIN, score: 1 };
        let upwards = edges.iter().enumerate().map(|(i, &from)| Step { from, score: i as u8 + 2 });
        Self { steps: std::iter::once(lowest).chain(upwards).collect() }
    }

    pub(super) fn score(&self, goodness: f64) -> u8 {
        // A sum that lies below an edge by rounding only is on it.
        let reached = |step: &Step| goodness >= step.from - ROUNDING * step.from.abs();
        let steps = self.steps.partition_point(reached);
        self.steps.get(steps.saturating_sub(1)).map_or(1, |step| step.score)
    }

    /// The goodness from which on each score is given.
    pub(super) fn edges(&self) -> impl Iterator<Item = (u8, f64)> + '_ {
        self.steps.iter().map(|step| (step.score, step.from))
    }

    #[cfg(feature = "json")]
    /// Of a file that may have been edited.
    pub(super) fn check(&self, bins: u8) -> Result<()> {
        let ascending = self.steps.windows(2).all(|s| s[0].from < s[1].from && s[0].score < s[1].score);
        let valid = self.steps.iter().all(|s| s.from.is_finite() && (1..=bins).contains(&s.score));
        if ascending && valid && !self.steps.is_empty() {
            return Ok(());
        }
        Err(Error::argument("steps", "scale", format!("edges and scores must ascend, scores from 1 to {bins}")))
    }
}
