//! `cpm.DiscreteHazard`.

use cpm_core::Column;
use cpm_core::churn::survival::{DiscreteHazard as Core, DiscreteHazardOptions, Link};
use numpy::ndarray::Array2;
use numpy::{PyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::covariates::Covariates;
use super::{Choices, SurvivalData, SurvivalRegression, name_of, results};
use crate::arrays::counts;
use crate::error::{OrRaise, bad_value};
use crate::estimator::{Params, Unset, fitted};
use crate::table::Table;

const LINKS: &Choices<Link> = &[("logit", Link::Logit), ("cloglog", Link::CLogLog)];

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
#[pyclass(module = "cpm", extends = SurvivalRegression)]
pub(crate) struct DiscreteHazard {}

impl DiscreteHazard {
    fn model<'a>(slf: &'a PyRef<'_, Self>) -> PyResult<&'a Core> {
        fitted!(slf.as_super().as_super(), DiscreteHazard)
    }

    fn chosen(params: &Params, py: Python<'_>) -> PyResult<DiscreteHazardOptions> {
        let options = DiscreteHazardOptions::new().link(params.choice(py, "link", LINKS)?);
        Ok(match Self::breaks_of(params, py)? {
            Some(breaks) => options.breaks(&breaks),
            None => options,
        })
    }

    fn breaks_of(params: &Params, py: Python<'_>) -> PyResult<Option<Vec<u32>>> {
        let breaks: Option<Bound<'_, PyAny>> = params.raw(py, "breaks")?.extract()?;
        breaks.map(|b| periods_of("breaks", &b)).transpose()
    }

    /// A model from a file.
    pub(crate) fn loaded(py: Python<'_>, model: Core) -> PyResult<Py<PyAny>> {
        // The groups that a model has are breaks too.
        let firsts: Vec<u32> = model.groups().iter().map(|g| g.first).collect();
        let single = (1..).zip(&firsts).all(|(period, first)| period == *first)
            && model.groups().iter().all(|g| g.first == g.last);
        let params = PyDict::new(py);
        params.set_item("link", name_of(&model.link(), LINKS))?;
        params.set_item("breaks", (!single).then_some(firsts))?;
        let base = SurvivalRegression::base(params, Some(model.into()));
        Ok(Py::new(py, base.add_subclass(Self {}))?.into_any())
    }

    /// The model, and the columns of its fit.
    fn model_and_x<'a>(slf: &'a PyRef<'_, Self>, x: &Bound<'_, PyAny>) -> PyResult<(&'a Core, Array2<f64>)> {
        let model = Self::model(slf)?;
        Ok((model, Covariates::new(x, Some(model.names()))?.values))
    }
}

#[pymethods]
#[expect(non_snake_case, reason = "X is scikit-learn's name")]
impl DiscreteHazard {
    #[new]
    #[pyo3(signature = (link=None, breaks=None), text_signature = "(link='logit', breaks=None)")]
    fn new<'py>(
        py: Python<'py>,
        link: Option<Bound<'py, PyAny>>,
        breaks: Option<Bound<'py, PyAny>>,
    ) -> PyResult<PyClassInitializer<Self>> {
        let choices = vec![("link", link, Unset::Text("logit")), ("breaks", breaks, Unset::None)];
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
            let mut options = Self::chosen(&slf.as_super().as_super().borrow().params, slf.py())?;
            if let Some(names) = names {
                options = options.names(names);
            }
            if let Some(iterations) = max_iterations {
                options = options.max_iterations(iterations);
            }
            slf.py().detach(|| Core::fit(&data.inner, values, &options)).or_raise()
        })?;
        slf.as_super().as_super().borrow_mut().set(model);
        Ok(slf)
    }

    /// The link.
    #[getter]
    fn link<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_super().as_super().raw(py, "link")
    }

    /// First period of each group of periods that share a hazard; None if each has its own.
    #[getter]
    fn breaks(slf: PyRef<'_, Self>, py: Python<'_>) -> PyResult<Option<Vec<u32>>> {
        Self::breaks_of(&slf.as_super().as_super().params, py)
    }

    /// The coefficients β by name.
    #[getter(params)]
    fn parameters<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let model = Self::model(&slf)?;
        results::by_name(py, model.names(), &model.coefficients())
    }

    /// Standard errors of the coefficients by name.
    #[getter]
    fn standard_errors<'py>(slf: PyRef<'_, Self>, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let model = Self::model(&slf)?;
        results::by_name(py, model.names(), &model.standard_errors())
    }

    /// The baseline: ``first, last, at_risk, events, intercept, standard_error`` per group of periods. The intercept α_j belongs
    /// to a customer whose covariates are all 0; it is missing where nobody or everybody had the event, and the
    /// hazard is exactly 0 or 1.
    #[getter]
    fn baseline(slf: PyRef<'_, Self>) -> PyResult<Table> {
        Self::model(&slf)?.baseline_table().or_raise().map(Into::into)
    }

    /// Person-periods at risk, as a sum of weights.
    #[getter]
    fn person_periods(slf: PyRef<'_, Self>) -> PyResult<f64> {
        Ok(Self::model(&slf)?.person_periods())
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
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
        periods: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let ((model, x), periods) = (Self::model_and_x(&slf, X)?, periods_of("periods", periods)?);
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
        slf: PyRef<'_, Self>,
        py: Python<'py>,
        X: &Bound<'py, PyAny>,
        periods: &Bound<'py, PyAny>,
        conditional_after: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let ((model, x), periods) = (Self::model_and_x(&slf, X)?, periods_of("periods", periods)?);
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
        slf: PyRef<'_, Self>,
        py: Python<'_>,
        X: &Bound<'_, PyAny>,
        periods: &Bound<'_, PyAny>,
        conditional_after: Option<&Bound<'_, PyAny>>,
        level: f64,
    ) -> PyResult<Table> {
        let ((model, x), periods) = (Self::model_and_x(&slf, X)?, periods_of("periods", periods)?);
        let ages = conditional_after.map(|a| periods_of("conditional_after", a)).transpose()?;
        let compute = || {
            let found = model.predict_survival_intervals(x.view(), &periods, ages.as_deref(), level)?;
            let at = Column::Integer(periods.iter().map(|p| i64::from(*p)).collect());
            results::survival_table("period", at, &found)
        };
        py.detach(compute).or_raise().map(Into::into)
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
