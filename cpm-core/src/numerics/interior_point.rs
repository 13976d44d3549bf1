//! Maximisation of a separable concave function over the unit box under linear and quadratic constraints: a
//! primal-dual interior-point method (Boyd & Vandenberghe 2004, Convex Optimization, section 11.7).
//!
//! It gives the multipliers of all constraints together with the optimum, so that optimality can be shown and shadow
//! prices read off.

use ndarray::Array2;

use super::cholesky::Cholesky;

/// The constraint a·u <= b.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) a: Vec<f64>,
    pub(crate) b: f64,
}

/// The constraint u'Mu + p·u + c <= 0, M positive semidefinite.
#[derive(Debug, Clone)]
pub(crate) struct Quadratic {
    pub(crate) matrix: Array2<f64>,
    pub(crate) linear: Vec<f64>,
    pub(crate) constant: f64,
}

/// Maximise the sum of `term(i, u_i)` over 0 <= u <= 1 under the constraints. `term` gives value, slope and curvature.
pub(crate) struct Program<'a> {
    pub(crate) size: usize,
    pub(crate) term: &'a dyn Fn(usize, f64) -> [f64; 3],
    pub(crate) rows: Vec<Row>,
    pub(crate) quadratic: Option<Quadratic>,
}

/// The optimum with its multipliers.
#[derive(Debug, Clone)]
pub(crate) struct Optimum {
    pub(crate) point: Vec<f64>,
    /// Multipliers of the rows.
    pub(crate) rows: Vec<f64>,
    /// Multiplier of the quadratic constraint, 0 without one.
    pub(crate) quadratic: f64,
    /// How much larger than at `point` the sum can be anywhere: sum of multiplier times slack.
    pub(crate) gap: f64,
}

const ITERATIONS: usize = 120;
/// Shorter steps than this creep along a curved constraint.
const SHORT: f64 = 0.1;
/// How often the search may go back to the central path.
const RESTARTS: usize = 16;
/// The barrier's weight is divided by this in each step.
const DECREASE: f64 = 10.0;

impl Program<'_> {
    /// All constraint functions, each <= 0: lower bounds, upper bounds, rows, quadratic.
    fn constraints(&self, u: &[f64]) -> Vec<f64> {
        let mut g: Vec<f64> = u.iter().map(|v| -v).chain(u.iter().map(|v| v - 1.0)).collect();
        g.extend(self.rows.iter().map(|row| dot(&row.a, u) - row.b));
        g.extend(self.quadratic.iter().map(|q| q.value(u)));
        g
    }

    /// Distance to the nearest constraint; 0 or less if one does not hold strictly.
    pub(crate) fn room(&self, u: &[f64]) -> f64 {
        self.constraints(u).iter().fold(f64::INFINITY, |least, g| least.min(-g))
    }

    /// Dual residual: gradient of the Lagrangian of the minimisation of the negative sum.
    fn residual(&self, u: &[f64], multipliers: &[f64]) -> Vec<f64> {
        let n = self.size;
        let mut residual: Vec<f64> =
            (0..n).map(|i| -(self.term)(i, u[i])[1] - multipliers[i] + multipliers[n + i]).collect();
        for (row, m) in self.rows.iter().zip(&multipliers[2 * n..]) {
            residual.iter_mut().zip(&row.a).for_each(|(r, a)| *r += m * a);
        }
        if let Some(q) = &self.quadratic {
            let m = multipliers[2 * n + self.rows.len()];
            residual.iter_mut().zip(q.gradient(u)).for_each(|(r, d)| *r += m * d);
        }
        residual
    }

    /// The maximum, from a point inside of all constraints. The `scale` is the size of the sum.
    pub(crate) fn maximise(&self, start: Vec<f64>, scale: f64) -> Optimum {
        let n = self.size;
        let count = (2 * self.size + self.rows.len() + usize::from(self.quadratic.is_some())) as f64;
        let weight = 0.1 * scale / count;
        let mut u = self.centred(start, weight);
        let mut g = self.constraints(&u);
        let mut lambda: Vec<f64> = g.iter().map(|g| weight / -g).collect();
        let mut best: Option<(f64, Vec<f64>, Vec<f64>)> = None;
        let mut restarts = 0;
        for _ in 0..ITERATIONS {
            let gap = -dot(&g, &lambda);
            let dual = self.residual(&u, &lambda);
            let error = gap + norm(&dual);
            if best.as_ref().is_none_or(|b| error < b.0) {
                best = Some((error, u.clone(), lambda.clone()));
            }
            if error <= 1e-14 * scale {
                break;
            }
            let inverse_t = gap / (DECREASE * count);
            let Some((step, change)) = self.direction(&u, &g, &lambda, &dual, inverse_t) else { break };
            let to_bound = |room: f64, towards: f64| if towards < 0.0 { -room / towards } else { f64::INFINITY };
            let multipliers = lambda.iter().zip(&change).map(|(l, c)| to_bound(*l, *c));
            let sides = u.iter().zip(&step).map(|(u, s)| to_bound(*u, *s).min(to_bound(1.0 - u, -s)));
            let mut length = 0.99 * multipliers.chain(sides).fold(1.0, f64::min);
            let merit = |dual: &[f64], g: &[f64], lambda: &[f64]| {
                let centre: f64 = g.iter().zip(lambda).map(|(g, l)| (-g * l - inverse_t).powi(2)).sum();
                (norm(dual).powi(2) + centre).sqrt()
            };
            let before = merit(&dual, &g, &lambda);
            let mut moved = None;
            for _ in 0..60 {
                let next: Vec<f64> = u.iter().zip(&step).map(|(u, s)| u + length * s).collect();
                let bounds = self.constraints(&next);
                if bounds.iter().all(|g| *g < 0.0) {
                    let multipliers: Vec<f64> = lambda.iter().zip(&change).map(|(l, c)| l + length * c).collect();
                    let after = merit(&self.residual(&next, &multipliers), &bounds, &multipliers);
                    if after.is_finite() && after <= (1.0 - 0.01 * length) * before {
                        moved = Some((next, bounds, multipliers));
                        break;
                    }
                }
                length *= 0.5;
            }
            match moved {
                Some((next, bounds, multipliers)) if length > SHORT || restarts >= RESTARTS => {
                    (u, g, lambda) = (next, bounds, multipliers)
                }
                // Stuck at a curved constraint, or where a slope grows without bound: to the central path, a step further on.
                _ if restarts < RESTARTS && error > 1e-9 * scale => {
                    restarts += 1;
                    let weight = (0.1 * gap / count).max(1e-13 * scale);
                    u = self.centred(u, weight);
                    g = self.constraints(&u);
                    lambda = g.iter().map(|g| weight / -g).collect();
                }
                // Where no step improves, rounding decides: the best point so far is the answer.
                _ => break,
            }
        }
        let (_, point, multipliers) = best.unwrap_or((0.0, u, lambda));
        let gap = -dot(&self.constraints(&point), &multipliers);
        let rows = multipliers[2 * n..2 * n + self.rows.len()].to_vec();
        let quadratic = if self.quadratic.is_some() { multipliers[multipliers.len() - 1] } else { 0.0 };
        Optimum { point, rows, quadratic, gap }
    }

    /// The point of the central path: the maximum of the sum with a logarithmic barrier of that weight.
    fn centred(&self, start: Vec<f64>, weight: f64) -> Vec<f64> {
        let barrier = |u: &[f64], g: &[f64]| -> f64 {
            let sum: f64 = (0..self.size).map(|i| (self.term)(i, u[i])[0]).sum();
            -sum - weight * g.iter().map(|g| (-g).ln()).sum::<f64>()
        };
        let mut u = start;
        let mut g = self.constraints(&u);
        for _ in 0..60 {
            let lambda: Vec<f64> = g.iter().map(|g| weight / -g).collect();
            let slope = self.residual(&u, &lambda);
            let Some((step, _)) = self.direction(&u, &g, &lambda, &slope, weight) else { break };
            let decrease = -dot(&slope, &step);
            if decrease <= 1e-9 * weight {
                break;
            }
            let before = barrier(&u, &g);
            let mut length = 1.0;
            let found = (0..60).find_map(|_| {
                let next: Vec<f64> = u.iter().zip(&step).map(|(u, s)| u + length * s).collect();
                let bounds = self.constraints(&next);
                let inside = bounds.iter().all(|g| *g < 0.0);
                if inside && barrier(&next, &bounds) <= before - 0.1 * length * decrease {
                    return Some((next, bounds));
                }
                length *= 0.5;
                None
            });
            let Some((next, bounds)) = found else { break };
            (u, g) = (next, bounds);
        }
        u
    }

    /// Newton's direction for point and multipliers.
    fn direction(
        &self,
        u: &[f64],
        g: &[f64],
        lambda: &[f64],
        dual: &[f64],
        inverse_t: f64,
    ) -> Option<(Vec<f64>, Vec<f64>)> {
        let n = self.size;
        let mut matrix = Array2::<f64>::zeros((n, n));
        for i in 0..n {
            matrix[(i, i)] = (-(self.term)(i, u[i])[2]).max(0.0) + lambda[i] / -g[i] + lambda[n + i] / -g[n + i];
        }
        let gradients: Vec<Vec<f64>> =
            self.rows.iter().map(|row| row.a.clone()).chain(self.quadratic.iter().map(|q| q.gradient(u))).collect();
        for (k, gradient) in gradients.iter().enumerate() {
            let weight = lambda[2 * n + k] / -g[2 * n + k];
            for i in (0..n).filter(|&i| gradient[i] != 0.0) {
                for j in 0..=i {
                    matrix[(i, j)] += weight * gradient[i] * gradient[j];
                }
            }
        }
        if let Some(q) = &self.quadratic {
            let m = lambda[lambda.len() - 1];
            for i in 0..n {
                for j in 0..=i {
                    matrix[(i, j)] += 2.0 * m * q.matrix[(i, j)];
                }
            }
        }
        // Eliminating the multipliers leaves -(residual + sum of (1/t / -g - lambda) * gradient).
        let push = |k: usize| inverse_t / -g[k] - lambda[k];
        let mut right: Vec<f64> = (0..n).map(|i| -dual[i] + push(i) - push(n + i)).collect();
        for (k, gradient) in gradients.iter().enumerate() {
            let push = push(2 * n + k);
            right.iter_mut().zip(gradient).for_each(|(r, d)| *r -= push * d);
        }
        let step = Cholesky::new(&matrix, 0.0).ok()?.solve(&right);
        let along = |k: usize| match k {
            k if k < n => -step[k],
            k if k < 2 * n => step[k - n],
            k => dot(&gradients[k - 2 * n], &step),
        };
        let change = (0..g.len()).map(|k| push(k) + lambda[k] / -g[k] * along(k)).collect();
        Some((step, change))
    }
}

impl Quadratic {
    /// u'Mu + p·u + c.
    pub(crate) fn value(&self, u: &[f64]) -> f64 {
        let n = u.len();
        let square: f64 = (0..n).map(|i| u[i] * (0..n).map(|j| self.matrix[(i, j)] * u[j]).sum::<f64>()).sum();
        square + dot(&self.linear, u) + self.constant
    }

    fn gradient(&self, u: &[f64]) -> Vec<f64> {
        let n = u.len();
        let slope = |i: usize| 2.0 * (0..n).map(|j| self.matrix[(i, j)] * u[j]).sum::<f64>() + self.linear[i];
        (0..n).map(slope).collect()
    }
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn norm(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
}
