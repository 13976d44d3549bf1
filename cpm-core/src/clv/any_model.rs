//! The purchase models by name: for code that is told at run time which one to fit.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
#[cfg(feature = "simulation")]
use std::sync::Arc;

#[cfg(feature = "discrete-time")]
use super::BgBb;
use super::fit::FitOptions;
#[cfg(feature = "simulation")]
use super::likelihood_sum::LikelihoodSum;
use super::purchase_model::PurchaseProcess;
#[cfg(feature = "more-models")]
use super::{BgCnbd, GGompertzNbd, MbgCnbd};
use super::{BgNbd, MbgNbd, Nbd, ParetoNbd};
use crate::error::{Error, Result};
#[cfg(feature = "simulation")]
use crate::numerics::newton::Evaluation;
use crate::summary::CustomerSummary;

macro_rules! purchase_models {
    (
        $($(#[doc = $doc:literal])* $(#[cfg($cfg:meta)])? $model:ident.$fit:ident = $name:literal),+;
        $($(#[doc = $other_doc:literal])* $(#[cfg($other_cfg:meta)])? $other:ident = $other_name:literal, $title:literal, $parameters:expr),+ $(;)?
    ) => {
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
            $($(#[doc = $doc])* $(#[cfg($cfg)])? $model,)+
            $($(#[doc = $other_doc])* $(#[cfg($other_cfg)])? $other,)+
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
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[non_exhaustive]
        pub enum AnyPurchaseModel {
            $($(#[doc = $doc])* $(#[cfg($cfg)])? $model($model),)+
            $($(#[doc = $other_doc])* $(#[cfg($other_cfg)])? $other($other),)+
        }

        impl PurchaseModelKind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$($(#[cfg($cfg)])? Self::$model,)+ $($(#[cfg($other_cfg)])? Self::$other),+];

            /// The name for options: `bg_nbd` and its like.
            #[must_use]
            pub fn key(self) -> &'static str {
                match self { $($(#[cfg($cfg)])? Self::$model => $name,)+ $($(#[cfg($other_cfg)])? Self::$other => $other_name),+ }
            }

            /// The model's name in the literature.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $($(#[cfg($cfg)])? Self::$model => $model::KIND_NAME,)+ $($(#[cfg($other_cfg)])? Self::$other => $title),+ }
            }

            /// Names of the parameters.
            #[must_use]
            pub fn parameters(self) -> &'static [&'static str] {
                match self { $($(#[cfg($cfg)])? Self::$model => &$model::KIND_PARAMETERS,)+ $($(#[cfg($other_cfg)])? Self::$other => &$parameters),+ }
            }

            /// Maximum likelihood.
            ///
            /// # Errors
            /// Those of the model's own `fit`.
            pub fn fit(self, customers: &CustomerSummary, options: &FitOptions) -> Result<AnyPurchaseModel> {
                match self {
                    $($(#[cfg($cfg)])? Self::$model => $model::$fit(customers, options).map(Into::into),)+
                    $($(#[cfg($other_cfg)])? Self::$other => $other::fit(customers, options).map(Into::into)),+
                }
            }

            /// Maximum likelihood, with the number of stages of BG/CNBD-k and MBG/CNBD-k held where it is given.
            ///
            /// # Errors
            /// Those of the model's own `fit`; [`Error::InvalidArgument`] for a `k` of a model that has none.
            #[cfg(feature = "simulation")]
            pub(super) fn fit_with(
                self,
                k: Option<u32>,
                customers: &CustomerSummary,
                options: &FitOptions,
            ) -> Result<AnyPurchaseModel> {
                match (self, k) {
                    $($(#[cfg($other_cfg)])? (Self::$other, Some(k)) => {
                        $other::fit_with_k(customers, k, options).map(Into::into)
                    })+
                    (_, None) => self.fit(customers, options),
                    (_, k) => no_k(self.name(), k).and_then(|()| self.fit(customers, options)),
                }
            }

            /// Whether the times between purchases have stages, whose number k is no parameter, but chosen.
            #[cfg(feature = "simulation")]
            pub(super) fn has_k(self) -> bool {
                match self {
                    $($(#[cfg($other_cfg)])? Self::$other => true,)+
                    $($(#[cfg($cfg)])? Self::$model => false,)+
                }
            }

            /// The likelihood as a function of the parameters; `k` is that of a model that has one.
            #[cfg(feature = "simulation")]
            pub(super) fn likelihood(self, k: u32) -> Likelihood {
                match self {
                    $($(#[cfg($cfg)])? Self::$model => Likelihood {
                        evaluate: Box::new($model::evaluate),
                        at: Arc::new(|p| $model::at_parameters(p).into()),
                    },)+
                    $($(#[cfg($other_cfg)])? Self::$other => Likelihood {
                        evaluate: Box::new(move |sum, p| $other::evaluate(sum, k, p)),
                        at: Arc::new(move |p| $other::at_parameters(k, p).into()),
                    },)+
                }
            }
        }

        impl FromStr for PurchaseModelKind {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                let known: Vec<&str> = Self::ALL.iter().map(|kind| kind.key()).collect();
                match text {
                    $($(#[cfg($cfg)])? $name => Ok(Self::$model),)+
                    $($(#[cfg($other_cfg)])? $other_name => Ok(Self::$other),)+
                    _ => Err(Error::argument("model", text, format!("it must be one of {}", known.join(", ")))),
                }
            }
        }

        impl AnyPurchaseModel {
            /// Which one it is.
            #[must_use]
            pub fn kind(&self) -> PurchaseModelKind {
                match self {
                    $($(#[cfg($cfg)])? Self::$model(_) => PurchaseModelKind::$model,)+
                    $($(#[cfg($other_cfg)])? Self::$other(_) => PurchaseModelKind::$other),+
                }
            }

            #[cfg(feature = "simulation")]
            pub(super) fn into_process(self) -> Box<dyn PurchaseProcess> {
                match self {
                    $($(#[cfg($cfg)])? Self::$model(model) => Box::new(model),)+
                    $($(#[cfg($other_cfg)])? Self::$other(model) => Box::new(model)),+
                }
            }
        }

        impl Deref for AnyPurchaseModel {
            type Target = dyn PurchaseProcess;

            fn deref(&self) -> &Self::Target {
                match self {
                    $($(#[cfg($cfg)])? Self::$model(model) => model,)+
                    $($(#[cfg($other_cfg)])? Self::$other(model) => model),+
                }
            }
        }

        $($(#[cfg($cfg)])? impl From<$model> for AnyPurchaseModel {
            fn from(model: $model) -> Self {
                Self::$model(model)
            }
        })+

        $($(#[cfg($other_cfg)])? impl From<$other> for AnyPurchaseModel {
            fn from(model: $other) -> Self {
                Self::$other(model)
            }
        })+

        #[cfg(feature = "json")]
        impl From<AnyPurchaseModel> for crate::SavedModel {
            fn from(model: AnyPurchaseModel) -> Self {
                match model {
                    $($(#[cfg($cfg)])? AnyPurchaseModel::$model(model) => model.into(),)+
                    $($(#[cfg($other_cfg)])? AnyPurchaseModel::$other(model) => model.into()),+
                }
            }
        }
    };
}

impl PurchaseModelKind {
    /// Whether the model is for summaries in which every unit of time is one opportunity to purchase: BG/BB.
    #[must_use]
    pub fn needs_opportunities(self) -> bool {
        #[cfg(feature = "discrete-time")]
        return self == Self::BgBb;
        #[cfg(not(feature = "discrete-time"))]
        false
    }

    /// Whether such a model can be for these customers.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] if BG/BB is asked about times that are no opportunities.
    #[cfg(feature = "simulation")]
    pub(super) fn check_customers(self, customers: &CustomerSummary) -> Result<()> {
        #[cfg(feature = "discrete-time")]
        if self == Self::BgBb {
            super::OpportunityHistories::from_summary(customers)?;
        }
        let _ = customers;
        Ok(())
    }

    /// What a model whose purchases come in stages is with one stage.
    #[cfg(feature = "simulation")]
    pub(super) fn with_one_stage(self) -> Option<Self> {
        match self {
            Self::BgCnbd => Some(Self::BgNbd),
            Self::MbgCnbd => Some(Self::MbgNbd),
            _ => None,
        }
    }

    /// Whether k is one that the model can have, if it is given.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not.
    #[cfg(feature = "simulation")]
    pub(super) fn check_k(self, k: Option<u32>) -> Result<()> {
        #[cfg(feature = "more-models")]
        if self.has_k() {
            return k.map_or(Ok(()), |k| super::regular::check_k(k).map(|_| ()));
        }
        no_k(self.name(), k)
    }

    /// The typical size of a parameter for customers known for `mean_t` on average: that of its unit of time, or 1.
    #[cfg(feature = "simulation")]
    pub(super) fn size_of(self, parameter: &str, mean_t: f64) -> f64 {
        match (self, parameter) {
            #[cfg(feature = "discrete-time")]
            (Self::BgBb, _) => 1.0,
            (_, "alpha") | (Self::ParetoNbd, "beta") => mean_t,
            #[cfg(feature = "more-models")]
            (Self::GGompertzNbd, "b") => 1.0 / mean_t,
            _ => 1.0,
        }
    }
}

#[cfg(feature = "simulation")]
type Evaluate = Box<dyn Fn(&LikelihoodSum<'_>, &[f64]) -> Evaluation + Send + Sync>;
#[cfg(feature = "simulation")]
type ModelAt = Arc<dyn Fn(&[f64]) -> AnyPurchaseModel + Send + Sync>;

/// A likelihood of grouped histories at natural parameters, with gradient and Hessian in the log-parameters, and the model there.
#[cfg(feature = "simulation")]
pub(super) struct Likelihood {
    pub(super) evaluate: Evaluate,
    pub(super) at: ModelAt,
}

/// Refuses a k for a model that has none.
#[cfg(feature = "simulation")]
pub(super) fn no_k(model: &str, k: Option<u32>) -> Result<()> {
    let expected = || format!("{model} has no k; BG/CNBD-k and MBG/CNBD-k have one");
    k.map_or(Ok(()), |k| Err(Error::argument("k", k, expected())))
}

#[cfg(feature = "simulation")]
impl AnyPurchaseModel {
    /// The k of a model that has one; 1 for the others.
    pub(super) fn k(&self) -> u32 {
        self.shape_of_gaps() as u32
    }
}

// A model joins by its line here: with KIND_NAME, KIND_PARAMETERS, at_parameters and evaluate where its parameters are all there is
// to it (after the dot the function that fits it to a summary), or else, after the semicolon, with its name in the literature and the
// names of its parameters.
purchase_models! {
    /// [`BgNbd`]: dropout after repeat purchases.
    BgNbd.fit = "bg_nbd",
    /// [`MbgNbd`]: dropout after every purchase, the first one included.
    MbgNbd.fit = "mbg_nbd",
    /// [`ParetoNbd`]: death at any time.
    ParetoNbd.fit = "pareto_nbd",
    /// [`Nbd`]: nobody leaves.
    Nbd.fit = "nbd",
    /// [`GGompertzNbd`]: death at any time, at a rate that changes with age.
    #[cfg(feature = "more-models")]
    GGompertzNbd.fit = "ggompertz_nbd",
    /// [`BgBb`]: one opportunity to purchase in every unit of time; for summaries whose purchases are merged within it.
    #[cfg(feature = "discrete-time")]
    BgBb.fit_summary = "bg_bb";
    /// [`BgCnbd`]: as BG/NBD, with purchases at more regular intervals.
    #[cfg(feature = "more-models")]
    BgCnbd = "bg_cnbd", "BG/CNBD-k", ["r", "alpha", "a", "b"],
    /// [`MbgCnbd`]: as MBG/NBD, with purchases at more regular intervals.
    #[cfg(feature = "more-models")]
    MbgCnbd = "mbg_cnbd", "MBG/CNBD-k", ["r", "alpha", "a", "b"];
}

impl fmt::Display for PurchaseModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
