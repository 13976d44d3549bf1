//! What is compared, and over which stretches of the log.

use crate::clv::PurchaseModelKind;
use crate::error::{self, Error, Result};
use crate::summary::{MergeWithin, RollingOrigins, SplitOptions, TimeUnit, end_of};
use crate::transactions::{Timestamp, TransactionLog};

/// Forecasts without a model, to be beaten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Baseline {
    /// Everybody goes on at the rate at which he or she purchased again so far, x/T: what a spreadsheet does.
    OwnRate,
    /// Everybody purchases at the mean rate of all, the sum of x over the sum of T.
    MeanRate,
}

impl Baseline {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::OwnRate, Self::MeanRate];

    /// Its name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OwnRate => "own rate so far",
            Self::MeanRate => "mean rate of all",
        }
    }
}

/// Choices for [`compare`](super::compare).
///
/// ```
/// use cpm_core::clv::{CompareOptions, PurchaseModelKind};
/// let options = CompareOptions::new(13.0).origins(3).models(&[PurchaseModelKind::BgNbd, PurchaseModelKind::Nbd]).seed(1);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct CompareOptions {
    pub(super) horizon: f64,
    pub(super) origins: usize,
    pub(super) step: Option<f64>,
    pub(super) observation_end: Option<Timestamp>,
    pub(super) time_unit: TimeUnit,
    pub(super) merge_within: MergeWithin,
    pub(super) models: Vec<PurchaseModelKind>,
    pub(super) level: f64,
    pub(super) resamples: usize,
    pub(super) seed: u64,
}

impl CompareOptions {
    /// Forecasts of `horizon` time units (weeks) from three origins, one horizon apart, the last forecast ending with the log;
    /// all models; 95 % intervals from 1,000 resamples.
    #[must_use]
    pub fn new(horizon: f64) -> Self {
        Self {
            horizon,
            origins: 3,
            step: None,
            observation_end: None,
            time_unit: TimeUnit::default(),
            merge_within: MergeWithin::default(),
            models: PurchaseModelKind::ALL.to_vec(),
            level: 0.95,
            resamples: 1_000,
            seed: 0,
        }
    }

    /// From how many points in time each model forecasts, with what was known then.
    #[must_use]
    pub fn origins(mut self, origins: usize) -> Self {
        self.origins = origins;
        self
    }

    /// Time between origins; the horizon unless given, so that no purchase is forecast twice.
    #[must_use]
    pub fn step(mut self, step: f64) -> Self {
        self.step = Some(step);
        self
    }

    /// The end of the last forecast; a date means the end of that day.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not an ISO date or time.
    pub fn observation_end(mut self, when: &str) -> Result<Self> {
        self.observation_end = Some(end_of(when)?);
        Ok(self)
    }

    /// The unit of the horizon and of the models' time.
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

    /// The models to compare. The baselines are always there.
    #[must_use]
    pub fn models(mut self, models: &[PurchaseModelKind]) -> Self {
        self.models = models.to_vec();
        self
    }

    /// Probability that an interval holds.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// Resamples of the customers for the intervals.
    #[must_use]
    pub fn resamples(mut self, resamples: usize) -> Self {
        self.resamples = resamples;
        self
    }

    /// The same seed gives the same resamples.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The cuts of the log, oldest first.
    pub(super) fn splits(&self, log: &TransactionLog) -> Result<Vec<SplitOptions>> {
        error::level("level", self.level)?;
        if self.models.is_empty() {
            return Err(Error::argument("models", "[]", "name at least one model"));
        }
        if self.resamples < 100 {
            return Err(Error::argument("resamples", self.resamples, "an interval needs at least 100"));
        }
        let origins = RollingOrigins::new(self.horizon)
            .origins(self.origins)
            .observation_end_time(self.observation_end)
            .time_unit(self.time_unit)
            .merge_within(self.merge_within);
        self.step.map_or(origins.clone(), |step| origins.step(step)).cuts(log)
    }
}
