//! Scores of customers at opportunities, and their total.

use cpm_core::Column;
use cpm_core::clv::Estimate as CoreEstimate;
use pyo3::prelude::*;

use super::Estimate;
use crate::error::OrRaise;
use crate::summary::CustomerSummary;
use crate::table::Table;

/// Scores of all customers, as a :class:`Table` in the order of the histories, and their total; see :meth:`BgBb.predict`.
///
/// The columns are ``probability_alive``, ``expected_purchases`` and ``probability_no_purchase``, each with ``_low`` and
/// ``_high``, and ``purchases_low``, ``purchases_high``; before them ``customer_id`` where a summary was given.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> donors = cpm.OpportunityHistories([0, 2, 6], [0, 4, 6], [6, 6, 6])
/// >>> model = cpm.BgBb.from_params(alpha=1.204, beta=0.75, gamma=0.657, delta=2.783)
/// >>> prediction = model.predict(donors, horizon=5)
/// >>> prediction["expected_purchases"].round(3)
/// array([0.073, 1.057, 3.752])
/// >>> round(prediction.total.value, 2)
/// 4.88
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct OpportunityPrediction {
    pub(super) total: CoreEstimate,
    pub(super) horizon: u64,
    pub(super) level: f64,
}

/// Scores behind the ids of the customers that were given, if they have any.
pub(super) fn behind_ids(customers: &Bound<'_, PyAny>, scores: cpm_core::Table) -> PyResult<Table> {
    let Ok(customers) = customers.cast::<CustomerSummary>() else { return Ok(scores.into()) };
    let mut table = cpm_core::Table::new();
    table.push("customer_id", Column::Id(customers.get().inner.customer_ids().clone())).or_raise()?;
    for (name, column) in scores.columns() {
        table.push(name, column.clone()).or_raise()?;
    }
    Ok(table.into())
}

#[pymethods]
impl OpportunityPrediction {
    /// Purchases of all customers within the horizon (rows counted by their weight), with prediction interval.
    #[getter]
    fn total(&self) -> Estimate {
        self.total.into()
    }

    /// Number of opportunities to come.
    #[getter]
    fn horizon(&self) -> u64 {
        self.horizon
    }

    /// Probability that an interval holds.
    #[getter]
    fn level(&self) -> f64 {
        self.level
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}
