//! Repeat purchases expected of a cohort, period by period.

use super::purchase_model::PurchaseProcess;
use super::uncertainty::Range;
use crate::error::{Error, Result};
use crate::estimate::{Estimate, half_width};
use crate::numerics::parallel;
use crate::summary::{CustomerSummary, History};
use crate::table::{Column, Table};

/// One period of a cohort.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CohortPeriod {
    /// Number of the period since the first acquisition, from 1.
    pub period: usize,
    /// Repeat purchases expected within it, with confidence interval.
    pub expected: Estimate,
    /// Repeat purchases expected up to its end, with confidence interval.
    pub cumulative: Estimate,
}

/// Repeat purchases that a model expects of customers of whom it knows only when they were acquired:
/// the curve that the field plots beside what was observed (Fader, Hardie & Lee 2005, eq. 9 summed over customers).
///
/// ```
/// use cpm_core::{BgNbd, FitOptions, PurchaseModel, SummaryOptions, datasets};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let model = BgNbd::fit(&customers, &FitOptions::new())?;
/// let tracking = model.track(&customers, 78, 1.0, 0.95)?;
/// let last = tracking.periods()[77].cumulative;
/// assert!((last.value - 4_000.0).abs() < 300.0 && last.interval.low < last.value);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CohortTracking {
    length: f64,
    level: f64,
    periods: Vec<CohortPeriod>,
}

impl CohortTracking {
    pub(super) fn of<M: PurchaseProcess + ?Sized>(
        model: &M,
        customers: &CustomerSummary,
        periods: usize,
        length: f64,
        level: f64,
    ) -> Result<Self> {
        if periods == 0 {
            return Err(Error::argument("periods", periods, "it must be at least 1"));
        }
        // All customers are observed to one end, so the longest under observation was acquired first.
        let histories = customers.histories();
        let oldest = customers.T().iter().fold(0.0, |a: f64, b| a.max(*b));
        let births = births(histories.of_row().iter().map(|&g| {
            let h = histories.distinct()[g as usize];
            (oldest - h.T, h.profile, 0)
        }));
        let points = model.at_uncertainty_points();
        let value = cumulative(model, &births, periods, length, 1).concat();
        let of = |m: &dyn PurchaseProcess| cumulative(m, &births, periods, length, 1).concat();
        let at: Vec<Vec<f64>> = points.iter().map(|m| of(m.as_ref())).collect();
        let width = half_width(level);
        let estimate = |of: &dyn Fn(&[f64]) -> f64| Estimate {
            value: of(&value),
            interval: Range::POSITIVE.interval(of(&value), at.iter().map(|c| of(c)), width),
        };
        let one = |k: usize| CohortPeriod {
            period: k + 1,
            expected: estimate(&|c| c[k + 1] - c[k]),
            cumulative: estimate(&|c| c[k + 1]),
        };
        Ok(Self { length, level, periods: (0..periods).map(one).collect() })
    }

    /// The periods, in order.
    #[must_use]
    pub fn periods(&self) -> &[CohortPeriod] {
        &self.periods
    }

    /// Length of a period in time units.
    #[must_use]
    pub fn length(&self) -> f64 {
        self.length
    }

    /// The level of the intervals.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.level
    }

    /// Columns `period, expected, expected_low, expected_high, cumulative, cumulative_low, cumulative_high`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("period", Column::Integer(self.periods.iter().map(|p| p.period as i64).collect()))?;
        let floats = |get: &dyn Fn(&CohortPeriod) -> f64| Column::Float(self.periods.iter().map(get).collect());
        table.push("expected", floats(&|p| p.expected.value))?;
        table.push("expected_low", floats(&|p| p.expected.interval.low))?;
        table.push("expected_high", floats(&|p| p.expected.interval.high))?;
        table.push("cumulative", floats(&|p| p.cumulative.value))?;
        table.push("cumulative_low", floats(&|p| p.cumulative.interval.low))?;
        table.push("cumulative_high", floats(&|p| p.cumulative.interval.high))?;
        Ok(table)
    }
}

/// Parallel tasks, whatever the number of threads, so that sums do not depend on it.
const TASKS: usize = 64;

/// Customers acquired at one time with the same covariates.
pub(super) struct Births {
    time: f64,
    new: History,
    /// How many of each block.
    customers: Vec<(u32, f64)>,
}

/// Groups of customers by time of acquisition, ascending, and profile of covariates; each has a block, too.
pub(super) fn births(customers: impl Iterator<Item = (f64, u32, u32)>) -> Vec<Births> {
    let mut all: Vec<(f64, u32, u32)> = customers.collect();
    all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let mut births: Vec<Births> = Vec::new();
    for (time, profile, block) in all {
        let Some(last) = births.last_mut().filter(|last| last.time == time && last.new.profile == profile) else {
            let new = History { profile, ..History::NEW };
            births.push(Births { time, new, customers: vec![(block, 1.0)] });
            continue;
        };
        match last.customers.last_mut() {
            Some((same, customers)) if *same == block => *customers += 1.0,
            _ => last.customers.push((block, 1.0)),
        }
    }
    births
}

/// Repeat purchases of each block expected by the ends of the periods, from 0 at the beginning of the first.
pub(super) fn cumulative<M: PurchaseProcess + ?Sized>(
    model: &M,
    births: &[Births],
    periods: usize,
    length: f64,
    blocks: usize,
) -> Vec<Vec<f64>> {
    let parts = parallel::map_chunks(births.len(), births.len().div_ceil(TASKS).max(1), |range| {
        let mut sums = vec![vec![0.0; periods + 1]; blocks];
        for birth in &births[range] {
            let until = |k: usize| k as f64 * length - birth.time;
            let of_one = |k: usize| if until(k) > 0.0 { model.purchases(birth.new, until(k)) } else { 0.0 };
            let each: Vec<f64> = (0..=periods).map(of_one).collect();
            for (block, customers) in &birth.customers {
                sums[*block as usize].iter_mut().zip(&each).for_each(|(sum, each)| *sum += customers * each);
            }
        }
        sums
    });
    let mut sums = vec![vec![0.0; periods + 1]; blocks];
    for part in parts {
        for (sum, part) in sums.iter_mut().flatten().zip(part.into_iter().flatten()) {
            *sum += part;
        }
    }
    sums
}
