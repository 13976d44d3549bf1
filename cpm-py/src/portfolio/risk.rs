//! Risk of segments and of the whole base.

use cpm_core::portfolio::{
    AtRiskOptions, FrontierPoint, RevenueAtRisk as CoreAtRisk, SegmentBounds, SegmentReturns as Core, SegmentRisk,
    StressResult, StressScenario,
};
use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::arrays::floats;
use crate::clv::Estimate;
use crate::error::{CpmError, OrRaise};
use crate::survival::matrix;
use crate::table::Table;

/// Returns of segments over periods: mean, covariance, beta, reward for risk.
///
/// Parameters
/// ----------
/// segments : list of str
/// returns : array-like
///     One row per period, one column per segment: contribution over cost to serve, or over the revenue of the period before.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> returns = cpm.portfolio.SegmentReturns(["new", "loyal"], [[1.2, 1.5], [1.5, 1.4], [0.9, 1.6], [1.4, 1.5]])
/// >>> returns.mean
/// array([1.25, 1.5 ])
/// >>> covariance, shrinkage = returns.ledoit_wolf()
/// >>> round(shrinkage, 4)
/// 0.4119
/// >>> returns.risk([0.4, 0.6], hurdle=1)["beta"].round(3)
/// array([ 4., -1.])
#[pyclass(module = "cpm", frozen)]
pub(crate) struct SegmentReturns {
    pub(super) inner: Core,
}

#[pymethods]
impl SegmentReturns {
    #[new]
    fn new(segments: Vec<String>, returns: &Bound<'_, PyAny>) -> PyResult<Self> {
        let returns = matrix("returns", returns, |_| "returns".to_owned())?;
        Core::new(segments, returns).or_raise().map(|inner| Self { inner })
    }

    /// From contribution and cost: both with one row per period, one column per segment.
    #[staticmethod]
    fn from_contributions(
        segments: Vec<String>,
        contribution: &Bound<'_, PyAny>,
        cost: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let contribution = matrix("contribution", contribution, |_| "contribution".to_owned())?;
        let cost = matrix("cost", cost, |_| "cost".to_owned())?;
        Core::from_contributions(segments, &contribution, &cost).or_raise().map(|inner| Self { inner })
    }

    /// Names of the segments.
    #[getter]
    fn segments(&self) -> Vec<String> {
        self.inner.segments().to_vec()
    }

    /// The returns, one row per period.
    #[getter]
    fn returns<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        self.inner.returns().to_pyarray(py)
    }

    /// Mean return of each segment.
    #[getter]
    fn mean<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_vec(py, self.inner.mean())
    }

    /// Sample covariance, with n - 1.
    #[getter]
    fn covariance<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        self.inner.covariance().to_pyarray(py)
    }

    /// Covariance shrunk towards equal variances, and the weight of that target (Ledoit & Wolf 2004; as scikit-learn's).
    fn ledoit_wolf<'py>(&self, py: Python<'py>) -> (Bound<'py, PyArray2<f64>>, f64) {
        let shrunk = self.inner.ledoit_wolf();
        (shrunk.covariance.to_pyarray(py), shrunk.shrinkage)
    }

    /// Return, beta and reward for risk of each segment.
    ///
    /// Parameters
    /// ----------
    /// weights : array-like
    ///     Share of each segment in the base that it is compared with; they sum to 1.
    /// hurdle : float
    ///     The return that is asked for.
    /// level : float
    ///     Probability that an interval holds.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``segment, mean, standard_deviation, beta, reward_ratio``, with ``_low`` and ``_high`` but for the standard deviation.
    ///
    /// References
    /// ----------
    /// Tarasi, Bolton, Hutt & Walker (2011), Balancing Risk and Return in a Customer Portfolio, Journal of Marketing 75(3).
    #[pyo3(signature = (weights, hurdle=0.0, level=0.95))]
    fn risk(&self, weights: &Bound<'_, PyAny>, hurdle: f64, level: f64) -> PyResult<Table> {
        let rows = self.inner.risk(floats("weights", weights)?.as_slice()?, hurdle, level).or_raise()?;
        SegmentRisk::table(&rows).or_raise().map(Into::into)
    }

    fn __repr__(&self) -> String {
        let segments = self.inner.segments().join(", ");
        format!("SegmentReturns({} periods of {segments})", self.inner.returns().nrows())
    }
}

/// Mixes of segments with the least risk at each return, from the least risk of all to the highest return.
///
/// Parameters
/// ----------
/// segments : list of str
/// mean : array-like
///     Expected return of each segment.
/// covariance : array-like
///     Of the returns, best shrunk: :meth:`SegmentReturns.ledoit_wolf`.
/// lower, upper : float or array-like
///     Bounds of the share of each segment.
/// points : int
///
/// Returns
/// -------
/// Table
///     ``expected_return, risk, marginal_risk`` (risk that one more unit of return costs), and ``weight_…`` of each segment.
///
/// Raises
/// ------
/// CpmError
///     If no budget satisfies the bounds: which, and by how much.
/// FitError
///     If the covariance is singular.
///
/// References
/// ----------
/// Markowitz (1952), Portfolio Selection, Journal of Finance 7(1); Goldfarb & Idnani (1983) for the method.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> frontier = cpm.portfolio.efficient_frontier(
/// ...     ["new", "loyal"], [0.3, 0.2], [[0.09, 0.01], [0.01, 0.04]], upper=[1, 0.7], points=3)
/// >>> frontier["weight_new"].round(3), frontier["risk"].round(4)
/// (array([0.3 , 0.65, 1.  ]), array([0.1786, 0.2179, 0.3   ]))
#[pyfunction]
#[pyo3(signature = (segments, mean, covariance, lower=None, upper=None, points=50))]
pub(crate) fn efficient_frontier(
    py: Python<'_>,
    segments: Vec<String>,
    mean: &Bound<'_, PyAny>,
    covariance: &Bound<'_, PyAny>,
    lower: Option<&Bound<'_, PyAny>>,
    upper: Option<&Bound<'_, PyAny>>,
    points: usize,
) -> PyResult<Table> {
    let covariance = matrix("covariance", covariance, |_| "covariance".to_owned())?;
    let mean = floats("mean", mean)?;
    let mean = mean.as_slice()?;
    let bounds = bounds(lower, upper, mean.len())?;
    let frontier = py
        .detach(|| cpm_core::portfolio::efficient_frontier(segments, mean, &covariance, &bounds, points))
        .or_raise()?;
    frontier.to_table().or_raise().map(Into::into)
}

/// Bounds from one number for all segments, or one per segment; without them from nothing to all.
fn bounds(
    lower: Option<&Bound<'_, PyAny>>,
    upper: Option<&Bound<'_, PyAny>>,
    segments: usize,
) -> PyResult<SegmentBounds> {
    let of = |name, values: Option<&Bound<'_, PyAny>>, open: Vec<f64>| match values {
        None => Ok::<_, PyErr>(open),
        Some(values) => match values.extract::<f64>() {
            Ok(one) => Ok(vec![one; segments]),
            Err(_) => Ok(floats(name, values)?.as_slice()?.to_vec()),
        },
    };
    let open = SegmentBounds::open(segments);
    Ok(SegmentBounds { lower: of("lower", lower, open.lower)?, upper: of("upper", upper, open.upper)? })
}

/// One mix of segments; see :func:`portfolio_at`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> mix = cpm.portfolio.portfolio_at([0.3, 0.2], [[0.09, 0.01], [0.01, 0.04]], target=0.25)
/// >>> mix.weights, round(mix.risk, 4)
/// (array([0.5, 0.5]), 0.1936)
#[pyclass(module = "cpm", frozen)]
pub(crate) struct SegmentMix {
    pub(super) inner: FrontierPoint,
}

#[pymethods]
impl SegmentMix {
    /// Expected return.
    #[getter]
    fn expected_return(&self) -> f64 {
        self.inner.expected_return
    }

    /// Standard deviation of the return.
    #[getter]
    fn risk(&self) -> f64 {
        self.inner.risk
    }

    /// Share of the budget of each segment.
    #[getter]
    fn weights<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.inner.weights)
    }

    /// Risk that one more unit of return costs.
    #[getter]
    fn marginal_risk(&self) -> f64 {
        self.inner.marginal_risk
    }

    /// Certificate of the optimum: the largest element of the gradient of the Lagrangian.
    #[getter]
    fn residual(&self) -> f64 {
        self.inner.residual
    }

    fn __repr__(&self) -> String {
        let FrontierPoint { expected_return, risk, weights, .. } = &self.inner;
        format!("SegmentMix(expected_return={expected_return:.6}, risk={risk:.6}, weights={weights:.4?})")
    }
}

/// The mix of segments with the least risk, for a given return or, without one, of all.
///
/// Parameters
/// ----------
/// mean, covariance, lower, upper
///     As in :func:`efficient_frontier`.
/// target : float, optional
///     The return.
///
/// Returns
/// -------
/// SegmentMix
///
/// Raises
/// ------
/// CpmError
///     If the bounds do not allow the return; the message says which they do.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.portfolio_at([0.3, 0.2], [[0.09, 0], [0, 0.04]]).weights.round(4)
/// array([0.3077, 0.6923])
#[pyfunction]
#[pyo3(signature = (mean, covariance, target=None, lower=None, upper=None))]
pub(crate) fn portfolio_at(
    mean: &Bound<'_, PyAny>,
    covariance: &Bound<'_, PyAny>,
    target: Option<f64>,
    lower: Option<&Bound<'_, PyAny>>,
    upper: Option<&Bound<'_, PyAny>>,
) -> PyResult<SegmentMix> {
    let covariance = matrix("covariance", covariance, |_| "covariance".to_owned())?;
    let mean = floats("mean", mean)?;
    let mean = mean.as_slice()?;
    let bounds = bounds(lower, upper, mean.len())?;
    let inner = cpm_core::portfolio::portfolio_at(mean, &covariance, &bounds, target).or_raise()?;
    Ok(SegmentMix { inner })
}

/// How much of the expected revenue may be missing; see :func:`revenue_at_risk`. Intervals are those of the simulation.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> risk = cpm.portfolio.revenue_at_risk([100] * 500, [80] * 500, shock=0.1)
/// >>> risk.expected, risk.value_at_risk.value > risk.diversified_value_at_risk
/// (50000.0, True)
#[pyclass(module = "cpm", frozen)]
pub(crate) struct RevenueAtRisk {
    pub(super) inner: CoreAtRisk,
}

#[pymethods]
impl RevenueAtRisk {
    /// Expected revenue.
    #[getter]
    fn expected(&self) -> f64 {
        self.inner.expected
    }

    /// Standard deviation of the total.
    #[getter]
    fn standard_deviation(&self) -> f64 {
        self.inner.standard_deviation
    }

    /// The revenue that is exceeded with the given confidence.
    #[getter]
    fn worst_case(&self) -> Estimate {
        self.inner.worst_case.into()
    }

    /// Expected revenue less the worst case.
    #[getter]
    fn value_at_risk(&self) -> Estimate {
        self.inner.value_at_risk.into()
    }

    /// Expected revenue less the mean of all cases below the worst case.
    #[getter]
    fn expected_shortfall(&self) -> Estimate {
        self.inner.expected_shortfall.into()
    }

    /// Value at risk without the common shock.
    #[getter]
    fn diversified_value_at_risk(&self) -> f64 {
        self.inner.diversified_value_at_risk
    }

    /// The confidence.
    #[getter]
    fn confidence(&self) -> f64 {
        self.inner.confidence
    }

    fn __repr__(&self) -> String {
        let CoreAtRisk { expected, value_at_risk, expected_shortfall, confidence, .. } = &self.inner;
        format!(
            "RevenueAtRisk(expected={expected:.2}, value_at_risk={:.2}, expected_shortfall={:.2}, confidence={confidence})",
            value_at_risk.value, expected_shortfall.value
        )
    }
}

/// Value at risk and expected shortfall of the revenue of a base, by simulation with a common shock.
///
/// A customer's revenue is nothing with probability ``none``, else gamma distributed; customers are independent but for a
/// lognormal factor that all of them share. Without it risk diversifies away.
///
/// Parameters
/// ----------
/// mean, standard_deviation : array-like
///     Of each customer's revenue over the horizon, as a model gives them.
/// none : array-like, optional
///     Probability of no revenue. Default: 0.
/// shock : float
///     Standard deviation of the logarithm of the common factor: about that of unforeseen growth, 0.10 for 10 %.
/// confidence : float
///     Probability with which the loss stays below the value at risk.
/// draws, seed, level
///     Number of draws, their seed, and the level of the intervals of simulation error.
///
/// Returns
/// -------
/// RevenueAtRisk
///
/// Examples
/// --------
/// >>> import cpm
/// >>> risk = cpm.portfolio.revenue_at_risk([100] * 500, [150] * 500, none=[0.5] * 500, shock=0.1)
/// >>> 0.1 < risk.value_at_risk.value / risk.expected < 0.25
/// True
#[pyfunction]
#[pyo3(signature = (mean, standard_deviation, none=None, shock=0.0, confidence=0.95, draws=10_000, seed=0, level=0.95))]
#[allow(clippy::too_many_arguments)] // keyword arguments of Python
pub(crate) fn revenue_at_risk(
    py: Python<'_>,
    mean: &Bound<'_, PyAny>,
    standard_deviation: &Bound<'_, PyAny>,
    none: Option<&Bound<'_, PyAny>>,
    shock: f64,
    confidence: f64,
    draws: usize,
    seed: u64,
    level: f64,
) -> PyResult<RevenueAtRisk> {
    let (mean, deviation) = (floats("mean", mean)?, floats("standard_deviation", standard_deviation)?);
    let none = none.map(|n| floats("none", n)).transpose()?;
    let (mean, deviation) = (mean.as_slice()?, deviation.as_slice()?);
    let none = none.as_ref().map(|n| n.as_slice()).transpose()?;
    let options = AtRiskOptions::new().shock(shock).confidence(confidence).draws(draws).seed(seed).level(level);
    let inner = py.detach(|| cpm_core::portfolio::revenue_at_risk(mean, deviation, none, &options)).or_raise()?;
    Ok(RevenueAtRisk { inner })
}

/// Value of the base under each scenario.
///
/// Parameters
/// ----------
/// value : array-like
///     What each customer is expected to bring.
/// scenarios : dict
///     For each name what happens, as a dict: ``churn`` (churn probabilities rise by that share), ``spend`` (spend falls by that
///     share), ``lose_top`` (that many of the most valuable customers leave).
/// churn : array-like, optional
///     Each customer's probability of bringing nothing, as it is in ``value``.
///
/// Returns
/// -------
/// Table
///     ``scenario, value, change, change_share``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> table = cpm.portfolio.stress_test(
/// ...     [100, 60], {"churn +50 %": {"churn": 0.5}, "best leaves": {"lose_top": 1}}, churn=[0.2, 0.4])
/// >>> table["value"]
/// array([127.5,  60. ])
#[pyfunction]
#[pyo3(signature = (value, scenarios, churn=None))]
pub(crate) fn stress_test(
    value: &Bound<'_, PyAny>,
    scenarios: &Bound<'_, PyDict>,
    churn: Option<&Bound<'_, PyAny>>,
) -> PyResult<Table> {
    let list = stress_scenarios(scenarios)?;
    let value = floats("value", value)?;
    let churn = churn.map(|c| floats("churn", c)).transpose()?;
    let churn = churn.as_ref().map(|c| c.as_slice()).transpose()?;
    let results = cpm_core::portfolio::stress_test(value.as_slice()?, churn, &list).or_raise()?;
    StressResult::table(&results).or_raise().map(Into::into)
}

/// What happens in each scenario, by its name.
pub(super) fn stress_scenarios(scenarios: &Bound<'_, PyDict>) -> PyResult<Vec<StressScenario>> {
    let mut list = Vec::with_capacity(scenarios.len());
    for (name, what) in scenarios {
        let mut scenario = StressScenario::new(&name.extract::<String>()?);
        for (part, amount) in what.cast::<PyDict>()? {
            scenario = match part.extract::<String>()?.as_str() {
                "churn" => scenario.churn(amount.extract()?),
                "spend" => scenario.spend(amount.extract()?),
                "lose_top" => scenario.lose_top(amount.extract()?),
                other => {
                    let message = format!("a scenario has churn, spend and lose_top, not {other}");
                    return Err(CpmError::new_err(message));
                }
            };
        }
        list.push(scenario);
    }
    Ok(list)
}
