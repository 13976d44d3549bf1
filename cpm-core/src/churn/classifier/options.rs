//! Choices for the classifier.

use serde::{Deserialize, Serialize};

use super::calibration::CalibrationMethod;
use super::encoder::UnseenCategory;
use super::logistic::LogisticOptions;
use super::weighting::Weighting;

/// The model behind a [`ChurnClassifier`](super::ChurnClassifier).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ClassifierMethod {
    /// [`LogisticRegression`](super::LogisticRegression), by default with a ridge penalty of 1 on standardised effects.
    #[default]
    Logistic,
    /// Gradient-boosted trees (feature `boosting`).
    Boosting,
}

/// Choices for the boosted trees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BoostingOptions {
    /// Number of trees.
    pub trees: usize,
    /// Shrinkage of each tree.
    pub learning_rate: f64,
    /// Depth of a tree.
    pub max_depth: usize,
    /// Ridge penalty on the leaves.
    pub l2: f64,
    /// Least weight of a leaf, in units of p(1 − p).
    pub min_leaf_weight: f64,
    /// Share of rows per tree.
    pub subsample: f64,
    /// Share of columns per tree.
    pub columns_per_tree: f64,
    /// For the shares.
    pub seed: u64,
}

impl Default for BoostingOptions {
    fn default() -> Self {
        Self {
            trees: 200,
            learning_rate: 0.05,
            max_depth: 3,
            l2: 1.0,
            min_leaf_weight: 5.0,
            subsample: 1.0,
            columns_per_tree: 1.0,
            seed: 0,
        }
    }
}

/// Choices for [`ChurnClassifier::fit`](super::ChurnClassifier::fit).
///
/// ```
/// use cpm_core::churn::classifier::{CalibrationMethod, ClassifierOptions};
/// let options = ClassifierOptions::new().calibration(Some(CalibrationMethod::Beta)).folds(5, 1);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ClassifierOptions {
    pub(super) method: ClassifierMethod,
    pub(super) calibration: Option<CalibrationMethod>,
    pub(super) folds: usize,
    pub(super) seed: u64,
    pub(super) times: Option<Vec<f64>>,
    pub(super) gap: f64,
    pub(super) logistic: LogisticOptions,
    pub(super) boosting: BoostingOptions,
    pub(super) weighting: Weighting,
    pub(super) unseen: UnseenCategory,
}

impl Default for ClassifierOptions {
    fn default() -> Self {
        Self {
            method: ClassifierMethod::default(),
            calibration: None,
            folds: 5,
            seed: 0,
            times: None,
            gap: 0.0,
            logistic: LogisticOptions::new().penalty(1.0),
            boosting: BoostingOptions::default(),
            weighting: Weighting::default(),
            unseen: UnseenCategory::Error,
        }
    }
}

impl ClassifierOptions {
    /// A logistic regression with a ridge penalty of 1, not calibrated.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The model.
    #[must_use]
    pub fn method(mut self, method: ClassifierMethod) -> Self {
        self.method = method;
        self
    }

    /// How scores become probabilities; `None` leaves them as they are.
    #[must_use]
    pub fn calibration(mut self, calibration: Option<CalibrationMethod>) -> Self {
        self.calibration = calibration;
        self
    }

    /// Folds of the cross-fitting that calibration needs, and the seed of their draw; 5 unless set.
    #[must_use]
    pub fn folds(mut self, folds: usize, seed: u64) -> Self {
        (self.folds, self.seed) = (folds, seed);
        self
    }

    /// Times of the rows: cross-fitting then learns from the past only ([`expanding_windows`](super::expanding_windows)), with a gap of the label window.
    #[must_use]
    pub fn times(mut self, times: &[f64], gap: f64) -> Self {
        (self.times, self.gap) = (Some(times.to_vec()), gap);
        self
    }

    /// Penalty of the logistic regression and its L1 share.
    #[must_use]
    pub fn penalty(mut self, penalty: f64, l1_ratio: f64) -> Self {
        self.logistic = self.logistic.penalty(penalty).l1_ratio(l1_ratio);
        self
    }

    /// Choices for the trees.
    #[must_use]
    pub fn boosting(mut self, options: BoostingOptions) -> Self {
        self.boosting = options;
        self
    }

    /// How often each row counts.
    #[must_use]
    pub fn weights(mut self, weights: &[f64]) -> Self {
        self.weighting.rows = Some(weights.to_vec());
        self
    }

    /// Factors on the weights of those who stayed and of those who churned, for the model. Calibration does not take them, so that
    /// calibrated probabilities are those of the base.
    #[must_use]
    pub fn class_weights(mut self, stayed: f64, churned: f64) -> Self {
        self.weighting.classes = Some([stayed, churned]);
        self
    }

    /// Factors that make both classes count half.
    #[must_use]
    pub fn balanced(mut self, balanced: bool) -> Self {
        self.weighting.balanced = balanced;
        self
    }

    /// What to make of a category that the fit did not see.
    #[must_use]
    pub fn unseen(mut self, unseen: UnseenCategory) -> Self {
        self.unseen = unseen;
        self
    }

    /// The same choices for some of the rows.
    pub(super) fn for_rows(&self, rows: &[usize]) -> Self {
        let own = self.weighting.rows.as_ref().map(|w| rows.iter().map(|&i| w[i]).collect());
        Self { weighting: self.weighting.with_rows(own), ..self.clone() }
    }

    /// Whether something was said about single rows.
    pub(super) fn has_weights_or_times(&self) -> bool {
        self.weighting.rows.is_some() || self.times.is_some()
    }
}
