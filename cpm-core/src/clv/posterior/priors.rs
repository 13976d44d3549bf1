//! Which priors a posterior has.

use crate::clv::{Prior, PurchaseModelKind};
use crate::error::{Error, Result};
use crate::numerics::newton::Evaluation;

/// Wide enough that customers who differ little, the limit of large shapes, are no less at home than those who differ much: with
/// 1.5 the totals of such were too high, by 19 % in 2,357 customers with nine opportunities.
pub(super) const WIDE: f64 = 2.5;

/// The priors of parameters for which none is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DefaultPriors {
    /// Wide, and free of the unit of time: log-normal with sigma 2.5, a factor of 134 to either side with 95 %, around 1 for shapes
    /// (r, s, a, b), and around the mean T of the customers or its inverse for parameters with a unit of time (α, Pareto/NBD's β, and the
    /// b of GGompertz/NBD). The power c of BdW, 1 where time has no part in leaving, has sigma 0.5: 0.37 to 2.7. Those of Gamma-Gamma are narrower, as the mean spend of few customers has no bound without them: sigma 1.5
    /// around 1 for p and for q - 1, and 2 around the mean amount for v. Coefficients of standardised covariates are normal with
    /// standard deviation 2.
    #[default]
    Wide,
    /// Those of pymc-marketing: r and s ~ Weibull(2, 1), α and β ~ Weibull(2, 10) in whatever unit time has; a = φκ and
    /// b = (1 - φ)κ with φ ~ Uniform(0, 1) and κ ~ Pareto(1, 1), which is above 1, and so for both pairs of BG/BB and for the one of
    /// sBG; flat ones for
    /// Gamma-Gamma (with few customers the posterior then may not exist); standard normal ones for coefficients of standardised
    /// covariates.
    PymcMarketing,
}

/// What the default priors of a model need to know of it.
pub(super) struct Family<'a> {
    pub(super) model: &'static str,
    pub(super) names: &'a [&'static str],
    /// Typical size of each parameter: that of its unit, or 1.
    pub(super) sizes: Vec<f64>,
    /// How wide the wide prior of each parameter is.
    pub(super) sigmas: Vec<f64>,
    pub(super) pymc: Pymc,
}

/// Where pymc-marketing has other priors than Weibull ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pymc {
    /// It does not have the model.
    Missing,
    /// a and b have a joint prior, if there are such parameters.
    DropoutTogether,
    /// Both pairs of parameters have joint priors.
    InPairs,
    /// There is one pair of parameters, with a joint prior.
    #[cfg(feature = "discrete-time")]
    OnePair,
    /// All parameters have flat priors.
    Flat,
}

impl Family<'static> {
    /// A purchase model, for customers known for `mean_t` on average.
    pub(super) fn of(kind: PurchaseModelKind, mean_t: f64) -> Self {
        let names = kind.parameters();
        let pymc = if kind.needs_opportunities() {
            Pymc::InPairs
        } else if kind.key() == "ggompertz_nbd" {
            Pymc::Missing
        } else {
            Pymc::DropoutTogether
        };
        Self {
            model: kind.name(),
            names,
            sizes: names.iter().map(|n| kind.size_of(n, mean_t)).collect(),
            sigmas: vec![WIDE; names.len()],
            pymc,
        }
    }
}

/// The priors in use, parameter by parameter.
#[derive(Debug, Clone)]
pub(super) struct Priors {
    of: Vec<Option<Prior>>,
    /// Positions of pairs with the joint prior of pymc-marketing.
    joint: Vec<[usize; 2]>,
}

impl Priors {
    pub(super) fn new(family: &Family<'_>, defaults: DefaultPriors, named: &[(String, Prior)]) -> Result<Self> {
        let (model, names) = (family.model, family.names);
        for (name, prior) in named {
            if !names.contains(&name.as_str()) {
                return Err(Error::argument("prior", name, format!("{model} has the parameters {}", names.join(", "))));
            }
            prior.check_positive(name)?;
        }
        let given = |name: &str| named.iter().find(|(n, _)| n == name).map(|(_, prior)| *prior);
        let mut of: Vec<Option<Prior>> = names.iter().map(|name| given(name)).collect();
        let mut joint = Vec::new();
        if defaults == DefaultPriors::Wide {
            for ((prior, &median), &sigma) in of.iter_mut().zip(&family.sizes).zip(&family.sigmas) {
                prior.get_or_insert(Prior::LogNormal { median, sigma });
            }
            return Ok(Self { of, joint });
        }
        let pairs: Vec<[usize; 2]> = match family.pymc {
            Pymc::Missing => {
                let expected = format!("pymc-marketing has no {model} model; take the wide priors");
                return Err(Error::argument("default_priors", "pymc-marketing", expected));
            }
            Pymc::Flat => return Ok(Self { of, joint }),
            Pymc::InPairs => vec![[0, 1], [2, 3]],
            #[cfg(feature = "discrete-time")]
            Pymc::OnePair => vec![[0, 1]],
            Pymc::DropoutTogether => {
                let position = |name: &str| names.iter().position(|n| *n == name);
                position("a").zip(position("b")).map(|(a, b)| [a, b]).into_iter().collect()
            }
        };
        for pair in &pairs {
            match pair.map(|i| of[i].is_some()) {
                [true, true] => {}
                [false, false] => joint.push(*pair),
                [first, _] => {
                    let (one, other) = (names[pair[usize::from(first)]], names[pair[usize::from(!first)]]);
                    let expected = format!(
                        "{other} and {one} have one prior together in this set: name a prior of both or of neither"
                    );
                    return Err(Error::argument("prior", one, expected));
                }
            }
        }
        for (i, (prior, size)) in of.iter_mut().zip(&family.sizes).enumerate() {
            if !pairs.iter().flatten().any(|j| *j == i) {
                let scale = if *size == 1.0 { 1.0 } else { 10.0 };
                prior.get_or_insert(Prior::Weibull { shape: 2.0, scale });
            }
        }
        Ok(Self { of, joint })
    }

    /// The prior of a parameter; `None` for a joint one or a flat one.
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
        for &[i, j] in &self.joint {
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
