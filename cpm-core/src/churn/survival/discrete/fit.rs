//! Newton's method on the arrow: the intercepts are eliminated, so that any number of periods costs little.

use ndarray::{Array1, Array2, ArrayView2};

use super::likelihood::{Arrow, evaluate};
use super::person_periods::{Group, PersonPeriods, some_variation};
use super::{BaselineGroup, DiscreteHazard, DiscreteHazardOptions, Link, NAME};
use crate::churn::survival::SurvivalData;
use crate::churn::survival::design::{Design, SIMPLIFY, informative, none_runs_off};
use crate::error::{Error, Result};
use crate::numerics::symmetric::{Eigen, eigen};

/// A gradient of this size per event moves no coefficient of a standardised column in its tenth digit.
const GRADIENT_TOLERANCE: f64 = 1e-11;
/// Where rounding ends the search, the gradient must be as small as this.
const ROUNDING_GRADIENT: f64 = 1e-7;
/// No coefficient of a standardised column is sought beyond this.
const LARGEST: f64 = 100.0;
const HALVINGS: usize = 40;

pub(super) fn fit(
    data: &SurvivalData,
    x: ArrayView2<'_, f64>,
    options: &DiscreteHazardOptions,
) -> Result<DiscreteHazard> {
    let design = Design::new(NAME, data, x, options.names.as_ref())?;
    let periods = PersonPeriods::new(data, &design, options)?;
    some_variation(&periods.groups)?;
    // Where nobody or everybody has the event the estimate is exactly 0 or 1, and no other row bears on it.
    let free: Vec<bool> = periods.groups.iter().map(|g| g.events > 0.0 && g.events < g.at_risk).collect();
    let link = options.link;
    let start: Vec<f64> = periods.groups.iter().map(|g| start_of(link, *g)).collect();
    let at = |alpha: &[f64], beta: &[f64]| evaluate(&design, &periods, &free, link, alpha, beta);

    let (mut alpha, mut beta) = (start, vec![0.0; design.names.len()]);
    let mut here = at(&alpha, &beta);
    let null = here.value;
    let first = eigen(&reduced(&here, &free));
    informative((NAME, SIMPLIFY), &first, design.events, &design.names, "linearly dependent among the rows at risk")?;
    let most = options.max_iterations.unwrap_or(100);
    let (mut iterations, mut norm) = (0, gradient_norm(&here, &free, design.events));
    while norm > GRADIENT_TOLERANCE && iterations < most {
        iterations += 1;
        let (to_alpha, to_beta) = step(&here, &free);
        let moved = |from: &[f64], by: &[f64], share: f64| -> Vec<f64> {
            from.iter().zip(by).map(|(a, d)| a + share * d).collect()
        };
        let mut share = 1.0;
        let mut found = None;
        for _ in 0..HALVINGS {
            let (a, b) = (moved(&alpha, &to_alpha, share), moved(&beta, &to_beta, share));
            let there = at(&a, &b);
            let flat = gradient_norm(&there, &free, design.events);
            // Near the maximum the gain drowns in rounding; a flatter place is as good.
            let noise = 1e-13 * here.value.abs();
            if there.value.is_finite()
                && (there.value > here.value || (there.value > here.value - noise && flat < norm))
            {
                found = Some((a, b, there, flat));
                break;
            }
            share *= 0.5;
        }
        let Some((a, b, there, flat)) = found else { break };
        (alpha, beta, here, norm) = (a, b, there, flat);
        if beta.iter().any(|b| b.abs() > LARGEST) {
            break;
        }
    }
    let spectrum = eigen(&reduced(&here, &free));
    let what = "able to separate the rows with events from the others: no finite estimate";
    informative((NAME, SIMPLIFY), &spectrum, design.events, &design.names, what)?;
    // With many rows near the border there can be information even out there.
    let held: Vec<bool> = beta.iter().map(|b| b.abs() > LARGEST).collect();
    none_runs_off((NAME, SIMPLIFY), &held, &design.names)?;
    if norm > ROUNDING_GRADIENT {
        return Err(Error::NotConverged {
            model: NAME,
            iterations,
            gradient_norm: norm,
            remedy: "Raise max_iterations, or look for columns that separate the rows with events".to_owned(),
        });
    }
    Ok(finish(design, &periods, &free, &alpha, &beta, &here, &spectrum, null, iterations, link))
}

#[expect(clippy::too_many_arguments, reason = "the parts of one result")]
fn finish(
    design: Design,
    periods: &PersonPeriods,
    free: &[bool],
    alpha: &[f64],
    beta: &[f64],
    here: &Arrow,
    spectrum: &Eigen,
    null: f64,
    iterations: usize,
    link: Link,
) -> DiscreteHazard {
    let p = beta.len();
    let group = |(g, of): (usize, &Group)| BaselineGroup {
        first: of.first,
        last: of.last,
        at_risk: of.at_risk,
        events: of.events,
        intercept: free[g].then_some(alpha[g]),
        diagonal: here.diagonal[g],
        cross: here.cross[g * p..(g + 1) * p].to_vec(),
    };
    DiscreteHazard {
        link,
        groups: periods.groups.iter().enumerate().map(group).collect(),
        standardised: beta.to_vec(),
        covariance: spectrum.inverse(),
        mean: design.mean,
        scale: design.scale,
        names: design.names,
        log_likelihood: here.value,
        log_likelihood_null: null,
        person_periods: periods.groups.iter().map(|g| g.at_risk).sum(),
        events: design.events,
        iterations,
    }
}

/// The intercept of a group without covariates.
fn start_of(link: Link, group: Group) -> f64 {
    let h = (group.events / group.at_risk).clamp(1e-9, 1.0 - 1e-9);
    match link {
        Link::Logit => (h / (1.0 - h)).ln(),
        Link::CLogLog => (-(-h).ln_1p()).ln(),
    }
}

/// Information on the coefficients once the intercepts are known only from the same data.
fn reduced(at: &Arrow, free: &[bool]) -> Array2<f64> {
    let p = at.coefficients.len();
    let mut s = Array2::from_shape_fn((p, p), |(i, j)| at.block[i.max(j) * (i.max(j) + 1) / 2 + i.min(j)]);
    for g in (0..free.len()).filter(|&g| free[g] && at.diagonal[g] > 0.0) {
        let c = &at.cross[g * p..(g + 1) * p];
        for i in 0..p {
            for j in 0..p {
                s[(i, j)] -= c[i] * c[j] / at.diagonal[g];
            }
        }
    }
    s
}

fn step(at: &Arrow, free: &[bool]) -> (Vec<f64>, Vec<f64>) {
    let p = at.coefficients.len();
    let mut right = Array1::from(at.coefficients.clone());
    let usable = |g: usize| free[g] && at.diagonal[g] > 0.0;
    for g in (0..free.len()).filter(|&g| usable(g)) {
        for j in 0..p {
            right[j] -= at.cross[g * p + j] * at.intercepts[g] / at.diagonal[g];
        }
    }
    let beta = eigen(&reduced(at, free)).inverse().dot(&right);
    let alpha = |g: usize| {
        if !usable(g) {
            return 0.0;
        }
        let along: f64 = at.cross[g * p..(g + 1) * p].iter().zip(&beta).map(|(c, b)| c * b).sum();
        (at.intercepts[g] - along) / at.diagonal[g]
    };
    ((0..free.len()).map(alpha).collect(), beta.to_vec())
}

fn gradient_norm(at: &Arrow, free: &[bool], events: f64) -> f64 {
    let of_groups = at.intercepts.iter().zip(free).filter(|(_, f)| **f).map(|(g, _)| g * g);
    (of_groups.chain(at.coefficients.iter().map(|g| g * g)).sum::<f64>()).sqrt() / events
}
