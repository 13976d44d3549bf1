//! Models as small JSON files, read by Rust and by Python.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::churn::classifier::{ChurnClassifier, LogisticRegression};
use crate::churn::survival::{CoxPh, KaplanMeier, NelsonAalen};
use crate::clv::{
    BetaDiscreteWeibull, BgBb, BgNbd, ContractualProcess, FitReport, GammaGamma, MbgNbd, Nbd, ParetoNbd,
    PurchaseProcess, ShiftedBetaGeometric,
};
use crate::error::{Error, Result};

/// Version of the file's layout; raised whenever an older reader would misunderstand it.
const SCHEMA_VERSION: u64 = 1;

/// A fitted model of any kind, for saving and loading.
///
/// ```
/// use cpm_core::{BgNbd, SavedModel};
/// let model = BgNbd::from_params(0.243, 4.414, 0.793, 2.426)?;
/// let text = SavedModel::from(model.clone()).to_json()?;
/// assert_eq!(SavedModel::from_json(&text)?, SavedModel::BgNbd(model));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model", content = "state")]
#[non_exhaustive]
pub enum SavedModel {
    /// A purchase model.
    BgNbd(BgNbd),
    /// A purchase model.
    MbgNbd(MbgNbd),
    /// A purchase model.
    Nbd(Nbd),
    /// A purchase model.
    ParetoNbd(ParetoNbd),
    /// A spend model.
    GammaGamma(GammaGamma),
    /// A purchase model in discrete time.
    BgBb(BgBb),
    /// A contractual model.
    ShiftedBetaGeometric(ShiftedBetaGeometric),
    /// A contractual model.
    BetaDiscreteWeibull(BetaDiscreteWeibull),
    /// A survival model.
    CoxPh(CoxPh),
    /// A survival curve.
    KaplanMeier(KaplanMeier),
    /// A cumulative hazard.
    NelsonAalen(NelsonAalen),
    /// A classifier.
    LogisticRegression(LogisticRegression),
    /// A classifier.
    ChurnClassifier(Box<ChurnClassifier>),
}

impl From<BgNbd> for SavedModel {
    fn from(model: BgNbd) -> Self {
        Self::BgNbd(model)
    }
}

impl From<MbgNbd> for SavedModel {
    fn from(model: MbgNbd) -> Self {
        Self::MbgNbd(model)
    }
}

impl From<Nbd> for SavedModel {
    fn from(model: Nbd) -> Self {
        Self::Nbd(model)
    }
}

impl From<ParetoNbd> for SavedModel {
    fn from(model: ParetoNbd) -> Self {
        Self::ParetoNbd(model)
    }
}

impl From<GammaGamma> for SavedModel {
    fn from(model: GammaGamma) -> Self {
        Self::GammaGamma(model)
    }
}

impl From<BgBb> for SavedModel {
    fn from(model: BgBb) -> Self {
        Self::BgBb(model)
    }
}

impl From<ShiftedBetaGeometric> for SavedModel {
    fn from(model: ShiftedBetaGeometric) -> Self {
        Self::ShiftedBetaGeometric(model)
    }
}

impl From<BetaDiscreteWeibull> for SavedModel {
    fn from(model: BetaDiscreteWeibull) -> Self {
        Self::BetaDiscreteWeibull(model)
    }
}

impl From<CoxPh> for SavedModel {
    fn from(model: CoxPh) -> Self {
        Self::CoxPh(model)
    }
}

impl From<KaplanMeier> for SavedModel {
    fn from(model: KaplanMeier) -> Self {
        Self::KaplanMeier(model)
    }
}

impl From<NelsonAalen> for SavedModel {
    fn from(model: NelsonAalen) -> Self {
        Self::NelsonAalen(model)
    }
}

impl From<LogisticRegression> for SavedModel {
    fn from(model: LogisticRegression) -> Self {
        Self::LogisticRegression(model)
    }
}

impl From<ChurnClassifier> for SavedModel {
    fn from(model: ChurnClassifier) -> Self {
        Self::ChurnClassifier(Box::new(model))
    }
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
    /// Names and values of the model's parameters; empty for the models of survival, whose results are tables.
    #[must_use]
    pub fn parameters(&self) -> Vec<(&'static str, f64)> {
        match self {
            Self::BgNbd(m) => m.parameters(),
            Self::MbgNbd(m) => m.parameters(),
            Self::Nbd(m) => m.parameters(),
            Self::ParetoNbd(m) => m.parameters(),
            Self::GammaGamma(m) => m.parameters(),
            Self::BgBb(m) => m.parameters(),
            Self::ShiftedBetaGeometric(m) => m.parameters(),
            Self::BetaDiscreteWeibull(m) => m.parameters(),
            Self::CoxPh(_) | Self::KaplanMeier(_) | Self::NelsonAalen(_) => Vec::new(),
            Self::LogisticRegression(_) | Self::ChurnClassifier(_) => Vec::new(),
        }
    }

    /// How the model's fit ended; `None` if the parameters were given.
    #[must_use]
    pub fn fit_report(&self) -> Option<&FitReport> {
        match self {
            Self::BgNbd(m) => m.fit_report(),
            Self::MbgNbd(m) => m.fit_report(),
            Self::Nbd(m) => m.fit_report(),
            Self::ParetoNbd(m) => m.fit_report(),
            Self::GammaGamma(m) => m.fit_report(),
            Self::BgBb(m) => m.fit_report(),
            Self::ShiftedBetaGeometric(m) => m.fit_report(),
            Self::BetaDiscreteWeibull(m) => m.fit_report(),
            Self::CoxPh(_) | Self::KaplanMeier(_) | Self::NelsonAalen(_) => None,
            Self::LogisticRegression(_) | Self::ChurnClassifier(_) => None,
        }
    }

    /// The model as JSON text.
    ///
    /// # Errors
    /// [`Error::SavedModel`] if it cannot be written as JSON.
    pub fn to_json(&self) -> Result<String> {
        let file = File { format: FORMAT.to_owned(), schema_version: SCHEMA_VERSION, model: self.clone() };
        serde_json::to_string_pretty(&file).map_err(|e| unreadable(e.to_string()))
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
        Self::from_json(&std::fs::read_to_string(path).map_err(|e| Error::io(path, e))?)
    }

    /// A file can be edited by hand: parameters are checked as if they were given.
    fn validated(self) -> Result<Self> {
        let parameters = self.parameters().len();
        // Intervals take its rows and columns for granted.
        if let Some(covariance) = self.fit_report().map(|r| &r.covariance_log)
            && (covariance.dim() != (parameters, parameters) || !covariance.iter().all(|v| v.is_finite()))
        {
            return Err(unreadable(format!("covariance_log is not {parameters} x {parameters} finite numbers")));
        }
        match &self {
            Self::BgNbd(m) => BgNbd::from_params(m.r(), m.alpha(), m.a(), m.b()).map(|_| ()),
            Self::MbgNbd(m) => MbgNbd::from_params(m.r(), m.alpha(), m.a(), m.b()).map(|_| ()),
            Self::Nbd(m) => Nbd::from_params(m.r(), m.alpha()).map(|_| ()),
            Self::ParetoNbd(m) => ParetoNbd::from_params(m.r(), m.alpha(), m.s(), m.beta()).map(|_| ()),
            Self::GammaGamma(m) => GammaGamma::from_params(m.p(), m.q(), m.v()).map(|_| ()),
            Self::BgBb(m) => BgBb::from_params(m.alpha(), m.beta(), m.gamma(), m.delta()).map(|_| ()),
            Self::ShiftedBetaGeometric(m) => ShiftedBetaGeometric::from_params(m.alpha(), m.beta()).map(|_| ()),
            Self::BetaDiscreteWeibull(m) => BetaDiscreteWeibull::from_params(m.gamma(), m.delta(), m.c()).map(|_| ()),
            Self::CoxPh(m) => m.check(),
            Self::KaplanMeier(m) => m.check(),
            Self::NelsonAalen(m) => m.check(),
            Self::LogisticRegression(m) => m.check(),
            Self::ChurnClassifier(m) => m.check(),
        }
        .map_err(|e| unreadable(e.to_string()))?;
        Ok(self)
    }
}

fn unreadable(reason: String) -> Error {
    Error::SavedModel { reason, remedy: "Give a file written by save, unchanged".to_owned() }
}
