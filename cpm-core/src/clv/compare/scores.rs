//! From losses of single customers to the comparison: means, a paired bootstrap, deciles.

use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

use super::forecast::Loss;
use super::{BLOCKS, Baseline, CompareOptions, ComparedModel, Comparison, Forecaster, Round, every_block, words};
use crate::error::Result;
use crate::estimate::{Estimate, Interval};
use crate::numerics::parallel;
use crate::numerics::sample::percentile_interval;
use crate::table::{Column, Table};
use crate::transactions::Timestamp;

/// Scores within this share of each other differ by rounding of the fits.
const SAME: f64 = 1e-7;
/// Groups of customers by expectation.
const DECILES: usize = 10;

/// How well one model or baseline forecast, over all origins.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ModelScores {
    /// Name of the model or baseline.
    pub model: String,
    /// Whether it is a baseline that needs no model.
    pub is_baseline: bool,
    /// Forecasts: customers times origins.
    pub forecasts: u64,
    /// Purchases that were made.
    pub actual: f64,
    /// Purchases that were expected.
    pub expected: f64,
    /// Expected over actual, less 1, with interval; `None` if nobody purchased.
    pub bias: Option<Estimate>,
    /// Mean absolute error per customer, with interval.
    pub mae: Estimate,
    /// Root mean squared error per customer, with interval.
    pub rmse: Estimate,
    /// Mean of -ln P(what happened), with interval; `None` without a predictive distribution.
    pub log_score: Option<Estimate>,
    /// Mean continuous ranked probability score, with interval.
    pub crps: Estimate,
    /// Mean absolute error of the cumulative purchases per period of the hold-out, relative to those of its end; mean over the
    /// origins, with interval; `None` for baselines.
    pub tracking_error: Option<Estimate>,
    /// Tracking error less that of the best model, with the interval of the paired difference; `None` for baselines.
    pub tracking_error_difference: Option<Estimate>,
    /// Bias less that of the best model, with the interval of the paired difference; `None` if nobody purchased.
    pub bias_difference: Option<Estimate>,
    /// MAE less that of the best model, with the interval of the paired difference.
    pub mae_difference: Estimate,
    /// RMSE less that of the best model, with the interval of the paired difference.
    pub rmse_difference: Estimate,
    /// Log score less that of the best model, with the interval of the paired difference; `None` without a predictive distribution.
    pub log_score_difference: Option<Estimate>,
    /// CRPS less that of the best model, with the interval of the paired difference.
    pub crps_difference: Estimate,
}

/// How well one model or baseline forecast from one origin.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OriginScores {
    /// The end of what was known.
    pub origin: Timestamp,
    /// Name of the model or baseline.
    pub model: String,
    /// Customers known by then.
    pub customers: u64,
    /// Purchases that they made within the horizon.
    pub actual: f64,
    /// Purchases that were expected.
    pub expected: f64,
    /// Expected over actual, less 1.
    pub bias: Option<f64>,
    /// Mean absolute error per customer.
    pub mae: f64,
    /// Root mean squared error per customer.
    pub rmse: f64,
    /// Mean log score.
    pub log_score: Option<f64>,
    /// Mean continuous ranked probability score.
    pub crps: f64,
    /// As in [`ModelScores::tracking_error`].
    pub tracking_error: Option<f64>,
}

/// Customers between two deciles of what a model expects of them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CalibrationRow {
    /// Name of the model or baseline.
    pub model: String,
    /// From 1, the lowest expectations, to 10.
    pub decile: usize,
    /// Forecasts in it.
    pub customers: u64,
    /// Mean purchases expected.
    pub expected: f64,
    /// Mean purchases made.
    pub actual: f64,
}

/// Sums of losses.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    n: f64,
    expected: f64,
    actual: f64,
    absolute: f64,
    square: f64,
    log_score: f64,
    crps: f64,
}

impl Sums {
    pub(super) fn add(&mut self, loss: &Loss) {
        let error = loss.expected - loss.actual;
        self.n += 1.0;
        self.expected += loss.expected;
        self.actual += loss.actual;
        self.absolute += error.abs();
        self.square += error * error;
        self.log_score += loss.log_score.unwrap_or(0.0);
        self.crps += loss.crps;
    }

    fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.expected += other.expected;
        self.actual += other.actual;
        self.absolute += other.absolute;
        self.square += other.square;
        self.log_score += other.log_score;
        self.crps += other.crps;
    }

    fn bias(&self) -> Option<f64> {
        (self.actual > 0.0).then(|| self.expected / self.actual - 1.0)
    }

    fn mae(&self) -> f64 {
        self.absolute / self.n
    }

    fn rmse(&self) -> f64 {
        (self.square / self.n).sqrt()
    }

    fn log_score(&self) -> f64 {
        self.log_score / self.n
    }

    fn crps(&self) -> f64 {
        self.crps / self.n
    }
}

pub(super) fn summarise(
    forecasters: &[Forecaster],
    rounds: &[Round],
    problems: &[Option<String>],
    customers: usize,
    options: &CompareOptions,
) -> Comparison {
    // Whoever could not forecast from every origin is out: sums over fewer forecasts do not compare.
    let in_all: Vec<usize> = (0..forecasters.len()).filter(|&k| rounds.iter().all(|r| r.losses[k].is_some())).collect();
    let failed: Vec<(ComparedModel, String)> = forecasters
        .iter()
        .zip(problems)
        .filter_map(|(f, problem)| match (f, problem) {
            (Forecaster::Model(model), Some(reason)) => Some((*model, reason.clone())),
            _ => None,
        })
        .collect();

    // Per forecaster the sums of each customer: a customer's origins stay together.
    let sums: Vec<Vec<Sums>> = in_all
        .iter()
        .map(|&k| {
            let mut sums = vec![Sums::default(); customers];
            rounds.iter().for_each(|round| round.add_to(k, &mut sums));
            sums
        })
        .collect();
    let total = |of: &[Sums]| {
        let mut total = Sums::default();
        of.iter().for_each(|s| total.merge(s));
        total
    };
    let totals: Vec<Sums> = sums.iter().map(|s| total(s)).collect();
    let is_model = |i: &usize| matches!(forecasters[in_all[*i]], Forecaster::Model(_));
    let by_crps = |a: &usize, b: &usize| totals[*a].crps().total_cmp(&totals[*b].crps());
    // What differs by rounding alone is equal, and the simpler model is then the better one.
    let least = (0..in_all.len()).filter(is_model).map(|i| totals[i].crps()).fold(f64::INFINITY, f64::min);
    let simplicity = |i: &usize| match forecasters[in_all[*i]] {
        Forecaster::Model(m) => (m.covariates.is_some(), m.kind.parameters().len() + usize::from(m.kind.has_k())),
        Forecaster::Baseline(_) => (false, 0),
    };
    let as_good = |i: &usize| totals[*i].crps() <= least * (1.0 + SAME);
    let best = (0..in_all.len()).filter(is_model).filter(as_good).min_by_key(simplicity);
    let reference = best.unwrap_or(0);

    let resampled: Vec<Vec<Sums>> = parallel::map_chunks(options.resamples, 1, |range| {
        let mut random = ChaCha8Rng::seed_from_u64(options.seed);
        random.set_stream(range.start as u64);
        let mut of = vec![Sums::default(); sums.len()];
        for _ in 0..customers {
            let i = random.random_range(0..customers);
            of.iter_mut().zip(&sums).for_each(|(sum, s)| sum.merge(&s[i]));
        }
        of
    })
    .collect();
    let estimate = |value: f64, of: &dyn Fn(&[Sums]) -> f64| Estimate {
        value,
        interval: percentile_interval(&mut resampled.iter().map(|s| of(s)).collect::<Vec<f64>>(), options.level),
    };

    let tracking_error = |k: usize, blocks: &[usize]| -> Option<f64> {
        let of = |round: &Round| round.tracked[k].as_ref()?.error(blocks);
        let errors: Option<Vec<f64>> = rounds.iter().map(of).collect();
        errors.map(|e| e.iter().sum::<f64>() / e.len() as f64)
    };
    let drawn_blocks: Vec<Vec<usize>> = (0..options.resamples)
        .map(|k| {
            let mut random = ChaCha8Rng::seed_from_u64(options.seed);
            random.set_stream((options.resamples + k) as u64);
            (0..BLOCKS).map(|_| random.random_range(0..BLOCKS)).collect()
        })
        .collect();
    // Each forecaster's tracking error, and those of the blocks drawn again.
    let tracked: Vec<Option<(f64, Vec<f64>)>> = in_all
        .iter()
        .map(|&k| {
            let value = tracking_error(k, &every_block())?;
            // Blocks without a purchase have no error; there are none where customers are more than a handful.
            let again = |blocks: &Vec<usize>| tracking_error(k, blocks).unwrap_or(value);
            Some((value, parallel::map(drawn_blocks.len(), 16, |n| again(&drawn_blocks[n]))))
        })
        .collect();
    let of_drawn =
        |value: f64, mut drawn: Vec<f64>| Estimate { value, interval: percentile_interval(&mut drawn, options.level) };
    let mut order: Vec<usize> = (0..in_all.len()).collect();
    order.sort_by(by_crps);
    // Before those that are as good; baselines stay where they are.
    if let Some(best) = best
        && let Some(first) = order.iter().position(|i| is_model(i) && as_good(i))
    {
        order.retain(|i| *i != best);
        order.insert(first, best);
    }
    let of_model = |&i: &usize| {
        let (k, t, r) = (in_all[i], &totals[i], &totals[reference]);
        let has_distribution =
            rounds.iter().all(|round| round.losses[k].iter().flatten().all(|l| l.log_score.is_some()));
        let difference =
            |score: fn(&Sums) -> f64| estimate(score(t) - score(r), &|s| score(&s[i]) - score(&s[reference]));
        let bias_difference = |one: &Sums, other: &Sums| Some(one.bias()? - other.bias()?);
        ModelScores {
            model: forecasters[k].name(),
            is_baseline: matches!(forecasters[k], Forecaster::Baseline(_)),
            forecasts: t.n as u64,
            actual: t.actual,
            expected: t.expected,
            bias: t.bias().map(|value| estimate(value, &|s| s[i].bias().unwrap_or(value))),
            mae: estimate(t.mae(), &|s| s[i].mae()),
            rmse: estimate(t.rmse(), &|s| s[i].rmse()),
            log_score: has_distribution.then(|| estimate(t.log_score(), &|s| s[i].log_score())),
            crps: estimate(t.crps(), &|s| s[i].crps()),
            tracking_error: tracked[i].as_ref().map(|(value, drawn)| of_drawn(*value, drawn.clone())),
            tracking_error_difference: tracked[i].as_ref().zip(tracked[reference].as_ref()).map(|(own, its)| {
                of_drawn(own.0 - its.0, own.1.iter().zip(&its.1).map(|(own, its)| own - its).collect())
            }),
            bias_difference: bias_difference(t, r)
                .map(|value| estimate(value, &|s| bias_difference(&s[i], &s[reference]).unwrap_or(value))),
            mae_difference: difference(Sums::mae),
            rmse_difference: difference(Sums::rmse),
            log_score_difference: has_distribution.then(|| difference(Sums::log_score)),
            crps_difference: difference(Sums::crps),
        }
    };
    let models: Vec<ModelScores> = order.iter().map(of_model).collect();
    let best = best.and_then(|i| match forecasters[in_all[i]] {
        Forecaster::Model(model) => Some(model),
        Forecaster::Baseline(_) => None,
    });
    let of_one_stage = |&k: &usize| match forecasters[k] {
        Forecaster::Model(model) if rounds.iter().all(|round| round.one_stage[k]) => {
            model.kind.with_one_stage().map(|plain| (model.name(), plain.name()))
        }
        _ => None,
    };
    let same: Vec<(String, &str)> = in_all.iter().filter_map(of_one_stage).collect();
    let recommendation = words::recommendation(&models, best, &same, &failed, options);
    Comparison {
        level: options.level,
        origins: rounds.iter().flat_map(|r| order.iter().map(|&i| of_origin(r, in_all[i], forecasters))).collect(),
        calibration: order.iter().flat_map(|&i| deciles(rounds, in_all[i], forecasters)).collect(),
        models,
        failed,
        recommendation,
        best,
    }
}

fn of_origin(round: &Round, k: usize, forecasters: &[Forecaster]) -> OriginScores {
    let losses = || round.losses[k].iter().flatten();
    let mut sums = Sums::default();
    losses().for_each(|loss| sums.add(loss));
    OriginScores {
        origin: round.origin,
        model: forecasters[k].name(),
        customers: sums.n as u64,
        actual: sums.actual,
        expected: sums.expected,
        bias: sums.bias(),
        mae: sums.mae(),
        rmse: sums.rmse(),
        log_score: losses().all(|l| l.log_score.is_some()).then(|| sums.log_score()),
        crps: sums.crps(),
        tracking_error: round.tracked[k].as_ref().and_then(|tracked| tracked.error(&every_block())),
    }
}

/// Equal expectations stay together, so deciles may differ in size, and some may be empty.
fn deciles(rounds: &[Round], k: usize, forecasters: &[Forecaster]) -> Vec<CalibrationRow> {
    let mut pairs: Vec<(f64, f64)> =
        rounds.iter().flat_map(|r| r.losses[k].iter().flatten()).map(|l| (l.expected, l.actual)).collect();
    parallel::sort_by(&mut pairs, |a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut rows: Vec<CalibrationRow> = Vec::new();
    let (n, mut decile) = (pairs.len(), 0);
    let mut last = f64::NEG_INFINITY;
    for (i, (expected, actual)) in pairs.into_iter().enumerate() {
        let own = i * DECILES / n + 1;
        if own != decile && expected > last {
            decile = own;
            let model = forecasters[k].name();
            rows.push(CalibrationRow { model, decile, customers: 0, expected: 0.0, actual: 0.0 });
        }
        last = expected;
        if let Some(row) = rows.last_mut() {
            row.customers += 1;
            row.expected += expected;
            row.actual += actual;
        }
    }
    for row in &mut rows {
        row.expected /= row.customers as f64;
        row.actual /= row.customers as f64;
    }
    rows
}

pub(super) fn table(models: &[ModelScores]) -> Result<Table> {
    let mut table = Table::new();
    table.push("model", Column::Text(models.iter().map(|m| m.model.clone()).collect()))?;
    table.push("forecasts", Column::Integer(models.iter().map(|m| m.forecasts as i64).collect()))?;
    let floats = |get: &dyn Fn(&ModelScores) -> f64| Column::Float(models.iter().map(get).collect());
    table.push("actual", floats(&|m| m.actual))?;
    table.push("expected", floats(&|m| m.expected))?;
    let mut estimate = |name: &str, get: &dyn Fn(&ModelScores) -> Option<Estimate>| -> Result<()> {
        let mut part = |suffix: &str, part: fn(&Estimate) -> f64| {
            let column = Column::Optional(models.iter().map(|m| get(m).as_ref().map(part)).collect());
            table.push(&format!("{name}{suffix}"), column)
        };
        part("", |e| e.value)?;
        part("_low", |e| e.interval.low)?;
        part("_high", |e| e.interval.high)
    };
    estimate("bias", &|m| m.bias)?;
    estimate("mae", &|m| Some(m.mae))?;
    estimate("rmse", &|m| Some(m.rmse))?;
    estimate("log_score", &|m| m.log_score)?;
    estimate("crps", &|m| Some(m.crps))?;
    estimate("bias_difference", &|m| m.bias_difference)?;
    estimate("mae_difference", &|m| Some(m.mae_difference))?;
    estimate("rmse_difference", &|m| Some(m.rmse_difference))?;
    estimate("log_score_difference", &|m| m.log_score_difference)?;
    estimate("crps_difference", &|m| Some(m.crps_difference))?;
    estimate("tracking_error", &|m| m.tracking_error)?;
    estimate("tracking_error_difference", &|m| m.tracking_error_difference)?;
    Ok(table)
}

/// Whether an interval leaves zero out.
pub(super) fn differs(interval: Interval) -> bool {
    interval.low > 0.0 || interval.high < 0.0
}

impl ModelScores {
    /// Whether this is the named baseline.
    pub(super) fn is(&self, baseline: Baseline) -> bool {
        self.is_baseline && self.model == baseline.name()
    }
}
