//! What BG/BB is fitted to: purchases at discrete opportunities.

use crate::error::{Error, Result};
use crate::summary::{CustomerSummary, Histories, History, TimeUnit};

/// Most opportunities of one customer.
const MOST: u64 = 1_000_000;
/// Most customers of a summary that is made of weighted rows.
const MOST_CUSTOMERS: f64 = 1e8;

/// One row per customer (or group of equal customers): at how many of the opportunities it purchased, at which one
/// last, and how many there were.
///
/// An opportunity is anything that recurs and at which a customer purchases or does not: a yearly appeal for
/// donations, a monthly issue, a conference, a cruise season. The one at which the customer was acquired is not counted.
///
/// ```
/// use cpm_core::clv::OpportunityHistories;
/// // Of 6 opportunities: never; at two, the fourth being the last one; at all.
/// let donors = OpportunityHistories::new(&[0, 2, 6], &[0, 4, 6], &[6, 6, 6])?.with_weights(&[3464.0, 45.0, 1203.0])?;
/// assert_eq!(donors.customers(), 4712.0);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct OpportunityHistories {
    frequency: Vec<f64>,
    last: Vec<f64>,
    opportunities: Vec<f64>,
    /// How many customers each row stands for; one each if there are none.
    row_weights: Option<Vec<f64>>,
    grouped: Histories,
    /// For each distinct history the number of its customers.
    weight: Vec<f64>,
}

impl OpportunityHistories {
    /// From columns: the number of purchases x, the opportunity of the last one `t_x` (0 without purchase), and the
    /// number of opportunities n.
    ///
    /// # Errors
    /// [`Error::Empty`] without rows; [`Error::LengthMismatch`]; [`Error::InvalidValue`] unless x <= `t_x` <= n,
    /// with `t_x` = 0 exactly if x = 0.
    pub fn new(frequency: &[u64], last_opportunity: &[u64], opportunities: &[u64]) -> Result<Self> {
        let rows = frequency.len();
        for (column, found) in [("last_opportunity", last_opportunity.len()), ("opportunities", opportunities.len())] {
            if found != rows {
                return Err(Error::LengthMismatch { column, found, reference: "frequency", expected: rows });
            }
        }
        if rows == 0 {
            return Err(Error::Empty {
                what: "the histories".to_owned(),
                remedy: "Give at least one customer".to_owned(),
            });
        }
        for row in 0..rows {
            check(row, frequency[row], last_opportunity[row], opportunities[row])?;
        }
        let column = |values: &[u64]| values.iter().map(|v| *v as f64).collect::<Vec<f64>>();
        let (x, t_x, n) = (column(frequency), column(last_opportunity), column(opportunities));
        let grouped = Histories::group(&x, &t_x, &n, None);
        let weight = grouped.weight().to_vec();
        Ok(Self { frequency: x, last: t_x, opportunities: n, row_weights: None, grouped, weight })
    }

    /// How many customers each row stands for. Zero leaves a row out of a fit and of totals.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a weight that is negative or not finite.
    pub fn with_weights(mut self, weights: &[f64]) -> Result<Self> {
        if weights.len() != self.len() {
            return Err(Error::LengthMismatch {
                column: "weights",
                found: weights.len(),
                reference: "frequency",
                expected: self.len(),
            });
        }
        if let Some(row) = weights.iter().position(|w| !(w.is_finite() && *w >= 0.0)) {
            return Err(Error::InvalidValue {
                column: "weights",
                row,
                value: weights[row].to_string(),
                expected: "a weight must be a finite number of at least 0",
                remedy: "Use 0 to leave a row out",
            });
        }
        // In the order of the weights, so that sums do not depend on the order of the rows.
        let mut order: Vec<usize> = (0..weights.len()).collect();
        order.sort_by(|&i, &j| weights[i].total_cmp(&weights[j]));
        let sorted = |column: &[f64]| order.iter().map(|&i| column[i]).collect::<Vec<f64>>();
        let (x, t_x, n) = (sorted(&self.frequency), sorted(&self.last), sorted(&self.opportunities));
        self.weight = Histories::group(&x, &t_x, &n, Some(&sorted(weights))).weight().to_vec();
        self.row_weights = Some(weights.to_vec());
        Ok(self)
    }

    /// The rows as a summary, one customer each whatever its weight: for answers about single customers.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for more opportunities than a summary can have, 100,000.
    pub fn rows_summary(&self, time_unit: TimeUnit) -> Result<CustomerSummary> {
        CustomerSummary::new(&self.frequency, &self.last, &self.opportunities, time_unit)
    }

    /// The customers as a summary with one opportunity in every unit of time: for all that a
    /// [`PurchaseModel`](crate::PurchaseModel) does, such as tracking, simulation, bootstrap and posterior. A row stands for as many
    /// customers as its weight, in the order of the rows.
    ///
    /// ```
    /// use cpm_core::clv::{BootstrapOptions, OpportunityHistories, PurchaseModelKind, bootstrap};
    /// use cpm_core::TimeUnit;
    /// let donors = OpportunityHistories::new(&[0, 1, 3, 5, 6], &[0, 2, 5, 6, 6], &[6; 5])?
    ///     .with_weights(&[3464.0, 277.0, 209.0, 670.0, 1203.0])?;
    /// let customers = donors.to_summary(TimeUnit::Year)?;
    /// assert_eq!(customers.len(), 5823);
    /// let boot = bootstrap(PurchaseModelKind::BgBb, &customers, &BootstrapOptions::new().replicates(20))?;
    /// assert_eq!(boot.replicates().len(), 20);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidValue`] for a weight that is no whole number of customers; [`Error::InvalidArgument`] for more than 10^8 of
    /// them; [`Error::Empty`] if all weights are 0; as [`rows_summary`](Self::rows_summary).
    pub fn to_summary(&self, time_unit: TimeUnit) -> Result<CustomerSummary> {
        let Some(weights) = &self.row_weights else { return self.rows_summary(time_unit) };
        if let Some(row) = weights.iter().position(|w| w.fract() != 0.0) {
            return Err(Error::InvalidValue {
                column: "weights",
                row,
                value: weights[row].to_string(),
                expected: "a summary has whole customers: the weight must be a whole number",
                remedy: "Round the weights, or ask the model about the histories themselves",
            });
        }
        let customers: f64 = weights.iter().sum();
        if customers > MOST_CUSTOMERS {
            return Err(Error::argument(
                "weights",
                customers,
                "a summary of at most 10^8 customers is made of weights",
            ));
        }
        let expanded = |column: &[f64]| -> Vec<f64> {
            column.iter().zip(weights).flat_map(|(&v, &w)| std::iter::repeat_n(v, w as usize)).collect()
        };
        let (x, t_x, n) = (expanded(&self.frequency), expanded(&self.last), expanded(&self.opportunities));
        CustomerSummary::new(&x, &t_x, &n, time_unit)
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frequency.len()
    }

    /// Whether there are no rows; never true, since `new` refuses that.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frequency.is_empty()
    }

    /// Number of customers: the sum of the weights.
    #[must_use]
    pub fn customers(&self) -> f64 {
        self.weight.iter().sum()
    }

    pub(super) fn grouped(&self) -> &Histories {
        &self.grouped
    }

    /// The distinct histories and how many customers have each.
    pub(super) fn weighted(&self) -> impl Iterator<Item = (History, f64)> {
        self.grouped.distinct().iter().copied().zip(self.weight.iter().copied())
    }

    pub(super) fn weight(&self) -> &[f64] {
        &self.weight
    }
}

/// Checks one history.
pub(super) fn check(row: usize, x: u64, t_x: u64, n: u64) -> Result<()> {
    let invalid = |column, value: u64, expected, remedy| {
        Err(Error::InvalidValue { column, row, value: value.to_string(), expected, remedy })
    };
    if n > MOST {
        return invalid("opportunities", n, "there can be at most 1000000", "Take longer periods");
    }
    if t_x > n {
        let expected = "the last purchase cannot come after the last opportunity";
        return invalid("last_opportunity", t_x, expected, "Count opportunities from 1, acquisition excluded");
    }
    if x > t_x {
        let expected = "it cannot exceed the opportunity of the last purchase";
        return invalid("frequency", x, expected, "Count opportunities with a purchase, not purchases");
    }
    if x == 0 && t_x > 0 {
        let expected = "it must be 0 for a customer without purchase";
        return invalid("last_opportunity", t_x, expected, "Do not count the acquisition");
    }
    Ok(())
}

/// A valid history as the models see it.
pub(super) fn history(x: u64, t_x: u64, n: u64) -> Result<History> {
    check(0, x, t_x, n)?;
    Ok(History::new(x as f64, t_x as f64, n as f64))
}
