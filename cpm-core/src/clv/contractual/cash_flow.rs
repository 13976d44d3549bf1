//! What active customers under contract pay, renewal by renewal.

use serde::Serialize;

use super::customer_base::{CustomerBase, Profiles};
use super::lifetimes;
use super::value::ContractValueOptions;
use crate::clv::uncertainty::Range;
use crate::error::{Error, Result};
use crate::estimate::{Estimate, half_width};
use crate::numerics::parallel;
use crate::table::{Column, Table};

/// Standings per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 64;
/// Longest horizon, in renewals.
const LONGEST: u64 = 100_000;

/// What comes in at one renewal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RenewalCashFlow {
    /// Which of the renewals to come, from 1.
    pub renewal: u64,
    /// When it is, in periods from now.
    pub time: f64,
    /// Expected number of customers who renew until then, this time included, and so pay.
    pub customers: f64,
    /// The margin that they bring, with the confidence interval that the parameters leave.
    pub cash_flow: Estimate,
    /// The same discounted to now.
    pub discounted: f64,
    /// Sum of `discounted` up to here.
    pub cumulative: f64,
}

/// Expected cash flows of a base of customers under contract.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RenewalCashFlows {
    /// Level of the intervals.
    pub level: f64,
    /// The renewals to come, in order.
    pub rows: Vec<RenewalCashFlow>,
}

impl RenewalCashFlows {
    /// Columns `renewal, time, customers, cash_flow, cash_flow_low, cash_flow_high, discounted, cumulative`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("renewal", Column::Integer(self.rows.iter().map(|r| r.renewal as i64).collect()))?;
        let mut column = |name: &str, get: fn(&RenewalCashFlow) -> f64| {
            table.push(name, Column::Float(self.rows.iter().map(get).collect()))
        };
        column("time", |r| r.time)?;
        column("customers", |r| r.customers)?;
        column("cash_flow", |r| r.cash_flow.value)?;
        column("cash_flow_low", |r| r.cash_flow.interval.low)?;
        column("cash_flow_high", |r| r.cash_flow.interval.high)?;
        column("discounted", |r| r.discounted)?;
        column("cumulative", |r| r.cumulative)?;
        Ok(table)
    }
}

pub(in crate::clv) fn cash_flows<P: Profiles>(
    profiles: &P,
    base: &CustomerBase,
    options: &ContractValueOptions,
) -> Result<RenewalCashFlows> {
    options.check()?;
    let renewals = match options.horizon {
        Some(n) if n <= LONGEST => n,
        Some(n) => return Err(Error::argument("horizon", n, format!("it must be at most {LONGEST} renewals"))),
        None => {
            return Err(Error::argument("horizon", "none", "cash flows are of a number of renewals to come: name it"));
        }
    };
    options.periods()?;
    // Per renewal the customers who pay, at the estimates and at each point.
    let width = 1 + profiles.points();
    let parts = parallel::map_chunks(base.standings().len(), CHUNK, |range| {
        let mut sums = vec![0.0; width * renewals as usize];
        base.ask(profiles, range, |standing, model, points| {
            let from = base.standings()[standing].renewals as f64;
            let customers = base.rows_of(standing).len() as f64;
            for (row, k) in sums.chunks_exact_mut(width).zip(1..) {
                let to = from + f64::from(k);
                row[0] += customers * lifetimes::of(model, |m| m.survival(from, to));
                for (sum, point) in row[1..].iter_mut().zip(points) {
                    *sum += customers * lifetimes::of(point.as_ref(), |m| m.survival(from, to));
                }
            }
        })?;
        Ok(sums)
    });
    let mut sums = vec![0.0; width * renewals as usize];
    for part in parts {
        sums.iter_mut().zip(part?).for_each(|(sum, part)| *sum += part);
    }
    let range = Range::between(0.0, options.margin * base.customers() as f64);
    let reach = half_width(options.level);
    let mut cumulative = 0.0;
    let row = |(row, renewal): (&[f64], u64)| {
        let value = options.margin * row[0];
        let time = options.until_next_renewal + (renewal - 1) as f64;
        let discounted = value * (-time * options.discount_rate.ln_1p()).exp();
        cumulative += discounted;
        let interval = range.interval(value, row[1..].iter().map(|customers| options.margin * customers), reach);
        let cash_flow = Estimate { value, interval };
        RenewalCashFlow { renewal, time, customers: row[0], cash_flow, discounted, cumulative }
    };
    Ok(RenewalCashFlows { level: options.level, rows: sums.chunks_exact(width).zip(1..).map(row).collect() })
}
