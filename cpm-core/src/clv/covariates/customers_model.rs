//! The purchase model of customers who each have parameters of their own.

use std::marker::PhantomData;
use std::sync::Arc;

use super::effects::{Coefficient, ln_parameters};
use super::encoding::Design;
use super::moved::CovariateBase;
use crate::clv::FitReport;
use crate::clv::purchase_model::{DiscountedPurchases, PurchaseProcess, check_unit};
use crate::clv::uncertainty::offsets;
use crate::error::{Error, Result};
use crate::summary::{Covariates, CustomerSummary, History};

/// Parameters as a function of the profile.
#[derive(Debug, Clone)]
struct State {
    design: Arc<Design>,
    coefficients: Arc<[Coefficient]>,
    ln_base: [f64; 4],
    values: Vec<f64>,
}

impl State {
    fn ln_theta(&self, profile: u32) -> [f64; 4] {
        let profile = profile as usize;
        if profile >= self.design.profiles() {
            // Of another summary, which `check_customers` refuses.
            return self.ln_base;
        }
        ln_parameters(&self.ln_base, &self.coefficients, &self.values, self.design.row(profile))
    }
}

/// A model with covariates, for the customers of one summary: a purchase model; see
/// [`WithCovariates::of`](super::WithCovariates::of).
#[derive(Debug, Clone)]
pub struct CustomersModel<M: CovariateBase> {
    state: State,
    covariates: Arc<Covariates>,
    fit: Option<FitReport>,
    model: PhantomData<M>,
}

impl<M: CovariateBase> CustomersModel<M> {
    /// Of customers with a design; an error where their covariates lead to parameters that no customer has.
    pub(super) fn new(
        base: &M,
        coefficients: &[Coefficient],
        design: Design,
        covariates: Arc<Covariates>,
        fit: Option<FitReport>,
    ) -> Result<Self> {
        let state = State {
            design: Arc::new(design),
            coefficients: coefficients.into(),
            ln_base: base.theta().map(f64::ln),
            values: coefficients.iter().map(|c| c.value).collect(),
        };
        for profile in 0..covariates.profiles() {
            M::DOMAIN.of_customer(state.ln_theta(profile as u32), &covariates, profile)?;
        }
        Ok(Self { state, covariates, fit, model: PhantomData })
    }

    /// The parameters of the customers of a profile.
    pub(super) fn parameters_of(&self, profile: u32) -> [f64; 4] {
        M::DOMAIN.hold(self.state.ln_theta(profile))
    }

    /// The same customers under other parameters of the base and coefficients, without uncertainty.
    #[cfg(feature = "simulation")]
    pub(in crate::clv) fn at_parameters(&self, parameters: &[f64]) -> Self {
        let mut other = Self { fit: None, ..self.clone() };
        other.state.ln_base = std::array::from_fn(|i| parameters[i].ln());
        other.state.values = parameters[4..].to_vec();
        other
    }

    /// The plain model at the parameters of a customer.
    fn at(&self, h: History) -> M {
        M::at_theta(self.parameters_of(h.profile))
    }

    /// `of` neighbours that have the same covariates, and so the same parameters.
    fn by_profile<T>(&self, histories: &[History], of: impl Fn(M, &[History]) -> Vec<T>) -> Vec<T> {
        histories.chunk_by(|a, b| a.profile == b.profile).flat_map(|part| of(self.at(part[0]), part)).collect()
    }
}

impl<M: CovariateBase> PurchaseProcess for CustomersModel<M> {
    fn name(&self) -> &'static str {
        M::MODEL
    }

    /// Those of a customer whose covariates are 0.
    fn parameters(&self) -> Vec<(&'static str, f64)> {
        M::NAMES.into_iter().zip(self.state.ln_base.map(f64::exp)).collect()
    }

    fn fit_report(&self) -> Option<&FitReport> {
        self.fit.as_ref()
    }

    fn check_customers(&self, customers: &CustomerSummary) -> Result<()> {
        check_unit(self.fit.as_ref(), customers)?;
        match customers.shared_covariates() {
            Some(theirs) if Arc::ptr_eq(&theirs, &self.covariates) || *theirs == *self.covariates => Ok(()),
            _ => Err(Error::argument(
                "customers",
                "another summary",
                "the model was made for customers with other covariates; call `of` with these customers",
            )),
        }
    }

    fn at_uncertainty_points(&self) -> Vec<Box<dyn PurchaseProcess>> {
        let Some(fit) = &self.fit else { return Vec::new() };
        let shifted = |o: Vec<f64>| -> Box<dyn PurchaseProcess> {
            let mut point = Self { fit: None, ..self.clone() };
            let (base, coefficients) = o.split_at(4);
            point.state.ln_base.iter_mut().zip(base).for_each(|(l, o)| *l += o);
            point.state.values.iter_mut().zip(coefficients).for_each(|(v, o)| *v += o);
            Box::new(point)
        };
        offsets(fit).into_iter().map(shifted).collect()
    }

    fn ln_likelihood(&self, h: History) -> f64 {
        self.at(h).ln_likelihood(h)
    }

    fn alive(&self, h: History) -> f64 {
        self.at(h).alive(h)
    }

    fn alive_after(&self, h: History, horizon: f64) -> f64 {
        self.at(h).alive_after(h, horizon)
    }

    fn purchases(&self, h: History, horizon: f64) -> f64 {
        self.at(h).purchases(h, horizon)
    }

    fn no_purchase(&self, h: History, horizon: f64) -> f64 {
        self.at(h).no_purchase(h, horizon)
    }

    fn purchase_probabilities(&self, h: History, horizon: f64, tail: f64, out: &mut Vec<f64>) {
        self.at(h).purchase_probabilities(h, horizon, tail, out);
    }

    fn discounted_expectation(&self, h: History, horizon: f64, rate: f64) -> f64 {
        self.at(h).discounted_expectation(h, horizon, rate)
    }

    fn discounted_purchases(&self, h: History, horizon: f64, rate: f64) -> DiscountedPurchases {
        self.at(h).discounted_purchases(h, horizon, rate)
    }

    fn purchases_of(&self, histories: &[History], horizon: f64) -> Vec<f64> {
        self.by_profile(histories, |model, part| model.purchases_of(part, horizon))
    }

    fn discounted_expectations_of(&self, histories: &[History], horizon: f64, rate: f64) -> Vec<f64> {
        self.by_profile(histories, |model, part| model.discounted_expectations_of(part, horizon, rate))
    }

    fn discounted_for_ever_of(&self, histories: &[History], rate: f64) -> Vec<f64> {
        self.by_profile(histories, |model, part| model.discounted_for_ever_of(part, rate))
    }

    fn discounted_purchases_of(&self, histories: &[History], horizon: f64, rate: f64) -> Vec<DiscountedPurchases> {
        self.by_profile(histories, |model, part| model.discounted_purchases_of(part, horizon, rate))
    }

    fn purchases_between(&self, h: History, from: f64, to: f64) -> f64 {
        self.at(h).purchases_between(h, from, to)
    }

    fn never_again(&self, h: History) -> f64 {
        self.at(h).never_again(h)
    }

    fn discounted_for_ever(&self, h: History, rate: f64) -> f64 {
        self.at(h).discounted_for_ever(h, rate)
    }
}
