//! The likelihood of censored durations with its derivatives, in one parallel pass.

use ndarray::{Array1, Array2};

use super::Distribution;
use crate::churn::survival::SurvivalData;
use crate::churn::survival::design::Design;
use crate::numerics::newton::Evaluation;
use crate::numerics::parallel;

/// Rows per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 2048;

/// Durations on a scaled logarithmic axis, y = (ln t - centre)/spread.
pub(super) struct Times {
    /// Of the duration, and of the entry time where it truncates: minus infinity where it does not.
    y: Vec<f64>,
    entry: Vec<f64>,
    event: Vec<bool>,
    pub(super) centre: f64,
    pub(super) spread: f64,
    /// What ln of a density loses from t to y: Σ w (ln t + ln spread) over the events.
    pub(super) jacobian: f64,
}

impl Times {
    pub(super) fn new(data: &SurvivalData, design: &Design) -> Self {
        let ln: Vec<f64> = design.original.iter().map(|&i| data.durations()[i].ln()).collect();
        let mean = ln.iter().zip(&design.weight).map(|(y, w)| w * y).sum::<f64>() / design.total;
        let square = ln.iter().zip(&design.weight).map(|(y, w)| w * (y - mean) * (y - mean)).sum::<f64>();
        let spread = (square / design.total).sqrt();
        let spread = if spread > 0.0 { spread } else { 1.0 };
        let scaled = |t: f64| if t > 0.0 { (t.ln() - mean) / spread } else { f64::NEG_INFINITY };
        let event: Vec<bool> = design.original.iter().map(|&i| data.events()[i]).collect();
        let lost = |((y, w), e): ((&f64, &f64), &bool)| if *e { w * (y + spread.ln()) } else { 0.0 };
        let jacobian = ln.iter().zip(&design.weight).zip(&event).map(lost).sum();
        Self {
            y: ln.iter().map(|y| (y - mean) / spread).collect(),
            entry: design.original.iter().map(|&i| scaled(data.entry_of(i))).collect(),
            event,
            centre: mean,
            spread,
            jacobian,
        }
    }
}

/// ln L of y with the first `columns` covariates, at (intercept, β, ln σ).
pub(super) fn evaluate(
    times: &Times,
    design: &Design,
    columns: usize,
    distribution: Distribution,
    theta: &Array1<f64>,
) -> Evaluation {
    let p = columns + 2;
    let sigma = theta[p - 1].exp();
    let slope = 1.0 / sigma;
    let cells = p * (p + 1) / 2;
    let chunks = parallel::map_chunks(design.len(), CHUNK, |rows| {
        let (mut value, mut gradient, mut hessian) = (0.0, vec![0.0; p], vec![0.0; cells]);
        // The derivative of the linear predictor: 1, x.
        let mut u = vec![1.0; columns + 1];
        for row in rows {
            u[1..].copy_from_slice(&design.x(row)[..columns]);
            let eta: f64 = u.iter().zip(theta).map(|(u, t)| u * t).sum();
            let (w, event) = (design.weight[row], times.event[row]);
            let z = (times.y[row] - eta) * slope;
            let [l, d1, d2] = if event { distribution.ln_density(z) } else { distribution.ln_tail(z) };
            let count = if event { 1.0 } else { 0.0 };
            let mut sums = [l - count * theta[p - 1], d1, z * d1 + count, d2, d1 + z * d2, z * (d1 + z * d2)];
            if times.entry[row] > f64::NEG_INFINITY {
                let z = (times.entry[row] - eta) * slope;
                let [l, d1, d2] = distribution.ln_tail(z);
                for (sum, part) in sums.iter_mut().zip([l, d1, z * d1, d2, d1 + z * d2, z * (d1 + z * d2)]) {
                    *sum -= part;
                }
            }
            let [l, d1, in_scale, d2, mixed, scales] = sums;
            value += w * l;
            let (along, curve, mixed) = (-w * slope * d1, w * slope * slope * d2, w * slope * mixed);
            let mut cell = 0;
            for (i, a) in u.iter().enumerate() {
                gradient[i] += along * a;
                let left = curve * a;
                for b in &u[..=i] {
                    hessian[cell] += left * b;
                    cell += 1;
                }
            }
            gradient[p - 1] -= w * in_scale;
            for (h, a) in hessian[cell..].iter_mut().zip(&u) {
                *h += mixed * a;
            }
            hessian[cells - 1] += w * scales;
        }
        (value, gradient, hessian)
    });
    let (mut value, mut gradient, mut hessian) = (0.0, vec![0.0; p], vec![0.0; cells]);
    for (v, g, h) in chunks {
        value += v;
        gradient.iter_mut().zip(g).for_each(|(s, g)| *s += g);
        hessian.iter_mut().zip(h).for_each(|(s, h)| *s += h);
    }
    let at = |i: usize, j: usize| hessian[i.max(j) * (i.max(j) + 1) / 2 + i.min(j)];
    Evaluation { value, gradient: Array1::from(gradient), hessian: Array2::from_shape_fn((p, p), |(i, j)| at(i, j)) }
}
