//! What bootstrap, profile and posterior are asked of: a model, and customers who purchase, or who renew.

use cpm_core::TimeUnit;
use cpm_core::clv::{ContractualModelKind, CovariateOptions, CustomerRenewals, PurchaseModelKind};
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::{
    ContractualModel, CovariateModel, GammaGamma, OpportunityHistories, PurchaseModel, Renewals,
    ShiftedBetaGeometricWithCovariates,
};
use crate::argument::Argument;
use crate::arrays::floats;
use crate::error::{CpmError, OrRaise};
use crate::summary::CustomerSummary;

/// The data of a model.
pub(crate) enum Data<'a> {
    Purchases(Argument<'a, CustomerSummary>),
    /// As many customers as the weights of histories say.
    Opportunities(Box<cpm_core::CustomerSummary>),
    Renewals(&'a Renewals),
}

impl<'a> FromPyObject<'a, '_> for Data<'a> {
    type Error = PyErr;

    fn extract(given: Borrowed<'a, '_, PyAny>) -> PyResult<Self> {
        if let Ok(renewals) = given.cast::<Renewals>() {
            return Ok(Self::Renewals(renewals.get()));
        }
        match given.cast::<OpportunityHistories>() {
            Ok(histories) => {
                let customers = histories.get().inner.to_summary(TimeUnit::Year).or_raise()?;
                Ok(Self::Opportunities(Box::new(customers)))
            }
            Err(_) => given.extract().map(Self::Purchases),
        }
    }
}

/// A model with the data it is of.
pub(super) enum Asked<'a> {
    Purchases(PurchaseModelKind, &'a cpm_core::CustomerSummary),
    Spend(&'a cpm_core::CustomerSummary),
    Contracts(ContractualModelKind, &'a cpm_core::clv::Renewals),
    /// With the key of the base.
    Covariates(&'static str, CovariateOptions, &'a cpm_core::CustomerSummary),
    ContractCovariates(CovariateOptions, &'a CustomerRenewals),
}

impl<'a> Asked<'a> {
    /// A model's name, its class, or a model of it, for data of its sort.
    pub(super) fn of(model: &Bound<'_, PyAny>, data: &'a Data<'_>) -> PyResult<Self> {
        let customers = match data {
            Data::Purchases(customers) => &customers.inner,
            Data::Opportunities(customers) => customers,
            Data::Renewals(renewals) => {
                return Ok(match ShiftedBetaGeometricWithCovariates::asked(model)? {
                    Some(choices) => Self::ContractCovariates(choices, renewals.with_covariates()?),
                    None => Self::Contracts(contract_kind_of(model)?, &renewals.inner),
                });
            }
        };
        if let Ok(model) = model.cast::<CovariateModel>() {
            let (base, choices) = CovariateModel::choices(model)?;
            return Ok(Self::Covariates(base, choices, customers));
        }
        Ok(match is_gamma_gamma(model)? {
            true => Self::Spend(customers),
            false => Self::Purchases(kind_of(model)?, customers),
        })
    }
}

/// Weights as numbers, if they are given.
pub(super) fn weights_of(weights: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Vec<f64>>> {
    weights.map(|weights| Ok(floats("weights", weights)?.as_slice()?.to_vec())).transpose()
}

/// A model's name, its class, or a model of it.
pub(super) fn kind_of(model: &Bound<'_, PyAny>) -> PyResult<PurchaseModelKind> {
    if let Ok(name) = model.extract::<String>() {
        return name.parse().or_raise();
    }
    let class = class_of(model);
    if class.is_subclass_of::<ContractualModel>()? || class.is_subclass_of::<ShiftedBetaGeometricWithCovariates>()? {
        let message = format!("{} is a model of renewals: give Renewals in the place of customers", class.name()?);
        return Err(CpmError::new_err(message));
    }
    if !class.is_subclass_of::<PurchaseModel>()? {
        let message =
            format!("model is a {}; give a purchase model, its class or its name, such as \"bg_nbd\"", class.name()?);
        return Err(CpmError::new_err(message));
    }
    key_of_class(&class)?.parse().or_raise()
}

/// A contractual model's name, its class, or a model of it.
fn contract_kind_of(model: &Bound<'_, PyAny>) -> PyResult<ContractualModelKind> {
    if let Ok(name) = model.extract::<String>() {
        return name.parse().or_raise();
    }
    let class = class_of(model);
    if !class.is_subclass_of::<ContractualModel>()? {
        let message = format!(
            "model is a {}; for Renewals give a contractual model, its class or its name, such as \"shifted_beta_geometric\"",
            class.name()?
        );
        return Err(CpmError::new_err(message));
    }
    key_of_class(&class)?.parse().or_raise()
}

/// Whether the model of spend is meant: by name, class or object.
fn is_gamma_gamma(model: &Bound<'_, PyAny>) -> PyResult<bool> {
    match model.extract::<String>() {
        Ok(name) => Ok(name == "gamma_gamma"),
        Err(_) => class_of(model).is_subclass_of::<GammaGamma>(),
    }
}

/// A class as it is, or that of an object.
pub(super) fn class_of<'py>(model: &Bound<'py, PyAny>) -> Bound<'py, PyType> {
    model.cast::<PyType>().map_or_else(|_| model.get_type(), Clone::clone)
}

/// BgNbd is bg_nbd and GGompertzNbd ggompertz_nbd: an underscore between a small letter and a capital.
fn key_of_class(class: &Bound<'_, PyType>) -> PyResult<String> {
    let mut name = String::new();
    let mut after_small = false;
    for letter in class.name()?.to_string().chars() {
        if letter.is_uppercase() && after_small {
            name.push('_');
        }
        after_small = letter.is_lowercase();
        name.extend(letter.to_lowercase());
    }
    Ok(name)
}
