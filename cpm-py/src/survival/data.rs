//! `cpm.SurvivalData`.

use cpm_core::churn::survival::SurvivalData as Core;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::arrays::{booleans, floats};
use crate::error::{OrRaise, bad_value};

/// One row per customer: how long it was observed, and whether the event (churn) ended the observation.
///
/// Parameters
/// ----------
/// durations : array-like
///     Time from the origin (first purchase, start of the contract) to the event or to the end of observation, at least
///     0, in any unit of time; results come in the same unit.
/// events : array-like
///     True or 1 if the event happened at that duration, False or 0 if the row is censored there.
/// entry : array-like, optional
///     Time from which on the customer is known, because whoever left before could not be in the data (left truncation).
///     A row is at risk after its entry, up to its duration.
/// weights : array-like, optional
///     How often each row counts. Zero leaves a row out.
///
/// Raises
/// ------
/// DataError
///     Naming column, row (from 0) and value, where a duration or weight is negative or not finite, an event is neither
///     0 nor 1, or an entry time is not below the duration.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> data = cpm.SurvivalData(durations=[6, 6, 10], events=[True, False, True], entry=[0, 2, 6])
/// >>> len(data), data.events_observed
/// (3, 2.0)
#[pyclass(module = "cpm", frozen)]
pub(crate) struct SurvivalData {
    pub(super) inner: Core,
}

type Floats<'py> = Bound<'py, PyArray1<f64>>;
type Arguments<'py> = (Floats<'py>, Bound<'py, PyArray1<bool>>, Option<Floats<'py>>, Option<Floats<'py>>);

#[pymethods]
impl SurvivalData {
    #[new]
    #[pyo3(signature = (durations, events, entry=None, weights=None))]
    fn new(
        durations: &Bound<'_, PyAny>,
        events: &Bound<'_, PyAny>,
        entry: Option<&Bound<'_, PyAny>>,
        weights: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let happened = |(row, &value): (usize, &f64)| match value {
            0.0 => Ok(false),
            1.0 => Ok(true),
            _ => {
                let expected = "an event is 1 (or True) if it happened and 0 (or False) if the row is censored";
                Err(bad_value("events", row, value.to_string(), expected, "Correct the value or leave the row out"))
            }
        };
        let events = match booleans("events", events)? {
            Some(events) => events,
            None => floats("events", events)?.as_slice()?.iter().enumerate().map(happened).collect::<PyResult<_>>()?,
        };
        let mut inner = Core::new(floats("durations", durations)?.as_slice()?, &events).or_raise()?;
        if let Some(entry) = entry {
            inner = inner.with_entry(floats("entry", entry)?.as_slice()?).or_raise()?;
        }
        if let Some(weights) = weights {
            inner = inner.with_weights(floats("weights", weights)?.as_slice()?).or_raise()?;
        }
        Ok(Self { inner })
    }

    /// Time to the event or to the end of observation.
    #[getter]
    fn durations<'py>(&self, py: Python<'py>) -> Floats<'py> {
        PyArray1::from_slice(py, self.inner.durations())
    }

    /// Whether the event happened.
    #[getter]
    fn events<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<bool>> {
        PyArray1::from_slice(py, self.inner.events())
    }

    /// Entry times; None without any.
    #[getter]
    fn entry<'py>(&self, py: Python<'py>) -> Option<Floats<'py>> {
        self.inner.entry().map(|values| PyArray1::from_slice(py, values))
    }

    /// Weights; None without any.
    #[getter]
    fn weights<'py>(&self, py: Python<'py>) -> Option<Floats<'py>> {
        self.inner.weights().map(|values| PyArray1::from_slice(py, values))
    }

    /// Number of events, as a sum of weights.
    #[getter]
    fn events_observed(&self) -> f64 {
        self.inner.events_observed()
    }

    fn __len__(&self) -> usize {
        self.inner.len()
    }

    /// For pickle and copies.
    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> (Bound<'py, PyType>, Arguments<'py>) {
        let (py, data) = (slf.py(), slf.get());
        (slf.get_type(), (data.durations(py), data.events(py), data.entry(py), data.weights(py)))
    }

    fn __repr__(&self) -> String {
        let late = if self.inner.entry().is_some() { ", with entry times" } else { "" };
        let weighted = if self.inner.weights().is_some() { ", with weights" } else { "" };
        format!("SurvivalData({} rows, {} events{late}{weighted})", self.inner.len(), self.inner.events_observed())
    }
}
