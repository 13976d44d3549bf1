//! The BG/NBD and the MBG/NBD model: purchases at a gamma rate, dropout with a beta probability.

mod for_ever;
mod likelihood;
mod process;

use std::fmt::Debug;
use std::marker::PhantomData;

#[cfg(feature = "covariates")]
use super::covariates::{Kind, Moved};
use super::derivatives::Derivatives;
use super::fit::{Problem, maximise_histories};
use super::latent_attrition::{LatentAttrition, Standing};
use super::likelihood_sum::LikelihoodSum;
use super::overview::{Overview, fit_histories};
use super::{FitOptions, FitReport, negative_binomial};
use crate::error::{self, Result};
use crate::numerics::gamma::ln_rising;
use crate::numerics::newton::Evaluation;
use crate::summary::{CustomerSummary, History};
#[cfg(feature = "more-models")]
pub(super) use likelihood::Survived;
pub(super) use process::{LivingCustomer, PurchaseCounts};

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
/// Since dropout can only follow a repeat purchase, a customer without one is alive for certain; [`MbgNbd`]
/// lifts that.
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
pub type BgNbd = BetaGeometricNbd<AfterRepeatPurchases>;

/// The modified beta-geometric / negative binomial model of purchases (Batislam, Denizel & Filiztekin 2007,
/// "Empirical validation and comparison of models for customer base analysis", International Journal of
/// Research in Marketing 24(3), 201-209; Hoppe & Wagner 2007, "Customer Base Analysis: The Case for a Central
/// Variant of the Betageometric/NBD Model", Marketing: Journal of Research and Management 3(2), 75-90).
///
/// # Assumptions
/// Those of [`BgNbd`], but dropout may follow every purchase, the first one included. One-time buyers may be
/// gone, and a customer just acquired is alive with probability b/(a + b) only.
///
/// # Likelihood
/// A customer alive with x repeat purchases has survived x + 1 chances to drop out, so b + x becomes b + x + 1:
///
/// L = Γ(r+x)/Γ(r) · α^r/(α+T)^(r+x) · B(a, b+x+1)/B(a, b) · (1 + a/(b+x) · ((α+T)/(α+t_x))^(r+x))
///
/// The last factor is 1/P(alive). The expected number of repeat purchases of a new customer is
/// E\[X(t)\] = b/(a-1) · (1 - (α/(α+t))^r · 2F1(r, b+1; a+b; t/(α+t))), computed in a form in which a = 1 is
/// not special.
///
/// # Units
/// α is in time units of the summary; r, a and b have none.
///
/// # When to use it
/// Where many customers buy once: BG/NBD has them all alive and puts their silence down to low rates. On the
/// CDNOW log the two fit about equally well (log-likelihoods -9582.1 and -9582.4) and differ in who is alive.
///
/// # Example
/// ```
/// use cpm_core::{datasets, FitOptions, MbgNbd, PurchaseModel, SummaryOptions};
/// let log = datasets::cdnow_sample()?;
/// let customers = log.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let model = MbgNbd::fit(&customers, &FitOptions::new())?;
/// assert!((model.r() - 0.5248).abs() < 1e-4);
/// let alive = model.probability_alive(&customers)?;
/// assert!(alive.iter().all(|p| *p < 1.0));
/// # Ok::<(), cpm_core::Error>(())
/// ```
pub type MbgNbd = BetaGeometricNbd<AfterEveryPurchase>;

/// BG/NBD or MBG/NBD, by when customers may drop out: see [`BgNbd`] and [`MbgNbd`].
///
/// The two differ in one number: how many chances to drop out a living customer with x repeat purchases has
/// survived, x or x + 1. Everything else is common to them.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(bound = ""))]
pub struct BetaGeometricNbd<D: Dropout> {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    fit: Option<FitReport>,
    #[cfg_attr(feature = "serde", serde(skip))]
    dropout: PhantomData<D>,
}

/// After which purchases customers may drop out: [`AfterRepeatPurchases`] or [`AfterEveryPurchase`].
pub trait Dropout: sealed::Sealed + Debug + Clone + PartialEq + Send + Sync + 'static {
    /// The model's name in the literature.
    const MODEL: &'static str;
    /// Chances to drop out at the first purchase: 0 or 1.
    const AT_FIRST: f64;
}

/// Dropout may follow repeat purchases only: [`BgNbd`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AfterRepeatPurchases;

/// Dropout may follow every purchase, the first one included: [`MbgNbd`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AfterEveryPurchase;

impl Dropout for AfterRepeatPurchases {
    const MODEL: &'static str = "BG/NBD";
    const AT_FIRST: f64 = 0.0;
}

impl Dropout for AfterEveryPurchase {
    const MODEL: &'static str = "MBG/NBD";
    const AT_FIRST: f64 = 1.0;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::AfterRepeatPurchases {}
    impl Sealed for super::AfterEveryPurchase {}
}

const PARAMETERS: [&str; 4] = ["r", "alpha", "a", "b"];

impl<D: Dropout> BetaGeometricNbd<D> {
    /// The model at given parameters, without uncertainty.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a parameter that is not positive and finite.
    pub fn from_params(r: f64, alpha: f64, a: f64, b: f64) -> Result<Self> {
        Ok(Self::at([
            error::shape("r", r)?,
            error::scale("alpha", alpha)?,
            error::shape("a", a)?,
            error::shape("b", b)?,
        ]))
    }

    fn at([r, alpha, a, b]: [f64; 4]) -> Self {
        Self { r, alpha, a, b, fit: None, dropout: PhantomData }
    }

    /// Maximum likelihood, by Newton's method on the log-parameters with analytic derivatives.
    ///
    /// # Errors
    /// [`Error::NotIdentified`](crate::Error::NotIdentified) if there are fewer than two repeat buyers or four
    /// distinct histories, or if no time has passed; [`Error::NotConverged`](crate::Error::NotConverged);
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) and
    /// [`Error::LengthMismatch`](crate::Error::LengthMismatch) for options that do not fit.
    pub fn fit(customers: &CustomerSummary, options: &FitOptions) -> Result<Self> {
        fit_histories(D::MODEL, PARAMETERS.len(), customers, options, |histories, data| {
            let (scale, start) = scale_and_start(data);
            let problem = Problem {
                model: D::MODEL,
                purchases: data.mean_x,
                names: &PARAMETERS,
                scale: &scale,
                start: start.to_vec(),
                customers: data.customers,
                distinct: histories.as_distinct().len(),
                time_unit: Some(customers.time_unit()),
            };
            let (p, report) = maximise_histories(&problem, options, histories, Self::evaluate)?;
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

    pub(super) const KIND_NAME: &'static str = D::MODEL;
    pub(super) const KIND_PARAMETERS: [&'static str; 4] = PARAMETERS;

    pub(super) fn at_parameters(p: &[f64]) -> Self {
        Self::at([p[0], p[1], p[2], p[3]])
    }

    pub(super) fn evaluate(sum: &LikelihoodSum<'_>, p: &[f64]) -> Evaluation {
        likelihood::evaluate(sum, [p[0], p[1], p[2], p[3]], D::AT_FIRST)
    }

    /// Chances to drop out that a customer alive after x repeat purchases has survived.
    fn chances(x: f64) -> f64 {
        x + D::AT_FIRST
    }

    /// ln of the odds of being dead, w: P(alive) = 1/(1 + e^w). Minus infinity without a chance to drop out.
    fn ln_odds_dead(&self, h: History) -> f64 {
        let chances = Self::chances(h.x);
        if chances == 0.0 {
            return f64::NEG_INFINITY;
        }
        let silence = ((h.T - h.t_x) / (self.alpha + h.t_x)).ln_1p();
        (self.a / (self.b + (chances - 1.0))).ln() + (self.r + h.x) * silence
    }
}

#[cfg(feature = "covariates")]
impl<D: Dropout> Moved for BetaGeometricNbd<D> {
    const MODEL: &'static str = D::MODEL;
    const NAMES: [&'static str; 4] = PARAMETERS;
    const KINDS: [Kind; 4] = [Kind::Fixed, Kind::Purchases, Kind::Chance, Kind::Chance];
    const PURCHASE: [f64; 4] = [0.0, -1.0, 0.0, 0.0];
    const DROPOUT: [f64; 4] = [0.0, 0.0, 1.0, 1.0];
    const SEPARATE: &'static [(&'static str, [f64; 4])] =
        &[("dropout_a", [0.0, 0.0, 1.0, 0.0]), ("dropout_b", [0.0, 0.0, 0.0, 1.0])];

    fn at_theta(theta: [f64; 4]) -> Self {
        Self::at(theta)
    }

    fn theta(&self) -> [f64; 4] {
        [self.r, self.alpha, self.a, self.b]
    }

    fn scale_and_start(data: &Overview) -> ([f64; 4], [f64; 4]) {
        scale_and_start(data)
    }

    fn log_likelihood(theta: [f64; 4], histories: &[History], weights: &[f64]) -> Derivatives<4> {
        likelihood::of_histories(theta, histories, weights, D::AT_FIRST)
    }
}

fn scale_and_start(data: &Overview) -> ([f64; 4], [f64; 4]) {
    let [r, alpha] = data.start_of_rates();
    ([1.0, data.mean_t, 1.0, 1.0], [r, alpha, 1.0, 2.5])
}

/// ln(1 + e^w) without overflow.
pub(super) fn softplus(w: f64) -> f64 {
    if w > 0.0 { w + (-w).exp().ln_1p() } else { w.exp().ln_1p() }
}

/// 1/(1 + e^-w).
pub(super) fn logistic(w: f64) -> f64 {
    if w > 0.0 { 1.0 / (1.0 + (-w).exp()) } else { w.exp() / (1.0 + w.exp()) }
}

impl<D: Dropout> LatentAttrition for BetaGeometricNbd<D> {
    type Living = LivingCustomer;

    const NAMES_OF_PARAMETERS: &'static [&'static str] = &PARAMETERS;

    fn title(&self) -> &'static str {
        D::MODEL
    }

    fn values(&self) -> Vec<f64> {
        vec![self.r, self.alpha, self.a, self.b]
    }

    fn at_values(&self, values: &[f64]) -> Self {
        Self::at_parameters(values)
    }

    fn report(&self) -> Option<&FitReport> {
        self.fit.as_ref()
    }

    fn log_likelihood_of(&self, h: History) -> f64 {
        let chances = Self::chances(h.x);
        if chances > h.x && h.x == 0.0 {
            // One chance and no repeat purchase: L = 1 - P(alive after it, and purchasing by T). Where that is near 1,
            // the terms of the general form cancel.
            let purchase = -self.b / (self.a + self.b) * (-self.r * (h.T / self.alpha).ln_1p()).exp_m1();
            if purchase < 0.5 {
                return (-purchase).ln_1p();
            }
        }
        let purchases = negative_binomial::ln_likelihood(self.r, self.alpha, h.x, h.T);
        let survival = ln_rising(self.b, chances) - ln_rising(self.a + self.b, chances);
        purchases + survival + softplus(self.ln_odds_dead(h))
    }

    fn standing(&self, h: History) -> Standing {
        Standing::from_ln_odds_gone(self.ln_odds_dead(h))
    }

    /// The same model with updated parameters.
    fn living(&self, h: History) -> LivingCustomer {
        LivingCustomer { r: self.r + h.x, alpha: self.alpha + h.T, a: self.a, b: self.b + Self::chances(h.x) }
    }
}

#[cfg(all(test, feature = "simulation"))]
mod tests;
