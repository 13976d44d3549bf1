//! Targets: status, forecast, and what would close the gap.

use std::cell::RefCell;

use cpm_core::portfolio::{
    self as core, ClvDrivers, Gap as CoreGap, Goal as CoreGoal, GoalForecast as CoreForecast, GoalPath,
    GoalStatus as CoreStatus, Lever,
};
use cpm_core::{Column, Error, Timestamp};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::inputs::{Number, draw_options, timestamps};
use crate::arrays::floats;
use crate::clv::Estimate;
use crate::dates::iso_text;
use crate::error::{OrRaise, exception};
use crate::table::Table;

/// A figure that should get from its baseline to a target by a date.
///
/// Parameters
/// ----------
/// metric : str
///     What is to change.
/// baseline, target : float
///     The target may be below the baseline: for churn, for costs.
/// start, date : str or date
///     When the baseline was, and when the target should be reached.
/// path : {"linear", "compound"}
///     By the same amount or by the same factor every day.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> goal = cpm.portfolio.Goal("retention", 0.90, 1.02, "2024-01-01", "2024-12-31")
/// >>> round(goal.required("2024-07-01"), 3)
/// 0.96
/// >>> goal.status((0.95, 0.02), "2024-07-01").state        # 0.95 +- 0.04 may be on the path or not
/// 'undecided'
#[pyclass(module = "cpm.portfolio", frozen, eq)]
#[derive(PartialEq)]
pub(crate) struct Goal {
    pub(super) inner: CoreGoal,
}

fn time(name: &'static str, value: &Bound<'_, PyAny>) -> PyResult<Timestamp> {
    iso_text(name, value, None)?.parse::<Timestamp>().or_raise()
}

#[pymethods]
impl Goal {
    #[new]
    #[pyo3(signature = (metric, baseline, target, start, date, path="linear"))]
    fn new(
        metric: String,
        baseline: f64,
        target: f64,
        start: &Bound<'_, PyAny>,
        date: &Bound<'_, PyAny>,
        path: &str,
    ) -> PyResult<Self> {
        let path = match path {
            "linear" => GoalPath::Linear,
            "compound" => GoalPath::Compound,
            other => {
                let expected = "it must be one of linear, compound".to_owned();
                return Err(exception(Error::InvalidArgument { name: "path", value: other.to_owned(), expected }));
            }
        };
        let (start, date) = (time("start", start)?, time("date", date)?);
        CoreGoal::new(metric, baseline, target, start, date, path).or_raise().map(|inner| Self { inner })
    }

    /// What is to change.
    #[getter]
    fn metric(&self) -> &str {
        self.inner.metric()
    }

    /// Where it starts from.
    #[getter]
    fn baseline(&self) -> f64 {
        self.inner.baseline()
    }

    /// Where it should get to.
    #[getter]
    fn target(&self) -> f64 {
        self.inner.target()
    }

    /// Where the figure should be at a time.
    fn required(&self, at: &Bound<'_, PyAny>) -> PyResult<f64> {
        Ok(self.inner.required(time("at", at)?))
    }

    /// Where a measurement stands.
    ///
    /// Parameters
    /// ----------
    /// current : float or tuple
    ///     The figure, or the figure and its standard error.
    /// at : str or date
    /// level : float
    ///     Probability that the interval holds.
    #[pyo3(signature = (current, at, level=0.95))]
    fn status(&self, current: Number, at: &Bound<'_, PyAny>, level: f64) -> PyResult<GoalStatus> {
        self.inner.status(current.into(), time("at", at)?, level).or_raise().map(|inner| GoalStatus { inner })
    }

    /// The figure at the date of the goal if its changes go on as they did: a random walk with drift.
    ///
    /// Parameters
    /// ----------
    /// times : array-like
    ///     Dates of three measurements or more, ascending, not necessarily equally far apart.
    /// values : array-like
    /// level : float
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> goal = cpm.portfolio.Goal("repeat rate", 0.30, 0.36, "2024-01-01", "2024-12-31")
    /// >>> months = ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]
    /// >>> forecast = goal.forecast(months, [0.300, 0.308, 0.309, 0.318, 0.321])
    /// >>> round(forecast.expected.value, 3), round(forecast.probability, 2)
    /// (0.358, 0.46)
    #[pyo3(signature = (times, values, level=0.95))]
    fn forecast(&self, times: &Bound<'_, PyAny>, values: &Bound<'_, PyAny>, level: f64) -> PyResult<GoalForecast> {
        let (times, values) = (timestamps("times", times)?, floats("values", values)?);
        let inner = core::forecast_goal(&self.inner, &times, values.as_slice()?, level).or_raise()?;
        Ok(GoalForecast { inner })
    }

    fn __getnewargs__(&self) -> (String, f64, f64, String, String, &'static str) {
        let goal = &self.inner;
        let path = if goal.path() == GoalPath::Linear { "linear" } else { "compound" };
        let (start, date) = (goal.start().to_string(), goal.date().to_string());
        (goal.metric().to_owned(), goal.baseline(), goal.target(), start, date, path)
    }

    fn __repr__(&self) -> String {
        let (metric, baseline, target, start, date, _) = self.__getnewargs__();
        format!("Goal({metric:?}, {baseline} on {start} to {target} on {date})")
    }
}

/// Where a measurement stands; see :meth:`Goal.status`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> goal = cpm.portfolio.Goal("churn", 0.30, 0.20, "2024-01-01", "2024-12-31")
/// >>> status = goal.status((0.29, 0.005), "2024-07-01")
/// >>> status.state, round(status.progress.value, 3), round(status.on_path, 3)
/// ('behind', 0.1, 0.0)
#[pyclass(module = "cpm.portfolio", frozen)]
pub(crate) struct GoalStatus {
    pub(super) inner: CoreStatus,
}

#[pymethods]
impl GoalStatus {
    /// Where the figure should be.
    #[getter]
    fn required(&self) -> f64 {
        self.inner.required
    }

    /// Where it is, with interval.
    #[getter]
    fn current(&self) -> Estimate {
        self.inner.current.into()
    }

    /// Share of the way from baseline to target, with interval; may be below 0 or above 1.
    #[getter]
    fn progress(&self) -> Estimate {
        self.inner.progress.into()
    }

    /// Share of the time that has passed, from 0 to 1.
    #[getter]
    fn elapsed(&self) -> f64 {
        self.inner.elapsed
    }

    /// Probability that the figure is on the path or ahead of it.
    #[getter]
    fn on_path(&self) -> f64 {
        self.inner.on_path
    }

    /// "reached" or "on track" (with its whole interval), "undecided" (the interval contains the path), "behind".
    #[getter]
    fn state(&self) -> &'static str {
        self.inner.state.name()
    }

    fn __repr__(&self) -> String {
        let CoreStatus { required, current, on_path, state, .. } = &self.inner;
        format!(
            "GoalStatus({:?}, {:.6} where {required:.6} is required, on_path={on_path:.3})",
            state.name(),
            current.value
        )
    }
}

/// Where a figure is heading; see :meth:`Goal.forecast`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> goal = cpm.portfolio.Goal("customers", 100, 160, "2024-01-01", "2024-12-31", path="compound")
/// >>> forecast = goal.forecast(["2024-01-01", "2024-03-01", "2024-05-01"], [100, 112, 121])
/// >>> round(forecast.trend, 5), round(forecast.required_trend, 5)
/// (0.00158, 0.00115)
#[pyclass(module = "cpm.portfolio", frozen)]
pub(crate) struct GoalForecast {
    pub(super) inner: CoreForecast,
}

#[pymethods]
impl GoalForecast {
    /// The figure at the date of the goal, with its prediction interval.
    #[getter]
    fn expected(&self) -> Estimate {
        self.inner.expected.into()
    }

    /// Probability that it is at the target or beyond it at that date.
    #[getter]
    fn probability(&self) -> f64 {
        self.inner.probability
    }

    /// Change per day so far; on a compound path the factor per day less 1.
    #[getter]
    fn trend(&self) -> f64 {
        self.inner.trend
    }

    /// Change per day that would reach the target from the last measurement.
    #[getter]
    fn required_trend(&self) -> f64 {
        self.inner.required_trend
    }

    /// Days from the last measurement to the date.
    #[getter]
    fn days(&self) -> f64 {
        self.inner.days
    }

    fn __repr__(&self) -> String {
        let CoreForecast { expected, probability, .. } = &self.inner;
        let (value, low, high) = (expected.value, expected.interval.low, expected.interval.high);
        format!("GoalForecast({value:.6}, {low:.6} to {high:.6}, probability={probability:.3})")
    }
}

/// How a target can be reached, as a :class:`Table` of levers; see :func:`close_gap` and :func:`close_clv_gap`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> gap = cpm.portfolio.close_gap(lambda orders, basket: orders * basket, {"orders": (4, 6), "basket": (50, 55)}, 240)
/// >>> gap["lever"], gap["needed"], round(gap.together, 3)
/// (['orders', 'basket'], array([4.8, nan]), 0.325)
#[pyclass(module = "cpm.portfolio", extends = Table, frozen)]
pub(crate) struct Gap {
    pub(super) inner: CoreGap,
    value: Option<cpm_core::clv::Estimate>,
}

#[pymethods]
impl Gap {
    /// The metric now.
    #[getter]
    fn current(&self) -> f64 {
        self.inner.current
    }

    /// Where it should be.
    #[getter]
    fn target(&self) -> f64 {
        self.inner.target
    }

    /// Share of its way to the limit that every lever must go if all go together; None if all limits are not enough.
    #[getter]
    fn together(&self) -> Option<f64> {
        self.inner.together
    }

    /// Value of a customer with interval, of :func:`close_clv_gap`; else None.
    #[getter]
    fn value(&self) -> Option<Estimate> {
        self.value.map(Into::into)
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

fn gap_table(gap: &CoreGap) -> cpm_core::Result<cpm_core::Table> {
    let float = |of: fn(&core::LeverAnswer) -> f64| Column::Float(gap.alone.iter().map(of).collect());
    let optional = |of: fn(&core::LeverAnswer) -> Option<f64>| Column::Optional(gap.alone.iter().map(of).collect());
    let mut table = cpm_core::Table::new();
    table.push("lever", Column::Text(gap.alone.iter().map(|l| l.name.clone()).collect()))?;
    table.push("current", float(|l| l.current))?;
    table.push("needed", optional(|l| l.needed))?;
    table.push("change", optional(|l| l.needed.map(|n| n - l.current)))?;
    table.push("at_limit", float(|l| l.at_limit))?;
    table.push("elasticity", optional(|l| l.elasticity))?;
    Ok(table)
}

/// How far each lever must be moved alone, and all together, for a metric to reach a target.
///
/// Parameters
/// ----------
/// metric : callable
///     Takes the levers by name and gives the metric, which rises or falls steadily on the way of each lever to its limit.
/// levers : dict
///     Name to (value, limit): where it is, and how far it can be moved.
/// target : float
///
/// Returns
/// -------
/// Gap
///     ``lever, current, needed, change, at_limit, elasticity``; needed is missing where the limit is not enough. The elasticity is percent of the
///     metric for a percent of the lever.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> gap = cpm.portfolio.close_gap(lambda orders, basket: orders * basket, {"orders": (4, 6), "basket": (50, 55)}, 240)
/// >>> gap["at_limit"], gap["elasticity"].round(3)
/// (array([300., 220.]), array([1., 1.]))
#[pyfunction]
pub(crate) fn close_gap<'py>(
    py: Python<'py>,
    metric: &Bound<'py, PyAny>,
    levers: &Bound<'py, PyDict>,
    target: f64,
) -> PyResult<Bound<'py, Gap>> {
    let mut all = Vec::with_capacity(levers.len());
    for (name, lever) in levers.iter() {
        let (value, limit): (f64, f64) = lever.extract().map_err(|_| {
            pyo3::exceptions::PyTypeError::new_err("levers: give for each name a tuple of its value and its limit")
        })?;
        all.push(Lever::new(name.extract::<String>()?, value, limit));
    }
    let raised: RefCell<Option<PyErr>> = RefCell::new(None);
    let of = |x: &[f64]| {
        let call = || {
            let arguments = PyDict::new(py);
            all.iter().zip(x).try_for_each(|(lever, value)| arguments.set_item(&lever.name, value))?;
            metric.call(PyTuple::empty(py), Some(&arguments))?.extract::<f64>()
        };
        call().map_err(|error: PyErr| {
            let value = error.to_string();
            *raised.borrow_mut() = Some(error);
            Error::InvalidArgument { name: "metric", value, expected: "it must give a number".to_owned() }
        })
    };
    let found = core::close_gap(of, &all, target);
    if let Some(error) = raised.into_inner() {
        return Err(error);
    }
    let inner = found.or_raise()?;
    let table = gap_table(&inner).or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(Gap { inner, value: None }))
}

/// Where margin, purchases and retention would each have to be for the value of a customer to rise by a share.
///
/// CLV = margin * purchases * sum of retention^t / (1 + discount)^t for t = 1, 2, ... (Gupta & Lehmann 2003).
///
/// Parameters
/// ----------
/// margin : float or tuple
///     Margin of a purchase; as a tuple with its standard error.
/// purchases : float or tuple
///     Purchases of a living customer per period.
/// retention : float or tuple
///     Share of customers that stay from one period to the next.
/// discount : float
///     Discount rate per period.
/// rise : float
///     By which share the value should rise: 0.15 for 15 %.
/// limits : tuple
///     The farthest that margin, purchases and retention can get.
/// periods : int
///     Number of periods; without it without end.
/// draws, seed, level
///     How intervals are drawn.
///
/// Returns
/// -------
/// Gap
///     ``lever, current, needed, change, at_limit, elasticity, needed_low, needed_high``; missing where the limit is not enough.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> gap = cpm.portfolio.close_clv_gap((25, 1), 4, (0.80, 0.01), discount=0.10, rise=0.15, limits=(40, 6, 0.95))
/// >>> gap["lever"], gap["needed"].round(3)
/// (['margin', 'purchases', 'retention'], array([28.75,  4.6 ,  0.83]))
/// >>> round(gap.current, 2), round(gap.target, 2)
/// (266.67, 306.67)
#[pyfunction]
#[pyo3(signature = (margin, purchases, retention, *, discount, rise, limits, periods=None, draws=2000, seed=0, level=0.95))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn close_clv_gap<'py>(
    py: Python<'py>,
    margin: Number,
    purchases: Number,
    retention: Number,
    discount: f64,
    rise: f64,
    limits: (f64, f64, f64),
    periods: Option<u32>,
    draws: usize,
    seed: u64,
    level: f64,
) -> PyResult<Bound<'py, Gap>> {
    let drivers = ClvDrivers {
        margin: margin.into(),
        purchases: purchases.into(),
        retention: retention.into(),
        discount,
        periods,
    };
    let options = draw_options(draws, seed, level);
    let (inner, value, table) = py
        .detach(|| {
            let (gap, needed, value) = core::close_clv_gap(&drivers, rise, [limits.0, limits.1, limits.2], &options)?;
            let mut table = gap_table(&gap)?;
            table.push("needed_low", Column::Optional(needed.iter().map(|n| n.low).collect()))?;
            table.push("needed_high", Column::Optional(needed.iter().map(|n| n.high).collect()))?;
            Ok((gap, value, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(Gap { inner, value: Some(value) }))
}
