//! What is compared, and over which stretches of the log.

#[cfg(feature = "covariates")]
use crate::clv::CovariateOptions;
use crate::clv::PurchaseModelKind;
use crate::error::{self, Error, Result};
#[cfg(feature = "covariates")]
use crate::summary::CustomerSummary;
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

/// Models with covariates, and where these are.
#[cfg(feature = "covariates")]
#[derive(Debug, Clone)]
pub(super) struct CovariateModels {
    pub(super) customers: CustomerSummary,
    pub(super) models: Vec<(PurchaseModelKind, CovariateOptions)>,
}

/// Choices for [`compare`](super::compare).
///
/// ```
/// use cpm_core::clv::{CompareOptions, PurchaseModelKind};
/// let options = CompareOptions::new(13.0).origins(3).models(&[PurchaseModelKind::BgNbd, PurchaseModelKind::Nbd]).seed(1);
/// ```
#[derive(Debug, Clone)]
pub struct CompareOptions {
    pub(super) horizon: f64,
    pub(super) origins: usize,
    pub(super) step: Option<f64>,
    pub(super) observation_end: Option<Timestamp>,
    pub(super) time_unit: TimeUnit,
    pub(super) merge_within: MergeWithin,
    pub(super) models: Option<Vec<PurchaseModelKind>>,
    #[cfg(feature = "covariates")]
    pub(super) covariates: Option<CovariateModels>,
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
            models: None,
            #[cfg(feature = "covariates")]
            covariates: None,
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
        self.observation_end = Some(end_of(when).map_err(|e| e.named("observation_end"))?);
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
    ///
    /// Without a choice: all that can be for these purchases. BG/BB can where each unit of time is one opportunity, that is with
    /// `merge_within` and `time_unit` both weeks or both months; all models then forecast the number of periods with a purchase.
    #[must_use]
    pub fn models(mut self, models: &[PurchaseModelKind]) -> Self {
        self.models = Some(models.to_vec());
        self
    }

    /// Models with covariates to compare with the others, and the customers' attributes: a summary with covariates that has all
    /// customers of the log. They must be known from the first purchase on, or the forecasts know the future.
    ///
    /// The base is one of BG/NBD, MBG/NBD and Pareto/NBD.
    #[cfg(feature = "covariates")]
    #[must_use]
    pub fn covariates(mut self, customers: &CustomerSummary, models: &[(PurchaseModelKind, CovariateOptions)]) -> Self {
        self.covariates = Some(CovariateModels { customers: customers.clone(), models: models.to_vec() });
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

    /// The models, named or not.
    pub(super) fn chosen(&self) -> Vec<PurchaseModelKind> {
        let opportunities = self.merge_within.length_in(self.time_unit) == 1.0;
        let can_be = |kind: &PurchaseModelKind| opportunities || !kind.needs_opportunities();
        let all = || PurchaseModelKind::ALL.iter().copied().filter(can_be).collect();
        self.models.clone().unwrap_or_else(all)
    }

    /// The bases of the models with covariates.
    pub(super) fn bases(&self) -> Vec<PurchaseModelKind> {
        #[cfg(feature = "covariates")]
        return self.covariates.iter().flat_map(|c| &c.models).map(|(kind, _)| *kind).collect();
        #[cfg(not(feature = "covariates"))]
        Vec::new()
    }

    /// The cuts of the log, oldest first.
    pub(super) fn splits(&self, log: &TransactionLog) -> Result<Vec<SplitOptions>> {
        error::level("level", self.level)?;
        if self.chosen().is_empty() && self.bases().is_empty() {
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
