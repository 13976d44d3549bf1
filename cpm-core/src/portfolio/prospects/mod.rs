//! Prospects: opportunities that are not customers yet, and their part in the portfolio.

mod pipeline;
mod stages;

pub use pipeline::{Pipeline, PipelineColumns, PipelineOptions, weighted_pipeline};
pub use stages::{OpportunityState, StageConversion, stage_conversion};

#[cfg(test)]
mod tests;
