//! The BG/BB model.

mod likelihood;
mod opportunities;
mod prediction;
mod process;
#[cfg(feature = "simulation")]
mod simulation;

use serde::{Deserialize, Serialize};

use super::contractual::lifetimes::{self, Future};
use super::fit::{Problem, maximise};
use super::uncertainty::offsets;
use super::{ContractualProcess, FitOptions, FitReport, ShiftedBetaGeometric};
use crate::error::{self, Error, Result};
use crate::numerics::beta::ln_beta_shift;
use crate::numerics::quadrature::log_odds;
use crate::summary::History;
pub use opportunities::OpportunityHistories;
pub use prediction::{OpportunityPrediction, OpportunityScore};

/// The beta-geometric / beta-Bernoulli model of purchases at discrete opportunities (Fader, Hardie & Shang 2010,
/// "Customer-Base Analysis in a Discrete-Time Noncontractual Setting", Marketing Science 29(6), 1086-1108).
///
/// # Assumptions
/// 1. While alive, a customer purchases at each opportunity with a probability p of its own.
/// 2. At the beginning of each opportunity a living customer dies with a probability θ of its own.
/// 3. p ~ Beta(α, β) and θ ~ Beta(γ, δ) over customers, independently.
///
/// # Likelihood
/// For x purchases at n opportunities, the last one at `t_x` (eq. 6 of the paper):
///
/// L = B(α+x, β+n-x)/B(α, β)·B(γ, δ+n)/B(γ, δ) + sum over m = `t_x`, …, n-1 of
///     B(α+x, β+m-x)/B(α, β)·B(γ+1, δ+m)/B(γ, δ)
///
/// The first term is of customers alive at n, the others of those dead after opportunity m. All logarithms are of
/// ratios that cannot cancel, so neither many opportunities nor extreme parameters lose digits.
///
/// # Units
/// All parameters have none; time is counted in opportunities.
///
/// # In time
/// For a summary in which every unit of time is one opportunity ([`OpportunityHistories::from_summary`]) it is a
/// [`PurchaseModel`](crate::PurchaseModel) as the others are: [`fit_summary`](Self::fit_summary), then
/// [`lifetime_value`](crate::lifetime_value), [`HoldoutCheck`](crate::HoldoutCheck), tracking, posterior, comparison.
///
/// ```
/// use cpm_core::summary::MergeWithin;
/// use cpm_core::{BgBb, FitOptions, GammaGamma, SummaryOptions, TimeUnit, ValueOptions, datasets, lifetime_value};
/// let options = SummaryOptions::new().merge_within(MergeWithin::Month).time_unit(TimeUnit::Month);
/// let customers = datasets::cdnow_sample()?.summarize(&options.as_of("1997-09-30")?)?;
/// let (model, spend) = (BgBb::fit_summary(&customers, &FitOptions::new())?, GammaGamma::fit(&customers, &FitOptions::new())?);
/// let value = lifetime_value(&model, &spend, &customers, &ValueOptions::new(12.0).discount_rate(0.10))?;
/// assert!(value.total().interval.low > 0.0);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Example
/// ```
/// use cpm_core::clv::{BgBb, FitOptions, OpportunityHistories};
/// // The six years of donations of three groups of donors, and how many there are of each.
/// let donors = OpportunityHistories::new(&[0, 1, 3, 5, 6], &[0, 2, 5, 6, 6], &[6; 5])?
///     .with_weights(&[3464.0, 277.0, 209.0, 670.0, 1203.0])?;
/// let model = BgBb::fit(&donors, &FitOptions::new())?;
/// let expected = model.expected_purchases(&donors, 5)?;
/// assert!(expected[0] < 0.2 && expected[4] > 3.5);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BgBb {
    alpha: f64,
    beta: f64,
    gamma: f64,
    delta: f64,
    fit: Option<FitReport>,
}

const NAME: &str = "BG/BB";
const PARAMETERS: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

impl BgBb {
    /// The model at given parameters, without uncertainty.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a parameter that is not from 1e-6 to 1e8.
    pub fn from_params(alpha: f64, beta: f64, gamma: f64, delta: f64) -> Result<Self> {
        Ok(Self::at([
            error::shape("alpha", alpha)?,
            error::shape("beta", beta)?,
            error::shape("gamma", gamma)?,
            error::shape("delta", delta)?,
        ]))
    }

    fn at([alpha, beta, gamma, delta]: [f64; 4]) -> Self {
        Self { alpha, beta, gamma, delta, fit: None }
    }

    /// Maximum likelihood, by Newton's method on the log-parameters with analytic derivatives.
    ///
    /// # Errors
    /// [`Error::NotIdentified`] if nobody purchased, everybody always did, or there are fewer than four distinct
    /// histories; [`Error::NotConverged`]; [`Error::InvalidArgument`] for options that do not fit.
    pub fn fit(histories: &OpportunityHistories, options: &FitOptions) -> Result<Self> {
        if options.weights.is_some() {
            let expected =
                "opportunity histories have weights of their own: give them where OpportunityHistories are made";
            return Err(Error::argument("weights", "given", expected));
        }
        options.check(PARAMETERS.len(), histories.len())?;
        let problem = Problem {
            model: NAME,
            purchases: 1.0,
            names: &PARAMETERS,
            scale: &[1.0; 4],
            start: start(histories)?,
            customers: histories.customers(),
            distinct: histories.grouped().distinct().len(),
            time_unit: None,
        };
        let (p, report) = maximise(&problem, options, |theta| {
            let theta: [f64; 4] = std::array::from_fn(|i| theta[i]);
            likelihood::log_likelihood(histories.grouped().distinct(), histories.weight(), &theta).in_logs(&theta)
        })?;
        Ok(Self { fit: Some(report), ..Self::at([p[0], p[1], p[2], p[3]]) })
    }

    /// First parameter of the purchase probabilities.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Second parameter of the purchase probabilities.
    #[must_use]
    pub fn beta(&self) -> f64 {
        self.beta
    }

    /// First parameter of the death probabilities.
    #[must_use]
    pub fn gamma(&self) -> f64 {
        self.gamma
    }

    /// Second parameter of the death probabilities.
    #[must_use]
    pub fn delta(&self) -> f64 {
        self.delta
    }

    /// The model's name in the literature.
    #[must_use]
    pub fn name(&self) -> &'static str {
        NAME
    }

    /// Names and values of the parameters.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, f64)> {
        PARAMETERS.into_iter().zip([self.alpha, self.beta, self.gamma, self.delta]).collect()
    }

    /// How the fit ended; `None` if the parameters were given.
    #[must_use]
    pub fn fit_report(&self) -> Option<&FitReport> {
        self.fit.as_ref()
    }

    /// The same model at the points that stand for the uncertainty of the parameters.
    fn points(&self) -> Vec<Self> {
        let Some(fit) = &self.fit else { return Vec::new() };
        let estimate = [self.alpha, self.beta, self.gamma, self.delta];
        let shifted = |o: &Vec<f64>| Self::at(std::array::from_fn(|i| estimate[i] * o[i].exp()));
        offsets(fit).iter().map(shifted).collect()
    }

    /// ln of the first term of L: the data, and alive at n.
    fn ln_alive_likelihood(&self, h: History) -> f64 {
        let missed = h.T - h.x;
        ln_beta_shift(self.alpha, self.beta, missed)
            + ln_beta_shift(self.beta + missed, self.alpha, h.x)
            + ln_beta_shift(self.gamma, self.delta, h.T)
    }

    /// ln of the odds of being dead at n. Minus infinity after a purchase at the last opportunity.
    fn ln_odds_dead(&self, h: History) -> f64 {
        let silence = h.T - h.t_x;
        if silence == 0.0 {
            return f64::NEG_INFINITY;
        }
        let first = (self.gamma / (self.gamma + self.delta + h.t_x)).ln()
            - ln_beta_shift(self.alpha + h.x, self.beta + (h.t_x - h.x), silence)
            - ln_beta_shift(self.gamma, self.delta + h.t_x, silence);
        first + self.deaths(h).sum::<f64>().ln()
    }

    /// The terms of death after opportunity t_x, t_x + 1, …, n - 1, relative to the first of them: they fall.
    fn deaths(&self, h: History) -> impl Iterator<Item = f64> {
        let (alpha_beta, beta, gamma_delta, delta) =
            (self.alpha + self.beta, self.beta, self.gamma + self.delta, self.delta);
        let mut term = 1.0;
        (0..(h.T - h.t_x) as usize).map(move |i| {
            let here = term;
            let m = h.t_x + i as f64;
            term *= (beta + (m - h.x)) / (alpha_beta + m) * ((delta + m) / (gamma_delta + m + 1.0));
            here
        })
    }

    fn death_weights(&self, h: History) -> Vec<f64> {
        self.deaths(h).collect()
    }

    fn ln_likelihood_at(&self, h: History) -> f64 {
        self.ln_alive_likelihood(h) - log_odds(self.ln_odds_dead(h)).1
    }

    /// P(alive at n).
    fn alive_now(&self, h: History) -> f64 {
        log_odds(self.ln_odds_dead(h)).1.exp()
    }

    /// Death is that of the shifted-beta-geometric model, without the purchases.
    fn death(&self) -> ShiftedBetaGeometric {
        ShiftedBetaGeometric::at(self.gamma, self.delta)
    }

    /// P(alive at n + periods).
    fn alive_at(&self, h: History, periods: f64) -> f64 {
        self.alive_now(h) * self.death().ln_survival(h.T, h.T + periods).exp()
    }

    /// Expected purchases at the opportunities n + 1, …, n + horizon, each discounted to n.
    ///
    /// Eq. 13 and 14 of the paper; as a sum over survival, γ = 1 is not special.
    fn discounted(&self, h: History, horizon: f64, rate: f64) -> f64 {
        let p = (self.alpha + h.x) / (self.alpha + self.beta + h.T);
        let future = Future { renewals: h.T, horizon, rate };
        self.alive_now(h) * p * lifetimes::of(&self.death(), |m| m.residual(future)) / (1.0 + rate)
    }
}

/// Where to start: the observed rate of purchase while surely alive, and death some time after the data.
fn start(histories: &OpportunityHistories) -> Result<Vec<f64>> {
    let sum = |f: fn(History) -> f64| histories.weighted().map(|(h, w)| w * f(h)).sum::<f64>();
    let (customers, purchases, opportunities, until_last) = (sum(|_| 1.0), sum(|h| h.x), sum(|h| h.T), sum(|h| h.t_x));
    let distinct = histories.weighted().filter(|(_, w)| *w > 0.0).count();
    let reason = if customers <= 0.0 {
        "all weights are 0".to_owned()
    } else if purchases <= 0.0 {
        "nobody purchased at any opportunity".to_owned()
    } else if purchases >= opportunities {
        "everybody purchased at every opportunity".to_owned()
    } else if distinct < PARAMETERS.len() {
        format!("{distinct} distinct histories cannot determine {} parameters", PARAMETERS.len())
    } else {
        let p = (purchases / until_last).clamp(0.02, 0.98);
        return Ok(vec![2.0 * p, 2.0 * (1.0 - p), 1.0, 1.0 + opportunities / customers]);
    };
    let remedy = "Give more customers or opportunities, or set the parameters with from_params".to_owned();
    Err(Error::NotIdentified { model: NAME, reason, remedy })
}

#[cfg(test)]
mod tests;
