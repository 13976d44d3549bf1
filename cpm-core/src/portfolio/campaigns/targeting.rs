//! Whom to contact.

use serde::Serialize;

use crate::error::{self, Error, Result, non_negative, same_length};
use crate::estimate::{Estimate, Interval, half_width};
use crate::table::{Column, Table};

/// What is known of each customer, as columns of one length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CampaignColumns<'a> {
    /// Probability of a response when contacted.
    pub response: &'a [f64],
    /// Probability of the same response without contact; without it everybody's is taken as 0.
    pub baseline: Option<&'a [f64]>,
    /// Margin of a response.
    pub value: &'a [f64],
    /// Cost of a contact: one number for all, or one per customer.
    pub cost: &'a [f64],
}

/// Choices for [`target_customers`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CampaignOptions {
    incentive: f64,
    fixed_cost: f64,
    capacity: Option<usize>,
    budget: Option<f64>,
    effect_error: f64,
    level: f64,
}

impl Default for CampaignOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl CampaignOptions {
    /// No incentive, no fixed cost, no limit; 95 % intervals.
    #[must_use]
    pub fn new() -> Self {
        Self { incentive: 0.0, fixed_cost: 0.0, capacity: None, budget: None, effect_error: 0.0, level: 0.95 }
    }

    /// Paid to everyone who is contacted and responds, also to those who would have without: a voucher.
    #[must_use]
    pub fn incentive(mut self, per_response: f64) -> Self {
        self.incentive = per_response;
        self
    }

    /// Cost of the campaign as such: it decides whether, not whom.
    #[must_use]
    pub fn fixed_cost(mut self, cost: f64) -> Self {
        self.fixed_cost = cost;
        self
    }

    /// The most customers that can be contacted.
    #[must_use]
    pub fn capacity(mut self, customers: usize) -> Self {
        self.capacity = Some(customers);
        self
    }

    /// The most that contacts may cost.
    #[must_use]
    pub fn budget(mut self, money: f64) -> Self {
        self.budget = Some(money);
        self
    }

    /// Relative standard error of the effect (response less baseline), common to all customers: that of the test campaign or the model.
    #[must_use]
    pub fn effect_error(mut self, relative: f64) -> Self {
        self.effect_error = relative;
        self
    }

    /// Probability that an interval holds.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }
}

/// Profit of contacting the best customers down to some depth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DepthPoint {
    /// Customers contacted.
    pub customers: usize,
    /// Cost of the contacts.
    pub cost: f64,
    /// Expected profit, fixed cost included, with the interval of what will be seen.
    pub profit: Estimate,
}

/// Whom to contact; see [`target_customers`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TargetList {
    /// Rows of all customers, the best first.
    pub order: Vec<u32>,
    /// Expected profit of contacting each customer, in the order of the rows given.
    pub expected_profit: Vec<f64>,
    /// How many of `order` to contact.
    pub depth: usize,
    /// Cost and profit at that depth.
    pub best: DepthPoint,
    /// Profit of contacting everybody.
    pub everybody: DepthPoint,
    /// Profit at up to 100 depths, to draw.
    pub curve: Vec<DepthPoint>,
    /// Probability of a response at which the contact of a customer of mean value and cost begins to pay, nobody responding
    /// without: cost/(margin − incentive); None if the incentive takes all margin.
    pub break_even_response: Option<f64>,
    /// What ended the list: `profit` (the next customer would cost more than bring), `capacity` or `budget`.
    pub limited_by: &'static str,
}

impl TargetList {
    /// Rows of the customers to contact, the best first.
    #[must_use]
    pub fn targets(&self) -> &[u32] {
        &self.order[..self.depth]
    }

    /// Columns `customers, cost, profit, low, high` of the curve.
    ///
    /// # Errors
    /// None in practice.
    pub fn curve_table(&self) -> Result<Table> {
        let column = |of: fn(&DepthPoint) -> f64| Column::Float(self.curve.iter().map(of).collect());
        let mut table = Table::new();
        table.push("customers", Column::Integer(self.curve.iter().map(|p| p.customers as i64).collect()))?;
        table.push("cost", column(|p| p.cost))?;
        table.push_estimates(["profit", "low", "high"], self.curve.iter().map(|p| p.profit))?;
        Ok(table)
    }
}

/// Whom to contact, in what order and how many, so that the expected profit is as large as possible.
///
/// A contact is expected to bring (response − baseline)·value − response·incentive − cost: what matters is who can be moved, not
/// who responds (Radcliffe 2007; Ascarza 2018). Customers are taken in the order of this profit while it is positive and the capacity lasts; under a
/// budget with unequal costs in the order of profit per cost, which is at most one customer away from the best choice.
///
/// The interval is that of the profit which will be seen: responses with and without contact are drawn by chance, and the effect has a
/// common error.
///
/// ```
/// use cpm_core::portfolio::{CampaignColumns, CampaignOptions, target_customers};
/// let columns = CampaignColumns {
///     response: &[0.30, 0.60, 0.10, 0.20],
///     baseline: Some(&[0.10, 0.60, 0.08, 0.10]),
///     value: &[50.0, 50.0, 50.0, 50.0],
///     cost: &[2.0],
/// };
/// let list = target_customers(&columns, &CampaignOptions::new())?;
/// assert_eq!(list.targets(), [0, 3]); // the best responder would have bought anyway
/// assert!((list.best.profit.value - 11.0).abs() < 1e-12);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming column and row; [`Error::InvalidArgument`].
pub fn target_customers(columns: &CampaignColumns<'_>, options: &CampaignOptions) -> Result<TargetList> {
    let level = error::level("level", options.level)?;
    non_negative("incentive", options.incentive)?;
    non_negative("fixed_cost", options.fixed_cost)?;
    non_negative("effect_error", options.effect_error)?;
    options.budget.map(|b| non_negative("budget", b)).transpose()?;
    check(columns)?;
    let n = columns.response.len();
    let baseline = |i: usize| columns.baseline.map_or(0.0, |b| b[i]);
    let cost = |i: usize| if columns.cost.len() == 1 { columns.cost[0] } else { columns.cost[i] };
    let gain = |i: usize| (columns.response[i] - baseline(i)) * columns.value[i];
    let expected_profit: Vec<f64> =
        (0..n).map(|i| gain(i) - columns.response[i] * options.incentive - cost(i)).collect();
    let per_cost = options.budget.is_some() && columns.cost.len() > 1;
    let rank = |i: usize| {
        if per_cost && expected_profit[i] > 0.0 { expected_profit[i] / cost(i).max(1e-300) } else { expected_profit[i] }
    };
    let mut order: Vec<u32> = (0..n as u32).collect();
    // Ties stay in the order of the rows.
    order.sort_by(|&i, &j| {
        let positive = |i: u32| expected_profit[i as usize] > 0.0;
        positive(j).cmp(&positive(i)).then(rank(j as usize).total_cmp(&rank(i as usize)))
    });

    let half = half_width(level);
    let step = n.div_ceil(100).max(1);
    let (mut sum, mut spent, mut variance, mut effect) = (-options.fixed_cost, 0.0, 0.0, 0.0);
    let point = |customers: usize, sum: f64, spent: f64, variance: f64, effect: f64| {
        let reach = half * (variance + (options.effect_error * effect).powi(2)).sqrt();
        let profit = Estimate { value: sum, interval: Interval { low: sum - reach, high: sum + reach } };
        DepthPoint { customers, cost: spent, profit }
    };
    let nothing = point(0, 0.0, 0.0, 0.0, 0.0);
    let (mut depth, mut best, mut curve, mut limited_by) = (0, nothing, vec![nothing], "profit");
    let mut open = true;
    for (k, &row) in order.iter().enumerate() {
        let i = row as usize;
        let (p, b, v) = (columns.response[i], baseline(i), columns.value[i]);
        if open && expected_profit[i] <= 0.0 {
            open = false;
        }
        if open && options.capacity.is_some_and(|most| k >= most) {
            (open, limited_by) = (false, "capacity");
        }
        if open && options.budget.is_some_and(|most| spent + cost(i) > most * (1.0 + 1e-12)) {
            (open, limited_by) = (false, "budget");
        }
        sum += expected_profit[i];
        spent += cost(i);
        effect += gain(i);
        variance += (v - options.incentive).powi(2) * p * (1.0 - p) + v * v * b * (1.0 - b);
        let here = point(k + 1, sum, spent, variance, effect);
        if open {
            (depth, best) = (k + 1, here);
        }
        if (k + 1) % step == 0 || k + 1 == n {
            curve.push(here);
        }
    }
    let everybody = point(n, sum, spent, variance, effect);
    let mean_value = columns.value.iter().sum::<f64>() / n as f64 - options.incentive;
    let break_even_response = (mean_value > 0.0).then(|| spent / n as f64 / mean_value);
    if best.profit.value <= 0.0 {
        // The fixed cost eats what the contacts would bring: no campaign is the best campaign.
        (depth, best) = (0, nothing);
    }
    Ok(TargetList { order, expected_profit, depth, best, everybody, curve, break_even_response, limited_by })
}

fn check(columns: &CampaignColumns<'_>) -> Result<()> {
    let n = columns.response.len();
    if n == 0 {
        let remedy = "Give one row per customer".to_owned();
        return Err(Error::Empty { what: "the list of customers".to_owned(), remedy });
    }
    let length = |column, found: usize| {
        if found == n {
            Ok(())
        } else {
            Err(Error::LengthMismatch { column, found, reference: "response", expected: n })
        }
    };
    length("value", columns.value.len())?;
    if columns.cost.len() != 1 {
        length("cost", columns.cost.len())?;
    }
    let every = |column, values: &[f64], allowed: fn(f64) -> bool, expected, remedy| match values
        .iter()
        .position(|v| !allowed(*v))
    {
        Some(row) => Err(Error::InvalidValue { column, row, value: values[row].to_string(), expected, remedy }),
        None => Ok(()),
    };
    let share = |column, values: &[f64]| {
        let remedy = "Give a probability, not a score or a percentage";
        every(column, values, |v| (0.0..=1.0).contains(&v), "a probability lies between 0 and 1", remedy)
    };
    share("response", columns.response)?;
    if let Some(baseline) = columns.baseline {
        length("baseline", baseline.len())?;
        share("baseline", baseline)?;
    }
    let remedy = "Correct it, or leave out the customer";
    every("value", columns.value, f64::is_finite, "it must be a finite number", remedy)?;
    every("cost", columns.cost, |v| v.is_finite() && v >= 0.0, "it must be a finite number of at least 0", remedy)
}

/// Customers held out of a campaign at random; see [`TargetList::hold_out`].
#[cfg(feature = "decisions")]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HoldoutGroup {
    /// Rows to contact, the best first.
    pub contact: Vec<u32>,
    /// Rows not to contact, though they are on the list.
    pub hold_out: Vec<u32>,
    /// The smallest difference of response rates that the two groups show with a probability of 80 % (at the 5 % level).
    pub detectable_effect: f64,
    /// Expected profit that holding out costs.
    pub cost: f64,
}

#[cfg(feature = "decisions")]
impl TargetList {
    /// Draws a group at random that is on the list but not contacted, so that the campaign's effect can be measured afterwards with
    /// [`campaign_effect`](super::campaign_effect).
    ///
    /// `response` is the column that the list was made from. The same seed gives the same group.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a share outside (0, 1), or a list too short for two groups of at least one.
    pub fn hold_out(&self, response: &[f64], share: f64, seed: u64) -> Result<HoldoutGroup> {
        use rand::seq::index::sample;
        use rand::{SeedableRng, rngs::ChaCha8Rng};

        use crate::numerics::distribution::normal_quantile;

        error::level("share", share)?;
        let targets = self.targets();
        same_length("response", response.len(), "the list", self.order.len())?;
        let size = (share * targets.len() as f64).round() as usize;
        if size == 0 || size == targets.len() {
            let expected =
                format!("of {} customers it leaves one of the groups empty; take a larger list", targets.len());
            return Err(Error::argument("share", share, expected));
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut held = vec![false; targets.len()];
        sample(&mut random, targets.len(), size).into_iter().for_each(|k| held[k] = true);
        let group = |which: bool| -> Vec<u32> {
            targets.iter().zip(&held).filter(|(_, h)| **h == which).map(|(row, _)| *row).collect()
        };
        let (contact, hold_out) = (group(false), group(true));
        let p = targets.iter().map(|&i| response[i as usize]).sum::<f64>() / targets.len() as f64;
        let spread = p * (1.0 - p) * (1.0 / contact.len() as f64 + 1.0 / hold_out.len() as f64);
        let detectable_effect = (normal_quantile(0.975) + normal_quantile(0.8)) * spread.sqrt();
        let cost = hold_out.iter().map(|&i| self.expected_profit[i as usize]).sum();
        Ok(HoldoutGroup { contact, hold_out, detectable_effect, cost })
    }
}
