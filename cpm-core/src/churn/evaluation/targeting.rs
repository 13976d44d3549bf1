//! Whom to make an offer, given each customer's own chance to leave and own value.

use serde::Serialize;

use super::scored::finite;
use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};
use crate::table::{Column, Table};

/// A retention offer: who accepts it, what it costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetentionOffer {
    acceptance: f64,
    acceptance_error: f64,
    incentive_cost: f64,
    contact_cost: f64,
    budget: Option<f64>,
    most: f64,
    level: f64,
}

impl RetentionOffer {
    /// An offer that a would-be churner accepts with probability `acceptance`, of `incentive_cost` to whoever takes it and
    /// `contact_cost` to whoever is asked.
    #[must_use]
    pub fn new(acceptance: f64, incentive_cost: f64, contact_cost: f64) -> Self {
        Self { acceptance, acceptance_error: 0.0, incentive_cost, contact_cost, budget: None, most: 1.0, level: 0.95 }
    }

    /// Standard error of the acceptance rate: uncertainty that all customers share.
    #[must_use]
    pub fn acceptance_error(mut self, standard_error: f64) -> Self {
        self.acceptance_error = standard_error;
        self
    }

    /// Most that contacts and incentives may cost in expectation.
    #[must_use]
    pub fn budget(mut self, budget: f64) -> Self {
        self.budget = Some(budget);
        self
    }

    /// Largest share of the base that can be asked.
    #[must_use]
    pub fn at_most(mut self, fraction: f64) -> Self {
        self.most = fraction;
        self
    }

    /// Level of the intervals; 0.95 unless set.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    fn check(&self) -> Result<()> {
        if !(0.0..=1.0).contains(&self.acceptance) {
            return Err(Error::argument("acceptance", self.acceptance, "it must lie between 0 and 1"));
        }
        error::non_negative("acceptance_error", self.acceptance_error)?;
        error::non_negative("incentive_cost", self.incentive_cost)?;
        error::non_negative("contact_cost", self.contact_cost)?;
        if let Some(budget) = self.budget {
            error::non_negative("budget", budget)?;
        }
        if !(self.most > 0.0 && self.most <= 1.0) {
            return Err(Error::argument("at_most", self.most, "it must be above 0 and at most 1"));
        }
        error::level("level", self.level)?;
        Ok(())
    }
}

/// The offer to one customer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CustomerOffer {
    /// Expected profit of asking this customer.
    pub profit: f64,
    /// Interval of that expectation: the uncertainty of the customer's value and of the acceptance rate. What the customer
    /// then does is not in it.
    pub interval: Interval,
    /// Expected cost of contact and incentive.
    pub cost: f64,
    /// Position in the order in which customers are asked, from 1.
    pub rank: usize,
    /// Whether the customer is to be asked.
    pub target: bool,
}

/// Figures of the first so many customers of the order.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CampaignTotals {
    /// How many are asked.
    pub customers: usize,
    /// The same as a share of the base.
    pub fraction: f64,
    /// Profit, with a prediction interval: who churns, who accepts, what they are worth, and the acceptance rate.
    pub profit: Estimate,
    /// Expected cost.
    pub cost: f64,
    /// Expected number of would-be churners who stay because of the offer.
    pub kept: f64,
}

/// Whom to ask and what it earns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RetentionPlan {
    customers: Vec<CustomerOffer>,
    order: Vec<usize>,
    sums: Vec<Sums>,
    targets: usize,
    level: f64,
}

/// Sums over the first customers of the order.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
struct Sums {
    profit: f64,
    /// Variance of what is independent between customers.
    variance: f64,
    /// Change of the profit with the acceptance rate.
    slope: f64,
    cost: f64,
    kept: f64,
    acceptance_variance: f64,
}

/// Plans a retention offer with each customer's own probability to churn and own lifetime value.
///
/// Asking customer i earns π = p·γ·(CLV − d) − (1 − p)·d − f in expectation: a would-be churner (p) accepts with γ and stays,
/// customers who would have stayed take the incentive d all the same, and everybody asked costs the contact f (Neslin et al. 2006,
/// JMR 43; with individual values Óskarsdóttir et al. 2018). Customers are asked by descending π while it is positive, within the
/// budget and the largest share. With a budget the order is by π per expected cost.
///
/// `clv_errors` are standard errors of the values (0 if none are given), taken as independent between customers.
///
/// ```
/// use cpm_core::churn::evaluation::{RetentionOffer, plan_retention_offer};
/// let offer = RetentionOffer::new(0.3, 10.0, 1.0);
/// let plan = plan_retention_offer(&[0.9, 0.5, 0.1], &[500.0, 80.0, 500.0], None, &offer)?;
/// // 0.9 · 0.3 · 490 − 0.1 · 10 − 1, and so on.
/// assert!((plan.customers()[0].profit - 130.3).abs() < 1e-9);
/// assert_eq!(plan.customers().iter().map(|c| c.target).collect::<Vec<_>>(), [true, true, true]);
/// assert!((plan.customers()[2].profit - 4.7).abs() < 1e-9);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming the row of a probability outside 0 and 1, of a value
/// or error that is not finite, or of a negative error; [`Error::InvalidArgument`] for the offer.
pub fn plan_retention_offer(
    probabilities: &[f64],
    clv: &[f64],
    clv_errors: Option<&[f64]>,
    offer: &RetentionOffer,
) -> Result<RetentionPlan> {
    offer.check()?;
    if probabilities.is_empty() {
        return Err(Error::Empty {
            what: "the list of probabilities".to_owned(),
            remedy: "Give at least one customer".to_owned(),
        });
    }
    same_length("clv", clv.len(), "probabilities", probabilities.len())?;
    range("probabilities", probabilities, 0.0..=1.0, "a probability lies between 0 and 1")?;
    finite("clv", clv)?;
    if let Some(errors) = clv_errors {
        same_length("clv_errors", errors.len(), "probabilities", probabilities.len())?;
        range("clv_errors", errors, 0.0..=f64::MAX, "a standard error is at least 0")?;
    }
    let RetentionOffer { acceptance: rate, acceptance_error, incentive_cost, contact_cost, .. } = *offer;
    let z = half_width(offer.level);
    let asked = |i: usize| {
        let (p, value, error) = (probabilities[i], clv[i], clv_errors.map_or(0.0, |e| e[i]));
        let accepted = value - incentive_cost - contact_cost;
        let outcomes =
            [(p * rate, accepted), (p * (1.0 - rate), -contact_cost), (1.0 - p, -incentive_cost - contact_cost)];
        let profit: f64 = outcomes.iter().map(|(chance, profit)| chance * profit).sum();
        let chance: f64 = outcomes.iter().map(|(chance, x)| chance * (x - profit) * (x - profit)).sum();
        let sums = Sums {
            profit,
            variance: chance + p * rate * error * error,
            slope: p * (value - incentive_cost),
            cost: contact_cost + (p * rate + 1.0 - p) * incentive_cost,
            kept: p * rate,
            acceptance_variance: 0.0,
        };
        let reach = z * (p * rate * error).hypot(sums.slope * acceptance_error);
        (sums, Interval { low: profit - reach, high: profit + reach })
    };
    let each: Vec<(Sums, Interval)> = (0..clv.len()).map(asked).collect();
    let merit = |i: usize| {
        let sums = &each[i].0;
        // Among those who do not pay, the ratio would prefer the expensive ones.
        if offer.budget.is_some() && sums.profit > 0.0 && sums.cost > 0.0 {
            sums.profit / sums.cost
        } else {
            sums.profit
        }
    };
    let pays = |i: usize| each[i].0.profit > 0.0;
    let mut order: Vec<usize> = (0..clv.len()).collect();
    order.sort_by(|&a, &b| pays(b).cmp(&pays(a)).then(merit(b).total_cmp(&merit(a))).then(a.cmp(&b)));

    let mut plan = RetentionPlan {
        customers: each
            .iter()
            .map(|(s, interval)| CustomerOffer {
                profit: s.profit,
                interval: *interval,
                cost: s.cost,
                rank: 0,
                target: false,
            })
            .collect(),
        sums: Vec::with_capacity(order.len()),
        targets: 0,
        order: Vec::new(),
        level: offer.level,
    };
    // With 10 customers a share of 0.3 is 3 of them, whatever the rounding of the product.
    let most = (offer.most * clv.len() as f64 + 1e-9).floor() as usize;
    let mut sum = Sums::default();
    for (k, &i) in order.iter().enumerate() {
        let own = &each[i].0;
        sum.profit += own.profit;
        sum.variance += own.variance;
        sum.slope += own.slope;
        sum.cost += own.cost;
        sum.kept += own.kept;
        sum.acceptance_variance = acceptance_error * acceptance_error;
        plan.sums.push(sum);
        plan.customers[i].rank = k + 1;
        let affordable = offer.budget.is_none_or(|budget| sum.cost <= budget);
        if plan.targets == k && k < most && own.profit > 0.0 && affordable {
            plan.targets += 1;
            plan.customers[i].target = true;
        }
    }
    plan.order = order;
    Ok(plan)
}

fn range(
    column: &'static str,
    values: &[f64],
    allowed: std::ops::RangeInclusive<f64>,
    expected: &'static str,
) -> Result<()> {
    match values.iter().position(|v| !allowed.contains(v)) {
        None => Ok(()),
        Some(row) => Err(Error::InvalidValue {
            column,
            row,
            value: values[row].to_string(),
            expected,
            remedy: "Correct the value or leave the row out",
        }),
    }
}

impl RetentionPlan {
    /// The offer to each customer, in the order given.
    #[must_use]
    pub fn customers(&self) -> &[CustomerOffer] {
        &self.customers
    }

    /// The campaign as planned: the customers who are targets.
    #[must_use]
    pub fn campaign(&self) -> CampaignTotals {
        self.first(self.targets)
    }

    /// The campaign with the first so many customers of the order.
    #[must_use]
    pub fn first(&self, customers: usize) -> CampaignTotals {
        let customers = customers.min(self.order.len());
        let sums = customers.checked_sub(1).map(|last| self.sums[last]).unwrap_or_default();
        let reach =
            half_width(self.level) * (sums.variance + sums.slope * sums.slope * sums.acceptance_variance).sqrt();
        CampaignTotals {
            customers,
            fraction: customers as f64 / self.order.len() as f64,
            profit: Estimate {
                value: sums.profit,
                interval: Interval { low: sums.profit - reach, high: sums.profit + reach },
            },
            cost: sums.cost,
            kept: sums.kept,
        }
    }

    /// Columns `expected_profit, low, high, expected_cost, rank, target` (1 or 0), in the order given.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let column = |of: fn(&CustomerOffer) -> f64| Column::Float(self.customers.iter().map(of).collect());
        let whole = |of: fn(&CustomerOffer) -> i64| Column::Integer(self.customers.iter().map(of).collect());
        let mut table = Table::new();
        table.push("expected_profit", column(|c| c.profit))?;
        table.push("low", column(|c| c.interval.low))?;
        table.push("high", column(|c| c.interval.high))?;
        table.push("expected_cost", column(|c| c.cost))?;
        table.push("rank", whole(|c| c.rank as i64))?;
        table.push("target", whole(|c| i64::from(c.target)))?;
        Ok(table)
    }

    /// Profit by the share of the base that is asked, at `points` even steps and at the plan's own share: columns `fraction, customers, profit,
    /// low, high, cost, kept`.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for fewer than 2 points.
    pub fn curve(&self, points: usize) -> Result<Table> {
        if points < 2 {
            return Err(Error::argument("points", points, "there must be at least two"));
        }
        let at = |k: usize| (k * self.order.len()).div_ceil(points - 1);
        let mut counts: Vec<usize> = (0..points).map(at).chain([self.targets]).collect();
        counts.sort_unstable();
        counts.dedup();
        let rows: Vec<CampaignTotals> = counts.into_iter().map(|customers| self.first(customers)).collect();
        let column = |of: fn(&CampaignTotals) -> f64| Column::Float(rows.iter().map(of).collect());
        let mut table = Table::new();
        table.push("fraction", column(|t| t.fraction))?;
        table.push("customers", Column::Integer(rows.iter().map(|t| t.customers as i64).collect()))?;
        table.push_estimates(["profit", "low", "high"], rows.iter().map(|t| t.profit))?;
        table.push("cost", column(|t| t.cost))?;
        table.push("kept", column(|t| t.kept))?;
        Ok(table)
    }
}

#[cfg(test)]
#[path = "targeting_tests.rs"]
mod tests;
