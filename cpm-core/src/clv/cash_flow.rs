//! What the customers of a summary bring, period by period.

use super::gamma_gamma::{GammaGamma, monetary_value};
use super::lifetime_value::ValueOptions;
use super::purchase_model::{PurchaseProcess, check};
use crate::error::{Error, Result};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::parallel;
use crate::summary::CustomerSummary;
use crate::table::{Column, Table};

/// Distinct histories per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 128;

/// One period.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CashFlow {
    /// Beginning of the period, in time units after the end of observation.
    pub start: f64,
    /// Its end.
    pub end: f64,
    /// Expected purchases.
    pub purchases: f64,
    /// Expected amounts.
    pub revenue: f64,
    /// Expected margin less cost, with the confidence interval that the parameters of both models leave.
    pub cash_flow: Estimate,
    /// The same with every purchase discounted from its own time.
    pub discounted: f64,
    /// Sum of `discounted` up to here.
    pub cumulative: f64,
}

/// Expected cash flows of a customer base: see [`cash_flows`].
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CashFlows {
    level: f64,
    periods: Vec<CashFlow>,
}

impl CashFlows {
    /// The periods, in order.
    #[must_use]
    pub fn periods(&self) -> &[CashFlow] {
        &self.periods
    }

    /// The level of the intervals.
    #[must_use]
    pub fn level(&self) -> f64 {
        self.level
    }

    /// Columns `period, start, end, purchases, revenue, cash_flow, cash_flow_low, cash_flow_high, discounted, cumulative`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("period", Column::Integer((1..=self.periods.len() as i64).collect()))?;
        let mut column = |name: &str, get: fn(&CashFlow) -> f64| {
            table.push(name, Column::Float(self.periods.iter().map(get).collect()))
        };
        column("start", |p| p.start)?;
        column("end", |p| p.end)?;
        column("purchases", |p| p.purchases)?;
        column("revenue", |p| p.revenue)?;
        column("cash_flow", |p| p.cash_flow.value)?;
        column("cash_flow_low", |p| p.cash_flow.interval.low)?;
        column("cash_flow_high", |p| p.cash_flow.interval.high)?;
        column("discounted", |p| p.discounted)?;
        column("cumulative", |p| p.cumulative)?;
        Ok(table)
    }
}

/// The expected cash flow of all customers per period: the horizon of `options` in `periods` equal parts.
///
/// Cash flow = margin · amount - cost per purchase, as in [`lifetime_value`](super::lifetime_value), whose total is the sum of
/// the discounted flows.
///
/// ```
/// use cpm_core::clv::cash_flows;
/// use cpm_core::{BgNbd, FitOptions, GammaGamma, SummaryOptions, ValueOptions, datasets, lifetime_value};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let model = BgNbd::fit(&customers, &FitOptions::new())?;
/// let spend = GammaGamma::fit(&customers, &FitOptions::new())?;
/// let options = ValueOptions::new(52.0).discount_rate(0.10).margin(0.30);
/// let flows = cash_flows(&model, &spend, &customers, &options, 4)?;
/// let total = lifetime_value(&model, &spend, &customers, &options)?.total().value;
/// assert!((flows.periods()[3].cumulative / total - 1.0).abs() < 1e-9);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// As [`lifetime_value`](super::lifetime_value); [`Error::InvalidArgument`] for no periods.
pub fn cash_flows(
    model: &dyn PurchaseProcess,
    spend: &GammaGamma,
    customers: &CustomerSummary,
    options: &ValueOptions,
    periods: usize,
) -> Result<CashFlows> {
    options.check()?;
    check(model, customers, options.horizon)?;
    if periods == 0 {
        return Err(Error::argument("periods", periods, "it must be at least 1"));
    }
    let amounts = monetary_value(customers)?;
    let rate = options.rate_per(customers.time_unit());
    let (points, spend_points) = (model.at_uncertainty_points(), spend.at_uncertainty_points());
    let histories = customers.histories();
    let end = |k: usize| options.horizon * (k + 1) as f64 / periods as f64;

    // Sums over customers: purchases; revenue at the estimates and at either model's points; discounted purchases and amounts.
    let width = 4 + points.len() * 2 + spend_points.len();
    let chunks = parallel::map_chunks(histories.distinct().len(), CHUNK, |groups| {
        let mut sums = vec![0.0; width * periods];
        for g in groups {
            let h = histories.distinct()[g];
            let rows = histories.rows_of(g);
            let n = rows.len() as f64;
            let total =
                |spend: &GammaGamma| rows.iter().map(|&row| spend.expected(h.x, amounts[row as usize])).sum::<f64>();
            let amount = total(spend);
            let amount_at: Vec<f64> = spend_points.iter().map(total).collect();
            let mut discounted_before = 0.0;
            for (k, row) in sums.chunks_exact_mut(width).enumerate() {
                let (from, to) = (if k == 0 { 0.0 } else { end(k - 1) }, end(k));
                let purchases = model.purchases_between(h, from, to);
                let discounted_until = model.discounted_expectation(h, to, rate);
                let discounted = discounted_until - discounted_before;
                discounted_before = discounted_until;
                let (fixed, rest) = row.split_at_mut(4);
                let add = [n * purchases, amount * purchases, n * discounted, amount * discounted];
                fixed.iter_mut().zip(add).for_each(|(sum, value)| *sum += value);
                let (at_points, at_spend) = rest.split_at_mut(2 * points.len());
                for (slot, point) in at_points.chunks_exact_mut(2).zip(&points) {
                    let there = point.purchases_between(h, from, to);
                    slot[0] += n * there;
                    slot[1] += amount * there;
                }
                at_spend.iter_mut().zip(&amount_at).for_each(|(sum, a)| *sum += a * purchases);
            }
        }
        sums
    });
    let mut sums = vec![0.0; width * periods];
    chunks.for_each(|chunk| sums.iter_mut().zip(chunk).for_each(|(sum, part)| *sum += part));

    let value = |purchases: f64, revenue: f64| options.margin * revenue - options.cost_per_purchase * purchases;
    let reach = half_width(options.level);
    let mut cumulative = 0.0;
    let one = |(k, row): (usize, &[f64])| {
        let flow = value(row[0], row[1]);
        let (at_points, at_spend) = row[4..].split_at(2 * points.len());
        let mean_square = |squares: &mut dyn Iterator<Item = f64>, n: usize| squares.sum::<f64>() / n.max(1) as f64;
        let purchases_part =
            mean_square(&mut at_points.chunks_exact(2).map(|s| (value(s[0], s[1]) - flow).powi(2)), points.len());
        let spend_part = mean_square(
            &mut at_spend.iter().map(|&revenue| (value(row[0], revenue) - flow).powi(2)),
            spend_points.len(),
        );
        let half = reach * (purchases_part + spend_part).sqrt();
        let discounted = value(row[2], row[3]);
        cumulative += discounted;
        CashFlow {
            start: if k == 0 { 0.0 } else { end(k - 1) },
            end: end(k),
            purchases: row[0],
            revenue: row[1],
            cash_flow: Estimate { value: flow, interval: Interval { low: flow - half, high: flow + half } },
            discounted,
            cumulative,
        }
    };
    let periods = sums.chunks_exact(width).enumerate().map(one).collect();
    Ok(CashFlows { level: options.level, periods })
}
