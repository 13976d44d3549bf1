//! What bootstrap, profile and posterior are asked of: customers who purchase, or who renew.

use cpm_core::TimeUnit;
use cpm_core::clv::ContractualModelKind;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::refits::key_of_class;
use super::{ContractualModel, OpportunityHistories, Renewals};
use crate::argument::Argument;
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

/// A contractual model's name, its class, or a model of it.
pub(super) fn contract_kind_of(model: &Bound<'_, PyAny>) -> PyResult<ContractualModelKind> {
    if let Ok(name) = model.extract::<String>() {
        return name.parse().or_raise();
    }
    let class = match model.cast::<PyType>() {
        Ok(class) => class.clone(),
        Err(_) => model.get_type(),
    };
    if !class.is_subclass_of::<ContractualModel>()? {
        let message = format!(
            "model is a {}; for Renewals give a contractual model, its class or its name, such as \"shifted_beta_geometric\"",
            class.name()?
        );
        return Err(CpmError::new_err(message));
    }
    key_of_class(&class)?.parse().or_raise()
}
