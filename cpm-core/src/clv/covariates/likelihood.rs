//! The likelihood of a model with covariates, profile by profile.

use std::marker::PhantomData;

#[cfg(feature = "simulation")]
use super::effects::{self, Coefficient};
#[cfg(feature = "simulation")]
use super::encoding::Encoding;
#[cfg(feature = "simulation")]
use super::fit::Standardised;
use super::moved::CovariateBase;
#[cfg(feature = "simulation")]
use crate::clv::Prior;
use crate::clv::derivatives::Derivatives;
#[cfg(feature = "simulation")]
use crate::error::Result;
#[cfg(feature = "simulation")]
use crate::estimate::half_width;
#[cfg(feature = "simulation")]
use crate::numerics::newton::Evaluation;
#[cfg(feature = "simulation")]
use crate::summary::Covariates;
use crate::summary::{Histories, History};

/// Customers in groups of the same covariates, and the likelihood of a plain model with K parameters of each group.
pub(in crate::clv) trait ByProfile<const K: usize>: Sync {
    /// At log-parameters, with derivatives in them. Beyond the domain of a customer it is that of the limit.
    fn log_likelihood(&self, profile: usize, ln: [f64; K]) -> Derivatives<K>;

    /// Customers of each profile.
    fn total(&self) -> &[f64];

    /// Distinct histories, over all profiles.
    fn distinct(&self) -> usize;
}

/// Histories by profile.
pub(in crate::clv) struct Groups<M> {
    histories: Vec<History>,
    weights: Vec<f64>,
    start: Vec<usize>,
    /// Sum of the weights of each profile.
    total: Vec<f64>,
    model: PhantomData<fn() -> M>,
}

impl<M> Groups<M> {
    pub(super) fn new(grouped: &Histories, profiles: usize) -> Self {
        let mut order: Vec<usize> = (0..grouped.distinct().len()).collect();
        // Stable, so that the histories of a profile stay sorted by x.
        order.sort_by_key(|&g| grouped.distinct()[g].profile);
        let histories: Vec<History> = order.iter().map(|&g| grouped.distinct()[g]).collect();
        let weights: Vec<f64> = order.iter().map(|&g| grouped.weight()[g]).collect();
        let start: Vec<usize> =
            (0..=profiles).map(|p| histories.partition_point(|h| (h.profile as usize) < p)).collect();
        let total = start.windows(2).map(|w| weights[w[0]..w[1]].iter().sum()).collect();
        Self { histories, weights, start, total, model: PhantomData }
    }
}

impl<M: CovariateBase> ByProfile<4> for Groups<M> {
    fn log_likelihood(&self, profile: usize, ln: [f64; 4]) -> Derivatives<4> {
        let rows = self.start[profile]..self.start[profile + 1];
        M::log_likelihood(M::DOMAIN.hold(ln), &self.histories[rows.clone()], &self.weights[rows])
    }

    fn total(&self) -> &[f64] {
        &self.total
    }

    fn distinct(&self) -> usize {
        self.histories.len()
    }
}

/// In standard deviations of the covariate, beyond the estimate.
#[cfg(feature = "simulation")]
const FARTHEST_END: f64 = 20.0;

/// The likelihood as a function of the parameters of the base and the coefficients, all of standardised covariates; the penalty of the
/// coefficients is part of it.
#[cfg(feature = "simulation")]
pub(in crate::clv) struct Likelihood<G, const K: usize> {
    encoding: Encoding,
    coefficients: Vec<Coefficient>,
    groups: G,
    standardised: Standardised,
    back: ndarray::Array2<f64>,
    forth: ndarray::Array2<f64>,
}

#[cfg(feature = "simulation")]
impl<const K: usize, G: ByProfile<K>> Likelihood<G, K> {
    /// Of customers in groups.
    pub(super) fn new(
        model: &'static str,
        (encoding, coefficients): (Encoding, Vec<Coefficient>),
        covariates: &Covariates,
        groups: G,
    ) -> Result<Self> {
        let standardised = Standardised::new(model, &encoding, covariates, groups.total())?;
        let (back, forth) = (standardised.back::<K>(&coefficients), standardised.forth::<K>(&coefficients));
        Ok(Self { encoding, coefficients, groups, standardised, back, forth })
    }

    /// Gives the named coefficients their priors; returns those of the parameters.
    pub(in crate::clv) fn take_priors(
        &mut self,
        model: &str,
        parameters: &[&str],
        priors: &[(String, Prior)],
    ) -> Result<Vec<(String, Prior)>> {
        let deviations = self.deviations();
        effects::take_priors(model, parameters, &mut self.coefficients, &deviations, priors).map(|(others, _)| others)
    }

    /// The priors of the coefficients, per unit of the covariates as they are given.
    pub(in crate::clv) fn priors(&self) -> Vec<Prior> {
        let of = |(c, deviation): (&Coefficient, f64)| Prior::Normal {
            mean: c.centre / deviation,
            sigma: 1.0 / (c.penalty.sqrt() * deviation),
        };
        self.coefficients.iter().zip(self.deviations()).map(of).collect()
    }

    /// Gives the coefficients that have no penalty this one.
    pub(in crate::clv) fn penalise(&mut self, penalty: f64) {
        self.coefficients.iter_mut().filter(|c| c.penalty == 0.0).for_each(|c| c.penalty = penalty);
    }

    /// How many there are.
    pub(in crate::clv) fn coefficients(&self) -> usize {
        self.coefficients.len()
    }

    /// Value with derivatives in the logarithms of the parameters and the coefficients.
    pub(in crate::clv) fn evaluate(&self, parameters: &[f64]) -> Evaluation {
        effects::evaluate(&self.standardised.design, &self.coefficients, parameters, |profile, ln| {
            self.groups.log_likelihood(profile, ln)
        })
    }

    /// The same at parameters and coefficients of covariates as they are given, with derivatives in these.
    pub(super) fn evaluate_as_given(&self, parameters: &[f64]) -> Evaluation {
        let at = self.evaluate(&self.standardised(parameters));
        let transposed = self.forth.t();
        Evaluation {
            value: at.value,
            gradient: transposed.dot(&at.gradient),
            hessian: transposed.dot(&at.hessian).dot(&self.forth),
        }
    }

    /// Parameters and coefficients of standardised covariates, from those of covariates as they are given.
    pub(super) fn standardised(&self, given: &[f64]) -> Vec<f64> {
        let logs: ndarray::Array1<f64> =
            given.iter().enumerate().map(|(i, v)| if i < K { v.ln() } else { *v }).collect();
        natural::<K>(self.forth.dot(&logs).iter())
    }

    /// Customers over all profiles.
    pub(in crate::clv) fn customers(&self) -> f64 {
        self.groups.total().iter().sum()
    }

    /// Standard deviation of the covariate of each coefficient.
    pub(super) fn deviations(&self) -> Vec<f64> {
        self.standardised.deviations(&self.coefficients)
    }

    /// How far from its estimate an end of an interval of each coefficient is sought; of standardised covariates.
    pub(super) fn reach(&self, estimates: &[f64], level: f64) -> Vec<f64> {
        let of = |(c, estimate): (&Coefficient, &f64)| {
            // Back over 0 from a limit; and no farther from the centre of a penalty than where the penalty alone is significant.
            let back = 2.0 * (estimate - c.centre).abs();
            let penalised = if c.penalty > 0.0 { 1.01 * half_width(level) / c.penalty.sqrt() } else { 0.0 };
            back + FARTHEST_END.max(penalised)
        };
        self.coefficients.iter().zip(estimates).map(of).collect()
    }

    /// Logarithms of the parameters and coefficients, of standardised covariates, as parameters and coefficients of covariates as they
    /// are given.
    pub(in crate::clv) fn as_given(&self, standardised: &[f64]) -> Vec<f64> {
        natural::<K>(self.back.dot(&ndarray::aview1(standardised)).iter())
    }

    /// What a model is made of, whose parameters are to come.
    pub(super) fn into_plan(self) -> (Encoding, Vec<Coefficient>) {
        (self.encoding, self.coefficients)
    }
}

/// Parameters and coefficients from coordinates, in which the parameters are logarithms.
#[cfg(feature = "simulation")]
pub(in crate::clv) fn natural<'a, const K: usize>(coordinates: impl Iterator<Item = &'a f64>) -> Vec<f64> {
    coordinates.enumerate().map(|(i, v)| if i < K { v.exp() } else { *v }).collect()
}
