//! The NBD model.

use super::fit::{Problem, maximise};
use super::likelihood_sum::LikelihoodSum;
use super::negative_binomial::{self, Counts, MAX_COUNT, OfCount};
use super::overview::fit_histories;
use super::purchase_model::{DiscountedPurchases, PurchaseProcess};
use super::uncertainty::offsets;
use super::{FitOptions, FitReport};
use crate::error::{self, Result};
use crate::numerics::newton::Evaluation;
use crate::summary::{CustomerSummary, History};

/// The negative binomial model of purchases (Ehrenberg 1959, "The Pattern of Consumer Purchases", Applied
/// Statistics 8(1), 26-41): the baseline in which nobody drops out.
///
/// # Assumptions
/// 1. A customer purchases as a Poisson process with rate λ, for ever.
/// 2. Rates differ between customers: λ ~ Gamma(r, α), mean r/α.
///
/// # Likelihood
/// For x repeat purchases at given times, observed until T; when the last one was does not matter:
///
/// L = Γ(r+x)/Γ(r) · α^r/(α+T)^(r+x)
///
/// This is the density of the times, as for [`BgNbd`](super::BgNbd), so that log-likelihoods of the models compare. The
/// probability of the count alone is this times T^x/x!.
///
/// # Predictions
/// The rate given the history is Gamma(r+x, α+T): the expected number of purchases in the next t is
/// t·(r+x)/(α+T), and the number itself is negative binomial. P(alive) is 1.
///
/// # When to use it
/// As the baseline that a model with dropout has to beat, and for customers who do not leave. Where they do,
/// it expects too much of those who have fallen silent.
///
/// # Units
/// α is in time units of the summary; r has none.
///
/// # Example
/// ```
/// use cpm_core::{datasets, FitOptions, Nbd, PurchaseModel, SummaryOptions};
/// let log = datasets::cdnow_sample()?;
/// let customers = log.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let model = Nbd::fit(&customers, &FitOptions::new())?;
/// let expected = model.expected_purchases_new_customer(52.0)?;
/// assert!((expected - 52.0 * model.r() / model.alpha()).abs() < 1e-12);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Nbd {
    r: f64,
    alpha: f64,
    fit: Option<FitReport>,
}

const NAME: &str = "NBD";
const PARAMETERS: [&str; 2] = ["r", "alpha"];

impl Nbd {
    /// The model at given parameters, without uncertainty.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a parameter that is not positive and finite.
    pub fn from_params(r: f64, alpha: f64) -> Result<Self> {
        Ok(Self { r: error::shape("r", r)?, alpha: error::scale("alpha", alpha)?, fit: None })
    }

    /// Maximum likelihood, by Newton's method on the log-parameters with analytic derivatives.
    ///
    /// # Errors
    /// [`Error::NotIdentified`](crate::Error::NotIdentified) if there are fewer than two repeat buyers or
    /// distinct histories, or if no time has passed; [`Error::NotConverged`](crate::Error::NotConverged);
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) and
    /// [`Error::LengthMismatch`](crate::Error::LengthMismatch) for options that do not fit.
    pub fn fit(customers: &CustomerSummary, options: &FitOptions) -> Result<Self> {
        fit_histories(NAME, PARAMETERS.len(), customers, options, |histories, data| {
            let problem = Problem {
                model: NAME,
                purchases: data.mean_x,
                names: &PARAMETERS,
                scale: &[1.0, data.mean_t],
                start: data.start_of_rates().to_vec(),
                customers: data.customers,
                distinct: histories.as_distinct().len(),
                time_unit: Some(customers.time_unit()),
            };
            let sum = LikelihoodSum::new(histories);
            let (p, report) = maximise(&problem, options, |p| Self::evaluate(&sum, p))?;
            Ok(Self { fit: Some(report), ..Self::at_parameters(&p) })
        })
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

    pub(super) const KIND_NAME: &'static str = NAME;
    pub(super) const KIND_PARAMETERS: [&'static str; 2] = PARAMETERS;

    pub(super) fn at_parameters(p: &[f64]) -> Self {
        Self { r: p[0], alpha: p[1], fit: None }
    }

    pub(super) fn evaluate(sum: &LikelihoodSum<'_>, p: &[f64]) -> Evaluation {
        sum.evaluate([p[0], p[1]], |x| OfCount::new(p[0], x), |h, of_x| of_x.until(h.T, p[0], p[1]))
    }

    /// Mean purchase rate given the history, (r+x)/(α+T).
    fn rate(&self, h: History) -> f64 {
        (self.r + h.x) / (self.alpha + h.T)
    }
}

/// ∫ e^(-dv) dv over (0, t].
fn discounted_time(t: f64, d: f64) -> f64 {
    if d > 0.0 { -(-d * t).exp_m1() / d } else { t }
}

impl PurchaseProcess for Nbd {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        PARAMETERS.into_iter().zip([self.r, self.alpha]).collect()
    }

    fn fit_report(&self) -> Option<&FitReport> {
        self.fit.as_ref()
    }

    fn at_uncertainty_points(&self) -> Vec<Box<dyn PurchaseProcess>> {
        let Some(fit) = &self.fit else { return Vec::new() };
        let shifted = |o: &Vec<f64>| Self { r: self.r * o[0].exp(), alpha: self.alpha * o[1].exp(), fit: None };
        offsets(fit).iter().map(|o| Box::new(shifted(o)) as Box<dyn PurchaseProcess>).collect()
    }

    fn ln_likelihood(&self, h: History) -> f64 {
        negative_binomial::ln_likelihood(self.r, self.alpha, h.x, h.T)
    }

    fn alive(&self, _: History) -> f64 {
        1.0
    }

    fn alive_after(&self, _: History, _: f64) -> f64 {
        1.0
    }

    fn purchases(&self, h: History, horizon: f64) -> f64 {
        self.rate(h) * horizon
    }

    fn no_purchase(&self, h: History, horizon: f64) -> f64 {
        negative_binomial::none(self.r + h.x, self.alpha + h.T, horizon)
    }

    fn purchase_probabilities(&self, h: History, horizon: f64, tail: f64, out: &mut Vec<f64>) {
        out.clear();
        let mut counts = Counts::new(self.r + h.x, self.alpha + h.T, horizon);
        for _ in 0..=MAX_COUNT {
            out.push(counts.probability());
            if counts.beyond() <= tail {
                return;
            }
            counts.advance();
        }
        negative_binomial::give_rest_to_last(out);
    }

    fn discounted_expectation(&self, h: History, horizon: f64, rate: f64) -> f64 {
        self.rate(h) * discounted_time(horizon, rate)
    }

    fn purchases_between(&self, h: History, from: f64, to: f64) -> f64 {
        self.rate(h) * (to - from)
    }

    fn never_again(&self, _: History) -> f64 {
        0.0
    }

    fn discounted_for_ever(&self, h: History, rate: f64) -> f64 {
        self.rate(h) / rate
    }

    /// Given λ, D is compound Poisson: mean λ ∫ e^(-dv) dv, variance λ ∫ e^(-2dv) dv.
    fn discounted_purchases(&self, h: History, horizon: f64, rate: f64) -> DiscountedPurchases {
        let lambda = self.rate(h);
        // E[λ²] = R (R+1)/S².
        let lambda_square = lambda * (lambda + 1.0 / (self.alpha + h.T));
        let once = discounted_time(horizon, rate);
        let mean_of_squares = lambda * discounted_time(horizon, 2.0 * rate);
        DiscountedPurchases {
            mean: lambda * once,
            mean_square: mean_of_squares + lambda_square * once * once,
            mean_of_squares,
            none: self.no_purchase(h, horizon),
        }
    }
}

#[cfg(all(test, feature = "simulation"))]
#[path = "nbd_tests.rs"]
mod tests;
