//! The result of a chi-squared test.

use super::distribution::chi_squared_tail;

/// A statistic that is chi-squared if there is nothing to find.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct TestResult {
    /// The statistic.
    pub statistic: f64,
    /// Its degrees of freedom.
    pub degrees_of_freedom: usize,
    /// Probability of a statistic at least as large if there is nothing to find.
    pub p_value: f64,
}

impl TestResult {
    pub(crate) fn chi_squared(statistic: f64, degrees_of_freedom: usize) -> Self {
        // A statistic of 0 may round to below it.
        let statistic = statistic.max(0.0);
        Self { statistic, degrees_of_freedom, p_value: chi_squared_tail(statistic, degrees_of_freedom) }
    }
}
