//! Coefficients, and what they do to parameters and to derivatives.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::encoding::Design;
use crate::clv::Prior;
use crate::clv::derivatives::Derivatives;
use crate::error::{self, Error, Result};
use crate::estimate::half_width;
use crate::numerics::distribution::chi_squared_tail;
use crate::numerics::newton::Evaluation;
use crate::numerics::parallel;
use crate::table::{Column, Table};

/// Profiles per parallel task, at the least, and tasks, at the most: fixed, so that sums do not depend on the number of threads.
const CHUNK: usize = 64;
const TASKS: usize = 128;

/// The effect of a covariate: a customer's parameters are multiplied by e^(± value · covariate).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coefficient {
    /// What is moved, and by which covariate: `purchase:age`, `dropout:channel=web` (against the first category in
    /// alphabetical order), `both:age` for a common coefficient.
    pub name: String,
    /// The coefficient, per unit of the covariate.
    pub value: f64,
    /// Its standard error; `None` if it ran to the edge of the admissible range.
    pub standard_error: Option<f64>,
    /// Column of the design.
    pub(super) column: usize,
    /// By how much it moves the logarithm of each parameter: 1, -1 or 0.
    pub(super) signs: Vec<f64>,
    /// Weight of its penalty, per standard deviation of the covariate: the inverse of the variance of its normal prior.
    pub(super) penalty: f64,
    /// The mean of this prior.
    #[serde(default)]
    pub(super) centre: f64,
}

/// ln θ_i of a profile with design row `z`.
pub(super) fn ln_parameters<const K: usize>(
    ln_base: &[f64; K],
    coefficients: &[Coefficient],
    values: &[f64],
    z: &[f64],
) -> [f64; K] {
    let mut ln = *ln_base;
    for (coefficient, value) in coefficients.iter().zip(values) {
        let effect = value * z[coefficient.column];
        ln.iter_mut().zip(&coefficient.signs).for_each(|(l, sign)| *l += sign * effect);
    }
    ln
}

/// Sum over the profiles of `of_profile(profile, ln θ_i)`, which has its derivatives in ln θ_i; the result has them in ln θ and
/// the coefficients, penalty included.
pub(super) fn evaluate<const K: usize>(
    design: &Design,
    coefficients: &[Coefficient],
    parameters: &[f64],
    of_profile: impl Fn(usize, [f64; K]) -> Derivatives<K> + Sync,
) -> Evaluation {
    let size = parameters.len();
    let ln_base: [f64; K] = std::array::from_fn(|k| parameters[k].ln());
    let values = &parameters[K..];
    let zero = || (0.0, vec![0.0; size], vec![0.0; size * size]);
    let chunk = CHUNK.max(design.profiles().div_ceil(TASKS));
    let chunks = parallel::map_chunks(design.profiles(), chunk, |profiles| {
        let (mut value, mut gradient, mut hessian) = zero();
        // The coordinates that move a profile's ln θ_i, in ascending order, and its derivatives in them.
        let mut slopes: Vec<(usize, [f64; K])> = Vec::with_capacity(size);
        slopes.extend((0..K).map(|k| (k, std::array::from_fn(|l| if l == k { 1.0 } else { 0.0 }))));
        for profile in profiles {
            let z = design.row(profile);
            let ln = ln_parameters(&ln_base, coefficients, values, z);
            let at = of_profile(profile, ln);
            slopes.truncate(K);
            let moving = coefficients.iter().enumerate().map(|(j, c)| (j, c, z[c.column])).filter(|(.., z)| *z != 0.0);
            slopes.extend(moving.map(|(j, c, z)| (K + j, std::array::from_fn(|k| c.signs[k] * z))));
            value += at.value;
            for (n, (i, slope)) in slopes.iter().enumerate() {
                gradient[*i] += dot(slope, &at.gradient);
                let along: [f64; K] =
                    std::array::from_fn(|k| (0..K).map(|l| slope[l] * at.hessian[k.min(l)][k.max(l)]).sum());
                for (j, other) in &slopes[..=n] {
                    hessian[i * size + j] += dot(other, &along);
                }
            }
        }
        (value, gradient, hessian)
    });
    let (mut value, mut gradient, mut hessian) = zero();
    for (v, g, h) in chunks {
        value += v;
        gradient.iter_mut().zip(g).for_each(|(sum, part)| *sum += part);
        hessian.iter_mut().zip(h).for_each(|(sum, part)| *sum += part);
    }
    value += penalty(coefficients, values);
    for (j, (coefficient, value)) in coefficients.iter().zip(values).enumerate() {
        gradient[K + j] -= coefficient.penalty * (value - coefficient.centre);
        hessian[(K + j) * size + K + j] -= coefficient.penalty;
    }
    Evaluation {
        value,
        gradient: gradient.into(),
        hessian: Array2::from_shape_fn((size, size), |(i, j)| hessian[i.max(j) * size + i.min(j)]),
    }
}

/// What the penalty adds to the log-likelihood.
pub(super) fn penalty(coefficients: &[Coefficient], values: &[f64]) -> f64 {
    coefficients.iter().zip(values).map(|(c, value)| -0.5 * c.penalty * (value - c.centre).powi(2)).sum()
}

/// Gives the named coefficients their priors, which are of the covariates as they are: `deviations` has the standard deviation of that
/// of each coefficient. Returns the priors of the parameters, and the constants of the densities, which `penalty` leaves out.
pub(super) fn take_priors(
    model: &str,
    parameters: &[&str],
    coefficients: &mut [Coefficient],
    deviations: &[f64],
    priors: &[(String, Prior)],
) -> Result<(Vec<(String, Prior)>, f64)> {
    let (mut others, mut constants) = (Vec::new(), 0.0);
    for (name, prior) in priors {
        if parameters.contains(&name.as_str()) {
            others.push((name.clone(), *prior));
            continue;
        }
        let Some(at) = coefficients.iter().position(|c| c.name == *name) else {
            let known = parameters.iter().copied().chain(coefficients.iter().map(|c| c.name.as_str()));
            let known = known.collect::<Vec<_>>().join(", ");
            return Err(Error::argument("prior", name, format!("{model} has the parameters {known}")));
        };
        let [mean, sigma] = prior.of_coefficient(name)?;
        let penalty = (sigma * deviations[at]).powi(-2);
        if !(1e-200..=1e200).contains(&penalty) {
            let expected = "a standard deviation of the size that the coefficient may have";
            return Err(Error::argument("sigma", sigma, expected));
        }
        (coefficients[at].penalty, coefficients[at].centre) = (penalty, mean * deviations[at]);
        constants -= sigma.ln() + 0.5 * (2.0 * std::f64::consts::PI).ln();
    }
    Ok((others, constants))
}

/// Coefficients at other values, which are no estimates.
#[cfg(feature = "simulation")]
pub(super) fn set(coefficients: &mut [Coefficient], values: &[f64]) {
    for (coefficient, value) in coefficients.iter_mut().zip(values) {
        (coefficient.value, coefficient.standard_error) = (*value, None);
    }
}

/// Coefficients with Wald's intervals.
pub(super) fn summary(coefficients: &[Coefficient], level: f64) -> Result<Table> {
    let width = half_width(error::level("level", level)?);
    let bound = |sign: f64| coefficients.iter().map(|c| c.standard_error.map(|e| c.value + sign * width * e)).collect();
    let p_value = |c: &Coefficient| c.standard_error.map(|e| chi_squared_tail((c.value / e).powi(2), 1));
    let mut table = Table::new();
    table.push("name", Column::Text(coefficients.iter().map(|c| c.name.clone()).collect()))?;
    table.push("coefficient", Column::Float(coefficients.iter().map(|c| c.value).collect()))?;
    table.push("coefficient_low", Column::Optional(bound(-1.0)))?;
    table.push("coefficient_high", Column::Optional(bound(1.0)))?;
    table.push("standard_error", Column::Optional(coefficients.iter().map(|c| c.standard_error).collect()))?;
    table.push("p_value", Column::Optional(coefficients.iter().map(p_value).collect()))?;
    table.push("factor", Column::Float(coefficients.iter().map(|c| c.value.exp()).collect()))?;
    Ok(table)
}

/// Whether saved coefficients are those of a design with so many columns, for so many parameters.
#[cfg(feature = "json")]
pub(super) fn check(coefficients: &[Coefficient], columns: usize, parameters: usize) -> Result<()> {
    let valid = |c: &Coefficient| {
        let finite = c.value.is_finite() && c.penalty.is_finite() && c.centre.is_finite();
        finite && c.column < columns && c.signs.len() == parameters
    };
    if coefficients.iter().all(valid) {
        return Ok(());
    }
    Err(Error::argument("coefficients", "", "each has a value and a column of the covariates"))
}

fn dot<const K: usize>(a: &[f64; K], b: &[f64; K]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
