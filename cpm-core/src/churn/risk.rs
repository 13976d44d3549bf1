//! Who is leaving, how sure that is, and what it shows in: the score of each customer with its reason.

use std::fmt;

use super::PurchaseRhythm;
use crate::clv::{PurchaseModel, PurchaseProcess};
use crate::error::{self, Error, Result};
use crate::estimate::Estimate;
use crate::numerics::distribution::beta_cdf;
use crate::numerics::parallel;
use crate::summary::{PurchaseHabits, TimeUnit, Window};
use crate::table::{Column, Table};
use crate::transactions::CustomerIds;

/// Customers per parallel task.
const CHUNK: usize = 4096;
/// Amounts that vary less than this within a customer are taken as equal.
const LARGEST_AMOUNT_SHAPE: f64 = 1e6;

/// What a churn score shows in, the first that holds in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The customer has bought once only: there is no rhythm to fall out of.
    SinglePurchase,
    /// The silence is longer than the customer's own gaps nearly ever are.
    Overdue,
    /// The latest window has fewer purchases than the one before, by more than chance.
    FallingFrequency,
    /// Purchases of the latest window are smaller than those of the one before, by more than chance.
    FallingSpend,
    /// Nothing of this: the customer buys as usual.
    AsUsual,
}

impl Reason {
    const ALL: [Self; 5] =
        [Self::SinglePurchase, Self::Overdue, Self::FallingFrequency, Self::FallingSpend, Self::AsUsual];

    /// In words: `single purchase`, `overdue`, `falling frequency`, `falling spend`, `as usual`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SinglePurchase => "single purchase",
            Self::Overdue => "overdue",
            Self::FallingFrequency => "falling frequency",
            Self::FallingSpend => "falling spend",
            Self::AsUsual => "as usual",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Choices for [`ChurnRisk::of`].
///
/// ```
/// use cpm_core::churn::RiskOptions;
/// let options = RiskOptions::new(13.0).overdue_quantile(0.95).decline(0.8).level(0.9);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RiskOptions {
    horizon: f64,
    level: f64,
    overdue_quantile: f64,
    decline: f64,
}

impl RiskOptions {
    /// Scores over `horizon` time units; overdue beyond 9 of 10 of the own gaps, decline at 9 to 1, intervals of 0.95.
    #[must_use]
    pub fn new(horizon: f64) -> Self {
        Self { horizon, level: 0.95, overdue_quantile: 0.9, decline: 0.9 }
    }

    /// Probability that an interval holds.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// A customer is overdue if the silence exceeds this quantile of its own gap.
    #[must_use]
    pub fn overdue_quantile(mut self, quantile: f64) -> Self {
        self.overdue_quantile = quantile;
        self
    }

    /// How probable it must be that frequency or spend fell for that to be a reason.
    #[must_use]
    pub fn decline(mut self, probability: f64) -> Self {
        self.decline = probability;
        self
    }
}

/// The evidence of one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CustomerRisk {
    /// P(no purchase within the horizon), with confidence interval.
    pub churn_probability: Estimate,
    /// 1 − P(alive) by the purchase model.
    pub probability_dead: f64,
    /// Why: the first reason that holds.
    pub reason: Reason,
    /// Time since the last purchase.
    pub silence: f64,
    /// Median of the customer's own gaps, shrunk to the population.
    pub usual_gap: f64,
    /// The silence from which on the customer is overdue; `None` after a single purchase, which shows no gap.
    pub overdue_after: Option<f64>,
    /// Share of the customer's own gaps that are shorter than the silence.
    pub overdue_probability: f64,
    /// Probability that the customer buys less often in the latest window than in the one before; `None` if the
    /// customer was not there then.
    pub falling_frequency: Option<f64>,
    /// Probability that its purchases are smaller; `None` without a purchase in either window.
    pub falling_spend: Option<f64>,
    overdue: bool,
    single: bool,
}

/// Churn score, horizon and reason of every customer.
///
/// # Score
/// The purchase model gives P(no purchase within the horizon) with its interval, and P(alive); see
/// [`ChurnScores`](super::ChurnScores) for the two meanings of churn.
///
/// # Reasons
/// The score comes from frequency, recency and age alone. The reasons say what it shows in, from the same log:
/// - *overdue*: the silence exceeds a quantile of the customer's own gap, which [`PurchaseRhythm`] shrinks to the
///   population's;
/// - *falling frequency*: with rates Gamma(r, α k) over the population, the posteriors of the latest window (n₁
///   repeat purchases in e₁ time units) and of the one before are gammas, and P(rate fell) is a beta probability,
///   I((α k + e₁)/(2 α k + e₁ + e₀); r + n₁, r + n₀);
/// - *falling spend*: amounts of a customer are gamma with a shape p common to all (from the variation within
///   customers), so that P(mean amount fell) given the sums S₁, S₀ of n₁, n₀ purchases is
///   1 − I(S₁/(S₁ + S₀); p n₁, p n₀) under a flat prior.
///
/// The reason is the first that holds, in the order of [`Reason`]; a customer with a high score and no reason is one whom
/// the model gives up on average grounds, and a low score with a reason is a warning before the score moves.
///
/// ```
/// use cpm_core::{BgNbd, FitOptions, SummaryOptions, datasets};
/// use cpm_core::churn::{ChurnRisk, PurchaseRhythm, Reason, RiskOptions};
/// let habits = datasets::cdnow_sample()?.habits(&SummaryOptions::new().as_of("1997-09-30")?, 13.0)?;
/// let model = BgNbd::fit(habits.customers(), &FitOptions::new())?;
/// let risk = ChurnRisk::of(&model, &PurchaseRhythm::fit(&habits)?, &habits, &RiskOptions::new(39.0))?;
/// let overdue = risk.customers().iter().filter(|c| c.reason == Reason::Overdue).count();
/// assert!(overdue > 0 && overdue < 946);
/// println!("{}", risk.explanation(0));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ChurnRisk {
    customer_ids: CustomerIds,
    options: RiskOptions,
    window: f64,
    unit: TimeUnit,
    customers: Vec<CustomerRisk>,
    totals: Vec<[Window; 2]>,
}

impl ChurnRisk {
    /// Scores every customer of `habits`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon that is not positive and finite, a level, quantile or probability outside
    /// (0, 1), or a model or rhythm in another time unit.
    pub fn of(
        model: &dyn PurchaseProcess,
        rhythm: &PurchaseRhythm,
        habits: &PurchaseHabits,
        options: &RiskOptions,
    ) -> Result<Self> {
        error::level("overdue_quantile", options.overdue_quantile)?;
        error::level("decline", options.decline)?;
        let customers = habits.customers();
        let scores = model.predict(customers, options.horizon, options.level)?;
        let usual_gap = rhythm.gap_quantile(customers, 0.5)?;
        let overdue_after = rhythm.gap_quantile(customers, options.overdue_quantile)?;
        let overdue_probability = rhythm.overdue_probability(customers)?;
        let rates = rhythm.rates();
        let shape = amount_shape(habits);
        let one = |i: usize| {
            let (score, late, early) = (scores.customers()[i], habits.latest()[i], habits.earlier()[i]);
            let mut risk = CustomerRisk {
                churn_probability: score.probability_no_purchase,
                probability_dead: 1.0 - score.probability_alive.value,
                reason: Reason::AsUsual,
                silence: (customers.T()[i] - customers.recency()[i]).max(0.0),
                usual_gap: usual_gap[i],
                overdue_after: (customers.frequency()[i] > 0.0).then_some(overdue_after[i]),
                overdue_probability: overdue_probability[i],
                falling_frequency: frequency_fell(rates, late, early),
                falling_spend: spend_fell(shape, late, early),
                overdue: overdue_probability[i] > options.overdue_quantile,
                single: customers.frequency()[i] == 0.0,
            };
            risk.reason = first_reason(&risk, options.decline);
            risk
        };
        let windows = habits.latest().iter().zip(habits.earlier());
        Ok(Self {
            customer_ids: customers.customer_ids().clone(),
            options: *options,
            window: habits.window(),
            unit: customers.time_unit(),
            customers: parallel::map(customers.len(), CHUNK, one),
            totals: windows.map(|(late, early)| [*late, *early]).collect(),
        })
    }

    /// One value per customer, in the order of the summary.
    #[must_use]
    pub fn customers(&self) -> &[CustomerRisk] {
        &self.customers
    }

    /// The horizon, in time units.
    #[must_use]
    pub fn horizon(&self) -> f64 {
        self.options.horizon
    }

    /// The level of the intervals.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.options.level
    }

    /// Number of customers per reason, in the order of [`Reason`].
    #[must_use]
    pub fn reasons(&self) -> [(Reason, usize); 5] {
        Reason::ALL.map(|reason| (reason, self.customers.iter().filter(|c| c.reason == reason).count()))
    }

    /// All reasons that hold for a customer, not only the first; empty for one who buys as usual.
    ///
    /// # Panics
    /// If `row` is not below the number of customers, like indexing a slice.
    #[must_use]
    pub fn all_reasons(&self, row: usize) -> Vec<Reason> {
        Reason::ALL.into_iter().filter(|r| holds(&self.customers[row], *r, self.options.decline)).collect()
    }

    /// The score of a customer and all reasons that hold, in a sentence or two.
    ///
    /// # Panics
    /// If `row` is not below the number of customers, like indexing a slice.
    #[must_use]
    pub fn explanation(&self, row: usize) -> String {
        let (c, [late, early], unit) = (&self.customers[row], &self.totals[row], self.unit);
        let mut text = format!(
            "No purchase within {} {unit}s: {:.0} %.",
            plain(self.options.horizon),
            100.0 * c.churn_probability.value
        );
        for reason in self.all_reasons(row) {
            text.push_str(&match reason {
                Reason::SinglePurchase => format!(" A single purchase, {:.1} {unit}s ago.", c.silence),
                Reason::Overdue => format!(
                    " Overdue: silent for {:.1} {unit}s; {:.0} % of the own gaps are shorter, the usual one is {:.1}.",
                    c.silence,
                    100.0 * c.overdue_probability,
                    c.usual_gap
                ),
                Reason::FallingFrequency => format!(
                    " Falling frequency: {} purchases in the last {} {unit}s, {} before.",
                    late.purchases,
                    plain(self.window),
                    early.purchases
                ),
                Reason::FallingSpend => format!(
                    " Falling spend: {:.2} per purchase in the last {} {unit}s, {:.2} before.",
                    late.amount / late.purchases,
                    plain(self.window),
                    early.amount / early.purchases
                ),
                Reason::AsUsual => String::new(),
            });
        }
        text
    }

    /// The position of a customer, by its id as text.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if there is none.
    pub fn position(&self, customer: &str) -> Result<usize> {
        let found = self.customer_ids.iter().position(|id| id.to_string() == customer);
        found.ok_or_else(|| Error::argument("customer", customer, "it is none of the customers scored"))
    }

    /// Columns `customer_id, horizon, churn_probability, churn_low, churn_high, probability_dead, reason, silence,
    /// usual_gap, overdue_after, overdue_probability, falling_frequency, falling_spend`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let column = |of: fn(&CustomerRisk) -> f64| Column::Float(self.customers.iter().map(of).collect());
        let optional = |of: fn(&CustomerRisk) -> Option<f64>| Column::Optional(self.customers.iter().map(of).collect());
        let code = |c: &CustomerRisk| Reason::ALL.iter().position(|r| *r == c.reason).unwrap_or_default() as u32;
        let mut table = Table::new();
        table.push("customer_id", Column::Id(self.customer_ids.clone()))?;
        table.push("horizon", Column::Float(vec![self.options.horizon; self.customers.len()]))?;
        table.push_estimates(
            ["churn_probability", "churn_low", "churn_high"],
            self.customers.iter().map(|c| c.churn_probability),
        )?;
        table.push("probability_dead", column(|c| c.probability_dead))?;
        table.push(
            "reason",
            Column::Category {
                names: Reason::ALL.map(|r| r.name().to_owned()).to_vec(),
                codes: self.customers.iter().map(code).collect(),
            },
        )?;
        table.push("silence", column(|c| c.silence))?;
        table.push("usual_gap", column(|c| c.usual_gap))?;
        table.push("overdue_after", optional(|c| c.overdue_after))?;
        table.push("overdue_probability", column(|c| c.overdue_probability))?;
        table.push("falling_frequency", optional(|c| c.falling_frequency))?;
        table.push("falling_spend", optional(|c| c.falling_spend))?;
        Ok(table)
    }
}

/// A duration without needless digits.
fn plain(duration: f64) -> String {
    let text = format!("{duration:.1}");
    text.strip_suffix(".0").map(ToOwned::to_owned).unwrap_or(text)
}

fn holds(c: &CustomerRisk, reason: Reason, decline: f64) -> bool {
    match reason {
        Reason::SinglePurchase => c.single,
        Reason::Overdue => !c.single && c.overdue,
        Reason::FallingFrequency => !c.single && c.falling_frequency.is_some_and(|p| p > decline),
        Reason::FallingSpend => !c.single && c.falling_spend.is_some_and(|p| p > decline),
        Reason::AsUsual => false,
    }
}

fn first_reason(c: &CustomerRisk, decline: f64) -> Reason {
    Reason::ALL.into_iter().find(|r| holds(c, *r, decline)).unwrap_or(Reason::AsUsual)
}

/// P(rate of the latest window < rate of the one before), under the population's gamma distribution of rates.
fn frequency_fell((r, alpha): (f64, f64), late: Window, early: Window) -> Option<f64> {
    let (after, before) = (alpha + late.exposure, alpha + early.exposure);
    (early.exposure > 0.0).then(|| beta_cdf(r + late.repeats, r + early.repeats, after / (after + before)))
}

/// P(mean amount of the latest window < that of the one before), for gamma amounts of a common shape.
fn spend_fell(shape: f64, late: Window, early: Window) -> Option<f64> {
    if late.purchases == 0.0 || early.purchases == 0.0 {
        return None;
    }
    let total = late.amount + early.amount;
    if total <= 0.0 {
        return Some(0.5);
    }
    Some(1.0 - beta_cdf(shape * late.purchases, shape * early.purchases, late.amount / total))
}

/// Shape of the gamma distribution of a customer's amounts: one over the squared coefficient of variation within
/// customers. Of n amounts the estimate of that, over a mean that varies too, is short by the factor 1 + 1/(n p); amounts
/// that hardly vary are taken as equal.
fn amount_shape(habits: &PurchaseHabits) -> f64 {
    let found = &habits.regularity;
    if found.amount_freedom <= 0.0 || found.amount_variation <= 0.0 {
        return LARGEST_AMOUNT_SHAPE;
    }
    let purchases: f64 = habits.customers().frequency().iter().filter(|x| **x > 0.0).map(|x| x + 1.0).sum();
    let repeaters = habits.customers().frequency().iter().filter(|x| **x > 0.0).count() as f64;
    let per_customer = purchases / repeaters.max(1.0);
    let variation = found.amount_variation / found.amount_freedom;
    let corrected = variation / (1.0 - variation / per_customer).max(0.1);
    (1.0 / corrected).min(LARGEST_AMOUNT_SHAPE)
}

#[cfg(test)]
#[path = "risk_tests.rs"]
mod tests;
