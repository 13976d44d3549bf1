//! `cpm.DiscreteHazard`.

use std::path::PathBuf;

use cpm_core::churn::survival::{DiscreteHazard as Core, DiscreteHazardOptions, Link};
use cpm_core::{Column, SavedModel};
use numpy::{PyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::covariates::Covariates;
use super::{Choices, Pickled, SurvivalData, TestResult, choice, fitted, name_of, no_such_parameter};
use crate::arrays::counts;
use crate::error::{OrRaise, bad_value};
use crate::estimator;
use crate::table::Table;

const LINKS: &Choices<Link> = &[("logit", Link::Logit), ("cloglog", Link::CLogLog)];

/// Link and breaks, as the class takes them.
type Choice = (&'static str, Option<Vec<u32>>);

/// Discrete-time hazard: the chance to leave in each period, given that the customer is still there.
///
/// h(j | x) = F(α_j + x'β), the person-period regression of Singer & Willett. For customers who leave at renewals or are
/// counted by month: durations are whole periods from 1, the period in which a row had its event or at the end of which it
/// was last seen. With entry times a row is at risk in the periods entry + 1, …, duration; a covariate that changes
/// over time is one row per stretch. Person-periods are never written out.
///
/// Parameters
/// ----------
/// link : {"logit", "cloglog"}
///     Logit: exp(β) is the odds ratio of leaving in a period. Complementary log-log: exp(β) is the hazard ratio of a Cox
///     model whose durations are seen in whole periods only.
/// breaks : list of int, optional
///     First period of each group of periods that share a hazard, from 1; the last group has no end. Default: a hazard for
///     each period.
///
/// References
/// ----------
/// Singer & Willett (1993), It's About Time, Journal of Educational Statistics 18(2), 155-195.
///
/// Examples
/// --------
/// Months until a subscription ended, with a monthly or a yearly plan:
///
/// >>> import cpm
/// >>> months = [1, 2, 2, 3, 1, 3, 3, 3, 2, 1, 3, 3]
/// >>> ended = [1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1]
/// >>> X = {"monthly": [1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0]}
/// >>> model = cpm.DiscreteHazard().fit(X, cpm.SurvivalData(months, ended))
/// >>> round(model.params["monthly"], 3)
/// 1.45
/// >>> model.predict_hazard({"monthly": [1, 0]}, periods=[1, 2, 3]).round(2)
/// array([[0.41, 0.4 , 0.77],
///        [0.14, 0.13, 0.45]])
#[pyclass(module = "cpm")]
pub(crate) struct DiscreteHazard {
    link: Link,
    breaks: Option<Vec<u32>>,
    fitted: Option<Core>,
}

impl From<Core> for DiscreteHazard {
    fn from(model: Core) -> Self {
        // The groups that a model has are breaks too.
        let firsts: Vec<u32> = model.groups().iter().map(|g| g.first).collect();
        let single = (1..).zip(&firsts).all(|(period, first)| period == *first)
            && model.groups().iter().all(|g| g.first == g.last);
        Self { link: model.link(), breaks: (!single).then_some(firsts), fitted: Some(model) }
    }
}

impl DiscreteHazard {
    fn model(&self) -> PyResult<&Core> {
        self.fitted.as_ref().ok_or_else(|| estimator::not_fitted("DiscreteHazard"))
    }

    /// The columns of the fit.
    fn covariates(&self, x: &Bound<'_, PyAny>) -> PyResult<Covariates> {
        Covariates::new(x, Some(self.model()?.names()))
    }
}

#[pymethods]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
impl DiscreteHazard {
    #[new]
    #[pyo3(signature = (link="logit", breaks=None))]
    fn new(link: &str, breaks: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let breaks = breaks.map(|b| periods_of("breaks", b)).transpose()?;
        Ok(Self { link: choice("link", link, LINKS)?, breaks, fitted: None })
    }

    /// Fits the model.
    ///
    /// Parameters
    /// ----------
    /// X : array-like or table
    ///     One row per row of ``data``, one column per attribute.
    /// data : SurvivalData
    ///     With whole durations from 1, and whole entry times.
    /// names : list of str, optional
    ///     Of a matrix the names of its columns, ``x0, x1, …`` by default; of a table the columns to use, all by default.
    /// max_iterations : int, optional
    ///     Most iterations of Newton's method; 100 by default.
    ///
    /// Returns
    /// -------
    /// DiscreteHazard
    ///     This object, fitted.
    ///
    /// Raises
    /// ------
    /// DataError
    ///     Naming column, row (from 0) and value of a covariate that is missing, text or infinite, and of a duration or entry
    ///     that is no whole period.
    /// FitError
    ///     Without events, with a constant column, with linearly dependent columns, or with columns that separate the events.
    #[pyo3(signature = (X, data, names=None, max_iterations=None))]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        data: &SurvivalData,
        names: Option<Vec<String>>,
        max_iterations: Option<usize>,
    ) -> PyResult<Bound<'py, Self>> {
        let model = Covariates::visit(X, names.as_deref(), |names, values| {
            let mut options = DiscreteHazardOptions::new().link(slf.borrow().link);
            if let Some(breaks) = &slf.borrow().breaks {
                options = options.breaks(breaks);
            }
            if let Some(names) = names {
                options = options.names(names);
            }
            if let Some(iterations) = max_iterations {
                options = options.max_iterations(iterations);
            }
            slf.py().detach(|| Core::fit(&data.inner, values, &options)).or_raise()
        })?;
        slf.borrow_mut().fitted = Some(model);
        Ok(slf)
    }

    /// The link.
    #[getter]
    fn link(&self) -> &'static str {
        name_of(&self.link, LINKS)
    }

    /// First period of each group of periods that share a hazard; None if each has its own.
    #[getter]
    fn breaks(&self) -> Option<Vec<u32>> {
        self.breaks.clone()
    }

    /// Names of the covariates.
    #[getter]
    fn names(&self) -> PyResult<Vec<String>> {
        Ok(self.model()?.names().to_vec())
    }

    /// The coefficients β by name.
    #[getter(params)]
    fn parameters<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let model = self.model()?;
        fitted::by_name(py, model.names(), &model.coefficients())
    }

    /// Standard errors of the coefficients by name.
    #[getter]
    fn standard_errors<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let model = self.model()?;
        fitted::by_name(py, model.names(), &model.standard_errors())
    }

    /// The baseline: ``first, last, at_risk, events, intercept, standard_error`` per group of periods. The intercept α_j belongs
    /// to a customer whose covariates are all 0; it is missing where nobody or everybody had the event, and the
    /// hazard is exactly 0 or 1.
    #[getter]
    fn baseline(&self) -> PyResult<Table> {
        self.model()?.baseline_table().or_raise().map(Into::into)
    }

    /// The coefficients with errors, tests and intervals.
    ///
    /// Parameters
    /// ----------
    /// level : float
    ///     Probability that an interval holds.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``covariate, coefficient, ratio, standard_error, z, p_value, low, high``; the ratio is that of odds (logit) or
    ///     hazards (cloglog).
    #[pyo3(signature = (level=0.95))]
    fn summary(&self, level: f64) -> PyResult<Table> {
        self.model()?.to_table(level).or_raise().map(Into::into)
    }

    /// Maximised log-likelihood of the person-periods.
    #[getter]
    fn log_likelihood(&self) -> PyResult<f64> {
        Ok(self.model()?.log_likelihood())
    }

    /// The same without covariates.
    #[getter]
    fn log_likelihood_null(&self) -> PyResult<f64> {
        Ok(self.model()?.log_likelihood_null())
    }

    /// Akaike's information criterion, 2k - 2 ln L, over coefficients and estimated hazards.
    #[getter]
    fn aic(&self) -> PyResult<f64> {
        Ok(self.model()?.aic())
    }

    /// Test of β = 0 by the likelihood ratio.
    #[getter]
    fn likelihood_ratio_test(&self) -> PyResult<TestResult> {
        Ok(self.model()?.likelihood_ratio_test().into())
    }

    /// Person-periods at risk, as a sum of weights.
    #[getter]
    fn person_periods(&self) -> PyResult<f64> {
        Ok(self.model()?.person_periods())
    }

    /// Events of the fit, as a sum of weights.
    #[getter]
    fn events(&self) -> PyResult<f64> {
        Ok(self.model()?.events())
    }

    /// Iterations of Newton's method.
    #[getter]
    fn iterations(&self) -> PyResult<usize> {
        Ok(self.model()?.iterations())
    }

    /// h(j | x): the chance of each customer to leave in each of the periods, if it is there at its beginning.
    ///
    /// Parameters
    /// ----------
    /// X : array-like or table
    /// periods : array-like of int
    ///     From 1 to the largest observed one.
    ///
    /// Returns
    /// -------
    /// numpy.ndarray
    ///     One row per customer, one column per period.
    fn predict_hazard<'py>(
        &self,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
        periods: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (model, x, periods) = (self.model()?, self.covariates(X)?.values, periods_of("periods", periods)?);
        Ok(py.detach(|| model.predict_hazard(x.view(), &periods)).or_raise()?.to_pyarray(py))
    }

    /// S(j | x): the chance of each customer to be there after each of the periods.
    ///
    /// Parameters
    /// ----------
    /// X : array-like or table
    /// periods : array-like of int
    /// conditional_after : array-like of int, optional
    ///     An age for each row, in whole periods. The answer is then the chance to stay so many periods *more*.
    ///
    /// Returns
    /// -------
    /// numpy.ndarray
    ///     One row per customer, one column per period.
    #[pyo3(signature = (X, periods, conditional_after=None))]
    fn predict_survival<'py>(
        &self,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
        periods: &Bound<'py, PyAny>,
        conditional_after: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (model, x, periods) = (self.model()?, self.covariates(X)?.values, periods_of("periods", periods)?);
        let ages = conditional_after.map(|a| periods_of("conditional_after", a)).transpose()?;
        Ok(py.detach(|| model.predict_survival(x.view(), &periods, ages.as_deref())).or_raise()?.to_pyarray(py))
    }

    /// The same with intervals.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``row`` (from 0), ``period, survival, low, high``: one row per customer and period.
    #[pyo3(signature = (X, periods, conditional_after=None, level=0.95))]
    fn predict_survival_intervals(
        &self,
        py: Python<'_>,
        X: &Bound<'_, PyAny>,
        periods: &Bound<'_, PyAny>,
        conditional_after: Option<&Bound<'_, PyAny>>,
        level: f64,
    ) -> PyResult<Table> {
        let (model, x, periods) = (self.model()?, self.covariates(X)?.values, periods_of("periods", periods)?);
        let ages = conditional_after.map(|a| periods_of("conditional_after", a)).transpose()?;
        let compute = || {
            let found = model.predict_survival_intervals(x.view(), &periods, ages.as_deref(), level)?;
            let at = Column::Integer(periods.iter().map(|p| i64::from(*p)).collect());
            fitted::survival_table("period", at, &found)
        };
        py.detach(compute).or_raise().map(Into::into)
    }

    /// Saves the model as a JSON file, which :func:`load_model` and the Rust crate read.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     The file; one that exists is overwritten.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        estimator::save(py, self.model()?, path)
    }

    /// The choices that the object was made with, as scikit-learn asks for them.
    #[pyo3(signature = (deep=true))]
    fn get_params<'py>(&self, py: Python<'py>, deep: bool) -> PyResult<Bound<'py, PyDict>> {
        let _ = deep;
        let params = PyDict::new(py);
        params.set_item("link", self.link())?;
        params.set_item("breaks", self.breaks())?;
        Ok(params)
    }

    /// Changes these choices, and forgets the fit.
    #[pyo3(signature = (**params))]
    fn set_params<'py>(slf: Bound<'py, Self>, params: Option<&Bound<'py, PyDict>>) -> PyResult<Bound<'py, Self>> {
        let (mut link, mut breaks) = (slf.borrow().link, slf.borrow().breaks.clone());
        for (name, value) in params.into_iter().flatten() {
            match name.extract::<String>()?.as_str() {
                "link" => link = choice("link", &value.extract::<String>()?, LINKS)?,
                "breaks" if value.is_none() => breaks = None,
                "breaks" => breaks = Some(periods_of("breaks", &value)?),
                other => return Err(no_such_parameter("DiscreteHazard", other, "link, breaks")),
            }
        }
        if params.is_some_and(|p| !p.is_empty()) {
            *slf.borrow_mut() = Self { link, breaks, fitted: None };
        }
        Ok(slf)
    }

    /// For pickle, with the JSON text of :meth:`save`.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Pickled<'py, Choice>> {
        let model = slf.borrow();
        Ok((slf.get_type(), (model.link(), model.breaks()), estimator::state(model.fitted.as_ref())?))
    }

    fn __setstate__(&mut self, state: &str) -> PyResult<()> {
        let of = |model| match model {
            SavedModel::DiscreteHazard(model) => Some(model),
            _ => None,
        };
        self.fitted = Some(estimator::restored("DiscreteHazard", state, of)?);
        Ok(())
    }

    fn __repr__(&self) -> String {
        let breaks = self.breaks.as_ref().map_or_else(|| "None".to_owned(), |b| format!("{b:?}"));
        format!("DiscreteHazard(link='{}', breaks={breaks})", self.link())
    }
}

/// Whole periods.
fn periods_of(column: &'static str, values: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
    let period = |(row, value): (usize, u64)| {
        let remedy = "Give whole periods";
        u32::try_from(value).map_err(|_| bad_value(column, row, value.to_string(), "it must be below 2^32", remedy))
    };
    counts(column, values)?.into_iter().enumerate().map(period).collect()
}
