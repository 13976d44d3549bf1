//! The native half of the Python package `cpm`: one file per room of the core, and no mathematics.

mod arrays;
mod arrow_input;
mod churn;
mod clv;
mod columns;
mod dates;
mod error;
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
    use super::churn::{ChurnScores, churn_scores};
    #[pymodule_export]
    use super::clv::{
        BetaDiscreteWeibull, BgBb, BgNbd, ContractValue, ContractualModel, Convergence, Estimate, GammaGamma,
        HoldoutCheck, LifetimeValue, MbgNbd, Model, Nbd, OpportunityHistories, OpportunityPrediction, ParetoNbd,
        PurchaseModel, Renewals, ShiftedBetaGeometric, holdout_check, lifetime_value, load_model,
    };
    #[pymodule_export]
    use super::portfolio::{
        CohortTable, Hhi, Portfolio, WhaleCurve, analyze, cohort_retention, gini, hhi, lorenz, normalised_gini,
        top_share, whale_curve,
    };
    #[pymodule_export]
    use super::segmentation::{
        GaussianMixture, KMeans, Lifecycle, Rfm, RuleSet, SegmentationModel, Segments, ValueTiers, adjusted_rand_index,
        calinski_harabasz_score, davies_bouldin_score, purchase_rhythm, rfm_segments, silhouette_samples,
        silhouette_score,
    };
    #[pymodule_export]
    use super::summary::{CustomerSummary, Holdout, SummaryQuality};
    #[pymodule_export]
    use super::summary_builder::SummaryBuilder;
    #[pymodule_export]
    use super::survival::{
        BrierScore, Concordance, CoxPh, KaplanMeier, LogRankTest, NelsonAalen, ProportionalHazardsTest,
        QuantileEstimate, SurvivalData, TestResult, brier_score, concordance_index, log_rank_test,
    };
    #[pymodule_export]
    use super::table::Table;
    #[pymodule_export]
    use super::transactions::{QualityReport, RowIssue, TransactionLog, cdnow};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        error::register(module)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("DEBUG_BUILD", cfg!(debug_assertions))
    }
}
