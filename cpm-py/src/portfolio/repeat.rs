//! What customers buy again.

use cpm_core::portfolio::{self as core, ProductPurchases, RepeatOptions, RepeatPurchases as Core};
use cpm_core::{Column, CustomerIds, Timestamp};
use pyo3::prelude::*;

use super::inputs::timestamps;
use crate::dates::optional_iso_text;
use crate::error::{OrRaise, bad_value};
use crate::survival::Labels;
use crate::table::Table;

/// What each customer buys again, as a :class:`Table`; see :func:`repeat_purchases`.
///
/// The columns are ``customer_id, product, purchases, days_since_last, probability_alive, probability, expected_purchases, next_purchase``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> orders = {"customer": [], "product": [], "date": []}
/// >>> for c in range(30):
/// ...     for k in range(1 + c % 7):
/// ...         orders["customer"].append(c); orders["product"].append("coffee")
/// ...         orders["date"].append(f"2024-{1 + (c + 14 * k) // 28:02}-{1 + (c + 14 * k) % 28:02}")
/// >>> again = cpm.portfolio.repeat_purchases(**orders, as_of="2024-05-15", horizon=4)
/// >>> len(again), bool(0 < again["probability"].min() < again["probability"].max() < 1)
/// (30, True)
#[pyclass(module = "cpm.portfolio", extends = Table, frozen)]
pub(crate) struct RepeatPurchases {
    inner: Core,
    customers: CustomerIds,
    products: Vec<String>,
    parameters: &'static [&'static str],
}

#[pymethods]
impl RepeatPurchases {
    /// The customers, in the order of the rows of :meth:`matrix`.
    #[getter]
    fn customers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        crate::arrays::ids_to_python(py, &self.customers)
    }

    /// Names of the products, in order.
    #[getter]
    fn products(&self) -> Vec<String> {
        self.products.clone()
    }

    /// Parameters of the model of each product: ``product``, ``model`` (``all`` products together, which come first, the product's ``own``,
    /// or the ``common`` one, where too little is known to fit one) and one column per parameter.
    #[getter]
    fn models(&self) -> PyResult<Table> {
        let known = || self.products.iter().zip(&self.inner.models).filter_map(|(name, m)| Some((name, m.as_ref()?)));
        let names = std::iter::once("(all)".to_owned()).chain(known().map(|(name, _)| name.clone())).collect();
        let mut table = cpm_core::Table::new();
        table.push("product", Column::Text(names)).or_raise()?;
        let kinds = ["all", "own", "common"].map(str::to_owned).to_vec();
        let known_kinds = self.inner.models.iter().zip(&self.inner.own_model).filter(|(model, _)| model.is_some());
        let codes = std::iter::once(0).chain(known_kinds.map(|(_, own)| if *own { 1 } else { 2 })).collect();
        table.push("model", Column::Category { names: kinds, codes }).or_raise()?;
        for (i, name) in self.parameters.iter().enumerate() {
            let values = std::iter::once(&self.inner.common).chain(known().map(|(_, m)| m)).map(|m| m[i]).collect();
            table.push(name, Column::Float(values)).or_raise()?;
        }
        Ok(table.into())
    }

    /// Rows after the end of observation, left out.
    #[getter]
    fn rows_after_as_of(&self) -> u64 {
        self.inner.rows_after_as_of
    }

    /// The probability that each customer (row) buys each product (column) within the horizon, 0 where the customer never has: what
    /// :func:`rank_offers` takes.
    ///
    /// Parameters
    /// ----------
    /// products : list of str, optional
    ///     Default: all of them.
    ///
    /// Returns
    /// -------
    /// Table
    ///     One column per product.
    #[pyo3(signature = (products=None))]
    fn matrix(&self, products: Option<Vec<String>>) -> PyResult<Table> {
        let products = products.unwrap_or_else(|| self.products.clone());
        let number = |(row, name): (usize, &String)| {
            self.products.iter().position(|p| p == name).map(|p| p as u32).ok_or_else(|| {
                let (expected, remedy) = ("it must be a product of the log", "See RepeatPurchases.products");
                bad_value("products", row, name.clone(), expected, remedy)
            })
        };
        let numbers: Vec<u32> = products.iter().enumerate().map(number).collect::<PyResult<_>>()?;
        let matrix = self.inner.matrix(self.customers.len(), &numbers).or_raise()?;
        let mut table = cpm_core::Table::new();
        for (name, column) in products.iter().zip(matrix.columns()) {
            table.push(name, Column::Float(column.to_vec())).or_raise()?;
        }
        Ok(table.into())
    }

    /// The columns alone.
    fn to_table(slf: &Bound<'_, Self>) -> Table {
        slf.as_super().get().share()
    }

    fn __repr__(&self) -> String {
        let (pairs, products) = (self.inner.len(), self.products.len());
        format!("RepeatPurchases(pairs={pairs}, customers={}, products={products})", self.customers.len())
    }
}

/// Which product each customer buys again, with what probability within a horizon, and when.
///
/// Each product has a purchase model of its own over the customers who have bought it: a customer's rhythm is shrunk towards that of the product's
/// other buyers, and the product towards all products (a log-normal prior around their common fit). The probability is of buying, not of the
/// effect of an offer: who buys anyway needs none, see :func:`campaign_effect`.
///
/// Parameters
/// ----------
/// customer, product : array-like
///     Of each row: text or whole numbers. Purchases of one customer and product on one day are one.
/// date : array-like
///     ``datetime64``, or ISO text.
/// as_of : date, optional
///     The end of observation; later rows are left out and counted. Default: the last date.
/// horizon : float
///     How far to look ahead, in ``time_unit``.
/// time_unit : {"day", "week", "month", "year"}
/// model : {"mbg_nbd", "bg_nbd", "pareto_nbd", "nbd", ...}
///     The model of the purchases of one product; in ``mbg_nbd`` a buyer may leave it after the first purchase already.
/// shrinkage : float
///     How much products may differ: standard deviation of the logarithm of each parameter around that of all products.
///
/// Returns
/// -------
/// RepeatPurchases
///     One row per customer and product that the customer has bought; ``next_purchase`` is the median time to the next purchase in
///     ``time_unit``, NaN if it rather never comes.
///
/// Raises
/// ------
/// FitError
///     If nobody bought anything again.
/// DataError
///     For columns of different lengths, missing dates, or none up to ``as_of``.
///
/// Examples
/// --------
/// >>> import cpm
/// >>> customer = [c for c in range(20) for k in range(1 + c % 5)]
/// >>> date = [f"2024-0{1 + k}-{1 + c:02}" for c in range(20) for k in range(1 + c % 5)]
/// >>> again = cpm.portfolio.repeat_purchases(customer, ["tea"] * len(customer), date, as_of="2024-06-01")
/// >>> offers = cpm.portfolio.rank_offers(again.matrix(), margin=5, cost=0.5)
/// >>> len(again), offers.used["tea"] <= 20
/// (20, True)
#[pyfunction]
#[pyo3(signature = (
    customer, product, date, as_of=None, horizon=4.0, time_unit="week", model="mbg_nbd", shrinkage=0.5
))]
#[expect(clippy::too_many_arguments, reason = "one argument per keyword")]
pub(crate) fn repeat_purchases<'py>(
    py: Python<'py>,
    customer: &Bound<'py, PyAny>,
    product: &Bound<'py, PyAny>,
    date: &Bound<'py, PyAny>,
    as_of: Option<&Bound<'py, PyAny>>,
    horizon: f64,
    time_unit: &str,
    model: &str,
    shrinkage: f64,
) -> PyResult<Bound<'py, RepeatPurchases>> {
    let (customer, product) = (Labels::new("customer", customer)?, Labels::new("product", product)?);
    let time = timestamps("date", date)?;
    let as_of = match optional_iso_text("as_of", as_of, None)? {
        Some(text) => text.parse::<Timestamp>().or_raise()?,
        None => time.iter().copied().max().unwrap_or(Timestamp::from_seconds(0)),
    };
    let kind: cpm_core::clv::PurchaseModelKind = model.parse().or_raise()?;
    let options = RepeatOptions::new(horizon).time_unit(time_unit.parse().or_raise()?).model(kind).shrinkage(shrinkage);
    let result = py.detach(|| {
        let (customer, customers) = customer.codes();
        let (product, names) = product.codes();
        let names: Vec<String> = (0..names.len()).map(|p| names.format(p)).collect();
        let purchases = ProductPurchases { customer: &customer, product: &product, time: &time };
        let inner = core::repeat_purchases(&purchases, names.len(), as_of, &options)?;
        let mut table = cpm_core::Table::new();
        let customers: CustomerIds = match customers {
            Column::Integer(ids) => ids.into(),
            ids => (0..ids.len()).map(|row| ids.format(row)).collect(),
        };
        table.push("customer_id", Column::Id(customers.take(&inner.customers)))?;
        table.push("product", Column::Category { names: names.clone(), codes: inner.products.clone() })?;
        table.push("purchases", Column::Integer(inner.purchases.iter().map(|n| i64::from(*n)).collect()))?;
        table.push("days_since_last", Column::Float(inner.days_since_last.clone()))?;
        table.push("probability_alive", Column::Float(inner.probability_alive.clone()))?;
        table.push("probability", Column::Float(inner.probability.clone()))?;
        table.push("expected_purchases", Column::Float(inner.expected_purchases.clone()))?;
        table.push("next_purchase", Column::Optional(inner.next_purchase.clone()))?;
        Ok((inner, table, customers, names))
    });
    let (inner, table, customers, products) = result.or_raise()?;
    let found = RepeatPurchases { inner, customers, products, parameters: kind.parameters() };
    Bound::new(py, PyClassInitializer::from(Table::from(table)).add_subclass(found))
}
