//! What a purchase model states, and what the frame makes of it for a whole summary.

use std::fmt::Debug;

use super::FitReport;
use super::cohort_tracking::CohortTracking;
use super::latent_attrition::FAR;
use super::lifetime_value::continuous_rate;
use super::next_purchase::{self, NextPurchase};
use super::prediction::{self, NewCustomerPrediction, Prediction};
use crate::error::{self, Error, Result};
use crate::summary::{CustomerSummary, History};

/// What a list of probabilities may leave out.
const PMF_TAIL: f64 = 1e-15;

/// Moments of the discounted number of purchases D = sum of exp(-rate·t_j) over a horizon, for a customer
/// of whom only the history is known (dead or alive).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DiscountedPurchases {
    /// `E[D]`.
    pub mean: f64,
    /// `E[D^2]`.
    pub mean_square: f64,
    /// `E[sum of exp(-2·rate·t_j)]`.
    pub mean_of_squares: f64,
    /// P(no purchase within the horizon).
    pub none: f64,
}

/// A purchase model, history by history. Time is in the unit of the data that the model was fitted to.
///
/// This is what a model file states; users call the methods of [`PurchaseModel`], which every process has.
/// Implementations may assume a valid history and a positive horizon, and must return finite values.
pub trait PurchaseProcess: Send + Sync + Debug {
    /// The model's name in the literature.
    fn name(&self) -> &'static str;

    /// Names and values of the parameters.
    fn parameters(&self) -> Vec<(&'static str, f64)>;

    /// How the fit ended; `None` if the parameters were given.
    fn fit_report(&self) -> Option<&FitReport>;

    /// The same model at the points that stand for the uncertainty of the parameters; empty if they were given.
    fn at_uncertainty_points(&self) -> Vec<Box<dyn PurchaseProcess>>;

    /// Whether the model can answer for these customers: a model knows its time unit, and some know their customers.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it cannot.
    fn check_customers(&self, customers: &CustomerSummary) -> Result<()> {
        check_unit(self.fit_report(), customers)
    }

    /// Shape of the times between purchases: 1 for a Poisson process, more for regular purchases.
    fn shape_of_gaps(&self) -> f64 {
        1.0
    }

    /// Log-likelihood of one history; where purchases are regular, without the part of the times between them.
    fn ln_likelihood(&self, history: History) -> f64;

    /// P(alive at T).
    fn alive(&self, history: History) -> f64;

    /// P(alive at T + horizon).
    fn alive_after(&self, history: History, horizon: f64) -> f64;

    /// Expected number of purchases in (T, T + horizon]. The history of a customer just acquired is
    /// [`History::NEW`].
    fn purchases(&self, history: History, horizon: f64) -> f64;

    /// P(no purchase in (T, T + horizon]).
    fn no_purchase(&self, history: History, horizon: f64) -> f64;

    /// Fills `out` with P(exactly n purchases in (T, T + horizon]) for n = 0, 1, … until the rest is below `tail`.
    fn purchase_probabilities(&self, history: History, horizon: f64, tail: f64, out: &mut Vec<f64>);

    /// Expected discounted number of purchases in (T, T + horizon], with a continuous `rate` per unit.
    fn discounted_expectation(&self, history: History, horizon: f64, rate: f64) -> f64;

    /// Moments of the discounted number of purchases in (T, T + horizon], with a continuous `rate` per unit.
    fn discounted_purchases(&self, history: History, horizon: f64, rate: f64) -> DiscountedPurchases;

    /// Expected number of purchases in (T + from, T + to], for 0 <= from < to.
    fn purchases_between(&self, history: History, from: f64, to: f64) -> f64 {
        let first = if from > 0.0 { self.purchases(history, from) } else { 0.0 };
        (self.purchases(history, to) - first).max(0.0)
    }

    /// [`purchases`](Self::purchases) of many customers, in an order that has those of equal x and T together where it can: what a
    /// customer does if it is alive rarely depends on more than these, and is then computed once for all of them.
    fn purchases_of(&self, histories: &[History], horizon: f64) -> Vec<f64> {
        histories.iter().map(|&h| self.purchases(h, horizon)).collect()
    }

    /// [`discounted_expectation`](Self::discounted_expectation) of many customers, as [`purchases_of`](Self::purchases_of).
    fn discounted_expectations_of(&self, histories: &[History], horizon: f64, rate: f64) -> Vec<f64> {
        histories.iter().map(|&h| self.discounted_expectation(h, horizon, rate)).collect()
    }

    /// [`discounted_for_ever`](Self::discounted_for_ever) of many customers, as [`purchases_of`](Self::purchases_of).
    fn discounted_for_ever_of(&self, histories: &[History], rate: f64) -> Vec<f64> {
        histories.iter().map(|&h| self.discounted_for_ever(h, rate)).collect()
    }

    /// [`discounted_purchases`](Self::discounted_purchases) of many customers, as [`purchases_of`](Self::purchases_of).
    fn discounted_purchases_of(&self, histories: &[History], horizon: f64, rate: f64) -> Vec<DiscountedPurchases> {
        histories.iter().map(|&h| self.discounted_purchases(h, horizon, rate)).collect()
    }

    /// The time at which a purchase takes place that was found about there: where there are opportunities, it is one of them.
    fn time_of_purchase(&self, time: f64) -> f64 {
        time
    }

    /// P(no purchase after T, ever): where P(no purchase in (T, T + horizon]) ends.
    fn never_again(&self, history: History) -> f64 {
        self.no_purchase(history, FAR)
    }

    /// Expected discounted number of purchases after T without horizon, with a continuous `rate` > 0 per unit.
    ///
    /// As long as purchases do not become more frequent, what comes later than 40/rate is below the sixteenth digit.
    fn discounted_for_ever(&self, history: History, rate: f64) -> f64 {
        self.discounted_expectation(history, 40.0 / rate, rate)
    }
}

/// Scores of a summary from a purchase model: one value per customer, in the order of the summary.
///
/// ```
/// use cpm_core::{datasets, BgNbd, FitOptions, PurchaseModel, SummaryOptions};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let model = BgNbd::fit(&customers, &FitOptions::new())?;
/// let alive = model.probability_alive(&customers)?;
/// let purchases = model.expected_purchases(&customers, 39.0)?;
/// assert_eq!(alive.len(), 2_357);
/// assert!((purchases.iter().sum::<f64>() - 1_653.4).abs() < 0.1);
/// # Ok::<(), cpm_core::Error>(())
/// ```
pub trait PurchaseModel: PurchaseProcess {
    /// Log-likelihood of each customer.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if the summary's time unit is not the model's.
    fn log_likelihood_per_customer(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        self.check_customers(customers)?;
        let mut values = customers.histories().scatter(|h| self.ln_likelihood(h));
        let shape = self.shape_of_gaps();
        if shape != 1.0 {
            let rows = super::gaps::ln_gaps(customers)?.iter().zip(customers.frequency());
            values.iter_mut().zip(rows).for_each(|(v, (gaps, x))| *v += super::gaps::of_gaps(shape, *x, *gaps));
        }
        Ok(values)
    }

    /// Probability that each customer is still alive at the end of observation.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if the summary's time unit is not the model's.
    fn probability_alive(&self, customers: &CustomerSummary) -> Result<Vec<f64>> {
        self.check_customers(customers)?;
        Ok(customers.histories().scatter(|h| self.alive(h)))
    }

    /// Probability that each customer is still alive `horizon` time units after the end of observation.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon that is not positive and finite, or another time unit.
    fn probability_alive_after(&self, customers: &CustomerSummary, horizon: f64) -> Result<Vec<f64>> {
        check(self, customers, horizon)?;
        Ok(customers.histories().scatter(|h| self.alive_after(h, horizon)))
    }

    /// Expected number of purchases of each customer within `horizon` time units after the end of observation.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon that is not positive and finite, or another time unit.
    fn expected_purchases(&self, customers: &CustomerSummary, horizon: f64) -> Result<Vec<f64>> {
        check(self, customers, horizon)?;
        Ok(customers.histories().scatter_slices(|histories| self.purchases_of(histories, horizon)))
    }

    /// Expected number of repeat purchases of a customer within `horizon` time units after its first purchase.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon that is not positive and finite.
    fn expected_purchases_new_customer(&self, horizon: f64) -> Result<f64> {
        Ok(self.purchases(History::NEW, error::positive("horizon", horizon)?))
    }

    /// Probability that each customer makes no purchase within `horizon` time units after the end of observation.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon that is not positive and finite, or another time unit.
    fn probability_no_purchase(&self, customers: &CustomerSummary, horizon: f64) -> Result<Vec<f64>> {
        check(self, customers, horizon)?;
        Ok(customers.histories().scatter(|h| self.no_purchase(h, horizon)))
    }

    /// Expected number of purchases of each customer later than `start` and up to `end` time units after the end of
    /// observation.
    ///
    /// ```
    /// use cpm_core::{BgNbd, CustomerSummary, PurchaseModel, TimeUnit};
    /// let model = BgNbd::from_params(0.243, 4.414, 0.793, 2.426)?;
    /// let customers = CustomerSummary::new(&[2.0], &[30.43], &[38.86], TimeUnit::Week)?;
    /// let (first, second) = (model.expected_purchases_between(&customers, 0.0, 26.0)?[0], model.expected_purchases_between(&customers, 26.0, 52.0)?[0]);
    /// assert!((first + second - model.expected_purchases(&customers, 52.0)?[0]).abs() < 1e-12 && second < first);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] unless 0 <= start < end, both finite, or for another time unit.
    fn expected_purchases_between(&self, customers: &CustomerSummary, start: f64, end: f64) -> Result<Vec<f64>> {
        error::non_negative("start", start)?;
        check(self, customers, error::positive("end", end)?)?;
        if start >= end {
            return Err(Error::argument("start", start, format!("the window must begin before its end, {end}")));
        }
        Ok(customers.histories().scatter(|h| self.purchases_between(h, start, end)))
    }

    /// Probability that each customer makes exactly `n` purchases within `horizon` time units after the end of
    /// observation, to 15 digits absolute.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon that is not positive and finite, or another time unit.
    fn probability_of_purchases(&self, customers: &CustomerSummary, n: usize, horizon: f64) -> Result<Vec<f64>> {
        check(self, customers, horizon)?;
        let one = |h| {
            let mut probabilities = Vec::new();
            self.purchase_probabilities(h, horizon, PMF_TAIL, &mut probabilities);
            probabilities.get(n).copied().unwrap_or(0.0)
        };
        Ok(customers.histories().scatter(one))
    }

    /// P(n repeat purchases) of a customer within `horizon` time units after its first purchase, for n = 0, 1, … until
    /// the rest is below 10^-15. With the first purchase counted, the same probabilities are those of n = 1, 2, …
    ///
    /// ```
    /// use cpm_core::{BgNbd, PurchaseModel};
    /// let model = BgNbd::from_params(0.243, 4.414, 0.793, 2.426)?;
    /// let pmf = model.purchase_probabilities_new_customer(52.0)?;
    /// assert!((pmf.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    /// let mean: f64 = pmf.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
    /// assert!((mean - model.expected_purchases_new_customer(52.0)?).abs() < 1e-9);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon that is not positive and finite.
    fn purchase_probabilities_new_customer(&self, horizon: f64) -> Result<Vec<f64>> {
        let mut probabilities = Vec::new();
        let horizon = error::positive("horizon", horizon)?;
        self.purchase_probabilities(History::NEW, horizon, PMF_TAIL, &mut probabilities);
        Ok(probabilities)
    }

    /// The time from the end of observation by which each customer makes its next purchase with the given
    /// probability: 0.5 asks for the median. `None` where that probability is never reached, because the customer is gone
    /// too probably.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a probability outside (0, 1) or another time unit.
    fn next_purchase_quantile(&self, customers: &CustomerSummary, probability: f64) -> Result<Vec<Option<f64>>> {
        error::level("probability", probability)?;
        self.check_customers(customers)?;
        Ok(customers.histories().scatter(|h| next_purchase::quantile(self, h, probability)))
    }

    /// When each customer purchases next, if ever: the probability of never with its confidence interval, the median
    /// time, and the prediction interval of the time; see [`NextPurchase`].
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a level outside (0, 1) or another time unit.
    fn next_purchase(&self, customers: &CustomerSummary, level: f64) -> Result<NextPurchase> {
        error::level("level", level)?;
        self.check_customers(customers)?;
        Ok(NextPurchase::of(self, customers, level))
    }

    /// Discounted expected residual transactions (DERT) of each customer: the purchases after the end of observation,
    /// each discounted from its own time, up to a horizon or, without one, for ever.
    ///
    /// `discount_rate` is per year, `horizon` in time units. Without a horizon this is the closed form with Tricomi's U
    /// for the Pareto/NBD model (Fader, Hardie & Lee 2005, JMR 42(4)), computed as the integral that it stands for, and
    /// the corresponding integral for the others.
    ///
    /// ```
    /// use cpm_core::{CustomerSummary, ParetoNbd, PurchaseModel, TimeUnit};
    /// let model = ParetoNbd::from_params(0.553, 10.578, 0.606, 11.669)?;
    /// let customers = CustomerSummary::new(&[2.0], &[30.43], &[38.86], TimeUnit::Week)?;
    /// let dert = model.discounted_residual_transactions(&customers, 0.15, None)?;
    /// assert!((dert[0] - 6.52).abs() < 0.01);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon that is not positive and finite, a discount rate that is not finite, negative,
    /// or 0 without a horizon, or another time unit.
    fn discounted_residual_transactions(
        &self,
        customers: &CustomerSummary,
        discount_rate: f64,
        horizon: Option<f64>,
    ) -> Result<Vec<f64>> {
        self.check_customers(customers)?;
        let rate = continuous_rate(error::non_negative("discount_rate", discount_rate)?, customers.time_unit());
        match horizon {
            Some(horizon) => {
                error::positive("horizon", horizon)?;
                Ok(customers.histories().scatter_slices(|h| self.discounted_expectations_of(h, horizon, rate)))
            }
            None if rate > 0.0 => Ok(customers.histories().scatter_slices(|h| self.discounted_for_ever_of(h, rate))),
            None => {
                let expected =
                    "without discounting the sum over all time may be infinite; give a horizon or a rate above 0";
                Err(Error::argument("discount_rate", discount_rate, expected))
            }
        }
    }

    /// Repeat purchases expected per period of the customers of a summary, known only by when they were acquired: from
    /// the first acquisition on, for `periods` periods of `length` time units. See [`CohortTracking`].
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for no periods, a length that is not positive and finite, a level outside (0, 1), or another
    /// time unit.
    fn track(&self, customers: &CustomerSummary, periods: usize, length: f64, level: f64) -> Result<CohortTracking> {
        check(self, customers, error::positive("length", length)?)?;
        CohortTracking::of(self, customers, periods, length, error::level("level", level)?)
    }

    /// All of these with intervals at `level`, such as 0.95.
    ///
    /// Intervals of probabilities and expectations are confidence intervals: they hold the uncertainty of
    /// the parameters. The interval of the number of purchases is a prediction interval: it also holds
    /// the chance in what the customer will do.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon that is not positive and finite, a level outside (0, 1), or
    /// another time unit.
    fn predict(&self, customers: &CustomerSummary, horizon: f64, level: f64) -> Result<Prediction> {
        check(self, customers, horizon)?;
        prediction::predict(self, customers, horizon, error::level("level", level)?)
    }

    /// Expected repeat purchases of a newly acquired customer, with confidence and prediction interval.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon that is not positive and finite or a level outside (0, 1).
    fn predict_new_customer(&self, horizon: f64, level: f64) -> Result<NewCustomerPrediction> {
        Ok(prediction::predict_new_customer(self, error::positive("horizon", horizon)?, error::level("level", level)?))
    }
}

impl<M: PurchaseProcess + ?Sized> PurchaseModel for M {}

/// A model knows the unit of its data; scores of a summary in another unit would be silently wrong.
pub(super) fn check_unit(report: Option<&FitReport>, customers: &CustomerSummary) -> Result<()> {
    match report.and_then(|r| r.time_unit) {
        Some(unit) if unit != customers.time_unit() => Err(Error::argument(
            "time_unit",
            customers.time_unit(),
            format!("the model was fitted to a summary in {unit}s; summarise with time_unit = {unit}"),
        )),
        _ => Ok(()),
    }
}

/// Whether `model` can look `horizon` time units ahead for these customers.
pub(super) fn check<M: PurchaseProcess + ?Sized>(model: &M, customers: &CustomerSummary, horizon: f64) -> Result<()> {
    error::positive("horizon", horizon)?;
    model.check_customers(customers)
}

#[cfg(test)]
#[path = "purchase_model_tests.rs"]
mod tests;
