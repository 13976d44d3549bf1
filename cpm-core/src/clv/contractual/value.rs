//! Lifetime value under contract.

use serde::Serialize;

use super::customer_base::{CustomerBase, Profiles};
use super::lifetimes::{self, Future, annuity};
use super::model::horizon;
use crate::clv::totals::{self, Addend, Grouping, NamedGroups, Total};
use crate::clv::uncertainty::Range;
use crate::error::{self, Result};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::parallel;
use crate::table::Table;

/// Standings per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 16;

/// How renewals turn into money.
///
/// ```
/// use cpm_core::clv::{ContractValueOptions, ContractualModel, ShiftedBetaGeometric};
/// let model = ShiftedBetaGeometric::from_params(0.764, 1.296)?;
/// let options = ContractValueOptions::new(100.0, 0.10).until_next_renewal(0.0);
/// let value = model.residual_value(&[0, 1, 4], &options)?;
/// assert!((value.customers[1].value - 393.94).abs() < 0.01);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContractValueOptions {
    pub(super) margin: f64,
    pub(super) discount_rate: f64,
    pub(super) level: f64,
    pub(super) until_next_renewal: f64,
    pub(super) horizon: Option<u64>,
}

impl ContractValueOptions {
    /// A margin per period, paid in advance at each renewal, and a discount rate per period (not per year, unless
    /// that is the period). All renewals to come count, the next one is a full period away, intervals are at 0.95.
    #[must_use]
    pub fn new(margin: f64, discount_rate: f64) -> Self {
        Self { margin, discount_rate, level: 0.95, until_next_renewal: 1.0, horizon: None }
    }

    /// Time until the next renewal, in periods: 0 just before it, 1 just after the last one.
    #[must_use]
    pub fn until_next_renewal(mut self, periods: f64) -> Self {
        self.until_next_renewal = periods;
        self
    }

    /// Count the next `opportunities` renewals only.
    #[must_use]
    pub fn horizon(mut self, opportunities: u64) -> Self {
        self.horizon = Some(opportunities);
        self
    }

    /// Level of the intervals.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        error::positive("margin", self.margin)?;
        error::non_negative("until_next_renewal", self.until_next_renewal)?;
        error::level("level", self.level)?;
        match self.horizon {
            None => error::positive("discount_rate", self.discount_rate).map(|_| ()),
            Some(_) => error::non_negative("discount_rate", self.discount_rate).map(|_| ()),
        }
    }

    pub(super) fn periods(&self) -> Result<f64> {
        horizon(self.horizon)
    }
}

/// Residual lifetime values of active customers, in money.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContractValue {
    /// For each customer the expected value with its confidence interval.
    pub customers: Vec<Estimate>,
    /// Their sum with its prediction interval: uncertainty of the parameters, common to all, and chance in what each
    /// customer does.
    pub total: Estimate,
    /// Name, number of customers, and value with prediction interval of each group that has customers; empty if none were named.
    pub groups: Vec<(String, u64, Estimate)>,
}

impl ContractValue {
    /// One row per group: `group, customers, value, value_low, value_high`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn groups_table(&self) -> Result<Table> {
        totals::table_of_groups(&self.groups, "value")
    }
}

/// Residual values of the customers of a base, of groups of them, and of all.
pub(in crate::clv) fn residual_value<P: Profiles>(
    profiles: &P,
    base: &CustomerBase,
    options: &ContractValueOptions,
    groups: Option<&NamedGroups<'_>>,
) -> Result<ContractValue> {
    options.check()?;
    let periods = options.periods()?;
    let money = options.margin * (-options.until_next_renewal * options.discount_rate.ln_1p()).exp();
    let most = money * annuity(periods, options.discount_rate);
    let width = half_width(options.level);
    let groupings: Vec<Grouping<'_>> = groups.iter().map(|g| g.grouping()).collect();
    let points = [profiles.points(), 0];

    let parts = parallel::map_chunks(base.standings().len(), CHUNK, |range| {
        let mut totals = totals::slots(points, &groupings);
        let mut values = Vec::with_capacity(range.len());
        base.ask(profiles, range, |standing, model, at| {
            let renewals = base.standings()[standing].renewals as f64;
            let future = Future { renewals, horizon: periods, rate: options.discount_rate };
            let here = lifetimes::of(model, |m| m.discounted_renewals(future));
            let at_points: Vec<f64> =
                at.iter().map(|m| money * lifetimes::of(m.as_ref(), |l| l.residual(future))).collect();
            let value = money * here.mean;
            let interval = Range::between(0.0, most).interval(value, at_points.iter().copied(), width);
            values.push(Estimate { value, interval });
            let addend = Addend {
                mean: value,
                variance: money * money * here.variance,
                none: here.none,
                at_points: [&at_points, &[]],
            };
            base.rows_of(standing).iter().for_each(|&row| totals::add(&mut totals, &groupings, row, &addend));
        })?;
        Ok((totals, values))
    });
    let parts: Vec<(Vec<Total>, Vec<Estimate>)> = parts.collect::<Result<_>>()?;
    let everybody = base.customers() as u64;
    let counts = std::iter::once(&everybody).chain(groups.iter().flat_map(|g| g.customers()));
    let slots = totals::slots(points, &groupings).into_iter().zip(counts);
    let slots = slots.map(|(total, &customers)| total.at_most(most * customers as f64)).collect();
    let (total, of_groups) = totals::estimates(parts.iter().map(|p| &p.0), slots, &groupings, options.level);
    let mut customers = vec![Estimate { value: 0.0, interval: Interval { low: 0.0, high: 0.0 } }; base.customers()];
    for (standing, value) in parts.iter().flat_map(|p| &p.1).enumerate() {
        base.rows_of(standing).iter().for_each(|&row| customers[row as usize] = *value);
    }
    let groups = groups.map_or_else(Vec::new, |g| g.name(of_groups.concat()));
    Ok(ContractValue { customers, total, groups })
}
