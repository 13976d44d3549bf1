//! The columns of the summary, and their validation.

#[cfg(feature = "binary")]
mod bytes;
mod domain;

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use self::domain::Fault;
use super::more_columns::MoreColumns;
use super::{Covariates, Histories, TimeUnit};
use crate::error::{Error, Result, same_length};
use crate::numerics::parallel;
use crate::table::{Column, Table};
use crate::transactions::{CustomerId, CustomerIds, Timestamp};

/// Largest frequency and T of the domain in which the models are accurate.
const MAX_FREQUENCY: f64 = 1e6;
pub(super) const MAX_T: f64 = 1e5;

/// Rows of one task.
const PART: usize = 16_384;

/// One row per customer: frequency, recency, T, monetary value, and what the log adds to them.
///
/// Made by [`TransactionLog::summarize`](crate::TransactionLog::summarize), or given directly:
///
/// ```
/// use cpm_core::{CustomerSummary, TimeUnit};
/// let customers = CustomerSummary::new(&[2.0, 0.0], &[30.4, 0.0], &[38.9, 38.9], TimeUnit::Week)?
///     .with_monetary_value(&[22.35, 0.0])?
///     .with_customer_ids(["0001", "0002"].into_iter().collect())?;
/// assert_eq!(customers.len(), 2);
/// let wrong = CustomerSummary::new(&[2.0], &[40.0], &[38.9], TimeUnit::Week);
/// assert!(wrong.unwrap_err().to_string().contains("recency"));
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct CustomerSummary {
    /// Those of the log are not copied; numbers are made when they are asked for.
    ids: OnceLock<Arc<CustomerIds>>,
    frequency: Vec<f64>,
    recency: Vec<f64>,
    t: Vec<f64>,
    monetary_value: Option<Vec<f64>>,
    time_unit: TimeUnit,
    covariates: Option<Arc<Covariates>>,
    ln_gaps: Option<Vec<f64>>,
    pub(super) from_log: Option<FromLog>,
    histories: OnceLock<Arc<Histories>>,
}

/// Columns that only a log can give.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "binary", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct FromLog {
    pub(super) first: Vec<Timestamp>,
    pub(super) last: Vec<Timestamp>,
    pub(super) first_amount: Vec<f64>,
    pub(super) total_amount: Vec<f64>,
    pub(super) quality: SummaryQuality,
    pub(super) more: MoreColumns,
}

/// What became of the log's rows on the way to the summary.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SummaryQuality {
    /// End of observation.
    pub as_of: Timestamp,
    /// Whether the caller named it; otherwise it is the last time in the log.
    pub as_of_given: bool,
    /// Rows of the log.
    pub rows: u64,
    /// Rows after the end of observation, left out.
    pub rows_after_as_of: u64,
    /// Rows that joined an earlier row of their merging period.
    pub rows_merged: u64,
    /// Merging periods that returns brought to zero or below, not counted as purchases.
    pub periods_cancelled: u64,
    /// Customers whose first purchase is after the end of observation, left out.
    pub customers_after_as_of: u64,
    /// Customers left without any purchase by returns, left out.
    pub customers_cancelled: u64,
}

impl fmt::Display for SummaryQuality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = if self.as_of_given { "as given" } else { "the last time in the log" };
        writeln!(f, "Customer summary as of {} ({named})", self.as_of)?;
        writeln!(f, "  rows in the log    {:>12}", self.rows)?;
        writeln!(f, "  rows merged        {:>12}  into an earlier row of the same period", self.rows_merged)?;
        writeln!(f, "  rows after         {:>12}  later than the end of observation, left out", self.rows_after_as_of)?;
        writeln!(
            f,
            "  customers after    {:>12}  first purchase later than that, left out",
            self.customers_after_as_of
        )?;
        writeln!(f, "  periods cancelled  {:>12}  brought to zero or below by returns", self.periods_cancelled)?;
        write!(f, "  customers cancelled{:>12}  left without a purchase by returns", self.customers_cancelled)
    }
}

impl CustomerSummary {
    /// A summary from columns that exist already. Customers are numbered 0, 1, 2, … until ids are given.
    ///
    /// `frequency` counts repeat purchases; `recency` and `T` are in `time_unit`.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::LengthMismatch`], and [`Error::InvalidValue`] naming column, row and
    /// value where a frequency is negative, fractional or above 10^6, a time is negative, infinite, NaN or
    /// T is above 10^5, recency exceeds T, or recency is positive without a repeat purchase.
    pub fn new(
        frequency: &[f64],
        recency: &[f64],
        #[allow(non_snake_case)] T: &[f64],
        time_unit: TimeUnit,
    ) -> Result<Self> {
        let given = [frequency, recency, T];
        // Of many rows most of the time is that of memory's first use.
        let at_once = if frequency.len() < PART { given.len() } else { 1 };
        let copy = |columns: Range<usize>| given[columns].iter().map(|column| column.to_vec()).collect::<Vec<_>>();
        let mut copies = parallel::map_chunks(given.len(), at_once, copy).flatten();
        let mut next = || copies.next().unwrap_or_default();
        Self::of_columns(next(), next(), next(), time_unit)
    }

    /// [`new`](Self::new) without a copy.
    pub(super) fn of_columns(frequency: Vec<f64>, recency: Vec<f64>, t: Vec<f64>, time_unit: TimeUnit) -> Result<Self> {
        if frequency.is_empty() {
            return Err(Error::Empty {
                what: "the customer summary".to_owned(),
                remedy: "Give at least one customer".to_owned(),
            });
        }
        same_length("recency", recency.len(), "frequency", frequency.len())?;
        same_length("T", t.len(), "frequency", frequency.len())?;
        let first_fault = |rows: Range<usize>| {
            rows.into_iter().find_map(|row| {
                let (x, t_x, t) = (frequency[row], recency[row], t[row]);
                Fault::of(x, t_x, t).map(|fault| fault.error(row, x, t_x, t))
            })
        };
        if let Some(error) = parallel::map_chunks(frequency.len(), PART, first_fault).flatten().next() {
            return Err(error);
        }
        Ok(Self {
            ids: OnceLock::new(),
            frequency,
            recency,
            t,
            monetary_value: None,
            time_unit,
            covariates: None,
            ln_gaps: None,
            from_log: None,
            histories: OnceLock::new(),
        })
    }

    /// Adds the mean amount of the repeat purchases, 0 where there are none.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] where a value is negative, NaN or infinite.
    pub fn with_monetary_value(self, monetary_value: &[f64]) -> Result<Self> {
        self.with_monetary_column(monetary_value.to_vec())
    }

    /// [`with_monetary_value`](Self::with_monetary_value) without a copy.
    pub(super) fn with_monetary_column(mut self, monetary_value: Vec<f64>) -> Result<Self> {
        same_length("monetary_value", monetary_value.len(), "frequency", self.len())?;
        for (row, &m) in monetary_value.iter().enumerate() {
            if !(m.is_finite() && m >= 0.0) {
                return Err(Error::InvalidValue {
                    column: "monetary_value",
                    row,
                    value: m.to_string(),
                    expected: "the mean amount of repeat purchases must be a finite number of at least 0",
                    remedy: "Use 0 for customers without repeat purchase, and net returns before averaging",
                });
            }
        }
        self.monetary_value = Some(monetary_value);
        Ok(self)
    }

    /// Replaces the ids.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] where an id stands in an earlier row as well.
    pub fn with_customer_ids(self, ids: CustomerIds) -> Result<Self> {
        same_length("customer_id", ids.len(), "frequency", self.len())?;
        match ids.first_repeated() {
            None => Ok(self.with_distinct_ids(Arc::new(ids))),
            Some(row) => Err(Error::InvalidValue {
                column: "customer_id",
                row,
                value: ids.get(row).to_string(),
                expected: "a summary has one row per customer, and this id stands in an earlier row as well",
                remedy: "Summarise the log of the purchases, which brings those of a customer together",
            }),
        }
    }

    /// The same for ids of a log, which knows each customer once.
    pub(super) fn with_distinct_ids(mut self, ids: Arc<CustomerIds>) -> Self {
        self.ids = ids.into();
        self
    }

    pub(super) fn more(&self) -> Option<&MoreColumns> {
        self.from_log.as_ref().map(|log| &log.more)
    }

    /// Adds attributes of the customers, one row for each in the order of the summary, for models with covariates. The
    /// profile of a [`History`](super::History) then says which of them a customer has.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`].
    pub fn with_covariates(mut self, covariates: Covariates) -> Result<Self> {
        same_length("covariates", covariates.len(), "frequency", self.len())?;
        self.covariates = Some(Arc::new(covariates));
        self.histories = OnceLock::new();
        Ok(self)
    }

    /// Adds the attributes that the same customers have in another summary, found by their ids: that of the whole log, say, for the
    /// customers of its first part.
    ///
    /// ```
    /// use cpm_core::summary::Covariates;
    /// use cpm_core::{Column, SplitOptions, SummaryOptions, Table, datasets};
    /// let log = datasets::cdnow_sample()?;
    /// let all = log.summarize(&SummaryOptions::new())?;
    /// let mut table = Table::new();
    /// table.push("first_amount", Column::Float(all.first_amount().unwrap().to_vec()))?;
    /// let all = all.with_covariates(Covariates::new(&table)?)?;
    /// let calibration = log.split(&SplitOptions::new("1997-09-30")?)?.calibration.with_covariates_of(&all)?;
    /// assert_eq!(calibration.covariates().unwrap().len(), calibration.len());
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Empty`] if the other summary has no covariates; [`Error::InvalidValue`] naming a customer that it does not have.
    pub fn with_covariates_of(self, other: &Self) -> Result<Self> {
        let Some(covariates) = other.covariates() else {
            return Err(Error::Empty {
                what: "the table of covariates of the other summary".to_owned(),
                remedy: "Give its customers' attributes with with_covariates".to_owned(),
            });
        };
        let row_of: HashMap<String, u32> =
            other.customer_ids().iter().enumerate().map(|(row, id)| (id.to_string(), row as u32)).collect();
        let position = |(row, id): (usize, CustomerId<'_>)| {
            row_of.get(&id.to_string()).copied().ok_or_else(|| Error::InvalidValue {
                column: "customer_id",
                row,
                value: id.to_string(),
                expected: "the summary with the covariates does not have this customer",
                remedy: "Give covariates of all customers, those of the whole log",
            })
        };
        let positions = self.customer_ids().iter().enumerate().map(position).collect::<Result<Vec<u32>>>()?;
        self.with_covariates(covariates.take(&positions))
    }

    /// Adds, for each customer, the sum over the repeat purchases of ln(t_j - t_(j-1)), with times in the summary's unit;
    /// 0 without repeat purchase. The regularity of purchases shows in it ([`BgCnbd`](crate::clv::BgCnbd)).
    ///
    /// # Errors
    /// [`Error::LengthMismatch`]; [`Error::InvalidValue`] where a value is not finite, not 0 without repeat purchase, or
    /// above x·ln(t_x/x), the value of equal gaps.
    pub fn with_ln_gaps(mut self, ln_gaps: Vec<f64>) -> Result<Self> {
        same_length("ln_gaps", ln_gaps.len(), "frequency", self.len())?;
        for (row, &sum) in ln_gaps.iter().enumerate() {
            let (x, t_x) = (self.frequency[row], self.recency[row]);
            let largest = if x > 0.0 { x * (t_x / x).ln() } else { 0.0 };
            // Times are rounded to seconds before they are gaps.
            let valid = if x > 0.0 { sum <= largest + 1e-6 * (x + largest.abs()) } else { sum == 0.0 };
            if !(sum.is_finite() && valid) {
                return Err(Error::InvalidValue {
                    column: "ln_gaps",
                    row,
                    value: sum.to_string(),
                    expected: "the sum of ln of the times between purchases must be finite, at most x ln(t_x/x), and 0 without \
                               repeat purchase",
                    remedy: "Merge purchases of one time, and take the times in the unit of recency",
                });
            }
        }
        self.ln_gaps = Some(ln_gaps);
        Ok(self)
    }

    pub(super) fn with_log_columns(mut self, columns: FromLog) -> Self {
        self.from_log = Some(columns);
        self
    }

    /// Number of customers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.frequency.len()
    }

    /// Whether there are no customers; never true, since an empty summary is an error.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frequency.is_empty()
    }

    /// The customers' ids.
    #[must_use]
    pub fn customer_ids(&self) -> &CustomerIds {
        self.ids.get_or_init(|| Arc::new(CustomerIds::counted(self.len())))
    }

    /// Number of repeat purchases, x.
    #[must_use]
    pub fn frequency(&self) -> &[f64] {
        &self.frequency
    }

    /// Time from first to last purchase, `t_x`, in time units.
    #[must_use]
    pub fn recency(&self) -> &[f64] {
        &self.recency
    }

    /// Time from first purchase to the end of observation, in time units.
    #[must_use]
    #[allow(non_snake_case)]
    pub fn T(&self) -> &[f64] {
        &self.t
    }

    /// Mean amount of the repeat purchases; 0 where there are none.
    #[must_use]
    pub fn monetary_value(&self) -> Option<&[f64]> {
        self.monetary_value.as_deref()
    }

    /// Attributes of the customers, if they were given.
    #[must_use]
    pub fn covariates(&self) -> Option<&Covariates> {
        self.covariates.as_deref()
    }

    pub(crate) fn shared_covariates(&self) -> Option<Arc<Covariates>> {
        self.covariates.clone()
    }

    /// For each customer the sum over the repeat purchases of ln of the time since the one before, if known.
    #[must_use]
    pub fn ln_gaps(&self) -> Option<&[f64]> {
        self.ln_gaps.as_deref()
    }

    /// The unit of recency and T.
    #[must_use]
    pub fn time_unit(&self) -> TimeUnit {
        self.time_unit
    }

    /// Time of each customer's first purchase, if the summary was made from a log.
    #[must_use]
    pub fn first_purchase(&self) -> Option<&[Timestamp]> {
        self.from_log.as_ref().map(|l| l.first.as_slice())
    }

    /// Time of each customer's last purchase, if the summary was made from a log.
    #[must_use]
    pub fn last_purchase(&self) -> Option<&[Timestamp]> {
        self.from_log.as_ref().map(|l| l.last.as_slice())
    }

    /// Amount of each customer's first purchase, if the summary was made from a log.
    #[must_use]
    pub fn first_amount(&self) -> Option<&[f64]> {
        self.from_log.as_ref().map(|l| l.first_amount.as_slice())
    }

    /// Sum of each customer's purchases, the first one included, if the summary was made from a log.
    #[must_use]
    pub fn total_amount(&self) -> Option<&[f64]> {
        self.from_log.as_ref().map(|l| l.total_amount.as_slice())
    }

    /// What became of the log's rows, if the summary was made from a log.
    #[must_use]
    pub fn quality(&self) -> Option<&SummaryQuality> {
        self.from_log.as_ref().map(|l| &l.quality)
    }

    /// Days from the last purchase to the end of observation: what RFM scoring calls recency.
    #[must_use]
    pub fn days_since_last(&self) -> Vec<f64> {
        let days = self.time_unit.days();
        // Rounded to the second, so that whole days are whole after the change of unit.
        let round = |d: f64| (d * 86_400.0).round() / 86_400.0;
        self.t.iter().zip(&self.recency).map(|(t, t_x)| round((t - t_x) * days)).collect()
    }

    /// The distinct histories (x, t_x, T, and the profile of covariates if there are any) with their counts. Computed once.
    #[must_use]
    pub fn histories(&self) -> &Histories {
        self.histories.get_or_init(|| Arc::new(self.grouped(None)))
    }

    /// Histories in which a row counts as often as its weight says.
    pub(crate) fn grouped(&self, weights: Option<&[f64]>) -> Histories {
        let profiles = self.covariates().map(Covariates::of_row);
        Histories::group_with_profiles(&self.frequency, &self.recency, &self.t, profiles, weights)
    }

    /// All columns as a table: `customer_id, frequency, recency, T`, then what is known of
    /// `monetary_value, first_purchase, last_purchase, first_amount, total_amount, days_since_last, ln_gaps, orders,
    /// total_profit, mean_profit` and the customers' attributes (empty text where one is not known).
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push("customer_id", Column::Id(self.customer_ids().clone()))?;
        table.push("frequency", Column::Integer(self.frequency.iter().map(|&x| x as i64).collect()))?;
        table.push("recency", Column::Float(self.recency.clone()))?;
        table.push("T", Column::Float(self.t.clone()))?;
        if let Some(m) = &self.monetary_value {
            table.push("monetary_value", Column::Float(m.clone()))?;
        }
        if let Some(log) = &self.from_log {
            table.push("first_purchase", Column::Date(log.first.clone()))?;
            table.push("last_purchase", Column::Date(log.last.clone()))?;
            table.push("first_amount", Column::Float(log.first_amount.clone()))?;
            table.push("total_amount", Column::Float(log.total_amount.clone()))?;
        }
        table.push("days_since_last", Column::Float(self.days_since_last()))?;
        if let Some(gaps) = &self.ln_gaps {
            table.push("ln_gaps", Column::Float(gaps.clone()))?;
        }
        if let Some(more) = self.more() {
            more.push_to(&mut table)?;
        }
        Ok(table)
    }
}
