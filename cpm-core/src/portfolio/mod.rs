//! The base as a portfolio: concentration, cohorts and growth, migration, break-even, risk, customer equity, and the whole analysis
//! in one call.
//!
//! What goes beyond `analyze` (growth, migration, break-even, risk, equity, allocation, campaigns, surveys) needs the
//! feature `decisions`.
//!
//! The functions take plain columns, so that they are usable without the rest of the crate; [`analyze`] walks the
//! whole way from a log and calls them.

#[cfg(feature = "decisions")]
mod allocation;
mod analysis;
#[cfg(feature = "decisions")]
mod audiences;
#[cfg(feature = "decisions")]
mod break_even;
#[cfg(feature = "decisions")]
mod campaigns;
#[cfg(feature = "decisions")]
mod cohort_orders;
mod cohort_sums;
mod cohorts;
#[cfg(feature = "decisions")]
mod comparison;
mod concentration;
mod display;
#[cfg(feature = "decisions")]
mod draws;
#[cfg(feature = "decisions")]
mod equity;
#[cfg(feature = "decisions")]
mod goals;
#[cfg(feature = "decisions")]
mod growth;
#[cfg(feature = "decisions")]
mod migration;
#[cfg(feature = "decisions")]
mod movement;
#[cfg(feature = "decisions")]
mod offers;
#[cfg(feature = "decisions")]
mod panel;
mod period;
#[cfg(feature = "decisions")]
mod prospects;
#[cfg(feature = "decisions")]
mod risk;
#[cfg(feature = "decisions")]
mod strategies;
mod tables;
#[cfg(feature = "decisions")]
mod voice;

#[cfg(feature = "decisions")]
pub use allocation::Regret;
#[cfg(feature = "decisions")]
pub use allocation::{Activity, Allocation, AllocationPlan, Certificate, LimitUse, Objective, Response, Today};
pub use analysis::{AnalysisOptions, Concentration, Portfolio, SegmentFigures, Totals, analyze};
#[cfg(feature = "decisions")]
pub use audiences::{
    AggregateExport, Audience, AudienceIdentifier, EmailFormat, PseudonymKey, aggregate_segments, export_audience,
    hash_email, normalise_email,
};
#[cfg(feature = "decisions")]
pub use break_even::{
    BreakEven, CashPath, CashRow, CostStructure, CreditCheck, PlannedVolume, Programme, Verdict,
    break_even_response_rate,
};
#[cfg(feature = "decisions")]
pub use campaigns::HoldoutGroup;
#[cfg(feature = "decisions")]
pub use campaigns::{
    Adjustment, CampaignColumns, CampaignEffect, CampaignOptions, ChannelFigures, DepthPoint, EffectOptions,
    TargetList, ValueCell, acquisition_by_channel, campaign_effect, target_customers, value_by_channel_and_cohort,
};
#[cfg(feature = "decisions")]
pub use cohort_orders::{
    ActivityCohort, CohortActivity, CohortActivityTable, CohortMeasure, CohortOrders, cohort_table,
};
pub use cohorts::{AverageRetention, Cohort, CohortCell, CohortOptions, CohortTable, cohort_retention};
#[cfg(feature = "decisions")]
pub use comparison::PortfolioComparison;
#[cfg(feature = "decisions")]
pub use concentration::{
    ConcentrationEstimates, LongRunConcentration, concentration_estimates, long_run_concentration,
};
pub use concentration::{Hhi, LorenzCurve, WhaleCurve, gini, hhi, lorenz, normalised_gini, top_share, whale_curve};
#[cfg(feature = "decisions")]
pub use draws::{DrawOptions, Measured};
#[cfg(feature = "decisions")]
pub use equity::{
    CustomerBasedValuation, FutureCohorts, FutureEquity, Payback, Sensitivity, Valuation, ValuationRow, ltv_to_cac,
};
#[cfg(feature = "decisions")]
pub use equity::{
    CustomerEquity, EquityColumns, EquityGroup, ValueBridge, ValueColumns, customer_equity, equity_of_values,
    value_bridge,
};
#[cfg(feature = "decisions")]
pub use goals::{
    ClvDrivers, Gap, Goal, GoalForecast, GoalPath, GoalState, GoalStatus, Lever, LeverAnswer, close_clv_gap, close_gap,
    forecast_goal,
};
#[cfg(feature = "decisions")]
pub use growth::{BridgePart, GrowthBridge, GrowthPeriod, GrowthSeries, growth_bridge, growth_by_period};
#[cfg(feature = "decisions")]
pub use migration::{
    AbsorbingChain, ContactPolicy, MarkovAction, TransitionCounts, TransitionMatrix, contact_policy, migration_matrix,
};
#[cfg(all(feature = "decisions", feature = "report"))]
pub(crate) use movement::Absent;
#[cfg(feature = "decisions")]
pub use movement::SegmentMigration;
#[cfg(feature = "decisions")]
pub use offers::{
    AssociationRule, Baskets, FrequentItemsets, ItemSimilarity, ItemsetOptions, OfferColumns, OfferOptions, OfferPlan,
    ProductPurchases, RepeatOptions, RepeatPurchases, RuleOptions, SimilarityMetric, SimilarityOptions,
    association_rules, frequent_itemsets, item_similarity, rank_offers, repeat_purchases, rules_table,
};
#[cfg(feature = "decisions")]
pub use panel::{ActivityPanel, PanelFill, PanelOptions, PanelPeriod, activity_panel};
pub use period::CalendarPeriod;
#[cfg(feature = "decisions")]
pub use prospects::{
    OpportunityState, Pipeline, PipelineColumns, PipelineOptions, StageConversion, stage_conversion, weighted_pipeline,
};
#[cfg(feature = "decisions")]
pub use risk::{AtRiskOptions, RevenueAtRisk, revenue_at_risk};
#[cfg(feature = "decisions")]
pub use risk::{
    Frontier, FrontierPoint, SegmentBounds, SegmentReturns, SegmentRisk, ShrunkCovariance, StressResult,
    StressScenario, efficient_frontier, portfolio_at, stress_test,
};
#[cfg(feature = "decisions")]
pub use strategies::{
    Level, StrategyColumns, StrategyLevels, StrategyRule, StrategyTable, Suggestions, suggest_treatments,
};
#[cfg(feature = "decisions")]
pub use voice::{
    DetractorValue, Driver, Drivers, GroupScores, ReferralColumns, ReferralValue, ScoreDifference, SurveyMetric,
    SurveyOptions, SurveyScore, TierScore, ces, compare_scores, csat, detractor_value, nps,
    post_stratification_weights, referral_value, satisfaction_drivers, satisfaction_drivers_by_group, score_by_group,
    score_by_value_tier, survey_score,
};
