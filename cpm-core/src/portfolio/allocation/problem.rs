//! The problem: activities, a budget, and what else is limited.

use ndarray::Array2;
use serde::Serialize;

use super::plan::AllocationPlan;
use super::response::Response;
use crate::error::{Error, Result, non_negative, positive};
use crate::numerics::symmetric::eigen;

/// Something on which money can be spent: a segment, a channel, an action.
///
/// ```
/// use cpm_core::portfolio::{Activity, Response};
/// let mail = Activity::new("mail", Response::exponential(1_000.0, 0.002)?).value(35.0).maximum(5_000.0).fixed_cost(200.0);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Activity {
    pub(super) name: String,
    pub(super) response: Response,
    pub(super) value: f64,
    pub(super) minimum: f64,
    pub(super) maximum: f64,
    pub(super) fixed_cost: f64,
    pub(super) size_uncertainty: f64,
    pub(super) speed_uncertainty: f64,
}

impl Activity {
    /// An activity whose response is worth 1 per unit, without bounds, fixed cost or uncertainty.
    #[must_use]
    pub fn new(name: impl Into<String>, response: Response) -> Self {
        Self {
            name: name.into(),
            response,
            value: 1.0,
            minimum: 0.0,
            maximum: f64::INFINITY,
            fixed_cost: 0.0,
            size_uncertainty: 0.0,
            speed_uncertainty: 0.0,
        }
    }

    /// What one unit of response is worth: the margin of an order, the lifetime value of a customer.
    #[must_use]
    pub fn value(mut self, per_unit: f64) -> Self {
        self.value = per_unit;
        self
    }

    /// The least to be spent on it.
    #[must_use]
    pub fn minimum(mut self, spend: f64) -> Self {
        self.minimum = spend;
        self
    }

    /// The most that can be spent on it.
    #[must_use]
    pub fn maximum(mut self, spend: f64) -> Self {
        self.maximum = spend;
        self
    }

    /// Paid from the budget once anything is spent on it.
    #[must_use]
    pub fn fixed_cost(mut self, cost: f64) -> Self {
        self.fixed_cost = cost;
        self
    }

    /// What is not known well, as standard deviations of the logarithm of the response's size (its ceiling) and of
    /// its speed (its rate): 0.2 is about 20 %.
    #[must_use]
    pub fn uncertainty(mut self, size: f64, speed: f64) -> Self {
        self.size_uncertainty = size;
        self.speed_uncertainty = speed;
        self
    }
}

/// A limit besides the budget: hours, cash before the receipts come in, contacts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Limit {
    pub(super) name: String,
    pub(super) use_per_unit: Vec<f64>,
    pub(super) limit: f64,
}

/// The limit of risk: the standard deviation of the result of all activities.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RiskLimit {
    pub(super) covariance: Array2<f64>,
    pub(super) standard_deviation: f64,
}

/// What is made as large as possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub enum Objective {
    /// The value of the responses: the budget is there to be spent.
    #[default]
    Value,
    /// Value less spend and fixed costs: money that does not earn itself back is kept.
    Profit,
}

/// A budget to be spread over activities, so that the value of the responses is as large as possible.
///
/// maximise Σ vᵢ·fᵢ(xᵢ) subject to Σ (xᵢ + Fᵢ·\[xᵢ > 0\]) <= budget, minimum <= x <= maximum, Σ aₖᵢ·xᵢ <= bₖ for each limit, and
/// x'Sx <= σ² for the risk, S the covariance of the results per unit of spend.
///
/// With concave responses and no fixed cost the optimum is where all marginal values per use are equal (Karush, Kuhn
/// & Tucker), found by an interior-point method. S-shaped responses and fixed costs can have several local
/// optima: branch and bound over concave envelopes finds the best, and its bound says how much better any
/// other could be.
///
/// ```
/// use cpm_core::portfolio::{Activity, Allocation, Response};
/// let plan = Allocation::new(
///     vec![
///         Activity::new("retention", Response::exponential(900.0, 0.01)?),
///         Activity::new("acquisition", Response::exponential(1_200.0, 0.004)?),
///     ],
///     400.0,
/// )
/// .today(&[300.0, 100.0])
/// .solve()?;
/// // Equal marginal values: neither gains from the other's last unit of money.
/// assert!((plan.marginal_values()[0] - plan.marginal_values()[1]).abs() < 1e-7);
/// assert!((plan.marginal_value_of_budget() - plan.marginal_values()[0]).abs() < 1e-7);
/// assert!(plan.value() > plan.today().unwrap().value);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    pub(super) activities: Vec<Activity>,
    pub(super) budget: f64,
    pub(super) limits: Vec<Limit>,
    pub(super) risk: Option<RiskLimit>,
    pub(super) today: Option<Vec<f64>>,
    pub(super) objective: Objective,
}

impl Allocation {
    /// A budget for activities.
    #[must_use]
    pub fn new(activities: Vec<Activity>, budget: f64) -> Self {
        Self { activities, budget, limits: Vec::new(), risk: None, today: None, objective: Objective::Value }
    }

    /// Adds a limit: Σ use per unit of spend · spend <= limit. A negative use gives room to others.
    #[must_use]
    pub fn limit(mut self, name: impl Into<String>, use_per_unit: &[f64], limit: f64) -> Self {
        self.limits.push(Limit { name: name.into(), use_per_unit: use_per_unit.to_vec(), limit });
        self
    }

    /// Limits the standard deviation of the result, given the covariance of the activities' results per unit of spend.
    #[must_use]
    pub fn risk(mut self, covariance: Array2<f64>, standard_deviation: f64) -> Self {
        self.risk = Some(RiskLimit { covariance, standard_deviation });
        self
    }

    /// Today's spend on each activity, to compare with.
    #[must_use]
    pub fn today(mut self, spend: &[f64]) -> Self {
        self.today = Some(spend.to_vec());
        self
    }

    /// What is made as large as possible.
    #[must_use]
    pub fn objective(mut self, objective: Objective) -> Self {
        self.objective = objective;
        self
    }

    /// The best split.
    ///
    /// # Errors
    /// [`Error::Infeasible`] naming the constraint that cannot be kept and by how much; [`Error::Empty`] without activities;
    /// [`Error::LengthMismatch`], [`Error::InvalidArgument`] for numbers outside their domain.
    pub fn solve(&self) -> Result<AllocationPlan> {
        self.check()?;
        self.plan()
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.activities.is_empty() {
            let remedy = "Give at least one activity with its response".to_owned();
            return Err(Error::Empty { what: "the list of activities".to_owned(), remedy });
        }
        non_negative("budget", self.budget)?;
        for (i, a) in self.activities.iter().enumerate() {
            if self.activities[..i].iter().any(|b| b.name == a.name) {
                return Err(Error::argument("names", &a.name, "two activities have this name; give each its own"));
            }
            positive("value", a.value)?;
            non_negative("minimum", a.minimum)?;
            non_negative("fixed_cost", a.fixed_cost)?;
            non_negative("size_uncertainty", a.size_uncertainty)?;
            non_negative("speed_uncertainty", a.speed_uncertainty)?;
            if a.maximum.is_nan() || a.maximum < a.minimum {
                let expected = format!("for `{}` it must be at least the minimum, {}", a.name, a.minimum);
                return Err(Error::argument("maximum", a.maximum, expected));
            }
        }
        let length = |column, found: usize| {
            let expected = self.activities.len();
            if found == expected {
                return Ok(());
            }
            Err(Error::LengthMismatch { column, found, reference: "activities", expected })
        };
        for limit in &self.limits {
            length("use_per_unit", limit.use_per_unit.len())?;
            if let Some(wrong) = limit.use_per_unit.iter().chain([&limit.limit]).find(|v| !v.is_finite()) {
                return Err(Error::argument(
                    "limits",
                    wrong,
                    format!("the numbers of `{}` must be finite", limit.name),
                ));
            }
        }
        if let Some(today) = &self.today {
            length("today", today.len())?;
            today.iter().try_for_each(|v| non_negative("today", *v).map(|_| ()))?;
        }
        if let Some(risk) = &self.risk {
            length("covariance", risk.covariance.nrows())?;
            length("covariance", risk.covariance.ncols())?;
            positive("standard_deviation", risk.standard_deviation)?;
            check_covariance(&risk.covariance)?;
        }
        Ok(())
    }
}

fn check_covariance(covariance: &Array2<f64>) -> Result<()> {
    let wrong = |value: f64, expected: &str| Err(Error::argument("covariance", value, expected));
    if let Some(value) = covariance.iter().find(|v| !v.is_finite()) {
        return wrong(*value, "its numbers must be finite");
    }
    let largest = covariance.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    for ((i, j), value) in covariance.indexed_iter() {
        if (value - covariance[(j, i)]).abs() > 1e-9 * largest {
            return wrong(*value, "it must be symmetric; give the covariance of i with j in both places");
        }
    }
    let least = eigen(covariance).values[0];
    if least < -1e-9 * largest {
        return wrong(
            least,
            "this eigenvalue is negative, but no portfolio has a negative variance; shrink the matrix",
        );
    }
    Ok(())
}
