//! Strictly convex quadratic programmes of the size of a portfolio: the dual active-set method of Goldfarb & Idnani (1983,
//! Mathematical Programming 27), exact after finitely many steps.
//!
//! It starts from the unconstrained minimum and adds violated constraints one by one, dropping those whose multiplier
//! would become negative. With a few dozen variables the small systems are solved anew in each step.

use ndarray::{Array1, Array2};

use super::lu::Lu;

/// normal'x ≥ bound, or = bound.
#[derive(Debug, Clone)]
pub(crate) struct Constraint {
    pub(crate) normal: Array1<f64>,
    pub(crate) bound: f64,
    pub(crate) equality: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Minimum {
    pub(crate) x: Array1<f64>,
    /// One per constraint: the change of the minimum per unit of the bound; at least 0 for inequalities.
    pub(crate) multipliers: Vec<f64>,
    /// The largest element of gradient − Σ multiplier·normal.
    pub(crate) residual: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Failure {
    /// The matrix is not positive definite.
    NotDefinite,
    /// No point satisfies this constraint together with those before; by how much it is missed.
    Infeasible { constraint: usize, by: f64 },
    /// Rounding kept the method from ending.
    NoEnd,
}

/// A violation that rounding makes, relative to the constraint.
const TOLERANCE: f64 = 1e-11;

/// Minimum of ½x'Gx + a'x under constraints.
pub(crate) fn minimise(g: &Array2<f64>, a: &Array1<f64>, constraints: &[Constraint]) -> Result<Minimum, Failure> {
    let inverse = Lu::new(g).ok_or(Failure::NotDefinite)?.inverse();
    if (0..g.nrows()).any(|i| inverse[(i, i)] <= 0.0) {
        return Err(Failure::NotDefinite);
    }
    let mut x = -inverse.dot(a);
    // Active constraints: which, the sign of their normal, the multiplier.
    let mut active: Vec<(usize, f64, f64)> = Vec::new();
    let mut met = vec![false; constraints.len()];
    let scale = |c: &Constraint| c.normal.iter().fold(c.bound.abs(), |s: f64, v| s.max(v.abs())).max(f64::MIN_POSITIVE);
    let slack = |c: &Constraint, x: &Array1<f64>| c.normal.dot(x) - c.bound;
    for _ in 0..100 * (constraints.len() + 1) {
        // Equalities first, then what is violated most.
        let violated = |(k, c): (usize, &Constraint)| {
            let s = slack(c, &x) / scale(c);
            let missed = if c.equality { s.abs() } else { -s };
            (missed > TOLERANCE && !met[k] && !active.iter().any(|(j, ..)| *j == k)).then_some((c.equality, missed, k))
        };
        let worst = constraints.iter().enumerate().filter_map(violated);
        let Some((.., p)) = worst.max_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))) else {
            return Ok(finish(g, a, constraints, x, &active));
        };
        let sign = if constraints[p].equality && slack(&constraints[p], &x) > 0.0 { -1.0 } else { 1.0 };
        let normal = &constraints[p].normal * sign;
        let mut multiplier = 0.0;
        loop {
            let (z, r) = directions(&inverse, &normal, constraints, &active)?;
            let missing = -sign * slack(&constraints[p], &x);
            let curvature = z.dot(&normal);
            let reference = normal.dot(&inverse.dot(&normal));
            let full = if curvature > 1e-13 * reference { missing / curvature } else { f64::INFINITY };
            let blocking = active
                .iter()
                .zip(&r)
                .enumerate()
                .filter(|(_, ((k, ..), r))| !constraints[*k].equality && **r > 1e-14)
                .map(|(j, ((.., u), r))| (j, u / r))
                .min_by(|a, b| a.1.total_cmp(&b.1));
            let partial = blocking.map_or(f64::INFINITY, |(_, t)| t);
            let step = full.min(partial);
            if step.is_infinite() {
                // The constraint is a combination of the active ones, whose own rounding it inherits: so much is not a violation.
                let inherited =
                    active.iter().zip(&r).map(|((k, ..), r)| r.abs() * scale(&constraints[*k])).sum::<f64>();
                if missing <= TOLERANCE * (scale(&constraints[p]) + inherited) {
                    met[p] = true;
                    break;
                }
                return Err(Failure::Infeasible { constraint: p, by: missing });
            }
            if full.is_finite() {
                x.scaled_add(step, &z);
            }
            active.iter_mut().zip(&r).for_each(|((.., u), r)| *u -= step * r);
            multiplier += step;
            if full <= partial {
                active.push((p, sign, multiplier));
                break;
            }
            if let Some((j, _)) = blocking {
                active.remove(j);
            }
        }
    }
    Err(Failure::NoEnd)
}

/// The step in x that leaves the active constraints as they are, and the change of their multipliers.
fn directions(
    inverse: &Array2<f64>,
    normal: &Array1<f64>,
    constraints: &[Constraint],
    active: &[(usize, f64, f64)],
) -> Result<(Array1<f64>, Vec<f64>), Failure> {
    let mut z = inverse.dot(normal);
    if active.is_empty() {
        return Ok((z, Vec::new()));
    }
    let normals: Vec<Array1<f64>> = active.iter().map(|(k, sign, _)| &constraints[*k].normal * *sign).collect();
    let mapped: Vec<Array1<f64>> = normals.iter().map(|n| inverse.dot(n)).collect();
    let q = active.len();
    let system = Array2::from_shape_fn((q, q), |(i, j)| normals[i].dot(&mapped[j]));
    let right: Vec<f64> = normals.iter().map(|n| n.dot(&z)).collect();
    let r = Lu::new(&system).ok_or(Failure::NoEnd)?.solve(&right);
    mapped.iter().zip(&r).for_each(|(m, r)| z.scaled_add(-r, m));
    Ok((z, r))
}

fn finish(
    g: &Array2<f64>,
    a: &Array1<f64>,
    constraints: &[Constraint],
    x: Array1<f64>,
    active: &[(usize, f64, f64)],
) -> Minimum {
    let mut multipliers = vec![0.0; constraints.len()];
    let mut gradient = g.dot(&x) + a;
    for &(k, sign, u) in active {
        multipliers[k] = sign * u;
        gradient.scaled_add(-sign * u, &constraints[k].normal);
    }
    let residual = gradient.iter().fold(0.0, |largest: f64, v| largest.max(v.abs()));
    Minimum { x, multipliers, residual }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn at_least(normal: Array1<f64>, bound: f64) -> Constraint {
        Constraint { normal, bound, equality: false }
    }

    #[test]
    fn the_example_of_the_paper() {
        // Goldfarb & Idnani 1983, example: minimum at (0.5, 1.5), where 4x − 2y + 6 = 4y − 2x.
        let g = array![[4.0, -2.0], [-2.0, 4.0]];
        let constraints =
            [at_least(array![1.0, 0.0], 0.0), at_least(array![0.0, 1.0], 0.0), at_least(array![1.0, 1.0], 2.0)];
        let found = minimise(&g, &array![6.0, 0.0], &constraints).unwrap();
        assert!((found.x[0] - 0.5).abs() < 1e-14 && (found.x[1] - 1.5).abs() < 1e-14);
        assert!((found.multipliers[2] - 5.0).abs() < 1e-13 && found.residual < 1e-13);
    }

    #[test]
    fn what_cannot_be_is_said() {
        let g = Array2::eye(2);
        let sum = Constraint { normal: array![1.0, 1.0], bound: 1.0, equality: true };
        let both = [sum.clone(), at_least(array![1.0, 0.0], 0.8), at_least(array![0.0, 1.0], 0.7)];
        let Err(Failure::Infeasible { by, .. }) = minimise(&g, &Array1::zeros(2), &both) else { panic!("feasible") };
        assert!((by - 0.5).abs() < 1e-14);
        let twice = Constraint { normal: array![2.0, 2.0], bound: 2.0, equality: true };
        assert!(minimise(&g, &Array1::zeros(2), &[sum, twice]).is_ok());
        assert_eq!(minimise(&Array2::zeros((2, 2)), &Array1::zeros(2), &[]).unwrap_err(), Failure::NotDefinite);
    }
}
