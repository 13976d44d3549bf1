//! Maximum likelihood.

use ndarray::{Array1, Array2, ArrayView2};

use super::likelihood::{Times, evaluate};
use super::{Aft, AftOptions, NAME};
use crate::churn::survival::SurvivalData;
use crate::churn::survival::design::{Design, SIMPLIFY, informative};
use crate::error::{Error, Result};
use crate::numerics::newton::{Evaluation, Minimum, minimise};
use crate::numerics::symmetric::eigen;

/// No coefficient of a standardised column, on the scaled logarithm of time, is sought beyond this.
const LARGEST: f64 = 50.0;
/// Where a search has no end and ln σ is as low as this, nothing is left for chance to explain.
const EXACT: f64 = -10.0;

pub(super) fn fit(data: &SurvivalData, x: ArrayView2<'_, f64>, options: &AftOptions) -> Result<Aft> {
    if let Some(row) = (0..data.len()).find(|&i| data.weight(i) > 0.0 && data.durations()[i] <= 0.0) {
        return Err(Error::InvalidValue {
            column: "durations",
            row,
            value: data.durations()[row].to_string(),
            expected: "a duration must be above 0 here: its logarithm is modelled",
            remedy: "Give the length of the first period instead of 0, or leave the row out",
        });
    }
    let design = Design::new(NAME, data, x, options.names.as_ref())?;
    let times = Times::new(data, &design);
    let p = design.names.len();
    let null = maximise(&times, &design, 0, options, Array1::from(vec![0.0, 0.0]))?;
    // From there the intercept and the scale are nearly right.
    let mut start = Array1::zeros(p + 2);
    (start[0], start[p + 1]) = (null.point[0], null.point[1]);
    let end = maximise(&times, &design, p, options, start)?;

    let n = design.total;
    let mut names = vec!["the intercept".to_owned()];
    names.extend(design.names.iter().cloned());
    names.push("the scale".to_owned());
    let spectrum = eigen(&end.at.hessian.mapv(|v| v * n));
    let what = "linearly dependent, or leave some rows without events: no finite estimate";
    informative((NAME, SIMPLIFY), &spectrum, design.events, &names, what)?;

    // From standardised columns and scaled time to the caller's: a linear map.
    let (s, q) = (times.spread, p + 2);
    let unit = |j: usize| s / design.scale[j];
    let mut map = Array2::<f64>::zeros((q, q));
    map[(0, 0)] = s;
    for j in 0..p {
        map[(j + 1, j + 1)] = unit(j);
        map[(0, j + 1)] = -unit(j) * design.mean[j];
    }
    map[(q - 1, q - 1)] = 1.0;
    let mut theta = map.dot(&end.point);
    theta[0] += times.centre;
    theta[q - 1] += s.ln();
    Ok(Aft {
        distribution: options.distribution,
        covariance: map.dot(&spectrum.inverse()).dot(&map.t()),
        theta: theta.to_vec(),
        log_likelihood: -end.at.value * n - times.jacobian,
        log_likelihood_null: -null.at.value * n - times.jacobian,
        rows: n,
        events: design.events,
        iterations: end.iterations,
        names: design.names,
    })
}

/// The maximum over the first `columns` covariates; values per row.
fn maximise(
    times: &Times,
    design: &Design,
    columns: usize,
    options: &AftOptions,
    start: Array1<f64>,
) -> Result<Minimum> {
    let n = design.total;
    let objective = |theta: &Array1<f64>| {
        let at = evaluate(times, design, columns, options.distribution, theta);
        Evaluation { value: -at.value / n, gradient: at.gradient / -n, hessian: at.hessian / -n }
    };
    let bound = Array1::from_elem(columns + 2, LARGEST);
    let end = minimise(objective, start, &-&bound, &bound, options.max_iterations.unwrap_or(200));
    if end.held.iter().any(|held| *held) || (!end.converged && end.point[columns + 1] < EXACT) {
        return Err(Error::NotIdentified {
            model: NAME,
            reason: "an estimate runs off: the covariates explain the durations exactly, or leave some rows without \
                     events"
                .to_owned(),
            remedy: "Leave a column out, merge rare categories, or give more rows".to_owned(),
        });
    }
    if !end.converged {
        return Err(Error::NotConverged {
            model: NAME,
            iterations: end.iterations,
            gradient_norm: end.gradient_norm,
            remedy: "Raise max_iterations, or look for columns or durations with extreme values".to_owned(),
        });
    }
    Ok(end)
}
