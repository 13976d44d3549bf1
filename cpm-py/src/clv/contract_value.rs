//! `cpm.ContractValue`: residual values under contract.

use cpm_core::clv::Estimate as CoreEstimate;
use pyo3::prelude::*;

use super::Estimate;
use crate::table::Table;

/// Residual values of active customers, as a :class:`Table`, and their total.
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
    level: f64,
}

impl ContractValue {
    /// What is beside the columns.
    pub(super) fn new(total: CoreEstimate, level: f64) -> Self {
        Self { total, level }
    }
}

#[pymethods]
impl ContractValue {
    /// Value of all customers together, with prediction interval.
    #[getter]
    fn total(&self) -> Estimate {
        self.total.into()
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
