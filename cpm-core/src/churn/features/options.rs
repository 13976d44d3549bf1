//! When customers are looked at, how far back, and how far the label reaches.

use crate::error::{self, Error, Result};
use crate::summary::{MergeWithin, TimeUnit, end_of};
use crate::transactions::Timestamp;

/// Choices for [`ChurnFeatures::from_log`](super::ChurnFeatures::from_log).
///
/// ```
/// use cpm_core::TimeUnit;
/// use cpm_core::churn::FeatureOptions;
/// let options = FeatureOptions::new(&["1997-06-30", "1997-09-30"], 13.0)?.windows(&[4.0, 13.0]).time_unit(TimeUnit::Week);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureOptions {
    pub(super) as_of: Vec<Timestamp>,
    pub(super) horizon: f64,
    pub(super) windows: Option<Vec<f64>>,
    pub(super) time_unit: TimeUnit,
    pub(super) merge_within: MergeWithin,
    pub(super) observed_until: Option<Timestamp>,
    pub(super) label: bool,
    pub(super) calendar: bool,
}

impl FeatureOptions {
    /// Features at the end of each of these days (or at these times), and a label over the `horizon` time units that follow.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] without a date, for one that is not ISO, and for one that comes twice.
    pub fn new<S: AsRef<str>>(as_of: &[S], horizon: f64) -> Result<Self> {
        let mut dates = as_of.iter().map(|d| end_of(d.as_ref())).collect::<Result<Vec<_>>>()?;
        dates.sort_unstable();
        if let Some(pair) = dates.windows(2).find(|d| d[0] == d[1]) {
            return Err(Error::argument("as_of", pair[0], "it is given twice; give each date once"));
        }
        if dates.is_empty() {
            return Err(Error::argument("as_of", "[]", "give at least one date"));
        }
        Ok(Self {
            as_of: dates,
            horizon,
            windows: None,
            time_unit: TimeUnit::default(),
            merge_within: MergeWithin::default(),
            observed_until: None,
            label: true,
            calendar: false,
        })
    }

    /// Lengths of the trailing windows, in time units; 4, 13 and 26 weeks unless set.
    #[must_use]
    pub fn windows(mut self, windows: &[f64]) -> Self {
        self.windows = Some(windows.to_vec());
        self
    }

    /// The unit of horizon, windows and features.
    #[must_use]
    pub fn time_unit(mut self, unit: TimeUnit) -> Self {
        self.time_unit = unit;
        self
    }

    /// The period within which rows of one customer are one purchase.
    #[must_use]
    pub fn merge_within(mut self, merge: MergeWithin) -> Self {
        self.merge_within = merge;
        self
    }

    /// The end of observation, up to which labels are known; the last time in the log unless set.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not an ISO date or time.
    pub fn observed_until(mut self, when: &str) -> Result<Self> {
        self.observed_until = Some(end_of(when)?);
        Ok(self)
    }

    /// Whether to add the label; without it the as-of dates may be the present, to score.
    #[must_use]
    pub fn label(mut self, label: bool) -> Self {
        self.label = label;
        self
    }

    /// Whether to add the place of the as-of date in the year (`season_sin, season_cos`): of use with many dates only,
    /// since with one date the columns are constant.
    #[must_use]
    pub fn calendar(mut self, calendar: bool) -> Self {
        self.calendar = calendar;
        self
    }

    /// The windows, checked and in order.
    pub(super) fn checked_windows(&self) -> Result<Vec<f64>> {
        error::positive("horizon", self.horizon)?;
        let weeks = |w: f64| w * 7.0 / self.time_unit.days();
        let mut windows = self.windows.clone().unwrap_or_else(|| match self.time_unit {
            TimeUnit::Week | TimeUnit::Day => vec![weeks(4.0), weeks(13.0), weeks(26.0)],
            TimeUnit::Month => vec![1.0, 3.0, 6.0],
            TimeUnit::Year => vec![0.25, 0.5, 1.0],
        });
        for w in &windows {
            error::positive("windows", *w)?;
        }
        windows.sort_by(f64::total_cmp);
        windows.dedup();
        Ok(windows)
    }

    /// End of the label window of a date.
    pub(super) fn label_end(&self, as_of: Timestamp) -> Timestamp {
        let seconds = self.horizon * self.time_unit.days() * 86_400.0;
        Timestamp::from_seconds(as_of.seconds().saturating_add(seconds.round() as i64))
    }

    /// All labels must be known; without one, nothing is asked for.
    pub(super) fn check_labels(&self, log_ends: Timestamp) -> Result<()> {
        let Some(last) = self.as_of.last().filter(|_| self.label) else { return Ok(()) };
        let known = self.observed_until.unwrap_or_else(|| log_ends.end_of_day());
        let needed = self.label_end(*last);
        if needed <= known {
            return Ok(());
        }
        let expected = format!(
            "its label needs purchases up to {needed}, and they are known up to {known}: give an earlier date, a shorter \
             horizon, or no label (to score)"
        );
        Err(Error::argument("as_of", last, expected))
    }
}
