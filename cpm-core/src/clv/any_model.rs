//! The purchase models by name: for code that is told at run time which one to fit.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use super::fit::FitOptions;
use super::likelihood_sum::LikelihoodSum;
use super::purchase_model::PurchaseProcess;
use super::{BgNbd, MbgNbd, Nbd, ParetoNbd};
use crate::error::{Error, Result};
use crate::numerics::newton::Evaluation;
use crate::summary::CustomerSummary;

macro_rules! purchase_models {
    ($($(#[$doc:meta])* $model:ident = $name:literal),+ $(,)?) => {
        /// Which purchase model: what [`analyze`](crate::analyze), and its like are told.
        ///
        /// ```
        /// use cpm_core::clv::PurchaseModelKind;
        /// assert_eq!("mbg_nbd".parse::<PurchaseModelKind>()?, PurchaseModelKind::MbgNbd);
        /// assert_eq!(PurchaseModelKind::ParetoNbd.name(), "Pareto/NBD");
        /// # Ok::<(), cpm_core::Error>(())
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum PurchaseModelKind {
            $($(#[$doc])* $model),+
        }

        /// A purchase model of any kind. It dereferences to [`PurchaseProcess`], so that all predictions are at hand.
        ///
        /// ```
        /// use cpm_core::clv::PurchaseModelKind;
        /// use cpm_core::{FitOptions, PurchaseModel, SummaryOptions, datasets};
        /// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
        /// let model = PurchaseModelKind::MbgNbd.fit(&customers, &FitOptions::new())?;
        /// assert_eq!(model.probability_alive(&customers)?.len(), 2_357);
        /// # Ok::<(), cpm_core::Error>(())
        /// ```
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum AnyPurchaseModel {
            $($(#[$doc])* $model($model)),+
        }

        impl PurchaseModelKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$model),+];

            /// The name for options: `bg_nbd` and its like.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $(Self::$model => $name),+ }
            }

            /// The model's name in the literature.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$model => $model::KIND_NAME),+ }
            }

            /// Names of the parameters.
            #[must_use]
            pub fn parameters(self) -> &'static [&'static str] {
                match self { $(Self::$model => &$model::KIND_PARAMETERS),+ }
            }

            /// Maximum likelihood.
            ///
            /// # Errors
            /// Those of the model's own `fit`.
            pub fn fit(self, customers: &CustomerSummary, options: &FitOptions) -> Result<AnyPurchaseModel> {
                match self { $(Self::$model => $model::fit(customers, options).map(Into::into)),+ }
            }

            /// The model at given parameters, in the order of [`parameters`](Self::parameters).
            #[cfg(feature = "simulation")]
            pub(crate) fn at(self, parameters: &[f64]) -> AnyPurchaseModel {
                match self { $(Self::$model => $model::at_parameters(parameters).into()),+ }
            }

            /// Log-likelihood at natural parameters, with gradient and Hessian in the log-parameters.
            #[cfg(feature = "simulation")]
            pub(super) fn evaluate(self, sum: &LikelihoodSum<'_>, parameters: &[f64]) -> Evaluation {
                match self { $(Self::$model => $model::evaluate(sum, parameters)),+ }
            }
        }

        impl FromStr for PurchaseModelKind {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                let known = [$($name),+];
                match text {
                    $($name => Ok(Self::$model),)+
                    _ => Err(Error::argument("model", text, format!("it must be one of {}", known.join(", ")))),
                }
            }
        }

        impl AnyPurchaseModel {
            /// Which one it is.
            #[must_use]
            pub fn kind(&self) -> PurchaseModelKind {
                match self { $(Self::$model(_) => PurchaseModelKind::$model),+ }
            }

            #[cfg(feature = "simulation")]
            pub(super) fn into_process(self) -> Box<dyn PurchaseProcess> {
                match self { $(Self::$model(model) => Box::new(model)),+ }
            }
        }

        impl Deref for AnyPurchaseModel {
            type Target = dyn PurchaseProcess;

            fn deref(&self) -> &Self::Target {
                match self { $(Self::$model(model) => model),+ }
            }
        }

        $(impl From<$model> for AnyPurchaseModel {
            fn from(model: $model) -> Self {
                Self::$model(model)
            }
        })+

        #[cfg(feature = "json")]
        impl From<AnyPurchaseModel> for crate::SavedModel {
            fn from(model: AnyPurchaseModel) -> Self {
                match model { $(AnyPurchaseModel::$model(model) => model.into()),+ }
            }
        }
    };
}

// A model of its own file joins by its line here, with KIND_NAME, KIND_PARAMETERS, at_parameters and evaluate.
purchase_models! {
    /// [`BgNbd`]: dropout after repeat purchases.
    BgNbd = "bg_nbd",
    /// [`MbgNbd`]: dropout after every purchase, the first one included.
    MbgNbd = "mbg_nbd",
    /// [`ParetoNbd`]: death at any time.
    ParetoNbd = "pareto_nbd",
    /// [`Nbd`]: nobody leaves.
    Nbd = "nbd",
}

impl fmt::Display for PurchaseModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
