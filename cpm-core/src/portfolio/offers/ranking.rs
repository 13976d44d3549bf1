//! Which offer for whom, when offers run out.

use ndarray::ArrayView2;
use serde::Serialize;

use super::market::Market;
use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};
use crate::table::{Column, Table};

/// What an offer brings, as columns.
#[derive(Debug, Clone, Copy)]
pub struct OfferColumns<'a> {
    /// Probability that a customer (row) takes an offer (column).
    pub probability: ArrayView2<'a, f64>,
    /// Margin of each offer when it is taken.
    pub margin: &'a [f64],
    /// Cost of making each offer, taken or not.
    pub cost: &'a [f64],
}

/// Choices for [`rank_offers`].
#[derive(Debug, Clone, PartialEq)]
pub struct OfferOptions {
    per_customer: usize,
    capacity: Option<Vec<usize>>,
    level: f64,
}

impl Default for OfferOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl OfferOptions {
    /// One offer per customer, as many of each as it takes, 95 % intervals.
    #[must_use]
    pub fn new() -> Self {
        Self { per_customer: 1, capacity: None, level: 0.95 }
    }

    /// The most offers that one customer gets.
    #[must_use]
    pub fn per_customer(mut self, offers: usize) -> Self {
        self.per_customer = offers;
        self
    }

    /// How many customers can get each offer.
    #[must_use]
    pub fn capacity(mut self, customers: &[usize]) -> Self {
        self.capacity = Some(customers.to_vec());
        self
    }

    /// Probability that an interval holds.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }
}

/// Who gets what; see [`rank_offers`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OfferPlan {
    /// Customer (row) of each offer that is made, ascending.
    pub customers: Vec<u32>,
    /// The offer (column), for one customer the best first.
    pub offers: Vec<u32>,
    /// Place of the offer among those of its customer, from 1.
    pub ranks: Vec<u32>,
    /// Its expected margin less cost.
    pub expected_profit: Vec<f64>,
    /// Expected profit of all offers, with the interval of what will be seen.
    pub profit: Estimate,
    /// What no plan can exceed: profit at shadow prices. Equal to the profit, the plan is the best.
    pub bound: f64,
    /// What one more unit of capacity of each offer would bring at most.
    pub shadow_prices: Vec<f64>,
    /// How many customers get each offer.
    pub used: Vec<usize>,
    /// Customers for whom no offer pays, or none is left.
    pub without_offer: usize,
}

impl OfferPlan {
    /// Columns `row, offer, rank, expected_profit`.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] unless there is a name for every offer.
    pub fn to_table(&self, names: &[String]) -> Result<Table> {
        same_length("names", names.len(), "the offers", self.used.len())?;
        let mut table = Table::new();
        table.push("row", Column::Integer(self.customers.iter().map(|c| i64::from(*c)).collect()))?;
        table.push("offer", Column::Text(self.offers.iter().map(|o| names[*o as usize].clone()).collect()))?;
        table.push("rank", Column::Integer(self.ranks.iter().map(|r| i64::from(*r)).collect()))?;
        table.push("expected_profit", Column::Float(self.expected_profit.clone()))?;
        Ok(table)
    }
}

/// The offers for each customer that bring the most together: Σ (probability·margin − cost) over the offers made, at most so many per customer
/// and per offer; offers that do not pay are not made.
///
/// Scarce offers get a price, raised until no more customers want one than there are (Demange, Gale & Sotomayor 1986, Journal of Political
/// Economy 94(4)); where prices end in a tie, exchanges along paths settle it (Klein 1967). Any prices give an upper bound of the profit by
/// duality: `bound`.
///
/// The time grows with customers · scarce offers · offers: meant for up to some hundred offers.
///
/// ```
/// use cpm_core::portfolio::{OfferColumns, OfferOptions, rank_offers};
/// use ndarray::array;
/// let probability = array![[0.50, 0.40], [0.45, 0.10], [0.20, 0.10]];
/// let columns = OfferColumns { probability: probability.view(), margin: &[10.0, 10.0], cost: &[0.5, 0.5] };
/// // One voucher of the first kind: not for who likes it most, but for who has nothing else.
/// let plan = rank_offers(&columns, &OfferOptions::new().capacity(&[1, 9]))?;
/// assert_eq!(plan.offers, [1, 0, 1]);
/// assert!((plan.profit.value - 8.0).abs() < 1e-12 && (plan.bound - 8.0).abs() < 1e-9);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming column and row; [`Error::InvalidArgument`].
pub fn rank_offers(columns: &OfferColumns<'_>, options: &OfferOptions) -> Result<OfferPlan> {
    let level = error::level("level", options.level)?;
    check(columns, options)?;
    let (n, k) = columns.probability.dim();
    let profit = |c: usize, o: usize| columns.probability[(c, o)] * columns.margin[o] - columns.cost[o];
    let capacity: Vec<usize> = options.capacity.clone().unwrap_or_else(|| vec![n; k]);
    let most = options.per_customer.min(k);
    let market = Market { n, k, most, capacity, profit: &profit };
    let mut prices = market.prices();
    let mut taken = market.assignment(&prices);
    if let Some(exact) = market.exchange(&mut taken)
        && market.bound(&exact) <= market.bound(&prices)
    {
        prices = exact;
    }

    let mut plan = OfferPlan {
        customers: Vec::new(),
        offers: Vec::new(),
        ranks: Vec::new(),
        expected_profit: Vec::new(),
        profit: Estimate { value: 0.0, interval: Interval { low: 0.0, high: 0.0 } },
        bound: market.bound(&prices),
        shadow_prices: prices,
        used: vec![0; k],
        without_offer: 0,
    };
    let (mut total, mut variance) = (0.0, 0.0);
    for c in 0..n {
        let mut own: Vec<u32> = (0..k as u32).filter(|o| taken[c * k + *o as usize]).collect();
        own.sort_by(|a, b| profit(c, *b as usize).total_cmp(&profit(c, *a as usize)));
        plan.without_offer += usize::from(own.is_empty());
        for (rank, o) in own.iter().enumerate() {
            let (p, margin) = (columns.probability[(c, *o as usize)], columns.margin[*o as usize]);
            plan.customers.push(c as u32);
            plan.offers.push(*o);
            plan.ranks.push(rank as u32 + 1);
            plan.expected_profit.push(profit(c, *o as usize));
            plan.used[*o as usize] += 1;
            total += profit(c, *o as usize);
            variance += margin * margin * p * (1.0 - p);
        }
    }
    let reach = half_width(level) * variance.sqrt();
    plan.profit = Estimate { value: total, interval: Interval { low: total - reach, high: total + reach } };
    plan.bound = plan.bound.max(total);
    Ok(plan)
}

fn check(columns: &OfferColumns<'_>, options: &OfferOptions) -> Result<()> {
    let (n, k) = columns.probability.dim();
    if n == 0 || k == 0 {
        let remedy = "Give one row per customer and one column per offer".to_owned();
        return Err(Error::Empty { what: "the matrix of probabilities".to_owned(), remedy });
    }
    same_length("margin", columns.margin.len(), "the offers", k)?;
    same_length("cost", columns.cost.len(), "the offers", k)?;
    if let Some(capacity) = &options.capacity {
        same_length("capacity", capacity.len(), "the offers", k)?;
    }
    if options.per_customer == 0 {
        return Err(Error::argument("per_customer", 0, "give every customer one offer at least"));
    }
    for (column, values) in [("margin", columns.margin), ("cost", columns.cost)] {
        if let Some(row) = values.iter().position(|v| !v.is_finite()) {
            let (expected, remedy) = ("it must be a finite number", "Correct it, or leave out the offer");
            return Err(Error::InvalidValue { column, row, value: values[row].to_string(), expected, remedy });
        }
    }
    match columns.probability.indexed_iter().find(|(_, p)| !(0.0..=1.0).contains(*p)) {
        Some(((row, _), value)) => Err(Error::InvalidValue {
            column: "probability",
            row,
            value: value.to_string(),
            expected: "a probability lies between 0 and 1",
            remedy: "Give a probability, not a score or a percentage",
        }),
        None => Ok(()),
    }
}
