//! The shifted-beta-geometric model.

use serde::{Deserialize, Serialize};

use super::beta_survival::{derivatives, ln_survival};
use super::likelihood::Statement;
use super::process::ContractualProcess;
use super::renewals::Renewals;
use crate::clv::derivatives::Derivatives;
use crate::clv::uncertainty::offsets;
use crate::clv::{FitOptions, FitReport};
use crate::error::{self, Result};

/// The shifted-beta-geometric model of contract renewal (Fader & Hardie 2007, "How to Project Customer Retention",
/// Journal of Interactive Marketing 21(1), 76-90).
///
/// # Assumptions
/// 1. At each renewal opportunity a customer leaves with a probability θ of its own, always the same.
/// 2. θ ~ Beta(α, β) over customers, mean α/(α + β).
///
/// Retention rates of a cohort then rise with its age, since those with a high θ leave first:
///
/// S(t) = B(α, β+t)/B(α, β), r_t = S(t)/S(t-1) = (β + t - 1)/(α + β + t - 1) (eq. 5 to 7 of the paper).
///
/// Use it for renewals at known dates (subscriptions, policies, memberships). If the chance of leaving of the single
/// customer changes with its tenure, [`BetaDiscreteWeibull`](super::BetaDiscreteWeibull) fits better.
///
/// # Example
/// ```
/// use cpm_core::clv::{Cohort, ContractualModel, FitOptions, Renewals, ShiftedBetaGeometric};
/// // "Regular" customers of the paper, percent of 1,000 left after years 0 to 7.
/// let shares = [100.0, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1];
/// let renewals = Renewals::from_cohorts(&[Cohort::from_percent(&shares, 1000.0)])?;
/// let model = ShiftedBetaGeometric::fit(&renewals, &FitOptions::new())?;
/// assert!((model.alpha() - 0.704).abs() < 5e-4 && (model.beta() - 1.182).abs() < 5e-4);
/// // Year 12 was 17.3 %.
/// let survival = model.survival(12, 0.95)?;
/// assert!((survival.value - 0.173).abs() < 0.01);
/// assert!(survival.interval.low < 0.173 && 0.173 < survival.interval.high);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShiftedBetaGeometric {
    alpha: f64,
    beta: f64,
    fit: Option<FitReport>,
}

const NAME: &str = "sBG";
const PARAMETERS: [&str; 2] = ["alpha", "beta"];

impl ShiftedBetaGeometric {
    /// The model at given parameters, without uncertainty.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a parameter that is not from 1e-6 to 1e8.
    pub fn from_params(alpha: f64, beta: f64) -> Result<Self> {
        Ok(Self::at(error::shape("alpha", alpha)?, error::shape("beta", beta)?))
    }

    pub(in crate::clv) fn at(alpha: f64, beta: f64) -> Self {
        Self { alpha, beta, fit: None }
    }

    #[cfg(feature = "covariates")]
    pub(in crate::clv) fn with_report(self, fit: Option<FitReport>) -> Self {
        Self { fit, ..self }
    }

    /// Maximum likelihood, by Newton's method on the log-parameters with analytic derivatives.
    ///
    /// # Errors
    /// [`Error::NotIdentified`](crate::Error::NotIdentified) if nobody churned, nobody renewed, or fewer than two
    /// opportunities were observed; [`Error::NotConverged`](crate::Error::NotConverged);
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for options that do not fit.
    pub fn fit(renewals: &Renewals, options: &FitOptions) -> Result<Self> {
        let ([alpha, beta], report) = Self::statement().fit(renewals, options, |churn| [1.0, 1.0 / churn - 1.0])?;
        Ok(Self { alpha, beta, fit: Some(report) })
    }

    #[cfg(feature = "simulation")]
    pub(super) const KIND_PARAMETERS: [&'static str; 2] = PARAMETERS;

    /// What its fit, and all that refits it, needs.
    pub(super) fn statement() -> Statement<2, impl Fn(&[f64; 2], f64, f64) -> Derivatives<2> + Sync> {
        Statement { model: NAME, names: PARAMETERS, ln_survival: ln_survival_derivatives }
    }

    /// First parameter of the churn probabilities.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Second parameter of the churn probabilities.
    #[must_use]
    pub fn beta(&self) -> f64 {
        self.beta
    }
}

/// BdW's derivatives at c = 1, without those in c.
pub(in crate::clv) fn ln_survival_derivatives(&[alpha, beta]: &[f64; 2], from: f64, to: f64) -> Derivatives<2> {
    let whole = derivatives(&[alpha, beta, 1.0], from, to);
    Derivatives {
        value: whole.value,
        gradient: std::array::from_fn(|i| whole.gradient[i]),
        hessian: std::array::from_fn(|i| std::array::from_fn(|j| whole.hessian[i][j])),
    }
}

impl ContractualProcess for ShiftedBetaGeometric {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        PARAMETERS.into_iter().zip([self.alpha, self.beta]).collect()
    }

    fn fit_report(&self) -> Option<&FitReport> {
        self.fit.as_ref()
    }

    fn at_uncertainty_points(&self) -> Vec<Box<dyn ContractualProcess>> {
        let Some(fit) = &self.fit else { return Vec::new() };
        let shifted = |o: &Vec<f64>| -> Box<dyn ContractualProcess> {
            Box::new(Self::at(self.alpha * o[0].exp(), self.beta * o[1].exp()))
        };
        offsets(fit).iter().map(shifted).collect()
    }

    fn ln_survival(&self, from: f64, to: f64) -> f64 {
        ln_survival(self.alpha, self.beta, 1.0, from, to)
    }

    fn tail_index(&self) -> f64 {
        self.alpha
    }

    fn ln_power_tail_from(&self) -> f64 {
        super::beta_survival::ln_power_tail_from(self.alpha, self.beta, 1.0)
    }
}
