//! The posterior distribution of a purchase model's parameters.

mod options;
mod prediction;
mod priors;

use ndarray::{Array1, Array2};

pub use options::PosteriorOptions;
pub use priors::DefaultPriors;

use super::any_model::{AnyPurchaseModel, PurchaseModelKind};
use super::likelihood_sum::LikelihoodSum;
use super::{FitOptions, Prior};
use crate::error::{self, Error, Result};
use crate::estimate::Estimate;
use crate::numerics::diagnostics::{ess_bulk, ess_mean, ess_tail, rank_normalised_split_r_hat};
use crate::numerics::newton::{Evaluation, minimise};
use crate::numerics::nuts::{Chain, Plan, sample};
use crate::numerics::parallel;
use crate::numerics::sample::{percentile_interval, quantile_of_sorted};
use crate::numerics::symmetric::eigen;
use crate::summary::{CustomerSummary, TimeUnit};
use crate::table::{Column, Table};
use priors::Priors;

/// R-hat above this means that the chains have not mixed (Vehtari et al. 2021).
const R_HAT: f64 = 1.01;
/// Effective draws per chain below which quantiles are rough (ibid.: 400 for four chains).
const ESS_PER_CHAIN: f64 = 100.0;

/// Draws from a posterior, and whether to trust them: see [`posterior`].
#[derive(Debug, Clone)]
pub struct Posterior {
    kind: PurchaseModelKind,
    model_at: fn(&[f64]) -> AnyPurchaseModel,
    time_unit: TimeUnit,
    priors: Vec<Option<Prior>>,
    draws: usize,
    /// For each chain the natural parameters, draw by draw.
    parameters: Vec<Vec<f64>>,
    chains: Vec<Chain>,
}

/// How one chain of a [`Posterior`] ran; lists have one entry per draw.
#[derive(Debug, Clone, Copy)]
pub struct ChainStatistics<'a> {
    /// Logarithm of the posterior density of the log-parameters, up to a constant.
    pub ln_posterior: &'a [f64],
    /// Whether the trajectory diverged.
    pub divergent: &'a [bool],
    /// Depth of the trajectory's tree.
    pub depth: &'a [u32],
    /// Steps of the trajectory.
    pub steps: &'a [u32],
    /// Mean acceptance probability along the trajectory.
    pub acceptance: &'a [f64],
    /// Energy at its beginning.
    pub energy: &'a [f64],
    /// Step size after warm-up.
    pub step_size: f64,
}

/// Samples the posterior distribution of a model's parameters with the No-U-Turn Sampler, on the likelihood of the grouped
/// histories: exact, and as fast as there are distinct ones.
///
/// Sampling is in the log-parameters, in coordinates in which the normal approximation at the mode is standard, so that
/// trajectories are short; priors are densities of the parameters themselves, and the change to logarithms is accounted for.
/// Chains run in parallel; draws depend on the seed alone.
///
/// ```
/// use cpm_core::clv::{PosteriorOptions, PurchaseModelKind, posterior};
/// use cpm_core::{PurchaseModel, SummaryOptions, datasets};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let options = PosteriorOptions::new().chains(2).warmup(100).draws(100).seed(1);
/// let posterior = posterior(PurchaseModelKind::BgNbd, &customers, &options)?;
/// let new = posterior.estimate(0.9, |model| model.expected_purchases_new_customer(52.0))?;
/// assert!(new.interval.low < 1.45 && 1.45 < new.interval.high);
/// println!("{}", posterior.summary_table(0.95)?);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for options or priors out of range; [`Error::NotIdentified`] if no time has passed for any
/// customer. Unlike a fit, a posterior exists for any other data.
pub fn posterior(
    kind: PurchaseModelKind,
    customers: &CustomerSummary,
    options: &PosteriorOptions,
) -> Result<Posterior> {
    options.check()?;
    let of_parameters = kind.likelihood()?;
    let n = customers.len() as f64;
    let mean_t = customers.T().iter().sum::<f64>() / n;
    if mean_t <= 0.0 {
        return Err(Error::NotIdentified {
            model: kind.name(),
            reason: "no time has passed since the first purchases: T is 0 for every customer".to_owned(),
            remedy: "Give a later end of observation".to_owned(),
        });
    }
    let names = kind.parameters();
    let priors = Priors::new(kind, options.defaults, &options.priors, mean_t)?;
    let likelihood = LikelihoodSum::new(customers.histories());
    let ln_posterior = |ln: &[f64]| {
        let natural: Vec<f64> = ln.iter().map(|v| v.exp()).collect();
        let mut at = (of_parameters.evaluate)(&likelihood, &natural);
        priors.add_to(&mut at, &natural);
        at
    };
    let (mode, spread) = mode(kind, customers, mean_t, &ln_posterior);

    let k = names.len();
    let density = |z: &[f64], gradient: &mut [f64]| {
        let ln: Vec<f64> = (0..k).map(|i| mode[i] + (0..k).map(|j| spread[(i, j)] * z[j]).sum::<f64>()).collect();
        // Beyond these bounds nothing is left of a proper posterior, and powers overflow.
        if ln.iter().any(|v| v.abs() > 100.0) {
            return f64::NEG_INFINITY;
        }
        let at = ln_posterior(&ln);
        for (j, g) in gradient.iter_mut().enumerate() {
            *g = (0..k).map(|i| spread[(i, j)] * at.gradient[i]).sum();
        }
        at.value
    };
    let chains: Vec<Chain> = parallel::map_chunks(options.chains, 1, |range| {
        let chain = range.start as u64;
        let plan = Plan {
            warmup: options.warmup,
            draws: options.draws,
            target_accept: options.target_accept,
            seed: options.seed,
            chain,
        };
        let start = (0..32).find_map(|attempt| {
            let start = starting_point(k, options.seed, chain, attempt);
            density(&start, &mut vec![0.0; k]).is_finite().then_some(start)
        });
        sample(&density, &start.unwrap_or_else(|| vec![0.0; k]), &plan)
    })
    .collect();
    let natural = |chain: &Chain| -> Vec<f64> {
        let at = |z: &[f64]| -> Vec<f64> {
            (0..k).map(|i| (mode[i] + (0..k).map(|j| spread[(i, j)] * z[j]).sum::<f64>()).exp()).collect()
        };
        chain.positions.chunks_exact(k).flat_map(at).collect()
    };
    Ok(Posterior {
        kind,
        model_at: of_parameters.at,
        time_unit: customers.time_unit(),
        priors: (0..k).map(|i| priors.of(i)).collect(),
        draws: options.draws,
        parameters: chains.iter().map(natural).collect(),
        chains,
    })
}

/// Between -2 and 2 standard deviations in each direction, nearer to the mode with every attempt.
fn starting_point(k: usize, seed: u64, chain: u64, attempt: i32) -> Vec<f64> {
    use rand::rngs::ChaCha8Rng;
    use rand::{RngExt, SeedableRng};
    let mut random = ChaCha8Rng::seed_from_u64(seed ^ 0x5eed);
    random.set_stream(chain);
    (0..k).map(|_| (4.0 * random.random::<f64>() - 2.0) * 0.8_f64.powi(attempt)).collect()
}

/// Mode of the log-parameters, and a matrix S with S S' the covariance of the normal approximation there.
fn mode(
    kind: PurchaseModelKind,
    customers: &CustomerSummary,
    mean_t: f64,
    ln_posterior: &impl Fn(&[f64]) -> Evaluation,
) -> (Array1<f64>, Array2<f64>) {
    let n = customers.len() as f64;
    let names = kind.parameters();
    let fitted = kind.fit(customers, &FitOptions::new());
    // Where there is no maximum of the likelihood, the search starts from the size of things.
    let start: Array1<f64> = match &fitted {
        Ok(model) => model.parameters().iter().map(|(_, value)| value.ln()).collect(),
        Err(_) => names.iter().map(|name| kind.size_of(name, mean_t).ln()).collect(),
    };
    let objective = |ln: &Array1<f64>| {
        let at = ln_posterior(&ln.to_vec());
        Evaluation { value: -at.value / n, gradient: at.gradient / -n, hessian: at.hessian / -n }
    };
    let (lower, upper) = (Array1::from_elem(names.len(), -20.0), Array1::from_elem(names.len(), 20.0 + mean_t.ln()));
    let found = minimise(objective, start, &lower, &upper, 200);
    let spectrum = eigen(&(&found.at.hessian * n));
    // A direction in which the density does not fall from here gets a scale of one.
    let scale: Array1<f64> = spectrum.values.iter().map(|&v| if v > 1e-2 { 1.0 / v.sqrt() } else { 1.0 }).collect();
    let spread = Array2::from_shape_fn((names.len(), names.len()), |(i, j)| spectrum.vectors[(i, j)] * scale[j]);
    (found.point, spread)
}

impl Posterior {
    /// Which model it is of.
    #[must_use]
    pub fn kind(&self) -> PurchaseModelKind {
        self.kind
    }

    /// The prior of each parameter; `None` for a and b where they have pymc-marketing's joint one.
    #[must_use]
    pub fn priors(&self) -> Vec<(&'static str, Option<Prior>)> {
        self.kind.parameters().iter().copied().zip(self.priors.iter().copied()).collect()
    }

    /// Number of chains.
    #[must_use]
    pub fn chains(&self) -> usize {
        self.chains.len()
    }

    /// Draws per chain.
    #[must_use]
    pub fn draws(&self) -> usize {
        self.draws
    }

    /// Draws of a parameter, chain by chain.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a parameter that the model does not have.
    pub fn parameter(&self, name: &str) -> Result<Vec<Vec<f64>>> {
        let names = self.kind.parameters();
        match names.iter().position(|n| *n == name) {
            Some(i) => Ok(self.column(i)),
            None => Err(Error::argument("parameter", name, format!("{} has {}", self.kind, names.join(", ")))),
        }
    }

    fn column(&self, i: usize) -> Vec<Vec<f64>> {
        let k = self.kind.parameters().len();
        self.parameters.iter().map(|chain| chain.iter().skip(i).step_by(k).copied().collect()).collect()
    }

    /// How a chain ran.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if there is no such chain.
    pub fn statistics(&self, chain: usize) -> Result<ChainStatistics<'_>> {
        let Some(c) = self.chains.get(chain) else {
            return Err(Error::argument("chain", chain, format!("there are {}, counted from 0", self.chains.len())));
        };
        Ok(ChainStatistics {
            ln_posterior: &c.ln_density,
            divergent: &c.divergent,
            depth: &c.depth,
            steps: &c.steps,
            acceptance: &c.acceptance,
            energy: &c.energy,
            step_size: c.step_size,
        })
    }

    /// Draws whose trajectory diverged, over all chains: any at all say that a corner of the posterior may not have been reached.
    #[must_use]
    pub fn divergences(&self) -> usize {
        self.chains.iter().flat_map(|c| &c.divergent).filter(|d| **d).count()
    }

    /// What a reader of the draws should know; empty if all is well.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let divergences = self.divergences();
        if divergences > 0 {
            warnings.push(format!(
                "{divergences} of {} trajectories diverged: raise target_accept, or give narrower priors",
                self.draws * self.chains()
            ));
        }
        for (i, name) in self.kind.parameters().iter().enumerate() {
            let draws = self.column(i);
            let r_hat = rank_normalised_split_r_hat(&draws);
            if r_hat > R_HAT {
                warnings.push(format!("R-hat of {name} is {r_hat:.3}: the chains disagree; raise warmup and draws"));
            }
            let ess = ess_bulk(&draws).min(ess_tail(&draws));
            if ess < ESS_PER_CHAIN * self.chains() as f64 {
                warnings.push(format!("{name} has {ess:.0} effective draws only: raise draws"));
            }
        }
        warnings
    }

    /// One row per parameter: `parameter, mean, sd, median, low, high, mcse, r_hat, ess_bulk, ess_tail`. `low` to `high` is the
    /// central interval; `mcse` is the standard error of the mean that the sampling leaves.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a level outside (0, 1).
    pub fn summary_table(&self, level: f64) -> Result<Table> {
        error::level("level", level)?;
        let names = self.kind.parameters();
        let mut columns: [Vec<f64>; 9] = std::array::from_fn(|_| Vec::with_capacity(names.len()));
        for i in 0..names.len() {
            let draws = self.column(i);
            let mut all = draws.concat();
            let n = all.len() as f64;
            let mean = all.iter().sum::<f64>() / n;
            let sd = (all.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
            let interval = percentile_interval(&mut all, level);
            let row = [
                mean,
                sd,
                quantile_of_sorted(&all, 0.5),
                interval.low,
                interval.high,
                sd / ess_mean(&draws).sqrt(),
                rank_normalised_split_r_hat(&draws),
                ess_bulk(&draws),
                ess_tail(&draws),
            ];
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
        let mut table = Table::new();
        table.push("parameter", Column::Text(names.iter().map(|&n| n.to_owned()).collect()))?;
        let titles = ["mean", "sd", "median", "low", "high", "mcse", "r_hat", "ess_bulk", "ess_tail"];
        for (title, column) in titles.into_iter().zip(columns) {
            table.push(title, Column::Float(column))?;
        }
        Ok(table)
    }

    /// The model at `count` draws, spread evenly over all chains; all of them if there are no more.
    #[must_use]
    pub fn models(&self, count: usize) -> Vec<AnyPurchaseModel> {
        let (k, total) = (self.kind.parameters().len(), self.draws * self.chains());
        let count = count.clamp(1, total);
        let at = |i: usize| {
            let draw = i * total / count;
            let chain = &self.parameters[draw / self.draws];
            let begin = draw % self.draws * k;
            (self.model_at)(&chain[begin..begin + k])
        };
        (0..count).map(at).collect()
    }

    /// Anything that a model says: its posterior mean, and the central interval of its posterior, over all draws.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a level outside (0, 1); those of `of`.
    pub fn estimate(&self, level: f64, of: impl Fn(&AnyPurchaseModel) -> Result<f64> + Sync) -> Result<Estimate> {
        error::level("level", level)?;
        let models = self.models(usize::MAX);
        let values =
            parallel::map_chunks(models.len(), 16, |r| models[r].iter().map(&of).collect::<Result<Vec<f64>>>());
        Estimate::of_draws(&values.collect::<Result<Vec<_>>>()?.concat(), level)
    }
}

#[cfg(test)]
mod tests;
