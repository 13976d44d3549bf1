//! Posterior predictions of customers, one distinct history at a time: draws times customers are never held.

use super::{Drawn, DrawnPurchases, Posterior};
use crate::clv::any_model::AnyPurchaseModel;
use crate::clv::prediction::{Counts, CustomerPrediction, Prediction};
use crate::clv::purchase_model::PurchaseProcess;
use crate::clv::purchase_totals::{PurchaseTotals, totals_of_draws};
use crate::error::{self, Error, Result};
use crate::estimate::Estimate;
use crate::numerics::parallel;
use crate::numerics::sample::percentile_interval;
use crate::summary::{CustomerSummary, History};

/// Distinct histories per parallel task.
const CHUNK: usize = 16;

impl<M: DrawnPurchases> Posterior<M> {
    /// Scores of every customer: posterior means with central intervals, and the predictive interval of the number of purchases,
    /// from `draws` draws spread evenly over the chains.
    ///
    /// Memory is that of the result and of one history's draws per thread, whatever the number of customers.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon that is not positive and finite, a level outside (0, 1), fewer than 20 draws, or a
    /// summary in another time unit; with covariates also as [`WithCovariates::of`](crate::clv::WithCovariates::of).
    pub fn predict(&self, customers: &CustomerSummary, horizon: f64, level: f64, draws: usize) -> Result<Prediction> {
        self.check(customers, horizon, level, draws)?;
        let models = M::processes(self, customers, draws)?;
        Ok(predict(&models, customers, horizon, level))
    }

    /// How many purchases groups of customers, and all of them, make within the horizon: [`purchase_totals`](crate::clv::purchase_totals)
    /// with the uncertainty of the parameters that `draws` draws show.
    ///
    /// ```
    /// use cpm_core::clv::{PosteriorOptions, PurchaseModelKind, posterior};
    /// use cpm_core::{SummaryOptions, datasets};
    /// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
    /// let options = PosteriorOptions::new().chains(2).warmup(100).draws(100).seed(1);
    /// let posterior = posterior(PurchaseModelKind::BgNbd, &customers, &options)?;
    /// let (names, group) = (["all".to_owned()], vec![0; customers.len()]);
    /// let total = posterior.purchase_totals(&customers, 39.0, 0.95, 40, &names, &group)?.total;
    /// assert!(total.interval.low < total.value && total.value < total.interval.high);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`predict`](Self::predict); [`Error::LengthMismatch`] and [`Error::InvalidValue`] for groups that do not fit.
    pub fn purchase_totals(
        &self,
        customers: &CustomerSummary,
        horizon: f64,
        level: f64,
        draws: usize,
        names: &[String],
        group: &[u32],
    ) -> Result<PurchaseTotals> {
        self.check(customers, horizon, level, draws)?;
        let models = M::processes(self, customers, draws)?;
        totals_of_draws(&models, customers, horizon, level, names, group)
    }
}

impl DrawnPurchases for AnyPurchaseModel {
    fn processes(
        posterior: &Posterior<Self>,
        customers: &CustomerSummary,
        draws: usize,
    ) -> Result<Vec<Box<dyn PurchaseProcess>>> {
        let models: Vec<Box<dyn PurchaseProcess>> =
            posterior.models(draws).into_iter().map(|m| m.into_process()).collect();
        models[0].check_customers(customers)?;
        Ok(models)
    }
}

impl<M: Drawn> Posterior<M> {
    fn check(&self, customers: &CustomerSummary, horizon: f64, level: f64, draws: usize) -> Result<()> {
        error::positive("horizon", horizon)?;
        error::level("level", level)?;
        if draws < 20 {
            return Err(Error::argument("draws", draws, "an interval needs at least 20"));
        }
        match self.time_unit {
            Some(unit) if unit != customers.time_unit() => {
                let expected = format!("the posterior is of a summary in {unit}s; summarise with time_unit = {unit}");
                Err(Error::argument("time_unit", customers.time_unit(), expected))
            }
            _ => Ok(()),
        }
    }
}

/// Scores from the models at draws, one history after the other.
fn predict(models: &[Box<dyn PurchaseProcess>], customers: &CustomerSummary, horizon: f64, level: f64) -> Prediction {
    let histories = customers.histories();
    let values: Vec<CustomerPrediction> = parallel::map_chunks(histories.distinct().len(), CHUNK, |groups| {
        let mut counts = Counts::default();
        groups.map(|g| of_history(models, histories.distinct()[g], horizon, level, &mut counts)).collect::<Vec<_>>()
    })
    .flatten()
    .collect();
    let by_customer = histories.of_row().iter().map(|&g| values[g as usize]).collect();
    Prediction::new(customers.customer_ids().clone(), horizon, level, by_customer)
}

fn of_history(
    models: &[Box<dyn PurchaseProcess>],
    h: History,
    horizon: f64,
    level: f64,
    counts: &mut Counts,
) -> CustomerPrediction {
    let estimate = |of: &dyn Fn(&dyn PurchaseProcess) -> f64| {
        let mut values: Vec<f64> = models.iter().map(|m| of(m.as_ref())).collect();
        let value = values.iter().sum::<f64>() / values.len() as f64;
        Estimate { value, interval: percentile_interval(&mut values, level) }
    };
    counts.mix(models[0].as_ref(), models, h, horizon, 0.5 * (1.0 - level));
    CustomerPrediction {
        probability_alive: estimate(&|m| m.alive(h)),
        expected_purchases: estimate(&|m| m.purchases(h, horizon)),
        probability_no_purchase: estimate(&|m| m.no_purchase(h, horizon)),
        purchases: counts.interval(level),
    }
}
