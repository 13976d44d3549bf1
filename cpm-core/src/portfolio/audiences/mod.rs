//! Audiences: lists and aggregates that leave the house, with consent respected and nobody recognisable.

mod aggregate;
mod email;
mod export;
mod pseudonym;

pub use aggregate::{AggregateExport, aggregate_segments};
pub use email::{EmailFormat, hash_email, normalise_email};
pub use export::{Audience, AudienceIdentifier, export_audience};
pub use pseudonym::PseudonymKey;

#[cfg(test)]
mod tests;
