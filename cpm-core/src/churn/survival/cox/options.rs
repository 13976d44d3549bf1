//! Choices for fitting a Cox model.

use serde::{Deserialize, Serialize};

/// How events at one time enter the partial likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Ties {
    /// The tied rows leave the risk set one after another, in an average order (Efron 1977): close to exact.
    #[default]
    Efron,
    /// Each tied event sees the whole risk set (Breslow 1974): biased towards 0 with many ties.
    Breslow,
}

/// Choices for [`CoxPh::fit`](super::CoxPh::fit).
///
/// ```
/// use cpm_core::churn::survival::{CoxOptions, Ties};
/// let options = CoxOptions::new().names(&["age", "contract"]).ties(Ties::Breslow).robust(true);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CoxOptions {
    pub(super) names: Option<Vec<String>>,
    pub(super) ties: Ties,
    pub(super) strata: Option<Vec<u32>>,
    pub(super) clusters: Option<Vec<u32>>,
    pub(super) robust: bool,
    pub(super) penalty: f64,
    pub(super) max_iterations: Option<usize>,
}

impl CoxOptions {
    /// Efron's ties, no strata, no penalty, model-based errors, columns named x0, x1, …
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Names of the columns.
    #[must_use]
    pub fn names<S: AsRef<str>>(mut self, names: &[S]) -> Self {
        self.names = Some(names.iter().map(|n| n.as_ref().to_owned()).collect());
        self
    }

    /// How tied events are treated.
    #[must_use]
    pub fn ties(mut self, ties: Ties) -> Self {
        self.ties = ties;
        self
    }

    /// A code per row: rows of one code share a baseline hazard, all rows share the coefficients.
    #[must_use]
    pub fn strata(mut self, strata: &[u32]) -> Self {
        self.strata = Some(strata.to_vec());
        self
    }

    /// Standard errors that hold when the model does not, or when weights are sampling weights
    /// (the sandwich of Lin & Wei 1989).
    #[must_use]
    pub fn robust(mut self, robust: bool) -> Self {
        self.robust = robust;
        self
    }

    /// A code per row: rows of one code may depend on each other. Errors are then robust.
    #[must_use]
    pub fn clusters(mut self, clusters: &[u32]) -> Self {
        self.clusters = Some(clusters.to_vec());
        self
    }

    /// Ridge penalty, as lifelines' `penalizer`: the log partial likelihood is reduced by
    /// n/2 · penalty · Σ (β·s)², with s the sample standard deviation of the column and n the sum of weights.
    #[must_use]
    pub fn penalty(mut self, penalty: f64) -> Self {
        self.penalty = penalty;
        self
    }

    /// Most iterations of Newton's method; 100 unless set.
    #[must_use]
    pub fn max_iterations(mut self, iterations: usize) -> Self {
        self.max_iterations = Some(iterations);
        self
    }
}
