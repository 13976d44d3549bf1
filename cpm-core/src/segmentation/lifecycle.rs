//! Lifecycle stages, by each customer's own rhythm.

use serde::{Deserialize, Serialize};

use super::Segments;
use crate::error::{Error, Result, non_negative, positive};
use crate::summary::{CustomerSummary, TimeUnit};
use crate::table::{Column, Table};
use crate::transactions::CustomerIds;

/// The stages in their order.
pub const LIFECYCLE_STAGES: [&str; 8] =
    ["Prospect", "New", "Active", "Loyal", "At risk", "Dormant", "Lost", "Won back"];

const PROSPECT: u32 = 0;
const NEW: u32 = 1;
const ACTIVE: u32 = 2;
const LOYAL: u32 = 3;
const AT_RISK: u32 = 4;
const DORMANT: u32 = 5;
const LOST: u32 = 6;
const WON_BACK: u32 = 7;

/// Where one stage ends and the next one begins. Silences count in units of the customer's own rhythm.
///
/// ```
/// use cpm_core::segmentation::LifecycleThresholds;
/// let thresholds = LifecycleThresholds { loyal_purchases: 6, ..LifecycleThresholds::default() };
/// assert_eq!(thresholds.dormant_after, 4.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LifecycleThresholds {
    /// At risk once silent for longer than this many times the own rhythm.
    pub at_risk_after: f64,
    /// Dormant once silent for longer than this many times the own rhythm.
    pub dormant_after: f64,
    /// At risk when P(alive) is below this.
    pub at_risk_below: f64,
    /// Dormant when P(alive) is below this.
    pub dormant_below: f64,
    /// Lost when P(alive) is below this.
    pub lost_below: f64,
    /// Loyal from this many purchases on, the first one included.
    pub loyal_purchases: u64,
    /// How many gaps of the base a customer's own gaps are averaged with.
    pub prior_gaps: f64,
}

impl Default for LifecycleThresholds {
    fn default() -> Self {
        Self {
            at_risk_after: 2.0,
            dormant_after: 4.0,
            at_risk_below: 0.8,
            dormant_below: 0.5,
            lost_below: 0.2,
            loyal_purchases: 4,
            prior_gaps: 1.0,
        }
    }
}

impl LifecycleThresholds {
    fn check(&self) -> Result<()> {
        positive("at_risk_after", self.at_risk_after)?;
        non_negative("prior_gaps", self.prior_gaps)?;
        if !(self.dormant_after.is_finite() && self.dormant_after >= self.at_risk_after) {
            let expected = format!("it must be at least at_risk_after, {}", self.at_risk_after);
            return Err(Error::argument("dormant_after", self.dormant_after, expected));
        }
        let falling =
            [("at_risk_below", self.at_risk_below, 1.0), ("dormant_below", self.dormant_below, self.at_risk_below)];
        for (name, value, most) in falling.into_iter().chain([("lost_below", self.lost_below, self.dormant_below)]) {
            if !(0.0..=most).contains(&value) {
                let expected = format!(
                    "P(alive) falls from at_risk_below over dormant_below to lost_below; it must be 0 to {most}"
                );
                return Err(Error::argument(name, value, expected));
            }
        }
        if self.loyal_purchases < 2 {
            let expected = "one purchase is that of a new customer; loyalty needs 2 or more";
            return Err(Error::argument("loyal_purchases", self.loyal_purchases, expected));
        }
        Ok(())
    }
}

/// Lifecycle stages from each customer's own rhythm and probability to be alive, not from fixed days.
///
/// # Rhythm
/// The typical time between two purchases of a customer with x gaps of length g in all is (g + m·ḡ)/(x + m): own gaps,
/// averaged with m ([`prior_gaps`](LifecycleThresholds::prior_gaps)) gaps of the base, whose mean ḡ is all time between
/// purchases over the number of all gaps. A one-time buyer has the rhythm of the base. *Overdue* is the silence since the
/// last purchase in units of the rhythm.
///
/// # Stages
/// The first line that applies:
///
/// | stage | condition |
/// |---|---|
/// | Prospect | no purchase yet |
/// | Lost | P(alive) below `lost_below` |
/// | Dormant | overdue above `dormant_after`, or P(alive) below `dormant_below` |
/// | At risk | overdue above `at_risk_after`, or P(alive) below `at_risk_below` |
/// | Won back | the gap before the last purchase was above `dormant_after` times the rhythm before it |
/// | New | one purchase |
/// | Loyal | `loyal_purchases` or more |
/// | Active | all others |
///
/// P(alive) comes from a model of [`clv`](crate::clv). BG/NBD gives every one-time buyer 1; the rhythm then decides alone.
/// The thresholds are choices, not estimates: they are stated here to be changed.
///
/// ```
/// use cpm_core::segmentation::{LifecycleModel, LifecycleThresholds};
/// use cpm_core::{CustomerSummary, TimeUnit};
/// // Both have been silent for 8 weeks: one bought every other week, the other every 20 weeks.
/// let customers = CustomerSummary::new(&[10.0, 2.0, 0.0], &[20.0, 40.0, 0.0], &[28.0, 48.0, 1.0], TimeUnit::Week)?;
/// let model = LifecycleModel::fit(&customers, &LifecycleThresholds { loyal_purchases: 3, ..Default::default() })?;
/// let stages = model.predict(&customers, &[0.9, 0.9, 1.0], None)?;
/// assert_eq!((stages.name_of(0), stages.name_of(1), stages.name_of(2)), ("At risk", "Loyal", "New"));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LifecycleModel {
    thresholds: LifecycleThresholds,
    mean_gap: f64,
    time_unit: TimeUnit,
}

impl LifecycleModel {
    /// Learns the rhythm of the base.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for thresholds that contradict one another; [`Error::NotIdentified`] if no customer
    /// bought twice.
    pub fn fit(customers: &CustomerSummary, thresholds: &LifecycleThresholds) -> Result<Self> {
        thresholds.check()?;
        let gaps: f64 = customers.frequency().iter().sum();
        let mut times = customers.recency().to_vec();
        // In an order of its own, so that the sum does not depend on that of the rows.
        times.sort_by(f64::total_cmp);
        let time: f64 = times.iter().sum();
        if gaps == 0.0 || time <= 0.0 {
            return Err(Error::NotIdentified {
                model: "the lifecycle",
                reason: "no customer bought at two different times, so the base has no rhythm".to_owned(),
                remedy: "Give more customers or a longer log".to_owned(),
            });
        }
        Ok(Self { thresholds: *thresholds, mean_gap: time / gaps, time_unit: customers.time_unit() })
    }

    /// The stage of each customer. `last_gap` is the time between the last two purchases, as
    /// [`purchase_rhythm`](super::purchase_rhythm) gives it; without it nobody is won back.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a probability outside 0 to 1, or a gap that is negative or
    /// longer than the time between first and last purchase; [`Error::InvalidArgument`] for another time unit.
    pub fn predict(
        &self,
        customers: &CustomerSummary,
        probability_alive: &[f64],
        last_gap: Option<&[Option<f64>]>,
    ) -> Result<Segments> {
        Ok(self.assess(customers, probability_alive, last_gap)?.0)
    }

    /// Columns `customer_id, silence, rhythm, overdue, probability_alive, stage`: times in the summary's unit.
    ///
    /// # Errors
    /// As [`predict`](Self::predict).
    pub fn table(
        &self,
        customers: &CustomerSummary,
        probability_alive: &[f64],
        last_gap: Option<&[Option<f64>]>,
    ) -> Result<Table> {
        let (stages, silence, rhythm) = self.assess(customers, probability_alive, last_gap)?;
        let mut table = Table::new();
        table.push("customer_id", Column::Id(customers.customer_ids().clone()))?;
        let overdue = silence.iter().zip(&rhythm).map(|(s, r)| s / r).collect();
        table.push("silence", Column::Float(silence))?;
        table.push("rhythm", Column::Float(rhythm))?;
        table.push("overdue", Column::Float(overdue))?;
        table.push("probability_alive", Column::Float(probability_alive.to_vec()))?;
        table.push("stage", stages.column())?;
        Ok(table)
    }

    /// The stage of people without a purchase.
    #[must_use]
    pub fn prospects(ids: CustomerIds) -> Segments {
        let codes = vec![PROSPECT; ids.len()];
        Segments::new(ids, names(), codes)
    }

    /// Mean time between purchases of the base of the fit, in its time unit.
    #[must_use]
    pub fn mean_gap(&self) -> f64 {
        self.mean_gap
    }

    /// The thresholds.
    #[must_use]
    pub fn thresholds(&self) -> &LifecycleThresholds {
        &self.thresholds
    }

    /// The unit of times.
    #[must_use]
    pub fn time_unit(&self) -> TimeUnit {
        self.time_unit
    }

    /// Stages, silences and rhythms.
    fn assess(
        &self,
        customers: &CustomerSummary,
        probability_alive: &[f64],
        last_gap: Option<&[Option<f64>]>,
    ) -> Result<(Segments, Vec<f64>, Vec<f64>)> {
        self.check_input(customers, probability_alive, last_gap)?;
        let silence: Vec<f64> = customers.T().iter().zip(customers.recency()).map(|(t, t_x)| t - t_x).collect();
        let (x, t_x) = (customers.frequency(), customers.recency());
        let rhythm: Vec<f64> = x.iter().zip(t_x).map(|(x, t_x)| self.rhythm(*x, *t_x)).collect();
        let stage = |i: usize| {
            let (t, p) = (&self.thresholds, probability_alive[i]);
            let overdue = silence[i] / rhythm[i];
            let returned = last_gap
                .and_then(|gaps| gaps[i])
                .is_some_and(|gap| x[i] >= 1.0 && gap > t.dormant_after * self.rhythm(x[i] - 1.0, t_x[i] - gap));
            match () {
                () if p < t.lost_below => LOST,
                () if overdue > t.dormant_after || p < t.dormant_below => DORMANT,
                () if overdue > t.at_risk_after || p < t.at_risk_below => AT_RISK,
                () if returned => WON_BACK,
                () if x[i] == 0.0 => NEW,
                () if x[i] + 1.0 >= t.loyal_purchases as f64 => LOYAL,
                () => ACTIVE,
            }
        };
        let codes = (0..customers.len()).map(stage).collect();
        Ok((Segments::new(customers.customer_ids().clone(), names(), codes), silence, rhythm))
    }

    /// Typical time between purchases of a customer with `gaps` gaps of `time` in all.
    fn rhythm(&self, gaps: f64, time: f64) -> f64 {
        let prior = self.thresholds.prior_gaps;
        if gaps + prior == 0.0 {
            return self.mean_gap;
        }
        let rhythm = (time.max(0.0) + prior * self.mean_gap) / (gaps + prior);
        // Purchases all at one time have no rhythm of their own.
        if rhythm > 0.0 { rhythm } else { self.mean_gap }
    }

    fn check_input(
        &self,
        customers: &CustomerSummary,
        probability_alive: &[f64],
        last_gap: Option<&[Option<f64>]>,
    ) -> Result<()> {
        if customers.time_unit() != self.time_unit {
            let expected = format!("the model was fitted in the time unit {}", self.time_unit);
            return Err(Error::argument("time_unit", customers.time_unit(), expected));
        }
        let lengths = [("probability_alive", Some(probability_alive.len())), ("last_gap", last_gap.map(<[_]>::len))];
        for (column, found) in lengths {
            if let Some(found) = found.filter(|n| *n != customers.len()) {
                return Err(Error::LengthMismatch { column, found, reference: "customers", expected: customers.len() });
            }
        }
        if let Some(row) = probability_alive.iter().position(|p| !(0.0..=1.0).contains(p)) {
            return Err(Error::InvalidValue {
                column: "probability_alive",
                row,
                value: probability_alive[row].to_string(),
                expected: "a probability must be a number from 0 to 1",
                remedy: "Give what probability_alive of a fitted model returns",
            });
        }
        let wrong = |(row, gap): (usize, &Option<f64>)| {
            // Sums of gaps and their difference round.
            gap.is_some_and(|g| !(g.is_finite() && g >= 0.0 && g <= customers.recency()[row] * (1.0 + 1e-9) + 1e-9))
        };
        if let Some(gaps) = last_gap
            && let Some((row, gap)) = gaps.iter().enumerate().find(|pair| wrong(*pair))
        {
            return Err(Error::InvalidValue {
                column: "last_gap",
                row,
                value: gap.unwrap_or_default().to_string(),
                expected: "the last gap must be from 0 to the customer's recency",
                remedy: "Give the column last_gap of purchase_rhythm for the same log and options",
            });
        }
        Ok(())
    }

    /// Of a file that may have been edited.
    #[cfg(feature = "json")]
    pub(crate) fn check(&self) -> Result<()> {
        positive("mean_gap", self.mean_gap)?;
        self.thresholds.check()
    }
}

fn names() -> Vec<String> {
    LIFECYCLE_STAGES.map(str::to_owned).to_vec()
}

#[cfg(test)]
#[path = "lifecycle_tests.rs"]
mod tests;
