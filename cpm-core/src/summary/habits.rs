//! What a log says of each customer beyond the summary: the latest window against the one before, and how even gaps are.

use super::purchases::{Purchase, for_each_purchase};
use super::{CustomerSummary, SummaryOptions, TimeUnit};
use crate::error::{self, Result};
use crate::numerics::parallel;
use crate::table::{Column, Table};
use crate::transactions::TransactionLog;

/// Customers per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 4096;

/// One customer's purchases within a window of time before the end of observation.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Window {
    /// Purchases, the first one included if it lies in the window.
    pub purchases: f64,
    /// Repeat purchases: those that a rate can be told from.
    pub repeats: f64,
    /// Total amount of the purchases.
    pub amount: f64,
    /// How much of the window lies after the customer's first purchase, in time units.
    pub exposure: f64,
}

/// Gaps between purchases, and amounts, as the log shows them: what regularity and variation are estimated from.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Regularity {
    /// Sum of the logarithms of all gaps, in time units.
    pub(crate) ln_gaps: f64,
    /// Customers with two gaps or more, and over their last two gaps g, g': the sums of d² and d⁴ of d = g/(g + g') - 1/2.
    pub(crate) pairs: f64,
    pub(crate) pair_squares: f64,
    pub(crate) pair_fourths: f64,
    /// Sum over customers of the squared coefficient of variation of the amounts times its degrees of freedom, and these.
    pub(crate) amount_variation: f64,
    pub(crate) amount_freedom: f64,
}

impl Regularity {
    fn merge(&mut self, other: &Self) {
        self.ln_gaps += other.ln_gaps;
        self.pairs += other.pairs;
        self.pair_squares += other.pair_squares;
        self.pair_fourths += other.pair_fourths;
        self.amount_variation += other.amount_variation;
        self.amount_freedom += other.amount_freedom;
    }
}

/// A summary, and beside each customer the latest window and the one before it.
///
/// Made by [`TransactionLog::habits`]. The customers and their order are those of
/// [`TransactionLog::summarize`] with the same options.
#[derive(Debug, Clone)]
pub struct PurchaseHabits {
    customers: CustomerSummary,
    window: f64,
    latest: Vec<Window>,
    earlier: Vec<Window>,
    pub(crate) regularity: Regularity,
}

impl PurchaseHabits {
    /// A quarter of a year, 13 weeks, in `unit`: the window to begin with.
    #[must_use]
    pub fn quarter(unit: TimeUnit) -> f64 {
        91.0 / unit.days()
    }

    /// Frequency, recency, T, monetary value.
    #[must_use]
    pub fn customers(&self) -> &CustomerSummary {
        &self.customers
    }

    /// Length of a window, in time units.
    #[must_use]
    pub fn window(&self) -> f64 {
        self.window
    }

    /// The window that ends with the observation, per customer.
    #[must_use]
    pub fn latest(&self) -> &[Window] {
        &self.latest
    }

    /// The window before that, per customer.
    #[must_use]
    pub fn earlier(&self) -> &[Window] {
        &self.earlier
    }

    /// Columns `customer_id, purchases_latest, purchases_earlier, amount_latest, amount_earlier, exposure_latest,
    /// exposure_earlier`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("customer_id", Column::Id(self.customers.customer_ids().clone()))?;
        type Value = fn(&Window) -> f64;
        let values: [(&str, Value); 3] =
            [("purchases", |w| w.purchases), ("amount", |w| w.amount), ("exposure", |w| w.exposure)];
        for (name, value) in values {
            for (when, windows) in [("latest", &self.latest), ("earlier", &self.earlier)] {
                table.push(&format!("{name}_{when}"), Column::Float(windows.iter().map(value).collect()))?;
            }
        }
        Ok(table)
    }
}

/// One customer on the way through its purchases.
struct Walk {
    /// The last three merging periods with a purchase, the latest one last.
    periods: [i64; 3],
    count: u64,
    ln_gaps: f64,
    amounts: f64,
    squares: f64,
    windows: [Window; 2],
}

impl TransactionLog {
    /// The summary as of a date, and purchases and spend in the latest `window` (in time units) against the one before.
    ///
    /// ```
    /// use cpm_core::{SummaryOptions, datasets};
    /// let log = datasets::cdnow_sample()?;
    /// let habits = log.habits(&SummaryOptions::new().as_of("1997-09-30")?, 13.0)?;
    /// let (latest, earlier) = (habits.latest(), habits.earlier());
    /// let purchases = |windows: &[cpm_core::summary::Window]| windows.iter().map(|w| w.repeats).sum::<f64>();
    /// assert_eq!((purchases(latest), purchases(earlier)), (711.0, 918.0));
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`summarize`](Self::summarize); [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a window that is
    /// not positive and finite.
    pub fn habits(&self, options: &SummaryOptions, window: f64) -> Result<PurchaseHabits> {
        error::positive("window", window)?;
        let customers = self.summarize(options)?;
        let as_of = options.as_of.unwrap_or_else(|| self.first_and_last().1.end_of_day());
        let merge = options.merge_within;
        let (unit, end) = (merge.length_in(options.time_unit), merge.period(as_of));
        let chunks = parallel::map_chunks(self.customers(), CHUNK, |chunk| {
            let mut regularity = Regularity::default();
            let mut windows = Vec::with_capacity(chunk.len());
            for customer in chunk {
                let mut walk = Walk::new();
                for_each_purchase(self, customer, merge, as_of, |p| walk.step(p, end, unit, window));
                if walk.count > 0 {
                    walk.finish(&mut regularity, unit);
                    windows.push(walk.windows);
                }
            }
            (regularity, windows)
        });
        let mut regularity = Regularity::default();
        let (mut latest, mut earlier) = (Vec::with_capacity(customers.len()), Vec::with_capacity(customers.len()));
        for (part, windows) in chunks {
            regularity.merge(&part);
            for [late, early] in windows {
                latest.push(late);
                earlier.push(early);
            }
        }
        for ((t, late), early) in customers.T().iter().zip(&mut latest).zip(&mut earlier) {
            late.exposure = t.min(window);
            early.exposure = (t - window).clamp(0.0, window);
        }
        Ok(PurchaseHabits { customers, window, latest, earlier, regularity })
    }
}

impl Walk {
    fn new() -> Self {
        Self { periods: [0; 3], count: 0, ln_gaps: 0.0, amounts: 0.0, squares: 0.0, windows: [Window::default(); 2] }
    }

    fn step(&mut self, purchase: Purchase, end: i64, unit: f64, window: f64) {
        let repeat = self.count > 0;
        if repeat {
            self.ln_gaps += gap(self.periods[2], purchase.period, unit).ln();
        }
        self.periods = [self.periods[1], self.periods[2], purchase.period];
        self.count += 1;
        self.amounts += purchase.amount;
        self.squares += purchase.amount * purchase.amount;
        let age = (end - purchase.period) as f64 * unit;
        let place = if age < window {
            0
        } else if age < 2.0 * window {
            1
        } else {
            return;
        };
        let within = &mut self.windows[place];
        within.purchases += 1.0;
        within.repeats += if repeat { 1.0 } else { 0.0 };
        within.amount += purchase.amount;
    }

    fn finish(&self, regularity: &mut Regularity, unit: f64) {
        regularity.ln_gaps += self.ln_gaps;
        if self.count >= 3 {
            let [a, b, c] = self.periods;
            let (first, second) = (gap(a, b, unit), gap(b, c, unit));
            let square = (first / (first + second) - 0.5).powi(2);
            regularity.pairs += 1.0;
            regularity.pair_squares += square;
            regularity.pair_fourths += square * square;
        }
        let n = self.count as f64;
        let mean = self.amounts / n;
        if self.count >= 2 && mean > 0.0 {
            regularity.amount_variation += (self.squares / (mean * mean) - n).max(0.0);
            regularity.amount_freedom += n - 1.0;
        }
    }
}

/// Length of a gap. Two purchases of one second (nothing merged) are taken as half a second apart: its logarithm exists.
fn gap(from: i64, to: i64, unit: f64) -> f64 {
    ((to - from) as f64).max(0.5) * unit
}

#[cfg(test)]
#[path = "habits_tests.rs"]
mod tests;
