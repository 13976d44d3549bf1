//! Posteriors of any model, for saving; and whether what a file says can be one.

use serde::{Deserialize, Serialize};

use super::{Drawn, Posterior};
use crate::clv::GammaGamma;
use crate::clv::any_model::AnyPurchaseModel;
#[cfg(feature = "json")]
use crate::error::{Error, Result};

macro_rules! posteriors {
    ($( $(#[cfg($cfg:meta)])* $kind:ident($model:ty): $doc:literal; )*) => {
        /// A posterior of any model, in the form that is saved.
        ///
        /// ```
        /// use cpm_core::clv::{AnyPosterior, PosteriorOptions, PurchaseModelKind, posterior};
        /// use cpm_core::{SavedModel, SummaryOptions, datasets};
        /// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
        /// let options = PosteriorOptions::new().chains(1).warmup(50).draws(20);
        /// let draws = posterior(PurchaseModelKind::Nbd, &customers, &options)?;
        /// let text = SavedModel::from(draws.clone()).to_json()?;
        /// let SavedModel::Posterior(again) = SavedModel::from_json(&text)? else { panic!("a posterior") };
        /// assert_eq!(*again, AnyPosterior::Purchases(draws));
        /// # Ok::<(), cpm_core::Error>(())
        /// ```
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "of", content = "draws")]
        pub enum AnyPosterior {
            $( $(#[cfg($cfg)])* #[doc = $doc] $kind(Posterior<$model>), )*
        }

        $( $(#[cfg($cfg)])* impl From<Posterior<$model>> for AnyPosterior {
            fn from(posterior: Posterior<$model>) -> Self {
                Self::$kind(posterior)
            }
        } )*

        impl AnyPosterior {
            /// Whether a saved state is that of a posterior.
            #[cfg(feature = "json")]
            pub(crate) fn check(&self) -> Result<()> {
                match self {
                    $( $(#[cfg($cfg)])* Self::$kind(posterior) => posterior.check_state(), )*
                }
            }
        }
    };
}

posteriors! {
    Purchases(AnyPurchaseModel): "Of a purchase model.";
    Spend(GammaGamma): "Of Gamma-Gamma.";
    #[cfg(feature = "discrete-time")]
    Contracts(crate::clv::AnyContractualModel): "Of a contractual model.";
    #[cfg(feature = "discrete-time")]
    #[cfg(feature = "covariates")]
    ContractCovariates(crate::clv::ShiftedBetaGeometricWithCovariates): "Of sBG with covariates.";
    #[cfg(feature = "covariates")]
    BgNbdCovariates(crate::clv::WithCovariates<crate::clv::BgNbd>): "Of BG/NBD with covariates.";
    #[cfg(feature = "covariates")]
    MbgNbdCovariates(crate::clv::WithCovariates<crate::clv::MbgNbd>): "Of MBG/NBD with covariates.";
    #[cfg(feature = "covariates")]
    ParetoNbdCovariates(crate::clv::WithCovariates<crate::clv::ParetoNbd>): "Of Pareto/NBD with covariates.";
}

#[cfg(feature = "json")]
impl<M> From<Posterior<M>> for crate::SavedModel
where
    AnyPosterior: From<Posterior<M>>,
{
    fn from(posterior: Posterior<M>) -> Self {
        Self::Posterior(Box::new(posterior.into()))
    }
}

#[cfg(feature = "json")]
impl<M: Drawn> Posterior<M> {
    fn check_state(&self) -> Result<()> {
        let wrong = |what: &str, value: String, expected: &str| {
            Err(Error::argument("posterior", value, format!("{what} {expected}")))
        };
        self.template.check_template()?;
        let names: Vec<String> = self.template.estimates().into_iter().map(|(name, _)| name).collect();
        if self.names != names {
            return wrong("its parameters are", self.names.join(", "), &names.join(", "));
        }
        if self.priors.len() != names.len() {
            return wrong("there is one prior for each parameter,", self.priors.len().to_string(), "or null");
        }
        self.priors.iter().flatten().try_for_each(crate::clv::Prior::check)?;
        if self.draws == 0 || self.chains.is_empty() || self.parameters.len() != self.chains.len() {
            return wrong("each chain has", format!("{} chains", self.chains.len()), "its draws");
        }
        for (chain, values) in self.chains.iter().zip(&self.parameters) {
            let lengths = [
                values.len() / names.len(),
                chain.ln_density.len(),
                chain.divergent.len(),
                chain.depth.len(),
                chain.steps.len(),
                chain.acceptance.len(),
                chain.energy.len(),
            ];
            if values.len() % names.len() != 0 || lengths.iter().any(|n| *n != self.draws) {
                return wrong("every list of a chain has", format!("{lengths:?}"), "one entry per draw");
            }
            if let Some(draw) = values.chunks_exact(names.len()).find(|draw| !self.template.can_be(draw)) {
                return wrong("each draw is of", format!("{draw:?}"), "finite parameters that the model can have");
            }
            let floats = chain.ln_density.iter().chain(&chain.acceptance).chain(&chain.energy);
            if floats.chain([&chain.step_size]).any(|v| !v.is_finite()) || chain.step_size <= 0.0 {
                return wrong("what is said of a chain is", "not finite".to_owned(), "a number");
            }
        }
        Ok(())
    }
}

#[cfg(feature = "json")]
#[cfg(test)]
#[path = "saved_tests.rs"]
mod tests;
