//! Lifetime value under contract.

use serde::Serialize;

use super::lifetimes::{self, Future, annuity};
use super::model::{group, horizon};
use super::process::ContractualProcess;
use crate::clv::totals::{Addend, Total};
use crate::clv::uncertainty::Range;
use crate::error::{self, Error, Result};
use crate::estimate::{Estimate, half_width};
use crate::numerics::parallel;

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
    until_next_renewal: f64,
    horizon: Option<u64>,
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
}

pub(super) fn residual_value<M: ContractualProcess + ?Sized>(
    model: &M,
    renewals: &[u64],
    options: &ContractValueOptions,
) -> Result<ContractValue> {
    options.check()?;
    let periods = options.periods()?;
    if renewals.is_empty() {
        return Err(Error::Empty {
            what: "the list of renewals".to_owned(),
            remedy: "Give the number of renewals of each active customer".to_owned(),
        });
    }
    let money = options.margin * (-options.until_next_renewal * options.discount_rate.ln_1p()).exp();
    let points = model.at_uncertainty_points();
    let (distinct, of_row) = group(renewals);
    let most = money * annuity(periods, options.discount_rate);
    let mut count = vec![0.0; distinct.len()];
    of_row.iter().for_each(|&g| count[g] += 1.0);
    let width = half_width(options.level);

    let parts = parallel::map_chunks(distinct.len(), 16, |range| {
        let mut total = Total::new([points.len(), 0]);
        let mut values = Vec::with_capacity(range.len());
        for g in range {
            let future = Future { renewals: distinct[g] as f64, horizon: periods, rate: options.discount_rate };
            let here = lifetimes::of(model, |m| m.discounted_renewals(future));
            let at_points: Vec<f64> =
                points.iter().map(|m| money * lifetimes::of(m.as_ref(), |l| l.residual(future))).collect();
            let value = money * here.mean;
            values.push(Estimate {
                value,
                interval: Range::between(0.0, most).interval(value, at_points.iter().copied(), width),
            });
            let all: Vec<f64> = at_points.iter().map(|v| count[g] * v).collect();
            total.add(&Addend {
                mean: count[g] * value,
                variance: count[g] * money * money * here.variance,
                none: here.none.powf(count[g]),
                at_points: [&all, &[]],
            });
        }
        (total, values)
    });
    let mut total = Total::new([points.len(), 0]);
    let mut values = Vec::with_capacity(distinct.len());
    for (part, of_groups) in parts {
        total.merge(&part);
        values.extend(of_groups);
    }
    let total = total.at_most(most * renewals.len() as f64).estimate(options.level);
    Ok(ContractValue { customers: of_row.iter().map(|&g| values[g]).collect(), total })
}
