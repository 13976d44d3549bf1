//! What was known of a customer at a date, and what happened after it: the table a churn classifier learns from.

mod attributes;
mod events;
mod happenings;
mod options;
mod purchases;

use self::events::Matched;
use self::purchases::Moment;
use crate::error::Result;
use crate::numerics::parallel;
use crate::table::{Column, Table};
use crate::transactions::{Timestamp, TransactionLog};

pub use events::EventLog;
pub use options::FeatureOptions;

/// Customers per parallel task.
const CHUNK: usize = 1024;
/// The name of the label.
const LABEL: &str = "churned";

/// Features at one or several dates, stacked: one row per date and customer who had bought by then.
///
/// # Nothing leaks
/// A feature sees what is dated up to the as-of date and nothing else, of the log and of every event table. The
/// label sees the horizon after it. Changing, adding or removing anything after the date changes no feature (a property
/// test); attributes that are [joined](Self::join) are the caller's word.
///
/// # Columns
/// Times are in the unit of the options; a column in italics is missing (not 0) where it does not exist.
///
/// | columns | meaning |
/// |---|---|
/// | `customer_id, as_of` | the row |
/// | `frequency, recency, T` | as in the [summary](crate::summary) as of that date |
/// | `time_since_last`, *`overdue_ratio`* | silence, and silence over the mean gap |
/// | *`mean_gap, sd_gap`* | rhythm: of the gaps between purchases |
/// | `total_amount, mean_amount, last_amount`, *`sd_amount`* | spend per purchase |
/// | `purchases_w, amount_w` | within the trailing window w |
/// | `purchases_change_w, amount_change_w` | trend: less those of the window before it |
/// | `season_share` | share of the purchases that fell in the part of the year which the label window covers |
/// | `season_sin, season_cos` | the date's place in the year, on request |
/// | `returns, returned_amount` | of logs in which returns are netted |
/// | `name_count, name_w`, *`name_since_last`* | for each event table |
/// | *`name_last, name_mean`*, `name_sum_w` | the same, of [valued](EventLog::valued) events |
/// | `name_variety, name_variety_w` | distinct categories, of [categorised](EventLog::categorised) events |
/// | `churned` | 1 without a purchase in the horizon after the date, else 0 |
///
/// ```
/// use cpm_core::churn::{ChurnFeatures, FeatureOptions};
/// let log = cpm_core::datasets::cdnow_sample()?;
/// let features = ChurnFeatures::from_log(&log, &FeatureOptions::new(&["1997-09-30", "1997-12-31"], 13.0)?, &[])?;
/// let table = features.table();
/// assert_eq!(table.rows(), 2 * 2_357);
/// assert!(table.floats("purchases_13").is_some());
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ChurnFeatures {
    table: Table,
    label: Option<Vec<i64>>,
    unmatched: Vec<(String, u64)>,
}

impl ChurnFeatures {
    /// Features of the customers of `log` and of what `events` say of them.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`](crate::Error::InvalidArgument) for a horizon or window that is not positive and finite, for a
    /// date whose label is not known yet, for two event tables of one name, and for ids of another kind than the log's;
    /// [`Error::Empty`](crate::Error::Empty) if nobody has bought by any of the dates.
    pub fn from_log(log: &TransactionLog, options: &FeatureOptions, events: &[EventLog]) -> Result<Self> {
        let windows = options.checked_windows()?;
        options.check_labels(log.first_and_last().1)?;
        let matched = events.iter().map(|e| e.by_customer(log.customer_ids())).collect::<Result<Vec<_>>>()?;
        let mut names = purchases::names(log, &windows, options.calendar);
        names.extend(events.iter().flat_map(|e| happenings::names(e, &windows)));

        let mut rows = Rows { columns: vec![Vec::new(); names.len()], ..Rows::default() };
        for &as_of in &options.as_of {
            rows.append(log, &Moment::new(options, &windows, as_of), events, &matched);
        }
        if rows.customers.is_empty() {
            let (first, last) = log.first_and_last();
            return Err(crate::Error::Empty {
                what: "the table of features".to_owned(),
                remedy: format!("Nobody had bought by the last date; the log covers {first} to {last}"),
            });
        }
        let mut table = Table::new();
        table.push("customer_id", Column::Id(log.customer_ids().take(&rows.customers)))?;
        table.push("as_of", Column::Date(rows.as_of))?;
        for ((name, optional), values) in names.into_iter().zip(rows.columns) {
            let missing = |v: f64| if v.is_nan() { None } else { Some(v) };
            let column = match optional {
                true => Column::Optional(values.into_iter().map(missing).collect()),
                false => Column::Float(values),
            };
            table.push(&name, column)?;
        }
        let label = options.label.then_some(rows.quiet);
        if let Some(label) = &label {
            table.push(LABEL, Column::Integer(label.clone()))?;
        }
        let unmatched = events.iter().zip(&matched).map(|(e, m)| (e.name().to_owned(), m.unmatched)).collect();
        Ok(Self { table, label, unmatched })
    }

    /// All columns.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Names of the features: all columns but customer, date and label.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.table.columns().map(|(name, _)| name).filter(|n| !["customer_id", "as_of", LABEL].contains(n)).collect()
    }

    /// 1 for each row without a purchase in the horizon, else 0; `None` if no label was asked for.
    #[must_use]
    pub fn label(&self) -> Option<&[i64]> {
        self.label.as_deref()
    }

    /// For each event table the number of events of customers whom the log does not have: they are in no feature.
    #[must_use]
    pub fn unmatched_events(&self) -> &[(String, u64)] {
        &self.unmatched
    }
}

/// Columns as they grow.
#[derive(Default)]
struct Rows {
    customers: Vec<u32>,
    as_of: Vec<Timestamp>,
    quiet: Vec<i64>,
    columns: Vec<Vec<f64>>,
}

impl Rows {
    fn append(&mut self, log: &TransactionLog, moment: &Moment<'_>, events: &[EventLog], matched: &[Matched]) {
        let chunks = parallel::map_chunks(log.customers(), CHUNK, |chunk| {
            let mut part = (Vec::new(), Vec::new(), Vec::new());
            for customer in chunk {
                if let Some(quiet) = purchases::row(log, customer, moment, &mut part.2) {
                    for (event, rows) in events.iter().zip(matched) {
                        happenings::row(event, rows.until(customer, moment.as_of), moment, &mut part.2);
                    }
                    part.0.push(customer as u32);
                    part.1.push(i64::from(quiet));
                }
            }
            part
        });
        for (customers, quiet, values) in chunks {
            self.as_of.resize(self.as_of.len() + customers.len(), moment.as_of);
            self.customers.extend(customers);
            self.quiet.extend(quiet);
            let width = self.columns.len();
            for (j, column) in self.columns.iter_mut().enumerate() {
                column.extend(values.iter().skip(j).step_by(width));
            }
        }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
