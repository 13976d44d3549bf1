//! The distinct rows of a table in an order of their own, so that no result depends on the order in which they came.

use std::cmp::Ordering;

use ndarray::ArrayView2;

use super::data::check_weights;
use crate::error::Result;
use crate::numerics::parallel;
use crate::numerics::row_hash::row_hash;

/// Rows per parallel task: fixed, so that sums do not depend on the number of threads.
pub(super) const CHUNK: usize = 8_192;

/// Distinct rows with the sum of their weights, ordered by a hash of their content: as good as shuffled, yet the
/// same for every order in which the rows were given.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    pub(super) columns: usize,
    /// Row after row.
    pub(super) x: Vec<f64>,
    pub(super) weight: Vec<f64>,
}

impl Rows {
    pub(super) fn distinct(x: ArrayView2<'_, f64>, weights: Option<&[f64]>) -> Result<Self> {
        if let Some(weights) = weights {
            check_weights(weights, x.nrows())?;
        }
        let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
        let standard = x.as_standard_layout();
        let columns = x.ncols();
        let values = standard.as_slice().unwrap_or_default();
        let row = |i: u32| &values[i as usize * columns..(i as usize + 1) * columns];

        let mut order: Vec<(u64, u32)> =
            parallel::map(x.nrows(), CHUNK, |i| (row_hash(0, row(i as u32).iter().copied()), i as u32));
        if weights.is_some() {
            order.retain(|(_, i)| weight(*i as usize) > 0.0);
        }
        sort_by_hash(&mut order, |a, b| {
            compare(row(a), row(b)).then_with(|| weight(a as usize).total_cmp(&weight(b as usize)))
        });
        let mut kept: Vec<u32> = Vec::with_capacity(order.len());
        let mut sums: Vec<f64> = Vec::with_capacity(order.len());
        let mut last = None;
        for (key, i) in order {
            match (last, sums.last_mut(), kept.last()) {
                (Some(before), Some(sum), Some(&j)) if before == key && compare(row(i), row(j)).is_eq() => {
                    *sum += weight(i as usize);
                }
                _ => {
                    kept.push(i);
                    sums.push(weight(i as usize));
                    last = Some(key);
                }
            }
        }
        let mut x = vec![0.0; kept.len() * columns];
        if columns > 0 {
            parallel::fill(&mut x, CHUNK * columns, |first, part| {
                for (&i, to) in kept[first / columns..].iter().zip(part.chunks_exact_mut(columns)) {
                    // + 0.0 makes one zero of both.
                    to.iter_mut().zip(row(i)).for_each(|(to, v)| *to = v + 0.0);
                }
            });
        }
        Ok(Self { columns, x, weight: sums })
    }

    pub(super) fn len(&self) -> usize {
        self.weight.len()
    }

    pub(super) fn row(&self, i: usize) -> &[f64] {
        &self.x[i * self.columns..(i + 1) * self.columns]
    }

    pub(super) fn column(&self, j: usize) -> Vec<f64> {
        self.x.iter().skip(j).step_by(self.columns).copied().collect()
    }

    pub(super) fn total_weight(&self) -> f64 {
        parallel::map_chunks(self.len(), CHUNK, |range| self.weight[range].iter().sum::<f64>()).sum()
    }

    /// Weighted mean of each column, and the sum of the columns' variances.
    pub(super) fn center(&self) -> (Vec<f64>, f64) {
        let total = self.total_weight();
        let add = |mut a: Vec<f64>, b: Vec<f64>| {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
            a
        };
        let sums = |of: &(dyn Fn(usize, f64) -> f64 + Sync)| {
            parallel::map_chunks(self.len(), CHUNK, |range| {
                let mut sum = vec![0.0; self.columns];
                for i in range {
                    let w = self.weight[i];
                    self.row(i).iter().enumerate().for_each(|(j, x)| sum[j] += w * of(j, *x));
                }
                sum
            })
            .fold(vec![0.0; self.columns], add)
        };
        let mean: Vec<f64> = sums(&|_, x| x).into_iter().map(|s| s / total).collect();
        let variance = sums(&|j, x| (x - mean[j]) * (x - mean[j])).into_iter().sum::<f64>() / total;
        (mean, variance)
    }

    /// About `size` of the customers behind the rows, each with the same chance: positions and how many customers of each.
    /// All of them if there are no more than that. Rows lie as if shuffled, so every n-th one is a random sample.
    pub(super) fn systematic(&self, size: usize) -> Vec<(usize, f64)> {
        let total = self.total_weight();
        if total <= size as f64 {
            return self.weight.iter().copied().enumerate().collect();
        }
        let step = total / size as f64;
        let (mut until, mut next) = (0.0, 0.5 * step);
        let mut picked = Vec::with_capacity(size);
        for (i, weight) in self.weight.iter().enumerate() {
            until += weight;
            let mut times = 0.0;
            while next < until {
                times += 1.0;
                next += step;
            }
            if times > 0.0 {
                picked.push((i, times));
            }
        }
        picked
    }

    /// Some of the rows, by position and new weight.
    pub(super) fn sample(&self, picked: &[(usize, f64)]) -> Self {
        let mut x = Vec::with_capacity(picked.len() * self.columns);
        picked.iter().for_each(|&(i, _)| x.extend(self.row(i)));
        Self { columns: self.columns, x, weight: picked.iter().map(|p| p.1).collect() }
    }
}

/// Sorts by the hash, then by content. The leading bits of a hash say where it belongs, to a few hundred places, so each of
/// these parts is sorted by itself, in the cache.
fn sort_by_hash(order: &mut Vec<(u64, u32)>, content: impl Fn(u32, u32) -> Ordering + Sync) {
    // Some 256 rows to a part.
    let bits = (order.len() / 256).checked_ilog2().unwrap_or(0).min(16);
    let part = |hash: u64| hash.checked_shr(64 - bits).unwrap_or(0) as usize;
    let mut ends = vec![0; 1 << bits];
    order.iter().for_each(|(hash, _)| ends[part(*hash)] += 1);
    let mut sum = 0;
    for end in &mut ends {
        (*end, sum) = (sum, sum + *end);
    }
    let mut parted = vec![(0, 0); order.len()];
    for &item in order.iter() {
        let next = &mut ends[part(item.0)];
        parted[*next] = item;
        *next += 1;
    }
    let mut rest = parted.as_mut_slice();
    let mut from = 0;
    let mut parts = Vec::with_capacity(ends.len());
    for end in ends {
        let (first, others) = rest.split_at_mut(end - from);
        parts.push(first);
        (rest, from) = (others, end);
    }
    parallel::fill(&mut parts, 16, |_, parts| {
        for part in parts {
            part.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| content(a.1, b.1)));
        }
    });
    *order = parted;
}

fn compare(a: &[f64], b: &[f64]) -> Ordering {
    a.iter().zip(b).map(|(a, b)| (a + 0.0).total_cmp(&(b + 0.0))).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}
