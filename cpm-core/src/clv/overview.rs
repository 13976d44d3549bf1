//! What the data say before any model of purchases is fitted.

use crate::error::{Error, Result};
use crate::summary::{CustomerSummary, Histories, History};

use super::FitOptions;

/// Whether a fit makes sense, and where to start.
pub(super) struct Overview {
    pub(super) customers: f64,
    repeat_buyers: f64,
    mean_x: f64,
    pub(super) mean_t: f64,
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

    fn check(&self, model: &'static str, parameters: usize) -> Result<()> {
        let reason = if self.customers <= 0.0 {
            "all weights are 0".to_owned()
        } else if self.mean_t <= 0.0 {
            "no time has passed since the first purchases: T is 0 for every customer".to_owned()
        } else if self.repeat_buyers < 2.0 {
            format!(
                "{} of {} customers have a repeat purchase, and its rate cannot be told from so few",
                self.repeat_buyers, self.customers
            )
        } else if self.distinct < parameters {
            format!("{} distinct histories cannot determine {parameters} parameters", self.distinct)
        } else {
            return Ok(());
        };
        let remedy = "Give more customers or a longer log, or set the parameters with from_params".to_owned();
        Err(Error::NotIdentified { model, reason, remedy })
    }

    /// r and α of moderate heterogeneity at the observed rate: some 10 iterations from the maximum in practice.
    pub(super) fn start_of_rates(&self) -> [f64; 2] {
        let r = 0.5;
        [r, r * self.mean_t / self.mean_x.max(1e-3)]
    }
}

/// Checks options and data, groups the histories with the options' weights, and hands both to `fit`.
pub(super) fn fit_histories<M>(
    model: &'static str,
    parameters: usize,
    customers: &CustomerSummary,
    options: &FitOptions,
    fit: impl FnOnce(&Histories, &Overview) -> Result<M>,
) -> Result<M> {
    options.check(parameters, customers.len())?;
    let weighted;
    let histories = match &options.weights {
        None => customers.histories(),
        Some(w) => {
            weighted = customers.grouped(Some(w));
            &weighted
        }
    };
    let data = Overview::of(histories);
    data.check(model, parameters)?;
    fit(histories, &data)
}
