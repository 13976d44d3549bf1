//! Concentration with intervals, and what a model implies for the long run.

use pyo3::prelude::*;

use super::inputs::{Number, draw_options};
use crate::arrays::floats;
use crate::error::OrRaise;
use crate::table::Table;

/// All measures of concentration of one value per customer, with bootstrap intervals.
///
/// Gini (normalised if some values are negative), Herfindahl index and effective number (only without negative values), share of the top
/// fractions, peak and erosion of the whale curve, and the Stobachoff index: the area between whale curve and diagonal over the area below
/// the curve, 0 if all customers bring the same.
///
/// Parameters
/// ----------
/// values : array-like
///     Revenue, profit or predicted value of each customer; profits may be negative, as long as the sum is positive.
/// fractions : array-like
///     Top fractions of customers.
/// draws, seed, level
///     Number of draws of the customers, their seed, and the level of the intervals.
///
/// Returns
/// -------
/// Table
///     ``measure, value, low, high``.
///
/// Raises
/// ------
/// FitError
///     If the total may as well be 0.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> revenue = cpm.datasets.cdnow().summarize().total_amount
/// >>> table = cpm.portfolio.concentration(revenue, draws=200)
/// >>> table["measure"][:3], round(table["value"][0], 3)
/// (['gini', 'hhi', 'effective_number'], np.float64(0.631))
#[pyfunction]
#[pyo3(signature = (values, fractions=None, draws=400, seed=0, level=0.95))]
pub(crate) fn concentration(
    py: Python<'_>,
    values: &Bound<'_, PyAny>,
    fractions: Option<&Bound<'_, PyAny>>,
    draws: usize,
    seed: u64,
    level: f64,
) -> PyResult<Table> {
    let values = floats("values", values)?;
    let (values, fractions) = (values.as_slice()?, top_fractions(fractions)?);
    let options = draw_options(draws, seed, level);
    let found = py.detach(|| cpm_core::portfolio::concentration_estimates(values, &fractions, &options)).or_raise()?;
    found.to_table().or_raise().map(Into::into)
}

/// Concentration of what customers do in the long run, as a fitted model implies it.
///
/// Over a short time some customers buy a lot by luck, so that observed concentration overstates the lasting one. Purchase rates that are
/// Gamma(r, alpha) have the Gini coefficient Γ(r + 1/2)/(√π·Γ(r + 1)); with a spend model of shape q, the rate of revenue is beta prime.
///
/// Parameters
/// ----------
/// r : float or tuple
///     Shape of the purchase rates of a fitted ``BgNbd``, ``ParetoNbd`` or ``Nbd``, or a pair with its standard error.
/// q : float or tuple, optional
///     Shape q of a fitted ``GammaGamma``, for revenue instead of purchases.
/// fractions : array-like
///     Top fractions of customers.
/// draws, seed, level
///     Number of draws of the shapes, their seed, and the level of the intervals.
///
/// Returns
/// -------
/// Table
///     ``measure, value, low, high``.
///
/// References
/// ----------
/// Schmittlein, Cooper & Morrison (1993), Truth in Concentration in the Land of (80/20) Laws, Marketing Science 12(2); McDonald (1984),
/// Some Generalized Functions for the Size Distribution of Income, Econometrica 52(3).
///
/// Examples
/// --------
/// >>> import cpm
/// >>> cpm.portfolio.long_run_concentration(1.0, fractions=[0.2])["value"].round(4)
/// array([0.5   , 0.5219])
#[pyfunction]
#[pyo3(signature = (r, q=None, fractions=None, draws=2000, seed=0, level=0.95))]
pub(crate) fn long_run_concentration(
    py: Python<'_>,
    r: Number,
    q: Option<Number>,
    fractions: Option<&Bound<'_, PyAny>>,
    draws: usize,
    seed: u64,
    level: f64,
) -> PyResult<Table> {
    let (fractions, options) = (top_fractions(fractions)?, draw_options(draws, seed, level));
    let found = py
        .detach(|| cpm_core::portfolio::long_run_concentration(r, q.map(Into::into), &fractions, &options))
        .or_raise()?;
    found.to_table().or_raise().map(Into::into)
}

fn top_fractions(fractions: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<f64>> {
    match fractions {
        None => Ok(vec![0.01, 0.1, 0.2]),
        Some(fractions) => Ok(floats("fractions", fractions)?.as_slice()?.to_vec()),
    }
}
