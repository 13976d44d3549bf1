//! Inputs that are known with an error, and intervals of what is computed from them.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand_distr::{Beta, Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use crate::error::{self, Error, Result};
use crate::estimate::{Estimate, QuantileEstimate};
use crate::numerics::sample::percentile_interval;

/// A number from elsewhere with its standard error, 0 if it is known.
///
/// ```
/// use cpm_core::portfolio::Measured;
/// let price = Measured::from(20.0);
/// let margin = Measured::new(0.30, 0.02);
/// assert_eq!((price.standard_error, margin.value), (0.0, 0.30));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
}

impl Measured {
    /// A number and its standard error.
    #[must_use]
    pub const fn new(value: f64, standard_error: f64) -> Self {
        Self { value, standard_error }
    }
}

impl From<f64> for Measured {
    fn from(value: f64) -> Self {
        Self::new(value, 0.0)
    }
}

/// How many times inputs are drawn, from which seed, and the level of the intervals.
///
/// ```
/// use cpm_core::portfolio::DrawOptions;
/// let options = DrawOptions::new().draws(500).seed(7).level(0.9);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DrawOptions {
    pub(super) draws: usize,
    pub(super) seed: u64,
    pub(super) level: f64,
}

impl Default for DrawOptions {
    fn default() -> Self {
        Self { draws: 2_000, seed: 0, level: 0.95 }
    }
}

impl DrawOptions {
    /// 2,000 draws from seed 0, 95 % intervals.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Number of draws.
    #[must_use]
    pub fn draws(mut self, draws: usize) -> Self {
        self.draws = draws;
        self
    }

    /// Another seed gives other draws; the same seed gives the same ones.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Probability that an interval holds.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        error::level("level", self.level)?;
        if self.draws < 100 {
            return Err(Error::argument("draws", self.draws, "an interval needs at least 100 draws"));
        }
        Ok(())
    }

    /// The random numbers of draw k: its own stream, so that draws can be made in any order.
    pub(super) fn stream(&self, draw: usize) -> ChaCha8Rng {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        random.set_stream(draw as u64);
        random
    }

    /// Central interval of drawn values around the value itself.
    pub(super) fn estimate(&self, value: f64, mut drawn: Vec<f64>) -> Estimate {
        Estimate { value, interval: percentile_interval(&mut drawn, self.level) }
    }

    /// The same for something that may never be reached, infinite where it is not.
    pub(super) fn reached(&self, value: f64, drawn: Vec<f64>) -> QuantileEstimate {
        let Estimate { value, interval } = self.estimate(value, drawn);
        let some = |v: f64| v.is_finite().then_some(v);
        QuantileEstimate { value: some(value), low: some(interval.low), high: some(interval.high) }
    }
}

/// What values an input can take: which distribution its draws have, with the given mean and standard deviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Domain {
    /// Any number: normal.
    Real,
    /// At least 0: lognormal.
    Amount,
    /// From 0 to 1: beta.
    Share,
}

impl Measured {
    /// Checks the number against its domain.
    pub(super) fn check(self, name: &'static str, domain: Domain) -> Result<()> {
        let Self { value, standard_error: error } = self;
        let text = || if error == 0.0 { value.to_string() } else { format!("{value} (standard error {error})") };
        if !value.is_finite() || !error.is_finite() || error < 0.0 {
            return Err(Error::argument(name, text(), "it must be finite, with a standard error of at least 0"));
        }
        match domain {
            Domain::Amount if value < 0.0 || (value == 0.0 && error > 0.0) => {
                Err(Error::argument(name, text(), "it must be at least 0, and above 0 if it has a standard error"))
            }
            Domain::Share if !(0.0..=1.0).contains(&value) => {
                Err(Error::argument(name, text(), "it must lie between 0 and 1"))
            }
            Domain::Share if error * error >= value * (1.0 - value) && error > 0.0 => {
                let expected = "no share between 0 and 1 has such a large standard error; give sqrt(p·(1 − p)/n)";
                Err(Error::argument(name, text(), expected))
            }
            _ => Ok(()),
        }
    }

    /// One draw of a checked input.
    pub(super) fn draw(self, domain: Domain, random: &mut ChaCha8Rng) -> f64 {
        let Self { value, standard_error: error } = self;
        if error == 0.0 {
            return value;
        }
        let normal = |random: &mut ChaCha8Rng| -> f64 { StandardNormal.sample(random) };
        match domain {
            Domain::Real => value + error * normal(random),
            Domain::Amount => {
                let variance = (error / value).powi(2).ln_1p();
                value * (variance.sqrt() * normal(random) - 0.5 * variance).exp()
            }
            Domain::Share => {
                let size = value * (1.0 - value) / (error * error) - 1.0;
                // Checked inputs have positive parameters.
                Beta::new(value * size, (1.0 - value) * size).map_or(value, |beta| beta.sample(random))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_mean_the_error_and_the_domain() {
        let options = DrawOptions::new().draws(20_000);
        for (input, domain) in [
            (Measured::new(-3.0, 2.0), Domain::Real),
            (Measured::new(10.0, 4.0), Domain::Amount),
            (Measured::new(0.8, 0.1), Domain::Share),
        ] {
            let drawn: Vec<f64> = (0..20_000).map(|k| input.draw(domain, &mut options.stream(k))).collect();
            let mean = drawn.iter().sum::<f64>() / 20_000.0;
            let sd = (drawn.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / 20_000.0).sqrt();
            assert!((mean - input.value).abs() < 4.0 * input.standard_error / 141.0, "{mean} {input:?}");
            assert!((sd / input.standard_error - 1.0).abs() < 0.04, "{sd} {input:?}");
            assert!(domain != Domain::Amount || drawn.iter().all(|d| *d > 0.0));
            assert!(domain != Domain::Share || drawn.iter().all(|d| (0.0..=1.0).contains(d)));
        }
    }

    #[test]
    fn unusable_inputs_are_named() {
        let of = |input: Measured, domain| input.check("x", domain).unwrap_err().to_string();
        assert!(of(Measured::new(-1.0, 0.0), Domain::Amount).contains("at least 0"));
        assert!(of(Measured::new(1.2, 0.0), Domain::Share).contains("between 0 and 1"));
        assert!(of(Measured::new(0.5, 0.5), Domain::Share).contains("standard error"));
        assert!(of(Measured::new(0.5, f64::NAN), Domain::Real).contains("finite"));
        assert!(DrawOptions::new().draws(3).check().is_err() && DrawOptions::new().level(1.0).check().is_err());
    }
}
