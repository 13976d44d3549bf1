//! Campaigns: whom to contact, what it did, and what channels bring.

mod acquisition;
mod effect;
mod targeting;

pub use acquisition::{ChannelFigures, ValueCell, acquisition_by_channel, value_by_channel_and_cohort};
pub use effect::{Adjustment, CampaignEffect, EffectOptions, campaign_effect};
#[cfg(feature = "decisions")]
pub use targeting::HoldoutGroup;
pub use targeting::{CampaignColumns, CampaignOptions, DepthPoint, TargetList, target_customers};

#[cfg(test)]
mod tests;
