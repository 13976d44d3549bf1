//! What covariates move, and the models that they can move.

use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::domain::{Domain, Kind};
use crate::clv::derivatives::Derivatives;
use crate::clv::overview::Overview;
use crate::clv::purchase_model::PurchaseProcess;
use crate::summary::History;

/// What a model with four parameters states so that covariates can move them.
pub(in crate::clv) trait Moved {
    const MODEL: &'static str;
    const NAMES: [&'static str; 4];
    /// What the parameters are.
    const KINDS: [Kind; 4];
    /// What they may be.
    const DOMAIN: Domain<4> = Domain { names: Self::NAMES, kinds: Self::KINDS };
    /// By how much a purchase coefficient moves the logarithm of each parameter.
    const PURCHASE: [f64; 4];
    /// The same for dropout.
    const DROPOUT: [f64; 4];
    /// Names and signs of the parts of dropout that can be told apart.
    const SEPARATE: &'static [(&'static str, [f64; 4])];

    /// The model at parameters that are valid.
    fn at_theta(theta: [f64; 4]) -> Self;

    /// Its parameters.
    fn theta(&self) -> [f64; 4];

    /// Typical size of each parameter, and where a fit starts.
    fn scale_and_start(data: &Overview) -> ([f64; 4], [f64; 4]);

    /// Weighted log-likelihood of histories sorted by x, with derivatives in the log-parameters.
    fn log_likelihood(theta: [f64; 4], histories: &[History], weights: &[f64]) -> Derivatives<4>;
}

/// A purchase model that can have covariates: [`BgNbd`](crate::clv::BgNbd), [`MbgNbd`](crate::clv::MbgNbd) and
/// [`ParetoNbd`](crate::clv::ParetoNbd).
///
/// | model | purchasing, coefficients g | dropout, coefficients h |
/// |---|---|---|
/// | BG/NBD, MBG/NBD | α_i = α·exp(-g'z_i) | a_i = a·exp(h'z_i), b_i = b·exp(h'z_i) |
/// | Pareto/NBD | α_i = α·exp(-g'z_i) | β_i = β·exp(-h'z_i) |
///
/// (Fader & Hardie 2007, note 019, "Incorporating Time-Invariant Covariates into the Pareto/NBD and BG/NBD Models".) A
/// customer whose covariates are one unit larger purchases e^g times as often, and, under Pareto/NBD, dies e^h times as fast.
#[expect(private_bounds, reason = "sealed: the models of this crate state it")]
pub trait CovariateBase:
    Moved + PurchaseProcess + Debug + Clone + PartialEq + Serialize + DeserializeOwned + 'static
{
}

impl<M> CovariateBase for M where
    M: Moved + PurchaseProcess + Debug + Clone + PartialEq + Serialize + DeserializeOwned + 'static
{
}
