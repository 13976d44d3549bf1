//! Regret: what it costs not to know the responses exactly.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::Serialize;

use super::plan::AllocationPlan;
use super::problem::{Activity, Allocation};
use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval};
use crate::numerics::parallel;

/// A plan under responses that are uncertain; see [`Allocation::regret`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Regret {
    /// Objective of the plan: its mean over the draws, and the interval.
    pub objective: Estimate,
    /// Expected regret: the most that knowing the responses exactly would be worth. The interval is that of the regret.
    pub regret: Estimate,
    /// The best spend on each activity, over the draws.
    pub best_spend: Vec<Estimate>,
    /// Share of the draws in which the plan is better than today's split, if that was given.
    pub better_than_today: Option<f64>,
    /// Number of draws.
    pub draws: usize,
}

impl Allocation {
    /// What the plan is worth under responses drawn from their uncertainty, and how much more the best plan for each of
    /// them would be.
    ///
    /// The size and the speed of each response are multiplied by independent log-normal factors with median 1 (see
    /// [`Activity::uncertainty`]); draw k is the same whatever the number of draws.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] without draws, with a level outside (0, 1), or if no activity is uncertain; as
    /// [`solve`](Self::solve).
    pub fn regret(&self, plan: &AllocationPlan, draws: usize, seed: u64, level: f64) -> Result<Regret> {
        self.check()?;
        error::level("level", level)?;
        if draws < 2 {
            return Err(Error::argument("draws", draws, "an interval needs at least 2, better 200"));
        }
        if self.activities.iter().all(|a| a.size_uncertainty == 0.0 && a.speed_uncertainty == 0.0) {
            let expected = "no activity has any, so that there is no regret; state what is not known well";
            return Err(Error::argument("uncertainty", 0, expected));
        }
        same_length("plan", plan.spend().len(), "activities", self.activities.len())?;
        let on: Vec<bool> = plan.spend().iter().map(|x| *x > 0.0).collect();
        let one = |draw: usize| -> Result<Draw> {
            let varied = self.drawn(draw as u64, seed);
            let best = varied.plan()?;
            let objective = varied.objective_of(plan.spend(), &on);
            let best_objective = {
                let on: Vec<bool> = best.spend().iter().map(|x| *x > 0.0).collect();
                varied.objective_of(best.spend(), &on)
            };
            let today = self.today.as_ref().map(|spend| {
                let on: Vec<bool> = spend.iter().map(|x| *x > 0.0).collect();
                varied.objective_of(spend, &on)
            });
            // Rounding of two optima that are the same must not be a gain from ignorance.
            Ok(Draw { objective, regret: (best_objective - objective).max(0.0), spend: best.spend().to_vec(), today })
        };
        let found: Vec<Draw> = parallel::map_chunks(draws, 1, |range| one(range.start)).collect::<Result<_>>()?;
        let estimate = |get: &dyn Fn(&Draw) -> f64| summarise(found.iter().map(get).collect(), level);
        let better = |d: &Draw| d.today.is_some_and(|today| d.objective > today);
        Ok(Regret {
            objective: estimate(&|d| d.objective),
            regret: estimate(&|d| d.regret),
            best_spend: (0..self.activities.len()).map(|i| estimate(&|d| d.spend[i])).collect(),
            better_than_today: self
                .today
                .as_ref()
                .map(|_| found.iter().filter(|d| better(d)).count() as f64 / draws as f64),
            draws,
        })
    }

    /// The problem with responses drawn from their uncertainty.
    fn drawn(&self, draw: u64, seed: u64) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(draw);
        let mut factor = |sd: f64| {
            let z: f64 = StandardNormal.sample(&mut random);
            (sd * z).exp()
        };
        let vary = |a: &Activity| {
            let (size, speed) = (factor(a.size_uncertainty), factor(a.speed_uncertainty));
            Activity { response: a.response.varied(size, speed), ..a.clone() }
        };
        Self { activities: self.activities.iter().map(vary).collect(), today: None, ..self.clone() }
    }
}

struct Draw {
    objective: f64,
    regret: f64,
    spend: Vec<f64>,
    today: Option<f64>,
}

/// Mean and central interval of draws.
pub(in crate::portfolio) fn summarise(mut values: Vec<f64>, level: f64) -> Estimate {
    let value = values.iter().sum::<f64>() / values.len() as f64;
    values.sort_by(f64::total_cmp);
    let quantile = |p: f64| {
        let position = p * (values.len() - 1) as f64;
        let (below, part) = (position.floor() as usize, position.fract());
        let above = (below + 1).min(values.len() - 1);
        values[below] + part * (values[above] - values[below])
    };
    let (low, high) = (quantile(0.5 - 0.5 * level), quantile(0.5 + 0.5 * level));
    Estimate { value, interval: Interval { low: low.min(value), high: high.max(value) } }
}
