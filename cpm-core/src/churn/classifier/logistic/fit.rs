//! Maximum (penalised) likelihood.

use std::borrow::Cow;

use ndarray::{Array1, Array2};

use super::elastic_net::{self, Penalty};
use super::rows::{Rows, Standardised};
use super::{Errors, LogisticOptions, LogisticRegression, NAME};
use crate::churn::classifier::weighting::positive;
use crate::churn::classifier::{Encoder, Features};
use crate::error::{self, Error, Result, same_length};
use crate::numerics::newton::{Evaluation, minimise, minimise_but_for};
use crate::numerics::symmetric::{Eigen, eigen};

/// Smallest eigenvalue of the information per row, in standardised columns, that counts as information.
const SMALLEST_INFORMATION: f64 = 1e-9;
/// No coefficient of a standardised column is sought beyond this.
const LARGEST: f64 = 100.0;
/// From this many rows on the search starts on every `THINNED`-th of them.
const MANY: usize = 1 << 17;
const THINNED: usize = 16;
/// A last step of this length, in standardised columns, is taken without a look at where it ends: the next would be its square.
const UNSEEN_STEP: f64 = 1e-8;
const SEPARATING: &str = "able to separate those who churned from the others: no finite estimate";

pub(super) fn fit(features: &Features, churned: &[bool], options: &LogisticOptions) -> Result<LogisticRegression> {
    check(options)?;
    same_length("y", churned.len(), "X", features.rows())?;
    let weights = options.weighting.of(churned)?;
    // Rows of weight 0 must not leave a trace in the encoding either.
    let keep = positive(weights.as_deref());
    let kept = keep.as_ref().map(|keep| features.take(keep));
    let features = kept.as_ref().unwrap_or(features);
    let encoder = Encoder::fit(features, options.unseen)?;
    let (churned, weight): (Cow<'_, [bool]>, Option<Cow<'_, [f64]>>) = match &keep {
        None => (churned.into(), weights),
        Some(keep) => {
            (keep.iter().map(|&i| churned[i]).collect(), weights.map(|w| keep.iter().map(|&i| w[i]).collect()))
        }
    };
    let total_weight: f64 = weight.as_ref().map_or(churned.len() as f64, |w| w.iter().sum());
    both_classes(NAME, &churned)?;
    let names = encoder.names();
    let x = Standardised::of(encoder.encode_fitted(features)?, weight.as_deref())
        .map_err(|(j, value)| constant(&names[j], value))?;
    let means: Vec<f64> = x.iter().map(|column| column.mean).collect();
    let scales: Vec<f64> = x.iter().map(|column| column.scale).collect();
    let rows = Rows { x, churned, weight, total_weight };

    let p = names.len() + 1;
    let ridge_only = options.penalty == 0.0 || options.l1_ratio == 0.0;
    let unit = |j: usize| if options.standardize { 1.0 } else { 1.0 / scales[j] };
    let penalty = Penalty {
        l1: (0..p - 1).map(|j| options.penalty * options.l1_ratio * unit(j) / total_weight).collect(),
        l2: (0..p - 1).map(|j| options.penalty * (1.0 - options.l1_ratio) * unit(j) * unit(j) / total_weight).collect(),
    };
    let (beta, at, iterations) = if ridge_only {
        newton(&rows, &penalty, &names, options)?
    } else {
        let end = elastic_net::minimise(&rows, &penalty, options.max_iterations);
        if !end.converged {
            return Err(not_converged(end.iterations, end.step));
        }
        (end.beta, end.at, end.iterations)
    };

    let covariance = (options.penalty == 0.0).then(|| {
        let inverse = eigen(&at.hessian.mapv(|v| v * total_weight)).inverse();
        if options.robust { inverse.dot(&rows.squared_scores(&beta)).dot(&inverse) } else { inverse }
    });
    let null = {
        let share = rows.churned_weight();
        let rest = total_weight - share;
        share * (share / total_weight).ln() + rest * (rest / total_weight).ln()
    };
    // From standardised columns back to units: β/s, and the intercept less Σ β·m/s.
    let mut back = Array2::<f64>::eye(p);
    for j in 1..p {
        back[(0, j)] = -means[j - 1] / scales[j - 1];
        back[(j, j)] = 1.0 / scales[j - 1];
    }
    let coefficients = back.dot(&beta);
    Ok(LogisticRegression {
        intercept: coefficients[0],
        coefficients: coefficients.iter().skip(1).copied().collect(),
        means,
        scales,
        covariance: covariance.map(|c| Errors { covariance: back.dot(&c).dot(&back.t()), robust: options.robust }),
        log_likelihood: -at.value * total_weight,
        log_likelihood_null: null,
        rows: total_weight,
        iterations,
        penalty: options.penalty,
        l1_ratio: options.l1_ratio,
        encoder,
    })
}

fn check(options: &LogisticOptions) -> Result<()> {
    error::non_negative("penalty", options.penalty)?;
    if !(0.0..=1.0).contains(&options.l1_ratio) {
        return Err(Error::argument("l1_ratio", options.l1_ratio, "it must lie between 0 and 1"));
    }
    Ok(())
}

/// What separates two classes needs both of them.
pub(crate) fn both_classes(model: &'static str, churned: &[bool]) -> Result<()> {
    let left = churned.iter().filter(|c| **c).count();
    if left > 0 && left < churned.len() {
        return Ok(());
    }
    Err(Error::NotIdentified {
        model,
        reason: format!("{left} of {} customers with a weight above 0 churned", churned.len()),
        remedy: "Give customers who churned and customers who stayed".to_owned(),
    })
}

fn constant(name: &str, value: f64) -> Error {
    Error::NotIdentified {
        model: NAME,
        reason: format!("column `{name}` has the same value, {value}, in every row"),
        remedy: "Leave the column out".to_owned(),
    }
}

/// The penalised objective per unit of weight.
fn objective(rows: &Rows<'_>, penalty: &Penalty, beta: &Array1<f64>) -> Evaluation {
    let mut at = rows.evaluate(&beta.to_vec());
    at.value += penalty.of(beta);
    for j in 1..beta.len() {
        at.gradient[j] += penalty.l2[j - 1] * beta[j];
        at.hessian[(j, j)] += penalty.l2[j - 1];
    }
    at
}

/// Where the columns, which have mean 0, have no effects.
fn without_effects(rows: &Rows<'_>) -> Array1<f64> {
    let share = rows.churned_weight();
    let mut start = Array1::zeros(rows.x.len() + 1);
    start[0] = (share / (rows.total_weight - share)).ln();
    start
}

/// The maximum for one in `THINNED` of many rows, from where few steps on all of them are left; `None` if there are few rows, or
/// if that part alone does not identify the model. The columns are then independent in all rows too.
fn rough(rows: &Rows<'_>, penalty: &Penalty, options: &LogisticOptions, bound: &Array1<f64>) -> Option<Array1<f64>> {
    if rows.len() < MANY {
        return None;
    }
    let part = rows.thinned(THINNED);
    let start = without_effects(&part);
    if !start[0].is_finite() {
        return None;
    }
    let end = minimise(|beta| objective(&part, penalty, beta), start, &-bound, bound, options.max_iterations);
    let free = end.held.iter().all(|h| !h);
    (end.converged && free && is_informative(&eigen(&end.at.hessian))).then_some(end.point)
}

/// Newton's method for a smooth penalty or none.
fn newton(
    rows: &Rows<'_>,
    penalty: &Penalty,
    names: &[String],
    options: &LogisticOptions,
) -> Result<(Array1<f64>, Evaluation, usize)> {
    let dependent = |spectrum: &Eigen, what: &str| informative(spectrum, names, what);
    let bound = Array1::from_elem(names.len() + 1, LARGEST);
    let start = match rough(rows, penalty, options, &bound) {
        Some(start) => start,
        None => {
            let start = without_effects(rows);
            if options.penalty == 0.0 {
                dependent(&eigen(&objective(rows, penalty, &start).hessian), "linearly dependent")?;
            }
            start
        }
    };
    // From a good start the last step on many rows is far shorter than rounding would show.
    let unseen = if rows.len() < MANY { 0.0 } else { UNSEEN_STEP };
    let at = |beta: &Array1<f64>| objective(rows, penalty, beta);
    let end = minimise_but_for(unseen, at, start, &-&bound, &bound, options.max_iterations);
    if options.penalty == 0.0 {
        dependent(&eigen(&end.at.hessian), SEPARATING)?;
    }
    // Stopped at the bound of the search: with many rows near the border there can be information even there.
    let held: Vec<&str> =
        names.iter().zip(end.held.iter().skip(1)).filter(|(_, held)| **held).map(|(n, _)| n.as_str()).collect();
    if !held.is_empty() {
        return Err(not_identified(&held, SEPARATING));
    }
    if !end.converged {
        return Err(not_converged(end.iterations, end.gradient_norm));
    }
    let mut at = end.at;
    at.value -= penalty.of(&end.point);
    Ok((end.point, at, end.iterations))
}

fn not_converged(iterations: usize, gradient_norm: f64) -> Error {
    Error::NotConverged {
        model: NAME,
        iterations,
        gradient_norm,
        remedy: "Raise max_iterations, raise the penalty, or look for columns with extreme values".to_owned(),
    }
}

/// An error that names the columns along which the data say nothing.
fn informative(spectrum: &Eigen, names: &[String], what: &str) -> Result<()> {
    if is_informative(spectrum) {
        return Ok(());
    }
    let direction = spectrum.vectors.column(0);
    let involved: Vec<&str> =
        names.iter().zip(direction.iter().skip(1)).filter(|(_, w)| w.abs() > 0.1).map(|(n, _)| n.as_str()).collect();
    Err(not_identified(&involved, what))
}

fn not_identified(columns: &[&str], what: &str) -> Error {
    Error::NotIdentified {
        model: NAME,
        reason: format!("the columns {} are {what}", columns.join(", ")),
        remedy: "Leave a column out, merge rare categories, or add a penalty".to_owned(),
    }
}

fn is_informative(spectrum: &Eigen) -> bool {
    let largest = spectrum.values[spectrum.values.len() - 1];
    spectrum.values[0] >= SMALLEST_INFORMATION * largest.max(SMALLEST_INFORMATION) && spectrum.values[0] > 1e-10
}
