//! The log-likelihood of a logistic regression with its derivatives, in one pass over the rows.

use ndarray::{Array1, Array2};

use crate::numerics::newton::Evaluation;
use crate::numerics::parallel;

/// Rows per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 16_384;
/// Rows at a time: a block of all columns stays in the cache.
const BLOCK: usize = 256;

/// Rows of a fit: columns of standardised numbers, with weights.
pub(super) struct Rows {
    /// One column after another.
    pub(super) x: Vec<Vec<f64>>,
    pub(super) churned: Vec<bool>,
    pub(super) weight: Vec<f64>,
    pub(super) total_weight: f64,
}

impl Rows {
    /// Every n-th row.
    pub(super) fn thinned(&self, step: usize) -> Self {
        let weight: Vec<f64> = self.weight.iter().step_by(step).copied().collect();
        Self {
            x: self.x.iter().map(|column| column.iter().step_by(step).copied().collect()).collect(),
            churned: self.churned.iter().step_by(step).copied().collect(),
            total_weight: weight.iter().sum(),
            weight,
        }
    }
}

/// 1/(1 + e^-x), without overflow.
pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.weight.len()
    }

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
        let (mut margin, mut slope) = ([0.0; BLOCK], [0.0; BLOCK]);
        let mut weighted = [0.0; BLOCK];
        let mut from = rows.start;
        while from < rows.end {
            let to = (from + BLOCK).min(rows.end);
            let n = to - from;
            self.margins(beta, from, &mut margin[..n]);
            // In place of the margin: the residual; its weight in the Hessian.
            let mut product = 1.0;
            for i in 0..n {
                let (eta, weight) = (margin[i], self.weight[from + i]);
                // e^-|η| cannot overflow, and serves the probability and the loss.
                let small = (-eta.abs()).exp();
                let denominator = 1.0 + small;
                let (above, below) = (1.0 / denominator, small / denominator);
                let probability = if eta >= 0.0 { above } else { below };
                let churned = self.churned[from + i];
                let wrong_way = if churned { -eta } else { eta };
                // One logarithm for all rows of weight 1: a product of `BLOCK` numbers up to 2 cannot overflow.
                if weight == 1.0 {
                    product *= denominator;
                } else {
                    sums.value += weight * small.ln_1p();
                }
                sums.value += weight * wrong_way.max(0.0);
                margin[i] = weight * (probability - f64::from(u8::from(churned)));
                slope[i] = weight * above * below;
            }
            sums.value += product.ln();
            sums.gradient[0] += sum(&margin[..n]);
            sums.hessian[0] += sum(&slope[..n]);
            for j in 1..p {
                let column = &self.x[j - 1][from..to];
                sums.gradient[j] += dot(column, &margin[..n]);
                weighted[..n].iter_mut().zip(column).zip(&slope).for_each(|((w, x), s)| *w = x * s);
                sums.hessian[j * p] += sum(&weighted[..n]);
                for k in 1..=j {
                    sums.hessian[j * p + k] += dot(&self.x[k - 1][from..to], &weighted[..n]);
                }
            }
            from = to;
        }
        sums
    }

    /// Linear predictors of the rows from one on.
    fn margins(&self, beta: &[f64], from: usize, margin: &mut [f64]) {
        margin.fill(beta[0]);
        for (column, b) in self.x.iter().zip(&beta[1..]) {
            if *b != 0.0 {
                margin.iter_mut().zip(&column[from..]).for_each(|(m, x)| *m += b * x);
            }
        }
    }

    /// Σ w²·(p − y)²·x·x', the middle of the sandwich.
    pub(super) fn squared_scores(&self, beta: &Array1<f64>) -> Array2<f64> {
        let p = beta.len();
        let mut sum = Array2::zeros((p, p));
        let mut margin = [0.0];
        let mut row = vec![1.0; p];
        for i in 0..self.len() {
            self.margins(&beta.to_vec(), i, &mut margin);
            let residual = self.weight[i] * (sigmoid(margin[0]) - f64::from(u8::from(self.churned[i])));
            row[1..].iter_mut().zip(&self.x).for_each(|(r, column)| *r = column[i]);
            for a in 0..p {
                for b in 0..p {
                    sum[(a, b)] += residual * residual * row[a] * row[b];
                }
            }
        }
        sum
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
fn sum(a: &[f64]) -> f64 {
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

/// Few rows with shares instead of outcomes, for calibration.
pub(crate) struct SoftRows(Rows);

impl SoftRows {
    /// Rows of up to two columns with the weights of churn and of its opposite.
    pub(crate) fn new(columns: usize, rows: impl Iterator<Item = ([f64; 2], f64, f64)>) -> Self {
        let mut all = Rows { x: vec![Vec::new(); columns], churned: Vec::new(), weight: Vec::new(), total_weight: 0.0 };
        for (x, churned, stayed) in rows {
            for (outcome, weight) in [(true, churned), (false, stayed)] {
                all.x.iter_mut().zip(x).for_each(|(column, value)| column.push(value));
                all.churned.push(outcome);
                all.weight.push(weight);
                all.total_weight += weight;
            }
        }
        Self(all)
    }

    pub(crate) fn columns(&self) -> usize {
        self.0.x.len()
    }

    pub(crate) fn evaluate(&self, beta: &Array1<f64>) -> Evaluation {
        self.0.evaluate(&beta.to_vec())
    }
}
