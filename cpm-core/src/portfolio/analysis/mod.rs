//! The whole way from a log to a portfolio, in one call.

mod options;

use super::cohorts::{CohortOptions, CohortTable, cohort_retention};
use super::concentration::{Ascending, Hhi, LorenzCurve, lorenz};
use super::tables;
use crate::churn::ChurnScores;
use crate::clv::{
    AnyPurchaseModel, FitOptions, GammaGamma, Grouping, HoldoutCheck, LifetimeValue, Prediction, PurchaseModel,
    expected_purchases_by_group, lifetime_value_by_group,
};
use crate::error::Result;
use crate::estimate::Estimate;
use crate::segmentation::{RfmOptions, RfmScores, SegmentTable, Segments};
use crate::summary::{CustomerSummary, SplitOptions};
use crate::table::Table;
use crate::transactions::{QualityReport, Timestamp, TransactionLog};

pub use options::AnalysisOptions;

/// Points of the Lorenz curves that a portfolio keeps.
const LORENZ_POINTS: usize = 200;

/// The base in figures.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Totals {
    /// Customers with a purchase up to the end of observation.
    pub customers: u64,
    /// Of these, with a repeat purchase.
    pub repeat_buyers: u64,
    /// Purchases so far, first ones included.
    pub purchases: f64,
    /// Sum of their amounts.
    pub revenue: f64,
    /// Customers alive at the end of observation.
    pub alive: Estimate,
    /// Customers who make no purchase within the horizon.
    pub without_purchase: Estimate,
    /// Living customers who drop out within the horizon.
    pub attrition: Estimate,
    /// Purchases within the horizon.
    pub expected_purchases: Estimate,
    /// Customer equity: discounted margin of these purchases.
    pub customer_equity: Estimate,
}

/// How unevenly something is spread over the customers.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Concentration {
    /// Gini coefficient.
    pub gini: f64,
    /// Herfindahl-Hirschman index and effective number of customers.
    pub hhi: Hhi,
    /// Share of the best 1 %, 10 % and 20 % of customers.
    pub top_shares: [(f64, f64); 3],
    /// Lorenz curve.
    pub lorenz: LorenzCurve,
}

impl Concentration {
    fn of(values: &[f64]) -> Result<Self> {
        let ascending = Ascending::non_negative(values)?;
        Ok(Self {
            gini: ascending.gini(),
            hhi: ascending.hhi(),
            top_shares: [0.01, 0.1, 0.2].map(|fraction| (fraction, ascending.top_share(fraction))),
            lorenz: lorenz(values, LORENZ_POINTS)?,
        })
    }
}

/// One segment in figures.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct SegmentFigures {
    /// Name.
    pub segment: String,
    /// Customers.
    pub customers: u64,
    /// Sum of their purchases so far.
    pub revenue: f64,
    /// Mean days since the last purchase.
    pub mean_days_since_last: f64,
    /// Mean number of purchases so far.
    pub mean_purchases: f64,
    /// Expected number alive.
    pub alive: f64,
    /// Mean probability of no purchase within the horizon.
    pub churn_probability: f64,
    /// Purchases within the horizon.
    pub expected_purchases: Estimate,
    /// Discounted margin of these purchases.
    pub value: Estimate,
}

/// A customer base analysed: what [`analyze`] returns.
#[derive(Debug, Clone)]
pub struct Portfolio {
    pub(super) options: AnalysisOptions,
    pub(super) quality: QualityReport,
    pub(super) summary: CustomerSummary,
    pub(super) model: AnyPurchaseModel,
    pub(super) spend: GammaGamma,
    pub(super) rfm: RfmScores,
    pub(super) segmentation: Segments,
    pub(super) prediction: Prediction,
    pub(super) churn: ChurnScores,
    pub(super) value: LifetimeValue,
    pub(super) totals: Totals,
    pub(super) segments: Vec<SegmentFigures>,
    pub(super) revenue_concentration: Concentration,
    pub(super) value_concentration: Concentration,
    pub(super) cohorts: CohortTable,
    pub(super) holdout: std::result::Result<HoldoutCheck, String>,
    #[cfg(feature = "decisions")]
    pub(super) movement: super::movement::Movement,
}

/// From a transaction log to a portfolio: summary, models of purchases (BG/NBD
/// unless the options say otherwise) and of spend (Gamma-Gamma), scores with intervals,
/// segments, totals, concentration, cohorts, and a check of the model on a part of the log that it has
/// not seen.
///
/// ```
/// use cpm_core::{AnalysisOptions, analyze, datasets};
/// let log = datasets::cdnow_sample()?;
/// let options = AnalysisOptions::new(52.0).as_of("1998-06-30")?.discount_rate(0.10).margin(0.30);
/// let portfolio = analyze(&log, &options)?;
/// let equity = portfolio.totals().customer_equity;
/// assert!(equity.interval.low < equity.value && equity.value < equity.interval.high);
/// println!("{portfolio}");
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// Those of [`TransactionLog::summarize`], [`BgNbd::fit`](crate::BgNbd::fit), [`GammaGamma::fit`] and
/// [`lifetime_value`](crate::lifetime_value). A hold-out that cannot be made (a log too short) is no error: see
/// [`Portfolio::holdout`].
pub fn analyze(log: &TransactionLog, options: &AnalysisOptions) -> Result<Portfolio> {
    options.value.check()?;
    let (horizon, level) = (options.value.horizon, options.value.level);
    let summary = log.summarize(&options.summary)?;
    let model = options.model.fit(&summary, &FitOptions::new())?;
    let spend = GammaGamma::fit(&summary, &FitOptions::new())?;

    let rfm = RfmScores::of(&summary, &RfmOptions::new())?;
    let segmentation = SegmentTable::standard().segment(&rfm);
    let grouping = || [Grouping { group: segmentation.codes(), groups: segmentation.names().len() }];

    let prediction = model.predict(&summary, horizon, level)?;
    let churn = ChurnScores::of(&*model, &summary, horizon, level)?;
    let value = lifetime_value_by_group(&*model, &spend, &summary, &options.value, &grouping())?;
    let (purchases, purchases_by_segment) =
        expected_purchases_by_group(&*model, summary.histories(), horizon, level, &grouping());

    let revenue = summary.total_amount().unwrap_or_default();
    let totals = Totals {
        customers: summary.len() as u64,
        repeat_buyers: summary.frequency().iter().filter(|x| **x > 0.0).count() as u64,
        purchases: summary.frequency().iter().map(|x| x + 1.0).sum(),
        revenue: revenue.iter().sum(),
        alive: churn.expected_alive(),
        without_purchase: churn.expected_without_purchase(),
        attrition: churn.expected_attrition(),
        expected_purchases: purchases,
        customer_equity: value.total(),
    };
    let expected: Vec<f64> = value.customers().iter().map(|c| c.value).collect();
    let segments = segment_figures(&summary, &segmentation, &prediction, &purchases_by_segment[0], value.groups(0));
    let as_of = summary.quality().map_or(log.first_and_last().1, |q| q.as_of);
    let split = check_split(log, options, as_of);
    let calibration = log.split(&split).map(|s| s.calibration).map_err(|e| e.to_string());
    let check = |calibration| check_model(log, options, &split, calibration).map_err(|e| e.to_string());
    Ok(Portfolio {
        options: *options,
        quality: log.quality().clone(),
        revenue_concentration: Concentration::of(revenue)?,
        value_concentration: Concentration::of(&expected)?,
        cohorts: cohort_retention(log, &cohort_options(options.summary.as_of, level))?,
        holdout: calibration.as_ref().map_err(Clone::clone).and_then(check),
        #[cfg(feature = "decisions")]
        movement: super::movement::Movement::of(
            log,
            options,
            calibration.as_ref().map_err(String::as_str),
            (split.calibration_end, as_of),
            (&summary, &segmentation),
        ),
        summary,
        model,
        spend,
        rfm,
        segmentation,
        prediction,
        churn,
        value,
        totals,
        segments,
    })
}

fn cohort_options(as_of: Option<Timestamp>, level: f64) -> CohortOptions {
    let options = CohortOptions::new().level(level);
    match as_of {
        Some(time) => options.as_of_time(time),
        None => options,
    }
}

/// Where the log is cut for the check of the model: up to the end of observation.
fn check_split(log: &TransactionLog, options: &AnalysisOptions, as_of: Timestamp) -> SplitOptions {
    let first = log.first_and_last().0;
    let half = Timestamp::from_days((first.days() + as_of.days()).div_euclid(2)).end_of_day();
    SplitOptions {
        calibration_end: options.calibration_end.unwrap_or(half),
        observation_end: Some(as_of),
        time_unit: options.summary.time_unit,
        merge_within: options.summary.merge_within,
    }
}

/// Refits the model on the first part of the log and compares it with the rest.
fn check_model(
    log: &TransactionLog,
    options: &AnalysisOptions,
    split: &SplitOptions,
    calibration: &CustomerSummary,
) -> Result<HoldoutCheck> {
    let model = options.model.fit(calibration, &FitOptions::new())?;
    HoldoutCheck::new(&*model, log, split, options.value.level)
}

fn segment_figures(
    summary: &CustomerSummary,
    segments: &Segments,
    prediction: &Prediction,
    purchases: &[Estimate],
    value: &[Estimate],
) -> Vec<SegmentFigures> {
    let revenue = summary.total_amount().unwrap_or_default();
    let mut figures: Vec<SegmentFigures> = segments
        .names()
        .iter()
        .zip(purchases.iter().zip(value))
        .map(|(name, (&expected_purchases, &value))| SegmentFigures {
            segment: name.clone(),
            customers: 0,
            revenue: 0.0,
            mean_days_since_last: 0.0,
            mean_purchases: 0.0,
            alive: 0.0,
            churn_probability: 0.0,
            expected_purchases,
            value,
        })
        .collect();
    for (i, days) in summary.days_since_last().into_iter().enumerate() {
        let of = &mut figures[segments.codes()[i] as usize];
        let scores = &prediction.customers()[i];
        of.customers += 1;
        of.revenue += revenue[i];
        of.mean_days_since_last += days;
        of.mean_purchases += summary.frequency()[i] + 1.0;
        of.alive += scores.probability_alive.value;
        of.churn_probability += scores.probability_no_purchase.value;
    }
    figures.retain(|s| s.customers > 0);
    for of in &mut figures {
        let n = of.customers as f64;
        of.mean_days_since_last /= n;
        of.mean_purchases /= n;
        of.churn_probability /= n;
    }
    figures
}

impl Portfolio {
    /// The options of the analysis.
    #[must_use]
    pub fn options(&self) -> &AnalysisOptions {
        &self.options
    }

    /// What became of the rows of the log.
    #[must_use]
    pub fn quality(&self) -> &QualityReport {
        &self.quality
    }

    /// The customer summary that the models saw.
    #[must_use]
    pub fn summary(&self) -> &CustomerSummary {
        &self.summary
    }

    /// The fitted purchase model.
    #[must_use]
    pub fn model(&self) -> &AnyPurchaseModel {
        &self.model
    }

    /// The fitted spend model.
    #[must_use]
    pub fn spend(&self) -> &GammaGamma {
        &self.spend
    }

    /// Scores of each customer with intervals.
    #[must_use]
    pub fn prediction(&self) -> &Prediction {
        &self.prediction
    }

    /// Churn scores of each customer and of the base.
    #[must_use]
    pub fn churn(&self) -> &ChurnScores {
        &self.churn
    }

    /// Value of each customer with interval.
    #[must_use]
    pub fn value(&self) -> &LifetimeValue {
        &self.value
    }

    /// RFM scores of each customer.
    #[must_use]
    pub fn rfm(&self) -> &RfmScores {
        &self.rfm
    }

    /// The segment of each customer.
    #[must_use]
    pub fn segmentation(&self) -> &Segments {
        &self.segmentation
    }

    /// The base in figures.
    #[must_use]
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// The segments in figures, from best to worst; segments without customers are left out.
    #[must_use]
    pub fn segments(&self) -> &[SegmentFigures] {
        &self.segments
    }

    /// Concentration of the revenue so far.
    #[must_use]
    pub fn revenue_concentration(&self) -> &Concentration {
        &self.revenue_concentration
    }

    /// Concentration of the expected value.
    #[must_use]
    pub fn value_concentration(&self) -> &Concentration {
        &self.value_concentration
    }

    /// Retention by monthly cohort.
    #[must_use]
    pub fn cohorts(&self) -> &CohortTable {
        &self.cohorts
    }

    /// The model against a part of the log that it has not seen, or why there is no such check.
    ///
    /// # Errors
    /// The reason in words, for instance that the first half of the log has no repeat buyers.
    pub fn holdout(&self) -> std::result::Result<&HoldoutCheck, &str> {
        self.holdout.as_ref().map_err(String::as_str)
    }

    /// One row per customer: summary, segment, scores and value, each with its interval.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn customers_table(&self) -> Result<Table> {
        tables::customers(self)
    }

    /// One row per segment, as [`segments`](Self::segments).
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn segments_table(&self) -> Result<Table> {
        tables::segments(self)
    }

    /// One row per figure of the base: `metric, value, low, high, unit`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn totals_table(&self) -> Result<Table> {
        tables::totals(self)
    }
}
