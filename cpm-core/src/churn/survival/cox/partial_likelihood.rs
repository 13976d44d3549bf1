//! The partial likelihood with gradient and Hessian.

use ndarray::{Array1, Array2};

use super::Ties;
use super::risk_sets::{RiskSet, Sweep};
use super::rows::Rows;
use crate::numerics::newton::Evaluation;
use crate::numerics::parallel;

/// Rows per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 8192;
/// Products of denominators are kept in between.
const SMALL: f64 = 1e-150;
const LARGE: f64 = 1e150;

/// w·exp(x'β) of each row, divided by exp of the second value, the largest x'β.
pub(super) fn risk_scores(rows: &Rows, beta: &[f64]) -> (Vec<f64>, f64) {
    let eta = |k: usize| rows.x(k).iter().zip(beta).map(|(x, b)| x * b).sum::<f64>();
    let mut risk: Vec<f64> = parallel::map(rows.len(), CHUNK, eta);
    let largest = risk.iter().fold(f64::NEG_INFINITY, |m, e| m.max(*e));
    risk.iter_mut().zip(&rows.weight).for_each(|(r, w)| *r = w * (*r - largest).exp());
    (risk, largest)
}

/// Log partial likelihood with gradient and *information* (minus the Hessian) in the coefficients of the
/// standardised covariates; every event time counts with its factor (1, unless a test gives others).
///
/// The second moments of all risk sets need no running p x p sum. Summed over event times, Σ_k h_k Σ_{i at risk}
/// r_i x_i x_i' is Σ_i r_i H_i x_i x_i' with H_i = Σ h_k over the times at which row i is at risk: one weight
/// per row. With entry times no matrix is ever subtracted.
pub(super) fn evaluate(rows: &Rows, ties: Ties, beta: &[f64], factor: Option<&[f64]>) -> Evaluation {
    let p = rows.columns;
    let (risk, largest) = risk_scores(rows, beta);
    let mut sums = Sums::new(p, 0);
    // Hazard at each event time, for rows that stay and what the tied rows do not see of it.
    let mut hazard = vec![0.0; rows.slots];
    let mut unseen = vec![0.0; rows.slots];
    let sweep = Sweep::new(rows, ties, &risk);
    let parts = parallel::map_chunks(rows.segments.len(), 1, |segment| {
        let ties = rows.segments[segment.start].ties.clone();
        let mut part = Sums::new(p, ties.len());
        sweep.segment(segment.start, |k, set| {
            let factor = factor.map_or(1.0, |f| f[k]);
            part.events(rows, k, beta, factor);
            part.jumps[k - ties.start] = part.risk_set(set, factor * set.term_weight(), largest);
        });
        part
    });
    for (segment, part) in rows.segments.iter().zip(parts) {
        sums.add(&part);
        for (tie, jump) in rows.ties[segment.ties.clone()].iter().zip(part.jumps) {
            [hazard[tie.slot], unseen[tie.slot]] = jump;
        }
    }
    let Sums { value, gradient, mut information, .. } = sums;
    accumulate(rows, &mut hazard);
    // The part of the information that belongs to single rows needs no order: chunks of them, side by side.
    let parts = parallel::map_chunks(rows.len(), CHUNK, |chunk| {
        let mut part = vec![0.0; information.len()];
        for row in chunk {
            let missed = if rows.event[row] { unseen[rows.until[row]] } else { 0.0 };
            let weight = risk[row] * (hazard[rows.until[row]] - hazard[rows.since[row]] - missed);
            let x = rows.x(row);
            let mut cell = 0;
            for (i, x_i) in x.iter().enumerate() {
                let left = weight * x_i;
                for right in &x[..=i] {
                    part[cell] += left * right;
                    cell += 1;
                }
            }
        }
        part
    });
    let parts: Vec<Vec<f64>> = parts.collect();
    for part in parts {
        information.iter_mut().zip(part).for_each(|(sum, p)| *sum += p);
    }
    let at = |i: usize, j: usize| information[i.max(j) * (i.max(j) + 1) / 2 + i.min(j)];
    Evaluation { value, gradient: Array1::from(gradient), hessian: Array2::from_shape_fn((p, p), |(i, j)| at(i, j)) }
}

/// Sums over event times.
struct Sums {
    value: f64,
    gradient: Vec<f64>,
    /// Lower triangle, row after row.
    information: Vec<f64>,
    /// Per event time its hazard, and what the tied rows do not see of it.
    jumps: Vec<[f64; 2]>,
    mean: Vec<f64>,
    shift: Vec<f64>,
}

impl Sums {
    fn new(p: usize, ties: usize) -> Self {
        let zeros = |n: usize| vec![0.0; n];
        let (gradient, information) = (zeros(p), zeros(p * (p + 1) / 2));
        Self { value: 0.0, gradient, information, jumps: vec![[0.0; 2]; ties], mean: zeros(p), shift: zeros(p) }
    }

    fn add(&mut self, other: &Self) {
        self.value += other.value;
        self.gradient.iter_mut().zip(&other.gradient).for_each(|(a, b)| *a += b);
        self.information.iter_mut().zip(&other.information).for_each(|(a, b)| *a += b);
    }

    /// The rows with the event.
    fn events(&mut self, rows: &Rows, tie: usize, beta: &[f64], factor: f64) {
        for row in rows.ties[tie].events.clone() {
            let weight = factor * rows.weight[row];
            for ((g, x), b) in self.gradient.iter_mut().zip(rows.x(row)).zip(beta) {
                *g += weight * x;
                self.value += weight * x * b;
            }
        }
    }

    /// The rows at risk, with the weight of each term; the jump of the hazard and what the tied rows do not see of it.
    fn risk_set(&mut self, set: &RiskSet<'_>, weight: f64, largest: f64) -> [f64; 2] {
        // Sums over the terms, which differ in two numbers only.
        let [mut count, mut ln, mut inverse, mut shift, mut square] = [0.0; 5];
        let mut product = 1.0;
        for term in set.terms() {
            let over = 1.0 / term.denominator;
            let moved = term.left * over;
            count += 1.0;
            // One logarithm for many terms, as long as their product stays well inside the range of numbers.
            let longer = product * term.denominator;
            if (SMALL..=LARGE).contains(&longer) {
                product = longer;
            } else {
                ln += product.ln() + term.denominator.ln();
                product = 1.0;
            }
            inverse += over;
            shift += moved;
            square += moved * moved;
        }
        self.value -= weight * (ln + product.ln() + count * largest);
        let mut cell = 0;
        for i in 0..self.mean.len() {
            let (m, u) = set.mean_and_shift(i);
            (self.mean[i], self.shift[i]) = (m, u);
            self.gradient[i] -= weight * (count * m + shift * u);
            for (mean, moves) in self.mean[..=i].iter().zip(&self.shift) {
                let crossed = m * moves + u * mean;
                self.information[cell] -= weight * (count * m * mean + shift * crossed + square * u * moves);
                cell += 1;
            }
        }
        [weight * inverse, weight * shift]
    }
}

/// Jumps per slot to sums up to it, within each stratum.
fn accumulate(rows: &Rows, jumps: &mut [f64]) {
    for stratum in &rows.strata {
        let mut sum = 0.0;
        for tie in &rows.ties[stratum.ties.clone()] {
            sum += jumps[tie.slot];
            jumps[tie.slot] = sum;
        }
    }
}
