//! The same base at two dates.

use super::analysis::{Portfolio, SegmentFigures};
use super::equity::{ValueBridge, ValueColumns, value_bridge};
use super::growth::{GrowthBridge, growth_bridge};
use super::movement::{SegmentMigration, joined};
use crate::clv::lifetime_value;
use crate::error::{Error, Result};
use crate::estimate::{Estimate, Interval};
use crate::numerics::parallel;
use crate::summary::{CustomerSummary, MergeWithin, for_each_purchase};
use crate::table::{Column, Table};
use crate::transactions::{Timestamp, TransactionLog};

/// Customers per parallel task.
const CHUNK: usize = 16_384;

/// A portfolio at two dates: what changed, and why; see [`Portfolio::compare`].
#[derive(Debug, Clone)]
pub struct PortfolioComparison {
    /// End of observation of the earlier portfolio.
    pub from: Timestamp,
    /// End of observation of the later one.
    pub to: Timestamp,
    /// Why customer equity changed.
    pub value: ValueBridge,
    /// Why revenue changed: the time between the dates against as long a time before the earlier one. None without a log.
    pub revenue: Option<GrowthBridge>,
    /// Who moved to which segment.
    pub migration: SegmentMigration,
    /// Customers with P(alive) below this at the later date count as lost in `value`.
    pub lost_below: f64,
    pub(crate) level: f64,
    pub(crate) horizon: String,
    totals: Vec<(&'static str, Estimate, Estimate)>,
    segments: Vec<(String, Option<SegmentFigures>, Option<SegmentFigures>)>,
}

impl Portfolio {
    /// What changed since an earlier portfolio of the same business, and why: value bridge, revenue bridge, migration, segments, totals.
    ///
    /// The value bridge takes the later customers under the earlier models for what happened, and the later models for the refit.
    /// With the log, revenue between the two dates is set against that of as long a time before the earlier one. A customer is
    /// taken for lost if P(alive) is below `lost_below` at the later date, 0.5 for instance.
    ///
    /// ```
    /// use cpm_core::{AnalysisOptions, analyze, datasets};
    /// let log = datasets::cdnow_sample()?;
    /// let options = AnalysisOptions::new(52.0).margin(0.30);
    /// let earlier = analyze(&log, &options.as_of("1997-12-31")?)?;
    /// let later = analyze(&log, &options.as_of("1998-06-30")?)?;
    /// let change = later.compare(&earlier, Some(&log), 0.5)?;
    /// let parts = change.value.parts();
    /// let sum: f64 = parts[..6].iter().map(|(_, part)| part.amount).sum();
    /// assert!((sum / change.value.end.amount - 1.0).abs() < 1e-9);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if the earlier portfolio is not earlier, the options of the two differ in horizon, time unit, margin, cost
    /// or discount rate, or `lost_below` is no probability.
    pub fn compare(
        &self,
        earlier: &Self,
        log: Option<&TransactionLog>,
        lost_below: f64,
    ) -> Result<PortfolioComparison> {
        let (from, to) = (end_of_observation(earlier), end_of_observation(self));
        check(earlier, self, from, to)?;
        if !(0.0..=1.0).contains(&lost_below) {
            let expected = "it is the P(alive) below which a customer is taken for lost: from 0 to 1, such as 0.5";
            return Err(Error::argument("lost_below", lost_below, expected));
        }
        let revenue = log
            .map(|log| revenue_bridge(log, self.options.summary.merge_within, (from, to), self.options.value.level))
            .transpose()?;
        Ok(PortfolioComparison {
            from,
            to,
            value: bridge(earlier, self, lost_below)?,
            revenue,
            migration: SegmentMigration::between(
                (&earlier.summary, &earlier.segmentation, from),
                (&self.summary, &self.segmentation, to),
            )?,
            lost_below,
            level: self.options.value.level,
            horizon: format!("{} {}s", self.options.value.horizon, self.summary.time_unit()),
            totals: totals(earlier, self),
            segments: segments(earlier, self),
        })
    }
}

fn end_of_observation(portfolio: &Portfolio) -> Timestamp {
    portfolio.summary.quality().map_or(Timestamp::from_seconds(0), |q| q.as_of)
}

fn check(earlier: &Portfolio, later: &Portfolio, from: Timestamp, to: Timestamp) -> Result<()> {
    if from >= to {
        let expected =
            format!("the earlier portfolio must be as of a date before {to}; swap the two, or analyse another as_of");
        return Err(Error::argument("earlier", from, expected));
    }
    let (a, b) = (&earlier.options, &later.options);
    let same = [
        ("horizon", a.value.horizon, b.value.horizon),
        ("discount_rate", a.value.discount_rate, b.value.discount_rate),
        ("margin", a.value.margin, b.value.margin),
        ("cost_per_purchase", a.value.cost_per_purchase, b.value.cost_per_purchase),
    ];
    if let Some((name, then, now)) = same.into_iter().find(|(_, then, now)| then != now) {
        let expected = format!(
            "it was {then} in the earlier portfolio; analyse both with the same options, or the change is one of options"
        );
        return Err(Error::argument(name, now, expected));
    }
    if earlier.summary.time_unit() != later.summary.time_unit() {
        let expected = format!("the earlier portfolio has {}; analyse both in one unit", earlier.summary.time_unit());
        return Err(Error::argument("time_unit", later.summary.time_unit(), expected));
    }
    Ok(())
}

fn bridge(earlier: &Portfolio, later: &Portfolio, lost_below: f64) -> Result<ValueBridge> {
    let same = lifetime_value(&*earlier.model, &earlier.spend, &later.summary, &later.options.value)?;
    let pairs = joined(earlier.summary.customer_ids(), later.summary.customer_ids());
    let n = pairs.len();
    let mut before = Vec::with_capacity(n);
    let (mut after_same_model, mut after) = (Vec::with_capacity(n), Vec::with_capacity(n));
    let (mut acquired, mut purchased, mut lost) = (Vec::with_capacity(n), Vec::with_capacity(n), Vec::with_capacity(n));
    for (i, j) in pairs {
        before.push(i.map_or(0.0, |i| earlier.value.customers()[i].value));
        after_same_model.push(j.map_or(0.0, |j| same.customers()[j].value));
        after.push(j.map_or(0.0, |j| later.value.customers()[j].value));
        acquired.push(i.is_none());
        let x = |summary: &CustomerSummary, k: Option<usize>| k.map_or(-1.0, |k| summary.frequency()[k]);
        purchased.push(x(&later.summary, j) > x(&earlier.summary, i));
        // Whom returns have left without a purchase is no customer any more.
        lost.push(j.is_none_or(|j| later.prediction.customers()[j].probability_alive.value < lost_below));
    }
    value_bridge(&ValueColumns {
        before: &before,
        after_same_model: &after_same_model,
        after: &after,
        acquired: &acquired,
        purchased: &purchased,
        lost: &lost,
    })
}

/// Revenue in (from, to] against that of as long a time before.
fn revenue_bridge(
    log: &TransactionLog,
    merge: MergeWithin,
    (from, to): (Timestamp, Timestamp),
    level: f64,
) -> Result<GrowthBridge> {
    let start = Timestamp::from_seconds(from.seconds() - (to.seconds() - from.seconds()));
    let pieces: Vec<(Vec<f64>, Vec<f64>, Vec<bool>)> = parallel::map_chunks(log.customers(), CHUNK, |customers| {
        let (mut before, mut after) = (vec![0.0; customers.len()], vec![0.0; customers.len()]);
        let mut known = vec![false; customers.len()];
        for (k, customer) in customers.enumerate() {
            for_each_purchase(log, customer, merge, to, |purchase| {
                if purchase.time <= start {
                    known[k] = true;
                } else if purchase.time <= from {
                    before[k] += purchase.amount;
                } else {
                    after[k] += purchase.amount;
                }
            });
        }
        (before, after, known)
    })
    .collect();
    let (mut before, mut after, mut known) = (Vec::new(), Vec::new(), Vec::new());
    for (b, a, k) in pieces {
        before.extend(b);
        after.extend(a);
        known.extend(k);
    }
    growth_bridge(&before, &after, Some(&known), level)
}

fn totals(earlier: &Portfolio, later: &Portfolio) -> Vec<(&'static str, Estimate, Estimate)> {
    let exact = |value: f64| Estimate { value, interval: Interval { low: value, high: value } };
    let (a, b) = (&earlier.totals, &later.totals);
    vec![
        ("customers", exact(a.customers as f64), exact(b.customers as f64)),
        ("repeat_buyers", exact(a.repeat_buyers as f64), exact(b.repeat_buyers as f64)),
        ("purchases", exact(a.purchases), exact(b.purchases)),
        ("revenue", exact(a.revenue), exact(b.revenue)),
        ("expected_alive", a.alive, b.alive),
        ("expected_without_purchase", a.without_purchase, b.without_purchase),
        ("expected_attrition", a.attrition, b.attrition),
        ("expected_purchases", a.expected_purchases, b.expected_purchases),
        ("customer_equity", a.customer_equity, b.customer_equity),
        ("revenue_gini", exact(earlier.revenue_concentration.gini), exact(later.revenue_concentration.gini)),
        ("value_gini", exact(earlier.value_concentration.gini), exact(later.value_concentration.gini)),
    ]
}

/// The segments of either date in the order of the standard table.
fn segments(earlier: &Portfolio, later: &Portfolio) -> Vec<(String, Option<SegmentFigures>, Option<SegmentFigures>)> {
    let of = |portfolio: &Portfolio, name: &str| portfolio.segments.iter().find(|s| s.segment == name).cloned();
    let rows = later.segmentation.names().iter().map(|name| (name.clone(), of(earlier, name), of(later, name)));
    rows.filter(|(_, a, b)| a.is_some() || b.is_some()).collect()
}

impl PortfolioComparison {
    /// One row per figure of the base: `figure, before, after, change, change_share`, with the intervals `before_low`, …
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn totals_table(&self) -> Result<Table> {
        let rows = &self.totals;
        let column = |of: &dyn Fn(&(&str, Estimate, Estimate)) -> f64| Column::Float(rows.iter().map(of).collect());
        let mut table = Table::new();
        table.push("figure", Column::Text(rows.iter().map(|r| r.0.to_owned()).collect()))?;
        table.push_estimates(["before", "before_low", "before_high"], rows.iter().map(|r| r.1))?;
        table.push_estimates(["after", "after_low", "after_high"], rows.iter().map(|r| r.2))?;
        table.push("change", column(&|r| r.2.value - r.1.value))?;
        let share = |r: &(&str, Estimate, Estimate)| (r.1.value != 0.0).then(|| r.2.value / r.1.value - 1.0);
        table.push("change_share", Column::Optional(rows.iter().map(share).collect()))?;
        Ok(table)
    }

    /// One row per segment: `segment, customers_before, customers_after, customers_change, value_before, value_after, value_change`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn segments_table(&self) -> Result<Table> {
        let rows = &self.segments;
        let customers = |s: &Option<SegmentFigures>| s.as_ref().map_or(0, |s| s.customers as i64);
        let value = |s: &Option<SegmentFigures>| s.as_ref().map_or(0.0, |s| s.value.value);
        let mut table = Table::new();
        table.push("segment", Column::Text(rows.iter().map(|r| r.0.clone()).collect()))?;
        table.push("customers_before", Column::Integer(rows.iter().map(|r| customers(&r.1)).collect()))?;
        table.push("customers_after", Column::Integer(rows.iter().map(|r| customers(&r.2)).collect()))?;
        let change = rows.iter().map(|r| customers(&r.2) - customers(&r.1)).collect();
        table.push("customers_change", Column::Integer(change))?;
        table.push("value_before", Column::Float(rows.iter().map(|r| value(&r.1)).collect()))?;
        table.push("value_after", Column::Float(rows.iter().map(|r| value(&r.2)).collect()))?;
        table.push("value_change", Column::Float(rows.iter().map(|r| value(&r.2) - value(&r.1)).collect()))?;
        Ok(table)
    }
}

#[cfg(test)]
#[path = "comparison_tests.rs"]
mod tests;
