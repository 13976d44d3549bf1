//! Maximum likelihood for any contractual model that states ln S and its derivatives.

use super::renewals::{Renewals, Term};
use crate::clv::derivatives::Derivatives;
use crate::clv::fit::{FitOptions, FitReport, Problem, maximise};
use crate::error::{Error, Result};
use crate::numerics::parallel;

/// Terms per parallel task.
const CHUNK: usize = 256;

/// ln(1 - e^l) with slope and curvature in l: the log-probability of churn from the one of renewal.
pub(super) fn ln_complement(l: f64) -> [f64; 3] {
    let (renewal, churn) = (l.exp(), -l.exp_m1());
    let odds = renewal / churn;
    [if renewal < 0.5 { (-renewal).ln_1p() } else { churn.ln() }, -odds, -odds / churn]
}

/// What a model's file states for its fit.
pub(in crate::clv) struct Statement<const N: usize, F> {
    pub(in crate::clv) model: &'static str,
    pub(in crate::clv) names: [&'static str; N],
    /// ln P(k2 renewals | k1 renewals) at parameters, with derivatives: `(theta, k1, k2)`.
    pub(in crate::clv) ln_survival: F,
}

impl<const N: usize, F> Statement<N, F>
where
    F: Fn(&[f64; N], f64, f64) -> Derivatives<N> + Sync,
{
    /// The fitted parameters and the report; `start` is made from the share of renewals that end in churn.
    pub(super) fn fit(
        &self,
        renewals: &Renewals,
        options: &FitOptions,
        start: impl Fn(f64) -> [f64; N],
    ) -> Result<([f64; N], FitReport)> {
        if options.weights.is_some() {
            let expected = "weights belong to the data: give them where Renewals are made of customers";
            return Err(Error::argument("weights", "given", expected));
        }
        options.check(N, 0)?;
        let churn = self.identified(renewals)?;
        let terms = renewals.terms();
        let problem = Problem {
            model: self.model,
            purchases: 1.0,
            names: &self.names,
            scale: &[1.0; N],
            start: start(churn).to_vec(),
            customers: renewals.customers(),
            distinct: terms.len(),
            time_unit: None,
        };
        let (fitted, report) = maximise(&problem, options, |theta| {
            let theta: [f64; N] = std::array::from_fn(|i| theta[i]);
            self.log_likelihood(&terms, &theta).in_logs(&theta)
        })?;
        Ok((std::array::from_fn(|i| fitted[i]), report))
    }

    /// Log-likelihood of the data at parameters, with derivatives in their logarithms.
    #[cfg(feature = "simulation")]
    pub(super) fn evaluate(&self, terms: &[Term], parameters: &[f64]) -> crate::numerics::newton::Evaluation {
        let theta: [f64; N] = std::array::from_fn(|i| parameters[i]);
        self.log_likelihood(terms, &theta).in_logs(&theta)
    }

    /// Log-likelihood of the data with derivatives in the natural parameters.
    pub(in crate::clv) fn log_likelihood(&self, terms: &[Term], theta: &[f64; N]) -> Derivatives<N> {
        let parts = parallel::map_chunks(terms.len(), CHUNK, |range| {
            let mut sum = Derivatives::ZERO;
            for term in &terms[range] {
                if term.survived != 0.0 {
                    let survival = (self.ln_survival)(theta, 0.0, term.renewals);
                    sum.add(term.survived, &survival);
                }
                if term.churned > 0.0 {
                    let renewal = (self.ln_survival)(theta, term.renewals, term.renewals + 1.0);
                    sum.add_function(term.churned, &renewal, ln_complement(renewal.value));
                }
            }
            sum
        });
        let mut sum = Derivatives::ZERO;
        parts.for_each(|part| sum.add(1.0, &part));
        sum
    }

    /// The share of opportunities that ended in churn, if the data can tell the parameters.
    pub(in crate::clv) fn identified(&self, renewals: &Renewals) -> Result<f64> {
        let periods = renewals.by_period();
        let at_risk: f64 = periods.iter().map(|p| p.at_risk).sum();
        let renewed: f64 = periods.iter().map(|p| p.renewed).sum();
        let churned = at_risk - renewed;
        let (reason, remedy) = if at_risk <= 0.0 {
            ("no customer had an opportunity to renew".to_owned(), "Give cohorts with at least one renewal")
        } else if churned <= 0.0 {
            ("nobody churned, so lifetimes have no observed end".to_owned(), "Observe the customers for longer")
        } else if renewed <= 0.0 {
            ("nobody renewed, so all lifetimes are one period".to_owned(), "Take shorter periods")
        } else if periods.len() < N {
            (
                format!("{} renewal opportunities were observed, and {N} parameters need {N}", periods.len()),
                "Observe the customers for longer, or set the parameters with from_params",
            )
        } else {
            return Ok(churned / at_risk);
        };
        Err(Error::NotIdentified { model: self.model, reason, remedy: remedy.to_owned() })
    }
}
