//! Rows in, log out: the one place where a row is kept or counted as left out.

mod checks;
mod finish;
mod forget;
#[cfg(feature = "json")]
mod state;
mod whole;

use std::collections::BTreeMap;

pub(super) use self::checks::LARGEST;
use self::checks::{Rejected, cost, exchange_rate, given, judge, quantity, within};
pub(crate) use self::checks::{read_customer, read_number, read_time};
use super::columns::RowDetails;
use super::detailed::{CheckedRow, DetailedRows, Source, fingerprint};
use super::options::ReadOptions;
use super::progress::Meter;
use super::quality::{KeptDetails, QualityReport, RowIssue};
use super::store::{Merging, RowStore};
use super::values::{Amount, Customer, When};
use super::{CustomerId, Duplicates, Reason};
use crate::error::{Error, Result};

/// Values are shown in messages up to this length.
const SHOWN: usize = 60;

/// Collects rows into a [`TransactionLog`](crate::TransactionLog).
///
/// ```
/// use cpm_core::transactions::{Amount, Customer, LogBuilder, When};
/// use cpm_core::ReadOptions;
///
/// let mut builder = LogBuilder::new(ReadOptions::new("customer", "date", "amount"));
/// builder.begin_table("orders table");
/// builder.push(0, Customer::Text("ann"), When::Text("2024-03-01"), Amount::Number(20.0));
/// builder.push(1, Customer::Text("ann"), When::Text("2024-04-01"), Amount::Number(30.0));
/// let log = builder.finish()?;
/// assert_eq!(log.customers(), 1);
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LogBuilder {
    options: ReadOptions,
    /// Where the next rows come from.
    origin: String,
    rows: RowStore,
    /// Instead of the plain rows, if the options ask for more than customer, time and amount.
    detailed: Option<Box<DetailedRows>>,
    /// Whether amounts are quantities times prices, or have currencies.
    scales: bool,
    /// Whether a row is no more than customer, time and amount as they stand there.
    is_plain: bool,
    /// Which aliases were found in rows.
    aliases: Vec<bool>,
    /// The first row in each currency.
    first_in: BTreeMap<String, (String, u64)>,
    quality: QualityReport,
    /// Who is told how far reading has come.
    meter: Option<Meter>,
}

impl LogBuilder {
    /// An empty builder.
    #[must_use]
    pub fn new(options: ReadOptions) -> Self {
        let detailed = options.keeps_details().then(|| Box::new(DetailedRows::new(&options)));
        let scales = options.columns.quantity.is_some() || options.columns.currency.is_some();
        Self {
            origin: String::new(),
            rows: RowStore::new(),
            is_plain: detailed.is_none() && !scales && options.aliases.is_none(),
            detailed,
            scales,
            aliases: vec![false; options.aliases.as_ref().map_or(0, |aliases| aliases.len())],
            first_in: BTreeMap::new(),
            quality: QualityReport::default(),
            meter: None,
            options,
        }
        .with_ids_of_aliases()
    }

    /// Ids that aliases make text are text before there is a row.
    fn with_ids_of_aliases(mut self) -> Self {
        if self.options.aliases.as_ref().is_some_and(|aliases| aliases.lead_to_text()) {
            match &mut self.detailed {
                Some(rows) => rows.prepare(false),
                None => self.rows.prepare(false),
            }
        }
        self
    }

    /// A builder that stores the rows of a customer and period as one: memory grows with purchases, not with rows
    /// (unless the options ask for more than customer, time and amount of each row).
    pub(crate) fn merging(options: ReadOptions, merging: Merging) -> Self {
        Self { rows: RowStore::merging(merging), ..Self::new(options) }.with_ids_of_aliases()
    }

    /// A builder for another thread that reads from the same place under the same options; to be merged. Their rows may go
    /// to one store, but each counts its own.
    pub(super) fn beside(&self) -> Self {
        let (origins, tables) = (self.quality.origins.clone(), self.quality.tables.clone());
        let quality = QualityReport { origins, tables, ..QualityReport::default() };
        let own = Self::new(self.options.clone());
        let (origin, meter) = (self.origin.clone(), self.meter.clone());
        Self { origin, rows: self.rows.beside(), quality, meter, ..own }
    }

    /// Stores the rows that wait, in the thread that read them.
    pub(super) fn settle(&mut self) {
        self.rows.settle();
    }

    /// Says that ids are text in the place that the next rows come from. Where one place has text, all ids are text,
    /// whatever came first.
    pub(super) fn expect_text(&mut self) {
        match &mut self.detailed {
            Some(rows) => rows.make_text(),
            None => self.rows.make_text(),
        }
    }

    /// Takes over all rows of another builder. If ids are text in one and integers in the other, all are text.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if the other was made with other options; nothing is taken over then.
    pub fn merge(&mut self, mut other: Self) -> Result<()> {
        if self.options != other.options {
            let reason =
                format!("both must read in one way, but they differ in {}", self.options.differences(&other.options));
            return Err(Error::argument("other", "another builder", reason));
        }
        let detailed = self.detailed.as_ref().zip(other.detailed.as_ref());
        if !self.rows.takes(&other.rows) || detailed.is_some_and(|(own, other)| !own.takes(other)) {
            self.expect_text();
            other.expect_text();
        }
        let origins = other.quality.origins.clone();
        self.quality.absorb(other.quality);
        self.rows.merge(other.rows);
        self.aliases.iter_mut().zip(other.aliases).for_each(|(own, other)| *own |= other);
        for (currency, first) in other.first_in {
            let own = self.first_in.entry(currency).or_insert_with(|| first.clone());
            *own = own.clone().min(first);
        }
        if let (Some(own), Some(other)) = (&mut self.detailed, other.detailed) {
            let place = |origin| self.quality.origins.iter().position(|o| *o == origin).unwrap_or_default() as u32;
            own.merge(*other, &origins.into_iter().map(place).collect::<Vec<_>>());
        }
        Ok(())
    }

    /// Says which text file the next rows come from: their numbers are its lines, from 1.
    pub fn begin(&mut self, origin: &str) {
        origin.clone_into(&mut self.origin);
        self.quality.begin(origin, false);
    }

    /// Says which table the next rows come from: their numbers are its rows, from 0.
    pub fn begin_table(&mut self, origin: &str) {
        origin.clone_into(&mut self.origin);
        self.quality.begin(origin, true);
    }

    /// Says on which day the next rows are read; see [`ReadOptions::today`].
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if it is not an ISO date or time.
    pub fn set_today(&mut self, when: &str) -> Result<()> {
        self.options.set_today(when)
    }

    /// Checks one row and keeps it, or counts why not. `line` is shown in messages: the line of a text file, or the row of
    /// a table, as [`begin`](Self::begin) or [`begin_table`](Self::begin_table) said.
    pub fn push(&mut self, line: u64, customer: Customer<'_>, when: When<'_>, amount: Amount<'_>) {
        self.push_detailed(line, customer, when, amount, &RowDetails::default());
    }

    /// The same for a row that has more than customer, time and amount; what the options do not name is not looked at.
    ///
    /// ```
    /// use cpm_core::transactions::{Amount, Customer, LogBuilder, RowDetails, When};
    /// use cpm_core::ReadOptions;
    ///
    /// let options = ReadOptions::new("customer", "date", "amount").order("order").cost("cost");
    /// let mut builder = LogBuilder::new(options);
    /// let row = RowDetails { order: Some("#1001"), cost: Amount::Number(12.0), ..RowDetails::default() };
    /// builder.push_detailed(1, Customer::Text("ann"), When::Text("2024-03-01"), Amount::Number(20.0), &row);
    /// assert_eq!(builder.finish()?.rows(), 1);
    /// # Ok::<(), cpm_core::Error>(())
    /// ```
    pub fn push_detailed(
        &mut self,
        line: u64,
        customer: Customer<'_>,
        when: When<'_>,
        amount: Amount<'_>,
        details: &RowDetails<'_>,
    ) {
        self.quality.rows_read += 1;
        if let Err((reason, column, value)) = self.keep(line, customer, when, amount, details) {
            self.exclude(line, &column, &value, reason, None);
        }
    }

    /// The same as [`push`](Self::push), quicker for the rows that nearly all are: nothing wrong, nothing to look up.
    #[inline]
    pub(super) fn push_row(&mut self, line: u64, customer: Customer<'_>, when: When<'_>, amount: Amount<'_>) {
        if let (true, When::At(time), Amount::Number(value)) = (self.is_plain, when, amount)
            && let Ok(id) = read_customer(customer)
            && time.is_usable()
            && let Ok(time) = within(time, &self.options)
            && let Ok(value) = judge(value, &self.options)
            && self.rows.push(id, time, value)
        {
            self.quality.rows_read += 1;
            self.quality.keep(value);
        } else {
            self.push(line, customer, when, amount);
        }
    }

    /// Checks a row whose other columns are fields of text, in the order of the options' columns.
    #[cfg(feature = "csv")]
    pub(super) fn push_fields(
        &mut self,
        line: u64,
        customer: Customer<'_>,
        when: When<'_>,
        amount: Amount<'_>,
        fields: &[&str],
    ) {
        let columns = &self.options.columns;
        let mut fields = fields.iter().copied();
        let mut next = |column: &Option<String>| column.as_ref().and_then(|_| fields.next());
        let null = &self.options.null_values;
        let number = |text| null.known(text).map_or(Amount::Missing, Amount::Text);
        let mut details = RowDetails {
            quantity: number(next(&columns.quantity)),
            order: null.known(next(&columns.order)),
            cost: number(next(&columns.cost)),
            currency: null.known(next(&columns.currency)),
            product: next(&columns.product),
            channel: next(&columns.channel),
            attributes: &[],
        };
        let attributes: Vec<Option<&str>> = fields.map(Some).collect();
        details.attributes = &attributes;
        self.push_detailed(line, customer, when, amount, &details);
    }

    /// Counts a row that has a word for nothing in one of the columns customer, date and amount.
    #[cfg(feature = "csv")]
    pub(super) fn push_missing(&mut self, line: u64, column: usize, word: &str) {
        self.quality.rows_read += 1;
        let (name, reason) = match column {
            0 => (self.options.customer.clone(), Reason::MissingCustomer),
            1 => (self.options.date.clone(), Reason::MissingDate),
            _ => (self.options.amount.clone(), Reason::MissingAmount),
        };
        self.exclude(line, &name, word, reason, None);
    }

    /// Counts a row that could not even be split into fields.
    ///
    /// `fields` are how many were expected and found, if that is what is wrong with it.
    pub(crate) fn push_malformed(&mut self, line: u64, value: &str, fields: Option<(usize, usize)>) {
        self.quality.rows_read += 1;
        self.exclude(line, "", value, Reason::MalformedRow, fields);
    }

    pub(super) fn set_meter(&mut self, meter: Option<Meter>) {
        self.meter = meter;
    }

    pub(super) fn meter(&self) -> Option<&Meter> {
        self.meter.as_ref()
    }

    /// Rows pushed, used or not.
    pub(super) fn rows_read(&self) -> u64 {
        self.quality.rows_read
    }

    pub(crate) fn options(&self) -> &ReadOptions {
        &self.options
    }

    fn exclude(&mut self, line: u64, column: &str, value: &str, reason: Reason, fields: Option<(usize, usize)>) {
        let (origin, place) = (&self.origin, self.quality.place(&self.origin, line));
        let issue = || RowIssue {
            origin: origin.clone(),
            place,
            column: column.to_owned(),
            value: value.chars().take(SHOWN).collect(),
            reason,
            fields,
        };
        self.quality.exclude(issue, reason);
    }

    /// All checks come before the first change, so that a row is kept whole or not at all.
    fn keep(
        &mut self,
        line: u64,
        customer: Customer<'_>,
        when: When<'_>,
        amount: Amount<'_>,
        details: &RowDetails<'_>,
    ) -> Result<(), Rejected> {
        let o = &self.options;
        let id = read_customer(customer).map_err(|r| (r, o.customer.clone(), format!("{customer}")))?;
        let (id, alias) = match &o.aliases {
            Some(aliases) => aliases.resolve(id),
            None => (id, None),
        };
        let time = read_time(when, o.date_format.as_deref(), o.time_zone)
            .and_then(|time| within(time, o))
            .map_err(|r| (r, o.date.clone(), format!("{when}")))?;
        let mut value = read_number(amount, o.decimal).map_err(|r| (r, o.amount.clone(), format!("{amount}")))?;
        let (mut rate, price, mut units) = (1.0, value, 1.0);
        if self.scales {
            rate = exchange_rate(details, o)?;
            units = quantity(details, o)?;
            value *= units * rate;
        }
        let value = judge(value, o).map_err(|r| (r, o.amount.clone(), format!("{amount}")))?;

        let is_kept = match &mut self.detailed {
            None => {
                self.rows.push(id, time, value) || {
                    self.rows.make_text();
                    self.rows.push(id, time, value)
                }
            }
            Some(rows) => {
                let cost = cost(details, o)?.map(|cost| cost * rate);
                if let Some(column) = &o.columns.order
                    && given(details.order).is_none()
                {
                    return Err((Reason::MissingOrder, column.clone(), String::new()));
                }
                let source = if o.duplicates == Duplicates::Drop {
                    let customer = format!("{customer}");
                    // Adding zero makes one of its two signs.
                    let [price, units] = [price, units].map(|number| (number + 0.0).to_bits().to_le_bytes());
                    let origin = self.quality.origins.iter().position(|o| *o == self.origin).unwrap_or_default();
                    let fingerprint = fingerprint([customer.trim().as_bytes(), &price, &units]);
                    Source { origin: origin as u32, line, fingerprint, by_alias: alias.is_some() }
                } else {
                    Source { origin: 0, line, fingerprint: 0, by_alias: false }
                };
                let row = CheckedRow { time, amount: value + 0.0, cost, details, source };
                rows.push(id, &row) || {
                    rows.make_text();
                    rows.push(id, &row)
                }
            }
        };
        if !is_kept {
            return Err((Reason::UnusableCustomer, o.customer.clone(), format!("{customer}")));
        }
        self.quality.keep(value);
        if let Some(alias) = alias {
            self.aliases[alias as usize] = true;
        }
        if self.scales || self.detailed.is_some() || alias.is_some() {
            let currency = o.columns.currency.as_ref().and_then(|_| given(details.currency));
            if let Some(currency) = currency
                && !self.quality.currencies.contains_key(currency)
            {
                self.first_in.insert(currency.to_owned(), (self.origin.clone(), line));
            }
            let lacks_cost = o.columns.cost.is_some() && matches!(cost(details, o), Ok(None));
            self.quality.keep_details(&KeptDetails { by_alias: alias.is_some(), lacks_cost, currency });
        }
        Ok(())
    }
}
