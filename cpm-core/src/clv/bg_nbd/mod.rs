//! The BG/NBD model.

mod likelihood;
mod process;

use serde::{Deserialize, Serialize};

use super::fit::{Problem, maximise};
use super::purchase_model::{DiscountedPurchases, PurchaseProcess};
use super::uncertainty::offsets;
use super::{FitOptions, FitReport};
use crate::error::{self, Error, Result};
use crate::numerics::gamma::ln_rising;
use crate::summary::{CustomerSummary, Histories, History};
use likelihood::LogLikelihood;
use process::LivingCustomer;

/// The beta-geometric / negative binomial model of purchases (Fader, Hardie & Lee 2005, "Counting Your
/// Customers the Easy Way", Marketing Science 24(2), 275-284).
///
/// # Assumptions
/// 1. While alive, a customer purchases as a Poisson process with rate λ.
/// 2. Rates differ between customers: λ ~ Gamma(r, α), mean r/α.
/// 3. After any repeat purchase the customer drops out with probability p.
/// 4. Dropout differs between customers: p ~ Beta(a, b), mean a/(a + b).
/// 5. λ and p are independent.
///
/// Since dropout can only follow a repeat purchase, a customer without one is alive for certain.
///
/// # Likelihood
/// For x repeat purchases, the last one at `t_x`, observed until T (eq. 6 of the paper, in the stable form
/// that factors out the chance of being alive):
///
/// L = Γ(r+x)/Γ(r) · α^r/(α+T)^(r+x) · B(a, b+x)/B(a, b) · (1 + δ(x>0) · a/(b+x-1) · ((α+T)/(α+t_x))^(r+x))
///
/// The last factor is 1/P(alive).
///
/// # Units
/// α is in time units of the summary; r, a and b have none.
///
/// # Example
/// ```
/// use cpm_core::{datasets, BgNbd, FitOptions, PurchaseModel, SummaryOptions};
/// let log = datasets::cdnow_sample()?;
/// let customers = log.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let model = BgNbd::fit(&customers, &FitOptions::new())?;
/// assert!((model.r() - 0.2426).abs() < 1e-4); // the paper prints .243
/// assert!((model.expected_purchases_new_customer(52.0)? - 1.444).abs() < 1e-3);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BgNbd {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    fit: Option<FitReport>,
}

const NAME: &str = "BG/NBD";
const PARAMETERS: [&str; 4] = ["r", "alpha", "a", "b"];

impl BgNbd {
    /// The model at given parameters, without uncertainty.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a parameter that is not positive and finite.
    pub fn from_params(r: f64, alpha: f64, a: f64, b: f64) -> Result<Self> {
        Ok(Self {
            r: error::positive("r", r)?,
            alpha: error::positive("alpha", alpha)?,
            a: error::positive("a", a)?,
            b: error::positive("b", b)?,
            fit: None,
        })
    }

    /// Maximum likelihood, by Newton's method on the log-parameters with analytic derivatives.
    ///
    /// # Errors
    /// [`Error::NotIdentified`] if there are fewer than two repeat buyers or four distinct histories, or if no
    /// time has passed; [`Error::NotConverged`]; [`Error::InvalidArgument`] and [`Error::LengthMismatch`] for
    /// options that do not fit.
    pub fn fit(customers: &CustomerSummary, options: &FitOptions) -> Result<Self> {
        options.check(PARAMETERS.len(), customers.len())?;
        let weighted;
        let histories = match &options.weights {
            None => customers.histories(),
            Some(w) => {
                weighted = Histories::group(customers.frequency(), customers.recency(), customers.T(), Some(w));
                &weighted
            }
        };
        let data = Overview::of(histories);
        data.check()?;
        let likelihood = LogLikelihood::new(histories);
        let problem = Problem {
            model: NAME,
            names: &PARAMETERS,
            scale: &[1.0, data.mean_t, 1.0, 1.0],
            start: data.start(),
            customers: data.customers,
            distinct: histories.distinct().len(),
            time_unit: Some(customers.time_unit()),
        };
        let (p, report) = maximise(&problem, options, |p| likelihood.evaluate(p[0], p[1], p[2], p[3]))?;
        Ok(Self { r: p[0], alpha: p[1], a: p[2], b: p[3], fit: Some(report) })
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

    /// First parameter of the dropout probabilities.
    #[must_use]
    pub fn a(&self) -> f64 {
        self.a
    }

    /// Second parameter of the dropout probabilities.
    #[must_use]
    pub fn b(&self) -> f64 {
        self.b
    }

    /// ln of the odds of being dead, w: P(alive) = 1/(1 + e^w). Minus infinity without repeat purchase.
    fn ln_odds_dead(&self, h: History) -> f64 {
        if h.x == 0.0 {
            return f64::NEG_INFINITY;
        }
        let silence = ((h.T - h.t_x) / (self.alpha + h.t_x)).ln_1p();
        (self.a / (self.b + (h.x - 1.0))).ln() + (self.r + h.x) * silence
    }

    /// The customer given that it is alive at T: same model, updated parameters.
    fn living(&self, h: History) -> LivingCustomer {
        LivingCustomer { r: self.r + h.x, alpha: self.alpha + h.T, a: self.a, b: self.b + h.x }
    }

    fn shifted(&self, offset: &[f64]) -> Self {
        Self {
            r: self.r * offset[0].exp(),
            alpha: self.alpha * offset[1].exp(),
            a: self.a * offset[2].exp(),
            b: self.b * offset[3].exp(),
            fit: None,
        }
    }
}

/// ln(1 + e^w) without overflow.
fn softplus(w: f64) -> f64 {
    if w > 0.0 { w + (-w).exp().ln_1p() } else { w.exp().ln_1p() }
}

/// 1/(1 + e^-w).
fn logistic(w: f64) -> f64 {
    if w > 0.0 { 1.0 / (1.0 + (-w).exp()) } else { w.exp() / (1.0 + w.exp()) }
}

impl PurchaseProcess for BgNbd {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        PARAMETERS.into_iter().zip([self.r, self.alpha, self.a, self.b]).collect()
    }

    fn fit_report(&self) -> Option<&FitReport> {
        self.fit.as_ref()
    }

    fn at_uncertainty_points(&self) -> Vec<Box<dyn PurchaseProcess>> {
        let Some(fit) = &self.fit else { return Vec::new() };
        offsets(&fit.covariance_log).iter().map(|o| Box::new(self.shifted(o)) as Box<dyn PurchaseProcess>).collect()
    }

    fn ln_likelihood(&self, h: History) -> f64 {
        // Γ(r+x)/Γ(r) α^r/(α+T)^(r+x) with the powers of large numbers cancelled.
        let purchases = ln_rising(self.r, h.x) - self.r * (h.T / self.alpha).ln_1p() - h.x * (self.alpha + h.T).ln();
        let survival = ln_rising(self.b, h.x) - ln_rising(self.a + self.b, h.x);
        purchases + survival + softplus(self.ln_odds_dead(h))
    }

    fn alive(&self, h: History) -> f64 {
        logistic(-self.ln_odds_dead(h))
    }

    fn alive_after(&self, h: History, horizon: f64) -> f64 {
        self.alive(h) * self.living(h).alive_after(horizon)
    }

    fn purchases(&self, h: History, horizon: f64) -> f64 {
        self.alive(h) * self.living(h).purchases(horizon)
    }

    fn no_purchase(&self, h: History, horizon: f64) -> f64 {
        logistic(self.ln_odds_dead(h)) + self.alive(h) * self.living(h).no_purchase(horizon)
    }

    fn purchase_probabilities(&self, h: History, horizon: f64, tail: f64, out: &mut Vec<f64>) {
        let alive = self.alive(h);
        self.living(h).purchase_probabilities(horizon, tail, out);
        out.iter_mut().for_each(|p| *p *= alive);
        out[0] += logistic(self.ln_odds_dead(h));
    }

    fn discounted_expectation(&self, h: History, horizon: f64, rate: f64) -> f64 {
        self.alive(h) * self.living(h).discounted_expectation(horizon, rate)
    }

    fn discounted_purchases(&self, h: History, horizon: f64, rate: f64) -> DiscountedPurchases {
        let alive = self.alive(h);
        let living = self.living(h).discounted_purchases(horizon, rate);
        DiscountedPurchases {
            mean: alive * living.mean,
            mean_square: alive * living.mean_square,
            mean_of_squares: alive * living.mean_of_squares,
            none: self.no_purchase(h, horizon),
        }
    }
}

/// What the data say before any model: whether a fit makes sense, and where to start.
struct Overview {
    customers: f64,
    repeat_buyers: f64,
    mean_x: f64,
    mean_t: f64,
    distinct: usize,
}

impl Overview {
    fn of(histories: &Histories) -> Self {
        let pairs = || histories.distinct().iter().zip(histories.weight());
        let customers: f64 = histories.weight().iter().sum();
        let mean = |f: &dyn Fn(&History) -> f64| pairs().map(|(h, w)| w * f(h)).sum::<f64>() / customers;
        Self {
            customers,
            // Without any, the sum is -0.0, which messages would show.
            repeat_buyers: 0.0 + pairs().filter(|(h, _)| h.x > 0.0).map(|(_, w)| w).sum::<f64>(),
            mean_x: mean(&|h| h.x),
            mean_t: mean(&|h| h.T),
            distinct: pairs().filter(|(_, w)| **w > 0.0).count(),
        }
    }

    fn check(&self) -> Result<()> {
        let reason = if self.customers <= 0.0 {
            "all weights are 0".to_owned()
        } else if self.mean_t <= 0.0 {
            "no time has passed since the first purchases: T is 0 for every customer".to_owned()
        } else if self.repeat_buyers < 2.0 {
            format!(
                "{} of {} customers have a repeat purchase, and its rate cannot be told from so few",
                self.repeat_buyers, self.customers
            )
        } else if self.distinct < PARAMETERS.len() {
            format!("{} distinct histories cannot determine {} parameters", self.distinct, PARAMETERS.len())
        } else {
            return Ok(());
        };
        let remedy = "Give more customers or a longer log, or set the parameters with from_params".to_owned();
        Err(Error::NotIdentified { model: NAME, reason, remedy })
    }

    /// Moderate heterogeneity at the observed rate: some 10 iterations from the maximum in practice.
    fn start(&self) -> Vec<f64> {
        let r = 0.5;
        vec![r, r * self.mean_t / self.mean_x.max(1e-3), 1.0, 2.5]
    }
}

#[cfg(all(test, feature = "simulation"))]
mod tests;
