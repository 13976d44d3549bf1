//! Choices for a logistic regression.

use super::super::encoder::UnseenCategory;
use super::super::weighting::Weighting;

/// Choices for [`LogisticRegression::fit`](super::LogisticRegression::fit).
///
/// ```
/// use cpm_core::churn::classifier::LogisticOptions;
/// let options = LogisticOptions::new().penalty(1.0).l1_ratio(0.5).balanced(true);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticOptions {
    pub(super) penalty: f64,
    pub(super) l1_ratio: f64,
    pub(super) standardize: bool,
    pub(in crate::churn::classifier) weighting: Weighting,
    pub(super) robust: bool,
    pub(super) unseen: UnseenCategory,
    pub(super) max_iterations: usize,
}

impl Default for LogisticOptions {
    fn default() -> Self {
        Self {
            penalty: 0.0,
            l1_ratio: 0.0,
            standardize: true,
            weighting: Weighting::default(),
            robust: false,
            unseen: UnseenCategory::Error,
            max_iterations: 100,
        }
    }
}

impl LogisticOptions {
    /// No penalty, no weights, errors from the information matrix.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Strength λ of the penalty λ·((1 − l1_ratio)/2·Σβ² + l1_ratio·Σ|β|) that is taken off the log-likelihood; 0 is none. As a prior: with λ = 1
    /// and no L1 part effects are normal with standard deviation 1 beforehand. scikit-learn's `C` is 1/λ.
    #[must_use]
    pub fn penalty(mut self, penalty: f64) -> Self {
        self.penalty = penalty;
        self
    }

    /// Share of the L1 part: 0 is ridge, 1 the lasso, which sets effects to 0.
    #[must_use]
    pub fn l1_ratio(mut self, ratio: f64) -> Self {
        self.l1_ratio = ratio;
        self
    }

    /// Whether the penalty is on the effect of one standard deviation (the default: units do not matter) or of one unit (as in
    /// scikit-learn).
    #[must_use]
    pub fn standardize(mut self, standardize: bool) -> Self {
        self.standardize = standardize;
        self
    }

    /// How often each row counts (frequencies). Weight 2 is the same as the row given twice; 0 leaves it out.
    #[must_use]
    pub fn weights(mut self, weights: &[f64]) -> Self {
        self.weighting.rows = Some(weights.to_vec());
        self
    }

    /// Factors on the weights of those who stayed and of those who churned.
    #[must_use]
    pub fn class_weights(mut self, stayed: f64, churned: f64) -> Self {
        self.weighting.classes = Some([stayed, churned]);
        self
    }

    /// Factors that make both classes count half of all weight, as scikit-learn's `class_weight="balanced"`. Probabilities are then those
    /// of a base in which half churn; calibrate them.
    #[must_use]
    pub fn balanced(mut self, balanced: bool) -> Self {
        self.weighting.balanced = balanced;
        self
    }

    /// Standard errors that hold when weights are not frequencies or the model is wrong (the sandwich of Huber 1967 and White 1982).
    #[must_use]
    pub fn robust(mut self, robust: bool) -> Self {
        self.robust = robust;
        self
    }

    /// What to make of a category that the fit did not see.
    #[must_use]
    pub fn unseen(mut self, unseen: UnseenCategory) -> Self {
        self.unseen = unseen;
        self
    }

    /// Most iterations; 100 unless set.
    #[must_use]
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = iterations;
        self
    }
}
