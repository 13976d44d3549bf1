//! Referral value.

use serde::Serialize;

use crate::error::{self, Error, Result, same_length};

/// One row per referred customer and period, as columns of one length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReferralColumns<'a> {
    /// The customer who referred, numbered from 0.
    pub referrer: &'a [u32],
    /// Periods from now; 0 is now.
    pub period: &'a [f64],
    /// Contribution margin of the referred customer in the period.
    pub margin: &'a [f64],
    /// Cost of the referral: the rewards.
    pub referral_cost: &'a [f64],
    /// Marketing to keep the referred customer.
    pub marketing_cost: &'a [f64],
    /// Cost of acquisition that the referral saved.
    pub acquisition_saving: &'a [f64],
    /// Probability that the referred customer would not have joined otherwise: 1 and 0 are the paper's two types.
    pub incremental: &'a [f64],
}

/// Referral value of each referring customer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ReferralValue {
    /// One per referrer.
    pub values: Vec<f64>,
    /// Of it, from customers who would not have joined otherwise.
    pub from_incremental: Vec<f64>,
    /// Sum over the referrers.
    pub total: f64,
}

/// Customer referral value (Kumar, Petersen & Leone 2010, Journal of Marketing 74(5), equation 1).
///
/// CRV = Σ (p·(A − M) + S − a)/(1 + r)^t over the referred: margin A, marketing M, saved acquisition cost S, reward a. A customer
/// who would not have come otherwise (p = 1) brings A − a − M + S; one who would have come anyway (p = 0) only the saving, less the
/// reward if one was paid (the paper pays none: give 0).
///
/// ```
/// use cpm_core::portfolio::{ReferralColumns, referral_value};
/// let value = referral_value(
///     &ReferralColumns {
///         referrer: &[0, 0, 1],
///         period: &[0.0, 1.0, 0.0],
///         margin: &[100.0, 100.0, 100.0],
///         referral_cost: &[20.0, 0.0, 0.0],
///         marketing_cost: &[5.0, 5.0, 5.0],
///         acquisition_saving: &[15.0, 0.0, 15.0],
///         incremental: &[1.0, 1.0, 0.0],
///     },
///     2,
///     0.10,
/// )?;
/// assert!((value.values[0] - (90.0 + 95.0 / 1.1)).abs() < 1e-12);
/// assert_eq!(value.values[1], 15.0);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`]; [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming column and row; [`Error::InvalidArgument`] for a negative rate.
pub fn referral_value(columns: &ReferralColumns<'_>, referrers: usize, rate_per_period: f64) -> Result<ReferralValue> {
    error::non_negative("rate_per_period", rate_per_period)?;
    let c = columns;
    let n = c.referrer.len();
    if n == 0 {
        let remedy = "Give one row per referred customer and period".to_owned();
        return Err(Error::Empty { what: "the list of referred customers".to_owned(), remedy });
    }
    let numbers: [(&'static str, &[f64]); 6] = [
        ("period", c.period),
        ("margin", c.margin),
        ("referral_cost", c.referral_cost),
        ("marketing_cost", c.marketing_cost),
        ("acquisition_saving", c.acquisition_saving),
        ("incremental", c.incremental),
    ];
    for (column, values) in numbers {
        same_length(column, values.len(), "referrer", n)?;
        let (allowed, expected): (fn(f64) -> bool, _) = match column {
            "margin" => (f64::is_finite, "it must be a finite number"),
            "incremental" => (|v| (0.0..=1.0).contains(&v), "a probability lies between 0 and 1"),
            _ => (|v| v.is_finite() && v >= 0.0, "it must be a finite number of at least 0"),
        };
        if let Some(row) = values.iter().position(|v| !allowed(*v)) {
            let remedy = "Correct it, or leave out the row";
            return Err(Error::InvalidValue { column, row, value: values[row].to_string(), expected, remedy });
        }
    }
    super::groups::check_codes("referrer", c.referrer, n, referrers)?;
    let mut values = vec![0.0; referrers];
    let mut from_incremental = vec![0.0; referrers];
    for i in 0..n {
        let discount = (1.0 + rate_per_period).powf(-c.period[i]);
        let (p, saved) = (c.incremental[i], c.acquisition_saving[i] - c.referral_cost[i]);
        let joined = p * (c.margin[i] - c.marketing_cost[i]);
        values[c.referrer[i] as usize] += discount * (joined + saved);
        from_incremental[c.referrer[i] as usize] += discount * (joined + p * saved);
    }
    let total = values.iter().sum();
    Ok(ReferralValue { values, from_incremental, total })
}
