//! The components of a Gaussian mixture and one step of the EM algorithm.

use serde::{Deserialize, Serialize};

use super::cholesky::{cholesky, inverse_lower};
use super::mixture::{Covariance, NAME};
use super::rows::{CHUNK, Rows};
use crate::error::{Error, Result};
use crate::numerics::parallel;

/// Weights, means and covariances, in scaled values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Components {
    pub(super) columns: usize,
    pub(super) weights: Vec<f64>,
    /// Row after row.
    pub(super) means: Vec<f64>,
    /// Matrix after matrix; of diagonal covariances the diagonals.
    pub(super) covariances: Vec<f64>,
}

/// What densities are computed from.
pub(super) struct Densities<'a> {
    components: &'a Components,
    /// Inverse roots of the covariances; of diagonal ones 1/standard deviation.
    roots: Vec<f64>,
    /// ln weight − d/2 ln 2π − ½ ln determinant.
    constants: Vec<f64>,
    diagonal: bool,
}

/// Sums over rows with their responsibilities; they merge.
struct Moments {
    weight: Vec<f64>,
    /// Of differences from the means.
    first: Vec<f64>,
    second: Vec<f64>,
    log_likelihood: f64,
}

impl Components {
    pub(super) fn k(&self) -> usize {
        self.weights.len()
    }

    pub(super) fn densities(&self) -> Result<Densities<'_>> {
        let d = self.columns;
        let diagonal = self.covariances.len() == self.k() * d;
        let mut roots = Vec::with_capacity(self.covariances.len());
        let mut constants = Vec::with_capacity(self.k());
        for (c, weight) in self.weights.iter().enumerate() {
            let ln_root_determinant: f64 = if diagonal {
                let variances = &self.covariances[c * d..(c + 1) * d];
                if variances.iter().any(|v| !(v.is_finite() && *v > 0.0)) {
                    return Err(collapsed());
                }
                roots.extend(variances.iter().map(|v| 1.0 / v.sqrt()));
                0.5 * variances.iter().map(|v| v.ln()).sum::<f64>()
            } else {
                let root = cholesky(&self.covariances[c * d * d..(c + 1) * d * d], d).ok_or_else(collapsed)?;
                roots.extend(inverse_lower(&root, d));
                (0..d).map(|j| root[j * d + j].ln()).sum()
            };
            constants.push(weight.ln() - 0.5 * d as f64 * (2.0 * std::f64::consts::PI).ln() - ln_root_determinant);
        }
        Ok(Densities { components: self, roots, constants, diagonal })
    }

    /// One step: the components that the responsibilities of these make, and the log-likelihood of these.
    pub(super) fn step(&self, rows: &Rows, regularisation: f64) -> Result<(Self, f64)> {
        let densities = self.densities()?;
        let k = self.k();
        let moments = self.gather(rows, |i, responsibilities, differences| {
            let ln_density = densities.ln_joint(rows.row(i), responsibilities, differences);
            for r in &mut responsibilities[..k] {
                *r = (*r - ln_density).exp();
            }
            ln_density
        });
        let log_likelihood = moments.log_likelihood;
        Ok((self.next(moments, regularisation)?, log_likelihood))
    }

    /// The components of rows that belong to the nearest of some centers.
    pub(super) fn from_centers(
        rows: &Rows,
        centers: &[f64],
        covariance: Covariance,
        regularisation: f64,
    ) -> Result<Self> {
        let d = rows.columns;
        let k = centers.len() / d;
        let packed = super::packed::Packed::new(centers, d);
        let size = if covariance == Covariance::Full { d * d } else { d };
        let start =
            Self { columns: d, weights: vec![0.0; k], means: centers.to_vec(), covariances: vec![0.0; k * size] };
        let moments = start.gather(rows, |i, responsibilities, differences| {
            responsibilities.fill(0.0);
            responsibilities[packed.nearest(rows.row(i)).center as usize] = 1.0;
            start.differences(rows.row(i), differences);
            0.0
        });
        start.next(moments, regularisation)
    }

    fn differences(&self, row: &[f64], into: &mut [f64]) {
        for (mean, part) in self.means.chunks_exact(self.columns).zip(into.chunks_exact_mut(self.columns)) {
            part.iter_mut().zip(row).zip(mean).for_each(|((into, x), m)| *into = x - m);
        }
    }

    /// Sums with the responsibilities and the differences from all means that `of` a row gives.
    fn gather(&self, rows: &Rows, of: impl Fn(usize, &mut [f64], &mut [f64]) -> f64 + Sync) -> Moments {
        let (k, d) = (self.k(), self.columns);
        let size = self.covariances.len() / k;
        let new = || Moments {
            weight: vec![0.0; k],
            first: vec![0.0; k * d],
            second: vec![0.0; k * size],
            log_likelihood: 0.0,
        };
        parallel::map_chunks(rows.len(), CHUNK, |range| {
            let mut moments = new();
            let (mut responsibilities, mut differences) = (vec![0.0; k], vec![0.0; k * d]);
            for i in range {
                let weight = rows.weight[i];
                moments.log_likelihood += weight * of(i, &mut responsibilities, &mut differences);
                for c in 0..k {
                    let r = weight * responsibilities[c];
                    // Most rows belong to one or two components.
                    if r < 1e-300 {
                        continue;
                    }
                    moments.weight[c] += r;
                    let difference = &differences[c * d..(c + 1) * d];
                    let first = &mut moments.first[c * d..(c + 1) * d];
                    first.iter_mut().zip(difference).for_each(|(sum, x)| *sum += r * x);
                    let second = &mut moments.second[c * size..(c + 1) * size];
                    if size == d {
                        second.iter_mut().zip(difference).for_each(|(sum, x)| *sum += r * x * x);
                    } else {
                        for (a, line) in second.chunks_exact_mut(d).enumerate() {
                            let scaled = r * difference[a];
                            line[..=a].iter_mut().zip(difference).for_each(|(sum, x)| *sum += scaled * x);
                        }
                    }
                }
            }
            moments
        })
        .fold(new(), Moments::merge)
    }

    /// New components from sums about the means of these.
    fn next(&self, moments: Moments, regularisation: f64) -> Result<Self> {
        let (k, d) = (self.k(), self.columns);
        let size = self.covariances.len() / k;
        let total: f64 = moments.weight.iter().sum();
        let mut next = self.clone();
        for c in 0..k {
            let n = moments.weight[c];
            if n <= f64::MIN_POSITIVE * 1e10 {
                return Err(collapsed());
            }
            next.weights[c] = n / total;
            let shift: Vec<f64> = moments.first[c * d..(c + 1) * d].iter().map(|s| s / n).collect();
            next.means[c * d..(c + 1) * d].iter_mut().zip(&shift).for_each(|(m, s)| *m += s);
            let second = &moments.second[c * size..(c + 1) * size];
            let covariance = &mut next.covariances[c * size..(c + 1) * size];
            for a in 0..d {
                if size == d {
                    covariance[a] = (second[a] / n - shift[a] * shift[a]).max(0.0) + regularisation;
                    continue;
                }
                for b in 0..=a {
                    let value = second[a * d + b] / n - shift[a] * shift[b];
                    covariance[a * d + b] = value;
                    covariance[b * d + a] = value;
                }
                covariance[a * d + a] += regularisation;
            }
        }
        Ok(next)
    }

    /// In another order.
    pub(super) fn ordered(&self, order: &[usize]) -> Self {
        let size = self.covariances.len() / self.k();
        let parts = |values: &[f64], size: usize| -> Vec<f64> {
            order.iter().flat_map(|&c| values[c * size..(c + 1) * size].to_vec()).collect()
        };
        Self {
            columns: self.columns,
            weights: parts(&self.weights, 1),
            means: parts(&self.means, self.columns),
            covariances: parts(&self.covariances, size),
        }
    }
}

impl Moments {
    fn merge(mut self, other: Self) -> Self {
        let add = |a: &mut [f64], b: Vec<f64>| a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
        add(&mut self.weight, other.weight);
        add(&mut self.first, other.first);
        add(&mut self.second, other.second);
        self.log_likelihood += other.log_likelihood;
        self
    }
}

impl Densities<'_> {
    /// ln (weight × density) of each component, and the logarithm of their sum.
    pub(super) fn ln_joint(&self, row: &[f64], into: &mut [f64], differences: &mut [f64]) -> f64 {
        let d = row.len();
        self.components.differences(row, differences);
        for (c, value) in into.iter_mut().enumerate() {
            let difference = &differences[c * d..(c + 1) * d];
            let squares: f64 = if self.diagonal {
                difference.iter().zip(&self.roots[c * d..(c + 1) * d]).map(|(x, r)| (x * r) * (x * r)).sum()
            } else {
                let root = self.roots[c * d * d..(c + 1) * d * d].chunks_exact(d).enumerate();
                root.map(|(a, line)| line[..=a].iter().zip(difference).map(|(l, x)| l * x).sum::<f64>().powi(2)).sum()
            };
            *value = self.constants[c] - 0.5 * squares;
        }
        let top = into.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        top + into.iter().map(|v| (v - top).exp()).sum::<f64>().ln()
    }
}

fn collapsed() -> Error {
    Error::NotIdentified {
        model: NAME,
        reason: "a component shrank to a point or a line, where its density is infinite".to_owned(),
        remedy: "Ask for fewer components, use diagonal covariances, or raise the regularisation".to_owned(),
    }
}
