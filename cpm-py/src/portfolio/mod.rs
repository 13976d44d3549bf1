//! The base as a portfolio: the whole analysis, concentration, cohorts.

mod allocation;
mod analysis;
mod audiences;
mod break_even_points;
mod campaign_effects;
mod campaigns;
mod cohorts;
mod concentration_estimates;
mod concentration_measures;
mod equity;
mod goals;
mod growth;
pub(crate) mod inputs;
mod migration;
mod offers;
mod panel;
mod prospects;
mod repeat;
mod report;
mod risk;
mod strategies;
mod valuation;
mod voice;
mod voice_links;

pub(crate) use analysis::{Portfolio, analyze};
pub(crate) use break_even_points::{
    BreakEven, CashPath, break_even, break_even_response_rate, cash_path, volume_cost_profit,
};
pub(crate) use cohorts::{CohortTable, cohort_retention};
pub(crate) use concentration_estimates::{concentration, long_run_concentration};
pub(crate) use concentration_measures::{Hhi, WhaleCurve, gini, hhi, lorenz, normalised_gini, top_share, whale_curve};
pub(crate) use equity::{
    CustomerEquity, FutureEquity, ValueBridge, customer_equity, equity_of_values, future_equity, ltv_to_cac, payback,
    value_bridge,
};
pub(crate) use growth::{CohortActivityTable, GrowthBridge, cohort_table, growth_bridge, growth_by_period};
pub(crate) use migration::{ContactPolicy, TransitionMatrix, contact_policy, migration_matrix};
pub(crate) use panel::{ActivityPanel, activity_panel};
pub(crate) use report::{PortfolioComparison, ReportSection};
pub(crate) use risk::{
    RevenueAtRisk, SegmentMix, SegmentReturns, efficient_frontier, portfolio_at, revenue_at_risk, stress_test,
};

// Decisions, and what they need.
pub(crate) use allocation::{Allocation, Regret, Response, allocate_budget};
pub(crate) use audiences::{AggregateExport, Audience, aggregate_segments, export_audience, hash_emails, pseudonyms};
pub(crate) use campaign_effects::{
    CampaignEffect, acquisition_by_channel, campaign_effect, value_by_channel_and_cohort,
};
pub(crate) use campaigns::{HoldoutGroup, TargetList, target_customers};
pub(crate) use goals::{Gap, Goal, GoalForecast, GoalStatus, close_clv_gap, close_gap};
pub(crate) use offers::{
    Baskets, ItemSimilarity, Itemsets, OfferPlan, association_rules, frequent_itemsets, item_similarity, rank_offers,
};
pub(crate) use prospects::{Pipeline, stage_conversion, weighted_pipeline};
pub(crate) use repeat::{RepeatPurchases, repeat_purchases};
pub(crate) use strategies::{StrategyTable, Suggestions, suggest_treatments};
pub(crate) use valuation::{Valuation, customer_based_valuation};
pub(crate) use voice::{ScoreDifference, SurveyScore, ces, csat, nps};
pub(crate) use voice_links::{
    Drivers, GroupScores, detractor_value, nps_by_value_tier, post_stratification_weights, referral_value,
    satisfaction_drivers, score_by_group,
};
