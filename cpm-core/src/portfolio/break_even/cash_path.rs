//! Cash and profit of a programme, period by period.

use std::fmt;

use rand_distr::{Distribution, StandardNormal};
use serde::Serialize;

use super::programme::Programme;
use super::volume::figures;
use crate::error::Result;
use crate::estimate::Estimate;
use crate::estimate::QuantileEstimate;
use crate::numerics::parallel;
use crate::portfolio::draws::{Domain, DrawOptions};
use crate::table::{Column, Table};

/// Draws per parallel task.
const CHUNK: usize = 64;

/// One period of a programme.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CashRow {
    /// Customers there.
    pub customers: f64,
    /// Paid for acquisition and start.
    pub acquisition: f64,
    /// Fixed cost paid.
    pub fixed: f64,
    /// Received from customers.
    pub receipts: f64,
    /// Variable cost paid.
    pub payments: f64,
    /// Receipts less all that is paid.
    pub net_cash: f64,
    /// Sum of net cash up to here.
    pub cumulative_cash: Estimate,
    /// Revenue less all cost of the period, whenever paid.
    pub profit: f64,
    /// Sum of profit up to here.
    pub cumulative_profit: Estimate,
}

/// A programme against a credit line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CreditCheck {
    /// The limit.
    pub limit: f64,
    /// The limit less the funding need: below 0 by what is missing.
    pub headroom: Estimate,
    /// The first period in which more is owed than the limit.
    pub first_breach: Option<usize>,
    /// Share of draws that break the limit.
    pub probability_of_breach: f64,
    /// The largest factor for the numbers of customers acquired with which the limit holds; `None` if all do, or none does.
    pub largest_scale: Option<f64>,
}

/// What profit and credit say together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The net present value is positive, and the credit line, if any, is enough.
    Sound,
    /// The net present value is positive, but more has to be owed than the credit line allows.
    BreaksCreditLimit,
    /// The net present value is not positive.
    Unprofitable,
    /// Neither profitable nor within the credit line.
    UnprofitableAndBreaksCreditLimit,
}

impl Verdict {
    /// Its name: `sound`, `breaks_credit_limit`, `unprofitable`, `unprofitable_and_breaks_credit_limit`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::BreaksCreditLimit => "breaks_credit_limit",
            Self::Unprofitable => "unprofitable",
            Self::UnprofitableAndBreaksCreditLimit => "unprofitable_and_breaks_credit_limit",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sound => "profitable, and the cash is there",
            Self::BreaksCreditLimit => "profitable, but it breaks the credit limit",
            Self::Unprofitable => "not profitable",
            Self::UnprofitableAndBreaksCreditLimit => "not profitable, and it breaks the credit limit",
        })
    }
}

/// Cash and profit of a programme; see [`Programme::cash_path`].
///
/// Times are periods counted from 0, and `None` where they lie beyond the last one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CashPath {
    /// Names of the periods: their numbers, or months and the like.
    pub labels: Vec<String>,
    /// The periods; after the last one of the survival curve come those in which open invoices are paid.
    pub rows: Vec<CashRow>,
    /// The most that is owed: the trough of cumulative cash, as a positive number.
    pub funding_need: Estimate,
    /// The period of the trough.
    pub trough_period: usize,
    /// The first period after the trough with cumulative cash of at least 0.
    pub cash_break_even: QuantileEstimate,
    /// The first period after its trough with cumulative profit of at least 0.
    pub profit_break_even: QuantileEstimate,
    /// The first period after its trough with discounted cumulative cash of at least 0.
    pub discounted_payback: QuantileEstimate,
    /// Net present value of cash at the beginning of period 0.
    pub npv: Estimate,
    /// Undiscounted profit.
    pub profit: Estimate,
    /// Share of draws with a positive net present value.
    pub probability_of_profit: f64,
    /// Against the credit line, if one was given.
    pub credit: Option<CreditCheck>,
}

/// One value of each input.
struct Inputs {
    cost_per_acquisition: f64,
    upfront_cost: f64,
    fixed_cost: f64,
    revenue: f64,
    variable_cost: f64,
    survival: Vec<f64>,
}

/// Flows of each period, and running sums.
struct Flows {
    customers: Vec<f64>,
    acquisition: Vec<f64>,
    fixed: Vec<f64>,
    receipts: Vec<f64>,
    payments: Vec<f64>,
    profit: Vec<f64>,
    cumulative_cash: Vec<f64>,
    cumulative_profit: Vec<f64>,
    discounted: Vec<f64>,
}

impl Flows {
    fn of(programme: &Programme, inputs: &Inputs) -> Self {
        let periods = programme.survival.len();
        let lag = programme.collection_lag.max(programme.payment_lag).ceil() as usize;
        let len = periods + lag;
        let at = |list: &[f64], t: usize| list.get(t).copied().unwrap_or(0.0);
        let mut customers = vec![0.0; len];
        for (start, n) in programme.acquired.iter().enumerate() {
            for (now, share) in customers[start..periods].iter_mut().zip(&inputs.survival) {
                *now += n * share;
            }
        }
        let acquisition: Vec<f64> = (0..len)
            .map(|t| {
                at(&programme.acquired, t) * inputs.cost_per_acquisition
                    + if t == 0 { inputs.upfront_cost } else { 0.0 }
            })
            .collect();
        let fixed: Vec<f64> = (0..len).map(|t| if t < periods { inputs.fixed_cost } else { 0.0 }).collect();
        let receipts = delayed(&customers, inputs.revenue, programme.collection_lag);
        let payments = delayed(&customers, inputs.variable_cost, programme.payment_lag);
        let margin = inputs.revenue - inputs.variable_cost;
        let profit: Vec<f64> = (0..len).map(|t| customers[t] * margin - acquisition[t] - fixed[t]).collect();
        let cash: Vec<f64> = (0..len).map(|t| receipts[t] - payments[t] - acquisition[t] - fixed[t]).collect();
        let factor = 1.0 / (1.0 + programme.discount_rate);
        let discounted = running(cash.iter().enumerate().map(|(t, c)| c * factor.powi(t as i32)));
        Self {
            cumulative_cash: running(cash.iter().copied()),
            cumulative_profit: running(profit.iter().copied()),
            customers,
            acquisition,
            fixed,
            receipts,
            payments,
            profit,
            discounted,
        }
    }

    fn funding_need(&self) -> f64 {
        (-self.cumulative_cash[trough(&self.cumulative_cash)]).max(0.0)
    }

    fn npv(&self) -> f64 {
        self.discounted[self.discounted.len() - 1]
    }
}

/// Amounts of each period, paid `lag` periods later; parts of a period are spread over two.
fn delayed(customers: &[f64], amount: f64, lag: f64) -> Vec<f64> {
    let (whole, part) = (lag.floor() as usize, lag.fract());
    let mut paid = vec![0.0; customers.len()];
    for (t, n) in customers.iter().enumerate().filter(|(_, n)| **n > 0.0) {
        for (k, share) in [(t + whole, 1.0 - part), (t + whole + 1, part)] {
            if share > 0.0 && k < paid.len() {
                paid[k] += share * n * amount;
            }
        }
    }
    paid
}

fn running(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let sum = |sum: &mut f64, v: f64| {
        *sum += v;
        Some(*sum)
    };
    values.scan(0.0, sum).collect()
}

/// The first of the lowest points.
fn trough(cumulative: &[f64]) -> usize {
    (1..cumulative.len()).fold(0, |lowest, t| if cumulative[t] < cumulative[lowest] { t } else { lowest })
}

/// The first period from the trough on with at least 0; infinite if there is none.
fn recovery(cumulative: &[f64]) -> f64 {
    let from = trough(cumulative);
    let scale = cumulative.iter().fold(0.0, |largest: f64, v| largest.max(v.abs()));
    // What is 0 but for rounding has broken even.
    let found = cumulative[from..].iter().position(|c| *c >= -1e-12 * scale);
    found.map_or(f64::INFINITY, |after| (from + after) as f64)
}

/// What is kept of each draw.
struct Drawn {
    cumulative_cash: Vec<f64>,
    cumulative_profit: Vec<f64>,
    funding_need: f64,
    npv: f64,
    recoveries: [f64; 3],
}

fn draw(programme: &Programme, options: &DrawOptions, k: usize) -> Drawn {
    let mut random = options.stream(k);
    let mut amount = |input: crate::portfolio::Measured| input.draw(Domain::Amount, &mut random);
    let inputs = Inputs {
        cost_per_acquisition: amount(programme.cost_per_acquisition),
        upfront_cost: amount(programme.upfront_cost),
        fixed_cost: amount(programme.fixed_cost),
        revenue: amount(programme.revenue),
        variable_cost: amount(programme.variable_cost),
        survival: match &programme.survival_errors {
            None => programme.survival.clone(),
            Some(errors) => shifted(&programme.survival, errors, StandardNormal.sample(&mut random)),
        },
    };
    let flows = Flows::of(programme, &inputs);
    Drawn {
        funding_need: flows.funding_need(),
        npv: flows.npv(),
        recoveries: [&flows.cumulative_cash, &flows.cumulative_profit, &flows.discounted].map(|path| recovery(path)),
        cumulative_cash: flows.cumulative_cash,
        cumulative_profit: flows.cumulative_profit,
    }
}

/// The curve, `z` standard errors higher on the log-odds, so that it stays within 0 and 1; never rising.
pub(in crate::portfolio) fn shifted(survival: &[f64], errors: &[f64], z: f64) -> Vec<f64> {
    let mut before = 1.0_f64;
    let one = |(&s, &error): (&f64, &f64)| {
        let spread = s * (1.0 - s);
        let moved = if spread > 0.0 { 1.0 / (1.0 + (1.0 - s) / s * (-z * error / spread).exp()) } else { s };
        before = before.min(moved);
        before
    };
    survival.iter().zip(errors).map(one).collect()
}

pub(super) fn of(programme: &Programme, options: &DrawOptions) -> CashPath {
    let inputs = Inputs {
        cost_per_acquisition: programme.cost_per_acquisition.value,
        upfront_cost: programme.upfront_cost.value,
        fixed_cost: programme.fixed_cost.value,
        revenue: programme.revenue.value,
        variable_cost: programme.variable_cost.value,
        survival: programme.survival.clone(),
    };
    let flows = Flows::of(programme, &inputs);
    let draws: Vec<Drawn> = parallel::map_chunks(options.draws, CHUNK, |range| {
        range.map(|k| draw(programme, options, k)).collect::<Vec<_>>()
    })
    .flatten()
    .collect();
    let all = |of: &dyn Fn(&Drawn) -> f64| draws.iter().map(of).collect::<Vec<f64>>();
    let share = |of: &dyn Fn(&Drawn) -> bool| draws.iter().filter(|d| of(d)).count() as f64 / draws.len() as f64;
    let row = |t: usize| CashRow {
        customers: flows.customers[t],
        acquisition: flows.acquisition[t],
        fixed: flows.fixed[t],
        receipts: flows.receipts[t],
        payments: flows.payments[t],
        net_cash: flows.receipts[t] - flows.payments[t] - flows.acquisition[t] - flows.fixed[t],
        cumulative_cash: options.estimate(flows.cumulative_cash[t], all(&|d| d.cumulative_cash[t])),
        profit: flows.profit[t],
        cumulative_profit: options.estimate(flows.cumulative_profit[t], all(&|d| d.cumulative_profit[t])),
    };
    let len = flows.customers.len();
    let last = len - 1;
    let (need, npv) = (flows.funding_need(), flows.npv());
    let recovered =
        |path: &[f64], k: usize| options.reached(recovery(path), draws.iter().map(|d| d.recoveries[k]).collect());
    let credit = programme.credit_limit.map(|limit| CreditCheck {
        limit,
        headroom: options.estimate(limit - need, all(&|d| limit - d.funding_need)),
        first_breach: flows.cumulative_cash.iter().position(|c| *c < -limit),
        probability_of_breach: share(&|d| d.funding_need > limit),
        largest_scale: largest_scale(programme, &inputs, &flows, limit),
    });
    let label = |t: usize| match programme.start {
        None => t.to_string(),
        Some((start, period)) => period.label_of(period.number(start) + t as i64),
    };
    CashPath {
        labels: (0..len).map(label).collect(),
        rows: (0..len).map(row).collect(),
        funding_need: options.estimate(need, all(&|d| d.funding_need)),
        trough_period: trough(&flows.cumulative_cash),
        cash_break_even: recovered(&flows.cumulative_cash, 0),
        profit_break_even: recovered(&flows.cumulative_profit, 1),
        discounted_payback: recovered(&flows.discounted, 2),
        npv: options.estimate(npv, all(&|d| d.npv)),
        profit: options.estimate(flows.cumulative_profit[last], all(&|d| d.cumulative_profit[last])),
        probability_of_profit: share(&|d| d.npv > 0.0),
        credit,
    }
}

/// Cumulative cash is linear in the scale of acquisition: fixed part + scale · rest ≥ −limit in every period.
fn largest_scale(programme: &Programme, inputs: &Inputs, flows: &Flows, limit: f64) -> Option<f64> {
    let nobody = Programme { acquired: vec![0.0], ..programme.clone() };
    let fixed = Flows::of(&nobody, inputs).cumulative_cash;
    let (mut low, mut high) = (0.0_f64, f64::INFINITY);
    for (all, fixed) in flows.cumulative_cash.iter().zip(&fixed) {
        let (per_scale, room) = (all - fixed, limit + fixed);
        if per_scale < 0.0 {
            high = high.min(room / -per_scale);
        } else if per_scale > 0.0 {
            low = low.max(-room / per_scale);
        } else if room < 0.0 {
            return None;
        }
    }
    (high.is_finite() && high >= low).then_some(high)
}

impl CashPath {
    /// What profit and credit say together.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let breaks = self.credit.is_some_and(|credit| credit.headroom.value < 0.0);
        match (self.npv.value > 0.0, breaks) {
            (true, false) => Verdict::Sound,
            (true, true) => Verdict::BreaksCreditLimit,
            (false, false) => Verdict::Unprofitable,
            (false, true) => Verdict::UnprofitableAndBreaksCreditLimit,
        }
    }

    /// One row per period: `period, label, customers, acquisition, fixed, receipts, payments, net_cash, cumulative_cash,
    /// cumulative_cash_low, cumulative_cash_high, profit, cumulative_profit, cumulative_profit_low, cumulative_profit_high`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("period", Column::Integer((0..self.rows.len() as i64).collect()))?;
        table.push("label", Column::Text(self.labels.clone()))?;
        let mut column =
            |name: &str, of: fn(&CashRow) -> f64| table.push(name, Column::Float(self.rows.iter().map(of).collect()));
        column("customers", |r| r.customers)?;
        column("acquisition", |r| r.acquisition)?;
        column("fixed", |r| r.fixed)?;
        column("receipts", |r| r.receipts)?;
        column("payments", |r| r.payments)?;
        column("net_cash", |r| r.net_cash)?;
        column("cumulative_cash", |r| r.cumulative_cash.value)?;
        column("cumulative_cash_low", |r| r.cumulative_cash.interval.low)?;
        column("cumulative_cash_high", |r| r.cumulative_cash.interval.high)?;
        column("profit", |r| r.profit)?;
        column("cumulative_profit", |r| r.cumulative_profit.value)?;
        column("cumulative_profit_low", |r| r.cumulative_profit.interval.low)?;
        column("cumulative_profit_high", |r| r.cumulative_profit.interval.high)?;
        Ok(table)
    }

    /// One row per figure: `metric, value, low, high`; a time beyond the last period does not exist.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn figures_table(&self) -> Result<Table> {
        let known = |e: Estimate| QuantileEstimate {
            value: Some(e.value),
            low: Some(e.interval.low),
            high: Some(e.interval.high),
        };
        let mut rows = vec![
            ("npv", known(self.npv)),
            ("profit", known(self.profit)),
            ("profit_break_even", self.profit_break_even),
            ("funding_need", known(self.funding_need)),
            ("cash_break_even", self.cash_break_even),
            ("discounted_payback", self.discounted_payback),
        ];
        if let Some(credit) = &self.credit {
            rows.push(("credit_headroom", known(credit.headroom)));
        }
        figures(&rows)
    }
}

#[cfg(test)]
#[path = "cash_path_tests.rs"]
mod tests;
