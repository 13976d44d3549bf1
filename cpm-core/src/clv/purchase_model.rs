//! What a purchase model states, and what the frame makes of it for a whole summary.

use std::fmt::Debug;

use super::FitReport;
use super::prediction::{self, NewCustomerPrediction, Prediction};
use crate::error::{self, Error, Result};
use crate::summary::{CustomerSummary, History};

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
            let rows = super::regular::ln_gaps(customers)?.iter().zip(customers.frequency());
            values.iter_mut().zip(rows).for_each(|(v, (gaps, x))| *v += super::regular::of_gaps(shape, *x, *gaps));
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
        Ok(customers.histories().scatter(|h| self.purchases(h, horizon)))
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
