//! Campaigns: whom to contact.

use cpm_core::portfolio::{
    self as core, CampaignColumns, CampaignOptions, DepthPoint, HoldoutGroup as CoreGroup, TargetList as Core,
};
use cpm_core::{Column, CustomerIds, Error};
use numpy::PyArray1;
use pyo3::prelude::*;

use super::inputs::per_item;
use crate::arrays::{customer_ids, floats};
use crate::clv::Estimate;
use crate::error::{OrRaise, exception};
use crate::table::Table;

/// Whom to contact, the best first, as a :class:`Table`; see :func:`target_customers`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> targets = cpm.portfolio.target_customers([0.3, 0.6, 0.1], 50, 2, baseline=[0.1, 0.6, 0.08], customer_id=["a", "b", "c"])
/// >>> targets["customer_id"], targets.depth, round(targets.profit.value, 6), targets.limited_by
/// (['a'], 1, 8.0, 'profit')
#[pyclass(module = "cpm.portfolio", extends = Table, frozen)]
pub(crate) struct TargetList {
    pub(super) inner: Core,
    response: Vec<f64>,
}

#[pymethods]
impl TargetList {
    /// How many customers to contact.
    #[getter]
    fn depth(&self) -> usize {
        self.inner.depth
    }

    /// Expected profit of the campaign, with the interval of what will be seen.
    #[getter]
    fn profit(&self) -> Estimate {
        self.inner.best.profit.into()
    }

    /// Cost of the contacts.
    #[getter]
    fn cost(&self) -> f64 {
        self.inner.best.cost
    }

    /// Expected profit of contacting everybody.
    #[getter]
    fn profit_of_everybody(&self) -> Estimate {
        self.inner.everybody.profit.into()
    }

    /// Expected profit of contacting each customer, in the order of the rows given.
    #[getter]
    fn expected_profit<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.inner.expected_profit)
    }

    /// Probability of a response from which the contact of a mean customer pays, nobody responding without; None if never.
    #[getter]
    fn break_even_response(&self) -> Option<f64> {
        self.inner.break_even_response
    }

    /// What ended the list: "profit" (the next customer would cost more than bring), "capacity" or "budget".
    #[getter]
    fn limited_by(&self) -> &'static str {
        self.inner.limited_by
    }

    /// Profit at up to 100 depths: ``customers, cost, profit, low, high``.
    #[getter]
    fn curve(&self) -> PyResult<Table> {
        self.inner.curve_table().or_raise().map(Into::into)
    }

    /// Draws a group at random that is on the list but not contacted, to measure the campaign by afterwards.
    ///
    /// Parameters
    /// ----------
    /// share : float
    ///     Share of the list that is held out.
    /// seed : int
    ///     The same seed gives the same group.
    ///
    /// Examples
    /// --------
    /// >>> import cpm
    /// >>> targets = cpm.portfolio.target_customers([0.3] * 1000, 50, 2)
    /// >>> group = targets.hold_out(0.2, seed=1)
    /// >>> len(group.contact), len(group.hold_out), round(group.detectable_effect, 3)
    /// (800, 200, 0.101)
    #[pyo3(signature = (share, seed=0))]
    fn hold_out(&self, share: f64, seed: u64) -> PyResult<HoldoutGroup> {
        self.inner.hold_out(&self.response, share, seed).or_raise().map(|inner| HoldoutGroup { inner })
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }

    fn __repr__(&self) -> String {
        let DepthPoint { customers, profit, .. } = &self.inner.best;
        let (value, low, high) = (profit.value, profit.interval.low, profit.interval.high);
        let by = self.inner.limited_by;
        format!("TargetList(depth={customers}, profit={value:.2}, {low:.2} to {high:.2}, limited_by={by:?})")
    }
}

/// A list of customers, some of them held out at random; see :meth:`TargetList.hold_out`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> group = cpm.portfolio.target_customers([0.3, 0.2, 0.4, 0.5], 50, 2).hold_out(0.5, seed=3)
/// >>> sorted([*group.contact, *group.hold_out])
/// [np.int64(0), np.int64(1), np.int64(2), np.int64(3)]
#[pyclass(module = "cpm.portfolio", frozen)]
pub(crate) struct HoldoutGroup {
    pub(super) inner: CoreGroup,
}

#[pymethods]
impl HoldoutGroup {
    /// Rows to contact, the best first.
    #[getter]
    fn contact<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        rows(py, &self.inner.contact)
    }

    /// Rows not to contact, though they are on the list.
    #[getter]
    fn hold_out<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<i64>> {
        rows(py, &self.inner.hold_out)
    }

    /// The smallest difference of response rates that the two groups show with a probability of 80 % (at the 5 % level).
    #[getter]
    fn detectable_effect(&self) -> f64 {
        self.inner.detectable_effect
    }

    /// Expected profit that holding out costs.
    #[getter]
    fn cost(&self) -> f64 {
        self.inner.cost
    }

    fn __repr__(&self) -> String {
        let CoreGroup { contact, hold_out, detectable_effect, cost } = &self.inner;
        format!(
            "HoldoutGroup(contact={}, hold_out={}, detectable_effect={detectable_effect:.4}, cost={cost:.2})",
            contact.len(),
            hold_out.len()
        )
    }
}

fn rows<'py>(py: Python<'py>, rows: &[u32]) -> Bound<'py, PyArray1<i64>> {
    PyArray1::from_iter(py, rows.iter().map(|row| i64::from(*row)))
}

/// Whom to contact, in what order and how many, so that the expected profit is as large as possible.
///
/// A contact is expected to bring (response - baseline) * value - response * incentive - cost: what matters is who can be moved, not
/// who responds.
///
/// Parameters
/// ----------
/// response : array-like
///     Probability of a response when contacted.
/// value : float or array-like
///     Margin of a response.
/// cost : float or array-like
///     Cost of a contact.
/// baseline : array-like
///     Probability of the same response without contact; without it everybody's is taken as 0.
/// customer_id : array-like
///     Ids for the list; without them customers are known by their rows.
/// incentive : float
///     Paid to everyone who is contacted and responds, also to those who would have without: a voucher.
/// fixed_cost : float
///     Cost of the campaign as such: it decides whether, not whom.
/// capacity : int
///     The most customers that can be contacted.
/// budget : float
///     The most that contacts may cost.
/// effect_error : float
///     Relative standard error of the effect, common to all customers: that of the test campaign or the model.
/// level : float
///     Probability that an interval holds.
///
/// Returns
/// -------
/// TargetList
///     ``row, expected_profit`` of those to contact, the best first, with ``customer_id`` in front if given.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> targets = cpm.portfolio.target_customers([0.30, 0.60, 0.10, 0.20], 50, 2, baseline=[0.10, 0.60, 0.08, 0.10])
/// >>> targets["row"]                           # the best responder would have bought anyway
/// array([0, 3])
/// >>> targets
/// TargetList(depth=2, profit=11.00, -61.68 to 83.68, limited_by="profit")
#[pyfunction]
#[pyo3(signature = (response, value, cost, *, baseline=None, customer_id=None, incentive=0.0, fixed_cost=0.0, capacity=None,
                    budget=None, effect_error=0.0, level=0.95))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn target_customers<'py>(
    py: Python<'py>,
    response: &Bound<'py, PyAny>,
    value: &Bound<'py, PyAny>,
    cost: &Bound<'py, PyAny>,
    baseline: Option<&Bound<'py, PyAny>>,
    customer_id: Option<&Bound<'py, PyAny>>,
    incentive: f64,
    fixed_cost: f64,
    capacity: Option<usize>,
    budget: Option<f64>,
    effect_error: f64,
    level: f64,
) -> PyResult<Bound<'py, TargetList>> {
    let response = floats("response", response)?.as_slice()?.to_vec();
    let value = per_item("value", Some(value), response.len(), 0.0)?;
    let cost = per_item("cost", Some(cost), 1, 0.0)?;
    let baseline = baseline.map(|b| floats("baseline", b)).transpose()?;
    let ids = customer_id.map(customer_ids).transpose()?;
    if let Some(ids) = ids.as_ref().filter(|ids| ids.len() != response.len()) {
        let (found, expected) = (ids.len(), response.len());
        return Err(exception(Error::LengthMismatch { column: "customer_id", found, reference: "response", expected }));
    }
    let mut options =
        CampaignOptions::new().incentive(incentive).fixed_cost(fixed_cost).effect_error(effect_error).level(level);
    if let Some(capacity) = capacity {
        options = options.capacity(capacity);
    }
    if let Some(budget) = budget {
        options = options.budget(budget);
    }
    let baseline = baseline.as_ref().map(|b| b.as_slice()).transpose()?;
    let columns = CampaignColumns { response: &response, baseline, value: &value, cost: &cost };
    let (inner, table) = py
        .detach(|| {
            let list = core::target_customers(&columns, &options)?;
            let targets = list.targets();
            let mut table = cpm_core::Table::new();
            if let Some(ids) = &ids {
                table.push("customer_id", Column::Id(taken(ids, targets)))?;
            }
            table.push("row", Column::Integer(targets.iter().map(|i| i64::from(*i)).collect()))?;
            let profit = targets.iter().map(|i| list.expected_profit[*i as usize]).collect();
            table.push("expected_profit", Column::Float(profit))?;
            Ok((list, table))
        })
        .or_raise()?;
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(TargetList { inner, response }))
}

/// The ids of some rows.
fn taken(ids: &CustomerIds, rows: &[u32]) -> CustomerIds {
    match ids {
        CustomerIds::Integer(numbers) => {
            CustomerIds::from(rows.iter().map(|i| numbers[*i as usize]).collect::<Vec<_>>())
        }
        ids => rows.iter().map(|i| ids.get(*i as usize).to_string()).collect(),
    }
}
