//! What a bootstrap, a profile likelihood and a posterior do with their data alike: how often each row counts, and at which k.

use std::borrow::Cow;

use super::FitOptions;
use crate::error::Result;
use crate::summary::{CustomerSummary, Histories};

/// One customer counts once, and k is chosen, unless it is said otherwise.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct DataChoices {
    pub(super) weights: Option<Vec<f64>>,
    pub(super) k: Option<u32>,
}

impl DataChoices {
    /// The choices of a fit to the same data.
    pub(super) fn of_fit(&self) -> FitOptions {
        self.weights.as_ref().map_or_else(FitOptions::new, |weights| FitOptions::new().weights(weights))
    }

    /// Refuses weights and k, for data that bring their weights along, and models without k.
    #[cfg(feature = "discrete-time")]
    pub(super) fn none(&self, model: &str) -> Result<()> {
        super::any_model::no_k(model, self.k)?;
        match &self.weights {
            None => Ok(()),
            Some(_) => {
                Err(crate::Error::argument("weights", "given", "weights belong to the data: give them to the renewals"))
            }
        }
    }

    /// Checks the weights against the data.
    pub(super) fn check(&self, customers: &CustomerSummary) -> Result<()> {
        self.of_fit().check(0, customers.len())
    }

    /// The histories as often as the weights say.
    pub(super) fn histories<'a>(&self, customers: &'a CustomerSummary) -> Result<Cow<'a, Histories>> {
        self.check(customers)?;
        Ok(match &self.weights {
            Some(weights) => Cow::Owned(customers.grouped(Some(weights))),
            None => Cow::Borrowed(customers.histories()),
        })
    }
}
