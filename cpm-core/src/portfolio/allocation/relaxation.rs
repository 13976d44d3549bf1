//! One concave problem: the activities within given bounds, S-shaped responses replaced by their concave envelope and
//! undecided fixed costs spread over the spend. Its maximum is an upper bound of what the bounds allow, and exact where
//! nothing was replaced.

use ndarray::Array2;

use super::problem::{Activity, Allocation, Objective};
use super::response::{Response, Shape};
use crate::numerics::interior_point::{Optimum, Program, Quadratic, Row, dot};

/// What is decided about each activity.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub(super) low: f64,
    pub(super) high: f64,
    /// Whether the fixed cost is paid; None while undecided.
    pub(super) on: Option<bool>,
}

/// The solution of a relaxation.
#[derive(Debug, Clone)]
pub(super) struct Relaxed {
    pub(super) spend: Vec<f64>,
    /// Objective of the envelopes at `spend`, per activity.
    pub(super) envelopes: Vec<f64>,
    /// No choice within the bounds has a higher objective.
    pub(super) bound: f64,
    /// Shadow prices: budget, limits, risk.
    pub(super) prices: Vec<f64>,
}

/// A constraint that leaves nothing, given those before it.
#[derive(Debug, Clone)]
pub(super) struct Conflict {
    /// 0 is the budget, then the limits, then the risk.
    pub(super) constraint: usize,
    /// The least use that those before it allow.
    pub(super) needed: f64,
}

/// A stretch of an activity's spend on which its response is one smooth concave function.
struct Piece<'a> {
    activity: usize,
    start: f64,
    width: f64,
    /// Objective per unit of spend that is not part of the response.
    cost: f64,
    curve: Curve<'a>,
}

enum Curve<'a> {
    Line { slope: f64 },
    Smooth { response: &'a Response, value: f64 },
}

impl Piece<'_> {
    /// Objective gained on the part u of the stretch, with slope and curvature in u.
    fn terms(&self, u: f64) -> [f64; 3] {
        let w = self.width;
        match &self.curve {
            Curve::Line { slope } => [(slope - self.cost) * w * u, (slope - self.cost) * w, 0.0],
            Curve::Smooth { response, value } => {
                let start = response.value(self.start);
                let [f, slope, curvature] = response.terms(self.start + w * u);
                [value * (f - start) - self.cost * w * u, (value * slope - self.cost) * w, value * curvature * w * w]
            }
        }
    }
}

/// A constraint may be exceeded by this part of its scale where the others leave no room inside of it.
const ROOM: f64 = 1e-9;

impl Allocation {
    /// Maximum of the relaxation.
    pub(super) fn relax(&self, choices: &[Choice]) -> Result<Relaxed, Conflict> {
        let pieces = self.pieces(choices);
        let n = pieces.len();
        let base: Vec<f64> = choices.iter().map(|c| c.low).collect();
        let scale = pieces.iter().map(|p| p.terms(1.0)[0].abs()).fold(f64::MIN_POSITIVE, f64::max);
        let term = |i: usize, u: f64| pieces[i].terms(u).map(|t| t / scale);
        let mut program = Program { size: n, term: &term, rows: Vec::new(), quadratic: None };

        // Constraint k is row `place[k]`, in units of `unit[k]`; None if it cannot bind.
        let mut place: Vec<Option<(usize, f64)>> = Vec::new();
        let mut start = vec![0.5; n];
        for k in 0..=self.limits.len() {
            let (uses, limit) = self.uses(k, choices);
            let a: Vec<f64> = pieces.iter().map(|p| uses[p.activity] * p.width).collect();
            let room = limit - dot(&uses, &base);
            let most: f64 = a.iter().filter(|a| **a > 0.0).sum();
            if most < room || (most == 0.0 && room >= 0.0) {
                place.push(None);
                continue;
            }
            let unit = a.iter().fold(room.abs(), |m, a| m.max(a.abs())).max(f64::MIN_POSITIVE);
            let row = Row { a: a.iter().map(|a| a / unit).collect(), b: room / unit };
            if n == 0 {
                if row.b < -ROOM {
                    return Err(Conflict { constraint: k, needed: dot(&uses, &base) });
                }
                place.push(None);
                continue;
            }
            start = make_room(&mut program, row, start).map_err(|excess| Conflict {
                constraint: k,
                needed: limit + excess * unit + self.fixed_costs(k, choices),
            })?;
            place.push(Some((program.rows.len() - 1, unit)));
        }
        let mut risk = None;
        if let Some(limit) = &self.risk {
            let quadratic = self.risk_in_pieces(&pieces, &base);
            start = keep_risk(&mut program, quadratic, start).map_err(|excess| Conflict {
                constraint: self.limits.len() + 1,
                needed: limit.standard_deviation * (1.0 + excess).max(0.0).sqrt(),
            })?;
            risk = Some(limit.standard_deviation.powi(2));
        }

        let optimum = if n == 0 {
            Optimum { point: Vec::new(), rows: vec![0.0; program.rows.len()], quadratic: 0.0, gap: 0.0 }
        } else {
            program.maximise(start, 1.0)
        };
        let mut spend = base.clone();
        let mut envelopes: Vec<f64> = (0..choices.len()).map(|a| self.at_base(a, &choices[a])).collect();
        for (piece, u) in pieces.iter().zip(&optimum.point) {
            spend[piece.activity] += piece.width * u;
            envelopes[piece.activity] += piece.terms(*u)[0];
        }
        let mut prices: Vec<f64> =
            place.iter().map(|place| place.map_or(0.0, |(row, unit)| optimum.rows[row] * scale / unit)).collect();
        // The price of risk is per unit of standard deviation: twice the deviation times that of the variance.
        prices.extend(risk.map(|variance| optimum.quadratic * scale / variance * 2.0 * variance.sqrt()));
        let bound = envelopes.iter().sum::<f64>() + optimum.gap.max(0.0) * scale;
        Ok(Relaxed { spend, envelopes, bound, prices })
    }

    /// Use of constraint k by a unit of spend on each activity, and what is left of the limit after fixed costs.
    pub(super) fn uses(&self, k: usize, choices: &[Choice]) -> (Vec<f64>, f64) {
        if k > 0 {
            let limit = &self.limits[k - 1];
            return (limit.use_per_unit.clone(), limit.limit);
        }
        let uses = self.activities.iter().zip(choices).map(|(a, c)| 1.0 + spread(a, c)).collect();
        (uses, self.budget - self.fixed_costs(0, choices))
    }

    fn fixed_costs(&self, k: usize, choices: &[Choice]) -> f64 {
        if k > 0 {
            return 0.0;
        }
        self.activities.iter().zip(choices).filter(|(_, c)| c.on == Some(true)).map(|(a, _)| a.fixed_cost).sum()
    }

    /// Objective of an activity at its lower bound.
    fn at_base(&self, activity: usize, choice: &Choice) -> f64 {
        let a = &self.activities[activity];
        let paid = if choice.on == Some(true) { a.fixed_cost } else { 0.0 };
        let cost = if self.objective == Objective::Profit { choice.low + paid } else { 0.0 };
        a.value * a.response.value(choice.low) - cost
    }

    fn pieces(&self, choices: &[Choice]) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        for (activity, (a, choice)) in self.activities.iter().zip(choices).enumerate() {
            let (low, high) = (choice.low, choice.high);
            if choice.on == Some(false) || high - low <= 1e-12 * high {
                continue;
            }
            let cost = if self.objective == Objective::Profit { 1.0 + spread(a, choice) } else { 0.0 };
            let mut push = |from: f64, to: f64, curve| {
                if to > from {
                    pieces.push(Piece { activity, start: from, width: to - from, cost, curve });
                }
            };
            let smooth = || Curve::Smooth { response: &a.response, value: a.value };
            match &a.response.0 {
                Shape::PiecewiseLinear { spend, .. } => {
                    let inner = spend.iter().copied().filter(|s| *s > low && *s < high);
                    let ends: Vec<f64> = std::iter::once(low).chain(inner).chain([high]).collect();
                    for pair in ends.windows(2) {
                        let slope = a.value * a.response.marginal(pair[0]);
                        push(pair[0], pair[1], Curve::Line { slope });
                    }
                }
                _ if low < a.response.inflection() => {
                    let tangent = tangent(&a.response, low, high);
                    let slope = a.value * (a.response.value(tangent) - a.response.value(low)) / (tangent - low);
                    push(low, tangent, Curve::Line { slope });
                    push(tangent, high, smooth());
                }
                _ => push(low, high, smooth()),
            }
        }
        pieces
    }

    /// x'Sx <= sd² over sd², less 1, in the parts of the pieces.
    fn risk_in_pieces(&self, pieces: &[Piece<'_>], base: &[f64]) -> Quadratic {
        let n = pieces.len();
        let Some(risk) = &self.risk else {
            return Quadratic { matrix: Array2::zeros((n, n)), linear: vec![0.0; n], constant: -1.0 };
        };
        let variance = risk.standard_deviation.powi(2);
        let of_base: Vec<f64> =
            (0..base.len()).map(|a| (0..base.len()).map(|b| risk.covariance[(a, b)] * base[b]).sum()).collect();
        let entry = |(i, j): (usize, usize)| {
            let (p, q) = (&pieces[i], &pieces[j]);
            risk.covariance[(p.activity, q.activity)] * p.width * q.width / variance
        };
        Quadratic {
            matrix: Array2::from_shape_fn((n, n), entry),
            linear: pieces.iter().map(|p| 2.0 * of_base[p.activity] * p.width / variance).collect(),
            constant: dot(base, &of_base) / variance - 1.0,
        }
    }
}

/// An undecided fixed cost per unit of spend: no dearer than it is at the upper bound.
fn spread(activity: &Activity, choice: &Choice) -> f64 {
    if choice.on.is_none() && choice.high > 0.0 { activity.fixed_cost / choice.high } else { 0.0 }
}

/// Where a line from the response at `low`, below the inflection, touches it; `high` if it does so nowhere before.
fn tangent(response: &Response, low: f64, high: f64) -> f64 {
    let at_low = response.value(low);
    let above = |x: f64| {
        let [f, slope, _] = response.terms(x);
        slope * (x - low) > f - at_low
    };
    if above(high) {
        return high;
    }
    let (mut left, mut right) = (response.inflection().min(high), high);
    for _ in 0..200 {
        let middle = 0.5 * (left + right);
        if middle <= left || middle >= right {
            break;
        }
        if above(middle) { left = middle } else { right = middle }
    }
    right
}

/// Adds a row, and a point inside of it and of all before; the excess over its limit if there is none.
fn make_room(program: &mut Program<'_>, row: Row, start: Vec<f64>) -> Result<Vec<f64>, f64> {
    program.rows.push(row);
    let last = program.rows.len() - 1;
    if let Some(point) = towards_zero(program, &start) {
        return Ok(point);
    }
    let row = program.rows[last].clone();
    let excess = dot(&row.a, &start) - row.b;
    let (point, least) = least_excess(program, Some(last), &start, excess);
    if least > ROOM {
        return Err(least);
    }
    program.rows[last].b += least.max(0.0) + if least > -ROOM { 2.0 * ROOM } else { 0.0 };
    Ok(inside(program, &start, point))
}

fn keep_risk(program: &mut Program<'_>, quadratic: Quadratic, start: Vec<f64>) -> Result<Vec<f64>, f64> {
    program.quadratic = Some(quadratic);
    if let Some(point) = towards_zero(program, &start) {
        return Ok(point);
    }
    let excess = program.quadratic.as_ref().map_or(0.0, |q| q.value(&start));
    let (point, least) = least_excess(program, None, &start, excess);
    if least > ROOM {
        return Err(least);
    }
    if let Some(q) = &mut program.quadratic {
        q.constant -= least.max(0.0) + if least > -ROOM { 2.0 * ROOM } else { 0.0 };
    }
    Ok(inside(program, &start, point))
}

/// Least excess of one constraint (a row, or the quadratic one) that the others allow, and where it is.
fn least_excess(program: &Program<'_>, row: Option<usize>, start: &[f64], excess: f64) -> (Vec<f64>, f64) {
    let n = program.size;
    // One more variable carries the excess, from -1 to 1 above that of the start.
    let range = excess + 2.0;
    let term = |i: usize, v: f64| if i == n { [-v, -1.0, 0.0] } else { [0.0; 3] };
    let widen = |a: &[f64], own: bool| {
        let mut a = a.to_vec();
        a.push(if own { -range } else { 0.0 });
        a
    };
    let rows = program
        .rows
        .iter()
        .enumerate()
        .map(|(k, r)| Row { a: widen(&r.a, row == Some(k)), b: if row == Some(k) { r.b - 1.0 } else { r.b } })
        .collect();
    let quadratic = program.quadratic.as_ref().map(|q| {
        let matrix =
            Array2::from_shape_fn((n + 1, n + 1), |(i, j)| if i < n && j < n { q.matrix[(i, j)] } else { 0.0 });
        let own = row.is_none();
        Quadratic { matrix, linear: widen(&q.linear, own), constant: q.constant + if own { 1.0 } else { 0.0 } }
    });
    let wider = Program { size: n + 1, term: &term, rows, quadratic };
    let mut point = start.to_vec();
    point.push((excess + 1.5) / range);
    let mut found = wider.maximise(point, 1.0).point;
    let least = found.pop().unwrap_or(0.0) * range - 1.0;
    (found, least)
}

/// The point between `start` and the lower bounds with most room: if there is any, it is there, unless uses are negative.
fn towards_zero(program: &Program<'_>, start: &[f64]) -> Option<Vec<f64>> {
    let parts = [1.0, 0.7, 0.5, 0.3, 0.1, 0.03, 1e-2, 1e-3, 1e-4, 1e-6, 1e-8];
    most_room(program, parts.iter().map(|part| start.iter().map(|u| part * u).collect()))
}

/// The point with most room among those that are inside.
fn most_room(program: &Program<'_>, points: impl Iterator<Item = Vec<f64>>) -> Option<Vec<f64>> {
    let inside = points.map(|point| (program.room(&point), point)).filter(|(room, _)| *room > 0.0);
    inside.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, point)| point)
}

/// A point of the line between two that is inside, with as much room as can be had cheaply.
fn inside(program: &Program<'_>, start: &[f64], point: Vec<f64>) -> Vec<f64> {
    let mix = |part: &f64| start.iter().zip(&point).map(|(s, p)| part * s + (1.0 - part) * p).collect();
    most_room(program, [0.5, 0.2, 0.05, 0.01, 1e-3, 1e-5, 0.0].iter().map(mix)).unwrap_or_else(|| point.clone())
}
