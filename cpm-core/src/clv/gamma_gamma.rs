//! The Gamma-Gamma model of spend.

mod spend;

pub(super) use self::spend::Spend;
use self::spend::ln_likelihood;
use super::fit::{Problem, maximise, maximise_after};
use super::uncertainty::offsets;
use super::{FitOptions, FitReport};
use crate::error::{self, Error, Result};
use crate::numerics::distribution::truncated_inverse_square;
use crate::numerics::newton::Evaluation;
use crate::numerics::parallel;
use crate::summary::CustomerSummary;

/// The Gamma-Gamma model of spend per purchase (Colombo & Jiang 1999; Fader & Hardie 2013, note 025,
/// "The Gamma-Gamma Model of Monetary Value").
///
/// # Assumptions
/// 1. The amounts of a customer's purchases are Gamma(p, ν): they vary around the customer's own mean p/ν.
/// 2. Customers differ: ν ~ Gamma(q, v). The mean spend of the population is p·v/(q - 1), for q > 1.
/// 3. Spend per purchase does not depend on how often a customer purchases.
///
/// # Likelihood
/// For a mean amount z over x repeat purchases (note 025, eq. 1a):
///
/// L = Γ(px+q)/(Γ(px) Γ(q)) · v^q · z^(px-1) · x^(px) / (v + x z)^(px+q)
///
/// # Expected spend
/// E[M | x, z] = p (v + x z)/(p x + q - 1) (eq. 5): a weighted mean of the customer's own mean and the
/// population's, closer to the customer's the more purchases there are.
///
/// # Units
/// v is in units of money; p and q have none.
///
/// # Example
/// ```
/// use cpm_core::{datasets, FitOptions, GammaGamma, SummaryOptions};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let spend = GammaGamma::fit(&customers, &FitOptions::new())?;
/// assert!((spend.p() - 6.25).abs() < 0.01 && (spend.q() - 3.74).abs() < 0.01);
/// assert!((spend.expected_spend(&customers)?[0] - 24.66).abs() < 0.01);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GammaGamma {
    p: f64,
    q: f64,
    v: f64,
    excluded: u64,
    fit: Option<FitReport>,
}

const NAME: &str = "Gamma-Gamma";
pub(super) const PARAMETERS: [&str; 3] = ["p", "q", "v"];

impl GammaGamma {
    /// The model at given parameters, without uncertainty.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a parameter that is not from 1e-6 to 1e8 (r, a, b, s, p, q) or from 1e-20 to 1e25 (with a unit);
    /// [`Error::InfiniteMeanSpend`] for q <= 1.
    pub fn from_params(p: f64, q: f64, v: f64) -> Result<Self> {
        let model = Self {
            p: error::shape("p", p)?,
            q: error::shape("q", q)?,
            v: error::scale("v", v)?,
            excluded: 0,
            fit: None,
        };
        model.with_finite_mean()
    }

    /// Maximum likelihood over the customers with a repeat purchase and a positive monetary value; the
    /// repeat buyers left out because their monetary value is 0 are counted in [`excluded`](Self::excluded).
    ///
    /// # Errors
    /// [`Error::NotIdentified`] without monetary values, or with fewer than three repeat buyers that spend
    /// different amounts; [`Error::InfiniteMeanSpend`] if the fitted q is at most 1; [`Error::NotConverged`].
    pub fn fit(customers: &CustomerSummary, options: &FitOptions) -> Result<Self> {
        options.check(PARAMETERS.len(), customers.len())?;
        let spend = Spend::of(customers, options.weights.as_deref())?;
        let mean = spend.mean();
        let problem = Problem {
            model: NAME,
            purchases: 1.0,
            names: &PARAMETERS,
            scale: &[1.0, 1.0, mean],
            // Population mean p v/(q-1) at the observed one.
            start: vec![4.0, 4.0, 0.75 * mean],
            customers: spend.customers(),
            distinct: spend.distinct(),
            time_unit: None,
        };
        let coarse = spend.coarse().filter(|_| options.start.is_none() && options.max_iterations.is_none());
        let coarse =
            coarse.and_then(|coarse| maximise(&problem, options, |t| coarse.log_likelihood(t[0], t[1], t[2])).ok());
        let (fitted, mut report) =
            maximise_after(coarse, &problem, options, |t| spend.log_likelihood(t[0], t[1], t[2]))?;
        report.log_likelihood += spend.of_unit();
        let model = Self { p: fitted[0], q: fitted[1], v: fitted[2], excluded: spend.excluded, fit: Some(report) };
        model.with_finite_mean()
    }

    /// The fit for amounts whose largest ones dominate: q > 1 whatever the data, with a prior of the population's mean.
    ///
    /// Where the likelihood is largest at a q near or below 1, it says that the mean spend of the population is infinite or
    /// anything. If the mean is taken to exist, something must be known of it: here its logarithm is normal around that of the
    /// observed mean amount of the repeat buyers, with standard deviation `sigma` (0.25 says: within a factor of 1.6 with 95 %).
    /// With q well above 1 the likelihood knows the mean far better than that, and the result is nearly that of
    /// [`fit`](Self::fit). The report's `log_prior` says what the prior takes away.
    ///
    /// ```
    /// use cpm_core::{CustomerSummary, FitOptions, GammaGamma, TimeUnit};
    /// // Most amounts are near 10, and one customer in ten spends hundreds of times as much.
    /// let z: Vec<f64> = (0..60).map(|i| if i % 10 == 0 { 4000.0 * (1 + i) as f64 } else { 8.0 + (i % 5) as f64 }).collect();
    /// let x: Vec<f64> = (0..60).map(|i| (1 + i % 4) as f64).collect();
    /// let customers = CustomerSummary::new(&x, &vec![5.0; 60], &vec![9.0; 60], TimeUnit::Week)?.with_monetary_value(&z)?;
    /// assert!(GammaGamma::fit(&customers, &FitOptions::new()).is_err()); // q is below 1
    /// let spend = GammaGamma::fit_regularised(&customers, 0.25, &FitOptions::new())?;
    /// assert!(spend.q() > 1.0 && spend.population_mean().is_finite());
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`fit`](Self::fit), but never [`Error::InfiniteMeanSpend`]; [`Error::InvalidArgument`] for a sigma that is not positive.
    pub fn fit_regularised(customers: &CustomerSummary, sigma: f64, options: &FitOptions) -> Result<Self> {
        error::positive("sigma", sigma)?;
        options.check(PARAMETERS.len(), customers.len())?;
        if options.start.as_ref().is_some_and(|s| s[1] <= 1.0) {
            return Err(Error::argument("start", "q <= 1", "the regularised fit has q > 1"));
        }
        let spend = Spend::of(customers, options.weights.as_deref())?;
        let mean = spend.mean();
        let problem = Problem {
            model: NAME,
            purchases: 1.0,
            // Sought is ln(q - 1), so a prior of q itself has no place.
            names: &["p", "q - 1", "v"],
            scale: &[1.0, 1.0, mean],
            start: vec![4.0, 3.0, 0.75 * mean],
            customers: spend.customers(),
            distinct: spend.distinct(),
            time_unit: None,
        };
        let mut options = options.clone();
        options.start.iter_mut().for_each(|s| s[1] -= 1.0);
        let precision = 1.0 / (sigma * sigma);
        let distance = |p: f64, excess: f64, v: f64| (p * v / excess / mean).ln();
        let direction = [1.0, -1.0, 1.0];
        let (fitted, mut report) = maximise(&problem, &options, |t| {
            let [p, excess, v] = [t[0], t[1], t[2]];
            let mut at = spend.log_likelihood(p, 1.0 + excess, v);
            in_excess(&mut at, excess);
            let away = distance(p, excess, v);
            at.value -= 0.5 * precision * away * away;
            for i in 0..3 {
                at.gradient[i] -= precision * away * direction[i];
                for j in 0..3 {
                    at.hessian[(i, j)] -= precision * direction[i] * direction[j];
                }
            }
            at
        })?;
        let [p, excess, v] = [fitted[0], fitted[1], fitted[2]];
        let prior = -0.5 * precision * distance(p, excess, v).powi(2);
        report.log_likelihood += spend.of_unit() - prior;
        report.log_prior += prior;
        let share = excess / (1.0 + excess);
        for j in 0..3 {
            report.covariance_log[(1, j)] *= share;
            report.covariance_log[(j, 1)] *= share;
        }
        report.from_edge.iter_mut().for_each(|way| way[1] *= share);
        report.parameters = PARAMETERS.map(str::to_owned).to_vec();
        let model = Self { p, q: 1.0 + excess, v, excluded: spend.excluded, fit: Some(report) };
        model.with_finite_mean()
    }

    /// The model at parameters that are valid.
    #[cfg(feature = "simulation")]
    pub(super) fn at(p: f64, q: f64, v: f64) -> Self {
        Self { p, q, v, excluded: 0, fit: None }
    }

    fn with_finite_mean(self) -> Result<Self> {
        if self.q > 1.0 {
            return Ok(self);
        }
        Err(Error::InfiniteMeanSpend {
            q: self.q,
            remedy: "The largest amounts dominate: look for amounts in a wrong unit or orders of another kind \
                     (wholesale), fit groups of customers apart, or say what the mean may be with the regularised fit"
                .to_owned(),
        })
    }

    /// Shape of the amounts of one customer.
    #[must_use]
    pub fn p(&self) -> f64 {
        self.p
    }

    /// Shape of the distribution of customers.
    #[must_use]
    pub fn q(&self) -> f64 {
        self.q
    }

    /// Scale of the distribution of customers, in money.
    #[must_use]
    pub fn v(&self) -> f64 {
        self.v
    }

    /// Repeat buyers left out of the fit because their monetary value is 0.
    #[must_use]
    pub fn excluded(&self) -> u64 {
        self.excluded
    }

    /// Names and values of the parameters.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, f64)> {
        PARAMETERS.into_iter().zip([self.p, self.q, self.v]).collect()
    }

    /// How the fit ended; `None` if the parameters were given.
    #[must_use]
    pub fn fit_report(&self) -> Option<&FitReport> {
        self.fit.as_ref()
    }

    /// Mean spend per purchase of the population, p·v/(q - 1).
    #[must_use]
    pub fn population_mean(&self) -> f64 {
        self.expected(0.0, 0.0)
    }

    /// Expected spend per purchase of each customer, in money. Customers without repeat purchase get the
    /// population's mean.
    ///
    /// # Errors
    /// [`Error::NotIdentified`] if the summary has no monetary values.
    pub fn expected_spend(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        let z = monetary_value(customers)?;
        Ok(parallel::map(z.len(), 16_384, |i| self.expected(customers.frequency()[i], z[i])))
    }

    /// Log-likelihood of each customer; 0 for those without repeat purchase or with a monetary value of 0, who are no part of it.
    ///
    /// # Errors
    /// [`Error::NotIdentified`] if the summary has no monetary values.
    pub fn log_likelihood_per_customer(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        let z = monetary_value(customers)?;
        let one = |x: f64, z: f64| if x > 0.0 && z > 0.0 { ln_likelihood(x, z, self.p, self.q, self.v) } else { 0.0 };
        Ok(parallel::map(z.len(), 4096, |i| one(customers.frequency()[i], z[i])))
    }

    /// E[M | x, z].
    pub(super) fn expected(&self, x: f64, z: f64) -> f64 {
        self.p * (self.v + x * z) / (self.p * x + self.q - 1.0)
    }

    /// Second moment of the customer's mean spend, E[(p/ν)² | x, z]. Below a shape of 6 the tail is cut
    /// at the probability `tail`, since it exists only above 2.
    pub(super) fn mean_square(&self, x: f64, z: f64, tail: f64) -> f64 {
        let shape = self.p * x + self.q;
        let inverse_square =
            if shape > 6.0 { 1.0 / ((shape - 1.0) * (shape - 2.0)) } else { truncated_inverse_square(shape, tail) };
        (self.p * (self.v + x * z)).powi(2) * inverse_square
    }

    /// The same model at the points that stand for the uncertainty of the parameters; q stays above 1.
    pub(super) fn at_uncertainty_points(&self) -> Vec<Self> {
        let Some(fit) = &self.fit else { return Vec::new() };
        let shifted = |o: &Vec<f64>| Self {
            p: self.p * o[0].exp(),
            // The normal approximation is of ln q; moved on ln(q - 1) to first order it keeps the mean finite.
            q: 1.0 + (self.q - 1.0) * (o[1] * self.q / (self.q - 1.0)).exp(),
            v: self.v * o[2].exp(),
            excluded: 0,
            fit: None,
        };
        offsets(fit).iter().map(shifted).collect()
    }
}

/// The summary's monetary values, or an error that says what to do.
pub(super) fn monetary_value(customers: &CustomerSummary) -> Result<&[f64]> {
    customers.monetary_value().ok_or_else(|| Error::NotIdentified {
        model: NAME,
        reason: "the summary has no monetary_value".to_owned(),
        remedy: "Summarise a log with amounts, or give the mean amount of the repeat purchases".to_owned(),
    })
}

/// Derivatives in ln(q - 1) for those in ln q, which is the second parameter.
pub(super) fn in_excess(at: &mut Evaluation, excess: f64) {
    let share = excess / (1.0 + excess);
    let slope = at.gradient[1];
    at.gradient[1] *= share;
    for j in 0..3 {
        at.hessian[(1, j)] *= share;
        at.hessian[(j, 1)] *= share;
    }
    at.hessian[(1, 1)] += share * (1.0 - share) * slope;
}

#[cfg(test)]
#[path = "gamma_gamma_tests.rs"]
mod tests;
