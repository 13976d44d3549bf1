//! `cpm.simulate_orders`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cpm_core::SavedModel;
use cpm_core::clv::{OrderNoise, SimulationPlan};
use cpm_core::transactions::Reason;
use pyo3::prelude::*;

use super::{GammaGamma, Model, PurchaseModel};
use crate::dates::iso_text;
use crate::error::{OrRaise, exception};
use crate::table::Table;
use crate::transactions::TransactionLog;

/// An export of orders by simulated customers, with known defects, beside the truth; see :func:`simulate_orders`.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> model = cpm.BgNbd.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
/// >>> spend = cpm.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
/// >>> orders = cpm.simulate_orders(model, spend, customers=200, start="2024-01-01", end="2025-06-30", duplicates=0.05)
/// >>> orders.read().quality.excluded == orders.defects
/// True
#[pyclass(module = "cpm", frozen)]
pub(crate) struct SimulatedOrders {
    inner: cpm_core::clv::SimulatedOrders,
}

#[pymethods]
impl SimulatedOrders {
    /// The export: ``customer, date, amount``, all of them text, in no order.
    fn to_table(&self, py: Python<'_>) -> PyResult<Table> {
        py.detach(|| self.inner.to_table()).or_raise().map(Into::into)
    }

    /// Writes the export as CSV.
    ///
    /// Raises
    /// ------
    /// OSError
    ///     If the file cannot be written.
    fn write_csv(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.inner.to_table().and_then(|table| table.write_csv(path))).or_raise()
    }

    /// The log that is left when every defect is dealt with: rows with defects left out, duplicates dropped, returns netted,
    /// ids in lower case known. Its quality report finds what was put in.
    ///
    /// Returns
    /// -------
    /// TransactionLog
    fn read(&self, py: Python<'_>) -> PyResult<TransactionLog> {
        py.detach(|| self.inner.read(&self.inner.clean_options())).or_raise().map(Into::into)
    }

    /// What each customer did.
    ///
    /// Returns
    /// -------
    /// Table
    ///     ``customer_id, acquired, last_purchase, purchases`` (the first one included), ``returns, amount`` (net of returns) and
    ///     ``alive`` (1 or 0: whether there was more to come at the end).
    fn truth(&self, py: Python<'_>) -> PyResult<Table> {
        py.detach(|| self.inner.truth()).or_raise().map(Into::into)
    }

    /// Rows of each defect, under the names that :attr:`QualityReport.excluded` gives them.
    #[getter]
    fn defects(&self) -> BTreeMap<&'static str, u64> {
        self.inner.defects().iter().map(|(reason, &rows)| (reason.label(), rows)).collect()
    }

    /// Rows without defect: purchases and returns.
    #[getter]
    fn good_rows(&self) -> u64 {
        self.inner.good_rows()
    }

    /// Good rows in which the id is in lower case.
    #[getter]
    fn recased_rows(&self) -> u64 {
        self.inner.recased_rows()
    }

    /// The id behind each id in lower case, for ``aliases=`` of :meth:`TransactionLog.read`.
    #[getter]
    fn aliases(&self) -> BTreeMap<String, String> {
        self.inner.aliases()
    }

    fn __len__(&self) -> usize {
        self.inner.rows()
    }

    fn __repr__(&self) -> String {
        let defects: u64 = self.inner.defects().values().sum();
        format!("SimulatedOrders({} good rows, {defects} with defects)", self.inner.good_rows())
    }
}

/// An export of orders by customers who behave as a model says, with defects of your choice.
///
/// For tests of a pipeline, for teaching, and for trying a model on data of which the truth is known. Rows with a defect are added to
/// the good ones, as garbled or repeated copies: who leaves them out is left with exactly the simulated log.
///
/// Parameters
/// ----------
/// model : PurchaseModel
///     Fitted, or made by ``from_params``; without covariates.
/// spend : GammaGamma
/// customers : int
/// start, end : date
///     Purchases are followed to the end of the day ``end``.
/// acquired_over : float
///     First purchases are spread evenly over this many days.
/// time_unit : {"day", "week", "month", "year"}
///     The unit of the model's parameters.
/// seasonality : sequence of 12 floats, optional
///     How busy the months are, from January to December; only ratios matter. The customers' clock runs faster in a busy month:
///     purchases, dropout and death follow it, acquisition does not.
/// returns : float
///     Share of the purchases that come back whole, as a row with a negative amount.
/// return_days : float
///     After how many days on average.
/// duplicates, missing_customers, missing_dates, unparsable_dates, missing_amounts, unparsable_amounts, future_dates : float
///     Rows with these defects, relative to the good rows.
/// mixed_case : float
///     Share of the good rows in which the id is in lower case.
/// seed : int
///     The same seed gives the same export; it moves customers and defects.
///
/// Returns
/// -------
/// SimulatedOrders
///
/// Raises
/// ------
/// CpmError
///     If an argument is outside its domain.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> model = cpm.ParetoNbd.from_params(r=0.55, alpha=10.6, s=0.61, beta=11.7)
/// >>> spend = cpm.GammaGamma.from_params(p=6.25, q=3.74, v=15.44)
/// >>> orders = cpm.simulate_orders(
/// ...     model, spend, customers=300, start="2024-01-01", end="2025-06-30", returns=0.05, unparsable_dates=0.01, seed=3
/// ... )
/// >>> log = cpm.TransactionLog.from_table(
/// ...     orders.to_table(), customer="customer", date="date", amount="amount", on_error="exclude", returns="net"
/// ... )
/// >>> log.quality.excluded == orders.defects, log.rows == orders.good_rows
/// (True, True)
#[pyfunction]
#[pyo3(signature = (
    model, spend, *, customers, start, end, acquired_over=0.0, time_unit="week", seasonality=None, returns=0.0,
    return_days=14.0, duplicates=0.0, missing_customers=0.0, missing_dates=0.0, unparsable_dates=0.0, missing_amounts=0.0,
    unparsable_amounts=0.0, future_dates=0.0, mixed_case=0.0, seed=0
))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn simulate_orders(
    py: Python<'_>,
    model: PyRef<'_, PurchaseModel>,
    spend: PyRef<'_, GammaGamma>,
    customers: u64,
    start: &Bound<'_, PyAny>,
    end: &Bound<'_, PyAny>,
    acquired_over: f64,
    time_unit: &str,
    seasonality: Option<Vec<f64>>,
    returns: f64,
    return_days: f64,
    duplicates: f64,
    missing_customers: f64,
    missing_dates: f64,
    unparsable_dates: f64,
    missing_amounts: f64,
    unparsable_amounts: f64,
    future_dates: f64,
    mixed_case: f64,
    seed: u64,
) -> PyResult<SimulatedOrders> {
    let mut plan = SimulationPlan::new(customers, &iso_text("start", start, None)?, &iso_text("end", end, None)?)
        .or_raise()?
        .acquired_over(acquired_over)
        .time_unit(time_unit.parse().or_raise()?)
        .seed(seed)
        .returns(returns, return_days)
        .or_raise()?;
    if let Some(months) = seasonality {
        let months: [f64; 12] = months.try_into().map_err(|months: Vec<f64>| {
            let expected = "it has one value per month, from January to December";
            argument("seasonality", &format!("{} values", months.len()), expected)
        })?;
        plan = plan.seasonality(months).or_raise()?;
    }
    let shares = [
        (Reason::DuplicateRow, duplicates),
        (Reason::MissingCustomer, missing_customers),
        (Reason::MissingDate, missing_dates),
        (Reason::UnparsableDate, unparsable_dates),
        (Reason::MissingAmount, missing_amounts),
        (Reason::UnparsableAmount, unparsable_amounts),
        (Reason::Future, future_dates),
    ];
    let mut noise = OrderNoise::new().seed(seed).mixed_case(mixed_case).or_raise()?;
    for (defect, share) in shares {
        noise = noise.with(defect, share).or_raise()?;
    }
    let spend = GammaGamma::model(&spend)?;
    let saved = Model::saved(model.as_super())?;
    let orders = py.detach(|| match saved {
        SavedModel::BgNbd(model) => model.simulate_orders(spend, &plan, &noise).map(Some),
        SavedModel::MbgNbd(model) => model.simulate_orders(spend, &plan, &noise).map(Some),
        SavedModel::Nbd(model) => model.simulate_orders(spend, &plan, &noise).map(Some),
        SavedModel::ParetoNbd(model) => model.simulate_orders(spend, &plan, &noise).map(Some),
        SavedModel::GGompertzNbd(model) => model.simulate_orders(spend, &plan, &noise).map(Some),
        SavedModel::BgCnbd(model) => model.simulate_orders(spend, &plan, &noise).map(Some),
        SavedModel::MbgCnbd(model) => model.simulate_orders(spend, &plan, &noise).map(Some),
        _ => Ok(None),
    });
    match orders.or_raise()? {
        Some(inner) => Ok(SimulatedOrders { inner }),
        None => Err(argument("model", "a model with covariates", "it must be a purchase model without covariates")),
    }
}

fn argument(name: &'static str, value: &str, expected: &str) -> PyErr {
    exception(cpm_core::Error::InvalidArgument { name, value: value.to_owned(), expected: expected.to_owned() })
}
