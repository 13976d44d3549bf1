//! Customers under contract who renew as a model says.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};
use rand_distr::{Binomial, Distribution};

use super::ContractualProcess;
use super::renewals::{Cohort, Renewals};
use crate::clv::future::FUTURE;
use crate::error::{Error, Result};

/// Most customers of a simulated cohort.
const MOST_CUSTOMERS: u64 = 1_000_000_000;
/// Most opportunities to come.
const MOST_OPPORTUNITIES: u64 = 100_000;

/// A cohort that renews as a model says: `customers` who have renewed `renewals` times, observed over the next `opportunities`.
///
/// With `renewals` = 0 they are new customers. Of those left before an opportunity a binomial number renews, with the model's
/// retention rate: the same as drawing a chance of leaving and a lifetime for every customer, whatever their number.
/// Cohorts of different age are [merged](Renewals::merge).
///
/// ```
/// use cpm_core::clv::{ShiftedBetaGeometric, simulate_contracts};
/// use cpm_core::FitOptions;
/// let truth = ShiftedBetaGeometric::from_params(0.7, 1.2)?;
/// let mut renewals = simulate_contracts(&truth, 5_000, 8, 0, 1)?;
/// renewals.merge(&simulate_contracts(&truth, 5_000, 4, 0, 2)?);
/// let found = ShiftedBetaGeometric::fit(&renewals, &FitOptions::new())?;
/// assert!((found.alpha() - 0.7).abs() < 0.1 && (found.beta() - 1.2).abs() < 0.2);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] without customers or opportunities, for more than 10^9 customers, 100,000 opportunities or a million
/// renewals in all.
pub fn simulate_contracts(
    model: &dyn ContractualProcess,
    customers: u64,
    opportunities: u64,
    renewals: u64,
    seed: u64,
) -> Result<Renewals> {
    if !(1..=MOST_CUSTOMERS).contains(&customers) {
        return Err(Error::argument("customers", customers, "simulate at least one and at most 10^9"));
    }
    if !(1..=MOST_OPPORTUNITIES).contains(&opportunities) {
        return Err(Error::argument("opportunities", opportunities, "it must be from 1 to 100000"));
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut left = customers;
    let mut alive = vec![left as f64];
    for t in renewals..renewals.saturating_add(opportunities) {
        let retention = model.ln_survival(t as f64, t as f64 + 1.0).exp().clamp(0.0, 1.0);
        // An error is possible only for a share outside [0, 1].
        left = Binomial::new(left, retention).map_or(0, |renewed| renewed.sample(&mut random));
        alive.push(left as f64);
    }
    Renewals::from_cohorts(&[Cohort::new(&alive).observed_from(renewals)])
}

/// How often each of the active customers renews at the next `horizon` opportunities, drawn from the model: a number from 0, who
/// leaves at the first of them, to `horizon`, who is still there. `renewals` says how often each has renewed.
///
/// Every customer has random numbers of its own: they do not depend on who else is there.
///
/// ```
/// use cpm_core::clv::{ContractualModel, ShiftedBetaGeometric, simulate_future_renewals};
/// let model = ShiftedBetaGeometric::from_params(0.7, 1.2)?;
/// let future = simulate_future_renewals(&model, &[3; 2_000], 5, 1)?;
/// let stayed = future.iter().filter(|n| **n == 5).count() as f64 / 2_000.0;
/// assert!((stayed - model.survival_of_active(3, 5, 0.95)?.value).abs() < 0.04);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] without opportunities or with more than 100,000.
pub fn simulate_future_renewals(
    model: &dyn ContractualProcess,
    renewals: &[u64],
    horizon: u64,
    seed: u64,
) -> Result<Vec<u64>> {
    if !(1..=MOST_OPPORTUNITIES).contains(&horizon) {
        return Err(Error::argument("horizon", horizon, "it must be from 1 to 100000"));
    }
    let future = |(row, &made): (usize, &u64)| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(FUTURE + row as u64);
        let (u, from) = (random.random::<f64>(), made as f64);
        let renews = |times: u64| u < model.ln_survival(from, from + times as f64).exp();
        // The survivor function falls: the last renewal that takes place, by bisection.
        let (mut certain, mut excluded) = (0, horizon + 1);
        while excluded - certain > 1 {
            let middle = certain + (excluded - certain) / 2;
            if renews(middle) {
                certain = middle;
            } else {
                excluded = middle;
            }
        }
        certain
    };
    Ok(renewals.iter().enumerate().map(future).collect())
}
