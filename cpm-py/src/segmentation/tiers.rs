//! `cpm.ValueTiers`.

use cpm_core::segmentation::{TierBasis, ValueSpread, ValueTiers as Core};
use cpm_core::{CustomerIds, Error, SavedModel};
use numpy::PyArray1;
use pyo3::prelude::*;

use super::model::{SegmentationModel, fitted};
use super::rfm::Segments;
use crate::arrays::{customer_ids, floats};
use crate::error::{OrRaise, exception};
use crate::estimator::Unset;
use crate::survival::{Choices, choice, name_of};

const BASES: &Choices<TierBasis> = &[("value", TierBasis::ValueShare), ("customers", TierBasis::CustomerShare)];

/// Tiers of customer value: ABC by cumulative share of value, or top shares of customers, with the chance of each customer to
/// belong to its tier.
///
/// The lowest value of each tier is kept, and places later customers. Customers of equal value are never separated.
///
/// Parameters
/// ----------
/// tiers : dict, optional
///     Names with cumulative shares, from the best tier to the last, which has 1. Default: A, B and C at 0.8, 0.95 and 1.
/// basis : {"value", "customers"}
///     What the shares are of: 80 % of the value, or 80 % of the customers.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> model = cpm.ValueTiers().fit([500, 300, 100, 60, 40])
/// >>> model.edges
/// array([300.,  60.])
/// >>> tiers = model.predict([310, 70], standard_error=[50, 50], customer_id=["ann", "bob"])
/// >>> tiers["tier"], tiers["probability"].round(2)
/// (['A', 'B'], array([0.58, 0.58]))
/// >>> top = cpm.ValueTiers(tiers={"top 20 %": 0.2, "rest": 1.0}, basis="customers").fit([5, 4, 3, 2, 1])
/// >>> top.edges
/// array([5.])
#[pyclass(module = "cpm", extends = SegmentationModel)]
pub(crate) struct ValueTiers {}

type Given<'py> = Option<Bound<'py, PyAny>>;

impl ValueTiers {
    fn choices<'py>([tiers, basis]: [Given<'py>; 2]) -> Vec<(&'static str, Given<'py>, Unset)> {
        vec![("tiers", tiers, Unset::None), ("basis", basis, Unset::Text("value"))]
    }

    /// A model from a file.
    pub(super) fn loaded(py: Python<'_>, model: SavedModel) -> PyResult<PyClassInitializer<Self>> {
        let (tiers, basis) = (pyo3::types::PyDict::new(py), pyo3::types::PyString::new(py, "value"));
        let mut basis = basis.into_any();
        if let SavedModel::ValueTiers(m) = &model {
            m.names().iter().zip(m.shares()).try_for_each(|(name, share)| tiers.set_item(name, share))?;
            basis = name_of(&m.basis(), BASES).into_pyobject(py)?.into_any();
        }
        let choices = Self::choices([Some(tiers.into_any()), Some(basis)]);
        Ok(SegmentationModel::base(py, choices, Some(model))?.add_subclass(Self {}))
    }
}

#[pymethods]
impl ValueTiers {
    #[new]
    #[pyo3(signature = (tiers=None, basis=None), text_signature = "(tiers=None, basis='value')")]
    fn new<'py>(py: Python<'py>, tiers: Given<'py>, basis: Given<'py>) -> PyResult<PyClassInitializer<Self>> {
        Ok(SegmentationModel::base(py, Self::choices([tiers, basis]), None)?.add_subclass(Self {}))
    }

    /// Finds the edges.
    ///
    /// Parameters
    /// ----------
    /// value : array-like
    ///     Of each customer, such as ``lifetime_value(...)["value"]``.
    ///
    /// Returns
    /// -------
    /// ValueTiers
    ///     This object, fitted.
    fn fit<'py>(slf: Bound<'py, Self>, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, Self>> {
        let py = slf.py();
        let (tiers, basis) = {
            let base = slf.as_super().as_super().borrow();
            let tiers: Option<Bound<'py, pyo3::types::PyDict>> = base.choice(py, "tiers")?;
            let tiers: Option<Vec<(String, f64)>> = match tiers {
                Some(tiers) => Some(tiers.items().extract()?),
                None => None,
            };
            (tiers, choice("basis", &base.choice::<String>(py, "basis")?, BASES)?)
        };
        let tiers =
            tiers.unwrap_or_else(|| [("A", 0.8), ("B", 0.95), ("C", 1.0)].map(|(n, s)| (n.to_owned(), s)).to_vec());
        let values = floats("value", value)?;
        let values = values.as_slice()?;
        let tiers: Vec<(&str, f64)> = tiers.iter().map(|(name, share)| (name.as_str(), *share)).collect();
        let model = py.detach(|| Core::fit(values, basis, &tiers)).or_raise()?;
        slf.as_super().as_super().borrow_mut().set(model);
        Ok(slf)
    }

    /// The tier of each customer, with its chance if the uncertainty of values is given.
    ///
    /// Parameters
    /// ----------
    /// value : array-like
    /// standard_error : array-like, optional
    ///     Of normal distributions around the values.
    /// low, high : array-like, optional
    ///     Or intervals, such as ``value_low`` and ``value_high`` of :func:`lifetime_value`.
    /// level : float
    ///     Probability that these intervals hold.
    /// customer_id : array-like, optional
    ///     Default: 0, 1, 2, …
    ///
    /// Returns
    /// -------
    /// Segments
    ///     ``customer_id, value, tier``, and with uncertainty ``probability`` (of the customer's tier) and one column per tier.
    #[pyo3(signature = (value, standard_error=None, low=None, high=None, level=0.95, customer_id=None))]
    fn predict<'py>(
        slf: &Bound<'py, Self>,
        value: &Bound<'py, PyAny>,
        standard_error: Option<&Bound<'py, PyAny>>,
        low: Option<&Bound<'py, PyAny>>,
        high: Option<&Bound<'py, PyAny>>,
        level: f64,
        customer_id: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Segments>> {
        let model = fitted!(slf, ValueTiers);
        let values = floats("value", value)?;
        let values = values.as_slice()?;
        let ids = match customer_id {
            Some(ids) => customer_ids(ids)?,
            None => CustomerIds::from((0..values.len() as i64).collect::<Vec<i64>>()),
        };
        let errors = standard_error.map(|v| floats("standard_error", v)).transpose()?;
        let low = low.map(|v| floats("low", v)).transpose()?;
        let high = high.map(|v| floats("high", v)).transpose()?;
        let spread = match (&errors, &low, &high) {
            (None, None, None) => None,
            (Some(errors), None, None) => Some(ValueSpread::StandardError(errors.as_slice()?)),
            (None, Some(low), Some(high)) => {
                Some(ValueSpread::Interval { low: low.as_slice()?, high: high.as_slice()?, level })
            }
            _ => {
                let expected = "give a standard_error, or both low and high".to_owned();
                let value = "another combination".to_owned();
                return Err(exception(Error::InvalidArgument { name: "uncertainty", value, expected }));
            }
        };
        let (table, segments) = slf
            .py()
            .detach(|| Ok((model.table(&ids, values, spread.as_ref())?, model.segments(&ids, values)?)))
            .or_raise()?;
        Segments::object(slf.py(), table, &segments)
    }

    /// Lowest value of each tier but the last.
    #[getter]
    fn edges<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyArray1<f64>>> {
        Ok(PyArray1::from_slice(slf.py(), fitted!(slf, ValueTiers).edges()))
    }

    /// Names of the tiers, from the best to the last.
    #[getter]
    fn names(slf: &Bound<'_, Self>) -> PyResult<Vec<String>> {
        Ok(fitted!(slf, ValueTiers).names().to_vec())
    }
}
