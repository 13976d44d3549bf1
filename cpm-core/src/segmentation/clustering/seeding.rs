//! First centers (greedy k-means++), and the rows that stand for a large table.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

use super::packed::{Packed, squared_distance};
use super::rows::{CHUNK, Rows};
use crate::numerics::parallel;

/// Up to this many distinct rows every start sees all of them; beyond it starts compete on a coreset.
pub(super) const CORESET: usize = 65_536;

/// k-means++ (Arthur & Vassilvitskii 2007): each center is drawn with probability proportional to the squared
/// distance from the nearest one before. Greedy: of 2 + ln k draws the one that leaves the least.
///
/// Not parallel: it sees few rows, and several starts run side by side.
pub(super) fn plus_plus(rows: &Rows, k: usize, random: &mut ChaCha8Rng) -> Vec<f64> {
    let trials = 2 + (k as f64).ln() as usize;
    let mut centers = Vec::with_capacity(k * rows.columns);
    centers.extend_from_slice(rows.row(draw(&cumulated(rows.weight.iter().copied()), random)));
    let mut nearest = vec![f64::INFINITY; rows.len()];
    let mut distances = vec![0.0; trials];
    while centers.len() < k * rows.columns {
        let latest = &centers[centers.len() - rows.columns..];
        nearest.iter_mut().enumerate().for_each(|(i, d)| *d = d.min(squared_distance(rows.row(i), latest)));
        let until = cumulated(nearest.iter().zip(&rows.weight).map(|(d, w)| d * w));
        let drawn: Vec<usize> = (0..trials).map(|_| draw(&until, random)).collect();
        let candidates: Vec<f64> = drawn.iter().flat_map(|&i| rows.row(i).to_vec()).collect();
        let packed = Packed::new(&candidates, rows.columns);
        let mut left = vec![0.0; trials];
        for (i, d) in nearest.iter().enumerate() {
            packed.distances(rows.row(i), &mut distances);
            left.iter_mut().zip(&distances).for_each(|(sum, other)| *sum += rows.weight[i] * d.min(*other));
        }
        let best = (0..trials).min_by(|&a, &b| left[a].total_cmp(&left[b])).unwrap_or(0);
        centers.extend_from_slice(rows.row(drawn[best]));
    }
    centers
}

/// Running sums.
fn cumulated(masses: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sum = 0.0;
    masses
        .map(|m| {
            sum += m;
            sum
        })
        .collect()
}

/// A row drawn with probability proportional to its mass; one without mass, such as a center, is never drawn.
fn draw(until: &[f64], random: &mut ChaCha8Rng) -> usize {
    let total = until.last().copied().unwrap_or(0.0);
    let place = random.random::<f64>() * total;
    let found = until.partition_point(|u| *u <= place);
    // Rounding can lead past the end.
    if found < until.len() { found } else { until.partition_point(|u| *u < total) }
}

/// About `size` rows whose weighted sum of squared distances is close to that of all rows for every set of centers:
/// a lightweight coreset (Bachem, Lucic & Krause 2018, KDD, algorithm 1), drawn systematically.
///
/// Half of the rows stand for all alike, half are drawn by their squared distance from the mean, so that the few rows
/// that make most of the inertia are among them. `center` is that of the rows ([`Rows::center`]).
pub(super) fn coreset(rows: &Rows, center: &(Vec<f64>, f64), size: usize, random: &mut ChaCha8Rng) -> Rows {
    let (mean, variance) = (&center.0, center.1);
    let total = rows.total_weight();
    let share = |i: usize| {
        let by_distance =
            if variance > 0.0 { squared_distance(rows.row(i), mean) / (variance * total) } else { 1.0 / total };
        rows.weight[i] * (0.5 / total + 0.5 * by_distance)
    };
    let shares: Vec<f64> = parallel::map(rows.len(), CHUNK, share);
    let mut next = random.random::<f64>();
    let mut until = 0.0;
    let mut picked = Vec::with_capacity(size + 1);
    for (i, share) in shares.iter().enumerate() {
        until += share * size as f64;
        let mut times = 0.0;
        while next < until {
            times += 1.0;
            next += 1.0;
        }
        if times > 0.0 {
            picked.push((i, times * rows.weight[i] / (share * size as f64)));
        }
    }
    rows.sample(&picked)
}
