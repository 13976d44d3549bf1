//! The likelihood-ratio test between nested models.

use crate::clv::FitReport;
use crate::error::{Error, Result};
use crate::numerics::test_result::TestResult;

/// By how much a limit may be better than what is near it.
const LEVEL: f64 = 0.01;

/// Tests a model against a larger one that contains it: twice the difference of their log-likelihoods, which is chi-squared
/// with as many degrees of freedom as the larger model has parameters more, if the smaller one is true.
///
/// It is for fits by maximum likelihood to the same data: a model with covariates against the same without, against equal
/// coefficients or fewer columns, [`BetaDiscreteWeibull`](super::super::BetaDiscreteWeibull) against
/// [`ShiftedBetaGeometric`](super::super::ShiftedBetaGeometric). Where the smaller model lies on the edge of the larger one
/// (NBD as Pareto/NBD without deaths), the p-value is too large: the test is then conservative.
///
/// A k that a fit chose counts as a parameter.
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
/// other numbers of customers or in other units of time, if the second has no more parameters than the first, or if the first is no case or limit of it.
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
    if let (Some(unit), Some(other)) = (full.time_unit, restricted.time_unit)
        && unit != other
    {
        let expected = format!("its times are in {unit}s, those of the other fit in {other}s");
        return Err(Error::argument("full", "a fit to other data", expected));
    }
    if full.estimated() <= restricted.estimated() {
        let found = format!("{} parameters", full.estimated());
        let expected = format!("it must have more parameters than the restricted model, {}", restricted.estimated());
        return Err(Error::argument("full", found, expected));
    }
    if !contains(&full.model, &restricted.model) {
        let expected =
            format!("{} is no case of {}: compare them by AIC, BIC or a hold-out", restricted.model, full.model);
        return Err(Error::argument("full", "not a larger model", expected));
    }
    let difference = full.log_likelihood - restricted.log_likelihood;
    // A model that is the limit of a larger one is so only up to the edge of where that one is sought.
    if difference < -LEVEL {
        let expected =
            format!("its log-likelihood is lower by {:.6}: it does not contain the other model", -difference);
        return Err(Error::argument("full", "not a larger model", expected));
    }
    let degrees = full.estimated() - restricted.estimated();
    Ok(TestResult::chi_squared(2.0 * difference.max(0.0), degrees))
}

/// Whether a model has another one as a case or a limit, by their names in the literature.
fn contains(full: &str, restricted: &str) -> bool {
    let purchases = ["BG/NBD", "MBG/NBD", "Pareto/NBD", "GGompertz/NBD", "BG/CNBD-k", "MBG/CNBD-k"];
    match (restricted, full) {
        // Reports of older files do not say what they are of.
        ("", _) | (_, "") => true,
        // Without dropout, as dropout becomes impossible.
        ("NBD", full) => full == "NBD" || purchases.contains(&full),
        ("Pareto/NBD", "GGompertz/NBD") | ("BG/NBD", "BG/CNBD-k") | ("MBG/NBD", "MBG/CNBD-k") | ("sBG", "BdW") => true,
        _ => full == restricted,
    }
}

#[cfg(all(test, feature = "more-models"))]
mod tests {
    use super::*;
    use crate::clv::{BgNbd, FitOptions, GGompertzNbd, MbgCnbd, MbgNbd, Nbd, ParetoNbd, PurchaseProcess};
    use crate::{SummaryOptions, TimeUnit, datasets};

    #[test]
    fn only_what_is_nested_is_tested() {
        let log = datasets::cdnow_sample().unwrap();
        let customers = log.summarize(&SummaryOptions::new().as_of("1997-09-30").unwrap()).unwrap();
        let options = FitOptions::new();
        let (bg, pareto) = (BgNbd::fit(&customers, &options).unwrap(), ParetoNbd::fit(&customers, &options).unwrap());
        let (nbd, gompertz) =
            (Nbd::fit(&customers, &options).unwrap(), GGompertzNbd::fit(&customers, &options).unwrap());
        // Pareto/NBD is the limit of GGompertz/NBD that these customers lead to.
        let limit = likelihood_ratio_test(pareto.fit_report(), gompertz.fit_report()).unwrap();
        assert!(limit.statistic < 1e-9 && limit.p_value > 0.999 && limit.degrees_of_freedom == 1, "{limit:?}");
        let days = log.summarize(&SummaryOptions::new().as_of("1997-09-30").unwrap().time_unit(TimeUnit::Day)).unwrap();
        let days = Nbd::fit(&days, &options).unwrap();
        let refused = likelihood_ratio_test(days.fit_report(), pareto.fit_report()).unwrap_err().to_string();
        assert!(refused.contains("in weeks, those of the other fit in days"), "{refused}");
        let refused = likelihood_ratio_test(bg.fit_report(), gompertz.fit_report()).unwrap_err().to_string();
        assert!(refused.contains("BG/NBD is no case of GGompertz/NBD"), "{refused}");
        assert_eq!(likelihood_ratio_test(nbd.fit_report(), pareto.fit_report()).unwrap().degrees_of_freedom, 2);
        // A k that was chosen is a parameter; one that was given is none.
        let plain = MbgNbd::fit(&customers, &options).unwrap();
        let (chosen, given) =
            (MbgCnbd::fit(&customers, &options).unwrap(), MbgCnbd::fit_with_k(&customers, 1, &options).unwrap());
        let test = likelihood_ratio_test(plain.fit_report(), chosen.fit_report()).unwrap();
        assert_eq!((test.degrees_of_freedom, test.statistic.abs() < 1e-6), (1, true));
        let refused = likelihood_ratio_test(plain.fit_report(), given.fit_report()).unwrap_err().to_string();
        assert!(refused.contains("more parameters"), "{refused}");
    }
}
