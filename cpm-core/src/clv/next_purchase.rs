//! When a customer purchases next, if ever.

use super::prediction::mean_over;
use super::purchase_model::PurchaseProcess;
use super::uncertainty::Range;
use crate::error::Result;
use crate::estimate::{Estimate, half_width};
use crate::numerics::parallel;
use crate::numerics::root::log_root;
use crate::summary::{CustomerSummary, History};
use crate::table::{Column, Table};
use crate::transactions::CustomerIds;

/// Distinct histories per parallel task.
const CHUNK: usize = 64;

/// When one customer purchases next, in time units after the end of observation.
///
/// The time is a mixture: with probability `never` there is no further purchase, and a quantile beyond 1 - `never` does
/// not exist.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CustomerNextPurchase {
    /// P(no purchase ever again), with confidence interval.
    pub never: Estimate,
    /// The time by which the next purchase has come with probability 1/2; `None` if it rather never comes.
    pub median: Option<f64>,
    /// Lower end of the prediction interval of the time; `None` if "never" is more probable than the rest.
    pub low: Option<f64>,
    /// Upper end; `None` means never.
    pub high: Option<f64>,
}

/// When every customer purchases next; see [`PurchaseModel::next_purchase`](super::PurchaseModel::next_purchase).
///
/// ```
/// use cpm_core::{BgNbd, CustomerSummary, PurchaseModel, TimeUnit};
/// let model = BgNbd::from_params(0.243, 4.414, 0.793, 2.426)?;
/// let customers = CustomerSummary::new(&[20.0, 2.0], &[38.0, 5.0], &[38.86, 38.86], TimeUnit::Week)?;
/// let next = model.next_purchase(&customers, 0.80)?;
/// let [often, gone] = [next.customers()[0], next.customers()[1]];
/// assert!(often.median.unwrap() < 3.0 && gone.never.value > 0.6 && gone.median.is_none());
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct NextPurchase {
    customer_ids: CustomerIds,
    level: f64,
    customers: Vec<CustomerNextPurchase>,
}

impl NextPurchase {
    pub(super) fn of<M: PurchaseProcess + ?Sized>(model: &M, customers: &CustomerSummary, level: f64) -> Self {
        let points = model.at_uncertainty_points();
        let histories = customers.histories();
        let values: Vec<CustomerNextPurchase> = parallel::map(histories.distinct().len(), CHUNK, |g| {
            of_customer(model, &points, histories.distinct()[g], level)
        });
        Self {
            customer_ids: customers.customer_ids().clone(),
            level,
            customers: histories.of_row().iter().map(|&g| values[g as usize]).collect(),
        }
    }

    /// One value per customer, in the order of the summary.
    #[must_use]
    pub fn customers(&self) -> &[CustomerNextPurchase] {
        &self.customers
    }

    /// The level of the intervals.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.level
    }

    /// Columns `customer_id, probability_never, probability_never_low, probability_never_high, median, low, high`; a time
    /// that is never does not exist.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("customer_id", Column::Id(self.customer_ids.clone()))?;
        let floats = |get: fn(&CustomerNextPurchase) -> f64| Column::Float(self.customers.iter().map(get).collect());
        table.push("probability_never", floats(|c| c.never.value))?;
        table.push("probability_never_low", floats(|c| c.never.interval.low))?;
        table.push("probability_never_high", floats(|c| c.never.interval.high))?;
        let times =
            |get: fn(&CustomerNextPurchase) -> Option<f64>| Column::Optional(self.customers.iter().map(get).collect());
        table.push("median", times(|c| c.median))?;
        table.push("low", times(|c| c.low))?;
        table.push("high", times(|c| c.high))?;
        Ok(table)
    }
}

fn of_customer<M: PurchaseProcess + ?Sized>(
    model: &M,
    points: &[Box<dyn PurchaseProcess>],
    h: History,
    level: f64,
) -> CustomerNextPurchase {
    let never = model.never_again(h);
    let tail = 0.5 * (1.0 - level);
    // The predictive distribution is the mixture over the points.
    let mixture_never = mean_over(points, |m| m.never_again(h)).unwrap_or(never);
    let mixture = |probability: f64| {
        let silent = |t: f64| mean_over(points, |m| m.no_purchase(h, t)).unwrap_or_else(|| model.no_purchase(h, t));
        quantile_of(probability, mixture_never, start(h), silent).map(|t| model.time_of_purchase(t))
    };
    CustomerNextPurchase {
        never: Estimate {
            value: never,
            interval: Range::PROBABILITY.interval(never, points.iter().map(|m| m.never_again(h)), half_width(level)),
        },
        median: quantile(model, h, 0.5),
        low: mixture(tail),
        high: mixture(1.0 - tail),
    }
}

/// The time by which the next purchase has come with the given probability.
pub(super) fn quantile<M: PurchaseProcess + ?Sized>(model: &M, h: History, probability: f64) -> Option<f64> {
    let time = quantile_of(probability, model.never_again(h), start(h), |t| model.no_purchase(h, t));
    time.map(|t| model.time_of_purchase(t))
}

/// Where to look for it first: about the time since the customer is known, or one unit.
fn start(h: History) -> f64 {
    (1.0 + h.T) / (1.0 + h.x)
}

fn quantile_of(probability: f64, never: f64, start: f64, silent: impl Fn(f64) -> f64) -> Option<f64> {
    let target = 1.0 - probability;
    // Where the distribution only just reaches the probability, it does so beyond any time that matters.
    if never >= target {
        return None;
    }
    log_root(start, |t| silent(t) - target)
}

#[cfg(test)]
#[path = "next_purchase_tests.rs"]
mod tests;
