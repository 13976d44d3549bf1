//! How long rows stay under observation: what predictions are weighted by where customers are censored.

use super::interval::check_times;
use super::{KaplanMeier, RiskTable, SurvivalData};
use crate::error::{Error, Result};

/// The Kaplan-Meier curve of being censored, where the events are what hides it.
pub(super) struct Censoring(KaplanMeier);

impl Censoring {
    /// Of `train`, for measures of predictions for the rows of `test` at times that ascend: at each of them somebody must
    /// still be observed, for the weights are inverse probabilities.
    pub(super) fn for_times(train: &SurvivalData, test: &SurvivalData, times: &[f64]) -> Result<Self> {
        check_times(times, train.last().min(test.last()))?;
        if let Some(pair) = times.windows(2).find(|t| t[0] >= t[1]) {
            return Err(Error::argument("times", format!("{}, {}", pair[0], pair[1]), "times must ascend"));
        }
        if test.entry().is_some() {
            return Err(Error::argument("test", "with entry times", "the rows must be observed from their origin on"));
        }
        let censoring = Self::of(train);
        match times.iter().find(|t| censoring.after(**t) <= 0.0) {
            None => Ok(censoring),
            Some(t) => Err(Error::argument("times", t, "nobody in `train` is observed longer: give earlier times")),
        }
    }

    fn of(data: &SurvivalData) -> Self {
        let RiskTable { time, at_risk, observed, censored, entered } = RiskTable::new(data);
        let at_risk = at_risk.iter().zip(&observed).map(|(n, d)| n - d).collect();
        Self(KaplanMeier::of(RiskTable { time, at_risk, observed: censored, censored: observed, entered }))
    }

    /// P(not censored up to and at t).
    pub(super) fn after(&self, t: f64) -> f64 {
        self.0.risk_table().step(self.0.survival(), 1.0, t)
    }

    /// P(not censored before t).
    pub(super) fn before(&self, t: f64) -> f64 {
        let k = self.0.risk_table().time.partition_point(|u| *u < t);
        if k > 0 { self.0.survival()[k - 1] } else { 1.0 }
    }
}
