//! How much of the expected revenue may be missing.

use rand_distr::{Distribution, Gamma, StandardNormal};
use serde::Serialize;

use crate::error::{self, Error, Result, same_length};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::parallel;
use crate::numerics::sample::quantile_of_sorted;
use crate::portfolio::draws::DrawOptions;

/// Draws per parallel task.
const CHUNK: usize = 64;
/// Customers whose revenue is drawn one by one: those with the largest standard deviations.
const INDIVIDUAL: usize = 2_000;

/// Common shock, confidence and draws of [`revenue_at_risk`].
///
/// ```
/// use cpm_core::portfolio::AtRiskOptions;
/// let options = AtRiskOptions::new().shock(0.10).confidence(0.99).draws(20_000).seed(1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AtRiskOptions {
    shock: f64,
    confidence: f64,
    draws: DrawOptions,
}

impl Default for AtRiskOptions {
    fn default() -> Self {
        Self { shock: 0.0, confidence: 0.95, draws: DrawOptions::new().draws(10_000) }
    }
}

impl AtRiskOptions {
    /// No common shock, confidence 95 %, 10,000 draws from seed 0.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Standard deviation of the logarithm of a factor that all customers share (economy, competition, the models' own error): about
    /// the standard deviation of unforeseen growth, 0.10 for 10 %. Without it risk diversifies away.
    #[must_use]
    pub fn shock(mut self, standard_deviation: f64) -> Self {
        self.shock = standard_deviation;
        self
    }

    /// Probability with which the loss stays below the value at risk.
    #[must_use]
    pub fn confidence(mut self, probability: f64) -> Self {
        self.confidence = probability;
        self
    }

    /// Number of draws.
    #[must_use]
    pub fn draws(mut self, draws: usize) -> Self {
        self.draws = self.draws.draws(draws);
        self
    }

    /// Another seed gives other draws.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.draws = self.draws.seed(seed);
        self
    }

    /// Level of the intervals of simulation error.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.draws = self.draws.level(level);
        self
    }
}

/// The distribution of total revenue; see [`revenue_at_risk`]. Intervals are those of the simulation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RevenueAtRisk {
    /// Expected revenue.
    pub expected: f64,
    /// Standard deviation of the total.
    pub standard_deviation: f64,
    /// The revenue that is exceeded with the given confidence.
    pub worst_case: Estimate,
    /// Expected revenue less that.
    pub value_at_risk: Estimate,
    /// Expected revenue less the mean of all cases below it.
    pub expected_shortfall: Estimate,
    /// Value at risk without the common shock: what is left once the chances of single customers cancel out.
    pub diversified_value_at_risk: f64,
    /// The confidence.
    pub confidence: f64,
}

/// Value at risk and expected shortfall of the revenue of a base over a horizon, by simulation.
///
/// Each customer's revenue is nothing with probability `none`, else gamma distributed, with the given mean and standard deviation
/// overall (both as a model gives them); customers are independent but for the common shock, a lognormal factor with mean 1. The
/// 2,000 customers with the largest standard deviations are drawn one by one, the sum of all others, by the central
/// limit theorem, from a normal distribution.
///
/// ```
/// use cpm_core::portfolio::{AtRiskOptions, revenue_at_risk};
/// let (mean, sd, none) = (vec![100.0; 1_000], vec![150.0; 1_000], vec![0.5; 1_000]);
/// let alone = revenue_at_risk(&mean, &sd, Some(&none), &AtRiskOptions::new())?;
/// let shared = revenue_at_risk(&mean, &sd, Some(&none), &AtRiskOptions::new().shock(0.10))?;
/// assert!(alone.value_at_risk.value < 0.10 * alone.expected);
/// assert!(shared.value_at_risk.value > 1.5 * alone.value_at_risk.value);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::InvalidValue`] naming the row of a mean or standard deviation that is negative, a probability outside
/// \[0, 1\], or a standard deviation that is too small for the probability of nothing; [`Error::Empty`] if nothing is expected;
/// [`Error::InvalidArgument`] for options out of range.
pub fn revenue_at_risk(
    mean: &[f64],
    standard_deviation: &[f64],
    none: Option<&[f64]>,
    options: &AtRiskOptions,
) -> Result<RevenueAtRisk> {
    options.draws.check()?;
    error::non_negative("shock", options.shock)?;
    let confidence = error::level("confidence", options.confidence)?;
    let base = Base::new(mean, standard_deviation, none)?;
    if options.draws.draws as f64 * (1.0 - confidence) < 20.0 {
        let expected = "fewer than 20 of them are worse than the value at risk; give more draws or a lower confidence";
        return Err(Error::argument("draws", options.draws.draws, expected));
    }
    let totals: Vec<(f64, f64)> = parallel::map_chunks(options.draws.draws, CHUNK, |range| {
        range.map(|k| base.draw(options, k)).collect::<Vec<(f64, f64)>>()
    })
    .flatten()
    .collect();
    let sorted = |of: fn(&(f64, f64)) -> f64| {
        let mut values: Vec<f64> = totals.iter().map(of).collect();
        parallel::sort_by(&mut values, f64::total_cmp);
        values
    };
    let (shared, alone) = (sorted(|t| t.1), sorted(|t| t.0));
    let tail = 1.0 - confidence;
    let worst = order_statistic(&shared, tail, options.draws.level);
    let expected = base.expected;
    let loss = |e: Estimate| Estimate {
        value: expected - e.value,
        interval: Interval { low: expected - e.interval.high, high: expected - e.interval.low },
    };
    let n = shared.len() as f64;
    let mean_total = shared.iter().sum::<f64>() / n;
    let variance = shared.iter().map(|v| (v - mean_total).powi(2)).sum::<f64>() / (n - 1.0);
    Ok(RevenueAtRisk {
        expected,
        standard_deviation: variance.sqrt(),
        worst_case: worst,
        value_at_risk: loss(worst),
        expected_shortfall: loss(tail_mean(&shared, tail, worst.value, options.draws.level)),
        diversified_value_at_risk: expected - quantile_of_sorted(&alone, tail),
        confidence,
    })
}

/// A quantile with the interval of its order statistics (binomial, normal approximation).
fn order_statistic(ascending: &[f64], probability: f64, level: f64) -> Estimate {
    let n = ascending.len() as f64;
    let reach = half_width(level) * (probability * (1.0 - probability) / n).sqrt();
    let at = |p: f64| quantile_of_sorted(ascending, p.clamp(0.0, 1.0));
    Estimate {
        value: at(probability),
        interval: Interval { low: at(probability - reach), high: at(probability + reach) },
    }
}

/// Mean of the worst cases. Its variance is that of min(X − q, 0)/tail (Acerbi & Tasche 2002), so that the error of the quantile is in it.
fn tail_mean(ascending: &[f64], tail: f64, worst: f64, level: f64) -> Estimate {
    let n = ascending.len() as f64;
    let below = |v: &f64| (v - worst).min(0.0) / tail;
    let mean = ascending.iter().map(below).sum::<f64>() / n;
    let variance = ascending.iter().map(|v| (below(v) - mean).powi(2)).sum::<f64>() / n;
    let reach = half_width(level) * (variance / n).sqrt();
    let value = worst + mean;
    Estimate { value, interval: Interval { low: value - reach, high: value + reach } }
}

/// Customers drawn one by one, and the sums of the rest.
struct Base {
    expected: f64,
    large: Vec<Customer>,
    rest_mean: f64,
    rest_deviation: f64,
}

struct Customer {
    none: f64,
    /// `None` if what is not nothing is certain.
    some: Option<Gamma<f64>>,
    mean_of_some: f64,
}

impl Base {
    fn new(mean: &[f64], deviation: &[f64], none: Option<&[f64]>) -> Result<Self> {
        let lengths = [("standard_deviation", deviation.len()), ("none", none.map_or(mean.len(), <[f64]>::len))];
        for (column, found) in lengths {
            same_length(column, found, "mean", mean.len())?;
        }
        let probability = |i: usize| none.map_or(0.0, |none| none[i]);
        let invalid = |column, row, value: f64, expected, remedy| {
            Err(Error::InvalidValue { column, row, value: value.to_string(), expected, remedy })
        };
        // What is left of a mean by rounding where nothing is certain.
        let negligible = 1e-12 * mean.iter().fold(0.0_f64, |largest, m| largest.max(*m));
        for i in 0..mean.len() {
            let (m, sd, p) = (mean[i], deviation[i], probability(i));
            if !m.is_finite() || m < 0.0 {
                return invalid(
                    "mean",
                    i,
                    m,
                    "an expected revenue is at least 0",
                    "Correct it, or leave the customer out",
                );
            }
            if !sd.is_finite() || sd < 0.0 {
                let remedy = "Give 0 where revenue is certain";
                return invalid("standard_deviation", i, sd, "a standard deviation is at least 0", remedy);
            }
            if !(0.0..=1.0).contains(&p) {
                let remedy = "Give the probability of no purchase";
                return invalid("none", i, p, "a probability lies between 0 and 1", remedy);
            }
            if m > negligible && p >= 1.0 {
                let expected = "a customer who certainly brings nothing has an expected revenue of 0";
                return invalid("none", i, p, expected, "Lower the probability, or the mean");
            }
            // The part of the variance that none or some makes alone.
            let rounding = 1e-9 + 1e-15 / (1.0 - p);
            if m > negligible && sd * sd < m * m * p / (1.0 - p) * (1.0 - rounding) {
                let expected = "with this probability of nothing it is at least mean·sqrt(p/(1 − p))";
                return invalid(
                    "standard_deviation",
                    i,
                    sd,
                    expected,
                    "Give mean, standard deviation and probability of one model",
                );
            }
        }
        let expected: f64 = mean.iter().sum();
        if expected <= 0.0 {
            return Err(Error::Empty {
                what: "the expected revenue".to_owned(),
                remedy: "Give customers of whom revenue is expected".to_owned(),
            });
        }
        let mut order: Vec<usize> = (0..mean.len()).collect();
        parallel::sort_by(&mut order, |&i, &j| {
            deviation[j].total_cmp(&deviation[i]).then(mean[j].total_cmp(&mean[i])).then(i.cmp(&j))
        });
        let (large, rest) = order.split_at(INDIVIDUAL.min(order.len()));
        let customer = |&i: &usize| {
            let (m, sd, p) = (mean[i], deviation[i], probability(i));
            let some = m > 0.0 && p < 1.0;
            let mean_of_some = if some { m / (1.0 - p) } else { 0.0 };
            let variance = if some { (sd * sd + m * m) / (1.0 - p) - mean_of_some * mean_of_some } else { 0.0 };
            let shape = mean_of_some * mean_of_some / variance;
            // Spread below rounding is none.
            let some = (variance > 1e-12 * mean_of_some * mean_of_some)
                .then(|| Gamma::new(shape, variance / mean_of_some).ok())
                .flatten();
            Customer { none: p, some, mean_of_some }
        };
        Ok(Self {
            expected,
            large: large.iter().map(customer).collect(),
            rest_mean: rest.iter().map(|&i| mean[i]).sum(),
            rest_deviation: rest.iter().map(|&i| deviation[i] * deviation[i]).sum::<f64>().sqrt(),
        })
    }

    /// Total revenue without and with the common shock.
    fn draw(&self, options: &AtRiskOptions, k: usize) -> (f64, f64) {
        use rand::RngExt;
        let mut random = options.draws.stream(k);
        let normal: f64 = StandardNormal.sample(&mut random);
        let factor = (options.shock * normal - 0.5 * options.shock * options.shock).exp();
        let rest: f64 = StandardNormal.sample(&mut random);
        let mut total = (self.rest_mean + self.rest_deviation * rest).max(0.0);
        for customer in &self.large {
            if customer.none > 0.0 && random.random::<f64>() < customer.none {
                continue;
            }
            total += customer.some.map_or(customer.mean_of_some, |gamma| gamma.sample(&mut random));
        }
        (total, factor * total)
    }
}

#[cfg(test)]
#[path = "at_risk_tests.rs"]
mod tests;
