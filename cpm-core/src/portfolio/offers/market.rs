//! The assignment of offers that run out to customers, by prices and exchanges.

use crate::numerics::parallel::{map, map_chunks, workers};

/// Customers that one task looks at.
const CHUNK: usize = 4_096;
/// Rounds of prices; what is left then is found by exchanges.
const ROUNDS: usize = 200;
/// Exchanges after the prices; where prices end in ties, a few per offer.
const EXCHANGES: usize = 500;

/// Customers who want offers, and offers that run out: an auction with prices, ended by exchanges.
pub(super) struct Market<'a> {
    /// Customers.
    pub(super) n: usize,
    /// Offers.
    pub(super) k: usize,
    /// Offers per customer.
    pub(super) most: usize,
    pub(super) capacity: Vec<usize>,
    pub(super) profit: &'a (dyn Fn(usize, usize) -> f64 + Sync),
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
    pub(super) fn prices(&self) -> Vec<f64> {
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
    pub(super) fn assignment(&self, prices: &[f64]) -> Vec<bool> {
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
    pub(super) fn exchange(&self, taken: &mut [bool]) -> Option<Vec<f64>> {
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
    pub(super) fn bound(&self, prices: &[f64]) -> f64 {
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
