//! The mix of segments with the least risk for each return.

use ndarray::{Array1, Array2};
use serde::Serialize;

use crate::error::{Error, Result, same_length};
use crate::numerics::quadratic::{Constraint, Failure, minimise};
use crate::table::{Column, Table};

/// How much of the budget each segment may get.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentBounds {
    /// At least.
    pub lower: Vec<f64>,
    /// At most.
    pub upper: Vec<f64>,
}

impl SegmentBounds {
    /// From nothing to all, for each of `segments`.
    #[must_use]
    pub fn open(segments: usize) -> Self {
        Self { lower: vec![0.0; segments], upper: vec![1.0; segments] }
    }
}

/// One mix of segments.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrontierPoint {
    /// Expected return.
    pub expected_return: f64,
    /// Standard deviation of the return.
    pub risk: f64,
    /// Share of the budget of each segment.
    pub weights: Vec<f64>,
    /// Risk that one more unit of return costs; 0 at the least risk of all.
    pub marginal_risk: f64,
    /// Certificate: the largest element of the gradient of the Lagrangian, in units of the largest variance.
    pub residual: f64,
}

/// The efficient frontier; see [`efficient_frontier`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Frontier {
    /// Names of the segments.
    pub segments: Vec<String>,
    /// From the least risk to the highest return.
    pub points: Vec<FrontierPoint>,
}

/// Mixes of segments with the least risk for each of `points` returns, from the least risk of all to the highest return
/// (Markowitz 1952; for segments of customers Tarasi et al. 2011).
///
/// min w'Σw under w'μ = target, Σw = 1 and the bounds, by an exact active-set method with its certificate. Σ is
/// best a [shrunk](super::SegmentReturns::ledoit_wolf) one, since periods are few.
///
/// ```
/// use cpm_core::portfolio::{SegmentBounds, efficient_frontier};
/// use ndarray::array;
/// let names = ["new", "loyal", "partner"].map(String::from).to_vec();
/// let covariance = array![[0.09, 0.01, 0.0], [0.01, 0.04, 0.01], [0.0, 0.01, 0.01]];
/// let bounds = SegmentBounds { lower: vec![0.1, 0.0, 0.0], upper: vec![1.0, 0.6, 0.5] };
/// let frontier = efficient_frontier(names, &[0.3, 0.2, 0.1], &covariance, &bounds, 20)?;
/// let (first, last) = (&frontier.points[0], &frontier.points[19]);
/// assert!(first.risk < last.risk && first.expected_return < last.expected_return);
/// assert!((last.weights[0] - 1.0).abs() < 1e-12);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::InvalidArgument`] for bounds that no budget satisfies, saying which and by how much, fewer
/// than 2 points, or a covariance that is not symmetric; [`Error::NotIdentified`] for one that is singular.
pub fn efficient_frontier(
    segments: Vec<String>,
    mean: &[f64],
    covariance: &Array2<f64>,
    bounds: &SegmentBounds,
    points: usize,
) -> Result<Frontier> {
    same_length("segments", segments.len(), "mean", mean.len())?;
    if points < 2 {
        return Err(Error::argument("points", points, "a frontier has at least its two ends"));
    }
    let problem = Problem::new(mean, covariance, bounds)?;
    let safest = problem.solve(None)?;
    let (highest, _) = problem.extreme(true);
    let low = safest.expected_return.min(highest);
    let mut all = vec![safest];
    for k in 1..points {
        let part = k as f64 / (points - 1) as f64;
        let mut point = problem.solve(Some(low + part * (highest - low)))?;
        // Along the efficient part more return costs risk; what is below 0 is rounding.
        point.marginal_risk = point.marginal_risk.max(0.0);
        all.push(point);
    }
    Ok(Frontier { segments, points: all })
}

/// The mix of segments with the least risk, for a given return or, with `None`, of all.
///
/// # Errors
/// As [`efficient_frontier`]; [`Error::InvalidArgument`] for a return that the bounds do not allow, saying which ones they do.
pub fn portfolio_at(
    mean: &[f64],
    covariance: &Array2<f64>,
    bounds: &SegmentBounds,
    target: Option<f64>,
) -> Result<FrontierPoint> {
    Problem::new(mean, covariance, bounds)?.solve(target)
}

struct Problem<'a> {
    mean: &'a [f64],
    covariance: &'a Array2<f64>,
    bounds: &'a SegmentBounds,
    scale: f64,
}

impl<'a> Problem<'a> {
    fn new(mean: &'a [f64], covariance: &'a Array2<f64>, bounds: &'a SegmentBounds) -> Result<Self> {
        let n = mean.len();
        if n == 0 {
            return Err(Error::Empty {
                what: "the list of segments".to_owned(),
                remedy: "Give at least one".to_owned(),
            });
        }
        for (column, values) in [("lower", &bounds.lower), ("upper", &bounds.upper)] {
            same_length(column, values.len(), "mean", n)?;
        }
        for (column, values) in [("mean", mean), ("lower", &bounds.lower), ("upper", &bounds.upper)] {
            if let Some(row) = values.iter().position(|v| !v.is_finite()) {
                return Err(Error::InvalidValue {
                    column,
                    row,
                    value: values[row].to_string(),
                    expected: "it must be a finite number",
                    remedy: "Give a bound of 0 and 1 where there is none",
                });
            }
        }
        if covariance.dim() != (n, n) {
            let found = format!("{} x {}", covariance.nrows(), covariance.ncols());
            return Err(Error::argument("covariance", found, format!("with {n} segments it has {n} rows and columns")));
        }
        let scale = covariance.diag().iter().fold(0.0, |largest: f64, v| largest.max(*v));
        for ((i, j), value) in covariance.indexed_iter() {
            if !value.is_finite() || (value - covariance[(j, i)]).abs() > 1e-9 * scale {
                let expected = format!("a covariance is finite and symmetric; see row {i}, column {j}");
                return Err(Error::argument("covariance", value, expected));
            }
        }
        if let Some(row) = (0..n).find(|&i| bounds.lower[i] > bounds.upper[i]) {
            return Err(Error::InvalidValue {
                column: "lower",
                row,
                value: bounds.lower[row].to_string(),
                expected: "a lower bound must not be above the upper one",
                remedy: "Lower it, or raise the upper bound",
            });
        }
        let (lower, upper): (f64, f64) = (bounds.lower.iter().sum(), bounds.upper.iter().sum());
        if lower > 1.0 + 1e-12 {
            let expected = format!("the whole budget is 1; lower them by {} in all", tidy(lower - 1.0));
            return Err(Error::argument("sum of lower bounds", lower, expected));
        }
        if upper < 1.0 - 1e-12 {
            let expected = format!("the whole budget is 1, of which {} has no place; raise them", tidy(1.0 - upper));
            return Err(Error::argument("sum of upper bounds", upper, expected));
        }
        Ok(Self { mean, covariance, bounds, scale })
    }

    /// The highest or the lowest return, and the bounds that all mixes with it keep: segments in order of return get as much as
    /// they may; only those tied with the last one served are free.
    fn extreme(&self, highest: bool) -> (f64, SegmentBounds) {
        let mut order: Vec<usize> = (0..self.mean.len()).collect();
        order.sort_by(|&i, &j| self.mean[i].total_cmp(&self.mean[j]));
        if highest {
            order.reverse();
        }
        let mut left = 1.0 - self.bounds.lower.iter().sum::<f64>();
        let mut weights = self.bounds.lower.clone();
        let mut last = order[0];
        for i in order {
            if left <= 0.0 {
                break;
            }
            let more = left.min(self.bounds.upper[i] - self.bounds.lower[i]);
            weights[i] += more;
            left -= more;
            last = i;
        }
        let total = self.mean.iter().zip(&weights).map(|(m, w)| m * w).sum();
        let free = |i: usize| self.mean[i].total_cmp(&self.mean[last]).is_eq();
        let of = |bound: &[f64]| (0..weights.len()).map(|i| if free(i) { bound[i] } else { weights[i] }).collect();
        (total, SegmentBounds { lower: of(&self.bounds.lower), upper: of(&self.bounds.upper) })
    }

    /// Change of w'Σw/2 per unit of return at an end of the frontier, on the side that exists: of all exchanges between two
    /// segments that the bounds allow, the best.
    fn slope_at_end(&self, w: &Array1<f64>, highest: bool) -> f64 {
        let gradient = self.covariance.dot(w);
        let can_lose = |i: usize| w[i] > self.bounds.lower[i] + 1e-12;
        let can_gain = |i: usize| w[i] < self.bounds.upper[i] - 1e-12;
        let n = w.len();
        let slopes = (0..n).flat_map(|from| (0..n).map(move |to| (from, to))).filter_map(|(from, to)| {
            let gained = self.mean[to] - self.mean[from];
            let inwards = if highest { gained < 0.0 } else { gained > 0.0 };
            (inwards && can_lose(from) && can_gain(to)).then(|| (gradient[to] - gradient[from]) / gained)
        });
        if highest { slopes.reduce(f64::max) } else { slopes.reduce(f64::min) }.unwrap_or(0.0)
    }

    fn solve(&self, target: Option<f64>) -> Result<FrontierPoint> {
        let n = self.mean.len();
        let middle = self.mean.iter().sum::<f64>() / n as f64;
        let spread = self.mean.iter().fold(0.0, |largest: f64, m| largest.max((m - middle).abs()));
        let mut constraints = vec![Constraint { normal: Array1::ones(n), bound: 1.0, equality: true }];
        // An end of the frontier is a corner: there the target is met by the bounds that lead to it, not by an equation that
        // nearly equal returns make nearly parallel to them.
        let mut end = None;
        let mut bounds = self.bounds.clone();
        if let Some(target) = target {
            let ((low, lowest), (high, highest)) = (self.extreme(false), self.extreme(true));
            let slack = 1e-9 * (high.abs() + low.abs());
            if !(low - slack..=high + slack).contains(&target) {
                let missing = if target > high { target - high } else { low - target };
                let (low, high, missing) = (tidy(low), tidy(high), tidy(missing));
                let expected =
                    format!("with these bounds returns from {low} to {high} are possible; it misses them by {missing}");
                return Err(Error::argument("target", target, expected));
            }
            let near = 1e-10 * (high - low);
            if high - low <= 1e-12 * (high.abs() + low.abs()) {
                // With one return for all segments the target says nothing.
            } else if target >= high - near {
                (end, bounds) = (Some(true), highest);
            } else if target <= low + near {
                (end, bounds) = (Some(false), lowest);
            } else {
                // Less their middle, which changes nothing as weights sum to 1: else nearly equal returns are parallel to the budget.
                let normal: Array1<f64> = self.mean.iter().map(|m| (m - middle) / spread).collect();
                constraints.push(Constraint { normal, bound: (target - middle) / spread, equality: true });
            }
        }
        let with_target = constraints.len() == 2;
        for i in 0..n {
            let (lower, upper) = (bounds.lower[i], bounds.upper[i]);
            let mut normal = Array1::zeros(n);
            normal[i] = 1.0;
            if lower == upper {
                constraints.push(Constraint { normal, bound: lower, equality: true });
            } else {
                constraints.push(Constraint { normal: -&normal, bound: -upper, equality: false });
                constraints.push(Constraint { normal, bound: lower, equality: false });
            }
        }
        let singular = || Error::NotIdentified {
            model: "the efficient frontier",
            reason: "the covariance matrix is singular: some mix of segments has no risk at all".to_owned(),
            remedy: "Shrink it (ledoit_wolf), give more periods than segments, or join segments".to_owned(),
        };
        if self.scale <= 0.0 {
            return Err(singular());
        }
        let scaled = self.covariance / self.scale;
        if crate::numerics::symmetric::eigen(&scaled).values[0] <= 1e-13 {
            return Err(singular());
        }
        let minimum = match minimise(&scaled, &Array1::zeros(n), &constraints) {
            Ok(minimum) => minimum,
            Err(Failure::NotDefinite) => return Err(singular()),
            Err(failure) => {
                return Err(Error::NotConverged {
                    model: "the efficient frontier",
                    iterations: 100 * (constraints.len() + 1),
                    gradient_norm: if let Failure::Infeasible { by, .. } = failure { by } else { f64::MAX },
                    remedy: "Widen bounds that leave a single point, or join segments that are nearly the same"
                        .to_owned(),
                });
            }
        };
        // Bounds are met to rounding; then they are met.
        let held = |i: usize| minimum.x[i].clamp(bounds.lower[i], bounds.upper[i]);
        let weights: Vec<f64> = (0..n).map(held).map(|w| if w.abs() < 1e-15 { 0.0 } else { w }).collect();
        let w = Array1::from(weights.clone());
        let risk = w.dot(&self.covariance.dot(&w)).max(0.0).sqrt();
        let multiplier = match end {
            Some(highest) => self.slope_at_end(&w, highest),
            None if with_target => minimum.multipliers[1] / spread * self.scale,
            None => 0.0,
        };
        Ok(FrontierPoint {
            expected_return: weights.iter().zip(self.mean).map(|(w, m)| w * m).sum(),
            risk,
            marginal_risk: if risk > 0.0 { multiplier / risk } else { 0.0 },
            residual: minimum.residual,
            weights,
        })
    }
}

/// Without the digits that rounding made, for messages.
fn tidy(value: f64) -> f64 {
    (value * 1e12).round() / 1e12
}

impl Frontier {
    /// One row per point: `expected_return, risk, marginal_risk`, then `weight_` each segment.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] if two segments have one name.
    pub fn to_table(&self) -> Result<Table> {
        let mut table = Table::new();
        let column = |of: &dyn Fn(&FrontierPoint) -> f64| Column::Float(self.points.iter().map(of).collect());
        table.push("expected_return", column(&|p| p.expected_return))?;
        table.push("risk", column(&|p| p.risk))?;
        table.push("marginal_risk", column(&|p| p.marginal_risk))?;
        for (k, name) in self.segments.iter().enumerate() {
            table.push(&format!("weight_{name}"), column(&|p| p.weights[k]))?;
        }
        Ok(table)
    }
}

#[cfg(test)]
#[path = "frontier_tests.rs"]
mod tests;
