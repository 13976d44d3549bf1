//! Prior densities of positive parameters.

use super::fit::{FitOptions, Problem};
use crate::error::{self, Error, Result};
use crate::numerics::gamma::ln_gamma;
use crate::numerics::newton::Evaluation;

/// A prior of a positive parameter, or of a coefficient, as a density on its natural scale; see
/// [`FitOptions::prior`](super::FitOptions::prior).
///
/// ```
/// use cpm_core::clv::Prior;
/// let prior = Prior::Gamma { shape: 2.0, rate: 0.5 }; // mean 4
/// assert!((prior.ln_pdf(4.0)? - (0.25_f64 * 4.0).ln() + 2.0).abs() < 1e-12);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Prior {
    /// Gamma with mean shape/rate; shape 1 is the exponential.
    Gamma {
        /// Shape.
        shape: f64,
        /// Rate, the inverse of the scale.
        rate: f64,
    },
    /// The logarithm is normal around ln median with standard deviation sigma: within a factor e^(2 sigma) of the median
    /// with 95 %.
    LogNormal {
        /// Median.
        median: f64,
        /// Standard deviation of the logarithm.
        sigma: f64,
    },
    /// The normal density with mean 0, on the positive side.
    HalfNormal {
        /// Standard deviation of the whole normal.
        sigma: f64,
    },
    /// Weibull.
    Weibull {
        /// Shape.
        shape: f64,
        /// Scale.
        scale: f64,
    },
    /// Normal, for the coefficient of a covariate, which may have any sign; a parameter is positive, and cannot have it.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        sigma: f64,
    },
}

impl Prior {
    /// ln of the density at a positive value, or at any of a normal prior.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a value or a constant of the prior that is not finite, or not
    /// positive where it must be.
    pub fn ln_pdf(&self, value: f64) -> Result<f64> {
        self.check()?;
        let valid = if matches!(self, Self::Normal { .. }) { finite } else { error::positive };
        Ok(self.ln_density(valid("value", value)?)[0])
    }

    /// Whether it can be that of a parameter, which is positive.
    pub(super) fn check_positive(&self, parameter: &str) -> Result<()> {
        if matches!(self, Self::Normal { .. }) {
            let expected =
                format!("{parameter} is positive, and a normal prior is for coefficients; take one of the others");
            return Err(Error::argument("prior", "normal", expected));
        }
        self.check()
    }

    /// Mean and standard deviation of a normal prior, the only one that a coefficient can have.
    #[cfg(feature = "covariates")]
    pub(super) fn of_coefficient(&self, name: &str) -> Result<[f64; 2]> {
        match *self {
            Self::Normal { mean, sigma } => self.check().map(|()| [mean, sigma]),
            _ => {
                let expected = format!("{name} is a coefficient, which may have any sign: give it a normal prior");
                Err(Error::argument("prior", "of a positive parameter", expected))
            }
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        let constants = match *self {
            Self::Gamma { shape, rate } => [("shape", shape), ("rate", rate)],
            Self::LogNormal { median, sigma } => [("median", median), ("sigma", sigma)],
            Self::HalfNormal { sigma } => [("sigma", sigma), ("sigma", sigma)],
            Self::Weibull { shape, scale } => [("shape", shape), ("scale", scale)],
            Self::Normal { mean, sigma } => {
                finite("mean", mean)?;
                [("sigma", sigma), ("sigma", sigma)]
            }
        };
        constants.into_iter().try_for_each(|(name, value)| error::positive(name, value).map(|_| ()))
    }

    /// ln of the density, with first and second derivative in the logarithm of the value.
    pub(super) fn ln_density(&self, value: f64) -> [f64; 3] {
        let ln = value.ln();
        let half_ln_2_pi = 0.5 * (2.0 * std::f64::consts::PI).ln();
        match *self {
            Self::Gamma { shape, rate } => {
                let norm = shape * rate.ln() - ln_gamma(shape);
                [norm + (shape - 1.0) * ln - rate * value, shape - 1.0 - rate * value, -rate * value]
            }
            Self::LogNormal { median, sigma } => {
                let z = (value / median).ln() / sigma;
                let value = -ln - sigma.ln() - half_ln_2_pi - 0.5 * z * z;
                [value, -1.0 - z / sigma, -1.0 / (sigma * sigma)]
            }
            Self::HalfNormal { sigma } => {
                let square = (value / sigma).powi(2);
                [std::f64::consts::LN_2 - sigma.ln() - half_ln_2_pi - 0.5 * square, -square, -2.0 * square]
            }
            Self::Weibull { shape, scale } => {
                let power = (shape * (value / scale).ln()).exp();
                let density = (shape / scale).ln() + (shape - 1.0) * (value / scale).ln() - power;
                [density, shape - 1.0 - shape * power, -shape * shape * power]
            }
            Self::Normal { mean, sigma } => {
                let z = (value - mean) / sigma;
                let slope = -z / sigma * value;
                [-sigma.ln() - half_ln_2_pi - 0.5 * z * z, slope, slope - (value / sigma).powi(2)]
            }
        }
    }
}

fn finite(name: &'static str, value: f64) -> Result<f64> {
    if value.is_finite() { Ok(value) } else { Err(Error::argument(name, value, "it must be a finite number")) }
}

/// What the options add to the log-likelihood, parameter by parameter.
pub(super) struct Priors<'a> {
    of: Vec<Option<&'a Prior>>,
    scale: &'a [f64],
    penalty: f64,
}

impl<'a> Priors<'a> {
    pub(super) fn new(problem: &Problem<'a>, options: &'a FitOptions, logs: usize) -> Result<Self> {
        let names = &problem.names[..logs];
        for (name, prior) in &options.priors {
            if !names.contains(&name.as_str()) {
                let expected = format!("{} has the parameters {}", problem.model, names.join(", "));
                return Err(Error::argument("prior", name, expected));
            }
            prior.check_positive(name)?;
        }
        let of_name = |name: &&str| options.priors.iter().find(|(n, _)| n == name).map(|(_, prior)| prior);
        Ok(Self { of: names.iter().map(of_name).collect(), scale: problem.scale, penalty: options.penalty })
    }

    /// Value, and first and second derivative in the log-parameter.
    fn terms(&self, i: usize, natural: f64) -> [f64; 3] {
        let [value, slope, curvature] = self.of[i].map_or([0.0; 3], |prior| prior.ln_density(natural));
        let distance = (natural / self.scale[i]).ln();
        let penalty = self.penalty;
        [value - 0.5 * penalty * distance * distance, slope - penalty * distance, curvature - penalty]
    }

    pub(super) fn value(&self, natural: &[f64]) -> f64 {
        (0..self.of.len()).map(|i| self.terms(i, natural[i])[0]).sum()
    }

    pub(super) fn add_to(&self, at: &mut Evaluation, natural: &[f64]) {
        for (i, natural) in natural.iter().enumerate().take(self.of.len()) {
            let [value, slope, curvature] = self.terms(i, *natural);
            at.value += value;
            at.gradient[i] += slope;
            at.hessian[(i, i)] += curvature;
        }
    }
}

#[cfg(test)]
#[path = "prior_tests.rs"]
mod tests;
