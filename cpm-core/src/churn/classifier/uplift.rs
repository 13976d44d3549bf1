//! Who can be moved: models of the effect of a treatment.

use serde::{Deserialize, Serialize};

use super::{ChurnClassifier, ClassifierOptions, Features};
use crate::error::{Error, Result, same_length};

/// How an [`UpliftModel`] learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum UpliftMethod {
    /// One model of the treated, one of the control group; the uplift is their difference.
    #[default]
    TwoModels,
    /// One model of the transformed outcome: whether outcome and treatment agree.
    TransformedOutcome,
}

/// The effect of a treatment on the probability of an outcome, customer by customer, from a randomised campaign.
///
/// # Methods
/// - **Two models** (Hansotia & Rukstales 2002, Journal of Interactive Marketing 16): P(outcome | x, treated) − P(outcome | x, not
///   treated) by two [`ChurnClassifier`]s. Each is good at its own probability; what they differ by is small beside it, so the
///   difference is noisy.
/// - **Transformed outcome** (Jaskowski & Jaroszewicz 2012, ICML workshop on clinical data): Z = 1 if the treated show the outcome or the
///   others do not. With rows weighted by 1/P(of the group they are in), P(Z = 1 | x) = (1 + uplift)/2, so one model sees the
///   effect directly. It learns from all rows at once, and sees noise where outcomes do not depend on the treatment at all.
///
/// Neither is better always: hold both against a hold-out by [`qini_curve`](crate::churn::evaluation::qini_curve).
///
/// Treatment must have been given at random, with the same chance to everybody. Without that the difference is one between customers
/// as well.
///
/// ```
/// use cpm_core::churn::classifier::{ClassifierOptions, Features, UpliftMethod, UpliftModel};
/// // The offer works for customers with large bills only.
/// let bill: Vec<f64> = (0..400).map(|i| f64::from(i % 20)).collect();
/// let treated: Vec<bool> = (0..400).map(|i| (i / 20) % 2 == 0).collect();
/// let stayed: Vec<bool> = (0..400).map(|i| (i % 20 >= 10 && (i / 20) % 2 == 0) || (i / 40) % 3 == 0).collect();
/// let features = Features::new().numeric("bill", &bill)?;
/// let model = UpliftModel::fit(&features, &stayed, &treated, UpliftMethod::TwoModels, &ClassifierOptions::new())?;
/// let uplift = model.predict(&features)?;
/// assert!(uplift[19] > 0.3 && uplift[19] > uplift[0] + 0.2);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpliftModel {
    parts: Parts,
    rows: usize,
    treated_share: f64,
    effect: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Parts {
    TwoModels { treated: Box<ChurnClassifier>, control: Box<ChurnClassifier> },
    TransformedOutcome { agreement: Box<ChurnClassifier> },
}

impl UpliftModel {
    /// Fits the model. `outcome` is what the treatment is to bring about (that a customer stays, or buys); `options` are those of the
    /// classifiers, without weights and times. With calibration the probabilities are right on average, and so is their difference.
    ///
    /// # Errors
    /// [`Error::NotIdentified`] if nobody is treated or nobody is in the control group, or if a group has one outcome only;
    /// [`Error::InvalidArgument`] for options with weights or times; those of [`ChurnClassifier::fit`].
    pub fn fit(
        features: &Features,
        outcome: &[bool],
        treated: &[bool],
        method: UpliftMethod,
        options: &ClassifierOptions,
    ) -> Result<Self> {
        same_length("outcome", outcome.len(), "X", features.rows())?;
        same_length("treated", treated.len(), "outcome", outcome.len())?;
        if options.has_weights_or_times() {
            let expected = "the rows of a randomised campaign count alike, and are of one time";
            return Err(Error::argument("options", "weights or times", expected));
        }
        let of = |which: bool| -> Vec<usize> { (0..treated.len()).filter(|&i| treated[i] == which).collect() };
        let groups = [of(true), of(false)];
        for (rows, name) in groups.iter().zip(["treated", "in the control group"]) {
            if rows.is_empty() {
                return Err(not_identified(
                    format!("nobody is {name}"),
                    "Keep a randomised control group, and give its customers too",
                ));
            }
            let shown = rows.iter().filter(|i| outcome[**i]).count();
            if shown == 0 || shown == rows.len() {
                let what = if shown == 0 { "nobody" } else { "everybody" };
                return Err(not_identified(
                    format!("{what} of those who are {name} shows the outcome"),
                    "Give a larger campaign, or an outcome that varies",
                ));
            }
        }
        let rate = |rows: &[usize]| rows.iter().filter(|i| outcome[**i]).count() as f64 / rows.len() as f64;
        let treated_share = groups[0].len() as f64 / treated.len() as f64;
        let parts = match method {
            UpliftMethod::TwoModels => {
                let fit = |rows: &[usize]| {
                    let y: Vec<bool> = rows.iter().map(|&i| outcome[i]).collect();
                    ChurnClassifier::fit(&features.take(rows), &y, options).map(Box::new)
                };
                Parts::TwoModels { treated: fit(&groups[0])?, control: fit(&groups[1])? }
            }
            UpliftMethod::TransformedOutcome => {
                let agree: Vec<bool> = outcome.iter().zip(treated).map(|(y, t)| y == t).collect();
                // On average 1, so that a penalty means what it means elsewhere.
                let weight = |t: &bool| 0.5 / if *t { treated_share } else { 1.0 - treated_share };
                let weights: Vec<f64> = treated.iter().map(weight).collect();
                let options = options.clone().weights(&weights);
                Parts::TransformedOutcome { agreement: Box::new(ChurnClassifier::fit(features, &agree, &options)?) }
            }
        };
        let effect = rate(&groups[0]) - rate(&groups[1]);
        Ok(Self { parts, rows: treated.len(), treated_share, effect })
    }

    /// What the treatment adds to the probability of the outcome, one per row, from −1 to 1. Negative: better left alone.
    ///
    /// # Errors
    /// As [`ChurnClassifier::predict`].
    pub fn predict(&self, features: &Features) -> Result<Vec<f64>> {
        match &self.parts {
            Parts::TwoModels { treated, control } => {
                let (with, without) = (treated.predict(features)?, control.predict(features)?);
                Ok(with.into_iter().zip(without).map(|(a, b)| a - b).collect())
            }
            Parts::TransformedOutcome { agreement } => {
                Ok(agreement.predict(features)?.into_iter().map(|p| 2.0 * p - 1.0).collect())
            }
        }
    }

    /// Probability of the outcome with and without the treatment; `None` for a model of the transformed outcome, which does not know them.
    ///
    /// # Errors
    /// As [`ChurnClassifier::predict`].
    pub fn predict_both(&self, features: &Features) -> Result<Option<(Vec<f64>, Vec<f64>)>> {
        match &self.parts {
            Parts::TwoModels { treated, control } => Ok(Some((treated.predict(features)?, control.predict(features)?))),
            Parts::TransformedOutcome { .. } => Ok(None),
        }
    }

    /// How the model learned.
    #[must_use]
    pub fn method(&self) -> UpliftMethod {
        match &self.parts {
            Parts::TwoModels { .. } => UpliftMethod::TwoModels,
            Parts::TransformedOutcome { .. } => UpliftMethod::TransformedOutcome,
        }
    }

    /// Names of the features.
    #[must_use]
    pub fn feature_names(&self) -> Vec<String> {
        match &self.parts {
            Parts::TwoModels { treated: model, .. } | Parts::TransformedOutcome { agreement: model } => {
                model.feature_names()
            }
        }
    }

    /// Rows of the fit.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Share of them who were treated.
    #[must_use]
    pub fn treated_share(&self) -> f64 {
        self.treated_share
    }

    /// Effect of treating everybody: the difference of the outcome rates in the fit.
    #[must_use]
    pub fn average_effect(&self) -> f64 {
        self.effect
    }

    /// Predictions take shapes for granted, and a file can be edited by hand.
    #[cfg(feature = "json")]
    pub(crate) fn check(&self) -> Result<()> {
        match &self.parts {
            Parts::TwoModels { treated, control } => {
                treated.check()?;
                control.check()?;
                if treated.feature_names() != control.feature_names() {
                    return Err(Error::argument("control", "model", "both models have the same features"));
                }
                Ok(())
            }
            Parts::TransformedOutcome { agreement } => agreement.check(),
        }
    }
}

fn not_identified(reason: String, remedy: &str) -> Error {
    Error::NotIdentified { model: "the uplift", reason, remedy: remedy.to_owned() }
}

#[cfg(test)]
#[path = "uplift_tests.rs"]
mod tests;
