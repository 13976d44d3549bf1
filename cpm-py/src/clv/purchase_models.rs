//! The purchase models: `cpm.BgNbd`, `cpm.MbgNbd`, `cpm.ParetoNbd`, `cpm.GGompertzNbd`, `cpm.Nbd`.

use cpm_core::{SavedModel, SimulationPlan};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{GammaGamma, Model, PurchaseModel, fit_options, not_fitted, to_python};
use crate::argument::Argument;
use crate::dates::iso_text;
use crate::error::OrRaise;
use crate::summary::CustomerSummary;
use crate::transactions::TransactionLog;

/// A model's class: what differs between models is their names, their parameters and their documentation.
macro_rules! purchase_model {
    ($(#[$doc:meta])* $model:ident($($parameter:ident),+)) => {
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
            #[pyo3(signature = (*, $($parameter),+))]
            fn from_params(py: Python<'_>, $($parameter: f64),+) -> PyResult<Py<PyAny>> {
                to_python(py, cpm_core::$model::from_params($($parameter),+).or_raise()?.into())
            }

            /// Maximum likelihood, by Newton's method on the log-parameters with analytic derivatives.
            ///
            /// Parameters
            /// ----------
            /// customers : CustomerSummary
            /// weights : array-like, optional
            ///     How often each row of the summary counts, for grouped data. Zero leaves a row out.
            /// start : array-like, optional
            ///     Starting values of the parameters, in the order of :attr:`params`.
            /// max_iterations : int, optional
            ///     Most iterations from one starting point; 200 by default.
            /// priors : dict of Prior, optional
            ///     Priors by the name of the parameter: the fit then maximises the posterior density (MAP).
            /// penalty : float
            ///     Weight of a penalty on the squared logarithms of the parameters, relative to 1 or to the mean time of the data.
            ///
            /// Returns
            /// -------
            /// PurchaseModel
            ///     This object, fitted.
            ///
            /// Raises
            /// ------
            /// FitError
            ///     If the data do not determine the model or the optimiser does not arrive.
            #[pyo3(signature = (customers, weights=None, start=None, max_iterations=None, priors=None, penalty=0.0))]
            fn fit<'py>(
                slf: Bound<'py, Self>,
                customers: Argument<'_, CustomerSummary>,
                weights: Option<&Bound<'py, PyAny>>,
                start: Option<&Bound<'py, PyAny>>,
                max_iterations: Option<usize>,
                priors: Option<&Bound<'py, PyDict>>,
                penalty: f64,
            ) -> PyResult<Bound<'py, Self>> {
                let options = fit_options(weights, start, max_iterations, priors, penalty)?;
                let model = slf.py().detach(|| cpm_core::$model::fit(&customers.inner, &options)).or_raise()?;
                Model::set(slf.as_super().as_super(), model);
                Ok(slf)
            }

            /// A log of customers who purchase and drop out as this model says, and spend as ``spend`` says.
            ///
            /// Parameters
            /// ----------
            /// spend : GammaGamma
            /// customers : int
            ///     How many.
            /// start, end : date
            ///     First day, and last day of observation.
            /// acquired_over : float
            ///     First purchases are spread evenly over this many days from the start.
            /// time_unit : {"day", "week", "month", "year"}
            ///     The time unit of the model's parameters.
            /// seed : int
            ///     The same seed gives the same customers.
            ///
            /// Returns
            /// -------
            /// TransactionLog
            ///
            /// Examples
            /// --------
            /// >>> import cpm
            /// >>> model = cpm.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
            /// >>> spend = cpm.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
            /// >>> log = model.simulate(spend, customers=500, start="2024-01-01", end="2025-06-30", acquired_over=91, seed=7)
            /// >>> log.customers
            /// 500
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
        }
    };
}

purchase_model! {
    /// The beta-geometric / negative binomial model of purchases (Fader, Hardie & Lee 2005).
    ///
    /// While alive, a customer purchases as a Poisson process with rate λ ~ Gamma(r, α); after any repeat purchase it
    /// drops out with probability p ~ Beta(a, b). Since dropout can only follow a repeat purchase, a customer without one
    /// is alive for certain.
    ///
    /// For x repeat purchases, the last one at t_x, observed until T (eq. 6 of the paper):
    ///
    /// L = Γ(r+x)/Γ(r) · α^r/(α+T)^(r+x) · B(a, b+x)/B(a, b) · (1 + δ(x>0) · a/(b+x-1) · ((α+T)/(α+t_x))^(r+x))
    ///
    /// The last factor is 1/P(alive). α is in time units of the summary; r, a and b have none.
    ///
    /// References
    /// ----------
    /// Fader, Hardie & Lee (2005), "Counting Your Customers" the Easy Way, Marketing Science 24(2), 275-284.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
    /// >>> model = cpm.BgNbd().fit(customers)
    /// >>> {name: round(value, 3) for name, value in model.params.items()}
    /// {'r': 0.243, 'alpha': 4.414, 'a': 0.793, 'b': 2.426}
    /// >>> round(model.expected_purchases(customers, horizon=39).sum())
    /// 1653
    /// >>> given = cpm.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    /// >>> round(given.expected_purchases_new_customer(horizon=52), 3)
    /// 1.446
    BgNbd(r, alpha, a, b)
}

purchase_model! {
    /// The modified BG/NBD model of purchases (Batislam, Denizel & Filiztekin 2007; Hoppe & Wagner 2007).
    ///
    /// As :class:`BgNbd`, but a customer may drop out after any purchase, the first one included: a customer without
    /// repeat purchase is not alive for certain, and among the customers just acquired a/(a + b) are lost already.
    ///
    /// For x repeat purchases, the last one at t_x, observed until T:
    ///
    /// L = Γ(r+x)/Γ(r) · α^r/(α+T)^(r+x) · B(a, b+x+1)/B(a, b) · (1 + a/(b+x) · ((α+T)/(α+t_x))^(r+x))
    ///
    /// The last factor is 1/P(alive). α is in time units of the summary; r, a and b have none.
    ///
    /// References
    /// ----------
    /// Batislam, Denizel & Filiztekin (2007), Empirical validation and comparison of models for customer base analysis,
    /// International Journal of Research in Marketing 24(3), 201-209.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
    /// >>> model = cpm.MbgNbd().fit(customers)
    /// >>> round(model.log_likelihood, 2)
    /// -9582.14
    /// >>> round(model.expected_purchases(customers, horizon=39).sum())
    /// 1577
    MbgNbd(r, alpha, a, b)
}

purchase_model! {
    /// The Pareto/NBD model of purchases (Schmittlein, Morrison & Colombo 1987).
    ///
    /// While alive, a customer purchases as a Poisson process with rate λ ~ Gamma(r, α); it dies, at any time, with rate
    /// μ ~ Gamma(s, β). Death does not wait for a purchase as in :class:`BgNbd`: one-time buyers may be dead too.
    ///
    /// For x repeat purchases, the last one at t_x, observed until T:
    ///
    /// L = Γ(r+x)/Γ(r) · α^r β^s · [(α+T)^-(r+x) (β+T)^-s + s ∫ (α+τ)^-(r+x) (β+τ)^-(s+1) dτ]
    ///
    /// with the integral over the time of death τ from t_x to T. α and β are in time units of the summary.
    ///
    /// References
    /// ----------
    /// Schmittlein, Morrison & Colombo (1987), Counting Your Customers: Who Are They and What Will They Do Next?,
    /// Management Science 33(1), 1-24. Fader & Hardie (2005), A Note on Deriving the Pareto/NBD Model.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
    /// >>> model = cpm.ParetoNbd().fit(customers)
    /// >>> {name: round(value, 3) for name, value in model.params.items()}
    /// {'r': 0.553, 'alpha': 10.578, 's': 0.606, 'beta': 11.669}
    /// >>> round(model.expected_purchases_new_customer(horizon=52), 4)
    /// 1.4734
    ParetoNbd(r, alpha, s, beta)
}

purchase_model! {
    /// The gamma-Gompertz/NBD model of purchases (Bemmaor & Glady 2012).
    ///
    /// As :class:`ParetoNbd`, but the hazard of death grows with time, as η b e^(bτ) with η ~ Gamma(s, β): lifetimes can have a
    /// typical length. P(alive at τ) = (β/(β + e^(bτ) - 1))^s. For b → 0 with β/b held it is Pareto/NBD. α is in time units of the
    /// summary, b per time unit.
    ///
    /// Few logs determine all five parameters: look at ``convergence.warnings``.
    ///
    /// References
    /// ----------
    /// Bemmaor & Glady (2012), Modeling Purchasing Behavior with Sudden "Death", Management Science 58(5), 1012-1021.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> model = cpm.GGompertzNbd.from_params(r=1.5, alpha=4, b=0.1, s=1, beta=1000)
    /// >>> [round(model.expected_purchases_new_customer(horizon=t), 2) for t in (26, 52, 104, 208)]
    /// [9.71, 18.9, 25.82, 25.93]
    GGompertzNbd(r, alpha, b, s, beta)
}

purchase_model! {
    /// The negative binomial model of purchases: customers purchase at rates of their own and never leave (Ehrenberg 1959).
    ///
    /// A Poisson process with rate λ ~ Gamma(r, α) for ever. Its use is as a baseline: what a model with dropout adds is what
    /// it predicts better than this one. P(alive) is 1, and E[purchases in the next t] = (r + x)/(α + T) · t.
    ///
    /// L = Γ(r+x)/Γ(r) · α^r/(α+T)^(r+x)
    ///
    /// α is in time units of the summary; r has none.
    ///
    /// References
    /// ----------
    /// Ehrenberg (1959), The Pattern of Consumer Purchases, Applied Statistics 8(1), 26-41.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
    /// >>> model = cpm.Nbd().fit(customers)
    /// >>> {name: round(value, 3) for name, value in model.params.items()}
    /// {'r': 0.385, 'alpha': 12.072}
    /// >>> round(model.expected_purchases(customers, horizon=39).sum())  # 1,882 were made: customers do leave
    /// 2930
    Nbd(r, alpha)
}
