//! The binomial likelihood of person-periods, with derivatives in the arrow shape that it has.

use super::Link;
use super::person_periods::PersonPeriods;
use crate::churn::survival::design::Design;
use crate::numerics::parallel;

/// Rows per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 1024;

/// ln of the chance to have the event in a period, and of not having it, with two derivatives in the linear predictor.
pub(super) fn terms(link: Link, eta: f64) -> ([f64; 3], [f64; 3]) {
    match link {
        Link::Logit => {
            let small = (-eta.abs()).exp();
            let (p, q) = if eta > 0.0 { (1.0, small) } else { (small, 1.0) };
            let (p, q) = (p / (1.0 + small), q / (1.0 + small));
            let ln_1_plus = eta.max(0.0) + small.ln_1p();
            ([eta - ln_1_plus, q, -p * q], [-ln_1_plus, -p, -p * q])
        }
        Link::CLogLog => {
            let rate = eta.exp();
            // λ/(e^λ − 1), which is 1 for small λ and 0 for large.
            let share = if rate > 700.0 { 0.0 } else { rate / rate.exp_m1() };
            ([(-(-rate).exp_m1()).ln(), share, share * (1.0 - rate - share)], [-rate; 3])
        }
    }
}

/// Value, gradient and negative Hessian. Intercepts of groups do not meet each other, so their block is a diagonal.
#[derive(Debug, Clone)]
pub(super) struct Arrow {
    pub(super) value: f64,
    pub(super) intercepts: Vec<f64>,
    pub(super) coefficients: Vec<f64>,
    /// Diagonal of the intercepts.
    pub(super) diagonal: Vec<f64>,
    /// One row of p values per group.
    pub(super) cross: Vec<f64>,
    /// Lower triangle of the coefficients' block, row by row.
    pub(super) block: Vec<f64>,
}

impl Arrow {
    fn zero(groups: usize, p: usize) -> Self {
        Self {
            value: 0.0,
            intercepts: vec![0.0; groups],
            coefficients: vec![0.0; p],
            diagonal: vec![0.0; groups],
            cross: vec![0.0; groups * p],
            block: vec![0.0; p * (p + 1) / 2],
        }
    }

    fn merge(&mut self, other: &Self) {
        self.value += other.value;
        for (own, other) in [
            (&mut self.intercepts, &other.intercepts),
            (&mut self.coefficients, &other.coefficients),
            (&mut self.diagonal, &other.diagonal),
            (&mut self.cross, &other.cross),
            (&mut self.block, &other.block),
        ] {
            own.iter_mut().zip(other).for_each(|(s, o)| *s += o);
        }
    }
}

/// `free` says which groups have an intercept to estimate: the others explain their periods exactly and add nothing.
pub(super) fn evaluate(
    design: &Design,
    periods: &PersonPeriods,
    free: &[bool],
    link: Link,
    intercepts: &[f64],
    coefficients: &[f64],
) -> Arrow {
    let (groups, p) = (free.len(), coefficients.len());
    let chunks = parallel::map_chunks(design.len(), CHUNK, |rows| {
        let mut sum = Arrow::zero(groups, p);
        for row in rows {
            let (x, w) = (design.x(row), design.weight[row]);
            let along: f64 = x.iter().zip(coefficients).map(|(x, b)| x * b).sum();
            let (mut slope, mut curve) = (0.0, 0.0);
            for (g, quiet, event) in periods.parts(row).filter(|(g, ..)| free[*g]) {
                let (yes, no) = terms(link, intercepts[g] + along);
                let ended = if event { w } else { 0.0 };
                let [value, d1, d2] = std::array::from_fn(|k| {
                    // 0 times minus infinity would not be 0.
                    let of_quiet = if quiet > 0.0 { w * quiet * no[k] } else { 0.0 };
                    of_quiet + if event { ended * yes[k] } else { 0.0 }
                });
                sum.value += value;
                sum.intercepts[g] += d1;
                sum.diagonal[g] -= d2;
                slope += d1;
                curve -= d2;
                for (c, x) in sum.cross[g * p..(g + 1) * p].iter_mut().zip(x) {
                    *c -= d2 * x;
                }
            }
            let mut cell = 0;
            for (i, a) in x.iter().enumerate() {
                sum.coefficients[i] += slope * a;
                let left = curve * a;
                for b in &x[..=i] {
                    sum.block[cell] += left * b;
                    cell += 1;
                }
            }
        }
        sum
    });
    let mut total = Arrow::zero(groups, p);
    chunks.for_each(|part| total.merge(&part));
    total
}
