//! Break-even, twice: when a product, campaign, segment or business unit earns its costs, and when it has paid back its cash.
//!
//! A programme can be profitable and still run out of cash, so both are computed and both are shown. [`CostStructure`]
//! is the static view, by volume: break-even of profit and of cash, margin of safety, operating leverage. [`Programme`]
//! is the view over time: acquisition is paid up front, customers pay later and leave, suppliers are paid with a lag.
//! Inputs can have standard errors ([`Measured`](super::Measured)); intervals are those of drawn inputs.

mod cash_path;
mod programme;
mod volume;

pub(super) use cash_path::shifted;
pub use cash_path::{CashPath, CashRow, CreditCheck, Verdict};
pub use programme::Programme;
pub(super) use programme::check_survival;
pub use volume::{BreakEven, CostStructure, PlannedVolume, break_even_response_rate};
