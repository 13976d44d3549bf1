//! Metrics and decisions of the customer base: against other tools, and what must hold for any customers.
#![allow(clippy::unwrap_used)]

mod golden;
mod properties;
