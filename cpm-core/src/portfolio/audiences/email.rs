//! E-mail addresses as ad platforms match them.

use serde::{Deserialize, Serialize};

use super::pseudonym::sha256_hex;

/// How a platform wants addresses to be normalised before they are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum EmailFormat {
    /// White space around it removed, lower case: Meta, LinkedIn, TikTok, Pinterest, X.
    #[default]
    Plain,
    /// The same, and for gmail.com and googlemail.com the full stops before the @ removed: Google Ads.
    Google,
}

/// The address in the form that is hashed; None if it is not an address.
///
/// An address has something before its last @, and behind it a domain of at least two parts; no white space, no control characters.
///
/// ```
/// use cpm_core::portfolio::{EmailFormat, normalise_email};
/// assert_eq!(normalise_email(" Jane.Doe@Gmail.com", EmailFormat::Plain).unwrap(), "jane.doe@gmail.com");
/// assert_eq!(normalise_email(" Jane.Doe@Gmail.com", EmailFormat::Google).unwrap(), "janedoe@gmail.com");
/// assert_eq!(normalise_email("jane", EmailFormat::Plain), None);
/// ```
#[must_use]
pub fn normalise_email(email: &str, format: EmailFormat) -> Option<String> {
    let email = email.trim().to_lowercase();
    let (local, domain) = email.rsplit_once('@')?;
    let is_quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    let unusable = |c: char| c.is_whitespace() || c.is_control();
    if local.is_empty() || email.contains(unusable) || (local.contains('@') && !is_quoted) {
        return None;
    }
    if !domain.contains('.') || domain.split('.').any(str::is_empty) {
        return None;
    }
    if format == EmailFormat::Google && matches!(domain, "gmail.com" | "googlemail.com") {
        let local = local.replace('.', "");
        return (!local.is_empty()).then(|| format!("{local}@{domain}"));
    }
    Some(email)
}

/// SHA-256 of the normalised address, as 64 hexadecimal digits; None if it is not an address.
///
/// Anyone can hash a list of addresses and look yours up in it: this is a format for matching, not protection. It needs the
/// customer's consent like the address itself.
///
/// ```
/// use cpm_core::portfolio::{EmailFormat, hash_email};
/// let hash = hash_email("Test@Example.com ", EmailFormat::Plain).unwrap();
/// assert_eq!(hash, "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b");
/// ```
#[must_use]
pub fn hash_email(email: &str, format: EmailFormat) -> Option<String> {
    normalise_email(email, format).map(|email| sha256_hex(&email))
}
