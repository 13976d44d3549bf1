//! Latent attrition: what the models in which customers drop out unseen have in common.
//!
//! Given its history a customer is alive or gone, and if it is alive, its future is that of the same model with updated parameters. So
//! a model states its likelihood, the two probabilities, and what a living customer does. What is known of a customer is a mixture
//! of both, and is the same for all models.

use std::fmt::Debug;

use super::FitReport;
use super::purchase_model::{DiscountedPurchases, PurchaseProcess};
use super::uncertainty::offsets;
use crate::summary::History;

/// As good as never, for a silence whose distribution is known only as a function of time.
pub(super) const FAR: f64 = 1e60;

/// P(alive) and P(gone) at T.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub(super) alive: f64,
    pub(super) gone: f64,
}

impl Standing {
    /// From the logarithm of the odds of being gone, which may be infinite: both have all their digits.
    pub(super) fn from_ln_odds_gone(ln_odds: f64) -> Self {
        let less = (-ln_odds.abs()).exp();
        let (likelier, other) = (1.0 / (1.0 + less), less / (1.0 + less));
        if ln_odds > 0.0 { Self { alive: other, gone: likelier } } else { Self { alive: likelier, gone: other } }
    }

    /// P(no purchase) from that of a living customer. Rounding may carry the sum beyond 1.
    fn none(self, of_living: f64) -> f64 {
        (self.gone + self.alive * of_living).min(1.0)
    }

    pub(super) fn discounted(self, of_living: DiscountedPurchases) -> DiscountedPurchases {
        DiscountedPurchases {
            mean: self.alive * of_living.mean,
            mean_square: self.alive * of_living.mean_square,
            mean_of_squares: self.alive * of_living.mean_of_squares,
            none: self.none(of_living.none),
        }
    }
}

/// A customer who is alive: what it does from now on, t > 0. With a continuous rate d per unit for what is discounted.
pub(super) trait Living {
    /// P(alive after t).
    fn alive_after(&self, t: f64) -> f64;

    /// E[N(t)], the expected number of purchases.
    fn purchases(&self, t: f64) -> f64;

    /// E[N(to)] - E[N(from)].
    fn purchases_between(&self, from: f64, to: f64) -> f64 {
        let first = if from > 0.0 { self.purchases(from) } else { 0.0 };
        (self.purchases(to) - first).max(0.0)
    }

    /// P(N(t) = 0).
    fn no_purchase(&self, t: f64) -> f64;

    /// P(N(∞) = 0).
    fn never_again(&self) -> f64 {
        self.no_purchase(FAR)
    }

    /// P(N(t) = n) for n = 0, 1, … until the rest is below `tail`.
    fn purchase_probabilities(&self, t: f64, tail: f64, out: &mut Vec<f64>);

    /// E[D], D = Σ e^(-d t_i) over the purchases until t.
    fn discounted_expectation(&self, t: f64, d: f64) -> f64;

    /// The same over all purchases to come, d > 0. What comes later than 40/d is below the sixteenth digit.
    fn discounted_for_ever(&self, d: f64) -> f64 {
        self.discounted_expectation(40.0 / d, d)
    }

    /// Moments of D.
    fn discounted_purchases(&self, t: f64, d: f64) -> DiscountedPurchases;
}

/// A model of customers who drop out unseen.
pub(super) trait LatentAttrition: Send + Sync + Debug + Sized + 'static {
    type Living: Living;

    /// Names of the parameters.
    const NAMES_OF_PARAMETERS: &'static [&'static str];

    /// The model's name in the literature.
    fn title(&self) -> &'static str;

    /// Values of the parameters.
    fn values(&self) -> Vec<f64>;

    /// The model at other values, without uncertainty.
    fn at_values(&self, values: &[f64]) -> Self;

    /// How the fit ended.
    fn report(&self) -> Option<&FitReport>;

    /// Shape of the times between purchases: 1 for a Poisson process.
    fn regularity(&self) -> f64 {
        1.0
    }

    /// The log-likelihood of a history.
    fn log_likelihood_of(&self, h: History) -> f64;

    /// Whether the customer is alive at T.
    fn standing(&self, h: History) -> Standing;

    /// The customer given that it is alive at T.
    fn living(&self, h: History) -> Self::Living;

    /// Whether two customers, if alive, are alike.
    fn alike(a: &History, b: &History) -> bool {
        a.x == b.x && a.T == b.T && a.profile == b.profile
    }

    /// `of` each history and of what a living customer like this one does, which is computed once for neighbours that are alike.
    fn by_living<V: Copy, R>(
        &self,
        histories: &[History],
        mut living: impl FnMut(&Self::Living) -> V,
        of: impl Fn(Standing, V) -> R,
    ) -> Vec<R> {
        let mut last: Option<(&History, V)> = None;
        let one = |h| {
            let value = match last {
                Some((other, value)) if Self::alike(other, h) => value,
                _ => living(&self.living(*h)),
            };
            last = Some((h, value));
            of(self.standing(*h), value)
        };
        histories.iter().map(one).collect()
    }

    /// E[D] of customers; to be overridden where they share more than a living customer.
    fn discounted_expectations(&self, histories: &[History], t: f64, d: f64) -> Vec<f64> {
        self.by_living(histories, |living| living.discounted_expectation(t, d), |now, mean| now.alive * mean)
    }

    /// Moments of D of customers; to be overridden likewise.
    fn discounted_moments(&self, histories: &[History], t: f64, d: f64) -> Vec<DiscountedPurchases> {
        self.by_living(histories, |living| living.discounted_purchases(t, d), Standing::discounted)
    }
}

impl<M: LatentAttrition> PurchaseProcess for M {
    fn name(&self) -> &'static str {
        self.title()
    }

    fn parameters(&self) -> Vec<(&'static str, f64)> {
        M::NAMES_OF_PARAMETERS.iter().copied().zip(self.values()).collect()
    }

    fn fit_report(&self) -> Option<&FitReport> {
        self.report()
    }

    fn at_uncertainty_points(&self) -> Vec<Box<dyn PurchaseProcess>> {
        let Some(fit) = self.report() else { return Vec::new() };
        let values = self.values();
        let shifted = |offset: &Vec<f64>| -> Box<dyn PurchaseProcess> {
            let there: Vec<f64> = values.iter().zip(offset).map(|(v, o)| v * o.exp()).collect();
            Box::new(self.at_values(&there))
        };
        offsets(fit).iter().map(shifted).collect()
    }

    fn shape_of_gaps(&self) -> f64 {
        self.regularity()
    }

    fn ln_likelihood(&self, h: History) -> f64 {
        self.log_likelihood_of(h)
    }

    fn alive(&self, h: History) -> f64 {
        self.standing(h).alive
    }

    fn alive_after(&self, h: History, horizon: f64) -> f64 {
        // Rounding may carry the second factor beyond 1.
        self.standing(h).alive * self.living(h).alive_after(horizon).min(1.0)
    }

    fn purchases(&self, h: History, horizon: f64) -> f64 {
        self.standing(h).alive * self.living(h).purchases(horizon)
    }

    fn no_purchase(&self, h: History, horizon: f64) -> f64 {
        self.standing(h).none(self.living(h).no_purchase(horizon))
    }

    fn purchase_probabilities(&self, h: History, horizon: f64, tail: f64, out: &mut Vec<f64>) {
        let now = self.standing(h);
        self.living(h).purchase_probabilities(horizon, tail, out);
        let none = now.none(out[0]);
        out.iter_mut().for_each(|p| *p *= now.alive);
        out[0] = none;
    }

    fn discounted_expectation(&self, h: History, horizon: f64, rate: f64) -> f64 {
        self.standing(h).alive * self.living(h).discounted_expectation(horizon, rate)
    }

    fn discounted_purchases(&self, h: History, horizon: f64, rate: f64) -> DiscountedPurchases {
        self.standing(h).discounted(self.living(h).discounted_purchases(horizon, rate))
    }

    fn purchases_between(&self, h: History, from: f64, to: f64) -> f64 {
        self.standing(h).alive * self.living(h).purchases_between(from, to)
    }

    fn never_again(&self, h: History) -> f64 {
        self.standing(h).none(self.living(h).never_again())
    }

    fn discounted_for_ever(&self, h: History, rate: f64) -> f64 {
        self.standing(h).alive * self.living(h).discounted_for_ever(rate)
    }

    fn purchases_of(&self, histories: &[History], horizon: f64) -> Vec<f64> {
        self.by_living(histories, |living| living.purchases(horizon), |now, mean| now.alive * mean)
    }

    fn discounted_expectations_of(&self, histories: &[History], horizon: f64, rate: f64) -> Vec<f64> {
        self.discounted_expectations(histories, horizon, rate)
    }

    fn discounted_for_ever_of(&self, histories: &[History], rate: f64) -> Vec<f64> {
        self.by_living(histories, |living| living.discounted_for_ever(rate), |now, mean| now.alive * mean)
    }

    fn discounted_purchases_of(&self, histories: &[History], horizon: f64, rate: f64) -> Vec<DiscountedPurchases> {
        self.discounted_moments(histories, horizon, rate)
    }
}
