//! Rolling origins: a log cut at several points in time, each with what was known then and what followed.

use super::split::{Split, SplitOptions};
use super::summarize::end_of;
use super::{MergeWithin, TimeUnit};
use crate::error::{self, Error, Result};
use crate::table::{Column, Table};
use crate::transactions::{CustomerId, Timestamp, TransactionLog};

/// Several points in time at which a log is cut, and how far each hold-out reaches.
///
/// ```
/// use cpm_core::{RollingOrigins, datasets};
/// let log = datasets::cdnow_sample()?;
/// // Three hold-outs of 13 weeks, one after the other; the last one ends with the log.
/// let origins = RollingOrigins::new(13.0);
/// let starts: Vec<String> = origins.cuts(&log)?.iter().map(|cut| cut.calibration_end().date_string()).collect();
/// assert_eq!(starts, ["1997-09-30", "1997-12-30", "1998-03-31"]);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct RollingOrigins {
    horizon: f64,
    places: Places,
    observation_end: Option<Timestamp>,
    time_unit: TimeUnit,
    merge_within: MergeWithin,
}

/// Where the cuts are.
#[derive(Debug, Clone, PartialEq)]
enum Places {
    /// So many, counted back from the end of observation.
    Last { origins: usize, step: Option<f64> },
    /// At these times.
    At(Vec<Timestamp>),
}

impl RollingOrigins {
    /// Hold-outs of `horizon` time units (weeks) from three origins, one horizon apart, the last one ending with the log.
    #[must_use]
    pub fn new(horizon: f64) -> Self {
        Self {
            horizon,
            places: Places::Last { origins: 3, step: None },
            observation_end: None,
            time_unit: TimeUnit::default(),
            merge_within: MergeWithin::default(),
        }
    }

    /// How many origins, counted back from the end of observation.
    #[must_use]
    pub fn origins(mut self, origins: usize) -> Self {
        let step = self.step_or_none();
        self.places = Places::Last { origins, step };
        self
    }

    /// Time between origins; the horizon unless given, so that no purchase is in two hold-outs.
    #[must_use]
    pub fn step(mut self, step: f64) -> Self {
        let origins = if let Places::Last { origins, .. } = self.places { origins } else { 3 };
        self.places = Places::Last { origins, step: Some(step) };
        self
    }

    /// Origins at given times instead; a date means the end of that day.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if one is not an ISO date or time.
    pub fn at(mut self, origins: &[&str]) -> Result<Self> {
        self.places =
            Places::At(origins.iter().map(|when| end_of(when).map_err(|e| e.named("origins"))).collect::<Result<_>>()?);
        Ok(self)
    }

    /// The end of observation, beyond which no hold-out reaches; a date means the end of that day.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not an ISO date or time.
    pub fn observation_end(self, when: &str) -> Result<Self> {
        Ok(self.observation_end_time(Some(end_of(when).map_err(|e| e.named("observation_end"))?)))
    }

    /// The same as a point in time; `None` for the last day of the log.
    #[must_use]
    pub(crate) fn observation_end_time(mut self, when: Option<Timestamp>) -> Self {
        self.observation_end = when;
        self
    }

    /// The unit of the horizon, of recency and T.
    #[must_use]
    pub fn time_unit(mut self, unit: TimeUnit) -> Self {
        self.time_unit = unit;
        self
    }

    /// The period within which rows of one customer are one purchase.
    #[must_use]
    pub fn merge_within(mut self, merge: MergeWithin) -> Self {
        self.merge_within = merge;
        self
    }

    fn step_or_none(&self) -> Option<f64> {
        if let Places::Last { step, .. } = self.places { step } else { None }
    }

    /// The cuts, oldest first, each for [`TransactionLog::split`]: for going through them one by one, which keeps one split in
    /// memory at a time.
    ///
    /// Horizon and step are rounded to whole days, so that origins are at the ends of days.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for no origins, a horizon or step that is not above zero or shorter than half a day, an
    /// origin that is not after the first day of the log, or a hold-out that would reach beyond the end of observation.
    pub fn cuts(&self, log: &TransactionLog) -> Result<Vec<SplitOptions>> {
        error::positive("horizon", self.horizon)?;
        let (first, last) = log.first_and_last();
        let end = self.observation_end.unwrap_or_else(|| last.end_of_day());
        let horizon = self.whole_days("horizon", self.horizon)?;
        let cut = |start: Timestamp, observed: Timestamp| SplitOptions {
            calibration_end: start,
            observation_end: Some(observed),
            time_unit: self.time_unit,
            merge_within: self.merge_within,
        };
        let cuts: Vec<SplitOptions> = match &self.places {
            Places::Last { origins: 0, .. } => {
                return Err(Error::argument("origins", 0, "it must be at least 1"));
            }
            Places::Last { origins, step } => {
                let step = error::positive("step", step.unwrap_or(self.horizon))?;
                let between = self.whole_days("step", step)?;
                let beyond_any_log = (*origins - 1) as f64 * between as f64 + horizon as f64 > MAX_DAYS;
                if beyond_any_log {
                    return Err(Error::argument(
                        "origins",
                        origins,
                        "so many do not fit into the log; take fewer origins",
                    ));
                }
                // Multiples of the step are rounded, not the step, so that months do not drift.
                let back = |k: usize| (k as f64 * step * self.time_unit.days()).round() as i64;
                let of = |k: usize| {
                    let observed = Timestamp::from_days(end.days() - back(k)).end_of_day();
                    let start = Timestamp::from_days(observed.days() - horizon).end_of_day();
                    cut(start, if k == 0 { end } else { observed })
                };
                (0..*origins).rev().map(of).collect()
            }
            Places::At(starts) if starts.is_empty() => {
                return Err(Error::argument("origins", "[]", "give at least one"));
            }
            Places::At(starts) => {
                let mut starts = starts.clone();
                starts.sort_unstable();
                starts.dedup();
                let of = |&start: &Timestamp| {
                    let observed = Timestamp::from_seconds(start.seconds() + horizon * 86_400);
                    if observed > end {
                        let reason = format!(
                            "its hold-out of {} {}s would end {observed}, after the end of observation, {end}",
                            self.horizon, self.time_unit
                        );
                        return Err(Error::argument("origins", start, reason));
                    }
                    Ok(cut(start, observed))
                };
                starts.iter().map(of).collect::<Result<_>>()?
            }
        };
        let oldest = cuts[0].calibration_end;
        if oldest.days() <= first.days() {
            let expected = format!(
                "the first of {} forecasts would begin {oldest} where the log begins {first}; take fewer origins or a shorter \
                 horizon",
                cuts.len()
            );
            return Err(Error::argument("horizon", self.horizon, expected));
        }
        Ok(cuts)
    }

    fn whole_days(&self, name: &'static str, units: f64) -> Result<i64> {
        let days = (units * self.time_unit.days()).round();
        if days < 1.0 {
            return Err(Error::argument(name, units, "origins and hold-outs are counted in whole days"));
        }
        // Beyond this no log reaches, and the sum with a date stays within its type.
        if days > MAX_DAYS {
            return Err(Error::argument(name, units, "it is longer than any log"));
        }
        Ok(days as i64)
    }
}

/// Ten thousand years.
const MAX_DAYS: f64 = 3_652_500.0;

/// A log cut at several origins; see [`TransactionLog::rolling_splits`].
#[derive(Debug, Clone)]
pub struct RollingSplits {
    /// One per origin, oldest first.
    pub splits: Vec<Split>,
}

impl TransactionLog {
    /// Calibration summary, and purchases and spend of the same customers in the hold-out, from each of several origins.
    ///
    /// ```
    /// use cpm_core::{RollingOrigins, datasets};
    /// let rolling = datasets::cdnow_sample()?.rolling_splits(&RollingOrigins::new(13.0))?;
    /// let purchases: Vec<f64> = rolling.splits.iter().map(|s| s.holdout.purchases.iter().sum()).collect();
    /// assert_eq!(purchases, [726.0, 661.0, 495.0]); // together the 1,882 of the papers' hold-out
    /// println!("{}", rolling.to_table()?);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`RollingOrigins::cuts`] and [`split`](Self::split).
    pub fn rolling_splits(&self, origins: &RollingOrigins) -> Result<RollingSplits> {
        let splits = origins.cuts(self)?.iter().map(|cut| self.split(cut)).collect::<Result<_>>()?;
        Ok(RollingSplits { splits })
    }
}

impl RollingSplits {
    /// One row per origin: `origin, holdout_end, duration, customers, repeat_purchases, holdout_purchases, holdout_amount,
    /// customers_born_after, purchases_born_after, rows_after_origin, rows_between`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let whole = |of: &dyn Fn(&Split) -> u64| Column::Integer(self.splits.iter().map(|s| of(s) as i64).collect());
        let real = |of: &dyn Fn(&Split) -> f64| Column::Float(self.splits.iter().map(of).collect());
        let mut table = Table::new();
        table.push("origin", Column::Date(self.splits.iter().map(|s| s.holdout.start).collect()))?;
        table.push("holdout_end", Column::Date(self.splits.iter().map(|s| s.holdout.end).collect()))?;
        table.push("duration", real(&|s| s.holdout.duration))?;
        table.push("customers", whole(&|s| s.calibration.len() as u64))?;
        table.push("repeat_purchases", whole(&|s| s.calibration.frequency().iter().sum::<f64>() as u64))?;
        table.push("holdout_purchases", whole(&|s| s.holdout.purchases.iter().sum::<f64>() as u64))?;
        table.push("holdout_amount", real(&|s| s.holdout.amount.iter().sum()))?;
        table.push("customers_born_after", whole(&|s| s.holdout.customers_born_after))?;
        table.push("purchases_born_after", whole(&|s| s.holdout.purchases_born_after))?;
        table.push("rows_after_origin", whole(&|s| s.calibration.quality().map_or(0, |q| q.rows_after_as_of)))?;
        table.push("rows_between", whole(&|s| s.holdout.rows_between))?;
        Ok(table)
    }

    /// One row per origin and customer: `origin, customer_id, frequency, recency, T, monetary_value, holdout_purchases,
    /// holdout_amount`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn customers_table(&self) -> Result<Table> {
        let all = |of: fn(&Split) -> &[f64]| -> Vec<f64> {
            self.splits.iter().flat_map(|split| of(split).iter().copied()).collect()
        };
        let names = self.splits.iter().map(|split| split.holdout.start.date_string()).collect();
        let codes =
            self.splits.iter().enumerate().flat_map(|(k, s)| std::iter::repeat_n(k as u32, s.calibration.len()));
        let ids = || self.splits.iter().flat_map(|split| split.calibration.customer_ids().iter());
        let whole: Option<Vec<i64>> =
            ids().map(|id| if let CustomerId::Integer(id) = id { Some(id) } else { None }).collect();
        let mut table = Table::new();
        table.push("origin", Column::Category { names, codes: codes.collect() })?;
        table.push(
            "customer_id",
            Column::Id(whole.map_or_else(|| ids().map(|id| id.to_string()).collect(), Into::into)),
        )?;
        let counts = |of| Column::Integer(all(of).into_iter().map(|count| count as i64).collect());
        table.push("frequency", counts(|s| s.calibration.frequency()))?;
        table.push("recency", Column::Float(all(|s| s.calibration.recency())))?;
        table.push("T", Column::Float(all(|s| s.calibration.T())))?;
        table.push("monetary_value", Column::Float(all(|s| s.calibration.monetary_value().unwrap_or_default())))?;
        table.push("holdout_purchases", counts(|s| &s.holdout.purchases))?;
        table.push("holdout_amount", Column::Float(all(|s| &s.holdout.amount)))?;
        Ok(table)
    }
}

#[cfg(test)]
#[path = "rolling_tests.rs"]
mod tests;
