//! Checks of a model that was read from a file.

use super::{Baseline, CoxPh};
use crate::error::{self, Error, Result};

impl CoxPh {
    /// Predictions take these shapes and signs for granted, and a file can be edited by hand.
    pub(crate) fn check(&self) -> Result<()> {
        let p = self.names.len();
        error::non_negative("penalty", self.penalty)?;
        let finite = |values: &[f64]| values.len() == p && values.iter().all(|v| v.is_finite());
        if p == 0 || !finite(&self.coefficients) || !finite(&self.mean) {
            return Err(wrong("coefficients", "there must be one finite coefficient and one mean per name"));
        }
        if self.covariance.dim() != (p, p)
            || !self.covariance.iter().all(|v| v.is_finite())
            || self.covariance.diag().iter().any(|v| *v < 0.0)
        {
            return Err(wrong("covariance", "it must have one row and one column of finite numbers per name"));
        }
        if self.baselines.is_empty() || !self.baselines.windows(2).all(|b| b[0].stratum < b[1].stratum) {
            return Err(wrong("baselines", "there must be one per stratum, by ascending code"));
        }
        self.baselines.iter().try_for_each(|b| b.check(p))
    }
}

impl Baseline {
    fn check(&self, columns: usize) -> Result<()> {
        let n = self.time.len();
        if [self.cumulative_hazard.len(), self.variance.len()] != [n; 2] || self.drift.dim() != (n, columns) {
            return Err(wrong("baselines", "each must have one hazard, variance and drift per time"));
        }
        let ascending =
            |values: &[f64]| values.first().is_none_or(|v| *v >= 0.0) && values.windows(2).all(|v| v[0] <= v[1]);
        let within = self.last.is_finite() && self.time.last().is_none_or(|t| *t <= self.last);
        let finite = self.cumulative_hazard.iter().chain(&self.variance).chain(&self.drift).all(|v| v.is_finite());
        if !(within && finite && ascending(&self.time) && ascending(&self.cumulative_hazard))
            || self.variance.iter().any(|v| *v < 0.0)
        {
            return Err(wrong("baselines", "times and hazards must be finite, of at least 0, and ascend"));
        }
        Ok(())
    }
}

fn wrong(name: &'static str, expected: &str) -> Error {
    Error::argument(name, "what the file has", expected)
}
