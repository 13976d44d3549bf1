//! BG/CNBD-k and MBG/CNBD-k: purchases that come more regularly than at random.

mod discounted;
mod likelihood;
mod living;

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use super::beta_geometric::softplus;
use super::fit::{Problem, maximise};
use super::gaps::{ln_gaps, of_gaps};
use super::latent_attrition::{LatentAttrition, Standing};
use super::likelihood_sum::LikelihoodSum;
use super::overview::fit_histories;
use super::purchase_model::DiscountedPurchases;
use super::{AfterEveryPurchase, AfterRepeatPurchases, Dropout, FitOptions, FitReport, negative_binomial};
use crate::error::{self, Error, Result};
use crate::numerics::gamma::ln_rising;
#[cfg(feature = "simulation")]
use crate::numerics::newton::Evaluation;
use crate::summary::{CustomerSummary, History};
use discounted::Discounted;
use living::LivingCustomer;

/// The BG/CNBD-k model of purchases (Platzer & Reutterer 2016, "Ticking Away the Moments: Timing Regularity Helps to Better
/// Predict Customer Standing", Marketing Science 35(5), 779-799; Reutterer, Platzer & Schröder 2021, "Leveraging purchase
/// regularity for predicting customer behavior the easy way", International Journal of Research in Marketing 38(1), 194-215).
///
/// # Assumptions
/// 1. While alive, a customer purchases at intervals that are Erlang-k with rate λ: each is the sum of k exponential
///    stages, and varies the less the larger k is. k = 1 is the Poisson process of [`BgNbd`](super::BgNbd).
/// 2. Rates differ between customers: λ ~ Gamma(r, α). Purchases come at rate λ/k.
/// 3. After any repeat purchase the customer drops out with probability p ~ Beta(a, b), independent of λ.
///
/// The k is common to all customers, and chosen by likelihood. Those who are regular and late are then likelier to have
/// left than under BG/NBD.
///
/// # Likelihood
/// For x repeat purchases at intervals Δ_j, the last one at `t_x`, observed until T, with R = r + kx and s = T - `t_x`:
///
/// L = Π Δ_j^(k-1)/Γ(k)^x · Γ(R)/Γ(r) · α^r/(α+T)^R · B(a, b+x)/B(a, b) · (S + δ(x>0) · a/(b+x-1) · ((α+T)/(α+`t_x`))^R)
///
/// S = Σ_{j<k} (R)_j/j! · (s/(α+T))^j, and P(alive) = S over the sum in the last bracket. The intervals enter by the sum of their
/// logarithms alone ([`CustomerSummary::ln_gaps`]), and that matters for the choice of k only.
///
/// # Units
/// α is in time units of the summary; r, a and b have none.
///
/// # Example
/// ```
/// use cpm_core::clv::BgCnbd;
/// use cpm_core::{datasets, FitOptions, PurchaseModel, SummaryOptions};
/// let log = datasets::cdnow_sample()?;
/// let customers = log.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let model = BgCnbd::fit(&customers, &FitOptions::new())?;
/// assert_eq!(model.k(), 1); // who buys CDs does so at random: the model is BG/NBD
/// assert!((model.r() - 0.2426).abs() < 1e-4);
/// # Ok::<(), cpm_core::Error>(())
/// ```
pub type BgCnbd = BetaGeometricCnbd<AfterRepeatPurchases>;

/// The MBG/CNBD-k model of purchases: as [`BgCnbd`], but dropout may follow every purchase, the first one included
/// ([`MbgNbd`](super::MbgNbd) is its case k = 1).
///
/// Of the regularity models this is the one that its authors recommend.
///
/// ```
/// use cpm_core::PurchaseModel;
/// use cpm_core::clv::MbgCnbd;
/// let model = MbgCnbd::from_params(2, 1.2, 8.0, 0.8, 2.0)?;
/// let expected = model.expected_purchases_new_customer(52.0)?;
/// assert!(expected > 0.0);
/// # Ok::<(), cpm_core::Error>(())
/// ```
pub type MbgCnbd = BetaGeometricCnbd<AfterEveryPurchase>;

/// BG/CNBD-k or MBG/CNBD-k, by when customers may drop out: see [`BgCnbd`] and [`MbgCnbd`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct BetaGeometricCnbd<D: Dropout> {
    k: u32,
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
    fit: Option<FitReport>,
    #[serde(skip)]
    dropout: PhantomData<D>,
}

const PARAMETERS: [&str; 4] = ["r", "alpha", "a", "b"];
/// Intervals as regular as this vary by a seventh of their length.
const LARGEST_K: u32 = 50;
/// Where the search for k ends at the latest, as it does in BTYDplus.
const SEARCHED: u32 = 12;

impl<D: Dropout> BetaGeometricCnbd<D> {
    /// The model at given parameters, without uncertainty.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a k that is not between 1 and 50, or another parameter that is not from 1e-6 to 1e8 (r, a, b, s, p, q) or from 1e-20 to 1e25 (with a unit).
    pub fn from_params(k: u32, r: f64, alpha: f64, a: f64, b: f64) -> Result<Self> {
        Ok(Self::at(
            check_k(k)?,
            [error::shape("r", r)?, error::scale("alpha", alpha)?, error::shape("a", a)?, error::shape("b", b)?],
        ))
    }

    fn at(k: u32, [r, alpha, a, b]: [f64; 4]) -> Self {
        Self { k, r, alpha, a, b, fit: None, dropout: PhantomData }
    }

    /// Maximum likelihood over k = 1, 2, … and the parameters: the first k from which on the likelihood falls, 12 at most.
    ///
    /// k counts as a parameter in the report's AIC and BIC ([`FitReport::chosen`]), unlike one that is given
    /// ([`fit_with_k`](Self::fit_with_k)); its uncertainty is no part of the intervals.
    ///
    /// # Errors
    /// As [`fit_with_k`](Self::fit_with_k).
    pub fn fit(customers: &CustomerSummary, options: &FitOptions) -> Result<Self> {
        ln_gaps(customers)?;
        let mut best = Self::fit_with_k(customers, 1, options)?;
        for k in 2..=SEARCHED {
            let next = Self::fit_with_k(customers, k, options)?;
            let value = |m: &Self| m.fit.as_ref().map_or(f64::NEG_INFINITY, |f| f.log_likelihood + f.log_prior);
            if value(&next) <= value(&best) {
                break;
            }
            best = next;
        }
        best.fit.iter_mut().for_each(|report| report.chosen = 1);
        Ok(best)
    }

    /// Maximum likelihood for a given k, by Newton's method on the log-parameters with analytic derivatives.
    ///
    /// # Errors
    /// [`Error::Empty`] for k > 1 if the summary does not know the times between purchases;
    /// [`Error::NotIdentified`] if there are fewer than two repeat buyers or four distinct histories, or if no time has passed;
    /// [`Error::NotConverged`]; [`Error::InvalidArgument`] and [`Error::LengthMismatch`] for a k and options that do not fit.
    pub fn fit_with_k(customers: &CustomerSummary, k: u32, options: &FitOptions) -> Result<Self> {
        check_k(k)?;
        let gaps_part = if k > 1 { gaps(customers, k, options.weights.as_deref())? } else { 0.0 };
        fit_histories(name::<D>(), PARAMETERS.len(), customers, options, |histories, data| {
            let [r, alpha] = data.start_of_rates();
            let stages = f64::from(k);
            let problem = Problem {
                model: name::<D>(),
                purchases: data.mean_x,
                names: &PARAMETERS,
                scale: &[1.0, data.mean_t / stages, 1.0, 1.0],
                start: vec![r, alpha / stages, 1.0, 2.5],
                customers: data.customers,
                distinct: histories.as_distinct().len(),
                time_unit: Some(customers.time_unit()),
            };
            let sum = LikelihoodSum::new(histories);
            let (p, mut report) = maximise(&problem, options, |p| {
                likelihood::evaluate(&sum, [p[0], p[1], p[2], p[3]], stages, D::AT_FIRST)
            })?;
            report.log_likelihood += gaps_part;
            Ok(Self { fit: Some(report), ..Self::at(k, [p[0], p[1], p[2], p[3]]) })
        })
    }

    /// Stages of an interval between purchases: 1 is a Poisson process, more are more regular.
    #[must_use]
    pub fn k(&self) -> u32 {
        self.k
    }

    /// Shape of the rates.
    #[must_use]
    pub fn r(&self) -> f64 {
        self.r
    }

    /// Inverse scale of the rates, in time units.
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

    fn stages(&self) -> f64 {
        f64::from(self.k)
    }

    #[cfg(feature = "simulation")]
    pub(super) fn at_parameters(k: u32, p: &[f64]) -> Self {
        Self::at(k, [p[0], p[1], p[2], p[3]])
    }

    /// The likelihood for a given k, without the part of the intervals, which has no parameters.
    #[cfg(feature = "simulation")]
    pub(super) fn evaluate(sum: &LikelihoodSum<'_>, k: u32, p: &[f64]) -> Evaluation {
        likelihood::evaluate(sum, [p[0], p[1], p[2], p[3]], f64::from(k), D::AT_FIRST)
    }

    /// ln S of the likelihood.
    fn ln_silence(&self, h: History) -> f64 {
        likelihood::Silence::new(self.stages(), self.r + self.stages() * h.x, self.alpha + h.T, h.T - h.t_x).ln
    }

    /// ln of the odds of being dead; minus infinity without a chance to drop out.
    fn ln_odds_dead(&self, h: History) -> f64 {
        let chances = h.x + D::AT_FIRST;
        if chances == 0.0 {
            return f64::NEG_INFINITY;
        }
        let silence = ((h.T - h.t_x) / (self.alpha + h.t_x)).ln_1p();
        (self.a / (self.b + (chances - 1.0))).ln() + (self.r + self.stages() * h.x) * silence - self.ln_silence(h)
    }
}

fn name<D: Dropout>() -> &'static str {
    if D::AT_FIRST > 0.0 { "MBG/CNBD-k" } else { "BG/CNBD-k" }
}

pub(super) fn check_k(k: u32) -> Result<u32> {
    if (1..=LARGEST_K).contains(&k) {
        return Ok(k);
    }
    Err(Error::argument("k", k, format!("the number of stages must be from 1 to {LARGEST_K}")))
}

/// ln Π Δ^(k-1)/Γ(k)^x over the customers.
fn gaps(customers: &CustomerSummary, k: u32, weights: Option<&[f64]>) -> Result<f64> {
    let shape = f64::from(k);
    let mut terms: Vec<f64> = ln_gaps(customers)?
        .iter()
        .zip(customers.frequency())
        .enumerate()
        .map(|(row, (gaps, x))| weights.map_or(1.0, |w| w[row]) * of_gaps(shape, *x, *gaps))
        .collect();
    // Sorted, so that the sum does not depend on the order of the customers.
    terms.sort_by(f64::total_cmp);
    Ok(terms.iter().sum())
}

impl<D: Dropout> LatentAttrition for BetaGeometricCnbd<D> {
    type Living = LivingCustomer;

    const NAMES_OF_PARAMETERS: &'static [&'static str] = &PARAMETERS;

    fn title(&self) -> &'static str {
        name::<D>()
    }

    fn values(&self) -> Vec<f64> {
        vec![self.r, self.alpha, self.a, self.b]
    }

    fn at_values(&self, values: &[f64]) -> Self {
        Self::at(self.k, std::array::from_fn(|i| values[i]))
    }

    fn report(&self) -> Option<&FitReport> {
        self.fit.as_ref()
    }

    fn regularity(&self) -> f64 {
        self.stages()
    }

    fn log_likelihood_of(&self, h: History) -> f64 {
        let chances = h.x + D::AT_FIRST;
        if h.x == 0.0 {
            // L = 1 - P(alive after the first purchase, and purchasing by T). Where that is near 1, the terms cancel.
            let stayed = if chances > 0.0 { self.b / (self.a + self.b) } else { 1.0 };
            let purchase = stayed * living::some_purchase(self.k as usize, self.r, self.alpha, h.T);
            if purchase < 0.5 {
                return (-purchase).ln_1p();
            }
        }
        let purchases = negative_binomial::ln_likelihood(self.r, self.alpha, self.stages() * h.x, h.T);
        let survival = ln_rising(self.b, chances) - ln_rising(self.a + self.b, chances);
        purchases + survival + self.ln_silence(h) + softplus(self.ln_odds_dead(h))
    }

    fn standing(&self, h: History) -> Standing {
        Standing::from_ln_odds_gone(self.ln_odds_dead(h))
    }

    fn living(&self, h: History) -> LivingCustomer {
        LivingCustomer {
            k: self.k as usize,
            r: self.r + self.stages() * h.x,
            alpha: self.alpha + h.T,
            silence: h.T - h.t_x,
            a: self.a,
            b: self.b + h.x + D::AT_FIRST,
        }
    }

    /// The next purchase depends on how long ago the last one was.
    fn alike(a: &History, b: &History) -> bool {
        a == b
    }

    fn discounted_expectations(&self, histories: &[History], t: f64, d: f64) -> Vec<f64> {
        let mut discounted = Discounted::new(t, [d]);
        self.by_living(histories, |living| discounted.of(living)[0], |now, mean| now.alive * mean)
    }

    fn discounted_moments(&self, histories: &[History], t: f64, d: f64) -> Vec<DiscountedPurchases> {
        let mut discounted = Discounted::new(t, [d, 2.0 * d]);
        self.by_living(histories, |living| discounted.moments(living), Standing::discounted)
    }
}

#[cfg(test)]
mod tests;
