//! The profile likelihood of one parameter.

use ndarray::{Array1, Array2};

use super::any_model::{PurchaseModelKind, no_k};
use super::data_choices::DataChoices;
use super::gamma_gamma::{self, GammaGamma, Spend};
use super::likelihood_sum::LikelihoodSum;
use crate::error::{self, Error, Result};
use crate::estimate::{Estimate, Interval, half_width};
use crate::numerics::cholesky::Cholesky;
use crate::numerics::newton::{Evaluation, minimise};
use crate::numerics::root::log_root;
use crate::summary::CustomerSummary;

/// How far the interval is sought: a factor to either side of the estimate.
const REACH: f64 = 1e4;
/// Iterations of each maximisation over the other parameters.
const ITERATIONS: usize = 200;

/// Choices for [`profile_interval`] and [`spend_profile_interval`].
///
/// ```
/// use cpm_core::clv::ProfileOptions;
/// let options = ProfileOptions::new().level(0.9);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileOptions {
    pub(super) level: f64,
    pub(super) data: DataChoices,
}

impl Default for ProfileOptions {
    fn default() -> Self {
        Self { level: 0.95, data: DataChoices::default() }
    }
}

impl ProfileOptions {
    /// An interval at 95 %, one customer counts once.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Probability that the interval holds.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// How often each row of the summary counts, for grouped data. Zero leaves a row out.
    #[must_use]
    pub fn weights(mut self, weights: &[f64]) -> Self {
        self.data.weights = Some(weights.to_vec());
        self
    }

    /// Holds the k of BG/CNBD-k or MBG/CNBD-k; otherwise it is held at the one that the fit chooses.
    #[must_use]
    pub fn k(mut self, k: u32) -> Self {
        self.data.k = Some(k);
        self
    }
}

/// Interval of one parameter by profile likelihood: the values at which the likelihood, maximised over all other parameters, is
/// not significantly below its maximum, 2 (ln L - ln L(value)) <= χ²₁ (Venzon & Moolgavkar 1988, Applied Statistics 37(1),
/// 87-94). Unlike a symmetric interval it follows the likelihood where that is lopsided.
///
/// An end that lies more than a factor of 10^4 from the estimate does not exist as far as the data can tell: it is then 0 or
/// infinity.
///
/// ```
/// use cpm_core::clv::{ProfileOptions, PurchaseModelKind, profile_interval};
/// use cpm_core::{SummaryOptions, datasets};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let a = profile_interval(PurchaseModelKind::BgNbd, &customers, "a", &ProfileOptions::new())?;
/// // The estimate is .793; the interval reaches further upwards than downwards.
/// assert!(a.interval.high - a.value > a.value - a.interval.low);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// Those of the fit; [`Error::InvalidArgument`] for a parameter that the model does not have, a level outside (0, 1), or a k of a
/// model that has none.
pub fn profile_interval(
    kind: PurchaseModelKind,
    customers: &CustomerSummary,
    parameter: &str,
    options: &ProfileOptions,
) -> Result<Estimate> {
    error::level("level", options.level)?;
    let fixed = position(kind.name(), kind.parameters(), parameter)?;
    kind.check_k(options.data.k)?;
    let model = kind.fit_with(options.data.k, customers, &options.data.of_fit())?;
    let likelihood = kind.likelihood(model.k());
    let histories = options.data.histories(customers)?;
    let sum = LikelihoodSum::new(&histories);
    let evaluate = |parameters: &[f64]| (likelihood.evaluate)(&sum, parameters);
    let estimate: Vec<f64> = model.parameters().iter().map(|(_, value)| *value).collect();
    // Where purchases are regular, the report also has the part of the times between them.
    let log_likelihood = evaluate(&estimate).value;
    let customers = histories.weight().iter().sum();
    Ok(Profiled { evaluate: &evaluate, estimate, reach: &[], log_likelihood, customers }.interval(fixed, options.level))
}

/// [`profile_interval`] of a parameter of the Gamma-Gamma model of spend.
///
/// ```
/// use cpm_core::clv::{ProfileOptions, spend_profile_interval};
/// use cpm_core::{SummaryOptions, datasets};
/// let customers = datasets::cdnow_sample()?.summarize(&SummaryOptions::new().as_of("1997-09-30")?)?;
/// let q = spend_profile_interval(&customers, "q", &ProfileOptions::new())?;
/// assert!(q.interval.low < 3.74 && 3.74 < q.interval.high);
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// Those of [`GammaGamma::fit`]; [`Error::InvalidArgument`] for a parameter that is not p, q or v, a level outside (0, 1), or a k.
pub fn spend_profile_interval(
    customers: &CustomerSummary,
    parameter: &str,
    options: &ProfileOptions,
) -> Result<Estimate> {
    error::level("level", options.level)?;
    let fixed = position("Gamma-Gamma", &gamma_gamma::PARAMETERS, parameter)?;
    no_k("Gamma-Gamma", options.data.k)?;
    let model = GammaGamma::fit(customers, &options.data.of_fit())?;
    let spend = Spend::of(customers, options.data.weights.as_deref())?;
    let evaluate = |t: &[f64]| spend.log_likelihood(t[0], t[1], t[2]);
    let estimate = vec![model.p(), model.q(), model.v()];
    let (log_likelihood, customers) = (evaluate(&estimate).value, spend.customers());
    Ok(Profiled { evaluate: &evaluate, estimate, reach: &[], log_likelihood, customers }.interval(fixed, options.level))
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
        let of_estimate: Array1<f64> =
            others.iter().map(|&i| if i < logs { estimate[i].ln() } else { estimate[i] }).collect();
        // Typical customers follow a coefficient that runs off where they are those who do.
        let of_log = f64::ln(1e8) + if logs < estimate.len() { 300.0 } else { 0.0 };
        let far: Array1<f64> =
            others.iter().map(|&i| if i < logs { of_log } else { 2.0 * self.reach[i - logs] }).collect();
        let (lower, upper) = (&of_estimate - &far, &of_estimate + &far);
        let coordinate = |value: f64| if fixed < logs { value.ln() } else { value };
        let response = self.response(fixed, &others);
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
            let followed = &of_estimate + &(&response * (coordinate(value) - coordinate(estimate[fixed])));
            let start = if at(&followed).value < at(&of_estimate).value { followed } else { of_estimate.clone() };
            -minimise(at, start, &lower, &upper, ITERATIONS).at.value * n
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

    /// By how much the others follow the one that is held, to first order: where they run off together, they do for ever.
    fn response(&self, fixed: usize, others: &[usize]) -> Array1<f64> {
        let hessian = (self.evaluate)(&self.estimate).hessian;
        let of_others = Array2::from_shape_fn((others.len(), others.len()), |(i, j)| -hessian[(others[i], others[j])]);
        let of_fixed: Vec<f64> = others.iter().map(|&i| hessian[(i, fixed)]).collect();
        Cholesky::new(&of_others, 1e-12)
            .map_or_else(|_| Array1::zeros(others.len()), |factor| factor.solve(&of_fixed).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clv::FitOptions;
    use crate::{SummaryOptions, TimeUnit, datasets};

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
                let found = profile_interval(kind, &customers, name, &ProfileOptions::new().level(0.05)).unwrap();
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
        let found = profile_interval(PurchaseModelKind::Nbd, &customers, "alpha", &ProfileOptions::new()).unwrap();
        let best = PurchaseModelKind::Nbd.fit(&customers, &FitOptions::new()).unwrap();
        let best = best.fit_report().unwrap().log_likelihood;
        let sum = LikelihoodSum::new(customers.histories());
        for alpha in [found.interval.low, found.interval.high] {
            // Over r by a fine search.
            let nbd = PurchaseModelKind::Nbd.likelihood(1);
            let at = |r: f64| (nbd.evaluate)(&sum, &[r, alpha]).value;
            let highest = (0..2_000).map(|i| at(0.2 + 0.0003 * f64::from(i))).fold(f64::NEG_INFINITY, f64::max);
            assert!((best - highest - 0.5 * 3.841_458_820_694_124).abs() < 1e-3, "{alpha} {}", best - highest);
        }
    }

    #[test]
    fn bad_arguments() {
        let customers = cdnow();
        let error = profile_interval(PurchaseModelKind::Nbd, &customers, "beta", &ProfileOptions::new()).unwrap_err();
        assert_eq!(error.to_string(), "parameter = beta is not allowed: NBD has r, alpha");
        let refused = |options: ProfileOptions| {
            profile_interval(PurchaseModelKind::Nbd, &customers, "r", &options).unwrap_err().to_string()
        };
        assert!(refused(ProfileOptions::new().level(2.0)).contains("level = 2"));
        assert!(refused(ProfileOptions::new().k(2)).contains("NBD has no k"));
        assert!(refused(ProfileOptions::new().weights(&[1.0])).contains("weights"));
        let error = spend_profile_interval(&customers, "r", &ProfileOptions::new()).unwrap_err();
        assert!(error.to_string().contains("Gamma-Gamma has p, q, v"));
    }

    #[test]
    fn a_weight_is_that_many_customers() {
        let (x, t_x, t) = ([0.0, 1.0, 3.0, 6.0, 2.0], [0.0, 4.0, 20.0, 28.0, 9.0], [30.0, 32.0, 35.0, 38.0, 29.0]);
        let (z, weights) = ([0.0, 10.0, 25.0, 14.0, 40.0], [30.0, 14.0, 6.0, 4.0, 9.0]);
        let grouped = CustomerSummary::new(&x, &t_x, &t, TimeUnit::Week).unwrap().with_monetary_value(&z).unwrap();
        let repeat = |v: &[f64]| -> Vec<f64> {
            v.iter().zip(weights).flat_map(|(v, w)| std::iter::repeat_n(*v, w as usize)).collect()
        };
        let each = CustomerSummary::new(&repeat(&x), &repeat(&t_x), &repeat(&t), TimeUnit::Week).unwrap();
        let each = each.with_monetary_value(&repeat(&z)).unwrap();
        let weighted = ProfileOptions::new().weights(&weights);
        let pairs = [
            (
                profile_interval(PurchaseModelKind::Nbd, &grouped, "r", &weighted).unwrap(),
                profile_interval(PurchaseModelKind::Nbd, &each, "r", &ProfileOptions::new()).unwrap(),
            ),
            (
                spend_profile_interval(&grouped, "p", &weighted).unwrap(),
                spend_profile_interval(&each, "p", &ProfileOptions::new()).unwrap(),
            ),
        ];
        for (found, expected) in pairs {
            assert!(found.interval.low < found.value && found.value < found.interval.high);
            for (a, b) in [(found.interval.low, expected.interval.low), (found.interval.high, expected.interval.high)] {
                // An end may be open in both.
                assert!(a == b || (a / b - 1.0).abs() < 1e-6, "{a} {b}");
            }
        }
    }

    #[cfg(feature = "more-models")]
    #[test]
    fn regular_models_are_profiled_at_their_k() {
        let customers = cdnow();
        let at = |kind, options| profile_interval(kind, &customers, "r", &options).unwrap();
        let chosen = at(PurchaseModelKind::BgCnbd, ProfileOptions::new());
        let plain = at(PurchaseModelKind::BgNbd, ProfileOptions::new());
        for (a, b) in [(chosen.value, plain.value), (chosen.interval.low, plain.interval.low)] {
            assert!((a / b - 1.0).abs() < 1e-6, "{a} {b}");
        }
        // With another k it is that model's estimate.
        let two = at(PurchaseModelKind::BgCnbd, ProfileOptions::new().k(2));
        let fitted = crate::clv::BgCnbd::fit_with_k(&customers, 2, &FitOptions::new()).unwrap();
        assert!((two.value / fitted.r() - 1.0).abs() < 1e-9);
        let report = PurchaseModelKind::BgCnbd.fit_with(Some(2), &customers, &FitOptions::new()).unwrap();
        let expected = half_width(0.95) * report.fit_report().unwrap().covariance_log[(0, 0)].sqrt();
        assert!(((two.interval.high / two.value).ln() / expected - 1.0).abs() < 0.2);
    }
}
