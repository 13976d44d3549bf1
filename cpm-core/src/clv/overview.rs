//! What the data say before any model of purchases is fitted.

use crate::error::{Error, Result};
use crate::summary::{CustomerSummary, Histories};

use super::FitOptions;

/// Whether a fit makes sense, and where to start.
pub(super) struct Overview {
    pub(super) customers: f64,
    /// By their weights, or as many as have a history of their own, whatever it weighs.
    repeat_buyers: f64,
    pub(super) mean_x: f64,
    pub(super) mean_t: f64,
    distinct: usize,
}

impl Overview {
    fn of(histories: &Histories) -> Self {
        let distinct = histories.as_distinct();
        let weight = distinct.weight();
        let (customers, mut sum_x, mut sum_t) = (weight.iter().sum(), 0.0, 0.0);
        let (mut repeat_buyers, mut their_histories) = (0.0, 0);
        for (k, of_x) in distinct.of_each_x(0..distinct.len()) {
            let (x, of_x) = (distinct.x()[k], &weight[of_x]);
            let sum = of_x.iter().sum::<f64>();
            sum_x += sum * x;
            if x > 0.0 {
                repeat_buyers += sum;
                their_histories += of_x.iter().filter(|w| **w > 0.0).count();
            }
        }
        let times = distinct.times();
        weight.iter().zip(&times.of).for_each(|(w, [of_t, _])| sum_t += w * times.t[*of_t as usize]);
        Self {
            customers,
            repeat_buyers: repeat_buyers.max(their_histories as f64),
            mean_x: sum_x / customers,
            mean_t: sum_t / customers,
            distinct: weight.iter().filter(|w| **w > 0.0).count(),
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
