//! A target list on its way out.

use hashbrown::HashSet;
use serde::Serialize;

use super::email::{EmailFormat, hash_email};
use super::pseudonym::PseudonymKey;
use crate::error::{Error, Result, same_length};
use crate::numerics::parallel::map_chunks;
use crate::table::{Column, Table};
use crate::transactions::CustomerIds;

/// Rows that one task hashes.
const CHUNK: usize = 8_192;

/// What an audience names its customers by.
#[derive(Debug, Clone, Copy)]
pub enum AudienceIdentifier<'a> {
    /// A keyed hash of the id: for receivers who join it with other lists of ours.
    Pseudonym {
        /// One id per customer.
        ids: &'a CustomerIds,
        /// The secret of this receiver.
        key: &'a PseudonymKey,
    },
    /// SHA-256 of the normalised e-mail address: what ad platforms match. An empty text is no address.
    Email {
        /// One address per customer.
        emails: &'a [String],
        /// The platform's way of normalising.
        format: EmailFormat,
    },
}

impl AudienceIdentifier<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Pseudonym { ids, .. } => ids.len(),
            Self::Email { emails, .. } => emails.len(),
        }
    }

    fn of(&self, row: usize) -> Option<String> {
        match self {
            Self::Pseudonym { ids, key } => Some(key.pseudonym(&ids.get(row).to_string())),
            Self::Email { emails, format } => hash_email(&emails[row], *format),
        }
    }
}

/// A list that may leave the house, and an account of who is not on it; see [`export_audience`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audience {
    /// Pseudonyms or hashes, in the order of the targets.
    pub identifiers: Vec<String>,
    /// The customer of each, as a row of what was given: stays in the house.
    pub rows: Vec<u32>,
    /// Name of the column: `pseudonym` or `email_sha256`.
    pub column: &'static str,
    /// Targets that were asked for.
    pub requested: u64,
    /// Left out because they refused.
    pub refused: u64,
    /// Left out because nothing is known of their consent.
    pub unanswered: u64,
    /// Left out because they have no e-mail address.
    pub without_email: u64,
    /// Left out because what stands there is not an e-mail address.
    pub invalid_email: u64,
    /// Left out because an earlier target has the same identifier.
    pub duplicates: u64,
}

impl Audience {
    /// One column, `pseudonym` or `email_sha256`: nothing else leaves.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        table.push(self.column, Column::Text(self.identifiers.clone()))?;
        Ok(table)
    }

    /// What became of the targets: `outcome, customers`; the rows after the first add up to it.
    ///
    /// # Errors
    /// None in practice.
    pub fn account(&self) -> Result<Table> {
        let rows = [
            ("requested", self.requested),
            ("exported", self.identifiers.len() as u64),
            ("refused", self.refused),
            ("unanswered", self.unanswered),
            ("without_email", self.without_email),
            ("invalid_email", self.invalid_email),
            ("duplicates", self.duplicates),
        ];
        let mut table = Table::new();
        table.push("outcome", Column::Text(rows.iter().map(|r| r.0.to_owned()).collect()))?;
        table.push("customers", Column::Integer(rows.iter().map(|r| r.1 as i64).collect()))?;
        Ok(table)
    }
}

/// The targets who consented, under names that a receiver may have.
///
/// `consent` says for each customer yes, no, or nothing, which counts as no (GDPR, article 4(11)). `targets` are rows, the best first, such as
/// those of a [`TargetList`](super::super::TargetList); without them everybody is meant. Who is left out is counted by the first
/// reason that applies: consent, then the address, then an identifier that is on the list already.
///
/// ```
/// use cpm_core::portfolio::{AudienceIdentifier, EmailFormat, export_audience};
/// let emails = ["Ann@Example.com", "bob@example.com", "", "ann@example.com"].map(String::from);
/// let identifier = AudienceIdentifier::Email { emails: &emails, format: EmailFormat::Plain };
/// let audience = export_audience(&identifier, &[Some(true), Some(false), Some(true), Some(true)], None)?;
/// assert_eq!(audience.rows, [0]);
/// assert_eq!((audience.refused, audience.without_email, audience.duplicates), (1, 1, 1));
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::Empty`] without customers; [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a target that is no row or stands twice.
pub fn export_audience(
    identifier: &AudienceIdentifier<'_>,
    consent: &[Option<bool>],
    targets: Option<&[u32]>,
) -> Result<Audience> {
    let n = identifier.len();
    if n == 0 {
        let remedy = "Give one row per customer".to_owned();
        return Err(Error::Empty { what: "the list of customers".to_owned(), remedy });
    }
    same_length("consent", consent.len(), "the customers", n)?;
    let all: Vec<u32>;
    let targets = match targets {
        Some(targets) => {
            check(targets, n)?;
            targets
        }
        None => {
            all = (0..n as u32).collect();
            &all
        }
    };
    let mut audience = Audience {
        identifiers: Vec::new(),
        rows: Vec::new(),
        column: match identifier {
            AudienceIdentifier::Pseudonym { .. } => "pseudonym",
            AudienceIdentifier::Email { .. } => "email_sha256",
        },
        requested: targets.len() as u64,
        refused: 0,
        unanswered: 0,
        without_email: 0,
        invalid_email: 0,
        duplicates: 0,
    };
    // Nothing is computed from the data of those who did not consent.
    let mut consenting = Vec::with_capacity(targets.len());
    for &row in targets {
        match consent[row as usize] {
            Some(true) => consenting.push(row),
            Some(false) => audience.refused += 1,
            None => audience.unanswered += 1,
        }
    }
    let named: Vec<Option<String>> = map_chunks(consenting.len(), CHUNK, |range| {
        consenting[range].iter().map(|row| identifier.of(*row as usize)).collect::<Vec<_>>()
    })
    .flatten()
    .collect();
    let mut seen = HashSet::with_capacity(named.len());
    let mut kept = Vec::with_capacity(named.len());
    for (k, name) in named.iter().enumerate() {
        match name {
            Some(name) if seen.insert(name.as_str()) => kept.push(k),
            Some(_) => audience.duplicates += 1,
            None if is_blank(identifier, consenting[k] as usize) => audience.without_email += 1,
            None => audience.invalid_email += 1,
        }
    }
    audience.rows = kept.iter().map(|k| consenting[*k]).collect();
    audience.identifiers = kept.iter().filter_map(|k| named[*k].clone()).collect();
    Ok(audience)
}

fn is_blank(identifier: &AudienceIdentifier<'_>, row: usize) -> bool {
    matches!(identifier, AudienceIdentifier::Email { emails, .. } if emails[row].trim().is_empty())
}

fn check(targets: &[u32], n: usize) -> Result<()> {
    let mut taken = vec![false; n];
    let wrong = |row: usize, target: u32, expected, remedy| Error::InvalidValue {
        column: "targets",
        row,
        value: target.to_string(),
        expected,
        remedy,
    };
    for (row, &target) in targets.iter().enumerate() {
        let Some(taken) = taken.get_mut(target as usize) else {
            let expected = "a target must be the row of a customer, counted from 0";
            return Err(wrong(row, target, expected, "Give rows of the columns of this call"));
        };
        if std::mem::replace(taken, true) {
            return Err(wrong(row, target, "a target must stand there once", "Leave out the second"));
        }
    }
    Ok(())
}
