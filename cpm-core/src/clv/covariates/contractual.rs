//! The shifted-beta-geometric model with covariates.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::effects::{self, Coefficient, ln_parameters};
use super::encoding::{Design, Encoding};
use super::fit::{Task, fit, plan};
#[cfg(feature = "simulation")]
use super::likelihood::Likelihood;
use super::options::CovariateOptions;
#[cfg(feature = "simulation")]
use super::renewals::ContractGroups;
use super::renewals::{CustomerRenewals, DOMAIN, STATEMENT, same_length};
use crate::clv::contractual::{
    ContractValue, ContractValueOptions, ContractualModel, ContractualProcess, CustomerBase, Profiles,
    RenewalCashFlows, ShiftedBetaGeometric, cash_flows, residual_value,
};
use crate::clv::totals::NamedGroups;
use crate::clv::uncertainty::offsets;
use crate::clv::{FitOptions, FitReport};
use crate::error::{self, Error, Result};
use crate::estimate::Estimate;
use crate::summary::Covariates;
use crate::table::{Column, Table};

const NAME: &str = "sBG";
const NAMES: [&str; 2] = DOMAIN.names;

/// The shifted-beta-geometric model of renewals whose churn probabilities depend on attributes of the customers.
///
/// α_i = α·exp(h'z_i): one unit more of a covariate multiplies the odds of leaving, α_i/β at the first renewal, by e^h. With
/// [`separate_dropout`](CovariateOptions::separate_dropout) β has coefficients too, β_i = β·exp(k'z_i), and covariates also move how
/// much customers differ. Those in [`equal`](CovariateOptions::equal) then move α and β by the same factor: the mean chance of
/// leaving, α/(α + β), stays, and only its spread between customers changes (h = k, a test of which is a likelihood-ratio test).
///
/// ```
/// use cpm_core::clv::{ContractualModel, CovariateOptions, FitOptions, ShiftedBetaGeometricWithCovariates};
/// use cpm_core::summary::Covariates;
/// use cpm_core::{Column, Table};
/// // Monthly payers (1) and yearly ones (0), three opportunities.
/// let renewals = [0, 0, 1, 3, 1, 0, 0, 2, 3, 3, 1, 3, 3, 2, 0, 3, 0, 3, 3, 1];
/// let active = renewals.map(|n| n == 3);
/// let mut table = Table::new();
/// table.push("monthly", Column::Float((0..20).map(|i| if i < 8 { 1.0 } else { 0.0 }).collect()))?;
/// let covariates = Covariates::new(&table)?;
/// let model = ShiftedBetaGeometricWithCovariates::fit(
///     &renewals, &active, &covariates, &CovariateOptions::new(), &FitOptions::new(),
/// )?;
/// assert!(model.coefficients()[0].value > 0.0); // monthly payers leave sooner
/// let (monthly, yearly) = (model.of(&covariates, 0)?, model.of(&covariates, 19)?);
/// assert!(monthly.survival(5, 0.95)?.value < yearly.survival(5, 0.95)?.value);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShiftedBetaGeometricWithCovariates {
    base: ShiftedBetaGeometric,
    encoding: Encoding,
    coefficients: Vec<Coefficient>,
    options: CovariateOptions,
    fit: Option<FitReport>,
}

impl ShiftedBetaGeometricWithCovariates {
    /// Maximum likelihood over single customers: how often each has renewed, and whether it still is a customer, as for
    /// [`Renewals::from_customers`](crate::clv::Renewals::from_customers). Of the options, `dropout` names the columns; there is no purchase process.
    ///
    /// # Errors
    /// As [`ShiftedBetaGeometric::fit`] and [`Renewals::from_customers`](crate::clv::Renewals::from_customers); [`Error::LengthMismatch`];
    /// [`Error::MissingColumn`]; [`Error::NotIdentified`] for a covariate that is the same for all customers.
    pub fn fit(
        renewals: &[u64],
        active: &[bool],
        covariates: &Covariates,
        choices: &CovariateOptions,
        options: &FitOptions,
    ) -> Result<Self> {
        let data = CustomerRenewals::new(renewals, active, covariates, options.weights.as_deref())?;
        Self::fit_customers(&data, choices, &FitOptions { weights: None, ..options.clone() })
    }

    /// The same for customers in groups.
    ///
    /// # Errors
    /// As [`fit`](Self::fit); [`Error::InvalidArgument`] for weights, which belong to the data.
    pub fn fit_customers(
        customers: &CustomerRenewals,
        choices: &CovariateOptions,
        options: &FitOptions,
    ) -> Result<Self> {
        if options.weights.is_some() {
            let expected = "weights belong to the data: give them where the renewals are made of customers";
            return Err(Error::argument("weights", "given", expected));
        }
        options.check(NAMES.len(), 0)?;
        let churn = STATEMENT.identified(customers.renewals())?;
        let (encoding, mut coefficients) = Self::plan(customers, choices)?;
        let start = match &options.start {
            Some(start) => [start[0], start[1]],
            None => [1.0, 1.0 / churn - 1.0],
        };
        let task = Task {
            model: NAME,
            domain: DOMAIN,
            scale: [1.0, 1.0],
            start,
            encoding: &encoding,
            covariates: customers.covariates(),
            time_unit: None,
        };
        let options = FitOptions { start: None, ..options.clone() };
        let ([alpha, beta], report) = fit(&task, &options, &mut coefficients, &customers.groups())?;
        // Of a customer whose covariates are 0, who may be far from all that there are.
        let base = ShiftedBetaGeometric::at(alpha, beta);
        Ok(Self { base, encoding, coefficients, options: choices.clone(), fit: Some(report) })
    }

    fn plan(customers: &CustomerRenewals, choices: &CovariateOptions) -> Result<(Encoding, Vec<Coefficient>)> {
        let common: [(&str, &[f64]); 1] = [("dropout", &[1.0, 0.0])];
        let separate: [(&str, &[f64]); 2] = [("dropout_alpha", &[1.0, 0.0]), ("dropout_beta", &[0.0, 1.0])];
        let parts: &[(&str, &[f64])] = if choices.separate_dropout { &separate } else { &common };
        plan(NAME, customers.covariates(), choices, None, parts)
    }

    /// The likelihood as a function of parameters and coefficients.
    #[cfg(feature = "simulation")]
    pub(in crate::clv) fn likelihood(
        customers: &CustomerRenewals,
        choices: &CovariateOptions,
    ) -> Result<Likelihood<ContractGroups, 2>> {
        Likelihood::new(NAME, Self::plan(customers, choices)?, customers.covariates(), customers.groups())
    }

    /// A model whose parameters are to come; see [`at`](Self::at).
    #[cfg(feature = "simulation")]
    pub(in crate::clv) fn template(likelihood: Likelihood<ContractGroups, 2>, options: &CovariateOptions) -> Self {
        let (encoding, coefficients) = likelihood.into_plan();
        Self { base: ShiftedBetaGeometric::at(1.0, 1.0), encoding, coefficients, options: options.clone(), fit: None }
    }

    /// The same model at parameters of the base and coefficients, without uncertainty.
    #[cfg(feature = "simulation")]
    pub(in crate::clv) fn at(&self, parameters: &[f64]) -> Self {
        let base = ShiftedBetaGeometric::at(parameters[0], parameters[1]);
        let mut model = Self { base, fit: None, ..self.clone() };
        effects::set(&mut model.coefficients, &parameters[2..]);
        model
    }

    /// The model of a customer whose covariates are 0, and whose categories are the first ones.
    #[must_use]
    pub fn base(&self) -> &ShiftedBetaGeometric {
        &self.base
    }

    /// The effects of the covariates.
    #[must_use]
    pub fn coefficients(&self) -> &[Coefficient] {
        &self.coefficients
    }

    /// The choices of the fit.
    #[must_use]
    pub fn options(&self) -> &CovariateOptions {
        &self.options
    }

    /// How the fit ended; `None` for a draw from a posterior. Its covariance is of ln α, ln β and the coefficients.
    #[must_use]
    pub fn fit_report(&self) -> Option<&FitReport> {
        self.fit.as_ref()
    }

    /// Names and values of α, β and the coefficients.
    #[must_use]
    pub fn parameters(&self) -> Vec<(String, f64)> {
        let base = NAMES.into_iter().zip([self.base.alpha(), self.base.beta()]).map(|(n, v)| (n.to_owned(), v));
        base.chain(self.coefficients.iter().map(|c| (c.name.clone(), c.value))).collect()
    }

    /// The effects with Wald's intervals: see [`WithCovariates::summary`](super::WithCovariates::summary).
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a level outside (0, 1).
    pub fn summary(&self, level: f64) -> Result<Table> {
        effects::summary(&self.coefficients, level)
    }

    /// The plain model of the customer in a row of the covariates, with all answers of a [`ContractualModel`]. Its uncertainty is that of
    /// the customer's own ln α and ln β.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a row that is not there; [`Error::MissingColumn`], [`Error::ColumnType`] and
    /// [`Error::InvalidValue`] for covariates that are not those of the fit.
    pub fn of(&self, covariates: &Covariates, row: usize) -> Result<ShiftedBetaGeometric> {
        let Some(&profile) = covariates.of_row().get(row) else {
            return Err(Error::argument("row", row, format!("there are {} rows of covariates", covariates.len())));
        };
        self.profiles(covariates, |at| at(profile as usize))
    }

    /// Hands out the models of profiles.
    fn profiles<R>(
        &self,
        covariates: &Covariates,
        use_them: impl FnOnce(&dyn Fn(usize) -> Result<ShiftedBetaGeometric>) -> Result<R>,
    ) -> Result<R> {
        let design = self.encoding.design(covariates)?;
        let ln_base = [self.base.alpha().ln(), self.base.beta().ln()];
        let values: Vec<f64> = self.coefficients.iter().map(|c| c.value).collect();
        // The covariance of all is large, and no part of the reports of customers.
        let report = self.fit.clone().map(|fit| {
            let covariance = fit.covariance_log;
            (FitReport { covariance_log: Array2::zeros((0, 0)), ..fit }, covariance)
        });
        use_them(&|profile| {
            let row = design.row(profile);
            let own = ln_parameters(&ln_base, &self.coefficients, &values, row);
            let own = DOMAIN.of_customer(own, covariates, profile)?;
            let report = report.as_ref();
            let report = report.map(|(fit, covariance)| report_of(fit, covariance, &self.coefficients, row, own));
            Ok(ShiftedBetaGeometric::at(own[0], own[1]).with_report(report))
        })
    }

    /// An answer for each customer, each profile's model being made once.
    fn of_customers(
        &self,
        renewals: &[u64],
        covariates: &Covariates,
        answer: impl Fn(&ShiftedBetaGeometric, &[u64]) -> Result<Vec<Estimate>>,
    ) -> Result<Vec<Estimate>> {
        same_length(covariates, renewals.len())?;
        let mut rows: Vec<Vec<usize>> = vec![Vec::new(); covariates.profiles()];
        covariates.of_row().iter().enumerate().for_each(|(row, &p)| rows[p as usize].push(row));
        self.profiles(covariates, |at| {
            let mut all: Vec<(usize, Estimate)> = Vec::with_capacity(renewals.len());
            for (profile, rows) in rows.iter().enumerate() {
                let theirs: Vec<u64> = rows.iter().map(|&row| renewals[row]).collect();
                all.extend(rows.iter().copied().zip(answer(&at(profile)?, &theirs)?));
            }
            all.sort_unstable_by_key(|(row, _)| *row);
            Ok(all.into_iter().map(|(_, estimate)| estimate).collect())
        })
    }

    /// P(a customer who has renewed so often also renews the next `horizon` times), for each customer.
    ///
    /// # Errors
    /// As [`of`](Self::of) and [`ContractualModel::survival_of_customers`].
    pub fn survival_of_customers(
        &self,
        renewals: &[u64],
        covariates: &Covariates,
        horizon: u64,
        level: f64,
    ) -> Result<Vec<Estimate>> {
        error::level("level", level)?;
        self.of_customers(renewals, covariates, |m, k| m.survival_of_customers(k, horizon, level))
    }

    /// DERL of each customer, just before its next renewal: see
    /// [`ContractualModel::discounted_expected_residual_lifetime`].
    ///
    /// # Errors
    /// As [`of`](Self::of) and there.
    pub fn residual_lifetime_of_customers(
        &self,
        renewals: &[u64],
        covariates: &Covariates,
        discount_rate: f64,
        level: f64,
    ) -> Result<Vec<Estimate>> {
        self.of_customers(renewals, covariates, |m, k| {
            k.iter().map(|&k| m.discounted_expected_residual_lifetime(k, discount_rate, level)).collect()
        })
    }

    /// Residual lifetime value of active customers, of groups of them if there are names and for each customer the position of its
    /// group's, and of all: see [`ContractualModel::residual_value`]. What is uncertain about base and coefficients is common to all.
    ///
    /// # Errors
    /// As [`of`](Self::of), [`ContractualModel::residual_value`] and [`ContractualModel::residual_value_by_group`].
    pub fn residual_value(
        &self,
        renewals: &[u64],
        covariates: &Covariates,
        options: &ContractValueOptions,
        groups: Option<(&[String], &[u32])>,
    ) -> Result<ContractValue> {
        same_length(covariates, renewals.len())?;
        let base = CustomerBase::new(renewals, Some(covariates.of_row()))?;
        let groups = groups.map(|(names, group)| NamedGroups::new(names, group, renewals.len())).transpose()?;
        residual_value(&Customers::new(self, covariates)?, &base, options, groups.as_ref())
    }

    /// What active customers pay at each of the next renewals: see [`ContractualModel::cash_flows`].
    ///
    /// # Errors
    /// As [`of`](Self::of) and [`ContractualModel::cash_flows`].
    pub fn cash_flows(
        &self,
        renewals: &[u64],
        covariates: &Covariates,
        options: &ContractValueOptions,
    ) -> Result<RenewalCashFlows> {
        same_length(covariates, renewals.len())?;
        let base = CustomerBase::new(renewals, Some(covariates.of_row()))?;
        cash_flows(&Customers::new(self, covariates)?, &base, options)
    }

    /// α and β of each customer, a column each.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn parameters_of(&self, covariates: &Covariates) -> Result<Table> {
        let of_profile: Vec<[f64; 2]> = self.profiles(covariates, |at| {
            (0..covariates.profiles()).map(|p| at(p).map(|m| [m.alpha(), m.beta()])).collect()
        })?;
        let mut table = Table::new();
        for (k, name) in NAMES.into_iter().enumerate() {
            let of_row = covariates.of_row().iter().map(|&p| of_profile[p as usize][k]);
            table.push(name, Column::Float(of_row.collect()))?;
        }
        Ok(table)
    }

    /// Whether a saved state is that of a model.
    #[cfg(feature = "json")]
    pub(crate) fn check(&self) -> Result<()> {
        error::positive("alpha", self.base.alpha())?;
        error::positive("beta", self.base.beta())?;
        effects::check(&self.coefficients, self.encoding.names().len(), 2)
    }
}

/// The models of customers with covariates, and what they are at points common to all.
struct Customers<'a> {
    model: &'a ShiftedBetaGeometricWithCovariates,
    covariates: &'a Covariates,
    design: Design,
    /// Base and coefficients, at the estimates and at each point.
    at: Vec<([f64; 2], Vec<f64>)>,
}

impl<'a> Customers<'a> {
    fn new(model: &'a ShiftedBetaGeometricWithCovariates, covariates: &'a Covariates) -> Result<Self> {
        let ln_base = [model.base.alpha().ln(), model.base.beta().ln()];
        let values = || model.coefficients.iter().map(|c| c.value);
        let moved = |offset: Vec<f64>| {
            let base = [ln_base[0] + offset[0], ln_base[1] + offset[1]];
            (base, values().zip(&offset[2..]).map(|(value, o)| value + o).collect())
        };
        let mut at = vec![(ln_base, values().collect())];
        at.extend(model.fit.iter().flat_map(offsets).map(moved));
        Ok(Self { model, covariates, design: model.encoding.design(covariates)?, at })
    }
}

impl Profiles for Customers<'_> {
    type Model = ShiftedBetaGeometric;

    fn points(&self) -> usize {
        self.at.len() - 1
    }

    fn ask<R>(
        &self,
        profile: u32,
        question: impl FnOnce(&ShiftedBetaGeometric, &[Box<dyn ContractualProcess>]) -> R,
    ) -> Result<R> {
        let profile = profile as usize;
        let ln = |(base, values): &([f64; 2], Vec<f64>)| {
            ln_parameters(base, &self.model.coefficients, values, self.design.row(profile))
        };
        let own = DOMAIN.of_customer(ln(&self.at[0]), self.covariates, profile)?;
        // Where an uncertain coefficient leads to a limit, its answers are those of the limit.
        let at_point = |at| -> Box<dyn ContractualProcess> {
            let there = DOMAIN.hold(ln(at));
            Box::new(ShiftedBetaGeometric::at(there[0], there[1]))
        };
        let points: Vec<_> = self.at[1..].iter().map(at_point).collect();
        Ok(question(&ShiftedBetaGeometric::at(own[0], own[1]), &points))
    }
}

/// The report of the fit in terms of ln α and ln β of a customer, which are linear in all that was fitted; what this was beyond the two
/// goes on counting as estimated.
fn report_of(
    fit: &FitReport,
    covariance: &Array2<f64>,
    coefficients: &[Coefficient],
    row: &[f64],
    parameters: [f64; 2],
) -> FitReport {
    let size = 2 + coefficients.len();
    let slope = |k: usize, i: usize| match i.checked_sub(2) {
        None => f64::from(u8::from(i == k)),
        Some(j) => coefficients[j].signs[k] * row[coefficients[j].column],
    };
    let slopes = Array2::from_shape_fn((2, size), |(k, i)| slope(k, i));
    let covariance = slopes.dot(covariance).dot(&slopes.t());
    let error = |k: usize| Some(parameters[k] * covariance[(k, k)].max(0.0).sqrt());
    FitReport {
        parameters: NAMES.map(str::to_owned).to_vec(),
        chosen: fit.chosen + coefficients.len(),
        standard_errors: vec![error(0), error(1)],
        covariance_log: covariance,
        ..fit.clone()
    }
}

#[cfg(feature = "simulation")]
#[cfg(test)]
#[path = "contractual_tests.rs"]
mod tests;
