//! The profile likelihood of one parameter.

use ndarray::{Array1, Array2};

use super::any_model::PurchaseModelKind;
use super::fit::FitOptions;
use super::likelihood_sum::LikelihoodSum;
use crate::error::{self, Error, Result};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::newton::{Evaluation, minimise};
use crate::numerics::root::log_root;
use crate::summary::CustomerSummary;

/// How far the interval is sought: a factor to either side of the estimate.
const REACH: f64 = 1e4;
/// Iterations of each maximisation over the other parameters.
const ITERATIONS: usize = 200;

/// Interval of one parameter by profile likelihood: the values at which the likelihood, maximised over all other parameters, is
/// not significantly below its maximum, 2 (ln L - ln L(value)) <= χ²₁ (Venzon & Moolgavkar 1988, Applied Statistics 37(1),
/// 87-94). Unlike a symmetric interval it follows the likelihood where that is lopsided.
///
/// An end that lies more than a factor of 10^4 from the estimate does not exist as far as the data can tell: it is then 0 or
/// infinity.
///
/// ```
/// use cpm_core::clv::{PurchaseModelKind, profile_interval};
/// use cpm_core::{SummaryOptions, datasets};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let a = profile_interval(PurchaseModelKind::BgNbd, &customers, "a", 0.95)?;
/// // The estimate is .793; the interval reaches further upwards than downwards.
/// assert!(a.interval.high - a.value > a.value - a.interval.low);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// Those of the fit; [`Error::InvalidArgument`] for a parameter that the model does not have or a level outside (0, 1).
pub fn profile_interval(
    kind: PurchaseModelKind,
    customers: &CustomerSummary,
    parameter: &str,
    level: f64,
) -> Result<Estimate> {
    error::level("level", level)?;
    let fixed = position(kind.name(), kind.parameters(), parameter)?;
    let likelihood = kind.likelihood()?;
    let model = kind.fit(customers, &FitOptions::new())?;
    let sum = LikelihoodSum::new(customers.histories());
    let profiled = Profiled {
        evaluate: &|parameters| (likelihood.evaluate)(&sum, parameters),
        estimate: model.parameters().iter().map(|(_, value)| *value).collect(),
        reach: &[],
        log_likelihood: model.fit_report().map_or(0.0, |r| r.log_likelihood),
        customers: customers.len() as f64,
    };
    Ok(profiled.interval(fixed, level))
}

/// Which of the parameters is meant.
pub(super) fn position(model: &str, names: &[&str], parameter: &str) -> Result<usize> {
    names.iter().position(|name| *name == parameter).ok_or_else(|| {
        let expected = format!("{model} has {}", names.join(", "));
        Error::argument("parameter", parameter, expected)
    })
}

/// A likelihood and where its maximum is.
pub(super) struct Profiled<'a> {
    /// The log-likelihood at natural parameters, with derivatives in their logarithms.
    pub(super) evaluate: &'a dyn Fn(&[f64]) -> Evaluation,
    pub(super) estimate: Vec<f64>,
    /// The last parameters are as many coefficients, of any sign, with derivatives in themselves: how far each is sought.
    pub(super) reach: &'a [f64],
    pub(super) log_likelihood: f64,
    pub(super) customers: f64,
}

impl Profiled<'_> {
    /// The interval of one parameter; the level is in (0, 1).
    pub(super) fn interval(&self, fixed: usize, level: f64) -> Estimate {
        let (estimate, best, n) = (&self.estimate, self.log_likelihood, self.customers);
        let others: Vec<usize> = (0..estimate.len()).filter(|&i| i != fixed).collect();
        let allowed = 0.5 * half_width(level).powi(2);
        let logs = estimate.len() - self.reach.len();
        let of_coordinate = |i: usize, v: f64| if i < logs { v.exp() } else { v };

        // ln L maximised over the other parameters, with the one held.
        let profile = |value: f64| {
            let at = |ln: &Array1<f64>| {
                let mut natural = estimate.clone();
                natural[fixed] = value;
                others.iter().zip(ln).for_each(|(&i, &v)| natural[i] = of_coordinate(i, v));
                let e = (self.evaluate)(&natural);
                Evaluation {
                    value: -e.value / n,
                    gradient: others.iter().map(|&i| -e.gradient[i] / n).collect(),
                    hessian: Array2::from_shape_fn((others.len(), others.len()), |(i, j)| {
                        -e.hessian[(others[i], others[j])] / n
                    }),
                }
            };
            let start: Array1<f64> =
                others.iter().map(|&i| if i < logs { estimate[i].ln() } else { estimate[i] }).collect();
            let far: Array1<f64> =
                others.iter().map(|&i| if i < logs { f64::ln(1e8) } else { 2.0 * self.reach[i - logs] }).collect();
            let minimum = minimise(at, start.clone(), &(&start - &far), &(&start + &far), ITERATIONS);
            -minimum.at.value * n
        };
        // The likelihood falls from the estimate on either side: a function of the distance that decreases, where the distance is the
        // logarithm of a factor, or as much of a coefficient's reach.
        let value = estimate[fixed];
        let moved = |distance: f64| match fixed.checked_sub(logs) {
            None => value * distance.exp(),
            Some(coefficient) => value + distance / REACH.ln() * self.reach[coefficient],
        };
        let end = |direction: f64| {
            let excess = |distance: f64| {
                if distance > REACH.ln() {
                    return -1.0;
                }
                profile(moved(direction * distance)) - best + allowed
            };
            log_root(0.2, excess).filter(|distance| *distance < 0.999 * REACH.ln())
        };
        let lowest = if fixed < logs { 0.0 } else { f64::NEG_INFINITY };
        Estimate {
            value,
            interval: Interval {
                low: end(-1.0).map_or(lowest, |distance| moved(-distance)),
                high: end(1.0).map_or(f64::INFINITY, moved),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SummaryOptions, datasets};

    fn cdnow() -> CustomerSummary {
        datasets::cdnow_sample().unwrap().summarize(&SummaryOptions::new().as_of("1997-09-30").unwrap()).unwrap()
    }

    #[test]
    fn narrow_intervals_are_the_asymptotic_ones() {
        // Close to the maximum the likelihood is quadratic in the log-parameters.
        let customers = cdnow();
        for kind in [PurchaseModelKind::BgNbd, PurchaseModelKind::Nbd] {
            let model = kind.fit(&customers, &FitOptions::new()).unwrap();
            let report = model.fit_report().unwrap();
            for (i, name) in kind.parameters().iter().enumerate() {
                let found = profile_interval(kind, &customers, name, 0.05).unwrap();
                let expected = half_width(0.05) * report.covariance_log[(i, i)].sqrt();
                for end in [found.interval.high / found.value, found.value / found.interval.low] {
                    assert!((end.ln() / expected - 1.0).abs() < 0.02, "{kind} {name} {end} {expected}");
                }
            }
        }
    }

    #[test]
    fn the_likelihood_at_the_ends_is_lower_by_half_a_quantile() {
        let customers = cdnow();
        let found = profile_interval(PurchaseModelKind::Nbd, &customers, "alpha", 0.95).unwrap();
        let best = PurchaseModelKind::Nbd.fit(&customers, &FitOptions::new()).unwrap();
        let best = best.fit_report().unwrap().log_likelihood;
        let sum = LikelihoodSum::new(customers.histories());
        for alpha in [found.interval.low, found.interval.high] {
            // Over r by a fine search.
            let nbd = PurchaseModelKind::Nbd.likelihood().unwrap();
            let at = |r: f64| (nbd.evaluate)(&sum, &[r, alpha]).value;
            let highest = (0..2_000).map(|i| at(0.2 + 0.0003 * f64::from(i))).fold(f64::NEG_INFINITY, f64::max);
            assert!((best - highest - 0.5 * 3.841_458_820_694_124).abs() < 1e-3, "{alpha} {}", best - highest);
        }
    }

    #[test]
    fn bad_arguments() {
        let customers = cdnow();
        let error = profile_interval(PurchaseModelKind::Nbd, &customers, "beta", 0.95).unwrap_err();
        assert_eq!(error.to_string(), "parameter = beta is not allowed: NBD has r, alpha");
        assert!(profile_interval(PurchaseModelKind::Nbd, &customers, "r", 2.0).is_err());
        assert!(
            profile_interval(PurchaseModelKind::BgCnbd, &customers, "r", 0.9)
                .unwrap_err()
                .to_string()
                .contains("bootstrap")
        );
    }
}
