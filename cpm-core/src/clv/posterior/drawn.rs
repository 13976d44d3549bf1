//! The models that a posterior can be of.

use super::Posterior;
#[cfg(feature = "json")]
use crate::SavedModel;
#[cfg(feature = "discrete-time")]
use crate::clv::AnyContractualModel;
use crate::clv::GammaGamma;
use crate::clv::PurchaseProcess;
#[cfg(all(feature = "covariates", feature = "discrete-time"))]
use crate::clv::ShiftedBetaGeometricWithCovariates;
use crate::clv::any_model::AnyPurchaseModel;
use crate::clv::bootstrap::Refitted;
#[cfg(feature = "covariates")]
use crate::clv::{CovariateBase, WithCovariates};
use crate::error::Result;
use crate::summary::CustomerSummary;

/// A model of which there can be draws: it knows itself at other parameters.
pub trait Drawn: Refitted + Clone {
    /// The same model at the parameters of a draw, without uncertainty.
    #[must_use]
    fn at_draw(&self, parameters: &[f64]) -> Self;

    /// Its name in the literature.
    fn title(&self) -> &'static str;

    /// How many of the parameters are positive: the first ones. The others are coefficients.
    fn positive(&self) -> usize;

    /// Whether the model can have the parameters.
    fn can_be(&self, parameters: &[f64]) -> bool {
        let positive = self.positive();
        parameters.iter().enumerate().all(|(i, v)| v.is_finite() && (*v > 0.0 || i >= positive))
    }

    /// Whether a saved state is that of a model.
    ///
    /// # Errors
    /// Says what is wrong with it.
    #[cfg(feature = "json")]
    fn check_template(&self) -> Result<()>;
}

/// A model of which draws say what customers purchase.
pub trait DrawnPurchases: Drawn {
    /// The models at so many draws, spread evenly over the chains, for the customers of a summary.
    ///
    /// # Errors
    /// Says why they are not for these customers.
    fn processes(
        posterior: &Posterior<Self>,
        customers: &CustomerSummary,
        draws: usize,
    ) -> Result<Vec<Box<dyn PurchaseProcess>>>;
}

impl Drawn for AnyPurchaseModel {
    fn at_draw(&self, parameters: &[f64]) -> Self {
        (self.kind().likelihood(self.k()).at)(parameters)
    }

    fn title(&self) -> &'static str {
        self.kind().name()
    }

    fn positive(&self) -> usize {
        self.parameters().len()
    }

    #[cfg(feature = "json")]
    fn check_template(&self) -> Result<()> {
        SavedModel::from(self.clone()).check()
    }
}

impl Drawn for GammaGamma {
    fn at_draw(&self, parameters: &[f64]) -> Self {
        Self::at(parameters[0], parameters[1], parameters[2])
    }

    fn title(&self) -> &'static str {
        "Gamma-Gamma"
    }

    fn positive(&self) -> usize {
        3
    }

    fn can_be(&self, parameters: &[f64]) -> bool {
        // Rounding leaves 1 + e^u at 1 where q - 1 is below 10^-16.
        parameters.iter().all(|v| v.is_finite() && *v > 0.0) && parameters[1] >= 1.0
    }

    #[cfg(feature = "json")]
    fn check_template(&self) -> Result<()> {
        SavedModel::from(self.clone()).check()
    }
}

#[cfg(feature = "discrete-time")]
impl Drawn for AnyContractualModel {
    fn at_draw(&self, parameters: &[f64]) -> Self {
        self.kind().at(parameters)
    }

    fn title(&self) -> &'static str {
        self.kind().name()
    }

    fn positive(&self) -> usize {
        self.parameters().len()
    }

    #[cfg(feature = "json")]
    fn check_template(&self) -> Result<()> {
        SavedModel::from(self.clone()).check()
    }
}

#[cfg(feature = "covariates")]
impl<M: CovariateBase> Drawn for WithCovariates<M> {
    fn at_draw(&self, parameters: &[f64]) -> Self {
        self.at(parameters)
    }

    fn title(&self) -> &'static str {
        M::MODEL
    }

    fn positive(&self) -> usize {
        4
    }

    #[cfg(feature = "json")]
    fn check_template(&self) -> Result<()> {
        self.check()
    }
}

#[cfg(all(feature = "covariates", feature = "discrete-time"))]
impl Drawn for ShiftedBetaGeometricWithCovariates {
    fn at_draw(&self, parameters: &[f64]) -> Self {
        self.at(parameters)
    }

    fn title(&self) -> &'static str {
        "sBG"
    }

    fn positive(&self) -> usize {
        2
    }

    #[cfg(feature = "json")]
    fn check_template(&self) -> Result<()> {
        self.check()
    }
}
