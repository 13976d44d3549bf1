//! The model against what happened: by calibration frequency, per period, and in total.

use super::cohort_tracking::{births, cumulative};
use super::purchase_model::{PurchaseProcess, check};
use super::purchase_totals::expected_purchases_by_group;
use crate::error::{self, Result};
use crate::estimate::Estimate;
use crate::summary::{CustomerSummary, PurchasesByPeriod, Split, SplitOptions, TimeUnit, repeat_purchases_by_period};
use crate::transactions::{Timestamp, TransactionLog};

/// Customers with at least this many repeat purchases in calibration share a row.
const LAST_FREQUENCY: usize = 7;

/// Customers of one calibration frequency.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FrequencyRow {
    /// Repeat purchases in calibration; the last row holds this many or more.
    pub frequency: usize,
    /// Customers.
    pub customers: u64,
    /// Mean number of purchases in the hold-out.
    pub actual: f64,
    /// Expected mean number of purchases in the hold-out.
    pub expected: f64,
}

/// Repeat purchases of all calibration customers in one period.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct TrackingRow {
    /// Number of the period since the first day of the log, from 1.
    pub period: usize,
    /// Repeat purchases that were made.
    pub actual: f64,
    /// Repeat purchases that the model expects of customers known only by the date of their first purchase.
    pub expected: f64,
    /// Whether the period begins in the hold-out.
    pub in_holdout: bool,
}

/// A model fitted to the calibration part of a log, against the hold-out.
///
/// ```
/// use cpm_core::clv::HoldoutCheck;
/// use cpm_core::{datasets, BgNbd, FitOptions, SplitOptions};
/// let log = datasets::cdnow_sample()?;
/// let options = SplitOptions::new("1997-09-30")?.observation_end("1998-06-30")?;
/// let model = BgNbd::fit(&log.split(&options)?.calibration, &FitOptions::new())?;
/// let check = HoldoutCheck::new(&model, &log, &options, 0.95)?;
/// assert_eq!(check.by_frequency[0].customers, 1_411);
/// assert!((check.by_frequency[0].expected - 0.2251).abs() < 1e-3); // the paper's table
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct HoldoutCheck {
    /// Start of the hold-out.
    pub start: Timestamp,
    /// End of the hold-out.
    pub end: Timestamp,
    /// Its length in time units.
    pub duration: f64,
    /// The time unit.
    pub time_unit: TimeUnit,
    /// Calibration customers.
    pub customers: u64,
    /// Customers born in the hold-out, left out.
    pub customers_born_after: u64,
    /// Purchases in the hold-out.
    pub actual_total: f64,
    /// Purchases expected in the hold-out, with prediction interval.
    pub expected_total: Estimate,
    /// Level of that interval.
    pub level: f64,
    /// By calibration frequency.
    pub by_frequency: Vec<FrequencyRow>,
    /// Per period, calibration included; periods that the end cuts short are left out.
    pub tracking: Vec<TrackingRow>,
}

impl HoldoutCheck {
    /// Compares `model`, fitted to the calibration part, with the rest of the log.
    ///
    /// # Errors
    /// As [`TransactionLog::split`]; [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a level
    /// outside (0, 1) or a model of another time unit.
    pub fn new(model: &dyn PurchaseProcess, log: &TransactionLog, options: &SplitOptions, level: f64) -> Result<Self> {
        Self::of_split(model, log, &log.split(options)?, options, level)
    }

    /// The same for a split that was made before, whose calibration customers may have got covariates
    /// ([`CustomerSummary::with_covariates`]), for a model of them (feature `covariates`).
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_split(
        model: &dyn PurchaseProcess,
        log: &TransactionLog,
        split: &Split,
        options: &SplitOptions,
        level: f64,
    ) -> Result<Self> {
        error::level("level", level)?;
        let (calibration, holdout) = (&split.calibration, &split.holdout);
        check(model, calibration, holdout.duration)?;
        let expected = calibration.histories().scatter(|h| model.purchases(h, holdout.duration));
        let (expected_total, _) =
            expected_purchases_by_group(model, calibration.histories(), holdout.duration, level, &[]);
        Ok(Self {
            start: holdout.start,
            end: holdout.end,
            duration: holdout.duration,
            time_unit: options.time_unit,
            customers: calibration.len() as u64,
            customers_born_after: holdout.customers_born_after,
            actual_total: holdout.purchases.iter().sum(),
            expected_total,
            level,
            by_frequency: by_frequency(calibration.frequency(), &holdout.purchases, &expected),
            tracking: tracking(
                model,
                log,
                &purchases_by_period(log, options, holdout.end, 1),
                calibration,
                options,
                holdout.end,
            )
            .concat(),
        })
    }
}

fn by_frequency(frequency: &[f64], actual: &[f64], expected: &[f64]) -> Vec<FrequencyRow> {
    let mut rows: Vec<FrequencyRow> = (0..=LAST_FREQUENCY)
        .map(|frequency| FrequencyRow { frequency, customers: 0, actual: 0.0, expected: 0.0 })
        .collect();
    for ((&x, &actual), &expected) in frequency.iter().zip(actual).zip(expected) {
        let row = &mut rows[(x as usize).min(LAST_FREQUENCY)];
        row.customers += 1;
        row.actual += actual;
        row.expected += expected;
    }
    rows.retain(|row| row.customers > 0);
    for row in &mut rows {
        row.actual /= row.customers as f64;
        row.expected /= row.customers as f64;
    }
    rows
}

/// What the customers of a split purchase per period, in so many blocks, to which they belong by their place in the log.
pub(super) fn purchases_by_period(
    log: &TransactionLog,
    options: &SplitOptions,
    end: Timestamp,
    blocks: usize,
) -> PurchasesByPeriod {
    repeat_purchases_by_period(log, options.time_unit, options.merge_within, options.calibration_end, end, blocks)
}

/// Actual and expected purchases of each block per period.
pub(super) fn tracking(
    model: &dyn PurchaseProcess,
    log: &TransactionLog,
    actual: &PurchasesByPeriod,
    calibration: &CustomerSummary,
    options: &SplitOptions,
    end: Timestamp,
) -> Vec<Vec<TrackingRow>> {
    let origin = log.first_and_last().0.days();
    let unit = options.time_unit.days();
    let histories = calibration.histories();
    let first = calibration.first_purchase().unwrap_or_default();
    let born = first.iter().zip(histories.of_row()).zip(&actual.block_of).map(|((first, &g), &block)| {
        ((first.days() - origin) as f64 / unit, histories.distinct()[g as usize].profile, block)
    });
    let births = births(born);
    let periods = actual.counts.first().map_or(0, Vec::len);
    let cumulative = cumulative(model, &births, periods, 1.0, actual.counts.len());
    let observed = (end.days() + 1 - origin) as f64 / unit;
    let cut = (options.calibration_end.days() + 1 - origin) as f64 / unit;
    let of_block = |(actual, cumulative): (&Vec<f64>, &Vec<f64>)| {
        let complete = (0..periods).filter(|&k| (k + 1) as f64 <= observed + 1e-9);
        let row = |k: usize| TrackingRow {
            period: k + 1,
            actual: actual[k],
            expected: cumulative[k + 1] - cumulative[k],
            in_holdout: k as f64 >= cut - 1e-9,
        };
        complete.map(row).collect()
    };
    actual.counts.iter().zip(&cumulative).map(of_block).collect()
}
