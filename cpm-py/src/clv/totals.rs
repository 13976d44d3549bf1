//! `cpm.purchase_totals`: how much groups of customers, and all of them, purchase.

use cpm_core::clv::PurchaseTotals as CoreTotals;
use pyo3::prelude::*;

use super::{Estimate, PurchaseModel};
use crate::argument::Argument;
use crate::error::OrRaise;
use crate::portfolio::inputs::groups;
use crate::summary::CustomerSummary;
use crate::table::Table;

/// Purchases by group, as a :class:`Table`, and in total; see :func:`purchase_totals`.
///
/// The columns are ``group, customers, purchases, purchases_low, purchases_high``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> model = cpm.BgNbd().fit(customers)
/// >>> totals = cpm.purchase_totals(model, customers, horizon=39)
/// >>> totals["group"], totals.total.low < 1653 < totals.total.high
/// (['all'], True)
#[pyclass(module = "cpm", extends = Table, frozen)]
pub(crate) struct PurchaseTotals {
    inner: CoreTotals,
}

#[pymethods]
impl PurchaseTotals {
    /// Purchases of all customers, with prediction interval.
    #[getter]
    fn total(&self) -> Estimate {
        self.inner.total.into()
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }
}

/// How many purchases groups of customers, and all of them, make within a horizon.
///
/// Intervals are prediction intervals: they hold the chance in what customers do, which evens out between them, and the uncertainty of
/// the parameters, which is common to all and does not. So the interval of a total is no sum of those of its parts.
///
/// Parameters
/// ----------
/// model : PurchaseModel
/// customers : CustomerSummary
/// horizon : float
///     In time units of the summary.
/// groups : array-like, optional
///     One label per customer. By default all customers are one group.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// PurchaseTotals
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customers = cpm.datasets.cdnow().summarize(as_of="1997-09-30")
/// >>> model = cpm.BgNbd().fit(customers)
/// >>> segments = cpm.rfm_segments(customers)["segment"]
/// >>> totals = cpm.purchase_totals(model, customers, 39, segments)
/// >>> totals.columns
/// ['group', 'customers', 'purchases', 'purchases_low', 'purchases_high']
/// >>> abs(totals["purchases"].sum() - model.expected_purchases(customers, 39).sum()) < 1e-6
/// np.True_
#[pyfunction]
#[pyo3(signature = (model, customers, horizon, groups=None, level=0.95))]
pub(crate) fn purchase_totals<'py>(
    py: Python<'py>,
    model: PyRef<'py, PurchaseModel>,
    customers: Argument<'_, CustomerSummary>,
    horizon: f64,
    groups: Option<&Bound<'py, PyAny>>,
    level: f64,
) -> PyResult<Bound<'py, PurchaseTotals>> {
    let (names, codes) = names_and_codes(groups, customers.inner.len())?;
    let process = PurchaseModel::of(&model, &customers)?;
    let inner = py
        .detach(|| cpm_core::clv::purchase_totals(&*process, &customers.inner, horizon, level, &names, &codes))
        .or_raise()?;
    to_python(py, inner)
}

/// The names of groups, and for each customer the position of its own.
pub(super) fn names_and_codes(
    groups: Option<&Bound<'_, PyAny>>,
    customers: usize,
) -> PyResult<(Vec<String>, Vec<u32>)> {
    match groups {
        Some(labels) => self::groups("groups", labels),
        None => Ok((vec!["all".to_owned()], vec![0; customers])),
    }
}

pub(super) fn to_python(py: Python<'_>, inner: CoreTotals) -> PyResult<Bound<'_, PurchaseTotals>> {
    let table = Table::from(inner.to_table().or_raise()?);
    Bound::new(py, PyClassInitializer::from(table).add_subclass(PurchaseTotals { inner }))
}
