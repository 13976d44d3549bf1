//! Lifetime value: discounted margin of the purchases to come, per customer and in total.

use super::gamma_gamma::{GammaGamma, monetary_value};
use super::purchase_model::{PurchaseProcess, check};
use super::totals::{self, Addend, Grouping, Matched, Total, slots};
use crate::error::{self, Result};
use crate::estimate::Estimate;
use crate::numerics::distribution::beta_prime_quantile;
use crate::numerics::parallel;
use crate::summary::{CustomerSummary, History, TimeUnit};
use crate::table::{Column, Table};
use crate::transactions::CustomerIds;

/// Distinct histories per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 512;
/// The tail of a heavy-tailed mean spend is cut where less than one customer in a hundred bases of this
/// size would be.
const BASES: f64 = 100.0;

/// Horizon, discounting, margin and the level of the intervals.
///
/// ```
/// use cpm_core::clv::ValueOptions;
/// let options = ValueOptions::new(52.0).discount_rate(0.10).margin(0.30).level(0.95);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ValueOptions {
    pub(crate) horizon: f64,
    pub(crate) discount_rate: f64,
    pub(crate) margin: f64,
    pub(crate) level: f64,
    pub(crate) cost_per_purchase: f64,
}

impl ValueOptions {
    /// A horizon in time units of the summary; no discounting, the whole amount as margin, 95 % intervals.
    #[must_use]
    pub fn new(horizon: f64) -> Self {
        Self { horizon, discount_rate: 0.0, margin: 1.0, level: 0.95, cost_per_purchase: 0.0 }
    }

    /// Discount rate per year: 0.10 for 10 %. A payment after t years counts 1/(1.10)^t.
    #[must_use]
    pub fn discount_rate(mut self, per_year: f64) -> Self {
        self.discount_rate = per_year;
        self
    }

    /// Share of an amount that is contribution margin: 0.30 for 30 %.
    #[must_use]
    pub fn margin(mut self, share: f64) -> Self {
        self.margin = share;
        self
    }

    /// Variable cost of each purchase besides what the margin leaves out, in money: picking, packing, postage.
    #[must_use]
    pub fn cost_per_purchase(mut self, cost: f64) -> Self {
        self.cost_per_purchase = cost;
        self
    }

    /// Probability that an interval holds.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    pub(crate) fn check(&self) -> Result<()> {
        error::positive("horizon", self.horizon)?;
        error::non_negative("discount_rate", self.discount_rate)?;
        error::positive("margin", self.margin)?;
        error::non_negative("cost_per_purchase", self.cost_per_purchase)?;
        error::level("level", self.level)?;
        Ok(())
    }

    /// The continuous rate per time unit that equals the annual rate.
    pub(crate) fn rate_per(&self, unit: TimeUnit) -> f64 {
        continuous_rate(self.discount_rate, unit)
    }
}

/// The continuous rate per time unit that equals a rate per year.
pub(super) fn continuous_rate(per_year: f64, unit: TimeUnit) -> f64 {
    per_year.ln_1p() / unit.per_year()
}

/// The value of one customer over the horizon.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CustomerValue {
    /// Expected discounted number of purchases.
    pub discounted_purchases: f64,
    /// Expected spend per purchase.
    pub expected_spend: f64,
    /// Expected value: discounted purchases · (margin · spend - cost per purchase).
    pub value: f64,
    /// Lower end of the prediction interval of the value.
    pub value_low: f64,
    /// Upper end of the prediction interval of the value.
    pub value_high: f64,
    /// Standard deviation of the value by chance in purchases and amounts alone: what evens out over many customers. The uncertainty of
    /// the parameters, which does not, is only in the interval.
    pub value_standard_deviation: f64,
}

/// Values of all customers and totals of groups.
#[derive(Debug, Clone, PartialEq)]
pub struct LifetimeValue {
    customer_ids: CustomerIds,
    customers: Vec<CustomerValue>,
    total: Estimate,
    groups: Vec<Vec<Estimate>>,
}

impl LifetimeValue {
    /// One value per customer, in the order of the summary.
    #[must_use]
    pub fn customers(&self) -> &[CustomerValue] {
        &self.customers
    }

    /// Value of all customers, with prediction interval.
    #[must_use]
    pub fn total(&self) -> Estimate {
        self.total
    }

    /// Totals of the groups of the k-th grouping that was asked for.
    pub(crate) fn groups(&self, k: usize) -> &[Estimate] {
        &self.groups[k]
    }

    /// Columns `customer_id, discounted_purchases, expected_spend, value, value_low, value_high, value_standard_deviation`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("customer_id", Column::Id(self.customer_ids.clone()))?;
        let mut column = |name: &str, get: fn(&CustomerValue) -> f64| {
            table.push(name, Column::Float(self.customers.iter().map(get).collect()))
        };
        column("discounted_purchases", |c| c.discounted_purchases)?;
        column("expected_spend", |c| c.expected_spend)?;
        column("value", |c| c.value)?;
        column("value_low", |c| c.value_low)?;
        column("value_high", |c| c.value_high)?;
        column("value_standard_deviation", |c| c.value_standard_deviation)?;
        Ok(table)
    }
}

/// Expected discounted margin of each customer's purchases within the horizon, and of the base.
///
/// value = margin · E\[Σ (1 + d)^-t_j\] · E\[M\], with the purchase times t_j in years after the end of
/// observation and the mean spend M per purchase: purchases from `model`, spend from `spend`, independent
/// of each other. Discounting is continuous in time: a purchase counts at its own time, not at the end of
/// a period.
///
/// Intervals are prediction intervals of what the customer will bring. They hold the chance in number
/// and times of purchases and in amounts, and the uncertainty of both models' parameters. Customers that
/// may well bring nothing have 0 as their lower end.
///
/// ```
/// use cpm_core::{datasets, lifetime_value, BgNbd, FitOptions, GammaGamma, SummaryOptions, ValueOptions};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let model = BgNbd::fit(&customers, &FitOptions::new())?;
/// let spend = GammaGamma::fit(&customers, &FitOptions::new())?;
/// let options = ValueOptions::new(52.0).discount_rate(0.10).margin(0.30);
/// let value = lifetime_value(&model, &spend, &customers, &options)?;
/// let total = value.total();
/// assert!(total.interval.low < total.value && total.value < total.interval.high);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for options out of range or a summary in another
/// time unit; [`Error::NotIdentified`](crate::Error::NotIdentified) if the summary has no monetary values.
pub fn lifetime_value(
    model: &dyn PurchaseProcess,
    spend: &GammaGamma,
    customers: &CustomerSummary,
    options: &ValueOptions,
) -> Result<LifetimeValue> {
    lifetime_value_by_group(model, spend, customers, options, &[])
}

/// [`lifetime_value`] with totals of any number of groupings, in the same pass.
pub(crate) fn lifetime_value_by_group(
    model: &dyn PurchaseProcess,
    spend: &GammaGamma,
    customers: &CustomerSummary,
    options: &ValueOptions,
    groupings: &[Grouping<'_>],
) -> Result<LifetimeValue> {
    options.check()?;
    check(model, customers, options.horizon)?;
    let valuation = Valuation {
        model,
        points: model.at_uncertainty_points(),
        spend,
        spend_points: spend.at_uncertainty_points(),
        monetary_value: monetary_value(customers)?,
        options,
        rate: options.rate_per(customers.time_unit()),
        tail: 1.0 / (BASES * customers.len() as f64),
    };
    let empty = || slots([valuation.points.len(), valuation.spend_points.len()], groupings);

    let histories = customers.histories();
    let count = histories.distinct().len();
    let chunks: Vec<(Vec<CustomerValue>, Vec<Total>)> = parallel::map_chunks(count, CHUNK, |groups| {
        let mut totals = empty();
        let mut values = Vec::with_capacity(groups.clone().map(|g| histories.rows_of(g).len()).sum());
        let part = &histories.distinct()[groups.clone()];
        for (g, mut history) in groups.zip(valuation.histories(part)) {
            for &row in histories.rows_of(g) {
                let (value, addend) = history.customer(valuation.monetary_value[row as usize]);
                totals::add(&mut totals, groupings, row, &addend);
                values.push(value);
            }
        }
        (values, totals)
    })
    .collect();

    let mut by_row = vec![CustomerValue::default(); customers.len()];
    let rows = (0..count).flat_map(|g| histories.rows_of(g));
    for (value, &row) in chunks.iter().flat_map(|(values, _)| values).zip(rows) {
        by_row[row as usize] = *value;
    }
    let mut sums = empty();
    if options.cost_per_purchase > 0.0 {
        sums = sums.into_iter().map(Total::signed).collect();
    }
    let (total, groups) = totals::estimates(chunks.iter().map(|(_, t)| t), sums, groupings, options.level);
    Ok(LifetimeValue { customer_ids: customers.customer_ids().clone(), customers: by_row, total, groups })
}

/// All that is common to the customers.
struct Valuation<'a> {
    model: &'a dyn PurchaseProcess,
    points: Vec<Box<dyn PurchaseProcess>>,
    spend: &'a GammaGamma,
    spend_points: Vec<GammaGamma>,
    monetary_value: &'a [f64],
    options: &'a ValueOptions,
    rate: f64,
    tail: f64,
}

/// From the value before cost of a customer who purchases to the one after it: linear, with the right mean and variance.
struct Net {
    gross_mean: f64,
    mean: f64,
    ratio: f64,
}

impl Net {
    /// From the probability of a purchase, and first and second moments of all customers.
    fn new(some: f64, gross: [f64; 2], net: [f64; 2]) -> Self {
        let spread = |[mean, square]: [f64; 2]| (square / some - (mean / some).powi(2)).max(0.0).sqrt();
        let (before, after) = (spread(gross), spread(net));
        Self {
            gross_mean: gross[0] / some,
            mean: net[0] / some,
            ratio: if before > 0.0 { after / before } else { 1.0 },
        }
    }

    fn of(&self, gross: f64) -> f64 {
        self.mean + self.ratio * (gross - self.gross_mean)
    }
}

/// What the customers of one history share.
struct OfHistory<'a> {
    valuation: &'a Valuation<'a>,
    x: f64,
    none: f64,
    mean: f64,
    mean_square: f64,
    mean_of_squares: f64,
    /// Discounted purchases at the uncertainty points, and the variance between them.
    at_points: Vec<f64>,
    between: f64,
    /// The customer computed last: its mean amount, result, variance, and value at the points of either model.
    last_z: Option<f64>,
    last: CustomerValue,
    variance: f64,
    values: [Vec<f64>; 2],
    /// The last two quantiles that were computed.
    quantiles: [Quantile; 2],
}

/// A quantile of the beta-prime distribution of a history's customers.
#[derive(Debug, Clone, Copy, Default)]
struct Quantile {
    shape: f64,
    within: f64,
    value: f64,
}

impl Valuation<'_> {
    fn histories<'a>(&'a self, histories: &'a [History]) -> impl Iterator<Item = OfHistory<'a>> {
        let horizon = self.options.horizon;
        let purchases = self.model.discounted_purchases_of(histories, horizon, self.rate);
        let points = self.points.iter().map(|m| m.discounted_expectations_of(histories, horizon, self.rate));
        let at_points: Vec<Vec<f64>> = points.collect();
        histories.iter().zip(purchases).enumerate().map(move |(i, (h, d))| {
            let at_points: Vec<f64> = at_points.iter().map(|point| point[i]).collect();
            let square: f64 = at_points.iter().map(|v| (v - d.mean).powi(2)).sum();
            OfHistory {
                valuation: self,
                x: h.x,
                none: d.none,
                mean: d.mean,
                mean_square: d.mean_square,
                mean_of_squares: d.mean_of_squares,
                between: square / at_points.len().max(1) as f64,
                at_points,
                last_z: None,
                last: CustomerValue::default(),
                variance: 0.0,
                values: [vec![0.0; self.points.len()], vec![0.0; self.spend_points.len()]],
                quantiles: [Quantile::default(); 2],
            }
        })
    }
}

impl OfHistory<'_> {
    /// A customer of this history with a mean amount of `z`. One-time buyers all have the same, so the last
    /// result is kept.
    fn customer(&mut self, z: f64) -> (CustomerValue, Addend<'_>) {
        if self.last_z != Some(z) {
            self.last_z = Some(z);
            self.value(z);
        }
        let [first, second] = &self.values;
        let addend =
            Addend { mean: self.last.value, variance: self.variance, none: self.none, at_points: [first, second] };
        (self.last, addend)
    }

    fn value(&mut self, z: f64) {
        let Valuation { spend, spend_points, options, .. } = self.valuation;
        let (x, margin, cost) = (self.x, options.margin, options.cost_per_purchase);
        let expected_spend = spend.expected(x, z);
        let value = self.mean * (margin * expected_spend - cost);

        // Given ν, E[(Σ d_j Z_j)²] = (p/ν)² (E[D²] + E[Σ d_j²]/p).
        let count_square = self.mean_square + self.mean_of_squares / spend.p();
        let spend_square = spend.mean_square(x, z, self.valuation.tail);
        let gross = margin * self.mean * expected_spend;
        let gross_square = margin * margin * spend_square * count_square;
        // E[(mΣdZ - cΣd)²]; given the times, each Z has the mean E[M].
        let square = gross_square - cost * self.mean_square * (2.0 * margin * expected_spend - cost);
        self.variance = (square - value * value).max(0.0);
        for (slot, d) in self.values[0].iter_mut().zip(&self.at_points) {
            *slot = d * (margin * expected_spend - cost);
        }
        let mut spend_between = 0.0;
        for (slot, point) in self.values[1].iter_mut().zip(spend_points) {
            let there = point.expected(x, z);
            *slot = self.mean * (margin * there - cost);
            spend_between += (there / expected_spend - 1.0).powi(2) / spend_points.len() as f64;
        }

        // The sum of standardised amounts G = Σ d_j γ_j, γ_j ~ Gamma(p, 1), is matched by a gamma with a mass at
        // zero; divided by ν ~ Gamma(px + q, v + xz) it is beta-prime, heavy tail included.
        let p = spend.p();
        let second = p * p * (count_square + self.between) + (p * self.mean).powi(2) * spend_between;
        let matched = Matched::new(self.none, p * self.mean, second);
        let scale = margin * matched.scale * (spend.v() + x * z);
        // Without uncertainty of the spend model, the shape is that of the history: its quantiles are kept.
        let mut kept = self.quantiles;
        let mut gross_quantile = |within: f64| {
            let known = kept.iter().find(|k| k.shape == matched.shape && k.within == within);
            let value =
                known.map_or_else(|| beta_prime_quantile(matched.shape, p * x + spend.q(), within), |k| k.value);
            if known.is_none() {
                kept = [kept[1], Quantile { shape: matched.shape, within, value }];
            }
            scale * value
        };
        // Cost shifts and narrows the distribution of those who purchase: matched by mean and variance.
        let net = Net::new(1.0 - self.none, [gross, gross_square], [value, square]);
        let mut quantile = |probability: f64| {
            if cost == 0.0 {
                return matched.within(probability).map_or(0.0, &mut gross_quantile);
            }
            let mut of_buyers = |share: f64| {
                let share = share / (1.0 - self.none);
                (share > 0.0 && share < 1.0).then(|| net.of(gross_quantile(share)))
            };
            // Losses come before the zero of those who do not purchase, gains after it.
            match (of_buyers(probability), of_buyers(probability - self.none)) {
                (Some(loss), _) if loss < 0.0 => loss,
                (_, Some(gain)) if gain > 0.0 => gain,
                _ => 0.0,
            }
        };
        let tail = 0.5 * (1.0 - options.level);
        self.last = CustomerValue {
            discounted_purchases: self.mean,
            expected_spend,
            value,
            value_low: quantile(tail),
            value_high: quantile(1.0 - tail),
            value_standard_deviation: self.variance.sqrt(),
        };
        self.quantiles = kept;
    }
}
