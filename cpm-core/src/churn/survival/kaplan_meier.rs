//! The Kaplan-Meier estimate of the survival function.

use serde::{Deserialize, Serialize};

use super::interval::{Band, check_times};
use super::{IntervalScale, RiskTable, SurvivalData};
use crate::error::{self, Error, Result};
use crate::estimate::{Estimate, Interval, QuantileEstimate};
use crate::table::{Column, Table};

/// The product-limit estimate of the survival function S(t), the share still there after time t
/// (Kaplan & Meier 1958).
///
/// S(t) is the product over event times u <= t of 1 - d(u)/n(u), with d events among n at risk; its variance
/// is S²·Σ d/(n (n - d)) (Greenwood 1926). With entry times n counts only those already under observation,
/// and S is conditional on surviving the first entry. Names and conventions are those of lifelines'
/// `KaplanMeierFitter` and R's `survfit`.
///
/// Remission of 21 leukemia patients under 6-mercaptopurine (Freireich et al. 1963):
///
/// ```
/// use cpm_core::churn::survival::{KaplanMeier, SurvivalData};
/// let weeks = [6., 6., 6., 6., 7., 9., 10., 10., 11., 13., 16., 17., 19., 20., 22., 23., 25., 32., 32., 34., 35.];
/// let relapsed = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0].map(|e| e == 1);
/// let curve = KaplanMeier::fit(&SurvivalData::new(&weeks, &relapsed)?);
/// let half_year = curve.survival_at(&[26.0])?[0];
/// assert!((half_year.value - 0.4482).abs() < 5e-5 && half_year.interval.low > 0.18);
/// assert_eq!(curve.median().value, Some(23.0));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KaplanMeier {
    risk: RiskTable,
    survival: Vec<f64>,
    /// Σ d/(n (n - d)), the variance of ln S; carried forward where S is 0.
    variance_ln: Vec<f64>,
    band: Band,
}

impl KaplanMeier {
    /// The curve of the data, with log-log intervals of level 0.95.
    #[must_use]
    pub fn fit(data: &SurvivalData) -> Self {
        Self::of(RiskTable::new(data))
    }

    pub(super) fn of(risk: RiskTable) -> Self {
        let (mut s, mut v) = (1.0, 0.0);
        let mut survival = Vec::with_capacity(risk.time.len());
        let mut variance_ln = Vec::with_capacity(risk.time.len());
        for (&d, &n) in risk.observed.iter().zip(&risk.at_risk) {
            if d > 0.0 {
                s *= (n - d) / n;
                if n > d {
                    v += d / (n * (n - d));
                }
            }
            survival.push(s);
            variance_ln.push(v);
        }
        Self { risk, survival, variance_ln, band: Band::default() }
    }

    /// The same curve with intervals of another level.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless the level lies strictly between 0 and 1.
    pub fn with_level(mut self, level: f64) -> Result<Self> {
        self.band = self.band.with_level(level)?;
        Ok(self)
    }

    /// The same curve with intervals on another scale.
    #[must_use]
    pub fn with_interval_scale(mut self, scale: IntervalScale) -> Self {
        self.band.scale = scale;
        self
    }

    /// Probability that an interval holds.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.band.level
    }

    /// Scale of the intervals.
    #[must_use]
    pub fn interval_scale(&self) -> IntervalScale {
        self.band.scale
    }

    /// Checks what was read from a file: the curve must be that of its risk table.
    pub(crate) fn check(&self) -> Result<()> {
        self.risk.check()?;
        self.band.with_level(self.band.level)?;
        let again = Self { band: self.band, ..Self::of(self.risk.clone()) };
        if again == *self {
            Ok(())
        } else {
            Err(Error::argument("survival", "another curve", "it must be that of risk"))
        }
    }

    /// Times, numbers at risk, events: one entry per distinct duration.
    #[must_use]
    pub fn risk_table(&self) -> &RiskTable {
        &self.risk
    }

    /// S at the times of the risk table.
    #[must_use]
    pub fn survival(&self) -> &[f64] {
        &self.survival
    }

    /// Greenwood's standard errors of S at the times of the risk table; 0 where S is 0.
    #[must_use]
    pub fn standard_errors(&self) -> Vec<f64> {
        self.survival.iter().zip(&self.variance_ln).map(|(s, v)| s * v.sqrt()).collect()
    }

    /// Pointwise intervals of S at the times of the risk table. S = 1 before the first event has no width.
    /// Where S is 0 the variance is unknown: the interval then reaches from 0 to the last upper end before.
    #[must_use]
    pub fn intervals(&self) -> Vec<Interval> {
        let width = self.band.half_width();
        let mut last_high = 1.0;
        let of = |(&s, &v): (&f64, &f64)| {
            if s <= 0.0 {
                return Interval { low: 0.0, high: last_high };
            }
            let interval = self.band.scale.interval(s, v.sqrt(), width);
            last_high = interval.high;
            interval
        };
        self.survival.iter().zip(&self.variance_ln).map(of).collect()
    }

    /// S(t) with its interval, at each of the times.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a time that is negative, NaN, or beyond the largest observed duration.
    pub fn survival_at(&self, times: &[f64]) -> Result<Vec<Estimate>> {
        check_times(times, self.risk.last())?;
        let intervals = self.intervals();
        let at = |t: &f64| match self.risk.position(*t) {
            Some(k) => Estimate { value: self.survival[k], interval: intervals[k] },
            None => Estimate { value: 1.0, interval: Interval { low: 1.0, high: 1.0 } },
        };
        Ok(times.iter().map(at).collect())
    }

    /// The smallest observed time at which S is at most 1/2 (lifelines' convention; R takes the middle of a
    /// step that lies exactly at 1/2).
    #[must_use]
    pub fn median(&self) -> QuantileEstimate {
        self.first_time_at(0.5)
    }

    /// The smallest observed time by which a share of at least `probability` has had the event. The interval
    /// holds the times that the pointwise intervals do not exclude (Brookmeyer & Crowley 1982).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless the probability lies strictly between 0 and 1.
    pub fn quantile(&self, probability: f64) -> Result<QuantileEstimate> {
        Ok(self.first_time_at(1.0 - error::level("probability", probability)?))
    }

    fn first_time_at(&self, level: f64) -> QuantileEstimate {
        // A product of ratios that equals the level in exact arithmetic may round to just above it.
        let reached = |s: f64| s <= level * (1.0 + 1e-12);
        let intervals = self.intervals();
        let time = |k: Option<usize>| k.map(|k| self.risk.time[k]);
        QuantileEstimate {
            value: time(self.survival.iter().position(|s| reached(*s))),
            low: time(intervals.iter().position(|i| reached(i.low))),
            high: time(intervals.iter().position(|i| reached(i.high))),
        }
    }

    /// Expected time until the event or `horizon`, whichever is first: the area under S up to there, with a
    /// normal interval from the variance Σ d/(n (n - d)) · (area from the event to the horizon)².
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless the horizon is positive and not beyond the largest observed duration
    /// (further on only where S has reached 0).
    pub fn restricted_mean(&self, horizon: f64) -> Result<Estimate> {
        error::positive("horizon", horizon)?;
        if horizon > self.risk.last() && self.survival.last().is_some_and(|s| *s > 0.0) {
            let expected = format!("it must be at most {}, the largest observed duration", self.risk.last());
            return Err(Error::argument("horizon", horizon, expected));
        }
        // From the horizon backwards, so that the area that remains is at hand at each event.
        let (mut area, mut variance, mut end) = (0.0, 0.0, horizon);
        for k in (0..self.risk.time.partition_point(|t| *t < horizon)).rev() {
            area += self.survival[k] * (end - self.risk.time[k]);
            end = self.risk.time[k];
            let (d, n) = (self.risk.observed[k], self.risk.at_risk[k]);
            if d > 0.0 && n > d {
                variance += area * area * d / (n * (n - d));
            }
        }
        let value = area + end;
        let reach = self.band.half_width() * variance.sqrt();
        Ok(Estimate { value, interval: Interval { low: (value - reach).max(0.0), high: (value + reach).min(horizon) } })
    }

    /// Columns of the risk table, then `survival, standard_error, low, high`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = self.risk.to_table()?;
        let intervals = self.intervals();
        table.push("survival", Column::Float(self.survival.clone()))?;
        table.push("standard_error", Column::Float(self.standard_errors()))?;
        table.push("low", Column::Float(intervals.iter().map(|i| i.low).collect()))?;
        table.push("high", Column::Float(intervals.iter().map(|i| i.high).collect()))?;
        Ok(table)
    }
}
