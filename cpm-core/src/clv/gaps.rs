//! The part of a likelihood that depends on when the purchases were, beside their number: that of purchases at regular
//! intervals.

use crate::error::{Error, Result};
use crate::numerics::gamma::ln_gamma;
use crate::summary::CustomerSummary;

/// Sum of the logarithms of the times between a customer's purchases.
pub(super) fn ln_gaps(customers: &CustomerSummary) -> Result<&[f64]> {
    customers.ln_gaps().ok_or_else(|| Error::Empty {
        what: "the column ln_gaps of the summary".to_owned(),
        remedy: "Summarise a log whose purchases are merged within a day or another period, or give the sums with with_ln_gaps"
            .to_owned(),
    })
}

/// ln of Π Δ_j^(k-1)/Γ(k)^x, the part of a likelihood that depends on when purchases were.
pub(super) fn of_gaps(shape: f64, x: f64, ln_gaps: f64) -> f64 {
    (shape - 1.0) * ln_gaps - x * ln_gamma(shape)
}
