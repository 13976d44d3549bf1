//! Audiences: lists and aggregates that leave the house.

use cpm_core::portfolio::{
    self as core, AggregateExport as CoreExport, Audience as Core, AudienceIdentifier, EmailFormat, PseudonymKey,
};
use cpm_core::{CustomerIds, Error};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::inputs::{groups, labels};
use crate::arrays::{counts, customer_ids, floats};
use crate::error::{OrRaise, bad_value, exception};
use crate::table::Table;

/// A list that may leave the house, as a :class:`Table` of one column; see :func:`export_audience`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> audience = cpm.portfolio.export_audience([True, False, None], email=["a@b.com", "c@d.com", "e@f.com"])
/// >>> audience.columns, len(audience), audience.refused, audience.unanswered
/// (['email_sha256'], 1, 1, 1)
#[pyclass(module = "cpm.portfolio", extends = Table, frozen)]
pub(crate) struct Audience {
    pub(super) inner: Core,
}

#[pymethods]
impl Audience {
    /// The customer of each identifier, as a row of what was given: stays in the house.
    #[getter]
    fn rows<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        PyArray1::from_iter(py, self.inner.rows.iter().map(|row| i64::from(*row)))
    }

    /// Targets that were asked for.
    #[getter]
    fn requested(&self) -> u64 {
        self.inner.requested
    }

    /// Left out because they refused.
    #[getter]
    fn refused(&self) -> u64 {
        self.inner.refused
    }

    /// Left out because nothing is known of their consent.
    #[getter]
    fn unanswered(&self) -> u64 {
        self.inner.unanswered
    }

    /// Left out because they have no e-mail address.
    #[getter]
    fn without_email(&self) -> u64 {
        self.inner.without_email
    }

    /// Left out because what stands there is not an e-mail address.
    #[getter]
    fn invalid_email(&self) -> u64 {
        self.inner.invalid_email
    }

    /// Left out because an earlier target has the same identifier.
    #[getter]
    fn duplicates(&self) -> u64 {
        self.inner.duplicates
    }

    /// What became of the targets: ``outcome, customers``.
    #[getter]
    fn account(&self) -> PyResult<Table> {
        self.inner.account().or_raise().map(Into::into)
    }

    /// The column alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }

    fn __repr__(&self) -> String {
        let Core { identifiers, requested, column, .. } = &self.inner;
        format!("Audience({} of {requested} targets, column={column:?})", identifiers.len())
    }
}

fn format_of(name: &str) -> PyResult<EmailFormat> {
    match name {
        "plain" => Ok(EmailFormat::Plain),
        "google" => Ok(EmailFormat::Google),
        other => {
            let expected = "it must be one of plain, google".to_owned();
            Err(exception(Error::InvalidArgument { name: "email_format", value: other.to_owned(), expected }))
        }
    }
}

/// Yes, no, or nothing.
fn consents(values: &Bound<'_, PyAny>) -> PyResult<Vec<Option<bool>>> {
    let values = floats("consent", values)?;
    let consent = |(row, value): (usize, &f64)| match value {
        v if v.is_nan() => Ok(None),
        0.0 => Ok(Some(false)),
        1.0 => Ok(Some(true)),
        v => {
            let expected = "it must be True or False (or 1 or 0), or missing";
            Err(bad_value("consent", row, v.to_string(), expected, "Correct it; a missing answer counts as no consent"))
        }
    };
    values.as_slice()?.iter().enumerate().map(consent).collect()
}

/// The targets who consented, under names that a receiver may have.
///
/// Only one column leaves: keyed hashes of the ids, or SHA-256 of the normalised e-mail addresses. Everyone left out is counted.
///
/// Parameters
/// ----------
/// consent : array-like
///     True, False or missing (None, NaN), which counts as no, for each customer.
/// customer_id : array-like
///     Ids to pseudonymise; needs `key`.
/// key : bytes
///     The secret of this receiver: 32 random bytes, 16 at least.
/// email : array-like
///     Addresses, instead of ids; empty or None where there is none.
/// email_format : {"plain", "google"}
///     "plain" (Meta, LinkedIn, TikTok, ...): white space around removed, lower case; "google": also full stops before the @ of gmail.com
///     and googlemail.com.
/// targets : array-like
///     Rows of the customers that are meant, the best first, such as ``target_customers(...)["row"]``; default: all.
///
/// Returns
/// -------
/// Audience
///     Column ``pseudonym`` or ``email_sha256``, in the order of the targets.
///
/// Raises
/// ------
/// DataError
///     If a target is no row or stands twice, or consent is neither yes, no nor missing.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> audience = cpm.portfolio.export_audience([True, True, False], email=[" Test@Example.com", "nobody", "c@d.com"])
/// >>> audience["email_sha256"]
/// ['973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b']
/// >>> audience.account.to_dict()["customers"]
/// array([3, 1, 1, 0, 0, 1, 0])
#[pyfunction]
#[pyo3(signature = (consent, *, customer_id=None, key=None, email=None, email_format="plain", targets=None))]
pub(crate) fn export_audience<'py>(
    py: Python<'py>,
    consent: &Bound<'py, PyAny>,
    customer_id: Option<&Bound<'py, PyAny>>,
    key: Option<&[u8]>,
    email: Option<&Bound<'py, PyAny>>,
    email_format: &str,
    targets: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, Audience>> {
    let format = format_of(email_format)?;
    let consent = consents(consent)?;
    let (ids, secret, emails): (CustomerIds, PseudonymKey, Vec<String>);
    let identifier = match (customer_id, key, email) {
        (Some(id), Some(key), None) => {
            ids = customer_ids(id)?;
            secret = PseudonymKey::new(key).or_raise()?;
            AudienceIdentifier::Pseudonym { ids: &ids, key: &secret }
        }
        (None, None, Some(email)) => {
            emails = labels("email", email)?;
            AudienceIdentifier::Email { emails: &emails, format }
        }
        _ => {
            let given = [("customer_id", customer_id.is_some()), ("key", key.is_some()), ("email", email.is_some())];
            let value = given.iter().filter(|g| g.1).map(|g| g.0).collect::<Vec<_>>().join(", ");
            let expected = "give customer_id and key, or email, and nothing else".to_owned();
            return Err(exception(Error::InvalidArgument {
                name: "identifier",
                value: format!("({value})"),
                expected,
            }));
        }
    };
    let targets = targets.map(rows).transpose()?;
    let (inner, table) = py
        .detach(|| {
            let audience = core::export_audience(&identifier, &consent, targets.as_deref())?;
            let table = audience.to_table()?;
            Ok((audience, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(Audience { inner }))
}

/// Rows of customers. What does not fit is no row, and refused as such.
fn rows(values: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    Ok(counts("targets", values)?.into_iter().map(|row| u32::try_from(row).unwrap_or(u32::MAX)).collect())
}

/// Pseudonyms of ids: HMAC-SHA-256 under a secret key, as 64 hexadecimal digits.
///
/// The same key gives the same customer the same pseudonym, so that exports can be joined; without the key it can neither be turned back nor
/// guessed by hashing all possible ids. It is still personal data: whoever has the key can make it again.
///
/// Parameters
/// ----------
/// customer_id : array-like
///     Text or whole numbers; 42 and "42" are one customer.
/// key : bytes
///     32 random bytes, 16 at least: ``secrets.token_bytes(32)``, kept in a vault.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.pseudonyms([42], b"0123456789abcdef0123456789abcdef")[0][:16]
/// '3b12d0412db185c9'
#[pyfunction]
pub(crate) fn pseudonyms(py: Python<'_>, customer_id: &Bound<'_, PyAny>, key: &[u8]) -> PyResult<Vec<String>> {
    let (ids, key) = (customer_ids(customer_id)?, PseudonymKey::new(key).or_raise()?);
    Ok(py.detach(|| key.pseudonyms(&ids)))
}

/// SHA-256 of normalised e-mail addresses, as ad platforms match them; None for what is no address.
///
/// A format for matching, not protection: anyone can hash a list of addresses and look yours up in it.
///
/// Parameters
/// ----------
/// email : array-like
/// email_format : {"plain", "google"}
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.hash_emails(["Test@Example.com ", "x"])
/// ['973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b', None]
#[pyfunction]
#[pyo3(signature = (email, email_format="plain"))]
pub(crate) fn hash_emails(email: &Bound<'_, PyAny>, email_format: &str) -> PyResult<Vec<Option<String>>> {
    let format = format_of(email_format)?;
    Ok(labels("email", email)?.iter().map(|email| core::hash_email(email, format)).collect())
}

/// Aggregates of segments, without those that are too small, as a :class:`Table`; see :func:`aggregate_segments`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> table = cpm.portfolio.aggregate_segments(["a"] * 12 + ["b"] * 11 + ["c"] * 3)
/// >>> table["segment"], table.suppressed_segments, table.suppressed_customers
/// (['a'], 2, 14)
#[pyclass(module = "cpm.portfolio", extends = Table, frozen)]
pub(crate) struct AggregateExport {
    pub(super) inner: CoreExport,
}

#[pymethods]
impl AggregateExport {
    /// How many segments are not shown.
    #[getter]
    fn suppressed_segments(&self) -> u64 {
        self.inner.too_small + self.inner.complementary
    }

    /// How many of these are large enough, and left out so that the small ones cannot be found by subtraction.
    #[getter]
    fn complementary(&self) -> u64 {
        self.inner.complementary
    }

    /// Customers in all segments that are not shown.
    #[getter]
    fn suppressed_customers(&self) -> u64 {
        self.inner.suppressed_customers
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Customers and sums of measures by segment, for eyes outside: segments of fewer than `least` customers are suppressed.
///
/// One suppressed segment could be found by subtraction from a known total, so the smallest of the others follow until at least two segments with
/// `least` customers together are hidden.
///
/// Parameters
/// ----------
/// segment : array-like
///     Label of each customer: text or whole numbers.
/// measures : dict
///     Name to one value per customer.
/// least : int
///     The fewest customers of a segment that is shown, 2 at least.
///
/// Returns
/// -------
/// AggregateExport
///     ``segment, customers``, and for each measure ``<name>_total, <name>_mean``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> table = cpm.portfolio.aggregate_segments(["a"] * 3 + ["b"] * 2 + ["c"], {"value": [1, 2, 3, 4, 5, 6]}, least=2)
/// >>> table["segment"], table["value_mean"]
/// (['a'], array([2.]))
#[pyfunction]
#[pyo3(signature = (segment, measures=None, least=10))]
pub(crate) fn aggregate_segments<'py>(
    py: Python<'py>,
    segment: &Bound<'py, PyAny>,
    measures: Option<&Bound<'py, PyDict>>,
    least: u64,
) -> PyResult<Bound<'py, AggregateExport>> {
    let (names, codes) = groups("segment", segment)?;
    let mut columns = Vec::new();
    for (name, values) in measures.iter().flat_map(|measures| measures.iter()) {
        columns.push((name.str()?.to_string(), floats("measures", &values)?));
    }
    let mut measures = Vec::with_capacity(columns.len());
    for (name, values) in &columns {
        measures.push((name.as_str(), values.as_slice()?));
    }
    let (inner, table) = py
        .detach(|| {
            let export = core::aggregate_segments(&codes, &names, &measures, least)?;
            let table = export.to_table()?;
            Ok((export, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(AggregateExport { inner }))
}
