//! Choices for sampling a posterior.

use super::priors::DefaultPriors;
use crate::clv::Prior;
use crate::clv::data_choices::DataChoices;
use crate::error::{self, Error, Result};

/// Choices for [`posterior`](super::posterior).
///
/// ```
/// use cpm_core::clv::{DefaultPriors, PosteriorOptions, Prior};
/// let options = PosteriorOptions::new().chains(2).draws(500).seed(1);
/// let options = options.prior("r", Prior::Gamma { shape: 2.0, rate: 4.0 }).default_priors(DefaultPriors::Wide);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PosteriorOptions {
    pub(super) chains: usize,
    pub(super) warmup: usize,
    pub(super) draws: usize,
    pub(super) target_accept: f64,
    pub(super) seed: u64,
    pub(super) defaults: DefaultPriors,
    pub(super) priors: Vec<(String, Prior)>,
    pub(in crate::clv) data: DataChoices,
}

impl Default for PosteriorOptions {
    fn default() -> Self {
        Self {
            chains: 4,
            // Coordinates are standard at the mode, so that there is little to tune.
            warmup: 300,
            draws: 1_000,
            target_accept: 0.8,
            seed: 0,
            defaults: DefaultPriors::Wide,
            priors: Vec::new(),
            data: DataChoices::default(),
        }
    }
}

impl PosteriorOptions {
    /// Four chains of 1,000 draws after 300 of warm-up, with wide priors.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many chains, from starting points of their own; R-hat compares them.
    #[must_use]
    pub fn chains(mut self, chains: usize) -> Self {
        self.chains = chains;
        self
    }

    /// Iterations at the beginning of each chain that tune the sampler and are not kept.
    #[must_use]
    pub fn warmup(mut self, iterations: usize) -> Self {
        self.warmup = iterations;
        self
    }

    /// Draws that each chain keeps.
    #[must_use]
    pub fn draws(mut self, draws: usize) -> Self {
        self.draws = draws;
        self
    }

    /// The acceptance rate to tune for: higher means smaller steps, against divergences.
    #[must_use]
    pub fn target_accept(mut self, rate: f64) -> Self {
        self.target_accept = rate;
        self
    }

    /// The same seed gives the same draws.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The priors of parameters for which none is named.
    #[must_use]
    pub fn default_priors(mut self, priors: DefaultPriors) -> Self {
        self.defaults = priors;
        self
    }

    /// The prior of a parameter, on its natural scale. A second prior of a parameter replaces the first.
    #[must_use]
    pub fn prior(mut self, parameter: &str, prior: Prior) -> Self {
        self.priors.retain(|(name, _)| name != parameter);
        self.priors.push((parameter.to_owned(), prior));
        self
    }

    /// How often each row of the summary counts, for grouped data. Zero leaves a row out.
    #[must_use]
    pub fn weights(mut self, weights: &[f64]) -> Self {
        self.data.weights = Some(weights.to_vec());
        self
    }

    /// Holds the k of BG/CNBD-k or MBG/CNBD-k; otherwise it is the one that the fit chooses. The posterior is that of the other
    /// parameters, given k.
    #[must_use]
    pub fn k(mut self, k: u32) -> Self {
        self.data.k = Some(k);
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        error::level("target_accept", self.target_accept)?;
        if self.chains == 0 {
            return Err(Error::argument("chains", self.chains, "it must be at least 1"));
        }
        if self.draws < 20 {
            return Err(Error::argument("draws", self.draws, "diagnostics need at least 20 per chain"));
        }
        if self.warmup < 50 {
            return Err(Error::argument("warmup", self.warmup, "tuning needs at least 50 iterations"));
        }
        Ok(())
    }
}
