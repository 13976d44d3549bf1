//! The distinct rows of a table in an order of their own, so that no result depends on the order in which they came.

use std::cmp::Ordering;

use ndarray::ArrayView2;

use super::data::check_weights;
use crate::error::Result;
use crate::numerics::parallel;

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

        let mut order: Vec<(u64, u32)> = parallel::map(x.nrows(), CHUNK, |i| (hash(0, row(i as u32)), i as u32));
        if weights.is_some() {
            order.retain(|(_, i)| weight(*i as usize) > 0.0);
        }
        parallel::sort_by(&mut order, |a, b| {
            a.0.cmp(&b.0).then_with(|| {
                compare(row(a.1), row(b.1)).then_with(|| weight(a.1 as usize).total_cmp(&weight(b.1 as usize)))
            })
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
        let parts: Vec<Vec<f64>> = parallel::map_chunks(kept.len(), CHUNK, |range| {
            let mut part = Vec::with_capacity(range.len() * columns);
            // + 0.0 makes one zero of both.
            kept[range].iter().for_each(|&i| part.extend(row(i).iter().map(|v| v + 0.0)));
            part
        })
        .collect();
        Ok(Self { columns, x: parts.concat(), weight: sums })
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

/// Of the bits, both zeros alike: the finaliser of SplitMix64 after each value (Steele, Lea & Flood 2014).
pub(super) fn hash(seed: u64, row: &[f64]) -> u64 {
    row.iter().fold(seed ^ 0x9e37_79b9_7f4a_7c15, |state: u64, v| {
        let mut h = (state ^ (v + 0.0).to_bits()).wrapping_add(0x9e37_79b9_7f4a_7c15);
        h = (h ^ (h >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        h = (h ^ (h >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        h ^ (h >> 31)
    })
}

fn compare(a: &[f64], b: &[f64]) -> Ordering {
    a.iter().zip(b).map(|(a, b)| (a + 0.0).total_cmp(&(b + 0.0))).find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}
