//! The native half of the Python package `cpm`: one file per room of the core, and no mathematics.

mod argument;
mod arrays;
mod arrow_input;
mod churn;
mod classifier;
mod clv;
mod columns;
mod covariates;
mod dates;
mod error;
mod estimator;
mod evaluation;
mod lazy_tables;
mod portfolio;
mod segmentation;
mod summary;
mod summary_builder;
mod survival;
mod table;
mod transactions;

use pyo3::prelude::*;

/// The native half of cpm; import :mod:`cpm` instead.
#[pymodule]
mod _core {
    use super::*;

    #[pymodule_export]
    use super::churn::{
        ChurnFeatures, ChurnRisk, ChurnScores, EventLog, PurchaseRhythm, churn_features, churn_risk, churn_scores,
    };
    #[pymodule_export]
    use super::classifier::{
        BinaryClassifier, Calibrator, ChurnClassifier, ChurnModel, LogisticRegression, UpliftModel, expanding_windows,
        stratified_folds,
    };
    #[pymodule_export]
    use super::clv::{
        BetaDiscreteWeibull, BgBb, BgNbd, ContractValue, ContractualModel, Convergence, Estimate, GammaGamma,
        HoldoutCheck, LifetimeValue, MbgNbd, Model, Nbd, OpportunityHistories, OpportunityPrediction, ParetoNbd,
        PurchaseModel, Renewals, ShiftedBetaGeometric, holdout_check, lifetime_value, load_model,
    };
    #[pymodule_export]
    use super::clv::{
        BgCnbd, CovariateModel, GGompertzNbd, IndependenceTest, MbgCnbd, Prior, ShiftedBetaGeometricWithCovariates,
        likelihood_ratio_test,
    };
    #[pymodule_export]
    use super::clv::{Bootstrap, Comparison, Posterior, bootstrap, cash_flows, compare, posterior, profile_interval};
    #[pymodule_export]
    use super::clv::{PurchaseTotals, purchase_totals};
    #[pymodule_export]
    use super::clv::{SimulatedOrders, simulate_orders};
    #[pymodule_export]
    use super::estimator::Estimator;
    #[pymodule_export]
    use super::evaluation::{
        BrierDecomposition, CalibrationError, CampaignTotals, KolmogorovSmirnov, MaximumProfit, PopulationStability,
        QiniCurve, RetentionPlan, SpiegelhalterTest, auc, average_precision, brier, calibration_curve,
        calibration_error, compare_auc, empc, evaluate, kolmogorov_smirnov, lift_at, lift_table, log_loss, mpc,
        plan_retention_offer, population_stability, qini_curve, roc_curve, spiegelhalter,
    };
    #[pymodule_export]
    use super::portfolio::{
        ActivityPanel, BreakEven, CashPath, CohortActivityTable, CohortTable, ContactPolicy, CustomerEquity,
        FutureEquity, GrowthBridge, Hhi, Portfolio, RevenueAtRisk, SegmentMix, SegmentReturns, TransitionMatrix,
        Valuation, ValueBridge, WhaleCurve, activity_panel, analyze, break_even, break_even_response_rate, cash_path,
        cohort_retention, cohort_table, concentration, contact_policy, customer_based_valuation, customer_equity,
        efficient_frontier, future_equity, gini, growth_bridge, growth_by_period, hhi, long_run_concentration, lorenz,
        ltv_to_cac, migration_matrix, normalised_gini, payback, portfolio_at, revenue_at_risk, stress_test, top_share,
        value_bridge, volume_cost_profit, whale_curve,
    };
    #[pymodule_export]
    use super::portfolio::{
        AggregateExport, Audience, CampaignEffect, HoldoutGroup, TargetList, acquisition_by_channel,
        aggregate_segments, campaign_effect, export_audience, hash_emails, pseudonyms, target_customers,
        value_by_channel_and_cohort,
    };
    #[pymodule_export]
    use super::portfolio::{
        Allocation, Drivers, GroupScores, Regret, Response, ScoreDifference, SurveyScore, allocate_budget, ces, csat,
        detractor_value, nps, nps_by_value_tier, post_stratification_weights, referral_value, satisfaction_drivers,
        score_by_group,
    };
    #[pymodule_export]
    use super::portfolio::{
        Baskets, ItemSimilarity, Itemsets, OfferPlan, association_rules, frequent_itemsets, item_similarity,
        rank_offers,
    };
    #[pymodule_export]
    use super::portfolio::{
        Gap, Goal, GoalForecast, GoalStatus, Pipeline, StrategyTable, Suggestions, close_clv_gap, close_gap,
        stage_conversion, suggest_treatments, weighted_pipeline,
    };
    #[pymodule_export]
    use super::portfolio::{PortfolioComparison, RepeatPurchases, ReportSection, equity_of_values, repeat_purchases};
    #[pymodule_export]
    use super::segmentation::{
        ClusterChoice, GaussianMixture, KMeans, KPrototypes, Lifecycle, Rfm, RuleSet, SegmentProfiles,
        SegmentStability, SegmentationModel, Segments, ValueTiers, adjusted_rand_index, calinski_harabasz_score,
        choose_clusters, davies_bouldin_score, profile_segments, purchase_rhythm, rfm_segments, segment_stability,
        silhouette_samples, silhouette_score,
    };
    #[pymodule_export]
    use super::summary::{CustomerSummary, Holdout, SummaryQuality};
    #[pymodule_export]
    use super::summary_builder::SummaryBuilder;
    #[pymodule_export]
    use super::survival::{
        Aft, BrierScore, Concordance, CoxPh, CumulativeDynamicAuc, DiscreteHazard, KaplanMeier, LogRankTest,
        NelsonAalen, ProportionalHazardsTest, QuantileEstimate, SurvivalData, SurvivalRegression, TestResult,
        brier_score, concordance_index, cumulative_dynamic_auc, log_rank_test,
    };
    #[pymodule_export]
    use super::table::Table;
    #[pymodule_export]
    use super::transactions::{QualityReport, RollingSplits, RowIssue, TransactionLog, cdnow};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        error::register(module)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("DEBUG_BUILD", cfg!(debug_assertions))
    }
}
