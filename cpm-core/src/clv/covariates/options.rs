//! Choices for models with covariates.

use serde::{Deserialize, Serialize};

/// Which covariates move which process, and how freely.
///
/// Without further choices every column moves purchasing and dropout, each with a coefficient of its own.
///
/// ```
/// use cpm_core::clv::CovariateOptions;
/// let options = CovariateOptions::new().purchase(&["age", "channel"]).dropout(&["channel"]).equal(&["channel"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CovariateOptions {
    /// The columns that move purchasing; all if not given.
    pub purchase: Option<Vec<String>>,
    /// The columns that move dropout; all if not given.
    pub dropout: Option<Vec<String>>,
    /// The columns with one coefficient for both.
    pub equal: Vec<String>,
    /// Weights of the ridge penalty: purchasing, dropout.
    pub penalty: [f64; 2],
    /// Whether a and b have coefficients of their own.
    pub separate_dropout: bool,
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|&n| n.to_owned()).collect()
}

impl CovariateOptions {
    /// Every column moves both processes, without penalty.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The columns that move purchasing; none if the list is empty.
    #[must_use]
    pub fn purchase(mut self, columns: &[&str]) -> Self {
        self.purchase = Some(owned(columns));
        self
    }

    /// The columns that move dropout; none if the list is empty.
    #[must_use]
    pub fn dropout(mut self, columns: &[&str]) -> Self {
        self.dropout = Some(owned(columns));
        self
    }

    /// Columns with one coefficient for purchasing and dropout together.
    #[must_use]
    pub fn equal(mut self, columns: &[&str]) -> Self {
        self.equal = owned(columns);
        self
    }

    /// Ridge penalty: `weight`/2 times the sum of the squared coefficients of *standardised* covariates is taken from the
    /// log-likelihood, with a weight for purchasing and one for dropout (their mean for common coefficients). 0 is none.
    #[must_use]
    pub fn penalty(mut self, purchase: f64, dropout: f64) -> Self {
        self.penalty = [purchase, dropout];
        self
    }

    /// BG/NBD and MBG/NBD have two dropout parameters, a and b, which move together as a rule: the mean dropout probability
    /// a/(a + b) is then the same for all, and covariates move how much customers differ. With this choice a and b have
    /// coefficients of their own, and the mean moves too.
    #[must_use]
    pub fn separate_dropout(mut self, separate: bool) -> Self {
        self.separate_dropout = separate;
        self
    }
}
