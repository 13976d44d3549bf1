//! Uplift: did the treatment work on those whom the score would have chosen?

use serde::Serialize;

use super::scored::finite;
use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval};
use crate::numerics::parallel;
use crate::numerics::random::SplitMix;
use crate::table::{Column, Table};

/// Choices for [`qini_curve`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QiniOptions {
    points: usize,
    resamples: usize,
    seed: u64,
    level: f64,
}

impl Default for QiniOptions {
    fn default() -> Self {
        Self { points: 101, resamples: 200, seed: 0, level: 0.95 }
    }
}

impl QiniOptions {
    /// 101 points, intervals at 0.95 from 200 resamples.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Points of the curve, both ends included.
    #[must_use]
    pub fn points(mut self, points: usize) -> Self {
        self.points = points;
        self
    }

    /// How often customers are drawn anew for the intervals, and the seed of these draws.
    #[must_use]
    pub fn resamples(mut self, resamples: usize, seed: u64) -> Self {
        (self.resamples, self.seed) = (resamples, seed);
        self
    }

    /// Level of the intervals.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }
}

/// One point of a [`QiniCurve`]: the customers with the largest scores are treated.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct QiniPoint {
    /// Share of the base that is treated.
    pub fraction: f64,
    /// Outcomes gained per treated customer of the experiment: (R_t − R_c·N_t/N_c) / all treated.
    pub gain: f64,
    /// What treating the same share at random gains.
    pub at_random: f64,
    /// Difference of the outcome rates up to here, times the fraction: the uplift curve.
    pub uplift: f64,
}

/// Qini and uplift curves of a score, with what summarises them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct QiniCurve {
    /// From nobody treated to everybody.
    pub points: Vec<QiniPoint>,
    /// Area between the Qini curve and random treatment: 0 if the score does not tell who can be moved.
    pub coefficient: Estimate,
    /// Area under the uplift curve (AUUC).
    pub area_under_uplift: Estimate,
    /// Effect of treating everybody: the difference of the outcome rates.
    pub effect: Estimate,
}

/// Curves of a score in a campaign with a randomised control group (Radcliffe 2007, "Using Control Groups to Target on Predicted
/// Lift"; AUUC as in Gutierrez & Gérardy 2017 and Devriendt et al. 2020).
///
/// `outcome` is what the treatment is to bring about (that a customer stays), `treated` whether the customer got it,
/// and larger `scores` are treated first. Rows of one score enter together. Without customers of the control group up to a point the
/// curve knows no gain there and shows 0. Intervals are percentiles over customers drawn anew with replacement.
///
/// ```
/// use cpm_core::churn::evaluation::{QiniOptions, qini_curve};
/// let outcome = [true, false, true, true, false, false, true, false];
/// let treated = [true, false, true, false, true, false, true, false];
/// let curve = qini_curve(&outcome, &treated, &[0.9, 0.9, 0.8, 0.2, 0.1, 0.2, 0.7, 0.7], &QiniOptions::new())?;
/// assert!((curve.effect.value - 0.5).abs() < 1e-12 && curve.coefficient.value > 0.0);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::InvalidValue`] for a score that is not finite; [`Error::NotIdentified`] without treated
/// customers or without a control group; [`Error::InvalidArgument`] for fewer than 2 points, fewer than 2 resamples, or the level.
pub fn qini_curve(outcome: &[bool], treated: &[bool], scores: &[f64], options: &QiniOptions) -> Result<QiniCurve> {
    same_length("treated", treated.len(), "outcome", outcome.len())?;
    same_length("scores", scores.len(), "outcome", outcome.len())?;
    finite("scores", scores)?;
    let level = error::level("level", options.level)?;
    for (name, value) in [("points", options.points), ("resamples", options.resamples)] {
        if value < 2 {
            return Err(Error::argument(name, value, "there must be at least two"));
        }
    }
    for (group, which) in [("treated", true), ("in the control group", false)] {
        if !treated.contains(&which) {
            return Err(Error::NotIdentified {
                model: "the uplift",
                reason: format!("nobody is {group}"),
                remedy: "Keep a randomised control group and give its customers too".to_owned(),
            });
        }
    }
    let mut order: Vec<usize> = (0..scores.len()).collect();
    parallel::sort_by(&mut order, |&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    let rows: Vec<Row> =
        order.iter().map(|&i| Row { score: scores[i] + 0.0, treated: treated[i], outcome: outcome[i] }).collect();

    let whole = Curve::of(&rows, |_| 1.0);
    let fractions = (0..options.points).map(|k| k as f64 / (options.points - 1) as f64);
    let points = fractions.map(|f| whole.at(f)).collect();
    // Draws with few customers of a kind may lack one of them altogether: they say nothing.
    let resample = |k: usize| {
        let mut random = SplitMix::new(options.seed, k as u64);
        let mut times = vec![0_u32; rows.len()];
        (0..rows.len()).for_each(|_| times[random.below(rows.len())] += 1);
        let curve = Curve::of(&rows, |i| f64::from(times[i]));
        curve.is_whole().then(|| curve.summary())
    };
    let resampled: Vec<Option<[f64; 3]>> = parallel::map(options.resamples, 1, resample);
    let [coefficient, area, effect] = whole.summary();
    let estimate = |which: usize, value: f64| {
        let mut values: Vec<f64> = resampled.iter().flatten().map(|s| s[which]).collect();
        values.sort_unstable_by(f64::total_cmp);
        let at = |q: f64| {
            let position = q * values.len().saturating_sub(1) as f64;
            values.get(position.round() as usize).copied().unwrap_or(value)
        };
        let tail = 0.5 - 0.5 * level;
        Estimate { value, interval: Interval { low: at(tail).min(value), high: at(1.0 - tail).max(value) } }
    };
    Ok(QiniCurve {
        points,
        coefficient: estimate(0, coefficient),
        area_under_uplift: estimate(1, area),
        effect: estimate(2, effect),
    })
}

impl QiniCurve {
    /// Columns `fraction, gain, at_random, uplift`.
    ///
    /// # Errors
    /// None in practice: the columns have one length and distinct names.
    pub fn to_table(&self) -> Result<Table> {
        let column = |of: fn(&QiniPoint) -> f64| Column::Float(self.points.iter().map(of).collect());
        let mut table = Table::new();
        table.push("fraction", column(|p| p.fraction))?;
        table.push("gain", column(|p| p.gain))?;
        table.push("at_random", column(|p| p.at_random))?;
        table.push("uplift", column(|p| p.uplift))?;
        Ok(table)
    }
}

struct Row {
    score: f64,
    treated: bool,
    outcome: bool,
}

/// Cumulative counts after each distinct score: treated, their outcomes, controls, their outcomes.
struct Curve(Vec<[f64; 4]>);

impl Curve {
    fn of(rows: &[Row], weight: impl Fn(usize) -> f64) -> Self {
        let mut counts = vec![[0.0; 4]];
        let mut sum = [0.0; 4];
        let mut from = 0;
        for tied in rows.chunk_by(|a, b| a.score == b.score) {
            for (i, row) in tied.iter().enumerate() {
                let weight = weight(from + i);
                let group = if row.treated { 0 } else { 2 };
                sum[group] += weight;
                sum[group + 1] += if row.outcome { weight } else { 0.0 };
            }
            from += tied.len();
            counts.push(sum);
        }
        Self(counts)
    }

    fn total(&self) -> [f64; 4] {
        self.0.last().copied().unwrap_or_default()
    }

    /// Whether there are customers of both kinds.
    fn is_whole(&self) -> bool {
        let total = self.total();
        total[0] > 0.0 && total[2] > 0.0
    }

    fn effect(&self) -> f64 {
        let [treated, moved, control, would] = self.total();
        moved / treated - would / control
    }

    /// Fraction, gain and uplift after one distinct score.
    fn point(&self, counts: &[f64; 4]) -> QiniPoint {
        let [treated, moved, control, would] = *counts;
        let total = self.total();
        let fraction = (treated + control) / (total[0] + total[2]);
        let gain = if control > 0.0 { (moved - would * treated / control) / total[0] } else { 0.0 };
        let uplift = if control > 0.0 && treated > 0.0 { (moved / treated - would / control) * fraction } else { 0.0 };
        QiniPoint { fraction, gain, at_random: fraction * self.effect(), uplift }
    }

    /// Between two distinct scores the curves are straight lines.
    fn at(&self, fraction: f64) -> QiniPoint {
        let next = self.0.partition_point(|c| self.point(c).fraction < fraction).min(self.0.len() - 1);
        let (a, b) = (self.point(&self.0[next.saturating_sub(1)]), self.point(&self.0[next]));
        let share = if b.fraction > a.fraction { (fraction - a.fraction) / (b.fraction - a.fraction) } else { 1.0 };
        let between = |a: f64, b: f64| a + share * (b - a);
        QiniPoint {
            fraction,
            gain: between(a.gain, b.gain),
            at_random: fraction * self.effect(),
            uplift: between(a.uplift, b.uplift),
        }
    }

    /// Qini coefficient, area under the uplift curve, effect.
    fn summary(&self) -> [f64; 3] {
        let (mut qini, mut area) = (0.0, 0.0);
        let mut last = self.point(&self.0[0]);
        for counts in &self.0[1..] {
            let point = self.point(counts);
            let width = point.fraction - last.fraction;
            qini += 0.5 * width * (point.gain + last.gain - point.at_random - last.at_random);
            area += 0.5 * width * (point.uplift + last.uplift);
            last = point;
        }
        [qini, area, self.effect()]
    }
}

#[cfg(test)]
#[path = "uplift_tests.rs"]
mod tests;
