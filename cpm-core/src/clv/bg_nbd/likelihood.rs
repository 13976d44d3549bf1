//! Log-likelihood of grouped histories with gradient and Hessian in the log-parameters.

use ndarray::{Array1, Array2};

use crate::numerics::gamma::{digamma_rising, ln_rising, trigamma_rising};
use crate::numerics::newton::Evaluation;
use crate::numerics::parallel;
use crate::summary::{Histories, History};

use super::{logistic, softplus};

/// Histories per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 2048;

/// Histories sorted by x, with the position of each one's x in the list of distinct ones.
pub(super) struct LogLikelihood<'a> {
    histories: &'a [History],
    weight: &'a [f64],
    distinct_x: Vec<f64>,
    x_of: Vec<u32>,
}

/// Terms that depend on x alone: value and derivatives of the gamma and beta functions.
#[derive(Clone, Copy)]
struct OfX {
    x: f64,
    value: f64,
    /// In r.
    r: [f64; 2],
    /// In a, b: first derivatives, then aa, ab, bb.
    ab: [f64; 5],
}

/// Value, gradient (r, α, a, b) and upper triangle of the Hessian, in natural parameters.
#[derive(Clone, Copy, Default)]
struct Sums {
    value: f64,
    gradient: [f64; 4],
    /// rr, rα, αα, ra, rb, αa, αb, aa, ab, bb.
    hessian: [f64; 10],
}

impl Sums {
    fn add(mut self, other: Self) -> Self {
        self.value += other.value;
        self.gradient.iter_mut().zip(other.gradient).for_each(|(s, o)| *s += o);
        self.hessian.iter_mut().zip(other.hessian).for_each(|(s, o)| *s += o);
        self
    }
}

impl<'a> LogLikelihood<'a> {
    pub(super) fn new(histories: &'a Histories) -> Self {
        let mut distinct_x: Vec<f64> = Vec::new();
        let x_of = histories
            .distinct()
            .iter()
            .map(|h| {
                if distinct_x.last() != Some(&h.x) {
                    distinct_x.push(h.x);
                }
                distinct_x.len() as u32 - 1
            })
            .collect();
        Self { histories: histories.distinct(), weight: histories.weight(), distinct_x, x_of }
    }

    pub(super) fn evaluate(&self, r: f64, alpha: f64, a: f64, b: f64) -> Evaluation {
        let of_x: Vec<OfX> = parallel::map(self.distinct_x.len(), 16, |k| OfX::new(r, a, b, self.distinct_x[k]));
        let chunks = parallel::map_chunks(self.histories.len(), CHUNK, |rows| {
            let mut sums = Sums::default();
            let (histories, weights) = (&self.histories[rows.clone()], &self.weight[rows.clone()]);
            for ((h, &w), &k) in histories.iter().zip(weights).zip(&self.x_of[rows]) {
                sums.add_history(h, w, &of_x[k as usize], [r, alpha, a, b]);
            }
            sums
        });
        let total = chunks.fold(Sums::default(), Sums::add);
        in_log_parameters(&total, [r, alpha, a, b])
    }
}

impl OfX {
    fn new(r: f64, a: f64, b: f64, x: f64) -> Self {
        let ab = a + b;
        let (d_ab, d_b) = (digamma_rising(ab, x), digamma_rising(b, x));
        let (t_ab, t_b) = (trigamma_rising(ab, x), trigamma_rising(b, x));
        Self {
            x,
            value: ln_rising(r, x) + ln_rising(b, x) - ln_rising(ab, x),
            r: [digamma_rising(r, x), trigamma_rising(r, x)],
            ab: [-d_ab, d_b - d_ab, -t_ab, -t_ab, t_b - t_ab],
        }
    }
}

impl Sums {
    /// One distinct history, `w` times.
    fn add_history(&mut self, h: &History, w: f64, of_x: &OfX, [r, alpha, a, b]: [f64; 4]) {
        let x = of_x.x;
        let (end, last) = (alpha + h.T, alpha + h.t_x);
        let ln_ratio = (h.T / alpha).ln_1p();
        let mut value = of_x.value - r * ln_ratio - x * (alpha.ln() + ln_ratio);
        let mut g = [of_x.r[0] - ln_ratio, r / alpha - (r + x) / end, of_x.ab[0], of_x.ab[1]];
        let mut hess = [
            of_x.r[1],
            1.0 / alpha - 1.0 / end,
            (r + x) / (end * end) - r / (alpha * alpha),
            0.0,
            0.0,
            0.0,
            0.0,
            of_x.ab[2],
            of_x.ab[3],
            of_x.ab[4],
        ];
        if x > 0.0 {
            // ln(1 + e^w): first derivative s w', second s w'' + s (1 - s) w' w', s = 1 - P(alive).
            let silence = ((h.T - h.t_x) / last).ln_1p();
            let bx = b + (x - 1.0);
            let odds = (a / bx).ln() + (r + x) * silence;
            let s = logistic(odds);
            let v = s * (1.0 - s);
            let difference = 1.0 / end - 1.0 / last;
            let d = [silence, (r + x) * difference, 1.0 / a, -1.0 / bx];
            value += softplus(odds);
            for i in 0..4 {
                g[i] += s * d[i];
            }
            hess[0] += v * d[0] * d[0];
            hess[1] += v * d[0] * d[1] + s * difference;
            hess[2] += v * d[1] * d[1] - s * (r + x) * difference * (1.0 / end + 1.0 / last);
            hess[3] += v * d[0] * d[2];
            hess[4] += v * d[0] * d[3];
            hess[5] += v * d[1] * d[2];
            hess[6] += v * d[1] * d[3];
            hess[7] += v * d[2] * d[2] - s / (a * a);
            hess[8] += v * d[2] * d[3];
            hess[9] += v * d[3] * d[3] + s / (bx * bx);
        }
        self.value += w * value;
        self.gradient.iter_mut().zip(g).for_each(|(sum, g)| *sum += w * g);
        self.hessian.iter_mut().zip(hess).for_each(|(sum, h)| *sum += w * h);
    }
}

/// Chain rule for θ = e^u: gradient θ g; Hessian θ_i θ_j H_ij, plus θ_i g_i on the diagonal.
fn in_log_parameters(sums: &Sums, theta: [f64; 4]) -> Evaluation {
    const AT: [[usize; 4]; 4] = [[0, 1, 3, 4], [1, 2, 5, 6], [3, 5, 7, 8], [4, 6, 8, 9]];
    Evaluation {
        value: sums.value,
        gradient: Array1::from_shape_fn(4, |i| theta[i] * sums.gradient[i]),
        hessian: Array2::from_shape_fn((4, 4), |(i, j)| {
            let diagonal = if i == j { theta[i] * sums.gradient[i] } else { 0.0 };
            theta[i] * theta[j] * sums.hessian[AT[i][j]] + diagonal
        }),
    }
}
