//! Simulated future purchases of existing customers.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::purchase_model::{PurchaseProcess, check};
use crate::error::{Error, Result};
use crate::numerics::parallel;
use crate::numerics::root::log_root;
use crate::summary::{CustomerSummary, History};
use crate::table::{Column, Table};
use crate::transactions::CustomerIds;

/// What customers do next has random numbers from this stream on, and so others than what they did under the same seed.
pub(in crate::clv) const FUTURE: u64 = 1 << 63;
/// Customers per parallel task.
const CHUNK: usize = 256;
/// Purchases of one customer within the horizon, before a simulation is refused.
const MOST: usize = 1_000_000;

/// Purchases that customers might make; see [`simulate_future`].
#[derive(Debug, Clone, PartialEq)]
pub struct FuturePurchases {
    customer_ids: CustomerIds,
    row: Vec<u32>,
    time: Vec<f64>,
}

impl FuturePurchases {
    /// For each purchase the row of its customer in the summary; ascending.
    #[must_use]
    pub fn rows(&self) -> &[u32] {
        &self.row
    }

    /// For each purchase its time, in time units after the end of observation; ascending within a customer.
    #[must_use]
    pub fn times(&self) -> &[f64] {
        &self.time
    }

    /// Purchases of each customer of the summary.
    #[must_use]
    pub fn counts(&self) -> Vec<f64> {
        let mut counts = vec![0.0; self.customer_ids.len()];
        self.row.iter().for_each(|&row| counts[row as usize] += 1.0);
        counts
    }

    /// One row per purchase: `customer_id, time`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("customer_id", Column::Id(self.customer_ids.take(&self.row)))?;
        table.push("time", Column::Float(self.time.clone()))?;
        Ok(table)
    }
}

/// Draws what each customer of a summary might purchase within `horizon` time units after the end of observation.
///
/// The time of the next purchase is drawn from its distribution given the history; that purchase becomes part of the history,
/// and so on until the horizon. Since (x, `t_x`, T) is all that the models know of a customer, this is exact for every
/// one of them. Each customer has a stream of random numbers of its own, so its purchases depend neither on the number of
/// threads nor on the customers after it.
///
/// ```
/// use cpm_core::clv::simulate_future;
/// use cpm_core::{BgNbd, FitOptions, PurchaseModel, SummaryOptions, datasets};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let model = BgNbd::fit(&customers, &FitOptions::new())?;
/// let future = simulate_future(&model, &customers, 39.0, 7)?;
/// let expected: f64 = model.expected_purchases(&customers, 39.0)?.iter().sum();
/// assert!((future.times().len() as f64 / expected - 1.0).abs() < 0.15);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for a horizon that is not positive and finite, one with more than a million purchases of one
/// customer, or another time unit.
pub fn simulate_future(
    model: &dyn PurchaseProcess,
    customers: &CustomerSummary,
    horizon: f64,
    seed: u64,
) -> Result<FuturePurchases> {
    check(model, customers, horizon)?;
    let histories = customers.histories();
    let mut future =
        FuturePurchases { customer_ids: customers.customer_ids().clone(), row: Vec::new(), time: Vec::new() };
    let chunks = parallel::map_chunks(customers.len(), CHUNK, |rows| -> Result<(Vec<u32>, Vec<f64>)> {
        let (mut row_of, mut times) = (Vec::new(), Vec::new());
        for row in rows {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(FUTURE + row as u64);
            let start = histories.distinct()[histories.of_row()[row] as usize];
            let before = times.len();
            of_customer(model, start, horizon, &mut random, &mut times)?;
            row_of.extend(std::iter::repeat_n(row as u32, times.len() - before));
        }
        Ok((row_of, times))
    });
    for chunk in chunks {
        let (rows, times) = chunk?;
        future.row.extend(rows);
        future.time.extend(times);
    }
    Ok(future)
}

fn of_customer(
    model: &dyn PurchaseProcess,
    start: History,
    horizon: f64,
    random: &mut ChaCha8Rng,
    times: &mut Vec<f64>,
) -> Result<()> {
    let (mut h, mut now) = (start, 0.0);
    for _ in 0..MOST {
        let left = horizon - now;
        let silent = random.random::<f64>();
        // No purchase up to the horizon has the probability with which this number is below.
        if left <= 0.0 || silent <= model.no_purchase(h, left) {
            return Ok(());
        }
        let wait = log_root(0.5 * left, |t| model.no_purchase(h, t) - silent).unwrap_or(left).min(left);
        let wait = model.time_of_purchase(wait);
        now += wait;
        times.push(now);
        let t = h.T + wait;
        h = History { x: h.x + 1.0, t_x: t, T: t, ..h };
    }
    let expected = format!("a customer makes more than {MOST} purchases within it; shorten it");
    Err(Error::argument("horizon", horizon, expected))
}

#[cfg(test)]
#[path = "future_tests.rs"]
mod tests;
