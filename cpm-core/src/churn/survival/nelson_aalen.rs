//! The Nelson-Aalen estimate of the cumulative hazard.

use serde::{Deserialize, Serialize};

use super::interval::{Band, check_times};
use super::{RiskTable, SurvivalData};
use crate::error::{Error, Result};
use crate::estimate::{Estimate, Interval};
use crate::table::{Column, Table};

/// The estimate H(t) = Σ d/n over event times up to t of the cumulative hazard (Nelson 1972, Aalen 1978),
/// with variance Σ d/n² and intervals on the scale of ln H: R's `survfit(..., stype = 2, ctype = 1)`.
///
/// Tied events count as one jump d/n. lifelines' `NelsonAalenFitter` spreads ties by default; it gives the
/// same H with `nelson_aalen_smoothing=False`.
///
/// ```
/// use cpm_core::churn::survival::{NelsonAalen, SurvivalData};
/// let data = SurvivalData::new(&[1.0, 2.0, 3.0, 4.0], &[true, true, false, true])?;
/// let hazard = NelsonAalen::fit(&data);
/// assert!((hazard.cumulative_hazard_at(&[2.0])?[0].value - (1.0 / 4.0 + 1.0 / 3.0)).abs() < 1e-15);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NelsonAalen {
    risk: RiskTable,
    cumulative_hazard: Vec<f64>,
    variance: Vec<f64>,
    band: Band,
}

impl NelsonAalen {
    /// The estimate for the data, with intervals of level 0.95.
    #[must_use]
    pub fn fit(data: &SurvivalData) -> Self {
        Self::of(RiskTable::new(data))
    }

    fn of(risk: RiskTable) -> Self {
        let (mut h, mut v) = (0.0, 0.0);
        let mut cumulative_hazard = Vec::with_capacity(risk.time.len());
        let mut variance = Vec::with_capacity(risk.time.len());
        for (&d, &n) in risk.observed.iter().zip(&risk.at_risk) {
            if d > 0.0 {
                h += d / n;
                v += d / (n * n);
            }
            cumulative_hazard.push(h);
            variance.push(v);
        }
        Self { risk, cumulative_hazard, variance, band: Band::default() }
    }

    /// The same estimate with intervals of another level.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless the level lies strictly between 0 and 1.
    pub fn with_level(mut self, level: f64) -> Result<Self> {
        self.band = self.band.with_level(level)?;
        Ok(self)
    }

    /// Probability that an interval holds.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.band.level
    }

    /// Checks what was read from a file: the estimate must be that of its risk table.
    pub(crate) fn check(&self) -> Result<()> {
        self.risk.check()?;
        self.band.with_level(self.band.level)?;
        let again = Self { band: self.band, ..Self::of(self.risk.clone()) };
        let wrong = || Error::argument("cumulative_hazard", "another estimate", "it must be that of risk");
        if again == *self { Ok(()) } else { Err(wrong()) }
    }

    /// Times, numbers at risk, events: one entry per distinct duration.
    #[must_use]
    pub fn risk_table(&self) -> &RiskTable {
        &self.risk
    }

    /// H at the times of the risk table.
    #[must_use]
    pub fn cumulative_hazard(&self) -> &[f64] {
        &self.cumulative_hazard
    }

    /// Standard errors of H at the times of the risk table.
    #[must_use]
    pub fn standard_errors(&self) -> Vec<f64> {
        self.variance.iter().map(|v| v.sqrt()).collect()
    }

    /// Pointwise intervals of H at the times of the risk table.
    #[must_use]
    pub fn intervals(&self) -> Vec<Interval> {
        self.cumulative_hazard.iter().zip(&self.variance).map(|(h, v)| self.band.positive(*h, v.sqrt())).collect()
    }

    /// H(t) with its interval, at each of the times.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a time that is negative, NaN, or beyond
    /// the largest observed duration.
    pub fn cumulative_hazard_at(&self, times: &[f64]) -> Result<Vec<Estimate>> {
        check_times(times, self.risk.last())?;
        let at = |t: &f64| {
            let value = self.risk.step(&self.cumulative_hazard, 0.0, *t);
            let error = self.risk.step(&self.variance, 0.0, *t).sqrt();
            Estimate { value, interval: self.band.positive(value, error) }
        };
        Ok(times.iter().map(at).collect())
    }

    /// Columns of the risk table, then `cumulative_hazard, standard_error, low, high`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = self.risk.to_table()?;
        let intervals = self.intervals();
        table.push("cumulative_hazard", Column::Float(self.cumulative_hazard.clone()))?;
        table.push("standard_error", Column::Float(self.standard_errors()))?;
        table.push("low", Column::Float(intervals.iter().map(|i| i.low).collect()))?;
        table.push("high", Column::Float(intervals.iter().map(|i| i.high).collect()))?;
        Ok(table)
    }
}
