//! Models as small JSON files, read by Rust and by Python.

use std::borrow::Cow;
use std::path::Path;

use serde::{Deserialize, Serialize};

#[cfg(feature = "churn-risk")]
use crate::churn::PurchaseRhythm;
#[cfg(feature = "classifier")]
use crate::churn::classifier::{Calibrator, ChurnClassifier, LogisticRegression, UpliftModel};
#[cfg(feature = "survival")]
use crate::churn::survival::{Aft, CoxPh, DiscreteHazard, KaplanMeier, NelsonAalen};
#[cfg(feature = "simulation")]
use crate::clv::AnyPosterior;
#[cfg(all(feature = "covariates", feature = "discrete-time"))]
use crate::clv::ShiftedBetaGeometricWithCovariates;
#[cfg(feature = "discrete-time")]
use crate::clv::{BetaDiscreteWeibull, BgBb, ContractualProcess, ShiftedBetaGeometric};
#[cfg(feature = "more-models")]
use crate::clv::{BgCnbd, GGompertzNbd, MbgCnbd};
use crate::clv::{BgNbd, FitReport, GammaGamma, MbgNbd, Nbd, ParetoNbd, PurchaseProcess};
#[cfg(feature = "covariates")]
use crate::clv::{PurchaseModelKind, WithCovariates};
use crate::error::{Error, Result};
#[cfg(feature = "clustering")]
use crate::segmentation::{GaussianMixture, KMeans, KPrototypes};
#[cfg(feature = "segmentation")]
use crate::segmentation::{LifecycleModel, RfmModel, RuleSet, ValueTiers};

/// Version of the file's layout; raised whenever an older reader would misunderstand it.
const SCHEMA_VERSION: u64 = 1;

/// The kinds of models that can be saved: those with parameters, those whose parameters the data name, and those whose
/// results are tables; each with the check of what a file says, as a file can be edited by hand.
macro_rules! saved_models {
    (
        $(#[$about:meta])* $name:ident;
        parametric { $( $(#[$attribute:meta])* $parametric:ident: $doc:literal => $given:expr; )* }
        named { $( $(#[$named_attribute:meta])* $named:ident($named_type:ty): $named_doc:literal; )* }
        tables { $( $(#[$table_attribute:meta])* $table:ident($table_type:ty): $table_doc:literal; )* }
    ) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(tag = "model", content = "state")]
        #[non_exhaustive]
        pub enum $name {
            $( #[doc = $doc] $(#[$attribute])* $parametric($parametric), )*
            $( #[doc = $named_doc] $(#[$named_attribute])* $named($named_type), )*
            $( #[doc = $table_doc] $(#[$table_attribute])* $table($table_type), )*
        }

        $( $(#[$attribute])* impl From<$parametric> for $name {
            fn from(model: $parametric) -> Self {
                Self::$parametric(model)
            }
        } )*
        $( $(#[$named_attribute])* impl From<$named_type> for $name {
            fn from(model: $named_type) -> Self {
                Self::$named(model)
            }
        } )*
        $( $(#[$table_attribute])* impl From<$table_type> for $name {
            fn from(model: $table_type) -> Self {
                Self::$table(model)
            }
        } )*

        impl $name {
            /// Names and values of the model's parameters; empty for models whose results are tables.
            #[must_use]
            pub fn parameters(&self) -> Vec<(Cow<'static, str>, f64)> {
                match self {
                    $( $(#[$attribute])* Self::$parametric(model) => names(model.parameters()), )*
                    $( $(#[$named_attribute])* Self::$named(model) => names(model.parameters()), )*
                    $( $(#[$table_attribute])* Self::$table(_) => Vec::new(), )*
                }
            }

            /// How the model's fit ended; `None` if the parameters were given, or the results are tables.
            #[must_use]
            pub fn fit_report(&self) -> Option<&FitReport> {
                match self {
                    $( $(#[$attribute])* Self::$parametric(model) => model.fit_report(), )*
                    $( $(#[$named_attribute])* Self::$named(model) => model.fit_report(), )*
                    $( $(#[$table_attribute])* Self::$table(_) => None, )*
                }
            }

            pub(crate) fn check(&self) -> Result<()> {
                match self {
                    $( $(#[$attribute])* Self::$parametric(model) => {
                        let given: fn(&$parametric) -> Result<$parametric> = $given;
                        given(model).map(|_| ())
                    } )*
                    $( $(#[$named_attribute])* Self::$named(model) => model.check(), )*
                    $( $(#[$table_attribute])* Self::$table(model) => model.check(), )*
                }
            }
        }
    };
}

saved_models! {
    /// A fitted model of any kind, for saving and loading.
    ///
    /// ```
    /// use cpm_core::{BgNbd, SavedModel};
    /// let model = BgNbd::from_params(0.243, 4.414, 0.793, 2.426)?;
    /// let text = SavedModel::from(model.clone()).to_json()?;
    /// assert_eq!(SavedModel::from_json(&text)?, SavedModel::BgNbd(model));
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    SavedModel;

    parametric {
        BgNbd: "A purchase model." => |m| BgNbd::from_params(m.r(), m.alpha(), m.a(), m.b());
        MbgNbd: "A purchase model." => |m| MbgNbd::from_params(m.r(), m.alpha(), m.a(), m.b());
        Nbd: "A purchase model." => |m| Nbd::from_params(m.r(), m.alpha());
        ParetoNbd: "A purchase model." => |m| ParetoNbd::from_params(m.r(), m.alpha(), m.s(), m.beta());
        #[cfg(feature = "more-models")]
        GGompertzNbd: "A purchase model." => |m| GGompertzNbd::from_params(m.r(), m.alpha(), m.b(), m.s(), m.beta());
        #[cfg(feature = "more-models")]
        BgCnbd: "A model of regular purchases." => |m| BgCnbd::from_params(m.k(), m.r(), m.alpha(), m.a(), m.b());
        #[cfg(feature = "more-models")]
        MbgCnbd: "A model of regular purchases." => |m| MbgCnbd::from_params(m.k(), m.r(), m.alpha(), m.a(), m.b());
        GammaGamma: "A spend model." => |m| GammaGamma::from_params(m.p(), m.q(), m.v());
        #[cfg(feature = "discrete-time")]
        BgBb: "A purchase model in discrete time." => |m| BgBb::from_params(m.alpha(), m.beta(), m.gamma(), m.delta());
        #[cfg(feature = "discrete-time")]
        ShiftedBetaGeometric: "A contractual model." => |m| ShiftedBetaGeometric::from_params(m.alpha(), m.beta());
        #[cfg(feature = "discrete-time")]
        BetaDiscreteWeibull: "A contractual model." => |m| BetaDiscreteWeibull::from_params(m.gamma(), m.delta(), m.c());
    }

    named {
        #[cfg(feature = "covariates")]
        BgNbdCovariates(WithCovariates<BgNbd>): "A purchase model with covariates.";
        #[cfg(feature = "covariates")]
        MbgNbdCovariates(WithCovariates<MbgNbd>): "A purchase model with covariates.";
        #[cfg(feature = "covariates")]
        ParetoNbdCovariates(WithCovariates<ParetoNbd>): "A purchase model with covariates.";
        #[cfg(all(feature = "covariates", feature = "discrete-time"))]
        ShiftedBetaGeometricCovariates(ShiftedBetaGeometricWithCovariates): "A contractual model with covariates.";
    }

    tables {
        #[cfg(feature = "segmentation")]
        Rfm(RfmModel): "RFM scores with their edges.";
        #[cfg(feature = "segmentation")]
        Lifecycle(LifecycleModel): "Lifecycle stages.";
        #[cfg(feature = "segmentation")]
        RuleSet(RuleSet): "Segments as conditions.";
        #[cfg(feature = "segmentation")]
        ValueTiers(ValueTiers): "Value tiers.";
        #[cfg(feature = "clustering")]
        KMeans(KMeans): "Clusters around means.";
        #[cfg(feature = "clustering")]
        KPrototypes(KPrototypes): "Clusters of numbers and categories.";
        #[cfg(feature = "clustering")]
        GaussianMixture(GaussianMixture): "Overlapping normal clusters.";
        #[cfg(feature = "survival")]
        CoxPh(CoxPh): "A survival model.";
        #[cfg(feature = "survival")]
        KaplanMeier(KaplanMeier): "A survival curve.";
        #[cfg(feature = "survival")]
        NelsonAalen(NelsonAalen): "A cumulative hazard.";
        #[cfg(feature = "survival")]
        Aft(Aft): "A survival model.";
        #[cfg(feature = "survival")]
        DiscreteHazard(DiscreteHazard): "A survival model.";
        #[cfg(feature = "churn-risk")]
        PurchaseRhythm(PurchaseRhythm): "The rhythm of purchases.";
        #[cfg(feature = "simulation")]
        Posterior(Box<AnyPosterior>): "Draws from a posterior.";
        #[cfg(feature = "classifier")]
        LogisticRegression(LogisticRegression): "A classifier.";
        #[cfg(feature = "classifier")]
        ChurnClassifier(Box<ChurnClassifier>): "A classifier.";
        #[cfg(feature = "classifier")]
        Calibrator(Calibrator): "A calibration of probabilities.";
        #[cfg(feature = "classifier")]
        UpliftModel(UpliftModel): "Models of the effect of a treatment.";
    }
}

fn names<N: Into<Cow<'static, str>>>(parameters: Vec<(N, f64)>) -> Vec<(Cow<'static, str>, f64)> {
    parameters.into_iter().map(|(name, value)| (name.into(), value)).collect()
}

#[derive(Serialize, Deserialize)]
struct File {
    format: String,
    schema_version: u64,
    #[serde(flatten)]
    model: SavedModel,
}

const FORMAT: &str = "cpm-model";

impl SavedModel {
    /// The model as JSON text.
    ///
    /// # Errors
    /// [`Error::SavedModel`] if it cannot be written as JSON.
    pub fn to_json(&self) -> Result<String> {
        let file = File { format: FORMAT.to_owned(), schema_version: SCHEMA_VERSION, model: self.clone() };
        if self.is_long() {
            // JSON has no infinity: better no file than one that cannot be read.
            self.check()?;
        }
        // Thousands of draws would be a line each.
        let written = if self.is_long() { serde_json::to_string(&file) } else { serde_json::to_string_pretty(&file) };
        written.map_err(|e| unreadable(e.to_string()))
    }

    fn is_long(&self) -> bool {
        #[cfg(feature = "simulation")]
        return matches!(self, Self::Posterior(_));
        #[cfg(not(feature = "simulation"))]
        false
    }

    /// The model from JSON text.
    ///
    /// # Errors
    /// [`Error::SavedModel`] if the text is not a saved model, is damaged, or was written by a newer version.
    pub fn from_json(text: &str) -> Result<Self> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|e| unreadable(e.to_string()))?;
        if value.get("format").and_then(|v| v.as_str()) != Some(FORMAT) {
            return Err(unreadable(format!("it is not marked as \"format\": \"{FORMAT}\"")));
        }
        match value.get("schema_version").and_then(serde_json::Value::as_u64) {
            Some(SCHEMA_VERSION) => {}
            Some(newer) if newer > SCHEMA_VERSION => {
                return Err(Error::SavedModel {
                    reason: format!("it has schema version {newer}, this version reads up to {SCHEMA_VERSION}"),
                    remedy: "Update cpm, or save the model again with this version".to_owned(),
                });
            }
            _ => return Err(unreadable("it has no valid schema_version".to_owned())),
        }
        let file: File = serde_json::from_value(value).map_err(|e| unreadable(e.to_string()))?;
        file.model.validated()
    }

    /// The model's name in the literature, where its fit says what it is of.
    #[allow(unreachable_patterns, reason = "which kinds there are depends on the features")]
    fn title(&self) -> Option<&'static str> {
        Some(match self {
            Self::BgNbd(m) => m.name(),
            Self::MbgNbd(m) => m.name(),
            Self::Nbd(m) => m.name(),
            Self::ParetoNbd(m) => m.name(),
            #[cfg(feature = "more-models")]
            Self::GGompertzNbd(m) => m.name(),
            #[cfg(feature = "more-models")]
            Self::BgCnbd(m) => m.name(),
            #[cfg(feature = "more-models")]
            Self::MbgCnbd(m) => m.name(),
            Self::GammaGamma(_) => "Gamma-Gamma",
            #[cfg(feature = "discrete-time")]
            Self::BgBb(m) => m.name(),
            #[cfg(feature = "discrete-time")]
            Self::ShiftedBetaGeometric(m) => m.name(),
            #[cfg(feature = "discrete-time")]
            Self::BetaDiscreteWeibull(m) => m.name(),
            #[cfg(feature = "covariates")]
            Self::BgNbdCovariates(_) => PurchaseModelKind::BgNbd.name(),
            #[cfg(feature = "covariates")]
            Self::MbgNbdCovariates(_) => PurchaseModelKind::MbgNbd.name(),
            #[cfg(feature = "covariates")]
            Self::ParetoNbdCovariates(_) => PurchaseModelKind::ParetoNbd.name(),
            _ => return None,
        })
    }

    /// Saves the model to a file.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        std::fs::write(path, self.to_json()?).map_err(|e| Error::io(path, e))
    }

    /// Loads a model from a file.
    ///
    /// # Errors
    /// [`Error::Io`] if the file cannot be read; as [`from_json`](Self::from_json).
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|e| Error::io(path, e))?;
        if bytes.starts_with(b"CPMSTATE") {
            let reason = format!("{} is the saved state of a SummaryBuilder, not a model", path.display());
            return Err(Error::SavedModel { reason, remedy: "SummaryBuilder.load reads it".to_owned() });
        }
        let text = String::from_utf8(bytes).map_err(|e| {
            let at = e.utf8_error().valid_up_to();
            unreadable(format!("{} is no JSON: the byte at {at} is not UTF-8", path.display()))
        })?;
        Self::from_json(&text)
    }

    /// A file can be edited by hand: parameters are checked as if they were given, and the report whether it can be the model's.
    fn validated(self) -> Result<Self> {
        let contradiction = self.fit_report().and_then(|r| r.contradiction(self.title(), &self.parameters()));
        if let Some(reason) = contradiction {
            return Err(unreadable(reason));
        }
        self.check().map_err(|e| unreadable(e.to_string()))?;
        Ok(self)
    }
}

fn unreadable(reason: String) -> Error {
    Error::SavedModel { reason, remedy: "Give a file written by save, unchanged".to_owned() }
}
