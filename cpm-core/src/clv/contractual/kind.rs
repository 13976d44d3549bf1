//! The contractual models by name: for code that is told at run time which one to fit.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use super::renewals::{Renewals, Term};
use super::{BetaDiscreteWeibull, ContractualProcess, ShiftedBetaGeometric};
use crate::clv::bootstrap::Refitted;
use crate::clv::fit::FitOptions;
use crate::error::{Error, Result};
use crate::numerics::newton::Evaluation;

/// Which contractual model: what [`contract_bootstrap`](super::contract_bootstrap) and its like are told.
///
/// ```
/// use cpm_core::clv::ContractualModelKind;
/// assert_eq!("beta_discrete_weibull".parse::<ContractualModelKind>()?, ContractualModelKind::BetaDiscreteWeibull);
/// assert_eq!(ContractualModelKind::ShiftedBetaGeometric.name(), "sBG");
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ContractualModelKind {
    /// [`ShiftedBetaGeometric`]: the chance of leaving of a customer never changes.
    ShiftedBetaGeometric,
    /// [`BetaDiscreteWeibull`]: it may grow or fall with tenure.
    BetaDiscreteWeibull,
}

/// A contractual model of any kind. It dereferences to [`ContractualProcess`], so that all answers are at hand.
///
/// ```
/// use cpm_core::FitOptions;
/// use cpm_core::clv::{Cohort, ContractualModel, ContractualModelKind, Renewals};
/// let renewals = Renewals::from_cohorts(&[Cohort::new(&[1000.0, 631.0, 468.0, 382.0])])?;
/// let model = ContractualModelKind::ShiftedBetaGeometric.fit(&renewals, &FitOptions::new())?;
/// assert!(model.survival(12, 0.95)?.value < 0.3);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum AnyContractualModel {
    /// [`ShiftedBetaGeometric`].
    ShiftedBetaGeometric(ShiftedBetaGeometric),
    /// [`BetaDiscreteWeibull`].
    BetaDiscreteWeibull(BetaDiscreteWeibull),
}

impl ContractualModelKind {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::ShiftedBetaGeometric, Self::BetaDiscreteWeibull];

    /// The name for options.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::ShiftedBetaGeometric => "shifted_beta_geometric",
            Self::BetaDiscreteWeibull => "beta_discrete_weibull",
        }
    }

    /// The model's name in the literature.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ShiftedBetaGeometric => ShiftedBetaGeometric::statement().model,
            Self::BetaDiscreteWeibull => BetaDiscreteWeibull::statement().model,
        }
    }

    /// Names of the parameters.
    #[must_use]
    pub fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::ShiftedBetaGeometric => &ShiftedBetaGeometric::KIND_PARAMETERS,
            Self::BetaDiscreteWeibull => &BetaDiscreteWeibull::KIND_PARAMETERS,
        }
    }

    /// Maximum likelihood.
    ///
    /// # Errors
    /// Those of the model's own `fit`.
    pub fn fit(self, renewals: &Renewals, options: &FitOptions) -> Result<AnyContractualModel> {
        Ok(match self {
            Self::ShiftedBetaGeometric => ShiftedBetaGeometric::fit(renewals, options)?.into(),
            Self::BetaDiscreteWeibull => BetaDiscreteWeibull::fit(renewals, options)?.into(),
        })
    }

    /// The model at natural parameters.
    pub(in crate::clv) fn at(self, p: &[f64]) -> AnyContractualModel {
        match self {
            Self::ShiftedBetaGeometric => ShiftedBetaGeometric::at(p[0], p[1]).into(),
            Self::BetaDiscreteWeibull => BetaDiscreteWeibull::at([p[0], p[1], p[2]]).into(),
        }
    }

    /// The log-likelihood at natural parameters, with derivatives in their logarithms.
    pub(in crate::clv) fn evaluate(self, terms: &[Term], parameters: &[f64]) -> Evaluation {
        match self {
            Self::ShiftedBetaGeometric => ShiftedBetaGeometric::statement().evaluate(terms, parameters),
            Self::BetaDiscreteWeibull => BetaDiscreteWeibull::statement().evaluate(terms, parameters),
        }
    }
}

impl FromStr for ContractualModelKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let known: Vec<&str> = Self::ALL.iter().map(|kind| kind.key()).collect();
        let found = Self::ALL.iter().find(|kind| kind.key() == text);
        found.copied().ok_or_else(|| {
            let expected = format!("for renewals it must be one of {}", known.join(", "));
            Error::argument("model", text, expected)
        })
    }
}

impl fmt::Display for ContractualModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl AnyContractualModel {
    /// Which one it is.
    #[must_use]
    pub fn kind(&self) -> ContractualModelKind {
        match self {
            Self::ShiftedBetaGeometric(_) => ContractualModelKind::ShiftedBetaGeometric,
            Self::BetaDiscreteWeibull(_) => ContractualModelKind::BetaDiscreteWeibull,
        }
    }
}

impl Deref for AnyContractualModel {
    type Target = dyn ContractualProcess;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::ShiftedBetaGeometric(model) => model,
            Self::BetaDiscreteWeibull(model) => model,
        }
    }
}

impl From<ShiftedBetaGeometric> for AnyContractualModel {
    fn from(model: ShiftedBetaGeometric) -> Self {
        Self::ShiftedBetaGeometric(model)
    }
}

impl From<BetaDiscreteWeibull> for AnyContractualModel {
    fn from(model: BetaDiscreteWeibull) -> Self {
        Self::BetaDiscreteWeibull(model)
    }
}

#[cfg(feature = "json")]
impl From<AnyContractualModel> for crate::SavedModel {
    fn from(model: AnyContractualModel) -> Self {
        match model {
            AnyContractualModel::ShiftedBetaGeometric(model) => model.into(),
            AnyContractualModel::BetaDiscreteWeibull(model) => model.into(),
        }
    }
}

impl Refitted for AnyContractualModel {
    fn estimates(&self) -> Vec<(String, f64)> {
        self.parameters().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}
