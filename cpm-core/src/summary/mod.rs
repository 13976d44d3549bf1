//! The customer summary: one row per customer, the only thing that the models see.
//!
//! | column | meaning |
//! |---|---|
//! | `frequency` | number of repeat purchases: purchases after the first one |
//! | `recency` | time from the first to the last purchase (0 without repeat purchase) |
//! | `T` | time from the first purchase to the end of observation, `as_of` |
//! | `monetary_value` | mean amount of the repeat purchases (0 without repeat purchase) |
//!
//! These are the definitions of the buy-till-you-die models. RFM scoring means something else by
//! recency, the days since the last purchase; it is [`CustomerSummary::days_since_last`].

mod builder;
mod covariates;
mod customers;
mod distinct;
mod habits;
mod histories;
mod log_columns;
mod more_columns;
mod purchases;
mod ranks;
mod rolling;
mod split;
#[cfg(feature = "json")]
mod state;
mod summarize;
mod time_unit;
mod tracking;

pub use builder::SummaryBuilder;
pub use covariates::Covariates;
pub(crate) use covariates::Values;
pub use customers::{CustomerSummary, SummaryQuality};
pub(crate) use distinct::{Distinct, Times};
pub use habits::{PurchaseHabits, Window};
pub use histories::{Histories, History};
pub use rolling::{RollingOrigins, RollingSplits};
pub use split::{Holdout, Split, SplitOptions};
pub use summarize::SummaryOptions;
pub use time_unit::{MergeWithin, TimeUnit};

pub(crate) use purchases::{Merged, check_merge, for_each_purchase};
pub(crate) use summarize::end_of;
pub(crate) use tracking::{PurchasesByPeriod, repeat_purchases_by_period};
