//! Measures and curves of concentration.

use pyo3::prelude::*;

use crate::arrays::floats;
use crate::error::OrRaise;
use crate::table::Table;

/// Gini coefficient: 0 if all customers have the same value, close to 1 if one customer has it all.
///
/// G = Σ (2i - n - 1)·x(i) / (n·Σ x), values in ascending order: twice the area between the Lorenz curve and the
/// diagonal.
///
/// Parameters
/// ----------
/// values : array-like
///     One per customer, not negative (for profits see :func:`normalised_gini`).
///
/// Raises
/// ------
/// DataError
///     Naming the row (from 0) of a value that is negative or not finite.
/// CpmError
///     If the sum is 0.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.gini([1, 2, 3, 4, 10])
/// 0.4
#[pyfunction]
pub(crate) fn gini(values: &Bound<'_, PyAny>) -> PyResult<f64> {
    cpm_core::portfolio::gini(floats("values", values)?.as_slice()?).or_raise()
}

/// Gini coefficient of values some of which are negative, such as profits; between 0 and 1.
///
/// With negative values the Lorenz curve dips below the axis and the plain coefficient can exceed 1; this one is divided by
/// 1 plus twice the area below the axis (Chen, Tsaur & Rhai 1982; Berrebi & Silber 1985).
///
/// Examples
/// --------
/// >>> import cpm
/// >>> 0 < cpm.portfolio.normalised_gini([-5, 1, 2, 30]) < 1
/// True
#[pyfunction]
pub(crate) fn normalised_gini(values: &Bound<'_, PyAny>) -> PyResult<f64> {
    cpm_core::portfolio::normalised_gini(floats("values", values)?.as_slice()?).or_raise()
}

/// Herfindahl-Hirschman index; see :func:`hhi`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> round(cpm.portfolio.hhi([8, 1, 1]).effective_number, 3)
/// 1.515
#[pyclass(module = "cpm", frozen)]
pub(crate) struct Hhi {
    inner: cpm_core::portfolio::Hhi,
}

#[pymethods]
impl Hhi {
    /// Sum of squared shares: 1/n to 1.
    #[getter]
    fn index(&self) -> f64 {
        self.inner.index
    }

    /// How many customers of equal value would be as concentrated: 1/index.
    #[getter]
    fn effective_number(&self) -> f64 {
        self.inner.effective_number
    }

    /// The index on a scale from 0, all equal, to 1, one customer has all.
    #[getter]
    fn normalised(&self) -> f64 {
        self.inner.normalised
    }

    fn __repr__(&self) -> String {
        let h = &self.inner;
        format!("Hhi(index={:.6}, effective_number={:.1}, normalised={:.6})", h.index, h.effective_number, h.normalised)
    }
}

/// Herfindahl-Hirschman index: the sum of squared shares, and the number of equal customers that it stands for.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.hhi([1, 1, 1, 1])
/// Hhi(index=0.250000, effective_number=4.0, normalised=0.000000)
#[pyfunction]
pub(crate) fn hhi(values: &Bound<'_, PyAny>) -> PyResult<Hhi> {
    cpm_core::portfolio::hhi(floats("values", values)?.as_slice()?).or_raise().map(|inner| Hhi { inner })
}

/// Share of the total that the best ``fraction`` of customers hold.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.top_share([1, 2, 3, 4, 10], fraction=0.2)
/// 0.5
#[pyfunction]
pub(crate) fn top_share(values: &Bound<'_, PyAny>, fraction: f64) -> PyResult<f64> {
    cpm_core::portfolio::top_share(floats("values", values)?.as_slice()?, fraction).or_raise()
}

/// Lorenz curve: the share of the total that the poorest customers hold.
///
/// Parameters
/// ----------
/// values : array-like
///     One per customer.
/// points : int
///     Evenly spaced shares of customers, from 0 to 1.
///
/// Returns
/// -------
/// Table
///     ``share_of_customers, share_of_value``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.lorenz([1, 2, 3, 4, 10])["share_of_value"]
/// array([0.  , 0.05, 0.15, 0.3 , 0.5 , 1.  ])
#[pyfunction]
#[pyo3(signature = (values, points=201))]
pub(crate) fn lorenz(values: &Bound<'_, PyAny>, points: usize) -> PyResult<Table> {
    let curve = cpm_core::portfolio::lorenz(floats("values", values)?.as_slice()?, points).or_raise()?;
    curve.to_table().or_raise().map(Into::into)
}

/// Whale curve, as a :class:`Table`, with its highest point; see :func:`whale_curve`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> curve = cpm.portfolio.whale_curve([60, 60, -20])
/// >>> round(curve.peak_position, 3), curve["share_of_profit"]
/// (0.667, array([0. , 0.6, 1.2, 1. ]))
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct WhaleCurve {
    inner: cpm_core::portfolio::WhaleCurve,
}

#[pymethods]
impl WhaleCurve {
    /// Profit of all profitable customers over the total profit: 1.5 means that the others lose half as much as remains.
    #[getter]
    fn peak_share(&self) -> f64 {
        self.inner.peak_share
    }

    /// Share of customers at the highest point: those with a positive profit.
    #[getter]
    fn peak_position(&self) -> f64 {
        self.inner.peak_position
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// Whale curve: cumulative profit, most profitable customers first, over the total profit.
///
/// Parameters
/// ----------
/// values : array-like
///     Profit of each customer; negative ones are welcome, as long as the sum is positive.
/// points : int
///     Evenly spaced shares of customers, from 0 to 1.
///
/// Returns
/// -------
/// WhaleCurve
///     ``share_of_customers, share_of_profit``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> curve = cpm.portfolio.whale_curve([60, 60, -20])
/// >>> curve.peak_share
/// 1.2
#[pyfunction]
#[pyo3(signature = (values, points=201))]
pub(crate) fn whale_curve<'py>(
    py: Python<'py>,
    values: &Bound<'py, PyAny>,
    points: usize,
) -> PyResult<Bound<'py, WhaleCurve>> {
    let inner = cpm_core::portfolio::whale_curve(floats("values", values)?.as_slice()?, points).or_raise()?;
    let table = Table::from(inner.to_table().or_raise()?);
    Bound::new(py, PyClassInitializer::from(table).add_subclass(WhaleCurve { inner }))
}
