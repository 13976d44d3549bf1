//! BG/BB as a purchase model in time: one opportunity at the end of every unit of time.
//!
//! A summary whose purchases are merged within its time unit (`merge_within` weeks, `time_unit` weeks) counts opportunities: x is
//! the number of periods with a purchase, and recency and T are whole. For it the model answers whatever the frame asks: lifetime
//! value, hold-out, comparison, tracking, simulation. Quantities are steps in the horizon: nothing happens between opportunities.

#[cfg(feature = "simulation")]
use super::likelihood;
use super::opportunities::{self, OpportunityHistories};
use super::{BgBb, NAME, PARAMETERS};
use crate::clv::contractual::lifetimes::{self, Future};
use crate::clv::fit::{FitOptions, FitReport};
#[cfg(feature = "simulation")]
use crate::clv::likelihood_sum::LikelihoodSum;
use crate::clv::purchase_model::{DiscountedPurchases, PurchaseProcess, check_unit};
use crate::error::{Error, Result};
use crate::numerics::beta::ln_beta_shift;
#[cfg(feature = "simulation")]
use crate::numerics::newton::Evaluation;
use crate::numerics::quadrature::log_odds;
use crate::numerics::series::smooth_sum;
use crate::summary::{CustomerSummary, History};

/// What a time may miss of a whole number of opportunities by rounding.
const ROUNDING: f64 = 1e-6;
/// From this many opportunities on, sums over them are integrals.
const LONG: f64 = 256.0;
/// By this many opportunities what is left is a power of their number to all digits.
const FAR: f64 = 1e24;

/// Opportunities within a time.
fn within(horizon: f64) -> f64 {
    (horizon + ROUNDING).floor()
}

/// A history that a simulation put together from times that are whole up to rounding.
fn whole(h: History) -> History {
    History { x: h.x, t_x: h.t_x.round(), T: h.T.round(), profile: h.profile }
}

impl OpportunityHistories {
    /// The histories of a summary in which every unit of time is an opportunity: purchases merged within the time unit.
    ///
    /// ```
    /// use cpm_core::clv::OpportunityHistories;
    /// use cpm_core::summary::MergeWithin;
    /// use cpm_core::{BgBb, FitOptions, SummaryOptions, TimeUnit, datasets};
    /// let options = SummaryOptions::new().merge_within(MergeWithin::Month).time_unit(TimeUnit::Month);
    /// let customers = datasets::cdnow_sample()?.summarize(&options)?;
    /// let model = BgBb::fit(&OpportunityHistories::from_summary(&customers)?, &FitOptions::new())?;
    /// assert!(model.expected_purchases_new_customer(12)? < 2.0);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a recency or T that is not a whole number of opportunities, or more purchases than there were
    /// opportunities.
    pub fn from_summary(customers: &CustomerSummary) -> Result<Self> {
        let [x, t_x, n] = whole_columns(customers)?;
        Self::new(&x, &t_x, &n)
    }
}

/// Frequency, recency and T of a summary as whole numbers of opportunities.
fn whole_columns(customers: &CustomerSummary) -> Result<[Vec<u64>; 3]> {
    let whole = |column: &'static str, values: &[f64]| -> Result<Vec<u64>> {
        let one = |(row, value): (usize, &f64)| {
            if (value - value.round()).abs() <= ROUNDING {
                return Ok(value.round() as u64);
            }
            Err(Error::InvalidValue {
                column,
                row,
                value: value.to_string(),
                expected: "BG/BB counts opportunities, one in every unit of time: it must be whole",
                remedy: "Merge purchases within the time unit: merge_within and time_unit both week, or both month",
            })
        };
        values.iter().enumerate().map(one).collect()
    };
    let x = whole("frequency", customers.frequency())?;
    let (t_x, n) = (whole("recency", customers.recency())?, whole("T", customers.T())?);
    for (row, (&x, (&t_x, &n))) in x.iter().zip(t_x.iter().zip(&n)).enumerate() {
        if x > t_x {
            return Err(Error::InvalidValue {
                column: "frequency",
                row,
                value: x.to_string(),
                expected: "BG/BB has one opportunity in every unit of time: there cannot be more purchases than recency",
                remedy: "Merge purchases within the time unit: merge_within and time_unit both week, or both month",
            });
        }
        opportunities::check(row, x, t_x, n)?;
    }
    Ok([x, t_x, n])
}

impl BgBb {
    pub(in crate::clv) const KIND_NAME: &'static str = NAME;
    pub(in crate::clv) const KIND_PARAMETERS: [&'static str; 4] = PARAMETERS;

    /// The fit to a summary with one opportunity in every unit of time; see [`OpportunityHistories::from_summary`].
    ///
    /// # Errors
    /// As [`BgBb::fit`] and [`OpportunityHistories::from_summary`].
    pub fn fit_summary(customers: &CustomerSummary, options: &FitOptions) -> Result<Self> {
        let mut histories = OpportunityHistories::from_summary(customers)?;
        if let Some(weights) = &options.weights {
            histories = histories.with_weights(weights)?;
        }
        let mut model = Self::fit(&histories, &FitOptions { weights: None, ..options.clone() })?;
        model.fit.iter_mut().for_each(|report| report.time_unit = Some(customers.time_unit()));
        Ok(model)
    }

    #[cfg(feature = "simulation")]
    pub(in crate::clv) fn at_parameters(p: &[f64]) -> Self {
        Self::at([p[0], p[1], p[2], p[3]])
    }

    #[cfg(feature = "simulation")]
    pub(in crate::clv) fn evaluate(sum: &LikelihoodSum<'_>, p: &[f64]) -> Evaluation {
        let theta = [p[0], p[1], p[2], p[3]];
        likelihood::log_likelihood(sum.histories(), sum.weight(), &theta).in_logs(&theta)
    }

    /// P(no purchase at the next `count` opportunities) of a living customer, who dies or purchases first sooner or later.
    fn no_purchase_of_living(&self, count: f64) -> f64 {
        let silent =
            |i: f64| (ln_beta_shift(self.alpha, self.beta, i) + ln_beta_shift(self.gamma, self.delta, i)).exp();
        let dies = |i: f64| silent(i) * self.gamma / (self.gamma + self.delta + i);
        if count < FAR {
            return smooth_sum(count, dies) + silent(count);
        }
        // What is silent until now falls as i^-(α+γ), and i^-1·γ of it dies at i.
        smooth_sum(FAR, dies) + silent(FAR) * self.gamma / (self.alpha + self.gamma)
    }
}

impl PurchaseProcess for BgBb {
    fn name(&self) -> &'static str {
        NAME
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        self.parameters()
    }

    fn fit_report(&self) -> Option<&FitReport> {
        self.fit_report()
    }

    fn at_uncertainty_points(&self) -> Vec<Box<dyn PurchaseProcess>> {
        self.points().into_iter().map(|m| Box::new(m) as Box<dyn PurchaseProcess>).collect()
    }

    fn check_customers(&self, customers: &CustomerSummary) -> Result<()> {
        check_unit(self.fit.as_ref(), customers)?;
        whole_columns(customers).map(|_| ())
    }

    fn ln_likelihood(&self, history: History) -> f64 {
        self.ln_likelihood_at(whole(history))
    }

    /// At the next opportunity, as the paper has it (eq. 11): death comes at the beginning of each.
    fn alive(&self, history: History) -> f64 {
        self.alive_at(whole(history), 1.0)
    }

    fn alive_after(&self, history: History, horizon: f64) -> f64 {
        self.alive_at(whole(history), within(horizon))
    }

    fn purchases(&self, history: History, horizon: f64) -> f64 {
        self.discounted(whole(history), within(horizon), 0.0)
    }

    fn no_purchase(&self, history: History, horizon: f64) -> f64 {
        let (h, count) = (whole(history), within(horizon));
        if count <= LONG {
            return self.no_purchase_at(h, count as usize);
        }
        let (ln_dead, ln_alive) = log_odds(self.ln_odds_dead(h));
        ln_dead.exp() + ln_alive.exp() * self.living(h).no_purchase_of_living(count)
    }

    fn purchase_probabilities(&self, history: History, horizon: f64, tail: f64, out: &mut Vec<f64>) {
        *out = self.counts(whole(history), within(horizon) as usize);
        let mut left = 0.0;
        while out.len() > 1 && left + out[out.len() - 1] < tail {
            left += out.pop().unwrap_or_default();
        }
    }

    fn discounted_expectation(&self, history: History, horizon: f64, rate: f64) -> f64 {
        self.discounted(whole(history), within(horizon), rate.exp_m1())
    }

    fn discounted_purchases(&self, history: History, horizon: f64, rate: f64) -> DiscountedPurchases {
        let (h, count) = (whole(history), within(horizon));
        let per_period = rate.exp_m1();
        // D² has v^2k·p S(k) of each opportunity, and 2 v^(j+k)·E[p²] S(k) of two of them, j < k; the sum over j of v^j is
        // v(1 - v^(k-1))/(1 - v).
        let (a, ab) = (self.alpha + h.x, self.alpha + self.beta + h.T);
        let (p, square) = (a / ab, a / ab * ((a + 1.0) / (ab + 1.0)));
        let v = (-rate).exp();
        let future = Future { renewals: h.T, horizon: count, rate: per_period };
        let weight = |k: f64| p * (-rate * (k + 1.0)).exp() + 2.0 * square * v * lifetimes::annuity(k, per_period);
        let sum = lifetimes::of(&self.death(), |m| m.residual_weighted(future, weight));
        DiscountedPurchases {
            mean: self.discounted(h, count, per_period),
            mean_square: self.alive_now(h) * v * sum,
            mean_of_squares: self.discounted(h, count, (2.0 * rate).exp_m1()),
            none: self.no_purchase(h, count),
        }
    }

    fn time_of_purchase(&self, time: f64) -> f64 {
        time.round()
    }

    fn never_again(&self, history: History) -> f64 {
        let h = whole(history);
        let (ln_dead, ln_alive) = log_odds(self.ln_odds_dead(h));
        ln_dead.exp() + ln_alive.exp() * self.living(h).no_purchase_of_living(f64::INFINITY)
    }

    fn discounted_for_ever(&self, history: History, rate: f64) -> f64 {
        self.discounted(whole(history), f64::INFINITY, rate.exp_m1())
    }
}

#[cfg(test)]
#[path = "process_tests.rs"]
mod tests;
