//! `cpm.portfolio.allocate_budget`.

use cpm_core::Error;
use cpm_core::portfolio::{
    Activity, Allocation as Problem, AllocationPlan, Objective, Regret as CoreRegret, Response as Core,
};
use numpy::ndarray::Array2;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::floats;
use crate::clv::Estimate;
use crate::error::{OrRaise, exception};
use crate::survival::matrix;
use crate::table::Table;

/// What spending brings, as a curve: exponential, ADBUDG, or measured points.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> response = cpm.portfolio.Response.exponential(ceiling=1000, rate=0.002)
/// >>> round(response.value(500), 1), round(response.marginal(500), 3)
/// (632.1, 0.736)
#[pyclass(module = "cpm.portfolio", frozen, eq, from_py_object)]
#[derive(Clone, PartialEq)]
pub(crate) struct Response {
    pub(super) inner: Core,
}

#[pymethods]
impl Response {
    /// ceiling · (1 - exp(-rate · spend)) (Blattberg & Deighton 1996).
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> round(cpm.portfolio.Response.exponential(ceiling=100, rate=0.01).value(100), 2)
    /// 63.21
    #[staticmethod]
    fn exponential(ceiling: f64, rate: f64) -> PyResult<Self> {
        Core::exponential(ceiling, rate).or_raise().map(|inner| Self { inner })
    }

    /// The exponential response through one judgement: ``response`` at ``spend``, and never more than ``ceiling``.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> round(cpm.portfolio.Response.exponential_from_judgements(ceiling=0.4, spend=50, response=0.25).value(50), 6)
    /// 0.25
    #[staticmethod]
    fn exponential_from_judgements(ceiling: f64, spend: f64, response: f64) -> PyResult<Self> {
        Core::exponential_from_judgements(ceiling, spend, response).or_raise().map(|inner| Self { inner })
    }

    /// low + (high - low) · spend^c / (half_saturation^c + spend^c) (Little 1970); S-shaped for c > 1.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> cpm.portfolio.Response.adbudg(low=0, high=80, c=2, half_saturation=30).value(30)
    /// 40.0
    #[staticmethod]
    fn adbudg(low: f64, high: f64, c: f64, half_saturation: f64) -> PyResult<Self> {
        Core::adbudg(low, high, c, half_saturation).or_raise().map(|inner| Self { inner })
    }

    /// ADBUDG through four judgements: the response without spend (``low``), without limit (``high``), ``today`` at ``spend``,
    /// and ``more`` at 1.5 times that.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> response = cpm.portfolio.Response.adbudg_from_judgements(low=10, high=80, spend=100, today=40, more=52)
    /// >>> round(response.value(150), 9)
    /// 52.0
    #[staticmethod]
    fn adbudg_from_judgements(low: f64, high: f64, spend: f64, today: f64, more: f64) -> PyResult<Self> {
        Core::adbudg_from_judgements(low, high, spend, today, more).or_raise().map(|inner| Self { inner })
    }

    /// Straight lines through measured points, flat beyond the last. ``envelope=True`` takes the least concave curve above
    /// the points, for measurements with noise; otherwise points that are not concave are an error.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> cpm.portfolio.Response.piecewise_linear([0, 10, 30], [0, 50, 90]).value(20)
    /// 70.0
    #[staticmethod]
    #[pyo3(signature = (spend, response, envelope=false))]
    fn piecewise_linear(spend: &Bound<'_, PyAny>, response: &Bound<'_, PyAny>, envelope: bool) -> PyResult<Self> {
        let (spend, response) = (floats("spend", spend)?, floats("response", response)?);
        let (spend, response) = (spend.as_slice()?, response.as_slice()?);
        let made =
            if envelope { Core::concave_envelope(spend, response) } else { Core::piecewise_linear(spend, response) };
        made.or_raise().map(|inner| Self { inner })
    }

    /// The response to a spend.
    fn value(&self, spend: f64) -> f64 {
        self.inner.value(spend)
    }

    /// The additional response to the next unit of money.
    fn marginal(&self, spend: f64) -> f64 {
        self.inner.marginal(spend)
    }

    /// Whether small spends bring less per unit than larger ones.
    #[getter]
    fn is_s_shaped(&self) -> bool {
        self.inner.is_s_shaped()
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.inner)
    }
}

/// The best split of a budget, as a :class:`Table` with one row per activity; see :func:`allocate_budget`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> response = cpm.portfolio.Response.exponential(ceiling=100, rate=0.01)
/// >>> plan = cpm.portfolio.allocate_budget([response, response], budget=100)
/// >>> plan["spend"].round(6), round(plan.marginal_value_of_budget, 6)
/// (array([50., 50.]), 0.606531)
#[pyclass(module = "cpm.portfolio", extends = Table, frozen)]
pub(crate) struct Allocation {
    problem: Problem,
    pub(super) plan: AllocationPlan,
}

#[pymethods]
impl Allocation {
    /// Value of all responses.
    #[getter]
    fn value(&self) -> f64 {
        self.plan.value()
    }

    /// Spend and fixed costs.
    #[getter]
    fn spent(&self) -> f64 {
        self.plan.spent()
    }

    /// Value less spend and fixed costs.
    #[getter]
    fn profit(&self) -> f64 {
        self.plan.profit()
    }

    /// The shadow price of the budget: what the next unit of money adds to the objective.
    #[getter]
    fn marginal_value_of_budget(&self) -> f64 {
        self.plan.marginal_value_of_budget()
    }

    /// Budget, limits and risk: ``limit, used, allowed, shadow_price``.
    #[getter]
    fn limits(&self) -> PyResult<Table> {
        self.plan.limits_table().or_raise().map(Into::into)
    }

    /// The proof of optimality: residuals of the Karush-Kuhn-Tucker conditions, upper bound and gap, all relative but the
    /// bound, and the number of concave problems solved.
    #[getter]
    fn certificate<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let proof = self.plan.certificate();
        let dict = PyDict::new(py);
        dict.set_item("stationarity", proof.stationarity)?;
        dict.set_item("feasibility", proof.feasibility)?;
        dict.set_item("complementarity", proof.complementarity)?;
        dict.set_item("bound", proof.bound)?;
        dict.set_item("gap", proof.gap)?;
        dict.set_item("problems", proof.problems)?;
        Ok(dict)
    }

    /// Today's split beside the plan: ``value, spent, gain`` and the names of the limits that it ``exceeds``; None if it was not given.
    #[getter]
    fn today<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        let Some(today) = self.plan.today() else { return Ok(None) };
        let dict = PyDict::new(py);
        dict.set_item("value", today.value)?;
        dict.set_item("spent", today.spent)?;
        dict.set_item("gain", today.gain)?;
        dict.set_item("exceeds", today.exceeds.clone())?;
        Ok(Some(dict))
    }

    /// What the plan is worth under responses drawn from their uncertainty, and how much more the best plan for each draw
    /// would be.
    ///
    /// Parameters
    /// ----------
    /// draws : int
    /// seed : int
    /// level : float
    ///     Probability that an interval holds.
    ///
    /// Returns
    /// -------
    /// Regret
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> response = cpm.portfolio.Response.exponential(ceiling=100, rate=0.01)
    /// >>> plan = cpm.portfolio.allocate_budget([response, response], budget=100, size_uncertainty=0.2)
    /// >>> regret = plan.regret(draws=50, seed=1)
    /// >>> 0 < regret.regret.value < 0.1 * regret.objective.value
    /// True
    #[pyo3(signature = (draws=200, seed=0, level=0.95))]
    fn regret(&self, py: Python<'_>, draws: usize, seed: u64, level: f64) -> PyResult<Regret> {
        let inner = py.detach(|| self.problem.regret(&self.plan, draws, seed, level)).or_raise()?;
        Ok(Regret { inner })
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// A plan under uncertain responses; see :meth:`Allocation.regret`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> response = cpm.portfolio.Response.exponential(ceiling=100, rate=0.01)
/// >>> plan = cpm.portfolio.allocate_budget([response, response], budget=100, speed_uncertainty=0.3)
/// >>> plan.regret(draws=20).draws
/// 20
#[pyclass(module = "cpm.portfolio", frozen)]
pub(crate) struct Regret {
    pub(super) inner: CoreRegret,
}

#[pymethods]
impl Regret {
    /// Objective of the plan: mean over the draws, and interval.
    #[getter]
    fn objective(&self) -> Estimate {
        self.inner.objective.into()
    }

    /// Expected regret, the most that exact knowledge would be worth, and the interval of the regret.
    #[getter]
    fn regret(&self) -> Estimate {
        self.inner.regret.into()
    }

    /// The best spend on each activity: mean over the draws, and interval.
    #[getter]
    fn best_spend(&self) -> Vec<Estimate> {
        self.inner.best_spend.iter().map(|e| (*e).into()).collect()
    }

    /// Share of the draws in which the plan is better than today's split; None without one.
    #[getter]
    fn better_than_today(&self) -> Option<f64> {
        self.inner.better_than_today
    }

    /// Number of draws.
    #[getter]
    fn draws(&self) -> usize {
        self.inner.draws
    }

    fn __repr__(&self) -> String {
        let (o, r) = (self.inner.objective.value, self.inner.regret.value);
        format!("Regret(objective={o:.6}, regret={r:.6}, draws={})", self.inner.draws)
    }
}

/// One number for all, or one per activity.
fn per_activity(name: &'static str, value: Option<&Bound<'_, PyAny>>, n: usize, default: f64) -> PyResult<Vec<f64>> {
    let Some(value) = value else { return Ok(vec![default; n]) };
    if let Ok(number) = value.extract::<f64>() {
        return Ok(vec![number; n]);
    }
    let values = floats(name, value)?.as_slice()?.to_vec();
    if values.len() != n {
        let (found, expected) = (values.len(), n);
        return Err(exception(Error::LengthMismatch { column: name, found, reference: "responses", expected }));
    }
    Ok(values)
}

/// Spreads a budget over segments, channels or actions so that the value of their responses is as large as possible.
///
/// maximise Σ value·response(spend) subject to Σ (spend + fixed cost if anything is spent) <= budget, bounds, limits and risk. With
/// concave responses all marginal values are equal at the optimum; S-shaped responses and fixed costs are searched by branch and
/// bound, and the certificate says how much better any other split could be.
///
/// Parameters
/// ----------
/// responses : list of Response, or dict from name to Response
/// budget : float
/// value : float or array-like
///     What one unit of response is worth.
/// minimum, maximum : float or array-like
///     Bounds of the spend on each activity.
/// fixed_cost : float or array-like
///     Paid from the budget once anything is spent on the activity.
/// limits : dict
///     Name to (use per unit of spend for each activity, limit): hours, cash, contacts.
/// risk : tuple
///     Covariance of the results per unit of spend, and the largest standard deviation of the whole.
/// today : array-like
///     Today's spend, to compare with.
/// objective : {"value", "profit"}
///     "profit" is value less spend: money that does not earn itself back is kept.
/// size_uncertainty, speed_uncertainty : float or array-like
///     Standard deviations of the logarithm of each response's size and speed, for :meth:`Allocation.regret`.
///
/// Returns
/// -------
/// Allocation
///     ``activity, spend, fixed_cost, share, value, marginal_value``, and with ``today`` also ``today, change``.
///
/// Raises
/// ------
/// CpmError
///     If a limit cannot be kept: which, and by how much.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> plan = cpm.portfolio.allocate_budget(
/// ...     {"retention": cpm.portfolio.Response.exponential(900, 0.01),
/// ...      "acquisition": cpm.portfolio.Response.exponential(1200, 0.004)},
/// ...     budget=400, today=[300, 100], limits={"hours": ([0.02, 0.05], 12)})
/// >>> plan["spend"].round(2)
/// array([215.94, 153.62])
/// >>> plan.limits["limit"], plan.limits["shadow_price"].round(3)
/// (['budget', 'hours'], array([ 0.   , 51.928]))
#[pyfunction]
#[pyo3(signature = (responses, budget, *, value=None, minimum=None, maximum=None, fixed_cost=None, limits=None, risk=None,
                    today=None, objective="value", size_uncertainty=None, speed_uncertainty=None))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn allocate_budget<'py>(
    py: Python<'py>,
    responses: &Bound<'py, PyAny>,
    budget: f64,
    value: Option<&Bound<'py, PyAny>>,
    minimum: Option<&Bound<'py, PyAny>>,
    maximum: Option<&Bound<'py, PyAny>>,
    fixed_cost: Option<&Bound<'py, PyAny>>,
    limits: Option<&Bound<'py, PyDict>>,
    risk: Option<(Bound<'py, PyAny>, f64)>,
    today: Option<&Bound<'py, PyAny>>,
    objective: &str,
    size_uncertainty: Option<&Bound<'py, PyAny>>,
    speed_uncertainty: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, Allocation>> {
    let named: Vec<(String, Response)> = match responses.cast::<PyDict>() {
        Ok(dict) => dict.iter().map(|(k, v)| Ok((k.extract()?, response(&v)?))).collect::<PyResult<_>>()?,
        Err(_) => responses
            .try_iter()?
            .enumerate()
            .map(|(i, r)| Ok((format!("activity {i}"), response(&r?)?)))
            .collect::<PyResult<_>>()?,
    };
    let n = named.len();
    let (value, minimum) = (per_activity("value", value, n, 1.0)?, per_activity("minimum", minimum, n, 0.0)?);
    let (maximum, fixed) =
        (per_activity("maximum", maximum, n, f64::INFINITY)?, per_activity("fixed_cost", fixed_cost, n, 0.0)?);
    let size = per_activity("size_uncertainty", size_uncertainty, n, 0.0)?;
    let speed = per_activity("speed_uncertainty", speed_uncertainty, n, 0.0)?;
    let activities = named.into_iter().enumerate().map(|(i, (name, response))| {
        Activity::new(name, response.inner)
            .value(value[i])
            .minimum(minimum[i])
            .maximum(maximum[i])
            .fixed_cost(fixed[i])
            .uncertainty(size[i], speed[i])
    });
    let objective = match objective {
        "value" => Objective::Value,
        "profit" => Objective::Profit,
        other => {
            let expected = "it must be one of value, profit".to_owned();
            return Err(exception(Error::InvalidArgument { name: "objective", value: other.to_owned(), expected }));
        }
    };
    let mut problem = Problem::new(activities.collect(), budget).objective(objective);
    for (name, limit) in limits.iter().flat_map(|limits| limits.iter()) {
        let (uses, limit): (Bound<'_, PyAny>, f64) = limit.extract().map_err(|_| {
            PyTypeError::new_err("limits: give for each name a tuple of the uses per unit of spend and the limit")
        })?;
        problem = problem.limit(name.extract::<String>()?, floats("limits", &uses)?.as_slice()?, limit);
    }
    if let Some((covariance, deviation)) = risk {
        let covariance: Array2<f64> = matrix("risk", &covariance, |j| format!("covariance {j}"))?;
        problem = problem.risk(covariance, deviation);
    }
    if let Some(today) = today {
        problem = problem.today(floats("today", today)?.as_slice()?);
    }
    let (plan, table) = py
        .detach(|| {
            let plan = problem.solve()?;
            let table = plan.to_table()?;
            Ok((plan, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(Allocation { problem, plan }))
}

fn response(value: &Bound<'_, PyAny>) -> PyResult<Response> {
    value.extract::<Response>().map_err(|_| {
        PyTypeError::new_err(
            "responses must be cpm.portfolio.Response objects, such as Response.exponential(900, 0.01)",
        )
    })
}
