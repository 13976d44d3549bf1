//! Whether a report that comes from a file can be that of the model beside it.

use std::borrow::Cow;

use ndarray::Array2;

use super::fit::{FitReport, VAGUE};
use crate::numerics::symmetric::eigen;

/// What rounding may do to a covariance, as a share of its largest entry.
const ROUNDING: f64 = 1e-8;
/// Wider than the logarithm of the range in which any parameter is sought.
const FARTHEST: f64 = 100.0;

impl FitReport {
    /// What is wrong with the report for a model of these parameters, whose name in the literature may be known; `None` if nothing is.
    pub(crate) fn contradiction(&self, model: Option<&str>, parameters: &[(Cow<'static, str>, f64)]) -> Option<String> {
        let names: Vec<&str> = parameters.iter().map(|(name, _)| name.as_ref()).collect();
        let n = names.len();
        // Reports of older files do not say what they are of.
        if let Some(model) = model
            && !self.model.is_empty()
            && self.model != model
        {
            return Some(format!("its fit is one of {}, not of {model}", self.model));
        }
        if self.parameters != names {
            let found = self.parameters.join(", ");
            return Some(format!("the parameters of its fit are {found}, those of the model {}", names.join(", ")));
        }
        let is_error = |error: &f64| error.is_finite() && *error >= 0.0;
        if self.standard_errors.len() != n || !self.standard_errors.iter().flatten().all(is_error) {
            return Some(format!("standard_errors are not {n} numbers of at least 0"));
        }
        if !(self.customers.is_finite() && self.customers > 0.0) {
            return Some(format!("customers = {}, but a fit has some", self.customers));
        }
        if !(self.log_likelihood.is_finite() && self.log_prior.is_finite() && self.gradient_norm >= 0.0) {
            return Some("log_likelihood, log_prior or gradient_norm is no number that a fit has".to_owned());
        }
        if !self.from_edge.iter().all(|way| way.len() == n && way.iter().all(|v| v.abs() <= FARTHEST)) {
            return Some(format!("from_edge are not ways of {n} log-parameters within their ranges"));
        }
        // Coefficients of covariates have the unit of one over these, and their variance any size.
        let largest = if names.iter().any(|name| name.contains(':')) { f64::INFINITY } else { VAGUE };
        (!is_covariance(&self.covariance_log, n, largest)).then(|| {
            format!("covariance_log is not {n} x {n} finite numbers, symmetric and positive semi-definite, as a fit has them")
        })
    }
}

fn is_covariance(covariance: &Array2<f64>, n: usize, largest: f64) -> bool {
    if covariance.dim() != (n, n) || !covariance.iter().all(|v| v.is_finite()) {
        return false;
    }
    let size = covariance.iter().fold(0.0, |a: f64, v| a.max(v.abs()));
    let allowed = ROUNDING * size;
    let symmetric = covariance.indexed_iter().all(|((i, j), v)| (v - covariance[(j, i)]).abs() <= allowed);
    let bounded = (0..n).all(|i| covariance[(i, i)] <= largest * (1.0 + ROUNDING));
    symmetric
        && bounded
        && (size == 0.0 || eigen(&covariance.mapv(|v| v / size)).values.iter().all(|v| *v >= -ROUNDING))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::clv::{BgCnbd, FitOptions, GammaGamma, MbgNbd};
    use crate::summary::CustomerSummary;
    use crate::{BgNbd, SavedModel, SummaryOptions, TimeUnit, datasets};

    fn cdnow() -> CustomerSummary {
        datasets::cdnow_sample().unwrap().summarize(&SummaryOptions::new().as_of("1997-09-30").unwrap()).unwrap()
    }

    #[test]
    fn a_report_of_something_else_is_refused() {
        let fitted = SavedModel::from(BgNbd::fit(&cdnow(), &FitOptions::new()).unwrap());
        let file: Value = serde_json::from_str(&fitted.to_json().unwrap()).unwrap();
        let refused = |path: &str, value: Value, words: &str| {
            let mut file = file.clone();
            *file.pointer_mut(path).unwrap() = value;
            let message = SavedModel::from_json(&file.to_string()).unwrap_err().to_string();
            assert!(message.contains(words) && message.contains("unchanged"), "{path}: {message}");
        };
        refused("/model", json!("MbgNbd"), "one of BG/NBD, not of MBG/NBD");
        refused("/state/fit/parameters", json!(["alpha", "r", "a", "b"]), "alpha, r, a, b");
        refused("/state/fit/parameters", json!(["r", "alpha"]), "r, alpha");
        refused("/state/fit/standard_errors", json!([0.1, 0.1]), "standard_errors");
        refused("/state/fit/standard_errors", json!([0.1, 0.1, -1.0, 0.1]), "standard_errors");
        refused("/state/fit/customers", json!(-5.0), "customers = -5");
        refused("/state/fit/covariance_log/data/1", json!(5.0), "symmetric");
        refused("/state/fit/covariance_log/data/0", json!(-1.0), "semi-definite");
        refused("/state/fit/covariance_log/data/0", json!(1e300), "covariance_log");
        refused("/state/r", json!(1e300), "r = 1e300");
        // Those of older versions do not say what they are of.
        let mut old = file.clone();
        old["state"]["fit"]["model"] = json!("");
        assert!(SavedModel::from_json(&old.to_string()).is_ok());
    }

    #[test]
    fn what_is_no_text_is_no_model() {
        let path = std::env::temp_dir().join(format!("cpm-no-text-{}.json", std::process::id()));
        std::fs::write(&path, [b'{', 0xff, 0xfe]).unwrap();
        let message = SavedModel::load(&path).unwrap_err().to_string();
        std::fs::remove_file(&path).unwrap();
        assert!(message.contains("the byte at 1 is not UTF-8") && message.contains("Give a file"), "{message}");
    }

    #[test]
    fn fits_on_the_edge_come_back() {
        // All of one rate, in years and in days, and amounts of any currency.
        let n = 60;
        let x: Vec<f64> = (0..n).map(|i| f64::from(2 + i % 2)).collect();
        for (scale, unit) in [(1e-3, TimeUnit::Year), (1e4, TimeUnit::Day)] {
            let (t_x, t) = (vec![8.0 * scale; n as usize], vec![9.0 * scale; n as usize]);
            let z: Vec<f64> = (0..n).map(|i| scale * scale * scale * f64::from(5 + i % 3)).collect();
            let customers = CustomerSummary::new(&x, &t_x, &t, unit).unwrap().with_monetary_value(&z).unwrap();
            let options = FitOptions::new();
            let mut models: Vec<SavedModel> = Vec::new();
            models.extend(BgNbd::fit(&customers, &options).ok().map(Into::into));
            models.extend(MbgNbd::fit(&customers, &options).ok().map(Into::into));
            models.extend(BgCnbd::fit_with_k(&customers, 1, &options).ok().map(Into::into));
            models.extend(crate::Nbd::fit(&customers, &options).ok().map(Into::into));
            models.extend(GammaGamma::fit(&customers, &options).ok().map(Into::into));
            assert!(models.iter().any(|m| !m.fit_report().unwrap().at_boundary.is_empty()));
            for model in models {
                assert_eq!(SavedModel::from_json(&model.to_json().unwrap()).unwrap(), model);
            }
        }
    }

    #[test]
    fn parameters_have_a_domain() {
        assert!(BgNbd::from_params(1e-6, 1e-20, 1e8, 1e8).is_ok());
        let error = BgNbd::from_params(1e12, 1.0, 1.0, 1.0).unwrap_err().to_string();
        assert!(error.contains("r = 1e12") && error.contains("1e8"), "{error}");
        assert!(GammaGamma::from_params(6.0, 4.0, 1e300).unwrap_err().to_string().contains("v = 1e300"));
    }
}
