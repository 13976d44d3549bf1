//! The likelihood-ratio test between nested models.

use crate::clv::FitReport;
use crate::error::{Error, Result};
use crate::numerics::test_result::TestResult;

/// Tests a model against a larger one that contains it: twice the difference of their log-likelihoods, which is chi-squared
/// with as many degrees of freedom as the larger model has parameters more, if the smaller one is true.
///
/// It is for fits by maximum likelihood to the same data: a model with covariates against the same without, against equal
/// coefficients or fewer columns, [`BetaDiscreteWeibull`](super::super::BetaDiscreteWeibull) against
/// [`ShiftedBetaGeometric`](super::super::ShiftedBetaGeometric). Where the smaller model lies on the edge of the larger one
/// (NBD as Pareto/NBD without deaths), the p-value is too large: the test is then conservative.
///
/// ```
/// use cpm_core::clv::{BetaDiscreteWeibull, Cohort, ContractualProcess, FitOptions, Renewals, ShiftedBetaGeometric};
/// use cpm_core::clv::likelihood_ratio_test;
/// let renewals = Renewals::from_cohorts(&[Cohort::new(&[1000.0, 631.0, 468.0, 382.0, 326.0])])?;
/// let sbg = ShiftedBetaGeometric::fit(&renewals, &FitOptions::new())?;
/// let bdw = BetaDiscreteWeibull::fit(&renewals, &FitOptions::new())?;
/// let test = likelihood_ratio_test(sbg.fit_report(), bdw.fit_report())?;
/// assert_eq!(test.degrees_of_freedom, 1);
/// assert!(test.p_value > 0.05); // c = 1 will do
/// # Ok::<(), cpm_core::Error>(())
/// ```
///
/// # Errors
/// [`Error::InvalidArgument`] if a model was not fitted, was fitted with priors or penalties, if the models were fitted to
/// other numbers of customers, or if the second has no more parameters than the first.
pub fn likelihood_ratio_test(restricted: Option<&FitReport>, full: Option<&FitReport>) -> Result<TestResult> {
    let given = |name, report: Option<&FitReport>| match report {
        None => Err(Error::argument(name, "a model with given parameters", "fit it: the test compares two fits")),
        Some(report) if report.log_prior != 0.0 => {
            Err(Error::argument(name, "a penalised fit", "the test is for fits by maximum likelihood"))
        }
        Some(report) => Ok(report.clone()),
    };
    let (restricted, full) = (given("restricted", restricted)?, given("full", full)?);
    if (restricted.customers - full.customers).abs() > 1e-9 * full.customers {
        let expected = format!("it has {} customers, the other fit {}", full.customers, restricted.customers);
        return Err(Error::argument("full", "a fit to other data", expected));
    }
    if full.parameters.len() <= restricted.parameters.len() {
        let found = format!("{} parameters", full.parameters.len());
        let expected =
            format!("it must have more parameters than the restricted model, {}", restricted.parameters.len());
        return Err(Error::argument("full", found, expected));
    }
    let difference = full.log_likelihood - restricted.log_likelihood;
    let rounding = 1e-9 * full.log_likelihood.abs();
    if difference < -rounding {
        let expected =
            format!("its log-likelihood is lower by {:.6}: it does not contain the other model", -difference);
        return Err(Error::argument("full", "not a larger model", expected));
    }
    let degrees = full.parameters.len() - restricted.parameters.len();
    Ok(TestResult::chi_squared(2.0 * difference, degrees))
}
