//! The GGompertz/NBD model.

mod lifetime;
mod likelihood;
mod living;

use serde::{Deserialize, Serialize};

use super::fit::{Problem, maximise};
use super::latent_attrition::{LatentAttrition, Standing};
use super::likelihood_sum::LikelihoodSum;
use super::overview::fit_histories;
use super::until_death::Outcome;
use super::{FitOptions, FitReport};
use crate::error::{self, Result};
use crate::numerics::gamma::ln_rising;
use crate::numerics::newton::Evaluation;
use crate::summary::{CustomerSummary, History};
use lifetime::{Lifetime, Race};
use living::LivingCustomer;

/// The gamma-Gompertz/NBD model of purchases (Bemmaor & Glady 2012, "Modeling Purchasing Behavior with Sudden 'Death': A
/// Flexible Customer Lifetime Model", Management Science 58(5), 1012-1021).
///
/// # Assumptions
/// 1. While alive, a customer purchases as a Poisson process with rate λ ~ Gamma(r, α).
/// 2. The lifetime of a customer is Gompertz: its hazard is η b e^(bτ), which grows with time.
/// 3. Customers differ: η ~ Gamma(s, β), independent of λ. P(alive at τ) = (β/(β + e^(bτ) - 1))^s.
///
/// Unlike the Pareto distribution of [`ParetoNbd`](super::ParetoNbd) this one can have a mode above 0, and be skewed to either
/// side: customers may stay for long and then leave within a short time. For b → 0 with β/b held it is Pareto/NBD with β/b as
/// its β.
///
/// # Likelihood
/// For x repeat purchases, the last one at `t_x`, observed until T (eq. 3 of the paper's appendix):
///
/// L = Γ(r+x)/Γ(r) · α^r · \[ (α+T)^-(r+x) S(T) + ∫ (α+τ)^-(r+x) f(τ) dτ \], f = s b e^(bτ) β^s/(β + e^(bτ) - 1)^(s+1)
///
/// with the integral over the time of death τ from `t_x` to T, by quadrature on a scale on which the integrand is smooth.
///
/// # When to use it
/// Where lifetimes have a typical length. With four parameters' worth of information in most logs, its fifth is often not
/// determined: look at what the [report](crate::FitReport::warnings) says.
///
/// # Units
/// α is in time units of the summary, b per time unit; r, s and β have none.
///
/// # Example
/// ```
/// use cpm_core::clv::GGompertzNbd;
/// use cpm_core::{ParetoNbd, PurchaseModel};
/// let model = GGompertzNbd::from_params(0.553, 10.578, 1e-7, 0.606, 1e-7 * 11.669)?;
/// let pareto = ParetoNbd::from_params(0.553, 10.578, 0.606, 11.669)?;
/// let (near, limit) = (model.expected_purchases_new_customer(52.0)?, pareto.expected_purchases_new_customer(52.0)?);
/// assert!((near / limit - 1.0).abs() < 1e-5);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GGompertzNbd {
    r: f64,
    alpha: f64,
    b: f64,
    s: f64,
    beta: f64,
    fit: Option<FitReport>,
}

const NAME: &str = "GGompertz/NBD";
const PARAMETERS: [&str; 5] = ["r", "alpha", "b", "s", "beta"];

impl GGompertzNbd {
    /// The model at given parameters, without uncertainty.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a parameter that is not positive and finite.
    pub fn from_params(r: f64, alpha: f64, b: f64, s: f64, beta: f64) -> Result<Self> {
        Ok(Self::at([
            error::shape("r", r)?,
            error::scale("alpha", alpha)?,
            error::scale("b", b)?,
            error::shape("s", s)?,
            error::scale("beta", beta)?,
        ]))
    }

    fn at([r, alpha, b, s, beta]: [f64; 5]) -> Self {
        Self { r, alpha, b, s, beta, fit: None }
    }

    /// Maximum likelihood, by Newton's method on the log-parameters with analytic derivatives.
    ///
    /// # Errors
    /// [`Error::NotIdentified`](crate::Error::NotIdentified) if there are fewer than two repeat buyers or five distinct
    /// histories, or if no time has passed; [`Error::NotConverged`](crate::Error::NotConverged);
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) and
    /// [`Error::LengthMismatch`](crate::Error::LengthMismatch) for options that do not fit.
    pub fn fit(customers: &CustomerSummary, options: &FitOptions) -> Result<Self> {
        fit_histories(NAME, PARAMETERS.len(), customers, options, |histories, data| {
            let sum = LikelihoodSum::new(histories);
            let [r, alpha] = data.start_of_rates();
            let problem = Problem {
                model: NAME,
                purchases: data.mean_x,
                names: &PARAMETERS,
                scale: &[1.0, data.mean_t, 1.0 / data.mean_t, 1.0, 1.0],
                // Pareto/NBD's start, a little way from its limit.
                start: vec![r, 0.5 * alpha, 0.3 / data.mean_t, 0.7, 0.15],
                customers: data.customers,
                distinct: histories.as_distinct().len(),
                time_unit: Some(customers.time_unit()),
            };
            let (p, report) = maximise(&problem, options, |p| Self::evaluate(&sum, p))?;
            Ok(Self { fit: Some(report), ..Self::at_parameters(&p) })
        })
    }

    pub(super) const KIND_NAME: &'static str = NAME;
    pub(super) const KIND_PARAMETERS: [&'static str; 5] = PARAMETERS;

    pub(super) fn at_parameters(p: &[f64]) -> Self {
        Self::at([p[0], p[1], p[2], p[3], p[4]])
    }

    pub(super) fn evaluate(sum: &LikelihoodSum<'_>, p: &[f64]) -> Evaluation {
        likelihood::evaluate(sum, &Self::at_parameters(p))
    }

    /// Shape of the purchase rates.
    #[must_use]
    pub fn r(&self) -> f64 {
        self.r
    }

    /// Inverse scale of the purchase rates, in time units.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Growth of the death rates, per time unit.
    #[must_use]
    pub fn b(&self) -> f64 {
        self.b
    }

    /// Shape of the death rates.
    #[must_use]
    pub fn s(&self) -> f64 {
        self.s
    }

    /// Inverse scale of the death rates.
    #[must_use]
    pub fn beta(&self) -> f64 {
        self.beta
    }

    fn theta(&self) -> [f64; 5] {
        [self.r, self.alpha, self.b, self.s, self.beta]
    }

    fn lifetime(&self) -> Lifetime {
        Lifetime { b: self.b, s: self.s, beta: self.beta }
    }

    /// What can have happened since the last purchase, given that the customer was alive at it.
    fn race(&self, h: History) -> Race {
        Race { shape: self.r + h.x, scale: self.alpha + h.t_x, lifetime: self.lifetime().given_alive_at(h.t_x) }
    }

    fn since(&self, h: History) -> Outcome {
        self.race(h).run(h.T - h.t_x, |_, _| ())
    }
}

impl LatentAttrition for GGompertzNbd {
    type Living = LivingCustomer;

    const NAMES_OF_PARAMETERS: &'static [&'static str] = &PARAMETERS;

    fn title(&self) -> &'static str {
        NAME
    }

    fn values(&self) -> Vec<f64> {
        self.theta().to_vec()
    }

    fn at_values(&self, values: &[f64]) -> Self {
        Self::at(std::array::from_fn(|i| values[i]))
    }

    fn report(&self) -> Option<&FitReport> {
        self.fit.as_ref()
    }

    fn log_likelihood_of(&self, h: History) -> f64 {
        likelihood::ln_likelihood(self, h, ln_rising(self.r, h.x), self.since(h).ln_probability())
    }

    fn standing(&self, h: History) -> Standing {
        self.since(h).standing()
    }

    /// The same model with updated parameters.
    fn living(&self, h: History) -> LivingCustomer {
        LivingCustomer { r: self.r + h.x, alpha: self.alpha + h.T, lifetime: self.lifetime().given_alive_at(h.T) }
    }
}

#[cfg(test)]
mod tests;
