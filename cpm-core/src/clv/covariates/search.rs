//! The search for the maximum of a likelihood with covariates.

use super::domain::{Domain, Kind};
use super::effects::Coefficient;
use super::fit::Standardised;
use super::run_off::{limits, unbounded};
use crate::clv::fit::{FitOptions, FitReport, Problem, admissible, maximise_mixed, other_starts};
use crate::error::{Error, Result};
use crate::numerics::newton::Evaluation;

/// Coefficients of standardised covariates are sought up to here. With a long tail of its covariate, a standard deviation is many times
/// the difference between most customers.
const FARTHEST: f64 = 200.0;
/// And parameters of a typical customer that covariates move by this much farther, on the logarithmic scale, than others: it may have run
/// off, too, and there are answers wherever covariates lead.
const FARTHEST_BASE: f64 = 40.0;
/// Distinct histories up to which a second search costs next to nothing, and further ones do.
const FEW: usize = 20_000;
const VERY_FEW: usize = 2_000;

/// Parameters and coefficients of standardised covariates at the maximum, and the report; the options have no start, the problem has one.
pub(super) fn maximum<const K: usize>(
    problem: &Problem<'_>,
    options: &FitOptions,
    domain: &Domain<K>,
    standardised: &Standardised,
    coefficients: &[Coefficient],
    evaluate: impl Fn(&[f64]) -> Evaluation + Copy,
) -> Result<(Vec<f64>, FitReport)> {
    let anywhere = [-FARTHEST, FARTHEST];
    let of_base = |k: usize| {
        let wider = if domain.kinds[k] == Kind::Fixed { 0.0 } else { FARTHEST_BASE };
        let [low, high] = admissible(problem.scale[k]);
        [low - wider, high + wider]
    };
    let base: [[f64; 2]; K] = std::array::from_fn(of_base);
    let search = |start: Vec<f64>, base: &[[f64; 2]], coefficients: &[[f64; 2]]| {
        let ranges: Vec<[f64; 2]> = base.iter().chain(coefficients).copied().collect();
        maximise_mixed(&Problem { start, ..*problem }, options, &ranges, None, evaluate)
    };
    let (mut found, mut report) = best_of_starts::<K>(problem, |start, range| {
        search(start, &base, &vec![range.unwrap_or(anywhere); coefficients.len()])
    })?;

    // Where a search ended on the way to a limit is chance; the others have their estimates with what runs off at its limit.
    let hold = |mut start: Vec<f64>, held: &[Option<f64>], iterations: usize| {
        start[K..].iter_mut().zip(held).for_each(|(c, limit)| *c = limit.unwrap_or(*c));
        let ranges: Vec<[f64; 2]> = held.iter().map(|limit| limit.map_or(anywhere, |at| [at, at])).collect();
        // Typical customers may be among those who run off.
        let around = |k: usize| {
            let (at, [low, high]) = (start[k].ln(), base[k]);
            let low = if at < low { at - FARTHEST_BASE } else { low };
            [low, if at > high { at + FARTHEST_BASE } else { high }]
        };
        let base: [[f64; 2]; K] = std::array::from_fn(around);
        let (found, of_limit) = search(start, &base, &ranges)?;
        Ok::<_, Error>((found, FitReport { iterations: iterations + of_limit.iterations, ..of_limit }))
    };
    let mut here = evaluate(&found);
    let mut held = limits(&standardised.design, coefficients, &found, &here, evaluate);
    if held.iter().any(Option::is_some)
        && let Ok(of_limit) = hold(found.clone(), &held, report.iterations)
    {
        (found, report) = of_limit;
        here = evaluate(&found);
    }
    let free = options.penalty == 0.0 && options.priors.is_empty();
    let away = unbounded::<K>(standardised, coefficients, free, &found, &here, evaluate);
    if !away.held.is_empty() {
        // Those with a limit of their own move with the others, too.
        for (j, at) in away.point[K..].iter().enumerate() {
            if held[j].is_some() || away.held.contains(&j) {
                held[j] = Some(*at);
            }
        }
        if let Ok(of_limit) = hold(away.point, &held, report.iterations) {
            (found, report) = of_limit;
        }
    }
    let mut at_boundary = Vec::new();
    for ((name, moved), error) in problem.names.iter().zip(away.moved).zip(&mut report.standard_errors) {
        if moved {
            *error = None;
        }
        if moved || report.at_boundary.iter().any(|other| other == name) {
            at_boundary.push((*name).to_owned());
        }
    }
    report.at_boundary = at_boundary;
    Ok((found, report))
}

/// The likelihood of few customers may have several maxima. The model of customers who are all alike, too, is a place to start: `search`
/// from a start, with coefficients in a range if one is given.
fn best_of_starts<const K: usize>(
    problem: &Problem<'_>,
    search: impl Fn(Vec<f64>, Option<[f64; 2]>) -> Result<(Vec<f64>, FitReport)>,
) -> Result<(Vec<f64>, FitReport)> {
    let mut starts = Vec::new();
    if problem.distinct <= FEW {
        starts.extend(search(problem.start.clone(), Some([0.0, 0.0])).map(|(alike, _)| alike));
    }
    if problem.distinct <= VERY_FEW {
        starts.extend(other_starts(&problem.start, K));
    }
    let density = |fit: &Result<(Vec<f64>, FitReport)>| {
        fit.as_ref().map_or(f64::NEG_INFINITY, |(_, report)| report.log_likelihood + report.log_prior)
    };
    let first = search(problem.start.clone(), None);
    starts.into_iter().map(|start| search(start, None)).fold(first, |best, other| {
        let noise = if best.is_ok() { 1e-9 * density(&best).abs() } else { 0.0 };
        if density(&other) > density(&best) + noise { other } else { best }
    })
}
