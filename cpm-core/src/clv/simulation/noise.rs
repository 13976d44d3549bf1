//! What is wrong with the rows of a simulated export.

use crate::error::{Error, Result};
use crate::transactions::Reason;

/// Defects of a simulated export of orders, each as a number of rows relative to the rows without defect.
///
/// Rows with a defect are added to the good ones, as garbled or repeated copies: who leaves them out is left with exactly the
/// simulated log.
///
/// ```
/// use cpm_core::clv::OrderNoise;
/// use cpm_core::transactions::Reason;
/// let noise = OrderNoise::new()
///     .with(Reason::DuplicateRow, 0.02)?
///     .with(Reason::MissingCustomer, 0.01)?
///     .with(Reason::UnparsableDate, 0.01)?
///     .mixed_case(0.05)?;
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OrderNoise {
    pub(super) shares: Vec<(Reason, f64)>,
    pub(super) mixed_case: f64,
    pub(super) seed: u64,
}

impl OrderNoise {
    /// What can be put in: duplicate rows, nulls, text that is no date or no number, dates after the end of the plan.
    pub const KINDS: [Reason; 7] = [
        Reason::MissingCustomer,
        Reason::MissingDate,
        Reason::UnparsableDate,
        Reason::MissingAmount,
        Reason::UnparsableAmount,
        Reason::Future,
        Reason::DuplicateRow,
    ];

    /// No defects.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds rows with one defect: for each good row one more with this probability.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a share outside 0 to 1, or a reason that is not one of [`KINDS`](Self::KINDS).
    pub fn with(mut self, defect: Reason, share: f64) -> Result<Self> {
        if !Self::KINDS.contains(&defect) {
            let expected = format!("choose among {:?}", Self::KINDS);
            return Err(Error::argument("defect", format!("{defect:?}"), expected));
        }
        self.shares.retain(|(kind, _)| *kind != defect);
        self.shares.push((defect, self::share(defect.label(), share)?));
        Ok(self)
    }

    /// In this share of the good rows the customer's id is in lower case: another id, unless aliases say otherwise.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a share outside 0 to 1.
    pub fn mixed_case(mut self, share: f64) -> Result<Self> {
        self.mixed_case = self::share("mixed_case", share)?;
        Ok(self)
    }

    /// Another seed puts the defects elsewhere, and the rows into another order.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

fn share(name: &'static str, share: f64) -> Result<f64> {
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(Error::argument(name, share, "it is a share of the rows, from 0 to 1"))
    }
}
