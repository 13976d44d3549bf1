//! What customers spent, and its likelihood.

use ndarray::{arr1, arr2};

use super::{NAME, PARAMETERS, monetary_value};
use crate::error::{Error, Result};
use crate::numerics::gamma::{digamma_rising, ln_1p, ln_gamma, ln_rising, trigamma, trigamma_rising};
use crate::numerics::newton::Evaluation;
use crate::numerics::parallel;
use crate::summary::CustomerSummary;

/// Customers per parallel task: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 2048;

/// Customers with at least one repeat purchase of positive mean.
pub(in crate::clv) struct Spend {
    /// Sorted by x, then by amount.
    rows: Vec<Amount>,
    /// Sum of the logarithms of the mean amounts.
    ln_z: f64,
    pub(super) excluded: u64,
    /// What amounts are counted in: their mean, so that a currency, or thousands of it, make no difference to a fit.
    unit: f64,
}

/// What a customer spent.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Amount {
    x: f64,
    /// x z, and its logarithm.
    total: f64,
    ln_total: f64,
    weight: f64,
}

/// Customers from which on a fit starts from a coarser picture of them, in which amounts of one x within this factor are one.
const MANY: usize = 8_192;
const CELL: f64 = 1.06;

impl Spend {
    pub(in crate::clv) fn of(customers: &CustomerSummary, weights: Option<&[f64]>) -> Result<Self> {
        let z = monetary_value(customers)?;
        let weight = |i: usize| weights.map_or(1.0, |w| w[i]);
        let buyers = (0..customers.len()).filter(|&i| customers.frequency()[i] > 0.0 && weight(i) > 0.0);
        let (mut rows, mut excluded) = (Vec::new(), 0);
        for i in buyers {
            if z[i] > 0.0 {
                rows.push((customers.frequency()[i], z[i], weight(i)));
            } else {
                excluded += 1;
            }
        }
        let reason = if rows.len() < PARAMETERS.len() {
            format!("{} customers have repeat purchases with a positive amount", rows.len())
        } else if rows.iter().all(|r| r.1 == rows[0].1) {
            format!("all repeat buyers spend the same, {}", rows[0].1)
        } else if rows.iter().all(|r| r.0 == 1.0) {
            "no customer has more than one repeat purchase, so the variation within and between customers cannot be told apart".to_owned()
        } else {
            return Ok(Self::sorted(rows, excluded).in_own_unit());
        };
        let remedy = "Give more customers or a longer log, or set the parameters with from_params".to_owned();
        Err(Error::NotIdentified { model: NAME, reason, remedy })
    }

    /// From x, z and weight. Sorted, so that sums do not depend on the order of the customers.
    pub(super) fn sorted(rows: Vec<(f64, f64, f64)>, excluded: u64) -> Self {
        let largest = rows.iter().fold(0.0, |a: f64, r| a.max(r.0)) as usize;
        let mut sorted: Vec<(f64, u128)> = vec![(0.0, 0); rows.len()];
        // Bits of positive numbers sort like the numbers.
        let key = |&(x, z, w): &(f64, f64, f64)| (x, u128::from(z.to_bits()) << 64 | u128::from(w.to_bits()));
        if largest <= 1024 + 4 * rows.len() {
            // Most customers share a few x: rows are counted into places by x, and sorted within these.
            let mut start = vec![0_usize; largest + 2];
            rows.iter().for_each(|r| start[r.0 as usize + 1] += 1);
            (0..=largest).for_each(|k| start[k + 1] += start[k]);
            let mut next = start.clone();
            for row in &rows {
                let place = &mut next[row.0 as usize];
                sorted[*place] = key(row);
                *place += 1;
            }
            for of_x in start.windows(2).filter(|of_x| of_x[1] > of_x[0] + 1) {
                parallel::sort_by(&mut sorted[of_x[0]..of_x[1]], |a, b| a.1.cmp(&b.1));
            }
        } else {
            sorted.iter_mut().zip(&rows).for_each(|(place, row)| *place = key(row));
            parallel::sort_by(&mut sorted, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        }
        let mut spend = Self { rows: Vec::with_capacity(rows.len()), ln_z: 0.0, excluded, unit: 1.0 };
        for (x, key) in sorted {
            spend.push(x, f64::from_bits((key >> 64) as u64), f64::from_bits(key as u64));
        }
        spend
    }

    fn push(&mut self, x: f64, z: f64, weight: f64) {
        let total = x * z;
        self.ln_z += weight * z.ln();
        self.rows.push(Amount { x, total, ln_total: total.ln(), weight });
    }

    fn in_own_unit(self) -> Self {
        let mean = self.mean();
        let mut own =
            Self { rows: Vec::with_capacity(self.rows.len()), ln_z: 0.0, excluded: self.excluded, unit: mean };
        self.rows.iter().for_each(|r| own.push(r.x, r.total / r.x / mean, r.weight));
        own
    }

    /// What the unit of the amounts adds to their log-likelihood: that of z is that of z/unit, less ln(unit) for each customer.
    pub(super) fn of_unit(&self) -> f64 {
        -self.customers() * self.unit.ln()
    }

    /// Many customers as a few, whose likelihood has its maximum nearby: neighbouring amounts of one x are one at their mean.
    pub(super) fn coarse(&self) -> Option<Self> {
        if self.rows.len() < MANY {
            return None;
        }
        let mut coarse = Self { rows: Vec::new(), ln_z: 0.0, excluded: 0, unit: self.unit };
        for of_x in self.rows.chunk_by(|a, b| a.x == b.x) {
            let mut rest = of_x;
            while let Some(first) = rest.first() {
                let (cell, others) = rest.split_at(rest.partition_point(|r| r.total <= CELL * first.total));
                let weight: f64 = cell.iter().map(|r| r.weight).sum();
                let total: f64 = cell.iter().map(|r| r.weight * r.total).sum();
                coarse.push(first.x, total / weight / first.x, weight);
                rest = others;
            }
        }
        Some(coarse)
    }

    /// Rows of distinct customers and amounts.
    pub(super) fn distinct(&self) -> usize {
        self.rows.len()
    }

    pub(in crate::clv) fn customers(&self) -> f64 {
        self.rows.iter().map(|r| r.weight).sum()
    }

    pub(in crate::clv) fn mean(&self) -> f64 {
        self.unit * (self.rows.iter().map(|r| r.weight * r.total / r.x).sum::<f64>() / self.customers())
    }

    /// Value of the amounts in their own unit, gradient and Hessian in (ln p, ln q, ln v).
    pub(in crate::clv) fn log_likelihood(&self, p: f64, q: f64, v: f64) -> Evaluation {
        let v = v / self.unit;
        let chunks = parallel::map_chunks(self.rows.len(), CHUNK, |rows| chunk_sums(&self.rows[rows], p, q, v));
        let mut s = [0.0; 10];
        s[0] = -self.ln_z;
        for chunk in chunks {
            s.iter_mut().zip(chunk).for_each(|(s, c)| *s += c);
        }
        let theta = [p, q, v];
        let g = [s[1], s[2], s[3]];
        let h = [[s[4], s[5], s[6]], [s[5], s[7], s[8]], [s[6], s[8], s[9]]];
        let log = |i: usize, j: usize| theta[i] * theta[j] * h[i][j] + if i == j { theta[i] * g[i] } else { 0.0 };
        Evaluation {
            value: s[0],
            gradient: arr1(&[p * g[0], q * g[1], v * g[2]]),
            hessian: arr2(&[
                [log(0, 0), log(0, 1), log(0, 2)],
                [log(1, 0), log(1, 1), log(1, 2)],
                [log(2, 0), log(2, 1), log(2, 2)],
            ]),
        }
    }
}

pub(super) fn ln_likelihood(x: f64, z: f64, p: f64, q: f64, v: f64) -> f64 {
    let (px, total) = (p * x, x * z);
    // v^q (xz)^px / (v + xz)^(px+q) with the powers of large numbers cancelled.
    ln_rising(px, q) - ln_gamma(q) - q * (total / v).ln_1p() - px * (v / total).ln_1p() - z.ln()
}

/// Value without the part of ln z; derivatives in p, q, v; second derivatives pp, pq, pv, qq, qv, vv.
fn chunk_sums(rows: &[Amount], p: f64, q: f64, v: f64) -> [f64; 10] {
    let mut sums = [0.0; 10];
    let (ln_gamma_q, ln_v) = (ln_gamma(q), v.ln());
    // Rows are sorted by x, and the gamma functions depend on x alone.
    for of_x in rows.chunk_by(|a, b| a.x == b.x) {
        // Sums of weights, of ln((v + xz)/v), of ln((v + xz)/xz), of 1/(v + xz) and of its square.
        let (mut n, mut above_v, mut above_total, mut inverse, mut square) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for r in of_x {
            // Of the two logarithms the smaller one is computed, and the other follows from it without loss.
            let (low, high) = if r.total < v { (r.total, v) } else { (v, r.total) };
            let less = ln_1p(low / high);
            let more = less + (r.ln_total - ln_v).abs();
            let (of_v, of_total) = if r.total < v { (less, more) } else { (more, less) };
            let end = 1.0 / (v + r.total);
            n += r.weight;
            above_v += r.weight * of_v;
            above_total += r.weight * of_total;
            inverse += r.weight * end;
            square += r.weight * end * end;
        }
        let x = of_x[0].x;
        let (px, shape) = (p * x, p * x + q);
        let terms = [
            n * (ln_rising(px, q) - ln_gamma_q) - q * above_v - px * above_total,
            x * (n * digamma_rising(px, q) - above_total),
            n * digamma_rising(q, px) - above_v,
            n * q / v - shape * inverse,
            n * x * x * trigamma_rising(px, q),
            n * x * trigamma(shape),
            -x * inverse,
            n * trigamma_rising(q, px),
            n / v - inverse,
            shape * square - n * q / (v * v),
        ];
        sums.iter_mut().zip(terms).for_each(|(s, t)| *s += t);
    }
    sums
}
