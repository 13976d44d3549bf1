//! Purchase models of regular purchases: `cpm.BgCnbd`, `cpm.MbgCnbd`.

use cpm_core::{SavedModel, SimulationPlan};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{GammaGamma, Model, PurchaseModel, fit_options, not_fitted, repr, to_python};
use crate::argument::Argument;
use crate::dates::iso_text;
use crate::error::OrRaise;
use crate::summary::CustomerSummary;
use crate::transactions::TransactionLog;

/// A model's class: the two differ in their names and their documentation.
macro_rules! regular_model {
    ($(#[$doc:meta])* $model:ident) => {
        $(#[$doc])*
        #[pyclass(module = "cpm", extends = PurchaseModel)]
        pub(crate) struct $model;

        #[pymethods]
        impl $model {
            #[new]
            fn new(py: Python<'_>) -> PyClassInitializer<Self> {
                Model::base(py, None).add_subclass(PurchaseModel).add_subclass(Self)
            }

            /// The model at given parameters, without uncertainty.
            ///
            /// Parameters without a unit are from 1e-6 to 1e8, those in units of time from 1e-20 to 1e25: wider than any fit.
            #[staticmethod]
            #[pyo3(signature = (*, k, r, alpha, a, b))]
            fn from_params(py: Python<'_>, k: u32, r: f64, alpha: f64, a: f64, b: f64) -> PyResult<Py<PyAny>> {
                to_python(py, cpm_core::clv::$model::from_params(k, r, alpha, a, b).or_raise()?.into())
            }

            /// Maximum likelihood, by Newton's method on the log-parameters with analytic derivatives.
            ///
            /// Parameters
            /// ----------
            /// customers : CustomerSummary
            ///     That knows the times between purchases, as one made from a log does (:attr:`CustomerSummary.ln_gaps`).
            /// k : int, optional
            ///     Stages of the time between purchases. By default 1, 2, … are tried until the likelihood falls, 12 at most.
            /// weights : array-like, optional
            ///     How often each row of the summary counts. Zero leaves a row out.
            /// start : array-like, optional
            ///     Starting values of r, alpha, a, b.
            /// max_iterations : int, optional
            ///     Most iterations from one starting point; 200 by default.
            /// priors : dict of Prior, optional
            ///     Priors by the name of the parameter.
            /// penalty : float
            ///     Weight of a penalty on the squared logarithms of the parameters.
            ///
            /// Returns
            /// -------
            /// PurchaseModel
            ///     This object, fitted.
            #[pyo3(signature = (customers, k=None, weights=None, start=None, max_iterations=None, priors=None, penalty=0.0))]
            #[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
            fn fit<'py>(
                slf: Bound<'py, Self>,
                customers: Argument<'_, CustomerSummary>,
                k: Option<u32>,
                weights: Option<&Bound<'py, PyAny>>,
                start: Option<&Bound<'py, PyAny>>,
                max_iterations: Option<usize>,
                priors: Option<&Bound<'py, PyDict>>,
                penalty: f64,
            ) -> PyResult<Bound<'py, Self>> {
                let options = fit_options(weights, start, max_iterations, priors, penalty)?;
                let customers = &customers.inner;
                let model = slf
                    .py()
                    .detach(|| match k {
                        Some(k) => cpm_core::clv::$model::fit_with_k(customers, k, &options),
                        None => cpm_core::clv::$model::fit(customers, &options),
                    })
                    .or_raise()?;
                Model::set(slf.as_super().as_super(), model);
                Ok(slf)
            }

            /// Stages of the time between purchases: 1 is as random as in a Poisson process, more are more regular.
            #[getter]
            fn k(slf: PyRef<'_, Self>) -> PyResult<u32> {
                match Model::saved(slf.as_super().as_super())? {
                    SavedModel::$model(model) => Ok(model.k()),
                    _ => Err(not_fitted(stringify!($model))),
                }
            }

            /// A log of customers who purchase and drop out as this model says, and spend as ``spend`` says: see
            /// :meth:`BgNbd.simulate`.
            #[pyo3(signature = (spend, *, customers, start, end, acquired_over=0.0, time_unit="week", seed=0))]
            #[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
            fn simulate<'py>(
                slf: &Bound<'py, Self>,
                spend: PyRef<'py, GammaGamma>,
                customers: u64,
                start: &Bound<'py, PyAny>,
                end: &Bound<'py, PyAny>,
                acquired_over: f64,
                time_unit: &str,
                seed: u64,
            ) -> PyResult<TransactionLog> {
                let base = slf.as_super().as_super().borrow();
                let SavedModel::$model(model) = Model::saved(&base)? else { return Err(not_fitted(stringify!($model))) };
                let spend = GammaGamma::model(&spend)?;
                let plan = SimulationPlan::new(customers, &iso_text("start", start, None)?, &iso_text("end", end, None)?)
                    .or_raise()?
                    .acquired_over(acquired_over)
                    .time_unit(time_unit.parse().or_raise()?)
                    .seed(seed);
                slf.py().detach(|| model.simulate(spend, &plan)).or_raise().map(Into::into)
            }

            fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
                Ok(match Model::saved(&slf.as_super().as_super().borrow()) {
                    Ok(SavedModel::$model(model)) => {
                        let parameters = SavedModel::from(model.clone()).parameters();
                        let name = concat!(stringify!($model), "(");
                        repr(stringify!($model), &parameters).replacen(name, &format!("{name}k={}, ", model.k()), 1)
                    }
                    _ => concat!(stringify!($model), "()").to_owned(),
                })
            }
        }
    };
}

regular_model! {
    /// The BG/CNBD-k model of purchases, which may be regular (Platzer & Reutterer 2016; Reutterer, Platzer & Schröder 2021).
    ///
    /// As :class:`BgNbd`, but the time between purchases is the sum of k exponential stages with rate λ (Erlang-k), which varies
    /// the less the larger k is. k is common to all customers and chosen by likelihood; with k = 1 the model is BG/NBD. Those
    /// who are regular and late are then likelier to have left. λ ~ Gamma(r, α), dropout p ~ Beta(a, b).
    ///
    /// References
    /// ----------
    /// Platzer & Reutterer (2016), Ticking Away the Moments, Marketing Science 35(5), 779-799.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
    /// >>> model = cpm.BgCnbd().fit(customers)
    /// >>> model.k  # CDs are bought at random, so that this is BG/NBD
    /// 1
    /// >>> plain = cpm.BgNbd().fit(customers).params
    /// >>> all(abs(model.params[name] - value) < 1e-8 * value for name, value in plain.items())
    /// True
    /// >>> cpm.BgCnbd.from_params(k=3, r=2, alpha=1.5, a=0.8, b=2.5)
    /// BgCnbd(k=3, r=2, alpha=1.5, a=0.8, b=2.5)
    BgCnbd
}

regular_model! {
    /// The MBG/CNBD-k model of purchases: as :class:`BgCnbd`, but a customer may drop out after any purchase, the first one
    /// included. With k = 1 it is :class:`MbgNbd`. Of the two, its authors recommend this one.
    ///
    /// References
    /// ----------
    /// Reutterer, Platzer & Schröder (2021), Leveraging purchase regularity for predicting customer behavior the easy way,
    /// International Journal of Research in Marketing 38(1), 194-215.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> truth = cpm.MbgCnbd.from_params(k=3, r=2, alpha=5, a=0.9, b=2.5)
    /// >>> spend = cpm.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
    /// >>> log = truth.simulate(spend, customers=1000, start="2024-01-01", end="2025-06-30", acquired_over=91, seed=1)
    /// >>> customers = log.summarize(merge_within="hour")
    /// >>> cpm.MbgCnbd().fit(customers).k
    /// 3
    MbgCnbd
}
