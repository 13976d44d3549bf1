//! Scores with intervals.

use super::purchase_model::PurchaseProcess;
use super::uncertainty::Range;
use crate::error::Result;
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::parallel;
use crate::summary::{CustomerSummary, History};
use crate::table::{Column, Table};
use crate::transactions::CustomerIds;

/// Scores of every customer with intervals; see [`PurchaseModel::predict`](super::PurchaseModel::predict).
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    customer_ids: CustomerIds,
    horizon: f64,
    level: f64,
    customers: Vec<CustomerPrediction>,
}

/// Scores of one customer.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CustomerPrediction {
    /// P(alive) at the end of observation, with confidence interval.
    pub probability_alive: Estimate,
    /// Expected number of purchases within the horizon, with confidence interval.
    pub expected_purchases: Estimate,
    /// P(no purchase within the horizon), with confidence interval.
    pub probability_no_purchase: Estimate,
    /// Prediction interval of the number of purchases within the horizon.
    pub purchases: Interval,
}

/// What to expect of a customer just acquired.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct NewCustomerPrediction {
    /// Expected number of repeat purchases within the horizon, with confidence interval.
    pub expected_purchases: Estimate,
    /// Prediction interval of the number of repeat purchases.
    pub purchases: Interval,
}

impl Prediction {
    #[cfg(feature = "simulation")]
    pub(super) fn new(customer_ids: CustomerIds, horizon: f64, level: f64, customers: Vec<CustomerPrediction>) -> Self {
        Self { customer_ids, horizon, level, customers }
    }

    /// One value per customer, in the order of the summary.
    #[must_use]
    pub fn customers(&self) -> &[CustomerPrediction] {
        &self.customers
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

    /// A column per score and end of interval, beside the customer's id.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("customer_id", Column::Id(self.customer_ids.clone()))?;
        let mut column = |name: &str, get: &dyn Fn(&CustomerPrediction) -> f64| {
            table.push(name, Column::Float(self.customers.iter().map(get).collect()))
        };
        column("probability_alive", &|c| c.probability_alive.value)?;
        column("probability_alive_low", &|c| c.probability_alive.interval.low)?;
        column("probability_alive_high", &|c| c.probability_alive.interval.high)?;
        column("expected_purchases", &|c| c.expected_purchases.value)?;
        column("expected_purchases_low", &|c| c.expected_purchases.interval.low)?;
        column("expected_purchases_high", &|c| c.expected_purchases.interval.high)?;
        column("purchases_low", &|c| c.purchases.low)?;
        column("purchases_high", &|c| c.purchases.high)?;
        column("probability_no_purchase", &|c| c.probability_no_purchase.value)?;
        column("probability_no_purchase_low", &|c| c.probability_no_purchase.interval.low)?;
        column("probability_no_purchase_high", &|c| c.probability_no_purchase.interval.high)?;
        Ok(table)
    }
}

pub(super) fn predict<M: PurchaseProcess + ?Sized>(
    model: &M,
    customers: &CustomerSummary,
    horizon: f64,
    level: f64,
) -> Result<Prediction> {
    let points = model.at_uncertainty_points();
    let histories = customers.histories();
    let values: Vec<CustomerPrediction> = parallel::map_chunks(histories.distinct().len(), 64, |groups| {
        let mut counts = Counts::default();
        let one = |&h: &History| predict_one(model, &points, h, horizon, level, &mut counts);
        histories.distinct()[groups].iter().map(one).collect::<Vec<_>>()
    })
    .flatten()
    .collect();
    Ok(Prediction {
        customer_ids: customers.customer_ids().clone(),
        horizon,
        level,
        customers: histories.of_row().iter().map(|&g| values[g as usize]).collect(),
    })
}

pub(super) fn predict_new_customer<M: PurchaseProcess + ?Sized>(
    model: &M,
    horizon: f64,
    level: f64,
) -> NewCustomerPrediction {
    let points = model.at_uncertainty_points();
    let one = predict_one(model, &points, History::NEW, horizon, level, &mut Counts::default());
    NewCustomerPrediction { expected_purchases: one.expected_purchases, purchases: one.purchases }
}

/// Mean over the uncertainty points, which is what a probability is with the parameters uncertain; `None` without points.
pub(super) fn mean_over(points: &[Box<dyn PurchaseProcess>], of: impl Fn(&dyn PurchaseProcess) -> f64) -> Option<f64> {
    (!points.is_empty()).then(|| points.iter().map(|m| of(m.as_ref())).sum::<f64>() / points.len() as f64)
}

fn predict_one<M: PurchaseProcess + ?Sized>(
    model: &M,
    points: &[Box<dyn PurchaseProcess>],
    h: History,
    horizon: f64,
    level: f64,
    counts: &mut Counts,
) -> CustomerPrediction {
    let width = half_width(level);
    let estimate = |range: Range, value: f64, at: &dyn Fn(&dyn PurchaseProcess) -> f64| Estimate {
        value,
        interval: range.interval(value, points.iter().map(|m| at(m.as_ref())), width),
    };
    counts.mix(model, points, h, horizon, 0.5 * (1.0 - level));
    CustomerPrediction {
        probability_alive: estimate(Range::PROBABILITY, model.alive(h), &|m| m.alive(h)),
        expected_purchases: estimate(Range::POSITIVE, model.purchases(h, horizon), &|m| m.purchases(h, horizon)),
        probability_no_purchase: estimate(Range::PROBABILITY, model.no_purchase(h, horizon), &|m| {
            m.no_purchase(h, horizon)
        }),
        purchases: counts.interval(level),
    }
}

/// The predictive distribution of a count: the mixture over the uncertainty points.
#[derive(Debug, Default)]
pub(super) struct Counts {
    mixture: Vec<f64>,
    one: Vec<f64>,
}

impl Counts {
    /// A distribution computed elsewhere: P(n) for n = 0, 1, …
    pub(super) fn from_probabilities(probabilities: Vec<f64>) -> Self {
        Self { mixture: probabilities, one: Vec::new() }
    }

    pub(super) fn mix<M: PurchaseProcess + ?Sized>(
        &mut self,
        model: &M,
        points: &[Box<dyn PurchaseProcess>],
        h: History,
        horizon: f64,
        tail: f64,
    ) {
        // A fraction of the tail is cut, so that the quantiles do not notice.
        let tail = 1e-3 * tail;
        if points.is_empty() {
            model.purchase_probabilities(h, horizon, tail, &mut self.mixture);
            return;
        }
        self.mixture.clear();
        for point in points {
            point.purchase_probabilities(h, horizon, tail, &mut self.one);
            if self.mixture.len() < self.one.len() {
                self.mixture.resize(self.one.len(), 0.0);
            }
            self.mixture.iter_mut().zip(&self.one).for_each(|(sum, p)| *sum += p / points.len() as f64);
        }
    }

    /// P(n purchases) for n = 0, 1, …
    #[cfg(test)]
    pub(super) fn probabilities(&self) -> &[f64] {
        &self.mixture
    }

    /// The shortest central interval of whole numbers with at least the given probability.
    pub(super) fn interval(&self, level: f64) -> Interval {
        let tail = 0.5 * (1.0 - level);
        let quantile = |target: f64| {
            let mut sum = 0.0;
            let reached = self.mixture.iter().position(|p| {
                sum += p;
                sum >= target
            });
            reached.unwrap_or(self.mixture.len() - 1) as f64
        };
        Interval { low: quantile(tail), high: quantile(1.0 - tail) }
    }
}

#[cfg(all(test, feature = "simulation"))]
#[path = "prediction_tests.rs"]
mod tests;
