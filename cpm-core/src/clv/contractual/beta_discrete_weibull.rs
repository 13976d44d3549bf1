//! The beta-discrete-Weibull model.

use serde::{Deserialize, Serialize};

use super::beta_survival::{derivatives, ln_survival};
use super::likelihood::Statement;
use super::process::ContractualProcess;
use super::renewals::Renewals;
use crate::clv::derivatives::Derivatives;
use crate::clv::uncertainty::offsets;
use crate::clv::{FitOptions, FitReport};
use crate::error::{self, Result};

/// The beta-discrete-Weibull model of contract renewal (Fader, Hardie, Liu, Davin & Steenburgh 2018, "How to Project
/// Customer Retention Revisited: The Role of Duration Dependence", Journal of Interactive Marketing 43, 1-16).
///
/// # Assumptions
/// 1. A customer is left after t opportunities with probability (1 - θ)^(t^c): with c > 1 the chance of leaving
///    grows with tenure, with c < 1 it falls, with c = 1 it is constant.
/// 2. θ ~ Beta(γ, δ) over customers; c is the same for all.
///
/// S(t) = B(γ, δ + t^c)/B(γ, δ). With c = 1 this is [`ShiftedBetaGeometric`](super::ShiftedBetaGeometric).
///
/// Three parameters want a few more renewals of data than the two of sBG; compare the two by their AIC, or look
/// whether the interval of c holds 1.
///
/// # Example
/// ```
/// use cpm_core::clv::{BetaDiscreteWeibull, Cohort, ContractualModel, FitOptions, Renewals};
/// // "High End" customers, percent of 1,000 left after years 0 to 4.
/// let shares = [100.0, 86.9, 74.3, 65.3, 59.3];
/// let renewals = Renewals::from_cohorts(&[Cohort::from_percent(&shares, 1000.0)])?;
/// let model = BetaDiscreteWeibull::fit(&renewals, &FitOptions::new())?;
/// assert!((model.c() - 1.584).abs() < 1e-3);
/// // Year 12 was 39.4 %; sBG projects 31 % from the same data.
/// assert!((model.survival(12, 0.95)?.value - 0.394).abs() < 0.03);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BetaDiscreteWeibull {
    gamma: f64,
    delta: f64,
    c: f64,
    fit: Option<FitReport>,
}

const NAME: &str = "BdW";
const PARAMETERS: [&str; 3] = ["gamma", "delta", "c"];

impl BetaDiscreteWeibull {
    /// The model at given parameters, without uncertainty.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a parameter that is not from 1e-6 to 1e8.
    pub fn from_params(gamma: f64, delta: f64, c: f64) -> Result<Self> {
        Ok(Self {
            gamma: error::shape("gamma", gamma)?,
            delta: error::shape("delta", delta)?,
            c: error::shape("c", c)?,
            fit: None,
        })
    }

    /// Maximum likelihood, by Newton's method on the log-parameters with analytic derivatives.
    ///
    /// # Errors
    /// [`Error::NotIdentified`](crate::Error::NotIdentified) if nobody churned, nobody renewed, or fewer than three
    /// opportunities were observed; [`Error::NotConverged`](crate::Error::NotConverged);
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for options that do not fit.
    pub fn fit(renewals: &Renewals, options: &FitOptions) -> Result<Self> {
        let ([gamma, delta, c], report) =
            Self::statement().fit(renewals, options, |churn| [1.0, 1.0 / churn - 1.0, 1.0])?;
        Ok(Self { gamma, delta, c, fit: Some(report) })
    }

    #[cfg(feature = "simulation")]
    pub(super) const KIND_PARAMETERS: [&'static str; 3] = PARAMETERS;

    /// What its fit, and all that refits it, needs.
    pub(super) fn statement() -> Statement<3, impl Fn(&[f64; 3], f64, f64) -> Derivatives<3> + Sync> {
        Statement { model: NAME, names: PARAMETERS, ln_survival: derivatives }
    }

    #[cfg(feature = "simulation")]
    pub(super) fn at([gamma, delta, c]: [f64; 3]) -> Self {
        Self { gamma, delta, c, fit: None }
    }

    /// First parameter of the churn probabilities.
    #[must_use]
    pub fn gamma(&self) -> f64 {
        self.gamma
    }

    /// Second parameter of the churn probabilities.
    #[must_use]
    pub fn delta(&self) -> f64 {
        self.delta
    }

    /// Duration dependence: above 1 the chance of leaving grows with tenure, below 1 it falls.
    #[must_use]
    pub fn c(&self) -> f64 {
        self.c
    }
}

impl ContractualProcess for BetaDiscreteWeibull {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        PARAMETERS.into_iter().zip([self.gamma, self.delta, self.c]).collect()
    }

    fn fit_report(&self) -> Option<&FitReport> {
        self.fit.as_ref()
    }

    fn at_uncertainty_points(&self) -> Vec<Box<dyn ContractualProcess>> {
        let Some(fit) = &self.fit else { return Vec::new() };
        let shifted = |o: &Vec<f64>| -> Box<dyn ContractualProcess> {
            Box::new(Self {
                gamma: self.gamma * o[0].exp(),
                delta: self.delta * o[1].exp(),
                c: self.c * o[2].exp(),
                fit: None,
            })
        };
        offsets(fit).iter().map(shifted).collect()
    }

    fn ln_survival(&self, from: f64, to: f64) -> f64 {
        ln_survival(self.gamma, self.delta, self.c, from, to)
    }

    fn tail_index(&self) -> f64 {
        self.gamma * self.c
    }

    fn ln_power_tail_from(&self) -> f64 {
        super::beta_survival::ln_power_tail_from(self.gamma, self.delta, self.c)
    }
}
