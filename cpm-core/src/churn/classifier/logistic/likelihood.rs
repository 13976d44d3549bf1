//! The log-likelihood of a logistic regression with its derivatives, in one pass over the rows.

use ndarray::{Array1, Array2};

use super::rows::{Rows, Standardised};
use crate::numerics::newton::Evaluation;
use crate::numerics::parallel;

/// Rows per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 16_384;
/// Rows at a time: a block of all columns stays in the cache.
pub(super) const BLOCK: usize = 256;

/// 1/(1 + e^-x), without overflow.
pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Rows<'_> {
    /// Negative log-likelihood over the total weight, with derivatives in (intercept, coefficients).
    pub(super) fn evaluate(&self, beta: &[f64]) -> Evaluation {
        let p = self.x.len() + 1;
        let mut sums = Sums::new(p);
        parallel::map_chunks(self.len(), CHUNK, |rows| self.chunk(beta, rows)).for_each(|part| sums.add(&part));
        let scale = 1.0 / self.total_weight;
        Evaluation {
            value: sums.value * scale,
            gradient: sums.gradient.iter().map(|g| g * scale).collect(),
            hessian: Array2::from_shape_fn((p, p), |(i, j)| sums.hessian[i.max(j) * p + i.min(j)] * scale),
        }
    }

    fn chunk(&self, beta: &[f64], rows: std::ops::Range<usize>) -> Sums {
        let p = beta.len();
        let mut sums = Sums::new(p);
        let mut x = vec![0.0; (p - 1) * BLOCK];
        let (mut residual, mut slope, mut weighted) = ([0.0; BLOCK], [0.0; BLOCK], [0.0; BLOCK]);
        for from in rows.clone().step_by(BLOCK) {
            let n = BLOCK.min(rows.end - from);
            let (residual, slope, weighted) = (&mut residual[..n], &mut slope[..n], &mut weighted[..n]);
            self.block(from, n, &mut x);
            let column = |j: usize| &x[(j - 1) * BLOCK..(j - 1) * BLOCK + n];
            // The margin first, in place of the residual.
            residual.fill(beta[0]);
            for (j, b) in beta.iter().enumerate().skip(1) {
                residual.iter_mut().zip(column(j)).for_each(|(m, x)| *m += b * x);
            }
            sums.value += self.losses(from, residual, slope);
            sums.gradient[0] += sum(residual);
            sums.hessian[0] += sum(slope);
            for j in 1..p {
                sums.gradient[j] += dot(column(j), residual);
                weighted.iter_mut().zip(column(j)).zip(&*slope).for_each(|((w, x), s)| *w = x * s);
                sums.hessian[j * p] += sum(weighted);
                let mut k = 1;
                while k < j {
                    let both = dots(column(k), column(k + 1), weighted);
                    sums.hessian[j * p + k] += both[0];
                    sums.hessian[j * p + k + 1] += both[1];
                    k += 2;
                }
                if k == j {
                    sums.hessian[j * p + j] += dot(column(j), weighted);
                }
            }
        }
        sums
    }

    /// From the margins of a block to its residuals and their weights in the Hessian; the loss.
    fn losses(&self, from: usize, margin: &mut [f64], slope: &mut [f64]) -> f64 {
        let n = margin.len();
        let weight = self.weights(from, n);
        let mut lost = [0.0; BLOCK];
        // e^-|η| cannot overflow, and serves the probability and the loss.
        slope.iter_mut().zip(&*margin).for_each(|(small, eta)| *small = (-eta.abs()).exp());
        let logarithms = if self.weight.is_none() {
            // One logarithm for all: a product of `BLOCK` numbers up to 2 cannot overflow.
            let mut products = [1.0; 4];
            slope.iter().enumerate().for_each(|(i, small)| products[i % 4] *= 1.0 + small);
            products.iter().product::<f64>().ln()
        } else {
            slope.iter().zip(weight).map(|(small, w)| w * small.ln_1p()).sum()
        };
        let churned = &self.churned[from..from + n];
        for ((((margin, slope), lost), weight), churned) in
            margin.iter_mut().zip(slope).zip(&mut lost).zip(weight).zip(churned)
        {
            let (eta, small, y) = (*margin, *slope, f64::from(u8::from(*churned)));
            let above = 1.0 / (1.0 + small);
            let below = small * above;
            let probability = if eta >= 0.0 { above } else { below };
            *lost = eta.max(0.0) - y * eta;
            *margin = weight * (probability - y);
            *slope = weight * above * below;
        }
        dot(&lost[..n], weight) + logarithms
    }

    /// Σ w²·(p − y)²·x·x', the middle of the sandwich.
    pub(super) fn squared_scores(&self, beta: &Array1<f64>) -> Array2<f64> {
        let (p, beta) = (beta.len(), beta.to_vec());
        let chunk = |rows: std::ops::Range<usize>| {
            let mut part = Array2::<f64>::zeros((p, p));
            let (mut block, mut x) = (vec![0.0; (p - 1) * BLOCK], vec![1.0; p]);
            for from in rows.clone().step_by(BLOCK) {
                let n = BLOCK.min(rows.end - from);
                self.block(from, n, &mut block);
                for (i, weight) in self.weights(from, n).iter().enumerate() {
                    x.iter_mut().skip(1).zip(block.iter().skip(i).step_by(BLOCK)).for_each(|(to, x)| *to = *x);
                    let margin = x.iter().zip(&beta).map(|(x, b)| x * b).sum();
                    let residual = weight * (sigmoid(margin) - f64::from(u8::from(self.churned[from + i])));
                    for a in 0..p {
                        for b in 0..p {
                            part[(a, b)] += residual * residual * x[a] * x[b];
                        }
                    }
                }
            }
            part
        };
        parallel::map_chunks(self.len(), CHUNK, chunk).fold(Array2::zeros((p, p)), |sum, part| sum + part)
    }
}

struct Sums {
    value: f64,
    gradient: Vec<f64>,
    /// The lower triangle.
    hessian: Vec<f64>,
}

impl Sums {
    fn new(p: usize) -> Self {
        Self { value: 0.0, gradient: vec![0.0; p], hessian: vec![0.0; p * p] }
    }

    fn add(&mut self, other: &Self) {
        self.value += other.value;
        self.gradient.iter_mut().zip(&other.gradient).for_each(|(a, b)| *a += b);
        self.hessian.iter_mut().zip(&other.hessian).for_each(|(a, b)| *a += b);
    }
}

/// Sum in eight strands, as [`dot`].
pub(in crate::churn::classifier) fn sum(a: &[f64]) -> f64 {
    let mut strands = [0.0; 8];
    let a = a.chunks_exact(8);
    let rest: f64 = a.remainder().iter().sum();
    for a in a {
        for k in 0..8 {
            strands[k] += a[k];
        }
    }
    strands.iter().sum::<f64>() + rest
}

/// Sum of products in eight strands, which the compiler turns into vector instructions.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut strands = [0.0; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        for k in 0..8 {
            strands[k] += a[k] * b[k];
        }
    }
    strands.iter().sum::<f64>() + rest
}

/// [`dot`] of two columns with the same weights, which are read once.
fn dots(a: &[f64], b: &[f64], weights: &[f64]) -> [f64; 2] {
    let mut strands = [[0.0; 8]; 2];
    let (a, b, w) = (a.chunks_exact(8), b.chunks_exact(8), weights.chunks_exact(8));
    let rest = |x: &[f64]| -> f64 { x.iter().zip(w.remainder()).map(|(x, w)| x * w).sum() };
    let rests = [rest(a.remainder()), rest(b.remainder())];
    for ((a, b), w) in a.zip(b).zip(w.clone()) {
        for k in 0..8 {
            strands[0][k] += a[k] * w[k];
            strands[1][k] += b[k] * w[k];
        }
    }
    [strands[0].iter().sum::<f64>() + rests[0], strands[1].iter().sum::<f64>() + rests[1]]
}

/// Few rows with shares instead of outcomes, for calibration.
pub(crate) struct SoftRows(Rows<'static>);

impl SoftRows {
    /// Rows of up to two columns with the weights of churn and of its opposite.
    pub(crate) fn new(columns: usize, rows: impl Iterator<Item = ([f64; 2], f64, f64)>) -> Self {
        let (mut all, mut churned, mut weight) = (vec![Vec::new(); columns], Vec::new(), Vec::new());
        for (x, left, stayed) in rows {
            for (outcome, of) in [(true, left), (false, stayed)] {
                all.iter_mut().zip(x).for_each(|(column, value)| column.push(value));
                churned.push(outcome);
                weight.push(of);
            }
        }
        let total_weight = weight.iter().sum();
        let x = all.into_iter().map(Standardised::plain).collect();
        Self(Rows { x, churned: churned.into(), weight: Some(weight.into()), total_weight })
    }

    pub(crate) fn columns(&self) -> usize {
        self.0.x.len()
    }

    pub(crate) fn evaluate(&self, beta: &Array1<f64>) -> Evaluation {
        self.0.evaluate(&beta.to_vec())
    }
}
