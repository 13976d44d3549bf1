//! Maximum likelihood of the rhythm of a population.

use ndarray::{Array1, Array2};

use super::likelihood::{Parameters, Terms};
use super::{NAME, PurchaseRhythm};
use crate::error::{Error, Result};
use crate::numerics::gamma::ln_rising;
use crate::numerics::newton::{Evaluation, Minimum, minimise};
use crate::numerics::parallel;
use crate::numerics::symmetric::eigen;
use crate::summary::{CustomerSummary, History, PurchaseHabits};

/// Histories per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 512;
/// r and α (in units of the mean T) are sought from 10^-4 to 10^6, p between 10^-6 and 1 - 10^-6.
const LOWEST: f64 = 1e-4;
const HIGHEST: f64 = 1e6;
const LARGEST_ODDS: f64 = 13.8;
/// More regular than this is a subscription.
const LARGEST_SHAPE: u32 = 20;
const MAX_ITERATIONS: usize = 200;
/// Starting points: r, and the share that stops after a purchase.
const STARTS: [(f64, f64); 3] = [(1.0, 0.2), (0.3, 0.05), (3.0, 0.5)];

pub(super) fn of_habits(habits: &PurchaseHabits) -> Result<PurchaseRhythm> {
    let search = Search::new(habits.customers())?;
    let mut best: Option<(f64, u32, Minimum)> = None;
    for shape in 1..=LARGEST_SHAPE {
        let end = search.fit(shape, best.as_ref().map(|(.., end)| &end.point))?;
        let value = search.log_likelihood(&end, shape, habits.regularity.ln_gaps);
        if best.as_ref().is_some_and(|(so_far, ..)| value <= *so_far) {
            break;
        }
        best = Some((value, shape, end));
    }
    let Some((value, shape, end)) = best else { return Err(not_identified(&search)) };
    Ok(search.finish(&end, shape, value, Regular::of(habits)))
}

pub(super) fn of_summary(customers: &CustomerSummary) -> Result<PurchaseRhythm> {
    let search = Search::new(customers)?;
    let end = search.fit(1, None)?;
    let value = search.log_likelihood(&end, 1, 0.0);
    Ok(search.finish(&end, 1, value, None))
}

/// Wheat & Morrison's estimate of the shape, with its standard error.
pub(super) struct Regular(pub(super) f64, pub(super) f64);

impl Regular {
    /// g/(g + g') of two gaps of one customer is Beta(k, k), whatever its rate; its variance is 1/(4 (2k + 1)).
    fn of(habits: &PurchaseHabits) -> Option<Self> {
        let found = &habits.regularity;
        if found.pairs < 2.0 || found.pair_squares <= 0.0 {
            return None;
        }
        let variance = found.pair_squares / found.pairs;
        let fourth = found.pair_fourths / found.pairs;
        let error = ((fourth - variance * variance).max(0.0) / found.pairs).sqrt();
        Some(Self(1.0 / (8.0 * variance) - 0.5, error / (8.0 * variance * variance)))
    }
}

struct Search<'a> {
    customers: &'a CustomerSummary,
    /// Mean of T: the unit in which times are fitted.
    unit: f64,
    purchases: f64,
    repeaters: f64,
}

impl<'a> Search<'a> {
    fn new(customers: &'a CustomerSummary) -> Result<Self> {
        let total: f64 = customers.T().iter().sum();
        let search = Self {
            customers,
            unit: total / customers.len() as f64,
            purchases: customers.frequency().iter().sum(),
            repeaters: customers.recency().iter().filter(|t| **t > 0.0).count() as f64,
        };
        if search.repeaters < 2.0 { Err(not_identified(&search)) } else { Ok(search) }
    }

    fn parameters(&self, point: &Array1<f64>, shape: u32) -> Parameters {
        Parameters { shape, r: point[0].exp(), alpha: point[1].exp(), dropout: 1.0 / (1.0 + (-point[2]).exp()) }
    }

    fn fit(&self, shape: u32, near: Option<&Array1<f64>>) -> Result<Minimum> {
        let histories = self.customers.histories();
        let (n, unit) = (self.customers.len() as f64, self.unit);
        let objective = |point: &Array1<f64>| {
            let parameters = self.parameters(point, shape);
            let chunks = parallel::map_chunks(histories.distinct().len(), CHUNK, |groups| {
                let mut sum = Terms::default();
                for g in groups {
                    let h = histories.distinct()[g];
                    let scaled = History { t_x: h.t_x / unit, T: h.T / unit, ..h };
                    sum.add(histories.weight()[g], &parameters.terms(scaled));
                }
                sum
            });
            let mut sum = Terms::default();
            chunks.for_each(|part| sum.add(1.0, &part));
            Evaluation {
                value: -sum.value / n,
                gradient: Array1::from_shape_fn(3, |i| -sum.gradient[i] / n),
                hessian: Array2::from_shape_fn((3, 3), |(i, j)| -sum.hessian[i.max(j)][i.min(j)] / n),
            }
        };
        let lower = Array1::from(vec![LOWEST.ln(), LOWEST.ln(), -LARGEST_ODDS]);
        let upper = Array1::from(vec![HIGHEST.ln(), HIGHEST.ln(), LARGEST_ODDS]);
        // A more regular rhythm of the same mean has a proportionally smaller time scale.
        let near: Vec<Array1<f64>> = near.into_iter().cloned().collect();
        let mean_gap = self.customers.recency().iter().sum::<f64>() / self.purchases / unit;
        let starts = STARTS
            .iter()
            .map(|(r, p)| Array1::from(vec![r.ln(), (r * f64::from(shape) * mean_gap).ln(), (p / (1.0 - p)).ln()]));
        let mut best: Option<Minimum> = None;
        for start in near.into_iter().chain(starts) {
            let end = minimise(objective, start, &lower, &upper, MAX_ITERATIONS);
            let better = |so_far: &Minimum| (end.converged, -end.at.value) > (so_far.converged, -so_far.at.value);
            if best.as_ref().is_none_or(better) {
                best = Some(end);
            }
        }
        match best {
            Some(end) if end.converged => Ok(end),
            end => Err(Error::NotConverged {
                model: NAME,
                iterations: MAX_ITERATIONS,
                gradient_norm: end.map_or(f64::INFINITY, |e| e.gradient_norm),
                remedy: "Give more customers or a longer log, or fit a purchase model for P(alive)".to_owned(),
            }),
        }
    }

    /// With all that depends on the shape, in the summary's unit of time.
    fn log_likelihood(&self, end: &Minimum, shape: u32, ln_gaps: f64) -> f64 {
        let n = self.customers.len() as f64;
        let k = f64::from(shape);
        // Densities of gaps in the summary's unit: each is the scaled one over the unit.
        -end.at.value * n + (k - 1.0) * (ln_gaps - self.purchases * self.unit.ln())
            - self.purchases * (ln_rising(1.0, k - 1.0) + self.unit.ln())
    }

    fn finish(&self, end: &Minimum, shape: u32, log_likelihood: f64, regular: Option<Regular>) -> PurchaseRhythm {
        let fitted = self.parameters(&end.point, shape);
        let n = self.customers.len() as f64;
        // A variable at its bound is known there: the others' covariance is that without it.
        let free: Vec<usize> = (0..3).filter(|&i| !end.held[i]).collect();
        let m = free.len();
        let block = Array2::from_shape_fn((m, m), |(i, j)| n * end.at.hessian[(free[i], free[j])]);
        let mut covariance = Array2::zeros((3, 3));
        if m > 0 {
            let spectrum = eigen(&block);
            if spectrum.values[0] > 0.0 {
                let inverse = spectrum.inverse();
                for (i, &row) in free.iter().enumerate() {
                    for (j, &column) in free.iter().enumerate() {
                        covariance[(row, column)] = inverse[(i, j)];
                    }
                }
            }
        }
        PurchaseRhythm {
            shape,
            r: fitted.r,
            alpha: fitted.alpha * self.unit,
            dropout: fitted.dropout,
            covariance,
            log_likelihood: Some(log_likelihood),
            customers: n,
            time_unit: self.customers.time_unit(),
            wheat_morrison: regular.map(|Regular(value, error)| (value, error)),
        }
    }
}

fn not_identified(search: &Search<'_>) -> Error {
    Error::NotIdentified {
        model: NAME,
        reason: format!("{} of {} customers have a gap between purchases", search.repeaters, search.customers.len()),
        remedy: "Give more customers or a longer log".to_owned(),
    }
}
