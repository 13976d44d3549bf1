//! Churn by a fitted purchase model.

use super::head_count::HeadCount;
use crate::clv::{PurchaseModel, PurchaseProcess};
use crate::error::{self, Result};
use crate::estimate::{Estimate, Interval};
use crate::numerics::parallel;
use crate::summary::{CustomerSummary, History};
use crate::table::{Column, Table};
use crate::transactions::CustomerIds;

/// Distinct histories per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 512;

/// Churn of every customer and of the base, by a fitted purchase model.
///
/// # Two meanings of churn
/// - *Business churn*: no purchase within the horizon, dead or alive. P(no purchase in (T, T + h]) follows from
///   the model in closed form (for BG/NBD see Fader & Hardie 2019, note 039, "A Step-by-Step Derivation of the
///   BG/NBD Model"). It can be checked against what happens, and it depends on the horizon: a customer who buys
///   once a year will usually be quiet for a month.
/// - *Death*: the customer will never buy again. It cannot be observed. P(dead) = 1 − P(alive) now, and the
///   attrition P(alive now) − P(alive at T + h) is the probability to be lost within the horizon.
///
/// Under BG/NBD a customer drops out only after a repeat purchase, so one-time buyers are alive for certain; their
/// business churn is the figure to use.
///
/// # The base
/// Expected numbers of customers come with prediction intervals: they hold the chance in what each customer does,
/// independent given the parameters, with variance Σ p(1 − p), and the uncertainty of the parameters, common to
/// all. The ends are whole customers from 0 to the size of the base. That the model itself is wrong is not in them;
/// [`HoldoutCheck`](crate::HoldoutCheck) shows it. Shares are these numbers over the size of the base.
///
/// # Units
/// The horizon is in time units of the summary.
///
/// ```
/// use cpm_core::churn::ChurnScores;
/// use cpm_core::{datasets, BgNbd, FitOptions, SplitOptions};
/// let log = datasets::cdnow_sample()?;
/// let split = log.split(&SplitOptions::new("1997-09-30")?.observation_end("1998-06-30")?)?;
/// let model = BgNbd::fit(&split.calibration, &FitOptions::new())?;
/// let churn = ChurnScores::of(&model, &split.calibration, 39.0, 0.95)?;
/// let quiet = churn.expected_without_purchase();
/// assert!((quiet.value - 1_740.0).abs() < 1.0);
/// // What happened: 4 % fewer. An interval holds if the model does.
/// assert_eq!(split.holdout.purchases.iter().filter(|n| **n == 0.0).count(), 1_673);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ChurnScores {
    customer_ids: CustomerIds,
    horizon: f64,
    level: f64,
    churn_probability: Vec<f64>,
    probability_dead: Vec<f64>,
    attrition: Vec<f64>,
    without_purchase: Estimate,
    alive: Estimate,
    lost: Estimate,
}

impl ChurnScores {
    /// Scores a summary over `horizon` time units; the figures of the base get intervals at `level`, such as 0.95.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a horizon that is not positive and finite, a level
    /// outside (0, 1), or a summary in another time unit than the model's.
    pub fn of(model: &dyn PurchaseProcess, customers: &CustomerSummary, horizon: f64, level: f64) -> Result<Self> {
        let level = error::level("level", level)?;
        let churn_probability = model.probability_no_purchase(customers, horizon)?;
        let alive = model.probability_alive(customers)?;
        let alive_after = model.probability_alive_after(customers, horizon)?;
        let attrition: Vec<f64> = alive.iter().zip(&alive_after).map(|(now, then)| lost(*now, *then)).collect();

        let scores = [&churn_probability, &alive, &attrition];
        let [without_purchase, expected_alive, expected_lost] =
            base(model, customers, horizon, scores).map(|count| count.estimate(level));
        Ok(Self {
            customer_ids: customers.customer_ids().clone(),
            horizon,
            level,
            probability_dead: alive.iter().map(|p| 1.0 - p).collect(),
            churn_probability,
            attrition,
            without_purchase,
            alive: expected_alive,
            lost: expected_lost,
        })
    }

    /// Probability of no purchase within the horizon, for each customer in the order of the summary.
    #[must_use]
    pub fn churn_probability(&self) -> &[f64] {
        &self.churn_probability
    }

    /// Probability that the customer is dead already, 1 − P(alive).
    #[must_use]
    pub fn probability_dead(&self) -> &[f64] {
        &self.probability_dead
    }

    /// Probability that the customer is alive now and dead at the end of the horizon.
    #[must_use]
    pub fn attrition_probability(&self) -> &[f64] {
        &self.attrition
    }

    /// Number of customers who make no purchase within the horizon.
    #[must_use]
    pub fn expected_without_purchase(&self) -> Estimate {
        self.without_purchase
    }

    /// The same as a share of all customers.
    #[must_use]
    pub fn share_without_purchase(&self) -> Estimate {
        self.share_of(self.without_purchase, self.customers())
    }

    /// Number of customers alive at the end of observation.
    #[must_use]
    pub fn expected_alive(&self) -> Estimate {
        self.alive
    }

    /// The same as a share of all customers.
    #[must_use]
    pub fn share_alive(&self) -> Estimate {
        self.share_of(self.alive, self.customers())
    }

    /// Number of customers alive at the end of observation who die within the horizon.
    #[must_use]
    pub fn expected_attrition(&self) -> Estimate {
        self.lost
    }

    /// The same as a share of the expected number alive. The interval treats that number as known.
    #[must_use]
    pub fn attrition_rate(&self) -> Estimate {
        self.share_of(self.lost, self.alive.value)
    }

    /// The horizon, in time units.
    #[must_use]
    pub fn horizon(&self) -> f64 {
        self.horizon
    }

    /// The level of the intervals.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.level
    }

    /// Columns `customer_id, churn_probability, probability_dead, expected_attrition`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("customer_id", Column::Id(self.customer_ids.clone()))?;
        table.push("churn_probability", Column::Float(self.churn_probability.clone()))?;
        table.push("probability_dead", Column::Float(self.probability_dead.clone()))?;
        table.push("expected_attrition", Column::Float(self.attrition.clone()))?;
        Ok(table)
    }

    fn customers(&self) -> f64 {
        self.churn_probability.len() as f64
    }

    fn share_of(&self, count: Estimate, whole: f64) -> Estimate {
        let share = |part: f64| if whole > 0.0 { (part / whole).min(1.0) } else { 0.0 };
        let interval = Interval { low: share(count.interval.low), high: share(count.interval.high) };
        Estimate { value: share(count.value), interval }
    }
}

/// P(alive now and dead later); the difference of two equal probabilities may round to below 0.
fn lost(alive: f64, alive_after: f64) -> f64 {
    (alive - alive_after).max(0.0)
}

/// Counts without purchase, alive, and lost, from the scores of the customers in that order.
fn base(
    model: &dyn PurchaseProcess,
    customers: &CustomerSummary,
    horizon: f64,
    scores: [&Vec<f64>; 3],
) -> [HeadCount; 3] {
    type Probability = fn(&dyn PurchaseProcess, History, f64) -> f64;
    const AT_POINT: [Probability; 3] = [
        |model, h, horizon| model.no_purchase(h, horizon),
        |model, h, _| model.alive(h),
        |model, h, horizon| lost(model.alive(h), model.alive_after(h, horizon)),
    ];
    let points = model.at_uncertainty_points();
    let empty = || [(); 3].map(|()| HeadCount::new(points.len()));
    let histories = customers.histories();
    let count = histories.distinct().len();
    let chunks: Vec<[HeadCount; 3]> = parallel::map_chunks(count, CHUNK, |groups| {
        let mut counts = empty();
        for g in groups {
            // All customers of a history have the same score.
            let (history, row) = (histories.distinct()[g], histories.rows_of(g)[0] as usize);
            for ((count, score), at_point) in counts.iter_mut().zip(scores).zip(AT_POINT) {
                let at: Vec<f64> = points.iter().map(|point| at_point(point.as_ref(), history, horizon)).collect();
                count.add(histories.weight()[g], score[row], &at);
            }
        }
        counts
    })
    .collect();
    let mut counts = empty();
    for chunk in &chunks {
        counts.iter_mut().zip(chunk).for_each(|(count, part)| count.merge(part));
    }
    counts
}

#[cfg(test)]
#[path = "scores_tests.rs"]
mod tests;
