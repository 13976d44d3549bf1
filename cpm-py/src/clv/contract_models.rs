//! `cpm.ShiftedBetaGeometric`, `cpm.BetaDiscreteWeibull`.

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::contractual::ContractualModel;
use super::{Model, Renewals, fit_options, to_python};
use crate::error::OrRaise;

/// A model's class: what differs between models is their names, their parameters and their documentation.
macro_rules! contractual_model {
    ($(#[$doc:meta])* $model:ident($($parameter:ident),+)) => {
        $(#[$doc])*
        #[pyclass(module = "cpm", extends = ContractualModel)]
        pub(crate) struct $model;

        #[pymethods]
        impl $model {
            #[new]
            fn new(py: Python<'_>) -> PyClassInitializer<Self> {
                Model::base(py, None).add_subclass(ContractualModel).add_subclass(Self)
            }

            /// The model at given parameters, without uncertainty.
            #[staticmethod]
            #[pyo3(signature = (*, $($parameter),+))]
            fn from_params(py: Python<'_>, $($parameter: f64),+) -> PyResult<Py<PyAny>> {
                to_python(py, cpm_core::$model::from_params($($parameter),+).or_raise()?.into())
            }

            /// Maximum likelihood, by Newton's method on the log-parameters with analytic derivatives.
            ///
            /// Parameters
            /// ----------
            /// renewals : Renewals
            /// start : array-like, optional
            ///     Starting values of the parameters, in the order of :attr:`params`.
            /// max_iterations : int, optional
            ///     Most iterations from one starting point; 200 by default.
            /// priors : dict of Prior, optional
            ///     Priors by the name of the parameter: the fit then maximises the posterior density (MAP).
            /// penalty : float
            ///     Weight of a penalty on the squared logarithms of the parameters.
            ///
            /// Returns
            /// -------
            /// ContractualModel
            ///     This object, fitted.
            ///
            /// Raises
            /// ------
            /// FitError
            ///     If nobody churned, nobody renewed, fewer opportunities than parameters were observed, or the optimiser
            ///     does not arrive.
            #[pyo3(signature = (renewals, start=None, max_iterations=None, priors=None, penalty=0.0))]
            fn fit<'py>(
                slf: Bound<'py, Self>,
                renewals: &Renewals,
                start: Option<&Bound<'py, PyAny>>,
                max_iterations: Option<usize>,
                priors: Option<&Bound<'py, PyDict>>,
                penalty: f64,
            ) -> PyResult<Bound<'py, Self>> {
                let options = fit_options(None, start, max_iterations, priors, penalty)?;
                let model = slf.py().detach(|| cpm_core::$model::fit(&renewals.inner, &options)).or_raise()?;
                Model::set(slf.as_super().as_super(), model);
                Ok(slf)
            }
        }
    };
}

contractual_model! {
    /// The shifted-beta-geometric model of contract renewal (Fader & Hardie 2007).
    ///
    /// At each renewal opportunity a customer leaves with a probability θ of its own, always the same, and
    /// θ ~ Beta(α, β) over customers. Retention rates of a cohort then rise with its age, since those with a high θ
    /// leave first:
    ///
    /// S(t) = B(α, β+t)/B(α, β), r_t = S(t)/S(t-1) = (β + t - 1)/(α + β + t - 1) (eq. 5 to 7 of the paper).
    ///
    /// Use it for renewals at known dates (subscriptions, policies, memberships). If the chance of leaving of the single
    /// customer changes with its tenure, :class:`BetaDiscreteWeibull` fits better.
    ///
    /// References
    /// ----------
    /// Fader & Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing 21(1), 76-90.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> # "Regular" customers of the paper, percent of 1,000 left after years 0 to 7.
    /// >>> shares = [100, 63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1]
    /// >>> model = cpm.ShiftedBetaGeometric().fit(cpm.Renewals.from_percent(shares, customers=1000))
    /// >>> {name: round(value, 3) for name, value in model.params.items()}
    /// {'alpha': 0.704, 'beta': 1.182}
    /// >>> survival = model.survival(12)
    /// >>> survival.low < 0.173 < survival.high  # year 12 was 17.3 %
    /// True
    ShiftedBetaGeometric(alpha, beta)
}

contractual_model! {
    /// The beta-discrete-Weibull model of contract renewal (Fader, Hardie, Liu, Davin & Steenburgh 2018).
    ///
    /// A customer is left after t opportunities with probability (1 - θ)^(t^c), and θ ~ Beta(γ, δ) over customers. With c > 1
    /// the chance of leaving grows with tenure, with c < 1 it falls; c = 1 is :class:`ShiftedBetaGeometric`.
    ///
    /// S(t) = B(γ, δ + t^c)/B(γ, δ)
    ///
    /// Three parameters want a few more renewals of data than the two of sBG; compare the two by their AIC.
    ///
    /// References
    /// ----------
    /// Fader, Hardie, Liu, Davin & Steenburgh (2018), How to Project Customer Retention Revisited: The Role of Duration
    /// Dependence, Journal of Interactive Marketing 43, 1-16.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> # "High End" customers, percent of 1,000 left after years 0 to 4.
    /// >>> shares = [100, 86.9, 74.3, 65.3, 59.3]
    /// >>> model = cpm.BetaDiscreteWeibull().fit(cpm.Renewals.from_percent(shares, customers=1000))
    /// >>> round(model.params["c"], 2)
    /// 1.58
    /// >>> abs(model.survival(12).value - 0.394) < 0.03  # year 12 was 39.4 %
    /// True
    BetaDiscreteWeibull(gamma, delta, c)
}
