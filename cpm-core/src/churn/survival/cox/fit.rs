//! Maximum partial likelihood.

use ndarray::{Array1, Array2, ArrayView2};

use super::hazards::Hazards;
use super::partial_likelihood::evaluate;
use super::rows::Rows;
use super::{Baseline, CoxOptions, CoxPh, NAME};
use crate::churn::survival::design::{PENALISE, informative, none_runs_off};
use crate::churn::survival::{SurvivalData, TestResult};
use crate::error::{Error, Result};
use crate::numerics::newton::{Evaluation, minimise_but_for};
use crate::numerics::symmetric::eigen;

/// No coefficient of a standardised column is sought beyond this: a hazard ratio of 10^43.
const LARGEST: f64 = 100.0;
const MANY: usize = 1 << 14;
const UNSEEN_STEP: f64 = 1e-8;

pub(super) fn fit(data: &SurvivalData, x: ArrayView2<'_, f64>, options: &CoxOptions) -> Result<CoxPh> {
    let rows = Rows::new(data, x, options)?;
    let p = rows.columns;
    let events = rows.event_weight;
    let ridge = ridge(&rows, options.penalty)?;
    let null = evaluate(&rows, options.ties, &vec![0.0; p], None);
    let at_null = eigen(&null.hessian);
    if options.penalty == 0.0 {
        informative((NAME, PENALISE), &at_null, events, &rows.names, "linearly dependent among the rows at risk")?;
    }

    let objective = |beta: &Array1<f64>| {
        // The search starts where the null model already was.
        let start = beta.iter().all(|b| *b == 0.0);
        let at = if start { null.clone() } else { evaluate(&rows, options.ties, &beta.to_vec(), None) };
        let penalty = 0.5 * ridge * beta.dot(beta);
        Evaluation {
            value: (penalty - at.value) / events,
            gradient: (ridge * beta - at.gradient) / events,
            hessian: (at.hessian + Array2::<f64>::eye(p) * ridge) / events,
        }
    };
    let bound = Array1::from_elem(p, LARGEST);
    // On many rows it pays to take the last step, far shorter than rounding would show, without a look at where it ends.
    let unseen = if rows.len() < MANY { 0.0 } else { UNSEEN_STEP };
    let most = options.max_iterations.unwrap_or(100);
    let end = minimise_but_for(unseen, objective, Array1::zeros(p), &-&bound, &bound, most);
    none_runs_off((NAME, PENALISE), &end.held, &rows.names)?;
    let spectrum = eigen(&end.at.hessian.mapv(|v| v * events));
    informative(
        (NAME, PENALISE),
        &spectrum,
        events,
        &rows.names,
        "able to separate the rows with events from the others: no finite estimate",
    )?;
    if !end.converged {
        return Err(Error::NotConverged {
            model: NAME,
            iterations: end.iterations,
            gradient_norm: end.gradient_norm,
            remedy: "Raise max_iterations, add a penalty, or look for columns with extreme values".to_owned(),
        });
    }

    let beta = end.point.to_vec();
    let penalty = 0.5 * ridge * end.point.dot(&end.point);
    let model_covariance = spectrum.inverse();
    let hazards = Hazards::new(&rows, options.ties, &beta);
    let robust = options.robust || options.clusters.is_some();
    let covariance = if robust { sandwich(&rows, &hazards, options, &model_covariance) } else { model_covariance };
    let unit = |j: usize| 1.0 / rows.scale[j];
    Ok(CoxPh {
        coefficients: (0..p).map(|j| beta[j] * unit(j)).collect(),
        covariance: Array2::from_shape_fn((p, p), |(i, j)| covariance[(i, j)] * unit(i) * unit(j)),
        robust,
        ties: options.ties,
        penalty: options.penalty,
        log_likelihood: penalty - end.at.value * events,
        log_likelihood_null: null.value,
        score_test: TestResult::chi_squared(at_null.quadratic_of_inverse(&null.gradient.to_vec()), p),
        rows: rows.total_weight,
        events,
        iterations: end.iterations,
        baselines: baselines(&rows, &hazards),
        mean: rows.mean,
        names: rows.names,
    })
}

/// The penalty on standardised coefficients, whose columns have the variance 1 with divisor n, not n - 1.
fn ridge(rows: &Rows, penalty: f64) -> Result<f64> {
    let n = rows.total_weight;
    if penalty > 0.0 && n <= 1.0 {
        return Err(Error::NotIdentified {
            model: NAME,
            reason: format!("the weights sum to {n}"),
            remedy: "A penalty takes weights as frequencies: give weights that sum to the number of rows".to_owned(),
        });
    }
    Ok(if penalty > 0.0 { penalty * n * n / (n - 1.0) } else { 0.0 })
}

/// Lin & Wei 1989: the covariance of the score as the rows (or clusters) show it.
fn sandwich(rows: &Rows, hazards: &Hazards, options: &CoxOptions, bread: &Array2<f64>) -> Array2<f64> {
    let p = rows.columns;
    let residuals = hazards.score_residuals(rows);
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let cluster = |k: usize| options.clusters.as_ref().map(|c| c[rows.original[k]]);
    if options.clusters.is_some() {
        order.sort_by_key(|&k| (cluster(k), k));
    }
    let mut meat = Array2::<f64>::zeros((p, p));
    for group in order.chunk_by(|&a, &b| options.clusters.is_some() && cluster(a) == cluster(b)) {
        let score = |j: usize| group.iter().map(|&k| rows.weight[k] * residuals[k * p + j]).sum::<f64>();
        let score: Vec<f64> = (0..p).map(score).collect();
        for i in 0..p {
            for j in 0..p {
                meat[(i, j)] += score[i] * score[j];
            }
        }
    }
    bread.dot(&meat).dot(bread)
}

fn baselines(rows: &Rows, hazards: &Hazards) -> Vec<Baseline> {
    let p = rows.columns;
    let of = |stratum: &super::rows::Stratum| {
        let ties = &rows.ties[stratum.ties.clone()];
        Baseline {
            stratum: stratum.code,
            last: stratum.last,
            time: ties.iter().map(|t| t.time).collect(),
            cumulative_hazard: ties.iter().map(|t| hazards.hazard[t.slot]).collect(),
            variance: ties.iter().map(|t| hazards.variance[t.slot]).collect(),
            drift: Array2::from_shape_fn((ties.len(), p), |(k, j)| hazards.drift[ties[k].slot * p + j] * rows.scale[j]),
        }
    };
    rows.strata.iter().map(of).collect()
}
