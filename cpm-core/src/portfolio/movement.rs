//! What moved in the base before the analysis, and what may happen to it after: growth, migration, risk.

use super::CohortOptions;
use super::analysis::{AnalysisOptions, Portfolio};
use super::growth::{GrowthSeries, growth_by_period};
use super::migration::TransitionCounts;
use super::risk::{AtRiskOptions, RevenueAtRisk, StressResult, StressScenario, revenue_at_risk, stress_test};
use crate::clv::{ValueOptions, lifetime_value};
use crate::error::{Error, Result};
use crate::segmentation::{RfmOptions, RfmScores, SegmentTable, Segments};
use crate::summary::CustomerSummary;
use crate::transactions::{CustomerIds, Timestamp, TransactionLog};

/// Growth and migration up to the end of observation, or why there are none.
#[derive(Debug, Clone)]
pub(super) struct Movement {
    growth: std::result::Result<GrowthSeries, Absent>,
    migration: std::result::Result<SegmentMigration, Absent>,
}

/// Why something could not be computed.
#[derive(Debug, Clone)]
pub(crate) struct Absent {
    pub(crate) reason: String,
    /// Whether the log has not what it takes: nothing went wrong.
    pub(crate) is_natural: bool,
}

impl Absent {
    /// A log that is too short, or of which nothing is left, is no fault.
    pub(crate) fn of(error: &Error) -> Self {
        let is_natural = matches!(error, Error::NotIdentified { .. } | Error::Empty { .. });
        Self { reason: error.to_string(), is_natural }
    }
}

/// Who moved from which segment to which between two dates.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentMigration {
    /// The earlier date.
    pub from: Timestamp,
    /// The later date.
    pub to: Timestamp,
    /// Customers of both dates by segment then and now.
    pub counts: TransitionCounts,
    /// Customers who came after the earlier date.
    pub acquired: u64,
    /// Customers of the earlier date whom returns have left without a purchase since.
    pub gone: u64,
}

/// Positions of the customers of two summaries, whose ids are in order: of the first, of the second, or of both.
pub(super) fn joined(first: &CustomerIds, second: &CustomerIds) -> Vec<(Option<usize>, Option<usize>)> {
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::with_capacity(first.len().max(second.len()));
    while i < first.len() || j < second.len() {
        let order = match (i < first.len(), j < second.len()) {
            (true, true) => first.get(i).cmp(&second.get(j)),
            (true, false) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        pairs.push((order.is_le().then_some(i), order.is_ge().then_some(j)));
        i += usize::from(order.is_le());
        j += usize::from(order.is_ge());
    }
    pairs
}

impl SegmentMigration {
    /// From the segments of an earlier summary to those of a later one, by the id of the customer.
    pub(super) fn between(
        earlier: (&CustomerSummary, &Segments, Timestamp),
        later: (&CustomerSummary, &Segments, Timestamp),
    ) -> Result<Self> {
        let pairs = joined(earlier.0.customer_ids(), later.0.customer_ids());
        let (mut from, mut to) = (Vec::with_capacity(pairs.len()), Vec::with_capacity(pairs.len()));
        let (mut acquired, mut gone) = (0, 0);
        for pair in pairs {
            match pair {
                (Some(i), Some(j)) => {
                    from.push(Some(earlier.1.codes()[i]));
                    to.push(Some(later.1.codes()[j]));
                }
                (None, _) => acquired += 1,
                (_, None) => gone += 1,
            }
        }
        // Both come from the standard table of segments, so that codes mean the same.
        let counts = TransitionCounts::from_codes(later.1.names().to_vec(), &[&from, &to])?;
        Ok(Self { from: earlier.2, to: later.2, counts, acquired, gone })
    }
}

impl Movement {
    /// Growth by month; migration from the calibration summary, whose end is a date of the past, to today's.
    pub(super) fn of(
        log: &TransactionLog,
        options: &AnalysisOptions,
        calibration: std::result::Result<&CustomerSummary, &str>,
        dates: (Timestamp, Timestamp),
        today: (&CustomerSummary, &Segments),
    ) -> Self {
        let growth = growth_by_period(log, &CohortOptions::new().as_of_time(dates.1).level(options.value.level));
        let migrated = |earlier: &CustomerSummary| {
            let segments = SegmentTable::standard().segment(&RfmScores::of(earlier, &RfmOptions::new())?);
            SegmentMigration::between((earlier, &segments, dates.0), (today.0, today.1, dates.1))
        };
        Self {
            growth: growth.map_err(|e| Absent::of(&e)),
            migration: calibration
                .map_err(|reason| Absent { reason: reason.to_owned(), is_natural: true })
                .and_then(|c| migrated(c).map_err(|e| Absent::of(&e))),
        }
    }
}

impl Portfolio {
    /// New, won back, expanded, contracted and lost revenue by month, with net and gross retention and churn.
    ///
    /// # Errors
    /// The reason in words, for instance that the log covers a single month.
    pub fn growth(&self) -> std::result::Result<&GrowthSeries, &str> {
        self.movement.growth.as_ref().map_err(|absent| absent.reason.as_str())
    }

    /// Who moved to which segment between the date where the log is cut for the check of the model and the end of observation.
    ///
    /// # Errors
    /// The reason in words, for instance that nobody had purchased by then.
    pub fn migration(&self) -> std::result::Result<&SegmentMigration, &str> {
        self.movement.migration.as_ref().map_err(|absent| absent.reason.as_str())
    }

    /// Growth and migration, or why they are not there.
    #[cfg(feature = "report")]
    pub(crate) fn movement(
        &self,
    ) -> (std::result::Result<&GrowthSeries, &Absent>, std::result::Result<&SegmentMigration, &Absent>) {
        (self.movement.growth.as_ref(), self.movement.migration.as_ref())
    }

    /// Value at risk and expected shortfall of the revenue of today's customers over the horizon: whole amounts, not discounted; see
    /// [`revenue_at_risk`].
    ///
    /// ```
    /// use cpm_core::portfolio::AtRiskOptions;
    /// use cpm_core::{AnalysisOptions, analyze, datasets};
    /// let portfolio = analyze(&datasets::cdnow_sample()?, &AnalysisOptions::new(52.0).margin(0.30))?;
    /// let risk = portfolio.revenue_at_risk(&AtRiskOptions::new().shock(0.10).draws(2_000))?;
    /// assert!(risk.value_at_risk.value < risk.expected_shortfall.value && risk.expected_shortfall.value < risk.expected);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`revenue_at_risk`].
    pub fn revenue_at_risk(&self, options: &AtRiskOptions) -> Result<RevenueAtRisk> {
        let revenue = ValueOptions::new(self.options.value.horizon);
        let revenue = lifetime_value(&*self.model, &self.spend, &self.summary, &revenue)?;
        let none: Vec<f64> = self.probability_of_nothing();
        // Where nothing is certain to rounding, rounding is no revenue.
        let mean = |(none, mean): (&f64, f64)| if *none < 1.0 { mean } else { 0.0 };
        let mean: Vec<f64> = none.iter().zip(revenue.customers().iter().map(|c| c.value)).map(mean).collect();
        // At least what buying or not makes alone; rounding may leave less.
        let least = |(mean, none): (&f64, &f64)| if *none < 1.0 { mean * (none / (1.0 - none)).sqrt() } else { 0.0 };
        let spread = revenue.customers().iter().map(|c| c.value_standard_deviation);
        let spread: Vec<f64> =
            spread.zip(mean.iter().zip(&none).map(least)).map(|(sd, least)| sd.max(least * (1.0 + 1e-9))).collect();
        revenue_at_risk(&mean, &spread, Some(&none), options)
    }

    /// Customer equity under each scenario; see [`stress_test`].
    ///
    /// # Errors
    /// Those of [`stress_test`].
    pub fn stress_test(&self, scenarios: &[StressScenario]) -> Result<Vec<StressResult>> {
        let value: Vec<f64> = self.value.customers().iter().map(|c| c.value).collect();
        stress_test(&value, Some(&self.probability_of_nothing()), scenarios)
    }

    fn probability_of_nothing(&self) -> Vec<f64> {
        self.prediction.customers().iter().map(|c| c.probability_no_purchase.value.clamp(0.0, 1.0)).collect()
    }
}

#[cfg(test)]
#[path = "movement_tests.rs"]
mod tests;
