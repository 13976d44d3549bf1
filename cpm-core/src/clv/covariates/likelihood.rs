//! The likelihood of a purchase model with covariates, history by history.

#[cfg(feature = "simulation")]
use std::marker::PhantomData;

#[cfg(feature = "simulation")]
use super::effects::{self, Coefficient};
#[cfg(feature = "simulation")]
use super::encoding::Encoding;
#[cfg(feature = "simulation")]
use super::fit::Standardised;
#[cfg(feature = "simulation")]
use super::options::CovariateOptions;
use super::purchase::CovariateBase;
#[cfg(feature = "simulation")]
use super::purchase::{WithCovariates, given};
use crate::clv::derivatives::Derivatives;
#[cfg(feature = "simulation")]
use crate::error::Result;
#[cfg(feature = "simulation")]
use crate::numerics::newton::Evaluation;
#[cfg(feature = "simulation")]
use crate::summary::CustomerSummary;
use crate::summary::{Histories, History};

/// Histories by profile.
pub(super) struct Groups {
    histories: Vec<History>,
    weights: Vec<f64>,
    start: Vec<usize>,
    /// Sum of the weights of each profile.
    pub(super) total: Vec<f64>,
}

impl Groups {
    pub(super) fn new(grouped: &Histories, profiles: usize) -> Self {
        let mut order: Vec<usize> = (0..grouped.distinct().len()).collect();
        // Stable, so that the histories of a profile stay sorted by x.
        order.sort_by_key(|&g| grouped.distinct()[g].profile);
        let histories: Vec<History> = order.iter().map(|&g| grouped.distinct()[g]).collect();
        let weights: Vec<f64> = order.iter().map(|&g| grouped.weight()[g]).collect();
        let start: Vec<usize> =
            (0..=profiles).map(|p| histories.partition_point(|h| (h.profile as usize) < p)).collect();
        let total = start.windows(2).map(|w| weights[w[0]..w[1]].iter().sum()).collect();
        Self { histories, weights, start, total }
    }

    pub(super) fn log_likelihood<M: CovariateBase>(&self, profile: usize, theta: [f64; 4]) -> Derivatives<4> {
        let rows = self.start[profile]..self.start[profile + 1];
        M::log_likelihood(theta, &self.histories[rows.clone()], &self.weights[rows])
    }
}

/// The likelihood as a function of the parameters of the base and the coefficients, all of standardised covariates; the penalty of the
/// coefficients is part of it.
#[cfg(feature = "simulation")]
pub(in crate::clv) struct Likelihood<M: CovariateBase> {
    encoding: Encoding,
    coefficients: Vec<Coefficient>,
    groups: Groups,
    standardised: Standardised,
    back: ndarray::Array2<f64>,
    forth: ndarray::Array2<f64>,
    model: PhantomData<fn() -> M>,
}

#[cfg(feature = "simulation")]
impl<M: CovariateBase> Likelihood<M> {
    /// Of the customers' histories, as often as they count. Coefficients for which the options have no penalty get the given one.
    pub(in crate::clv) fn new(
        customers: &CustomerSummary,
        histories: &Histories,
        options: &CovariateOptions,
        penalty: f64,
    ) -> Result<Self> {
        let given = given(customers)?;
        let (encoding, mut coefficients) = WithCovariates::<M>::plan(given, options)?;
        coefficients.iter_mut().filter(|c| c.penalty == 0.0).for_each(|c| c.penalty = penalty);
        let groups = Groups::new(histories, given.profiles());
        let standardised = Standardised::new(M::MODEL, &encoding, given, &groups.total)?;
        let (back, forth) = (standardised.back::<4>(&coefficients), standardised.forth::<4>(&coefficients));
        Ok(Self { encoding, coefficients, groups, standardised, back, forth, model: PhantomData })
    }

    /// How many there are.
    pub(in crate::clv) fn coefficients(&self) -> usize {
        self.coefficients.len()
    }

    /// Value with derivatives in the logarithms of the parameters and the coefficients.
    pub(in crate::clv) fn evaluate(&self, parameters: &[f64]) -> Evaluation {
        effects::evaluate(&self.standardised.design, &self.coefficients, parameters, |profile, theta| {
            self.groups.log_likelihood::<M>(profile, theta)
        })
    }

    /// The same at parameters and coefficients of covariates as they are given, with derivatives in these.
    pub(super) fn evaluate_as_given(&self, parameters: &[f64]) -> Evaluation {
        let given: ndarray::Array1<f64> =
            parameters.iter().enumerate().map(|(i, v)| if i < 4 { v.ln() } else { *v }).collect();
        let standardised = self.forth.dot(&given);
        let natural: Vec<f64> =
            standardised.iter().enumerate().map(|(i, v)| if i < 4 { v.exp() } else { *v }).collect();
        let at = self.evaluate(&natural);
        let transposed = self.forth.t();
        Evaluation {
            value: at.value,
            gradient: transposed.dot(&at.gradient),
            hessian: transposed.dot(&at.hessian).dot(&self.forth),
        }
    }

    /// Standard deviation of the covariate of each coefficient.
    pub(super) fn deviations(&self) -> Vec<f64> {
        self.standardised.deviations(&self.coefficients)
    }

    /// Logarithms of the parameters and coefficients, of standardised covariates, as parameters and coefficients of covariates as they
    /// are given.
    pub(in crate::clv) fn as_given(&self, standardised: &[f64]) -> Vec<f64> {
        let raw = self.back.dot(&ndarray::aview1(standardised));
        raw.iter().enumerate().map(|(i, v)| if i < 4 { v.exp() } else { *v }).collect()
    }

    /// The model whose parameters are to come.
    pub(in crate::clv) fn into_template(self, options: &CovariateOptions) -> WithCovariates<M> {
        WithCovariates::template(self.encoding, self.coefficients, options.clone())
    }
}
