//! The Pareto/NBD model.

mod counts;
mod likelihood;
mod living;
mod race;

#[cfg(feature = "covariates")]
use super::covariates::{Kind, Moved};
use super::derivatives::Derivatives;
use super::fit::{Problem, maximise_histories};
use super::latent_attrition::{LatentAttrition, Standing};
use super::likelihood_sum::LikelihoodSum;
use super::overview::{Overview, fit_histories};
use super::purchase_model::{PurchaseProcess, check_unit};
use super::{FitOptions, FitReport};
use crate::error::{self, Result};
use crate::numerics::gamma::ln_rising;
use crate::numerics::newton::Evaluation;
use crate::summary::{CustomerSummary, History};
pub(super) use counts::{CountsOverTime, density_of_counts};
use living::LivingCustomer;
use race::Race;

/// The Pareto/NBD model of purchases (Schmittlein, Morrison & Colombo 1987, "Counting Your Customers: Who Are They and
/// What Will They Do Next?", Management Science 33(1), 1-24).
///
/// # Assumptions
/// 1. While alive, a customer purchases as a Poisson process with rate λ.
/// 2. Rates differ between customers: λ ~ Gamma(r, α), mean r/α.
/// 3. A customer dies, at any time, with rate μ: the lifetime is exponential.
/// 4. Death rates differ between customers: μ ~ Gamma(s, β), mean s/β; lifetimes are then Pareto.
/// 5. λ and μ are independent.
///
/// Death does not wait for a purchase as in BG/NBD: one-time buyers may be dead too.
///
/// # Likelihood
/// For x repeat purchases, the last one at `t_x`, observed until T (Fader & Hardie 2005, "A Note on Deriving
/// the Pareto/NBD Model and Related Expressions"):
///
/// L = Γ(r+x)/Γ(r) · α^r β^s · \[ (α+T)^-(r+x) (β+T)^-s + s ∫ (α+τ)^-(r+x) (β+τ)^-(s+1) dτ \]
///
/// with the integral over the time of death τ from `t_x` to T. It is computed as such, on a scale on which it is
/// smooth, by sums of positive terms: there is no difference of hypergeometric functions, α and β
/// may have any order, and derivatives and P(alive) come from the same terms.
///
/// # When to use it
/// Where customers may leave silently at any time and time is continuous; the benchmark of the field. s and β are often
/// known only together: look at the standard errors and at what the
/// [report](crate::FitReport::warnings) of the fit says, and read lifetimes with care (their mean β/(s-1) is infinite for
/// s ≤ 1, as on CDNOW). Regular purchases, more regular than a Poisson process, make customers look alive for too long.
///
/// # Units
/// α and β are in time units of the summary; r and s have none.
///
/// # Example
/// ```
/// use cpm_core::{datasets, FitOptions, ParetoNbd, PurchaseModel, SummaryOptions};
/// let log = datasets::cdnow_sample()?;
/// let customers = log.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let model = ParetoNbd::fit(&customers, &FitOptions::new())?;
/// assert!((model.r() - 0.553).abs() < 5e-4); // the papers print .553
/// assert!((model.beta() - 11.669).abs() < 5e-4);
/// assert!((model.expected_purchases_new_customer(52.0)? - 1.4734).abs() < 1e-4);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ParetoNbd {
    r: f64,
    alpha: f64,
    s: f64,
    beta: f64,
    fit: Option<FitReport>,
}

const NAME: &str = "Pareto/NBD";
const PARAMETERS: [&str; 4] = ["r", "alpha", "s", "beta"];

impl ParetoNbd {
    /// The model at given parameters, without uncertainty.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a parameter that is not positive and finite.
    pub fn from_params(r: f64, alpha: f64, s: f64, beta: f64) -> Result<Self> {
        Ok(Self {
            r: error::shape("r", r)?,
            alpha: error::scale("alpha", alpha)?,
            s: error::shape("s", s)?,
            beta: error::scale("beta", beta)?,
            fit: None,
        })
    }

    /// Maximum likelihood, by Newton's method on the log-parameters with analytic derivatives.
    ///
    /// # Errors
    /// [`Error::NotIdentified`](crate::Error::NotIdentified) if there are fewer than two repeat buyers or four distinct
    /// histories, or if no time has passed; [`Error::NotConverged`](crate::Error::NotConverged);
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) and
    /// [`Error::LengthMismatch`](crate::Error::LengthMismatch) for options that do not fit.
    pub fn fit(customers: &CustomerSummary, options: &FitOptions) -> Result<Self> {
        fit_histories(NAME, PARAMETERS.len(), customers, options, |histories, data| {
            let problem = Problem {
                model: NAME,
                purchases: data.mean_x,
                names: &PARAMETERS,
                scale: &[1.0, data.mean_t, 1.0, data.mean_t],
                start: start(data),
                customers: data.customers,
                distinct: histories.as_distinct().len(),
                time_unit: Some(customers.time_unit()),
            };
            let (p, report) = maximise_histories(&problem, options, histories, Self::evaluate)?;
            Ok(Self { fit: Some(report), ..Self::at_parameters(&p) })
        })
    }

    fn at(p: &[f64]) -> Self {
        Self { r: p[0], alpha: p[1], s: p[2], beta: p[3], fit: None }
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

    /// Shape of the death rates.
    #[must_use]
    pub fn s(&self) -> f64 {
        self.s
    }

    /// Inverse scale of the death rates, in time units.
    #[must_use]
    pub fn beta(&self) -> f64 {
        self.beta
    }

    /// Discounted expected residual transactions (DERT) of each customer: all purchases after the end of observation,
    /// without horizon, a purchase after time t discounted by e^(-rate·t).
    ///
    /// DERT = P(alive) · (r+x)/(α+T) · (β+T)^s δ^(s-1) U(s, s; (β+T)δ) with the continuous rate δ and Tricomi's confluent
    /// hypergeometric function (Fader, Hardie & Lee 2005, "RFM and CLV: Using Iso-Value Curves for Customer Base
    /// Analysis", JMR 42(4), eq. 9), here computed as the integral that it stands for.
    ///
    /// `rate` is continuous and per time unit: ln(1 + d)/52 per week for an annual discount rate d.
    ///
    /// ```
    /// use cpm_core::{CustomerSummary, ParetoNbd, TimeUnit};
    /// let model = ParetoNbd::from_params(0.553, 10.578, 0.606, 11.669)?;
    /// let customers = CustomerSummary::new(&[2.0], &[30.43], &[38.86], TimeUnit::Week)?;
    /// let dert = model.discounted_expected_residual_transactions(&customers, 1.15_f64.ln() / 52.0)?;
    /// assert!((dert[0] - 6.502).abs() < 1e-3);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a rate that is not positive and finite (without
    /// discounting the expectation is infinite for s ≤ 1), or a summary in another time unit.
    pub fn discounted_expected_residual_transactions(
        &self,
        customers: &CustomerSummary,
        rate: f64,
    ) -> Result<Vec<f64>> {
        error::positive("rate", rate)?;
        check_unit(self.fit_report(), customers)?;
        Ok(customers.histories().scatter(|h| self.discounted_expectation(h, f64::INFINITY, rate)))
    }

    pub(super) const KIND_NAME: &'static str = NAME;
    pub(super) const KIND_PARAMETERS: [&'static str; 4] = PARAMETERS;

    pub(super) fn at_parameters(p: &[f64]) -> Self {
        Self::at(p)
    }

    pub(super) fn evaluate(sum: &LikelihoodSum<'_>, p: &[f64]) -> Evaluation {
        likelihood::evaluate(sum, &Self::at(p))
    }

    /// What can have happened since the last purchase, given that the customer was alive at it.
    fn race(&self, h: History) -> Race {
        Race {
            purchase_shape: self.r + h.x,
            purchase_scale: self.alpha + h.t_x,
            death_shape: self.s,
            death_scale: self.beta + h.t_x,
        }
    }
}

#[cfg(feature = "covariates")]
impl Moved for ParetoNbd {
    const MODEL: &'static str = NAME;
    const NAMES: [&'static str; 4] = PARAMETERS;
    const KINDS: [Kind; 4] = [Kind::Fixed, Kind::Purchases, Kind::Fixed, Kind::Death];
    const PURCHASE: [f64; 4] = [0.0, -1.0, 0.0, 0.0];
    const DROPOUT: [f64; 4] = [0.0, 0.0, 0.0, -1.0];
    const SEPARATE: &'static [(&'static str, [f64; 4])] = &[];

    fn at_theta(theta: [f64; 4]) -> Self {
        Self::at(&theta)
    }

    fn theta(&self) -> [f64; 4] {
        [self.r, self.alpha, self.s, self.beta]
    }

    fn scale_and_start(data: &Overview) -> ([f64; 4], [f64; 4]) {
        let start = start(data);
        ([1.0, data.mean_t, 1.0, data.mean_t], std::array::from_fn(|k| start[k]))
    }

    fn log_likelihood(theta: [f64; 4], histories: &[History], weights: &[f64]) -> Derivatives<4> {
        likelihood::of_histories(&Self::at(&theta), histories, weights)
    }
}

/// Rates higher than observed, as some customers are dead, and lifetimes of the order of the time of observation.
fn start(data: &Overview) -> Vec<f64> {
    let [r, alpha] = data.start_of_rates();
    vec![r, 0.5 * alpha, 0.7, 0.5 * data.mean_t]
}

impl LatentAttrition for ParetoNbd {
    type Living = LivingCustomer;

    const NAMES_OF_PARAMETERS: &'static [&'static str] = &PARAMETERS;

    fn title(&self) -> &'static str {
        NAME
    }

    fn values(&self) -> Vec<f64> {
        vec![self.r, self.alpha, self.s, self.beta]
    }

    fn at_values(&self, values: &[f64]) -> Self {
        Self::at(values)
    }

    fn report(&self) -> Option<&FitReport> {
        self.fit.as_ref()
    }

    fn log_likelihood_of(&self, h: History) -> f64 {
        let ln_silence = self.race(h).run(h.T - h.t_x).ln_probability();
        likelihood::ln_likelihood(self, h, ln_rising(self.r, h.x), ln_silence)
    }

    fn standing(&self, h: History) -> Standing {
        self.race(h).run(h.T - h.t_x).standing()
    }

    /// The same model with updated parameters.
    fn living(&self, h: History) -> LivingCustomer {
        LivingCustomer { r: self.r + h.x, alpha: self.alpha + h.T, s: self.s, beta: self.beta + h.T }
    }
}

#[cfg(all(test, feature = "simulation"))]
mod tests;
