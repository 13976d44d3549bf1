//! Which offer for whom, when offers run out.

use ndarray::ArrayView2;
use serde::Serialize;

use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::parallel::{map, map_chunks, workers};
use crate::table::{Column, Table};

/// Customers that one task looks at.
const CHUNK: usize = 4_096;
/// Rounds of prices; what is left then is found by exchanges.
const ROUNDS: usize = 200;
/// Exchanges after the prices; where prices end in ties, a few per offer.
const EXCHANGES: usize = 500;

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

struct Market<'a> {
    n: usize,
    k: usize,
    most: usize,
    capacity: Vec<usize>,
    profit: &'a (dyn Fn(usize, usize) -> f64 + Sync),
}

impl Market<'_> {
    /// What a customer's offers of rank `most` or better leave for one more: the least surplus that a further offer must exceed.
    fn hurdle(&self, c: usize, without: usize, prices: &[f64], best: &mut Vec<f64>) -> f64 {
        best.clear();
        best.extend((0..self.k).filter(|o| *o != without).map(|o| (self.profit)(c, o) - prices[o]));
        if best.len() < self.most {
            return 0.0;
        }
        let (_, last, _) = best.select_nth_unstable_by(self.most - 1, |a, b| b.total_cmp(a));
        last.max(0.0)
    }

    /// Prices at which no more customers want an offer than there are.
    fn prices(&self) -> Vec<f64> {
        let mut prices = vec![0.0; self.k];
        let scarce: Vec<usize> = (0..self.k).filter(|o| self.capacity[*o] < self.n).collect();
        for _ in 0..ROUNDS {
            let mut change = 0.0_f64;
            for &o in &scarce {
                // What each customer would pay for this offer, given the prices of the others.
                let mut bids: Vec<f64> = map_chunks(self.n, CHUNK, |range| {
                    let mut best = Vec::with_capacity(self.k);
                    range.map(|c| (self.profit)(c, o) - self.hurdle(c, o, &prices, &mut best)).collect::<Vec<_>>()
                })
                .flatten()
                .collect();
                let (_, first_without, _) = bids.select_nth_unstable_by(self.capacity[o], |a, b| b.total_cmp(a));
                let price = first_without.max(prices[o]);
                change = change.max((price - prices[o]) / price.max(f64::MIN_POSITIVE));
                prices[o] = price;
            }
            if change < 1e-13 {
                break;
            }
        }
        prices
    }

    /// Everybody's best offers at the prices; who is indifferent gets what is left.
    fn assignment(&self, prices: &[f64]) -> Vec<bool> {
        let mut taken = vec![false; self.n * self.k];
        let mut left = self.capacity.clone();
        let mut net: Vec<(f64, usize)> = Vec::with_capacity(self.k);
        let mut open = Vec::new();
        for c in 0..self.n {
            let mut own = 0;
            net.clear();
            net.extend((0..self.k).map(|o| ((self.profit)(c, o) - prices[o], o)));
            net.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            // Wanted at these prices is what is better than the best that is left out, and than nothing.
            let hurdle = net.get(self.most).map_or(0.0, |n| n.0.max(0.0));
            for &(surplus, o) in &net[..self.most] {
                let margin = 1e-12 * (self.profit)(c, o).abs();
                if surplus - hurdle > margin && left[o] > 0 {
                    taken[c * self.k + o] = true;
                    left[o] -= 1;
                    own += 1;
                }
            }
            if own < self.most {
                open.push((c, own));
            }
        }
        // Among equals the customers in order of their rows.
        for (c, mut own) in open {
            while own < self.most {
                let free = (0..self.k).filter(|o| left[*o] > 0 && !taken[c * self.k + o] && (self.profit)(c, *o) > 0.0);
                let net = |o: &usize| (self.profit)(c, *o) - prices[*o];
                let Some(o) = free.max_by(|a, b| net(a).total_cmp(&net(b)).then(b.cmp(a))) else { break };
                taken[c * self.k + o] = true;
                left[o] -= 1;
                own += 1;
            }
        }
        taken
    }

    /// Moves customers between offers along paths as long as that brings more. Node k is "no offer". When nothing does any
    /// more, what one more of each offer would bring are prices that prove it.
    fn exchange(&self, taken: &mut [bool]) -> Option<Vec<f64>> {
        if self.capacity.iter().all(|c| *c >= self.n) {
            // Everybody has what suits best.
            return None;
        }
        let nodes = self.k + 1;
        let none = self.k;
        // The first of equal moves is taken whatever the chunks, so there are as few as keep all cores busy.
        let chunk = self.n / (4 * workers()) + 1;
        for _ in 0..EXCHANGES {
            let mut used = vec![0_usize; self.k];
            taken.iter().enumerate().filter(|(_, t)| **t).for_each(|(at, _)| used[at % self.k] += 1);
            // The best move of one customer from u to v.
            let mut moves = vec![(f64::NEG_INFINITY, 0_usize); nodes * nodes];
            let parts = map_chunks(self.n, chunk, |range| {
                let mut own = vec![(f64::NEG_INFINITY, 0_usize); nodes * nodes];
                for c in range {
                    let has = |o: usize| o < self.k && taken[c * self.k + o];
                    let worth = |o: usize| if o == none { 0.0 } else { (self.profit)(c, o) };
                    let full = (0..self.k).filter(|o| has(*o)).count() == self.most;
                    for u in (0..nodes).filter(|u| has(*u) || (*u == none && !full)) {
                        for v in (0..nodes).filter(|v| *v != u && !has(*v)) {
                            let gain = worth(v) - worth(u);
                            if gain > own[u * nodes + v].0 {
                                own[u * nodes + v] = (gain, c);
                            }
                        }
                    }
                }
                own
            });
            for part in parts {
                for (all, own) in moves.iter_mut().zip(part) {
                    if own.0 > all.0 {
                        *all = own;
                    }
                }
            }
            let scale = moves.iter().map(|m| m.0).filter(|g| g.is_finite()).fold(0.0, |a: f64, g| a.max(g.abs()));
            let slack = |v: usize| v == none || used[v] < self.capacity[v];
            let path = match improving(&moves, nodes, slack, 1e-12 * scale) {
                Ok(path) => path,
                Err(gains) => return Some(gains[..self.k].to_vec()),
            };
            for (u, v) in path {
                let c = moves[u * nodes + v].1;
                if u < self.k {
                    taken[c * self.k + u] = false;
                }
                if v < self.k {
                    taken[c * self.k + v] = true;
                }
            }
        }
        None
    }

    /// The profit that no plan exceeds: capacity at its price, and each customer's best surplus.
    fn bound(&self, prices: &[f64]) -> f64 {
        let surplus = map(self.n, CHUNK, |c| {
            let mut net: Vec<f64> = (0..self.k).map(|o| (self.profit)(c, o) - prices[o]).filter(|s| *s > 0.0).collect();
            net.sort_unstable_by(|a, b| b.total_cmp(a));
            net.iter().take(self.most).sum::<f64>()
        });
        let capacity: f64 = prices.iter().zip(&self.capacity).map(|(p, c)| p * *c as f64).sum();
        capacity + surplus.iter().sum::<f64>()
    }
}

/// A path to where there is room, or a circle, of moves that together bring more than `least` (Bellman & Ford). If there is none, the most
/// that a path to each node brings.
fn improving(
    moves: &[(f64, usize)],
    nodes: usize,
    slack: impl Fn(usize) -> bool,
    least: f64,
) -> std::result::Result<Vec<(usize, usize)>, Vec<f64>> {
    let mut gain = vec![0.0; nodes];
    let mut from = vec![usize::MAX; nodes];
    let walk = |end: usize, from: &[usize], until: Option<usize>| {
        let (mut path, mut v) = (Vec::new(), end);
        while from[v] != usize::MAX && path.len() < nodes {
            path.push((from[v], v));
            v = from[v];
            if Some(v) == until {
                break;
            }
        }
        path
    };
    for _ in 0..nodes {
        let mut changed = None;
        for u in 0..nodes {
            for v in 0..nodes {
                let found = gain[u] + moves[u * nodes + v].0;
                if found > gain[v] + least {
                    (gain[v], from[v], changed) = (found, u, Some(v));
                }
            }
        }
        let Some(mut v) = changed else { break };
        // A circle of pointers is a circle of gains.
        let mut seen = vec![false; nodes];
        while v != usize::MAX && !seen[v] {
            seen[v] = true;
            v = from[v];
        }
        if v != usize::MAX {
            return Ok(walk(v, &from, Some(v)));
        }
    }
    match (0..nodes).filter(|v| slack(*v)).max_by(|a, b| gain[*a].total_cmp(&gain[*b])) {
        Some(end) if gain[end] > least => Ok(walk(end, &from, None)),
        _ => Err(gain),
    }
}

fn check(columns: &OfferColumns<'_>, options: &OfferOptions) -> Result<()> {
    let (n, k) = columns.probability.dim();
    if n == 0 || k == 0 {
        let remedy = "Give one row per customer and one column per offer".to_owned();
        return Err(Error::Empty { what: "the matrix of probabilities".to_owned(), remedy });
    }
    let length = |column, found: usize| {
        if found == k {
            Ok(())
        } else {
            Err(Error::LengthMismatch { column, found, reference: "the offers", expected: k })
        }
    };
    length("margin", columns.margin.len())?;
    length("cost", columns.cost.len())?;
    if let Some(capacity) = &options.capacity {
        length("capacity", capacity.len())?;
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
