//! Customer portfolio management: from a transaction log to what each customer, and the whole base, is worth.
//!
//! ```
//! use cpm_core::{
//!     AnalysisOptions, BgNbd, FitOptions, GammaGamma, PurchaseModel, SummaryOptions, ValueOptions, analyze, datasets,
//!     lifetime_value,
//! };
//!
//! fn main() -> cpm_core::Result<()> {
//!     // Stage by stage. A log of your own: TransactionLog::read_csv("orders.csv", &ReadOptions::new("id", "date", "amount"))?
//!     let log = datasets::cdnow_sample()?;
//!     println!("{}", log.quality());
//!     let customers = log.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
//!     let model = BgNbd::fit(&customers, &FitOptions::new())?;
//!     let spend = GammaGamma::fit(&customers, &FitOptions::new())?;
//!     let alive = model.probability_alive(&customers)?;
//!     println!("{:.0} of {} customers are alive", alive.iter().sum::<f64>(), customers.len());
//!
//!     let options = ValueOptions::new(52.0).discount_rate(0.10).margin(0.30);
//!     let total = lifetime_value(&model, &spend, &customers, &options)?.total();
//!     println!("worth {:.0}, between {:.0} and {:.0}", total.value, total.interval.low, total.interval.high);
//!
//!     // Or the whole way at once, with segments, concentration, cohorts and a check of the model.
//!     let portfolio = analyze(&log, &AnalysisOptions::new(52.0).discount_rate(0.10).margin(0.30))?;
//!     println!("{portfolio}");
//!     let html = portfolio.report_html()?;
//!     assert!(html.starts_with("<!DOCTYPE html>"));
//!     Ok(())
//! }
//! ```
//!
//! # Stages
//!
//! | module | from | to |
//! |---|---|---|
//! | [`transactions`] | CSV, Parquet, Arrow, rows | a checked [`TransactionLog`] with its [`QualityReport`] |
//! | [`summary`] | the log | a [`CustomerSummary`]: frequency, recency, T, monetary value |
//! | [`clv`] | the summary | fitted models, scores and values with intervals |
//! | [`segmentation`] | the summary | RFM scores and named segments |
//! | [`churn`] | the summary and a model | churn scores of customers and of the base |
//! | [`portfolio`] | all of these | the base in figures: [`analyze`] |
//!
//! # Coming from lifetimes
//!
//! | lifetimes | here |
//! |---|---|
//! | `summary_data_from_transaction_data` | [`TransactionLog::summarize`] |
//! | `calibration_and_holdout_data` | [`TransactionLog::split`] |
//! | `BetaGeoFitter().fit` | [`BgNbd::fit`] |
//! | `ModifiedBetaGeoFitter().fit` | [`MbgNbd::fit`] |
//! | `ParetoNBDFitter().fit` | [`ParetoNbd::fit`] |
//! | `conditional_probability_alive` | [`PurchaseModel::probability_alive`] |
//! | `conditional_expected_number_of_purchases_up_to_time` | [`PurchaseModel::expected_purchases`] |
//! | `expected_number_of_purchases_up_to_time` | [`PurchaseModel::expected_purchases_new_customer`] |
//! | `BetaGeoBetaBinomFitter().fit` | [`BgBb::fit`] |
//! | `GammaGammaFitter().conditional_expected_average_profit` | [`GammaGamma::expected_spend`] |
//! | `customer_lifetime_value` | [`lifetime_value`] |
//!
//! # Features
//!
//! Without features there is the main road: rows of a log in, the purchase and spend models, segments, churn scores, the
//! portfolio. On request, one by one or all as `full`:
//!
//! - reading: `csv`, `gzip`, `zstd`, `arrow` (record batches in and out), `parquet`, `datasets` (the CDNOW log);
//! - models: `discrete-time` (BG/BB, sBG, BdW), `survival`, `clustering`, `classifier` (and the evaluation of churn
//!   scores), `boosting`;
//! - `decisions`: the portfolio beyond the main road (growth, migration, break-even, risk, allocation, surveys);
//! - results: `report` (the HTML report), `json` (saved models), `binary` (logs and summaries as bytes);
//! - `simulation`: simulated logs, and what is computed by drawing (comparison of models, bootstrap, posterior,
//!   break-even, value at risk, valuation).

#![forbid(unsafe_code)]
// Parts that several features share are unused when all of them are off; with all of them on, nothing may be.
#![cfg_attr(not(feature = "full"), allow(dead_code, unreachable_pub, unused_imports))]

/// The programs of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct ReadmeDoctests;

#[cfg(feature = "binary")]
mod binary;
pub mod churn;
pub mod clv;
#[cfg(feature = "datasets")]
pub mod datasets;
mod error;
mod estimate;
#[cfg(test)]
mod golden;
mod numerics;
pub mod portfolio;
#[cfg(feature = "report")]
mod report;
#[cfg(feature = "json")]
mod saved;
pub mod segmentation;
pub mod summary;
mod table;
pub mod transactions;

#[cfg(feature = "simulation")]
pub use clv::SimulationPlan;
#[cfg(feature = "discrete-time")]
pub use clv::{BetaDiscreteWeibull, BgBb, ContractualModel, ShiftedBetaGeometric};
#[cfg(feature = "more-models")]
pub use clv::{BgCnbd, GGompertzNbd, MbgCnbd};
pub use clv::{
    BgNbd, FitOptions, FitReport, GammaGamma, HoldoutCheck, MbgNbd, Nbd, ParetoNbd, PurchaseModel, ValueOptions,
    lifetime_value,
};
pub use error::{Error, Result, SavedStateProblem};
pub use portfolio::{AnalysisOptions, Portfolio, analyze};
#[cfg(feature = "report")]
pub use report::ReportSection;
#[cfg(feature = "json")]
pub use saved::SavedModel;
pub use segmentation::rfm_segments;
pub use summary::{
    CustomerSummary, Holdout, MergeWithin, RollingOrigins, RollingSplits, Split, SplitOptions, SummaryBuilder,
    SummaryOptions, TimeUnit,
};
pub use table::{Column, Table};
pub use transactions::{
    CustomerId, CustomerIds, Duplicates, OnError, Progress, QualityReport, ReadOptions, Returns, Timestamp,
    TransactionLog, ZeroAmounts,
};
