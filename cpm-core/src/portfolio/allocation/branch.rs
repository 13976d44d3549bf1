//! Branch and bound over what a concave problem cannot hold: S-shaped responses and fixed costs.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::problem::{Allocation, Objective};
use super::relaxation::{Choice, Conflict, Relaxed};

/// Subproblems after which the search ends with what it has; the bound then says how much may be missing.
const NODES: usize = 4_000;
/// Relative difference between bound and value below which the search is over.
const GAP: f64 = 1e-9;
/// A spend below this part of its range is none: what an interior point leaves.
const NOTHING: f64 = 1e-7;

/// The best split that was found, and how good any other could be.
#[derive(Debug, Clone)]
pub(super) struct Best {
    pub(super) spend: Vec<f64>,
    /// Whether each activity's fixed cost is paid.
    pub(super) on: Vec<bool>,
    pub(super) objective: f64,
    pub(super) prices: Vec<f64>,
    pub(super) bound: f64,
    pub(super) nodes: usize,
}

struct Node {
    choices: Vec<Choice>,
    relaxed: Relaxed,
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Node {}

impl PartialOrd for Node {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Node {
    fn cmp(&self, other: &Self) -> Ordering {
        self.relaxed.bound.total_cmp(&other.relaxed.bound)
    }
}

impl Allocation {
    /// The optimum, or the constraint that leaves none.
    pub(super) fn search(&self) -> Result<Best, Conflict> {
        let root: Vec<Choice> = self
            .activities
            .iter()
            .map(|a| {
                let on = match (a.fixed_cost > 0.0, a.minimum > 0.0) {
                    (true, false) => None,
                    _ => Some(true),
                };
                // Without a bound of its own the budget is one. A lower one does not fit in then, which is found later.
                let high = a.maximum.min((self.budget - a.fixed_cost).max(a.minimum));
                let on = if on.is_none() && high <= 0.0 { Some(false) } else { on };
                Choice { low: a.minimum, high, on }
            })
            .collect();
        let relaxed = self.relax(&root)?;
        let mut best = Best {
            spend: Vec::new(),
            on: Vec::new(),
            objective: f64::NEG_INFINITY,
            prices: Vec::new(),
            bound: f64::INFINITY,
            nodes: 1,
        };
        self.offer(&mut best, &root, &relaxed);
        let mut queue = BinaryHeap::from([Node { choices: root.clone(), relaxed }]);
        best.bound = f64::NEG_INFINITY;
        while let Some(node) = queue.pop() {
            let tolerance = if best.spend.is_empty() { 0.0 } else { GAP * best.objective.abs() };
            if node.relaxed.bound <= best.objective + tolerance || best.nodes >= NODES {
                best.bound = best.bound.max(node.relaxed.bound);
                break;
            }
            let Some(children) = self.split(&node) else {
                // Nothing was replaced in it, so that its bound is its value.
                best.bound = best.bound.max(node.relaxed.bound);
                continue;
            };
            for choices in children {
                best.nodes += 1;
                let Ok(relaxed) = self.relax(&choices) else { continue };
                self.offer(&mut best, &choices, &relaxed);
                if relaxed.bound > best.objective + tolerance {
                    queue.push(Node { choices, relaxed });
                } else {
                    best.bound = best.bound.max(relaxed.bound);
                }
            }
        }
        self.polish(&root, &mut best);
        best.bound = best.bound.max(best.objective);
        Ok(best)
    }

    /// Takes the relaxation's split as a candidate, its fixed costs paid in full.
    fn offer(&self, best: &mut Best, choices: &[Choice], relaxed: &Relaxed) {
        let on: Vec<bool> =
            choices.iter().zip(&relaxed.spend).map(|(c, x)| c.on.unwrap_or(*x > NOTHING * c.high)).collect();
        if choices.iter().all(|c| c.on.is_some()) {
            self.take(best, relaxed.spend.clone(), on, &relaxed.prices);
            return;
        }
        if let Ok(paid) = self.relax(&decided(choices, &on)) {
            self.take(best, paid.spend, on, &paid.prices);
        }
    }

    fn take(&self, best: &mut Best, spend: Vec<f64>, on: Vec<bool>, prices: &[f64]) {
        let objective = self.objective_of(&spend, &on);
        if objective > best.objective {
            *best = Best { spend, on, objective, prices: prices.to_vec(), ..best.clone() };
        }
    }

    /// The objective of a split.
    pub(super) fn objective_of(&self, spend: &[f64], on: &[bool]) -> f64 {
        let of = |i: usize| {
            let a = &self.activities[i];
            let fixed = if on[i] { a.fixed_cost } else { 0.0 };
            let cost = if self.objective == Objective::Profit { spend[i] + fixed } else { 0.0 };
            a.value * a.response.value(spend[i]) - cost
        };
        (0..spend.len()).map(of).sum()
    }

    /// Two halves of the node, cut where the relaxation is furthest from the truth; None if it is the truth.
    fn split(&self, node: &Node) -> Option<[Vec<Choice>; 2]> {
        let budget_price = node.relaxed.prices.first().copied().unwrap_or(0.0);
        let error = |i: usize| {
            let (a, choice, x) = (&self.activities[i], &node.choices[i], node.relaxed.spend[i]);
            let curve = if a.response.is_s_shaped() && choice.low < a.response.inflection() && choice.high > choice.low
            {
                let cost = if self.objective == Objective::Profit { x } else { 0.0 };
                (node.relaxed.envelopes[i] + cost - a.value * a.response.value(x)).max(0.0)
            } else {
                0.0
            };
            let price = budget_price + if self.objective == Objective::Profit { 1.0 } else { 0.0 };
            let unpaid =
                if choice.on.is_none() && choice.high > 0.0 { a.fixed_cost * (1.0 - x / choice.high) } else { 0.0 };
            let fixed = if x > NOTHING * choice.high { unpaid * price.max(f64::MIN_POSITIVE) } else { 0.0 };
            (curve, fixed)
        };
        let errors: Vec<(f64, f64)> = (0..self.activities.len()).map(error).collect();
        let worst =
            (0..errors.len()).max_by(|&i, &j| errors[i].0.max(errors[i].1).total_cmp(&errors[j].0.max(errors[j].1)))?;
        let (curve, fixed) = errors[worst];
        let with = |change: &dyn Fn(&mut Choice)| {
            let mut choices = node.choices.clone();
            change(&mut choices[worst]);
            choices
        };
        if fixed > 0.0 && fixed >= curve {
            let off = |c: &mut Choice| *c = Choice { low: 0.0, high: 0.0, on: Some(false) };
            return Some([with(&|c| c.on = Some(true)), with(&off)]);
        }
        if curve <= 0.0 {
            return None;
        }
        let Choice { low, high, .. } = node.choices[worst];
        let x = node.relaxed.spend[worst];
        let cut = x.clamp(low + 0.05 * (high - low), high - 0.05 * (high - low));
        if !(cut > low && cut < high) {
            return None;
        }
        Some([with(&|c| c.high = cut), with(&|c| c.low = cut)])
    }

    /// Solves once more what remains concave around the best split, to full precision and for its multipliers.
    fn polish(&self, root: &[Choice], best: &mut Best) {
        if root.iter().zip(&self.activities).all(|(c, a)| c.on == Some(true) && !a.response.is_s_shaped()) {
            return;
        }
        let mut choices = decided(root, &best.on);
        for ((choice, a), x) in choices.iter_mut().zip(&self.activities).zip(&best.spend) {
            let inflection = a.response.inflection();
            if choice.on == Some(false) || inflection == 0.0 {
                continue;
            }
            if *x >= inflection {
                choice.low = choice.low.max(inflection);
            } else {
                let low = if *x - choice.low <= NOTHING * (choice.high - choice.low) { choice.low } else { *x };
                *choice = Choice { low, high: low, on: Some(true) };
            }
        }
        if let Ok(relaxed) = self.relax(&choices) {
            let objective = self.objective_of(&relaxed.spend, &best.on);
            if objective >= best.objective - GAP * best.objective.abs() {
                let spend = relaxed.spend;
                *best = Best { objective, spend, prices: relaxed.prices, ..best.clone() };
            }
        }
    }
}

/// The choices with all fixed costs decided.
fn decided(choices: &[Choice], on: &[bool]) -> Vec<Choice> {
    let decide = |(choice, on): (&Choice, &bool)| match (choice.on, on) {
        (None, true) => Choice { on: Some(true), ..choice.clone() },
        (None, false) => Choice { low: 0.0, high: 0.0, on: Some(false) },
        _ => choice.clone(),
    };
    choices.iter().zip(on).map(decide).collect()
}
