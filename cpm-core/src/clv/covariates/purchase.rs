//! Purchase models with covariates.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::customers_model::CustomersModel;
use super::effects::{self, Coefficient};
use super::encoding::Encoding;
use super::fit::{Task, fit, plan};
use super::likelihood::Groups;
#[cfg(feature = "simulation")]
use super::likelihood::Likelihood;
use super::moved::CovariateBase;
use super::options::CovariateOptions;
use crate::clv::overview::fit_histories;
use crate::clv::purchase_model::{PurchaseProcess, check_unit};
use crate::clv::{FitOptions, FitReport};
use crate::error::{self, Error, Result};
#[cfg(feature = "simulation")]
use crate::summary::Histories;
use crate::summary::{Covariates, CustomerSummary, History, TimeUnit};
use crate::table::{Column, Table};

/// A purchase model whose parameters depend on attributes of the customers; see [`CovariateBase`] for the formulas.
///
/// The summary brings the covariates along ([`CustomerSummary::with_covariates`]). For predictions
/// [`of`](Self::of) makes a purchase model of the customers at hand, which answers everything that a
/// [`PurchaseModel`](crate::PurchaseModel) does.
///
/// ```
/// use cpm_core::clv::{CovariateOptions, WithCovariates, likelihood_ratio_test};
/// use cpm_core::summary::Covariates;
/// use cpm_core::{BgNbd, Column, FitOptions, PurchaseModel, SummaryOptions, Table, datasets};
/// use cpm_core::clv::PurchaseProcess;
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// // What a customer spent on its first purchase is known from the start.
/// let mut table = Table::new();
/// let first: Vec<f64> = customers.first_amount().unwrap().iter().map(|m| m / 100.0).collect();
/// table.push("first_amount", Column::Float(first))?;
/// let customers = customers.with_covariates(Covariates::new(&table)?)?;
///
/// let options = CovariateOptions::new().dropout(&[]);
/// let model = WithCovariates::<BgNbd>::fit(&customers, &options, &FitOptions::new())?;
/// let effect = &model.coefficients()[0];
/// assert_eq!(effect.name, "purchase:first_amount");
/// assert!(effect.value > 0.0); // the more spent at first, the more often they come back
///
/// let plain = BgNbd::fit(&customers, &FitOptions::new())?;
/// assert!(likelihood_ratio_test(plain.fit_report(), model.fit_report())?.p_value < 1e-6);
/// let expected = model.of(&customers)?.expected_purchases(&customers, 39.0)?;
/// assert_eq!(expected.len(), 2_357);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct WithCovariates<M: CovariateBase> {
    base: M,
    encoding: Encoding,
    coefficients: Vec<Coefficient>,
    options: CovariateOptions,
    fit: Option<FitReport>,
}

impl<M: CovariateBase> WithCovariates<M> {
    /// Maximum likelihood (penalised, if the options say so), by Newton's method with analytic derivatives. Inside,
    /// covariates are standardised; what is reported is per unit of the covariates as they are given. A coefficient that the data do not
    /// bound, as where nobody of a category came back, runs off, and the report says so; its customers have the answers of the limit.
    ///
    /// # Errors
    /// As the fit of the plain model; [`Error::Empty`] if the summary has no covariates;
    /// [`Error::MissingColumn`] for a column that is not among them; [`Error::NotIdentified`] for a covariate that is the same
    /// for all customers; [`Error::InvalidArgument`] for options that do not fit.
    pub fn fit(customers: &CustomerSummary, covariates: &CovariateOptions, options: &FitOptions) -> Result<Self> {
        let given = given(customers)?;
        let (encoding, mut coefficients) = Self::plan(given, covariates)?;
        // The coefficients start at 0, and a start names the model's own parameters.
        let (base, fit) = fit_histories(M::MODEL, 4, customers, options, |histories, data| {
            let groups = Groups::<M>::new(histories, given.profiles());
            let (scale, start) = M::scale_and_start(data);
            let start = match &options.start {
                Some(start) => std::array::from_fn(|k| start[k]),
                None => start,
            };
            let task = Task {
                model: M::MODEL,
                domain: M::DOMAIN,
                scale,
                start,
                encoding: &encoding,
                covariates: given,
                time_unit: Some(customers.time_unit()),
            };
            let options = FitOptions { start: None, ..options.clone() };
            fit(&task, &options, &mut coefficients, &groups)
        })?;
        Ok(Self { base: M::at_theta(base), encoding, coefficients, options: covariates.clone(), fit: Some(fit) })
    }

    fn plan(given: &Covariates, options: &CovariateOptions) -> Result<(Encoding, Vec<Coefficient>)> {
        let purchase: Option<(&str, &[f64])> = Some(("purchase", &M::PURCHASE));
        if !options.separate_dropout {
            return plan(M::MODEL, given, options, purchase, &[("dropout", &M::DROPOUT)]);
        }
        if M::SEPARATE.is_empty() {
            let expected = format!("{} has one dropout parameter that covariates move", M::MODEL);
            return Err(Error::argument("separate_dropout", true, expected));
        }
        let parts: Vec<(&str, &[f64])> = M::SEPARATE.iter().map(|(name, signs)| (*name, signs.as_slice())).collect();
        plan(M::MODEL, given, options, purchase, &parts)
    }

    /// The model of a customer whose covariates are 0, and whose categories are the first ones.
    #[must_use]
    pub fn base(&self) -> &M {
        &self.base
    }

    /// The effects of the covariates.
    #[must_use]
    pub fn coefficients(&self) -> &[Coefficient] {
        &self.coefficients
    }

    /// The effects with Wald's intervals at `level`: columns `name, coefficient, coefficient_low, coefficient_high,
    /// standard_error, p_value, factor`, where the factor is e^coefficient. For a coefficient at the edge of its range interval,
    /// error and p-value do not exist.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a level outside (0, 1).
    pub fn summary(&self, level: f64) -> Result<Table> {
        effects::summary(&self.coefficients, level)
    }

    /// The choices of the fit.
    #[must_use]
    pub fn options(&self) -> &CovariateOptions {
        &self.options
    }

    /// How the fit ended; `None` for a draw from a posterior. Its covariance is of the base's log-parameters and the coefficients,
    /// in this order.
    #[must_use]
    pub fn fit_report(&self) -> Option<&FitReport> {
        self.fit.as_ref()
    }

    /// The likelihood of histories of the customers, as a function of parameters and coefficients.
    #[cfg(feature = "simulation")]
    pub(in crate::clv) fn likelihood(
        customers: &CustomerSummary,
        histories: &Histories,
        options: &CovariateOptions,
    ) -> Result<Likelihood<Groups<M>, 4>> {
        let given = given(customers)?;
        Likelihood::new(M::MODEL, Self::plan(given, options)?, given, Groups::new(histories, given.profiles()))
    }

    /// A model whose parameters are to come; see [`at`](Self::at).
    #[cfg(feature = "simulation")]
    pub(in crate::clv) fn template(likelihood: Likelihood<Groups<M>, 4>, options: &CovariateOptions) -> Self {
        let (encoding, coefficients) = likelihood.into_plan();
        Self { base: M::at_theta([1.0; 4]), encoding, coefficients, options: options.clone(), fit: None }
    }

    /// The same model at parameters of the base and coefficients, without uncertainty.
    #[cfg(feature = "simulation")]
    pub(in crate::clv) fn at(&self, parameters: &[f64]) -> Self {
        let mut model = Self { base: M::at_theta(std::array::from_fn(|i| parameters[i])), fit: None, ..self.clone() };
        effects::set(&mut model.coefficients, &parameters[4..]);
        model
    }

    /// Names and values of the base's parameters and of the coefficients.
    #[must_use]
    pub fn parameters(&self) -> Vec<(String, f64)> {
        let base = M::NAMES.into_iter().zip(self.base.theta()).map(|(name, value)| (name.to_owned(), value));
        base.chain(self.coefficients.iter().map(|c| (c.name.clone(), c.value))).collect()
    }

    /// The purchase model of customers with covariates: it answers for this summary, and for no other.
    ///
    /// # Errors
    /// [`Error::Empty`] if the summary has no covariates; [`Error::MissingColumn`], [`Error::ColumnType`] and
    /// [`Error::InvalidValue`] for covariates that are not those of the fit, such as an unknown category, or so far outside that they
    /// lead to a parameter beyond a double, or to more than some 1e20 purchases per unit of time;
    /// [`Error::InvalidArgument`] for another time unit.
    pub fn of(&self, customers: &CustomerSummary) -> Result<CustomersModel<M>> {
        check_unit(self.fit.as_ref(), customers)?;
        self.bound(customers.shared_covariates().ok_or_else(without_covariates)?)
    }

    fn bound(&self, covariates: Arc<Covariates>) -> Result<CustomersModel<M>> {
        let design = self.encoding.design(&covariates)?;
        CustomersModel::new(&self.base, &self.coefficients, design, covariates, self.fit.clone())
    }

    /// The parameters of each customer: a column for each of the model's.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn parameters_of(&self, covariates: &Covariates) -> Result<Table> {
        let bound = self.bound(Arc::new(covariates.clone()))?;
        let of_profile: Vec<[f64; 4]> = (0..covariates.profiles()).map(|p| bound.parameters_of(p as u32)).collect();
        let mut table = Table::new();
        for (k, name) in M::NAMES.into_iter().enumerate() {
            let of_row = covariates.of_row().iter().map(|&p| of_profile[p as usize][k]);
            table.push(name, Column::Float(of_row.collect()))?;
        }
        Ok(table)
    }

    /// Expected number of repeat purchases of customers just acquired, within `horizon` time units after the first
    /// purchase: one value per row of their covariates.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a horizon that is not positive and finite; as [`of`](Self::of).
    pub fn expected_purchases_new_customers(&self, covariates: &Covariates, horizon: f64) -> Result<Vec<f64>> {
        error::positive("horizon", horizon)?;
        let bound = self.bound(Arc::new(covariates.clone()))?;
        let new = |profile| bound.purchases(History { profile, ..History::NEW }, horizon);
        let values: Vec<f64> = (0..covariates.profiles() as u32).map(new).collect();
        Ok(covariates.of_row().iter().map(|&p| values[p as usize]).collect())
    }

    /// Customers just acquired, as a summary without history: for all that [`of`](Self::of) answers, such as the distribution of
    /// their purchases, predictions with intervals, or simulation.
    ///
    /// # Errors
    /// Those of [`CustomerSummary::with_covariates`].
    pub fn new_customers(&self, covariates: &Covariates) -> Result<CustomerSummary> {
        let none = vec![0.0; covariates.len()];
        let unit = self.fit.as_ref().and_then(|report| report.time_unit).unwrap_or(TimeUnit::Week);
        CustomerSummary::new(&none, &none, &none, unit)?.with_covariates(covariates.clone())
    }

    /// Whether a saved state is that of a model.
    #[cfg(feature = "json")]
    pub(crate) fn check(&self) -> Result<()> {
        let theta = self.base.theta();
        M::NAMES.into_iter().zip(theta).try_for_each(|(name, value)| error::positive(name, value).map(|_| ()))?;
        effects::check(&self.coefficients, self.encoding.names().len(), 4)
    }
}

fn given(customers: &CustomerSummary) -> Result<&Covariates> {
    customers.covariates().ok_or_else(without_covariates)
}

fn without_covariates() -> Error {
    Error::Empty {
        what: "the table of covariates of the summary".to_owned(),
        remedy: "Give the customers' attributes with with_covariates".to_owned(),
    }
}
