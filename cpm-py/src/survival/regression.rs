//! `cpm.SurvivalRegression`: what Cox's model, accelerated failure times and discrete hazards have in common.

use cpm_core::SavedModel;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::TestResult;
use crate::error::OrRaise;
use crate::estimator::{Estimator, Params, of_another_class};
use crate::table::Table;

/// What every regression of durations is: an :class:`Estimator` with coefficients, their errors, and a likelihood.
///
/// The models themselves are its subclasses.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> data = cpm.SurvivalData([1, 2, 3, 4, 5, 6], [1, 1, 0, 1, 0, 1])
/// >>> X = {"yearly": [0, 1, 0, 0, 1, 1]}
/// >>> for model in [cpm.CoxPh(), cpm.Aft("weibull"), cpm.DiscreteHazard()]:
/// ...     print(isinstance(model, cpm.SurvivalRegression), model.fit(X, data).names, model.events)
/// True ['yearly'] 4.0
/// True ['yearly'] 4.0
/// True ['yearly'] 4.0
#[pyclass(module = "cpm", extends = Estimator, subclass)]
pub(crate) struct SurvivalRegression {}

/// What all regressions can answer, of the one that the object holds.
macro_rules! each {
    ($slf:expr, $model:ident => $of:expr) => {{
        let class = $slf.get_type().name()?.to_string();
        match $slf.as_super().borrow().saved(&class)? {
            SavedModel::CoxPh($model) => $of,
            SavedModel::Aft($model) => $of,
            SavedModel::DiscreteHazard($model) => $of,
            _ => return Err(of_another_class()),
        }
    }};
}

impl SurvivalRegression {
    /// The base of a class from its choices, and from a fit if it is loaded.
    pub(super) fn base(params: impl Into<Params>, fitted: Option<SavedModel>) -> PyClassInitializer<Self> {
        Estimator::of(params, fitted).add_subclass(Self {})
    }
}

#[pymethods]
impl SurvivalRegression {
    /// Changes these choices. A curve of another distribution or link is another model: the fit is forgotten, but for that of
    /// :class:`CoxPh`, which stays until the next one.
    #[pyo3(signature = (**params))]
    fn set_params<'py>(slf: Bound<'py, Self>, params: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, Self>> {
        let chosen = Estimator::with(slf.as_super(), params)?;
        let mut own = slf.as_super().borrow_mut();
        own.params = chosen;
        if params.is_some_and(|p| !p.is_empty()) && !matches!(own.fitted(), Some(SavedModel::CoxPh(_))) {
            own.forget();
        }
        drop(own);
        Ok(slf)
    }

    /// Names of the covariates.
    #[getter]
    fn names(slf: &Bound<'_, Self>) -> PyResult<Vec<String>> {
        Ok(each!(slf, model => model.names().to_vec()))
    }

    /// The parameters with errors, tests and intervals.
    ///
    /// Parameters
    /// ----------
    /// level : float
    ///     Probability that an interval holds.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``covariate`` (of :class:`Aft` ``parameter``), ``coefficient``, what it multiplies (``hazard_ratio``, ``time_ratio``, or
    ///     the ``ratio`` of odds or hazards by the link), ``standard_error, z, p_value, low, high``; of :class:`CoxPh` also the
    ///     interval of the hazard ratio, ``hazard_ratio_low, hazard_ratio_high``.
    #[pyo3(signature = (level=0.95))]
    fn summary(slf: &Bound<'_, Self>, level: f64) -> PyResult<Table> {
        each!(slf, model => model.to_table(level)).or_raise().map(Into::into)
    }

    /// Maximised log-likelihood of durations or person-periods; of :class:`CoxPh` the partial one, without the penalty.
    #[getter]
    fn log_likelihood(slf: &Bound<'_, Self>) -> PyResult<f64> {
        Ok(each!(slf, model => model.log_likelihood()))
    }

    /// The same without covariates.
    #[getter]
    fn log_likelihood_null(slf: &Bound<'_, Self>) -> PyResult<f64> {
        Ok(each!(slf, model => model.log_likelihood_null()))
    }

    /// Akaike's information criterion, 2k - 2 ln L, over all that is estimated; of :class:`CoxPh` the partial one.
    #[getter]
    fn aic(slf: &Bound<'_, Self>) -> PyResult<f64> {
        Ok(each!(slf, model => model.aic()))
    }

    /// Test of β = 0 by the likelihood ratio. Its distribution holds without penalty and for frequencies as weights.
    #[getter]
    fn likelihood_ratio_test(slf: &Bound<'_, Self>) -> PyResult<TestResult> {
        Ok(each!(slf, model => model.likelihood_ratio_test()).into())
    }

    /// Events of the fit, as a sum of weights.
    #[getter]
    fn events(slf: &Bound<'_, Self>) -> PyResult<f64> {
        Ok(each!(slf, model => model.events()))
    }

    /// Iterations of Newton's method.
    #[getter]
    fn iterations(slf: &Bound<'_, Self>) -> PyResult<usize> {
        Ok(each!(slf, model => model.iterations()))
    }
}
