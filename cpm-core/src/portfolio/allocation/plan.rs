//! The answer: the split, its certificate, prices, and the comparison with today's.

use serde::Serialize;

use super::branch::Best;
use super::problem::{Allocation, Objective};
use super::relaxation::Conflict;
use super::response::Shape;
use crate::error::{Error, Result};
use crate::numerics::interior_point::dot;
use crate::table::{Column, Table};

/// How far the plan is from fulfilling the conditions of an optimum: all of it is about 0.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Certificate {
    /// Largest difference between an activity's marginal value and the price of what its spend uses, over the largest
    /// marginal value (a difference in the direction that a bound forbids is none).
    pub stationarity: f64,
    /// Largest excess over a limit, relative to the limit.
    pub feasibility: f64,
    /// Sum of price times unused room, over the value.
    pub complementarity: f64,
    /// No split is worth more than this.
    pub bound: f64,
    /// (bound − objective) over the objective.
    pub gap: f64,
    /// Concave problems that were solved: 1 unless responses are S-shaped or there are fixed costs.
    pub problems: usize,
}

/// Use and price of the budget or of another limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LimitUse {
    /// `budget`, `risk`, or the limit's own name.
    pub name: String,
    /// What the plan uses.
    pub used: f64,
    /// What it may use.
    pub limit: f64,
    /// Shadow price: what one more unit of the limit would add to the objective.
    pub shadow_price: f64,
}

/// Today's split beside the plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Today {
    /// Today's spend on each activity.
    pub spend: Vec<f64>,
    /// Its value.
    pub value: f64,
    /// Its spend with fixed costs.
    pub spent: f64,
    /// What the plan's objective has more than today's.
    pub gain: f64,
    /// The limits that today's split exceeds.
    pub exceeds: Vec<String>,
}

/// The best split of a budget; see [`Allocation`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AllocationPlan {
    names: Vec<String>,
    spend: Vec<f64>,
    fixed_costs: Vec<f64>,
    values: Vec<f64>,
    marginal_values: Vec<f64>,
    objective: f64,
    limits: Vec<LimitUse>,
    certificate: Certificate,
    today: Option<Today>,
}

impl AllocationPlan {
    /// Names of the activities.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Spend on each activity, fixed costs apart.
    #[must_use]
    pub fn spend(&self) -> &[f64] {
        &self.spend
    }

    /// Value of each activity's response.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// What one more unit of money on an activity would bring.
    #[must_use]
    pub fn marginal_values(&self) -> &[f64] {
        &self.marginal_values
    }

    /// Value of all responses.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.values.iter().sum()
    }

    /// Spend and fixed costs together.
    #[must_use]
    pub fn spent(&self) -> f64 {
        self.limits[0].used
    }

    /// Value less spend and fixed costs.
    #[must_use]
    pub fn profit(&self) -> f64 {
        self.value() - self.spent()
    }

    /// The shadow price of the budget: what the next unit of money adds to the objective. Above 1 (with
    /// [`Objective::Value`]) a larger budget pays for itself.
    #[must_use]
    pub fn marginal_value_of_budget(&self) -> f64 {
        self.limits[0].shadow_price
    }

    /// Budget, limits and risk: used, allowed, and what one more unit is worth.
    #[must_use]
    pub fn limits(&self) -> &[LimitUse] {
        &self.limits
    }

    /// The proof of optimality.
    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Today's split, if it was given.
    #[must_use]
    pub fn today(&self) -> Option<&Today> {
        self.today.as_ref()
    }

    /// Columns `activity, spend, fixed_cost, share, value, marginal_value`, and with today's split `today, change`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let total: f64 = self.spend.iter().sum();
        let mut table = Table::new();
        table.push("activity", Column::Text(self.names.clone()))?;
        table.push("spend", Column::Float(self.spend.clone()))?;
        table.push("fixed_cost", Column::Float(self.fixed_costs.clone()))?;
        let share = |x: &f64| if total > 0.0 { x / total } else { 0.0 };
        table.push("share", Column::Float(self.spend.iter().map(share).collect()))?;
        table.push("value", Column::Float(self.values.clone()))?;
        table.push("marginal_value", Column::Float(self.marginal_values.clone()))?;
        if let Some(today) = &self.today {
            table.push("today", Column::Float(today.spend.clone()))?;
            let change = self.spend.iter().zip(&today.spend).map(|(x, t)| x - t).collect();
            table.push("change", Column::Float(change))?;
        }
        Ok(table)
    }

    /// Columns `limit, used, allowed, shadow_price`.
    ///
    /// # Errors
    /// None in practice.
    pub fn limits_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("limit", Column::Text(self.limits.iter().map(|l| l.name.clone()).collect()))?;
        table.push("used", Column::Float(self.limits.iter().map(|l| l.used).collect()))?;
        table.push("allowed", Column::Float(self.limits.iter().map(|l| l.limit).collect()))?;
        table.push("shadow_price", Column::Float(self.limits.iter().map(|l| l.shadow_price).collect()))?;
        Ok(table)
    }
}

impl Allocation {
    pub(super) fn plan(&self) -> Result<AllocationPlan> {
        let best = self.search().map_err(|conflict| self.infeasible(&conflict))?;
        let activities = &self.activities;
        let marginal_values: Vec<f64> =
            activities.iter().zip(&best.spend).map(|(a, x)| a.value * a.response.marginal(*x)).collect();
        let limits: Vec<LimitUse> = (0..best.prices.len())
            .map(|k| LimitUse {
                name: self.name_of(k),
                used: self.used(k, &best.spend, &best.on),
                limit: self.limit_of(k),
                shadow_price: best.prices[k],
            })
            .collect();
        let certificate = self.certificate(&best, &limits);
        let today = self.today.as_ref().map(|spend| self.compare(spend, best.objective));
        let fixed = activities.iter().zip(&best.on).map(|(a, on)| if *on { a.fixed_cost } else { 0.0 });
        Ok(AllocationPlan {
            names: activities.iter().map(|a| a.name.clone()).collect(),
            fixed_costs: fixed.collect(),
            values: activities.iter().zip(&best.spend).map(|(a, x)| a.value * a.response.value(*x)).collect(),
            marginal_values,
            objective: best.objective,
            limits,
            certificate,
            today,
            spend: best.spend,
        })
    }

    fn name_of(&self, k: usize) -> String {
        match k {
            0 => "budget".to_owned(),
            k if k <= self.limits.len() => self.limits[k - 1].name.clone(),
            _ => "risk".to_owned(),
        }
    }

    fn limit_of(&self, k: usize) -> f64 {
        match (k, &self.risk) {
            (0, _) => self.budget,
            (k, _) if k <= self.limits.len() => self.limits[k - 1].limit,
            (_, risk) => risk.as_ref().map_or(0.0, |r| r.standard_deviation),
        }
    }

    fn used(&self, k: usize, spend: &[f64], on: &[bool]) -> f64 {
        match (k, &self.risk) {
            (0, _) => {
                let fixed = self.activities.iter().zip(on).filter(|(_, on)| **on).map(|(a, _)| a.fixed_cost);
                spend.iter().sum::<f64>() + fixed.sum::<f64>()
            }
            (k, _) if k <= self.limits.len() => dot(&self.limits[k - 1].use_per_unit, spend),
            (_, Some(risk)) => dot(spend, &self.of_risk(spend, risk)).max(0.0).sqrt(),
            (_, None) => 0.0,
        }
    }

    /// S x.
    fn of_risk(&self, spend: &[f64], risk: &super::problem::RiskLimit) -> Vec<f64> {
        (0..spend.len()).map(|i| (0..spend.len()).map(|j| risk.covariance[(i, j)] * spend[j]).sum()).collect()
    }

    fn certificate(&self, best: &Best, limits: &[LimitUse]) -> Certificate {
        let kept = if self.objective == Objective::Profit { 1.0 } else { 0.0 };
        let of_risk = self.risk.as_ref().map(|risk| self.of_risk(&best.spend, risk));
        let (mut worst, mut largest) = (0.0_f64, f64::MIN_POSITIVE);
        for (i, a) in self.activities.iter().enumerate() {
            if a.fixed_cost > 0.0 && !best.on[i] {
                // Whether to begin at all is not a matter of marginal values: the bound answers for it.
                continue;
            }
            let x = best.spend[i];
            let mut price = kept + limits[0].shadow_price;
            price += (0..self.limits.len())
                .map(|k| limits[k + 1].shadow_price * self.limits[k].use_per_unit[i])
                .sum::<f64>();
            if let (Some(of_risk), Some(used)) = (&of_risk, limits.last())
                && used.used > 0.0
            {
                price += used.shadow_price * of_risk[i] / used.used;
            }
            let high = a.maximum.min(self.budget.max(a.minimum));
            let near = 1e-7 * (high - a.minimum).max(1e-12 * high);
            let right = a.value * a.response.marginal(x);
            let left = match &a.response.0 {
                // At a corner any price between the slopes of its two sides is an equilibrium.
                Shape::PiecewiseLinear { spend, .. } => {
                    let near = 1e-7 * spend[spend.len() - 1];
                    let slope = |x: f64| a.value * a.response.marginal(x.max(0.0));
                    (slope(x - near), slope(x + near))
                }
                _ => (right, right),
            };
            let (above, below) = left;
            if x - a.minimum > near {
                worst = worst.max(price - above);
            }
            if high - x > near && below.is_finite() {
                worst = worst.max(below - price);
            }
            if below.is_finite() && above.is_finite() {
                largest = largest.max(above).max(price);
            }
        }
        let excess = |l: &LimitUse| (l.used - l.limit) / l.limit.abs().max(f64::MIN_POSITIVE);
        let slack = |l: &LimitUse| (l.shadow_price * (l.limit - l.used)).abs();
        let scale = best.objective.abs().max(f64::MIN_POSITIVE);
        Certificate {
            stationarity: worst / largest,
            feasibility: limits.iter().filter(|l| l.used > l.limit).map(excess).fold(0.0, f64::max),
            complementarity: limits.iter().map(slack).sum::<f64>() / scale,
            bound: best.bound,
            gap: (best.bound - best.objective).max(0.0) / scale,
            problems: best.nodes,
        }
    }

    fn compare(&self, spend: &[f64], objective: f64) -> Today {
        let on: Vec<bool> = spend.iter().map(|x| *x > 0.0).collect();
        let count = 1 + self.limits.len() + usize::from(self.risk.is_some());
        let exceeds = (0..count)
            .filter(|&k| self.used(k, spend, &on) > self.limit_of(k) * (1.0 + 1e-12))
            .map(|k| self.name_of(k))
            .collect();
        Today {
            spend: spend.to_vec(),
            value: self.activities.iter().zip(spend).map(|(a, x)| a.value * a.response.value(*x)).sum(),
            spent: self.used(0, spend, &on),
            gain: objective - self.objective_of(spend, &on),
            exceeds,
        }
    }

    fn infeasible(&self, conflict: &Conflict) -> Error {
        let before: Vec<String> = (0..conflict.constraint).map(|k| format!("`{}`", self.name_of(k))).collect();
        let given = if before.is_empty() { String::new() } else { format!(", given {}", before.join(" and ")) };
        Error::Infeasible {
            constraint: format!(
                "the limit `{}` (with the minimum of each activity{given})",
                self.name_of(conflict.constraint)
            ),
            needed: conflict.needed,
            available: self.limit_of(conflict.constraint),
            remedy: "Raise it by that much, or lower the minimum of an activity".to_owned(),
        }
    }
}
