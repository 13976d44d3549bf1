//! Which model forecasts best? Rolling-origin hold-outs of all of them, beside baselines.

mod forecast;
mod options;
mod scores;
mod words;

use std::collections::BTreeMap;

pub use options::{Baseline, CompareOptions};
pub use scores::{CalibrationRow, ModelScores, OriginScores};

use super::PurchaseModelKind;
use super::holdout_check::{TrackingRow, purchases_by_period, tracking};
use crate::error::{Error, Result};
use crate::table::{Column, Table};
use crate::transactions::{CustomerIds, Timestamp, TransactionLog};
use forecast::Loss;
use scores::Sums;

/// Models and baselines against what happened: see [`compare`].
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Level of the intervals.
    pub level: f64,
    /// Best first, by the score that all of them have: CRPS. Of models that differ by rounding alone the one with the fewest parameters
    /// is the best: BG/CNBD-k with k = 1 is BG/NBD.
    pub models: Vec<ModelScores>,
    /// The same for each origin, oldest first.
    pub origins: Vec<OriginScores>,
    /// Expected and actual purchases by decile of expectation, for each model over all origins.
    pub calibration: Vec<CalibrationRow>,
    /// Models that could not be fitted at some origin, with the reason: they are not in the tables.
    pub failed: Vec<(ComparedModel, String)>,
    /// Which model to use, and how sure that is, in words.
    pub recommendation: String,
    best: Option<ComparedModel>,
}

/// A model that was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComparedModel {
    /// The model, or the base of one with covariates.
    pub kind: PurchaseModelKind,
    /// Which of the models with covariates of the options it is, from 0; `None` for one without.
    pub covariates: Option<usize>,
}

impl ComparedModel {
    /// Its name in the tables: `BG/NBD`, `BG/NBD with covariates`; further ones of one base are counted.
    #[must_use]
    pub fn name(self) -> String {
        match self.covariates {
            None => self.kind.name().to_owned(),
            Some(0) => format!("{} with covariates", self.kind.name()),
            Some(k) => format!("{} with covariates ({})", self.kind.name(), k + 1),
        }
    }

    /// Its name for options: `bg_nbd`, `bg_nbd_covariates`, `bg_nbd_covariates_2`.
    #[must_use]
    pub fn key(self) -> String {
        match self.covariates {
            None => self.kind.key().to_owned(),
            Some(0) => format!("{}_covariates", self.kind.key()),
            Some(k) => format!("{}_covariates_{}", self.kind.key(), k + 1),
        }
    }
}

/// A forecaster: a model, or a baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Forecaster {
    Model(ComparedModel),
    Baseline(Baseline),
}

impl Forecaster {
    fn name(self) -> String {
        match self {
            Self::Model(model) => model.name(),
            Self::Baseline(baseline) => baseline.name().to_owned(),
        }
    }
}

/// Fits every model to what was known at each of several points in time (rolling origins), lets it forecast each customer's
/// purchases, and compares with what happened; baselines that need no model are always in the table.
///
/// Scores, all of which are better when small: the mean absolute and root mean squared error of a customer's expected purchases,
/// the total's relative error, the log score -ln P(what happened), and the continuous ranked probability score (CRPS, Gneiting &
/// Raftery 2007, JASA 102, 359-378), which is in purchases and judges the whole predictive distribution (for a forecast
/// without one, the absolute error). Predictive distributions are those at the estimates.
///
/// Intervals of scores and of their differences from the best model's come from a paired bootstrap of the customers: all
/// forecasters are judged on the same resampled customers, and a customer's origins stay together. For the tracking error they are
/// drawn in a hundred blocks.
///
/// ```
/// use cpm_core::clv::{CompareOptions, PurchaseModelKind, compare};
/// use cpm_core::datasets;
/// let models = [PurchaseModelKind::BgNbd, PurchaseModelKind::Nbd];
/// let options = CompareOptions::new(39.0).origins(1).models(&models).resamples(200);
/// let comparison = compare(&datasets::cdnow_sample()?, &options)?;
/// assert_eq!(comparison.best(), Some(PurchaseModelKind::BgNbd));
/// println!("{}", comparison.recommendation);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] for options out of range; [`Error::NotIdentified`] if no model can be fitted at an origin.
/// A model that cannot be fitted while others can has its reason in [`Comparison::failed`].
pub fn compare(log: &TransactionLog, options: &CompareOptions) -> Result<Comparison> {
    let splits = options.splits(log)?;
    let mut forecasters: Vec<Forecaster> = Vec::new();
    for kind in options.chosen() {
        let one = Forecaster::Model(ComparedModel { kind, covariates: None });
        if !forecasters.contains(&one) {
            forecasters.push(one);
        }
    }
    for (k, kind) in options.bases().into_iter().enumerate() {
        forecasters.push(Forecaster::Model(ComparedModel { kind, covariates: Some(k) }));
    }
    forecasters.extend(Baseline::ALL.map(Forecaster::Baseline));
    let mut problems: Vec<Option<String>> = vec![None; forecasters.len()];
    // Customers by id over all origins; for each forecaster and origin the losses of the customers.
    let mut position: BTreeMap<String, usize> = BTreeMap::new();
    let mut rounds: Vec<Round> = Vec::new();
    for split_options in &splits {
        let split = log.split(split_options)?;
        let (customers, holdout) = (&split.calibration, &split.holdout);
        let actual = purchases_by_period(log, split_options, holdout.end, BLOCKS);
        let mut losses = Vec::new();
        let mut tracked = Vec::new();
        let mut one_stage = Vec::new();
        for (k, forecaster) in forecasters.iter().enumerate() {
            one_stage.push(true);
            let (loss, tracking) = match forecaster {
                Forecaster::Model(model) => match forecast::fitted(*model, &split, options) {
                    Ok(fitted) => {
                        let (model, split) = (fitted.model.as_ref(), fitted.split.as_ref());
                        one_stage[k] = model.shape_of_gaps() == 1.0;
                        let loss = forecast::of_model(model, &split.calibration, &holdout.purchases, holdout.duration);
                        let tracked = tracking(model, log, &actual, &split.calibration, split_options, holdout.end);
                        (Some(loss), Some(Tracked::new(&tracked)))
                    }
                    Err(error) => {
                        problems[k] = Some(error.to_string());
                        (None, None)
                    }
                },
                Forecaster::Baseline(baseline) => {
                    let pairs = customers.frequency().iter().zip(customers.T());
                    let (sum_x, sum_t) = pairs.clone().fold((0.0, 0.0), |(a, b), (x, t)| (a + x, b + t));
                    let mean = if sum_t > 0.0 { sum_x / sum_t } else { 0.0 };
                    let rate = |(x, t): (&f64, &f64)| match baseline {
                        Baseline::OwnRate if *t > 0.0 => x / t,
                        Baseline::OwnRate => 0.0,
                        Baseline::MeanRate => mean,
                    };
                    let forecasts = pairs.map(|pair| rate(pair) * holdout.duration);
                    let loss =
                        forecasts.zip(&holdout.purchases).map(|(f, &actual)| Loss::of_point(f, actual)).collect();
                    (Some(loss), None)
                }
            };
            losses.push(loss);
            tracked.push(tracking);
        }
        let models = forecasters.iter().filter(|f| matches!(f, Forecaster::Model(_))).count();
        if losses[..models].iter().all(Option::is_none) {
            return Err(Error::NotIdentified {
                model: "each model",
                reason: format!(
                    "at the origin {}: {}",
                    split_options.calibration_end,
                    problems.iter().flatten().next().map_or("", String::as_str)
                ),
                remedy: "Take fewer origins or a shorter horizon, so that more of the log is before the first forecast"
                    .to_owned(),
            });
        }
        let ids = customer_positions(&mut position, customers.customer_ids());
        rounds.push(Round { origin: split_options.calibration_end, customers: ids, losses, tracked, one_stage });
    }
    Ok(scores::summarise(&forecasters, &rounds, &problems, position.len(), options))
}

/// All forecasts from one origin.
struct Round {
    origin: Timestamp,
    /// For each customer of the origin its position among those of all origins.
    customers: Vec<usize>,
    losses: Vec<Option<Vec<Loss>>>,
    tracked: Vec<Option<Tracked>>,
    /// Whether purchases have one stage in each one's fit, as they always have without a k.
    one_stage: Vec<bool>,
}

impl Round {
    /// Sums of a forecaster's losses per customer of all origins.
    fn add_to(&self, forecaster: usize, sums: &mut [Sums]) {
        for (&customer, loss) in self.customers.iter().zip(self.losses[forecaster].iter().flatten()) {
            sums[customer].add(loss);
        }
    }
}

fn customer_positions(position: &mut BTreeMap<String, usize>, ids: &CustomerIds) -> Vec<usize> {
    ids.iter()
        .map(|id| {
            let next = position.len();
            *position.entry(id.to_string()).or_insert(next)
        })
        .collect()
}

/// Blocks of customers, which are drawn again as wholes for the interval of the tracking error.
const BLOCKS: usize = 100;

fn every_block() -> [usize; BLOCKS] {
    std::array::from_fn(|block| block)
}

/// The periods of a hold-out: actual purchases, and what is expected beyond them, by block.
struct Tracked {
    blocks: Vec<Vec<[f64; 2]>>,
}

impl Tracked {
    fn new(blocks: &[Vec<TrackingRow>]) -> Self {
        let of_block = |rows: &Vec<TrackingRow>| {
            let rows = rows.iter().filter(|row| row.in_holdout);
            rows.map(|row| [row.actual, row.expected - row.actual]).collect()
        };
        Self { blocks: blocks.iter().map(of_block).collect() }
    }

    /// Mean absolute error of the cumulative purchases per period, relative to those of the end, of these blocks together.
    fn error(&self, blocks: &[usize]) -> Option<f64> {
        let periods = self.blocks.first().map_or(0, Vec::len);
        let (mut actual, mut ahead, mut sum) = (0.0, 0.0, 0.0);
        for k in 0..periods {
            for &block in blocks {
                actual += self.blocks[block][k][0];
                ahead += self.blocks[block][k][1];
            }
            sum += f64::abs(ahead);
        }
        (periods > 0 && actual > 0.0).then(|| sum / periods as f64 / actual)
    }
}

impl Comparison {
    /// The best of the models, baselines aside; the base of it if it has covariates.
    #[must_use]
    pub fn best(&self) -> Option<PurchaseModelKind> {
        self.best.map(|model| model.kind)
    }

    /// The same, with whether it is one with covariates.
    #[must_use]
    pub fn best_model(&self) -> Option<ComparedModel> {
        self.best
    }

    /// One row per model and baseline, best first: `model, customers, purchases, expected, bias, mae, rmse, log_score, crps,
    /// tracking_error`, then `bias_difference`, `mae_difference`, `rmse_difference`, `log_score_difference`, `crps_difference`
    /// and `tracking_error_difference` from the best model, all with `_low` and `_high`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        scores::table(&self.models)
    }

    /// One row per origin and model: `origin, model, customers, actual, expected, bias, mae, rmse, log_score, crps,
    /// tracking_error`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn origins_table(&self) -> Result<Table> {
        let rows = &self.origins;
        let mut table = Table::new();
        table.push("origin", Column::Date(rows.iter().map(|r| r.origin).collect()))?;
        table.push("model", Column::Text(rows.iter().map(|r| r.model.clone()).collect()))?;
        table.push("customers", Column::Integer(rows.iter().map(|r| r.customers as i64).collect()))?;
        table.push("actual", Column::Float(rows.iter().map(|r| r.actual).collect()))?;
        table.push("expected", Column::Float(rows.iter().map(|r| r.expected).collect()))?;
        table.push("bias", Column::Optional(rows.iter().map(|r| r.bias).collect()))?;
        table.push("mae", Column::Float(rows.iter().map(|r| r.mae).collect()))?;
        table.push("rmse", Column::Float(rows.iter().map(|r| r.rmse).collect()))?;
        table.push("log_score", Column::Optional(rows.iter().map(|r| r.log_score).collect()))?;
        table.push("crps", Column::Float(rows.iter().map(|r| r.crps).collect()))?;
        table.push("tracking_error", Column::Optional(rows.iter().map(|r| r.tracking_error).collect()))?;
        Ok(table)
    }

    /// One row per model and decile of its expectation: `model, decile, customers, expected, actual`, means per customer.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn calibration_table(&self) -> Result<Table> {
        let rows = &self.calibration;
        let mut table = Table::new();
        table.push("model", Column::Text(rows.iter().map(|r| r.model.clone()).collect()))?;
        table.push("decile", Column::Integer(rows.iter().map(|r| r.decile as i64).collect()))?;
        table.push("customers", Column::Integer(rows.iter().map(|r| r.customers as i64).collect()))?;
        table.push("expected", Column::Float(rows.iter().map(|r| r.expected).collect()))?;
        table.push("actual", Column::Float(rows.iter().map(|r| r.actual).collect()))?;
        Ok(table)
    }
}

#[cfg(test)]
mod tests;
