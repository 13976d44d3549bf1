//! What the data say before any purchase model: whether a fit makes sense, and where to start.

use std::borrow::Cow;

use super::FitOptions;
use crate::error::{Error, Result};
use crate::summary::{CustomerSummary, Histories, History};

/// The distinct histories of a summary, weighted as the options say.
pub(super) fn weighted_histories<'a>(customers: &'a CustomerSummary, options: &FitOptions) -> Cow<'a, Histories> {
    match &options.weights {
        None => Cow::Borrowed(customers.histories()),
        Some(weights) => {
            Cow::Owned(Histories::group(customers.frequency(), customers.recency(), customers.T(), Some(weights)))
        }
    }
}

/// Means and counts of a summary.
pub(super) struct Overview {
    pub(super) customers: f64,
    pub(super) repeat_buyers: f64,
    pub(super) mean_x: f64,
    pub(super) mean_t: f64,
    pub(super) distinct: usize,
}

impl Overview {
    pub(super) fn of(histories: &Histories) -> Self {
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

    /// Whether these data can determine that many parameters.
    pub(super) fn check(&self, model: &'static str, parameters: usize) -> Result<()> {
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
}
