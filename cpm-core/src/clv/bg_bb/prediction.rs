//! Scores of customers at discrete opportunities.

use serde::Serialize;

use super::opportunities::history;
use super::{BgBb, OpportunityHistories};
use crate::clv::prediction::Counts;
use crate::clv::totals::{Addend, Total};
use crate::clv::uncertainty::Range;
use crate::error::{self, Error, Result};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::parallel;
use crate::numerics::quadrature::log_odds;
use crate::summary::History;
use crate::table::{Column, Table};

/// Longest horizon of a distribution of counts, whose cost grows with the square of it.
const LONGEST: u64 = 10_000;

/// Scores of every customer with intervals, and of all together; see [`BgBb::predict`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OpportunityPrediction {
    /// Number of future opportunities.
    pub horizon: u64,
    /// Level of the intervals.
    pub level: f64,
    /// One value per row, in the order of the histories.
    pub customers: Vec<OpportunityScore>,
    /// Purchases of all customers within the horizon (rows counted by their weight), with prediction interval.
    pub total: Estimate,
}

/// Scores of one customer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OpportunityScore {
    /// P(alive at the next opportunity), with confidence interval.
    pub probability_alive: Estimate,
    /// Expected number of purchases within the horizon, with confidence interval.
    pub expected_purchases: Estimate,
    /// P(no purchase within the horizon), with confidence interval.
    pub probability_no_purchase: Estimate,
    /// Prediction interval of the number of purchases within the horizon.
    pub purchases: Interval,
}

impl OpportunityPrediction {
    /// A column per score and end of interval.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        let mut column = |name: &str, get: &dyn Fn(&OpportunityScore) -> f64| {
            table.push(name, Column::Float(self.customers.iter().map(get).collect()))
        };
        let mut estimate = |name: &str, get: &dyn Fn(&OpportunityScore) -> Estimate| {
            column(name, &|c| get(c).value)?;
            column(&format!("{name}_low"), &|c| get(c).interval.low)?;
            column(&format!("{name}_high"), &|c| get(c).interval.high)
        };
        estimate("probability_alive", &|c| c.probability_alive)?;
        estimate("expected_purchases", &|c| c.expected_purchases)?;
        estimate("probability_no_purchase", &|c| c.probability_no_purchase)?;
        column("purchases_low", &|c| c.purchases.low)?;
        column("purchases_high", &|c| c.purchases.high)?;
        Ok(table)
    }
}

impl BgBb {
    /// Log-likelihood of one customer of each row.
    #[must_use]
    pub fn log_likelihood_per_customer(&self, histories: &OpportunityHistories) -> Vec<f64> {
        histories.grouped().scatter(|h| self.ln_likelihood_at(h))
    }

    /// P(alive at opportunity n + 1), when it could purchase next (eq. 11 of the paper).
    #[must_use]
    pub fn probability_alive(&self, histories: &OpportunityHistories) -> Vec<f64> {
        self.probability_alive_after(histories, 1)
    }

    /// P(alive at opportunity n + `opportunities`); 0 asks for the last one observed.
    #[must_use]
    pub fn probability_alive_after(&self, histories: &OpportunityHistories, opportunities: u64) -> Vec<f64> {
        histories.grouped().scatter(|h| self.alive_at(h, opportunities as f64))
    }

    /// Expected number of purchases of each customer at the next `horizon` opportunities (eq. 13).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon of 0.
    pub fn expected_purchases(&self, histories: &OpportunityHistories, horizon: u64) -> Result<Vec<f64>> {
        let horizon = positive(horizon)?;
        Ok(histories.grouped().scatter(|h| self.discounted(h, horizon, 0.0)))
    }

    /// P(no purchase at the next `horizon` opportunities) of each customer.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon of 0 or above 10,000.
    pub fn probability_no_purchase(&self, histories: &OpportunityHistories, horizon: u64) -> Result<Vec<f64>> {
        let horizon = countable(horizon)?;
        Ok(histories.grouped().scatter(|h| self.no_purchase_at(h, horizon)))
    }

    /// P(exactly k purchases at the next `horizon` opportunities), k = 0, …, `horizon`, of a customer with x purchases
    /// at n opportunities, the last one at `t_x` (eq. 12).
    ///
    /// # Errors
    /// [`Error::InvalidValue`] unless x <= `t_x` <= n, with `t_x` = 0 exactly if x = 0; [`Error::InvalidArgument`]
    /// for a horizon of 0 or above 10,000.
    pub fn purchase_probabilities(&self, x: u64, t_x: u64, n: u64, horizon: u64) -> Result<Vec<f64>> {
        let (h, horizon) = (history(x, t_x, n)?, countable(horizon)?);
        Ok(self.counts(h, horizon))
    }

    /// Expected number of purchases of a new customer at its first `opportunities` opportunities (eq. 9).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for 0 opportunities.
    pub fn expected_purchases_new_customer(&self, opportunities: u64) -> Result<f64> {
        Ok(self.discounted(History::NEW, positive(opportunities)?, 0.0))
    }

    /// P(exactly k purchases) of a new customer at its first `opportunities` opportunities (eq. 8).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for 0 or more than 10,000 opportunities.
    pub fn purchase_probabilities_new_customer(&self, opportunities: u64) -> Result<Vec<f64>> {
        self.purchase_probabilities(0, 0, 0, opportunities)
    }

    /// DERT, discounted expected residual transactions of each customer: its expected purchases at all future
    /// opportunities, or at the next `horizon` ones, discounted to opportunity n at a rate per period (eq. 14).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a discount rate that is not finite or not positive (a horizon allows 0), or a
    /// horizon of 0.
    pub fn discounted_residual_transactions(
        &self,
        histories: &OpportunityHistories,
        discount_rate: f64,
        horizon: Option<u64>,
    ) -> Result<Vec<f64>> {
        let (periods, rate) = match horizon {
            None => (f64::INFINITY, error::positive("discount_rate", discount_rate)?),
            Some(periods) => (positive(periods)?, error::non_negative("discount_rate", discount_rate)?),
        };
        Ok(histories.grouped().scatter(|h| self.discounted(h, periods, rate)))
    }

    /// Scores of every customer with intervals at `level`, such as 0.95, and their total.
    ///
    /// Intervals of probabilities and expectations hold the uncertainty of the parameters; those of the purchases
    /// and of the total also the chance in what customers will do.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon of 0 or above 10,000 or a level outside (0, 1).
    pub fn predict(&self, histories: &OpportunityHistories, horizon: u64, level: f64) -> Result<OpportunityPrediction> {
        let width = half_width(error::level("level", level)?);
        let periods = countable(horizon)?;
        let points = self.points();
        let grouped = histories.grouped();
        let parts = parallel::map_chunks(grouped.distinct().len(), 16, |range| {
            let mut total = Total::new([points.len(), 0]);
            let mut scores = Vec::with_capacity(range.len());
            for g in range {
                let (h, weight) = (grouped.distinct()[g], histories.weight()[g]);
                let (score, variance) = self.score(&points, h, periods, level, width);
                let at_points: Vec<f64> =
                    points.iter().map(|m| weight * m.discounted(h, periods as f64, 0.0)).collect();
                total.add(&Addend {
                    mean: weight * score.expected_purchases.value,
                    variance: weight * variance,
                    none: score.probability_no_purchase.value.powf(weight),
                    at_points: [&at_points, &[]],
                });
                scores.push(score);
            }
            (total, scores)
        });
        let mut total = Total::new([points.len(), 0]);
        let mut scores = Vec::with_capacity(grouped.distinct().len());
        for (part, of_groups) in parts {
            total.merge(&part);
            scores.extend(of_groups);
        }
        let customers = grouped.of_row().iter().map(|&g| scores[g as usize]).collect();
        let most = periods as f64 * histories.weight().iter().sum::<f64>();
        Ok(OpportunityPrediction { horizon, level, customers, total: total.at_most(most).estimate(level) })
    }

    /// Scores of a history, and the variance of its number of purchases at the estimate.
    fn score(&self, points: &[Self], h: History, horizon: usize, level: f64, width: f64) -> (OpportunityScore, f64) {
        let periods = horizon as f64;
        let estimate = |range: Range, of: &dyn Fn(&Self) -> f64| {
            let value = of(self);
            Estimate { value, interval: range.interval(value, points.iter().map(of), width) }
        };
        let counts = self.counts(h, horizon);
        let moment = |power: i32| counts.iter().enumerate().map(|(k, p)| p * (k as f64).powi(power)).sum::<f64>();
        let mean = moment(1);
        let variance = (moment(2) - mean * mean).max(0.0);
        let mixture = if points.is_empty() {
            counts
        } else {
            let mut mixture = vec![0.0; horizon + 1];
            for point in points {
                let share = 1.0 / points.len() as f64;
                mixture.iter_mut().zip(point.counts(h, horizon)).for_each(|(sum, p)| *sum += share * p);
            }
            mixture
        };
        let score = OpportunityScore {
            probability_alive: estimate(Range::PROBABILITY, &|m| m.alive_at(h, 1.0)),
            expected_purchases: estimate(Range::between(0.0, periods), &|m| m.discounted(h, periods, 0.0)),
            probability_no_purchase: estimate(Range::PROBABILITY, &|m| m.no_purchase_at(h, horizon)),
            purchases: Counts::from_probabilities(mixture).interval(level),
        };
        (score, variance)
    }

    /// A living customer is the model again, with p ~ Beta(α + x, β + n - x) and θ ~ Beta(γ, δ + n).
    pub(super) fn living(&self, h: History) -> Self {
        Self::at([self.alpha + h.x, self.beta + (h.T - h.x), self.gamma, self.delta + h.T])
    }

    /// P(k purchases at the next opportunities) for k = 0, …, `horizon`.
    pub(super) fn counts(&self, h: History, horizon: usize) -> Vec<f64> {
        let (ln_dead, ln_alive) = log_odds(self.ln_odds_dead(h));
        let mut counts = self.living(h).counts_of_living(horizon);
        counts.iter_mut().for_each(|p| *p *= ln_alive.exp());
        counts[0] += ln_dead.exp();
        counts
    }

    /// The number of purchases at the i opportunities before death is beta-binomial: Pólya's urn, one draw at a time.
    fn counts_of_living(&self, horizon: usize) -> Vec<f64> {
        let mut urn = vec![0.0; horizon + 1];
        let mut counts = vec![0.0; horizon + 1];
        urn[0] = 1.0;
        let mut alive = 1.0;
        for i in 0..horizon {
            let drawn = i as f64;
            let dies = alive * self.gamma / (self.gamma + self.delta + drawn);
            alive *= (self.delta + drawn) / (self.gamma + self.delta + drawn);
            for k in (0..=i).rev() {
                let (here, purchases) = (urn[k], k as f64);
                counts[k] += dies * here;
                urn[k + 1] += here * (self.alpha + purchases) / (self.alpha + self.beta + drawn);
                urn[k] = here * (self.beta + (drawn - purchases)) / (self.alpha + self.beta + drawn);
            }
        }
        counts.iter_mut().zip(urn).for_each(|(sum, p)| *sum += alive * p);
        counts
    }

    pub(super) fn no_purchase_at(&self, h: History, horizon: usize) -> f64 {
        let (ln_dead, ln_alive) = log_odds(self.ln_odds_dead(h));
        let living = self.living(h);
        let (mut none, mut alive, mut sum) = (1.0, 1.0, 0.0);
        for i in 0..horizon {
            let drawn = i as f64;
            sum += none * alive * living.gamma / (living.gamma + living.delta + drawn);
            alive *= (living.delta + drawn) / (living.gamma + living.delta + drawn);
            none *= (living.beta + drawn) / (living.alpha + living.beta + drawn);
        }
        ln_dead.exp() + ln_alive.exp() * (sum + none * alive)
    }
}

fn positive(horizon: u64) -> Result<f64> {
    if horizon == 0 {
        return Err(Error::argument("horizon", horizon, "it must be at least one opportunity"));
    }
    Ok(horizon as f64)
}

fn countable(horizon: u64) -> Result<usize> {
    positive(horizon)?;
    if horizon > LONGEST {
        let expected = format!("distributions of counts go up to {LONGEST} opportunities; expectations go further");
        return Err(Error::argument("horizon", horizon, expected));
    }
    Ok(horizon as usize)
}
