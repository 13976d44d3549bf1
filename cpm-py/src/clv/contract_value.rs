//! `cpm.ContractValue`: residual values under contract.

use cpm_core::clv::{ContractValue as Core, Estimate as CoreEstimate};
use pyo3::prelude::*;

use super::Estimate;
use super::contractual::table_of;
use crate::error::OrRaise;
use crate::table::Table;

/// Residual values of active customers, as a :class:`Table`, of groups of them, and of all.
///
/// The columns are ``renewals, value, value_low, value_high``; see :meth:`ContractualModel.residual_value`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> model = cpm.ShiftedBetaGeometric.from_params(alpha=0.764, beta=1.296)
/// >>> value = model.residual_value([0, 1, 4], margin=100, discount_rate=0.10, until_next_renewal=0)
/// >>> value["value"].round(2)
/// array([288.22, 393.94, 568.25])
/// >>> round(value.total.value)
/// 1250
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct ContractValue {
    total: CoreEstimate,
    groups: cpm_core::Table,
    level: f64,
}

impl ContractValue {
    /// The values of customers who have renewed so often.
    pub(super) fn new<'py>(py: Python<'py>, value: &Core, renewals: &[u64], level: f64) -> PyResult<Bound<'py, Self>> {
        let table = table_of(renewals, "value", &value.customers).or_raise()?;
        let value = Self { total: value.total, groups: value.groups_table().or_raise()?, level };
        Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(value))
    }
}

#[pymethods]
impl ContractValue {
    /// Value of all customers together, with prediction interval.
    #[getter]
    fn total(&self) -> Estimate {
        self.total.into()
    }

    /// Value of each group with prediction interval: ``group, customers, value, value_low, value_high``.
    ///
    /// What is uncertain about the parameters is common to all groups, so that the interval of a total is no sum of theirs.
    #[getter]
    fn groups(&self) -> Table {
        self.groups.clone().into()
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
