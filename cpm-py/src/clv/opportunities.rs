//! Purchases at discrete opportunities: what :class:`BgBb` is fitted to and asked of.

use cpm_core::clv::OpportunityHistories as CoreHistories;
use cpm_core::{BgBb as CoreBgBb, TimeUnit};
use pyo3::prelude::*;

use crate::arrays::{counts, floats};
use crate::error::{CpmError, OrRaise};
use crate::summary::CustomerSummary;

/// What :class:`BgBb` is fitted to: purchases at discrete opportunities, one row per customer or group of equal customers.
///
/// An opportunity is anything that recurs and at which a customer purchases or does not: a yearly appeal for donations, a
/// monthly issue, a conference. The one at which the customer was acquired is not counted.
///
/// Parameters
/// ----------
/// frequency : array-like of int
///     At how many of the opportunities the customer purchased.
/// last_opportunity : array-like of int
///     The opportunity of the last purchase, counted from 1; 0 without purchase.
/// opportunities : array-like of int
///     How many there were.
/// weights : array-like, optional
///     How many customers each row stands for. Zero leaves a row out of a fit and of totals.
///
/// Raises
/// ------
/// DataError
///     Unless frequency <= last_opportunity <= opportunities, and for columns of different lengths.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> # Of 6 opportunities: never; at two, the fourth being the last one; at all.
/// >>> donors = cpm.OpportunityHistories([0, 2, 6], [0, 4, 6], [6, 6, 6], weights=[3464, 45, 1203])
/// >>> len(donors), donors.customers
/// (3, 4712.0)
#[pyclass(module = "cpm", frozen)]
pub(crate) struct OpportunityHistories {
    pub(super) inner: CoreHistories,
}

#[pymethods]
impl OpportunityHistories {
    #[new]
    #[pyo3(signature = (frequency, last_opportunity, opportunities, weights=None))]
    fn new(
        py: Python<'_>,
        frequency: &Bound<'_, PyAny>,
        last_opportunity: &Bound<'_, PyAny>,
        opportunities: &Bound<'_, PyAny>,
        weights: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let x = counts("frequency", frequency)?;
        let t_x = counts("last_opportunity", last_opportunity)?;
        let n = counts("opportunities", opportunities)?;
        let weights = weights.map(|w| floats("weights", w)).transpose()?;
        let weights = weights.as_ref().map(|w| w.as_slice()).transpose()?;
        let inner = py
            .detach(|| {
                let histories = CoreHistories::new(&x, &t_x, &n)?;
                match weights {
                    Some(weights) => histories.with_weights(weights),
                    None => Ok(histories),
                }
            })
            .or_raise()?;
        Ok(Self { inner })
    }

    /// The customers as a summary with one opportunity in every unit of time: for functions that take no histories.
    ///
    /// A row stands for as many customers as its weight, in the order of the rows.
    ///
    /// Parameters
    /// ----------
    /// time_unit : {"day", "week", "month", "year"}
    ///     The time between two opportunities: discount rates are per year.
    ///
    /// Returns
    /// -------
    /// CustomerSummary
    ///
    /// Raises
    /// ------
    /// DataError
    ///     If a weight is not a whole number of customers.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> donors = cpm.OpportunityHistories([0, 2, 6], [0, 4, 6], [6, 6, 6], weights=[3464, 45, 1203])
    /// >>> len(donors.to_summary(time_unit="year"))
    /// 4712
    #[pyo3(signature = (time_unit="year"))]
    fn to_summary(&self, py: Python<'_>, time_unit: &str) -> PyResult<CustomerSummary> {
        let unit = time_unit.parse().or_raise()?;
        py.detach(|| self.inner.to_summary(unit)).or_raise().map(Into::into)
    }

    /// Number of customers: the sum of the weights.
    #[getter]
    fn customers(&self) -> f64 {
        self.inner.customers()
    }

    fn __len__(&self) -> usize {
        self.inner.len()
    }

    fn __repr__(&self) -> String {
        format!("OpportunityHistories(rows={}, customers={})", self.inner.len(), self.inner.customers())
    }
}

/// Purchases at opportunities, or a summary with one opportunity in every unit of time.
#[derive(FromPyObject)]
pub(super) enum Customers<'py> {
    Histories(PyRef<'py, OpportunityHistories>),
    Summary(PyRef<'py, CustomerSummary>),
}

impl Customers<'_> {
    pub(super) fn of(given: &Bound<'_, PyAny>) -> PyResult<CoreHistories> {
        match given.extract::<Customers<'_>>() {
            Ok(Customers::Histories(histories)) => Ok(histories.inner.clone()),
            Ok(Customers::Summary(customers)) => {
                let customers = &customers.inner;
                given.py().detach(|| CoreHistories::from_summary(customers)).or_raise()
            }
            Err(_) => {
                let class = given.get_type().name()?;
                Err(CpmError::new_err(format!(
                    "customers is a {class}; give OpportunityHistories or a CustomerSummary"
                )))
            }
        }
    }
}

/// Customers as a summary, for what models in time are asked.
pub(super) enum Summary<'py> {
    Given(PyRef<'py, CustomerSummary>),
    Made(Box<cpm_core::CustomerSummary>),
}

impl Summary<'_> {
    /// Of histories `make` makes one; a model that knows its unit of time is not to meet another one.
    pub(super) fn of<'py>(
        model: &CoreBgBb,
        given: &Bound<'py, PyAny>,
        make: fn(&CoreHistories, TimeUnit) -> cpm_core::Result<cpm_core::CustomerSummary>,
    ) -> PyResult<Summary<'py>> {
        if let Ok(customers) = given.cast::<CustomerSummary>() {
            return Ok(Summary::Given(customers.borrow()));
        }
        let histories = Customers::of(given)?;
        let unit = model.fit_report().and_then(|report| report.time_unit).unwrap_or(TimeUnit::Year);
        given.py().detach(|| make(&histories, unit)).or_raise().map(|made| Summary::Made(Box::new(made)))
    }

    pub(super) fn get(&self) -> &cpm_core::CustomerSummary {
        match self {
            Self::Given(customers) => &customers.inner,
            Self::Made(customers) => customers,
        }
    }
}

/// What histories are to questions about single customers: one customer per row.
pub(super) const ROWS: fn(&CoreHistories, TimeUnit) -> cpm_core::Result<cpm_core::CustomerSummary> =
    CoreHistories::rows_summary;
/// What they are to questions about all of them: as many customers as the weights say.
pub(super) const ALL: fn(&CoreHistories, TimeUnit) -> cpm_core::Result<cpm_core::CustomerSummary> =
    CoreHistories::to_summary;
