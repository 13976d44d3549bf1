//! Customer lifetime value: one file per idea, as in the core.

mod asked;
mod bg_bb;
mod comparison;
mod contract_covariates;
mod contract_models;
mod contract_value;
mod contractual;
mod convergence;
mod covariate_model;
mod gamma_gamma;
mod holdout;
mod independence;
mod model;
mod opportunities;
mod opportunity_prediction;
mod posterior_draws;
mod prior;
mod purchase_model;
mod purchase_models;
mod refits;
mod regular_models;
mod renewals;
mod simulated_orders;
mod totals;
mod value;

use std::path::PathBuf;

use cpm_core::{FitOptions, SavedModel};
use pyo3::prelude::*;
use pyo3::types::PyDict;

pub(crate) use bg_bb::BgBb;
pub(crate) use comparison::{Comparison, compare};
pub(crate) use contract_covariates::ShiftedBetaGeometricWithCovariates;
pub(crate) use contract_models::{BetaDiscreteWeibull, ShiftedBetaGeometric};
pub(crate) use contract_value::ContractValue;
pub(crate) use contractual::ContractualModel;
pub(crate) use convergence::Convergence;
pub(crate) use covariate_model::{CovariateModel, likelihood_ratio_test};
pub(crate) use gamma_gamma::GammaGamma;
pub(crate) use holdout::{HoldoutCheck, holdout_check};
pub(crate) use independence::IndependenceTest;
pub(crate) use model::{Model, to_python};
pub(crate) use opportunities::OpportunityHistories;
pub(crate) use opportunity_prediction::OpportunityPrediction;
pub(crate) use posterior_draws::{Posterior, posterior};
pub(crate) use prior::Prior;
pub(crate) use purchase_model::PurchaseModel;
pub(crate) use purchase_models::{BgNbd, GGompertzNbd, MbgNbd, Nbd, ParetoNbd};
pub(crate) use refits::{Bootstrap, bootstrap, profile_interval};
pub(crate) use regular_models::{BgCnbd, MbgCnbd};
pub(crate) use renewals::Renewals;
pub(crate) use simulated_orders::{SimulatedOrders, simulate_orders};
pub(crate) use totals::{PurchaseTotals, purchase_totals};
pub(crate) use value::{Estimate, LifetimeValue, cash_flows, lifetime_value};

use crate::arrays::floats;
use crate::churn::PurchaseRhythm;
use crate::classifier::{Calibrator, ChurnClassifier, LogisticRegression, UpliftModel};
use crate::error::{CpmError, OrRaise};
use crate::survival::{Aft, CoxPh, DiscreteHazard, KaplanMeier, NelsonAalen};

/// Loads a model that was saved with its method ``save``, by Python or by Rust.
///
/// Parameters
/// ----------
/// path : str or os.PathLike
///     The file.
///
/// Returns
/// -------
/// Estimator
///     Of the class that was saved.
///
/// Raises
/// ------
/// CpmError
///     If the file is not a saved model, contradicts itself, or was written by a newer version.
/// OSError
///     If it cannot be read.
///
/// Examples
/// --------
/// >>> import cpm, tempfile, pathlib
/// >>> with tempfile.TemporaryDirectory() as folder:
/// ...     path = pathlib.Path(folder) / "model.json"
/// ...     cpm.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426).save(path)
/// ...     cpm.load_model(path)
/// BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
#[pyfunction]
pub(crate) fn load_model(py: Python<'_>, path: PathBuf) -> PyResult<Py<PyAny>> {
    let model = py.detach(|| SavedModel::load(path)).or_raise()?;
    restored(py, model)
}

/// A saved model as the Python class of its kind.
pub(crate) fn restored(py: Python<'_>, model: SavedModel) -> PyResult<Py<PyAny>> {
    match model {
        SavedModel::LogisticRegression(model) => LogisticRegression::loaded(py, model),
        SavedModel::ChurnClassifier(model) => ChurnClassifier::loaded(py, *model),
        SavedModel::Calibrator(model) => Calibrator::loaded(py, model),
        SavedModel::UpliftModel(model) => UpliftModel::loaded(py, model),
        SavedModel::CoxPh(model) => CoxPh::loaded(py, model),
        SavedModel::KaplanMeier(curve) => KaplanMeier::loaded(py, curve),
        SavedModel::NelsonAalen(hazard) => NelsonAalen::loaded(py, hazard),
        SavedModel::Aft(model) => Aft::loaded(py, model),
        SavedModel::DiscreteHazard(model) => DiscreteHazard::loaded(py, model),
        SavedModel::PurchaseRhythm(rhythm) => PurchaseRhythm::loaded(py, rhythm),
        model => match crate::segmentation::to_python(py, &model)? {
            Some(segmentation) => Ok(segmentation),
            None => to_python(py, model),
        },
    }
}

/// Priors by the names of their parameters.
fn named_priors(priors: Option<&Bound<'_, PyDict>>) -> PyResult<Vec<(String, cpm_core::clv::Prior)>> {
    let one = |(name, prior): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let name: String = name.extract()?;
        match prior.cast::<Prior>() {
            Ok(prior) => Ok((name, prior.get().inner)),
            Err(_) => Err(CpmError::new_err(format!("the prior of {name} is not a cpm.Prior"))),
        }
    };
    priors.iter().flat_map(|p| p.iter()).map(one).collect()
}

/// The arguments of `fit` that all models share.
fn fit_options(
    weights: Option<&Bound<'_, PyAny>>,
    start: Option<&Bound<'_, PyAny>>,
    max_iterations: Option<usize>,
    priors: Option<&Bound<'_, PyDict>>,
    penalty: f64,
) -> PyResult<FitOptions> {
    let mut options = FitOptions::new().penalty(penalty);
    for (name, prior) in named_priors(priors)? {
        options = options.prior(&name, prior);
    }
    if let Some(weights) = weights {
        options = options.weights(floats("weights", weights)?.as_slice()?);
    }
    if let Some(start) = start {
        options = options.start(floats("start", start)?.as_slice()?);
    }
    Ok(match max_iterations {
        Some(iterations) => options.max_iterations(iterations),
        None => options,
    })
}

/// What an object without parameters says to every question.
fn not_fitted(class: &str) -> PyErr {
    CpmError::new_err(format!("this {class} is not fitted yet. Call fit first, or make it with from_params"))
}

/// Names and values as a dict.
fn to_dict<'py>(py: Python<'py>, parameters: &[(impl AsRef<str>, f64)]) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in parameters {
        dict.set_item(name.as_ref(), value)?;
    }
    Ok(dict)
}

/// `Name(r=0.243, alpha=4.414)`.
fn repr(class: &str, parameters: &[(impl AsRef<str>, f64)]) -> String {
    let digits = |value: f64| {
        // Six significant digits are more than any fit determines.
        let text = format!("{value:.*}", (5 - value.abs().log10().floor() as i32).clamp(0, 12) as usize);
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
    };
    let parts: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{}={}", name.as_ref(), digits(*value))).collect();
    format!("{class}({})", parts.join(", "))
}
