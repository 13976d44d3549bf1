//! `cpm.CoxPh`.

mod proportional;
mod tables;

use cpm_core::Column;
use cpm_core::churn::survival::{CoxOptions, CoxPh as Core, Ties, TimeTransform};
use numpy::ndarray::Array2;
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

pub(crate) use proportional::ProportionalHazardsTest;

use super::covariates::Covariates;
use super::labels::{Labels, strata as strata_codes};
use super::{Choices, Concordance, SurvivalData, SurvivalRegression, TestResult, choice, name_of, results};
use crate::arrays::floats;
use crate::error::OrRaise;
use crate::estimator::{Params, Unset, fitted};
use crate::table::Table;

const TIES: &Choices<Ties> = &[("efron", Ties::Efron), ("breslow", Ties::Breslow)];
const TRANSFORMS: &Choices<TimeTransform> = &[
    ("kaplan-meier", TimeTransform::KaplanMeier),
    ("rank", TimeTransform::Rank),
    ("identity", TimeTransform::Identity),
    ("log", TimeTransform::Log),
];

/// Cox's proportional hazards model: h(t | x) = h₀(t) exp(x'β), with h₀ left free.
///
/// β maximises the partial likelihood. Conventions are those of R's ``coxph`` and lifelines' ``CoxPHFitter``; the baseline
/// belongs to a customer at the mean of all covariates.
///
/// Wherever covariates are given, ``X`` is a matrix with one row per customer, or a table with named columns: a pandas,
/// Polars or PyArrow table, or a dict of columns. Predictions take the columns of a table by the names of the fit.
///
/// Parameters
/// ----------
/// ties : {"efron", "breslow"}
///     How events at one time enter the partial likelihood.
/// penalty : float
///     Ridge penalty, as lifelines' ``penalizer``: the log partial likelihood is reduced by n/2 · penalty · Σ (β·s)², with
///     s the standard deviation of the column and n the sum of weights.
/// robust : bool
///     Standard errors that hold when the model does not, or when weights are sampling weights (Lin & Wei 1989).
///
/// References
/// ----------
/// Cox (1972), Regression Models and Life-Tables, JRSS B 34(2), 187-220.
///
/// Examples
/// --------
/// 6-mercaptopurine against placebo in acute leukemia: weeks in remission (Freireich et al. 1963).
///
/// >>> import cpm
/// >>> treated = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
/// >>> relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
/// >>> placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
/// >>> data = cpm.SurvivalData(treated + placebo, relapse + [1] * 21)
/// >>> X = {"6-MP": [1] * 21 + [0] * 21}
/// >>> model = cpm.CoxPh().fit(X, data)
/// >>> {name: round(value, 4) for name, value in model.params.items()}
/// {'6-MP': -1.5721}
/// >>> model.summary()["standard_error"].round(4)
/// array([0.4124])
/// >>> bool((model.predict_survival(X, times=[10])[:21] > 0.7).all())
/// True
#[pyclass(module = "cpm", extends = SurvivalRegression)]
pub(crate) struct CoxPh {}

impl CoxPh {
    fn model<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<&'a Core> {
        fitted!(slf.as_super().as_super(), CoxPh)
    }

    fn chosen(params: &Params, py: Python<'_>) -> PyResult<CoxOptions> {
        let options = CoxOptions::new().ties(params.choice(py, "ties", TIES)?);
        Ok(options.penalty(params.number(py, "penalty")?).robust(params.flag(py, "robust")?))
    }

    /// A model from a file.
    pub(crate) fn loaded(py: Python<'_>, model: Core) -> PyResult<Py<PyAny>> {
        let params = PyDict::new(py);
        params.set_item("ties", name_of(&model.ties(), TIES))?;
        params.set_item("penalty", model.penalty())?;
        params.set_item("robust", model.is_robust())?;
        let base = SurvivalRegression::base(params, Some(model.into()));
        Ok(Py::new(py, base.add_subclass(Self {}))?.into_any())
    }

    /// The model, and the columns of its fit.
    fn model_and_x<'a>(slf: &'a PyRef<'_, Self>, x: &Bound<'_, PyAny>) -> PyResult<(&'a Core, Array2<f64>)> {
        let model = Self::model(slf)?;
        Ok((model, Covariates::new(x, Some(model.names()))?.values))
    }

    /// The options of the fit, for what looks at its data again.
    fn of_fit(model: &Core, strata: Option<&Bound<'_, PyAny>>) -> PyResult<CoxOptions> {
        let options = CoxOptions::new().names(model.names()).ties(model.ties());
        Ok(match strata_codes(strata)? {
            Some(codes) => options.strata(&codes),
            None => options,
        })
    }
}

#[pymethods]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
impl CoxPh {
    #[new]
    #[pyo3(
        signature = (ties=None, penalty=None, robust=None),
        text_signature = "(ties='efron', penalty=0.0, robust=False)"
    )]
    fn new<'py>(
        py: Python<'py>,
        ties: Option<Bound<'py, PyAny>>,
        penalty: Option<Bound<'py, PyAny>>,
        robust: Option<Bound<'py, PyAny>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let choices = vec![
            ("ties", ties, Unset::Text("efron")),
            ("penalty", penalty, Unset::Float(0.0)),
            ("robust", robust, Unset::Flag(false)),
        ];
        let params = Params::new(py, choices)?;
        Self::chosen(&params, py)?;
        Ok(SurvivalRegression::base(params, None).add_subclass(Self {}))
    }

    /// Fits the model.
    ///
    /// Parameters
    /// ----------
    /// X : array-like or table
    ///     One row per row of ``data``, one column per attribute.
    /// data : SurvivalData
    /// names : list of str, optional
    ///     Of a matrix the names of its columns, ``x0, x1, …`` by default; of a table the columns to use, all by default.
    /// strata : array-like of int, optional
    ///     A code per row: rows of one code share a baseline hazard, all rows share the coefficients.
    /// clusters : array-like of int or str, optional
    ///     A label per row: rows of one label may depend on each other. Standard errors are then robust.
    /// max_iterations : int, optional
    ///     Most iterations of Newton's method; 100 by default.
    ///
    /// Returns
    /// -------
    /// CoxPh
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// DataError
    ///     Naming column, row (from 0) and value of a covariate that is missing, text or infinite.
    /// FitError
    ///     Without events, with a constant column, with linearly dependent columns, or with columns that separate the
    ///     events (no finite estimate exists; a penalty gives one).
    #[pyo3(signature = (X, data, names=None, strata=None, clusters=None, max_iterations=None))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        data: &SurvivalData,
        names: Option<Vec<String>>,
        strata: Option<&Bound<'py, PyAny>>,
        clusters: Option<&Bound<'py, PyAny>>,
        max_iterations: Option<usize>,
    ) -> PyResult<Bound<'py, Self>> {
        let model = Covariates::visit(X, names.as_deref(), |names, values| {
            let mut options = Self::chosen(&slf.as_super().as_super().borrow().params, slf.py())?;
            if let Some(names) = names {
                options = options.names(names);
            }
            if let Some(codes) = strata_codes(strata)? {
                options = options.strata(&codes);
            }
            if let Some(labels) = clusters {
                options = options.clusters(&Labels::new("clusters", labels)?.codes().0);
            }
            if let Some(iterations) = max_iterations {
                options = options.max_iterations(iterations);
            }
            slf.py().detach(|| Core::fit(&data.inner, values, &options)).or_raise()
        })?;
        slf.as_super().as_super().borrow_mut().set(model);
        Ok(slf)
    }

    /// How tied events are treated.
    #[getter]
    fn ties<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_super().as_super().raw(py, "ties")
    }

    /// The ridge penalty.
    #[getter]
    fn penalty(slf: PyRef<'_, Self>, py: Python<'_>) -> PyResult<f64> {
        slf.as_super().as_super().params.number(py, "penalty")
    }

    /// Whether standard errors are robust; with clusters they always are.
    #[getter]
    fn robust(slf: PyRef<'_, Self>, py: Python<'_>) -> PyResult<bool> {
        match Self::model(&slf) {
            Ok(model) => Ok(model.is_robust()),
            Err(_) => slf.as_super().as_super().params.flag(py, "robust"),
        }
    }

    /// The coefficients β by name: changes of the log-hazard per unit of the covariate.
    #[getter(params)]
    fn coefficients<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let model = Self::model(&slf)?;
        results::by_name(py, model.names(), model.coefficients())
    }

    /// Standard errors of the coefficients by name.
    #[getter]
    fn standard_errors<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let model = Self::model(&slf)?;
        results::by_name(py, model.names(), &model.standard_errors())
    }

    /// Covariance of the coefficients, in the order of ``names``; robust if that was asked for.
    #[getter]
    fn covariance<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        Ok(Self::model(&slf)?.covariance().to_pyarray(py))
    }

    /// Mean of each covariate by name, to which the baseline belongs.
    #[getter]
    fn means<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let model = Self::model(&slf)?;
        results::by_name(py, model.names(), model.means())
    }

    /// Test of β = 0 by the coefficients and their covariance (Wald).
    #[getter]
    fn wald_test(slf: PyRef<'_, Self>) -> PyResult<TestResult> {
        Ok(Self::model(&slf)?.wald_test().into())
    }

    /// Test of β = 0 by the gradient there (score test; for one group column without ties, the log-rank test).
    #[getter]
    fn score_test(slf: PyRef<'_, Self>) -> PyResult<TestResult> {
        Ok(Self::model(&slf)?.score_test().into())
    }

    /// Rows of the fit, as a sum of weights.
    #[getter]
    fn rows(slf: PyRef<'_, Self>) -> PyResult<f64> {
        Ok(Self::model(&slf)?.rows())
    }

    /// Cumulative hazards of a customer at the mean of all covariates: a table with ``stratum, time, cumulative_hazard``,
    /// one row per stratum and event time. Without strata the stratum is 0.
    #[getter]
    fn baseline(slf: PyRef<'_, Self>) -> PyResult<Table> {
        tables::baseline(Self::model(&slf)?).or_raise().map(Into::into)
    }

    /// (x - mean)'β of each row: the log-hazard against a customer at the mean.
    fn predict_log_partial_hazard<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (model, x) = Self::model_and_x(&slf, X)?;
        Ok(PyArray1::from_vec(py, py.detach(|| model.predict_log_partial_hazard(x.view())).or_raise()?))
    }

    /// exp((x - mean)'β) of each row: the hazard against a customer at the mean.
    fn predict_partial_hazard<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (model, x) = Self::model_and_x(&slf, X)?;
        Ok(PyArray1::from_vec(py, py.detach(|| model.predict_partial_hazard(x.view())).or_raise()?))
    }

    /// S(t | x) of each customer at each time.
    ///
    /// Parameters
    /// ----------
    /// X : array-like or table
    /// times : array-like
    ///     From 0 to the largest observed duration.
    /// strata : array-like of int, optional
    ///     The stratum of each row, for a model with strata.
    ///
    /// Returns
    /// -------
    /// numpy.ndarray
    ///     One row per customer, one column per time.
    #[pyo3(signature = (X, times, strata=None))]
    fn predict_survival<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
        times: &Bound<'py, PyAny>,
        strata: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let ((model, x), strata) = (Self::model_and_x(&slf, X)?, strata_codes(strata)?);
        let times = floats("times", times)?;
        let times = times.as_slice()?;
        let survival = py.detach(|| model.predict_survival(x.view(), strata.as_deref(), times)).or_raise()?;
        Ok(survival.to_pyarray(py))
    }

    /// The same with intervals, from the uncertainty of both coefficients and baseline.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``row`` (from 0), ``time, survival, low, high``: one row per customer and time.
    #[pyo3(signature = (X, times, strata=None, level=0.95))]
    fn predict_survival_intervals(
        slf: PyRef<'_, Self>,
        py: Python<'_>,
        X: &Bound<'_, PyAny>,
        times: &Bound<'_, PyAny>,
        strata: Option<&Bound<'_, PyAny>>,
        level: f64,
    ) -> PyResult<Table> {
        let ((model, x), strata) = (Self::model_and_x(&slf, X)?, strata_codes(strata)?);
        let times = floats("times", times)?;
        let times = times.as_slice()?;
        let compute = || {
            let found = model.predict_survival_intervals(x.view(), strata.as_deref(), times, level)?;
            results::survival_table("time", Column::Float(times.to_vec()), &found)
        };
        py.detach(compute).or_raise().map(Into::into)
    }

    /// The first event time at which S(t | x) is at most 1/2; NaN where it does not fall so far.
    #[pyo3(signature = (X, strata=None))]
    fn predict_median<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
        strata: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let ((model, x), strata) = (Self::model_and_x(&slf, X)?, strata_codes(strata)?);
        let medians = py.detach(|| model.predict_median(x.view(), strata.as_deref())).or_raise()?;
        Ok(PyArray1::from_iter(py, medians.into_iter().map(|m| m.unwrap_or(f64::NAN))))
    }

    /// Concordance of the model's hazards with the durations of ``data``, over pairs of one stratum.
    #[pyo3(signature = (X, data, strata=None))]
    fn concordance(
        slf: PyRef<'_, Self>,
        py: Python<'_>,
        X: &Bound<'_, PyAny>,
        data: &SurvivalData,
        strata: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Concordance> {
        let ((model, x), strata) = (Self::model_and_x(&slf, X)?, strata_codes(strata)?);
        py.detach(|| model.concordance(&data.inner, x.view(), strata.as_deref())).or_raise().map(Into::into)
    }

    /// Tests whether coefficients drift with a function of time, as R's ``cox.zph`` (survival 3.0 and later) does.
    ///
    /// Parameters
    /// ----------
    /// X, data, strata
    ///     Those of the fit.
    /// transform : {"kaplan-meier", "rank", "identity", "log"}
    ///     The function of time: 1 - S of the pooled Kaplan-Meier curve, the rank of the event time, the time, its logarithm.
    ///
    /// Returns
    /// -------
    /// ProportionalHazardsTest
    ///     ``covariate, statistic, p_value``, each with one degree of freedom.
    ///
    /// Raises
    /// ------
    /// FitError
    ///     For a model with a penalty, or events that do not show any change over time.
    #[pyo3(signature = (X, data, strata=None, transform="kaplan-meier"))]
    fn proportional_hazards_test<'py>(
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
        data: &SurvivalData,
        strata: Option<&Bound<'py, PyAny>>,
        transform: &str,
    ) -> PyResult<Bound<'py, ProportionalHazardsTest>> {
        let transform = choice("transform", transform, TRANSFORMS)?;
        let (model, x) = Self::model_and_x(&slf, X)?;
        let options = Self::of_fit(model, strata)?;
        let compute = || {
            let test = model.proportional_hazards_test(&data.inner, x.view(), &options, transform)?;
            let table = tables::tests(&test)?;
            Ok((test.global, table))
        };
        let (global, table) = py.detach(compute).or_raise()?;
        let base = PyClassInitializer::from(Table::from(table));
        Bound::new(py, base.add_subclass(ProportionalHazardsTest { global }))
    }

    /// Schoenfeld residuals: at each event the covariates of the row less their expectation over the risk set.
    ///
    /// Parameters
    /// ----------
    /// X, data, strata
    ///     Those of the fit.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``row`` (of the data, from 0), ``time``, and per covariate ``residual_…`` and ``scaled_…``, the residual times
    ///     covariance and number of events (Grambsch & Therneau 1994).
    #[pyo3(signature = (X, data, strata=None))]
    fn schoenfeld_residuals(
        slf: PyRef<'_, Self>,
        py: Python<'_>,
        X: &Bound<'_, PyAny>,
        data: &SurvivalData,
        strata: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Table> {
        let (model, x) = Self::model_and_x(&slf, X)?;
        let options = Self::of_fit(model, strata)?;
        let compute = || {
            let found = model.schoenfeld_residuals(&data.inner, x.view(), &options)?;
            tables::schoenfeld(model.names(), &found)
        };
        py.detach(compute).or_raise().map(Into::into)
    }
}
