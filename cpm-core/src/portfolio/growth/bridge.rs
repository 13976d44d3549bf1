//! From the revenue of one period to that of the next.

use serde::Serialize;

use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::parallel;
use crate::numerics::proportion::wilson;
use crate::portfolio::concentration::Accumulator;
use crate::table::{Column, Table};

/// Customers per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 65_536;

/// One part of a bridge.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct BridgePart {
    /// Customers.
    pub customers: u64,
    /// Revenue, or change of revenue, never negative.
    pub amount: f64,
}

/// The change of revenue between two periods of equal length, by what customers did.
///
/// end = start + new + won back + expanded − contracted − lost. Rates are `None` where there is nothing to
/// divide by. Intervals take the customers as a sample: those of ratios of revenue by the delta method (Cochran 1977, section 6.4), on
/// the log scale (log-odds for gross retention and revenue churn), those of shares of customers by Wilson.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct GrowthBridge {
    /// Customers with revenue in the first period, and their revenue.
    pub start: BridgePart,
    /// Customers who never bought before.
    pub new: BridgePart,
    /// Customers who bought earlier, but not in the first period.
    pub won_back: BridgePart,
    /// Customers of both periods who brought more, and by how much.
    pub expanded: BridgePart,
    /// Customers of both periods who brought less, and by how much.
    pub contracted: BridgePart,
    /// Customers of the first period without revenue in the second, and what they brought.
    pub lost: BridgePart,
    /// Customers with revenue in the second period, and their revenue.
    pub end: BridgePart,
    /// Gross revenue retention, (start − contracted − lost)/start.
    pub gross_retention: Option<Estimate>,
    /// Net revenue retention, (start + expanded − contracted − lost)/start.
    pub net_retention: Option<Estimate>,
    /// (new + won back + expanded)/(contracted + lost).
    pub quick_ratio: Option<Estimate>,
    /// Share of the customers of the first period who are lost.
    pub logo_churn: Option<Estimate>,
    /// Share of the revenue of the first period that lost customers brought.
    pub revenue_churn: Option<Estimate>,
    /// Share of those who bought earlier, but not in the first period, who came back.
    pub reactivation: Option<Estimate>,
}

/// Bridge between the revenue of customers in two periods: one row per customer, 0 for no revenue.
///
/// `earlier` says who had bought before the first period; without it, everybody without revenue in the first period is new.
///
/// ```
/// use cpm_core::portfolio::growth_bridge;
/// let (before, after) = ([100.0, 50.0, 80.0, 0.0, 0.0], [120.0, 20.0, 0.0, 60.0, 10.0]);
/// let bridge = growth_bridge(&before, &after, Some(&[true, true, true, false, true]), 0.95)?;
/// assert_eq!((bridge.expanded.amount, bridge.contracted.amount, bridge.lost.amount), (20.0, 30.0, 80.0));
/// assert_eq!((bridge.new.amount, bridge.won_back.amount), (60.0, 10.0));
/// assert!((bridge.net_retention.unwrap().value - 140.0 / 230.0).abs() < 1e-15);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming the row of a revenue that is negative or not finite;
/// [`Error::Empty`] without revenue in either period; [`Error::InvalidArgument`] for a level outside (0, 1).
pub fn growth_bridge(before: &[f64], after: &[f64], earlier: Option<&[bool]>, level: f64) -> Result<GrowthBridge> {
    let level = error::level("level", level)?;
    let lengths = [("after", after.len()), ("earlier", earlier.map_or(before.len(), <[bool]>::len))];
    for (column, found) in lengths {
        same_length(column, found, "before", before.len())?;
    }
    for (column, values) in [("before", before), ("after", after)] {
        if let Some(row) = values.iter().position(|v| !v.is_finite() || *v < 0.0) {
            return Err(Error::InvalidValue {
                column,
                row,
                value: values[row].to_string(),
                expected: "revenue is finite and at least 0",
                remedy: "Net returns against purchases, and give 0 where they exceed them",
            });
        }
    }
    let mut sums = Sums::default();
    let parts = parallel::map_chunks(before.len(), CHUNK, |rows| {
        let mut part = Sums::default();
        for i in rows {
            part.add(before[i], after[i], earlier.is_some_and(|e| e[i]));
        }
        part
    });
    parts.for_each(|part| sums.merge(&part));
    if sums.start.customers == 0 && sums.end.customers == 0 {
        return Err(Error::Empty {
            what: "the revenue of both periods".to_owned(),
            remedy: "Choose periods in which customers bought".to_owned(),
        });
    }
    Ok(sums.bridge(level))
}

#[derive(Debug, Clone, Copy, Default)]
struct Part {
    customers: u64,
    amount: Accumulator,
}

impl Part {
    fn add(&mut self, amount: f64) {
        self.customers += 1;
        self.amount.add(amount);
    }

    fn merge(&mut self, other: &Self) {
        self.customers += other.customers;
        self.amount.merge(&other.amount);
    }

    fn total(&self) -> BridgePart {
        BridgePart { customers: self.customers, amount: self.amount.total() }
    }
}

/// Sums of a ratio Σy/Σx and of its squares.
#[derive(Debug, Clone, Copy, Default)]
struct Ratio {
    x: Accumulator,
    y: Accumulator,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Ratio {
    fn add(&mut self, y: f64, x: f64) {
        self.x.add(x);
        self.y.add(y);
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    fn merge(&mut self, other: &Self) {
        self.x.merge(&other.x);
        self.y.merge(&other.y);
        self.xx += other.xx;
        self.xy += other.xy;
        self.yy += other.yy;
    }

    /// The ratio and its interval; `share` if it cannot exceed 1.
    fn estimate(&self, n: u64, level: f64, share: bool) -> Option<Estimate> {
        let (x, y) = (self.x.total(), self.y.total());
        if x <= 0.0 {
            return None;
        }
        let ratio = if share { (y / x).clamp(0.0, 1.0) } else { y / x };
        let residual = (self.yy - 2.0 * ratio * self.xy + ratio * ratio * self.xx).max(0.0);
        let n = n as f64;
        let error = (residual * n / (n - 1.0).max(1.0)).sqrt() / x;
        let slope = if share { ratio * (1.0 - ratio) } else { ratio };
        let reach = half_width(level) * error / slope;
        // All or nothing: the data show no spread, and the scale ends here.
        if slope <= 0.0 || !reach.is_finite() {
            return Some(Estimate { value: ratio, interval: Interval { low: ratio, high: ratio } });
        }
        let moved = |shift: f64| {
            if share { 1.0 / (1.0 + (1.0 - ratio) / ratio * (-shift).exp()) } else { ratio * shift.exp() }
        };
        // Where there is no spread the way there and back may round.
        let interval = Interval { low: moved(-reach).min(ratio), high: moved(reach).max(ratio) };
        Some(Estimate { value: ratio, interval })
    }
}

/// All sums of a bridge; states of disjoint customers merge.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    start: Part,
    new: Part,
    won_back: Part,
    expanded: Part,
    contracted: Part,
    lost: Part,
    end: Part,
    gross: Ratio,
    net: Ratio,
    quick: Ratio,
    churn: Ratio,
    /// Who bought earlier, but not in the first period.
    pub(super) dormant: u64,
    /// Customers with revenue in either period: the sample of the quick ratio.
    active: u64,
}

impl Sums {
    pub(super) fn add(&mut self, before: f64, after: f64, earlier: bool) {
        self.dormant += u64::from(before <= 0.0 && earlier);
        if before <= 0.0 && after <= 0.0 {
            return;
        }
        self.active += 1;
        if after > 0.0 {
            self.end.add(after);
        }
        if before <= 0.0 {
            if earlier {
                self.won_back.add(after)
            } else {
                self.new.add(after)
            }
            self.quick.add(after, 0.0);
            return;
        }
        self.start.add(before);
        self.gross.add(after.min(before), before);
        self.net.add(after, before);
        self.churn.add(if after > 0.0 { 0.0 } else { before }, before);
        self.quick.add((after - before).max(0.0), (before - after).max(0.0));
        if after <= 0.0 {
            self.lost.add(before);
        } else if after > before {
            self.expanded.add(after - before);
        } else if after < before {
            self.contracted.add(before - after);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (part, of) in [
            (&mut self.start, &other.start),
            (&mut self.new, &other.new),
            (&mut self.won_back, &other.won_back),
            (&mut self.expanded, &other.expanded),
            (&mut self.contracted, &other.contracted),
            (&mut self.lost, &other.lost),
            (&mut self.end, &other.end),
        ] {
            part.merge(of);
        }
        for (ratio, of) in [
            (&mut self.gross, &other.gross),
            (&mut self.net, &other.net),
            (&mut self.quick, &other.quick),
            (&mut self.churn, &other.churn),
        ] {
            ratio.merge(of);
        }
        self.dormant += other.dormant;
        self.active += other.active;
    }

    pub(super) fn bridge(&self, level: f64) -> GrowthBridge {
        let starters = self.start.customers;
        let share = |part: u64, whole: u64| (whole > 0).then(|| wilson(part as f64, whole as f64, level));
        GrowthBridge {
            start: self.start.total(),
            new: self.new.total(),
            won_back: self.won_back.total(),
            expanded: self.expanded.total(),
            contracted: self.contracted.total(),
            lost: self.lost.total(),
            end: self.end.total(),
            gross_retention: self.gross.estimate(starters, level, true),
            net_retention: self.net.estimate(starters, level, false),
            quick_ratio: self.quick.estimate(self.active, level, false),
            logo_churn: share(self.lost.customers, starters),
            revenue_churn: self.churn.estimate(starters, level, true),
            reactivation: share(self.won_back.customers, self.dormant),
        }
    }
}

impl GrowthBridge {
    /// The parts in the order of the bridge, each with the sign that it has there.
    #[must_use]
    pub fn parts(&self) -> [(&'static str, BridgePart, f64); 7] {
        [
            ("start", self.start, 1.0),
            ("new", self.new, 1.0),
            ("won_back", self.won_back, 1.0),
            ("expanded", self.expanded, 1.0),
            ("contracted", self.contracted, -1.0),
            ("lost", self.lost, -1.0),
            ("end", self.end, 1.0),
        ]
    }

    /// The rates by name.
    #[must_use]
    pub fn rates(&self) -> [(&'static str, Option<Estimate>); 6] {
        [
            ("gross_retention", self.gross_retention),
            ("net_retention", self.net_retention),
            ("quick_ratio", self.quick_ratio),
            ("logo_churn", self.logo_churn),
            ("revenue_churn", self.revenue_churn),
            ("reactivation", self.reactivation),
        ]
    }

    /// One row per part: `part, customers, amount`; contraction and loss are negative, so that `start` to `lost` sum to `end`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let parts = self.parts();
        let mut table = Table::new();
        table.push("part", Column::Text(parts.iter().map(|p| p.0.to_owned()).collect()))?;
        table.push("customers", Column::Integer(parts.iter().map(|p| p.1.customers as i64).collect()))?;
        table.push("amount", Column::Float(parts.iter().map(|p| p.1.amount * p.2).collect()))?;
        Ok(table)
    }

    /// One row per rate: `metric, value, low, high`; a rate without anything to divide by does not exist.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn rates_table(&self) -> Result<Table> {
        let rates = self.rates();
        let column = |of: fn(Estimate) -> f64| Column::Optional(rates.iter().map(|r| r.1.map(of)).collect());
        let mut table = Table::new();
        table.push("metric", Column::Text(rates.iter().map(|r| r.0.to_owned()).collect()))?;
        table.push("value", column(|e| e.value))?;
        table.push("low", column(|e| e.interval.low))?;
        table.push("high", column(|e| e.interval.high))?;
        Ok(table)
    }
}

#[cfg(test)]
#[path = "bridge_tests.rs"]
mod tests;
