//! Migration between segments.

use cpm_core::Error;
use cpm_core::portfolio::{ContactPolicy as CorePolicy, MarkovAction, TransitionCounts, TransitionMatrix as Core};
use numpy::{PyArray2, ToPyArray};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::inputs::{estimates, labels, numbers};
use crate::arrays::floats;
use crate::error::{OrRaise, exception};
use crate::survival::{TestResult, matrix};
use crate::table::Table;

/// Probabilities of moving between states, as a :class:`Table`, and what follows from them; see :func:`migration_matrix`.
///
/// The columns are ``from, to, count, probability, low, high`` (no ``count`` if the probabilities were given).
///
/// Examples
/// --------
/// >>> import cpm
/// >>> matrix = cpm.portfolio.TransitionMatrix.from_probabilities(
/// ...     ["new", "loyal", "lapsed"], [[0.7, 0.2, 0.1], [0.3, 0.5, 0.2], [0.1, 0.2, 0.7]])
/// >>> matrix.steady_state()["share"].round(6)
/// array([0.392857, 0.285714, 0.321429])
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct TransitionMatrix {
    pub(super) inner: Core,
    counts: Option<TransitionCounts>,
}

impl TransitionMatrix {
    fn bound(py: Python<'_>, inner: Core, counts: Option<TransitionCounts>) -> PyResult<Bound<'_, Self>> {
        let table = Table::from(inner.to_table().or_raise()?);
        Bound::new(py, PyClassInitializer::from(table).add_subclass(Self { inner, counts }))
    }

    /// With 95 % intervals, smoothed a little, since nobody may have been in some segment.
    pub(super) fn counted_bound(py: Python<'_>, counts: TransitionCounts) -> PyResult<Bound<'_, Self>> {
        let inner = counts.matrix(0.5, 0.95).or_raise()?;
        Self::bound(py, inner, Some(counts))
    }

    fn counted(&self) -> PyResult<&TransitionCounts> {
        self.counts.as_ref().ok_or_else(|| {
            exception(Error::NotIdentified {
                model: "a test",
                reason: "the probabilities were given, not counted".to_owned(),
                remedy: "Make the matrix with migration_matrix or from_counts".to_owned(),
            })
        })
    }
}

#[pymethods]
impl TransitionMatrix {
    /// From probabilities that are known; what is computed from them has intervals of no width.
    ///
    /// Parameters
    /// ----------
    /// states : list of str
    /// probabilities : array-like
    ///     Rows from, columns to; each row sums to 1.
    ///
    /// Raises
    /// ------
    /// CpmError
    ///     For a probability outside [0, 1] or a row that does not sum to 1.
    #[staticmethod]
    fn from_probabilities<'py>(
        py: Python<'py>,
        states: Vec<String>,
        probabilities: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, Self>> {
        let probabilities = matrix("probabilities", probabilities, |_| "probabilities".to_owned())?;
        Self::bound(py, Core::from_probabilities(states, probabilities).or_raise()?, None)
    }

    /// From counts: one table per period, rows from, columns to.
    ///
    /// Parameters
    /// ----------
    /// states : list of str
    /// periods : sequence of array-like
    /// prior : float
    ///     As in :func:`migration_matrix`.
    /// level : float
    ///     Probability that an interval holds.
    #[staticmethod]
    #[pyo3(signature = (states, periods, prior=0.0, level=0.95))]
    fn from_counts<'py>(
        py: Python<'py>,
        states: Vec<String>,
        periods: Vec<Bound<'py, PyAny>>,
        prior: f64,
        level: f64,
    ) -> PyResult<Bound<'py, Self>> {
        let period = |counts: &Bound<'py, PyAny>| {
            let counts = matrix("counts", counts, |_| "counts".to_owned())?;
            if let Some(wrong) = counts.iter().find(|n| n.fract() != 0.0 || **n < 0.0 || **n > 9e15) {
                let expected = "counts are whole numbers of at least 0".to_owned();
                return Err(exception(Error::InvalidArgument { name: "counts", value: wrong.to_string(), expected }));
            }
            Ok(counts.mapv(|n| n as u64))
        };
        let periods = periods.iter().map(period).collect::<PyResult<Vec<_>>>()?;
        let counts = TransitionCounts::from_counts(states, periods).or_raise()?;
        Self::bound(py, counts.matrix(prior, level).or_raise()?, Some(counts))
    }

    /// The states, in the order of rows and columns.
    #[getter]
    fn states(&self) -> Vec<String> {
        self.inner.states().to_vec()
    }

    /// The probabilities as a matrix, rows from, columns to.
    #[getter]
    fn probabilities<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        self.inner.probabilities().to_pyarray(py)
    }

    /// Counts by period: ``period, from, to, count``. None if the probabilities were given.
    #[getter]
    fn periods(&self) -> PyResult<Option<Table>> {
        self.counts.as_ref().map(|c| c.to_table().or_raise().map(Into::into)).transpose()
    }

    /// Pairs of a customer and a period without a label at either end.
    #[getter]
    fn left_out(&self) -> u64 {
        self.counts.as_ref().map_or(0, TransitionCounts::left_out)
    }

    /// Probability that an interval holds.
    #[getter]
    fn level(&self) -> f64 {
        self.inner.level()
    }

    /// Whether the probabilities are the same in all periods: the chi-squared test of Anderson & Goodman (1957).
    ///
    /// A small p-value says that one matrix does not describe all periods, and that forecasts from it would not hold.
    ///
    /// Raises
    /// ------
    /// FitError
    ///     With labels at two dates only, or given probabilities.
    fn stationarity_test(&self) -> PyResult<TestResult> {
        self.counted()?.stationarity_test().or_raise().map(Into::into)
    }

    /// Shares of the customers in the long run: ``state, share, low, high``.
    ///
    /// Raises
    /// ------
    /// FitError
    ///     If they depend on where customers start; the message names the sets of states that are never left.
    fn steady_state(&self) -> PyResult<Table> {
        estimates(("state", self.inner.states()), "share", &self.inner.steady_state().or_raise()?)
    }

    /// Probabilities of moving within that many periods, as a matrix.
    fn after<'py>(&self, py: Python<'py>, periods: u32) -> Bound<'py, PyArray2<f64>> {
        self.inner.after(periods).to_pyarray(py)
    }

    /// Expected time in each stage and where customers end, if the named states are never left.
    ///
    /// Parameters
    /// ----------
    /// states : list of str
    ///     Such as ``["lost"]``; what the matrix says of leaving them is ignored.
    ///
    /// Returns
    /// -------
    /// Table
    ///     By state of start ``state, time, time_low, time_high, standard_deviation``, the expected time in each state
    ///     on the way (``time_in_…``) and the probability of each end (``ends_in_…``). Times are in periods.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> matrix = cpm.portfolio.TransitionMatrix.from_probabilities(
    /// ...     ["trial", "regular", "lost"], [[0.2, 0.5, 0.3], [0, 0.8, 0.2], [0, 0, 1]])
    /// >>> matrix.absorbing(["lost"])["time"].round(6)
    /// array([4.375, 5.   ])
    fn absorbing(&self, states: Vec<String>) -> PyResult<Table> {
        let names: Vec<&str> = states.iter().map(String::as_str).collect();
        self.inner.absorbing(&names).or_raise()?.to_table().or_raise().map(Into::into)
    }

    /// Expected discounted reward of a customer by state: V = (I - P/(1 + d))^-1 R.
    ///
    /// Parameters
    /// ----------
    /// rewards : array-like
    ///     Margin less cost of contact of each state, at the beginning of a period; the first one is now.
    /// discount_rate : float
    ///     Per period.
    /// horizon : int, optional
    ///     Count rewards up to that many periods from now. Default: all.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``state, value, low, high``.
    ///
    /// References
    /// ----------
    /// Pfeifer & Carraway (2000), Modeling Customer Relationships as Markov Chains, Journal of Interactive Marketing 14(2).
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> matrix = cpm.portfolio.TransitionMatrix.from_probabilities(["1", "2", "3", "4", "lost"], [
    /// ...     [0.30, 0.70, 0, 0, 0], [0.20, 0, 0.80, 0, 0], [0.15, 0, 0, 0.85, 0], [0.05, 0, 0, 0, 0.95], [0, 0, 0, 0, 1]])
    /// >>> matrix.value([36, -4, -4, -4, 0], discount_rate=0.2)["value"].round(4)
    /// array([52.3196,  5.5538,  1.2508, -1.82  ,  0.    ])
    #[pyo3(signature = (rewards, discount_rate, horizon=None))]
    fn value(&self, rewards: &Bound<'_, PyAny>, discount_rate: f64, horizon: Option<u32>) -> PyResult<Table> {
        let value = self.inner.value(floats("rewards", rewards)?.as_slice()?, discount_rate, horizon).or_raise()?;
        estimates(("state", self.inner.states()), "value", &value)
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Transition probabilities between segments or stages, from labels at two or more dates.
///
/// p(a, b) = (n(a, b) + prior)/(n(a) + k·prior): moves from a to b over all that start in a, k being the number of states.
///
/// Parameters
/// ----------
/// dates : sequence of array-like
///     At each date one label per customer, text or whole numbers, in one order of the customers; None or NaN for a customer
///     without a label then, who is left out of the periods before and after, and counted.
/// states : list of str, optional
///     The states and their order. Default: the labels found, in ascending order.
/// prior : float
///     Prior weight of each cell (Dirichlet smoothing). 0: shares with Wilson intervals; 0.5: Jeffreys' prior, with the beta
///     intervals of the posterior.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// TransitionMatrix
///
/// Raises
/// ------
/// DataError
///     For columns of different lengths, or a label that is not among ``states``.
/// FitError
///     If nobody starts from a state and ``prior`` is 0.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> matrix = cpm.portfolio.migration_matrix([["gold", "gold", "basic"], ["gold", "basic", "basic"]])
/// >>> matrix.states, matrix.probabilities
/// (['basic', 'gold'], array([[1. , 0. ],
///        [0.5, 0.5]]))
#[pyfunction]
#[pyo3(signature = (dates, states=None, prior=0.0, level=0.95))]
pub(crate) fn migration_matrix<'py>(
    py: Python<'py>,
    dates: Vec<Bound<'py, PyAny>>,
    states: Option<Vec<String>>,
    prior: f64,
    level: f64,
) -> PyResult<Bound<'py, TransitionMatrix>> {
    if states.is_none()
        && let Some(numbers) =
            dates.iter().map(|values| numbers("labels", values)).collect::<PyResult<Option<Vec<_>>>>()?
    {
        let counted = || {
            let dates: Vec<&[i64]> = numbers.iter().map(Vec::as_slice).collect();
            let counts = TransitionCounts::from_numbers(&dates)?;
            Ok((counts.matrix(prior, level)?, counts))
        };
        let (inner, counts) = py.detach(counted).or_raise()?;
        return TransitionMatrix::bound(py, inner, Some(counts));
    }
    let dates = dates.iter().map(|values| labels("labels", values)).collect::<PyResult<Vec<_>>>()?;
    let (inner, counts) = py
        .detach(|| {
            let dates: Vec<&[String]> = dates.iter().map(Vec::as_slice).collect();
            let states: Option<Vec<&str>> = states.as_ref().map(|s| s.iter().map(String::as_str).collect());
            let counts = TransitionCounts::from_labels(&dates, states.as_deref())?;
            Ok((counts.matrix(prior, level)?, counts))
        })
        .or_raise()?;
    TransitionMatrix::bound(py, inner, Some(counts))
}

/// The best action in each state, as a :class:`Table` with ``state, action, value, margin``; see :func:`contact_policy`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> stay, go = [[1, 0], [0, 1]], [[0, 1], [0, 1]]
/// >>> policy = cpm.portfolio.contact_policy(["here", "gone"], {"keep": (stay, [1, 0]), "sell": (go, [5, 0])}, discount_rate=0.1)
/// >>> policy["action"], policy["value"].round(6), policy.iterations
/// (['keep', 'keep'], array([11.,  0.]), 1)
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct ContactPolicy {
    pub(super) inner: CorePolicy,
}

#[pymethods]
impl ContactPolicy {
    /// Rounds until nothing changed.
    #[getter]
    fn iterations(&self) -> usize {
        self.inner.iterations
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// The action worth most in each state, by policy iteration.
///
/// Parameters
/// ----------
/// states : list of str
/// actions : dict
///     For each action its transition probabilities (rows from, columns to) and its reward in each state.
/// discount_rate : float
///     Per period, above 0.
///
/// Returns
/// -------
/// ContactPolicy
///     ``margin`` says how much less the next best action is worth.
///
/// References
/// ----------
/// Howard (1960), Dynamic Programming and Markov Processes; Pfeifer & Carraway (2000).
///
/// Examples
/// --------
/// Is it worth writing to customers who have not bought for four periods?
///
/// >>> import cpm
/// >>> lost = [0, 0, 0, 0, 1]
/// >>> write = [[0.30, 0.70, 0, 0, 0], [0.20, 0, 0.80, 0, 0], [0.15, 0, 0, 0.85, 0], [0.05, 0, 0, 0, 0.95], lost]
/// >>> policy = cpm.portfolio.contact_policy(
/// ...     ["1", "2", "3", "4", "lost"],
/// ...     {"stop": ([lost] * 5, [40, 0, 0, 0, 0]), "write": (write, [36, -4, -4, -4, 0])},
/// ...     discount_rate=0.2)
/// >>> policy["action"]
/// ['write', 'write', 'write', 'stop', 'stop']
#[pyfunction]
pub(crate) fn contact_policy<'py>(
    py: Python<'py>,
    states: Vec<String>,
    actions: &Bound<'py, PyDict>,
    discount_rate: f64,
) -> PyResult<Bound<'py, ContactPolicy>> {
    let mut list = Vec::with_capacity(actions.len());
    for (name, action) in actions {
        let (probabilities, rewards): (Bound<'py, PyAny>, Bound<'py, PyAny>) = action.extract()?;
        list.push(MarkovAction {
            name: name.extract()?,
            probabilities: matrix("probabilities", &probabilities, |_| "probabilities".to_owned())?,
            rewards: floats("rewards", &rewards)?.as_slice()?.to_vec(),
        });
    }
    let policy = py.detach(|| cpm_core::portfolio::contact_policy(states, &list, discount_rate)).or_raise()?;
    let table = Table::from(policy.to_table().or_raise()?);
    Bound::new(py, PyClassInitializer::from(table).add_subclass(ContactPolicy { inner: policy }))
}
