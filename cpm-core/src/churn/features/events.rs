//! Other event tables: web visits, e-mail opens, support tickets, survey answers.

use std::collections::{BTreeMap, HashMap};

use crate::error::{Error, Result};
use crate::numerics::parallel;
use crate::transactions::{
    Amount, Customer, CustomerId, CustomerIds, OnError, QualityReport, RowIssue, RowPlace, Timestamp, When,
    read_customer, read_number, read_time,
};

/// Something that happens to customers at a time, with or without a value (pages seen, a grade given) and a category (the
/// product, the page, the kind of ticket).
///
/// ```
/// use cpm_core::churn::EventLog;
/// use cpm_core::transactions::{Amount, Customer, When};
/// let mut tickets = EventLog::new("tickets").valued().categorised();
/// tickets.push(1, Customer::Text("ann"), When::Text("2024-03-01"), Amount::Number(2.0), Some("delivery"));
/// let tickets = tickets.finish()?;
/// assert_eq!(tickets.rows(), 1);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct EventLog {
    pub(super) name: String,
    columns: [String; 4],
    pub(super) valued: bool,
    pub(super) categorised: bool,
    on_error: OnError,
    date_format: Option<String>,
    texts: Vec<String>,
    integers: Vec<i64>,
    rows: Vec<Event>,
    categories: BTreeMap<String, u32>,
    quality: QualityReport,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Event {
    pub(super) time: Timestamp,
    pub(super) value: f64,
    pub(super) category: u32,
}

impl EventLog {
    /// An empty table of events that are only counted. The features begin with `name`.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            columns: ["customer", "date", "value", "category"].map(str::to_owned),
            valued: false,
            categorised: false,
            on_error: OnError::Raise,
            date_format: None,
            texts: Vec::new(),
            integers: Vec::new(),
            rows: Vec::new(),
            categories: BTreeMap::new(),
            quality: QualityReport::default(),
        }
    }

    /// Each event has a number: features of its sum, mean and last value are added.
    #[must_use]
    pub fn valued(mut self) -> Self {
        self.valued = true;
        self
    }

    /// Each event has a category: features of its variety are added.
    #[must_use]
    pub fn categorised(mut self) -> Self {
        self.categorised = true;
        self
    }

    /// What to do with rows that cannot be used.
    #[must_use]
    pub fn on_error(mut self, policy: OnError) -> Self {
        self.on_error = policy;
        self
    }

    /// How dates are written, in `strftime` directives; ISO unless set.
    #[must_use]
    pub fn date_format(mut self, format: &str) -> Self {
        self.date_format = Some(format.to_owned());
        self
    }

    /// What the columns are called in messages: customer, date, value, category.
    #[must_use]
    pub fn column_names(mut self, names: [&str; 4]) -> Self {
        self.columns = names.map(str::to_owned);
        self
    }

    /// Checks one event and keeps it, or counts why not. `row`, from 0, is shown in messages; the value is read if the log is
    /// [`valued`](Self::valued), the category if it is [`categorised`](Self::categorised), where none is a category too.
    pub fn push(
        &mut self,
        row: u64,
        customer: Customer<'_>,
        when: When<'_>,
        value: Amount<'_>,
        category: Option<&str>,
    ) {
        self.quality.rows_read += 1;
        let [customer_name, date_name, value_name, _] = &self.columns;
        let read = || {
            let id = read_customer(customer).map_err(|r| (r, customer_name, customer.to_string()))?;
            let same_kind = match id {
                CustomerId::Text(_) => self.integers.is_empty(),
                CustomerId::Integer(_) => self.texts.is_empty(),
            };
            if !same_kind {
                return Err((crate::transactions::Reason::UnusableCustomer, customer_name, customer.to_string()));
            }
            let time =
                read_time(when, self.date_format.as_deref(), None).map_err(|r| (r, date_name, when.to_string()))?;
            let number = if self.valued { read_number(value, '.') } else { Ok(1.0) };
            Ok((id, time, number.map_err(|r| (r, value_name, value.to_string()))?))
        };
        match read() {
            Ok((id, time, value)) => {
                match id {
                    CustomerId::Text(text) => self.texts.push(text.to_owned()),
                    CustomerId::Integer(number) => self.integers.push(number),
                }
                let next = self.categories.len() as u32;
                let category = match category.unwrap_or_default() {
                    known if self.categories.contains_key(known) => self.categories[known],
                    new => *self.categories.entry(new.to_owned()).or_insert(next),
                };
                self.rows.push(Event { time, value, category });
            }
            Err((reason, column, value)) => {
                let (origin, column) = (self.name.clone(), column.clone());
                let place = RowPlace::Row(row);
                self.quality.exclude(|| RowIssue { origin, place, column, value, reason, fields: None }, reason);
            }
        }
    }

    /// Adds a stream of Arrow record batches, with the columns of [`column_names`](Self::column_names); rows count from 0.
    ///
    /// # Errors
    /// As [`TransactionLog::from_batches`](crate::TransactionLog::from_batches), but rows that cannot be used are reported
    /// by [`finish`](Self::finish).
    #[cfg(feature = "arrow")]
    pub fn read_batches(&mut self, reader: impl arrow_array::RecordBatchReader, origin: &str) -> Result<()> {
        let [customer, date, value, category] = self.columns.clone();
        let more = [self.valued.then_some(value.as_str()), self.categorised.then_some(category.as_str())];
        crate::transactions::push_events(
            reader,
            origin,
            [&customer, &date],
            more,
            |row, customer, when, value, kind| {
                self.push(row, customer, when, value, kind);
            },
        )
    }

    /// The events, all of them usable.
    ///
    /// # Errors
    /// [`Error::BadRows`] if rows were left out and the policy is [`OnError::Raise`].
    pub fn finish(self) -> Result<Self> {
        let bad = self.quality.rows_excluded();
        match self.quality.examples.first() {
            Some(first) if bad > 0 && self.on_error == OnError::Raise => Err(Error::BadRows {
                count: bad,
                total: self.quality.rows_read,
                breakdown: self.quality.breakdown(),
                first: Box::new(first.clone()),
            }),
            _ => Ok(self),
        }
    }

    /// What the features begin with.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same events under another name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Number of events kept.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Number of rows left out because they could not be used.
    #[must_use]
    pub fn rows_excluded(&self) -> u64 {
        self.quality.rows_excluded()
    }

    /// The events by customer of a log, in order of time; and the number of events of other customers.
    pub(super) fn by_customer(&self, ids: &CustomerIds) -> Result<Matched> {
        let wrong_kind = |has: &str, log: &str| {
            let expected =
                format!("the events have {has} as customer ids and the log has {log}: read both as one of these");
            Err(Error::argument("events", &self.name, expected))
        };
        let positions: Vec<Option<u32>> = match ids {
            CustomerIds::Integer(_) if !self.texts.is_empty() => return wrong_kind("text", "integers"),
            CustomerIds::Text(_) if !self.integers.is_empty() => return wrong_kind("integers", "text"),
            _ => {
                let place: HashMap<CustomerId<'_>, u32> = ids.iter().zip(0..).collect();
                let text = self.texts.iter().map(|t| place.get(&CustomerId::Text(t)).copied());
                text.chain(self.integers.iter().map(|n| place.get(&CustomerId::Integer(*n)).copied())).collect()
            }
        };
        let mut keyed: Vec<(u32, Event)> =
            positions.iter().zip(&self.rows).filter_map(|(at, row)| at.map(|at| (at, *row))).collect();
        // By all that is known of an event, so that nothing depends on the order of rows. Categories are numbered as
        // they come, which sorts ties of time and value differently, but nothing is made of that order.
        parallel::sort_by(&mut keyed, |(i, a), (j, b)| {
            i.cmp(j).then(a.time.cmp(&b.time)).then(a.value.total_cmp(&b.value)).then(a.category.cmp(&b.category))
        });
        let mut start = vec![0; ids.len() + 1];
        for (at, _) in &keyed {
            start[*at as usize + 1] += 1;
        }
        for i in 0..ids.len() {
            start[i + 1] += start[i];
        }
        let unmatched = (self.rows.len() - keyed.len()) as u64;
        Ok(Matched { start, events: keyed.into_iter().map(|(_, event)| event).collect(), unmatched })
    }
}

/// Events in the order of a log's customers.
pub(super) struct Matched {
    start: Vec<usize>,
    events: Vec<Event>,
    pub(super) unmatched: u64,
}

impl Matched {
    /// Events of a customer up to a time.
    pub(super) fn until(&self, customer: usize, as_of: Timestamp) -> &[Event] {
        let all = &self.events[self.start[customer]..self.start[customer + 1]];
        &all[..all.partition_point(|e| e.time <= as_of)]
    }
}
