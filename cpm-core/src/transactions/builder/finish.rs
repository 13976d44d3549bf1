//! From what a builder has to the log, or to what is made of it part by part.

use std::collections::BTreeMap;

use super::super::log::{LogPart, MadeByPart, TransactionLog};
use super::super::quality::{QualityReport, RowPlace};
use super::LogBuilder;
use crate::error::{Error, Result};

impl LogBuilder {
    /// Puts the rows into canonical order.
    ///
    /// # Errors
    /// [`Error::BadRows`] if rows were left out and the policy is [`OnError::Raise`](crate::transactions::OnError::Raise) (returns dropped
    /// on request do not count); [`Error::MixedCurrencies`]; [`Error::Empty`] if no row is left.
    pub fn finish(self) -> Result<TransactionLog> {
        let quality = self.checked()?;
        Ok(TransactionLog::assemble(self.rows, self.detailed.map(|rows| *rows), &self.options, quality))
    }

    /// Whether [`visit_parts`](Self::visit_parts) does for these options: where rows have details, or are
    /// compared with all others, all of them are needed at once.
    pub(crate) fn goes_by_part(&self) -> bool {
        self.detailed.is_none() && self.options.outlier_fence.is_none()
    }

    /// What `of` makes of the rows of some customers at a time, without a log of all rows: only a few parts are in memory
    /// as numbers at any time. More rows may follow.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub(crate) fn visit_parts<R: Send + Sync>(&mut self, of: impl Fn(&LogPart) -> R + Sync) -> Result<MadeByPart<R>> {
        debug_assert!(self.goes_by_part(), "rows with details are not in the store");
        let quality = self.checked()?;
        Ok(MadeByPart::of(&mut self.rows, &self.options, quality, of))
    }

    /// The quality report as far as it goes without the rows. Refuses what cannot become a log.
    fn checked(&self) -> Result<QualityReport> {
        self.options.check()?;
        let mut quality = self.quality.clone();
        quality.aliases_found = self.aliases.iter().filter(|&&found| found).count() as u64;
        self.check_rows()?;
        if quality.rows_kept == 0 {
            if quality.origins.is_empty() && quality.rows_read == 0 {
                let (what, remedy) = ("the builder".to_owned(), "Nothing was added: add rows, a table or a file first");
                return Err(Error::Empty { what, remedy: remedy.to_owned() });
            }
            return Err(Error::Empty {
                what: format!("the transaction log ({})", quality.origins.join(", ")),
                remedy: if quality.rows_read == 0 {
                    "It has no rows; give a file with at least one purchase".to_owned()
                } else {
                    format!("All {} rows were left out: {}", quality.rows_read, quality.breakdown())
                },
            });
        }
        Ok(quality)
    }
}

pub(super) fn mixed_currencies(
    column: &str,
    rows: &BTreeMap<String, u64>,
    first_in: &BTreeMap<String, (String, u64)>,
    place: impl Fn(&str, u64) -> RowPlace,
) -> Error {
    const SHOWN: usize = 10;
    let name = |(currency, rows): (&String, &u64)| match first_in.get(currency) {
        Some((origin, number)) => {
            format!("{currency} ({rows} rows, first {origin}, {})", place(origin, *number))
        }
        None => format!("{currency} ({rows} rows)"),
    };
    let mut found: Vec<String> = rows.iter().take(SHOWN).map(name).collect();
    if rows.len() > SHOWN {
        found.push(format!("and {} more", rows.len() - SHOWN));
    }
    Error::MixedCurrencies { column: column.to_owned(), found: found.join(", ") }
}
