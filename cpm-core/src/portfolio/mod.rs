//! The base as a portfolio: concentration, cohorts and growth, migration, break-even, risk, customer equity, and the whole analysis
//! in one call.
//!
//! The functions take plain columns, so that they are usable without the rest of the crate; [`analyze`] walks the
//! whole way from a log and calls them.

mod allocation;
mod analysis;
#[cfg(feature = "simulation")]
mod break_even;
mod campaigns;
mod cohort_orders;
mod cohorts;
mod concentration;
mod display;
#[cfg(feature = "simulation")]
mod draws;
mod equity;
mod growth;
mod migration;
mod period;
mod risk;
mod tables;
mod voice;

#[cfg(feature = "simulation")]
pub use allocation::Regret;
pub use allocation::{Activity, Allocation, AllocationPlan, Certificate, LimitUse, Objective, Response, Today};
pub use analysis::{AnalysisOptions, Concentration, Portfolio, SegmentFigures, Totals, analyze};
#[cfg(feature = "simulation")]
pub use break_even::{
    BreakEven, CashPath, CashRow, CostStructure, CreditCheck, PlannedVolume, Programme, Verdict,
    break_even_response_rate,
};
#[cfg(feature = "simulation")]
pub use campaigns::HoldoutGroup;
pub use campaigns::{
    Adjustment, CampaignColumns, CampaignEffect, CampaignOptions, ChannelFigures, DepthPoint, EffectOptions,
    TargetList, ValueCell, acquisition_by_channel, campaign_effect, target_customers, value_by_channel_and_cohort,
};
pub use cohort_orders::{
    ActivityCohort, CohortActivity, CohortActivityTable, CohortMeasure, CohortOrders, cohort_table,
};
pub use cohorts::{AverageRetention, Cohort, CohortCell, CohortOptions, CohortTable, cohort_retention};
#[cfg(feature = "simulation")]
pub use concentration::{
    ConcentrationEstimates, LongRunConcentration, concentration_estimates, long_run_concentration,
};
pub use concentration::{Hhi, LorenzCurve, WhaleCurve, gini, hhi, lorenz, normalised_gini, top_share, whale_curve};
#[cfg(feature = "simulation")]
pub use draws::{DrawOptions, Measured};
#[cfg(feature = "simulation")]
pub use equity::{
    CustomerBasedValuation, FutureCohorts, FutureEquity, Payback, Sensitivity, Valuation, ValuationRow, ltv_to_cac,
};
pub use equity::{CustomerEquity, EquityGroup, ValueBridge, ValueColumns, customer_equity, value_bridge};
pub use growth::{BridgePart, GrowthBridge, GrowthPeriod, GrowthSeries, growth_bridge, growth_by_period};
pub use migration::{
    AbsorbingChain, ContactPolicy, MarkovAction, TransitionCounts, TransitionMatrix, contact_policy, migration_matrix,
};
pub use period::CalendarPeriod;
#[cfg(feature = "simulation")]
pub use risk::{AtRiskOptions, RevenueAtRisk, revenue_at_risk};
pub use risk::{
    Frontier, FrontierPoint, SegmentBounds, SegmentReturns, SegmentRisk, ShrunkCovariance, StressResult,
    StressScenario, efficient_frontier, portfolio_at, stress_test,
};
pub use voice::{
    DetractorValue, Driver, Drivers, GroupScores, ReferralColumns, ReferralValue, ScoreDifference, SurveyMetric,
    SurveyOptions, SurveyScore, TierScore, ces, compare_scores, csat, detractor_value, nps,
    post_stratification_weights, referral_value, satisfaction_drivers, satisfaction_drivers_by_group, score_by_group,
    score_by_value_tier, survey_score,
};
