//! The posterior distribution of a model's parameters.

#[cfg(feature = "discrete-time")]
mod contracts;
#[cfg(feature = "covariates")]
mod covariates;
mod drawn;
mod options;
mod prediction;
mod priors;
mod purchase;
mod sampler;
mod saved;
mod spend;

use std::fmt;

#[cfg(feature = "discrete-time")]
pub use contracts::contract_posterior;
#[cfg(all(feature = "covariates", feature = "discrete-time"))]
pub use covariates::contract_covariate_posterior;
#[cfg(feature = "covariates")]
pub use covariates::covariate_posterior;
pub use drawn::{Drawn, DrawnPurchases};
pub use options::PosteriorOptions;
pub use priors::DefaultPriors;
pub use purchase::posterior;
pub use saved::AnyPosterior;
pub use spend::spend_posterior;

use serde::{Deserialize, Serialize};

use super::Prior;
use super::any_model::AnyPurchaseModel;
use crate::error::{self, Error, Result};
use crate::estimate::Estimate;
use crate::numerics::diagnostics::{ess_bulk, ess_mean, ess_tail, rank_normalised_split_r_hat};
use crate::numerics::nuts::Chain;
use crate::numerics::parallel;
use crate::numerics::sample::{percentile_interval, quantile_of_sorted};
use crate::summary::TimeUnit;
use crate::table::{Column, Table};

/// R-hat above this means that the chains have not mixed (Vehtari et al. 2021).
const R_HAT: f64 = 1.01;
/// Effective draws per chain below which quantiles are rough (ibid.: 400 for four chains).
const ESS_PER_CHAIN: f64 = 100.0;

/// Draws from the posterior of a model of type `M`, and whether to trust them: see [`posterior`] for purchase models,
/// [`spend_posterior`] for Gamma-Gamma, [`covariate_posterior`] for models with covariates.
///
/// It saves as a [`SavedModel`](crate::SavedModel) (feature `json`).
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Posterior<M = AnyPurchaseModel> {
    /// The model, at any parameters.
    template: M,
    names: Vec<String>,
    time_unit: Option<TimeUnit>,
    priors: Vec<Option<Prior>>,
    draws: usize,
    /// For each chain the parameters, draw by draw.
    parameters: Vec<Vec<f64>>,
    chains: Vec<Chain>,
}

impl<M: Drawn> fmt::Debug for Posterior<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = f.debug_struct("Posterior");
        text.field("model", &self.model_name()).field("names", &self.names).field("draws", &self.draws);
        text.field("chains", &self.chains.len()).finish_non_exhaustive()
    }
}

/// How one chain of a [`Posterior`] ran; lists have one entry per draw.
#[derive(Debug, Clone, Copy)]
pub struct ChainStatistics<'a> {
    /// Logarithm of the posterior density in the sampler's coordinates, the log-parameters as a rule, up to a constant.
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

impl<M: Drawn> Posterior<M> {
    /// From chains and their draws, of a model like the given one.
    fn of(
        template: M,
        time_unit: Option<TimeUnit>,
        priors: Vec<Option<Prior>>,
        (chains, parameters): (Vec<Chain>, Vec<Vec<f64>>),
    ) -> Self {
        let names = template.estimates().into_iter().map(|(name, _)| name).collect();
        let draws = chains.first().map_or(0, |chain| chain.ln_density.len());
        Self { template, names, time_unit, priors, draws, parameters, chains }
    }

    /// Name of the model in the literature.
    #[must_use]
    pub fn model_name(&self) -> &'static str {
        self.template.title()
    }

    /// Names of the parameters.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The prior of each parameter, and of each coefficient per unit of its covariate. `None` where it is no density of its own:
    /// pymc-marketing's joint priors of pairs such as a and b, and its flat ones.
    #[must_use]
    pub fn priors(&self) -> Vec<(&str, Option<Prior>)> {
        self.names.iter().map(String::as_str).zip(self.priors.iter().copied()).collect()
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
        match self.names.iter().position(|n| *n == name) {
            Some(i) => Ok(self.column(i)),
            None => {
                Err(Error::argument("parameter", name, format!("{} has {}", self.model_name(), self.names.join(", "))))
            }
        }
    }

    fn column(&self, i: usize) -> Vec<Vec<f64>> {
        let k = self.names.len();
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
        for (i, name) in self.names.iter().enumerate() {
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
        let names = &self.names;
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
        table.push("parameter", Column::Text(names.clone()))?;
        let titles = ["mean", "sd", "median", "low", "high", "mcse", "r_hat", "ess_bulk", "ess_tail"];
        for (title, column) in titles.into_iter().zip(columns) {
            table.push(title, Column::Float(column))?;
        }
        Ok(table)
    }

    /// The model at `count` draws, spread evenly over all chains; all of them if there are no more.
    #[must_use]
    pub fn models(&self, count: usize) -> Vec<M> {
        self.spread(count).map(|p| self.template.at_draw(p)).collect()
    }

    /// The parameters of `count` draws, spread evenly over all chains.
    fn spread(&self, count: usize) -> impl Iterator<Item = &[f64]> {
        let (k, total) = (self.names.len(), self.draws * self.chains());
        let count = count.clamp(1, total);
        (0..count).map(move |i| {
            let draw = i * total / count;
            let begin = draw % self.draws * k;
            &self.parameters[draw / self.draws][begin..begin + k]
        })
    }

    /// Anything that a model says: its posterior mean, and the central interval of its posterior, over all draws.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a level outside (0, 1); those of `of`.
    pub fn estimate(&self, level: f64, of: impl Fn(&M) -> Result<f64> + Sync) -> Result<Estimate> {
        error::level("level", level)?;
        let models = self.models(usize::MAX);
        let values =
            parallel::map_chunks(models.len(), 16, |r| models[r].iter().map(&of).collect::<Result<Vec<f64>>>());
        Estimate::of_draws(&values.collect::<Result<Vec<_>>>()?.concat(), level)
    }
}

#[cfg(test)]
mod tests;
