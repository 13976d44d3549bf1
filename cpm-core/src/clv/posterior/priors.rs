//! Which priors a posterior has.

use crate::clv::{Prior, PurchaseModelKind};
use crate::error::{Error, Result};
use crate::numerics::newton::Evaluation;

/// The priors of parameters for which none is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DefaultPriors {
    /// Wide, and free of the unit of time: shapes (r, s, a, b) are log-normal with median 1 and sigma 1.5, which is 0.05 to 19 with
    /// 95 %; parameters with a unit of time (α, Pareto/NBD's β, and the b of GGompertz/NBD) are log-normal around the mean T of the
    /// customers, or its inverse, with sigma 2, a factor of 50 to either side.
    #[default]
    Wide,
    /// Those of pymc-marketing: r and s ~ Weibull(2, 1), α and β ~ Weibull(2, 10) in whatever unit time has; a = φκ and
    /// b = (1 - φ)κ with φ ~ Uniform(0, 1) and κ ~ Pareto(1, 1), which is above 1.
    PymcMarketing,
}

/// The priors in use, parameter by parameter.
#[derive(Debug, Clone)]
pub(super) struct Priors {
    of: Vec<Option<Prior>>,
    /// Positions of a and b, if they have the joint prior of pymc-marketing.
    joint: Option<[usize; 2]>,
}

impl Priors {
    pub(super) fn new(
        kind: PurchaseModelKind,
        defaults: DefaultPriors,
        named: &[(String, Prior)],
        mean_t: f64,
    ) -> Result<Self> {
        let names = kind.parameters();
        for (name, prior) in named {
            if !names.contains(&name.as_str()) {
                return Err(Error::argument("prior", name, format!("{kind} has the parameters {}", names.join(", "))));
            }
            prior.check()?;
        }
        let given = |name: &str| named.iter().find(|(n, _)| n == name).map(|(_, prior)| *prior);
        if defaults == DefaultPriors::PymcMarketing && kind == PurchaseModelKind::GGompertzNbd {
            let expected = "pymc-marketing has no GGompertz/NBD model; take the wide priors";
            return Err(Error::argument("default_priors", "pymc-marketing", expected));
        }
        let is_time = |name: &str| kind.size_of(name, 2.0) != 1.0;
        let mut of: Vec<Option<Prior>> = names.iter().map(|name| given(name)).collect();
        let mut joint = None;
        for (i, name) in names.iter().enumerate() {
            if of[i].is_some() {
                continue;
            }
            of[i] = match (defaults, *name) {
                (DefaultPriors::Wide, _) if is_time(name) => {
                    Some(Prior::LogNormal { median: kind.size_of(name, mean_t), sigma: 2.0 })
                }
                (DefaultPriors::Wide, _) => Some(Prior::LogNormal { median: 1.0, sigma: 1.5 }),
                (DefaultPriors::PymcMarketing, "a" | "b") => None,
                (DefaultPriors::PymcMarketing, _) if is_time(name) => Some(Prior::Weibull { shape: 2.0, scale: 10.0 }),
                (DefaultPriors::PymcMarketing, _) => Some(Prior::Weibull { shape: 2.0, scale: 1.0 }),
            };
        }
        let missing: Vec<usize> = (0..names.len()).filter(|&i| of[i].is_none()).collect();
        if let [a, b] = missing[..] {
            joint = Some([a, b]);
        } else if let [one] = missing[..] {
            let expected = "a and b have one prior together in this set: name a prior of both or of neither";
            return Err(Error::argument("prior", names[one], expected));
        }
        Ok(Self { of, joint })
    }

    /// The prior of a parameter; `None` for a and b with the joint one.
    pub(super) fn of(&self, parameter: usize) -> Option<Prior> {
        self.of[parameter]
    }

    /// Adds the logarithm of the priors' density *of the log-parameters*, and its derivatives in them.
    pub(super) fn add_to(&self, at: &mut Evaluation, natural: &[f64]) {
        for (i, value) in natural.iter().enumerate() {
            // The density of ln θ is that of θ times θ.
            at.value += value.ln();
            at.gradient[i] += 1.0;
            if let Some(prior) = self.of[i] {
                let [ln, slope, curvature] = prior.ln_density(*value);
                at.value += ln;
                at.gradient[i] += slope;
                at.hessian[(i, i)] += curvature;
            }
        }
        if let Some([i, j]) = self.joint {
            // κ^-2 for the Pareto, 1/κ for the change from (φ, κ) to (a, b): -3 ln κ.
            let kappa = natural[i] + natural[j];
            if kappa < 1.0 {
                at.value = f64::NEG_INFINITY;
                return;
            }
            at.value -= 3.0 * kappa.ln();
            let share = [natural[i] / kappa, natural[j] / kappa];
            at.gradient[i] -= 3.0 * share[0];
            at.gradient[j] -= 3.0 * share[1];
            let cross = 3.0 * share[0] * share[1];
            at.hessian[(i, i)] -= cross;
            at.hessian[(j, j)] -= cross;
            at.hessian[(i, j)] += cross;
            at.hessian[(j, i)] += cross;
        }
    }
}
