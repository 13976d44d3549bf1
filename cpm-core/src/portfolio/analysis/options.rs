//! Choices of the analysis.

use crate::clv::{PurchaseModelKind, ValueOptions};
use crate::error::Result;
use crate::summary::{MergeWithin, SummaryOptions, TimeUnit, end_of};
use crate::transactions::Timestamp;

/// Choices for [`analyze`](super::analyze).
///
/// ```
/// use cpm_core::AnalysisOptions;
/// let options = AnalysisOptions::new(52.0).as_of("1997-09-30")?.discount_rate(0.10).margin(0.30);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnalysisOptions {
    pub(crate) value: ValueOptions,
    pub(crate) summary: SummaryOptions,
    pub(crate) calibration_end: Option<Timestamp>,
    pub(crate) model: PurchaseModelKind,
}

impl AnalysisOptions {
    /// A horizon in weeks; observation to the last time in the log, no discounting, the whole amount as
    /// margin, 95 % intervals.
    #[must_use]
    pub fn new(horizon: f64) -> Self {
        Self {
            value: ValueOptions::new(horizon),
            summary: SummaryOptions::new(),
            calibration_end: None,
            model: PurchaseModelKind::BgNbd,
        }
    }

    /// The model of purchases; BG/NBD without this choice.
    #[must_use]
    pub fn model(mut self, kind: PurchaseModelKind) -> Self {
        self.model = kind;
        self
    }

    /// Variable cost of each purchase besides what the margin leaves out, in money.
    #[must_use]
    pub fn cost_per_purchase(mut self, cost: f64) -> Self {
        self.value = self.value.cost_per_purchase(cost);
        self
    }

    /// The end of observation; a date means the end of that day. Later rows are left out and counted.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) if it is not an ISO date or time.
    pub fn as_of(mut self, when: &str) -> Result<Self> {
        self.summary = self.summary.as_of(when)?;
        Ok(self)
    }

    /// The unit of time of the horizon, recency and T.
    #[must_use]
    pub fn time_unit(mut self, unit: TimeUnit) -> Self {
        self.summary = self.summary.time_unit(unit);
        self
    }

    /// The period within which rows of one customer are one purchase.
    #[must_use]
    pub fn merge_within(mut self, merge: MergeWithin) -> Self {
        self.summary = self.summary.merge_within(merge);
        self
    }

    /// Discount rate per year: 0.10 for 10 %.
    #[must_use]
    pub fn discount_rate(mut self, per_year: f64) -> Self {
        self.value = self.value.discount_rate(per_year);
        self
    }

    /// Share of an amount that is contribution margin: 0.30 for 30 %.
    #[must_use]
    pub fn margin(mut self, share: f64) -> Self {
        self.value = self.value.margin(share);
        self
    }

    /// Probability that an interval holds.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.value = self.value.level(level);
        self
    }

    /// Where the log is cut for the check of the model, a date meaning the end of that day; without it, half-way through the observation.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) if it is not an ISO date or time.
    pub fn calibration_end(mut self, when: &str) -> Result<Self> {
        self.calibration_end = Some(end_of(when).map_err(|e| e.named("calibration_end"))?);
        Ok(self)
    }
}
