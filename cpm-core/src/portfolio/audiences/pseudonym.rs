//! Ids behind a keyed hash.

use std::fmt::{self, Write};

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::transactions::CustomerIds;

/// A shorter key can be tried out.
const LEAST_BYTES: usize = 16;

/// A secret key that turns ids into pseudonyms: HMAC-SHA-256 (RFC 2104, RFC 4231) of the id as text, as 64 hexadecimal digits.
///
/// The same key gives the same customer the same pseudonym, so that exports can be joined; without the key a pseudonym can neither be turned back
/// nor guessed by hashing all possible ids, as a plain hash can. With another key per receiver, receivers cannot join their
/// lists. Pseudonyms are still personal data (GDPR, recital 26): whoever has the key can make them again.
///
/// ```
/// use cpm_core::portfolio::PseudonymKey;
/// let key = PseudonymKey::new(b"a secret of 16 bytes or more, out of a vault")?;
/// assert_eq!(key.pseudonym("42"), key.pseudonym("42"));
/// assert_ne!(key.pseudonym("42"), key.pseudonym("43"));
/// assert_eq!(format!("{key:?}"), "PseudonymKey(..)"); // keys do not get into logs
/// # Ok::<(), cpm_core::Error>(())
/// ```
#[derive(Clone)]
pub struct PseudonymKey(Hmac<Sha256>);

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey(..)")
    }
}

impl PseudonymKey {
    /// A key of at least 16 bytes, better 32, drawn at random and kept secret.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] for a shorter key; the message does not repeat it.
    pub fn new(key: &[u8]) -> Result<Self> {
        let refused = || {
            let expected = format!("a key needs at least {LEAST_BYTES} bytes; draw 32 at random and keep them secret");
            Error::argument("key", format!("({} bytes)", key.len()), expected)
        };
        if key.len() < LEAST_BYTES {
            return Err(refused());
        }
        Self::of_any_length(key).ok_or_else(refused)
    }

    /// HMAC takes keys of any length; the published test vectors have short ones.
    pub(super) fn of_any_length(key: &[u8]) -> Option<Self> {
        Hmac::new_from_slice(key).ok().map(Self)
    }

    /// The pseudonym of one id. A whole number has that of its decimal digits.
    #[must_use]
    pub fn pseudonym(&self, id: &str) -> String {
        hex(&self.tag(id.as_bytes()))
    }

    /// The pseudonyms of all ids, in order.
    #[must_use]
    pub fn pseudonyms(&self, ids: &CustomerIds) -> Vec<String> {
        ids.iter().map(|id| self.pseudonym(&id.to_string())).collect()
    }

    pub(super) fn tag(&self, message: &[u8]) -> Vec<u8> {
        let mut hmac = self.0.clone();
        hmac.update(message);
        hmac.finalize().into_bytes().to_vec()
    }
}

/// SHA-256 as 64 hexadecimal digits.
pub(super) fn sha256_hex(text: &str) -> String {
    hex(&Sha256::digest(text.as_bytes()))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
