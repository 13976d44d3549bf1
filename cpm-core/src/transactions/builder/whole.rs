//! A source is added whole or not at all.

use std::collections::BTreeMap;

use super::super::options::OnError;
use super::super::quality::RowPlace;
use super::LogBuilder;
use super::finish::mixed_currencies;
use crate::error::{Error, Result};

impl LogBuilder {
    /// Adds all rows that `read` pushes, once it has come to its end and none of them is one that makes
    /// [`finish`](Self::finish) fail; otherwise nothing is changed.
    ///
    /// The rows go to a part of their own, which takes the place of a builder that is empty: the one source that there
    /// mostly is costs nothing more. Of a later one the customers are looked up once more, and both are in memory until
    /// then, which is what two builders that are merged take.
    pub(crate) fn add_whole(&mut self, read: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let mut part = Self { rows: self.rows.apart(), ..Self::new(self.options.clone()) }.with_ids_of_aliases();
        read(&mut part)?;
        part.check_rows()?;
        self.check_currencies_with(&part)?;
        let origin = part.origin.clone();
        if self.quality.origins.is_empty() && self.quality.rows_read == 0 {
            *self = part;
        } else {
            self.merge(part)?;
        }
        self.origin = origin;
        Ok(())
    }

    /// Rows read, and rows kept of these.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.quality.rows_read, self.quality.rows_kept)
    }

    /// Customers so far.
    pub(crate) fn customers(&mut self) -> usize {
        match &self.detailed {
            Some(rows) => rows.customers(),
            None => self.rows.customers(),
        }
    }

    /// Whether rows that cannot be used, or currencies that cannot be added, keep this from being finished.
    pub(crate) fn check_rows(&self) -> Result<()> {
        let quality = &self.quality;
        let bad = quality.excluded.iter().filter(|(reason, _)| !reason.is_asked_for()).map(|(_, n)| n).sum();
        if bad > 0 && self.options.on_error == OnError::Raise {
            let first = quality.examples.iter().find(|i| !i.reason.is_asked_for());
            let first = first.or(quality.examples.first()).cloned();
            if let Some(first) = first {
                return Err(Error::BadRows {
                    count: bad,
                    total: quality.rows_read,
                    breakdown: quality.breakdown(),
                    first: Box::new(first),
                });
            }
        }
        self.check_currencies(&quality.currencies, &self.first_in, |origin, row| quality.place(origin, row))
    }

    /// The same for the currencies of both together.
    pub(crate) fn check_currencies_with(&self, other: &Self) -> Result<()> {
        let mut rows = self.quality.currencies.clone();
        for (currency, n) in &other.quality.currencies {
            *rows.entry(currency.clone()).or_default() += n;
        }
        let mut first_in = self.first_in.clone();
        for (currency, first) in &other.first_in {
            first_in.entry(currency.clone()).or_insert_with(|| first.clone());
        }
        let place = |origin: &str, row| {
            let has_it = self.quality.origins.iter().any(|o| o == origin);
            if has_it { self.quality.place(origin, row) } else { other.quality.place(origin, row) }
        };
        self.check_currencies(&rows, &first_in, place)
    }

    fn check_currencies(
        &self,
        rows: &BTreeMap<String, u64>,
        first_in: &BTreeMap<String, (String, u64)>,
        place: impl Fn(&str, u64) -> RowPlace,
    ) -> Result<()> {
        match &self.options.columns.currency {
            Some(column) if self.options.exchange_rates.is_none() && rows.len() > 1 => {
                Err(mixed_currencies(column, rows, first_in, place))
            }
            _ => Ok(()),
        }
    }
}
