//! What a number of clusters is worth beyond the one sample: against data without clusters, and when customers are drawn anew.

use ndarray::Array2;

use super::kmeans::{KMeansOptions, solve};
use super::packed::Packed;
use super::rows::{CHUNK, Rows};
use super::{indices::agreement, lloyd::assess};
use crate::numerics::parallel;
use crate::numerics::random::SplitMix;
use crate::numerics::symmetric::eigen;

/// Streams of the seed, so that references and resamples are drawn independently.
const REFERENCES: u64 = 1 << 32;
const RESAMPLES: u64 = 2 << 32;

/// Tables without clusters that look like the data from afar: uniform in the box along the principal components
/// (Tibshirani, Walther & Hastie 2001, section 3, choice b). They stay in the coordinates of the components, as k-means does not
/// depend on the rotation.
pub(super) struct References(Vec<Rows>);

impl References {
    pub(super) fn draw(rows: &Rows, count: usize, seed: u64) -> Self {
        let (mean, _) = rows.center();
        let d = rows.columns;
        let sums = parallel::map_chunks(rows.len(), CHUNK, |range| {
            let mut sum = Array2::<f64>::zeros((d, d));
            for i in range {
                let (row, w) = (rows.row(i), rows.weight[i]);
                for a in 0..d {
                    for b in a..d {
                        sum[(a, b)] += w * (row[a] - mean[a]) * (row[b] - mean[b]);
                    }
                }
            }
            sum
        });
        let mut covariance = sums.fold(Array2::zeros((d, d)), |a, b| a + b) / rows.total_weight();
        for a in 0..d {
            for b in 0..a {
                covariance[(a, b)] = covariance[(b, a)];
            }
        }
        let axes = eigen(&covariance).vectors;
        let ends: Vec<(f64, f64)> = (0..d)
            .map(|axis| {
                let place = |i: usize| -> f64 { rows.row(i).iter().zip(axes.column(axis)).map(|(x, v)| x * v).sum() };
                parallel::map_chunks(rows.len(), CHUNK, |range| {
                    range
                        .map(place)
                        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), z| (low.min(z), high.max(z)))
                })
                .fold((f64::INFINITY, f64::NEG_INFINITY), |a, b| (a.0.min(b.0), a.1.max(b.1)))
            })
            .collect();
        let n = rows.total_weight().round() as usize;
        let table = |stream: usize| {
            let mut random = SplitMix::new(seed, REFERENCES + stream as u64);
            let x = (0..n).flat_map(|_| ends.iter().map(|(a, b)| a + (b - a) * random.uniform()).collect::<Vec<_>>());
            Rows { columns: d, x: x.collect(), weight: vec![1.0; n] }
        };
        Self((0..count).map(table).collect())
    }

    /// Gap(k) and its error s(k), equations 3 to 6 of the paper; `None` where k-means leaves no dispersion.
    pub(super) fn gap(&self, options: &KMeansOptions, inertia: f64) -> Option<(f64, f64)> {
        let logs = parallel::map_chunks(self.0.len(), 1, |range| solve(&self.0[range.start], options).inertia.ln());
        let logs: Vec<f64> = logs.collect();
        let n = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / n;
        let deviation = (logs.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / n).sqrt();
        let gap = mean - inertia.ln();
        (gap.is_finite() && deviation.is_finite()).then(|| (gap, deviation * (1.0 + 1.0 / n).sqrt()))
    }
}

/// Samples with replacement, the same for every number of clusters.
pub(super) struct Resamples(Vec<Rows>);

impl Resamples {
    pub(super) fn draw(rows: &Rows, count: usize, seed: u64) -> Self {
        let mut until = Vec::with_capacity(rows.len());
        let mut total = 0.0;
        for w in &rows.weight {
            total += w;
            until.push(total);
        }
        let n = total.round() as usize;
        let one = |stream: usize| {
            let mut random = SplitMix::new(seed, RESAMPLES + stream as u64);
            let mut times = vec![0.0; rows.len()];
            for _ in 0..n {
                let place = random.uniform() * total;
                times[until.partition_point(|u| *u <= place).min(rows.len() - 1)] += 1.0;
            }
            rows.sample(&times.into_iter().enumerate().filter(|(_, n)| *n > 0.0).collect::<Vec<_>>())
        };
        Self((0..count).map(one).collect())
    }

    /// The mean adjusted Rand index of two clusterings that were learned from different samples, both assigning all rows, and
    /// its jackknife error over samples; `None` where a sample has fewer distinct rows than clusters.
    pub(super) fn stability(&self, rows: &Rows, options: &KMeansOptions) -> Option<(f64, f64)> {
        if self.0.iter().any(|sample| sample.len() < options.k) {
            return None;
        }
        let labels: Vec<Vec<u32>> = parallel::map_chunks(self.0.len(), 1, |range| {
            let found = solve(&self.0[range.start], options);
            let packed = Packed::new(&found.centers, rows.columns);
            (0..rows.len()).map(|i| packed.nearest(rows.row(i)).center).collect()
        })
        .collect();
        let n = labels.len();
        let pairs: Vec<(usize, usize)> = (0..n).flat_map(|a| (0..a).map(move |b| (a, b))).collect();
        let agreements = parallel::map(pairs.len(), 1, |p| {
            let (a, b) = (&labels[pairs[p].0], &labels[pairs[p].1]);
            agreement(a.iter().zip(b).zip(&rows.weight).map(|((a, b), w)| (*a, *b, *w)))
        });
        let sum: f64 = agreements.iter().sum();
        let mean = sum / pairs.len() as f64;
        let without = |left: usize| {
            let own: f64 =
                pairs.iter().zip(&agreements).filter(|(p, _)| p.0 == left || p.1 == left).map(|(_, a)| a).sum();
            (sum - own) / (pairs.len() - (n - 1)) as f64
        };
        let left: Vec<f64> = (0..n).map(without).collect();
        let center = left.iter().sum::<f64>() / n as f64;
        let spread: f64 = left.iter().map(|v| (v - center).powi(2)).sum();
        Some((mean, (spread * (n as f64 - 1.0) / n as f64).sqrt()))
    }
}

/// Sum of squared distances of rows to the best centers.
pub(super) fn inertia(rows: &Rows, options: &KMeansOptions) -> f64 {
    assess(rows, &solve(rows, options).centers).1
}
