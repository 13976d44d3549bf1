//! Erasing a customer from what a builder has.

use super::super::store::Forgotten;
use super::{CustomerId, LogBuilder, Reason, RowIssue};
use crate::error::{Error, Result};

impl LogBuilder {
    /// Erases a customer, or the one behind an alias: all rows of it are taken out and counted as
    /// [erased](Reason::Erased) in the quality report. The answer is how many they were; 0 if there was no such customer.
    ///
    /// Examples of bad rows that could show the id go too. Rows that are pushed later count again, and the table of
    /// aliases stays as it was given. How many rows had an alias, and how many each currency, remain those of reading.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if the id is text where ids are whole numbers, or the other way round.
    pub fn forget(&mut self, customer: CustomerId<'_>) -> Result<u64> {
        let aliases = self.options.aliases.clone();
        let id = aliases.as_ref().map_or(customer, |aliases| aliases.resolve(customer).0);
        let integers = match &self.detailed {
            Some(rows) => rows.has_integers(),
            None => self.rows.has_integers(),
        };
        if integers.is_some_and(|integers| integers != matches!(id, CustomerId::Integer(_))) {
            let expected = match integers {
                Some(true) => "ids are whole numbers here; give it as one",
                _ => "ids are text here; give it as text",
            };
            return Err(Error::argument("customer_id", customer, expected));
        }
        let Forgotten { rows, returns, zeros, without_cost } = match &mut self.detailed {
            Some(detailed) => detailed.forget(id),
            None => self.rows.forget(id),
        };
        if rows > 0 {
            let quality = &mut self.quality;
            *quality.excluded.entry(Reason::Erased).or_default() += rows;
            quality.rows_kept -= rows;
            quality.negative_amounts -= returns;
            quality.zero_amounts -= zeros;
            quality.rows_without_cost -= without_cost;
        }
        for name in [customer.to_string(), id.to_string()] {
            let could_show = |issue: &RowIssue| {
                matches!(issue.reason, Reason::MalformedRow | Reason::UnusableCustomer) && issue.value.contains(&name)
            };
            self.quality.examples.retain(|issue| !could_show(issue));
        }
        Ok(rows)
    }
}
